"""Modulus of real and complex entries, and the soft threshold, with their gradients."""

from __future__ import annotations

import numpy as np

from convoracle.impl.activation import ELEMENTARY, entrywise
from convoracle.impl.activation_gradient import scaled_integers
from convoracle.impl.arguments import check_equal, check_int64, common_dtype, float_dtype, real_number
from convoracle.impl.compiled import Kernel, plain, share


@Kernel.taking("read1 write1")
def absolute_values(x, y, first, last):
    """y[j] = |x[j]|."""
    source, target = x[first:last], y[first:last]
    for j in range(last - first):
        target[j] = abs(source[j])


@Kernel.taking("read2 write1")
def complex_modulus(x, y, first, last):
    """y[j] = (x[j, 0]**2 + x[j, 1]**2)**(1/2), where no square overflows or underflows."""
    for j in range(first, last):
        y[j] = np.hypot(x[j, 0], x[j, 1])


def modulus(x: np.ndarray) -> np.ndarray:
    """Absolute value of every entry, real or complex.

        y = |x|

    (seed M, eq. 14, row M14).

    Parameters
    ----------
    x : ndarray of any shape
        float32, float64, complex64, complex128 or any integer dtype, with any strides.

    Returns
    -------
    ndarray of the same shape
        Of the real dtype of x, integers give int64. NaN stays NaN, -0.0 becomes 0.0; as in C, a complex entry with an
        infinite part has modulus inf, whatever the other part.

    Raises
    ------
    TypeError
        x is no array of a legal dtype.
    OverflowError
        The modulus of an integer does not fit int64.

    Examples
    --------
    >>> import numpy as np
    >>> from convoracle.impl import modulus
    >>> modulus(np.array([-2, 3])).tolist(), modulus(np.array([3 + 4j])).tolist()
    ([2, 3], [5.0])
    """
    dtype = common_dtype("modulus", complex_allowed=True, x=x)
    if dtype.kind == "i":
        check_int64("modulus", int(x.max(initial=0)), -int(x.min(initial=0)))
    if dtype.kind != "c":
        return entrywise(absolute_values, dtype, [x])
    parts = _parts(x, dtype)
    y = np.empty(x.shape, parts.dtype)
    share(complex_modulus, y.dtype, (parts, y.reshape(-1)), units=y.size, work=ELEMENTARY * y.size)
    return y


