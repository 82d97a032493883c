"""What a wrong activation, softmax or cross-entropy does."""

from collections.abc import Mapping

from sympy import (
    Abs,
    Expr,
    GreaterThan,
    Integer,
    KroneckerDelta,
    Max,
    Min,
    Piecewise,
    Rational,
    StrictGreaterThan,
    StrictLessThan,
    exp,
    log,
    sign,
    tanh,
)

from .activation import SAMPLE, SLOPES, A, X
from .activation_gradient import DY
from .records import Stage
from .softmax import CHOSEN, RANGES, SCORES, E, P, R, Z, along_row
from .softmax import DY as DY_HERE
from .stage_edits import Edit, Stages, each_value, given, put, put_everywhere, ranged, read_as, redefined
from .symbols import LAMBDA, THETA, C, N, a, c, i, z

Clause = tuple[str, Edit]
ONE = Integer(1)


def result(value: Expr) -> Edit:
    """Return the edit that gives the last stage another value."""
    return lambda stages: (*stages[:-1], Stage(stages[-1].target, value, stages[-1].extents))


def _conditions(stages: Stages, old: type, new: type) -> Stages:
    """Return the stages with one relation in the place of another."""
    swap = each_value(lambda value: value.replace(lambda e: isinstance(e, old), lambda e: new(*e.args)))
    return swap(stages)


def argument(change: Expr) -> Edit:
    """Return the edit that takes the function at another argument."""
    return put({X: change})


SMOOTH: Mapping[str, Edit] = {
    "x were doubled": argument(2 * X),
    "x were halved": argument(X / 2),
    "x had the other sign": argument(-X),
}
OTHER_SIDE: Mapping[str, Edit] = {
    "the slope held for positive entries": lambda stages: _conditions(stages, StrictGreaterThan, StrictLessThan),
}
AT_ZERO: Mapping[str, Edit] = {
    "the slope at the kink were that above it": lambda stages: _conditions(stages, StrictGreaterThan, GreaterThan),
}
UPSTREAM: Mapping[str, Edit] = {"dy were one": put({DY: ONE})}

ACTIVATION_FAULTS: Mapping[str, Mapping[str, Edit]] = {
    "relu": {
        "negative entries were kept": result(X),
        "negative entries became positive": result(Abs(X)),
        "positive entries became zero": result(Min(X, 0)),
        "entries were cut at six": result(Min(Max(X, 0), 6)),
        "entries below one became zero": result(Piecewise((X, X > 1), (0, True))),
    },
    "leaky_relu": {
        **OTHER_SIDE,
        "the slope held on both sides": result(LAMBDA * X),
        "the negative half were moved by the slope": result(Piecewise((X, X > 0), (X * LAMBDA**2, True))),
    },
    "sigmoid": {
        **SMOOTH,
        "it were the hyperbolic tangent": result(tanh(X)),
        "it were the hard sigmoid": result(Max(0, Min(1, X / 6 + Rational(1, 2)))),
    },
    "tanh": {
        **SMOOTH,
        "it were the sigmoid": result(1 / (1 + exp(-X))),
        "entries were cut at one": result(Max(-1, Min(1, X))),
    },
    "softplus": {
        **SMOOTH,
        "it were the rectifier": result(Max(X, 0)),
        "the logarithm were missing": result(1 + exp(X)),
        "the one under the logarithm were missing": result(X),
    },
    "modulus": {
        "the modulus were not taken": result(X),
        "the entries were squared": result(X**2),
        "negative entries became zero": result(Max(X, 0)),
    },
    "soft_threshold": {
        "negative entries became zero": result(Max(X - THETA, 0)),
        "the threshold were not taken off": result(Piecewise((X, Abs(X) > THETA), (0, True))),
        "the sign were lost": result(Max(Abs(X) - THETA, 0)),
        "the threshold were taken off below it, too": result(X - THETA * sign(X)),
    },
    "prelu": {
        **OTHER_SIDE,
        "the slope held on both sides": result(SLOPES[c] * SAMPLE),
        "the slope were one": put({SLOPES[c]: ONE}),
        "the slope were zero": put({SLOPES[c]: Integer(0)}),
    },
    "relu_gradient": {**AT_ZERO, **UPSTREAM, **OTHER_SIDE, "dy passed everywhere": result(DY)},
    "leaky_relu_gradient": {**AT_ZERO, **UPSTREAM, **OTHER_SIDE, "dy passed everywhere": result(DY)},
    "prelu_gradient": {
        **AT_ZERO,
        **OTHER_SIDE,
        "the slope were one": put({SLOPES[c]: ONE}),
        "the slopes had the gradient of the first item": ranged(i, lambda low, high: (low, Integer(0))),
    },
    "sigmoid_gradient": {
        **UPSTREAM,
        **SMOOTH,
        "x were the sigmoid already": result(DY * X * (1 - X)),
        "the slope were the sigmoid": result(DY / (1 + exp(-X))),
    },
    "tanh_gradient": {
        **UPSTREAM,
        **SMOOTH,
        "x were the tangent already": result(DY * (1 - X) * (1 + X)),
        "the slope were 1 - tanh": result(DY * (1 - tanh(X))),
        "the slope were the tangent": result(DY * tanh(X)),
    },
    "softplus_gradient": {
        **UPSTREAM,
        **SMOOTH,
        "the slope were that of the rectifier": result(Piecewise((DY, X > 0), (0, True))),
    },
    "modulus_gradient": {
        **UPSTREAM,
        "the sign were lost": result(DY),
        "the slope were that of the rectifier": result(Piecewise((DY, X > 0), (0, True))),
        "the slope at 0 were 1": result(Piecewise((DY * sign(X), X < 0), (DY, True))),
    },
    "soft_threshold_gradient": {
        **AT_ZERO,
        **UPSTREAM,
        "dy passed everywhere": result(DY),
        "the slope had the sign of x": result(Piecewise((DY * sign(X), Abs(X) > THETA), (0, True))),
        "negative entries had no slope": result(Piecewise((DY, X > THETA), (0, True))),
    },
}

