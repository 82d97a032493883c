"""Certificates of random banks: they cover every option, repeat, and refuse banks that expand; searches climb."""

import re
from dataclasses import replace

import numpy as np
import pytest

from convoracle.impl.wavelet_bank import NORMALIZATIONS, WAVELETS, wavelet_bank
from convoracle.reports.experiments import bank_certificates as experiment
from convoracle.reports.experiments.outcome import silent
from convoracle.spec.evidence import FAILED


@pytest.fixture(scope="module")
def some():
    return experiment.certificates(0, 64, silent)


def test_banks_of_signals_and_images_of_every_kind_are_drawn(some):
    words = " ".join(entry.bank for entry in some)
    assert sum("period (" in entry.bank for entry in some) == 64 // experiment.IMAGES
    assert all(f"wavelet={w}" in words for w in WAVELETS)
    assert all(f"normalization={w}" in words for w in NORMALIZATIONS)
    assert {"two_sided=True", "two_sided=False"} <= set(re.findall(r"two_sided=\w+", words))
    assert max(map(int, re.findall(r"period (\d+)", words))) > experiment.LONGEST / 2
    assert {int(q) for q in re.findall(r"Q=(\d+)", words)} >= {1, 16}


def test_banks_repeat_and_do_not_depend_on_how_many_there_are(some):
    assert experiment.certificates(0, 8, silent) == some[:8]
    assert experiment.certificates(1, 8, silent) != some[:8]


def test_no_bank_of_the_kernels_exceeds_1(some):
    assert max(entry.bounds.upper for entry in some) <= 1
    assert {entry.average for entry in some} == {1.0}


def claims(found, searches):
    return [evidence.kind for evidence in experiment._claims(found, searches)]


@pytest.fixture(scope="module")
def searched():
    return [experiment.search(0, index) for index in (4, 5)]


def test_every_claim_is_certified(some, searched):
    assert claims(some, searched) == ["certified"] * 3
    found = {number.name: number.value for number in experiment._numbers(some, searched)}
    assert found["largest B"] <= 1
    assert found["banks"] == 64
    assert 0.999 < found["largest |S x - S y| / |x - y|"] < 1 + 1e-9
    assert found["tight banks"] > 0


def test_a_bank_above_1_by_one_step_is_refused(some, searched):
    above = replace(some[0], bounds=replace(some[0].bounds, upper=np.nextafter(1.0, 2)))
    assert claims([*some, above], searched)[0] in FAILED
    assert claims([*some, replace(some[0], average=np.nextafter(1.0, 0))], searched)[0] in FAILED


def test_a_bank_that_is_not_tight_is_refused_only_if_it_should_be(some, searched):
    loose = replace(some[0].bounds, lower=0.5)
    assert claims([replace(some[0], bounds=loose, tight=True)], searched)[1] in FAILED
    assert claims([replace(some[0], bounds=loose, tight=False)], searched)[1] not in FAILED


def louder(factor):
    def bank(*arguments, **options):
        found = wavelet_bank(*arguments, **options)
        return replace(found, psi=factor * found.psi)

    return bank


def test_wavelets_that_are_too_loud_are_caught(monkeypatch):
    monkeypatch.setattr(experiment, "wavelet_bank", louder(1 + 2.0**-40))
    found = experiment.certificates(0, 16, silent)
    assert max(entry.bounds.upper for entry in found) > 1


def test_the_ratio_of_a_pair_is_that_of_the_stored_filters(searched):
    (search, *_), rng = searched, np.random.default_rng(0)
    loud = replace(search.stored, psi=tuple([2 * z for z in h] for h in search.stored.psi))
    x, y = rng.standard_normal((2, len(search.stored.phi)))
    plain, amplified = (replace(search, stored=stored, pair=(x, y)).ratio for stored in (search.stored, loud))
    assert amplified > plain


def test_a_climb_finds_what_a_linear_map_expands_most():
    matrix = np.diag([1.0, 3.0, 2.0, 0.5])
    starts = np.random.default_rng(0).standard_normal((2, 4, 4))
    pair, tried = experiment._climbed(*starts, lambda x: x @ matrix, lambda dy, x: dy @ matrix.T)
    apart = pair[1] - pair[0]
    assert np.linalg.norm(apart @ matrix) > 2.99 * np.linalg.norm(apart)
    assert tried == experiment.STEPS * 4


def test_a_search_climbs_above_where_it_starts(searched):
    for search in searched:
        assert 0.999 < float(search.ratio.mid()) <= 1 + 1e-12
