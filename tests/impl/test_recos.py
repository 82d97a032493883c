"""RECOS with the kernels: the unit on patches, negated filters on reversed images, doubled anchors. All exact."""

from itertools import product

import numpy as np
import pytest

from convoracle.impl import avg_pool2d, conv2d, relu


def integers(seed, *shape):
    return np.random.default_rng(seed).integers(-9, 10, shape)


def patches(x, taps, stride):
    """Every patch of images (N, C, H, W) as a row of C k k entries, one row for each output."""
    windows = np.lib.stride_tricks.sliding_window_view(x, (taps, taps), axis=(2, 3))[:, :, ::stride, ::stride]
    return windows.transpose(0, 2, 3, 1, 4, 5).reshape(*windows.shape[:1], *windows.shape[2:4], -1)


@pytest.mark.parametrize(("channels", "anchors", "taps", "stride"), list(product((1, 2, 3), (1, 4), (1, 2, 3), (1, 2))))
def test_conv2d_and_relu_are_a_recos_unit_on_every_patch(channels, anchors, taps, stride):
    x, w = integers(0, 2, channels, 5, 6), integers(1, anchors, channels, taps, taps)
    units = np.maximum(0, patches(x, taps, stride) @ w.reshape(anchors, -1).T)
    assert np.array_equal(relu(conv2d(x, w, stride=stride)), units.transpose(0, 3, 1, 2))


@pytest.mark.parametrize("mode", ["reflect", "replicate", "circular"])
def test_reversed_grey_levels_shift_negated_responses_by_a_constant(mode):
    x, w, c = integers(2, 2, 1, 5, 6), integers(3, 3, 1, 3, 3), 255
    reverse = conv2d(c - x, -w, padding=1, padding_mode=mode)
    assert np.array_equal(
        reverse, conv2d(x, w, padding=1, padding_mode=mode) - c * w.sum(axis=(1, 2, 3))[:, None, None]
    )


def test_zero_padding_shifts_negated_responses_by_the_response_to_a_constant():
    x, w, c = integers(4, 2, 1, 5, 6), integers(5, 3, 1, 3, 3), 255
    difference = conv2d(x, w, padding=1) - conv2d(c - x, -w, padding=1)
    assert np.array_equal(difference, np.broadcast_to(c * conv2d(np.ones_like(x), w, padding=1), difference.shape))
    assert len(np.unique(difference[0, 0])) > 1


def test_the_corrected_bias_undoes_a_reversal():
    x, w, b, c = integers(6, 2, 1, 5, 6), integers(7, 3, 1, 3, 3), integers(8, 3), 255
    assert np.array_equal(conv2d(c - x, -w, b + c * w.sum(axis=(1, 2, 3))), conv2d(x, w, b))


@pytest.mark.parametrize("padding", [0, 1])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_centred_grey_levels_give_equal_bits(dtype, padding):
    rng = np.random.default_rng(9)
    levels = rng.integers(0, 256, (2, 1, 7, 8)).astype(dtype) - dtype(127.5)
    w, b = rng.standard_normal((4, 1, 3, 3)).astype(dtype), rng.standard_normal(4).astype(dtype)
    reverse = conv2d(-levels, -w, b, padding=padding)
    assert reverse.tobytes() == conv2d(levels, w, b, padding=padding).tobytes()


def test_doubled_anchors_lose_nothing_and_can_ignore_the_sign():
    x, w = integers(10, 2, 1, 5, 6), integers(11, 3, 1, 3, 3)
    doubled = relu(conv2d(x, np.concatenate([w, -w])))
    assert np.array_equal(doubled[:, :3] - doubled[:, 3:], conv2d(x, w))
    second = integers(12, 2, 3, 1, 1)
    duplicated = np.concatenate([second, second], axis=1)
    negated = relu(conv2d(-x, np.concatenate([w, -w])))
    assert np.array_equal(conv2d(doubled, duplicated), conv2d(negated, duplicated))


def test_many_units_into_one_are_one_filter_on_pixels():
    x, a, b, step = integers(13, 1, 1, 13, 13), integers(14, 6, 1, 5, 5), integers(15, 2, 6, 5, 5), 2
    sampled = conv2d(x, a)[:, :, ::step, ::step]
    compound = np.zeros((2, 1, 13, 13), int)
    for i, j in product(range(5), repeat=2):
        compound[:, 0, step * i : step * i + 5, step * j : step * j + 5] += np.tensordot(b[:, :, i, j], a[:, 0], 1)
    assert np.array_equal(conv2d(sampled, b), conv2d(x, compound))


def test_subsampling_is_pooling_with_windows_of_one():
    x = integers(16, 2, 3, 6, 7).astype(float)
    assert np.array_equal(avg_pool2d(x, kernel_size=1, stride=2), x[:, :, ::2, ::2])
