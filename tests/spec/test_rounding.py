"""Rounding bounds against exact arithmetic: at least the theory, monotone, and the same as fractions."""

from fractions import Fraction
from math import log2

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convoracle.spec.rounding import (
    BFLOAT16,
    BINARY16,
    BINARY32,
    BINARY64,
    FORMATS,
    TF32,
    Arithmetic,
    direct_bound,
    direct_bound_exact,
    direct_factor,
    fft_bound,
    fft_growth,
    format_of,
    underflow_term,
)

ARITHMETICS = {
    "float32": Arithmetic(BINARY32),
    "float64": Arithmetic(BINARY64),
    "float32 in float64": Arithmetic(BINARY32, accumulator=BINARY64),
    "float16 in float32": Arithmetic(BINARY16, accumulator=BINARY32),
    "float32 in float16": Arithmetic(BINARY32, accumulator=BINARY16),
    "tf32": Arithmetic(BINARY32, operands=TF32),
    "bfloat16": Arithmetic(BINARY32, operands=BFLOAT16),
    "flushed": Arithmetic(BINARY32, flushed=True),
    "flushed in float64": Arithmetic(BINARY32, accumulator=BINARY64, flushed=True),
}
EACH = pytest.mark.parametrize("arithmetic", ARITHMETICS.values(), ids=ARITHMETICS)
COUNTS = st.integers(1, 5000)
SIZES = st.floats(0, 1e30) | st.floats(0, 1e-30)


def exactly(form):
    return Fraction(1, 2**form.precision)


def theory(arithmetic, count):
    """(1 + u_in)**2 (1 + u_acc)**K - 1 as a fraction."""
    narrowed = (1 + exactly(arithmetic.operands)) ** 2 if arithmetic.operands else 1
    return narrowed * (1 + exactly(arithmetic.sums_in)) ** count - 1


@pytest.mark.parametrize(
    ("dtype", "form"),
    [(np.float32, BINARY32), (np.complex64, BINARY32), (np.float64, BINARY64), (np.complex128, BINARY64)],
)
def test_formats_are_those_of_numpy(dtype, form):
    info = np.finfo(dtype)
    assert format_of(np.dtype(dtype)) is form
    assert (form.unit, form.least, form.least_normal, form.largest) == (
        info.epsneg,
        info.smallest_subnormal,
        info.smallest_normal,
        info.max,
    )


def test_float16_is_that_of_numpy_and_formats_have_their_names():
    info = np.finfo(np.float16)
    got = BINARY16.unit, BINARY16.least, BINARY16.least_normal, BINARY16.largest
    assert got == (info.epsneg, info.smallest_subnormal, info.smallest_normal, info.max)
    assert all(FORMATS[name].name == name for name in FORMATS)


@EACH
@pytest.mark.parametrize("count", [*range(1, 65), 100, 1000, 4096])
def test_the_factor_is_at_least_the_theory_and_hardly_more(arithmetic, count):
    factor, true = Fraction(float(direct_factor(count, arithmetic))), theory(arithmetic, count)
    assert true <= factor <= true * (1 + Fraction(1, 2**40))


@EACH
def test_the_underflow_term_is_at_least_the_theory(arithmetic):
    form = arithmetic.sums_in
    for count in (0, 1, 2, 3, 10, 1000):
        each = 2 * Fraction(form.least_normal) if arithmetic.flushed else Fraction(form.least) / 2
        true = count * each * (1 + exactly(form)) ** count
        assert Fraction(float(underflow_term(count, arithmetic))) >= true


@EACH
@given(count=COUNTS, size=SIZES, more=st.floats(1, 10))
def test_bounds_grow_with_the_size_and_the_number_of_terms(arithmetic, count, size, more):
    def bound(s, k):
        return direct_bound(np.array(s), np.array(k), np.array(s), arithmetic)

    assert bound(size, count) <= bound(size * more, count)
    assert bound(size, count) <= bound(size, count + 1)


@EACH
@given(count=COUNTS, size=SIZES, part=st.floats(-1, 1))
def test_bounds_in_floating_point_are_those_of_fractions(arithmetic, count, size, part):
    got = Fraction(float(direct_bound(np.array(size), np.array(count), np.array(size * part), arithmetic)))
    true = direct_bound_exact(Fraction(size), count, Fraction(size * part), arithmetic)
    slack = (true * 8 + got * 8) * Fraction(1, 2**52) + 2 * Fraction(1, 2**1074)
    assert abs(got - true) <= slack


@EACH
def test_an_empty_sum_has_no_error(arithmetic):
    assert direct_bound(np.zeros(2), np.array([0, 3]), np.zeros(2), arithmetic).tolist() == [0, 0]
    assert direct_bound_exact(Fraction(0), 3, Fraction(0), arithmetic) == 0


def test_less_arithmetic_has_the_larger_bound():
    def bound(name):
        return float(direct_bound(np.array(1.0), np.array(50), np.array(0.5), ARITHMETICS[name]))

    assert bound("float64") < bound("float32 in float64") < bound("float32") < bound("tf32") < bound("bfloat16")
    assert bound("float32") <= bound("flushed") < bound("float32 in float16")


def test_the_narrowest_format_is_that_of_least_precision():
    assert ARITHMETICS["float32 in float64"].narrowest is BINARY32
    assert ARITHMETICS["float32 in float16"].narrowest is BINARY16
    assert ARITHMETICS["float64"].narrowest is BINARY64


@pytest.mark.parametrize("unit", [2.0**-24, 2.0**-53])
def test_fft_errors_grow_with_the_number_of_points_and_exceed_that_of_radix_two(unit):
    growth = [fft_growth(points, unit) for points in range(2, 3000, 7)]
    assert growth == sorted(growth)
    for points in (2, 16, 1024):
        assert fft_growth(points, unit) >= log2(points) * 7 * unit / 3


@given(st.floats(1e-9, 1e9), st.floats(1e-9, 1e9), st.integers(2, 10**5))
def test_fft_bounds_scale_with_the_norms(x, w, points):
    bound = fft_bound(x, w, x * w * points**0.5, points, Arithmetic(BINARY64))
    assert bound > 2.0**-53 * x * w
    larger = fft_bound(2 * x, w, 2 * x * w * points**0.5, points, Arithmetic(BINARY64))
    assert bound <= larger <= 2.001 * bound + 1e-290
