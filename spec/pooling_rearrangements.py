"""Laws of pooling that move samples: what is done to each plane alone, exchanged axes, reversal, strides, equal windows."""

from typing import Any

from sympy import And, Eq, Expr, Ge, Integer, Max, Mod, Or, floor

from .adaptive_pooling import (
    ADAPTIVE_AVG_POOL_GRADIENTS,
    ADAPTIVE_AVG_POOLS,
    ADAPTIVE_MAX_POOL_GRADIENTS,
    ADAPTIVE_MAX_POOLS,
)
from .average_pooling import AVG_POOL_GRADIENTS, AVG_POOLS
from .global_pooling import GLOBAL_AVG_POOL, GLOBAL_AVG_POOL_GRADIENT, GLOBAL_MAX_POOL, GLOBAL_MAX_POOL_GRADIENT
from .laws import Placement, Rearrangement
from .max_pooling import MAX_POOL_GRADIENTS, MAX_POOLS, MAX_POOLS_WITH_INDICES
from .max_unpooling import MAX_UNPOOL_GRADIENTS, MAX_UNPOOLS
from .pooling import extent
from .records import Array, OperatorSpec, Parameter
from .symbols import Axis, C, N, axes, c, i

ONE, NIL = Integer(1), Integer(0)
SLID = (*MAX_POOLS, *MAX_POOLS_WITH_INDICES, *AVG_POOLS)
AVERAGES = (*AVG_POOLS, *ADAPTIVE_AVG_POOLS, GLOBAL_AVG_POOL)
AVERAGE_GRADIENTS = (*AVG_POOL_GRADIENTS, *ADAPTIVE_AVG_POOL_GRADIENTS, GLOBAL_AVG_POOL_GRADIENT)
MAXIMA = (*MAX_POOLS, *ADAPTIVE_MAX_POOLS, GLOBAL_MAX_POOL)
MAXIMUM_GRADIENTS = (*MAX_POOL_GRADIENTS, *ADAPTIVE_MAX_POOL_GRADIENTS, GLOBAL_MAX_POOL_GRADIENT)
UNPOOLINGS = (*MAX_UNPOOLS, *MAX_UNPOOL_GRADIENTS)
EVERY = (
    *MAXIMA,
    *MAX_POOLS_WITH_INDICES,
    *MAXIMUM_GRADIENTS,
    *UNPOOLINGS,
    *AVERAGES,
    *AVERAGE_GRADIENTS,
)


# ---- what every pooling does to each plane alone ----


def _letters(array: Array) -> tuple[Any, ...]:
    """Return letters for the entry of an array: batch index, channel, places."""
    return i, c, *(a.j for a in axes(len(array.axes) - 2))


def _placed(array: Array, index: dict[int, Expr], extents: tuple[Expr, ...] | None = None) -> Placement:
    """Return an array of which the axes in `index` stand elsewhere."""
    letters = _letters(array)
    where = tuple(index.get(axis, letter) for axis, letter in enumerate(letters))
    return Placement(array.name, letters, where, extents or array.axes)


def _planes_alone(record: OperatorSpec) -> tuple[Rearrangement, ...]:
    target = record.definition[-1].target.indices
    return tuple(
        Rearrangement(
            name=f"{record.name}: each {one} is pooled alone",
            statement=f"Reversing the order of the {several} reverses it in the result.",
            operator=record,
            other=record,
            arrays={array.name: _placed(array, {axis: size - 1 - letter}) for array in record.inputs},
            index=tuple(size - 1 - letter if place == axis else t for place, t in enumerate(target)),
            rows=("L-pool",),
        )
        for axis, (one, several, letter, size) in enumerate(
            (("item of the batch", "items of the batch", i, N), ("channel", "channels", c, C))
        )
    )


# ---- windows ----


def _axes_exchanged(record: OperatorSpec) -> Rearrangement:
    first, *_, last = spatial = axes(record.dims)
    order = (last, *spatial[1:-1], first)
    back = dict(zip(spatial, order, strict=True))
    moved = {axis + 2: a.j for axis, a in enumerate(order)}

    def exchanged(entry: Any) -> Any:
        if isinstance(entry, tuple):
            return tuple(map(exchanged, entry))
        letters = {getattr(a, n): getattr(b, n) for a, b in back.items() for n in vars(a)}
        return entry.xreplace(letters)

    target = record.definition[-1].target.indices
    return Rearrangement(
        name=f"{record.name}: exchanging two axes exchanges them everywhere",
        statement="Exchanging the first and the last axis of the data, and of every option, exchanges them in the result.",
        operator=record,
        other=record,
        arrays={array.name: _placed(array, moved, exchanged(array.axes)) for array in record.inputs},
        options={
            p.keyword: exchanged(p.symbols) for p in record.parameters if isinstance(p, Parameter) and not p.scalar
        },
        index=exchanged(target),
        rows=("L-shape",),
    )


def _no_rest(spatial: tuple[Axis, ...]) -> dict[str, Any]:
    """Return that no sample is left over after the last window and the padding may be exchanged, and sizes that make it so."""
    dilated = [a for a in spatial if a.d.is_Symbol]
    rest = (Eq(Mod(a.n + a.p + a.q - extent(a), a.s), 0) for a in spatial)
    longer = tuple((a.n, Max(a.n, a.d)) for a in dilated)
    return {
        "when": And(*rest, *(Or(Eq(a.q, 0), Ge(a.n, a.d)) for a in dilated)),
        "solved": (*longer, *((a.n, a.n + Mod(extent(a) - a.n - a.p - a.q, a.s)) for a in spatial)),
    }


