"""The command line: report, check, explain, prove, vectors, experiment, mutants, bench."""

import sys
from pathlib import Path
from typing import Any

import click

from . import forkserver
from .command_check import check, vectors
from .command_report import report
from .terminal import CONFORMS, DIFFERS, Progress, folder_of, plainly, resumable, without_meaning


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="convoracle")
def main() -> None:
    """A verified specification of convolutional networks, used as a test oracle.

    \b
    Judge a kernel of yours:     convoracle check mymodule:conv2d --operator conv2d
    See what an operator is:     convoracle explain conv2d
    Judge everything there is:   convoracle report
    """


for command in (report, check, vectors):
    main.add_command(command)


@main.command()
@click.argument("operator_name", metavar="OPERATOR")
@plainly
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
@plainly
def prove(names: tuple[str, ...], as_json: bool) -> None:
    """Prove every law and theorem; print each with its evidence and time.

    Exit code 0: all hold. 1: one is refuted or not decided. 2: wrong use.
    """
    from .proving import print_proofs

    sys.exit(CONFORMS if print_proofs(names, as_json) else DIFFERS)


@main.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--list", "listed", is_flag=True, help="List the experiments and end.")
@click.option("--seed", default=0, show_default=True, help="Equal seeds give equal numbers, times excepted.")
@folder_of("experiment.json, .md and .html")
@plainly
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
    with Progress() as progress:
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
@folder_of("mutants.json")
@resumable
@click.option("--json", "as_json", is_flag=True, help="Print rows and scores as JSON.")
@plainly
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
    if every:
        without_meaning("--all", "sample")
    click.echo("convoracle: loading the records and the kernels", err=True)
    forkserver.begin("convoracle.reports.mutants")
    from .mutants import KINDS, SCORE, run, trials, write

    chosen = trials(kinds or KINDS, operators, None if every else sample, examples, seed)
    with Progress() as progress:
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
@plainly
def bench(quick: bool) -> None:
    """Measure what judging costs, and our kernels against SciPy's."""
    from .bench import run

    for line in run(quick):
        click.echo(line)
