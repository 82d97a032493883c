"""Gradients of the transposed convolution layers: a convolution layer for x, its weight gradient for w."""

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
    per_axis,
    whole_number,
)
from convoracle.impl.bilinear import accumulate
from convoracle.impl.convolution import correlate_rows
from convoracle.impl.convolution_transpose import check_transposed_filters, transposed_window
from convoracle.impl.convolution_weight_gradient import correlate_with_output
from convoracle.impl.documentation import GRADIENT_RAISES, by_rank


def _input_gradient(operator, rank, dy, w, input_size, stride, padding, output_padding, dilation, groups) -> np.ndarray:
    dtype = common_dtype(operator, complex_allowed=False, dy=dy, w=w)
    check_axes(operator, "dy", dy, ("N", "C_out", *SPATIAL[rank]))
    groups = check_transposed_filters(operator, rank, w, groups)
    check_equal(operator, "dy.shape[1]", dy.shape[1], "w.shape[1] * groups", w.shape[1] * groups)
    sizes = per_axis(operator, "input_size", input_size, rank, 1)
    window, outs = transposed_window(operator, sizes, w.shape[2:], stride, padding, output_padding, dilation)
    check_output_size(operator, dy, outs)
    shape = (dy.shape[0], w.shape[0], *sizes)
    terms = math.prod(w.shape[1:])
    return accumulate(operator, correlate_rows, dy, w, shape=shape, dtype=dtype, steps=window.steps, terms=terms)