def _own_axes(record: OperatorSpec) -> tuple[Axis, ...]:
    """Return the letters of the record: average pooling has no dilation."""
    dilated = any(p.keyword == "dilation" for p in record.parameters)
    spatial = axes(record.dims)
    return spatial if dilated else tuple(Axis(**{**vars(a), "d": ONE}) for a in spatial)


def _reversed(record: OperatorSpec, *, slid: bool) -> Rearrangement:
    spatial = _own_axes(record)
    (data,) = record.inputs
    turned = {axis: data.axes[axis] - 1 - letter for axis, letter in enumerate(_letters(data)) if axis > 1}
    target = record.definition[-1].target.indices
    there = (size - 1 - t for size, t in zip(record.output.axes[2:], target[2:], strict=True))
    rule = ", when no sample is left over after the last window" if slid else ""
    exchanged = "With padding exchanged, reversal" if slid else "Reversal"
    return Rearrangement(
        name=f"{record.name}: reversing the data reverses the result",
        statement=f"{exchanged} of all axes of the data reverses the result{rule}.",
        operator=record,
        other=record,
        arrays={data.name: _placed(data, turned)},
        options={"padding": tuple((a.q, a.p) for a in spatial)} if slid else {},
        index=(i, c, *there),
        rows=("L-equiv",),
        **(_no_rest(spatial) if slid else {}),
    )


def _subsampled(record: OperatorSpec) -> Rearrangement:
    spatial = axes(record.dims)
    return Rearrangement(
        name=f"{record.name}: stride keeps every s-th window",
        statement="Pooling with a stride is pooling with stride 1, of which every s-th result is kept, but for partial windows.",
        operator=record,
        other=record,
        options={"stride": (ONE,) * record.dims},
        index=(i, c, *(a.s * a.t for a in spatial)),
        words={"ceil_mode": False},
        rows=("L-size",),
    )


def _explicit_padding(record: OperatorSpec) -> Rearrangement:
    spatial = axes(record.dims)
    (data,) = record.inputs
    return Rearrangement(
        name=f"{record.name}: counted padding is an explicit border of zeros",
        statement="Where padding counts, it may be p zeros before the signal and q after, pooled without padding.",
        operator=record,
        other=record,
        arrays={
            data.name: _placed(
                data,
                {axis + 2: a.j + a.p for axis, a in enumerate(spatial)},
                (N, C, *(a.n + a.p + a.q for a in spatial)),
            )
        },
        options={"padding": ((NIL, NIL),) * record.dims},
        words={"ceil_mode": False, "count_include_pad": True},
        rows=("L-pool", "L-pad"),
    )


def _as_slid(record: OperatorSpec, slid: OperatorSpec) -> Rearrangement:
    spatial = axes(record.dims)
    whole = tuple(floor(a.n / a.m) for a in spatial)
    return Rearrangement(
        name=f"{record.name}: it is {slid.name} where the windows are equal",
        statement="Where m divides n, the windows have n/m samples and stand n/m apart.",
        operator=record,
        other=slid,
        options={"kernel_size": whole, "stride": whole},
        without=("output_size",),
        when=And(*(Eq(Mod(a.n, a.m), 0) for a in spatial)),
        solved=tuple((a.n, a.n + Mod(-a.n, a.m)) for a in spatial),
        rows=("L-pool",),
    )


def _as_adaptive(record: OperatorSpec, adaptive: OperatorSpec) -> Rearrangement:
    return Rearrangement(
        name=f"{record.name}: it is {adaptive.name} with one window",
        statement="Global pooling is adaptive pooling to one window.",
        operator=record,
        other=adaptive,
        options={"output_size": (ONE,)},
        index=(i, c, NIL),
        rows=("L-pool",),
    )


def _with_indices(record: OperatorSpec, other: OperatorSpec) -> Rearrangement:
    return Rearrangement(
        name=f"{record.name}: {other.name} has the same maxima",
        statement=f"The first output of {other.name} is {record.name}.",
        operator=record,
        other=other,
        rows=("L-pool",),
    )


def _several(records: tuple[OperatorSpec, ...]) -> tuple[OperatorSpec, ...]:
    return tuple(record for record in records if record.dims > 1)


REARRANGEMENTS: tuple[Rearrangement, ...] = (
    *(law for record in EVERY for law in _planes_alone(record)),
    *(
        _axes_exchanged(record)
        for family in (MAX_POOLS, AVG_POOLS, AVG_POOL_GRADIENTS, ADAPTIVE_MAX_POOLS)
        for record in _several(family)
    ),
    *(_axes_exchanged(record) for record in _several((*ADAPTIVE_AVG_POOLS, *ADAPTIVE_AVG_POOL_GRADIENTS))),
    *(_reversed(record, slid=True) for record in (*MAX_POOLS, *AVG_POOLS, *AVG_POOL_GRADIENTS)),
    *(_reversed(record, slid=False) for record in (*ADAPTIVE_MAX_POOLS, *ADAPTIVE_AVG_POOLS)),
    *(_reversed(record, slid=False) for record in ADAPTIVE_AVG_POOL_GRADIENTS),
    *(_subsampled(record) for record in SLID),
    *(_explicit_padding(record) for record in AVG_POOLS),
    *(_as_slid(*pair) for pair in zip(ADAPTIVE_MAX_POOLS, MAX_POOLS, strict=True)),
    *(_as_slid(*pair) for pair in zip(ADAPTIVE_AVG_POOLS, AVG_POOLS, strict=True)),
    _as_adaptive(GLOBAL_AVG_POOL, ADAPTIVE_AVG_POOLS[0]),
    _as_adaptive(GLOBAL_MAX_POOL, ADAPTIVE_MAX_POOLS[0]),
    *(_with_indices(*pair) for pair in zip(MAX_POOLS, MAX_POOLS_WITH_INDICES, strict=True)),
)
