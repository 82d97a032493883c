"""report.md: the report for reading on GitHub."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from .comparison import summary as summary_of
from .escaping import code, fenced, markdown, math, printable
from .summary import (
    KINDS,
    MEANINGS,
    STATUSES,
    call,
    caught,
    counts,
    duration,
    headline,
    judged,
    matrix,
    not_run,
    number,
    present,
    quantity,
    rejections,
    total,
    worst,
)

MARKS = {"PASS": "✓", "PASS_CONVENTION": "(✓)", "FAIL": "✗", "UNSUPPORTED": "–"}
"""Short forms for the matrix; other statuses are written out."""


def render(report: Mapping[str, Any]) -> str:
    """Return the report as Markdown."""
    parts = (
        _summary,
        _matrix,
        _comparison,
        _details,
        _findings,
        _known,
        _evidence,
        _statements,
        _mutants,
        _real,
        _experiments,
        _environment,
    )
    return _joined(report, parts)


def render_experiments(report: Mapping[str, Any]) -> str:
    """Return the experiments of a report as Markdown."""
    return _joined(report, (_experiments, _environment))


def _joined(report: Mapping[str, Any], parts: Sequence[Callable[[Mapping[str, Any]], Iterator[str]]]) -> str:
    return "\n\n".join(block for part in parts for block in part(report)) + "\n"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _summary(report: Mapping[str, Any]) -> Iterator[str]:
    yield "# convoracle report"
    yield f"**{markdown(headline(report))}**"
    subjects, operators = len(present(report)), len(judged(report))
    tally = ", ".join(f"{count} {STATUSES[status]}" for status, count in counts(report).items())
    yield (
        f"{len(report['verdicts'])} verdicts on {subjects} subjects and {operators} operators: {tally or 'none'}. "
        f"{total(report, 'cases'):,} cases, {total(report, 'unsupported_cases'):,} others declined by the subject, "
        f"profile {code(report['profile'])}, seed {report['seed']}, {duration(report['seconds'])}."
    )
    yield from (markdown(f"{s['name']} is absent: {s['absent']}.") for s in report["subjects"] if "absent" in s)
    yield fenced(report["command"], "sh")


def _matrix(report: Mapping[str, Any]) -> Iterator[str]:
    verdicts, operators = matrix(report), judged(report)
    if not operators:
        return
    yield "## Verdicts"
    subjects = [subject["name"] for subject in present(report)]
    rows = ([code(o), *(_mark(verdicts.get((s, o))) for s in subjects)] for o in operators)
    yield _table(["operator", *map(markdown, subjects)], rows)
    legend = (f"{MARKS.get(status, STATUSES[status])}: {MEANINGS[status]}" for status in counts(report))
    yield "; ".join(legend) + ". A blank means that there is no verdict; only ✓ counts as a pass."


def _mark(verdict: Mapping[str, Any] | None) -> str:
    if verdict is None:
        return ""
    mark = MARKS.get(verdict["status"], STATUSES[verdict["status"]])
    return mark + "".join(f" [{index}](#{anchor(name)})" for index, name in enumerate(verdict["findings"], 1))


def anchor(finding: str) -> str:
    """Return the anchor that GitHub gives to the heading of a finding.

    Examples
    --------
    >>> anchor("scipy.signal-conv2d-1")
    'finding-scipysignal-conv2d-1'
    """
    return re.sub(r"[^\w\- ]", "", f"finding {printable(finding)}".lower()).replace(" ", "-")


def _details(report: Mapping[str, Any]) -> Iterator[str]:
    shown = [verdict for verdict in report["verdicts"] if verdict["status"] not in ("UNSUPPORTED", "NOT_RUN")]
    if shown:
        yield _table(
            ["subject", "operator", "status", "cases", "declined", "worst err/bound", "bits", "algorithm", "reason"],
            map(_detail, shown),
        )


def _detail(verdict: Mapping[str, Any]) -> Sequence[str]:
    largest = worst(verdict)
    error = f"{number(largest['ratio'])} ({markdown(largest['dtype'])})" if largest else "–"
    conventions = ", ".join(f"{name} = {answer}" for name, answer in verdict["conventions"].items())
    reason = "; ".join(filter(None, (verdict["reason"], conventions)))
    return [
        markdown(verdict["subject"]),
        code(verdict["operator"]),
        STATUSES[verdict["status"]],
        f"{verdict['cases']} of {verdict['asked']}",
        str(verdict["unsupported_cases"]),
        error,
        number(largest["bits"]) if largest else "–",
        markdown(verdict["algorithm"]),
        markdown(reason),
    ]


def _comparison(report: Mapping[str, Any]) -> Iterator[str]:
    made = report["comparison"]
    if made is None:
        return
    yield "## What has changed"
    yield f"Since the report begun {markdown(made['started'])}. {summary_of(made)}"
    if made["environment"]:
        yield "Other versions: " + markdown("; ".join(made["environment"])) + "."
    if made["definitions"]:
        yield "Defined anew: " + ", ".join(map(code, made["definitions"])) + "."
    pairs = [
        [
            p["change"],
            markdown(p["subject"]),
            code(p["operator"]),
            *(STATUSES.get(p[k], "") for k in ("before", "after")),
        ]
        for p in made["pairs"]
    ]
    found = [[f["change"], *(markdown(f[k]) for k in ("subject", "operator", "law"))] for f in made["findings"]]
    yield from [_table(["change", "subject", "operator", "before", "now"], pairs)] if pairs else []
    yield from [_table(["finding", "subject", "operator", "law"], found)] if found else []


def _known(report: Mapping[str, Any]) -> Iterator[str]:
    if report["known"]:
        yield "## Accepted findings"
        columns = ["state", "subject", "operator", "law", "reason"]
        yield _table(columns, ([markdown(entry[name]) for name in columns] for entry in report["known"]))


def _findings(report: Mapping[str, Any]) -> Iterator[str]:
    if report["findings"]:
        yield "## Findings"
    for finding in report["findings"]:
        yield from _finding(finding)


def _finding(finding: Mapping[str, Any]) -> Iterator[str]:
    yield f"### Finding {markdown(finding['id'])}"
    times = f" ({finding['count']} cases)" if finding["count"] != 1 else ""
    title = ", ".join([markdown(finding["subject"]), code(finding["operator"]), markdown(finding["law"])])
    yield f"**{title}**{times}: {markdown(finding['message'])}"
    yield fenced(call(finding))
    place = "" if finding["element"] is None else f"at {code(tuple(finding['element']))} "
    yield place + ", ".join(f"{name} {code(finding[name])}" for name in ("got", "expected", "error", "bound"))
    for title in ("terms", "diagnosis"):
        if finding[title]:
            yield "\n".join([f"{title.capitalize()}:", "", *(f"- {markdown(line)}" for line in finding[title])])
    if finding["script"]:
        yield fenced(finding["script"], "python")


def _evidence(report: Mapping[str, Any]) -> Iterator[str]:
    if not report["evidence"]:
        return
    yield "## Evidence"
    seen = Counter(entry["kind"] for entry in report["evidence"])
    yield ", ".join(f"{seen[kind]} {kind} ({meaning})" for kind, meaning in KINDS.items() if seen[kind]) + "."
    yield _table(
        ["claim", "statement", "kind", "method", "detail", "time"],
        (
            [
                *(markdown(entry[key]) for key in ("name", "statement", "kind", "method", "detail")),
                duration(entry["seconds"]),
            ]
            for entry in report["evidence"]
        ),
    )


def _statements(report: Mapping[str, Any]) -> Iterator[str]:
    if not report["statements"]:
        return
    yield "## The seed documents, statement by statement"
    yield _table(["row", "as printed", "statement", "becomes", "evidence"], map(_statement, report["statements"]))
    errata = [statement for statement in report["statements"] if statement["erratum"]]
    if errata:
        yield "### Errata"
    for statement in errata:
        erratum = statement["erratum"]
        yield "\n".join(
            [
                f"- **{markdown(statement['row'])}** ({markdown(statement['seed'])})",
                *(f"  - {title}: {_prose(erratum[key])}" for title, key in _ERRATUM.items()),
            ]
        )


def _prose(text: str) -> str:
    """Return text, or the formula where it is LaTeX."""
    return math(text) if "\\" in text else markdown(text)


_ERRATUM = {"as printed": "printed", "counterexample": "counterexample", "corrected": "corrected"}


def _statement(statement: Mapping[str, Any]) -> Sequence[str]:
    evidence = ", ".join(f"{entry['name']} ({entry['kind']})" for entry in statement["evidence"])
    return [
        markdown(statement["row"]) + (" †" if statement["erratum"] else ""),
        math(statement["printed"]),
        markdown(statement["meaning"]),
        "; ".join(map(markdown, statement["becomes"])),
        markdown(evidence or "none"),
    ]


def _mutants(report: Mapping[str, Any]) -> Iterator[str]:
    mutants = report["mutants"]
    if mutants is None:
        return
    yield "## Wrong kernels"
    yield f"{caught(mutants)}. A number is how many cases a check needed until it rejected the kernel."
    checks, found = rejections(mutants, [operator["name"] for operator in report["operators"]])
    yield _table(
        ["wrong kernel", "operator", "what is wrong", "rejected", *map(markdown, checks)],
        (
            [
                *(markdown(row[key]) for key in ("mutant", "operator", "sentence")),
                "yes" if row["rejected"] else "**no**",
                *(str(cases.get(check, "")) for check in checks),
            ]
            for row, cases in zip(mutants["rows"], found, strict=True)
        ),
    )


def _real(report: Mapping[str, Any]) -> Iterator[str]:
    if report["real"]:
        yield "## Real images"
        yield _table(
            ["image", "subject", "operator", "status", "worst err/bound"],
            (
                [
                    *(markdown(entry[key]) for key in ("title", "subject", "operator")),
                    STATUSES[entry["status"]],
                    number(entry["worst_ratio"]),
                ]
                for entry in report["real"]
            ),
        )


def _experiments(report: Mapping[str, Any]) -> Iterator[str]:
    others = not_run(report)
    if report["experiments"] or others:
        yield "## Experiments"
    ledger = {entry["name"]: entry for entry in report["evidence"]}
    for experiment in report["experiments"]:
        yield from _experiment(experiment, ledger)
    if others:
        yield f"Not run here: {', '.join(map(code, others))}; {code('convoracle experiment NAME')} runs one."


def _experiment(experiment: Mapping[str, Any], ledger: Mapping[str, Any]) -> Iterator[str]:
    yield f"### {markdown(experiment['name'])}"
    yield f"{markdown(experiment['question'])} ({code(experiment['command'])}, {duration(experiment['seconds'])})"
    yield _table(["number", "value", "unit", "the seed says"], map(_number, experiment["numbers"]))
    entries = [ledger[name] for name in experiment["claims"]]
    yield "\n".join(f"- **{e['kind']}**: {markdown(e['statement'])} ({markdown(e['detail'])})" for e in entries)


def _number(row: Mapping[str, Any]) -> Sequence[str]:
    return [markdown(row["name"]), quantity(row["value"], row["unit"]), markdown(row["unit"]), markdown(row["printed"])]


def _environment(report: Mapping[str, Any]) -> Iterator[str]:
    environment = report["environment"]
    packages = ", ".join(f"{name} {version}" for name, version in environment["packages"].items())
    yield "## Environment"
    yield (
        f"Python {markdown(environment['python'])}, {markdown(environment['platform'])}, "
        f"{markdown(environment['processor'])}, {environment['threads']} threads; {markdown(packages)}. "
        f"Begun {markdown(report['started'])}."
    )
