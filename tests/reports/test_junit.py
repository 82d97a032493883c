"""junit.xml: well formed whatever the report says, and its counts are those of the report."""

from collections import Counter
from xml.etree import ElementTree

import pytest

from convoracle.reports import junit

KINDS = {
    "PASS": None,
    "PASS_CONVENTION": None,
    "FAIL": "failure",
    "UNSUPPORTED": "skipped",
    "NOT_RUN": "error",
    "VACUOUS": "skipped",
    "FLAKY": "error",
    "CRASH": "error",
    "TIMEOUT": "error",
}


def parsed(report):
    return ElementTree.fromstring(junit.render(report))


def _kind(case):
    return next((tag for tag in ("failure", "error", "skipped") if case.find(tag) is not None), None)


def test_there_is_a_suite_per_subject_and_a_case_per_verdict_and_law(report):
    root = parsed(report)
    assert len(root) == len(report["subjects"])
    verdicts = report["verdicts"]
    cases = len(verdicts) + sum(len(verdict["laws"]) for verdict in verdicts) + len(report["real"])
    assert len(list(root.iter("testcase"))) == cases


def test_names_are_those_of_operator_and_law(report):
    verdict = report["verdicts"][3]
    names = [
        case.get("name") for case in parsed({**report, "real": []})[0] if case.get("classname") == "convoracle.conv2d"
    ]
    assert names == ["verdict", *(law["law"] for law in verdict["laws"])]


@pytest.mark.parametrize(("status", "kind"), KINDS.items())
def test_every_status_has_its_outcome(report, status, kind):
    verdict = {**report["verdicts"][0], "status": status, "laws": [], "findings": [], "reason": "why not"}
    (case,) = parsed({**report, "real": [], "verdicts": [verdict]}).iter("testcase")
    assert _kind(case) == kind
    if kind is not None:
        assert case.find(kind).get("message").endswith("why not")


def test_a_pass_under_a_convention_says_so(report):
    verdict = {**report["verdicts"][0], "status": "PASS_CONVENTION", "laws": [], "reason": "subnormals are flushed"}
    (case,) = parsed({**report, "real": [], "verdicts": [verdict]}).iter("testcase")
    assert "subnormals are flushed" in case.findtext("system-out")


def test_what_has_accepted_findings_only_is_skipped_with_the_reasons(report):
    finding = {**report["findings"][1], "law": "values", "accepted": "by design"}
    law = {"law": "values", "status": "FAIL", "checked": 9, "failed": 2}
    verdict = {**report["verdicts"][0], "status": "FAIL", "laws": [law], "findings": [finding["id"]]}
    for reason, kind in (("by design", "skipped"), (None, "failure")):
        known = [{**finding, "accepted": reason}]
        cases = list(parsed({**report, "real": [], "verdicts": [verdict], "findings": known}).iter("testcase"))
        assert [_kind(case) for case in cases] == [kind, kind]
        assert reason is None or cases[1].find("skipped").get("message") == "accepted: by design"


def test_a_wrong_image_is_a_failure(report):
    image = {**report["real"][0], "status": "FAIL"}
    (case,) = parsed({**report, "real": [image], "verdicts": []}).iter("testcase")
    assert (_kind(case), case.get("name")) == ("failure", image["title"])


def test_counts_are_those_of_the_cases(report):
    root = parsed(report)
    for suite in (root, *root):
        kinds = Counter(map(_kind, suite.iter("testcase")))
        counted = {
            kind: int(suite.get(name))
            for kind, name in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped"))
        }
        assert counted == {kind: kinds[kind] for kind in counted}
        assert int(suite.get("tests")) == sum(kinds.values())


def test_a_failure_carries_message_call_numbers_and_script(report):
    finding = {**report["findings"][1], "law": "values", "message": "wrong element"}
    law = {"law": "values", "status": "FAIL", "checked": 9, "failed": 2}
    verdict = {**report["verdicts"][0], "status": "FAIL", "laws": [law], "findings": [finding["id"]]}
    _, case = parsed({**report, "real": [], "verdicts": [verdict], "findings": [finding]}).iter("testcase")
    failure = case.find("failure")
    assert failure.get("message") == "fail; 2 of 9 cases failed; wrong element"
    for part in ("stride=(2, 1)", "got 0x1.8p+1", "import numpy as np"):
        assert part in failure.text


def test_a_finding_of_no_law_stands_at_the_verdict(report):
    finding = {**report["findings"][1], "law": "none of them", "message": "it crashed"}
    verdict = {**report["verdicts"][0], "status": "CRASH", "findings": [finding["id"]]}
    first, *_ = parsed({**report, "real": [], "verdicts": [verdict], "findings": [finding]}).iter("testcase")
    assert "it crashed" in first.find("error").get("message")


def test_control_characters_are_replaced_and_markup_is_escaped(report, sample):
    text = junit.render(report)
    assert not {character for character in text if ord(character) < 32 and character not in "\n\t"}
    assert "<script>" not in text
    suites = [suite.get("name") for suite in ElementTree.fromstring(text)]
    assert sample.NASTY[0] in suites
