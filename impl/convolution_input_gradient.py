"""Gradient of the convolution layers with respect to their input: for a loss with gradient dy, its gradient dx."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np

from convoracle.impl.arguments import (
    SPATIAL,
    Padding,
    PerAxis,
    check_axes,
    check_divides,
    check_equal,
    check_filters,
    check_output_size,
    common_dtype,
    parse_window,
    per_axis,
    whole_number,
    window_counts,
)
from convoracle.impl.bilinear import accumulate
from convoracle.impl.borders import check_mode, copies, fold
from convoracle.impl.compiled import Kernel
from convoracle.impl.documentation import GRADIENT_OPTIONS, GRADIENT_RAISES, by_rank


@Kernel
def spread_rows(y, w, x, stride, dilation, before, tile, first, last):
    """x[i, c, z] += sum_{o, u, t} w[o, c mod (C / G), u] y[i, o, t] over z = s t + d u - p and the o of c's group."""
    fan_in = w.shape[1]
    per_group = y.shape[1] // (x.shape[1] // fan_in)
    tiles = (x.shape[4] + tile - 1) // tile
    s = stride[2]
    for unit in range(first, last):
        begin = unit % tiles * tile
        end = min(begin + tile, x.shape[4])
        row = unit // tiles
        zh = row % x.shape[3]
        zd = row // x.shape[3] % x.shape[2]
        c = row // (x.shape[3] * x.shape[2]) % x.shape[1]
        i = row // (x.shape[3] * x.shape[2] * x.shape[1])
        for member in range(per_group):
            o = c // fan_in * per_group + member
            for ud in range(w.shape[2]):
                steps_d = zd - dilation[0] * ud + before[0]
                td = steps_d // stride[0]
                if steps_d % stride[0] or td < 0 or td >= y.shape[2]:
                    continue
                for uh in range(w.shape[3]):
                    steps_h = zh - dilation[1] * uh + before[1]
                    th = steps_h // stride[1]
                    if steps_h % stride[1] or th < 0 or th >= y.shape[3]:
                        continue
                    for uw in range(w.shape[4]):
                        shift = dilation[2] * uw - before[2]
                        # the t inside y with begin <= s t + shift < end
                        lo = max(0, -((shift - begin) // s))
                        hi = min(y.shape[4], (end - 1 - shift) // s + 1)
                        if lo >= hi:
                            continue
                        weight = w[o, c % fan_in, ud, uh, uw]
                        target = x[i, c, zd, zh, s * lo + shift :]
                        source = y[i, o, td, th, lo:hi]
                        if s == 1:  # a loop of its own, so that it vectorises
                            for t in range(hi - lo):
                                target[t] += weight * source[t]
                        else:
                            for t in range(hi - lo):
                                target[s * t] += weight * source[t]


def _input_gradient(operator, rank, dy, w, input_size, stride, padding, dilation, groups, padding_mode) -> np.ndarray:
    dtype = common_dtype(operator, complex_allowed=False, dy=dy, w=w)
    check_axes(operator, "dy", dy, ("N", "C_out", *SPATIAL[rank]))
    check_axes(operator, "w", w, ("C_out", "C_in/groups", *(f"k{axis}" for axis in SPATIAL[rank])))
    groups = whole_number(operator, "groups", groups, 1)
    check_filters(operator, w.shape, ("C_out", "C_in/groups"))
    check_divides(operator, groups, C_out=w.shape[0])
    check_equal(operator, "dy.shape[1]", dy.shape[1], "w.shape[0]", w.shape[0])
    sizes, taps = per_axis(operator, "input_size", input_size, rank, 0), w.shape[2:]
    window = parse_window(operator, sizes, taps, stride, padding, dilation)
    check_mode(operator, padding_mode, sizes, window)
    check_output_size(operator, dy, window_counts(operator, sizes, taps, window))
    terms = w.shape[0] // groups * math.prod(taps) * copies(padding_mode, sizes, window)
    back: Any = None
    shape = sizes
    if padding_mode != "zeros":
        back = partial(fold, mode=padding_mode, sizes=sizes, window=window)
        shape = tuple(p0 + n + p1 for n, (p0, p1) in zip(sizes, window.pads, strict=True))
        window = window.without_padding()
    shape = (dy.shape[0], w.shape[1] * groups, *shape)
    return accumulate(
        operator, spread_rows, dy, w, shape=shape, dtype=dtype, steps=window.steps, terms=terms, fold=back
    )


_DOC = (
    """Gradient of a convolution layer with respect to its input: the adjoint of x -> y.

    dx[i, c, z] = sum_(o, u, t) w[o, c mod (C/G), u] dy[i, o, t]   over the o of c's group and z = s t + d u - p

so that <conv(x, w), dy> = <x, dx> (the layer is seed L, eq. L-multi). With another padding mode than "zeros", what
falls into the padding is added to the entry that stands there.

Parameters
----------
dy : ndarray of shape (N, O, {outs})
w : ndarray of shape (O, C/groups, {taps})
    Each operand float32, float64 or any integer dtype, with any strides.
input_size : int or tuple of {rank} int
    Spatial size of x; strides make several sizes give the same output.
"""
    + GRADIENT_OPTIONS
    + """
Returns
-------
ndarray of shape (N, C, {sizes})
    The spatial axes are those of `input_size`; dtype ``np.result_type``, integers among themselves give int64.

"""
    + GRADIENT_RAISES
    + """
Examples
--------
>>> import numpy as np
>>> from convoracle.impl import {name}
>>> dx = {name}(np.ones((1, 1, {twos})), np.ones((1, 1, {threes})), input_size=4)
>>> dx.shape, float(dx.sum())
((1, 1, {fours}), {spread}.0)
"""
)


@by_rank(_DOC, 1)
def conv1d_input_gradient(
    dy: np.ndarray,
    w: np.ndarray,
    *,
    input_size: PerAxis,
    stride: PerAxis = 1,
    padding: Padding = 0,
    dilation: PerAxis = 1,
    groups: int = 1,
    padding_mode: str = "zeros",
) -> np.ndarray:
    return _input_gradient(
        "conv1d_input_gradient", 1, dy, w, input_size, stride, padding, dilation, groups, padding_mode
    )


@by_rank(_DOC, 2)
def conv2d_input_gradient(
    dy: np.ndarray,
    w: np.ndarray,
    *,
    input_size: PerAxis,
    stride: PerAxis = 1,
    padding: Padding = 0,
    dilation: PerAxis = 1,
    groups: int = 1,
    padding_mode: str = "zeros",
) -> np.ndarray:
    return _input_gradient(
        "conv2d_input_gradient", 2, dy, w, input_size, stride, padding, dilation, groups, padding_mode
    )


@by_rank(_DOC, 3)
def conv3d_input_gradient(
    dy: np.ndarray,
    w: np.ndarray,
    *,
    input_size: PerAxis,
    stride: PerAxis = 1,
    padding: Padding = 0,
    dilation: PerAxis = 1,
    groups: int = 1,
    padding_mode: str = "zeros",
) -> np.ndarray:
    return _input_gradient(
        "conv3d_input_gradient", 3, dy, w, input_size, stride, padding, dilation, groups, padding_mode
    )
