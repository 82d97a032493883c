"""Theorems about the matrix of a convolution (L-toeplitz, L-sparse)."""

from itertools import product

from sympy import (
    Abs,
    And,
    Eq,
    Equivalent,
    Expr,
    Ge,
    I,
    Integer,
    Lt,
    Max,
    Min,
    Mod,
    Symbol,
    cos,
    exp,
    pi,
    sin,
    summation,
    symbols,
)

from .evidence import (
    Claim,
    Derived,
    Evidence,
    Theorem,
    certify,
    exhaust,
    for_all,
    identity,
    prove_by_identity,
    prove_by_z3,
    weakest,
)
from .logic import Obligation
from .relations import relation_of, words_of
from .signal import AXES, CONVOLVE
from .symbols import Axis

A = AXES[0]
SIZED = (Ge(A.n, 1), Ge(A.k, 1))
N, K, R = symbols("n k r", integer=True, positive=True)


def _tap(axis: Axis) -> Expr:
    """Return the tap in row t and column j of the matrix: its entry is h[t + e - j], or 0 outside the filter."""
    return relation_of(CONVOLVE, {"mode": "full"}).indices["h"][AXES.index(axis)]


def _toeplitz() -> tuple[tuple[Expr, Expr], ...]:
    """One step down and one to the right meets the same tap, on each axis by itself: doubly block Toeplitz."""
    return tuple((_tap(a).xreplace({a.t: a.t + 1, a.j: a.j + 1}), _tap(a)) for a in AXES)


def matrix(n: int, k: int, mode: str) -> list[list[int | None]]:
    """Return which tap stands in each place of the matrix of a 1-D convolution, off the record; None where 0 stands."""
    binding = words_of(CONVOLVE, {"mode": mode})
    sizes = {A.n: Integer(n), A.k: Integer(k)}
    rows, offset = int(binding[A.m].xreplace(sizes)), binding[A.e].xreplace(sizes)
    tap = relation_of(CONVOLVE, {"mode": mode}).indices["h"][0].xreplace({**sizes, A.e: offset})
    taps = [[int(tap.xreplace({A.t: Integer(t), A.j: Integer(j)})) for j in range(n)] for t in range(rows)]
    return [[u if 0 <= u < k else None for u in row] for row in taps]


def _is_circulant(rows: list[list[int | None]]) -> bool:
    n = len(rows)
    return all(rows[t][j] == rows[(t + 1) % n][(j + 1) % n] for t, j in product(range(n), repeat=2))


def circulant_counterexample() -> str | None:
    """Return the smallest 'same' convolution whose matrix is not circulant."""
    for n, k in sorted(product(range(1, 5), repeat=2), key=sum):
        rows = matrix(n, k, "same")
        if not _is_circulant(rows):
            shown = [["0" if u is None else f"w{u}" for u in row] for row in rows]
            return f"n = {n}, k = {k}, zero extension: {shown}"
    return None


def _cyclic() -> tuple[Obligation, ...]:
    """The entry c[(t - j) mod n] is the same one step down and to the right, with wrap-around."""
    n, t, j, g = symbols("n t j g", integer=True)
    given = (Ge(n, 1), *(rule for v in (t, j, g) for rule in (Ge(v, 0), Lt(v, n))))
    moved = Mod(Mod(t + g, n) - Mod(j + g, n), n)
    return (Obligation("circulant", given, Eq(moved, Mod(t - j, n))),)


