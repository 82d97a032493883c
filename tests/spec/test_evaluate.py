"""The certified evaluation against fractions: its error bound holds, and it says so where it does not know."""

from fractions import Fraction
from itertools import product
from math import inf, isfinite

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convoracle.spec import nest
from convoracle.spec.catalog import OPERATORS, operator
from convoracle.spec.configuration import bind
from convoracle.spec.evaluate import (
    evaluate,
    evaluate_complex,
    evaluate_integers,
    exact_element,
    special_values,
    summands,
    terms,
)

CONVOLVE = operator("convolve")


def convolution(x, h, mode="full"):
    return bind(CONVOLVE, {"x": np.shape(x), "h": np.shape(h)}, {"mode": mode}), {
        "x": np.asarray(x),
        "h": np.asarray(h),
    }


def fractions(x, h):
    """The convolution of finite numbers by another route: fractions, added as they come."""
    full = [Fraction(0)] * (len(x) + len(h) - 1)
    for (j, a), (u, b) in product(enumerate(x), enumerate(h)):
        full[j + u] += Fraction(float(a)) * Fraction(float(b))
    return full


def holds(x, h):
    """Whether high + low is within its error of the truth wherever the error is a number; returns how often it is."""
    configuration, arrays = convolution(x, h)
    value, known = evaluate(configuration, arrays), 0
    for place, true in enumerate(fractions(x, h)):
        high, low, error = (float(plane.flat[place]) for plane in (value.high, value.low, value.error))
        if isfinite(high) and isfinite(low) and isfinite(error):
            assert abs(Fraction(high) + Fraction(low) - true) <= Fraction(error), (place, x, h)
            known += 1
    return known


# ---- the error bound ----

FINITE = st.floats(allow_nan=False, allow_infinity=False, width=64)
NARROW = st.floats(allow_nan=False, allow_infinity=False, width=32)


@settings(max_examples=200)
@given(st.lists(FINITE, min_size=1, max_size=6), st.lists(FINITE, min_size=1, max_size=6))
def test_the_error_holds_for_any_doubles(x, h):
    holds(x, h)


@settings(max_examples=200)
@given(st.lists(NARROW, min_size=1, max_size=6), st.lists(NARROW, min_size=1, max_size=6))
def test_the_error_is_known_for_all_singles(x, h):
    assert holds(np.float32(x), np.float32(h)) == len(x) + len(h) - 1


@pytest.mark.parametrize("scale", [1.0, 2.0**-500, 2.0**-537, 2.0**-1000, 2.0**500])
@given(seed=st.integers(0, 10**6), n=st.integers(1, 30))
def test_the_error_holds_where_sums_cancel_at_every_scale(scale, seed, n):
    generator = np.random.default_rng(seed)
    x = generator.standard_normal(n) * 2.0 ** generator.integers(-30, 30, n)
    h = np.r_[x, -x][generator.permutation(2 * n)][:n]
    holds(x * scale, h)
    holds(x * scale, h * scale)


def test_the_error_holds_on_every_small_pattern_of_extremes():
    extremes = [0.0, 1.0, -1.0, 2.0**-1074, 2.0**-1022, -(2.0**-540), 1.7e308, 2.0**-52 + 1]
    for x in product(extremes, repeat=2):
        for h in product(extremes, repeat=2):
            holds(x, h)


def test_overflow_leaves_the_error_unknown():
    for x, h in (([1e308, 1e308], [10.0]), ([1.7e308, 1.7e308], [1.0, 1.0]), ([inf], [1.0]), ([np.nan], [1.0])):
        value = evaluate(*convolution(x, h))
        assert not np.all(np.isfinite(value.error))


@given(
    st.lists(st.integers(-(2**20), 2**20), min_size=1, max_size=8),
    st.lists(st.integers(-(2**20), 2**20), min_size=1, max_size=8),
)
def test_whole_numbers_are_exact(x, h):
    configuration, arrays = convolution(np.float64(x), np.float64(h))
    value = evaluate(configuration, arrays)
    assert not value.error.any()
    assert value.high.ravel().tolist() == np.convolve(x, h).tolist()


