"""Calling a subject: one interface for callables in this process and for workers."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from convoracle.spec.algorithm_classes import EITHER, algorithm_classes
from convoracle.spec.catalog import operator as record_of
from convoracle.spec.code import number
from convoracle.spec.configuration import Configuration
from convoracle.spec.records import OperatorSpec
from convoracle.spec.rounded import CLASSES
from convoracle.spec.rounding import FORMATS, Arithmetic, format_of

from . import families
from .bounds import Rules
from .exchange import exchanged
from .layouts import root
from .worker_target import MARK

Arrays = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Answer:
    """What came back from a call: a value, or an error, crash or timeout with its message; and which inputs changed."""

    kind: str  # "value", "error", "crash", "timeout"
    value: Any = None
    error: str = ""
    message: str = ""
    changed: tuple[Any, ...] = ()
    stale: bool = False  # the call overwrote what the call before returned


Caller = Callable[[list[np.ndarray], dict[str, Any]], Answer]


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A subject on one operator, as the judge sees it.

    Attributes
    ----------
    name : str
        Name of the subject.
    call : callable
        Takes the arrays in the record's order and the options; returns an `Answer`.
    others : callable
        Returns another operator of the same subject as it is judged, or None.
    limits : callable or None
        What the subject declares not to support, see `convoracle.impl.backends.subject.Implementation`.
    ulps : float
        Accuracy class of its elementary functions, in units in the last place.
    written : callable or None
        Writes a call in the words of a library, see there.
    array : str or None
        Library whose arrays it takes and returns; `call` takes NumPy's all the same.
    reference : str
        Where a script finds the function.
    """

    name: str
    record: OperatorSpec
    call: Caller
    algorithm: str = "direct"
    accumulator: str | None = None
    ulps: float = 4.0
    conventions: Mapping[str, str] = field(default_factory=dict)
    limits: Callable[..., str | None] | None = None
    written: Callable[..., Sequence[str] | None] | None = None
    others: "Callable[[str], Judged | None]" = lambda name: None
    array: str | None = None
    reference: str = ""

    def __post_init__(self) -> None:
        known = {convention.name: convention for convention in self.record.conventions}
        for name, answer in self.conventions.items():
            if name not in known:
                raise ValueError(
                    f"{self.name}: {self.record.name} has no convention {name!r}, there are {', '.join(known)}"
                )
            if answer not in known[name].answers:
                options = ", ".join(known[name].answers)
                raise ValueError(f"{self.name}: convention {name} knows {options}, got {answer!r}")
        algorithms = algorithm_classes(self.record)
        chosen = [self.algorithm] if self.record.sums_products else self.algorithm.split(EITHER)
        if not set(chosen) <= set(algorithms):
            names = " or ".join(map(repr, algorithms))
            raise ValueError(f"{self.name}: algorithm must be {names}, got {self.algorithm!r}")
        if self.ulps not in CLASSES:
            raise ValueError(f"{self.name}: ulps must be one of {', '.join(map(str, CLASSES))}, got {self.ulps}")
        if self.accumulator is not None and self.accumulator not in FORMATS:
            raise ValueError(f"{self.name}: accumulator must be one of {', '.join(FORMATS)}, got {self.accumulator!r}")

    def rules(self, dtype: np.dtype) -> Rules:
        """Return how results of a dtype are judged."""
        accumulator = FORMATS[self.accumulator] if self.accumulator else None
        flushed = self.conventions.get("subnormals") == "flushed"
        return Rules(
            Arithmetic(format_of(dtype), accumulator=accumulator, flushed=flushed),
            self.algorithm,
            self.conventions,
            self.ulps,
        )

    def answer(self, arrays: Arrays, options: Mapping[str, Any]) -> Answer:
        """Call the subject; arrays by name, absent ones left out."""
        names = [array.name for array in self.record.inputs if array.name in arrays]
        answer = self.call([arrays[name] for name in names], dict(options))
        return replace(answer, changed=tuple(names[position] for position in answer.changed))

    def unsupported(
        self, configuration: Configuration, arrays: Mapping[str, tuple[tuple[int, ...], str]], options: Any
    ) -> str | None:
        """Return why a legal call is not judged: a declared limit, or values that differ by a declared convention.

        `arrays` holds (shape, dtype) by input name.
        """
        for convention in self.record.conventions:
            answer = self.conventions.get(convention.name, convention.ours)
            word, rule = convention.differs.get(answer, ("", False))
            if (word is None or word in configuration.words.values()) and number(rule, configuration.values):
                return f"{convention.name}={answer} gives other values where {rule}"
        if self.limits is None:
            return None
        return self.limits({n: s for n, (s, _) in arrays.items()}, {n: d for n, (_, d) in arrays.items()}, options)

    def spared(self, family: str) -> bool:
        """Whether a convention of the subject gives other values than the record's on a family of data.

        Bounds of sums of products allow for operands flushed to zero; those of other definitions for results only.
        """
        if family == "subnormal" and self.conventions.get("subnormals") == "flushed" and not self.record.sums_products:
            return True
        kinds = [c.data.get(self.conventions.get(c.name, c.ours)) for c in self.record.conventions]
        return any(family in families.KINDS[kind] for kind in kinds if kind)

    def drawn_for(self, family: str) -> str | None:
        """Return the family to draw where one is asked for: without NaN where only NaN is answered otherwise; None for none."""
        wanted = (family, "infinite") if family == "special" else (family,)
        return next((one for one in wanted if not self.spared(one)), None)

    def excused(self, rule: str) -> bool:
        """Whether a convention of the subject lets it accept a call that breaks `rule`."""
        for convention in self.record.conventions:
            answer = self.conventions.get(convention.name)
            if answer and any(rule.startswith(code) for code in convention.excuses.get(answer, ())):
                return True
        return False


