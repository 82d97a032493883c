"""Wavelet transforms, filter banks and Gabor functions: values by second definitions, laws that can be refuted, theorems."""

from dataclasses import replace
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from flint import acb, arb, ctx
from hypothesis import given
from hypothesis import strategies as st
from sympy import Integer, Mod, Piecewise, Symbol

from convoracle.spec.configuration import IllegalCallError, bind
from convoracle.spec.enclosure import Enclosure, enclose
from convoracle.spec.filter_bank import ANALYZE1D, SYNTHESIZE1D
from convoracle.spec.gabor import GABOR
from convoracle.spec.harmonic import PRECISION, plan, run_harmonic
from convoracle.spec.law_proofs import prove_law
from convoracle.spec.laws import Placement
from convoracle.spec.rendering import legend
from convoracle.spec.rounding import BINARY64, Arithmetic
from convoracle.spec.theorems_filter_bank import (
    analyze,
    decimated,
    equivalent_filters,
    lattice,
    synthesize,
    undecimated,
)
from convoracle.spec.theorems_scale import infinite_average_counterexample, scales_counterexample
from convoracle.spec.theorems_tight_banks import periodised
from convoracle.spec.theorems_wavelet import dilation_counterexample
from convoracle.spec.wavelet import CWT, INVERSE_WAVELET_TRANSFORM1D, WAVELET_TRANSFORM1D
from convoracle.spec.wavelet_law_proofs import astray
from convoracle.spec.wavelet_laws import LAWS, NEXT, SHIFT

WIDE = arb(2) ** -90
"""Balls of 128 bits tell numbers apart that differ by more than this."""
BANKS = [
    {"J": J, "Q": Q, "T": T, "wavelet": wavelet, "normalization": normalization}
    for (J, T), Q, (wavelet, normalization) in product(
        ((1, 1), (1, 2), (2, 3), (3, 8)),
        (1, 2),
        (("morlet", "cap"), ("morlet", "scalar"), ("meyer", "tight"), ("shannon", "cap"), ("spline", "cap")),
    )
]


@pytest.fixture(autouse=True)
def _precisely():
    with ctx.workprec(PRECISION):
        yield


def called(record, arrays, options):
    return bind(record, {name: np.shape(array) for name, array in arrays.items()}, options)


def balls(record, arrays, options):
    """The output of a record in balls, in its shape; the arrays may hold balls too."""
    configuration = called(record, arrays, options)
    return run_harmonic(configuration, arrays)[1][0].values.reshape(configuration.output_shape)


def same(one, other):
    return all(abs(a - b) < WIDE for a, b in zip(np.ravel(one), np.ravel(other), strict=True))


def signal(n, seed, complex_=False):
    generator = np.random.default_rng([n, seed])
    x = generator.integers(-9, 10, (1, n)).astype(float)
    return x + 1j * generator.integers(-9, 10, (1, n)) if complex_ else x


def named(name):
    (found,) = (law for law in LAWS if law.name == name)
    return found


# ---- transforms and their inverse ----


@pytest.mark.parametrize("options", BANKS, ids=str)
@pytest.mark.parametrize("two_sided", [False, True])
def test_rows_are_products_of_spectra_and_the_dual_frame_gives_signals_back(options, two_sided):
    options = {**options, "two_sided": two_sided}
    for n in (8, 9):
        x = signal(n, 1, two_sided)
        y = balls(WAVELET_TRANSFORM1D, {"x": x}, options)
        spectra = plan(called(WAVELET_TRANSFORM1D, {"x": x}, options))["h_hat"].values.reshape(-1, n)
        found = acb.dft([acb(complex(v)) for v in x[0]])
        rows = [acb.dft([a * b for a, b in zip(found, h, strict=True)], inverse=True) for h in spectra]
        assert same(y[0], rows)
        back = balls(INVERSE_WAVELET_TRANSFORM1D, {"y": y}, options)
        assert same(back, [acb(complex(v)) for v in x[0]])


