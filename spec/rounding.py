"""Floating-point formats, and how far a correct implementation may be from the exact value.

The model: ``fl(a op b) = (a op b)(1 + d) + e`` with ``|d| <= u``; ``e`` only for products, ``|e| <= eta / 2``; additions are
exact when subnormal (Higham 2002, Accuracy and Stability of Numerical Algorithms, section 2.2).
"""

from dataclasses import dataclass
from fractions import Fraction
from math import expm1, log1p, log2, sqrt
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Format:
    """A binary floating-point format: precision in bits, exponent of the least subnormal, exponent of the largest number."""

    name: str
    precision: int
    least_exponent: int
    greatest_exponent: int

    @property
    def unit(self) -> float:
        """u, the unit roundoff."""
        return 2.0**-self.precision

    @property
    def least(self) -> float:
        """eta, the least subnormal number."""
        return 2.0**self.least_exponent

    @property
    def least_normal(self) -> float:
        """lambda, the least normal number."""
        return 2.0 ** (self.least_exponent + self.precision - 1)

    @property
    def largest(self) -> float:
        """Omega, the largest finite number."""
        return (2.0 - 2.0 ** (1 - self.precision)) * 2.0**self.greatest_exponent


BINARY64 = Format("float64", 53, -1074, 1023)
BINARY32 = Format("float32", 24, -149, 127)
TF32 = Format("tf32", 11, -136, 127)
BINARY16 = Format("float16", 11, -24, 15)
BFLOAT16 = Format("bfloat16", 8, -133, 127)
FORMATS = {f.name: f for f in (BINARY64, BINARY32, TF32, BINARY16, BFLOAT16)}


def format_of(dtype: np.dtype) -> Format:
    """Return the format of a real or complex dtype's parts."""
    return BINARY32 if dtype in (np.float32, np.complex64) else BINARY64


@dataclass(frozen=True)
class Arithmetic:
    """What a subject declares of its arithmetic: format of the result, of the accumulator, and of narrowed operands."""

    result: Format
    accumulator: Format | None = None
    operands: Format | None = None
    flushed: bool = False

    @property
    def sums_in(self) -> Format:
        return self.accumulator or self.result

    @property
    def lost_by_result(self) -> float:
        """What rounding a result that is subnormal may lose."""
        return self.result.least_normal if self.flushed else self.result.least

    @property
    def narrowest(self) -> Format:
        """The format of the result or of the accumulator, whichever has less precision and range."""
        return min(self.result, self.sums_in, key=lambda f: (f.precision, f.greatest_exponent))


def _upward(value: float) -> float:
    return value * (1 + 2.0**-50) if value else 0.0


def direct_factor(count: np.ndarray | int, arithmetic: Arithmetic) -> np.ndarray:
    """Return ``(1 + u_in)**2 (1 + u_acc)**K - 1`` with ``K = count``, rounded up.

    A sum of n products in any order, with or without FMA, and a bias, is within this factor times S of the exact value:
    a leaf of any summation tree with K leaves meets its own rounding and at most K - 1 more.
    """
    counts, which = _few(count)
    exponent = counts * log1p(arithmetic.sums_in.unit)
    if arithmetic.operands is not None:
        exponent = exponent + 2 * log1p(arithmetic.operands.unit)
    return (np.expm1(exponent) * (1 + 2.0**-50))[which]


def _few(count: np.ndarray | int) -> tuple[np.ndarray, Any]:
    """Return the counts up to the greatest and where each stands among them, where that is cheaper than all elements."""
    counts = np.asarray(count, np.float64)
    if counts.size < 1000 or counts.max() >= counts.size:
        return counts, ...
    return np.arange(counts.max() + 1), counts.astype(np.intp)


def underflow_term(count: np.ndarray | int, arithmetic: Arithmetic) -> np.ndarray:
    """Return ``K (eta / 2) (1 + u)**K``, or ``2 K lambda (1 + u)**K`` where subnormals are flushed, rounded up."""
    (counts, which), sums_in = _few(count), arithmetic.sums_in
    growth = np.exp(counts * log1p(sums_in.unit)) * (1 + 2.0**-50)
    if arithmetic.flushed:
        return (np.ceil(2 * counts * growth) * sums_in.least_normal)[which]
    # a half of the least number is no number: whole multiples keep the bound a bound, and exact
    return (np.ceil(counts / 2 * growth) * sums_in.least)[which]


