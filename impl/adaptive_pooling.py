"""Adaptive pooling: m windows that share out n samples, with their maximum or average, and the gradients."""

from __future__ import annotations

from typing import Any

import numpy as np

from convoracle.impl.arguments import PerAxis, check_equal, common_dtype, float_dtype, per_axis
from convoracle.impl.compiled import Ints
from convoracle.impl.documentation import by_rank
from convoracle.impl.maxima import first_maxima, gather, max_gradient
from convoracle.impl.means import mean_gradient, means
from convoracle.impl.pooling import adaptive_spans, comparable, restored, spatial_sizes


def max_adaptively(operator: str, x: np.ndarray, sizes: Ints, counts: Ints) -> np.ndarray:
    """Return the maxima of `counts` adaptive windows per axis of x (N, C, *sizes)."""
    samples = comparable(x, common_dtype(operator, complex_allowed=False, x=x))
    return restored(operator, x, gather(samples, first_maxima(samples, adaptive_spans(sizes, counts))))


def max_adaptively_gradient(operator: str, dy: np.ndarray, x: np.ndarray, counts: Ints, dtype: np.dtype) -> np.ndarray:
    """Return dx: every dy (N, C, *counts) added at the first maximum of its adaptive window."""
    return max_gradient(operator, dy, x, dtype, adaptive_spans(x.shape[2:], counts))


def average_adaptively(x: np.ndarray, sizes: Ints, counts: Ints, dtype: np.dtype) -> np.ndarray:
    """Return the averages of `counts` adaptive windows per axis of x (N, C, *sizes)."""
    spans = adaptive_spans(sizes, counts)
    return means(x, spans, [end - begin for begin, end in spans], dtype)


def average_adaptively_gradient(dy: np.ndarray, sizes: Ints, counts: Ints, dtype: np.dtype) -> np.ndarray:
    """Return dx of `sizes`, the adjoint of ``average_adaptively``."""
    spans = adaptive_spans(sizes, counts)
    return mean_gradient(dy, spans, [end - begin for begin, end in spans], sizes, dtype)


def _max(operator: str, rank: int, x: np.ndarray, output_size: Any) -> np.ndarray:
    common_dtype(operator, complex_allowed=False, x=x)
    sizes = spatial_sizes(operator, "x", x, rank)
    return max_adaptively(operator, x, sizes, per_axis(operator, "output_size", output_size, rank, 1))


def _max_gradient(operator: str, rank: int, dy: np.ndarray, x: np.ndarray) -> np.ndarray:
    dtype = common_dtype(operator, complex_allowed=False, dy=dy, x=x)
    counts = spatial_sizes(operator, "dy", dy, rank)
    spatial_sizes(operator, "x", x, rank)
    check_equal(operator, "dy.shape[:2]", dy.shape[:2], "x.shape[:2]", x.shape[:2])
    return max_adaptively_gradient(operator, dy, x, counts, dtype)


def _average(operator: str, rank: int, x: np.ndarray, output_size: Any) -> np.ndarray:
    dtype = float_dtype(operator, x=x)
    sizes = spatial_sizes(operator, "x", x, rank)
    return average_adaptively(x, sizes, per_axis(operator, "output_size", output_size, rank, 1), dtype)


def _average_gradient(operator: str, rank: int, dy: np.ndarray, input_size: Any) -> np.ndarray:
    dtype = float_dtype(operator, dy=dy)
    counts = spatial_sizes(operator, "dy", dy, rank)
    return average_adaptively_gradient(dy, per_axis(operator, "input_size", input_size, rank, 1), counts, dtype)


_WINDOWS = (
    "window t of m over n samples being floor(t n / m) .. ceil((t + 1) n / m) - 1, on each of {rank} spatial axes\n"
)

_MAX = (
    """Take the maximum of adaptive windows of a batch of {things}.

    y[i, c, t] = max of x[i, c] over window t,

"""
    + _WINDOWS
    + """(seed L, L-pool). y is NaN where the window holds a NaN; of equal maxima the first in row-major order stands.

Parameters
----------
x : ndarray of shape (N, C, {sizes})
    float32, float64 or any integer dtype, with any strides.
output_size : int or tuple of {rank} int
    m, at least 1; it may exceed n.

Returns
-------
ndarray of shape (N, C, {outs})
    The spatial axes are those of `output_size`; dtype of x, integers give int64.

Raises
------
TypeError
    x is no array of float32, float64 or an integer dtype, or a size no integer.
ValueError
    x has not {rank} spatial axes of one or more samples, or a size is less than 1.
OverflowError
    A maximum does not fit int64.

Notes
-----
The indices of the maxima are the workspace: int64 of the shape of the result.

Examples
--------
>>> import numpy as np
>>> from convoracle.impl import {name}
>>> {name}(-np.ones((1, 1, {fours})), output_size=3).shape
(1, 1, {threes})
"""
)

_MAX_GRADIENT = (
    """Gradient of adaptive max pooling with respect to its input.

    dx[i, c, j] = sum of dy[i, c, t] over the windows t whose first maximum (or first NaN) is at j,

"""
    + _WINDOWS
    + """(the layer is seed L, L-pool). x is compared in its own dtype.

Parameters
----------
dy : ndarray of shape (N, C, {outs})
x : ndarray of shape (N, C, {sizes})
    Each operand float32, float64 or any integer dtype, with any strides.

Returns
-------
ndarray of shape (N, C, {sizes})
    dtype ``np.result_type``, integers among themselves give int64.

Raises
------
TypeError
    An operand is no array of float32, float64 or an integer dtype.
ValueError
    The shapes do not fit together.
OverflowError
    An exact integer result does not fit int64.

Notes
-----
The indices of the maxima are the workspace: int64 of the shape of dy.

Examples
--------
>>> import numpy as np
>>> from convoracle.impl import {name}
>>> dx = {name}(np.ones((1, 1, {twos})), np.ones((1, 1, {fours})))
>>> dx.shape, float(dx.sum())
((1, 1, {fours}), {windows}.0)
"""
)

