"""Theorems about cascaded RECOS units: one to one, many to one, two layers against one (K11 - K23)."""

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import pairwise, product

from sympy import (
    Eq,
    Equivalent,
    Expr,
    Ge,
    Identity,
    Implies,
    Integer,
    KroneckerProduct,
    Lt,
    Matrix,
    MatrixSymbol,
    Mod,
    Symbol,
    floor,
    symbols,
)

from .convolution import read_position
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
from .symbols import Axis
from .theorems_recos import S, T, rec

N, K, L, P = symbols("N K L P", integer=True, positive=True)
A, B, X = MatrixSymbol("A", N, K), MatrixSymbol("B", K, L), MatrixSymbol("x", N, 1)
STACKED, WIDE = MatrixSymbol("X", P * N, 1), MatrixSymbol("B'", P * K, L)
PARALLEL = KroneckerProduct(Identity(P), A)

Rows = Sequence[Sequence[int]]


# ---- one to one ----


def _elements() -> tuple[Expr, Expr]:
    e, f = MatrixSymbol("e_n", N, 1), MatrixSymbol("e_l", L, 1)
    return e.T * (A * B) * f, (A.T * e).T * (B * f)


def _no_rectification() -> Obligation:
    return Obligation("Rec(t) = t where t >= 0", (Ge(T, 0),), Eq(rec(T), T))


def _agreement(claim: Claim) -> Evidence:
    """Where A^T x >= 0 and C^T x >= 0, Rec changes neither, entry by entry; what is left is the linear cascade."""
    entries = prove_by_z3(claim, [_no_rectification()])
    return weakest(claim, [entries, prove_by_identity(claim, [(B.T * (A.T * X), (A * B).T * X)])])


def _defect() -> tuple[Obligation, ...]:
    """Rec(c) - c = Rec(-c) entry by entry, which is 0 exactly if c >= 0; x = e_n shows each entry."""
    return (
        Obligation("Rec(c) - c = Rec(-c)", (), Eq(rec(T) - T, rec(-T), evaluate=False)),
        Obligation("zero exactly if c >= 0", (), Equivalent(Eq(rec(-T), 0), Ge(T, 0))),
        Obligation("no cancelling: x = e_n meets one entry", (Ge(S, 0),), Implies(Eq(rec(-T) * S, 0), Ge(T * S, 0))),
    )


def transposed(a: Rows, x: Sequence[int]) -> list[int]:
    """Return A^T x of integers."""
    return [sum(row[k] * v for row, v in zip(a, x, strict=True)) for k in range(len(a[0]))]


def rectified(values: Sequence[int]) -> list[int]:
    """Return every entry cut off at zero."""
    return [max(0, v) for v in values]


def cascade(a: Rows, b: Rows, x: Sequence[int]) -> tuple[list[int], list[int], list[int]]:
    """Return z = C^T x, z' = Rec(C)^T x and z'' = Rec(B^T Rec(A^T x)), C = AB (K12, K16 and the rectified system)."""
    c = [transposed(b, row) for row in a]
    z, anchors = transposed(c, x), [rectified(row) for row in c]
    return z, transposed(anchors, x), rectified(transposed(b, rectified(transposed(a, x))))


def correlations_counterexample() -> str | None:
    """Return the smallest A with B = 1 and grey levels x > 0, all correlations positive, for which z' is not z."""
    entries = (2, 1, 0, -1, -2)
    for size in (1, 2):
        cases = product(product(entries, repeat=size), product((1, 2), repeat=size))
        for a, x in sorted(cases, key=lambda case: (sum(case[1]), sum(map(abs, case[0])))):
            z, z1, z2 = cascade([[v] for v in a], [[1]], x)
            if z[0] > 0 and z == z2 != z1:
                return f"A = {a}^T, B = 1, x = {x}: A^T x = {z[0]} > 0, z = z'' = {z[0]}, but z' = {z1[0]}"
    return None


# ---- shapes of the printed formulas ----


def conforms(*shapes: tuple[int, int]) -> bool:
    """Whether matrices of these shapes can be multiplied in this order."""
    return all(left[1] == right[0] for left, right in pairwise(shapes))


def misfit(printed: str, *shapes: Callable[[int, int, int, int], tuple[int, int]]) -> str | None:
    """Return the smallest N, K, L, P for which the factors of a printed product do not conform."""
    for sizes in sorted(product((1, 2), repeat=4), key=sum):
        found = [shape(*sizes) for shape in shapes]
        if not conforms(*found):
            written = ", ".join(f"{letter} = {size}" for letter, size in zip("NKLP", sizes, strict=True))
            return f"{written}: {printed} multiplies {' by '.join(f'{rows} x {columns}' for rows, columns in found)}"
    return None


