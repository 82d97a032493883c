"""Theorems about stability: certified norms of layers, and what they say about a cascade (M-stab)."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import product

import numpy as np
from flint import acb, arb, ctx, fmpq
from sympy import And, Eq, Equivalent, Expr, Ge, I, Integer, Le, Symbol, cos, exp, pi, symbols

from .code import integers
from .configuration import bind
from .convolution import CONV1D, read_position
from .evaluate import evaluate
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
from .operator_norms import NormBound, convolution_norm, cyclic_norm, matrix_norm, network_bound
from .theorems_sizes import A

READ = read_position(A).args[0]
PLACE = integers((READ,), (A.s, A.t, A.d, A.u, A.p))

# ---- the symbol ----


def _meeting_taps() -> tuple[Obligation, ...]:
    """Tap u of window t and tap u + f of window t - g read one sample exactly if f = sigma h and g = delta h for one h.

    s = sigma b and d = delta b with x sigma + y delta = 1; the witness is h = x f + y g.
    """
    sigma, delta, b, x, y, f, g, h = symbols("sigma delta b x y f g h", integer=True)
    coprime = (Ge(sigma, 1), Ge(delta, 1), Ge(b, 1), Eq(x * sigma + y * delta, 1))
    steps = {A.s: sigma * b, A.d: delta * b}
    one_sample = Eq(READ, READ.xreplace({A.t: A.t - g, A.u: A.u + f})).xreplace(steps)
    witness = x * f + y * g
    return (
        Obligation("one sample", coprime, Equivalent(one_sample, Eq(sigma * g, delta * f))),
        Obligation(
            "both multiples", (*coprime, Eq(sigma * g, delta * f)), And(Eq(f, sigma * witness), Eq(g, delta * witness))
        ),
        Obligation("multiples meet", (*coprime, Eq(f, sigma * h), Eq(g, delta * h)), one_sample),
    )


def _aliasing() -> tuple[tuple[Expr, Expr], ...]:
    """``sum over r < s of exp(2 pi i r j / s)`` is s where s divides j (every term is 1), else 0 (a geometric sum)."""
    s = Symbol("s", integer=True, positive=True)
    r, j, h = symbols("r j h", integer=True)
    z, count = symbols("z count")
    geometric = (
        (1 - z ** (count + 1)) - (1 - z**count),
        (1 - z) * z**count,
    )  # (1 - z) sum z^r = 1 - z^count, inductively
    return (
        geometric,
        (exp(2 * pi * I * j / s) ** s, Integer(1)),
        (exp(2 * pi * I * r * (s * h) / s), Integer(1)),
    )


def _cauchy_schwarz() -> tuple[tuple[Expr, Expr], ...]:
    """Two of the aliases: what the product of sums exceeds is a square (Lagrange), 0 where x is proportional to w."""
    a, b, x, y, h = symbols("a b x y h", real=True)
    defect = (a**2 + b**2) * (x**2 + y**2) - (a * x + b * y) ** 2
    return (defect, (a * y - b * x) ** 2), (defect.xreplace({x: h * a, y: h * b}), Integer(0))


def taps_matrix(
    w: Sequence[int], rows: int, columns: int, *, s: int, d: int, p: int, cyclic: bool = False
) -> np.ndarray:
    """Return the matrix of a convolution, entry by entry from the record's read position."""
    matrix = np.zeros((rows, columns), object)
    for t, u in product(range(rows), range(len(w))):
        (place,) = PLACE(s, t, d, u, p)
        if cyclic or 0 <= place < columns:
            matrix[t, place % columns] += w[u]
    return matrix


def _bank(w: Sequence[int]) -> np.ndarray:
    return np.array([[w]], np.int64)


def _overlap(a: NormBound, b: NormBound) -> bool:
    return a.lower <= b.upper and b.lower <= a.upper


Case = tuple[tuple[int, ...], int, int, int]


def _cyclic_cases() -> Iterator[Case]:
    for k, s, d, m in product((1, 2, 3), (1, 2, 3), (1, 2), (1, 2, 4)):
        yield from ((w, s, d, m * s) for w in product((-1, 0, 2), repeat=k))


