"""Means over independent realisations with intervals of confidence, and moments of Gaussian noise in closed form."""

from dataclasses import dataclass

import numpy as np

from convoracle.impl.bank_energy import mirrored

WRONG = 1e-6
"""The chance that at least one interval of a set misses what it estimates."""


@dataclass(frozen=True)
class Estimates:
    """Means over independent realisations, with intervals that all hold at once but for a chance of `WRONG`.

    Attributes
    ----------
    mean, reach : ndarray of one shape
        The middle of every interval and half its length.
    """

    mean: np.ndarray
    reach: np.ndarray

    @classmethod
    def of(cls, draws: np.ndarray) -> "Estimates":
        """Estimate means along the first axis by Student's quantiles, shared out over the means (Bonferroni)."""
        from scipy.stats import t as student

        count, means = len(draws), draws[0].size
        quantile = student.isf(WRONG / (2 * means), count - 1)
        return cls(draws.mean(axis=0), quantile * draws.std(axis=0, ddof=1) / np.sqrt(count))

    def hold(self, true: np.ndarray | float) -> bool:
        """Return whether every interval contains what is true."""
        return bool((np.abs(self.mean - true) <= self.reach).all())

    def farthest(self, true: np.ndarray | float) -> float:
        """Return the largest distance from what is true, as a share of half an interval."""
        return float((np.abs(self.mean - true) / self.reach).max())


def expected_moduli(density: np.ndarray, psi: np.ndarray) -> np.ndarray:
    """Return ``E |x * psi|`` for a stationary Gaussian process on a cyclic grid, in closed form.

    The real and the imaginary part of ``x * psi`` are independent Gaussians, since the spectra are real; ``E`` of the
    modulus is a complete elliptic integral of their variances, ``sqrt(pi)/2 ||psi||`` for white noise and analytic psi.

    Parameters
    ----------
    density : ndarray of shape (P,)
        The variance of every bin, even.
    psi : ndarray of shape (count, P)
        Real spectra.

    Returns
    -------
    ndarray of shape (count,)
    """
    from scipy.special import ellipe

    power = (density * psi**2).mean(axis=-1)
    excess = np.abs((density * psi * mirrored(psi, 1)).mean(axis=-1))
    return np.sqrt((power + excess) / np.pi) * ellipe(2 * excess / (power + excess))
