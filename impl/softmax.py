"""Softmax and its logarithm, with the largest entry subtracted before any exponential, and their gradients."""

from __future__ import annotations

import math

import numpy as np

from convoracle.impl.activation import ELEMENTARY
from convoracle.impl.arguments import check_at_least, check_equal, float_dtype
from convoracle.impl.compiled import Ints, Kernel, plain, share


def rows_along(operator: str, x: np.ndarray, axis: int) -> Ints:
    """The sizes (before, length, after) of x around `axis`; raise unless x has that axis and it is not empty."""
    if x.ndim < 1:
        raise ValueError(f"{operator}: x must have at least 1 axis, got x.shape={x.shape}")
    if isinstance(axis, bool) or not isinstance(axis, (int, np.integer)):
        raise TypeError(f"{operator}: axis must be an integer, got axis={axis!r}")
    if not -x.ndim <= axis < x.ndim:
        raise ValueError(f"{operator}: axis must be from -x.ndim to x.ndim - 1, got axis={int(axis)}, x.ndim={x.ndim}")
    place = int(axis) % x.ndim
    check_at_least(operator, 1, **{f"x.shape[{int(axis)}]": x.shape[place]})
    return math.prod(x.shape[:place]), x.shape[place], math.prod(x.shape[place + 1 :])


def rowwise(operator: str, kernel: Kernel, axis: int, **operands: np.ndarray) -> np.ndarray:
    """Return what `kernel` makes of the rows along `axis` of x, or of dy and x."""
    dtype = float_dtype(operator, **operands)
    x = operands["x"]
    if "dy" in operands:
        check_equal(operator, "dy.shape", operands["dy"].shape, "x.shape", x.shape)
    sizes = rows_along(operator, x, axis)
    y = np.empty(x.shape, dtype)
    blocks = [plain(array, dtype).reshape(sizes) for array in (*operands.values(), y)]
    share(kernel, dtype, tuple(blocks), units=sizes[0] * sizes[2], work=ELEMENTARY * y.size)
    return y


@Kernel.taking("read3 write3")
def normalise_exponentials(x, y, first, last):
    """y[i, c, p] = exp(x[i, c, p] - M) / sum_c' exp(x[i, c', p] - M), M the largest; a unit is a row (i, p)."""
    for unit in range(first, last):
        i, p = unit // x.shape[2], unit % x.shape[2]
        largest = x[i, 0, p]
        for c in range(x.shape[1]):
            largest = x[i, c, p] if x[i, c, p] > largest else largest
        total = y.dtype.type(0)
        for c in range(x.shape[1]):
            y[i, c, p] = np.exp(x[i, c, p] - largest)
            total += y[i, c, p]
        for c in range(x.shape[1]):
            y[i, c, p] /= total


def softmax(x: np.ndarray, *, axis: int = -1) -> np.ndarray:
    """Softmax along an axis.

        y_c = exp(x_c - M) / sum_c' exp(x_c' - M), M = max_c x_c

    which is exp(x_c) / sum_c' exp(x_c') (seed K, row K-out).

    Parameters
    ----------
    x : ndarray of any shape with at least one axis
        float32 or float64, with any strides.
    axis : int
        The axis of c, not empty; negative ones count from the last.

    Returns
    -------
    ndarray of the same shape and dtype
        All of a row along the axis is NaN where it holds a NaN or inf, or nothing but -inf.

    Raises
    ------
    TypeError
        x is no array of a legal dtype, or axis no integer.
    ValueError
        x has no such axis, or it is empty.

    Examples
    --------
    >>> import numpy as np
    >>> from convoracle.impl import softmax
    >>> softmax(np.array([1e4, 1e4, -1e4, 1e4, 1e4])).tolist()
    [0.25, 0.25, 0.0, 0.25, 0.25]
    """
    return rowwise("softmax", normalise_exponentials, axis, x=x)


@Kernel.taking("read3 write3")
def subtract_log_sum(x, y, first, last):
    """y[i, c, p] = x[i, c, p] - M - log sum_c' exp(x[i, c', p] - M), M the largest; a unit is a row (i, p)."""
    for unit in range(first, last):
        i, p = unit // x.shape[2], unit % x.shape[2]
        place = 0
        for c in range(x.shape[1]):
            place = c if x[i, c, p] > x[i, place, p] else place
        largest = x[i, place, p]
        others = largest - largest  # 0, or NaN where nothing finite is the largest
        for c in range(x.shape[1]):
            if c != place:
                others += np.exp(x[i, c, p] - largest)
        log_sum = np.log1p(others)  # the largest has the term 1: kept apart, small others are not lost in it
        for c in range(x.shape[1]):
            y[i, c, p] = (x[i, c, p] - largest) - log_sum


