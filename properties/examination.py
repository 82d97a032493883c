"""Examine a subject case by case, and keep count: laws, worst errors, stages, coverage."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from math import log2, prod
from typing import Any

import numpy as np

from convoracle.spec.law_catalog import laws_of
from convoracle.spec.laws import Gradient, Law
from convoracle.spec.rounding import format_of

from . import counterexamples, interpreters, universal
from .case import Case, in_float32, in_words
from .effort import entries
from .error_classes import Explanations
from .families import integer_span
from .offences import offences
from .pairs import Coverage, Places, classes
from .results import greatest_count
from .subject import Judged
from .universal import Checked, Failure, unsupported
from .values import HISTOGRAM_EDGES, Judgement
from .verdict import LawTally, Status

LAWS_PER_CASE = 3
"""Of a record's own laws each case is checked for this many, in turn; universal laws are looked at on every case. As many more
are looked at where some have nothing to say about the case."""

FAILURES_UNTIL_HALTED = 5
"""After so many crashes or timeouts the rest of an operator is not run."""


def examine(examination: "Examination", case: Case) -> Iterator[Checked]:
    """Check every universal law, and some of the record's own, on one case."""
    judged, turn = examination.judged, examination.cases
    yield from chain(
        universal.values(judged, case),
        universal.directed(judged, in_float32(case)) if turn % 4 == 3 else (),
        universal.rejects(judged, case, examination.tried) if turn % 4 == 1 else (),
        universal.repeats(judged, case) if turn % 4 == 0 else (),
        universal.batch_is_independent(judged, case),
        universal.empty_batch(judged, case) if turn % 8 == 0 else (),
        universal.further_axes(judged, case) if turn % 4 == 2 else (),
        _own_laws(examination, case),
    )


def _in_words(judged: Judged, case: Case) -> list[Case]:
    """Return the case with every word for its padding that is legal and that the subject supports."""
    return [one for one in in_words(case) if unsupported(judged, one) is None]


def recheck(judged: Judged, case: Case, law: str) -> Failure | None:
    """Check one law by its name on one case, and return its failure."""
    own = [record_law for record_law in laws_of(judged.record) if record_law.name == law]
    if own:
        found = interpreters.check_law(judged, case, own[0])
    elif law.startswith("rejection"):
        found = chain.from_iterable(
            universal.rejects_one(judged, case, o) for o in offences(case) if universal.rejection(o) == law
        )
    else:
        found = chain.from_iterable(
            _UNIVERSAL.get(law, universal.values)(judged, one) for one in (case, *_in_words(judged, case))
        )
    return next((checked.failure for checked in found if checked.law == law and checked.failure), None)


_UNIVERSAL = {
    universal.REPEATABLE: universal.repeats,
    "no state between calls": universal.repeats,
    "results are kept": universal.repeats,
    "batch independence": universal.batch_is_independent,
    "zero-size": universal.empty_batch,
    "more axes": universal.further_axes,
}


def _informative(checked: Checked, case: Case) -> bool:
    """Whether a check could have failed: no value is wrong of an array without entries, or of entries that are not judged."""
    if checked.judgement is not None:
        return checked.judgement.elements > checked.judgement.unjudged
    own = any(law.name == checked.law for law in laws_of(case.record))
    return not own or any(map(prod, case.configuration.output_shapes))


def _own_laws(examination: "Examination", case: Case) -> Iterator[Checked]:
    """Check the laws that were checked least; one that has nothing to say about a case comes again soon, but not for ever."""
    judged, spoke = examination.judged, 0
    for law in sorted(laws_of(judged.record), key=examination.attention)[: 2 * LAWS_PER_CASE]:
        if spoke == LAWS_PER_CASE:
            return
        examination.looked[law.name] += 1
        said = False
        for checked in interpreters.check_law(judged, case, law):
            said = True
            yield checked
        spoke += said


