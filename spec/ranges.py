"""Which terms of a sum or maximum exist, and in what order its ranges are best run through."""

from collections.abc import Iterator
from typing import Any

from sympy import Expr, Indexed, KroneckerDelta, Mul, Sum, Symbol

from .functions import Maximum


def conditions_of(expr: Any, extended: set[str]) -> Iterator[tuple[str, Any, Any]]:
    """Yield what must hold for a term to exist: Kronecker factors, and reads of extended arrays inside their axes."""
    seen = set()
    for factor in Mul.make_args(expr.function):
        if isinstance(factor, KroneckerDelta):
            yield "equal", *factor.args
    for entry in _own_entries(expr.function):
        if entry.base.name in extended:
            for axis, index in enumerate(entry.indices):
                if (entry.base.name, axis, index) not in seen:
                    seen.add((entry.base.name, axis, index))
                    yield "inside", index, (entry.base.name, axis)


def _own_entries(expr: Expr) -> Iterator[Indexed]:
    """Yield the entries that an expression reads itself, not inside a sum or maximum within it."""
    if isinstance(expr, Indexed):
        yield expr
    elif not isinstance(expr, Sum | Maximum | KroneckerDelta):
        for arg in expr.args:
            yield from _own_entries(arg)


def symbols_in(condition: tuple[str, Any, Any]) -> set[Symbol]:
    """Return the letters of a condition."""
    kind, left, right = condition
    sides = (left, right) if kind == "equal" else (left,)
    return {s for side in sides for s in side.free_symbols if isinstance(s, Symbol)}


def soonest(limits: list[Any], needs: list[set[str]]) -> list[Any]:
    """Order the ranges of a sum so that those which a condition needs together stand together: most terms drop early."""
    names = {limit[0].name for limit in limits}
    ordered: list[Any] = []
    for need in sorted((need & names for need in needs), key=len):
        ordered += [limit for limit in limits if limit[0].name in need and limit not in ordered]
    ordered += [limit for limit in limits if limit not in ordered]
    placed: list[Any] = []
    while ordered:  # a range may depend on another letter of the sum, which then comes first
        waiting = {limit[0].name for limit in ordered}
        free = (k for k, limit in enumerate(ordered) if not waiting & _letters_of(limit[1:]))
        placed.append(ordered.pop(next(free)))
    return placed


def _letters_of(bounds: Any) -> set[str]:
    return {s.name for bound in bounds for s in bound.free_symbols if isinstance(s, Symbol)}
