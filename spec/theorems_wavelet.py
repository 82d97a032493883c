"""Theorems about wavelets: mother wavelets and their dilations, continuous transforms, zero mean (U10, U11, M-dil)."""

from collections.abc import Callable, Iterator

from sympy import (
    Abs,
    Expr,
    Function,
    I,
    Integer,
    Integral,
    Mod,
    Rational,
    Symbol,
    conjugate,
    exp,
    floor,
    integrate,
    oo,
    pi,
    simplify,
    sqrt,
    symbols,
)

from .evidence import Theorem, prove_by_identity
from .symbols import MU, OMEGA, Q1, P, f
from .wavelet import CENTRE, MORLET_NORM, MOTHER, MOTHERS, dilated, scale
from .wavelet_bank import bell, morlet

T, B = symbols("t b", real=True)
SCALE = Symbol("a", positive=True)
CONTINUOUS = ("U10", "U11")

# ---- mother wavelets ----

BELL = pi ** Rational(-1, 4) * exp(-(T**2) / 2)
IN_TIME: dict[str, tuple[Expr, Expr]] = {
    "morlet": (MORLET_NORM, (exp(I * CENTRE * T) - exp(-(CENTRE**2) / 2)) * BELL),
    "mexican_hat": (2 / sqrt(3), (1 - T**2) * BELL),
}
"""The mother wavelets of the record as functions of time: a constant, and a shape."""


def _line(value: Expr) -> Expr:
    """Return the integral over the line of polynomials times Gaussians and waves, term by term."""
    return sum((integrate(term, (T, -oo, oo)) for term in value.expand().as_ordered_terms()), Integer(0)).expand()


def _transforms() -> Iterator[tuple[Expr, Expr]]:
    """Yield for every mother wavelet: its Fourier transform, the value of that at 0, and its squared norm."""
    for word, (constant, shape) in IN_TIME.items():
        real, imaginary = shape.as_real_imag()
        yield constant * _line(shape * exp(-I * OMEGA * T)), MOTHERS[word]
        yield MOTHERS[word].subs(OMEGA, 0), Integer(0)
        yield _line((real**2 + imaginary**2).expand()), 1 / constant**2


def _mirrored() -> Iterator[tuple[Expr, Expr]]:
    """Yield that a mirrored wavelet is the conjugate one, whose transform is mirrored: what a negative scale stands for."""
    for word, (constant, shape) in IN_TIME.items():
        yield shape.subs(T, -T), conjugate(shape)
        yield constant * _line(conjugate(shape) * exp(-I * OMEGA * T)), MOTHERS[word].subs(OMEGA, -OMEGA)


# ---- the continuous transform of a trigonometric polynomial ----


def _wave_met() -> Iterator[tuple[Expr, Expr]]:
    """A wave meets a wavelet moved to b and dilated by a: by t = a u + b, ``a^(1/2) conj(psi^(a w)) e^(i w b)``."""
    u, psi = Symbol("u", real=True), Function("psi")
    given = Integral(exp(I * OMEGA * T) * conjugate(psi((T - B) / SCALE)) / sqrt(SCALE), (T, -oo, oo))
    moved = given.transform(T, (SCALE * u + B, u)).function
    yield moved.expand(), (sqrt(SCALE) * exp(I * OMEGA * B) * exp(I * SCALE * OMEGA * u) * conjugate(psi(u))).expand()


def _stored_at(nu: Expr, place: Expr) -> Expr:
    """Return the record's spectrum at a bin of frequency nu that is not its own negative."""
    half = floor(P / 2)
    return dilated(place, f).xreplace({Mod(f + half, P): P * nu + half, Mod(-f + half, P): -P * nu + half})


def _covariant() -> Iterator[tuple[Expr, Expr]]:
    """Yield that the record's spectra are ``a^(1/2) psi^(2 pi a nu)``, and what they are an octave up at half the frequency."""
    nu, octave_up = Symbol("nu", real=True), {scale(MU + Q1): 2 * scale(MU)}
    printed = sqrt(scale(MU)) * MOTHER(2 * pi * scale(MU) * nu)
    yield _stored_at(nu, MU), printed
    yield scale(MU + Q1), 2 * scale(MU)
    yield _stored_at(nu / 2, MU + Q1).xreplace(octave_up) / sqrt(2), printed


# ---- zero mean by construction ----


def _no_mean() -> Iterator[tuple[Expr, Expr]]:
    """Yield that the record's Morlet spectrum vanishes at frequency 0, and what is taken off: all that a bell has there."""
    xi, sigma = Symbol("xi", real=True), Symbol("sigma", positive=True)
    here, low = bell(f, xi, sigma), bell(f, Integer(0), sigma)
    at_zero = {f: Integer(0)}
    yield morlet(MU, Integer(0), Q1), Integer(0)
    yield (low * (here / low).xreplace(at_zero)).xreplace(at_zero), here.xreplace(at_zero)


