"""The laws of layers, interpreted on a subject: how far a result may stray from them follows from the bounds of its values."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from math import frexp
from typing import Any

import numpy as np
from flint import arb, ctx, fmpq
from sympy import Expr, N, Rational, lambdify

from convoracle.spec.algorithm_classes import EXACT_ON_INTEGERS
from convoracle.spec.configuration import Configuration, IllegalCallError, bind, constants
from convoracle.spec.dual import tangent
from convoracle.spec.enclosure import PRECISIONS
from convoracle.spec.laws import AMOUNT, VALUE, Contraction, Gradient, Law, Transformed
from convoracle.spec.rounded import each
from convoracle.spec.rounding import format_of

from . import families
from .case import Case, canonical_options, rebuilt
from .results import forms_wrong, greatest_count, output_shapes, outputs_of, result_dtypes
from .slack import enclosed_bounds
from .subject import Judged
from .universal import Checked, Failure

Arrays = dict[str, np.ndarray]

AMOUNTS = 3
"""The letter of a `Transformed` law is 1 .. this."""

CONTRACTED = ("normal", "ties", "integers", "far")
"""Families of the two points whose images are compared."""

NEARNESS = 2.0**-6
"""Half of the time the second point is this share of the way from the first: slopes show between near points."""

DISTINCT = 0.375
"""Entries that stand for no tie are this far beyond an integer, so that none is zero or an option."""


@dataclass(frozen=True)
class Outcome:
    """One result of a call, flat, and how far each element may be off."""

    values: np.ndarray
    bounds: np.ndarray


def outcome(judged: Judged, case: Case, arrays: Arrays, output: int = 0) -> Outcome | None:
    """Call the subject; None where the call is unsupported or fails, or elements may be infinite or lost."""
    described = {name: (array.shape, str(array.dtype)) for name, array in arrays.items()}
    if any(0 in array.shape for array in arrays.values()) or judged.unsupported(
        case.configuration, described, case.options
    ):
        return None
    bounds = _bounds(judged, case.configuration, arrays, output)
    if bounds is None or not bounds.size:
        return None
    answer = judged.answer(arrays, case.options)
    if forms_wrong(judged, case, arrays, answer) is not None:
        return None
    return Outcome(np.array(outputs_of(answer)[output]).ravel(), bounds)  # a copy: a later call may overwrite it


def in_parts(found: Outcome) -> Outcome:
    """Return the real parts of complex entries, then the imaginary ones; real entries as they are."""
    if not np.iscomplexobj(found.values):
        return found
    return Outcome(np.concatenate([found.values.real, found.values.imag]), np.tile(found.bounds, 2))


def _bounds(judged: Judged, configuration: Configuration, arrays: Arrays, output: int) -> np.ndarray | None:
    """Return how far a right result may be off, flat; None where it may be anything, or is NaN or infinite.

    For all data, not only the small integers on which sums of products are exact.
    """
    rules = judged.rules(result_dtypes(judged, configuration, arrays)[output])
    if rules.algorithm not in EXACT_ON_INTEGERS and configuration.record.sums_products:
        return None
    bounds = enclosed_bounds(configuration, arrays, rules, output)
    return None if bounds is None else bounds.ravel()


def checked(law: Law, case: Case, arrays: Arrays, broken: str | None) -> Checked:
    """Return that the law holds, or fails as `broken` says."""
    if broken is None:
        return Checked(law.name)
    message = f"the law fails: {law.statement}; {broken}"
    return Checked(law.name, Failure(law.name, message, case, arrays, case.options))


def first_beyond(error: np.ndarray, slack: np.ndarray) -> str | None:
    """Return where one ball is certainly above the other, or is no number."""
    for place, (e, s) in enumerate(zip(error, slack, strict=True)):
        if e > s or not e.is_finite():
            return f"element {place} is off by {float(e):.6g}, more than {float(s):.6g}"
    return None


# ---- f(g(x)) = h(f(x)) ----


def transformed(judged: Judged, case: Case, law: Transformed) -> Iterator[Checked]:
    """Check ``|f(g(x)) - h(f(x))| <= b(g(x)) + |h'| b(x)`` on small integers or binary fractions, b the bounds of both calls.

    g maps them to numbers of the format. Where h is not affine, g and h increase and f selects: then f(g(x)) is
    compared with h(f(x)), both maps rounded once, which commutes with selections.
    """
    amount = 1 + case.seed % AMOUNTS
    case = _with_words(case, law.words)
    changed = _with_options(case, law.options, amount)
    if changed is None or law.wrt not in case.shapes:
        return
    tied = judged.spared("ties")  # the subject answers otherwise where entries are equal, or zero
    before = _without_ties(case, np.random.default_rng(case.seed)) if tied else _small_integers(case)
    if tied and any(array.dtype.kind in "iu" for array in before.values()):
        return
    maps = {law.wrt: law.inner, **law.others}
    after = {name: _mapped(maps[name], amount, v) if name in maps else v for name, v in before.items()}
    first = outcome(judged, case, before)
    second = outcome(judged, changed, after) if first else None
    if first is None or second is None:
        return
    coefficients = _affine(law.outer, amount)
    if coefficients is not None:
        yield checked(law, changed, after, _beyond_bounds(first, second, *coefficients))
    elif not np.any(first.bounds) and not np.any(second.bounds):
        selected = first.values.astype(after[law.wrt].dtype)
        yield checked(law, changed, after, _differing(_mapped(law.outer, amount, selected), second.values))


def _with_words(case: Case, words: Mapping[str, Any]) -> Case:
    """Return the case that a law is about: with its words of choices, and arrays of the sizes that these ask for."""
    if not words:
        return case
    chosen = {**case.configuration.words, **words}
    return rebuilt(case, {**case.configuration.values, **constants(case.record, chosen)}, chosen)


def _with_options(case: Case, options: Mapping[str, Any], amount: int) -> Case | None:
    """Return the case with the options of f(g(x)), real numbers all, or None where the call is illegal."""
    letters = {**case.configuration.values, AMOUNT.name: amount}
    changed = {**case.options, **{keyword: float(_exact(expr, letters)) for keyword, expr in options.items()}}
    try:
        return replace(case, configuration=bind(case.record, case.shapes, changed), options=changed)
    except IllegalCallError:
        return None


def _exact(expr: Expr, values: Mapping[str, Any]) -> Expr:
    """Return a number: an expression whose letters have values, by name."""
    return expr.xreplace({s: Rational(values[s.name]) for s in expr.free_symbols})


def _small_integers(case: Case) -> Arrays:
    """Return integers on which sums are exact; in every second case single digits, among which exponentials differ little."""
    precision = format_of(np.result_type(*(d for n, d in case.dtypes.items() if n in case.shapes))).precision
    terms = greatest_count(case) if case.seed % 2 else 2 ** (precision - 6)
    return families.draw("integers", case.shapes, case.dtypes, terms, case.seed, case.domains)


@lru_cache(maxsize=1024)
def _compiled(expr: Expr) -> Callable[[float, int], float]:
    return lambdify((VALUE, AMOUNT), expr, modules="math")


def _mapped(expr: Expr, amount: int, values: np.ndarray) -> np.ndarray:
    """Return a map of every entry, rounded to the dtype of the array."""
    function = _compiled(expr)
    mapped = [function(value, amount) for value in values.ravel().tolist()]
    return np.array(mapped, np.float64).astype(values.dtype).reshape(values.shape)


@lru_cache(maxsize=1024)
def _affine(expr: Expr, amount: int) -> tuple[arb, arb] | None:
    """Return the slope and the constant of a map, None where it is not affine."""
    slope = expr.subs(AMOUNT, amount).diff(VALUE)
    offset = expr.subs({AMOUNT: amount, VALUE: 0})
    return (_ball(slope), _ball(offset)) if slope.is_Rational and offset.is_Rational else None


def _ball(number: Rational) -> arb:
    return arb(fmpq(int(number.p), int(number.q)))


def _beyond_bounds(first: Outcome, second: Outcome, slope: arb, offset: arb) -> str | None:
    error = abs(each(arb, second.values) - (slope * each(arb, first.values) + offset))
    return first_beyond(error, each(arb, second.bounds) + abs(slope) * each(arb, first.bounds))


def _differing(expected: np.ndarray, got: np.ndarray) -> str | None:
    return next(
        (f"element {k} is {g}, not {e}" for k, (e, g) in enumerate(zip(expected, got, strict=True)) if e != g), None
    )


# ---- ||f(x) - f(y)|| <= constant ||x - y|| ----


def contraction(judged: Judged, case: Case, law: Contraction) -> Iterator[Checked]:
    """Check that two points are not driven apart by more than the constant, and what both results may be off."""
    if law.wrt not in case.shapes:
        return
    x, y = _two_points(case, law.wrt)
    first = outcome(judged, case, x)
    second = outcome(judged, case, y) if first else None
    if first is None or second is None:
        return
    first, second = in_parts(first), in_parts(second)
    apart = each(arb, second.values) - each(arb, first.values)
    moved = each(arb, y[law.wrt]) - each(arb, x[law.wrt])
    slack = each(arb, first.bounds) + each(arb, second.bounds)
    norm, constant = _NORMS[law.norm], _constant(law.constant, case.configuration)
    yield checked(law, case, y, first_beyond(norm(apart), constant * norm(moved) + norm(slack)))


def _two_points(case: Case, wrt: str) -> tuple[Arrays, Arrays]:
    """Return inputs that differ in one array only."""
    family, near = CONTRACTED[case.seed % len(CONTRACTED)], case.seed // len(CONTRACTED) % 2
    draws = (
        families.draw(family, case.shapes, case.dtypes, greatest_count(case), case.seed + salt, case.domains)
        for salt in (0, 1)
    )
    first, second = draws
    x, y = first[wrt], second[wrt]
    return first, {**first, wrt: (x + NEARNESS * (y - x)).astype(x.dtype) if near else y}


def _entries(balls: np.ndarray) -> np.ndarray:
    return abs(balls)


def _largest(balls: np.ndarray) -> np.ndarray:
    largest = abs(balls[0])
    for ball in balls[1:]:
        largest = largest.max(abs(ball))
    return np.array([largest], object)


def _euclidean(balls: np.ndarray) -> np.ndarray:
    return np.array([sum((ball * ball for ball in balls), arb(0)).sqrt()], object)


_NORMS: dict[str, Callable[[np.ndarray], np.ndarray]] = {"entry": _entries, "sup": _largest, "l2": _euclidean}


def _constant(expr: Expr, configuration: Configuration) -> arb:
    """Return the constant of a law at the options of a call."""
    value = _exact(expr, configuration.values)
    return _ball(value) if value.is_Rational else arb(str(N(value, 100)))  # more digits than a ball tells apart


# ---- <J v, dy> = <v, g(dy)> ----


def gradient(judged: Judged, case: Case, law: Gradient) -> Iterator[Checked]:
    """Check the gradient that the subject offers against the derivative of the definition, in a random direction.

    The data have no ties and no zeros, where a definition has a derivative.
    """
    other = judged if law.gradient is judged.record else judged.others(law.gradient.name)
    if other is None or law.wrt not in case.shapes:
        return
    generator = np.random.default_rng(case.seed)
    arrays = _without_ties(case, generator)
    direction = _digits(generator, case.shapes[law.wrt])
    called, given = _backward(case, law, arrays, generator)
    found = outcome(other, called, given, law.part)
    if found is None:
        return
    _, slopes = tangent(case.configuration, arrays, {law.wrt: direction})[law.output]
    if not all(slope.is_finite() for slope in slopes.flat):
        return
    v, dy = each(arb, direction), each(arb, next(iter(given.values())))
    error = abs(_dot(slopes.ravel(), dy) - _dot(v, each(arb, found.values)))
    slack = _dot(abs(v), each(arb, found.bounds))
    yield checked(law, called, given, first_beyond(np.array([error]), np.array([slack])))


def _digits(generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return generator.integers(-3, 3, shape, endpoint=True).astype(np.float64)


def _without_ties(case: Case, generator: np.random.Generator) -> Arrays:
    """Return data within -8 .. 8 whose entries, and their moduli, differ and are not zero; index arrays are any."""
    drawn = families.draw("integers", case.shapes, case.dtypes, greatest_count(case), case.seed, case.domains)
    return {name: v if v.dtype.kind in "iu" else _distinct(v, case, name, generator) for name, v in drawn.items()}


def _distinct(values: np.ndarray, case: Case, name: str, generator: np.random.Generator) -> np.ndarray:
    size = values.size
    scale = 2.0 ** -max(0, frexp(size / 16)[1])
    entries = (generator.permutation(size) - size // 2 + DISTINCT) * scale
    least = case.domains[name].least if name in case.domains else None
    return (entries if least is None else abs(entries) + least).astype(values.dtype).reshape(values.shape)


def _backward(case: Case, law: Gradient, arrays: Arrays, generator: np.random.Generator) -> tuple[Case, Arrays]:
    """Return the call of the gradient that belongs to a call of the operator; the gradient of the output comes first."""
    dtype = np.result_type(*(v for v in arrays.values() if v.dtype.kind == "f"))
    dy = _digits(generator, output_shapes(case)[law.output]).astype(dtype)
    name, *_ = (array.name for array in law.gradient.inputs)
    given = {name: dy, **{array.name: arrays[array.name] for array in law.gradient.inputs if array.name in arrays}}
    options = canonical_options(law.gradient, case.configuration.values, case.configuration.words)
    shapes = {n: array.shape for n, array in given.items()}
    return replace(
        case,
        configuration=bind(law.gradient, shapes, options),
        shapes=shapes,
        options=options,
        dtypes={n: str(array.dtype) for n, array in given.items()},
        layouts=dict.fromkeys(given, "contiguous"),
    ), given


def _dot(a: np.ndarray, b: np.ndarray) -> arb:
    return sum((p * q for p, q in zip(a, b, strict=True)), arb(0))


def precisely(interpreter: Callable[..., Iterator[Checked]]) -> Callable[..., Iterator[Checked]]:
    """Return an interpreter that computes with the balls of enclosures at their precision, whatever ran before."""

    def interpreted(judged: Judged, case: Case, law: Law) -> Iterator[Checked]:
        with ctx.workprec(PRECISIONS[0]):
            found = list(interpreter(judged, case, law))
        return iter(found)

    return interpreted


LAYER_INTERPRETERS: dict[type, Callable[..., Iterator[Checked]]] = {
    Transformed: precisely(transformed),
    Contraction: precisely(contraction),
    Gradient: precisely(gradient),
}
