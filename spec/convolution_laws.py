"""The laws of the convolution family."""

from typing import Any

from sympy import And, Eq, Ge, Integer, Max, Mod, Symbol, ceiling, floor

from .convolution import CONVOLUTIONS
from .convolution_gradient import INPUT_GRADIENTS, WEIGHT_GRADIENTS
from .convolution_transpose import TRANSPOSE_INPUT_GRADIENTS, TRANSPOSE_WEIGHT_GRADIENTS, TRANSPOSES
from .laws import Adjoint, Associative, Law, Linear, Placement, Rearrangement
from .records import OperatorSpec
from .signal import AXES, CONVOLVE, CORRELATE
from .sizes import dilated_extent
from .symbols import Axis, C, G, N, O, axes, c, i, o
from .symbols import a as channel_in

ONE, NIL = Integer(1), Integer(0)


def _x(spatial: tuple[Axis, ...], index: Any, extents: Any) -> Placement:
    """Return x with entry (i, a, j) placed at `index`."""
    return Placement("x", (i, channel_in, *(a.j for a in spatial)), index, extents)


def _w(spatial: tuple[Axis, ...], index: Any, extents: Any) -> Placement:
    """Return w with entry (o, c, u) placed at `index`."""
    return Placement("w", (o, c, *(a.u for a in spatial)), index, extents)


def _zero_stuffed(record: OperatorSpec) -> Rearrangement:
    spatial = axes(record.dims)
    return Rearrangement(
        name=f"{record.name}: dilation is a zero-stuffed filter",
        statement="A dilated convolution is the convolution with the filter whose taps stand d apart, zeros between them.",
        operator=record,
        other=record,
        arrays={
            "w": _w(
                spatial,
                (o, c, *(a.d * a.u for a in spatial)),
                (O, C / G, *(dilated_extent(a.k, a.d) for a in spatial)),
            )
        },
        options={"dilation": (ONE,) * record.dims},
        rows=("L-size",),
    )


def _block_diagonal(record: OperatorSpec) -> Rearrangement:
    spatial = axes(record.dims)
    taps = tuple(a.u for a in spatial)
    return Rearrangement(
        name=f"{record.name}: groups are a block-diagonal filter bank",
        statement="A grouped convolution is the ungrouped one whose filters are zero between channels of different groups.",
        operator=record,
        other=record,
        arrays={"w": _w(spatial, (o, c + (C / G) * floor(o / (O / G)), *taps), (O, C, *(a.k for a in spatial)))},
        options={"groups": ONE},
        rows=("L-multi",),
    )


def _explicit_padding(record: OperatorSpec) -> Rearrangement:
    spatial = axes(record.dims)
    return Rearrangement(
        name=f"{record.name}: zero padding is an explicit border of zeros",
        statement="Padding by (p, q) is the convolution without padding of the signal with p zeros before and q after.",
        operator=record,
        other=record,
        arrays={
            "x": _x(
                spatial,
                (i, channel_in, *(a.j + a.p for a in spatial)),
                (N, C, *(a.n + a.p + a.q for a in spatial)),
            )
        },
        options={"padding": ((NIL, NIL),) * record.dims},
        words={"padding_mode": "zeros"},
        rows=("L-pad",),
    )


def _subsampled(record: OperatorSpec) -> Rearrangement:
    spatial = axes(record.dims)
    return Rearrangement(
        name=f"{record.name}: stride keeps every s-th output",
        statement="A strided convolution is the convolution with stride 1, of which every s-th output is kept.",
        operator=record,
        other=record,
        options={"stride": (ONE,) * record.dims},
        index=(i, o, *(a.s * a.t for a in spatial)),
        rows=("L-size",),
    )


def _reversed(record: OperatorSpec) -> Rearrangement:
    spatial = axes(record.dims)
    return Rearrangement(
        name=f"{record.name}: reversing signal and filter reverses the output",
        statement="With padding exchanged, reversal of x and w reverses y, when no sample is left over after the last window.",
        operator=record,
        other=record,
        arrays={
            "x": _x(spatial, (i, channel_in, *(a.n - 1 - a.j for a in spatial)), (N, C, *(a.n for a in spatial))),
            "w": _w(spatial, (o, c, *(a.k - 1 - a.u for a in spatial)), (O, C / G, *(a.k for a in spatial))),
        },
        options={"padding": tuple((a.q, a.p) for a in spatial)},
        index=(i, o, *(m - 1 - a.t for a, m in zip(spatial, record.output.axes[2:], strict=True))),
        when=And(*(Eq(Mod(a.n + a.p + a.q - dilated_extent(a.k, a.d), a.s), 0) for a in spatial)),
        solved=tuple((a.n, a.n + Mod(dilated_extent(a.k, a.d) - a.n - a.p - a.q, a.s)) for a in spatial),
        rows=("L-equiv",),
    )


