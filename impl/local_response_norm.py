"""Local response normalisation across channels, and its gradient."""

from __future__ import annotations

from typing import Any

import numpy as np

from convoracle.impl.activation import ELEMENTARY
from convoracle.impl.arguments import (
    channel_planes,
    check_equal,
    float_dtype,
    real_number,
    whole_number,
)
from convoracle.impl.compiled import Ints, Kernel, plain, share


def _neighbours(size: int, channels: int) -> Ints:
    """How many channels before and after its own a window reaches; more than all of them is no more than all."""
    return min((size - 1) // 2, channels), min(size // 2, channels)


def _numbers(operator: str, dtype: np.dtype, size: Any, alpha: Any, beta: Any, k: Any) -> tuple[float, float, float]:
    """The checked numbers alpha / size, beta and k, rounded to `dtype`."""
    scale = real_number(operator, "alpha", alpha, dtype, 0)
    count = real_number(operator, "size", whole_number(operator, "size", size, 1), dtype)
    exponent, offset = real_number(operator, "beta", beta, dtype, 0), real_number(operator, "k", k, dtype, 0)
    return float(dtype.type(scale) / dtype.type(count)), exponent, offset


@Kernel.taking("read3 write3 index index number number number")
def divide_by_neighbours(x, y, before, after, ratio, exponent, offset, first, last):
    """y[i, c] = x[i, c] / (k + alpha / size sum of x[i, c']**2)**beta, c' from c - before to c + after; a unit is a plane."""
    scale, power, start = y.dtype.type(ratio), y.dtype.type(exponent), y.dtype.type(offset)
    for unit in range(first, last):
        i, c = unit // x.shape[1], unit % x.shape[1]
        target = y[i, c]
        target[:] = 0
        for other in range(max(c - before, 0), min(c + after + 1, x.shape[1])):
            source = x[i, other]
            for p in range(x.shape[2]):
                target[p] += source[p] * source[p]
        source = x[i, c]
        for p in range(x.shape[2]):
            target[p] = source[p] / (start + scale * target[p]) ** power


def local_response_norm(
    x: np.ndarray, *, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
) -> np.ndarray:
    """Divide each entry by a power of the squares in neighbouring channels.

        y[i, c, t] = x[i, c, t] / D[i, c, t]**beta, D[i, c, t] = k + alpha / size * sum_c' x[i, c', t]**2

    with c' from c - floor((size - 1) / 2) to c + floor(size / 2), where there is such a channel (seed M, row M-norm).

    Parameters
    ----------
    x : ndarray of shape (N, C, *any)
        float32 or float64, with any strides; C at least 1.
    size : int
        At least 1.
    alpha, beta, k : float
        Finite and at least 0; rounded to the dtype of x.

    Returns
    -------
    ndarray of the same shape and dtype

    Raises
    ------
    TypeError
        x is no array of a legal dtype, or an option no number of its kind.
    ValueError
        x has less than 2 axes or no channel, or an option is out of range.

    Examples
    --------
    >>> import numpy as np
    >>> from convoracle.impl import local_response_norm
    >>> local_response_norm(np.array([[1.0, 2.0, 2.0]]), size=3, alpha=3, beta=0.5, k=0).round(3).tolist()
    [[0.447, 0.667, 0.707]]
    """
    dtype = float_dtype("local_response_norm", x=x)
    planes = channel_planes("local_response_norm", x)
    numbers = _numbers("local_response_norm", dtype, size, alpha, beta, k)
    y = np.empty(x.shape, dtype)
    arguments = plain(x, dtype).reshape(planes), y.reshape(planes), *_neighbours(int(size), planes[1]), *numbers
    share(divide_by_neighbours, dtype, arguments, units=planes[0] * planes[1], work=2 * ELEMENTARY * y.size)
    return y


@Kernel.taking("read3 read3 write3 write3 index index number number number")
def divide_changes(dy, x, dx, pull, before, after, ratio, exponent, offset, first, last):
    """dx = dy / D**beta and pull = dy x / D**(beta + 1), D the divisor of the norm before its power; a unit is a plane.

    No power, no pull: D**0 is 1 where D is 0, too.
    """
    scale, power, start = dx.dtype.type(ratio), dx.dtype.type(exponent), dx.dtype.type(offset)
    none, pulled = dx.dtype.type(0), exponent > 0
    for unit in range(first, last):
        i, c = unit // x.shape[1], unit % x.shape[1]
        target, weight = dx[i, c], pull[i, c]
        target[:] = 0
        for other in range(max(c - before, 0), min(c + after + 1, x.shape[1])):
            source = x[i, other]
            for p in range(x.shape[2]):
                target[p] += source[p] * source[p]
        change, source = dy[i, c], x[i, c]
        for p in range(x.shape[2]):
            base = start + scale * target[p]
            divisor = base**power
            target[p] = change[p] / divisor
            weight[p] = change[p] * (source[p] / divisor) / base if pulled else none


@Kernel.taking("read3 read3 write3 index index number")
def subtract_pulls(x, pull, dx, before, after, twice, first, last):
    """dx[i, c] -= 2 beta alpha / size x[i, c] sum of pull[i, c'], c' from c - after to c + before; a unit is a plane."""
    factor = dx.dtype.type(twice)
    for unit in range(first, last):
        i, c = unit // x.shape[1], unit % x.shape[1]
        source, target = x[i, c], dx[i, c]
        for p in range(x.shape[2]):
            total = dx.dtype.type(0)
            for other in range(max(c - after, 0), min(c + before + 1, x.shape[1])):
                total += pull[i, other, p]
            target[p] -= factor * source[p] * total


def local_response_norm_gradient(
    dy: np.ndarray, x: np.ndarray, *, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
) -> np.ndarray:
    """Gradient of the local response norm: for a loss with gradient dy, its gradient with respect to x.

        dx[i, c, t] = dy[i, c, t] / D[i, c, t]**beta
                      - 2 beta alpha / size * x[i, c, t] sum_c' dy[i, c', t] x[i, c', t] / D[i, c', t]**(beta + 1)

    with D as in the norm and c' the channels whose window holds c, c - floor(size / 2) to c + floor((size - 1) / 2) (seed M,
    row M-norm). For beta = 0 the norm is x, whatever D, and the sum is 0. Needs a workspace of the size of x, for the terms
    of the sum.

    Parameters
    ----------
    dy, x : ndarray of shape (N, C, *any)
        Each float32 or float64, with any strides; C at least 1.
    size, alpha, beta, k
        As in the norm.

    Returns
    -------
    ndarray of the same shape
        Of dtype ``np.result_type(dy, x)``.

    Raises
    ------
    TypeError
        An operand is no array of a legal dtype, or an option no number of its kind.
    ValueError
        The shapes differ, x has less than 2 axes or no channel, or an option is out of range.

    Examples
    --------
    >>> import numpy as np
    >>> from convoracle.impl import local_response_norm_gradient
    >>> local_response_norm_gradient(np.array([[8.0]]), np.array([[1.0]]), size=1, alpha=1, beta=1, k=1).tolist()
    [[0.0]]
    """
    dtype = float_dtype("local_response_norm_gradient", dy=dy, x=x)
    planes = channel_planes("local_response_norm_gradient", x)
    check_equal("local_response_norm_gradient", "dy.shape", dy.shape, "x.shape", x.shape)
    numbers = _numbers("local_response_norm_gradient", dtype, size, alpha, beta, k)
    reach, units = _neighbours(int(size), planes[1]), planes[0] * planes[1]
    changes, samples = plain(dy, dtype).reshape(planes), plain(x, dtype).reshape(planes)
    dx, pull = np.empty(x.shape, dtype), np.empty(planes, dtype)
    out = dx.reshape(planes)
    share(divide_changes, dtype, (changes, samples, out, pull, *reach, *numbers), units=units, work=24 * dx.size)
    twice = float(dtype.type(2) * dtype.type(numbers[1]) * dtype.type(numbers[0]))
    share(subtract_pulls, dtype, (samples, pull, out, *reach, twice), units=units, work=size * dx.size)
    return dx
