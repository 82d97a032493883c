"""Gradients of batch normalisation, with given statistics and through those of the batch."""

from __future__ import annotations

import numpy as np

from convoracle.impl.arguments import check_equal, float_dtype, real_number
from convoracle.impl.batch_norm import or_constant, per_channel, statistics
from convoracle.impl.compiled import Kernel, plain, share


@Kernel.taking("read3 read3 read1 read1 write1 write1 number")
def sum_channels(dy, x, mean, var, dweight, dbias, epsilon, first, last):
    """dweight[c] = sum of dy (x - mean[c]) / sqrt(var[c] + eps), dbias[c] = sum of dy, over channel c, a unit."""
    eps = x.dtype.type(epsilon)
    for c in range(first, last):
        centre, deviation = mean[c], np.sqrt(var[c] + eps)
        products, changes = x.dtype.type(0), x.dtype.type(0)
        for i in range(x.shape[0]):
            change, source = dy[i, c], x[i, c]
            for p in range(x.shape[2]):
                products += change[p] * ((source[p] - centre) / deviation)
                changes += change[p]
        dweight[c], dbias[c] = products, changes


@Kernel.taking("read3 read1 read1 write3 number")
def scale_planes(dy, var, weight, dx, epsilon, first, last):
    """dx[i, c, p] = dy[i, c, p] weight[c] / sqrt(var[c] + eps); a unit is a plane (i, c)."""
    eps = dx.dtype.type(epsilon)
    for unit in range(first, last):
        i, c = unit // dx.shape[1], unit % dx.shape[1]
        change, target, factor, deviation = dy[i, c], dx[i, c], weight[c], np.sqrt(var[c] + eps)
        for p in range(dx.shape[2]):
            target[p] = change[p] * factor / deviation


@Kernel.taking("read3 read3 read1 read1 read1 read1 read1 write3 number")
def scale_centred_planes(dy, x, mean, var, weight, dweight, dbias, dx, epsilon, first, last):
    """dx = (dy - dbias[c] / n - z dweight[c] / n) weight[c] / sqrt(var[c] + eps), z the normalised x; a unit is a plane."""
    eps, count = dx.dtype.type(epsilon), dx.dtype.type(x.shape[0] * x.shape[2])
    for unit in range(first, last):
        i, c = unit // x.shape[1], unit % x.shape[1]
        change, source, target = dy[i, c], x[i, c], dx[i, c]
        centre, deviation, factor = mean[c], np.sqrt(var[c] + eps), weight[c]
        mean_change, mean_product = dbias[c] / count, dweight[c] / count
        for p in range(x.shape[2]):
            normalised = (source[p] - centre) / deviation
            target[p] = (change[p] - mean_change - normalised * mean_product) * factor / deviation


Gradients = tuple[np.ndarray, np.ndarray, np.ndarray]


def _gradients(dy, x, mean, var, weight, planes, dtype, eps, *, through_statistics: bool) -> Gradients:
    changes, samples = plain(dy, dtype).reshape(planes), plain(x, dtype).reshape(planes)
    mean, var, factors = plain(mean, dtype), plain(var, dtype), or_constant(weight, 1, planes[1], dtype)
    dx, dweight, dbias = np.empty(x.shape, dtype), np.empty(planes[1], dtype), np.empty(planes[1], dtype)
    sums = changes, samples, mean, var, dweight, dbias, eps
    share(sum_channels, dtype, sums, units=planes[1], work=4 * dx.size)
    units, out = planes[0] * planes[1], dx.reshape(planes)
    if through_statistics:
        centred = changes, samples, mean, var, factors, dweight, dbias, out, eps
        share(scale_centred_planes, dtype, centred, units=units, work=8 * dx.size)
    else:
        share(scale_planes, dtype, (changes, var, factors, out, eps), units=units, work=4 * dx.size)
    return dx, dweight, dbias


