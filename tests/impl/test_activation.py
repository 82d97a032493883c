"""Activations and their gradients: exact where they select, else in high precision with counted roundings."""

from __future__ import annotations

import numpy as np
import pytest

from convoracle import impl

FLOATS = [np.float32, np.float64]
SELECTIONS = {
    "relu": {},
    "leaky_relu": {"negative_slope": 0.25},
    "modulus": {},
    "soft_threshold": {"threshold": 0.5},
}
SMOOTH = ("sigmoid", "tanh", "softplus")


def function(name):
    return getattr(impl, name)


def gradient(name):
    return getattr(impl, f"{name}_gradient")


def samples(dtype, largest=1e4):
    """Both signs of 0, subnormals, numbers near 1 and far from it."""
    limits = np.finfo(dtype)
    tiny = [limits.smallest_subnormal, 3 * limits.smallest_subnormal, limits.smallest_normal, limits.eps]
    far = [x for x in (20, 50, 87.5, 103, 700, 745, 1e4) if x <= largest]
    x = np.array([0, *tiny, 0.1, 1 / 3, 0.5, 0.999, 1, 1.001, 2, 8.5, 9.1, *far], dtype)
    return np.concatenate([-x, x])


@np.vectorize(otypes=[float])
def by_hand(name, x):
    """The selections as their definitions read, on Python floats that hold the data exactly."""
    if name == "relu":
        return max(x, 0.0)
    if name == "leaky_relu":
        return x if x > 0 else x / 4
    if name == "modulus":
        return max(x, -x)
    return max(x - 0.5, 0.0) - max(-x - 0.5, 0.0)


@np.vectorize(otypes=[float])
def slope_by_hand(name, x):
    if name == "relu":
        return 1.0 if x > 0 else 0.0
    if name == "leaky_relu":
        return 1.0 if x > 0 else 0.25
    if name == "modulus":
        return float(x > 0) - float(x < 0)
    return 1.0 if x > 0.5 or x < -0.5 else 0.0


# ---- selections ----


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("name", SELECTIONS)
def test_selections_are_exact(name, dtype, elementary):
    x = np.array([-1e4, -8, -1, -0.75, -0.5, -0.25, -0.0, 0.0, 0.25, 0.5, 0.75, 1, 8, 1e4], dtype)
    y = function(name)(x, **SELECTIONS[name])
    np.testing.assert_array_equal(y, by_hand(name, x).astype(dtype), strict=True)
    dy = np.arange(3, 17).astype(dtype)
    dx = gradient(name)(dy, x, **SELECTIONS[name])
    np.testing.assert_array_equal(dx, slope_by_hand(name, x).astype(dtype) * dy, strict=True)


@pytest.mark.parametrize("dtype", FLOATS)
def test_subnormals_are_numbers_like_others(dtype):
    tiny = np.finfo(dtype).smallest_subnormal
    x = np.array([-4 * tiny, -tiny, tiny, 4 * tiny])
    assert impl.relu(x).tolist() == [0, 0, tiny, 4 * tiny]
    assert impl.leaky_relu(x, negative_slope=0.25).tolist() == [-tiny, 0, tiny, 4 * tiny]
    assert impl.modulus(x).tolist() == [4 * tiny, tiny, tiny, 4 * tiny]
    assert impl.soft_threshold(x, threshold=tiny).tolist() == [-3 * tiny, 0, 0, 3 * tiny]
    assert impl.relu_gradient(np.ones(4, dtype), x).tolist() == [0, 0, 1, 1]
    assert impl.modulus_gradient(np.ones(4, dtype), x).tolist() == [-1, -1, 1, 1]


@pytest.mark.parametrize("dtype", FLOATS)
def test_the_default_slope_is_one_hundredth_rounded_once(dtype):
    x = np.array([-3, -1e4], dtype)
    np.testing.assert_array_equal(impl.leaky_relu(x), dtype(0.01) * x, strict=True)
    np.testing.assert_array_equal(impl.leaky_relu_gradient(x, x), dtype(0.01) * x, strict=True)


@pytest.mark.parametrize("dtype", FLOATS)
def test_zero_comes_out_positive_where_a_selection_makes_it(dtype):
    zeros = np.array([-0.0, 0.0], dtype)
    for y in (impl.relu(zeros), impl.modulus(zeros), impl.soft_threshold(zeros - 1, threshold=2)):
        assert not np.signbit(y).any()
    assert np.signbit(impl.leaky_relu(zeros)).tolist() == [True, False]
    assert np.signbit(impl.tanh(zeros)).tolist() == [True, False]


def test_the_gradient_at_zero_is_that_of_the_negative_side_and_of_the_modulus_0():
    x, dy = np.array([-0.0, 0.0]), np.array([8.0, 8.0])
    assert impl.relu_gradient(dy, x).tolist() == [0, 0]
    assert impl.leaky_relu_gradient(dy, x, negative_slope=0.25).tolist() == [2, 2]
    assert impl.modulus_gradient(dy, x).tolist() == [0, 0]
    assert impl.modulus_gradient(dy, x + 0j).tolist() == [0, 0]
    assert impl.soft_threshold_gradient(dy, x, threshold=0).tolist() == [0, 0]


