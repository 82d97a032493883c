"""PyTorch: functions of ``torch``, ``torch.nn.functional`` and ``torch.fft``, and their gradients by autograd."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch
from torch.nn import functional as F

from convoracle.impl.backends import torch_layers as layers
from convoracle.impl.backends import torch_pooling as pooling
from convoracle.impl.backends.declarations import INTEGERS, equal_sides, first_of, one_dtype
from convoracle.impl.backends.subject import Implementation, Subject
from convoracle.impl.backends.torch_convolution import (
    convolution,
    input_gradient,
    transposed_convolution,
    weight_gradient,
)
from convoracle.impl.backends.torch_tensors import Function, on_arrays
from convoracle.impl.backends.torch_words import in_words

FLOATS = ("float32", "float64")
COMPLEX = ("complex64", "complex128")

# ---- limits ----

_floats = one_dtype(*FLOATS)
_floats_or_int64 = one_dtype(*FLOATS, "int64")


def _same_over_zeros(
    shapes: Mapping[str, tuple[int, ...]], dtypes: Mapping[str, str], options: Mapping[str, Any]
) -> str | None:
    stride = options.get("stride", 1)
    strides = stride if isinstance(stride, tuple) else (stride,)
    if options.get("padding") == "same" and (max(strides) > 1 or options.get("padding_mode", "zeros") != "zeros"):
        return "padding 'same' has stride 1 and zeros"
    return None


def _samples_to_pad(
    shapes: Mapping[str, tuple[int, ...]], dtypes: Mapping[str, str], options: Mapping[str, Any]
) -> str | None:
    size = options.get("input_size", shapes.get("x", ())[2:])
    return "only batches may be empty, not signals" if 0 in (size if isinstance(size, tuple) else (size,)) else None


def _no_same(
    shapes: Mapping[str, tuple[int, ...]], dtypes: Mapping[str, str], options: Mapping[str, Any]
) -> str | None:
    return "pools have no padding 'same'" if options.get("padding") == "same" else None


_explicit_sides = first_of(_no_same, equal_sides)


def _own_divisor(
    shapes: Mapping[str, tuple[int, ...]], dtypes: Mapping[str, str], options: Mapping[str, Any]
) -> str | None:
    return None if options.get("divisor_override") is None else "avg_pool1d has no divisor_override"


def _positive_eps(
    shapes: Mapping[str, tuple[int, ...]], dtypes: Mapping[str, str], options: Mapping[str, Any]
) -> str | None:
    return None if options.get("eps", 1e-5) > 0 else "eps must be positive in training"


def _several_samples(
    shapes: Mapping[str, tuple[int, ...]], dtypes: Mapping[str, str], options: Mapping[str, Any]
) -> str | None:
    batch, _, *sizes = shapes["x"]
    samples = batch
    for size in sizes:
        samples *= size
    return None if samples > 1 else "training needs more than one sample of a channel"


# ---- operators ----

_SUMS = {"padding_times_inf": "multiplied", "empty_axis": "computed"}
_TRANSPOSED = {**_SUMS, "large_output_padding": "dilated"}


def _convolutions(rank: int) -> dict[str, Implementation]:
    forward, transposed = convolution(rank), transposed_convolution(rank)
    padded = first_of(_same_over_zeros, _samples_to_pad)
    both = first_of(_floats, padded)
    numbers = one_dtype(*FLOATS, "int64", *COMPLEX)
    one_sided = first_of(_floats, equal_sides)
    return {
        f"conv{rank}d": Implementation(
            function=forward,
            algorithm="gauss",  # of complex numbers: three real convolutions
            conventions={**INTEGERS, **_SUMS},
            limits=first_of(numbers, padded),
        ),
        f"conv{rank}d_input_gradient": Implementation(
            function=input_gradient(forward, rank), conventions=_SUMS, limits=both
        ),
        f"conv{rank}d_weight_gradient": Implementation(
            function=weight_gradient(forward, rank), conventions=_SUMS, limits=both
        ),
        f"conv_transpose{rank}d": Implementation(
            function=transposed,
            conventions={**INTEGERS, **_TRANSPOSED},
            limits=first_of(_floats_or_int64, equal_sides),
        ),
        f"conv_transpose{rank}d_input_gradient": Implementation(
            function=input_gradient(transposed, rank, transposed=True), conventions=_TRANSPOSED, limits=one_sided
        ),
        f"conv_transpose{rank}d_weight_gradient": Implementation(
            function=weight_gradient(transposed, rank, transposed=True), conventions=_TRANSPOSED, limits=one_sided
        ),
    }


_WINDOWS = {"partial_only": "pooled", "wide_padding": "half"}
_DILATED = {**_WINDOWS, "empty_window": "identity"}
_LAST_NAN = {"nan_index": "last"}
_EMPTY_AXIS = {"empty_axis": "computed"}


def _maxima(rank: int) -> dict[str, Implementation]:
    forward, unpool = pooling.pool("max_pool", rank), pooling.max_unpool(rank)
    whole, real = first_of(_floats_or_int64, _explicit_sides), first_of(_floats, _explicit_sides)
    conventions = {**INTEGERS, **_DILATED}
    return {
        # without indices, one axis has a kernel of its own, which takes no integers
        f"max_pool{rank}d": Implementation(
            function=forward, conventions=conventions, limits=real if rank == 1 else whole
        ),
        f"max_pool{rank}d_with_indices": Implementation(
            function=pooling.pool("max_pool", rank, return_indices=True),
            conventions={**conventions, **_LAST_NAN},
            limits=whole,
        ),
        f"max_pool{rank}d_gradient": Implementation(
            function=pooling.pool_gradient(forward), conventions={**_DILATED, **_LAST_NAN}, limits=real
        ),
        f"adaptive_max_pool{rank}d": Implementation(
            function=pooling.adaptive_pool("max", rank), conventions=_EMPTY_AXIS, limits=_floats
        ),
        f"adaptive_max_pool{rank}d_gradient": Implementation(
            function=pooling.adaptive_maximum_gradient(rank), conventions={**_EMPTY_AXIS, **_LAST_NAN}, limits=_floats
        ),
        f"max_unpool{rank}d": Implementation(function=unpool, conventions={"repeated_indices": "any"}, limits=_floats),
        f"max_unpool{rank}d_gradient": Implementation(function=pooling.max_unpool_gradient(rank), limits=_floats),
    }


def _averages(rank: int) -> dict[str, Implementation]:
    forward = pooling.pool("avg_pool", rank)
    limits = first_of(_floats, _explicit_sides, *([_own_divisor] if rank == 1 else []))
    return {
        f"avg_pool{rank}d": Implementation(function=forward, conventions=_WINDOWS, limits=limits),
        f"avg_pool{rank}d_gradient": Implementation(
            function=pooling.average_gradient(forward), conventions=_WINDOWS, limits=limits
        ),
        f"adaptive_avg_pool{rank}d": Implementation(
            function=pooling.adaptive_pool("avg", rank), conventions=_EMPTY_AXIS, limits=_floats
        ),
        f"adaptive_avg_pool{rank}d_gradient": Implementation(
            function=pooling.adaptive_average_gradient(rank), conventions=_EMPTY_AXIS, limits=_floats
        ),
    }


_EMPTY = {"empty": "computed"}
_FORMULA = {"infinity": "formula"}
_FOLDED = "folded or direct"
"""Normalisation of contiguous arrays is one product and one sum, of others as it is defined."""
_COMPARED = {**_EMPTY, "nan": "compared"}
_WHOLE = ("int8", "int16", "int32", "int64", "uint8")


def _pair(
    name: str,
    forward: Function,
    conventions: Mapping[str, str] = _EMPTY,
    of_gradient: Mapping[str, str] = _EMPTY,
    *,
    numbers: tuple[str, ...] = FLOATS,
    **algorithm: Any,
) -> dict[str, Implementation]:
    """Return a function of one tensor and its gradient, which takes real numbers only."""
    gradient = layers.differentiated(forward)
    return {
        name: Implementation(function=forward, conventions=conventions, limits=one_dtype(*numbers), **algorithm),
        f"{name}_gradient": Implementation(function=gradient, conventions=of_gradient, limits=_floats, **algorithm),
    }


def _activations() -> dict[str, Implementation]:
    real = {**_EMPTY, "real_options": "computed"}
    whole = {**_EMPTY, **INTEGERS}
    slopes = {**_EMPTY, "one_slope": "shared"}
    return {
        **_pair("relu", F.relu, whole, _COMPARED, numbers=(*FLOATS, *_WHOLE)),
        **_pair("leaky_relu", F.leaky_relu, real, {**real, **_COMPARED}),
        **_pair("sigmoid", torch.sigmoid, algorithm="naive"),
        "tanh": Implementation(function=torch.tanh, conventions=_EMPTY, limits=_floats),
        "tanh_gradient": Implementation(
            function=layers.differentiated(torch.tanh), conventions=_EMPTY, limits=_floats, algorithm="naive"
        ),
        **_pair("softplus", F.softplus),
        **_pair("modulus", torch.abs, INTEGERS, {**_EMPTY, "nan": "zero"}, numbers=(*FLOATS, *COMPLEX, *_WHOLE)),
        **_pair("soft_threshold", layers.soft_threshold, _EMPTY, _COMPARED),
        **_pair("softmax", layers.softmax),
        "log_softmax": Implementation(function=layers.log_softmax, conventions=_EMPTY, limits=_floats),
        "log_softmax_gradient": Implementation(
            function=layers.differentiated(layers.log_softmax),
            algorithm="by_logarithm",
            conventions=_EMPTY,
            limits=_floats,
        ),
        "prelu": Implementation(function=F.prelu, conventions=slopes, limits=_floats),
        "prelu_gradient": Implementation(
            function=layers.prelu_gradient, conventions={**slopes, **_COMPARED}, limits=_floats
        ),
        "cross_entropy": Implementation(function=layers.cross_entropy, conventions=_EMPTY, limits=_floats),
        "cross_entropy_gradient": Implementation(
            function=layers.cross_entropy_gradient,
            algorithm="by_logarithm",
            conventions={**_EMPTY, **_FORMULA},
            limits=_floats,
        ),
    }


def _others() -> dict[str, Implementation]:
    real = {**_EMPTY, "real_options": "computed"}
    training: dict[str, Any] = {"conventions": real, "limits": first_of(_floats, _several_samples, _positive_eps)}
    transformed: dict[str, Any] = {"limits": one_dtype(*FLOATS, *COMPLEX)}
    dense = {**_EMPTY_AXIS, "further_axes": "mapped"}
    averaged: dict[str, Any] = {"conventions": _EMPTY_AXIS, "limits": _floats}
    responses = {**real, "lrn_window_side": "before"}
    return {
        "linear": Implementation(function=F.linear, conventions={**INTEGERS, **dense}, limits=_floats_or_int64),
        "linear_input_gradient": Implementation(
            function=layers.linear_input_gradient, conventions=dense, limits=_floats
        ),
        "linear_weight_gradient": Implementation(
            function=layers.linear_weight_gradient, conventions=dense, limits=_floats
        ),
        "batch_norm": Implementation(
            function=layers.batch_norm, algorithm=_FOLDED, conventions={**real, **_FORMULA}, limits=_floats
        ),
        "batch_norm_gradient": Implementation(
            function=layers.batch_norm_gradient, algorithm="summed_first", conventions=real, limits=_floats
        ),
        "batch_norm_training": Implementation(
            function=layers.batch_norm_training,
            algorithm=_FOLDED,
            **{**training, "conventions": {**real, **_FORMULA}},
        ),
        "batch_norm_training_gradient": Implementation(
            function=layers.batch_norm_training_gradient, algorithm="summed_first", **training
        ),
        **_pair("local_response_norm", F.local_response_norm, responses, {**responses, **_FORMULA}),
        "global_avg_pool": Implementation(function=pooling.global_avg_pool, **averaged),
        "global_avg_pool_gradient": Implementation(function=pooling.global_avg_pool_gradient, **averaged),
        "global_max_pool": Implementation(function=pooling.global_max_pool, limits=_floats),
        "global_max_pool_gradient": Implementation(
            function=pooling.global_max_pool_gradient, conventions=_LAST_NAN, limits=_floats
        ),
        "dft": Implementation(function=torch.fft.fft, **transformed),
        "idft": Implementation(function=torch.fft.ifft, **transformed),
        "dft2d": Implementation(function=torch.fft.fft2, **transformed),
        "idft2d": Implementation(function=torch.fft.ifft2, **transformed),
        "stft": Implementation(function=layers.stft, **transformed),
    }


OPERATORS: dict[str, Implementation] = {
    **{name: each for rank in (1, 2, 3) for name, each in _convolutions(rank).items()},
    **{name: each for rank in (1, 2, 3) for name, each in _maxima(rank).items()},
    **{name: each for rank in (1, 2, 3) for name, each in _averages(rank).items()},
    **_activations(),
    **_others(),
}
"""The operators with functions of tensors, wherever these are."""


def on_device(name: str, device: str) -> Subject:
    """Return PyTorch as a subject that computes on a device."""
    operators = {
        operator: replace(each, function=on_arrays(each.function, device), written=in_words(each.function, device))
        for operator, each in OPERATORS.items()
    }
    return Subject(name=name, version=torch.__version__, operators=operators, dearness=5)


SUBJECTS = (on_device("torch", "cpu"),)
