"""Signals whose scattering is known in closed form: constants, waves, impulses, Gaussians (U14, U16, M16, M20)."""

from collections.abc import Iterator

from flint import acb, ctx, fmpq
from sympy import Expr, I, Integer, Integral, cos, exp, oo, pi, sqrt, symbols

from .evidence import Claim, Evidence, Theorem, exhaust, prove_by_identity, weakest
from .harmonic import PRECISION
from .scattering import SCATTERING1D
from .scattering_numeric import (
    Bank,
    Path,
    Signal,
    balls,
    by_record,
    convolved,
    difference,
    modulus,
    record_bank,
    scattered,
    spectrum,
)
from .theorems_scattering import SMALL

# ---- constants and waves ----


def _wave() -> tuple[tuple[Expr, Expr], ...]:
    """One tap of ``exp(i w n) * h`` is a tap of h^(w) times the wave, whose modulus is 1; of a constant psi^(0) = 0 is left."""
    w, n, u = symbols("w n u", real=True)
    h = symbols("h")
    return (h * exp(I * w * (n - u)), h * exp(-I * w * u) * exp(I * w * n)), (abs(exp(I * w * n)), Integer(1))


SIZES = ((8, 2), (9, 3), (12, 2))
"""Lengths of signals, and octaves."""


def _waves() -> Iterator[tuple[int, int, int]]:
    """Yield length, octaves, and the bin of a wave; that of bin 0 is a constant."""
    yield from ((n, octaves, bin_) for n, octaves in SIZES for bin_ in range(n))


def _is_scattered_as_a_wave(case: tuple[int, int, int]) -> bool:
    n, octaves, bin_ = case
    bank = record_bank(n, J=octaves)
    with ctx.workprec(PRECISION):
        wave = [acb(fmpq(2 * bin_ * t, n)).exp_pi_i() for t in range(n)]
        expected: dict[Path, Signal] = {(mu,): [acb(abs(h_hat[bin_]))] * n for mu, h_hat in enumerate(bank.psi)}
        expected[()] = [bank.phi[bin_] * z for z in wave]
    return _agree(scattered(wave, bank, 2), expected, n)


def _agree(found: dict[Path, Signal], expected: dict[Path, Signal], n: int) -> bool:
    """Whether coefficients are the expected ones, and 0 on paths of which nothing is said."""
    with ctx.workprec(PRECISION):
        return all(
            abs(z) < SMALL for path in found for z in difference(found[path], expected.get(path, balls([0] * n)))
        )


def _waves_scattered(claim: Claim) -> Evidence:
    every = exhaust(
        claim, _waves(), _is_scattered_as_a_wave, "n = 8, 9, 12, every bin, two orders, every path, in balls"
    )
    return weakest(claim, [prove_by_identity(claim, _wave()), every])


# ---- impulses ----


def _is_scattered_as_an_impulse(case: tuple[int, int]) -> bool:
    """Whether the record gives an impulse phi, ``|psi| * phi`` and ``||psi| * psi'| * phi``."""
    n, octaves = case
    bank = record_bank(n, J=octaves)
    with ctx.workprec(PRECISION):
        expected: dict[Path, Signal] = {(): acb.dft(bank.phi, inverse=True)}
        for mu, h_hat in enumerate(bank.psi):
            first = modulus(acb.dft(h_hat, inverse=True))
            expected |= {(mu,): _averaged(first, bank)}
            for nu, later in enumerate(bank.psi):
                expected[(mu, nu)] = _averaged(modulus(convolved(spectrum(first), later)), bank)
    return _agree(by_record([1.0] + [0.0] * (n - 1), J=octaves, oversampling=n), expected, n)


def _averaged(u: Signal, bank: Bank) -> Signal:
    return convolved(spectrum(u), bank.phi)


# ---- Gaussians ----


def _gabor() -> tuple[tuple[Expr, Expr], ...]:
    """The convolution of ``exp(-a^2/(2 s^2))`` with the Gabor function ``exp(-b^2/(2 r^2) + i x b)/(sqrt(2 pi) r)``, no mean
    subtracted, by completing the square in a: a Gaussian integral around a complex point, and the modulus of what is left.
    """
    a, t, x, b = symbols("a t xi b", real=True)
    s, r, v = symbols("s rho v", positive=True)
    variance = s**2 * r**2 / (s**2 + r**2)
    centre = variance * (t / r**2 - I * x)
    exponent = -((t - a) ** 2) / (2 * r**2) + I * x * (t - a) - a**2 / (2 * s**2)
    left = -(t**2) / (2 * r**2) + I * x * t + centre**2 / (2 * variance)
    real = -(t**2) / (2 * (s**2 + r**2)) - x**2 * variance / 2
    integral = Integral(exp(-(a**2) / (2 * v)) * cos(b * a), (a, -oo, oo))
    height = sqrt(2 * pi * variance) / (sqrt(2 * pi) * r)
    return (
        (exponent, -((a - centre) ** 2) / (2 * variance) + left),
        ((left + left.conjugate()) / 2, real),
        (integral * exp(v * b**2 / 2), sqrt(2 * pi * v)),
        (height, s / sqrt(s**2 + r**2)),
    )


def _second_order() -> tuple[tuple[Expr, Expr], ...]:
    """The modulus of a Gabor function is a Gaussian of its width s: order 2 of an impulse is the form above, averaged."""
    s, r, phi = symbols("s rho sigma", positive=True)
    height = 1 / (sqrt(2 * pi) * s) * (s / sqrt(s**2 + r**2))
    together = sqrt(s**2 + r**2)
    return (height, 1 / (sqrt(2 * pi) * together)), (sqrt(together**2 + phi**2), sqrt(s**2 + r**2 + phi**2))


def _gaussians(claim: Claim) -> Evidence:
    return prove_by_identity(claim, ((left.doit(), right) for left, right in (*_gabor(), *_second_order())))


THEOREMS = (
    Theorem(
        name="scattering: waves and constants in closed form",
        statement="Of exp(i w n): S_0 is phi^(w) times it, S_1 = |psi^(w)| for every wavelet, all later orders 0; a constant, "
        "w = 0, keeps S_0 alone.",
        formula=(_wave(), SIZES),
        rows=("U14", "M16", "M20"),
        proof=_waves_scattered,
    ),
    Theorem(
        name="scattering1d: impulses in closed form",
        statement="Of an impulse: S_0 = phi, S_1 = |psi| * phi, S_2 = ||psi| * psi'| * phi.",
        formula=("S_0, S_1, S_2 of (1, 0, ..)", SCATTERING1D, SIZES),
        rows=("U16", "M20"),
        proof=lambda claim: exhaust(claim, SIZES, _is_scattered_as_an_impulse, "n = 8, 9, 12, all paths, in balls"),
    ),
    Theorem(
        name="scattering: Gaussians through a Gabor function in closed form",
        statement="|exp(-t^2/(2 s^2)) * gabor| = s/sqrt(s^2 + r^2) exp(-xi^2 v/2) exp(-t^2/(2 (s^2 + r^2))) where "
        "v = s^2 r^2/(s^2 + r^2); order 2 of an impulse is exp(-xi'^2 v/2) times the Gaussian of variance r^2 + r'^2 + sigma^2.",
        formula=(_gabor(), _second_order()),
        rows=("M20", "U16"),
        proof=_gaussians,
    ),
)
