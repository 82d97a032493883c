"""Activations: functions of every entry, and the rectifier with one slope per channel."""

from typing import Any

from sympy import Abs, Expr, Indexed, Max, Min, Piecewise, exp, log, sign, tanh

from .convolution import INTEGER_DTYPE, INTEGER_OVERFLOW, SUBNORMALS, at_least_one
from .functions import log1p
from .records import Array, Convention, Example, OperatorSpec, Real, Source, Stage
from .signal import AXES
from .symbols import LAMBDA, THETA, Axis, C, N, array, c, i

PLACE = tuple(a.t for a in AXES)
SHAPE = tuple(a.n for a in AXES)
A = Axis.of(0, 1)
CHANNELLED = (N, C, A.n)
"""The axes of layers with channels: everything after the channels is one axis."""

X, Y, E, T = (array(name)[PLACE] for name in "xyET")

NAN = Convention(
    name="nan",
    question="What becomes of NaN?",
    answers={"propagate": "NaN", "zero": "zero, as a maximum that ignores NaN gives"},
    ours="propagate",
    data={"zero": "nan"},
)
SIGN_OF_ZERO = Convention(
    name="sign_of_zero",
    question="Which sign has a zero of the result?",
    answers={"either": "either sign: -0 and +0 are equal", "positive": "never -0"},
    ours="either",
)
SIGN_OF_MODULUS = Convention(
    name="sign_of_zero",
    question="Which sign has the modulus of -0?",
    answers={
        "positive": "+0, as the absolute value of IEEE 754",
        "either": "that of the entry where it is not negative",
    },
    ours="positive",
)
NAN_BESIDE_INFINITY = Convention(
    name="nan_beside_infinity",
    question="What is the modulus of a complex entry of which one part is infinite and the other NaN?",
    answers={"infinity": "infinity, as IEEE 754 has it for hypot", "nan": "NaN, as the squares give it"},
    ours="infinity",
    data={"nan": "nan"},
)
INFINITY = Convention(
    name="infinity",
    question="What becomes of an infinite entry?",
    answers={"limit": "the limit of the function there", "formula": "what the formula gives, possibly NaN"},
    ours="limit",
    data={"formula": "special"},
)
REAL_OPTIONS = Convention(
    name="real_options",
    question="May a real option be NaN, infinite or out of its range?",
    answers={"rejected": "no: an error", "computed": "yes: the formula is computed with it"},
    ours="rejected",
    excuses={"computed": ("negative_slope", "threshold", "eps", "alpha", "beta", "k")},
)
EMPTY = Convention(
    name="empty",
    question="May an axis that holds what is normalised or rectified be empty?",
    answers={
        "rejected": "no: an error",
        "computed": "yes: the result is as empty, or what the formula gives of nothing",
    },
    ours="rejected",
    excuses={"computed": ("at_least_one",)},
)
ONE_SLOPE = Convention(
    name="one_slope",
    question="May there be one slope for several channels?",
    answers={"rejected": "no: an error", "shared": "yes: they share it"},
    ours="rejected",
    excuses={"shared": ("shape",)},
)
INFINITE_SLOPE = Convention(
    name="infinite_slope",
    question="What is 0 where the slope is infinite or NaN?",
    answers={"multiplied": "NaN: the slope is multiplied by 0", "absent": "0: it lies in the half without the slope"},
    ours="multiplied",
    data={"absent": "special"},
)
REAL = (NAN, SIGN_OF_ZERO, SUBNORMALS, REAL_OPTIONS, EMPTY)
INTEGER = (INTEGER_OVERFLOW, INTEGER_DTYPE)

SLOPE = Real(keyword="negative_slope", symbol=LAMBDA, default=0.01, meaning="slope where the entry is not positive")
THRESHOLD = Real(keyword="threshold", symbol=THETA, default=None, meaning="what is taken off the modulus", least=0)


def signal(name: str, meaning: str, *, real: bool = False) -> Array:
    """Return an array of one to three axes, each with its own length."""
    return Array(name=name, axes=SHAPE, meaning=meaning, real=real)


def maps(name: str, meaning: str) -> Array:
    """Return an array of items, channels and positions."""
    return Array(name=name, axes=CHANNELLED, meaning=meaning)


def entry(target: Indexed, value: Expr) -> Stage:
    """Return a stage that is no output, with a value for every entry."""
    return Stage(target, value, SHAPE)


DECAY = entry(E, exp(-Abs(X)))
"""``exp(-|x|)``, which never overflows."""


SIGMOID_BY_DECAY = exp(Min(X, 0)) / (1 + E)
"""The sigmoid of x where E is its decay."""


def pointwise(name: str, summary: str, value: Expr, source: Source, **more: Any) -> OperatorSpec:
    """Return the record of a function of every entry; `more` are further fields, where they differ from the usual."""
    numbers = more.get("numbers", ("float",))
    usual = {"parameters": (), "numbers": numbers, "conventions": REAL}
    return OperatorSpec(
        name=name,
        more_axes="leading",
        summary=summary,
        inputs=(signal("x", "signal"),),
        output=signal("y", "result", real="complex" in numbers),
        requires=(),
        definition=(Stage(Y, value),),
        source=source,
        **{**usual, **more},
    )


