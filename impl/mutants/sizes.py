"""Wrong for what is long, or on a way that few calls take: blocks, unrolled loops, words, and fast paths of common layers."""

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


MUTANTS = (
    wrapped(
        "single-from-ten-samples",
        "dft idft",
        "PRED",
        "ten samples and more are computed in complex64",
        _single_from_ten,
    ),
    wrapped(
        "eight-in-the-order-of-bits", "dft", "DEF", "eight frequencies are in bit-reversed order", _eight_unordered
    ),
    wrapped(
        "blocks-not-rescaled",
        "softmax",
        "RANGE",
        "an online softmax takes from each block of 16 its own maximum",
        _blocks_not_rescaled,
    ),
    wrapped(
        "four-taps-a-step",
        "convolve correlate",
        "DEF",
        "a loop over four taps a step leaves out the rest of longer filters",
        _four_taps_a_step,
    ),
    wrapped(
        "bias-of-four-images", "conv2d", "BATCH", "the bias is added to a block of four images only", _bias_of_four
    ),
    wrapped("no-word-valid", "conv2d max_pool2d", "ERR", 'padding="valid" is refused', _no_valid),
    wrapped(
        "grouped-pointwise",
        "conv2d",
        "GROUP",
        "the fast path of one tap and several groups mixes them",
        _when(_pointwise),
    ),
    wrapped(
        "halving-layer",
        "conv2d",
        "DEF",
        "the fast path of 3 x 3 taps, stride 2, exchanges the filters",
        _when(_halving),
    ),
)
