"""Does the diagnosis name the fault? What a mutant does, as its author says, against what the diagnosis calls it."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

NONE = "nothing named"

_WHERE = re.compile(r" on (the (first|second|third) axis|all axes)$")


def clauses(diagnosis: str) -> list[str]:
    """Return what a diagnosis names, without "as if" and the axis.

    Examples
    --------
    >>> clauses("as if the stride were ignored on the first axis; as if there were no bias")
    ['the stride were ignored', 'there were no bias']
    """
    sentences = [sentence.removeprefix("as if ") for sentence in diagnosis.split("; ") if sentence]
    return list(dict.fromkeys(_WHERE.sub("", sentence) for sentence in sentences))


def confusion(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the confusion matrix of the diagnosis, entry by entry, and how often it is right.

    Counted are mutants for which a wrong definition exists (`of`); `without` are the others, of which a diagnosis is a guess.
    The diagnosis is right where one of the clauses that it names is an expected one: on small counterexamples several wrong
    definitions may be the same function.
    """
    known = [row for row in rows if row["expected"]]
    pairs: Counter[tuple[str, str]] = Counter()
    right = 0
    for row in known:
        named = clauses(row["diagnosis"])
        hit = next((clause for clause in named if clause in row["expected"]), None)
        right += hit is not None
        pairs[hit or row["expected"][0], hit or (named[0] if named else NONE)] += 1
    matrix = [{"expected": e, "named": n, "count": count} for (e, n), count in sorted(pairs.items())]
    return {
        "right": right,
        "of": len(known),
        "share": right / len(known) if known else None,
        "silent": sum(pair["count"] for pair in matrix if pair["named"] == NONE),
        "without": len(rows) - len(known),
        "named_without": sum(bool(row["diagnosis"]) for row in rows if not row["expected"]),
        "matrix": matrix,
    }
