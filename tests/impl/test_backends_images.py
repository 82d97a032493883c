"""OpenCV and scikit-image as subjects: values by hand, and what they decline."""

import numpy as np
import pytest

from convoracle.impl.backends import load


def limit(implementation, shapes, dtype="float32", **options):
    return implementation.limits(shapes, dict.fromkeys(shapes, dtype), options)


@pytest.fixture
def opencv():
    pytest.importorskip("cv2")
    return {name: each.function for name, each in load("opencv").operators.items()}


@pytest.fixture
def blocks():
    pytest.importorskip("skimage")
    return {name: each.function for name, each in load("scikit-image").operators.items()}


IMAGE = np.arange(1, 13, dtype=np.float64).reshape(1, 1, 3, 4)


def test_filters_are_correlated_at_every_stride_dilation_and_border(opencv):
    w = np.array([[[[1.0, 10.0]]]])
    assert opencv["conv2d"](IMAGE, w)[0, 0, 0].tolist() == [21, 32, 43]
    assert opencv["conv2d"](IMAGE, w, dilation=(1, 2), stride=(2, 1))[0, 0].tolist() == [[31, 42], [119, 130]]
    for mode, first in (("zeros", 10), ("reflect", 12), ("replicate", 11), ("circular", 14)):
        padded = opencv["conv2d"](IMAGE, w, padding=((0, 0), (1, 0)), padding_mode=mode)
        assert padded[0, 0, 0].tolist() == [first, 21, 32, 43]


def test_groups_and_biases_of_filters_are_those_of_their_channels(opencv):
    x, w = np.array([1.0, 2, 3, 4]).reshape(1, 4, 1, 1), np.array([1.0, 10, 100, 1000]).reshape(2, 2, 1, 1)
    assert opencv["conv2d"](x, w, np.array([0.5, -0.5]), groups=2).ravel().tolist() == [21.5, 4299.5]


def test_signals_and_images_keep_their_size_under_filters(opencv):
    x, h = np.array([1.0, 2, 3]), np.array([1.0, 10.0, 100.0])
    assert opencv["correlate"](x, h, mode="same").tolist() == [210, 321, 32]
    assert opencv["convolve"](x, h, mode="same").tolist() == [12, 123, 230]


def test_windows_give_their_maximum_and_their_average(opencv):
    assert opencv["max_pool2d"](-IMAGE, kernel_size=2, padding=1)[0, 0].tolist() == [[-1, -2, -4], [-5, -6, -8]]
    assert opencv["avg_pool2d"](IMAGE, kernel_size=(3, 2))[0, 0].tolist() == [[5.5, 7.5]]


def test_points_matrices_and_transforms_are_those_of_the_definition(opencv):
    assert opencv["relu"](np.array([-1.0, 0, 2])).tolist() == [0, 0, 2]
    assert opencv["modulus"](np.array([3 + 4j, -1])).tolist() == [5, 1]
    assert opencv["linear"](np.array([[1.0, 2]]), np.array([[3.0, 4], [5, 6]]), np.array([1.0, -1])).tolist() == [
        [12, 16]
    ]
    assert opencv["dft"](np.array([1.0, 2, 3, 4])).tolist() == [10, -2 + 2j, -2, -2 - 2j]
    assert opencv["idft2d"](opencv["dft2d"](IMAGE)).real.round(12).tolist() == IMAGE.tolist()


def test_a_third_axis_is_no_channel_of_a_matrix(opencv):
    with pytest.raises(ValueError, match="gemm: matrices"):
        opencv["linear"](np.ones((1, 1, 1)), np.ones((1, 1)))
    with pytest.raises(ValueError, match="gemm: one bias"):
        opencv["linear"](np.ones((1, 1)), np.ones((1, 1)), np.ones((1, 1)))


@pytest.mark.parametrize(
    ("name", "shapes", "options", "sentence"),
    [
        ("convolve", {"x": (4,), "h": (2,)}, {"mode": "full"}, "mode 'same' only"),
        ("convolve", {"x": (4, 4, 4), "h": (2, 2, 2)}, {"mode": "same"}, "1 or 2 axes"),
        ("conv2d", {"x": (1, 1, 9, 9), "w": (1, 1, 8, 8)}, {}, "50 taps and more are transformed"),
        ("conv2d", {"x": (1, 1, 9, 9), "w": (1, 1, 3, 3)}, {"dilation": 4}, "50 taps and more are transformed"),
        ("conv2d", {"x": (1, 1, 9, 9), "w": (1, 1, 3, 3)}, {"padding": "same"}, "given in numbers"),
        ("conv2d", {"x": (0, 1, 9, 9), "w": (1, 1, 3, 3)}, {}, "no operand is empty"),
        ("max_pool2d", {"x": (1, 1, 9, 9)}, {"kernel_size": 2, "ceil_mode": True}, "do not overhang"),
        ("avg_pool2d", {"x": (1, 1, 9, 9)}, {"kernel_size": 2, "count_include_pad": False}, "size of the window"),
        ("modulus", {"x": (4,)}, {}, "complex64 or complex128"),
    ],
)
def test_limits_of_opencv_are_said_in_a_sentence(name, shapes, options, sentence):
    pytest.importorskip("cv2")
    assert sentence in limit(load("opencv").operators[name], shapes, **options)


def test_what_opencv_does_is_not_declined():
    pytest.importorskip("cv2")
    operators = load("opencv").operators
    assert limit(operators["conv2d"], {"x": (1, 1, 9, 9), "w": (1, 1, 3, 3)}, padding=1, dilation=2) is None
    assert limit(operators["correlate"], {"x": (9,), "h": (3,)}, mode="same") is None


def test_blocks_give_their_maximum_and_their_average(blocks):
    assert blocks["max_pool2d"](-IMAGE, kernel_size=(2, 3), ceil_mode=True)[0, 0].tolist() == [[-1, -4], [-9, -12]]
    assert blocks["max_pool1d"](np.array([[[-3, -1, -2]]]), kernel_size=3).tolist() == [[[-1]]]
    assert blocks["avg_pool2d"](IMAGE, kernel_size=(3, 2))[0, 0].tolist() == [[5.5, 7.5]]
    assert blocks["avg_pool3d"](IMAGE[None], kernel_size=(1, 3, 4)).tolist() == [[[[[6.5]]]]]


@pytest.mark.parametrize(
    ("name", "options", "sentence"),
    [
        ("max_pool1d", {"kernel_size": 2, "stride": 1}, "side by side"),
        ("max_pool1d", {"kernel_size": 2, "padding": 1}, "neither padded nor dilated"),
        ("max_pool1d", {"kernel_size": 2, "dilation": 2}, "neither padded nor dilated"),
        ("max_pool1d", {"kernel_size": 2}, "the blocks fill the input"),
        ("avg_pool1d", {"kernel_size": 2, "ceil_mode": True}, "blocks are whole"),
        ("avg_pool1d", {"kernel_size": 5, "divisor_override": 2}, "blocks are whole"),
    ],
)
def test_limits_of_blocks_are_said_in_a_sentence_and_what_they_name_is_refused(blocks, name, options, sentence):
    implementation = load("scikit-image").operators[name]
    assert sentence in limit(implementation, {"x": (1, 1, 5)}, **options)
    assert limit(implementation, {"x": (1, 1, 6)}, kernel_size=2) is None
    if name == "max_pool1d":
        with pytest.raises(ValueError, match="block_reduce"):
            blocks[name](np.ones((1, 1, 5)), **options)
