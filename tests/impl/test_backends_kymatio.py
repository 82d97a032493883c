"""Kymatio as a subject: what its cascades make of our filters, and its solid harmonics."""

import numpy as np
import pytest

from convoracle import impl
from convoracle.impl.backends import load
from convoracle.impl.scattering_plan import fold

kymatio = pytest.importorskip("kymatio")
kymatio_scattering = pytest.importorskip("convoracle.impl.backends.kymatio_scattering")
OPERATORS = {name: each.function for name, each in load("kymatio").operators.items()}
RANDOM = np.random.default_rng(0)
of_030 = pytest.mark.skipif(kymatio.__version__ != "0.3.0", reason="faults of Kymatio 0.3.0")


def limit(name, shapes, dtype="float64", **options):
    return load("kymatio").operators[name].limits({"x": shapes}, {"x": dtype}, options)


@pytest.mark.parametrize("boundary", ["periodic", "zero", "symmetric", "reflect"])
@pytest.mark.parametrize("options", [{"J": 3, "Q": (2, 1)}, {"J": 2, "T": 5, "max_order": 1}])
def test_cascades_at_full_rate_are_those_of_the_record(boundary, options):
    x = RANDOM.standard_normal((2, 13))
    options = {**options, "boundary": boundary, "oversampling": 3}
    np.testing.assert_allclose(OPERATORS["scattering1d"](x, **options), impl.scattering1d(x, **options), atol=1e-14)


@pytest.mark.parametrize("boundary", ["periodic", "zero", "symmetric"])
def test_images_of_one_octave_are_scattered_like_ours(boundary):
    x, options = RANDOM.standard_normal((2, 6, 10)), {"J": 1, "L": 3, "boundary": boundary}
    np.testing.assert_allclose(OPERATORS["scattering2d"](x, **options), impl.scattering2d(x, **options), atol=1e-14)


def test_a_constant_stays_and_has_no_moduli():
    for name, shape in (("scattering1d", (1, 8)), ("scattering2d", (1, 8, 8))):
        coefficients = OPERATORS[name](np.full(shape, 3.0), J=2)
        np.testing.assert_allclose(coefficients[:, 0], 3)
        np.testing.assert_allclose(coefficients[:, 1:], 0, atol=1e-14)


def test_integrals_of_a_volume_and_of_its_gaussian_averages_are_those_of_the_record():
    x = RANDOM.random((2, 4, 6, 2)).astype(np.float32)
    found = OPERATORS["scattering3d"](x, J=2, L=0)
    np.testing.assert_allclose(found, impl.scattering3d(x, J=2, L=0), rtol=1e-5)
    np.testing.assert_allclose(found[:, 0, 1], x.sum(axis=(1, 2, 3)), rtol=1e-5)


@of_030
def test_filters_on_coarse_grids_are_means_over_aliases():
    x, options = RANDOM.standard_normal((2, 64)), {"J": 4, "Q": (1, 1), "max_order": 1}
    ratio = OPERATORS["scattering1d"](x, **options) / impl.scattering1d(x, **options)
    np.testing.assert_allclose(ratio, np.broadcast_to(np.array([1, 1, 1 / 2, 1 / 4, 1 / 8])[:, None], (2, 5, 4)))


@of_030
def test_filters_of_images_on_coarse_grids_are_without_the_frequencies_that_fold(monkeypatch):
    def differences(n):  # another size is another plan, whose filters are not kept yet
        x = RANDOM.standard_normal((2, n, n))
        each = (scattered(x, J=2, L=1, max_order=1) for scattered in (OPERATORS["scattering2d"], impl.scattering2d))
        return np.abs(np.subtract(*each)).max(axis=(0, 2, 3))

    *same, cut = differences(4)
    assert same == pytest.approx([0, 0], abs=1e-14)
    assert cut > 1e-4
    monkeypatch.setattr(kymatio_scattering, "periodize_filter_fft", lambda y, level: fold(y, (2**level, 2**level)))
    assert differences(8) == pytest.approx([0, 0, 0], abs=1e-14)


@of_030
def test_frequencies_of_odd_axes_are_not_those_of_the_grid():
    x = np.ones((1, 1, 3, 4), np.float32)
    assert impl.scattering3d(x, J=1, L=0, powers=(1,)).ravel() == pytest.approx([12, 12])
    assert OPERATORS["scattering3d"](x, J=1, L=0, powers=(1,))[0, 1] < 1


@pytest.mark.parametrize(
    ("name", "shape", "options", "sentence"),
    [
        ("scattering1d", (1, 16), {"J": 2, "max_order": 0}, "one wavelet at least"),
        ("scattering1d", (1, 16), {"J": 2, "paths": "all"}, "higher frequency only"),
        ("scattering1d", (1, 18), {"J": 2}, "a multiple of the distance of samples"),
        ("scattering1d", (1, 16), {"J": 2, "boundary": "reflect"}, "a multiple of the distance of samples"),
        ("scattering1d", (0, 16), {"J": 2}, "no operand is empty"),
        ("scattering2d", (1, 8, 8), {"J": 2, "oversampling": 1}, "neither oversampled nor"),
        ("scattering2d", (1, 8, 8), {"J": 2, "two_sided": True}, "neither oversampled nor"),
        ("scattering3d", (1, 4, 4, 4), {"J": 2}, "all be float32"),
    ],
)
def test_limits_are_said_in_a_sentence_and_what_they_name_is_refused(name, shape, options, sentence):
    assert sentence in limit(name, shape, **options)
    with pytest.raises(ValueError, match="kymatio"):
        OPERATORS[name](np.ones(shape), **options)


def test_what_is_supported_is_not_declined():
    assert limit("scattering1d", (1, 18), J=3, boundary="symmetric", oversampling=1) is None
    assert limit("scattering2d", (1, 8, 8), J=2, max_order=1) is None
    assert limit("scattering3d", (1, 4, 4, 4), "float32", J=2) is None
