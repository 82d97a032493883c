"""Wrong readings of stride, padding, dilation and padding mode, and checks that are missing."""

from __future__ import annotations

import numpy as np

from convoracle.impl.mutants.mutant import Function, edited, wrapped

_PARSED = "return Window(steps, spread, _parse_pads(operator, padding, rank))"
_SAME = "return total // 2, total - total // 2"
_SPREAD = 'spread = per_axis(operator, "dilation", dilation, rank, 1)'
_EXTENDED = "x = np.take(x, sources(mode, x.shape[axis], p0, p1), axis=axis)"
_COUNT = "counts.append((n + p0 + p1 - dilated_extent(k, d)) // s + 1)"


def _circular_half(right: Function) -> Function:
    def layer(*operands, padding=0, padding_mode="zeros", **options):
        if padding_mode == "circular" and isinstance(padding, int):
            padding = (((padding + 1) // 2, padding // 2),) * (operands[0].ndim - 2)
        return right(*operands, padding=padding, padding_mode=padding_mode, **options)

    return layer


def _mode_ignored(right: Function) -> Function:
    def layer(*operands, padding=0, padding_mode="zeros", **options):
        return right(*operands, padding=0 if padding_mode == "circular" else padding, **options)

    return layer


def _padded_with_ones(right: Function) -> Function:
    def layer(x, *operands, padding=0, padding_mode="zeros", **options):
        if padding_mode == "zeros" and isinstance(padding, int) and padding > 0:
            x = np.pad(x, ((0, 0), (0, 0), *((padding, padding),) * (x.ndim - 2)), constant_values=1)
            padding = 0
        return right(x, *operands, padding=padding, padding_mode=padding_mode, **options)

    return layer


def _strides_exchanged(right: Function) -> Function:
    def layer(*operands, stride=1, **options):
        return right(*operands, stride=stride[::-1] if isinstance(stride, tuple) else stride, **options)

    return layer


MUTANTS = (
    edited(
        "truncates-instead-of-floors",
        "conv1d conv2d",
        "ERR",
        "The window count is truncated toward zero: inputs up to a stride too small are accepted, after pytorch#9592.",
        "arguments",
        ("if n + p0 + p1 < dilated_extent(k, d):", "if int((n + p0 + p1 - dilated_extent(k, d)) / s) < 0:"),
        (_COUNT, "counts.append(int((n + p0 + p1 - dilated_extent(k, d)) / s) + 1)"),
    ),
    edited(
        "one-more-window",
        "conv1d conv2d",
        "SIZE",
        "Sizes are rounded up: a last window that does not fit is counted.",
        "arguments",
        (_COUNT, "counts.append(-(-(n + p0 + p1 - dilated_extent(k, d)) // s) + 1)"),
    ),
    edited(
        "extent-k-plus-d",
        "conv1d conv2d conv_transpose2d",
        "SIZE",
        "The extent of a dilated filter is k + d - 1: right for two taps or no dilation, after onnxruntime#2518.",
        "arguments",
        ("return d * (k - 1) + 1", "return k + d - 1"),
    ),
    edited(
        "same-surplus-first",
        "conv1d conv2d",
        "DEF",
        "Padding 'same' puts the surplus at the beginning, after root#21737.",
        "arguments",
        (_SAME, "return total - total // 2, total // 2"),
    ),
    edited(
        "same-padding-rounded-up",
        "conv1d conv2d",
        "SIZE",
        "Padding 'same' is as long after as before, rounded up: too long for even filters, after pytorch#3867.",
        "arguments",
        (_SAME, "return -(-total // 2), -(-total // 2)"),
    ),
    edited(
        "same-half-kernel",
        "conv1d conv2d",
        "SIZE",
        "Padding 'same' is k // 2 on both sides, whatever size and stride, after root#21737.",
        "arguments",
        ("total = max(0, (-(-n // s) - 1) * s + dilated_extent(k, d) - n)", "total = 2 * (k // 2)"),
    ),
    edited(
        "same-ignores-dilation",
        "conv1d conv3d",
        "SIZE",
        "Padding 'same' is computed from k instead of the dilated extent, after jax#3973.",
        "arguments",
        ("* s + dilated_extent(k, d) - n)", "* s + k - n)"),
    ),
    edited(
        "same-is-valid",
        "conv2d",
        "SIZE",
        "Padding 'same' is read as 'valid', after onnxruntime#4086.",
        "arguments",
        ('if padding == "same" else (0, 0)', 'if padding == "SAME" else (0, 0)'),
    ),
    edited(
        "same-with-dilations-reversed",
        "conv2d conv3d",
        "SIZE",
        "Padding 'same' takes the dilations of the axes in reverse, after tinygrad#17805.",
        "arguments",
        ("in zip(sizes, taps, steps, spread, strict=True)", "in zip(sizes, taps, steps, spread[::-1], strict=True)"),
    ),
    edited(
        "dilations-of-the-axes-before",
        "conv2d conv3d",
        "SIZE",
        "Every axis is dilated as the one before it, and the first not at all, after tfjs-converter#363.",
        "arguments",
        (_SPREAD, f"{_SPREAD}\n    spread = (1, *spread[:-1])"),
    ),
    edited(
        "dilated-and-strided-without-remainder",
        "conv1d conv2d",
        "SIZE",
        "With stride and dilation, inputs are cut to a multiple of the dilation and the count is rounded down,"
        " after tensorflow#57128.",
        "arguments",
        (
            _COUNT,
            f"{_COUNT}\n        if s > 1 and d > 1:\n            counts[-1] = ((n + p0 + p1) // d * d - d * (k - 1)) // s",
        ),
    ),
    edited(
        "stride-of-the-first-axis",
        "conv2d conv3d conv_transpose2d",
        "SIZE",
        "All axes move by the stride of the first, after Paddle#20997.",
        "arguments",
        (_PARSED, _PARSED.replace("steps,", "steps[:1] * rank,")),
    ),
    wrapped(
        "strides-exchanged",
        "conv2d conv2d_weight_gradient",
        "SIZE",
        "The strides of the axes are exchanged, after mlpack#3146.",
        _strides_exchanged,
    ),
    edited(
        "stride-and-dilation-exchanged",
        "conv1d",
        "SIZE",
        "Stride and dilation are taken for one another.",
        "arguments",
        (_PARSED, _PARSED.replace("steps, spread", "spread, steps")),
    ),
    edited(
        "padding-sides-exchanged",
        "conv1d conv2d conv_transpose1d",
        "DEF",
        "The padding before stands after and the other way round.",
        "arguments",
        ("return tuple(zip(before, after, strict=True))", "return tuple(zip(after, before, strict=True))"),
    ),
    edited(
        "padding-axes-reversed",
        "conv2d conv3d",
        "SIZE",
        "Per-axis paddings are taken last axis first, after pytorch#37844.",
        "arguments",
        (
            'for p in per_axis(operator, "padding", padding, rank, 0))',
            'for p in per_axis(operator, "padding", padding, rank, 0)[::-1])',
        ),
    ),
    wrapped(
        "circular-padding-halved",
        "conv1d conv2d",
        "SIZE",
        "Circular padding p adds p samples in all instead of p on each side, after pytorch#20981.",
        _circular_half,
    ),
    wrapped(
        "circular-padding-ignored",
        "conv2d",
        "SIZE",
        "Circular padding does nothing, after pytorch#29712.",
        _mode_ignored,
    ),
    edited(
        "one-sided-border-lost",
        "conv1d conv2d",
        "DEF",
        "A border on one side only is not filled, after pytorch#24504.",
        "borders",
        ("        if p0 or p1:", "        if p0 and p1:"),
    ),
    edited(
        "circular-reads-the-edge",
        "conv1d",
        "DEF",
        "Circular padding repeats the edge.",
        "borders",
        ("return place % n", "return place.clip(0, n - 1)"),
    ),
    edited(
        "circular-padding-from-farther-away",
        "conv1d conv2d",
        "DEF",
        "Circular padding is cut out as far from the edge as the padding of the other side is wide, after pytorch#86690.",
        "borders",
        ("return place % n", "return (place - p1 * (place < 0) + p0 * (place >= n)) % n"),
    ),
    edited(
        "farthest-reflection-is-zero",
        "conv1d conv2d",
        "DEF",
        "Reflect padding of n - 1 samples, the most there may be, ends in a zero, after onnxruntime#16401.",
        "borders",
        (
            _EXTENDED,
            "n = x.shape[axis]\n"
            "            inside = abs(2 * np.arange(-p0, n + p1) - (n - 1)) < 3 * (n - 1)\n"
            f"            {_EXTENDED}\n"
            '            if mode == "reflect":\n'
            "                x = np.where(inside.reshape(-1, *[1] * (x.ndim - 1 - axis)), x, x.dtype.type(0))",
        ),
    ),
    edited(
        "reflect-repeats-the-edge",
        "conv1d conv1d_input_gradient",
        "DEF",
        "Reflection includes the edge sample.",
        "borders",
        ("return n - 1 - abs(n - 1 - abs(place))", "return np.minimum(place % (2 * n), (-1 - place) % (2 * n))"),
    ),
    wrapped(
        "padded-with-ones",
        "conv1d conv2d",
        "DEF",
        "Padding of zeros is filled with ones.",
        _padded_with_ones,
    ),
    edited(
        "stride-zero-accepted",
        "conv1d conv2d",
        "ERR",
        "A stride of zero is not refused but divides, after pytorch#27598.",
        "arguments",
        (
            'steps = per_axis(operator, "stride", stride, rank, 1)',
            'steps = per_axis(operator, "stride", stride, rank, 0)',
        ),
    ),
    edited(
        "groups-need-not-divide-the-inputs",
        "conv1d conv2d",
        "ERR",
        "C_in need not be a multiple of the groups; the channels left over are ignored.",
        "convolution",
        (
            "check_divides(operator, groups, C_in=x.shape[1], C_out=w.shape[0])",
            "check_divides(operator, groups, C_out=w.shape[0])",
        ),
    ),
    edited(
        "one-bias-for-all",
        "conv1d conv2d",
        "ERR",
        "A bias with a single entry is spread over all channels.",
        "convolution",
        ("    if b is not None:\n        check_equal", "    if b is not None and b.size != 1:\n        check_equal"),
    ),
    edited(
        "reflection-too-far",
        "conv1d",
        "ERR",
        "Reflect padding may be as long as the signal, after scipy#8684.",
        "borders",
        ('(lambda n: n - 1, "p <= n - 1")', '(lambda n: n, "p <= n")'),
    ),
)
