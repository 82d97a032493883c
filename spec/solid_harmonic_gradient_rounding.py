"""How far a computed gradient of solid harmonic scattering may be off: errors in norm along every path, forwards and back.

A modulus U of V over the orders of a degree hands back ``h V / U`` for the power 1, and what a second order hands on; ``2 d V``
for the power 2; and ``d / 2 U^(-3/2) V`` for the power 1/2. An error of V of norm e turns the first as in
`scattering_gradient_rounding.worst_turn`, moves the second by ``2 d e``, and the third by ``d / 2 (u - e)^(-3/2) e`` at most, u
the least modulus; where u is not above e, by any amount.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from math import expm1, inf, log1p, prod, sqrt

import numpy as np
from sympy import Expr, Integer

from .code import number
from .complex_balls import Balls
from .configuration import Configuration
from .harmonic import item_norms
from .rounded import CLASSES
from .rounding import FORMATS
from .scattering_gradient_rounding import SAFE, worst_turn
from .solid_harmonic import ROW1, ROW2, STORED
from .solid_harmonic_bank import SIZES, level
from .spectral_rounding import ROUNDUP, Size

EXPONENT = 16
"""Roundings of the exponent of a Gaussian, a square of a product of a width, a frequency and pi, twice over."""

WIDEST = 2.0**200
"""Beyond this product of a width and a frequency a spectrum is 0."""


def gradient_growth(configuration: Configuration, unit: float, values: Mapping[str, Balls]) -> tuple[np.ndarray, ...]:
    """Return how far the gradient of an item may be off, relative to the norm of its dy, for all accuracy classes.

    Infinity where a power 1/2 is taken of a modulus that may be 0 and is not certain to be.

    Returns
    -------
    tuple of one ndarray of shape (classes, N, 1, 1, 1)
    """
    given, known = item_norms(configuration, values, "dy"), Known(configuration, unit, values)
    relative = np.zeros((len(CLASSES), len(given)))
    for item in np.flatnonzero(given):
        for row, ulps in enumerate(CLASSES):
            relative[row, item] = Chain(known, int(item), ulps).error() / given[item] * SAFE
    return (relative[..., None, None, None],)


def gradient_gain(configuration: Configuration, values: Mapping[str, Balls]) -> np.ndarray:
    """Return bounds on what intermediate results may be, item by item, where dy has the norm 1."""
    norms, found = item_norms(configuration, values, "x"), np.ones(configuration.values["N"])
    points = prod(configuration.values[n.name] for n in SIZES)
    for power in configuration.words["powers"]:
        least = _least_moduli(configuration, values) if power < 1 else points * (1 + norms)
        found = np.maximum(found, least ** (power - 1))
    return found


def _least_moduli(configuration: Configuration, values: Mapping[str, Balls]) -> np.ndarray:
    """Return the least modulus of every item, of those that are certain not to be 0, or 1 if it is above 1."""
    lower, items = (_bounds(values[name], above=False) for name in ("x", "U_1", "U_2")), configuration.values["N"]
    found = np.concatenate([flat.reshape(items, flat.size // max(1, items)) for flat in lower], axis=1)
    return np.min(np.where(found > 0, found, 1.0), axis=1, initial=1.0)


def _bounds(balls: Balls, *, above: bool = True) -> np.ndarray:
    """Return bounds of the moduli of balls, from above or below."""
    sizes = [float(abs(z).abs_upper() if above else abs(z).abs_lower()) for z in balls.values]
    return np.array(sizes) * (ROUNDUP if above else 2 - ROUNDUP)


@dataclass(frozen=True, eq=False)
class Known:
    """A call: bounds of the moduli of its wavelets, and of the entries of all arrays."""

    configuration: Configuration
    unit: float
    values: Mapping[str, Balls]

    @cached_property
    def sizes(self) -> tuple[int, ...]:
        """The sizes of a volume."""
        return tuple(self.configuration.values[n.name] for n in SIZES)

    @cached_property
    def points(self) -> int:
        """The number of samples."""
        return prod(self.sizes)

    @cached_property
    def scales(self) -> int:
        """The number of widths."""
        return int(self.configuration.values["J"])

    @cached_property
    def degrees(self) -> int:
        """The number of degrees."""
        return int(self.configuration.values["H"]) + 1

    @cached_property
    def least(self) -> float:
        """The least normal number."""
        return max(form.least_normal for form in FORMATS.values() if form.unit == self.unit)

    @cached_property
    def largest(self) -> np.ndarray:
        """Bounds of the spectra, over all orders, of shape (scales, degrees)."""
        moduli = _bounds(self.values["psi_hat"]).reshape(self.scales, self.degrees, -1, self.points)
        return np.sqrt((moduli**2).sum(axis=2)).max(axis=2) * SAFE

    @cached_property
    def stored(self) -> np.ndarray:
        """Bounds of the errors of stored spectra, each of one order, of the same shape."""
        steps = (np.minimum(np.arange(n), n - np.arange(n)) / n for n in self.sizes)
        distance = 2 * np.pi * np.sqrt(sum(axis**2 for axis in np.ix_(*steps)))
        return np.array([[self._off(scale, d, distance) for d in range(self.degrees)] for scale in range(self.scales)])

    def _off(self, scale: int, degree: int, distance: np.ndarray) -> float:
        reach = np.minimum(2.0**scale * self.configuration.values["sigma"] * distance, WIDEST)
        profile = float(level(Integer(degree))) * reach**degree * np.exp(-(reach**2) / 2)
        return float(np.max((STORED + EXPONENT * reach**2 / 2) * profile)) * self.unit * SAFE

    def moduli(self, name: str, item: int, path: tuple[int, ...], *, above: bool = True) -> np.ndarray:
        """Return bounds of the moduli of all samples of a path."""
        key = f"{name} {above}"
        if key not in self.found:
            self.found[key] = _bounds(self.values[name], above=above)
        counts = (*(self.scales,) * (len(path) - 1), self.degrees) if path else ()
        place = int(np.ravel_multi_index((item, *path), (self.configuration.values["N"], *counts)))
        return self.found[key][place * self.points : (place + 1) * self.points]

    @cached_property
    def found(self) -> dict[str, np.ndarray]:
        """The bounds that are known already."""
        return {}

    def row(self, item: int, row: Expr, **letters: int) -> np.ndarray:
        """Return bounds of the entries of a row of dy, by the number of its path."""
        paths, powers = self.configuration.shapes["dy"][1:]
        dy = _bounds(self.values["dy"]).reshape(-1, paths, powers)
        return dy[item, number(row, {**self.configuration.values, **letters})]


@dataclass(frozen=True)
class Chain:
    """The errors of a computation of one accuracy class on one item."""

    known: Known
    item: int
    ulps: float

    def error(self) -> float:
        """Return a bound on the norm of the error of the gradient."""
        known, volume = self.known, self._size(self._norm("x", ()))
        parts = [self._of_volume()]
        for scale, degree in product(range(known.scales if self._order else 0), range(known.degrees)):
            parts.append(self._first(volume, scale, degree))
        return self._added(parts).added(2).error

    @property
    def _order(self) -> int:
        return int(self.known.configuration.values["M"])

    def _size(self, norm: float, error: float = 0.0) -> Size:
        return Size(self.known.unit, norm, error)

    def _norm(self, name: str, path: tuple[int, ...]) -> float:
        return float(np.linalg.norm(self.known.moduli(name, self.item, path))) * SAFE

    def _of_volume(self) -> Size:
        """Return the size of what the volume itself hands back; subnormal samples may count as 0."""
        x = self.known.moduli("x", self.item, ())
        lost = self.known.least if np.any((x > 0) & (x < self.known.least)) else 0.0
        return self._handed(self.known.row(self.item, Integer(0)), "x", (), lost)

    def _first(self, volume: Size, scale: int, degree: int) -> Size:
        """Return the size of what a path of one wavelet, and all that go on from it, hand back to the volume."""
        known, parts = self.known, list[Size]()
        value = self._filtered(volume, scale, degree, floor=True)
        modulus = value.added(2 * degree + 4).modulus(self.ulps)
        for later in range(scale + 1, known.scales if self._order == 2 else 0):
            off = self._filtered(modulus, later, degree, floor=True).error
            row = known.row(self.item, ROW2, mu=scale, nu=later, eta=degree)
            parts.append(self._filtered(self._handed(row, "U_2", (scale, later, degree), off), later, degree))
        row, back = known.row(self.item, ROW1, mu=scale, eta=degree), self._added(parts)
        return self._filtered(self._handed(row, "U_1", (scale, degree), value.error, back), scale, degree)

    def _filtered(self, signal: Size, scale: int, degree: int, *, floor: bool = False) -> Size:
        """Return the size after the wavelets of all orders of a degree, or after their transposes.

        A `floor` is what is lost where squares underflow. What is 0 stays 0.
        """
        largest, stored = self.known.largest[scale, degree], self.known.stored[scale, degree]
        if largest == stored == 0 or signal.norm == signal.error == 0:
            return self._size(0.0)
        one = signal.convolved(self.known.points, largest=float(largest), stored=float(stored))
        lost = 16 * sqrt(self.known.points * self.known.least) * (1 + signal.norm) if floor else 0.0
        return self._size(one.norm, sqrt(2 * degree + 1) * one.error + lost)

    def _handed(self, row: np.ndarray, name: str, path: tuple[int, ...], off: float, back: Size | None = None) -> Size:
        """Return the size of what a modulus hands back, where that of which it is the modulus is off by `off`."""
        known, least = self.known, self.known.moduli(name, self.item, path, above=False)
        handed, parts = np.zeros(known.points), list[Size]()
        if back is not None and back.norm + back.error > 0:
            handed = known.moduli("dG_c", self.item, path)
            parts.append(self._size(0.0, back.error))
        for weight, power in zip(row.tolist(), known.configuration.words["powers"], strict=True):
            if power == 1:
                handed = handed + weight
            elif weight and power == 2:
                parts.append(self._size(2 * weight * self._norm(name, path), 2 * weight * off))
            elif weight:
                parts.append(self._of_root(weight, least, off))
        parts.append(self._size(float(np.linalg.norm(handed)) * SAFE, worst_turn(handed, least, off)))
        return self._added(parts).turned(0.0, self.ulps).turned(0.0, self.ulps)

    def _of_root(self, weight: float, least: np.ndarray, off: float) -> Size:
        """Return the size of what the power 1/2 hands back."""
        certain = least if off else least[least > 0]
        nearest = float(certain.min(initial=inf)) - off
        if nearest <= 0:
            return self._size(inf, inf)
        norm = sqrt(float(np.sum(1 / certain)))
        return self._size(weight * norm / 2 * SAFE, weight * off / nearest / sqrt(nearest) / 2 * SAFE)

    def _added(self, parts: list[Size]) -> Size:
        """Return the size of the sum of what several paths hand back."""
        norm, error = (sum(getattr(part, what) for part in parts) for what in ("norm", "error"))
        return self._size(norm, (error + expm1(len(parts) * log1p(self.known.unit)) * (norm + error)) * ROUNDUP)
