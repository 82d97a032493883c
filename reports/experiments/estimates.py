"""Means over independent realisations, with intervals of confidence."""

from dataclasses import dataclass

import numpy as np

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
