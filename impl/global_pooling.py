"""Global pooling: the maximum or average of every plane, one adaptive window over all its axes, and the gradients."""

from __future__ import annotations

import numpy as np

from convoracle.impl.adaptive_pooling import (
    average_adaptively,
    average_adaptively_gradient,
    max_adaptively,
    max_adaptively_gradient,
)
from convoracle.impl.arguments import SPATIAL, PerAxis, check_axes, check_equal, common_dtype, float_dtype, per_axis
from convoracle.impl.compiled import Ints
from convoracle.impl.pooling import spatial_sizes


def _plane_sizes(operator: str, x: np.ndarray) -> Ints:
    """The sizes of one to three spatial axes."""
    if x.ndim - 2 not in SPATIAL:
        raise ValueError(
            f"{operator}: x must have 3 to 5 axes (N, C and one to three spatial axes), got x.shape={x.shape}"
        )
    return spatial_sizes(operator, "x", x, x.ndim - 2)


def _one_window(dy: np.ndarray, rank: int) -> np.ndarray:
    return dy.reshape(*dy.shape, *(1,) * rank)


def global_avg_pool(x: np.ndarray) -> np.ndarray:
    """Average every channel over all its spatial axes.

        y[i, c] = average of x[i, c]

    The sum is taken in the dtype of x, directly, and divided once (seed L, L-pool with one window).

    Parameters
    ----------
    x : ndarray of shape (N, C, *n), one to three spatial axes
        float32 or float64, with any strides.

    Returns
    -------
    ndarray of shape (N, C)
        dtype of x.

    Raises
    ------
    TypeError
        x is no array of float32 or float64.
    ValueError
        x has not one to three spatial axes, each of at least one sample.

    Examples
    --------
    >>> import numpy as np
    >>> from convoracle.impl import global_avg_pool
    >>> global_avg_pool(np.array([[[1.0, 3.0, 8.0], [0.0, 0.0, 3.0]]])).tolist()
    [[4.0, 1.0]]
    """
    dtype = float_dtype("global_avg_pool", x=x)
    sizes = _plane_sizes("global_avg_pool", x)
    return average_adaptively(x, sizes, (1,) * len(sizes), dtype).reshape(x.shape[:2])


def global_avg_pool_gradient(dy: np.ndarray, *, input_size: PerAxis) -> np.ndarray:
    """Gradient of global average pooling: the adjoint of x -> y.

        dx[i, c, j] = dy[i, c] / (samples of a plane)

    Parameters
    ----------
    dy : ndarray of shape (N, C)
        float32 or float64, with any strides.
    input_size : int or tuple of one to three int
        Spatial size n of x, at least 1 on every axis; an int is that of one axis.

    Returns
    -------
    ndarray of shape (N, C, *n)
        dtype of dy (the layer is seed L, L-pool with one window).

    Raises
    ------
    TypeError
        dy is no array of float32 or float64, or a size no integer.
    ValueError
        dy has not two axes, or `input_size` not one to three entries of at least 1.

    Notes
    -----
    dy divided by the samples of a plane is the workspace, of the shape and dtype of dy.

    Examples
    --------
    >>> import numpy as np
    >>> from convoracle.impl import global_avg_pool_gradient
    >>> global_avg_pool_gradient(np.array([[6.0, 3.0]]), input_size=3).tolist()
    [[[2.0, 2.0, 2.0], [1.0, 1.0, 1.0]]]
    """
    operator = "global_avg_pool_gradient"
    dtype = float_dtype(operator, dy=dy)
    check_axes(operator, "dy", dy, ("N", "C"))
    rank = len(input_size) if isinstance(input_size, (tuple, list)) else 1
    if rank not in SPATIAL:
        raise ValueError(f"{operator}: input_size must have one to three entries, got input_size={input_size!r}")
    sizes = per_axis(operator, "input_size", input_size, rank, 1)
    return average_adaptively_gradient(_one_window(dy, rank), sizes, (1,) * rank, dtype)


def global_max_pool(x: np.ndarray) -> np.ndarray:
    """Take the maximum of every channel over all its spatial axes.

        y[i, c] = max of x[i, c]

    NaN where the channel holds a NaN; of equal maxima the first in row-major order stands (seed L, L-pool with one window).

    Parameters
    ----------
    x : ndarray of shape (N, C, *n), one to three spatial axes
        float32, float64 or any integer dtype, with any strides.

    Returns
    -------
    ndarray of shape (N, C)
        dtype of x, integers give int64.

    Raises
    ------
    TypeError
        x is no array of float32, float64 or an integer dtype.
    ValueError
        x has not one to three spatial axes, each of at least one sample.
    OverflowError
        A maximum does not fit int64.

    Notes
    -----
    The indices of the maxima are the workspace: int64 of the shape of the result.

    Examples
    --------
    >>> import numpy as np
    >>> from convoracle.impl import global_max_pool
    >>> global_max_pool(np.array([[[1, 3, 8], [-4, -2, -3]]])).tolist()
    [[8, -2]]
    """
    common_dtype("global_max_pool", complex_allowed=False, x=x)
    sizes = _plane_sizes("global_max_pool", x)
    return max_adaptively("global_max_pool", x, sizes, (1,) * len(sizes)).reshape(x.shape[:2])


def global_max_pool_gradient(dy: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Gradient of global max pooling with respect to its input.

        dx[i, c, j] = dy[i, c] where j is the first maximum (or first NaN) of x[i, c], else 0

    x is compared in its own dtype (the layer is seed L, L-pool with one window).

    Parameters
    ----------
    dy : ndarray of shape (N, C)
    x : ndarray of shape (N, C, *n), one to three spatial axes
        Each operand float32, float64 or any integer dtype, with any strides.

    Returns
    -------
    ndarray of shape (N, C, *n)
        dtype ``np.result_type``, integers among themselves give int64.

    Raises
    ------
    TypeError
        An operand is no array of float32, float64 or an integer dtype.
    ValueError
        The shapes do not fit together.
    OverflowError
        An exact integer result does not fit int64.

    Notes
    -----
    The indices of the maxima are the workspace: int64 of the shape of dy.

    Examples
    --------
    >>> import numpy as np
    >>> from convoracle.impl import global_max_pool_gradient
    >>> global_max_pool_gradient(np.array([[5.0]]), np.array([[[1.0, 8.0, 8.0]]])).tolist()
    [[[0.0, 5.0, 0.0]]]
    """
    operator = "global_max_pool_gradient"
    dtype = common_dtype(operator, complex_allowed=False, dy=dy, x=x)
    rank = len(_plane_sizes(operator, x))
    check_equal(operator, "dy.shape", dy.shape, "x.shape[:2]", x.shape[:2])
    return max_adaptively_gradient(operator, _one_window(dy, rank), x, (1,) * rank, dtype)