def _counts_of_taps() -> tuple[Obligation, ...]:
    """Count row by row of one tap: in how many rows t does tap u meet a sample j = t + e - u?"""
    n, k, u, t, e, r = A.n, A.k, A.u, A.t, A.e, A.r
    j = t + e - u
    inside = And(Ge(j, 0), Lt(j, n))
    tap = (*SIZED, Ge(u, 0), Lt(u, k))
    full, valid = (words_of(CONVOLVE, {"mode": mode}) for mode in ("full", "valid"))
    met_full = And(Ge(t, 0), Lt(t, full[A.m]), inside.xreplace({e: full[A.e]}))
    met_valid = And(Ge(t, 0), Lt(t, valid[A.m]), inside.xreplace({e: valid[A.e]}))
    odd = (Ge(r, 0), Ge(n, r), Ge(n, 1), Ge(u, 0), Lt(u, 2 * r + 1))
    v = u - r
    met_same = And(Ge(t, 0), Lt(t, n), inside.xreplace({e: r}))
    first, last = Max(0, v), n + Min(0, v)
    return (
        Obligation("full: n rows, u .. u+n-1", tap, Equivalent(met_full, And(Ge(t, u), Lt(t, u + n)))),
        Obligation("valid: all n-k+1 rows", (*tap, Ge(n, k)), Equivalent(met_valid, And(Ge(t, 0), Lt(t, n - k + 1)))),
        Obligation("same: consecutive rows", odd, Equivalent(met_same, And(Ge(t, first), Lt(t, last)))),
        Obligation("same: n - |u - r| of them", odd, And(Eq(last - first, n - Abs(v)), Ge(n - Abs(v), 0))),
        Obligation(
            "cyclic: k <= n taps fall on distinct columns",
            (Ge(n, k), *tap, Ge(A.j, 0), Lt(A.j, k), Eq(Mod(t - u, n), Mod(t - A.j, n))),
            Eq(u, A.j),
        ),
    )


def _sums_of_counts() -> tuple[tuple[Expr, Expr], ...]:
    u = Symbol("u", integer=True)
    lost = 2 * summation(u, (u, 1, R))  # |u - r| over u = 0 .. 2r
    return (
        (summation(N, (u, 0, K - 1)), K * N),
        (summation(N - K + 1, (u, 0, K - 1)), K * (N - K + 1)),
        ((2 * R + 1) * N - lost, (2 * R + 1) * N - R * (R + 1)),
    )


def _counted(case: tuple[str, int, int]) -> bool:
    mode, n, k = case
    r = (k - 1) // 2
    expected = {"full": k * n, "valid": k * (n - k + 1), "same": k * n - r * (r + 1)}[mode]
    return sum(u is not None for row in matrix(n, k, mode) for u in row) == expected


def _non_zeros(claim: Claim) -> Evidence:
    cases = [(mode, n, k) for mode in ("full", "valid", "same") for n in range(1, 7) for k in range(1, 7)]
    cases = [
        c for c in cases if c[0] == "full" or (c[1] >= c[2] if c[0] == "valid" else c[2] % 2 and 2 * c[1] >= c[2] - 1)
    ]
    proof = [prove_by_z3(claim, _counts_of_taps()), prove_by_identity(claim, _sums_of_counts())]
    counted = exhaust(claim, cases, _counted, "n, k <= 6, entries counted")
    return weakest(claim, proof) if counted.holds else counted


def _fourier(claim: Claim) -> Evidence:
    """The columns of the Fourier matrix are eigenvectors (by u = (t - j) mod n), and orthogonal (a geometric sum)."""
    n, t, j, u, m = symbols("n t j u m", integer=True)
    on = (Ge(n, 1), *(rule for v in (t, j, u) for rule in (Ge(v, 0), Lt(v, n))))
    bijection = Equivalent(Eq(u, Mod(t - j, n)), Eq(j, Mod(t - u, n)))
    exponent = Obligation("j = t - u mod n", (*on, Eq(u, Mod(t - j, n))), Eq(Mod(j - t + u, n), 0))
    difference, size = Symbol("delta", integer=True, nonzero=True), Symbol("n", integer=True, positive=True)
    z, count = symbols("z count")
    geometric = (
        (1 - z ** (count + 1)) - (1 - z**count),
        (1 - z) * z**count,
    )  # (1 - z) sum of z^t = 1 - z^count, inductively
    root = exp(2 * pi * I * difference / size)
    periodic = exp(2 * pi * I * m * (t + size * u) / size).expand(), exp(2 * pi * I * m * t / size)
    proof = prove_by_z3(claim, [Obligation("rows are permutations", on, bijection), exponent])
    sums = prove_by_identity(claim, [geometric, (root**size, Integer(1)), periodic])
    return weakest(claim, [proof, sums])


