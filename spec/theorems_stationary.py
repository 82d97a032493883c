"""Theorems about stationary processes, inversion and read-outs: moments, gradients, margins (M21, M22, M-inv, M-class)."""

from fractions import Fraction
from itertools import product

from flint import arb, ctx
from sympy import (
    Abs,
    Expr,
    Function,
    Ge,
    Gt,
    IndexedBase,
    Integral,
    Le,
    MatrixSymbol,
    Sum,
    Symbol,
    exp,
    oo,
    pi,
    sqrt,
    symbols,
)

from .evidence import (
    Claim,
    Derived,
    Evidence,
    Theorem,
    certify,
    exhaust,
    identity,
    prove_by_identity,
    prove_by_z3,
    weakest,
)
from .harmonic import PRECISION
from .logic import Obligation
from .scattering_numeric import balls, difference, energy, scattered
from .theorems_paths import DETECTORS, Taps, tree
from .theorems_scattering import ALTERNATING, HAAR

# ---- stationary processes ----


def _commutes() -> tuple[tuple[Expr, Expr], ...]:
    """A convolution of a process that starts g later is the convolution g later, tap by tap; a pointwise map reads one sample."""
    t, j, g = symbols("t j g", integer=True)
    h, x, rho = Function("h"), Function("x"), Function("rho")
    moved = (h(t - j) * x(j - g)).subs(j, j + g)
    return (moved, h((t - g) - j) * x(j)), (rho(x(t - g)), rho(x(t)).subs(t, t - g))


def _moved(x: Taps, by: int) -> Taps:
    return x[-by:] + x[:-by]


def _is_stationary(case: tuple[Taps, Taps, str]) -> bool:
    """Whether a signal that starts at random has moduli that start at random."""
    x, bands, name = case
    detect = DETECTORS[name]
    return all(tree(_moved(x, by), bands, detect) == _moved(tree(x, bands, detect), by) for by in range(1, len(x)))


def _stationary(claim: Claim) -> Evidence:
    cases = product(product((-1, 0, 2), repeat=4), product((0, 1), repeat=2), DETECTORS)
    every = exhaust(claim, cases, _is_stationary, "four samples of -1, 0, 2, two levels of Haar filters, every shift")
    return weakest(claim, [prove_by_identity(claim, _commutes()), every])


def _unbiased() -> tuple[Expr, Expr]:
    """The mean of every modulus is mu, whatever the sample: E sum phi(u) U(t - u) = mu sum phi(u), and sum phi = phi^(0) = 1."""
    phi, u, size, mean = (
        IndexedBase("phi"),
        Symbol("u", integer=True),
        Symbol("P", integer=True, positive=True),
        Symbol("mu"),
    )
    return Sum(phi[u] * mean, (u, 0, size - 1)), mean * Sum(phi[u], (u, 0, size - 1))


def _falls() -> tuple[tuple[Expr, Expr], ...]:
    """Independent samples of variance v: those of a box of 2^J have v/2^J; a Gaussian's sum phi^2 is 1/(2 sqrt(pi) s)."""
    t, octaves, variance = symbols("t J v", real=True)
    s = Symbol("s", positive=True)
    a, b, x, y = symbols("a b X Y", real=True)
    density = exp(-(t**2) / (2 * s**2)) / (sqrt(2 * pi) * s)
    power = Integral(density**2, (t, -oo, oo))
    return (
        ((a * x + b * y) ** 2, a**2 * x**2 + b**2 * y**2 + 2 * a * b * (x * y)),  # E X Y = 0
        (2**octaves * (variance / 4**octaves), variance / 2**octaves),
        (power, 1 / (2 * sqrt(pi) * s)),
        (power.subs(s, 2 * s), power / 2),
    )


OUTCOMES = {0: Fraction(2, 3), 3: Fraction(1, 3)}
"""A process that is one constant, with its probability."""


def variance_counterexample() -> str | None:
    """Return the values of the printed variance for a process of two outcomes, and the number that is meant."""
    mean = sum(value * share for value, share in OUTCOMES.items())
    squares = {value: (value - mean) ** 2 for value in OUTCOMES}
    meant = sum(squares[value] * share for value, share in OUTCOMES.items())
    if set(squares.values()) == {meant}:
        return None
    printed = " or ".join(str(square) for square in squares.values())
    return f"x = 0 or 3 for all u, with probability 2/3 and 1/3: |Phi x - E Phi x|^2 per sample is {printed}; its mean is {meant}"


def unmixed_counterexample() -> str | None:
    """Return a stationary process whose averages have the same variance at every scale: it does not mix."""
    found = {octaves: _variance_of_average(octaves) for octaves in (0, 1, 5)}
    if len(set(found.values())) > 1:
        return None
    return f"x = 0 or 3 for all u: the variance of its averages over 2^J = 1, 2, 32 samples is {found[0]}"


def _variance_of_average(octaves: int) -> Fraction:
    """Return the variance of the average of 2^J samples of the process of `OUTCOMES`."""
    averages = {Fraction(sum([value] * 2**octaves), 2**octaves): share for value, share in OUTCOMES.items()}
    mean = sum(value * share for value, share in averages.items())
    return sum(((value - mean) ** 2 * share for value, share in averages.items()), Fraction(0))


# ---- inversion ----