@pytest.mark.parametrize(
    ("J", "Q", "T", "two_sided", "rows"), [(3, 2, None, False, 7), (3, 2, 3, False, 5), (2, 1, 1, True, 1)]
)
def test_there_is_a_row_for_the_average_and_one_for_each_wavelet(J, Q, T, two_sided, rows):
    options = {"J": J, "Q": Q, "T": T, "two_sided": two_sided}
    assert bind(WAVELET_TRANSFORM1D, {"x": (2, 8)}, options).output_shape == (2, rows, 8)
    assert bind(INVERSE_WAVELET_TRANSFORM1D, {"y": (2, rows, 8)}, options).output_shape == (2, 8)
    with pytest.raises(IllegalCallError, match="axis 1 of y must be"):
        bind(INVERSE_WAVELET_TRANSFORM1D, {"y": (2, rows + 1, 8)}, options)


def test_the_inverse_of_a_one_sided_bank_is_real_and_that_of_a_two_sided_one_complex():
    y = np.ones((1, 3, 4), np.complex128)
    arithmetic = Arithmetic(BINARY64)
    (real,) = enclose(called(INVERSE_WAVELET_TRANSFORM1D, {"y": y}, {"J": 2}), {"y": y}, arithmetic)
    assert isinstance(real, Enclosure)
    y = np.ones((1, 5, 4))
    options = {"J": 2, "two_sided": True}
    (parts,) = enclose(called(INVERSE_WAVELET_TRANSFORM1D, {"y": y}, options), {"y": y}, arithmetic)
    assert len(parts) == 2


def test_a_one_sided_bank_does_not_hold_waves_of_negative_frequency():
    wave = np.exp(-2j * np.pi * 3 * np.arange(8) / 8)[None]
    rows = balls(WAVELET_TRANSFORM1D, {"x": wave}, {"J": 2, "wavelet": "shannon"})
    both = balls(WAVELET_TRANSFORM1D, {"x": wave}, {"J": 2, "wavelet": "shannon", "two_sided": True})
    lost, kept = (sum((abs(v) ** 2 for v in y.ravel()), arb(0)) for y in (rows, both))
    rounded = sum((abs(acb(complex(v)) ** 2) for v in wave[0]), arb(0))
    assert lost < 2.0**-50 * rounded  # the samples of the wave are rounded
    assert abs(kept - rounded) < 2.0**-50 * rounded


def test_signals_must_be_as_long_as_the_scales_and_the_window():
    for options in ({"J": 3}, {"J": 2, "T": 8}):
        with pytest.raises(IllegalCallError, match="must be at most the length of the signal"):
            bind(WAVELET_TRANSFORM1D, {"x": (1, 7)}, options)
        assert bind(WAVELET_TRANSFORM1D, {"x": (1, 8)}, options).output_shape


# ---- continuous wavelets ----

CENTRE = 6
REACH = 15
"""Beyond so many deviations a wavelet is below exp(-112)."""


def mother(word, u):
    """The mother wavelets as functions of time."""
    bell = (-(u * u) / 2).exp() / acb.pi() ** 0.25
    if word == "mexican_hat":
        return 2 / acb(3).sqrt() * (1 - u * u) * bell
    norm = 1 / (1 + acb(-36).exp() - 2 * acb(-27).exp()).sqrt()
    return norm * ((acb(0, CENTRE) * u).exp() - acb(-18).exp()) * bell


def polynomial(x, t):
    """The trigonometric polynomial through the samples; half of the highest frequency of an even length has either sign."""
    n, total = len(x), acb(0)
    for f, coefficient in enumerate(acb.dft([acb(v) for v in x])):
        for sign in (1, -1) if 2 * f == n else (1,):
            turn = acb(0, 2 * sign * (f - n * (2 * f > n))) * arb.pi() * t / n
            total += coefficient / n * turn.exp() / (2 if 2 * f == n else 1)
    return total


