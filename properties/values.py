"""Is this output the value of the definition? Decided element by element, exactly where floating point leaves a doubt."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import inf, isfinite, isnan, nan
from typing import Any

import numpy as np

from convoracle.spec.algorithm_classes import SPREADING, by_gauss, grown, pairwise_count
from convoracle.spec.configuration import Configuration
from convoracle.spec.enclosure import integer_outputs
from convoracle.spec.evaluate import (
    Evaluation,
    ExactElement,
    evaluate,
    evaluate_complex,
    exact_element,
    special_values,
    summands,
)
from convoracle.spec.rounding import Arithmetic, direct_bound_exact

from .bounds import Rules, bound_of, doubles_of, loses_operands, reach_of, sums_exactly

Arrays = Mapping[str, np.ndarray]

HISTOGRAM_EDGES = (*(x / 2 for x in range(-16, 2)), inf)
"""Edges of the histogram of log10(err / bound); smaller errors, and none, are counted in the first bin."""


@dataclass(frozen=True)
class Mismatch:
    """One element that is wrong: where, what was got, the exact value, the error and the bound; and of which output."""

    index: tuple[int, ...]
    got: Any
    expected: Any
    error: float
    bound: float
    output: int = 0


@dataclass
class Judgement:
    """What judging one output found; counts say which stage decided each element."""

    mismatch: Mismatch | None = None
    wrong: int = 0
    elements: int = 0
    double_double: int = 0
    exact: int = 0
    integer: int = 0
    enclosed: int = 0
    unjudged: int = 0
    worst: float = 0.0
    worst_relative: float = 0.0
    ulps: float = 0.0  # the least accuracy class of elementary functions that explains the errors
    histogram: np.ndarray = field(default_factory=lambda: np.zeros(len(HISTOGRAM_EDGES) - 1, np.int64))


def judge_integers(
    configuration: Configuration, arrays: Arrays, got: tuple[np.ndarray, ...], rules: Rules
) -> Judgement:
    """Judge results of integer dtypes: equal to the exact integers, or to them modulo 2**bits where the subject says so."""
    judgement = Judgement()
    for place, (output, exact) in enumerate(zip(got, integer_outputs(configuration, arrays), strict=True)):
        _judge_integers(judgement, output, exact, rules, place)
    return judgement


def _judge_integers(judgement: Judgement, got: np.ndarray, exact: np.ndarray, rules: Rules, output: int) -> None:
    judgement.elements += exact.size
    judgement.integer += exact.size
    if rules.conventions.get("integer_overflow") == "wrap":
        limits = np.iinfo(got.dtype)
        width = int(limits.max) - int(limits.min) + 1
        exact = (exact.astype(object) - int(limits.min)) % width + int(limits.min)
    wrong = np.argwhere(got != exact if exact.dtype == got.dtype else got.astype(object) != exact)
    if len(wrong) and judgement.mismatch is None:
        index = tuple(int(v) for v in wrong[0])
        difference = float(abs(int(got[index]) - int(exact[index])))
        judgement.mismatch = Mismatch(index, int(got[index]), exact[index], difference, 0.0, output)
    judgement.wrong += len(wrong)


def judge_floats(configuration: Configuration, arrays: Arrays, got: np.ndarray, rules: Rules) -> Judgement:
    """Judge a real or complex floating-point result against the bound of its algorithm class."""
    if np.iscomplexobj(got):
        return _judge_complex(configuration, arrays, got, rules)
    if _finite(arrays) or rules.algorithm in SPREADING:
        true, _ = grown(configuration, arrays, rules.algorithm, evaluate(configuration, arrays))
        return _judge_part(configuration, arrays, got, true, rules, "real")
    expected = special_values(configuration, arrays)
    right = ~np.isfinite(expected) & ((got == expected) | (np.isnan(got) & np.isnan(expected)))
    true, _ = grown(configuration, arrays, rules.algorithm, evaluate(configuration, _without_special(arrays)))
    true = replace(true, magnitude=np.where(np.isfinite(expected), true.magnitude, np.nan))  # the others stay in doubt
    judgement = _judge_part(configuration, arrays, got, true, rules, "real", right)
    judgement.elements += int(np.sum(right))
    judgement.exact += int(np.sum(right))
    return judgement


def _judge_complex(configuration: Configuration, arrays: Arrays, got: np.ndarray, rules: Rules) -> Judgement:
    """Judge both parts; where NaN or an infinity enters an element, one of its parts at least must not be finite.

    Which part, and whether it is NaN, is the affair of complex products: a real operand may be converted to a complex one or not,
    and C99 (Annex G) gives infinities where the formula gives NaN. So where one part may overflow, both may be lost.
    """
    special = silent = np.zeros(got.shape, bool)
    if not _finite(arrays):
        special = _meets_special(configuration, arrays)
        silent = (
            np.full(got.shape, True)
            if rules.algorithm in SPREADING
            else _meets_padding(arrays, rules) & ~np.isfinite(got)
        )
        arrays = _without_special(arrays)
    parts = grown(configuration, arrays, rules.algorithm, *evaluate_complex(configuration, doubles_of(arrays)))
    if not np.all(np.isfinite(got)):
        silent = silent | (~np.isfinite(got) & _may_overflow(configuration, arrays, parts, rules))
    apart = special | silent
    judgement = Judgement()
    for part, true in zip(("real", "imag"), parts, strict=True):
        assert true is not None
        judgement = _merged(judgement, _judge_part(configuration, arrays, getattr(got, part), true, rules, part, apart))
    wrong = special & ~silent & np.isfinite(got)
    for place in np.argwhere(wrong)[:1]:
        index = tuple(int(v) for v in place)
        judgement.mismatch = judgement.mismatch or Mismatch(index, got[index].real.item(), nan, inf, 0.0)
    judgement.wrong += int(np.sum(wrong))
    judgement.elements += 2 * int(np.sum(apart))
    judgement.unjudged += 2 * int(np.sum(silent))
    judgement.exact += 2 * int(np.sum(apart & ~silent))
    return judgement


def _may_overflow(
    configuration: Configuration, arrays: Arrays, parts: tuple[Evaluation, Evaluation | None], rules: Rules
) -> Any:
    """Whether some order of the operations may leave the range of the format in one part of an element or the other."""
    with np.errstate(all="ignore"):
        reaches = [reach_of(part.magnitude, part.count, configuration, rules, arrays) for part in parts if part]
        return np.maximum.reduce(reaches) * (1 + 2.0**-40) >= rules.arithmetic.narrowest.largest


def _meets_special(configuration: Configuration, arrays: Arrays) -> np.ndarray:
    """Whether a term of an element has a factor that is not finite."""
    finite = {name: np.isfinite(values).astype(np.float64) for name, values in arrays.items()}
    return evaluate(configuration, finite).high < summands(configuration)


def error_ratio(configuration: Configuration, arrays: Arrays, got: np.ndarray, rules: Rules) -> np.ndarray:
    """Return err/bound of every element of a real result, 0 where both are 0."""
    true, _ = grown(configuration, arrays, rules.algorithm, evaluate(configuration, arrays))
    error = np.abs((got.astype(np.float64) - true.high) - true.low)
    bound = bound_of(configuration, true, rules, arrays)
    return np.divide(error, bound, out=np.zeros_like(error), where=error > 0)


def _merged(a: Judgement, b: Judgement) -> Judgement:
    counts = {
        name: getattr(a, name) + getattr(b, name)
        for name in ("wrong", "elements", "double_double", "exact", "unjudged")
    }
    return Judgement(
        mismatch=a.mismatch or b.mismatch,
        worst=max(a.worst, b.worst),
        worst_relative=max(a.worst_relative, b.worst_relative),
        histogram=a.histogram + b.histogram,
        **counts,
    )


def _judge_part(
    configuration: Configuration,
    arrays: Arrays,
    got: np.ndarray,
    true: Evaluation,
    rules: Rules,
    part: str,
    apart: np.ndarray | None = None,
) -> Judgement:
    """Judge one part of a result, all elements but those that are judged `apart`."""
    judged = np.ones(got.shape, bool) if apart is None else ~apart
    with np.errstate(all="ignore"):
        difference = np.abs((got.astype(np.float64) - true.high) - true.low)
        bound = bound_of(configuration, true, rules, arrays, part)
        decided = _decided(configuration, arrays, np.isfinite(got), true, rules, difference, bound)
        right, wrong, excused = (judged & elements for elements in decided)
        doubtful = judged & ~(right | wrong | excused)
        judgement = Judgement(
            elements=int(np.sum(judged)), double_double=int(np.sum(right | wrong)), unjudged=int(np.sum(excused))
        )
        _measure(judgement, difference, bound, true, right, rules.arithmetic)
    for place in np.argwhere(wrong)[:1]:
        index = tuple(int(v) for v in place)
        value = float(true.high[index] + true.low[index])
        judgement.mismatch = Mismatch(index, got[index].item(), value, float(difference[index]), float(bound[index]))
    judgement.wrong += int(np.sum(wrong))
    _judge_exactly(judgement, configuration, arrays, got, np.argwhere(doubtful), rules, bound, part)
    return judgement


def _decided(
    configuration: Configuration,
    arrays: Arrays,
    finite: np.ndarray,
    true: Evaluation,
    rules: Rules,
    difference: np.ndarray,
    bound: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return where the certified evaluation says right, wrong, and that a result that is not finite may be so; else it is silent.

    A finite result met no overflow, so the bound holds for it however large S is.
    """
    slack = true.error + 2.0**-52 * (difference + np.abs(true.low))
    blur = (true.count + 8) * 2.0**-52
    known = np.isfinite(true.magnitude) & np.isfinite(bound)
    right = known & (difference + slack <= bound * (1 - blur))
    wrong = known & (difference - slack > bound * (1 + blur))
    if np.all(finite):
        return right, wrong, np.zeros(finite.shape, bool)
    reach = reach_of(true.magnitude, true.count, configuration, rules, arrays) * (1 - blur)
    excused = known & ~finite & (reach >= rules.arithmetic.narrowest.largest)
    return right & finite, wrong & finite, excused


