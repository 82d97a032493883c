"""Max unpooling: entries put where their indices say, and the gradient, which reads them there."""

from typing import Any

from sympy import Expr, KroneckerDelta, Mod, Mul, Sum, floor

from .functions import First, Maximum
from .max_pooling import REFERENCE
from .pooling import (
    NAN,
    NUMBERS,
    SIGN_OF_ZERO,
    entry,
    last_axis,
    one_plane,
    one_signal,
    plane,
    repeated_indices,
    row_major,
    selects,
    signals,
    size_option,
)
from .records import Array, Example, OperatorSpec, Source, Stage
from .symbols import Axis, axes

ROWS = ("L-pool",)
_CITED = "PyTorch documentation of MaxUnpool1d: 1 .. 8 pooled with k = 2 gives 2, 4, 6, 8 at 1, 3, 5, 7"


_PLANES = {1: ((8,), (6,)), 2: ((2, 4), (2, 3)), 3: ((1, 2, 4), (1, 2, 3))}
"""Sizes of the planes of a worked example, output and input; no two axes have the same."""


def _indices(spatial: tuple[Axis, ...]) -> Array:
    return Array(
        name="indices",
        axes=plane(*(a.n for a in spatial)),
        meaning="positions in the plane of the output, row by row",
        below=Mul(*(a.m for a in spatial)),
    )


def _largest(spatial: tuple[Axis, ...]) -> Stage:
    """Return, for every entry, the position of the largest among those that go to the same place."""
    sizes, own, others = (tuple(getattr(a, letter) for a in spatial) for letter in "ntu")
    same = KroneckerDelta(entry("indices", *others), entry("indices", *own))
    rivals = Maximum(entry("x", *others) * same, *((u, 0, n - 1) for u, n in zip(others, sizes, strict=True)))
    return Stage(entry("first", *own), First(row_major(others, sizes), rivals), plane(*sizes))


def _placed(spatial: tuple[Axis, ...]) -> Stage:
    sizes, own, there = (tuple(getattr(a, letter) for a in spatial) for letter in "ntj")
    here = selects(entry("indices", *own), there, tuple(a.m for a in spatial))
    stands = selects(entry("first", *own), own, sizes)
    ranges = [(t, 0, n - 1) for t, n in zip(own, sizes, strict=True)]
    return Stage(entry("y", *there), Sum(entry("x", *own) * here * stands, *ranges))


def _unpool(dims: int) -> OperatorSpec:
    spatial = axes(dims)
    sizes = tuple(a.m for a in spatial)
    return OperatorSpec(
        name=f"max_unpool{dims}d",
        summary="Zero, with every entry where its index says.",
        inputs=(signals(spatial, extended=False), _indices(spatial)),
        parameters=(size_option("output_size", sizes, 1, "spatial size of the output"),),
        output=Array(name="y", axes=plane(*sizes), meaning="signals"),
        requires=(),
        definition=(_largest(spatial), _placed(spatial)),
        numbers=("float", "integer"),
        source=Source(
            rows=ROWS,
            reference=REFERENCE,
            example=Example(
                inputs={"x": one_signal(dims, (2, 4, 6, 8)), "indices": one_signal(dims, (1, 3, 5, 7))},
                options={"output_size": last_axis(dims, 8, 1)},
                output=one_signal(dims, (0, 2, 0, 4, 0, 6, 0, 8)),
                cited=_CITED,
            ),
        ),
        conventions=(*NUMBERS, NAN, SIGN_OF_ZERO, repeated_indices(spatial)),
    )


def _unflattened(position: Expr, sizes: tuple[Any, ...]) -> tuple[Expr, ...]:
    """Return the places that a flat position in a C-ordered plane stands for."""
    *front, last = sizes
    return (*_unflattened(floor(position / last), tuple(front)), Mod(position, last)) if front else (position,)


def _gradient(record: OperatorSpec) -> OperatorSpec:
    spatial = axes(record.dims)
    wide, small = _PLANES[record.dims]
    index = entry("indices", *(a.t for a in spatial))
    read = entry("dy", *_unflattened(index, tuple(a.m for a in spatial)))
    return OperatorSpec(
        name=f"{record.name}_gradient",
        summary=f"Gradient of {record.name}, no index standing twice: the entries of dy that the indices name.",
        inputs=(Array(name="dy", axes=record.output.axes, meaning="gradient of the output"), record.array("indices")),
        parameters=(),
        output=Array(name="dx", axes=record.array("x").axes, meaning="gradient of the input"),
        requires=(),
        definition=(Stage(entry("dx", *(a.t for a in spatial)), read),),
        numbers=record.numbers,
        source=Source(
            rows=(*ROWS, "U1"),
            reference=REFERENCE,
            example=Example(
                inputs={"dy": one_plane(wide, range(10, 18)), "indices": one_plane(small, (3, 0, 7, 5, 1, 2))},
                options={},
                output=one_plane(small, (13, 10, 17, 15, 11, 12)),
                cited="transposed by hand: entry 0 was put at place 3, entry 1 at place 0, entry 2 at place 7, ...",
            ),
        ),
        conventions=NUMBERS,
    )


MAX_UNPOOLS = tuple(map(_unpool, (1, 2, 3)))
MAX_UNPOOL_GRADIENTS = tuple(map(_gradient, MAX_UNPOOLS))
