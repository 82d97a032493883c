"""Try the suite on kernels known to be wrong: which law rejects which, after how many cases."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

from convoracle.impl.mutants import MUTANTS, Mutant, mutant
from convoracle.impl.mutants.expected import EXPECTED
from convoracle.impl.mutants.mutant import Edit
from convoracle.impl.mutants.reach import calls_between
from convoracle.impl.mutants.systematic import Systematic, systematic
from convoracle.properties.check import diagnosed, survey
from convoracle.properties.examination import Examination
from convoracle.properties.isolation import caller
from convoracle.properties.subject import Judged
from convoracle.properties.worker import SubjectError, Worker
from convoracle.spec import operator

from .equivalence import argument, difference, is_complete, runs_on

SECONDS = 10.0
"""A call of a wrong kernel runs as plain Python, and may hang."""

MEMORY = 1 << 30
"""Bytes by which a wrong kernel may grow."""

TRIED = 4
"""On how many operators that run its edit a systematic mutant is tried at most."""

PATIENCE = 28
"""A wrong kernel that is not rejected is tried on up to this many times the cases, until it is."""


def mutant_names(operators: Iterable[str]) -> list[str]:
    """Return the wrong kernels of some operators that are written by hand."""
    wanted = set(operators)
    return [m.name for m in MUTANTS if m.operators[0] in wanted]


def judge_mutant(name: str, examples: int, seed: int) -> dict[str, Any]:
    """Return the row of one wrong kernel: rejected or not, and cases until first rejection by law."""
    wrong = mutant(name)
    with _worker(name) as worker:
        judged = _judged(wrong, wrong.operators[0], worker)
        examination = _examined(judged, examples, seed, PATIENCE)
        diagnosis = diagnosed(judged, examination)
    by = _rejections(examination)
    return {
        "mutant": name,
        "operator": judged.record.name,
        "sentence": wrong.sentence,
        "rejected": bool(by),
        "by": by,
        "diagnosis": "; ".join(diagnosis),
    }


def mutation_table(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """Return the law × mutant table, or None where no wrong kernel was tried."""
    if not rows:
        return None
    rejections = Counter(law for row in rows for law in row["by"])
    laws = sorted(rejections, key=lambda law: (-rejections[law], law))
    rejected = sum(row["rejected"] for row in rows)
    return {"laws": laws, "rows": list(rows), "score": {"rejected": rejected, "of": len(rows), "equivalent": 0}}


def _worker(name: str) -> Worker:
    return Worker(f"mutant:{name}", seconds=SECONDS, memory=MEMORY)


def _judged(wrong: Mutant, name: str, worker: Worker) -> Judged:
    record = operator(name)
    return Judged(name=wrong.name, record=record, call=caller(worker, name), reference=f"mutant:{wrong.name}")


def _examined(judged: Judged, examples: int, seed: int, patience: int) -> Examination:
    """Examine a wrong kernel on `examples` cases, and, as long as it is not rejected, on up to `patience` times as many."""
    return survey(judged, examples=patience * examples, seed=seed, enough=examples, halts_after=1)


def _rejections(examination: Examination) -> dict[str, int]:
    tallies = sorted(examination.tallies.items())
    return {law: tally.first_failure for law, tally in tallies if tally.first_failure is not None}


# ---- one row of `convoracle mutants` ----


def try_written(name: str, examples: int, seed: int) -> dict[str, Any]:
    """Return the row of a mutant written by hand: `judge_mutant`'s, with its outcome and what its diagnosis should say."""
    row, wrong = judge_mutant(name, examples, seed), mutant(name)
    shown = argument(name)
    return {
        **row,
        "kind": "written",
        "outcome": "rejected" if row["rejected"] else "equivalent" if shown else "survived",
        "cases": min(row["by"].values(), default=None),
        "diff": [f"{sign} {line}" for edit in wrong.edits if isinstance(edit, Edit) for sign, line in edit.lines()],
        "expected": [EXPECTED[name]] if name in EXPECTED else [],
        "shown": shown,
    }


def try_systematic(name: str, examples: int, seed: int, operators: Sequence[str] = ()) -> dict[str, Any]:
    """Return the row of a systematic mutant, tried on one operator after the other until it is rejected.

    `operators` are those to try; by default the first that run what is edited. One that is not rejected is compared with the
    right kernel on the complete tier; where they differ, or where no small call runs what is edited, more cases are tried.
    """
    edit = systematic(name)
    possible = [op for op in edit.operators if not operators or op in operators]
    names = list(islice((op for op in possible if runs_on(edit, op)), TRIED))
    row: dict[str, Any] = {
        "mutant": name,
        "operator": (names or possible)[0],
        "sentence": edit.mutant().sentence,
        "by": {},
        "diagnosis": "",
        "kind": "systematic",
        "cases": None,
        "diff": [f"- {edit.before}", f"+ {edit.after}"],
        "expected": [],
        "shown": argument(edit.change),
    }
    try:
        with _worker(name) as worker:
            worker.start()
            found = _tried(edit.mutant(), worker, names or possible[:TRIED], examples, seed)
            if not found["rejected"] and not row["shown"]:
                further = _compared if names else _in_more_cases
                found |= further(edit, worker, names or possible, examples, seed)
    except SubjectError as error:
        return row | {"outcome": "does not import", "rejected": False, "sentence": str(error)}
    row |= found
    outcome = "rejected" if row["rejected"] else "equivalent" if row["shown"] else "survived"
    return row | {"outcome": outcome}


def _tried(
    wrong: Mutant, worker: Worker, names: Sequence[str], examples: int, seed: int, patience: int = 1
) -> dict[str, Any]:
    """Return the first operator that shows a wrong kernel, and its rejections."""
    cases = 0
    for name in names:
        examination = _examined(_judged(wrong, name, worker), examples, seed, patience)
        if by := _rejections(examination):
            return {"operator": name, "by": by, "rejected": True, "cases": cases + min(by.values())}
        cases += examination.cases
    return {"rejected": False}


def _in_more_cases(edit: Systematic, worker: Worker, names: Sequence[str], examples: int, seed: int) -> dict[str, Any]:
    """Try more cases of the operator with the fewest calls between itself and what is edited, which no small call runs."""
    nearest = min(names, key=lambda name: calls_between(name, edit.module, edit.function))
    found = _tried(edit.mutant(), worker, [nearest], examples, seed, PATIENCE)
    return found if found["rejected"] else {"sentence": f"{edit.mutant().sentence}; no small call runs it"}


def _compared(edit: Systematic, worker: Worker, names: Sequence[str], examples: int, seed: int) -> dict[str, Any]:
    """Return that a wrong kernel equals the right one on the complete tier; where it differs, try more cases there."""
    wrong, calls = edit.mutant(), 0
    for name in names:
        shown = difference(edit, operator(name), caller(worker, name))
        calls += shown.calls
        if shown.call is not None:
            found = _tried(wrong, worker, [name], examples, seed, PATIENCE)
            return found if found["rejected"] else {"sentence": f"{wrong.sentence}; differs at {shown.call}"}
    complete = [name for name in names if is_complete(operator(name))]
    drawn = [name for name in names if name not in complete]
    parts = [f"{what} of {', '.join(of)}" for what, of in (("all", complete), ("drawn from all", drawn)) if of]
    return {"shown": f"equal on {calls} small calls, {', '.join(parts)}"}
