"""junit.xml: the report for continuous integration; a suite per subject, a case per operator and law."""

from collections.abc import Iterator, Mapping
from typing import Any
from xml.etree import ElementTree

from .escaping import printable
from .summary import BROKEN, STATUSES, call, present

PASSED = ("PASS", "PASS_CONVENTION")
SKIPPED = ("UNSUPPORTED", "VACUOUS")
"""Statuses that say that nothing was judged."""
FAILED = ("FAIL",)
"""Every other status is an error: the subject gave no answer to judge."""


def render(report: Mapping[str, Any]) -> str:
    """Return the report as JUnit XML.

    A verdict gives one case that stands for itself, so that a crash before the first law is seen, and one for each of
    its laws; a real image gives one. Verdicts that are flaky, crashed, timed out or not run are errors. A pass under a
    convention says so in its output. What has accepted findings only is skipped, with the reasons.
    """
    root = ElementTree.Element("testsuites", name="convoracle")
    findings = {finding["id"]: finding for finding in report["findings"]}
    for subject in present(report):
        suite = ElementTree.SubElement(root, "testsuite", name=printable(subject["name"]))
        for verdict in report["verdicts"]:
            if verdict["subject"] == subject["name"]:
                suite.extend(_cases(verdict, [findings[name] for name in verdict["findings"]]))
        suite.extend(_image(entry) for entry in report["real"] if entry["subject"] == subject["name"])
        _count(suite, report["started"])
    _count(root, None)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _cases(verdict: Mapping[str, Any], findings: list[Mapping[str, Any]]) -> Iterator[ElementTree.Element]:
    case = _case(verdict, "verdict")
    case.set("time", f"{verdict['seconds']:.3f}")
    laws = {law["law"] for law in verdict["laws"]}
    if not _accepted(case, verdict["status"], findings):
        _outcome(case, verdict["status"], verdict["reason"], [f for f in findings if f["law"] not in laws])
    yield case
    for law in verdict["laws"]:
        case = _case(verdict, law["law"])
        case.set("assertions", str(law["checked"]))
        sentence = f"{law['failed']} of {law['checked']} cases failed"
        those = [f for f in findings if f["law"] == law["law"]]
        if not _accepted(case, law["status"], those):
            _outcome(case, law["status"], sentence, those)
        yield case


def _accepted(case: ElementTree.Element, status: str, findings: list[Mapping[str, Any]]) -> bool:
    """Skip a broken case all of whose findings are accepted, and return whether it is one."""
    if status not in BROKEN or not findings or any(finding["accepted"] is None for finding in findings):
        return False
    reasons = dict.fromkeys(finding["accepted"] for finding in findings)
    ElementTree.SubElement(case, "skipped", message=printable(f"accepted: {'; '.join(reasons)}"))
    return True


def _image(entry: Mapping[str, Any]) -> ElementTree.Element:
    case = _case(entry, entry["title"])
    _outcome(case, entry["status"], f"largest err/bound {entry['worst_ratio']:.3g}", [])
    return case


def _case(verdict: Mapping[str, Any], name: str) -> ElementTree.Element:
    classname = f"{verdict['subject']}.{verdict['operator']}"
    return ElementTree.Element("testcase", classname=printable(classname), name=printable(name))


def _outcome(case: ElementTree.Element, status: str, sentence: str, findings: list[Mapping[str, Any]]) -> None:
    if status in PASSED:
        if status != "PASS":
            ElementTree.SubElement(case, "system-out").text = printable(f"{STATUSES[status]}: {sentence}")
        return
    kind = "skipped" if status in SKIPPED else "failure" if status in FAILED else "error"
    message = "; ".join(filter(None, [STATUSES[status], sentence, *(finding["message"] for finding in findings)]))
    outcome = ElementTree.SubElement(case, kind, message=printable(message))
    if kind != "skipped":
        outcome.set("type", status)
    if findings:
        outcome.text = printable("\n\n".join(map(_explanation, findings)))


def _explanation(finding: Mapping[str, Any]) -> str:
    place = f"at {tuple(finding['element'])}: " if finding["element"] is not None else ""
    numbers = place + ", ".join(f"{name} {finding[name]}" for name in ("got", "expected", "error", "bound"))
    return "\n".join([finding["message"], call(finding), numbers, *finding["diagnosis"], finding["script"]])


def _count(suite: ElementTree.Element, started: str | None) -> None:
    cases = list(suite.iter("testcase"))
    suite.set("tests", str(len(cases)))
    for attribute, tag in {"failures": "failure", "errors": "error", "skipped": "skipped"}.items():
        suite.set(attribute, str(sum(case.find(tag) is not None for case in cases)))
    suite.set("time", f"{sum(float(case.get('time', 0)) for case in cases):.3f}")
    if started is not None:
        suite.set("timestamp", printable(started))
