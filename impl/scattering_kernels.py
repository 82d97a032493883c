"""Kernels of scattering: products with filters, moduli, averages and spectra of many signals side by side.

The last axis of every array holds LANES signals. A unit is one such bundle of signals, or images of ``rows`` by ``columns``
samples, rows `pitch` samples apart; signals are images of one row. Transforms are those of `lane_transform`.
"""

from __future__ import annotations

import numpy as np

from convoracle.impl.compiled import Kernel
from convoracle.impl.lane_transform import COLUMNS, LANES, ROWS, transform, transform_columns

NEAR = 512  # points of short transforms that are done together: all stay in the first-level cache
OUTPUTS, TAPS = 4, 4  # of an average that are computed together
TERMS = 256  # of an average that are added up before the sum joins the others: so rounding stays that of short sums


# ---- products ----


def add_run(x, y, source, weights, first, count, into_x, into_y, target, lanes):
    """Add products of neighbouring bins with weights."""
    for k in range(count):
        a, b, weight = np.uint64(source + k * LANES), np.uint64(target + k * LANES), weights[first + k]
        for at in range(lanes):
            lane = np.uint64(at)
            into_x[b + lane] += weight * x[a + lane]
            into_y[b + lane] += weight * y[a + lane]


@Kernel.taking(
    "read1 read1 read_index2 read_index2 read1 read_index1 read1 write1 write1 index index index index index",
    helpers=(*COLUMNS, add_run),
    fused=True,
)
def products(
    x, y, starts, runs, weights, factors, twiddles, out_x, out_y, bins, rows, columns, pitch, lanes, first, last
):
    """Products with filters, summed over aliases, and transformed back along columns.

    A piece is `lanes` neighbouring signals with a filter of their own. Runs ``starts[piece, row] ..`` are its products that go to
    a row: (source bin, target column, first weight, how many). Units have `bins` source bins.
    """
    for unit in range(first, last):
        begin, size = unit * rows * pitch * LANES, rows * pitch * LANES
        out_x[begin : begin + size] = 0
        out_y[begin : begin + size] = 0
        for piece in range(starts.shape[0]):
            for row in range(rows):
                for run in range(starts[piece, row], starts[piece, row + 1]):
                    source = (unit * bins + runs[run, 0]) * LANES + piece * lanes
                    target = begin + (row * pitch + runs[run, 1]) * LANES + piece * lanes
                    add_run(x, y, source, weights, runs[run, 2], runs[run, 3], out_x, out_y, target, lanes)
        if rows > 1:
            transform_columns(out_y, out_x, factors, twiddles, begin, rows, columns, pitch * LANES)


# ---- averages ----


def moduli_of_rows(x, y, factors, twiddles, start, length, count):
    """Transform some rows back, and leave their moduli in x."""
    transform(y, x, factors, twiddles, start, length, count)
    for entry in range(start, start + length * count * LANES):
        at = np.uint64(entry)
        x[at] = np.sqrt(x[at] * x[at] + y[at] * y[at])


def average_rows(x, start, size, matrix, row, sums):
    """Add ``matrix[output, row]`` times a row of `size` entries to the rows of outputs."""
    for output in range(matrix.shape[0]):
        weight = matrix[output, row]
        if weight != 0:
            for entry in range(size):
                sums[np.uint64(output * size + entry)] += weight * x[np.uint64(start + entry)]


def average_row(x, start, places, weights, sums, partial):
    """Add up weighted samples of a row, for OUTPUTS outputs at a time and TAPS samples, read in the order of `places`."""
    span, width = OUTPUTS * LANES, places.shape[1]
    one, two, three = np.uint64(LANES), np.uint64(2 * LANES), np.uint64(3 * LANES)
    for group in range(places.shape[0]):
        sums[group * span : (group + 1) * span] = 0
        for begin in range(0, width, TERMS):
            partial[:] = 0
            for tap in range(begin, min(begin + TERMS, width), TAPS):
                a = np.uint64(start + places[group, tap] * LANES)
                b = np.uint64(start + places[group, tap + 1] * LANES)
                c = np.uint64(start + places[group, tap + 2] * LANES)
                d = np.uint64(start + places[group, tap + 3] * LANES)
                at = OUTPUTS * tap
                a0, b0, c0, d0 = weights[at], weights[at + 1], weights[at + 2], weights[at + 3]
                a1, b1, c1, d1 = weights[at + 4], weights[at + 5], weights[at + 6], weights[at + 7]
                a2, b2, c2, d2 = weights[at + 8], weights[at + 9], weights[at + 10], weights[at + 11]
                a3, b3, c3, d3 = weights[at + 12], weights[at + 13], weights[at + 14], weights[at + 15]
                for entry in range(LANES):
                    lane = np.uint64(entry)
                    p, q, r, s = x[a + lane], x[b + lane], x[c + lane], x[d + lane]
                    partial[lane] += a0 * p + b0 * q + c0 * r + d0 * s
                    partial[lane + one] += a1 * p + b1 * q + c1 * r + d1 * s
                    partial[lane + two] += a2 * p + b2 * q + c2 * r + d2 * s
                    partial[lane + three] += a3 * p + b3 * q + c3 * r + d3 * s
            for entry in range(span):
                sums[group * span + entry] += partial[entry]


