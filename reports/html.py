"""report.html: one page, nothing outside it; formulas as MathML, histograms as SVG, no script at all."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import cache, lru_cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from convoracle.spec.rendering import mathml

from . import comparison, summary
from .escaping import printable
from .histogram import svg

TERMS_SHOWN = 40
"""Terms of a sum that a finding lists; report.json has them all."""


def render(report: Mapping[str, Any], page: str = "page.html") -> str:
    """Return the report as a self-contained page; "experiment.html" is the page about experiments alone."""
    view = {
        "report": report,
        "present": summary.present(report),
        "own": summary.own(report),
        "headline": summary.headline(report),
        "counts": summary.counts(report),
        "judged": summary.judged(report),
        "matrix": summary.matrix(report),
        "kinds": Counter(entry["kind"] for entry in report["evidence"]),
        "known": {operator["name"] for operator in report["operators"]},
        "ledger": {entry["name"]: entry for entry in report["evidence"]},
        "rows": {statement["row"] for statement in report["statements"]},
        "anchor": Anchors(),
    }
    return _environment().get_template(page).render(view)


class Anchors:
    """An id for everything that a link can lead to, unlike every other, made of letters and digits.

    Examples
    --------
    >>> anchor = Anchors()
    >>> anchor("finding", "A/1"), anchor("finding", "a-1"), anchor("finding", "A/1")
    ('finding-a-1', 'finding-a-1-2', 'finding-a-1')
    """

    def __init__(self) -> None:
        self._given: dict[tuple[str, ...], str] = {}
        self._taken: set[str] = set()

    def __call__(self, *names: str) -> str:
        if names not in self._given:
            stem = re.sub("[^a-z0-9]+", "-", "-".join(names).lower()).strip("-")
            tries = (stem if count == 1 else f"{stem}-{count}" for count in range(1, len(self._taken) + 2))
            self._given[names] = next(name for name in tries if name not in self._taken)
            self._taken.add(self._given[names])
        return self._given[names]


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("convoracle.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    environment.globals |= _GLOBALS
    environment.filters |= _FILTERS
    return environment


def _shown(value: Any) -> Any:
    return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value


@lru_cache(maxsize=8192)
def formula(latex: str, display: bool = False) -> Markup:
    """Return one line of LaTeX as MathML, or as code where it cannot be converted."""
    try:
        return Markup(mathml(printable(latex), display=display))  # an XML writer made it, and escaped it
    except ValueError:
        return Markup("<code>{}</code>").format(printable(latex))


def prose(text: str) -> str | Markup:
    """Return text, or the formula where it is LaTeX."""
    return formula(text) if "\\" in text else text


def by_sentence(rules: Iterable[Mapping[str, Any]]) -> Mapping[str, list[str]]:
    """Return the formulas of rules by their sentence: the same rule on several axes is one line."""
    grouped: dict[str, list[str]] = {}
    for rule in rules:
        grouped.setdefault(rule["sentence"], []).append(rule["latex"])
    return grouped


_GLOBALS: dict[str, Any] = {
    "CHANGES": comparison.CHANGES,
    "STATUSES": summary.STATUSES,
    "MEANINGS": summary.MEANINGS,
    "KINDS": summary.KINDS,
    "NO_EVIDENCE": summary.NO_EVIDENCE,
    "TERMS_SHOWN": TERMS_SHOWN,
    "comparison_summary": comparison.summary,
    "of_subject": summary.counts,
    "total": summary.total,
    "worst": summary.worst,
    "call": summary.call,
    "caught": summary.caught,
    "rejections": summary.rejections,
    "not_run": summary.not_run,
    "svg": svg,
}
_FILTERS: dict[str, Callable[..., Any]] = {
    "number": summary.number,
    "quantity": summary.quantity,
    "duration": summary.duration,
    "math": formula,
    "prose": prose,
    "lines": str.splitlines,
    "by_sentence": by_sentence,
    "option": summary.option,
    "check": summary.check,
}
