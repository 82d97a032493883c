"""Gradients and transposed layers: as the plain loop says, and adjoint to the layer, exactly on integers."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convoracle import impl


def function(name, rank):
    return getattr(impl, name.format(rank))


def inner(a, b):
    assert a.shape == b.shape
    return int((a.astype(object) * b).sum())


def operands(plain, case):
    rng = np.random.default_rng(case.seed)
    counts = plain.relation(case)[1]
    x = plain.integers(rng, case.batch, case.groups * case.ins_per_group, *case.sizes)
    w = plain.integers(rng, case.groups * case.outs_per_group, case.ins_per_group, *case.taps)
    return x, w, plain.integers(rng, case.batch, len(w), *counts)


@given(st.data())
def test_gradients_are_as_the_plain_loop_says(plain, layers, data):
    case = data.draw(layers())
    x, w, dy = operands(plain, case)
    options = plain.options(case) | {"padding_mode": case.mode}
    dx = function("conv{}d_input_gradient", case.rank)(dy, w, input_size=case.sizes, **options)
    dw = function("conv{}d_weight_gradient", case.rank)(dy, x, kernel_size=case.taps, **options)
    np.testing.assert_array_equal(dx, plain.input_gradient(case, dy, w))
    np.testing.assert_array_equal(dw, plain.weight_gradient(case, dy, x))
    assert dx.shape == x.shape
    assert dw.shape == w.shape
    y = function("conv{}d", case.rank)(x, w, **options)
    assert inner(y, dy) == inner(x, dx) == inner(w, dw)


@given(st.data())
def test_gradients_in_floats_are_exact_on_small_integers(plain, layers, data):
    case = data.draw(layers())
    x, w, dy = operands(plain, case)
    options = plain.options(case) | {"padding_mode": case.mode}
    dx = function("conv{}d_input_gradient", case.rank)
    dw = function("conv{}d_weight_gradient", case.rank)
    for dtype in (np.float32, np.float64):
        got = dx(dy.astype(dtype), w.astype(dtype), input_size=case.sizes, **options)
        np.testing.assert_array_equal(got, plain.input_gradient(case, dy, w).astype(dtype), strict=True)
        got = dw(dy.astype(dtype), x.astype(dtype), kernel_size=case.taps, **options)
        np.testing.assert_array_equal(got, plain.weight_gradient(case, dy, x).astype(dtype), strict=True)


@given(st.data())
def test_a_transposed_layer_is_the_adjoint_of_the_layer(plain, layers, data):
    case = data.draw(layers(modes=("zeros",)).filter(lambda case: min(case.sizes) > 0))
    v, w, x = operands(plain, case)
    options = plain.options(case)
    out = [
        (t - 1) * s - p0 - p1 + d * (k - 1) + 1
        for t, s, d, k, (p0, p1) in zip(x.shape[2:], case.stride, case.dilation, case.taps, case.pads, strict=True)
    ]
    options["output_padding"] = tuple(n - m for n, m in zip(case.sizes, out, strict=True))
    b = plain.integers(np.random.default_rng(0), v.shape[1])
    y = function("conv_transpose{}d", case.rank)(x, w, b, **options)
    bias = b.reshape(-1, *[1] * case.rank)
    np.testing.assert_array_equal(y - bias, plain.input_gradient(case, x, w))
    dx = function("conv_transpose{}d_input_gradient", case.rank)(v, w, input_size=x.shape[2:], **options)
    dw = function("conv_transpose{}d_weight_gradient", case.rank)(v, x, kernel_size=case.taps, **options)
    np.testing.assert_array_equal(dx, plain.layer(case, v, w))
    np.testing.assert_array_equal(dw, plain.weight_gradient(case, x, v))
    assert inner(y - bias, v) == inner(x, dx) == inner(w, dw)


@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("width", [1, 511, 1024, 1025, 2100])
def test_gradients_of_rows_longer_than_a_tile_have_no_seam(stride, width):
    w = np.array([[[3, 5, 7]]])
    for padding, dilation in ((0, 1), (2, 4)):
        n = stride * (width - 1) + 2 * dilation + 1
        if n <= 2 * padding:
            continue
        n -= 2 * padding
        x, dy = np.arange(n).reshape(1, 1, n) % 19 - 9, np.arange(width).reshape(1, 1, width) % 13 - 5
        options = {"stride": stride, "padding": padding, "dilation": dilation}
        y = impl.conv1d(x, w, **options)
        dx = impl.conv1d_input_gradient(dy, w, input_size=n, **options)
        dw = impl.conv1d_weight_gradient(dy, x, kernel_size=3, **options)
        assert inner(y, dy) == inner(x, dx) == inner(w, dw)
        wanted = np.zeros(stride * (width - 1) + 2 * dilation + 1, int)
        for t, u in np.ndindex(width, 3):
            wanted[stride * t + dilation * u] += w[0, 0, u] * dy[0, 0, t]
        np.testing.assert_array_equal(dx[0, 0], wanted[padding : padding + n])


def test_a_weight_gradient_wider_than_a_tile_has_no_seam():
    x, dy = np.arange(2500).reshape(1, 1, -1) % 11, np.array([[[2, -3]]])
    dw = impl.conv1d_weight_gradient(dy, x, kernel_size=2499)[0, 0]
    np.testing.assert_array_equal(dw, 2 * x[0, 0, :-1] - 3 * x[0, 0, 1:])


@pytest.mark.parametrize("mode", ["reflect", "replicate", "circular"])
def test_what_falls_into_the_padding_is_added_where_it_stands(mode):
    dx = impl.conv1d_input_gradient(
        np.array([[[1, 10, 100, 1000, 10000]]]), np.array([[[1]]]), input_size=3, padding=1, padding_mode=mode
    )
    wanted = {"reflect": [10, 10101, 1000], "replicate": [11, 100, 11000], "circular": [10010, 100, 1001]}
    assert dx[0, 0].tolist() == wanted[mode]


def test_an_empty_batch_has_gradient_zero():
    dw = impl.conv2d_weight_gradient(np.zeros((0, 4, 3, 3)), np.zeros((0, 6, 5, 5)), kernel_size=3, groups=2)
    assert dw.shape == (4, 3, 3, 3)
    assert not dw.any()


def test_a_stride_beyond_every_integer_of_the_machine_spreads_one_window():
    y = impl.conv_transpose1d(np.array([[[2]]]), np.array([[[1, 3]]]), stride=10**30, output_padding=2)
    assert y.tolist() == [[[2, 6, 0, 0]]]


def test_padded_places_meet_no_infinite_weight_in_the_gradient():
    dx = impl.conv1d_input_gradient(np.array([[[1.0, 2.0]]]), np.array([[[np.inf, 1.0]]]), input_size=1, padding=1)
    assert dx.tolist() == [[[np.inf]]]
    dx = impl.conv1d_input_gradient(np.array([[[1.0]]]), np.array([[[np.inf, 1.0]]]), input_size=1, padding=((1, 0),))
    assert dx.tolist() == [[[1.0]]]
    assert math.isinf(impl.conv_transpose1d(np.ones((1, 1, 1)), np.array([[[1.0, np.inf]]]))[0, 0, 1])
