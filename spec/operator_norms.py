"""Certified operator norms of layers, in ball arithmetic: how much a layer, and a cascade of layers, may expand (M-stab).

A convolution on the integers is multiplication by its symbol: with ``sigma = s / gcd(s, d)`` and the taps split by residue,
``u = sigma v + r``, the matrix ``P(q)[o, (c, r)] = sum_v w[o, c, sigma v + r] exp(i v q)`` has
``norm^2 = max over q of lambda_max P(q) P(q)^*``, whatever else stride and dilation are. Zero padding only cuts rows and
columns out of that operator, so its norm is a bound for every size and padding.

Between the points of a grid a bound is needed. For a fixed vector ``v^* P P^* v`` is a trigonometric polynomial with values
in ``[0, M]`` and of degree ``D = floor((k - 1) / sigma)`` on each axis, and M. Riesz (1914) bounds one of sup norm ``M / 2``
from below by ``(M / 2) cos(D x)`` at distance ``x <= pi / D`` of its maximum. Applied to ``v^* P P^* v - M / 2``, on ``m``
points an axis: the maximum is at most the one of the grid divided by ``cos(pi D / (2 m))^2`` for each axis.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from heapq import heapify, heapreplace
from math import ceil, gcd, inf, nextafter, prod
from operator import add
from typing import Any

import numpy as np
from flint import acb, acb_mat, arb, ctx, fmpq
from sympy import symbols

from .code import integers
from .convolution import PADDING_MODES

PRECISION = 128
"""Bits of the ball arithmetic: the 2^j-th powers below lose about j + log2(size) of them."""
SQUARINGS = 7
"""How often a matrix is squared at most: the trace of the 2^7-th power of an n by n matrix is within n^(1/128) of lambda_max."""

Roots = list[list[list[acb]]]
"""For each axis and each frequency on it, the powers of its root of unity."""


@dataclass(frozen=True)
class NormBound:
    """An enclosure of an operator norm in float64, rounded outwards."""

    lower: float
    upper: float


def convolution_norm(
    w: np.ndarray, *, stride: Sequence[int], dilation: Sequence[int], groups: int = 1, refinement: int = 8
) -> NormBound:
    """Return an enclosure of the norm of a convolution on the integers; ``upper`` bounds it at every size and zero padding.

    Parameters
    ----------
    w : ndarray of shape (O, C/G, *k)
        Finite integers, floats or complex numbers, taken as they are stored.
    stride, dilation : sequence of int
        One for each spatial axis.
    groups : int
        Groups of channels; the norm is the largest of theirs.
    refinement : int
        Grid points an axis for each degree of the symbol, at least 2: the bounds differ by a factor
        ``1 / cos(pi / (2 refinement))`` for each axis, and by the trace's.

    Returns
    -------
    NormBound
        Rigorous, whatever `refinement` is.

    Raises
    ------
    ValueError
        If a weight is not finite.

    Examples
    --------
    >>> import numpy as np
    >>> bound = convolution_norm(np.array([[[1, 1, 1]]]), stride=(1,), dilation=(1,))
    >>> bound.lower <= 3 <= bound.upper < 3.06
    True
    """
    steps = [s // gcd(s, d) for s, d in zip(stride, dilation, strict=True)]
    degrees = [(k - 1) // step for k, step in zip(w.shape[2:], steps, strict=True)]
    counts = [max(1, refinement * degree) for degree in degrees]
    with ctx.workprec(PRECISION):
        roots = [_powers(m, degree + 1) for m, degree in zip(counts, degrees, strict=True)]
        parts = (_symbols(_polyphase(part, steps), _half(roots, w)) for part in np.split(_finite(w), groups))
        least, greatest = _largest_eigenvalue(_gram(p) for part in parts for p in part)
        slack = [arb(fmpq(degree, 2 * m)).cos_pi() for m, degree in zip(counts, degrees, strict=True)]
        cheap = arb(schur_bound(w, stride=stride, dilation=dilation, groups=groups))
        return _enclosure(least.sqrt(), (greatest.sqrt() / prod(slack, start=arb(1))).min(cheap))


def cyclic_norm(
    w: np.ndarray, *, size: Sequence[int], stride: Sequence[int], dilation: Sequence[int], groups: int = 1
) -> NormBound:
    """Return an enclosure of the norm of a cyclic convolution: ``max_w s^-1 sum_r |w^(w + 2 pi r / s)|^2`` on its own grid.

    Parameters
    ----------
    w : ndarray of shape (O, C/G, *k)
        Finite integers, floats or complex numbers.
    size, stride, dilation : sequence of int
        One for each spatial axis; the output has ``size / stride`` positions.
    groups : int
        Groups of channels.

    Raises
    ------
    ValueError
        If a weight is not finite, or a stride does not divide the size.

    Examples
    --------
    >>> import numpy as np
    >>> bound = cyclic_norm(np.array([[[1, -1]]]), size=(4,), stride=(1,), dilation=(1,))
    >>> bound.lower <= 2 <= bound.upper < 2 + 1e-9
    True
    """
    for n, s in zip(size, stride, strict=True):
        if n % s:
            raise ValueError(f"cyclic_norm: the stride must divide the size, got size={n}, stride={s}")
    coarse = [n // s for n, s in zip(size, stride, strict=True)]
    with ctx.workprec(PRECISION):
        roots = [_powers(n, k, d) for n, k, d in zip(size, w.shape[2:], dilation, strict=True)]
        parts = [_folded(_polyphase(part, [1] * len(size)), roots, coarse) for part in np.split(_finite(w), groups)]
        least, greatest = _largest_eigenvalue(_gram(p) for part in parts for p in part)
        return _enclosure((least / prod(stride)).sqrt(), (greatest / prod(stride)).sqrt())


def matrix_norm(w: np.ndarray) -> NormBound:
    """Return an enclosure of the largest singular value of a matrix: the norm of a dense layer.

    Examples
    --------
    >>> import numpy as np
    >>> bound = matrix_norm(np.diag([2, 0]))
    >>> bound.lower <= 2 <= bound.upper
    True
    """
    with ctx.workprec(PRECISION):
        least, greatest = _largest_eigenvalue([_gram(_ball(_finite(w)))])
        return _enclosure(least.sqrt(), greatest.sqrt())


def schur_bound(w: np.ndarray, *, stride: Sequence[int], dilation: Sequence[int], groups: int = 1) -> float:
    """Return ``sqrt(norm_1 norm_inf)`` of a convolution, rounded up: a cheap bound (Schur), equal to the norm for some filters.

    ``norm_inf`` is the largest sum of moduli of one output's weights, ``norm_1`` the largest sum of those that meet one sample.
    """
    steps = [s // gcd(s, d) for s, d in zip(stride, dilation, strict=True)]
    with ctx.workprec(PRECISION):
        moduli = np.vectorize(lambda value: acb(value).abs_upper(), otypes=[object])(_finite(w).astype(object))
        parts = [_split(part, steps) for part in np.split(moduli, groups)]
        outputs = [sum(row.ravel(), arb(0)) for part in parts for row in np.moveaxis(part, -2, 0)]
        samples = [sum(column.ravel(), arb(0)) for part in parts for column in np.moveaxis(part, -1, 0)]
        return _above((_greatest(outputs) * _greatest(samples)).sqrt())


def border_expansion(size: Sequence[int], padding: Sequence[tuple[int, int]], padding_mode: str) -> float:
    """Return a bound of ``norm(padded x) / norm(x)``: the root of how often a sample is read, at most, on all axes together."""
    j, n = symbols("j n", integer=True)
    place = integers((PADDING_MODES[padding_mode](j, n),), (j, n))
    most = 1
    for length, (before, after) in zip(size, padding, strict=True):
        read = [place(position, length)[0] for position in range(-before, length + after)]
        most *= max((read.count(sample) for sample in range(length)), default=1)
    return _root(most)


def window_multiplicity(kernel_size: Sequence[int], stride: Sequence[int], dilation: Sequence[int]) -> int:
    """Return ``prod ceil(k gcd(s, d) / s)``: in how many windows one sample lies, at most."""
    return prod(ceil(k / (s // gcd(s, d))) for k, s, d in zip(kernel_size, stride, dilation, strict=True))


def max_pool_constant(kernel_size: Sequence[int], stride: Sequence[int], dilation: Sequence[int]) -> float:
    """Return the l2 Lipschitz constant of max pooling, rounded up: the root of `window_multiplicity` (M14)."""
    return _root(window_multiplicity(kernel_size, stride, dilation))


def average_pool_constant(kernel_size: Sequence[int], stride: Sequence[int]) -> float:
    """Return ``prod (ceil(k / s) / k)^(1/2)``, rounded up: the l2 bound of average pooling whose divisor is ``prod k`` (M14)."""
    multiplicity = window_multiplicity(kernel_size, stride, [1] * len(stride))
    return _root(fmpq(multiplicity, prod(kernel_size)))


def network_bound(constants: Iterable[float]) -> float:
    """Return a bound of the product of the layers' constants, rounded up: a Lipschitz constant of their cascade."""
    with ctx.workprec(PRECISION):
        return _above(prod(map(arb, constants), start=arb(1)))


