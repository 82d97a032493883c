"""Batch normalisation with given statistics (inference) and with those of the batch (training)."""

from __future__ import annotations

import numpy as np

from convoracle.impl.arguments import channel_planes, check_at_least, check_equal, float_dtype, real_number
from convoracle.impl.compiled import Ints, Kernel, plain, share


def per_channel(operator: str, x: np.ndarray, **arrays: np.ndarray | None) -> Ints:
    """Return the sizes (N, C, P) of x; raise unless each of the other arrays that are given has one entry per channel."""
    planes = channel_planes(operator, x)
    for name, array in arrays.items():
        if array is not None:
            check_equal(operator, f"{name}.shape", array.shape, "(C,)", planes[1:2])
    return planes


def or_constant(array: np.ndarray | None, value: float, channels: int, dtype: np.dtype) -> np.ndarray:
    """The entries of a channel, or `value` in all of them where they are not given."""
    return np.full(channels, value, dtype) if array is None else plain(array, dtype)


@Kernel.taking("read3 read1 read1 read1 read1 write3 number")
def normalise_planes(x, mean, var, weight, bias, y, epsilon, first, last):
    """y[i, c, p] = (x[i, c, p] - mean[c]) / sqrt(var[c] + eps) weight[c] + bias[c]; a unit is a plane (i, c)."""
    eps = y.dtype.type(epsilon)
    for unit in range(first, last):
        i, c = unit // x.shape[1], unit % x.shape[1]
        source, target = x[i, c], y[i, c]
        centre, deviation, factor, shift = mean[c], np.sqrt(var[c] + eps), weight[c], bias[c]
        for p in range(x.shape[2]):
            target[p] = (source[p] - centre) / deviation * factor + shift


def _normalise(x, planes, dtype, mean, var, weight, bias, eps) -> np.ndarray:
    y = np.empty(x.shape, dtype)
    ones, zeros = or_constant(weight, 1, planes[1], dtype), or_constant(bias, 0, planes[1], dtype)
    operands = plain(x, dtype).reshape(planes), plain(mean, dtype), plain(var, dtype), ones, zeros
    share(normalise_planes, dtype, (*operands, y.reshape(planes), eps), units=planes[0] * planes[1], work=4 * y.size)
    return y


def batch_norm(
    x: np.ndarray,
    mean: np.ndarray,
    var: np.ndarray,
    weight: np.ndarray | None = None,
    bias: np.ndarray | None = None,
    *,
    eps: float = 1e-5,
) -> np.ndarray:
    """Normalise each channel by given statistics (inference).

        y[i, c, t] = (x[i, c, t] - mean[c]) / sqrt(var[c] + eps) * weight[c] + bias[c]

    in this order, "unfolded" (seed M, row M-norm).

    Parameters
    ----------
    x : ndarray of shape (N, C, *any)
    mean, var : ndarray of shape (C,)
    weight, bias : ndarray of shape (C,), optional
        Each operand float32 or float64, with any strides; C at least 1. Without weight it is 1, without bias 0.
    eps : float
        Finite and at least 0; rounded to the dtype of the result.

    Returns
    -------
    ndarray of the shape of x
        Of dtype ``np.result_type`` of the operands; NaN where var + eps < 0.

    Raises
    ------
    TypeError
        An operand is no array of a legal dtype, or eps no real number.
    ValueError
        The shapes do not fit together, or eps is negative or not finite in the dtype of the result.

    Examples
    --------
    >>> import numpy as np
    >>> from convoracle.impl import batch_norm
    >>> batch_norm(np.array([[7.0, 1.0]]), np.array([3.0, 1.0]), np.array([4.0, 1.0]), eps=0).tolist()
    [[2.0, 0.0]]
    """
    dtype = float_dtype("batch_norm", x=x, mean=mean, var=var, weight=weight, bias=bias)
    planes = per_channel("batch_norm", x, mean=mean, var=var, weight=weight, bias=bias)
    return _normalise(x, planes, dtype, mean, var, weight, bias, real_number("batch_norm", "eps", eps, dtype, 0))


