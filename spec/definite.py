"""Certified extreme eigenvalues of symmetric matrices of floats, and norms of matrices.

Whatever triangle R a Cholesky decomposition returns, ``A - s I = R^T R + E`` with a residual E that can be bounded, and
``x^T (A - s I) x = ||R x||^2 + x^T E x >= -||E|| ||x||^2``: no eigenvalue of A is below ``s - ||E||``. Nothing is assumed about
how R was computed. The residual as computed errs, entry by entry, by ``gamma_(n+3) (|R^T| |R| + |A| + |s| I)`` at most,
whatever the order of the sums, and the Frobenius norm of ``|R^T| |R|`` is at most the square of R's. A complex matrix is taken
as the real one of its real and imaginary parts, which has the same norm and, if it is Hermitian, the same eigenvalues.
"""

from math import inf, nextafter, sqrt

import numpy as np

from .operator_norms import NormBound

UNIT = 2.0**-53
ROUNDUP = 1 + 2.0**-30
"""Covers the rounding of Frobenius norms of fewer than 2**22 entries, and of the few operations on them."""

LARGEST = 2.0**200
"""Bounds the moduli of the entries that are taken: no sum of their products overflows."""

LOST = 2.0**-1000
"""More than underflow loses in fewer than 2**22 sums of fewer than 2**22 products."""


def least_eigenvalue(matrix: np.ndarray, error: float = 0.0) -> float:
    """Return a lower bound of the eigenvalues of every symmetric (Hermitian) matrix near a stored one.

    Parameters
    ----------
    matrix : ndarray of floats or complex numbers of shape (n, n)
        Its symmetric part is taken.
    error : float
        How far the matrices meant may be from it in the 2-norm.

    Raises
    ------
    ValueError
        If an entry is not finite, or beyond 2**200.

    Examples
    --------
    >>> import numpy as np
    >>> 1 - 1e-14 < least_eigenvalue(np.array([[2.0, 1.0], [1.0, 2.0]])) <= 1
    True
    """
    real = _real(matrix)
    a = (real + real.T) / 2
    symmetrised = UNIT * float(np.linalg.norm(a)) * ROUNDUP
    computed, margin = float(np.linalg.eigvalsh(a)[0]), symmetrised + LOST
    while (found := _certified(a, computed - margin)) is None:
        margin *= 2
    return nextafter(nextafter(found - symmetrised, -inf) - error, -inf)


def norm_bounds(matrix: np.ndarray, error: float = 0.0) -> NormBound:
    """Return an enclosure of the 2-norms of all matrices near a stored one.

    Parameters
    ----------
    matrix : ndarray of floats or complex numbers of shape (m, n)
    error : float
        How far the matrices meant may be from it in the 2-norm.

    Raises
    ------
    ValueError
        If an entry is not finite, or beyond 2**200.

    Examples
    --------
    >>> import numpy as np
    >>> bound = norm_bounds(np.array([[3.0, 0.0], [0.0, 4.0]]))
    >>> 4 - 1e-6 < bound.lower <= 4 <= bound.upper < 4 + 1e-6
    True
    """
    m = _real(matrix)
    m = m if m.shape[0] >= m.shape[1] else m.T
    whole = float(np.linalg.norm(m)) * ROUNDUP
    gram = m.T @ m
    greatest = -least_eigenvalue(-gram, _gamma(m.shape[0]) * whole**2 + LOST)
    direction = np.linalg.eigh(gram)[1][:, -1]
    reached = float(np.linalg.norm(m @ direction)) - _gamma(m.shape[1]) * whole - LOST
    lower = reached / (ROUNDUP * float(np.linalg.norm(direction))) / ROUNDUP - error
    return NormBound(max(0.0, lower), nextafter(nextafter(sqrt(max(0.0, greatest)), inf) + error, inf))


def _real(matrix: np.ndarray) -> np.ndarray:
    """Return a matrix of floats with the same norm."""
    if not (np.abs(matrix) < LARGEST).all():
        raise ValueError(f"certified eigenvalues: entries must be finite and below {LARGEST}")
    if np.iscomplexobj(matrix):
        return np.block([[matrix.real, -matrix.imag], [matrix.imag, matrix.real]])
    return np.asarray(matrix, np.float64)


def _gamma(terms: int) -> float:
    """Return a bound on the relative error of a sum of products."""
    return 1.01 * terms * UNIT


def _certified(a: np.ndarray, shift: float) -> float | None:
    """Return ``shift - ||E||``, or None where there is no Cholesky decomposition."""
    shifted = a - shift * np.eye(len(a))
    try:
        factor = np.linalg.cholesky(shifted)
    except np.linalg.LinAlgError:
        return None
    norms = [float(np.linalg.norm(part)) for part in (shifted - factor @ factor.T, factor, a)]
    residual, triangle, whole = norms
    known = _gamma(len(a) + 3) * (triangle**2 + whole + abs(shift) * sqrt(len(a)))
    return shift - (residual + known) * ROUNDUP - LOST
