"""Max pooling: the largest sample of every window, and where it is."""

from __future__ import annotations

import math

import numpy as np

from convoracle.impl.arguments import Padding, PerAxis, common_dtype
from convoracle.impl.compiled import TILE, Kernel, share
from convoracle.impl.documentation import by_rank
from convoracle.impl.maxima import first_maxima, gather
from convoracle.impl.pooling import (
    Pooling,
    comparable,
    lowest,
    parse_pooling,
    planes,
    restored,
    span_table,
    spatial_sizes,
)


@Kernel.taking("read4 read1 read_index3 triple index index index index write4")
def max_rows(x, lowest, spans, dilation, s, before, taps, tile, y, first, last):
    """y[i, t] = max_u x[i, s t + d u - p] over samples that exist: the first maximum, or the first NaN, in tap order."""
    tiles = (y.shape[3] + tile - 1) // tile
    n = x.shape[3]
    for unit in range(first, last):
        begin = unit % tiles * tile
        row = unit // tiles
        th = row % y.shape[2]
        td = row // y.shape[2] % y.shape[1]
        i = row // (y.shape[2] * y.shape[1])
        end = min(begin + tile, y.shape[3])
        y[i, td, th, begin:end] = lowest[0]
        zd = spans[0, 0, td]
        while zd < spans[0, 1, td]:
            zh = spans[1, 0, th]
            while zh < spans[1, 1, th]:
                for u in range(taps):
                    shift = dilation[2] * u - before
                    # the t of this tile with 0 <= s t + shift < n
                    lo = max(begin, -(shift // s))
                    hi = min(end, (n - 1 - shift) // s + 1)
                    if lo >= hi:
                        continue
                    target = y[i, td, th, lo:hi]
                    source = x[i, zd, zh, s * lo + shift :]
                    if s == 1:  # loops of their own, so that they vectorise
                        for t in range(hi - lo):
                            best, sample = target[t], source[t]
                            target[t] = sample if (best == best) & (not sample <= best) else best
                    elif s == 2:
                        for t in range(hi - lo):
                            best, sample = target[t], source[2 * t]
                            target[t] = sample if (best == best) & (not sample <= best) else best
                    else:
                        for t in range(hi - lo):
                            best, sample = target[t], source[s * t]
                            target[t] = sample if (best == best) & (not sample <= best) else best
                zh += dilation[1]
            zd += dilation[0]


def _parsed(operator, rank, x, *options) -> tuple[np.dtype, Pooling]:
    dtype = common_dtype(operator, complex_allowed=False, x=x)
    return dtype, parse_pooling(operator, spatial_sizes(operator, "x", x, rank), *options)


def _max_pool(operator, rank, x, *options) -> np.ndarray:
    dtype, pooling = _parsed(operator, rank, x, *options)
    samples = comparable(x, dtype)
    if pooling.row_steps is None:
        return restored(operator, x, gather(samples, first_maxima(samples, pooling.spans(), pooling.dilation)))
    y = np.empty((*x.shape[:2], *pooling.counts), dtype)
    table, out = span_table(pooling.spans()), planes(y)
    units = math.prod(out.shape[:3]) * -(-out.shape[3] // TILE)
    arguments = (planes(samples), lowest(dtype), table, pooling.dilation, *pooling.row_steps, TILE, out)
    share(max_rows, dtype, arguments, units=units, work=y.size * math.prod(pooling.taps))
    return restored(operator, x, y)


def _max_pool_with_indices(operator, rank, x, *options) -> tuple[np.ndarray, np.ndarray]:
    dtype, pooling = _parsed(operator, rank, x, *options)
    samples = comparable(x, dtype)
    places = first_maxima(samples, pooling.spans(), pooling.dilation, pooling.row_steps)
    return restored(operator, x, gather(samples, places)), places


OPTIONS = """kernel_size : int or tuple of {rank} int
    k, at least 1.
stride : int or tuple of {rank} int, optional
    s, at least 1; absent, it is k.
padding : int, tuple of {rank} int or of {rank} (before, after) pairs, "valid" or "same"
    p and q, at most d (k - 1), so that every window reaches the input. The padding holds no samples.
    "same" gives ceil(n / s) outputs, the surplus at the end.
"""
DILATION = """dilation : int or tuple of {rank} int
    d, at least 1; where p > 0 at most n, so that every window meets a sample.
"""
CEIL_MODE = """ceil_mode : bool
    Whether the last window may overhang; it starts inside the input or in the padding before it.
"""

_DOC = """Take the maximum of every window of a batch of {things}.

    y[i, c, t] = max_u x[i, c, s t + d u - p]   over samples that exist

with t and u ranging over {rank} spatial axes (seed L, L-pool). y is NaN where the window holds a NaN; of equal maxima the
first in row-major order stands (it has a sign when it is zero).
"""

_PARAMETERS = (
    """
Parameters
----------
x : ndarray of shape (N, C, {sizes})
    float32, float64 or any integer dtype, with any strides.
"""
    + OPTIONS
    + DILATION
    + CEIL_MODE
)

_SIZES = """    out = floor((n + p + q - d (k - 1) - 1) / s) + 1 per axis; with `ceil_mode` ceil in place of floor, but at most
    floor((n + p - 1) / s) + 1. dtype of x, integers give int64.
"""

RAISES = """
Raises
------
TypeError
    An operand is no array of float32, float64 or an integer dtype, or an option of the wrong type.
ValueError
    Shapes, sizes and options do not fit together, or a window would hold no sample.
OverflowError
    An exact integer result does not fit int64.
"""

_VALUES = (
    _DOC
    + _PARAMETERS
    + """
Returns
-------
ndarray of shape (N, C, {outs})
"""
    + _SIZES
    + RAISES
    + """
Notes
-----
Where a row has fewer windows than taps, the work is done window by window with the indices as workspace, int64 of the
shape of the result; otherwise there is none.

Examples
--------
>>> import numpy as np
>>> from convoracle.impl import {name}
>>> x = -np.ones((1, 1, {fours}))
>>> {name}(x, kernel_size=2).shape
(1, 1, {twos})
>>> float({name}(x, kernel_size=3, padding=1).max())
-1.0
"""
)

_PAIR = (
    _DOC
    + _PARAMETERS
    + """
Returns
-------
y : ndarray of shape (N, C, {outs})
"""
    + _SIZES
    + """indices : ndarray of int64 and the same shape
    Row-major position of the maximum in the plane x[i, c], without the padding; of the first NaN where there is one.
"""
    + RAISES
    + """
Notes
-----
The workspace of each thread is 1024 samples.

Examples
--------
>>> import numpy as np
>>> from convoracle.impl import {name}
>>> x = np.ones((1, 1, {fours}))
>>> y, indices = {name}(x, kernel_size=2)
>>> bool((y == x.reshape(-1)[indices]).all()), int(indices.reshape(-1)[1])
(True, 2)
"""
)


@by_rank(_VALUES, 1)
def max_pool1d(
    x: np.ndarray,
    *,
    kernel_size: PerAxis,
    stride: PerAxis | None = None,
    padding: Padding = 0,
    dilation: PerAxis = 1,
    ceil_mode: bool = False,
) -> np.ndarray:
    return _max_pool("max_pool1d", 1, x, kernel_size, stride, padding, dilation, ceil_mode)


@by_rank(_VALUES, 2)
def max_pool2d(
    x: np.ndarray,
    *,
    kernel_size: PerAxis,
    stride: PerAxis | None = None,
    padding: Padding = 0,
    dilation: PerAxis = 1,
    ceil_mode: bool = False,
) -> np.ndarray:
    return _max_pool("max_pool2d", 2, x, kernel_size, stride, padding, dilation, ceil_mode)


@by_rank(_VALUES, 3)
def max_pool3d(
    x: np.ndarray,
    *,
    kernel_size: PerAxis,
    stride: PerAxis | None = None,
    padding: Padding = 0,
    dilation: PerAxis = 1,
    ceil_mode: bool = False,
) -> np.ndarray:
    return _max_pool("max_pool3d", 3, x, kernel_size, stride, padding, dilation, ceil_mode)


@by_rank(_PAIR, 1)
def max_pool1d_with_indices(
    x: np.ndarray,
    *,
    kernel_size: PerAxis,
    stride: PerAxis | None = None,
    padding: Padding = 0,
    dilation: PerAxis = 1,
    ceil_mode: bool = False,
) -> tuple[np.ndarray, np.ndarray]:
    return _max_pool_with_indices("max_pool1d_with_indices", 1, x, kernel_size, stride, padding, dilation, ceil_mode)


@by_rank(_PAIR, 2)
def max_pool2d_with_indices(
    x: np.ndarray,
    *,
    kernel_size: PerAxis,
    stride: PerAxis | None = None,
    padding: Padding = 0,
    dilation: PerAxis = 1,
    ceil_mode: bool = False,
) -> tuple[np.ndarray, np.ndarray]:
    return _max_pool_with_indices("max_pool2d_with_indices", 2, x, kernel_size, stride, padding, dilation, ceil_mode)


@by_rank(_PAIR, 3)
def max_pool3d_with_indices(
    x: np.ndarray,
    *,
    kernel_size: PerAxis,
    stride: PerAxis | None = None,
    padding: Padding = 0,
    dilation: PerAxis = 1,
    ceil_mode: bool = False,
) -> tuple[np.ndarray, np.ndarray]:
    return _max_pool_with_indices("max_pool3d_with_indices", 3, x, kernel_size, stride, padding, dilation, ceil_mode)
