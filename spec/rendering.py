"""Records and laws as LaTeX, MathML and plain text.

One walk over the expression serves both notations, so that the page and the terminal say the same. SymPy's own printers
are not used: they write a symbol of several letters as a product, and their MathML drops the second index of a double
sum.
"""

import html
from collections.abc import Iterator
from dataclasses import fields
from typing import Any
from xml.etree import ElementTree

from sympy import Expr, Lambda, Max, Sum, Symbol, floor

from .functions import Maximum
from .notation import LATEX, TEXT, Notation
from .records import Array, Choice, OperatorSpec, Parameter, Precondition, Real, Stage
from .symbols import MEANING, Axis
from .writing import in_order, write

Equation = tuple[Expr, Expr]


def latex(record: OperatorSpec) -> str:
    """Return the definition in LaTeX: one equation per line, the stages first, then the abbreviations that they use."""
    return "\n".join(_definition(record, LATEX))


def text(record: OperatorSpec) -> str:
    """Return the definition as plain text, one equation per line.

    Examples
    --------
    >>> from convoracle.spec.catalog import operator
    >>> print(text(operator("conv1d")))
    y[i, o, t] = b[o] + sum(c=0..C/G - 1, u=0..k - 1) w[o, c, u]*x[i, c + floor(G*o/O)*C/G, xi(s*t + d*u - p, n)]
    """
    return "\n".join(_definition(record, TEXT))


def latex_sizes(record: OperatorSpec) -> str:
    """Return the shape rule in LaTeX: the shape, then one equation per line for every axis that is not a letter."""
    return "\n".join(_sizes(record, LATEX))


def text_sizes(record: OperatorSpec) -> str:
    """Return the shape rule as plain text.

    Examples
    --------
    >>> from convoracle.spec.catalog import operator
    >>> print(text_sizes(operator("conv1d")))
    shape(y) = (N, O, m)
    m = max(0, floor((n + p + q - d*(k - 1) - 1)/s) + 1)
    """
    return "\n".join(_sizes(record, TEXT))


def latex_rule(precondition: Precondition) -> str:
    """Return a rule in LaTeX, with the word of the option that it is limited to."""
    return _rule(precondition, LATEX)


def text_rule(precondition: Precondition) -> str:
    """Return a rule as plain text.

    Examples
    --------
    >>> from convoracle.spec.catalog import operator
    >>> [text_rule(rule) for rule in operator("conv1d").requires][2:6:3]
    ['G divides C', 'n + p + q >= d*(k - 1) + 1']
    """
    return _rule(precondition, TEXT)


def words(record: OperatorSpec) -> tuple[tuple[str, str, str], ...]:
    """Return (option, word, equations in LaTeX) for every word of an option: what "reflect" or "same" stands for."""
    return tuple(_words(record, LATEX))


def text_words(record: OperatorSpec) -> tuple[tuple[str, str, str], ...]:
    """Return (option, word, equations as plain text) for every word of an option."""
    return tuple(_words(record, TEXT))


def meanings(record: OperatorSpec) -> dict[str, str]:
    """Return what every letter means; that of a real option is what the option means."""
    return MEANING | {str(option.symbol).split("_")[0]: option.meaning for option in record.reals}


def legend(record: OperatorSpec) -> tuple[tuple[str, str], ...]:
    """Return (letter in LaTeX, meaning) for every letter of the record, in the order of the symbol table."""
    families = dict.fromkeys(str(letter).split("_")[0] for letter in in_order(symbols_of(record)))
    several, meaning = record.dims > 1, meanings(record)
    spatial = {field.name for field in fields(Axis)}
    return tuple(
        (f"{letter}_{{\\ell}}" if several and letter in spatial else LATEX.letter(letter), meaning[letter])
        for letter in families
    )


def symbols_of(record: OperatorSpec) -> set[Symbol]:
    """Return every letter of a record: definition with its bound variables, axes, options and rules."""
    found = {letter for parameter in record.parameters for letter in parameter.flat}
    expressions = [axis for array in (*record.inputs, *record.outputs) for axis in array.axes]
    expressions += [rule.rule for rule in record.requires]
    expressions += [part for stage in record.definition for part in (*stage.target.indices, stage.value)]
    return found | {letter for expr in expressions for letter in expr.atoms(Symbol) if letter.is_integer}


