"""Failing cases are kept as text and judged again first; what is wrong with the text is said and breaks nothing."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

from convoracle.properties import generation
from convoracle.properties.check import check
from convoracle.properties.counterexamples import read, written
from convoracle.properties.generation import drawn
from convoracle.reports.command import main
from convoracle.reports.remembered import file, recalled, remember
from convoracle.spec import operator


def right(x, h, *, mode="full"):
    """Return the convolution of signals along one axis."""
    if x.ndim != 1:
        raise ValueError("one axis only")
    return np.convolve(x, h, mode)


def twice(x, h, *, mode="full"):
    return 2 * right(x, h, mode=mode)


def through_text(kept):
    return json.loads(json.dumps(kept))


@pytest.fixture(scope="module")
def found():
    return check(twice, "convolve", examples=12)


def test_what_was_found_once_is_found_at_the_first_case_and_not_shrunk_again(found, monkeypatch):
    assert {case["law"] for case in found.kept} == {finding.law for finding in found.findings}

    def never(*given):
        raise AssertionError("shrunk again")

    kept = [case for case in found.kept if "value" in case["law"]]
    assert kept
    monkeypatch.setattr(generation, "shrunk", never)
    again = check(twice, "convolve", examples=1, known=through_text(found.kept))
    first = {tally.law: tally.first_failure for tally in again.laws}
    assert all(first[case["law"]] == 1 for case in kept)
    shown = {finding.law: finding.configuration for finding in found.findings}
    assert all(finding.configuration == shown[finding.law] for finding in again.findings if "value" in finding.law)
    assert again.forgotten == ()


def test_findings_of_one_cause_share_the_smallest_case(found):
    by_law = {finding.law: finding for finding in found.findings}
    shared = [finding for finding in found.findings if finding.cause != finding.law]
    assert shared
    assert all(by_law[finding.cause].cause == finding.cause for finding in shared)


def test_what_fails_no_longer_is_said_and_dropped(found):
    repaired = check(np.convolve, "convolve", examples=1, known=found.kept)
    assert repaired.forgotten
    assert all("fails no longer" in line for line in repaired.forgotten)
    assert not {case["law"] for case in repaired.kept} & {"value: exact on small integers"}


@pytest.mark.parametrize("name", ["conv2d", "convolve", "max_unpool1d", "scattering1d"])
def test_cases_survive_as_text(name):
    for case in drawn(operator(name), 15, 0):
        law, cause, again = read(operator(name), through_text(written("a law", "its cause", case)))
        assert (law, cause) == ("a law", "its cause")
        assert again.configuration.key == case.configuration.key
        assert (again.shapes, again.dtypes, again.layouts) == (case.shapes, case.dtypes, case.layouts)
        assert (again.families, again.seed) == (case.families, case.seed)


WRONG = {
    "no fields": {},
    "text": "a word",
    "unknown layout": {"layouts": {"x": "upside down", "h": "contiguous"}},
    "unknown family": {"families": ["cousins"]},
    "no dtype": {"dtypes": {"x": "float99", "h": "float64"}},
    "no shape": {"shapes": {"x": None, "h": [3]}},
    "an illegal call": {"options": {"mode": "sideways"}},
    "an unknown option": {"options": {"colour": 3}},
    "options in a list": {"options": [1]},
    "a seed below none": {"seed": -1},
}


@pytest.mark.parametrize("what", WRONG)
def test_a_case_that_is_none_is_said_and_breaks_nothing(what):
    case = written("value", "value", drawn(operator("convolve"), 1, 0)[0])
    wrong = {**case, **WRONG[what]} if isinstance(WRONG[what], dict) and WRONG[what] else WRONG[what]
    verdict = check(right, "convolve", examples=1, known=[wrong])
    (line,) = verdict.forgotten
    assert line.startswith("a kept failure is not replayed: ")


def test_files_that_cannot_be_read_say_why(tmp_path):
    assert recalled(tmp_path, "a/b:c", "convolve") == ([], None)
    path = file(tmp_path, "a/b:c", "convolve")
    assert path.parent == tmp_path
    assert path != file(tmp_path, "a-b-c", "convolve")
    for text in ("{", '{"law": 1}', "\xff", "[" * 100_000):
        path.write_text(text, encoding="latin-1")
        cases, wrong = recalled(tmp_path, "a/b:c", "convolve")
        assert cases == []
        assert str(path) in wrong


def test_no_file_stays_where_nothing_fails(tmp_path):
    remember(tmp_path, "mine", "convolve", [{"law": "value"}])
    assert recalled(tmp_path, "mine", "convolve") == ([{"law": "value"}], None)
    remember(tmp_path, "mine", "convolve", [])
    assert list(tmp_path.iterdir()) == []


def test_the_command_keeps_what_fails_and_drops_what_was_repaired(tmp_path):
    script, folder = tmp_path / "mine.py", tmp_path / "kept"
    command = [
        "check",
        f"{script}:kernel",
        "--operator",
        "convolve",
        "--examples",
        "3",
        "--counterexamples",
        str(folder),
    ]
    body = "import numpy as np\ndef kernel(x, h, *, mode='full'):\n    return {0} * np.convolve(x, h, mode)\n"
    script.write_text(body.format(2))
    assert CliRunner().invoke(main, command).exit_code == 1
    (path,) = folder.iterdir()
    assert any("value" in case["law"] for case in json.loads(path.read_text()))
    script.write_text(body.format(1))
    repaired = CliRunner().invoke(main, command)
    assert "a kept failure fails no longer: value" in repaired.output
    assert "pairs of classes: " in repaired.output
    assert not any("value: exact" in case["law"] for path in folder.iterdir() for case in json.loads(path.read_text()))


def test_failing_cases_are_kept_under_the_declared_operator_too(tmp_path):
    script, folder = tmp_path / "mine.py", tmp_path / "kept"
    script.write_text(
        "import numpy as np\nfrom convoracle.impl.backends import implements\n"
        "@implements('convolve')\ndef kernel(x, h, *, mode='full'):\n    return 2 * np.convolve(x, h, mode)\n"
    )
    command = ["check", f"{script}:kernel", "--examples", "3", "--counterexamples", str(folder)]
    assert CliRunner().invoke(main, command).exit_code == 1
    assert CliRunner().invoke(main, [*command, "--operator", "convolve"]).exit_code == 1
    assert [path.name.split("-")[-2] for path in folder.iterdir()] == ["convolve"]
