"""Scattering experiments: signals, energies as the kernels have them, intervals, descents, pictures, claims that can fail."""

import itertools
import threading
from dataclasses import replace
from math import pi, sqrt

import numpy as np
import pytest

from convoracle.impl import Scattering1D, Scattering2D, scattering1d
from convoracle.impl.wavelet_bank import wavelet_bank
from convoracle.impl.wavelet_bank2d import wavelet_bank2d
from convoracle.reports.experiments import (
    bank_plots,
    descent,
    discs,
    energy,
    estimates,
    likeness,
    plots,
    reconstruction,
    scattering_digits,
    signals,
    stationary,
)
from convoracle.reports.experiments.side_by_side import Stopped, side_by_side
from convoracle.spec.frame import frame_bounds

UNIT = np.finfo(np.float64).eps


def rounding(values):
    """What transforms of so many numbers may lose, generously: a unit each, relative to the largest."""
    return values.size * UNIT * np.abs(values).max()


# ---- signals ----


def test_equal_seeds_give_equal_sounds_and_textures_and_others_other():
    for make in (lambda seed: signals.speech_like(3 * signals.SYLLABLE, seed), lambda seed: signals.cells(16, seed)):
        assert np.array_equal(make(1), make(1))
        assert not np.array_equal(make(1), make(2))


@pytest.mark.parametrize("samples", [1000, signals.SYLLABLE, signals.SYLLABLE + 1])
def test_sounds_have_no_mean_and_norm_one(samples):
    sound = signals.speech_like(samples, 0)
    assert sound.shape == (samples,)
    assert abs(sound.mean()) <= rounding(sound)
    assert abs(np.linalg.norm(sound) - 1) <= samples * UNIT


def test_the_resonances_are_where_the_formants_are():
    click = np.zeros(signals.RATE)
    click[0] = 1
    gain = np.abs(np.fft.rfft(signals.resonant(click)))
    for frequency, bandwidth in signals.FORMANTS:
        around = np.arange(int(frequency - 2 * bandwidth), int(frequency + 2 * bandwidth))
        assert abs(around[gain[around].argmax()] - frequency) < bandwidth


