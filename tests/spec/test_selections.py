"""Special values and states of operations, and the operations that choose among numbers and round nothing."""

from fractions import Fraction
from math import inf, nan

import numpy as np
import pytest
from flint import ctx

from convoracle.spec.operations import Operations
from convoracle.spec.rounded import CLASSES, INFINITE, LOST, Complex, Rounded, exact
from convoracle.spec.rounding import BINARY32, BINARY64
from convoracle.spec.selections import UnorderedError

OPERATIONS = Operations(BINARY32)


@pytest.fixture(autouse=True)
def _as_in_an_enclosure():
    with ctx.workprec(160), np.errstate(all="ignore"):
        yield


def numbers(*values):
    return exact(np.array(values, float))


def rough(value, error, state=0):
    """A number that is computed with an error, or that may be infinite or lost."""
    return Rounded(np.array([float(value)]), None, np.full((len(CLASSES), 1), error), np.array([state], np.uint8))


def values_of(x):
    return [float(ball) for ball in x.balls]


def same(got, expected):
    assert [str(float(v)) for v in got] == [str(float(v)) for v in expected]


# ---- NaN and infinities ----


@pytest.mark.parametrize(
    ("name", "operands", "value"),
    [
        ("add", (inf, -inf), nan),
        ("add", (inf, 1.0), inf),
        ("multiply", (inf, 0.0), nan),
        ("multiply", (-inf, 2.0), -inf),
        ("multiply", (nan, 0.0), nan),
        ("divide", (1.0, inf), 0.0),
        ("divide", (inf, inf), nan),
        ("divide", (inf, -2.0), -inf),
        ("exp", (-inf,), 0.0),
        ("exp", (inf,), inf),
        ("log", (0.0,), -inf),
        ("log", (inf,), inf),
        ("log", (-1.0,), nan),
        ("log1p", (-1.0,), -inf),
        ("tanh", (-inf,), -1.0),
        ("sqrt", (inf,), inf),
        ("sqrt", (-1.0,), nan),
        ("power", (inf, 0.5), inf),
        ("power", (inf, -0.5), 0.0),
        ("power", (nan, 0.5), nan),
        ("absolute", (-inf,), inf),
        ("sign", (nan,), nan),
        ("sign", (-inf,), -1.0),
        *((name, (nan,), nan) for name in ("exp", "log", "log1p", "tanh", "sqrt", "absolute", "negative")),
    ],
)
def test_special_values_follow_ieee_rules_and_limits_have_the_error_of_any_value(name, operands, value):
    arguments = [numbers(v) for v in operands]
    result = getattr(OPERATIONS, name)(*([arguments] if name == "add" else arguments))
    same(values_of(result), [value])
    form = OPERATIONS.format
    rounding = 2 * np.array(CLASSES)[:, None] * (form.unit * abs(value) + form.least) if abs(value) < inf else 0.0
    assert np.all(result.errors <= rounding * (1 + 2.0**-20))
    assert not result.states.any()


def test_a_nan_times_what_may_be_computed_as_zero_is_a_nan():
    result = OPERATIONS.multiply(numbers(nan), rough(2.0**-30, 2.0**-29))
    same(values_of(result), [nan])
    assert not result.states.any()
    lost = OPERATIONS.multiply(numbers(inf), rough(2.0**-30, 2.0**-29))
    assert lost.states.tolist() == [LOST]


@pytest.mark.parametrize("far", [-1e3, -1e5, -1e15, -1e300])
def test_exponentials_far_below_are_zero_up_to_the_least_number(far):
    result = OPERATIONS.exp(numbers(far))
    (ball,) = result.balls
    assert abs(ball) < 2.0**-1000
    assert 0 < result.errors.max() <= CLASSES[-1] * BINARY32.least * 1.01
    assert not result.states.any()


@pytest.mark.parametrize("far", [89.0, 100.0, 700.0])
def test_exponentials_that_overflow_may_be_infinite(far):
    assert OPERATIONS.exp(numbers(far)).states.tolist() == [INFINITE]
    assert not OPERATIONS.exp(numbers(88.0)).states.any()


# ---- states ----