def _sine() -> tuple[tuple[Expr, Expr], ...]:
    """v[j] = sin(pi m (j+1)/(n+1)) solves 2 v[j] - v[j-1] - v[j+1] = lambda v[j] and vanishes beyond both ends."""
    m, j = symbols("m j", integer=True)
    angle = pi * m / (N + 1)

    def v(place: Expr) -> Expr:
        return sin(angle * (place + 1))

    eigenvalue = 2 - 2 * cos(angle)
    row = (2 * v(j) - v(j - 1) - v(j + 1)).expand(trig=True)
    distinct = (2 - 2 * cos(Symbol("x"))).diff(Symbol("x")), 2 * sin(Symbol("x"))  # increasing on (0, pi)
    ends = (v(Integer(-1)), Integer(0)), (v(N).simplify(), Integer(0))
    return (row, (eigenvalue * v(j)).expand(trig=True)), *ends, distinct


def _printed_matrix(n: int) -> bool:
    """Whether 'same' with the filter (-1, 2, -1) is the printed matrix of size n."""
    filter_ = (-1, 2, -1)
    rows = [[0 if u is None else filter_[u] for u in row] for row in matrix(n, 3, "same")]
    return rows == [[2 if t == j else -1 if abs(t - j) == 1 else 0 for j in range(n)] for t in range(n)]


THEOREMS = (
    identity(
        "the matrix of a convolution is Toeplitz",
        "Row t + 1 is row t moved by one column; on two axes, by one block and inside the blocks: doubly block "
        "Toeplitz.",
        ("L-toeplitz",),
        Derived(_toeplitz),
    ),
    Theorem(
        name="zero extension is not circulant",
        statement="Erratum: with zero extension the matrix of a convolution is Toeplitz but not circulant.",
        formula=("exists n, k: the matrix of mode 'same' is not circulant", CONVOLVE),
        rows=("L-toeplitz",),
        proof=lambda claim: certify(claim, circulant_counterexample, "smallest counterexample, entry by entry"),
    ),
    for_all(
        "a cyclic convolution is circulant",
        "c[(t - j) mod n] stays when t and j both move by g, modulo n.",
        ("L-toeplitz",),
        Derived(_cyclic),
    ),
    Theorem(
        name="non-zero entries",
        statement="kn for full and for cyclic with k <= n, k(n-k+1) for valid, kn - r(r+1) for same with k = "
        "2r+1, n >= r.",
        formula=(_counts_of_taps(), _sums_of_counts()),
        rows=("L-toeplitz", "L-sparse"),
        proof=_non_zeros,
    ),
    Theorem(
        name="circulant matrices are diagonal in the Fourier basis",
        statement="C = F^-1 diag(F c) F for every n: exponentials are eigenvectors, and orthogonal by the "
        "geometric sum.",
        formula="sum_j c[(t-j) mod n] z^(j m) = z^(t m) sum_u c[u] z^(-u m), z = exp(2 pi i / n); sum_t z^(t "
        "delta) = 0",
        rows=("L-toeplitz",),
        proof=_fourier,
    ),
    identity(
        "the printed matrix is diagonal in the sine basis",
        "sin(pi m (j+1)/(n+1)) is an eigenvector of the printed matrix with eigenvalue 2 - 2 cos(pi m/(n+1)), m ="
        " 1 .. n.",
        ("L-toeplitz",),
        Derived(_sine),
    ),
    Theorem(
        name="the printed matrix is the convolution with (-1, 2, -1)",
        statement="Mode 'same' with the filter (-1, 2, -1) has the printed tridiagonal matrix.",
        formula=(CONVOLVE, (-1, 2, -1)),
        rows=("L-toeplitz",),
        proof=lambda claim: exhaust(claim, range(1, 9), _printed_matrix, "n <= 8"),
    ),
)
