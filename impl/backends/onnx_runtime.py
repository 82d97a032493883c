"""ONNX Runtime on the CPU."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import onnx
import onnxruntime

from convoracle.impl.backends.declarations import INTEGERS
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


_SINGLE_ONLY = ("global_avg_pool", "global_max_pool", "leaky_relu", "prelu", "softplus", "local_response_norm")
_DTYPES: dict[str, tuple[str, ...]] = {
    **DTYPES,
    **{name: entry for family in ("conv", "conv_transpose", "avg_pool", "max_unpool") for name, entry in by_rank(family, SINGLE).items()},
    **dict.fromkeys(_SINGLE_ONLY, SINGLE),
    "linear": FLOATS,
    "relu": (*FLOATS, "int8", "int32"),
}
_COMPUTED = {"empty_axis": "computed"}
_EMPTY = {"empty": "computed"}
_REAL = {**_EMPTY, "real_options": "computed"}
_CONVENTIONS: dict[str, dict[str, str]] = {
    **by_rank("conv", _COMPUTED),
    **by_rank("conv_transpose", _COMPUTED),
    **by_rank("max_pool", INTEGERS),
    **by_rank("max_pool", INTEGERS, "_with_indices"),
    **by_rank("max_unpool", {"repeated_indices": "last"}),
    "linear": _COMPUTED,
    "relu": {**INTEGERS, **_EMPTY},
    "modulus": INTEGERS,
    "prelu": {**_EMPTY, "one_slope": "shared"},
    **dict.fromkeys(("leaky_relu", "soft_threshold", "batch_norm", "batch_norm_training", "local_response_norm"), _REAL),
    **dict.fromkeys(("softmax", "log_softmax", "cross_entropy"), _EMPTY),
}

SUBJECTS = (
    Subject(
        name="onnxruntime",
        version=onnxruntime.__version__,
        operators=offered(evaluate, _CONVENTIONS, dtypes=_DTYPES, limits={"local_response_norm": _odd_window}),
    ),
)
