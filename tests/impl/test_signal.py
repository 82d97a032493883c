"""convolve and correlate against sums over dictionaries of indices."""

from __future__ import annotations

import itertools
from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convoracle import impl

SHAPES = st.integers(1, 3).flatmap(lambda rank: st.tuples(*[st.tuples(st.integers(1, 5), st.integers(1, 4))] * rank))


def plain_full(x, h, sign):
    """Every pair of entries lands at the sum (sign 1) or difference (sign -1) of its places."""
    total = defaultdict(int)
    for a, b in itertools.product(np.ndindex(x.shape), np.ndindex(h.shape)):
        total[tuple(i + sign * j for i, j in zip(a, b, strict=True))] += x[a] * (h[b] if sign == 1 else h[b].conj())
    first = [0 if sign == 1 else 1 - k for k in h.shape]
    full = np.empty([n + k - 1 for n, k in zip(x.shape, h.shape, strict=True)], object)
    for place in np.ndindex(full.shape):
        full[place] = total[tuple(i + f for i, f in zip(place, first, strict=True))]
    return full


def crop(full, n, k, mode):
    """The part of "full" that a mode keeps."""
    starts = {"full": [0] * len(n), "same": [(j - 1) // 2 for j in k], "valid": [j - 1 for j in k]}[mode]
    sizes = {"full": full.shape, "same": n, "valid": [i - j + 1 for i, j in zip(n, k, strict=True)]}[mode]
    return full[tuple(slice(a, a + size) for a, size in zip(starts, sizes, strict=True))]


@pytest.mark.parametrize("mode", ["full", "same", "valid"])
@pytest.mark.parametrize(("operator", "sign"), [(impl.convolve, 1), (impl.correlate, -1)])
@given(pairs=SHAPES, seed=st.integers(0, 2**32 - 1), kind=st.sampled_from(["integer", "float", "complex"]))
def test_every_mode_is_a_crop_of_the_sum_over_all_pairs(operator, sign, mode, pairs, seed, kind):
    if mode == "valid":
        pairs = [(max(pair), min(pair)) for pair in pairs]
    n, k = zip(*pairs, strict=True)
    rng = np.random.default_rng(seed)
    x, h = rng.integers(-9, 10, n), rng.integers(-9, 10, k)
    if kind == "complex":
        x, h = x + 1j * rng.integers(-9, 10, n), h + 1j * rng.integers(-9, 10, k)
    dtype = {"integer": np.int64, "float": np.float32, "complex": np.complex64}[kind]
    got = operator(x.astype(dtype), h.astype(dtype), mode=mode)
    np.testing.assert_array_equal(got, crop(plain_full(x, h, sign), n, k, mode).astype(dtype), strict=True)


@given(pairs=SHAPES, seed=st.integers(0, 2**32 - 1))
def test_full_convolution_commutes(pairs, seed):
    n, k = zip(*pairs, strict=True)
    rng = np.random.default_rng(seed)
    x, h = rng.integers(-9, 10, n), rng.integers(-9, 10, k)
    np.testing.assert_array_equal(impl.convolve(x, h), impl.convolve(h, x))


def test_modes_by_hand():
    x, h = np.array([1, 2, 3]), np.array([1, 10, 100, 1000])
    assert impl.convolve(x, h).tolist() == [1, 12, 123, 1230, 2300, 3000]
    assert impl.convolve(x, h, mode="same").tolist() == [12, 123, 1230]
    assert impl.correlate(x, h[:2]).tolist() == [21, 32]
    assert impl.correlate(x, h[:2], mode="full").tolist() == [10, 21, 32, 3]
    assert impl.correlate(np.array([1j, 2]), np.array([1j])).tolist() == [1, -2j]


def test_mixed_operands_have_the_common_dtype():
    x = np.ones(3, np.float32)
    for other, wanted in (
        (np.int8, np.float32),
        (np.int32, np.float64),
        (np.float64, np.float64),
        (np.complex64, np.complex64),
    ):
        assert impl.convolve(x, np.ones(2, other)).dtype == wanted
        assert impl.convolve(np.ones(2, other), x).dtype == wanted
    assert impl.convolve(np.ones(3, np.uint8), np.ones(2, np.int16)).dtype == np.int64
    swapped = np.arange(3.0).astype(np.dtype(np.float64).newbyteorder())
    y = impl.convolve(swapped, swapped)
    assert y.dtype.isnative
    assert y.tolist() == [0, 0, 1, 4, 4]


def test_a_long_signal_and_a_long_filter():
    rng = np.random.default_rng(5)
    x, h = rng.integers(-9, 10, 5000), rng.integers(-9, 10, 1700)
    np.testing.assert_array_equal(impl.convolve(x, h), np.convolve(x, h))
    np.testing.assert_array_equal(impl.convolve(h, x, mode="same"), np.convolve(h, x)[2499:4199])
