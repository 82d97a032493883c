"""What a synthesis has in common with its original: the spectrum, and what a Gaussian model of that spectrum misses."""

from functools import cache

import numpy as np

from convoracle.impl.wavelet_bank import wavelet_bank
from convoracle.impl.wavelet_bank2d import wavelet_bank2d


def spectrum_error(x: np.ndarray, original: np.ndarray) -> float:
    """Return how far the power in bands of a quarter octave is from the original's, relative to its power."""
    frequencies = np.meshgrid(*(np.fft.fftfreq(n, 1 / n) for n in x.shape), indexing="ij")
    radius = np.sqrt(sum(f**2 for f in frequencies)).ravel()
    band = np.rint(4 * np.log2(radius[1:])).astype(int)
    power, wanted = (np.bincount(band, np.abs(np.fft.fftn(y)).ravel()[1:] ** 2) for y in (x, original))
    return float(np.abs(power - wanted).sum() / wanted.sum())


def kurtosis(x: np.ndarray) -> float:
    """Return the fourth moment of differences of neighbours relative to the square of the second; 3 for a Gaussian.

    Examples
    --------
    >>> kurtosis(np.array([1.0, 0.0, 0.0, 0.0]))
    2.0
    """
    steps = np.concatenate([(x - np.roll(x, 1, axis)).ravel() for axis in range(x.ndim)])
    return float((steps**4).mean() / (steps**2).mean() ** 2)


def moduli(x: np.ndarray) -> np.ndarray:
    """Return ``|x * psi|`` for eight wavelets an octave, or wavelets of eight angles, of shape (count, *x.shape)."""
    axes = tuple(range(-x.ndim, 0))
    return np.abs(np.fft.ifftn(np.fft.fftn(x, axes=axes) * _wavelets(x.shape), axes=axes))


@cache
def _wavelets(shape: tuple[int, ...]) -> np.ndarray:
    if len(shape) == 1:
        return wavelet_bank(shape[0], J=6, Q=8, T=64).psi
    return wavelet_bank2d((shape[0], shape[1]), J=4, L=8).psi


def norm_error(x: np.ndarray, original: np.ndarray) -> float:
    """Return how far the l1 norms of all ``x * psi`` are from the original's, relative to them."""
    found, wanted = (moduli(y).reshape(-1, y.size).mean(axis=1) for y in (x, original))
    return float(np.abs(found - wanted).sum() / wanted.sum())
