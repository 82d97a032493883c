"""How far a result may be off under the rules of its subject, and how large an intermediate result may become."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np

from convoracle.spec.algorithm_classes import EXACT_ON_INTEGERS, moduli
from convoracle.spec.configuration import Configuration
from convoracle.spec.evaluate import Evaluation, evaluate, evaluate_complex
from convoracle.spec.rounded import CLASSES
from convoracle.spec.rounding import Arithmetic, direct_bound, direct_factor, fft_bound, format_of
from convoracle.spec.winograd import WINOGRAD, applies, winograd_reach, winograd_underflow

Arrays = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Rules:
    """How a subject's values are judged: its arithmetic, algorithm class and conventions."""

    arithmetic: Arithmetic
    algorithm: str
    conventions: Mapping[str, str]
    ulps: float = 4.0

    @property
    def rank(self) -> int:
        """The position of the accuracy class among all."""
        return CLASSES.index(self.ulps)


def bound_of(
    configuration: Configuration, true: Evaluation, rules: Rules, arrays: Arrays, part: str = "real"
) -> np.ndarray:
    """Return the bound of every element of a part of a result; `true` has the S and K of the algorithm class."""
    direct = direct_bound(true.magnitude, true.count, true.high, rules.arithmetic)
    if loses_operands(rules.arithmetic):
        direct = direct + _lost(configuration, arrays, rules.arithmetic, part)
    if rules.algorithm in WINOGRAD and applies(configuration):
        x, w = (moduli(arrays[name]) for name in "xw")
        return direct + winograd_underflow(configuration, WINOGRAD[rules.algorithm], x, w, rules.arithmetic.sums_in)
    if rules.algorithm != "fft":
        exact = sums_exactly(arrays, rules) & (true.magnitude <= 2.0**rules.arithmetic.narrowest.precision)
        return np.where(exact, 0.0, direct)  # sums of integers so small are exact in any order
    norms, points = _norms(configuration, arrays), _points(configuration)
    # every element is at most ||x|| ||h||, so the 2-norm of the full result is at most sqrt(points) times that
    terms = max(configuration.values.get(letter, 1) for letter in "NCO")
    transformed = fft_bound(norms[0], norms[1], norms[0] * norms[1] * points**0.5, points, rules.arithmetic, terms)
    return direct + transformed if len(norms) > 2 else np.maximum(direct, transformed)  # a bias is added to the result


def sums_exactly(arrays: Arrays, rules: Rules) -> bool:
    """Whether all data are integers that the format of the operands holds, in a class that only adds and multiplies them."""
    operands = rules.arithmetic.operands
    largest = inf if operands is None else 2.0**operands.precision
    return rules.algorithm in EXACT_ON_INTEGERS and all(_whole(values, largest) for values in arrays.values())


def _whole(values: np.ndarray, largest: float) -> bool:
    parts = (values.real, values.imag) if values.dtype.kind == "c" else (values,)
    return all(bool(np.all(np.isfinite(p)) and np.all(p == np.rint(p)) and np.all(np.abs(p) <= largest)) for p in parts)


def loses_operands(arithmetic: Arithmetic) -> bool:
    """Whether operands may be changed by more than a relative error: flushed, or rounded to a format of less range."""
    return arithmetic.flushed or arithmetic.operands is not None


def reach_of(magnitude: Any, count: Any, configuration: Configuration, rules: Rules, arrays: Arrays) -> Any:
    """Return how large an intermediate result may become: ``S (1 + u)**K``; by FFT, of P points, ``P**2 ||x|| ||h||``."""
    operands = rules.arithmetic.operands
    if operands is not None and max(moduli(a).max(initial=0) for a in arrays.values()) >= operands.largest:
        return np.full_like(magnitude, inf, np.float64)
    direct = magnitude * (1 + direct_factor(count, rules.arithmetic))
    if rules.algorithm in WINOGRAD and applies(configuration):
        scheme, channels = WINOGRAD[rules.algorithm], configuration.shapes["w"][1]
        sizes = (moduli(arrays[name]) for name in "xw")
        with np.errstate(over="ignore", invalid="ignore"):
            return np.maximum(direct, winograd_reach(scheme, configuration.record.dims, channels, *sizes))
    if rules.algorithm != "fft":
        return direct
    norms, points = _norms(configuration, arrays), _points(configuration)
    return np.maximum(direct, float(points) ** 2 * norms[0] * norms[1])


def _norms(configuration: Configuration, arrays: Arrays) -> list[float]:
    return [float(np.linalg.norm(arrays[name].astype(np.complex128).ravel())) for name in configuration.present]


def _points(configuration: Configuration) -> int:
    """Return the most points that the transforms may have: a fast length is below twice the full size on every axis.

    That of a convolution is the padded signal, with zeros between its samples where it is transposed, and the dilated filter;
    that of a gradient with respect to filters is the padded signal and another that is no longer.
    """
    values, points = configuration.values, 1
    for suffix in (letter[1:] for letter in values if letter[0] == "n"):
        n, k, stride, dilation = (values.get(f"{letter}{suffix}", 1) for letter in "nksd")
        signal = max(n, stride * (n - 1) + 1) + sum(values.get(f"{letter}{suffix}", 0) for letter in "pqr")
        full = signal + max(dilation * (k - 1), signal if "x" in configuration.present[1:] else 0)
        points *= 2 ** max(0, (full - 1).bit_length())
    return points


def _lost(configuration: Configuration, arrays: Arrays, arithmetic: Arithmetic, part: str) -> np.ndarray:
    """Return what the products lose where an operand is subnormal in its format: all of it, where that is flushed.

    The sum of the absolute products in which an operand is replaced by what it may lose; a product of two such operands is
    counted twice. One of a narrower dtype than the result may be flushed before it is converted.
    """
    form = arithmetic.operands or arithmetic.narrowest

    def loss(values: np.ndarray) -> np.ndarray:
        size, least_normal, most = np.abs(values), form.least_normal, form.least
        if arithmetic.flushed:
            least_normal = most = max(form.least_normal, format_of(values.dtype).least_normal)
        return np.where(size < least_normal, np.minimum(size, most), 0.0)

    required = {array.name for array in configuration.record.inputs if not array.optional}
    total = np.zeros(configuration.output_shape)
    for name, values in arrays.items():
        lost = _by_parts(loss, values)
        if not np.any(lost):
            continue
        others = {
            n: np.nan_to_num(a, posinf=0.0, neginf=0.0) if n in required else np.zeros_like(a)
            for n, a in arrays.items()
        }
        total += _magnitude(configuration, {**others, name: lost}, part)
    return total * (1 + 2.0**-40)


def _by_parts(function: Callable[[np.ndarray], np.ndarray], values: np.ndarray) -> np.ndarray:
    return function(values.real) + 1j * function(values.imag) if values.dtype.kind == "c" else function(values)


def _magnitude(configuration: Configuration, arrays: Arrays, part: str) -> np.ndarray:
    if any(values.dtype.kind == "c" for values in arrays.values()):
        parts = evaluate_complex(configuration, doubles_of(arrays))
        return parts[part == "imag"].magnitude
    return evaluate(configuration, arrays).magnitude


def doubles_of(arrays: Arrays) -> dict[str, np.ndarray]:
    """Return the operands as complex128."""
    return {name: values.astype(np.complex128) for name, values in arrays.items()}
