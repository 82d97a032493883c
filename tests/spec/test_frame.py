"""Certified frame bounds: they enclose the exact ones, decide 1 exactly, see aliases, and find what is wrong with other banks."""

from fractions import Fraction
from math import inf, nan, nextafter, pi, prod

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from convoracle.spec.aliased_frame import subsampled_bounds
from convoracle.spec.definite import least_eigenvalue, norm_bounds
from convoracle.spec.frame import (
    canonical_dual,
    frame_bounds,
    frame_function,
    reconstruction_error,
    reflected,
)
from convoracle.spec.scattering_numeric import record_bank
from convoracle.spec.theorems_frame import stored

EPS = np.finfo(float).eps
SIZES = [(1,), (2,), (5,), (6,), (3, 4), (2, 1), (2, 3, 2)]
SPECTRA = st.one_of(
    st.sampled_from([0.0, 1.0, 0.5, 2.0**-0.5, 2.0**-27, 2.0**-500, 5e-324, -1.0]),
    st.floats(-2, 2, allow_subnormal=True),
)


def banks(wavelets=3):
    """Stored banks of up to three axes: an average and some wavelets."""
    return st.sampled_from(SIZES).flatmap(
        lambda size: st.tuples(
            arrays(float, size, elements=SPECTRA), arrays(float, (wavelets, *size), elements=SPECTRA)
        )
    )


def exact_function(phi, psi, real):
    """F (G for complex signals), bin by bin, in rational numbers."""
    values = {}
    for place in np.ndindex(*phi.shape):
        mirror = tuple(-w % n for w, n in zip(place, phi.shape, strict=True))
        seen = (place, mirror) if real else (place,)
        entries = [h[w] for w in seen for h in (phi, *psi)]
        squares = (Fraction(part) ** 2 for z in entries for part in (float(np.real(z)), float(np.imag(z))))
        values[place] = sum(squares, Fraction(0)) / len(seen)
    return values


def above(value):
    """A number a few roundings above another, and what products too small for floats may hide."""
    return value * (1 + 4 * Fraction(EPS)) + Fraction(1, 2**900)


def below(value):
    return value * (1 - 4 * Fraction(EPS)) - Fraction(1, 2**900)


def random_bank(seed, size, wavelets=3, complex_=False):
    rng = np.random.default_rng(seed)

    def spectra(*shape):
        real = rng.standard_normal(shape)
        return real + 1j * rng.standard_normal(shape) if complex_ else real

    return spectra(*size), spectra(wavelets, *size)


def frame_matrix(phi, psi, strides, real):
    """The frame operator's matrix from circular convolutions, sample by sample; over real vectors if asked for."""
    points, rows = np.indices(phi.shape).reshape(phi.ndim, -1).T, []
    for h, stride in zip((phi, *psi), strides, strict=True):
        taps = np.fft.ifftn(h)
        kept = [t for t in points if not (t % stride).any()]
        weight = stride ** (phi.ndim / 2)
        rows += [[weight * taps[tuple((t - j) % phi.shape)] for j in points] for t in kept]
    matrix = np.array(rows)
    matrix = np.concatenate([matrix.real, matrix.imag]) if real else matrix
    return matrix.conj().T @ matrix


def slack(matrix):
    """The error of eigenvalues as computed: a modest multiple of eps times the norm (Golub & Van Loan)."""
    return 8 * len(matrix) * EPS * float(np.linalg.norm(matrix))


# ---- full rate ----


@pytest.mark.parametrize("real", [True, False])
@given(bank=banks())
def test_bounds_enclose_the_exact_ones_and_name_their_bins(bank, real):
    found, exact = frame_bounds(*bank, real=real), exact_function(*bank, real)
    least, greatest = min(exact.values()), max(exact.values())
    assert Fraction(found.lower) <= least
    assert greatest <= Fraction(found.upper)
    assert found.upper <= above(greatest)
    assert below(least) <= found.lower
    assert below(greatest) <= exact[found.highest_bin]
    assert exact[found.lowest_bin] <= above(least)


@pytest.mark.parametrize("real", [True, False])
@given(bank=banks())
def test_the_upper_bound_is_at_most_1_exactly_if_the_frame_is(bank, real):
    assert (frame_bounds(*bank, real=real).upper <= 1) == (max(exact_function(*bank, real).values()) <= 1)


@pytest.mark.parametrize(
    ("small", "within"),
    [((), True), ((2.0**-60,), False), ((2.0**-400,), False), ((2.0**-490,), False), ((5e-324,), False)],
    ids=str,
)
def test_a_bin_that_exceeds_1_by_nothing_that_floats_show_is_found(small, within):
    psi = np.array(small).reshape(len(small), 1)
    assert (frame_bounds(np.array([1.0]), psi).upper <= 1) is within


