"""report.json: what is written is read back to the last bit, what is wrong is refused, a crash leaves the old one."""

import copy
import json
import math
import random
import struct
from importlib.resources import files

import jsonschema
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convoracle.reports import document, html
from convoracle.reports.document import ReportError
from convoracle.reports.structure import problems

NOT_FINITE = [math.nan, math.inf, -math.inf]
VALIDATOR = jsonschema.Draft202012Validator(document.schema())


def bits(value):
    return struct.pack(">d", value)


def with_seconds(value):
    return document.empty(seconds=value)


@given(st.floats())
def test_every_float_is_read_back_to_its_bits(value):
    returned = document.loads(document.dumps(with_seconds(value)))["seconds"]
    assert type(returned) is float
    assert bits(returned) == bits(value) or (math.isnan(returned) and math.isnan(value))


@given(st.integers())
def test_integers_of_any_size_stay_integers(value):
    returned = document.loads(document.dumps(document.empty(seed=value)))["seed"]
    assert (returned, type(returned)) == (value, int)


@given(st.text())
def test_every_string_is_read_back_even_the_words_for_floats(text):
    for value in (text, "NaN", "Infinity"):
        assert document.loads(document.dumps(document.empty(command=value)))["command"] == value


def test_the_sample_is_read_back_as_it_is(report):
    again = document.loads(document.dumps(report))
    assert repr(again) == repr(report)
    assert math.isinf(report["findings"][0]["configuration"]["options"]["value"])
    assert report["findings"][0]["arrays"]["z"] == [{"real": 1.0, "imag": 2.0}, 2**70, True]


def test_the_file_is_strict_json(report):
    def refuse(word):
        raise AssertionError(f"{word} is not JSON")

    json.loads(document.dumps(report), parse_constant=refuse)


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
def test_a_file_that_is_not_strict_json_is_refused(word):
    text = document.dumps(with_seconds(1.5)).replace("1.5", word)
    with pytest.raises(ReportError, match="is not JSON"):
        document.loads(text)


@pytest.mark.parametrize("text", ["", "[]", "null", "{}", '{"version": 2}', '{"version": true}', "{"])
def test_what_is_no_report_is_refused(text):
    with pytest.raises(ReportError, match="report:"):
        document.loads(text)


def test_numpy_values_and_tuples_become_plain():
    given = {
        "a": np.float32(0.1),
        "b": np.int8(-3),
        "c": np.bool_(True),
        "d": (1, np.array([[np.inf, -0.0]])),
        "e": 1 - 2j,
    }
    plain = document.plain(given)
    assert plain == {
        "a": float(np.float32(0.1)),
        "b": -3,
        "c": True,
        "d": [1, [["Infinity", -0.0]]],
        "e": {"real": 1.0, "imag": -2.0},
    }
    assert bits(plain["d"][1][0][1]) == bits(-0.0)
    assert json.dumps(plain, allow_nan=False)


@pytest.mark.parametrize("value", [object(), {1: 2}, {"a": {3}}, b"bytes"], ids=["object", "key", "set", "bytes"])
def test_what_json_has_no_form_for_is_refused(value):
    with pytest.raises(ReportError):
        document.plain({"a": value})


def test_the_schema_is_a_schema_and_describes_every_field():
    jsonschema.Draft202012Validator.check_schema(document.schema())
    undescribed = [
        place for place, rule in _fields(document.schema(), "") if not ("description" in rule or "$ref" in rule)
    ]
    assert undescribed == []


def _fields(rule, place):
    for name, inner in {**rule.get("properties", {}), **rule.get("$defs", {})}.items():
        yield f"{place}/{name}", inner
        yield from _fields(inner, f"{place}/{name}")
    if isinstance(rule.get("items"), dict):
        yield from _fields(rule["items"], place)


def test_every_object_of_the_schema_is_closed():
    def open_objects(rule, place):
        if isinstance(rule, dict):
            if "properties" in rule and "required" in rule and rule.get("additionalProperties") is not False:
                yield place
            for name, inner in rule.items():
                yield from open_objects(inner, f"{place}/{name}")

    assert list(open_objects(document.schema(), "")) == []


def test_the_sample_obeys_the_schema(report):
    jsonschema.validate(document.plain(report), document.schema())
    document.validate(report)


def _places(value, place=()):
    yield place
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, entry in entries:
        yield from _places(entry, (*place, key))


def _damage(report, draw):
    """Return a report with one value removed, exchanged or added, most of which the schema forbids."""
    damaged = copy.deepcopy(report)
    *path, last = draw.choice([place for place in _places(damaged) if place])
    inner = damaged
    for key in path:
        inner = inner[key]
    kind = draw.choice(["remove", "exchange", "add"])
    if kind == "remove":
        del inner[last]
    elif kind == "exchange":
        inner[last] = draw.choice([None, True, -1, 1.5, 2.0, "NaN", "words", [], {}, ["x"], {"real": 1, "imag": 2}])
    elif isinstance(inner, dict):
        inner["stranger"] = 1
    return damaged


