"""Records against the worked examples of their sources."""

from typing import Any

import numpy as np
from flint import arb

from .configuration import Configuration, bind
from .enclosure import enclose, integer_outputs
from .records import OperatorSpec
from .rounding import BINARY64, Arithmetic

CERTAIN_BITS = 100


def worked(record: OperatorSpec) -> tuple[Configuration, dict[str, np.ndarray], list[np.ndarray]]:
    """Return the call of the worked example, its operands (integers where the record takes them) and its results."""
    example = record.source.example
    indices = {array.name for array in (*record.inputs, *record.outputs) if array.below is not None}
    whole = "integer" in record.numbers and all(np.array(v).dtype.kind == "i" for v in example.inputs.values())
    arrays = {
        name: np.array(values, np.int64 if whole or name in indices else np.float64)
        for name, values in example.inputs.items()
    }
    results = example.output if record.further else (example.output,)
    shapes = {name: array.shape for name, array in arrays.items()}
    return bind(record, shapes, example.options), arrays, [np.array(values) for values in results]


def example_holds(record: OperatorSpec) -> bool:
    """Whether a record gives the results of its worked example: shapes, and every number exactly or to 100 bits."""
    configuration, arrays, expected = worked(record)
    shapes = [_promoted(e.shape, shape) for e, shape in zip(expected, configuration.output_shapes, strict=True)]
    if shapes != list(configuration.output_shapes):
        return False
    if all(array.dtype.kind == "i" for array in arrays.values()):
        found = integer_outputs(configuration, arrays)
        return all(got.ravel().tolist() == e.ravel().tolist() for got, e in zip(found, expected, strict=True))
    return all(map(_certified_all, enclose(configuration, arrays, Arithmetic(BINARY64)), expected))


def _promoted(shape: tuple[int, ...], to: tuple[int, ...]) -> tuple[int, ...]:
    return (1,) * (len(to) - len(shape)) + shape


def _certified_all(output: Any, numbers: np.ndarray) -> bool:
    if isinstance(output, np.ndarray):
        return bool(output.ravel().tolist() == numbers.ravel().tolist())
    if isinstance(output, tuple):
        return all(map(_certified_all, output, (numbers.real, numbers.imag)))
    return all(map(certified, output.values, numbers.ravel().tolist()))


def certified(value: arb, number: float) -> bool:
    """Whether a value is a number: exactly, or as far as 100 bits of an enclosure tell."""
    if not (np.isfinite(number) and value.is_finite()):
        return str(float(value)) == str(float(number))
    return bool(
        value == number or (value.contains(arb(number)) and value.rad() < 2.0**-CERTAIN_BITS * (1 + abs(number)))
    )
