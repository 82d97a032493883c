"""Softmax, its logarithm and the cross-entropy, with gradients: in high precision, with counted roundings."""

from __future__ import annotations

import re

import numpy as np
import pytest

from convoracle import impl

FLOATS = [np.float32, np.float64]
ROWWISE = ("softmax", "log_softmax", "softmax_gradient", "log_softmax_gradient")
ROWS = [
    [0.0],
    [-3.5],
    [0.1, 0.2, -0.3],
    [20.0, -10.0, 0.0, 1 / 3],
    [1e4, 1e4 - 1, 1e4 + 0.5, 1e4],
    [-1e4, -1e4 + 2],
    [5.0] * 7,
    [1e-40, -1e-40, 0.0],
]


def call(name, x, **options):
    """A function of x, or of x as its own dy."""
    return getattr(impl, name)(*([x] * (1 + name.endswith("gradient"))), **options)


def probabilities(x):
    """The definition on high-precision or dual numbers; nothing overflows there."""
    e = np.exp(x)
    return e / sum(e)


def spread(x):
    """Largest difference of a row: a rounding of x - M becomes so many relative ones of its exponential."""
    return float(x.max()) - float(x.min())


def rows(dtype):
    return [np.array(row, dtype) for row in ROWS]


def exact(precise, function, x):
    """A function of dual numbers without slope, as high-precision values."""
    return np.array([y.value for y in function(precise.constants(x))], object)


@pytest.mark.parametrize("dtype", FLOATS)
def test_softmax_is_as_accurate_as_its_roundings_allow(dtype, precise, elementary):
    for x in rows(dtype):
        y = impl.softmax(x)
        assert y.dtype == dtype
        # two exponentials, the sum, the quotient
        precise.within(y, exact(precise, probabilities, x), 2 * spread(x) + 2 * elementary + len(x))


@pytest.mark.parametrize("dtype", FLOATS)
def test_log_softmax_is_as_accurate_as_its_roundings_allow(dtype, precise, elementary):
    for x in rows(dtype):
        logs = exact(precise, lambda x: np.log(probabilities(x)), x)
        # x - M; exponentials and their sum, which log1p passes on, and itself; a difference. M - x and log1p are at most -logs
        roundings = spread(x) + 2 * elementary + len(x) + 1
        precise.within(impl.log_softmax(x), logs, roundings)


@pytest.mark.parametrize("dtype", FLOATS)
def test_cross_entropy_is_as_accurate_as_its_roundings_allow(dtype, precise, elementary):
    for x in rows(dtype):
        logs = exact(precise, lambda x: np.log(probabilities(x)), x)
        losses = impl.cross_entropy(np.tile(x, (len(x), 1)), np.arange(len(x)))
        precise.within(losses, -logs, spread(x) + 2 * elementary + len(x) + 1)


@pytest.mark.parametrize("dtype", FLOATS)
def test_gradients_are_as_accurate_as_their_roundings_allow(dtype, precise, elementary):
    for x in rows(dtype):
        n, dy = len(x), np.resize(np.array([1, -3, 0.1, 1 / 3], dtype), len(x))
        p, changes = exact(precise, probabilities, x), abs(precise.high(dy))
        of_p = 2 * spread(x) + 2 * elementary + n
        dx = impl.softmax_gradient(dy, x)
        # p twice, a product, n - 1 sums, a difference, a product
        size = p * (changes + sum(p * changes))
        precise.within(dx, precise.gradient(probabilities, x, dy), 2 * of_p + n + 2, size)
        dx = impl.log_softmax_gradient(dy, x)
        # p, n - 1 sums, a product, a difference
        size = changes + p * sum(changes)
        precise.within(dx, precise.gradient(lambda x: np.log(probabilities(x)), x, dy), of_p + n + 1, size)


@pytest.mark.parametrize("dtype", FLOATS)
def test_the_gradient_of_the_cross_entropy_is_accurate_relative_to_itself(dtype, precise, elementary):
    for x in rows(dtype):
        for label in range(len(x)):
            dy = np.array([-3.1], dtype)
            dx = impl.cross_entropy_gradient(dy, x[None], np.array([label]))[0]
            wanted = precise.gradient(lambda x, label=label: [np.log(probabilities(x))[label] * -1], x, dy)
            # numerator and denominator: an exponential and n - 1 sums; a quotient, a product
            precise.within(dx, wanted, 2 * (spread(x) + elementary + len(x)))


