"""Solid harmonic scattering: the record against textbook harmonics, and falsehoods next to its laws and theorems."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from flint import arb
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Abs, Integer, Mod, Rational, conjugate, expand, lambdify, pi, sqrt, symbols

from convoracle.spec import solid_harmonic_proofs
from convoracle.spec.configuration import IllegalCallError, bind
from convoracle.spec.enclosure import enclose
from convoracle.spec.harmonic import plan
from convoracle.spec.homogeneity import NOTHING, Growth, growth_of
from convoracle.spec.law_proofs import prove_law
from convoracle.spec.laws import AMOUNT, VALUE
from convoracle.spec.layer_faults import faults_of, values_of, wrong_definitions
from convoracle.spec.rounded import LOST
from convoracle.spec.rounding import BINARY32, BINARY64, Arithmetic
from convoracle.spec.solid_harmonic import EVERY_POWER, SCATTERING3D, integral_off
from convoracle.spec.solid_harmonic_bank import LARGEST_DEGREE, PLACES, SIZES, level
from convoracle.spec.solid_harmonic_laws import LAWS
from convoracle.spec.solid_harmonic_proofs import harmonic_at, motions, product_of_harmonics
from convoracle.spec.symbols import ETA, array, i
from convoracle.spec.theorems_solid_harmonic import gaussian_integral, inner_product

X, Y, Z = symbols("x y z", real=True)
TEXTBOOK = (
    (Integer(1),),
    (X, Y, Z),
    (sqrt(3) * X * Y, sqrt(3) * Y * Z, (2 * Z**2 - X**2 - Y**2) / 2, sqrt(3) * X * Z, sqrt(3) * (X**2 - Y**2) / 2),
    (
        sqrt(Rational(5, 8)) * Y * (3 * X**2 - Y**2),
        sqrt(15) * X * Y * Z,
        sqrt(Rational(3, 8)) * Y * (4 * Z**2 - X**2 - Y**2),
        Z * (2 * Z**2 - 3 * X**2 - 3 * Y**2) / 2,
        sqrt(Rational(3, 8)) * X * (4 * Z**2 - X**2 - Y**2),
        sqrt(15) * Z * (X**2 - Y**2) / 2,
        sqrt(Rational(5, 8)) * X * (X**2 - 3 * Y**2),
    ),
)
"""Real solid harmonics as tables print them, normalised so that the squares of a degree add up to ``|u|^(2 l)``."""


def law(name):
    return next(law for law in LAWS if law.name == f"scattering3d: {name}")


def call(shape, **options):
    return bind(SCATTERING3D, {"x": shape}, options)


def volumes(*shape, seed=0):
    return np.random.default_rng([*shape, seed]).integers(-9, 10, shape).astype(np.float64)


# ---- a second definition ----


def both_sides(n):
    """The frequencies of an axis with the highest of an even one negative, and positive."""
    negative = 2 * np.pi * np.fft.fftfreq(n)
    return negative, np.where(np.fft.fftfreq(n) == -0.5, np.pi, negative)


def spectra(degree, width, sizes):
    """Spectra of real wavelets from the textbook, the mean of both sides at the highest frequencies."""
    sides = [both_sides(n) for n in sizes]
    size = np.sqrt(np.pi / 2) ** (degree % 2) / np.prod(range(degree + 1, 0, -2))
    for polynomial in TEXTBOOK[degree]:
        value, total = lambdify((X, Y, Z), polynomial, "numpy"), 0
        for chosen in product((0, 1), repeat=3):
            grid = np.meshgrid(*(side[c] for side, c in zip(sides, chosen, strict=True)), indexing="ij")
            gaussian = np.exp(-(width**2) * sum(axis**2 for axis in grid) / 2)
            total = total + value(*grid) * gaussian / 8
        yield size * (-1j * width) ** degree * total


def modulus(volume, degree, width):
    """The modulus over all orders by whole complex transforms."""
    filtered = [np.fft.ifftn(np.fft.fftn(volume) * spectrum) for spectrum in spectra(degree, width, volume.shape)]
    return np.sqrt(sum(abs(part) ** 2 for part in filtered))


def second_definition(volume, scales, largest, sigma, order, powers):
    """All rows of one volume, path by path."""
    widths, degrees = [sigma * 2**j for j in range(scales)], range(largest + 1)
    firsts = {(j, d): modulus(volume, d, w) for (j, w), d in product(enumerate(widths), degrees)} if order else {}
    pairs = [(a, b, d) for a in range(scales) for b in range(a + 1, scales) for d in degrees] if order > 1 else []
    seconds = [modulus(firsts[a, d], d, widths[b]) for a, b, d in pairs]
    return [[(u**power).sum() for power in powers] for u in (abs(volume), *firsts.values(), *seconds)]


SMALL = [
    ((2, 3, 4), {"J": 2, "L": 3}),
    ((3, 2, 2), {"J": 2, "L": 2, "sigma": 0.5}),
    ((1, 4, 3), {"J": 3, "L": 1, "sigma": 0.25, "powers": (1, 2)}),
    ((4, 4, 1), {"J": 1, "L": 3, "max_order": 1, "powers": (0.5,)}),
    ((1, 1, 1), {"J": 2, "L": 3, "max_order": 0}),
]


def agree(sizes, options, seed=0):
    """Whether the second definition, as NumPy computes it, lies within the rounding bound of the record."""
    x = volumes(1, *sizes, seed=seed)
    said = {"L": 3, "sigma": 1.0, "max_order": 2, "powers": EVERY_POWER, **options}
    other = second_definition(x[0], said["J"], said["L"], said["sigma"], said["max_order"], said["powers"])
    (found,) = enclose(call((1, *sizes), **options), {"x": x}, Arithmetic(BINARY64))
    triples = zip(np.ravel(other), found.values, found.bounds[-1], strict=True)
    return all(abs(arb(got) - true) <= bound for got, true, bound in triples)


@pytest.mark.parametrize(("sizes", "options"), SMALL, ids=str)
def test_the_record_is_what_textbook_harmonics_give(sizes, options):
    assert agree(sizes, options)


@settings(max_examples=8)
@given(
    st.tuples(*[st.integers(1, 3)] * 3),
    st.fixed_dictionaries(
        {
            "J": st.integers(1, 2),
            "L": st.integers(0, 3),
            "sigma": st.sampled_from((0.25, 1.0)),
            "max_order": st.integers(0, 2),
        }
    ),
    st.integers(0, 99),
)
def test_any_small_volume_has_the_rows_of_the_second_definition(sizes, options, seed):
    assert agree(sizes, options, seed)


@pytest.mark.parametrize("degree", range(4))
def test_real_and_complex_harmonics_span_the_same_space(degree):
    at = dict(zip((X, Y, Z), symbols("w_1 w_2 w_3", real=True), strict=True))
    real = sum(p * p.xreplace(at) for p in TEXTBOOK[degree])
    ours = product_of_harmonics(degree).xreplace(dict(zip(symbols("u_1 u_2 u_3", real=True), (X, Y, Z), strict=True)))
    assert expand(real - ours) == 0


# ---- harmonics ----


@pytest.mark.parametrize("degree", range(LARGEST_DEGREE + 1))
def test_opposite_orders_are_conjugates(degree):
    for order in range(degree + 1):
        there, here = (harmonic_at(degree, m, (X, Y, Z)) for m in (-order, order))
        assert expand(there - (-1) ** order * conjugate(here).expand()) == 0


def test_the_factors_of_the_degrees_are_those_of_the_closed_form():
    assert [level(Integer(d)) for d in range(5)] == [
        1,
        sqrt(pi / 2) / 2,
        Rational(1, 3),
        sqrt(pi / 2) / 8,
        Rational(1, 15),
    ]


def test_harmonics_of_different_degree_are_orthogonal_and_their_length_is_one():
    assert inner_product((2, 1), (4, 1)) == 0
    assert inner_product((3, -2), (3, -2)) == 1


# ---- spectra ----


@pytest.mark.parametrize("sizes", [(1, 1, 1), (2, 2, 2), (3, 4, 5), (4, 2, 3)], ids=str)
def test_the_orders_of_a_degree_have_at_most_the_energy_one_at_every_bin(sizes):
    configuration = call((1, *sizes), J=2, L=4, sigma=0.25)
    squares = [(z * z.conjugate()).real for z in plan(configuration)["psi_hat"].values]
    energies = np.array(squares, object).reshape(2, 5, 9, *sizes).sum(axis=2)
    assert not any(energy > 1 for energy in energies.ravel())
    assert all(energy == 1 for energy in energies[:, 0, 0, 0, 0])


def test_spectra_of_degree_one_or_more_are_zero_at_frequency_zero():
    configuration = call((1, 2, 3, 4), J=2, L=4)
    psi = np.array(plan(configuration)["psi_hat"].values).reshape(2, 5, 9, 2, 3, 4)
    assert all(z == 0 for z in psi[:, 1:, :, 0, 0, 0].ravel())
    assert all(z == 1 for z in psi[:, 0, 0, 0, 0, 0])


def test_an_order_beyond_its_degree_has_no_spectrum():
    psi = np.array(plan(call((1, 2, 3, 2), J=1, L=3))["psi_hat"].values).reshape(4, 7, -1)
    assert all(z == 0 for degree in range(4) for z in psi[degree, 2 * degree + 1 :].ravel())


def test_filters_of_a_real_volume_are_hermitian_with_opposite_orders():
    sizes = (2, 4, 3)
    psi = np.array(plan(call((1, *sizes), J=1, L=3))["psi_hat"].values).reshape(1, 4, 7, *sizes)
    for degree, f in product(range(4), np.ndindex(*sizes)):
        opposite = tuple(-k % n for k, n in zip(f, sizes, strict=True))
        for order in range(-degree, degree + 1):
            here, there = psi[0, degree, degree + order][f], psi[0, degree, degree - order][opposite]
            assert here.overlaps((-1) ** order * there.conjugate())


# ---- sizes and rules ----


@pytest.mark.parametrize(("scales", "largest", "order"), [*product((1, 2, 3, 4), (0, 1, 4), (0, 1, 2))])
def test_there_are_as_many_rows_as_paths(scales, largest, order):
    pairs = [(a, b) for a in range(scales) for b in range(a)]
    paths = 1 + (largest + 1) * (scales * (order > 0) + len(pairs) * (order > 1))
    assert call((2, 1, 1, 1), J=scales, L=largest, max_order=order).output_shape == (2, paths, 3)


ILLEGAL = {
    "degree": {"J": 1, "L": 5},
    "L": {"J": 1, "L": -1},
    "J": {"J": 0},
    "sigma": {"J": 1, "sigma": 0.125},
    "powers": {"J": 1, "powers": (1, 0.5)},
    "max_order": {"J": 1, "max_order": 3},
}


@pytest.mark.parametrize("code", ILLEGAL)
def test_an_illegal_call_breaks_the_rule_that_it_breaks(code):
    with pytest.raises(IllegalCallError) as caught:
        call((1, 2, 2, 2), **ILLEGAL[code])
    assert caught.value.code == code


@pytest.mark.parametrize("axis", [1, 2, 3])
def test_an_empty_axis_is_refused(axis):
    shape = [1, 2, 2, 2]
    shape[axis] = 0
    with pytest.raises(IllegalCallError, match="the size of the volume must be at least 1"):
        call(tuple(shape), J=1)


# ---- how far a result may be off ----


@pytest.mark.parametrize("arithmetic", [Arithmetic(BINARY32), Arithmetic(BINARY64)], ids=["float32", "float64"])
def test_bounds_grow_as_the_power_of_the_volume(arithmetic):
    configuration, x = call((1, 2, 3, 2), J=2, L=2), volumes(1, 2, 3, 2)
    (one,), (large,) = (enclose(configuration, {"x": factor * x}, arithmetic) for factor in (1.0, 2.0**20))
    doublings = np.rint(np.log2(large.bounds / one.bounds)).reshape(-1, 3)
    assert (doublings == [10, 20, 40]).all()


def test_a_volume_whose_square_overflows_is_not_judged():
    configuration, x = call((2, 1, 1, 1), J=1, L=0), np.array([1.0, 2.0**70]).reshape(2, 1, 1, 1)
    (found,) = enclose(configuration, {"x": x}, Arithmetic(BINARY32))
    assert found.states.reshape(2, -1).all(axis=1).tolist() == [False, True]
    (alone,) = enclose(call((2, 1, 1, 1), J=1, L=0, powers=(1,)), {"x": x}, Arithmetic(BINARY32))
    assert not np.any(alone.states & LOST)


WHERE = ("spread", "one sample", "any")


@pytest.mark.parametrize("power", EVERY_POWER)
@given(
    st.integers(1, 30),
    st.integers(0, 40),
    st.sampled_from(("spread", "one sample", "any")),
    st.booleans(),
    st.integers(0, 99),
)
def test_a_modulus_that_is_off_in_norm_gives_integrals_within_their_bound(power, volume, exponent, where, silent, seed):
    generator, error = np.random.default_rng(seed), 2.0**-exponent
    u = np.zeros(volume) if silent else generator.random(volume)
    u = u / max(1.0, np.linalg.norm(u))
    off = {"spread": np.ones(volume), "one sample": np.eye(volume)[0], "any": generator.standard_normal(volume)}[where]
    computed = np.maximum(0, u + error * off / np.linalg.norm(off))
    assert abs((computed**power).sum() - (u**power).sum()) <= integral_off(error, power, volume, BINARY64.unit)


# ---- laws ----


def moved(name, index, sizes=SIZES):
    """A law with the entries of the volume somewhere else."""
    chosen = law(name)
    placement = replace(chosen.arrays["x"], index=(i, *index), extents=(chosen.arrays["x"].extents[0], *sizes))
    return replace(chosen, arrays={"x": placement})


NOT_MOTIONS = {
    "reversed about the end": moved("cyclic shifts change nothing", (SIZES[0] - 1 - PLACES[0], *PLACES[1:])),
    "stretched": moved("cyclic shifts change nothing", (Mod(2 * PLACES[0], SIZES[0]), *PLACES[1:])),
    "an axis twice": moved("cyclic shifts change nothing", (PLACES[0], PLACES[0], PLACES[2])),
    "sizes not exchanged": moved("exchanging the first and the third axis changes nothing", PLACES[::-1]),
}


@pytest.mark.parametrize("name", NOT_MOTIONS)
def test_what_is_no_motion_of_the_cycle_is_not_proved(name):
    assert motions(NOT_MOTIONS[name].arrays["x"]) is None
    assert prove_law(NOT_MOTIONS[name]).kind == "unknown"


FIRST_BIN, SIDE = symbols("f_1 zeta_1", integer=True)
FLAT = {array("omega_1")[0, FIRST_BIN]: Integer(0)}
ALONG_TWO = {array("omega_1")[SIDE, FIRST_BIN]: Integer(0)}
WRONG_STAGES = {
    "a Gaussian that is flat along one axis": ("exchange", "bell", lambda e: e.xreplace(FLAT)),
    "a spectrum that knows its bin": ("reverse", "psi_hat", lambda e: e * FIRST_BIN),
    "frequencies seen from one side": ("reverse", "omega_1", lambda e: e.xreplace({SIDE: Integer(0)})),
    "no root over the orders": ("exchange", "U_1", lambda e: e**2),
    "orders of degree 1 at all degrees": ("exchange", "U_2", lambda e: e.xreplace({ETA: Integer(1)})),
    "sums over part of the volume": ("exchange", "S_1", lambda e: e.func(e.function, *e.limits[1:])),
    "a transform that turns the other way": ("reverse", "X_b", lambda e: e.replace(conjugate, lambda turn: turn)),
    "harmonics that do not read an axis": ("exchange", "solid", lambda e: e.xreplace(ALONG_TWO)),
}
"""Definitions that a motion of the volume changes: the law that is lost, the stage and its other value."""


@pytest.fixture
def fresh_polynomials():
    """Harmonics as they are read off the definition anew, before a test and after it."""
    caches = (solid_harmonic_proofs._polynomial, product_of_harmonics)
    for cache in caches:
        cache.cache_clear()
    yield
    for cache in caches:
        cache.cache_clear()


@pytest.mark.parametrize("name", WRONG_STAGES)
@pytest.mark.usefixtures("fresh_polynomials")
def test_no_motion_is_proved_of_a_definition_that_it_changes(name, monkeypatch):
    lost, target, change = WRONG_STAGES[name]
    right = solid_harmonic_proofs.value_of
    wrong = lambda base: change(right(base)) if str(base) == target else right(base)  # noqa: E731
    monkeypatch.setattr(solid_harmonic_proofs, "value_of", wrong)
    names = {"exchange": "exchanging the first and the third axis", "reverse": "reversing the first axis"}
    assert prove_law(law(f"{names[lost]} changes nothing")).kind == "refuted"


FALSE_FACTORS = {
    "a power too many": replace(law("a factor passes to the power 1"), outer=16**AMOUNT * VALUE),
    "the power of another column": replace(law("a factor passes to the power 1"), words={"powers": (2,)}),
    "every column alike": replace(law("a factor passes to the power 1"), words={}),
    "odd": replace(law("it is even"), outer=-VALUE),
}


@pytest.mark.parametrize("name", FALSE_FACTORS)
def test_a_false_power_of_a_factor_is_not_proved(name):
    assert prove_law(FALSE_FACTORS[name]).kind in ("refuted", "unknown")


FALSE_PARTS = {
    "another column": replace(
        law("one power is one column"), index=(*law("one power is one column").index[:2], Integer(2))
    ),
    "rows of two wavelets": replace(law("wider wavelets come last"), words={"max_order": 2}),
}


@pytest.mark.parametrize("name", FALSE_PARTS)
def test_a_false_place_in_a_larger_call_is_not_proved(name):
    assert prove_law(FALSE_PARTS[name]).kind in ("refuted", "unknown")


# ---- growth ----

A = array("a")[i]
KNOWN = {"a": Growth(Integer(1), True)}
GROWTHS = {
    "twice the input": (2 * A, Growth(Integer(1), True)),
    "its modulus": (Abs(A), Growth(Integer(1), False)),
    "its square as a product": (Abs(A) * A, Growth(Integer(2), True)),
    "the root of its modulus": (sqrt(Abs(A)), Growth(Rational(1, 2), False)),
    "something else": (array("b")[i] ** 2, NOTHING),
    "a sum of two powers": (A + Abs(A), None),
    "a power of something signed": (A**2, None),
    "a power by the input": (2**A, None),
    "an exponential": (array("b")[i] + A, None),
}


@pytest.mark.parametrize("name", GROWTHS)
def test_the_growth_of_an_expression_is_read_off_its_form(name):
    expr, expected = GROWTHS[name]
    assert growth_of(expr, KNOWN) == expected


# ---- theorems ----


def test_the_integral_of_a_gaussian_is_the_power_of_the_ratio_of_widths():
    w, s = symbols("w s", positive=True)
    assert [gaussian_integral(d, Integer(1)).simplify() for d in range(3)] == [
        ((w / sqrt(w**2 + s**2)) ** d).simplify() for d in range(3)
    ]


# ---- wrong definitions ----


def test_every_wrong_definition_differs_from_the_right_one_somewhere():
    configuration, x = call((2, 4, 3, 2), J=2, L=2, sigma=0.5), {"x": volumes(2, 4, 3, 2)}
    right = values_of(configuration, configuration.stages, x)[0].values
    silent = {fault.sentence for fault in faults_of(SCATTERING3D)}
    for wrong in wrong_definitions(configuration):
        values = values_of(configuration, wrong.stages, x)[0].values
        if not all(a.overlaps(b) for a, b in zip(right, values, strict=True)):
            silent -= set(wrong.sentences)
    assert not silent
