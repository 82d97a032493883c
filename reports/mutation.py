"""Try the suite on kernels known to be wrong: which law rejects which, after how many cases."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from convoracle.impl.mutants import MUTANTS, mutant
from convoracle.properties.check import diagnosed, survey
from convoracle.properties.isolation import caller
from convoracle.properties.subject import Judged
from convoracle.properties.worker import Worker
from convoracle.spec import operator

SECONDS = 10.0
"""A call of a wrong kernel runs as plain Python, and may hang."""


PATIENCE = 28
"""A wrong kernel that is not rejected is tried on this many times the cases."""


def mutant_names(operators: Iterable[str]) -> list[str]:
    """Return the wrong kernels of some operators."""
    wanted = set(operators)
    return [m.name for m in MUTANTS if m.operators[0] in wanted]


def judge_mutant(name: str, examples: int, seed: int) -> dict[str, Any]:
    """Return the row of one wrong kernel: rejected or not, and cases until first rejection by law."""
    wrong = mutant(name)
    with Worker(f"mutant:{name}", seconds=SECONDS) as worker:
        record = operator(wrong.operators[0])
        judged = Judged(name=name, record=record, call=caller(worker, record.name), reference=f"mutant:{name}")
        examination = survey(judged, examples=examples, seed=seed)
        if not examination.failures:
            examination = survey(judged, examples=PATIENCE * examples, seed=seed)
        diagnosis = diagnosed(judged, examination)
    by = {law: t.first_failure for law, t in sorted(examination.tallies.items()) if t.first_failure is not None}
    return {
        "mutant": name,
        "operator": record.name,
        "sentence": wrong.sentence,
        "rejected": bool(by),
        "by": by,
        "diagnosis": "; ".join(diagnosis),
    }


def mutation_table(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """Return the law × mutant table, or None where no wrong kernel was tried."""
    if not rows:
        return None
    rejections = Counter(law for row in rows for law in row["by"])
    laws = sorted(rejections, key=lambda law: (-rejections[law], law))
    rejected = sum(row["rejected"] for row in rows)
    return {"laws": laws, "rows": list(rows), "score": {"rejected": rejected, "of": len(rows), "equivalent": 0}}
