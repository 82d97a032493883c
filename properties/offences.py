"""Calls that break one rule of a record and are legal but for that, derived from legal ones."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from convoracle.spec.configuration import IllegalCallError, bind
from convoracle.spec.records import OperatorSpec, Parameter, Real

from .case import Case, canonical_options


@dataclass(frozen=True)
class Offence:
    """A call that breaks one rule: shapes and options, or one `entry` (input, value) of its data, and the rule it breaks."""

    record: OperatorSpec
    shapes: Mapping[str, tuple[int, ...]]
    options: Mapping[str, Any]
    rule: str
    entry: tuple[str, int] | None = None


def offences(case: Case) -> list[Offence]:
    """Return calls that differ little from a legal one and break exactly what they name.

    Each is confirmed by the record: a call that `bind` accepts is no offence and is left out.
    """
    return [*(o for o in map(_confirmed, _candidates(case)) if o is not None), *_wrong_entries(case)]


def _wrong_entries(case: Case) -> Iterator[Offence]:
    """Yield calls with an index that points nowhere, and that its dtype holds."""
    for name, domain in case.domains.items():
        if domain.below is not None and 0 not in case.shapes[name]:
            holds = np.iinfo(case.dtypes[name])
            for value in (domain.below, -1):
                if holds.min <= value <= holds.max:
                    yield Offence(case.record, case.shapes, case.options, f"{name}_in_range", (name, value))


def _confirmed(offence: Offence) -> Offence | None:
    try:
        bind(offence.record, offence.shapes, offence.options)
    except (IllegalCallError, TypeError) as error:
        return replace(offence, rule=getattr(error, "code", offence.rule))
    return None


def _candidates(case: Case) -> list[Offence]:
    """Return calls with one option or one axis changed, or nothing to pad; some are legal all the same."""
    found = [Offence(case.record, case.shapes, o, keyword) for keyword, o in _other_options(case)]
    found += [Offence(case.record, s, case.options, what) for what, s in _other_shapes(case)]
    return found + [Offence(case.record, s, o, "padding of nothing") for s, o in _nothing_padded(case)]


def _other_options(case: Case) -> Iterator[tuple[str, dict[str, Any]]]:
    full = canonical_options(case.record, case.configuration.values, case.configuration.words)
    for parameter in case.record.parameters:
        keyword = parameter.keyword
        wrong: list[Any] = ["bogus"]
        if isinstance(parameter, Real):
            wrong += [float("nan"), float("inf"), *(() if parameter.least is None else (parameter.least - 1.0,))]
        if isinstance(parameter, Parameter):
            entries = (full[keyword],) if parameter.scalar else full[keyword]
            entries = tuple(parameter.least if entry is None else entry for entry in entries)
            changed = [
                (*entries[:k], v, *entries[k + 1 :])
                for k, entry in enumerate(entries)
                for v in _other_entries(entry, parameter.least)
            ]
            wrong += [entry for (entry,) in changed] if parameter.scalar else changed
            wrong.append(parameter.least + 0.5)
            if not parameter.scalar:  # with any number of axes no number of entries is too large, but none is too few
                wrong.append(() if case.record.more_axes else (1,) * (len(entries) + 1))
        yield from ((keyword, {**case.options, keyword: value}) for value in wrong)


def _other_entries(entry: Any, least: int) -> Iterator[Any]:
    """Yield an entry too small and too large, on each side of a pair."""
    if isinstance(entry, tuple):
        before, after = entry
        yield from ((least - 1, after), (before, least - 1), (before + 7, after), (before, after + 7))
    else:
        yield from (least - 1, least, entry + 7)


def _nothing_padded(case: Case) -> Iterator[tuple[dict[str, tuple[int, ...]], dict[str, Any]]]:
    """Yield calls in which one axis is empty, or of the least size, and the padding is wide enough for every window."""
    full = canonical_options(case.record, case.configuration.values, case.configuration.words)
    if "padding" not in full:
        return
    wide = {**case.options, "padding": tuple((p + 12, q + 12) for p, q in full["padding"])}
    for name, shape in case.shapes.items():
        for axis in range(2, len(shape)):
            yield {**case.shapes, name: (*shape[:axis], 0, *shape[axis + 1 :])}, wide
    for axis, _ in enumerate(full.get("input_size", ())):
        sizes = full["input_size"]
        yield dict(case.shapes), {**wide, "input_size": (*sizes[:axis], 0, *sizes[axis + 1 :])}


def _other_shapes(case: Case) -> Iterator[tuple[str, dict[str, tuple[int, ...]]]]:
    """Yield shapes with an axis too many, or one axis longer, shorter, or as short as it takes to be illegal."""
    most = len(case.record.inputs[0].axes)
    for name, shape in case.shapes.items():
        longer = (1,) * (1 if case.record.batched else most + 1 - len(shape))
        if not has_further_axes(case.record, name):
            yield f"rank of {name}", {**case.shapes, name: (*longer, *shape)}
        for axis, length in enumerate(shape):
            for other in (length + 1, *range(length - 1, -1, -1)):
                yield f"axis {axis} of {name}", {**case.shapes, name: (*shape[:axis], other, *shape[axis + 1 :])}


def has_further_axes(record: OperatorSpec, name: str) -> bool:
    """Whether an input may have more axes than its record writes: a batch has them, the filters of a bank do not."""
    leading = record.more_axes == "leading"
    return bool(record.more_axes) and not (leading and record.array(name).axes[0] != record.inputs[0].axes[0])
