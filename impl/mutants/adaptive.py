"""Wrong adaptive windows."""

from __future__ import annotations

import numpy as np

from convoracle.impl.mutants.mutant import Function, edited, wrapped

_ADAPTIVE = "spans.append((window * n // m, -(-(window + 1) * n // m)))"


def _empty_output(right: Function) -> Function:
    def pool(x, *, output_size):
        if output_size == 0 or (isinstance(output_size, tuple) and 0 in output_size):
            sizes = output_size if isinstance(output_size, tuple) else (output_size,) * (x.ndim - 2)
            return np.zeros((*x.shape[:2], *sizes), x.dtype)
        return right(x, output_size=output_size)

    return pool


MUTANTS = (
    wrapped(
        "empty-output-size-accepted",
        "adaptive_avg_pool1d adaptive_max_pool2d",
        "ERR",
        "An output size of zero gives an empty result.",
        _empty_output,
    ),
    edited(
        "adaptive-ends-rounded-down",
        "adaptive_max_pool1d adaptive_avg_pool2d",
        "DEF",
        "The ends of adaptive windows are rounded down where they hold a sample all the same.",
        "pooling",
        (
            _ADAPTIVE,
            "begin = window * n // m\n        spans.append((begin, np.maximum((window + 1) * n // m, begin + 1)))",
        ),
    ),
    edited(
        "adaptive-starts-rounded-up",
        "adaptive_max_pool1d adaptive_avg_pool3d",
        "DEF",
        "The starts of adaptive windows are rounded up where they hold a sample all the same.",
        "pooling",
        (
            _ADAPTIVE,
            "end = -(-(window + 1) * n // m)\n        spans.append((np.minimum(-(-window * n // m), end - 1), end))",
        ),
    ),
    edited(
        "adaptive-windows-of-equal-steps",
        "adaptive_avg_pool1d adaptive_max_pool2d",
        "DEF",
        "Adaptive windows have one length and one stride, n // m: right where m divides n.",
        "pooling",
        (
            _ADAPTIVE,
            "if n >= m:\n            step, length = n // m, n - n // m * (m - 1)\n"
            "            spans.append((window * step, window * step + length))\n        else:\n"
            "            spans.append((window * n // m, -(-(window + 1) * n // m)))",
        ),
    ),
    edited(
        "adaptive-start-wraps",
        "adaptive_avg_pool2d adaptive_avg_pool1d adaptive_max_pool2d",
        "DEF",
        "The product of window and size has three bits where a window starts, after pytorch#176784 with its 31 bits.",
        "pooling",
        (_ADAPTIVE, _ADAPTIVE.replace("(window * n // m", "(window * n % 8 // m")),
    ),
    edited(
        "adaptive-middle-axis",
        "adaptive_max_pool3d adaptive_avg_pool3d",
        "DEF",
        "The last window of the middle of three axes ends one sample early.",
        "pooling",
        (
            _ADAPTIVE,
            "ends = -(-(window + 1) * n // m)\n        ends[-1] -= len(sizes) == 3 and len(spans) == 1 and n > m\n"
            "        spans.append((window * n // m, ends))",
        ),
    ),
)