def position_counterexample() -> str | None:
    """Return sizes for which A e_n of (15) is undefined: the row vector alpha_n^T is e_n^T A."""
    return misfit("A e_n", lambda n, k, l, p: (n, k), lambda n, k, l, p: (n, 1))  # noqa: E741


def inner_counterexample() -> str | None:
    """Return sizes for which alpha_n b_l of (17) is undefined: alpha_n is a column."""
    return misfit("alpha_n b_l", lambda n, k, l, p: (k, 1), lambda n, k, l, p: (k, 1))  # noqa: E741


def compound_counterexample() -> str | None:
    """Return sizes for which AB of (21) is undefined: B has PK rows."""
    return misfit("AB", lambda n, k, l, p: (n, k), lambda n, k, l, p: (p * k, l))  # noqa: E741


def anchor_counterexample() -> str | None:
    """Return sizes for which the vector of (23) ends at a given n before it has its N entries."""
    for size, n in product((1, 2), (1, 2)):
        if n < size:
            return f"N = {size}, n = {n}: (c'_1,l .. c'_n,l) has {n} entry, an anchor vector has {size}"
    return None


# ---- many to one ----


def _blocks() -> tuple[Obligation, ...]:
    """Row p N + n and column q K + k of I_P (x) A, the entry [p = q] A[n, k], stand in block (p, q) at (n, k)."""
    p, n, size = symbols("p n N", integer=True)
    row = p * size + n
    given = (Ge(p, 0), Ge(n, 0), Lt(n, size))
    return (
        Obligation("its block", given, Eq(floor(row / size), p)),
        Obligation("its place in the block", given, Eq(Mod(row, size), n)),
    )


def _many_to_one(claim: Claim) -> Evidence:
    joined = prove_by_identity(claim, [(WIDE.T * (PARALLEL.T * STACKED), (PARALLEL * WIDE).T * STACKED)])
    return weakest(claim, [joined, prove_by_z3(claim, _blocks())])


def _composed_reads() -> tuple[tuple[Expr, Expr], ...]:
    """Conv, every s-th sample, conv: output t2 and taps u2, u1 read the sample t1 + u1 where t1 = s (t2 + u2)."""
    first, second = Axis.of(0, 2), Axis.of(1, 2)
    plain = {axis.p: Integer(0) for axis in (first, second)} | {second.s: Integer(1), second.d: Integer(1)}
    inner, outer = (read_position(axis).args[0].xreplace(plain) for axis in (first, second))
    inner = inner.xreplace({first.d: Integer(1)})  # layer 1 and the subsampling: stride s at once
    read = inner.xreplace({first.t: outer})
    patch = Symbol("p", integer=True)
    start = first.s * second.t  # of the pixels under output t2; patch p begins s p further
    return ((read.xreplace({second.u: patch}), start + first.s * patch + first.u),)


def _pixel_filter() -> tuple[Expr, Expr]:
    """z = C^T (E x) = (E^T C)^T x, where E stacks the patches of the pixels."""
    pixels = Symbol("n", integer=True, positive=True)
    stack, image = MatrixSymbol("E", P * N, pixels), MatrixSymbol("g", pixels, 1)
    return (PARALLEL * WIDE).T * (stack * image), (stack.T * (PARALLEL * WIDE)).T * image


def pixel_filter(a: Rows, b: Rows, step: int) -> list[list[int]]:
    """Return E^T C: the filters on pixels of conv with A, every `step`-th sample, conv with B (P K rows, patch-major)."""
    size, depth = len(a), len(a[0])
    patches = len(b) // depth
    filters = [[0] * len(b[0]) for _ in range(step * (patches - 1) + size)]
    for patch, n, k in product(range(patches), range(size), range(depth)):
        for out, weight in enumerate(b[patch * depth + k]):
            filters[step * patch + n][out] += a[n][k] * weight
    return filters


# ---- two layers against one ----


def factors(d: Rows) -> tuple[list[list[Fraction]], list[list[Fraction]]]:
    """Return A and B with AB = D and as many columns of A as the rank of D: its pivot columns and its reduced rows."""
    rest = [[Fraction(v) for v in row] for row in d]
    pivots: list[int] = []
    for column in range(len(d[0])):
        done = len(pivots)
        chosen = next((r for r in range(done, len(rest)) if rest[r][column]), None)
        if chosen is None:
            continue
        rest[done], rest[chosen] = rest[chosen], rest[done]
        rest[done] = [v / rest[done][column] for v in rest[done]]
        for r in range(len(rest)):
            if r != done:
                rest[r] = [v - rest[r][column] * w for v, w in zip(rest[r], rest[done], strict=True)]
        pivots.append(column)
    return [[Fraction(row[c]) for c in pivots] for row in d], rest[: len(pivots)]


