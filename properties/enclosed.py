"""Judge results against enclosures: for definitions that are more than sums of products."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from flint import arb

from convoracle.spec.configuration import Configuration
from convoracle.spec.enclosure import PRECISIONS, Enclosure, enclose
from convoracle.spec.rounded import CLASSES, INF, INFINITE, LOST

from .bounds import Rules
from .values import Judgement, Mismatch, counted

Arrays = Mapping[str, np.ndarray]

RIGHT, WRONG, UNJUDGED, DOUBTFUL = range(4)


def judge_enclosed(
    configuration: Configuration, arrays: Arrays, got: tuple[np.ndarray, ...], rules: Rules
) -> Judgement:
    """Judge all outputs of a call on floating-point operands.

    An element is right if it lies within the bound of the subject's accuracy class around the exact value; where an intermediate
    result may overflow, infinities of the right sign are right, and what only NaN can follow from is not judged.
    """
    judgement, enclosures = Judgement(), enclose(configuration, arrays, rules.arithmetic, rules.algorithm)
    for place, (number, output, true) in enumerate(_pairs(got, enclosures)):
        found = _judge(output, true, rules)
        finer = _finer(configuration, arrays, rules, place)
        while np.any(found == DOUBTFUL) and (better := next(finer, None)) is not None:
            true = better
            found = _judge(output, true, rules)
        if _zeros_are_positive(configuration, rules):
            found = np.where((output.ravel() == 0) & np.signbit(output.ravel()), WRONG, found)
        _account(judgement, output, true, found, rules)
        if judgement.mismatch is None and np.any(found == WRONG):
            judgement.mismatch = _mismatch(output, true, int(np.flatnonzero(found == WRONG)[0]), rules, number)
    return judgement


def _zeros_are_positive(configuration: Configuration, rules: Rules) -> bool:
    """Whether the convention on the sign of zero, as the subject answers it, leaves no result -0."""
    ours = {convention.name: convention.ours for convention in configuration.record.conventions}
    return {**ours, **rules.conventions}.get("sign_of_zero") == "positive"


def _finer(configuration: Configuration, arrays: Arrays, rules: Rules, place: int) -> Iterator[Any]:
    """Yield the enclosure of one output at higher and higher precision."""
    for precision in PRECISIONS[1:]:
        enclosures = enclose(configuration, arrays, rules.arithmetic, rules.algorithm, precision)
        parts = [part for e in enclosures for part in (e if isinstance(e, tuple) else (e,))]
        yield parts[place]


def _pairs(got: tuple[np.ndarray, ...], enclosures: list[Any]) -> Iterator[tuple[int, np.ndarray, Any]]:
    """Yield the number of an output, and its values with their enclosure; of complex ones the parts."""
    for number, (output, true) in enumerate(zip(got, enclosures, strict=True)):
        if isinstance(true, tuple):
            yield number, output.real, true[0]
            yield number, output.imag, true[1]
        else:
            yield number, output, true


def _judge(output: np.ndarray, true: Any, rules: Rules) -> np.ndarray:
    """Return the judgement of every element, flat."""
    flat = output.ravel()
    if isinstance(true, np.ndarray):
        return np.where(flat == true.ravel(), RIGHT, WRONG)
    bounds = true.bounds[rules.rank]
    return np.array(
        [
            _element(g, v, float(b), int(s))
            for g, v, b, s in zip(flat.tolist(), true.values, bounds, true.states, strict=True)
        ],
        np.int64,
    )


def _element(got: float, true: arb, bound: float, state: int) -> int:
    if state & LOST:
        return UNJUDGED
    if true.is_nan():
        return RIGHT if got != got else WRONG
    if not true.is_finite():  # infinite, or what this precision does not tell
        return (RIGHT if true == got else WRONG) if abs(true) == INF else DOUBTFUL
    if not np.isfinite(got):
        return RIGHT if state & INFINITE and got == got and (true > 0) == (got > 0) else WRONG
    error = abs(arb(got) - true)
    if error <= bound:
        return RIGHT
    return WRONG if error > bound else DOUBTFUL


def _account(judgement: Judgement, output: np.ndarray, true: Any, found: np.ndarray, rules: Rules) -> None:
    wrong, doubtful = found == WRONG, found == DOUBTFUL
    judgement.elements += found.size
    judgement.unjudged += int(np.sum((found == UNJUDGED) | doubtful))
    judgement.wrong += int(np.sum(wrong))
    if isinstance(true, np.ndarray):
        judgement.integer += found.size
    else:
        judgement.enclosed += int(np.sum(found <= WRONG))
        _measure(judgement, output.ravel(), true, found == RIGHT, rules)


def _measure(judgement: Judgement, got: np.ndarray, true: Enclosure, right: np.ndarray, rules: Rules) -> None:
    judged = np.flatnonzero(right & np.isfinite(got) & (true.bounds[-1] > 0))
    if not len(judged):
        return
    errors = np.array(
        [float(abs(arb(g) - true.values[k]).abs_upper()) for g, k in zip(got[judged].tolist(), judged, strict=True)]
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = np.nan_to_num(errors / true.bounds[:, judged])
    ratio = ratios[rules.rank]
    judgement.worst = max(judgement.worst, float(ratio.max()))
    fits = (ratios <= 1).all(axis=1)
    judgement.ulps = max(judgement.ulps, CLASSES[int(np.argmax(fits))] if fits.any() else CLASSES[-1])
    judgement.histogram += counted(ratio)


def _mismatch(output: np.ndarray, true: Any, place: int, rules: Rules, number: int) -> Mismatch:
    index = tuple(int(i) for i in np.unravel_index(place, output.shape))
    got = output.ravel()[place].item()
    if isinstance(true, np.ndarray):
        expected = true.ravel()[place].item()
        return Mismatch(index, got, expected, float(abs(got - expected)), 0.0, number)
    value = true.values[place]
    error = float(abs(arb(got) - value).abs_upper()) if np.isfinite(got) and value.is_finite() else float("inf")
    return Mismatch(index, got, float(value), error, float(true.bounds[rules.rank][place]), number)
