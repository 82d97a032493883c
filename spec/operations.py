"""The operations of one floating-point format on `Rounded` arrays: values, errors and states of every result."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from flint import arb

from .rounded import CLASSES, INF, INFINITE, LOST, NAN, UNKNOWN, Complex, Rounded, each, is_whole, sizes_of, upward
from .rounding import Format
from .selections import Selections

_ULPS = np.array(CLASSES)[:, None]
_LEAST = 2.0**-1074
_HUGE = arb(2) ** 60
_TINY = (-_HUGE).exp().upper()


@dataclass(frozen=True)
class Operations(Selections):
    """The operations of one floating-point format on `Rounded` arrays."""

    format: Format
    flushed: bool = False

    @property
    def _half(self) -> float:
        """What a subnormal product or quotient may lose; half the least float64 is no number."""
        return self.format.least_normal if self.flushed else max(self.format.least / 2, _LEAST)

    def _result(
        self,
        balls: np.ndarray,
        error: np.ndarray,
        states: np.ndarray,
        roundings: float | np.ndarray = 1.0,
        tiny: bool = False,
        ulps: bool = False,
    ) -> Rounded:
        """Round a result: `error` is what its operands bring; `tiny` adds the loss of subnormals, `ulps` that of a function."""
        known, before = each(arb.is_finite, balls, dtype=bool), states
        size = np.where(known, sizes_of(balls), 0.0)
        reach = size + np.where(known, error, 0.0)
        unit, eta = self.format.unit, self.format.least_normal if self.flushed else self.format.least
        if ulps:
            lost = 2 * _ULPS * unit * reach + np.maximum(_ULPS * eta, _LEAST)  # half the least float64 is no number
        else:
            lost = roundings * unit * reach + (roundings * self._half if tiny else 0.0)
            once = (error == 0) & (roundings == 1.0)
            lost = np.where(once & self._representable(balls), 0.0, lost) if np.any(once) else lost
        total = upward(error + lost)
        states = np.where(known & (reach + lost >= self.format.largest).any(axis=0), states | INFINITE, states)
        states = np.where(np.isinf(total).any(axis=0), states | LOST, states)
        return Rounded(
            None, balls, np.where(known, total, 0.0), np.where(known, states, before & LOST).astype(np.uint8)
        )

    def _representable(self, balls: np.ndarray) -> np.ndarray:
        """Return where a value is a number of the format: then rounding it changes nothing."""
        return each(lambda b: _is_number(b, self.format), balls, dtype=bool)

    def converted(self, x: Rounded, narrower: Format) -> Rounded:
        """Return the numbers after one rounding to another format."""
        return Operations(narrower, self.flushed)._result(x.balls, x.errors + np.zeros(len(x)), x.states, tiny=True)

    # ---- sums and products ----

    def add(self, terms: Sequence[Rounded]) -> Rounded:
        """Return the sum of a few terms in any order."""
        if all(is_whole(term) for term in terms):
            return Rounded(np.add.reduce(np.broadcast_arrays(*(term.plain for term in terms))))
        balls = terms[0].balls
        error, sizes, states = terms[0].errors, _finite_size(terms[0]), terms[0].states
        for term in terms[1:]:
            balls, error = balls + term.balls, error + term.errors
            sizes, states = sizes + _finite_size(term), states | term.states
        opposite = ~_same_signs(terms)
        states = np.where((states & INFINITE > 0) & opposite, states | LOST, states)
        if len(terms) > 2:  # the sum of some terms may be infinite before another term meets it
            partial = ((sizes + error) * (1 + 2.0**-20) >= self.format.largest).any(axis=0)
            states = np.where(partial & opposite, states | LOST, states)
        rounded = self._result(balls, error + np.zeros(len(balls)), states)
        if len(terms) > 2:
            extra = upward((len(terms) - 1) * (1 + 2.0**-20) * self.format.unit * (sizes + error))
            rounded.error = np.where(rounded.special(), 0.0, np.maximum(rounded.errors, error + extra))
        return rounded

    def quotient(self, above: Sequence[Rounded | Complex], below: Sequence[Rounded]) -> Rounded | Complex:
        """Return a product of numbers, over a product of others, in whatever order it is computed, or by reciprocals."""
        result, several = self._multiplied(above), len(above) + len(below) > 2
        if below:
            divisor = self._multiplied(below)
            assert isinstance(result, Rounded)
            assert isinstance(divisor, Rounded)
            several = several or not is_whole(result)  # times the reciprocal of the divisor
            result = self.divide(result, divisor)
        if several and isinstance(result, Rounded) and not is_whole(result):
            result = self._in_any_order(result, above, below)
        return result

    def _multiplied(self, factors: Sequence[Rounded | Complex]) -> Rounded | Complex:
        result = factors[0]
        for factor in factors[1:]:
            result = self.multiply(result, factor)
        return result

    def _in_any_order(self, result: Rounded, above: Sequence[Any], below: Sequence[Rounded]) -> Rounded:
        """Add what may be lost where part of a product is subnormal, or infinite, before another factor meets it."""
        with np.errstate(over="ignore", under="ignore", divide="ignore", invalid="ignore"):
            highest = [_highest(factor) for factor in above] + [1 / _lowest(factor) for factor in below]
            lowest = [_lowest(factor) for factor in above] + [1 / _highest(factor) for factor in below]
            greatest = np.prod(np.broadcast_arrays(*(np.maximum(1.0, bound) for bound in highest)), axis=0)
            least = np.prod(np.broadcast_arrays(*(np.minimum(1.0, bound) for bound in lowest)), axis=0)
            lost = np.nan_to_num(upward(len(highest) * self._half * greatest), nan=np.inf, posinf=np.inf)
            endless = ~result.special() & ~(greatest * (1 + 2.0**-20) < self.format.largest)
            vanishing = ~(least * (1 - 2.0**-20) >= 2 * self._half)  # an infinite part may meet a zero
        lost = np.where(result.special() | (result.size == 0), 0.0, lost)
        states = np.where(endless, result.states | INFINITE, result.states)
        states = np.where(((endless | _infinite(result)) & vanishing) | np.isinf(lost), states | LOST, states)
        return Rounded(None, result.balls, result.errors + lost, states.astype(np.uint8))

    def multiply(self, a: Rounded | Complex, b: Rounded | Complex) -> Rounded | Complex:
        """Return a product; of two complex numbers by four products."""
        if isinstance(a, Complex):
            if isinstance(b, Complex):
                real = [self._product(a.real, b.real), self.negative(self._product(a.imag, b.imag))]
                imag = [self._product(a.real, b.imag), self._product(a.imag, b.real)]
                return Complex(self.add(real), self.add(imag))
            return Complex(self._product(a.real, b), self._product(a.imag, b))
        return self.multiply(b, a) if isinstance(b, Complex) else self._product(a, b)

    def _product(self, a: Rounded, b: Rounded) -> Rounded:
        if is_whole(a) and is_whole(b):
            return Rounded(a.plain * b.plain)
        balls = a.balls * b.balls
        with np.errstate(invalid="ignore"):
            error = np.nan_to_num(a.size * b.errors) + np.nan_to_num(b.size * a.errors) + a.errors * b.errors
            vanishing = (a.size <= a.errors).any(axis=0) | (b.size <= b.errors).any(axis=0)
            moved = (a.errors > 0) & ((b.size > 0) | (b.errors > 0)) | (b.errors > 0) & (a.size > 0)
            unsure = _unsure(a) & _infinite(b) | _unsure(b) & _infinite(a)
        error = np.where(moved, np.maximum(error, _LEAST), error)  # which may have underflowed
        states = a.states | b.states | np.where(unsure, LOST, 0)
        states = np.where((states & INFINITE > 0) & vanishing, states | LOST, states)
        return self._result(balls, error + np.zeros(len(balls)), states, tiny=True)

    def divide(self, a: Rounded, b: Rounded) -> Rounded:
        """Return a quotient, computed as one or as a product with a reciprocal; by infinity it is zero."""
        balls = each(_ratio, a.balls, b.balls)
        size = np.where(np.isfinite(size := sizes_of(balls)), size, 0.0)
        least = each(_abs_lower, b.balls, dtype=np.float64) * (1 - 2.0**-52) - b.errors
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            error = np.where(
                (b.error is None) & (a.error is None), 0.0, (a.errors + size * b.errors) / np.maximum(least, 0.0)
            )
            error = np.where(np.isnan(error), np.inf, error)
        zero = b.states & INFINITE > 0  # the quotient may be computed as zero
        error = np.where(zero, np.maximum(error, size), error)
        moved = (a.errors > 0) | (b.errors > 0) & (size > 0)
        error = np.where(moved, np.maximum(error, _LEAST), error)  # which may have underflowed
        unsure = _unsure(a) & (b.size == 0) | _unsure(b) & (_infinite(a) | (b.size == 0) & ~np.isnan(a.size))
        endless = _endless(a) & _endless(b) & ((a.states | b.states) & INFINITE > 0)
        states = a.states | (b.states & LOST) | np.where(unsure | endless, LOST, 0)
        power_of_two = each(lambda v: v.is_exact() and v.is_finite() and abs(v.man_exp()[0]) == 1, b.balls, dtype=bool)
        roundings = np.where(power_of_two, 1.0, 2.0) if b.error is None else 2.0  # such a reciprocal is exact
        return self._result(balls, error + np.zeros(len(balls)), states, roundings, tiny=True)

    def sum(self, terms: Rounded, starts: np.ndarray) -> Rounded:
        """Return the sums, in any order, of the runs of terms that begin at `starts`; every run has a term."""
        counts = np.diff([*starts, len(terms)])
        if is_whole(terms):
            return Rounded(np.add.reduceat(terms.plain, starts))
        balls = np.add.reduceat(terms.balls, starts)
        sizes = np.add.reduceat(_finite_size(terms), starts)
        brought = np.add.reduceat(terms.errors + np.zeros(len(terms)), starts, axis=1)
        with np.errstate(invalid="ignore", over="ignore"):
            grown = np.expm1((counts - 1) * np.log1p(self.format.unit)) * (sizes + brought)
        whole = terms.error is None and terms.plain is not None and bool(np.all(terms.plain == np.rint(terms.plain)))
        grown = np.where(whole & (sizes <= 2.0**self.format.precision), 0.0, grown)
        states = np.bitwise_or.reduceat(terms.states + np.zeros(len(terms), np.uint8), starts)
        states = np.where(states & INFINITE > 0, states | LOST, states)
        with np.errstate(invalid="ignore"):
            states = np.where((sizes + brought + grown >= self.format.largest).any(axis=0), states | LOST, states)
        known = each(arb.is_finite, balls, dtype=bool)
        error = np.where(known, upward(np.nan_to_num(brought + grown, nan=np.inf)), 0.0)
        return Rounded(None, balls, error, np.where(known, states, states & LOST).astype(np.uint8))

    # ---- functions ----

    def exp(self, x: Rounded) -> Rounded:
        balls = each(lambda b: _at(b, _exp, arb(0), INF), x.balls)
        size = np.where(np.isfinite(size := sizes_of(balls)), size, 0.0)
        with np.errstate(over="ignore", invalid="ignore"):
            grown = np.nan_to_num(size * np.expm1(x.errors), nan=np.inf, posinf=np.inf)
            highest = each(lambda b: float(b.upper()), x.balls, dtype=np.float64)
            # the computed argument is at most `highest` and its error: so is the exponential, however large the error
            ceiling = np.exp(np.nextafter(highest, np.inf) + x.errors) * (1 + 2.0**-40) + _LEAST
            error = np.fmin(grown, np.where(x.errors > 0, ceiling, grown))
        falling = each(lambda b: b < 0, x.balls, dtype=bool)
        endless = x.states & INFINITE > 0
        error = np.where(endless & falling, np.maximum(error, size), error)
        states = np.where(endless & falling, x.states & LOST, x.states)
        return self._result(balls, error + np.zeros(len(balls)), states, ulps=True)

    def log(self, x: Rounded) -> Rounded:
        return self._logarithm(x, arb.log, 0.0)

    def log1p(self, x: Rounded) -> Rounded:
        return self._logarithm(x, arb.log1p, 1.0)

    def _logarithm(self, x: Rounded, function: Callable[[arb], arb], offset: float) -> Rounded:
        balls = each(lambda b: -INF if b == -offset else _at(b, function, NAN, INF), x.balls)
        least = each(lambda b: float((b + offset).lower()) if b.is_finite() else 1.0, x.balls, dtype=np.float64) * (
            1 - 2.0**-52
        )
        with np.errstate(divide="ignore", invalid="ignore"):
            error = np.where(x.error is None, 0.0, np.where(least > x.errors, x.errors / (least - x.errors), np.inf))
        return self._result(balls, error + np.zeros(len(balls)), x.states, ulps=True)

    def tanh(self, x: Rounded) -> Rounded:
        balls = each(lambda b: _at(b, arb.tanh, arb(-1), arb(1)), x.balls)
        return self._result(balls, x.errors + np.zeros(len(balls)), x.states & LOST, ulps=True)

    def sin(self, x: Rounded) -> Rounded:
        return self._wave(x, arb.sin)

    def cos(self, x: Rounded) -> Rounded:
        return self._wave(x, arb.cos)

    def _wave(self, x: Rounded, function: Callable[[arb], arb]) -> Rounded:
        """Return a function of slope at most 1 between -1 and 1; NaN of an infinite number."""
        balls = each(lambda b: _at(b, function, NAN, NAN), x.balls)
        states = np.where(x.states & INFINITE > 0, LOST, x.states)
        return self._result(balls, np.minimum(x.errors, 2.0) + np.zeros(len(balls)), states, ulps=True)

    def sqrt(self, x: Rounded) -> Rounded:
        balls = each(lambda b: _at(b, arb.sqrt, NAN, INF), x.balls)
        least = each(lambda b: float(b.sqrt().lower()) if b.is_finite() and b >= 0 else 0.0, x.balls, dtype=np.float64)
        with np.errstate(divide="ignore", invalid="ignore"):
            slope = np.where(x.errors == 0, 0.0, x.errors / (least * (1 - 2.0**-52)))
        error = np.minimum(np.nan_to_num(slope, nan=np.inf, posinf=np.inf), np.sqrt(x.errors) * (1 + 2.0**-50))
        return self._result(balls, error + np.zeros(len(balls)), x.states)

    def power(self, x: Rounded, exponent: Rounded) -> Rounded:
        """Return a positive number to a real power, as one function."""
        balls = each(_power, x.balls, exponent.balls)
        least = each(lambda b: float(b.lower()) if b.is_finite() else 1.0, x.balls, dtype=np.float64) * (1 - 2.0**-52)
        logs = sizes_of(each(lambda b: b.log() if b.is_finite() and b > 0 else arb(0), x.balls))
        size = np.where(np.isfinite(size := sizes_of(balls)), size, 0.0)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            relative = np.where(x.errors == 0, 0.0, x.errors / least)
            growth = -np.log1p(-np.minimum(relative, 1.0)) * (exponent.size + exponent.errors) + logs * exponent.errors
            error = np.nan_to_num(size * np.expm1(growth), nan=np.inf, posinf=np.inf)
        return self._result(balls, error + np.zeros(len(balls)), x.states | exponent.states, ulps=True)

    def absolute(self, x: Rounded | Complex) -> Rounded:
        """Return the modulus: of real numbers by selection, of complex ones as one function."""
        return self._modulus(x) if isinstance(x, Complex) else super().absolute(x)

    def sign(self, x: Rounded | Complex) -> Rounded | Complex:
        """Return -1, 0 or 1 of exact real numbers; z / |z| of complex ones, 0 of 0."""
        if not isinstance(x, Complex):
            return super().sign(x)
        modulus = self._modulus(x)
        zero = each(lambda b: b == 0, modulus.balls, dtype=bool)
        one = np.full(len(modulus), arb(1), object)
        length = Rounded(None, np.where(zero, one, modulus.balls), modulus.error, modulus.state)
        return Complex(self.divide(x.real, length), self.divide(x.imag, length))

    def _modulus(self, z: Complex) -> Rounded:
        """Return the modulus of exact complex numbers, as one function: of an infinite part infinity, whatever the other is."""
        balls = each(arb.sqrt, z.real.balls * z.real.balls + z.imag.balls * z.imag.balls)
        balls[np.broadcast_to(_infinite(z.real) | _infinite(z.imag), balls.shape)] = INF
        return self._result(balls, np.zeros((len(CLASSES), len(balls))), np.zeros(len(balls), np.uint8), ulps=True)


def _finite_size(x: Rounded) -> np.ndarray:
    """Return upper bounds of the moduli, 0 of infinities."""
    return np.where(_infinite(x), 0.0, x.size)


def _infinite(x: Rounded) -> np.ndarray:
    """Return where a value is infinite; the bound of its modulus may be where it is not."""
    unbounded = np.isinf(x.size)
    return unbounded & x.special() if unbounded.any() else unbounded


def _unsure(x: Rounded) -> np.ndarray:
    """Return where a number may be computed as zero that is none, as none that is zero, or with the other sign.

    Where an infinity multiplies it, or it divides or is divided by zero, an implementation may find NaN or any infinity.
    """
    with np.errstate(invalid="ignore"):
        return np.asarray(((x.size <= x.errors) & (x.errors > 0)).any(axis=0))


def _endless(x: Rounded) -> np.ndarray:
    """Return where a computed number may be infinite."""
    return _infinite(x) | (x.states & INFINITE > 0)


def _highest(x: Rounded) -> np.ndarray:
    """Return upper bounds of the moduli of computed numbers."""
    return np.asarray(x.size + x.errors.max(axis=0), np.float64)


def _abs_lower(ball: arb) -> float:
    return float(ball.abs_lower())


def _lowest(x: Rounded) -> np.ndarray:
    """Return lower bounds of the moduli of computed numbers."""
    least = each(_abs_lower, x.balls, dtype=np.float64) * (1 - 2.0**-52)
    return np.maximum(least - x.errors.max(axis=0), 0.0)


def _is_number(ball: arb, form: Format) -> bool:
    if not ball.is_finite() or not ball.is_exact():
        return False
    mantissa, exponent = (int(part) for part in ball.man_exp())
    return mantissa == 0 or (mantissa.bit_length() <= form.precision and exponent >= form.least_exponent)


def _same_signs(terms: Sequence[Rounded]) -> np.ndarray:
    """Return where no two terms have opposite signs."""
    up = np.logical_or.reduce(np.broadcast_arrays(*(each(lambda b: not b <= 0, t.balls, dtype=bool) for t in terms)))
    down = np.logical_or.reduce(np.broadcast_arrays(*(each(lambda b: not b >= 0, t.balls, dtype=bool) for t in terms)))
    return ~(up & down)


def _ratio(above: arb, below: arb) -> arb:
    if below == 0:
        return above * INF
    return above * arb(0) if below in (INF, -INF) else above / below


def _at(ball: arb, function: Callable[[arb], arb], lowest: arb, highest: arb) -> arb:
    """Return a function of a ball; its limits at the infinities."""
    if ball.is_finite():
        return function(ball)
    return highest if ball == INF else lowest if ball == -INF else NAN


def _exp(ball: arb) -> arb:
    """Return the exponential; of huge negative numbers a ball around what is all but zero, of huge positive ones infinity.

    No ball holds the latter, and every format takes them for infinite.
    """
    if abs(ball) < _HUGE:
        return ball.exp()
    if ball <= -_HUGE:
        return arb(_TINY / 2, _TINY / 2)
    return INF if ball >= _HUGE else UNKNOWN


def _power(base: arb, exponent: arb) -> arb:
    if exponent == 0:
        return arb(1)  # as IEEE 754 has it, also of NaN
    if base.is_finite():
        return base**exponent
    if not (base == INF and exponent.is_finite()):  # a NaN is neither equal nor unequal to anything
        return NAN
    return INF if exponent > 0 else arb(0)