def hand_out(sums, row, counts, unit, targets, out):
    """Write a row of outputs of every signal to where it wants them, or nowhere if that is negative."""
    for lane in range(LANES):
        target = targets[unit * LANES + lane]
        if target >= 0:
            for entry in range(counts):
                out[target + row * counts + entry] = sums[entry * LANES + lane]


@Kernel.taking(
    "write1 write1 read_index1 read1 read_index2 read1 read2 read_index1 write1 index index index index",
    helpers=(*ROWS, moduli_of_rows, average_rows, average_row, hand_out),
    fused=True,
)
def averages(x, y, factors, twiddles, places, weights, matrix, targets, out, counts, rows, columns, pitch, first, last):
    """Moduli of what `products` left, which stay in x, and their averages."""
    outputs, span, size = matrix.shape[0], OUTPUTS * LANES, columns * LANES
    across, together = np.empty(outputs * size if rows > 1 else 0, x.dtype), 1
    if pitch == columns:
        together = max(1, NEAR // columns)
    sums, partial = np.empty(places.shape[0] * span, x.dtype), np.empty(span, x.dtype)
    for unit in range(first, last):
        across[:] = 0
        for begin in range(0, rows, together):
            start, count = (unit * rows + begin) * pitch * LANES, min(together, rows - begin)
            moduli_of_rows(x, y, factors, twiddles, start, columns, count)
            if rows > 1:
                for row in range(count):
                    average_rows(x, start + row * size, size, matrix, begin + row, across)
        for row in range(outputs):
            if rows > 1:
                average_row(across, row * size, places, weights, sums, partial)
            else:
                average_row(x, unit * pitch * LANES, places, weights, sums, partial)
            hand_out(sums, row, counts, unit, targets, out)


# ---- spectra ----


def copy_samples(x, start, order, parity, out, target, count):
    """Copy every other sample of a row, read in an order."""
    for k in range(count):
        source, at = np.uint64(start + order[2 * k + parity] * LANES), np.uint64((target + k) * LANES)
        for lane in range(LANES):
            out[at + np.uint64(lane)] = x[source + np.uint64(lane)]


def split(x, y, begin, positions, roots, out_x, out_y, start):
    """Write half the spectrum of real signals, from the transform of even and odd samples as real and imaginary parts."""
    middle = positions.size
    for k in range(middle + 1):
        there = np.uint64((begin + positions[k % middle]) * LANES)
        mirror = np.uint64((begin + positions[(middle - k) % middle]) * LANES)
        u, v = roots[2 * k], roots[2 * k + 1]
        target = np.uint64(start + k * LANES)
        for entry in range(LANES):
            lane = np.uint64(entry)
            a, b, c, d = x[there + lane], y[there + lane], x[mirror + lane], y[mirror + lane]
            p, q = b + d, c - a  # of the odd samples
            out_x[target + lane] = (a + c + (p * u - q * v)) / 2
            out_y[target + lane] = (b - d + (p * v + q * u)) / 2


def reflect(x, y, source, target, columns):
    """Write the other half of a row: the conjugate of what is at the negative frequency."""
    for k in range(1, (columns + 1) // 2):
        a, b = np.uint64(source + k * LANES), np.uint64(target + (columns - k) * LANES)
        for entry in range(LANES):
            lane = np.uint64(entry)
            x[b + lane], y[b + lane] = x[a + lane], -y[a + lane]


@Kernel.taking(
    "read1 read_index1 read_index1 read1 read_index1 read1 read_index1 read_index1 read1 write1 write1 index",
    helpers=(*ROWS, *COLUMNS, copy_samples, split, reflect),
    fused=True,
)
def spectra(
    x,
    order,
    factors,
    twiddles,
    positions,
    roots,
    row_positions,
    row_factors,
    row_twiddles,
    out_x,
    out_y,
    pitch,
    first,
    last,
):
    """Spectra of real images, columns in natural order, rows in that of positions.

    `order` says where the samples of a row are, `row_positions` where the rows are. `factors`, `twiddles` and `positions` are
    those of half a row.
    """
    rows, columns, middle, size = row_positions.size, order.size, positions.size, pitch * LANES
    together = max(1, min(rows, NEAR // middle))
    even, odd = np.empty(together * middle * LANES, x.dtype), np.empty(together * middle * LANES, x.dtype)
    for unit in range(first, last):
        begin = unit * rows * size
        for top in range(0, rows, together):
            count = min(together, rows - top)
            for row in range(count):
                start = begin + row_positions[top + row] * size
                copy_samples(x, start, order, 0, even, row * middle, middle)
                copy_samples(x, start, order, 1, odd, row * middle, middle)
            transform(even, odd, factors, twiddles, 0, middle, count)
            for row in range(count):
                split(even, odd, row * middle, positions, roots, out_x, out_y, begin + (top + row) * size)
        if rows > 1:
            transform_columns(out_x, out_y, row_factors, row_twiddles, begin, rows, middle + 1, size)
        for row in range(rows):
            mirror = row_positions[(rows - row) % rows]
            reflect(out_x, out_y, begin + row_positions[row] * size, begin + mirror * size, columns)