def test_what_may_be_infinite_stays_so_or_is_lost():
    endless, small = rough(1e38, 0.0, INFINITE), numbers(1.0)
    assert OPERATIONS.add([endless, small]).states[0] == INFINITE
    assert OPERATIONS.add([endless, numbers(-1.0)]).states[0] & LOST
    assert OPERATIONS.multiply(endless, small).states[0] == INFINITE
    assert OPERATIONS.multiply(endless, rough(0.0, 1.0)).states[0] & LOST
    assert OPERATIONS.divide(endless, endless).states[0] & LOST
    quotient = OPERATIONS.divide(small, endless)  # may be computed as zero
    assert not quotient.states.any()
    assert quotient.errors.min() >= 1e-38
    assert not OPERATIONS.tanh(endless).states.any()


def test_what_is_lost_stays_lost():
    lost, one = rough(1.0, 0.0, LOST), numbers(1.0)
    results = [OPERATIONS.add([lost, one]), OPERATIONS.multiply(one, lost), OPERATIONS.divide(one, lost)]
    results += [
        getattr(OPERATIONS, name)(lost) for name in ("exp", "log", "log1p", "tanh", "sqrt", "absolute", "negative")
    ]
    results += [OPERATIONS.power(lost, one), OPERATIONS.largest([lost, one]), OPERATIONS.sum(lost, np.array([0]))]
    results += [OPERATIONS.maximum(lost, np.array([0])), OPERATIONS.converted(lost, BINARY32)]
    assert all(result.states[0] & LOST for result in results)


# ---- the largest ----


def test_the_largest_is_exact_and_nan_wins():
    terms = numbers(1.0, -inf, nan, 3.0), numbers(2.0, -5.0, 0.0, -3.0)
    largest = OPERATIONS.largest(terms)
    same(largest.plain, [2.0, -5.0, nan, 3.0])
    runs = OPERATIONS.maximum(numbers(1.0, 5.0, 2.0, nan, -1.0, -inf), np.array([0, 2, 4]))
    same(runs.plain, [5.0, nan, -1.0])
    assert largest.error is runs.error is None


def test_the_largest_of_numbers_with_errors_is_off_by_no_more_than_one_of_them():
    a, b = rough(1.0, 0.25), rough(1.1, 0.125)
    largest = OPERATIONS.largest([a, b])
    assert values_of(largest) == [1.1]
    assert largest.errors.max() == 0.25
    for p in (0.75, 1.0, 1.25):
        for q in (1.1 - 0.125, 1.1, 1.1 + 0.125):
            assert abs(max(p, q) - 1.1) <= 0.25


@pytest.mark.parametrize(
    ("terms", "starts", "places"),
    [
        ([1, 3, 3, 2], [0], [1]),
        ([1, 3, 3, 2], [0, 2], [1, 2]),
        ([nan, 3, nan], [0, 1], [0, 2]),
        ([-inf, -inf], [0], [0]),
        ([0.0, -0.0], [0], [0]),
        ([-0.0, 0.0], [0], [0]),
    ],
)
def test_the_first_largest_is_found(terms, starts, places):
    assert OPERATIONS.first(numbers(*terms), np.array(starts)).tolist() == places


def test_the_first_largest_of_inexact_numbers_is_not_known():
    with pytest.raises(ValueError, match="known for exact terms only"):
        OPERATIONS.first(rough(1.0, 0.5), np.array([0]))


def test_parts_are_joined_where_they_belong():
    joined = OPERATIONS.joined([numbers(0.0, 0.0, 0.0), numbers(5.0)], np.array([1]), 3)
    assert joined.plain.tolist() == [0.0, 5.0, 0.0]
    uncertain = OPERATIONS.joined([numbers(0.0, 0.0, 0.0), rough(5.0, 0.5, INFINITE)], np.array([2]), 3)
    assert values_of(uncertain) == [0.0, 0.0, 5.0]
    assert uncertain.errors[0].tolist() == [0.0, 0.0, 0.5]
    assert uncertain.states.tolist() == [0, 0, INFINITE]


# ---- relations and branches ----

HOLDS = {"<": [True, False, False], "<=": [True, True, False], ">": [False, False, True], ">=": [False, True, True]}
HOLDS |= {"==": [False, True, False], "!=": [True, False, True]}


