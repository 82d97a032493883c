"""Theorems about solid harmonics, the wavelets made of them, and the integrals of their moduli.

Degrees go as far as the record lets them, so that what is shown for each of them is shown for all.
"""

from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import product
from math import prod

from sympy import (
    Eq,
    Expr,
    Ge,
    I,
    Integer,
    Le,
    Poly,
    Rational,
    Symbol,
    diff,
    exp,
    expand,
    floor,
    integrate,
    legendre,
    oo,
    pi,
    sqrt,
    symbols,
)

from .evidence import Claim, Evidence, Theorem, exhaust, prove_by_form, prove_by_identity, prove_by_z3, weakest
from .logic import Obligation
from .solid_harmonic import EVERY_POWER, PAIRS, PATH_COUNT, ROW1, ROW2, SCATTERING3D
from .solid_harmonic_bank import AXES, BELL, BINS, LARGEST_DEGREE, PSI, SIDES, SOLID, level, signed
from .solid_harmonic_proofs import (
    ONE_POINT,
    OTHER_POINT,
    Point,
    gaussian_at,
    harmonic_at,
    product_of_harmonics,
    value_of,
)
from .symbols import CHI, ETA, MU, NU, SIGMA, H, J, M

ROWS = ("M16", "U14")
DEGREES = range(LARGEST_DEGREE + 1)
HARMONICS = [(degree, order) for degree in DEGREES for order in range(-degree, degree + 1)]
WIDTH, SPREAD, RADIUS = symbols("w s r", positive=True)
"""The widths of a wavelet and of a Gaussian, and the distance from the centre."""


# ---- harmonics ----


@lru_cache
def _around_the_pole(degree: int, order: int) -> Expr:
    """Return a harmonic at ``(sin t cos p, sin t sin p, cos t)``, in the letters sine, cosine and turn = e^(i p)."""
    sine, cosine, turn = symbols("sine cosine turn")
    return harmonic_at(degree, order, (sine * (turn + 1 / turn) / 2, sine * (turn - 1 / turn) / (2 * I), cosine))


@lru_cache
def _full_turn(order: int) -> Expr:
    """Return the integral of ``e^(i order p)`` over a turn."""
    angle = Symbol("p", real=True)
    return integrate(exp(I * order * angle), (angle, 0, 2 * pi))


def inner_product(one: tuple[int, int], other: tuple[int, int]) -> Expr:
    """Return the integral over the unit sphere of ``Y conj(Y')`` with ``Y = sqrt((2 l + 1) / 4 pi) R``.

    Every harmonic is ``turn^m`` times a real function of the latitude, or this raises ValueError.
    """
    sine, cosine, turn = symbols("sine cosine turn")
    around, along = _full_turn(one[1] - other[1]), Integer(1)
    for degree, order in (one, other):
        latitude = expand(_around_the_pole(degree, order) / turn**order)
        if latitude.has(turn, I):
            raise ValueError(f"degree {degree}, order {order}: {latitude} is no real function of the latitude")
        along *= latitude
    squares = Poly(along, sine).as_expr().subs(sine, sqrt(1 - cosine**2))
    size = sqrt(Integer((2 * one[0] + 1) * (2 * other[0] + 1))) / (4 * pi)
    return size * around * integrate(expand(squares), (cosine, -1, 1)) if around != 0 else Integer(0)


def _orthonormal(claim: Claim) -> Evidence:
    pairs = ((one, other) for one, other in product(HARMONICS, repeat=2) if one <= other)
    return exhaust(claim, pairs, lambda pair: inner_product(*pair) == int(pair[0] == pair[1]), f"l <= {LARGEST_DEGREE}")


