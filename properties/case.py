"""A case: one configuration with its data families, for any subject, and cases made from it."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from convoracle.spec.code import number
from convoracle.spec.configuration import Configuration, IllegalCallError, bind, derived_letters
from convoracle.spec.convolution import CONVOLUTIONS
from convoracle.spec.records import Choice, OperatorSpec, Parameter, Real
from convoracle.spec.symbols import axes
from convoracle.spec.winograd import TAPS

from .families import Domain


@dataclass(frozen=True)
class Case:
    """One configuration with its data families, for any subject."""

    configuration: Configuration
    shapes: Mapping[str, tuple[int, ...]]
    options: Mapping[str, Any]
    dtypes: Mapping[str, str]
    layouts: Mapping[str, str]
    families: tuple[str, ...]
    seed: int

    @property
    def record(self) -> OperatorSpec:
        return self.configuration.record

    @property
    def domains(self) -> dict[str, Domain]:
        """What the entries of some inputs are confined to."""
        inputs = [a for a in self.record.inputs if a.below is not None or a.least is not None]
        values = self.configuration.values
        return {a.name: Domain(None if a.below is None else number(a.below, values), a.least) for a in inputs}

    @property
    def number_dtypes(self) -> tuple[str, ...]:
        """The dtypes of the inputs that hold numbers."""
        return tuple(dtype for name, dtype in self.dtypes.items() if name not in self.record.index_inputs)

    def describe(self) -> dict[str, Any]:
        """Return the case as plain data."""
        return {
            "shapes": {name: list(shape) for name, shape in self.shapes.items()},
            "dtypes": dict(self.dtypes),
            "options": dict(self.options),
            "layouts": dict(self.layouts),
            "seed": self.seed,
        }


def in_words(case: Case) -> Iterator[Case]:
    """Yield the case with every word for its padding, such as "same", that the record knows and the call stays legal with."""
    padding = next((p for p in case.record.parameters if p.keyword == "padding" and isinstance(p, Parameter)), None)
    for word in padding.named if padding is not None else ():
        options = {**case.options, "padding": word}
        with suppress(IllegalCallError):
            yield replace(case, configuration=bind(case.record, case.shapes, options), options=options)


def neighbours(case: Case) -> Iterator[Case]:
    """Yield legal calls on the same operands with one option changed, all options written out."""
    values, words = case.configuration.values, case.configuration.words
    full = canonical_options(case.record, values, words)
    for parameter in case.record.parameters:
        for value in _others(parameter, full[parameter.keyword]):
            options = {**full, parameter.keyword: value}
            with suppress(IllegalCallError, TypeError):
                yield replace(case, configuration=bind(case.record, case.shapes, options), options=options)


def _others(parameter: Any, value: Any) -> Iterator[Any]:
    """Yield other values of an option, legal or not."""
    if isinstance(parameter, Choice):
        yield from (word for word in parameter.options if word != value)
    elif isinstance(parameter, Real):
        yield value + 0.5
    elif value is not None:
        yield from (_moved(value, step) for step in (1, -1))


def _moved(value: Any, step: int) -> Any:
    """Return an integer, or every integer of nested tuples, plus a step."""
    return tuple(_moved(entry, step) for entry in value) if isinstance(value, tuple) else value + step


def plainest(case: Case) -> Case:
    """Return a convolution layer as fast algorithms demand it: three taps that move by one, one group, zeros around."""
    if case.record not in CONVOLUTIONS:
        return case
    values = {**case.configuration.values, "G": 1}
    for a in axes(case.record.dims):
        least = TAPS if case.record.dims > 2 else 2 * TAPS
        values |= {a.k.name: TAPS, a.s.name: 1, a.d.name: 1, a.n.name: max(least, values[a.n.name])}
    return rebuilt(case, values, {**case.configuration.words, "padding_mode": "zeros"})


def in_float32(case: Case) -> Case:
    """Return the case with all numbers in float32, the dtype of which other formats are mostly sold as."""
    return replace(case, dtypes={n: d if n in case.record.index_inputs else "float32" for n, d in case.dtypes.items()})


def rebuilt(case: Case, values: Mapping[str, int], words: Mapping[str, str], *, without: tuple[str, ...] = ()) -> Case:
    """Return the case with other values of its symbols, its shapes and options written out anew.

    Raises
    ------
    IllegalCallError
        If the record gives the new call no value.
    """
    record = case.record
    values = {**values, **derived_letters(record, words, values)}
    shapes = {}
    for name, old in case.shapes.items():
        if name not in without:
            whole = tuple(number(axis, values) for axis in record.array(name).axes)
            shapes[name] = whole[len(whole) - len(old) :]
    options = canonical_options(record, values, words)
    dtypes, layouts = ({name: of[name] for name in shapes} for of in (case.dtypes, case.layouts))
    configuration = bind(record, shapes, options)
    return replace(case, configuration=configuration, shapes=shapes, options=options, dtypes=dtypes, layouts=layouts)


def canonical_options(record: OperatorSpec, values: Mapping[str, int], words: Mapping[str, str]) -> dict[str, Any]:
    """Return every option of a record, written out in full for the values of its symbols."""
    options: dict[str, Any] = {}
    for parameter in record.parameters:
        if isinstance(parameter, Choice):
            options[parameter.keyword] = words.get(parameter.keyword, parameter.default)
        elif isinstance(parameter, Real):
            options[parameter.keyword] = values[parameter.symbol.name]
        elif None in parameter.named and any(values[s.name] < parameter.least for s in parameter.flat):
            options[parameter.keyword] = None
        else:
            entries = tuple(
                tuple(values[s.name] for s in e) if isinstance(e, tuple) else values[e.name] for e in parameter.symbols
            )
            options[parameter.keyword] = entries[0] if parameter.scalar else entries
    return options
