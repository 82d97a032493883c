"""Complex balls hold what mpmath computes with more digits; selections go by real parts; slopes are SymPy's derivatives."""

import operator
from itertools import product

import mpmath
import numpy as np
import pytest
from flint import acb, arb, ctx
from hypothesis import given
from hypothesis import strategies as st
from sympy import I, N, Rational, Symbol, conjugate, re

from convoracle.spec.complex_balls import Balls, Operations, balls_of
from convoracle.spec.complex_dual import Moving, still
from convoracle.spec.complex_dual import Operations as Slopes

HIGH = mpmath.MPContext()
HIGH.prec = 300
BITS = 120  # digits of a result of a working precision of 128 bits
OPERATIONS = Operations()
PARTS = (-2.75, -1.0, 0.0, 2.0**-30, 0.5, 3.0)
PLANE = [complex(*parts) for parts in product(PARTS, repeat=2)]
NUMBERS = st.complex_numbers(max_magnitude=100, min_magnitude=2.0**-20, allow_nan=False, allow_infinity=False)


@pytest.fixture(autouse=True)
def precision():
    with ctx.workprec(128):
        yield


def ball(number):
    """The number of mpmath as an exact ball."""
    with ctx.workprec(400):
        return acb(*(arb(int(m) * (-1) ** s) * arb(2) ** e for s, m, e, _ in (number.real._mpf_, number.imag._mpf_)))


def holds(found, number):
    """Whether a ball holds a number that mpmath computed, up to the digits of mpmath, and is small."""
    with ctx.workprec(400):
        distance = abs(found - ball(HIGH.mpc(number)))
        size = 1 + abs(found)
        return distance.abs_lower() <= size * arb(2) ** -250 and found.rad() <= size * arb(2) ** -BITS


# ---- functions ----

FUNCTIONS = {
    "exp": HIGH.exp,
    "log": HIGH.log,
    "sin": HIGH.sin,
    "cos": HIGH.cos,
    "sqrt": HIGH.sqrt,
    "conjugate": HIGH.conj,
    "real": HIGH.re,
    "absolute": abs,
    "sign": HIGH.sign,
    "negative": operator.neg,
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_holds_its_value_on_a_grid_of_the_plane(name):
    points = [z for z in PLANE if z or name != "log"]
    for found, z in zip(getattr(OPERATIONS, name)(balls_of(points)).values, points, strict=True):
        assert holds(found, FUNCTIONS[name](HIGH.mpc(z))), (name, z, found)


@pytest.mark.parametrize("name", FUNCTIONS)
@given(z=NUMBERS)
def test_a_function_holds_its_value_everywhere(name, z):
    (found,) = getattr(OPERATIONS, name)(balls_of([z])).values
    assert holds(found, FUNCTIONS[name](HIGH.mpc(z)))


@pytest.mark.parametrize("name", [*FUNCTIONS, "pi"])
def test_a_function_of_a_ball_holds_its_values_at_the_middle_with_more_bits(name):
    with ctx.workprec(40):
        rough = balls_of([1]) if name == "pi" else OPERATIONS.quotient([balls_of(PLANE[1:])], [balls_of([3])])
        coarse = OPERATIONS.pi() if name == "pi" else getattr(OPERATIONS, name)(rough)
    with ctx.workprec(200):
        middles = Balls(np.array([acb(z.real.mid(), z.imag.mid()) for z in rough.values]))
        fine = OPERATIONS.pi() if name == "pi" else getattr(OPERATIONS, name)(middles)
    assert all(c.overlaps(f) for c, f in zip(coarse.values, fine.values, strict=True))


def test_pi_is_pi():
    assert holds(OPERATIONS.pi().values[0], HIGH.pi)


def test_a_sign_is_a_direction_and_that_of_zero_is_zero():
    zero, up = OPERATIONS.sign(balls_of([0, 7j])).values
    assert zero == 0
    assert up == acb(0, 1)


def test_a_ball_around_zero_may_have_any_direction_or_none():
    around, lost = OPERATIONS.sign(Balls(np.array([acb(arb(1e-9, 1e-8)), acb(arb(0, np.inf))]))).values
    assert all(around.contains(acb(z)) for z in (0, 1, -1, 1j, -1j, 0.6 + 0.8j))
    assert not lost.is_finite()


def test_what_has_no_value_is_not_finite():
    assert not OPERATIONS.divide(balls_of([1, 0]), balls_of([0])).values[0].is_finite()
    assert not OPERATIONS.log(balls_of([0])).values[0].is_finite()
    assert not OPERATIONS.add([balls_of([np.nan]), balls_of([1])]).values[0].is_finite()


# ---- sums and products ----


@given(st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS), min_size=1, max_size=5))
def test_sums_products_quotients_and_powers_hold_their_values(rows):
    columns = [balls_of(column) for column in zip(*rows, strict=True)]
    whole = [[HIGH.mpc(z) for z in row] for row in rows]
    for found, (a, b, c) in zip(OPERATIONS.add(columns).values, whole, strict=True):
        assert holds(found, a + b + c)
    for found, (a, b, c) in zip(OPERATIONS.quotient(columns[:2], columns[2:]).values, whole, strict=True):
        assert abs(found - ball(a * b / c)).abs_lower() <= abs(found) * 2.0**-BITS
    for found, (a, _, _) in zip(OPERATIONS.power(columns[0], balls_of([-1.5])).values, whole, strict=True):
        assert abs(found - ball(a ** HIGH.mpf(-1.5))).abs_lower() <= abs(found) * 2.0**-BITS


