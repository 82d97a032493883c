"""Theorems about frames and scattering: their evidence, the machinery behind it, and falsehoods planted next to them."""

import re
from itertools import product
from math import sqrt

import numpy as np
import pytest
from flint import arb, ctx
from sympy import Ge, Integer, Le, symbols

from convoracle.spec import (
    theorems_averages,
    theorems_closed_forms,
    theorems_deformation,
    theorems_frame,
    theorems_paths,
    theorems_sampling,
    theorems_scattering,
    theorems_stationary,
    theorems_translation,
)
from convoracle.spec.configuration import bind
from convoracle.spec.evidence import for_all, identity
from convoracle.spec.frame import frame_bounds, frame_function
from convoracle.spec.harmonic import plan
from convoracle.spec.logic import Obligation
from convoracle.spec.scattering_numeric import (
    Bank,
    balls,
    by_record,
    cascade,
    convolved,
    energy,
    filtered_energy,
    ledger,
    record_bank,
    scattered,
    spectrum,
)
from convoracle.spec.statement import Statement
from convoracle.spec.statements_scattering import SCATTERING_ROWS
from convoracle.spec.theorems import THEOREMS
from convoracle.spec.theorems_deformation import Deformation, circulant, deformation, wave
from convoracle.spec.theorems_frame import stored

MODULES = (
    theorems_frame,
    theorems_scattering,
    theorems_sampling,
    theorems_translation,
    theorems_averages,
    theorems_paths,
    theorems_closed_forms,
    theorems_deformation,
    theorems_stationary,
)
ROWS = {
    *("U14", "U15", "U16", "M16", "M17", "M18", "M19", "M20", "M-order", "M-dim", "U-Thm2", "U-Thm3", "U17", "M-diff"),
    *("M21", "M22", "M-inv", "M-class"),
}
WRONG = {"M17", "M18", "M20", "M-order", "M-dim", "U-Thm2", "U-Thm3", "U17", "M-diff", "M22"}
PRECISION = 128
NARROW = 1e-25


def refuted(*obligations):
    evidence = for_all("planted", "planted", (), *obligations).prove()
    return evidence.kind == "refuted" and bool(evidence.counterexample)


def numbers(signal):
    return np.array([complex(z) for z in signal])


def floats(bank):
    """The spectra of a bank as rows of one array, the average first."""
    return np.array([numbers(h) for h in (bank.phi, *bank.psi)])


def in_floats(x, bank, order):
    """Scattering at full rate by NumPy's transforms, path by path."""
    found, layer = {}, {(): np.asarray(x)}
    for _ in range(order + 1):
        found |= {path: np.fft.ifft(np.fft.fft(u) * floats(bank)[0]) for path, u in layer.items()}
        layer = {
            (*path, mu): np.abs(np.fft.ifft(np.fft.fft(u) * h))
            for path, u in layer.items()
            for mu, h in enumerate(floats(bank)[1:])
        }
    return found


# ---- the table ----


@pytest.mark.parametrize("module", MODULES, ids=lambda m: m.__name__.rpartition(".")[2])
def test_every_theorem_is_registered(module):
    assert {theorem.name for theorem in module.THEOREMS} <= {theorem.name for theorem in THEOREMS}


def test_section_e_is_complete():
    assert {statement.row for statement in SCATTERING_ROWS} == ROWS
    assert all(isinstance(statement, Statement) for statement in SCATTERING_ROWS)


def test_every_wrong_formula_of_section_e_shows_its_counterexample():
    errata = {statement.row: statement.erratum for statement in SCATTERING_ROWS if statement.erratum}
    assert set(errata) == WRONG
    assert all(e.counterexample and e.corrected and e.printed != e.corrected for e in errata.values())


@pytest.mark.parametrize("statement", SCATTERING_ROWS, ids=lambda s: s.row)
def test_every_row_of_section_e_has_a_theorem_of_its_own(statement):
    carried = {theorem.name for module in MODULES for theorem in module.THEOREMS if statement.row in theorem.rows}
    assert carried & set(statement.becomes)


def test_the_printed_text_of_errata_is_one_formula_or_prose():
    for erratum in (s.erratum for s in SCATTERING_ROWS if s.erratum):
        for text in (erratum.printed, erratum.corrected, erratum.counterexample):
            formula = re.sub(r"\\text\{[^}]*\}", "", text)
            assert "\\" not in text or not re.search(r" (the|is|and|are|of) ", formula)


