"""What all activations share: shapes, views, dtypes, threads, NaN, and the refusal of bad input."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest

from convoracle import impl

FLOATS = [np.float32, np.float64]
CALLS = {
    "relu": {},
    "leaky_relu": {"negative_slope": 0.25},
    "modulus": {},
    "soft_threshold": {"threshold": 0.5},
    "sigmoid": {},
    "tanh": {},
    "softplus": {},
}
SHAPES = [(), (0,), (1,), (7,), (2, 3), (2, 0, 3), (2, 1, 3, 2, 2)]


def function(name):
    return getattr(impl, name)


def gradient(name):
    return getattr(impl, f"{name}_gradient")


@pytest.mark.parametrize("name", CALLS)
def test_nan_stays_where_it_is(name):
    x = np.array([1.0, np.nan, -1.0, np.inf, -np.inf])
    assert np.isnan(function(name)(x, **CALLS[name])).tolist() == [False, True, False, False, False]
    dy = np.full(5, 2.0)
    assert np.isnan(gradient(name)(dy, x, **CALLS[name])).tolist() == [False, True, False, False, False]
    assert np.isnan(impl.modulus(x + 0j)).tolist() == [False, True, False, False, False]


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("shape", SHAPES)
def test_any_shape_is_done_entry_by_entry(name, shape):
    x = np.linspace(-2, 3, int(np.prod(shape))).reshape(shape).astype(np.float32)
    y = function(name)(x, **CALLS[name])
    dx = gradient(name)(np.array(2 * x), x, **CALLS[name])
    assert type(y) is type(dx) is np.ndarray
    assert y.shape == dx.shape == shape
    for place in np.ndindex(shape):
        one = np.array([x[place]])
        assert y[place] == function(name)(one, **CALLS[name])
        assert dx[place] == gradient(name)(2 * one, one, **CALLS[name])


@pytest.mark.parametrize("name", [*CALLS, "prelu"])
def test_views_give_what_their_copies_give_and_stay_as_they_are(name):
    base = np.random.default_rng(1).standard_normal((4, 6, 10))
    options = CALLS.get(name, {})
    rest = [np.arange(6.0)[::-2]] if name == "prelu" else []
    for view in (base[::-1, ::2, 1::3], base[:, :3].T.T[..., ::-1], base[:, :3].astype(">f8")):
        before = view.tobytes()
        got = function(name)(view, *rest, **options)
        np.testing.assert_array_equal(got, function(name)(np.array(view, float), *rest, **options), strict=True)
        both = gradient(name)(view, view, *rest, **options)
        copies = gradient(name)(*[np.array(view, float)] * 2, *rest, **options)
        for one, other in zip(*((b if isinstance(b, tuple) else (b,)) for b in (both, copies)), strict=True):
            np.testing.assert_array_equal(one, other, strict=True)
        assert view.tobytes() == before
        assert not np.shares_memory(got, view)


@pytest.mark.parametrize("name", [*CALLS, "prelu"])
def test_results_have_the_common_dtype(name):
    rest = [np.zeros(3, np.float32)] if name == "prelu" else []
    for dy, x in itertools.product(FLOATS, FLOATS):
        got = function(name)(np.ones((2, 3), x), *rest, **CALLS.get(name, {}))
        assert got.dtype == x
        got = gradient(name)(np.ones((2, 3), dy), np.ones((2, 3), x), *rest, **CALLS.get(name, {}))
        assert {g.dtype for g in (got if isinstance(got, tuple) else (got,))} == {np.result_type(dy, x)}


@pytest.mark.parametrize("name", [*CALLS, "prelu"])
def test_threads_change_no_bit(name, monkeypatch):
    x = np.random.default_rng(2).standard_normal((3, 5, 7))
    rest = [np.linspace(-1, 1, 5)] if name == "prelu" else []
    calls = [(function(name), (x, *rest)), (gradient(name), (x[::-1], x, *rest))]
    serial = [f(*a, **CALLS.get(name, {})) for f, a in calls]
    monkeypatch.setattr("convoracle.impl.compiled.PARALLEL_FROM", 0)
    monkeypatch.setattr("convoracle.impl.compiled._threads", lambda units: min(3, units))
    for (f, a), wanted in zip(calls, serial, strict=True):
        got = f(*a, **CALLS.get(name, {}))
        for one, other in zip(*((b if isinstance(b, tuple) else (b,)) for b in (got, wanted)), strict=True):
            np.testing.assert_array_equal(one, other, strict=True)


# ---- illegal calls ----

X, C = np.ones((2, 3)), np.ones(3)
REFUSED = [
    (lambda: impl.relu([1.0]), TypeError, "relu: x must be a numpy array, got list"),
    (
        lambda: impl.relu(X + 0j),
        TypeError,
        "relu: x must have dtype float32, float64 or an integer dtype, got complex128",
    ),
    (lambda: impl.sigmoid(X.astype(int)), TypeError, "sigmoid: x must have dtype float32 or float64, got int64"),
    (lambda: impl.tanh(X.astype("f2")), TypeError, "tanh: x must have dtype float32 or float64, got float16"),
    (lambda: impl.softplus(X > 0), TypeError, "softplus: x must have dtype float32 or float64, got bool"),
    (
        lambda: impl.modulus_gradient(X + 0j, X),
        TypeError,
        "modulus_gradient: dy must have dtype float32, float64 or an integer dtype, got complex128",
    ),
    (
        lambda: impl.leaky_relu(X, negative_slope="0.1"),
        TypeError,
        "leaky_relu: negative_slope must be a real number, got negative_slope='0.1'",
    ),
    (
        lambda: impl.leaky_relu(X, negative_slope=True),
        TypeError,
        "leaky_relu: negative_slope must be a real number, got negative_slope=True",
    ),
    (
        lambda: impl.leaky_relu(X, negative_slope=np.nan),
        ValueError,
        "leaky_relu: negative_slope must be finite in float64, got negative_slope=nan",
    ),
    (
        lambda: impl.leaky_relu_gradient(X.astype("f4"), X.astype("f4"), negative_slope=1e39),
        ValueError,
        "leaky_relu_gradient: negative_slope must be finite in float32, got negative_slope=1e+39",
    ),
    (
        lambda: impl.soft_threshold(X, threshold=-0.5),
        ValueError,
        "soft_threshold: threshold must be at least 0, got threshold=-0.5",
    ),
    (
        lambda: impl.soft_threshold_gradient(X, X, threshold=10**400),
        ValueError,
        f"soft_threshold_gradient: threshold must be finite in float64, got threshold={10**400}",
    ),
    (lambda: impl.prelu(C, C), ValueError, "prelu: x must have at least 2 axes (N, C, ...), got x.shape=(3,)"),
    (lambda: impl.prelu(X[:, :0], C), ValueError, "prelu: C must be at least 1, got C=0"),
    (lambda: impl.prelu(X, C[:2]), ValueError, "prelu: slope.shape must be (C,) = (3,), got slope.shape=(2,)"),
    (
        lambda: impl.prelu_gradient(X[:1], X, C),
        ValueError,
        "prelu_gradient: dy.shape must be x.shape = (2, 3), got dy.shape=(1, 3)",
    ),
]


@pytest.mark.parametrize(("call", "error", "message"), REFUSED, ids=[row[2][:60] for row in REFUSED])
def test_bad_input_is_refused_by_name(call, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        call()


@pytest.mark.parametrize("name", CALLS)
def test_gradients_refuse_a_change_of_another_shape(name):
    with pytest.raises(
        ValueError, match=rf"^{name}_gradient: dy.shape must be x.shape = \(2, 3\), got dy.shape=\(3,\)$"
    ):
        gradient(name)(C, X, **CALLS[name])


def test_the_threshold_has_no_default():
    for call in (lambda: impl.soft_threshold(X), lambda: impl.soft_threshold_gradient(X, X)):
        with pytest.raises(TypeError, match="threshold"):
            call()
