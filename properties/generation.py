"""Hypothesis as a source of cases, and as what makes a failing case small."""

import time
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis.errors import HypothesisException

from convoracle.spec.records import OperatorSpec

from .examination import Examination, recheck, unsupported
from .strategies import Case, cases
from .subject import Judged
from .universal import Failure

SHRINK_CASES = 250
"""Shrinking one failure tries this many cases, counted and not timed so that equal seeds give equal verdicts, ..."""

SHRINK_SECONDS = 60.0
"""... unless the subject is so slow that it takes longer than this."""

ATTEMPTS = 8
"""A subject that declares limits is offered this many times the configurations that it is to be judged on."""

ROUND = 2
"""Hypothesis begins a run with the simplest case, then draws one, then varies what it drew. Runs of two give cases that do
not resemble one another; the simplest one is judged once."""


class _Stop(BaseException):
    """Ends a Hypothesis run from inside, at once: an Exception would be one more failure to shrink."""


class _Found(Exception):  # noqa: N818, nobody catches it as an error
    """Tells Hypothesis that a case fails."""


def generate(examination: Examination, examples: int, seed: int) -> None:
    """Add cases, no two with the same configuration and dtypes, until there are `examples` or a subject has had enough."""
    known, examination.asked = set(), examples

    def run(case: Case) -> None:
        what = case.configuration.key, tuple(case.dtypes.values())
        if what not in known and not examination.ended():
            known.add(what)
            try:
                examination.add(case)
            except Exception as error:  # a fault of ours, which Hypothesis would take for one of the subject
                raise _Stop from error

    for number in range(ATTEMPTS * examples):
        if examination.ended():
            return
        try:
            _run(examination.judged.record, run, round_seed(seed, number), Phase.generate)
        except _Stop as stop:
            raise stop.__cause__ or stop from None
        for law in examination.failures:
            examination.rounds.setdefault(law, number)


def drawn(record: OperatorSpec, count: int, seed: int) -> list[Case]:
    """Return cases of a record, no two with the same configuration and dtypes."""
    found: dict[Any, Case] = {}

    def keep(case: Case) -> None:
        found.setdefault((case.configuration.key, tuple(case.dtypes.values())), case)

    for number in range(count):
        _run(record, keep, round_seed(seed, number), Phase.generate)
    return list(found.values())[:count]


def round_seed(seed: int, number: int) -> int:
    """Return the seed of one run of Hypothesis."""
    return (seed << 32) + number


def _run(record: OperatorSpec, test: Callable[[Case], None], seed: int, *phases: Phase) -> None:
    limited = settings(
        max_examples=ROUND,
        phases=phases,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
        print_blob=False,
    )
    seeded(seed)(limited(given(cases(record))(test)))()


def shrunk(judged: Judged, law: str, failure: Failure, seed: int) -> Failure:
    """Return the smallest failure of one law that Hypothesis finds, from the run in which it occurred."""
    best, until, tried = [failure], time.perf_counter() + SHRINK_SECONDS, count()

    def search(case: Case) -> None:
        if time.perf_counter() > until or (best[0] is not failure and next(tried) >= SHRINK_CASES):
            raise _Stop
        found = None if unsupported(judged, case) else recheck(judged, case, law)
        if found is not None:
            best[0] = found
            raise _Found

    with suppress(_Stop, _Found, HypothesisException, BaseExceptionGroup):  # what it found stands in `best`
        _run(judged.record, search, seed, Phase.generate, Phase.shrink)
    return best[0]
