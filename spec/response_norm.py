"""Local response normalisation across channels, and its gradient."""

from sympy import Eq, Expr, Gt, Mod, Piecewise, Sum, exp, floor, log

from .activation import CHANNELLED, EMPTY, INFINITY, NAN, REAL_OPTIONS, A
from .convolution import SUBNORMALS, at_least_one
from .records import Array, Convention, Example, OperatorSpec, Parameter, Real, Source, Stage
from .symbols import ALPHA, BETA, KAPPA, C, a, array, c, i, l

ALPHA_SCALE = Convention(
    name="lrn_alpha",
    question="Is alpha divided by the size of the window?",
    answers={"divided": "yes: it weighs the mean of the squares", "undivided": "no: it weighs their sum"},
    ours="divided",
    differs={"undivided": (None, Gt(l, 1))},
)
WINDOW_SIDE = Convention(
    name="lrn_window_side",
    question="Where has a window of even size its additional channel?",
    answers={"after": "after the channel it belongs to", "before": "before it"},
    ours="after",
    differs={"before": (None, Eq(Mod(l, 2), 0))},
)
CONVENTIONS = (NAN, SUBNORMALS, ALPHA_SCALE, WINDOW_SIDE, REAL_OPTIONS, EMPTY)
OPTIONS = (
    Parameter(keyword="size", symbols=(l,), least=1, default=None, meaning="channels of a window", scalar=True),
    Real(keyword="alpha", symbol=ALPHA, default=1e-4, meaning="weight of the mean of squares", least=0),
    Real(keyword="beta", symbol=BETA, default=0.75, meaning="exponent of the divisor", least=0),
    Real(keyword="k", symbol=KAPPA, default=1.0, meaning="added to the squares", least=0),
)
_PAPER = "Krizhevsky, Sutskever & Hinton 2012, ImageNet classification, section 3.3, with alpha divided by the size"

PLACE, NEIGHBOUR = (i, c, A.t), (i, a, A.t)
X, DY, D, P, R, V = (array(name)[PLACE] for name in ("x", "dy", "D", "P", "R", "V"))
BEFORE, AFTER = floor((l - 1) / 2), floor(l / 2)


def neighbours(name: str, meaning: str) -> Array:
    """Return an array of which a window reads the channels that exist."""
    return Array(name=name, axes=CHANNELLED, meaning=meaning, extended=True)


def step(target: Expr, value: Expr) -> Stage:
    """Return a stage that is no output, with a value for every entry."""
    return Stage(target, value, CHANNELLED)


SQUARES = Sum(array("x")[NEIGHBOUR] ** 2, (a, c - BEFORE, c + AFTER))
DIVISOR = step(D, KAPPA + ALPHA / l * SQUARES)
POWER, POWER_BY_LOG = step(P, D**BETA), step(P, exp(BETA * log(D)))
QUOTIENT = Stage(array("y")[PLACE], X / P)

LOCAL_RESPONSE_NORM = OperatorSpec(
    name="local_response_norm",
    more_axes="trailing",
    summary="Divide each entry by a power of the squares in neighbouring channels.",
    inputs=(neighbours("x", "feature maps"),),
    parameters=OPTIONS,
    output=Array(name="y", axes=CHANNELLED, meaning="normalised maps"),
    requires=(at_least_one(C, "the number of channels"),),
    definition=(DIVISOR, POWER, QUOTIENT),
    numbers=("float",),
    source=Source(
        rows=("M-norm",),
        reference=_PAPER,
        example=Example(
            inputs={"x": (((2,), (2,)),)},
            options={"size": 2, "alpha": 2, "beta": 1, "k": 0},
            output=(((0.25,), (0.5,)),),
            cited="the formula of section 3.3 with the windows {0, 1} and {1}: 2 / (4 + 4) and 2 / 4, by hand",
        ),
    ),
    conventions=CONVENTIONS,
    algorithms={"exp_log": (DIVISOR, POWER_BY_LOG, QUOTIENT)},
)

RESPONSE = step(V, X / P)
PULLS = array("dy")[NEIGHBOUR] * array("V")[NEIGHBOUR] / array("D")[NEIGHBOUR]
PULLING = (a, c - AFTER, c + BEFORE)
"""The channels whose window holds channel c reach from ``c - floor(size/2)`` to ``c + floor((size - 1)/2)``."""
PULL = step(R, Piecewise((Sum(PULLS, PULLING), BETA > 0), (0, True)))
"""What the divisors of the windows take; to the power 0 they are 1, also where they are 0, and take nothing."""
CHANGE = Stage(array("dx")[PLACE], DY / P - 2 * ALPHA * BETA / l * X * R)

LOCAL_RESPONSE_NORM_GRADIENT = OperatorSpec(
    name="local_response_norm_gradient",
    more_axes="trailing",
    summary="Gradient of local_response_norm: what dy passes, less what the divisors of the neighbours take.",
    inputs=(neighbours("dy", "gradient of the output"), neighbours("x", "feature maps")),
    parameters=OPTIONS,
    output=Array(name="dx", axes=CHANNELLED, meaning="gradient of the input"),
    requires=(at_least_one(C, "the number of channels"),),
    definition=(DIVISOR, POWER, RESPONSE, PULL, CHANGE),
    numbers=("float",),
    source=Source(
        rows=("M-norm", "U1"),
        reference=_PAPER,
        example=Example(
            inputs={"dy": (((8,), (16,)),), "x": (((2,), (2,)),)},
            options={"size": 2, "alpha": 2, "beta": 1, "k": 0},
            output=(((0,), (-5,)),),
            cited="y_0 = x_0 / (x_0^2 + x_1^2) and y_1 = 1 / x_1 have the slopes 0, -1/8 and -1/4, by hand",
        ),
    ),
    conventions=(*CONVENTIONS, INFINITY),
    algorithms={"exp_log": (DIVISOR, POWER_BY_LOG, RESPONSE, PULL, CHANGE)},
)
