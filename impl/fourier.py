"""Fourier transforms of signals and images, by the fast transforms of SciPy."""

from __future__ import annotations

from typing import Any

import numpy as np

from convoracle.impl.arguments import check_at_least, common_dtype

_AXES = ("n1", "n2")


def spectral_dtype(operator: str, **operands: Any) -> np.dtype:
    """Check that every operand is an array of floats or complex numbers, and return their common dtype."""
    dtype = common_dtype(operator, complex_allowed=True, **operands)
    for name, operand in operands.items():
        if operand.dtype.kind in "iu":
            raise TypeError(f"{operator}: {name} must have a floating-point or complex dtype, got {operand.dtype}")
    return dtype


def check_rank(operator: str, name: str, array: np.ndarray, least: int) -> None:
    """Raise unless an array has at least so many axes."""
    if array.ndim < least:
        axes = "1 axis" if least == 1 else f"{least} axes"
        raise ValueError(f"{operator}: {name} must have at least {axes}, got {name}.shape={array.shape}")


def _transformed(operator: str, name: str, array: np.ndarray, dims: int, *, back: bool) -> np.ndarray:
    """Transform the last axes of an array, forward or back."""
    from scipy import fft

    dtype = spectral_dtype(operator, **{name: array})
    check_rank(operator, name, array, dims)
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
