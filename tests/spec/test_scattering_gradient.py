"""The gradient of scattering: the transpose of the derivative in balls, finite where moduli vanish, within its bound in NumPy."""

from dataclasses import replace
from math import sqrt

import numpy as np
import pytest
from flint import arb, ctx
from hypothesis import given, settings
from hypothesis import strategies as st

from convoracle.spec.configuration import IllegalCallError, bind
from convoracle.spec.dual import tangent
from convoracle.spec.enclosure import enclose
from convoracle.spec.evidence import FAILED
from convoracle.spec.harmonic import run_harmonic
from convoracle.spec.law_proofs import prove_law
from convoracle.spec.laws import Gradient
from convoracle.spec.rounded import CLASSES, LOST
from convoracle.spec.rounding import BINARY32, BINARY64, Arithmetic
from convoracle.spec.scattering import SCATTERING1D
from convoracle.spec.scattering2d import SCATTERING2D
from convoracle.spec.scattering_gradient import SCATTERING1D_GRADIENT, SCATTERING2D_GRADIENT
from convoracle.spec.scattering_gradient_laws import LAWS
from convoracle.spec.scattering_gradient_rounding import worst_turn


def drawn(n, options, *, items=2, seed=0):
    """Signals, a direction in which they move, and a gradient of their coefficients."""
    generator = np.random.default_rng(seed)
    shape = bind(SCATTERING1D, {"x": (items, n)}, options).output_shape
    return tuple(generator.standard_normal(s) for s in ((items, n), (items, n), shape))


def gradient(dy, x, options, form=BINARY64):
    """The enclosure of the gradient."""
    return enclose(called(dy, x, options), {"dy": dy, "x": x}, Arithmetic(form))[0]


def called(dy, x, options):
    return bind(SCATTERING1D_GRADIENT, {"dy": dy.shape, "x": x.shape}, options)


def derivative(x, v, options):
    """The coefficients and how fast they change as the signal moves along v: arrays of balls."""
    return tangent(bind(SCATTERING1D, {"x": x.shape}, options), {"x": x}, {"x": v})[0]


def pairing(balls, numbers):
    with ctx.workprec(128):
        return sum((ball * arb(w) for ball, w in zip(np.ravel(balls), numbers.ravel().tolist(), strict=True)), arb(0))


def middles(balls):
    return np.array([float(ball.mid()) for ball in np.ravel(balls)])


# ---- the transpose of the derivative ----

OPTIONS = [
    {"J": 1},
    {"J": 3, "Q": (2, 1)},
    {"J": 2, "max_order": 1, "oversampling": 1},
    {"J": 2, "max_order": 0, "boundary": "reflect"},
    {"J": 2, "paths": "all", "wavelet": "meyer", "boundary": "symmetric"},
    {"J": 2, "T": 3, "two_sided": True, "boundary": "zero"},
    {"J": 3, "paths": "all", "boundary": "reflect", "wavelet": "spline", "oversampling": 2},
    {"J": 2, "wavelet": "shannon", "normalization": "scalar", "T": 7},
]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("n", [8, 11])
def test_the_gradient_is_the_transpose_of_the_derivative(options, n):
    x, v, dy = drawn(n, options)
    _, slopes = derivative(x, v, options)
    forward, backward = pairing(slopes, dy), pairing(gradient(dy, x, options).values, v)
    assert (forward - backward).contains(0)
    assert (forward - backward).rad() < 2.0**-60 < abs(forward)


@settings(max_examples=12)
@given(n=st.integers(4, 14), seed=st.integers(0, 2**20), index=st.integers(0, len(OPTIONS) - 1))
def test_the_gradient_is_the_transpose_of_the_derivative_at_every_point(n, seed, index):
    options = {**OPTIONS[index], "J": min(2, OPTIONS[index]["J"]), "T": min(n, 5)}
    x, v, dy = drawn(n, options, items=1, seed=seed)
    _, slopes = derivative(x, v, options)
    assert (pairing(slopes, dy) - pairing(gradient(dy, x, options).values, v)).contains(0)