def test_a_single_number_stands_for_all():
    x = balls_of([1, 2, 3])
    assert [complex(v) for v in OPERATIONS.add([x, balls_of([10])]).values] == [11, 12, 13]
    assert [complex(v) for v in OPERATIONS.quotient([balls_of([6]), x], [x, x]).values] == [6, 3, 2]
    assert [complex(v) for v in balls_of([5]).take(np.arange(3)).values] == [5, 5, 5]
    assert [complex(v) for v in x.take(np.array([2, 0])).values] == [3, 1]


@given(st.lists(st.lists(st.integers(-9, 9), min_size=1, max_size=4), min_size=1, max_size=5))
def test_runs_of_terms_are_added_and_compared(runs):
    starts = np.cumsum([0, *map(len, runs[:-1])])
    terms = balls_of([v for run in runs for v in run])
    assert [complex(v) for v in OPERATIONS.sum(terms, starts).values] == [sum(run) for run in runs]
    assert [complex(v) for v in OPERATIONS.maximum(terms, starts).values] == [max(run) for run in runs]


@pytest.mark.parametrize(
    "value", [2**100 + 1, -(2**63), 1 / 3, 5e-324, 3 - 4j, np.float32(0.1), np.complex64(1 / 3 + 2j)]
)
def test_numbers_are_taken_as_what_they_are(value):
    (found,) = balls_of(np.array([value], object if isinstance(value, int) else None)).values
    assert found.real.is_exact()
    assert found.imag.is_exact()
    assert (complex(found) if not isinstance(value, int) else int(found.real.unique_fmpz())) == value


# ---- selections ----


def test_the_largest_is_that_of_the_largest_real_part():
    x, y, z = balls_of([1 + 9j, -1, 5]), balls_of([2, -3 + 1j, 5]), balls_of([0])
    assert [complex(v) for v in OPERATIONS.largest([x, y, z]).values] == [2, 0, 5]


def test_a_maximum_of_nothing_is_minus_infinity_and_parts_are_joined():
    lowest = OPERATIONS.lowest(3)
    joined = OPERATIONS.joined([lowest, balls_of([7, 8])], np.array([2, 0]), 3)
    assert [complex(v).real for v in joined.values] == [8, -np.inf, 7]
    assert [complex(v).real for v in lowest.values] == [-np.inf] * 3  # is left as it was


RELATIONS = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}


@pytest.mark.parametrize("relation", RELATIONS)
def test_exact_numbers_are_compared_as_numbers(relation):
    pairs = list(product([-1.5, 0, 2], repeat=2))
    a, b = (balls_of(side) for side in zip(*pairs, strict=True))
    certain, unknown = OPERATIONS.compare(relation, a, b)
    assert certain.tolist() == [RELATIONS[relation](*pair) for pair in pairs]
    assert not unknown.any()