def test_a_bin_just_below_1_is_not_rounded_above_it():
    below = nextafter(1.0, 0)
    assert frame_bounds(np.array([below]), np.zeros((0, 1))).upper <= 1
    assert frame_bounds(np.array([nextafter(1.0, 2)]), np.zeros((0, 1))).upper > 1


@pytest.mark.parametrize("complex_", [False, True])
@pytest.mark.parametrize("real", [True, False])
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_bounds_are_eigenvalues_of_the_matrix_of_circular_convolutions(size, real, complex_):
    bank = random_bank(prod(size), size, complex_=complex_)
    matrix = frame_matrix(*bank, (1,) * 4, real)
    found, values = frame_bounds(*bank, real=real), np.linalg.eigvalsh(matrix)
    assert abs(found.lower - values[0]) <= slack(matrix)
    assert abs(found.upper - values[-1]) <= slack(matrix)


@pytest.mark.parametrize("n", [1, 2, 5, 6])
def test_frequency_zero_and_half_the_rate_are_their_own_negatives(n):
    bins = np.arange(n)
    assert reflected(bins).tolist() == [-w % n for w in bins]
    own = [w for w in bins if reflected(bins)[w] == w]
    for w in bins:
        found = frame_bounds(np.zeros(n), np.eye(n)[[w]])
        assert found.upper == (1 if w in own else nextafter(0.5, 1))


def test_axes_are_reflected_each_by_its_own_size():
    image = np.arange(12).reshape(3, 4)
    assert reflected(image).tolist() == [[image[-r % 3, -c % 4] for c in range(4)] for r in range(3)]


def test_float32_filters_are_taken_as_they_are_stored():
    phi, psi = (part.astype(np.float32) for part in random_bank(1, (8,)))
    assert frame_bounds(phi, psi) == frame_bounds(phi.astype(float), psi.astype(float))


@given(bank=banks())
def test_the_frame_function_is_near_the_exact_one(bank):
    found, exact = frame_function(*bank), exact_function(*bank, True)
    assert all(below(value) <= Fraction(found[w]) <= above(value) for w, value in exact.items())


@pytest.mark.parametrize("wrong", [nan, inf, -inf, 2.0**500], ids=str)
def test_spectra_that_are_not_finite_or_too_large_are_refused(wrong):
    phi, psi = np.ones(4), np.ones((2, 4))
    for bank in ((np.where(phi, wrong, 0), psi), (phi, psi * wrong), (phi, np.full((2, 4), complex(0, wrong)))):
        with pytest.raises(ValueError, match="frame: spectra must be finite"):
            frame_bounds(*bank)


@pytest.mark.parametrize("shapes", [((4,), (2, 5)), ((4,), (4,)), ((0,), (2, 0)), ((2, 2), (3, 4))], ids=str)
def test_wavelets_on_another_grid_are_refused(shapes):
    with pytest.raises(ValueError, match="wavelets must have the bins of the average"):
        frame_bounds(*(np.zeros(shape) for shape in shapes))


def test_tightness_is_measured_from_both_sides():
    assert frame_bounds(np.ones(3), np.zeros((0, 3))).defect <= EPS
    assert frame_bounds(np.array([1.0, 0.5]), np.zeros((0, 2))).defect >= 0.75
    assert frame_bounds(np.array([1.0, 1.5]), np.zeros((0, 2))).defect >= 1.25


# ---- dual ----


@pytest.mark.parametrize("complex_", [False, True])
@pytest.mark.parametrize("real", [True, False])
@pytest.mark.parametrize("size", [(5,), (6,), (4, 3)], ids=str)
def test_the_dual_gives_signals_back_within_its_certified_error(size, real, complex_):
    bank = random_bank(3, size, complex_=complex_)
    dual = canonical_dual(*bank, real=real)
    error = reconstruction_error(bank, dual, real=real)
    assert error < 8 * EPS
    rng = np.random.default_rng(0)
    x = rng.standard_normal(size) + (0 if real else 1j * rng.standard_normal(size))
    parts = (np.fft.ifftn(np.fft.fftn(x) * h) for h in (bank[0], *bank[1]))
    back = sum(np.fft.ifftn(np.fft.fftn(y) * h) for y, h in zip(parts, (dual[0], *dual[1]), strict=True))
    assert np.linalg.norm((back.real if real else back) - x) <= 100 * EPS * np.linalg.norm(x)