_WHOLE = ((a, Integer(0), C - 1), (A.j, Integer(0), A.n - 1))


def _over_all(stages: Stages) -> Stages:
    """Return the stages in which a row is the whole item."""
    pairs = [pair for row, whole in zip(RANGES, _WHOLE, strict=True) for pair in zip(row[1:], whole[1:], strict=True)]
    return put_everywhere(dict(pairs))(stages)


ROWS: Mapping[str, Edit] = {
    "a row were the whole item": _over_all,
    "a row lay along the other axis": put_everywhere({z: 1 - z}),
}

SOFTMAX_FAULTS: Mapping[str, Mapping[str, Edit]] = {
    "softmax": {
        **ROWS,
        "the exponentials were not divided by their sum": given("y", E),
        "the logarithm were taken": redefined("y", lambda value: log(value)),
    },
    "log_softmax": {
        **ROWS,
        "the logarithm were missing": redefined("y", exp),
        "the sum of exponentials were left out": put({log(Z): Integer(0)}),
        "the logarithm of the sum were missing": put({log(Z): Z}),
    },
    "softmax_gradient": {
        **ROWS,
        "the mean of dy were not taken off": put({R: Integer(0)}),
        "dy were not weighed by the shares": redefined("R", lambda value: value.xreplace({along_row("P"): ONE})),
        "each share depended on its own score only": given("dx", P * (1 - P) * DY_HERE),
    },
    "log_softmax_gradient": {
        **ROWS,
        "the sum of dy were not taken off": put({R: Integer(0)}),
        "the sum of dy were not weighed by the share": given("dx", DY_HERE - R),
        "the sum of dy were one": put({R: ONE}),
    },
    "cross_entropy": {
        "every label were 0": put({CHOSEN: Integer(0)}),
        "labels counted from one": put({CHOSEN: Max(CHOSEN - 1, 0)}),
        "the sum of exponentials were left out": given("Z", ONE),
        "the score at the label were left out": given("D", Integer(0)),
        "the losses were divided by the batch size": redefined("y", lambda value: value / N),
        "the loss were the share of the label": redefined("y", lambda value: exp(-value)),
    },
    "cross_entropy_gradient": {
        "every label were 0": put({CHOSEN: Integer(0)}),
        "nothing were taken off at the label": put({KroneckerDelta(c, CHOSEN): Integer(0)}),
        "it were divided by the batch size": redefined("dx", lambda value: value / N),
        "dy were one": read_as("dy", ONE),
        "the scores were the shares already": given("P", SCORES[i, c]),
    },
}
