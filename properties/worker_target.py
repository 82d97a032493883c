"""What a target names, imported in the worker: the callable for each operator and what it declares."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Callable, Mapping
from operator import attrgetter
from pathlib import Path
from typing import Any

from .exchange import exchanged

Function = Callable[..., Any]

LOADERS = {"adapter": "convoracle.impl.backends:load", "mutant": "convoracle.impl.mutants:load_mutant"}
"""Prefix of a target -> the function that returns a subject (something with ``operators``) by name."""

MARK = "__convoracle__"
"""Attribute of a function that declares something: operator -> `convoracle.impl.backends.subject.Implementation`."""


class Target:
    """The functions of a subject.

    Parameters
    ----------
    name : str
        "module:function", "file.py:function", "adapter:NAME" or "mutant:NAME".
    array : str or None
        The library whose arrays the functions take and return, where they do not declare it themselves.

    Attributes
    ----------
    declared : mapping of str to Implementation
        What is declared of each operator; empty for a function that declares nothing and is called for any operator.
    """

    def __init__(self, name: str, array: str | None = None) -> None:
        self.name, self.array = name, array
        head, _, tail = name.rpartition(":")
        if not head or not tail:
            raise ValueError(f"a target is module:function, file.py:function or adapter:NAME, got {name!r}")
        self.declared: Mapping[str, Any]
        if head in LOADERS:
            self.declared = _attribute(LOADERS[head])(tail).operators
            self._only = None
        else:
            self._only = _function(name)
            self.declared = getattr(self._only, MARK, {})
        functions = {operator: each.function for operator, each in self.declared.items()} or {None: self._only}
        self._functions = {key: exchanged(function, self._array(key)) for key, function in functions.items()}

    def _array(self, operator: str | None) -> str | None:
        return self.array or getattr(self.declared.get(operator or ""), "array", None)

    def function_of(self, operator: str | None) -> Function:
        """Return what is called for an operator.

        Raises
        ------
        KeyError
            If the subject declares its operators and this is none of them.
        """
        if self._only is not None and operator not in self._functions:
            operator = next(iter(self._functions))  # one function, whatever it is called for
        return self._functions[operator]

    def declarations(self) -> dict[str, dict[str, Any]]:
        """Return what is declared of each operator as plain data, by the names of `convoracle.properties.subject.Judged`."""
        return {operator: self._declaration(operator, each) for operator, each in self.declared.items()}

    def _declaration(self, operator: str, each: Any) -> dict[str, Any]:
        return {
            "algorithm": each.algorithm,
            "accumulator": each.accumulator,
            "ulps": each.ulps,
            "conventions": dict(each.conventions),
            "array": self._array(operator),
            "reference": reference(self.name, each.function) if self._only is None else self.name,
            "limits": each.limits is not None,
            "written": each.written is not None,
        }


def reference(adapter: str, function: Function) -> str:
    """Return where a script finds a function: in its module, or in the adapter where it is made."""
    path = f"{function.__module__}:{function.__qualname__}"
    return adapter if "<" in path else path


def _function(target: str) -> Function:
    function = _attribute(target)
    if not callable(function):
        raise TypeError(f"{target} is not callable but {type(function).__name__}")
    return function


def _attribute(target: str) -> Any:
    head, _, tail = target.rpartition(":")
    module = _import_file(Path(head)) if head.endswith(".py") else importlib.import_module(head)
    return attrgetter(tail)(module)


def _import_file(path: Path) -> Any:
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {path}")
    sys.path.append(str(path.resolve().parent))  # at the end: a file called signal.py must not hide the standard one
    spec = importlib.util.spec_from_file_location(path.stem, path.resolve())
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules.setdefault(path.stem, module)
    spec.loader.exec_module(module)
    return module
