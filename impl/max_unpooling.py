"""Max unpooling: pooled values put back where they were taken from, and the gradient, which reads them there."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from convoracle.impl.arguments import SPATIAL, PerAxis, check_axes, check_equal, check_int64, common_dtype, per_axis
from convoracle.impl.compiled import Ints, Kernel, plain, share
from convoracle.impl.documentation import by_rank
from convoracle.impl.maxima import gather
from convoracle.impl.pooling import INT64, comparable, flat_planes, lowest, restored


@Kernel.taking("read2 read_index2 read1 write2")
def place_largest(x, places, lowest, y, first, last):
    """y[i, places[i, t]] = x[i, t]; where a place repeats, the largest stands, or the first NaN."""
    for i in range(first, last):
        for t in range(x.shape[1]):
            y[i, places[i, t]] = lowest[0]
        for t in range(x.shape[1]):
            best, sample = y[i, places[i, t]], x[i, t]
            if (best == best) & (not sample <= best):
                y[i, places[i, t]] = sample


def checked_indices(operator: str, indices: Any, sizes: Ints) -> np.ndarray:
    """Return indices into planes of `sizes` as C-ordered int64; raise where one is out of range."""
    if not isinstance(indices, np.ndarray) or isinstance(indices, np.ma.MaskedArray):
        raise TypeError(f"{operator}: indices must be a numpy array, got {type(indices).__name__}")
    if indices.dtype.kind not in "iu":
        raise TypeError(f"{operator}: indices must have an integer dtype, got {indices.dtype}")
    last = math.prod(sizes) - 1
    for value in (int(indices.min()), int(indices.max())) if indices.size else ():
        if not 0 <= value <= last:
            raise ValueError(f"{operator}: indices must be positions in a plane, 0 to {last}, got {value}")
    return plain(indices, INT64)


def _unpool(operator: str, rank: int, x: np.ndarray, indices: np.ndarray, output_size: PerAxis) -> np.ndarray:
    dtype = common_dtype(operator, complex_allowed=False, x=x)
    check_axes(operator, "x", x, ("N", "C", *SPATIAL[rank]))
    sizes = per_axis(operator, "output_size", output_size, rank, 1)
    places = checked_indices(operator, indices, sizes)
    check_equal(operator, "indices.shape", indices.shape, "x.shape", x.shape)
    if dtype == INT64:
        check_int64(operator, int(x.max(initial=0)))  # the largest entry stands somewhere
    y = np.zeros((*x.shape[:2], *sizes), dtype)
    arguments = (flat_planes(plain(x, dtype)), flat_planes(places), lowest(dtype), flat_planes(y))
    share(place_largest, dtype, arguments, units=len(arguments[0]), work=2 * x.size)
    return y


def _unpool_gradient(operator: str, rank: int, dy: np.ndarray, indices: np.ndarray) -> np.ndarray:
    dtype = common_dtype(operator, complex_allowed=False, dy=dy)
    check_axes(operator, "dy", dy, ("N", "C", *SPATIAL[rank]))
    places = checked_indices(operator, indices, dy.shape[2:])
    check_axes(operator, "indices", indices, ("N", "C", *SPATIAL[rank]))
    check_equal(operator, "indices.shape[:2]", indices.shape[:2], "dy.shape[:2]", dy.shape[:2])
    return restored(operator, dy, gather(comparable(dy, dtype), places))


_INDICES = """indices : ndarray of shape (N, C, {outs}), any integer dtype
    Row-major positions in a plane of the unpooled array, as ``max_pool{rank}d_with_indices`` gives them.
"""

_DOC = (
    """Put pooled values back where they were taken from.

    y[i, c, indices[i, c, t]] = x[i, c, t]   and 0 elsewhere

with t ranging over {rank} spatial axes, y flat in row-major order (of L-pool, seed L, the inverse on its maxima). Where
an index repeats, the largest value stands; a NaN stands before all.

Parameters
----------
x : ndarray of shape (N, C, {outs})
    float32, float64 or any integer dtype, with any strides.
"""
    + _INDICES
    + """output_size : int or tuple of {rank} int
    Spatial size of the result, at least 1.

Returns
-------
ndarray of shape (N, C, {sizes})
    The spatial axes are those of `output_size`; dtype of x, integers give int64.

Raises
------
TypeError
    x is no array of float32, float64 or an integer dtype, or an index or a size no integer.
ValueError
    The shapes differ, or an index lies outside the plane.
OverflowError
    An entry of x does not fit int64.

Examples
--------
>>> import numpy as np
>>> from convoracle.impl import {name}
>>> x, indices = np.full((1, 1, {ones}), 7.0), np.full((1, 1, {ones}), 1)
>>> y = {name}(x, indices, output_size=2)
>>> y.shape, y.reshape(-1)[:2].tolist()
((1, 1, {twos}), [0.0, 7.0])
"""
)

_GRADIENT = (
    """Gradient of max unpooling with respect to its input, where no index repeats: dy read at the indices.

    dx[i, c, t] = dy[i, c, indices[i, c, t]]

with t ranging over {rank} spatial axes, dy flat in row-major order (of L-pool, seed L).

Parameters
----------
dy : ndarray of shape (N, C, {sizes})
    float32, float64 or any integer dtype, with any strides.
"""
    + _INDICES
    + """
Returns
-------
ndarray of shape (N, C, {outs})
    dtype of dy, integers give int64.

Raises
------
TypeError
    dy is no array of float32, float64 or an integer dtype, or the indices are no integers.
ValueError
    The shapes do not fit together, or an index lies outside the plane.
OverflowError
    An entry that is read does not fit int64.

Examples
--------
>>> import numpy as np
>>> from convoracle.impl import {name}
>>> dy = np.arange(3.0, {windows} + 3).reshape(1, 1, {twos})
>>> {name}(dy, np.ones((1, 1, {ones}), int)).reshape(-1).tolist()
[4.0]
"""
)


@by_rank(_DOC, 1)
def max_unpool1d(x: np.ndarray, indices: np.ndarray, *, output_size: PerAxis) -> np.ndarray:
    return _unpool("max_unpool1d", 1, x, indices, output_size)


@by_rank(_DOC, 2)
def max_unpool2d(x: np.ndarray, indices: np.ndarray, *, output_size: PerAxis) -> np.ndarray:
    return _unpool("max_unpool2d", 2, x, indices, output_size)


@by_rank(_DOC, 3)
def max_unpool3d(x: np.ndarray, indices: np.ndarray, *, output_size: PerAxis) -> np.ndarray:
    return _unpool("max_unpool3d", 3, x, indices, output_size)


@by_rank(_GRADIENT, 1)
def max_unpool1d_gradient(dy: np.ndarray, indices: np.ndarray) -> np.ndarray:
    return _unpool_gradient("max_unpool1d_gradient", 1, dy, indices)


@by_rank(_GRADIENT, 2)
def max_unpool2d_gradient(dy: np.ndarray, indices: np.ndarray) -> np.ndarray:
    return _unpool_gradient("max_unpool2d_gradient", 2, dy, indices)


@by_rank(_GRADIENT, 3)
def max_unpool3d_gradient(dy: np.ndarray, indices: np.ndarray) -> np.ndarray:
    return _unpool_gradient("max_unpool3d_gradient", 3, dy, indices)
