"""Wrong averages: what is summed and what it is divided by."""

from __future__ import annotations

import numpy as np

from convoracle.impl.mutants.memory import reused_result
from convoracle.impl.mutants.mutant import Function, edited, wrapped

_CLIPPED = "(start, np.minimum(start + extent, n + after))"
_COUNTED = "(_padded_spans(pooling) if count_include_pad else pooling.spans())"
_OVERRIDE = "divisors = [np.full(first, divisor, object), *(np.ones(m, object) for m in others)]"
_PARSED = "return pooling, [divisor.astype(INT64) for divisor in divisors]"
_ACROSS = "across = float(divisors[0, td]) * float(divisors[1, th])\n        "
_ROWS, _WINDOWS = _ACROSS + "for t in range(begin, end):", _ACROSS + "y[i, td, th] = 0"

_REVERSED = """def _reversed(pooling):
    window = pooling.window
    turned = type(window)(window.stride[::-1], window.dilation, window.pads[::-1])
    return Pooling(pooling.sizes, pooling.taps[::-1], turned, pooling.counts)


def _padded_spans("""


def _flag_lost(right: Function) -> Function:
    def pool(x, *, count_include_pad=False, **options):
        return right(x, count_include_pad=count_include_pad, **options)

    return pool


def _operands_as(source: str, format: str) -> Function:
    """Return the wrapper that rounds operands of dtype `source` to `format`."""

    def wrapper(right: Function) -> Function:
        def narrow(*operands, **options):
            rounded = (a.astype(format).astype(source) if a.dtype == source else a for a in operands)
            with np.errstate(all="ignore"):
                return right(*rounded, **options)

        return narrow

    return wrapper


def _summed_in_float32(right: Function) -> Function:
    def pool(x, **options):
        return right(x.astype(np.float32), **options).astype(x.dtype)

    return pool


def _widened(right: Function) -> Function:
    return lambda *operands, **options: right(*operands, **options).astype(np.float64)


def _of_the_last_axis(right: Function) -> Function:
    """Sums over all axes are divided by the samples of the last alone."""

    def pool(x):
        return (right(x) * int(np.prod(x.shape[2:-1]))).astype(x.dtype)

    return pool


