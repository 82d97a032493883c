"""Tables that the kernels of scattering read: of transforms, of filters where they are not negligible, and of averages."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np

from convoracle.impl.compiled import Ints
from convoracle.impl.lane_transform import CACHED, LANES, WIDE
from convoracle.impl.scattering_kernels import OUTPUTS, TAPS
from convoracle.impl.scattering_plan import Plan, fold


def factors(n: int) -> list[int]:
    """Return the factors of the passes of a transform: odd primes, a 2 if need be, then fours."""
    found = []
    while n % 4 == 0:
        found.append(4)
        n //= 4
    divisor = 2
    while n > 1:
        while n % divisor == 0:
            found.append(divisor)
            n //= divisor
        divisor += 1
    return found[::-1]


def roots(n: int, powers: np.ndarray) -> np.ndarray:
    """Return real and imaginary parts of ``exp(-2 pi i powers / n)``, one after the other."""
    angle = 2 * math.pi * (powers.reshape(-1) % n) / n
    return np.stack([np.cos(angle), -np.sin(angle)], -1).reshape(-1)


@dataclass(frozen=True)
class Line:
    """How lines of n points are transformed.

    Attributes
    ----------
    factors : ndarray of int64
        Of the passes, in their order.
    twiddles : ndarray of the compute dtype
        Real and imaginary parts of what the legs are multiplied by, pass by pass.
    positions : ndarray of shape (n,), int64
        Where every frequency ends; after a transform back, where every sample ends.
    """

    factors: np.ndarray
    twiddles: np.ndarray
    positions: np.ndarray

    @classmethod
    def of(cls, n: int, dtype: np.dtype) -> Line:
        """Return the tables of n points."""
        radices, stride, rest, twiddles = factors(n), n, np.arange(n), [np.zeros(0)]
        positions = np.zeros(n, np.int64)
        for radix in radices:
            stride //= radix
            positions += rest % radix * stride
            rest //= radix
            special = radix in (
                2,
                4,
            )  # whose kernels know the roots of 1, and that the first leg is multiplied by nothing
            twiddles.append(roots(radix, np.arange(0 if special else radix)))
            twiddles.append(roots(radix * stride, np.outer(np.arange(stride), np.arange(special, radix))))
        return cls(np.array(radices, np.int64), np.concatenate(twiddles).astype(dtype), positions)


@dataclass(frozen=True)
class Filters:
    """Products with some filters, as the kernel takes them: by piece and row, runs of neighbouring bins with their weights."""

    starts: np.ndarray
    runs: np.ndarray
    weights: np.ndarray

    @classmethod
    def stacked(cls, pieces: list[Filters], count: int) -> Filters:
        """Return filters for `count` pieces of the lanes; pieces beyond those given are empty."""
        if count == 1:
            return pieces[0]
        runs = np.cumsum([0, *(len(piece.runs) for piece in pieces)])
        weights = np.cumsum([0, *(len(piece.weights) for piece in pieces)])
        starts = [piece.starts + offset for piece, offset in zip(pieces, runs[:-1], strict=True)]
        starts += [np.full_like(pieces[0].starts, runs[-1])] * (count - len(pieces))
        moved = [piece.runs + np.array([0, 0, offset, 0]) for piece, offset in zip(pieces, weights[:-1], strict=True)]
        return cls(np.concatenate(starts), np.concatenate(moved), np.concatenate([piece.weights for piece in pieces]))


@dataclass(frozen=True)
class Grid:
    """Images of one size, side by side; signals are images of one row.

    Attributes
    ----------
    rates : tuple of int
        The distance of samples, per axis of the plan.
    rows, columns, pitch : int
        The pitch is the distance of rows in memory: some columns more than there are where rows of 2^k samples would compete
        for the same lines of the cache.
    across, along, half : Line
        How columns, rows, and half rows are transformed.
    roots : ndarray
        Roots of 1 that join the spectra of the even and the odd samples of rows.
    places, weights : ndarray
        The averages along rows: for every group of outputs, samples in their order, and their weights.
    matrix : ndarray of shape (outputs, rows)
        The averages across rows, which stand in the order of positions.
    """

    rates: Ints
    rows: int
    columns: int
    pitch: int
    across: Line
    along: Line
    half: Line
    roots: np.ndarray
    places: np.ndarray
    weights: np.ndarray
    matrix: np.ndarray

    @property
    def entries(self) -> int:
        """The length of the array of one part of one unit."""
        return LANES * self.rows * self.pitch


class Tables:
    """The tables of one plan in one precision, float32 or float64, made when first asked for."""

    def __init__(self, plan: Plan, dtype: np.dtype) -> None:
        self.plan, self.dtype, self.name, self.unit = plan, dtype, dtype.name, float(np.finfo(dtype).eps) / 2

    def _once(self, key: Hashable, make: Callable[[], Any]) -> Any:
        return self.plan.once((self.name, key), make)

    def grid(self, rates: Ints) -> Grid:
        """Return the grid with `rates` between samples."""
        return self._once(("grid", rates), lambda: self._grid(rates))

    def _grid(self, rates: Ints) -> Grid:
        sizes = [p // rate for p, rate in zip(self.plan.period, rates, strict=True)]
        rows, columns = (1, sizes[0]) if len(sizes) == 1 else sizes
        pitch = columns + (WIDE // LANES if rows > 1 and rows * columns > CACHED else 0)
        across, along, half = (self.line(n) for n in (rows, columns, columns // 2))
        joining = roots(columns, np.arange(columns // 2 + 1)).astype(self.dtype)
        places, weights = self._along(rates[-1])
        matrix = self._across(rates[:-1])
        return Grid(rates, rows, columns, pitch, across, along, half, joining, places, weights, matrix)

    def line(self, n: int) -> Line:
        """Return the tables of the transform of n points."""
        return self._once(("line", n), lambda: Line.of(n, self.dtype))

    # ---- filters ----

    def filters(self, order: int, wavelet: int, parent: Ints, rates: Ints) -> Filters:
        """Return the table of a filter: from spectra on the grid of `parent`, rows in the order of positions, to one of `rates`.

        Values below the unit roundoff, relative to the largest, are left out: the result changes by no more than that.
        """
        return self._once((order, wavelet, parent, rates), lambda: self._filters(order, wavelet, parent, rates))

    def _filters(self, order: int, wavelet: int, parent: Ints, rates: Ints) -> Filters:
        fine, coarse = self.grid(parent), self.grid(rates)
        spectrum = fold(self.plan.banks[order].psi[wavelet], parent).reshape(fine.rows, fine.columns)
        row, column = np.nonzero(np.abs(spectrum) > self.unit * np.abs(spectrum).max())
        ordered = np.argsort(row % coarse.rows, kind="stable")
        row, column = row[ordered], column[ordered]
        target = column % coarse.columns
        joined = (np.diff(column) == 1) & (np.diff(target) == 1) & (np.diff(row) == 0)
        first = np.nonzero(np.append(True, ~joined)[: len(row)])[0]
        starts = np.searchsorted(row[first] % coarse.rows, np.arange(coarse.rows + 1))
        source = fine.across.positions[row] * fine.pitch + column
        runs = np.stack([source[first], target[first], first, np.diff(np.append(first, len(row)))], 1)
        return Filters(starts[None], runs, (spectrum[row, column] / spectrum.size).astype(self.dtype))

    # ---- averages ----

    def _taps(self, axis: int, rate: int) -> tuple[np.ndarray, int]:
        """Return the average's taps at every rate-th sample, and the reach beyond which all add up to roundoff and are 0."""
        phi = self.plan.banks[0].phi
        along = phi if phi.ndim == 1 else (phi[:, 0], phi[0, :])[axis]  # an average of images is a product of two
        found = rate * np.fft.ifft(along).real[::rate]
        distance = np.minimum(np.arange(len(found)), len(found) - np.arange(len(found)))
        farther = np.bincount(distance, np.abs(found))[::-1].cumsum()[::-1]
        reach = int(np.count_nonzero(farther > self.unit)) - 1
        return np.where(distance <= reach, found, 0), reach

    def _along(self, rate: int) -> tuple[np.ndarray, np.ndarray]:
        """Return places (groups, width), and weights of every TAPS samples for OUTPUTS outputs, the same for all groups."""
        taps, reach = self._taps(self.plan.rank - 1, rate)
        n, step, count = len(taps), self.plan.step[-1] // rate, self.plan.counts[-1]
        width = min(n, 2 * reach + 1 + step * (min(OUTPUTS, count) - 1))
        offsets = np.minimum(np.arange(-(-width // TAPS) * TAPS), width - 1) - reach
        weights = taps[(offsets[:, None] - step * np.arange(OUTPUTS)) % n]
        weights[width:] = 0
        first = step * OUTPUTS * np.arange(-(-count // OUTPUTS))
        places = self.line(n).positions[(first[:, None] + offsets) % n]
        return places, weights.reshape(-1, TAPS, OUTPUTS).transpose(0, 2, 1).reshape(-1).astype(self.dtype)

    def _across(self, rates: Ints) -> np.ndarray:
        if not rates:
            return np.ones((1, 1), self.dtype)
        (taps, _), step = self._taps(0, rates[0]), self.plan.step[0] // rates[0]
        matrix = np.empty((self.plan.counts[0], len(taps)), self.dtype)
        shifts = np.arange(len(taps)) - step * np.arange(self.plan.counts[0])[:, None]
        matrix[:, self.line(len(taps)).positions] = taps[shifts % len(taps)]
        return matrix
