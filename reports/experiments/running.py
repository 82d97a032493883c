"""Experiments on a terminal."""

import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import click

from convoracle.spec.evidence import FAILED

from .. import document
from ..entries import environment
from ..summary import duration, quantity
from .outcome import Progress
from .registry import EXPERIMENTS, chosen, run_experiment


def print_list() -> None:
    """Print the name and the question of every experiment."""
    width = max(len(entry.name) for entry in EXPERIMENTS)
    for entry in EXPERIMENTS:
        click.echo(f"{entry.name:<{width}}  {entry.question}{' (a minute or more)' if entry.trains else ''}")


def run(names: Iterable[str], seed: int, progress: Progress) -> dict[str, Any]:
    """Run experiments one after the other and return a report about them; they share the networks that they train.

    Raises
    ------
    ValueError
        If there is no such experiment.
    """
    wanted = chosen(names)
    started, since = datetime.now(UTC).isoformat(timespec="seconds"), time.perf_counter()
    found = [run_experiment(name, seed, progress) for name in wanted]
    return document.empty(
        complete=True,
        seed=seed,
        command=f"convoracle experiment {' '.join(wanted)} --seed {seed}",
        started=started,
        seconds=time.perf_counter() - since,
        environment=environment(),
        experiments=[entry["experiment"] for entry in found],
        evidence=[evidence for entry in found for evidence in entry["evidence"]],
    )


def print_experiments(report: Mapping[str, Any]) -> bool:
    """Print numbers and claims of every experiment, and return whether all claims hold."""
    ledger = {entry["name"]: entry for entry in report["evidence"]}
    for experiment in report["experiments"]:
        click.echo(
            f"{click.style(experiment['name'], bold=True)}  {experiment['question']}  ({duration(experiment['seconds'])})"
        )
        _print_numbers(experiment["numbers"])
        for name in experiment["claims"]:
            _print_claim(ledger[name])
    return not any(entry["kind"] in FAILED for entry in report["evidence"])


def _print_numbers(numbers: Iterable[Mapping[str, Any]]) -> None:
    rows = [(n["name"], quantity(n["value"], n["unit"]), n["unit"], n["printed"]) for n in numbers]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    for name, value, unit, printed in rows:
        seed = f"   (the seed document: {printed})" if printed else ""
        click.echo(f"  {name:<{widths[0]}}  {value:>{widths[1]}} {unit}{seed}")


def _print_claim(entry: Mapping[str, Any]) -> None:
    colour = "red" if entry["kind"] in FAILED else "green" if entry["kind"] == "certified" else "yellow"
    click.echo(f"  {click.style(entry['kind'], fg=colour)}: {entry['statement']} {entry['detail']}")
