"""Wrong gradients of pooling layers."""

from __future__ import annotations

import numpy as np

from convoracle.impl.mutants.memory import dense, on_operand
from convoracle.impl.mutants.mutant import Function, edited, wrapped

_HOLDERS = '(np.searchsorted(end, j, "right"), np.searchsorted(begin, j, "right"))'


def _not_divided(right: Function) -> Function:
    def gradient(dy, *, input_size):
        dx = right(np.ones_like(dy), input_size=input_size)
        return (dy.reshape(*dy.shape, *(1,) * (dx.ndim - dy.ndim)) * np.ones_like(dx)).astype(dx.dtype)

    return gradient


def _to_all_maxima(right: Function) -> Function:
    def gradient(dy, x):
        dx = right(dy, x)
        axes = tuple(range(2, x.ndim))
        maxima = x == x.max(axes, keepdims=True)
        return np.where(maxima, dy.reshape(*dy.shape, *(1,) * len(axes)), dx).astype(dx.dtype)

    return gradient


MUTANTS = (
    edited(
        "average-gradient-divides-by-the-taps",
        "avg_pool1d_gradient adaptive_avg_pool1d_gradient",
        "ADJ",
        "The gradient divides by the largest window everywhere, after tensorflow#48773.",
        "means",
        ("joint_divisor(divisors), out", "joint_divisor([np.full_like(d, d.max()) for d in divisors]), out"),
    ),
    edited(
        "average-gradient-overwrites",
        "avg_pool1d_gradient avg_pool2d_gradient",
        "ADJ",
        "With a stride, windows that share a sample overwrite one another's share.",
        "means",
        ("target[s * t] += source[t]", "target[s * t] = source[t]"),
    ),
    edited(
        "average-gradient-without-the-padding",
        "avg_pool1d_gradient avg_pool2d_gradient",
        "ADJ",
        "Row by row, the gradient forgets the padding before, after pytorch#188344.",
        "means",
        ("shift = u - before\n                    # the t inside", "shift = u\n                    # the t inside"),
    ),
    edited(
        "last-holder-of-a-sample-lost",
        "adaptive_avg_pool1d_gradient avg_pool2d_gradient",
        "ADJ",
        "A sample receives nothing from the window that begins with it.",
        "pooling",
        (_HOLDERS, _HOLDERS.replace('(begin, j, "right")', '(begin, j, "left")')),
    ),
    edited(
        "adaptive-gradient-of-even-windows",
        "adaptive_avg_pool3d_gradient adaptive_avg_pool1d_gradient",
        "ADJ",
        "The gradient takes all adaptive windows of an axis for as long as n / m rounded up, after pytorch#60524.",
        "adaptive_pooling",
        (
            "mean_gradient(dy, spans, [end - begin for begin, end in spans], sizes, dtype)",
            "mean_gradient(dy, spans, [np.full(m, -(-n // m)) for n, m in zip(sizes, counts)], sizes, dtype)",
        ),
    ),
    edited(
        "average-gradient-of-another-size",
        "avg_pool1d_gradient",
        "ERR",
        "The gradient does not check the size of dy and reads as many entries as it needs.",
        "average_pooling",
        (
            "check_output_size(operator, dy, pooling.counts)\n    return mean_gradient(dy,",
            "return mean_gradient(np.resize(dy, (*dy.shape[:2], *pooling.counts)),",
        ),
    ),
    wrapped(
        "global-gradient-not-divided",
        "global_avg_pool_gradient",
        "ADJ",
        "The gradient of the global average is dy at every sample.",
        _not_divided,
    ),
    wrapped(
        "average-gradient-reads-views-as-dense",
        "avg_pool2d_gradient global_avg_pool_gradient",
        "STRIDEINV",
        "Views of the gradient of averages are read as dense memory.",
        on_operand(0, dense),
    ),
    edited(
        "max-gradient-assigns",
        "max_pool1d_gradient max_pool2d_gradient adaptive_max_pool1d_gradient",
        "MASS",
        "Windows with the same maximum overwrite one another's share, after NNlib.jl#205.",
        "maxima",
        ("    dx[i, places[i, t]] += dy[i, t]", "    dx[i, places[i, t]] = dy[i, t]"),
    ),
    edited(
        "max-gradient-wraps",
        "max_pool1d_gradient global_max_pool_gradient",
        "PRED",
        "Sums of integers beyond int64 wrap around.",
        "maxima",
        (">= LIMIT:", ">= LIMIT << 64:"),
    ),
    edited(
        "max-gradient-of-another-size",
        "max_pool2d_gradient",
        "ERR",
        "The gradient does not check the size of dy on the last axis.",
        "max_pooling_gradient",
        (
            'check_equal(operator, "dy.shape", dy.shape, "the output shape", (*x.shape[:2], *pooling.counts))',
            'check_equal(operator, "dy.shape", dy.shape[:-1], "the output shape", (*x.shape[:2], *pooling.counts[:-1]))\n'
            "    dy = np.ascontiguousarray(np.resize(dy, (*dy.shape[:-1], pooling.counts[-1])))",
        ),
    ),
    wrapped(
        "gradient-to-all-maxima",
        "global_max_pool_gradient",
        "MASS",
        "Each of several equal maxima receives the whole gradient.",
        _to_all_maxima,
    ),
    edited(
        "adaptive-max-gradient-of-first-samples",
        "adaptive_max_pool2d_gradient adaptive_max_pool3d_gradient",
        "ADJ",
        "On the first axis only the first sample of each adaptive window is compared: forward right, see pytorch#62250.",
        "adaptive_pooling",
        (
            "return max_gradient(operator, dy, x, dtype, adaptive_spans(x.shape[2:], counts))",
            "(begin, _), *others = adaptive_spans(x.shape[2:], counts)\n"
            "    return max_gradient(operator, dy, x, dtype, [(begin, begin + 1), *others])",
        ),
    ),
    edited(
        "unpool-gradient-of-the-next-place",
        "max_unpool1d_gradient max_unpool2d_gradient",
        "ADJ",
        "The gradient is read one place before each index but the first.",
        "maxima",
        ("    y[i, t] = x[i, places[i, t]]", "    y[i, t] = x[i, max(places[i, t], 1) - 1]"),
    ),
)
