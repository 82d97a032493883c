"""From a call to numbers: bind shapes and options to the symbols of a record, or say which rule the call breaks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import isfinite
from typing import Any

from sympy import Eq, Expr, Indexed, Integer, Lambda, Symbol, floor, solve
from sympy.core.function import AppliedUndef

from .code import number
from .records import Array, Choice, OperatorSpec, Parameter, Real, Stage, bound


class IllegalCallError(ValueError):
    """The record gives this call no value; `code` names the rule, `values` the numbers in it."""

    def __init__(self, operator: str, code: str, sentence: str, values: Mapping[str, Any]):
        self.operator, self.code, self.sentence, self.values = operator, code, sentence, dict(values)
        numbers = ", ".join(f"{name}={value}" for name, value in values.items())
        super().__init__(f"{operator}: {sentence}" + (f", got {numbers}" if numbers else ""))

    def __reduce__(self) -> tuple[Any, ...]:  # from one process to another
        return IllegalCallError, (self.operator, self.code, self.sentence, self.values)


@dataclass(frozen=True)
class Configuration:
    """A legal call without its data: the record, a value for every symbol, the words chosen, the inputs present."""

    record: OperatorSpec
    values: Mapping[str, Any]
    words: Mapping[str, Any]
    present: tuple[str, ...]
    shapes: Mapping[str, tuple[int, ...]]
    output_shapes: tuple[tuple[int, ...], ...]

    @property
    def output_shape(self) -> tuple[int, ...]:
        """The shape of the first output."""
        return self.output_shapes[0]

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The definition with the words put in and absent optional inputs left out."""
        return self.algorithm("")

    def algorithm(self, name: str) -> tuple[Stage, ...]:
        """Return the stages of an algorithm of the record, or the definition where it has none of that name."""
        return specialised(self.record, tuple(self.words.items()), self.present, name)

    @property
    def key(self) -> tuple[Any, ...]:
        """What makes two configurations the same."""
        return self.record.name, tuple(self.values.items()), tuple(self.words.items()), self.present


@lru_cache(maxsize=1024)
def specialised(
    record: OperatorSpec, words: tuple[tuple[str, Any], ...], present: tuple[str, ...], algorithm: str = ""
) -> tuple[Stage, ...]:
    """Return the stages for the chosen words; an absent optional input is the number that it stands for.

    Letters that words bind have values in a configuration: only sums of products are rewritten for them.
    """
    binding = {key: value for keyword, word in words for key, value in _options(record, keyword)[word].items()}
    if record.rounding is not None:
        binding = {key: value for key, value in binding.items() if isinstance(value, Lambda)}
    absent = {array.name: Integer(array.absent) for array in record.inputs if array.name not in present}
    stages = []
    for stage in record.algorithms.get(algorithm, record.definition):
        gone = {a: absent[str(a.base)] for a in stage.value.atoms(Indexed) if str(a.base) in absent}
        used = tuple((key, value) for key, value in binding.items() if _uses(stage.value, key))
        stages.append(Stage(stage.target, _bound(stage.value.xreplace(gone), used), stage.extents))
    return tuple(stages)


def _uses(expr: Expr, key: Any) -> bool:
    """Whether an expression calls a function; letters may stand in what a function means, and count as used."""
    return isinstance(key, Symbol) or key in _functions(expr)


@lru_cache(maxsize=4096)
def _functions(expr: Expr) -> frozenset[Any]:
    return frozenset(call.func for call in expr.atoms(AppliedUndef))


@lru_cache(maxsize=4096)
def _bound(expr: Expr, binding: tuple[tuple[Any, Any], ...]) -> Expr:
    """Return an expression with the words put in; different words leave most stages the same."""
    return bound(expr, dict(binding))


def constants(record: OperatorSpec, words: Mapping[str, Any]) -> dict[str, int]:
    """Return the letters to which the words of a call give a number, whatever the sizes."""
    bindings = [binding for keyword, word in words.items() for binding in _options(record, keyword)[word].items()]
    return {str(key): int(expr) for key, expr in bindings if isinstance(key, Symbol) and _is_constant(expr)}


def _is_constant(expr: Any) -> bool:
    return isinstance(expr, int) or bool(getattr(expr, "is_Integer", False))


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
    values = {**given, **constants(record, words)}
    _bind_axes(record, shapes, values, _derived_names(record, words))
    for symbol, expr in derived:
        values[symbol.name] = number(expr, values)
    _check_rules(record, words, values)
    values |= derived_letters(record, words, values)
    _check_axes(record, shapes, values)
    values = dict(sorted(values.items()))
    outputs = tuple(tuple(number(axis, values) for axis in array.axes) for array in record.outputs)
    return Configuration(record, values, words, tuple(shapes), shapes, outputs)


