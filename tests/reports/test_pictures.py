"""Pictures: real ones, small ones, and colours that can be read in grey."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from convoracle.reports import pictures


def decoded(png):
    return Image.open(io.BytesIO(base64.b64decode(png, validate=True)))


@pytest.mark.parametrize("name", ["flower.jpg", "china.jpg"])
def test_a_photograph_is_grey_in_the_unit_interval(name):
    image = pictures.photograph(name)
    assert image.shape == (214, 320)
    assert image.dtype == np.float64
    assert 0 <= image.min() < 0.1
    assert 0.8 < image.max() <= 1
    assert len(np.unique(image)) > 100


def test_a_photograph_is_the_mean_of_the_pixels_it_replaces():
    whole, half = pictures.photograph(width=640), pictures.photograph(width=320)
    blocks = whole[:426].reshape(213, 2, 320, 2).mean(axis=(1, 3))
    assert abs(blocks[:, 1:-1] - half[:213, 1:-1]).mean() < 0.02


def test_digits_are_sixteenths():
    digits = pictures.digits(5)
    assert digits.shape == (5, 8, 8)
    assert set(np.unique(digits * 16)) <= set(range(17))


@pytest.mark.parametrize("shape", [(5, 7), (5, 7, 3), (1, 1)])
def test_a_png_shows_the_pixels_that_it_was_given(shape):
    pixels = np.random.default_rng(0).integers(0, 256, shape) / 255
    image = decoded(pictures.png_base64(pixels))
    assert (image.width, image.height) == (shape[1], shape[0])
    assert np.array_equal(np.asarray(image.convert("RGB" if len(shape) == 3 else "L")), np.rint(pixels * 255))


def test_pixels_outside_the_unit_interval_are_clipped_and_nan_is_black():
    image = decoded(pictures.png_base64(np.array([[-1.0, 2.0, np.nan, np.inf, -np.inf]])))
    assert np.asarray(image).tolist() == [[0, 255, 0, 255, 0]]


@pytest.mark.parametrize("shape", [(4,), (0, 3), (2, 2, 4), (1, 2, 3, 3)])
def test_arrays_that_are_no_picture_are_refused(shape):
    with pytest.raises(ValueError, match="png_base64: pixels must have the shape"):
        pictures.png_base64(np.zeros(shape))


def _lightness(colours):
    linear = np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)
    return 116 * np.cbrt(linear @ [0.2126, 0.7152, 0.0722]) - 16


def test_the_ramp_darkens_evenly_so_that_it_reads_in_grey():
    steps = np.diff(_lightness(pictures.ramp(np.linspace(0, 1, 11))))
    assert (steps < 0).all()
    assert steps.min() / steps.max() < 2.1


def test_the_panel_shows_edges_dark_and_names_the_largest_error():
    image = np.zeros((6, 8))
    image[:, 4:] = 1
    edges = np.stack([np.abs(np.diff(image, axis=1, prepend=0)), np.zeros_like(image)])
    ratio = np.zeros((2, 6, 8))
    ratio[1, 2, 3] = 0.25
    original, strength, error = pictures.panel(image, edges, ratio)
    assert "25 % of the bound" in error["caption"]
    assert np.asarray(decoded(strength["png"]))[:, 4].tolist() == [0] * 6
    shown = np.asarray(decoded(error["png"]).convert("L"))
    assert np.unravel_index(shown.argmin(), shown.shape) == (2, 3)
    assert (original["width"], original["height"]) == (8, 6)


def test_a_ratio_without_errors_or_with_nan_is_shown():
    assert pictures.stretched(np.zeros((2, 2))).tolist() == [[0, 0], [0, 0]]
    assert pictures.stretched(np.array([np.nan, np.inf, 2.0, 1.0])).tolist() == [1, 1, 1, 0.5]


def test_the_pictures_of_a_photograph_are_small():
    image = pictures.photograph("china.jpg")
    entries = pictures.panel(image, np.stack([image, image]), image)
    assert sum(len(entry["png"]) for entry in entries) < 200_000
