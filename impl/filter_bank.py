"""One step of a filter-bank cascade on periodic signals, and its adjoint."""

from __future__ import annotations

from functools import partial

import numpy as np

from convoracle.impl.arguments import (
    check_at_least,
    check_axes,
    check_equal,
    common_dtype,
    dilated_extent,
    whole_number,
)
from convoracle.impl.bilinear import accumulate
from convoracle.impl.convolution import correlate_rows
from convoracle.impl.convolution_input_gradient import spread_rows


def _checked(operator: str, name: str, signal: np.ndarray, axes: tuple[str, ...], w: np.ndarray) -> None:
    """Raise unless signals have the axes (..., *axes), filters two, and none of these is empty."""
    if signal.ndim < len(axes):
        raise ValueError(f"{operator}: {name} must have axes (..., {', '.join(axes)}), got {name}.shape={signal.shape}")
    check_axes(operator, "w", w, ("K", "k"))
    check_at_least(operator, 1, K=w.shape[0], k=w.shape[1], **{axes[-1]: signal.shape[-1]})


def analyze1d(x: np.ndarray, w: np.ndarray, *, stride: int = 2, dilation: int = 1) -> np.ndarray:
    """Split periodic signals into bands: one step of a filter-bank cascade.

        y[k, t] = sum_u w[k, u] x[(stride t - dilation u) mod n]

    (seed M, eqs. 11 and 12). Applied again to the low band ``y[..., 0, :]`` it gives the bands of the next scale: with stride 2
    the decimated transform, with stride 1 and dilation 1, 2, 4 .. the undecimated one ("à trous"). Both are what one
    convolution with the equivalent filter gives, sampled.

    Parameters
    ----------
    x : ndarray of shape (..., n)
        n must be a multiple of the stride.
    w : ndarray of shape (K, k)
        Filters, one per band. Each operand float32, float64, complex64, complex128 or any integer dtype, with any strides.
    stride, dilation : int
        Distance of the outputs in samples, and of neighbouring taps; at least 1.

    Returns
    -------
    ndarray of shape (..., K, n / stride)
        Of dtype ``np.result_type(x, w)``; two integer operands give int64.

    Raises
    ------
    TypeError
        An operand is no array of a legal dtype, or an option no integer.
    ValueError
        An operand has other axes, the filters or the signals are empty, or the stride does not divide n.
    OverflowError
        An exact integer result does not fit int64.

    Examples
    --------
    >>> import numpy as np
    >>> from convoracle.impl import analyze1d
    >>> haar = np.array([[1, 1], [1, -1]])
    >>> analyze1d(np.array([1, 2, 3, 4]), haar).tolist()
    [[5, 5], [-3, 1]]
    """
    dtype = common_dtype("analyze1d", complex_allowed=True, x=x, w=w)
    s, d = whole_number("analyze1d", "stride", stride, 1), whole_number("analyze1d", "dilation", dilation, 1)
    _checked("analyze1d", "x", x, ("n",), w)
    n, (bands, k) = x.shape[-1], w.shape
    if n % s:
        raise ValueError(f"analyze1d: stride must divide n, got n={n}, stride={s}")
    reach = dilated_extent(k, d) - 1
    extended = np.take(x.reshape(-1, n), np.arange(-reach, n) % n, axis=1)
    y = accumulate(
        "analyze1d",
        correlate_rows,
        extended[:, None],
        np.flip(w, 1)[:, None],  # tap u of output t reads entry s t + d (k - 1 - u)
        shape=(len(extended), bands, n // s),
        dtype=dtype,
        steps=((s,), (d,), (0,)),
        terms=k,
    )
    return y.reshape(*x.shape[:-1], *y.shape[1:])


def _wrapped(extended: np.ndarray, n: int, reach: int) -> np.ndarray:
    """Add the entries that are n apart; entry `reach` is the first of the period."""
    size = extended.shape[-1]
    turns = -(-size // n)
    whole = np.zeros((extended.shape[0], turns * n), extended.dtype)
    whole[:, :size] = extended[:, 0]
    with np.errstate(over="ignore", invalid="ignore"):
        return np.roll(whole.reshape(-1, turns, n).sum(axis=1, dtype=extended.dtype), -reach, axis=1)


def synthesize1d(y: np.ndarray, w: np.ndarray, *, stride: int = 2, dilation: int = 1) -> np.ndarray:
    """Add bands up to periodic signals: the adjoint of `analyze1d`.

        x[j] = sum_(k, t, u) conj(w[k, u]) y[k, t]   over j = (stride t - dilation u) mod n

    so that <analyze1d(x, w), y> = <x, synthesize1d(y, w)> (seed M, eq. 12). With stride 2 and the two filters of an orthonormal
    bank it rebuilds the signal.

    Parameters
    ----------
    y : ndarray of shape (..., K, m)
    w : ndarray of shape (K, k)
        Filters, one per band. Each operand float32, float64, complex64, complex128 or any integer dtype, with any strides.
    stride, dilation : int
        As in `analyze1d`; at least 1.

    Returns
    -------
    ndarray of shape (..., stride m)
        Of dtype ``np.result_type(y, w)``; two integer operands give int64.

    Raises
    ------
    TypeError
        An operand is no array of a legal dtype, or an option no integer.
    ValueError
        An operand has other axes, y has not one band per filter, or filters or bands are empty.
    OverflowError
        An exact integer result does not fit int64.

    Examples
    --------
    >>> import numpy as np
    >>> from convoracle.impl import synthesize1d
    >>> haar = np.array([[1, 1], [1, -1]])
    >>> synthesize1d(np.array([[5, 5], [-3, 1]]), haar).tolist()
    [2, 4, 6, 8]
    """
    dtype = common_dtype("synthesize1d", complex_allowed=True, y=y, w=w)
    s, d = whole_number("synthesize1d", "stride", stride, 1), whole_number("synthesize1d", "dilation", dilation, 1)
    _checked("synthesize1d", "y", y, ("K", "m"), w)
    check_equal("synthesize1d", "y.shape[-2]", y.shape[-2], "w.shape[0]", w.shape[0])
    (bands, k), m = w.shape, y.shape[-1]
    n, reach = s * m, dilated_extent(k, d) - 1
    flat = y.reshape(-1, bands, m)
    x = accumulate(
        "synthesize1d",
        spread_rows,
        flat,
        np.flip(w, 1).conj()[:, None],
        shape=(len(flat), 1, n - s + reach + 1),
        dtype=dtype,
        steps=((s,), (d,), (0,)),
        terms=bands * k,  # a tap and an output decide each other
        fold=partial(_wrapped, n=n, reach=reach),
    )
    return x.reshape(*y.shape[:-2], n)
