"""How definitions grow with an input: the power of a factor that comes out of every stage."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sympy import Abs, Add, Expr, Indexed, Integer, Mul, Pow, Sum, conjugate, re, sign

from .configuration import specialised
from .functions import direction, power_slope
from .records import OperatorSpec


@dataclass(frozen=True)
class Growth:
    """With c x in the place of x, an expression has the factor ``|c|^power``, and the sign of c where it is `odd`."""

    power: Expr
    odd: bool


NOTHING = Growth(Integer(0), False)


def growth_of(expr: Any, known: Mapping[str, Growth]) -> Growth | None:
    """Return how an expression grows with the input, from how arrays do; None where that is no power."""
    if isinstance(expr, Indexed):
        return known.get(str(expr.base), NOTHING)
    if not _reads(expr, known):
        return NOTHING
    if isinstance(expr, Sum):
        return _growth_of_sum(expr, known)
    parts = [growth_of(part, known) for part in expr.args]
    found = [part for part in parts if part is not None]
    if len(found) < len(parts):
        return None
    if isinstance(expr, Abs):
        return Growth(found[0].power, False)
    if isinstance(expr, sign):
        return Growth(Integer(0), found[0].odd)
    if isinstance(expr, conjugate | re):
        return found[0]
    if isinstance(expr, direction):
        return None if found[1].odd else Growth(found[0].power - found[1].power, found[0].odd)
    if isinstance(expr, power_slope):
        return None if found[0].odd or found[1] != NOTHING else Growth(found[0].power * (expr.args[1] - 1), False)
    if isinstance(expr, Mul):
        return Growth(Add(*(part.power for part in found)), sum(part.odd for part in found) % 2 == 1)
    if isinstance(expr, Pow):
        return None if found[0].odd or found[1] != NOTHING else Growth(found[0].power * expr.exp, False)
    return found[0] if isinstance(expr, Add) and len(set(found)) == 1 else None


def _growth_of_sum(expr: Sum, known: Mapping[str, Growth]) -> Growth | None:
    """Return how a sum grows: as its terms, if all of them do so alike."""
    found = None if any(_reads(limit, known) for limit in expr.limits) else growth_of(expr.function, known)
    return None if found is None or found.power.has(*expr.variables) else found


def _reads(expr: Any, known: Mapping[str, Growth]) -> bool:
    return any(str(entry.base) in known for entry in expr.atoms(Indexed))


def growth_of_output(record: OperatorSpec, wrt: str, words: Mapping[str, Any], odd: bool = True) -> Growth | None:
    """Return how the first output grows with an input, in a call with these words; None where that is no power.

    Signs count unless `odd` is false: then the factor is a positive one.
    """
    known, present = {wrt: Growth(Integer(1), odd)}, tuple(array.name for array in record.inputs)
    for stage in specialised(record, tuple(words.items()), present):
        growth = growth_of(stage.value, known)
        if growth is None:
            return None
        if growth != NOTHING:
            known[str(stage.target.base)] = growth
    return known.get(record.output.name, NOTHING)
