"""Laws as LaTeX and plain text: the equation, what its primed arrays hold, and when it holds."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from sympy import Symbol, true

from .laws import (
    AMOUNT,
    VALUE,
    Adjoint,
    Associative,
    Contraction,
    Gradient,
    Law,
    Linear,
    Placement,
    Rearrangement,
    Transformed,
)
from .notation import LATEX, TEXT, Notation
from .records import OperatorSpec
from .rendering import named_sizes
from .writing import within_product, write


def latex_law(law: Law) -> str:
    """Return a law in LaTeX, one equation or condition per line."""
    return "\n".join(_law(law, LATEX))


def text_law(law: Law) -> str:
    """Return a law as plain text, one equation or condition per line.

    Examples
    --------
    >>> from convoracle.spec.convolution_laws import LAWS
    >>> print(text_law(LAWS[0]))
    convolve(alpha*x + x', h) = alpha*convolve(x, h) + convolve(x', h)
    """
    return "\n".join(_law(law, TEXT))


def _law(law: Law, notation: Notation) -> Iterator[str]:
    if isinstance(law, Rearrangement):
        yield from _rearrangement(law, notation)
    elif isinstance(law, Linear):
        yield _linear(law, notation)
    elif isinstance(law, Adjoint):
        yield _adjoint(law, notation)
    elif isinstance(law, Associative):
        yield from _associative(law, notation)
    elif isinstance(law, Transformed):
        yield from _transformed(law, notation)
    elif isinstance(law, Contraction):
        yield _contraction(law, notation)
    elif isinstance(law, Gradient):
        yield _gradient(law, notation)
    else:
        raise TypeError(f"no rendering for {type(law).__name__}")


def _required(record: OperatorSpec) -> list[str]:
    return [array.name for array in record.inputs if not array.optional]


def _call(record: OperatorSpec, arguments: Sequence[str], notation: Notation) -> str:
    return notation.call(record.name, arguments)


def _linear(law: Linear, notation: Notation) -> str:
    names = _required(law.operator)
    scale, old, new = (notation.letter(name) for name in ("alpha", law.wrt, f"{law.wrt}'"))

    def value(of: str) -> str:
        return _call(law.operator, [of if name == law.wrt else notation.letter(name) for name in names], notation)

    left = value(f"{notation.product([scale, old])} + {new}")
    return notation.relation(left, "=", f"{notation.product([scale, value(old)])} + {value(new)}")


def _adjoint(law: Adjoint, notation: Notation) -> str:
    names = _required(law.operator)
    (other,) = (name for name in _required(law.gradient) if name not in names)
    letters = {name: notation.letter(name) for name in (*names, other)}
    forward = _call(law.operator, [letters[name] for name in names], notation)
    backward = _call(law.gradient, [letters[name] for name in _required(law.gradient)], notation)
    sides = notation.inner(forward, letters[other]), notation.inner(letters[law.wrt], backward)
    return notation.relation(sides[0], "=", sides[1])


def _associative(law: Associative, notation: Notation) -> Iterator[str]:
    def value(left: str, right: str) -> str:
        return _call(law.operator, [left, right], notation)

    yield notation.relation(value(value("x", "h"), "g"), "=", value("x", value("h", "g")))
    yield from _conditions(law.options, {}, true, notation)


_HOLE = Symbol("□", real=True)
"""Stands for a result while the map of it is written."""


def _mapped(map_: Any, value: str, notation: Notation) -> str:
    """Return a map of entries with `value` in the place of its letter, in brackets where it is more than that letter."""
    return write(map_.subs(VALUE, _HOLE), notation).replace(str(_HOLE), value)


def _transformed(law: Transformed, notation: Notation) -> Iterator[str]:
    names = [array.name for array in law.operator.inputs if not array.optional or array.name in law.others]
    maps = {law.wrt: law.inner, **law.others}
    letters = {name: notation.letter(name) for name in names}
    moved = [_mapped(maps[n], letters[n], notation) if n in maps else letters[n] for n in names]
    options = [notation.option(keyword, _value(value, notation)) for keyword, value in law.options.items()]
    left = _call(law.operator, [*moved, *options], notation)
    yield notation.relation(
        left, "=", _mapped(law.outer, _call(law.operator, list(letters.values()), notation), notation)
    )
    if law.inner.has(AMOUNT):
        yield notation.word("when ") + notation.relation(write(AMOUNT, notation), ">=", "1")


def _contraction(law: Contraction, notation: Notation) -> str:
    letters = {name: notation.letter(name) for name in _required(law.operator)}
    old, new = notation.letter(law.wrt), notation.letter(f"{law.wrt}'")
    values = [_call(law.operator, [*{**letters, law.wrt: at}.values()], notation) for at in (old, new)]
    grown, change = notation.norm(" - ".join(values), law.norm), notation.norm(f"{old} - {new}", law.norm)
    factor = [] if law.constant == 1 else [within_product(law.constant, notation)]
    return notation.relation(grown, "<=", notation.product([*factor, change]))


def _gradient(law: Gradient, notation: Notation) -> str:
    given = {a.name: notation.letter(a.name) for a in law.operator.inputs if not a.optional or a.name == law.wrt}
    (upstream, *_) = law.gradient.inputs
    direction, above = notation.letter("h"), notation.letter(upstream.name)
    forward = _call(law.operator, list(given.values()), notation)
    inputs = [a.name for a in law.gradient.inputs if not a.optional or a.name in given]
    backward = _call(law.gradient, [notation.letter(name) for name in inputs], notation)
    left = _output(law.operator, law.output, notation.derivative(forward, given[law.wrt], direction), notation)
    right = _output(law.gradient, law.part, backward, notation)
    return notation.relation(notation.inner(left, above), "=", notation.inner(direction, right))


def _output(record: OperatorSpec, position: int, call: str, notation: Notation) -> str:
    """Return a call, with the name of the output that is meant where there are several."""
    outputs = record.outputs
    return call if len(outputs) == 1 else notation.element(call, [notation.letter(outputs[position].name)])


def _rearrangement(law: Rearrangement, notation: Notation) -> Iterator[str]:
    law, sizes = _shortened(law)
    target = law.operator.definition[-1].target.indices
    there = target if law.index is None else law.index
    yield notation.relation(
        notation.element(_call(law.operator, _own(law, notation), notation), _all(target, notation)),
        "=",
        notation.element(_call(law.other, _placed(law, notation), notation), _all(there, notation)),
    )
    for name, placement in law.arrays.items():
        yield from _placement(f"{name}'", placement, notation)
    yield from _conditions(law.words, law.free, law.when, notation)
    for letter, value in sizes.items():
        yield notation.relation(write(letter, notation), "=", write(value, notation))


def _shortened(law: Rearrangement) -> tuple[Rearrangement, dict[Symbol, Any]]:
    """Return the law with a letter for each output size that it mentions, and what the letters stand for."""
    sizes = named_sizes(law.operator)
    letters = {value: letter for letter, value in sizes.items()}
    changed = {
        "index": None if law.index is None else _replaced(law.index, letters),
        "free": {letter: _replaced(ends, letters) for letter, ends in law.free.items()},
        "options": {keyword: _replaced(value, letters) for keyword, value in law.options.items()},
        "when": _replaced(law.when, letters),
    }
    used = {s for value in changed.values() for entry in _flat(value) for s in getattr(entry, "free_symbols", ())}
    return replace(law, **changed), {letter: value for letter, value in sizes.items() if letter in used}


def _replaced(value: Any, letters: dict[Any, Symbol]) -> Any:
    if isinstance(value, tuple):
        return tuple(_replaced(entry, letters) for entry in value)
    return value.xreplace(letters) if hasattr(value, "xreplace") else value


def _flat(value: Any) -> Iterator[Any]:
    entries = value.values() if isinstance(value, dict) else value if isinstance(value, tuple) else None
    if entries is None:
        yield value
    else:
        yield from (leaf for entry in entries for leaf in _flat(entry))


def _all(entries: Any, notation: Notation) -> list[str]:
    return [write(entry, notation) for entry in entries]


def _own(law: Rearrangement, notation: Notation) -> list[str]:
    return [notation.letter(array.name) for array in law.operator.inputs if array.name not in law.without]


def _placed(law: Rearrangement, notation: Notation) -> list[str]:
    """Return the arguments of the other call: arrays, primed where placed anew, then the options that change."""
    known = {array.name for array in law.operator.inputs} - set(law.without)
    names = [array.name for array in law.other.inputs if array.name in known or array.name in law.arrays]
    arrays = [notation.letter(f"{name}'" if name in law.arrays else name) for name in names]
    return arrays + [notation.option(keyword, _value(value, notation)) for keyword, value in law.options.items()]


def _value(value: Any, notation: Notation) -> str:
    if isinstance(value, str | bool) or value is None:
        return notation.word(str(value))
    if isinstance(value, tuple) and len(value) == 1 and not isinstance(value[0], tuple):
        return _value(value[0], notation)
    if isinstance(value, tuple):
        return notation.listed([_value(entry, notation) for entry in value])
    return write(value, notation)


def _placement(name: str, placement: Placement, notation: Notation) -> Iterator[str]:
    entry = notation.indexed(placement.name, _all(placement.letters, notation))
    entry = notation.conjugate(entry) if placement.conjugated else entry
    yield notation.relation(notation.indexed(name, _all(placement.index, notation)), "=", entry)
    yield notation.relation(
        notation.call("shape", [notation.letter(name)]), "=", notation.listed(_all(placement.extents, notation))
    )


def _conditions(words: Any, free: Any, when: Any, notation: Notation) -> Iterator[str]:
    rules = [notation.option(keyword, _value(value, notation)) for keyword, value in words.items()]
    rules += [_range(letter, low, high, notation) for letter, (low, high) in free.items()]
    rules += [] if when == true else [write(when, notation)]
    if rules:
        yield notation.word("when ") + notation.joined(rules)


def _range(letter: Symbol, low: Any, high: Any, notation: Notation) -> str:
    least, name, greatest = _all((low, letter, high), notation)
    return notation.relation(notation.relation(least, "<=", name), "<=", greatest)
