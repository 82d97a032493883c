"""What a wrong pooling layer does: other windows, other divisors, other choices among the samples of a window."""

from collections.abc import Iterator
from itertools import permutations
from typing import Any

from sympy import Eq, Expr, Integer, KroneckerDelta, Max, Min, Mul, Piecewise, Sum, floor

from .average_pooling import divisor
from .functions import First, Maximum
from .max_pooling import maximum_of
from .pooling import entry, read_position, row_major, undilated
from .records import OperatorSpec, Stage
from .sizes import adaptive_end, adaptive_start
from .stage_edits import (
    Edit,
    Stages,
    composed,
    each_value,
    given,
    put,
    put_everywhere,
    ranged,
    redefined,
    reduced,
    reversed_ranges,
    size_of_ranges,
)
from .symbols import Axis, C, array, axes, c, g, i, v

ORDINALS = ("first", "second", "third")
Clause = tuple[str, Edit]


def pooling_faults(record: OperatorSpec) -> Iterator[Clause]:
    """Yield what may be wrong with a record of the pooling family: clause and edit."""
    spatial = axes(1 if record.name.startswith("global") else record.dims)
    if any(p.keyword == "kernel_size" for p in record.parameters):
        yield from _window_faults(spatial)
    if record.name.startswith("adaptive"):
        yield from _adaptive_faults(record, spatial)
    yield from _maximum_faults(record, spatial)
    yield from _average_faults(record, spatial)
    yield from _index_faults(record, spatial)
    yield from _gradient_faults(record, spatial)


# ---- windows ----


def _window_faults(spatial: tuple[Axis, ...]) -> Iterator[Clause]:
    kinds = [list(_axis_faults(a)) for a in spatial]
    for ordinal, clauses in zip(ORDINALS, kinds, strict=False):
        where = f" on the {ordinal} axis" if len(spatial) > 1 else ""
        yield from ((f"{clause}{where}", edit) for clause, edit in clauses)
    if len(spatial) > 1:
        for same in zip(*kinds, strict=True):
            yield f"{same[0][0]} on all axes", composed([edit for _, edit in same])
        yield from _other_axes(spatial)


def _axis_faults(a: Axis) -> Iterator[Clause]:
    yield "the dilation were ignored", put({a.d: Integer(1)})
    yield "the stride were ignored", put({a.s: Integer(1)})
    yield "the stride were the size of the window", put({a.s: a.k})
    yield "stride and dilation were exchanged", put({a.s: a.d, a.d: a.s})
    yield "there were no padding", put({a.p: Integer(0), a.q: Integer(0)})
    yield "the padding were twice as wide", put({a.p: 2 * a.p, a.q: 2 * a.q})
    yield "padding before and after were exchanged", put({a.p: a.q, a.q: a.p})
    yield "every window started one sample early", put({a.s * a.t: a.s * a.t - 1})
    yield "every window started one sample late", put({a.s * a.t: a.s * a.t + 1})
    yield "the first tap were left out", ranged(a.u, lambda low, high: (low + 1, high))
    yield "the last tap were left out", ranged(a.u, lambda low, high: (low, high - 1))


def _taken(mine: Axis, theirs: Axis, option: str) -> Edit:
    """Return the edit that takes an option of one axis from another."""
    if option == "padding":
        return put({mine.p: theirs.p, mine.q: theirs.q})
    if option == "kernel_size":
        wide = ranged(mine.u, lambda low, high: (low, high.xreplace({mine.k: theirs.k})))
        return composed([put({mine.k: theirs.k}), wide])
    letter = option[0]
    return put({getattr(mine, letter): getattr(theirs, letter)})


def _other_axes(spatial: tuple[Axis, ...]) -> Iterator[Clause]:
    for option in ("kernel_size", "stride", "padding", "dilation"):
        if len(spatial) > 2:
            edits = [_taken(a, spatial[0], option) for a in spatial[1:]]
            yield f"the {option} of the first axis were used on all axes", composed(edits)
        for (x, one), (y, other) in permutations(enumerate(spatial), 2):
            yield f"the {option} of the {ORDINALS[y]} axis were used on the {ORDINALS[x]}", _taken(one, other, option)


def _adaptive_faults(record: OperatorSpec, spatial: tuple[Axis, ...]) -> Iterator[Clause]:
    other = {
        "windows ended where the next one begins": lambda a: (
            adaptive_start(a.n, a.m, a.t),
            adaptive_start(a.n, a.m, a.t + 1),
        ),
        "windows started at the next whole sample": lambda a: (
            floor((a.t * a.n + a.m - 1) / a.m),
            adaptive_end(a.n, a.m, a.t),
        ),
        "all windows were as long, at one stride": lambda a: (
            a.t * floor(a.n / a.m),
            a.t * floor(a.n / a.m) + a.n - (a.m - 1) * floor(a.n / a.m),
        ),
    }
    for clause, limits in other.items():
        pairs = [limits(a) for a in spatial]
        if record.name.startswith("adaptive_avg") and record.name.endswith("gradient"):
            yield clause, given("dx", _spread(spatial, pairs))
        else:
            yield clause, put_everywhere(_bounds(spatial, pairs))
    if len(spatial) > 1:
        yield "the axes were exchanged", _taken_sizes(spatial)


