"""Activations: functions of every entry, and the rectifier with one slope per channel."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from convoracle.impl.arguments import (
    channel_planes,
    check_equal,
    check_int64,
    common_dtype,
    float_dtype,
    real_number,
)
from convoracle.impl.compiled import Kernel, plain, share

ELEMENTARY = 8  # multiply-adds that take as long as one elementary function


def entrywise(
    kernel: Kernel, dtype: np.dtype, arrays: Sequence[np.ndarray], *numbers: float, cost: int = 1
) -> np.ndarray:
    """Return what `kernel` makes of the entries of `arrays`, which have one shape, as a new array of `dtype`."""
    out = np.empty(arrays[0].shape, dtype)
    lines = [plain(array, dtype).reshape(-1) for array in (*arrays, out)]
    share(kernel, dtype, (*lines, *numbers), units=out.size, work=cost * out.size)
    return out


@Kernel.taking("read1 write1")
def rectify(x, y, first, last):
    """y[j] = max(x[j], 0), NaN where x[j] is NaN."""
    source, target, zero = x[first:last], y[first:last], y.dtype.type(0)
    for j in range(last - first):
        target[j] = zero if source[j] <= zero else source[j]


def relu(x: np.ndarray) -> np.ndarray:
    """Rectify every entry.

        y = max(x, 0)

    (seed K, eq. 4, row K-act).

    Parameters
    ----------
    x : ndarray of any shape
        float32, float64 or any integer dtype, with any strides.

    Returns
    -------
    ndarray of the same shape
        Of the dtype of x, integers give int64. NaN stays NaN, -0.0 becomes 0.0.

    Raises
    ------
    TypeError
        x is no array of a legal dtype.
    OverflowError
        An entry of uint64 does not fit int64.

    Examples
    --------
    >>> import numpy as np
    >>> from convoracle.impl import relu
    >>> relu(np.array([-2, 0, 3])).tolist()
    [0, 0, 3]
    """
    dtype = common_dtype("relu", complex_allowed=False, x=x)
    if dtype.kind == "i":
        check_int64("relu", int(x.max(initial=0)))
    return entrywise(rectify, dtype, [x])


@Kernel.taking("read1 write1 number")
def rectify_with_slope(x, y, negative_slope, first, last):
    """y[j] = x[j] if x[j] > 0 else negative_slope x[j]."""
    source, target, zero, slope = x[first:last], y[first:last], y.dtype.type(0), y.dtype.type(negative_slope)
    for j in range(last - first):
        target[j] = source[j] if source[j] > zero else slope * source[j]


def leaky_relu(x: np.ndarray, *, negative_slope: float = 0.01) -> np.ndarray:
    """Rectify every entry, with a slope for the negative ones.

        y = x where x > 0, negative_slope x elsewhere

    (seed K, row K-act).

    Parameters
    ----------
    x : ndarray of any shape
        float32 or float64, with any strides.
    negative_slope : float
        Finite; rounded to the dtype of x.

    Returns
    -------
    ndarray of the same shape and dtype
        NaN stays NaN.

    Raises
    ------
    TypeError
        x is no array of a legal dtype, or negative_slope no real number.
    ValueError
        negative_slope is not finite in the dtype of x.

    Examples
    --------
    >>> import numpy as np
    >>> from convoracle.impl import leaky_relu
    >>> leaky_relu(np.array([-2.0, 3.0]), negative_slope=0.25).tolist()
    [-0.5, 3.0]
    """
    dtype = float_dtype("leaky_relu", x=x)
    slope = real_number("leaky_relu", "negative_slope", negative_slope, dtype)
    return entrywise(rectify_with_slope, dtype, [x], slope)


@Kernel.taking("read3 read1 write3")
def rectify_planes(x, slope, y, first, last):
    """y[i, c, p] = x[i, c, p] if x[i, c, p] > 0 else slope[c] x[i, c, p]; a unit is a plane (i, c)."""
    zero = y.dtype.type(0)
    for unit in range(first, last):
        i, c = unit // x.shape[1], unit % x.shape[1]
        source, target, factor = x[i, c], y[i, c], slope[c]
        for p in range(x.shape[2]):
            target[p] = source[p] if source[p] > zero else factor * source[p]


def prelu(x: np.ndarray, slope: np.ndarray) -> np.ndarray:
    """Rectify every entry, with a slope per channel for the negative ones (parametric ReLU).

        y[i, c, t] = x[i, c, t] where x[i, c, t] > 0, slope[c] x[i, c, t] elsewhere

    (seed K, row K-act).

    Parameters
    ----------
    x : ndarray of shape (N, C, *any)
    slope : ndarray of shape (C,)
        Each float32 or float64, with any strides.

    Returns
    -------
    ndarray of the shape of x
        Of dtype ``np.result_type(x, slope)``; NaN stays NaN.

    Raises
    ------
    TypeError
        An operand is no array of a legal dtype.
    ValueError
        x has less than 2 axes or no channel, or slope has not one entry per channel.

    Examples
    --------
    >>> import numpy as np
    >>> from convoracle.impl import prelu
    >>> prelu(np.array([[-2.0, -2.0, 3.0]]), np.array([0.5, 0.25, 0.0])).tolist()
    [[-1.0, -0.5, 3.0]]
    """
    dtype = float_dtype("prelu", x=x, slope=slope)
    planes = channel_planes("prelu", x)
    check_equal("prelu", "slope.shape", slope.shape, "(C,)", planes[1:2])
    y = np.empty(x.shape, dtype)
    arrays = plain(x, dtype).reshape(planes), plain(slope, dtype), y.reshape(planes)
    share(rectify_planes, dtype, arrays, units=planes[0] * planes[1], work=y.size)
    return y


@Kernel.taking("read1 write1")
def logistic(x, y, first, last):
    """y[j] = exp(min(x[j], 0)) / (1 + exp(-|x[j]|)): neither overflows nor cancels."""
    source, target, zero, one = x[first:last], y[first:last], y.dtype.type(0), y.dtype.type(1)
    for j in range(last - first):
        z = np.exp(-abs(source[j]))
        target[j] = (z if source[j] < zero else one) / (one + z)


def sigmoid(x: np.ndarray) -> np.ndarray:
    """Logistic sigmoid of every entry.

        y = exp(min(x, 0)) / (1 + exp(-|x|)), which is 1 / (1 + exp(-x))

    (seed K, row K-act).

    Parameters
    ----------
    x : ndarray of any shape
        float32 or float64, with any strides.

    Returns
    -------
    ndarray of the same shape and dtype
        In [0, 1]; NaN stays NaN.

    Raises
    ------
    TypeError
        x is no array of a legal dtype.

    Examples
    --------
    >>> import numpy as np
    >>> from convoracle.impl import sigmoid
    >>> sigmoid(np.array([-np.inf, 0.0, np.inf])).tolist()
    [0.0, 0.5, 1.0]
    """
    return entrywise(logistic, float_dtype("sigmoid", x=x), [x], cost=ELEMENTARY)


@Kernel.taking("read1 write1")
def hyperbolic_tangent(x, y, first, last):
    """y[j] = tanh(x[j])."""
    source, target = x[first:last], y[first:last]
    for j in range(last - first):
        target[j] = np.tanh(source[j])


def tanh(x: np.ndarray) -> np.ndarray:
    """Hyperbolic tangent of every entry.

        y = (exp(x) - exp(-x)) / (exp(x) + exp(-x))

    (seed K, row K-act), computed by the tanh of the C library.

    Parameters
    ----------
    x : ndarray of any shape
        float32 or float64, with any strides.

    Returns
    -------
    ndarray of the same shape and dtype
        In [-1, 1]; NaN stays NaN.

    Raises
    ------
    TypeError
        x is no array of a legal dtype.

    Examples
    --------
    >>> import numpy as np
    >>> from convoracle.impl import tanh
    >>> tanh(np.array([-np.inf, 0.0, 1e4])).tolist()
    [-1.0, 0.0, 1.0]
    """
    return entrywise(hyperbolic_tangent, float_dtype("tanh", x=x), [x], cost=ELEMENTARY)


@Kernel.taking("read1 write1")
def smooth_rectify(x, y, first, last):
    """y[j] = max(x[j], 0) + log1p(exp(-|x[j]|)), which does not overflow."""
    source, target, zero = x[first:last], y[first:last], y.dtype.type(0)
    for j in range(last - first):
        target[j] = (source[j] if source[j] > zero else zero) + np.log1p(np.exp(-abs(source[j])))


def softplus(x: np.ndarray) -> np.ndarray:
    """Smooth rectifier of every entry.

        y = max(x, 0) + log(1 + exp(-|x|)), which is log(1 + exp(x))

    (row M14 names its Lipschitz constant 1).

    Parameters
    ----------
    x : ndarray of any shape
        float32 or float64, with any strides.

    Returns
    -------
    ndarray of the same shape and dtype
        NaN stays NaN.

    Raises
    ------
    TypeError
        x is no array of a legal dtype.

    Examples
    --------
    >>> import numpy as np
    >>> from convoracle.impl import softplus
    >>> softplus(np.array([-np.inf, 1e4])).tolist()
    [0.0, 10000.0]
    """
    return entrywise(smooth_rectify, float_dtype("softplus", x=x), [x], cost=2 * ELEMENTARY)
