"""What every rendering of a report says alike: the words for statuses, counts, the matrix, numbers as text."""

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from convoracle.properties.verdict import ENOUGH

STATUSES: Mapping[str, str] = {
    "PASS": "pass",
    "PASS_CONVENTION": "by convention",
    "FAIL": "fail",
    "UNSUPPORTED": "unsupported",
    "VACUOUS": "vacuous",
    "FLAKY": "flaky",
    "CRASH": "crash",
    "TIMEOUT": "timeout",
    "NOT_RUN": "not run",
}
"""What a reader sees for a status."""

MEANINGS: Mapping[str, str] = {
    "PASS": "every check held",
    "PASS_CONVENTION": "every check held, under named conventions that differ from the record's",
    "FAIL": "a counterexample was found",
    "UNSUPPORTED": "the subject declares that it does not offer this",
    "VACUOUS": f"fewer than {ENOUGH} cases could have failed",
    "FLAKY": "the same call gave different results",
    "CRASH": "the subject's process died",
    "TIMEOUT": "the subject did not answer in time",
    "NOT_RUN": "the subject could not be asked, or the judge itself failed",
}
BROKEN = ("FAIL", "FLAKY", "CRASH", "TIMEOUT", "NOT_RUN")
"""Statuses that say that something is wrong, with the subject or with what was made to judge it."""

KINDS: Mapping[str, str] = {
    "proved": "for all sizes",
    "exhausted": "all cases up to a stated size",
    "certified": "rigorous for this instance",
    "tested": "random cases with a seed",
    "measured": "observed",
    "unknown": "the program came to no end",
    "refuted": "a counterexample was found",
}
"""Kinds of evidence, strongest first, and what each covers; the last two are none."""
NO_EVIDENCE = ("unknown", "refuted")


