"""The value of a call as enclosures, with the bound on what an implementation of a declared class may be off."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from flint import arb, ctx

from .algorithm_classes import EITHER
from .configuration import Configuration
from .evaluate import evaluate_integers
from .harmonic import enclose_harmonic
from .interpret import Interpreter
from .operations import Operations
from .records import Stage
from .rounded import CLASSES, INF, INFINITE, LOST, Complex, Enclosure, Rounded, each, exact
from .rounding import BINARY64, Arithmetic

PRECISIONS = (160, 2500, 40_000)
"""Working precision in bits; the next where the one before leaves a doubt."""


def enclose(
    configuration: Configuration,
    arrays: Mapping[str, np.ndarray],
    arithmetic: Arithmetic,
    algorithm: str = "direct",
    precision: int = PRECISIONS[0],
) -> list[Any]:
    """Evaluate a definition on floating-point arrays.

    Parameters
    ----------
    configuration : Configuration
        The bound call.
    arrays : mapping of str to ndarray
        Float (or complex) operands, and integer index arrays.
    arithmetic : Arithmetic
        Format of the result and of the operations between.
    algorithm : str
        Name of the algorithm class, which decides where an implementation rounds; the value is that of the definition. Of
        several, joined by `EITHER`, an implementation may follow any.
    precision : int
        Working precision in bits.

    Returns
    -------
    list of Enclosure, or of pairs of them for complex outputs, or of int64 arrays
        One entry per output.
    """
    if configuration.record.rounding is not None:
        return enclose_harmonic(configuration, arrays, arithmetic, precision)
    first, _, others = algorithm.partition(EITHER)
    if others:
        each_way = [enclose(configuration, arrays, arithmetic, name, precision) for name in (first, others)]
        return [_either(*pair) for pair in zip(*each_way, strict=True)]
    with ctx.workprec(precision), np.errstate(all="ignore"):
        stages = configuration.algorithm(algorithm)
        computed = interpreter_of(configuration, arrays, arithmetic).run(stages)
        values = _values(configuration, arrays, arithmetic, stages, computed)
        shapes = configuration.output_shapes
        return [_enclosure(*entry, arithmetic) for entry in zip(shapes, values, computed, strict=True)]


def _either(one: Any, other: Any) -> Any:
    """Return the enclosure of an output that is computed in one way or in another."""
    if isinstance(one, tuple):
        return tuple(map(_either, one, other))
    if isinstance(one, np.ndarray):
        return one
    return replace(one, bounds=np.maximum(one.bounds, other.bounds), states=one.states | other.states)


def _values(
    configuration: Configuration,
    arrays: Mapping[str, np.ndarray],
    arithmetic: Arithmetic,
    stages: Any,
    computed: list[Any],
) -> list[Any]:
    """Return the definition's values; where an exponential is no ball, those of an algorithm, which are the same."""
    values = computed
    # the definition comes last, and counts; where the record has no algorithm "direct" the two are one
    for others in dict.fromkeys((configuration.algorithm("direct"), configuration.stages)):
        if others != stages:
            found = interpreter_of(configuration, arrays, arithmetic).run(others)
            values = [_where_known(*pair) for pair in zip(found, values, strict=True)]
    return values


def enclose_stages(
    configuration: Configuration,
    stages: tuple[Stage, ...],
    arrays: Mapping[str, np.ndarray],
    arithmetic: Arithmetic,
    precision: int = PRECISIONS[0],
) -> list[Any]:
    """Evaluate stages that stand in place of the definition; what they read outside an input does not exist.

    Returns
    -------
    list of Enclosure, or of pairs of them for complex outputs, or of int64 arrays
        One entry per output.
    """
    if configuration.record.rounding is not None:
        return enclose_harmonic(configuration, arrays, arithmetic, precision, stages)
    with ctx.workprec(precision), np.errstate(all="ignore"):
        interpreter = interpreter_of(configuration, arrays, arithmetic)
        interpreter.extended = {array.name for array in configuration.record.inputs}
        shaped = zip(configuration.output_shapes, interpreter.run(stages), strict=True)
        return [_enclosure(shape, value, value, arithmetic) for shape, value in shaped]


def _where_known(values: Any, others: Any) -> Any:
    """Return values, and others where those are not finite."""
    if not isinstance(values, Rounded):
        return values
    lost = np.array([not value.is_finite() for value in values.balls], bool)
    finite = np.array([value.is_finite() for value in others.balls], bool)
    return Rounded(None, np.where(lost & finite, others.balls, values.balls))


