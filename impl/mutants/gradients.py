"""Wrong gradients of convolution layers."""

from __future__ import annotations

from convoracle.impl.mutants.mutant import Function, edited, wrapped

_SUM = "target[t] += weight * source[t]"
_CHECKED = "check_output_size(operator, dy, window_counts(operator, sizes, taps, window))"


def _mean_of_the_batch(right: Function) -> Function:
    def gradient(dy, x, **options):
        dw = right(dy, x, **options)
        return dw if dw.dtype.kind in "iu" else dw / max(1, len(dy))

    return gradient


def _padding_symmetric(right: Function) -> Function:
    def gradient(*operands, padding=0, **options):
        if isinstance(padding, tuple) and isinstance(padding[0], tuple):
            padding = tuple((min(pads), sum(pads) - min(pads)) for pads in padding)
        return right(*operands, padding=padding, **options)

    return gradient


MUTANTS = (
    edited(
        "input-gradient-overwrites",
        "conv1d_input_gradient conv2d_input_gradient conv_transpose1d",
        "ADJ",
        "At stride 1, contributions to one sample overwrite one another.",
        "convolution_input_gradient",
        (_SUM, "target[t] = weight * source[t]"),
    ),
    edited(
        "input-gradient-without-groups",
        "conv1d_input_gradient conv2d_input_gradient conv_transpose2d",
        "ADJ",
        "The gradient of every group is taken from the outputs of the first.",
        "convolution_input_gradient",
        ("o = c // fan_in * per_group + member", "o = member"),
    ),
    edited(
        "input-gradient-spreads-between-strides",
        "conv2d_input_gradient conv_transpose2d",
        "ADJ",
        "On the last axis but one, samples that no window starts at take part.",
        "convolution_input_gradient",
        ("if steps_h % stride[1] or th < 0", "if th < 0"),
    ),
    edited(
        "input-gradient-dilation-of-the-next-axis",
        "conv3d_input_gradient conv_transpose3d",
        "ADJ",
        "The first spatial axis is dilated as the second.",
        "convolution_input_gradient",
        ("steps_d = zd - dilation[0] * ud", "steps_d = zd - dilation[1] * ud"),
    ),
    edited(
        "input-size-without-remainder",
        "conv1d_input_gradient conv2d_input_gradient",
        "SIZE",
        "The input size is rebuilt as s (o - 1) + d (k - 1) + 1 - pads, without the remainder, after Theano#601.",
        "convolution_input_gradient",
        (
            _CHECKED,
            f"{_CHECKED}\n    sizes = tuple((m - 1) * s + d * (k - 1) + 1 - sum(p) for m, s, d, k, p in"
            " zip(dy.shape[2:], window.stride, window.dilation, taps, window.pads, strict=True))",
        ),
    ),
    edited(
        "input-gradient-same-padding-of-the-output",
        "conv1d_input_gradient conv2d_input_gradient",
        "ADJ",
        "Padding 'same' is computed from the size of dy in the place of that of x, after opencv#10702.",
        "convolution_input_gradient",
        (
            "window = parse_window(operator, sizes, taps, stride, padding, dilation)",
            "window = parse_window(operator, dy.shape[2:], taps, stride, padding, dilation)",
        ),
    ),
    edited(
        "input-gradient-of-short-strided-rows",
        "conv1d_input_gradient conv2d_input_gradient",
        "ADJ",
        "With a stride, more than two channels and rows below 17 the last tap is lost, after oneDNN#43 with its 16 channels.",
        "convolution_input_gradient",
        (
            "for uw in range(w.shape[4]):",
            "for uw in range(w.shape[4] - (s > 1 and x.shape[1] > 2 and x.shape[4] < 17)):",
        ),
    ),
    edited(
        "border-folded-by-overwriting",
        "conv1d_input_gradient conv2d_input_gradient",
        "ADJ",
        "What falls into the border replaces what is there instead of being added.",
        "borders",
        ("result[index[place]] += inner[place]", "result[index[place]] = inner[place]"),
    ),
    edited(
        "border-after-not-folded",
        "conv1d_input_gradient conv3d_input_gradient",
        "ADJ",
        "What falls into the border after the signal is lost.",
        "borders",
        ("for place in (*range(p0), *range(p0 + n, p0 + n + p1)):", "for place in range(p0):"),
    ),
    edited(
        "weight-gradient-without-groups",
        "conv1d_weight_gradient conv2d_weight_gradient",
        "ADJ",
        "The filters of all groups are correlated with the channels of the first, after pytorch#51430.",
        "convolution_weight_gradient",
        ("c + fan_in * (o // per_group)", "c"),
    ),
    edited(
        "weight-gradient-loses-an-output-row",
        "conv2d_weight_gradient conv3d_weight_gradient",
        "ADJ",
        "The last filter row misses the last output row, after pytorch#50042.",
        "convolution_weight_gradient",
        ("for th in range(y.shape[3]):", "for th in range(y.shape[3] - (0 < uh == w.shape[3] - 1)):"),
    ),
    edited(
        "weight-gradient-of-the-first-image",
        "conv1d_weight_gradient conv2d_weight_gradient",
        "ADJ",
        "Only the first image of the batch contributes.",
        "convolution_weight_gradient",
        ("for i in range(y.shape[0]):", "for i in range(min(1, y.shape[0])):"),
    ),
    edited(
        "weight-gradient-carries-over",
        "conv1d_weight_gradient conv2d_weight_gradient",
        "ADJ",
        "The sums of a tap start from those of the tap before.",
        "convolution_weight_gradient",
        ("partial_sums[:] = 0", "partial_sums[:] = 0 if uw == begin else partial_sums"),
    ),
    edited(
        "weight-gradient-dense-rows",
        "conv1d_weight_gradient conv3d_weight_gradient",
        "ADJ",
        "With a stride on the last axis, neighbouring samples are read.",
        "convolution_weight_gradient",
        ("factor[t] * source[s * t]", "factor[t] * source[t]"),
    ),
    wrapped(
        "weight-gradient-is-a-mean",
        "conv1d_weight_gradient conv2d_weight_gradient",
        "ADJ",
        "The gradient is averaged over the batch.",
        _mean_of_the_batch,
    ),
    wrapped(
        "gradient-padding-small-side-first",
        "conv2d_input_gradient conv2d_weight_gradient",
        "ADJ",
        "The smaller of two paddings is taken for the one before, after mlx#1826.",
        _padding_symmetric,
    ),
)
