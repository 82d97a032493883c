"""Pairs of classes of parameters: which there are, which the cases of a verdict had, and cases made to have more of them."""

import hashlib
import json
import sys
from ast import literal_eval
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import combinations
from pathlib import Path
from random import Random
from types import MappingProxyType
from typing import Any

import sympy

from convoracle.spec import OPERATORS, cache
from convoracle.spec.records import OperatorSpec

from .case import Case
from .choices import SHORT, Class, Kind, Picker, as_before, at_random, class_of
from .strategies import OVERRIDING, SALTS, built

Pair = tuple[Class, Class]
Places = Mapping[str, int]

DRAWS = 150
"""So many cases are drawn at random to learn which classes a record has, ..."""

TRIES = 24
"""... and so many are aimed at every pair of them that did not occur yet, before it counts as one that no legal call has."""

MISSES = 3
"""Pairs that a subject declined so often are aimed at no longer."""


def classes(case: Case) -> Iterator[Class]:
    """Yield the classes of a case: one per letter and option, one of its dtypes, one per layout among its operands."""
    for name, value in case.configuration.values.items():
        yield class_of(name, value)
    yield from case.configuration.words.items()
    yield "dtypes", "/".join(case.number_dtypes)
    for layout in dict.fromkeys(case.layouts.values()):
        yield "layout", layout


def pairs_of(case: Case) -> Iterator[Pair]:
    """Yield the pairs of classes of a case, each in one order."""
    return _paired(sorted(classes(case), key=_in_order))


def _paired(ordered: Sequence[Class]) -> Iterator[Pair]:
    return ((one, two) for one, two in combinations(ordered, 2) if one[0] != two[0])


def _in_order(one: Class) -> tuple[str, str]:
    return one[0], str(one[1])


@lru_cache
def attainable(record: OperatorSpec) -> Mapping[Pair, Places]:
    """Return the pairs of classes that legal calls have, each with the choices of a case that has it.

    They are found by a search with fixed seeds: what is missing was aimed at `TRIES` times in vain, which is no proof. What was
    found for a record of the catalog is kept on disk, for this source and these versions.
    """
    if not any(record is one for one in OPERATORS):
        return _searched(record)
    path = cache.folder() / f"pairs-{record.name}-{_derived_from()}.json"
    try:
        return _restored(json.loads(path.read_text()))
    except (OSError, ValueError, TypeError, LookupError, SyntaxError):  # not there, or damaged
        found = _searched(record)
        cache.write(path, json.dumps(_plain(found)))
        return found


@lru_cache
def _derived_from() -> str:
    """Return a hash of what decides which pairs are found."""
    source = cache.sha256_of((Path(__file__).parent, Path(cache.__file__).parent))
    return hashlib.sha256(" ".join((source, sys.version, sympy.__version__)).encode()).hexdigest()[:24]


def _plain(found: Mapping[Pair, Places]) -> dict[str, Any]:
    """Return pairs as plain data: numbers of classes, written as Python writes them, and of cases."""
    classes = {one: number for number, one in enumerate(dict.fromkeys(one for pair in found for one in pair))}
    cases = {id(places): places for places in found.values()}
    number = {key: place for place, key in enumerate(cases)}
    pairs = [(classes[one], classes[two], number[id(places)]) for (one, two), places in found.items()]
    return {"classes": list(map(repr, classes)), "cases": list(cases.values()), "pairs": pairs}


def _restored(plain: Mapping[str, Any]) -> dict[Pair, Places]:
    """Return the pairs of plain data."""
    classes, cases = list(map(literal_eval, plain["classes"])), plain["cases"]
    return {(classes[one], classes[two]): cases[place] for one, two, place in plain["pairs"]}


def _searched(record: OperatorSpec) -> dict[Pair, Places]:
    random, found, having = Random(0), dict[Pair, Places](), dict[Class, Places]()

    def add(pick: Picker) -> None:
        for pair in pairs_of(built(record, pick)):
            if found.setdefault(pair, pick.places) is pick.places:
                having.update({one: pick.places for one in pair if one not in having})

    for _ in range(DRAWS):
        add(at_random(random))
    known = 0
    while known < len(having):
        known = len(having)
        for pair in _paired(sorted(having, key=_in_order)):
            for count in range(TRIES):
                if pair in found:
                    break
                add(_aimed(random, pair, base=_part(random, having[pair[count % 2]])))
    return found


