"""Fourier transforms of windowed frames of periodic signals, by the fast transforms of SciPy."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from convoracle.impl.arguments import check_at_least, check_axes, float_dtype, whole_number
from convoracle.impl.fourier import check_rank, spectral_dtype


def _check_window(operator: str, window: np.ndarray, hop: Any) -> int:
    """Check a window and the distance of its frames; return that as int."""
    check_axes(operator, "window", window, ("k",))
    check_at_least(operator, 1, k=window.shape[0])
    return whole_number(operator, "hop", hop, 1)


def _check_fit(operator: str, n: int, k: int) -> None:
    if k > n:
        raise ValueError(f"{operator}: the window must not be longer than the signal, k <= n, got k={k}, n={n}")


def stft(x: np.ndarray, window: np.ndarray, *, hop: int) -> np.ndarray:
    """Discrete Fourier transforms of windowed frames of signals; the signals are periodic.

        y[t, f] = sum_u x[(hop t + u) mod n] conj(window[u]) exp(-2 pi i u f / k)

    (seed U, eq. 9, row U9). Frame t begins at sample hop t and so does its phase; the last frames go on at sample 0, so that
    no sample is seen less than others: with hop = 1, or any window whose squares add up to the same, ``||y||`` is a
    multiple of ``||x||``.

    Parameters
    ----------
    x : ndarray of shape (..., n)
    window : ndarray of shape (k,), 1 <= k <= n
        Each operand float32, float64, complex64 or complex128, with any strides.
    hop : int
        Distance of the first samples of neighbouring frames; it divides n.

    Returns
    -------
    ndarray of shape (..., n // hop, k)
        complex64 where no operand has double precision, else complex128.

    Raises
    ------
    TypeError
        An operand is no array of a legal dtype, or hop no integer.
    ValueError
        Axes are missing or empty, the window is longer than the signals, or hop does not divide n.

    Examples
    --------
    >>> import numpy as np
    >>> from convoracle.impl import stft
    >>> stft(np.array([1.0, 2.0, 3.0, 4.0]), np.array([1.0, 10.0]), hop=2).real.tolist()
    [[21.0, -19.0], [43.0, -37.0]]
    """
    from scipy import fft

    dtype = spectral_dtype("stft", x=x, window=window)
    step = _check_window("stft", window, hop)
    check_rank("stft", "x", x, 1)
    n, k = x.shape[-1], window.shape[0]
    check_at_least("stft", 1, n=n)
    if n % step:
        raise ValueError(f"stft: hop must divide the number of samples, got n={n}, hop={step}")
    _check_fit("stft", n, k)
    periodic = np.concatenate([x, x[..., : k - 1]], axis=-1).astype(dtype, copy=False)
    frames = np.lib.stride_tricks.sliding_window_view(periodic, k, axis=-1)[..., ::step, :]
    with np.errstate(all="ignore"):  # NaN and infinities are answers here, as in the kernels
        return fft.fft(frames * window.conj().astype(dtype, copy=False), axis=-1)


def istft(y: np.ndarray, window: np.ndarray, *, hop: int) -> np.ndarray:
    """Add windowed frames, each given by its discrete Fourier transform, to periodic signals.

        x[j] = sum over t, u with (hop t + u) mod n = j of window[u] 1/k sum_f y[t, f] exp(2 pi i u f / k)

    (seed U, eq. 9, row U9). With ``dual_window(window, hop=hop)`` it undoes ``stft(x, window, hop=hop)``, and returns the
    signals whose frames are nearest to y where y is no transform; with the same window, times k, it is the adjoint.

    Parameters
    ----------
    y : ndarray of shape (..., frames, k)
    window : ndarray of shape (k,), 1 <= k <= n
        Each operand float32, float64, complex64 or complex128, with any strides.
    hop : int
        Distance of the first samples of neighbouring frames; the signals have n = hop frames samples.

    Returns
    -------
    ndarray of shape (..., hop frames)
        complex64 where no operand has double precision, else complex128.

    Raises
    ------
    TypeError
        An operand is no array of a legal dtype, or hop no integer.
    ValueError
        Axes are missing or empty, frames and window differ in length, or the window is longer than the signals.

    Examples
    --------
    >>> import numpy as np
    >>> from convoracle.impl import dual_window, istft, stft
    >>> x, window = np.array([1.0, 2.0, 3.0, 4.0]), np.array([1.0, 10.0])
    >>> istft(stft(x, window, hop=2), dual_window(window, hop=2), hop=2).real.tolist()
    [1.0, 2.0, 3.0, 4.0]
    """
    from scipy import fft

    dtype = spectral_dtype("istft", y=y, window=window)
    step = _check_window("istft", window, hop)
    if y.ndim < 2 or y.shape[-1] != window.shape[0]:
        raise ValueError(
            f"istft: y must have the axes (..., frames, k) with k the length of the window, "
            f"got y.shape={y.shape}, window.shape={window.shape}"
        )
    frames, k = y.shape[-2:]
    check_at_least("istft", 1, frames=frames)
    _check_fit("istft", step * frames, k)
    with np.errstate(all="ignore"):  # as in `stft`
        pieces = fft.ifft(y.astype(dtype, copy=False), axis=-1) * window.astype(dtype, copy=False)
        return _overlapped(pieces, step)


def _overlapped(pieces: np.ndarray, step: int) -> np.ndarray:
    """Add pieces of shape (..., frames, k), each `step` samples after the one before, on a cycle."""
    *batch, frames, k = pieces.shape
    rows = np.zeros((*batch, frames, step), pieces.dtype)
    for later, first in enumerate(range(0, k, step)):
        part = pieces[..., first : first + step]
        rows[..., : part.shape[-1]] += np.roll(part, later, axis=-2)
    return rows.reshape(*batch, frames * step)


def dual_window(window: np.ndarray, *, hop: int) -> np.ndarray:
    """Window with which istft undoes stft, by least squares.

        dual[u] = window[u] / sum_e window[u mod hop + hop e]^2

    (seed U, eq. 9, row U9).

    Parameters
    ----------
    window : ndarray of shape (k,)
        float32 or float64, with any strides; k >= 1.
    hop : int
        Distance of the first samples of neighbouring frames, at most k.

    Returns
    -------
    ndarray of shape (k,)
        Of the dtype of the window; NaN where no frame has a weight other than 0.

    Raises
    ------
    TypeError
        The window is no array of a legal dtype, or hop no integer.
    ValueError
        The window has another number of axes than one, is empty, or shorter than hop.

    Examples
    --------
    >>> import numpy as np
    >>> from convoracle.impl import dual_window
    >>> dual_window(np.array([2.0, 0.0, 2.0, 4.0]), hop=2).tolist()
    [0.25, 0.0, 0.25, 0.25]
    """
    float_dtype("dual_window", window=window)
    step = _check_window("dual_window", window, hop)
    k = window.shape[0]
    if step > k:
        raise ValueError(f"dual_window: hop must not be longer than the window, got hop={step}, k={k}")
    rows = math.ceil(k / step)
    squares = np.zeros(rows * step, window.dtype)
    with np.errstate(all="ignore"):
        squares[:k] = window**2
        return window / np.tile(squares.reshape(rows, step).sum(axis=0), rows)[:k]