def _measure(
    judgement: Judgement,
    difference: np.ndarray,
    bound: np.ndarray,
    true: Evaluation,
    right: np.ndarray,
    arithmetic: Arithmetic,
) -> None:
    judged = right & (bound > 0)
    if not np.any(judged):
        return
    ratio = difference[judged] / bound[judged]
    judgement.worst = float(ratio.max())
    # an error that underflow explains says nothing of the precision
    normal = judged & (true.magnitude * arithmetic.result.unit >= arithmetic.result.least_normal)
    judgement.worst_relative = float((difference[normal] / true.magnitude[normal]).max(initial=0.0))
    judgement.histogram += counted(ratio)


def counted(ratio: np.ndarray) -> np.ndarray:
    """Return how many ratios err/bound lie in each bin of the histogram."""
    bins, (first, second) = len(HISTOGRAM_EDGES) - 1, HISTOGRAM_EDGES[:2]
    places = (np.log10(np.maximum(ratio, 10.0**first)) - first) / (
        second - first
    )  # edges are evenly spaced, but the last
    return np.bincount(np.minimum(places, bins - 1).astype(np.intp).ravel(), minlength=bins)


def _judge_exactly(
    judgement: Judgement,
    configuration: Configuration,
    arrays: Arrays,
    got: np.ndarray,
    places: np.ndarray,
    rules: Rules,
    bound: np.ndarray,
    part: str,
) -> None:
    if rules.algorithm in SPREADING and not _finite(arrays):
        judgement.unjudged += len(places)
        return
    for place in places:
        index = tuple(int(v) for v in place)
        verdict = judge_element(configuration, arrays, index, got[index].item(), rules, float(bound[index]), part)
        judgement.exact += verdict is not None
        judgement.unjudged += verdict is None
        if isinstance(verdict, Mismatch):
            judgement.wrong += 1
            judgement.mismatch = judgement.mismatch or verdict


