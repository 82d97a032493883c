"""The entries of a report: verdicts, findings, evidence, statements, subjects and the environment as plain data."""

import os
import platform
import re
import sys
from collections.abc import Mapping
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Any

from convoracle.impl import backends
from convoracle.properties.values import HISTOGRAM_EDGES
from convoracle.properties.verdict import Finding, Verdict

OWN = "convoracle"
"""The subject that is this package's kernels."""


def verdict_entry(verdict: Verdict) -> dict[str, Any]:
    """Return a verdict as the report holds it, its findings beside it."""
    name = f"{verdict.subject}-{verdict.operator}"
    findings = [_finding_entry(f"{name}-{n}", verdict, finding) for n, finding in enumerate(verdict.findings, 1)]
    entry = {
        "subject": verdict.subject,
        "operator": verdict.operator,
        "status": verdict.status.value,
        "reason": verdict.reason,
        "conventions": dict(verdict.conventions),
        "algorithm": verdict.algorithm,
        "cases": verdict.cases,
        "asked": verdict.asked,
        "unsupported_cases": verdict.unsupported_cases,
        "laws": [
            {
                "law": t.law,
                "status": t.status.value,
                "checked": t.checked,
                "informative": t.informative,
                "failed": t.failed,
            }
            for t in verdict.laws
        ],
        "worst": [
            {"dtype": d, "ratio": r, "bits": b if b != float("inf") else None} for d, (r, b) in verdict.worst.items()
        ],
        "precision": dict(verdict.precision),
        "stages": {stage: verdict.stages.get(stage, 0) for stage in ("double_double", "exact", "integer", "enclosed")},
        "accuracy_classes": [{"dtype": d, "ulps": u} for d, u in verdict.ulps.items()],
        "histogram": [
            {"dtype": d, "edges": list(HISTOGRAM_EDGES), "counts": list(c)}
            for d, c in verdict.histogram.items()
            if any(c)
        ],
        "miss_probability": _miss(verdict),
        "coverage": [{"class": name, "seen": seen, "of": of} for name, seen, of in verdict.coverage],
        "pairs": dict(zip(("seen", "of"), verdict.pairs, strict=True)),
        "not_looked_at": list(verdict.not_looked_at),
        "findings": [finding["id"] for finding in findings],
        "definition_sha256": verdict.definition_sha256,
        "seconds": verdict.seconds,
    }
    return {"verdict": entry, "findings": findings, "kept": list(verdict.kept), "forgotten": list(verdict.forgotten)}


def _miss(verdict: Verdict) -> dict[str, Any] | None:
    if verdict.miss_probability is None:
        return None
    values, draws, bound = verdict.miss_probability
    return {"values": values, "draws": draws, "bound": bound}


def _finding_entry(name: str, verdict: Verdict, finding: Finding) -> dict[str, Any]:
    entry = {**asdict(finding), "id": name, "subject": verdict.subject, "operator": verdict.operator, "accepted": None}
    entry["configuration"] = {k: v for k, v in finding.configuration.items() if k != "seed"}
    return entry


def evidence_entry(evidence: Mapping[str, Any]) -> dict[str, Any]:
    names = ("name", "statement", "kind", "method", "detail", "seconds", "statement_sha256", "rows")
    counterexample = evidence["counterexample"]
    return {name: evidence[name] for name in names} | ({"counterexample": counterexample} if counterexample else {})


def subject_entry(name: str) -> dict[str, Any]:
    subject = backends.load(name)
    return {"name": name, "version": subject.version, "own": name == OWN, "operators": list(subject.operators)}


ERRATUM = ("printed", "counterexample", "corrected")


def absent_entry(name: str, reason: str) -> dict[str, Any]:
    """Return a subject that was not named and could not be judged, because its library is not installed."""
    return {"name": name, "version": "absent", "own": False, "operators": [], "absent": reason}


def statement_entry(statement: Any, evidence: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a row of the seed documents with the evidence that answers it."""
    known = [e for e in evidence if statement.row in e["rows"]]
    return {
        "row": statement.row,
        "seed": statement.seed,
        "printed": statement.equation,
        "meaning": statement.meaning,
        "becomes": list(statement.becomes),
        "evidence": [{"name": e["name"], "kind": e["kind"]} for e in known],
        "erratum": {key: getattr(statement.erratum, key) for key in ERRATUM} if statement.erratum else None,
    }


def environment() -> dict[str, Any]:
    """Return where the campaign ran."""
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "processor": _processor(),
        "threads": os.cpu_count() or 1,
        "packages": _packages(),
    }


def _packages() -> dict[str, str]:
    """Return the version of this package and of everything that it can use and finds installed."""
    wanted = [re.split(r"[^\w.-]", requirement, maxsplit=1)[0] for requirement in requires("convoracle") or ()]
    versions = {name: _version(name) for name in dict.fromkeys(["convoracle", *wanted])}
    return {name: known for name, known in versions.items() if known is not None}


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or sys.platform
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
