"""The classes of algorithms by which sums of products are computed, and what each says of the growth of errors.

All but "fft" err like a sum in floating point: within ``((1 + u)**K - 1) S`` and an underflow term. They differ in S, the sum
of the moduli of what is added, and in K, the most roundings that a summand meets.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from .configuration import Configuration
from .convolution import CONVOLUTIONS
from .evaluate import Evaluation
from .records import OperatorSpec
from .winograd import WINOGRAD, applies, winograd_count, winograd_magnitude

Arrays = Mapping[str, np.ndarray]

EXACT_ON_INTEGERS = ("direct", "pairwise", "gauss")
"""Classes that only add and multiply operands: sums of small integers are exact."""
SPREADING = ("fft", *WINOGRAD)
"""Classes that mix samples which the definition keeps apart: NaN and infinities spread."""

EITHER = " or "
"""Joins the names of algorithms of a record that is no sum of products, where an implementation chooses among them."""

BLOCK = 32
"""Pairwise summation adds blocks of at most so many summands in any order; NumPy's blocks of 128 in eight lanes are no deeper."""


def algorithm_classes(record: OperatorSpec) -> tuple[str, ...]:
    """Return the classes in which an operator may be computed, those with the smaller bound first."""
    if not record.sums_products:
        return tuple(dict.fromkeys(("direct", *record.algorithms)))
    complex_products = ("gauss",) if "complex" in record.numbers else ()
    tiles = tuple(WINOGRAD) if record in CONVOLUTIONS else ()
    return ("pairwise", "direct", *complex_products, *tiles, *(("fft",) if _slides(record) else ()), *record.algorithms)


def _slides(record: OperatorSpec) -> bool:
    """Whether a filter moves along a signal of n samples: then spectra can be multiplied instead."""
    axes = (axis for array in (*record.inputs, record.output) for axis in array.axes)
    return any(symbol.name[0] == "n" for axis in axes for symbol in axis.free_symbols)


def pairwise_count(count: Any) -> Any:
    """Return the most roundings that a summand meets in pairwise summation of blocks: ``min(n, B) + ceil(log2(ceil(n / B)))``.

    Examples
    --------
    >>> pairwise_count(np.array([1, 32, 33, 1000])).tolist()
    [1.0, 32.0, 33.0, 37.0]
    """
    blocks = np.ceil(np.maximum(count, 1) / BLOCK)
    return np.minimum(count, BLOCK) + np.ceil(np.log2(blocks))


def grown(
    configuration: Configuration, arrays: Arrays, algorithm: str, real: Evaluation, imaginary: Evaluation | None = None
) -> tuple[Evaluation, Evaluation | None]:
    """Return the evaluation of a call with the S and K of an algorithm class.

    Parameters
    ----------
    configuration : Configuration
    arrays : mapping of str to ndarray
        The operands.
    algorithm : str
        One of `algorithm_classes`.
    real, imaginary : Evaluation
        The parts of the result with S and K of a direct sum.
    """
    if algorithm == "pairwise":
        return _counted(real), imaginary and _counted(imaginary)
    if algorithm == "gauss" and imaginary is not None:
        return by_gauss(real, imaginary), by_gauss(imaginary, real)
    if algorithm in WINOGRAD and applies(configuration):
        with np.errstate(over="ignore", invalid="ignore"):
            tiled = _tiled(configuration, arrays, algorithm)
        return _larger(real, *tiled), imaginary and _larger(imaginary, *tiled)
    return real, imaginary


def _counted(part: Evaluation) -> Evaluation:
    return replace(part, count=pairwise_count(part.count))


def by_gauss(part: Any, other: Any) -> Any:
    """Return an evaluation, or an exact element, with S and K of three real products per complex one, in any usual form.

    ``c (a + b), a (d - c), b (c + d)``, or ``a c, b d, (a + b) (c + d)`` of whole convolutions: every product is at most
    ``(|a| + |b|) (|c| + |d|)``, whose sum is S of both parts, and meets two rounded operands, itself, and the sums of three
    products per complex one. A bias enters both parts.
    """
    count = part.count + other.count
    with np.errstate(over="ignore"):
        magnitude = 2 * (part.magnitude + other.magnitude)
    return replace(part, magnitude=magnitude, count=count + 2 * (count > 0))


def _tiled(configuration: Configuration, arrays: Arrays, algorithm: str) -> tuple[np.ndarray, int]:
    scheme, (x, w) = WINOGRAD[algorithm], (moduli(arrays[name]) for name in "xw")
    parts = 2 if any(array.dtype.kind == "c" for array in arrays.values()) else 1
    count = winograd_count(configuration, scheme) + (parts - 1) * w.shape[1]
    bias = moduli(arrays["b"]).reshape(-1, *(1,) * configuration.record.dims) if "b" in arrays else 0.0
    return winograd_magnitude(configuration, scheme, x, w) + bias, count


def _larger(part: Evaluation, magnitude: np.ndarray, count: int) -> Evaluation:
    """Return the larger of two S and of two K: a library may compute a call directly all the same."""
    return replace(part, magnitude=np.maximum(part.magnitude, magnitude), count=np.maximum(part.count, count))


def moduli(values: np.ndarray) -> np.ndarray:
    """Return the finite numbers' moduli, of complex ones the sum of those of the parts, and 0 for others."""
    parts = (values.real, values.imag) if values.dtype.kind == "c" else (values,)
    return np.asarray(
        sum(np.abs(np.nan_to_num(part.astype(np.float64), posinf=0.0, neginf=0.0)) for part in parts), np.float64
    )
