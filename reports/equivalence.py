"""Whether a wrong kernel is wrong at all: equal to the right one on all small calls, or by an argument that somebody wrote."""

import random
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from itertools import product
from math import isqrt, prod
from types import FrameType
from typing import Any

import numpy as np

from convoracle.impl.mutants.equivalent import ARGUMENTS
from convoracle.impl.mutants.mutant import SOURCES, plain_function
from convoracle.impl.mutants.systematic import Systematic
from convoracle.properties.case import Case, canonical_options
from convoracle.properties.families import Domain
from convoracle.properties.offences import offences
from convoracle.properties.strategies import letter_spans, reals, solved_values
from convoracle.properties.subject import Answer, Caller, in_process
from convoracle.spec import operator
from convoracle.spec.code import number
from convoracle.spec.configuration import IllegalCallError, bind, constants, derived_letters
from convoracle.spec.records import Choice, OperatorSpec, Parameter

MOST = 1000
"""The complete tier has all small configurations of an operator where these are no more; else so many, drawn from all."""

ILLEGAL = 0.25
"""The share of drawn configurations whose preconditions are left to chance."""

RARELY = 40
"""Of every so many configurations one is called with further dtypes, and wrongly."""

KINDS = ("holes", "integer", "large", "limits", "brink", "flat", "ends")
"""Kinds of data beside dense floats: with a NaN, small integers, those whose products leave int64, the ends of int64, those of
which some number of products stays just inside, one number of which float32 has no exact sums, floats near overflow or
subnormal."""

EACH = 3
"""So many kinds, drawn anew, are put into every configuration."""

MOST_TERMS = 12
"""Sums of up to so many products are brought to the brink of int64."""

DTYPES = ("float32", "float16", "bool")
"""Further dtypes; kernels refuse some of them."""

COMPLEX_IN = 5
"""Of every so many configurations one is called with complex numbers, where these are legal; elsewhere one in `RARELY`."""

SCALES = (0.0, 1022.0, -1022.0, -1060.0)
"""Binary exponents of floats at the ends."""

SOME = 300
"""On how many small calls it is looked for whether they run a statement."""

Shapes = Mapping[str, tuple[int, ...]]
Call = tuple[dict[str, np.ndarray], dict[str, Any]]


@dataclass(frozen=True)
class Shown:
    """How many calls were compared, and the first on which two kernels differ, in words."""

    calls: int
    call: str | None = None


def argument(name: str) -> str:
    """Return the written argument that a mutant is equivalent, or nothing."""
    return ARGUMENTS.get(name, "")


def is_complete(record: OperatorSpec) -> bool:
    """Whether the small calls of a record have all small configurations, not some that are drawn from them."""
    return _count(record) <= MOST


def difference(edit: Systematic, record: OperatorSpec, call: Caller) -> Shown:
    """Compare a mutant with the right kernel on the complete tier: errors, and results bit for bit but for signs of zero.

    The right kernel is taken where the edit is tried: of two ways to compute, the one that is edited.
    """
    right, calls = in_process(plain_function(record.name, edit.companions)), 0
    for arrays, options in small_calls(record):
        calls += 1
        values = list(arrays.values())
        if _seen(call(values, options)) != _seen(right(values, options)):
            shapes = ", ".join(f"{name} {a.dtype}{a.shape}" for name, a in arrays.items())
            return Shown(calls, f"{record.name}({shapes}, {options})")
    return Shown(calls)


def runs_on(edit: Systematic, name: str) -> bool:
    """Whether the statement that an edit changes runs on some of the small calls of an operator."""
    seen, function = set[int](), plain_function(name, edit.companions)
    file, (first, last) = str(SOURCES / f"{edit.module}.py"), edit.lines

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        if frame.f_code.co_filename != file:
            return None
        seen.add(frame.f_lineno)
        return trace

    for arrays, options in some_calls(operator(name)):
        sys.settrace(trace)
        try:
            in_process(function)(list(arrays.values()), options)
        finally:
            sys.settrace(None)
        if not seen.isdisjoint(range(first, last + 1)):
            return True
    return False