def _weight_gradient(
    operator, rank, dy, x, kernel_size, stride, padding, output_padding, dilation, groups
) -> np.ndarray:
    dtype = common_dtype(operator, complex_allowed=False, dy=dy, x=x)
    check_axes(operator, "dy", dy, ("N", "C_out", *SPATIAL[rank]))
    check_axes(operator, "x", x, ("N", "C_in", *SPATIAL[rank]))
    groups = whole_number(operator, "groups", groups, 1)
    check_at_least(operator, 1, C_in=x.shape[1], C_out=dy.shape[1])
    check_divides(operator, groups, C_in=x.shape[1], C_out=dy.shape[1])
    check_equal(operator, "dy.shape[0]", dy.shape[0], "x.shape[0]", x.shape[0])
    taps = per_axis(operator, "kernel_size", kernel_size, rank, 1)
    window, outs = transposed_window(operator, x.shape[2:], taps, stride, padding, output_padding, dilation)
    check_output_size(operator, dy, outs)
    shape = (x.shape[1], dy.shape[1] // groups, *taps)
    terms = x.shape[0] * math.prod(x.shape[2:])
    return accumulate(operator, correlate_with_output, x, dy, shape=shape, dtype=dtype, steps=window.steps, terms=terms)


_OPTIONS = """stride, padding, output_padding, dilation, groups
    As in the layer.
"""

_INPUT_DOC = (
    """Gradient of a transposed convolution layer with respect to its input: the convolution layer with its filters.

    dx[i, c, t] = sum_(o, u) w[c, o, u] dy[i, o + (O/G) floor(c / (C/G)), s t + d u - p]

so that <conv_transpose(x, w), dy> = <x, dx> (seed L, eq. L-multi).

Parameters
----------
dy : ndarray of shape (N, O, {outs})
w : ndarray of shape (C, O/groups, {taps})
    Each operand float32, float64 or any integer dtype, with any strides.
input_size : int or tuple of {rank} int
    Spatial size of x.
"""
    + _OPTIONS
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
>>> dx = {name}(np.ones((1, 1, {fours})), np.ones((1, 1, {threes})), input_size=2)
>>> dx.shape, float(dx.max())
((1, 1, {twos}), {volume}.0)
"""
)

_WEIGHT_DOC = (
    """Gradient of a transposed convolution layer with respect to its filters.

    dw[c, o, u] = sum_(i, t) x[i, c, t] dy[i, o + (O/G) floor(c / (C/G)), s t + d u - p]

so that <conv_transpose(x, w), dy> = <w, dw> (seed L, eq. L-multi).

Parameters
----------
dy : ndarray of shape (N, O, {outs})
x : ndarray of shape (N, C, {sizes})
    Each operand float32, float64 or any integer dtype, with any strides.
kernel_size : int or tuple of {rank} int
    Spatial size of w.
"""
    + _OPTIONS
    + """
Returns
-------
ndarray of shape (C, O/groups, {taps})
    The spatial axes are those of `kernel_size`; dtype ``np.result_type``, integers among themselves give int64.

"""
    + GRADIENT_RAISES
    + """
Examples
--------
>>> import numpy as np
>>> from convoracle.impl import {name}
>>> dw = {name}(np.ones((1, 1, {fours})), np.ones((1, 1, {twos})), kernel_size=3)
>>> dw.shape, float(dw.max())
((1, 1, {threes}), {windows}.0)
"""
)


@by_rank(_INPUT_DOC, 1)
def conv_transpose1d_input_gradient(
    dy: np.ndarray,
    w: np.ndarray,
    *,
    input_size: PerAxis,
    stride: PerAxis = 1,
    padding: Padding = 0,
    output_padding: PerAxis = 0,
    dilation: PerAxis = 1,
    groups: int = 1,
) -> np.ndarray:
    return _input_gradient(
        "conv_transpose1d_input_gradient", 1, dy, w, input_size, stride, padding, output_padding, dilation, groups
    )


@by_rank(_INPUT_DOC, 2)
def conv_transpose2d_input_gradient(
    dy: np.ndarray,
    w: np.ndarray,
    *,
    input_size: PerAxis,
    stride: PerAxis = 1,
    padding: Padding = 0,
    output_padding: PerAxis = 0,
    dilation: PerAxis = 1,
    groups: int = 1,
) -> np.ndarray:
    return _input_gradient(
        "conv_transpose2d_input_gradient", 2, dy, w, input_size, stride, padding, output_padding, dilation, groups
    )


@by_rank(_INPUT_DOC, 3)
def conv_transpose3d_input_gradient(
    dy: np.ndarray,
    w: np.ndarray,
    *,
    input_size: PerAxis,
    stride: PerAxis = 1,
    padding: Padding = 0,
    output_padding: PerAxis = 0,
    dilation: PerAxis = 1,
    groups: int = 1,
) -> np.ndarray:
    return _input_gradient(
        "conv_transpose3d_input_gradient", 3, dy, w, input_size, stride, padding, output_padding, dilation, groups
    )


@by_rank(_WEIGHT_DOC, 1)
def conv_transpose1d_weight_gradient(
    dy: np.ndarray,
    x: np.ndarray,
    *,
    kernel_size: PerAxis,
    stride: PerAxis = 1,
    padding: Padding = 0,
    output_padding: PerAxis = 0,
    dilation: PerAxis = 1,
    groups: int = 1,
) -> np.ndarray:
    return _weight_gradient(
        "conv_transpose1d_weight_gradient", 1, dy, x, kernel_size, stride, padding, output_padding, dilation, groups
    )


@by_rank(_WEIGHT_DOC, 2)
def conv_transpose2d_weight_gradient(
    dy: np.ndarray,
    x: np.ndarray,
    *,
    kernel_size: PerAxis,
    stride: PerAxis = 1,
    padding: Padding = 0,
    output_padding: PerAxis = 0,
    dilation: PerAxis = 1,
    groups: int = 1,
) -> np.ndarray:
    return _weight_gradient(
        "conv_transpose2d_weight_gradient", 2, dy, x, kernel_size, stride, padding, output_padding, dilation, groups
    )


@by_rank(_WEIGHT_DOC, 3)
def conv_transpose3d_weight_gradient(
    dy: np.ndarray,
    x: np.ndarray,
    *,
    kernel_size: PerAxis,
    stride: PerAxis = 1,
    padding: Padding = 0,
    output_padding: PerAxis = 0,
    dilation: PerAxis = 1,
    groups: int = 1,
) -> np.ndarray:
    return _weight_gradient(
        "conv_transpose3d_weight_gradient", 3, dy, x, kernel_size, stride, padding, output_padding, dilation, groups
    )
