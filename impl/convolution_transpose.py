"""Transposed convolution layers: the adjoint of a convolution layer used as a layer of its own."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from convoracle.impl.arguments import (
    SPATIAL,
    Padding,
    PerAxis,
    Window,
    check_at_least,
    check_axes,
    check_divides,
    check_equal,
    check_filters,
    common_dtype,
    dilated_extent,
    parse_window,
    per_axis,
    whole_number,
)
from convoracle.impl.bilinear import accumulate
from convoracle.impl.compiled import Ints
from convoracle.impl.convolution import check_bias
from convoracle.impl.convolution_input_gradient import spread_rows
from convoracle.impl.documentation import by_rank


def transposed_window(
    operator: str, sizes: Ints, taps: Ints, stride: Any, padding: Any, output_padding: Any, dilation: Any
) -> tuple[Window, Ints]:
    """Check the options; return them with the output size (n - 1) s - p0 - p1 + d (k - 1) + output_padding + 1."""
    window = parse_window(operator, sizes, taps, stride, padding, dilation, same_allowed=False)
    extra = per_axis(operator, "output_padding", output_padding, len(taps), 0)
    out = []
    for axis, (n, k, s, d, (p0, p1), op) in enumerate(
        zip(sizes, taps, window.stride, window.dilation, window.pads, extra, strict=True)
    ):
        if op >= s:
            raise ValueError(
                f"{operator}: output_padding must be less than stride, "
                f"got output_padding={op}, stride={s} on spatial axis {axis}"
            )
        size = (n - 1) * s - p0 - p1 + dilated_extent(k, d) + op
        if n < 1 or size < 1:
            raise ValueError(
                f"{operator}: input and output size (n - 1) s - p0 - p1 + d (k - 1) + output_padding + 1 must be at "
                f"least 1, got n={n}, s={s}, p0={p0}, p1={p1}, d={d}, k={k}, output_padding={op}, size={size} "
                f"on spatial axis {axis}"
            )
        out.append(size)
    return window, tuple(out)


def check_transposed_filters(operator: str, rank: int, w: np.ndarray, groups: Any) -> int:
    """Check filters (C_in, C_out/groups, *k) and return groups."""
    check_axes(operator, "w", w, ("C_in", "C_out/groups", *(f"k{axis}" for axis in SPATIAL[rank])))
    groups = whole_number(operator, "groups", groups, 1)
    check_filters(operator, w.shape, ("C_in", "C_out/groups"))
    check_divides(operator, groups, C_in=w.shape[0])
    return groups


def _transposed(operator, rank, x, w, b, stride, padding, output_padding, dilation, groups) -> np.ndarray:
    dtype = common_dtype(operator, complex_allowed=False, x=x, w=w, b=b)
    check_axes(operator, "x", x, ("N", "C_in", *SPATIAL[rank]))
    check_at_least(operator, 1, C_in=x.shape[1])
    groups = check_transposed_filters(operator, rank, w, groups)
    check_equal(operator, "w.shape[0]", w.shape[0], "C_in", x.shape[1])
    channels = w.shape[1] * groups
    check_bias(operator, b, channels)
    window, sizes = transposed_window(operator, x.shape[2:], w.shape[2:], stride, padding, output_padding, dilation)
    terms = w.shape[0] // groups * math.prod(w.shape[2:])
    shape = (x.shape[0], channels, *sizes)
    return accumulate(operator, spread_rows, x, w, shape=shape, dtype=dtype, steps=window.steps, terms=terms, bias=b)


_DOC = """Transposed convolution of a batch of {things}: every entry of x spreads a filter over the output.

    y[i, o, z] = b[o] + sum_(c, u, t) w[c, o mod (O/G), u] x[i, c, t]   over z = s t + d u - p and the c of o's group

It is the adjoint of the convolution layer (seed L, eq. L-multi, L-corr) with the same filters, so that
<conv(v, w), x> = <v, y> without bias.

Parameters
----------
x : ndarray of shape (N, C, {sizes})
w : ndarray of shape (C, O/groups, {taps})
b : ndarray of shape (O,), optional
    Each operand float32, float64 or any integer dtype, with any strides.
stride, dilation : int or tuple of {rank} int
    s and d, at least 1.
padding : int, tuple of {rank} int or of {rank} (before, after) pairs, or "valid" for 0
    p: so many entries of the output are cropped at the ends.
output_padding : int or tuple of {rank} int
    Extra entries at the end of the output, less than the stride.
groups : int
    G; divides C.

Returns
-------
ndarray of shape (N, O, {outs})
    out = (n - 1) s - p0 - p1 + d (k - 1) + output_padding + 1 per axis, of dtype ``np.result_type`` of the operands;
    integers among themselves give int64.

Raises
------
TypeError
    An operand is no array of float32, float64 or an integer dtype, or an option no integer.
ValueError
    Shapes, groups, sizes or padding do not fit together; padding is "same".
OverflowError
    An exact integer result does not fit int64.

Examples
--------
>>> import numpy as np
>>> from convoracle.impl import {name}
>>> y = {name}(np.ones((1, 1, {twos})), np.ones((1, 1, {threes})), stride=2, padding=1, output_padding=1)
>>> y.shape, float(y.max())
((1, 1, {fours}), {windows}.0)
"""


@by_rank(_DOC, 1)
def conv_transpose1d(
    x: np.ndarray,
    w: np.ndarray,
    b: np.ndarray | None = None,
    *,
    stride: PerAxis = 1,
    padding: Padding = 0,
    output_padding: PerAxis = 0,
    dilation: PerAxis = 1,
    groups: int = 1,
) -> np.ndarray:
    return _transposed("conv_transpose1d", 1, x, w, b, stride, padding, output_padding, dilation, groups)


@by_rank(_DOC, 2)
def conv_transpose2d(
    x: np.ndarray,
    w: np.ndarray,
    b: np.ndarray | None = None,
    *,
    stride: PerAxis = 1,
    padding: Padding = 0,
    output_padding: PerAxis = 0,
    dilation: PerAxis = 1,
    groups: int = 1,
) -> np.ndarray:
    return _transposed("conv_transpose2d", 2, x, w, b, stride, padding, output_padding, dilation, groups)


@by_rank(_DOC, 3)
def conv_transpose3d(
    x: np.ndarray,
    w: np.ndarray,
    b: np.ndarray | None = None,
    *,
    stride: PerAxis = 1,
    padding: Padding = 0,
    output_padding: PerAxis = 0,
    dilation: PerAxis = 1,
    groups: int = 1,
) -> np.ndarray:
    return _transposed("conv_transpose3d", 3, x, w, b, stride, padding, output_padding, dilation, groups)
