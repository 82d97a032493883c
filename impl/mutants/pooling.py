"""Wrong windows of pooling layers: how many, where they start and end, which calls are refused."""

from __future__ import annotations

import numpy as np

from convoracle.impl.mutants.mutant import Function, edited, wrapped

_CEIL = "return min(-(-(n + p0 + p1 - dilated_extent(k, d)) // s), (n + p0 - 1) // s) + 1"
_PARSED = "window = parse_window(operator, sizes, taps, taps if stride is None else stride, padding, dilation)"
_REACH = "if max(p0, p1) > d * (k - 1):"
_AT_TWO = "best, sample = target[t], source[2 * t]"


def _pairs_refused(right: Function) -> Function:
    def pool(x, *, padding=0, **options):
        if np.ndim(padding) == 2:
            raise ValueError("padding must have one integer per spatial axis")
        return right(x, padding=padding, **options)

    return pool


MUTANTS = (
    edited(
        "ceil-window-in-the-padding",
        "max_pool1d max_pool2d avg_pool1d",
        "SIZE",
        "With ceil_mode a last window that starts behind the input counts, after pytorch#45357, openvino#33369 and"
        " onnxruntime#25848; its average may be NaN (pytorch#36977).",
        "pooling",
        (_CEIL, "return -(-(n + p0 + p1 - dilated_extent(k, d)) // s) + 1"),
    ),
    edited(
        "ceil-rule-only-where-padded",
        "max_pool1d avg_pool1d",
        "SIZE",
        "The last window must start inside only where there is padding, after caffe#6881.",
        "pooling",
        (_CEIL, f"if not p0 + p1:\n        return -(-(n - dilated_extent(k, d)) // s) + 1\n    {_CEIL}"),
    ),
    edited(
        "ceil-window-may-start-at-the-end",
        "max_pool2d avg_pool2d",
        "SIZE",
        "With ceil_mode the last window may start one behind the last sample.",
        "pooling",
        ("(n + p0 - 1) // s) + 1", "(n + p0) // s) + 1"),
    ),
    edited(
        "ceil-rule-without-the-padding-before",
        "max_pool1d avg_pool1d",
        "SIZE",
        "The rule for the last window of ceil_mode forgets the padding before.",
        "pooling",
        ("(n + p0 - 1) // s) + 1", "(n - 1) // s) + 1"),
    ),
    edited(
        "ceil-mode-on-the-last-axis",
        "max_pool2d max_pool3d avg_pool2d",
        "SIZE",
        "ceil_mode holds on the last axis only.",
        "pooling",
        (
            "counts = tuple(_ceil_count(*axis) for axis in axes)",
            "counts = (*counts[:-1], *(_ceil_count(*axis) for axis in list(axes)[-1:]))",
        ),
    ),
    edited(
        "pooled-with-the-padding-of-the-first-axis",
        "max_pool2d avg_pool3d max_pool3d",
        "SIZE",
        "All axes are padded as the first, after tvm#4738.",
        "pooling",
        (_PARSED, _PARSED + "\n    window = Window(window.stride, window.dilation, window.pads[:1] * rank)"),
    ),
    wrapped(
        "padding-by-pairs-refused",
        "avg_pool2d max_pool1d",
        "ERR",
        "Padding given as pairs (before, after) is refused, after flax#362.",
        _pairs_refused,
    ),
    edited(
        "padding-after-unchecked",
        "max_pool1d avg_pool2d",
        "ERR",
        "Only the padding before a row is checked to be less than the window, after mxnet#6191.",
        "pooling",
        (_REACH, "if p0 > d * (k - 1):"),
    ),
    edited(
        "padding-of-a-whole-window",
        "max_pool2d avg_pool1d",
        "ERR",
        "Padding as long as the whole window is accepted: a window may hold no sample.",
        "pooling",
        (_REACH, "if max(p0, p1) > d * (k - 1) + 1:"),
    ),
    edited(
        "padding-of-half-a-window",
        "max_pool1d avg_pool1d",
        "ERR",
        "Padding above half of the window is refused, which is another library's rule.",
        "pooling",
        (_REACH, "if 2 * max(p0, p1) > k:"),
    ),
    edited(
        "dilated-window-without-a-sample",
        "max_pool1d max_pool2d_with_indices",
        "ERR",
        "A window whose taps step over the whole input is accepted.",
        "pooling",
        ("if p0 and n < d:", "if p0 and n < d - k:"),
    ),
    edited(
        "ceil-mode-without-the-size-check",
        "max_pool1d avg_pool1d",
        "ERR",
        "With ceil_mode windows longer than the padded input are accepted, as in PyTorch.",
        "pooling",
        (
            "counts = window_counts(operator, sizes, taps, window)",
            "counts = (1,) * rank if ceil_mode else window_counts(operator, sizes, taps, window)",
        ),
    ),
    edited(
        "kernel-size-zero-accepted",
        "max_pool1d avg_pool2d",
        "ERR",
        "A window of no taps is accepted.",
        "pooling",
        (_REACH, f"{_REACH[:-1]} and k:"),
        ('"kernel_size", kernel_size, rank, 1)', '"kernel_size", kernel_size, rank, 0)'),
    ),
    edited(
        "windows-overlap-by-default",
        "max_pool2d avg_pool1d",
        "SIZE",
        "The stride is 1, not the window, where none is given.",
        "pooling",
        ("taps if stride is None else stride", "1 if stride is None else stride"),
    ),
    edited(
        "dilation-in-the-size-only",
        "max_pool1d max_pool2d",
        "DEF",
        "Dilation enters the output size but not the places of the taps, after libonnx#24.",
        "max_pooling",
        ("shift = dilation[2] * u - before", "shift = u - before"),
    ),
    edited(
        "dilated-start-at-zero",
        "max_pool2d_with_indices max_pool2d max_pool3d",
        "DEF",
        "A window that begins in the padding starts at sample 0, not at its first tap inside, after onnxruntime#29637.",
        "pooling",
        ("np.where(start < 0, start + d * -(start // d), start)", "np.maximum(start, 0)"),
    ),
    edited(
        "first-axis-dilated-as-the-second",
        "max_pool3d",
        "DEF",
        "The first of three axes is dilated as the second.",
        "max_pooling",
        ("zd += dilation[0]", "zd += dilation[1]"),
    ),
    edited(
        "rows-dilated-as-columns",
        "max_pool2d max_pool3d",
        "DEF",
        "The last axis but one is dilated as the last.",
        "max_pooling",
        ("zh += dilation[1]", "zh += dilation[2]"),
    ),
    edited(
        "taps-beyond-the-third-lost",
        "max_pool1d",
        "DEF",
        "Of a window along a row only three taps are compared.",
        "max_pooling",
        ("for u in range(taps):", "for u in range(min(taps, 3)):"),
    ),
    edited(
        "last-window-of-a-strided-row",
        "max_pool1d max_pool2d",
        "DEF",
        "With a stride, the last window of a tap is lost unless the stride divides what the row has left.",
        "max_pooling",
        ("hi = min(end, (n - 1 - shift) // s + 1)", "hi = min(end, (n - shift - (s < 2)) // s + (s < 2))"),
    ),
    edited(
        "strided-row-read-from-before",
        "max_pool1d max_pool2d",
        "DEF",
        "With padding, a tap is looked up one window too early where the stride does not divide its distance.",
        "max_pooling",
        ("lo = max(begin, -(shift // s))", "lo = max(begin, -shift // s)"),
    ),
    edited(
        "odd-places-at-stride-two",
        "max_pool1d",
        "DEF",
        "At stride 2, every second window is read one sample too early.",
        "max_pooling",
        (_AT_TWO, _AT_TWO.replace("2 * t]", "2 * t - t % 2]")),
    ),
)
