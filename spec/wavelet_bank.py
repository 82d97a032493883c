"""Banks of wavelets on a cyclic grid: the spectra in closed form, and what a choice of wavelet or normalisation binds.

Frequencies are bins ``f`` of the period P, that is ``f/P`` cycles per sample. A wavelet mu lies in octave ``floor(mu / Q)``; the
centres fall by ``2**(-1/Q)`` down to the last octave, and in equal steps of constant width from there to the average, so that D
octaves hold exactly Q D wavelets. No wavelet is centred below the average's cut-off: of J octaves only ``D = min(J, log2 T)`` are
used.
"""

from dataclasses import dataclass

from sympy import (
    Eq,
    Expr,
    Function,
    I,
    Integer,
    Lambda,
    Le,
    Lt,
    Max,
    Min,
    Mod,
    Piecewise,
    Rational,
    Sum,
    Symbol,
    cos,
    exp,
    floor,
    log,
    pi,
    sin,
    sqrt,
)

from .functions import Maximum, octaves
from .records import Choice, Stage
from .symbols import MU, Axis, D, J, P, T, array, b, f

OCTAVES = (D, Min(J, octaves(T)))
"""The letter of the octaves that hold wavelets: none whose wavelets would lie within the average."""

PERIODS = (b, -3, 4)
"""Spectra of Gaussians are summed over these periods; what lies beyond is below 1e-50 of the peak."""

TIME = Axis.of(0, 1).t
LOWPASS, BANDPASS, LEVEL = Function("lowpass"), Function("bandpass"), Function("level")
"""``lowpass(f)``, ``bandpass(mu, f, Q)``: what a choice of wavelet binds; ``level(r, w)``: what one of normalisation does."""

_F, _MU, _Q, _R, _S = f, MU, Symbol("Q", integer=True), Symbol("ratio", real=True), Symbol("least", real=True)


@dataclass(frozen=True)
class Bank:
    """How many wavelets there are: so many in each octave, octave by octave from the highest frequencies on."""

    per_octave: Expr
    octaves: Expr

    @property
    def count(self) -> Expr:
        """The number of wavelets of positive frequency."""
        return self.per_octave * self.octaves

    def octave(self, mu: Expr) -> Expr:
        """Return the octave of a wavelet; those of negative frequency come after the others."""
        return floor(Mod(mu, Max(1, self.count)) / self.per_octave)


def total(q: Expr) -> Expr:
    """Return the number of wavelets of one bank with Q per octave."""
    return Bank(q, D).count


def frequency(bin_: Expr) -> Expr:
    """Return the frequency of a bin in cycles per sample, from -1/2 on."""
    half = floor(P / 2)
    return (Mod(bin_ + half, P) - half) / P


# ---- Morlet ----


def bell(bin_: Expr, centre: Expr, width: Expr) -> Sum:
    """Return a Gaussian in frequency, summed over the periods: positive, and periodic."""
    return Sum(exp(-((bin_ / P - centre - b) ** 2) / (2 * width**2)), PERIODS)


def quality(q: Expr) -> Expr:
    """Return width / centre of neighbours at ``2**(1/Q)`` that meet half-way down in power."""
    return (1 - 2 ** (-1 / q)) / ((1 + 2 ** (-1 / q)) * sqrt(log(2)))


def highest(q: Expr) -> Expr:
    """Return the centre of the highest wavelet: the next one up would be its own mirror image, ``xi 2**(1/Q) = 1 - xi``."""
    return 1 / (1 + 2 ** (1 / q))


def elbow(q: Expr) -> Expr:
    """Return the wavelet at which constant relative width ends."""
    return q * (D - 1)


def centre(mu: Expr, q: Expr) -> Expr:
    """Return the centre of a Morlet wavelet in cycles per sample."""
    linear = highest(q) * 2 ** (1 - D) * (1 - (mu - elbow(q)) / q)
    return Piecewise((highest(q) * 2 ** (-mu / q), Le(mu, elbow(q))), (linear, True))


def width(mu: Expr, q: Expr) -> Expr:
    """Return the standard deviation of a Morlet wavelet's spectrum in cycles per sample."""
    return quality(q) * highest(q) * 2 ** (-Min(mu, elbow(q)) / q)


def morlet(mu: Expr, bin_: Expr, q: Expr) -> Expr:
    """Return the spectrum of a Morlet wavelet: a bell less as much of one at zero as makes the mean vanish."""
    xi, sigma = centre(mu, q), width(mu, q)
    return bell(bin_, xi, sigma) - bell(bin_, 0, sigma) * bell(0, xi, sigma) / bell(0, 0, sigma)


def gaussian(bin_: Expr) -> Expr:
    """Return the spectrum of the Gaussian average, of standard deviation 1/(4 T) cycles per sample, 1 at zero."""
    sigma = 1 / (4 * T)
    return bell(bin_, 0, sigma) / bell(0, 0, sigma)


# ---- tight banks, by the 2 pi-periodic cascade |h|^2 + |g|^2 = 1 ----


