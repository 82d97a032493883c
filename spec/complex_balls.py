"""Complex balls: the operations of `interpret.Interpreter` for definitions with complex exponentials.

A number is an ``acb`` of python-flint, a real and an imaginary part with their radii; whatever is computed from balls holds the
true value. Nothing here says how an implementation rounds: definitions of this kind are computed by transforms, whose errors are
bounded in norm (`spectral_rounding`), not entry by entry.
"""

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
from flint import acb, arb

from .rounded import each


@dataclass(frozen=True)
class Balls:
    """A flat array of complex balls; of length 1 where all entries are the same."""

    values: np.ndarray

    def __len__(self) -> int:
        return len(self.values)

    def take(self, positions: np.ndarray) -> "Balls":
        """Return the numbers at some positions."""
        return Balls(self.values[np.zeros_like(positions) if len(self) == 1 else positions])


def balls_of(values: np.ndarray) -> Balls:
    """Return floats, complex numbers or integers of any size as what they are."""
    return Balls(each(acb, np.asarray(values)))


def _each(function: Callable[..., acb], *terms: Balls) -> Balls:
    return Balls(each(function, *(term.values for term in terms)))


class Operations:
    """The operations of `interpret.Interpreter` on `Balls`; those that compare do so by real parts."""

    # ---- sums and products ----

    def add(self, terms: Sequence[Balls]) -> Balls:
        return Balls(reduce(operator.add, [term.values for term in terms]))

    def quotient(self, above: Sequence[Balls], below: Sequence[Balls]) -> Balls:
        """Return a product of factors, divided by the product of others."""
        product = reduce(operator.mul, [factor.values for factor in above])
        if not below:
            return Balls(product)
        return self.divide(Balls(product), Balls(reduce(operator.mul, [factor.values for factor in below])))

    def divide(self, a: Balls, b: Balls) -> Balls:
        return Balls(a.values / b.values)

    def negative(self, x: Balls) -> Balls:
        return Balls(-x.values)

    def sum(self, terms: Balls, starts: np.ndarray) -> Balls:
        """Return the sums of the runs of terms that begin at `starts`; every run has a term."""
        return Balls(np.add.reduceat(terms.values, starts))

    # ---- functions ----

    def exp(self, x: Balls) -> Balls:
        return _each(acb.exp, x)

    def log(self, x: Balls) -> Balls:
        return _each(acb.log, x)

    def sin(self, x: Balls) -> Balls:
        return _each(acb.sin, x)

    def cos(self, x: Balls) -> Balls:
        return _each(acb.cos, x)

    def sqrt(self, x: Balls) -> Balls:
        return _each(acb.sqrt, x)

    def pi(self) -> Balls:
        return Balls(np.array([acb.pi()], object))

    def power(self, x: Balls, exponent: Balls) -> Balls:
        return Balls(x.values**exponent.values)

    def conjugate(self, x: Balls) -> Balls:
        return _each(acb.conjugate, x)

    def real(self, x: Balls) -> Balls:
        return _each(lambda z: acb(z.real), x)

    def absolute(self, x: Balls) -> Balls:
        return _each(lambda z: acb(abs(z)), x)

    def sign(self, x: Balls) -> Balls:
        """Return z / |z|, 0 of 0."""
        return _each(_direction, x)

    def direction(self, x: Balls, length: Balls) -> Balls:
        """Return z / r for entries z of vectors of length r; 0 where r is 0."""
        return _each(_along, x, length)

    def power_slope(self, length: Balls, exponent: Balls) -> Balls:
        """Return ``p r^(p - 1)`` for lengths r; 0 where r is 0."""
        return _each(_slope, length, exponent)

    # ---- selections, by real parts ----

    def largest(self, terms: Sequence[Balls]) -> Balls:
        """Return the largest of a few terms, entry by entry."""
        return _each(lambda *row: acb(reduce(arb.max, [z.real for z in row])), *terms)

    def maximum(self, terms: Balls, starts: np.ndarray) -> Balls:
        """Return the largest of every run of terms that begins at one of `starts`."""
        ends = np.append(starts[1:], len(terms))
        return Balls(each(lambda a, b: acb(reduce(arb.max, [z.real for z in terms.values[a:b]])), starts, ends))

    def lowest(self, length: int) -> Balls:
        """Return the maximum of nothing."""
        return balls_of(np.full(length, -np.inf))

    def joined(self, parts: Sequence[Balls], positions: np.ndarray, length: int) -> Balls:
        """Return the first part with the entries at `positions` replaced by those of the second."""
        default, found = parts
        values = default.values.copy()
        values[positions] = found.values
        return Balls(values)

    def compare(self, relation: str, a: Balls, b: Balls) -> tuple[np.ndarray, np.ndarray]:
        """Return where a relation certainly holds, and where it is not decided."""
        holds, fails = _RELATIONS[relation]
        pairs = [(p.real, q.real) for p, q in np.broadcast(a.values, b.values)]
        certain = np.array([bool(holds(p, q)) for p, q in pairs])
        return certain, ~certain & ~np.array([bool(fails(p, q)) for p, q in pairs])

    def chosen(self, branches: Sequence[tuple[np.ndarray, Balls]], unknown: np.ndarray) -> Balls:
        """Return, entry by entry, the first branch whose condition holds; NaN where a comparison is `unknown`."""
        length = max(*(len(mask) for mask, _ in branches), *(len(b) for _, b in branches), len(unknown))
        values = np.full(length, _NAN, object)
        for mask, branch in reversed(branches):
            values = np.where(np.broadcast_to(mask, length), np.broadcast_to(branch.values, length), values)
        values[np.broadcast_to(unknown, length)] = _NAN
        return Balls(values)


def _direction(z: acb) -> acb:
    """Return the direction of a number; of a ball that holds 0 among others, a square that holds all directions."""
    return _along(z, acb(abs(z)))


def _along(z: acb, length: acb) -> acb:
    """Return z / r for an entry of a vector of length r; a square that holds all of them where r may be 0 and other numbers."""
    if length == 0:
        return acb(0)
    return acb(arb(0, 1), arb(0, 1)) if length.is_finite() and length.contains(acb(0)) else z / length


def _slope(length: acb, exponent: acb) -> acb:
    """Return the derivative of a power of a length, 0 at 0: for p = 1 it jumps there, below it has no bound."""
    if length == 0:
        return acb(0)
    jumps = exponent == 1 and length.contains(acb(0))
    return acb(arb(0.5, 0.5)) if jumps else exponent * length ** (exponent - 1)


_NAN = acb("nan")

_RELATIONS: dict[str, tuple[Callable[[arb, arb], bool], Callable[[arb, arb], bool]]] = {
    "<": (operator.lt, operator.ge),
    "<=": (operator.le, operator.gt),
    ">": (operator.gt, operator.le),
    ">=": (operator.ge, operator.lt),
    "==": (operator.eq, operator.ne),
    "!=": (operator.ne, operator.eq),
}
"""Relations and their opposites; of overlapping balls neither holds."""
