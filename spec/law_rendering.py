"""Laws as LaTeX and plain text: the equation, what its primed arrays hold, and when it holds."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from sympy import Expr, I, Indexed, IndexedBase, KroneckerDelta, Sum, Symbol, exp, fraction, pi, true

from .law_conditions import conditions as _conditions
from .law_conditions import each as _all
from .law_conditions import value_of as _value
from .laws import (
    AMOUNT,
    VALUE,
    Adjoint,
    Associative,
    Cascade,
    Constants,
    Contraction,
    Gradient,
    Inverse,
    Isometry,
    Law,
    Linear,
    Modulation,
    Multiplicative,
    Placement,
    Rearrangement,
    Transformed,
)
from .notation import LATEX, TEXT, Notation
from .records import OperatorSpec
from .rendering import named_sizes
from .scattering_rendering import WRITERS as SCATTERING_WRITERS
from .symbols import Axis, i
from .writing import within_product, write

A = Axis.of(0, 1)


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
    if type(law) not in _WRITERS:
        raise TypeError(f"no rendering for {type(law).__name__}")
    yield from _WRITERS[type(law)](law, notation)


def _required(record: OperatorSpec) -> list[str]:
    return [array.name for array in record.inputs if not array.optional]


def _call(record: OperatorSpec, arguments: Sequence[str], notation: Notation) -> str:
    return notation.call(record.name, arguments)


def _linear(law: Linear, notation: Notation) -> Iterator[str]:
    names = _required(law.operator)
    scale, old, new = (notation.letter(name) for name in ("alpha", law.wrt, f"{law.wrt}'"))

    def value(of: str) -> str:
        return _call(law.operator, [of if name == law.wrt else notation.letter(name) for name in names], notation)

    left = value(f"{notation.product([scale, old])} + {new}")
    yield notation.relation(left, "=", f"{notation.product([scale, value(old)])} + {value(new)}")


def _adjoint(law: Adjoint, notation: Notation) -> Iterator[str]:
    names = _required(law.operator)
    (other,) = (name for name in _required(law.gradient) if name not in names)
    letters = {name: notation.letter(name) for name in (*names, other)}
    forward = _call(law.operator, [letters[name] for name in names], notation)
    backward = _call(law.gradient, [letters[name] for name in _required(law.gradient)], notation)
    sides = notation.inner(forward, letters[other]), notation.inner(letters[law.wrt], backward)
    yield notation.relation(sides[0], "=", sides[1])


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
    yield from _conditions(law.words, {}, true, notation)


def _contraction(law: Contraction, notation: Notation) -> Iterator[str]:
    letters = {name: notation.letter(name) for name in _required(law.operator)}
    old, new = notation.letter(law.wrt), notation.letter(f"{law.wrt}'")
    values = [_call(law.operator, [*{**letters, law.wrt: at}.values()], notation) for at in (old, new)]
    grown, change = notation.norm(" - ".join(values), law.norm), notation.norm(f"{old} - {new}", law.norm)
    factor = [] if law.constant == 1 else [within_product(law.constant, notation)]
    yield notation.relation(grown, "<=", notation.product([*factor, change]))


def _gradient(law: Gradient, notation: Notation) -> Iterator[str]:
    given = {a.name: notation.letter(a.name) for a in law.operator.inputs if not a.optional or a.name == law.wrt}
    (upstream, *_) = law.gradient.inputs
    direction, above = notation.letter("h"), notation.letter(upstream.name)
    forward = _call(law.operator, list(given.values()), notation)
    inputs = [a.name for a in law.gradient.inputs if not a.optional or a.name in given]
    backward = _call(law.gradient, [notation.letter(name) for name in inputs], notation)
    left = _output(law.operator, law.output, notation.derivative(forward, given[law.wrt], direction), notation)
    right = _output(law.gradient, law.part, backward, notation)
    yield notation.relation(notation.inner(left, above), "=", notation.inner(direction, right))


def _isometry(law: Isometry, notation: Notation) -> Iterator[str]:
    letters = {name: notation.letter(name) for name in _required(law.operator)}
    value = _call(law.operator, list(letters.values()), notation)
    squares = [_square(letters[name], notation) for name in law.wrt]
    factors = [_factor(law.constant, notation), *squares]
    yield notation.relation(_square(value, notation), "=", notation.product(factors))
    rules = [notation.relation(write(letter, notation), "=", write(value, notation)) for letter, value in law.solved]
    if rules:
        yield notation.word("when ") + notation.joined(rules)


def _factor(constant: Expr, notation: Notation) -> str:
    """Return a constant before a product, with one bar under all that is above it."""
    above, below = (write(part, notation) for part in fraction(constant))
    return above if below == "1" else notation.quotient(above, below, True)


def _square(inner: str, notation: Notation) -> str:
    return notation.power(notation.norm(inner, "l2"), "2")


def _modulation(law: Modulation, notation: Notation) -> Iterator[str]:
    name, names = law.placement.name, _required(law.operator)
    moved = name if law.placement.index == law.placement.letters else f"{name}'"
    calls = [
        _call(law.operator, [notation.letter(at if n == name else n) for n in names], notation) for at in (moved, name)
    ]
    target = law.operator.definition[-1].target.indices
    right = notation.element(calls[1], _all(law.index, notation))
    right = notation.conjugate(right) if law.conjugated else right
    turn = [] if law.phase == 0 else [write(exp(2 * pi * I * law.phase), notation)]
    yield notation.relation(notation.element(calls[0], _all(target, notation)), "=", notation.product([*turn, right]))
    if moved != name:
        yield from _placement(moved, law.placement, notation)
    yield from _conditions({}, law.free, true, notation)


def _inverse(law: Inverse, notation: Notation) -> Iterator[str]:
    letters = {name: notation.letter(name) for name in _required(law.operator)}
    value = _call(law.operator, list(letters.values()), notation)
    others = [_call(record, [letters[name]], notation) for name, record in law.others.items()]
    yield notation.relation(_call(law.inverse, [value, *others], notation), "=", next(iter(letters.values())))


def _multiplicative(law: Multiplicative, notation: Notation) -> Iterator[str]:
    x, h, circular = (notation.letter(name) for name in ("x", "h", "x'"))
    factor = [] if law.constant == 1 else [_factor(law.constant, notation)]
    values = [_call(law.operator, [at], notation) for at in (x, h, circular)]
    yield notation.relation(notation.product(values[:2]), "=", notation.product([*factor, values[2]]))
    sizes = law.operator.inputs[0].axes[1:]
    pads = notation.listed([notation.listed(_all((size - 1, 0), notation)) for size in sizes])
    options = [notation.option("padding", pads), notation.option("padding_mode", notation.word("circular"))]
    flipped = notation.call("reversed", [h])
    yield notation.relation(circular, "=", _call(law.convolution, [x, flipped, *options], notation))


def _constants(law: Constants, notation: Notation) -> Iterator[str]:
    value, target = notation.letter("alpha"), _all(law.operator.definition[-1].target.indices, notation)
    found = notation.element(_call(law.operator, [value], notation), target)
    yield notation.relation(found, "=", write(Symbol("alpha", real=True) * law.value, notation))


def _cascade(law: Cascade, notation: Notation) -> Iterator[str]:
    signal, filters = (array.name for array in law.operator.inputs)
    first = law.operator.definition[0].value.atoms(Indexed)
    (taps,) = (entry for entry in first if str(entry.base) == filters)
    band, tap = taps.indices
    bands = notation.element(_call(law.operator, [signal, filters], notation), _all((i, band, A.t), notation))
    options = [notation.option(keyword, write(value, notation)) for keyword, value in law.options.items()]
    twice = _call(law.operator, [bands, notation.letter(f"{filters}'")], notation)
    yield notation.relation(twice, "=", _call(law.operator, [signal, "e", *options], notation))
    next_taps = IndexedBase(f"{filters}'")[Symbol(f"{band}_2", integer=True), law.second[tap]]
    ranges = ((letter, 0, size - 1) for letter, size in ((tap, A.k), (law.second[tap], law.second[A.k])))
    value = Sum(KroneckerDelta(A.j, law.tap) * taps * next_taps, *ranges)
    yield notation.relation(write(IndexedBase("e")[next_taps.indices[0], A.j], notation), "=", write(value, notation))


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


def _own(law: Rearrangement, notation: Notation) -> list[str]:
    return [notation.letter(array.name) for array in law.operator.inputs if array.name not in law.without]


def _placed(law: Rearrangement, notation: Notation) -> list[str]:
    """Return the arguments of the other call: arrays, primed where placed anew, then the options that change."""
    known = {array.name for array in law.operator.inputs} - set(law.without)
    names = [array.name for array in law.other.inputs if array.name in known or array.name in law.arrays]
    arrays = [notation.letter(f"{name}'" if name in law.arrays else name) for name in names]
    return arrays + [notation.option(keyword, _value(value, notation)) for keyword, value in law.options.items()]


def _placement(name: str, placement: Placement, notation: Notation) -> Iterator[str]:
    entry = notation.indexed(placement.name, _all(placement.letters, notation))
    entry = notation.conjugate(entry) if placement.conjugated else entry
    yield notation.relation(notation.indexed(name, _all(placement.index, notation)), "=", entry)
    yield notation.relation(
        notation.call("shape", [notation.letter(name)]), "=", notation.listed(_all(placement.extents, notation))
    )


_WRITERS: dict[type, Callable[[Any, Notation], Iterator[str]]] = {
    Rearrangement: _rearrangement,
    Linear: _linear,
    Adjoint: _adjoint,
    Associative: _associative,
    Transformed: _transformed,
    Contraction: _contraction,
    Gradient: _gradient,
    Isometry: _isometry,
    Modulation: _modulation,
    Inverse: _inverse,
    Multiplicative: _multiplicative,
    Constants: _constants,
    Cascade: _cascade,
    **SCATTERING_WRITERS,
}
