"""Gradient of the convolution layers with respect to their filters: for a loss with gradient dy, its gradient dw."""

from __future__ import annotations

import math

import numpy as np

from convoracle.impl.arguments import (
    SPATIAL,
    Padding,
    PerAxis,
    check_at_least,
    check_axes,
    check_divides,
    check_equal,
    check_output_size,
    common_dtype,
    parse_window,
    per_axis,
    whole_number,
    window_counts,
)
from convoracle.impl.bilinear import accumulate
from convoracle.impl.borders import check_mode, extend
from convoracle.impl.compiled import Kernel
from convoracle.impl.documentation import GRADIENT_OPTIONS, GRADIENT_RAISES, by_rank


@Kernel
def correlate_with_output(y, x, w, stride, dilation, before, tile, first, last):
    """w[o, c, u] += sum_{i, t} y[i, o, t] x[i, c + (C / G) (o // (O / G)), s t + d u - p], taps in x only."""
    fan_in = w.shape[1]
    per_group = w.shape[0] // (x.shape[1] // fan_in)
    tiles = (w.shape[4] + tile - 1) // tile
    n, s = x.shape[4], stride[2]
    partial_sums = np.empty(min(tile, y.shape[4]), w.dtype)  # several sums at once, so that the loop vectorises
    for unit in range(first, last):
        begin = unit % tiles * tile
        end = min(begin + tile, w.shape[4])
        row = unit // tiles
        uh = row % w.shape[3]
        ud = row // w.shape[3] % w.shape[2]
        c = row // (w.shape[3] * w.shape[2]) % fan_in
        o = row // (w.shape[3] * w.shape[2] * fan_in)
        for uw in range(begin, end):
            shift = dilation[2] * uw - before[2]
            partial_sums[:] = 0
            for i in range(y.shape[0]):
                for td in range(y.shape[2]):
                    zd = stride[0] * td + dilation[0] * ud - before[0]
                    if zd < 0 or zd >= x.shape[2]:
                        continue
                    for th in range(y.shape[3]):
                        zh = stride[1] * th + dilation[1] * uh - before[1]
                        if zh < 0 or zh >= x.shape[3]:
                            continue
                        for column in range(0, y.shape[4], tile):
                            # the t of these columns with 0 <= s t + shift < n
                            lo = max(column, -(shift // s))
                            hi = min(min(column + tile, y.shape[4]), (n - 1 - shift) // s + 1)
                            if lo >= hi:
                                continue
                            factor = y[i, o, td, th, lo:hi]
                            source = x[i, c + fan_in * (o // per_group), zd, zh, s * lo + shift :]
                            if s == 1:  # a loop of its own, so that it vectorises
                                for t in range(hi - lo):
                                    partial_sums[t] += factor[t] * source[t]
                            else:
                                for t in range(hi - lo):
                                    partial_sums[t] += factor[t] * source[s * t]
            for column in range(len(partial_sums)):
                w[o, c, ud, uh, uw] += partial_sums[column]


def _weight_gradient(operator, rank, dy, x, kernel_size, stride, padding, dilation, groups, padding_mode) -> np.ndarray:
    dtype = common_dtype(operator, complex_allowed=False, dy=dy, x=x)
    check_axes(operator, "dy", dy, ("N", "C_out", *SPATIAL[rank]))
    check_axes(operator, "x", x, ("N", "C_in", *SPATIAL[rank]))
    groups = whole_number(operator, "groups", groups, 1)
    check_at_least(operator, 1, C_in=x.shape[1], C_out=dy.shape[1])
    check_divides(operator, groups, C_in=x.shape[1], C_out=dy.shape[1])
    check_equal(operator, "dy.shape[0]", dy.shape[0], "x.shape[0]", x.shape[0])
    sizes, taps = x.shape[2:], per_axis(operator, "kernel_size", kernel_size, rank, 1)
    window = parse_window(operator, sizes, taps, stride, padding, dilation)
    check_mode(operator, padding_mode, sizes, window)
    check_output_size(operator, dy, window_counts(operator, sizes, taps, window))
    if padding_mode != "zeros":
        x, window = extend(x, padding_mode, window), window.without_padding()
    shape = (dy.shape[1], x.shape[1] // groups, *taps)
    terms = dy.shape[0] * math.prod(dy.shape[2:])
    return accumulate(operator, correlate_with_output, dy, x, shape=shape, dtype=dtype, steps=window.steps, terms=terms)


_DOC = (
    """Gradient of a convolution layer with respect to its filters: the adjoint of w -> y.

    dw[o, c, u] = sum_(i, t) dy[i, o, t] x[i, c + (C/G) floor(o / (O/G)), s t + d u - p]

so that <conv(x, w), dy> = <w, dw> (the layer is seed L, eq. L-multi).

Parameters
----------
dy : ndarray of shape (N, O, {outs})
x : ndarray of shape (N, C, {sizes})
    Each operand float32, float64 or any integer dtype, with any strides.
kernel_size : int or tuple of {rank} int
    Spatial size of w; strides make several sizes give the same output.
"""
    + GRADIENT_OPTIONS
    + """
Returns
-------
ndarray of shape (O, C/groups, {taps})
    The spatial axes are those of `kernel_size`; dtype ``np.result_type``, integers among themselves give int64.

"""
    + GRADIENT_RAISES
    + """
Examples
--------
>>> import numpy as np
>>> from convoracle.impl import {name}
>>> dw = {name}(np.ones((1, 1, {twos})), np.ones((1, 1, {fours})), kernel_size=3)
>>> dw.shape, float(dw.max())
((1, 1, {threes}), {windows}.0)
"""
)


@by_rank(_DOC, 1)
def conv1d_weight_gradient(
    dy: np.ndarray,
    x: np.ndarray,
    *,
    kernel_size: PerAxis,
    stride: PerAxis = 1,
    padding: Padding = 0,
    dilation: PerAxis = 1,
    groups: int = 1,
    padding_mode: str = "zeros",
) -> np.ndarray:
    return _weight_gradient(
        "conv1d_weight_gradient", 1, dy, x, kernel_size, stride, padding, dilation, groups, padding_mode
    )


@by_rank(_DOC, 2)
def conv2d_weight_gradient(
    dy: np.ndarray,
    x: np.ndarray,
    *,
    kernel_size: PerAxis,
    stride: PerAxis = 1,
    padding: Padding = 0,
    dilation: PerAxis = 1,
    groups: int = 1,
    padding_mode: str = "zeros",
) -> np.ndarray:
    return _weight_gradient(
        "conv2d_weight_gradient", 2, dy, x, kernel_size, stride, padding, dilation, groups, padding_mode
    )


@by_rank(_DOC, 3)
def conv3d_weight_gradient(
    dy: np.ndarray,
    x: np.ndarray,
    *,
    kernel_size: PerAxis,
    stride: PerAxis = 1,
    padding: Padding = 0,
    dilation: PerAxis = 1,
    groups: int = 1,
    padding_mode: str = "zeros",
) -> np.ndarray:
    return _weight_gradient(
        "conv3d_weight_gradient", 3, dy, x, kernel_size, stride, padding, dilation, groups, padding_mode
    )