def _addition() -> Iterator[tuple[Expr, Expr]]:
    """Yield that the products of a degree's harmonics are the Legendre polynomial of the angle, made homogeneous."""
    cosine = sum(u * w for u, w in zip(ONE_POINT, OTHER_POINT, strict=True))
    lengths = _square(ONE_POINT) * _square(OTHER_POINT)
    x = Symbol("x", real=True)
    for degree in DEGREES:
        terms = Poly(legendre(degree, x), x).terms()
        yield (
            product_of_harmonics(degree),
            expand(sum(c * cosine**k * lengths ** ((degree - k) // 2) for (k,), c in terms)),
        )


def _square(point: Point) -> Expr:
    return sum(u**2 for u in point)


def _harmonic() -> Iterator[tuple[Expr, Expr]]:
    for degree, order in HARMONICS:
        yield sum(diff(harmonic_at(degree, order, ONE_POINT), u, 2) for u in ONE_POINT), Integer(0)


# ---- wavelets ----


def spectrum(degree: int, order: int, width: Expr, point: Point) -> Expr:
    """Return the spectrum of a wavelet of some width at a point, read off the definition."""
    factors = {SOLID[ETA, CHI, *BINS]: harmonic_at(degree, order, point), BELL[MU, *BINS]: gaussian_at(point)}
    return value_of(PSI).xreplace(factors).xreplace({ETA: Integer(degree), MU: Integer(0), SIGMA: width})


def _moment(power: int, letter: Symbol) -> Expr:
    """Return the transform of ``u^power exp(-u^2 / 2 w^2)``, divided by ``exp(-w^2 omega^2 / 2)``, omega the letter."""
    return _moment_at(power).xreplace({ONE_POINT[0]: letter})


@lru_cache
def _moment_at(power: int) -> Expr:
    u, omega = Symbol("u", real=True), ONE_POINT[0]
    found = integrate(u**power * exp(-(u**2) / (2 * WIDTH**2) - I * omega * u), (u, -oo, oo))
    return expand((found * exp(WIDTH**2 * omega**2 / 2)).simplify())


def profile(degree: int, width: Expr) -> Expr:
    """Return the modulus over all orders of the wavelets of a degree at distance r: ``c_l w^(-3-l) r^l exp(-r^2 / 2 w^2)``."""
    size = level(Integer(degree)) / sqrt(2 * pi) ** 3
    return size * width ** (-3 - degree) * RADIUS**degree * exp(-(RADIUS**2) / (2 * width**2))


def _transforms() -> Iterator[tuple[Expr, Expr]]:
    """Yield that the transform of ``c_l w^(-3-l) R(u) exp(-|u|^2 / 2 w^2)`` is the spectrum of the definition."""
    for degree, order in HARMONICS:
        size = (profile(degree, WIDTH) / RADIUS**degree).subs(RADIUS, 0)
        terms = Poly(harmonic_at(degree, order, ONE_POINT), *ONE_POINT).terms()
        found = sum(c * prod(map(_moment, powers, ONE_POINT)) for powers, c in terms)
        yield (
            expand(size * found),
            expand(spectrum(degree, order, WIDTH, ONE_POINT) * exp(WIDTH**2 * _square(ONE_POINT) / 2)),
        )


def _integrates_to_one() -> Iterator[tuple[Expr, Expr]]:
    for degree in DEGREES:
        yield _over_space(profile(degree, WIDTH)), Integer(1)


def _over_space(radial: Expr) -> Expr:
    return integrate(4 * pi * RADIUS**2 * radial, (RADIUS, 0, oo))


def _at_most_one(claim: Claim) -> Evidence:
    """Prove it from the largest value of ``level^2 r^(2 l) exp(-r^2)``, at ``r^2 = l``; a mean over sides is no larger."""
    energies = [level(Integer(d)) ** 2 * RADIUS ** (2 * d) * exp(-(RADIUS**2)) for d in DEGREES]
    slopes = [
        (diff(energy, RADIUS), 2 * energy * (d - RADIUS**2) / RADIUS)
        for d, energy in zip(DEGREES, energies, strict=True)
    ]
    highest = [energy.subs(RADIUS, sqrt(d)) if d else Integer(1) for d, energy in zip(DEGREES, energies, strict=True)]
    above = [f"degree {d} reaches {top}" for d, top in zip(DEGREES, highest, strict=True) if not bool(top <= 1)]
    rising = prove_by_identity(claim, slopes, "rising up to r^2 = l, and falling beyond")
    return weakest(claim, [rising, prove_by_form(claim, above, "the value there is at most 1")])


def _mean_zero(claim: Claim) -> Evidence:
    origin = [(harmonic_at(degree, order, (Integer(0),) * 3), Integer(0)) for degree, order in HARMONICS if degree]
    sides = [
        Obligation("frequency zero", (Ge(a.n, 1), Ge(side, 0), Le(side, 1)), Eq(signed(a, Integer(0), side), 0))
        for a, side in zip(AXES, SIDES, strict=True)
    ]
    return weakest(claim, [prove_by_identity(claim, origin, "polynomials without constant"), prove_by_z3(claim, sides)])


# ---- Gaussians ----

BROADER = sqrt(WIDTH**2 + SPREAD**2)
RATIO = WIDTH / BROADER


def _gaussians() -> Iterator[tuple[Expr, Expr]]:
    """Yield that a wavelet and a Gaussian of integral 1 convolve to ``k^l`` times the wavelet of width ``sqrt(w^2 + s^2)``."""
    gaussian = exp(-(SPREAD**2) * _square(ONE_POINT) / 2)
    for degree, order in HARMONICS:
        broader = RATIO**degree * spectrum(degree, order, BROADER, ONE_POINT)
        yield spectrum(degree, order, WIDTH, ONE_POINT) * gaussian, broader


def gaussian_integral(degree: int, power: Expr) -> Expr:
    """Return the integral of a power of the modulus of a Gaussian of integral 1: ``k^l`` for the power 1."""
    q, size = power, level(Integer(degree)) / sqrt(2 * pi) ** 3
    rest = integrate(RADIUS ** (degree * q + 2) * exp(-q * RADIUS**2 / 2), (RADIUS, 0, oo))
    return RATIO ** (degree * q) * BROADER ** (3 - 3 * q) * 4 * pi * size**q * rest


def _integrals_of_gaussians() -> Iterator[tuple[Expr, Expr]]:
    for degree in DEGREES:
        yield gaussian_integral(degree, Integer(1)), RATIO**degree
        for power in map(Rational, EVERY_POWER):
            broader = Symbol("v", positive=True)
            over = _over_space((RATIO ** (degree * power)) * profile(degree, broader) ** power)
            yield over.subs(broader, BROADER), gaussian_integral(degree, power)


# ---- paths ----


def _halves_of_products() -> Iterator[tuple[Expr, Expr]]:
    """Yield that the products of neighbours of which the rows have the floor of a half are even."""
    k = Symbol("k", integer=True)
    for expr, letter in ((PAIRS, MU), (PATH_COUNT.subs(M, 2), J)):
        for value in ({letter: 2 * k}, {letter: 2 * k + 1}):
            floored = expr.xreplace(value).replace(floor, lambda e: floor(expand(e)))
            yield floored, _unfloored(expr).xreplace(value)


def _unfloored(expr: Expr) -> Expr:
    return expr.replace(floor, lambda value: value)


def _row_after_row() -> Iterator[tuple[Expr, Expr]]:
    """Yield that the rows of all paths follow one another, from 1 to the last."""
    first, last = {ETA: Integer(0)}, {ETA: H}
    one, two, count = (_unfloored(expr) for expr in (ROW1, ROW2, PATH_COUNT))
    for later, before in (
        (one.xreplace({MU: MU + 1, **first}), one.xreplace(last)),
        (two.xreplace({MU: Integer(0), NU: Integer(1), **first}), one.xreplace({MU: J - 1, **last})),
        (two.xreplace({NU: NU + 1, **first}), two.xreplace(last)),
        (two.xreplace({MU: MU + 1, NU: MU + 2, **first}), two.xreplace({NU: J - 1, **last})),
        (count.subs(M, 1), one.xreplace({MU: J - 1, **last})),
        (count.subs(M, 2), two.xreplace({MU: J - 2, NU: J - 1, **last})),
    ):
        yield later, before + 1
    yield one.xreplace({MU: Integer(0), **first}), count.subs(M, 0)


def _paths(claim: Claim) -> Evidence:
    halves = prove_by_identity(claim, _halves_of_products(), "products of neighbours are even")
    return weakest(claim, [halves, prove_by_identity(claim, _row_after_row(), "each row follows the one before")])


def _theorem(name: str, statement: str, proof: Callable[[Claim], Evidence]) -> Theorem:
    return Theorem(name=name, statement=statement, formula=(statement, SCATTERING3D), rows=ROWS, proof=proof)


def _shown(pairs: Callable[[], Iterator[tuple[Expr, Expr]]], detail: str) -> Callable[[Claim], Evidence]:
    """Return the proof that pairs of expressions are equal, which are computed when it is asked for."""
    return lambda claim: prove_by_identity(claim, pairs(), detail)


_EVERY = f"every order of degrees 0 to {LARGEST_DEGREE}"
THEOREMS = (
    _theorem(
        "solid harmonics are orthonormal on the sphere",
        "The functions sqrt((2 l + 1) / 4 pi) R_lm are orthonormal on the unit sphere.",
        _orthonormal,
    ),
    _theorem(
        "solid harmonics are harmonic",
        "Every R_lm is a solution of Laplace's equation.",
        _shown(_harmonic, _EVERY),
    ),
    _theorem(
        "harmonics of a degree add up to a Legendre polynomial",
        "sum over m of R_lm(u) conj(R_lm(w)) = |u|^l |w|^l P_l(cos of their angle); so sum over m of |R_lm(u)|^2 = |u|^(2 l), "
        "and neither depends on how both are turned.",
        _shown(_addition, f"degrees 0 to {LARGEST_DEGREE}"),
    ),
    _theorem(
        "the transform of a solid harmonic wavelet",
        "c_l w^(-3-l) R_lm(u) exp(-|u|^2/(2 w^2)) has the transform (2 pi)^(3/2) c_l (-i w)^l R_lm(omega) exp(-w^2 |omega|^2/2), "
        "the spectrum of the definition.",
        _shown(_transforms, _EVERY),
    ),
    _theorem(
        "the modulus of the wavelets of a degree integrates to 1",
        "The integral over space of (sum over m of |psi_lm|^2)^(1/2) is 1, whatever the width.",
        _shown(_integrates_to_one, f"degrees 0 to {LARGEST_DEGREE}"),
    ),
    _theorem(
        "the spectra of the orders of a degree are at most 1 together",
        "sum over m of |psi_hat_lm|^2 <= 1 at every frequency, so a modulus over all orders has at most the norm of the volume.",
        _at_most_one,
    ),
    _theorem(
        "wavelets of degree 1 or more have mean zero",
        "psi_hat_lm = 0 at frequency zero for l >= 1: constants have no such integrals.",
        _mean_zero,
    ),
    _theorem(
        "a wavelet and a Gaussian convolve to a broader wavelet",
        "A Gaussian of integral 1 and width s turns the wavelet of width w into k^l times that of width (w^2 + s^2)^(1/2), "
        "k = w/(w^2 + s^2)^(1/2).",
        _shown(_gaussians, _EVERY),
    ),
    _theorem(
        "the integrals of a Gaussian in closed form",
        "A Gaussian of integral 1 and width s has the first-order integral k^l for the power 1, and k^(l q) v^(3 - 3 q) "
        "4 pi c_l^q times the integral of r^(l q + 2) exp(-q r^2/2) for a power q, k = w/v, v^2 = w^2 + s^2.",
        _shown(_integrals_of_gaussians, f"degrees 0 to {LARGEST_DEGREE}, all powers"),
    ),
    _theorem(
        "the paths of solid harmonic scattering",
        "J scales and degrees up to L have 1 + J (L + 1) + J (J - 1)/2 (L + 1) paths, whose rows follow one another.",
        _paths,
    ),
)
