"""Solid harmonic scattering: turns of the cube, closed forms, scaling to the bit, calls and refusals, the judge."""

from __future__ import annotations

import re
from itertools import permutations, product

import numpy as np
import pytest
from flint import arb
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import gammaincc
from sympy import Integer, symbols

from convoracle.impl import scattering3d
from convoracle.impl.solid_harmonic import LARGEST_DEGREE, Grid, harmonics, level, paths_of, window
from convoracle.properties.check import check
from convoracle.spec.configuration import bind
from convoracle.spec.enclosure import enclose
from convoracle.spec.rounding import BINARY32, BINARY64, Arithmetic
from convoracle.spec.solid_harmonic import SCATTERING3D
from convoracle.spec.spectral_rounding import transform_growth
from convoracle.spec.theorems_solid_harmonic import gaussian_integral

DTYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64])
ARITHMETIC = {np.dtype(np.float32): Arithmetic(BINARY32), np.dtype(np.float64): Arithmetic(BINARY64)}


def volumes(*shape, dtype=np.float64, seed=0):
    return np.random.default_rng([*shape, seed]).standard_normal(shape).astype(dtype)


def enclosed(x, **options):
    """Values and bounds of the record."""
    configuration = bind(SCATTERING3D, {"x": x.shape}, options)
    (found,) = enclose(configuration, {"x": x}, ARITHMETIC[x.dtype])
    return found.values, found.bounds[-1]


def bounds_of(x, **options):
    shape = bind(SCATTERING3D, {"x": x.shape}, options).output_shape
    return enclosed(x, **options)[1].reshape(shape)


# ---- values ----


@DTYPES
@pytest.mark.parametrize("sizes", [(1, 1, 1), (2, 2, 2), (3, 1, 4), (4, 3, 2)], ids=str)
def test_integrals_lie_within_the_bound_of_the_record(sizes, dtype):
    x, options = volumes(2, *sizes, dtype=dtype), {"J": 2, "L": 4, "sigma": 0.5}
    values, bounds = enclosed(x, **options)
    got = scattering3d(x, **options).ravel().tolist()
    assert all(abs(arb(g) - v) <= b for g, v, b in zip(got, values, bounds, strict=True))


def test_the_judge_finds_nothing_wrong():
    assert check(scattering3d, "scattering3d", examples=12, seed=3).ok


def test_a_constant_has_its_average_and_nothing_else():
    found = scattering3d(np.full((2, 4, 8), 3.0), J=2, L=2, powers=(1, 2))
    rows = paths_of(2, 2, 2)
    volume = 2 * 4 * 8
    assert [found[rows.index(path)].tolist() for path in ((), (0, 0), (1, 0), (0, 1, 0))] == [
        [3 * volume, 9 * volume]
    ] * 4
    assert not any(found[k].any() for k, path in enumerate(rows) if path and path[-1])


# ---- motions ----


def turned(x, order, flips):
    """A volume with its axes permuted and some reversed about entry 0."""
    x = x.transpose(order)
    for axis in np.flatnonzero(flips):
        x = np.roll(np.flip(x, axis), 1, axis)
    return x


CUBE = [*product(permutations(range(3)), product((False, True), repeat=3))]


@pytest.mark.parametrize("size", [3, 4])
def test_all_48_turns_and_mirror_images_of_a_cube_have_the_same_integrals(size):
    x, options = volumes(size, size, size), {"J": 2, "L": 3, "sigma": 0.5}
    right, slack = scattering3d(x, **options), 2 * bounds_of(x[None], **options)[0]
    assert len(CUBE) == 48
    assert all((abs(scattering3d(turned(x, *turn), **options) - right) <= slack).all() for turn in CUBE)


@pytest.mark.parametrize("size", [4, 5])
def test_a_quarter_turn_as_numpy_makes_it_is_one_of_them_and_a_shift(size):
    x, options = volumes(size, size, size), {"J": 1, "L": 3}
    slack = 2 * bounds_of(x[None], **options)[0]
    assert (abs(scattering3d(np.rot90(x), **options) - scattering3d(x, **options)) <= slack).all()


