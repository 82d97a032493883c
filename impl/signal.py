"""Convolution and correlation of two signals, images or volumes, extended by zeros."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from convoracle.impl.arguments import common_dtype
from convoracle.impl.bilinear import accumulate
from convoracle.impl.convolution import correlate_rows

MODES = ("full", "same", "valid")


def _check(operator: str, x: Any, h: Any, mode: Any) -> np.dtype:
    dtype = common_dtype(operator, complex_allowed=True, x=x, h=h)
    if x.ndim != h.ndim or not 1 <= x.ndim <= 3:
        raise ValueError(
            f"{operator}: x and h must have the same number of axes, 1 to 3, got x.ndim={x.ndim}, h.ndim={h.ndim}"
        )
    if not isinstance(mode, str):
        raise TypeError(f"{operator}: mode must be a string, got mode={mode!r}")
    if mode not in MODES:
        raise ValueError(f"{operator}: mode must be one of {', '.join(MODES)}, got mode={mode!r}")
    for axis, (n, k) in enumerate(zip(x.shape, h.shape, strict=True)):
        if n < 1 or k < 1:
            raise ValueError(f"{operator}: x and h must not be empty, got n={n}, k={k} on axis {axis}")
        if mode == "valid" and k > n:
            raise ValueError(f'{operator}: h must fit in x for mode "valid", k <= n, got n={n}, k={k} on axis {axis}')
    return dtype


def placement(mode: str, n: int, k: int) -> tuple[int, int]:
    """(padding before, output size) of one axis; entry t of "full" is where tap k - 1 - t would meet x[0]."""
    if mode == "full":
        return k - 1, n + k - 1
    if mode == "same":
        return k - 1 - (k - 1) // 2, n
    return 0, n - k + 1


def _slide(operator: str, x: np.ndarray, h: np.ndarray, mode: str, dtype: np.dtype) -> np.ndarray:
    """y[t] = sum_u h[u] x[t + u - before]."""
    places = [placement(mode, n, k) for n, k in zip(x.shape, h.shape, strict=True)]
    before, sizes = (tuple(values) for values in zip(*places, strict=True))
    ones = (1,) * x.ndim
    y = accumulate(
        operator,
        correlate_rows,
        x[None, None],
        h[None, None],
        shape=(1, 1, *sizes),
        dtype=dtype,
        steps=(ones, ones, before),
        terms=math.prod(min(n, k) for n, k in zip(x.shape, h.shape, strict=True)),
    )
    return y[0, 0]


def convolve(x: np.ndarray, h: np.ndarray, *, mode: str = "full") -> np.ndarray:
    """Convolve two signals, images or volumes: the filter is flipped, x is extended by zeros.

        y[t] = sum_a x[a] h[t - a]

    per axis (seed L, eq. L-conv; sizes L-modes).

    Parameters
    ----------
    x : ndarray of shape (n,), (n1, n2) or (n1, n2, n3)
    h : ndarray with as many axes, sizes k
        Each operand float32, float64, complex64, complex128 or any integer dtype, with any strides.
    mode : {"full", "same", "valid"}
        "full": all t where the two meet, n + k - 1. "same": the n entries of "full" from (k - 1) // 2 on, the centre of
        the first operand. "valid": without the border, n - k + 1; needs k <= n on every axis.

    Returns
    -------
    ndarray
        Of dtype ``np.result_type(x, h)``; two integer operands give int64.

    Raises
    ------
    TypeError
        An operand is no array of a legal dtype.
    ValueError
        The numbers of axes differ, an axis is empty, the mode is unknown, or h does not fit in x.
    OverflowError
        An exact integer result does not fit int64.

    Examples
    --------
    >>> import numpy as np
    >>> from convoracle.impl import convolve
    >>> convolve(np.array([1, 2, 3]), np.array([1, 10])).tolist()
    [1, 12, 23, 30]
    >>> convolve(np.array([1, 2, 3]), np.array([1, 10]), mode="valid").tolist()
    [12, 23]
    """
    dtype = _check("convolve", x, h, mode)
    return _slide("convolve", x, np.flip(h), mode, dtype)


def correlate(x: np.ndarray, h: np.ndarray, *, mode: str = "valid") -> np.ndarray:
    """Correlate a signal, image or volume with a filter: not flipped, conjugated, x is extended by zeros.

        y[t] = sum_j x[t + j] conj(h[j])

    per axis for "valid" (seed L, eq. L-corr); "full" starts at t = -(k - 1).

    Parameters
    ----------
    x : ndarray of shape (n,), (n1, n2) or (n1, n2, n3)
    h : ndarray with as many axes, sizes k
        Each operand float32, float64, complex64, complex128 or any integer dtype, with any strides.
    mode : {"valid", "same", "full"}
        "valid": n - k + 1 entries; needs k <= n on every axis. "full": n + k - 1. "same": the n entries of "full" from
        (k - 1) // 2 on.

    Returns
    -------
    ndarray
        Of dtype ``np.result_type(x, h)``; two integer operands give int64.

    Raises
    ------
    TypeError
        An operand is no array of a legal dtype.
    ValueError
        The numbers of axes differ, an axis is empty, the mode is unknown, or h does not fit in x.
    OverflowError
        An exact integer result does not fit int64.

    Examples
    --------
    >>> import numpy as np
    >>> from convoracle.impl import correlate
    >>> correlate(np.array([1, 2, 3]), np.array([1, 10])).tolist()
    [21, 32]
    >>> correlate(np.array([1, 2, 3]), np.array([1, 10]), mode="full").tolist()
    [10, 21, 32, 3]
    """
    dtype = _check("correlate", x, h, mode)
    return _slide("correlate", x, h.conj(), mode, dtype)
