"""report.md: tables that are tables and strings that stay strings."""

import re

import pytest

from convoracle.reports import markdown, summary
from convoracle.reports.escaping import code, fenced, printable
from convoracle.reports.escaping import markdown as escaped
from convoracle.spec import OPERATORS


def _tables(text):
    outside = re.sub(r"^(`{3,}).*?^\1$", "", text, flags=re.MULTILINE | re.DOTALL)
    return [block.splitlines() for block in re.findall(r"(?:^\|.*\n)+", outside, flags=re.MULTILINE)]


def _cells(line):
    return len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)) - 1


def test_every_row_of_a_table_has_the_cells_of_its_head(report):
    tables = _tables(markdown.render(report))
    assert len(tables) >= 6
    for table in tables:
        assert {_cells(line) for line in table} == {_cells(table[0])}


def test_links_to_findings_lead_to_their_headings(report):
    text = markdown.render(report)
    headings = {
        re.sub(r"[^\w\- ]", "", line.lstrip("# ").replace("\\", "").lower()).replace(" ", "-")
        for line in text.splitlines()
        if line.startswith("### ")
    }
    links = set(re.findall(r"\]\(#([^)]*)\)", "\n".join(_tables(text)[0])))
    assert links
    assert links <= headings


def test_markup_of_strangers_is_escaped(report, sample):
    text = markdown.render(report)
    outside = re.sub(r"(`+).*?\1", "", re.sub(r"^(`{3,}).*?^\1$", "", text, flags=re.MULTILINE | re.DOTALL))
    assert not re.search(r"(?<!\\)<(script|img)", outside)
    assert escaped(sample.NASTY[0]) in text


def test_every_script_and_every_erratum_is_there(report):
    text = markdown.render(report)
    assert text.count("```python") + text.count("````python") == len([f for f in report["findings"] if f["script"]])
    assert text.count("- counterexample: ") == len([s for s in report["statements"] if s["erratum"]])


@pytest.mark.parametrize("text", ["", "`", "``a`", "a|b", "```\ncode\n```", "line\nbreak", "\x00"])
def test_code_is_fenced_by_more_backticks_than_it_holds(text):
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    assert fenced(text).startswith("`" * max(3, longest + 1))
    assert "\n" not in code(text)
    assert code(text).startswith("`" * (longest + 1)) or not text


def test_printable_keeps_text_and_replaces_what_xml_forbids():
    assert printable("naïve 日本 🙂\t\n") == "naïve 日本 🙂\t\n"
    assert printable("\x00\x1b\x7f\x85\ud800\u202e\uffff") == "\ufffd" * 7
    assert printable("a\r\nb\rc") == "a\nb\nc"


def test_the_headline_says_conform_only_of_a_complete_report_whose_own_verdicts_all_passed(report):
    assert summary.headline(report) == f"Our own kernels passed all {len(OPERATORS)} operators judged."
    assert "not complete" in summary.headline({**report, "complete": False})
    for status in set(summary.STATUSES) - {"PASS"}:
        verdicts = [{**report["verdicts"][0], "status": status}, *report["verdicts"][1:]]
        assert summary.headline({**report, "verdicts": verdicts}).startswith(
            f"Our own kernels do not conform: 1 of {len(OPERATORS)}"
        )
    assert summary.headline({**report, "verdicts": []}) == "Our own kernels were not judged."


def test_nan_is_the_largest_error():
    verdict = {"worst": [{"dtype": "a", "ratio": 7.0}, {"dtype": "b", "ratio": float("nan")}]}
    assert summary.worst(verdict)["dtype"] == "b"
    assert summary.worst({"worst": []}) is None


def test_the_same_law_of_several_operators_is_one_column():
    mutants = {
        "laws": ["values", "conv1d: linear in x", "conv2d: linear in x"],
        "rows": [{"by": {"conv2d: linear in x": 5, "values": 2}}, {"by": {}}],
    }
    columns, rows = summary.rejections(mutants, ["conv1d", "conv2d"])
    assert columns == ["values", "linear in x"]
    assert rows == [{"linear in x": 5, "values": 2}, {}]
