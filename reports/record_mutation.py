"""Try what guards the records on wrong ones: the worked example, the second definition, the proofs of the laws.

A wrong record is made in a process of its own, where it stands in the place of the right one: laws, proofs and caches know a
record by its identity.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from convoracle.spec.configuration import Configuration, bind
from convoracle.spec.enclosure import enclose, integer_outputs
from convoracle.spec.law_catalog import LAWS
from convoracle.spec.laws import Law
from convoracle.spec.record_edits import RecordEdit, record_edit
from convoracle.spec.records import OperatorSpec, RecordError
from convoracle.spec.rounding import BINARY64, Arithmetic
from convoracle.spec.second_check import disagreement, has_second
from convoracle.spec.theorems import prove
from convoracle.spec.worked import example_holds

from .equivalence import some_calls

SECONDS = 300
"""How long the guards of a wrong record may take; a proof that does not end is no rejection."""


CALLS = 60
"""On how many small calls wrong and right records are compared."""


def try_record(name: str) -> dict[str, Any]:
    """Return the row of a wrong record, tried in a process of its own."""
    command = [sys.executable, "-m", "convoracle.reports.record_mutation", name]
    edit = record_edit(name)
    row: dict[str, Any] = {
        "mutant": name,
        "operator": edit.operator,
        "sentence": f"{edit.operator}, {edit.part}",
        "by": {},
        "diagnosis": "",
        "kind": "records",
        "cases": None,
        "diff": [f"- {edit.before}", f"+ {edit.after}"],
        "expected": [],
        "shown": "",
        "rejected": False,
    }
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        return row | {"outcome": "survived", "sentence": f"{row['sentence']}; not refuted within {SECONDS} s"}
    if done.returncode:
        raise RuntimeError(f"{name}: {done.stderr[-2000:]}")
    return row | json.loads(done.stdout)


def outcome_of(edit: RecordEdit) -> dict[str, Any]:
    """Put a wrong record in its place and return what comes of it."""
    try:
        right = edit.put()
    except RecordError:
        return {"outcome": "does not import"}
    record = next(r for r in _records() if r.name == edit.operator)
    for guard, fails in _guards(record):
        if fails:
            return {"outcome": "rejected", "rejected": True, "by": {guard: 1}, "cases": 1}
    shown = equal_on_small_calls(record, right)
    return {"outcome": "equivalent" if shown else "survived", "shown": shown}


def _records() -> tuple[OperatorSpec, ...]:
    from convoracle.spec import OPERATORS

    return OPERATORS


def _guards(record: OperatorSpec) -> Iterator[tuple[str, bool]]:
    """Yield the guards of a record and whether each fails, the cheap ones first."""
    yield "worked example", not _holds(lambda: example_holds(record))
    if has_second(record):
        yield "second definition", not _holds(lambda: disagreement(record) is None)
    for law in LAWS:
        if speaks_of(law, record):
            yield f"proof: {law.name}", not _holds(lambda law=law: prove(law).holds)


def _holds(check: Any) -> bool:
    """Whether a check comes out true; one that breaks down does not, as a wrong record may have no value, or no form."""
    try:
        return bool(check())
    except Exception:
        return False


def speaks_of(law: Law, record: OperatorSpec) -> bool:
    """Whether a law is about a record, as its operator or as another one in it."""
    assert is_dataclass(law)
    values = [getattr(law, field.name) for field in fields(law)]
    inner = [v for value in values if isinstance(value, dict) for v in value.values()]
    return any(value is record for value in (*values, *inner))


def equal_on_small_calls(record: OperatorSpec, right: OperatorSpec) -> str:
    """Return in words that two records give the same shapes and values on small calls; nothing where they do not."""
    count = 0
    for arrays, options in some_calls(record)[:CALLS]:
        try:
            here, there = (bind(r, {n: a.shape for n, a in arrays.items()}, options) for r in (record, right))
        except (ValueError, TypeError):
            continue
        if here.output_shapes != there.output_shapes or not _same(here, there, arrays):
            return ""
        count += 1
    return f"equal on {count} small calls"


def _same(here: Configuration, there: Configuration, arrays: dict[str, np.ndarray]) -> bool:
    try:
        return _values(here, arrays) == _values(there, arrays)
    except Exception:  # a wrong definition may read where nothing is
        return False


def _values(configuration: Configuration, arrays: dict[str, np.ndarray]) -> list[Any]:
    """Return the outputs on small integers, exactly where the record takes them."""
    indices = configuration.record.index_inputs
    whole = {
        name: a if name in indices else np.rint(3 * np.nan_to_num(a.real)).astype(int) for name, a in arrays.items()
    }
    if "integer" in configuration.record.numbers:
        return [output.tolist() for output in integer_outputs(configuration, whole)]
    floats = {name: a if name in indices else a.astype(np.float64) for name, a in whole.items()}
    return [_plain(output) for output in enclose(configuration, floats, Arithmetic(BINARY64))]


def _plain(output: Any) -> Any:
    """Return the midpoints of an enclosure, to the digits of a float."""
    if isinstance(output, tuple):
        return [_plain(part) for part in output]
    return output.tolist() if isinstance(output, np.ndarray) else [str(float(value)) for value in output.values]


if __name__ == "__main__":
    print(json.dumps(outcome_of(record_edit(sys.argv[1]))))
