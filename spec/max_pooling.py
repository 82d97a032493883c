"""Max pooling: the largest sample of every window, where it stands, and the gradient that goes there."""

from typing import Any

from sympy import Mul, Sum

from .functions import First, Maximum
from .pooling import (
    INDICES,
    NAN,
    NAN_INDEX,
    NUMBERS,
    SIGN_OF_ZERO,
    TIES,
    entry,
    last_axis,
    max_options,
    one_signal,
    plane,
    read_position,
    row_major,
    rules_of,
    selects,
    signals,
    taps_of,
    window_conventions,
    windows_of,
)
from .records import Array, Convention, Example, OperatorSpec, Source, Stage
from .symbols import Axis, axes

ROWS = ("L-pool", "L-partial", "L-inv")
REFERENCE = "Goodfellow, Bengio & Courville 2016, Deep Learning, section 9.3"
_DILATED = (1, 9, 2, 8, 3, 7, 4, 6, 5)
_DILATED_CALL = {"kernel_size": 2, "stride": 1, "padding": 1, "dilation": 2}
_ORT = "microsoft/onnxruntime#29637: x = [1, 9, 2, 8, 3, 7, 4, 6, 5], k = 2, pads (1, 1), dilation 2: Y[0] = 9, index 1"
_SIXTEEN = ((((1, 2, 3, 4), (5, 6, 7, 8), (9, 10, 11, 12), (13, 14, 15, 16)),),)
_SIXTEEN_CALL = {"kernel_size": 2, "stride": 1, "dilation": 2}
_NEGATIVE = (((((-1, -2), (-3, -4)), ((-5, -6), (-7, -8))),),)
_NEGATIVE_CALL = {"kernel_size": 2, "padding": 1}
_NO_ZEROS = "pytorch/pytorch#33384: the padding is no zero, so a maximum of negative numbers is negative; each window one corner"


def conventions(spatial: tuple[Axis, ...]) -> tuple[Convention, ...]:
    return *NUMBERS, NAN, TIES, SIGN_OF_ZERO, *window_conventions(spatial)


def maximum_of(spatial: tuple[Axis, ...]) -> Maximum:
    """Return the largest sample of window ``t``."""
    return Maximum(entry("x", *map(read_position, spatial)), *taps_of(spatial))


def first_of(spatial: tuple[Axis, ...]) -> First:
    """Return where in the plane the maximum of window ``t`` stands first."""
    places = tuple(map(read_position, spatial))
    return First(row_major(places, tuple(a.n for a in spatial)), maximum_of(spatial))


def selected_sum(spatial: tuple[Axis, ...], counts: tuple[Any, ...]) -> Stage:
    """Return ``dx[j]``, the sum of ``dy[t]`` over the windows whose first maximum is ``j``."""
    places, windows = tuple(a.j for a in spatial), tuple(a.t for a in spatial)
    chosen = selects(entry("first", *windows), places, tuple(a.n for a in spatial))
    ranges = [(t, 0, m - 1) for t, m in zip(windows, counts, strict=True)]
    return Stage(entry("dx", *places), Sum(entry("dy", *windows) * chosen, *ranges))


_EXAMPLES = {
    1: Example(
        inputs={"x": one_signal(1, _DILATED)},
        options=_DILATED_CALL,
        output=one_signal(1, (9, 2, 9, 3, 8, 4, 7, 5, 6)),
        cited=_ORT,
    ),
    2: Example(
        inputs={
            "x": ((((3, 3, 2, 1, 0), (0, 0, 1, 3, 1), (3, 1, 2, 2, 3), (2, 0, 0, 2, 2), (2, 0, 0, 0, 1)),),),
        },
        options={"kernel_size": 3, "stride": 1},
        output=((((3, 3, 3), (3, 3, 3), (3, 2, 3)),),),
        cited="Dumoulin & Visin 2016, 'A guide to convolution arithmetic for deep learning', figure 1.6",
    ),
    3: Example(inputs={"x": _NEGATIVE}, options=_NEGATIVE_CALL, output=_NEGATIVE, cited=_NO_ZEROS),
}


