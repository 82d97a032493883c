"""Adaptive pooling: m windows that cover n samples, window t from floor(t n / m) to ceil((t + 1) n / m) - 1."""

from typing import Any

from sympy import Expr, Mul, Sum

from .average_pooling import NAN as NAN_OF_AVERAGE
from .convolution import EMPTY_AXIS, SUBNORMALS, at_least_one
from .functions import First, Maximum
from .max_pooling import selected_sum
from .pooling import (
    NAN,
    NAN_INDEX,
    NUMBERS,
    SIGN_OF_ZERO,
    TIES,
    adaptive_range,
    entry,
    last_axis,
    one_signal,
    plane,
    row_major,
    signals,
    size_option,
)
from .records import Array, Example, OperatorSpec, Parameter, Precondition, Source, Stage
from .sizes import adaptive_end, adaptive_start
from .symbols import Axis, axes

ROWS = ("L-pool", "L-partial")
REFERENCE = "PyTorch, aten/src/ATen/native/AdaptivePooling.h: start_index and end_index"
_CITED = "n = 5, m = 3: the windows are samples 0-1, 1-3, 3-4, by start_index and end_index; values by hand"
MAX_CONVENTIONS = (*NUMBERS, NAN, TIES, SIGN_OF_ZERO, EMPTY_AXIS)
AVG_CONVENTIONS = (SUBNORMALS, NAN_OF_AVERAGE, EMPTY_AXIS)


def _ranges(spatial: tuple[Axis, ...]) -> tuple[Any, ...]:
    return tuple(adaptive_range(a.j, a.t, a.n, a.m) for a in spatial)


def samples_of(spatial: tuple[Axis, ...]) -> Expr:
    """Return how many samples window ``t`` holds."""
    return Mul(*(adaptive_end(a.n, a.m, a.t) - adaptive_start(a.n, a.m, a.t) for a in spatial))


def _size(keyword: str, spatial: tuple[Axis, ...], letter: str) -> Parameter:
    what = {"output_size": "number of windows", "input_size": "spatial size of the input"}[keyword]
    return size_option(keyword, tuple(getattr(a, letter) for a in spatial), 0, what)


def _rules(spatial: tuple[Axis, ...]) -> tuple[Precondition, ...]:
    sizes = tuple(at_least_one(a.n, "the input size") for a in spatial)
    return *sizes, *(at_least_one(a.m, "the output size") for a in spatial)


def _places(spatial: tuple[Axis, ...], letter: str) -> tuple[Any, ...]:
    return tuple(getattr(a, letter) for a in spatial)


def _upstream(spatial: tuple[Axis, ...]) -> Array:
    return Array(name="dy", axes=plane(*_places(spatial, "m")), meaning="gradient of the output")


def _pool(name: str, summary: str, dims: int, value: Expr, example: Example, kind: Any) -> OperatorSpec:
    spatial = axes(dims)
    return OperatorSpec(
        name=f"{name}{dims}d",
        summary=summary,
        inputs=(signals(spatial, extended=False),),
        parameters=(_size("output_size", spatial, "m"),),
        output=Array(name="y", axes=plane(*_places(spatial, "m")), meaning="one number per window"),
        requires=_rules(spatial),
        definition=(Stage(entry("y", *_places(spatial, "t")), value),),
        source=Source(rows=ROWS, reference=REFERENCE, example=example),
        **kind,
    )


_MAX: dict[str, Any] = {"numbers": ("float", "integer"), "conventions": MAX_CONVENTIONS}
_AVG: dict[str, Any] = {"numbers": ("float",), "conventions": AVG_CONVENTIONS}


def _max_pool(dims: int) -> OperatorSpec:
    spatial = axes(dims)
    example = Example(
        inputs={"x": one_signal(dims, (5, 1, 4, 2, 3))},
        options={"output_size": last_axis(dims, 3, 1)},
        output=one_signal(dims, (5, 4, 3)),
        cited=_CITED,
    )
    value = Maximum(entry("x", *_places(spatial, "j")), *_ranges(spatial))
    return _pool("adaptive_max_pool", "The maxima of windows that cover the input.", dims, value, example, _MAX)


