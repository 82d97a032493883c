"""Theorems about sizes, padding and the range of reads (L-size, L-modes, L-pad, L-shape, L-multi)."""

from itertools import product
from typing import Any

from sympy import And, Eq, Equivalent, Expr, Ge, Integer, Le, Lt, Max, Mod, Mul, Symbol, ceiling, floor

from .convolution import CONV1D, CONV2D, CONV3D, channel
from .evidence import Claim, Derived, Evidence, Theorem, certify, for_all, identity, prove_by_form
from .logic import Obligation
from .records import OperatorSpec
from .relations import inside, relation_of
from .sizes import dilated_extent, same_padding, strided_count, transposed_size
from .symbols import Axis, C, G, O, a, axes, c, o

A = Axis.of(0, 1)
EXTENT = dilated_extent(A.k, A.d)
SIZED = (Ge(A.n, 0), Ge(A.k, 1), Ge(A.s, 1), Ge(A.d, 1), Ge(A.p, 0), Ge(A.q, 0))
WINDOWS = strided_count(A.n + A.p + A.q, EXTENT, A.s)
CONVOLUTIONS = (CONV1D, CONV2D, CONV3D)


def _fits(length: Expr) -> Any:
    return Le(A.s * A.t + EXTENT, length)


def _window_count() -> Obligation:
    return Obligation("windows", (*SIZED, Ge(A.t, 0)), Equivalent(_fits(A.n + A.p + A.q), Lt(A.t, WINDOWS)))


def truncated_count(n: int, k: int, s: int) -> int:
    """Return the number of windows by a division that rounds to zero, as in C (the defect of pytorch#9592)."""
    return int((n - k) / s) + 1


def truncation_counterexample() -> str | None:
    """Return the smallest sizes for which truncation counts a window that does not fit."""
    for n, k, s in sorted(product(range(1, 5), repeat=3), key=sum):
        fitting = sum(1 for t in range(n) if s * t + k <= n)
        if truncated_count(n, k, s) != fitting:
            return f"n = {n}, k = {k}, s = {s}: truncation counts {truncated_count(n, k, s)}, {fitting} fit"
    return None


def _as_printed() -> tuple[Expr, Expr]:
    """Return the printed size, cut off at 0, and the record's for equal padding and no dilation."""
    ours = CONV1D.output.axes[2].xreplace({A.q: A.p, A.d: Integer(1)})
    return Max(0, floor((A.n + 2 * A.p - A.k) / A.s + 1)), ours


def _same_size() -> tuple[Obligation, ...]:
    """The padded length is the larger of n and what ceil(n/s) windows need; in both cases that many windows fit."""
    before, after = same_padding(A.n, A.k, A.s, A.d)
    extent, total = Symbol("E", integer=True), Symbol("T", integer=True)
    windows = ceiling(A.n / A.s)
    needed = (windows - 1) * A.s + extent
    length = Max(A.n, needed.xreplace({extent: EXTENT}))
    given = (Ge(A.n, 0), Ge(A.s, 1), Ge(extent, 1))
    halves = [half.subs(before + after, total) for half in (before, after)]
    return (
        Obligation("the padded length", SIZED[:4], Eq(A.n + before + after, length)),
        Obligation("windows, nothing padded", (*given, Ge(A.n, needed)), Eq(strided_count(A.n, extent, A.s), windows)),
        Obligation("windows, padded", (*given, Le(A.n, needed)), Eq(strided_count(needed, extent, A.s), windows)),
        Obligation("a window has a sample", SIZED[:4], Ge(EXTENT, 1)),
        Obligation("not negative", SIZED[:4], Ge(before, 0)),
        Obligation("surplus at the end", (Ge(total, 0),), And(Ge(halves[1], halves[0]), Le(halves[1], halves[0] + 1))),
    )


def _transposed() -> tuple[Obligation, ...]:
    given = (*SIZED, Ge(A.r, 0), Ge(A.n, 1))
    size = transposed_size(A.n, A.k, A.s, A.d, A.p, A.q, A.r)
    back = strided_count(size + A.p + A.q, EXTENT, A.s)
    rest = Mod(A.m + A.p + A.q - EXTENT, A.s)
    windows = strided_count(A.m + A.p + A.q, EXTENT, A.s)
    reached = transposed_size(windows, A.k, A.s, A.d, A.p, A.q, rest)
    return (
        Obligation("the size has n windows exactly if r < s", given, Equivalent(Eq(back, A.n), Lt(A.r, A.s))),
        Obligation("every size is reached", (*SIZED, Ge(A.m, 0), Ge(windows, 1)), Eq(reached, A.m)),
        Obligation("the remainder is an output padding", (*SIZED,), And(Ge(rest, 0), Lt(rest, A.s))),
    )


def _channels() -> Obligation:
    given = (*(r.rule for r in CONV1D.requires[:4]), Ge(G, 1), *inside((o, c), (O, C / G)))
    return Obligation("channel", given, And(*inside((channel(o, c),), (C,))))


def _groups_partition() -> tuple[Obligation, ...]:
    """Each input channel is read by the outputs of its own group, at one place of their filters."""
    given = (*(r.rule for r in CONV1D.requires[:4]), Ge(G, 1), *inside((o, c), (O, C / G)))
    return (
        Obligation("one group", given, Eq(floor(channel(o, c) / (C / G)), floor(o / (O / G)))),
        Obligation("one place", (*given, Eq(channel(o, c), a)), Eq(c, Mod(a, C / G))),
    )