def direct_bound(magnitude: np.ndarray, count: np.ndarray, exact: np.ndarray, arithmetic: Arithmetic) -> np.ndarray:
    """Return the bound of a direct sum, element by element.

    ``E = ((1 + u_in)**2 (1 + u_acc)**K - 1) S + U``, and ``E + u_out (|exact| + E) + eta_out / 2`` where the accumulator is
    wider than the result (the least normal number for ``eta_out / 2`` where subnormals are flushed). An empty or all-zero sum
    has the bound 0. Operands flushed, or below the range of the format to which they are rounded, are the caller's: what they
    lose depends on more than S and n.
    """
    error = direct_factor(count, arithmetic) * magnitude + underflow_term(count, arithmetic)
    if arithmetic.sums_in != arithmetic.result:
        error = error + arithmetic.result.unit * (np.abs(exact) + error) + arithmetic.lost_by_result
    return np.where(magnitude == 0, 0.0, error)


def direct_bound_exact(magnitude: Fraction, count: int, exact: Fraction, arithmetic: Arithmetic) -> Fraction:
    """Return the same bound for one element as a fraction."""
    if magnitude == 0:
        return Fraction(0)
    error = Fraction(float(direct_factor(count, arithmetic))) * magnitude + Fraction(
        float(underflow_term(count, arithmetic))
    )
    if arithmetic.sums_in != arithmetic.result:
        error += Fraction(arithmetic.result.unit) * (abs(exact) + error) + Fraction(arithmetic.lost_by_result)
    return error


_RADICES = (2, 3, 4, 5, 7, 8, 11)


def pass_growth(radix: int, unit: float) -> float:
    """Return the relative 2-norm error of one pass of a mixed-radix transform.

    A pass multiplies by twiddles of accuracy u (Higham 2002, section 24.1) and by the r-point DFT matrix. Its entries have
    modulus 1 and it scales the 2-norm by sqrt(r), so a sum of r complex products in any order errs by at most
    ``sqrt(2 r) ((1 + u)**(r + 3) - 1)`` relative to the result.
    """
    return sqrt(2 * radix) * expm1((radix + 3) * log1p(unit)) + 5 * unit


def fft_growth(points: float, unit: float) -> float:
    """Return eps with ``||fl(FFT x) - FFT x||_2 <= eps ||FFT x||_2`` for any mixed-radix transform of at most `points` points.

    The worst radix up to 11, per octave, stands for all of them: a library may factor the length as it likes.
    """
    per_octave = max(log1p(pass_growth(radix, unit)) / log2(radix) for radix in _RADICES)
    return _upward(expm1(max(1.0, log2(points)) * per_octave))


def fft_bound(
    norm_x: float, norm_w: float, norm_y: float, points: int, arithmetic: Arithmetic, terms: int = 1
) -> float:
    """Return a bound on every element of a convolution computed by FFTs of `points` points in all.

    ``E1 N1 + eps (||y||_2 + sqrt(P) E1 N1)`` with ``N1 = ||x||_2 ||w||_2`` and
    ``E1 = (1 + eps)**2 (1 + sqrt(2) gamma_2)(1 + u)**C - 1``, where C products of spectra are added, one per channel; not
    relative to the local sum.
    """
    unit = arithmetic.sums_in.unit
    eps = fft_growth(points, unit)
    product = sqrt(2) * expm1(2 * log1p(unit))
    first = ((1 + eps) ** 2 * (1 + product) * (1 + unit) ** terms - 1) * norm_x * norm_w
    # every one of the P log P operations may lose eta / 2, times what it is multiplied by afterwards
    lost = 4 * points * log2(2 * points) * arithmetic.sums_in.least * (1 + sqrt(points) * (norm_x + norm_w))
    return _upward(first + eps * (norm_y + sqrt(points) * first) + unit * norm_y + lost)
