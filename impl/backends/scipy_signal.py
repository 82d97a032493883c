"""SciPy's signal functions: four families, because they answer the conventions differently."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import scipy
from scipy import signal

from convoracle.impl.backends.declarations import (
    INTEGERS,
    first_of,
    integers_stay_integers,
    only_rank,
)
from convoracle.impl.backends.subject import Implementation, Subject


def convolve_directly(x: np.ndarray, h: np.ndarray, *, mode: str = "full") -> np.ndarray:
    """Call ``scipy.signal.convolve`` with method "direct"."""
    return signal.convolve(x, h, mode=mode, method="direct")


def correlate_directly(x: np.ndarray, h: np.ndarray, *, mode: str = "valid") -> np.ndarray:
    """Call ``scipy.signal.correlate`` with method "direct"."""
    return signal.correlate(x, h, mode=mode, method="direct")


def convolve(x: np.ndarray, h: np.ndarray, *, mode: str = "full") -> np.ndarray:
    """Call ``scipy.signal.convolve``, which chooses its method."""
    return signal.convolve(x, h, mode=mode)


def correlate(x: np.ndarray, h: np.ndarray, *, mode: str = "valid") -> np.ndarray:
    """Call ``scipy.signal.correlate``, which chooses its method."""
    return signal.correlate(x, h, mode=mode)


def fftconvolve(x: np.ndarray, h: np.ndarray, *, mode: str = "full") -> np.ndarray:
    """Call ``scipy.signal.fftconvolve``."""
    return signal.fftconvolve(x, h, mode=mode)


def convolve2d(x: np.ndarray, h: np.ndarray, *, mode: str = "full") -> np.ndarray:
    """Call ``scipy.signal.convolve2d`` with boundary "fill"."""
    return signal.convolve2d(x, h, mode=mode)


def correlate2d(x: np.ndarray, h: np.ndarray, *, mode: str = "valid") -> np.ndarray:
    """Call ``scipy.signal.correlate2d`` with boundary "fill"."""
    return signal.correlate2d(x, h, mode=mode)


def _no_integers(
    shapes: Mapping[str, tuple[int, ...]], dtypes: Mapping[str, str], options: Mapping[str, Any]
) -> str | None:
    if any(np.dtype(dtype).kind in "iu" for dtype in dtypes.values()):
        return "integer operands are transformed, and come back, in float64"
    return None


# two axes and more are summed over an array padded with zeros, one axis is not; empty operands give zeros or an error
_CONVENTIONS = {"valid_order": "swapped", "padding_times_inf": "multiplied", "empty_operand": "empty"}
_DIRECT: dict[str, Any] = {
    "conventions": {**INTEGERS, **_CONVENTIONS},
    "limits": integers_stay_integers,
}


def _subject(name: str, **operators: Implementation) -> Subject:
    return Subject(name=f"scipy.signal.{name}", version=scipy.__version__, operators=operators)


SUBJECTS = (
    _subject(
        "convolve",
        convolve=Implementation(function=convolve_directly, **_DIRECT),
        correlate=Implementation(function=correlate_directly, **_DIRECT),
    ),
    _subject(
        "auto",
        convolve=Implementation(function=convolve, algorithm="fft", **_DIRECT),
        correlate=Implementation(function=correlate, algorithm="fft", **_DIRECT),
    ),
    _subject(
        "fftconvolve",
        convolve=Implementation(
            function=fftconvolve,
            algorithm="fft",
            conventions={"valid_order": "swapped", "empty_operand": "empty"},
            limits=_no_integers,
        ),
    ),
    _subject(
        "convolve2d",
        convolve=Implementation(
            function=convolve2d,
            conventions=_DIRECT["conventions"],
            limits=first_of(only_rank(2), integers_stay_integers),
        ),
        correlate=Implementation(
            function=correlate2d,
            conventions={**_DIRECT["conventions"], "same_centre": "later"},
            limits=first_of(only_rank(2), integers_stay_integers),
        ),
    ),
)