def _shape(claim: Claim) -> Evidence:
    """The size on an axis depends on the letters of that axis alone."""
    wrong = []
    for record in CONVOLUTIONS:
        for own, size in zip(axes(record.dims), record.output.axes[2:], strict=True):
            if size.free_symbols - {own.n, own.k, own.s, own.d, own.p, own.q}:
                wrong.append(f"{record.name}: {size}")
    return prove_by_form(claim, wrong, "o_j has the letters n_j, k_j, s_j, d_j, p_j, q_j alone")


def _separate(claim: Claim) -> Evidence:
    """Channels and axes do not mix in the index relation: the output is a sum over channels of single convolutions."""
    wrong = []
    for record in CONVOLUTIONS:
        relation = relation_of(record, {})
        parts = [
            [relation.indices[name][p] for name in ("y", "x", "w") if p < len(relation.indices[name])] for p in range(2)
        ]
        channels = {s for part in parts for e in part for s in e.free_symbols}
        spatial = {s for name in ("y", "x", "w") for e in relation.indices[name][2:] for s in e.free_symbols}
        wrong += [f"{record.name}: {shared}" for shared in channels & spatial]
    return prove_by_form(claim, wrong, "no letter of batch or channel in a spatial index, and conversely")


def _reversed_filter() -> tuple[Expr, Expr]:
    read = relation_of(CONV1D, {"padding_mode": "zeros"}).indices["x"][2]
    plain = {A.s: Integer(1), A.d: Integer(1), A.p: A.k - 1}
    return read.xreplace({**plain, A.u: A.k - 1 - A.u}), A.t - A.u


def parameter_count(record: OperatorSpec) -> Expr:
    """Return the number of weights and biases of a layer."""
    return sum((Mul(*array.axes) for array in record.inputs if array.name in ("w", "b")), Integer(0))


def _counts() -> tuple[tuple[Expr, Expr], ...]:
    first, second = axes(2)
    colours = {C: Integer(3), O: Integer(5), G: Integer(1)}
    lecture = first.k * second.k * 3 * 5 + 5
    general = O * (C / G) * first.k * second.k + O
    return (parameter_count(CONV2D), general), (parameter_count(CONV2D).xreplace(colours), lecture)


THEOREMS = (
    for_all(
        "the size is the number of windows that fit",
        "Window t of a dilated filter fits in the padded signal exactly if t < max(0, floor((n+p+q-d(k-1)-1)/s) + 1).",
        ("L-size",),
        _window_count(),
    ),
    identity(
        "the printed size is the special case of equal padding",
        "With p = q and d = 1 the size of conv1d is the printed floor((n + 2p - m)/s + 1), cut off at 0.",
        ("L-size", "L-shape"),
        _as_printed(),
    ),
    Theorem(
        name="truncation is not floor",
        statement="A quotient rounded to zero counts a window although none fits.",
        formula=("exists n, k, s: truncated count != number of windows", WINDOWS),
        rows=("L-size",),
        proof=lambda claim: certify(
            claim, truncation_counterexample, "smallest counterexample, windows counted one by one"
        ),
    ),
    for_all(
        "padding 'same' gives ceil(n/s) windows",
        "The padding 'same' is never negative, differs by at most one at the end, and gives ceil(n/s) windows at "
        "any dilation.",
        ("L-modes", "L-size"),
        Derived(_same_size),
    ),
    for_all(
        "the transposed size inverts the size exactly",
        "The convolution of a signal of the transposed size has n windows exactly if 0 <= r < s; every size is "
        "reached by one r.",
        ("L-size", "L-toeplitz"),
        Derived(_transposed),
    ),
    for_all(
        "the channel of a group is a channel",
        "c + (C/G) floor(o/(O/G)) is an input channel.",
        ("L-multi",),
        _channels(),
    ),
    for_all(
        "groups do not mix",
        "Output channel o reads channels of its own group alone, each at one place of its filter.",
        ("L-multi",),
        Derived(_groups_partition),
    ),
    Theorem(
        name="the size on an axis depends on that axis alone",
        statement="o_j is a function of i_j, k_j, s_j, d_j and the padding of axis j, for conv1d, conv2d and conv3d.",
        formula=tuple(record.output.axes for record in CONVOLUTIONS),
        rows=("L-shape",),
        proof=_shape,
    ),
    Theorem(
        name="a layer is a sum of convolutions over channels",
        statement="Spatial indices are free of channels, so that a layer sums single-channel convolutions over "
        "the channels.",
        formula=tuple(record.definition for record in CONVOLUTIONS),
        rows=("L-multi", "U5", "U6", "M15"),
        proof=_separate,
    ),
    identity(
        "a layer with reversed filters convolves",
        "conv1d with reversed filters and k - 1 samples of padding reads x[t - u]: it is a convolution of mode 'full'.",
        ("L-corr", "L-multi", "U6", "M15"),
        _reversed_filter(),
    ),
    identity(
        "parameters of a layer",
        "conv2d has O (C/G) k1 k2 weights and O biases: m1 m2 3 5 + 5 for three colours and five maps.",
        ("L-shape", "L-params"),
        Derived(_counts),
    ),
)
