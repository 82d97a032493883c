"""Frame bounds of filter banks as they are stored: rigorous numbers of the floats in memory (M10).

A bank of spectra h_0 .. h_K (an average and K wavelets) on a cyclic grid maps x to ``x * h_0 .. x * h_K``. By Parseval's identity

    sum_k ||x * h_k||^2 = (1/P) sum over w of G(w) |x^(w)|^2,    G(w) = sum_k |h_k(w)|^2,

and for real x, where ``|x^(w)| = |x^(-w)|``, G may be replaced by ``F(w) = (G(w) + G(-w))/2``. So over real vectors
``A ||x||^2 <= .. <= B ||x||^2`` with the least and the greatest F, over complex ones with those of G; the cosine (the
exponential) of the extreme bin attains them. The bin -w is taken modulo P on every axis: the bins 0 and P/2 are their own
negatives, and count in full there.

The sums are computed without losing anything to rounding but a known second-order term. A product of two floats is the sum of
two floats exactly (Dekker 1971), and so is a sum (Knuth). Of n products the leading parts p_i are added to s with the exact
errors t_i, and ``t_i + q_i``, where q_i is what p_i lacks, are added to e in plain floating point: exactly, the sum is
``s + sum (t_i + q_i)``, with ``|t_i| <= u |s_i| <= u (1+u)^n S`` and ``|q_i| <= u |p_i|``, S the sum of the ``|p_i|``. The 2n
additions that give e err by ``gamma_2n`` times the sum of the moduli of their terms, so ``|sum - (s + e)|`` is at most
``gamma_2n (n+1) u (1+u)^n S``, which is less than ``4 n (n+1) u^2 S`` as computed, for n <= 2**20. Products below 2**-960, whose
parts would be subnormal, are left out and counted as an error of 2**-959 each.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import inf, nextafter
from typing import Any

import numpy as np

UNIT = 2.0**-53
LARGEST = 2.0**400
"""Bounds the moduli of the floats that are taken: no product of these overflows."""

SMALL, LEFT_OUT = 2.0**-960, 2.0**-959
MOST_PRODUCTS = 2**20
SPLITTER = 2.0**27 + 1


@dataclass(frozen=True)
class FrameBounds:
    """Bounds of a frame, rounded outwards, and the bins where they are attained: their frequencies, axis by axis.

    `upper` is at most 1 exactly if no bin exceeds 1, however close to it; that is decided in rational numbers.
    """

    lower: float
    upper: float
    lowest_bin: tuple[int, ...]
    highest_bin: tuple[int, ...]

    @property
    def defect(self) -> float:
        """How far the frame is from a tight one, at most: the largest ``|F - 1|``."""
        return nextafter(max(self.upper - 1, 1 - self.lower), inf)


@dataclass(frozen=True)
class Compensated:
    """Sums of products: ``high + low``, off by `error` at most."""

    high: np.ndarray
    low: np.ndarray
    error: np.ndarray

    @property
    def lower(self) -> np.ndarray:
        """Floats that are not above the sums: `error` covers the rounding of the inner difference."""
        return np.nextafter(self.high + (self.low - self.error), -inf)

    @property
    def upper(self) -> np.ndarray:
        """Floats that are not below the sums."""
        return np.nextafter(self.high + (self.low + self.error), inf)

    def halved(self) -> "Compensated":
        """Return half of the sums."""
        return Compensated(self.high / 2, self.low / 2, self.error / 2)

    def less(self, number: float) -> "Compensated":
        """Return the sums less a number."""
        high, lost = _exact_sum(self.high, np.full_like(self.high, -number))
        return Compensated(high, self.low + lost, self.error + 4 * UNIT * (np.abs(self.low) + np.abs(lost)))


def frame_bounds(phi: np.ndarray, psi: np.ndarray, *, real: bool = True) -> FrameBounds:
    """Certify the frame bounds of a stored bank at full rate.

    Parameters
    ----------
    phi : ndarray of floats or complex numbers of shape (*bins)
        Spectrum of the average, from frequency 0 on every axis.
    psi : ndarray of shape (K, *bins)
        Spectra of the wavelets; K may be 0.
    real : bool
        Whether the signals are real; for complex ones nothing is symmetrised, and a bank needs wavelets of both signs.

    Raises
    ------
    ValueError
        If the shapes do not fit, or a number is not finite or beyond 2**400.

    Examples
    --------
    >>> import numpy as np
    >>> bounds = frame_bounds(np.array([1.0, 0.5]), np.array([[0.0, 0.75]]))
    >>> bounds.upper, bounds.highest_bin, bounds.lowest_bin
    (1.0, (0,), (1,))
    >>> 0 <= 0.25 + 0.5625 - bounds.lower < 1e-15
    True
    """
    bank = stacked(phi, psi)
    sums = _powers(bank, real)
    upper = np.where(_exceed_one(sums, bank, real), sums.upper, np.minimum(sums.upper, 1.0))
    lowest, highest = np.unravel_index(np.argmin(sums.lower), phi.shape), np.unravel_index(np.argmax(upper), phi.shape)
    return FrameBounds(
        max(0.0, float(sums.lower[lowest])), float(upper[highest]), _integers(lowest), _integers(highest)
    )


def frame_function(phi: np.ndarray, psi: np.ndarray, *, real: bool = True) -> np.ndarray:
    """Return F (G for complex signals) at every bin, as the nearest floats or their neighbours.

    Examples
    --------
    >>> import numpy as np
    >>> frame_function(np.array([1.0, 0.5, 0.5]), np.array([[0.0, 0.5, 0.0]])).tolist()
    [1.0, 0.375, 0.375]
    """
    sums = _powers(stacked(phi, psi), real)
    return sums.high + sums.low


def canonical_dual(phi: np.ndarray, psi: np.ndarray, *, real: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """Return the spectra that give a signal back: ``x = sum of (x * h_k) * h~_k``, the real part of it for real signals.

    ``h~_k = conj(h_k)/F``: then ``sum h~_k h_k = G/F``, and the real part has ``(G(w) + G(-w))/(2 F(w)) = 1`` at every bin.

    Raises
    ------
    ValueError
        If the bank is no frame: F vanishes in some bin.
    """
    function = frame_function(phi, psi, real=real)
    if not function.all():
        hole = _integers(np.unravel_index(np.argmin(function), function.shape))
        raise ValueError(f"canonical_dual: the bank must be a frame, got F = 0 in bin {hole}")
    return phi.conj() / function, psi.conj() / function


def reconstruction_error(bank: Sequence[np.ndarray], dual: Sequence[np.ndarray], *, real: bool = True) -> float:
    """Certify how well a stored dual inverts a stored bank: ``||x~ - x|| <= error ||x||`` in exact arithmetic.

    The error is the largest ``|R(w) - 1|`` where ``R(w) = sum_k h~_k(w) h_k(w)``, or for real signals half of that and of its
    conjugate at -w.

    Parameters
    ----------
    bank, dual : pairs of ndarray of shapes (*bins) and (K, *bins)

    Examples
    --------
    >>> import numpy as np
    >>> bank = np.array([1.0, 0.5]), np.array([[0.0, 0.75]])
    >>> reconstruction_error(bank, canonical_dual(*bank)) < 1e-15
    True
    """
    one, other = stacked(*bank), stacked(*dual)
    signed = ((_real_parts(one, other), 1), (_imaginary_parts(one, other), -1))
    parts = (_dot(_also_at_minus(pairs, real, sign)) for pairs, sign in signed)
    cosine, sine = (part.halved() if real else part for part in parts)
    off = [np.maximum(np.abs(part.lower), np.abs(part.upper)) for part in (cosine.less(1), sine)]
    return nextafter(nextafter(float(np.max(np.hypot(*off))), inf), inf)


def stacked(phi: np.ndarray, psi: np.ndarray) -> np.ndarray:
    """Return average and wavelets as one array of float64 or complex128 of shape (1 + K, *bins).

    Raises
    ------
    ValueError
        If the shapes do not fit, or a number is not finite or beyond 2**400.
    """
    if psi.shape[1:] != phi.shape or phi.size == 0:
        raise ValueError(f"frame: wavelets must have the bins of the average, got {psi.shape} and {phi.shape}")
    bank = np.concatenate([phi[None], psi])
    bank = bank.astype(np.complex128 if np.iscomplexobj(bank) else np.float64)
    if not (np.abs(bank.real) < LARGEST).all() or not (np.abs(bank.imag) < LARGEST).all():
        raise ValueError(f"frame: spectra must be finite and below {LARGEST}")
    return bank


def reflected(values: np.ndarray) -> np.ndarray:
    """Return an array read at -w, modulo its size on every axis."""
    return np.roll(np.flip(values), 1, axis=tuple(range(values.ndim)))


def _integers(place: Iterable[Any]) -> tuple[int, ...]:
    return tuple(map(int, place))


Pairs = Iterator[tuple[np.ndarray, np.ndarray]]


def _powers(bank: np.ndarray, real: bool) -> Compensated:
    """Return F, or G, at every bin."""
    total = _dot(_also_at_minus(_real_parts(bank.conj(), bank), real))
    return total.halved() if real else total


def _real_parts(one: np.ndarray, other: np.ndarray) -> Pairs:
    """Yield the factors of the products whose sum is the real part of ``sum_k one_k other_k``."""
    for a, b in zip(one, other, strict=True):
        yield a.real, b.real
        if np.iscomplexobj(one) or np.iscomplexobj(other):
            yield -a.imag, b.imag


def _imaginary_parts(one: np.ndarray, other: np.ndarray) -> Pairs:
    for a, b in zip(one, other, strict=True):
        yield a.real, b.imag
        yield a.imag, b.real


def _also_at_minus(pairs: Pairs, real: bool, sign: int = 1) -> Pairs:
    """Yield factors at w and, where signals are real, those at -w."""
    for a, b in pairs:
        yield a, b
        if real:
            yield sign * reflected(a), reflected(b)


def _dot(pairs: Pairs) -> Compensated:
    """Return the sums of products, bin by bin."""
    high = low = size = left_out = np.zeros(())
    count = 0
    for a, b in pairs:
        product, lost = _exact_product(a, b)
        high, off = _exact_sum(high, product)
        low, size, count = low + (off + lost), size + np.abs(product), count + 1
        left_out = left_out + ((product == 0) & (a != 0) & (b != 0))
    assert count <= MOST_PRODUCTS
    second_order = 4 * count * (count + 1) * UNIT**2 * size + 4 * UNIT * np.abs(low)
    return Compensated(high, low, second_order + left_out * LEFT_OUT)


def _exact_sum(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the rounded sum and what it lacks (Knuth)."""
    total = a + b
    part = total - a
    return total, (a - (total - part)) + (b - part)