def _avg_pool(dims: int) -> OperatorSpec:
    spatial = axes(dims)
    example = Example(
        inputs={"x": one_signal(dims, (1.0, 2.0, 3.0, 4.0, 5.0))},
        options={"output_size": last_axis(dims, 3, 1)},
        output=one_signal(dims, (1.5, 3.0, 4.5)),
        cited=_CITED,
    )
    value = Sum(entry("x", *_places(spatial, "j")), *_ranges(spatial)) / samples_of(spatial)
    return _pool("adaptive_avg_pool", "The averages of windows that cover the input.", dims, value, example, _AVG)


def _max_gradient(record: OperatorSpec) -> OperatorSpec:
    spatial, dims = axes(record.dims), record.dims
    position = row_major(_places(spatial, "j"), _places(spatial, "n"))
    largest = Maximum(entry("x", *_places(spatial, "j")), *_ranges(spatial))
    windows = _places(spatial, "m")
    first = Stage(entry("first", *_places(spatial, "t")), First(position, largest), plane(*windows))
    return OperatorSpec(
        name=f"{record.name}_gradient",
        summary=f"Gradient of {record.name}: each dy goes to the first maximum of its window.",
        inputs=(_upstream(spatial), *record.inputs),
        parameters=(),
        output=Array(name="dx", axes=record.inputs[0].axes, meaning="gradient of the input"),
        requires=record.requires,
        definition=(first, selected_sum(spatial, windows)),
        source=Source(
            rows=(*ROWS, "U1"),
            reference=REFERENCE,
            example=Example(
                inputs={"dy": one_signal(dims, (1, 10, 100)), "x": one_signal(dims, (1, 5, 5, 0, 2))},
                options={},
                output=one_signal(dims, (0, 11, 0, 0, 100)),
                cited=_CITED,
            ),
        ),
        **{**_MAX, "conventions": (*MAX_CONVENTIONS, NAN_INDEX)},
    )


def _avg_gradient(record: OperatorSpec) -> OperatorSpec:
    """Return the adjoint: sample j lies in the windows floor(j m / n) .. ceil((j + 1) m / n) - 1."""
    spatial, dims = axes(record.dims), record.dims
    shared = entry("dy", *_places(spatial, "t")) / samples_of(spatial)
    ranges = (adaptive_range(a.t, a.j, a.m, a.n) for a in spatial)
    return OperatorSpec(
        name=f"{record.name}_gradient",
        summary=f"Gradient of {record.name}: its adjoint.",
        inputs=(_upstream(spatial),),
        parameters=(_size("input_size", spatial, "n"),),
        output=Array(name="dx", axes=record.inputs[0].axes, meaning="gradient of the input"),
        requires=record.requires,
        definition=(Stage(entry("dx", *_places(spatial, "j")), Sum(shared, *ranges)),),
        source=Source(
            rows=(*ROWS, "U1"),
            reference=REFERENCE,
            example=Example(
                inputs={"dy": one_signal(dims, (2.0, 3.0, 4.0))},
                options={"input_size": last_axis(dims, 5, 1)},
                output=one_signal(dims, (1.0, 2.0, 1.0, 3.0, 2.0)),
                cited=_CITED,
            ),
        ),
        **_AVG,
    )


ADAPTIVE_MAX_POOLS = tuple(map(_max_pool, (1, 2, 3)))
ADAPTIVE_MAX_POOL_GRADIENTS = tuple(map(_max_gradient, ADAPTIVE_MAX_POOLS))
ADAPTIVE_AVG_POOLS = tuple(map(_avg_pool, (1, 2, 3)))
ADAPTIVE_AVG_POOL_GRADIENTS = tuple(map(_avg_gradient, ADAPTIVE_AVG_POOLS))
