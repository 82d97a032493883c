"""The command line: report, check, explain, prove, vectors, experiment, mutants, bench."""

import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from convoracle.impl.backends import ADAPTERS, LibraryAbsentError, absent, names, selected

CONFORMS, DIFFERS, MISUSED = 0, 1, 2
"""Exit codes."""


def _plainly(function: Callable[..., Any]) -> Callable[..., Any]:
    """Turn errors that the user caused into one line on standard error and exit code 2."""

    @wraps(function)
    def run(*args: Any, **options: Any) -> Any:
        from convoracle.properties.worker import SubjectError

        try:
            return function(*args, **options)
        except (ValueError, TypeError, LibraryAbsentError, SubjectError, FileNotFoundError) as error:
            click.echo(f"convoracle: {error}", err=True)
            sys.exit(MISUSED)
        except KeyboardInterrupt:
            click.echo("convoracle: interrupted", err=True)
            sys.exit(130)

    return run


REPORT = "convoracle-report"


def _folder_of(what: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return the option that says where `what` is written."""
    folder = click.Path(path_type=Path, file_okay=False)
    return click.option("--out", default=REPORT, show_default=True, type=folder, help=f"Folder of {what}.")


_resumable = click.option("--resume", is_flag=True, help="Go on with an interrupted run of the same command.")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="convoracle")
def main() -> None:
    """A verified specification of convolutional networks, used as a test oracle.

    \b
    Judge a kernel of yours:     convoracle check mymodule:conv2d --operator conv2d
    See what an operator is:     convoracle explain conv2d
    Judge everything there is:   convoracle report
    """


@main.command()
@click.option(
    "--subject",
    "subjects",
    multiple=True,
    metavar="NAME",
    help=f"Judge this subject: {', '.join(ADAPTERS)}, or one that an installed package offers; scipy stands for all of "
    "scipy.*. Repeatable; default all whose library is installed.",
)
@click.option(
    "--operator", "operators", multiple=True, metavar="NAME", help="Judge this operator. Repeatable; default all."
)
@click.option(
    "--profile",
    type=click.Choice(["quick", "default", "thorough", "soak"]),
    default="default",
    show_default=True,
    help="20 or 200 configurations per operator and subject, or 100,000 or 1,000,000 in all (hours: use --resume).",
)
@click.option("--seed", default=0, show_default=True, help="Equal seeds give equal cases.")
@_folder_of("the report")
@_resumable
@click.option(
    "--without",
    type=click.Choice(["prove", "image", "mutant", "experiment"]),
    multiple=True,
    help="Leave out the proofs, the real images, the wrong kernels (tried where our kernels are judged) or the experiments. "
    "Repeatable.",
)
@click.option(
    "--experiment",
    "experiments",
    multiple=True,
    metavar="NAME",
    help="Run this experiment, or all. Repeatable; default those that train nothing, where our kernels are judged on everything.",
)
@click.option(
    "--fail-on",
    type=click.Choice(["own", "any", "never"]),
    default="own",
    show_default=True,
    help="Whose failure makes the exit code 1; accepted findings are none.",
)
@click.option(
    "--compare",
    "earlier",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="Say what has changed since this report.json.",
)
@click.option(
    "--known",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="Findings that are accepted: SUBJECT OPERATOR LAW  # reason, one a line, or JSON; * stands for anything.",
)
@_plainly
def report(
    subjects: tuple[str, ...],
    operators: tuple[str, ...],
    profile: str,
    seed: int,
    out: Path,
    resume: bool,
    without: tuple[str, ...],
    experiments: tuple[str, ...],
    fail_on: str,
    earlier: Path | None,
    known: Path | None,
) -> None:
    """Judge subjects on generated cases and real images; write report.json, .md, .html and junit.xml.

    Exit code 0: complete, and our own kernels conform. 1: they do not. 2: wrong use.
    """
    click.echo("convoracle: loading the records and the subjects", err=True)
    from . import accepted, comparison, document
    from .campaign import Campaign
    from .entries import OWN
    from .experiments.registry import chosen, quick
    from .summary import headline

    before = document.read(earlier) if earlier else None  # read first: a wrong file is told before minutes of work
    entries = accepted.read(known) if known else []

    missing = {} if subjects else absent()
    judged = selected(subjects) or tuple(name for name in names() if name not in missing)
    campaign = Campaign(
        subjects=judged,
        operators=operators or None,
        profile=profile,
        seed=seed,
        folder=out,
        command=_command(profile, seed, subject=subjects, operator=operators, without=without, experiment=experiments),
        resume=resume,
        without=without if OWN in judged else (*without, "mutant"),
        experiments=chosen(experiments) or (quick() if OWN in judged and not operators else ()),
        absent=missing,
    )
    with _Progress() as progress:
        made = accepted.applied(campaign.run(progress), entries)
    made["comparison"] = comparison.compared(made, before) if before else None
    files = document.write(made, out)
    campaign.end()
    for note in campaign.notes:
        click.echo(note, err=True)
    click.echo(headline(made))
    if before:
        click.echo(comparison.summary(made["comparison"]))
    for entry in made["known"]:
        if entry["state"] != "met":
            click.echo(
                f"known finding {entry['state']}: {entry['subject']} {entry['operator']} {entry['law']}", err=True
            )
    for path in files:
        click.echo(f"  {path}")
    failing = accepted.failing(made)
    own = {s["name"] for s in made["subjects"] if s["own"]}
    unproved = [e["name"] for e in made["evidence"] if e["kind"] in ("refuted", "unknown")]
    guilty = {"own": failing & own or unproved, "any": failing or unproved, "never": ()}[fail_on]
    sys.exit(DIFFERS if guilty else CONFORMS)


def _command(profile: str, seed: int, **named: tuple[str, ...]) -> str:
    parts = ["convoracle report", *(f"--{option} {value}" for option, values in named.items() for value in values)]
    return " ".join([*parts, f"--profile {profile}", f"--seed {seed}"])


class _Progress:
    """A bar on a terminal, a line per finished task elsewhere."""

    def __enter__(self) -> "_Progress":
        self._bar: Any = None
        return self

    def __exit__(self, *exception: object) -> None:
        if self._bar is not None:
            self._bar.__exit__(*exception)

    def __call__(self, task: Any, done: int, total: int) -> None:
        self.show(
            task.label if task is not None else "begun; the first results take a minute on a new machine", done, total
        )

    def show(self, label: str, done: int, total: int) -> None:
        """Show that `done` of `total` steps are done; another total begins another bar."""
        if not sys.stderr.isatty():
            click.echo(f"[{done}/{total}] {label}", err=True)
            return
        if self._bar is not None and self._bar.length != total:
            self._bar.__exit__(None, None, None)
            self._bar = None
        if self._bar is None:
            self._bar = click.progressbar(
                length=total, file=sys.stderr, item_show_func=lambda text: text, show_pos=True
            )
            self._bar.__enter__()
        self._bar.update(done - self._bar.pos, label)


@main.command()
@click.argument("subject", required=False, metavar="[MODULE:FUNCTION | FILE.py:FUNCTION | NAME]")
@click.option(
    "--operator",
    "operator_name",
    metavar="NAME",
    help="The operator to judge; default the one that the function declares.",
)
@click.option("--examples", default=200, show_default=True, help="Number of configurations.")
@click.option("--seed", default=0, show_default=True)
@click.option(
    "--algorithm",
    metavar="NAME",
    help="Class whose rounding bound applies: direct, pairwise, gauss, winograd_2_3, winograd_4_3, fft, or one of the record; "
    "default what the function declares, or direct.",
)
@click.option(
    "--accumulator", metavar="FORMAT", help="Floating-point format of the sums, where it is not that of the result."
)
@click.option(
    "--convention",
    "conventions",
    multiple=True,
    metavar="NAME=ANSWER",
    help="Follow another answer to a named convention; see explain. Repeatable.",
)
@click.option("--array", metavar="LIBRARY", help="Hand over arrays of this library by DLPack: torch, jax, ...")
@click.option(
    "--replies",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Judge the replies to test vectors in this folder instead of a function.",
)
@click.option(
    "--fingerprint",
    "as_fingerprint",
    is_flag=True,
    help="Find the conventions, algorithm class and precision that the function follows, instead of judging it.",
)
@click.option(
    "--counterexamples",
    type=click.Path(path_type=Path, file_okay=False),
    default=f"{REPORT}/counterexamples",
    show_default=True,
    help="Folder of failing cases: those of earlier runs are judged first, those of this one are kept.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the verdict as JSON.")
@_plainly
def check(
    subject: str | None,
    operator_name: str | None,
    examples: int,
    seed: int,
    algorithm: str | None,
    accumulator: str | None,
    conventions: tuple[str, ...],
    array: str | None,
    replies: Path | None,
    as_fingerprint: bool,
    counterexamples: Path,
    as_json: bool,
) -> None:
    """Judge a function, in a worker process, or the replies to test vectors.

    Exit code 0: it conforms. 1: it does not. 2: wrong use.
    """
    from .checking import print_fingerprint, print_replies, print_verdict

    if replies is not None:
        sys.exit(CONFORMS if print_replies(replies, as_json) else DIFFERS)
    if subject is None:
        raise click.UsageError("give a function as MODULE:FUNCTION and --operator, or --replies DIR")
    if as_fingerprint:
        sys.exit(CONFORMS if print_fingerprint(subject, operator_name, seed, array, as_json) else DIFFERS)
    from convoracle.properties.check import check as judged

    from .remembered import recalled, remember

    def known(operator: str) -> list[Any]:
        cases, wrong = recalled(counterexamples, subject, operator)
        if wrong:
            click.echo(wrong, err=True)
        return cases

    verdict = judged(
        subject,
        operator_name,
        examples=examples,
        seed=seed,
        algorithm=algorithm,
        accumulator=accumulator,
        conventions=dict(_pair(c) for c in conventions),
        array=array,
        known=known,
    )
    print_verdict(verdict, as_json)
    try:
        remember(counterexamples, subject, verdict.operator, verdict.kept)
    except OSError as error:  # where nothing can be written the verdict stands all the same
        click.echo(f"convoracle: failing cases are not kept: {error}", err=True)
    sys.exit(CONFORMS if verdict.ok else DIFFERS)


def _pair(text: str) -> tuple[str, str]:
    name, equals, answer = text.partition("=")
    if not equals:
        raise click.UsageError(f"--convention needs NAME=ANSWER, got {text!r}")
    return name, answer


@main.command()
@click.argument("operator_name", metavar="OPERATOR")
@_plainly
def explain(operator_name: str) -> None:
    """Print the chain of one operator: defined, sized, requires, computed, obeys, tested."""
    from .chain import chain_of

    click.echo(chain_of(operator_name))


@main.command()
@click.option(
    "--name",
    "names",
    multiple=True,
    metavar="TEXT",
    help="Only laws and theorems whose name contains this. Repeatable.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the evidence as JSON.")
@_plainly
def prove(names: tuple[str, ...], as_json: bool) -> None:
    """Prove every law and theorem; print each with its evidence and time.

    Exit code 0: all hold. 1: one is refuted or not decided. 2: wrong use.
    """
    from .proving import print_proofs

    sys.exit(CONFORMS if print_proofs(names, as_json) else DIFFERS)


@main.command()
@click.argument("operator_name", metavar="OPERATOR")
@click.option("--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="Folder of the vectors.")
@click.option("--examples", default=50, show_default=True, help="Number of vectors.")
@click.option("--seed", default=0, show_default=True)
@click.option(
    "--dtype",
    type=click.Choice(["float32", "float64"]),
    help="Numbers of this dtype only; default both, in one set of vectors.",
)
@_plainly
def vectors(operator_name: str, out: Path, examples: int, seed: int, dtype: str | None) -> None:
    """Write test vectors for kernels in other languages: inputs, enclosures and bounds."""
    from .vectors import DTYPES, write_vectors

    count = write_vectors(operator_name, out, examples, seed, (dtype,) if dtype else DTYPES)
    click.echo(f"{count} vectors of {operator_name} in {out}; README.txt there says how to reply")


@main.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--list", "listed", is_flag=True, help="List the experiments and end.")
@click.option("--seed", default=0, show_default=True, help="Equal seeds give equal numbers, times excepted.")
@_folder_of("experiment.json, .md and .html")
@_plainly
def experiment(names: tuple[str, ...], listed: bool, seed: int, out: Path) -> None:
    """Run experiments with the seeds' networks on real images, or all; write numbers, claims and figures.

    Networks that several of them need are trained once. Exit code 0: every claim holds. 1: one is refuted. 2: wrong use.
    """
    from .experiments.running import print_experiments, print_list, run

    if listed:
        print_list()
        return
    if not names:
        raise click.UsageError("name an experiment, or all; --list lists them")
    with _Progress() as progress:
        made = run(names, seed, progress.show)
    from . import document

    files = document.write_experiments(made, out)
    holds = print_experiments(made)
    for path in files:
        click.echo(f"  {path}")
    sys.exit(CONFORMS if holds else DIFFERS)


@main.command()
@click.option(
    "--operator",
    "operators",
    multiple=True,
    metavar="NAME",
    help="Only mutants of this operator. Repeatable; default all.",
)
@click.option(
    "--kind",
    "kinds",
    type=click.Choice(["written", "systematic", "records"]),
    multiple=True,
    help="written: kernels that somebody broke by hand. systematic: small edits of the kernels' syntax trees. records: small "
    "edits of definitions and shape rules. Repeatable; default all.",
)
@click.option(
    "--sample", default=300, show_default=True, help="How many systematic mutants, and how many of records, are drawn."
)
@click.option("--all", "every", is_flag=True, help="All systematic mutants instead of a sample: many hours.")
@click.option("--seed", default=0, show_default=True, help="Of the sample and of the cases.")
@click.option(
    "--examples", default=12, show_default=True, help="Configurations per mutant; 28 times as many for a survivor."
)
@_folder_of("mutants.json")
@_resumable
@click.option("--json", "as_json", is_flag=True, help="Print rows and scores as JSON.")
@_plainly
def mutants(
    operators: tuple[str, ...],
    kinds: tuple[str, ...],
    sample: int,
    every: bool,
    seed: int,
    examples: int,
    out: Path,
    resume: bool,
    as_json: bool,
) -> None:
    """Try the judge on what is known to be wrong, and say what it does not see.

    A mutant is a kernel with one small fault. It is rejected when a law fails on it; where none does, it is compared with the
    right kernel on all small calls: if they are equal, the mutant is equivalent, otherwise it survived, and the judge is blind
    to it. Score = rejected / (all - equivalent). A mutant of a record is a wrong definition; it must be caught by the worked
    example, the second definition or the proofs of the laws. Every survivor is listed with its edit.

    \b
    How well is conv2d guarded?      convoracle mutants --operator conv2d --sample 100
    Is the diagnosis right?          convoracle mutants --kind written
    Are the records guarded?         convoracle mutants --kind records --sample 50

    Exit code 0: at least 98 % of each kind are rejected. 1: fewer. 2: wrong use.
    """
    click.echo("convoracle: loading the records and the kernels", err=True)
    from .mutants import KINDS, SCORE, run, trials, write

    chosen = trials(kinds or KINDS, operators, None if every else sample, examples, seed)
    with _Progress() as progress:
        made = run(chosen, out, resume=resume, progress=progress.show)
    path = write(made, out)
    _print_mutants(made, path, as_json)
    low = [kind for kind, score in made["scores"].items() if score["of"] and score["share"] < SCORE]
    sys.exit(DIFFERS if low else CONFORMS)


def _print_mutants(made: dict[str, Any], path: Path, as_json: bool) -> None:
    from .mutant_lines import lines

    if as_json:
        click.echo(path.read_text(encoding="utf-8"), nl=False)
        return
    for line in lines(made):
        click.echo(line)
    click.echo(f"  {path}")


@main.command()
@click.option("--quick", is_flag=True, help="Fewer repetitions.")
@_plainly
def bench(quick: bool) -> None:
    """Measure what judging costs, and our kernels against SciPy's."""
    from .bench import run

    for line in run(quick):
        click.echo(line)