def _exact_product(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the rounded product and what it lacks (Dekker); zeros for products below `SMALL`."""
    product = a * b
    (a_high, a_low), (b_high, b_low) = _halves(a), _halves(b)
    lost = ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low
    kept = np.abs(product) >= SMALL
    return np.where(kept, product, 0.0), np.where(kept, lost, 0.0)


def _halves(a: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return two floats of 26 bits whose sum is `a` (Veltkamp)."""
    large = SPLITTER * a
    high = large - (large - a)
    return high, a - high


def _exceed_one(sums: Compensated, bank: np.ndarray, real: bool) -> np.ndarray:
    """Return where sums of squares exceed 1: by rational numbers where floats cannot tell."""
    beyond = sums.less(1)
    excess = beyond.high + beyond.low
    exceeds = excess > 0
    for place in zip(*np.nonzero(np.abs(excess) <= 2 * beyond.error), strict=True):
        exceeds[place] = _exact_power(bank, _integers(place), real) > 1
    return exceeds


def _exact_power(bank: np.ndarray, place: tuple[int, ...], real: bool) -> Fraction:
    """Return F, or G, in one bin."""
    mirror = tuple(-w % size for w, size in zip(place, bank.shape[1:], strict=True))
    entries = [bank[(slice(None), *w)] for w in ((place, mirror) if real else (place,))]
    parts = [part for values in entries for part in (values.real, values.imag)]
    squares = (Fraction(float(value)) ** 2 for values in parts for value in values[values != 0])
    return sum(squares, Fraction(0)) / len(entries)
