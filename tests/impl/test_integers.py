"""Integers are exact or refused, whatever their size."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from convoracle import impl

LOW, HIGH = -(2**63), 2**63 - 1
INT64 = st.integers(LOW, HIGH) | st.integers(-9, 9) | st.sampled_from([LOW, HIGH, 2**31, 2**32 - 1, -(2**32)])
UINT64 = st.integers(0, 2**64 - 1) | st.integers(0, 9)


def convolved(x, h):
    full = [0] * (len(x) + len(h) - 1)
    for i, a in enumerate(x):
        for j, b in enumerate(h):
            full[i + j] += a * b
    return full


@given(st.lists(INT64, min_size=1, max_size=4), st.lists(INT64, min_size=1, max_size=3))
@example([LOW], [1])
@example([LOW], [-1])
@example([2**62, 2**62], [1, 1])
@example([-(2**62), -(2**62)], [1, 1])
@example([HIGH, HIGH], [1, -1])
def test_a_sum_of_products_is_exact_or_refused(x, h):
    wanted = convolved(x, h)
    if min(wanted) >= LOW and max(wanted) <= HIGH:
        assert impl.convolve(np.array(x), np.array(h)).tolist() == wanted
    else:
        with pytest.raises(OverflowError, match=r"^convolve: the exact result must fit int64, got -?[0-9]+$"):
            impl.convolve(np.array(x), np.array(h))


@given(st.lists(UINT64, min_size=1, max_size=4), st.lists(INT64, min_size=1, max_size=3))
@example([2**64 - 1, 2**64 - 1], [1, -1])
@example([2**64 - 1], [0])
def test_unsigned_entries_beyond_int64_count_at_their_value(x, h):
    wanted = convolved(x, h)
    if min(wanted) >= LOW and max(wanted) <= HIGH:
        for dtype in ("<u8", ">u8"):
            assert impl.convolve(np.array(x, dtype), np.array(h)).tolist() == wanted
    else:
        with pytest.raises(OverflowError, match=r"^convolve: the exact result must fit int64, got -?[0-9]+$"):
            impl.convolve(np.array(x, np.uint64), np.array(h))


def test_a_bias_can_bring_a_sum_back():
    x, w = np.array([[[2**62, 2**62]]]), np.array([[[1, 1]]])
    assert impl.conv1d(x, w, np.array([-1])).tolist() == [[[HIGH]]]
    with pytest.raises(OverflowError, match=r"^conv1d: the exact result must fit int64, got 9223372036854775808$"):
        impl.conv1d(x, w, np.array([0]))
    assert impl.conv1d(x, -w, np.array([0])).tolist() == [[[LOW]]]
    with pytest.raises(OverflowError, match=r"^conv1d: the exact result must fit int64, got -9223372036854775809$"):
        impl.conv1d(-x, w[..., :1], np.array([LOW // 2 - 1]))
    assert impl.conv_transpose1d(x[..., :1], -2 * w, np.array([2**63], np.uint64)).tolist() == [[[0, 0]]]


def test_gradients_do_not_wrap():
    dy, w = np.array([[[2**62, 2**62]]]), np.array([[[1, 1]]])
    with pytest.raises(OverflowError, match=r"^conv1d_input_gradient: "):
        impl.conv1d_input_gradient(dy, w, input_size=3)
    dx = impl.conv1d_input_gradient(dy, w * [1, -1], input_size=3)
    assert dx.tolist() == [[[2**62, 0, -(2**62)]]]
    with pytest.raises(OverflowError, match=r"^conv1d_weight_gradient: "):
        impl.conv1d_weight_gradient(dy, np.array([[[1, 1]]]), kernel_size=1)
    with pytest.raises(OverflowError, match=r"^conv_transpose1d_weight_gradient: "):
        impl.conv_transpose1d_weight_gradient(np.array([[[1, 1]]]), dy, kernel_size=1)
    with pytest.raises(OverflowError, match=r"^conv_transpose1d_input_gradient: "):
        impl.conv_transpose1d_input_gradient(dy, w, input_size=1)


def test_what_the_padding_adds_back_can_overflow_too():
    options = {"input_size": 2, "padding": 2, "padding_mode": "replicate"}
    dy = np.full((1, 1, 6), 2**61)
    with pytest.raises(OverflowError, match=r"^conv1d_input_gradient: "):
        impl.conv1d_input_gradient(2 * dy, np.array([[[1]]]), **options)
    assert impl.conv1d_input_gradient(dy, np.array([[[1]]]), **options).tolist() == [[[3 * 2**61, 3 * 2**61]]]


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"])
def test_the_largest_entries_of_every_integer_dtype(dtype):
    low, high = np.iinfo(dtype).min, min(np.iinfo(dtype).max, HIGH)
    x = np.array([[[low, high, high]]], dtype)
    assert impl.conv1d(x, np.array([[[1, 0]]], dtype)).tolist() == [[[int(low), int(high)]]]


def test_an_empty_batch_with_a_bias_beyond_int64_is_empty():
    assert impl.conv1d(np.zeros((0, 1, 3), int), np.ones((1, 1, 1), int), np.array([2**64 - 1])).shape == (0, 1, 3)
