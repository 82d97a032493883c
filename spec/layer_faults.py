"""Wrong definitions of layers that are more than sums of products, to say what a wrong implementation does.

A fault edits the stages of a record: it keeps the shapes of the outputs and changes what they hold. Its value is enclosed as
that of the right definition is, so an answer looks like the fault where it lies within the fault's own rounding bound.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from flint import arb
from sympy import Indexed, Integer, Lambda, Rational, Sum, Symbol

from .activation_faults import ACTIVATION_FAULTS, SOFTMAX_FAULTS
from .configuration import Configuration
from .enclosure import Enclosure, enclose_stages
from .fourier_faults import FOURIER_FAULTS
from .functions import Maximum
from .normalization_faults import NORMALIZATION_FAULTS
from .pooling_faults import pooling_faults
from .records import OperatorSpec, Parameter, bound
from .relations import words_of
from .rounded import CLASSES
from .rounding import BINARY64, Arithmetic
from .scattering_faults import SCATTERING_FAULTS
from .selections import UnorderedError
from .solid_harmonic_faults import SOLID_HARMONIC_FAULTS
from .stage_edits import Edit, Stages, each_value, put, put_everywhere, read_as, read_at, redefined
from .symbols import c, i
from .wavelet_faults import WAVELET_FAULTS

NAMED: Mapping[str, Mapping[str, Edit]] = {
    **ACTIVATION_FAULTS,
    **SOFTMAX_FAULTS,
    **NORMALIZATION_FAULTS,
    **SCATTERING_FAULTS,
    **SOLID_HARMONIC_FAULTS,
    **FOURIER_FAULTS,
    **WAVELET_FAULTS,
}
DOUBLE = Arithmetic(BINARY64)
Outputs = tuple[np.ndarray, ...]


@dataclass(frozen=True)
class LayerFault:
    """A wrong definition: the sentence "as if ..." and the edit of the stages."""

    sentence: str
    edit: Edit


@dataclass(frozen=True)
class Trial:
    """One call of a subject: small integers, and its results in the shapes of the record."""

    arrays: Mapping[str, np.ndarray]
    outputs: Outputs


@lru_cache
def faults_of(record: OperatorSpec) -> tuple[LayerFault, ...]:
    """Return the faults that change the definition of a record, no two with the same sentence."""
    faults = (LayerFault(f"as if {clause}", edit) for clause, edit in dict(_clauses(record)).items())
    return tuple(fault for fault in faults if _changes(record, fault.edit(record.definition)))


def _changes(record: OperatorSpec, stages: Stages) -> bool:
    """Whether stages are other than the definition, and read nothing that the call gives no value to."""
    return stages != record.definition and _read(stages) <= _letters(record)


def _clauses(record: OperatorSpec) -> Iterator[tuple[str, Edit]]:
    if "pool" in record.name:
        yield from pooling_faults(record)
    yield from NAMED.get(record.name, {}).items()
    yield from _options(record)
    yield from _inputs(record)
    yield "the result had the other sign", redefined(record.output.name, lambda value: -value)


def _options(record: OperatorSpec) -> Iterator[tuple[str, Edit]]:
    """Yield the faults of options that are not looked at."""
    for option in record.reals:
        yield f"{option.keyword} were 0", put({option.symbol: Integer(0)})
        if option.default:
            yield f"{option.keyword} had its default", put({option.symbol: Rational(option.default)})
    for parameter in record.parameters:
        if isinstance(parameter, Parameter) and parameter.scalar and None in parameter.named:
            values = dict(zip(parameter.flat, parameter.named[None], strict=True))
            yield f"{parameter.keyword} were not given", put(values)


def _inputs(record: OperatorSpec) -> Iterator[tuple[str, Edit]]:
    """Yield the faults of inputs that are not looked at, or at the first item or channel only."""
    for source in record.inputs:
        if source.optional:
            yield f"there were no {source.name}", read_as(source.name, Integer(source.absent))
        for letter, what in ((i, "batch element"), (c, "channel")):
            clause = f"{source.name} were read at the first {what} only"
            yield clause, read_at(source.name, letter, Integer(0))


def _read(stages: Stages) -> set[Any]:
    """Return the letters that stages read and do not run over, without the names of arrays."""
    found: set[Any] = set()
    for stage in stages:
        names = {entry.base.label for entry in stage.value.atoms(Indexed)}
        over = {limit[0] for reduction in stage.value.atoms(Sum, Maximum) for limit in reduction.limits}
        found |= stage.value.atoms(Symbol) - names - over - set(stage.target.indices)
    return found


@lru_cache
def _letters(record: OperatorSpec) -> set[Any]:
    inputs = {s for a in record.inputs for axis in a.axes for s in axis.free_symbols}
    options = {s for parameter in record.parameters for s in parameter.flat}
    return inputs | options | _read(record.definition)


@dataclass(frozen=True)
class Wrong:
    """Stages that several faults may come to, with the words put in, and the sentences of those faults."""

    stages: Stages
    sentences: tuple[str, ...]


@lru_cache(maxsize=256)
def _wrong(
    record: OperatorSpec, words: tuple[tuple[str, Any], ...], present: tuple[str, ...], algorithm: str
) -> tuple[Wrong, ...]:
    binding: dict[Any, Any] = words_of(record, dict(words))
    functions = {name: meaning for name, meaning in binding.items() if isinstance(meaning, Lambda)}
    letters = {letter: meaning for letter, meaning in binding.items() if letter not in functions}
    absent = {a.name: Integer(a.absent) for a in record.inputs if a.name not in present}

    def said(stages: Stages) -> Stages:
        """Put in what the words mean, and the numbers that absent inputs stand for."""
        gone = {e: absent[str(e.base)] for s in stages for e in s.value.atoms(Indexed) if str(e.base) in absent}
        meant = each_value(lambda value: bound(value, functions))(stages)
        return put_everywhere({**gone, **letters})(meant)

    stages = record.algorithms.get(algorithm, record.definition)
    found: dict[Stages, list[str]] = {}
    for fault in faults_of(record):
        found.setdefault(said(fault.edit(stages)), []).append(fault.sentence)
    found.pop(said(stages), None)
    return tuple(Wrong(wrong, tuple(sentences)) for wrong, sentences in found.items())


def wrong_definitions(configuration: Configuration, algorithm: str = "direct") -> tuple[Wrong, ...]:
    """Return the wrong definitions of a call that are other than the right one, each once."""
    return _wrong(configuration.record, tuple(configuration.words.items()), configuration.present, algorithm)


def values_of(
    configuration: Configuration, stages: Stages, arrays: Mapping[str, np.ndarray], arithmetic: Arithmetic = DOUBLE
) -> list[Any]:
    """Return the enclosures (or the integers) of stages that stand in place of a definition, on small integers."""
    whole = {name: v if v.dtype.kind == "c" else np.rint(v).astype(np.int64) for name, v in arrays.items()}
    return enclose_stages(configuration, stages, whole, arithmetic)


def reproduces(configuration: Configuration, stages: Stages, trial: Trial, arithmetic: Arithmetic = DOUBLE) -> bool:
    """Whether the results of a call lie within the rounding bound of stages; never where those order complex numbers."""
    try:
        found = values_of(configuration, stages, trial.arrays, arithmetic)
    except UnorderedError:
        return False
    return all(_agrees(value, got) for value, got in zip(found, trial.outputs, strict=True))


def _agrees(value: Any, got: np.ndarray) -> bool:
    if isinstance(value, tuple):
        return all(_agrees(part, plane) for part, plane in zip(value, (got.real, got.imag), strict=True))
    if isinstance(value, Enclosure):
        bounds = value.bounds[len(CLASSES) - 1].tolist()
        return not np.iscomplexobj(got) and all(map(_near, got.ravel().tolist(), value.values, bounds))
    return np.array_equal(got, value)


def _near(got: float, value: arb, allowed: float) -> bool:
    if not np.isfinite(got) or not value.is_finite():
        return bool(value.is_nan() and got != got) or bool(value == got)
    return bool(abs(arb(got) - value) <= allowed)


def diagnose(
    configuration: Configuration,
    trials: Sequence[Trial],
    *,
    arithmetic: Arithmetic = DOUBLE,
    algorithm: str = "direct",
) -> list[str]:
    """Return the sentences of the wrong definitions that give the results of all trials, where the right one does not.

    Parameters
    ----------
    configuration : Configuration
        The call.
    trials : sequence of Trial
        Calls with small integers. Faults that show with equal entries only need a trial that has some.
    arithmetic : Arithmetic
        Format of the results and of the operations between.
    algorithm : str
        The algorithm class of the subject; a fault edits its stages.
    """
    right = configuration.algorithm(algorithm)
    agrees = [reproduces(configuration, right, trial, arithmetic) for trial in trials]
    if all(agrees):
        return []
    ordered = [
        trials[k] for k in sorted(range(len(trials)), key=agrees.__getitem__)
    ]  # where the right one differs, wrong ones part soonest
    return [
        sentence
        for wrong in wrong_definitions(configuration, algorithm)
        if all(reproduces(configuration, wrong.stages, trial, arithmetic) for trial in ordered)
        for sentence in wrong.sentences
    ]
