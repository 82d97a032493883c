"""Theorems about detectors: contraction, symmetry, range, and the rectifier against the modulus (K-act, M14, M-relu2, M-thr).

Every function is read off its record, at letters that stand for real numbers; where a record has several stages for
floating point, they are put into each other.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import product

from sympy import (
    Abs,
    And,
    Basic,
    Eq,
    Equivalent,
    Expr,
    Ge,
    Gt,
    IndexedBase,
    Integer,
    Le,
    Lt,
    Max,
    Piecewise,
    Rational,
    Sum,
    Symbol,
    cos,
    exp,
    integrate,
    log,
    pi,
    sign,
    symbols,
)

from .activation import LEAKY_RELU, MODULUS, RELU, SIGMOID, SOFT_THRESHOLD, SOFTPLUS, TANH, X
from .evidence import (
    Claim,
    Derived,
    Evidence,
    Theorem,
    certify,
    for_all,
    identity,
    prove_by_identity,
    prove_by_z3,
    weakest,
)
from .logic import Obligation
from .records import OperatorSpec, Stage
from .symbols import LAMBDA, THETA

A, B, C, D, R, T = symbols("a b c d r t", real=True)
THRESHOLD = (Ge(THETA, 0),)


def composed(stages: Iterable[Stage], given: Mapping[Basic, Basic]) -> Expr:
    """Return what stages compute, each put into the next; `given` says what stands for entries and options."""
    known = dict(given)
    for stage in stages:
        known[stage.target] = result = stage.value.xreplace(known)
    return result


def value(record: OperatorSpec, at: Expr) -> Expr:
    """Return a pointwise operator at `at`, with the sign as cases."""
    return _in_cases(composed(record.definition, {X: at}))


def _in_cases(expr: Expr) -> Expr:
    return expr.replace(sign, lambda v: Piecewise((1, Gt(v, 0)), (-1, Lt(v, 0)), (0, True)))


CONSTANTS: dict[OperatorSpec, Expr] = {
    MODULUS: Integer(1),
    RELU: Integer(1),
    LEAKY_RELU: Max(1, Abs(LAMBDA)),
    SOFT_THRESHOLD: Integer(1),
    SIGMOID: Rational(1, 4),
    TANH: Integer(1),
    SOFTPLUS: Integer(1),
}
"""The Lipschitz constant of each detector (M14)."""
PIECEWISE_LINEAR = (MODULUS, RELU, LEAKY_RELU, SOFT_THRESHOLD)


def _contractions() -> tuple[Obligation, ...]:
    return tuple(
        Obligation(
            record.name,
            THRESHOLD if record is SOFT_THRESHOLD else (),
            Le(Abs(value(record, A) - value(record, B)), CONSTANTS[record] * Abs(A - B)),
        )
        for record in PIECEWISE_LINEAR
    )


def _complex_modulus() -> tuple[Obligation, ...]:
    """With r = abs(a + i b) and t = abs(c + i d): (r - t)^2 <= (a - c)^2 + (b - d)^2."""
    given = (Ge(R, 0), Ge(T, 0), Eq(R**2, A**2 + B**2), Eq(T**2, C**2 + D**2))
    return (Obligation("reverse triangle", given, Le((R - T) ** 2, (A - C) ** 2 + (B - D) ** 2)),)


def _slopes() -> tuple[tuple[Expr, Expr], ...]:
    """Derivatives by the value, squares that bound them, and where they are attained."""
    s, t, p = (value(record, A) for record in (SIGMOID, TANH, SOFTPLUS))
    return (
        (s.diff(A), s * (1 - s)),
        (Rational(1, 4) - s * (1 - s), (s - Rational(1, 2)) ** 2),
        (s.diff(A).subs(A, 0), Rational(1, 4)),
        (t.diff(A), 1 - t**2),
        (t.diff(A).subs(A, 0), Integer(1)),
        (p.diff(A), s),
        (p.diff(A).limit(A, "oo"), Integer(1)),
    )


def _ranges() -> tuple[Obligation, ...]:
    """With E = exp(-x) > 0 the sigmoid is S with S (1 + E) = 1, and tanh is T with T (1 + E^2) = 1 - E^2."""
    e, s, t = symbols("E S T", real=True)
    positive, sigmoid, tangent = Gt(e, 0), Eq(s * (1 + e), 1), Eq(t * (1 + e**2), 1 - e**2)
    unit = And(Gt(s, 0), Lt(s, 1))
    return (
        Obligation("sigmoid in (0, 1)", (positive, sigmoid), unit),
        Obligation("its slope in (0, 1/4]", (unit,), And(Gt(s * (1 - s), 0), Le(4 * s * (1 - s), 1))),
        Obligation("tanh in (-1, 1)", (positive, tangent), And(Gt(t, -1), Lt(t, 1))),
        Obligation("its slope in (0, 1]", (Gt(t, -1), Lt(t, 1)), And(Gt(1 - t**2, 0), Le(1 - t**2, 1))),
        Obligation("relu in [0, inf)", (), And(Ge(value(RELU, A), 0), Ge(value(RELU, A), A))),
        Obligation("leaky relu keeps signs", (Gt(LAMBDA, 0),), Equivalent(Gt(value(LEAKY_RELU, A), 0), Gt(A, 0))),
    )


def _exponential_forms() -> tuple[tuple[Expr, Expr], ...]:
    """The equations between values and exponentials on which the ranges rest; softplus is above both its asymptotes."""
    e = exp(-A)
    above = tuple((value(SOFTPLUS, A) - low, log(1 + exp(b))) for low, b in ((Integer(0), A), (A, -A)))
    return (value(SIGMOID, A) * (1 + e), Integer(1)), (value(TANH, A).rewrite(exp) * (1 + e**2), 1 - e**2), *above


def _smooth(claim: Claim) -> Evidence:
    """By the mean value theorem a bound of the derivative is a Lipschitz constant."""
    return weakest(claim, [prove_by_identity(claim, _slopes()), prove_by_z3(claim, _ranges()[:4])])


def _clipping(claim: Claim) -> Evidence:
    return weakest(claim, [prove_by_z3(claim, _ranges()), prove_by_identity(claim, _exponential_forms())])


def _equality() -> tuple[Obligation, ...]:
    """The distance to 0 is kept by the modulus always, by the rectifier exactly for numbers that are not negative."""
    kept = {record: Eq(Abs(value(record, A) - value(record, Integer(0))), Abs(A)) for record in (MODULUS, RELU)}
    return Obligation("modulus", (), kept[MODULUS]), Obligation("rectifier", (), Equivalent(kept[RELU], Ge(A, 0)))


def equality_counterexample() -> str | None:
    """Return the number closest to 0 whose distance to 0 the rectifier does not keep."""
    for b in sorted(range(-3, 4), key=abs):
        distance = abs(value(RELU, Integer(0)) - value(RELU, Integer(b)))
        if distance != abs(b):
            return f"alpha = 0, alpha' = {b}, rectifier: abs(rho(0) - rho({b})) = {distance} < {abs(b)}"
    return None


def _symmetries() -> tuple[tuple[Expr, Expr], ...]:
    s, t, p = ({sgn: value(record, sgn * A) for sgn in (1, -1)} for record in (SIGMOID, TANH, SOFTPLUS))
    return (s[-1], 1 - s[1]), (t[-1], -t[1]), (p[1] - p[-1], A)


def _linear_algorithms() -> tuple[Obligation, ...]:
    """Return that each way to compute a piecewise linear detector gives its definition, for every real number."""
    return tuple(
        Obligation(record.name, THRESHOLD, Eq(_in_cases(composed(stages, {X: A})), value(record, A)))
        for record in PIECEWISE_LINEAR
        for stages in record.algorithms.values()
    )


def _smooth_algorithms() -> tuple[tuple[Expr, Expr], ...]:
    """Return each way to compute a smooth detector, and its definition: at positive and negative numbers, and at 0."""
    letters = (Symbol("a", positive=True), Symbol("a", negative=True), Integer(0))
    return tuple(
        (composed(stages, {X: at}).rewrite(log).rewrite(exp), value(record, at).rewrite(exp))
        for record in (SIGMOID, TANH, SOFTPLUS)
        for stages in record.algorithms.values()
        for at in letters
    )


def _algorithms(claim: Claim) -> Evidence:
    return weakest(claim, [prove_by_z3(claim, _linear_algorithms()), prove_by_identity(claim, _smooth_algorithms())])


def _modulus_by_rectifier() -> tuple[Obligation, ...]:
    modulus, rectified, difference = value(MODULUS, A), value(RELU, A), value(RELU, A) - value(RELU, -A)
    return (
        Obligation("abs(a) = 2 relu(a) - a", (), Eq(modulus, 2 * rectified - A)),
        Obligation("a = relu(a) - relu(-a)", (), Eq(difference, A)),
    )


def _averaged() -> tuple[tuple[Expr, Expr], ...]:
    """2 relu(y) * phi - abs(y) * phi = y * phi, term by term; a real cosine is rectified to 1/pi of its modulus on average."""
    y, phi, rectified = (IndexedBase(name) for name in ("y", "phi", "r"))
    n, u, v = symbols("n u v", integer=True)

    def averaged(x: Callable[[Expr], Expr]) -> Expr:
        return Sum(x(v) * phi[u - v], (v, 0, n - 1))

    left = averaged(lambda v: 2 * rectified[v] - (2 * rectified[v] - y[v]))  # abs(y) = 2 relu(y) - y, proved above
    return (left, averaged(lambda v: y[v])), (integrate(cos(T), (T, -pi / 2, pi / 2)) / (2 * pi), 1 / pi)


def _half(claim: Claim) -> Evidence:
    return weakest(claim, [prove_by_z3(claim, _modulus_by_rectifier()), prove_by_identity(claim, _averaged())])


def two_sided(at: Expr, threshold: Expr) -> Expr:
    """Return ``relu(a - c) - relu(-a - c)``."""
    return value(RELU, at - threshold) - value(RELU, -at - threshold)


def _threshold() -> tuple[Obligation, ...]:
    soft, larger = value(SOFT_THRESHOLD, A), value(SOFT_THRESHOLD, A).xreplace({THETA: C})
    zero = Equivalent(Eq(soft, 0), Le(Abs(A), THETA))
    one_sided = Equivalent(Eq(value(RELU, A - THETA), soft), Ge(A, -THETA))
    return (
        Obligation("two-sided", THRESHOLD, Eq(soft, two_sided(A, THETA))),
        Obligation("zeros", THRESHOLD, zero),
        Obligation("more zeros with a larger threshold", (*THRESHOLD, Ge(C, THETA), Eq(soft, 0)), Eq(larger, 0)),
        Obligation("one rectifier is one-sided", THRESHOLD, one_sided),
        Obligation("one rectifier, more zeros", (Ge(C, THETA), Le(A, THETA)), Eq(value(RELU, A - C), 0)),
    )


def _points() -> Iterator[tuple[int, int]]:
    yield from sorted(product(range(-2, 3), range(-2, 3)), key=lambda pair: (abs(pair[0]) + abs(pair[1]), pair))


def negative_threshold_counterexample() -> str | None:
    """Return the smallest a and c < 0 for which the difference of rectifiers is no soft threshold sign(a) max(abs(a) - c, 0)."""
    for a, c in _points():
        both = two_sided(Integer(a), Integer(c))
        soft = (a > 0) - (a < 0)
        soft *= max(abs(a) - c, 0)
        if c < 0 and both != soft:
            return f"a = {a}, c = {c}: relu(a-c) - relu(-a-c) = {both}, sign(a) max(abs(a)-c, 0) = {soft}"
    return None


THEOREMS = (
    for_all(
        "modulus, rectifiers and soft threshold are Lipschitz",
        "abs(rho(a) - rho(b)) <= c abs(a - b) for all reals, c = 1 for modulus, relu and soft threshold, max(1, abs(slope)) for "
        "leaky relu.",
        ("M14", "K-act", "M-thr"),
        Derived(_contractions),
    ),
    for_all(
        "the complex modulus is contractive",
        "abs(abs(z) - abs(w)) <= abs(z - w) for complex z, w, in real and imaginary parts.",
        ("M14",),
        Derived(_complex_modulus),
    ),
    Theorem(
        name="sigmoid, tanh and softplus have the Lipschitz constants 1/4, 1 and 1",
        statement="Their slopes are s(1-s) = 1/4 - (s - 1/2)^2, 1 - tanh^2 and the sigmoid: in (0, 1/4], (0, 1] and (0, 1); no "
        "smaller constant will do.",
        formula=(_slopes(), _ranges()[:4]),
        rows=("M14", "K-act"),
        proof=_smooth,
    ),
    for_all(
        "equality in the contraction",
        "Erratum: where one argument is 0, the modulus keeps the distance; the rectifier keeps it exactly where the other is "
        ">= 0.",
        ("M14",),
        Derived(_equality),
    ),
    Theorem(
        name="detectors clip",
        statement="The sigmoid maps to (0, 1), tanh to (-1, 1), relu to [0, inf), softplus above max(0, x); leaky relu keeps "
        "signs.",
        formula=(_ranges(), _exponential_forms()),
        rows=("K-act",),
        proof=_clipping,
    ),
    identity(
        "sigmoid, tanh and softplus under reflection",
        "sigmoid(-x) = 1 - sigmoid(x), tanh(-x) = -tanh(x), softplus(x) - softplus(-x) = x.",
        ("K-act",),
        Derived(_symmetries),
    ),
    Theorem(
        name="the stages of detectors compute their definition",
        statement="Every declared way to compute a detector equals its definition, for positive and negative numbers and 0.",
        formula=(_linear_algorithms(), _smooth_algorithms()),
        rows=("K-act",),
        proof=_algorithms,
    ),
    Theorem(
        name="the modulus is twice the rectifier, less the signal",
        statement="abs(a) = 2 relu(a) - a; so 2 relu(y) * phi - abs(y) * phi = y * phi for real y. A cosine is rectified to the "
        "mean 1/pi of its amplitude.",
        formula=(_modulus_by_rectifier(), _averaged()),
        rows=("M-relu2",),
        proof=_half,
    ),
    for_all(
        "a soft threshold is a difference of rectifiers",
        "For c >= 0: soft threshold = relu(a-c) - relu(-a-c), zero exactly where abs(a) <= c, zeros grow with c; one relu(a-c) "
        "equals it exactly where a >= -c.",
        ("M-thr",),
        Derived(_threshold),
    ),
    Theorem(
        name="a negative constant is no threshold",
        statement="For c < 0 the difference of rectifiers is not sign(a) max(abs(a) - c, 0).",
        formula=("exists a, c < 0", two_sided(A, C)),
        rows=("M-thr",),
        proof=lambda claim: certify(claim, negative_threshold_counterexample, "smallest counterexample, enumerated"),
    ),
)
