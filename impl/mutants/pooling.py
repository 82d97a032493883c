"""Wrong max pooling, unpooling, adaptive and global max pooling: windows, comparisons, indices."""

from __future__ import annotations

import numpy as np

from convoracle.impl.mutants.memory import buffered, dense, operand, overwrites
from convoracle.impl.mutants.mutant import Function, edited, wrapped

_CEIL = "return min(-(-(n + p0 + p1 - dilated_extent(k, d)) // s), (n + p0 - 1) // s) + 1"
_REACH = "if max(p0, p1) > d * (k - 1):"
_TAKES = "takes = (best == best) & (not sample <= best)"
_CHOSEN = "target[t] = sample if (best == best) & (not sample <= best) else best"
_AT_ONE = "best, sample = target[t], source[t]\n" + 28 * " "
_AT_TWO = "best, sample = target[t], source[2 * t]\n" + 28 * " "
_PAIR_AT_ONE = "best, sample = maxima[t], source[t]\n" + 28 * " "
_FIRST = "if not sample <= best and best == best:"
_PLACED = "if (best == best) & (not sample <= best):"


def _padded_with_zeros(right: Function) -> Function:
    def pool(x, *, padding=0, ceil_mode=False, **options):
        if isinstance(padding, int) and padding > 0 and not ceil_mode:
            right(x, padding=padding, **options)  # refuses what is illegal
            x = np.pad(x, ((0, 0), (0, 0), *((padding, padding),) * (x.ndim - 2)))
            padding = 0
        return right(x, padding=padding, ceil_mode=ceil_mode, **options)

    return pool


def _by_blocks(right: Function) -> Function:
    """Where windows are blocks that fill the input, reshape and reduce; the axes of the reshape are exchanged."""

    def pool(x, *, kernel_size, **options):
        y = right(x, kernel_size=kernel_size, **options)
        if options or not isinstance(kernel_size, int) or any(n % kernel_size for n in x.shape[2:]):
            return y
        axes = [m for n in x.shape[2:] for m in (kernel_size, n // kernel_size)]
        return x.reshape(*x.shape[:2], *axes).max(tuple(range(2, x.ndim * 2 - 2, 2))).astype(y.dtype)

    return pool


def _on_indices(change: Function) -> Function:
    """Return the wrapper that passes x, the result and the indices through `change`."""

    def wrapper(right: Function) -> Function:
        def pool(x, **options):
            y, indices = right(x, **options)
            return y, change(x, y, indices)

        return pool

    return wrapper


def _in_the_batch_entry(x: np.ndarray, y: np.ndarray, indices: np.ndarray) -> np.ndarray:
    plane = int(np.prod(x.shape[2:]))
    return indices + plane * np.arange(x.shape[1]).reshape(1, -1, *(1,) * (x.ndim - 2))


def _first_item_only(right: Function) -> Function:
    def pool(x, **options):
        y = right(x, **options)
        y[1:] = 0
        return y

    return pool


def _through_float64(right: Function) -> Function:
    def pool(x, **options):
        y = right(x, **options)
        return y if y.dtype.kind == "f" else y.astype(np.float64).clip(-(2.0**63), 2.0**63 - 1024).astype(np.int64)

    return pool


def _dtype_kept(right: Function) -> Function:
    return lambda x, **options: right(x, **options).astype(x.dtype.newbyteorder("="))


def _padded_integers_are_floats(right: Function) -> Function:
    def pool(x, **options):
        y = right(x, **options)
        return y.astype(np.result_type(y, np.float64)) if options.get("padding", 0) else y

    return pool


def _planes_mixed(right: Function) -> Function:
    """Channels are pooled as if they were stored before the batch."""

    def pool(x, **options):
        y = right(x.reshape(x.shape[1], x.shape[0], *x.shape[2:]), **options)
        return np.ascontiguousarray(y.swapaxes(0, 1))

    return pool


MUTANTS = (
    edited(
        "ceil-window-in-the-padding",
        "max_pool1d max_pool2d avg_pool1d",
        "SIZE",
        "With ceil_mode a last window that starts behind the input counts, after pytorch#45357 and openvino#33369.",
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
        "With a stride, a tap of the last window is lost where it lands on the last sample.",
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
    wrapped(
        "max-padded-with-zeros",
        "max_pool1d max_pool2d",
        "RANGE",
        "The padding holds zeros, which beat negative samples, after pytorch#33384.",
        _padded_with_zeros,
    ),
    edited(
        "least-float-as-identity",
        "max_pool1d max_pool2d",
        "NAN",
        "Maxima start from the least finite number: a window of -inf gives that, after numba#5662.",
        "pooling",
        ("else -np.inf], dtype)", "else np.finfo(dtype).min], dtype)"),
    ),
    edited(
        "least-int32-as-identity",
        "max_pool1d max_pool3d",
        "PRED",
        "Maxima of integers start from -2**31.",
        "pooling",
        ("np.iinfo(dtype).min if dtype == INT64", "np.iinfo(np.int32).min if dtype == INT64"),
    ),
    edited(
        "nan-ignored-at-stride-one",
        "max_pool1d max_pool2d",
        "NAN",
        "At stride 1 NaN loses every comparison, after pytorch#7645.",
        "max_pooling",
        (_AT_ONE + _CHOSEN, _AT_ONE + "target[t] = sample if sample > best else best"),
    ),
    edited(
        "nan-only-as-the-last-tap",
        "max_pool1d",
        "NAN",
        "At stride 2 a NaN is forgotten when another tap follows it.",
        "max_pooling",
        (_AT_TWO + _CHOSEN, _AT_TWO + "target[t] = sample if not sample <= best else best"),
    ),
    edited(
        "nan-only-as-the-first-sample",
        "adaptive_max_pool1d global_max_pool max_pool2d",
        "NAN",
        "A NaN counts only where it is the first sample of the window, after Theano#3060.",
        "maxima",
        (_FIRST, "if sample > best:"),
    ),
    edited(
        "index-of-the-last-nan",
        "max_pool1d_with_indices adaptive_max_pool2d_gradient",
        "IDX",
        "Of several NaN in a window the last is pointed at.",
        "maxima",
        (_FIRST, "if sample != sample or sample > best:"),
        (_PAIR_AT_ONE + _TAKES, _PAIR_AT_ONE + "takes = (sample != sample) | (sample > best)"),
    ),
    edited(
        "last-of-equal-maxima",
        "max_pool1d_with_indices max_pool1d_gradient",
        "IDX",
        "At stride 1 the last of equal maxima is pointed at.",
        "maxima",
        (_PAIR_AT_ONE + _TAKES, _PAIR_AT_ONE + "takes = (best == best) & (not sample < best)"),
    ),
    edited(
        "last-of-equal-maxima-of-a-plane",
        "global_max_pool_gradient adaptive_max_pool1d_gradient adaptive_max_pool3d_gradient",
        "IDX",
        "Window by window, the last of equal maxima receives the gradient.",
        "maxima",
        (_FIRST, "if not sample < best and best == best:"),
    ),
)