def analytic(bin_: Expr) -> Expr:
    """Return 1 on positive frequencies, 1/sqrt(2) on the one that is its own negative, 0 on negative ones.

    Times sqrt(2), the gain of a bank, a real filter becomes the analytic one of the same energy on real signals.
    """
    upper = 2 * Mod(bin_, P)
    return Piecewise((0, Eq(upper, 0)), (1, Lt(upper, P)), (1 / sqrt(2), Eq(upper, P)), (0, True))


def steps(bin_: Expr) -> Expr:
    """Return ``P |frequency|``, an integer."""
    return Min(Mod(bin_, P), P - Mod(bin_, P))


def _flank(bin_: Expr, scale: Expr) -> Expr:
    """Return how far a frequency is up the flank between ``2**-scale / 3`` and twice that: 0 to 1, and beyond."""
    return 3 * 2**scale * steps(bin_) / P - 1


def ramp(x: Expr) -> Expr:
    """Return Daubechies' polynomial: ``ramp(x) + ramp(1 - x) = 1``, with three derivatives that vanish at 0 and 1."""
    return x**4 * (35 - 84 * x + 70 * x**2 - 20 * x**3)


def _split_at(scale: Expr, bin_: Expr, below: Expr, flank: Expr, above: Expr) -> Piecewise:
    """Return a function of the flank, and what stands below and above it."""
    place = 3 * 2**scale * steps(bin_)
    return Piecewise((below, Le(place, P)), (above, Le(2 * P, place)), (flank, True))


def shannon_pair(bin_: Expr, scale: Expr) -> tuple[Expr, Expr]:
    """Return the ideal low-pass of cut-off ``2**-scale / 2`` and what is left; at the cut-off each has half the energy."""
    place, half = 2 * 2**scale * steps(bin_), 1 / sqrt(2)
    low = Piecewise((1, Lt(place, P)), (half, Eq(place, P)), (0, True))
    high = Piecewise((0, Lt(place, P)), (half, Eq(place, P)), (1, True))
    return low, high


def meyer_pair(bin_: Expr, scale: Expr) -> tuple[Expr, Expr]:
    """Return Meyer's low-pass, 1 up to ``2**-scale / 3`` and 0 from twice that on, and what is left by energy."""
    angle = pi * ramp(_flank(bin_, scale)) / 2
    return _split_at(scale, bin_, Integer(1), cos(angle), Integer(0)), _split_at(
        scale, bin_, Integer(0), sin(angle), Integer(1)
    )


def spline_sampled(nu: Expr) -> Expr:
    """Return the spectrum of the samples of the cubic B-spline's autocorrelation, of period 1 and 1 at zero."""
    return (2416 + 2382 * cos(2 * pi * nu) + 240 * cos(4 * pi * nu) + 2 * cos(6 * pi * nu)) / 5040


def spline_low(bin_: Expr, scale: Expr) -> Expr:
    """Return the product of `scale` low-passes of the cubic Battle-Lemarie cascade, in closed form."""
    nu = frequency(bin_)
    smooth = (sin(pi * 2**scale * nu) / (2**scale * sin(pi * nu))) ** 4
    found = smooth * sqrt(spline_sampled(nu) / spline_sampled(2**scale * nu))
    return Piecewise((1, Eq(Mod(bin_, P), 0)), (found, True))


def spline_high(nu: Expr) -> Expr:
    """Return the high-pass of the cascade, the low-pass moved by half a period."""
    return sin(pi * nu) ** 4 * sqrt(spline_sampled(nu + Rational(1, 2)) / spline_sampled(2 * nu))


def shannon(mu: Expr, bin_: Expr, q: Expr) -> Expr:
    """Return the band between two ideal low-passes, analytic; above the first is nothing but what the grid holds."""
    above = Piecewise((1, Eq(mu, 0)), (shannon_pair(bin_, mu)[0], True))
    return above * shannon_pair(bin_, mu + 1)[1] * analytic(bin_)


def meyer(mu: Expr, bin_: Expr, q: Expr) -> Expr:
    """Return the band between two of Meyer's low-passes, analytic."""
    above = Piecewise((1, Eq(mu, 0)), (meyer_pair(bin_, mu)[0], True))
    return above * meyer_pair(bin_, mu + 1)[1] * analytic(bin_)


def spline(mu: Expr, bin_: Expr, q: Expr) -> Expr:
    """Return the high-pass of the spline cascade after mu low-passes, analytic."""
    return spline_low(bin_, mu) * spline_high(2**mu * frequency(bin_)) * analytic(bin_)


def _average(low: Expr) -> Lambda:
    """Return the low-pass of a tight bank after D octaves; without octaves it lets everything through."""
    return Lambda(_F, Piecewise((1, Eq(D, 0)), (low, True)))


