"""Theorems about the RECOS unit: angles and correlations on the sphere, and the rectified correlation (K1 - K4)."""

from collections.abc import Iterator
from itertools import product

from sympy import (
    And,
    Eq,
    Expr,
    Ge,
    Gt,
    Indexed,
    IndexedBase,
    Integer,
    Lt,
    Max,
    Mod,
    Rational,
    Sum,
    Symbol,
    acos,
    floor,
    sqrt,
    symbols,
)

from .activation import RELU
from .convolution import CONV2D
from .evidence import (
    Claim,
    Derived,
    Evidence,
    Theorem,
    certify,
    identity,
    prove_by_form,
    prove_by_identity,
    prove_by_z3,
    weakest,
)
from .logic import Obligation
from .relations import relation_of
from .symbols import C, G, O, o

N = Symbol("N", integer=True, positive=True)
n = Symbol("n", integer=True)
S, T = symbols("s t", real=True)
X = IndexedBase("x")


def rec(correlation: Expr) -> Expr:
    """Return the rectified correlation ``max(0, t)`` (K4)."""
    return Max(0, correlation)


def over(summand: Expr) -> Expr:
    """Return the sum of a summand over the entries n = 1 .. N of a vector."""
    return Sum(summand, (n, 1, N))


# ---- the sphere ----


def _angle_slope() -> tuple[Expr, Expr]:
    return acos(T).diff(T), -1 / sqrt(1 - T**2)


def _chord() -> tuple[tuple[Expr, Expr], ...]:
    y = IndexedBase("y")
    squares = over(X[n] ** 2) + over(y[n] ** 2)
    inner = over(X[n] * y[n])
    return (over((X[n] - y[n]) ** 2), squares - 2 * inner), (over((X[n] + y[n]) ** 2), squares + 2 * inner)


def _slope_is_negative() -> Obligation:
    root = Symbol("r", real=True)
    within = (Lt(-1, T), Lt(T, 1), Ge(root, 0), Eq(root**2, 1 - T**2))
    return Obligation("the root of 1 - t^2 is positive", within, Gt(root, 0))


def _angle(claim: Claim) -> Evidence:
    slope = prove_by_identity(claim, [_angle_slope()])
    return weakest(claim, [slope, prove_by_z3(claim, [_slope_is_negative()])])


def _half_circle() -> Iterator[tuple[Rational, Rational]]:
    """Yield rational points of the unit circle with angle in [0, pi] from (1, 0), small denominators first."""
    for length in (1, 5):
        for p, q in product(range(length, -length - 1, -1), range(length + 1)):
            if p * p + q * q == length * length:
                yield Rational(p, length), Rational(q, length)


def _pairs_by_angle() -> Iterator[tuple[tuple[Rational, Rational], tuple[Rational, Rational]]]:
    """Yield pairs of such points, the one nearer to (1, 0) first: it turns left to the other (or that is (-1, 0))."""
    for near, far in product(_half_circle(), repeat=2):
        turn = near[0] * far[1] - near[1] * far[0]
        if turn > 0 or (near == (1, 0) and far == (-1, 0)):
            yield near, far


def obtuse_counterexample() -> str | None:
    """Return the first two vectors past a right angle that the negative correlation with (1, 0) orders rightly."""
    for near, far in _pairs_by_angle():
        if far[0] < near[0] < 0:
            return f"x = (1, 0), y1 = {near}, y2 = {far}: y1 is nearer and {near[0]} > {far[0]}, both negative"
    return None


def modulus_counterexample() -> str | None:
    """Return the first two vectors that the modulus of the correlation with (1, 0) does not order."""
    for near, far in _pairs_by_angle():
        if abs(near[0]) <= abs(far[0]):
            return f"x = (1, 0), y1 = {near}, y2 = {far}: y1 is nearer, but |{near[0]}| <= |{far[0]}|"
    return None


# ---- the unit ----


