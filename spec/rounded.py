"""Numbers as an implementation computes them: the exact value, how far off the computed one may be, whether it may be infinite.

The value is a ball of python-flint, or a plain array where it is known exactly. The error bounds ``|computed - value|`` under the
model of `rounding`: an operation errs by ``u |result|``, a product or quotient that is subnormal by half the least number, an
elementary function of accuracy class k by k units in the last place, which is at most ``2 k u |result| + k eta``. Errors are kept
for all accuracy classes at once. Values that are NaN or infinite follow the rules of IEEE 754 for the same operations.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from flint import arb

CLASSES = (0.5, 1.0, 2.0, 4.0)
"""Accuracy classes of elementary functions, in units in the last place."""

INFINITE, LOST = 1, 2
"""States: the computed number may be infinite, of the sign of the value; it may be anything."""

INF, NAN = arb("inf"), arb("nan")
UNKNOWN = arb(0, INF)
"""A ball that holds every number: the precision at work does not tell where the value is."""


def upward(bound: np.ndarray) -> np.ndarray:
    """Return a bound that was computed in a few operations, made safe against their rounding."""
    return np.where(bound > 0, np.nextafter(bound * (1 + 2.0**-45), np.inf), bound)


def each(function: Callable[..., object], *arrays: np.ndarray, dtype: Any = object) -> np.ndarray:
    """Return, flat, what a function gives for every entry of an array, or of several that are broadcast together."""
    entries = [array.ravel().tolist() for array in (np.broadcast_arrays(*arrays) if len(arrays) > 1 else arrays)]
    return np.fromiter(map(function, *entries), dtype, len(entries[0]))


def sizes_of(balls: np.ndarray) -> np.ndarray:
    """Return upper bounds of the moduli; NaN for NaN."""
    sizes = each(_abs_upper, balls, dtype=np.float64)
    grown = np.nextafter(sizes, np.inf)
    return grown if np.all(sizes > 0) else np.where((sizes > 0) | (balls != 0), grown, sizes)


def _abs_upper(ball: arb) -> float:
    return float(ball.abs_upper())


class Rounded:
    """A flat array of numbers with their errors and states; of length 1 where all entries are the same.

    Attributes
    ----------
    plain : ndarray or None
        The values where they are known exactly: float64, or Python integers as objects.
    error : ndarray of float64 of shape (classes, length), or None where the computed numbers are the values
    state : ndarray of uint8, or None where all computed numbers are finite if their values are
    """

    __slots__ = ("_balls", "_size", "error", "plain", "state")

    def __init__(
        self,
        plain: np.ndarray | None = None,
        balls: np.ndarray | None = None,
        error: np.ndarray | None = None,
        state: np.ndarray | None = None,
    ):
        self.plain: Any = plain
        self._balls: Any = balls
        self._size: Any = None
        self.error = error if error is not None and np.any(error) else None
        self.state = state if state is not None and np.any(state) else None

    def __len__(self) -> int:
        return len(self.plain if self.plain is not None else self._balls)

    @property
    def balls(self) -> np.ndarray:
        """The values as balls."""
        if self._balls is None:
            assert self.plain is not None
            self._balls = each(arb, self.plain)
        return self._balls

    @property
    def size(self) -> np.ndarray:
        """Upper bounds of the moduli of the values."""
        if self._size is None:
            self._size = np.abs(self.plain) if self.is_plain_float else sizes_of(self.balls)
        return self._size

    @property
    def is_plain_float(self) -> bool:
        return self.plain is not None and self.plain.dtype == np.float64

    @property
    def errors(self) -> np.ndarray:
        """The errors, also where they are zero."""
        return np.zeros((len(CLASSES), 1)) if self.error is None else self.error

    @property
    def states(self) -> np.ndarray:
        return np.zeros(1, np.uint8) if self.state is None else self.state

    def special(self) -> np.ndarray:
        """Return where a value is NaN or infinite."""
        if self.is_plain_float:
            return ~np.isfinite(self.plain)
        return ~each(arb.is_finite, self.balls, dtype=bool) if self.plain is None else np.zeros(len(self), bool)

    def take(self, positions: np.ndarray) -> "Rounded":
        """Return the numbers at some positions."""
        if len(self) == 1:
            positions = np.zeros_like(positions)
        return Rounded(
            None if self.plain is None else self.plain[positions],
            None if self._balls is None else self._balls[positions],
            None if self.error is None else self.error[:, positions % self.error.shape[1]],
            None if self.state is None else self.state[positions % len(self.state)],
        )


@dataclass(frozen=True)
class Complex:
    """A flat array of complex numbers: exact operands, or a real number times the direction of one."""

    real: Rounded
    imag: Rounded

    def __len__(self) -> int:
        return len(self.real)

    def take(self, positions: np.ndarray) -> "Complex":
        """Return the numbers at some positions."""
        return Complex(self.real.take(positions), self.imag.take(positions))


def exact(values: np.ndarray) -> Rounded:
    """Return numbers that are what they are: floats, or integers of any size."""
    flat = np.asarray(values).ravel()
    return Rounded(flat.astype(np.float64) if flat.dtype.kind == "f" else flat.astype(object))


def is_whole(x: Rounded) -> bool:
    """Whether numbers are exact integers of any size: then sums and products are, too."""
    return x.plain is not None and x.plain.dtype == object and x.error is None


@dataclass(frozen=True)
class Enclosure:
    """One output of a call.

    Attributes
    ----------
    shape : tuple of int
    values : ndarray of balls, flat
        The definition's value; NaN and infinities where it gives them.
    bounds : ndarray of float64 of shape (accuracy classes, size)
        How far a conforming result may be from the value.
    states : ndarray of uint8, flat
        `INFINITE` where a conforming result may be infinite, `LOST` where it may be anything.
    """

    shape: tuple[int, ...]
    values: np.ndarray
    bounds: np.ndarray
    states: np.ndarray
