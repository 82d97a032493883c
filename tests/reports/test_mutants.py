"""``convoracle mutants``: what is tried, what counts as seen, how the score and the confusion matrix are made."""

import json

import pytest
from click.testing import CliRunner

from convoracle.impl.mutants import MUTANTS
from convoracle.impl.mutants.expected import EXPECTED
from convoracle.impl.mutants.systematic import systematic_of
from convoracle.reports import mutants
from convoracle.reports.command import main
from convoracle.reports.confusion import clauses, confusion
from convoracle.reports.equivalence import some_calls
from convoracle.reports.mutant_lines import lines
from convoracle.reports.mutation import try_systematic, try_written
from convoracle.reports.pool import Kept
from convoracle.spec import operator
from convoracle.spec.faults import FAULTS
from convoracle.spec.layer_faults import faults_of


def row(name, outcome, *, kind="systematic", cases=None, by=(), expected=(), diagnosis="", shown=""):
    return {
        "mutant": name,
        "operator": "conv1d",
        "sentence": f"what {name} does",
        "kind": kind,
        "outcome": outcome,
        "cases": cases,
        "by": dict.fromkeys(by, cases),
        "expected": list(expected),
        "diagnosis": diagnosis,
        "diff": [f"- right {name}", f"+ wrong {name}"],
        "shown": shown,
    }


ROWS = [
    row("a", "rejected", cases=2, by=("shape", "dtype")),
    row("b", "rejected", cases=4, by=("shape",)),
    row("c", "survived"),
    row("d", "equivalent", shown="equal on 7 small calls"),
    row("e", "does not import"),
]


# ---- one mutant ----


def edit_that_gives(module, after):
    """The name of the edit of a module with this outcome: lines move."""
    return next(edit.name for edit in systematic_of(module) if edit.after == after)


def test_a_tap_that_is_counted_wrongly_is_rejected_and_the_law_is_named():
    found = try_systematic(edit_that_gives("arguments", "return d * (k - 2) + 1"), 6, 0, ["conv1d"])
    assert found["outcome"] == "rejected"
    assert found["by"]
    assert found["diff"] == ["- return d * (k - 1) + 1", "+ return d * (k - 2) + 1"]


def test_an_edit_of_what_only_decides_how_much_work_there_is_is_shown_equivalent():
    found = try_systematic(edit_that_gives("bilinear", "if out.size or terms:"), 2, 0, ["conv1d"])
    assert found["outcome"] == "equivalent"
    assert found["shown"].endswith("small calls, drawn from all of conv1d")


def test_a_mutant_written_by_hand_is_named_by_its_wrong_definition():
    found = try_written("correlate-without-conjugate", 12, 0)
    assert found["outcome"] == "rejected"
    assert clauses(found["diagnosis"]) == found["expected"]


def test_a_wrong_record_is_caught_by_its_worked_example(record_row):
    assert record_row("softplus", "stage y", "operator")["by"] == {"worked example": 1}


@pytest.fixture
def record_row():
    from convoracle.reports.record_mutation import try_record
    from convoracle.spec.record_edits import record_edits

    def tried(name, part, kind):
        edit = next(e for e in record_edits(operator(name)) if (e.part, e.kind) == (part, kind))
        return try_record(edit.name)

    return tried


# ---- expectations ----


def wrong_definitions_of(record):
    if record.sums_products:
        return {clause for fault in FAULTS if fault.applies(record) for clause in clauses(fault.sentence)}
    return {clause for fault in faults_of(record) for clause in clauses(fault.sentence)}


def test_what_the_diagnosis_should_say_is_a_wrong_definition_of_the_operator():
    first = {m.name: m.operators[0] for m in MUTANTS}
    known = {name: wrong_definitions_of(operator(name)) for name in {first[mutant] for mutant in EXPECTED}}
    assert {mutant for mutant, clause in EXPECTED.items() if clause not in known[first[mutant]]} == set()


def test_an_axis_is_no_part_of_a_clause():
    assert clauses("as if the stride were ignored on the second axis; as if there were no bias") == [
        "the stride were ignored",
        "there were no bias",
    ]


