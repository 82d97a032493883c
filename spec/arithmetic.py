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


@njit(error_model="numpy")
def accumulate_row(high: Any, low: Any, size: Any, scalar: Any, row: Any) -> None:
    """Add ``scalar * row`` to the double-double ``high + low`` and ``|scalar * row|`` to `size`, element by element."""
    for v in range(row.shape[0]):
        product = scalar * row[v]
        rest = fused_multiply_add(scalar, row[v], -product)
        before = high[v]
        after = before + product
        added = after - before
        high[v] = after
        low[v] += ((before - (after - added)) + (product - added)) + rest
        size[v] += abs(product)
