"""Max pooling, its indices and its gradient, against windows slid in plain Python."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from convoracle import impl

NAN, INF = np.nan, np.inf
LOW, HIGH = -(2**63), 2**63 - 1


def existing(windows, n):
    return [[place for place in window if 0 <= place < n] for window in windows]


def first_maximum(plane, places):
    """The place of the first NaN, or else of the first largest sample."""
    values = [plane[place] for place in places]
    nans = [place for place, value in zip(places, values, strict=True) if value != value]
    return nans[0] if nans else places[values.index(max(values))]


def pooled(x, windows):
    """Values and flat positions of the maxima of every plane of x, `windows` being an array of lists of places."""
    y, positions = np.empty((*x.shape[:2], *windows.shape), x.dtype), np.empty((*x.shape[:2], *windows.shape), np.int64)
    for plane in np.ndindex(x.shape[:2]):
        for t in np.ndindex(windows.shape):
            place = first_maximum(x[plane], windows[t])
            y[plane + t], positions[plane + t] = x[plane + place], np.ravel_multi_index(place, x.shape[2:])
    return y, positions


def spread(dy, positions, sizes):
    dx = np.zeros((*dy.shape[:2], *sizes), dy.dtype)
    for i in np.ndindex(dy.shape):
        dx[(*i[:2], *np.unravel_index(positions[i], sizes))] += dy[i]
    return dx


def call(name, rank, *operands, **options):
    return getattr(impl, name.format(rank))(*operands, **options)


def legal(n, k, s, d, p, q):
    return n >= 1 and max(p, q) <= d * (k - 1) and n + p + q > d * (k - 1) and (p == 0 or n >= d)


def signals(n):
    """Planes of n samples: all negative and distinct, ties, signed zeros, -inf alone, and one NaN at every place."""
    planes = [np.array([-3, -1, -4, -2, -9, -5][:n]), np.array([1, 2, 2, 1, 2, 1][:n]), np.resize([-0.0, 0.0], n)]
    planes += [np.full(n, -INF), np.full(n, NAN), np.array([-INF, INF, -INF, -INF, 3, INF][:n])]
    planes += [np.where(np.arange(n) == place, NAN, np.arange(n) % 3) for place in range(n)]
    return np.array(planes, float)[None]


def test_every_small_signal_is_as_the_slid_windows_say(plain):
    seen = 0
    for n, k, s, d, p, q, ceil in itertools.product(
        range(7), (1, 2, 3), (1, 2, 3), (1, 2), (0, 1, 2), (0, 1, 2), (False, True)
    ):
        x = signals(n)
        options = {"kernel_size": k, "stride": s, "dilation": d, "padding": ((p, q),), "ceil_mode": ceil}
        if not legal(n, k, s, d, p, q):
            with pytest.raises(ValueError, match=r"^max_pool1d: "):
                impl.max_pool1d(x, **options)
            continue
        windows = plain.windows_of_planes([existing(plain.slid_windows(n, k, s, d, (p, q), ceil), n)])
        y, positions = pooled(x, windows)
        got, indices = impl.max_pool1d_with_indices(x, **options)
        np.testing.assert_array_equal(got, y, strict=True)
        np.testing.assert_array_equal(indices, positions, strict=True)
        np.testing.assert_array_equal(np.signbit(got), np.signbit(y))
        bits = impl.max_pool1d(x, **options).view(np.int64)
        np.testing.assert_array_equal(bits, got.view(np.int64), strict=True)
        dy = np.arange(2, 2 + got.size).reshape(got.shape)
        dx = impl.max_pool1d_gradient(dy.astype(float), x, **options)
        np.testing.assert_array_equal(dx, spread(dy, positions, (n,)).astype(float), strict=True)
        seen += 1
    assert seen > 800


def random_case(plain, seed):
    """Options, all different on all axes, of 1 to 3 axes with 2 to 4 windows, and the windows."""
    rng = np.random.default_rng(seed)
    rank = int(rng.integers(1, 4))
    taps, stride, dilation = (rng.permutation([1, 2, 3])[:rank].tolist() for _ in range(3))
    ceil, sizes, pads, axes = bool(rng.integers(2)), [], [], []
    for k, s, d in zip(taps, stride, dilation, strict=True):
        p, q = (int(rng.integers(0, d * (k - 1) + 1)) for _ in range(2))
        least = max(1, d, d * (k - 1) + 1 - p - q)
        sizes.append(least + int(rng.integers(0, 2 * s + 2)))
        pads.append((p, q))
        axes.append(existing(plain.slid_windows(sizes[-1], k, s, d, (p, q), ceil), sizes[-1]))
    options = {"kernel_size": tuple(taps), "stride": tuple(stride), "dilation": tuple(dilation)}
    return tuple(sizes), options | {"padding": tuple(pads), "ceil_mode": ceil}, plain.windows_of_planes(axes), rng


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64, np.uint8, np.int16])
@pytest.mark.parametrize("seed", range(25))
def test_planes_of_any_rank_are_as_the_slid_windows_say(plain, seed, dtype):
    sizes, options, windows, rng = random_case(plain, seed)
    x = rng.permutation(6 * np.prod(sizes)).reshape(2, 3, *sizes).astype(dtype)
    result = np.dtype(dtype) if np.dtype(dtype).kind == "f" else np.int64
    y, positions = pooled(x, windows)
    got, indices = call("max_pool{}d_with_indices", len(sizes), x, **options)
    np.testing.assert_array_equal(got, y.astype(result), strict=True)
    np.testing.assert_array_equal(indices, positions, strict=True)
    np.testing.assert_array_equal(call("max_pool{}d", len(sizes), x, **options), got, strict=True)
    dy = rng.integers(-9, 10, got.shape)
    dx = call("max_pool{}d_gradient", len(sizes), dy.astype(dtype), x, **options)
    np.testing.assert_array_equal(dx, spread(dy.astype(dtype).astype(result), positions, sizes), strict=True)
    assert dx.sum() == dy.astype(dtype).astype(result).sum()


@pytest.mark.parametrize("width", [1023, 1024, 1025, 2100])
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_rows_longer_than_a_tile_have_no_seam(width, stride):
    x = np.random.default_rng(width).permutation(width).astype(np.float32)
    for taps, dilation, padding in ((3, 1, 1), (2, 5, 0), (2, 5, 5), (4, 3, 7)):
        padded = np.pad(x, padding, constant_values=-INF)
        reach = dilation * (taps - 1) + 1
        count = (len(padded) - reach) // stride + 1
        wanted = np.max([padded[dilation * u :][: stride * (count - 1) + 1 : stride] for u in range(taps)], axis=0)
        options = {"kernel_size": taps, "stride": stride, "dilation": dilation, "padding": padding}
        np.testing.assert_array_equal(impl.max_pool1d(x[None, None], **options)[0, 0], wanted, strict=True)
        got, indices = impl.max_pool1d_with_indices(x[None, None], **options)
        np.testing.assert_array_equal(got[0, 0], wanted)
        np.testing.assert_array_equal(x[indices[0, 0]], wanted)


@pytest.mark.parametrize("kernel_size", [2, 5, (1, 5), (4, 1)])
def test_a_nan_at_any_place_reaches_exactly_its_windows(kernel_size):
    x = np.arange(20.0).reshape(1, 1, 4, 5) if kernel_size != 5 else np.arange(25.0).reshape(1, 1, 5, 5)
    kh, kw = (kernel_size,) * 2 if isinstance(kernel_size, int) else kernel_size
    for a, b in np.ndindex(x.shape[2:]):
        marked = x.copy()
        marked[0, 0, a, b] = NAN
        got, indices = impl.max_pool2d_with_indices(marked, kernel_size=kernel_size, stride=1)
        holds = [[0 <= a - i < kh and 0 <= b - j < kw for j in range(got.shape[3])] for i in range(got.shape[2])]
        np.testing.assert_array_equal(np.isnan(got[0, 0]), holds)
        assert set(indices[np.isnan(got)]) == {a * x.shape[3] + b}
        np.testing.assert_array_equal(impl.max_pool2d(marked, kernel_size=kernel_size, stride=1), got)


def test_of_several_nans_and_of_equal_maxima_the_first_in_row_major_order_counts():
    x = np.array([[[[5.0, NAN, 1.0], [NAN, 2.0, 5.0]]], [[[1.0, 5.0, 5.0], [5.0, 5.0, 5.0]]]])
    _, indices = impl.max_pool2d_with_indices(x, kernel_size=2, stride=1)
    assert indices.tolist() == [[[[1, 1]]], [[[1, 1]]]]
    dx = impl.max_pool2d_gradient(np.ones((2, 1, 1, 2)), x, kernel_size=2, stride=1)
    assert dx.tolist() == [[[[0, 2, 0], [0, 0, 0]]], [[[0, 2, 0], [0, 0, 0]]]]


def test_padding_is_no_sample():
    x = np.full((1, 1, 3, 3), -7)
    for value in (-7, LOW):
        y, indices = impl.max_pool2d_with_indices(
            np.full_like(x, value), kernel_size=3, stride=1, padding=((2, 1), (1, 2))
        )
        assert (y == value).all()
        assert indices.min() >= 0
        assert indices.max() < 9


def test_the_stride_is_the_kernel_size_unless_given():
    x = np.arange(42).reshape(1, 1, 6, 7)
    got = impl.max_pool2d(x, kernel_size=(2, 3))
    np.testing.assert_array_equal(got, impl.max_pool2d(x, kernel_size=(2, 3), stride=(2, 3)))
    assert got.shape == (1, 1, 3, 2)


@pytest.mark.parametrize(("n", "k", "s", "d"), list(itertools.product((1, 2, 5, 6), (1, 2, 3), (1, 2, 3), (1, 2))))
def test_same_padding_gives_the_size_divided_by_the_stride(n, k, s, d):
    if d > 1 and n < d:
        return
    x = np.arange(n).reshape(1, 1, n)
    got = impl.max_pool1d(x, kernel_size=k, stride=s, dilation=d, padding="same")
    total = max(0, (-(-n // s) - 1) * s + d * (k - 1) + 1 - n)
    pads = ((total // 2, total - total // 2),)
    assert got.shape[2] == -(-n // s)
    np.testing.assert_array_equal(got, impl.max_pool1d(x, kernel_size=k, stride=s, dilation=d, padding=pads))


@pytest.mark.parametrize("shape", [(0, 3, 4, 5), (2, 0, 4, 5), (0, 0, 4, 5)])
def test_nothing_pools_to_nothing(shape):
    x = np.zeros(shape)
    for options in ({"kernel_size": 2}, {"kernel_size": (4, 5)}):
        y, indices = impl.max_pool2d_with_indices(x, **options)
        assert y.shape == indices.shape == impl.max_pool2d(x, **options).shape
        assert y.shape[:2] == shape[:2]
        assert impl.max_pool2d_gradient(y, x, **options).shape == shape
    assert impl.max_pool2d(x.astype(np.uint64), kernel_size=2).dtype == np.int64


def test_windows_wider_than_every_integer_of_the_machine():
    x = np.arange(3).reshape(1, 1, 3)
    huge = 10**30
    wide = impl.max_pool1d(x, kernel_size=huge, stride=huge // 2, padding=huge - 1)
    assert wide.tolist() == [[[0, 2, 2]]]
    assert impl.max_pool1d(x, kernel_size=1, dilation=huge, stride=huge).tolist() == [[[0]]]
    assert impl.max_pool1d(x, kernel_size=2, dilation=huge, stride=1, padding=((0, huge),)).tolist() == [[[0, 1, 2]]]
    assert impl.max_pool1d(x, kernel_size=2, dilation=huge, stride=1, padding=((0, huge),)).tolist() == [[[0, 1, 2]]]


def test_unsigned_samples_beyond_int64_are_compared_at_their_value():
    x = np.array([[[1, HIGH, 3, 2**64 - 1, 2**63]]], np.uint64)
    for order in "<>":
        y, indices = impl.max_pool1d_with_indices(x.astype(f"{order}u8"), kernel_size=3, stride=5)
        assert (y.tolist(), indices.tolist(), y.dtype) == ([[[HIGH]]], [[[1]]], np.int64)
        assert impl.max_pool1d(x.astype(f"{order}u8"), kernel_size=2, stride=5).tolist() == [[[HIGH]]]
        dx = impl.max_pool1d_gradient(np.array([[[7]]]), x.astype(f"{order}u8"), kernel_size=5)
        assert dx.tolist() == [[[0, 0, 0, 7, 0]]]
    for function in (impl.max_pool1d, impl.max_pool1d_with_indices):
        name = function.__name__
        with pytest.raises(
            OverflowError, match=rf"^{name}: the exact result must fit int64, got 18446744073709551615$"
        ):
            function(x, kernel_size=2, stride=1)


def test_samples_are_compared_in_their_own_dtype():
    x = np.array([[[2**53, 2**53 + 1]]])
    dx = impl.max_pool1d_gradient(np.array([[[2.0]]], np.float32), x, kernel_size=2)
    np.testing.assert_array_equal(dx, np.array([[[0.0, 2.0]]]), strict=True)


def test_integer_gradients_are_exact_or_refused():
    x, options = np.array([[[0, 9, 0, 0]]]), {"kernel_size": 2, "stride": 1}
    assert impl.max_pool1d_gradient(np.array([[[2**62, 2**62 - 1, 0]]]), x, **options).tolist() == [[[0, HIGH, 0, 0]]]
    assert impl.max_pool1d_gradient(np.array([[[LOW, 0, LOW]]]), x, **options).tolist() == [[[0, LOW, LOW, 0]]]
    peak = impl.max_pool1d_gradient(np.array([[[2**62, 2**62, -1]]]), x[..., [0, 2, 1, 3, 3]], kernel_size=3, stride=1)
    assert peak.tolist() == [[[0, 0, HIGH, 0, 0]]]
    for dy, total in (([2**62, 2**62, 0], 2**63), ([LOW, -1, 5], LOW - 1)):
        with pytest.raises(
            OverflowError, match=rf"^max_pool1d_gradient: the exact result must fit int64, got {total}$"
        ):
            impl.max_pool1d_gradient(np.array([[dy]]), x, **options)
    with pytest.raises(OverflowError, match=r"got 18446744073709551615$"):
        impl.max_pool1d_gradient(np.array([[[0, 0, 2**64 - 1]]], np.uint64), x, **options)
