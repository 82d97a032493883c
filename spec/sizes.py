"""Sizes as tiny formulas, shared by every record that slides a window.

Each function takes and returns SymPy integers and stands for one axis. `L-size`, `L-modes` and `L-partial` name rows of
the lecture on convolutional networks (seed L).
"""

from sympy import Expr, Max, Min, floor


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


def plain_ceil_count(n: Expr, p: Expr, q: Expr, k: Expr, d: Expr, s: Expr, z: Expr) -> Expr:
    """Return ``max(0, floor((n + p + q - E + z (s - 1)) / s) + 1)``: the window count, its quotient rounded up if ``z = 1``.

    ``E = d (k - 1) + 1``. The last window may then lie wholly in the padding after the input, or beyond it (L-partial).
    """
    return Max(0, floor((n + p + q - dilated_extent(k, d) + z * (s - 1)) / s) + 1)


def pooled_count(n: Expr, p: Expr, q: Expr, k: Expr, d: Expr, s: Expr, z: Expr) -> Expr:
    """Return the number of pooling windows: ``plain_ceil_count``, but every window starts before the end of the input.

    ``z`` is 1 where a partial last window counts (`ceil_mode`), else 0; ``t s < n + p`` holds for every window (L-partial).
    """
    return Min(plain_ceil_count(n, p, q, k, d, s, z), Max(0, floor((n + p - 1) / s) + 1))


def adaptive_start(n: Expr, m: Expr, t: Expr) -> Expr:
    """Return ``floor(t n / m)``: where window ``t`` of ``m`` adaptive windows over ``n`` samples starts."""
    return floor(t * n / m)


def adaptive_end(n: Expr, m: Expr, t: Expr) -> Expr:
    """Return ``ceil((t + 1) n / m)``: the first sample after window ``t`` of ``m`` adaptive windows over ``n`` samples."""
    return floor(((t + 1) * n + m - 1) / m)
