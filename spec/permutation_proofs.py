"""Proofs that a definition commutes with a permutation of its indices, stage by stage.

Where a law moves the entries of every input, each stage must read, at the moved place and with its summed letters moved too,
what the moved array holds of what it read before. That is a statement about integers, read off the stages; z3 decides it for all
sizes.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from sympy import And, Eq, Equivalent, Expr, Ge, Indexed, Le, Sum, Symbol, false, true
from sympy.concrete.expr_with_limits import ExprWithLimits

from .evidence import Evidence, claim_of, prove_by_z3
from .functions import Maximum
from .laws import Rearrangement
from .layer_law_proofs import LAYERS
from .logic import Obligation
from .records import Choice, Stage, bound
from .relations import Index, every_word, inside, legal, words_of

Letters = Mapping[Any, Expr]


def prove_permutation(law: Rearrangement) -> Evidence | None:
    """Prove that an operator with several stages commutes with a permutation, for all sizes."""
    if law.operator not in LAYERS or law.other is not law.operator or law.index is None:
        return None
    words = every_word(law.operator, law.words)
    return prove_by_z3(claim_of(law), (o for chosen in words for o in Permutation(law, chosen).obligations()))


class Permutation:
    """A law that moves indices, for one choice of words."""

    def __init__(self, law: Rearrangement, words: Mapping[str, Any]):
        self.law, self.record = law, law.operator
        choices = {p.keyword for p in law.operator.parameters if isinstance(p, Choice)}
        other = {**words, **{k: v for k, v in law.options.items() if k in choices}}
        self.here, self.there = words_of(self.record, words), words_of(self.record, other)
        self.given = tuple(r for r in (*legal(self.record, words), *And.make_args(law.when)) if r is not true)
        self.allowed = tuple(rule.xreplace(self._sizes()) for rule in legal(self.record, other))
        self.target = self.record.definition[-1].target.indices

    def _sizes(self) -> dict[Any, Expr]:
        """Return the sizes and options of the other call by those of the first."""
        moved = [(self.record.array(name), p) for name, p in self.law.arrays.items()]
        pairs = ((axis, extent) for array, p in moved for axis, extent in zip(array.axes, p.extents, strict=True))
        return {axis: extent for axis, extent in pairs if axis != extent}

    def obligations(self) -> Iterator[Obligation]:
        """Yield what must hold for every stage."""
        for rule in self.allowed:
            yield Obligation("the other call is legal", self.given, rule)
        axes = {array.name: array.axes for array in (*self.record.inputs, *self.record.outputs)}
        for stage in self.record.definition:
            name, place = str(stage.target.base), stage.target.indices
            extents = stage.extents or axes[name]
            given = (*self.given, *inside(place, extents))
            there = self.moved(name, place)
            for goal in inside(there, tuple(e.xreplace(self._sizes()) for e in extents)):
                yield Obligation(f"{name}: moved inside", given, goal)
            yield from self._same(stage.value, dict(zip(place, there, strict=True)), given)

    def moved(self, name: str, index: Index) -> Index:
        """Return where an entry of an array stands in the other call."""
        if name in {array.name for array in self.record.inputs}:
            placement = self.law.arrays.get(name)
            return index if placement is None else _put(placement.index, placement.letters, index)
        return _put(self._of_stage(name), self._stage(name).target.indices, index)

    def _stage(self, name: str) -> Stage:
        return next(stage for stage in self.record.definition if str(stage.target.base) == name)

    def _of_stage(self, name: str) -> Index:
        """Return where the target of a stage goes: as the result does, letter by letter."""
        place, index = self._stage(name).target.indices, self.law.index
        assert index is not None
        if place == self.target:
            return index
        letters = dict(zip(self.target, index, strict=True))
        return tuple(letters[letter] for letter in place)

    def _same(self, expr: Any, moved: Letters, given: tuple[Any, ...]) -> Iterator[Obligation]:
        """Yield that an expression has the value there that it has here."""
        if isinstance(expr, Indexed):
            yield from self._same_entry(expr, moved, given)
        elif isinstance(expr, Sum | Maximum):
            yield from self._same_terms(expr, moved, given)
        elif isinstance(expr, Symbol):
            goal = Eq(self._there(expr, moved), expr.xreplace(self.here))
            if goal is not true:
                yield Obligation(f"{expr} is the same", given, goal)
        else:
            for arg in expr.args:
                yield from self._same(arg, moved, given)

    def _same_entry(self, entry: Indexed, moved: Letters, given: tuple[Any, ...]) -> Iterator[Obligation]:
        for inner in (e for index in entry.indices for e in index.atoms(Indexed)):
            yield from self._same_entry(inner, moved, given)
        name, index = str(entry.base), tuple(map(_opened, entry.indices))
        for here, there in zip(self.moved(name, index), index, strict=True):
            yield Obligation(f"{entry} is read", given, Eq(here, self._there(there, moved)))
        if name in {array.name for array in self.record.inputs if array.extended}:
            extents = self.record.array(name).axes
            beyond = tuple(e.xreplace(self._sizes()) for e in extents)
            goal = Equivalent(And(*inside(index, extents)), And(*inside(self.moved(name, index), beyond)))
            yield Obligation(f"{entry} exists", given, goal)

    def _same_terms(self, reduction: ExprWithLimits, moved: Letters, given: tuple[Any, ...]) -> Iterator[Obligation]:
        carried = dict(self._carried(reduction))
        if not _is_permutation(carried, {limit[0] for limit in reduction.limits}):
            yield Obligation("terms correspond", given, false)
            return
        everywhere = {**moved, **carried}
        here, there = [], []
        for letter, low, high in reduction.limits:
            here += [Ge(letter, bound(low, self.here)), Le(letter, bound(high, self.here))]
            moved_ends = self._there(low, everywhere), self._there(high, everywhere)
            there += [Ge(carried[letter], moved_ends[0]), Le(carried[letter], moved_ends[1])]
        yield Obligation("the same terms", given, Equivalent(And(*here), And(*there)))
        yield from self._same(reduction.function, everywhere, (*given, *here))

    def _carried(self, reduction: ExprWithLimits) -> Iterator[tuple[Symbol, Expr]]:
        """Yield where each summed letter goes, by an entry of which it is an index."""
        for entry in reduction.function.atoms(Indexed):
            index = tuple(map(_opened, entry.indices))
            for letter, there in zip(entry.indices, self.moved(str(entry.base), index), strict=True):
                if letter in {limit[0] for limit in reduction.limits}:
                    yield letter, there

    def _there(self, expr: Expr, moved: Letters) -> Expr:
        return bound(expr, self.there).xreplace({**self._sizes(), **moved})


def _put(index: Index, letters: Index, values: Index) -> Index:
    return tuple(e.xreplace(dict(zip(letters, values, strict=True))) for e in index)


def _opened(index: Expr) -> Expr:
    """Return an index with a letter for each entry in it, which both calls read alike."""
    return index.xreplace({entry: Symbol(str(entry), integer=True) for entry in index.atoms(Indexed)})


def _is_permutation(carried: Letters, letters: set[Symbol]) -> bool:
    """Whether each summed letter becomes plus or minus another, and something free of them."""
    images = []
    for expr in carried.values():
        images += [r for r in letters if abs(expr.coeff(r)) == 1 and not (expr - expr.coeff(r) * r).has(*letters)]
    return set(carried) == letters and sorted(images, key=str) == sorted(letters, key=str)
