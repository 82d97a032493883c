"""Definitions are interpreted as they stand: which terms exist, what indices are, and what is done with the numbers."""

from fractions import Fraction
from itertools import product
from math import ceil, inf, nan

import numpy as np
import pytest
from flint import ctx
from sympy import (
    Abs,
    KroneckerDelta,
    Max,
    Min,
    Mod,
    Piecewise,
    Rational,
    Sum,
    ceiling,
    exp,
    floor,
    log,
    sign,
    sqrt,
    tanh,
)

from convoracle.spec.activation import RELU
from convoracle.spec.configuration import bind
from convoracle.spec.enclosure import enclose, integer_outputs
from convoracle.spec.functions import First, Maximum, log1p
from convoracle.spec.records import Array, OperatorSpec, Parameter, Real, Stage
from convoracle.spec.rounding import BINARY64, Arithmetic
from convoracle.spec.symbols import THETA, array, axes

A = axes(1)[0]
T, J, U, SIZE = A.t, A.j, A.u, A.n
X, Y = array("x"), array("y")


def defined(value, *, further=(), stages=(), parameters=(), inputs=(), extended=False):
    """Return the record ``y[t] = value`` of one axis; `stages` come before, `further` outputs after."""
    outputs = [Array(name=name, axes=(SIZE,), meaning="output", below=below) for name, _, below in further]
    return OperatorSpec(
        name="defined",
        summary="A definition.",
        inputs=(Array(name="x", axes=(SIZE,), meaning="input", extended=extended), *inputs),
        parameters=parameters,
        output=Array(name="y", axes=(SIZE,), meaning="output"),
        further=tuple(outputs),
        requires=(),
        definition=(*stages, Stage(Y[T], value), *(Stage(array(name)[T], stage) for name, stage, _ in further)),
        numbers=("float", "integer"),
        source=RELU.source,
    )


def integers(record, *arrays, **options):
    """The exact outputs for integers, as lists."""
    configuration, named = bound(record, arrays, options)
    outputs = integer_outputs(configuration, named)
    return outputs[0].tolist() if len(outputs) == 1 else [output.tolist() for output in outputs]


def floats(record, *arrays, **options):
    """The values for floats: exactly the numbers in the enclosures, as fractions where they are finite and exact."""
    configuration, named = bound(record, arrays, options)
    (output,) = enclose(configuration, named, Arithmetic(BINARY64))
    return [number(value) for value in output.values]


def number(value):
    if not value.is_finite():
        return float(value)
    with ctx.workprec(300):
        mantissa, exponent = (int(part) for part in value.mid().man_exp())
    assert value.rad() < 2.0**-140 * (1 + abs(value))
    return Fraction(mantissa) * Fraction(2) ** exponent


def bound(record, arrays, options):
    named = dict(zip([array.name for array in record.inputs], map(np.asarray, arrays), strict=True))
    return bind(record, {name: array.shape for name, array in named.items()}, options), named


def same(got, expected):
    assert len(got) == len(expected)
    for a, b in zip(got, expected, strict=True):
        assert a == b or (a != a and b != b), (got, expected)


NUMBERS = [3, -1, 4, -1, 5, -9, 2, 6]
COUNT = len(NUMBERS)
PLACES = range(COUNT)

# ---- ranges and terms that exist ----


def test_ranges_may_end_at_the_place_of_the_result():
    assert integers(defined(Sum(X[J], (J, 0, T))), NUMBERS) == np.cumsum(NUMBERS).tolist()
    assert integers(defined(Maximum(X[J], (J, 0, T))), NUMBERS) == np.maximum.accumulate(NUMBERS).tolist()


def test_several_ranges_are_one_after_another():
    value = Sum(X[J] * X[U], (J, 0, T), (U, T, SIZE - 1))
    expected = [sum(NUMBERS[: t + 1]) * sum(NUMBERS[t:]) for t in PLACES]
    assert integers(defined(value), NUMBERS) == expected


def test_a_sum_of_nothing_is_zero_and_a_maximum_of_nothing_minus_infinity():
    assert integers(defined(Sum(X[J], (J, T, T - 1))), NUMBERS) == [0] * COUNT
    assert integers(defined(Sum(X[J], (J, 0, T - 2))), NUMBERS)[:3] == [0, 0, 3]
    assert floats(defined(Maximum(X[J], (J, 0, T - 2))), np.array(NUMBERS, float))[:3] == [-inf, -inf, 3]


def test_what_an_extended_array_has_not_is_left_out():
    around = ((J, T - 1, T + 1),)
    sums = integers(defined(Sum(X[J], *around), extended=True), NUMBERS)
    largest = integers(defined(Maximum(X[J], *around), extended=True), [-abs(v) for v in NUMBERS])
    for t in PLACES:
        window = NUMBERS[max(0, t - 1) : t + 2]
        assert sums[t] == sum(window)
        assert largest[t] == max(-abs(v) for v in window)  # no zero of a padding


