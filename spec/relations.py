"""Definitions as index relations, and what it means that two of them have the same terms.

A stage ``y[T] = sum over R of x[X] w[W]`` is the relation of all index triples (T, X, W). Every variable of the sum
stands alone as an index somewhere, or the others determine it, so a triple determines its variables: each product occurs once,
and membership is a formula without quantifiers. Two definitions agree, for all data, where their relations do. A pooling is a
relation of pairs (T, X), with a maximum in place of the sum or with a divisor.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any, NoReturn

from sympy import (
    Eq,
    Expr,
    Ge,
    Integer,
    Le,
    Lt,
    Mul,
    Pow,
    Sum,
    Symbol,
    expand,
    floor,
    true,
)

from .equal_parts import endings, equal_parts
from .functions import Maximum
from .laws import Placement
from .logic import Obligation
from .records import Choice, OperatorSpec, Parameter, Stage, addends, bound

Index = tuple[Expr, ...]
NIL, ONE = Integer(0), Integer(1)


class RelationError(ValueError):
    """A definition has a form that the prover does not know."""


@dataclass(frozen=True)
class Relation:
    """The terms of a definition: for every value of `variables` in the `domain`, one entry of each array.

    `indices` and `extents` map the name of each array, the output included, to its index and to its axes. The terms are summed,
    or the largest is taken, as `reduction` says, and the result is divided by `divisor`.
    """

    variables: tuple[Symbol, ...]
    domain: tuple[Any, ...]
    indices: Mapping[str, Index]
    extents: Mapping[str, Index]
    conjugated: frozenset[str] = frozenset()
    reduction: type = Sum
    divisor: Expr = ONE

    def __post_init__(self) -> None:
        for variable in self.hidden:
            if self.solved(variable) is None:
                self.unknown(variable)

    def solved(self, variable: Symbol) -> tuple[str, int, Expr, Expr] | None:
        """Return (array, axis, slope, rest) of an index ``slope variable + rest`` by which what stands alone determines it."""
        others = [v for v in self.hidden if v != variable]
        for name, index in self.indices.items():
            for axis, expr in enumerate(index):
                slope = expand(expr).coeff(variable, 1) if expr.has(variable) else NIL
                rest = expand(expr - slope * variable)
                if slope != 0 and not slope.has(*self.variables) and not rest.has(variable, *others):
                    return name, axis, slope, rest
        return None

    def member(self, indices: Mapping[str, Index], binding: Mapping[Symbol, Expr]) -> tuple[Any, ...]:
        """Return the conditions under which the entries at `indices` are a term; `binding` puts in the sizes."""
        values = self.values(indices, binding)
        pairs = [pair for name, index in self.indices.items() for pair in zip(index, indices[name], strict=True)]
        equations = [(own, entry) for own, entry in pairs if values.get(own) != entry or own not in self.variables]
        conditions = [rule.xreplace(values) for rule in self.domain]
        return (*conditions, *(Eq(own.xreplace(values), entry) for own, entry in equations))

    def values(self, indices: Mapping[str, Index], binding: Mapping[Symbol, Expr]) -> dict[Symbol, Expr]:
        """Return what the letters are if the entries at `indices` are a term: an index that stands alone, or its quotient."""
        values: dict[Symbol, Expr] = dict(binding)
        for name, index in self.indices.items():
            fixed = {own: e for own, e in zip(index, indices[name], strict=True) if own in self.variables}
            values |= {own: entry for own, entry in fixed.items() if own not in values}
        for variable in self.variables:
            if variable not in values:
                name, axis, slope, rest = self.solved(variable) or self.unknown(variable)
                entry = indices[name][axis]
                values[variable] = floor((entry - rest.xreplace(values)) / slope.xreplace(values))
        return values

    @property
    def hidden(self) -> tuple[Symbol, ...]:
        """The variables that do not stand alone as an index."""
        alone = {expr for index in self.indices.values() for expr in index}
        return tuple(v for v in self.variables if v not in alone)

    def unknown(self, variable: Symbol) -> NoReturn:
        raise RelationError(f"variable {variable} neither stands alone as an index nor in one that determines it")


def inside(index: Index, extents: Index) -> tuple[Any, ...]:
    """Return the conditions ``0 <= index < extent``, axis by axis."""
    return tuple(rule for e, n in zip(index, extents, strict=True) for rule in (Ge(e, 0), Lt(e, n)))


def relation_of(record: OperatorSpec, words: Mapping[str, str]) -> Relation:
    """Return the relation of the first output: one sum or maximum of products, and its divisor; `words` chooses among options."""
    stage = next(stage for stage in record.definition if str(stage.target.base) == record.output.name)
    reduction, divisor, plain = _reduction(stage)
    terms = addends(plain)
    (addend,) = [a for a in terms if a.ranges] if len(terms) > 1 else terms
    binding = words_of(record, words)
    landing = dict(addend.equations)
    output = tuple(landing.get(index, index) for index in stage.target.indices)
    free = [index for index in stage.target.indices if index not in landing]
    arrays = {array.name: array for array in (record.output, *(record.array(f.array) for f in addend.factors))}
    indices = {record.output.name: output} | {f.array: f.index for f in addend.factors}
    indices = {name: tuple(bound(e, binding) for e in index) for name, index in indices.items()}
    extents = {name: tuple(bound(e, binding) for e in array.axes) for name, array in arrays.items()}
    ranges = [(v, bound(low, binding), bound(high, binding)) for v, low, high in addend.ranges]
    domain = [rule for v, low, high in ranges for rule in (Ge(v, low), Le(v, high))]
    domain += [rule for name in arrays for rule in inside(indices[name], extents[name])]
    return Relation(
        tuple(v for v, _, _ in addend.ranges) + tuple(free),
        tuple(dict.fromkeys(rule for rule in domain if rule != True)),  # noqa: E712  a SymPy truth
        indices,
        extents,
        frozenset(f.array for f in addend.factors if f.conjugated),
        reduction,
        bound(divisor, binding),
    )


def _reduction(stage: Stage) -> tuple[type, Expr, Stage]:
    """Return whether a stage sums or maximises, what it divides by, and the stage as a plain sum of the same terms."""
    divisor, value = _divided(stage.value)
    if not isinstance(value, Sum | Maximum):
        return Sum, divisor, Stage(stage.target, value, stage.extents)
    each, function = _divided(value.function)
    return type(value), divisor * each, Stage(stage.target, Sum(function, *value.limits), stage.extents)


def _divided(value: Expr) -> tuple[Expr, Expr]:
    """Return the divisor of a product, and the rest."""
    below = [1 / f for f in Mul.make_args(value) if isinstance(f, Pow) and f.exp == -1]
    return Mul(*below), value * Mul(*below)


def words_of(record: OperatorSpec, words: Mapping[str, str]) -> dict[Any, Any]:
    """Return what the words of a record's choices bind: symbols and the extension map."""
    choices = [p for p in record.parameters if isinstance(p, Choice)]
    return {key: value for p in choices for key, value in p.options[words.get(p.keyword, p.default)].items()}


