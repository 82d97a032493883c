"""Layers that are one expression of NumPy."""

from typing import Any

import numpy as np

from convoracle.impl.backends.declarations import floats_only
from convoracle.impl.backends.subject import Implementation, Subject


def relu(x: np.ndarray) -> np.ndarray:
    """Call ``numpy.maximum``."""
    return np.maximum(x, x.dtype.type(0))


def tanh(x: np.ndarray) -> np.ndarray:
    """Call ``numpy.tanh``."""
    return np.tanh(x)


def modulus(x: np.ndarray) -> np.ndarray:
    """Call ``numpy.abs``."""
    return np.abs(x)


_COMMON: Any = {"limits": floats_only}

SUBJECTS = (
    Subject(
        name="numpy.layers",
        version=np.__version__,
        operators={
            "relu": Implementation(function=relu, **_COMMON),
            "tanh": Implementation(function=tanh, **_COMMON),
            "modulus": Implementation(function=modulus, **_COMMON),
        },
    ),
)