@given(seed=st.integers(0, 10**6))
def test_magnitude_and_count_are_those_of_the_terms(seed):
    generator = np.random.default_rng(seed)
    x, h = generator.standard_normal(7), generator.standard_normal(4)
    configuration, arrays = convolution(x, h)
    value = evaluate(configuration, arrays)
    for index in np.ndindex(value.high.shape):
        true = exact_element(configuration, arrays, index)
        assert value.count[index] == true.count == len(list(terms(configuration, arrays, index)))
        assert abs(Fraction(float(value.magnitude[index])) - true.magnitude) <= true.magnitude * (
            true.count + 2
        ) * Fraction(1, 2**53)


@given(st.lists(st.sampled_from([0.0, 2.0**-1074, -3 * 2.0**-1074, 2.0**-540, 0.25, 1.0]), min_size=1, max_size=4))
def test_the_magnitude_is_zero_only_where_all_products_are(x):
    configuration, arrays = convolution(x, [0.1, 0.0, -0.3])
    value = evaluate(configuration, arrays)
    for index in np.ndindex(value.high.shape):
        true = exact_element(configuration, arrays, index)
        assert (value.magnitude[index] == 0) == (true.magnitude == 0)
        vanishing = true.count * Fraction(1, 2**1075)
        assert true.magnitude <= Fraction(float(value.magnitude[index])) * (1 + Fraction(1, 2**50)) + vanishing


# ---- two programs of one relation ----

SUMS = [record for record in OPERATORS if record.sums_products]
"""The records that are compiled; all others are interpreted, see test_interpret."""