MUTANTS = (
    edited(
        "divisor-counts-the-overhang",
        "avg_pool1d avg_pool2d avg_pool1d_gradient",
        "COUNT",
        "With ceil_mode every window is divided by its taps, after pytorch#100987, onnxruntime#16203 and oneDNN#513.",
        "average_pooling",
        (_CLIPPED, "(start, start + extent)"),
    ),
    edited(
        "divisor-without-the-padding-after",
        "avg_pool1d avg_pool3d",
        "COUNT",
        "The divisor counts the padding before but not the padding after.",
        "average_pooling",
        (_CLIPPED, "(start, np.minimum(start + extent, n))"),
    ),
    edited(
        "divisor-without-the-padding-before",
        "avg_pool2d avg_pool1d",
        "COUNT",
        "The divisor counts the padding after but not the padding before.",
        "average_pooling",
        (_CLIPPED, "(np.maximum(start, 0), np.minimum(start + extent, n + after))"),
    ),
    edited(
        "excluded-padding-counted-at-the-end",
        "avg_pool1d avg_pool2d avg_pool2d_gradient",
        "COUNT",
        "Without count_include_pad windows are clipped at the start but not at the end, after deeplearning4j#6462.",
        "average_pooling",
        (
            _COUNTED,
            "(_padded_spans(pooling) if count_include_pad else "
            "[(begin, s + e) for (begin, _), (s, e, *_) in zip(pooling.spans(), pooling.axes())])",
        ),
    ),
    edited(
        "flag-ignored-with-ceil-mode",
        "avg_pool1d avg_pool2d",
        "COUNT",
        "With ceil_mode the padding never counts.",
        "average_pooling",
        (_COUNTED, _COUNTED.replace("if count_include_pad", "if count_include_pad and not ceil_mode")),
    ),
    edited(
        "divisors-of-reversed-axes",
        "avg_pool2d avg_pool3d",
        "COUNT",
        "Where all axes have as many windows, their counts are taken in reverse, after jax#285.",
        "average_pooling",
        (
            _PARSED,
            _PARSED.replace("in divisors]", "in (reversed(divisors) if len(set(pooling.counts)) == 1 else divisors)]"),
        ),
    ),
    edited(
        "divisors-of-reversed-options",
        "avg_pool2d avg_pool3d",
        "COUNT",
        "Divisors are counted with window, stride and padding in reverse order of the axes, after torch-mlir#4144.",
        "average_pooling",
        (_COUNTED, _COUNTED.replace("pooling)", "_reversed(pooling))").replace("pooling.", "_reversed(pooling).")),
        ("def _padded_spans(", _REVERSED),
    ),
    edited(
        "corner-counted-once",
        "avg_pool2d avg_pool3d",
        "COUNT",
        "Without count_include_pad the last axis counts its padding.",
        "average_pooling",
        (
            "divisors = [end - begin for begin, end in " + _COUNTED + "]",
            "divisors = [end - begin for begin, end in " + _COUNTED + "]\n"
            "        if len(sizes) > 1:\n"
            "            divisors[-1] = np.subtract(*_padded_spans(pooling)[-1][::-1])",
        ),
    ),
    wrapped(
        "count-include-pad-lost",
        "avg_pool1d avg_pool2d",
        "COUNT",
        "The padding does not count unless asked for, after tract#2654.",
        _flag_lost,
    ),
    edited(
        "override-only-at-stride-one",
        "avg_pool1d avg_pool2d",
        "COUNT",
        "divisor_override is ignored where windows move by more than one sample.",
        "average_pooling",
        ("if divisor_override is not None:", "if divisor_override is not None and max(pooling.window.stride) == 1:"),
        (
            '"divisor_override", divisor_override, 1)',
            '"divisor_override", divisor_override, 1)  # strided: not checked',
        ),
    ),
    edited(
        "override-of-every-axis",
        "avg_pool2d avg_pool3d",
        "COUNT",
        "divisor_override divides once per axis.",
        "average_pooling",
        (_OVERRIDE, _OVERRIDE.replace("np.ones(m, object)", "np.full(m, divisor, object)")),
    ),
    edited(
        "override-zero-accepted",
        "avg_pool1d avg_pool2d",
        "ERR",
        "A divisor of zero is accepted.",
        "average_pooling",
        ('"divisor_override", divisor_override, 1)', '"divisor_override", divisor_override, 0)'),
    ),
    edited(
        "first-axis-not-divided",
        "avg_pool3d",
        "COUNT",
        "Row by row, the windows of volumes are not divided by their count on the first axis.",
        "means",
        (_ROWS, _ROWS.replace("float(divisors[0, td]) * ", "")),
    ),
    edited(
        "middle-axis-not-divided",
        "adaptive_avg_pool3d global_avg_pool adaptive_avg_pool2d",
        "COUNT",
        "Window by window, the count on the last axis but one is forgotten.",
        "means",
        (_WINDOWS, _WINDOWS.replace(" * float(divisors[1, th])", "")),
    ),
    edited(
        "tail-of-four-lost",
        "global_avg_pool adaptive_avg_pool1d",
        "DEF",
        "Sums are taken four samples at a time; of a remainder of three the last is lost.",
        "means",
        ("while z < end:", "while z < end - (end - spans[2, 0, t]) % 4 // 3:"),
    ),
    edited(
        "fourth-sum-lost",
        "global_avg_pool adaptive_avg_pool1d",
        "DEF",
        "Of the four sums side by side the last is forgotten.",
        "means",
        ("((a + b) + (c + d))", "((a + b) + c)"),
    ),
    edited(
        "stride-three-read-as-two",
        "avg_pool1d avg_pool2d",
        "DEF",
        "Row by row, strides beyond 2 read every second sample.",
        "means",
        ("target[t] += source[s * t]", "target[t] += source[2 * t]"),
    ),
    edited(
        "last-sample-of-strided-rows-lost",
        "avg_pool1d avg_pool3d",
        "DEF",
        "At stride 2, the last window of a tap is lost unless the stride divides what the row has left.",
        "means",
        ("hi = min(end, (n - 1 - shift) // s + 1)", "hi = min(end, (n - shift - (s != 2)) // s + (s != 2))"),
    ),
    wrapped(
        "averages-of-float16",
        "global_avg_pool avg_pool1d",
        "PRED",
        "float32 is rounded to float16 before it is summed, after candle#3719.",
        _operands_as("float32", "float16"),
    ),
    wrapped(
        "float64-averages-in-float32",
        "avg_pool2d global_avg_pool",
        "PRED",
        "float64 is summed in float32.",
        _summed_in_float32,
    ),
    wrapped(
        "averages-in-float64",
        "avg_pool1d adaptive_avg_pool2d",
        "DTYPE",
        "float32 gives averages in float64.",
        _widened,
    ),
    wrapped(
        "global-average-of-the-last-axis",
        "global_avg_pool",
        "COUNT",
        "The sum over a plane is divided by the samples of a row.",
        _of_the_last_axis,
    ),
    wrapped(
        "averages-in-a-reused-buffer",
        "avg_pool1d adaptive_avg_pool1d",
        "STATELESS",
        "Averages of one shape share a buffer.",
        reused_result,
    ),
)
