"""Definitions written out at given small sizes: every entry of every result as one expression in the entries of the inputs."""

from collections.abc import Callable, Iterator, Mapping
from itertools import product
from typing import Any

from sympy import Add, Expr, Indexed, Integer, Piecewise, Sum

from .functions import Maximum
from .records import OperatorSpec, Stage

Index = tuple[int, ...]
Entries = Mapping[Index, Expr]
Letters = Mapping[Any, Any]


class Expansion:
    """The entries of all arrays of a call at fixed sizes.

    Parameters
    ----------
    record : OperatorSpec
        The operator.
    letters : mapping
        An integer for each letter of the sizes and options that are to be fixed; a number or letter for each real option.
    arrays : mapping of str to mapping from index to expression
        The entries of the inputs.
    largest : int
        Which term of every maximum is the largest, counted round.
    """

    def __init__(self, record: OperatorSpec, letters: Letters, arrays: Mapping[str, Entries], largest: int = 0):
        self.record, self.letters, self.largest = record, letters, largest
        self.arrays: dict[str, Entries] = dict(arrays)
        self.extended = {array.name for array in record.inputs if array.extended}

    def run(self, stages: tuple[Stage, ...]) -> dict[str, Entries]:
        """Return the entries of every array after all stages."""
        axes = {array.name: array.axes for array in self.record.outputs}
        for stage in stages:
            name = str(stage.target.base)
            shape = [int(e.xreplace(dict(self.letters))) for e in stage.extents or axes[name]]
            places = product(*map(range, shape))
            self.arrays[name] = {p: self._entry(stage, p) for p in places}
        return self.arrays

    def _entry(self, stage: Stage, place: Index) -> Expr:
        scope = dict(zip(stage.target.indices, map(Integer, place), strict=True))
        return self._value(stage.value, {**self.letters, **scope})

    def _value(self, expr: Any, scope: Letters) -> Any:
        if isinstance(expr, Indexed):
            return self._read(expr, scope)
        if isinstance(expr, Sum | Maximum):
            terms = list(self._terms(expr, scope))
            return Add(*terms) if isinstance(expr, Sum) else terms[self.largest % len(terms)]
        if isinstance(expr, Piecewise):
            return Piecewise(*((self._value(e, scope), self._value(rule, scope)) for e, rule in expr.args))
        if not expr.args:
            return scope.get(expr, expr)
        return expr.func(*(self._value(arg, scope) for arg in expr.args))

    def _read(self, entry: Indexed, scope: Letters) -> Expr:
        index = tuple(int(self._value(e, scope)) for e in entry.indices)
        return self.arrays[str(entry.base)][index]

    def _terms(self, expr: Any, scope: Letters) -> Iterator[Expr]:
        for letters in self._ranges(list(expr.limits), dict(scope)):
            if all(self._exists(entry, letters) for entry in expr.function.atoms(Indexed)):
                yield self._value(expr.function, letters)

    def _exists(self, entry: Indexed, scope: Letters) -> bool:
        """Whether an entry is read inside its array, where that is extended."""
        name = str(entry.base)
        return (
            name not in self.extended or tuple(int(self._value(e, scope)) for e in entry.indices) in self.arrays[name]
        )

    def _ranges(self, limits: list[Any], scope: dict[Any, Any]) -> Iterator[dict[Any, Any]]:
        if not limits:
            yield scope
            return
        (letter, low, high), *rest = limits
        for value in range(int(self._value(low, scope)), int(self._value(high, scope)) + 1):
            yield from self._ranges(rest, {**scope, letter: Integer(value)})


def entries_of(
    record: OperatorSpec, letters: Letters, entry: Callable[[str, Index], Expr]
) -> dict[str, dict[Index, Expr]]:
    """Return the entries of every input at fixed sizes; `entry` says what stands where."""
    arrays = {}
    for array in record.inputs:
        shape = [int(axis.xreplace(dict(letters))) for axis in array.axes]
        arrays[array.name] = {place: entry(array.name, place) for place in product(*map(range, shape))}
    return arrays
