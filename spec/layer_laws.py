"""The laws of activations, softmax, linear layers and norms."""

from collections.abc import Iterable, Mapping
from typing import Any

from sympy import Abs, Eq, Expr, Integer, Max, Mod, Rational

from .activation import (
    ACTIVATIONS,
    LEAKY_RELU,
    MODULUS,
    POINTWISE,
    PRELU,
    RELU,
    SIGMOID,
    SOFT_THRESHOLD,
    SOFTPLUS,
    TANH,
    A,
)
from .activation_gradient import (
    ACTIVATION_GRADIENTS,
    MODULUS_GRADIENT,
    POINTWISE_GRADIENTS,
    PRELU_GRADIENT,
    RELU_GRADIENT,
    SIGMOID_GRADIENT,
    TANH_GRADIENT,
)
from .laws import AMOUNT, VALUE, Adjoint, Contraction, Gradient, Law, Linear, Placement, Rearrangement, Transformed
from .linear import LINEAR, LINEAR_INPUT_GRADIENT, LINEAR_WEIGHT_GRADIENT, LINEARS
from .normalization import BATCH_NORM, BATCH_NORM_GRADIENT, BATCH_NORM_TRAINING, BATCH_NORM_TRAINING_GRADIENT
from .records import Array, OperatorSpec
from .response_norm import LOCAL_RESPONSE_NORM, LOCAL_RESPONSE_NORM_GRADIENT
from .signal import AXES
from .softmax import (
    CROSS_ENTROPY,
    CROSS_ENTROPY_GRADIENT,
    LOG_SOFTMAX,
    LOG_SOFTMAX_GRADIENT,
    SOFTMAX,
    SOFTMAX_GRADIENT,
)
from .symbols import ALPHA, EPSILON, LAMBDA, THETA, C, N, O, c, i, l, o

SCALE, SQUARE = 2**AMOUNT, 4**AMOUNT
"""Powers of two, by which floating-point numbers are multiplied exactly."""
LETTER = {N: i, C: c, O: o, A.n: A.t} | {a.n: a.t for a in AXES}
"""The letter that runs over an axis."""


def _letters(array: Array) -> tuple[Any, ...]:
    return tuple(LETTER[axis] for axis in array.axes)


def _moved(array: Array, changes: Mapping[Any, Expr]) -> Placement:
    """Return an array whose entries change places along some axes."""
    letters = _letters(array)
    return Placement(array.name, letters, tuple(changes.get(s, s) for s in letters), array.axes)


def _reversed(record: OperatorSpec, axis: Expr, what: str, rows: tuple[str, ...], **more: Any) -> Rearrangement:
    """Return that reversing an axis of every input reverses it in the result."""
    letter = LETTER[axis]
    changes = {letter: axis - 1 - letter}
    moved = {array.name: _moved(array, changes) for array in record.inputs if letter in _letters(array)}
    return Rearrangement(
        name=f"{record.name}: reversing {what} reverses the result",
        statement=f"With {what} of {', '.join(moved)} in reverse order, the result is the same in reverse order.",
        operator=record,
        other=record,
        arrays=moved,
        index=tuple(changes.get(s, s) for s in record.definition[-1].target.indices),
        rows=rows,
        **more,
    )


def _axes_exchanged(record: OperatorSpec) -> Rearrangement:
    first, *_, last = AXES
    order = (last, *AXES[1:-1], first)
    letters = tuple(a.t for a in AXES)
    index = tuple(a.t for a in order)
    return Rearrangement(
        name=f"{record.name}: exchanging two axes exchanges them in the result",
        statement="Entries do not mix: with the first and the last axis exchanged, so is the result.",
        operator=record,
        other=record,
        arrays={a.name: Placement(a.name, letters, index, tuple(b.n for b in order)) for a in record.inputs},
        index=index,
        rows=("K-act",),
    )


def _other_axis(record: OperatorSpec) -> Rearrangement:
    """Return that a row may lie along either axis."""
    return Rearrangement(
        name=f"{record.name}: the axis may be exchanged with another",
        statement="Along the last axis it is what it is along the last but one of the transposed operands, transposed.",
        operator=record,
        other=record,
        arrays={a.name: Placement(a.name, (i, c, A.t), (i, A.t, c), (N, A.n, C)) for a in record.inputs},
        options={"axis": -2},
        words={"axis": -1},
        index=(i, A.t, c),
        rows=("K-out",),
    )


def _maps(
    record: OperatorSpec, rule: str, wrt: str, inner: Expr, outer: Expr, rows: tuple[str, ...], **more: Any
) -> Transformed:
    """Return a law on the first result; `rule` says it in words."""
    return Transformed(
        name=f"{record.name}: {rule}",
        statement=f"{rule[0].upper()}{rule[1:]}.",
        operator=record,
        wrt=wrt,
        inner=inner,
        outer=outer,
        rows=rows,
        **more,
    )


