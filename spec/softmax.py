"""Softmax, its logarithm and the cross-entropy, with their gradients: all of them rows of exponentials over their sum."""

from collections.abc import Mapping
from dataclasses import replace

from sympy import Eq, Expr, Integer, KroneckerDelta, Piecewise, Sum, exp, floor, log

from .activation import CHANNELLED, EMPTY, INFINITY, NAN, A, maps
from .convolution import SUBNORMALS, at_least_one
from .functions import Maximum
from .records import Array, Choice, Convention, Example, OperatorSpec, Precondition, Source, Stage
from .symbols import C, N, a, array, c, i, z

AXIS = Choice(
    keyword="axis",
    options={-1: {z: Integer(0)}, -2: {z: Integer(1)}},
    default=-1,
    meaning="the axis along which a row lies",
)
SOFTMAX_INFINITY = Convention(
    name="softmax_infinity",
    question="What is the softmax of a row that holds +inf, or nothing but -inf?",
    answers={
        "nan": "NaN, since inf - inf is",
        "limit": "the share 1/m for each of the m infinite entries, 0 for the others",
    },
    ours="nan",
    data={"limit": "special"},
)
CONVENTIONS = (NAN, SOFTMAX_INFINITY, SUBNORMALS, EMPTY)
_BOOK = "Goodfellow, Bengio & Courville 2016, Deep Learning, section 6.2.2.3"
_INF = float("inf")

PLACE, ROW = (i, c, A.t), (i, a, A.j)
RANGES = ((a, c * (1 - z), c + z * (C - 1 - c)), (A.j, A.t * z, A.t + (1 - z) * (A.n - 1 - A.t)))
"""The row of the entry (c, t): along t where z = 0, along c where z = 1."""

X, DY, M, D, E, L, P, R, Z = (array(name)[PLACE] for name in ("x", "dy", "M", "D", "E", "L", "P", "R", "Z"))


def along_row(name: str) -> Expr:
    """Return an array at the places of a row."""
    return array(name)[ROW]


def total(summand: Expr) -> Sum:
    """Return a sum along a row."""
    return Sum(summand, *RANGES)


def step(target: Expr, value: Expr) -> Stage:
    """Return a stage that is no output, with a value for every entry."""
    return Stage(target, value, CHANNELLED)


LARGEST = step(M, Maximum(along_row("x"), *RANGES))
BELOW_LARGEST = step(D, X - M)
SHARES = (LARGEST, step(E, exp(X - M)), step(Z, total(along_row("E"))))
"""Exponentials that do not overflow, and their sum."""
NAIVE_SHARES = (step(E, exp(X)), step(Z, total(along_row("E"))))


def _rows_exist() -> tuple[Precondition, ...]:
    return (
        replace(at_least_one(A.n, "the length of the axis"), when=("axis", -1)),
        replace(at_least_one(C, "the length of the axis"), when=("axis", -2)),
    )


def _record(
    name: str,
    summary: str,
    inputs: tuple[Array, ...],
    output: str,
    definition: tuple[Stage, ...],
    example: Example,
    algorithms: Mapping[str, tuple[Stage, ...]],
) -> OperatorSpec:
    return OperatorSpec(
        name=name,
        more_axes="leading",
        summary=summary,
        inputs=inputs,
        parameters=(AXIS,),
        output=maps(output, "gradient of the input" if output == "dx" else "result"),
        requires=_rows_exist(),
        definition=definition,
        numbers=("float",),
        source=Source(rows=("K-out", "U1"), reference=_BOOK, example=example),
        conventions=CONVENTIONS,
        algorithms=algorithms,
    )


def _row(*values: float) -> tuple[tuple[tuple[float, ...]]]:
    return ((values,),)


_INPUTS = (maps("x", "scores"),)
_OPERANDS = (maps("dy", "gradient of the output"), maps("x", "scores"))
Y, DX = array("y")[PLACE], array("dx")[PLACE]
LOG_SUM = step(Z, total(exp(along_row("D"))))
SHARE_OF_TOTAL = step(P, E / Z)
WEIGHED = (
    SHARE_OF_TOTAL,
    step(R, total(along_row("P") * along_row("dy"))),
    Stage(DX, P * (DY - R)),
)
REDUCED = (SHARE_OF_TOTAL, step(R, total(along_row("dy"))), Stage(DX, DY - P * R))
SHARES_BY_LOGARITHM = (LARGEST, BELOW_LARGEST, LOG_SUM, step(L, D - log(Z)), step(P, exp(L)))

SOFTMAX = _record(
    "softmax",
    "Exponentials along an axis, divided by their sum.",
    _INPUTS,
    "y",
    (*SHARES, Stage(Y, E / Z)),
    Example(
        inputs={"x": _row(7, 7, 7, 7)},
        options={},
        output=_row(0.25, 0.25, 0.25, 0.25),
        cited="four equal scores, by hand",
    ),
    {"naive": (*NAIVE_SHARES, Stage(Y, E / Z))},
)
LOG_SOFTMAX = _record(
    "log_softmax",
    "Logarithm of the softmax along an axis.",
    _INPUTS,
    "y",
    (LARGEST, BELOW_LARGEST, LOG_SUM, Stage(Y, D - log(Z))),
    Example(inputs={"x": _row(7, -_INF)}, options={}, output=_row(0, -_INF), cited="a sure outcome, by hand"),
    {
        "logsumexp": (LARGEST, BELOW_LARGEST, LOG_SUM, step(L, M + log(Z)), Stage(Y, X - L)),
        "naive": (*NAIVE_SHARES, step(L, log(Z)), Stage(Y, X - L)),
    },
)
SOFTMAX_GRADIENT = _record(
    "softmax_gradient",
    "Gradient of the softmax: each share times what dy exceeds its mean under the shares.",
    _OPERANDS,
    "dx",
    (*SHARES, *WEIGHED),
    Example(inputs={"dy": _row(8, 0), "x": _row(1, 1)}, options={}, output=_row(2, -2), cited="1/2 (8 - 4), by hand"),
    {"naive": (*NAIVE_SHARES, *WEIGHED)},
)
LOG_SOFTMAX_GRADIENT = _record(
    "log_softmax_gradient",
    "Gradient of the logarithm of the softmax: dy less the share of its sum.",
    _OPERANDS,
    "dx",
    (*SHARES, *REDUCED),
    Example(
        inputs={"dy": _row(8, 0), "x": _row(1, 1)}, options={}, output=_row(4, -4), cited="8 - 8/2 and 0 - 8/2, by hand"
    ),
    {"naive": (*NAIVE_SHARES, *REDUCED), "by_logarithm": (*SHARES_BY_LOGARITHM, *REDUCED[1:])},
)