def _bounds(spatial: tuple[Axis, ...], pairs: list[tuple[Expr, Expr]]) -> dict[Expr, Expr]:
    """Return what stands in the place of the first sample of a window, and of the sample after its last."""
    starts = {adaptive_start(a.n, a.m, a.t): start for a, (start, _) in zip(spatial, pairs, strict=True)}
    return starts | {adaptive_end(a.n, a.m, a.t): end for a, (_, end) in zip(spatial, pairs, strict=True)}


def _spread(spatial: tuple[Axis, ...], pairs: list[tuple[Expr, Expr]]) -> Expr:
    """Return the gradient of averages over the windows that, on each axis, hold the samples from `start` to `end`."""
    share = entry("dy", *(a.t for a in spatial)) / Mul(*(end - start for start, end in pairs))
    outside = (_below(a.j, start) + _below(end - 1, a.j) for a, (start, end) in zip(spatial, pairs, strict=True))
    holds = [KroneckerDelta(places, 0) for places in outside]
    return Sum(Mul(share, *holds), *((a.t, 0, a.m - 1) for a in spatial))


def _below(one: Expr, other: Expr) -> Expr:
    """Return by how much one integer is less than another, 0 where it is not."""
    return Max(0, other - one, evaluate=False)


def _taken_sizes(spatial: tuple[Axis, ...]) -> Edit:
    """Return the edit in which the first axis is cut as the last, and the last as the first."""
    first, last = spatial[0], spatial[-1]
    pairs = {first: last, last: first}
    values = {}
    for mine, theirs in pairs.items():
        for place in (adaptive_start, adaptive_end):
            values[place(mine.n, mine.m, mine.t)] = place(theirs.n, theirs.m, mine.t)
    return put_everywhere(values)


# ---- what is taken of a window ----


def _negated(expr: Expr) -> Expr:
    """Return the smallest term in the place of the largest."""
    if isinstance(expr, First):
        return First(expr.args[0], Maximum(-expr.args[1].function, *expr.args[1].limits))
    return reduced(expr, lambda m: -Maximum(-m.function, *m.limits) if isinstance(m, Maximum) else m)


def _maximum_faults(record: OperatorSpec, spatial: tuple[Axis, ...]) -> Iterator[Clause]:
    def instead(change: Any) -> Edit:
        return redefined("y", lambda value: reduced(value, lambda m: change(m) if isinstance(m, Maximum) else m))

    if "max_unpool" in record.name:
        return
    yield "the smallest sample were taken", each_value(_negated)
    yield "the last of equal samples were the maximum", each_value(reversed_ranges)
    yield "the average were taken", instead(lambda m: Sum(m.function, *m.limits) / size_of_ranges(m))
    yield "the sum were taken", instead(lambda m: Sum(m.function, *m.limits))
    if any(p.keyword == "padding" for p in record.parameters):
        yield "the padding held zeros", instead(lambda m: _with_zeros(m, spatial))


def _with_zeros(maximum: Maximum, spatial: tuple[Axis, ...]) -> Expr:
    """Return the maximum, at least zero where a tap lies outside."""
    ends = [read_position(a).xreplace({a.u: a.k - 1}) for a in spatial]
    room = Min(*(read_position(a).xreplace({a.u: Integer(0)}) for a in spatial))
    room = Min(room, *(a.n - 1 - end for a, end in zip(spatial, ends, strict=True)))
    return Piecewise((Max(maximum, 0), room < 0), (maximum, True))


def _average_faults(record: OperatorSpec, spatial: tuple[Axis, ...]) -> Iterator[Clause]:
    if "avg" not in record.name:
        return
    yield "nothing were divided", _divided_by(record, spatial, Integer(1))
    if any(p.keyword == "kernel_size" for p in record.parameters):
        yield from _divisor_faults(record, spatial)
    if record.name.startswith("adaptive"):
        longest = Mul(*(adaptive_end(a.n, a.m, Integer(0)) for a in spatial))
        yield "all windows were divided by the size of the first", _divided_by(record, spatial, longest)
    if "y" in {array.name for array in record.outputs}:
        yield "the largest were taken", redefined("y", _largest_of)


def _divisor_faults(record: OperatorSpec, spatial: tuple[Axis, ...]) -> Iterator[Clause]:
    """Yield the faults of what a window is divided by, where no divisor is given."""
    starts = [a.s * a.t - a.p for a in spatial]
    beyond = (start + a.k - Max(-g * a.p, start) for a, start in zip(spatial, starts, strict=True))
    counted = {
        "the divisor were always the size of the window": Mul(*(a.k for a in spatial)),
        "places behind the input were counted": Mul(*beyond),
    }
    for clause, places in counted.items():
        yield clause, _divided_by(record, spatial, v + KroneckerDelta(v, 0) * places)
    yield "the padding were counted", put({g: Integer(1)})
    yield "the padding were not counted", put({g: Integer(0)})


