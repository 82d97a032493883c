"""Batch normalisation and its gradients: exact on dyadic data, else in high precision with counted roundings."""

from __future__ import annotations

import re

import numpy as np
import pytest

from convoracle import impl

FLOATS = [np.float32, np.float64]
EXTRAS = [(), (5,), (2, 3), (2, 1, 3)]


def along(values, x):
    """One entry per channel, so that it broadcasts against x."""
    return values.reshape(-1, *[1] * (x.ndim - 2))


def dyadic(batch, extra, seed=0):
    """Small integers with variances 1, 4, 1/4, 0: quotients by their roots, and products with halves, are exact."""
    rng = np.random.default_rng(seed)
    x, dy = (rng.integers(-8, 9, (batch, 4, *extra)).astype(float) for _ in range(2))
    mean, var = np.array([1, -2, 0, 3.0]), np.array([0.75, 3.75, 0, 15.75])
    return dy, x, mean, var, np.array([1, -3, 0.5, 2]), np.array([0, 5, -1, 0.25])


def statistics(x):
    """Mean and variance of every channel of high-precision numbers."""
    columns = [x[:, c].ravel() for c in range(x.shape[1])]
    means = [sum(column) / len(column) for column in columns]
    variances = [sum((column - m) ** 2) / len(column) for column, m in zip(columns, means, strict=True)]
    return np.array(means, object), np.array(variances, object)


# ---- given statistics ----


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("extra", [*EXTRAS, (0,)])
@pytest.mark.parametrize("batch", [0, 1, 3])
def test_dyadic_data_are_normalised_exactly(batch, extra, dtype, elementary):
    dy, x, mean, var, weight, bias = dyadic(batch, extra)
    deviation = np.array([1, 2, 0.5, 4])
    z = (x - along(mean, x)) / along(deviation, x)
    operands = [a.astype(dtype) for a in (x, mean, var, weight, bias)]
    y = impl.batch_norm(*operands, eps=0.25)
    np.testing.assert_array_equal(y, (z * along(weight, x) + along(bias, x)).astype(dtype), strict=True)
    np.testing.assert_array_equal(impl.batch_norm(*operands[:3], eps=0.25), z.astype(dtype), strict=True)
    dx, dweight, dbias = impl.batch_norm_gradient(dy.astype(dtype), *operands[:4], eps=0.25)
    np.testing.assert_array_equal(dx, (dy * along(weight / deviation, x)).astype(dtype), strict=True)
    axes = (0, *range(2, x.ndim))
    np.testing.assert_array_equal(dweight, (dy * z).sum(axes).astype(dtype), strict=True)
    np.testing.assert_array_equal(dbias, dy.sum(axes).astype(dtype), strict=True)
    without = impl.batch_norm_gradient(dy.astype(dtype), *operands[:3], eps=0.25)
    np.testing.assert_array_equal(without[0], (dy / along(deviation, x)).astype(dtype), strict=True)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("eps", [0, 1e-5, 0.1])
def test_normalised_floats_are_as_accurate_as_their_roundings_allow(eps, dtype, precise, elementary):
    rng = np.random.default_rng(1)
    x, dy = (rng.standard_normal((2, 3, 4)).astype(dtype) for _ in range(2))
    x[:, 1] += dtype(1000)  # mean far above the spread: folding the mean into the bias would cancel
    mean, var, weight, bias = (a.astype(dtype) for a in (x.mean((0, 2)), x.var((0, 2)), rng.random(3), rng.random(3)))
    h = precise.high
    root = np.array([precise.context.sqrt(v + h(dtype(eps))) for v in h(var)], object)
    z, g = (h(x) - h(mean)[:, None]) / root[:, None], h(weight)[:, None]
    y = impl.batch_norm(x, mean, var, weight, bias, eps=eps)
    # x - mean; var + eps and its root; a quotient, a product, a sum
    precise.within(y, z * g + h(bias)[:, None], 6, abs(z * g) + abs(h(bias))[:, None])
    dx, dweight, dbias = impl.batch_norm_gradient(dy, x, mean, var, weight, eps=eps)
    precise.within(dx, h(dy) * g / root[:, None], 4)
    terms, count = h(dy) * z, x[:, 0].size
    precise.within(dweight, terms.sum((0, 2)), 4 + count, abs(terms).sum((0, 2)))
    precise.within(dbias, h(dy).sum((0, 2)), count - 1, abs(h(dy)).sum((0, 2)))