@pytest.mark.parametrize("options", OPTIONS[:4], ids=str)
def test_the_derivative_is_the_limit_of_differences(options):
    x, v, _ = drawn(8, options)
    (_, slopes), errors = derivative(x, v, options), []
    for step in (2.0**-8, 2.0**-12):
        ahead, behind = (derivative(x + s * v, v, options)[0] for s in (step, -step))
        errors.append(np.abs(middles(ahead - behind) / (2 * step) - middles(slopes)).max())
    assert errors[0] < 2.0**-4
    assert errors[1] < max(errors[0] / 128, 2.0**-40)  # of second order: a 256th, or nothing but the last digits


def test_of_no_modulus_the_gradient_does_not_depend_on_the_signal():
    options = {"J": 2, "max_order": 0}
    x, other, dy = drawn(9, options)
    assert middles(gradient(dy, x, options).values).tolist() == middles(gradient(dy, other, options).values).tolist()


def test_the_gradient_is_linear_in_dy_and_the_size_of_the_signal_does_not_matter():
    options = {"J": 2, "Q": 2}
    x, _, dy = drawn(8, options)
    one, four = (gradient(a * dy, b * x, options).values for a, b in ((1, 1), (4, 2)))
    assert all((4 * a).overlaps(b) for a, b in zip(one, four, strict=True))


IMAGES = [
    {"J": 1, "L": 2},
    {"J": 2, "L": 1, "boundary": "reflect", "paths": "all"},
    {"J": 1, "L": 2, "boundary": "symmetric", "max_order": 1, "oversampling": 1},
    {"J": 2, "L": 1, "boundary": "zero", "two_sided": True, "normalization": "tight"},
    {"J": 1, "L": 3, "max_order": 0},
]


@pytest.mark.parametrize("options", IMAGES, ids=str)
def test_the_gradient_by_an_image_is_the_transpose_of_the_derivative(options):
    generator = np.random.default_rng(2)
    x, v = generator.standard_normal((2, 1, 4, 5))
    forward = bind(SCATTERING2D, {"x": x.shape}, options)
    dy = generator.standard_normal(forward.output_shape)
    backward = bind(SCATTERING2D_GRADIENT, {"dy": dy.shape, "x": x.shape}, options)
    _, slopes = tangent(forward, {"x": x}, {"x": v})[0]
    (true,) = enclose(backward, {"dy": dy, "x": x}, Arithmetic(BINARY64))
    apart = pairing(slopes, dy) - pairing(true.values, v)
    assert apart.contains(0)
    assert apart.rad() < 2.0**-60
    assert true.bounds.max() < 2.0**-16 * np.linalg.norm(dy)


# ---- laws ----


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.name)
def test_laws_are_proved_and_the_pairing_certified(law):
    assert prove_law(law).kind == ("certified" if isinstance(law, Gradient) else "proved")


def test_what_is_false_of_a_gradient_is_not_proved():
    _, linear, scaled, reversed_ = LAWS[:4]
    assert prove_law(replace(linear, wrt="x")).kind in FAILED
    assert prove_law(replace(scaled, wrt="dy")).kind in FAILED
    assert prove_law(replace(scaled, outer=scaled.inner)).kind in FAILED
    assert prove_law(replace(scaled, inner=-scaled.inner)).kind in FAILED
    assert prove_law(replace(reversed_, arrays={"x": reversed_.arrays["x"]})).kind in FAILED


def test_the_record_of_another_gradient_is_refuted():
    stages = SCATTERING1D_GRADIENT.definition
    doubled = replace(SCATTERING1D_GRADIENT, definition=(*stages[:-1], replace(stages[-1], value=2 * stages[-1].value)))
    assert prove_law(replace(LAWS[0], gradient=doubled)).kind == "refuted"


