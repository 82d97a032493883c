"""Sizes as tiny formulas, shared by every record that slides a window.

Each function takes and returns SymPy integers and stands for one axis. `L-size` and `L-modes` name rows of the lecture on
convolutional networks (seed L).
"""

from sympy import Expr, Max, floor


def dilated_extent(k: Expr, d: Expr) -> Expr:
    """Return ``d (k - 1) + 1``: how many samples a filter of ``k`` taps spans at dilation ``d``."""
    return d * (k - 1) + 1


def strided_count(n: Expr, extent: Expr, s: Expr) -> Expr:
    """Return ``max(0, floor((n - extent) / s) + 1)``: how many windows of ``extent`` fit in ``n`` at stride ``s`` (L-size)."""
    return Max(0, floor((n - extent) / s) + 1)


def transposed_size(n: Expr, k: Expr, s: Expr, d: Expr, p: Expr, q: Expr, r: Expr) -> Expr:
    """Return ``s (n - 1) + d (k - 1) + 1 - p - q + r``: the size whose convolution has ``n`` windows."""
    return s * (n - 1) + dilated_extent(k, d) - p - q + r


def same_padding(n: Expr, k: Expr, s: Expr, d: Expr) -> tuple[Expr, Expr]:
    """Return the padding (before, after) with ``ceil(n / s)`` windows; the surplus sample stands at the end (L-modes)."""
    windows = floor((n + s - 1) / s)
    total = Max(0, (windows - 1) * s + dilated_extent(k, d) - n)
    before = floor(total / 2)
    return before, total - before
