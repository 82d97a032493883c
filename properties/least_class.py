"""The class of algorithms and of precision with the smallest bound that explains all errors of an unknown subject."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import numpy as np

from convoracle.spec.algorithm_classes import BLOCK, algorithm_classes
from convoracle.spec.precision import narrower
from convoracle.spec.records import OperatorSpec
from convoracle.spec.rounding import Arithmetic, format_of

from . import families
from .bounds import Rules
from .case import Case, in_float32, plainest, rebuilt
from .error_classes import ErrorClass
from .results import forms_wrong, greatest_count, judge_under
from .subject import Judged
from .trial import TELLING, Trial, differs, in_turn

LONG = 64
"""How many times as many channels, or samples, a long sum has: where classes of summation differ."""

Result = tuple[Case, dict[str, np.ndarray], Any]
"""A case, its operands, and what came back."""


def least_classes(trial: Trial) -> dict[str, ErrorClass | None]:
    """Return the least class that explains the errors of the results of every dtype; None where none does."""
    results: dict[str, list[Result]] = {}
    for case in _plain(trial):
        for result in _results(trial.judged, case):
            value = result[2]
            dtype = (value[0] if isinstance(value, tuple) else value).dtype
            if dtype.kind in "fc":
                results.setdefault(str(dtype), []).append(result)
    return {dtype: _least(trial.judged.record, dtype, seen) for dtype, seen in sorted(results.items())}


def _plain(trial: Trial) -> Iterator[Case]:
    """Yield cases on which no answers differ, or all where there are none: of floating-point dtypes, some with long sums."""
    floats = [case for case in trial.answered if {np.dtype(d).kind for d in case.number_dtypes} <= {"f", "c"}]
    plain = [case for case in floats if not _is_answered_otherwise(case)] or floats
    yield from in_turn(plain)
    if trial.judged.record.sums_products:
        for directed in (plainest, _long):
            yield from _first(TELLING, map(directed, map(in_float32, plain)))


def _is_answered_otherwise(case: Case) -> bool:
    return any(
        differs(convention, answer, case) for convention in case.record.conventions for answer in convention.differs
    )


def _first(number: int, made: Iterator[Case]) -> Iterator[Case]:
    """Yield the first cases on which no answers differ: those that are made of plain ones need not be plain."""
    return islice((case for case in made if not _is_answered_otherwise(case)), number)


def _long(case: Case) -> Case:
    """Return the case with many channels, or many samples where it has none."""
    values, words = case.configuration.values, case.configuration.words
    letters = [letter for letter in ("C",) if letter in values] or [f"{letter}_3" for letter in "nk"]
    return rebuilt(case, {**values, **{letter: LONG * values[letter] for letter in letters if letter in values}}, words)


def _results(judged: Judged, case: Case) -> Iterator[Result]:
    further = families.DIRECTED_FAMILIES if case.record.sums_products else ()
    for family in (*families.EXACT_FAMILIES, *families.FLOAT_FAMILIES, *further):
        if judged.spared(family) or family in families.KINDS["ties"]:
            continue
        arrays = families.draw(family, case.shapes, case.dtypes, greatest_count(case), case.seed, case.domains)
        answer = judged.answer(arrays, case.options)
        if forms_wrong(judged, case, arrays, answer) is None:
            yield case, arrays, answer.value


def _least(record: OperatorSpec, dtype: str, seen: Sequence[Result]) -> ErrorClass | None:
    """Return the class with the smallest bound that explains all results of a dtype; one that explains zeros too says nothing."""
    zeros = [(case, arrays, _zeros(value)) for case, arrays, value in seen]
    some = any(np.any(part) for _, _, value in seen for part in (value if isinstance(value, tuple) else (value,)))
    tells = any(greatest_count(case) > 2 * BLOCK for case, _, _ in seen)
    for candidate in _candidates(record, dtype):
        if candidate.algorithm == "pairwise" and not tells:
            continue  # short sums are the same in both classes
        if _explains(candidate, seen) and not (some and _explains(candidate, zeros)):
            return candidate
    return None


def _explains(candidate: ErrorClass, seen: Sequence[Result]) -> bool:
    return all(judge_under(case, arrays, value, candidate.rules).mismatch is None for case, arrays, value in seen)


def _zeros(value: Any) -> Any:
    return tuple(map(np.zeros_like, value)) if isinstance(value, tuple) else np.zeros_like(value)


def _candidates(record: OperatorSpec, dtype: str) -> Iterator[ErrorClass]:
    arithmetic = Arithmetic(format_of(np.dtype(dtype)))
    for precision, narrow in ((arithmetic.result.name, arithmetic), *narrower(arithmetic)):
        for algorithm in algorithm_classes(record):
            yield ErrorClass(algorithm, precision, Rules(narrow, algorithm, {}))
