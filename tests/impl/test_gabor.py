"""Gabor functions: values, turns, parity, quadrature, mean, calls and refusals."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from flint import arb
from hypothesis import given
from hypothesis import strategies as st

from convoracle.impl import gabor
from convoracle.properties.check import check
from convoracle.spec.configuration import bind
from convoracle.spec.enclosure import enclose
from convoracle.spec.gabor import GABOR
from convoracle.spec.rounding import BINARY32, BINARY64, Arithmetic

FORMATS = {"float32": BINARY32, "float64": BINARY64}
NUMBERS = st.floats(-4, 4, width=32)
WAVE = {"alpha": 0.5, "beta": 0.25, "omega": 2.0}


def enclosed(points, **options):
    """The values of the record, and how far results of functions accurate to 4 ulp may be off."""
    configuration = bind(GABOR, {"points": points.shape}, options)
    (found,) = enclose(configuration, {"points": points}, Arithmetic(FORMATS[points.dtype.name]))
    return found.values, found.bounds[-1]


def mesh(n, reach):
    """Points of a square mesh, and the area that each stands for."""
    step = 2 * reach / n
    line = -reach + step * (np.arange(n) + 0.5)
    return np.stack(np.meshgrid(line, line, indexing="ij"), axis=-1), step**2


# ---- values ----


@pytest.mark.parametrize("dtype", FORMATS)
def test_values_lie_within_the_bound_of_the_record(dtype):
    points = np.random.default_rng(0).standard_normal((40, 2)).astype(dtype)
    options = {**WAVE, "amplitude": -3.0, "phase": 0.3, "theta": 1.1, "x0": 0.1, "y0": -0.7}
    got = gabor(points, **options)
    assert got.dtype == dtype
    values, bounds = enclosed(points, **options)
    assert all(abs(arb(g) - v) <= b for g, v, b in zip(got.tolist(), values, bounds, strict=True))


def test_the_judge_finds_nothing_wrong():
    assert check(gabor, "gabor", examples=30, seed=3).ok


def test_at_the_centre_it_is_the_amplitude_times_the_sine_of_the_phase():
    found = gabor(np.array([[2.0, -1.0]]), **WAVE, amplitude=3.0, phase=math.pi / 2, x0=2.0, y0=-1.0)
    assert found.tolist() == [3.0]


@given(NUMBERS, NUMBERS, NUMBERS)
def test_a_half_turn_with_the_phase_turned_changes_the_sign(x, y, phase):
    points = np.array([[x, y]])
    assert gabor(-points, **WAVE, phase=-phase).tolist() == (-gabor(points, **WAVE, phase=phase)).tolist()


@given(NUMBERS, NUMBERS, NUMBERS, NUMBERS)
def test_turned_functions_have_turned_values(x, y, theta, angle):
    c, s = math.cos(angle), math.sin(angle)
    here, there = np.array([[x, y]]), np.array([[c * x - s * y, s * x + c * y]])
    one, two = gabor(here, **WAVE, theta=theta), gabor(there, **WAVE, theta=theta + angle)
    size = math.hypot(x, y)
    slope = WAVE["omega"] + 2 * max(WAVE["alpha"], WAVE["beta"]) * size
    moved = slope * 8 * np.finfo(float).eps * size * (1 + abs(theta) + abs(angle))  # of the point, and of the angle
    bounds = [float(enclosed(p, **WAVE, theta=t)[1][0]) for p, t in ((here, theta), (there, theta + angle))]
    assert abs(one - two)[0] <= sum(bounds) + moved


@given(NUMBERS, NUMBERS, NUMBERS)
def test_phases_a_quarter_apart_are_a_quadrature_pair(x, y, theta):
    points = np.array([[x, y]])
    pair = [gabor(points, **WAVE, phase=phase, theta=theta)[0] for phase in (0.0, math.pi / 2)]
    bell = gabor(points, **{**WAVE, "omega": 0.0}, phase=math.pi / 2, theta=theta)[0]
    bound = sum(float(enclosed(points, **WAVE, phase=p, theta=theta)[1][0]) for p in (0.0, math.pi / 2))
    assert abs(pair[0] ** 2 + pair[1] ** 2 - bell**2) <= 4 * bound + 8 * np.finfo(float).eps


@pytest.mark.parametrize("phase", [0.0, 0.5, -1.0])
def test_the_mean_is_that_of_the_closed_form(phase):
    points, area = mesh(256, 16.0)
    found = gabor(points, **WAVE, phase=phase, theta=0.75).sum() * area
    decay = math.exp(-(WAVE["omega"] ** 2) / (4 * WAVE["alpha"]))
    expected = math.pi / math.sqrt(WAVE["alpha"] * WAVE["beta"]) * decay * math.sin(phase)
    # a mesh so fine errs by its aliases, exp(-(2 pi / step)^2 / (4 alpha)), and what is beyond it by exp(-beta 16^2): nothing
    rounding = points.size * np.finfo(float).eps * area * np.abs(gabor(points, **WAVE, phase=phase, theta=0.75)).sum()
    assert abs(found - expected) <= rounding


# ---- calls ----


def test_points_stand_on_the_last_axis_of_any_array():
    points, _ = mesh(4, 1.0)
    found = gabor(points, **WAVE)
    assert found.shape == (4, 4)
    assert gabor(points.reshape(16, 2), **WAVE).tolist() == found.ravel().tolist()
    assert gabor(points[1, 2], **WAVE).shape == ()
    assert gabor(points[1, 2], **WAVE) == found[1, 2]
    assert gabor(points[:0], **WAVE).shape == (0, 4)
    assert gabor(np.flip(np.ascontiguousarray(np.flip(points))), **WAVE).tolist() == found.tolist()
    assert np.isnan(gabor(np.array([[np.nan, 0.0], [0.0, np.inf]]), **WAVE)).all()


X = np.ones((3, 2))
REFUSED = [
    ("gabor([[1.0, 2.0]], **WAVE)", TypeError, "gabor: points must be a numpy array, got list"),
    ("gabor(X.astype(int), **WAVE)", TypeError, "gabor: points must have dtype float32 or float64, got int64"),
    (
        "gabor(np.ones((2, 3)), **WAVE)",
        ValueError,
        "gabor: points must have a last axis of 2 coordinates, got points.shape=(2, 3)",
    ),
    (
        "gabor(np.ones(()), **WAVE)",
        ValueError,
        "gabor: points must have a last axis of 2 coordinates, got points.shape=()",
    ),
    ("gabor(X, alpha=-1, beta=1, omega=1)", ValueError, "gabor: alpha must be at least 0, got alpha=-1"),
    ("gabor(X, alpha=1, beta=np.nan, omega=1)", ValueError, "gabor: beta must be finite in float64, got beta=nan"),
    ("gabor(X, alpha=1, beta=1, omega='2')", TypeError, "gabor: omega must be a real number, got omega='2'"),
    (
        "gabor(X.astype('f4'), **WAVE, theta=1e39)",
        ValueError,
        "gabor: theta must be finite in float32, got theta=1e+39",
    ),
]


@pytest.mark.parametrize(("call", "error", "message"), REFUSED, ids=[call for call, _, _ in REFUSED])
def test_bad_input_is_refused_in_one_sentence_with_its_values(call, error, message):
    with pytest.raises(error, match=re.escape(message) + "$"):
        eval(call, {"gabor": gabor, "X": X, "np": np, "WAVE": WAVE})