def _part(random: Random, places: Places) -> Places:
    """Return choices without some of them, at most all: each stays with a probability that is drawn first."""
    kept = random.random()
    return {name: place for name, place in places.items() if random.random() < kept}


def _aimed(
    random: Random,
    pair: Pair,
    wanted: Mapping[Class, set[Class]] = MappingProxyType({}),
    base: Places = MappingProxyType({}),
) -> Picker:
    """Return a picker that picks both classes of a pair where it can.

    Elsewhere it picks what `base` has, or else what has most wanted pairs with the rest.
    """
    target, had = dict(pair), set(pair)

    def worth(one: Class) -> int:
        if one[0] in target:
            return LARGE if one in pair else 0
        return len(wanted.get(one, NONE) & had)

    def choose(name: str, values: Sequence[Any], kind: Kind) -> int:
        if name in OVERRIDING:
            return 0
        if len(values) > SHORT:
            return random.randrange(len(values))
        of = [kind(value) for value in values]
        worths = [worth(one) for one in of]
        if name in base and max(worths) < LARGE:
            return min(base[name], len(values) - 1)
        place = random.choice([place for place, value in enumerate(worths) if value == max(worths)])
        had.add(of[place])
        return place

    return Picker(choose)


LARGE = 1_000_000
NONE: set[Class] = set()


@dataclass
class Coverage:
    """The pairs of classes of a record that cases had so far.

    Attributes
    ----------
    covered : set of pairs
        Those that judged cases had.
    wanted : mapping of class to set of classes
        Those to aim at: neither covered nor declined too often.
    """

    record: OperatorSpec
    covered: set[Pair] = field(init=False, default_factory=set)
    wanted: dict[Class, set[Class]] = field(init=False, default_factory=dict)
    misses: dict[Pair, int] = field(init=False, default_factory=dict)
    order: list[Pair] = field(init=False)

    def __post_init__(self) -> None:
        self.order = list(attainable(self.record))
        for one, two in self.order:
            self.wanted.setdefault(one, set()).add(two)
            self.wanted.setdefault(two, set()).add(one)

    @property
    def of(self) -> int:
        """The number of pairs that there are: those that the search found, and those that cases had all the same."""
        return len(self.covered | attainable(self.record).keys())

    def judged(self, case: Case) -> None:
        """Count the pairs of a case that is judged."""
        for pair in pairs_of(case):
            self.covered.add(pair)
            self._drop(pair)

    def declined(self, case: Case) -> None:
        """Count the pairs of a case that the subject does not support."""
        for pair in pairs_of(case):
            self.misses[pair] = self.misses.get(pair, 0) + 1
            if self.misses[pair] >= MISSES:
                self._drop(pair)

    def _drop(self, pair: Pair) -> None:
        one, two = pair
        self.wanted.get(one, NONE).discard(two)
        self.wanted.get(two, NONE).discard(one)

    def next(self, random: Random, number: int) -> tuple[Case, Places]:
        """Return the next case and its choices: the simplest first; of the others two in three are aimed at wanted pairs."""
        if number % 3:
            return self._aimed_case(random)
        return self._built(at_random(random, {"long": number // 3}) if number else as_before({}))

    def _built(self, pick: Picker) -> tuple[Case, Places]:
        return built(self.record, pick), pick.places

    def _aimed_case(self, random: Random) -> tuple[Case, Places]:
        """Return a case that has a wanted pair, and as many more of them as its other choices allow."""
        self.order = [(one, two) for one, two in self.order if two in self.wanted.get(one, NONE)]
        if not self.order:
            return self._built(at_random(random))
        pair = random.choice(self.order)
        case, places = self._built(_aimed(random, pair, self.wanted))
        if pair in pairs_of(case):
            return case, places
        return self._built(as_before({**attainable(self.record)[pair], "salt": random.randrange(len(SALTS))}))