COUNTEREXAMPLES = (
    theorems_frame.self_conjugate_counterexample,
    theorems_frame.complex_counterexample,
    theorems_scattering.small_frame_counterexample,
    theorems_scattering.expanded_cosine,
    theorems_scattering.pruned_shares,
    theorems_sampling.made_and_lost,
    theorems_scattering.rectified_loss,
    theorems_scattering.decay_counterexample,
    theorems_scattering.rising_orders,
    theorems_averages.signed_counterexample,
    theorems_averages.mean_counterexample,
    theorems_paths.signed_tree,
    theorems_paths.parenthesis_counterexample,
    theorems_paths.equivalent_counterexample,
    theorems_paths.order_counterexample,
    theorems_paths.dimension_counterexample,
    theorems_deformation.order_zero_counterexample,
    theorems_deformation.steep_counterexample,
    theorems_stationary.variance_counterexample,
    theorems_stationary.unmixed_counterexample,
    theorems_stationary.unconvex_loss,
)


@pytest.mark.parametrize("search", COUNTEREXAMPLES, ids=lambda f: f.__name__)
def test_a_counterexample_is_found(search):
    assert search()


# ---- cascades in balls ----

CASES = ({"n": 8, "J": 2}, {"n": 12, "J": 2, "Q": 2}, {"n": 9, "J": 3, "T": 5}, {"n": 16, "J": 3, "wavelet": "meyer"})


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_cascade_in_balls_is_the_record_s(case):
    n, options = case["n"], {key: value for key, value in case.items() if key != "n"}
    x = np.random.default_rng(n).standard_normal(n).tolist()
    ours, recorded = scattered(balls(x), record_bank(n, **options), 2), by_record(x, oversampling=n, **options)
    assert set(ours) == set(recorded)
    assert all(np.abs(numbers(ours[path]) - numbers(recorded[path])).max() < 1e-14 for path in ours)
    with ctx.workprec(PRECISION):
        assert all(a.overlaps(b) for path in ours for a, b in zip(ours[path], recorded[path], strict=True))
        assert all(z.real.rad() < NARROW for z in ours[max(ours)])


def test_a_cascade_in_balls_is_the_one_in_floats():
    bank, x = record_bank(16, J=3), np.random.default_rng(1).standard_normal(16)
    exact, rough = scattered(balls(x.tolist()), bank, 3), in_floats(x, bank, 3)
    assert set(exact) == set(rough)
    assert all(np.abs(numbers(exact[path]) - rough[path]).max() < 1e-13 for path in exact)