def _axes_exchanged(record: OperatorSpec) -> Rearrangement:
    first, *_, last = spatial = axes(record.dims)
    order = (last, *spatial[1:-1], first)
    return Rearrangement(
        name=f"{record.name}: exchanging two axes exchanges them everywhere",
        statement="Exchanging the first and the last axis of x and w, and of every option, exchanges them in y.",
        operator=record,
        other=record,
        arrays={
            "x": _x(spatial, (i, channel_in, *(a.j for a in order)), (N, C, *(a.n for a in order))),
            "w": _w(spatial, (o, c, *(a.u for a in order)), (O, C / G, *(a.k for a in order))),
        },
        options={
            "stride": tuple(a.s for a in order),
            "dilation": tuple(a.d for a in order),
            "padding": tuple((a.p, a.q) for a in order),
        },
        index=(i, o, *(a.t for a in order)),
        rows=("L-shape",),
    )


def _cyclic(a: Axis) -> tuple[tuple[Symbol, Any], ...]:
    """Return assignments after which one axis is cyclic: padding d (k - 1) in all, and a size that the stride divides."""
    reach = a.d * (a.k - 1)
    return (a.q, Mod(a.q, reach + 1)), (a.p, reach - a.q), (a.n, a.s * Max(1, ceiling(Max(a.n, a.p, a.q) / a.s)))


def _cyclic_shift(record: OperatorSpec) -> Rearrangement:
    spatial = axes(record.dims)
    shifts = tuple(Symbol(f"g{str(a.n)[1:]}", integer=True) for a in spatial)
    windows = record.output.axes[2:]
    return Rearrangement(
        name=f"{record.name}: cyclic shifts by the stride shift the output",
        statement="With circular padding, s | n and n/s windows, a shift of x by s g samples shifts y by g.",
        operator=record,
        other=record,
        arrays={
            "x": _x(
                spatial,
                (i, channel_in, *(Mod(a.j + a.s * g, a.n) for a, g in zip(spatial, shifts, strict=True))),
                (N, C, *(a.n for a in spatial)),
            )
        },
        index=(i, o, *(Mod(a.t + g, m) for a, g, m in zip(spatial, shifts, windows, strict=True))),
        free={g: (0, m - 1) for g, m in zip(shifts, windows, strict=True)},
        words={"padding_mode": "circular"},
        when=And(
            *(Eq(Mod(a.n, a.s), 0) for a in spatial),
            *(Eq(a.p + a.q, dilated_extent(a.k, a.d) - 1) for a in spatial),
            *(Ge(a.n, a.s) for a in spatial),
        ),
        solved=tuple(step for a in spatial for step in _cyclic(a)),
        rows=("L-equiv", "M-trans"),
    )


def _channels_reversed(record: OperatorSpec) -> Rearrangement:
    spatial = axes(record.dims)
    taps, lengths = tuple(a.u for a in spatial), tuple(a.k for a in spatial)
    return Rearrangement(
        name=f"{record.name}: the order of input channels does not matter",
        statement="Reversing the input channels of x and of every filter leaves y as it is (one group).",
        operator=record,
        other=record,
        arrays={
            "x": _x(spatial, (i, C - 1 - channel_in, *(a.j for a in spatial)), (N, C, *(a.n for a in spatial))),
            "w": _w(spatial, (o, C / G - 1 - c, *taps), (O, C / G, *lengths)),
        },
        when=Eq(G, 1),
        solved=((G, ONE),),
        rows=("L-multi",),
    )


def _transpose_is_adjoint(record: OperatorSpec, gradient: OperatorSpec) -> Rearrangement:
    spatial = axes(record.dims)
    return Rearrangement(
        name=f"{record.name}: it is the input gradient of the convolution of its size",
        statement="A transposed convolution is the adjoint of the convolution with the same filters; its size is the input size.",
        operator=record,
        other=gradient,
        arrays={
            "dy": Placement(
                "x",
                (i, channel_in, *(a.t for a in spatial)),
                (i, channel_in, *(a.t for a in spatial)),
                (N, C, *(a.n for a in spatial)),
            )
        },
        options={"input_size": record.output.axes[2:]},
        without=("b", "output_padding"),
        rows=("L-toeplitz",),
    )


def _commutes() -> Rearrangement:
    return Rearrangement(
        name="convolve: it commutes",
        statement="convolve(x, h) = convolve(h, x) in mode 'full'.",
        operator=CONVOLVE,
        other=CONVOLVE,
        arrays={
            "x": Placement("h", tuple(a.u for a in AXES), tuple(a.u for a in AXES), tuple(a.k for a in AXES)),
            "h": Placement("x", tuple(a.j for a in AXES), tuple(a.j for a in AXES), tuple(a.n for a in AXES)),
        },
        words={"mode": "full"},
        rows=("L-comm",),
    )