def _finite(w: np.ndarray) -> np.ndarray:
    if w.dtype != object and not np.isfinite(w).all():
        raise ValueError("operator norm: the weights must be finite")
    return w


def _split(w: np.ndarray, steps: Sequence[int]) -> np.ndarray:
    """Return (O, C, *k) as (*v, O, C r): the taps ``u = step v + r``, with zeros after the last."""
    dims = len(steps)
    counts = [-(-k // step) for k, step in zip(w.shape[2:], steps, strict=True)]
    ends = [(0, v * step - k) for v, step, k in zip(counts, steps, w.shape[2:], strict=True)]
    apart = np.pad(w, [(0, 0), (0, 0), *ends]).reshape(
        *w.shape[:2], *(size for pair in zip(counts, steps, strict=True) for size in pair)
    )
    taps, residues = range(2, 2 + 2 * dims, 2), range(3, 3 + 2 * dims, 2)
    return apart.transpose(*taps, 0, 1, *residues).reshape(*counts, w.shape[0], -1)


def _polyphase(w: np.ndarray, steps: Sequence[int]) -> np.ndarray:
    """Return the matrix of each tap, an array of shape (*v) of matrices (O, C r)."""
    apart = _split(w, steps)
    matrices = np.empty(apart.shape[:-2], object)
    for tap in np.ndindex(*matrices.shape):
        matrices[tap] = _ball(apart[tap])
    return matrices


def _ball(values: np.ndarray) -> acb_mat:
    rows, columns = values.shape
    return acb_mat(rows, columns, [acb(value) for value in values.ravel().tolist()])


def _powers(m: int, taps: int, step: int = 1) -> list[list[acb]]:
    """Return ``exp(2 pi i f step v / m)`` for all frequencies ``f < m`` and taps ``v``."""
    roots = [acb(fmpq(2 * f, m)).exp_pi_i() for f in range(m)]
    return [[roots[f * step * v % m] for v in range(taps)] for f in range(m)]


def _half(roots: Roots, w: np.ndarray) -> Roots:
    """Drop the frequencies whose symbol is the conjugate of another one's: half of the first axis, for real weights."""
    if np.iscomplexobj(w) or not roots:
        return roots
    return [roots[0][: len(roots[0]) // 2 + 1], *roots[1:]]


def _symbols(taps: Any, roots: Roots) -> Iterator[acb_mat]:
    """Yield the symbol at every frequency, one axis after the other; without axes `taps` is a matrix."""
    if not roots:
        yield taps
        return
    for powers in roots[0]:
        yield from _symbols(reduce(add, (z * tap for z, tap in zip(powers, taps, strict=True))), roots[1:])


def _folded(taps: np.ndarray, roots: Roots, coarse: Sequence[int]) -> Iterator[acb_mat]:
    """Yield, for every frequency of the output, the symbols at all frequencies that alias to it, side by side."""
    for place in np.ndindex(*coarse):
        aliases = [axis[f::m] for axis, f, m in zip(roots, place, coarse, strict=True)]
        rows = [matrix.tolist() for matrix in _symbols(taps, aliases)]
        yield acb_mat([[entry for part in parts for entry in part] for parts in zip(*rows, strict=True)])


def _gram(p: acb_mat) -> acb_mat:
    """Return ``p p^*`` or ``p^* p``, whichever is smaller: they have the same largest eigenvalue."""
    adjoint = p.conjugate().transpose()
    return p * adjoint if p.nrows() <= p.ncols() else adjoint * p


@dataclass(frozen=True)
class _Power:
    """The 2^j-th power of a positive semidefinite matrix, and what it says about the largest eigenvalue."""

    matrix: acb_mat
    j: int
    least: arb
    greatest: arb

    @staticmethod
    def of(matrix: acb_mat) -> "_Power":
        trace = matrix.trace().real
        return _Power(matrix, 0, trace / matrix.nrows(), arb(trace.upper()))

    def squared(self) -> "_Power":
        """Return the next power: ``tr H^2 / tr H <= lambda_max(H) <= (tr H^2)^(1/2)`` for positive semidefinite H."""
        matrix, j = self.matrix * self.matrix, self.j + 1
        before, trace = self.matrix.trace().real, matrix.trace().real
        least = arb((trace / before).lower()).root(2 ** (j - 1)) if before > 0 and trace > 0 else arb(0)
        return _Power(matrix, j, least, arb(trace.upper()).root(2**j))

    def __lt__(self, other: "_Power") -> bool:
        return float(self.greatest) > float(other.greatest)


def _largest_eigenvalue(matrices: Iterable[acb_mat]) -> tuple[arb, arb]:
    """Return bounds of the largest eigenvalue among positive semidefinite matrices; only those that may hold it are refined."""
    heap = [_Power.of(matrix) for matrix in matrices]
    least = _greatest([power.least for power in heap])
    heapify(heap)
    while heap[0].j < SQUARINGS and heap[0].greatest > 0:
        power = heapreplace(heap, heap[0].squared())
        least = _greatest([least, heap[0].least, power.least])
    return least, _greatest([power.greatest for power in heap])


def _greatest(values: Iterable[arb]) -> arb:
    return reduce(lambda a, b: a.max(b), values, arb(0))


def _root(square: int | fmpq) -> float:
    with ctx.workprec(PRECISION):
        return _above(arb(square).sqrt())


def _enclosure(lower: arb, upper: arb) -> NormBound:
    return NormBound(max(0.0, nextafter(float(lower.lower()), -inf)), _above(upper))


def _above(value: arb) -> float:
    return nextafter(float(value.upper()), inf)
