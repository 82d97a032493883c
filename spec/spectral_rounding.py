"""How far results computed by Fourier transforms may be off: errors bounded in the 2-norm, step by step.

A transform errs in norm, not entry by entry: ``||fl(F x) - F x|| <= eps ||F x||``. So a chain of transforms, products with
filters and moduli is followed by two numbers relative to the norm of the input: a bound on the norm of the exact signal, and one
on the norm of its error. No entry is farther off than the norm of the error.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from math import expm1, log1p, sqrt
from typing import Any

from .rounding import fft_growth, pass_growth

ROUNDUP = 1 + 2.0**-40
"""Covers the rounding of these bounds themselves."""

FACTORS = (2, 3, 5, 7, 11)
"""The radices of `rounding.fft_growth`."""


@lru_cache(maxsize=4096)
def transform_growth(points: int, unit: float) -> float:
    """Return eps with ``||fl(F x) - F x||_2 <= eps ||F x||_2`` for a transform of any length, however it is computed.

    Lengths that are no products of small factors are computed by passes of larger radix, or by Bluestein's convolution of at most
    4n points: three transforms whose relative error may grow by ``2 sqrt(n)`` since the spectrum of the chirp is not flat.
    """
    if points <= 1:
        return 0.0
    rest = points
    for factor in FACTORS:
        while rest % factor == 0:
            rest //= factor
    small = fft_growth(points, unit)
    if rest == 1:
        return small
    large = (1 + small) * (1 + pass_growth(rest, unit)) - 1
    chirps = 4 * expm1(8 * log1p(unit))
    bluestein = 2 * sqrt(points) * ((1 + fft_growth(4 * points, unit)) ** 3 * (1 + chirps) - 1)
    return max(large, bluestein) * ROUNDUP


@dataclass(frozen=True)
class Size:
    """Bounds on the norm of an exact signal and of its error, both relative to the norm of the input."""

    unit: float
    norm: float = 1.0
    error: float = 0.0

    def _off(self, relative: float, norm: float | None = None) -> "Size":
        """Return the size after a step that adds an error relative to what is computed."""
        whole = self.norm + self.error if norm is None else norm
        return replace(self, error=(self.error + relative * whole) * ROUNDUP)

    def convolved(self, points: int, *, largest: float = 1.0, stored: float = 0.0, folds: int = 1) -> "Size":
        """Return the size after a cyclic convolution, by two transforms or as sums of products, sampled every `folds`.

        Parameters
        ----------
        points : int
            Length of the signal.
        largest : float
            Bound on the modulus of the filter's spectrum.
        stored : float
            Bound on the error of the stored spectrum.
        folds : int
            How many aliases are added where the result is sampled more coarsely.
        """
        eps, product = transform_growth(points, self.unit), sqrt(2) * expm1(2 * log1p(self.unit))
        whole = self.norm + self.error
        spectral = (1 + eps) ** 2 * (1 + product) * (1 + expm1((folds + 2) * log1p(self.unit))) - 1
        direct = sqrt(2 * points) * expm1((2 * points + 8) * log1p(self.unit))
        lost = max(
            largest * spectral + (1 + spectral) * stored, largest * direct + (1 + direct) * sqrt(points) * stored
        )
        return replace(self, norm=self.norm * largest, error=(self.error * largest + lost * whole) * ROUNDUP)

    def modulus(self, ulps: float) -> "Size":
        """Return the size after the modulus of every entry, accurate to some units in the last place."""
        return self._off(2 * (ulps + 1) * self.unit)

    def turned(self, off: float, ulps: float) -> "Size":
        """Return the size after a product with computed directions z / |z|, each off by at most `off`."""
        return self._off(off + 4 * (ulps + 1) * self.unit)

    def transformed(self, points: int) -> "Size":
        """Return the size after a transform, or sums of products with its entries; norms are those of a unitary transform."""
        direct = sqrt(2 * points) * expm1((2 * points + 8) * log1p(self.unit))
        return self._off(max(transform_growth(points, self.unit), direct))

    def added(self, terms: int) -> "Size":
        """Return the size after sums of some numbers each."""
        return self._off(expm1(terms * log1p(self.unit)))


@dataclass(frozen=True)
class RelativeTo:
    """A `rounding` of a record that is relative to the norms of some inputs only.

    ``gain(configuration, values)``, where it is given, bounds how much larger than these norms intermediate results may be.
    """

    inputs: tuple[str, ...]
    bound: Callable[..., Any]
    gain: Callable[..., Any] | None = None

    def __call__(self, *arguments: Any) -> Any:
        return self.bound(*arguments)


@dataclass(frozen=True)
class Homogeneous:
    """A `rounding` of a record whose output grows as powers of the norm of an item, to which it is relative.

    ``powers(configuration)`` returns the power of every entry, broadcastable to the output.
    """

    powers: Callable[..., Any]
    bound: Callable[..., Any]

    def __call__(self, *arguments: Any) -> Any:
        return self.bound(*arguments)
