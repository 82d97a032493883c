"""Bilinear definitions as index relations, and what it means that two of them have the same products.

A stage ``y[T] = sum over R of x[X] w[W]`` is the relation of all index triples (T, X, W). Every variable of the sum
stands alone as an index somewhere, so a triple determines its variables: each product occurs once, and membership is a
formula without quantifiers. Two definitions agree, for all data, where their relations do.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

from sympy import Eq, Expr, Ge, Le, Lt, Symbol, true

from .laws import Placement
from .logic import Obligation
from .records import Choice, OperatorSpec, addends, bound

Index = tuple[Expr, ...]


class RelationError(ValueError):
    """A definition has a form that the prover does not know."""


@dataclass(frozen=True)
class Relation:
    """The products of a definition: for every value of `variables` in the `domain`, one entry of each array.

    `indices` and `extents` map the name of each array, the output included, to its index and to its axes.
    """

    variables: tuple[Symbol, ...]
    domain: tuple[Any, ...]
    indices: Mapping[str, Index]
    extents: Mapping[str, Index]
    conjugated: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        alone = {expr for index in self.indices.values() for expr in index}
        hidden = [str(v) for v in self.variables if v not in alone]
        if hidden:
            raise RelationError(f"variables {hidden} do not stand alone as an index")

    def member(self, indices: Mapping[str, Index], binding: Mapping[Symbol, Expr]) -> tuple[Any, ...]:
        """Return the conditions under which the entries at `indices` are multiplied; `binding` puts in the sizes."""
        pairs = [pair for name, index in self.indices.items() for pair in zip(index, indices[name], strict=True)]
        values: dict[Symbol, Expr] = dict(binding)
        equations = []
        for own, entry in pairs:
            if own in self.variables and own not in values:
                values[own] = entry
            else:
                equations.append((own, entry))
        conditions = [rule.xreplace(values) for rule in self.domain]
        return (*conditions, *(Eq(own.xreplace(values), entry) for own, entry in equations))


def inside(index: Index, extents: Index) -> tuple[Any, ...]:
    """Return the conditions ``0 <= index < extent``, axis by axis."""
    return tuple(rule for e, n in zip(index, extents, strict=True) for rule in (Ge(e, 0), Lt(e, n)))


def relation_of(record: OperatorSpec, words: Mapping[str, str]) -> Relation:
    """Return the relation of a record with one bilinear sum; `words` chooses among its options."""
    (stage,) = record.definition
    (addend,) = (a for a in addends(stage) if a.ranges)
    binding = words_of(record, words)
    landing = dict(addend.equations)
    output = tuple(landing.get(index, index) for index in stage.target.indices)
    free = [index for index in stage.target.indices if index not in landing]
    arrays = {array.name: array for array in (record.output, *(record.array(f.array) for f in addend.factors))}
    indices = {record.output.name: output} | {f.array: f.index for f in addend.factors}
    indices = {name: tuple(bound(e, binding) for e in index) for name, index in indices.items()}
    extents = {name: tuple(bound(e, binding) for e in array.axes) for name, array in arrays.items()}
    domain = [rule for v, low, high in addend.ranges for rule in (Ge(v, low), Le(v, high))]
    domain += [rule for name in arrays for rule in inside(indices[name], extents[name])]
    return Relation(
        tuple(v for v, _, _ in addend.ranges) + tuple(free),
        tuple(dict.fromkeys(rule for rule in domain if rule != True)),  # noqa: E712  a SymPy truth
        indices,
        extents,
        frozenset(f.array for f in addend.factors if f.conjugated),
    )


def words_of(record: OperatorSpec, words: Mapping[str, str]) -> dict[Any, Any]:
    """Return what the words of a record's choices bind: symbols and the extension map."""
    choices = [p for p in record.parameters if isinstance(p, Choice)]
    return {key: value for p in choices for key, value in p.options[words.get(p.keyword, p.default)].items()}


