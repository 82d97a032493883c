"""Numerical reading of placements and index maps: the arrays that a law puts in place of others."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from sympy import Expr, Symbol

from convoracle.spec.code import integers, number
from convoracle.spec.laws import Placement


def grids(
    letters: tuple[Symbol, ...], shape: tuple[int, ...], values: Mapping[str, int], exprs: tuple[Expr, ...]
) -> list[np.ndarray]:
    """Return `exprs` as integer arrays over all index tuples of `shape`, letters bound to the indices.

    Index expressions of laws use ``+ * // %`` only, which mean the same on arrays.
    """
    names = tuple(sorted({s for e in exprs for s in e.free_symbols} | set(letters), key=str))
    indices = dict(zip(map(str, letters), np.indices(shape), strict=True))
    given = [indices[s.name] if s.name in indices else values[s.name] for s in names]
    results = integers(exprs, names)(*given)
    return [np.broadcast_to(np.asarray(r), shape) for r in results]


def place(placement: Placement, source: np.ndarray, values: Mapping[str, int]) -> np.ndarray:
    """Return the new array of a placement: zero, with the entries of `source` where the index map sends them."""
    result = np.zeros([number(extent, values) for extent in placement.extents], source.dtype)
    where = grids(placement.letters, source.shape, values, placement.index)
    result[tuple(where)] = np.conj(source) if placement.conjugated else source
    return result


def gather(
    output: np.ndarray,
    letters: tuple[Symbol, ...],
    index: tuple[Expr, ...],
    shape: tuple[int, ...],
    values: Mapping[str, int],
) -> np.ndarray:
    """Return ``output[index(T)]`` for all T in `shape`."""
    return output[tuple(grids(letters, shape, values, index))]


def concrete(option: Any, values: Mapping[str, int]) -> Any:
    """Return an option of a law with its expressions evaluated."""
    if isinstance(option, tuple):
        return tuple(concrete(entry, values) for entry in option)
    return int(number(option, values)) if isinstance(option, Expr) else option


def free_letters(free: Mapping[Symbol, tuple[Any, Any]], values: Mapping[str, int], seed: int) -> dict[str, int]:
    """Return a value for each letter of a law itself, within its range."""
    generator = np.random.default_rng(seed)
    ranges = {s.name: (concrete(low, values), concrete(high, values)) for s, (low, high) in free.items()}
    return {name: int(generator.integers(low, max(low, high), endpoint=True)) for name, (low, high) in ranges.items()}
