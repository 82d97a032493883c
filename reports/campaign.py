"""A campaign: every subject on every operator it offers, proofs, real images and wrong kernels, gathered into one report.

The work is a list of tasks, each a function of plain data with a plain-data result. They run in a pool of processes; finished
ones are kept on disk, so that an interrupted campaign goes on where it stopped.
"""

import hashlib
import json
import os
import platform
import shutil
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from convoracle.impl import backends
from convoracle.properties.check import judge
from convoracle.properties.isolation import judged_adapter
from convoracle.properties.values import HISTOGRAM_EDGES
from convoracle.properties.verdict import Finding, Verdict
from convoracle.properties.worker import Worker
from convoracle.spec import OPERATORS, operator
from convoracle.spec.statements import STATEMENTS
from convoracle.spec.theorems import prove_all

from . import document
from .mutation import judge_mutant, mutant_names, mutation_table
from .operators import describe
from .real import judge_image, real_images

PROFILES = {"quick": 20, "default": 200, "thorough": 0}
"""Configurations per operator and subject; thorough shares `THOROUGH_CASES` among all."""

THOROUGH_CASES = 100_000
MUTANT_CASES = 40

OWN = "convoracle"
UNFINISHED = ".unfinished"
"""Where the results of a campaign under way are kept, inside the folder of the report."""


@dataclass(frozen=True)
class Task:
    """One piece of a campaign: what kind, on what."""

    kind: str  # "judge", "prove", "image", "mutant"
    subject: str = ""
    operator: str = ""
    examples: int = 0
    seed: int = 0

    @property
    def label(self) -> str:
        return " ".join(filter(None, (self.kind, self.subject, self.operator)))


def tasks_of(
    subjects: Iterable[str], operators: Iterable[str] | None, profile: str, seed: int, without: Iterable[str] = ()
) -> list[Task]:
    """Return the tasks of a campaign, the longest first, leaving out the kinds in `without`.

    Raises
    ------
    ValueError
        If a subject or operator does not exist.
    """
    wanted = [operator(name).name for name in operators] if operators else [record.name for record in OPERATORS]
    pairs = [(name, op) for name in subjects for op in backends.load(name).operators if op in wanted]
    examples = PROFILES[profile] or -(-THOROUGH_CASES // max(1, len(pairs)))
    judging = [Task("judge", name, op, examples, seed) for name, op in pairs]
    judging.sort(key=lambda task: -len(operator(task.operator).output.axes))
    images = [Task("image", name, title) for title, name in real_images(subjects, wanted)]
    mutants = [Task("mutant", name, examples=MUTANT_CASES, seed=seed) for name in mutant_names(wanted)]
    left_out = set(without)
    return [task for task in (Task("prove"), *judging, *images, *mutants) if task.kind not in left_out]


def run_task(task: Task) -> Any:
    """Run one task and return plain data."""
    return _RUNNERS[task.kind](task)


def _judge(task: Task) -> dict[str, Any]:
    subject = backends.load(task.subject)
    with Worker(f"adapter:{task.subject}", operator=task.operator) as worker:
        return verdict_entry(
            judge(judged_adapter(subject, task.operator, worker), examples=task.examples, seed=task.seed)
        )


def _prove(task: Task) -> list[dict[str, Any]]:
    return [asdict(evidence) for evidence in prove_all()]


_RUNNERS: Mapping[str, Callable[[Task], Any]] = {
    "judge": _judge,
    "prove": _prove,
    "image": lambda task: judge_image(task.operator, task.subject),
    "mutant": lambda task: judge_mutant(task.subject, task.examples, task.seed),
}


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
        "unsupported_cases": verdict.unsupported_cases,
        "laws": [
            {
                "law": t.law,
                "status": t.status.value,
                "checked": t.checked,
                "failed": t.failed,
                "unsupported": t.unsupported,
            }
            for t in verdict.laws
        ],
        "worst": [
            {"dtype": d, "ratio": r, "bits": b if b != float("inf") else None} for d, (r, b) in verdict.worst.items()
        ],
        "stages": {stage: verdict.stages.get(stage, 0) for stage in ("double_double", "exact", "integer")},
        "histogram": [
            {"dtype": d, "edges": list(HISTOGRAM_EDGES), "counts": list(c)}
            for d, c in verdict.histogram.items()
            if any(c)
        ],
        "miss_probability": _miss(verdict),
        "coverage": [{"class": name, "seen": seen, "of": of} for name, seen, of in verdict.coverage],
        "not_looked_at": list(verdict.not_looked_at),
        "findings": [finding["id"] for finding in findings],
        "definition_sha256": verdict.definition_sha256,
        "seconds": verdict.seconds,
    }
    return {"verdict": entry, "findings": findings}


def _miss(verdict: Verdict) -> dict[str, Any] | None:
    if verdict.miss_probability is None:
        return None
    values, draws, bound = verdict.miss_probability
    return {"values": values, "draws": draws, "bound": bound}