def test_the_confusion_matrix_has_right_wrong_and_silent_diagnoses_and_counts_the_rest_apart():
    rows = [
        row("right", "rejected", expected=["x"], diagnosis="as if y; as if x on all axes"),
        row("wrong", "rejected", expected=["x"], diagnosis="as if y"),
        row("silent", "rejected", expected=["x"]),
        row("guessed", "rejected", diagnosis="as if y"),
        row("without", "rejected"),
    ]
    found = confusion(rows)
    assert (found["right"], found["of"], found["silent"], found["without"], found["named_without"]) == (1, 3, 1, 2, 1)
    assert {(p["expected"], p["named"]): p["count"] for p in found["matrix"]} == {
        ("x", "x"): 1,
        ("x", "y"): 1,
        ("x", "nothing named"): 1,
    }


# ---- score ----


def test_the_score_leaves_out_equivalents_and_what_does_not_import():
    score = mutants.score(ROWS)
    assert (score["rejected"], score["of"], score["equivalent"], score["not_imported"]) == (2, 3, 1, 1)
    assert score["share"] == pytest.approx(2 / 3)
    assert score["mean_cases"] == 3


def test_laws_are_counted_with_what_only_they_reject():
    laws = {law["law"]: (law["rejects"], law["alone"]) for law in mutants.summed(ROWS)["laws"]}
    assert laws == {"shape": (2, 1), "dtype": (1, 0)}


def test_every_survivor_and_every_equivalent_is_listed_with_its_edit():
    text = "\n".join(lines(mutants.summed(ROWS)))
    assert "systematic: 2 of 3 rejected (66.67 %); 1 shown equivalent; 1 do not import and are not counted" in text
    for name in "cd":
        assert f"- right {name}" in text
        assert f"+ wrong {name}" in text
    assert "+ wrong a" not in text


# ---- runs ----


def test_samples_are_the_same_for_the_same_seed_and_others_for_another():
    def names(seed):
        return [t.name for t in mutants.trials(["systematic"], ["conv1d"], 5, 2, seed)]

    assert names(1) == names(1) != names(2)
    assert len(names(1)) == 5


def test_nothing_to_try_is_wrong_use():
    with pytest.raises(ValueError, match="there are no written mutants of idft2d"):
        mutants.trials(["written"], ["idft2d"], None, 1, 0)


def test_what_is_finished_is_not_tried_again(tmp_path):
    (trial,) = mutants.trials(["systematic"], ["relu"], 1, 1, 0)
    Kept(tmp_path / mutants.UNFINISHED).keep(trial, ROWS[0])
    made = mutants.run([trial], tmp_path, resume=True)
    assert made["rows"] == [ROWS[0]]
    assert mutants.write(made, tmp_path) == tmp_path / "mutants.json"
    assert not (tmp_path / mutants.UNFINISHED).exists()


def test_the_command_writes_its_rows_and_fails_where_the_score_is_low(tmp_path):
    for trial, kept in zip(mutants.trials(["systematic"], ["relu"], 2, 12, 0), ROWS[1:3], strict=True):
        Kept(tmp_path / mutants.UNFINISHED).keep(trial, kept)
    arguments = [
        "mutants",
        "--kind",
        "systematic",
        "--operator",
        "relu",
        "--sample",
        "2",
        "--resume",
        "--out",
        tmp_path,
    ]
    outcome = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert outcome.exit_code == 1, outcome.output
    assert "systematic: 1 of 2 rejected (50.00 %)" in outcome.output
    assert json.loads((tmp_path / "mutants.json").read_text())["rows"] == ROWS[1:3]


@pytest.mark.parametrize("name", ["cross_entropy", "max_unpool1d"])
def test_small_calls_hold_an_index_that_points_nowhere(name):
    record = operator(name)
    (place,) = (place for place, array in enumerate(record.inputs) if array.below is not None)
    indices = [list(arrays.values())[place] for arrays, _ in some_calls(record)]
    assert all(values.dtype.kind in "iu" for values in indices)
    assert any((values == -1).any() for values in indices)
