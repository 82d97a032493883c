"""Adaptive and global pooling and their gradients, against windows cut out in fractions."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest

from convoracle import impl

FACTOR = math.lcm(*range(1, 8)) ** 2  # a multiple of every number of samples below, so that quotients are integers
LOW, HIGH = -(2**63), 2**63 - 1


def cut_windows(n, m):
    """The samples of [0, n) that meet the interval [t n / m, (t + 1) n / m), for every t."""
    return [[j for j in range(n) if j + 1 > Fraction(t * n, m) and j < Fraction((t + 1) * n, m)] for t in range(m)]


def first_maximum(plane, places):
    values = [plane[place] for place in places]
    nans = [place for place, value in zip(places, values, strict=True) if value != value]
    return nans[0] if nans else places[values.index(max(values))]


def maxima(x, windows):
    """The place of the first maximum of every window of every plane."""
    places = np.empty((*x.shape[:2], *windows.shape), object)
    for i in np.ndindex(x.shape[:2]):
        for t in np.ndindex(windows.shape):
            places[i + t] = first_maximum(x[i], windows[t])
    return places


def averaged(x, windows, dtype):
    y = np.empty((*x.shape[:2], *windows.shape), dtype)
    for i in np.ndindex(y.shape):
        window = windows[i[2:]]
        y[i] = float(Fraction(sum(int(x[i[:2] + place]) for place in window), len(window)))
    return y


def average_gradient(dy, windows, sizes):
    dx = np.zeros((*dy.shape[:2], *sizes), dy.dtype)
    for t in np.ndindex(windows.shape):
        for place in windows[t]:
            dx[(..., *place)] += dy[(..., *t)] / len(windows[t])
    return dx


def max_gradient(dy, places, sizes):
    dx = np.zeros((*dy.shape[:2], *sizes), dy.dtype)
    for i in np.ndindex(dy.shape):
        dx[i[:2] + places[i]] += dy[i]
    return dx


def call(name, rank, *operands, **options):
    return getattr(impl, name.format(rank))(*operands, **options)


@pytest.mark.parametrize("n", range(1, 8))
def test_every_small_signal_is_as_the_cut_windows_say(plain, n):
    special = [np.where(np.arange(n) == place, np.nan, np.arange(n) % 3) for place in range(n)]
    special += [np.full(n, -np.inf), np.full(n, np.nan), np.resize([-0.0, 0.0], n), np.ones(n)]
    for m in range(1, 10):
        windows = plain.windows_of_planes([cut_windows(n, m)])
        x = np.array([[[-3, -1, -4, -1, -5, -9, -2][:n], [2, 7, 1, 8, 2, 8, 1][:n]]], float)
        np.testing.assert_array_equal(
            impl.adaptive_avg_pool1d(x, output_size=m), averaged(x, windows, float), strict=True
        )
        dy = FACTOR * np.arange(2.0, 2 + 2 * m).reshape(1, 2, m)
        dx = impl.adaptive_avg_pool1d_gradient(dy, input_size=n)
        np.testing.assert_array_equal(dx, average_gradient(dy, windows, (n,)), strict=True)
        for signals in (x, np.array([special])):
            places = maxima(signals, windows)
            y = impl.adaptive_max_pool1d(signals, output_size=m)
            for i in np.ndindex(y.shape):
                assert y[i].tobytes() == signals[i[:2] + places[i]].tobytes()
            dy = np.arange(2.0, 2 + y.size).reshape(y.shape)
            dx = impl.adaptive_max_pool1d_gradient(dy, signals)
            np.testing.assert_array_equal(dx, max_gradient(dy, places, (n,)), strict=True)


SHAPES = [
    ((5, 7), (2, 3)),
    ((4, 3), (5, 2)),
    ((6, 5), (6, 1)),
    ((3, 5, 4), (2, 3, 5)),
    ((2, 4, 7), (1, 2, 3)),
    ((9,), (4,)),
]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("sizes", "counts"), SHAPES)
def test_planes_of_any_rank_are_as_the_cut_windows_say(plain, sizes, counts, dtype):
    windows = plain.windows_of_planes([cut_windows(n, m) for n, m in zip(sizes, counts, strict=True)])
    rng, rank = np.random.default_rng(sizes), len(sizes)
    x = rng.permutation(6 * math.prod(sizes)).reshape(2, 3, *sizes).astype(dtype)
    y = call("adaptive_avg_pool{}d", rank, x, output_size=counts)
    np.testing.assert_array_equal(y, averaged(x, windows, dtype), strict=True)
    places = maxima(x, windows)
    wanted = np.array([x[i[:2] + places[i]] for i in np.ndindex(places.shape)]).reshape(places.shape)
    np.testing.assert_array_equal(call("adaptive_max_pool{}d", rank, x, output_size=counts), wanted, strict=True)
    whole = x.astype(np.int16)
    got = call("adaptive_max_pool{}d", rank, whole, output_size=counts)
    np.testing.assert_array_equal(got, wanted.astype(np.int64), strict=True)
    dy = math.lcm(*map(len, windows.flat)) * rng.integers(-9, 10, y.shape)
    dx = call("adaptive_avg_pool{}d_gradient", rank, dy.astype(dtype), input_size=sizes)
    np.testing.assert_array_equal(dx, average_gradient(dy.astype(dtype), windows, sizes), strict=True)
    dx = call("adaptive_max_pool{}d_gradient", rank, dy, whole)
    np.testing.assert_array_equal(dx, max_gradient(dy, places, sizes), strict=True)


@pytest.mark.parametrize(("sizes", "counts"), SHAPES)
def test_the_average_gradient_is_the_adjoint(sizes, counts):
    rng, rank = np.random.default_rng(1), len(sizes)
    x, dy = (FACTOR * rng.integers(-9, 10, (2, 3, *shape)) for shape in (sizes, counts))
    y = call("adaptive_avg_pool{}d", rank, x.astype(float), output_size=counts)
    dx = call("adaptive_avg_pool{}d_gradient", rank, dy.astype(float), input_size=sizes)
    inner = [sum(int(a) * int(b) for a, b in zip(u.flat, v.flat, strict=True)) for u, v in ((y, dy), (x, dx))]
    assert inner[0] == inner[1]


def test_as_many_windows_as_samples_change_nothing():
    x = np.random.default_rng(2).standard_normal((2, 3, 4, 5))
    for function in (impl.adaptive_avg_pool2d, impl.adaptive_max_pool2d):
        y = function(x, output_size=(4, 5))
        np.testing.assert_array_equal(y, x, strict=True)
        assert not np.shares_memory(y, x)


@pytest.mark.parametrize("sizes", [(1,), (7,), (3, 5), (2, 3, 4)])
def test_global_pooling_takes_every_axis_at_once(sizes):
    rng, size = np.random.default_rng(3), math.prod(sizes)
    x = rng.permutation(6 * size).reshape(2, 3, *sizes)
    flat = x.reshape(2, 3, size)
    np.testing.assert_array_equal(impl.global_max_pool(x), flat.max(axis=2), strict=True)
    for dtype in (np.float32, np.float64):
        wanted = (flat.sum(axis=2) / size).astype(dtype)
        np.testing.assert_array_equal(impl.global_avg_pool(x.astype(dtype)), wanted, strict=True)
    dy = size * rng.integers(-9, 10, (2, 3))
    dx = impl.global_avg_pool_gradient(dy.astype(float), input_size=sizes)
    np.testing.assert_array_equal(dx, np.broadcast_to((dy / size).reshape(2, 3, *[1] * len(sizes)), x.shape))
    dx = impl.global_max_pool_gradient(dy, x).reshape(2, 3, size)
    np.testing.assert_array_equal(dx, dy[..., None] * (flat == flat.max(axis=2, keepdims=True)), strict=True)


def test_a_nan_anywhere_is_the_global_maximum_and_takes_the_gradient():
    for place in np.ndindex(3, 4):
        x = np.arange(12.0).reshape(1, 1, 3, 4)
        x[0, 0][place] = np.nan
        assert np.isnan(impl.global_max_pool(x)).all()
        dx = impl.global_max_pool_gradient(np.array([[5.0]]), x)
        np.testing.assert_array_equal(dx, 5 * np.isnan(x))


def test_integers_are_exact_or_refused():
    x = np.array([[[1, 2**64 - 1, HIGH]]], np.uint64)
    assert impl.adaptive_max_pool1d(x[..., ::2], output_size=1).tolist() == [[[HIGH]]]
    for function, options in ((impl.adaptive_max_pool1d, {"output_size": 3}), (impl.global_max_pool, {})):
        name = function.__name__
        with pytest.raises(
            OverflowError, match=rf"^{name}: the exact result must fit int64, got 18446744073709551615$"
        ):
            function(x, **options)
    assert impl.global_max_pool_gradient(np.array([[LOW]]), x).tolist() == [[[0, LOW, 0]]]
    dy = np.array([[[2**62, 2**62, -1]]])
    assert impl.adaptive_max_pool1d_gradient(dy, np.array([[[0, 9]]])).tolist() == [[[2**62, 2**62 - 1]]]
    with pytest.raises(OverflowError, match=r"^adaptive_max_pool1d_gradient: .* got 9223372036854775808$"):
        impl.adaptive_max_pool1d_gradient(dy[..., :2], np.array([[[9]]]))


@pytest.mark.parametrize("shape", [(0, 3, 4, 5), (2, 0, 4, 5)])
def test_nothing_pools_to_nothing(shape):
    x = np.zeros(shape)
    for kind in ("avg", "max"):
        y = call(f"adaptive_{kind}_pool{{}}d", 2, x, output_size=(2, 7))
        assert y.shape == (*shape[:2], 2, 7)
        operands, options = ((y, x), {}) if kind == "max" else ((y,), {"input_size": (4, 5)})
        assert call(f"adaptive_{kind}_pool{{}}d_gradient", 2, *operands, **options).shape == shape
    assert impl.global_avg_pool(x).shape == impl.global_max_pool(x).shape == shape[:2]
    assert impl.global_avg_pool_gradient(x[..., 0, 0], input_size=(4, 5)).shape == shape
    assert impl.global_max_pool_gradient(x[..., 0, 0], x).shape == shape