def _gradient() -> tuple[tuple[Expr, Expr], ...]:
    """The slope of a modulus, and the chain rule: |S x - s|^2 / 2 has in the direction v the slope <S x - s, J v>."""
    a, b, c, d, t = symbols("a b c d t", real=True)
    modulus = sqrt((a + t * c) ** 2 + (b + t * d) ** 2)
    size, paths = symbols("N K", integer=True, positive=True)
    jacobian, off, v = MatrixSymbol("J", paths, size), MatrixSymbol("r", paths, 1), MatrixSymbol("v", size, 1)
    target, value, slope = symbols("s y p", real=True)
    return (
        (modulus.diff(t).subs(t, 0), (a * c + b * d) / sqrt(a**2 + b**2)),
        (((value + t * slope - target) ** 2 / 2).diff(t).subs(t, 0), (value - target) * slope),
        (off.T * (jacobian * v), (jacobian.T * off).T * v),
    )


def _loses_the_sign() -> tuple[tuple[Expr, Expr], ...]:
    z = symbols("z")
    factor = symbols("c", real=True)
    return (Abs(-z), Abs(z)), (Abs(factor * z), Abs(factor) * Abs(z))


def unconvex_loss() -> str | None:
    """Return the smallest signals that have the same coefficients while their mean has others."""
    x, minus, mean = ALTERNATING, tuple(-v for v in ALTERNATING), (0, 0)
    one, other, between = (scattered(balls(signal), HAAR, 1) for signal in (x, minus, mean))
    with ctx.workprec(PRECISION):
        same, apart = (sum((energy(difference(a[p], one[p])) for p in one), arb(0)) for a in (other, between))
    if same != 0 or not apart > 0:
        return None
    return (
        f"P = 2: S(1, -1) = S(-1, 1), and |S(0, 0) - S(1, -1)|^2 = {float(apart):g}: the loss rises between two minima"
    )


# ---- read-outs ----


def _margin() -> tuple[Obligation, ...]:
    """A score off by |w| d at most keeps its sign if the margin exceeds d; coefficients are no farther apart than signals."""
    score, moved, norm, distance, signals, margin = symbols("s t w d x g", real=True)
    near = (Ge(norm, 0), Ge(distance, 0), Le(distance, signals), Gt(margin, signals), Gt(norm, 0))
    kept = (*near, Ge(score, norm * margin), Le(score - moved, norm * distance))
    return (Obligation("the sign stays", kept, Gt(moved, 0)),)


def _linear() -> tuple[tuple[Expr, Expr], ...]:
    """Lagrange's identity for two coefficients: what is lacking in the inequality of Cauchy and Schwarz is a square."""
    a, b, x, y = symbols("a b x y", real=True)
    return (((a**2 + b**2) * (x**2 + y**2) - (a * x + b * y) ** 2, (a * y - b * x) ** 2),)


def _keeps_margins(claim: Claim) -> Evidence:
    return weakest(claim, [prove_by_identity(claim, _linear()), prove_by_z3(claim, _margin())])


THEOREMS = (
    Theorem(
        name="stationary: convolutions and pointwise operators keep stationarity",
        statement="Both commute with translations, so a process and its moduli start anywhere with the same law.",
        formula=(_commutes(), "cyclic, Haar"),
        rows=("M21", "M22"),
        proof=_stationary,
    ),
    identity(
        "stationary: averages are unbiased estimators of scattering moments",
        "E (U * phi)(t) = E U sum of phi = E U, since sum of phi = phi^(0) = 1.",
        ("M22",),
        _unbiased(),
    ),
    Theorem(
        name="stationary: the variance of averages of independent samples falls like 2^-J",
        statement="Products of independent samples have mean 0: var(x * phi) = var(x) sum phi^2, which is 2^-J for a box of 2^J "
        "samples, and 1/(2 sqrt(pi) s) for a Gaussian of width s.",
        formula=_falls(),
        rows=("M22",),
        proof=lambda claim: prove_by_identity(claim, ((left.doit(), right.doit()) for left, right in _falls())),
    ),
    Theorem(
        name="stationary: the printed variance is a random number",
        statement="Erratum: sigma_J^2 is the mean of |Phi_J x - E Phi_J x|^2.",
        formula=("exists x: |Phi x - E Phi x|^2 is no constant", tuple(OUTCOMES)),
        rows=("M21", "M22"),
        proof=lambda claim: certify(claim, variance_counterexample, "exact numbers"),
    ),
    Theorem(
        name="stationary: without mixing the variance does not fall",
        statement="A process that is one random constant is stationary, and so are all its averages.",
        formula=("exists x stationary: var(x * phi_J) does not depend on J", tuple(OUTCOMES)),
        rows=("M22",),
        proof=lambda claim: certify(claim, unmixed_counterexample, "exact numbers"),
    ),
    identity(
        "inversion: the gradient of the loss is the transposed Jacobian of the residual",
        "d |a + t b| / dt = Re(conj(a) b)/|a| at t = 0, where a is not 0; the gradient of |S x - s|^2 / 2 is J^T (S x - s).",
        ("M-inv",),
        Derived(_gradient),
    ),
    identity(
        "inversion: orders above 0 do not see the sign",
        "|-z| = |z| and |c z| = |c| |z|: S_k(-x) = S_k(x) and S_k(c x) = |c| S_k(x) for k >= 1.",
        ("M-inv",),
        Derived(_loses_the_sign),
    ),
    Theorem(
        name="inversion: the loss is not convex",
        statement="A signal of mean 0 and its negative have the same coefficients, the signal between them others.",
        formula="exists x: S(x) = S(-x) != S(0)",
        rows=("M-inv",),
        proof=lambda claim: certify(claim, unconvex_loss, "exact numbers"),
    ),
    Theorem(
        name="read-out: a margin above the distance of signals keeps the class",
        statement="|<w, S x> - <w, S y>| <= |w| |S x - S y| <= |w| |x - y| for B <= 1: a linear classifier on coefficients "
        "decides alike on signals closer than its margin over |w|.",
        formula=(_linear(), _margin()),
        rows=("M-class",),
        proof=_keeps_margins,
    ),
)
