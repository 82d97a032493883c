"""Gradients of the rectifiers: for a loss with gradient dy with respect to y, its gradient with respect to x."""

from __future__ import annotations

import numpy as np

from convoracle.impl.activation import entrywise
from convoracle.impl.arguments import (
    channel_planes,
    check_equal,
    check_int64,
    common_dtype,
    float_dtype,
    real_number,
)
from convoracle.impl.compiled import Kernel, plain, share


@Kernel.taking("read1 read1 write1")
def pass_positive(dy, x, dx, first, last):
    """dx[j] = dy[j] if x[j] > 0 else 0, NaN where x[j] is NaN."""
    change, source, target, zero = dy[first:last], x[first:last], dx[first:last], dx.dtype.type(0)
    for j in range(last - first):
        if source[j] > zero:
            target[j] = change[j]
        else:
            target[j] = zero if source[j] <= zero else source[j]


def scaled_integers(operator: str, dy: np.ndarray, factor: np.ndarray) -> np.ndarray:
    """Return integers dy times factors -1, 0 or 1 as int64, exactly or refused."""
    if dy.size == 0 or max(int(dy.max()), -int(dy.min())) < 1 << 63:
        return np.asarray(dy.astype(np.int64) * factor.astype(np.int64))
    exact = np.asarray(dy.astype(object) * factor.astype(np.int64).astype(object))
    check_int64(operator, max(exact.flat), min(exact.flat))
    return exact.astype(np.int64)


def relu_gradient(dy: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Gradient of the rectifier: a selection, not a product.

        dx = dy where x > 0, 0 where x <= 0

    (seed K, row K-act; 0 at x = 0, whatever dy).

    Parameters
    ----------
    dy, x : ndarray of any shape, the same
        Each float32, float64 or any integer dtype, with any strides.

    Returns
    -------
    ndarray of the same shape
        Of dtype ``np.result_type(dy, x)``, integers among themselves give int64. NaN where x is NaN.

    Raises
    ------
    TypeError
        An operand is no array of a legal dtype.
    ValueError
        The shapes differ.
    OverflowError
        An exact integer result does not fit int64.

    Examples
    --------
    >>> import numpy as np
    >>> from convoracle.impl import relu_gradient
    >>> relu_gradient(np.array([5, 6, 7]), np.array([-2, 0, 3])).tolist()
    [0, 0, 7]
    """
    dtype = common_dtype("relu_gradient", complex_allowed=False, dy=dy, x=x)
    check_equal("relu_gradient", "dy.shape", dy.shape, "x.shape", x.shape)
    if dtype.kind == "i":
        return scaled_integers("relu_gradient", dy, x > 0)
    return entrywise(pass_positive, dtype, [dy, x])


@Kernel.taking("read1 read1 write1 number")
def pass_with_slope(dy, x, dx, negative_slope, first, last):
    """dx[j] = dy[j] if x[j] > 0 else negative_slope dy[j], NaN where x[j] is NaN."""
    change, source, target = dy[first:last], x[first:last], dx[first:last]
    zero, slope = dx.dtype.type(0), dx.dtype.type(negative_slope)
    for j in range(last - first):
        if source[j] > zero:
            target[j] = change[j]
        else:
            target[j] = slope * change[j] if source[j] <= zero else source[j]


def leaky_relu_gradient(dy: np.ndarray, x: np.ndarray, *, negative_slope: float = 0.01) -> np.ndarray:
    """Gradient of the rectifier with a slope for the negative entries.

        dx = dy where x > 0, negative_slope dy where x <= 0

    (seed K, row K-act).

    Parameters
    ----------
    dy, x : ndarray of any shape, the same
        Each float32 or float64, with any strides.
    negative_slope : float
        Finite; rounded to the dtype of the result.

    Returns
    -------
    ndarray of the same shape
        Of dtype ``np.result_type(dy, x)``; NaN where x is NaN.

    Raises
    ------
    TypeError
        An operand is no array of a legal dtype, or negative_slope no real number.
    ValueError
        The shapes differ, or negative_slope is not finite in the dtype of the result.

    Examples
    --------
    >>> import numpy as np
    >>> from convoracle.impl import leaky_relu_gradient
    >>> leaky_relu_gradient(np.array([8.0, 8.0]), np.array([-2.0, 3.0]), negative_slope=0.25).tolist()
    [2.0, 8.0]
    """
    dtype = float_dtype("leaky_relu_gradient", dy=dy, x=x)
    slope = real_number("leaky_relu_gradient", "negative_slope", negative_slope, dtype)
    check_equal("leaky_relu_gradient", "dy.shape", dy.shape, "x.shape", x.shape)
    return entrywise(pass_with_slope, dtype, [dy, x], slope)


@Kernel.taking("read3 read3 read1 write3 write1")
def pass_planes(dy, x, slope, dx, dslope, first, last):
    """dx = dy if x > 0 else slope[c] dy, dslope[c] = sum of dy x where x <= 0, NaN where x is NaN; a unit is a channel c."""
    zero = dx.dtype.type(0)
    for c in range(first, last):
        total = zero
        for i in range(x.shape[0]):
            change, source, target = dy[i, c], x[i, c], dx[i, c]
            for p in range(x.shape[2]):
                if source[p] > zero:
                    target[p] = change[p]
                else:
                    target[p] = slope[c] * change[p] if source[p] <= zero else source[p]
                    total += change[p] * source[p]
        dslope[c] = total


def prelu_gradient(dy: np.ndarray, x: np.ndarray, slope: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Gradient of the parametric rectifier with respect to its input and its slopes.

        dx[i, c, t] = dy[i, c, t] where x[i, c, t] > 0, slope[c] dy[i, c, t] where x[i, c, t] <= 0
        dslope[c] = sum_(i, t with x[i, c, t] <= 0) dy[i, c, t] x[i, c, t]

    (seed K, row K-act).

    Parameters
    ----------
    dy, x : ndarray of shape (N, C, *any)
    slope : ndarray of shape (C,)
        Each float32 or float64, with any strides.

    Returns
    -------
    dx : ndarray of the shape of x
    dslope : ndarray of shape (C,)
        Both of dtype ``np.result_type`` of the operands; a NaN of x is NaN in both.

    Raises
    ------
    TypeError
        An operand is no array of a legal dtype.
    ValueError
        x has less than 2 axes or no channel, or the shapes do not fit together.

    Examples
    --------
    >>> import numpy as np
    >>> from convoracle.impl import prelu_gradient
    >>> dx, dslope = prelu_gradient(np.array([[8.0, 8.0]]), np.array([[-2.0, 3.0]]), np.array([0.25, 0.5]))
    >>> dx.tolist(), dslope.tolist()
    ([[2.0, 8.0]], [-16.0, 0.0])
    """
    dtype = float_dtype("prelu_gradient", dy=dy, x=x, slope=slope)
    planes = channel_planes("prelu_gradient", x)
    check_equal("prelu_gradient", "dy.shape", dy.shape, "x.shape", x.shape)
    check_equal("prelu_gradient", "slope.shape", slope.shape, "(C,)", planes[1:2])
    dx, dslope = np.empty(x.shape, dtype), np.empty(planes[1], dtype)
    operands = plain(dy, dtype).reshape(planes), plain(x, dtype).reshape(planes), plain(slope, dtype)
    share(pass_planes, dtype, (*operands, dx.reshape(planes), dslope), units=planes[1], work=2 * dx.size)
    return dx, dslope