@pytest.mark.parametrize("record", SUMS, ids=str)
def test_both_programs_of_a_relation_sum_the_same_terms(record, drawn):
    for case in [c for c in drawn(record.name, 30) if 0 < np.prod(c.configuration.output_shape) < 3000][:8]:
        configuration = case.configuration
        generator = np.random.default_rng(case.seed)
        arrays = {name: generator.integers(-9, 10, shape).astype(float) for name, shape in configuration.shapes.items()}
        value, count = evaluate(configuration, arrays), summands(configuration)
        for index in list(np.ndindex(configuration.output_shape))[:: max(1, count.size // 40)]:
            true = exact_element(configuration, arrays, index)
            assert (true.value, true.count, true.magnitude) == (value.high[index], count[index], value.magnitude[index])


def test_loops_of_one_test_stand_together():
    source = nest.terms_source(nest.Nest(*_relation("conv_transpose2d")))
    depth = {
        line.split()[1]: len(line) - len(line.lstrip())
        for line in source.splitlines()
        if line.lstrip().startswith("for ")
    }
    assert abs(depth["t_1"] - depth["u_1"]) == abs(depth["t_2"] - depth["u_2"]) == 4


def _relation(name):
    record = operator(name)
    (stage,) = record.definition
    return record, stage.target, nest.relation(record, stage)[0]


# ---- exact elements ----


@given(st.lists(FINITE, min_size=1, max_size=5), st.lists(FINITE, min_size=1, max_size=5))
def test_exact_elements_are_the_fractions(x, h):
    configuration, arrays = convolution(x, h)
    got = [exact_element(configuration, arrays, index).value for index in np.ndindex(configuration.output_shape)]
    assert got == fractions(x, h)


@pytest.mark.parametrize(
    ("x", "h", "value"),
    [
        ([inf], [1.0], inf),
        ([inf], [-1.0], -inf),
        ([inf], [0.0], None),
        ([np.nan], [0.0], None),
        ([1.0], [np.nan], None),
    ],
)
def test_special_products_follow_ieee_rules(x, h, value):
    got = exact_element(*convolution(x, h), (0, 0, 0)).value
    assert got == value if value is not None else got != got


def test_infinities_of_both_signs_make_nan():
    assert np.isnan(exact_element(*convolution([inf, -inf], [1.0, 1.0]), (0, 0, 1)).value)
    assert exact_element(*convolution([inf, inf], [1.0, 1.0]), (0, 0, 1)).value == inf


MIXED = st.sampled_from([0.0, -0.0, 1.0, -2.5, 1e308, -1e308, 5e-324, inf, -inf, np.nan])


@settings(max_examples=300)
@given(st.lists(MIXED, min_size=1, max_size=5), st.lists(MIXED, min_size=1, max_size=5))
def test_special_values_are_those_of_exact_elements(x, h):
    configuration, arrays = convolution(x, h)
    exact = [exact_element(configuration, arrays, index).value for index in np.ndindex(configuration.output_shape)]
    expected = [value if isinstance(value, float) else 0.0 for value in exact]
    np.testing.assert_array_equal(special_values(configuration, arrays).ravel(), expected)


# ---- complex numbers and integers ----

WHOLE = st.integers(-(2**10), 2**10)


@pytest.mark.parametrize("name", ["convolve", "correlate"])
@given(
    st.lists(st.tuples(WHOLE, WHOLE), min_size=1, max_size=5), st.lists(st.tuples(WHOLE, WHOLE), min_size=1, max_size=5)
)
def test_complex_parts_are_exact_on_whole_numbers(name, x, h):
    x, h = (np.array([complex(*entry) for entry in entries]) for entries in (x, h))
    configuration = bind(operator(name), {"x": x.shape, "h": h.shape}, {"mode": "full"})
    real, imaginary = evaluate_complex(configuration, {"x": x, "h": h})
    expected = np.convolve(x, h) if name == "convolve" else np.convolve(x, h[::-1].conj())
    assert np.array_equal((real.high + 1j * imaginary.high).ravel(), expected)
    assert not real.error.any()
    for index in np.ndindex(configuration.output_shape):
        parts = [exact_element(configuration, {"x": x, "h": h}, index, part).value for part in ("real", "imag")]
        assert parts == [real.high[index], imaginary.high[index]]


@given(seed=st.integers(0, 10**6))
def test_the_error_of_complex_parts_holds(seed):
    generator = np.random.default_rng(seed)
    x, h = (generator.standard_normal((2, 6)) * 2.0 ** generator.integers(-20, 20, (2, 6)) for _ in range(2))
    arrays = {"x": x[0] + 1j * x[1], "h": h[0] + 1j * h[1]}
    configuration, _ = convolution(arrays["x"], arrays["h"])
    for part, value in zip(("real", "imag"), evaluate_complex(configuration, arrays), strict=True):
        for index in np.ndindex(value.high.shape):
            true = exact_element(configuration, arrays, index, part)
            got = Fraction(float(value.high[index])) + Fraction(float(value.low[index]))
            assert abs(got - true.value) <= Fraction(float(value.error[index]))


@pytest.mark.parametrize("dtype", ["int64", "uint64", "int8", "uint32"])
@given(data=st.data())
def test_integers_of_any_width_are_exact(dtype, data):
    limits = np.iinfo(dtype)
    entry = st.integers(limits.min, limits.max) | st.sampled_from([limits.min, limits.max])
    x, h = (np.array(data.draw(st.lists(entry, min_size=1, max_size=4)), dtype) for _ in range(2))
    configuration, arrays = convolution(x, h)
    exact = evaluate_integers(configuration, arrays)
    assert exact.ravel().tolist() == np.convolve(x.astype(object), h.astype(object)).tolist()
    assert exact.dtype in (object, np.int64)


def test_a_bias_of_any_width_is_exact():
    record = operator("conv1d")
    x, w, b = np.array([[[2**63 - 1, -(2**63)]]]), np.array([[[2]]]), np.array([2**64 - 1], np.uint64)
    configuration = bind(record, {"x": x.shape, "w": w.shape, "b": b.shape}, {})
    exact = evaluate_integers(configuration, {"x": x, "w": w, "b": b})
    assert exact.ravel().tolist() == [2 * (2**63 - 1) + 2**64 - 1, -(2**64) + 2**64 - 1]
