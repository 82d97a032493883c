"""Derivatives of definitions that are computed by transforms: complex balls with their slopes in one direction.

Only what follows the data moves; filters and all that goes before them are constants. The modulus of 0 has the slope 0, as in
`dual`, and so have roots and powers of 0: in definitions of this kind they are those of sums of squares and of moduli.
"""

import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import attrgetter

import numpy as np
from flint import acb, arb, ctx

from .complex_balls import Balls, balls_of
from .configuration import Configuration
from .harmonic import PRECISION, data_stages, interpreter_of_harmonic, planned
from .rounded import each


@dataclass(frozen=True)
class Moving:
    """A flat array of complex numbers with their slopes; of length 1 where all entries are the same."""

    value: np.ndarray
    slope: np.ndarray

    def __len__(self) -> int:
        return len(self.value)

    def take(self, positions: np.ndarray) -> "Moving":
        """Return the numbers at some positions."""
        places = np.zeros_like(positions) if len(self) == 1 else positions
        return Moving(self.value[places], self.slope[places])


def still(values: Balls) -> Moving:
    """Return numbers that do not move."""
    return Moving(values.values, balls_of(np.zeros(len(values))).values)


def tangent_harmonic(
    configuration: Configuration,
    arrays: Mapping[str, np.ndarray],
    directions: Mapping[str, np.ndarray],
    precision: int = PRECISION,
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return the outputs and their derivatives in one direction, see `dual.tangent`: arrays of the real parts, as balls."""
    with ctx.workprec(precision):
        interpreter = interpreter_of_harmonic(configuration, Operations(), lambda values: still(balls_of(values)))
        numbers, integers = planned(configuration, precision)
        interpreter.arrays.update({name: still(values) for name, values in numbers.items()})
        interpreter.integers.update(integers)
        for name in configuration.present:
            slope = directions.get(name, np.zeros(configuration.shapes[name]))
            interpreter.arrays[name] = Moving(balls_of(arrays[name]).values, balls_of(slope).values)
        outputs = interpreter.run(data_stages(configuration))
    shaped = zip(outputs, configuration.output_shapes, strict=True)
    return [(_real(output.value, shape), _real(output.slope, shape)) for output, shape in shaped]


def _real(values: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    return each(attrgetter("real"), values).reshape(shape)


class Operations:
    """The operations of `interpret.Interpreter` that follow data: linear ones, products and moduli."""

    def add(self, terms: Sequence[Moving]) -> Moving:
        values, slopes = ([getattr(term, part) for term in terms] for part in ("value", "slope"))
        return Moving(reduce(operator.add, values), reduce(operator.add, slopes))

    def multiply(self, a: Moving, b: Moving) -> Moving:
        return Moving(a.value * b.value, a.value * b.slope + a.slope * b.value)

    def divide(self, a: Moving, b: Moving) -> Moving:
        quotient = a.value / b.value
        return Moving(quotient, (a.slope - quotient * b.slope) / b.value)

    def quotient(self, above: Sequence[Moving], below: Sequence[Moving]) -> Moving:
        """Return a product of factors, divided by the product of others."""
        product = reduce(self.multiply, above)
        return self.divide(product, reduce(self.multiply, below)) if below else product

    def negative(self, x: Moving) -> Moving:
        return Moving(-x.value, -x.slope)

    def sum(self, terms: Moving, starts: np.ndarray) -> Moving:
        """Return the sums of the runs of terms that begin at `starts`; every run has a term."""
        return Moving(np.add.reduceat(terms.value, starts), np.add.reduceat(terms.slope, starts))

    def lowest(self, length: int) -> Moving:
        return still(balls_of(np.full(length, -np.inf)))

    def joined(self, parts: Sequence[Moving], positions: np.ndarray, length: int) -> Moving:
        """Return the first part with the entries at `positions` replaced by those of the second."""
        default, found = parts
        value, slope = default.value.copy(), default.slope.copy()
        value[positions], slope[positions] = found.value, found.slope
        return Moving(value, slope)

    def sqrt(self, x: Moving) -> Moving:
        """Return the square root; its slope at 0 is 0."""
        value = each(acb.sqrt, x.value)
        return Moving(value, _where_not_zero(x.value, x.slope / (2 * value)))

    def power(self, x: Moving, exponent: Moving) -> Moving:
        """Return a power whose exponent does not move; its slope at 0 is 0."""
        slope = exponent.value * x.value ** (exponent.value - 1) * x.slope
        return Moving(x.value**exponent.value, _where_not_zero(x.value, slope))

    def conjugate(self, x: Moving) -> Moving:
        return Moving(*(each(acb.conjugate, part) for part in (x.value, x.slope)))

    def real(self, x: Moving) -> Moving:
        return Moving(*(each(lambda z: acb(z.real), part) for part in (x.value, x.slope)))

    def absolute(self, x: Moving) -> Moving:
        """Return the modulus: its slope is that of z along z, 0 where z is 0."""
        value = each(lambda z: acb(abs(z)), x.value)
        return Moving(value, each(_along, x.value, x.slope))


def _along(z: acb, direction: acb) -> acb:
    """Return the slope of |z|; where z may be 0 and other numbers, a ball that holds the slopes along all directions."""
    if z == 0:
        return acb(0)
    if z.is_finite() and z.contains(acb(0)):
        return acb(arb(0, abs(direction).abs_upper()))
    return acb((z.conjugate() * direction).real / abs(z))


def _where_not_zero(values: np.ndarray, slopes: np.ndarray) -> np.ndarray:
    """Return slopes with 0 in the places of values that are 0."""
    return each(lambda value, slope: acb(0) if value == 0 else slope, values, slopes)
