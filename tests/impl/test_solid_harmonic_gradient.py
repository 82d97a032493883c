"""The gradient of solid harmonic scattering: the slope of the integrals, finite at zero, scaled to the bit, calls, refusals."""

from __future__ import annotations

import re

import numpy as np
import pytest
from flint import arb, ctx
from hypothesis import given, settings
from hypothesis import strategies as st

from convoracle.impl import scattering3d, scattering3d_gradient
from convoracle.impl.solid_harmonic import POWERS
from convoracle.properties.check import check
from convoracle.spec.configuration import bind
from convoracle.spec.dual import tangent
from convoracle.spec.solid_harmonic import SCATTERING3D

CASES = [
    ((3, 4, 2), {"J": 2, "L": 2}),
    ((4, 3, 3), {"J": 2, "L": 4, "sigma": 0.5, "powers": (1,)}),
    ((1, 5, 3), {"J": 3, "L": 1, "sigma": 0.25, "powers": (1, 2)}),
    ((2, 3, 5), {"J": 1, "L": 3, "max_order": 1, "powers": (0.5,)}),
    ((3, 2, 3), {"J": 2, "L": 1, "max_order": 0}),
]
EACH = pytest.mark.parametrize(("sizes", "options"), CASES, ids=str)


def drawn(sizes, options, *, seed=0, lead=()):
    """Volumes, a direction in which they move, and a gradient of their integrals."""
    generator = np.random.default_rng([*sizes, seed])
    x, v = generator.standard_normal((2, *lead, *sizes))
    return x, v, generator.standard_normal(scattering3d(x, **options).shape)


# ---- values ----


def test_the_judge_finds_nothing_wrong():
    assert check(scattering3d_gradient, "scattering3d_gradient", examples=12, seed=3).ok


@EACH
def test_the_gradient_is_the_transposed_derivative_of_the_record(sizes, options):
    x, v, dy = drawn(sizes, options, lead=(2,))
    _, slopes = tangent(bind(SCATTERING3D, {"x": x.shape}, options), {"x": x}, {"x": v})[0]
    with ctx.workprec(128):
        forward = sum((ball * arb(d) for ball, d in zip(slopes.ravel(), dy.ravel().tolist(), strict=True)), arb(0))
    backward = np.sum(v * scattering3d_gradient(dy, x, **options))
    assert abs(float(forward.mid()) - backward) < 2.0**-32 * np.linalg.norm(v) * np.linalg.norm(dy)


@settings(max_examples=25)
@given(st.sampled_from(CASES), st.integers(0, 2**20))
def test_the_gradient_is_the_slope_of_a_loss_that_is_smooth(case, seed):
    sizes, options = case[0], {**case[1], "powers": (2,), "max_order": min(1, case[1].get("max_order", 1))}
    x, v, dy = drawn(sizes, options, seed=seed)
    h = 2.0**-10  # integrals of squares of one wavelet are quadratic: central differences are their slope
    ahead, behind = (scattering3d(x + side * h * v, **options) for side in (1, -1))
    slope = np.sum(v * scattering3d_gradient(dy, x, **options))
    assert abs(np.sum(dy * (ahead - behind)) / (2 * h) - slope) < 2.0**-30 * np.linalg.norm(dy) * x.size**2


@EACH
def test_single_precision_gives_the_same_in_fewer_digits(sizes, options):
    options = {**options, "powers": (1, 2)}
    x, _, dy = drawn(sizes, options)
    single = scattering3d_gradient(dy.astype(np.float32), x.astype(np.float32), **options)
    assert single.dtype == np.float32
    assert scattering3d_gradient(dy.astype(np.float32), x, **options).dtype == np.float64
    np.testing.assert_allclose(single, scattering3d_gradient(dy, x, **options), atol=2.0**-9 * np.linalg.norm(dy))


# ---- where moduli vanish ----


@EACH
def test_the_gradient_is_finite_where_moduli_vanish(sizes, options):
    _, _, dy = drawn(sizes, options)
    impulse = np.zeros(sizes)
    impulse[0, 0, 0] = 1.0
    for x in (np.zeros(sizes), np.ones(sizes), impulse, np.full(sizes, 1e-310), np.full(sizes, 1e150)):
        assert np.isfinite(scattering3d_gradient(dy, x, **options)).all()


@EACH
def test_a_volume_of_zeros_hands_nothing_back(sizes, options):
    assert not scattering3d_gradient(drawn(sizes, options)[2], np.zeros(sizes), **options).any()


def test_near_zero_the_gradient_of_the_root_has_no_bound_and_that_of_others_has():
    for power, growth in zip(POWERS, (2.0**50, 1, 2.0**-100), strict=True):
        options = {"J": 1, "L": 0, "powers": (power,)}
        x, _, dy = drawn((2, 3, 2), options)
        one, near = (scattering3d_gradient(dy, factor * x, **options) for factor in (1, 2.0**-100))
        assert near.tolist() == (growth * one).tolist()


# ---- laws ----