@given(st.tuples(*[st.integers(-7, 7)] * 3), st.tuples(*[st.integers(1, 5)] * 3))
def test_cyclic_shifts_change_nothing(steps, sizes):
    x, options = volumes(*sizes), {"J": 1, "L": 1, "powers": (1,)}
    slack = 2 * bounds_of(x[None], **options)[0]
    assert (abs(scattering3d(np.roll(x, steps, (0, 1, 2)), **options) - scattering3d(x, **options)) <= slack).all()


# ---- scaling ----


@DTYPES
@pytest.mark.parametrize("exponent", [-120, -60, -2, 2, 60, 120])
def test_a_power_of_two_comes_out_to_the_bit(exponent, dtype):
    x = volumes(3, 4, 2, dtype=dtype)
    for power in (0.5, 1):
        one = scattering3d(x, J=2, L=3, powers=(power,))
        scaled = scattering3d(np.ldexp(x, exponent), J=2, L=3, powers=(power,))
        assert scaled.tolist() == np.ldexp(one, int(exponent * power)).tolist()


def test_squares_of_large_and_small_volumes_do_not_overflow_or_vanish():
    x = volumes(2, 3, 2)
    right = scattering3d(x, J=1, powers=(1,))
    for exponent in (-1000, 1000):
        assert scattering3d(np.ldexp(x, exponent), J=1, powers=(1,)).tolist() == np.ldexp(right, exponent).tolist()


def test_a_volume_and_its_negative_have_the_same_integrals_to_the_bit():
    x = volumes(3, 4, 5)
    assert scattering3d(-x, J=2).tolist() == scattering3d(x, J=2).tolist()


def test_a_volume_of_zeros_has_no_integrals():
    assert not scattering3d(np.zeros((2, 3, 2)), J=2).any()


# ---- closed forms: a Gaussian ----

N, SPREAD, WIDTHS = 60, 3.0, (1.0, 2.0)
VOLUME = N**3


@pytest.fixture(scope="module")
def gaussian():
    """A Gaussian of integral 1 on a periodic grid, and its first-order integrals of powers 1 and 2 by scale and degree."""
    places = np.arange(N)[:, None] + N * np.arange(-3, 4)
    profile = (np.exp(-(places**2) / (2 * SPREAD**2)) / np.sqrt(2 * np.pi * SPREAD**2)).sum(axis=1)
    x = np.einsum("i,j,k->ijk", profile, profile, profile)
    rows = scattering3d(x, J=2, L=4, max_order=1, powers=(1, 2))[1:].reshape(2, 5, 2)
    return x, rows


def beyond(degree, broader):
    """The integral of the modulus beyond the half period, less the diagonal of a cell: more than the samples there add up to."""
    return gammaincc((degree + 3) / 2, ((N / 2 - np.sqrt(3)) / broader) ** 2 / 2)


def slack_of(degree, width, x):
    """How far the integrals of a sampled, periodic Gaussian may be from those of all of space.

    Neighbouring periods reach in from beyond the half period; in frequency the spectra of the Gaussian beyond pi alias, for each
    of two spectra and two sides; the transforms round.
    """
    broader = np.hypot(width, SPREAD)
    aliases = 4 * VOLUME * ((1 + 2.1 * np.exp(-((SPREAD * np.pi) ** 2) / 2)) ** 3 - 1)
    lattice = 6 * (1 + (2 * np.pi * broader) ** 2) ** degree * np.exp(-((np.pi * broader) ** 2))
    eps = transform_growth(VOLUME, BINARY64.unit)
    rounded = np.sqrt(VOLUME * (2 * degree + 1)) * np.linalg.norm(x) * ((1 + eps) ** 2 * (1 + 140 * BINARY64.unit) - 1)
    summed = 2 * VOLUME * BINARY64.unit
    return 2 * beyond(degree, broader) + aliases + lattice + rounded + summed


def in_space(degree, width, power):
    """The integral over space, by the theorem."""
    w, s = symbols("w s", positive=True)
    return float(gaussian_integral(degree, Integer(power)).subs({w: width, s: SPREAD}).evalf(30))


SCALES_AND_DEGREES = [*product(enumerate(WIDTHS), range(LARGEST_DEGREE + 1))]