def test_the_error_of_a_wrong_dual_is_seen():
    phi, psi = random_bank(4, (6,))
    dual = canonical_dual(phi, psi)
    assert reconstruction_error((phi, psi), (1.5 * dual[0], 1.5 * dual[1])) >= 0.5
    assert reconstruction_error((phi, psi), (dual[0], np.roll(dual[1], 1, axis=1))) > 0.1
    assert reconstruction_error((phi, psi), (1j * dual[0], 1j * dual[1]), real=False) > 1


def test_a_bank_with_a_hole_has_no_dual():
    with pytest.raises(ValueError, match=r"must be a frame, got F = 0 in bin \(2,\)"):
        canonical_dual(np.array([1.0, 0, 0, 0]), np.array([[0.0, 1, 0, 0]]))


# ---- subsampling ----

STRIDED = [
    ((6,), (1, 1, 1, 1)),
    ((6,), (6, 3, 1, 2)),
    ((8,), (4, 2, 1, 4)),
    ((9,), (3, 1, 3, 3)),
    ((4, 6), (2, 1, 2, 2)),
    ((4, 4), (4, 2, 1, 4)),
]


@pytest.mark.parametrize("complex_", [False, True])
@pytest.mark.parametrize("real", [True, False])
@pytest.mark.parametrize(("size", "strides"), STRIDED, ids=str)
def test_aliased_bounds_are_eigenvalues_of_the_matrix_of_subsampled_convolutions(size, strides, real, complex_):
    bank = random_bank(7, size, complex_=complex_)
    matrix = frame_matrix(*bank, strides, real)
    found, (least, *_, greatest) = subsampled_bounds(*bank, strides, real=real), np.linalg.eigvalsh(matrix)
    assert max(0, least) - 100 * slack(matrix) <= found.lower <= max(0, least) + slack(matrix)
    assert greatest - slack(matrix) <= found.upper <= greatest + 100 * slack(matrix)


@pytest.mark.parametrize("real", [True, False])
def test_aliased_bounds_at_full_rate_are_those_of_the_frame_function(real):
    bank = random_bank(8, (12,))
    full, aliased = frame_bounds(*bank, real=real), subsampled_bounds(*bank, (1,) * 4, real=real)
    assert aliased.lower <= full.lower * (1 + 4 * EPS)
    assert aliased.upper >= full.upper * (1 - 4 * EPS)
    assert aliased.upper / full.upper < 1 + 1000 * EPS


def test_subsampling_a_low_pass_below_its_band_loses_signals():
    phi, psi = np.array([1.0, 1, 0, 1]), np.array([[0.0, 0, 1, 0]])
    assert frame_bounds(phi, psi).defect <= EPS
    assert subsampled_bounds(phi, psi, (1, 4)).defect < 100 * EPS
    assert subsampled_bounds(phi, psi, (4, 1)).lower < 100 * EPS


@pytest.mark.parametrize("strides", [(4, 3, 1), (8, 1, 1), (2, 1), (5, 1, 1)], ids=str)
def test_strides_that_do_not_fit_are_refused(strides):
    with pytest.raises(ValueError, match="each filter must have a stride that divides the largest one"):
        subsampled_bounds(np.ones(12), np.ones((2, 12)), strides)


# ---- eigenvalues and norms ----


def symmetric(seed, size, complex_):
    rng = np.random.default_rng(seed)
    a = rng.standard_normal((size, size)) + (1j * rng.standard_normal((size, size)) if complex_ else 0)
    return a + a.conj().T


@pytest.mark.parametrize("complex_", [False, True])
@pytest.mark.parametrize("size", [1, 2, 7, 40])
def test_no_eigenvalue_is_below_the_certified_one_which_is_close(size, complex_):
    for seed in range(5):
        a = symmetric(seed, size, complex_)
        least, bound = np.linalg.eigvalsh(a)[0], least_eigenvalue(a)
        assert least - 1000 * slack(a) <= bound <= least + slack(a)


def test_known_eigenvalues_are_enclosed():
    for size in (2, 5, 30):
        laplacian = 2 * np.eye(size) - np.eye(size, k=1) - np.eye(size, k=-1)
        least = 4 * np.sin(pi / (2 * (size + 1))) ** 2
        assert least * (1 - 1e-9) <= least_eigenvalue(laplacian) <= least * (1 + 4 * EPS)
    assert -1 - 100 * EPS <= least_eigenvalue(np.array([[0.0, 1], [1, 0]])) <= -1
    assert -1e-290 < least_eigenvalue(np.zeros((3, 3))) <= 0
    assert least_eigenvalue(np.diag([1.0, 1e-300])) <= 1e-300


