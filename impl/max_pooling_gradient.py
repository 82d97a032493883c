"""Gradient of max pooling: every entry of dy goes to the first maximum of its window."""

from __future__ import annotations

import numpy as np

from convoracle.impl.arguments import Padding, PerAxis, check_equal, common_dtype
from convoracle.impl.documentation import by_rank
from convoracle.impl.max_pooling import CEIL_MODE, DILATION, OPTIONS, RAISES
from convoracle.impl.maxima import max_gradient
from convoracle.impl.pooling import parse_pooling, spatial_sizes


def _gradient(operator, rank, dy, x, *options) -> np.ndarray:
    dtype = common_dtype(operator, complex_allowed=False, dy=dy, x=x)
    pooling = parse_pooling(operator, spatial_sizes(operator, "x", x, rank), *options)
    check_equal(operator, "dy.shape", dy.shape, "the output shape", (*x.shape[:2], *pooling.counts))
    return max_gradient(operator, dy, x, dtype, pooling.spans(), pooling.dilation, pooling.row_steps)


_DOC = (
    """Gradient of max pooling with respect to its input.

    dx[i, c, j] = sum of dy[i, c, t] over the windows t whose first maximum (or first NaN) is at j

with j and t ranging over {rank} spatial axes (the layer is seed L, L-pool); where maxima are equal, the first in
row-major order of the window takes all. x is compared in its own dtype.

Parameters
----------
dy : ndarray of shape (N, C, {outs})
x : ndarray of shape (N, C, {sizes})
    Each operand float32, float64 or any integer dtype, with any strides.
"""
    + OPTIONS
    + DILATION
    + CEIL_MODE
    + """
Returns
-------
ndarray of shape (N, C, {sizes})
    dtype ``np.result_type``, integers among themselves give int64.
"""
    + RAISES
    + """
Notes
-----
The indices of the maxima are the workspace: int64 of the shape of dy (to find them, each thread keeps 1024 samples).

Examples
--------
>>> import numpy as np
>>> from convoracle.impl import {name}
>>> dx = {name}(np.full((1, 1, {twos}), 5.0), np.ones((1, 1, {fours})), kernel_size=2)
>>> dx.shape, float(dx.reshape(-1)[0]), float(dx.sum()) / 5
((1, 1, {fours}), 5.0, {windows}.0)
"""
)


@by_rank(_DOC, 1)
def max_pool1d_gradient(
    dy: np.ndarray,
    x: np.ndarray,
    *,
    kernel_size: PerAxis,
    stride: PerAxis | None = None,
    padding: Padding = 0,
    dilation: PerAxis = 1,
    ceil_mode: bool = False,
) -> np.ndarray:
    return _gradient("max_pool1d_gradient", 1, dy, x, kernel_size, stride, padding, dilation, ceil_mode)


@by_rank(_DOC, 2)
def max_pool2d_gradient(
    dy: np.ndarray,
    x: np.ndarray,
    *,
    kernel_size: PerAxis,
    stride: PerAxis | None = None,
    padding: Padding = 0,
    dilation: PerAxis = 1,
    ceil_mode: bool = False,
) -> np.ndarray:
    return _gradient("max_pool2d_gradient", 2, dy, x, kernel_size, stride, padding, dilation, ceil_mode)


@by_rank(_DOC, 3)
def max_pool3d_gradient(
    dy: np.ndarray,
    x: np.ndarray,
    *,
    kernel_size: PerAxis,
    stride: PerAxis | None = None,
    padding: Padding = 0,
    dilation: PerAxis = 1,
    ceil_mode: bool = False,
) -> np.ndarray:
    return _gradient("max_pool3d_gradient", 3, dy, x, kernel_size, stride, padding, dilation, ceil_mode)
