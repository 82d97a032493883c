"""Local response normalisation and its gradient: in high precision, with counted roundings."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest

from convoracle import impl

FLOATS = [np.float32, np.float64]
EXTRAS = [(), (3,), (2, 2), (1, 2, 1)]


def windows(channels, size):
    """For each channel c the channels c - floor((size - 1) / 2) to c + floor(size / 2) that exist."""
    reach = range(-((size - 1) // 2), size // 2 + 1)
    return [[c + step for step in reach if 0 <= c + step < channels] for c in range(channels)]


def divisors(x, size, ratio, k):
    sums = [sum(x[:, other] * x[:, other] for other in window) for window in windows(x.shape[1], size)]
    return k + ratio * np.stack(sums, axis=1)


def rounded(precise, dtype, *numbers):
    return [precise.high(dtype(number))[()] for number in numbers]


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("extra", EXTRAS)
def test_every_window_is_as_accurate_as_its_roundings_allow(extra, dtype, precise, elementary):
    x = np.random.default_rng(1).standard_normal((2, 5, *extra)).astype(dtype) * 30
    exact = precise.high(x)
    for size, (alpha, beta, k) in itertools.product(
        (1, 2, 3, 4, 5, 9, 12), ((1e-4, 0.75, 1.0), (3, 0.5, 0), (0.1, 2, 2))
    ):
        a, b, start = rounded(precise, dtype, alpha, beta, k)
        wanted = exact / divisors(exact, size, a / size, start) ** b
        # squares, size - 1 sums, alpha / size, a product and k in the divisor, which its power multiplies; a quotient
        roundings = beta * (min(size, 5) + 3) + elementary + 1
        precise.within(impl.local_response_norm(x, size=size, alpha=alpha, beta=beta, k=k), wanted, roundings)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("size", [1, 2, 3, 4, 7])
def test_the_gradient_is_as_accurate_as_its_roundings_allow(size, dtype, precise, elementary):
    rng = np.random.default_rng(2)
    x, dy = (rng.standard_normal((2, 4, 1)).astype(dtype) * 5 for _ in range(2))
    for alpha, beta, k in ((1e-4, 0.75, 1.0), (3, 0.5, 0), (0.5, 2, 2)):
        a, b, start = rounded(precise, dtype, alpha, beta, k)
        wanted = precise.gradient(lambda x, a=a, b=b, k=start: x / divisors(x, size, a / size, k) ** b, x, dy)
        own, changes, base = (
            abs(precise.high(x)),
            abs(precise.high(dy)),
            divisors(precise.high(x), size, a / size, start),
        )
        pulls, summed = changes * own / base ** (b + 1), changes / base**b
        for other, window in enumerate(windows(4, size)):
            for c in window:
                summed[:, c] += 2 * b * a / size * own[:, c] * pulls[:, other]
        of_base = min(size, 4) + 3
        # the power, and for the sum D once more; its size - 1 sums, products and quotients
        roundings = (beta + 1) * of_base + elementary + size + 9
        dx = impl.local_response_norm_gradient(dy, x, size=size, alpha=alpha, beta=beta, k=k)
        precise.within(dx, wanted, roundings, summed)


@pytest.mark.parametrize("dtype", FLOATS)
def test_small_cases_by_hand(dtype, elementary):
    x = np.array([[1, 2, 2, 0]], dtype)
    options = {"alpha": 4, "beta": 1, "k": 1}
    by_size = {1: [1 / 5, 2 / 17, 2 / 17, 0], 2: [1 / 11, 2 / 17, 2 / 9, 0], 4: [1 / 10, 2 / 10, 2 / 9, 0]}
    for size, wanted in by_size.items():
        got = impl.local_response_norm(x, size=size, **options)
        np.testing.assert_array_equal(got, np.array([wanted], dtype), strict=True)
    np.testing.assert_array_equal(impl.local_response_norm(x, size=4, **options), x / np.array([10, 10, 9, 9], dtype))
    assert impl.local_response_norm(x, size=3, alpha=0, beta=1, k=2).tolist() == [[0.5, 1, 1, 0]]
    assert impl.local_response_norm(x, size=3, beta=0).tolist() == x.tolist()
    assert impl.local_response_norm_gradient(x, x, size=3, beta=0).tolist() == x.tolist()


def test_windows_run_over_channels_not_over_the_batch():
    x = np.zeros((3, 5, 2))
    x[1, 2, 0] = 1.0
    y = impl.local_response_norm(np.ones((3, 5, 2)) + x, size=3, alpha=3, beta=1)
    touched = y != impl.local_response_norm(np.ones((3, 5, 2)), size=3, alpha=3, beta=1)
    assert np.argwhere(touched).tolist() == [[1, 1, 0], [1, 2, 0], [1, 3, 0]]


def test_an_even_window_reaches_further_up_than_down():
    x = np.ones((1, 5))
    x[0, 2] = 2
    touched = impl.local_response_norm(x, size=2) != impl.local_response_norm(np.ones((1, 5)), size=2)
    assert touched.tolist() == [[False, True, True, False, False]]


def test_nan_reaches_the_windows_that_hold_it_and_infinity_makes_nan_of_itself():
    x = np.ones((1, 6))
    x[0, 2] = np.nan
    assert np.isnan(impl.local_response_norm(x, size=3))[0].tolist() == [False, True, True, True, False, False]
    x[0, 2] = -np.inf
    y = impl.local_response_norm(x, size=3)[0]
    assert y[[1, 3]].tolist() == [0, 0]
    assert np.isnan(y).tolist() == [False, False, True, False, False, False]
    assert np.isnan(impl.local_response_norm(np.zeros((1, 2)), size=1, k=0)).all()


def test_a_window_wider_than_the_channels_holds_them_all():
    x = np.random.default_rng(3).standard_normal((2, 3, 4))
    wide = 10**30
    y = impl.local_response_norm(x, size=wide, alpha=wide)
    np.testing.assert_array_equal(y, impl.local_response_norm(x, size=6, alpha=6))
    dx = impl.local_response_norm_gradient(x, x, size=wide, alpha=wide)
    np.testing.assert_array_equal(dx, impl.local_response_norm_gradient(x, x, size=6, alpha=6))


def test_empty_batches_views_dtypes_and_threads(monkeypatch):
    base = np.random.default_rng(4).standard_normal((4, 6, 10))
    view = base[::-1, ::2, ::-3]
    for empty in (view[:0], view[..., :0]):
        assert impl.local_response_norm(empty, size=3).shape == empty.shape
        assert impl.local_response_norm_gradient(empty, empty, size=3).shape == empty.shape
    y, dx = impl.local_response_norm(view, size=2), impl.local_response_norm_gradient(view[::-1], view, size=2)
    np.testing.assert_array_equal(y, impl.local_response_norm(view.copy(), size=2))
    small = view.astype(np.float32)
    assert impl.local_response_norm(small, size=2).dtype == np.float32
    assert impl.local_response_norm_gradient(small, small, size=2).dtype == np.float32
    assert impl.local_response_norm_gradient(small, view, size=2).dtype == np.float64
    monkeypatch.setattr("convoracle.impl.compiled.PARALLEL_FROM", 0)
    monkeypatch.setattr("convoracle.impl.compiled._threads", lambda units: min(5, units))
    np.testing.assert_array_equal(impl.local_response_norm(view, size=2), y)
    np.testing.assert_array_equal(impl.local_response_norm_gradient(view[::-1], view, size=2), dx)


X = np.ones((2, 3))
REFUSED = [
    (
        lambda: impl.local_response_norm(X[0], size=3),
        ValueError,
        "local_response_norm: x must have at least 2 axes (N, C, ...), got x.shape=(3,)",
    ),
    (
        lambda: impl.local_response_norm(X[:, :0], size=3),
        ValueError,
        "local_response_norm: C must be at least 1, got C=0",
    ),
    (
        lambda: impl.local_response_norm(X, size=0),
        ValueError,
        "local_response_norm: size must be at least 1, got size=0",
    ),
    (
        lambda: impl.local_response_norm(X, size=2.0),
        TypeError,
        "local_response_norm: size must be an integer, got size=2.0",
    ),
    (
        lambda: impl.local_response_norm(X, size=2, alpha=-1e-9),
        ValueError,
        "local_response_norm: alpha must be at least 0, got alpha=-1e-09",
    ),
    (
        lambda: impl.local_response_norm(X, size=2, beta=np.nan),
        ValueError,
        "local_response_norm: beta must be finite in float64, got beta=nan",
    ),
    (
        lambda: impl.local_response_norm_gradient(X, X, size=2, k="1"),
        TypeError,
        "local_response_norm_gradient: k must be a real number, got k='1'",
    ),
    (
        lambda: impl.local_response_norm_gradient(X[:1], X, size=2),
        ValueError,
        "local_response_norm_gradient: dy.shape must be x.shape = (2, 3), got dy.shape=(1, 3)",
    ),
    (
        lambda: impl.local_response_norm(X.astype(int), size=2),
        TypeError,
        "local_response_norm: x must have dtype float32 or float64, got int64",
    ),
]


@pytest.mark.parametrize(("call", "error", "message"), REFUSED, ids=[row[2] for row in REFUSED])
def test_bad_input_is_refused_by_name(call, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        call()


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize(("size", "alpha"), [(1, 0), (1, 3), (2, 3), (5, 3)])
def test_with_power_0_norm_and_gradient_pass_everything_even_where_the_divisor_is_0(size, alpha, dtype):
    x, dy = np.array([[0, 2, 0, 0]], dtype), np.array([[1, 2, 3, 4]], dtype)
    options = {"size": size, "alpha": alpha, "beta": 0, "k": 0}
    np.testing.assert_array_equal(impl.local_response_norm(x, **options), x, strict=True)
    np.testing.assert_array_equal(impl.local_response_norm_gradient(dy, x, **options), dy, strict=True)
