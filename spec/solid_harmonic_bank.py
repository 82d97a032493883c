"""Solid harmonic wavelets on the grid of a periodic volume: their spectra in closed form.

A solid harmonic wavelet of degree l and order m at width w is a Gaussian times a homogeneous polynomial of degree l,

    psi(u) = c_l w^(-3-l) R_lm(u) exp(-|u|^2 / 2 w^2),    sum over m of |R_lm(u)|^2 = |u|^(2 l),

and so is its Fourier transform, in which the definition is written. The factor c_l makes the modulus over all m integrate to 1.

Frequencies are those of the grid, from -pi to pi. The highest one of an even axis is both: a spectrum has there the mean of its
values on the two sides. With one side alone the filters of a real volume would not be Hermitian, nor would the turns of a cube
map the grid onto itself.
"""

from math import prod

from sympy import Expr, I, Integer, KroneckerDelta, Mod, Sum, Symbol, exp, factorial, factorial2, floor, pi, sqrt

from .records import Parameter, Real, Stage
from .symbols import CHI, ETA, MU, SIGMA, Axis, H, J, array, axes

AXES = axes(3)
SIZES = tuple(a.n for a in AXES)
PLACES = tuple(a.t for a in AXES)
BINS, SIDES, POWERS_OF = (
    tuple(Symbol(f"{name}_{k}", integer=True) for k in (1, 2, 3)) for name in ("f", "zeta", "gamma")
)
"""The letters of frequencies, of the side from which the highest is taken, and of the powers in a harmonic."""

LARGEST_DEGREE = 4

SCALES = Parameter(
    keyword="J",
    symbols=(J,),
    least=1,
    default=None,
    meaning="widths of wavelets: sigma, 2 sigma .. 2^(J-1) sigma",
    scalar=True,
)
DEGREES = Parameter(
    keyword="L", symbols=(H,), least=0, default=3, meaning="the largest degree of a harmonic", scalar=True
)
WIDTH = Real(
    keyword="sigma",
    symbol=SIGMA,
    default=1.0,
    meaning="width of the narrowest wavelet in samples; one of less than a quarter does not fit on the grid",
    least=0.25,
)

SOLID, BELL, PSI = (array(name) for name in ("solid", "bell", "psi_hat"))
OMEGA = [array(f"omega_{k}") for k in (1, 2, 3)]


def signed(a: Axis, bin_: Expr, side: Expr) -> Expr:
    """Return the bin that is next to zero among those that alias: from -n/2 on for side 0, up to n/2 for side 1."""
    half = floor((a.n - side) / 2)
    return Mod(bin_ + half, a.n) - half


def harmonic(degree: Expr, order: Expr, point: tuple[Expr, ...]) -> Sum:
    """Return the solid harmonic of a degree and an order, -degree .. degree, normalised after Racah.

    Examples
    --------
    >>> from sympy import Integer, symbols
    >>> harmonic(Integer(2), Integer(0), symbols("x y z", real=True)).doit().expand()
    -x**2/2 - y**2/2 + z**2
    """
    x, y, z = point
    first, second, third = POWERS_OF
    factors = (-(x + I * y) / 2) ** first * ((x - I * y) / 2) ** second * z**third
    weights = sqrt(factorial(degree + order) * factorial(degree - order)) / prod(map(factorial, POWERS_OF))
    exist = KroneckerDelta(first - second, order) * KroneckerDelta(first + second + third, degree)
    return Sum(weights * factors * exist, *((power, 0, degree) for power in POWERS_OF))


def level(degree: Expr) -> Expr:
    """Return the factor of the spectrum with which the modulus over all orders integrates to 1, at any width."""
    return (pi / 2) ** (Mod(degree, 2) / Integer(2)) / factorial2(degree + 1)


def bank_stages() -> tuple[Stage, ...]:
    """Return the stages of the spectra ``psi_hat[mu, eta, chi, f]``, of order ``chi - eta``."""
    steps = zip(AXES, OMEGA, BINS, SIDES, strict=True)
    frequencies = [Stage(w[g, f], 2 * pi * signed(a, f, g) / a.n, (Integer(2), a.n)) for a, w, f, g in steps]
    point = tuple(w[g, f] for w, g, f in zip(OMEGA, SIDES, BINS, strict=True))
    square = sum((w[0, f] ** 2 for w, f in zip(OMEGA, BINS, strict=True)), Integer(0))
    width = 2**MU * SIGMA
    polynomial = harmonic(ETA, CHI - ETA, point)
    mean = Sum(polynomial.function, *polynomial.limits, *((side, 0, 1) for side in SIDES)) / 8
    spectrum = level(ETA) * (-I * width) ** ETA * BELL[MU, *BINS] * SOLID[ETA, CHI, *BINS]
    return (
        *frequencies,
        Stage(SOLID[ETA, CHI, *BINS], mean, (H + 1, 2 * H + 1, *SIZES)),
        Stage(BELL[MU, *BINS], exp(-(width**2) * square / 2), (J, *SIZES)),
        Stage(PSI[MU, ETA, CHI, *BINS], spectrum, (J, H + 1, 2 * H + 1, *SIZES)),
    )
