"""The gradient of solid harmonic scattering: the derivative transposed, finite where moduli vanish, within its bound in NumPy."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from flint import acb, arb, ctx
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Integer, Sum, Symbol

from convoracle.spec.complex_balls import Balls, Operations
from convoracle.spec.configuration import IllegalCallError, bind
from convoracle.spec.dual import tangent
from convoracle.spec.enclosure import enclose
from convoracle.spec.evidence import FAILED
from convoracle.spec.functions import direction, power_slope
from convoracle.spec.homogeneity import Growth, growth_of
from convoracle.spec.law_proofs import prove_law
from convoracle.spec.laws import Gradient
from convoracle.spec.layer_faults import faults_of, values_of, wrong_definitions
from convoracle.spec.rounded import CLASSES, LOST
from convoracle.spec.rounding import BINARY32, BINARY64, Arithmetic
from convoracle.spec.solid_harmonic import EVERY_POWER, SCATTERING3D
from convoracle.spec.solid_harmonic_bank import LARGEST_DEGREE
from convoracle.spec.solid_harmonic_gradient import SCATTERING3D_GRADIENT
from convoracle.spec.solid_harmonic_gradient_laws import LAWS
from convoracle.spec.symbols import TAU, array, i

FORMS = pytest.mark.parametrize("form", [BINARY32, BINARY64], ids=["single", "double"])


def drawn(sizes, options, *, items=2, seed=0):
    """Volumes, a direction in which they move, and a gradient of their integrals."""
    generator = np.random.default_rng([*sizes, seed])
    shape = bind(SCATTERING3D, {"x": (items, *sizes)}, options).output_shape
    return tuple(generator.standard_normal(s) for s in ((items, *sizes), (items, *sizes), shape))


def gradient(dy, x, options, form=BINARY64):
    """The enclosure of the gradient."""
    call = bind(SCATTERING3D_GRADIENT, {"dy": dy.shape, "x": x.shape}, options)
    return enclose(call, {"dy": dy, "x": x}, Arithmetic(form))[0]


def pairing(balls, numbers):
    with ctx.workprec(128):
        return sum((ball * arb(w) for ball, w in zip(np.ravel(balls), numbers.ravel().tolist(), strict=True)), arb(0))


def middles(balls):
    return np.array([float(ball.mid()) for ball in np.ravel(balls)])


def apart(x, v, dy, options):
    """What the two sides of the law differ by, a ball."""
    _, slopes = tangent(bind(SCATTERING3D, {"x": x.shape}, options), {"x": x}, {"x": v})[0]
    return pairing(slopes, dy) - pairing(gradient(dy, x, options).values, v)


# ---- the transpose of the derivative ----

CASES = [
    ((2, 3, 4), {"J": 2, "L": 3}),
    ((3, 2, 2), {"J": 2, "L": 2, "sigma": 0.5, "powers": (1,)}),
    ((1, 4, 3), {"J": 3, "L": 1, "sigma": 0.25, "powers": (1, 2)}),
    ((4, 3, 1), {"J": 1, "L": LARGEST_DEGREE, "max_order": 1, "powers": (0.5,)}),
    ((3, 3, 2), {"J": 2, "L": 0, "powers": (0.5, 2)}),
    ((2, 1, 2), {"J": 2, "L": 3, "max_order": 0}),
]
EACH = pytest.mark.parametrize(("sizes", "options"), CASES, ids=str)


@EACH
def test_the_gradient_is_the_transpose_of_the_derivative(sizes, options):
    difference = apart(*drawn(sizes, options), options)
    assert difference.contains(0)
    assert difference.rad() < 2.0**-70


@settings(max_examples=12)
@given(
    st.tuples(st.just(3), *[st.integers(1, 3)] * 2),
    st.integers(0, 2),
    st.sampled_from([(1,), (0.5, 1), (1, 2), EVERY_POWER]),
    st.integers(0, 2),
    st.integers(0, 2**20),
)
def test_the_gradient_is_the_transpose_of_the_derivative_at_every_point(sizes, largest, powers, order, seed):
    options = {"J": 2, "L": largest, "sigma": 0.5, "powers": powers, "max_order": order}
    assert apart(*drawn(sizes, options, items=1, seed=seed), options).contains(0)


@pytest.mark.parametrize("power", EVERY_POWER)
def test_the_derivative_is_the_limit_of_differences(power):
    options = {"J": 2, "L": 1, "powers": (power,)}
    x, v, _ = drawn((3, 2, 4), options, items=1)
    call, errors = bind(SCATTERING3D, {"x": x.shape}, options), []
    _, slopes = tangent(call, {"x": x}, {"x": v})[0]
    for step in (2.0**-16, 2.0**-20):
        ahead, behind = (tangent(call, {"x": x + s * v}, {"x": v})[0][0] for s in (step, -step))
        errors.append(np.abs(middles(ahead - behind) / (2 * step) - middles(slopes)).max())
    assert errors[1] < max(errors[0] / 128, 2.0**-30)  # of second order: a 256th, or nothing but the last digits


def test_of_a_square_the_gradient_is_twice_the_volume():
    options = {"J": 1, "max_order": 0, "powers": (2,)}
    x, _, dy = drawn((2, 3, 2), options)
    expected = 2 * dy[:, :, :, None, None].reshape(2, 1, 1, 1) * x
    np.testing.assert_allclose(middles(gradient(dy, x, options).values), expected.ravel(), rtol=2.0**-50)


# ---- laws ----


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.name)
def test_laws_are_proved_and_the_pairing_certified(law):
    assert prove_law(law).kind == ("certified" if isinstance(law, Gradient) else "proved")


def test_what_is_false_of_the_gradient_is_not_proved():
    _, linear, root, one, square, reversed_ = LAWS
    assert prove_law(replace(linear, wrt="x")).kind in FAILED
    for scaled in (root, one, square):
        assert prove_law(replace(scaled, outer=-scaled.outer)).kind in FAILED
        assert prove_law(replace(scaled, words={"powers": EVERY_POWER})).kind in FAILED
    assert prove_law(replace(one, outer=square.outer)).kind in FAILED
    assert prove_law(replace(reversed_, arrays={"x": reversed_.arrays["x"]})).kind in FAILED


def test_the_record_of_another_gradient_is_refuted():
    *stages, last = SCATTERING3D_GRADIENT.definition
    doubled = replace(SCATTERING3D_GRADIENT, definition=(*stages, replace(last, value=2 * last.value)))
    assert prove_law(replace(LAWS[0], gradient=doubled)).kind == "refuted"


KNOWN = {"z": Growth(Integer(1), True), "r": Growth(Integer(1), False)}
Z, LENGTH = array("z")[i], array("r")[i]


def test_directions_do_not_grow_and_slopes_of_powers_do_by_one_power_less():
    assert growth_of(direction(Z, LENGTH), KNOWN) == Growth(Integer(0), True)
    assert growth_of(power_slope(LENGTH, Integer(2)), KNOWN) == Growth(Integer(1), False)
    assert growth_of(direction(LENGTH, Z), KNOWN) is None
    assert growth_of(power_slope(Z, Integer(2)), KNOWN) is None
    assert growth_of(power_slope(LENGTH, LENGTH), KNOWN) is None


def test_a_sum_of_terms_that_grow_unlike_one_another_has_no_power():
    assert growth_of(Sum(power_slope(LENGTH, TAU), (TAU, 1, 2)), KNOWN) is None
    assert growth_of(Sum(power_slope(LENGTH, Integer(2)), (TAU, 1, 2)), KNOWN) == Growth(Integer(1), False)


# ---- where moduli vanish ----


def balls(*values):
    out = np.empty(len(values), object)
    out[:] = list(values)
    return Balls(out)


NOUGHT = acb(arb(0, 2.0**-100), arb(0, 2.0**-100))
"""A ball that holds 0 and other numbers."""


def test_the_direction_of_what_may_vanish_may_be_any_and_that_of_zero_is_zero():
    found = Operations().direction(balls(acb(3), acb(0), NOUGHT), balls(acb(5), acb(0), acb(abs(NOUGHT)))).values
    assert found[0].overlaps(acb(3) / 5)
    assert found[1] == 0
    assert all(found[2].contains(z) for z in (acb(0), acb(1), acb(0, -1)))


def test_the_slope_of_a_power_is_zero_at_zero_and_jumps_there_or_has_no_bound():
    nought = acb(abs(NOUGHT))
    root, one, square = (
        Operations().power_slope(balls(acb(0), nought, acb(4)), balls(acb(p))).values for p in EVERY_POWER
    )
    assert root[0] == one[0] == square[0] == 0
    assert not root[1].is_finite()
    assert all(one[1].contains(acb(slope)) for slope in (0, 1))
    assert square[1].contains(acb(0))
    assert [float(column[2].real) for column in (root, one, square)] == [0.25, 1, 8]


@EACH
def test_the_gradient_at_zero_is_zero(sizes, options):
    _, _, dy = drawn(sizes, options)
    true = gradient(dy, np.zeros((2, *sizes)), options)
    assert all(ball == 0 for ball in true.values)
    assert not true.states.any()


def test_the_gradient_at_a_constant_is_finite_but_for_the_root():
    x = np.full((1, 3, 2, 4), 3.0)
    for powers in ((1,), (2,), (1, 2)):
        options = {"J": 2, "L": 2, "powers": powers}
        true = gradient(drawn((3, 2, 4), options, items=1)[2], x, options)
        assert all(ball.is_finite() for ball in true.values)
        assert np.isfinite(true.bounds).all()
    options = {"J": 2, "L": 2, "powers": (0.5,)}
    assert np.all(gradient(drawn((3, 2, 4), options, items=1)[2], x, options).states & LOST)


def test_a_root_of_a_modulus_that_may_be_off_by_its_size_has_no_bound():
    options = {"J": 1, "L": 0, "max_order": 1, "powers": (0.5,)}
    dy = np.ones((2, 2, 1))
    x = np.array([[1.0, 3.0, 2.0], [1.0, -0.5, -0.5 + 2.0**-50]]).reshape(2, 1, 1, 3)  # the second has all but no mean
    wide = {**options, "sigma": 4.0}
    states, bounds = (getattr(gradient(dy, x, wide), part) for part in ("states", "bounds"))
    assert states.reshape(2, 3).tolist() == [[0] * 3, [LOST] * 3]
    assert np.isinf(bounds.reshape(len(CLASSES), 2, 3)[:, 1]).all()


def test_a_root_of_subnormal_moduli_has_a_slope_beyond_the_range_of_floats():
    options = {"J": 1, "L": 0, "max_order": 1, "powers": (0.5,)}
    x = np.array([[1.0, 3.0, 2.0]]).reshape(1, 1, 1, 3) * 2.0**-1070
    found = gradient(np.ones((1, 2, 1)), x, options)
    assert np.all((found.states & LOST > 0) | np.isfinite(found.bounds).all(axis=0))


# ---- bounds ----


def frequencies(sizes):
    """The frequencies of the grid in radians per sample; of odd sizes only none is its own negative."""
    return np.meshgrid(*(2 * np.pi * np.fft.fftfreq(n) for n in sizes), indexing="ij")


def spectra(degree, width, sizes, dtype):
    """Real wavelets of degree 0 or 1."""
    grid = frequencies(sizes)
    gaussian = np.exp(-(width**2) * sum(axis**2 for axis in grid) / 2)
    if degree == 0:
        return [gaussian.astype(dtype)]
    return [
        (-1j * np.sqrt(np.pi / 2) / 2 * width * axis * gaussian).astype(np.result_type(dtype, np.complex64))
        for axis in grid
    ]


def naive(dy, x, J, powers):
    """The gradient of one volume of odd sizes, by whole complex transforms."""

    def filtered(u, spectrum):
        return np.fft.ifftn(np.fft.fftn(u) * spectrum).real

    def slopes(u, row):
        return sum(d * p * u ** np.array(p - 1, u.dtype) for d, p in zip(row, powers, strict=True))

    def back(parts, u, handed, bank):
        return sum(filtered(handed * part / u, h.conj()) for part, h in zip(parts, bank, strict=True))

    dx, rows = slopes(abs(x), dy[0]) * np.sign(x), 1 + np.arange(2 * J).reshape(J, 2)
    pairs = {pair: 1 + 2 * J + 2 * k for k, pair in enumerate((a, b) for a in range(J) for b in range(a + 1, J))}
    for degree, j in product(range(2), range(J)):
        bank = [spectra(degree, 2.0**k, x.shape, x.dtype) for k in range(J)]
        parts = [filtered(x, h) for h in bank[j]]
        u = np.sqrt(sum(part**2 for part in parts))
        handed = slopes(u, dy[rows[j, degree]])
        for later in range(j + 1, J):
            seconds = [filtered(u, h) for h in bank[later]]
            w = np.sqrt(sum(part**2 for part in seconds))
            handed = handed + back(seconds, w, slopes(w, dy[pairs[j, later] + degree]), bank[later])
        dx = dx + back(parts, u, handed, bank[j])
    return dx


@FORMS
@pytest.mark.parametrize("powers", [(1,), (2,), (1, 2), EVERY_POWER], ids=str)
@pytest.mark.parametrize("sizes", [(3, 1, 5), (3, 5, 3)], ids=str)
def test_a_second_definition_lies_within_the_bound(sizes, powers, form):
    options, dtype = {"J": 2, "L": 1, "powers": powers}, np.dtype(form.name)
    x, _, dy = (values.astype(dtype) for values in drawn(sizes, options, items=1))
    true, got = gradient(dy, x, options, form), naive(dy[0], x[0], 2, powers)
    assert got.dtype == dtype
    assert np.all(np.abs(got.ravel() - middles(true.values)) <= true.bounds[0])


@FORMS
def test_a_wrong_gradient_is_beyond_the_bound(form):
    options, dtype = {"J": 2, "L": 1, "powers": (2,)}, np.dtype(form.name)
    x, _, dy = (values.astype(dtype) for values in drawn((3, 5, 3), options, items=1))
    true = gradient(dy, x, options, form)
    for wrong in (naive(dy[0, ::-1], x[0], 2, (2,)), naive(dy[0], -x[0], 2, (2,)), naive(dy[0], x[0] ** 3, 2, (2,))):
        beyond = np.max(np.abs(wrong.ravel() - middles(true.values)) / true.bounds[-1])
        assert beyond > (1e6 if form is BINARY64 else 1)


def test_the_bound_grows_with_dy_and_with_the_class_of_accuracy():
    options = {"J": 2, "L": 1}
    x, _, dy = drawn((3, 2, 3), options)
    plain, doubled = (gradient(a * dy, x, options).bounds for a in (1, 2))
    np.testing.assert_allclose(doubled, 2 * plain, rtol=2.0**-40)
    assert np.all(np.diff(plain, axis=0) > 0)


def test_what_is_no_number_or_overflows_is_not_judged_and_other_items_are():
    options = {"J": 2, "L": 1, "powers": (1, 2)}
    x, _, dy = drawn((3, 2, 3), options, items=4)
    dy[1, 0, 0], x[2, 0, 0, 0], x[3] = np.nan, np.inf, x[3] * 2.0**1020
    states = gradient(dy, x, options).states.reshape(4, -1)
    assert np.all(states[1:] & LOST)
    assert not states[0].any()


def test_no_items_have_no_gradient():
    options = {"J": 2, "L": 1}
    true = gradient(np.zeros((0, 7, 3)), np.zeros((0, 3, 2, 3)), options)
    assert (true.shape, true.bounds.shape) == ((0, 3, 2, 3), (len(CLASSES), 0))


@pytest.mark.parametrize("axis", [1, 2])
def test_dy_has_the_shape_of_the_integrals(axis):
    shape = [1, 7, 3]
    shape[axis] += 1
    with pytest.raises(IllegalCallError, match=f"axis {axis} of dy must be"):
        bind(SCATTERING3D_GRADIENT, {"dy": tuple(shape), "x": (1, 2, 3, 2)}, {"J": 2, "L": 1})


# ---- wrong definitions ----


def test_every_wrong_definition_differs_from_the_right_one_somewhere():
    options = {"J": 2, "L": 2, "sigma": 0.5}
    x, _, dy = (np.rint(4 * values) for values in drawn((4, 3, 2), options))
    call = bind(SCATTERING3D_GRADIENT, {"dy": dy.shape, "x": x.shape}, options)
    right = values_of(call, call.stages, {"dy": dy, "x": x})[0].values
    silent = {fault.sentence for fault in faults_of(SCATTERING3D_GRADIENT)}
    for wrong in wrong_definitions(call):
        values = values_of(call, wrong.stages, {"dy": dy, "x": x})[0].values
        if not all(a.overlaps(b) for a, b in zip(right, values, strict=True)):
            silent -= set(wrong.sentences)
    assert silent == {"as if sigma were 0"}  # a width of 0 has no spectra: no number overlaps another


def test_functions_of_lengths_are_written_as_cases():
    z, r, p = (Symbol(name) for name in "zrp")
    assert direction(z, r).cases.subs({z: 3, r: 5}) == Integer(3) / 5
    assert direction(z, r).cases.subs(r, 0) == power_slope(r, p).cases.subs(r, 0) == 0