@pytest.mark.parametrize("word", ["morlet", "mexican_hat"])
@pytest.mark.parametrize("n", [1, 4, 5])
def test_coefficients_are_integrals_of_the_trigonometric_polynomial_against_the_wavelet(word, n):
    x = signal(n, 2)
    found = balls(CWT, {"x": x}, {"scales": 2, "wavelet": word})[0]
    for s, b in ((0, 0), (1, n - 1)):
        a = acb(2) ** (1 + s)

        def product_(t, _, a=a, b=b):
            u = (t - b) / a
            mirrored = mother(word, -u)  # the conjugate of the wavelet, as an analytic function
            return polynomial(x[0].tolist(), t) * mirrored / a.sqrt()

        ends = acb(b) - REACH * a, acb(b) + REACH * a
        integral = acb.integral(product_, *ends)
        assert abs(integral - found[s, b]) < WIDE


@pytest.mark.parametrize("word", ["morlet", "mexican_hat"])
@pytest.mark.parametrize(("n", "Q"), [(3, 1), (5, 2), (7, 3)])
def test_a_dilation_by_two_moves_coefficients_up_an_octave(word, n, Q):
    x = signal(n, 3)[0].tolist()
    dilated = np.array([[polynomial(x, acb(t) / 2) for t in range(2 * n)]], object)
    options = {"scales": 2 * Q + 1, "Q": Q, "wavelet": word}
    one, other = (balls(CWT, {"x": v}, options)[0] for v in (np.array([x]), dilated))
    assert same(other[Q:, ::2], acb(2).sqrt() * one[: Q + 1])


# ---- filter banks ----


@given(st.data())
def test_cascades_are_one_step_with_the_equivalent_filters(data):
    taps, levels = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 3))
    w = np.array(
        data.draw(st.lists(st.lists(st.integers(-3, 3), min_size=taps, max_size=taps), min_size=2, max_size=3))
    )
    m = data.draw(st.integers(1, 3))
    x = np.array([data.draw(st.lists(st.integers(-9, 9), min_size=m * 2**levels, max_size=m * 2**levels))])
    direct = analyze(x, equivalent_filters(w, levels), stride=1)
    assert (undecimated(x, w, levels) == direct).all()
    assert (decimated(x, w, levels) == direct[:, :, :: 2**levels]).all()


@given(st.lists(st.tuples(st.integers(-5, 5), st.integers(-5, 5)), min_size=1, max_size=4), st.integers(1, 6))
def test_lattices_rebuild_signals_up_to_a_factor(angles, m):
    w, x = lattice(angles), np.arange(1, 2 * m + 1)[None]
    factor = np.prod([a * a + b * b for a, b in angles], dtype=np.int64)
    assert w.shape == (2, 2 * len(angles))
    assert (synthesize(analyze(x, w), w) == factor * x).all()


def test_other_pairs_do_not():
    w, x = np.array([[1, 1], [1, 1]]), np.arange(4)[None]
    assert (synthesize(analyze(x, w), w) != 2 * x).any()


# ---- Gabor functions ----


def test_the_letters_of_a_gabor_function_mean_what_its_options_mean():
    meanings = dict(legend(GABOR))
    assert meanings[r"\theta"] == "direction of the wave in radians"
    assert meanings[r"\alpha"] == "decay of the Gaussian along the wave"


@pytest.mark.parametrize("angle", [0.0, 0.5, -2.0])
def test_values_are_those_of_the_printed_formula(angle):
    points = np.array([[0.25, -0.5], [1.0, 2.0], [0.0, 0.0]])
    options = {
        "amplitude": 3.0,
        "alpha": 0.5,
        "beta": 0.25,
        "omega": 2.0,
        "phase": 0.75,
        "theta": angle,
        "x0": 0.5,
        "y0": 1.0,
    }
    (found,) = enclose(called(GABOR, {"points": points}, options), {"points": points}, Arithmetic(BINARY64))
    for (px, py), value in zip(points, found.values, strict=True):
        x, y, theta = arb(px) - arb(0.5), arb(py) - 1, arb(angle)
        u, v = x * theta.cos() + y * theta.sin(), -x * theta.sin() + y * theta.cos()
        expected = 3 * (-(u * u) / 2 - v * v / 4).exp() * (2 * u + arb(0.75)).sin()
        assert abs(value - expected) < WIDE


