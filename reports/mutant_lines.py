"""The outcome of ``convoracle mutants`` on a terminal."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .summary import check, number

SHOWN_LAWS = 30
"""How many laws the terminal lists; mutants.json has all of them, and the matrix."""


def lines(made: Mapping[str, Any]) -> Iterator[str]:
    """Yield the scores, the laws that reject, the confusion matrix of the diagnosis, all equivalents and all survivors."""
    yield from (_score(kind, score) for kind, score in made["scores"].items())
    yield from _laws(made)
    yield from _diagnosis(made["diagnosis"])
    yield from _listed(made["rows"], "equivalent", "compute the same function")
    yield from _listed(made["rows"], "survived", "survived")


def _score(kind: str, score: Mapping[str, Any]) -> str:
    share = "" if score["share"] is None else f" ({100 * score['share']:.2f} %)"
    more = f"; {score['not_imported']} do not import and are not counted" if score["not_imported"] else ""
    cases = "" if score["mean_cases"] is None else f"; {number(score['mean_cases'])} cases on average until rejected"
    return f"{kind}: {score['rejected']} of {score['of']} rejected{share}; {score['equivalent']} shown equivalent{more}{cases}"


def _laws(made: Mapping[str, Any]) -> Iterator[str]:
    operators = {row["operator"] for row in made["rows"]}
    totals: dict[str, tuple[int, int]] = {}
    for law in made["laws"]:
        name = check(law["law"], operators)
        rejects, alone = totals.get(name, (0, 0))
        totals[name] = rejects + law["rejects"], alone + law["alone"]
    ordered = sorted(totals.items(), key=lambda item: -item[1][0])
    if ordered:
        yield "\nlaws by the mutants that they reject, and by those that no other rejects:"
    yield from (f"  {rejects:5} {alone:5}  {name}" for name, (rejects, alone) in ordered[:SHOWN_LAWS])
    if len(ordered) > SHOWN_LAWS:
        yield f"  and {len(ordered) - SHOWN_LAWS} more laws"


def _diagnosis(found: Mapping[str, Any]) -> Iterator[str]:
    if not found["of"] + found["without"]:
        return
    if found["of"]:
        yield (
            f"\ndiagnosis: right for {found['right']} of {found['of']} mutants for which a wrong definition exists "
            f"({100 * found['share']:.1f} %); {found['silent']} times it names nothing"
        )
    yield f"of {found['without']} mutants there is no wrong definition; {found['named_without']} of them are named something"
    wrong = [pair for pair in found["matrix"] if pair["expected"] != pair["named"]]
    yield from (f"  {pair['count']:5}  {pair['expected']}  ->  {pair['named']}" for pair in wrong)


def _listed(rows: Sequence[Mapping[str, Any]], outcome: str, what: str) -> Iterator[str]:
    found = [row for row in rows if row["outcome"] == outcome]
    if found:
        yield f"\n{len(found)} {what}:"
    for row in found:
        yield f"  {row['mutant']} ({row['operator']}): {row['shown'] or row['sentence']}"
        yield from (f"      {line}" for line in row["diff"])
