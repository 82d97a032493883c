"""The laws of pooling: what moves with the samples, and what an average and a maximum of the same samples obey."""

from sympy import Expr, Integer

from .adaptive_pooling import ADAPTIVE_AVG_POOLS
from .average_pooling import AVG_POOL_GRADIENTS, AVG_POOLS
from .global_pooling import GLOBAL_AVG_POOL
from .laws import AMOUNT, VALUE, Adjoint, Contraction, Gradient, Law, Linear, Transformed
from .max_pooling import MAX_POOL_GRADIENTS, MAX_POOLS
from .max_unpooling import MAX_UNPOOL_GRADIENTS
from .pooling_constants import average_constants, maximum_constant
from .pooling_rearrangements import (
    AVERAGE_GRADIENTS,
    AVERAGES,
    MAXIMA,
    MAXIMUM_GRADIENTS,
    REARRANGEMENTS,
    UNPOOLINGS,
)
from .records import OperatorSpec
from .symbols import axes

ONE = Integer(1)


def _linear(record: OperatorSpec, wrt: str) -> Linear:
    return Linear(
        name=f"{record.name}: linear in {wrt}",
        statement=f"{record.name} is additive and homogeneous in {wrt}.",
        operator=record,
        wrt=wrt,
        rows=("L-pool",),
    )


def _adjoint(record: OperatorSpec, wrt: str, gradient: OperatorSpec) -> Adjoint:
    return Adjoint(
        name=f"{record.name}: adjoint in {wrt}",
        statement=f"<{record.name}({wrt}), dy> = <{wrt}, {gradient.name}(dy)>.",
        operator=record,
        wrt=wrt,
        gradient=gradient,
        rows=("L-pool", "U1"),
    )


def _gradient(record: OperatorSpec, gradient: OperatorSpec) -> Gradient:
    return Gradient(
        name=f"{record.name}: its gradient is {gradient.name}",
        statement=f"{gradient.name} is the transpose of the derivative of {record.name} wherever each maximum is attained once.",
        operator=record,
        wrt="x",
        gradient=gradient,
        rows=("L-pool", "U1"),
    )


INCREASING = {
    "adding a number adds it to every maximum": VALUE + AMOUNT,
    "a power of two scales every maximum": 2**AMOUNT * VALUE,
    "it commutes with cubes": VALUE**3,
}
"""Increasing maps, under which the largest sample stays the largest."""


def _increasing(record: OperatorSpec) -> tuple[Transformed, ...]:
    return tuple(
        Transformed(
            name=f"{record.name}: {what}",
            statement="A maximum commutes with increasing maps.",
            operator=record,
            wrt="x",
            inner=map_,
            outer=map_,
            rows=("L-pool", "L-inv"),
        )
        for what, map_ in INCREASING.items()
    )


def _order_alone(record: OperatorSpec) -> Transformed:
    return Transformed(
        name=f"{record.name}: only the order of samples matters",
        statement="Where a maximum stands does not change under an increasing map of the samples.",
        operator=record,
        wrt="x",
        inner=VALUE + AMOUNT,
        outer=VALUE,
        rows=("L-pool", "L-inv"),
    )


def _scaled(record: OperatorSpec) -> Transformed:
    (wrt, *_) = record.inputs
    return Transformed(
        name=f"{record.name}: a power of two passes through",
        statement=f"Scaling {wrt.name} by a positive number scales the result.",
        operator=record,
        wrt=wrt.name,
        inner=2**AMOUNT * VALUE,
        outer=2**AMOUNT * VALUE,
        rows=("L-pool",),
    )


# ---- constants ----


def _contraction(record: OperatorSpec, wrt: str, norm: str, constant: Expr) -> Contraction:
    norms = {"sup": "largest entry", "l2": "Euclidean norm"}
    return Contraction(
        name=f"{record.name}: bounded in {wrt} by the {norms[norm]}",
        statement=f"The {norms[norm]} of a difference grows by the constant at most.",
        operator=record,
        wrt=wrt,
        constant=constant,
        norm=norm,
        rows=("M14", "L-pool"),
    )


def _contractions() -> tuple[Contraction, ...]:
    found = [_contraction(record, "x", "sup", ONE) for record in (*MAXIMA, *ADAPTIVE_AVG_POOLS, GLOBAL_AVG_POOL)]
    for record, gradient in zip(MAX_POOLS, MAX_POOL_GRADIENTS, strict=True):
        constant = maximum_constant(axes(record.dims))
        found += [_contraction(record, "x", "l2", constant), _contraction(gradient, "dy", "l2", constant)]
    for record, gradient in zip(AVG_POOLS, AVG_POOL_GRADIENTS, strict=True):
        constants = average_constants(axes(record.dims))
        found += [_contraction(record, "x", norm, constant) for norm, constant in constants.items()]
        found.append(_contraction(gradient, "dy", "l2", constants["l2"]))
    return (*found, *(_contraction(record, "dy", "sup", ONE) for record in MAX_UNPOOL_GRADIENTS))


LAWS: tuple[Law, ...] = (
    *REARRANGEMENTS,
    *(_linear(record, "x") for record in AVERAGES),
    *(_linear(record, "dy") for record in (*AVERAGE_GRADIENTS, *MAXIMUM_GRADIENTS, *MAX_UNPOOL_GRADIENTS)),
    *(_adjoint(f, "x", gradient) for f, gradient in zip(AVERAGES, AVERAGE_GRADIENTS, strict=True)),
    *(_adjoint(gradient, "dy", f) for f, gradient in zip(AVERAGES, AVERAGE_GRADIENTS, strict=True)),
    *(_gradient(f, gradient) for f, gradient in zip(MAXIMA, MAXIMUM_GRADIENTS, strict=True)),
    *(law for record in MAXIMA for law in _increasing(record)),
    *(_order_alone(record) for record in MAXIMUM_GRADIENTS),
    *(_scaled(record) for record in UNPOOLINGS),
    *_contractions(),
)
