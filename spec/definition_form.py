"""What the form of a definition shows: in which arrays it is linear, and which letters only name the item."""

from collections.abc import Iterator
from typing import Any

from sympy import Add, Dummy, Expr, Indexed, Integer, Mul, Piecewise, Sum, Symbol, re, true

from .functions import Maximum
from .laws import Placement, Rearrangement
from .records import OperatorSpec, Stage

FREE, LINEAR = "free", "linear"


# ---- linearity ----


def nonlinear(record: OperatorSpec, wrt: str) -> list[str]:
    """Return where outputs of a record are not linear in an input; optional inputs are absent.

    Of a record of real numbers only, real parts are linear.
    """
    absent = {array.name: Integer(array.absent) for array in record.inputs if array.optional and array.name != wrt}
    depends, found = {wrt}, []
    for stage in record.definition:
        gone = {a: absent[str(a.base)] for a in stage.value.atoms(Indexed) if str(a.base) in absent}
        name = str(stage.target.base)
        value = stage.value if "complex" in record.numbers else stage.value.replace(re, lambda part: part)
        form = linearity(value.xreplace(gone), depends)
        if form is None:
            return [f"{name} is not linear in {wrt}"]
        depends |= {name} if form == LINEAR else set()
        found += [f"{name} does not depend on {wrt}"] if form == FREE and not stage.extents else []
    return found


def linearity(expr: Expr, arrays: set[str]) -> str | None:
    """Return whether an expression is "linear" in the arrays, over real factors, "free" of them, or neither (None)."""
    if not _reads(expr, arrays):
        return FREE
    if isinstance(expr, Indexed):
        return None if any(_reads(index, arrays) for index in expr.indices) else LINEAR
    if isinstance(expr, Sum):
        return None if any(_reads(limit, arrays) for limit in expr.limits) else linearity(expr.function, arrays)
    if isinstance(expr, Piecewise):
        chosen = not any(_reads(condition, arrays) for _, condition in expr.args)
        return LINEAR if chosen and all(v == 0 or linearity(v, arrays) == LINEAR for v, _ in expr.args) else None
    if isinstance(expr, Add | Mul):
        forms = [linearity(arg, arrays) for arg in expr.args]
        wanted = len(forms) if isinstance(expr, Add) else 1
        return LINEAR if None not in forms and forms.count(LINEAR) == wanted else None
    return linearity(expr.args[0], arrays) if isinstance(expr, re) else None


def _reads(expr: Any, arrays: set[str]) -> bool:
    return any(str(entry.base) in arrays for entry in expr.atoms(Indexed))


def bare(maximum: Expr, wrt: str) -> bool:
    """Whether an expression is the maximum of entries of an array as they are, over places that do not depend on it."""
    if not isinstance(maximum, Maximum) or any(_reads(end, {wrt}) for _, *ends in maximum.limits for end in ends):
        return False
    reads = [f for f in Mul.make_args(maximum.function) if isinstance(f, Indexed)]
    others = [f for f in Mul.make_args(maximum.function) if not isinstance(f, Indexed)]
    return [str(f.base) for f in reads] == [wrt] and not any(_reads(f, {wrt}) for f in others)


# ---- letters that name the item ----


def bystander(law: Rearrangement) -> Symbol | None:
    """Return the letter whose axis a law reverses everywhere, changing nothing else; None for another law."""
    target = law.operator.definition[-1].target.indices
    if law.other is not law.operator or law.options or law.without or law.when != true or law.index is None:
        return None
    axes = zip(target, law.index, law.operator.output.axes, strict=True)
    changed = [(letter, there == size - 1 - letter) for letter, there, size in axes if letter != there]
    if len(changed) != 1 or not changed[0][1] or not all(_turned(law, p) for p in law.arrays.values()):
        return None
    letter = changed[0][0]
    return letter if all(len(_moved(p)) <= 1 for p in law.arrays.values()) and _moves_axes_of(law, letter) else None


def _moved(placement: Placement) -> list[int]:
    pairs = enumerate(zip(placement.letters, placement.index, strict=True))
    return [axis for axis, (letter, there) in pairs if letter != there]


def _turned(law: Rearrangement, placement: Placement) -> bool:
    """Whether the axes that a placement moves are reversed, and no size changes."""
    array = law.operator.array(placement.name)
    there = (placement.extents[a] - 1 - placement.letters[a] == placement.index[a] for a in _moved(placement))
    return placement.extents == array.axes and not placement.conjugated and all(there)


def _moves_axes_of(law: Rearrangement, letter: Symbol) -> bool:
    """Whether the moved axis of every array is one that the letter indexes alone in some read."""
    reads = [e for stage in law.operator.definition for e in stage.value.atoms(Indexed)]
    for array in law.operator.inputs:
        placement = law.arrays.get(array.name)
        moved = _moved(placement) if placement else []
        mine = {
            axis for e in reads if str(e.base) == array.name for axis, index in enumerate(e.indices) if index == letter
        }
        if set(moved) != mine:
            return False
    return True


def misplaced(law: Rearrangement, letter: Symbol) -> list[str]:
    """Return where a letter stands elsewhere than alone on one and the same axis of each array."""
    places: dict[str, set[tuple[int, ...]]] = {}
    found = []
    for stage in law.operator.definition:
        for entry in (stage.target, *stage.value.atoms(Indexed)):
            indices = [_without_entries(index) for index in entry.indices]
            at = tuple(axis for axis, index in enumerate(indices) if index.has(letter))
            places.setdefault(str(entry.base), set()).add(at)
            found += [f"{letter} in {entry}" for axis in at if indices[axis] != letter]
        found += list(_outside(stage, letter))
    return found + [f"{letter} on several axes of {name}" for name, at in places.items() if len(at) > 1 or len(*at) > 1]


def _outside(stage: Stage, letter: Symbol) -> Iterator[str]:
    if _without_entries(stage.value).has(letter):
        yield f"{letter} outside the indices of {stage.target.base}"


def _without_entries(expr: Expr) -> Expr:
    outermost = {entry: Dummy() for entry in expr.atoms(Indexed)}
    return expr.xreplace(outermost)
