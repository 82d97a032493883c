"""Banks of Morlet wavelets of images: the spectra in closed form, on the bins of a period.

Frequencies are bins ``(f_1, f_2)``, that is ``(f_1 / P_1, f_2 / P_2)`` cycles per sample along the first and the last axis.
Wavelet ``mu = L j + l`` lies in octave j, at the angle ``theta = pi l / L`` from the last axis: its wave vector is
``(3/8) 2**-j (sin theta, cos theta)``, and its Gaussian is ``4/L`` times as wide across that vector as along it.
"""

from sympy import Eq, Expr, I, Integer, Mod, Piecewise, Rational, Sum, Symbol, cos, exp, pi, sin, sqrt

from .records import Stage
from .symbols import B1, B2, F1, F2, MU, P1, P2, J, L, W, array, axes, b
from .wavelet_bank import PHI_HAT, Bank, hat_stage, level_stages

BANK = Bank(L, J)
BINS, PERIODS, SHIFTS = (F1, F2), (P1, P2), (B1, B2)
FIRST_PERIOD, LAST_PERIOD = -2, 3
"""Spectra of Gaussians are summed over these periods, per axis."""

SHIFTED = Integer(LAST_PERIOD - FIRST_PERIOD + 1)
"""How many those are."""

CENTRE, PEAK_TIME, AVERAGE_TIME = Rational(3, 8), Rational(4, 5), Rational(2, 5)
"""Of the highest wavelets, cycles per sample and standard deviation in samples; the latter of an average of no octave."""

SINE, COSINE, CENTRES, SHARPNESS, ROOT1, ROOT2 = (
    array(name) for name in ("sine", "cosine", "centre", "sharpness", "root_1", "root_2")
)
PLACES = tuple(array(f"place_{axis}") for axis in (1, 2))
"""``place[b, f]``: a frequency in cycles per sample, less a period."""

HERE, LOW, RAW = (array(f"psi_{name}") for name in ("bell", "low", "raw"))


def sharpness(time: Expr) -> Expr:
    """Return ``1 / (2 sigma**2)`` of a spectrum of standard deviation ``sigma = 1 / (2 pi time)``."""
    return 2 * pi**2 * time**2


def _shapes() -> tuple[Stage, ...]:
    """Return the stages of what the bells are made of: directions, centres, widths, places."""
    angle, scale, count = pi * Mod(MU, L) / L, 2 ** BANK.octave(MU), (BANK.count,)
    return (
        Stage(SINE[MU], sin(angle), count),
        Stage(COSINE[MU], cos(angle), count),
        Stage(CENTRES[MU], CENTRE / scale, count),
        Stage(SHARPNESS[MU], sharpness(PEAK_TIME * scale), count),
        *(
            Stage(place[b, f], f / period - (b + FIRST_PERIOD), (SHIFTED, period))
            for place, f, period in zip(PLACES, BINS, PERIODS, strict=True)
        ),
    )


def bell(centre: Expr, slant: Expr = L / 4) -> Sum:
    """Return the Gaussian of the wavelet mu about a centre on its wave vector, summed over the periods.

    In frequency it is as many times as narrow across that vector as the slant says.
    """
    one, two = (place[shift, f] for place, shift, f in zip(PLACES, SHIFTS, BINS, strict=True))
    along = one * SINE[MU] + two * COSINE[MU] - centre
    across = slant * (one * COSINE[MU] - two * SINE[MU])
    power = SHARPNESS[MU] * (along**2 + across**2)
    return Sum(exp(-power), *((shift, 0, SHIFTED - 1) for shift in SHIFTS))


def gaussian(bin_: Expr, period: Symbol) -> Expr:
    """Return the average's spectrum along one axis, 1 at zero."""
    power = sharpness(AVERAGE_TIME * 2**J)

    def summed(bin_: Expr) -> Sum:
        return Sum(exp(-power * (bin_ / period - b) ** 2), (b, FIRST_PERIOD, LAST_PERIOD))

    return summed(bin_) / summed(Integer(0))


def morlet() -> Piecewise:
    """Return the raw spectrum of the wavelet mu: a bell less as much of one at zero as makes the mean vanish.

    The bells of the angle 0 are products of functions of one bin each, so that on all bins ``(f_1, 0)`` the difference is 0.
    """
    corrected = HERE[(MU, *BINS)] - LOW[(MU, *BINS)] * HERE[MU, 0, 0] / LOW[MU, 0, 0]
    return Piecewise((0, Eq(Mod(MU, L) + F2, 0)), (sqrt(2) * corrected, True))


def spectra() -> tuple[Stage, ...]:
    """Return the stages of all spectra: of the average, ``phi_hat``, and of both orders, ``psi_1_hat`` and ``psi_2_hat``."""
    whole = (BANK.count, *PERIODS)
    first, second = (
        hat_stage(f"psi_{order}", "psi", BANK.count, signed, BINS, PERIODS)
        for order, signed in ((1, W), (2, Integer(0)))
    )
    return (
        Stage(PHI_HAT[BINS], gaussian(F1, P1) * gaussian(F2, P2), PERIODS),
        *_shapes(),
        Stage(HERE[(MU, *BINS)], bell(CENTRES[MU]), whole),
        Stage(LOW[(MU, *BINS)], bell(Integer(0)), whole),
        Stage(RAW[(MU, *BINS)], morlet(), whole),
        *level_stages("psi", BANK.count, BINS, PERIODS),
        first,
        second,
    )


def filters() -> tuple[Stage, ...]:
    """Return the stages of all filters, from their spectra: one axis after the other, with the roots of unity."""
    roots = (
        Stage(root[f], exp(2 * I * pi * f / period), (period,))
        for root, f, period in zip((ROOT1, ROOT2), BINS, PERIODS, strict=True)
    )
    counted = (("phi", Integer(1)), ("psi_1", (1 + W) * BANK.count), ("psi_2", BANK.count))
    return (*roots, *(stage for name, count in counted for stage in _taps(name, count)))


def _taps(name: str, count: Expr) -> tuple[Stage, Stage]:
    """Return the stages of the filters of one kind: of spectra along the first axis, and of samples."""
    one, two = axes(2)
    mixed, spectrum = array(f"{name}_mixed"), array(f"{name}_hat")
    own = BINS if name == "phi" else (MU, *BINS)
    last = Sum(spectrum[own] * ROOT2[Mod(F2 * two.t, P2)], (F2, 0, P2 - 1)) / P2
    first = Sum(mixed[MU, F1, two.t] * ROOT1[Mod(F1 * one.t, P1)], (F1, 0, P1 - 1)) / P1
    return (
        Stage(mixed[MU, F1, two.t], last, (count, *PERIODS)),
        Stage(array(name)[MU, one.t, two.t], first, (count, *PERIODS)),
    )
