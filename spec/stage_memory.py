"""Values of stages that read no data, kept for all calls in which they are the same.

What such a stage computes depends on its expression, on the letters in it, and on the stages that it reads; on nothing else of a
call. So calls that differ in a rate, or in the order of their rows, share the filters of a bank.
"""

from collections import OrderedDict
from functools import lru_cache
from typing import Any

from sympy import Indexed

from .interpret import Interpreter
from .records import Stage

KEPT = 512
"""How many stages are remembered, those that were used last."""


class StageMemory:
    """Stages by what they depend on: numbers in place of keys, so that the keys of what a stage reads are short."""

    def __init__(self) -> None:
        self.numbers: dict[Any, int] = {}
        self.values: OrderedDict[int, Any] = OrderedDict()

    def define(self, interpreter: Interpreter, stage: Stage, precision: int, known: dict[str, int]) -> None:
        """Evaluate a stage, or put in what it was before; `known` numbers the stages that were defined in this call."""
        name, letters = stage.target.base.name, interpreter.configuration.values
        own = tuple((letter, letters[letter]) for letter in _letters(stage) if letter in letters)
        key = stage, precision, own, tuple(known.get(read) for read in _reads(stage))
        number = known[name] = self.numbers.setdefault(key, len(self.numbers))
        if number in self.values:
            self.values.move_to_end(number)
            kind, value = self.values[number]
            (interpreter.integers if kind == "integers" else interpreter.arrays)[name] = value
            return
        interpreter.define(stage)
        whole = name in interpreter.integers
        self.values[number] = (
            ("integers", interpreter.integers[name]) if whole else ("numbers", interpreter.arrays[name])
        )
        if len(self.values) > KEPT:
            self.values.popitem(last=False)


@lru_cache(maxsize=4096)
def _letters(stage: Stage) -> tuple[str, ...]:
    """Return the names of the symbols in a stage; those of the call among them are its letters."""
    found = {s.name for part in (stage.value, *stage.extents) for s in part.free_symbols if s.is_Symbol}
    return tuple(sorted(found))


@lru_cache(maxsize=4096)
def _reads(stage: Stage) -> tuple[str, ...]:
    """Return the names of the arrays that a stage reads."""
    return tuple(sorted({entry.base.name for entry in stage.value.atoms(Indexed)}))