def test_small_losses_and_their_gradients_do_not_vanish():
    logits = np.array([[0.0, -40.0]])
    assert impl.cross_entropy(logits, np.array([0])) == np.exp(-40)
    assert impl.cross_entropy_gradient(np.ones(1), logits, np.array([0]))[0, 0] < 0
    assert impl.log_softmax(logits)[0, 0] == -np.exp(-40)


@pytest.mark.parametrize("dtype", FLOATS)
def test_extremes_do_not_overflow(dtype):
    x = np.array([1e4, -1e4, 1e4, -np.inf], dtype)
    assert impl.softmax(x).tolist() == [0.5, 0, 0.5, 0]
    half = np.log(dtype(2))
    np.testing.assert_array_equal(impl.log_softmax(x), [-half, dtype(-2e4) - half, -half, -np.inf])
    assert impl.cross_entropy(x[None], np.array([3])).tolist() == [np.inf]
    assert impl.softmax_gradient(np.array([4, 9, 0, 9], dtype), x).tolist() == [1, 0, -1, 0]
    assert impl.cross_entropy_gradient(np.array([4], dtype), x[None], np.array([0])).tolist() == [[-2, 0, 2, 0]]


@pytest.mark.parametrize(
    "bad", [[1.0, np.nan, 2.0], [np.nan, 1.0, 2.0], [1.0, np.inf, 2.0], [np.inf] * 3, [-np.inf] * 3]
)
def test_nan_infinity_and_rows_of_minus_infinity_make_their_row_nan(bad):
    x = np.array([[1.0, 2.0, 3.0], bad, [-np.inf, 0.0, 0.0]])
    for y in (impl.softmax(x), impl.log_softmax(x), impl.softmax_gradient(np.ones((3, 3)), x)):
        assert np.isnan(y).tolist() == [[False] * 3, [True] * 3, [False] * 3]
    assert np.isnan(impl.log_softmax_gradient(np.ones((3, 3)), x)[1]).all()
    for label in range(3):
        labels = np.full(3, label)
        assert np.isnan(impl.cross_entropy(x, labels)).tolist() == [False, True, False]
        assert np.isnan(impl.cross_entropy_gradient(np.ones(3), x, labels)).all(axis=1).tolist() == [False, True, False]


@pytest.mark.parametrize("name", ROWWISE)
@pytest.mark.parametrize("axis", range(-4, 4))
def test_every_axis_is_done_row_by_row(name, axis):
    x = np.random.default_rng(4).standard_normal((2, 3, 4, 5))
    last = np.ascontiguousarray(np.moveaxis(x, axis, -1))
    wanted = np.array([call(name, row) for row in last.reshape(-1, last.shape[-1])]).reshape(last.shape)
    np.testing.assert_array_equal(call(name, x, axis=axis), np.moveaxis(wanted, -1, axis))
    np.testing.assert_array_equal(
        call(name, x[::-1, :, ::-2], axis=axis), call(name, x[::-1, :, ::-2].copy(), axis=axis)
    )


@pytest.mark.parametrize("name", ROWWISE)
def test_empty_batches_give_empty_results(name):
    for shape in ((0, 3), (2, 0, 3)):
        assert call(name, np.ones(shape)).shape == shape
    assert call(name, np.ones((3, 0)), axis=0).shape == (3, 0)
    none = np.ones((0, 3)), np.ones(0, int)
    assert impl.cross_entropy(*none).shape == (0,)
    assert impl.cross_entropy_gradient(np.ones(0), *none).shape == (0, 3)


@pytest.mark.parametrize("labels", [np.int8, np.uint8, np.int64, np.uint64, ">i4"])
def test_labels_of_any_integer_dtype_take_no_part_in_the_dtype(labels):
    x, places = np.eye(4, dtype=np.float32), np.array([0, 3, 2, 1], labels)
    losses = impl.cross_entropy(x, places)
    assert losses.dtype == np.float32
    np.testing.assert_array_equal(
        losses, -np.take_along_axis(impl.log_softmax(x), places.astype(int)[:, None], 1)[:, 0]
    )
    np.testing.assert_array_equal(losses, impl.cross_entropy(x[::-1], places[::-1])[::-1])
    assert impl.cross_entropy_gradient(np.ones(4), x, places).dtype == np.float64
    assert impl.cross_entropy_gradient(np.ones(4, np.float32), x, places).dtype == np.float32