def test_a_selection_drops_infinite_and_nan_changes():
    dy, x = np.array([np.inf, np.nan, -np.inf]), np.array([-1.0, 0.0, -2.0])
    assert impl.relu_gradient(dy, x).tolist() == [0, 0, 0]
    assert impl.soft_threshold_gradient(dy, x, threshold=2).tolist() == [0, 0, 0]
    assert impl.modulus_gradient(dy, np.zeros(3)).tolist() == [0, 0, 0]
    assert impl.modulus_gradient(dy, np.zeros(3, complex)).tolist() == [0, 0, 0]


# ---- smooth functions ----


def definition(name, mp):
    return {
        "sigmoid": lambda x: 1 / (1 + mp.exp(-x)),
        "tanh": mp.tanh,
        "softplus": lambda x: mp.log1p(mp.exp(x)),
    }[name]


def dual_definition(name):
    return {
        "sigmoid": lambda x: 1 / (1 + np.exp(x * -1)),
        "tanh": lambda x: 1 - 2 / (np.exp(x * 2) + 1),
        "softplus": lambda x: np.log(1 + np.exp(x)),
    }[name]


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("name", SMOOTH)
def test_smooth_functions_are_as_accurate_as_their_roundings_allow(name, dtype, precise, elementary):
    x = samples(dtype)
    y = function(name)(x)
    assert y.dtype == dtype
    # sigmoid: exp above and below, a sum and a quotient; softplus: exp in log1p, and a sum
    roundings = {"sigmoid": 2 * elementary + 2, "tanh": elementary, "softplus": 2 * elementary + 1}[name]
    precise.within(y, np.vectorize(definition(name, precise.context), otypes=[object])(precise.high(x)), roundings)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("name", SMOOTH)
def test_smooth_gradients_are_as_accurate_as_their_roundings_allow(name, dtype, precise, elementary):
    x = samples(dtype, largest=103)
    dy = np.resize(np.array([1, -3, 0.1, 1 / 3], dtype), x.shape)
    dx = gradient(name)(dy, x)
    exact = np.array([precise.gradient(dual_definition(name), *pair) for pair in zip(x, dy, strict=True)], object)
    # exp in z and in two factors 1 + z, these sums, their product, a product with dy, a quotient; tanh near 0: (1 - t) (1 + t)
    # with t below 0.77, where an error of t becomes 2 t**2 / (1 - t**2) < 3 times as large
    roundings = 3 * elementary + 5
    assert dx.dtype == dtype
    precise.within(dx, exact, roundings, steps=roundings * 3)


@pytest.mark.parametrize("dtype", FLOATS)
def test_smooth_functions_reach_their_limits(dtype):
    x = np.array([-np.inf, -1e4, 1e4, np.inf], dtype)
    assert impl.sigmoid(x).tolist() == [0, 0, 1, 1]
    assert impl.tanh(x).tolist() == [-1, -1, 1, 1]
    assert impl.softplus(x).tolist() == [0, 0, 1e4, np.inf]
    dy = np.full(4, np.finfo(dtype).max)
    assert impl.sigmoid_gradient(dy, x).tolist() == [0, 0, 0, 0]
    assert impl.tanh_gradient(dy, x).tolist() == [0, 0, 0, 0]
    assert impl.softplus_gradient(dy, x).tolist() == [0, 0, dy[0], dy[0]]


def test_the_slope_of_tanh_does_not_cancel_where_tanh_rounds_to_1():
    x = np.array([9.5], np.float32)
    assert impl.tanh(x) == 1
    assert impl.tanh_gradient(np.ones(1, np.float32), x) > 0


# ---- parametric rectifier ----


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("extra", [(), (5,), (2, 3), (2, 1, 3), (0,)])
@pytest.mark.parametrize("batch", [0, 1, 3])
def test_the_parametric_rectifier_is_exact_on_small_integers(batch, extra, dtype, elementary):
    rng = np.random.default_rng(3)
    x, dy = (rng.integers(-4, 5, (batch, 4, *extra)) for _ in range(2))
    slope = np.array([2, -3, 0, 1])
    factor = np.where(x > 0, 1, slope.reshape(4, *[1] * len(extra)))
    call = [a.astype(dtype) for a in (dy, x, slope)]
    np.testing.assert_array_equal(impl.prelu(*call[1:]), (factor * x).astype(dtype), strict=True)
    dx, dslope = impl.prelu_gradient(*call)
    np.testing.assert_array_equal(dx, (factor * dy).astype(dtype), strict=True)
    wanted = [sum(d * v for d, v in zip(dy[:, c].flat, x[:, c].flat, strict=True) if v <= 0) for c in range(4)]
    np.testing.assert_array_equal(dslope, np.array(wanted, dtype), strict=True)


def test_nan_reaches_its_entry_and_the_slope_of_its_channel_only():
    x = np.array([[1.0, -2.0, np.nan], [3.0, np.inf, -1.0]])
    dx, dslope = impl.prelu_gradient(np.ones((2, 3)), x, np.zeros(3))
    np.testing.assert_array_equal(dx, [[1, 0, np.nan], [1, 1, 0]])
    np.testing.assert_array_equal(dslope, [0, -2, np.nan])
    np.testing.assert_array_equal(impl.prelu(x, np.zeros(3)), [[1, 0, np.nan], [3, np.inf, 0]])
