"""Wrong convolution layers: taps, tails, groups, batches, bias."""

from __future__ import annotations

from typing import Any

import numpy as np

from convoracle.impl.mutants.mutant import Function, edited, wrapped

_SUM = "target[t] += weight * source[t]"
_STRIDED_SUM = "target[t] += weight * source[s * t]"
_SOURCE = "x[i, c + fan_in * (o // per_group), zd, zh, s * lo + shift :]"
_CALL = "steps=window.steps, terms=terms, bias=b)"


def _filters(change: Any) -> Any:
    """Return the wrapper that calls a layer with ``change(w, options)`` for w."""

    def wrapper(right: Function) -> Function:
        def layer(x, w, b=None, **options):
            return right(x, change(w, options), b, **options)

        return layer

    return wrapper


def _flip_with_channels(w: np.ndarray, options: dict[str, Any]) -> np.ndarray:
    return w[:, ::-1] if options.get("groups", 1) != 1 else w


def _odd_only(w: np.ndarray, options: dict[str, Any]) -> np.ndarray:
    """The last row of even filters lost, as where a filter is centred by k // 2 on both sides."""
    if w.ndim < 4 or w.shape[2] % 2:
        return w
    return np.concatenate([w[:, :, :-1], np.zeros_like(w[:, :, -1:])], axis=2)


