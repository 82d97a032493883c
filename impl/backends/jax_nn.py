"""JAX on the CPU: functions of ``jax.lax``, ``jax.nn`` and ``jax.numpy``, and their gradients by ``jax.vjp``."""

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
from jax.scipy import signal

from convoracle.impl.backends import jax_layers as layers
from convoracle.impl.backends import jax_windows as windows
from convoracle.impl.backends.declarations import INTEGERS, first_of, one_dtype, only_rank
from convoracle.impl.backends.jax_arrays import Function, in_words, on_arrays
from convoracle.impl.backends.subject import Implementation, Subject

FLOATS = ("float32", "float64")
COMPLEX = ("complex64", "complex128")
WHOLE = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")

# ---- limits ----

_floats = one_dtype(*FLOATS)
_numbers = one_dtype(*FLOATS, *COMPLEX)


def _same_over_zeros(
    shapes: Mapping[str, tuple[int, ...]], dtypes: Mapping[str, str], options: Mapping[str, Any]
) -> str | None:
    if options.get("padding") == "same" and options.get("padding_mode", "zeros") != "zeros":
        return "padding 'SAME' pads with zeros"
    return None


def _plain_transpose(
    shapes: Mapping[str, tuple[int, ...]], dtypes: Mapping[str, str], options: Mapping[str, Any]
) -> str | None:
    more = options.get("output_padding", 0)
    if options.get("groups", 1) != 1:
        return "conv_transpose has no groups"
    return "conv_transpose has no output_padding" if any(more if isinstance(more, tuple) else (more,)) else None


def _whole_windows(
    shapes: Mapping[str, tuple[int, ...]], dtypes: Mapping[str, str], options: Mapping[str, Any]
) -> str | None:
    if options.get("ceil_mode"):
        return "reduce_window leaves partial windows out"
    if options.get("divisor_override") is not None or not options.get("count_include_pad", True):
        return "an average is the sum over the size of the window"
    return None


def _adjacent(
    shapes: Mapping[str, tuple[int, ...]], dtypes: Mapping[str, str], options: Mapping[str, Any]
) -> str | None:
    dilation = options.get("dilation", 1)
    wide = max(dilation if isinstance(dilation, tuple) else (dilation,)) > 1
    return "the maximum of dilated windows has no gradient" if wide else None


def _nested(shapes: Mapping[str, tuple[int, ...]], dtypes: Mapping[str, str], options: Mapping[str, Any]) -> str | None:
    signs = {(n > k) - (n < k) for n, k in zip(*shapes.values(), strict=True)}
    return "no operand may be larger on one axis and smaller on another" if {1, -1} <= signs else None


# ---- operators ----

_FLUSHED = {"subnormals": "flushed"}
_SIGNALS = {**_FLUSHED, "padding_times_inf": "multiplied", "valid_order": "swapped"}
_LONGER = {**_SIGNALS, "same_centre": "longer"}
_SUMS = {**_FLUSHED, "padding_times_inf": "multiplied", "empty_axis": "computed"}


def _implementation(
    function: Function, limits: Any = _floats, conventions: Mapping[str, str] = _FLUSHED, **declared: Any
) -> Implementation:
    return Implementation(
        function=on_arrays(function), limits=limits, conventions=conventions, written=in_words(function), **declared
    )


def _convolutions(rank: int) -> dict[str, Implementation]:
    whole = {**INTEGERS, **_SUMS}
    padded = {**whole, "larger_window": "empty", "wide_extension": "repeated"}
    every = one_dtype(*FLOATS, *COMPLEX, *WHOLE)
    extended = first_of(_floats, _same_over_zeros)
    forward = windows.convolution(rank)
    return {
        f"conv{rank}d": _implementation(
            forward, first_of(every, _same_over_zeros), padded, algorithm="gauss"
        ),  # of complex numbers: three real convolutions
        f"conv{rank}d_input_gradient": _implementation(windows.input_gradient(forward, rank), extended, _SUMS),
        f"conv{rank}d_weight_gradient": _implementation(windows.weight_gradient(forward, rank), extended, _SUMS),
    }


def _transposed_convolutions(rank: int) -> dict[str, Implementation]:
    forward = windows.transposed_convolution(rank)
    limits = first_of(one_dtype(*FLOATS, *WHOLE), _plain_transpose)
    real = first_of(_floats, _plain_transpose)
    by_input = windows.input_gradient(forward, rank, transposed=True)
    by_weight = windows.weight_gradient(forward, rank, transposed=True)
    return {
        f"conv_transpose{rank}d": _implementation(forward, limits, {**INTEGERS, **_SUMS}),
        f"conv_transpose{rank}d_input_gradient": _implementation(by_input, real, _SUMS),
        f"conv_transpose{rank}d_weight_gradient": _implementation(by_weight, real, _SUMS),
    }