def _divided_by(record: OperatorSpec, spatial: tuple[Axis, ...], other: Expr) -> Edit:
    """Return the edit that divides by another number."""
    if record.name.startswith("adaptive"):
        sides = [1 / (adaptive_end(a.n, a.m, a.t) - adaptive_start(a.n, a.m, a.t)) for a in spatial]
        return put({side: Integer(1) for side in sides[1:]} | {sides[0]: 1 / other})
    if record.name.startswith("global"):
        return put({1 / spatial[0].n: 1 / other})
    return put({divisor(tuple(map(undilated, spatial))): other})


def _largest_of(value: Expr) -> Expr:
    (total,) = value.atoms(Sum)
    return Maximum(total.function, *total.limits)


# ---- indices ----


def _index_faults(record: OperatorSpec, spatial: tuple[Axis, ...]) -> Iterator[Clause]:
    if record.name.startswith("max_unpool"):
        yield from _unpool_faults(record, spatial)
    if "indices" not in {array.name for array in record.outputs}:
        return
    places, sizes = tuple(map(read_position, spatial)), tuple(a.n for a in spatial)
    padded = row_major(tuple(x + a.p for x, a in zip(places, spatial, strict=True)), tuple(map(_padded, spatial)))
    other = {
        "indices counted the padded plane": padded,
        "indices counted the samples of all planes": row_major((i, c, *places), (Integer(1), C, *sizes)),
        "indices counted the taps of the window": row_major(tuple(a.u for a in spatial), tuple(a.k for a in spatial)),
        "indices counted from the start of their row": places[-1],
        "indices went column by column": row_major(places[::-1], sizes[::-1]),
        "indices counted the windows": row_major(tuple(a.t for a in spatial), record.output.axes[2:]),
    }
    for clause, position in other.items():
        yield clause, given("indices", First(position, maximum_of(spatial)))


def _padded(a: Axis) -> Expr:
    return a.n + a.p + a.q


def _unpool_faults(record: OperatorSpec, spatial: tuple[Axis, ...]) -> Iterator[Clause]:
    sizes = tuple(a.m for a in spatial)
    if "gradient" in record.name:
        return
    own, others = (tuple(getattr(a, letter) for a in spatial) for letter in "tu")
    inputs = tuple(a.n for a in spatial)
    same = KroneckerDelta(entry("indices", *others), entry("indices", *own))
    ranges = [(u, 0, n - 1) for u, n in zip(others, inputs, strict=True)]
    for clause, sign in {
        "the last of the entries with one index stood": 1,
        "the first of the entries with one index stood": -1,
    }.items():
        rank = sign * row_major(others, inputs)
        chosen = First(row_major(others, inputs), Maximum(rank * same, *ranges))
        yield clause, given("first", chosen)
    stands = KroneckerDelta(entry("first", *own), row_major(own, inputs))
    yield "the entries with one index were summed", put({stands: Integer(1)})
    there = tuple(a.j for a in spatial)
    column = KroneckerDelta(entry("indices", *own), row_major(there[::-1], sizes[::-1]))
    right = KroneckerDelta(entry("indices", *own), row_major(there, sizes))
    yield "indices went column by column", put({right: column})


# ---- gradients ----


def _gradient_faults(record: OperatorSpec, spatial: tuple[Axis, ...]) -> Iterator[Clause]:
    if not record.name.endswith("gradient") or "max_unpool" in record.name or record.name.startswith("global"):
        return
    yield "contributions to one sample overwrote one another", lambda stages: _overwritten(record, spatial, stages)
    if "max_pool" in record.name:
        yield "every sample that equals the maximum got dy", lambda stages: _shared(spatial, stages)


def _overwritten(record: OperatorSpec, spatial: tuple[Axis, ...], stages: Stages) -> Stages:
    """Return the stages in which a sample keeps what the last window brought it."""
    *before, stage = stages
    brackets = [f for f in Mul.make_args(stage.value.function) if isinstance(f, KroneckerDelta)]
    window = row_major(tuple(a.t for a in spatial), record.array("dy").axes[2:])
    place = stage.target.indices
    last = Stage(
        array("last")[place],
        First(window, Maximum(Mul(window, *brackets), *stage.value.limits)),
        record.output.axes,
    )
    kept = stage.value.function * KroneckerDelta(window, array("last")[place])
    return *before, last, Stage(stage.target, Sum(kept, *stage.value.limits))


def _shared(spatial: tuple[Axis, ...], stages: Stages) -> Stages:
    """Return the stages in which all samples that equal the maximum of a window get its dy."""
    first, stage = stages
    rename = {a.j: a.u for a in spatial}
    maximum = first.value.args[1].xreplace(rename)
    largest = entry("largest", *(a.t for a in spatial))
    own = entry("x", *(a.j for a in spatial))
    given = Piecewise((entry("dy", *(a.t for a in spatial)), Eq(own, largest)), (0, True))
    lands = [KroneckerDelta(a.j, place) for a, place in zip(spatial, maximum.function.indices[2:], strict=True)]
    spread = Sum(Mul(given, *lands), *stage.value.limits, *maximum.limits)
    return Stage(largest, maximum, first.extents), Stage(stage.target, spread)
