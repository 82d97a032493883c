"""Wrong records: one small edit of a definition or of a shape rule at a time, to try whether something tells."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from functools import cache
from typing import Any

from sympy import (
    Add,
    Eq,
    Expr,
    GreaterThan,
    Indexed,
    LessThan,
    Max,
    Min,
    Mul,
    Ne,
    Rational,
    StrictGreaterThan,
    StrictLessThan,
    Symbol,
    Tuple,
    ceiling,
    conjugate,
    floor,
)
from sympy.core.relational import Relational

from .catalog import OPERATORS, operator
from .records import OperatorSpec, Stage

Path = tuple[int, ...]
"""Where a part of an expression stands: positions among arguments, from the outside in."""

BORDERS: dict[type, type] = {
    StrictGreaterThan: GreaterThan,
    GreaterThan: StrictGreaterThan,
    StrictLessThan: LessThan,
    LessThan: StrictLessThan,
    Eq: Ne,
    Ne: Eq,
}
LETTERS = {"s": "d", "d": "s", "p": "q", "q": "p"}
"""Options that may be taken for one another."""

AXES = {"_1": "_2", "_2": "_1", "_3": "_2"}


@dataclass(frozen=True)
class RecordEdit:
    """One edit of a record.

    Attributes
    ----------
    name : str
        ``operator.part.number.kind``.
    part : str
        "stage" and the name of its target, or "axis" and its number.
    before, after : Expr
        The value of the stage, or the length of the axis.
    """

    name: str
    operator: str
    kind: str
    part: str
    before: Expr
    after: Expr

    def edited(self) -> OperatorSpec:
        """Return the wrong record; its algorithms are left out, as they compute the right one.

        Raises
        ------
        RecordError
            If the record contradicts itself so plainly that it cannot be built.
        """
        record = operator(self.operator)
        where, _, place = self.part.partition(" ")
        if where == "axis":
            axes = list(record.output.axes)
            axes[int(place)] = self.after
            return replace(record, output=replace(record.output, axes=tuple(axes)), algorithms={})
        stages = tuple(
            Stage(s.target, self.after, s.extents) if str(s.target.base) == place else s for s in record.definition
        )
        return replace(record, definition=stages, algorithms={})

    def put(self) -> OperatorSpec:
        """Make the record wrong where it stands, and return the right one under the same name.

        Laws, proofs and caches know a record by its identity, so this is for a process that does nothing else.
        """
        wrong, record = self.edited(), operator(self.operator)
        right = replace(record)
        for part in fields(OperatorSpec):
            object.__setattr__(record, part.name, getattr(wrong, part.name))
        for name in ("sums_products", "items_apart", "index_inputs"):
            record.__dict__.pop(name, None)
        return right


def record_edits(record: OperatorSpec) -> tuple[RecordEdit, ...]:
    """Return all edits of the definition and of the axes of the first output of a record, no two with the same result."""
    parts = [(f"stage {s.target.base}", s.value) for s in record.definition]
    parts += [(f"axis {position}", axis) for position, axis in enumerate(record.output.axes)]
    return tuple(edit for part, expr in parts for edit in _edits(record, part, expr))


def _edits(record: OperatorSpec, part: str, expr: Expr) -> Iterator[RecordEdit]:
    known = {expr}
    for path, node in _places(expr):
        for kind, new in _variants(node):
            after = _put(expr, path, new)
            if after in known:
                continue
            known.add(after)
            name = f"{record.name}.{part.replace(' ', '-')}.{len(known) - 1}.{kind}"
            yield RecordEdit(name, record.name, kind, part, expr, after)


def record_edit(name: str) -> RecordEdit:
    """Return the edit called `name`.

    Raises
    ------
    ValueError
        If there is none.
    """
    for edit in record_edits(operator(name.partition(".")[0])):
        if edit.name == name:
            return edit
    raise ValueError(f"no edit of a record is called {name!r}")


@cache
def all_record_edits(operators: tuple[str, ...] = ()) -> tuple[RecordEdit, ...]:
    """Return the edits of all records, or of some."""
    return tuple(e for r in OPERATORS if not operators or r.name in operators for e in record_edits(r))


# ---- expressions ----


def _places(expr: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield all parts of an expression but the names of arrays and the letters that sums and maxima run over."""
    yield path, expr
    first = 1 if isinstance(expr, Indexed | Tuple) else 0
    for position, arg in enumerate(expr.args[first:], first):
        yield from _places(arg, (*path, position))


def _put(expr: Any, path: Path, new: Any) -> Any:
    if not path:
        return new
    args = list(expr.args)
    args[path[0]] = _put(args[path[0]], path[1:], new)
    return expr.func(*args, evaluate=False) if isinstance(expr, Max | Min) else expr.func(*args)


def _variants(node: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(node, Rational):
        yield from (("constant", node + step) for step in (1, -1))
    elif isinstance(node, Symbol):
        yield from (("letter", other) for other in _other_letters(node))
    elif isinstance(node, Indexed):
        yield from (("index", node.base[other]) for other in _exchanged(node.indices))
    elif isinstance(node, Add | Mul):
        yield from _without_one(node)
    elif isinstance(node, Relational) and type(node) in BORDERS:
        yield "comparison", BORDERS[type(node)](*node.args)
    elif isinstance(node, floor):
        yield "operator", ceiling(*node.args)
    elif isinstance(node, Max | Min):
        yield "operator", (Min if isinstance(node, Max) else Max)(*node.args)
    elif isinstance(node, conjugate):
        yield "dropped", node.args[0]


def _other_letters(symbol: Symbol) -> Iterator[Symbol]:
    """Yield the letters that a letter may be taken for: another option on its axis, or the same on another axis."""
    name, assumptions = symbol.name, symbol.assumptions0
    stem, axis = name[:1], name[1:]
    if stem in LETTERS and axis in ("", *AXES):
        yield Symbol(LETTERS[stem] + axis, **assumptions)
    if axis in AXES:
        yield Symbol(stem + AXES[axis], **assumptions)


def _exchanged(indices: tuple[Expr, ...]) -> Iterator[tuple[Expr, ...]]:
    for left in range(len(indices) - 1):
        yield (*indices[:left], indices[left + 1], indices[left], *indices[left + 2 :])


def _without_one(node: Add | Mul) -> Iterator[tuple[str, Expr]]:
    """Yield a sum with one term lost or of the other sign, a product with one factor lost."""
    for position, arg in enumerate(node.args):
        rest = node.args[:position] + node.args[position + 1 :]
        yield "dropped", node.func(*rest)
        if isinstance(node, Add):
            yield "operator", Add(*rest, -arg)
