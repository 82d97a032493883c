"""Global pooling: one window, which is the plane; its samples stand on one axis, however many the array has."""

from typing import Any

from sympy import Expr, Sum

from .adaptive_pooling import AVG_CONVENTIONS, MAX_CONVENTIONS
from .convolution import at_least_one
from .functions import First, Maximum
from .pooling import NAN_INDEX, entry, plane, selects, signals, size_option
from .records import Array, Example, OperatorSpec, Source, Stage
from .symbols import Axis, C, N, axes

(A,) = axes(1)
ROWS = ("L-pool",)
REFERENCE = "Lin, Chen & Yan 2014, Network in Network, section 3.2: global average pooling"
RANGE = (A.j, 0, A.n - 1)
RULES = (at_least_one(A.n, "the input size"),)
OUTPUT = Array(name="y", axes=(N, C), meaning="one number per channel")
UPSTREAM = Array(name="dy", axes=(N, C), meaning="gradient of the output")
DX = Array(name="dx", axes=plane(A.n), meaning="gradient of the input")
_AVG: dict[str, Any] = {"numbers": ("float",), "conventions": AVG_CONVENTIONS, "requires": RULES}
_MAX: dict[str, Any] = {"numbers": ("float", "integer"), "conventions": MAX_CONVENTIONS, "requires": RULES}


def _pool(name: str, summary: str, value: Expr, example: Example, kind: dict[str, Any]) -> OperatorSpec:
    return OperatorSpec(
        name=name,
        more_axes="trailing",
        summary=summary,
        inputs=(signals((A,), extended=False),),
        parameters=(),
        output=OUTPUT,
        definition=(Stage(entry("y"), value),),
        source=Source(rows=ROWS, reference=REFERENCE, example=example),
        **kind,
    )


GLOBAL_AVG_POOL = _pool(
    "global_avg_pool",
    "The average of every plane.",
    Sum(entry("x", A.j), RANGE) / A.n,
    Example(
        inputs={"x": (((1.0, 2.0, 3.0, 6.0), (0.0, 1.0, 0.0, 1.0)),)},
        options={},
        output=((3.0, 0.5),),
        cited="12 / 4 and 2 / 4, by hand",
    ),
    _AVG,
)
GLOBAL_MAX_POOL = _pool(
    "global_max_pool",
    "The largest sample of every plane.",
    Maximum(entry("x", A.j), RANGE),
    Example(
        inputs={"x": (((-3, -1, -2), (4, 4, 0)),)},
        options={},
        output=((-1, 4),),
        cited="pytorch/pytorch#33384: a maximum of negative numbers is negative; by hand",
    ),
    _MAX,
)
GLOBAL_AVG_POOL_GRADIENT = OperatorSpec(
    name="global_avg_pool_gradient",
    more_axes="trailing",
    summary="Gradient of global_avg_pool: its adjoint.",
    inputs=(UPSTREAM,),
    parameters=(size_option("input_size", (A.n,), 0, "spatial size of the input"),),
    output=DX,
    definition=(Stage(entry("dx", A.j), entry("dy") / A.n),),
    source=Source(
        rows=(*ROWS, "U1"),
        reference=REFERENCE,
        example=Example(
            inputs={"dy": ((8.0, 1.0),)},
            options={"input_size": 4},
            output=(((2.0, 2.0, 2.0, 2.0), (0.25, 0.25, 0.25, 0.25)),),
            cited="transposed by hand: every sample has the weight 1 / 4",
        ),
    ),
    **_AVG,
)


def _selected(a: Axis) -> Expr:
    """Return dy where the first maximum is ``j``: a sum over the one window, which has no term elsewhere."""
    return Sum(entry("dy") * selects(entry("first"), (a.j,), (a.n,)), (a.t, 0, 0))


GLOBAL_MAX_POOL_GRADIENT = OperatorSpec(
    name="global_max_pool_gradient",
    more_axes="trailing",
    summary="Gradient of global_max_pool: each dy goes to the first maximum of its plane.",
    inputs=(UPSTREAM, *GLOBAL_MAX_POOL.inputs),
    parameters=(),
    output=DX,
    definition=(
        Stage(entry("first"), First(A.j, Maximum(entry("x", A.j), RANGE)), (N, C)),
        Stage(entry("dx", A.j), _selected(A)),
    ),
    source=Source(
        rows=(*ROWS, "U1"),
        reference=REFERENCE,
        example=Example(
            inputs={"dy": ((5, 7),), "x": (((-3, -1, -2), (4, 4, 0)),)},
            options={},
            output=(((0, 5, 0), (7, 0, 0)),),
            cited="the first maximum of each plane has the weight 1, by hand",
        ),
    ),
    **{**_MAX, "conventions": (*MAX_CONVENTIONS, NAN_INDEX)},
)
