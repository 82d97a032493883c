"""Cases derived from a record: calls that are legal by construction, and the Hypothesis strategy that draws them.

A legal call is built, not filtered: symbols are picked from their domains, and every precondition that names the symbol it is
`solved` for puts in the expression that makes it true (a size from a number of windows and a remainder, channels from a
multiple of the groups).
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache, partial
from itertools import product
from typing import Any
from zlib import crc32

import numpy as np
from hypothesis import strategies as st
from sympy import Symbol

from convoracle.spec.code import number
from convoracle.spec.configuration import Configuration, bind, constants, derived_letters
from convoracle.spec.records import Array, Choice, OperatorSpec, Parameter, Real

from .case import Case
from .choices import Picker, class_of
from .families import (
    EXACT_FAMILIES,
    EXTREME_FAMILIES,
    FLOAT_FAMILIES,
    LARGE_INTEGERS,
    LAYER_FAMILIES,
    LIMITS,
    ONE_EXTREME,
)
from .layouts import LAYOUTS

SPANS = {
    "N": (1, 2, 3, 0),
    "C": (1, 2),
    "O": (1, 2),
    "G": (1, 2, 3),
    "J": (1, 2, 3),
    "Q": (1, 2, 3),
    "T": (1, 2, 3, 4, 5, 8),
    "V": (0, 1, 2),
}
"""What a letter is drawn from, simplest first; other letters from their least value on."""

PLANE = {"J": (1, 2), "L": (1, 2, 3, 4)}
"""What letters are drawn from where transforms run along several axes, and a definition in balls takes long."""

ASKED_SIZE = (0, 1, 2, 3, 5)
"""What a size of the result is drawn from that is asked for: windows that adapt start at quotients of products with it."""

LONE_WINDOW = tuple(range(1, 10))
"""What the length of a window is drawn from that is the only array of a call."""

FRESH = {"multiple": (1, 2, 3), "windows": (1, 2, 3, 4, 5), "remainder": (0, 1, 2)}
"""The letters of solved preconditions."""

REALS = (1.0, 0.5, 0.25, 2.0, 0.0, -0.5)
"""What real options are drawn from, beside their default: numbers of every format, so that a subject need not round them."""

LONG = {
    "N": (5, 9),
    "C": (9, 17, 33),
    "O": (9, 17),
    "G": (4, 8),
    "n": (8, 11, 16, 17, 33),
    "k": (5, 7, 9),
    "m": (7, 9),
    "s": (5, 8),
    "d": (5, 8),
}
"""What a letter is drawn from, too, that may be long: kernels work in blocks, and have other ways for what is small."""

LONG_FRESH = {"multiple": (5, 9, 17), "windows": (9, 17, 33)}
"""What letters of the precondition that is solved for it are drawn from then, too."""

OVERRIDING = ("common", "long")
"""Choices that change what others choose, or choose from: cases drawn at random make them, those aimed at pairs not."""

COMMON = ((1, 1, 0), (3, 1, 1), (3, 2, 1), (2, 2, 0), (4, 2, 1), (5, 1, 2))
"""Windows of the layers that most networks have: length, stride and padding on all axes, which libraries have fast ways for."""

WIDE = {"C": (1, 2, 3, 5, 7), "n": (1, 2, 3, 4, 5, 6, 7, 9)}
"""What sizes are drawn from where no window slides, and calls would soon repeat."""


def _domain(symbol: Symbol, least: Mapping[str, int], dims: int, slides: bool) -> tuple[int, ...]:
    letter = symbol.name[0]
    if dims > 1 and letter in PLANE:
        return PLANE[letter]
    if not slides and letter in WIDE:
        return WIDE[letter]
    if letter in SPANS:
        return SPANS[letter]
    low = least.get(symbol.name, 1)
    width = 3 if dims > 2 and letter == "k" else 4
    return tuple(range(low, low + width))


@lru_cache(maxsize=1024)
def _in_order(expr: Any) -> tuple[Symbol, ...]:
    return tuple(sorted(expr.free_symbols, key=str))


@lru_cache
def spatial_axes(record: OperatorSpec) -> int:
    """Return the number of spatial axes of the operands or of the result, whichever are more."""
    sizes = {s for array in record.inputs for axis in array.axes for s in axis.free_symbols}
    return max(record.dims, sum(s.name[0] == "n" for s in sizes))


@lru_cache
def letter_spans(record: OperatorSpec) -> dict[Symbol, tuple[int, ...]]:
    """Return every symbol of a call with what it is drawn from."""
    parameters = [p for p in record.parameters if isinstance(p, Parameter)]
    least = {s.name: p.least for p in parameters for s in p.flat}
    chosen = {s for p in record.parameters if isinstance(p, Choice) for s in p.flat}
    symbols = {s for array in record.inputs for axis in array.axes for s in axis.free_symbols}
    symbols |= {s for p in parameters for s in p.flat}
    symbols -= {letter for letter, _ in record.where}
    spatial = spatial_axes(record)
    windows = any(s.name[0] == "k" for s in symbols)
    slides = windows or (record.batched and spatial > 1)
    spans = {s: _domain(s, least, spatial, slides) for s in sorted(symbols - chosen, key=str)}
    asked = [s for s in spans if s.name[0] == "m" and not windows]
    spans |= {s: tuple(size for size in ASKED_SIZE if size >= least.get(s.name, 1)) for s in asked}
    sizes = {s for array in record.inputs for axis in array.axes for s in axis.free_symbols}
    return {s: LONE_WINDOW if {s} == sizes and s.name == "k" else span for s, span in spans.items()}


def _configuration(pick: Picker, record: OperatorSpec) -> tuple[Configuration, dict[str, Any], dict[str, Any]]:
    """Return a legal configuration: (configuration, shapes, options as a user writes them)."""
    words = {p.keyword: pick(p.keyword, _words(p)) for p in record.parameters if isinstance(p, Choice)}
    long = _long(pick, record)
    spans = {s.name: span for s, span in letter_spans(record).items()}
    values = {name: pick(name, span + 4 * LONG[name[0]] if name == long else span) for name, span in spans.items()}
    values |= {p.symbol.name: pick(p.symbol.name, reals(p)) for p in record.reals} | constants(record, words)
    _usual(pick, record, values)
    _common(pick, record, values)
    unsaid = _unsaid(pick, record, values)
    if not record.batched:
        rank = pick("rank", range(1, len(record.output.axes) + 1))
        values |= {f"{letter}_{axis + 1}": 1 for letter in "nk" for axis in range(len(record.output.axes) - rank)}
    _even(pick, record, values)
    _solve(pick, record, words, values, long)
    optional = [a.name for a in record.inputs if a.optional]
    given = optional[
        : pick("optional", range(len(optional) + 1))
    ]  # passed by position: none is left out before another
    present = {a.name for a in record.inputs if not a.optional or a.name in given}
    values |= derived_letters(record, words, values)
    shapes = {a.name: tuple(number(axis, values) for axis in a.axes) for a in record.inputs if a.name in present}
    if not record.batched:
        shapes = {name: shape[len(shape) - rank :] for name, shape in shapes.items()}
    options = {p.keyword: _option(pick, p, values, words) for p in record.parameters}
    options = _shortened(pick, record, options | dict.fromkeys(unsaid))
    return bind(record, shapes, options), shapes, options


def reals(option: Real) -> tuple[float, ...]:
    """Return what a real option is drawn from, its default first."""
    legal = tuple(value for value in REALS if option.least is None or value >= option.least)
    return legal if option.default is None else (option.default, *legal)


def _unsaid(pick: Picker, record: OperatorSpec, values: dict[str, Any]) -> list[str]:
    """Choose options that are left to what None stands for, and give their letters those values."""
    chosen = []
    for parameter in record.parameters:
        if (
            isinstance(parameter, Parameter)
            and None in parameter.named
            and pick(f"{parameter.keyword} unsaid", (False, True))
        ):
            chosen.append(parameter.keyword)
            for symbol, expr in zip(parameter.flat, parameter.named[None], strict=True):
                values[symbol.name] = number(expr, values)
    return chosen


def _usual(pick: Picker, record: OperatorSpec, values: dict[str, Any]) -> None:
    """Give one option its default on all axes, at times: by chance three axes are all usual too seldom to see a wrong default."""
    usual = {p.keyword: p for p in record.parameters if isinstance(p, Parameter) and p.default is not None}
    keyword = pick("usual", (None, None, *usual)) if len(usual) > 1 else None
    if keyword is not None:
        values |= dict.fromkeys((s.name for s in usual[keyword].flat), usual[keyword].default)


def _common(pick: Picker, record: OperatorSpec, values: dict[str, Any]) -> None:
    """Give a window, at times, the length, stride and padding that it has in many networks, on all axes."""
    letters = {s.name[0] for p in record.parameters if isinstance(p, Parameter) for s in p.flat}
    if not {"s", "p"} <= letters:
        return
    window = pick("common", (None,) * len(COMMON) + COMMON)
    if window is not None:
        length, stride, padding = window
        usual = {"k": length, "s": stride, "d": 1, "p": padding, "q": padding}
        values |= {name: usual[name[0]] for name in values if name[0] in usual and name[1:2] in ("", "_")}


def _long(pick: Picker, record: OperatorSpec) -> str | None:
    """Return the name of a letter that may be long, at times; of none where transforms run along several axes or scales."""
    letters = [s.name for s in letter_spans(record)]
    kinds = tuple(sorted({name[0] for name in letters} & LONG.keys()))
    if not kinds or (record.rounding is not None and (spatial_axes(record) > 1 or "J" in letters)):
        return None
    kind = pick("long", [one for kind in kinds for one in (None, kind)])
    return None if kind is None else pick("long axis", [name for name in letters if name[0] == kind])


def _option(pick: Picker, parameter: Any, values: Mapping[str, Any], words: Mapping[str, Any]) -> Any:
    """Return an option as a user writes it."""
    if isinstance(parameter, Real):
        return values[parameter.symbol.name]
    return _form(pick, parameter, values) if isinstance(parameter, Parameter) else words[parameter.keyword]


def _even(pick: Picker, record: OperatorSpec, values: dict[str, int]) -> None:
    """Make the padding the same before and after, or on all axes too, often enough that short forms of the option occur."""
    style = pick("style of padding", ("pairs", "pairs", "axes", "one"))
    for parameter in record.parameters:
        pairs = (
            [entry for entry in parameter.symbols if isinstance(entry, tuple)]
            if isinstance(parameter, Parameter)
            else []
        )
        for before, after in pairs if style != "pairs" else ():
            values[before.name] = values[pairs[0][0].name] if style == "one" else values[before.name]
            values[after.name] = values[before.name]


def _words(choice: Choice) -> tuple[str, ...]:
    """Return the words of a choice, the default several times over: most calls use it."""
    others = tuple(word for word in choice.options if word != choice.default)
    return (choice.default,) * len(others) + others


def _solve(
    pick: Picker, record: OperatorSpec, words: Mapping[str, str], values: dict[str, int], long: str | None
) -> None:
    for rule in record.requires:
        if rule.solved is None or (rule.when is not None and words.get(rule.when[0]) != rule.when[1]):
            continue
        symbol, expr = rule.solved
        names = [s.name for s in _in_order(expr) if s.name in FRESH]
        fresh = _solutions(record, names, long == symbol.name)
        solved = [number(expr, {**values, **dict(zip(names, f, strict=True))}) for f in fresh]
        values[symbol.name] = pick(f"{symbol.name} by {rule.code}", solved, partial(class_of, symbol.name))


@lru_cache(maxsize=1024)
def _spans(*spans: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
    return tuple(product(*spans))


def _solutions(record: OperatorSpec, names: Sequence[str], long: bool) -> tuple[tuple[int, ...], ...]:
    """Return what the fresh letters of a solved precondition may be, together."""
    return _spans(*(_fresh(record, name) + (2 * LONG_FRESH.get(name, ()) if long else ()) for name in names))


def solved_values(
    record: OperatorSpec, words: Mapping[str, Any], values: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    """Yield the values of a call with every solution of the preconditions that name the symbol they are solved for."""
    found = [dict(values)]
    for rule in record.requires:
        if rule.solved is None or (rule.when is not None and words.get(rule.when[0]) != rule.when[1]):
            continue
        symbol, expr = rule.solved
        names = [s.name for s in _in_order(expr) if s.name in FRESH]
        fresh = [dict(zip(names, chosen, strict=True)) for chosen in product(*(_fresh(record, n)[:2] for n in names))]
        found = [{**one, symbol.name: number(expr, {**one, **more})} for one in found for more in fresh]
    yield from found


def _fresh(record: OperatorSpec, name: str) -> tuple[int, ...]:
    """Return the span of a letter of a solved precondition; several axes of a transform, or three, have fewer windows each."""
    if record.rounding is not None and spatial_axes(record) > 1:
        return FRESH[name][:2]
    return FRESH[name][:3] if record.dims > 2 else FRESH[name]


def _form(pick: Picker, parameter: Parameter, values: Mapping[str, int]) -> Any:
    """Return the value of an option in one of the forms a user may write."""
    entries = tuple(
        tuple(values[s.name] for s in e) if isinstance(e, tuple) else values[e.name] for e in parameter.symbols
    )
    if parameter.scalar:
        return entries[0]
    flat = tuple(e[0] if isinstance(e, tuple) and e[0] == e[1] else e for e in entries)
    if all(isinstance(e, int) for e in flat) and pick(f"form of {parameter.keyword}", (False, True)):
        return flat[0] if len(set(flat)) == 1 else flat
    return entries


def _shortened(pick: Picker, record: OperatorSpec, options: dict[str, Any]) -> dict[str, Any]:
    """Leave out options that have their default, sometimes."""
    if pick("written out", (False, True)):
        return options
    return {k: v for k, v in options.items() if v != record.parameter(k).default}


REAL_DTYPES = (("float32", "float32"), ("float64", "float64"), ("float32", "float64"), ("float64", "float32"))
INTEGER_DTYPES = (
    ("int64", "int64"),
    ("int64", "int64"),
    ("uint64", "int64"),
    ("int16", "int32"),
    ("uint8", "int8"),
    ("uint64", "uint64"),
    ("int32", "float64"),
    ("uint8", "float32"),
    ("float32", "int64"),
)
COMPLEX_DTYPES = (
    ("complex64", "complex64"),
    ("complex128", "complex128"),
    ("float32", "complex64"),
    ("complex64", "float64"),
    ("complex128", "float64"),
)
THIRD_DTYPES = (("float32", "float32", "float64"), ("float64", "float64", "float32"))
THIRD_INTEGER_DTYPES = (("int16", "int16", "float32"), ("float32", "float32", "int32"))
"""Of three operands or more, the third and all after it are of another dtype than those before."""


INDEX_DTYPES = ("int64", "int64", "int32", "uint8", "int8", "uint64")
SALTS = range(2**16)


@lru_cache
def _combinations(record: OperatorSpec) -> tuple[tuple[str, ...], ...]:
    """Return the dtypes of the inputs that hold numbers: the last of a combination is that of all further inputs."""
    integers, third = "integer" in record.numbers, sum(array.below is None for array in record.inputs) > 2
    found = REAL_DTYPES[:2] * 3 + REAL_DTYPES[2:] + (THIRD_DTYPES if third else ())
    found += (INTEGER_DTYPES + (THIRD_INTEGER_DTYPES if third else ())) if integers else ()
    return found + COMPLEX_DTYPES if "complex" in record.numbers else found


def _spread(dtypes: tuple[str, ...], numbers: Sequence[Array]) -> tuple[str, ...]:
    """Return the dtype of every input that holds numbers; real ones have that of the real part."""
    each = (dtypes[min(place, len(dtypes) - 1)] for place in range(len(numbers)))
    return tuple(_real_part(dtype) if array.real else dtype for array, dtype in zip(numbers, each, strict=True))


def _real_part(dtype: str) -> str:
    return {"complex64": "float32", "complex128": "float64"}.get(dtype, dtype)


@lru_cache(maxsize=1024)
def _place(length: int) -> st.SearchStrategy[int]:
    """Return the strategy that draws a place in a span, simplest first; building it anew costs more than drawing."""
    return st.sampled_from(range(length))


@st.composite
def cases(draw: st.DrawFn, record: OperatorSpec) -> Case:
    """Draw a legal case with Hypothesis."""
    return built(record, Picker(lambda name, values, kind: draw(_place(len(values)))))


def built(record: OperatorSpec, pick: Picker) -> Case:
    """Return the legal case of what is picked: configuration, dtypes, layouts, data families and seed."""
    salt = pick("salt", SALTS)
    configuration, shapes, options = _configuration(pick, record)
    numbers = [array for array in record.inputs if array.name in shapes and array.below is None]
    combination = pick("dtypes", _combinations(record), lambda found: ("dtypes", "/".join(_spread(found, numbers))))
    given = dict(zip([a.name for a in numbers], _spread(combination, numbers), strict=True))
    dtypes = {name: given[name] if name in given else pick(f"dtype of {name}", INDEX_DTYPES) for name in shapes}
    layouts = {name: pick(f"layout of {name}", LAYOUTS, lambda word: ("layout", word)) for name in shapes}
    families = (
        *EXACT_FAMILIES,
        pick("family", FLOAT_FAMILIES if record.sums_products else LAYER_FAMILIES),
        *_extreme(pick, record, list(given.values())),
    )
    # the configuration is mixed in, so that equal salts do not mean equal data everywhere
    mixed = crc32(repr((configuration.key[1:], dtypes)).encode())
    return Case(configuration, shapes, options, dtypes, layouts, families, mixed ^ salt)


def _extreme(pick: Picker, record: OperatorSpec, dtypes: list[str]) -> tuple[str, ...]:
    """Return the families at the ends of the formats; where more than products is summed all of them hide faults."""
    kinds = {np.dtype(dtype).kind for dtype in dtypes}
    if kinds == {"f"} or (record.sums_products and kinds <= {"f", "c"}):
        one = pick("extreme", EXTREME_FAMILIES)
        return (one,) if record.sums_products or one == "special" else ("special", one)
    if kinds <= {"i", "u"}:
        return (LARGE_INTEGERS,) if record.sums_products else (LARGE_INTEGERS, LIMITS)
    if not kinds <= {"f", "c"}:
        return ()
    spreads = record.rounding is not None  # a transform spreads NaN in its own way
    return ONE_EXTREME if spreads else ("special", *ONE_EXTREME)