def legal(record: OperatorSpec, words: Mapping[str, str]) -> tuple[Any, ...]:
    """Return what holds in every legal call with these words: domains of options, sizes, preconditions."""
    binding = words_of(record, words)
    rules = [rule for p in record.parameters if isinstance(p, Parameter) for rule in _domain(p)]
    rules += [Ge(axis, 0) for array in record.inputs for axis in array.axes if axis.is_Symbol]
    rules += [r.rule for r in record.requires if r.when is None or words.get(r.when[0]) == r.when[1]]
    return tuple(bound(rule, binding) for rule in rules)


def _domain(parameter: Parameter) -> Iterator[Any]:
    """Yield what the letters of an option are at least; a word may stand for less than an integer may be."""
    named = [entries for word, entries in parameter.named.items() if word is None]
    for place, letter in enumerate(parameter.flat):
        least = min([parameter.least, *(e[place] for e in named if e[place].is_Integer)])
        yield Ge(letter, least)


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
        yield from self._read_once()
        found = (*self.hypotheses, *self.left.domain)
        carried = self.carried(self.left.indices)
        for goal in self.right.member(carried, self.binding):
            yield Obligation("a product of the left is one of the right", found, goal)
        divisor = self.right.divisor.xreplace(self.right.values(carried, self.binding))
        for goal in equal_parts(self.left.divisor, divisor):
            yield Obligation("both sides divide by the same", found, goal)
        entries = {name: fresh(name, extents) for name, extents in self.left.extents.items()}
        stand = tuple(r for name, entry in entries.items() for r in inside(entry, self.left.extents[name]))
        known, binding = self._tapped(entries)
        there = {name: tuple(e.xreplace(known) for e in index) for name, index in self.carried(entries).items()}
        placed = self.right.member(there, binding)
        given = (*self.hypotheses, *(r.xreplace(known) for r in stand), *(rule for rule in placed if rule is not true))
        here = {name: tuple(e.xreplace(known) for e in index) for name, index in entries.items()}
        for goal in self.left.member(here, {}):
            yield Obligation("a product of the right is one of the left", given, goal)
        yield from self._placed(entries)

    def _read_once(self) -> Iterator[Obligation]:
        """Yield that a tap that no index shows is determined by what it reads."""
        for relation, binding in ((self.left, {}), (self.right, dict(self.binding))):
            for v in relation.hidden:
                _, _, slope, _ = relation.solved(v) or relation.unknown(v)
                if not slope.is_positive:
                    yield Obligation("taps stand apart", self.hypotheses, Ge(slope.xreplace(binding), 1))

    def _tapped(self, entries: Mapping[str, Index]) -> tuple[dict[Symbol, Expr], dict[Symbol, Expr]]:
        """Return letters for the taps of the right that no index shows, and the entries of the left that they read."""
        known, binding, carried = dict[Symbol, Expr](), dict(self.binding), self.carried(entries)
        for v in self.right.hidden:
            name, axis, slope, rest = self.right.solved(v) or self.right.unknown(v)
            stem, mark, axis_number = v.name.partition("_")
            binding[v] = Symbol(f"{stem}*{mark}{axis_number}", integer=True)
            values = self.right.values(carried, binding)
            entry, read = carried[name][axis], (slope * v + rest).xreplace(values)
            for letter in (x for index in entries.values() for x in index):
                sign = expand(entry).coeff(letter, 1)
                if sign in (1, -1) and not expand(entry - sign * letter).has(letter):
                    known[letter] = expand(letter + sign * (read - entry))
                    break
        return known, binding

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
    numbers = ["_" + ends.pop() if len(ends := endings(e)) == 1 else "" for e in extents]
    return tuple(Symbol(f"{name}[{p if p < 2 and not e else '.'}]{e}", integer=True) for p, e in enumerate(numbers))
