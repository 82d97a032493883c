"""Banks of wavelets of signals: spectra on the bins of a period, in closed form.

Frequencies are bins ``f`` of the period P, that is ``f / P`` cycles per sample. Wavelet ``mu`` lies in octave
``mu // Q``; the centres of Morlet wavelets fall by ``2**(-1/Q)`` down to the last octave and in equal steps of constant width
from there to the average. Shannon, Meyer and spline wavelets are the bands between the low-passes of the cascade
``|h|**2 + |g|**2 = 1`` of period 1, so that with one wavelet per octave the energies of a bin add up to 1.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from convoracle.impl.bank_energy import both_signs, contracted, energy, levelled

PERIODS = range(-3, 5)
"""The periods over which Gaussians are summed."""

REACH = 20
"""Standard deviations within which a Gaussian is summed; beyond it is below 1e-86 of its peak."""

Spectra = tuple[np.ndarray, np.ndarray, np.ndarray]
"""The average (P,), one minus its square (P,), and the wavelets (count, P), with a gain of sqrt(2) and no other level."""


@dataclass(frozen=True)
class Bank:
    """The spectra of an average and of wavelets on the P bins of a period.

    Attributes
    ----------
    period : int
        The number P of bins.
    phi : ndarray of shape (P,), float64
        Even; 1 at frequency zero.
    psi : ndarray of shape (count, P), float64
        0 at frequency zero. On every bin ``phi**2 + 1/2 sum(psi(w)**2 + psi(-w)**2)`` is at most 1 in exact arithmetic.
    octave : ndarray of shape (count,), int64
    centre, width : ndarray of shape (count,), float64
        In cycles per sample: of a Morlet wavelet the mean and standard deviation of its Gaussian, of others the middle of its
        band and half the length. Centres of wavelets of negative frequency are negative.
    """

    period: int
    phi: np.ndarray
    psi: np.ndarray
    octave: np.ndarray
    centre: np.ndarray
    width: np.ndarray


def octaves(J: int, T: int) -> int:
    """Return how many octaves hold wavelets: ``min(J, ceil(log2 T))``, none within the average."""
    return min(J, (T - 1).bit_length())


# ---- Morlet ----


def within(period: int, middle: float, reach: float) -> slice:
    """Return the bins whose frequency is at most `reach` from `middle`, in cycles per sample."""
    first, last = math.ceil((middle - reach) * period), math.floor((middle + reach) * period) + 1
    return slice(*(min(max(0, bound), period) for bound in (first, last)))


def bell(period: int, centre: float, width: float) -> np.ndarray:
    """Return a Gaussian of frequency on the bins, summed over the periods."""
    total, nu = np.zeros(period), np.arange(period) / period
    for b in PERIODS:
        near = within(period, centre + b, REACH * width)
        total[near] += np.exp(-((nu[near] - centre - b) ** 2) / (2 * width**2))
    return total


def even(spectrum: np.ndarray) -> np.ndarray:
    """Return a spectrum that is even but for rounding with the same bits at negative frequencies."""
    positive = spectrum[1 : (len(spectrum) + 1) // 2]
    return np.concatenate([spectrum[: len(spectrum) // 2 + 1], positive[::-1]])


def lowered(period: int, width: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the Gaussian average, 1 at frequency zero, and what it lacks of 1, accurate also where that is small."""
    nu, scale = steps(period) / period, 2 * width**2
    missing = -np.expm1(-(nu**2) / scale)
    for b in PERIODS:
        if b:
            missing += math.exp(-(b**2) / scale) - np.exp(-((nu - b) ** 2) / scale)
    phi = bell(period, 0, width)
    return np.minimum(1, even(phi) / phi[0]), even(missing) / phi[0]


def highest(Q: int) -> float:
    """Return the centre of the highest wavelet: the next one up would be its own mirror image."""
    return 1 / (1 + 2 ** (1 / Q))


def centres(Q: int, D: int) -> np.ndarray:
    """Return the centres of Morlet wavelets in cycles per sample."""
    mu, elbow = np.arange(Q * D), Q * (D - 1)
    return highest(Q) * np.where(mu <= elbow, 2 ** (-mu / Q), 2.0 ** (1 - D) * (1 - (mu - elbow) / Q))