def _parts(x: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """The real and imaginary parts of complex entries, as an array of shape (entries, 2)."""
    return plain(x, dtype).reshape(-1).view(np.finfo(dtype).dtype).reshape(-1, 2)


@Kernel.taking("read1 read1 write1")
def keep_sign(dy, x, dx, first, last):
    """dx[j] = dy[j] sign(x[j]): 0 at 0 whatever dy[j], NaN where x[j] is NaN."""
    change, source, target, zero = dy[first:last], x[first:last], dx[first:last], dx.dtype.type(0)
    for j in range(last - first):
        if source[j] > zero:
            target[j] = change[j]
        elif source[j] < zero:
            target[j] = -change[j]
        else:
            target[j] = abs(source[j])  # 0 or NaN


@Kernel.taking("read1 read2 write2 number")
def keep_direction(dy, x, dx, least_normal, first, last):
    """dx[j] = dy[j] x[j] / |x[j]|, 0 at 0 whatever dy[j]."""
    one = dx.dtype.type(1)
    zero, half, normal = one - one, one / (one + one), dx.dtype.type(least_normal)
    for j in range(first, last):
        real, imaginary = x[j, 0], x[j, 1]
        largest = max(abs(real), abs(imaginary))
        if largest < normal:  # by a power of 2 to where the modulus has full precision
            real, imaginary = real / normal, imaginary / normal
        elif largest > one / normal:  # or does not overflow
            real, imaginary = half * real, half * imaginary
        length = np.hypot(real, imaginary)
        if length == zero:
            dx[j, 0], dx[j, 1] = zero, zero
        else:
            dx[j, 0], dx[j, 1] = dy[j] * (real / length), dy[j] * (imaginary / length)


def modulus_gradient(dy: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Gradient of the modulus: for a loss with gradient dy with respect to |x|, its gradient with respect to x.

        dx = dy sign(x) for real x, dy x / |x| for complex x; 0 where x = 0

    (seed M, eq. 14, row M14). Of a complex x = a + i b it is the derivative with respect to a plus i times that with
    respect to b.

    Parameters
    ----------
    dy : ndarray of any shape
        float32, float64 or any integer dtype, with any strides.
    x : ndarray of the same shape
        float32, float64, complex64, complex128 or any integer dtype, with any strides.

    Returns
    -------
    ndarray of the same shape
        Of dtype ``np.result_type(dy, x)``, integers among themselves give int64. NaN where x is NaN, and where a part of
        a complex x is infinite, NaN in that part.

    Raises
    ------
    TypeError
        An operand is no array of a legal dtype.
    ValueError
        The shapes differ.
    OverflowError
        An exact integer result does not fit int64.

    Examples
    --------
    >>> import numpy as np
    >>> from convoracle.impl import modulus_gradient
    >>> modulus_gradient(np.array([5, 5, 5]), np.array([-2, 0, 3])).tolist()
    [-5, 0, 5]
    >>> modulus_gradient(np.array([10.0]), np.array([3 + 4j])).tolist()
    [(6+8j)]
    """
    common_dtype("modulus_gradient", complex_allowed=False, dy=dy)
    dtype = common_dtype("modulus_gradient", complex_allowed=True, dy=dy, x=x)
    check_equal("modulus_gradient", "dy.shape", dy.shape, "x.shape", x.shape)
    if dtype.kind == "i":
        return scaled_integers("modulus_gradient", dy, np.sign(x))
    if dtype.kind != "c":
        return entrywise(keep_sign, dtype, [dy, x])
    parts, dx = _parts(x, dtype), np.empty(x.shape, dtype)
    normal = float(np.finfo(dtype).smallest_normal)
    arrays = plain(dy, parts.dtype).reshape(-1), parts, _parts(dx, dtype)
    share(keep_direction, parts.dtype, (*arrays, normal), units=dx.size, work=ELEMENTARY * dx.size)
    return dx


@Kernel.taking("read1 write1 number")
def shrink(x, y, threshold, first, last):
    """y[j] = sign(x[j]) max(|x[j]| - threshold, 0)."""
    source, target, zero, step = x[first:last], y[first:last], y.dtype.type(0), y.dtype.type(threshold)
    for j in range(last - first):
        if source[j] > step:
            target[j] = source[j] - step
        elif source[j] < -step:
            target[j] = source[j] + step
        else:
            target[j] = source[j] if source[j] != source[j] else zero


def soft_threshold(x: np.ndarray, *, threshold: float) -> np.ndarray:
    """Move every entry towards 0 by a threshold, and no further.

        y = sign(x) max(|x| - threshold, 0)

    (seed M, row M-thr).

    Parameters
    ----------
    x : ndarray of any shape
        float32 or float64, with any strides.
    threshold : float
        Finite and at least 0; rounded to the dtype of x.

    Returns
    -------
    ndarray of the same shape and dtype
        NaN stays NaN.

    Raises
    ------
    TypeError
        x is no array of a legal dtype, or threshold no real number.
    ValueError
        threshold is negative, or not finite in the dtype of x.

    Examples
    --------
    >>> import numpy as np
    >>> from convoracle.impl import soft_threshold
    >>> soft_threshold(np.array([-3.0, -1.0, 0.5, 2.0]), threshold=1).tolist()
    [-2.0, 0.0, 0.0, 1.0]
    """
    dtype = float_dtype("soft_threshold", x=x)
    return entrywise(shrink, dtype, [x], real_number("soft_threshold", "threshold", threshold, dtype, 0))


@Kernel.taking("read1 read1 write1 number")
def pass_beyond(dy, x, dx, threshold, first, last):
    """dx[j] = dy[j] if |x[j]| > threshold else 0, NaN where x[j] is NaN."""
    change, source, target = dy[first:last], x[first:last], dx[first:last]
    zero, step = dx.dtype.type(0), dx.dtype.type(threshold)
    for j in range(last - first):
        if abs(source[j]) > step:
            target[j] = change[j]
        else:
            target[j] = source[j] if source[j] != source[j] else zero


def soft_threshold_gradient(dy: np.ndarray, x: np.ndarray, *, threshold: float) -> np.ndarray:
    """Gradient of the soft threshold: for a loss with gradient dy, its gradient with respect to x.

        dx = dy where |x| > threshold, 0 elsewhere

    (seed M, row M-thr).

    Parameters
    ----------
    dy, x : ndarray of any shape, the same
        Each float32 or float64, with any strides.
    threshold : float
        Finite and at least 0; rounded to the dtype of the result.

    Returns
    -------
    ndarray of the same shape
        Of dtype ``np.result_type(dy, x)``; NaN where x is NaN.

    Raises
    ------
    TypeError
        An operand is no array of a legal dtype, or threshold no real number.
    ValueError
        The shapes differ, or threshold is negative or not finite in the dtype of the result.

    Examples
    --------
    >>> import numpy as np
    >>> from convoracle.impl import soft_threshold_gradient
    >>> soft_threshold_gradient(np.array([7.0, 7.0]), np.array([-3.0, 1.0]), threshold=1).tolist()
    [7.0, 0.0]
    """
    dtype = float_dtype("soft_threshold_gradient", dy=dy, x=x)
    step = real_number("soft_threshold_gradient", "threshold", threshold, dtype, 0)
    check_equal("soft_threshold_gradient", "dy.shape", dy.shape, "x.shape", x.shape)
    return entrywise(pass_beyond, dtype, [dy, x], step)
