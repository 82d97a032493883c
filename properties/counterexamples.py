"""Failing cases as plain data, so that they can be kept as text and judged again first."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from convoracle.spec.configuration import bind
from convoracle.spec.records import OperatorSpec

from .case import Case
from .families import FAMILIES
from .layouts import LAYOUTS

FIELDS = ("law", "cause", "shapes", "dtypes", "options", "layouts", "families", "seed")


def written(law: str, cause: str, case: Case) -> dict[str, Any]:
    """Return a failing case as plain data: the law that it breaks, and the law whose smallest failing case it is."""
    return {"law": law, "cause": cause, **case.describe(), "families": list(case.families)}


def read(record: OperatorSpec, data: Any) -> tuple[str, str, Case]:
    """Return law, cause and case of what `written` returned, perhaps by way of a text.

    Raises
    ------
    ValueError
        If it is not of that form, or the record gives the call no value; the message says which.
    """
    if not isinstance(data, Mapping) or set(data) != set(FIELDS):
        raise ValueError(f"a failing case has the fields {', '.join(FIELDS)}")
    try:
        return str(data["law"]), str(data["cause"]), _case(record, data)
    except (TypeError, KeyError, AttributeError, OverflowError) as error:
        raise ValueError(f"not a call of {record.name}: {error}") from error


def _case(record: OperatorSpec, data: Mapping[str, Any]) -> Case:
    shapes = {name: tuple(map(int, shape)) for name, shape in data["shapes"].items()}
    options = {keyword: _tupled(value) for keyword, value in data["options"].items()}
    names = [array.name for array in record.inputs if array.name in shapes]
    dtypes = {name: str(np.dtype(data["dtypes"][name])) for name in names}
    layouts = {name: _known(data["layouts"][name], LAYOUTS) for name in names}
    families = tuple(_known(family, FAMILIES) for family in data["families"])
    configuration = bind(record, shapes, options)
    return Case(configuration, {name: shapes[name] for name in names}, options, dtypes, layouts, families, _seed(data))


def _known(word: Any, words: tuple[str, ...]) -> str:
    if word not in words:
        raise ValueError(f"{word!r} is none of {', '.join(words)}")
    return str(word)


def _seed(data: Mapping[str, Any]) -> int:
    if not isinstance(data["seed"], int) or data["seed"] < 0:
        raise ValueError(f"a seed is an integer from 0 on, got {data['seed']!r}")
    return data["seed"]


def _tupled(value: Any) -> Any:
    return tuple(map(_tupled, value)) if isinstance(value, list | tuple) else value