def widths(Q: int, D: int) -> np.ndarray:
    """Return the standard deviations of Morlet wavelets' spectra: neighbours meet half-way down in power."""
    ratio = 2 ** (-1 / Q)
    quality = (1 - ratio) / ((1 + ratio) * math.sqrt(math.log(2)))
    return quality * highest(Q) * 2 ** (-np.minimum(np.arange(Q * D), Q * (D - 1)) / Q)


def morlet_wavelet(period: int, centre: float, width: float) -> np.ndarray:
    """Return the spectrum of a Morlet wavelet: a bell less as much of one at zero as makes the mean vanish."""
    here, low = bell(period, centre, width), bell(period, 0, width)
    return here - low * (here[0] / low[0])


def morlet(period: int, Q: int, D: int, T: int) -> Spectra:
    """Return the Gaussian average of standard deviation 1/(4 T) and Morlet wavelets."""
    phi, missing = lowered(period, 1 / (4 * T))
    raw = np.zeros((Q * D, period))
    for mu, (centre, width) in enumerate(zip(centres(Q, D), widths(Q, D), strict=True)):
        raw[mu] = math.sqrt(2) * morlet_wavelet(period, centre, width)
    return phi, missing * (1 + phi), raw


# ---- tight banks ----


Cascade = Callable[[int, int], np.ndarray]
"""``low(period, scale)``, ``band(period, scale)``: the product of `scale` low-passes, and the high-pass after as many."""


def steps(period: int) -> np.ndarray:
    """Return ``P |frequency|`` of every bin, an integer."""
    bins = np.arange(period)
    return np.minimum(bins, period - bins)


def _doubled(period: int, scale: int) -> np.ndarray:
    """Return ``2**scale P |frequency|``; beyond the period, where all that asks for it is constant, not all of it."""
    return steps(period) << min(scale, period.bit_length())


def shannon_low(period: int, scale: int) -> np.ndarray:
    """Return the ideal low-pass of cut-off ``2**-scale / 2``, half the energy at the cut-off."""
    place = 2 * _doubled(period, scale)
    return np.where(place < period, 1, np.where(place == period, math.sqrt(0.5), 0))


def shannon_band(period: int, scale: int) -> np.ndarray:
    """Return the band below the ideal low-pass of a scale and above the next one's."""
    place = 2 * _doubled(period, scale + 1)
    high = np.where(place < period, 0, np.where(place == period, math.sqrt(0.5), 1))
    return high if scale == 0 else high * shannon_low(period, scale)


def _meyer_angle(period: int, scale: int) -> np.ndarray:
    """Return the angle on the flank between ``2**-scale / 3`` and twice that: 0 below, pi/2 above."""
    x = np.clip((3 * _doubled(period, scale) - period) / period, 0, 1)
    return math.pi / 2 * (x**4 * (35 - 84 * x + 70 * x**2 - 20 * x**3))


def meyer_low(period: int, scale: int) -> np.ndarray:
    """Return Meyer's low-pass: 1 up to ``2**-scale / 3``, 0 from twice that on."""
    return np.where(3 * _doubled(period, scale) >= 2 * period, 0, np.cos(_meyer_angle(period, scale)))


def meyer_band(period: int, scale: int) -> np.ndarray:
    """Return the band below Meyer's low-pass of a scale and above the next one's."""
    high = np.sin(_meyer_angle(period, scale + 1))
    return high if scale == 0 else high * meyer_low(period, scale)


def _turns(period: int, scale: int) -> np.ndarray:
    """Return ``2**scale`` times every frequency, from -1/2 on: near 0 its sine is accurate, and that of its negative the same."""
    half = period // 2
    return ((np.arange(period) * pow(2, scale, period) + half) % period - half) / period


def spline_sampled(nu: np.ndarray) -> np.ndarray:
    """Return the spectrum of the samples of the cubic B-spline's autocorrelation, 1 at zero."""
    angle = 2 * math.pi * nu
    return (2416 + 2382 * np.cos(angle) + 240 * np.cos(2 * angle) + 2 * np.cos(3 * angle)) / 5040