def _interleaved(right: Function) -> Function:
    def layer(x, w, b=None, *, groups=1, **options):
        y = right(x, w, b, groups=groups, **options)
        by_group = y.reshape(y.shape[0], groups, y.shape[1] // groups, *y.shape[2:])
        return np.ascontiguousarray(by_group.swapaxes(1, 2)).reshape(y.shape)

    return layer


def _groups_of_the_outputs(right: Function) -> Function:
    def layer(x, w, b=None, *, groups=1, **options):
        depthwise = groups == x.shape[1] > 1
        return right(x, w, b, groups=w.shape[0] if depthwise else groups, **options)

    return layer


def _bias_never_written(right: Function) -> Function:
    """Memory that nobody wrote holds NaN here."""

    def layer(x, w, b=None, **options):
        y = right(x, w, b, **options)
        return y if b is not None or y.dtype.kind == "i" else y + y.dtype.type(np.nan)

    return layer


def _scheduled_for_three_taps(right: Function) -> Function:
    def layer(x, w, b=None, **options):
        fixed = {"stride": 1, "padding": 1} if set(w.shape[2:]) == {3} else {}
        return right(x, w, b, **{**options, **fixed})

    return layer


def _first_image(right: Function) -> Function:
    def layer(x, *operands, **options):
        y = right(x, *operands, **options)
        y[1:] = 0
        return y

    return layer


def _bias_first(right: Function) -> Function:
    """Bias added to the input of 1 x 1 filters: the filters then weigh it."""

    def layer(x, w, b=None, **options):
        if b is None or w.shape[0] != x.shape[1]:
            return right(x, w, b, **options)
        return right(x + b.reshape(-1, *[1] * (x.ndim - 2)), w, **options)

    return layer


def _empty_batch(right: Function) -> Function:
    def layer(x, *operands, **options):
        y = right(x, *operands, **options)
        return y if len(x) else y.reshape(0)

    return layer


MUTANTS = (
    edited(
        "third-tap-dropped",
        "conv1d conv2d",
        "DEF",
        "The last tap of filters with three taps on the last axis is dropped.",
        "convolution",
        ("for uw in range(w.shape[4]):", "for uw in range(w.shape[4] - (w.shape[4] == 3)):"),
    ),
    edited(
        "tail-lost",
        "conv1d conv3d",
        "DEF",
        "Rows of more than four outputs lose the tail that fills no vector of four, after Paddle#11016.",
        "convolution",
        (
            "end = min(begin + tile, y.shape[4])",
            "end = min(begin + tile, y.shape[4] if y.shape[4] < 4 else y.shape[4] // 4 * 4)",
        ),
    ),
    edited(
        "last-sample-never-read",
        "conv1d conv2d",
        "DEF",
        "The last sample of every row counts as padding.",
        "convolution",
        ("hi = min(end, (n - 1 - shift) // s + 1)", "hi = min(end, (n - 2 - shift) // s + 1)"),
    ),
    edited(
        "begin-padding-times-dilation",
        "conv1d conv2d",
        "DEF",
        "The padding before is multiplied by the dilation.",
        "convolution",
        ("shift = dilation[2] * uw - before[2]", "shift = dilation[2] * (uw - before[2])"),
    ),
    edited(
        "middle-dilation-ignored",
        "conv3d conv2d",
        "DEF",
        "The dilation of the last axis but one is ignored.",
        "convolution",
        ("zh = stride[1] * th + dilation[1] * uh", "zh = stride[1] * th + uh"),
    ),
    edited(
        "depth-moves-by-the-height-stride",
        "conv3d",
        "DEF",
        "The first spatial axis moves by the stride of the second, after mlpack#3146.",
        "convolution",
        ("zd = stride[0] * td + dilation[0]", "zd = stride[1] * td + dilation[0]"),
    ),
    edited(
        "strided-rows-read-densely",
        "conv1d conv2d",
        "DEF",
        "With a stride on the last axis, a layer reads neighbouring samples.",
        "convolution",
        (_STRIDED_SUM, "target[t] += weight * source[t]"),
    ),
    edited(
        "last-product-instead-of-the-sum",
        "conv1d conv2d",
        "LIN",
        "At stride 1 every product overwrites the one before.",
        "convolution",
        (_SUM, "target[t] = weight * source[t]"),
    ),
    edited(
        "largest-product-instead-of-the-sum",
        "conv1d conv2d convolve",
        "LIN",
        "The product of largest modulus is kept instead of the sum: right on every pair of impulses.",
        "convolution",
        (_SUM, "target[t] = max(target[t], weight * source[t], key=abs)"),
        (_STRIDED_SUM, "target[t] = max(target[t], weight * source[s * t], key=abs)"),
    ),
    edited(
        "group-offset-of-the-output",
        "conv1d conv2d",
        "GROUP",
        "The input channels of a group are found with the group size of the output, after pytorch#19912.",
        "convolution",
        (_SOURCE, _SOURCE.replace("c + fan_in * (o // per_group)", "(c + per_group * (o // per_group)) % x.shape[1]")),
    ),
    edited(
        "groups-taken-in-turn",
        "conv1d conv3d",
        "GROUP",
        "Output channel o belongs to group o modulo G instead of o // (C_out / G), after Theano#6297.",
        "convolution",
        (_SOURCE, _SOURCE.replace("(o // per_group)", "(o % (x.shape[1] // fan_in))")),
    ),
    wrapped(
        "group-outputs-interleaved",
        "conv2d",
        "GROUP",
        "The results of the groups are interleaved instead of stacked.",
        _interleaved,
    ),
    wrapped(
        "depthwise-groups-of-the-outputs",
        "conv2d conv1d",
        "GROUP",
        "Depthwise layers have as many groups as output channels, after pytorch-image-models#354.",
        _groups_of_the_outputs,
    ),
    edited(
        "channel-counter-wraps",
        "conv1d conv2d",
        "CHAN",
        "Output channels are counted with two bits: the fifth is added to the first, after pytorch#129207 with its 16 bits.",
        "convolution",
        ("target = y[i, o, td, th, lo:hi]", "target = y[i, o % 4, td, th, lo:hi]"),
    ),
    wrapped(
        "flip-includes-the-channels",
        "conv2d",
        "GROUP",
        "With groups, the filter channels are reversed as well, after mlx#1449.",
        _filters(_flip_with_channels),
    ),
    edited(
        "first-channel-only",
        "conv1d conv2d",
        "DEF",
        "Only the first channel of every filter is used.",
        "convolution",
        ("for c in range(fan_in):", "for c in range(1):"),
    ),
    edited(
        "every-image-is-the-first",
        "conv2d",
        "BATCH",
        "All images of a batch are read from the first, after ggml#737.",
        "convolution",
        (_SOURCE, _SOURCE.replace("x[i,", "x[0,")),
    ),
    wrapped(
        "first-image-only",
        "conv1d conv_transpose2d",
        "BATCH",
        "Only the first image of a batch is computed, the others are zero, after ggml#1448 and ggml#993.",
        _first_image,
    ),
    wrapped(
        "stride-and-padding-of-one-for-three-taps",
        "conv2d",
        "SIZE",
        "Filters of three taps go the way of tiles, with stride and padding 1 whatever was asked for, after tvm#4260.",
        _scheduled_for_three_taps,
    ),
    edited(
        "bias-dropped",
        "conv1d conv2d",
        "DEF",
        "The bias is ignored.",
        "convolution",
        (_CALL, "steps=window.steps, terms=terms)"),
    ),
    wrapped(
        "absent-bias-never-written",
        "conv1d conv2d",
        "NAN",
        "Where there is no bias, memory that was never written is added, after speechbrain#2464.",
        _bias_never_written,
    ),
    edited(
        "bias-added-twice",
        "conv2d",
        "DEF",
        "The bias is added twice.",
        "convolution",
        (_CALL, _CALL.replace("bias=b", "bias=None if b is None else 2 * b")),
    ),
    wrapped(
        "bias-added-to-the-input",
        "conv2d",
        "DEF",
        "Where C_in equals C_out the bias is added before the filters.",
        _bias_first,
    ),
    wrapped(
        "odd-filters-only",
        "conv2d conv3d",
        "DEF",
        "The last row of filters with an even number of rows is lost.",
        _filters(_odd_only),
    ),
    wrapped(
        "complex-filters-conjugated",
        "conv1d conv2d",
        "CONJ",
        "A layer conjugates its filters, as a correlation of signals does.",
        _filters(lambda w, options: w.conj()),
    ),
    wrapped(
        "filters-flipped",
        "conv1d conv2d conv3d",
        "DEF",
        "The layer convolves: its filters are flipped on all spatial axes.",
        _filters(lambda w, options: np.flip(w, tuple(range(2, w.ndim)))),
    ),
    edited(
        "zero-weights-skipped",
        "conv1d conv2d",
        "NAN",
        "Products with a zero weight are skipped, so that NaN and infinite samples are lost there.",
        "convolution",
        ("if lo >= hi:", "if lo >= hi or w[o, c, ud, uh, uw] == 0:"),
    ),
    wrapped(
        "empty-batch-without-shape",
        "conv1d",
        "EMPTY",
        "An empty batch gives an array of one axis.",
        _empty_batch,
    ),
)