def judge_element(
    configuration: Configuration,
    arrays: Arrays,
    index: tuple[int, ...],
    got: float,
    rules: Rules,
    bound: float,
    part: str = "real",
) -> Mismatch | bool | None:
    """Judge one element exactly: a mismatch, True where it is right, None where the model of rounding says nothing.

    NaN and infinities are required where the definition gives them. Where ``S (1 + u)**K`` reaches the overflow threshold and
    the exact value does not, NaN and infinities are not judged.
    """
    true = exact_element(configuration, arrays, index, part)
    value = true.value
    if isinstance(value, float):
        return _judge_special(configuration, arrays, got, true, index, rules)
    if _meets_padding(arrays, rules) and not isfinite(got):
        return None
    if rules.algorithm in SPREADING and not isfinite(bound):
        return None
    if rules.algorithm == "gauss" and any(values.dtype.kind == "c" for values in arrays.values()):
        other = exact_element(configuration, arrays, index, "imag" if part == "real" else "real")
        true = by_gauss(true, other)
    if not isfinite(got):
        overflows = _overflows(true, configuration, arrays, rules)
        return None if overflows else Mismatch(index, got, float(value), float("inf"), bound)
    allowed = _allowed(true, arrays, rules, bound)
    error = abs(Fraction(got) - value)
    return True if error <= allowed else Mismatch(index, got, _float(value), _float(error), _float(allowed))


