"""The operators that ONNX defines, as an engine offers them: functions, and the limits of the standard and of the engine."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from convoracle.impl.backends import onnx_layers as layers
from convoracle.impl.backends.declarations import Limit, first_of, one_dtype
from convoracle.impl.backends.onnx_model import Evaluate, per_axis
from convoracle.impl.backends.onnx_words import in_words
from convoracle.impl.backends.subject import Implementation

Function = Callable[..., Any]
FLOATS = ("float32", "float64")


def single_options(**defaults: float) -> Limit:
    """Return the limit that attributes of ONNX are float32: 1e-5 is another number there than to float64 operands."""

    def limit(
        shapes: Mapping[str, tuple[int, ...]], dtypes: Mapping[str, str], options: Mapping[str, Any]
    ) -> str | None:
        values = [value for value in {**defaults, **options}.values() if isinstance(value, float)]
        if "float64" in dtypes.values() and any(value != float(np.float32(value)) for value in values):
            return "real options are attributes in float32"
        return None

    return limit


def _zeros_only_same(
    shapes: Mapping[str, tuple[int, ...]], dtypes: Mapping[str, str], options: Mapping[str, Any]
) -> str | None:
    if options.get("padding") == "same" and options.get("padding_mode", "zeros") != "zeros":
        return "auto_pad pads with zeros, and Pad has no word for 'same'"
    return None


def _crops_nothing(
    shapes: Mapping[str, tuple[int, ...]], dtypes: Mapping[str, str], options: Mapping[str, Any]
) -> str | None:
    """Say that ONNX does not keep the formula of the padding 'same' of pools from becoming negative."""
    if options.get("padding") != "same":
        return None
    sizes, kernel = shapes["x"][2:], options["kernel_size"]
    wanted = (kernel, options.get("stride") or kernel, options.get("dilation", 1))
    windows = zip(sizes, *(per_axis(option, len(sizes)) for option in wanted), strict=True)
    if any((-(-n // s) - 1) * s + d * (k - 1) + 1 < n for n, k, s, d in windows):
        return "auto_pad crops the input where windows leave samples out"
    return None


def _counted_divisor(
    shapes: Mapping[str, tuple[int, ...]], dtypes: Mapping[str, str], options: Mapping[str, Any]
) -> str | None:
    return None if options.get("divisor_override") is None else "the divisor cannot be chosen"


def _grows(shapes: Mapping[str, tuple[int, ...]], dtypes: Mapping[str, str], options: Mapping[str, Any]) -> str | None:
    sizes = shapes["x"][2:]
    wanted = (
        options["output_size"] if isinstance(options["output_size"], tuple) else (options["output_size"],) * len(sizes)
    )
    return (
        None if all(m >= n for m, n in zip(wanted, sizes, strict=True)) else "the output is no smaller than the input"
    )


def by_rank(name: str, entry: Any, suffix: str = "") -> dict[str, Any]:
    """Return an entry for the operators of one, two and three axes."""
    return {f"{name}{rank}d{suffix}": entry for rank in (1, 2, 3)}


def _of_rank(name: str, function: Function, suffix: str = "") -> dict[str, Function]:
    """Return the operators of one, two and three axes that one function computes."""

    def checked(rank: int) -> Function:
        def call(evaluate: Evaluate, x: np.ndarray, *arrays: np.ndarray, **options: Any) -> Any:
            if x.ndim != rank + 2:
                raise ValueError(f"{name}{rank}d: x must have {rank + 2} axes, got the shape {x.shape}")
            return function(evaluate, x, *arrays, **options)

        return call

    return {f"{name}{rank}d{suffix}": checked(rank) for rank in (1, 2, 3)}


FUNCTIONS: dict[str, Function] = {
    **_of_rank("conv", layers.conv),
    **_of_rank("conv_transpose", layers.conv_transpose),
    **_of_rank("max_pool", layers.max_pool),
    **_of_rank("max_pool", layers.max_pool_with_indices, "_with_indices"),
    **_of_rank("max_unpool", layers.max_unpool),
    **_of_rank("avg_pool", layers.avg_pool),
    "global_avg_pool": layers.global_pool("GlobalAveragePool"),
    "global_max_pool": layers.global_pool("GlobalMaxPool"),
    "relu": layers.unary("Relu"),
    "leaky_relu": layers.leaky_relu,
    "prelu": layers.prelu,
    "sigmoid": layers.unary("Sigmoid"),
    "tanh": layers.unary("Tanh"),
    "softplus": layers.unary("Softplus"),
    "modulus": layers.unary("Abs"),
    "soft_threshold": layers.soft_threshold,
    "softmax": layers.softmax,
    "log_softmax": layers.log_softmax,
    "cross_entropy": layers.cross_entropy,
    "linear": layers.linear,
    "batch_norm": layers.batch_norm,
    "batch_norm_training": layers.batch_norm_training,
    "local_response_norm": layers.local_response_norm,
    "dft": layers.transform((-1,), inverse=False),
    "idft": layers.transform((-1,), inverse=True),
    "dft2d": layers.transform((-1, -2), inverse=False),
    "idft2d": layers.transform((-1, -2), inverse=True),
    "stft": layers.stft,
}
"""Operator -> the function that has an engine evaluate it."""

LIMITS: dict[str, Limit] = {
    **by_rank("conv", _zeros_only_same),
    **by_rank("max_unpool", _grows),
    **by_rank("max_pool", _crops_nothing),
    **by_rank("max_pool", _crops_nothing, "_with_indices"),
    **by_rank("avg_pool", first_of(_crops_nothing, _counted_divisor)),
    **dict.fromkeys(("batch_norm", "batch_norm_training"), single_options(eps=1e-5)),
    "leaky_relu": single_options(negative_slope=0.01),
    "soft_threshold": single_options(),
    "local_response_norm": single_options(alpha=1e-4),
}
"""Limits of the standard, beside those of the dtypes."""

DTYPES: dict[str, tuple[str, ...]] = {
    **by_rank("max_pool", (*FLOATS, "int8", "uint8")),
    **by_rank("max_pool", (*FLOATS, "int8", "uint8"), "_with_indices"),
    "linear": (*FLOATS, "int32", "uint32", "int64", "uint64"),
    "relu": (*FLOATS, "int8", "int16", "int32", "int64"),
    "modulus": (*FLOATS, "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
}
"""The dtypes of the standard, where they are more than floating point."""


def offered(
    evaluate: Evaluate,
    conventions: Mapping[str, Mapping[str, str]],
    *,
    dtypes: Mapping[str, tuple[str, ...]] = DTYPES,
    limits: Mapping[str, Limit] | None = None,
    algorithms: Mapping[str, str] | None = None,
) -> dict[str, Implementation]:
    """Return every operator as an engine offers it.

    Parameters
    ----------
    evaluate : callable
        The engine.
    conventions, algorithms : mapping by operator
        As `Implementation` has them.
    dtypes : mapping of str to tuple of str
        The dtypes of the operands by operator; float32 and float64 where nothing is said.
    limits : mapping of str to callable
        What the engine, not the standard, does not offer, by operator.
    """

    def implementation(name: str, function: Function) -> Implementation:
        said = [table[name] for table in (LIMITS, limits or {}) if name in table]
        return Implementation(
            function=_evaluated(evaluate, function),
            conventions=conventions.get(name, {}),
            algorithm=(algorithms or {}).get(name, "direct"),
            limits=first_of(one_dtype(*dtypes.get(name, FLOATS)), *said),
            written=in_words(name, evaluate, function),
        )

    return {name: implementation(name, function) for name, function in FUNCTIONS.items()}


def _evaluated(evaluate: Evaluate, function: Function) -> Function:
    def call(*arrays: Any, **options: Any) -> Any:
        return function(evaluate, *arrays, **options)

    return call
