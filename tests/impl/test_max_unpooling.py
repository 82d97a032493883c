"""Max unpooling and its gradient: what goes where the indices say, and the way back from max pooling."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from convoracle import impl

LOW, HIGH = -(2**63), 2**63 - 1
SIZES = {1: (7,), 2: (5, 7), 3: (4, 5, 3)}


def call(name, rank, *operands, **options):
    return getattr(impl, name.format(rank))(*operands, **options)


def placed(x, indices, sizes):
    """Zeros, and at every index the largest entry that is put there, NaN before all."""
    y = np.zeros((*x.shape[:2], *sizes), x.dtype)
    for i in np.ndindex(x.shape[:2]):
        for place in set(indices[i].flat):
            entries = x[i][indices[i] == place]
            y[i].reshape(-1)[place] = np.nan if (entries != entries).any() else entries.max()
    return y


def test_all_small_sets_of_indices_put_the_largest_in_its_place():
    values = np.array([-2.0, -1.0, 3.0])
    for indices in itertools.product(range(4), repeat=3):
        places = np.array(indices).reshape(1, 1, 3)
        for order in itertools.permutations(values):
            x = np.array(order).reshape(1, 1, 3)
            wanted = placed(x, places, (4,))
            np.testing.assert_array_equal(impl.max_unpool1d(x, places, output_size=4), wanted, strict=True)
            got = impl.max_unpool1d(x.astype(int), places, output_size=4)
            np.testing.assert_array_equal(got, wanted.astype(np.int64), strict=True)
        dy = np.arange(5.0, 9).reshape(1, 1, 4)
        np.testing.assert_array_equal(impl.max_unpool1d_gradient(dy, places), dy[..., list(indices)], strict=True)


def test_a_nan_stands_before_all_and_minus_infinity_after_all():
    for order in itertools.permutations([np.nan, np.inf, -np.inf, 1.0]):
        x, indices = np.array(order).reshape(1, 1, 4), np.zeros((1, 1, 4), int)
        np.testing.assert_array_equal(impl.max_unpool1d(x, indices, output_size=2), [[[np.nan, 0]]])
    x = np.full((1, 1, 2), -np.inf)
    assert impl.max_unpool1d(x, np.array([[[1, 1]]]), output_size=2).tolist() == [[[0, -np.inf]]]


@pytest.mark.parametrize("index_dtype", [np.int8, np.uint16, np.int64, np.uint64, ">i4"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64, np.uint8])
@pytest.mark.parametrize("rank", [1, 2, 3])
def test_planes_of_any_rank(rank, dtype, index_dtype):
    rng = np.random.default_rng(rank)
    indices = rng.integers(0, np.prod(SIZES[rank]), (2, 3, *(2, 3, 2)[:rank])).astype(index_dtype)
    x = rng.permutation(indices.size).reshape(indices.shape).astype(dtype)
    result = dtype if np.dtype(dtype).kind == "f" else np.int64
    got = call("max_unpool{}d", rank, x, indices, output_size=SIZES[rank])
    np.testing.assert_array_equal(got, placed(x, indices, SIZES[rank]).astype(result), strict=True)
    dy = rng.permutation(got.size).reshape(got.shape).astype(dtype)
    wanted = np.take_along_axis(dy.reshape(2, 3, -1), indices.reshape(2, 3, -1).astype(int), axis=2)
    got = call("max_unpool{}d_gradient", rank, dy, indices)
    np.testing.assert_array_equal(got, wanted.reshape(indices.shape).astype(result), strict=True)


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("options", [{"kernel_size": 2}, {"kernel_size": 3, "stride": 1, "padding": 1}])
def test_unpooling_after_pooling_leaves_the_maxima_alone(rank, options):
    x = np.random.default_rng(4).standard_normal((2, 3, *SIZES[rank]))
    y, indices = call("max_pool{}d_with_indices", rank, x, **options)
    back = call("max_unpool{}d", rank, y, indices, output_size=SIZES[rank])
    kept = np.isin(np.arange(x[0, 0].size), indices[0, 0]).reshape(SIZES[rank])
    np.testing.assert_array_equal(back[0, 0], np.where(kept, x[0, 0], 0))
    np.testing.assert_array_equal(call("max_unpool{}d_gradient", rank, back, indices), y, strict=True)
    ones = np.ones_like(y)
    touched = call("max_pool{}d_gradient", rank, ones, x, **options) > 0
    np.testing.assert_array_equal(back, np.where(touched, x, 0))


def test_without_repeated_indices_the_gradient_is_the_adjoint():
    rng = np.random.default_rng(5)
    indices = np.array([rng.permutation(35)[:12] for _ in range(6)]).reshape(2, 3, 3, 4)
    x, dy = rng.integers(-9, 10, (2, 3, 3, 4)), rng.integers(-9, 10, (2, 3, 5, 7))
    y, dx = impl.max_unpool2d(x, indices, output_size=(5, 7)), impl.max_unpool2d_gradient(dy, indices)
    assert (y * dy).sum() == (x * dx).sum()


def test_integers_are_exact_or_refused():
    indices = np.array([[[1, 0]]])
    for x in ([LOW, HIGH], [HIGH, LOW]):
        assert impl.max_unpool1d(np.array([[x]]), indices, output_size=3).tolist() == [[[*x[::-1], 0]]]
        assert impl.max_unpool1d_gradient(np.array([[[*x, 0]]]), indices).tolist() == [[x[::-1]]]
    big = np.array([[[2**63, 5]]], np.uint64)
    with pytest.raises(
        OverflowError, match=r"^max_unpool1d: the exact result must fit int64, got 9223372036854775808$"
    ):
        impl.max_unpool1d(big, indices, output_size=2)
    with pytest.raises(OverflowError, match=r"^max_unpool1d_gradient: .* got 9223372036854775808$"):
        impl.max_unpool1d_gradient(big, indices)
    assert impl.max_unpool1d_gradient(big, indices[..., :1]).tolist() == [[[5]]]


@pytest.mark.parametrize("shape", [(0, 3, 2, 2), (2, 0, 2, 2), (2, 3, 0, 2)])
def test_nothing_unpools_to_zeros(shape):
    indices = np.zeros(shape, int)
    y = impl.max_unpool2d(np.ones(shape), indices, output_size=(4, 5))
    assert y.shape == (*shape[:2], 4, 5)
    assert not y.any()
    assert impl.max_unpool2d_gradient(y, indices).shape == shape
