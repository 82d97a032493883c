"""Plans of scattering transforms: paths, grids and filters, made once for every shape and choice of options."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from convoracle.impl.compiled import Ints
from convoracle.impl.wavelet_bank import Bank
from convoracle.impl.wavelet_bank2d import Bank2D

BOUNDARIES = ("periodic", "zero", "symmetric", "reflect")
PATHS = ("decreasing", "all")


@dataclass(frozen=True)
class Path:
    """Wavelets that follow one another, and the grid on which the last modulus is sampled.

    Attributes
    ----------
    row : int
        Where the path stands in the output.
    parent : int
        The row of the path without the last wavelet; -1 for the path of no wavelets.
    wavelets : tuple of int
        Which filter of the first bank, and which of the later bank for every further order.
    octaves : tuple of int
        Their octaves.
    rates : tuple of int
        The distance of samples of the signal after the last modulus, per axis.
    """

    row: int
    parent: int
    wavelets: Ints
    octaves: Ints
    rates: Ints

    @property
    def order(self) -> int:
        """The number of wavelets."""
        return len(self.wavelets)


@dataclass(frozen=True)
class Plan:
    """What a scattering transform of one shape needs: nothing in it depends on the data.

    Attributes
    ----------
    sizes, period : tuple of int
        The signal's sizes, and those of its periodic extension, per axis.
    boundary : str
        How the signal is extended to the period.
    banks : tuple of two banks
        Of the first order, and of later ones.
    step : tuple of int
        The distance of output samples, per axis.
    max_order, oversampling : int
    pairs : {"decreasing", "all"}
        Whether only wavelets of higher octaves follow one another, or all.
    memo : dict
        What was made from the plan before.
    """

    sizes: Ints
    period: Ints
    boundary: str
    banks: tuple[Bank | Bank2D, Bank | Bank2D]
    step: Ints
    max_order: int
    oversampling: int
    pairs: str
    memo: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def rank(self) -> int:
        """The number of spatial axes."""
        return len(self.sizes)

    @property
    def counts(self) -> Ints:
        """The number of output samples per axis: those at 0, step, 2 step .. within the signal."""
        return tuple(-(-n // s) for n, s in zip(self.sizes, self.step, strict=True))

    @cached_property
    def paths(self) -> tuple[Path, ...]:
        """All paths, row by row: by order, then by their wavelets."""
        found = [Path(0, -1, (), (), (1,) * self.rank)]
        first, last = 0, 1
        for _ in range(self.max_order):
            for parent in found[first:last]:
                found.extend(self._longer(parent, len(found)))
            first, last = last, len(found)
        return tuple(found)

    def _longer(self, parent: Path, row: int) -> Iterator[Path]:
        """Yield the paths that continue one by a wavelet; the first has the number `row`."""
        octaves = self.banks[min(parent.order, 1)].octave.tolist()
        floor = parent.octaves[-1] if parent.octaves and self.pairs == "decreasing" else -1
        for wavelet, octave in enumerate(octaves):
            if octave > floor:
                rates = tuple(map(max, parent.rates, self.rates(octave)))
                yield Path(row, parent.row, (*parent.wavelets, wavelet), (*parent.octaves, octave), rates)
                row += 1

    @cached_property
    def children(self) -> tuple[tuple[Path, ...], ...]:
        """For every row, the paths that continue it by one wavelet."""
        found: list[list[Path]] = [[] for _ in self.paths]
        for path in self.paths[1:]:
            found[path.parent].append(path)
        return tuple(map(tuple, found))

    def rates(self, octave: int) -> Ints:
        """Return the distance of samples in an octave, per axis: a power of 2, as far as it divides the period."""
        return tuple(math.gcd(2 ** max(0, octave - self.oversampling), p) for p in self.period)

    @cached_property
    def samples(self) -> int:
        """The number of samples of all moduli of a signal, and of its extension."""
        return sum(math.prod(p // r for p, r in zip(self.period, path.rates, strict=True)) for path in self.paths)

    @property
    def grid(self) -> Ints:
        """The distance of samples on the finest grid of the period that holds all output samples."""
        return tuple(map(math.gcd, self.step, self.period))

    def average(self, rates: Ints, dtype: np.dtype) -> np.ndarray:
        """Return the spectrum of the average on a grid with `rates` between samples."""
        return self._fold((0, -1, rates, dtype.name), self.banks[0].phi, dtype)

    def wavelet(self, path: Path, rates: Ints, dtype: np.dtype) -> np.ndarray:
        """Return the spectrum of the last wavelet of a path on the grid of its parent, with `rates` between samples."""
        order, index = min(path.order, 2) - 1, path.wavelets[-1]
        return self._fold((order, index, rates, dtype.name), self.banks[order].psi[index], dtype)

    def _fold(self, key: tuple[int, int, Ints, str], spectrum: np.ndarray, dtype: np.dtype) -> np.ndarray:
        return self.once(key, lambda: fold(spectrum, key[2]).astype(dtype))

    def __getstate__(self) -> dict[str, Any]:
        """Leave behind what can be made again, when the plan is pickled or copied: compiled kernels cannot be taken along."""
        return {**self.__dict__, "memo": {}}

    def once(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """Return what `make` makes, made once for every key."""
        if key not in self.memo:
            self.memo[key] = make()
        return self.memo[key]


def fold(spectrum: np.ndarray, factors: Ints) -> np.ndarray:
    """Return the sums over aliases: the last axes, of sizes P, become P / factors.

    This is the spectrum of every factor-th sample times the factor.
    """
    lead, sizes = spectrum.ndim - len(factors), spectrum.shape[spectrum.ndim - len(factors) :]
    split = [part for p, factor in zip(sizes, factors, strict=True) for part in (factor, p // factor)]
    aliases = tuple(lead + 2 * axis for axis in range(len(factors)))
    return spectrum.reshape(*spectrum.shape[:lead], *split).sum(axis=aliases)
