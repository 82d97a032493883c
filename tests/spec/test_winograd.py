"""Winograd's products: that they compute a correlation, and what bounds their errors."""

import numpy as np
import pytest

from convoracle import impl
from convoracle.spec.algorithm_classes import pairwise_count
from convoracle.spec.catalog import operator
from convoracle.spec.configuration import bind
from convoracle.spec.rounding import BINARY32
from convoracle.spec.winograd import (
    WINOGRAD,
    applies,
    is_correlation,
    winograd_count,
    winograd_magnitude,
    winograd_underflow,
)

SCHEMES = pytest.mark.parametrize("scheme", WINOGRAD.values(), ids=WINOGRAD)


def conv(dims, x, w, **options):
    return bind(operator(f"conv{dims}d"), {"x": x.shape, "w": w.shape}, options)


@SCHEMES
def test_the_matrices_compute_a_correlation(scheme):
    assert is_correlation(scheme)
    assert [len(rows) for rows in (scheme.data, scheme.filters, scheme.outputs)] == [scheme.tile + 2] * 2 + [
        scheme.tile
    ]


@SCHEMES
def test_a_wrong_entry_is_noticed(scheme):
    wrong = type(scheme)(scheme.data, (*scheme.filters[1:], scheme.filters[0]), scheme.outputs)
    assert not is_correlation(wrong)


@pytest.mark.parametrize(("name", "one", "two", "largest"), [("winograd_2_3", 5, 10, 8), ("winograd_4_3", 11, 22, 48)])
def test_roundings_and_growth_are_those_of_the_literature(name, one, two, largest):
    scheme, w = WINOGRAD[name], np.ones((2, 7, 3, 3))
    assert scheme.roundings == one
    assert winograd_count(conv(2, np.ones((1, 7, 8, 8)), w), scheme) == two + 7
    rows = (scheme.outputs, scheme.filters, scheme.data)
    sums = (
        sum(abs(o) * sum(map(abs, f)) * sum(map(abs, d)) for o, f, d in zip(*(r, *rows[1:]), strict=True))
        for r in rows[0]
    )
    assert max(sums) == largest
    assert abs(scheme.growth.sum((1, 2)).max() - largest) <= 100 * largest * 2.0**-53


@SCHEMES
@pytest.mark.parametrize("mode", ["zeros", "reflect", "replicate", "circular"])
@pytest.mark.parametrize(("dims", "groups"), [(1, 1), (1, 3), (2, 1), (2, 3), (3, 1)])
def test_the_magnitude_is_at_least_that_of_a_direct_sum(scheme, dims, mode, groups):
    generator = np.random.default_rng(dims)
    x, w = (np.abs(generator.standard_normal(s)) for s in ((2, 3, *(6, 5, 4)[:dims]), (3, 3 // groups, *(3,) * dims)))
    options = {"padding": ((1, 2),) * dims, "padding_mode": mode, "groups": groups}
    got = winograd_magnitude(conv(dims, x, w, **options), scheme, x, w)
    direct = getattr(impl, f"conv{dims}d")(x, w, **options)
    assert got.shape == direct.shape
    assert np.all(got >= direct * (1 - 1e-12))


@SCHEMES
def test_the_magnitude_of_ones_is_the_largest_growth_away_from_the_border(scheme):
    x, w = np.ones((1, 2, 20)), np.ones((1, 2, 3))
    got = winograd_magnitude(conv(1, x, w), scheme, x, w)
    inside = got[0, 0, 6:-6] / (2 * scheme.growth.sum((1, 2)).max())
    assert np.all(np.abs(inside - 1) <= 2.0**-48)


@SCHEMES
def test_larger_tiles_know_of_samples_outside_the_window(scheme):
    x, w = np.zeros((1, 1, 20)), np.ones((1, 1, 3))
    x[0, 0, 10] = 1
    got = winograd_magnitude(conv(1, x, w), scheme, x, w)[0, 0]
    reached = np.flatnonzero(got)
    assert (reached.min(), reached.max()) == (10 - scheme.tile, 8 + scheme.tile)


@SCHEMES
def test_what_underflow_loses_grows_with_the_operands(scheme):
    x, w = np.ones((1, 2, 9)), np.ones((1, 2, 3))
    one = winograd_underflow(conv(1, x, w), scheme, x, w, BINARY32)
    assert BINARY32.least < one < winograd_underflow(conv(1, x, w), scheme, 10 * x, w, BINARY32)


@pytest.mark.parametrize(
    ("taps", "options", "expected"),
    [
        ((3, 3), {}, True),
        ((3, 3), {"padding": 1, "padding_mode": "circular"}, True),
        ((3, 2), {}, False),
        ((3, 3), {"stride": (1, 2)}, False),
        ((3, 3), {"dilation": (2, 1)}, False),
    ],
)
def test_they_compute_three_taps_that_move_by_one(taps, options, expected):
    assert applies(conv(2, np.ones((1, 1, 9, 9)), np.ones((1, 1, *taps)), **options)) == expected


def test_other_operators_are_not_computed_so():
    record = operator("convolve")
    assert not applies(bind(record, {"x": (9,), "h": (3,)}, {}))


def test_pairwise_sums_are_as_deep_as_their_blocks_and_a_tree():
    counts = np.arange(1, 5000)
    deep = pairwise_count(counts)
    assert np.all(deep <= counts)
    assert deep[:32].tolist() == list(range(1, 33))
    assert deep[4096 - 1] == 32 + 7
    assert np.all(np.diff(deep) >= 0)
