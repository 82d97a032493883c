"""Gradients of the activations: derived from the forward records by differentiation, and the ways to compute them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sympy import DiracDelta, Expr, Indexed, Max, Ne, Piecewise, Sum, diff, exp, expand, tanh, true

from .activation import (
    DECAY,
    INFINITY,
    INTEGER,
    LEAKY_RELU,
    MODULUS,
    NAN,
    ONE_SLOPE,
    PLACE,
    PRELU,
    REAL,
    RELU,
    SAMPLE,
    SIGMOID,
    SIGMOID_BY_DECAY,
    SLOPES,
    SOFT_THRESHOLD,
    SOFTPLUS,
    TANH,
    A,
    E,
    T,
    X,
    entry,
    maps,
    signal,
)
from .convolution import at_least_one
from .functions import log1p
from .laws import VALUE
from .records import Array, Convention, Example, OperatorSpec, Source, Stage
from .symbols import C, N, array, c, i

DY, DX, S, L = (array(name)[PLACE] for name in ("dy", "dx", "S", "L"))


NAN_OF_GRADIENT = replace(
    NAN,
    question="What is the slope at NaN?",
    answers={**NAN.answers, "compared": "that of the half where comparisons, which are false, put NaN"},
    data={**NAN.data, "compared": "nan"},
)
REAL_GRADIENT = (NAN_OF_GRADIENT, *(convention for convention in REAL if convention is not NAN))


def derivative(value: Expr, of: Indexed) -> Expr:
    """Return ``d value / d of``, branch by branch; a jump of a sign has no slope."""
    plain = value.xreplace({of: VALUE})
    pieces = plain.args if isinstance(plain, Piecewise) else ((plain, true),)
    slopes = [(diff(branch, VALUE).replace(DiracDelta, lambda *_: 0), condition) for branch, condition in pieces]
    return Piecewise(*slopes).xreplace({VALUE: of})


def passed(dy: Expr, slope: Expr) -> Expr:
    """Return ``dy slope``: a selection where the slope is one, so that zero times infinity is never formed."""
    if isinstance(slope, Piecewise):
        return Piecewise(*((dy * branch, condition) for branch, condition in slope.args))
    return dy * slope


def _slope(record: OperatorSpec) -> Expr:
    (stage,) = record.definition
    return derivative(stage.value, X)


def _tapering(record: OperatorSpec) -> Expr:
    """Return a slope as one over a sum of exponentials, which has the right limits at plus and minus infinity."""
    return 1 / expand(1 / _slope(record))


def at_kink(ours: str, where: str, **answers: str) -> Convention:
    """Return the convention of the slope at a kink; data with kinks are those with equal entries."""
    return Convention(
        name="gradient_at_zero",
        question=f"Which slope has it {where}, where it has none?",
        answers=answers,
        ours=ours,
        data={answer: "ties" for answer in answers if answer != ours},
    )


Numbers = tuple[float, ...]


def pointwise_gradient(
    record: OperatorSpec, definition: Expr, dy: Numbers, x: Numbers, dx: Numbers, **more: Any
) -> OperatorSpec:
    """Return the record of the gradient of a function of every entry, with its worked example; `more` are further fields."""
    numbers = more.get("numbers", ("float",))
    usual = {"numbers": numbers, "conventions": REAL_GRADIENT}
    return OperatorSpec(
        name=f"{record.name}_gradient",
        more_axes="leading",
        summary=f"Gradient of {record.name}: dy times the slope at x.",
        inputs=(signal("dy", "gradient of the output", real="complex" in numbers), signal("x", "signal")),
        parameters=record.parameters,
        output=signal("dx", "gradient of the input"),
        requires=(),
        definition=(Stage(DX, definition),),
        source=_source(record, dy, x, dx, more.pop("options", {})),
        **{**usual, **more},
    )


def _source(record: OperatorSpec, dy: Numbers, x: Numbers, dx: Numbers, options: Mapping[str, float]) -> Source:
    example = Example(
        inputs={"dy": dy, "x": x},
        options=options,
        output=dx,
        cited=f"the chain rule with the slope of {record.name}, by hand",
    )
    reference = "Goodfellow, Bengio & Courville 2016, Deep Learning, section 6.5"
    return Source(rows=("U1", "K-act"), reference=reference, example=example)


RELU_GRADIENT = pointwise_gradient(
    RELU,
    passed(DY, _slope(RELU)),
    (5, 6, 7),
    (-2, 0, 3),
    (0, 0, 7),
    numbers=("float", "integer"),
    conventions=(*REAL_GRADIENT, at_kink("zero", "at 0", zero="0", one="1", half="1/2"), *INTEGER),
)
LEAKY_RELU_GRADIENT = pointwise_gradient(
    LEAKY_RELU,
    passed(DY, _slope(LEAKY_RELU)),
    (8, 4, 8),
    (-2, 0, 3),
    (2, 1, 8),
    options={"negative_slope": 0.25},
    conventions=(*REAL_GRADIENT, at_kink("slope", "at 0", slope="that of the negative half", one="1")),
)
SIGMOID_GRADIENT = pointwise_gradient(
    SIGMOID,
    passed(DY, _tapering(SIGMOID)),
    (8, 8),
    (0, float("inf")),
    (2, 0),
    algorithms={
        "direct": (DECAY, Stage(DX, DY * E / (1 + E) ** 2)),
        "naive": (entry(E, exp(-X)), entry(S, 1 / (1 + E)), Stage(DX, DY * S * (1 - S))),
    },
)
TANH_GRADIENT = pointwise_gradient(
    TANH,
    passed(DY, _slope(TANH)),
    (8, 8),
    (0, float("inf")),
    (8, 0),
    conventions=(*REAL_GRADIENT, INFINITY),
    algorithms={
        "direct": (entry(T, tanh(X)), Stage(DX, DY * (1 - T) * (1 + T))),
        "naive": (entry(T, tanh(X)), Stage(DX, DY * (1 - T**2))),
    },
)
SOFTPLUS_GRADIENT = pointwise_gradient(
    SOFTPLUS,
    passed(DY, _tapering(SOFTPLUS)),
    (8, 8, 8),
    (-float("inf"), 0, float("inf")),
    (0, 4, 8),
    algorithms={
        "direct": (DECAY, entry(S, SIGMOID_BY_DECAY), Stage(DX, DY * S)),
        "by_logarithm": (DECAY, entry(L, Max(X, 0) + log1p(E)), Stage(DX, DY * exp(X - L))),
        "naive": (entry(E, exp(-X)), entry(S, 1 / (1 + E)), Stage(DX, DY * S)),
    },
)
MODULUS_GRADIENT = pointwise_gradient(
    MODULUS,
    passed(DY, Piecewise((_slope(MODULUS), Ne(X, 0)), (0, True))),
    (5, 6, 7),
    (-2, 0, 3),
    (-5, 0, 7),
    numbers=("float", "integer", "complex"),
    conventions=(*REAL_GRADIENT, at_kink("zero", "at 0", zero="0", one="1"), *INTEGER),
)
SOFT_THRESHOLD_GRADIENT = pointwise_gradient(
    SOFT_THRESHOLD,
    passed(DY, _slope(SOFT_THRESHOLD)),
    (5, 6, 7),
    (-3, 2, 1),
    (5, 0, 0),
    options={"threshold": 2},
    conventions=(*REAL_GRADIENT, at_kink("zero", "where the modulus is the threshold", zero="0", one="1")),
)
POINTWISE_GRADIENTS = (
    RELU_GRADIENT,
    LEAKY_RELU_GRADIENT,
    SIGMOID_GRADIENT,
    TANH_GRADIENT,
    SOFTPLUS_GRADIENT,
    MODULUS_GRADIENT,
    SOFT_THRESHOLD_GRADIENT,
)


def _prelu_slopes() -> tuple[Stage, Stage]:
    (stage,) = PRELU.definition
    dy = array("dy")[i, c, A.t]
    by_slope = passed(dy, derivative(stage.value, SLOPES[c]))
    everywhere = ((i, 0, N - 1), (A.t, 0, A.n - 1))
    return (
        Stage(array("dslope")[c], Sum(by_slope, *everywhere)),
        Stage(array("dx")[i, c, A.t], passed(dy, derivative(stage.value, SAMPLE))),
    )


PRELU_GRADIENT = OperatorSpec(
    name="prelu_gradient",
    more_axes="trailing",
    summary="Gradients of prelu with respect to its input and to its slopes.",
    inputs=(maps("dy", "gradient of the output"), *PRELU.inputs),
    parameters=(),
    output=maps("dx", "gradient of the input"),
    further=(Array(name="dslope", axes=(C,), meaning="gradient of the slopes"),),
    requires=(at_least_one(C, "the number of channels"),),
    definition=_prelu_slopes(),
    numbers=("float",),
    source=Source(
        rows=("U1", "K-act"),
        reference="He et al. 2015, Delving deep into rectifiers, equations 2 and 3",
        example=Example(
            inputs={"dy": (((8, 8), (8, 8)),), "x": (((-2, 4), (-2, 4)),), "slope": (0.5, 0.25)},
            options={},
            output=((((4, 8), (2, 8)),), (-16, -16)),
            cited="He et al. 2015, equations 2 and 3; values by hand",
        ),
    ),
    conventions=(*REAL_GRADIENT, at_kink("slope", "at 0", slope="that of the negative half", one="1"), ONE_SLOPE),
)
ACTIVATION_GRADIENTS = (*POINTWISE_GRADIENTS, PRELU_GRADIENT)
