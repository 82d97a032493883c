"""The laws of spec, interpreted on a subject: one interpreter per kind of law, on integers, on which sums of products are exact.

Definitions that are more than sums of products round even on integers; there results are equal up to the bounds of both.
"""

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from math import prod
from typing import Any

import numpy as np

from convoracle.spec.algorithm_classes import EXACT_ON_INTEGERS
from convoracle.spec.code import number
from convoracle.spec.configuration import Configuration, IllegalCallError, bind
from convoracle.spec.enclosure import enclose
from convoracle.spec.evaluate import evaluate
from convoracle.spec.laws import Adjoint, Associative, Law, Linear, Rearrangement
from convoracle.spec.records import OperatorSpec
from convoracle.spec.rounded import Enclosure
from convoracle.spec.rounding import BINARY64, Arithmetic

from . import families
from .case import Case, canonical_options, rebuilt
from .fourier_interpreters import FOURIER_INTERPRETERS
from .layer_interpreters import LAYER_INTERPRETERS
from .placements import concrete, free_letters, gather, place
from .results import forms_wrong, greatest_count, outputs_of, result_dtypes
from .scattering_interpreters import SCATTERING_INTERPRETERS
from .slack import bounds_of, close
from .subject import Judged
from .universal import Checked, Failure
from .wavelet_interpreters import WAVELET_INTERPRETERS

Arrays = dict[str, np.ndarray]


def check_law(judged: Judged, case: Case, law: Law) -> Iterator[Checked]:
    """Check one law on one case; yields nothing where the case has nothing to say about it.

    Sums of small integers are exact for some classes only; for another class the values within their bounds say it all.
    """
    if judged.algorithm not in EXACT_ON_INTEGERS:
        return
    if all(dtype.startswith("float") for dtype in case.number_dtypes):
        try:
            yield from _INTERPRETERS[type(law)](judged, case, law)
        except _UnsupportedError:
            return


def _integers(case: Case, salt: int, headroom: int = 1) -> Arrays:
    terms = greatest_count(case) * headroom
    return families.draw("integers", case.shapes, case.dtypes, terms, case.seed + salt, case.domains)


class _UnsupportedError(Exception):
    """The law needs a call that the subject declares not to support."""


def _call(judged: Judged, record: OperatorSpec, arrays: Arrays, options: Mapping[str, Any]) -> np.ndarray | None:
    """Return what the subject computes, what the record says if the subject lacks the operator, or None if the call fails."""
    ordered = {a.name: arrays[a.name] for a in record.inputs if a.name in arrays}
    other = judged if record is judged.record else judged.others(record.name)
    configuration = bind(record, {name: array.shape for name, array in ordered.items()}, options)
    if other is None:
        return _true(configuration, ordered)
    described = {name: (array.shape, str(array.dtype)) for name, array in ordered.items()}
    if other.unsupported(configuration, described, options):
        raise _UnsupportedError
    answer = other.answer(ordered, options)
    value = outputs_of(answer)[0]
    if answer.kind != "value" or not _is_numeric(value) or value.size != prod(configuration.output_shape):
        return None  # the universal laws tell of it
    return np.array(value).reshape(configuration.output_shape)  # a copy: a later call may overwrite it


