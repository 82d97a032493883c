"""The report as a file: build it, check it, write it, read it back.

`report.json` is the report; the page, the Markdown and the JUnit file are renderings of it. It is strict JSON: a float
that JSON has no number for becomes one of the strings "NaN", "Infinity", "-Infinity", and only where the schema says
`real` is such a string a float again. Finite floats are written by `repr`, which Python reads back to the same bits.
"""

import json
import math
import os
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from .structure import decoded, problems

VERSION = 1
NAMES = ("junit.xml", "report.md", "report.html", "report.json")
"""The files of a report, in the order in which they are put in place: who sees report.json sees all of them."""


class ReportError(ValueError):
    """A report contradicts its schema or itself."""


@cache
def schema() -> Mapping[str, Any]:
    """Return the JSON schema of reports."""
    return json.loads((files(__package__) / "schema.json").read_text(encoding="utf-8"))


def empty(**given: Any) -> dict[str, Any]:
    """Return a report about nothing, with the fields that are given put in.

    Examples
    --------
    >>> empty(profile="quick", seed=7)["complete"]
    False
    """
    blank: dict[str, Any] = {
        "schema": "convoracle-report",
        "version": VERSION,
        "complete": False,
        "profile": "",
        "seed": 0,
        "command": "",
    }
    blank |= {"started": "1970-01-01T00:00:00+00:00", "seconds": 0.0}
    blank |= {"environment": {"python": "", "platform": "", "processor": "", "threads": 0, "packages": {}}}
    blank |= {name: [] for name in ("operators", "subjects", "verdicts", "findings", "evidence", "statements")}
    blank |= {"mutants": None, "real": [], "experiments": [], "known": [], "comparison": None, **given}
    return {name: blank[name] for name in schema()["properties"]}


