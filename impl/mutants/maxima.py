"""Wrong maxima: comparisons, NaN and infinities, integers, views."""

from __future__ import annotations

import numpy as np

from convoracle.impl.mutants.memory import dense, on_operand, overwrites
from convoracle.impl.mutants.mutant import Function, edited, wrapped

_CHOSEN = "target[t] = sample if (best == best) & (not sample <= best) else best"
_AT_ONE = "best, sample = target[t], source[t]\n" + 28 * " "
_AT_TWO = "best, sample = target[t], source[2 * t]\n" + 28 * " "
_FIRST = "if not sample <= best and best == best:"


def _padded_with_zeros(right: Function) -> Function:
    def pool(x, *, padding=0, ceil_mode=False, **options):
        y = right(x, padding=padding, ceil_mode=ceil_mode, **options)
        if ceil_mode or isinstance(padding, str):
            return y
        sides = padding if isinstance(padding, tuple) else (padding,) * (x.ndim - 2)
        pairs = (side if isinstance(side, tuple) else (side, side) for side in sides)
        return right(np.pad(x, ((0, 0), (0, 0), *pairs)), **options)

    return pool


def _by_blocks(right: Function) -> Function:
    """Reshape and reduce where windows are blocks; the axes of the reshape are exchanged."""

    def pool(x, *, kernel_size, stride=None, **options):
        y = right(x, kernel_size=kernel_size, stride=stride, **options)
        taps = kernel_size if isinstance(kernel_size, tuple) else (kernel_size,) * (x.ndim - 2)
        if stride is not None or tuple(m * k for m, k in zip(y.shape[2:], taps, strict=True)) != x.shape[2:]:
            return y
        blocks = x.reshape(*x.shape[:2], *(n for pair in zip(taps, y.shape[2:], strict=True) for n in pair))
        return blocks.max(tuple(range(2, blocks.ndim, 2))).astype(y.dtype)

    return pool


def _first_item_only(right: Function) -> Function:
    def pool(x, **options):
        y = right(x, **options)
        y[1:] = 0
        return y

    return pool


def _through_float64(right: Function) -> Function:
    def pool(x, **options):
        y = right(x, **options)
        return y if y.dtype.kind == "f" else np.minimum(y.astype(np.float64), 2.0**63 - 1024).astype(np.int64)

    return pool


def _padded_integers_are_floats(right: Function) -> Function:
    def pool(x, **options):
        y = right(x, **options)
        return y.astype(np.result_type(y, np.float32)) if options.get("padding", 0) else y

    return pool


MUTANTS = (
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
    wrapped(
        "blocks-by-reshape",
        "max_pool2d max_pool1d",
        "DEF",
        "Windows that are blocks are reduced after a reshape along the wrong axes, after autograd#245.",
        _by_blocks,
    ),
    wrapped(
        "one-item-pooled",
        "max_pool1d avg_pool2d adaptive_avg_pool1d",
        "BATCH",
        "Only the first item of a batch is pooled, the others are zero, after ggml#1448.",
        _first_item_only,
    ),
    wrapped(
        "integer-maxima-through-float64",
        "max_pool1d adaptive_max_pool1d",
        "PRED",
        "Integers are compared as float64 and lose their last bits.",
        _through_float64,
    ),
    edited(
        "uint64-read-as-int64",
        "max_pool1d global_max_pool",
        "PRED",
        "uint64 beyond 2**63 - 1 is compared as a negative integer.",
        "pooling",
        (
            "return (plain(x, np.dtype(np.uint64)) ^ TOP).view(INT64)",
            "return plain(x, np.dtype(np.uint64)).view(INT64)",
        ),
        ("entries = y.view(np.uint64) ^ TOP", "entries = y.view(np.uint64)"),
    ),
    wrapped(
        "padded-integers-become-floats",
        "max_pool1d max_pool2d",
        "DTYPE",
        "Integers with padding give floats, after tinygrad#7726.",
        _padded_integers_are_floats,
    ),
    wrapped(
        "pooled-views-read-as-dense",
        "max_pool2d avg_pool1d global_max_pool",
        "STRIDEINV",
        "Views are pooled as dense memory, after pytorch#197114.",
        on_operand(0, dense),
    ),
    wrapped(
        "pooled-in-place",
        "global_max_pool avg_pool1d",
        "PURE",
        "The samples are written to.",
        overwrites(0),
    ),
)