def _homogeneous(
    record: OperatorSpec, rows: tuple[str, ...], rule: str = "a factor passes", **more: Any
) -> Transformed:
    return _maps(record, rule, "x", SCALE * VALUE, SCALE * VALUE, rows, **more)


def _shifted(record: OperatorSpec, wrt: str, rows: tuple[str, ...], **more: Any) -> Transformed:
    rule = f"a number added to all of {', '.join((wrt, *more.get('others', ())))} changes nothing"
    return _maps(record, rule, wrt, VALUE + AMOUNT, VALUE, rows, **more)


def _contraction(record: OperatorSpec, wrt: str, constant: Expr, norm: str, rows: tuple[str, ...]) -> Contraction:
    measured = {"entry": "entry by entry", "sup": "in the largest modulus", "l2": "in the Euclidean norm"}[norm]
    return Contraction(
        name=f"{record.name}: Lipschitz in {wrt}",
        statement=f"Results differ, {measured}, by at most {constant} times what {wrt} differs.",
        operator=record,
        wrt=wrt,
        constant=constant,
        norm=norm,
        rows=rows,
    )


def _gradient(record: OperatorSpec, wrt: str, gradient: OperatorSpec, part: int = 0) -> Gradient:
    return Gradient(
        name=f"{record.name}: gradient in {wrt}",
        statement=f"<J v, dy> = <v, {gradient.outputs[part].name}>, J the derivative of {record.name} in {wrt}.",
        operator=record,
        wrt=wrt,
        gradient=gradient,
        part=part,
        rows=("U1", *(("K-act",) if record in ACTIVATIONS else ())),
    )


def _linear(record: OperatorSpec, names: Iterable[str] = ("dy",)) -> tuple[Linear, ...]:
    return tuple(
        Linear(
            name=f"{record.name}: linear in {name}",
            statement=f"{record.name} is additive and homogeneous in {name}.",
            operator=record,
            wrt=name,
            rows=("U1",),
        )
        for name in names
    )


def _adjoint(record: OperatorSpec, wrt: str, gradient: OperatorSpec) -> Adjoint:
    return Adjoint(
        name=f"{record.name}: adjoint in {wrt}",
        statement=f"<{record.name}({wrt}), dy> = <{wrt}, {gradient.name}(dy)>.",
        operator=record,
        wrt=wrt,
        gradient=gradient,
        rows=("U1",),
    )


ACT, NORM, OUT = ("K-act",), ("M-norm",), ("K-out",)
ONE = Integer(1)
_LAST = AXES[-1].n

_ENTRIES: tuple[Law, ...] = (
    *(_reversed(record, _LAST, "the last axis", ACT) for record in (*POINTWISE, *POINTWISE_GRADIENTS)),
    *(_axes_exchanged(record) for record in (*POINTWISE, *POINTWISE_GRADIENTS)),
    *(_reversed(record, C, "the channels", ACT) for record in (PRELU, PRELU_GRADIENT)),
    *(_homogeneous(record, ACT) for record in (RELU, LEAKY_RELU, MODULUS, PRELU)),
    _homogeneous(
        SOFT_THRESHOLD, ("M-thr",), "a factor of x and of the threshold passes", options={"threshold": SCALE * THETA}
    ),
    _maps(SIGMOID, "the sigmoid of -x is one less that of x", "x", -VALUE, 1 - VALUE, ACT),
    _maps(TANH, "it is odd", "x", -VALUE, -VALUE, ACT),
    _maps(MODULUS, "it is even", "x", -VALUE, VALUE, ("M14",)),
    _maps(SOFT_THRESHOLD, "it is odd", "x", -VALUE, -VALUE, ("M-thr",)),
    _maps(RELU_GRADIENT, "the size of x does not matter", "x", SCALE * VALUE, VALUE, ACT),
    _maps(SIGMOID_GRADIENT, "it is even in x", "x", -VALUE, VALUE, ACT),
    _maps(TANH_GRADIENT, "it is even in x", "x", -VALUE, VALUE, ACT),
    _maps(MODULUS_GRADIENT, "it is odd in x", "x", -VALUE, -VALUE, ("M14",)),
    *(_contraction(record, "x", ONE, "entry", ("M14",)) for record in (RELU, TANH, SOFTPLUS, MODULUS, SOFT_THRESHOLD)),
    _contraction(LEAKY_RELU, "x", Max(1, Abs(LAMBDA)), "entry", ("M14",)),
    _contraction(SIGMOID, "x", Rational(1, 4), "entry", ("M14",)),
    *(_gradient(f, "x", g) for f, g in zip(ACTIVATIONS, ACTIVATION_GRADIENTS, strict=True)),
    _gradient(PRELU, "slope", PRELU_GRADIENT, 1),
    *(law for record in ACTIVATION_GRADIENTS for law in _linear(record)),
)