def test_the_default_eps_is_rounded_to_the_dtype_once():
    x, mean, var = np.ones((1, 1), np.float32), np.zeros(1, np.float32), np.zeros(1, np.float32)
    assert impl.batch_norm(x, mean, var) == 1 / np.sqrt(np.float32(1e-5))
    assert impl.batch_norm_training(x)[0] == 0


def test_special_values_stay_in_their_channel():
    x = np.array([[1.0, np.nan, np.inf, 2.0], [3.0, 0.0, 0.0, 5.0]])
    y = impl.batch_norm(x, np.zeros(4), np.array([0, 1, 1, -1.0]), eps=0)
    np.testing.assert_array_equal(y, [[np.inf, np.nan, np.inf, np.nan], [np.inf, 0, 0, np.nan]])
    y, mean, var = impl.batch_norm_training(x)
    np.testing.assert_array_equal(mean, [2, np.nan, np.inf, 3.5])
    assert np.isnan(var).tolist() == [False, True, True, False]
    assert np.isnan(y).any(axis=0).tolist() == [False, True, True, False]
    for part in impl.batch_norm_training_gradient(np.ones_like(x), x)[:2]:
        assert np.isnan(np.atleast_2d(part)).any(axis=0).tolist() == [False, True, True, False]


# ---- statistics of the batch ----


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("extra", EXTRAS)
def test_statistics_are_as_accurate_as_two_passes_allow(extra, dtype, precise, elementary):
    rng = np.random.default_rng(2)
    x = rng.standard_normal((3, 5, *extra)).astype(dtype)
    x[:, 1] += dtype(1e4)
    x[:, 2] *= dtype(1e-4)
    x[:, 3] = dtype(0.1)
    _, mean, var = impl.batch_norm_training(x)
    exact = precise.high(x)
    means, variances = statistics(exact)
    n = x[:, 0].size
    u = precise.context.mpf(float(np.finfo(dtype).eps)) / 2
    size = np.array([sum(abs(exact[:, c].ravel())) / n for c in range(5)], object)
    precise.within(mean, means, n + 2, size)

    def relative(roundings):
        return precise.context.expm1(roundings * u / (1 - u))

    for v, exact_v, scale in zip(precise.high(var), variances, size, strict=True):
        # about a mean that is off by e the mean square is larger by e**2; a difference twice, a square, n - 1 sums, a quotient
        off = (scale * relative(n + 2)) ** 2
        assert abs(v - exact_v) <= off + relative(n + 3) * (exact_v + off)


@pytest.mark.parametrize("dtype", FLOATS)
def test_training_normalises_by_the_statistics_that_it_returns(dtype):
    x = (np.random.default_rng(3).standard_normal((3, 4, 5)) * 3 + 100).astype(dtype)
    weight, bias = np.arange(4).astype(dtype), np.arange(4, 8).astype(dtype)
    y, mean, var = impl.batch_norm_training(x, weight, bias, eps=0.1)
    np.testing.assert_array_equal(y, impl.batch_norm(x, mean, var, weight, bias, eps=0.1), strict=True)
    dy = x[::-1, :, ::-1]
    _, dweight, dbias = impl.batch_norm_training_gradient(dy, x, weight, eps=0.1)
    frozen = impl.batch_norm_gradient(dy, x, mean, var, weight, eps=0.1)
    np.testing.assert_array_equal(dweight, frozen[1], strict=True)
    np.testing.assert_array_equal(dbias, frozen[2], strict=True)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("value", [0.1, 1000.1, -1e4, 1e-40])
def test_a_constant_channel_has_no_variance_and_becomes_the_bias(value, dtype):
    x = np.full((7, 2, 11, 13), value, dtype)
    y, mean, var = impl.batch_norm_training(x, bias=np.array([3, -4], dtype))
    assert mean.tolist() == [dtype(value)] * 2
    assert var.tolist() == [0, 0]
    np.testing.assert_array_equal(y, np.broadcast_to(np.array([3, -4], dtype).reshape(2, 1, 1), y.shape), strict=True)