# ---- where moduli vanish ----


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_the_gradient_at_zero_is_finite_and_that_of_the_average(options):
    _, _, dy = drawn(8, options)
    first = np.where(np.arange(dy.shape[1])[:, None] == 0, dy, 0)
    at_zero, of_average = (gradient(d, np.zeros((2, 8)), options).values for d in (dy, first))
    assert all(a.is_finite() and a.overlaps(b) for a, b in zip(at_zero, of_average, strict=True))


@pytest.mark.parametrize("wavelet", ["morlet", "shannon"])
def test_the_gradient_at_a_constant_is_finite_and_judged_only_where_it_is_determined(wavelet):
    options = {"J": 2, "wavelet": wavelet}
    _, _, dy = drawn(8, options)
    x = np.stack([np.full(8, 3.0), np.arange(8.0) ** 2])
    true = gradient(dy, x, options)
    assert all(ball.is_finite() for ball in true.values)
    assert np.all(np.isfinite(true.bounds))
    settled = np.array([float(ball.rad()) for ball in true.values]) <= true.bounds[0]
    assert np.array_equal(true.states != LOST, settled)


def test_where_a_modulus_vanishes_its_direction_is_left_open():
    options = {"J": 1, "max_order": 1, "wavelet": "shannon", "T": 2}
    dy = drawn(8, options, items=1)[2]
    true = gradient(dy, np.full((1, 8), 3.0), options)
    only_average = gradient(np.where([[[1], [0]]], dy, 0), np.full((1, 8), 3.0), options)
    assert all(a.contains(b.mid()) for a, b in zip(true.values, only_average.values, strict=True))


# ---- bounds ----


def naive(dy, x, J, dtype):
    """The gradient of scattering at full rate, computed in NumPy from the spectra of the plan."""
    call = bind(SCATTERING1D, {"x": x.shape}, {"J": J, "oversampling": J})
    run, _ = run_harmonic(call, {"x": x})
    phi, psi = (
        np.array([float(b.real.mid()) for b in run.arrays[name].values]).reshape(-1, x.shape[1]).astype(dtype)
        for name in ("phi_hat", "psi_1_hat")
    )

    def filtered(u, spectrum):
        return np.fft.ifft(np.fft.fft(u) * spectrum)

    def through_modulus(d, z, spectrum):
        size = np.abs(z)
        turned = np.divide(d * z, size, out=np.zeros_like(z), where=size > 0)
        return filtered(turned, spectrum).real  # real spectra: the filter is its own transpose, conjugated

    rows, dx = iter(np.moveaxis(dy, 1, 0)), 0
    dx = dx + filtered(next(rows), phi[0]).real
    firsts = [filtered(x, spectrum) for spectrum in psi]
    given_back = [filtered(next(rows), phi[0]).real for _ in psi]
    for mu, z in enumerate(firsts):
        for nu in range(mu + 1, J):
            second = filtered(np.abs(z), psi[nu])
            given_back[mu] = given_back[mu] + through_modulus(filtered(next(rows), phi[0]).real, second, psi[nu])
    for spectrum, z, d in zip(psi, firsts, given_back, strict=True):
        dx = dx + through_modulus(d, z, spectrum)
    return dx


@pytest.mark.parametrize(("dtype", "form"), [(np.float32, BINARY32), (np.float64, BINARY64)], ids=["single", "double"])
@pytest.mark.parametrize("n", [8, 12, 15])
def test_a_second_definition_lies_within_the_bound(n, dtype, form):
    options = {"J": 3, "oversampling": 3}
    x, _, dy = (array.astype(dtype) for array in drawn(n, options))
    true = gradient(dy, x, options, form)
    got = naive(dy, x, 3, dtype).ravel()
    assert got.dtype == dtype
    assert np.all(np.abs(got - middles(true.values)) <= true.bounds[0])


