"""Banks of wavelets: certified in exact arithmetic as they are stored, on small grids, and in their structure."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convoracle.impl.bank_energy import contracted, energy, levelled, mirrored
from convoracle.impl.wavelet_bank import NORMALIZATIONS, WAVELETS, lowered, octaves, wavelet_bank
from convoracle.impl.wavelet_bank2d import wavelet_bank2d

TIGHT = Fraction(1, 10**12)  # how close to 1 the frame function of a tight bank has to be


def signal_banks(two_sided):
    return st.builds(
        wavelet_bank,
        st.integers(2, 70),
        J=st.integers(1, 6),
        Q=st.integers(1, 5),
        T=st.integers(1, 80),
        wavelet=st.sampled_from(WAVELETS),
        normalization=st.sampled_from(NORMALIZATIONS),
        two_sided=two_sided,
    )


def image_banks(two_sided):
    return st.builds(
        wavelet_bank2d,
        st.tuples(st.integers(2, 12), st.integers(2, 12)),
        J=st.integers(1, 3),
        L=st.integers(1, 5),
        normalization=st.sampled_from(NORMALIZATIONS),
        two_sided=two_sided,
    )


def exact(array):
    """The stored numbers as fractions."""
    return np.array([Fraction(value) for value in array.flat], object).reshape(array.shape)


def frame_function(bank):
    """``phi**2 + 1/2 sum(psi(w)**2 + psi(-w)**2)`` on every bin, without rounding."""
    phi, psi = exact(bank.phi), exact(bank.psi)
    return phi**2 + sum((one**2 + mirrored(one, phi.ndim) ** 2) / 2 for one in psi)


def one_sided_sum(bank):
    """``phi**2 + sum(psi(w)**2)`` on every bin, without rounding: what a complex signal has there."""
    return exact(bank.phi) ** 2 + sum(one**2 for one in exact(bank.psi))


def check_certificate(bank):
    assert frame_function(bank).max() <= 1
    assert bank.phi.flat[0] == 1
    assert not bank.psi[(slice(None), *[0] * bank.phi.ndim)].any()
    np.testing.assert_array_equal(bank.phi, mirrored(bank.phi, bank.phi.ndim))


# ---- the frame bound ----


@pytest.mark.parametrize("normalization", NORMALIZATIONS)
@pytest.mark.parametrize("wavelet", WAVELETS)
def test_the_frame_bound_of_stored_banks_of_signals_is_at_most_1_exactly(wavelet, normalization):
    options = {"wavelet": wavelet, "normalization": normalization}
    for period, J, Q, two_sided in itertools.product((2, 3, 8, 15, 32), (1, 2, 3), (1, 2), (False, True)):
        for T in {1, 2, 3, 2**J, 2**J + 1}:
            check_certificate(wavelet_bank(period, J=J, Q=Q, T=T, two_sided=two_sided, **options))


@given(signal_banks(st.booleans()))
def test_the_frame_bound_of_any_bank_of_signals_is_at_most_1_exactly(bank):
    check_certificate(bank)


@given(image_banks(st.booleans()))
def test_the_frame_bound_of_any_bank_of_images_is_at_most_1_exactly(bank):
    check_certificate(bank)


@given(signal_banks(st.just(True)) | image_banks(st.just(True)))
def test_complex_signals_keep_the_bound_with_wavelets_of_both_signs(bank):
    assert one_sided_sum(bank).max() <= 1


@pytest.mark.parametrize("wavelet", ["shannon", "meyer", "spline"])
@pytest.mark.parametrize("period", [2, 3, 4, 7, 12, 64, 81])
def test_cascades_are_tight_on_every_bin(wavelet, period):
    for J, normalization in itertools.product((1, 2, 3, 5), NORMALIZATIONS):
        bank = wavelet_bank(period, J=J, Q=1, T=2**J, wavelet=wavelet, normalization=normalization)
        assert frame_function(bank).min() >= 1 - TIGHT


@pytest.mark.parametrize("period", [2, 5, 16, 48])
def test_normalization_tight_makes_morlet_banks_of_signals_tight(period):
    for J, Q in itertools.product((1, 3), (1, 4)):
        assert frame_function(wavelet_bank(period, J=J, Q=Q, T=2**J, normalization="tight")).min() >= 1 - TIGHT


@pytest.mark.parametrize("period", [(2, 2), (4, 6), (9, 8)])
@pytest.mark.parametrize("L", [2, 3, 8])
def test_normalization_tight_makes_morlet_banks_of_images_tight(period, L):
    assert frame_function(wavelet_bank2d(period, J=2, L=L, normalization="tight")).min() >= 1 - TIGHT


def test_one_angle_leaves_the_frequencies_across_it_to_the_average():
    bank = wavelet_bank2d((8, 8), J=2, L=1, normalization="tight")
    assert not bank.psi[:, :, 0].any()
    assert frame_function(bank)[:, 1:].min() >= 1 - TIGHT


# ---- how energy is levelled ----


@given(st.data())
def test_levels_are_at_most_1_unless_a_bank_is_made_tight(data):
    count, period = data.draw(st.integers(1, 4)), data.draw(st.integers(2, 6))
    entries = st.floats(0, 2, width=16)
    raw = np.array(data.draw(st.lists(entries, min_size=count * period, max_size=count * period)))
    raw = raw.reshape(count, period)
    half = data.draw(st.lists(st.floats(0, 1, width=16), min_size=period // 2 + 1, max_size=period // 2 + 1))
    room = np.array([half[min(f, period - f)] for f in range(period)])
    for normalization in ("cap", "scalar"):
        assert (levelled(raw, room, normalization) <= raw).all()
    present, made = energy(raw, 1), energy(levelled(raw, room, "tight"), 1)
    limit = 16 * np.finfo(float).eps  # sums of squares before and after, quotient, root and product: 13 roundings
    assert (abs(made - room)[present > 0] <= limit * room[present > 0]).all()


def test_the_factor_of_a_scalar_normalization_heeds_every_bin_but_zero():
    raw, room = np.full((1, 5), 2.0), np.array([0.0, 1, 4, 4, 1])
    assert levelled(raw, room, "scalar").tolist() == [[1.0] * 5]
    assert levelled(raw, room, "cap").tolist() == [[0.0, 1, 2, 2, 1]]


def test_energies_add_up_however_many_filters_there_are():
    for count in range(9):
        psi = np.outer(np.arange(1.0, count + 1), [1.0, 2, 3])
        assert energy(psi, 1).tolist() == [sum(k**2 for k in range(count + 1)) * value for value in (1, 6.5, 6.5)]


@given(st.integers(0, 300), st.integers(1, 3))
def test_contraction_is_by_no_more_than_the_roundings_that_it_allows_for(count, period):
    psi = np.full((count, period), 1 / np.sqrt(max(1, count)))
    phi = np.zeros(period)
    _, smaller = contracted(phi, psi)
    assert frame_function_of(phi, smaller) <= 1
    assert (smaller >= psi * (1 - 32 * np.finfo(float).eps)).all()


def frame_function_of(phi, psi):
    phi, psi = exact(phi), exact(psi)
    return (phi**2 + sum((one**2 + mirrored(one, 1) ** 2) / 2 for one in psi)).max()


# ---- structure ----


def test_no_wavelet_lies_within_the_average():
    assert [octaves(5, T) for T in (1, 2, 3, 4, 5, 16, 17, 1000)] == [0, 1, 2, 2, 3, 4, 5, 5]
    for J, Q, T in itertools.product((1, 3, 5), (1, 3, 8), (2, 5, 8, 32)):
        bank = wavelet_bank(64, J=J, Q=Q, T=T)
        assert len(bank.psi) == Q * octaves(J, T)
        assert bank.octave.tolist() == [mu // Q for mu in range(len(bank.psi))]
        assert (np.diff(bank.centre) < 0).all()


@pytest.mark.parametrize("wavelet", WAVELETS)
def test_wavelets_stand_at_their_centres(wavelet):
    bank = wavelet_bank(4096, J=5, Q=1, T=32, wavelet=wavelet)
    peaks = bank.psi.argmax(axis=1) / bank.period
    assert (abs(peaks - bank.centre) <= bank.width).all()


def test_wavelets_of_images_stand_at_their_centres():
    bank = wavelet_bank2d((128, 96), J=3, L=6, two_sided=True)
    for psi, centre, width in zip(bank.psi, bank.centre, bank.width, strict=True):
        place = np.array(np.unravel_index(psi.argmax(), psi.shape)) / bank.period
        offset = (place - centre + 0.5) % 1 - 0.5
        assert np.hypot(*offset) <= width


def test_octaves_and_angles_of_images_are_in_order():
    bank = wavelet_bank2d((8, 8), J=2, L=3, two_sided=True)
    assert bank.octave.tolist() == [0, 0, 0, 1, 1, 1] * 2
    assert bank.angle.tolist() == [0, 1, 2, 0, 1, 2, 3, 4, 5, 3, 4, 5]
    turn = np.arctan2(bank.centre[:, 0], bank.centre[:, 1]) % (2 * np.pi)
    np.testing.assert_array_equal(np.round(turn * 3 / np.pi), bank.angle)


@pytest.mark.parametrize(
    "make", [lambda **o: wavelet_bank(24, J=3, Q=2, T=8, **o), lambda **o: wavelet_bank2d((9, 8), J=2, L=3, **o)]
)
def test_wavelets_of_negative_frequency_mirror_the_others_at_half_the_energy(make):
    one, two = make(), make(two_sided=True)
    positive, negative = np.split(two.psi, 2)
    np.testing.assert_array_equal(negative, mirrored(positive, two.phi.ndim))
    np.testing.assert_array_equal(two.centre, np.concatenate([one.centre, -one.centre]))
    limit = 64 * np.finfo(float).eps  # more than all roundings of a level and a contraction
    assert (abs(2 * positive**2 - one.psi**2) <= limit * one.psi**2).all()


def test_tight_wavelets_are_analytic():
    for wavelet, period in itertools.product(("shannon", "meyer", "spline"), (15, 16)):
        assert not wavelet_bank(period, J=3, Q=1, T=8, wavelet=wavelet).psi[:, period // 2 + 1 :].any()


@pytest.mark.parametrize(("period", "width"), [(8, 1 / 8), (1000, 1 / 64), (2**16, 1 / 2**15)])
def test_what_an_average_lacks_of_1_is_accurate_where_it_is_small(precise, period, width):
    phi, missing = lowered(period, width)
    few = np.unique(np.minimum([1, 2, 3, period // 4, period // 2], period - 1))
    mp = precise.context
    bells = [
        [mp.exp(-((mp.mpf(int(f)) / period - b) ** 2) / (2 * mp.mpf(width) ** 2)) for b in range(-3, 5)]
        for f in [0, *few]
    ]
    low, *others = [mp.fsum(bell) for bell in bells]
    wanted = np.array([1 - bell / low for bell in others], object)
    precise.within(missing[few], wanted, 64)
    assert phi[0] == 1
    assert missing[0] == 0