@cache
def some_calls(record: OperatorSpec) -> list[Call]:
    """Return some of the small calls, drawn from all over them; all, where there are few."""
    calls = list(small_calls(record))
    return random.Random(record.name).sample(calls, min(SOME, len(calls)))


def _seen(answer: Answer) -> tuple[Any, ...]:
    """Return what a caller sees of an answer."""
    if answer.kind != "value":
        return answer.kind, answer.error, answer.changed
    results = answer.value if isinstance(answer.value, tuple) else (answer.value,)
    forms = tuple((r.dtype.str, r.shape, _without_signs(r).tobytes()) for r in map(np.asarray, results))
    return len(results), forms, answer.changed


def _without_signs(result: np.ndarray) -> np.ndarray:
    if result.dtype.kind in "iu":
        return result
    return np.where(result == result, result + 0, np.nan).astype(result.dtype)


# ---- the complete tier ----


def small_calls(record: OperatorSpec) -> Iterator[Call]:
    """Yield calls of small sizes and options on floats and on integers; of some, illegal calls near them."""
    generator = random.Random(record.name)
    for turn, (values, words) in enumerate(_configurations(record)):
        shapes = _shapes(record, values)
        if shapes is None:
            continue
        options = _said(record, canonical_options(record, values, words), turn)
        domains = _domains(record, values)
        kinds = ["dense", *generator.sample(KINDS, EACH)]
        rarely = turn % RARELY == 0
        for kind in (*kinds, *DTYPES) if rarely else kinds:
            yield _arrays(shapes, domains, kind, turn), options
        if turn % COMPLEX_IN == 0 if "complex" in record.numbers else rarely:
            real = {array.name for array in record.inputs if array.real or array.below is not None}
            for kind in ("dense", "ends"):
                yield _complex(shapes, domains, kind, turn, real), options
        if rarely:
            yield from _illegal(record, shapes, options, domains)


def _said(record: OperatorSpec, options: dict[str, Any], turn: int) -> dict[str, Any]:
    """Return options as users write them: every other time without the defaults, and at times a word for a number."""
    parameters = [p for p in record.parameters if isinstance(p, Parameter)]
    for parameter in parameters:
        words = [word for word in parameter.named if word is not None]
        if words and turn % 5 == 4:
            options[parameter.keyword] = words[turn % len(words)]
    usual = {p.keyword: _usual(p, options[p.keyword]) for p in parameters} | {
        p.keyword: options[p.keyword] == p.default for p in record.parameters if not isinstance(p, Parameter)
    }
    return {name: value for name, value in options.items() if turn % 2 or not usual[name]}


def _usual(parameter: Parameter, value: Any) -> bool:
    entries = value if isinstance(value, tuple) else (value,)
    flat = [e for entry in entries for e in (entry if isinstance(entry, tuple) else (entry,))]
    return all(entry == parameter.default for entry in flat)


def _illegal(
    record: OperatorSpec, shapes: Shapes, options: dict[str, Any], domains: Mapping[str, Domain]
) -> Iterator[Call]:
    with suppress(IllegalCallError, TypeError):
        configuration = bind(record, shapes, options)
        dtypes = {name: "int64" if name in record.index_inputs else "float64" for name in shapes}
        case = Case(configuration, shapes, options, dtypes, dict.fromkeys(shapes, "contiguous"), (), 0)
        for broken in offences(case):
            arrays = _arrays(broken.shapes, domains, "dense")
            if broken.entry is not None:
                arrays[broken.entry[0]].flat[-1] = broken.entry[1]
            yield arrays, dict(broken.options)