# ---- dilated wavelets (M-dil) ----

RATIO = Symbol("r", positive=True)
"""``2^(k/K)``."""


DILATIONS = (
    (1, RATIO, 1 / RATIO, RATIO**2),
    (2, RATIO, 1 / RATIO, RATIO**3),
    (1, 1 / RATIO, 1 / RATIO, Integer(1)),
    (1, RATIO, RATIO, Integer(1)),
    (2, 1 / sqrt(RATIO), 1 / RATIO, Integer(1)),
)
"""The power of a norm, the factors c and b of ``c psi(b u)``, and what the integral of that power is multiplied by."""


def _norms() -> Iterator[tuple[Expr, Expr]]:
    """Yield the integrands of norms after ``t = u / b``."""
    u, psi = Symbol("u", real=True), Function("psi")
    for power, factor, inner, constant in DILATIONS:
        given = Integral(Abs(factor * psi(inner * T)) ** power, (T, -oo, oo)).transform(T, (u / inner, u))
        yield simplify(given.function), constant * Abs(psi(u)) ** power


HAAR = ((1, Rational(1, 2)), (-1, Rational(1, 2)))
"""Haar's wavelet: its values, and how long they last."""


def dilation_counterexample() -> str | None:
    """Return the norms of Haar's wavelet and of its printed dilation by one octave."""
    printed = [(2 * value, 2 * length) for value, length in HAAR]
    norms = [[sum(abs(v) ** power * length for v, length in psi) for power in (1, 2)] for psi in (HAAR, printed)]
    if norms[0] == norms[1]:
        return None
    (one, square), (printed_one, printed_square) = norms
    return (
        f"Haar's wavelet, k = K: L1 norm {one} becomes {printed_one}, squared L2 norm {square} becomes {printed_square}"
    )


Pairs = Callable[[], Iterator[tuple[Expr, Expr]]]


def _identity(name: str, statement: str, rows: tuple[str, ...], formula: object, pairs: Pairs) -> Theorem:
    """Return the theorem that pairs are equal, which are formed when it is proved: integrals take their time."""
    return Theorem(
        name=name,
        statement=statement,
        formula=formula,
        rows=rows,
        proof=lambda claim: prove_by_identity(claim, pairs()),
    )


SHAPES = tuple((word, *entry, MOTHERS[word]) for word, entry in IN_TIME.items())

THEOREMS = (
    _identity(
        "cwt: mother wavelets have mean 0 and norm 1",
        "The record's spectra are the Fourier transforms of a Gabor function less its mean, and of a Gaussian's negative second "
        "derivative, both of norm 1; at frequency 0 they vanish.",
        CONTINUOUS,
        ("transforms, means and norms", SHAPES),
        _transforms,
    ),
    _identity(
        "cwt: a wave is multiplied by a^(1/2) conj(psi^(a w))",
        "The integral of a wave of frequency w against a^(-1/2) psi((t - b)/a) is that times e^(i w b): so the transform of a "
        "trigonometric polynomial, wave by wave, is exact.",
        CONTINUOUS,
        ("integral of exp(i w t) conj(psi((t - b)/a)) a^(-1/2)", SCALE, OMEGA),
        _wave_met,
    ),
    _identity(
        "cwt: dilations move scales by octaves",
        "A trigonometric polynomial dilated by 2, on a cycle of twice the length, has its transform an octave up, dilated, times "
        "sqrt(2): at half the frequency and twice the scale spectra are sqrt(2) times as large (bins below half the period).",
        CONTINUOUS,
        ("psi^ an octave up at half the frequency", dilated(MU, f)),
        _covariant,
    ),
    _identity(
        "cwt: a negative scale is a reflection",
        "psi(-t) is the conjugate of psi(t), with the mirrored transform: W(-a, b) of a signal is W(a, -b) of the reversed one.",
        CONTINUOUS,
        ("psi(-t) = conj(psi(t))", SHAPES),
        _mirrored,
    ),
    _identity(
        "morlet: wavelets have mean 0 by construction",
        "A bell less as much of one at zero as it has at zero vanishes there, exactly: also summed over periods.",
        ("U10", "M10"),
        ("psi^(0) = 0", morlet(MU, f, Q1)),
        _no_mean,
    ),
    _identity(
        "dilated wavelets: which norms are kept",
        "r psi(u/r) has r^2 times the L1 norm and r^3 times the squared L2 norm; psi(u/r)/r and r psi(r u) keep the L1 norm, "
        "psi(u/r)/sqrt(r) the L2 norm.",
        ("M-dil",),
        ("norms of c psi(b u)", DILATIONS),
        _norms,
    ),
)