@Kernel.taking("read3 write1 write1")
def channel_statistics(x, mean, var, first, last):
    """mean[c] and mean squared deviation from it, var[c], of x[:, c, :]; a unit is a channel c."""
    count = x.dtype.type(x.shape[0] * x.shape[2])
    unit = x.dtype.type(2.0**-24 if x.itemsize == 4 else 2.0**-53)
    for c in range(first, last):
        total = x.dtype.type(0)
        for i in range(x.shape[0]):
            source = x[i, c]
            for p in range(x.shape[2]):
                total += source[p]
        centre = total / count
        rest = x.dtype.type(0)  # what rounding left over: without it, a constant channel would get a variance
        spread = x.dtype.type(0)
        for i in range(x.shape[0]):
            source = x[i, c]
            for p in range(x.shape[2]):
                rest += source[p] - centre
                spread += abs(source[p] - centre)
        if abs(rest) > count * unit * spread:  # more than the rounding of these differences may have made
            centre += rest / count
        squares = x.dtype.type(0)
        for i in range(x.shape[0]):
            source = x[i, c]
            for p in range(x.shape[2]):
                squares += (source[p] - centre) * (source[p] - centre)
        mean[c], var[c] = centre, squares / count


def statistics(operator: str, x: np.ndarray, planes: Ints, dtype: np.dtype) -> tuple[np.ndarray, np.ndarray]:
    check_at_least(operator, 1, **{"N * spatial": planes[0] * planes[2]})
    mean, var = np.empty(planes[1], dtype), np.empty(planes[1], dtype)
    operands = plain(x, dtype).reshape(planes), mean, var
    share(channel_statistics, dtype, operands, units=planes[1], work=4 * x.size)
    return mean, var


def batch_norm_training(
    x: np.ndarray, weight: np.ndarray | None = None, bias: np.ndarray | None = None, *, eps: float = 1e-5
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Normalise each channel by its own statistics (training).

        mean[c] = sum_(i, t) x[i, c, t] / n
        var[c] = sum_(i, t) (x[i, c, t] - mean[c])**2 / n
        y[i, c, t] = (x[i, c, t] - mean[c]) / sqrt(var[c] + eps) * weight[c] + bias[c]

    with n the number of (i, t) (seed M, row M-norm). First the mean, corrected once by the mean of what is left after subtracting
    it where that is more than rounding, then the biased (population) variance: never negative, and 0 of a constant channel.

    Parameters
    ----------
    x : ndarray of shape (N, C, *any)
    weight, bias : ndarray of shape (C,), optional
        Each operand float32 or float64, with any strides; C and n at least 1. Without weight it is 1, without bias 0.
    eps : float
        Finite and at least 0; rounded to the dtype of the result.

    Returns
    -------
    y : ndarray of the shape of x
    mean, var : ndarray of shape (C,)
        All of dtype ``np.result_type`` of the operands.

    Raises
    ------
    TypeError
        An operand is no array of a legal dtype, or eps no real number.
    ValueError
        The shapes do not fit together, there are no samples, or eps is negative or not finite in the dtype of the result.

    Examples
    --------
    >>> import numpy as np
    >>> from convoracle.impl import batch_norm_training
    >>> y, mean, var = batch_norm_training(np.array([[1.0], [5.0]]), eps=0)
    >>> y.tolist(), mean.tolist(), var.tolist()
    ([[-1.0], [1.0]], [3.0], [4.0])
    """
    dtype = float_dtype("batch_norm_training", x=x, weight=weight, bias=bias)
    planes = per_channel("batch_norm_training", x, weight=weight, bias=bias)
    rounded = real_number("batch_norm_training", "eps", eps, dtype, 0)
    mean, var = statistics("batch_norm_training", x, planes, dtype)
    return _normalise(x, planes, dtype, mean, var, weight, bias, rounded), mean, var
