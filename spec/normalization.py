"""Batch normalisation, with given statistics and with those of the batch, and its gradients."""

from typing import Any

from sympy import Expr, Sum, sqrt, true

from .activation import CHANNELLED, EMPTY, INFINITY, NAN, REAL_OPTIONS, A, maps
from .convolution import SUBNORMALS, at_least_one
from .records import Array, Convention, Example, OperatorSpec, Precondition, Real, Source, Stage
from .symbols import EPSILON, C, N, array, c, i

VARIANCE = Convention(
    name="variance",
    question="By what is the sum of squared deviations of n samples divided?",
    answers={"biased": "n: the variance of the batch itself", "unbiased": "n - 1: an estimate of the population's"},
    ours="biased",
    differs={"unbiased": (None, true)},
)
CONVENTIONS = (NAN, SUBNORMALS, REAL_OPTIONS, EMPTY)
EPS = Real(keyword="eps", symbol=EPSILON, default=1e-5, meaning="added to the variance", least=0)
_PAPER = "Ioffe & Szegedy 2015, Batch normalization, algorithm 1"

PLACE = (i, c, A.t)
X, DY, D, H, DX, Y = (array(name)[PLACE] for name in ("x", "dy", "D", "H", "dx", "y"))
MEAN, VAR, WEIGHT, BIAS, S, R, F, G, P, DWEIGHT, DBIAS = (
    array(name)[c] for name in ("mean", "var", "weight", "bias", "S", "R", "F", "G", "P", "dweight", "dbias")
)
COUNT = N * A.n


def of_channel(summand: Expr) -> Sum:
    """Return a sum over the samples of a channel."""
    return Sum(summand, (i, 0, N - 1), (A.t, 0, A.n - 1))


def statistic(name: str, meaning: str, *, absent: int | None = None, least: int | None = None) -> Array:
    """Return an array of one number per channel."""
    return Array(name=name, axes=(C,), meaning=meaning, optional=absent is not None, absent=absent or 0, least=least)


MEANS, VARIANCES = statistic("mean", "mean of each channel"), statistic("var", "variance of each channel", least=0)
WEIGHTS = statistic("weight", "factor of each channel", absent=1)
BIASES = statistic("bias", "bias of each channel", absent=0)
CHANNELS = (at_least_one(C, "the number of channels"),)
SAMPLES = (*CHANNELS, at_least_one(N, "the batch size"), at_least_one(A.n, "the number of positions"))

CENTRED = Stage(D, X - MEAN, CHANNELLED)
DEVIATION = Stage(S, sqrt(VAR + EPSILON), (C,))
NORMALISED = Stage(H, D / S, CHANNELLED)
SCALED = Stage(Y, H * WEIGHT + BIAS)
MEAN_OF_CHANNEL = Stage(MEAN, of_channel(X) / COUNT)
VARIANCE_OF_CHANNEL = Stage(VAR, of_channel(D**2) / COUNT)
MEAN_OF_SQUARES = Stage(VAR, of_channel(X**2) / COUNT - MEAN**2)
FOLDED = (
    DEVIATION,
    Stage(F, WEIGHT / S, (C,)),
    Stage(G, BIAS - MEAN * F, (C,)),
    Stage(Y, X * F + G),
)
SCALED_FIRST = (Stage(H, WEIGHT * D, CHANNELLED), Stage(Y, H / S + BIAS))
STATISTICS = (MEAN_OF_CHANNEL, CENTRED, VARIANCE_OF_CHANNEL)
ONE_PASS = (MEAN_OF_CHANNEL, CENTRED, MEAN_OF_SQUARES)


def _record(
    name: str,
    summary: str,
    inputs: tuple[Array, ...],
    outputs: tuple[Array, ...],
    requires: tuple[Precondition, ...],
    definition: tuple[Stage, ...],
    example: Example,
    **more: Any,
) -> OperatorSpec:
    return OperatorSpec(
        name=name,
        more_axes="trailing",
        summary=summary,
        inputs=inputs,
        parameters=(EPS,),
        output=outputs[0],
        further=outputs[1:],
        requires=requires,
        definition=definition,
        numbers=("float",),
        source=Source(rows=("M-norm", "U1"), reference=_PAPER, example=example),
        **{"conventions": CONVENTIONS, **more},
    )


def _column(*values: float) -> tuple[tuple[tuple[float, ...]], ...]:
    return tuple(((value,),) for value in values)


