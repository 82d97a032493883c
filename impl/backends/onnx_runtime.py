"""ONNX Runtime on the CPU."""

from collections.abc import Mapping
from functools import lru_cache
from operator import ge
from typing import Any

import numpy as np
import onnx
import onnxruntime

from convoracle.impl.backends.declarations import INTEGERS, not_empty
from convoracle.impl.backends.onnx_model import pads_of, per_axis
from convoracle.impl.backends.onnx_operators import DTYPES, FLOATS, by_rank, offered
from convoracle.impl.backends.subject import Subject

ONLY_FATAL = 4
SINGLE = ("float32",)


def evaluate(model: onnx.ModelProto, feeds: Mapping[str, np.ndarray]) -> list[np.ndarray]:
    """Evaluate a model on the CPU."""
    return _session(model.SerializeToString(deterministic=True)).run(None, dict(feeds))


@lru_cache(maxsize=64)
def _session(model: bytes) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = ONLY_FATAL  # the errors are raised as well
    options.intra_op_num_threads = 1  # small operands: threads would cost more than they save
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def _odd_window(
    shapes: Mapping[str, tuple[int, ...]], dtypes: Mapping[str, str], options: Mapping[str, Any]
) -> str | None:
    return None if options["size"] % 2 else "the window of LRN has an odd number of channels"


def _undilated_same(
    shapes: Mapping[str, tuple[int, ...]], dtypes: Mapping[str, str], options: Mapping[str, Any]
) -> str | None:
    dilation = options.get("dilation", 1)
    dilated = max(dilation if isinstance(dilation, tuple) else (dilation,)) > 1
    return "Conv takes auto_pad without dilation only" if options.get("padding") == "same" and dilated else None


def _below_kernel(
    shapes: Mapping[str, tuple[int, ...]], dtypes: Mapping[str, str], options: Mapping[str, Any]
) -> str | None:
    rank = len(shapes["x"]) - 2
    padding = options.get("padding", 0)
    if isinstance(padding, str):
        return None
    kernel, pads = per_axis(options["kernel_size"], rank), pads_of(padding, rank)
    return "padding is narrower than the window without dilation" if any(map(ge, pads, kernel * 2)) else None


_SINGLE_ONLY = (
    *by_rank("conv", None),
    *by_rank("conv_transpose", None),
    *by_rank("avg_pool", None),
    *by_rank("max_unpool", None),
    *("global_avg_pool", "global_max_pool", "leaky_relu", "prelu", "softplus", "local_response_norm"),
)
_DTYPES: dict[str, tuple[str, ...]] = {
    **DTYPES,
    **dict.fromkeys(_SINGLE_ONLY, SINGLE),
    "linear": FLOATS,
    "relu": (*FLOATS, "int8", "int32"),
}
_COMPUTED = {"empty_axis": "computed"}
_EMPTY = {"empty": "computed"}
_REAL = {**_EMPTY, "real_options": "computed"}
_FOLDED = {**_REAL, "infinity": "formula"}
_CONVENTIONS: dict[str, dict[str, str]] = {
    **by_rank("conv", {**_COMPUTED, "padding_times_inf": "multiplied", "wide_extension": "repeated"}),
    **by_rank("conv_transpose", _COMPUTED),
    **by_rank("max_pool", {**INTEGERS, "empty_window": "identity"}),
    **by_rank("max_pool", {**INTEGERS, "empty_window": "identity"}, "_with_indices"),
    **by_rank("max_unpool", {"repeated_indices": "last"}),
    "linear": _COMPUTED,
    "relu": {**INTEGERS, **_EMPTY},
    "modulus": INTEGERS,
    "prelu": {**_EMPTY, "one_slope": "shared", "infinite_slope": "absent"},
    "soft_threshold": {**_REAL, "nan": "zero"},
    **dict.fromkeys(("global_avg_pool", "global_max_pool"), _COMPUTED),
    **dict.fromkeys(("leaky_relu", "local_response_norm"), _REAL),
    **dict.fromkeys(("batch_norm", "batch_norm_training"), _FOLDED),
    **dict.fromkeys(("softmax", "log_softmax", "cross_entropy"), _EMPTY),
}

_LIMITS = {
    **by_rank("conv", _undilated_same),
    **by_rank("max_pool", _below_kernel),
    **by_rank("max_pool", _below_kernel, "_with_indices"),
    "local_response_norm": _odd_window,
    "cross_entropy": not_empty,
}

_ALGORITHMS = dict.fromkeys(("sigmoid", "tanh"), "absolute")  # polynomials: small results have the errors of large ones
_ALGORITHMS |= dict.fromkeys(("batch_norm", "batch_norm_training"), "folded")

SUBJECTS = (
    Subject(
        name="onnxruntime",
        version=onnxruntime.__version__,
        operators=offered(evaluate, _CONVENTIONS, dtypes=_DTYPES, limits=_LIMITS, algorithms=_ALGORITHMS),
        dearness=3,
    ),
)