@pytest.mark.parametrize(("scale", "degree"), SCALES_AND_DEGREES, ids=str)
def test_the_energy_of_a_gaussian_is_that_of_the_closed_form(scale, degree, gaussian):
    (j, width), (x, rows) = scale, gaussian
    assert abs(rows[j, degree, 1] - in_space(degree, width, 2)) <= slack_of(degree, width, x)


@pytest.mark.parametrize(("scale", "degree"), [(s, d) for s, d in SCALES_AND_DEGREES if d % 2 == 0], ids=str)
def test_the_integral_of_a_gaussian_is_a_power_of_the_ratio_of_widths(scale, degree, gaussian):
    (j, width), (x, rows) = scale, gaussian
    assert abs(rows[j, degree, 0] - (width / np.hypot(width, SPREAD)) ** degree) <= slack_of(degree, width, x)


@pytest.mark.parametrize(("scale", "degree"), [(s, d) for s, d in SCALES_AND_DEGREES if d % 2], ids=str)
def test_of_odd_degree_the_integral_is_the_sum_over_the_samples_of_a_broader_wavelet(scale, degree, gaussian):
    """Its modulus has a kink at the centre: the sum over samples is not the integral over space as nearly."""
    (j, width), (x, rows) = scale, gaussian
    broader = np.hypot(width, SPREAD)
    u = np.arange(-N // 2, N // 2 + 1) / broader
    r = np.sqrt(u[:, None, None] ** 2 + u[:, None] ** 2 + u**2)
    profile = level(degree) / (2 * np.pi) ** 1.5 / broader**3 * r**degree * np.exp(-(r**2) / 2)
    expected = (width / broader) ** degree * profile.sum()
    assert abs(rows[j, degree, 0] - expected) <= slack_of(degree, width, x)


# ---- wavelets ----


@pytest.mark.parametrize("degree", range(LARGEST_DEGREE + 1))
def test_the_squares_of_the_harmonics_of_a_degree_add_up_to_a_power_of_the_length(degree):
    grid = Grid.of((3, 5, 1))
    found = list(harmonics(degree, grid))
    assert len(found) == 2 * degree + 1
    error = abs(sum(part**2 for part in found) - grid.square**degree)
    assert (error <= 64 * BINARY64.unit * grid.square**degree).all()


def test_what_is_odd_along_an_even_axis_is_zero_at_its_highest_frequency():
    grid = Grid.of((2, 4, 6))
    z, x, y = harmonics(1, grid)
    assert not x[1].any()
    assert not y[:, 2].any()
    assert not z[..., 3].any()


@pytest.mark.parametrize("degree", range(1, LARGEST_DEGREE + 1))
def test_windows_of_any_width_are_finite_and_zero_at_frequency_zero(degree):
    grid = Grid.of((4, 4, 4))
    for width in (0.25, 1e3, 2.0**200):
        found = window(degree, width, grid)
        assert np.isfinite(found).all()
        assert found[0, 0, 0] == 0


@DTYPES
def test_wavelets_far_wider_than_the_volume_leave_the_mean(dtype):
    x = volumes(3, 4, 2, dtype=dtype)
    with np.errstate(all="raise"):
        found = scattering3d(x, J=1, L=2, sigma=1e308, powers=(1,))[:, 0]
    assert not found[2:].any()
    assert abs(found[1] - abs(x.sum(dtype=np.float64))) <= bounds_of(x[None], J=1, L=2, powers=(1,))[0, 1, 0]


# ---- paths ----


def test_rows_go_by_scales_and_then_by_degree():
    assert paths_of(3, 1, 2) == [
        (),
        *((0, 0), (0, 1), (1, 0), (1, 1), (2, 0), (2, 1)),
        *((0, 1, 0), (0, 1, 1), (0, 2, 0), (0, 2, 1), (1, 2, 0), (1, 2, 1)),
    ]


@pytest.mark.parametrize("order", [0, 1, 2])
def test_a_smaller_order_gives_the_first_rows(order):
    x = volumes(2, 3, 2)
    whole, part = (scattering3d(x, J=2, L=1, max_order=m) for m in (2, order))
    assert part.tolist() == whole[: len(part)].tolist()


def test_every_power_is_a_column():
    x = volumes(2, 3, 2)
    whole = scattering3d(x, J=2)
    for column, power in enumerate((0.5, 1, 2)):
        assert scattering3d(x, J=2, powers=(power,))[:, 0].tolist() == whole[:, column].tolist()


# ---- calls ----


@DTYPES
@pytest.mark.parametrize("leading", [(), (3,), (2, 0), (2, 1, 2)], ids=str)
def test_leading_axes_are_items(leading, dtype):
    x = volumes(*leading, 3, 2, 4, dtype=dtype)
    found = scattering3d(x, J=2, L=1)
    assert (found.shape, found.dtype) == ((*leading, 7, 3), dtype)
    for place in np.ndindex(leading):
        assert found[place].tolist() == scattering3d(x[place], J=2, L=1).tolist()


def test_an_item_that_is_no_number_leaves_the_others_alone():
    x = volumes(3, 2, 3, 2)
    x[1, 0, 1, 1] = np.nan
    x[2, 1, 1, 1] = np.inf
    found = scattering3d(x, J=1)
    assert found[0].tolist() == scattering3d(x[0], J=1).tolist()
    assert np.isnan(found[1]).all()
    assert not np.isfinite(found[2]).any()


def test_views_and_read_only_volumes_are_taken_and_left_as_they_are():
    x = volumes(2, 3, 4, 5)
    right = scattering3d(x, J=1)
    padded = np.pad(x, 1, constant_values=9.0)[1:-1, 1:-1, 1:-1, 1:-1]
    frozen, swapped = x.copy(), x.astype(">f8")
    frozen.flags.writeable = False
    for view in (padded, np.flip(np.flip(x).copy()), frozen, swapped, np.asfortranarray(x)):
        before = view.copy()
        assert scattering3d(view, J=1).tolist() == right.tolist()
        assert view.tolist() == before.tolist()


ONE = np.ones((1, 2, 2, 2))
REFUSALS = {
    "scattering3d(ONE, J=0)": (ValueError, "J must be at least 1, got J=0"),
    "scattering3d(ONE, J=1.0)": (TypeError, "J must be an integer, got J=1.0"),
    "scattering3d(ONE, J=1, L=-1)": (ValueError, "L must be at least 0, got L=-1"),
    "scattering3d(ONE, J=1, L=5)": (ValueError, "L must be at most 4, got L=5"),
    "scattering3d(ONE, J=1, sigma=0.2)": (ValueError, "sigma must be at least 0.25, got sigma=0.2"),
    "scattering3d(ONE, J=1, sigma=np.inf)": (ValueError, "sigma must be finite in float64, got sigma=inf"),
    "scattering3d(ONE, J=1, max_order=3)": (ValueError, "max_order must be at most 2, got max_order=3"),
    "scattering3d(ONE, J=1, powers=1)": (TypeError, "powers must be a tuple, got powers=1"),
    "scattering3d(ONE, J=1, powers=())": (
        ValueError,
        "powers must be some of (0.5, 1, 2) in rising order, got powers=()",
    ),
    "scattering3d(ONE, J=1, powers=(2, 1))": (
        ValueError,
        "powers must be some of (0.5, 1, 2) in rising order, got powers=(2, 1)",
    ),
    "scattering3d(ONE, J=1, powers=(3,))": (
        ValueError,
        "powers must be some of (0.5, 1, 2) in rising order, got powers=(3,)",
    ),
    "scattering3d(ONE[0, 0], J=1)": (ValueError, "x must have at least 3 axes (..., D, H, W), got x.shape=(2, 2)"),
    "scattering3d(ONE[:, :, :0], J=1)": (ValueError, "H must be at least 1, got H=0"),
    "scattering3d(ONE.astype(int), J=1)": (TypeError, "x must have dtype float32 or float64, got int64"),
    "scattering3d(1j * ONE, J=1)": (TypeError, "x must have dtype float32 or float64, got complex128"),
    "scattering3d(ONE.tolist(), J=1)": (TypeError, "x must be a numpy array, got list"),
}


@pytest.mark.parametrize("call", REFUSALS)
def test_an_illegal_call_is_refused_with_the_rule_and_its_values(call):
    error, message = REFUSALS[call]
    with pytest.raises(error, match=f"^{re.escape(f'scattering3d: {message}')}$"):
        eval(call)