BATCH_NORM = _record(
    "batch_norm",
    "Normalise each channel by given statistics, then scale and shift it.",
    (maps("x", "feature maps"), MEANS, VARIANCES, WEIGHTS, BIASES),
    (maps("y", "normalised maps"),),
    CHANNELS,
    (CENTRED, DEVIATION, NORMALISED, SCALED),
    Example(
        inputs={"x": _column(7, 1), "mean": (3,), "var": (4,), "weight": (10,), "bias": (1,)},
        options={"eps": 0},
        output=_column(21, -9),
        cited="10 (7 - 3) / 2 + 1 and 10 (1 - 3) / 2 + 1, by hand",
    ),
    algorithms={"folded": FOLDED, "scaled_first": (CENTRED, DEVIATION, *SCALED_FIRST)},
    conventions=(*CONVENTIONS, INFINITY),
)
BATCH_NORM_TRAINING = _record(
    "batch_norm_training",
    "Normalise each channel by its own mean and variance, then scale and shift it.",
    (maps("x", "feature maps"), WEIGHTS, BIASES),
    (
        maps("y", "normalised maps"),
        statistic("mean", "mean of each channel"),
        statistic("var", "variance of each channel"),
    ),
    SAMPLES,
    (*STATISTICS, DEVIATION, NORMALISED, SCALED),
    Example(
        inputs={"x": _column(1, 5)},
        options={"eps": 0},
        output=(_column(-1, 1), (3,), (4,)),
        cited="mean 3, variance (4 + 4) / 2, by hand",
    ),
    conventions=(*CONVENTIONS, VARIANCE, INFINITY),
    algorithms={
        "folded": (*STATISTICS, *FOLDED),
        "scaled_first": (*STATISTICS, DEVIATION, *SCALED_FIRST),
        "one_pass": (*ONE_PASS, DEVIATION, NORMALISED, SCALED),
        "one_pass_folded": (MEAN_OF_CHANNEL, MEAN_OF_SQUARES, *FOLDED),
    },
)

OUTPUT_GRADIENT = maps("dy", "gradient of the output")
OUTPUTS = (
    maps("dx", "gradient of the input"),
    statistic("dweight", "gradient of the factors"),
    statistic("dbias", "gradient of the biases"),
)
SUMMED_FIRST = (  # the sum over D is divided by the deviation, not every D: then a tiny product underflows before it grows
    Stage(R, 1 / S, (C,)),
    Stage(P, of_channel(DY * D), (C,)),
    Stage(DWEIGHT, P * R),
    Stage(DBIAS, of_channel(DY)),
)
PARAMETER_GRADIENTS = (Stage(DWEIGHT, of_channel(DY * H)), Stage(DBIAS, of_channel(DY)))

BATCH_NORM_GRADIENT = _record(
    "batch_norm_gradient",
    "Gradients of batch_norm with respect to input, factors and biases; the statistics are constants.",
    (OUTPUT_GRADIENT, maps("x", "feature maps"), MEANS, VARIANCES, WEIGHTS),
    OUTPUTS,
    CHANNELS,
    (CENTRED, DEVIATION, NORMALISED, *PARAMETER_GRADIENTS, Stage(DX, DY * WEIGHT / S)),
    Example(
        inputs={"dy": _column(8, 2), "x": _column(7, 1), "mean": (3,), "var": (4,)},
        options={"eps": 0},
        output=(_column(4, 1), (14,), (10,)),
        cited="dy / 2, 8 (2) + 2 (-1) and 8 + 2, by hand",
    ),
    algorithms={"summed_first": (CENTRED, DEVIATION, *SUMMED_FIRST, Stage(DX, DY * R * WEIGHT))},
)
DEVIATION_OF_BATCH = (
    Stage(MEAN_OF_CHANNEL.target, MEAN_OF_CHANNEL.value, (C,)),
    CENTRED,
    Stage(VARIANCE_OF_CHANNEL.target, VARIANCE_OF_CHANNEL.value, (C,)),
    DEVIATION,
)
CENTRED_CHANGE = DY - DBIAS / COUNT - H * DWEIGHT / COUNT
BATCH_NORM_TRAINING_GRADIENT = _record(
    "batch_norm_training_gradient",
    "Gradients of the first result of batch_norm_training, through the statistics too.",
    (OUTPUT_GRADIENT, maps("x", "feature maps"), WEIGHTS),
    OUTPUTS,
    SAMPLES,
    (*DEVIATION_OF_BATCH, NORMALISED, *PARAMETER_GRADIENTS, Stage(DX, CENTRED_CHANGE * WEIGHT / S)),
    Example(
        inputs={"dy": _column(8, 2, 8, 2), "x": _column(1, 5, 5, 1)},
        options={"eps": 0},
        output=(_column(1.5, -1.5, 1.5, -1.5), (0,), (20,)),
        cited="statistics 3 and 4, dy - 5 halved, by hand",
    ),
    conventions=(*CONVENTIONS, VARIANCE),
    algorithms={
        "summed_first": (
            *DEVIATION_OF_BATCH,
            *SUMMED_FIRST,
            Stage(DX, (DY - DBIAS / COUNT - D * (P * R * R / COUNT)) * R * WEIGHT),
        )
    },
)
BATCH_NORMS = (BATCH_NORM, BATCH_NORM_TRAINING)
BATCH_NORM_GRADIENTS = (BATCH_NORM_GRADIENT, BATCH_NORM_TRAINING_GRADIENT)
