"""Gradients of conv1d, conv2d and conv3d, derived from their index relation by transposition."""

from typing import Any

from .adjoint import transposed
from .convolution import CONVENTIONS, CONVOLUTIONS, EMPTY_AXIS, filter_array, input_array
from .records import Array, Example, OperatorSpec, Parameter, Source
from .symbols import C, G, N, O, a, axes

_CITED = "transposed by hand: <conv(x, w), dy> = <x, dx> = <w, dw> with conv1d, stride 2"


def _output_extents(record: OperatorSpec) -> dict[Any, Any]:
    (stage,) = record.definition
    return dict(zip(stage.target.indices, record.output.axes, strict=True))


def output_gradient(record: OperatorSpec) -> Array:
    """Return the array ``dy`` with the axes of the operator's output."""
    return Array(name="dy", axes=record.output.axes, meaning="gradient of the output", extended=True)


def size_option(keyword: str, symbols: tuple[Any, ...], least: int) -> Parameter:
    return Parameter(
        keyword=keyword,
        symbols=symbols,
        least=least,
        default=None,
        meaning=f"spatial size of the {keyword.split('_')[0]}",
    )


def _nested(dims: int, values: tuple[int, ...]) -> Any:
    """Return one batch, one channel, and `values` along the last of `dims` axes."""
    nested: Any = values
    for _ in range(dims + 1):
        nested = (nested,)
    return nested


def _last(dims: int, value: int, other: int) -> Any:
    return (other,) * (dims - 1) + (value,)


def _input_gradient(record: OperatorSpec) -> OperatorSpec:
    spatial = axes(record.dims)
    letters = (a, *(axis.j for axis in spatial))
    dims = record.dims
    return OperatorSpec(
        name=f"{record.name}_input_gradient",
        summary=f"Gradient of {record.name} with respect to its input: the adjoint of x -> {record.name}(x, w).",
        inputs=(output_gradient(record), filter_array(spatial)),
        parameters=(
            size_option("input_size", tuple(axis.n for axis in spatial), 0),
            *record.parameters,
        ),
        output=Array(name="dx", axes=(N, C, *(axis.n for axis in spatial)), meaning="gradient of the input"),
        requires=record.requires,
        definition=(transposed(record.definition[0], "x", letters, _output_extents(record)),),
        numbers=("float", "integer"),
        source=Source(
            rows=("U1", "L-toeplitz"),
            reference="Goodfellow, Bengio & Courville 2016, Deep Learning, eq. 9.11",
            example=Example(
                inputs={"dy": _nested(dims, (10, 1)), "w": _nested(dims, (1, 2, 3))},
                options={"input_size": _last(dims, 6, 1), "stride": 2},
                output=_nested(dims, (10, 20, 31, 2, 3, 0)),
                cited=_CITED,
            ),
        ),
        conventions=(*CONVENTIONS, EMPTY_AXIS),
    )


def _weight_gradient(record: OperatorSpec) -> OperatorSpec:
    spatial = axes(record.dims)
    dims = record.dims
    return OperatorSpec(
        name=f"{record.name}_weight_gradient",
        summary=f"Gradient of {record.name} with respect to its filters: the adjoint of w -> {record.name}(x, w).",
        inputs=(output_gradient(record), input_array(spatial)),
        parameters=(
            size_option("kernel_size", tuple(axis.k for axis in spatial), 1),
            *record.parameters,
        ),
        output=Array(name="dw", axes=(O, C / G, *(axis.k for axis in spatial)), meaning="gradient of the filters"),
        requires=record.requires,
        definition=(transposed(record.definition[0], "w", (), _output_extents(record)),),
        numbers=("float", "integer"),
        source=Source(
            rows=("U1",),
            reference="Goodfellow, Bengio & Courville 2016, Deep Learning, eq. 9.11",
            example=Example(
                inputs={"dy": _nested(dims, (10, 1)), "x": _nested(dims, (1, 2, 3, 4, 5, 6))},
                options={"kernel_size": _last(dims, 3, 1), "stride": 2},
                output=_nested(dims, (13, 24, 35)),
                cited=_CITED,
            ),
        ),
        conventions=(*CONVENTIONS, EMPTY_AXIS),
    )


INPUT_GRADIENTS = tuple(map(_input_gradient, CONVOLUTIONS))
WEIGHT_GRADIENTS = tuple(map(_weight_gradient, CONVOLUTIONS))