@pytest.mark.parametrize("relation", RELATIONS)
def test_balls_that_overlap_are_not_decided(relation):
    third = OPERATIONS.divide(balls_of([1]), balls_of([3]))
    certain, unknown = OPERATIONS.compare(relation, third, third)
    assert (certain.tolist(), unknown.tolist()) == ([False], [True])


def test_the_first_branch_that_holds_is_chosen_and_none_where_it_is_not_known():
    branches = [
        (np.array([True, False, False, True]), balls_of([1, 1, 1, 1])),
        (np.array([True, True, False, False]), balls_of([2])),
        (np.array([True]), balls_of([3])),
    ]
    found = OPERATIONS.chosen(branches, np.array([False, False, False, True])).values
    assert [complex(v) for v in found[:3]] == [1, 2, 3]
    assert found[3].real.is_nan()


# ---- slopes ----

SLOPES = Slopes()
TIME = Symbol("t", real=True)
MOVES = [(3 + 4j, 1 - 2j), (-1.5 + 0j, 2j), (0.25j, 1 + 1j), (2 - 7j, 0j)]
"""Numbers and how fast they move."""


def moving(index):
    """A number of the list that moves, and the same as an expression in the time."""
    z, v = MOVES[index]
    position, speed = (Rational(w.real) + Rational(w.imag) * I for w in (z, v))
    return Moving(balls_of([z]).values, balls_of([v]).values), position + TIME * speed


def slope_is(found, expr):
    """Whether value and slope are those of an expression at time 0."""
    wanted = (expr.subs(TIME, 0), expr.diff(TIME).doit().subs(TIME, 0))
    return all(_is(got, value) for got, value in zip((found.value[0], found.slope[0]), wanted, strict=True))


def _is(got, value):
    exact = acb(*(arb(str(part)) for part in N(value, 60).as_real_imag()))
    return abs(got - exact).abs_lower() <= (1 + abs(exact)) * 2.0**-BITS and got.rad() <= (1 + abs(exact)) * 2.0**-BITS


@pytest.mark.parametrize("index", range(len(MOVES)))
def test_slopes_of_functions_are_derivatives(index):
    number, z = moving(index)
    x, y = z.as_real_imag()
    assert slope_is(SLOPES.negative(number), -z)
    assert slope_is(SLOPES.conjugate(number), conjugate(z))
    assert slope_is(SLOPES.real(number), re(z))
    assert slope_is(SLOPES.absolute(number), (x**2 + y**2) ** Rational(1, 2))


@pytest.mark.parametrize(("first", "second"), list(product(range(len(MOVES)), repeat=2)))
def test_slopes_of_sums_products_and_quotients_are_derivatives(first, second):
    (a, z), (b, w) = moving(first), moving(second)
    assert slope_is(SLOPES.add([a, b, a]), 2 * z + w)
    assert slope_is(SLOPES.multiply(a, b), z * w)
    assert slope_is(SLOPES.divide(a, b), z / w)
    assert slope_is(SLOPES.quotient([a, a], [b]), z**2 / w)


def test_a_modulus_at_zero_is_flat():
    flat = SLOPES.absolute(Moving(balls_of([0]).values, balls_of([3 - 1j]).values))
    assert (complex(flat.value[0]), complex(flat.slope[0])) == (0, 0)


def test_what_stands_still_has_no_slope():
    z = still(balls_of([2, 3j]))
    assert [complex(s) for s in SLOPES.multiply(z, z).slope] == [0, 0]


def test_runs_of_moving_terms_are_added_and_joined():
    terms = Moving(balls_of([1, 2, 3]).values, balls_of([10, 20, 30]).values)
    found = SLOPES.sum(terms, np.array([0, 2]))
    joined = SLOPES.joined([SLOPES.lowest(3), found], np.array([2, 0]), 3)
    assert [complex(v).real for v in joined.value] == [3, -np.inf, 3]
    assert [complex(v) for v in joined.slope] == [30, 0, 30]
    assert [complex(v) for v in terms.take(np.array([2, 2])).slope] == [30, 30]
