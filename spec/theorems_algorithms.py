"""Theorems that the declared ways to compute a layer compute its definition (those of the detectors stand with the detectors)."""

from sympy import Expr, Integer, Mul, Symbol, exp, log

from .activation_gradient import DX, DY, POINTWISE_GRADIENTS, X
from .evidence import Claim, Derived, Evidence, Theorem, exhaust, identity
from .functions import log1p
from .normalization import BATCH_NORM, BATCH_NORM_TRAINING
from .records import OperatorSpec, Stage
from .response_norm import LOCAL_RESPONSE_NORM, LOCAL_RESPONSE_NORM_GRADIENT
from .small_calls import SmallCall, is_zero, shown_bounds, small_calls
from .softmax import CROSS_ENTROPY, CROSS_ENTROPY_GRADIENT, LOG_SOFTMAX, LOG_SOFTMAX_GRADIENT, SOFTMAX, SOFTMAX_GRADIENT

STAGED = (
    SOFTMAX,
    LOG_SOFTMAX,
    SOFTMAX_GRADIENT,
    LOG_SOFTMAX_GRADIENT,
    CROSS_ENTROPY,
    CROSS_ENTROPY_GRADIENT,
    BATCH_NORM,
    BATCH_NORM_TRAINING,
    LOCAL_RESPONSE_NORM,
    LOCAL_RESPONSE_NORM_GRADIENT,
)
UPSTREAM = Symbol("g", real=True)
PLACES = (Symbol("a", positive=True), Symbol("a", negative=True), Integer(0))
"""Numbers at which every comparison with zero is decided."""


def composed(stages: tuple[Stage, ...], place: Expr) -> Expr:
    """Return the last stage at a number, the stages put into each other."""
    known: dict[Expr, Expr] = {X: place, DY: UPSTREAM}
    for stage in stages:
        known[stage.target] = stage.value.xreplace(known)
    return known[DX].replace(log1p, lambda x: log(1 + x))


def _slopes() -> tuple[tuple[Expr, Expr], ...]:
    return tuple(
        (composed(stages, place).rewrite(exp), composed(record.definition, place).rewrite(exp))
        for record in POINTWISE_GRADIENTS
        for stages in record.algorithms.values()
        for place in PLACES
    )


def same_results(record: OperatorSpec, algorithm: str, call: SmallCall) -> bool:
    """Whether an algorithm gives the entries of all results of the definition."""
    inputs = call.inputs()
    one, two = (call.run(record, inputs, stages) for stages in (record.algorithms[algorithm], record.definition))
    pairs = ((one[array.name][place], two[array.name][place]) for array in record.outputs for place in one[array.name])
    return all(_equal(left.replace(exp, _as_power), right) for left, right in pairs)


def _equal(left: Expr, right: Expr) -> bool:
    """Whether two real expressions are equal; sums of logarithms are by their exponential."""
    difference = left - right
    return is_zero(exp(difference) - 1) if difference.has(log) else is_zero(difference)


def _as_power(exponent: Expr) -> Expr:
    """Return ``exp(b log(a))`` as ``a**b``."""
    logarithms = [factor for factor in Mul.make_args(exponent) if isinstance(factor, log)]
    return logarithms[0].args[0] ** (exponent / logarithms[0]) if len(logarithms) == 1 else exp(exponent)


def _computes(record: OperatorSpec, algorithm: str) -> Theorem:
    def proof(claim: Claim) -> Evidence:
        return exhaust(
            claim, small_calls(record), lambda call: same_results(record, algorithm, call), shown_bounds(record)
        )

    return Theorem(
        name=f"{record.name}: '{algorithm}' computes the definition",
        statement=f"In exact arithmetic the stages of the class '{algorithm}' give the results of {record.name}.",
        formula=(record.definition, record.algorithms[algorithm]),
        rows=record.source.rows,
        proof=proof,
    )


THEOREMS = (
    identity(
        "the stages of slopes compute their definition",
        "Every declared way to compute the gradient of a detector equals its definition, at positive and negative numbers and 0.",
        ("K-act", "U1"),
        Derived(_slopes),
    ),
    *(_computes(record, algorithm) for record in STAGED for algorithm in record.algorithms),
)