@pytest.mark.parametrize("dtype", FLOATS)
def test_a_mean_far_above_the_spread_costs_no_digit_of_the_variance(dtype):
    small = np.tile(np.array([-3, -1, 1, 3], dtype), 16)[:, None]
    far = small + dtype(2**20)
    y, mean, var = impl.batch_norm_training(far, eps=0)
    assert (mean, var) == (2**20, 5)
    np.testing.assert_array_equal(y, impl.batch_norm_training(small, eps=0)[0])


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("extra", [(), (2,), (1, 2)])
def test_the_training_gradient_goes_through_the_statistics(extra, dtype, precise, elementary):
    columns = [1, 3, 5, 7], [-2, 2, 2, -2], [6, 6, 6, 6]  # their statistics are exact in any order
    x = np.stack([np.resize(column, (4, *extra)) for column in columns], axis=1).astype(dtype)
    dy = np.random.default_rng(4).standard_normal(x.shape).astype(dtype)
    weight, eps, n = np.array([0.3, -2, 5], dtype), 0.25, x[:, 0].size
    g, half = along(precise.high(weight), x), precise.context.mpf(1) / 2

    def layer(x):
        means, variances = (along(s, x) for s in statistics(x))
        return (x - means) / (variances + eps) ** half * g

    means, variances = (along(s, x) for s in statistics(precise.high(x)))
    root, changes = (variances + eps) ** half, precise.high(dy)
    z = (precise.high(x) - means) / root
    axes = (0, *range(2, x.ndim))
    of_weight, of_bias = abs(changes * z).sum(axes), abs(changes).sum(axes)
    dx, dweight, dbias = impl.batch_norm_training_gradient(dy, x, weight, eps=eps)
    precise.within(dbias, changes.sum(axes), n - 1, of_bias)
    precise.within(dweight, (changes * z).sum(axes), n + 2, of_weight)  # a root, a quotient, a product, n - 1 sums
    # a mean of products, times z, two differences, times weight / root
    size = abs(g) / root * (abs(changes) + along(of_bias, x) / n + abs(z) * along(of_weight, x) / n)
    precise.within(dx, precise.gradient(layer, x, dy), n + 2 + 1 + 3 + 2 + 3, size)


def test_training_needs_samples_and_inference_does_not():
    for shape in ((0, 3), (0, 3, 4), (2, 3, 0)):
        x, c = np.ones(shape), np.ones(3)
        assert impl.batch_norm(x, c, c).shape == shape
        dx, dweight, dbias = impl.batch_norm_gradient(x, x, c, c)
        assert dx.shape == shape
        assert dweight.tolist() == dbias.tolist() == [0, 0, 0]
        for call in (lambda x=x: impl.batch_norm_training(x), lambda x=x: impl.batch_norm_training_gradient(x, x)):
            with pytest.raises(ValueError, match=r"N \* spatial must be at least 1, got N \* spatial=0$"):
                call()


def test_a_single_sample_is_its_own_mean():
    y, mean, var = impl.batch_norm_training(np.array([[3.0, -5.0]]), eps=0.25)
    assert (y.tolist(), mean.tolist(), var.tolist()) == ([[0, 0]], [3, -5], [0, 0])
    dx, dweight, dbias = impl.batch_norm_training_gradient(np.array([[2.0, 4.0]]), np.array([[3.0, -5.0]]), eps=0.25)
    assert (dx.tolist(), dweight.tolist(), dbias.tolist()) == ([[0, 0]], [0, 0], [2, 4])


# ---- all of them ----


def calls(dy, x, c):
    return {
        "batch_norm": lambda: (impl.batch_norm(x, c, c, c, c),),
        "batch_norm_gradient": lambda: impl.batch_norm_gradient(dy, x, c, c, c),
        "batch_norm_training": lambda: impl.batch_norm_training(x, c, c),
        "batch_norm_training_gradient": lambda: impl.batch_norm_training_gradient(dy, x, c),
    }


