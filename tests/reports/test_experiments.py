"""Experiments: exact data, training that learns and repeats, identities to the last bit, bounds that bind, files that agree."""

import itertools
import json
import re
import threading
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner

from convoracle.impl.network import Network
from convoracle.reports import document, html, markdown
from convoracle.reports.campaign import Task, tasks_of
from convoracle.reports.command import main
from convoracle.reports.experiments import (
    data,
    doubled_anchors,
    edge_cost,
    kmeans_anchors,
    max_pool_shift,
    no_rectification,
    registry,
    reversed_digits,
    rounding,
    running,
    training,
)
from convoracle.reports.experiments.outcome import Number, Outcome, certified, silent
from convoracle.reports.experiments.side_by_side import Stopped
from convoracle.reports.experiments.training import Lesson, Recipe, lenet5_layers

SHORT = Recipe(epochs=2)


def levels(count=12):
    return data.digits()[0][:count]


def network(seed, **changes):
    """An untrained LeNet-5 whose biases are not zero."""
    made = Network(lenet5_layers(replace(SHORT, **changes)), seed=seed)
    rng = np.random.default_rng(seed)
    made.parameters = [p if p.ndim > 1 else rng.standard_normal(p.shape).astype(p.dtype) for p in made.parameters]
    return made


def lesson(seed=0, count=48):
    images, labels = data.digits()
    return Lesson(Network(lenet5_layers(SHORT), seed=seed), SHORT, data.centred(images[:count]), labels[:count], seed)


