"""Wrong handling of memory: strides of views, inputs that are written to, state between calls."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from convoracle.impl.mutants.mutant import Function, wrapped


def dense(array: np.ndarray) -> np.ndarray:
    """Read the memory of `array` from its lowest address to its highest as if it were C-ordered, again if too short."""
    if array.flags.c_contiguous or array.size == 0:
        return array
    forward = array[tuple(slice(None, None, -1 if stride < 0 else 1) for stride in array.strides)]
    reach = sum((n - 1) * s for n, s in zip(forward.shape, forward.strides, strict=True)) // array.itemsize + 1
    memory = np.lib.stride_tricks.as_strided(forward, (reach,), (array.itemsize,), writeable=False)
    return np.resize(memory, array.size)[: math.prod(array.shape)].reshape(array.shape)


def forward(array: np.ndarray) -> np.ndarray:
    """Read a view with the moduli of its strides."""
    return array[tuple(slice(None, None, -1 if stride < 0 else 1) for stride in array.strides)]


def on_operand(position: int, change: Any) -> Any:
    """Return the wrapper that passes the operand at `position` through `change`."""

    def wrapper(right: Function) -> Function:
        def changed(*operands, **options):
            before, (operand, *after) = operands[:position], operands[position:]
            return right(*before, change(operand), *after, **options)

        return changed

    return wrapper


def overwrites(position: int) -> Any:
    """Return the wrapper that uses the operand at `position` as scratch memory, where it may."""

    def wrapper(right: Function) -> Function:
        def scratch(*operands, **options):
            y = right(*operands, **options)
            if operands[position].flags.writeable:
                operands[position][...] *= 2
            return y

        return scratch

    return wrapper


def refuses_read_only(right: Function) -> Function:
    def strict(*operands, **options):
        if not all(a.flags.writeable for a in operands if a is not None):
            raise ValueError("buffer source array is read-only")
        return right(*operands, **options)

    return strict


def _first_filters(right: Function) -> Function:
    prepared: dict[Any, np.ndarray] = {}

    def layer(x, w, *rest, **options):
        w = prepared.setdefault((w.shape, w.dtype), w.copy())
        return right(x, w, *rest, **options)

    return layer


def _first_options(right: Function) -> Function:
    kept: dict[Any, dict[str, Any]] = {}

    def layer(x, w, *rest, **options):
        first = kept.setdefault((x.shape, w.shape), options)
        return right(x, w, *rest, **{**options, "padding_mode": first.get("padding_mode", "zeros")})

    return layer


def reused_result(right: Function) -> Function:
    buffers: dict[Any, np.ndarray] = {}

    def kept(y):
        buffer = buffers.setdefault((y.shape, y.dtype), np.empty_like(y))
        buffer[...] = y
        return buffer

    def layer(*operands, **options):
        y = right(*operands, **options)
        return tuple(map(kept, y)) if isinstance(y, tuple) else kept(y)

    return layer


def _growing_sum(right: Function) -> Function:
    """The accumulator of a shape is not cleared between calls."""
    sums: dict[Any, np.ndarray] = {}

    def gradient(*operands, **options):
        dw = right(*operands, **options)
        key = (dw.shape, dw.dtype)
        sums[key] = sums[key] + dw if key in sums else dw
        return sums[key].copy()

    return gradient


MUTANTS = (
    wrapped(
        "strides-of-the-input-ignored",
        "conv2d conv1d",
        "STRIDEINV",
        "Views of the input are read as dense memory, after pytorch#180984.",
        on_operand(0, dense),
    ),
    wrapped(
        "strides-of-the-filters-ignored",
        "conv2d conv3d",
        "STRIDEINV",
        "Views of the filters are read as dense memory, after pytorch#192212.",
        on_operand(1, dense),
    ),
    wrapped(
        "negative-strides-read-forward",
        "convolve conv1d",
        "STRIDEINV",
        "Flipped views are read forward, after cupy#10303.",
        on_operand(0, forward),
    ),
    wrapped(
        "strides-of-the-output-gradient-ignored",
        "conv2d_input_gradient conv1d_weight_gradient",
        "STRIDEINV",
        "Views of dy are read as dense memory.",
        on_operand(0, dense),
    ),
    wrapped(
        "strides-of-the-normalised-input-ignored",
        "batch_norm_training_gradient batch_norm_gradient",
        "STRIDEINV",
        "The gradient of normalisation reads views of x as dense memory, after pytorch#175189.",
        on_operand(1, dense),
    ),
    wrapped(
        "input-used-as-scratch",
        "conv1d conv2d",
        "PURE",
        "The input is written to.",
        overwrites(0),
    ),
    wrapped(
        "filter-used-as-scratch",
        "convolve conv_transpose2d",
        "PURE",
        "The filter is written to.",
        overwrites(1),
    ),
    wrapped(
        "read-only-refused",
        "conv1d correlate",
        "STRIDEINV",
        "Read-only arrays are refused, as typed buffers do.",
        refuses_read_only,
    ),
    wrapped(
        "filters-prepared-once",
        "conv2d",
        "STATELESS",
        "Filters are prepared at the first call of a shape and not again.",
        _first_filters,
    ),
    wrapped(
        "padding-mode-of-the-first-call",
        "conv1d conv2d",
        "STATELESS",
        "The padding mode of the first call of a shape stays, after pytorch#80856.",
        _first_options,
    ),
    wrapped(
        "result-in-a-reused-buffer",
        "conv1d conv2d",
        "STATELESS",
        "Results of one shape share a buffer: a call overwrites the result of the call before, after pytorch#80856.",
        reused_result,
    ),
    wrapped(
        "accumulator-not-cleared",
        "conv2d_weight_gradient",
        "STATELESS",
        "The gradient of a call is added to that of the call before.",
        _growing_sum,
    ),
)
