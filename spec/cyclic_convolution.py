"""Sums that are cyclic convolutions, evaluated in complex balls by transforms: the same values, much sooner.

A sum ``sum over j of x[.., j] h[.., (offset + slope j) mod P]``, on any number of axes, is a sample of the cyclic convolution
of h with the signal that holds ``x[j]`` at ``-slope j mod P``. Many samples of the same two arrays are asked for at once, so
one convolution serves them all: transform both, multiply, transform back, in balls.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import prod
from typing import Any

import numpy as np
from flint import acb, acb_mat, ctx
from sympy import Expr, Indexed, Mod, Mul, Sum, Symbol, expand

from .complex_balls import Balls
from .functions import Maximum
from .interpret import Interpreter, Places

BREAK_EVEN = 2**14
"""Sums of so many terms in all take as long, term by term, as transforms."""


@dataclass(frozen=True)
class Pattern:
    """A sum that is a cyclic convolution: the arrays, and per axis the slope, the offset and the last value of a letter."""

    signal: Indexed
    filters: Indexed
    slopes: tuple[Expr, ...]
    offsets: tuple[Expr, ...]
    lasts: tuple[Expr, ...]

    @property
    def axes(self) -> int:
        return len(self.slopes)


@lru_cache(maxsize=1024)
def pattern(total: Sum | Maximum) -> Pattern | None:
    """Return how a sum is a cyclic convolution, or None."""
    factors = Mul.make_args(total.function)
    if not isinstance(total, Sum) or len(factors) != 2 or not all(isinstance(f, Indexed) for f in factors):
        return None
    lasts = {letter: last for letter, low, last in total.limits if low == 0}
    pairs = ((factors[0], factors[1]), (factors[1], factors[0]))
    found = (_pattern(*pair, lasts) for pair in pairs) if len(lasts) == len(total.limits) else ()
    return next((known for known in found if known is not None), None)


def _pattern(signal: Indexed, filters: Indexed, lasts: dict[Symbol, Expr]) -> Pattern | None:
    """Return the pattern of two entries of which the first is read at the letters, and the second at remainders."""
    count = len(lasts)
    letters, taps = signal.indices[-count:], filters.indices[-count:]
    leading = (*signal.indices[:-count], *filters.indices[:-count])
    if set(letters) != set(lasts) or any(entry.has(*letters) for entry in leading):
        return None
    if not all(isinstance(tap, Mod) for tap in taps):
        return None
    slopes = tuple(expand(tap.args[0]).coeff(letter, 1) for tap, letter in zip(taps, letters, strict=True))
    offsets = tuple(
        expand(tap.args[0] - slope * letter) for tap, slope, letter in zip(taps, slopes, letters, strict=True)
    )
    if any(entry.has(*letters) for entry in (*slopes, *offsets)) or not any(e.free_symbols for e in offsets):
        return None
    return Pattern(signal, filters, slopes, offsets, tuple(lasts[letter] for letter in letters))


class CyclicInterpreter(Interpreter):
    """An interpreter of complex balls that knows cyclic convolutions."""

    def _reduced(self, expr: Sum | Maximum, places: Places) -> Any:
        known = pattern(expr)
        if known is None or not self._worthwhile(known, places):
            return super()._reduced(expr, places)
        return self._convolved(known, places)

    def _worthwhile(self, known: Pattern, places: Places) -> bool:
        """Whether both arrays hold balls, and the sums have so many terms that transforms are quicker."""
        terms = _length(places) * prod(int(np.max(self._integer(last, places), initial=-1)) + 1 for last in known.lasts)
        return terms > BREAK_EVEN and all(self._holds_balls(entry) for entry in (known.signal, known.filters))

    def _holds_balls(self, entry: Indexed) -> bool:
        return isinstance(self.arrays.get(str(entry.base)), Balls)

    def _convolved(self, known: Pattern, places: Places) -> Balls:
        """Return the samples that are asked for: one convolution for all that differ in the offsets alone."""
        length = _length(places)
        axes, periods = known.axes, self.shapes[str(known.filters.base)][-known.axes :]
        which = [
            self._row(known.signal, axes, places),
            *(self._integer(e, places) for e in (*known.slopes, *known.lasts)),
        ]
        signals, signal_of = _distinct(which, length)
        filters, filter_of = _distinct([self._row(known.filters, axes, places)], length)
        pairs, pair_of = _distinct([signal_of, filter_of], length)
        left = transformed(np.array([self._placed(known, row, periods) for row in signals]), -1)
        right = transformed(self._rows(known.filters, periods)[filters[:, 0]], -1)
        found = transformed(left[pairs[:, 0]] * right[pairs[:, 1]], 1) / prod(periods)
        offsets = (self._integer(e, places) % p for e, p in zip(known.offsets, periods, strict=True))
        return Balls(found[(pair_of, *(np.broadcast_to(offset, length) for offset in offsets))])

    def _row(self, entry: Indexed, axes: int, places: Places) -> Any:
        """Return the position of an entry's leading indices, as if these were one."""
        position: Any = 0
        for index, length in zip(entry.indices[:-axes], self.shapes[str(entry.base)][:-axes], strict=True):
            position = position * length + self._integer(index, places) % max(1, length)
        return position

    def _rows(self, entry: Indexed, periods: Sequence[int]) -> np.ndarray:
        values = self.arrays[str(entry.base)].values
        return values.reshape(-1, *self.shapes[str(entry.base)][-len(periods) :])

    def _placed(self, known: Pattern, row: np.ndarray, periods: tuple[int, ...]) -> np.ndarray:
        """Return one signal on the period, its samples at minus slope times where they stood."""
        axes = known.axes
        slopes, lasts = row[1 : 1 + axes], row[1 + axes :]
        samples = self._rows(known.signal, periods)[row[0]][tuple(slice(0, last + 1) for last in lasts)]
        places = (-slope * np.arange(last + 1) % p for slope, last, p in zip(slopes, lasts, periods, strict=True))
        placed = np.full(periods, acb(0), object)
        np.add.at(placed, np.ix_(*places), samples)
        return placed


def _length(places: Places) -> int:
    return max((len(index) for index in places.values()), default=1)


def _distinct(keys: Sequence[Any], length: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the different tuples of integers, and which of them stands at each place."""
    table = np.stack([np.broadcast_to(key, length) for key in keys], -1)
    found, inverse = np.unique(table, axis=0, return_inverse=True)
    return found, inverse.reshape(length)


def transformed(signals: np.ndarray, sign: int) -> np.ndarray:
    """Return the sums ``sum over j of x[.., j] exp(sign 2 pi i j f / P)`` along all axes but the first.

    Parameters
    ----------
    signals : ndarray of shape (K, P_1, ..), of balls
        K signals.
    sign : {-1, 1}
        Of the exponent.
    """
    for axis in range(1, signals.ndim):
        front = np.moveaxis(signals, axis, 0)
        points, others = front.shape[0], front[0].size
        mixed = _exponentials(points, sign, ctx.prec) * acb_mat(points, others, front.ravel().tolist())
        values = np.empty(points * others, object)
        values[:] = mixed.entries()
        signals = np.moveaxis(values.reshape(front.shape), 0, axis)
    return signals


@lru_cache(maxsize=256)
def _exponentials(points: int, sign: int, precision: int) -> acb_mat:
    """Return the matrix of a transform; `precision` is that of the context."""
    roots = [(acb(2 * sign * k) / points).exp_pi_i() for k in range(points)]
    return acb_mat(points, points, [roots[j * k % points] for j in range(points) for k in range(points)])
