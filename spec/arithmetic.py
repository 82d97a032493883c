"""Error-free transformations for compiled definitions (Dekker 1971; Ogita, Rump & Oishi 2005)."""

from typing import Any

from numba import njit, types
from numba.extending import intrinsic


def _multiply_add(typing_context: Any, a: Any, b: Any, c: Any) -> Any:
    signature = types.float64(types.float64, types.float64, types.float64)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.fma(*arguments)

    return signature, generate


fused_multiply_add: Any = intrinsic(_multiply_add)
"""``a b + c`` with a single rounding, in compiled code."""


@njit(error_model="numpy", cache=True)
def accumulate_row(
    high: Any, low: Any, size: Any, place: Any, step: Any, scalar: Any, row: Any, start: Any, stride: Any, count: Any
) -> None:
    """Add ``scalar * row`` to the double-double ``high + low`` and ``|scalar * row|`` to `size`, element by element.

    Arrays are laid flat: element v < `count` of the row stands at ``start + stride v``, its sum at ``place + step v``.
    """
    for v in range(count):
        here, factor = place + step * v, row[start + stride * v]
        product = scalar * factor
        rest = fused_multiply_add(scalar, factor, -product)
        before = high[here]
        after = before + product
        added = after - before
        high[here] = after
        low[here] += ((before - (after - added)) + (product - added)) + rest
        size[here] += abs(product)