def _definition(record: OperatorSpec, notation: Notation) -> Iterator[str]:
    named: dict[Symbol, Expr] = {}
    for stage in record.definition:
        value = stage.value.replace(_reduces, lambda expr: _short(expr, record, named))
        yield notation.relation(write(stage.target, notation), "=", write(value, notation))
    yield from _equations({**named, **dict(record.where)}, notation)


def _reduces(expr: Expr) -> bool:
    return isinstance(expr, Sum | Maximum)


def _equations(named: dict[Symbol, Expr], notation: Notation) -> Iterator[str]:
    for letter, value in named.items():
        yield notation.relation(write(letter, notation), "=", write(value, notation))


def _short(total: Any, record: OperatorSpec, named: dict[Symbol, Expr]) -> Any:
    """Return the sum or maximum with a letter for each upper limit that is too long to stand above a sigma."""
    limits = [(v, low, _named(high + 1, v, record, named) - 1) for v, low, high in total.limits]
    return total.func(total.function, *limits)


def _named(value: Expr, beside: Expr, record: OperatorSpec, named: dict[Symbol, Expr]) -> Expr:
    """Return the letter m, with the axis of `beside`, for a long size; the size itself where m has another meaning."""
    letter = Symbol("m" + "".join(str(beside).partition("_")[1:]), integer=True)
    positions = {index for stage in record.definition for index in stage.target.indices}
    if not (value.has(floor) or value.is_Add) or letter in symbols_of(record) or value.has(*positions):
        return value
    if not value.has(floor, Max) and len(value.args) < 3:
        return value
    named[letter] = value
    return letter


def _sizes(record: OperatorSpec, notation: Notation) -> Iterator[str]:
    named: dict[Symbol, Expr] = {}
    for array in record.outputs:
        target = _target(record, array)
        axes = [_named(axis, index, record, named) for axis, index in zip(array.axes, target.indices, strict=True)]
        shape = notation.call("shape", [write(target.base.label, notation)])
        yield notation.relation(shape, "=", notation.listed([write(axis, notation) for axis in axes]))
    yield from _equations(named, notation)
    for array in (*record.inputs, *record.outputs):
        yield from _range(array, notation)


def _target(record: OperatorSpec, array: Array) -> Any:
    """Return the target of the stage that defines an output."""
    return next(stage.target for stage in record.definition if str(stage.target.base) == array.name)


def _range(array: Array, notation: Notation) -> Iterator[str]:
    """Yield what the entries of an array are at least, and below what."""
    name = notation.letter(array.name)
    if array.below is not None:
        yield notation.relation(notation.relation("0", "<=", name), "<", write(array.below, notation))
    if array.least is not None:
        yield notation.relation(name, ">=", str(array.least))


def named_sizes(record: OperatorSpec) -> dict[Symbol, Expr]:
    """Return a letter for every axis of the output that is a long expression."""
    named: dict[Symbol, Expr] = {}
    for axis, index in zip(record.output.axes, _target(record, record.output).indices, strict=True):
        _named(axis, index, record, named)
    return named


def _rule(precondition: Precondition, notation: Notation) -> str:
    rule = write(precondition.rule, notation)
    if precondition.when is None:
        return rule
    keyword, word = precondition.when
    return notation.limited(keyword, str(word), rule)


def _words(record: OperatorSpec, notation: Notation) -> Iterator[tuple[str, str, str]]:
    for parameter in record.parameters:
        for word, equations in _meanings(parameter):
            shown = _one_for_all_axes(_shared(equations))
            lines = (notation.relation(write(left, notation), "=", write(right, notation)) for left, right in shown)
            yield parameter.keyword, str(word), "\n".join(lines)


