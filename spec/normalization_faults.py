"""What a wrong batch normalisation or local response normalisation does."""

from collections.abc import Mapping

from sympy import Abs, Expr, Integer, Sum, sqrt

from .activation import CHANNELLED, A
from .normalization import (
    BIAS,
    CENTRED_CHANGE,
    COUNT,
    DBIAS,
    DWEIGHT,
    DY,
    MEAN,
    MEAN_OF_CHANNEL,
    SCALED,
    VAR,
    WEIGHT,
    D,
    H,
    S,
    X,
    of_channel,
)
from .records import Stage
from .response_norm import AFTER, BEFORE, DIVISOR, PULLING, PULLS, RESPONSE, SQUARES
from .response_norm import DY as DY_OF_RESPONSE
from .response_norm import P as POWER
from .response_norm import X as SAMPLE
from .stage_edits import Edit, Stages, composed, given, put, put_everywhere, redefined, shown_as
from .symbols import BETA, EPSILON, C, N, a, array, c, i, l

ONE, ZERO = Integer(1), Integer(0)
UNBIASED = COUNT / (COUNT - 1)
NORMALISED_AT_ONCE = CENTRED_CHANGE.xreplace({H: D / S})  # not all algorithms have a stage H


def _per_item(stages: Stages) -> Stages:
    """Return the stages of the training record with the statistics of each item; what is returned of them is their mean."""
    here, item = (i, c), (N, C)
    mean, variance, root = (array(f"{name}_of_item")[here] for name in ("mean", "var", "S"))
    return (
        MEAN_OF_CHANNEL,
        Stage(mean, Sum(X, (A.t, 0, A.n - 1)) / A.n, item),
        Stage(D, X - mean, CHANNELLED),
        Stage(variance, Sum(D**2, (A.t, 0, A.n - 1)) / A.n, item),
        Stage(VAR, Sum(variance, (i, 0, N - 1)) / N),
        Stage(root, sqrt(variance + EPSILON), item),
        Stage(H, D / root, CHANNELLED),
        SCALED,
    )


SCALING: Mapping[str, Edit] = {
    "eps were added to the root": put({sqrt(VAR + EPSILON): sqrt(VAR) + EPSILON}),
    "no root of the variance were taken": put({sqrt(VAR + EPSILON): VAR + EPSILON}),
    "nothing were divided by the deviation": put({S: ONE}),
}
AFFINE: Mapping[str, Edit] = {
    "the mean were not taken off": put({MEAN: ZERO}),
    "the bias were scaled, too": given("y", ((X - MEAN) / S + BIAS) * WEIGHT),
    "factor and bias were exchanged": put({WEIGHT: BIAS, BIAS: WEIGHT}),
}
OF_BATCH: Mapping[str, Edit] = {
    "the variance were divided by n - 1": redefined("var", lambda value: value * UNBIASED),
    "the variance were not divided": redefined("var", lambda value: value * COUNT),
    "the mean of the squares were the variance": given("var", of_channel(X**2) / COUNT),
}


def _as_mean(name: str) -> Edit:
    return shown_as(name, (C,), lambda value: value / COUNT)


SUMMED: Mapping[str, Edit] = {
    "the gradient of the factors were summed over x": shown_as("dweight", (C,), lambda value: of_channel(DY * X)),
    "the gradient of the factors were summed over x less its mean": shown_as(
        "dweight", (C,), lambda value: of_channel(DY * D)
    ),
    "the gradients of factors and biases were means": composed([_as_mean("dweight"), _as_mean("dbias")]),
}


def _change(value: Expr) -> Edit:
    return given("dx", value * WEIGHT / S)


BATCH_NORM_FAULTS: Mapping[str, Mapping[str, Edit]] = {
    "batch_norm": {**SCALING, **AFFINE},
    "batch_norm_training": {
        **SCALING,
        **AFFINE,
        **OF_BATCH,
        "the variance that is returned were divided by n - 1": shown_as("var", (C,), lambda value: value * UNBIASED),
        "x were normalised by the variance over n - 1": put({VAR + EPSILON: VAR * UNBIASED + EPSILON}),
        "each item had statistics of its own": _per_item,
    },
    "batch_norm_gradient": {**SCALING, **SUMMED, "dy were not scaled": given("dx", DY)},
    "batch_norm_training_gradient": {
        **SCALING,
        **SUMMED,
        **OF_BATCH,
        "mean and variance were constants": _change(DY),
        "the mean were a constant": _change(DY - D / S * DWEIGHT / COUNT),
        "the variance were a constant": _change(DY - DBIAS / COUNT),
        "dx were not scaled by the factors": given("dx", NORMALISED_AT_ONCE / S),
        "dx were not divided by the deviation": given("dx", NORMALISED_AT_ONCE * WEIGHT),
    },
}

_WINDOW = (a, c - BEFORE, c + AFTER)
RESPONSES: Mapping[str, Edit] = {
    "alpha were not divided by the size": put({1 / l: ONE}),
    "the additional channel stood on the other side": put_everywhere({BEFORE: AFTER, AFTER: BEFORE}),
    "the window reached over the positions": put_everywhere(
        {SQUARES: Sum(array("x")[i, c, A.j] ** 2, (A.j, A.t - BEFORE, A.t + AFTER))}
    ),
    "the window reached over the batch": put_everywhere(
        {SQUARES: Sum(array("x")[a, c, A.t] ** 2, (a, i - BEFORE, i + AFTER))}
    ),
    "the window held all channels": put_everywhere({SQUARES: Sum(SQUARES.function, (a, ZERO, C - 1))}),
    "the window held the channel alone": put_everywhere({SQUARES: SAMPLE**2}),
    "the moduli were summed, not the squares": put_everywhere({SQUARES: Sum(Abs(array("x")[i, a, A.t]), _WINDOW)}),
    "the exponent were one": put({BETA: ONE}),
    "nothing were divided": put({POWER: ONE}),
}
RESPONSE_NORM_FAULTS: Mapping[str, Mapping[str, Edit]] = {
    "local_response_norm": {
        **RESPONSES,
        "it were a product, not a quotient": given("y", SAMPLE * POWER),
    },
    "local_response_norm_gradient": {
        **RESPONSES,
        "the divisor of the channel alone had a slope": given("R", DY_OF_RESPONSE * RESPONSE.target / DIVISOR.target),
        "the divisors were constants": given("dx", DY_OF_RESPONSE / POWER),
        "the factor 2 of the squares were missing": redefined("dx", lambda value: (value + DY_OF_RESPONSE / POWER) / 2),
        "dx reached over the window, not the channels whose window it is in": put_everywhere(
            {Sum(PULLS, PULLING): Sum(PULLS, _WINDOW)}
        ),
    },
}
NORMALIZATION_FAULTS = {**BATCH_NORM_FAULTS, **RESPONSE_NORM_FAULTS}
