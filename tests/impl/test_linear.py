"""linear and its gradients: exact on integers, within the bound of a direct sum on floats."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from convoracle import impl

FLOATS = [np.float32, np.float64]
LOW, HIGH = -(2**63), 2**63 - 1


def plain_product(rows, columns):
    """sum_k rows[k, i] columns[k, j] in Python numbers."""
    y = np.zeros((rows.shape[1], columns.shape[1]), object)
    for k, i, j in np.ndindex(*rows.shape, columns.shape[1]):
        y[i, j] += rows[k, i].item() * columns[k, j].item()
    return y


def three(x, w, b, dy):
    """(got, wanted) of the layer and of both gradients."""
    bias = 0 if b is None else b.astype(object)
    return [
        (lambda: impl.linear(x, w, b), plain_product(x.T, w.T) + bias),
        (lambda: impl.linear_input_gradient(dy, w), plain_product(dy.T, w)),
        (lambda: impl.linear_weight_gradient(dy, x), plain_product(dy, x)),
    ]


def operands(plain, batch, ins, outs, seed=0):
    rng = np.random.default_rng(seed)
    shapes = (batch, ins), (outs, ins), (outs,), (batch, outs)
    return [plain.integers(rng, *shape) for shape in shapes]


@pytest.mark.parametrize("dtype", [np.int64, np.int8, *FLOATS])
def test_every_small_size_is_exact_on_small_integers(plain, dtype):
    result = np.int64 if np.dtype(dtype).kind == "i" else dtype
    for batch, ins, outs in itertools.product((0, 1, 2, 5), (1, 2, 3, 4, 5, 8, 9), (1, 2, 4, 7)):
        x, w, b, dy = (a.astype(dtype) for a in operands(plain, batch, ins, outs))
        for got, wanted in (*three(x, w, b, dy), *three(x, w, None, dy)[:1]):
            np.testing.assert_array_equal(got(), wanted.astype(result), strict=True)


def test_the_bodies_also_run_as_plain_python(plain, elementary):
    for got, wanted in three(*operands(plain, 3, 6, 5)):
        np.testing.assert_array_equal(got(), wanted.astype(np.int64), strict=True)


@pytest.mark.parametrize("dtype", FLOATS)
def test_floats_are_within_the_bound_of_a_direct_sum(dtype, precise):
    rng = np.random.default_rng(1)
    shapes = (3, 30), (5, 30), (5,), (3, 5)
    x, w, b, dy = (
        np.exp(4 * rng.standard_normal(shape)).astype(dtype) * rng.choice([-1, 1], shape).astype(dtype)
        for shape in shapes
    )
    high = precise.high
    for got, p, q, bias in (
        (impl.linear(x, w, b), x, w.T, b),
        (impl.linear_input_gradient(dy, w), dy, w, None),
        (impl.linear_weight_gradient(dy, x), dy.T, x, None),
    ):
        exact, size = high(p) @ high(q), abs(high(p)) @ abs(high(q))
        if bias is not None:
            exact, size = exact + high(bias), size + abs(high(bias))
        assert got.dtype == dtype
        precise.within(got, exact, p.shape[1] + (bias is not None), size)


@pytest.mark.parametrize("width", [1023, 1024, 1025, 2100])
def test_rows_longer_than_a_tile_have_no_seam(plain, width):
    x, w, b, dy = operands(plain, 2, 5, width)
    np.testing.assert_array_equal(impl.linear(x, w, b), x @ w.T + b)
    np.testing.assert_array_equal(impl.linear_input_gradient(x, w.T.copy()), x @ w.T)
    np.testing.assert_array_equal(impl.linear_weight_gradient(x, dy), x.T @ dy)


def test_gradients_are_adjoint_to_the_layer(plain):
    x, w, _, dy = operands(plain, 3, 4, 5)
    y = impl.linear(x, w)
    assert (
        (y * dy).sum()
        == (x * impl.linear_input_gradient(dy, w)).sum()
        == (w * impl.linear_weight_gradient(dy, x)).sum()
    )


def matrices(rows, columns):
    """Matrices of several integer dtypes, with the extreme entries of each."""
    return st.sampled_from([np.int8, np.int64, np.uint64]).flatmap(
        lambda dtype: hnp.arrays(
            dtype,
            (rows, columns),
            elements=st.integers(int(np.iinfo(dtype).min), int(np.iinfo(dtype).max)) | st.integers(0, 3),
        )
    )


@given(matrices(2, 3), matrices(2, 3), matrices(1, 2), matrices(2, 2))
def test_integers_are_exact_or_refused(x, w, b, dy):
    for got, wanted in three(x, w, b[0], dy):
        if all(LOW <= value <= HIGH for value in wanted.flat):
            np.testing.assert_array_equal(got(), wanted.astype(np.int64), strict=True)
        else:
            with pytest.raises(OverflowError, match=r"^linear\w*: the exact result must fit int64, got"):
                got()


def test_an_empty_batch_has_no_outputs_and_weight_gradient_zero():
    w = np.ones((2, 3))
    assert impl.linear(np.ones((0, 3)), w).shape == (0, 2)
    assert impl.linear_input_gradient(np.ones((0, 2)), w).shape == (0, 3)
    assert impl.linear_weight_gradient(np.ones((0, 2)), np.ones((0, 3))).tolist() == [[0] * 3] * 2


def test_nan_and_infinity_reach_the_rows_and_columns_that_hold_them():
    x, w = np.ones((3, 4)), np.ones((2, 4))
    x[1, 2], w[0, 0] = np.nan, np.inf
    np.testing.assert_array_equal(impl.linear(x, w), [[np.inf, 4], [np.nan, np.nan], [np.inf, 4]])
    w[0, 0], x[0, 0] = np.inf, 0
    assert np.isnan(impl.linear(x, w)[0, 0])


def views(a):
    return np.flip(np.flip(a).copy()), a.T.copy().T, a.astype(a.dtype.newbyteorder()), np.repeat(a, 2, axis=0)[::2]


def test_views_give_what_their_copies_give(plain):
    x, w, b, dy = (a.astype(float) for a in operands(plain, 3, 4, 5))
    for v, u in itertools.product(views(x), views(w)):
        np.testing.assert_array_equal(impl.linear(v, u, np.flip(b)), impl.linear(x, w, np.flip(b).copy()))
    for v, u in itertools.product(views(dy), views(w)):
        np.testing.assert_array_equal(impl.linear_input_gradient(v, u), impl.linear_input_gradient(dy, w))
    for v, u in itertools.product(views(dy), views(x)):
        np.testing.assert_array_equal(impl.linear_weight_gradient(v, u), impl.linear_weight_gradient(dy, x))


def test_threads_and_batches_change_no_bit(monkeypatch):
    rng = np.random.default_rng(2)
    x, w = rng.standard_normal((5, 7)), rng.standard_normal((2050, 7))
    serial = impl.linear(x, w)
    for i in range(5):
        np.testing.assert_array_equal(impl.linear(x[i : i + 1], w)[0], serial[i])
    monkeypatch.setattr("convoracle.impl.compiled.PARALLEL_FROM", 0)
    monkeypatch.setattr("convoracle.impl.compiled._threads", lambda units: min(4, units))
    np.testing.assert_array_equal(impl.linear(x, w), serial)


def test_results_have_the_common_dtype():
    ones = np.ones((2, 2))
    for p, q in itertools.product([np.float32, np.float64, np.int8], repeat=2):
        wanted = np.int64 if p is q is np.int8 else np.result_type(p, q)
        for f in (impl.linear, impl.linear_input_gradient, impl.linear_weight_gradient):
            assert f(ones.astype(p), ones.astype(q)).dtype == wanted


X, W = np.ones((2, 3)), np.ones((4, 3))
REFUSED = [
    (lambda: impl.linear(X[0], W), ValueError, "linear: x must have 2 axes (N, C), got x.shape=(3,)"),
    (lambda: impl.linear(X, W[0]), ValueError, "linear: w must have 2 axes (O, C), got w.shape=(3,)"),
    (lambda: impl.linear(X, W[:, :2]), ValueError, "linear: w.shape[1] must be x.shape[1] = 3, got w.shape[1]=2"),
    (lambda: impl.linear(X, W, W[0]), ValueError, "linear: b.shape must be (O,) = (4,), got b.shape=(3,)"),
    (lambda: impl.linear(X[:, :0], W[:, :0]), ValueError, "linear: C must be at least 1, got C=0"),
    (lambda: impl.linear(X, W[:0]), ValueError, "linear: O must be at least 1, got O=0"),
    (
        lambda: impl.linear(X, W + 0j),
        TypeError,
        "linear: w must have dtype float32, float64 or an integer dtype, got complex128",
    ),
    (lambda: impl.linear(X, W.tolist()), TypeError, "linear: w must be a numpy array, got list"),
    (
        lambda: impl.linear_input_gradient(X, W),
        ValueError,
        "linear_input_gradient: dy.shape[1] must be w.shape[0] = 4, got dy.shape[1]=3",
    ),
    (
        lambda: impl.linear_weight_gradient(W, X),
        ValueError,
        "linear_weight_gradient: dy.shape[0] must be x.shape[0] = 2, got dy.shape[0]=4",
    ),
    (
        lambda: impl.linear_weight_gradient(X > 0, X),
        TypeError,
        "linear_weight_gradient: dy must have dtype float32, float64 or an integer dtype, got bool",
    ),
]


@pytest.mark.parametrize(("call", "error", "message"), REFUSED, ids=[row[2] for row in REFUSED])
def test_bad_input_is_refused_by_name(call, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        call()
