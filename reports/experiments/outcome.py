"""What an experiment finds: numbers with units, claims with their evidence, pictures."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from convoracle.spec.evidence import Claim, Evidence, certify, measure

from ..entries import evidence_entry

Progress = Callable[[str, int, int], None]
"""Hears of long work: (what, steps done, steps in all)."""


def silent(what: str, done: int, total: int) -> None:
    """Hear of work, and do nothing."""


@dataclass(frozen=True)
class Number:
    """One number of an experiment's table; `printed` is what the seed document says, where it does."""

    name: str
    value: float
    unit: str = ""
    printed: str = ""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What an experiment finds.

    Attributes
    ----------
    numbers : tuple of Number
        Those with the unit "s" or "times as long" depend on the machine; the others on the seed alone.
    evidence : tuple of Evidence
        Claims about them, graded by the function that examined them.
    pictures : tuple of dict
        As `pictures.picture` makes them.
    """

    numbers: tuple[Number, ...]
    evidence: tuple[Evidence, ...]
    pictures: tuple[dict[str, Any], ...] = ()


def percent(name: str, share: float, printed: str = "") -> Number:
    """Return a share as a number in percent."""
    return Number(name, 100 * float(share), "%", printed)


def certified(name: str, statement: str, rows: tuple[str, ...], witness: Callable[[], Any], method: str) -> Evidence:
    """Certify one instance: `witness` returns what shows it, or None where it does not hold."""
    return certify(_claim(name, statement, rows), witness, method)


def measured(name: str, statement: str, rows: tuple[str, ...], observation: Callable[[], Any]) -> Evidence:
    """Observe once: `observation` returns what it saw, or None where that contradicts the statement."""
    return measure(_claim(name, statement, rows), observation, "experiment")


def _claim(name: str, statement: str, rows: tuple[str, ...]) -> Claim:
    return Claim(name=f"experiment {name}", statement=statement, formula=("experiment", name, statement), rows=rows)


def outcome_entry(name: str, question: str, seed: int, outcome: Outcome, seconds: float) -> dict[str, Any]:
    """Return an experiment as a report holds it, the evidence for its claims beside it."""
    entry = {
        "name": name,
        "question": question,
        "seed": seed,
        "command": f"convoracle experiment {name} --seed {seed}",
        "numbers": [asdict(number) for number in outcome.numbers],
        "claims": [evidence.name for evidence in outcome.evidence],
        "pictures": list(outcome.pictures),
        "seconds": seconds,
    }
    return {"experiment": entry, "evidence": [evidence_entry(asdict(e)) for e in outcome.evidence]}