def _pools(rank: int) -> dict[str, Implementation]:
    slid = {**_FLUSHED, "larger_window": "empty", "empty_window": "identity"}
    limits = first_of(_floats, _whole_windows)
    return {
        f"max_pool{rank}d": _implementation(
            windows.max_pool(rank), first_of(one_dtype(*FLOATS, *WHOLE), _whole_windows), {**INTEGERS, **slid}
        ),
        f"max_pool{rank}d_gradient": _implementation(
            windows.max_pool_gradient(rank), first_of(limits, _adjacent), {**slid, "nan_index": "last"}
        ),
        f"avg_pool{rank}d": _implementation(windows.avg_pool(rank), limits, slid),
        f"avg_pool{rank}d_gradient": _implementation(windows.avg_pool_gradient(rank), limits, slid),
    }


def _activations() -> dict[str, Implementation]:
    empty, options, slope = {"empty": "computed"}, {"real_options": "computed"}, {"gradient_at_zero": "one"}
    functions: dict[str, tuple[Function, dict[str, str], dict[str, str], str]] = {
        # function, conventions of its own and of its gradient, algorithm of the gradient
        "relu": (jax.nn.relu, {}, {"nan": "compared"}, "direct"),
        "leaky_relu": (jax.nn.leaky_relu, options, {**options, **slope}, "direct"),
        "sigmoid": (jax.nn.sigmoid, {}, {}, "naive"),
        "tanh": (jnp.tanh, {}, {"infinity": "formula"}, "direct"),
        "softplus": (jax.nn.softplus, {}, {}, "by_logarithm"),
        "modulus": (jnp.abs, {}, slope, "direct"),
        "softmax": (jax.nn.softmax, empty, {}, "direct"),
        "log_softmax": (jax.nn.log_softmax, empty, {}, "direct"),
    }
    pairs: dict[str, Implementation] = {}
    for name, (function, own, of_gradient, algorithm) in functions.items():
        backward = layers.differentiated(function)
        pairs[name] = _implementation(function, conventions={**_FLUSHED, **own})
        pairs[f"{name}_gradient"] = _implementation(
            backward, conventions={**_FLUSHED, **of_gradient}, algorithm=algorithm
        )
    return pairs


def _layers() -> dict[str, Implementation]:
    whole = {**INTEGERS, **_FLUSHED}
    every = one_dtype(*FLOATS, *WHOLE)
    dense = {**_FLUSHED, "further_axes": "mapped", "empty_axis": "computed"}
    slopes = {**_FLUSHED, "one_slope": "shared", "empty": "computed"}
    normal = {**_FLUSHED, "real_options": "computed", "empty": "computed"}
    averaged = {**_FLUSHED, "empty_axis": "computed"}
    transformed = {**_FLUSHED, "empty": "computed"}
    return {
        "prelu": _implementation(layers.prelu, conventions={**slopes, "infinite_slope": "absent"}),
        "prelu_gradient": _implementation(layers.prelu_gradient, conventions={**slopes, "gradient_at_zero": "one"}),
        "linear": _implementation(layers.linear, every, {**INTEGERS, **dense}),
        "linear_input_gradient": _implementation(layers.linear_input_gradient, conventions=dense),
        "linear_weight_gradient": _implementation(layers.linear_weight_gradient, conventions=dense),
        "batch_norm": _implementation(layers.batch_norm, conventions=normal),
        "batch_norm_training": _implementation(layers.batch_norm_training, conventions=normal, algorithm="one_pass"),
        "global_avg_pool": _implementation(layers.global_avg_pool, conventions=averaged),
        "global_avg_pool_gradient": _implementation(layers.global_avg_pool_gradient, conventions=averaged),
        "global_max_pool": _implementation(layers.global_max_pool, every, whole),
        "dft": _implementation(jnp.fft.fft, _numbers, transformed),
        "idft": _implementation(jnp.fft.ifft, _numbers, transformed),
        "dft2d": _implementation(jnp.fft.fft2, _numbers, transformed),
        "idft2d": _implementation(jnp.fft.ifft2, _numbers, transformed),
        "convolve": _implementation(jnp.convolve, first_of(_numbers, only_rank(1)), _LONGER),
        "correlate": _implementation(jnp.correlate, first_of(_numbers, only_rank(1)), _LONGER),
    }


_OPERATORS = {
    **{name: each for rank in (1, 2, 3) for name, each in _convolutions(rank).items()},
    **{name: each for rank in (1, 2, 3) for name, each in _transposed_convolutions(rank).items()},
    **{name: each for rank in (1, 2, 3) for name, each in _pools(rank).items()},
    **_activations(),
    **_layers(),
}


def _subject(name: str, operators: Mapping[str, Implementation]) -> Subject:
    return Subject(name=name, version=jax.__version__, operators=operators, dearness=20)


SUBJECTS = (
    _subject("jax", _OPERATORS),
    _subject(  # of complex numbers: three real convolutions
        "jax.scipy.signal",
        {
            "convolve": _implementation(signal.convolve, first_of(_numbers, _nested), _SIGNALS, algorithm="gauss"),
            "correlate": _implementation(layers.correlate, first_of(_numbers, _nested), _SIGNALS, algorithm="gauss"),
        },
    ),
    _subject(
        "jax.scipy.signal.fftconvolve",
        {
            "convolve": _implementation(
                signal.fftconvolve, _numbers, {**_SIGNALS, "empty_operand": "empty"}, algorithm="fft"
            )
        },
    ),
)