def legal(record: OperatorSpec, words: Mapping[str, str]) -> tuple[Any, ...]:
    """Return what holds in every legal call with these words: domains of options, sizes, preconditions."""
    binding = words_of(record, words)
    rules = [Ge(s, p.least) for p in record.parameters if not isinstance(p, Choice) for s in p.flat]
    rules += [Ge(axis, 0) for array in record.inputs for axis in array.axes if axis.is_Symbol]
    rules += [r.rule for r in record.requires if r.when is None or words.get(r.when[0]) == r.when[1]]
    return tuple(bound(rule, binding) for rule in rules)


def every_word(record: OperatorSpec, fixed: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Yield the choices of words that a law is about."""
    choices = [p for p in record.parameters if isinstance(p, Choice)]
    options = [(fixed[p.keyword],) if p.keyword in fixed else tuple(p.options) for p in choices]
    for words in product(*options):
        yield dict(zip((p.keyword for p in choices), words, strict=True))


@dataclass(frozen=True)
class Correspondence:
    """Two relations, and where the entries of the left one stand in the right one.

    `places` maps each array of the right, the output included, to the placement of an array of the left; `binding`
    gives the letters of the right by those of the left; `hypotheses` speak of the left; `asked` are further goals.
    """

    left: Relation
    right: Relation
    places: Mapping[str, Placement]
    binding: Mapping[Symbol, Expr]
    hypotheses: tuple[Any, ...]
    output: str
    asked: tuple[tuple[str, Any], ...] = ()

    def carried(self, indices: Mapping[str, Index]) -> dict[str, Index]:
        """Return where entries of the left stand in the right."""
        return {
            name: tuple(e.xreplace(dict(zip(p.letters, indices[p.name], strict=True))) for e in p.index)
            for name, p in self.places.items()
        }

    def obligations(self) -> Iterator[Obligation]:
        """Yield what must hold for both relations to have the same products."""
        for label, goal in self.asked:
            yield Obligation(label, self.hypotheses, goal)
        found = (*self.hypotheses, *self.left.domain)
        for goal in self.right.member(self.carried(self.left.indices), self.binding):
            yield Obligation("a product of the left is one of the right", found, goal)
        entries = {name: fresh(name, extents) for name, extents in self.left.extents.items()}
        stand = tuple(r for name, entry in entries.items() for r in inside(entry, self.left.extents[name]))
        placed = self.right.member(self.carried(entries), self.binding)
        given = (*self.hypotheses, *stand, *(rule for rule in placed if rule is not true))
        for goal in self.left.member(entries, {}):
            yield Obligation("a product of the right is one of the left", given, goal)
        yield from self._placed(entries)

    def _placed(self, entries: Mapping[str, Index]) -> Iterator[Obligation]:
        """Yield that entries go to distinct places inside the arrays of the right."""
        twins = {name: fresh(name + "'", extents) for name, extents in self.left.extents.items()}
        first, second = self.carried(entries), self.carried(twins)
        for name, p in self.places.items():
            extents = tuple(e.xreplace(dict(self.binding)) for e in self.right.extents[name])
            one, two = entries[p.name], twins[p.name]
            stand = (*self.hypotheses, *inside(one, self.left.extents[p.name]))
            for goal in inside(first[name], extents):
                yield Obligation(f"{name}: placed inside", stand, goal)
            if name == self.output:
                continue
            same = tuple(Eq(a, b) for a, b in zip(first[name], second[name], strict=True))
            both = (*stand, *inside(two, self.left.extents[p.name]), *same)
            for a, b in zip(one, two, strict=True):
                yield Obligation(f"{name}: no two entries in one place", both, Eq(a, b))


def fresh(name: str, extents: Index) -> Index:
    """Return letters for an index, which carry the number of their axis."""
    endings = ["_" + ends.pop() if len(ends := _endings(e)) == 1 else "" for e in extents]
    return tuple(Symbol(f"{name}[{p if p < 2 and not e else '.'}]{e}", integer=True) for p, e in enumerate(endings))


def _endings(expr: Expr) -> set[str]:
    return {s.name.partition("_")[2] for s in expr.free_symbols if "_" in s.name}