def _configurations(record: OperatorSpec) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield the values of all letters, and the words: as they are, legal or not, or with the preconditions solved."""
    every, spans = _words(record), _spans(record)
    total, generator = _count(record), random.Random(record.name)
    for number_ in range(total) if total <= MOST else generator.sample(range(total), MOST):
        rest, turn = divmod(number_, len(every))
        values: dict[str, Any] = constants(record, every[turn])
        for name, span in spans.items():
            rest, place = divmod(rest, len(span))
            values.setdefault(name, span[place])
        for found in _solutions(record, every[turn], values, generator, total <= MOST):
            with suppress(ArithmeticError, ValueError):
                yield found | derived_letters(record, every[turn], found), every[turn]


def _words(record: OperatorSpec) -> list[dict[str, str]]:
    """Return all combinations of words."""
    choices = [p for p in record.parameters if isinstance(p, Choice)]
    combinations = product(*(p.options for p in choices))
    return [{p.keyword: word for p, word in zip(choices, words, strict=True)} for words in combinations]


def _spans(record: OperatorSpec) -> dict[str, tuple[Any, ...]]:
    """Return what every letter and every real option is drawn from."""
    letters = {symbol.name: span for symbol, span in letter_spans(record).items()}
    return letters | {option.symbol.name: reals(option) for option in record.reals}


def _count(record: OperatorSpec) -> int:
    """Return the number of small configurations, before the preconditions are solved."""
    return len(_words(record)) * prod(map(len, _spans(record).values()))


def _solutions(
    record: OperatorSpec, words: Mapping[str, Any], values: dict[str, Any], generator: random.Random, every: bool
) -> list[dict[str, Any]]:
    """Return the values as they are and with all preconditions solved; or of all these one, mostly legal."""
    solved = list(solved_values(record, words, values))
    if every:
        return [values, *solved]
    return [values] if generator.random() < ILLEGAL else [generator.choice(solved)]


def _shapes(record: OperatorSpec, values: Mapping[str, Any]) -> dict[str, tuple[int, ...]] | None:
    """Return the shapes of all inputs, or None where a size is negative."""
    shapes = {a.name: tuple(number(axis, values) for axis in a.axes) for a in record.inputs}
    return shapes if all(size >= 0 for shape in shapes.values() for size in shape) else None


def _domains(record: OperatorSpec, values: Mapping[str, Any]) -> dict[str, Domain]:
    return {
        a.name: Domain(None if a.below is None else max(1, number(a.below, values)), a.least) for a in record.inputs
    }


def _arrays(shapes: Shapes, domains: Mapping[str, Domain], kind: str, turn: int = 0) -> dict[str, np.ndarray]:
    """Return arrays of a kind of data; indices where the record wants them."""
    generator = np.random.default_rng(turn)
    return {name: _array(generator, shape, domains[name], kind, turn) for name, shape in shapes.items()}


def _complex(
    shapes: Shapes, domains: Mapping[str, Domain], kind: str, turn: int, real: set[str]
) -> dict[str, np.ndarray]:
    """Return arrays of complex numbers with parts of a kind; real ones where the record wants them."""
    parts, others = (_arrays(shapes, domains, kind, seed) for seed in (turn, turn + 1))
    return {name: part if name in real else part + 1j * others[name] for name, part in parts.items()}


def _array(generator: np.random.Generator, shape: tuple[int, ...], domain: Domain, kind: str, turn: int) -> np.ndarray:
    if domain.below is not None:
        return generator.integers(0, domain.below, shape)
    least, span = (-1, 2) if domain.least is None else (domain.least, 1)
    if kind == "integer":
        return generator.integers(9 * least, 10, shape)
    if kind == "large":
        return generator.integers(least << 33, span << 33, shape)
    if kind == "brink":
        return isqrt((1 << 63) // (1 + turn % MOST_TERMS)) - generator.integers(0, 3, shape)
    if kind == "flat":
        return np.full(shape, np.float32(0.1))
    if kind == "limits":
        return generator.choice(np.array([-(1 << 63) if least < 0 else 0, (1 << 63) - 1, 0, 1]), shape)
    data = generator.standard_normal(shape)
    data = data if domain.least is None else np.abs(data) + domain.least
    if kind == "holes" and data.size:
        data.flat[data.size // 2] = np.nan
    if kind == "ends":
        return np.clip(data, -1.9, 1.9) * 2.0 ** generator.choice(SCALES)
    return data.astype(kind) if kind in DTYPES else data