def derived_letters(record: OperatorSpec, words: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the letters that the record gives to expressions, and those that the words of a call bind, by name."""
    found = dict(values)
    for letter, expr in record.where:
        found[letter.name] = number(expr, found)
    for keyword, word in words.items():
        bindings = _options(record, keyword)[word].items()
        found |= {str(key): number(expr, found) for key, expr in bindings if isinstance(key, Symbol)}
    return {name: value for name, value in found.items() if name not in values or value != values[name]}


def _derived_names(record: OperatorSpec, words: Mapping[str, Any]) -> set[str]:
    """Return the names of the letters that `derived_letters` gives a value: no axis tells what they are."""
    bound_by_words = {str(key) for keyword, word in words.items() for key in _options(record, keyword)[word]}
    return {letter.name for letter, _ in record.where} | bound_by_words


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
            raise TypeError(f"{record.name}: no option {keyword!r}, there are {', '.join(keywords) or 'none'}")
    for array in record.inputs:
        if array.name not in shapes and not array.optional:
            raise TypeError(f"{record.name}: input {array.name!r} is missing")


def _split_options(
    record: OperatorSpec, options: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any], list[Any]]:
    """Return words, integers by symbol, and symbols that a word of a parameter derives from the sizes."""
    words: dict[str, Any] = {}
    given: dict[str, Any] = {}
    derived: list[Any] = []
    for parameter in record.parameters:
        value = options.get(parameter.keyword, parameter.default)
        if isinstance(parameter, Real):
            given[parameter.symbol.name] = _real(record, parameter, value)
        elif isinstance(parameter, Choice):
            if value not in parameter.options:
                known = ", ".join(map(repr, parameter.options))
                raise IllegalCallError(
                    record.name,
                    parameter.keyword,
                    f"{parameter.keyword} must be one of {known}",
                    {parameter.keyword: value},
                )
            words[parameter.keyword] = value
        elif isinstance(value, str) or value is None:
            derived += _named(record, parameter, value)
        else:
            given |= _numbers(record, parameter, value)
    return words, given, derived


def _real(record: OperatorSpec, parameter: Real, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{record.name}: {parameter.keyword} must be a real number, got {value!r}")
    if not isfinite(value) or (parameter.least is not None and value < parameter.least):
        least = "" if parameter.least is None else f" and at least {parameter.least}"
        what = f"{parameter.keyword} must be finite{least}"
        raise IllegalCallError(record.name, parameter.keyword, what, {parameter.keyword: value})
    return float(value)


def _named(record: OperatorSpec, parameter: Parameter, word: str | None) -> list[tuple[Symbol, Expr]]:
    if word not in parameter.named:
        if word is None:
            raise TypeError(f"{record.name}: option {parameter.keyword!r} is missing")
        known = ", ".join(map(repr, parameter.named)) or "no word"
        raise IllegalCallError(
            record.name, parameter.keyword, f"{parameter.keyword} knows {known}", {parameter.keyword: word}
        )
    entries = [entry if isinstance(entry, tuple) else (entry,) for entry in parameter.named[word]]
    flat = [expr for entry in entries for expr in entry]
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


def _bind_axes(
    record: OperatorSpec, shapes: Mapping[str, tuple[int, ...]], values: dict[str, int], derived: set[str]
) -> None:
    for array in record.inputs:
        for axis, length in zip(array.axes, shapes.get(array.name, ()), strict=False):
            unknown = [(name, s) for name, s in _letters(axis) if name not in values]
            if len(unknown) == 1 and unknown[0][0] not in derived and not axis.has(floor):
                name, symbol = unknown[0]
                values[name] = number(_inverse(axis, symbol), {**values, "length": length})


@lru_cache(maxsize=4096)
def _shown(expr: Expr) -> str:
    return str(expr)


@lru_cache(maxsize=4096)
def _letters(expr: Any) -> tuple[tuple[str, Symbol], ...]:
    return tuple((s.name, s) for s in sorted(expr.free_symbols, key=str))


def _check_rules(record: OperatorSpec, words: Mapping[str, Any], values: Mapping[str, Any]) -> None:
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