def batch_norm_gradient(
    dy: np.ndarray,
    x: np.ndarray,
    mean: np.ndarray,
    var: np.ndarray,
    weight: np.ndarray | None = None,
    *,
    eps: float = 1e-5,
) -> Gradients:
    """Gradient of batch normalisation with given statistics, which are constants, with respect to x, weight and bias.

        dx[i, c, t] = dy[i, c, t] * weight[c] / sqrt(var[c] + eps)
        dweight[c] = sum_(i, t) dy[i, c, t] (x[i, c, t] - mean[c]) / sqrt(var[c] + eps)
        dbias[c] = sum_(i, t) dy[i, c, t]

    (seed M, row M-norm).

    Parameters
    ----------
    dy, x : ndarray of shape (N, C, *any)
    mean, var : ndarray of shape (C,)
    weight : ndarray of shape (C,), optional
        Each operand float32 or float64, with any strides; C at least 1. Without weight it is 1.
    eps : float
        Finite and at least 0; rounded to the dtype of the results.

    Returns
    -------
    dx : ndarray of the shape of x
    dweight, dbias : ndarray of shape (C,)
        All of dtype ``np.result_type`` of the operands; sums over no samples are 0.

    Raises
    ------
    TypeError
        An operand is no array of a legal dtype, or eps no real number.
    ValueError
        The shapes do not fit together, or eps is negative or not finite in the dtype of the results.

    Examples
    --------
    >>> import numpy as np
    >>> from convoracle.impl import batch_norm_gradient
    >>> x, dy, mean, var = np.array([[7.0], [1.0]]), np.array([[8.0], [2.0]]), np.array([3.0]), np.array([4.0])
    >>> dx, dweight, dbias = batch_norm_gradient(dy, x, mean, var, eps=0)
    >>> dx.tolist(), dweight.tolist(), dbias.tolist()
    ([[4.0], [1.0]], [14.0], [10.0])
    """
    dtype = float_dtype("batch_norm_gradient", dy=dy, x=x, mean=mean, var=var, weight=weight)
    planes = per_channel("batch_norm_gradient", x, mean=mean, var=var, weight=weight)
    check_equal("batch_norm_gradient", "dy.shape", dy.shape, "x.shape", x.shape)
    rounded = real_number("batch_norm_gradient", "eps", eps, dtype, 0)
    return _gradients(dy, x, mean, var, weight, planes, dtype, rounded, through_statistics=False)


def batch_norm_training_gradient(
    dy: np.ndarray, x: np.ndarray, weight: np.ndarray | None = None, *, eps: float = 1e-5
) -> Gradients:
    """Gradient of batch normalisation by the batch's own statistics, through these too, with respect to x, weight and bias.

        dweight[c] = sum_(i, t) dy[i, c, t] z[i, c, t]
        dbias[c] = sum_(i, t) dy[i, c, t]
        dx[i, c, t] = (dy[i, c, t] - dbias[c] / n - z[i, c, t] dweight[c] / n) * weight[c] / sqrt(var[c] + eps)

    with z = (x - mean) / sqrt(var + eps) and n the number of (i, t) (seed M, row M-norm). The statistics are computed again.

    Parameters
    ----------
    dy, x : ndarray of shape (N, C, *any)
    weight : ndarray of shape (C,), optional
        Each operand float32 or float64, with any strides; C and n at least 1. Without weight it is 1.
    eps : float
        Finite and at least 0; rounded to the dtype of the results.

    Returns
    -------
    dx : ndarray of the shape of x
    dweight, dbias : ndarray of shape (C,)
        All of dtype ``np.result_type`` of the operands.

    Raises
    ------
    TypeError
        An operand is no array of a legal dtype, or eps no real number.
    ValueError
        The shapes do not fit together, there are no samples, or eps is negative or not finite in the dtype of the results.

    Examples
    --------
    >>> import numpy as np
    >>> from convoracle.impl import batch_norm_training_gradient
    >>> dx, dweight, dbias = batch_norm_training_gradient(np.array([[8.0], [2.0]]), np.array([[1.0], [5.0]]), eps=0)
    >>> dx.tolist(), dweight.tolist(), dbias.tolist()
    ([[0.0], [0.0]], [-6.0], [10.0])
    """
    dtype = float_dtype("batch_norm_training_gradient", dy=dy, x=x, weight=weight)
    planes = per_channel("batch_norm_training_gradient", x, weight=weight)
    check_equal("batch_norm_training_gradient", "dy.shape", dy.shape, "x.shape", x.shape)
    rounded = real_number("batch_norm_training_gradient", "eps", eps, dtype, 0)
    mean, var = statistics("batch_norm_training_gradient", x, planes, dtype)
    return _gradients(dy, x, mean, var, weight, planes, dtype, rounded, through_statistics=True)
