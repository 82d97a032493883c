"""Subjects of other people: functions marked with what they declare, and packages that offer them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType
from typing import Any, TypeVar

from convoracle.impl.backends.subject import Implementation, Subject

GROUP = "convoracle.subjects"
"""Entry points of this group name subjects: a module with marked functions, one such function, or a `Subject`."""

MARK = "__convoracle__"
"""Attribute of a marked function: operator -> `Implementation`."""

Function = TypeVar("Function", bound=Callable[..., Any])


def implements(*operators: str, **declared: Any) -> Callable[[Function], Function]:
    """Declare that a function implements operators, and how it is to be judged.

    Parameters
    ----------
    *operators : str
        Names of records, such as ``"conv2d"``. The function is called as the public function of each of them.
    **declared
        `algorithm`, `accumulator`, `ulps`, `conventions`, `limits`, `written` and `array` of
        `convoracle.impl.backends.subject.Implementation`.

    Returns
    -------
    callable
        The decorator; the function itself stays as it is, with a mark.

    Raises
    ------
    TypeError
        If no operator is named, or something else is declared.

    Examples
    --------
    >>> import numpy as np
    >>> @implements("convolve", conventions={"same_centre": "longer", "valid_order": "swapped"})
    ... def mine(x, h, *, mode="full"):
    ...     return np.convolve(x, h, mode)
    >>> mine([1, 2], [1, 1]).tolist()
    [1, 3, 2]
    """
    if not operators or not all(isinstance(name, str) for name in operators):
        raise TypeError('implements: name the operators, as in @implements("conv2d")')

    def mark(function: Function) -> Function:
        implementation = Implementation(function=function, **declared)
        setattr(function, MARK, {**getattr(function, MARK, {}), **dict.fromkeys(operators, implementation)})
        return function

    return mark


def installed() -> dict[str, EntryPoint]:
    """Return the entry points of installed packages that offer subjects, by the names of the subjects.

    Raises
    ------
    ValueError
        If two packages offer a subject of one name.
    """
    found: dict[str, EntryPoint] = {}
    for entry in entry_points(group=GROUP):
        if entry.name in found:
            raise ValueError(
                f"two packages offer a subject {entry.name!r}: {found[entry.name].value} and {entry.value}"
            )
        found[entry.name] = entry
    return found


def load_installed(entry: EntryPoint) -> Subject:
    """Import what an entry point names, and return it as a subject of that name.

    Raises
    ------
    ValueError
        If nothing there is marked, or two functions of a module implement one operator.
    """
    found = entry.load()
    if isinstance(found, Subject):
        return replace(found, name=entry.name)
    version = entry.dist.version if entry.dist is not None else "unknown"
    return Subject(name=entry.name, version=version, operators=_marked(found, entry))


def _marked(found: Any, entry: EntryPoint) -> Mapping[str, Implementation]:
    """Return the implementations that the functions of a module declare, or one function."""
    operators: dict[str, Implementation] = {}
    for implementations in _marks(found):
        if twice := operators.keys() & implementations.keys():
            raise ValueError(
                f"subject {entry.name!r}: two functions of {entry.value} implement {', '.join(sorted(twice))}"
            )
        operators.update(implementations)
    if not operators:
        raise ValueError(f"subject {entry.name!r}: no function of {entry.value} is marked by @implements(...)")
    return operators


def _marks(found: Any) -> Iterator[Mapping[str, Implementation]]:
    """Yield the mark of each function once, whatever names a module has for it."""
    functions = vars(found).values() if isinstance(found, ModuleType) else (found,)
    marked = {id(function): vars(function)[MARK] for function in functions if MARK in getattr(function, "__dict__", {})}
    yield from marked.values()
