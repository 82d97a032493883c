"""Structured data by seed: each family exists because a real fault hid from all others."""

from collections.abc import Callable, Mapping
from math import isqrt

import numpy as np

from convoracle.spec.rounding import format_of

Shapes = Mapping[str, tuple[int, ...]]
Arrays = dict[str, np.ndarray]

EXACT_FAMILIES = ("integers",)
FLOAT_FAMILIES = ("normal", "wide", "cancelling", "constant", "negative", "impulse")
EXTREME_FAMILIES = ("special", "subnormal", "huge")
LARGE_INTEGERS = "large"
FAMILIES = (*EXACT_FAMILIES, *FLOAT_FAMILIES, *EXTREME_FAMILIES, LARGE_INTEGERS)


def integer_span(terms: int, precision: int) -> int:
    """Return the largest V such that a sum of `terms` products of integers in -V .. V, and a bias, stays within 2**precision.

    Examples
    --------
    >>> integer_span(576, 24)
    170
    """
    return max(1, min(1000, isqrt(2**precision // (terms + 1))))


def draw(family: str, shapes: Shapes, dtypes: Mapping[str, str], terms: int, seed: int) -> Arrays:
    """Return the arrays of one family.

    Parameters
    ----------
    family : str
        One of `FAMILIES`.
    shapes, dtypes : mapping by input name
        Shape and dtype of every input.
    terms : int
        Greatest number of summands of an output element.
    seed : int
        Seeds the generator; equal seeds give equal arrays.
    """
    generator = np.random.default_rng([seed, FAMILIES.index(family)])
    result = np.result_type(*dtypes.values())
    if family == LARGE_INTEGERS:
        return _large(generator, shapes, dtypes, terms)
    make = _INTEGER_DATA if result.kind in "iu" else _FAMILY[family]
    arrays: Arrays = {}
    for position, (name, shape) in enumerate(shapes.items()):
        dtype = np.dtype(dtypes[name])
        values = make(generator, shape, position, terms, result)
        if result.kind == "c" and dtype.kind == "c":
            values = values + 1j * make(generator, shape, position, terms, result)
        arrays[name] = _cast(values, dtype)
    return arrays


def _cast(values: np.ndarray, dtype: np.dtype) -> np.ndarray:
    if dtype.kind in "iu":
        limits = np.iinfo(dtype)
        whole = np.clip(
            np.nan_to_num(values, nan=0.0, posinf=9.0, neginf=-9.0), max(limits.min, -(2**52)), min(limits.max, 2**52)
        )
        return np.rint(whole).astype(dtype)
    with np.errstate(over="ignore", under="ignore"):
        return np.asarray(values).astype(dtype)


Maker = Callable[[np.random.Generator, tuple[int, ...], int, int, np.dtype], np.ndarray]


def _integers(
    g: np.random.Generator, shape: tuple[int, ...], position: int, terms: int, result: np.dtype
) -> np.ndarray:
    parts = 2 if result.kind == "c" else 1
    span = integer_span(parts * terms, format_of(result).precision)
    return g.integers(-span, span, shape, endpoint=True).astype(np.float64)


def _integer_data(
    g: np.random.Generator, shape: tuple[int, ...], position: int, terms: int, result: np.dtype
) -> np.ndarray:
    return g.integers(-300, 300, shape, endpoint=True).astype(np.float64)


def _large(g: np.random.Generator, shapes: Shapes, dtypes: Mapping[str, str], terms: int) -> Arrays:
    """Return integers whose sums of products lie on both sides of 2**63, or as close to it as their dtypes allow."""
    total = 64 - terms.bit_length() + int(g.integers(-2, 2))
    first = int(g.integers(1, total)) if g.random() < 0.5 else total // 2  # operands of one limb, or both of several
    least = (1.0, 0.0, -1.0)[g.integers(3)]  # all as large as can be, none negative, or of both signs
    arrays = {}
    for position, (name, shape) in enumerate(shapes.items()):
        limits = np.iinfo(dtypes[name])
        bound = min(int(limits.max), 1 << min(62, (first, total - first, 62)[min(position, 2)]))
        low = max(int(limits.min), int(least) * bound)
        arrays[name] = g.integers(low, bound, shape, dtypes[name], endpoint=True)
    return arrays


def _normal(g: np.random.Generator, shape: tuple[int, ...], position: int, terms: int, result: np.dtype) -> np.ndarray:
    return g.standard_normal(shape)


def _wide(g: np.random.Generator, shape: tuple[int, ...], position: int, terms: int, result: np.dtype) -> np.ndarray:
    return g.standard_normal(shape) * 2.0 ** g.integers(-25, 25, shape, endpoint=True)


def _cancelling(
    g: np.random.Generator, shape: tuple[int, ...], position: int, terms: int, result: np.dtype
) -> np.ndarray:
    """Return values near a constant in modulus with random signs: sums far below their terms."""
    return (1 + g.standard_normal(shape) * 2.0**-20) * g.choice([-1.0, 1.0], shape)


def _constant(
    g: np.random.Generator, shape: tuple[int, ...], position: int, terms: int, result: np.dtype
) -> np.ndarray:
    return np.full(shape, g.standard_normal())


def _negative(
    g: np.random.Generator, shape: tuple[int, ...], position: int, terms: int, result: np.dtype
) -> np.ndarray:
    return -np.abs(g.standard_normal(shape)) - 1


def _impulse(g: np.random.Generator, shape: tuple[int, ...], position: int, terms: int, result: np.dtype) -> np.ndarray:
    values = np.zeros(shape)
    if values.size:
        values.flat[g.integers(values.size)] = g.standard_normal() if position else 1.0
    return values


def _special(g: np.random.Generator, shape: tuple[int, ...], position: int, terms: int, result: np.dtype) -> np.ndarray:
    """Return normal values with up to two each of NaN, infinities and zeros of both signs; half of the time mostly zeros."""
    values = g.standard_normal(shape)
    if g.random() < 0.5:
        values[g.random(shape) < 0.7] = 0.0
    for value in g.permuted([np.nan, np.inf, -np.inf, -0.0, 0.0])[:3]:
        if values.size and g.random() < 0.5:
            values.flat[g.integers(values.size, size=2)] = value
    return values


def _subnormal(
    g: np.random.Generator, shape: tuple[int, ...], position: int, terms: int, result: np.dtype
) -> np.ndarray:
    """Return operands of which the first input is subnormal or its products are."""
    form = format_of(result)
    scale = form.least_normal * 2.0 ** -g.integers(0, form.precision) if position == 0 else 2.0 ** g.integers(-6, 2)
    return g.standard_normal(shape) * scale


def _huge(g: np.random.Generator, shape: tuple[int, ...], position: int, terms: int, result: np.dtype) -> np.ndarray:
    """Return operands whose partial sums overflow although the sum may not."""
    form = format_of(result)
    scale = 2.0 ** (form.greatest_exponent - 1) if position == 0 else 2.0 ** g.integers(-3, 2)
    return np.clip(g.standard_normal(shape), -1.9, 1.9) * scale


_INTEGER_DATA: Maker = _integer_data
_FAMILY: dict[str, Maker] = {
    "integers": _integers,
    "normal": _normal,
    "wide": _wide,
    "cancelling": _cancelling,
    "constant": _constant,
    "negative": _negative,
    "impulse": _impulse,
    "special": _special,
    "subnormal": _subnormal,
    "huge": _huge,
}
