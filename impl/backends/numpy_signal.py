"""NumPy: np.convolve and np.correlate, for signals of one axis."""

from typing import Any

import numpy as np

from convoracle.impl.backends.declarations import INTEGERS, first_of, integers_stay_integers, only_rank
from convoracle.impl.backends.subject import Implementation, Subject

_DECLARED: dict[str, Any] = {
    "conventions": {**INTEGERS, "same_centre": "longer", "valid_order": "swapped"},
    "limits": first_of(only_rank(1), integers_stay_integers),
}

SUBJECTS = (
    Subject(
        name="numpy",
        version=np.__version__,
        operators={
            "convolve": Implementation(function=np.convolve, **_DECLARED),
            "correlate": Implementation(function=np.correlate, **_DECLARED),
        },
    ),
)
