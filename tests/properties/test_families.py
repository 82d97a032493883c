"""Data families: reproducible, and each what it is called."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convoracle.properties.families import (
    EXTREME_FAMILIES,
    FAMILIES,
    FLOAT_FAMILIES,
    LARGE_INTEGERS,
    LIMITS,
    ONE_EXTREME,
    Domain,
    draw,
    integer_span,
)
from convoracle.spec.rounding import BINARY32, BINARY64

SHAPES = {"x": (2, 3, 7), "w": (4, 3, 3), "b": (4,)}
FLOATS = ("float32", "float64")
OF_INTEGERS = (LARGE_INTEGERS, LIMITS)
"""Families of integer dtypes only."""


def drawn(family, dtype, seed=0, terms=10, shapes=SHAPES):
    return draw(family, shapes, dict.fromkeys(shapes, dtype), terms, seed)


def together(arrays):
    return np.concatenate([array.ravel() for array in arrays.values()])


@pytest.mark.parametrize("family", FAMILIES)
def test_equal_seeds_give_equal_arrays_and_others_do_not(family):
    dtype = "int64" if family in OF_INTEGERS else "float64"
    first, again = drawn(family, dtype, 3), drawn(family, dtype, 3)
    assert all(first[name].tobytes() == again[name].tobytes() for name in SHAPES)
    assert len({together(drawn(family, dtype, seed)).tobytes() for seed in range(8)}) > 1


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64", "complex128", "int64", "uint8", "int8", "uint64"])
@pytest.mark.parametrize("family", [*FLOAT_FAMILIES, "integers"])
def test_shapes_and_dtypes_are_those_asked_for(family, dtype):
    arrays = drawn(family, dtype)
    assert {name: array.shape for name, array in arrays.items()} == SHAPES
    assert {array.dtype for array in arrays.values()} == {np.dtype(dtype)}
    assert np.all(np.isfinite(together(arrays)))


@given(st.integers(1, 10**6), st.sampled_from([8, 11, 24, 53]))
def test_the_integer_span_keeps_sums_exact(terms, precision):
    span = integer_span(terms, precision)
    assert 1 <= span <= 1000
    assert terms * span**2 + span <= 2**precision or span == 1
    assert span == 1000 or (terms + 1) * (span + 1) ** 2 > 2**precision


def test_the_integer_span_of_every_small_number_of_terms():
    for terms in range(1, 2000):
        assert terms * integer_span(terms, 24) ** 2 + integer_span(terms, 24) <= 2**24


@pytest.mark.parametrize("dtype", FLOATS)
@given(seed=st.integers(0, 2**16), terms=st.integers(1, 500))
def test_integers_are_small_whole_numbers(dtype, seed, terms):
    values = together(drawn("integers", dtype, seed, terms))
    assert np.array_equal(values, np.rint(values))
    assert abs(values).max() <= integer_span(terms, 24 if dtype == "float32" else 53)


@given(seed=st.integers(0, 2**16))
def test_parts_of_complex_integers_are_whole_and_keep_sums_of_twice_as_many_terms_exact(seed):
    values = together(drawn("integers", "complex64", seed, 30))
    assert np.array_equal(values, np.rint(values))
    assert max(abs(values.real).max(), abs(values.imag).max()) <= integer_span(60, 24)


def test_families_are_what_they_are_called():
    seeds = range(40)
    special = np.concatenate([together(drawn("special", "float64", seed)) for seed in seeds])
    assert np.isnan(special).any()
    assert {np.inf, -np.inf, 0.0} <= set(special[~np.isnan(special)])
    assert np.signbit(special[special == 0]).any()
    assert all(np.all(together(drawn("negative", "float32", seed)) < 0) for seed in seeds)
    assert all(np.ptp(drawn("constant", "float32", seed)["x"]) == 0 for seed in seeds)
    assert all(np.count_nonzero(drawn("impulse", "float64", seed)["w"]) <= 1 for seed in seeds)
    wide = np.log2(abs(together(drawn("wide", "float64", 1))))
    assert np.ptp(wide) > 30
    cancelling = drawn("cancelling", "float64", 1)["x"]
    assert abs(cancelling.sum()) < abs(cancelling).sum() / 2


@pytest.mark.parametrize(("dtype", "form"), [("float32", BINARY32), ("float64", BINARY64)])
def test_extreme_families_reach_the_ends_of_the_format(dtype, form):
    tiny = np.concatenate([drawn("subnormal", dtype, seed)["x"].ravel() for seed in range(20)])
    assert np.mean((abs(tiny) < form.least_normal) & (tiny != 0)) > 0.3
    huge = np.concatenate([drawn("huge", dtype, seed)["x"].ravel() for seed in range(20)])
    assert np.all(np.isfinite(huge))
    assert abs(huge).max() > form.largest / 4


@pytest.mark.parametrize("name", ["x", "w"])
def test_each_input_is_extreme_in_its_own_format_and_none_is_infinite(name):
    dtypes = {"x": "float64", "w": "float32", "b": "float32"}
    for family in ONE_EXTREME:
        found = [draw(family, SHAPES, dtypes, 9, seed) for seed in range(40)]
        assert all(np.all(np.isfinite(array)) for arrays in found for array in arrays.values())
    form = {"x": BINARY64, "w": BINARY32}[name]
    assert max(abs(arrays[name]).max() for arrays in found) > form.largest / 4


def test_large_integers_lie_on_both_sides_of_what_fits():
    one = {"x": (1, 1, 1), "w": (1, 1, 1)}
    products = []
    for seed in range(200):
        x, w = (
            int(array.ravel()[0]) for array in draw(LARGE_INTEGERS, one, dict.fromkeys(one, "int64"), 1, seed).values()
        )
        products.append(abs(x * w))
    assert sum(product >= 2**63 for product in products) > 10
    assert sum(product < 2**63 for product in products) > 10


@pytest.mark.parametrize("family", [*FLOAT_FAMILIES, *EXTREME_FAMILIES, "integers"])
def test_empty_arrays_are_drawn_too(family):
    arrays = drawn(family, "float64", shapes={"x": (0, 2, 3), "w": (1, 2, 0)})
    assert [array.size for array in arrays.values()] == [0, 0]


# ---- data of layers ----


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("dtype", ["int64", "int32", "uint8"])
@given(below=st.integers(1, 400), seed=st.integers(0, 2**16))
def test_indices_point_into_their_array_whatever_the_family(family, dtype, below, seed):
    number = "int64" if family in OF_INTEGERS else "float32"
    dtypes = {"x": number, "indices": dtype}
    arrays = draw(family, {"x": (2, 3), "indices": (2, 5)}, dtypes, 9, seed, {"indices": Domain(below=below)})
    assert list(arrays) == ["x", "indices"]
    assert arrays["indices"].dtype == dtype
    assert 0 <= arrays["indices"].min() <= arrays["indices"].max() < below


def test_all_places_are_pointed_at():
    domains = {"indices": Domain(below=4)}
    shapes, dtypes = {"x": (1,), "indices": (30,)}, {"x": "float64", "indices": "uint8"}
    found = {int(v) for seed in range(5) for v in draw("normal", shapes, dtypes, 1, seed, domains)["indices"]}
    assert found == {0, 1, 2, 3}


@pytest.mark.parametrize("family", [*FLOAT_FAMILIES, *EXTREME_FAMILIES, "integers", "far", "offset", "ties"])
def test_confined_numbers_are_not_below_their_least(family):
    for seed in range(10):
        arrays = draw(family, SHAPES, dict.fromkeys(SHAPES, "float64"), 10, seed, {"w": Domain(least=0)})
        free = draw(family, SHAPES, dict.fromkeys(SHAPES, "float64"), 10, seed)
        assert not np.any(arrays["w"] < 0)
        assert np.array_equal(arrays["w"], abs(free["w"]), equal_nan=True)
        assert np.array_equal(arrays["x"], free["x"], equal_nan=True)


def test_families_of_layers_are_what_they_are_called():
    far = np.concatenate([together(drawn("far", "float64", seed)) for seed in range(20)])
    assert np.mean(abs(far) > 709) > 0.1
    assert np.mean(abs(far) < 1) > 0.1
    for seed in range(20):
        offset = drawn("offset", "float64", seed)["x"]
        assert abs(offset.mean()) > 2 * offset.std()
    ties = drawn("ties", "float32", 1)["x"]
    assert len(np.unique(ties)) == 4
    assert all((row == row.max()).sum() > 1 for row in ties.reshape(2, -1))


@pytest.mark.parametrize("dtype", ["int64", "uint64", "int8", "uint8", "int32"])
def test_limits_hold_the_ends_of_the_dtype(dtype):
    ends = np.iinfo(dtype)
    values = np.concatenate([together(drawn(LIMITS, dtype, seed)) for seed in range(10)])
    assert values.dtype == dtype
    assert {int(ends.min), int(ends.max)} <= {int(v) for v in values}