def _finding_entry(name: str, verdict: Verdict, finding: Finding) -> dict[str, Any]:
    entry = {**asdict(finding), "id": name, "subject": verdict.subject, "operator": verdict.operator}
    entry["configuration"] = {k: v for k, v in finding.configuration.items() if k != "seed"}
    return entry


@dataclass
class Campaign:
    """What to run and where to keep it."""

    subjects: tuple[str, ...]
    operators: tuple[str, ...] | None
    profile: str
    seed: int
    folder: Path
    command: str
    resume: bool = False
    without: tuple[str, ...] = ()
    processes: int = 0

    def run(self, report_progress: Callable[[Task, int, int], None]) -> dict[str, Any]:
        """Run every task that is not done, and return the report; `report_progress` hears of every finished task."""
        started, clock = datetime.now(UTC).isoformat(timespec="seconds"), time.perf_counter()
        tasks = tasks_of(self.subjects, self.operators, self.profile, self.seed, self.without)
        results = self._kept(tasks) if self.resume else {}
        done = len(results)
        for task in results:
            report_progress(task, done, len(tasks))
        for task, result in self._results([t for t in tasks if t not in results]):
            results[task] = result
            self._keep(task, result)
            report_progress(task, len(results), len(tasks))
        report = self._gathered(tasks, results, started, time.perf_counter() - clock)
        self._forget()
        return report

    def _results(self, tasks: list[Task]) -> Iterable[tuple[Task, Any]]:
        """Yield results as they come; a few tasks are in flight at a time, so that Ctrl-C ends soon."""
        workers = self.processes or os.cpu_count() or 1
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
            waiting: list[Task] = list(reversed(tasks))
            running: dict[Future[Any], Task] = {}
            try:
                while waiting or running:
                    while waiting and len(running) < workers + 1:
                        task = waiting.pop()
                        running[pool.submit(run_task, task)] = task
                    finished, _ = wait(running, return_when=FIRST_COMPLETED)
                    for future in finished:
                        yield running.pop(future), _result(future)
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def _file(self, task: Task) -> Path:
        key = hashlib.sha256(json.dumps([asdict(task), version("convoracle"), _source_sha256()]).encode()).hexdigest()[
            :24
        ]
        return self.folder / UNFINISHED / f"{key}.json"

    def _keep(self, task: Task, result: Any) -> None:
        path = self._file(task)
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(".tmp")
        temporary.write_text(json.dumps(document.plain(result), allow_nan=False))
        os.replace(temporary, path)

    def _kept(self, tasks: list[Task]) -> dict[Task, Any]:
        return {task: json.loads(self._file(task).read_text()) for task in tasks if self._file(task).exists()}

    def _forget(self) -> None:
        shutil.rmtree(self.folder / UNFINISHED, ignore_errors=True)

    def _gathered(self, tasks: list[Task], results: Mapping[Task, Any], started: str, seconds: float) -> dict[str, Any]:
        by_kind = {kind: [results[task] for task in tasks if task.kind == kind] for kind in _RUNNERS}
        evidence = [_evidence_entry(e) for result in by_kind["prove"] for e in result]
        wanted = self.operators or tuple(record.name for record in OPERATORS)
        return document.empty(
            complete=True,
            profile=self.profile,
            seed=self.seed,
            command=self.command,
            started=started,
            seconds=seconds,
            environment=environment(),
            operators=[describe(operator(name)) for name in wanted],
            subjects=[_subject_entry(name) for name in self.subjects],
            verdicts=[result["verdict"] for result in by_kind["judge"]],
            findings=[finding for result in by_kind["judge"] for finding in result["findings"]],
            evidence=evidence,
            statements=[statement_entry(statement, evidence) for statement in STATEMENTS],
            mutants=mutation_table(by_kind["mutant"]),
            real=by_kind["image"],
        )


def _result(future: Future[Any]) -> Any:
    return document.plain(future.result())


@cache
def _source_sha256() -> str:
    """Return a hash of the package's source, so that results of other code are not taken up again."""
    import convoracle.properties
    import convoracle.spec

    digest = hashlib.sha256()
    for package in (convoracle.spec, convoracle.properties, backends):
        for path in sorted(Path(str(package.__file__)).parent.glob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _evidence_entry(evidence: Mapping[str, Any]) -> dict[str, Any]:
    names = ("name", "statement", "kind", "method", "detail", "seconds", "statement_sha256", "rows")
    counterexample = evidence["counterexample"]
    return {name: evidence[name] for name in names} | ({"counterexample": counterexample} if counterexample else {})


def _subject_entry(name: str) -> dict[str, Any]:
    subject = backends.load(name)
    return {"name": name, "version": subject.version, "own": name == OWN, "operators": list(subject.operators)}


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
        "erratum": asdict(statement.erratum) if statement.erratum else None,
    }


def environment() -> dict[str, Any]:
    """Return where the campaign ran."""
    names = (
        "convoracle",
        "numpy",
        "scipy",
        "sympy",
        "numba",
        "hypothesis",
        "z3-solver",
        "python-flint",
        "scikit-learn",
    )
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "processor": _processor(),
        "threads": os.cpu_count() or 1,
        "packages": {name: _version(name) for name in names},
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or sys.platform
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "absent"
