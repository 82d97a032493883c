"""Average pooling: the sum over every window divided by a count, and the gradient, its adjoint."""

from __future__ import annotations

import math

import numpy as np

from convoracle.impl.arguments import (
    SPATIAL,
    Padding,
    PerAxis,
    check_axes,
    check_output_size,
    float_dtype,
    per_axis,
    whole_number,
)
from convoracle.impl.documentation import by_rank
from convoracle.impl.max_pooling import CEIL_MODE, OPTIONS
from convoracle.impl.means import mean_gradient, means
from convoracle.impl.pooling import INT64, Pooling, check_flag, parse_pooling, spatial_sizes

LARGEST_DIVISOR = 1 << 53  # every integer up to here is a float64


def _parse(
    operator, sizes, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
) -> tuple[Pooling, list[np.ndarray]]:
    """The windows and, per axis, their divisors."""
    pooling = parse_pooling(operator, sizes, kernel_size, stride, padding, 1, ceil_mode)
    check_flag(operator, "count_include_pad", count_include_pad)
    if divisor_override is not None:
        divisor = whole_number(operator, "divisor_override", divisor_override, 1)
        first, *others = pooling.counts
        divisors = [np.full(first, divisor, object), *(np.ones(m, object) for m in others)]
    else:
        divisors = [end - begin for begin, end in (_padded_spans(pooling) if count_include_pad else pooling.spans())]
    largest = math.prod(int(divisor.max()) for divisor in divisors)
    if largest > LARGEST_DIVISOR:
        raise ValueError(f"{operator}: divisors must be at most 2**53, got {largest}")
    return pooling, [divisor.astype(INT64) for divisor in divisors]


def _padded_spans(pooling: Pooling) -> list[tuple[np.ndarray, np.ndarray]]:
    """The windows clipped to the padded input -p .. n + q - 1: what `ceil_mode` lets overhang never counts."""
    return [
        (start, np.minimum(start + extent, n + after))
        for (start, extent, _, n), (_, after) in zip(pooling.axes(), pooling.window.pads, strict=True)
    ]


def _avg_pool(operator, rank, x, *options) -> np.ndarray:
    dtype = float_dtype(operator, x=x)
    pooling, divisors = _parse(operator, spatial_sizes(operator, "x", x, rank), *options)
    return means(x, pooling.spans(), divisors, dtype, pooling.row_steps)


def _gradient(operator, rank, dy, input_size, *options) -> np.ndarray:
    dtype = float_dtype(operator, dy=dy)
    check_axes(operator, "dy", dy, ("N", "C", *SPATIAL[rank]))
    sizes = per_axis(operator, "input_size", input_size, rank, 1)
    pooling, divisors = _parse(operator, sizes, *options)
    check_output_size(operator, dy, pooling.counts)
    return mean_gradient(dy, pooling.spans(), divisors, sizes, dtype, pooling.row_steps)


_AVERAGE_OPTIONS = (
    OPTIONS
    + CEIL_MODE
    + """count_include_pad : bool
    Whether the divisor counts the window's places in the padding. What `ceil_mode` lets overhang never counts.
divisor_override : int, optional
    The divisor of every window, 1 to 2**53.
"""
)

_RAISES = """
Raises
------
TypeError
    The operand is no array of float32 or float64, or an option of the wrong type.
ValueError
    Shapes, sizes and options do not fit together, a window would hold no sample, or a divisor exceeds 2**53.
"""

_DOC = (
    """Average every window of a batch of {things}.

    y[i, c, t] = sum_u x[i, c, s t + u - p] / D[t]   over samples that exist

with t and u ranging over {rank} spatial axes (seed L, L-pool). D is the product over the axes of the places that count:
those of the window in the padded input -p .. n + q - 1, or without `count_include_pad` in the input 0 .. n - 1. The sum
is taken in the dtype of x, directly, and divided once.

Parameters
----------
x : ndarray of shape (N, C, {sizes})
    float32 or float64, with any strides.
"""
    + _AVERAGE_OPTIONS
    + """
Returns
-------
ndarray of shape (N, C, {outs})
    out = floor((n + p + q - k) / s) + 1 per axis; with `ceil_mode` ceil in place of floor, but at most
    floor((n + p - 1) / s) + 1. dtype of x.
"""
    + _RAISES
    + """
Examples
--------
>>> import numpy as np
>>> from convoracle.impl import {name}
>>> x = np.ones((1, 1, {fours}))
>>> {name}(x, kernel_size=2).shape
(1, 1, {twos})
>>> float({name}(x, kernel_size=2, padding=1).min()) == 1 / {windows}
True
"""
)

_GRADIENT = (
    """Gradient of average pooling: the adjoint of x -> y.

    dx[i, c, j] = sum of dy[i, c, t] / D[t] over the windows t that hold sample j

with j and t ranging over {rank} spatial axes and the divisors D of the layer (seed L, L-pool).

Parameters
----------
dy : ndarray of shape (N, C, {outs})
    float32 or float64, with any strides.
input_size : int or tuple of {rank} int
    Spatial size of x; several sizes give the same output.
"""
    + _AVERAGE_OPTIONS
    + """
Returns
-------
ndarray of shape (N, C, {sizes})
    The spatial axes are those of `input_size`; dtype of dy.
"""
    + _RAISES
    + """
Notes
-----
dy / D is the workspace, of the shape and dtype of dy.

Examples
--------
>>> import numpy as np
>>> from convoracle.impl import {name}
>>> dx = {name}(np.ones((1, 1, {twos})), input_size=4, kernel_size=2)
>>> dx.shape, bool((dx == 1 / {windows}).all())
((1, 1, {fours}), True)
"""
)


@by_rank(_DOC, 1)
def avg_pool1d(
    x: np.ndarray,
    *,
    kernel_size: PerAxis,
    stride: PerAxis | None = None,
    padding: Padding = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> np.ndarray:
    options = kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
    return _avg_pool("avg_pool1d", 1, x, *options)


@by_rank(_DOC, 2)
def avg_pool2d(
    x: np.ndarray,
    *,
    kernel_size: PerAxis,
    stride: PerAxis | None = None,
    padding: Padding = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> np.ndarray:
    options = kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
    return _avg_pool("avg_pool2d", 2, x, *options)


@by_rank(_DOC, 3)
def avg_pool3d(
    x: np.ndarray,
    *,
    kernel_size: PerAxis,
    stride: PerAxis | None = None,
    padding: Padding = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> np.ndarray:
    options = kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
    return _avg_pool("avg_pool3d", 3, x, *options)


@by_rank(_GRADIENT, 1)
def avg_pool1d_gradient(
    dy: np.ndarray,
    *,
    input_size: PerAxis,
    kernel_size: PerAxis,
    stride: PerAxis | None = None,
    padding: Padding = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> np.ndarray:
    options = kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
    return _gradient("avg_pool1d_gradient", 1, dy, input_size, *options)


@by_rank(_GRADIENT, 2)
def avg_pool2d_gradient(
    dy: np.ndarray,
    *,
    input_size: PerAxis,
    kernel_size: PerAxis,
    stride: PerAxis | None = None,
    padding: Padding = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> np.ndarray:
    options = kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
    return _gradient("avg_pool2d_gradient", 2, dy, input_size, *options)


@by_rank(_GRADIENT, 3)
def avg_pool3d_gradient(
    dy: np.ndarray,
    *,
    input_size: PerAxis,
    kernel_size: PerAxis,
    stride: PerAxis | None = None,
    padding: Padding = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> np.ndarray:
    options = kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
    return _gradient("avg_pool3d_gradient", 3, dy, input_size, *options)
