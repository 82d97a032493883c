"""Definitions as they stand, interpreted on arrays: stage by stage, expression by expression, on whole arrays of index tuples.

The interpreter knows indices, ranges and which terms exist; what numbers are is the business of the operations it is given:
`operations.Operations` (balls with the rounding errors of an implementation), `complex_balls.Operations` (complex balls) or
`dual.Operations` (numbers with a derivative).
Integer expressions are exact integers throughout.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from math import prod
from typing import Any

import numpy as np
from sympy import (
    Abs,
    Add,
    Expr,
    I,
    Indexed,
    Integer,
    KroneckerDelta,
    Max,
    Min,
    Mod,
    Mul,
    Piecewise,
    Pow,
    Rational,
    Sum,
    Symbol,
    ceiling,
    conjugate,
    cos,
    exp,
    factorial,
    factorial2,
    floor,
    fraction,
    log,
    pi,
    re,
    sign,
    sin,
    tanh,
    together,
    true,
)
from sympy.core.relational import Relational

from .code import number
from .configuration import Configuration
from .functions import First, Maximum, direction, gcd, log1p, octaves, power_slope
from .ranges import conditions_of, soonest, symbols_in
from .records import Stage

Integers = np.ndarray
Places = Mapping[str, Integers]


class Interpreter:
    """Evaluates the stages of a definition on arrays of numbers.

    Parameters
    ----------
    configuration : Configuration
        The bound call: letters, words and shapes.
    operations
        The arithmetic, see `operations.Operations`.
    arrays : mapping of str to numbers
        The number inputs, flat, as the operations take them.
    integers : mapping of str to ndarray of int
        The index inputs.
    options : mapping of str to numbers
        The real options by the names of their symbols, each of length 1.
    constant : callable
        Turns an array of integers into numbers.
    """

    def __init__(
        self,
        configuration: Configuration,
        operations: Any,
        arrays: Mapping[str, Any],
        integers: Mapping[str, Integers],
        options: Mapping[str, Any],
        constant: Callable[[np.ndarray], Any],
    ):
        self.configuration, self.operations, self.constant = configuration, operations, constant
        self.arrays, self.integers, self.options = dict(arrays), dict(integers), options
        record = configuration.record
        self.shapes = dict(configuration.shapes)
        self.shapes |= dict(zip((array.name for array in record.outputs), configuration.output_shapes, strict=True))
        self.extended = {array.name for array in record.inputs if array.extended}

    def run(self, stages: tuple[Stage, ...]) -> list[Any]:
        """Evaluate all stages; return the outputs: numbers, or integer arrays, flat."""
        self.set_shapes(stages)
        for stage in stages:
            self.define(stage)
        names = [array.name for array in self.configuration.record.outputs]
        return [self.integers[name] if name in self.integers else self.arrays[name] for name in names]

    def set_shapes(self, stages: tuple[Stage, ...]) -> None:
        """Note the shapes of the arrays that stages define."""
        for stage in stages:
            if stage.extents:
                shape = tuple(number(extent, self.configuration.values) for extent in stage.extents)
                self.shapes[stage.target.base.name] = shape

    def define(self, stage: Stage) -> None:
        """Evaluate one stage."""
        name = stage.target.base.name
        shape = self.shapes[name]
        grid = np.indices(shape).reshape(len(shape), -1) if shape else np.zeros((0, 1), np.intp)
        places = {letter.name: index for letter, index in zip(stage.target.indices, grid, strict=True)}
        length = prod(shape)
        if isinstance(stage.value, First):
            self.integers[name] = self._first(stage.value, places, length)
        elif _is_integer(stage.value, frozenset(self.integers)):
            self.integers[name] = np.broadcast_to(self._integer(stage.value, places), length)
        elif length == 0:
            self.arrays[name] = self.constant(np.zeros(0, np.int64))
        else:
            self.arrays[name] = self._whole(self._number(stage.value, places, {}), length)

    def _whole(self, numbers: Any, length: int) -> Any:
        return numbers if len(numbers) == length else numbers.take(np.zeros(length, np.intp))

    # ---- integers ----

    def _integer(self, expr: Expr, places: Places) -> Any:
        """Return an integer expression at all places: an array, or one integer."""
        if isinstance(expr, Integer):
            return int(expr)
        if isinstance(expr, Symbol):
            name = expr.name
            return places[name] if name in places else self.configuration.values[name]
        if isinstance(expr, Indexed):
            return self.integers[expr.base.name][self._position(expr, places)]
        if isinstance(expr, floor | ceiling):
            above, below = _fraction(expr.args[0])
            top, bottom = self._integer(above, places), self._integer(below, places)
            return top // bottom if isinstance(expr, floor) else -((-top) // bottom)
        return _INTEGER[type(expr)](*(self._integer(arg, places) for arg in expr.args))

    def _position(self, entry: Indexed, places: Places) -> Integers:
        """Return the flat position of an entry; what lies outside is wrapped, and masked by who knows that it is."""
        shape = self.shapes[entry.base.name]
        position: Any = 0
        for index, length in zip(entry.indices, shape, strict=True):
            position = position * length + self._integer(index, places) % max(1, length)
        return np.asarray(position, np.intp)

    # ---- numbers ----

    def _number(self, expr: Expr, places: Places, known: dict[Expr, Any]) -> Any:
        """Return a real expression at all places: an array of numbers, of length 1 where all are the same."""
        if expr not in known:
            known[expr] = self._fresh(expr, places, known)
        return known[expr]

    def _fresh(self, expr: Expr, places: Places, known: dict[Expr, Any]) -> Any:
        if _is_integer(expr, frozenset(self.integers)):
            return self.constant(np.atleast_1d(np.asarray(self._integer(expr, places))))
        if isinstance(expr, Symbol):
            return self.options[expr.name]
        if expr is I:
            return self.constant(np.array([1j]))
        if expr is pi:
            return self.operations.pi()
        if isinstance(expr, Indexed):
            return self.arrays[expr.base.name].take(np.atleast_1d(self._position(expr, places)))
        if isinstance(expr, Sum | Maximum):
            return self._reduced(expr, places)
        if isinstance(expr, Mul):
            return self._product(expr, places, known)
        if isinstance(expr, Pow):
            return self._power(expr, places, known)
        if isinstance(expr, Rational):
            above, below = (self.constant(np.array([part])) for part in (expr.p, expr.q))
            return self.operations.divide(above, below)
        if isinstance(expr, Piecewise):
            return self._piecewise(expr, places, known)
        numbers = [self._number(arg, places, known) for arg in expr.args]
        return _apply(self.operations, expr, numbers)

    def _product(self, expr: Mul, places: Places, known: dict[Expr, Any]) -> Any:
        above = [f for f in expr.args if not _is_divisor(f)]
        below = [1 / f for f in expr.args if _is_divisor(f)]
        minus = -1 in above
        top = [self._number(f, places, known) for f in above if f != -1]
        bottom = [self._number(f, places, known) for f in below]
        result = self.operations.quotient(top or [self.constant(np.array([1]))], bottom)
        return self.operations.negative(result) if minus else result

    def _power(self, expr: Pow, places: Places, known: dict[Expr, Any]) -> Any:
        base, exponent = expr.base, expr.exp
        if exponent.could_extract_minus_sign():
            return self.operations.divide(self.constant(np.array([1])), self._number(base**-exponent, places, known))
        if isinstance(exponent, Integer):
            return self.operations.quotient([self._number(base, places, known)] * int(exponent), [])
        if exponent == Rational(1, 2):
            return self.operations.sqrt(self._number(base, places, known))
        return self.operations.power(self._number(base, places, known), self._number(exponent, places, known))

    def _piecewise(self, expr: Piecewise, places: Places, known: dict[Expr, Any]) -> Any:
        branches, unknown = [], np.zeros(1, bool)
        for value, condition in expr.args:
            mask = np.ones(1, bool)
            if isinstance(condition, Relational):
                sides = [self._number(side, places, known) for side in condition.args]
                mask, lost = self.operations.compare(condition.rel_op, *sides)
                unknown = unknown | lost
            elif condition is not true:
                raise TypeError(f"a case must depend on one comparison, not on {condition}")
            branches.append((mask, self._number(value, places, known)))
        return self.operations.chosen(branches, unknown)

    # ---- sums and maxima ----

    def _reduced(self, expr: Sum | Maximum, places: Places) -> Any:
        length = max((len(index) for index in places.values()), default=1)
        inner, outer = self._terms(expr, places, length)
        lowest = self.constant(np.zeros(length, np.int64)) if isinstance(expr, Sum) else self.operations.lowest(length)
        if not len(outer):
            return lowest
        terms = self._whole(self._number(_without_deltas(expr.function), inner, {}), len(outer))
        starts = np.flatnonzero(np.diff(outer, prepend=-1))
        reduce = self.operations.sum if isinstance(expr, Sum) else self.operations.maximum
        found = reduce(terms, starts)
        if len(starts) == length:
            return found
        return self.operations.joined([lowest, found], outer[starts], length)

    def _first(self, value: First, places: Places, length: int) -> Integers:
        position, maximum = value.args
        inner, outer = self._terms(maximum, places, length)
        result = np.zeros(length, np.int64)
        if len(outer):
            terms = self._whole(self._number(_without_deltas(maximum.function), inner, {}), len(outer))
            starts = np.flatnonzero(np.diff(outer, prepend=-1))
            chosen = self.operations.first(terms, starts)
            found = np.broadcast_to(self._integer(position, inner), len(outer))
            result[outer[starts]] = found[chosen]
        return result

    def _terms(self, expr: Any, places: Places, length: int) -> tuple[dict[str, Integers], Integers]:
        """Return the places of all terms that exist, and the place of the result to which each belongs, in order."""
        inner = {name: np.broadcast_to(index, length) for name, index in places.items()}
        outer, conditions = np.arange(length), list(conditions_of(expr, self.extended))
        waiting = list(expr.limits)
        if isinstance(expr, Sum):
            waiting = soonest(waiting, [{s.name for s in symbols_in(c)} for c in conditions])
        inner, outer = self._existing(conditions, inner, outer, {limit[0].name for limit in waiting})
        while waiting:
            letter, low, high = waiting.pop(0)
            first, last = (np.broadcast_to(self._integer(bound, inner), len(outer)) for bound in (low, high))
            counts = np.maximum(0, last - first + 1)
            copies = np.repeat(np.arange(len(outer)), counts)
            steps = np.arange(len(copies)) - np.repeat(np.cumsum(counts) - counts, counts)
            inner = {name: index[copies] for name, index in inner.items()}
            inner[letter.name] = first[copies] + steps
            inner, outer = self._existing(conditions, inner, outer[copies], {limit[0].name for limit in waiting})
        return inner, outer

    def _existing(
        self, conditions: list[Any], inner: dict[str, Integers], outer: Integers, later: set[str]
    ) -> tuple[dict[str, Integers], Integers]:
        """Drop the terms that break a condition whose letters all have values; take the condition off the list."""
        for condition in [c for c in conditions if not {s.name for s in symbols_in(c)} & later]:
            conditions.remove(condition)
            kind, left, right = condition
            a, b = self._integer(left, inner), (self._integer(right, inner) if kind == "equal" else self._length(right))
            kept = np.broadcast_to(a == b if kind == "equal" else (a >= 0) & (a < b), len(outer))
            if not np.all(kept):
                inner, outer = {name: index[kept] for name, index in inner.items()}, outer[kept]
        return inner, outer

    def _length(self, axis: tuple[str, int]) -> int:
        name, number_of_axis = axis
        return self.shapes[name][number_of_axis]


def _without_deltas(function: Expr) -> Expr:
    factors = [f for f in Mul.make_args(function) if not isinstance(f, KroneckerDelta)]
    return Mul(*factors) if len(factors) != len(Mul.make_args(function)) else function


def _products_down(n: Any, step: int) -> Any:
    """Return ``n (n - step) (n - 2 step) ..`` down to 1 or `step`, for all entries; 1 for 0."""
    table = [1]
    for k in range(1, int(np.max(n, initial=0)) + 1):
        table.append(k * (table[k - step] if k >= step else 1))
    return np.array(table)[n]


def _octaves(t: Any) -> Any:
    """Return how many doublings of 1 reach an integer, or each of an array."""
    if isinstance(t, np.ndarray):
        return np.array([_octaves(int(entry)) for entry in t.ravel()], np.int64).reshape(t.shape)
    return (int(t) - 1).bit_length()


_INTEGER: dict[type, Callable[..., Any]] = {
    Add: lambda *terms: sum(terms[1:], terms[0]),
    Mul: lambda *factors: prod(factors[1:], start=factors[0]),
    Pow: lambda base, exponent: base**exponent,
    Max: lambda *args: np.maximum.reduce(np.broadcast_arrays(*args)),
    Min: lambda *args: np.minimum.reduce(np.broadcast_arrays(*args)),
    Mod: lambda a, b: a % b,
    Abs: abs,
    KroneckerDelta: lambda a, b: np.asarray(a == b).astype(np.int64),
    gcd: np.gcd,
    octaves: _octaves,
    factorial: lambda n: _products_down(n, 1),
    factorial2: lambda n: _products_down(n, 2),
}


@lru_cache(maxsize=4096)
def _fraction(expr: Expr) -> tuple[Expr, Expr]:
    return fraction(together(expr))


@lru_cache(maxsize=16384)
def _is_integer(expr: Expr, integers: frozenset[str]) -> bool:
    """Whether an expression is computed in integers: letters, index arrays, and operations that stay among them."""
    if isinstance(expr, Indexed):
        return expr.base.name in integers
    if isinstance(expr, Symbol):
        return bool(expr.is_integer)
    if isinstance(expr, Pow):
        return not expr.exp.could_extract_minus_sign() and all(_is_integer(part, integers) for part in expr.args)
    if isinstance(expr, floor | ceiling):
        return all(_is_integer(part, integers) for part in _fraction(expr.args[0]))
    return isinstance(expr, Integer) or (type(expr) in _INTEGER and all(_is_integer(a, integers) for a in expr.args))


def _is_divisor(factor: Expr) -> bool:
    return isinstance(factor, Pow) and factor.exp.could_extract_minus_sign()


def _apply(operations: Any, expr: Expr, numbers: list[Any]) -> Any:
    """Return a function or a sum of numbers."""
    if isinstance(expr, Add):
        return operations.add(numbers)
    if isinstance(expr, Max):
        return operations.largest(numbers)
    if isinstance(expr, Min):
        return operations.negative(operations.largest([operations.negative(n) for n in numbers]))
    return getattr(operations, _FUNCTIONS[expr.func])(*numbers)


_FUNCTIONS: dict[Any, str] = {
    exp: "exp",
    log: "log",
    log1p: "log1p",
    sin: "sin",
    cos: "cos",
    tanh: "tanh",
    Abs: "absolute",
    sign: "sign",
    conjugate: "conjugate",
    re: "real",
    direction: "direction",
    power_slope: "power_slope",
}
