"""conv1d, conv2d, conv3d against their index relation, summed in plain Python."""

from __future__ import annotations

import itertools
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convoracle import impl

LAYERS = {1: impl.conv1d, 2: impl.conv2d, 3: impl.conv3d}


def operands(plain, case):
    rng = np.random.default_rng(case.seed)
    x = plain.integers(rng, case.batch, case.groups * case.ins_per_group, *case.sizes)
    w = plain.integers(rng, case.groups * case.outs_per_group, case.ins_per_group, *case.taps)
    return x, w, plain.integers(rng, len(w))


@pytest.mark.parametrize("mode", ["zeros", "reflect", "replicate", "circular"])
def test_every_small_signal_is_as_the_plain_loop_says(plain, mode):
    grid = itertools.product(range(6), (1, 2, 3), (1, 2, 3), (1, 2), (0, 1, 2), (0, 1, 3))
    legal = 0
    for n, k, s, d, p0, p1 in grid:
        most = {"zeros": 9, "reflect": n - 1, "replicate": 9 * n, "circular": n}[mode]
        case = SimpleNamespace(
            sizes=(n,), taps=(k,), stride=(s,), dilation=(d,), pads=((p0, p1),), mode=mode, groups=1,
            ins_per_group=1, outs_per_group=1,
        )  # fmt: skip
        x, w = np.arange(2, n + 2).reshape(1, 1, n), np.array([[[1, -7, 30][:k]]])
        options = plain.options(case) | {"padding_mode": mode}
        if max(p0, p1) > most or n + p0 + p1 < d * (k - 1) + 1:
            with pytest.raises(ValueError, match=r"^conv1d: "):
                impl.conv1d(x, w, **options)
            continue
        np.testing.assert_array_equal(impl.conv1d(x, w, **options), plain.layer(case, x, w), strict=False)
        legal += 1
    assert legal > 300


@given(st.data())
def test_layers_of_any_rank_are_as_the_plain_loop_says(plain, layers, data):
    case = data.draw(layers())
    x, w, b = operands(plain, case)
    got = LAYERS[case.rank](x, w, b, **plain.options(case), padding_mode=case.mode)
    wanted = plain.layer(case, x, w, b)
    assert got.shape == wanted.shape
    assert got.dtype == np.int64
    np.testing.assert_array_equal(got, wanted)


@given(st.data(), st.sampled_from(["float32", "float64", "complex64", "complex128"]))
def test_small_integers_are_exact_in_every_float_dtype(plain, layers, data, dtype):
    case = data.draw(layers())
    x, w, b = operands(plain, case)
    if dtype.startswith("complex"):
        x, w = x + 1j * x[:, ::-1], w - 2j * w[:, ::-1]
    call = [a.astype(dtype) for a in (x, w, b)]
    got = LAYERS[case.rank](*call, **plain.options(case), padding_mode=case.mode)
    assert got.dtype == dtype
    np.testing.assert_array_equal(got, plain.layer(case, x, w, b).astype(complex))


@given(st.data(), st.integers(0, 9), st.integers(1, 4), st.integers(1, 3), st.integers(1, 3))
def test_same_padding_gives_the_size_divided_by_the_stride(plain, data, n, k, s, d):
    n = max(n, 1)
    x, w = np.arange(1, n + 1).reshape(1, 1, n), np.arange(1, k + 1).reshape(1, 1, k)
    got = impl.conv1d(x, w, padding="same", stride=s, dilation=d)
    assert got.shape[2] == -(-n // s)
    total = max(0, (got.shape[2] - 1) * s + d * (k - 1) + 1 - n)
    spelled = impl.conv1d(x, w, padding=((total // 2, total - total // 2),), stride=s, dilation=d)
    np.testing.assert_array_equal(got, spelled)


def test_the_surplus_of_same_padding_is_at_the_end():
    assert impl.conv1d(np.array([[[1, 2, 3]]]), np.array([[[1, 10]]]), padding="same").tolist() == [[[21, 32, 3]]]


def test_padding_may_be_one_number_one_per_axis_pairs_or_valid():
    x, w = np.arange(30).reshape(1, 1, 5, 6), np.ones((1, 1, 3, 2), int)
    assert impl.conv2d(x, w, padding=1).shape == (1, 1, 5, 7)
    assert impl.conv2d(x, w, padding=(2, 0)).shape == (1, 1, 7, 5)
    assert impl.conv2d(x, w, padding=((0, 1), (3, 0))).shape == (1, 1, 4, 8)
    assert impl.conv2d(x, w, padding=[np.int8(2), 0]).shape == (1, 1, 7, 5)
    np.testing.assert_array_equal(impl.conv2d(x, w, padding="valid"), impl.conv2d(x, w))


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex64, np.int64])
@pytest.mark.parametrize("width", [1023, 1024, 1025, 2100])
def test_rows_longer_than_a_tile_have_no_seam(width, dtype):
    x = (np.arange(width) % 17).astype(dtype)
    for stride, padding, dilation in itertools.product((1, 3), (0, 2), (1, 5)):
        w = np.array([3, 5, 7]).astype(dtype)
        got = impl.conv1d(x[None, None], w[None, None], stride=stride, padding=padding, dilation=dilation)[0, 0]
        padded = np.pad(x, padding)
        count = (len(padded) - 2 * dilation - 1) // stride + 1
        wanted = sum(w[u] * padded[dilation * u :][: stride * (count - 1) + 1 : stride] for u in range(3))
        np.testing.assert_array_equal(got, wanted, strict=True)


def test_a_signal_may_be_nothing_but_padding():
    y = impl.conv1d(np.zeros((2, 3, 0)), np.full((4, 3, 2), np.inf), np.arange(4.0), padding=1)
    np.testing.assert_array_equal(y, np.arange(4.0).reshape(1, 4, 1).repeat(2, axis=0))


def test_padded_zeros_meet_no_infinite_weight():
    y = impl.conv1d(np.ones((1, 1, 3)), np.array([[[np.inf, 1, 1]]]), padding=1)
    assert y.tolist() == [[[2, np.inf, np.inf]]]


def test_nan_and_infinity_reach_exactly_the_windows_that_hold_them():
    x = np.ones((1, 1, 6, 7))
    for place in np.ndindex(6, 7):
        x[0, 0][place] = np.nan
        y = impl.conv2d(x, np.ones((1, 1, 3, 2)))[0, 0]
        holds = np.array([[0 <= place[0] - a < 3 and 0 <= place[1] - b < 2 for b in range(6)] for a in range(4)])
        np.testing.assert_array_equal(np.isnan(y), holds)
        x[0, 0][place] = 1
    y = impl.conv1d(np.array([[[np.inf, 1.0, -np.inf]]]), np.array([[[0.0, 1.0]]]))
    np.testing.assert_array_equal(y, [[[np.nan, -np.inf]]])


def test_a_stride_beyond_every_integer_of_the_machine_reaches_one_window():
    x = np.arange(5).reshape(1, 1, 5)
    assert impl.conv1d(x, np.ones((1, 1, 2), int), stride=10**30).tolist() == [[[1]]]
    assert impl.conv1d(x, np.ones((1, 1, 1), int), dilation=10**30).tolist() == x.tolist()