def test_an_error_of_the_matrix_lowers_the_eigenvalue_by_as_much():
    a = symmetric(0, 4, False)
    assert least_eigenvalue(a, 0.5) <= least_eigenvalue(a) - 0.5 + EPS


@pytest.mark.parametrize("complex_", [False, True])
@pytest.mark.parametrize("shape", [(1, 1), (3, 1), (1, 4), (5, 7), (9, 6)], ids=str)
def test_norms_are_enclosed_from_both_sides(shape, complex_):
    rng = np.random.default_rng(sum(shape))
    matrix = rng.standard_normal(shape) + (1j * rng.standard_normal(shape) if complex_ else 0)
    bound, norm = norm_bounds(matrix), np.linalg.norm(matrix, 2)
    assert bound.lower <= norm * (1 + 4 * EPS)
    assert norm * (1 - 4 * EPS) <= bound.upper
    assert bound.upper - bound.lower < 1e-8 * norm


def test_the_norm_of_an_integer_matrix_of_rank_one_is_enclosed():
    bound = norm_bounds(np.array([[3.0, 0], [4, 0]]))
    assert bound.lower <= 5 <= bound.upper
    assert norm_bounds(np.array([[3.0, 0], [4, 0]]), 0.25).upper >= 5.25


@pytest.mark.parametrize("wrong", [nan, inf, 2.0**300], ids=str)
def test_matrices_that_are_not_finite_are_refused(wrong):
    for function in (least_eigenvalue, norm_bounds):
        with pytest.raises(ValueError, match="entries must be finite"):
            function(np.array([[1.0, 0], [0, wrong]]))


# ---- banks ----


@pytest.mark.parametrize("wavelet", ["shannon", "meyer", "spline"])
@pytest.mark.parametrize("n", [16, 17, 24])
def test_tight_banks_of_the_record_stored_as_floats_are_tight_to_rounding(wavelet, n):
    bounds = frame_bounds(*stored(record_bank(n, J=3, wavelet=wavelet, normalization="tight")))
    assert bounds.defect < 1e-12


@pytest.mark.parametrize("n", [16, 17])
def test_a_capped_bank_of_the_record_exceeds_1_by_rounding_at_most(n):
    bounds = frame_bounds(*stored(record_bank(n, J=3, Q=2)))
    assert bounds.upper < 1 + 8 * EPS
    assert bounds.lower > 0


def kymatio_gabor(size, sigma, theta, xi, slant):
    """A Gabor function of an image, over five periods, as kymatio/scattering2d/filter_bank.py (0.3.0) has it: pi is 3.1415."""
    turn = np.array([[np.cos(theta), -np.sin(theta)], [np.sin(theta), np.cos(theta)]])
    curve = turn @ np.diag([1, slant**2]) @ turn.T / (2 * sigma**2)
    places = np.arange(-2 * size, 3 * size, dtype=float)
    x, y = places[:, None], places[None]
    phase = 1j * xi * (x * np.cos(theta) + y * np.sin(theta))
    values = np.exp(phase - curve[0, 0] * x**2 - 2 * curve[0, 1] * x * y - curve[1, 1] * y**2)
    return values.reshape(5, size, 5, size).sum((0, 2)) / (2 * 3.1415 * sigma**2 / slant)


def kymatio_bank(size, scales, orientations):
    """The filters of kymatio's Scattering2D, in double precision."""
    psi = []
    for j in range(scales):
        for t in range(orientations):
            theta = (int(orientations - orientations / 2 - 1) - t) * pi / orientations
            wave, bell = (kymatio_gabor(size, 0.8 * 2**j, theta, xi, 4 / orientations) for xi in (3 / 4 * pi / 2**j, 0))
            psi.append(np.fft.fft2(wave - wave.sum() / bell.sum() * bell).real)
    return np.fft.fft2(kymatio_gabor(size, 0.8 * 2 ** (scales - 1), 0, 0, 1)).real, np.array(psi)


@pytest.mark.parametrize(("scales", "excess"), [(1, 0), (2, 0), (3, 0.0136), (4, 0.0352)])
def test_filters_of_kymatio_exceed_1_from_three_scales_of_eight_orientations_on(scales, excess):
    bounds = frame_bounds(*kymatio_bank(64, scales, 8))
    assert bounds.upper > 1 + excess
    if not excess:  # what is left is their pi, at frequency zero
        assert bounds.highest_bin == (0, 0)
        assert bounds.upper < (pi / 3.1415) ** 2 * (1 + 1e-4)
