"""The value of a call, with a certified error; exact where that leaves a doubt.

A definition that sums products is evaluated in double-double, together with the sum S of absolute products and the number n
of products that exist. The result carries its own error bound, so a verdict ``|got - true| <= bound`` is either decided or
handed to `exact_element`, which sums the same terms as fractions.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import isfinite, isinf, isnan, prod
from typing import Any

import numpy as np

from . import nest
from .configuration import Configuration
from .records import Addend

Arrays = Mapping[str, np.ndarray]

UNIT = 2.0**-53
LEAST = 2.0**-1074


@dataclass(frozen=True)
class Evaluation:
    """The exact output as ``high + low`` within `error`, with what the rounding bounds need.

    Attributes
    ----------
    high, low : ndarray of float64, the shape of the output
        The value as an unevaluated sum.
    error : ndarray of float64
        Certified bound on ``|high + low - exact|``; NaN or infinite where the element must be evaluated exactly.
    magnitude : ndarray of float64
        S, the sum of absolute products (and bias), within a relative ``(count + 2) 2**-53``; where products underflow an absolute
        ``count 2**-1075`` comes with it. It is 0 only where all products are.
    count : ndarray of float64
        Number of summands: products that exist, and one for a bias.
    """

    high: np.ndarray
    low: np.ndarray
    error: np.ndarray
    magnitude: np.ndarray
    count: np.ndarray


def evaluate(configuration: Configuration, arrays: Arrays) -> Evaluation:
    """Evaluate a definition on real arrays.

    Parameters
    ----------
    configuration : Configuration
        The bound call.
    arrays : mapping of str to ndarray
        float32, float64, or integers below 2**53 in modulus.

    Returns
    -------
    Evaluation
        ``error = 2.5 n (n + 1) 2**-106 S + 4 n 2**-1074`` after Ogita, Rump & Oishi 2005, without the last term where no
        product can be below 2**-960, and 0 where all data are integers and S is at most 2**53.
    """
    doubles = _all_doubles(configuration, arrays)
    with np.errstate(all="ignore"):
        high, low, magnitude = _accumulated(configuration, doubles)
        count = summands(configuration)
        error = 2.5 * count * (count + 1) * UNIT**2 * magnitude
        if any(_tiny(values) for values in doubles.values()):
            error = error + 4 * count * LEAST
            if np.any(magnitude == 0):
                vanished = (magnitude == 0) & (_accumulated(configuration, _nonzero(doubles))[2] > 0)
                magnitude = np.where(vanished, np.ceil(count / 2) * LEAST, magnitude)
        if all(_integral(values) for values in doubles.values()):
            error = np.where(magnitude <= 2.0**53, 0.0, error)
    return Evaluation(high, low, error, magnitude, count)


def _doubles(configuration: Configuration, name: str, values: np.ndarray) -> np.ndarray:
    """Return values as the one kind of array that nests are compiled for: read-only ones would be compiled for anew."""
    return np.require(values, np.float64, ["C", "A", "W"]).reshape(configuration.shapes[name])


def _all_doubles(configuration: Configuration, arrays: Arrays) -> dict[str, np.ndarray]:
    return {name: _doubles(configuration, name, arrays[name]) for name in configuration.present}


def _tiny(values: np.ndarray) -> bool:
    """Whether a product of two such values, or its rounding error, may underflow."""
    return bool(np.any((np.abs(values) < 2.0**-480) & (values != 0)))


def _nonzero(doubles: Arrays) -> dict[str, np.ndarray]:
    return {name: (values != 0).astype(np.float64) for name, values in doubles.items()}


def _integral(values: np.ndarray) -> bool:
    return bool(np.all(np.isfinite(values)) and np.all(values == np.rint(values)))


def _accumulated(configuration: Configuration, doubles: Arrays) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    high, low, magnitude = (np.zeros(configuration.output_shape) for _ in range(3))
    for addend in _bare(configuration):
        value = _broadcast(configuration, addend, doubles)
        high += value
        magnitude += np.abs(value)
    _add_products(configuration, doubles, (high, low, magnitude))
    return high, low, magnitude


def _add_products(configuration: Configuration, doubles: Arrays, planes: tuple[np.ndarray, ...]) -> None:
    """Add every product to (high, low, magnitude), in place."""
    for addend in _sums(configuration):
        run, names, letters = nest.accumulate(configuration.record, _stage(configuration).target, addend)
        arrays = [part for name in names for part in (doubles[name].ravel(), _steps(doubles[name]))]
        run(
            *(plane.ravel() for plane in planes),
            _steps(planes[0]),
            *arrays,
            *(configuration.values[letter] for letter in letters),
        )


def _steps(array: np.ndarray) -> tuple[int, ...]:
    return tuple(stride // array.itemsize for stride in array.strides)


def special_values(configuration: Configuration, arrays: Arrays) -> np.ndarray:
    """Return NaN or the infinity that real arrays give an element by IEEE rules, and 0 where all its summands are finite.

    Finite factors decide by their signs only, so no sum of signs overflows.
    """
    signs = {name: np.where(np.isfinite(values), np.sign(values), values) for name, values in arrays.items()}
    with np.errstate(all="ignore"):
        sums = _accumulated(configuration, _all_doubles(configuration, signs))[0]
    return np.where(np.isfinite(sums), 0.0, sums)


def _stage(configuration: Configuration) -> Any:
    (stage,) = configuration.stages
    return stage


def _sums(configuration: Configuration) -> list[Addend]:
    return [a for a in nest.relation(configuration.record, _stage(configuration)) if a.ranges]


def _bare(configuration: Configuration) -> list[Addend]:
    return [a for a in nest.relation(configuration.record, _stage(configuration)) if not a.ranges]


def _broadcast(configuration: Configuration, addend: Addend, arrays: Arrays) -> np.ndarray:
    """Return a bare addend such as ``b[o]`` in the shape of the output."""
    (factor,) = addend.factors
    axes = [_stage(configuration).target.indices.index(index) for index in factor.index]
    shape = [length if axis in axes else 1 for axis, length in enumerate(configuration.output_shape)]
    return arrays[factor.array].reshape(shape)


@lru_cache(maxsize=256)
def _count_of(key: Any, configuration: "_Hashed") -> np.ndarray:
    ones = {name: np.ones(shape) for name, shape in configuration.value.shapes.items()}
    count = _accumulated(configuration.value, ones)[2]
    count.setflags(write=False)
    return count


class _Hashed:
    """A configuration that stands in a cache under its key."""

    def __init__(self, value: Configuration):
        self.value = value

    def __hash__(self) -> int:
        return hash(self.value.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Hashed) and self.value.key == other.value.key


def summands(configuration: Configuration) -> np.ndarray:
    return _count_of(configuration.key, _Hashed(configuration))


def evaluate_complex(configuration: Configuration, arrays: Arrays) -> tuple[Evaluation, Evaluation]:
    """Evaluate the real and the imaginary part of a definition with two factors, each a sum of 2n real products."""
    conjugated = {f.array for a in _sums(configuration) for f in a.factors if f.conjugated}
    first, second = sorted({f.array for a in _sums(configuration) for f in a.factors})
    bias = [name for name in configuration.present if name not in (first, second)]

    def part(one: str, two: str, sign: float = 1.0, with_bias: str | None = None) -> Evaluation:
        values = {first: getattr(arrays[first], one), second: sign * getattr(arrays[second], two)}
        values |= {n: getattr(arrays[n], with_bias) if with_bias else np.zeros(arrays[n].shape) for n in bias}
        return evaluate(configuration, values)

    one, two = (-1.0 if name in conjugated else 1.0 for name in (first, second))
    real = _added(part("real", "real", 1.0, "real"), part("imag", "imag", -one * two))
    imaginary = _added(part("real", "imag", two, "imag"), part("imag", "real", one))
    return real, imaginary


def _added(a: Evaluation, b: Evaluation) -> Evaluation:
    with np.errstate(all="ignore"):
        high = a.high + b.high
        back = high - a.high
        rest = (a.high - (high - back)) + (b.high - back)
        magnitude, count = a.magnitude + b.magnitude, a.count + b.count
        rounding = 4 * UNIT * (np.abs(a.low) + np.abs(b.low) + np.abs(rest))
        exact = (a.error == 0) & (b.error == 0) & (magnitude <= 2.0**53)
        error = np.where(exact, 0.0, a.error + b.error + rounding)
        return Evaluation(high, a.low + b.low + rest, error, magnitude, count)


def evaluate_integers(configuration: Configuration, arrays: Arrays) -> np.ndarray:
    """Return the exact integers of the output for integer arrays of any width: int64 where a bound proves it, else objects.

    Every array is split into limbs of 24 bits, on which the double-double evaluation is exact for fewer than 2**20 terms.
    """
    if _fits(configuration, arrays):
        doubles = _all_doubles(configuration, arrays)
        return _accumulated(configuration, doubles)[0].astype(np.int64)
    sums, bare = _sums(configuration), _bare(configuration)
    total = np.zeros(configuration.output_shape, object)
    for addend in bare:
        total = total + _broadcast(configuration, addend, {n: arrays[n].astype(object) for n in configuration.present})
    first, second = sorted({f.array for a in sums for f in a.factors})
    for i, one in _limbs(arrays[first]):
        for j, two in _limbs(arrays[second]):
            planes = _products(configuration, {first: one, second: two})
            total = total + (_whole(planes[0]) + _whole(planes[1])) * (1 << (i + j))
    return total


def _fits(configuration: Configuration, arrays: Arrays) -> bool:
    """Whether every partial sum is an integer below 2**53, which a float64 holds."""
    largest = [max(abs(int(f(arrays[n]))) for f in (np.min, np.max)) if arrays[n].size else 0 for n in arrays]
    count = summands(configuration)
    return bool(count.size) and int(count.max()) * max(1, *largest) ** 2 <= 2**53


def _products(configuration: Configuration, doubles: Arrays) -> tuple[np.ndarray, ...]:
    shaped = {name: _doubles(configuration, name, values) for name, values in doubles.items()}
    planes = tuple(np.zeros(configuration.output_shape) for _ in range(3))
    _add_products(configuration, shaped, planes)
    return planes


def _whole(values: np.ndarray) -> np.ndarray:
    return np.array([int(v) for v in values.ravel()], object).reshape(values.shape)


def _limbs(values: np.ndarray, width: int = 24) -> Iterator[tuple[int, np.ndarray]]:
    """Yield (shift, limb) with ``values = sum of limb * 2**shift``; the last limb carries the sign."""
    rest, shift = values.astype(object), 0
    while True:
        if np.all(np.abs(rest) < 1 << width):
            yield shift, rest.astype(np.float64)
            return
        low = rest % (1 << width)
        yield shift, low.astype(np.float64)
        rest, shift = rest >> width, shift + width


@dataclass(frozen=True)
class Term:
    """One summand of one output element: where its factors stand, their values, and the product."""

    places: tuple[tuple[str, tuple[int, ...]], ...]
    factors: tuple[float, ...]


def terms(configuration: Configuration, arrays: Arrays, index: tuple[int, ...]) -> Iterator[Term]:
    """Yield the summands of the output element at `index`, bias last."""
    stage = _stage(configuration)
    shaped = {name: arrays[name].reshape(configuration.shapes[name]) for name in configuration.present}
    for addend in nest.relation(configuration.record, stage):
        generate, letters = nest.terms(configuration.record, stage.target, addend)
        names = [factor.array for factor in addend.factors]
        for places in generate(*index, *(configuration.values[letter] for letter in letters)):
            values = [shaped[name].item(place) for name, place in zip(names, places, strict=True)]
            factors = [v.conjugate() if f.conjugated else v for v, f in zip(values, addend.factors, strict=True)]
            yield Term(tuple(zip(names, places, strict=True)), tuple(factors))


@dataclass(frozen=True)
class ExactElement:
    """One output element: a fraction, or NaN or an infinity by IEEE rules; S and the number of summands."""

    value: Fraction | float
    magnitude: Fraction
    count: int


def exact_element(
    configuration: Configuration, arrays: Arrays, index: tuple[int, ...], part: str = "real"
) -> ExactElement:
    """Return the real or imaginary part of one output element exactly.

    A product of inf and 0, or a sum of inf and -inf, is NaN; a tap that meets no sample contributes nothing.
    """
    products: list[tuple[int, int]] = []
    special: list[float] = []
    for term in terms(configuration, arrays, index):
        for factors in _real_products(term.factors, part):
            if all(isfinite(factor) for factor in factors):
                products.append(_dyadic(factors))
            else:
                special.append(prod(float(factor) for factor in factors))
    value, magnitude = _sum(products), _sum([(abs(n), e) for n, e in products])
    count = len(products) + len(special)
    if special:
        infinite = {s for s in special if isinf(s)}
        lost = any(isnan(s) for s in special) or len(infinite) > 1
        return ExactElement(float("nan") if lost else infinite.pop(), magnitude, count)
    return ExactElement(value, magnitude, count)


def _dyadic(factors: tuple[float, ...]) -> tuple[int, int]:
    """Return a product of floats as (n, e), meaning n / 2**e."""
    numerator, exponent = 1, 0
    for factor in factors:
        n, d = factor.as_integer_ratio()
        numerator, exponent = numerator * n, exponent + d.bit_length() - 1
    return numerator, exponent


def _sum(numbers: list[tuple[int, int]]) -> Fraction:
    """Return the sum of dyadic numbers, by integers over one denominator: faster than adding fractions."""
    exponent = max((e for _, e in numbers), default=0)
    return Fraction(sum(n << (exponent - e) for n, e in numbers), 1 << exponent)


def _real_products(factors: tuple[Any, ...], part: str) -> list[tuple[float, ...]]:
    """Return the real products that make up one part of a product of at most two numbers."""
    if not any(isinstance(factor, complex) for factor in factors):
        return [factors] if part == "real" else []
    if len(factors) == 1:
        return [(getattr(factors[0], part[:4]),)]
    a, b = map(complex, factors)
    return [(a.real, b.real), (-a.imag, b.imag)] if part == "real" else [(a.real, b.imag), (a.imag, b.real)]
