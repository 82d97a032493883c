"""ONNX Runtime on the CPU."""

from collections.abc import Mapping
from functools import lru_cache

import numpy as np
import onnx
import onnxruntime

from convoracle.impl.backends.onnx_operators import offered
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


SUBJECTS = (
    Subject(name="onnxruntime", version=onnxruntime.__version__, operators=offered(evaluate, {}, {}, {})),
)