def test_an_infinite_coordinate_leaves_no_value():
    points = np.array([[np.inf, 0.0], [0.0, np.nan]])
    options = {"alpha": 1.0, "beta": 1.0, "omega": 1.0}
    (found,) = enclose(called(GABOR, {"points": points}, options), {"points": points}, Arithmetic(BINARY64))
    assert all(value.is_nan() for value in found.values)


# ---- laws that do not hold are not proved ----


@pytest.mark.parametrize("record", [WAVELET_TRANSFORM1D, INVERSE_WAVELET_TRANSFORM1D, CWT], ids=str)
def test_a_shift_of_another_length_is_refuted(record):
    law = named(f"{record.name}: cyclic shifts shift the result")
    (name, placement), *_ = law.arrays.items()
    *others, last = placement.index
    moved = Placement(name, placement.letters, (*others, Mod(last.args[0] + SHIFT, last.args[1])), placement.extents)
    assert prove_law(law).kind == "proved"
    assert prove_law(replace(law, arrays={name: moved})).kind == "refuted"


def test_filters_that_are_read_at_places_do_not_commute_with_shifts():
    *before, last = CWT.definition
    spoilt = replace(CWT, definition=(*before, replace(last, value=last.value * (1 + last.target.indices[-1]))))
    assert list(astray(spoilt, 1))


@pytest.mark.parametrize("record", [WAVELET_TRANSFORM1D, CWT], ids=str)
def test_a_reversal_without_conjugates_is_refuted(record):
    law = named(f"{record.name}: reversing a real signal reverses and conjugates")
    assert prove_law(replace(law, conjugated=False)).kind == "refuted"


@pytest.mark.parametrize(
    ("record", "value"), [(WAVELET_TRANSFORM1D, Integer(1)), (CWT, Integer(1)), (WAVELET_TRANSFORM1D, Integer(0))]
)
def test_other_values_of_constants_are_refuted(record, value):
    law = named(f"{record.name}: what a constant gives")
    assert prove_law(law).kind == "proved"
    assert prove_law(replace(law, value=value)).kind == "refuted"


def test_constants_stay_in_the_first_row():
    assert isinstance(named("wavelet_transform1d: what a constant gives").value, Piecewise)


def test_a_smaller_constant_of_contraction_is_not_proved():
    law = named("wavelet_transform1d: Lipschitz in x")
    assert prove_law(replace(law, constant=Integer(1) / 2)).kind == "unknown"


def test_the_transform_does_not_undo_itself():
    law = named("wavelet_transform1d: the dual frame gives signals back")
    assert prove_law(replace(law, inverse=CWT)).kind == "unknown"


def test_an_equivalent_filter_of_another_spread_is_refuted():
    law = named("analyze1d: two steps are one")
    u, d = Symbol("u", integer=True), Symbol("d", integer=True)
    assert prove_law(replace(law, tap=d * u + NEXT[d] * NEXT[u])).kind == "refuted"


# ---- errata ----


def test_the_errata_have_counterexamples():
    assert "becomes 4" in dilation_counterexample()
    assert "the limit is 0" in infinite_average_counterexample()
    assert "[1, 2, 4]" in scales_counterexample()
    assert "1.1045" in periodised()


@pytest.mark.parametrize(("J", "value"), [(0, Fraction(341345, 1000000)), (1, Fraction(191462, 1000000))])
def test_averages_of_a_box_are_those_of_the_normal_distribution(J, value):
    assert f"{float(value)} at J = {J}" in infinite_average_counterexample()


def test_analysis_and_synthesis_are_adjoint():
    x, w = np.array([[1, 2, 3, 4, 5, 6]]), np.array([[1, -2, 3], [0, 1, 1]])
    y = analyze(x, w)
    other = np.arange(1, y.size + 1).reshape(y.shape)
    assert (y * other).sum() == (x * synthesize(other, w)).sum()
    assert ANALYZE1D.output.axes == SYNTHESIZE1D.inputs[0].axes