def test_the_signal_is_the_path_of_no_wavelet_and_decreasing_paths_fall_by_octaves():
    bank = record_bank(16, J=3, Q=2)
    x = balls([1.0] + [0.0] * 15)
    every, falling = (dict(cascade(x, bank, 2, decreasing)) for decreasing in (False, True))
    assert every[()] is x
    assert len(every) == 1 + 6 + 36
    assert set(falling) == {path for path in every if len(path) < 2 or path[0] // 2 < path[1] // 2}


def test_energies_from_spectra_are_those_of_signals():
    bank, x = record_bank(9, J=2), balls(np.random.default_rng(2).standard_normal(9).tolist())
    with ctx.workprec(PRECISION):
        for h_hat in (bank.phi, *bank.psi):
            assert filtered_energy(spectrum(x), h_hat).overlaps(energy(convolved(spectrum(x), h_hat)))


def test_a_ledger_of_a_bank_that_is_not_tight_does_not_balance():
    x = balls(np.random.default_rng(3).standard_normal(16).tolist())
    capped, tight = (ledger(x, record_bank(16, J=2, normalization=word), 1) for word in ("cap", "tight"))
    assert capped.defect > 0.01
    assert abs(tight.defect) < NARROW


def test_a_ledger_adds_up_what_the_paths_have():
    bank, x = (
        record_bank(16, J=3, wavelet="shannon", normalization="tight"),
        np.random.default_rng(4).standard_normal(16),
    )
    found, rough = ledger(balls(x.tolist()), bank, 2, decreasing=True), in_floats(x, bank, 2)
    for order in range(3):
        kept = sum(
            np.sum(np.abs(s) ** 2)
            for path, s in rough.items()
            if len(path) == order and list(path) == sorted(set(path))
        )
        assert float(found.averaged[order]) == pytest.approx(kept, rel=1e-12)
    assert float(found.signal) == pytest.approx(np.sum(x**2), rel=1e-12)
    assert float(found.pruned[0]) == float(found.pruned[1]) == 0


# ---- frames ----


@pytest.mark.parametrize("case", list(theorems_frame.bank_cases())[::5], ids=str)
def test_the_frame_function_in_balls_is_that_of_the_spectra_as_floats(case):
    values, held = theorems_frame.frame_balls(case)
    name, sizes, options = case
    planned = plan(bind(theorems_frame.RECORDS[name], {"x": (1, *sizes)}, options))
    phi, psi = (
        np.reshape([float(z.real) for z in planned[part].values], (-1, *sizes)) for part in ("phi_hat", "psi_1_hat")
    )
    assert np.abs(frame_function(phi[0], psi) - values.astype(float)).max() < 1e-14
    assert (held | (np.abs(psi).max(axis=0, initial=0) == 0)).all()


def test_a_capped_bank_is_not_tight_and_one_of_a_single_orientation_has_holes():
    capped = theorems_frame.frame_balls(("scattering1d", (9,), {"J": 2, "normalization": "cap"}))[0]
    assert min(capped.astype(float)) < 0.99
    _, held = theorems_frame.frame_balls(("scattering2d", (4, 6), {"J": 1, "L": 1, "normalization": "tight"}))
    assert not held[:, 0].any()
    assert held[:, 1:].all()


# ---- contraction, energy, decay ----

B, C, WHOLE, SUMS, REST, AVERAGED, AFTER = symbols("B c w s r a e", real=True)
POSITIVE = tuple(Ge(v, 0) for v in (WHOLE, SUMS, REST, AVERAGED, AFTER))


def test_the_constant_of_one_layer_does_not_hold_for_many_where_the_frame_exceeds_1():
    layer = (*POSITIVE, Ge(B, 1), Le(SUMS + REST, B * WHOLE), Le(AVERAGED, B * REST - AFTER))
    assert refuted(Obligation("no power", layer, Le(SUMS + AVERAGED + AFTER, B * WHOLE)))


def test_the_power_of_the_frame_bound_does_not_hold_below_1():
    layer = (*POSITIVE, Ge(B, 0), Le(B, 1), Le(SUMS + REST, B * WHOLE), Le(AVERAGED, B * REST - AFTER))
    assert refuted(Obligation("a power", layer, Le(SUMS + AVERAGED + AFTER, B**2 * WHOLE)))


def test_energy_is_not_conserved_by_a_layer_that_loses_some():
    given = (*POSITIVE, Le(SUMS + REST, WHOLE), Le(AVERAGED + AFTER, REST))
    assert refuted(Obligation("all of it", given, Ge(SUMS + AVERAGED + AFTER, WHOLE)))


def test_a_layer_need_not_lose_two_nths_of_its_energy():
    points, mean = symbols("n q", real=True)
    given = (Ge(points, 2), Ge(REST, 0), Ge(mean * points, REST), Le(AFTER, REST - mean))
    assert refuted(Obligation("2/n", given, Le(points * AFTER, (points - 2) * REST)))


def test_squares_of_sums_may_be_less_than_sums_of_squares_for_signed_numbers():
    u, squares, total = symbols("u s t", real=True)
    given = (Ge(squares, 0), Le(squares, total**2))
    assert refuted(Obligation("signed", given, Le(squares + u**2, (total + u) ** 2)))


def test_no_pair_of_noises_is_moved_apart_by_a_bank_with_frame_bound_1():
    bank = record_bank(24, J=3)
    assert frame_bounds(*stored(bank)).upper < 1 + 1e-15
    for seed in range(3):
        x, y = np.random.default_rng(seed).standard_normal((2, 24))
        apart = sum(
            np.sum(np.abs(a - b) ** 2) for a, b in zip(*(in_floats(v, bank, 2).values() for v in (x, y)), strict=True)
        )
        assert apart < np.sum((x - y) ** 2)


# ---- translations and rates ----


def test_translation_bounds_need_the_sum_over_orders():
    whole, change, more, kappa, layer = symbols("w c e k u", real=True)
    positive = (Ge(v, 0) for v in (whole, kappa, layer))
    given = (*positive, Le(layer, whole), Le(change, kappa * whole), Le(more, kappa * layer))
    assert refuted(Obligation("one order", given, Le(change + more, kappa * whole)))


def test_the_gaussian_bound_is_nearly_reached_and_fails_for_narrower_averages():
    phi_hat = record_bank(64, J=1, T=16).phi
    change = max(float(theorems_translation.change_of_average(phi_hat, shift)) / shift for shift in range(1, 8))
    bound = np.exp(-0.5) * np.pi / 32
    assert 0.99 * bound < change < bound
    assert change > np.exp(-0.5) / (2 * 16)


# ---- paths ----


def test_a_tree_with_a_detector_moved_is_another():
    detect = theorems_paths.DETECTORS["modulus"]
    assert theorems_paths.tree((-1, 2, 0, 0), (0, 1), detect) != theorems_paths.reduced((-1, 2, 0, 0), (0, 1), detect)


def test_haar_filters_are_sums_and_differences_at_a_distance():
    assert [theorems_paths.haar(level, 0) for level in (1, 2, 3)] == [(1, 1), (1, 0, 1), (1, 0, 0, 0, 1)]
    assert theorems_paths.haar(2, 1) == (1, 0, -1)
    assert theorems_paths.cyclic((1, 2, 4, 8), (1, 0, -1)) == (-3, -6, 3, 6)


@pytest.mark.parametrize(("octaves", "per_octave"), [*product((0, 1, 2, 3, 5), (1, 2, 8))])
def test_paths_of_the_record_are_counted_one_by_one(octaves, per_octave):
    wavelets = list(product(range(octaves), range(per_octave)))
    pairs = sum(a[0] < b[0] for a, b in product(wavelets, repeat=2))
    assert theorems_paths.paths_of(octaves, per_octave) == 1 + len(wavelets) + pairs


# ---- deformations ----


def dense_bank(chosen):
    return [circulant(row) for row in np.fft.ifft(floats(chosen.bank))]


@pytest.mark.parametrize("warp", theorems_deformation.WARPS)
def test_certified_norms_enclose_those_of_dense_matrices(warp):
    chosen = deformation(warp)
    reads = np.eye(len(chosen.reads))[list(chosen.reads)]
    average, *wavelets = dense_bank(chosen)
    commutators = np.concatenate([w @ reads - reads @ w for w in wavelets])
    expected = (average.real @ reads - average.real, np.concatenate([commutators.real, commutators.imag]))
    for bound, matrix in zip((chosen.average_change, chosen.commutator), expected, strict=True):
        norm = np.linalg.norm(matrix, 2)
        assert bound.lower - 1e-13 <= norm <= bound.upper + 1e-13
        assert bound.upper - bound.lower < 1e-6


def test_what_a_warp_moves_is_what_floats_say():
    chosen, x = deformation("one jump"), wave(9)
    moved = sum(
        np.sum(np.abs(a - b) ** 2)
        for a, b in zip(*(in_floats(v, chosen.bank, 2).values() for v in (x[list(chosen.reads)], x)), strict=True)
    )
    assert float(chosen.moved(x.tolist(), 2)) == pytest.approx(moved / np.sum(x**2), rel=1e-12)
    apart = np.abs(np.fft.fft(x[list(chosen.reads)])) - np.abs(np.fft.fft(x))
    assert float(chosen.fourier_moved(x.tolist())) == pytest.approx(np.sum(apart**2) / len(x) / np.sum(x**2), rel=1e-12)


def test_a_translation_commutes_with_wavelets_and_leaves_fourier_moduli():
    chosen = deformation("shift by 1")
    assert chosen.commutator.upper < 1e-12
    assert chosen.fourier_moved(wave(5).tolist()) < NARROW
    assert chosen.bound(2) == pytest.approx(sqrt(3) * chosen.average_change.upper, rel=1e-9)


def test_standing_still_moves_nothing():
    still = Deformation(record_bank(8, J=2), tuple(range(8)))
    assert still.moved([1.0, 0, 2, 0, 0, -1, 0, 0], 2) < NARROW
    assert still.bound(2) < 1e-12


def test_a_warp_that_reads_one_sample_adds_up_columns():
    collapsed = Deformation(Bank(balls([1, 1, 1]), (), ()), (0, 0, 0))
    assert collapsed.average_change.upper == pytest.approx(sqrt(3), rel=1e-9)


def test_a_bound_without_commutators_is_refuted():
    count, commutator, total, rest, whole, modulus = symbols("n b t r w u", real=True)
    given = (
        *(Ge(v, 0) for v in (count, commutator, total, rest, whole, modulus)),
        Le(total, count * commutator * whole),
        Le(rest, commutator * modulus),
        Le(modulus, whole),
    )
    assert refuted(Obligation("as many", given, Le(total + rest, count * commutator * whole)))


# ---- processes, inversion, read-outs ----


def test_a_convolution_that_does_not_wrap_around_is_not_stationary():
    x = (1, 0, 0, 2)
    cut = tuple(x[t] + (x[t - 1] if t else 0) for t in range(4))
    moved = x[-1:] + x[:-1]
    assert tuple(moved[t] + (moved[t - 1] if t else 0) for t in range(4)) != cut[-1:] + cut[:-1]


def test_a_margin_below_the_distance_does_not_keep_the_class():
    score, moved, norm, distance, margin = symbols("s t w d g", real=True)
    given = (
        Ge(norm, 1),
        Ge(distance, margin),
        Ge(margin, 1),
        Ge(score, norm * margin),
        Le(score - moved, norm * distance),
    )
    assert refuted(Obligation("close", given, Ge(moved, 1)))


def test_the_slope_of_a_modulus_is_not_that_of_its_square():
    a, b, c, d = symbols("a b c d", real=True)
    wrong = (a * c + b * d, (a * c + b * d) / (a**2 + b**2) ** (Integer(1) / 2))
    assert identity("slope", "", (), wrong).prove().kind == "refuted"


def test_balls_that_do_not_decide_are_no_counterexample():
    with ctx.workprec(PRECISION):
        assert not arb(0, 1) > 0
        assert not theorems_averages.SMALL > 1
