"""Which named conventions an unknown kernel follows, in which class of algorithms it computes, and how precisely.

Every answer to a convention is tried on the same calls. An answer under which a call is wrong is refuted; one that is
excused from a call on which the subject agrees with another answer explains less. What nothing tells apart is undecided.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from convoracle.spec.algorithm_classes import algorithm_classes
from convoracle.spec.catalog import operator as record_of
from convoracle.spec.records import Convention, OperatorSpec

from .check import opened
from .error_classes import UNEXPLAINED, ErrorClass
from .least_class import least_classes
from .results import outputs_of
from .subject import Answer, Judged
from .trial import Trial

UNDECIDED, OR = "undecided", " or "


@dataclass(frozen=True)
class Fingerprint:
    """What an implementation follows.

    Attributes
    ----------
    conventions : mapping of str to str
        The answer to every convention of the record; "undecided" where no call told the record's own answer from others, and
        "last or shared" where the judge, which does not compute other answers, tells several of them from the record's only.
    algorithm : str
        The class of algorithms with the smallest bound that explains all errors; "none" where none does, "undecided" where no
        result is rounded.
    precision : mapping of dtype to str
        The class of precision of results of a dtype; "none" where none explains the errors.
    cases, declined : int
        Configurations tried, and legal ones that the subject does not answer.
    unexplained : tuple of str
        The laws that are broken under every answer.
    """

    subject: str
    operator: str
    conventions: Mapping[str, str]
    algorithm: str
    precision: Mapping[str, str]
    cases: int
    declined: int
    unexplained: tuple[str, ...]

    @property
    def declared(self) -> dict[str, str]:
        """The answers that differ from the record's: what to declare to `convoracle.properties.check.check`."""
        ours = {convention.name: convention.ours for convention in record_of(self.operator).conventions}
        found = self.conventions.items()
        return {name: a for name, a in found if a not in (UNDECIDED, ours[name]) and OR not in a}

    def to_dict(self) -> dict[str, Any]:
        """Return the fingerprint as plain data."""
        return asdict(self)


def fingerprint(
    subject: Callable[..., Any] | str,
    operator: str | None = None,
    *,
    seed: int = 0,
    array: str | None = None,
    isolate: bool = False,
    name: str | None = None,
) -> Fingerprint:
    """Find the conventions, the algorithm class and the precision of an unknown implementation.

    Parameters
    ----------
    subject : callable or str
        As in `convoracle.properties.check.check`.
    operator : str, optional
        Name of the record, such as ``"convolve"``; the one that the subject declares need not be named.
    seed : int
        Equal seeds try equal calls.
    array : str, optional
        Library whose arrays the subject takes and returns, such as ``"torch"``.
    isolate : bool
        Run a callable in a worker process too.
    name : str, optional
        Name of the subject in the answer.

    Returns
    -------
    Fingerprint

    Raises
    ------
    ValueError
        If there is no such operator, or the subject declares others only.

    Examples
    --------
    >>> import numpy as np
    >>> def convolve(x, h, *, mode="full"):
    ...     return np.convolve(x, h, mode)
    >>> fingerprint(convolve, "convolve").conventions["same_centre"]
    'longer'
    """
    with opened(subject, operator, array, isolate) as judged:
        return fingerprint_of(replace(judged, name=name or judged.name), seed=seed)


def fingerprint_of(judged: Judged, *, seed: int = 0) -> Fingerprint:
    """Return the fingerprint of a subject that is wrapped already; of what it declares, only its limits are used."""
    trial = Trial(judged, seed)
    classes = least_classes(trial)
    trial.computes(classes)
    answers = _answers(trial)
    return Fingerprint(
        subject=judged.name,
        operator=judged.record.name,
        conventions={c.name: _decided(trial, c, answers) for c in judged.record.conventions},
        algorithm=_algorithm(judged.record, classes),
        precision={d: UNEXPLAINED if found is None else found.precision for d, found in classes.items()},
        cases=len(trial.cases),
        declined=trial.declined,
        unexplained=tuple(sorted({law for law, right in trial.facts(answers) if right is None})),
    )


def _algorithm(record: OperatorSpec, classes: Mapping[str, ErrorClass | None]) -> str:
    """Return the class with the largest bound of those that were found."""
    known = [found.algorithm for found in classes.values() if found is not None]
    if not classes:
        return UNDECIDED
    return max(known, key=algorithm_classes(record).index) if known else UNEXPLAINED


def _score(trial: Trial, answers: Mapping[str, str]) -> tuple[int, int]:
    """Return what is broken under some answers, and the negative number of elements that are right: the less the better."""
    facts = list(trial.facts(answers))
    return sum(right is None for _, right in facts), -sum(right or 0 for _, right in facts)


def _answers(trial: Trial) -> dict[str, str]:
    """Return the answers that explain most: the record's own, changed one by one where that explains more."""
    conventions = trial.judged.record.conventions
    answers = {convention.name: convention.ours for convention in conventions}
    best = _score(trial, answers)
    while True:
        tried = [{**answers, c.name: a} for c in conventions for a in c.answers if a != answers[c.name]]
        scores = [(_score(trial, other), place) for place, other in enumerate(tried)]
        least, place = min(scores, default=(best, 0))
        if least >= best:
            return answers
        best, answers = least, tried[place]


def _decided(trial: Trial, convention: Convention, answers: Mapping[str, str]) -> str:
    """Return the answer to a convention, unless another one explains as much."""
    name = convention.name
    scores = {answer: _score(trial, {**answers, name: answer}) for answer in convention.answers}
    best = [answer for answer, score in scores.items() if score == min(scores.values())]
    if convention.ours not in best:
        return OR.join(best)
    if len(best) == 1:
        return convention.ours
    strict, seen = _STRICTER.get(name, ("", lambda answer: False))
    return strict if strict in best and any(map(seen, trial.answers.values())) else UNDECIDED


def _floats(answer: Answer) -> list[np.ndarray]:
    outputs = outputs_of(answer) if answer.kind == "value" else ()
    return [output for output in outputs if isinstance(output, np.ndarray) and output.dtype.kind == "f"]


def _has_subnormals(answer: Answer) -> bool:
    return any(
        bool(np.any((output != 0) & (np.abs(output) < np.finfo(output.dtype).smallest_normal)))
        for output in _floats(answer)
    )


_STRICTER: dict[str, tuple[str, Callable[[Answer], bool]]] = {
    "subnormals": ("gradual", _has_subnormals),
    "sign_of_zero": ("positive", lambda answer: any(bool(np.any(output == 0)) for output in _floats(answer))),
    "integer_overflow": ("raise", lambda answer: answer.error == "OverflowError"),
}
"""Answers that allow less than the others, and the results on which that is seen: where they hold, the others do, too."""
