"""How far a computed gradient of scattering may be off: errors in norm along every path, forwards and back.

What a modulus hands back is ``dU z / |z|``. An error e of z turns the direction by at most ``2 |e| / |z|``, and by 2; so of all
errors of a norm the worst are those where ``|dU| / |z|`` is largest.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from math import expm1, log1p, prod, sqrt

import numpy as np
from sympy import Expr

from .code import number
from .complex_balls import Balls
from .configuration import Configuration
from .harmonic import item_norms
from .rounded import CLASSES
from .scattering_form import ONE, STEP, TWO, Cascade, firsts, rate
from .scattering_rounding import extension_gain
from .spectral_rounding import ROUNDUP, Size
from .symbols import MU

SAFE = 1 + 2.0**-30
"""Covers that norms are computed in floating point, here and where the bound is multiplied by one."""

FAR = 2.0**900
"""The square of so many errors: at values that are larger still, no direction is turned."""


def gradient_growth(
    configuration: Configuration,
    unit: float,
    values: Mapping[str, Balls],
    cascade: Cascade,
    stored: float,
    largest: float,
) -> tuple[np.ndarray, ...]:
    """Return how far the gradient of an item may be off, relative to the norm of its dy, for all accuracy classes.

    Parameters
    ----------
    configuration : Configuration
        A call of a record of the gradient of scattering.
    unit : float
        The unit roundoff.
    values : mapping of str to Balls
        The arrays of all stages.
    cascade : Cascade
    stored, largest : float
        Bounds on the error and on the modulus of the spectra of filters, their aliases added.

    Returns
    -------
    tuple of one ndarray of shape (classes, N, 1, ..)
    """
    norms, given = item_norms(configuration, values, "x"), item_norms(configuration, values, "dy")
    relative = np.zeros((len(CLASSES), len(norms)))
    for item in np.flatnonzero(given):
        known = Item(configuration, values, cascade, int(item))
        for row, ulps in enumerate(CLASSES):
            chain = Chain(known, unit, ulps, stored, largest)
            relative[row, item] = chain.error(float(norms[item])) / given[item] * SAFE
    return (relative.reshape(*relative.shape, *(1,) * len(cascade.axes)),)


@lru_cache
def rates_by_wavelet(cascade: Cascade) -> tuple[tuple[Expr, ...], ...]:
    """Return for each bank the distances of samples after the wavelet mu, per axis."""
    return tuple(tuple(rate(bank.octave(MU), p) for p in cascade.periods) for bank in (cascade.first, cascade.second))


@lru_cache
def first_falling(cascade: Cascade) -> Expr:
    """Return the first wavelet that follows mu where frequencies fall."""
    return cascade.second.per_octave * (cascade.first.octave(MU) + 1)


@dataclass(frozen=True, eq=False)
class Item:
    """One item of a call: its paths, and bounds of the moduli of the entries of all arrays."""

    configuration: Configuration
    values: Mapping[str, Balls]
    cascade: Cascade
    item: int
    found: dict[tuple[str, tuple[int, ...], bool], np.ndarray] = field(default_factory=dict)

    @property
    def rank(self) -> int:
        """The number of axes."""
        return len(self.cascade.axes)

    @cached_property
    def periods(self) -> tuple[int, ...]:
        """The period of every axis."""
        return tuple(self.configuration.values[p.name] for p in self.cascade.periods)

    @cached_property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shapes of all arrays by name."""
        letters = self.configuration.values
        stages = {str(s.target.base): s.extents for s in self.configuration.stages if s.extents}
        found = {name: tuple(number(extent, letters) for extent in extents) for name, extents in stages.items()}
        return {**found, **self.configuration.shapes}

    def moduli(self, name: str, path: tuple[int, ...], *, above: bool = True) -> np.ndarray:
        """Return bounds of the moduli of the samples at the end of a path, from above or below, without their copies."""
        if (name, path, above) not in self.found:
            self.found[name, path, above] = self._moduli(name, path, above)
        return self.found[name, path, above]

    def _moduli(self, name: str, path: tuple[int, ...], above: bool) -> np.ndarray:
        shape = self.shapes[name][1:]
        inner = shape[len(path) :]
        first = int(np.ravel_multi_index((self.item, *path, *(0,) * len(inner)), self.shapes[name]))
        balls = self.values[name].values[first : first + prod(inner)]
        bounds = np.array([float(abs(z).abs_upper() if above else abs(z).abs_lower()) for z in balls]).reshape(inner)
        samples = self.rates(path) if name != "dy" else (1,) * self.rank
        kept = tuple(slice(0, n // r) for n, r in zip(inner, samples, strict=True))
        return bounds[kept] * (ROUNDUP if above else 2 - ROUNDUP)

    def rates(self, path: Sequence[int]) -> tuple[int, ...]:
        """Return the distances of samples at the end of a path."""
        letters, known = self.configuration.values, zip(rates_by_wavelet(self.cascade), path, strict=False)
        per_wavelet = [[number(apart, {**letters, "mu": mu}) for apart in exprs] for exprs, mu in known]
        return tuple(max(apart) for apart in zip((1,) * self.rank, *per_wavelet, strict=True))

    def firsts(self) -> range:
        """Return the wavelets with which paths begin."""
        return range(number(ONE * firsts(self.cascade.first), self.configuration.values))

    def seconds(self, mu: int) -> range:
        """Return the wavelets that follow one on a path."""
        letters, falling = self.configuration.values, self.configuration.words["paths"] == "decreasing"
        first = number(first_falling(self.cascade), {**letters, "mu": mu}) if falling else 0
        return range(first, number(TWO * self.cascade.second.count, letters))


@dataclass(frozen=True)
class Chain:
    """The errors of a computation of one accuracy class on one item."""

    known: Item
    unit: float
    ulps: float
    stored: float
    largest: float

    def error(self, norm: float) -> float:
        """Return a bound on the norm of the error of the gradient, where `norm` is that of the signal."""
        known, forward = self.known, self._forward(norm)
        row, parts = 1 + len(known.firsts()), [self._averaged(0)]
        for mu in known.firsts():
            handed = [self._averaged(1 + mu)]
            for nu in known.seconds(mu):
                second = self._turned("2", (mu, nu), self._averaged(row).error, forward[1])
                handed.append(self._convolved(second))
                row += 1
            parts.append(self._convolved(self._turned("1", (mu,), self._added(handed).error, forward[0])))
        whole, extended = self._added(parts), extension_gain(known.configuration) ** known.rank
        return extended * Size(self.unit, whole.norm, whole.error).added(2**known.rank).error

    def _forward(self, norm: float) -> list[float]:
        """Return the errors of the convolutions of the first and of the second order."""
        extended = extension_gain(self.known.configuration) ** self.known.rank
        signal, errors = Size(self.unit, norm=extended * norm), []
        for _ in range(2):
            signal = self._convolved(signal)
            errors.append(signal.error)
            signal = signal.modulus(self.ulps)
        return errors

    def _convolved(self, signal: Size) -> Size:
        step = self.known.configuration.values[STEP.name] ** self.known.rank
        return signal.convolved(prod(self.known.periods), largest=self.largest, stored=self.stored, folds=step)

    def _averaged(self, row: int) -> Size:
        """Return the size of what a row of dy hands back through the average."""
        return self._convolved(Size(self.unit, norm=_norm(self.known.moduli("dy", (row,)))))

    def _turned(self, order: str, path: tuple[int, ...], handed_error: float, error: float) -> Size:
        """Return the size of what a modulus hands back, from the errors of what it is handed and of whose modulus it is."""
        handed = self.known.moduli(f"dU_{order}", path)
        values = self.known.moduli(f"V_{order}", path, above=False)
        found = Size(self.unit, norm=_norm(handed), error=handed_error + worst_turn(handed, values, error))
        return found.turned(0.0, self.ulps)

    def _added(self, parts: Sequence[Size]) -> Size:
        """Return the size of the sum of what several paths hand back."""
        norm, error = (sum(getattr(part, what) for part in parts) for what in ("norm", "error"))
        return Size(self.unit, norm, (error + expm1(len(parts) * log1p(self.unit)) * (norm + error)) * ROUNDUP)


def _norm(moduli: np.ndarray) -> float:
    return float(np.linalg.norm(moduli.ravel())) * SAFE


def worst_turn(handed: np.ndarray, values: np.ndarray, error: float) -> float:
    """Return the largest norm of ``handed min(2, 2 e / values)`` over all e of norm `error`.

    To spend ``e^2`` where ``handed^2 / values^2`` is largest, until the turn is 2 there, is best.

    Parameters
    ----------
    handed, values : ndarray
        Moduli, those of the values bounded from below.
    error : float

    Examples
    --------
    >>> round(worst_turn(np.array([1.0, 1.0]), np.array([0.5, 2.0]), 0.5), 6)
    2.0
    """
    largest = float(handed.max(initial=0.0))
    if error == 0 or largest == 0:
        return 0.0
    with np.errstate(over="ignore", under="ignore"):
        squares, costs = (handed.ravel() / largest) ** 2, np.minimum((values.ravel() / error) ** 2, FAR)
    order = np.argsort(-np.divide(squares, costs, out=np.full_like(costs, np.inf), where=costs > 0))
    left = 1 - (np.cumsum(costs[order]) - costs[order])
    share = np.divide(left, costs[order], out=np.ones_like(costs), where=costs[order] > 0)
    return 2 * largest * sqrt(float(np.sum(np.clip(share, 0, 1) * squares[order]))) * SAFE
