"""The command ``convoracle report``."""

import shlex
import sys
from pathlib import Path

import click

from convoracle.impl.backends import ADAPTERS, absent, names, selected

from . import forkserver
from .terminal import CONFORMS, DIFFERS, Progress, folder_of, plainly, resumable, without_meaning


@click.command()
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
@folder_of("the report")
@resumable
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
@plainly
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
    if "experiment" in without:
        without_meaning("--without experiment", "experiments")
    click.echo("convoracle: loading the records and the subjects", err=True)
    forkserver.begin("convoracle.reports.campaign")
    from . import accepted, comparison, document
    from .campaign import Campaign
    from .entries import OWN
    from .experiments.registry import chosen, quick
    from .summary import headline, own

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
    with Progress() as progress:
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
    unproved = [e["name"] for e in made["evidence"] if e["kind"] in ("refuted", "unknown")]
    guilty = {"own": failing & own(made) or unproved, "any": failing or unproved, "never": ()}[fail_on]
    sys.exit(DIFFERS if guilty else CONFORMS)


def _command(profile: str, seed: int, **named: tuple[str, ...]) -> str:
    chosen = [part for option, values in named.items() for value in values for part in (f"--{option}", value)]
    return shlex.join(["convoracle", "report", *chosen, "--profile", profile, "--seed", str(seed)])
