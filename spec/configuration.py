"""From a call to numbers: bind shapes and options to the symbols of a record, or say which rule the call breaks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sympy import Eq, Expr, Indexed, Symbol, floor, solve

from .code import number
from .records import Array, Choice, OperatorSpec, Parameter, Stage, bound


class IllegalCallError(ValueError):
    """The record gives this call no value; `code` names the rule, `values` the numbers in it."""

    def __init__(self, operator: str, code: str, sentence: str, values: Mapping[str, Any]):
        self.operator, self.code, self.values = operator, code, dict(values)
        numbers = ", ".join(f"{name}={value}" for name, value in values.items())
        super().__init__(f"{operator}: {sentence}" + (f", got {numbers}" if numbers else ""))


@dataclass(frozen=True)
class Configuration:
    """A legal call without its data: the record, a value for every symbol, the words chosen, the inputs present."""

    record: OperatorSpec
    values: Mapping[str, int]
    words: Mapping[str, str]
    present: tuple[str, ...]
    shapes: Mapping[str, tuple[int, ...]]
    output_shape: tuple[int, ...]

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The definition with the words put in and absent optional inputs left out."""
        return specialised(self.record, tuple(self.words.items()), self.present)

    @property
    def key(self) -> tuple[Any, ...]:
        """What makes two configurations the same."""
        return self.record.name, tuple(self.values.items()), tuple(self.words.items()), self.present


@lru_cache(maxsize=512)
def specialised(
    record: OperatorSpec, words: tuple[tuple[str, str], ...], present: tuple[str, ...]
) -> tuple[Stage, ...]:
    """Return the stages for the chosen words, without the addends that read an absent optional input."""
    binding = {key: value for keyword, word in words for key, value in _options(record, keyword)[word].items()}
    absent = {array.name for array in record.inputs} - set(present)
    stages = []
    for stage in record.definition:
        kept = [t for t in stage.value.as_ordered_terms() if not any(str(a.base) in absent for a in t.atoms(Indexed))]
        stages.append(Stage(stage.target, bound(sum(kept[1:], kept[0]), binding)))
    return tuple(stages)


def _options(record: OperatorSpec, keyword: str) -> Mapping[str, Mapping[Any, Any]]:
    choice = record.parameter(keyword)
    assert isinstance(choice, Choice)
    return choice.options


def bind(record: OperatorSpec, shapes: Mapping[str, tuple[int, ...]], options: Mapping[str, Any]) -> Configuration:
    """Bind a call to its record.

    Parameters
    ----------
    record : OperatorSpec
        The operator.
    shapes : mapping of str to tuple of int
        The shape of each input given; optional inputs may be missing.
    options : mapping
        Keyword options as a user writes them: an integer, one per axis, (before, after) pairs or a word.

    Returns
    -------
    Configuration
        Every symbol with its value, and the output shape.

    Raises
    ------
    IllegalCallError
        If a rule of the record is broken; the message names the operator, the rule and its values.
    TypeError
        If an option is not of a form that the record knows.
    """
    shapes = {
        array.name: _promoted(record, array, shapes[array.name]) for array in record.inputs if array.name in shapes
    }
    _reject_strangers(record, shapes, options)
    words, given, derived = _split_options(record, options)
    values = dict(given)
    _bind_axes(record, shapes, values)
    for symbol, expr in derived:
        values[symbol.name] = number(expr, values)
    _check_rules(record, words, values)
    _check_axes(record, shapes, values)
    for keyword, word in words.items():
        values |= {
            str(key): number(expr, values)
            for key, expr in _options(record, keyword)[word].items()
            if isinstance(key, Symbol)
        }
    values = dict(sorted(values.items()))
    output = tuple(number(axis, values) for axis in record.output.axes)
    return Configuration(record, values, words, tuple(shapes), shapes, output)


def _promoted(record: OperatorSpec, array: Array, shape: Sequence[int]) -> tuple[int, ...]:
    missing = len(array.axes) - len(shape)
    if missing and not (not record.batched and 0 < len(shape) < len(array.axes)):
        axes = ", ".join(map(str, array.axes))
        raise IllegalCallError(
            record.name, "rank", f"{array.name} must have the axes ({axes})", {"shape": tuple(shape)}
        )
    return (1,) * missing + tuple(shape)


def _reject_strangers(record: OperatorSpec, shapes: Mapping[str, Any], options: Mapping[str, Any]) -> None:
    keywords = [parameter.keyword for parameter in record.parameters]
    for keyword in options:
        if keyword not in keywords:
            raise TypeError(f"{record.name}: no option {keyword!r}, there are {', '.join(keywords)}")
    for array in record.inputs:
        if array.name not in shapes and not array.optional:
            raise TypeError(f"{record.name}: input {array.name!r} is missing")


