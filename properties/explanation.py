"""Explain a failure: smallest data, the terms of the wrong element, what it looks like, and a script that shows it."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice, product
from pathlib import Path

import numpy as np

from convoracle.spec.evaluate import evaluate, terms
from convoracle.spec.faults import diagnose

from .subject import Judged
from .universal import Failure, forms_wrong, judge_value
from .values import Mismatch
from .verdict import Finding

CALLS = 300
"""How many calls of the subject an explanation may cost."""

VIEWS = {
    "contiguous": "{0}",
    "transposed": "np.asfortranarray({0})",
    "reversed": "np.ascontiguousarray(np.flip({0}))[(slice(None, None, -1),) * {0}.ndim]",
    "stepped": "np.stack([{0}, np.full_like({0}, 9)], axis=-1)[..., 0]",
    "offset": "np.pad({0}, 2, constant_values=9)[(slice(2, -2),) * {0}.ndim]",
    "readonly": "np.frombuffer({0}.tobytes(), {0}.dtype).reshape({0}.shape)",
    "broadcast": "np.broadcast_to({0}[..., :1], {0}.shape) if {0}.size and ({0} == {0}[..., :1]).all() else {0}",
}


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
    indices = set(failure.case.domains) & {array.name for array in judged.record.inputs if array.below is not None}
    mismatch = _mismatch(judged, failure, arrays)
    if mismatch is None:  # the fault needs the views or an earlier call: leave the data alone
        return failure
    numbers = {name: array for name, array in arrays.items() if name not in indices}
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
    """Yield the terms that the element should sum and, where it costs few calls, those that it does."""
    assert failure.mismatch is not None
    arrays = dict(failure.arrays)
    if any(array.dtype.kind == "c" for array in arrays.values()) or not judged.record.sums_products:
        return
    index = _whole_index(failure)
    should = {
        " * ".join(f"{n}{list(p)}" for n, p in term.places) for term in terms(failure.case.configuration, arrays, index)
    }
    yield "should sum: " + ("; ".join(sorted(should)) or "nothing")
    does = _summed(judged, failure)
    if does is not None:
        yield "does sum: " + ("; ".join(sorted(does)) or "nothing")


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
    """Return the wrong definitions that reproduce what the subject computes on small distinct integers."""
    from .universal import integers_of

    case = failure.case
    if not case.record.sums_products:
        return []
    empty = any(0 in shape for shape in case.configuration.shapes.values())  # a wrong index into nothing is no number
    if failure.law.startswith("rejection") or failure.law in ("crash", "timeout") or empty:
        return []
    if np.prod(case.configuration.output_shape) > 4000:
        return []
    arrays = {name: array.real.astype(np.float64) for name, array in integers_of(case).items()}
    answer = judged.answer(arrays, case.options)
    if answer.kind != "value" or not isinstance(answer.value, np.ndarray):
        return []
    got = answer.value
    if got.size == np.prod(case.configuration.output_shape):
        got = got.reshape(case.configuration.output_shape)
        if np.array_equal(got, evaluate(case.configuration, arrays).high):
            return []
    return diagnose(case.configuration, arrays, got)


def _literal(array: np.ndarray) -> str:
    text = np.array2string(array, separator=", ", threshold=10**6, floatmode="unique", max_line_width=110)
    text = text.replace("nan", "np.nan").replace("inf", "np.inf")
    return (
        f"np.array({text}, dtype=np.{array.dtype}).reshape({array.shape})"
        if array.size
        else f"np.zeros({array.shape}, np.{array.dtype})"
    )


def script(judged: Judged, failure: Failure) -> str:
    """Return a short runnable script that shows the failure."""
    imported, function = _imported(judged)
    lines = ["import numpy as np", *imported, ""]
    for name, array in failure.arrays.items():
        lines.append(f"{name} = {_literal(array)}")
        view = VIEWS[failure.case.layouts.get(name, "contiguous")]
        if view != "{0}":
            lines.append(f"{name} = {view.format(name)}")
    options = "".join(f", {key}={value!r}" for key, value in failure.options.items())
    lines.append(f"got = {function}({', '.join(failure.arrays)}{options})")
    mismatch = failure.mismatch
    if mismatch is not None and not judged.record.further:
        place = f"got.reshape({failure.case.configuration.output_shape}){list(mismatch.index)}"
        lines.append(
            f"print('got', {place}, 'expected', {str(mismatch.expected)!r}, 'within', {str(mismatch.bound)!r})"
        )
    else:
        lines.append(f"print(got)  # {' '.join(failure.message.split())}")
    return "\n".join(lines) + "\n"


LOADERS = {
    "adapter": "from convoracle.impl.backends import load\n{operator} = load({name!r}).operators[{operator!r}].function",
    "mutant": "from convoracle.impl.mutants import mutant\n{operator} = mutant({name!r}).function_of({operator!r})",
}


def _imported(judged: Judged) -> tuple[list[str], str]:
    """Return the lines that import the subject, and its name there."""
    home, _, function = judged.reference.rpartition(":")
    operator = judged.record.name
    if home in LOADERS:
        return LOADERS[home].format(operator=operator, name=function).splitlines(), operator
    if not home or "<" in function:
        return [f"{operator} = ...  # the subject: {judged.reference or judged.name}"], operator
    first = function.split(".")[0]
    if not home.endswith(".py"):
        return [f"from {home} import {first}"], function
    path = Path(home).resolve()
    return ["import sys", f"sys.path.insert(0, {str(path.parent)!r})", f"from {path.stem} import {first}"], function
