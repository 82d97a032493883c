"""Real images: who filters them, who declines, and what becomes of those that answer with no image."""

from dataclasses import replace

import numpy as np
import pytest

from convoracle import impl
from convoracle.properties.subject import Judged, in_process
from convoracle.reports import real
from convoracle.reports.real import PHOTOGRAPH, DeclinedError, NoImageError, judge_image, real_images
from convoracle.spec.catalog import operator

LAYER = Judged(name="mine", record=operator("conv2d"), call=in_process(impl.conv2d))


def filtered(judged):
    return real._as_layer(judged, np.arange(60, dtype=np.float32).reshape(1, 6, 10))


def raising(*arrays, **options):
    raise MemoryError


def test_a_layer_filters_images_of_their_own_size():
    values, ratio, right = filtered(LAYER)
    assert values.shape == ratio.shape == (1, 2, 6, 10)
    assert right


def test_a_subject_that_declines_the_call_is_left_out():
    with pytest.raises(DeclinedError):
        filtered(replace(LAYER, limits=lambda shapes, dtypes, options: "no padding" if options["padding"] else None))


@pytest.mark.parametrize("wrong", [raising, lambda x, w, **options: x[:, :, 1:], lambda x, w, **options: None])
def test_a_subject_that_answers_with_no_image_is_no_crash_of_ours(wrong):
    with pytest.raises(NoImageError):
        filtered(replace(LAYER, call=in_process(wrong)))


@pytest.mark.parametrize(
    ("error", "entry"),
    [(DeclinedError, None), (NoImageError, {"operator": "convolve", "status": "FAIL", "worst_ratio": np.inf})],
)
def test_what_is_said_of_these(monkeypatch, error, entry):
    def failing(judged, images):
        raise error

    monkeypatch.setattr(real, "_as_signals", failing)
    common = {"title": PHOTOGRAPH, "subject": "scipy.ndimage", "pictures": []}
    assert judge_image(PHOTOGRAPH, "scipy.ndimage") == (entry and {**common, **entry})


def test_every_subject_with_a_convolution_is_asked_once_per_kind_of_image():
    asked = real_images(["numpy", "scipy.fft", "convoracle"], ["convolve", "conv2d", "relu"])
    assert sorted(name for _, name in asked) == ["convoracle", "convoracle", "numpy", "numpy"]
    assert real_images(["numpy"], ["conv2d"]) == []
