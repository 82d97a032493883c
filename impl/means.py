"""Sums over windows, divided once each: the kernels of average pooling of every kind and of their gradients.

The adjoint of a sum over windows is again one: sample j receives from its windows, which are neighbours.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from convoracle.impl.compiled import TILE, Ints, Kernel, plain, share
from convoracle.impl.pooling import INT64, Span, planes, span_table, spans_of_windows


@Kernel.taking("read4 read_index3 read_index2 index index index index write4")
def mean_rows(x, spans, divisors, s, before, taps, tile, y, first, last):
    """y[i, t] = sum_u x[i, s t + u - p] / divisor[t] over samples that exist, tap by tap."""
    tiles = (y.shape[3] + tile - 1) // tile
    n = x.shape[3]
    for unit in range(first, last):
        begin = unit % tiles * tile
        row = unit // tiles
        th = row % y.shape[2]
        td = row // y.shape[2] % y.shape[1]
        i = row // (y.shape[2] * y.shape[1])
        end = min(begin + tile, y.shape[3])
        y[i, td, th, begin:end] = 0
        for zd in range(spans[0, 0, td], spans[0, 1, td]):
            for zh in range(spans[1, 0, th], spans[1, 1, th]):
                for u in range(taps):
                    shift = u - before
                    # the t of this tile with 0 <= s t + shift < n
                    lo = max(begin, -(shift // s))
                    hi = min(end, (n - 1 - shift) // s + 1)
                    if lo >= hi:
                        continue
                    target = y[i, td, th, lo:hi]
                    source = x[i, zd, zh, s * lo + shift :]
                    if s == 1:  # loops of their own, so that they vectorise
                        for t in range(hi - lo):
                            target[t] += source[t]
                    elif s == 2:
                        for t in range(hi - lo):
                            target[t] += source[2 * t]
                    else:
                        for t in range(hi - lo):
                            target[t] += source[s * t]
        across = float(divisors[0, td]) * float(divisors[1, th])
        for t in range(begin, end):
            y[i, td, th, t] = y[i, td, th, t] / (across * divisors[2, t])


@Kernel.taking("read4 read_index3 read_index2 write4")
def mean_windows(x, spans, divisors, y, first, last):
    """y[i, t] = sum of x[i] over the samples of window t / divisor[t], window by window; no samples give 0."""
    for row in range(first, last):
        th = row % y.shape[2]
        td = row // y.shape[2] % y.shape[1]
        i = row // (y.shape[2] * y.shape[1])
        across = float(divisors[0, td]) * float(divisors[1, th])
        y[i, td, th] = 0
        for t in range(y.shape[3]):
            end = spans[2, 1, t]
            a = b = c = d = y[i, td, th, t]  # four sums side by side: none waits for another
            for zd in range(spans[0, 0, td], spans[0, 1, td]):
                for zh in range(spans[1, 0, th], spans[1, 1, th]):
                    z = spans[2, 0, t]
                    while z + 4 <= end:
                        a += x[i, zd, zh, z]
                        b += x[i, zd, zh, z + 1]
                        c += x[i, zd, zh, z + 2]
                        d += x[i, zd, zh, z + 3]
                        z += 4
                    while z < end:
                        a += x[i, zd, zh, z]
                        z += 1
            y[i, td, th, t] = ((a + b) + (c + d)) / (across * divisors[2, t])


@Kernel.taking("read4 read_index3 index index index index write4")
def add_rows(dy, spans, s, before, taps, tile, dx, first, last):
    """dx[i, j] = sum of dy[i, t] over the windows t that hold sample j, tap by tap; `spans` are those of the samples."""
    tiles = (dx.shape[3] + tile - 1) // tile
    for unit in range(first, last):
        begin = unit % tiles * tile
        row = unit // tiles
        zh = row % dx.shape[2]
        zd = row // dx.shape[2] % dx.shape[1]
        i = row // (dx.shape[2] * dx.shape[1])
        end = min(begin + tile, dx.shape[3])
        dx[i, zd, zh, begin:end] = 0
        for td in range(spans[0, 0, zd], spans[0, 1, zd]):
            for th in range(spans[1, 0, zh], spans[1, 1, zh]):
                for u in range(taps):
                    shift = u - before
                    # the t inside dy with begin <= s t + shift < end
                    lo = max(0, -((shift - begin) // s))
                    hi = min(dy.shape[3], (end - 1 - shift) // s + 1)
                    if lo >= hi:
                        continue
                    target = dx[i, zd, zh, s * lo + shift :]
                    source = dy[i, td, th, lo:hi]
                    if s == 1:  # a loop of its own, so that it vectorises
                        for t in range(hi - lo):
                            target[t] += source[t]
                    else:
                        for t in range(hi - lo):
                            target[s * t] += source[t]


def means(
    x: np.ndarray, spans: Sequence[Span], divisors: Sequence[np.ndarray], dtype: np.dtype, row_steps: Ints | None = None
) -> np.ndarray:
    """Return the sums of x (N, C, *n) over windows, each divided by the product of its divisors.

    Parameters
    ----------
    spans, divisors : one per spatial axis
        The samples of every window, and its integer divisor.
    row_steps : (stride, padding before, taps), optional
        How the windows move along the last axis, where it has long rows of them: then the work is done tap by tap.
    """
    y = np.empty((*x.shape[:2], *(len(begin) for begin, _ in spans)), dtype)
    out = planes(y)
    tables = (planes(plain(x, dtype)), span_table(spans), divisor_table(divisors))
    rows, samples = math.prod(out.shape[:3]), math.prod(int(max(end - begin)) for begin, end in spans)
    work = y.size * max(samples, 1)
    if row_steps is None:
        share(mean_windows, dtype, (*tables, out), units=rows, work=work)
    else:
        units = rows * -(-out.shape[3] // TILE)
        share(mean_rows, dtype, (*tables, *row_steps, TILE, out), units=units, work=work)
    return y


def mean_gradient(
    dy: np.ndarray,
    spans: Sequence[Span],
    divisors: Sequence[np.ndarray],
    sizes: Ints,
    dtype: np.dtype,
    row_steps: Ints | None = None,
) -> np.ndarray:
    """Return dx of `sizes`, the adjoint of ``means``: sample j sums dy / divisor over the windows that hold it."""
    divided = np.empty(dy.shape, dtype)
    with np.errstate(all="ignore"):  # NaN, infinity and underflow are answers here, as in the kernels
        np.divide(dy, joint_divisor(divisors), out=divided, casting="same_kind")
    holders = spans_of_windows(spans, sizes)
    if row_steps is None:
        return means(divided, holders, [np.ones(n, INT64) for n in sizes], dtype)
    dx = np.empty((*dy.shape[:2], *sizes), dtype)
    out = planes(dx)
    units = math.prod(out.shape[:3]) * -(-out.shape[3] // TILE)
    taps = math.prod(int(max(end - begin)) for begin, end in spans)
    share(
        add_rows, dtype, (planes(divided), span_table(holders), *row_steps, TILE, out), units=units, work=dy.size * taps
    )
    return dx


def divisor_table(divisors: Sequence[np.ndarray]) -> np.ndarray:
    """The divisors as one array [axis, window] on three axes."""
    table = np.ones((3, max(len(divisor) for divisor in divisors)), INT64)
    for axis, divisor in enumerate(divisors, start=3 - len(divisors)):
        table[axis, : len(divisor)] = divisor
    return table


def joint_divisor(divisors: Sequence[np.ndarray]) -> np.ndarray:
    """The product of the divisors of all axes, for every window, as float64."""
    joint = np.ones(())
    for divisor in divisors:
        joint = joint[..., None] * divisor
    return joint