@pytest.mark.parametrize("name", ROWWISE)
def test_results_have_the_common_dtype_and_threads_change_no_bit(name, monkeypatch):
    x = np.random.default_rng(5).standard_normal((3, 4, 5)).astype(np.float32)
    serial = call(name, x, axis=1)
    assert serial.dtype == np.float32
    if name.endswith("gradient"):
        assert getattr(impl, name)(x, x.astype(float)).dtype == np.float64
    monkeypatch.setattr("convoracle.impl.compiled.PARALLEL_FROM", 0)
    monkeypatch.setattr("convoracle.impl.compiled._threads", lambda units: min(3, units))
    np.testing.assert_array_equal(call(name, x, axis=1), serial)


X, LABELS = np.ones((2, 3)), np.array([0, 2])
REFUSED = [
    (lambda: impl.softmax([1.0]), TypeError, "softmax: x must be a numpy array, got list"),
    (lambda: impl.softmax(LABELS), TypeError, "softmax: x must have dtype float32 or float64, got int64"),
    (lambda: impl.softmax(np.array(1.0)), ValueError, "softmax: x must have at least 1 axis, got x.shape=()"),
    (lambda: impl.softmax(X, axis=1.0), TypeError, "softmax: axis must be an integer, got axis=1.0"),
    (lambda: impl.softmax(X, axis=True), TypeError, "softmax: axis must be an integer, got axis=True"),
    (
        lambda: impl.softmax(X, axis=2),
        ValueError,
        "softmax: axis must be from -x.ndim to x.ndim - 1, got axis=2, x.ndim=2",
    ),
    (
        lambda: impl.log_softmax(X[:, :0]),
        ValueError,
        "log_softmax: x.shape[-1] must be at least 1, got x.shape[-1]=0",
    ),
    (
        lambda: impl.softmax_gradient(X[0], X),
        ValueError,
        "softmax_gradient: dy.shape must be x.shape = (2, 3), got dy.shape=(3,)",
    ),
    (
        lambda: impl.log_softmax_gradient(X + 0j, X),
        TypeError,
        "log_softmax_gradient: dy must have dtype float32 or float64, got complex128",
    ),
    (
        lambda: impl.cross_entropy(X[0], LABELS),
        ValueError,
        "cross_entropy: logits must have 2 axes (N, C), got logits.shape=(3,)",
    ),
    (
        lambda: impl.cross_entropy(X, X[:, 0]),
        TypeError,
        "cross_entropy: labels must have an integer dtype, got float64",
    ),
    (lambda: impl.cross_entropy(X, [0, 2]), TypeError, "cross_entropy: labels must be a numpy array, got list"),
    (
        lambda: impl.cross_entropy(X, LABELS[:1]),
        ValueError,
        "cross_entropy: labels.shape must be (N,) = (2,), got labels.shape=(1,)",
    ),
    (lambda: impl.cross_entropy(X[:, :0], LABELS), ValueError, "cross_entropy: C must be at least 1, got C=0"),
    (
        lambda: impl.cross_entropy(X, LABELS + 1),
        ValueError,
        "cross_entropy: labels must be from 0 to C - 1, got label=3, C=3",
    ),
    (
        lambda: impl.cross_entropy_gradient(X[:, 0], X, LABELS - 1),
        ValueError,
        "cross_entropy_gradient: labels must be from 0 to C - 1, got label=-1, C=3",
    ),
    (
        lambda: impl.cross_entropy(X, np.array([1, 2**64 - 1], np.uint64)),
        ValueError,
        f"cross_entropy: labels must be from 0 to C - 1, got label={2**64 - 1}, C=3",
    ),
    (
        lambda: impl.cross_entropy_gradient(X, X, LABELS),
        ValueError,
        "cross_entropy_gradient: dy.shape must be (N,) = (2,), got dy.shape=(2, 3)",
    ),
]


@pytest.mark.parametrize(("call", "error", "message"), REFUSED, ids=[row[2] for row in REFUSED])
def test_bad_input_is_refused_by_name(call, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        call()