@pytest.mark.parametrize("name", calls(None, None, None))
def test_views_give_what_their_copies_give_and_stay_as_they_are(name):
    base = np.random.default_rng(5).standard_normal((4, 6, 10))
    for view in (base[::-1, ::2, 1::3], base[:, 1:4, ::-1], base[:, :3].T.copy().T, base[:, :3].astype(">f8")):
        c, before = base[0, 0, 2::-1] ** 2, base.tobytes() + view.tobytes()
        copy = np.array(view, float, order="C")
        got, wanted = calls(view[:, ::-1], view, c)[name](), calls(copy[:, ::-1].copy(), copy, c.copy())[name]()
        for one, other in zip(got, wanted, strict=True):
            np.testing.assert_array_equal(one, other, strict=True)
            assert not np.shares_memory(one, base)
        assert base.tobytes() + view.tobytes() == before


@pytest.mark.parametrize("name", calls(None, None, None))
def test_results_have_the_common_dtype_and_threads_change_no_bit(name, monkeypatch):
    x = np.random.default_rng(6).standard_normal((3, 5, 7)).astype(np.float32)
    c = x[0, :, 0] ** 2
    serial = calls(x, x, c)[name]()
    assert {part.dtype for part in serial} == {np.dtype(np.float32)}
    for mixed in ((x, x, c.astype(float)), (x.astype(float), x.astype(float), c)):
        assert {part.dtype for part in calls(*mixed)[name]()} == {np.dtype(float)}
    monkeypatch.setattr("convoracle.impl.compiled.PARALLEL_FROM", 0)
    monkeypatch.setattr("convoracle.impl.compiled._threads", lambda units: min(3, units))
    for one, other in zip(calls(x, x, c)[name](), serial, strict=True):
        np.testing.assert_array_equal(one, other, strict=True)


X, C = np.ones((2, 3)), np.ones(3)
REFUSED = [
    (
        lambda: impl.batch_norm(C, C, C),
        ValueError,
        "batch_norm: x must have at least 2 axes (N, C, ...), got x.shape=(3,)",
    ),
    (lambda: impl.batch_norm(X[:, :0], C[:0], C[:0]), ValueError, "batch_norm: C must be at least 1, got C=0"),
    (
        lambda: impl.batch_norm(X, C[:2], C),
        ValueError,
        "batch_norm: mean.shape must be (C,) = (3,), got mean.shape=(2,)",
    ),
    (lambda: impl.batch_norm(X, C, X), ValueError, "batch_norm: var.shape must be (C,) = (3,), got var.shape=(2, 3)"),
    (
        lambda: impl.batch_norm(X, C, C, C, C[:1]),
        ValueError,
        "batch_norm: bias.shape must be (C,) = (3,), got bias.shape=(1,)",
    ),
    (
        lambda: impl.batch_norm_training(X, C[:2]),
        ValueError,
        "batch_norm_training: weight.shape must be (C,) = (3,), got weight.shape=(2,)",
    ),
    (lambda: impl.batch_norm(X, C, C, eps=-1), ValueError, "batch_norm: eps must be at least 0, got eps=-1"),
    (
        lambda: impl.batch_norm_training(X, eps=np.inf),
        ValueError,
        "batch_norm_training: eps must be finite in float64, got eps=inf",
    ),
    (
        lambda: impl.batch_norm_gradient(X, X, C, C, eps=None),
        TypeError,
        "batch_norm_gradient: eps must be a real number, got eps=None",
    ),
    (
        lambda: impl.batch_norm_training_gradient(C, X),
        ValueError,
        "batch_norm_training_gradient: dy.shape must be x.shape = (2, 3), got dy.shape=(3,)",
    ),
    (
        lambda: impl.batch_norm(X, C, C.astype(int)),
        TypeError,
        "batch_norm: var must have dtype float32 or float64, got int64",
    ),
    (lambda: impl.batch_norm(X, C, 1.0), TypeError, "batch_norm: var must be a numpy array, got float"),
]


@pytest.mark.parametrize(("call", "error", "message"), REFUSED, ids=[row[2] for row in REFUSED])
def test_bad_input_is_refused_by_name(call, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        call()
