"""Transposed convolution: conv_transpose1d, 2d and 3d, and their gradients."""

from typing import Any

from sympy import Ge, KroneckerDelta, Le, Max, Mod, Sum, Symbol, ceiling, floor

from .adjoint import transposed
from .convolution import (
    CONVENTIONS,
    EMPTY_AXIS,
    GROUPS,
    at_least_one,
    channel_rules,
    dilation_of,
    padding_of,
    stride_of,
)
from .convolution_gradient import output_gradient, size_option
from .records import Array, Convention, Example, OperatorSpec, Parameter, Precondition, Source, Stage
from .sizes import dilated_extent, transposed_size
from .symbols import Axis, C, G, N, O, array, axes, h, i, o
from .symbols import a as channel_in

LARGE_OUTPUT_PADDING = Convention(
    name="large_output_padding",
    question="May output_padding be as large as the stride?",
    answers={"rejected": "no: an error", "dilated": "yes, where it is smaller than the dilation"},
    ours="rejected",
    excuses={"dilated": ("output_padding_below_stride",)},
)


def _size(a: Axis) -> Any:
    return transposed_size(a.n, a.k, a.s, a.d, a.p, a.q, a.r)


def _rules(spatial: tuple[Axis, ...]) -> tuple[Precondition, ...]:
    rules = list(channel_rules())
    for a in spatial:
        suffix = str(a.n)[1:]
        rules.append(at_least_one(a.k, "the filter size"))
        rules.append(at_least_one(a.n, "the input size"))
        rules.append(
            Precondition(
                code=f"output_padding_below_stride{suffix}",
                rule=Le(a.r, a.s - 1),
                sentence="output_padding must be smaller than the stride",
                solved=(a.r, Mod(a.r, a.s)),
            )
        )
        short = a.p + a.q + 1 - dilated_extent(a.k, a.d) - a.r
        rules.append(
            Precondition(
                code=f"output_not_empty{suffix}",
                rule=Ge(_size(a), 1),
                sentence="the padding must leave at least one output sample",
                solved=(a.n, Max(a.n, ceiling(short / a.s) + 1)),
            )
        )
    return tuple(rules)


def _definition(spatial: tuple[Axis, ...]) -> Stage:
    x, w, b, y = map(array, "xwby")
    product = x[(i, channel_in, *(a.t for a in spatial))] * w[(channel_in, h, *(a.u for a in spatial))]
    product *= KroneckerDelta(o, h + (O / G) * floor(channel_in / (C / G)))
    for a in spatial:
        product *= KroneckerDelta(a.j, a.s * a.t + a.d * a.u - a.p)
    ranges = [(channel_in, 0, C - 1), (h, 0, O / G - 1)]
    ranges += [(a.t, 0, a.n - 1) for a in spatial] + [(a.u, 0, a.k - 1) for a in spatial]
    return Stage(y[(i, o, *(a.j for a in spatial))], b[o] + Sum(product, *ranges))


def _filters(spatial: tuple[Axis, ...]) -> Array:
    return Array(name="w", axes=(C, O / G, *(a.k for a in spatial)), meaning="filters, input channels first")


def _inputs(spatial: tuple[Axis, ...]) -> Array:
    return Array(name="x", axes=(N, C, *(a.n for a in spatial)), meaning="signals")


def _options(spatial: tuple[Axis, ...]) -> tuple[Parameter, ...]:
    output_padding = Parameter(
        keyword="output_padding",
        symbols=tuple(a.r for a in spatial),
        least=0,
        default=0,
        meaning="samples added at the end, to choose among the sizes that the convolution maps to one",
    )
    return stride_of(spatial), padding_of(spatial, same=False), output_padding, dilation_of(spatial), GROUPS


def _nested(dims: int, values: Any) -> Any:
    for _ in range(dims + 1):
        values = (values,)
    return values


