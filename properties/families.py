"""Structured data by seed: each family exists because a real fault hid from all others."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from math import isqrt, prod

import numpy as np

from convoracle.spec.rounding import format_of

Shapes = Mapping[str, tuple[int, ...]]
Arrays = dict[str, np.ndarray]

EXACT_FAMILIES = ("integers",)
FLOAT_FAMILIES = ("normal", "wide", "cancelling", "constant", "negative", "impulse")
EXTREME_FAMILIES = ("special", "subnormal", "huge")
LARGE_INTEGERS = "large"
LIMITS = "limits"
LAYER_FAMILIES = (*FLOAT_FAMILIES, "far", "offset", "ties")
"""For definitions that are more than sums of products."""
DIRECTED_FAMILIES = ("absorbed", "halfway", "ten bits", "alone")
"""On which classes of algorithms and of precision differ most: what one loses, another keeps."""
FAMILIES = (
    *EXACT_FAMILIES,
    *FLOAT_FAMILIES,
    *EXTREME_FAMILIES,
    LARGE_INTEGERS,
    *LAYER_FAMILIES[len(FLOAT_FAMILIES) :],
    LIMITS,
    *DIRECTED_FAMILIES,
    "infinite",
)
ONE_EXTREME = ("subnormal", "huge")
"""Families in which one input is extreme: the first one, more often than all others."""
DISTINCT_INDICES = ("integers", "negative", "impulse", "special", "subnormal", "huge", "infinite")
"""Families in which the indices of a plane differ, where there are places enough."""
KINDS = {
    "nan": ("special",),
    "special": ("special", "infinite"),
    "repeated": tuple(family for family in FAMILIES if family not in DISTINCT_INDICES),
    "ties": ("integers", "constant", "impulse", "ties", "special", "infinite", LARGE_INTEGERS, LIMITS),
}
"""The families that hold data of a kind on which conventions differ."""


@dataclass(frozen=True)
class Domain:
    """What the entries of an input may be: integers 0 .. below-1, or numbers from `least` on."""

    below: int | None = None
    least: int | None = None


def integer_span(terms: int, precision: int) -> int:
    """Return the largest V such that a sum of `terms` products of integers in -V .. V, and a bias, stays within 2**precision.

    Examples
    --------
    >>> integer_span(576, 24)
    170
    """
    return max(1, min(1000, isqrt(2**precision // (terms + 1))))


def draw(
    family: str,
    shapes: Shapes,
    dtypes: Mapping[str, str],
    terms: int,
    seed: int,
    domains: Mapping[str, Domain] | None = None,
) -> Arrays:
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
    domains : mapping by input name, optional
        What the entries of some inputs are confined to.
    """
    generator = np.random.default_rng([seed, FAMILIES.index(family)])
    domains = domains or {}
    indices = {
        name: _indices(generator, shapes[name], domains[name], dtypes[name], family in DISTINCT_INDICES)
        for name in shapes
        if _is_index(domains, name)
    }
    numbers = {name: dtype for name, dtype in dtypes.items() if name not in indices}
    drawn = _numbers(generator, family, {name: shapes[name] for name in shapes if name in numbers}, numbers, terms)
    return {name: indices[name] if name in indices else _confined(drawn[name], domains.get(name)) for name in shapes}


def _is_index(domains: Mapping[str, Domain], name: str) -> bool:
    return name in domains and domains[name].below is not None


def _indices(g: np.random.Generator, shape: tuple[int, ...], domain: Domain, dtype: str, distinct: bool) -> np.ndarray:
    assert domain.below is not None
    below, plane = max(1, min(domain.below, int(np.iinfo(dtype).max))), prod(shape[2:])
    if not distinct or plane > below:
        return g.integers(0, below, shape).astype(dtype)
    places = g.permuted(np.tile(np.arange(below), (*shape[:2], 1)), axis=-1)[..., :plane]
    return places.reshape(shape).astype(dtype)


def _confined(values: np.ndarray, domain: Domain | None) -> np.ndarray:
    if domain is None or domain.least is None:
        return values
    assert domain.least == 0, "only non-negative inputs are known"
    return np.abs(values)


def _numbers(
    generator: np.random.Generator, family: str, shapes: Shapes, dtypes: Mapping[str, str], terms: int
) -> Arrays:
    result = np.result_type(*dtypes.values())
    if family == LARGE_INTEGERS:
        return _large(generator, shapes, dtypes, terms)
    if family == LIMITS:
        return {name: _limits(generator, shape, dtypes[name]) for name, shape in shapes.items()}
    make = _INTEGER_DATA if result.kind in "iu" else _FAMILY[family]
    extreme = max(0, int(generator.integers(-len(shapes), len(shapes)))) if family in ONE_EXTREME else 0
    arrays: Arrays = {}
    for place, (name, shape) in enumerate(shapes.items()):
        dtype, position = np.dtype(dtypes[name]), (place - extreme) % len(shapes)
        own = family in ONE_EXTREME and dtype.kind in "fc"  # extreme, and yet a number of its format
        drawn = partial(make, generator, shape, position, terms, dtype if own else result)
        values = _complex(drawn(), drawn()) if result.kind == "c" and dtype.kind == "c" else drawn()
        arrays[name] = _cast(values, dtype)
    return arrays


def _complex(real: np.ndarray, imaginary: np.ndarray) -> np.ndarray:
    """Return numbers of these parts: ``real + 1j * imaginary`` would make NaN of infinite parts."""
    values = np.empty(real.shape, np.complex128)
    values.real, values.imag = real, imaginary
    return values


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