def declared_of(implementation: Any, operator: str) -> Judged:
    """Return what a `convoracle.impl.backends.subject.Implementation` declares of an operator, to be called in this process."""
    return Judged(
        name=operator,
        record=record_of(operator),
        call=in_process(exchanged(implementation.function, implementation.array)),
        algorithm=implementation.algorithm,
        accumulator=implementation.accumulator,
        ulps=implementation.ulps,
        conventions=dict(implementation.conventions),
        limits=implementation.limits,
        written=implementation.written,
        array=implementation.array,
    )


def judged_callable(function: Callable[..., Any], operator: str | None, array: str | None = None) -> Judged:
    """Return a callable, to be called in this process, as it is judged on an operator; what it declares counts."""
    target, declared = target_of(function), getattr(function, MARK, {})
    operator = chosen_operator(operator, declared, target)
    if operator in declared:
        judged = declared_of(declared[operator], operator)
    else:
        judged = Judged(name=target, record=record_of(operator), call=in_process(function))
    if array is not None:
        judged = replace(judged, call=in_process(exchanged(function, array)), array=array)
    return replace(
        judged,
        name=target,
        others=lambda other: judged_callable(function, other, array) if other in declared else None,
        reference=target,
    )


def target_of(function: Callable[..., Any]) -> str:
    """Return module and name of a function."""
    return f"{getattr(function, '__module__', '?')}:{getattr(function, '__qualname__', repr(function))}"


def chosen_operator(operator: str | None, declared: Mapping[str, Any], target: str) -> str:
    """Return the operator asked for, or the only one that a subject declares.

    Raises
    ------
    ValueError
        If the operator is not among those declared, or none is asked for and not exactly one is declared.
    """
    if operator is None and len(declared) == 1:
        return next(iter(declared))
    if operator is None:
        raise ValueError(f"check: which operator? {target} declares {', '.join(declared) or 'none'}")
    if declared and operator not in declared:
        raise ValueError(f"check: {target} declares {', '.join(declared)}, not {operator}")
    return operator


def in_process(function: Callable[..., Any]) -> Caller:
    """Return a caller that runs `function` here; exceptions and changed inputs are reported, not raised, and changes undone."""

    def call(arrays: list[np.ndarray], options: dict[str, Any]) -> Answer:
        before = [root(array).tobytes() for array in arrays]
        try:
            with warnings.catch_warnings(), np.errstate(all="warn"):  # the caller's filters must not change the verdict
                warnings.simplefilter("ignore")
                value = function(*arrays, **options)
        except Exception as error:  # a subject may raise anything; the judge decides what it means
            answer = Answer("error", error=type(error).__name__, message=str(error))
        else:
            answer = Answer("value", value=value)
        changed = _changed(arrays, before)
        if changed:  # a result may be one of the inputs
            answer = replace(answer, value=copied(answer.value))
        return replace(answer, changed=_undone(arrays, before, changed))

    return call


def copied(value: Any) -> Any:
    """Return a copy of an array, or of every array of a tuple; anything else as it is."""
    if isinstance(value, tuple):
        return tuple(map(copied, value))
    return value.copy() if isinstance(value, np.ndarray) else value


def _changed(arrays: list[np.ndarray], before: list[bytes]) -> tuple[int, ...]:
    return tuple(i for i, (array, old) in enumerate(zip(arrays, before, strict=True)) if root(array).tobytes() != old)


def _undone(arrays: list[np.ndarray], before: list[bytes], changed: tuple[int, ...]) -> tuple[int, ...]:
    """Put back what was in the arrays that changed, so that one fault does not look like many."""
    for position in changed:
        home = root(arrays[position])
        home.setflags(write=True)
        home[...] = np.frombuffer(before[position], home.dtype).reshape(home.shape)
    return changed