def _example(dims: int) -> Example:
    return Example(
        inputs={"x": _nested(dims, (1, 2)), "w": _nested(dims, (1, 1, 1))},
        options={
            "stride": (1,) * (dims - 1) + (2,),
            "padding": ((0, 0),) * (dims - 1) + ((1, 1),),
            "output_padding": (0,) * (dims - 1) + (1,),
        },
        output=_nested(dims, (1, 3, 2, 2)),
        cited="Dumoulin & Visin 2016, relationship 14: i'=2, k=3, s=2, p=1, a=1 gives o'=4; values by hand",
    )


def _transpose(dims: int) -> OperatorSpec:
    spatial = axes(dims)
    return OperatorSpec(
        name=f"conv_transpose{dims}d",
        summary="Spread every input sample through the filters: the adjoint of a convolution.",
        inputs=(_inputs(spatial), _filters(spatial), Array(name="b", axes=(O,), meaning="bias", optional=True)),
        parameters=_options(spatial),
        output=Array(name="y", axes=(N, O, *map(_size, spatial)), meaning="feature maps"),
        requires=_rules(spatial),
        definition=(_definition(spatial),),
        numbers=("float", "integer"),
        source=Source(
            rows=("L-toeplitz", "L-size"),
            reference="Dumoulin & Visin 2016, A guide to convolution arithmetic for deep learning, section 4",
            example=_example(dims),
        ),
        conventions=(*CONVENTIONS, EMPTY_AXIS, LARGE_OUTPUT_PADDING),
    )


TRANSPOSES = tuple(map(_transpose, (1, 2, 3)))


def _gradient(record: OperatorSpec, wrt: str) -> OperatorSpec:
    spatial = axes(record.dims)
    dims = record.dims
    (stage,) = record.definition
    extents: dict[Symbol, Any] = dict(zip(stage.target.indices, record.output.axes, strict=True))
    kept, size = (_filters(spatial), "input_size") if wrt == "x" else (_inputs(spatial), "kernel_size")
    symbols = tuple(a.n if wrt == "x" else a.k for a in spatial)
    old = record.array(wrt)
    return OperatorSpec(
        name=f"{record.name}_{'input' if wrt == 'x' else 'weight'}_gradient",
        summary=f"Gradient of {record.name} with respect to its {'input' if wrt == 'x' else 'filters'}.",
        inputs=(output_gradient(record), kept),
        parameters=(size_option(size, symbols, 1), *record.parameters),
        output=Array(name=f"d{wrt}", axes=old.axes, meaning=f"gradient of {wrt}"),
        requires=record.requires,
        definition=(transposed(stage, wrt, (), extents),),
        numbers=("float", "integer"),
        source=Source(
            rows=("U1", "L-toeplitz"),
            reference="Dumoulin & Visin 2016, A guide to convolution arithmetic for deep learning, section 4",
            example=_gradient_example(dims, wrt, _example(dims)),
        ),
        conventions=(*CONVENTIONS, EMPTY_AXIS, LARGE_OUTPUT_PADDING),
    )


def _gradient_example(dims: int, wrt: str, forward: Example) -> Example:
    """Return dy = (1, 2, 3, 4): tap u of sample t lands on 2 t + u - 1, so dx[t] and dw[u] sum those of 0 .. 3."""
    other = "w" if wrt == "x" else "x"
    size = {"input_size": (1,) * (dims - 1) + (2,)} if wrt == "x" else {"kernel_size": (1,) * (dims - 1) + (3,)}
    output = (1 + 2, 2 + 3 + 4) if wrt == "x" else (2 * 2, 1 + 2 * 3, 2 + 2 * 4)
    return Example(
        inputs={"dy": _nested(dims, (1, 2, 3, 4)), other: forward.inputs[other]},
        options={**size, **forward.options},
        output=_nested(dims, output),
        cited="transposed by hand: <conv_transpose(x, w), dy> = <x, dx> = <w, dw>",
    )


TRANSPOSE_INPUT_GRADIENTS = tuple(_gradient(record, "x") for record in TRANSPOSES)
TRANSPOSE_WEIGHT_GRADIENTS = tuple(_gradient(record, "w") for record in TRANSPOSES)