def _flipped(record: OperatorSpec, other: OperatorSpec) -> Rearrangement:
    return Rearrangement(
        name=f"{record.name}: it is {other.name} with the reversed conjugate filter",
        statement=f"{record.name}(x, h) = {other.name}(x, conj(h reversed)) in every mode.",
        operator=record,
        other=other,
        arrays={
            "h": Placement(
                "h",
                tuple(a.u for a in AXES),
                tuple(a.k - 1 - a.u for a in AXES),
                tuple(a.k for a in AXES),
                conjugated=True,
            )
        },
        rows=("L-corr", "L-comm"),
    )


def _crop(record: OperatorSpec, word: str) -> Rearrangement:
    inside = {
        "same": tuple(a.t + floor((a.k - 1) / 2) for a in AXES),
        "valid": tuple(a.t + a.k - 1 for a in AXES),
    }
    return Rearrangement(
        name=f"{record.name}: mode '{word}' is a part of mode 'full'",
        statement=f"Mode '{word}' keeps the samples of 'full' from "
        + {"same": "floor((k-1)/2) on.", "valid": "k-1 on."}[word],
        operator=record,
        other=record,
        options={"mode": "full"},
        index=inside[word],
        words={"mode": word},
        rows=("L-modes",),
    )


def _linear(record: OperatorSpec) -> tuple[Linear, ...]:
    return tuple(
        Linear(
            name=f"{record.name}: linear in {array.name}",
            statement=f"{record.name} is additive and homogeneous in {array.name}.",
            operator=record,
            wrt=array.name,
            rows=("L-multi",),
        )
        for array in record.inputs
        if not array.optional
    )


def _adjoint(record: OperatorSpec, wrt: str, gradient: OperatorSpec) -> Adjoint:
    return Adjoint(
        name=f"{record.name}: adjoint in {wrt}",
        statement=f"<{record.name}({wrt}), dy> = <{wrt}, {gradient.name}(dy)>.",
        operator=record,
        wrt=wrt,
        gradient=gradient,
        rows=("L-toeplitz", "U1"),
    )


def _convolution_laws(record: OperatorSpec) -> tuple[Law, ...]:
    several = (_axes_exchanged(record),) if record.dims > 1 else ()
    return (
        *_linear(record),
        _zero_stuffed(record),
        _block_diagonal(record),
        _explicit_padding(record),
        _subsampled(record),
        _reversed(record),
        *several,
        _cyclic_shift(record),
        _channels_reversed(record),
    )


_ADJOINTS = (
    *(_adjoint(*row) for row in zip(CONVOLUTIONS, "xxx", INPUT_GRADIENTS, strict=True)),
    *(_adjoint(*row) for row in zip(CONVOLUTIONS, "www", WEIGHT_GRADIENTS, strict=True)),
    *(_adjoint(g, "dy", f) for f, g in zip(CONVOLUTIONS, INPUT_GRADIENTS, strict=True)),
    *(_adjoint(g, "dy", f) for f, g in zip(CONVOLUTIONS, WEIGHT_GRADIENTS, strict=True)),
    *(_adjoint(*row) for row in zip(TRANSPOSES, "xxx", TRANSPOSE_INPUT_GRADIENTS, strict=True)),
    *(_adjoint(*row) for row in zip(TRANSPOSES, "www", TRANSPOSE_WEIGHT_GRADIENTS, strict=True)),
    *(_adjoint(g, "dy", f) for f, g in zip(TRANSPOSES, TRANSPOSE_INPUT_GRADIENTS, strict=True)),
    *(_adjoint(g, "dy", f) for f, g in zip(TRANSPOSES, TRANSPOSE_WEIGHT_GRADIENTS, strict=True)),
)

LAWS: tuple[Law, ...] = (
    *(law for record in (CONVOLVE, CORRELATE) for law in _linear(record) if record is CONVOLVE or law.wrt == "x"),
    _commutes(),
    Associative(
        name="convolve: it is associative",
        statement="convolve(convolve(x, h), g) = convolve(x, convolve(h, g)) in mode 'full'.",
        operator=CONVOLVE,
        options={"mode": "full"},
        rows=("L-comm",),
    ),
    _flipped(CONVOLVE, CORRELATE),
    _flipped(CORRELATE, CONVOLVE),
    *(_crop(record, word) for record in (CONVOLVE, CORRELATE) for word in ("same", "valid")),
    *(law for record in CONVOLUTIONS for law in _convolution_laws(record)),
    *(law for record in (*INPUT_GRADIENTS, *WEIGHT_GRADIENTS, *TRANSPOSES) for law in _linear(record)),
    *(law for record in (*TRANSPOSE_INPUT_GRADIENTS, *TRANSPOSE_WEIGHT_GRADIENTS) for law in _linear(record)),
    *_ADJOINTS,
    *(_transpose_is_adjoint(f, g) for f, g in zip(TRANSPOSES, INPUT_GRADIENTS, strict=True)),
)
