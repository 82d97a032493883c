"""The reference evaluator of ONNX: the NumPy code by which the standard explains its operators."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import onnx
from onnx.reference import ReferenceEvaluator

from convoracle.impl.backends.declarations import INTEGERS, first_of, not_empty
from convoracle.impl.backends.onnx_operators import by_rank, offered
from convoracle.impl.backends.subject import Subject


def evaluate(model: onnx.ModelProto, feeds: Mapping[str, np.ndarray]) -> list[np.ndarray]:
    """Evaluate a model."""
    return ReferenceEvaluator(model).run(None, dict(feeds))


_COMPUTED = {"empty_axis": "computed"}
_CONV = {**_COMPUTED, "padding_times_inf": "multiplied", "larger_window": "empty", "wide_extension": "repeated"}
_MAX_POOL = {**INTEGERS, "nan": "compared", "empty_window": "identity", "larger_window": "empty"}
_AVG_POOL = {"empty_window": "identity", "larger_window": "empty"}
_EMPTY = {"empty": "computed"}
_REAL = {**_EMPTY, "real_options": "computed"}


def _no_ceiling_of_same(
    shapes: Mapping[str, tuple[int, ...]], dtypes: Mapping[str, str], options: Mapping[str, Any]
) -> str | None:
    both = options.get("ceil_mode", False) and isinstance(options.get("padding"), str)
    return "auto_pad and ceil_mode do not go together" if both else None


_CONVENTIONS: dict[str, dict[str, str]] = {
    **by_rank("conv", _CONV),
    **by_rank("conv_transpose", _COMPUTED),
    **by_rank("max_pool", _MAX_POOL),
    **by_rank("max_pool", _MAX_POOL, "_with_indices"),
    **by_rank("max_unpool", {"repeated_indices": "last"}),
    **by_rank("avg_pool", _AVG_POOL),
    "linear": {**INTEGERS, **_COMPUTED},
    "relu": {**INTEGERS, **_EMPTY},
    "modulus": INTEGERS,
    **dict.fromkeys(("global_avg_pool", "global_max_pool"), _COMPUTED),
    "prelu": {**_EMPTY, "one_slope": "shared"},
    "soft_threshold": {**_REAL, "nan": "zero"},
    **dict.fromkeys(("leaky_relu", "batch_norm", "batch_norm_training", "local_response_norm"), _REAL),
    **dict.fromkeys(("softmax", "log_softmax", "cross_entropy"), _EMPTY),
}
_ALGORITHMS = dict.fromkeys(("batch_norm", "batch_norm_training"), "scaled_first")
_LIMITS = dict.fromkeys(("log_softmax", "cross_entropy", "global_avg_pool", "global_max_pool"), not_empty)
_LIMITS |= by_rank("conv_transpose", not_empty) | by_rank("avg_pool", first_of(not_empty, _no_ceiling_of_same))

SUBJECTS = (
    Subject(
        name="onnx-reference",
        version=onnx.__version__,
        operators=offered(evaluate, _CONVENTIONS, limits=_LIMITS, algorithms=_ALGORITHMS),
        dearness=4,
    ),
)