_ROWWISE = (SOFTMAX, LOG_SOFTMAX, SOFTMAX_GRADIENT, LOG_SOFTMAX_GRADIENT)
_SOFTMAX: tuple[Law, ...] = (
    *(_reversed(record, A.n, "the last axis", OUT) for record in _ROWWISE),
    *(_other_axis(record) for record in _ROWWISE),
    *(_shifted(record, "x", OUT) for record in _ROWWISE),
    *(_reversed(record, N, "the items", OUT) for record in (CROSS_ENTROPY, CROSS_ENTROPY_GRADIENT)),
    *(_shifted(record, "logits", OUT) for record in (CROSS_ENTROPY, CROSS_ENTROPY_GRADIENT)),
    _contraction(SOFTMAX, "x", Rational(1, 2), "l2", ("K-out", "M-stab")),
    _contraction(LOG_SOFTMAX, "x", Integer(2), "sup", ("K-out", "M-stab")),
    _contraction(CROSS_ENTROPY, "logits", Integer(2), "sup", ("K-out", "U1")),
    _gradient(SOFTMAX, "x", SOFTMAX_GRADIENT),
    _gradient(LOG_SOFTMAX, "x", LOG_SOFTMAX_GRADIENT),
    _gradient(CROSS_ENTROPY, "logits", CROSS_ENTROPY_GRADIENT),
    *(law for record in (SOFTMAX_GRADIENT, LOG_SOFTMAX_GRADIENT, CROSS_ENTROPY_GRADIENT) for law in _linear(record)),
)

_DENSE: tuple[Law, ...] = (
    *(law for record in LINEARS for law in _linear(record, [a.name for a in record.inputs if not a.optional])),
    _reversed(LINEAR, O, "the outputs", ("K11",)),
    _reversed(LINEAR, C, "the inputs", ("K11",)),
    _adjoint(LINEAR, "x", LINEAR_INPUT_GRADIENT),
    _adjoint(LINEAR, "w", LINEAR_WEIGHT_GRADIENT),
    _adjoint(LINEAR_INPUT_GRADIENT, "dy", LINEAR),
    _adjoint(LINEAR_WEIGHT_GRADIENT, "dy", LINEAR),
)

_NORMS = (BATCH_NORM, BATCH_NORM_TRAINING, BATCH_NORM_GRADIENT, BATCH_NORM_TRAINING_GRADIENT)
_RESPONSES = (LOCAL_RESPONSE_NORM, LOCAL_RESPONSE_NORM_GRADIENT)
_NORMALISATION: tuple[Law, ...] = (
    *(_reversed(record, C, "the channels", NORM) for record in _NORMS),
    *(_reversed(record, A.n, "the positions", NORM) for record in (*_NORMS, *_RESPONSES)),
    *(
        _reversed(record, C, "the channels", NORM, when=Eq(Mod(l, 2), 1), solved=((l, 2 * l - 1),))
        for record in _RESPONSES
    ),
    _shifted(BATCH_NORM, "x", NORM, others={"mean": VALUE + AMOUNT}),
    _shifted(BATCH_NORM_TRAINING, "x", NORM),
    _maps(
        BATCH_NORM,
        "a factor of x and mean, its square of var and eps, change nothing",
        "x",
        SCALE * VALUE,
        VALUE,
        NORM,
        others={"mean": SCALE * VALUE, "var": SQUARE * VALUE},
        options={"eps": SQUARE * EPSILON},
    ),
    _maps(
        BATCH_NORM_TRAINING,
        "a factor of x, its square of eps, change nothing",
        "x",
        SCALE * VALUE,
        VALUE,
        NORM,
        options={"eps": SQUARE * EPSILON},
    ),
    _maps(LOCAL_RESPONSE_NORM, "it is odd", "x", -VALUE, -VALUE, NORM),
    _maps(LOCAL_RESPONSE_NORM_GRADIENT, "it is even in x", "x", -VALUE, VALUE, NORM),
    _homogeneous(
        LOCAL_RESPONSE_NORM, NORM, "a factor passes if its square is taken off alpha", options={"alpha": ALPHA / SQUARE}
    ),
    *(_gradient(BATCH_NORM, w, BATCH_NORM_GRADIENT, k) for k, w in enumerate(("x", "weight", "bias"))),
    *(
        _gradient(BATCH_NORM_TRAINING, w, BATCH_NORM_TRAINING_GRADIENT, k)
        for k, w in enumerate(("x", "weight", "bias"))
    ),
    _gradient(LOCAL_RESPONSE_NORM, "x", LOCAL_RESPONSE_NORM_GRADIENT),
    *(law for record in (*_NORMS[2:], LOCAL_RESPONSE_NORM_GRADIENT) for law in _linear(record)),
)

LAWS: tuple[Law, ...] = (*_ENTRIES, *_SOFTMAX, *_DENSE, *_NORMALISATION)