WAVELET = Choice(
    keyword="wavelet",
    options={
        "morlet": {LOWPASS: Lambda(_F, gaussian(_F)), BANDPASS: Lambda((_MU, _F, _Q), morlet(_MU, _F, _Q))},
        "shannon": {LOWPASS: _average(shannon_pair(_F, D)[0]), BANDPASS: Lambda((_MU, _F, _Q), shannon(_MU, _F, _Q))},
        "meyer": {LOWPASS: _average(meyer_pair(_F, D)[0]), BANDPASS: Lambda((_MU, _F, _Q), meyer(_MU, _F, _Q))},
        "spline": {LOWPASS: _average(spline_low(_F, D)), BANDPASS: Lambda((_MU, _F, _Q), spline(_MU, _F, _Q))},
    },
    default="morlet",
    meaning="the wavelets: Morlet, or a tight bank",
)

NORMALIZATION = Choice(
    keyword="normalization",
    options={
        "cap": {LEVEL: Lambda((_R, _S), Min(1, sqrt(_R)))},
        "tight": {LEVEL: Lambda((_R, _S), sqrt(_R))},
        "scalar": {LEVEL: Lambda((_R, _S), Min(1, sqrt(_S)))},
    },
    default="cap",
    meaning="how the energy of the wavelets is kept at most 1 - |phi|^2: bin by bin, made equal to it, or by one factor",
)

PHI_HAT = array("phi_hat")
Letters = tuple[Symbol, ...]


def average_stages() -> tuple[Stage, ...]:
    """Return the stages of the average's spectrum."""
    return (Stage(PHI_HAT[f], LOWPASS(f), (P,)),)


def bank_stages(order: int, q: Expr, signed: Expr) -> tuple[Stage, ...]:
    """Return the stages of one bank's spectra, `psi_<order>_hat[mu, f]`, after those of the average.

    `signed` is 1 where wavelets of negative frequency follow the others; the energy is then shared between both.
    """
    name, count = f"psi_{order}", total(q)
    raw = Stage(array(f"{name}_raw")[MU, f], sqrt(2) * BANDPASS(MU, f, q), (count, P))
    return raw, *level_stages(name, count, (f,), (P,)), hat_stage(name, name, count, signed, (f,), (P,))


def level_stages(name: str, count: Expr, bins: Letters, periods: Letters) -> tuple[Stage, ...]:
    """Return the stages of the energy of raw wavelets, of the room that the average leaves it, and of the least room.

    The energy is that on real signals, ``1/2 sum of psi(f)**2 + psi(-f)**2``; frequency zero, where both vanish, is left out.
    """
    raw, energy, room, least = (array(f"{name}_{part}") for part in ("raw", "energy", "room", "least"))
    mirrored = tuple(Mod(-bin_, period) for bin_, period in zip(bins, periods, strict=True))
    power = (raw[(MU, *bins)] ** 2 + raw[(MU, *mirrored)] ** 2) / 2
    share = Piecewise((1, Eq(energy[bins], 0)), ((1 - PHI_HAT[bins] ** 2) / energy[bins], True))
    return (
        Stage(energy[bins], Sum(power, (MU, 0, count - 1)), periods),
        Stage(room[bins], share, periods),
        Stage(least[b], -Maximum(-room[bins], *_but_zero(bins, periods)), (Integer(1),)),
    )


def _but_zero(bins: Letters, periods: Letters) -> tuple[tuple[Expr, Expr, Expr], ...]:
    """Return the ranges of all bins but the first of all: the last letter begins at 1 where those before are 0."""
    *before, last = ((bin_, 0, period - 1) for bin_, period in zip(bins, periods, strict=True))
    start = Max(0, 1 - sum(bins[:-1])) if before else Integer(1)
    return *before, (last[0], start, last[2])


def hat_stage(name: str, of: str, count: Expr, signed: Expr, bins: Letters, periods: Letters) -> Stage:
    """Return the stage of the spectra of one order, levelled; raw wavelets and their levels are those of the bank `of`."""
    raw, room, least = (array(f"{of}_{part}") for part in ("raw", "room", "least"))
    turn = 1 - 2 * floor(MU / Max(1, count))
    turned = tuple(Mod(turn * bin_, period) for bin_, period in zip(bins, periods, strict=True))
    wavelet = raw[(Mod(MU, Max(1, count)), *turned)] * LEVEL(room[bins], least[0]) / sqrt(1 + signed)
    value = Piecewise((0, Eq(sum(bins), 0)), (wavelet, True))
    return Stage(array(f"{name}_hat")[(MU, *bins)], value, ((1 + signed) * count, *periods))


def taps(name: str, count: Expr) -> Stage:
    """Return the stage of a bank's filters, from their spectra."""
    value = Sum(array(f"{name}_hat")[MU, f] * exp(2 * I * pi * f * TIME / P), (f, 0, P - 1)) / P
    return Stage(array(name)[MU, TIME], value, (count, P))


def average_taps() -> Stage:
    """Return the stage of the average's filter, from its spectrum."""
    value = Sum(PHI_HAT[f] * exp(2 * I * pi * f * TIME / P), (f, 0, P - 1)) / P
    return Stage(array("phi")[b, TIME], value, (Integer(1), P))
