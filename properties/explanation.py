"""Explain a failure: smallest data, the terms of the wrong element, what it looks like, and a script that shows it."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice, product
from math import prod
from typing import Any

import numpy as np

from convoracle.spec.evaluate import terms
from convoracle.spec.faults import diagnose
from convoracle.spec.layer_faults import Trial
from convoracle.spec.layer_terms import reads_of

from .case import Case
from .families import Domain
from .results import forms_wrong, judge_value, outputs_of
from .script import script
from .subject import Judged
from .universal import Failure, integers_of
from .values import Mismatch
from .verdict import Finding

CALLS = 300
"""How many calls of the subject an explanation may cost."""

SHOWN = 40
"""How many terms of an element an explanation lists."""

LARGEST = 4000
"""Answers with more elements get no diagnosis."""

TRIALS = 4
"""How many calls a diagnosis of a layer compares."""


def explain(judged: Judged, failure: Failure, count: int) -> Finding:
    """Return the finding of a failure: minimal data, element, terms, diagnosis and script."""
    if failure.mismatch is not None and failure.law != "memory layout":
        failure = _smallest(judged, failure)
    mismatch = failure.mismatch
    return Finding(
        law=failure.law,
        message=failure.message,
        configuration={**failure.case.describe(), "options": dict(failure.options)},
        count=count,
        element=mismatch.index if mismatch else None,
        got=repr(mismatch.got) if mismatch else "",
        expected=str(mismatch.expected) if mismatch else "",
        error=repr(mismatch.error) if mismatch else "",
        bound=repr(mismatch.bound) if mismatch else "",
        terms=tuple(_terms(judged, failure)) if mismatch else (),
        diagnosis=tuple(diagnosis(judged, failure)),
        script=script(judged, failure),
        arrays={name: array.tolist() for name, array in failure.arrays.items()} if _listable(failure) else None,
    )


def _listable(failure: Failure) -> bool:
    real = all(array.dtype.kind in "fiu" for array in failure.arrays.values())
    return real and sum(array.size for array in failure.arrays.values()) <= 400


def _mismatch(judged: Judged, failure: Failure, arrays: dict[str, np.ndarray]) -> Mismatch | None:
    answer = judged.answer(arrays, failure.options)
    if forms_wrong(judged, failure.case, arrays, answer) is not None:
        return None
    return judge_value(judged, failure.case, arrays, answer.value).mismatch


def _smallest(judged: Judged, failure: Failure) -> Failure:
    """Return the failure with ones and zeros for as many entries as it survives."""
    arrays = {name: array.copy() for name, array in failure.arrays.items()}
    mismatch = _mismatch(judged, failure, arrays)
    if mismatch is None:  # the fault needs the views or an earlier call: leave the data alone
        return failure
    numbers = {name: array for name, array in arrays.items() if name not in judged.record.index_inputs}
    for name, index, value in islice(_simpler(numbers), CALLS):
        old = arrays[name][index]
        if old == value:
            continue
        arrays[name][index] = value
        found = _mismatch(judged, failure, arrays)
        if found is None:
            arrays[name][index] = old
        else:
            mismatch = found
    text = f"at {list(mismatch.index)} got {mismatch.got}, expected {mismatch.expected}, bound {mismatch.bound:.6g}"
    return replace(
        failure, arrays=arrays, mismatch=mismatch, message=f"{failure.message.split(';')[0]}; smallest data: {text}"
    )


def _simpler(arrays: dict[str, np.ndarray]) -> Iterator[tuple[str, tuple[int, ...], int]]:
    for value in (0, 1):
        for name, array in arrays.items():
            for index in np.ndindex(array.shape):
                yield name, index, value


def _terms(judged: Judged, failure: Failure) -> Iterator[str]:
    """Yield what the element should be computed from and, where it costs few calls, what it is."""
    assert failure.mismatch is not None
    if judged.record.rounding is not None or any(array.dtype.kind == "c" for array in failure.arrays.values()):
        return  # every sample counts
    if judged.record.sums_products:
        yield from _summed_terms(judged, failure)
    else:
        yield from _read_terms(judged, failure, failure.mismatch)


def _summed_terms(judged: Judged, failure: Failure) -> Iterator[str]:
    index = _whole_index(failure)
    should = {
        " * ".join(f"{n}{list(p)}" for n, p in term.places)
        for term in terms(failure.case.configuration, dict(failure.arrays), index)
    }
    yield "should sum: " + ("; ".join(sorted(should)) or "nothing")
    does = _summed(judged, failure)
    if does is not None:
        yield "does sum: " + ("; ".join(sorted(does)) or "nothing")


def _read_terms(judged: Judged, failure: Failure, mismatch: Mismatch) -> Iterator[str]:
    """Yield the terms of the sum or maximum that an element is, or all entries that it reads."""
    reads = reads_of(failure.case.configuration, failure.arrays, mismatch.index, mismatch.output)
    more = f"; and {len(reads.terms) - SHOWN} more" if len(reads.terms) > SHOWN else ""
    over = f", divided by {reads.divisor}" if reads.divisor != 1 else ""
    of = f" (output {judged.record.outputs[mismatch.output].name})" if judged.record.further else ""
    yield f"should {reads.verb}{of}: " + ("; ".join(reads.terms[:SHOWN]) or "nothing") + more + over
    whole = judged.record.outputs[mismatch.output].below is not None
    if reads.verb != "read" and len(reads.arrays) == 1 and not whole:
        weights = _weights(judged, failure, reads.arrays[0], mismatch)
        if weights is not None:
            yield f"does {reads.verb}{of}: {_weighed(weights)}"


def _weights(judged: Judged, failure: Failure, name: str, mismatch: Mismatch) -> dict[str, Any] | None:
    """Return what a one in each entry of an input, alone, makes of the element; None where that is too dear."""
    source = failure.arrays[name]
    if source.size > CALLS:
        return None
    found = {}
    axes = failure.case.configuration.shapes[name]
    for place in range(source.size):
        impulse = np.zeros_like(source)
        impulse.flat[place] = 1
        arrays = {**failure.arrays, name: impulse}
        answer = judged.answer(arrays, failure.options)
        if forms_wrong(judged, failure.case, arrays, answer) is not None:
            return None
        output = outputs_of(answer)[mismatch.output]
        weight = output.reshape(failure.case.configuration.output_shapes[mismatch.output])[mismatch.index]
        if weight != 0:
            found[f"{name}{[int(v) for v in np.unravel_index(place, axes)]}"] = weight
    return found


def _weighed(weights: Mapping[str, Any]) -> str:
    """Return the entries that have a weight; what divides all of them is said once."""
    if not weights:
        return "nothing"
    (first, *others) = weights.values()
    over = round(1 / abs(float(first))) if np.isfinite(first) else 0
    alike = all(weight == first for weight in others)
    if alike and over and type(first)(1) / type(first)(over) == first:
        return "; ".join(weights) + (f", divided by {over}" if over != 1 else "")
    return "; ".join(f"{weight:g} * {entry}" if weight != 1 else entry for entry, weight in weights.items())


def _whole_index(failure: Failure) -> tuple[int, ...]:
    assert failure.mismatch is not None
    return failure.mismatch.index


def _summed(judged: Judged, failure: Failure) -> set[str] | None:
    """Return the products that the subject sums at the element, found by pairs of impulses; None where that is too dear."""
    names = sorted(name for name in failure.arrays if not judged.record.array(name).optional)
    if len(names) != 2 or np.prod([failure.arrays[n].size for n in names]) > CALLS:
        return None
    index, found = _whole_index(failure), set()
    for places in product(*(np.ndindex(failure.arrays[n].shape) for n in names)):
        impulses = {n: np.zeros_like(a) for n, a in failure.arrays.items()}
        for name, place in zip(names, places, strict=True):
            impulses[name][place] = 1
        answer = judged.answer(impulses, failure.options)
        if forms_wrong(judged, failure.case, impulses, answer) is not None:
            return None
        weight = answer.value.reshape(failure.case.configuration.output_shape)[index]
        if weight != 0:
            times = "" if weight == 1 else f"{weight:g} * "
            padded = [
                tuple([0] * (len(judged.record.array(n).axes) - len(p))) + tuple(p)
                for n, p in zip(names, places, strict=True)
            ]
            found.add(times + " * ".join(f"{n}{list(p)}" for n, p in zip(names, padded, strict=True)))
    return found


def diagnosis(judged: Judged, failure: Failure) -> list[str]:
    """Return the wrong definitions that reproduce what the subject computes on small integers."""
    case = failure.case
    empty = any(0 in shape for shape in case.configuration.shapes.values())  # a wrong index into nothing is no number
    if failure.law.startswith("rejection") or failure.law in ("crash", "timeout") or empty:
        return []
    if sum(map(prod, case.configuration.output_shapes)) > LARGEST:
        return []
    drawn = [_small_integers(case, number) for number in range(TRIALS)]
    if case.record.sums_products:
        drawn = [{name: array.astype(_double(array.dtype)) for name, array in integers_of(case).items()}]
    trials = [trial for arrays in drawn if (trial := _trial(judged, case, arrays)) is not None]
    if len(trials) < len(drawn):
        return []
    rules = judged.rules(trials[0].outputs[0].dtype)
    first, *further = trials
    got = first.outputs
    return diagnose(
        case.configuration,
        first.arrays,
        got,
        further=further,
        arithmetic=rules.arithmetic,
        algorithm=rules.algorithm,
    )


def _small_integers(case: Case, number: int) -> dict[str, np.ndarray]:
    """Return integers near zero: in even trials distinct ones, as far as 19 are enough, in odd ones with equal entries."""
    generator, arrays = np.random.default_rng([case.seed, number]), {}
    for name, shape in case.shapes.items():
        domain = case.domains.get(name, Domain())
        if domain.below is not None:
            arrays[name] = generator.integers(0, domain.below, shape).astype(case.dtypes[name])
            continue
        distinct = generator.permutation(prod(shape)) - prod(shape) // 2 + generator.integers(-2, 3)
        few = generator.integers(-1, 3, prod(shape))
        values = few if number % 2 else (distinct + 9) % 19 - 9
        values = values if domain.least is None else abs(values) + 1
        dtype = _double(np.dtype(case.dtypes[name]))
        imaginary = 1j * generator.integers(-2, 3, prod(shape)) if dtype.kind == "c" else 0
        arrays[name] = (values + imaginary).reshape(shape).astype(dtype)
    return arrays


def _double(dtype: np.dtype) -> np.dtype:
    """Return the format of double precision for real or for complex numbers, in which small integers are exact."""
    return np.dtype(np.complex128 if dtype.kind == "c" else np.float64)


def _trial(judged: Judged, case: Case, arrays: dict[str, np.ndarray]) -> Trial | None:
    """Return what the subject makes of arrays, in the shapes of the record; None where they are other shapes."""
    answer = judged.answer(arrays, case.options)
    outputs, shapes = outputs_of(answer), case.configuration.output_shapes
    arrays_only = answer.kind == "value" and all(isinstance(output, np.ndarray) for output in outputs)
    if not arrays_only or [output.size for output in outputs] != list(map(prod, shapes)):
        return None
    shaped = tuple(np.array(output).reshape(shape) for output, shape in zip(outputs, shapes, strict=True))
    return Trial(arrays, shaped) if all(output.dtype.kind in "fciu" for output in shaped) else None