@pytest.mark.parametrize(("samples", "exponent"), [*itertools.product((2, 7, 8), (0.0, 0.5, 1.0, 1.5))])
def test_densities_follow_their_power_and_have_mean_one(samples, exponent):
    density = signals.fractional_density(samples, exponent)
    assert density[0] == 0
    assert abs(density.mean() - 1) <= samples * UNIT
    assert np.array_equal(density[1:], density[:0:-1])
    octave = density[1 : samples // 4 + 1] / density[2 : 2 * (samples // 4) + 1 : 2]
    assert np.abs(octave - 2**exponent).max(initial=0) <= samples * UNIT * 2**exponent


@pytest.mark.parametrize("samples", [8, 9])
def test_noises_have_the_variance_of_their_density_in_every_bin(samples):
    density = signals.fractional_density(samples, 1.0)
    noise = signals.gaussian_noise(density, 4000, np.random.default_rng(0))
    power = np.abs(np.fft.fft(noise)) ** 2 / samples
    found = estimates.Estimates.of(power[:, 1:])
    assert found.hold(density[1:])
    assert not found.hold(1.2 * density[1:])
    assert np.abs(power[:, 0]).max() <= rounding(power)


@pytest.mark.parametrize("shape", [(9,), (16,), (6, 7), (8, 8)])
def test_random_phases_keep_the_mean_and_the_power_spectrum_and_nothing_else(shape):
    rng = np.random.default_rng(0)
    image = rng.uniform(1, 2, shape)
    model = signals.random_phases(image, rng)
    before, after = np.fft.fftn(image), np.fft.fftn(model)
    assert np.abs(np.abs(after) - np.abs(before)).max() <= rounding(before)
    assert abs(after.flat[0] - before.flat[0]) <= rounding(before)
    assert np.abs(model - image).max() > image.std()


def test_random_phases_keep_a_negative_mean():
    model = signals.random_phases(-np.ones((4, 4)), np.random.default_rng(0))
    assert np.abs(model + 1).max() <= rounding(model)


def test_the_texture_goes_on_across_its_borders():
    texture = signals.cells(48, 0)
    assert 0.9 < texture.max() <= 1
    for axis in (0, 1):
        steps = np.abs(np.diff(texture, axis=axis)).max()
        across = np.abs(np.take(texture, 0, axis) - np.take(texture, -1, axis)).max()
        assert across <= steps


def test_the_sparse_image_is_zero_almost_everywhere_and_reaches_one():
    image = signals.strokes(64)
    assert (image == 0).mean() > 0.9
    assert image.min() == 0
    assert 0.9 < image.max() <= 1


def test_crops_of_photographs_are_of_mean_zero_and_variance_one():
    found = signals.crops(32, 80)
    assert found.shape == (4, 32, 32)
    assert np.abs(found.mean(axis=(1, 2))).max() <= rounding(found)
    assert np.abs(found.var(axis=(1, 2)) - 1).max() <= rounding(found)


# ---- energy ----


def banks(rank, how):
    if rank == 1:
        return tuple(wavelet_bank(60, J=4, Q=Q, T=16, normalization=how) for Q in (2, 1))
    return (wavelet_bank2d((15, 16), J=3, L=2, normalization=how),) * 2


@pytest.mark.parametrize(("rank", "how"), [*itertools.product((1, 2), ("tight", "cap"))])
def test_energies_are_those_of_the_coefficients_at_full_rate(rank, how):
    first, later = banks(rank, how)
    x = np.random.default_rng(0).standard_normal((2, *first.phi.shape))
    if rank == 1:
        scatter = Scattering1D(4, 60, Q=(2, 1), max_order=energy.ORDERS, oversampling=4, normalization=how)
    else:
        scatter = Scattering2D(3, (15, 16), L=2, max_order=energy.ORDERS, oversampling=3, normalization=how)
    order, coefficients = scatter.meta()["order"], scatter(x)
    spread = energy.Cascade(first, later).spread(x)
    for m in range(energy.ORDERS + 1):
        share = (coefficients[:, order == m] ** 2).sum() / (x**2).sum()
        assert abs(spread.orders[m] - share) <= energy.CLOSE


@pytest.mark.parametrize("rank", [1, 2])
def test_every_part_counted_a_tight_bank_keeps_the_energy_and_another_loses_some(rank):
    x = np.random.default_rng(1).standard_normal((3, *banks(rank, "tight")[0].phi.shape))
    assert abs(energy.Cascade(*banks(rank, "tight")).spread(x).every - 1) <= energy.CLOSE
    assert energy.Cascade(*banks(rank, "cap")).spread(x).every < 1 - energy.CLOSE


def test_energies_do_not_depend_on_the_scale_of_signals():
    cascade, x = energy.Cascade(*banks(1, "tight")), np.random.default_rng(2).standard_normal((1, 60))
    assert np.array_equal(cascade.spread(x).orders, cascade.spread(4 * x).orders)


def spread_of(*orders):
    return energy.Spread(np.array(orders), 1 - sum(orders), 0.0)


def test_claims_on_energy_are_refuted_when_the_table_is_another():
    frames = {"one": [frame_bounds(bank.phi, bank.psi) for bank in banks(1, "tight")]}
    table = [spread_of(0.9, 0.05, 0, 0), spread_of(0.7, 0.2, 0.01, 0.001), spread_of(0.5, 0.3, 0.02, 0.01)]
    found = {"one": table[0]}
    wider = {"one": [replace(frames["one"][0], upper=1 + UNIT)]}
    assert energy._at_most(found, frames).kind == "certified"
    assert energy._at_most(found, wider).kind == "refuted"
    assert energy._complete(found).kind == "measured"
    assert energy._complete({"one": replace(table[0], pruned=0.1)}).kind == "refuted"
    assert energy._photographs(table).kind == "measured"
    assert energy._photographs(table[::-1]).kind == "refuted"
    heard = [spread_of(0, 0.9, 0.05, 0.01), spread_of(0, 0.6, 0.3, 0.02)]
    assert energy._sound(heard).kind == "measured"
    assert energy._sound(heard[::-1]).kind == "refuted"


def test_the_printed_table_is_refuted_as_impossible_only_while_it_sums_to_more_than_one(monkeypatch):
    assert energy._impossible().kind == "certified"
    monkeypatch.setattr(energy, "PRINTED", ("0.5", "0.5"))
    assert energy._impossible().kind == "refuted"


def test_the_energy_experiment_tells_every_order_of_every_case(monkeypatch):
    changes = {"SCALES": (1, 2), "WINDOWS": (4, 5), "SAMPLES": 256, "SIZE": 16, "WIDTH": 40}
    for name, value in changes.items():
        monkeypatch.setattr(energy, name, value)
    heard = []
    outcome = energy.spread_energy(0, lambda *told: heard.append(told))
    assert heard[-1] == ("energy per order", 4, 4)
    assert len(outcome.numbers) == 4 * (energy.ORDERS + 2)
    assert len({number.name for number in outcome.numbers}) == len(outcome.numbers)
    assert [evidence.kind for evidence in outcome.evidence[:2]] == ["certified", "measured"]
    assert len(outcome.pictures) == 1


# ---- stationary noises ----


def test_the_moment_of_white_noise_is_that_of_a_complex_gaussian_if_the_wavelet_is_analytic():
    psi = np.zeros((1, 16))
    psi[0, 2:6] = [0.5, 1, 1, 0.25]
    expected = sqrt(pi) / 2 * np.linalg.norm(psi) / 4
    assert abs(estimates.expected_moduli(np.ones(16), psi)[0] - expected) <= 16 * UNIT


def test_the_moment_of_white_noise_is_that_of_a_real_gaussian_if_the_filter_is_real():
    psi = np.zeros((1, 16))
    psi[0, [3, -3]] = 1
    assert abs(estimates.expected_moduli(np.ones(16), psi)[0] - sqrt(2 / pi) * sqrt(2) / 4) <= 16 * UNIT


@pytest.mark.parametrize("exponent", [0.0, 1.5])
def test_moments_in_closed_form_lie_in_the_intervals_of_a_simulation(exponent):
    density, psi = signals.fractional_density(32, exponent), wavelet_bank(32, J=3, Q=2, T=8).psi
    noise = signals.gaussian_noise(density, 3000, np.random.default_rng(0))
    moduli = np.abs(np.fft.ifft(np.fft.fft(noise)[:, None] * psi)).mean(axis=-1)
    found = estimates.Estimates.of(moduli)
    assert found.hold(estimates.expected_moduli(density, psi))
    assert not found.hold(estimates.expected_moduli(1.2 * density, psi))


def test_means_of_moduli_are_those_of_coefficients_at_full_rate_path_by_path():
    x = np.random.default_rng(0).standard_normal((2, 64))
    means = stationary.mean_moduli(x, wavelet_bank(64, J=4, Q=1, T=16))
    coefficients = scattering1d(x, J=4, oversampling=4).mean(axis=-1)
    assert means.shape == coefficients.shape
    assert np.abs(means - coefficients).max() <= rounding(coefficients) * 64


def test_intervals_hold_what_lies_within_and_shrink_with_the_number_of_draws():
    draws = np.random.default_rng(0).standard_normal((4000, 3))
    few, many = estimates.Estimates.of(draws[:40]), estimates.Estimates.of(draws)
    assert many.hold(0.0)
    assert (many.reach < few.reach).all()
    for true in (0.0, many.mean + many.reach / 2, many.mean + 2 * many.reach, np.array([0, 0, 1.0])):
        assert many.hold(true) == (many.farthest(true) <= 1)


def test_intervals_miss_as_rarely_as_they_say(monkeypatch):
    monkeypatch.setattr(estimates, "WRONG", 0.5)
    draws = np.random.default_rng(0).standard_normal((2000, 10, 2))
    missed = np.mean([not estimates.Estimates.of(each).hold(0.0) for each in draws])
    assert 0.3 < missed < 0.5


@pytest.mark.parametrize("slope", [-0.5, 0.0, 0.25])
def test_the_slope_of_a_power_law_is_its_exponent(slope):
    octaves = np.arange(stationary.OCTAVES)
    draws = 2.0 ** (slope * octaves) * np.array([[0.9], [1.0], [1.1]])
    found = stationary._slope(draws)
    assert abs(found.mean.item() - slope) <= 16 * UNIT
    assert found.reach.item() <= 1e3 * 16 * UNIT


def test_distances_from_the_mean_are_summed_over_paths():
    x = np.random.default_rng(0).standard_normal((5, 16))
    found, S = stationary.scale_of(x, 2), scattering1d(x, J=2)
    by_hand = [np.mean([((S[r, :, t] - found.mean) ** 2).sum() for t in range(S.shape[-1])]) for r in range(5)]
    assert np.abs(found.distances - by_hand).max() <= rounding(S)
    assert abs(found.distances.mean() - S.var(axis=(0, 2)).sum()) <= rounding(S)


def scales(*means):
    rng = np.random.default_rng(0)
    return [stationary.Scale(np.ones(2), mean + 1e-6 * rng.standard_normal(20)) for mean in means]


def test_claims_on_noises_are_refuted_when_what_is_seen_is_another():
    assert stationary._falls("x", scales(3, 2, 1)).kind == "measured"
    assert stationary._falls("x", scales(3, 1, 2)).kind == "refuted"
    assert stationary._erratum(scales(1)).kind == "certified"
    assert stationary._erratum([stationary.Scale(np.ones(2), np.ones(20))]).kind == "refuted"
    floor = float(2 * np.var(stationary.MIXED))
    for left, kind in ((1 + floor, "measured"), (1.0, "refuted")):
        spreads = {"white noise": scales(1), stationary.NOT_ERGODIC: scales(left)}
        assert stationary._not_ergodic(spreads).kind == kind
    slopes = {a: estimates.Estimates(np.array([(a - 1) / 2]), np.array([0.01])) for a in (0.0, 1.0)}
    assert stationary._exponents(slopes).kind == "measured"
    assert stationary._exponents({0.5: slopes[0.0]}).kind == "refuted"


def test_moments_of_another_noise_refute_the_closed_form():
    rng = np.random.default_rng(0)
    noise = signals.gaussian_noise(signals.fractional_density(stationary.SAMPLES, 1.0), 30, rng)
    moments = stationary._first_moments(noise)
    assert stationary._closed_form({1.0: moments}).kind == "measured"
    assert stationary._closed_form({0.5: moments}).kind == "refuted"


def test_a_biased_average_refutes_the_claim(monkeypatch):
    noise = signals.gaussian_noise(signals.fractional_density(stationary.SAMPLES, 0.0), 20, np.random.default_rng(0))
    assert stationary._unbiased({0.0: noise}).kind == "measured"
    right = stationary.scattering1d
    monkeypatch.setattr(stationary, "scattering1d", lambda x, **options: 1.5 * right(x, **options))
    assert stationary._unbiased({0.0: noise}).kind == "refuted"


# ---- descents ----


def test_pieces_of_work_are_answered_in_their_order():
    told = []
    found = side_by_side([lambda stop, n=n: n * n for n in range(9)], told.append)
    assert found == [n * n for n in range(9)]
    assert told[-1] == 9


def test_a_piece_that_fails_ends_the_others():
    def waits(stop):
        assert stop.wait(60)
        raise Stopped

    def fails(stop):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        side_by_side([fails, *[waits] * 3])


SMALL = {1: Scattering1D(3, 32, Q=(2, 1)), 2: Scattering2D(2, (8, 12), L=2)}


@pytest.mark.parametrize("rank", SMALL)
def test_a_descent_never_rises_tells_every_step_and_repeats_to_the_last_bit(rank):
    scatter, rng = SMALL[rank], np.random.default_rng(0)
    wanted, start = scatter(rng.standard_normal(scatter.sizes)), rng.standard_normal(scatter.sizes)
    heard = []
    one, two = (descent.descend(scatter, wanted, start, 12, heard.append) for _ in range(2))
    assert heard == [*range(1, 13)] * 2
    assert one.rises == 0
    assert one.losses[0] == 0.5 * ((scatter(start) - wanted) ** 2).sum()
    assert one.left < 0.5
    assert one.result.tobytes() == two.result.tobytes()


@pytest.mark.parametrize("rank", SMALL)
def test_the_gradient_passes_the_dot_product_test(rank):
    off = descent.dot_products(SMALL[rank], 0)
    assert off.along_x <= 16 * UNIT
    assert off.along_v <= off.allowed


WRONG = {
    "scaled": lambda gradient: gradient * 1.01,
    "moved by a sample": lambda gradient: np.roll(gradient, 1, axis=-1),
    "reversed": lambda gradient: gradient[..., ::-1],
}


@pytest.mark.parametrize("name", WRONG)
@pytest.mark.parametrize("rank", SMALL)
def test_a_wrong_gradient_refutes_the_claim(name, rank, monkeypatch):
    right = type(SMALL[rank]).gradient
    assert reconstruction._dot_product("x", SMALL[rank], 0).kind == "measured"
    monkeypatch.setattr(type(SMALL[rank]), "gradient", lambda self, dy, x: WRONG[name](right(self, dy, x)))
    assert reconstruction._dot_product("x", SMALL[rank], 0).kind == "refuted"


def test_an_interrupt_ends_a_descent():
    def interrupt(done):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        descent.descend(SMALL[1], SMALL[1](np.ones(32)), np.arange(32.0), 5, interrupt)


def test_the_user_can_stop_the_count_of_energy():
    stop, cascade = threading.Event(), energy.Cascade(*banks(1, "tight"))
    stop.set()
    with pytest.raises(Stopped):
        cascade._below(np.ones((1, 60), complex), cascade.banks[0], 0, 1, stop)


def test_gradients_that_are_not_finite_refute_the_claim(monkeypatch):
    scatter = Scattering2D(2, (reconstruction.SIZE, reconstruction.SIZE), L=1)
    assert reconstruction._finite(scatter, 0).kind == "certified"
    monkeypatch.setattr(Scattering2D, "gradient", lambda self, dy, x: np.divide(0.0, x, where=x == 0, out=x.copy()))
    with np.errstate(invalid="ignore"):
        assert reconstruction._finite(scatter, 0).kind == "refuted"


@pytest.mark.parametrize("x", [signals.strokes(32), signals.speech_like(256, 0)], ids=["image", "sound"])
def test_a_gaussian_model_has_the_spectrum_and_lacks_the_tails(x):
    model = signals.random_phases(x, np.random.default_rng(0))
    assert likeness.spectrum_error(model, x) <= x.size * UNIT
    assert likeness.norm_error(x, x) == 0
    assert likeness.norm_error(model, x) > 0.05
    assert abs(likeness.norm_error(2 * x, x) - 1) <= x.size * UNIT
    assert likeness.kurtosis(x) > likeness.kurtosis(model)


def trial(losses=(1.0, 0.05)):
    texture = signals.strokes(32)
    made = descent.Descent(texture + 0.01, losses)
    model = signals.random_phases(texture, np.random.default_rng(0))
    return reconstruction.Trial(texture, model, {reconstruction.WHOLE: made, reconstruction.PARTS: made})


def test_claims_on_descents_are_refuted_when_they_end_elsewhere():
    assert reconstruction._never_rises({"x": trial()}).kind == "measured"
    assert reconstruction._never_rises({"x": trial((1.0, 0.01, 0.02))}).kind == "refuted"
    assert reconstruction._falls({"x": trial()}).kind == "measured"
    assert reconstruction._falls({"x": trial((1.0, 0.2))}).kind == "refuted"
    assert reconstruction._closer({"x": trial()}).kind == "measured"
    other = trial()
    swapped = {how: replace(made, result=other.model) for how, made in other.descents.items()}
    assert reconstruction._closer({"x": replace(other, descents=swapped)}).kind == "refuted"


def test_the_reconstruction_experiment_shows_originals_models_and_syntheses(monkeypatch):
    few = {how: Scattering2D(J, (32, 32), L=2) for how, J in ((reconstruction.WHOLE, 3), (reconstruction.PARTS, 2))}
    monkeypatch.setattr(reconstruction, "SIZE", 32)
    monkeypatch.setattr(reconstruction, "of_images", lambda: few)
    monkeypatch.setattr(
        reconstruction, "of_sounds", lambda: {reconstruction.PARTS: Scattering1D(4, reconstruction.SAMPLES, Q=1)}
    )
    heard = []
    outcome = reconstruction.reconstruct(0, lambda *told: heard.append(told), steps=3)
    assert heard[-1] == ("steps of descents", 21, 21)
    assert len({number.name for number in outcome.numbers}) == len(outcome.numbers)
    assert len(outcome.pictures) == 3
    kinds = {evidence.name.removeprefix("experiment reconstruction: "): evidence.kind for evidence in outcome.evidence}
    assert kinds["the loss never rises"] == "measured"
    assert kinds["the gradient is finite at exact zeros"] == "certified"


# ---- digits ----


def test_a_classifier_reads_what_is_separable_and_tells_which_it_misreads():
    labels = np.repeat([0, 1, 2], 20)
    x = np.eye(3)[labels] + 0.01 * np.random.default_rng(0).standard_normal((60, 3))
    learned, tested = np.arange(0, 60, 2), np.arange(1, 60, 2)
    assert len(scattering_digits.misread(x, labels, learned, tested)) == 0
    changed = labels.copy()
    changed[41] = 0
    assert scattering_digits.misread(x, changed, learned, tested).tolist() == [41]


def test_the_claim_on_digits_needs_the_mean_of_random_splits_and_the_other_writers():
    pixels, names = {"a": 0.04, "b": 0.02, "file order": 0.1}, (scattering_digits.PIXELS, scattering_digits.SECOND)

    def compared(*shares):
        return scattering_digits._compared(
            dict(zip(names, (pixels, dict(zip(pixels, shares, strict=True))), strict=True))
        )

    assert compared(0.001, 0.019, 0.04) is not None
    assert compared(0.02, 0.02, 0.04) is None
    assert compared(0.001, 0.019, 0.05) is None


# ---- pictures ----


def test_a_plot_has_the_size_asked_for_repeats_and_leaves_settings_alone():
    from matplotlib import rcParams

    before = dict(rcParams)
    one, two = (plots.drawn(lambda figure: figure.subplots().plot([1, 3, 2]), 150, 80) for _ in range(2))
    assert one.shape == (80, 150, 3)
    assert (one.min(), one.max()) >= (0, 1)
    assert one.tobytes() == two.tobytes()
    assert dict(rcParams) == before


@pytest.mark.parametrize(("J", "L"), [*itertools.product((1, 2, 4), (1, 3, 4))])
def test_a_disc_shows_every_coefficient_of_order_one_on_both_sides_and_leaves_the_middle(J, L):
    octaves, angles = (part.reshape(-1, 1) for part in np.divmod(np.arange(J * L), L))
    shown = discs.disc(np.arange(J * L, dtype=float), octaves, angles, J, L, 96)
    assert set(np.unique(shown[~np.isnan(shown)])) == set(range(J * L))
    assert np.isnan(shown[48, 48])
    assert np.isnan(shown[0, 0])
    opposite = shown[::-1, ::-1]
    assert (np.isnan(shown) == np.isnan(opposite)).all()
    assert (shown == opposite)[~np.isnan(shown)].mean() > 0.95


def test_a_disc_shows_high_frequencies_outside_and_horizontal_waves_to_the_right():
    octaves, angles = np.array([[0], [0], [1], [1]]), np.array([[0], [1], [0], [1]])
    shown = discs.disc(np.arange(4.0), octaves, angles, 2, 2, 64)
    assert shown[32, 63] == 0
    assert shown[63, 32] == 1
    assert shown[32, 51] == 2
    assert shown[51, 32] == 3


def test_a_disc_shows_every_path_of_two_wavelets():
    J, L = 3, 4
    paths = [(j, a, k, b) for j in range(J) for k in range(j + 1, J) for a in range(L) for b in range(L)]
    octaves, angles = np.array([(j, k) for j, _, k, _ in paths]), np.array([(a, b) for _, a, _, b in paths])
    shown = discs.disc(np.arange(len(paths), dtype=float), octaves, angles, J, L, 256)
    assert set(np.unique(shown[~np.isnan(shown)])) == set(range(len(paths)))
    last = discs.disc(np.ones(J * L), *(part.reshape(-1, 1) for part in np.divmod(np.arange(J * L), L)), J, L, 256)
    assert np.isnan(shown).sum() > np.isnan(last).sum()


def test_claims_on_banks_are_refuted_by_one_that_expands_has_a_hole_or_is_not_tight():
    good = {name: frame_bounds(np.array([1.0, 0.5]), np.array([[0.0, sqrt(0.75)]])) for name in bank_plots.TIGHT}
    assert bank_plots._at_most_one(good).kind == "certified"
    assert bank_plots._tight(good).kind == "certified"
    one = bank_plots.TIGHT[0]
    for change, claim in (({"upper": 1 + UNIT}, bank_plots._at_most_one), ({"lower": 0.0}, bank_plots._at_most_one)):
        assert claim(good | {one: replace(good[one], **change)}).kind == "refuted"
    assert bank_plots._tight(good | {one: replace(good[one], lower=0.9)}).kind == "refuted"
