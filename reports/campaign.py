"""A campaign: every subject on every operator it offers, proofs, real images and wrong kernels, gathered into one report.

The work is a list of tasks, each a function of plain data with a plain-data result. They run in a pool of processes; finished
ones are kept on disk, so that an interrupted campaign goes on where it stopped.
"""

import json
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from math import ceil
from pathlib import Path
from traceback import extract_tb
from typing import Any

from convoracle.impl import backends
from convoracle.properties.check import judge, not_run
from convoracle.properties.isolation import judged_adapter
from convoracle.properties.worker import SubjectError
from convoracle.spec import OPERATORS, cache, operator
from convoracle.spec.statements import STATEMENTS
from convoracle.spec.theorems import prove_all

from . import document, remembered
from .entries import absent_entry, environment, evidence_entry, statement_entry, subject_entry, verdict_entry
from .experiments.outcome import silent
from .experiments.registry import run_experiment
from .lending import LENDING
from .mutation import judge_mutant, mutant_names, mutation_table
from .operators import describe
from .pool import Kept, results_of
from .real import judge_image, real_images

PER_PAIR = {"quick": 20, "default": 200}
"""Configurations per operator and subject."""

IN_ALL = {"thorough": 104_000, "soak": 1_120_000}
"""Shared among all pairs of subject and operator; a few pairs that are dear or have narrow limits find fewer than their share."""

PROFILES = (*PER_PAIR, *IN_ALL)

ENTRIES = {"quick": 30_000, "default": 300_000, "thorough": None, "soak": 1_000_000}
"""Array entries of the definition on which a profile judges an operator of a subject (None: no limit), see `properties.effort`:
of scattering in two dimensions fewer configurations than the profile asks for, in about as much time as others take."""

LEAST_CASES = 10
"""Of a subject whose calls take long a campaign judges a share of the configurations, but as many as these; twice as many where
a share says nothing."""

MUTANT_CASES = 12
"""Most wrong kernels are rejected on the first cases; what is not rejected is tried on many more."""

UNFINISHED = ".unfinished"
"""Where the results of a campaign under way are kept, inside the folder of the report."""


@dataclass(frozen=True)
class Task:
    """One piece of a campaign: what kind, on what."""

    kind: str  # "judge", "prove", "image", "mutant", "experiment"
    subject: str = ""
    operator: str = ""
    examples: int = 0
    asked: int = 0  # of a subject that is not dear
    seed: int = 0
    entries: int | None = None
    known: str = ""  # failing cases that were found before, as text

    @property
    def label(self) -> str:
        return " ".join(filter(None, (self.kind, self.subject, self.operator)))


def tasks_of(
    subjects: Iterable[str],
    operators: Iterable[str] | None,
    profile: str,
    seed: int,
    without: Iterable[str] = (),
    experiments: Iterable[str] = (),
) -> list[Task]:
    """Return the tasks of a campaign, the longest first, leaving out the kinds in `without`.

    Raises
    ------
    ValueError
        If a subject or operator does not exist, or no subject offers one of the operators.
    """
    wanted = [operator(name).name for name in operators] if operators else [record.name for record in OPERATORS]
    pairs = [(name, op) for name in subjects for op in backends.load(name).operators if operator(op).name in wanted]
    if not pairs:
        raise ValueError(f"none of {', '.join(subjects)} offers one of {', '.join(wanted)}")
    dearness = {name: backends.load(name).dearness for name in dict(pairs)}
    shares = sum(1 / dearness[name] for name, _ in pairs)
    examples = PER_PAIR[profile] if profile in PER_PAIR else ceil(IN_ALL[profile] / shares)
    cases = {name: _share(examples, dearness[name]) for name in dearness}
    judging = [Task("judge", name, op, cases[name], examples, seed, ENTRIES[profile]) for name, op in pairs]
    judging.sort(key=lambda task: -len(operator(task.operator).output.axes))
    images = [Task("image", name, title) for title, name in real_images(subjects, wanted)]
    mutants = [Task("mutant", name, examples=MUTANT_CASES, seed=seed) for name in mutant_names(wanted)]
    trials = [Task("experiment", name, seed=seed) for name in experiments]
    left_out = set(without)
    return [task for task in (Task("prove"), *trials, *judging, *images, *mutants) if task.kind not in left_out]


