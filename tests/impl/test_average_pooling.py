"""Average pooling and its gradient, against windows slid in plain Python and divided as fractions."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest

from convoracle import impl

FACTOR = (
    216  # a multiple of every divisor of windows of 1, 2, 3 (and 1 x 2 x 3, 3 x 3, ..) places: quotients are integers
)


def divisor_of(places, sizes, pads, include_pad, override):
    """Number of places of a window that count: in the padded input, in the input, or what is given instead."""
    if override is not None:
        return override
    p0, p1 = zip(*pads, strict=True) if include_pad else ((0,) * len(sizes),) * 2
    bounds = list(zip(sizes, p0, p1, strict=True))
    return sum(all(-a <= z < n + b for z, (n, a, b) in zip(place, bounds, strict=True)) for place in places)


def weights(windows, sizes, pads, include_pad, override):
    """All (window, sample, weight) of the linear map x -> y."""
    for t in np.ndindex(windows.shape):
        divisor = divisor_of(windows[t], sizes, pads, include_pad, override)
        for place in windows[t]:
            if all(0 <= z < n for z, n in zip(place, sizes, strict=True)):
                yield t, place, Fraction(1, divisor)


def rounded(exact, dtype):
    """Fractions rounded once to `dtype`: what an exact sum and one division give."""
    return np.array([dtype(float(value)) for value in exact.flat], dtype).reshape(exact.shape)


def averaged(x, windows, *rule):
    y = np.full((*x.shape[:2], *windows.shape), Fraction(0), object)
    for t, place, weight in weights(windows, x.shape[2:], *rule):
        y[(..., *t)] += x[(..., *place)].astype(int).astype(object) * weight
    return y


def spread(dy, windows, sizes, *rule):
    dx = np.full((*dy.shape[:2], *sizes), Fraction(0), object)
    for t, place, weight in weights(windows, sizes, *rule):
        dx[(..., *place)] += dy[(..., *t)].astype(int).astype(object) * weight
    return dx


def call(name, rank, *operands, **options):
    return getattr(impl, name.format(rank))(*operands, **options)


def inner(a, b):
    assert a.shape == b.shape
    return sum(int(u) * int(v) for u, v in zip(a.flat, b.flat, strict=True))


@pytest.mark.parametrize(("include_pad", "override"), [(True, None), (False, None), (True, 5), (False, 1)])
def test_every_small_signal_is_as_the_slid_windows_say(plain, include_pad, override):
    seen = 0
    for n, k, s, p, q, ceil in itertools.product(range(7), (1, 2, 3), (1, 2, 3), (0, 1, 2), (0, 1, 2), (False, True)):
        x = np.array([[[3, -1, 4, 2, -7, 6][:n], [-5, 1, 9, -2, 8, 3][:n]]], float)
        options = {"kernel_size": k, "stride": s, "padding": ((p, q),), "ceil_mode": ceil}
        options |= {"count_include_pad": include_pad, "divisor_override": override}
        if n < 1 or max(p, q) > k - 1 or n + p + q < k:
            with pytest.raises(ValueError, match=r"^avg_pool1d: "):
                impl.avg_pool1d(x, **options)
            with pytest.raises(ValueError, match=r"^avg_pool1d_gradient: "):
                impl.avg_pool1d_gradient(x, input_size=n, **options)
            continue
        windows = plain.windows_of_planes([plain.slid_windows(n, k, s, 1, (p, q), ceil)])
        rule = (((p, q),), include_pad, override)
        got = impl.avg_pool1d(x, **options)
        np.testing.assert_array_equal(got, rounded(averaged(x, windows, *rule), np.float64), strict=True)
        dy = (override or FACTOR) * np.arange(3.0, 3 + got.size).reshape(got.shape)
        dx = impl.avg_pool1d_gradient(dy, input_size=n, **options)
        np.testing.assert_array_equal(dx, spread(dy, windows, (n,), *rule).astype(float), strict=True)
        seen += 1
    assert seen > 400


def random_case(plain, seed):
    """Options, all different on all axes, of 1 to 3 axes with 1 to 4 windows, the windows and the rule of divisors."""
    rng = np.random.default_rng(seed)
    rank = int(rng.integers(1, 4))
    taps, stride = (rng.permutation([1, 2, 3])[:rank].tolist() for _ in range(2))
    ceil, include_pad, sizes, pads, axes = bool(rng.integers(2)), bool(rng.integers(2)), [], [], []
    for k, s in zip(taps, stride, strict=True):
        p, q = (int(rng.integers(0, k)) for _ in range(2))
        sizes.append(max(1, k - p - q) + int(rng.integers(0, 2 * s + 2)))
        pads.append((p, q))
        axes.append(plain.slid_windows(sizes[-1], k, s, 1, (p, q), ceil))
    override = [None, None, 8][rng.integers(3)]
    options = {"kernel_size": tuple(taps), "stride": tuple(stride), "padding": tuple(pads), "ceil_mode": ceil}
    options |= {"count_include_pad": include_pad, "divisor_override": override}
    return tuple(sizes), options, plain.windows_of_planes(axes), (pads, include_pad, override), rng


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("seed", range(40))
def test_planes_of_any_rank_are_as_the_slid_windows_say(plain, seed, dtype):
    sizes, options, windows, rule, rng = random_case(plain, seed)
    x = rng.permutation(6 * int(np.prod(sizes))).reshape(2, 3, *sizes).astype(dtype)
    got = call("avg_pool{}d", len(sizes), x, **options)
    np.testing.assert_array_equal(got, rounded(averaged(x, windows, *rule), dtype), strict=True)
    dy = (FACTOR * rng.integers(-9, 10, got.shape)).astype(dtype)
    dx = call("avg_pool{}d_gradient", len(sizes), dy, input_size=sizes, **options)
    np.testing.assert_array_equal(dx, spread(dy, windows, sizes, *rule).astype(dtype), strict=True)


@pytest.mark.parametrize("seed", range(40))
def test_the_gradient_is_the_adjoint(plain, seed):
    sizes, options, _, _, rng = random_case(plain, seed)
    x = FACTOR * rng.integers(-9, 10, (2, 3, *sizes)).astype(float)
    y = call("avg_pool{}d", len(sizes), x, **options)
    dy = FACTOR * rng.integers(-9, 10, y.shape).astype(float)
    assert inner(y, dy) == inner(x, call("avg_pool{}d_gradient", len(sizes), dy, input_size=sizes, **options))


@pytest.mark.parametrize("width", [1023, 1024, 1025, 2100])
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_rows_longer_than_a_tile_have_no_seam(width, stride):
    x = (np.arange(width) % 17).astype(np.float32)
    for taps, padding in ((2, 1), (4, 3), (8, 0)):
        padded = np.pad(x, padding)
        count = (len(padded) - taps) // stride + 1
        options = {"kernel_size": taps, "stride": stride, "padding": padding}
        wanted = sum(padded[u:][: stride * (count - 1) + 1 : stride] for u in range(taps)) / taps
        np.testing.assert_array_equal(impl.avg_pool1d(x[None, None], **options)[0, 0], wanted)
        dy = (taps * (np.arange(count) % 13 - 6)).astype(np.float32)
        dx = np.zeros(len(padded), np.float32)
        for u in range(taps):
            dx[u:][: stride * (count - 1) + 1 : stride] += dy / taps
        got = impl.avg_pool1d_gradient(dy[None, None], input_size=width, **options)
        np.testing.assert_array_equal(got[0, 0], dx[padding : padding + width])


def test_a_window_as_long_as_the_row_sums_every_sample():
    for n in range(1, 40):
        x = np.arange(1.0, n + 1).reshape(1, 1, n)
        assert impl.avg_pool1d(x, kernel_size=n, divisor_override=1).tolist() == [[[n * (n + 1) / 2]]]


def test_the_average_of_ones_is_one_unless_the_padding_counts():
    x = np.ones((1, 2, 5, 6))
    for k, ceil in itertools.product((1, 2, 3), (False, True)):
        for pads in itertools.product(range(k), repeat=2):
            options = {"kernel_size": k, "stride": 2, "padding": pads, "ceil_mode": ceil}
            assert (impl.avg_pool2d(x, **options, count_include_pad=False) == 1).all()
            assert (impl.avg_pool2d(x, **options)[..., 0, 0] == (k - pads[0]) * (k - pads[1]) / k**2).all()


def test_what_ceil_mode_lets_overhang_never_counts():
    x = np.arange(9.0).reshape(1, 1, 9)
    options = {"kernel_size": 7, "stride": 3, "padding": 3, "ceil_mode": True}
    assert impl.avg_pool1d(x, **options)[0, 0, -1] == (6 + 7 + 8) / 6
    assert impl.avg_pool1d(x, **options, count_include_pad=False)[0, 0, -1] == (6 + 7 + 8) / 3
    assert impl.avg_pool1d(x, **options, divisor_override=4)[0, 0, -1] == (6 + 7 + 8) / 4


def test_nan_and_infinity_reach_exactly_the_windows_that_hold_them():
    x = np.ones((1, 1, 4, 5))
    for value, place in itertools.product((np.nan, np.inf, -np.inf), np.ndindex(4, 5)):
        x[0, 0][place] = value
        for size in (2, 4):
            y = impl.avg_pool2d(x, kernel_size=size, stride=1)[0, 0]
            a, b = np.indices(y.shape)
            holds = (place[0] - a >= 0) & (place[0] - a < size) & (place[1] - b >= 0) & (place[1] - b < size)
            np.testing.assert_array_equal(y, np.where(holds, value, 1))
        x[0, 0][place] = 1
    np.testing.assert_array_equal(impl.avg_pool1d(np.array([[[np.inf, -np.inf]]]), kernel_size=2), [[[np.nan]]])


def test_the_quotient_is_rounded_once_also_where_the_divisor_is_no_float32():
    x = np.array([[[2.0**24 - 1]]], np.float32)
    for divisor in (2**24 + 1, 3 * 2**24 + 1, 2**53 - 1):
        y = impl.avg_pool1d(x, kernel_size=1, divisor_override=divisor)
        assert y[0, 0, 0] == np.float32(float(Fraction(2**24 - 1, divisor)))
        dx = impl.avg_pool1d_gradient(x, input_size=1, kernel_size=1, divisor_override=divisor)
        assert dx[0, 0, 0] == y[0, 0, 0]


def test_windows_wider_than_every_integer_of_the_machine_count_their_samples():
    x, huge = np.array([[[3.0, 4.0, 8.0]]]), 10**30
    options = {"kernel_size": huge, "stride": huge // 2, "padding": huge - 1, "count_include_pad": False}
    assert impl.avg_pool1d(x, **options).tolist() == [[[3, 5, 6]]]
    dy = np.array([[[1.0, 3.0, 4.0]]])
    assert impl.avg_pool1d_gradient(dy, input_size=3, **options).tolist() == [[[2, 3, 3]]]


@pytest.mark.parametrize("shape", [(0, 3, 4, 5), (2, 0, 4, 5), (0, 0, 4, 5)])
def test_nothing_pools_to_nothing(shape):
    for size in (2, (4, 5)):
        y = impl.avg_pool2d(np.zeros(shape), kernel_size=size)
        assert y.shape == impl.max_pool2d(np.zeros(shape), kernel_size=size).shape
        assert impl.avg_pool2d_gradient(y, input_size=(4, 5), kernel_size=size).shape == shape