def _max_pool(dims: int) -> OperatorSpec:
    spatial = axes(dims)
    return OperatorSpec(
        name=f"max_pool{dims}d",
        summary="The largest sample of every window.",
        inputs=(signals(spatial),),
        parameters=max_options(spatial),
        output=Array(name="y", axes=plane(*windows_of(spatial)), meaning="maxima"),
        requires=rules_of(spatial),
        definition=(Stage(entry("y", *(a.t for a in spatial)), maximum_of(spatial)),),
        numbers=("float", "integer"),
        source=Source(rows=ROWS, reference=REFERENCE, example=_EXAMPLES[dims]),
        conventions=conventions(spatial),
    )


_INDEX_EXAMPLES = {
    1: Example(
        inputs={"x": one_signal(1, _DILATED)},
        options=_DILATED_CALL,
        output=(one_signal(1, (9, 2, 9, 3, 8, 4, 7, 5, 6)), one_signal(1, (1, 2, 1, 4, 3, 6, 5, 8, 7))),
        cited=_ORT,
    ),
    2: Example(
        inputs={"x": _SIXTEEN},
        options=_SIXTEEN_CALL,
        output=(((((11, 12), (15, 16)),),), ((((10, 11), (14, 15)),),)),
        cited="xboot/libonnx#24: 1 .. 16 on a 4 x 4 plane, k = 2, dilation 2: [11, 12, 15, 16]",
    ),
    3: Example(
        inputs={"x": _NEGATIVE},
        options=_NEGATIVE_CALL,
        output=(_NEGATIVE, (((((0, 1), (2, 3)), ((4, 5), (6, 7))),),)),
        cited=_NO_ZEROS,
    ),
}


def _with_indices(record: OperatorSpec) -> OperatorSpec:
    spatial = axes(record.dims)
    sizes = tuple(a.n for a in spatial)
    places = tuple(a.t for a in spatial)
    return OperatorSpec(
        name=f"{record.name}_with_indices",
        summary="The largest sample of every window, and its position in the plane.",
        inputs=record.inputs,
        parameters=record.parameters,
        output=record.output,
        further=(
            Array(
                name="indices",
                axes=record.output.axes,
                meaning="positions of the maxima, row by row in the plane without padding",
                below=Mul(*sizes),
            ),
        ),
        requires=record.requires,
        definition=(*record.definition, Stage(entry("indices", *places), first_of(spatial))),
        numbers=record.numbers,
        source=Source(rows=ROWS, reference=REFERENCE, example=_INDEX_EXAMPLES[record.dims]),
        conventions=(*record.conventions, NAN_INDEX, INDICES),
    )


def _gradient(record: OperatorSpec) -> OperatorSpec:
    spatial, dims = axes(record.dims), record.dims
    counts = record.output.axes[2:]
    first = Stage(entry("first", *(a.t for a in spatial)), first_of(spatial), plane(*counts))
    return OperatorSpec(
        name=f"{record.name}_gradient",
        summary=f"Gradient of {record.name}: each dy goes to the first maximum of its window.",
        inputs=(Array(name="dy", axes=record.output.axes, meaning="gradient of the output"), *record.inputs),
        parameters=record.parameters,
        output=Array(name="dx", axes=record.inputs[0].axes, meaning="gradient of the input"),
        requires=record.requires,
        definition=(first, selected_sum(spatial, counts)),
        numbers=record.numbers,
        source=Source(
            rows=(*ROWS, "U1"),
            reference=REFERENCE,
            example=Example(
                inputs={"dy": one_signal(dims, (10, 1)), "x": one_signal(dims, (1, 3, 2))},
                options={"kernel_size": last_axis(dims, 2, 1), "stride": 1},
                output=one_signal(dims, (0, 11, 0)),
                cited="FluxML/NNlib.jl#205: where windows share their maximum, the gradient is the sum; by hand",
            ),
        ),
        conventions=(*record.conventions, NAN_INDEX),
    )


MAX_POOLS = tuple(map(_max_pool, (1, 2, 3)))
MAX_POOLS_WITH_INDICES = tuple(map(_with_indices, MAX_POOLS))
MAX_POOL_GRADIENTS = tuple(map(_gradient, MAX_POOLS))
