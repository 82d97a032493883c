"""How a plan of scattering is carried out fast: many signals side by side, through the kernels of `scattering_kernels`.

Signals of one octave go through the same operations, whatever wavelet they come from. They are lanes of one bundle: images of the
batch, or where these are fewer than a bundle has lanes, images times wavelets of one octave.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from convoracle.impl.compiled import run_all
from convoracle.impl.lane_transform import LANES
from convoracle.impl.scattering_engine import averaged, extended, scaled, spectrum
from convoracle.impl.scattering_kernels import averages, products, spectra
from convoracle.impl.scattering_plan import Path, Plan
from convoracle.impl.scattering_tables import Filters, Grid, Tables, factors

LARGEST_FACTOR = 13  # of a length; transforms of others are left to scipy.fft
BUNDLED = 1 << 20  # bytes of signals that go through one step together: they stay in the second-level cache
NOWHERE = -(1 << 62)  # negative wherever an output would begin
PER_SAMPLE = 200  # multiply-adds that a sample of a modulus takes, its transform and average included


def suits(plan: Plan) -> bool:
    """Return whether there are moduli, all lengths have small factors, and rows that go on to longer paths even length."""
    rows = {plan.period[-1] // path.rates[-1] for path in plan.paths[1:] if plan.children[path.row]}
    small = all(max(factors(p), default=1) <= LARGEST_FACTOR for p in plan.period)
    return small and len(plan.paths) > 1 and all(n % 2 == 0 for n in rows)


def lanes(plan: Plan, dtype: np.dtype) -> Lanes:
    """Return the transform of a plan that `suits`, made once."""
    return plan.once(("lanes", dtype.name), lambda: Lanes(plan, dtype))


@dataclass(frozen=True)
class Family:
    """Paths that differ in the first wavelet only, within one octave: what follows is the same for all.

    Attributes
    ----------
    members : tuple of Path
    starts : ndarray of int64
        Where the rows of the output begin, by member.
    children : tuple of Family
        By every wavelet that continues the paths.
    """

    members: tuple[Path, ...]
    starts: np.ndarray
    children: tuple[Family, ...]

    @classmethod
    def of(cls, plan: Plan, members: tuple[Path, ...]) -> Family:
        """Return the family of some paths, with its descendants."""
        longer = zip(*(plan.children[path.row] for path in members), strict=True)
        starts = np.array([path.row for path in members]) * math.prod(plan.counts)
        return cls(members, starts, tuple(cls.of(plan, continued) for continued in longer))

    @property
    def path(self) -> Path:
        """One of the paths."""
        return self.members[0]


def families(plan: Plan) -> list[Family]:
    """Return the families of paths of one wavelet, by octave."""
    by_octave: dict[int, list[Path]] = {}
    for path in plan.children[0]:
        by_octave.setdefault(path.octaves[0], []).append(path)
    return [Family.of(plan, tuple(members)) for members in by_octave.values()]


@dataclass(frozen=True)
class Spectra:
    """Spectra side by side, their parts flat arrays (units, rows, pitch, LANES), rows in the order of positions."""

    x: np.ndarray
    y: np.ndarray
    units: int
    grid: Grid


@dataclass(frozen=True)
class Bundle:
    """Which signals the lanes of some units hold, (units * LANES) each.

    Attributes
    ----------
    start : ndarray of int64
        Where the output of the image begins, far below zero if there is no signal.
    member : ndarray of int64
        Which member of the family.
    """

    start: np.ndarray
    member: np.ndarray


class Lanes:
    """The transform of one plan in one precision.

    Parameters
    ----------
    plan : Plan
        One that `suits`.
    dtype : dtype
        float32 or float64: of the parts of complex signals, too.
    """

    def __init__(self, plan: Plan, dtype: np.dtype) -> None:
        self.plan, self.dtype, self.tables, self.families = plan, dtype, Tables(plan, dtype), families(plan)
        self.products, self.averages, self.spectra = (k.for_dtype(dtype) for k in (products, averages, spectra))
        self.root, self.counts = self.tables.grid(plan.paths[0].rates), plan.counts
        self.work = PER_SAMPLE * plan.samples

    def transform(self, x: np.ndarray) -> np.ndarray:
        """Return the scattering coefficients of signals (batch, *sizes) as (batch, paths, *counts), in their dtype."""
        out = np.empty((len(x), len(self.plan.paths), *self.counts), x.dtype)
        images = LANES * max(1, BUNDLED // self._bytes(self.root))
        for first in range(0, len(x), images):
            self._some(x[first : first + images], out[first : first + images])
        return out

    def _bytes(self, grid: Grid) -> int:
        return 2 * self.dtype.itemsize * grid.entries

    def _some(self, x: np.ndarray, out: np.ndarray) -> None:
        """Write the coefficients of a few images."""
        near_one, powers = scaled(x)
        found = spectrum(self.plan, extended(self.plan, near_one))
        real = out.dtype == self.dtype
        moduli = out if real else np.empty(out.shape, self.dtype)
        root, images = self._side_by_side(found)
        tasks = [partial(self._family, root, images, *task, moduli.reshape(-1)) for task in self._tasks(images)]
        run_all(tasks, work=self.work * len(x))
        out[:, 1:] = moduli[:, 1:]
        out[:, 0] = averaged(self.plan, found, self.root.rates, real)
        out *= powers

    def _side_by_side(self, found: np.ndarray) -> tuple[Spectra, np.ndarray]:
        """Return spectra (batch, *period) bundled, and the image in every lane (units, LANES).

        Few images are repeated until the lanes are full, for several wavelets.
        """
        grid, batch = self.root, len(found)
        lanes = min(LANES, 1 << (batch - 1).bit_length())
        image = np.arange(-(-batch // lanes) * lanes).reshape(-1, lanes)
        image[image >= batch] = -1
        image = np.tile(image, LANES // lanes)
        order = np.argsort(grid.across.positions)
        bundled = np.moveaxis(found.reshape(batch, grid.rows, grid.columns)[image[:, :, None], order], 1, 3)
        parts = np.zeros((2, len(image), grid.rows, grid.pitch, LANES), self.dtype)
        parts[:, :, :, : grid.columns] = bundled.real, bundled.imag
        return Spectra(parts[0].reshape(-1), parts[1].reshape(-1), len(image), grid), image

    def _tasks(self, images: np.ndarray) -> Iterator[tuple[Family, list[tuple[int, ...]]]]:
        """Yield families with a few of their members each: sets of members that share units."""
        pieces = _pieces(images)
        for family in self.families:
            members = range(len(family.members))
            sets = [tuple(members[first : first + pieces]) for first in range(0, len(members), pieces)]
            few = max(1, BUNDLED // (len(images) * self._bytes(self.tables.grid(family.path.rates))))
            yield from ((family, sets[first : first + few]) for first in range(0, len(sets), few))

    def _family(
        self, root: Spectra, images: np.ndarray, family: Family, sets: list[tuple[int, ...]], out: np.ndarray
    ) -> None:
        """Write the averages of some members of a family of one wavelet, and of all paths that continue them."""
        grid, pieces = self.tables.grid(family.path.rates), _pieces(images)
        size = len(images) * grid.entries
        x, y = np.empty((2, len(sets) * size), self.dtype)
        for number, members in enumerate(sets):
            filters = Filters.stacked([self._filters(family.members[member], root) for member in members], pieces)
            here = slice(number * size, (number + 1) * size)
            self._multiply(root, filters, grid, x[here], y[here])
        self._follow(family, self._bundle(images, sets), x, y, out)

    def _filters(self, path: Path, source: Spectra) -> Filters:
        return self.tables.filters(min(path.order, 2) - 1, path.wavelets[-1], source.grid.rates, path.rates)

    def _multiply(self, source: Spectra, filters: Filters, grid: Grid, x: np.ndarray, y: np.ndarray) -> None:
        """Write products with filters, transformed back along columns."""
        table = filters.starts, filters.runs, filters.weights, grid.across.factors, grid.across.twiddles
        shape = source.grid.entries // LANES, grid.rows, grid.columns, grid.pitch, LANES // len(filters.starts)
        self.products(source.x, source.y, *table, x, y, *shape, 0, source.units)

    def _follow(self, family: Family, bundle: Bundle, x: np.ndarray, y: np.ndarray, out: np.ndarray) -> None:
        """Write the averages of paths whose products are given, and of all paths that continue them."""
        grid, units = self.tables.grid(family.path.rates), len(bundle.start) // LANES
        target = bundle.start + family.starts[bundle.member]
        table = grid.along.factors, grid.along.twiddles, grid.places, grid.weights, grid.matrix
        self.averages(x, y, *table, target, out, self.counts[-1], grid.rows, grid.columns, grid.pitch, 0, units)
        if family.children:
            source = self._spectra(grid, units, x)
            for child in family.children:
                coarse = self.tables.grid(child.path.rates)
                here = slice(0, units * coarse.entries)
                self._multiply(source, self._filters(child.path, source), coarse, x[here], y[here])
                self._follow(child, bundle, x[here], y[here], out)

    def _spectra(self, grid: Grid, units: int, moduli: np.ndarray) -> Spectra:
        x, y = np.empty((2, units * grid.entries), self.dtype)
        half, across = grid.half, grid.across
        rows = half.factors, half.twiddles, half.positions, grid.roots
        columns = across.positions, across.factors, across.twiddles
        self.spectra(moduli, grid.along.positions, *rows, *columns, x, y, grid.pitch, 0, units)
        return Spectra(x, y, units, grid)

    def _bundle(self, images: np.ndarray, sets: list[tuple[int, ...]]) -> Bundle:
        """Return what the lanes hold: for every set the units of all images, repeated for its members."""
        piece = np.arange(LANES) * _pieces(images) // LANES
        members = np.array([[*members, *[-1] * (LANES - len(members))] for members in sets])[:, None, piece]
        image, member = np.broadcast_arrays(images, members)
        starts = image * (len(self.plan.paths) * math.prod(self.counts))
        return Bundle(np.where((image < 0) | (member < 0), NOWHERE, starts).reshape(-1), member.reshape(-1))


def _pieces(images: np.ndarray) -> int:
    """Return how often the images of the first unit are repeated."""
    return int(np.count_nonzero(images[0] == images[0, 0]))