def _share(examples: int, dearness: int) -> int:
    """Return on how many configurations a dear subject is judged: on fewer, but never on so few that they say nothing."""
    return max(-(-examples // dearness), min(examples, LEAST_CASES))


def run_task(task: Task) -> Any:
    """Run one task and return plain data."""
    return _RUNNERS[task.kind](task)


def _judge(task: Task) -> dict[str, Any]:
    examples, known = task.examples, json.loads(task.known or "[]")
    try:
        with LENDING.of(task.subject) as worker:
            judged = judged_adapter(backends.load(task.subject), task.operator, worker)
            judge_on = partial(judge, judged, seed=task.seed, entries=task.entries, known=known)
            verdict = judge_on(examples=examples)
            while verdict.status == "VACUOUS" and examples < task.asked:  # the share of a dear subject said nothing
                examples = min(2 * examples, task.asked)
                verdict = judge_on(examples=examples)
    except Exception as error:  # the others are judged all the same
        verdict = not_run(task.subject, operator(task.operator), _cause(error), asked=task.examples, seed=task.seed)
    if examples < task.asked:
        left = f"{task.asked - examples} of {task.asked} configurations: calls of {task.subject} take long"
        verdict = replace(verdict, asked=task.asked, not_looked_at=(*verdict.not_looked_at, left))
    return verdict_entry(verdict)


def _cause(error: Exception) -> str:
    """Return why a pair was not judged: the subject does not load, its declarations fail, or the judge itself failed."""
    if isinstance(error, SubjectError):
        return str(error)
    place = extract_tb(error.__traceback__)[-1]
    where = f"{Path(place.filename).name}, line {place.lineno}"
    return f"the judge failed, a fault of convoracle and not of the subject: {type(error).__name__}: {error} ({where})"


def _prove(task: Task) -> list[dict[str, Any]]:
    """Return the evidence on every law and theorem, found once for this source and these packages.

    What was not decided is tried again the next time.
    """
    proofs = Kept(cache.folder() / "proofs")
    if known := proofs.known([task]):
        return known[task]
    found = [asdict(evidence) for evidence in prove_all()]
    if not any(evidence["kind"] == "unknown" for evidence in found):
        proofs.keep(task, found)
    return found


_RUNNERS: Mapping[str, Callable[[Task], Any]] = {
    "judge": _judge,
    "prove": _prove,
    "image": lambda task: judge_image(task.operator, task.subject),
    "mutant": lambda task: judge_mutant(task.subject, task.examples, task.seed),
    "experiment": lambda task: run_experiment(task.subject, task.seed, silent),
}


@dataclass
class Campaign:
    """What to run and where to keep it; `absent` says by name why a subject that nobody asked for is not judged."""

    subjects: tuple[str, ...]
    operators: tuple[str, ...] | None
    profile: str
    seed: int
    folder: Path
    command: str
    resume: bool = False
    without: tuple[str, ...] = ()
    experiments: tuple[str, ...] = ()
    absent: Mapping[str, str] = field(default_factory=dict)
    processes: int = 0
    notes: list[str] = field(default_factory=list)
    _failing: dict[tuple[str, str], Any] = field(default_factory=dict)

    def run(self, report_progress: Callable[[Task | None, int, int], None]) -> dict[str, Any]:
        """Run every task that is not done, and return the report.

        `report_progress` hears of every finished task: (task, tasks done, tasks in all); first with None, of the beginning.
        """
        started, clock = datetime.now(UTC).isoformat(timespec="seconds"), time.perf_counter()
        tasks = tasks_of(self.subjects, self.operators, self.profile, self.seed, self.without, self.experiments)
        tasks = [self._with_known(task) if task.kind == "judge" else task for task in tasks]
        results = self._kept.known(tasks) if self.resume else {}
        report_progress(None, len(results), len(tasks))
        for task, result in results_of(run_task, [t for t in tasks if t not in results], self.processes):
            results[task] = result
            self._kept.keep(task, result)
            report_progress(task, len(results), len(tasks))
        return self._gathered(tasks, results, started, time.perf_counter() - clock)

    def end(self) -> None:
        """Keep the failing cases for the next campaign, and remove the kept results; call it once the report is written."""
        for (subject, name), cases in self._failing.items():
            remembered.remember(self._counterexamples, subject, name, cases)
        self._kept.forget()

    @property
    def _counterexamples(self) -> Path:
        return self.folder / remembered.FOLDER

    def _with_known(self, task: Task) -> Task:
        """Return a task with the cases on which the subject failed before."""
        cases, wrong = remembered.recalled(self._counterexamples, task.subject, task.operator)
        self.notes += [wrong] if wrong else []
        return replace(task, known=json.dumps(cases) if cases else "")

    @property
    def _kept(self) -> Kept:
        return Kept(self.folder / UNFINISHED)

    def _gathered(self, tasks: list[Task], results: Mapping[Task, Any], started: str, seconds: float) -> dict[str, Any]:
        by_kind = {kind: [results[task] for task in tasks if task.kind == kind] for kind in _RUNNERS}
        for result in by_kind["judge"]:
            verdict, lines = result["verdict"], result["forgotten"]
            pair = verdict["subject"], verdict["operator"]
            if verdict["status"] == "NOT_RUN":  # what failed before is tried again the next time
                lines = [f"not run: {verdict['reason']}"]
            else:
                self._failing[pair] = result["kept"]
            self.notes += [f"{' '.join(pair)}: {line}" for line in lines]
        evidence = [evidence_entry(e) for result in by_kind["prove"] for e in result]
        evidence += [e for result in by_kind["experiment"] for e in result["evidence"]]
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
            subjects=[*map(subject_entry, self.subjects), *(absent_entry(*pair) for pair in self.absent.items())],
            verdicts=[result["verdict"] for result in by_kind["judge"]],
            findings=[finding for result in by_kind["judge"] for finding in result["findings"]],
            evidence=evidence,
            statements=[statement_entry(statement, evidence) for statement in STATEMENTS],
            mutants=mutation_table(by_kind["mutant"]),
            real=[entry for entry in by_kind["image"] if entry is not None],
            experiments=[result["experiment"] for result in by_kind["experiment"]],
        )
