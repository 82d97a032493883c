"""Fourier transforms of signals and images, whole and frame by frame, by the fast transforms of SciPy."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from convoracle.impl.arguments import check_at_least, check_axes, common_dtype, float_dtype, whole_number

_AXES = ("n1", "n2")


def _common(operator: str, **operands: Any) -> np.dtype:
    """Check that every operand is an array of floats or complex numbers, and return their common dtype."""
    dtype = common_dtype(operator, complex_allowed=True, **operands)
    for name, operand in operands.items():
        if operand.dtype.kind in "iu":
            raise TypeError(f"{operator}: {name} must have a floating-point or complex dtype, got {operand.dtype}")
    return dtype


def _check_rank(operator: str, name: str, array: np.ndarray, least: int) -> None:
    if array.ndim < least:
        axes = "1 axis" if least == 1 else f"{least} axes"
        raise ValueError(f"{operator}: {name} must have at least {axes}, got {name}.shape={array.shape}")


def _transformed(operator: str, name: str, array: np.ndarray, dims: int, *, back: bool) -> np.ndarray:
    """Transform the last axes of an array, forward or back."""
    from scipy import fft

    dtype = _common(operator, **{name: array})
    _check_rank(operator, name, array, dims)
    check_at_least(operator, 1, **dict(zip(_AXES, array.shape[array.ndim - dims :], strict=False)))
    transform = fft.ifftn if back else fft.fftn
    return transform(array.astype(dtype, copy=False), axes=range(-dims, 0))


def dft(x: np.ndarray) -> np.ndarray:
    """Discrete Fourier transform of signals, not normalised.

        y[f] = sum_j x[j] exp(-2 pi i j f / n)

    (seed U, eq. 8, row U8).

    Parameters
    ----------
    x : ndarray of shape (..., n)
        float32, float64, complex64 or complex128, with any strides; n >= 1.

    Returns
    -------
    ndarray of shape (..., n)
        complex64 for float32 and complex64, else complex128.

    Raises
    ------
    TypeError
        x is no array of a legal dtype.
    ValueError
        x has no axis, or n = 0.

    Examples
    --------
    >>> import numpy as np
    >>> from convoracle.impl import dft
    >>> dft(np.array([1.0, 2.0, 3.0, 4.0])).real.tolist()
    [10.0, -2.0, -2.0, -2.0]
    """
    return _transformed("dft", "x", x, 1, back=False)


def idft(y: np.ndarray) -> np.ndarray:
    """Inverse of the discrete Fourier transform of signals.

        x[j] = 1/n sum_f y[f] exp(2 pi i j f / n)

    (seed U, eq. 8, row U8).

    Parameters
    ----------
    y : ndarray of shape (..., n)
        float32, float64, complex64 or complex128, with any strides; n >= 1.

    Returns
    -------
    ndarray of shape (..., n)
        complex64 for float32 and complex64, else complex128.

    Raises
    ------
    TypeError
        y is no array of a legal dtype.
    ValueError
        y has no axis, or n = 0.

    Examples
    --------
    >>> import numpy as np
    >>> from convoracle.impl import dft, idft
    >>> idft(dft(np.array([1.0, 2.0, 3.0, 4.0]))).real.tolist()
    [1.0, 2.0, 3.0, 4.0]
    """
    return _transformed("idft", "y", y, 1, back=True)


def dft2d(x: np.ndarray) -> np.ndarray:
    """Discrete Fourier transform of images, not normalised.

        y[f1, f2] = sum_j1 sum_j2 x[j1, j2] exp(-2 pi i (j1 f1 / n1 + j2 f2 / n2))

    (seed U, eq. 8, row U8).

    Parameters
    ----------
    x : ndarray of shape (..., n1, n2)
        float32, float64, complex64 or complex128, with any strides; n1, n2 >= 1.

    Returns
    -------
    ndarray of shape (..., n1, n2)
        complex64 for float32 and complex64, else complex128.

    Raises
    ------
    TypeError
        x is no array of a legal dtype.
    ValueError
        x has fewer than two axes, or one of the last two is empty.

    Examples
    --------
    >>> import numpy as np
    >>> from convoracle.impl import dft2d
    >>> dft2d(np.array([[1.0, 2.0], [3.0, 4.0]])).real.tolist()
    [[10.0, -2.0], [-4.0, 0.0]]
    """
    return _transformed("dft2d", "x", x, 2, back=False)


def idft2d(y: np.ndarray) -> np.ndarray:
    """Inverse of the discrete Fourier transform of images.

        x[j1, j2] = 1/(n1 n2) sum_f1 sum_f2 y[f1, f2] exp(2 pi i (j1 f1 / n1 + j2 f2 / n2))

    (seed U, eq. 8, row U8).

    Parameters
    ----------
    y : ndarray of shape (..., n1, n2)
        float32, float64, complex64 or complex128, with any strides; n1, n2 >= 1.

    Returns
    -------
    ndarray of shape (..., n1, n2)
        complex64 for float32 and complex64, else complex128.

    Raises
    ------
    TypeError
        y is no array of a legal dtype.
    ValueError
        y has fewer than two axes, or one of the last two is empty.

    Examples
    --------
    >>> import numpy as np
    >>> from convoracle.impl import idft2d
    >>> idft2d(np.array([[10.0, -2.0], [-4.0, 0.0]])).real.tolist()
    [[1.0, 2.0], [3.0, 4.0]]
    """
    return _transformed("idft2d", "y", y, 2, back=True)


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

    dtype = _common("stft", x=x, window=window)
    step = _check_window("stft", window, hop)
    _check_rank("stft", "x", x, 1)
    n, k = x.shape[-1], window.shape[0]
    check_at_least("stft", 1, n=n)
    if n % step:
        raise ValueError(f"stft: hop must divide the number of samples, got n={n}, hop={step}")
    _check_fit("stft", n, k)
    periodic = np.concatenate([x, x[..., : k - 1]], axis=-1).astype(dtype, copy=False)
    frames = np.lib.stride_tricks.sliding_window_view(periodic, k, axis=-1)[..., ::step, :]
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

    dtype = _common("istft", y=y, window=window)
    step = _check_window("istft", window, hop)
    if y.ndim < 2 or y.shape[-1] != window.shape[0]:
        raise ValueError(
            f"istft: y must have the axes (..., frames, k) with k the length of the window, "
            f"got y.shape={y.shape}, window.shape={window.shape}"
        )
    frames, k = y.shape[-2:]
    check_at_least("istft", 1, frames=frames)
    _check_fit("istft", step * frames, k)
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
