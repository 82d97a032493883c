"""The calls on which answers to conventions are compared, and what holds on them under some answers."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from convoracle.spec.code import number
from convoracle.spec.records import Convention, OperatorSpec

from . import families, universal
from .case import Case
from .error_classes import ErrorClass, Rules
from .generation import drawn
from .layouts import root
from .offences import Offence, offences
from .subject import Answer, Caller, Judged, copied
from .universal import integers_of, unsupported

POOL = 500
"""So many cases are drawn, ..."""
GENERAL, TELLING, REFUSED = 40, 8, 8
"""... of which so many are tried, and for every answer so many on which it differs, or which it lets a subject accept."""
DRAWS = {families.LARGE_INTEGERS: 4, "special": 8}
"""How often the families are drawn of which only some data tell answers apart: sums that leave the range of integers, infinite
taps on padding."""
NO_SAMPLES = ("empty", "empty_axis", "empty_operand")
"""Conventions on arrays without entries, which excuse no call whose arrays have some."""

Fact = tuple[str, int | None]
"""A law that was looked at, and how many elements were right; None where the law is broken."""


@dataclass(frozen=True, kw_only=True)
class Computed(Judged):
    """A subject that is judged by the classes that were found, so that conventions are not blamed for errors of rounding."""

    classes: Mapping[str, ErrorClass | None] = field(default_factory=dict)

    def rules(self, dtype: np.dtype) -> Rules:
        """Return how results of a dtype are judged."""
        rules, found = super().rules(dtype), self.classes.get(str(dtype))
        if found is None:
            return rules
        arithmetic = replace(found.rules.arithmetic, flushed=rules.arithmetic.flushed)
        return replace(rules, arithmetic=arithmetic, algorithm=found.algorithm)

    def excused(self, rule: str) -> bool:
        """Return that nothing is excused here: which calls are tried is decided by `Trial.facts`."""
        return False


class Trial:
    """A subject, asked the same thing once, and the calls on which answers are compared.

    Attributes
    ----------
    answered : list of Case
        Legal calls that the subject answers.
    cases : list of Case
        Those of them that are tried.
    declined : int
        How many of the cases that were drawn it does not answer.
    """

    def __init__(self, judged: Judged, seed: int) -> None:
        self.answers: dict[Any, Answer] = {}
        call = _remembered(judged.call, self.answers)
        self.judged = Computed(**{**vars(judged), "call": call, "conventions": {}, "algorithm": "direct"})
        pool = [case for case in drawn(judged.record, POOL, seed) if not unsupported(self.judged, case)]
        self.answered = [case for case in pool if self.judged.answer(integers_of(case), case.options).kind == "value"]
        self.declined = len(pool) - len(self.answered)
        self.cases = _chosen(judged.record, self.answered)
        self.refusals = _refusals(judged.record, self.answered)
        self._known: dict[Any, list[Fact]] = {}

    def computes(self, classes: Mapping[str, ErrorClass | None]) -> None:
        """Judge by these classes from now on."""
        self.judged = replace(self.judged, classes=classes)
        self._known.clear()

    def facts(self, answers: Mapping[str, str]) -> Iterator[Fact]:
        """Yield what holds and what does not where the subject is said to follow some answers."""
        judged = replace(self.judged, conventions=dict(answers))
        ruling = tuple(answers[c.name] for c in judged.record.conventions if not (c.excuses or c.differs or c.data))
        for place, case in enumerate(self.cases):
            for family in () if unsupported(judged, case) else _families(case):
                if not judged.spared(family):
                    yield from self._fact((place, family, ruling), lambda c=case, f=family: _values(judged, c, f))  # type: ignore[misc]
        for place, (case, broken) in enumerate(self.refusals):
            if not excuses(judged.record, broken, answers):
                yield from self._fact((place, "refusal"), lambda c=case, b=broken: _refused(judged, c, b))  # type: ignore[misc]

    def _fact(self, key: Any, look: Callable[[], list[Fact]]) -> list[Fact]:
        if key not in self._known:
            self._known[key] = look()
        return self._known[key]


def _remembered(call: Caller, known: dict[Any, Answer]) -> Caller:
    """Return a caller that asks the subject the same thing once."""

    def answer(arrays: list[np.ndarray], options: dict[str, Any]) -> Answer:
        key = repr(sorted(options.items())), *((a.shape, a.strides, a.dtype.str, root(a).tobytes()) for a in arrays)
        if key not in known:
            found = call(arrays, options)
            known[key] = replace(found, value=copied(found.value))
        return known[key]

    return answer


def _chosen(record: OperatorSpec, pool: list[Case]) -> list[Case]:
    """Return cases of all dtypes, and for every answer some on which it differs from the record's."""
    chosen = in_turn(pool)
    for convention in record.conventions:
        for answer in convention.differs:
            chosen += [case for case in pool if differs(convention, answer, case)][:TELLING]
    return list({id(case): case for case in chosen}.values())


def in_turn(pool: list[Case]) -> list[Case]:
    """Return some cases, of all combinations of dtypes in turn."""
    kinds: dict[Any, list[Case]] = {}
    for case in pool:
        kinds.setdefault(tuple(case.dtypes.values()), []).append(case)
    return [cases[turn] for turn in range(GENERAL) for cases in kinds.values() if turn < len(cases)][:GENERAL]


def differs(convention: Convention, answer: str, case: Case) -> bool:
    """Whether an answer gives other values than the record's on a case."""
    word, rule = convention.differs.get(answer, ("", False))
    configuration = case.configuration
    return bool((word is None or word in configuration.words.values()) and number(rule, configuration.values))


def _refusals(record: OperatorSpec, pool: list[Case]) -> list[tuple[Case, Offence]]:
    """Return illegal calls that some answers let a subject accept."""
    found: dict[Any, list[tuple[Case, Offence]]] = {}
    excusing = [c for c in record.conventions if c.excuses]
    for case in pool if excusing else ():
        for broken in offences(case):
            told = tuple(c.name for c in excusing if any(excuses(record, broken, {c.name: a}) for a in c.excuses))
            if told and len(found.setdefault((broken.rule, told), [])) < REFUSED:
                found[broken.rule, told].append((case, broken))
    return [pair for pairs in found.values() for pair in pairs]


def excuses(record: OperatorSpec, broken: Offence, answers: Mapping[str, str]) -> bool:
    """Whether some answers let a subject accept an illegal call."""
    empty = any(0 in shape for shape in broken.shapes.values())
    return any(
        broken.rule.startswith(code) and (empty or convention.name not in NO_SAMPLES)
        for convention in record.conventions
        for code in convention.excuses.get(answers.get(convention.name, convention.ours), ())
    )


def _families(case: Case) -> tuple[str, ...]:
    kinds = {np.dtype(dtype).kind for dtype in case.number_dtypes}
    further = ("special", "subnormal", "ties") if kinds == {"f"} else ()
    return tuple(dict.fromkeys((*case.families, *further)))


def _values(judged: Judged, case: Case, family: str) -> list[Fact]:
    """Return what the judge says of one family of data."""
    facts: list[Fact] = []
    for draw in range(DRAWS.get(family, 1)):
        for checked in universal.values(judged, replace(case, families=(family,), seed=case.seed + draw)):
            found = checked.judgement
            right = 1 if found is None else found.elements - found.unjudged
            facts.append((checked.law, right if checked.failure is None else None))
    return facts


def _refused(judged: Judged, case: Case, broken: Offence) -> list[Fact]:
    return [(c.law, 1 if c.failure is None else None) for c in universal.rejects_one(judged, case, broken)]
