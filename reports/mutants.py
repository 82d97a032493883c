"""``convoracle mutants``: which laws reject which wrong kernels and records, how soon, and what survives."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Any

from convoracle.impl.mutants import MUTANTS
from convoracle.impl.mutants.systematic import all_systematic, sampled
from convoracle.spec import operator
from convoracle.spec.record_edits import all_record_edits

from . import document
from .confusion import confusion
from .mutation import try_systematic, try_written
from .pool import Kept, results_of
from .record_mutation import try_record

KINDS = ("written", "systematic", "records")

SCORE = 0.98
"""The share of mutants, equivalent ones aside, that the judge must reject."""

UNFINISHED = ".unfinished-mutants"
"""Where the results of a run under way are kept, inside its folder."""


@dataclass(frozen=True)
class Trial:
    """One wrong kernel or record, and how it is tried."""

    kind: str
    name: str
    operators: tuple[str, ...]
    examples: int
    seed: int

    @property
    def label(self) -> str:
        return f"{self.kind} {self.name}"


def trials(kinds: Sequence[str], operators: Sequence[str], sample: int | None, examples: int, seed: int) -> list[Trial]:
    """Return what to try, in an order that does not depend on chance but for the samples.

    Parameters
    ----------
    kinds : sequence of str
        Of `KINDS`.
    operators : sequence of str
        Only what shows in these; all if empty.
    sample : int or None
        How many systematic mutants, and how many of records, are drawn; None for all.

    Raises
    ------
    ValueError
        If an operator does not exist, or nothing is left to try.
    """
    wanted = tuple(operator(name).name for name in operators)
    found = [Trial(kind, name, wanted, examples, seed) for kind in kinds for name in _names(kind, wanted, sample, seed)]
    if not found:
        raise ValueError(f"there are no {' or '.join(kinds)} mutants of {', '.join(wanted)}")
    return found


def _names(kind: str, operators: Sequence[str], sample: int | None, seed: int) -> list[str]:
    if kind == "written":
        return [m.name for m in MUTANTS if not operators or m.operators[0] in operators]
    edits: Sequence[Any] = all_systematic(operators) if kind == "systematic" else all_record_edits(tuple(operators))
    return [edit.name for edit in (edits if sample is None else sampled(edits, sample, seed))]


def run_trial(trial: Trial) -> dict[str, Any]:
    """Return the row of one trial."""
    if trial.kind == "written":
        return try_written(trial.name, trial.examples, trial.seed)
    if trial.kind == "records":
        return try_record(trial.name)
    return try_systematic(trial.name, trial.examples, trial.seed, trial.operators)


def run(
    chosen: Sequence[Trial],
    folder: Path,
    *,
    resume: bool = False,
    progress: Callable[[str, int, int], None] = lambda label, done, total: None,
    processes: int = 0,
) -> dict[str, Any]:
    """Try all, and return rows and score; what is finished is kept in `folder` until all is."""
    kept = Kept(folder / UNFINISHED)
    results = kept.known(chosen) if resume else {}
    progress("begun", len(results), len(chosen))
    for trial, row in results_of(run_trial, [t for t in chosen if t not in results], processes):
        results[trial] = row
        kept.keep(trial, row)
        progress(f"{row['outcome']}: {trial.label}", len(results), len(chosen))
    return summed([results[trial] for trial in chosen])


def write(made: Mapping[str, Any], folder: Path) -> Path:
    """Write rows and score as ``mutants.json`` and forget what was kept for `resume`; return the file."""
    text = json.dumps(document.plain(made), indent=1, allow_nan=False) + "\n"
    (path,) = document.write_files(folder, {"mutants.json": text})
    Kept(folder / UNFINISHED).forget()
    return path


# ---- sums ----


def summed(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the rows with the score of each kind, the laws that reject, and the confusion matrix of the diagnosis."""
    kinds = [kind for kind in KINDS if any(row["kind"] == kind for row in rows)]
    return {
        "scores": {kind: score([row for row in rows if row["kind"] == kind]) for kind in kinds},
        "laws": _laws(rows),
        "diagnosis": confusion([row for row in rows if row["kind"] == "written"]),
        "rows": list(rows),
    }


def score(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return rejected / (all - equivalent), where all are those that import, and the mean number of cases until rejected."""
    outcomes = Counter(row["outcome"] for row in rows)
    of = len(rows) - outcomes["equivalent"] - outcomes["does not import"]
    cases = [row["cases"] for row in rows if row["outcome"] == "rejected" and row["cases"] is not None]
    return {
        "rejected": outcomes["rejected"],
        "of": of,
        "share": outcomes["rejected"] / of if of else None,
        "equivalent": outcomes["equivalent"],
        "not_imported": outcomes["does not import"],
        "mean_cases": mean(cases) if cases else None,
    }


def _laws(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the laws that reject something: how many, how many alone, and after how many cases on average."""
    found: dict[str, list[int]] = {}
    alone: Counter[str] = Counter()
    for row in rows:
        alone.update(list(row["by"]) if len(row["by"]) == 1 else [])
        for law, cases in row["by"].items():
            found.setdefault(law, []).append(cases)
    laws = sorted(found, key=lambda law: (-len(found[law]), law))
    return [{"law": w, "rejects": len(found[w]), "alone": alone[w], "mean_cases": mean(found[w])} for w in laws]
