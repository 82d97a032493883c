"""Derivatives of definitions: numbers ``x + e v`` with ``e**2 = 0``, on which a definition runs as it stands.

Every operation here takes and gives `Dual` arrays: a value, and the slope of the value in one direction, both balls of
python-flint, by the rules of differentiation (Griewank & Walther 2008, Evaluating Derivatives, section 3.1). What does not exist,
such as the logarithm of -1 or the slope of a root at 0, is NaN.

A selection has the slope of what it selects. Where the derivative does not exist, the slope is therefore that of the record's
choice: of the first of equal maxima (SymPy writes numbers first in ``Max(0, x)``), of the branch whose condition holds, and 0
for the modulus and the sign of 0.
"""

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
from flint import arb, ctx

from .complex_dual import tangent_harmonic
from .configuration import Configuration
from .enclosure import PRECISIONS
from .interpret import Interpreter
from .rounded import each

_NAN, _ZERO = arb("nan"), arb(0)


@dataclass(frozen=True)
class Dual:
    """A flat array of numbers with their slopes, balls both; of length 1 where all entries are the same."""

    value: np.ndarray
    slope: np.ndarray

    def __len__(self) -> int:
        return len(self.value)

    def take(self, positions: np.ndarray) -> "Dual":
        """Return the numbers at some positions."""
        if len(self) == 1:
            positions = np.zeros_like(positions)
        return Dual(self.value[positions], self.slope[positions])


def constant(values: np.ndarray) -> Dual:
    """Return numbers that do not change."""
    balls = each(arb, values)
    return Dual(balls, each(arb, np.zeros(len(balls))))


