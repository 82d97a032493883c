"""Verdicts on a terminal."""

import json
from math import isfinite
from pathlib import Path

import click

from convoracle.properties.verdict import Finding, Status, Verdict

from . import document
from .vectors import judge_replies

COLOURS = {
    Status.PASS: "green",
    Status.PASS_CONVENTION: "green",
    Status.FAIL: "red",
    Status.CRASH: "red",
    Status.TIMEOUT: "red",
}


def print_verdict(verdict: Verdict, as_json: bool) -> None:
    """Print a verdict, as text or as JSON; colours on a terminal only."""
    if as_json:
        click.echo(json.dumps(document.plain(verdict.to_dict()), indent=2, allow_nan=False))
        return
    status = click.style(verdict.status.value, fg=COLOURS.get(verdict.status, "yellow"), bold=True)
    click.echo(f"{status}  {verdict.subject} as {verdict.operator}: {verdict.reason}")
    click.echo(
        f"  {verdict.cases} configurations, seed {verdict.seed}, {verdict.seconds:.1f} s; class {verdict.algorithm}"
    )
    for tally in verdict.laws:
        held = "vacuous" if tally.status is Status.VACUOUS else "holds"
        mark = click.style("fails", fg="red") if tally.failed else held
        click.echo(
            f"  {mark}  {tally.law}  ({tally.checked} checks{f', {tally.failed} failed' if tally.failed else ''})"
        )
    for dtype, (ratio, bits) in verdict.worst.items():
        implied = f", which is a precision of {bits:.1f} bits" if isfinite(bits) else ""
        precision = f"; precision {verdict.precision[dtype]}" if dtype in verdict.precision else ""
        click.echo(f"  {dtype}: largest err/bound {ratio:.3g}{implied}{precision}")
    click.echo("  pairs of classes: {:,} of {:,}".format(*verdict.pairs))
    for line in verdict.not_looked_at:
        click.echo(f"  not looked at: {line}")
    for line in verdict.forgotten:
        click.echo(f"  {line}")
    for finding in verdict.findings:
        if finding.cause == finding.law:
            _print_finding(finding)
    for finding in verdict.findings:
        if finding.cause != finding.law:
            law, cause = (click.style(name, fg="red") for name in (finding.law, finding.cause))
            click.echo(f"\n{law}  ({finding.count} times), by the call that breaks {cause}: {finding.message}")


def _print_finding(finding: Finding) -> None:
    click.echo()
    click.echo(click.style(finding.law, fg="red") + f"  ({finding.count} times): {finding.message}")
    for line in (*finding.terms, *(f"it looks {sentence}" for sentence in finding.diagnosis)):
        click.echo(f"  {line}")
    click.echo("\n".join(f"    {line}" for line in finding.script.splitlines()))


def print_replies(folder: Path, as_json: bool) -> bool:
    """Judge the replies to test vectors in a folder, print the outcome, and return whether all are right."""
    outcome = judge_replies(folder)
    if as_json:
        click.echo(json.dumps(document.plain(outcome), indent=2, allow_nan=False))
    else:
        for entry in outcome["wrong"]:
            click.echo(f"{click.style('wrong', fg='red')}  {entry['vector']}: {entry['message']}")
        click.echo(
            f"{outcome['operator']}: {outcome['right']} of {outcome['of']} replies are right, {outcome['missing']} missing"
        )
    return outcome["right"] == outcome["of"]


def print_fingerprint(subject: str, operator: str | None, seed: int, array: str | None, as_json: bool) -> bool:
    """Find what a function follows, print it, and return whether that explains all it does."""
    from convoracle.properties.fingerprint import fingerprint

    found = fingerprint(subject, operator, seed=seed, array=array)
    if as_json:
        click.echo(json.dumps(document.plain(found.to_dict()), indent=2, allow_nan=False))
        return not found.unexplained
    click.echo(f"{found.subject} as {found.operator}: {found.cases} configurations, seed {seed}")
    for name, answer in found.conventions.items():
        click.echo(f"  {name} = {answer}")
    click.echo(f"  algorithm = {found.algorithm}")
    for dtype, precision in found.precision.items():
        click.echo(f"  precision of {dtype} = {precision}")
    if found.declined:
        click.echo(f"  {found.declined} legal calls are not answered")
    for law in found.unexplained:
        click.echo(click.style("  unexplained: ", fg="red") + law)
    options = "".join(f" --convention {name}={answer}" for name, answer in found.declared.items())
    if not found.unexplained:
        how = f"--operator {found.operator} --algorithm {found.algorithm}{options}"
        click.echo(f"  judge it by: convoracle check {subject} {how}")
    return not found.unexplained
