"""The energy of scattering at the rates at which it is computed: kept where no aliases meet, made and lost where some do."""

import numpy as np
import pytest
from flint import acb
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Eq

from convoracle.spec.configuration import bind
from convoracle.spec.evidence import for_all
from convoracle.spec.harmonic import run_harmonic
from convoracle.spec.logic import Obligation
from convoracle.spec.scattering import SCATTERING1D
from convoracle.spec.scattering_numeric import Bank, balls, ledger, record_bank
from convoracle.spec.scattering_paths import rows_of
from convoracle.spec.scattering_sampled import folded, rates, sampled, sampled_ledger, without_overlap
from convoracle.spec.theorems_sampling import APART, KEPT, MEETING, MODULI, RATE, THEOREMS, balanced

EXACT = 2.0**-80
"""Balls of 128 bits tell 0 from all that is not below this."""


def tight(n, octaves, wavelet="meyer"):
    return record_bank(n, J=octaves, wavelet=wavelet, normalization="tight")


def signal(n, seed=0):
    return np.random.default_rng([n, seed]).integers(-9, 10, n).astype(float)


def numbers(values):
    return np.array([complex(z) for z in values])


def share(found):
    """How much of the energy is missing, below 0 if there is too much."""
    return float(found.defect / found.signal)


# ---- samples ----


@pytest.mark.parametrize("rate", [1, 2, 3, 6])
def test_samples_of_a_convolution_are_those_of_the_whole(rate):
    x, h = signal(12), signal(12, 1)
    whole = np.fft.ifft(np.fft.fft(x) * h)
    np.testing.assert_allclose(numbers(sampled(balls(x), balls(h), rate)), whole[::rate], atol=1e-12)


def test_a_filter_on_a_coarse_grid_holds_the_sums_of_its_aliases():
    assert [float(z.real) for z in folded(balls([1, 2, 3, 4, 5, 6]), 2)] == [5, 7, 9]


@pytest.mark.parametrize(
    ("n", "octaves", "oversampling", "expected"), [(64, 3, 0, [1, 2, 4, 8]), (60, 3, 1, [1, 1, 2, 4])]
)
def test_rates_double_with_every_octave_and_divide_the_period(n, octaves, oversampling, expected):
    assert rates(tight(n, octaves), oversampling) == expected


# ---- a ledger of the record's coefficients ----


@pytest.mark.parametrize(("wavelet", "oversampling"), [("meyer", 0), ("meyer", 1), ("shannon", 0), ("spline", 2)])
def test_averages_are_those_of_the_record_weighted_by_its_step(wavelet, oversampling):
    x, options = signal(16), {"J": 3, "wavelet": wavelet, "normalization": "tight", "oversampling": oversampling}
    call = bind(SCATTERING1D, {"x": (1, 16)}, options)
    rows = numbers(run_harmonic(call, {"x": x[None]})[1][0].values).reshape(call.output_shape)[0]
    expected = np.zeros(3)
    for path, row in rows_of(call).items():
        expected[len(path)] += call.values["s"] * np.sum(np.abs(rows[row]) ** 2)
    found = sampled_ledger(balls(x), tight(16, 3, wavelet), 2, oversampling)
    np.testing.assert_allclose([float(e) for e in found.averaged], expected, rtol=1e-12)


@pytest.mark.parametrize("order", [0, 1, 3])
def test_at_full_rate_it_is_the_ledger_of_whole_signals(order):
    x, bank = balls(signal(20)), tight(20, 3, "spline")
    one, two = sampled_ledger(x, bank, order, 3), ledger(x, bank, order, decreasing=True)
    for part in ("averaged", "pruned"):
        assert all(abs(a - b) < EXACT for a, b in zip(getattr(one, part), getattr(two, part), strict=True))
    assert abs(one.leaves - two.leaves) < EXACT


# ---- no aliases meet ----


@pytest.mark.parametrize("case", APART, ids=str)
def test_where_no_aliases_meet_energy_is_kept(case):
    found, apart = balanced(case)
    assert apart
    assert abs(share(found)) < 1e-12
    assert abs(found.defect) < EXACT


@settings(max_examples=15)
@given(st.sampled_from([(24, 3, "shannon", 0), (16, 2, "meyer", 1), (20, 2, "meyer", 1)]), st.integers(0, 3), st.data())
def test_of_any_signal_energy_is_kept(bank, order, data):
    n, octaves, wavelet, oversampling = bank
    x = data.draw(st.lists(st.integers(-99, 99), min_size=n, max_size=n))
    assert abs(sampled_ledger(balls(x), tight(n, octaves, wavelet), order, oversampling).defect) < EXACT


def test_all_of_what_is_left_out_counts():
    found = sampled_ledger(balls(signal(64)), tight(64, 5), 3, 1)
    assert found.pruned[2] / found.signal > 1e-4
    assert abs(found.defect) < EXACT


# ---- aliases meet ----


@pytest.mark.parametrize("case", MEETING, ids=str)
def test_where_aliases_meet_energy_is_not_kept(case):
    found, apart = balanced(case)
    assert not apart
    assert abs(share(found)) > 1e-8


def test_a_bank_that_is_not_tight_has_less_energy_at_any_rate():
    assert sampled_ledger(balls(signal(16)), record_bank(16, J=2), 2, 1).defect > 0.01


ONE, NOUGHT = acb(1), acb(0)
PLANTED = {
    "an average that meets its alias": Bank([ONE, ONE] + [NOUGHT] * 3 + [ONE] + [NOUGHT] * 2, ([NOUGHT] * 8,), (0,)),
    "a wavelet that meets its alias": Bank(
        [ONE] + [NOUGHT] * 7, ([NOUGHT] * 8, [NOUGHT, ONE, NOUGHT, NOUGHT, NOUGHT, ONE, NOUGHT, NOUGHT]), (0, 1)
    ),
    "a later wavelet beyond half the rate": Bank(
        [ONE] + [NOUGHT] * 7, ([NOUGHT] * 8, [NOUGHT] * 8, [NOUGHT] * 3 + [ONE] + [NOUGHT] * 4), (0, 1, 2)
    ),
}


@pytest.mark.parametrize("name", PLANTED)
def test_banks_whose_aliases_meet_are_told(name):
    assert not without_overlap(PLANTED[name], 0)
    assert without_overlap(Bank([ONE] + [NOUGHT] * 7, ([NOUGHT] * 8, [NOUGHT, ONE] + [NOUGHT] * 6), (0, 1)), 0)


def test_samples_that_count_once_do_not_balance():
    planted = Obligation("counted once", (Eq(RATE * MODULI, KEPT),), Eq(MODULI, KEPT))
    assert for_all("planted", "planted", (), planted).prove().kind == "refuted"


@pytest.mark.parametrize("theorem", THEOREMS, ids=lambda theorem: theorem.name)
def test_the_theorems_are_certified(theorem):
    assert theorem.prove().kind == "certified"
