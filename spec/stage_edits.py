"""Edits of definitions, stage by stage: what the wrong definitions of layers are made of."""

from collections.abc import Callable, Mapping
from typing import Any

from sympy import Expr, Indexed, Max, Min, Mul, Sum

from .functions import First, Maximum
from .records import Stage
from .symbols import array

Stages = tuple[Stage, ...]
Edit = Callable[[Stages], Stages]
Change = Callable[[Expr], Expr]


def each_value(change: Change) -> Edit:
    """Return the edit that changes the value of every stage."""
    return lambda stages: tuple(Stage(s.target, change(s.value), s.extents) for s in stages)


def swapped(expr: Expr, values: Mapping[Any, Any]) -> Expr:
    """Return an expression with parts replaced; what the largest of a few is, is left open, which saves most of the time."""
    if expr in values:
        return values[expr]
    args = tuple(swapped(arg, values) for arg in expr.args)
    if args == expr.args:
        return expr
    return expr.func(*args, evaluate=False) if isinstance(expr, Max | Min) else expr.func(*args)


def within(expr: Expr, change: Change) -> Expr:
    """Change an expression everywhere but in the ranges of its sums and maxima."""
    if isinstance(expr, Sum | Maximum):
        return expr.func(within(expr.function, change), *expr.limits)
    if not expr.has(Sum, Maximum):
        return change(expr)
    return expr.func(*(within(arg, change) for arg in expr.args))


def put(values: Mapping[Any, Any]) -> Edit:
    """Return the edit that puts expressions in the place of others, but not in the ranges of sums and maxima."""
    return each_value(lambda value: within(value, lambda e: swapped(e, values)))


def put_everywhere(values: Mapping[Any, Any]) -> Edit:
    """Return the edit that puts expressions in the place of others, in ranges too."""
    return each_value(lambda value: swapped(value, values))


def reduced(expr: Expr, change: Callable[[Any], Expr]) -> Expr:
    """Change every sum and maximum of an expression."""
    if isinstance(expr, Sum | Maximum):
        return change(expr)
    if not expr.has(Sum, Maximum):
        return expr
    return expr.func(*(reduced(arg, change) for arg in expr.args))


def ranged(letter: Any, change: Callable[[Expr, Expr], tuple[Expr, Expr]]) -> Edit:
    """Return the edit of the range (low, high) over which a letter runs."""

    def narrowed(reduction: Any) -> Expr:
        limits = [(v, *change(low, high)) if v == letter else (v, low, high) for v, low, high in reduction.limits]
        return reduction.func(reduction.function, *limits)

    return each_value(lambda value: reduced(value, narrowed))


def reversed_ranges(expr: Expr) -> Expr:
    """Run every maximum from its last term to its first, which chooses the last of equal terms."""
    if not isinstance(expr, First):
        return expr
    position, maximum = expr.args
    mirrored = {v: low + high - v for v, low, high in maximum.limits}
    inner = Maximum(maximum.function.xreplace(mirrored), *maximum.limits)
    return First(position.xreplace(mirrored), inner)


def read_at(name: str, letter: Any, place: Expr) -> Edit:
    """Return the edit that reads one array with a letter of its index replaced."""

    def elsewhere(expr: Expr) -> Expr:
        entries = [e for e in expr.atoms(Indexed) if str(e.base) == name and letter in e.indices]
        return expr.xreplace({e: array(name)[tuple(place if x == letter else x for x in e.indices)] for e in entries})

    return each_value(elsewhere)


def read_as(name: str, value: Expr) -> Edit:
    """Return the edit that takes an array for a number."""
    return each_value(lambda expr: expr.xreplace({e: value for e in expr.atoms(Indexed) if str(e.base) == name}))


def redefined(name: str, change: Change) -> Edit:
    """Return the edit of the value of one stage, by the name of its target."""
    return lambda stages: tuple(
        Stage(s.target, change(s.value), s.extents) if str(s.target.base) == name else s for s in stages
    )


def given(name: str, value: Expr) -> Edit:
    """Return the edit that gives one stage another value, by the name of its target."""
    return redefined(name, lambda _: value)


def shown_as(name: str, extents: tuple[Expr, ...], change: Change) -> Edit:
    """Return the edit that changes what is returned under a name, not what later stages read there."""
    kept = array(f"{name}_kept")

    def edit(stages: Stages) -> Stages:
        (target,) = (s.target for s in stages if str(s.target.base) == name)
        other = {target: kept[target.indices]}
        moved = [
            Stage(kept[s.target.indices], s.value.xreplace(other), extents)
            if s.target == target
            else Stage(s.target, s.value.xreplace(other), s.extents)
            for s in stages
        ]
        return *moved, Stage(target, change(kept[target.indices]))

    return edit


def composed(edits: list[Edit]) -> Edit:
    """Return several edits in a row."""

    def edit(stages: Stages) -> Stages:
        for one in edits:
            stages = one(stages)
        return stages

    return edit


def size_of_ranges(reduction: Any) -> Expr:
    """Return how many terms a sum or maximum has, those that do not exist included."""
    return Mul(*(high - low + 1 for _, low, high in reduction.limits))
