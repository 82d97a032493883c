"""Wrong in few calls: of long axes, common layers, uncommon words, dtypes and views, or of other options than the call before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from convoracle.impl.mutants.mutant import Function, wrapped

BLOCK = 16


def _single_from_ten(right: Function) -> Function:
    def transform(x, **options):
        y = right(x, **options)
        return y if x.shape[-1] < 10 else right(x.astype(np.complex64), **options).astype(y.dtype)

    return transform


def _eight_unordered(right: Function) -> Function:
    def transform(x, **options):
        y = right(x, **options)
        return y if x.shape[-1] != 8 else y[..., [0, 4, 2, 6, 1, 5, 3, 7]]

    return transform


def _blocks_not_rescaled(right: Function) -> Function:
    def normalise(x, *, axis=-1):
        y = right(x, axis=axis)
        if x.shape[axis] <= BLOCK:
            return y
        with np.errstate(all="ignore"):
            starts = range(0, x.shape[axis], BLOCK)
            blocks = [np.take(x, range(s, min(s + BLOCK, x.shape[axis])), axis) for s in starts]
            shares = np.concatenate([np.exp(block - block.max(axis, keepdims=True)) for block in blocks], axis)
            return (shares / shares.sum(axis, keepdims=True)).astype(y.dtype)

    return normalise


def _four_taps_a_step(right: Function) -> Function:
    def signal(x, h, **options):
        h = h.copy()
        h[..., 4 * (h.shape[-1] // 4) if h.shape[-1] > 4 else h.shape[-1] :] = 0
        return right(x, h, **options)

    return signal


def _bias_of_four(right: Function) -> Function:
    def layer(x, w, b=None, **options):
        y = right(x, w, b, **options)
        if b is not None and len(x) > 4:
            y[4:] = right(x[4:], w, **options)
        return y

    return layer


def _no_valid(right: Function) -> Function:
    def layer(*operands, padding=0, **options):
        if padding == "valid":
            raise ValueError("padding must be integers or 'same'")
        return right(*operands, padding=padding, **options)

    return layer


def _when(applies: Callable[[Any, Any, dict[str, Any]], bool]) -> Callable[[Function], Function]:
    """Return a wrapper that flips the filter of the calls to which a fast path applies."""

    def wrapper(right: Function) -> Function:
        def layer(x, w, b=None, **options):
            flipped = w[::-1].copy() if applies(x, w, options) else w
            return right(x, flipped, b, **options)

        return layer

    return wrapper


def _all(option: Any, value: int) -> bool:
    return option is not None and not isinstance(option, str) and bool(np.all(np.asarray(option) == value))


def _pointwise(x: Any, w: Any, options: dict[str, Any]) -> bool:
    plain = _all(options.get("stride", 1), 1) and _all(options.get("padding", 0), 0)
    return options.get("groups", 1) > 1 and set(w.shape[2:]) == {1} and plain


def _halving(x: Any, w: Any, options: dict[str, Any]) -> bool:
    window = _all(options.get("stride", 1), 2) and _all(options.get("padding", 0), 1)
    return set(w.shape[2:]) == {3} and window and _all(options.get("dilation", 1), 1)


def _first_axis_first(right: Function) -> Function:
    def layer(x, *others, **options):
        last = x.ndim > 2 and x.size and min(x.shape[1:]) > 1 and x.strides[1] < min(x.strides[2:])
        return right(x.transpose(0, 2, 3, 1).reshape(x.shape) if last else x, *others, **options)

    return layer


def _backwards(right: Function) -> Function:
    def layer(x, *others, **options):
        mirrored = x.ndim > 1 and x.size and x.strides[-1] < 0 < x.strides[0]
        return right(x[..., ::-1] if mirrored else x, *others, **options)

    return layer


def _narrow_bias(right: Function) -> Function:
    def layer(x, w, b=None, **options):
        if b is None:
            return right(x, w, **options)
        return right(x, w, b.astype(x.dtype), **options).astype(np.result_type(x, w, b))

    return layer


def _finite_parts(right: Function) -> Function:
    def signal(x, h, **options):
        return right(np.nan_to_num(x, posinf=0.0, neginf=0.0) if x.dtype.kind == "c" else x, h, **options)

    return signal


def _scaled_by_squares(right: Function) -> Function:
    def signal(x, h, **options):
        if x.dtype.kind != "c":
            return right(x, h, **options)
        with np.errstate(all="ignore"):
            size = np.sqrt((x.real**2 + x.imag**2).max(initial=0))
            if not (size > 1e15 or 0 < size < 1e-15):
                return right(x, h, **options)
            y = right(x / size, h, **options)
            return (y * size).astype(y.dtype)

    return signal


def _whole_strides(right: Function) -> Function:
    def layer(*operands, stride=1, **options):
        return right(*operands, stride=int(stride) if isinstance(stride, float) else stride, **options)

    return layer


def _planned_by_shapes(right: Function) -> Function:
    plans: dict[Any, Any] = {}

    def layer(*operands, stride=1, **options):
        key = tuple(operand.shape for operand in operands)
        y = right(*operands, stride=plans.get(key, stride), **options)
        plans[key] = stride
        return y

    return layer


MUTANTS = (
    wrapped(
        "single-from-ten-samples",
        "dft idft",
        "PRED",
        "Ten samples and more are computed in complex64.",
        _single_from_ten,
    ),
    wrapped(
        "eight-in-the-order-of-bits", "dft", "DEF", "Eight frequencies are in bit-reversed order.", _eight_unordered
    ),
    wrapped(
        "blocks-not-rescaled",
        "softmax",
        "RANGE",
        "An online softmax takes from each block of 16 its own maximum.",
        _blocks_not_rescaled,
    ),
    wrapped(
        "four-taps-a-step",
        "convolve correlate",
        "DEF",
        "A loop over four taps a step leaves out the rest of longer filters.",
        _four_taps_a_step,
    ),
    wrapped(
        "bias-of-four-images", "conv2d", "BATCH", "The bias is added to a block of four images only.", _bias_of_four
    ),
    wrapped("no-word-valid", "conv2d max_pool2d", "ERR", 'The word "valid" for the padding is refused.', _no_valid),
    wrapped(
        "complex-gaps-filled",
        "convolve correlate",
        "NAN",
        "Complex samples that are NaN or infinite count as zeros.",
        _finite_parts,
    ),
    wrapped(
        "complex-scaled-by-squares",
        "convolve correlate",
        "RANGE",
        "Complex samples that are huge or tiny are scaled by a modulus whose squares overflow or vanish.",
        _scaled_by_squares,
    ),
    wrapped(
        "grouped-pointwise",
        "conv2d",
        "GROUP",
        "The fast path of one tap and several groups mixes them.",
        _when(_pointwise),
    ),
    wrapped(
        "halving-layer",
        "conv2d",
        "DEF",
        "The fast path of 3 x 3 taps, stride 2, exchanges the filters.",
        _when(_halving),
    ),
    wrapped(
        "channels-last-read-as-first",
        "conv2d max_pool2d",
        "STRIDEINV",
        "An array in memory with its channels last is read as if they came first.",
        _first_axis_first,
    ),
    wrapped(
        "rows-forwards",
        "conv2d max_pool2d",
        "STRIDEINV",
        "A negative stride of the last axis alone is taken for a positive one.",
        _backwards,
    ),
    wrapped("bias-in-the-dtype-of-x", "conv2d linear", "PRED", "The bias is rounded to the dtype of x.", _narrow_bias),
    wrapped("half-a-stride", "conv2d", "ERR", "A stride of one and a half counts as one.", _whole_strides),
    wrapped(
        "planned-by-shapes", "conv2d", "STATELESS", "A plan is kept by shapes, without the stride.", _planned_by_shapes
    ),
)