@pytest.mark.parametrize(("s", "d", "p", "k"), list(product((1, 2), (1, 2), (0, 1, 3), (1, 3))))
def test_windows_are_what_loops_find(s, d, p, k):
    record = defined(Sum(X[s * T + d * U - p] * (U + 1), (U, 0, k - 1)), extended=True)
    places = [[(u, s * t + d * u - p) for u in range(k)] for t in PLACES]
    expected = [sum(NUMBERS[j] * (u + 1) for u, j in window if 0 <= j < COUNT) for window in places]
    assert integers(record, NUMBERS) == expected


def test_terms_exist_where_their_kronecker_factors_are_one():
    assert integers(defined(Sum(X[J] * KroneckerDelta(J, SIZE - 1 - T), (J, 0, SIZE - 1))), NUMBERS) == NUMBERS[::-1]
    parity = Maximum(X[J] * KroneckerDelta(Mod(J, 2), Mod(T, 2)), (J, 0, SIZE - 1))
    below_zero = [v - 10 for v in NUMBERS]
    assert integers(defined(parity), below_zero) == [max(below_zero[t % 2 :: 2]) for t in PLACES]


def test_a_term_that_does_not_exist_is_not_computed():
    landing = Sum(X[J] * KroneckerDelta(T, 2 * J), (J, 0, SIZE - 1))
    special = np.array([nan, 1.0, inf, 2.0])
    same(floats(defined(landing), special), [nan, 0, 1, 0])


@pytest.mark.parametrize("count", [0, 1])
def test_axes_may_be_empty_or_of_one(count):
    assert integers(defined(Sum(X[J], (J, 0, SIZE - 1))), np.array(NUMBERS[:count], np.int64)) == NUMBERS[:count]


# ---- integers ----