def _meanings(parameter: Parameter | Choice | Real) -> Iterator[tuple[Any, list[Equation]]]:
    if isinstance(parameter, Choice):
        for word, binding in parameter.options.items():
            yield word, [_applied(key, value) for key, value in binding.items()]
    elif isinstance(parameter, Parameter):
        for word, entries in parameter.named.items():
            flat = [expr for entry in entries for expr in (entry if isinstance(entry, tuple) else (entry,))]
            yield word, list(zip(parameter.flat, flat, strict=True))


def _shared(equations: list[Equation]) -> list[Equation]:
    """Return the equations, each using the letters that those before it define."""
    letters = {right: left for left, right in equations if right.args}
    return [(left, right.xreplace({k: v for k, v in letters.items() if v != left})) for left, right in equations]


def _one_for_all_axes(equations: list[Equation]) -> list[Equation]:
    """Return the equations of the first axis with the index ell, if those of the other axes are the same."""
    first = [equation for equation in equations if str(equation[0]).endswith("_1")]
    others = [equation for equation in equations if equation not in first]
    for index in range(2, 2 + len(others) // max(1, len(first))):
        expected = [_on_axis(equation, str(index)) for equation in first]
        others = [equation for equation in others if equation not in expected]
    return [_on_axis(equation, "ℓ") for equation in first] if first and not others else equations


def _on_axis(equation: Equation, index: str) -> Equation:
    letters = {letter for side in equation for letter in side.atoms(Symbol) if str(letter).endswith("_1")}
    moved = {letter: Symbol(f"{str(letter)[:-1]}{index}", integer=True) for letter in letters}
    return equation[0].xreplace(moved), equation[1].xreplace(moved)


def _applied(key: Any, value: Any) -> Equation:
    """Return both sides of an equation, for a letter as for a function."""
    return (key(*value.variables), value.expr) if isinstance(value, Lambda) else (key, value)


def stage_text(stage: Stage) -> str:
    """Return one stage as plain text."""
    return TEXT.relation(write(stage.target, TEXT), "=", write(stage.value, TEXT))


def mathml(formula: str, *, display: bool = True) -> str:
    """Return one line of LaTeX as MathML.

    Parameters
    ----------
    formula : str
        One equation.
    display : bool
        Whether it stands on a line of its own.

    Returns
    -------
    str
        A `math` element: well-formed XML whatever the formula holds.

    Raises
    ------
    ValueError
        If the formula is not LaTeX.
    """
    from latex2mathml.converter import convert_to_element  # a quarter of the time it takes to import spec

    if not formula.isprintable():
        raise ValueError(f"LaTeX with characters that cannot be shown: {formula!r}")
    try:
        element = convert_to_element(formula, display="block" if display else "inline")
    except Exception as error:  # its errors share no base class, and some are IndexError
        raise ValueError(f"not LaTeX that can be shown: {formula!r}") from error
    _tidied(element)
    if any("\\" in (part.text or "") for part in element.iter()):
        raise ValueError(f"a command of LaTeX that cannot be shown: {formula!r}")
    return ElementTree.tostring(element, encoding="unicode")


def _tidied(element: ElementTree.Element) -> None:
    """Undo what latex2mathml leaves: entities as text, names letter by letter, fences as identifiers."""
    for part in element.iter():
        part.text = html.unescape(part.text).replace("\\_", "_") if part.text else part.text
        if part.tag == "mi" and part.text in ("⌊", "⌋", "⌈", "⌉"):
            part.tag = "mo"
            part.set("stretchy", "false")
        if part.tag == "mover" and part[1].get("accent") and html.unescape(part[1].text or "") == "―":
            part.set("class", "overline")  # few fonts stretch the sign; a page can draw a border instead
            part[1].text = "‾"
        if part.tag == "mrow" and len(part) > 1 and all(_upright(child) for child in part):
            _join(part)


def _upright(part: ElementTree.Element) -> bool:
    return (part.tag == "mi" and part.get("mathvariant") == "normal") or part.tag == "mn"


def _join(row: ElementTree.Element) -> None:
    if not any(child.tag == "mi" for child in row):
        return
    name = html.unescape("".join(child.text or "" for child in row))
    for child in list(row):
        row.remove(child)
    row.tag, row.text = "mi", name