@dataclass
class Examination:
    """The running account of one subject on one operator; one that has failed is examined on `enough` cases, if given.

    Of the `cases`, values were judged that could have been wrong on the `telling` ones.
    """

    judged: Judged
    tallies: dict[str, LawTally] = field(default_factory=dict)
    failures: dict[str, Failure] = field(default_factory=dict)
    asked: int = 0
    enough: int | None = None
    most_entries: int | None = None
    cases: int = 0
    telling: int = 0
    entries: int = 0
    unsupported: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    worst: dict[str, list[float]] = field(default_factory=dict)
    ulps: dict[str, float] = field(default_factory=dict)
    stages: Counter[str] = field(default_factory=Counter)
    histogram: dict[str, np.ndarray] = field(default_factory=dict)
    seen: dict[str, set[Any]] = field(default_factory=dict)
    longest: int = 0
    fewest_values: int = 0
    tried: Counter[str] = field(default_factory=Counter)
    origins: dict[str, Places] = field(default_factory=dict)
    halts_after: int = FAILURES_UNTIL_HALTED
    looked: Counter[str] = field(default_factory=Counter)
    explanations: Explanations = field(default_factory=Explanations)
    replayed: dict[str, tuple[str, Case]] = field(default_factory=dict)
    forgotten: list[str] = field(default_factory=list)
    pairs: Coverage = field(init=False)

    def __post_init__(self) -> None:
        self.pairs = Coverage(self.judged.record)

    def add(self, case: Case) -> None:
        """Examine one case."""
        reason = unsupported(self.judged, case)
        if reason:
            self.unsupported += 1
            self.reasons[reason] += 1
            self.pairs.declined(case)
            return
        if self.cases % 5 == 4 and (words := _in_words(self.judged, case)):
            case = words[self.cases // 5 % len(words)]
        self._cover(case)
        told = False
        for checked in examine(self, case):
            self._count(checked, case)
            told = told or (checked.judgement is not None and _informative(checked, case))
            if self.halted():
                break
        self.cases += 1
        self.telling += told
        self.entries += entries(case.configuration)

    def replay(self, known: Iterable[Any]) -> None:
        """Judge failing cases that were kept, see `counterexamples`, and say which fail no longer."""
        for data in known:
            try:
                law, cause, case = counterexamples.read(self.judged.record, data)
            except ValueError as error:
                self.forgotten.append(f"a kept failure is not replayed: {error}")
                continue
            failure = None if unsupported(self.judged, case) else recheck(self.judged, case, law)
            if failure is None:
                self.forgotten.append(f"a kept failure fails no longer: {law}")
            elif law not in self.replayed:
                self.replayed[law] = cause, case
                self._count(Checked(law, failure), case)

    def attention(self, law: Law) -> int:
        """Return how much attention a law of the record has had."""
        tally = self.tallies.get(law.name)
        return self.looked[law.name] + 2 * (tally.checked if tally else 0)

    def vacuous(self) -> list[str]:
        """Return the laws, the record's own that no case had to do with among them, that saw too few informative cases."""
        own = [law.name for law in laws_of(self.judged.record) if not isinstance(law, Gradient)]
        tallies = {law: LawTally(law) for law in own} | self.tallies
        return sorted(law for law, tally in tallies.items() if tally.status is Status.VACUOUS)

    def _count(self, checked: Checked, case: Case) -> None:
        tally = self.tallies.setdefault(checked.law, LawTally(checked.law))
        tally.checked += 1
        tally.informative += _informative(checked, case)
        if checked.failure is not None:
            tally.failed += 1
            if tally.first_failure is None:
                tally.first_failure = self.cases + 1
            self.failures.setdefault(checked.law, checked.failure)
            if checked.law in ("crash", "timeout"):
                self.kinds[checked.law] += 1
        if checked.judgement is not None:
            self._measure(checked.judgement, checked.dtype)
            self._explain(checked)

    def _explain(self, checked: Checked) -> None:
        """Ask which classes of algorithms and precision explain a floating-point result."""
        if np.dtype(checked.dtype).kind in "fc" and checked.law != "memory layout":
            self.explanations.seen(self.judged, checked.dtype)
            if checked.failure is not None:
                self.explanations.refute(self.judged, checked)

    def _measure(self, judgement: Judgement, dtype: str) -> None:
        worst = self.worst.setdefault(dtype, [0.0, 0.0])
        worst[0] = max(worst[0], judgement.worst)
        worst[1] = max(worst[1], judgement.worst_relative)
        self.ulps[dtype] = max(self.ulps.get(dtype, 0.0), judgement.ulps)
        for stage in ("double_double", "exact", "integer", "enclosed", "unjudged"):
            self.stages[stage] += getattr(judgement, stage)
        counts = self.histogram.setdefault(dtype, np.zeros(len(HISTOGRAM_EDGES) - 1, np.int64))
        counts += judgement.histogram

    def _cover(self, case: Case) -> None:
        result = np.result_type(*case.dtypes.values())
        if case.record.sums_products and result.kind == "f" and all(n > 0 for n in case.configuration.output_shape):
            values = 2 * integer_span(greatest_count(case), format_of(result).precision) + 1
            self.fewest_values = min(self.fewest_values or values, values)
        self.longest = max(self.longest, *chain.from_iterable(case.shapes.values()))
        for name, value in classes(case):
            self.seen.setdefault(name, set()).add(value)
        self.pairs.judged(case)

    def halted(self) -> str | None:
        """Return why the rest is not worth running, or None."""
        for kind, count in self.kinds.items():
            if count >= self.halts_after:
                return f"{count} calls ended with {kind}"
        return None

    def spent(self) -> bool:
        """Whether the definition was so dear on the cases before that no further one is judged."""
        return self.most_entries is not None and self.entries >= self.most_entries

    def ended(self) -> bool:
        """Whether there are as many cases as were asked for, or more would cost too much or are not worth running."""
        seen = self.enough is not None and self.cases >= self.enough and bool(self.failures)
        return seen or self.cases >= self.asked or self.spent() or self.halted() is not None

    def bits(self, dtype: str) -> float:
        """Return the precision in bits that the largest error relative to S implies."""
        relative = self.worst[dtype][1]
        return -log2(relative) if relative > 0 else float("inf")
