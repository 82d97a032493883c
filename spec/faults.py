"""Wrong definitions, to say what a wrong implementation does: "as if the dilation were ignored on the second axis".

The faults of sums of products stand here, those of other definitions in `layer_faults`. A fault edits the index relation of a
record: it keeps the output shape and changes what is summed. Positions change in every factor but the filter, so one edit
serves a convolution, its gradients and its transpose.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import permutations
from typing import Any

import numpy as np
from sympy import Expr, Integer, Lambda, Min, Mod, Symbol, floor, symbols

from . import layer_faults, nest
from .configuration import Configuration
from .convolution import PADDING_MODES
from .records import Addend, Factor, OperatorSpec, addends, bound
from .relations import words_of
from .rounding import Arithmetic
from .symbols import EXTENSION, Axis, C, G, O, axes, c, i, o
from .symbols import a as channel

Edit = Callable[[Addend], Addend]
_ORDINALS = ("first", "second", "third")


@dataclass(frozen=True)
class Fault:
    """A wrong definition.

    Attributes
    ----------
    sentence : str
        "as if ...", for a report.
    applies : callable
        Whether the fault makes sense for a record.
    wrong : callable
        The addends of the wrong definition; the target and its extents are the record's.
    """

    name: str
    sentence: str
    applies: Callable[[OperatorSpec], bool]
    wrong: Callable[[OperatorSpec], tuple[Addend, ...]]


@lru_cache
def definition(record: OperatorSpec) -> tuple[Addend, ...]:
    """Return the addends of a record of one stage."""
    (stage,) = record.definition
    return addends(stage)


def _letters(parts: tuple[Addend, ...]) -> set[Symbol]:
    exprs = [e for part in parts for f in part.factors for e in f.index]
    exprs += [e for part in parts for _, low, high in part.ranges for e in (low, high)]
    exprs += [e for part in parts for _, e in part.equations]
    return {s for e in exprs for s in e.free_symbols}


@lru_cache
def _known(record: OperatorSpec) -> set[Symbol]:
    """Return the letters that a call gives values to, and those of the sums."""
    options = {s for parameter in record.parameters for s in parameter.flat}
    return options | _letters(definition(record)) | {s for a in record.inputs for e in a.axes for s in e.free_symbols}


def _dims(record: OperatorSpec) -> int:
    """Return the number of axes that windows slide along; the output of a synthesis has no axis of channels beside its one."""
    return record.dims or int(Axis.of(0, 1).s in _known(record))


def _mapped(addend: Addend, change: Callable[[Expr], Expr], spared: tuple[str, ...] = ("w", "h")) -> Addend:
    """Change every index of the factors that are not spared, and every place where a product lands."""
    factors = tuple(
        f if f.array in spared else replace(f, index=tuple(change(e) for e in f.index)) for f in addend.factors
    )
    return Addend(factors, addend.ranges, tuple((letter, change(e)) for letter, e in addend.equations))


def _put(values: Mapping[Any, Any], spared: tuple[str, ...] = ("w", "h")) -> Edit:
    return lambda addend: _mapped(addend, lambda e: e.xreplace(dict(values)), spared)


def _limited(letter: Any, first: int, dropped: int) -> Edit:
    """Leave the first or the last values of a summation letter out."""
    return lambda addend: replace(
        addend,
        ranges=tuple(
            (v, low + first, high - dropped) if v == letter else (v, low, high) for v, low, high in addend.ranges
        ),
    )


def _only_first(letter: Any) -> Edit:
    return lambda addend: replace(
        addend, ranges=tuple((v, low, Integer(0)) if v == letter else (v, low, high) for v, low, high in addend.ranges)
    )


def _on_factor(name: str, change: Callable[[Factor], Factor]) -> Edit:
    return lambda addend: replace(addend, factors=tuple(change(f) if f.array == name else f for f in addend.factors))


def _fault(name: str, sentence: str, edit: Edit, dims: int | None = None) -> Fault:
    """Return the fault that edits the sums of products; it applies where it changes something."""

    def wrong(record: OperatorSpec) -> tuple[Addend, ...]:
        return tuple(edit(addend) if addend.ranges else addend for addend in definition(record))

    def applies(record: OperatorSpec) -> bool:
        if dims not in (None, _dims(record)):
            return False
        return wrong(record) != definition(record) and _letters(wrong(record)) <= _known(record)

    return Fault(name, sentence, applies, wrong)


def _axis_edits(a: Axis) -> Iterator[tuple[str, str, Edit]]:
    """Yield (name, clause, edit) of the faults of one axis."""
    one = Integer(1)
    yield "dilation ignored", "the dilation were ignored", _put({a.d: one})
    yield "stride ignored", "the stride were ignored", _put({a.s: one})
    yield "stride and dilation exchanged", "stride and dilation were exchanged", _put({a.s: a.d, a.d: a.s})
    yield "filter flipped", "the filter were flipped", _flipped(a)
    yield "padding ignored", "there were no padding before", _put({a.p: Integer(0)})
    yield "padding doubled", "the padding were added twice", _put({a.p: 2 * a.p})
    yield "padding sides exchanged", "padding before and after were exchanged", _put({a.p: a.q})
    yield "read one early", "every read were one sample early", _put({a.p: a.p + 1})
    yield "read one late", "every read were one sample late", _put({a.p: a.p - 1})
    yield "last tap dropped", "the last tap were left out", _limited(a.u, 0, 1)
    yield "first tap dropped", "the first tap were left out", _limited(a.u, 1, 0)
    yield "last window dropped", "the last window were left out", _limited(a.t, 0, 1)
    yield "last summand dropped", "the last summand were left out", _limited(a.j, 0, 1)
    yield "first summand dropped", "the first summand were left out", _limited(a.j, 1, 0)
    yield "result one early", "the kept part began one sample early", _put({a.e: a.e - 1}, ())
    yield "result one late", "the kept part began one sample late", _put({a.e: a.e + 1}, ())
    yield "output padding before", "output_padding were added before", _put({a.p: a.p + a.r})
    yield "other centre, later", "'same' kept the next sample as its centre", _put({a.e: a.e + Mod(a.k + 1, 2)}, ())
    yield "other centre, earlier", "'same' kept the sample before as its centre", _put({a.e: a.e - Mod(a.k + 1, 2)}, ())


def _flipped(a: Axis) -> Edit:
    """Flip the filter against the positions: by its letter in a layer, by its index in a signal."""
    suffix = str(a.u)[1:]
    position = 0 if suffix in ("", "_1") else int(suffix[1:]) - 1

    def flip(factor: Factor) -> Factor:
        index = list(factor.index)
        index[position] = a.k - 1 - index[position]
        return replace(factor, index=tuple(index))

    def edit(addend: Addend) -> Addend:
        if any(f.array == "h" for f in addend.factors):
            return _on_factor("h", flip)(addend)
        return _put({a.u: a.k - 1 - a.u})(addend)

    return edit


def _composed(edits: list[Edit]) -> Edit:
    def edit(addend: Addend) -> Addend:
        for one in edits:
            addend = one(addend)
        return addend

    return edit


def _axis_faults(dims: int) -> Iterator[Fault]:
    spatial = axes(dims)
    for number, a in enumerate(spatial):
        where = f" on the {_ORDINALS[number]} axis" if dims > 1 else ""
        for name, clause, edit in _axis_edits(a):
            yield _fault(f"{name}{where}", f"as if {clause}{where}", edit, dims)
    if dims > 1:
        for kinds in zip(*(list(_axis_edits(a)) for a in spatial), strict=True):
            name, clause, _ = kinds[0]
            yield _fault(f"{name} on all axes", f"as if {clause} on all axes", _composed([k[2] for k in kinds]), dims)
        yield from _exchanged(spatial, dims)


def _exchanged(spatial: tuple[Axis, ...], dims: int) -> Iterator[Fault]:
    """Yield the faults that take an option from another axis."""
    for (x, one), (y, other) in permutations(enumerate(spatial), 2):
        for option, field in {"stride": "s", "dilation": "d", "padding": "p"}.items():
            mine, theirs = getattr(one, field), getattr(other, field)
            clause = f"the {option} of the {_ORDINALS[y]} axis were used on the {_ORDINALS[x]}"
            yield _fault(clause, f"as if {clause}", _put({mine: theirs}), dims)
            if x < y:
                clause = f"the {option}s of the {_ORDINALS[x]} and the {_ORDINALS[y]} axis were exchanged"
                yield _fault(clause, f"as if {clause}", _put({mine: theirs, theirs: mine}), dims)


_IN, _OUT = (C / G) * floor(o / (O / G)), (O / G) * floor(channel / (C / G))
"""The first channel of a group: of the input for output channel o, of the output for input channel a."""


def _channel_faults() -> Iterator[Fault]:
    offsets = {
        "groups ignored": ("every group read the channels of the first", {_IN: Integer(0), _OUT: Integer(0)}),
        "group offset by the other channel count": (
            "the channels of a group were counted by those of the other side",
            {_IN: (O / G) * floor(o / (O / G)), _OUT: (C / G) * floor(channel / (C / G))},
        ),
        "groups interleaved": (
            "groups took turns instead of lying side by side",
            {_IN: (C / G) * Mod(o, G), _OUT: (O / G) * Mod(channel, G)},
        ),
    }
    for name, (clause, values) in offsets.items():
        yield _fault(name, f"as if {clause}", _put(values))
    yield _fault("last channel dropped", "as if the last input channel of each group were left out", _limited(c, 0, 1))
    yield _fault(
        "only the first channel", "as if the first input channel of each group were the only one", _only_first(c)
    )
    yield _fault("only the first batch element", "as if every batch element were the first", _put({i: Integer(0)}))
    yield _fault("sum over the first batch element", "as if the first batch element alone were summed", _only_first(i))
    unconjugated = _composed(
        [_on_factor(name, lambda f: replace(f, conjugated=not f.conjugated)) for name in ("h", "w")]
    )
    clause = "the filter were conjugated where it is not, or not where it is"
    conjugate = _fault("conjugate", f"as if {clause}", unconjugated)
    yield replace(conjugate, applies=lambda record: "complex" in record.numbers and conjugate.applies(record))


_j, _n = symbols("j n", integer=True)
_EXTENSIONS = {
    **{f"padding mode {word}": (f"the padding mode were '{word}'", rule) for word, rule in PADDING_MODES.items()},
    "edge repeated": (
        "reflect padding repeated the edge sample",
        Lambda((_j, _n), Min(Mod(_j, 2 * _n), 2 * _n - 1 - Mod(_j, 2 * _n))),
    ),
}


def _border_faults() -> Iterator[Fault]:
    for name, (clause, rule) in _EXTENSIONS.items():
        yield _fault(name, f"as if {clause}", _extended(rule))


def _extended(rule: Lambda) -> Edit:
    return lambda addend: _mapped(addend, lambda e: e.replace(EXTENSION, rule))


def _bias_faults() -> Iterator[Fault]:
    def bias(record: OperatorSpec) -> tuple[Addend, ...]:
        return tuple(addend for addend in definition(record) if not addend.ranges)

    def has_bias(record: OperatorSpec) -> bool:
        return bool(bias(record))

    def without(record: OperatorSpec) -> tuple[Addend, ...]:
        return tuple(addend for addend in definition(record) if addend.ranges)

    yield Fault("bias dropped", "as if there were no bias", has_bias, without)
    yield Fault("bias doubled", "as if the bias were added twice", has_bias, lambda r: (*definition(r), *bias(r)))


FAULTS: tuple[Fault, ...] = (
    *(fault for dims in (1, 2, 3) for fault in _axis_faults(dims)),
    *_channel_faults(),
    *_border_faults(),
    *_bias_faults(),
)


@lru_cache(maxsize=256)
def _open(record: OperatorSpec) -> OperatorSpec:
    """Return the record with every array extended by zeros, so that a wrong read stays harmless."""
    return replace(record, inputs=tuple(replace(array, extended=True) for array in record.inputs))


def _specialised(configuration: Configuration, wrong: tuple[Addend, ...]) -> tuple[Addend, ...]:
    """Put in what the words mean, and leave absent inputs out."""
    binding = words_of(configuration.record, configuration.words)
    extension = {key: value for key, value in binding.items() if isinstance(value, Lambda)}
    present = [a for a in wrong if all(f.array in configuration.present for f in a.factors)]
    return tuple(_mapped(addend, lambda e: bound(e, extension), ()) for addend in present)


def element(
    configuration: Configuration, wrong: tuple[Addend, ...], arrays: Mapping[str, Any], index: tuple[int, ...]
) -> Any:
    """Return one output element of a wrong definition; exact for arrays of Python or small integers."""
    total, target = 0, configuration.record.definition[-1].target
    for addend in wrong:
        generate, letters = nest.terms(_open(configuration.record), target, addend)
        for places in generate(*index, *(configuration.values[letter] for letter in letters)):
            product = 1
            for factor, place in zip(addend.factors, places, strict=True):
                value = arrays[factor.array][place]
                product *= value.conjugate() if factor.conjugated else value
            total += product
    return total


def diagnose(
    configuration: Configuration,
    arrays: Mapping[str, np.ndarray],
    got: np.ndarray | tuple[np.ndarray, ...],
    *,
    further: Sequence[layer_faults.Trial] = (),
    arithmetic: Arithmetic = layer_faults.DOUBLE,
    algorithm: str = "direct",
) -> list[str]:
    """Return the sentences of the wrong definitions that give `got`.

    Parameters
    ----------
    configuration : Configuration
        The call.
    arrays : mapping of str to ndarray
        Small integers, of any dtype, so that every sum is exact.
    got : ndarray, or tuple of them
        The wrong answer; another shape than the record's has no diagnosis here.
    further : sequence of Trial
        More calls, of a record that is more than a sum of products; see `layer_faults.diagnose`.
    arithmetic, algorithm
        How such a subject rounds.
    """
    outputs = got if isinstance(got, tuple) else (got,)
    if tuple(output.shape for output in outputs) != configuration.output_shapes:
        return []
    if configuration.record.sums_products:
        return _diagnosed_sum(configuration, arrays, outputs[0])
    trials = [layer_faults.Trial(arrays, outputs), *further]
    return layer_faults.diagnose(configuration, trials, arithmetic=arithmetic, algorithm=algorithm)


def _diagnosed_sum(configuration: Configuration, arrays: Mapping[str, np.ndarray], got: np.ndarray) -> list[str]:
    """Return the sentences of the wrong sums of products that give exactly `got`."""
    shaped = {name: np.asarray(arrays[name]).reshape(configuration.shapes[name]) for name in configuration.present}
    right = _specialised(configuration, definition(configuration.record))
    agree = {index: element(configuration, right, shaped, index) == got[index] for index in np.ndindex(*got.shape)}
    if all(agree.values()):
        return []
    indices = sorted(
        agree, key=lambda index: bool(agree[index])
    )  # where the answer is wrong, wrong definitions part soonest
    found = []
    for fault in FAULTS:
        if fault.applies(configuration.record):
            wrong = _specialised(configuration, fault.wrong(configuration.record))
            if wrong != right and all(element(configuration, wrong, shaped, index) == got[index] for index in indices):
                found.append(fault.sentence)
    return found
