"""How far computed scattering coefficients may be off, for signals and images: errors in norm along every path."""

from collections.abc import Iterator, Mapping, Sequence
from math import sqrt
from typing import Any

import numpy as np

from .code import number
from .complex_balls import Balls
from .configuration import Configuration
from .rounded import CLASSES
from .scattering_form import ONE, TWO, firsts
from .spectral_rounding import ROUNDUP, Size
from .symbols import K, W
from .wavelet_bank import Bank

GAIN = 2.0
"""Bounds the modulus of spectra of which no more than one alias counts: sqrt(2) where the energy is at most 1."""

ROUNDINGS = 64
"""A stored spectrum before it is levelled is off by at most so many units of its peak."""


def rows_growth(
    configuration: Configuration, unit: float, first: Bank, periods: Sequence[int], stored: float, largest: float
) -> tuple[np.ndarray, ...]:
    """Return how far every row may be off, relative to the norm of an item, for all accuracy classes of the modulus.

    Parameters
    ----------
    configuration : Configuration
        A call of a record of scattering.
    unit : float
        The unit roundoff.
    first : Bank
        The wavelets of the first order.
    periods : sequence of int
        The period of every axis.
    stored : float
        Bound on the error of a stored spectrum.
    largest : float
        Bound on the modulus of the spectra of filters, their aliases added.

    Returns
    -------
    tuple of one ndarray of shape (classes, 1, paths, 1, ..)
    """
    letters, points = configuration.values, int(np.prod(periods))
    counts = (1, *(number(e, letters) for e in (ONE * firsts(first), TWO * (1 + W) * K)))
    folds, extended = letters["s"] ** len(periods), extension_gain(configuration) ** len(periods)
    # `Size.convolved` allows for sqrt(points) errors of a stored spectrum; as many aliases may come together as there are folds
    stored *= max(1.0, folds / sqrt(points))
    by_class = [
        np.repeat(list(_by_order(Size(unit, norm=extended), ulps, points, stored, largest, folds)), counts)
        for ulps in CLASSES
    ]
    return (np.array(by_class).reshape(len(CLASSES), 1, -1, *(1,) * len(periods)),)


def _by_order(signal: Size, ulps: float, points: int, stored: float, largest: float, folds: int) -> Iterator[float]:
    """Yield the error of the average after no, one and two moduli."""
    for _ in range(3):
        filtered = signal.convolved(points, largest=largest, stored=stored, folds=folds)
        yield filtered.error
        signal = filtered.modulus(ulps)


def extension_gain(configuration: Configuration) -> float:
    """Return how much larger the norm of a signal extended along one axis may be: no sample occurs more than twice."""
    return 1.0 if configuration.words["boundary"] in ("periodic", "zero") else sqrt(2.0)


def aliased_gain(spectra: Balls, periods: Sequence[int], follows: Iterator[tuple[int, Sequence[int]]]) -> float:
    """Return a bound on the modulus of every spectrum, its aliases added, at every rate at which a path reads it.

    Where all wavelets follow one another, those of high frequency meet signals of low rates, and many of their aliases count.

    Parameters
    ----------
    spectra : Balls
        Of the second order, one wavelet after the other.
    periods : sequence of int
        The period of every axis.
    follows : iterator of (int, sequence of int)
        For every octave of the first order, the first wavelet that may follow it, and the rate of its signals per axis.
    """
    moduli = np.array([float(abs(z).abs_upper()) for z in spectra.values]).reshape(-1, *periods)
    folded = (_folded(moduli[first:], aliases).max(initial=0.0) for first, aliases in follows)
    return max(GAIN, *(float(most) * ROUNDUP for most in folded), 0.0)


def _folded(spectra: np.ndarray, aliases: Sequence[int]) -> np.ndarray:
    """Return the sums of the values of spectra that coincide after sampling, along all axes but the first."""
    for axis, count in enumerate(aliases, 1):
        shape = spectra.shape
        spectra = spectra.reshape(*shape[:axis], count, shape[axis] // count, *shape[axis + 1 :]).sum(axis=axis)
    return spectra


def levelled_error(unit: float, values: Mapping[str, Any], bank: str, wavelets: int, normalization: str) -> float:
    """Return how far a stored spectrum may be off once it is levelled, from the room and the energy of the definition.

    A level is ``sqrt((1 - |phi|^2) / energy)``. The numerator is off by some units; near frequency zero it is small, and so is
    the spectrum, unless one factor serves all bins. The energy of K wavelets is off by at most ``2 sqrt(2 K energy)`` times the
    error of one. A level above 1, as in a tight bank, magnifies all.
    """
    left = 1 - _upper(values["phi_hat"]) ** 2
    rooms = _upper(values[f"{bank}_room"])[1:]
    magnified = sqrt(max(1.0, rooms.max(initial=0.0))) if normalization == "tight" else 1.0
    least = max(float(left[1:].min(initial=1.0)), unit)
    near_zero = 16 / (least if normalization == "scalar" else sqrt(least))
    return unit * (ROUNDINGS * magnified * (1 + 2 * sqrt(wavelets)) + near_zero) * ROUNDUP


def _upper(balls: Balls) -> np.ndarray:
    return np.array([float(abs(z).abs_upper()) for z in balls.values])