def spline_low(period: int, scale: int) -> np.ndarray:
    """Return the product of `scale` low-passes of the cubic Battle-Lemarie cascade."""
    low, nu, far = np.ones(period), _turns(period, 0)[1:], _turns(period, scale)[1:]
    smooth = np.ldexp(np.sin(math.pi * far) / np.sin(math.pi * nu), -scale) ** 4
    low[1:] = smooth * np.sqrt(spline_sampled(nu) / spline_sampled(far))
    return low


def spline_band(period: int, scale: int) -> np.ndarray:
    """Return the high-pass of the spline cascade, the low-pass moved by half a period, after as many low-passes."""
    nu = _turns(period, scale)
    high = np.sin(math.pi * nu) ** 4 * np.sqrt(spline_sampled(nu + 0.5) / spline_sampled(2 * nu))
    return spline_low(period, scale) * high


CASCADES: dict[str, tuple[Cascade, Cascade]] = {
    "shannon": (shannon_low, shannon_band),
    "meyer": (meyer_low, meyer_band),
    "spline": (spline_low, spline_band),
}
WAVELETS = ("morlet", *CASCADES)
NORMALIZATIONS = ("cap", "tight", "scalar")


def _analytic(period: int) -> np.ndarray:
    """Return sqrt(2) on positive frequencies, 1 on the one that is its own negative, 0 on negative ones and on zero."""
    upper = 2 * np.arange(period)
    return np.where(upper == period, 1, np.where((upper > 0) & (upper < period), math.sqrt(2), 0))


def cascade(wavelet: str, period: int, Q: int, D: int) -> Spectra:
    """Return the low-pass after D octaves and the bands of a tight bank, analytic.

    What the average leaves is the energy of the first D bands: so it is accurate where it is small.
    """
    low, band = CASCADES[wavelet]
    raw = np.array([band(period, mu) for mu in range(Q * D)]).reshape(Q * D, period) * _analytic(period)
    phi = even(low(period, D)) if D else np.ones(period)
    return phi, energy(raw[:D], 1), raw


def wavelet_bank(
    period: int, *, J: int, Q: int, T: int, wavelet: str = "morlet", normalization: str = "cap", two_sided: bool = False
) -> Bank:
    """Return a bank with Q wavelets in each of ``min(J, ceil(log2 T))`` octaves and an average over T samples.

    Parameters
    ----------
    period : int
        The number of bins, at least 1.
    J, Q, T : int
        Octaves, wavelets per octave, samples that are averaged over; each at least 1.
    wavelet : {"morlet", "shannon", "meyer", "spline"}
    normalization : {"cap", "tight", "scalar"}
        How the energy of the wavelets is kept at most ``1 - phi**2``: bin by bin, made equal to it, or by one factor.
    two_sided : bool
        Whether wavelets of negative frequency follow the others, each with half the energy.

    Examples
    --------
    >>> bank = wavelet_bank(64, J=3, Q=2, T=8)
    >>> bank.psi.shape, bank.octave.tolist()
    ((6, 64), [0, 0, 1, 1, 2, 2])
    """
    D = octaves(J, T)
    phi, room, raw = morlet(period, Q, D, T) if wavelet == "morlet" else cascade(wavelet, period, Q, D)
    psi = levelled(raw, room, normalization)
    psi[:, 0] = 0
    octave = np.arange(Q * D) // Q
    centre, width = (centres(Q, D), widths(Q, D)) if wavelet == "morlet" else _bands(Q * D)
    if two_sided:
        psi, octave = both_signs(psi, 1), np.tile(octave, 2)
        centre, width = np.concatenate([centre, -centre]), np.tile(width, 2)
    phi, psi = contracted(phi, psi)
    return Bank(period, phi, psi, octave, centre, width)


def _bands(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the middles of the octaves from ``2**-mu / 4`` to ``2**-mu / 2`` and half their lengths."""
    scale = np.ldexp(1.0, -np.arange(count))
    return 3 / 8 * scale, scale / 8
