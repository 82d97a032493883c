"""The value of a call whose record is computed by Fourier transforms, as balls, with a bound in norm.

The definition is interpreted in complex balls. Stages that read no input, such as the filters of a bank, are computed once per
configuration.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from math import log2, prod
from operator import attrgetter
from typing import Any

import numpy as np
from flint import arb, ctx
from sympy import Indexed

from .complex_balls import Balls, Operations, balls_of
from .configuration import Configuration
from .cyclic_convolution import CyclicInterpreter
from .interpret import Interpreter
from .records import Array, Stage
from .rounded import CLASSES, LOST, Enclosure, each, upward
from .rounding import Arithmetic
from .stage_memory import StageMemory

PRECISION = 128
"""Working precision in bits."""


def enclose_harmonic(
    configuration: Configuration,
    arrays: Mapping[str, np.ndarray],
    arithmetic: Arithmetic,
    precision: int = PRECISION,
    stages: tuple[Stage, ...] | None = None,
) -> list[Any]:
    """Evaluate a definition that is computed by transforms, or `stages` in its place.

    The bound on an entry is the record's `rounding` times the 2-norm of the inputs of its item, and what underflow may lose. An
    item that holds a NaN or an infinity, or may overflow, is not judged, nor an entry that the data do not determine or whose
    bound is infinite.

    Returns
    -------
    list of Enclosure, or of pairs of them for complex outputs
        One entry per output.
    """
    record = configuration.record
    with ctx.workprec(precision), np.errstate(all="ignore"):
        interpreter, found = run_harmonic(configuration, arrays, precision, stages)
        outputs = [output.values for output in found]
        bounds, states = _bounds(configuration, arrays, arithmetic, interpreter.arrays)
        complex_data = any(np.asarray(arrays[name]).dtype.kind == "c" for name in configuration.present)
        enclosures: list[Any] = []
        for array, shape, output, bound in zip(
            record.outputs, configuration.output_shapes, outputs, bounds, strict=True
        ):
            known = _enclosures(shape, output, bound, states, arithmetic)
            enclosures.append(known if is_complex(array, configuration, complex_data) else known[0])
    return enclosures


def planned_bounds(
    configuration: Configuration, arrays: Mapping[str, np.ndarray], arithmetic: Arithmetic, precision: int = PRECISION
) -> list[np.ndarray] | None:
    """Return the bounds of the outputs, without their values: for records whose `rounding` reads only what no data change.

    What a result in a narrower format than the sums loses depends on values: see `narrowed`.

    Returns
    -------
    list of ndarray of shape (classes, ..), or None
        To be broadcast to the outputs; none where an item is not judged.
    """
    with ctx.workprec(precision), np.errstate(all="ignore"):
        bounds, states = _bounds(configuration, arrays, arithmetic, plan(configuration, precision))
    return None if np.any(states) else bounds


def narrowed(bounds: np.ndarray, sizes: np.ndarray, arithmetic: Arithmetic) -> np.ndarray:
    """Return bounds with what is lost where sums are rounded to a narrower result.

    Parameters
    ----------
    bounds : ndarray
        On the sums.
    sizes : ndarray
        The moduli of the exact values, or of the results.
    """
    if arithmetic.sums_in == arithmetic.result:
        return bounds
    unit = arithmetic.result.unit
    return upward(bounds + unit * (1 + 2 * unit) * (sizes + bounds))  # a sum c has |c| <= |result| / (1 - u)


def is_complex(array: Array, configuration: Configuration, complex_data: bool) -> bool:
    """Whether an output is complex: where its data are, or the record says that it always is."""
    return not array.is_real(configuration.words) and (complex_data or array.complex)


def run_harmonic(
    configuration: Configuration,
    arrays: Mapping[str, np.ndarray],
    precision: int = PRECISION,
    stages: tuple[Stage, ...] | None = None,
) -> tuple[Interpreter, list[Balls]]:
    """Interpret a definition; return the interpreter, which holds the arrays of all stages, and the outputs."""
    with ctx.workprec(precision):
        interpreter = interpreter_of_harmonic(configuration, Operations(), balls_of)
        numbers, integers = planned(configuration, precision, stages)
        interpreter.arrays.update(numbers)
        interpreter.integers.update(integers)
        interpreter.arrays.update({name: balls_of(arrays[name]) for name in configuration.present})
        return interpreter, interpreter.run(data_stages(configuration, stages))


def plan(configuration: Configuration, precision: int = PRECISION) -> dict[str, Balls]:
    """Return the arrays of a definition that depend on no data: filters and all that goes before them, by name."""
    return planned(configuration, precision)[0]


def planned(
    configuration: Configuration, precision: int = PRECISION, stages: tuple[Stage, ...] | None = None
) -> tuple[dict[str, Balls], dict[str, np.ndarray]]:
    """Return the same, and the arrays of integers."""
    return _planned(_Keyed(configuration), precision, stages or configuration.stages)


class _Keyed:
    """A configuration that stands in a cache under what its plan depends on: all but the number of items."""

    def __init__(self, configuration: Configuration):
        self.configuration = configuration
        values = tuple(pair for pair in configuration.values.items() if pair[0] != "N")
        self.key = configuration.record.name, values, tuple(configuration.words.items()), configuration.present

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Keyed) and self.key == other.key


@lru_cache(maxsize=64)
def _planned(
    keyed: _Keyed, precision: int, stages: tuple[Stage, ...]
) -> tuple[dict[str, Balls], dict[str, np.ndarray]]:
    with ctx.workprec(precision):
        interpreter = interpreter_of_harmonic(keyed.configuration, Operations(), balls_of)
        known: dict[str, int] = {}
        for stage in _split(keyed.configuration.present, stages)[0]:
            _MEMORY.define(interpreter, stage, precision, known)
        return dict(interpreter.arrays), dict(interpreter.integers)


_MEMORY = StageMemory()
"""Stages that several plans have in common."""


def interpreter_of_harmonic(
    configuration: Configuration, operations: Any, constant: Callable[[np.ndarray], Any]
) -> Interpreter:
    """Return an interpreter of a call that knows the shapes of all stages."""
    reals = {
        o.symbol.name: constant(np.array([configuration.values[o.symbol.name]])) for o in configuration.record.reals
    }
    interpreter = CyclicInterpreter(configuration, operations, {}, {}, reals, constant)
    interpreter.set_shapes(configuration.stages)
    return interpreter


def data_stages(configuration: Configuration, stages: tuple[Stage, ...] | None = None) -> tuple[Stage, ...]:
    """Return the stages that read data, also by way of others."""
    return _split(configuration.present, stages or configuration.stages)[1]


@lru_cache(maxsize=1024)
def _split(present: tuple[str, ...], stages: tuple[Stage, ...]) -> tuple[list[Stage], tuple[Stage, ...]]:
    """Return the stages that read no data, and the others."""
    depending, before, after = set(present), list[Stage](), list[Stage]()
    for stage in stages:
        if {entry.base.name for entry in stage.value.atoms(Indexed)} & depending:
            depending.add(stage.target.base.name)
            after.append(stage)
        else:
            before.append(stage)
    return before, tuple(after)


def _enclosures(
    shape: tuple[int, ...], values: np.ndarray, bounds: np.ndarray, states: np.ndarray, arithmetic: Arithmetic
) -> tuple[Enclosure, ...]:
    spread = np.broadcast_to(bounds, (len(CLASSES), *shape)).reshape(len(CLASSES), -1)
    items = states.reshape(states.shape + (1,) * (len(shape) - states.ndim)) if states.size != 1 else states.reshape(())
    flat = np.broadcast_to(items, shape).ravel()
    found = []
    for part in (each(attrgetter("real"), values), each(attrgetter("imag"), values)):
        off = narrowed(spread, np.array([float(abs(ball).abs_upper()) for ball in part]), arithmetic)
        found.append(Enclosure(shape, part, off, flat | LOST * (_blurred(part, off[0]) | np.isinf(off[-1]))))
    return tuple(found)


def _blurred(balls: np.ndarray, bounds: np.ndarray) -> np.ndarray:
    """Return where balls are wider than what a result may be off: there the data do not determine the value.

    A modulus that vanishes, though not exactly in balls, may have any direction.
    """
    return each(lambda ball, bound: not float(ball.rad()) <= bound, balls, bounds, dtype=np.uint8)


def _bounds(
    configuration: Configuration, arrays: Mapping[str, np.ndarray], arithmetic: Arithmetic, values: Mapping[str, Balls]
) -> tuple[list[np.ndarray], np.ndarray]:
    """Return the bound on every output, of shape (classes, ..), and the state of every item."""
    record, points = configuration.record, most_points(configuration)
    assert record.rounding is not None
    norms = _norms(configuration, arrays, getattr(record.rounding, "inputs", configuration.present))
    least = arithmetic.sums_in.least_normal if arithmetic.flushed else arithmetic.sums_in.least
    gain = getattr(record.rounding, "gain", None)
    grown_to = norms if gain is None else norms * gain(configuration, values)
    lost = 64.0 * points**3 * log2(2.0 * points) * least * (1 + grown_to)
    powers = getattr(record.rounding, "powers", lambda _: np.ones(()))(configuration)
    reach = points**2 * grown_to * (1 + 2.0**-20)
    states = np.where(np.maximum(reach, reach ** powers.max()) < arithmetic.narrowest.largest, 0, LOST).astype(np.uint8)
    finite = np.where(states == 0, norms, 0.0)
    outputs = []
    for relative in record.rounding(configuration, arithmetic.sums_in.unit, values):
        one = np.asarray(relative, np.float64)
        sizes = finite.reshape(finite.shape + (1,) * (one.ndim - 1 - finite.ndim)) if finite.ndim else finite
        grown = sizes**powers
        outputs.append(
            upward(one * grown)
            + _lost_of_powers(lost if finite.ndim == 0 else lost.reshape(sizes.shape), sizes, powers)
        )
    return outputs, states


def _lost_of_powers(lost: np.ndarray, sizes: np.ndarray, powers: np.ndarray) -> np.ndarray:
    """Return what underflow may take from powers of numbers of which it may take `lost`."""
    return lost ** np.minimum(powers, 1) * (1 + sizes) ** np.maximum(powers - 1, 0)


def item_norms(configuration: Configuration, values: Mapping[str, Balls], name: str) -> np.ndarray:
    """Return upper bounds of the 2-norms of the items of an array of balls."""
    flat = np.array([float(abs(z).abs_upper()) for z in values[name].values])
    items = configuration.values["N"]
    squares = (flat.reshape(items, len(flat) // max(1, items)) ** 2).sum(axis=1)
    return np.sqrt(squares) * (1 + (flat.size + 8) * 2.0**-52)


def _norms(configuration: Configuration, arrays: Mapping[str, np.ndarray], names: Sequence[str]) -> np.ndarray:
    """Return upper bounds of the products of the 2-norms of some inputs: one per item where there are items."""
    total = np.ones(())
    for name in names:
        array = np.asarray(arrays[name]).reshape(configuration.shapes[name]).astype(np.complex128)
        items = configuration.record.batched and str(configuration.record.array(name).axes[0]) == "N"
        axes = tuple(range(1 if items else 0, array.ndim))
        largest = np.max(np.abs(array), axis=axes, initial=0.0, keepdims=True)
        scale = np.where((largest > 0) & np.isfinite(largest), largest, 1.0)
        scaled = np.sqrt(np.sum(np.abs(array / scale) ** 2, axis=axes)) * scale.reshape(
            scale.shape[: array.ndim - len(axes)]
        )
        total = total * scaled * (1 + (array.size + 8) * 2.0**-52)
    return np.where(np.isfinite(total), total, np.inf)


def most_points(configuration: Configuration) -> int:
    """Return a bound on the length of the transforms: four times the largest array that is no output, as Bluestein needs."""
    return 4 * max(
        1, *(prod(shape[1:] if configuration.record.batched else shape) for shape in configuration.shapes.values())
    )


def midpoint(ball: arb) -> float:
    """Return the float next to the middle of a ball."""
    return float(ball.mid())
