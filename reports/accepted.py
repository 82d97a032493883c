"""Accepted findings: a file that names them, so that continuous integration fails on new ones only.

One a line, ``SUBJECT OPERATOR LAW  # reason``, or a JSON list of objects with these four names; ``*`` stands for anything:

    scipy.ndimage  convolve  value: integer dtypes are exact  # int64 goes through float64, reported upstream
    scipy.signal.* *         dtype                            # float32 by design
"""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .summary import BROKEN, own

FIELDS = ("subject", "operator", "law")


def read(path: Path) -> list[dict[str, str]]:
    """Return the entries of a file: subject, operator, law, reason.

    Raises
    ------
    ValueError
        If a line or an object is not of that form; the message names the file, the line and the form.
    """
    text = path.read_text(encoding="utf-8")
    return _objects(path, text) if text.lstrip().startswith("[") else _lines(path, text)


def _objects(path: Path, text: str) -> list[dict[str, str]]:
    try:
        entries = json.loads(text)
    except ValueError as error:
        raise ValueError(f"{path}: not JSON: {error}") from error
    for index, entry in enumerate(entries):
        names = set(entry) if isinstance(entry, dict) else set()
        if names | {"reason"} != {*FIELDS, "reason"} or not all(isinstance(v, str) for v in entry.values()):
            raise ValueError(
                f"{path}: entry {index}: needs the strings subject, operator, law and reason, got {entry!r}"
            )
    return [{"reason": "", **entry} for entry in entries]


def _lines(path: Path, text: str) -> list[dict[str, str]]:
    entries = []
    for number, line in enumerate(text.splitlines(), 1):
        content, _, reason = line.partition("#")
        if not content.strip():
            continue
        fields = content.split(None, 2)
        if len(fields) < 3:
            raise ValueError(f"{path}: line {number}: needs SUBJECT OPERATOR LAW  # reason, got {line!r}")
        entries.append(dict(zip(FIELDS, map(str.strip, fields), strict=True)) | {"reason": reason.strip()})
    return entries


def applied(report: dict[str, Any], entries: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    """Return the report with its accepted findings marked, and what became of every entry.

    An entry is "met" where it accepts a finding; "stale" where a pair that it names was judged and nothing matches it: the
    finding no longer occurs; and "not judged" where no such pair was.
    """
    findings = [{**finding, "accepted": _reason(finding, entries)} for finding in report["findings"]]
    known = [{**entry, "state": _state(entry, report)} for entry in entries]
    return {**report, "findings": findings, "known": known}


def _reason(finding: Mapping[str, Any], entries: Sequence[Mapping[str, str]]) -> str | None:
    """Return why a finding is accepted, or None where it is not."""
    reasons = [entry["reason"] or "no reason given" for entry in entries if _fits(entry, finding, FIELDS)]
    return reasons[0] if reasons else None


def _fits(entry: Mapping[str, str], thing: Mapping[str, Any], fields: Sequence[str]) -> bool:
    return all(re.fullmatch(".*".join(map(re.escape, entry[f].split("*"))), thing[f], re.DOTALL) for f in fields)


def _state(entry: Mapping[str, str], report: Mapping[str, Any]) -> str:
    if any(_fits(entry, finding, FIELDS) for finding in report["findings"]):
        return "met"
    judged = [verdict for verdict in report["verdicts"] if verdict["status"] not in ("UNSUPPORTED", "NOT_RUN")]
    return "stale" if any(_fits(entry, verdict, FIELDS[:2]) for verdict in judged) else "not judged"


def failing(report: Mapping[str, Any]) -> set[str]:
    """Return the subjects with a broken verdict of which a finding is not accepted, or that has none to accept, or a wrong image.

    Of our own kernels every verdict that is no pass is broken.
    """
    open_ = {finding["id"] for finding in report["findings"] if finding["accepted"] is None}
    ours = own(report)
    broken = [
        v for v in report["verdicts"] if v["status"] in BROKEN or (v["subject"] in ours and v["status"] != "PASS")
    ]
    wrong = {entry["subject"] for entry in report["real"] if entry["status"] in BROKEN}
    return wrong | {v["subject"] for v in broken if not v["findings"] or open_ & set(v["findings"])}