def _numbering() -> Iterator[Obligation]:
    """Yield that m l + v numbers the pairs of 0 <= m < M and 0 <= v < l, each once, from 0 to M l - 1.

    Twice applied it numbers the taps (c, u_1, u_2) of a filter in row-major order.
    """
    m, v, rows, length, place = symbols("m v M l z", integer=True)
    pair = (Ge(m, 0), Lt(m, rows), Ge(v, 0), Lt(v, length))
    number = m * length + v
    yield Obligation("a number", pair, And(Ge(number, 0), Lt(number, rows * length)))
    yield Obligation("its column", pair, Eq(Mod(number, length), v))
    yield Obligation("its row", pair, Eq(floor(number / length), m))
    inside = (Ge(length, 1), Ge(rows, 1), Ge(place, 0), Lt(place, rows * length))
    column, row = Mod(place, length), floor(place / length)
    yield Obligation("every number", inside, Eq(row * length + column, place))
    yield Obligation("every row", inside, And(Ge(row, 0), Lt(row, rows)))


def _one_group() -> Obligation:
    """Without groups every output channel reads all input channels, in their order."""
    read = relation_of(CONV2D, {"padding_mode": "zeros"}).indices
    channel = read["x"][1].xreplace({G: Integer(1)})
    return Obligation("all channels", (Ge(O, 1), Ge(C, 1), Ge(o, 0), Lt(o, O)), Eq(channel, read["w"][1]))


def _detector() -> Obligation:
    """The record of the detector is the rectification of the unit."""
    value = RELU.definition[-1].value
    (entry,) = value.atoms(Indexed)
    return Obligation("relu is Rec", (), Eq(value.xreplace({entry: T}), rec(T), evaluate=False))


def not_a_correlation() -> list[str]:
    """Return where conv2d is no inner product of one filter with one patch; nothing, if it is."""
    relation = relation_of(CONV2D, {"padding_mode": "zeros"})
    (batch, out, *places), (row, *taps) = relation.indices["y"], relation.indices["w"]
    wrong = [f"tap {tap} is no index of its own" for tap in taps if tap not in relation.variables]
    wrong += [] if row == out else [f"output {out} reads filter {row}"]
    sample = relation.indices["x"]
    strangers = set().union(*(e.free_symbols for e in sample[2:])) & {out}
    wrong += [f"the patch depends on the filter: {sample}"] * bool(strangers)
    wrong += [] if sample[0] == batch else [f"signal {batch} reads signal {sample[0]}"]
    moving = [t for t in places if not any(e.has(t) for e in sample[2:])]
    return wrong + [f"position {t} does not move the patch" for t in moving]


def _unit(claim: Claim) -> Evidence:
    numbered = prove_by_z3(claim, [*_numbering(), _one_group(), _detector()])
    form = prove_by_form(claim, not_a_correlation(), "y[o, t] = sum over taps of w[o, tap] x[patch t, tap]")
    return weakest(claim, [numbered, form])


THEOREMS = (
    identity(
        "recos: the correlation measures the chord",
        "|x - y|^2 = 2 - 2 x^T y and |x + y|^2 = 2 + 2 x^T y on the unit sphere, for every N: x^T y is in [-1, 1].",
        ("K1",),
        Derived(_chord),
    ),
    Theorem(
        name="recos: the angle decreases with the correlation",
        statement="theta = arccos(t) has the slope -1/sqrt(1 - t^2) < 0 on (-1, 1) and is continuous: it strictly "
        "decreases on all of [-1, 1], past a right angle too.",
        formula=(_angle_slope(), _slope_is_negative()),
        rows=("K1", "K2"),
        proof=_angle,
    ),
    Theorem(
        name="recos: negative correlations order angles",
        statement="Erratum: of two vectors past a right angle the nearer one has the larger correlation.",
        formula="exists y1, y2: 0 > x.y1 > x.y2 and theta(x, y1) < theta(x, y2)",
        rows=("K2",),
        proof=lambda claim: certify(claim, obtuse_counterexample, "smallest counterexample, rational points"),
    ),
    Theorem(
        name="recos: the modulus of the correlation does not order angles",
        statement="Only |x^T y| fails past a right angle: a farther vector may have the larger modulus.",
        formula="exists y1, y2: theta(x, y1) < theta(x, y2) and |x.y1| <= |x.y2|",
        rows=("K2",),
        proof=lambda claim: certify(claim, modulus_counterexample, "smallest counterexample, rational points"),
    ),
    Theorem(
        name="recos: conv2d and relu are a unit on every patch",
        statement="Without groups conv2d is the inner product of each filter with each patch, in row-major order of "
        "(c, u_1, u_2); rectified it is y_k = max(0, a_k^T x), exactly.",
        formula=(CONV2D, RELU, rec(T), tuple(_numbering()), _one_group()),
        rows=("K3", "K4"),
        proof=_unit,
    ),
)
