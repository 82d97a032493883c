"""Options of windows, for libraries that want one entry per axis, and padding before and after."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def entries_of(library: str, value: Any, rank: int) -> tuple[Any, ...]:
    """Return an option as one entry per axis.

    Raises
    ------
    ValueError
        It has another number of entries; the message names the library.

    Examples
    --------
    >>> entries_of("torch", 2, 3), entries_of("torch", (1, 2), 2)
    ((2, 2, 2), (1, 2))
    """
    entries = tuple(value) if isinstance(value, Sequence) else (value,) * rank
    if len(entries) != rank:
        raise ValueError(f"{library}: one entry for each of {rank} axes, got {value}")
    return entries


def pads_of(library: str, padding: Any, rank: int) -> list[tuple[int, int]]:
    """Return the padding before and after, per axis.

    Raises
    ------
    ValueError
        It is negative, where functions that pad would crop, or has another number of entries.
    """
    pairs = [(p, p) if isinstance(p, int) else tuple(p) for p in entries_of(library, padding, rank)]
    if min(map(min, pairs)) < 0:
        raise ValueError(f"{library}: the padding is at least 0, got {padding}")
    return pairs