def run(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_grey_levels_stay_exact_when_they_are_reversed_and_centred():
    images = levels(1797).astype(np.float64)
    assert np.array_equal(images * 2**9, np.rint(images * 2**9))
    assert (images.min(), images.max()) == (0, data.LEVEL)
    assert np.array_equal(data.reversed_levels(levels(1797)), data.LEVEL - images)
    assert np.array_equal(data.centred(levels(1797)), images - data.LEVEL / 2)
    assert np.array_equal(data.centred(data.reversed_levels(levels(1797))), -data.centred(levels(1797)))


@pytest.mark.parametrize("samples", [1, 2, 8])
def test_interpolation_keeps_constants_and_every_row_sums_to_one(samples):
    assert np.array_equal(data.interpolation(samples).sum(axis=1), np.ones(data.SIZE))


def test_splits_are_disjoint_and_stratified_and_file_order_ends_with_the_test():
    _, labels = data.digits()
    found = data.splits(0)
    assert [*found] == [*data.RANDOM, data.BY_FILE]
    for learned, tested in found.values():
        assert sorted([*learned, *tested]) == list(range(len(labels)))
    for name in data.RANDOM:
        shares = [np.bincount(labels[part], minlength=10) / len(part) for part in found[name]]
        assert np.abs(shares[0] - shares[1]).max() < 1 / 100
    learned, tested = found[data.BY_FILE]
    assert learned.max() < tested.min()


def test_equal_seeds_give_equal_data_and_others_other():
    assert np.array_equal(data.textured.__wrapped__(3), data.textured.__wrapped__(3))
    assert not np.array_equal(data.scenes(3), data.scenes(4))
    assert not np.array_equal(data.splits(3)[data.RANDOM[0]][1], data.splits(4)[data.RANDOM[0]][1])


def test_moving_images_commutes_with_reversal_and_keeps_what_it_was_given():
    images = levels()
    before = images.copy()
    first = training.moved(images, np.random.default_rng(1))
    second = training.moved(data.reversed_levels(images), np.random.default_rng(1))
    assert np.array_equal(data.reversed_levels(first), second)
    assert np.array_equal(images, before)


def test_training_lowers_the_risk_and_repeats_to_the_last_bit():
    one, two, other = lesson(), lesson(), lesson(seed=1)
    before, _ = one.network.gradient(one.images, one.labels)
    for each in (one, two, other):
        each.run()
    after, _ = one.network.gradient(one.images, one.labels)
    assert after < before
    assert all(np.array_equal(p, q) for p, q in zip(one.network.parameters, two.network.parameters, strict=True))
    assert not np.array_equal(one.network.parameters[0], other.network.parameters[0])


def test_lessons_side_by_side_learn_what_each_learns_alone():
    together = training.taught([lesson(0), lesson(1)], silent)
    for seed, found in enumerate(together):
        alone = lesson(seed).run()
        assert all(np.array_equal(p, q) for p, q in zip(found.parameters, alone.parameters, strict=True))


def test_a_lesson_behind_fixed_layers_leaves_them_as_they_are():
    whole = lesson()
    head = Network(whole.network.layers[: training.HEAD])
    before = [p.copy() for p in head.parameters]
    tail = Network(whole.network.layers[training.HEAD :])
    replace(whole, network=tail, head=head).run()
    assert all(np.array_equal(p, q) for p, q in zip(head.parameters, before, strict=True))


def test_the_user_can_stop_a_training():
    stop = threading.Event()
    stop.set()
    with pytest.raises(Stopped):
        lesson().run(stop)


def test_an_interrupt_while_lessons_run_ends_them_all():
    def interrupt(what, done, total):
        raise KeyboardInterrupt

    many = [replace(lesson(seed), recipe=replace(SHORT, epochs=10_000)) for seed in range(3)]
    with pytest.raises(KeyboardInterrupt):
        training.taught(many, interrupt)


def test_a_network_is_trained_once_in_a_process(monkeypatch):
    wanted = training.Training(recipe=SHORT)
    counted = []
    monkeypatch.setattr(training, "_TRAINED", {})
    monkeypatch.setattr(training, "_lesson", lambda given: counted.append(given) or lesson())
    first, second = training.trained([wanted, wanted], silent)
    assert first is second is training.trained([wanted], silent)[0]
    assert counted == [wanted]


@pytest.mark.parametrize("seed", range(3))
def test_negated_filters_on_centred_reversed_levels_give_equal_bits(seed):
    made = network(seed)
    logits = made.forward(data.centred(levels()))
    other = reversed_digits.negated(made).forward(data.centred(data.reversed_levels(levels())))
    assert logits.tobytes() == other.tobytes()


@pytest.mark.parametrize("seed", range(3))
def test_the_corrected_bias_keeps_the_logits_within_the_derived_bound_and_the_old_one_does_not(seed):
    made = network(seed)
    right = reversed_digits.negated(made, reversed_digits.corrected_bias(*made.parameters[:2]))
    reverse = data.reversed_levels(levels())
    logits = made.forward(levels()).astype(np.float64)
    bound = rounding.logits_apart((made, right), (levels(), reverse), reversed_digits.lost_by(right.parameters[1]))
    assert (np.abs(right.forward(reverse) - logits) <= bound).all()
    assert (np.abs(reversed_digits.negated(made).forward(reverse) - logits) > bound).any()


def test_the_bound_carries_a_difference_in_c1_that_is_no_rounding():
    made = network(0)
    filters, bias, *rest = made.parameters
    other = training.with_parameters(made, [filters, bias + np.float32(0.5), *rest])
    none, half = (
        rounding.logits_apart((made, other), (levels(), levels()), reversed_digits.lost_by(bias) + step)
        for step in (0, 0.5)
    )
    difference = np.abs(other.forward(levels()).astype(np.float64) - made.forward(levels()))
    assert (difference > none).any()
    assert (difference <= half).all()


def test_the_bound_is_not_derived_through_layers_that_it_does_not_know():
    made = network(0, detector="tanh")
    with pytest.raises(ValueError, match="got 'tanh'"):
        rounding.logits_apart((made, made), (levels(1), levels(1)), np.zeros(6))


def test_what_zero_padding_adds_is_zero_inside_only():
    filters = network(0).parameters[0]
    term = reversed_digits.border_term(filters, (8, 8)).high[0]
    rim = reversed_digits.BORDER
    assert not term[:, rim:-rim, rim:-rim].any()
    weights = filters[:, 0].astype(np.float64)
    assert np.array_equal(term[:, 0, rim], data.LEVEL * weights[:, :rim].sum(axis=(1, 2)))


@pytest.mark.parametrize("seed", range(3))
def test_two_negations_cancel_without_rectification_only(seed):
    for function, same in ((None, True), ("relu", False)):
        made = network(seed, detector=function, pooling=no_rectification.POOLING)
        logits = made.forward(data.centred(levels()))
        other = no_rectification.twice_negated(made).forward(data.centred(levels()))
        assert (logits.tobytes() == other.tobytes()) is same


@pytest.mark.parametrize("seed", range(3))
def test_doubled_anchors_do_not_tell_a_digit_from_its_negative(seed):
    made = Network(doubled_anchors.doubled_layers(SHORT), seed=seed)
    images = data.centred(levels())
    assert made.forward(images).tobytes() == made.forward(-images).tobytes()
    assert network(seed).forward(images).tobytes() != network(seed).forward(-images).tobytes()


def test_the_gradient_of_the_doubled_network_is_the_slope_of_its_risk():
    made = Network(doubled_anchors.doubled_layers(SHORT), dtype=np.float64)
    images, labels = data.centred(levels(4)).astype(np.float64), data.digits()[1][:4]
    risk, gradients = made.gradient(images, labels)
    step = 2.0**-20
    made.parameters = [p - step * g for p, g in zip(made.parameters, gradients, strict=True)]
    square = sum(float((g * g).sum()) for g in gradients)
    fallen = (risk - made.gradient(images, labels)[0]) / step
    assert abs(fallen - square) < square / 100


CHECKS = {
    "reversed": (reversed_digits, "negated", lambda made: reversed_digits._equal_bits(made, levels())),
    "corrected": (reversed_digits, "corrected_bias", lambda made: reversed_digits._corrected(made, levels())[0]),
    "border": (reversed_digits, "corrected_bias", lambda made: reversed_digits._border(made, levels())),
    "confused": (no_rectification, "twice_negated", lambda made: no_rectification._confused(made, levels())),
}


@pytest.mark.parametrize("name", CHECKS)
def test_a_claim_is_refuted_when_what_it_rests_on_is_wrong(name, monkeypatch):
    module, function, claim = CHECKS[name]
    made = network(0) if name != "confused" else network(0, detector=None, pooling=no_rectification.POOLING)
    assert claim(made).kind == "certified"
    wrong = {
        "negated": lambda given, bias=None: given,
        "corrected_bias": lambda filters, bias: bias,
        "twice_negated": reversed_digits.negated,
    }[function]
    monkeypatch.setattr(module, function, wrong)
    assert claim(made).kind == "refuted"


@pytest.mark.parametrize(("n", "width"), [*itertools.product(range(1, 5), (1, 3, 5))])
def test_the_rule_of_the_shift_is_that_of_the_windows(n, width):
    rows = np.array(list(itertools.product(range(3), repeat=n + 1)), float)
    reach = width // 2
    windows = [(max(0, t - reach), min(n, t + reach + 1)) for t in range(n)]
    before, after = (
        np.stack([part[:, a:b].max(axis=1) for a, b in windows], axis=1) for part in (rows[:, 1:], rows[:, :-1])
    )
    assert np.array_equal(max_pool_shift.unchanged_by_rule(rows, width), before == after)


def test_the_sparse_matrix_is_the_difference_of_neighbours():
    image = np.random.default_rng(0).integers(0, 256, (3, 5)).astype(np.float32)
    matrix = edge_cost.toeplitz(3, 5)
    assert np.array_equal((matrix @ image.ravel()).reshape(3, 4), image[:, 1:] - image[:, :-1])
    assert matrix.nnz == 2 * 3 * 4


def test_patches_lie_on_the_sphere_and_centroids_stand_where_patches_gather():
    rows = kmeans_anchors.patches(levels(), 200, 0)
    assert np.abs(np.linalg.norm(rows.astype(np.float64), axis=1) - 1).max() < rows.shape[1] * np.finfo(np.float32).eps
    corners = np.repeat(np.eye(3), 10, axis=0)
    found = kmeans_anchors.centroids(corners, 3, 0)
    assert sorted(map(tuple, np.rint(found))) == sorted(map(tuple, np.eye(3)))


def test_names_are_unique_words_of_the_command_line():
    names = [entry.name for entry in registry.EXPERIMENTS]
    assert len(set(names)) == len(names)
    assert all(name.replace("-", "").isalpha() and name.islower() for name in names)
    assert registry.chosen(["all", names[0]]) == tuple(names)


def test_the_list_names_every_experiment():
    outcome = run("experiment", "--list")
    assert outcome.exit_code == 0
    assert [line.split()[0] for line in outcome.output.splitlines()] == [entry.name for entry in registry.EXPERIMENTS]


@pytest.mark.parametrize(
    "arguments", [["nothing"], [], ["edge-cost", "--seed", "x"], ["edge-cost", "nothing"]], ids=str
)
def test_wrong_use_is_exit_code_2_and_writes_nothing(arguments, tmp_path):
    outcome = run("experiment", *arguments, "--out", tmp_path / "out")
    assert outcome.exit_code == 2
    assert "Traceback" not in outcome.output
    assert not (tmp_path / "out").exists()


def without_times(entry):
    times = ("s", "times as long")
    return [n for n in entry["experiment"]["numbers"] if n["unit"] not in times], entry["experiment"]["pictures"]


@pytest.mark.parametrize("name", registry.quick())
def test_quick_experiments_repeat_and_all_their_claims_hold(name):
    one, two = (registry.run_experiment(name, 0, silent) for _ in range(2))
    assert without_times(one) == without_times(two)
    assert {e["kind"] for e in one["evidence"]} == {"certified"}
    assert [e["name"] for e in one["evidence"]] == one["experiment"]["claims"]


def test_an_experiment_writes_three_files_that_agree(tmp_path):
    outcome = run("experiment", "edge-cost", "--out", tmp_path)
    assert outcome.exit_code == 0, outcome.output
    assert sorted(path.name for path in tmp_path.iterdir()) == ["experiment.html", "experiment.json", "experiment.md"]
    made = document.read(tmp_path / "experiment.json")
    document.validate(made)
    assert [entry["name"] for entry in made["experiments"]] == ["edge-cost"]
    assert json.loads((tmp_path / "experiment.json").read_text(), parse_constant=pytest.fail)["seed"] == 0
    for text in ((tmp_path / "experiment.md").read_text(), (tmp_path / "experiment.html").read_text(), outcome.output):
        assert "267,960" in text
    page = (tmp_path / "experiment.html").read_text()
    assert "://" not in page
    assert "<script" not in page


NASTY = '<script>alert(1)</script> "x" | `y` {{ z }}'


def made_of(holds):
    claim = certified(NASTY, NASTY, ("K-neg",), lambda: NASTY if holds else None, NASTY)
    return Outcome(numbers=(Number(NASTY, 1.5, NASTY, NASTY),), evidence=(claim,))


def stage(monkeypatch, function):
    entries = (registry.Experiment("trial", NASTY, function),)
    for module in (registry, running):
        monkeypatch.setattr(module, "EXPERIMENTS", entries)


def test_strings_of_an_experiment_stay_strings(monkeypatch):
    stage(monkeypatch, lambda seed, progress: made_of(True))
    made = document.loads(document.dumps(running.run(["trial"], 0, silent)))
    assert "<script" not in html.render(made, "experiment.html")
    assert not re.search(r"(?<!\\)<script", markdown.render_experiments(made))
    assert "| `y`" not in markdown.render_experiments(made)


@pytest.mark.parametrize(("holds", "code"), [(True, 0), (False, 1)])
def test_the_exit_code_says_whether_every_claim_holds(holds, code, monkeypatch, tmp_path):
    stage(monkeypatch, lambda seed, progress: made_of(holds))
    assert run("experiment", "trial", "--out", tmp_path).exit_code == code
    assert document.read(tmp_path / "experiment.json")["evidence"][0]["kind"] == ("certified" if holds else "refuted")


def test_an_interrupted_experiment_leaves_the_last_files(monkeypatch, tmp_path):
    stage(monkeypatch, lambda seed, progress: made_of(True))
    run("experiment", "trial", "--out", tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}

    def interrupted(seed, progress):
        raise KeyboardInterrupt

    stage(monkeypatch, interrupted)
    assert run("experiment", "trial", "--out", tmp_path).exit_code == 130
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_experiments_are_tasks_of_a_campaign():
    tasks = tasks_of(["numpy"], ["correlate"], "quick", 5, without=("prove",), experiments=("edge-cost",))
    assert Task("experiment", "edge-cost", seed=5) in tasks
    assert not any(
        task.kind == "experiment" for task in tasks_of(["numpy"], None, "quick", 5, ("experiment",), ("edge-cost",))
    )


def test_a_report_holds_the_experiments_that_were_asked_for_and_names_the_others(tmp_path):
    left_out = [part for kind in ("prove", "mutant", "image") for part in ("--without", kind)]
    judged = ("--subject", "numpy", "--operator", "correlate", "--profile", "quick", *left_out)
    outcome = run("report", *judged, "--experiment", "edge-cost", "--out", tmp_path)
    assert outcome.exit_code == 0, outcome.output
    report = document.read(tmp_path)
    assert [entry["name"] for entry in report["experiments"]] == ["edge-cost"]
    assert "--experiment edge-cost" in report["command"]
    evidence = {entry["name"] for statement in report["statements"] for entry in statement["evidence"]}
    assert set(report["experiments"][0]["claims"]) <= evidence
    for name in ("report.md", "report.html"):
        text = (tmp_path / name).read_text()
        assert "267,960" in text
        assert "reversed-digits" in text