LABELS = Array(name="labels", axes=(N,), meaning="class of each item", below=C)
LOGITS = Array(name="logits", axes=(N, C), meaning="scores of the classes")
SCORES, CHOSEN, CLASSES = array("logits"), array("labels")[i], (a, 0, C - 1)
M_I, Z_I, L_I, D_I, O_I = (array(name)[i] for name in "MZLDO")
E_IC, L_IC, P_IC = (array(name)[i, c] for name in "ELP")

LARGEST_SCORE = Stage(M_I, Maximum(SCORES[i, a], CLASSES), (N,))
SUM_OF_SCORES = Stage(Z_I, Sum(exp(SCORES[i, a] - M_I), CLASSES), (N,))
CHOSEN_SCORE = Stage(D_I, SCORES[i, CHOSEN] - M_I, (N,))
EXPONENTIALS = (
    LARGEST_SCORE,
    Stage(E_IC, exp(SCORES[i, c] - M_I), (N, C)),
    Stage(Z_I, Sum(array("E")[i, a], CLASSES), (N,)),
)
PROBABILITIES = (*EXPONENTIALS, Stage(P_IC, E_IC / Z_I, (N, C)))
BY_LOGARITHM = (
    LARGEST_SCORE,
    SUM_OF_SCORES,
    Stage(L_IC, SCORES[i, c] - M_I - log(Z_I), (N, C)),
    Stage(P_IC, exp(L_IC), (N, C)),
)
ABOVE_CHOSEN = Stage(array("dx")[i, c], array("dy")[i] * (P_IC - KroneckerDelta(c, CHOSEN)))
OTHER = a + floor((a - CHOSEN + C) / C)
"""The class that is number a of those which are not chosen."""
BY_OTHERS = (
    *EXPONENTIALS,
    Stage(O_I, Sum(array("E")[i, OTHER], (a, 0, C - 2)), (N,)),
    Stage(array("dx")[i, c], array("dy")[i] * Piecewise((-O_I, Eq(c, CHOSEN)), (E_IC, True)) / Z_I),
)
"""At the label no share is taken from one, which would cancel: what is left of one are the shares of the others."""

CROSS_ENTROPY = OperatorSpec(
    name="cross_entropy",
    summary="Minus the logarithm of the softmax at the label, one loss per item.",
    inputs=(LOGITS, LABELS),
    parameters=(),
    output=Array(name="y", axes=(N,), meaning="losses"),
    requires=(at_least_one(C, "the number of classes"),),
    definition=(LARGEST_SCORE, SUM_OF_SCORES, CHOSEN_SCORE, Stage(array("y")[i], log(Z_I) - D_I)),
    numbers=("float",),
    source=Source(
        rows=("U1", "K-out"),
        reference=_BOOK,
        example=Example(
            inputs={"logits": ((7, -_INF), (-_INF, 3)), "labels": (0, 0)},
            options={},
            output=(0, _INF),
            cited="a sure outcome, once the right one, by hand",
        ),
    ),
    conventions=CONVENTIONS,
    algorithms={
        "logsumexp": (
            LARGEST_SCORE,
            SUM_OF_SCORES,
            Stage(L_I, M_I + log(Z_I), (N,)),
            Stage(array("y")[i], L_I - SCORES[i, CHOSEN]),
        )
    },
)
CROSS_ENTROPY_GRADIENT = OperatorSpec(
    name="cross_entropy_gradient",
    summary="Gradient of the cross-entropy: the softmax, less one at the label, times dy.",
    inputs=(Array(name="dy", axes=(N,), meaning="gradient of the losses"), LOGITS, LABELS),
    parameters=(),
    output=Array(name="dx", axes=(N, C), meaning="gradient of the scores"),
    requires=(at_least_one(C, "the number of classes"),),
    definition=(*PROBABILITIES, ABOVE_CHOSEN),
    numbers=("float",),
    source=Source(
        rows=("U1", "K-out"),
        reference=_BOOK,
        example=Example(
            inputs={"dy": (8, 4), "logits": ((1, 1), (2, 2)), "labels": (0, 1)},
            options={},
            output=((-4, 4), (2, -2)),
            cited="dy (1/2 - 1) at the label and dy / 2 elsewhere, by hand",
        ),
    ),
    conventions=(*CONVENTIONS, INFINITY),
    algorithms={"by_logarithm": (*BY_LOGARITHM, ABOVE_CHOSEN), "by_others": BY_OTHERS},
)

SOFTMAXES = (SOFTMAX, LOG_SOFTMAX, CROSS_ENTROPY)
SOFTMAX_GRADIENTS = (SOFTMAX_GRADIENT, LOG_SOFTMAX_GRADIENT, CROSS_ENTROPY_GRADIENT)