def tangent(
    configuration: Configuration,
    arrays: Mapping[str, np.ndarray],
    directions: Mapping[str, np.ndarray],
    precision: int = PRECISIONS[0],
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return the outputs of a definition and their derivatives in one direction.

    Parameters
    ----------
    configuration : Configuration
        The bound call.
    arrays : mapping of str to ndarray
        The operands: finite real numbers, and integer index arrays.
    directions : mapping of str to ndarray
        How fast each operand moves, of its shape; those that are missing stay.
    precision : int
        Working precision in bits.

    Returns
    -------
    list of (values, slopes)
        Arrays of balls of the shape of the output, one pair per output. An output of indices is int64 and has no slope.

    Raises
    ------
    ValueError
        If a comparison is not decided at this precision.

    Examples
    --------
    >>> from convoracle.spec.activation import RELU
    >>> from convoracle.spec.configuration import bind
    >>> x, v = np.array([-2.0, 0.0, 3.0]), np.array([5.0, 6.0, 7.0])
    >>> ((values, slopes),) = tangent(bind(RELU, {"x": (3,)}, {}), {"x": x}, {"x": v})
    >>> [float(slope) for slope in slopes.ravel()]
    [0.0, 0.0, 7.0]
    """
    record, shapes = configuration.record, configuration.shapes
    if record.rounding is not None:
        return tangent_harmonic(configuration, arrays, directions, precision)
    index = record.index_inputs
    moved = {n: np.asarray(directions.get(n, np.zeros(shapes[n]))) for n in configuration.present if n not in index}
    interpreter = Interpreter(
        configuration,
        Operations(),
        {name: Dual(each(arb, np.asarray(arrays[name])), each(arb, direction)) for name, direction in moved.items()},
        {name: np.asarray(arrays[name]).ravel().astype(np.int64) for name in configuration.present if name in index},
        {option.symbol.name: constant(np.array([configuration.values[option.symbol.name]])) for option in record.reals},
        constant,
    )
    with ctx.workprec(precision):
        outputs = interpreter.run(configuration.stages)
    return [_shaped(output, shape) for output, shape in zip(outputs, configuration.output_shapes, strict=True)]


def _shaped(output: Dual | np.ndarray, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    if isinstance(output, np.ndarray):
        return output.reshape(shape), each(arb, np.zeros(shape)).reshape(shape)
    return output.value.reshape(shape), output.slope.reshape(shape)


class Operations:
    """The operations of `interpret.Interpreter` on `Dual` arrays."""

    # ---- sums and products ----

    def add(self, terms: Sequence[Dual]) -> Dual:
        return Dual(reduce(operator.add, [t.value for t in terms]), reduce(operator.add, [t.slope for t in terms]))

    def multiply(self, a: Dual, b: Dual) -> Dual:
        return Dual(a.value * b.value, a.value * b.slope + a.slope * b.value)

    def divide(self, a: Dual, b: Dual) -> Dual:
        quotient = a.value / b.value
        return Dual(quotient, (a.slope - quotient * b.slope) / b.value)

    def quotient(self, above: Sequence[Dual], below: Sequence[Dual]) -> Dual:
        """Return a product of factors, divided by the product of others."""
        product = reduce(self.multiply, above)
        return self.divide(product, reduce(self.multiply, below)) if below else product

    def negative(self, x: Dual) -> Dual:
        return Dual(-x.value, -x.slope)

    def sum(self, terms: Dual, starts: np.ndarray) -> Dual:
        """Return the sums of the runs of terms that begin at `starts`; every run has a term."""
        return Dual(np.add.reduceat(terms.value, starts), np.add.reduceat(terms.slope, starts))

    # ---- functions ----

    def exp(self, x: Dual) -> Dual:
        value = each(arb.exp, x.value)
        return Dual(value, value * x.slope)

    def log(self, x: Dual) -> Dual:
        return Dual(each(arb.log, x.value), x.slope / x.value)

    def log1p(self, x: Dual) -> Dual:
        return Dual(each(arb.log1p, x.value), x.slope / (1 + x.value))

    def tanh(self, x: Dual) -> Dual:
        value = each(arb.tanh, x.value)
        return Dual(value, (1 - value * value) * x.slope)

    def sqrt(self, x: Dual) -> Dual:
        value = each(arb.sqrt, x.value)
        return Dual(value, x.slope / (2 * value))

    def power(self, x: Dual, exponent: Dual) -> Dual:
        """Return a power with a real exponent that does not move."""
        if not all(slope == 0 for slope in exponent.slope):
            raise ValueError("the exponent of a power must not move")
        return Dual(x.value**exponent.value, exponent.value * x.value ** (exponent.value - 1) * x.slope)

    # ---- selections ----

    def absolute(self, x: Dual) -> Dual:
        return self.multiply(self.sign(x), x)

    def sign(self, x: Dual) -> Dual:
        """Return -1, 0 or 1, with the slope 0 everywhere."""
        return Dual(each(_sign, x.value), 0 * x.slope)

    def largest(self, terms: Sequence[Dual]) -> Dual:
        """Return the largest of a few terms, entry by entry; of equal ones the first."""
        length = max(map(len, terms))
        rows = [term.take(np.zeros(length, np.intp)) if len(term) == 1 else term for term in terms]
        joined = Dual(*(np.stack(part, 1).ravel() for part in ([r.value for r in rows], [r.slope for r in rows])))
        return self.maximum(joined, np.arange(length) * len(rows))

    def maximum(self, terms: Dual, starts: np.ndarray) -> Dual:
        """Return the largest of every run of terms that begins at one of `starts`; of equal ones the first."""
        return terms.take(self.first(terms, starts))

    def first(self, terms: Dual, starts: np.ndarray) -> np.ndarray:
        """Return the position of the first largest term of every run, of the first NaN where there is one."""
        ends = [*starts[1:], len(terms)]
        return np.array([_first_largest(terms.value, *run) for run in zip(starts, ends, strict=True)], np.intp)

    def lowest(self, length: int) -> Dual:
        """Return the maximum of nothing."""
        return constant(np.full(length, -np.inf))

    def joined(self, parts: Sequence[Dual], positions: np.ndarray, length: int) -> Dual:
        """Return the first part with the entries at `positions` replaced by those of the second."""
        default, found = parts
        value, slope = default.value.copy(), default.slope.copy()
        value[positions], slope[positions] = found.value, found.slope
        return Dual(value, slope)

    def compare(self, relation: str, a: Dual, b: Dual) -> tuple[np.ndarray, np.ndarray]:
        """Return where a relation holds, and where it is with a NaN."""
        decided = [_holds(relation, *pair) for pair in np.broadcast(a.value, b.value)]
        return np.array([holds is True for holds in decided]), np.array([holds is None for holds in decided])

    def chosen(self, branches: Sequence[tuple[np.ndarray, Dual]], unknown: np.ndarray) -> Dual:
        """Return, entry by entry, the first branch whose condition holds; NaN where a comparison is `unknown` (with NaN)."""
        length = max(*(len(mask) for mask, _ in branches), *(len(b) for _, b in branches), len(unknown))
        which = np.select([np.broadcast_to(mask, length) for mask, _ in branches], range(len(branches)), len(branches))

        def part(name: str) -> np.ndarray:
            chosen = np.choose(which, [np.broadcast_to(getattr(b, name), length) for _, b in branches])
            chosen[np.broadcast_to(unknown, length)] = _NAN
            return chosen

        return Dual(part("value"), part("slope"))


def _sign(ball: arb) -> arb:
    if ball.is_nan():
        return _NAN
    return arb(int(bool(_holds(">", ball, _ZERO))) - int(bool(_holds("<", ball, _ZERO))))


def _first_largest(values: np.ndarray, first: int, last: int) -> int:
    best = first
    for position in range(first + 1, last):
        if values[best].is_nan():
            break
        if values[position].is_nan() or _holds(">", values[position], values[best]):
            best = position
    return best


_RELATIONS: dict[str, tuple[Callable[[arb, arb], bool], Callable[[arb, arb], bool]]] = {
    "<": (operator.lt, operator.ge),
    "<=": (operator.le, operator.gt),
    ">": (operator.gt, operator.le),
    ">=": (operator.ge, operator.lt),
    "==": (operator.eq, operator.ne),
    "!=": (operator.ne, operator.eq),
}
"""Relations and their opposites; of overlapping balls neither holds."""


def _holds(relation: str, a: arb, b: arb) -> bool | None:
    """Return whether a relation holds, None where one side is NaN."""
    if a.is_nan() or b.is_nan():
        return None
    holds, fails = _RELATIONS[relation]
    if holds(a, b):
        return True
    if fails(a, b):
        return False
    raise ValueError(f"{a} and {b} overlap: which is the larger needs more precision, unless they are equal")
