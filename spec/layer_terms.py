"""What one element of a result is computed from: the entries that a sum adds or a maximum compares, or all that are read."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from flint import ctx
from sympy import Expr, Indexed, KroneckerDelta, Mul, Pow, Sum

from .configuration import Configuration
from .enclosure import PRECISIONS, interpreter_of
from .functions import First, Maximum
from .interpret import Interpreter
from .records import Stage
from .rounding import BINARY64, Arithmetic


@dataclass(frozen=True)
class Reads:
    """What an element is computed from.

    Attributes
    ----------
    verb : str
        "sum" or "compare" where the element is one sum or maximum of entries of the inputs (over a divisor), else "read".
    terms : tuple of str
        The terms that exist, such as ``"x[0, 0, 3]"``.
    arrays : tuple of str
        The inputs that stand in a term.
    divisor : int
        What the sum is divided by.
    """

    verb: str
    terms: tuple[str, ...]
    arrays: tuple[str, ...] = ()
    divisor: int = 1


def reads_of(
    configuration: Configuration, arrays: Mapping[str, np.ndarray], index: tuple[int, ...], output: int = 0
) -> Reads:
    """Return what the element at `index` of an output is computed from, by the definition."""
    name = configuration.record.outputs[output].name
    with ctx.workprec(PRECISIONS[0]), np.errstate(all="ignore"):
        return interpreter_of(configuration, arrays, Arithmetic(BINARY64), Reader).reads(name, index)


class Reader(Interpreter):
    """An interpreter that tells which entries of the inputs it reads."""

    def reads(self, name: str, index: tuple[int, ...]) -> Reads:
        """Return what one element is computed from."""
        stages = self.configuration.stages
        self.run(stages)
        self.stages = {str(stage.target.base): stage for stage in stages}
        stage = self.stages[name]
        places = _placed(stage, [np.array([i]) for i in index])
        reduction, divisors = _parts(stage.value)
        inputs = {array.name for array in self.configuration.record.inputs}
        entries = _factors(reduction.function) if reduction is not None else []
        if not entries or not {str(entry.base) for entry in entries} <= inputs:
            return Reads("read", tuple(sorted(set(self._entries(stage.value, places)))))
        divisor = int(np.prod([np.ravel(self._integer(part, places))[0] for part in divisors], dtype=np.int64))
        verb = "sum" if isinstance(reduction, Sum) else "compare"
        return Reads(verb, tuple(self._products(reduction, entries, places)), _names(entries), divisor)

    def _products(self, reduction: Any, entries: list[Indexed], places: Any) -> list[str]:
        inner, outer = self._terms(reduction, places, 1)
        written = [self._written(entry, inner, len(outer)) for entry in entries]
        return sorted(" * ".join(factors) for factors in zip(*written, strict=True))

    def _written(self, entry: Indexed, places: Any, count: int) -> list[str]:
        columns = self._columns(entry, places, count)
        return [f"{entry.base}{list(map(int, index))}" for index in zip(*columns, strict=True)]

    def _columns(self, entry: Indexed, places: Any, count: int) -> list[np.ndarray]:
        return [np.broadcast_to(self._integer(index, places), count) for index in entry.indices]

    def _entries(self, expr: Expr, places: Any) -> Iterator[str]:
        """Yield the entries of inputs that an expression reads at some places, through the stages before it."""
        count = len(next(iter(places.values()), [0]))
        if isinstance(expr, First | Sum | Maximum):
            reduction = expr.args[1] if isinstance(expr, First) else expr
            inner, _ = self._terms(reduction, places, count)
            yield from self._entries(reduction.function, inner)
        elif isinstance(expr, Indexed):
            yield from self._entry(expr, places, count)
        elif not isinstance(expr, KroneckerDelta):
            for arg in expr.args:
                yield from self._entries(arg, places)

    def _entry(self, entry: Indexed, places: Any, count: int) -> Iterator[str]:
        name = str(entry.base)
        if name not in self.stages:
            yield from self._written(entry, places, count)
        elif count:
            columns = self._columns(entry, places, count)
            distinct = np.unique(np.array(columns), axis=1) if columns else np.zeros((0, 1), np.int64)
            stage = self.stages[name]
            yield from self._entries(stage.value, _placed(stage, list(distinct)))


def _placed(stage: Stage, index: list[np.ndarray]) -> dict[str, np.ndarray]:
    return {str(letter): place for letter, place in zip(stage.target.indices, index, strict=True)}


def _parts(value: Expr) -> tuple[Any, list[Expr]]:
    """Return the one sum or maximum that a value is, and what it is divided by; no reduction where it is something else."""
    if isinstance(value, First):
        return value.args[1], []
    factors = Mul.make_args(value)
    reductions = [f for f in factors if isinstance(f, Sum | Maximum)]
    divisors = [1 / f for f in factors if isinstance(f, Pow) and f.exp == -1]
    whole = all(divisor.is_integer for divisor in divisors)
    if len(reductions) != 1 or len(factors) != 1 + len(divisors) or not whole:
        return None, []
    return reductions[0], divisors


def _factors(function: Expr) -> list[Indexed]:
    """Return the entries whose product a term is, or nothing where it is something else."""
    factors = [f for f in Mul.make_args(function) if not isinstance(f, KroneckerDelta)]
    return list(factors) if all(isinstance(f, Indexed) for f in factors) else []


def _names(entries: list[Indexed]) -> tuple[str, ...]:
    return tuple(str(entry.base) for entry in entries)
