"""Average pooling: the sum of the samples of a window over its divisor, and its adjoint."""

from sympy import Expr, KroneckerDelta, Mul, Sum

from .convolution import SUBNORMALS
from .pooling import (
    OVERHANG,
    average_options,
    counted_places,
    entry,
    last_axis,
    one_signal,
    plane,
    read_position,
    rules_of,
    signals,
    size_option,
    taps_of,
    undilated,
    window_conventions,
    windows_of,
)
from .records import Array, Convention, Example, OperatorSpec, Source, Stage
from .symbols import Axis, axes, v

ROWS = ("L-pool", "L-partial")
REFERENCE = "Goodfellow, Bengio & Courville 2016, Deep Learning, section 9.3"
NAN = Convention(
    name="nan",
    question="What is the average of a window that holds a NaN?",
    answers={"propagate": "NaN", "ignored": "the average of its numbers"},
    ours="propagate",
    data={"ignored": "nan"},
)


def divisor(spatial: tuple[Axis, ...]) -> Expr:
    """Return the divisor of window ``t``: ``v`` where that is given, else the places that count."""
    return v + KroneckerDelta(v, 0) * Mul(*map(counted_places, spatial))


def _axes(dims: int) -> tuple[Axis, ...]:
    return tuple(map(undilated, axes(dims)))


_EXAMPLES = {
    1: Example(
        inputs={"x": one_signal(1, (7.0,) * 9)},
        options={"kernel_size": 7, "stride": 3, "padding": 3, "ceil_mode": True},
        output=one_signal(1, (4.0, 7.0, 6.0, 3.5)),
        cited="microsoft/onnxruntime#16203: 9 samples, k = 7, s = 3, pads (3, 3), ceil mode: the last window is divided by 6",
    ),
    2: Example(
        inputs={"x": ((((1.0, 2.0, 3.0), (4.0, 5.0, 6.0), (7.0, 8.0, 9.0)),),)},
        options={"kernel_size": 3, "stride": 1, "padding": 1, "count_include_pad": False},
        output=((((3.0, 3.5, 4.0), (4.5, 5.0, 5.5), (6.0, 6.5, 7.0)),),),
        cited="deeplearning4j/deeplearning4j#6462: 3 x 3 windows without the padding have 4, 6 or 9 samples; by hand",
    ),
    3: Example(
        inputs={"x": (((((1.0, 2.0), (3.0, 4.0)), ((5.0, 6.0), (7.0, 8.0))),),)},
        options={"kernel_size": 2, "divisor_override": 3},
        output=((((((12.0,),),),)),),
        cited="PyTorch documentation of AvgPool3d: divisor_override is used as the divisor; 36 / 3",
    ),
}


def _avg_pool(dims: int) -> OperatorSpec:
    spatial = _axes(dims)
    total = Sum(entry("x", *map(read_position, spatial)), *taps_of(spatial))
    return OperatorSpec(
        name=f"avg_pool{dims}d",
        summary="The average of every window.",
        inputs=(signals(spatial),),
        parameters=average_options(spatial),
        output=Array(name="y", axes=plane(*windows_of(spatial)), meaning="averages"),
        requires=rules_of(spatial),
        definition=(Stage(entry("y", *(a.t for a in spatial)), total / divisor(spatial)),),
        numbers=("float",),
        source=Source(rows=ROWS, reference=REFERENCE, example=_EXAMPLES[dims]),
        conventions=(SUBNORMALS, NAN, OVERHANG, *window_conventions(spatial)),
    )


def _gradient(record: OperatorSpec) -> OperatorSpec:
    dims = record.dims
    spatial = _axes(dims)
    shared = entry("dy", *(a.t for a in spatial)) / divisor(spatial)
    lands = [KroneckerDelta(a.j, read_position(a)) for a in spatial]
    counts = record.output.axes[2:]
    windows = [(a.t, 0, m - 1) for a, m in zip(spatial, counts, strict=True)]
    return OperatorSpec(
        name=f"{record.name}_gradient",
        summary=f"Gradient of {record.name}: its adjoint.",
        inputs=(Array(name="dy", axes=record.output.axes, meaning="gradient of the output"),),
        parameters=(
            size_option("input_size", tuple(a.n for a in spatial), 0, "spatial size of the input"),
            *record.parameters,
        ),
        output=Array(name="dx", axes=record.inputs[0].axes, meaning="gradient of the input"),
        requires=record.requires,
        definition=(
            Stage(entry("dx", *(a.j for a in spatial)), Sum(Mul(shared, *lands), *windows, *taps_of(spatial))),
        ),
        numbers=("float",),
        source=Source(
            rows=(*ROWS, "U1"),
            reference=REFERENCE,
            example=Example(
                inputs={"dy": one_signal(dims, (4.0, 2.0))},
                options={
                    "input_size": last_axis(dims, 3, 1),
                    "kernel_size": last_axis(dims, 2, 1),
                    "stride": 1,
                },
                output=one_signal(dims, (2.0, 3.0, 1.0)),
                cited="transposed by hand: each window gives half of its dy to either sample",
            ),
        ),
        conventions=record.conventions,
    )


AVG_POOLS = tuple(map(_avg_pool, (1, 2, 3)))
AVG_POOL_GRADIENTS = tuple(map(_gradient, AVG_POOLS))