def _allowed(true: ExactElement, arrays: Arrays, rules: Rules, bound: float) -> Fraction:
    """Return the bound of one element as a fraction; what depends on more than S and n comes with `bound`."""
    if rules.algorithm == "pairwise":
        true = replace(true, count=int(pairwise_count(true.count)))
    elif rules.algorithm not in ("direct", "fft") and isfinite(bound):
        return Fraction(bound) * (1 + Fraction(true.count + 8, 2**52))
    if sums_exactly(arrays, rules) and true.magnitude <= 2**rules.arithmetic.narrowest.precision:
        return Fraction(0)
    allowed = direct_bound_exact(true.magnitude, true.count, true.value, rules.arithmetic)  # type: ignore[arg-type]
    further = rules.algorithm == "fft" or loses_operands(rules.arithmetic)
    return max(allowed, Fraction(bound)) if isfinite(bound) and further else allowed


def _overflows(true: ExactElement, configuration: Configuration, arrays: Arrays, rules: Rules) -> bool:
    """Whether some order of the operations may leave the range of the format."""
    largest = rules.arithmetic.narrowest.largest
    return bool(reach_of(_float(true.magnitude), true.count, configuration, rules, arrays) * (1 + 2.0**-50) >= largest)


def _float(value: Fraction) -> float:
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def _without_special(arrays: Arrays) -> Arrays:
    """Return arrays with zeros for NaN and infinities."""
    return {name: np.where(np.isfinite(values), values, 0) for name, values in arrays.items()}


def _finite(arrays: Arrays) -> bool:
    return all(bool(np.all(np.isfinite(values))) for values in arrays.values())


def _meets_padding(arrays: Arrays, rules: Rules) -> bool:
    """Whether a tap that is not finite may meet the padding and, by the convention "multiplied", make an element NaN."""
    return rules.conventions.get("padding_times_inf") == "multiplied" and not _finite(arrays)


def _judge_special(
    configuration: Configuration, arrays: Arrays, got: float, true: ExactElement, index: tuple[int, ...], rules: Rules
) -> Mismatch | bool | None:
    expected = float(true.value)
    if (isnan(expected) and isnan(got)) or got == expected:
        return True
    if isnan(got) and (_meets_padding(arrays, rules) or _overflows(true, configuration, arrays, rules)):
        return None  # a finite partial sum may overflow to the other infinity
    return Mismatch(index, got, expected, float("inf"), 0.0)