def _matrices() -> Iterator[list[list[int]]]:
    for rows, columns, entries in ((1, 3, (-1, 0, 1)), (2, 2, (-2, -1, 0, 1, 2)), (2, 3, (-1, 0, 1)), (3, 3, (0, 1))):
        for flat in product(entries, repeat=rows * columns):
            yield [list(flat[r * columns : (r + 1) * columns]) for r in range(rows)]


def _factored(d: list[list[int]]) -> bool:
    a, b = factors(d)
    multiplied = [
        [sum(x * y for x, y in zip(row, column, strict=True)) for column in zip(*b, strict=True)] for row in a
    ]
    zero = [[0] * len(d[0]) for _ in d]
    return (multiplied if b else zero) == d and len(b) == Matrix(d).rank()


def _two_layers() -> tuple[tuple[Expr, Expr], ...]:
    """Two layers are one; what AB sends out lies in the K columns of A; with K >= N or K >= L one factor is I."""
    d, v = MatrixSymbol("D", N, L), MatrixSymbol("v", L, 1)
    return (B.T * (A.T * X), (A * B).T * X), ((A * B) * v, A * (B * v)), (Identity(N) * d, d * Identity(L))


THEOREMS = (
    identity(
        "recos: a linear cascade is one layer",
        "z = B^T A^T x = C^T x with C = AB, and c_{n,l} = e_n^T C e_l = alpha_n^T b_l with alpha_n^T = e_n^T A, for all "
        "sizes.",
        ("K11", "K12", "K13", "K14", "K15"),
        (B.T * (A.T * X), (A * B).T * X),
        _elements(),
    ),
    Theorem(
        name="recos: rectified and linear cascade agree on non-negative correlations",
        statement="z'' = z where A^T x >= 0 and C^T x >= 0, for all sizes.",
        formula=(_no_rectification(), A, B),
        rows=("K12", "K16"),
        proof=_agreement,
    ),
    for_all(
        "recos: what rectified anchors add",
        "z' - z = Rec(-C)^T x, entry by entry; z' = z for all x exactly if C >= 0.",
        ("K16", "K17"),
        Derived(_defect),
    ),
    Theorem(
        name="recos: positive correlations do not suffice",
        statement="Erratum: with all correlations positive and z = z'', the rectified anchors may give another z'.",
        formula="exists A, B, x > 0: A^T x > 0, C^T x > 0, z = z'' != z'",
        rows=("K16",),
        proof=lambda claim: certify(claim, correlations_counterexample, "smallest counterexample, exact integers"),
    ),
    Theorem(
        name="recos: many units into one",
        statement="y_p = A^T x_p for each patch is y~ = (I_P (x) A)^T x~, so that z = B^T y~ = C^T x~ with C = (I_P (x) A) "
        "B, for all sizes.",
        formula=(PARALLEL, WIDE, _blocks()),
        rows=("K18", "K19", "K20", "K21"),
        proof=_many_to_one,
    ),
    Theorem(
        name="recos: the printed compound matrix does not conform",
        statement="Erratum: with P > 1 patches A has K columns and B has PK rows; C = AB is not defined.",
        formula="exists N, K, L, P: AB of (N, K) and (PK, L) does not conform",
        rows=("K21",),
        proof=lambda claim: certify(claim, compound_counterexample, "smallest counterexample, shapes"),
    ),
    identity(
        "recos: the pixels under a cascade",
        "Conv, every s-th sample, conv reads s t + s u_2 + u_1: patch u_2 of the pixels, at s u_2; z = (E^T C)^T x with E "
        "stacking the patches.",
        ("K18", "K21"),
        *_composed_reads(),
        _pixel_filter(),
    ),
    identity(
        "recos: two linear layers are one",
        "B^T (A^T x) = (AB)^T x; ABv = A(Bv) lies in the K columns of A; with K >= N or K >= L every D is I D or D I.",
        ("K22",),
        Derived(_two_layers),
    ),
    Theorem(
        name="recos: a matrix of rank K is two layers with K units between",
        statement="Every D of rank at most K is AB with K columns of A: its pivot columns times its reduced rows.",
        formula=("D = AB, A of rank(D) columns", MatrixSymbol("D", N, L)),
        rows=("K22", "K23"),
        proof=lambda claim: exhaust(claim, _matrices(), _factored, "up to 3 x 3 with small integers"),
    ),
)