def _is_numeric(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind in "iufc"


def _true(configuration: Configuration, arrays: Arrays) -> np.ndarray:
    """Return the float64 next to the first output of a definition."""
    if configuration.record.sums_products:
        return evaluate(configuration, arrays).high
    enclosure = enclose(configuration, arrays, Arithmetic(BINARY64))[0]
    if isinstance(enclosure, np.ndarray):
        return enclosure
    if isinstance(enclosure, tuple):
        real, imaginary = map(_middle, enclosure)
        return real + 1j * imaginary
    return _middle(enclosure)


def _middle(enclosure: Enclosure) -> np.ndarray:
    return np.array([float(value.mid()) for value in enclosure.values]).reshape(enclosure.shape)


def _judged_call(judged: Judged, case: Case, arrays: Arrays) -> np.ndarray | None:
    described = {name: (shape, case.dtypes[name]) for name, shape in case.shapes.items()}
    if judged.unsupported(case.configuration, described, case.options):
        raise _UnsupportedError
    answer = judged.answer(arrays, case.options)
    return None if forms_wrong(judged, case, arrays, answer) is not None else outputs_of(answer)[0].copy()


def _agree(judged: Judged, case: Case, arrays: Arrays, value: np.ndarray, other: np.ndarray) -> bool:
    """Whether another way to the first output of a call gives the same: equal, or as near as two right results are."""
    if np.array_equal(value, other):
        return True
    if case.record.sums_products:
        return False
    bounds = bounds_of(case.configuration, arrays, judged.rules(value.dtype))
    return bounds is None or close(value, other, 2 * bounds)


def _rearrangement(judged: Judged, case: Case, law: Rearrangement) -> Iterator[Checked]:
    adapted = _adapted(case, law)
    if adapted is None:
        return
    values = adapted.configuration.values
    values = {**values, **free_letters(law.free, values, adapted.seed)}
    arrays = _integers(adapted, 1)
    left = _judged_call(judged, adapted, arrays)
    if left is None:
        return
    named = {a.name: _lifted(adapted, a.name, arrays) for a in law.operator.inputs if a.name in arrays}
    placed = {name: place(p, named[p.name], values) for name, p in law.arrays.items() if p.name in named}
    passed = {a.name: placed.get(a.name, named.get(a.name)) for a in law.other.inputs if a.name not in law.without}
    rank = len(next(iter(adapted.shapes.values()))) if not law.operator.batched else None
    given = {
        name: array if rank is None or prod(array.shape[: 3 - rank]) != 1 else array.reshape(array.shape[3 - rank :])
        for name, array in passed.items()
        if array is not None
    }
    options = canonical_options_of(law, adapted)
    options |= {k: concrete(v, values) for k, v in law.options.items()}
    right = _call(judged, law.other, given, options)
    if right is None:
        message = f"{law.other.name} gives no result of the right size where the law needs one"
        yield Checked(law.name, Failure(law.name, message, adapted, arrays, adapted.options))
        return
    letters = law.operator.definition[-1].target.indices
    whole = left.reshape(adapted.configuration.output_shape)
    expected = gather(right, letters, law.index or letters, whole.shape, values)
    message = f"the law fails: {law.statement}"
    yield Checked(
        law.name,
        None
        if _agree(judged, adapted, arrays, whole, expected)
        else Failure(law.name, message, adapted, arrays, adapted.options),
    )


def canonical_options_of(law: Rearrangement, case: Case) -> dict[str, Any]:
    """Return the options of the other call that stay as they are."""
    known = {p.keyword for p in law.operator.parameters} - set(law.without)
    values = {**case.configuration.values}
    shared = [p for p in law.other.parameters if p.keyword in known and p.keyword not in law.options]
    everything = canonical_options(law.operator, values, case.configuration.words)
    return {p.keyword: everything[p.keyword] for p in shared}


def _lifted(case: Case, name: str, arrays: Arrays) -> np.ndarray:
    """Return an input with all the axes of the record."""
    return arrays[name].reshape(case.configuration.shapes[name])


def _adapted(case: Case, law: Rearrangement) -> Case | None:
    """Return the nearest case that the law is about, or None."""
    words = {**case.configuration.words, **law.words}
    values = dict(case.configuration.values)
    for symbol, expr in law.solved:
        values[symbol.name] = number(expr, values)
    without = tuple(name for name in law.without if name in case.shapes)
    try:
        adapted = rebuilt(case, values, words, without=without)
    except IllegalCallError:
        return None
    legal = bool(adapted.configuration.output_shape) and number(law.when, adapted.configuration.values)
    return adapted if legal else None


def _without_bias(case: Case) -> Case:
    optional = tuple(a.name for a in case.record.inputs if a.optional and a.name in case.shapes)
    return rebuilt(case, case.configuration.values, case.configuration.words, without=optional) if optional else case


def _linear(judged: Judged, case: Case, law: Linear) -> Iterator[Checked]:
    case = _without_bias(case)
    first, second = _integers(case, 2, 16), _integers(case, 3, 16)
    combined = {**first, law.wrt: 3 * first[law.wrt] + second[law.wrt]}
    other = {**first, law.wrt: second[law.wrt]}
    calls = [_judged_call(judged, case, arrays) for arrays in (combined, first, other)]
    whole, one, two = calls
    if whole is None or one is None or two is None:
        return
    bounds = [_bounds(judged, case, arrays) for arrays in (combined, first, other)]
    if any(bound is None for bound in bounds):
        return
    a, b, c = bounds
    with np.errstate(all="ignore"):
        wide = np.complex128 if np.iscomplexobj(whole) else np.float64
        thrice, rest = 3 * one.astype(wide), two.astype(wide)
        rounded = 2.0**-52 * (np.abs(thrice) + np.abs(rest))  # by this product and the sum, which may cancel
        slack = a + 3 * b + c + rounded
        holds = np.array_equal(whole, 3 * one + two) or close(whole.astype(wide), thrice + rest, slack)
    message = f"the law fails: {law.statement}"
    yield Checked(law.name, None if holds else Failure(law.name, message, case, combined, case.options))


def _bounds(judged: Judged, case: Case, arrays: Arrays) -> Any:
    return bounds_of(case.configuration, arrays, judged.rules(result_dtypes(judged, case.configuration, arrays)[0]))


def _adjoint(judged: Judged, case: Case, law: Adjoint) -> Iterator[Checked]:
    case = _without_bias(case)
    arrays = _integers(case, 4)
    forward = _judged_call(judged, case, arrays)
    if forward is None:
        return
    generator = np.random.default_rng(case.seed)
    test = generator.integers(-3, 3, forward.shape, endpoint=True).astype(forward.dtype)
    out = law.operator.output.name
    name = next(a.name for a in law.gradient.inputs if a.name in (f"d{out}", out.removeprefix("d")))
    given = {name: test, **{a.name: arrays[a.name] for a in law.gradient.inputs if a.name in arrays and a.name != name}}
    options = canonical_options(law.gradient, case.configuration.values, case.configuration.words)
    backward = _call(judged, law.gradient, given, options)
    message = f"the law fails: {law.statement}"
    holds = backward is not None and backward.shape == arrays[law.wrt].shape
    if holds:
        assert backward is not None
        bound = _bounds(judged, case, arrays)
        back = bounds_of(
            bind(law.gradient, {n: v.shape for n, v in given.items()}, options), given, judged.rules(backward.dtype)
        )
        if bound is None or back is None:
            return
        slack = _dot(bound, np.abs(test)) + _dot(back, np.abs(arrays[law.wrt]))
        holds = abs(_dot(forward, test) - _dot(arrays[law.wrt], backward)) <= slack
    yield Checked(law.name, None if holds else Failure(law.name, message, case, arrays, case.options))


def _dot(a: np.ndarray, b: np.ndarray) -> Fraction:
    """Return an inner product exactly, without the products that are not finite."""
    with np.errstate(all="ignore"):
        products = a.astype(np.float64) * b.astype(np.float64)
        whole = all(bool(np.all(values == np.rint(values))) for values in (a, b))
        if whole and np.sum(np.abs(products)) < 2.0**53:
            return Fraction(float(np.sum(products)))  # every partial sum is an integer that a float64 holds
    pairs = zip(a.ravel().tolist(), b.ravel().tolist(), strict=True)
    return sum((Fraction(p) * Fraction(q) for p, q in pairs if np.isfinite(p * q)), Fraction(0))


def _associative(judged: Judged, case: Case, law: Associative) -> Iterator[Checked]:
    rank = len(next(iter(case.shapes.values())))
    x, h = _integers(case, 5, 1 << 10).values()
    g = np.random.default_rng(case.seed).integers(-3, 3, (2,) * rank, endpoint=True).astype(h.dtype)

    def combine(a: np.ndarray | None, b: np.ndarray | None) -> np.ndarray | None:
        if a is None or b is None:
            return None
        lowered = {name: v.reshape(v.shape[v.ndim - rank :]) for name, v in (("x", a), ("h", b))}
        return _call(judged, law.operator, lowered, law.options)

    left, right = combine(combine(x, h), g), combine(x, combine(h, g))
    if left is None or right is None:
        return
    message = f"the law fails: {law.statement}"
    failure = None if np.array_equal(left, right) else Failure(law.name, message, case, {"x": x, "h": h}, case.options)
    yield Checked(law.name, failure)


_INTERPRETERS: dict[type, Callable[..., Iterator[Checked]]] = {
    Rearrangement: _rearrangement,
    Linear: _linear,
    Adjoint: _adjoint,
    Associative: _associative,
    **LAYER_INTERPRETERS,
    **FOURIER_INTERPRETERS,
    **SCATTERING_INTERPRETERS,
    **WAVELET_INTERPRETERS,
}