def _source(
    rows: tuple[str, ...], reference: str, x: tuple[float, ...], y: tuple[float, ...], **options: float
) -> Source:
    cited = f"{reference}; values by hand"
    return Source(
        rows=rows, reference=reference, example=Example(inputs={"x": x}, options=options, output=y, cited=cited)
    )


_INF = float("inf")
_KUO = "Kuo 2016, Understanding convolutional neural networks with a mathematical model, section 2"

RELU = pointwise(
    "relu",
    "Rectify every entry: what is negative becomes zero.",
    Piecewise((X, X > 0), (0, True)),
    _source(("K-act", "U", "M14", "M-relu2", "K3"), _KUO, (-2, 0, 3), (0, 0, 3)),
    numbers=("float", "integer"),
    conventions=(*REAL, *INTEGER),
    algorithms={"maximum": (Stage(Y, Max(X, 0)),)},
)
LEAKY_RELU = pointwise(
    "leaky_relu",
    "Rectify every entry, with a slope for those that are not positive.",
    Piecewise((X, X > 0), (LAMBDA * X, True)),
    _source(("K-act", "M14"), _KUO, (-2, 0, 3), (-0.5, 0, 3), negative_slope=0.25),
    parameters=(SLOPE,),
)
SIGMOID = pointwise(
    "sigmoid",
    "Logistic sigmoid of every entry.",
    1 / (1 + exp(-X)),
    _source(("K-act", "U", "M14"), _KUO, (-_INF, 0, _INF), (0, 0.5, 1)),
    conventions=(*REAL, INFINITY),
    algorithms={
        "direct": (DECAY, Stage(Y, SIGMOID_BY_DECAY)),
        "naive": (entry(E, exp(-X)), Stage(Y, 1 / (1 + E))),
        "absolute": (entry(T, tanh(X / 2)), Stage(Y, (1 + T) / 2)),
    },
)
TANH = pointwise(
    "tanh",
    "Hyperbolic tangent of every entry.",
    tanh(X),
    _source(("M14", "K-act"), "LeCun et al. 1998, Efficient BackProp, section 4.4", (-_INF, 0, _INF), (-1, 0, 1)),
    conventions=(*REAL, INFINITY),
    algorithms={"absolute": (entry(E, exp(2 * X)), Stage(Y, 1 - 2 / (E + 1)))},
)
SOFTPLUS = pointwise(
    "softplus",
    "Smooth rectifier of every entry: the integral of the sigmoid.",
    log(1 + exp(X)),
    _source(
        ("M14", "K-act"), "Dugas et al. 2001, Incorporating second-order functional knowledge", (-_INF, _INF), (0, _INF)
    ),
    conventions=(*REAL, INFINITY),
    algorithms={
        "direct": (DECAY, Stage(Y, Max(X, 0) + log1p(E))),
        "naive": (entry(E, exp(X)), Stage(Y, log(1 + E))),
    },
)
MODULUS = pointwise(
    "modulus",
    "Modulus of every entry, real or complex.",
    Abs(X),
    _source(
        ("M14", "M-relu2"), "Mallat 2016, Understanding deep convolutional networks, equation 14", (-2, 0, 3), (2, 0, 3)
    ),
    numbers=("float", "integer", "complex"),
    conventions=(NAN, SIGN_OF_MODULUS, NAN_BESIDE_INFINITY, SUBNORMALS, *INTEGER),
)
SOFT_THRESHOLD = pointwise(
    "soft_threshold",
    "Move every entry towards zero by a threshold; what is below it becomes zero.",
    Piecewise((X - THETA * sign(X), Abs(X) > THETA), (0, True)),
    _source(("M-thr", "M14"), "Donoho 1995, De-noising by soft-thresholding", (-3, 1, 5), (-1, 0, 3), threshold=2),
    parameters=(THRESHOLD,),
    algorithms={"direct": (Stage(Y, sign(X) * Max(Abs(X) - THETA, 0)),)},
)
POINTWISE = (RELU, LEAKY_RELU, SIGMOID, TANH, SOFTPLUS, MODULUS, SOFT_THRESHOLD)


SAMPLE, SLOPES = array("x")[i, c, A.t], array("slope")
PRELU = OperatorSpec(
    name="prelu",
    more_axes="trailing",
    summary="Rectify every entry, with a slope per channel for those that are not positive.",
    inputs=(maps("x", "feature maps"), Array(name="slope", axes=(C,), meaning="slope of each channel")),
    parameters=(),
    output=maps("y", "result"),
    requires=(at_least_one(C, "the number of channels"),),
    definition=(Stage(array("y")[i, c, A.t], Piecewise((SAMPLE, SAMPLE > 0), (SLOPES[c] * SAMPLE, True))),),
    numbers=("float",),
    source=Source(
        rows=("K-act",),
        reference="He et al. 2015, Delving deep into rectifiers, equation 1",
        example=Example(
            inputs={"x": (((-2, 4), (-2, 4)),), "slope": (0.5, 0.25)},
            options={},
            output=(((-1, 4), (-0.5, 4)),),
            cited="He et al. 2015, equation 1; values by hand",
        ),
    ),
    conventions=(*REAL, ONE_SLOPE, INFINITE_SLOPE),
)

ACTIVATIONS = (*POINTWISE, PRELU)
