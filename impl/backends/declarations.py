"""What the declarations of several libraries have in common: limits as sentences, and the conventions of integers."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

Limit = Callable[[Mapping[str, tuple[int, ...]], Mapping[str, str], Mapping[str, Any]], str | None]

INTEGERS = {"integer_dtype": "operands", "integer_overflow": "wrap"}
"""Results of integers have their common dtype and wrap around."""


def first_of(*limits: Limit) -> Limit:
    """Return the limit that says what the first of `limits` with something to say says."""

    def limit(
        shapes: Mapping[str, tuple[int, ...]], dtypes: Mapping[str, str], options: Mapping[str, Any]
    ) -> str | None:
        said = (one(shapes, dtypes, options) for one in limits)
        return next((sentence for sentence in said if sentence), None)

    return limit


def only_rank(rank: int) -> Limit:
    """Return the limit of functions for signals of `rank` axes only."""

    def limit(
        shapes: Mapping[str, tuple[int, ...]], dtypes: Mapping[str, str], options: Mapping[str, Any]
    ) -> str | None:
        if all(len(shape) == rank for shape in shapes.values()):
            return None
        return f"operands must have {rank} axes" if rank > 1 else "operands must have 1 axis"

    return limit


def integers_stay_integers(
    shapes: Mapping[str, tuple[int, ...]], dtypes: Mapping[str, str], options: Mapping[str, Any]
) -> str | None:
    """Say that NumPy's promotion turns uint64 with a signed integer into float64."""
    if all(np.dtype(d).kind in "iu" for d in dtypes.values()) and np.result_type(*dtypes.values()).kind == "f":
        return "uint64 with a signed integer is promoted to float64"
    return None


def floats_only(
    shapes: Mapping[str, tuple[int, ...]], dtypes: Mapping[str, str], options: Mapping[str, Any]
) -> str | None:
    """Say that integers are not taken, or become floats."""
    return None if all(np.dtype(d).kind in "fc" for d in dtypes.values()) else "floating-point operands only"