def test_our_check_and_jsonschema_agree_on_damaged_reports(report):
    small = {
        **report,
        **{kind: report[kind][:2] for kind in ("operators", "subjects", "verdicts", "findings", "evidence")},
    }
    small = document.plain({**small, "statements": report["statements"][2:4], "real": []})
    small["mutants"]["rows"] = small["mutants"]["rows"][:2]
    draw = random.Random(1)
    outcomes = set()
    for _ in range(300):
        damaged = _damage(small, draw)
        ours, theirs = not problems(damaged, document.schema()), VALIDATOR.is_valid(damaged)
        assert ours == theirs, list(VALIDATOR.iter_errors(damaged))
        outcomes.add(ours)
    assert outcomes == {True, False}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda r: r["verdicts"][0].update(subject="nobody"), "'nobody' is not among the subjects"),
        (lambda r: r["verdicts"][0].update(operator="nothing"), "'nothing' is not among the operators"),
        (lambda r: r["verdicts"][0].update(findings=["F999"]), "'F999' is not among the findings"),
        (lambda r: r["statements"][0]["evidence"][0].update(name="hearsay"), "'hearsay' is not among the evidence"),
        (lambda r: r["findings"][1].update(id="F1"), "findings: 'F1' twice"),
        (lambda r: r["verdicts"].append(r["verdicts"][0]), "verdicts: .* twice"),
        (lambda r: r["verdicts"][0].update(status="GOOD"), "verdicts/0/status: must be one of PASS"),
        (lambda r: r.pop("seed"), "'seed' is missing"),
        (lambda r: r.update(colour="red"), "'colour' is not a field"),
    ],
)
def test_a_report_that_contradicts_itself_is_refused_with_the_place(report, change, message):
    change(report)
    with pytest.raises(ReportError, match=message):
        document.validate(report)


def test_write_writes_four_files_and_nothing_else(report, tmp_path):
    paths = document.write(report, tmp_path / "new" / "folder")
    assert sorted(path.name for path in paths) == ["junit.xml", "report.html", "report.json", "report.md"]
    assert sorted(paths) == sorted((tmp_path / "new" / "folder").iterdir())
    assert repr(document.read(tmp_path / "new" / "folder")) == repr(report)
    assert repr(document.read(tmp_path / "new" / "folder" / "report.json")) == repr(report)


def test_report_json_is_put_in_place_last(report, tmp_path, monkeypatch):
    order = []
    replace = document.os.replace

    def recorded(source, target):
        order.append(target.name)
        replace(source, target)

    monkeypatch.setattr(document.os, "replace", recorded)
    document.write(report, tmp_path)
    assert order[-1] == "report.json"
    assert len(order) == 4


@pytest.mark.parametrize("broken", ["render", "disk"])
def test_a_failure_while_writing_leaves_the_old_report(report, tmp_path, monkeypatch, broken):
    document.write(report, tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def fail(*arguments):
        raise OSError("no space left")

    if broken == "render":
        monkeypatch.setattr(html, "render", fail)
    else:
        monkeypatch.setattr(document.os, "fsync", fail)
    with pytest.raises(OSError, match="no space left"):
        document.write({**report, "seed": 99}, tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_folder_in_the_place_of_a_file_leaves_the_old_report(report, tmp_path):
    document.write(report, tmp_path)
    before = (tmp_path / "report.json").read_bytes()
    (tmp_path / "report.html").unlink()
    (tmp_path / "report.html").mkdir()
    with pytest.raises(IsADirectoryError, match=r"report\.html is a folder"):
        document.write({**report, "seed": 99}, tmp_path)
    assert (tmp_path / "report.json").read_bytes() == before


def test_an_empty_report_is_written_in_every_form(tmp_path):
    document.write(document.empty(), tmp_path)
    assert document.read(tmp_path) == document.empty()


@settings(max_examples=25, deadline=None)
@given(st.text())
def test_strings_of_strangers_are_written_in_every_form(text):
    subject = {"name": text, "version": text, "own": False, "operators": [text]}
    report = document.empty(subjects=[subject], command=text, profile=text, complete=True)
    for render in _renderers():
        render(report).encode("utf-8")


def _renderers():
    from convoracle.reports import junit, markdown

    return html.render, junit.render, markdown.render


def test_templates_and_schema_are_package_data():
    folder = files("convoracle.reports")
    assert (folder / "schema.json").is_file()
    assert {"page.html", "style.css", "findings.html"} <= {entry.name for entry in (folder / "templates").iterdir()}
