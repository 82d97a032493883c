"""Operations that choose among numbers and round nothing: the largest, the modulus, the sign, a branch."""

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

import numpy as np
from flint import arb

from .rounded import CLASSES, INFINITE, LOST, NAN, Complex, Rounded, each, is_whole


class UnorderedError(ValueError):
    """An order of complex numbers was asked for: there is none."""


class Selections:
    """The part of `operations.Operations` that needs no floating-point format."""

    def negative(self, x: Any) -> Any:
        if isinstance(x, Complex):
            return Complex(self.negative(x.real), self.negative(x.imag))
        if x.plain is not None:
            return Rounded(-x.plain, None, x.error, x.state)
        return Rounded(None, -x.balls, x.error, x.state)

    def absolute(self, x: Any) -> Rounded:
        if x.plain is not None:
            return Rounded(abs(x.plain), None, x.error, x.state)
        return Rounded(None, each(abs, x.balls), x.error, x.state)

    def largest(self, terms: Sequence[Rounded]) -> Rounded:
        """Return the largest of a few terms, entry by entry; NaN where one is NaN. Complex ones raise `UnorderedError`."""
        if any(isinstance(term, Complex) for term in terms):
            raise UnorderedError("complex numbers have no largest one")
        if all(t.plain is not None and t.error is None for t in terms):
            plain = _alike([t.plain for t in terms])
            return Rounded(np.maximum.reduce(np.broadcast_arrays(*plain)), None, None, _joined(terms))
        balls = terms[0].balls
        for term in terms[1:]:
            balls = each(_larger, balls, term.balls)
        errors = np.maximum.reduce(np.broadcast_arrays(*(t.errors for t in terms)))
        return Rounded(None, balls, errors + np.zeros(len(balls)), _joined(terms))

    def maximum(self, terms: Rounded, starts: np.ndarray) -> Rounded:
        """Return the largest of every run of terms that begins at one of `starts`."""
        if terms.plain is not None and terms.error is None:
            return Rounded(np.maximum.reduceat(terms.plain, starts), None, None, _runs(terms, starts))
        ends = np.append(starts[1:], len(terms))
        balls = each(lambda first, last: reduce(_larger, terms.balls[first:last]), starts, ends)
        errors = np.maximum.reduceat(terms.errors + np.zeros(len(terms)), starts, axis=1)
        return Rounded(None, balls, errors, _runs(terms, starts))

    def first(self, terms: Rounded, starts: np.ndarray) -> np.ndarray:
        """Return the position of the first largest term of every run, of the first NaN where there is one."""
        if terms.plain is None or terms.error is not None:
            raise ValueError("which term is the largest is known for exact terms only")
        largest = np.repeat(np.maximum.reduceat(terms.plain, starts), np.diff([*starts, len(terms)]))
        hits = np.flatnonzero((terms.plain == largest) | (terms.plain != terms.plain))
        return hits[np.searchsorted(hits, starts)]

    def lowest(self, length: int) -> Rounded:
        """Return the maximum of nothing."""
        return Rounded(np.full(length, -np.inf))

    def joined(self, parts: Sequence[Rounded], positions: np.ndarray, length: int) -> Rounded:
        """Return the first part with the entries at `positions` replaced by those of the second."""
        default, found = parts
        if found.plain is not None and found.error is None:
            plain = default.plain.astype(found.plain.dtype)
            plain[positions] = found.plain
            return Rounded(
                plain, None, None, found.state if found.state is None else self._spread(found.state, positions, length)
            )
        balls = default.balls.copy()
        balls[positions] = found.balls
        error = np.zeros((len(CLASSES), length))
        error[:, positions] = found.errors
        return Rounded(None, balls, error, self._spread(found.states, positions, length))

    def _spread(self, states: np.ndarray, positions: np.ndarray, length: int) -> np.ndarray:
        whole = np.zeros(length, np.uint8)
        whole[positions] = states
        return whole

    def sign(self, x: Any) -> Any:
        """Return -1, 0 or 1 of numbers that are exact, or known before a rounding, which keeps the sign; NaN of NaN."""
        if is_whole(x):
            return Rounded(np.array([(v > 0) - (v < 0) for v in x.plain], object))
        if x.plain is None:
            raise ValueError("the sign is known of exact numbers and of rounded ones only")
        return Rounded(np.sign(x.plain.astype(np.float64)))

    def compare(self, relation: str, a: Rounded, b: Rounded) -> tuple[np.ndarray, np.ndarray]:
        """Return where a relation between exact numbers holds, and where it is with a NaN."""
        if isinstance(a, Complex):
            return self._compare_complex(relation, a, b)
        if a.plain is None or b.plain is None:
            raise ValueError("relations are decided between exact numbers only")
        unknown = (a.plain != a.plain) | (b.plain != b.plain)
        return RELATIONS[relation](a.plain, b.plain).astype(bool), unknown

    def _compare_complex(self, relation: str, z: Complex, other: Rounded) -> tuple[np.ndarray, np.ndarray]:
        """Return where an exact complex number is, or is not, a real one."""
        if relation not in ("==", "!="):
            raise UnorderedError(f"complex numbers have no order: {relation}")
        parts = [self.compare("==", z.real, other), self.compare("==", z.imag, Rounded(np.zeros(1)))]
        same = parts[0][0] & parts[1][0]
        return (same if relation == "==" else ~same), parts[0][1] | parts[1][1]

    def chosen(self, branches: Sequence[tuple[np.ndarray, Any]], unknown: np.ndarray) -> Rounded | Complex:
        """Return, entry by entry, the first branch whose condition holds; NaN where a comparison is `unknown` (with NaN)."""
        if any(isinstance(branch, Complex) for _, branch in branches):
            nothing = Rounded(np.zeros(1))
            real = [(mask, b.real if isinstance(b, Complex) else b) for mask, b in branches]
            imag = [(mask, b.imag if isinstance(b, Complex) else nothing) for mask, b in branches]
            return Complex(self._chosen(real, unknown), self._chosen(imag, unknown))
        return self._chosen(branches, unknown)

    def _chosen(self, branches: Sequence[tuple[np.ndarray, Rounded]], unknown: np.ndarray) -> Rounded:
        length = max(*(len(mask) for mask, _ in branches), *(len(b) for _, b in branches), len(unknown))
        which = np.select([np.broadcast_to(mask, length) for mask, _ in branches], range(len(branches)), len(branches))
        if all(b.plain is not None and b.error is None for _, b in branches):
            plain = _alike([b.plain for _, b in branches])
            values = np.choose(which, [np.broadcast_to(p, length) for p in plain])
            return Rounded(np.where(unknown, np.nan, values) if np.any(unknown) else values)
        balls = np.choose(which, [np.broadcast_to(b.balls, length) for _, b in branches])
        balls = np.where(unknown, np.full(length, NAN, object), balls)
        shape = (len(CLASSES), length)
        errors = np.select(
            [which == i for i in range(len(branches))], [np.broadcast_to(b.errors, shape) for _, b in branches]
        )
        states = np.select(
            [which == i for i in range(len(branches))], [np.broadcast_to(b.states, length) for _, b in branches]
        )
        return Rounded(None, balls, np.where(unknown, 0.0, errors), np.where(unknown, 0, states).astype(np.uint8))


RELATIONS: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "==": np.equal,
    "!=": np.not_equal,
}


def _larger(a: arb, b: arb) -> arb:
    if not (a.is_finite() and b.is_finite()):
        return NAN if a.is_nan() or b.is_nan() else a if a >= b else b
    return a.max(b)


def _alike(arrays: list[np.ndarray]) -> list[np.ndarray]:
    """Return arrays of one dtype: floats, unless all are integers."""
    if all(a.dtype == object for a in arrays):
        return arrays
    return [a.astype(np.float64) for a in arrays]


def _joined(terms: Sequence[Rounded]) -> np.ndarray | None:
    """Return the states of a selection: whatever a term may be, the selection may be."""
    states = np.bitwise_or.reduce(np.broadcast_arrays(*(t.states for t in terms)))
    return np.where(states & INFINITE > 0, states | LOST, states).astype(np.uint8)


def _runs(terms: Rounded, starts: np.ndarray) -> np.ndarray | None:
    if terms.state is None:
        return None
    return np.bitwise_or.reduceat(terms.states + np.zeros(len(terms), np.uint8), starts)
