"""SciPy's image filters over a border of zeros; results have the size and the dtype of the image."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import scipy
from scipy import ndimage

from convoracle.impl.backends.declarations import INTEGERS
from convoracle.impl.backends.subject import Implementation, Subject


def convolve(x: np.ndarray, h: np.ndarray, *, mode: str = "full") -> np.ndarray:
    """Call ``scipy.ndimage.convolve``, which knows the mode "same" only."""
    _check_mode(mode)
    return ndimage.convolve(x, h, mode="constant", cval=0.0)


def correlate(x: np.ndarray, h: np.ndarray, *, mode: str = "valid") -> np.ndarray:
    """Call ``scipy.ndimage.correlate``, which knows the mode "same" only."""
    _check_mode(mode)
    return ndimage.correlate(x, h, mode="constant", cval=0.0)


def _check_mode(mode: str) -> None:
    if mode != "same":
        raise ValueError(f"scipy.ndimage: mode must be 'same', got {mode!r}")


def _limits(shapes: Mapping[str, tuple[int, ...]], dtypes: Mapping[str, str], options: Mapping[str, Any]) -> str | None:
    if options.get("mode") != "same":
        return "the result has the size of the first operand: mode 'same' only"
    if np.dtype(dtypes["x"]) != np.result_type(dtypes["x"], dtypes["h"]):
        return "the result has the dtype of the first operand, whatever that of the second"
    if dtypes["x"] == "complex64":
        return "the real and imaginary sums of complex64 are rounded before they are put together"
    return None


_CONVENTIONS = {**INTEGERS, "padding_times_inf": "multiplied", "empty_operand": "empty"}
_LATER = {**_CONVENTIONS, "same_centre": "later"}
_COMMON: Any = {"accumulator": "float64", "limits": _limits}

SUBJECTS = (
    Subject(
        name="scipy.ndimage",
        version=scipy.__version__,
        operators={
            "convolve": Implementation(function=convolve, conventions=_LATER, **_COMMON),
            "correlate": Implementation(function=correlate, conventions=_CONVENTIONS, **_COMMON),
        },
    ),
)
