"""Banks of Morlet wavelets of images: spectra on the bins of a period, in closed form.

Frequencies are bins ``(f1, f2)`` of the period ``(P1, P2)``, that is ``(f1 / P1, f2 / P2)`` cycles per sample along the rows'
axis and the columns' axis. Wavelet ``j L + l`` lies in octave j, at the angle ``pi l / L`` from the last axis.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np

from convoracle.impl.bank_energy import UNIT, both_signs, contracted, levelled
from convoracle.impl.wavelet_bank import lowered, within

Pair = tuple[int, int]

PERIODS = range(-2, 4)
"""The periods over which Gaussians are summed, per axis."""

REACH = 10
"""Standard deviations within which a Gaussian is summed; beyond it is below 1e-21 of its peak."""


@dataclass(frozen=True)
class Bank2D:
    """The spectra of an average and of wavelets on the bins of a period.

    Attributes
    ----------
    period : tuple of two int
        The numbers (P1, P2) of bins.
    phi : ndarray of shape (P1, P2), float64
        Even; 1 at frequency zero.
    psi : ndarray of shape (count, P1, P2), float64
        0 at frequency zero. On every bin ``phi**2 + 1/2 sum(psi(w)**2 + psi(-w)**2)`` is at most 1 in exact arithmetic.
    octave, angle : ndarray of shape (count,), int64
        The scale j, and l of the angle ``pi l / L``; l is L more for wavelets of negative frequency.
    centre : ndarray of shape (count, 2), float64
        The mean of a wavelet's Gaussian: a wave vector in cycles per sample.
    width : ndarray of shape (count,), float64
        Its standard deviation along the wave vector in cycles per sample; across it is ``4 / L`` of that.
    """

    period: Pair
    phi: np.ndarray
    psi: np.ndarray
    octave: np.ndarray
    angle: np.ndarray
    centre: np.ndarray
    width: np.ndarray


@dataclass(frozen=True)
class Gabor:
    """A Gaussian of frequency, longer across its direction by `slant`.

    Attributes
    ----------
    direction : tuple of two float
        A unit vector, (first axis, last axis).
    width, slant : float
        Standard deviation along the direction in cycles per sample, and how much larger it is across.
    """

    direction: tuple[float, float]
    width: float
    slant: float

    def bell(self, period: Pair, centre: float) -> np.ndarray:
        """Return the Gaussian on the bins, summed over the periods, its mean `centre` along the direction."""
        total = np.zeros(period)
        middle = tuple(centre * part for part in self.direction)
        for below, left in itertools.product(PERIODS, PERIODS):
            box = self._box(period, (middle[0] + below, middle[1] + left))
            total[box] += self._once(period, box, (below, left), centre)
        return total

    def _box(self, period: Pair, middle: tuple[float, float]) -> tuple[slice, slice]:
        """Return the bins within reach of a mean, per axis."""
        sine, cosine = self.direction
        reach = REACH * self.width
        return (
            within(period[0], middle[0], reach * math.hypot(sine, self.slant * cosine)),
            within(period[1], middle[1], reach * math.hypot(cosine, self.slant * sine)),
        )

    def _once(self, period: Pair, box: tuple[slice, slice], shift: Pair, centre: float) -> np.ndarray:
        """Return the Gaussian of one period on a box of bins."""
        rows, columns = (np.arange(p)[side] / p - b for p, side, b in zip(period, box, shift, strict=True))
        sine, cosine = self.direction
        along = (sine * rows - centre)[:, None] + cosine * columns
        across = ((cosine * rows)[:, None] - sine * columns) / self.slant
        return np.exp(-(along**2 + across**2) / (2 * self.width**2))

    def wavelet(self, period: Pair, centre: float) -> np.ndarray:
        """Return the bell less as much of one at zero as makes the mean vanish.

        What the difference has left by rounding alone is 0: on some lines of one angle it is so in exact arithmetic.
        """
        here, low = self.bell(period, centre), self.bell(period, 0)
        there = low * (here[0, 0] / low[0, 0])
        return np.where(np.abs(here - there) <= 16 * UNIT * here, 0, here - there)


def average(period: Pair, width: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the Gaussian average, 1 at frequency zero, and one minus its square, accurate also where that is small."""
    (rows, above), (columns, beside) = (lowered(p, width) for p in period)
    phi = np.outer(rows, columns)
    return phi, (above[:, None] + np.outer(rows, beside)) * (1 + phi)


def wavelet_bank2d(period: Pair, *, J: int, L: int, normalization: str = "cap", two_sided: bool = False) -> Bank2D:
    """Return a bank with L wavelets in each of J octaves, and a Gaussian average of time ``0.4 * 2**J`` samples.

    Parameters
    ----------
    period : tuple of two int
        The numbers of bins, each at least 1.
    J, L : int
        Octaves, and angles in half a turn; each at least 1.
    normalization : {"cap", "tight", "scalar"}
        How the energy of the wavelets is kept at most ``1 - phi**2``: bin by bin, made equal to it, or by one factor.
    two_sided : bool
        Whether wavelets of negative frequency follow the others, each with half the energy.

    Examples
    --------
    >>> bank = wavelet_bank2d((16, 12), J=2, L=4)
    >>> bank.psi.shape, bank.octave.tolist()
    ((8, 16, 12), [0, 0, 0, 0, 1, 1, 1, 1])
    """
    octave, angle = np.divmod(np.arange(J * L), L)
    turn, scale = math.pi * angle / L, np.ldexp(1.0, -octave)
    direction, width = np.stack([np.sin(turn), np.cos(turn)], -1), scale / (2 * math.pi * 0.8)
    centre = 3 / 8 * scale
    raw = np.empty((J * L, *period))
    for mu in range(J * L):
        gabor = Gabor((direction[mu, 0], direction[mu, 1]), width[mu], 4 / L)
        raw[mu] = math.sqrt(2) * gabor.wavelet(period, centre[mu])
    phi, room = average(period, 1 / (2 * math.pi * 0.4 * 2**J))
    psi = levelled(raw, room, normalization)
    psi[:, 0, 0] = 0
    centre = centre[:, None] * direction
    if two_sided:
        psi, octave, angle = both_signs(psi, 2), np.tile(octave, 2), np.concatenate([angle, angle + L])
        centre, width = np.concatenate([centre, -centre]), np.tile(width, 2)
    phi, psi = contracted(phi, psi)
    return Bank2D(period, phi, psi, octave, angle, centre, width)
