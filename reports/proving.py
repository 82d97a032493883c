"""Proofs on a terminal."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict

import click

from convoracle.spec.evidence import FAILED, Evidence
from convoracle.spec.law_catalog import LAWS
from convoracle.spec.theorems import THEOREMS, prove_all

from . import document


def print_proofs(parts: Sequence[str], as_json: bool) -> bool:
    """Prove the laws and theorems whose name contains one of `parts` (all, if none are given); return whether all hold.

    Raises
    ------
    ValueError
        If no name contains any of them.
    """
    names = [s.name for s in (*LAWS, *THEOREMS) if not parts or any(part in s.name for part in parts)]
    if not names:
        raise ValueError(f"no law or theorem has {' or '.join(map(repr, parts))} in its name")
    found = prove_all(None if as_json else _print_one, names)
    if as_json:
        click.echo(json.dumps(document.plain([asdict(e) for e in found]), indent=2, allow_nan=False))
    else:
        kinds = Counter(e.kind for e in found)
        total = ", ".join(f"{count} {kind}" for kind, count in kinds.items())
        click.echo(f"{len(found)} statements: {total}; {sum(e.seconds for e in found):.1f} s")
    return not any(e.kind in FAILED for e in found)


def _print_one(evidence: Evidence) -> None:
    colour = "red" if evidence.kind in FAILED else "green" if evidence.kind == "proved" else "yellow"
    click.echo(f"{click.style(f'{evidence.kind:>10}', fg=colour)}  {evidence.seconds:6.2f} s  {evidence.name}")
    if evidence.kind in FAILED:
        click.echo(f"{'':>22}{evidence.statement}  counterexample: {evidence.counterexample}; {evidence.detail}")