WHOLE = {
    "floor": (floor((T - 5) / 2), lambda t: (t - 5) // 2),
    "ceiling": (ceiling((T - 5) / 3), lambda t: ceil(Fraction(t - 5, 3))),
    "floor of a quotient of letters": (floor((T + 1) * SIZE / (T + 2)), lambda t: (t + 1) * COUNT // (t + 2)),
    "remainder": (Mod(T - 5, 3), lambda t: (t - 5) % 3),
    "least": (Min(T - 4, 4 - T, SIZE), lambda t: min(t - 4, 4 - t, COUNT)),
    "greatest": (Max(T - 4, 1), lambda t: max(t - 4, 1)),
    "power": ((T - 3) ** 3, lambda t: (t - 3) ** 3),
    "modulus": (Abs(T - 3), lambda t: abs(t - 3)),
    "choice": (KroneckerDelta(T, 3) * 7 + T, lambda t: 7 * (t == 3) + t),
}


@pytest.mark.parametrize("what", WHOLE)
def test_expressions_of_letters_are_exact_integers(what):
    expr, plain = WHOLE[what]
    expected = [v + plain(t) for t, v in enumerate(NUMBERS)]
    assert integers(defined(X[T] + expr), NUMBERS) == expected
    assert floats(defined(X[T] + expr), np.array(NUMBERS, float)) == expected


def test_numbers_beyond_int64_stay_exact():
    big = [2**62, -(2**63), 2**63 - 1]
    assert integers(defined(Sum(X[J], (J, 0, T))), big) == [2**62, -(2**62), 2**62 - 1]
    assert integers(defined(X[T] ** 3), big) == [v**3 for v in big]


def test_quotients_of_letters_are_fractions():
    thirds = floats(defined(X[T] / (T + 1)), np.ones(3))
    assert [abs(v - Fraction(1, t + 1)) < Fraction(1, 2**140) for t, v in enumerate(thirds)] == [True] * 3


# ---- indices ----

INDICES = Array(name="indices", axes=(SIZE,), meaning="places", below=SIZE)


def test_arrays_of_integers_say_where_to_read():
    record = defined(X[array("indices")[T]], inputs=(INDICES,))
    places = np.array([7, 0, 0, 3, 2, 1, 6, 5])
    assert integers(record, NUMBERS, places) == [NUMBERS[p] for p in places]


def test_arrays_of_integers_say_where_to_write():
    value = Sum(X[J] * KroneckerDelta(array("indices")[J], T), (J, 0, SIZE - 1))
    places = [1, 1, 0, 5, 5, 5, 2, 7]
    expected = [sum(v for v, p in zip(NUMBERS, places, strict=True) if p == t) for t in PLACES]
    assert integers(defined(value, inputs=(INDICES,)), NUMBERS, places) == expected


def test_the_first_maximum_is_found_and_may_be_an_index():
    first = First(J, Maximum(X[J], (J, 0, T)))
    record = defined(X[T], further=(("place", first, SIZE),))
    ties = [1, 3, 3, 2, 5, 5, 0, 5]
    assert integers(record, ties) == [ties, [0, 1, 1, 1, 4, 4, 4, 4]]
    stage = Stage(array("first")[T], first, (SIZE,))
    doubled = defined(2 * X[array("first")[T]], stages=(stage,))
    assert integers(doubled, ties) == [2, 6, 6, 6, 10, 10, 10, 10]


def test_the_first_nan_is_the_first_maximum():
    first = First(J, Maximum(X[J], (J, 0, T)))
    configuration, named = bound(defined(X[T], further=(("place", first, SIZE),)), [[1.0, nan, inf, nan]], {})
    _, places = enclose(configuration, named, Arithmetic(BINARY64))
    assert places.tolist() == [0, 1, 1, 1]


def test_the_position_of_a_maximum_may_be_any_expression():
    first = First(2 * J + 1, Maximum(X[J], (J, T, SIZE - 1)))
    record = defined(X[T], further=(("place", first, 2 * SIZE),))
    assert integers(record, [4, 2, 9])[1] == [5, 5, 5]


# ---- numbers ----


def test_stages_follow_one_another_with_axes_of_their_own():
    total = Stage(array("total")[A.m], Sum(X[J], (J, 0, A.m)), (SIZE + 1,))
    record = defined(array("total")[T + 1], stages=(total,), extended=True)
    assert integers(record, [1, 2, 3]) == [3, 6, 6]


def test_several_outputs_come_in_their_order():
    record = defined(X[T] + 1, further=(("twice", 2 * X[T], None), ("all", Y[T] + array("twice")[T], None)))
    assert integers(record, [1, 2]) == [[2, 3], [2, 4], [4, 7]]


OF_FRACTIONS = {
    "cube": (X[T] ** 3, lambda v: v**3),
    "reciprocal": (1 / X[T], lambda v: 1 / v),
    "reciprocal of a square": (X[T] ** -2, lambda v: 1 / v**2),
    "product over a product": (3 * X[T] * (X[T] + 1) / (X[T] ** 2 + 1), lambda v: 3 * v * (v + 1) / (v**2 + 1)),
    "difference": (X[T] - 1 / X[T] - 2, lambda v: v - 1 / v - 2),
    "rational": (Rational(2, 7) * X[T] - Rational(1, 3), lambda v: Fraction(2, 7) * v - Fraction(1, 3)),
    "maximum": (Max(X[T], -X[T], 1), lambda v: max(v, -v, 1)),
    "minimum": (Min(X[T], 2), lambda v: min(v, 2)),
    "modulus and sign": (Abs(X[T]) * sign(X[T]) * 3, lambda v: 3 * v),
    "branches": (
        Piecewise((X[T] ** 2, X[T] > 1), (X[T], X[T] >= -1), (-1, True)),
        lambda v: v**2 if v > 1 else max(v, -1),
    ),
}


@pytest.mark.parametrize("what", OF_FRACTIONS)
def test_rational_functions_are_enclosed(what):
    expr, plain = OF_FRACTIONS[what]
    data = np.array([-3.5, -1.0, -0.125, 0.5, 1.0, 7.0])
    for got, value in zip(floats(defined(expr), data), data.tolist(), strict=True):
        expected = plain(Fraction(value))
        assert abs(got - expected) <= abs(expected) / 2**140


@pytest.mark.parametrize(
    ("expr", "x", "value"),
    [
        (exp(X[T]), 0.0, 1),
        (exp(X[T]), -inf, 0),
        (log(X[T]), 1.0, 0),
        (log(X[T]), 0.0, -inf),
        (log(X[T]), -1.0, nan),
        (log1p(X[T]), 0.0, 0),
        (log1p(X[T]), -1.0, -inf),
        (tanh(X[T]), inf, 1),
        (sqrt(X[T]), 2.25, Fraction(3, 2)),
        (sqrt(X[T]), -1.0, nan),
        (X[T] ** Rational(3, 2), 4.0, 8),
        (X[T] - X[T] * Abs(X[T]), inf, nan),
        (Max(X[T], 0), nan, nan),
        (sign(X[T]), -0.0, 0),
        (Piecewise((1, X[T] > 0), (2, True)), nan, nan),
        (Piecewise((1 / X[T], X[T] > 0), (2, True)), 0.0, 2),
    ],
)
def test_functions_have_their_values_and_limits(expr, x, value):
    same(floats(defined(expr), np.array([x])), [value])


def test_options_are_numbers():
    threshold = Real(keyword="threshold", symbol=THETA, default=0.5, meaning="threshold")
    record = defined(X[T] - THETA, parameters=(threshold,))
    assert floats(record, np.array([1.0])) == [Fraction(1, 2)]
    assert floats(record, np.array([1.0]), threshold=-2.25) == [Fraction(13, 4)]


def test_integer_options_are_letters():
    shift = Parameter(keyword="shift", symbols=(A.p,), least=0, default=1, meaning="shift", scalar=True)
    record = defined(Sum(X[J], (J, T - A.p, T - A.p)), parameters=(shift,), extended=True)
    assert integers(record, [1, 2, 3]) == [0, 1, 2]
    assert integers(record, [1, 2, 3], shift=2) == [0, 0, 1]
