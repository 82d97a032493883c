"""How much the rate at which a scattering is computed matters, at most: a bound on the aliases, from spectra.

On a period of P samples the sum ``d sum_j u[d j] h[t - d j]`` has the spectrum ``h^(f) sum over k of u^(f - k P/d)``, and so
differs from the convolution ``(u * h)[t]`` by at most

    (1/P) sum over g of |u^(g)| A(g),  A(g) = sum over k != 0 of |h^(g + k P/d)|.

The moduli u of the first order are computed from the data themselves. Those of the second are computed from samples of the first,
and are off by as much as that convolution, since moduli are no farther apart than what they are of; so their average is off by
that times the largest sum of moduli of the average's taps, and by its own aliases.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from sympy import Indexed

from .complex_balls import Balls
from .configuration import Configuration
from .harmonic import planned, run_harmonic
from .rounding import BINARY64
from .scattering_paths import CASCADES, Path, rows_of
from .spectral_rounding import transform_growth
from .symbols import MU, NU

UNIT = BINARY64.unit
ROUNDUP = 1 + 2.0**-30
"""Covers the rounding of these bounds themselves: sums of far fewer than 2**20 floats."""


def alias_bounds(here: Configuration, full: Configuration, x: np.ndarray) -> np.ndarray:
    """Return by how much every row of a call may differ from that of the call at full rate, at common positions.

    Parameters
    ----------
    here, full : Configuration
        The same call at its rate and at full rate.
    x : ndarray
        The data, of which the definition gives the moduli at full rate.

    Returns
    -------
    ndarray of shape (items, paths)
    """
    sampled = Sampled.of(here, _spectra(full, x))
    bounds = np.zeros(here.output_shape[:2])
    for path, row in rows_of(here).items():
        if path:
            bounds[:, row] = sampled.leak(path) * ROUNDUP
    return bounds


@dataclass(frozen=True)
class Sampled:
    """A call at a low rate: the moduli of its filters and of their spectra, its rates, and the spectra of moduli at full rate."""

    configuration: Configuration
    filters: Mapping[str, np.ndarray]
    rates: Mapping[str, np.ndarray]
    moduli: Mapping[Path, np.ndarray]

    @staticmethod
    def of(configuration: Configuration, moduli: Mapping[Path, np.ndarray]) -> "Sampled":
        """Return what the plan of a call says of it."""
        numbers, rates = planned(configuration)
        filters = {name: _upper(numbers[name]) for name in ("phi", "phi_hat", "psi_2_hat")}
        shaped = {name: v.reshape(-1, *_period(configuration)) for name, v in filters.items()}
        return Sampled(configuration, shaped, rates, moduli)

    def leak(self, path: Path) -> np.ndarray:
        """Return by how much the average of a path's moduli is off, item by item."""
        own = leaked(self.moduli[path], self.filters["phi_hat"][0], self.rate(path))
        if len(path) == 1:
            return own
        before = leaked(self.moduli[path[:1]], self.filters["psi_2_hat"][path[1]], self.rate(path[:1]))
        return own + before * averaging_mass(self.filters["phi"][0], self.rate(path))

    def rate(self, path: Path) -> tuple[int, ...]:
        """Return how far apart the samples of a modulus are, per axis: the largest rate of its wavelets."""
        letters = dict(zip((MU, NU), path, strict=False))
        entries = (expr.atoms(Indexed) for expr in CASCADES[self.configuration.record].rates[len(path) - 1])
        return tuple(max(int(self.rates[e.base.name][letters[e.indices[0]]]) for e in found) for found in entries)


def _period(configuration: Configuration) -> tuple[int, ...]:
    return tuple(configuration.values[p.name] for p in CASCADES[configuration.record].periods)


def _upper(balls: Balls) -> np.ndarray:
    return np.array([float(abs(z).abs_upper()) for z in balls.values])


def _spectra(full: Configuration, x: np.ndarray) -> dict[Path, np.ndarray]:
    """Return upper bounds of the moduli of the spectra of all moduli at full rate, path by path, of shape (items, *period)."""
    arrays, period = run_harmonic(full, {"x": x})[0].arrays, _period(full)
    axes, paths = tuple(range(-len(period), 0)), [path for path in rows_of(full) if path]
    shapes = {1: (-1,), 2: (sum(len(path) == 1 for path in paths), -1)}
    found = {
        order: _upper_spectra(_upper(arrays[f"U_{order}"]).reshape(len(x), *shapes[order], *period), axes)
        for order in {len(path) for path in paths}
    }
    everything: Any = slice(None)
    return {path: found[len(path)][(everything, *path)] for path in paths}


def _upper_spectra(signals: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
    """Return upper bounds of the moduli of spectra of signals, each entry of which may be off by some units in the last place."""
    found = abs(np.fft.fftn(signals, axes=axes))
    growth = prod(1 + transform_growth(signals.shape[axis], UNIT) for axis in axes) * (1 + 4 * UNIT) - 1
    return found + 2 * growth * np.sqrt(np.sum(found**2, axis=axes, keepdims=True))


def leaked(moduli: np.ndarray, spectrum: np.ndarray, rate: Sequence[int]) -> np.ndarray:
    """Return the bound on what the convolution with a filter is off, item by item, if its signal is sampled.

    Parameters
    ----------
    moduli : ndarray of shape (items, *period)
        Of the spectrum of the signal.
    spectrum : ndarray of shape (*period,)
        The moduli of the spectrum of the filter.
    rate : sequence of int
        How far apart the samples are, per axis.
    """
    weights = aliases(spectrum, rate)
    return np.sum(moduli * weights, axis=tuple(range(1, moduli.ndim))) / weights.size


def aliases(spectrum: np.ndarray, rate: Sequence[int]) -> np.ndarray:
    """Return the sum of all aliases of every bin but itself."""
    total = np.zeros_like(spectrum)
    for k in np.ndindex(*rate):
        if any(k):
            shift = tuple(-j * p // d for j, p, d in zip(k, spectrum.shape, rate, strict=True))
            total += np.roll(spectrum, shift, tuple(range(spectrum.ndim)))
    return total


def averaging_mass(taps: np.ndarray, rate: Sequence[int]) -> float:
    """Return the largest ``d sum_j |phi[t - d j]|`` over t."""
    axes: list[int] = []
    for p, d in zip(taps.shape, rate, strict=True):
        axes += [p // d, int(d)]
    return prod(map(int, rate)) * float(taps.reshape(axes).sum(axis=tuple(range(0, len(axes), 2))).max())