def integer_outputs(configuration: Configuration, arrays: Mapping[str, np.ndarray]) -> list[np.ndarray]:
    """Return the exact outputs for integer operands: int64 where they fit, else Python integers."""
    if configuration.record.sums_products:
        return [evaluate_integers(configuration, arrays)]
    outputs = interpreter_of(configuration, arrays, Arithmetic(BINARY64)).run(configuration.stages)
    shaped = []
    for shape, output in zip(configuration.output_shapes, outputs, strict=True):
        values: Any = output.plain if isinstance(output, Rounded) else output
        fits = all(-(2**63) <= v < 2**63 for v in values)
        dtype: Any = np.int64 if fits else object
        shaped.append(np.array(list(values), dtype).reshape(shape))
    return shaped


def interpreter_of(
    configuration: Configuration,
    arrays: Mapping[str, np.ndarray],
    arithmetic: Arithmetic,
    kind: type[Interpreter] = Interpreter,
) -> Any:
    """Return an interpreter of a call, of enclosures in one arithmetic."""
    record = configuration.record
    operations = Operations(arithmetic.sums_in, arithmetic.flushed)
    shaped = {name: np.asarray(arrays[name]).reshape(configuration.shapes[name]) for name in configuration.present}
    return kind(
        configuration,
        operations,
        {name: _operand(values, arithmetic) for name, values in shaped.items() if name not in record.index_inputs},
        {name: values.ravel().astype(np.int64) for name, values in shaped.items() if name in record.index_inputs},
        {option.symbol.name: _option(configuration, option, arithmetic) for option in record.reals},
        exact,
    )


def _operand(values: np.ndarray, arithmetic: Arithmetic) -> Any:
    if values.dtype.kind == "c":
        return Complex(_rounded(values.real, arithmetic), _rounded(values.imag, arithmetic))
    return _rounded(values, arithmetic)


def _rounded(values: np.ndarray, arithmetic: Arithmetic) -> Rounded:
    """Return exact operands, off by what they lose where a subject rounds them to a narrower format."""
    form = arithmetic.operands
    if form is None or values.dtype.kind != "f":
        return exact(values)
    size = np.abs(np.nan_to_num(values.ravel().astype(np.float64), posinf=0.0, neginf=0.0))
    lost = np.where(size > 0, size * form.unit + form.least, 0.0)
    state = np.where(size >= form.largest, LOST, 0).astype(np.uint8)
    return Rounded(exact(values).plain, None, np.tile(lost, (len(CLASSES), 1)), state)


def _option(configuration: Configuration, option: Any, arithmetic: Arithmetic) -> Rounded:
    """Return a real option; a subject may round it to the format of the data."""
    value = configuration.values[option.symbol.name]
    nearest = float(np.float32(value)) if arithmetic.result.precision == 24 else value
    error = np.full((len(CLASSES), 1), np.nextafter(abs(nearest - value), np.inf) if nearest != value else 0.0)
    return Rounded(np.array([value]), None, error)


def _enclosure(shape: tuple[int, ...], value: Any, computed: Any, arithmetic: Arithmetic) -> Any:
    if isinstance(value, np.ndarray):
        return value.reshape(shape)
    if isinstance(value, Complex):
        return tuple(_enclosure(shape, *part, arithmetic) for part in zip(_parts(value), _parts(computed), strict=True))
    if arithmetic.sums_in != arithmetic.result:
        computed = Operations(arithmetic.sums_in, arithmetic.flushed).converted(computed, arithmetic.result)
    length = len(value.balls)
    bounds = np.broadcast_to(computed.errors, (len(CLASSES), length))
    states = np.broadcast_to(computed.states | _departures(value, computed), length)
    return Enclosure(shape, value.balls, bounds, states)


def _departures(value: Rounded, computed: Rounded) -> np.ndarray:
    """Return the states where an algorithm leaves the definition: 0 times the infinity of a division by 0, or an overflow."""
    if value is computed:
        return np.zeros(1, np.uint8)
    return each(_departure, value.balls, computed.balls, dtype=np.uint8)


def _departure(value: arb, computed: arb) -> int:
    """Return the state of one element: it may be infinite with the sign of its finite value, or anything."""
    if (value.is_finite() and computed.is_finite()) or (value.is_nan() and computed.is_nan()):
        return 0
    if (value > 0 and computed == INF) or (value <= 0 and computed == -INF):
        return INFINITE if value.is_finite() else 0
    return LOST


def _parts(value: Complex) -> tuple[Rounded, Rounded]:
    return value.real, value.imag