@pytest.mark.parametrize(("dtype", "form"), [(np.float32, BINARY32), (np.float64, BINARY64)], ids=["single", "double"])
def test_a_wrong_gradient_is_beyond_the_bound(dtype, form):
    options = {"J": 3, "oversampling": 3}
    x, _, dy = (array.astype(dtype) for array in drawn(12, options))
    true = gradient(dy, x, options, form)
    for wrong in (naive(np.roll(dy, 1, axis=1), x, 3, dtype), naive(dy, -x, 3, dtype), naive(dy, x**3, 3, dtype)):
        beyond = np.max(np.abs(wrong.ravel() - middles(true.values)) / true.bounds[-1])
        assert beyond > (1e6 if form is BINARY64 else 1)


def test_the_bound_grows_with_dy_and_where_a_modulus_is_small():
    options = {"J": 2}
    x, _, dy = drawn(8, options)
    plain, doubled = (gradient(a * dy, x, options).bounds for a in (1, 2))
    np.testing.assert_allclose(doubled, 2 * plain, rtol=2.0**-40)
    near = 1 + 2.0**-40 * np.eye(8)[:2]  # all moduli nearly vanish beside the signal
    assert gradient(dy, near, options).bounds.max() > 100 * plain.max()
    assert np.all(np.diff(plain, axis=0) > 0)


SIZES = st.floats(2.0**-100, 4) | st.just(0.0)


@given(st.lists(st.tuples(SIZES, SIZES, SIZES), min_size=1, max_size=6))
def test_no_error_of_a_norm_turns_more_than_the_worst(entries):
    handed, values, error = (np.array(column) for column in zip(*entries, strict=True))
    turned = np.where(values > 0, 2 * error / np.where(values > 0, values, 1), np.where(error > 0, 2, 0))
    assert np.linalg.norm(handed * np.minimum(2, turned)) <= worst_turn(handed, values, np.linalg.norm(error))


def test_the_worst_error_is_spent_where_the_direction_is_easily_turned():
    handed, values = np.array([3.0, 4.0, 1.0]), np.array([1.0, 0.5, 100.0])
    for error, worst in ((0.0, 0), (0.25, 4), (0.5, 8), (sqrt(1.25), 10), (1e9, 2 * sqrt(26))):
        np.testing.assert_allclose(worst_turn(handed, values, error), worst, rtol=1e-3)
        np.testing.assert_allclose(worst_turn(handed, values * 2.0**900, error * 2.0**900), worst, rtol=1e-3)
    assert worst_turn(handed, values, 2.0**-1060) < 2.0**-440
    assert worst_turn(0 * handed, values, 1.0) == 0


def test_what_is_no_number_is_not_judged_and_other_items_are():
    options = {"J": 2}
    x, _, dy = drawn(8, options, items=3)
    dy[1, 0, 0] = np.nan
    states = gradient(dy, x, options).states.reshape(3, 8)
    assert np.all(states[1] == LOST)
    assert not states[[0, 2]].any()


def test_no_items_have_no_gradient():
    options = {"J": 2}
    true = gradient(np.zeros((0, 4, 2)), np.zeros((0, 8)), options)
    assert (true.shape, true.bounds.shape) == ((0, 8), (len(CLASSES), 0))


@pytest.mark.parametrize("order", [0, 1, 2])
def test_the_shape_of_dy_does_not_tell_what_the_options_do(order):
    options = {"J": 2, "L": 2, "max_order": order}
    shape = bind(SCATTERING2D, {"x": (1, 4, 6)}, options).output_shape
    assert bind(SCATTERING2D_GRADIENT, {"dy": shape, "x": (1, 4, 6)}, options).output_shape == (1, 4, 6)
    with pytest.raises(IllegalCallError, match="axis 1 of dy must be"):
        bind(SCATTERING2D_GRADIENT, {"dy": (1, shape[1] + 2, *shape[2:]), "x": (1, 4, 6)}, options)


def test_dy_has_the_shape_of_the_coefficients():
    with pytest.raises(IllegalCallError, match="axis 1 of dy must be"):
        called(np.zeros((1, 5, 2)), np.zeros((1, 8)), {"J": 2})
    with pytest.raises(IllegalCallError, match="axis 2 of dy must be"):
        called(np.zeros((1, 4, 3)), np.zeros((1, 8)), {"J": 2})
