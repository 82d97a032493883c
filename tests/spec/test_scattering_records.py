"""Scattering of images is what a second definition says; its banks have the energy, angles and bounds that they should."""

from itertools import product
from math import ceil, gcd, pi, prod, sqrt

import numpy as np
import pytest
from flint import acb, arb, ctx
from hypothesis import given, settings
from hypothesis import strategies as st

from convoracle.properties import generation
from convoracle.properties.check import judge
from convoracle.properties.strategies import cases
from convoracle.properties.subject import Judged, in_process
from convoracle.spec.configuration import bind
from convoracle.spec.enclosure import enclose
from convoracle.spec.harmonic import PRECISION, plan
from convoracle.spec.records import Choice
from convoracle.spec.rendering import latex, mathml, text
from convoracle.spec.rounding import BINARY64, Arithmetic
from convoracle.spec.scattering2d import SCATTERING2D
from convoracle.spec.spectral_rounding import transform_growth

TINY = arb(2) ** -80
"""Balls of 128 bits tell what is larger than this from 0."""


def image(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


def called(shape, **options):
    return bind(SCATTERING2D, {"x": (1, *shape)}, options)


# ---- a second definition: Gabor functions on a mesh, every path through signals with zeros between their samples ----


def gabor(shape, angle, scale, slant, xi):
    """A Gaussian about a wave vector, summed over six periods of each axis; frequencies are complex, turned by the angle."""
    rows, columns = (np.add.outer(np.arange(n) / n, -np.arange(-2, 4)) for n in shape)
    turned = (columns[None, :, None, :] + 1j * rows[:, None, :, None]) * np.exp(-1j * angle) - xi
    return np.exp(-((turned.real**2 + (turned.imag / slant) ** 2) / 2) * (2 * pi * scale) ** 2).sum(axis=(2, 3))


def mirrored(spectra):
    return np.roll(spectra[..., ::-1, ::-1], (1, 1), (-2, -1))


LEVELS = {
    "cap": lambda room: np.minimum(1, np.sqrt(room)),
    "tight": np.sqrt,
    "scalar": lambda room: min(1, sqrt(np.delete(room.ravel(), 0).min())),
}


def filters(shape, J, L, normalization, turn=pi, width=0.8, corrected=True):
    low = gabor(shape, 0, 0.4 * 2**J, 1, 0)
    phi, raw = low / low[0, 0], []
    for j, angle in product(range(J), range(L)):
        here, centred = (gabor(shape, turn * angle / L, width * 2**j, 4 / L, xi) for xi in (3 / 8 / 2**j, 0))
        raw.append(sqrt(2) * (here - corrected * centred * here[0, 0] / centred[0, 0]))
        if angle == 0 and corrected:
            raw[-1][:, 0] = 0
    raw = np.array(raw)
    energy = (raw**2 + mirrored(raw) ** 2).sum(axis=0) / 2
    room = np.where(energy > 0, (1 - phi) * (1 + phi) / np.where(energy > 0, energy, 1), 1)
    psi = raw * LEVELS[normalization](room)
    psi[:, 0, 0] *= not corrected
    return phi, psi


def extended(x, word):
    if word == "periodic":
        return x
    grown = [(0, 0), *((0, n - 2 * (word == "reflect")) for n in x.shape[1:])]
    return np.pad(x, grown, mode={"zero": "constant"}.get(word, word))


def naive(
    x,
    *,
    J,
    L=8,
    max_order=2,
    boundary="periodic",
    paths="decreasing",
    oversampling=0,
    normalization="cap",
    two_sided=False,
    spoilt=None,
    **bank,
):
    """Scattering of images in NumPy; `spoilt` is one fault of the cascade, `bank` those of its filters."""
    checked(x, J, L, max_order, oversampling)
    z = extended(x, boundary)
    phi, later = filters(z.shape[1:], J, L, normalization, **bank)
    psi = np.concatenate([later, mirrored(later)]) / sqrt(2) if two_sided else later
    step = 2 ** max(0, J - oversampling)

    def rate(octave):
        return tuple(gcd(2 ** max(0, octave - oversampling), p) for p in z.shape[1:])

    def through(u, spectrum, apart, wanted):
        sparse = np.zeros_like(u)
        sparse[:, :: apart[0], :: apart[1]] = u[:, :: apart[0], :: apart[1]] * (1 if spoilt == "mean" else prod(apart))
        found = np.fft.ifft2(np.fft.fft2(sparse) * spectrum)
        kept = np.zeros_like(found)
        kept[:, :: wanted[0], :: wanted[1]] = found[:, :: wanted[0], :: wanted[1]]
        return kept

    def average(u, apart):
        found = through(u, phi, apart, (1, 1))[:, spoilt == "late" :: step, ::step]
        return found[:, : ceil(x.shape[1] / step), : ceil(x.shape[2] / step)]

    orders, apart = [[(z, (1, 1), -1)], [], []], (1, 1)
    for order in range(1, max_order + 1):
        for u, apart, octave in orders[order - 1]:
            bands = psi if order == 1 else later
            first = 0 if order == 1 or paths == "all" else L * (octave + 1)
            for mu in range(first, len(bands)):
                own = mu % (J * L) // L
                wanted = tuple(map(max, apart, rate(own)))
                modulus = abs(through(u, bands[mu], apart, wanted))
                orders[order].append((modulus.real if spoilt != "squared" else modulus**2, wanted, own))
    rows = [average(u, apart) for order in orders for u, apart, _ in order]
    result = np.stack(rows[:1] + rows[:0:-1] if spoilt == "order" else rows, axis=1)
    return (result if np.iscomplexobj(x) else result.real).astype(x.dtype)


def checked(x, J, L, max_order, oversampling):
    if min(J, L) < 1 or oversampling < 0 or max_order not in (0, 1, 2) or min(x.shape[1:]) < 2**J:
        raise ValueError("scattering2d: an option is out of its range")


def beyond(x, got, **options):
    """How much farther some coefficients are off than float64 allows, at most; 1 is at the bound."""
    call = bind(SCATTERING2D, {"x": x.shape}, options)
    (output,) = enclose(call, {"x": x}, Arithmetic(BINARY64))
    parts = zip(output, (got.real, got.imag), strict=True) if isinstance(output, tuple) else [(output, got)]
    return max(np.max(abs(part.ravel() - middles(true.values)) / true.bounds[0]) for true, part in parts)


def middles(values):
    return np.array([float(ball.mid()) for ball in values])


GRID = [
    {"J": 1, "L": 3},
    {"J": 2, "L": 2},
    {"J": 2, "L": 2, "max_order": 1, "boundary": "symmetric"},
    {"J": 2, "L": 1, "paths": "all", "boundary": "reflect", "normalization": "tight"},
    {"J": 1, "L": 4, "boundary": "zero", "normalization": "scalar", "two_sided": True},
    {"J": 2, "L": 2, "oversampling": 1, "normalization": "tight", "two_sided": True},
]


@pytest.mark.parametrize("options", GRID, ids=str)
@pytest.mark.parametrize("shape", [(4, 8), (5, 6)])
def test_scattering_of_images_is_what_its_second_definition_says(options, shape):
    for x in (image(2, *shape), image(1, *shape) + 1j * image(1, *shape, seed=1)):
        assert beyond(x, naive(x, **options), **options) < 1


WORDS = {p.keyword: list(p.options) for p in SCATTERING2D.parameters if isinstance(p, Choice)}


@st.composite
def calls(draw):
    J = draw(st.integers(1, 2))
    shape = tuple(draw(st.integers(2**J, 2**J + 3)) for _ in range(2))
    words = {keyword: draw(st.sampled_from(options)) for keyword, options in WORDS.items()}
    return shape, {"J": J, "L": draw(st.integers(1, 3)), "oversampling": draw(st.integers(0, 2)), **words}


@settings(max_examples=15)
@given(call=calls(), seed=st.integers(0, 2**20))
def test_scattering_of_images_is_what_its_second_definition_says_for_all_options(call, seed):
    shape, options = call
    x = image(1, *shape, seed=seed)
    assert beyond(x, naive(x, **options), **options) < 1


def judged(function, examples):
    return judge(Judged(name="naive", record=SCATTERING2D, call=in_process(function)), examples=examples)


def flattened(function):
    """A function of one batch axis, on any leading shape, with the checks of words."""

    def wrapper(x, **options):
        if not all(options.get(k, choices[0]) in choices for k, choices in WORDS.items()):
            raise ValueError("scattering2d: no such word")
        found = function(x.reshape(-1, *x.shape[-2:]), **options)
        return np.ascontiguousarray(found.reshape(*x.shape[:-2], *found.shape[1:]))

    return wrapper


def test_the_judge_passes_the_second_definition():
    verdict = judged(flattened(naive), 24)
    assert verdict.ok, verdict.reason


FAULTS = {
    "spectra periodised by their mean": {"spoilt": "mean"},
    "the modulus squared": {"spoilt": "squared"},
    "samples one row late": {"spoilt": "late"},
    "paths from the last to the first": {"spoilt": "order"},
    "pi cut off": {"turn": 3.1415},
    "no zero mean": {"corrected": False},
    "another width": {"width": 0.75},
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_wrong_definition_is_far_beyond_the_bound(fault):
    x, right = image(1, 8, 8), {"J": 2, "L": 2, "paths": "all"}
    assert beyond(x, naive(x, **right), **right) < 1 < 1e3 < beyond(x, naive(x, **right, **FAULTS[fault]), **right)


def test_the_judge_rejects_a_wrong_order_of_paths(monkeypatch):
    monkeypatch.setattr(generation, "SHRINK_CASES", 0)  # the first failure will do
    assert not judged(flattened(lambda x, **options: naive(x, spoilt="order", **options)), 8).ok


def test_one_wrong_coefficient_is_found():
    x = image(1, 4, 4)
    got = naive(x, J=1, L=2)
    got[0, 2, 1, 1] *= 1 + 2**-20
    assert beyond(x, got, J=1, L=2) > 1


# ---- banks ----

SMALL_BANKS = list(product(((2, 2), (4, 5)), ((1, 1), (1, 3), (2, 2)), ("cap", "tight", "scalar"), (False, True)))
LEGAL_BANKS = [(s, (J, L), w, t) for s, (J, L), w, t in SMALL_BANKS if min(s) >= 2**J]


def spectra(shape, J, L, **words):
    call = called(shape, J=J, L=L, **words)
    found = plan(call)
    return [found[name].values.reshape(-1, *shape) for name in ("phi_hat", "psi_1_hat", "psi_2_hat")]


@pytest.mark.parametrize(("shape", "scales", "normalization", "two_sided"), LEGAL_BANKS)
def test_the_energy_of_a_bank_is_at_most_one_and_the_average_keeps_the_mean(shape, scales, normalization, two_sided):
    (phi,), *bands = spectra(shape, *scales, normalization=normalization, two_sided=two_sided)
    with ctx.workprec(PRECISION):
        assert abs(phi[0, 0] - 1) < TINY
        for psi in bands:
            assert all(band[0, 0] == 0 for band in psi)
            total = phi**2 + ((psi**2 + mirrored(psi) ** 2) / acb(2)).sum(axis=0)
            assert all(value.real - 1 < TINY for value in total.flat)
            tight = normalization == "tight" and scales[1] > 1
            assert not tight or all(abs(value - 1) < TINY for value in total.flat)


def test_one_orientation_leaves_out_the_frequencies_across_it():
    (phi,), _, (psi,) = spectra((4, 4), 1, 1, normalization="tight")
    assert all(value == 0 for value in psi[:, 0])
    with ctx.workprec(PRECISION):
        energy = phi**2 + (psi**2 + mirrored(psi) ** 2) / acb(2)
        assert all(abs(value - 1) < TINY for value in energy[:, 1:].flat)


@pytest.mark.parametrize(("angle", "vector"), [(0, (0, 6)), (1, (4, 4)), (2, (6, 0)), (3, (4, -4))])
def test_angles_are_counted_from_the_last_axis(angle, vector):
    """Of 16 bins a wave vector of length 6 is 3/8; the first of four angles points along the last axis."""
    _, _, psi = spectra((16, 16), 1, 4)
    peak = np.unravel_index(np.argmax([float(v.real.mid()) for v in psi[angle].flat]), (16, 16))
    assert all(abs((p - v + 8) % 16 - 8) <= 1 for p, v in zip(peak, vector, strict=True))


def test_wavelets_of_negative_frequency_are_the_mirror_images_of_the_others():
    _, psi, later = spectra((4, 6), 2, 2, two_sided=True)
    with ctx.workprec(PRECISION):
        both = np.concatenate([later, mirrored(later)]) / acb(2).sqrt()
        assert all(abs(value) < TINY for value in (psi - both).flat)


def test_octaves_halve_the_frequency_and_the_width():
    found = plan(called((8, 8), J=3, L=2))
    centres, sharpness = (found[name].values.reshape(3, 2) for name in ("centre", "sharpness"))
    assert all(2 * centres[j + 1, k] == centres[j, k] for j, k in product(range(2), repeat=2))
    assert all((sharpness[j + 1, k] - 4 * sharpness[j, k]).contains(0) for j, k in product(range(2), repeat=2))
    assert centres[0, 0] == acb(3) / 8


# ---- bounds ----


def test_bounds_grow_with_the_order_and_what_a_boundary_repeats():
    x = {"x": image(1, 4, 4)}
    found = {}
    for word in WORDS["boundary"]:
        (output,) = enclose(called((4, 4), J=1, L=2, paths="all", boundary=word), x, Arithmetic(BINARY64))
        found[word] = output.bounds[0].reshape(output.shape)[0, [0, 1, 3], 0, 0]
        assert found[word][0] < found[word][1] < found[word][2]
    assert np.all(found["symmetric"] > found["zero"])


def test_a_bank_whose_levels_are_above_one_is_allowed_larger_errors():
    """Between the angles, and in the corners, wavelets have a quarter of the energy that makes a bank tight."""
    bounds = [
        enclose(called((8, 8), J=1, L=4, normalization=word), {"x": image(1, 8, 8)}, Arithmetic(BINARY64))[0].bounds
        for word in ("cap", "tight")
    ]
    assert np.all(bounds[0] < bounds[1])


@pytest.mark.parametrize("unit", [2.0**-53, 2.0**-24])
def test_a_transform_along_one_axis_after_the_other_errs_less_than_one_of_all_points(unit):
    for rows, columns in product(range(1, 60), repeat=2):
        one, other = transform_growth(rows, unit), transform_growth(columns, unit)
        assert one + other + one * other <= transform_growth(rows * columns, unit) * (1 + 2.0**-30)


# ---- what is drawn and written ----


@settings(max_examples=40)
@given(case=cases(SCATTERING2D))
def test_drawn_images_are_small_enough_for_balls(case):
    letters = case.configuration.values
    assert letters["J"] <= 2
    assert letters["L"] <= 8
    assert letters["P_1"] * letters["P_2"] <= 18**2


def test_the_record_is_written_out():
    assert all(mathml(line) for line in latex(SCATTERING2D).splitlines())
    lines = text(SCATTERING2D).splitlines()
    assert "s = 2^max(0, J - V)" in lines
    assert any(line.startswith("z[i, j_1, j_2] = x[i, xi(j_1, n_1), xi(j_2, n_2)]") for line in lines)
