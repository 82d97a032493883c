"""Universal laws: what every implementation of every record obeys. Each takes a session and a case and returns failures."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from math import prod
from typing import Any

import numpy as np

from convoracle.spec.configuration import IllegalCallError, bind
from convoracle.spec.enclosure import integer_outputs

from . import families
from .case import Case, neighbours, plainest
from .layouts import lay_out
from .offences import Offence, has_further_axes, offences
from .results import forms_wrong, greatest_count, judge_value, output_shapes, outputs_of, result_dtypes, same_bits
from .subject import Answer, Judged, copied
from .values import Judgement, Mismatch

Arrays = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Failure:
    """A law broken by one call: what was called with what, and what was wrong with the answer."""

    law: str
    message: str
    case: Case
    arrays: Arrays
    options: Mapping[str, Any]
    mismatch: Mismatch | None = None


@dataclass(frozen=True)
class Checked:
    """A law that was looked at on a case: its failure, if it failed, and what judging values found."""

    law: str
    failure: Failure | None = None
    judgement: Judgement | None = None
    dtype: str = ""
    value: Any = None  # what came back, where it is wrong


VALUE_LAWS = {
    "integers": "value: exact on small integers",
    "special": "value: NaN, infinities and zeros of both signs",
    "infinite": "value: NaN, infinities and zeros of both signs",
    "subnormal": "value: subnormal operands",
    "huge": "value: near overflow",
}
FLOAT_LAW = "value: within the rounding bound"
INTEGER_LAW = "value: integer dtypes are exact"


def _value_law(family: str, dtype: np.dtype) -> str:
    return INTEGER_LAW if dtype.kind in "iu" else VALUE_LAWS.get(family, FLOAT_LAW)


def unsupported(judged: Judged, case: Case) -> str | None:
    """Return why a subject is not judged on a case, or None."""
    arrays = {name: (shape, case.dtypes[name]) for name, shape in case.shapes.items()}
    return judged.unsupported(case.configuration, arrays, case.options)


def values(judged: Judged, case: Case) -> Iterator[Checked]:
    """Check shape, dtype, value and untouched inputs on every data family of a case."""
    terms = greatest_count(case)
    for family in filter(None, map(judged.drawn_for, case.families)):
        drawn = families.draw(family, case.shapes, case.dtypes, terms, case.seed, case.domains)
        arrays = {name: lay_out(array, case.layouts[name]) for name, array in drawn.items()}
        yield from _one_family(judged, case, family, arrays, drawn)


def directed(judged: Judged, case: Case) -> Iterator[Checked]:
    """Check values on the data on which classes of algorithms and of precision differ most."""
    kinds = {np.dtype(dtype).kind for dtype in case.dtypes.values()}
    if case.record.sums_products and kinds <= {"f", "c"}:
        for chosen in (plainest(case), case):
            if unsupported(judged, chosen) is None:
                yield from values(judged, replace(chosen, families=families.DIRECTED_FAMILIES))
                return


def _one_family(judged: Judged, case: Case, family: str, arrays: Arrays, drawn: Arrays) -> Iterator[Checked]:
    answer = judged.answer(arrays, case.options)
    wrong = forms_wrong(judged, case, arrays, answer)
    if answer.changed:
        message = f"the call changed its input {', '.join(answer.changed)}"
        yield Checked("inputs unchanged", Failure("inputs unchanged", message, case, drawn, case.options))
    else:
        yield Checked("inputs unchanged")
    if wrong is not None:
        law, message = wrong
        if law == "accepts legal calls" and answer.error == "OverflowError" and _overflows(judged, case, arrays):
            return
        yield Checked(law, Failure(law, message, case, drawn, case.options))
        return
    yield Checked("shape")
    yield Checked("dtype")
    judgement = judge_value(judged, case, arrays, answer.value)
    dtype = outputs_of(answer)[0].dtype
    law = _value_law(family, dtype)
    failure, wrong_value = None, None
    if judgement.mismatch is not None:
        wrong_value = copied(answer.value)  # a later call may overwrite it
        law = _layout_or(judged, case, drawn, law)
        failure = Failure(law, _sentence(judgement), case, drawn, case.options, judgement.mismatch)
    yield Checked(law, failure, judgement, str(dtype), wrong_value)


def _sentence(judgement: Judgement) -> str:
    m = judgement.mismatch
    assert m is not None
    return (
        f"{judgement.wrong} of {judgement.elements} elements are wrong; at {list(m.index)} got {m.got}, expected {m.expected}, "
        f"error {m.error:.6g}, bound {m.bound:.6g}"
    )


def _overflows(judged: Judged, case: Case, arrays: Arrays) -> bool:
    if any(array.dtype.kind not in "iu" for array in arrays.values()):
        return False
    dtype = result_dtypes(judged, case.configuration, arrays)[0]
    if dtype.kind not in "iu":
        return False
    limits, exact = np.iinfo(dtype), integer_outputs(case.configuration, arrays)[0].ravel()
    return any(not limits.min <= v <= limits.max for v in exact)


def _layout_or(judged: Judged, case: Case, drawn: Arrays, law: str) -> str:
    """Return "memory layout" where the same call on contiguous copies is right: then the views are to blame."""
    if all(layout == "contiguous" for layout in case.layouts.values()):
        return law
    plain = {name: np.ascontiguousarray(array) for name, array in drawn.items()}
    answer = judged.answer(plain, case.options)
    if forms_wrong(judged, case, plain, answer) is not None:
        return law
    return law if judge_value(judged, case, plain, answer.value).mismatch is not None else "memory layout"


def integers_of(case: Case, *, seed: int = 0) -> dict[str, np.ndarray]:
    """Return small-integer data of the case, contiguous, on which every direct sum is exact."""
    terms = greatest_count(case)
    return families.draw("integers", case.shapes, case.dtypes, terms, case.seed + seed, case.domains)


REPEATABLE = "same call, same result"
"""The law of calls that follow one another; what breaks it is flaky, whatever else it breaks."""


def repeats(judged: Judged, case: Case) -> Iterator[Checked]:
    """Check that the same call gives the same bits again, also after another call with other data and options."""
    arrays = integers_of(case)
    first = judged.answer(arrays, case.options)
    if forms_wrong(judged, case, arrays, first) is not None:
        return
    before = copied(first.value)
    twin, third = (copied(judged.answer(arrays, case.options).value) for _ in range(2))
    settled = same_bits(third, twin)  # what differs the first time only depends on the calls before
    message = "the same call gave another result at once"
    yield Checked(REPEATABLE, None if settled else Failure(REPEATABLE, message, case, arrays, case.options))
    other = judged.answer(integers_of(case, seed=1), case.options)
    kept = (
        same_bits(first.value, before) and not other.stale
    )  # looked at now: the same call would put the same values back
    yield from _with_another_option(judged, case)
    small = {name: array[tuple(slice(0, max(1, n - 1)) for n in array.shape)] for name, array in arrays.items()}
    judged.answer(small, case.options)
    again = judged.answer(arrays, case.options)
    same = again.kind == "value" and same_bits(again.value, before) and same_bits(twin, before)
    message = "the same call gave another result after other calls"
    yield Checked(
        "no state between calls",
        None if same else Failure("no state between calls", message, case, arrays, case.options),
    )
    message = "a result changed when the function was called again: it is a view of a reused buffer"
    yield Checked(
        "results are kept", None if kept else Failure("results are kept", message, case, arrays, case.options)
    )


def _with_another_option(judged: Judged, case: Case) -> Iterator[Checked]:
    """Check values on the same shapes with one option changed: what is kept between calls may be kept without that option."""
    nearby = [other for other in neighbours(case) if unsupported(judged, other) is None]
    if nearby:
        other = nearby[case.seed % len(nearby)]
        layouts = dict.fromkeys(other.layouts, "contiguous")
        yield from values(judged, replace(other, families=families.EXACT_FAMILIES, layouts=layouts))


def _batched(case: Case) -> list[str]:
    """Return the inputs with a batch axis."""
    return [a.name for a in case.record.inputs if a.name in case.shapes and a.axes and str(a.axes[0]) == "N"]


def batch_is_independent(judged: Judged, case: Case) -> Iterator[Checked]:
    """Check that each item of a batch is what it is alone, in the outputs that have a batch axis."""
    batched, size = _batched(case), case.configuration.values.get("N", 0)
    if not batched or size < 2 or not case.record.items_apart:
        return
    arrays = integers_of(case)
    whole = judged.answer(arrays, case.options)
    if forms_wrong(judged, case, arrays, whole) is not None:
        return
    expected = _item(case, copied(whole.value), size - 1)
    single = {name: array[size - 1 :] if name in batched else array for name, array in arrays.items()}
    alone = judged.answer(single, case.options)
    same = alone.kind == "value" and (
        same_bits(_item(case, alone.value, 0), expected) or _right_alone(judged, case, single, alone)
    )
    message = f"item {size - 1} of the batch differs from the same item alone"
    yield Checked(
        "batch independence", None if same else Failure("batch independence", message, case, arrays, case.options)
    )


def _item(case: Case, value: Any, position: int) -> tuple[Any, ...]:
    """Return one item of a batch of results."""
    outputs = value if isinstance(value, tuple) else (value,)
    pairs = zip(case.record.outputs, outputs, strict=True)
    return tuple(np.asarray(output)[position : position + 1] for array, output in pairs if str(array.axes[0]) == "N")


def _right_alone(judged: Judged, case: Case, arrays: Arrays, answer: Answer) -> bool:
    """Whether a definition that rounds, computed on one item, is right: then the item may differ by rounding."""
    if case.record.sums_products:
        return False
    shapes = {name: array.shape for name, array in arrays.items()}
    single = replace(case, configuration=bind(case.record, shapes, case.options), shapes=shapes)
    if forms_wrong(judged, single, arrays, answer) is not None:
        return False
    return judge_value(judged, single, arrays, answer.value).mismatch is None


def further_axes(judged: Judged, case: Case) -> Iterator[Checked]:
    """Check that an operator that takes more axes than its record writes treats them as it should: as one."""
    if not case.record.more_axes or any(0 in shape for shape in case.shapes.values()):
        return
    arrays, options = integers_of(case), dict(case.options)
    whole = judged.answer(arrays, options)
    if forms_wrong(judged, case, arrays, whole) is not None:
        return
    before = copied(whole.value)
    if "input_size" in options:
        options["input_size"] = _split(case.configuration.values["n"])
    answer = judged.answer({name: _more_axes(case, name, array) for name, array in arrays.items()}, options)
    law, message = "more axes", "an array of more axes gives another result than the same array of fewer"
    if answer.kind == "value" and len(outputs_of(answer)) == len(case.record.outputs):
        outputs = tuple(np.asarray(v) for v in outputs_of(answer))
        flat = tuple(v.reshape(s) for v, s in zip(outputs, output_shapes(case), strict=True) if v.size == prod(s))
        value = flat if isinstance(before, tuple) else flat[0] if flat else None
        same = len(flat) == len(outputs) and (
            same_bits(value, before) or judge_value(judged, case, arrays, value).mismatch is None
        )
    else:
        same, message = False, f"an array of more axes is not taken: {answer.message or answer.kind}"
    yield Checked(law, None if same else Failure(law, message, case, arrays, case.options))


def _more_axes(case: Case, name: str, array: np.ndarray) -> np.ndarray:
    """Return an input with its first axis in two where it is that of the first input, or the last where all inputs share it."""
    if case.record.more_axes == "leading":
        split = has_further_axes(case.record, name)
        return array.reshape(*_split(array.shape[0]), *array.shape[1:]) if split else array
    if str(case.record.array(name).axes[-1]) != "n":
        return array
    return array.reshape(*array.shape[:-1], *_split(array.shape[-1]))


def _split(length: int) -> tuple[int, int]:
    factor = next(f for f in (2, 3, 1) if length % f == 0)
    return factor, length // factor


def empty_batch(judged: Judged, case: Case) -> Iterator[Checked]:
    """Check that a batch of no items gives empty results of the right shape (or zeros, where the batch is summed)."""
    batched = _batched(case)
    if not batched:
        return
    shapes = {name: (0, *shape[1:]) if name in batched else shape for name, shape in case.shapes.items()}
    try:
        empty = replace(case, configuration=bind(case.record, shapes, case.options), shapes=shapes)
    except IllegalCallError:
        return
    if unsupported(judged, empty):
        return
    arrays = integers_of(empty)
    answer = judged.answer(arrays, case.options)
    wrong = forms_wrong(judged, empty, arrays, answer)
    sums = any(np.any(output) for output in outputs_of(answer)) if not wrong else False
    message = wrong[1] if wrong else "an empty sum is not zero" if sums else ""
    yield Checked("zero-size", Failure("zero-size", message, empty, arrays, case.options) if message else None)


REJECTIONS = 10
"""How many illegal calls are tried on a case that is looked at for them: of the rules that were tried least so far."""


ACCIDENTS = {
    "ZeroDivisionError": ("",),
    "IndexError": ("",),
    "KeyError": ("",),
    "NameError": ("is not defined",),  # JAX refuses axes that have names by this error, in other words
    "UnboundLocalError": ("",),
    "AttributeError": ("",),
    "RecursionError": ("",),
    "SystemError": ("",),
}
"""Exceptions that no library raises on purpose, with what Python says then: an illegal call that ends so went wrong."""


def rejects(judged: Judged, case: Case, tried: Counter[str]) -> Iterator[Checked]:
    """Check that calls which break one rule of the record raise an exception; counts in `tried` which rules were broken."""
    by_rule: dict[str, list[Offence]] = {}
    for broken in offences(case):
        by_rule.setdefault(broken.rule, []).append(broken)
    for rule in sorted(by_rule, key=lambda rule: tried[rule])[:REJECTIONS]:
        broken = by_rule[rule][tried[rule] % len(by_rule[rule])]
        tried[rule] += 1
        yield from rejects_one(judged, case, broken)


def rejection(broken: Offence) -> str:
    """Return the name of the law that an illegal call is to be refused."""
    return f"rejection: {broken.rule.rstrip('_0123456789')}"


def rejects_one(judged: Judged, case: Case, broken: Offence) -> Iterator[Checked]:
    """Check that one illegal call raises an exception, and not by accident."""
    if judged.excused(broken.rule):
        return
    dtypes = {name: case.dtypes[name] for name in broken.shapes}
    arrays = families.draw("integers", broken.shapes, dtypes, greatest_count(case), case.seed, case.domains)
    if broken.entry is not None:
        name, value = broken.entry
        arrays[name].flat[-1] = value
    answer = judged.answer(arrays, broken.options)
    law = rejection(broken) if answer.kind in ("value", "error") else answer.kind
    meant = (
        answer.error == "IndexError" and case.record.index_inputs
    )  # the language's own word for an index out of range
    accident = any(words in answer.message for words in ACCIDENTS.get(answer.error, ()))
    if answer.kind == "error" and (meant or not accident):
        yield Checked(law)
        return
    shape = ", ".join(str(getattr(output, "shape", None)) for output in outputs_of(answer))
    ending = answer.error or answer.kind
    what = f"returned an array of shape {shape}" if answer.kind == "value" else f"ended with {ending}: {answer.message}"
    called = replace(case, shapes=broken.shapes, options=broken.options)
    yield Checked(law, Failure(law, f"an illegal call ({broken.rule}) {what}", called, arrays, broken.options))