def _limits(g: np.random.Generator, shape: tuple[int, ...], dtype: str) -> np.ndarray:
    """Return integers at the ends of their dtype and where float64 begins to skip integers, among small ones."""
    low, high = int(np.iinfo(dtype).min), int(np.iinfo(dtype).max)
    ends = [v for v in (low, low + 1, high, high - 1, high // 2 + 1, 2**53 + 1, -(2**53) - 1) if low <= v <= high]
    chosen = [ends[int(g.integers(len(ends)))] for _ in range(2)]
    return g.choice(np.array([*chosen, 0, 1, 2, 3], dtype), shape)


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
    """Return normal values with some NaN, infinities and zeros of both signs; half of the time mostly zeros.

    One time in five hardly anything else, so that they meet in a window.
    """
    if g.random() < 0.2:
        return g.choice(
            [np.nan, np.inf, -np.inf, -0.0, 0.0, 1.0, -1.0], shape, p=[0.3, 0.05, 0.05, 0.15, 0.15, 0.15, 0.15]
        )
    values = g.standard_normal(shape)
    if g.random() < 0.5:
        values[g.random(shape) < 0.7] = 0.0
    first, second, _ = g.permuted([np.nan, np.inf, -np.inf])
    for value, chance in ((-0.0, 0.4), (0.0, 0.4), (second, 0.4), (first, 0.8)):
        if values.size and g.random() < chance:
            many = g.choice([1, 2, max(2, values.size // 3)])
            values.flat[g.integers(values.size, size=many)] = value
    return values


def _infinite(
    g: np.random.Generator, shape: tuple[int, ...], position: int, terms: int, result: np.dtype
) -> np.ndarray:
    """Return special values without NaN."""
    values = _special(g, shape, position, terms, result)
    return np.where(np.isnan(values), 1.0, values)


def _subnormal(
    g: np.random.Generator, shape: tuple[int, ...], position: int, terms: int, result: np.dtype
) -> np.ndarray:
    """Return operands of which the first input is subnormal or its products are, and half of the time what is added to them."""
    form = format_of(result)
    small = position == 0 or (position > 1 and g.random() < 0.5)
    scale = form.least_normal * 2.0 ** -g.integers(0, form.precision) if small else 2.0 ** g.integers(-6, 2)
    return g.standard_normal(shape) * scale


def _huge(g: np.random.Generator, shape: tuple[int, ...], position: int, terms: int, result: np.dtype) -> np.ndarray:
    """Return operands whose partial sums overflow although the sum may not."""
    form = format_of(result)
    scale = 2.0 ** (form.greatest_exponent - 1) if position == 0 else 2.0 ** g.integers(0, 4)
    return np.clip(g.standard_normal(shape), -1.9, 1.9) * scale


def _far(g: np.random.Generator, shape: tuple[int, ...], position: int, terms: int, result: np.dtype) -> np.ndarray:
    """Return values from small to 10,000 in modulus: where exponentials overflow and vanish."""
    return g.standard_normal(shape) * 10.0 ** g.integers(-2, 4, shape, endpoint=True)


def _offset(g: np.random.Generator, shape: tuple[int, ...], position: int, terms: int, result: np.dtype) -> np.ndarray:
    """Return values whose mean is far above their spread."""
    return g.choice([-1.0, 1.0]) * 10.0 ** g.integers(1, 5) + g.standard_normal(shape) * 10.0 ** g.integers(-3, 1)


def _ties(g: np.random.Generator, shape: tuple[int, ...], position: int, terms: int, result: np.dtype) -> np.ndarray:
    """Return few distinct values, so that the largest occurs more than once."""
    return g.choice([-1.5, -0.25, 0.0, 2.0], shape)


NARROW = (8, 11, 24)
"""Precisions of the formats that are narrower than a result may be."""


def _absorbed(
    g: np.random.Generator, shape: tuple[int, ...], position: int, terms: int, result: np.dtype
) -> np.ndarray:
    """Return ones, and of the first input numbers just below half the last place of 1, and a 1: a running sum keeps none."""
    if position:
        return np.ones(shape)
    values = np.full(shape, 2.0 ** -float(g.choice(NARROW)) * (1 - 2.0**-5))
    if values.size:
        values.flat[0 if g.random() < 0.5 else g.integers(values.size)] = 1.0
    return values


def _halfway(g: np.random.Generator, shape: tuple[int, ...], position: int, terms: int, result: np.dtype) -> np.ndarray:
    """Return positive numbers nearly halfway between two of a narrow format, always on the same side."""
    fraction = 2.0 ** -float(NARROW[terms % 2]) * (1 - 2.0**-4)
    return (1 + fraction) * 2.0 ** g.integers(-2, 3, shape)


def _ten_bits(
    g: np.random.Generator, shape: tuple[int, ...], position: int, terms: int, result: np.dtype
) -> np.ndarray:
    """Return integers of ten bits, and of all inputs but the first a single 1: exact in TF32 and in float16, not in bfloat16."""
    if position == 0:
        return (2 * g.integers(256, 512, shape) + 1) * g.choice([-1.0, 1.0], shape)
    values = np.zeros(shape)
    if values.size:
        values.flat[g.integers(values.size)] = 1.0
    return values


def _alone(g: np.random.Generator, shape: tuple[int, ...], position: int, terms: int, result: np.dtype) -> np.ndarray:
    """Return numbers of which one of the first input is far larger than the rest: few sums should know of it."""
    values = g.standard_normal(shape)
    if values.size and position == 0:
        values.flat[g.integers(values.size)] *= 2.0**20
    return values


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
    "infinite": _infinite,
    "subnormal": _subnormal,
    "huge": _huge,
    "far": _far,
    "offset": _offset,
    "ties": _ties,
    "absorbed": _absorbed,
    "halfway": _halfway,
    "ten bits": _ten_bits,
    "alone": _alone,
}