def log_softmax(x: np.ndarray, *, axis: int = -1) -> np.ndarray:
    """Logarithm of the softmax along an axis.

        y_c = (x_c - M) - log(sum_c' exp(x_c' - M)), M = max_c x_c

    (seed K, row K-out). The term 1 of the largest entry is kept apart by log1p, so that y is accurate also near 0.

    Parameters
    ----------
    x : ndarray of any shape with at least one axis
        float32 or float64, with any strides.
    axis : int
        The axis of c, not empty; negative ones count from the last.

    Returns
    -------
    ndarray of the same shape and dtype
        All of a row along the axis is NaN where it holds a NaN or inf, or nothing but -inf.

    Raises
    ------
    TypeError
        x is no array of a legal dtype, or axis no integer.
    ValueError
        x has no such axis, or it is empty.

    Examples
    --------
    >>> import numpy as np
    >>> from convoracle.impl import log_softmax
    >>> log_softmax(np.array([1e4, -1e4])).tolist()
    [0.0, -20000.0]
    """
    return rowwise("log_softmax", subtract_log_sum, axis, x=x)


@Kernel.taking("read3 read3 write3")
def weigh_by_softmax(dy, x, dx, first, last):
    """dx[i, c, p] = y_c (dy[i, c, p] - sum_c' y_c' dy[i, c', p]), y the softmax of x[i, :, p]; a unit is a row (i, p)."""
    for unit in range(first, last):
        i, p = unit // x.shape[2], unit % x.shape[2]
        largest = x[i, 0, p]
        for c in range(x.shape[1]):
            largest = x[i, c, p] if x[i, c, p] > largest else largest
        total = dx.dtype.type(0)
        for c in range(x.shape[1]):
            dx[i, c, p] = np.exp(x[i, c, p] - largest)
            total += dx[i, c, p]
        mean = dx.dtype.type(0)
        for c in range(x.shape[1]):
            dx[i, c, p] /= total
            mean += dx[i, c, p] * dy[i, c, p]
        for c in range(x.shape[1]):
            dx[i, c, p] *= dy[i, c, p] - mean


def softmax_gradient(dy: np.ndarray, x: np.ndarray, *, axis: int = -1) -> np.ndarray:
    """Gradient of the softmax y: for a loss with gradient dy, its gradient with respect to x.

        dx_c = y_c (dy_c - sum_c' y_c' dy_c')

    (seed K, row K-out).

    Parameters
    ----------
    dy, x : ndarray of any shape with at least one axis, the same
        Each float32 or float64, with any strides.
    axis : int
        As in the softmax.

    Returns
    -------
    ndarray of the same shape
        Of dtype ``np.result_type(dy, x)``.

    Raises
    ------
    TypeError
        An operand is no array of a legal dtype, or axis no integer.
    ValueError
        The shapes differ, x has no such axis, or it is empty.

    Examples
    --------
    >>> import numpy as np
    >>> from convoracle.impl import softmax_gradient
    >>> softmax_gradient(np.array([8.0, 0.0]), np.array([1.0, 1.0])).tolist()
    [2.0, -2.0]
    """
    return rowwise("softmax_gradient", weigh_by_softmax, axis, dy=dy, x=x)


@Kernel.taking("read3 read3 write3")
def subtract_share_of_sum(dy, x, dx, first, last):
    """dx[i, c, p] = dy[i, c, p] - y_c sum_c' dy[i, c', p], y the softmax of x[i, :, p]; a unit is a row (i, p)."""
    for unit in range(first, last):
        i, p = unit // x.shape[2], unit % x.shape[2]
        largest = x[i, 0, p]
        for c in range(x.shape[1]):
            largest = x[i, c, p] if x[i, c, p] > largest else largest
        total = dx.dtype.type(0)
        sum_of_dy = dx.dtype.type(0)
        for c in range(x.shape[1]):
            dx[i, c, p] = np.exp(x[i, c, p] - largest)
            total += dx[i, c, p]
            sum_of_dy += dy[i, c, p]
        for c in range(x.shape[1]):
            dx[i, c, p] = dy[i, c, p] - dx[i, c, p] / total * sum_of_dy


def log_softmax_gradient(dy: np.ndarray, x: np.ndarray, *, axis: int = -1) -> np.ndarray:
    """Gradient of the logarithm of the softmax y: for a loss with gradient dy, its gradient with respect to x.

        dx_c = dy_c - y_c sum_c' dy_c'

    (seed K, row K-out).

    Parameters
    ----------
    dy, x : ndarray of any shape with at least one axis, the same
        Each float32 or float64, with any strides.
    axis : int
        As in the softmax.

    Returns
    -------
    ndarray of the same shape
        Of dtype ``np.result_type(dy, x)``.

    Raises
    ------
    TypeError
        An operand is no array of a legal dtype, or axis no integer.
    ValueError
        The shapes differ, x has no such axis, or it is empty.

    Examples
    --------
    >>> import numpy as np
    >>> from convoracle.impl import log_softmax_gradient
    >>> log_softmax_gradient(np.array([8.0, 0.0]), np.array([1.0, 1.0])).tolist()
    [4.0, -4.0]
    """
    return rowwise("log_softmax_gradient", subtract_share_of_sum, axis, dy=dy, x=x)
