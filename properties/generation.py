"""Cases in turn for a verdict, and smaller ones of those that fail."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from random import Random
from typing import Any, NamedTuple

from convoracle.spec.records import OperatorSpec

from .case import Case
from .choices import as_before, lower
from .examination import Examination, recheck
from .pairs import Coverage, Places
from .strategies import built
from .subject import Judged
from .universal import Failure, unsupported

SHRINK_CASES = 250
"""Shrinking one failure tries this many cases, counted and not timed so that equal seeds give equal verdicts, ..."""

SHRINK_SECONDS = 60.0
"""... unless the subject is so slow that it takes longer than this."""

ENDINGS = ("crash", "timeout")
"""Failures that cost a process each: they are not made smaller."""

ROUNDS = 2000
"""After so many rounds configurations come again, with other data: operators without options have few."""

ATTEMPTS, LEAST_ATTEMPTS = 8, 400
"""A subject that declares limits is offered so many times the configurations that it is to be judged on, and so many at least."""


def generate(examination: Examination, examples: int, seed: int) -> None:
    """Add cases, their configurations and dtypes unlike, until there are `examples` or a subject has had enough."""
    examination.asked = examples
    for case, places in _unlike(examination.pairs, max(ATTEMPTS * examples, LEAST_ATTEMPTS), seed):
        if examination.ended():
            return
        examination.add(case)
        for law in examination.failures:
            examination.origins.setdefault(law, places)


def drawn(record: OperatorSpec, count: int, seed: int) -> list[Case]:
    """Return cases of a record, no two with the same configuration and dtypes."""
    pairs, found = Coverage(record), []
    for case, _ in islice(_unlike(pairs, ATTEMPTS * count, seed), count):
        pairs.judged(case)
        found.append(case)
    return found


def _unlike(pairs: Coverage, rounds: int, seed: int) -> Iterator[tuple[Case, Places]]:
    """Yield cases with their choices, no two in `ROUNDS` rounds alike; every round has a seed of its own."""
    known = set[Any]()
    for number in range(rounds):
        if number % ROUNDS == 0:
            known.clear()
        case, places = pairs.next(Random((seed << 32) + number), number)
        what = case.configuration.key, tuple(case.dtypes.values())
        if what not in known:
            known.add(what)
            yield case, places


@dataclass
class Shrinking:
    """The smallest failure of one law so far, with the choices of its case."""

    judged: Judged
    law: str
    failure: Failure
    places: Places
    tried: int = 0
    until: float = field(default_factory=lambda: time.perf_counter() + SHRINK_SECONDS)

    def takes(self, places: Places) -> bool:
        """Whether the law fails with other choices too, which then are the smallest so far."""
        if self.tried >= SHRINK_CASES or time.perf_counter() > self.until:
            return False
        pick = as_before(places)
        case = built(self.judged.record, pick)
        if pick.places == self.places or unsupported(self.judged, case):
            return False
        self.tried += 1
        found = recheck(self.judged, case, self.law)
        if found is not None:
            self.failure, self.places = found, pick.places
        return found is not None


def shrunk(judged: Judged, law: str, failure: Failure, places: Places) -> tuple[Failure, Places]:
    """Return the smallest failure of one law that is found by making the choices of its case simpler, one by one."""
    smallest, before = Shrinking(judged, law, failure, places), None
    smallest.takes({})
    while before != smallest.places:
        before = smallest.places
        for name in before:
            any(smallest.takes({**smallest.places, name: place}) for place in lower(smallest.places.get(name, 0)))
    return smallest.failure, smallest.places


class Smallest(NamedTuple):
    """The smallest failure of a law, the case that shows it, and the law for which that case was found."""

    failure: Failure
    case: Case
    cause: str


def smallest_failures(examination: Examination, laws: Iterable[str]) -> dict[str, Smallest]:
    """Return the smallest failure of each law.

    What a case breaks that was made small for another law has the same cause, and is not made smaller again; nor are failures
    that were kept.
    """
    found = dict[str, Smallest]()
    for law in laws:
        if law in examination.replayed:
            cause, case = examination.replayed[law]
            found[law] = Smallest(examination.failures[law], case, cause)
        elif law in ENDINGS:
            case = built(examination.judged.record, as_before(examination.origins[law]))
            found[law] = Smallest(examination.failures[law], case, law)
        else:
            others = [one for one in found.values() if one.cause not in ENDINGS]
            found[law] = _shared(examination.judged, law, others) or _own(examination, law)
    return found


def _shared(judged: Judged, law: str, others: Iterable[Smallest]) -> Smallest | None:
    """Return what breaks a law among the cases that were made small for others."""
    tried = ((one, recheck(judged, one.case, law)) for one in others)
    return next((one._replace(failure=failure) for one, failure in tried if failure is not None), None)


def _own(examination: Examination, law: str) -> Smallest:
    judged, first = examination.judged, examination.failures[law]
    failure, places = shrunk(judged, law, first, examination.origins[law])
    case = built(judged.record, as_before(places))
    directed = failure is first and recheck(judged, case, law) is None  # on data that the case itself does not ask for
    return Smallest(failure, failure.case if directed else case, law)