@settings(max_examples=30)
@given(st.sampled_from(CASES), st.integers(0, 2**20), st.floats(-4, 4))
def test_the_gradient_is_linear_in_dy(case, seed, factor):
    sizes, options = case
    (x, _, dy), (_, _, other) = (drawn(sizes, options, seed=s) for s in (seed, seed + 1))
    whole, one, two = (scattering3d_gradient(d, x, **options) for d in (factor * dy + other, dy, other))
    size = 1 + np.abs(one).max() + np.abs(two).max()
    np.testing.assert_allclose(whole, factor * one + two, atol=2.0**-40 * size)


@pytest.mark.parametrize("power", POWERS)
@pytest.mark.parametrize("exponent", [-60, -2, 4, 60])
def test_a_power_of_four_comes_out_to_the_bit(power, exponent):
    options = {"J": 2, "L": 2, "powers": (power,)}
    x, _, dy = drawn((3, 4, 2), options)
    one, other = (scattering3d_gradient(dy, np.ldexp(v, e), **options) for v, e in ((x, 0), (-x, exponent)))
    assert other.tolist() == (-np.ldexp(one, int(exponent * (power - 1)))).tolist()


def test_a_volume_moved_on_the_torus_has_its_gradient_moved():
    options = {"J": 2, "L": 2}
    x, _, dy = drawn((3, 4, 5), options)
    steps, axes = (2, -1, 3), (0, 1, 2)
    moved = scattering3d_gradient(dy, np.roll(x, steps, axes), **options)
    expected = np.roll(scattering3d_gradient(dy, x, **options), steps, axes)
    np.testing.assert_allclose(moved, expected, atol=2.0**-30)


# ---- calls ----


@EACH
@pytest.mark.parametrize("lead", [(), (3,), (2, 1, 2), (0, 2)], ids=str)
def test_leading_axes_are_those_of_separate_volumes(sizes, options, lead):
    x, _, dy = drawn(sizes, options, lead=lead)
    dx = scattering3d_gradient(dy, x, **options)
    assert dx.shape == x.shape
    for index in np.ndindex(*lead):
        assert dx[index].tolist() == scattering3d_gradient(dy[index], x[index], **options).tolist()


def test_an_item_that_is_no_number_leaves_the_others_alone():
    options = {"J": 2, "L": 1}
    x, _, dy = drawn((2, 3, 2), options, lead=(3,))
    right = scattering3d_gradient(dy, x, **options)
    x[1, 0, 1, 1], dy[2, 1, 0] = np.nan, np.nan
    found = scattering3d_gradient(dy, x, **options)
    assert found[0].tolist() == right[0].tolist()
    assert np.isnan(found[1:]).all()


def test_operands_may_be_any_view_and_stay_as_they_are():
    x, _, dy = drawn((3, 4, 2), {"J": 1}, lead=(4,))
    views = np.flip(dy[::2], (0, 2)), np.flip(x[::2], (0, 3))
    before = dy.copy(), x.copy()
    for view in views:
        view.setflags(write=False)
    expected = scattering3d_gradient(*(view.copy() for view in views), J=1)
    assert np.array_equal(scattering3d_gradient(*views, J=1), expected)
    assert np.array_equal(dy, before[0])
    assert np.array_equal(x, before[1])


ONE, DY = np.ones((1, 2, 2, 2)), np.ones((1, 5, 3))
REFUSALS = {
    "scattering3d_gradient(DY, ONE, J=0)": (ValueError, "J must be at least 1, got J=0"),
    "scattering3d_gradient(DY, ONE, J=1, L=5)": (ValueError, "L must be at most 4, got L=5"),
    "scattering3d_gradient(DY, ONE, J=1, powers=(1, 1))": (
        ValueError,
        "powers must be some of (0.5, 1, 2) in rising order, got powers=(1, 1)",
    ),
    "scattering3d_gradient(DY, ONE[0, 0], J=1)": (
        ValueError,
        "x must have at least 3 axes (..., D, H, W), got x.shape=(2, 2)",
    ),
    "scattering3d_gradient(DY, ONE[:, :0], J=1)": (ValueError, "D must be at least 1, got D=0"),
    "scattering3d_gradient(DY[0], ONE, J=1)": (
        ValueError,
        "dy.shape must be the shape of the integrals = (1, 5, 3), got dy.shape=(5, 3)",
    ),
    "scattering3d_gradient(DY, ONE, J=1, L=1)": (
        ValueError,
        "dy.shape must be the shape of the integrals = (1, 3, 3), got dy.shape=(1, 5, 3)",
    ),
    "scattering3d_gradient(DY, ONE.astype(int), J=1)": (TypeError, "x must have dtype float32 or float64, got int64"),
    "scattering3d_gradient(1j * DY, ONE, J=1)": (TypeError, "dy must have dtype float32 or float64, got complex128"),
    "scattering3d_gradient(DY.tolist(), ONE, J=1)": (TypeError, "dy must be a numpy array, got list"),
}


@pytest.mark.parametrize("call", REFUSALS)
def test_an_illegal_call_is_refused_with_the_rule_and_its_values(call):
    error, message = REFUSALS[call]
    with pytest.raises(error, match=f"^{re.escape(f'scattering3d_gradient: {message}')}"):
        eval(call)
