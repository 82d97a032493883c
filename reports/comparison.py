"""What has changed since an earlier report: per pair of subject and operator, per finding, and in the definitions."""

from collections.abc import Iterator, Mapping
from typing import Any

from .summary import BROKEN, matrix

PASSED = ("PASS", "PASS_CONVENTION")

CHANGES: Mapping[str, str] = {
    "worse": "it passed or was not judged and is broken, or passed and is not judged any more",
    "new": "the earlier report has nothing of the kind",
    "other": "another status that is neither better nor worse",
    "better": "it passes, and did not",
    "gone": "the earlier report has it, this one does not",
}
"""Kinds of change, and what each means; the ones to look at first."""


def compared(report: Mapping[str, Any], earlier: Mapping[str, Any]) -> dict[str, Any]:
    """Return what has changed from an earlier report to this one.

    Findings are the same where subject, operator and law are: the smallest call that shows a fault may differ from seed to seed.
    What the other report did not set out to judge counts as new, or as gone.
    """
    before, after = matrix(earlier), matrix(report)
    pairs = [_change(name, _status(before, name), _status(after, name)) for name in dict.fromkeys([*after, *before])]
    return {
        "started": earlier["started"],
        "profile": earlier["profile"],
        "seed": earlier["seed"],
        "environment": list(_versions(earlier["environment"], report["environment"])),
        "definitions": _redefined(before, after),
        "pairs": [pair for pair in pairs if pair["change"]],
        "same": sum(not pair["change"] for pair in pairs),
        "findings": _findings(_findings_of(earlier), _findings_of(report)),
    }


def _status(verdicts: Mapping[tuple[str, str], Mapping[str, Any]], pair: tuple[str, str]) -> str | None:
    return verdicts[pair]["status"] if pair in verdicts else None


def _change(pair: tuple[str, str], before: str | None, after: str | None) -> dict[str, Any]:
    return {"subject": pair[0], "operator": pair[1], "before": before, "after": after, "change": change(before, after)}


def change(before: str | None, after: str | None) -> str:
    """Return what kind of change there is from one status to another, or nothing; None is no verdict.

    Examples
    --------
    >>> change("PASS", "FAIL"), change("FAIL", "PASS"), change(None, "PASS"), change("FAIL", "VACUOUS"), change("PASS", "PASS")
    ('worse', 'better', 'new', 'other', '')
    """
    if before == after:
        return ""
    if before is None or after is None:
        return "new" if before is None else "gone"
    old, new = _rank(before), _rank(after)
    return "worse" if new > old else "better" if after in PASSED and old > new else "other"


def _rank(status: str) -> int:
    return 0 if status in PASSED else 2 if status in BROKEN else 1


def _redefined(before: Mapping[tuple[str, str], Any], after: Mapping[tuple[str, str], Any]) -> list[str]:
    """Return the operators whose definition is not what it was."""
    both = [pair for pair in after if pair in before]
    anew = [op for s, op in both if before[s, op]["definition_sha256"] != after[s, op]["definition_sha256"]]
    return list(dict.fromkeys(anew))


def _findings_of(report: Mapping[str, Any]) -> dict[tuple[str, str, str], Mapping[str, Any]]:
    return {(f["subject"], f["operator"], f["law"]): f for f in report["findings"]}


def _findings(before: Mapping[Any, Any], after: Mapping[Any, Any]) -> list[dict[str, Any]]:
    changed = [("new", f) for key, f in after.items() if key not in before]
    changed += [("gone", f) for key, f in before.items() if key not in after]
    return [
        {"change": what, **{name: f[name] for name in ("subject", "operator", "law", "message")}} for what, f in changed
    ]


def _versions(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    """Yield in words what was of another version or on another machine."""
    old = {name: before[name] for name in ("python", "platform", "processor")} | dict(before["packages"])
    new = {name: after[name] for name in ("python", "platform", "processor")} | dict(after["packages"])
    for name in dict.fromkeys([*new, *old]):
        if old.get(name) != new.get(name):
            yield f"{name}: {old.get(name, 'absent')} → {new.get(name, 'absent')}"


def summary(comparison: Mapping[str, Any]) -> str:
    """Return a comparison in one sentence."""
    kinds = [pair["change"] for pair in comparison["pairs"]]
    pairs = [f"{kinds.count(kind)} {kind}" for kind in CHANGES if kind in kinds]
    found = [f"{sum(f['change'] == k for f in comparison['findings'])} {k}" for k in ("new", "gone")]
    return f"Pairs: {', '.join([*pairs, str(comparison['same']) + ' as before'])}; findings: {', '.join(found)}."