def plain(value: Any) -> Any:
    """Return `value` in the types of JSON: NumPy values, tuples, complex and non-finite numbers are replaced.

    Raises
    ------
    ReportError
        If JSON has no form for a value, or a key is not a string.
    """
    if value is None or isinstance(value, str | bool):
        return str(value) if isinstance(value, str) else value
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else _WORDS[str(float(value))]
    if isinstance(value, complex):
        return {"real": plain(value.real), "imag": plain(value.imag)}
    if isinstance(value, Mapping):
        return {_key(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [plain(entry) for entry in value]
    raise ReportError(f"report: JSON has no form for {type(value).__name__} {value!r}")


_WORDS = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}


def _key(key: Any) -> str:
    if not isinstance(key, str):
        raise ReportError(f"report: keys must be strings, got {key!r}")
    return str(key)


def validate(report: Mapping[str, Any]) -> None:
    """Check a report against the schema, and that its names and ids refer to something.

    Raises
    ------
    ReportError
        With the place of every contradiction (at most twenty).
    """
    found = problems(plain(report), schema())
    if not found:
        found = list(_dangling(report))
    if found:
        raise ReportError("report: " + "; ".join(found[:20]))


def _dangling(report: Mapping[str, Any]) -> Sequence[str]:
    names = {kind: [entry[key] for entry in report[kind]] for kind, key in _KEYS.items()}
    found = [f"{kind}: {name!r} twice" for kind, known in names.items() for name in known if known.count(name) > 1]
    known = {kind: set(entries) for kind, entries in names.items()}
    for place, kind, name in _references(report):
        if name not in known[kind]:
            found.append(f"{place}: {name!r} is not among the {kind}")
    pairs = [(verdict["subject"], verdict["operator"]) for verdict in report["verdicts"]]
    found += [f"verdicts: {pair} twice" for pair in set(pairs) if pairs.count(pair) > 1]
    return list(dict.fromkeys(found))


_KEYS = {
    "operators": "name",
    "subjects": "name",
    "findings": "id",
    "evidence": "name",
    "statements": "row",
    "experiments": "name",
}


def _references(report: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return (place, what is referred to, its name) for every reference inside a report."""
    found = []
    for kind in ("verdicts", "findings", "real"):
        for index, entry in enumerate(report[kind]):
            found += [(f"{kind}/{index}", f"{word}s", entry[word]) for word in ("subject", "operator")]
    for index, verdict in enumerate(report["verdicts"]):
        found += [(f"verdicts/{index}", "findings", name) for name in verdict["findings"]]
    for index, statement in enumerate(report["statements"]):
        found += [(f"statements/{index}", "evidence", entry["name"]) for entry in statement["evidence"]]
    for index, experiment in enumerate(report["experiments"]):
        found += [(f"experiments/{index}", "evidence", name) for name in experiment["claims"]]
    return found


def dumps(report: Mapping[str, Any]) -> str:
    """Return the text of report.json."""
    validate(report)
    return json.dumps(plain(report), allow_nan=False, indent=1) + "\n"


def loads(text: str) -> dict[str, Any]:
    """Return the report whose text this is.

    Raises
    ------
    ReportError
        If it is no report, or of a version that this program does not know.
    """
    try:
        report = json.loads(text, parse_constant=_reject_constant)
    except ValueError as error:
        raise ReportError(f"report: not JSON: {error}") from error
    version = report.get("version") if isinstance(report, dict) else None
    if version != VERSION:
        raise ReportError(f"report: version must be {VERSION}, got {version!r}")
    validate(report)
    return decoded(report, schema())


def _reject_constant(word: str) -> Any:
    raise ValueError(f"{word} is not JSON")


def read(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return the report in a file, or in the report.json of a folder."""
    path = Path(path)
    return loads((path / "report.json" if path.is_dir() else path).read_text(encoding="utf-8"))


def write(report: Mapping[str, Any], folder: str | os.PathLike[str]) -> tuple[Path, ...]:
    """Write report.json, report.md, report.html and junit.xml; all or none of them.

    Parameters
    ----------
    report : mapping
        As the schema says; tuples, NumPy scalars and arrays are welcome.
    folder : path
        Made if it is not there.

    Returns
    -------
    tuple of Path
        What was written.
    """
    from . import html, junit, markdown  # the page needs a template engine and sympy; reading a report needs neither

    text = dumps(report)
    exact = loads(text)
    renderers: dict[str, Callable[[Mapping[str, Any]], str]] = {
        "junit.xml": junit.render,
        "report.md": markdown.render,
        "report.html": html.render,
    }
    texts = {name: render(exact) for name, render in renderers.items()} | {"report.json": text}
    return write_files(Path(folder), {name: texts[name] for name in NAMES})


def write_experiments(report: Mapping[str, Any], folder: str | os.PathLike[str]) -> tuple[Path, ...]:
    """Write a report about experiments alone as experiment.json, .md and .html; all or none of them."""
    from . import html, markdown

    text = dumps(report)
    exact = loads(text)
    texts = {
        "experiment.md": markdown.render_experiments(exact),
        "experiment.html": html.render(exact, "experiment.html"),
        "experiment.json": text,
    }
    return write_files(Path(folder), texts)


def write_files(folder: Path, texts: Mapping[str, str]) -> tuple[Path, ...]:
    """Write every text beside its place first, so that a full disk, or a folder of its name, leaves the old report whole."""
    folder.mkdir(parents=True, exist_ok=True)
    beside = {folder / name: folder / f".{name}.{os.getpid()}" for name in texts}
    for path in beside:
        if path.is_dir():
            raise IsADirectoryError(f"{path} is a folder: the file of this name cannot be written")
    try:
        for path, temporary in beside.items():
            with temporary.open("w", encoding="utf-8", newline="\n") as stream:
                stream.write(texts[path.name])
                stream.flush()
                os.fsync(stream.fileno())
        for path, temporary in beside.items():
            os.replace(temporary, path)
    finally:
        for temporary in beside.values():
            temporary.unlink(missing_ok=True)
    return tuple(beside)
