"""From checked operands to a result: floats run the kernel once, integers are exact or an OverflowError.

All kernels are bilinear, and every entry of a result is a start (zero or a bias) plus at most `terms` products.
With integers, ``max|a| * max|b| * terms + max|start| < 2**63`` proves that int64 cannot wrap. Otherwise both operands
are split into digits so small that it cannot: a = sum_i 2**(m i) a_i, b likewise, and
``f(a, b) = sum_ij 2**(m (i + j)) f(a_i, b_j)`` is put together in Python integers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from convoracle.impl.compiled import Ints, Kernel, run

INT64 = np.dtype(np.int64)
LIMIT = 1 << 63

Fold = Callable[[np.ndarray], np.ndarray]


def accumulate(
    operator: str,
    kernel: Kernel,
    a: np.ndarray,
    b: np.ndarray,
    *,
    shape: Ints,
    dtype: np.dtype,
    steps: Sequence[Ints],
    terms: int,
    bias: np.ndarray | None = None,
    fold: Fold | None = None,
) -> np.ndarray:
    """Return ``fold(bias + kernel(a, b))`` as a new C-ordered array of `shape` (before folding) and `dtype`.

    Parameters
    ----------
    terms : int
        Upper bound of the number of products in one entry of the result, after folding.
    bias : ndarray of shape (shape[1],), optional
    fold : callable, optional
        A sum of entries, applied to the finished array (the adjoint of a border extension).

    Raises
    ------
    OverflowError
        All operands are integers and an entry of the exact result does not fit int64.
    """
    largest = [_magnitude(a), _magnitude(b), _magnitude(bias)] if dtype == INT64 else []
    if largest and max(largest[0] * largest[1] * terms + largest[2], *largest) >= LIMIT:
        return _by_digits(operator, kernel, a, b, shape=shape, steps=steps, terms=terms, bias=bias, fold=fold)
    out = np.zeros(shape, dtype)
    if bias is not None:
        out += bias.reshape(-1, *[1] * (len(shape) - 2)).astype(dtype, copy=False)
    if out.size and terms:
        run(kernel, a, b, out, steps, out.size * terms)
    return out if fold is None else np.ascontiguousarray(fold(out))


def _by_digits(
    operator: str, kernel: Kernel, a: np.ndarray, b: np.ndarray, *, bias: Any, terms: int, **options: Any
) -> np.ndarray:
    bits = (62 - terms.bit_length()) // 2
    total: Any = 0
    for i, low in enumerate(_digits(a, bits)):
        for j, high in enumerate(_digits(b, bits)):
            part = accumulate(operator, kernel, low, high, dtype=INT64, terms=terms, **options)
            total = total + part.astype(object) * (1 << bits * (i + j))
    if bias is not None:
        total = total + bias.astype(object).reshape(-1, *[1] * (total.ndim - 2))
    worst = max(total.flat, key=lambda value: abs(2 * value + 1), default=0)
    if not -LIMIT <= worst < LIMIT:
        raise OverflowError(f"{operator}: the exact result must fit int64, got {worst}")
    return total.astype(INT64)


def _digits(array: np.ndarray, bits: int) -> list[np.ndarray]:
    """The int64 digits of `array` in base 2**bits, lowest first; the last one carries the sign, |digit| <= 2**bits."""
    digits = []
    rest = array.astype(np.uint64 if array.dtype.kind == "u" else INT64)
    while _magnitude(rest) > 1 << bits:
        digits.append((rest & rest.dtype.type((1 << bits) - 1)).astype(INT64))
        rest = rest >> rest.dtype.type(bits)
    return [*digits, rest.astype(INT64)]


def _magnitude(array: np.ndarray | None) -> int:
    """Largest absolute value of an integer array as a Python integer, 0 when there is none."""
    return 0 if array is None or array.size == 0 else max(int(array.max()), -int(array.min()))
