"""SciPy's special functions that layers use."""

from typing import Any

import numpy as np
import scipy
from scipy import special

from convoracle.impl.backends.declarations import floats_only
from convoracle.impl.backends.subject import Implementation, Subject


def sigmoid(x: np.ndarray) -> np.ndarray:
    """Call ``scipy.special.expit``."""
    return special.expit(x)


def softmax(x: np.ndarray, *, axis: int = -1) -> np.ndarray:
    """Call ``scipy.special.softmax``."""
    return special.softmax(x, axis=axis)


def log_softmax(x: np.ndarray, *, axis: int = -1) -> np.ndarray:
    """Call ``scipy.special.log_softmax``."""
    return special.log_softmax(x, axis=axis)


_COMMON: Any = {"limits": floats_only}

SUBJECTS = (
    Subject(
        name="scipy.special",
        version=scipy.__version__,
        operators={
            "sigmoid": Implementation(function=sigmoid, algorithm="naive", **_COMMON),
            "softmax": Implementation(function=softmax, **_COMMON),
            "log_softmax": Implementation(function=log_softmax, conventions={"softmax_infinity": "limit"}, **_COMMON),
        },
    ),
)