@pytest.mark.parametrize("relation", HOLDS)
def test_relations_are_decided_and_nan_is_unknown(relation):
    holds, unknown = OPERATIONS.compare(relation, numbers(-1.0, 0.0, inf), numbers(0.0))
    assert (holds.tolist(), unknown.tolist()) == (HOLDS[relation], [False] * 3)
    assert OPERATIONS.compare(relation, numbers(nan), numbers(0.0))[1].tolist() == [True]
    with pytest.raises(ValueError, match="between exact numbers only"):
        OPERATIONS.compare(relation, OPERATIONS.exp(numbers(1.0)), numbers(0.0))


def test_the_first_branch_that_holds_is_chosen():
    first, second, always = np.array([True, False, False]), np.array([True, True, False]), np.ones(1, bool)
    branches = [(first, numbers(1.0)), (second, numbers(2.0, 2.0, 2.0)), (always, numbers(3.0))]
    assert OPERATIONS.chosen(branches, np.zeros(1, bool)).plain.tolist() == [1.0, 2.0, 3.0]
    same(OPERATIONS.chosen(branches, np.array([False, True, False])).plain, [1.0, nan, 3.0])


def test_a_branch_brings_its_own_error_and_state():
    mask, always = np.array([True, False]), np.ones(1, bool)
    chosen = OPERATIONS.chosen([(mask, rough(1.0, 0.5, INFINITE)), (always, numbers(2.0))], np.zeros(1, bool))
    assert values_of(chosen) == [1.0, 2.0]
    assert chosen.errors[0].tolist() == [0.5, 0.0]
    assert chosen.states.tolist() == [INFINITE, 0]


# ---- complex numbers ----


def test_the_direction_of_zero_is_zero_and_of_others_has_modulus_one():
    z = Complex(numbers(0.0, 3.0, -2.0), numbers(0.0, 4.0, 0.0))
    direction = Operations(BINARY64).sign(z)
    assert values_of(direction.real) == [0.0, 0.6, -1.0]
    assert values_of(direction.imag) == [0.0, 0.8, 0.0]


def test_complex_numbers_are_equal_in_both_parts_and_have_no_order():
    z = Complex(numbers(0.0, 0.0, 1.0, nan), numbers(0.0, 1.0, 0.0, 0.0))
    for relation, holds in (("==", [True, False, False]), ("!=", [False, True, True])):
        found, unknown = OPERATIONS.compare(relation, z, numbers(0.0))
        assert found.tolist()[:3] == holds
        assert unknown.tolist() == [False, False, False, True]
    with pytest.raises(UnorderedError, match="have no order"):
        OPERATIONS.compare("<", z, numbers(0.0))
    with pytest.raises(UnorderedError, match="have no largest one"):
        OPERATIONS.largest([z, numbers(0.0)])


def test_the_product_of_complex_numbers_has_both_parts_and_the_rounding_of_their_sums():
    z, w = Complex(numbers(1.0, 0.1), numbers(2.0, 0.3)), Complex(numbers(3.0, 0.7), numbers(-4.0, 0.9))
    product = Operations(BINARY64).multiply(z, w)
    assert (values_of(product.real)[0], values_of(product.imag)[0]) == (11.0, 2.0)
    a, b, c, d = (Fraction(part) for part in (0.1, 0.3, 0.7, 0.9))
    got = (0.1 + 0.3j) * (0.7 + 0.9j)
    parts = zip((product.real, product.imag), (a * c - b * d, a * d + b * c), (got.real, got.imag), strict=True)
    for part, true, computed in parts:
        assert part.errors[0, 0] == 0
        assert abs(Fraction(computed) - true) <= Fraction(part.errors[0, 1]) <= Fraction(2) ** -51 * (abs(true) + 1)


def test_branches_of_complex_numbers_are_chosen_in_both_parts():
    z, mask = Complex(numbers(1.0, 2.0), numbers(3.0, 4.0)), np.array([False, True])
    chosen = OPERATIONS.chosen([(mask, z), (np.ones(1, bool), numbers(0.0))], np.zeros(1, bool))
    assert (values_of(chosen.real), values_of(chosen.imag)) == ([0.0, 2.0], [0.0, 4.0])