_AVERAGE = (
    """Average adaptive windows of a batch of {things}.

    y[i, c, t] = average of x[i, c] over window t,

"""
    + _WINDOWS
    + """(seed L, L-pool). The sum is taken in the dtype of x, directly, and divided once.

Parameters
----------
x : ndarray of shape (N, C, {sizes})
    float32 or float64, with any strides.
output_size : int or tuple of {rank} int
    m, at least 1; it may exceed n.

Returns
-------
ndarray of shape (N, C, {outs})
    The spatial axes are those of `output_size`; dtype of x.

Raises
------
TypeError
    x is no array of float32 or float64, or a size no integer.
ValueError
    x has not {rank} spatial axes of one or more samples, or a size is less than 1.

Examples
--------
>>> import numpy as np
>>> from convoracle.impl import {name}
>>> y = {name}(np.ones((1, 1, {fours})), output_size=3)
>>> y.shape, bool((y == 1).all())
((1, 1, {threes}), True)
"""
)

_AVERAGE_GRADIENT = (
    """Gradient of adaptive average pooling: the adjoint of x -> y.

    dx[i, c, j] = sum of dy[i, c, t] / (samples of window t) over the windows t that hold sample j,

"""
    + _WINDOWS
    + """(the layer is seed L, L-pool).

Parameters
----------
dy : ndarray of shape (N, C, {outs})
    float32 or float64, with any strides.
input_size : int or tuple of {rank} int
    Spatial size n of x, at least 1.

Returns
-------
ndarray of shape (N, C, {sizes})
    The spatial axes are those of `input_size`; dtype of dy.

Raises
------
TypeError
    dy is no array of float32 or float64, or a size no integer.
ValueError
    dy has not {rank} spatial axes of one or more entries, or a size is less than 1.

Notes
-----
dy divided by the samples of its window is the workspace, of the shape and dtype of dy.

Examples
--------
>>> import numpy as np
>>> from convoracle.impl import {name}
>>> dx = {name}(np.ones((1, 1, {twos})), input_size=4)
>>> dx.shape, float(dx.sum())
((1, 1, {fours}), {windows}.0)
"""
)


@by_rank(_MAX, 1)
def adaptive_max_pool1d(x: np.ndarray, *, output_size: PerAxis) -> np.ndarray:
    return _max("adaptive_max_pool1d", 1, x, output_size)


@by_rank(_MAX, 2)
def adaptive_max_pool2d(x: np.ndarray, *, output_size: PerAxis) -> np.ndarray:
    return _max("adaptive_max_pool2d", 2, x, output_size)


@by_rank(_MAX, 3)
def adaptive_max_pool3d(x: np.ndarray, *, output_size: PerAxis) -> np.ndarray:
    return _max("adaptive_max_pool3d", 3, x, output_size)


@by_rank(_MAX_GRADIENT, 1)
def adaptive_max_pool1d_gradient(dy: np.ndarray, x: np.ndarray) -> np.ndarray:
    return _max_gradient("adaptive_max_pool1d_gradient", 1, dy, x)


@by_rank(_MAX_GRADIENT, 2)
def adaptive_max_pool2d_gradient(dy: np.ndarray, x: np.ndarray) -> np.ndarray:
    return _max_gradient("adaptive_max_pool2d_gradient", 2, dy, x)


@by_rank(_MAX_GRADIENT, 3)
def adaptive_max_pool3d_gradient(dy: np.ndarray, x: np.ndarray) -> np.ndarray:
    return _max_gradient("adaptive_max_pool3d_gradient", 3, dy, x)


@by_rank(_AVERAGE, 1)
def adaptive_avg_pool1d(x: np.ndarray, *, output_size: PerAxis) -> np.ndarray:
    return _average("adaptive_avg_pool1d", 1, x, output_size)


@by_rank(_AVERAGE, 2)
def adaptive_avg_pool2d(x: np.ndarray, *, output_size: PerAxis) -> np.ndarray:
    return _average("adaptive_avg_pool2d", 2, x, output_size)


@by_rank(_AVERAGE, 3)
def adaptive_avg_pool3d(x: np.ndarray, *, output_size: PerAxis) -> np.ndarray:
    return _average("adaptive_avg_pool3d", 3, x, output_size)


@by_rank(_AVERAGE_GRADIENT, 1)
def adaptive_avg_pool1d_gradient(dy: np.ndarray, *, input_size: PerAxis) -> np.ndarray:
    return _average_gradient("adaptive_avg_pool1d_gradient", 1, dy, input_size)


@by_rank(_AVERAGE_GRADIENT, 2)
def adaptive_avg_pool2d_gradient(dy: np.ndarray, *, input_size: PerAxis) -> np.ndarray:
    return _average_gradient("adaptive_avg_pool2d_gradient", 2, dy, input_size)


@by_rank(_AVERAGE_GRADIENT, 3)
def adaptive_avg_pool3d_gradient(dy: np.ndarray, *, input_size: PerAxis) -> np.ndarray:
    return _average_gradient("adaptive_avg_pool3d_gradient", 3, dy, input_size)