def _split_options(
    record: OperatorSpec, options: Mapping[str, Any]
) -> tuple[dict[str, str], dict[str, int], list[Any]]:
    """Return words, integers by symbol, and symbols that a word of a parameter derives from the sizes."""
    words: dict[str, str] = {}
    given: dict[str, int] = {}
    derived: list[Any] = []
    for parameter in record.parameters:
        value = options.get(parameter.keyword, parameter.default)
        if isinstance(parameter, Choice):
            if value not in parameter.options:
                known = ", ".join(map(repr, parameter.options))
                raise IllegalCallError(
                    record.name,
                    parameter.keyword,
                    f"{parameter.keyword} must be one of {known}",
                    {parameter.keyword: value},
                )
            words[parameter.keyword] = value
        elif isinstance(value, str):
            derived += _named(record, parameter, value)
        else:
            given |= _numbers(record, parameter, value)
    return words, given, derived


def _named(record: OperatorSpec, parameter: Parameter, word: str) -> list[tuple[Symbol, Expr]]:
    if word not in parameter.named:
        known = ", ".join(map(repr, parameter.named)) or "no word"
        raise IllegalCallError(
            record.name, parameter.keyword, f"{parameter.keyword} knows {known}", {parameter.keyword: word}
        )
    flat = [expr for pair in parameter.named[word] for expr in pair]
    return list(zip(parameter.flat, flat, strict=True))


def _numbers(record: OperatorSpec, parameter: Parameter, value: Any) -> dict[str, int]:
    entries = (
        tuple(value)
        if isinstance(value, tuple | list)
        else (value,) * (1 if parameter.scalar else len(parameter.symbols))
    )
    if len(entries) != len(parameter.symbols):
        raise IllegalCallError(
            record.name,
            parameter.keyword,
            f"{parameter.keyword} needs {len(parameter.symbols)} entries",
            {parameter.keyword: value},
        )
    numbers: dict[str, int] = {}
    for symbol, entry in zip(parameter.symbols, entries, strict=True):
        pair = symbol if isinstance(symbol, tuple) else (symbol,)
        given = tuple(entry) if isinstance(entry, tuple | list) else (entry,) * len(pair)
        if len(given) != len(pair) or not all(_is_integer(v) for v in given):
            raise TypeError(f"{record.name}: {parameter.keyword} must be integers, got {value!r}")
        numbers |= {s.name: int(v) for s, v in zip(pair, given, strict=True)}
    low = {name: v for name, v in numbers.items() if v < parameter.least}
    if low:
        raise IllegalCallError(
            record.name,
            parameter.keyword,
            f"{parameter.keyword} must be at least {parameter.least}",
            {parameter.keyword: value},
        )
    return numbers


def _is_integer(value: Any) -> bool:
    return hasattr(value, "__index__") and not isinstance(value, bool)


@lru_cache(maxsize=4096)
def _inverse(axis: Expr, unknown: Symbol) -> Expr:
    length = Symbol("length", integer=True)
    return solve(Eq(axis, length), unknown)[0]


def _bind_axes(record: OperatorSpec, shapes: Mapping[str, tuple[int, ...]], values: dict[str, int]) -> None:
    for array in record.inputs:
        for axis, length in zip(array.axes, shapes.get(array.name, ()), strict=False):
            unknown = [(name, s) for name, s in _letters(axis) if name not in values]
            if len(unknown) == 1 and not axis.has(floor):
                name, symbol = unknown[0]
                values[name] = number(_inverse(axis, symbol), {**values, "length": length})


@lru_cache(maxsize=4096)
def _shown(expr: Expr) -> str:
    return str(expr)


@lru_cache(maxsize=4096)
def _letters(expr: Any) -> tuple[tuple[str, Symbol], ...]:
    return tuple((s.name, s) for s in sorted(expr.free_symbols, key=str))


def _check_rules(record: OperatorSpec, words: Mapping[str, str], values: Mapping[str, int]) -> None:
    for rule in record.requires:
        if rule.when is not None and words.get(rule.when[0]) != rule.when[1]:
            continue
        if not number(rule.rule, values):
            involved = {name: values[name] for name, _ in _letters(rule.rule)}
            raise IllegalCallError(record.name, rule.code, rule.sentence, involved)


def _check_axes(record: OperatorSpec, shapes: Mapping[str, tuple[int, ...]], values: Mapping[str, int]) -> None:
    for array in record.inputs:
        for position, (axis, length) in enumerate(zip(array.axes, shapes.get(array.name, ()), strict=False)):
            expected = number(axis, values)
            if expected != length:
                what = f"axis {position} of {array.name} must be {_shown(axis)}"
                raise IllegalCallError(record.name, "shape", what, {"expected": expected, "length": length})