def present(report: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the subjects whose library is installed."""
    return [subject for subject in report["subjects"] if "absent" not in subject]


def own(report: Mapping[str, Any]) -> frozenset[str]:
    """Return the names of our own kernels among the subjects."""
    return frozenset(subject["name"] for subject in report["subjects"] if subject["own"])


def counts(report: Mapping[str, Any], subject: str | None = None) -> Mapping[str, int]:
    """Return the number of verdicts (on a subject) of each status that occurs, in the order of `STATUSES`."""
    seen = Counter(v["status"] for v in report["verdicts"] if subject in (None, v["subject"]))
    return {status: seen[status] for status in STATUSES if seen[status]}


def matrix(report: Mapping[str, Any]) -> Mapping[tuple[str, str], Mapping[str, Any]]:
    """Return the verdicts by (subject, operator)."""
    return {(verdict["subject"], verdict["operator"]): verdict for verdict in report["verdicts"]}


def judged(report: Mapping[str, Any]) -> Sequence[str]:
    """Return the operators on which there is a verdict, in the order of the report."""
    named = {verdict["operator"] for verdict in report["verdicts"]}
    return [operator["name"] for operator in report["operators"] if operator["name"] in named]


def headline(report: Mapping[str, Any]) -> str:
    """Return one sentence on our own kernels; a report that is not complete never says that they conform."""
    names = own(report)
    ours = [verdict["status"] for verdict in report["verdicts"] if verdict["subject"] in names]
    short = sum(status != "PASS" for status in ours)
    images = sum(entry["status"] != "PASS" for entry in report["real"] if entry["subject"] in names)
    ending = "" if report["complete"] else " The report is not complete."
    if not ours:
        return "Our own kernels were not judged." + ending
    if short or images:
        blurred = f", and {images} real images are wrong" if images else ""
        return f"Our own kernels do not conform: {short} of {len(ours)} operators did not pass{blurred}." + ending
    return f"Our own kernels passed all {len(ours)} operators judged." + ending


def total(report: Mapping[str, Any], field: str) -> int:
    """Return the sum of a field over the verdicts."""
    return sum(verdict[field] for verdict in report["verdicts"])


def number(value: float | None) -> str:
    """Return a float with three significant digits, as a reader wants it.

    Examples
    --------
    >>> number(0.12345), number(1.5e-9), number(float("inf")), number(None)
    ('0.123', '1.5·10⁻⁹', '∞', '–')
    """
    if value is None:
        return "–"
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    mantissa, _, exponent = f"{value:.3g}".replace("-", "−").partition("e")
    return mantissa + ("·10" + raised(exponent.replace("−0", "−").lstrip("+0")) if exponent else "")


def quantity(value: float, unit: str) -> str:
    """Return the value of an experiment's number: whole numbers whole, percentages with two digits after the point.

    Examples
    --------
    >>> quantity(267960, "operations"), quantity(98.444, "%"), quantity(0.12345, "s")
    ('267,960', '98.44', '0.123')
    """
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:.2f}" if unit == "%" and math.isfinite(value) else number(value)


def not_run(report: Mapping[str, Any]) -> list[str]:
    """Return the names of the experiments that a report does not hold."""
    from .experiments.registry import EXPERIMENTS

    held = {entry["name"] for entry in report["experiments"]}
    return [entry.name for entry in EXPERIMENTS if entry.name not in held]


def raised(digits: str) -> str:
    """Return digits as an exponent."""
    return digits.translate(str.maketrans("0123456789−-.", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁻·"))


def duration(seconds: float) -> str:
    """Return seconds as a reader wants them.

    Examples
    --------
    >>> duration(0.25), duration(75), duration(3725)
    ('0.25 s', '1 min 15 s', '1 h 2 min')
    """
    if not math.isfinite(seconds) or seconds < 60:
        return f"{number(seconds)} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def worst(verdict: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the entry with the largest err/bound; NaN counts as the largest."""
    entries = verdict["worst"]
    return max(entries, key=lambda entry: math.inf if math.isnan(entry["ratio"]) else entry["ratio"], default=None)


def call(finding: Mapping[str, Any]) -> str:
    """Return the call of a finding on one line: ``conv2d(x float32(1, 2, 5, 5), …, stride=[2, 1])``."""
    configuration = finding["configuration"]
    layouts = configuration["layouts"]
    arrays = [
        " ".join(filter(None, (name, configuration["dtypes"].get(name, "") + _shape(shape), layouts.get(name, ""))))
        for name, shape in configuration["shapes"].items()
    ]
    options = [f"{keyword}={option(value)}" for keyword, value in configuration["options"].items()]
    return f"{finding['operator']}({', '.join(arrays + options)})"


def _shape(shape: Sequence[int]) -> str:
    return f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"


def option(value: Any) -> str:
    """Return an option as Python writes it, lists as the tuples that they were."""
    if isinstance(value, list):
        return f"({', '.join(map(option, value))}{',' if len(value) == 1 else ''})"
    return repr(value)


def check(law: str, operators: Collection[str]) -> str:
    """Return the name of a law without the operator before it.

    Examples
    --------
    >>> check("conv2d: linear in x", ["conv2d"])
    'linear in x'
    """
    operator, colon, rest = law.partition(": ")
    return rest if colon and operator in operators else law


def rejections(mutants: Mapping[str, Any], operators: Collection[str]) -> tuple[list[str], list[Mapping[str, int]]]:
    """Return the checks of a mutation table, the same law of several operators once, and the cases of each mutant."""
    columns = list(dict.fromkeys(check(law, operators) for law in mutants["laws"]))
    rows: list[Mapping[str, int]] = []
    for row in mutants["rows"]:
        cases: dict[str, int] = {}
        for law, count in row["by"].items():
            name = check(law, operators)
            cases[name] = min(count, cases.get(name, count))
        rows.append(cases)
    return columns, rows


def caught(mutants: Mapping[str, Any]) -> str:
    """Return the mutation score in words."""
    score = mutants["score"]
    sentence = f"{score['rejected']} of {score['of']} wrong kernels were rejected"
    return sentence + (
        f"; {score['equivalent']} compute the same function and are left out" if score["equivalent"] else ""
    )
