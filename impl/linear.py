"""Linear layers and their gradients: three products of matrices, by one kernel."""

from __future__ import annotations

import numpy as np

from convoracle.impl.arguments import check_at_least, check_axes, check_equal, common_dtype
from convoracle.impl.bilinear import accumulate
from convoracle.impl.compiled import Kernel


@Kernel
def add_multiples_of_rows(a, b, y, stride, dilation, before, tile, first, last):
    """y[i, o] += sum_c a[i, c] b[c, o]; matrices stand in the two leading axes, so nothing strides."""
    tiles = (y.shape[1] + tile - 1) // tile
    factors = a.reshape(a.shape[0], a.shape[1])
    rows, sums = b.reshape(b.shape[0], b.shape[1]), y.reshape(y.shape[0], y.shape[1])
    fours = a.shape[1] // 4
    for unit in range(first, last):
        i, begin = unit // tiles, unit % tiles * tile
        target, factor = sums[i, begin : begin + tile], factors[i]
        for four in range(fours):  # at a time, so that the target is loaded and stored once for all
            c = 4 * four
            a0, a1, a2, a3 = factor[c], factor[c + 1], factor[c + 2], factor[c + 3]
            b0, b1 = rows[c, begin : begin + tile], rows[c + 1, begin : begin + tile]
            b2, b3 = rows[c + 2, begin : begin + tile], rows[c + 3, begin : begin + tile]
            for t in range(len(target)):
                target[t] = target[t] + a0 * b0[t] + a1 * b1[t] + a2 * b2[t] + a3 * b3[t]
        for c in range(4 * fours, a.shape[1]):
            a0, b0 = factor[c], rows[c, begin : begin + tile]
            for t in range(len(target)):
                target[t] += a0 * b0[t]


def _product(
    operator: str, a: np.ndarray, b: np.ndarray, dtype: np.dtype, bias: np.ndarray | None = None
) -> np.ndarray:
    """Return a b + bias, of matrices a and b and a row of biases."""
    shape = (a.shape[0], b.shape[1])
    steps: tuple = ((), (), ())
    return accumulate(
        operator, add_multiples_of_rows, a, b, shape=shape, dtype=dtype, steps=steps, terms=a.shape[1], bias=bias
    )


def linear(x: np.ndarray, w: np.ndarray, b: np.ndarray | None = None) -> np.ndarray:
    """Linear (dense, fully connected) layer.

        y[i, o] = b[o] + sum_c w[o, c] x[i, c]

    (seed K, row K22; its parameters are counted in seed L, row L-params). Needs a copy of w as workspace, transposed.

    Parameters
    ----------
    x : ndarray of shape (N, C)
    w : ndarray of shape (O, C)
    b : ndarray of shape (O,), optional
        Each operand float32, float64 or any integer dtype, with any strides; C and O at least 1.

    Returns
    -------
    ndarray of shape (N, O)
        Of dtype ``np.result_type`` of the operands; integers among themselves give int64.

    Raises
    ------
    TypeError
        An operand is no array of a legal dtype.
    ValueError
        The shapes do not fit together.
    OverflowError
        An exact integer result does not fit int64.

    Examples
    --------
    >>> import numpy as np
    >>> from convoracle.impl import linear
    >>> linear(np.array([[1, 2, 3]]), np.array([[1, 10, 100], [0, 1, 0]]), np.array([1000, 0])).tolist()
    [[1321, 2]]
    """
    dtype = common_dtype("linear", complex_allowed=False, x=x, w=w, b=b)
    check_axes("linear", "x", x, ("N", "C"))
    check_axes("linear", "w", w, ("O", "C"))
    check_at_least("linear", 1, C=x.shape[1], O=w.shape[0])
    check_equal("linear", "w.shape[1]", w.shape[1], "x.shape[1]", x.shape[1])
    if b is not None:
        check_equal("linear", "b.shape", b.shape, "(O,)", (w.shape[0],))
    return _product("linear", x, w.T, dtype, b)


def linear_input_gradient(dy: np.ndarray, w: np.ndarray) -> np.ndarray:
    """Gradient of a linear layer with respect to its input: the adjoint of x -> y.

        dx[i, c] = sum_o dy[i, o] w[o, c]

    so that <x w', dy> = <x, dx> (seed K, row K22).

    Parameters
    ----------
    dy : ndarray of shape (N, O)
    w : ndarray of shape (O, C)
        Each operand float32, float64 or any integer dtype, with any strides; C and O at least 1.

    Returns
    -------
    ndarray of shape (N, C)
        Of dtype ``np.result_type`` of the operands; integers among themselves give int64.

    Raises
    ------
    TypeError
        An operand is no array of a legal dtype.
    ValueError
        The shapes do not fit together.
    OverflowError
        An exact integer result does not fit int64.

    Examples
    --------
    >>> import numpy as np
    >>> from convoracle.impl import linear_input_gradient
    >>> linear_input_gradient(np.array([[2, 1]]), np.array([[1, 10, 100], [0, 1, 0]])).tolist()
    [[2, 21, 200]]
    """
    dtype = common_dtype("linear_input_gradient", complex_allowed=False, dy=dy, w=w)
    check_axes("linear_input_gradient", "dy", dy, ("N", "O"))
    check_axes("linear_input_gradient", "w", w, ("O", "C"))
    check_at_least("linear_input_gradient", 1, O=w.shape[0], C=w.shape[1])
    check_equal("linear_input_gradient", "dy.shape[1]", dy.shape[1], "w.shape[0]", w.shape[0])
    return _product("linear_input_gradient", dy, w, dtype)


def linear_weight_gradient(dy: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Gradient of a linear layer with respect to its weights: the adjoint of w -> y.

        dw[o, c] = sum_i dy[i, o] x[i, c]

    so that <x w', dy> = <w, dw> (seed K, row K22). Needs a copy of dy as workspace, transposed.

    Parameters
    ----------
    dy : ndarray of shape (N, O)
    x : ndarray of shape (N, C)
        Each operand float32, float64 or any integer dtype, with any strides; C and O at least 1.

    Returns
    -------
    ndarray of shape (O, C)
        Of dtype ``np.result_type`` of the operands, integers among themselves give int64; zero for an empty batch.

    Raises
    ------
    TypeError
        An operand is no array of a legal dtype.
    ValueError
        The shapes do not fit together.
    OverflowError
        An exact integer result does not fit int64.

    Examples
    --------
    >>> import numpy as np
    >>> from convoracle.impl import linear_weight_gradient
    >>> linear_weight_gradient(np.array([[2, 1]]), np.array([[1, 2, 3]])).tolist()
    [[2, 4, 6], [1, 2, 3]]
    """
    dtype = common_dtype("linear_weight_gradient", complex_allowed=False, dy=dy, x=x)
    check_axes("linear_weight_gradient", "dy", dy, ("N", "O"))
    check_axes("linear_weight_gradient", "x", x, ("N", "C"))
    check_at_least("linear_weight_gradient", 1, O=dy.shape[1], C=x.shape[1])
    check_equal("linear_weight_gradient", "dy.shape[0]", dy.shape[0], "x.shape[0]", x.shape[0])
    return _product("linear_weight_gradient", dy.T, x, dtype)
