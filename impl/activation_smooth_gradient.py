"""Gradients of the smooth activations: for a loss with gradient dy with respect to y, its gradient with respect to x."""

from __future__ import annotations

import numpy as np

from convoracle.impl.activation import ELEMENTARY, entrywise
from convoracle.impl.arguments import check_equal, float_dtype
from convoracle.impl.compiled import Kernel


def _smooth(operator: str, kernel: Kernel, dy: np.ndarray, x: np.ndarray) -> np.ndarray:
    dtype = float_dtype(operator, dy=dy, x=x)
    check_equal(operator, "dy.shape", dy.shape, "x.shape", x.shape)
    return entrywise(kernel, dtype, [dy, x], cost=ELEMENTARY)


@Kernel.taking("read1 read1 write1")
def logistic_slope(dy, x, dx, first, last):
    """dx[j] = dy[j] z / (1 + z)**2 with z = exp(-|x[j]|)."""
    change, source, target, one = dy[first:last], x[first:last], dx[first:last], dx.dtype.type(1)
    for j in range(last - first):
        z = np.exp(-abs(source[j]))
        target[j] = change[j] * z / ((one + z) * (one + z))


def sigmoid_gradient(dy: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Gradient of the logistic sigmoid s: for a loss with gradient dy, its gradient with respect to x.

        dx = dy s(x) (1 - s(x)) = dy z / (1 + z)**2 with z = exp(-|x|)

    (seed K, row K-act; the last form does not cancel).

    Parameters
    ----------
    dy, x : ndarray of any shape, the same
        Each float32 or float64, with any strides.

    Returns
    -------
    ndarray of the same shape
        Of dtype ``np.result_type(dy, x)``; NaN where x is NaN.

    Raises
    ------
    TypeError
        An operand is no array of a legal dtype.
    ValueError
        The shapes differ.

    Examples
    --------
    >>> import numpy as np
    >>> from convoracle.impl import sigmoid_gradient
    >>> sigmoid_gradient(np.array([8.0]), np.array([0.0])).tolist()
    [2.0]
    """
    return _smooth("sigmoid_gradient", logistic_slope, dy, x)


@Kernel.taking("read1 read1 write1")
def tangent_slope(dy, x, dx, first, last):
    """dx[j] = dy[j] (1 - t) (1 + t) with t = tanh(x[j]), or 4 dy[j] z / (1 + z)**2 with z = exp(-2 |x[j]|)."""
    change, source, target, one = dy[first:last], x[first:last], dx[first:last], dx.dtype.type(1)
    four = one + one + one + one
    for j in range(last - first):
        if abs(source[j]) < one:
            t = np.tanh(source[j])
            target[j] = change[j] * (one - t) * (one + t)
        else:  # 1 - t cancels
            z = np.exp(-abs(source[j] + source[j]))
            target[j] = change[j] * (four * z / ((one + z) * (one + z)))


def tanh_gradient(dy: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Gradient of the hyperbolic tangent t: for a loss with gradient dy, its gradient with respect to x.

        dx = dy (1 - t(x)) (1 + t(x)) = 4 dy z / (1 + z)**2 with z = exp(-2 |x|)

    (seed K, row K-act; computed by the last form where |x| >= 1, as there 1 - t cancels).

    Parameters
    ----------
    dy, x : ndarray of any shape, the same
        Each float32 or float64, with any strides.

    Returns
    -------
    ndarray of the same shape
        Of dtype ``np.result_type(dy, x)``; NaN where x is NaN.

    Raises
    ------
    TypeError
        An operand is no array of a legal dtype.
    ValueError
        The shapes differ.

    Examples
    --------
    >>> import numpy as np
    >>> from convoracle.impl import tanh_gradient
    >>> tanh_gradient(np.array([8.0]), np.array([0.0])).tolist()
    [8.0]
    """
    return _smooth("tanh_gradient", tangent_slope, dy, x)


@Kernel.taking("read1 read1 write1")
def smooth_rectifier_slope(dy, x, dx, first, last):
    """dx[j] = dy[j] exp(min(x[j], 0)) / (1 + exp(-|x[j]|))."""
    change, source, target = dy[first:last], x[first:last], dx[first:last]
    zero, one = dx.dtype.type(0), dx.dtype.type(1)
    for j in range(last - first):
        z = np.exp(-abs(source[j]))
        target[j] = change[j] * ((z if source[j] < zero else one) / (one + z))


def softplus_gradient(dy: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Gradient of the smooth rectifier: for a loss with gradient dy, its gradient with respect to x.

        dx = dy s(x) = dy exp(min(x, 0)) / (1 + exp(-|x|)), s the logistic sigmoid

    (row M14 names its bound, the Lipschitz constant 1).

    Parameters
    ----------
    dy, x : ndarray of any shape, the same
        Each float32 or float64, with any strides.

    Returns
    -------
    ndarray of the same shape
        Of dtype ``np.result_type(dy, x)``; NaN where x is NaN.

    Raises
    ------
    TypeError
        An operand is no array of a legal dtype.
    ValueError
        The shapes differ.

    Examples
    --------
    >>> import numpy as np
    >>> from convoracle.impl import softplus_gradient
    >>> softplus_gradient(np.array([8.0]), np.array([0.0])).tolist()
    [4.0]
    """
    return _smooth("softplus_gradient", smooth_rectifier_slope, dy, x)
