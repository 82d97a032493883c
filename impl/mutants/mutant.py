"""A wrong kernel: an edit of the right one's source, or a wrapper around the right function; run as plain Python."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any, Protocol

import numpy as np

from convoracle.impl.backends import own
from convoracle.impl.backends.subject import Subject

PACKAGE = "convoracle.impl"
SOURCES = Path(__file__).parent.parent

Function = Callable[..., Any]

LAWS = {
    "SIZE": "the shape of the output",
    "DEF": "the values of the definition",
    "LIN": "linearity in each operand",
    "ADJ": "a gradient is the adjoint",
    "BATCH": "batch entries do not mix",
    "GROUP": "channel groups do not mix",
    "NAN": "NaN and infinities appear exactly where a product has one",
    "NEST": "valid is a crop of same is a crop of full",
    "COMM": "convolution commutes, correlation does up to reversal",
    "CONJ": "which operand is conjugated",
    "DTYPE": "the dtype of the output",
    "IDX": "an index is the place of the first maximum of its window",
    "COUNT": "the divisor of an average counts its samples",
    "RANGE": "a maximum is a sample, probabilities sum to one",
    "MASS": "the gradient of a maximum hands on the sum of dy",
    "SHIFT": "a constant added to the input shifts the output or leaves it",
    "CONTR": "outputs are no farther apart than inputs",
    "CHAN": "channels have their own parameters and neighbours",
    "MEAN": "wavelets have zero mean",
    "FRAME": "the energy of a bank's bin is what it should be, at most one",
    "ALIAS": "coarse grids hold periodised spectra",
    "NORM": "squared norms are kept up to the known factor",
    "STABLE": "large inputs overflow only where the result does",
    "PRED": "the error bound of floating point, exactness of integers",
    "STRIDEINV": "views give what copies give",
    "STATELESS": "calls do not influence one another",
    "PURE": "inputs are not written to",
    "ERR": "illegal calls are refused",
    "EMPTY": "empty batches keep their shape",
}
"""The codes of the law that a mutant breaks first."""


class Change(Protocol):
    """A change of one module's source; hashable."""

    @property
    def module(self) -> str:
        """The module of ``convoracle.impl`` that is changed."""

    def applied(self, source: str) -> str:
        """Return the changed source."""


@dataclass(frozen=True)
class Edit:
    """Replace `old`, which occurs exactly once in ``impl/<module>.py``, by `new`."""

    module: str
    old: str
    new: str

    def applied(self, source: str) -> str:
        """Return the edited source; raise ValueError unless the old text occurs exactly once."""
        if source.count(self.old) != 1:
            raise ValueError(f"{self.module}.py: {self.old!r} occurs {source.count(self.old)} times, not once")
        return source.replace(self.old, self.new)

    def lines(self) -> Iterator[tuple[str, str]]:
        """Yield what goes ("-") and what comes ("+"), line by line."""
        yield from (("-", line) for line in self.old.splitlines())
        yield from (("+", line) for line in self.new.splitlines())


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """One wrong kernel.

    Attributes
    ----------
    name : str
    operators : tuple of str
        The operators in which it shows.
    law : str
        The code of the law that should reject it, a key of `LAWS`.
    sentence : str
        What is wrong, and after which issue.
    edits : tuple of Change
        Changes of the right source, ...
    wrapper : callable or None
        ... or the function that makes the wrong function from the right one.
    """

    name: str
    operators: tuple[str, ...]
    law: str
    sentence: str
    edits: tuple[Change, ...] = ()
    wrapper: Callable[[Function], Function] | None = None

    def __post_init__(self) -> None:
        if bool(self.edits) == (self.wrapper is not None):
            raise ValueError(f"mutant {self.name}: either edits or a wrapper")
        if self.law not in LAWS:
            raise ValueError(f"mutant {self.name}: law must be one of {', '.join(LAWS)}, got {self.law!r}")

    @property
    def function(self) -> Function:
        """The wrong function of the first operator, built anew: without the state of earlier calls."""
        return self.function_of(self.operators[0])

    def function_of(self, operator: str) -> Function:
        """Build the wrong function of `operator`."""
        function = plain_function(operator, self.edits)
        return function if self.wrapper is None else self.wrapper(function)

    def subject(self) -> Subject:
        """Return the mutant in the form of a library under judgement."""
        right = own.SUBJECTS[0].operators
        wrong = {name: replace(right[name], function=self.function_of(name)) for name in self.operators}
        return Subject(name=f"mutant:{self.name}", version="0", operators=wrong)


def edited(name: str, operators: str, law: str, sentence: str, module: str, *changes: tuple[str, str]) -> Mutant:
    """Return the mutant that makes `changes` (old text, new text) in one module."""
    edits = tuple(Edit(module, old, new) for old, new in changes)
    return Mutant(name=name, operators=tuple(operators.split()), law=law, sentence=sentence, edits=edits)


def wrapped(name: str, operators: str, law: str, sentence: str, wrapper: Callable[[Function], Function]) -> Mutant:
    """Return the mutant that `wrapper` makes from the right function."""
    return Mutant(name=name, operators=tuple(operators.split()), law=law, sentence=sentence, wrapper=wrapper)


# ---- plain copies of the package ----


def plain_function(operator: str, edits: tuple[Change, ...] = ()) -> Function:
    """Return the public function `operator` of a fresh copy of ``convoracle.impl`` with `edits`, without Numba."""
    return getattr(_Copy(edits).module(PACKAGE), operator)


class _Copy:
    """Modules of ``convoracle.impl`` executed anew, which import one another and not the real ones."""

    def __init__(self, edits: tuple[Change, ...]) -> None:
        self.edits = edits
        self.modules: dict[str, ModuleType] = {}

    def module(self, name: str) -> ModuleType:
        if name not in self.modules:
            module = self.modules[name] = ModuleType(name)
            module.__dict__["__builtins__"] = {**vars(builtins), "__import__": self._import}
            exec(self._code(name), module.__dict__)
            if name == f"{PACKAGE}.compiled":
                _run_plainly(module)
        return self.modules[name]

    def _import(
        self,
        name: str,
        globals: Mapping[str, object] | None = None,
        locals: Mapping[str, object] | None = None,
        fromlist: tuple[str, ...] | None = (),
        level: int = 0,
    ) -> Any:
        if name == PACKAGE or name.startswith(f"{PACKAGE}."):
            return self.module(name)
        return builtins.__import__(name, globals, locals, fromlist or (), level)

    def _code(self, name: str) -> CodeType:
        stem = name.removeprefix(PACKAGE).removeprefix(".") or "__init__"
        edits = tuple(edit for edit in self.edits if edit.module == stem)
        return _compiled(stem, edits)


@cache
def _compiled(stem: str, edits: tuple[Change, ...]) -> CodeType:
    path = SOURCES / f"{stem}.py"
    source = path.read_text(encoding="utf-8")
    for edit in edits:
        source = edit.applied(source)
    return compile(source, str(path), "exec")


PLAIN_TILE = 3
"""How many entries of a row plain copies do together: so few that small calls have rows of several tiles, as long ones have."""


def _run_plainly(compiled: ModuleType) -> None:
    """Let kernels run as the Python that they are written in, on one thread, in short tiles."""

    def for_dtype(kernel: Any, dtype: np.dtype) -> Function:
        return np.errstate(all="ignore")(kernel.body)

    compiled.Kernel.for_dtype = for_dtype
    compiled.PARALLEL_FROM = float("inf")  # type: ignore[attr-defined]
    compiled.TILE = PLAIN_TILE  # type: ignore[attr-defined]
