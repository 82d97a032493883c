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


def not_empty(
    shapes: Mapping[str, tuple[int, ...]], dtypes: Mapping[str, str], options: Mapping[str, Any]
) -> str | None:
    """Say that no operand may be empty."""
    return "no operand is empty" if any(0 in shape for shape in shapes.values()) else None


def one_dtype(*names: str) -> Limit:
    """Return the limit of operators whose operands all have one of some dtypes; indices and labels are converted."""

    def limit(
        shapes: Mapping[str, tuple[int, ...]], dtypes: Mapping[str, str], options: Mapping[str, Any]
    ) -> str | None:
        given = {dtype for name, dtype in dtypes.items() if name not in ("indices", "labels")}
        return None if len(given) == 1 and given <= set(names) else f"operands must all be {' or '.join(names)}"

    return limit


def equal_sides(
    shapes: Mapping[str, tuple[int, ...]], dtypes: Mapping[str, str], options: Mapping[str, Any]
) -> str | None:
    """Say that the padding before and after an axis is one number."""
    padding = options.get("padding", 0)
    pairs = [entry for entry in padding if isinstance(entry, tuple)] if isinstance(padding, tuple) else []
    return "the padding is the same before and after" if any(p != q for p, q in pairs) else None
