"""The reference evaluator of ONNX: the NumPy code by which the standard explains its operators."""

from collections.abc import Mapping

import numpy as np
import onnx
from onnx.reference import ReferenceEvaluator

from convoracle.impl.backends.onnx_operators import by_rank, offered
from convoracle.impl.backends.subject import Subject


def evaluate(model: onnx.ModelProto, feeds: Mapping[str, np.ndarray]) -> list[np.ndarray]:
    """Evaluate a model."""
    return ReferenceEvaluator(model).run(None, dict(feeds))


_COMPUTED = {"empty_axis": "computed"}
_CONV = {**_COMPUTED, "padding_times_inf": "multiplied", "larger_window": "empty", "wide_extension": "repeated"}
_MAX_POOL = {"integer_dtype": "operands", "empty_window": "identity", "larger_window": "empty"}
_REAL = {"empty": "computed", "real_options": "computed"}
_EMPTY = {"empty": "computed"}
_CONVENTIONS: dict[str, dict[str, str]] = {
    **by_rank("conv", _CONV),
    **by_rank("conv_transpose", _COMPUTED),
    **by_rank("max_pool", _MAX_POOL),
    **by_rank("max_pool", _MAX_POOL, "_with_indices"),
    "linear": _COMPUTED,
    **dict.fromkeys(("leaky_relu", "soft_threshold", "batch_norm", "batch_norm_training"), _REAL),
    "local_response_norm": _REAL,
    **dict.fromkeys(("relu", "prelu", "softmax", "log_softmax", "cross_entropy"), _EMPTY),
}

SUBJECTS = (
    Subject(name="onnx-reference", version=onnx.__version__, operators=offered(evaluate, _CONVENTIONS)),
)