def _cyclic_holds(case: Case) -> bool:
    w, s, d, n = case
    matrix = taps_matrix(w, n // s, n, s=s, d=d, p=0, cyclic=True)
    return _overlap(cyclic_norm(_bank(w), size=[n], stride=[s], dilation=[d]), matrix_norm(matrix))


def _padded_cases() -> Iterator[tuple[tuple[int, ...], int, int]]:
    for k, s, d in product((1, 2, 3), (1, 2, 3), (1, 2)):
        yield from ((w, s, d) for w in product((-1, 1, 2), repeat=k))


def _padded_holds(case: tuple[tuple[int, ...], int, int]) -> bool:
    """Compare the bound, on the coarsest grid, with the norms of the matrices of all small sizes and paddings."""
    w, s, d = case
    upper = convolution_norm(_bank(w), stride=[s], dilation=[d], refinement=2).upper
    extent = d * (len(w) - 1) + 1
    sizes = ((n, p, q) for n, p, q in product((1, 4), (0, 1), (0, 2)) if n + p + q >= extent)
    matrices = (taps_matrix(w, (n + p + q - extent) // s + 1, n, s=s, d=d, p=p) for n, p, q in sizes)
    return all(matrix_norm(matrix).lower <= upper for matrix in matrices)


def _cyclic(claim: Claim) -> Evidence:
    counted = exhaust(claim, _cyclic_cases(), _cyclic_holds, "filters of -1, 0, 2, k <= 3, s <= 3, d <= 2, n <= 4 s")
    steps = prove_by_identity(claim, (*_aliasing(), *_cauchy_schwarz()))
    return weakest(claim, [counted, steps])


def _padded(claim: Claim) -> Evidence:
    counted = exhaust(
        claim, _padded_cases(), _padded_holds, "filters of -1, 1, 2, k <= 3, s <= 3, d <= 2; eight sizes each"
    )
    return weakest(claim, [counted, prove_by_z3(claim, _meeting_taps())])


def grid_counterexample() -> str | None:
    """Return a filter whose symbol is larger between the points of a grid: (1, -1) on three points."""
    with ctx.workprec(64):
        symbol = [1 - acb(fmpq(2 * f, 3)).exp_pi_i() for f in range(3)]
        largest = max((value.abs_upper() for value in symbol), key=float)
        between = abs(1 - acb(1).exp_pi_i())
        if not (largest < between and between == arb(2)):
            return None
        return f"w = (1, -1), 3 points: at most {float(largest):.4f} there, 2 at pi"


def _between_points() -> tuple[tuple[Expr, Expr], ...]:
    """The polynomial (1 + cos(D q)) / 2 has its maximum 1 at 0, and the bound's value at the distance pi / m."""
    degree, m, q = symbols("D m q", positive=True)
    extreme = (1 + cos(degree * q)) / 2
    return (extreme.subs(q, 0), Integer(1)), (extreme.subs(q, pi / m), cos(pi * degree / (2 * m)) ** 2)


# ---- cascades ----


def _cascade() -> tuple[Obligation, ...]:
    """Distances before, between and after two layers with the constants a and b."""
    a, b, before, between, after = symbols("a b u v w", real=True)
    given = (Ge(a, 0), Ge(b, 0), Ge(before, 0), Ge(between, 0), Le(between, a * before), Le(after, b * between))
    return (Obligation("constants multiply", given, Le(after, a * b * before)),)


def _annihilated() -> str | None:
    """Return the norms of diag(2, 0) and diag(0, 2), above 1, whose cascade maps everything to 0."""
    first, second = np.diag([2, 0]), np.diag([0, 2])
    norms = [matrix_norm(w) for w in (first, second)]
    if min(norm.lower for norm in norms) <= 1 or (second @ first).any():
        return None
    return f"norms in [{norms[0].lower}, {norms[0].upper}], diag(0, 2) diag(2, 0) = 0"


FILTERS = ((2, -1), (1, 1))
SIGNALS = np.array(list(product((-1, 0, 1, 2), repeat=3)))[:, None, :]


def network(signals: np.ndarray) -> np.ndarray:
    """Return two convolutions of `FILTERS`, a sample of padding before each, a rectifier after each; exact, from the record."""
    for w in map(_bank, FILTERS):
        configuration = bind(CONV1D, {"x": signals.shape, "w": w.shape}, {"padding": ((1, 0),)})
        signals = np.maximum(evaluate(configuration, {"x": signals, "w": w}).high, 0)
    return signals


def expanding_pair() -> tuple[list[int], list[int], Fraction]:
    """Return the pair of `SIGNALS` that the network moves apart most, and the factor of the squared distance."""
    outputs = network(SIGNALS).astype(np.int64)
    before, after = (((v[:, None] - v[None]) ** 2).sum((2, 3)) for v in (SIGNALS, outputs))
    first, second = np.unravel_index(np.argmax(after / np.maximum(before, 1)), before.shape)
    factor = Fraction(int(after[first, second]), int(before[first, second]))
    return SIGNALS[first, 0].tolist(), SIGNALS[second, 0].tolist(), factor


def _expands() -> str | None:
    """Return the norms, the pair and its factor, if all norms exceed 1, the pair is moved apart, and the bound holds."""
    norms = [convolution_norm(_bank(w), stride=[1], dilation=[1]) for w in FILTERS]
    bound = network_bound(norm.upper for norm in norms)
    x, y, factor = expanding_pair()
    if min(norm.lower for norm in norms) <= 1 or not 1 < factor <= Fraction(bound) ** 2:
        return None
    shown = ", ".join(f"[{norm.lower:.3f}, {norm.upper:.3f}]" for norm in norms)
    return f"norms in {shown}; {x} and {y}: distance times {float(factor) ** 0.5:.4f} (squared {factor}), bound {bound:.4f}"


THEOREMS = (
    for_all(
        "the norm of a convolution depends on sigma = s/gcd(s, d)",
        "Two windows share samples exactly through taps u, u + sigma h of windows t, t - delta h, delta = d/gcd(s, d): W W^* is "
        "that of stride sigma without dilation, on every delta-th window.",
        ("M-stab",),
        Derived(_meeting_taps),
    ),
    Theorem(
        name="the norm of a cyclic convolution",
        statement="norm^2 = max over w of (1/s) sum over r of abs(w^(w + 2 pi r/s))^2: frequencies alias (a geometric sum), and "
        "Cauchy-Schwarz is attained.",
        formula=(_aliasing(), _cauchy_schwarz()),
        rows=("M-stab",),
        proof=_cyclic,
    ),
    Theorem(
        name="the bound of a zero-padded convolution",
        statement="At no size and padding does the norm exceed the grid's maximum over cos(pi D/(2m)) for each axis.",
        formula=("norm <= max over the grid / cos(pi D / (2 m))", _meeting_taps()),
        rows=("M-stab",),
        proof=_padded,
    ),
    Theorem(
        name="the maximum on a grid is no bound",
        statement="Between the points of a grid a symbol may be larger than on them.",
        formula=("exists w, m: max over the grid < norm", (1, -1), 3),
        rows=("M-stab",),
        proof=lambda claim: certify(claim, grid_counterexample, "ball arithmetic"),
    ),
    identity(
        "the bound between grid points is attained",
        "(1 + cos(D q))/2 falls from its maximum 1 to cos(pi D/(2m))^2 at the distance pi/m: no larger factor will do.",
        ("M-stab",),
        Derived(_between_points),
    ),
    for_all(
        "constants of layers multiply",
        "If every layer multiplies distances by its constant at most, the cascade does so by their product.",
        ("M-stab", "M14"),
        Derived(_cascade),
    ),
    Theorem(
        name="norms above 1 need not expand",
        statement="diag(2, 0) and then diag(0, 2) have norm 2 each and map everything to 0.",
        formula=("norms 2, product 0", (2, 0), (0, 2)),
        rows=("M-stab",),
        proof=lambda claim: certify(claim, _annihilated, "ball arithmetic and exact integers"),
    ),
    Theorem(
        name="norms above 1 may expand",
        statement="Two convolutions with rectifiers whose norms exceed 1 move a found pair of signals apart, within their bound.",
        formula=("exists x, y: distance of the outputs > distance of x and y", CONV1D, FILTERS),
        rows=("M-stab",),
        proof=lambda claim: certify(claim, _expands, "norms in ball arithmetic, the pair in exact integers"),
    ),
)
