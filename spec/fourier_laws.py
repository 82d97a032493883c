"""The laws of Fourier transforms, whole and frame by frame."""

from collections.abc import Iterator
from math import prod
from typing import Any

from sympy import Expr, Integer, Min, Mod, Rational, Symbol, ceiling

from .convolution import CONV1D, CONV2D
from .fourier import DFT, DFT2D, DUAL_WINDOW, IDFT, IDFT2D, ISTFT, STFT, A, frequency
from .laws import AMOUNT, VALUE, Inverse, Isometry, Law, Linear, Modulation, Multiplicative, Placement, Transformed
from .records import OperatorSpec
from .symbols import Axis, F, N, axes, f, i

ROWS = ("U8",)


def _shift(axis: Axis) -> Symbol:
    """Return the letter for the length of a shift along an axis."""
    return Symbol("a" + axis.n.name[1:], integer=True)


def _linear(record: OperatorSpec, *names: str) -> Iterator[Law]:
    for name in names:
        yield Linear(
            name=f"{record.name}: linear in {name}",
            statement=f"{record.name} is additive and homogeneous in {name}.",
            operator=record,
            wrt=name,
            rows=record.source.rows,
        )


# ---- whole signals ----


def _of(record: OperatorSpec, dims: int, inverse: OperatorSpec, convolution: OperatorSpec) -> Iterator[Law]:
    """Yield the laws of a transform; that which divides by the number of samples is an isometry up to its reciprocal."""
    spatial, (given,) = axes(dims), record.inputs
    points = prod(a.n for a in spatial)
    forward = given.name == "x"
    yield from _linear(record, given.name)
    yield Isometry(
        name=f"{record.name}: Parseval",
        statement=f"The squared norm of the result is {'' if forward else '1/'}n times that of {given.name}, n samples in all.",
        operator=record,
        wrt=(given.name,),
        constant=points if forward else 1 / points,
        rows=ROWS,
    )
    yield _shifted(record, dims, -1 if forward else 1)
    yield from _mirrored(record, dims)
    yield Inverse(
        name=f"{record.name}: {inverse.name} undoes it",
        statement=f"{inverse.name}({record.name}({given.name})) = {given.name}.",
        operator=record,
        inverse=inverse,
        rows=ROWS,
    )
    yield Multiplicative(
        name=f"{record.name}: a cyclic convolution becomes a product",
        statement="The product of two results is the result of the cyclic convolution"
        + (", divided by n." if not forward else "."),
        operator=record,
        convolution=convolution,
        constant=Integer(1) if forward else 1 / points,
        rows=(*ROWS, "L-toeplitz"),
    )


def _letters(record: OperatorSpec, dims: int) -> tuple[tuple[Symbol, ...], tuple[Symbol, ...]]:
    """Return the letters of the input and of the output of a transform."""
    places, frequencies = tuple(a.j for a in axes(dims)), tuple(map(frequency, axes(dims)))
    return (places, frequencies) if record.inputs[0].name == "x" else (frequencies, places)


def _cyclic(record: OperatorSpec, letters: tuple[Symbol, ...], index: tuple[Expr, ...]) -> Placement:
    (given,) = record.inputs
    return Placement(given.name, (i, *letters), (i, *index), given.axes)


def _shifted(record: OperatorSpec, dims: int, sign: int) -> Modulation:
    spatial, (before, after) = axes(dims), _letters(record, dims)
    moved = tuple(Mod(letter + _shift(a), a.n) for letter, a in zip(before, spatial, strict=True))
    return Modulation(
        name=f"{record.name}: a cyclic shift turns the result",
        statement="With the entries moved by a, on a cycle, the result turns by a/n of its index, and keeps its modulus.",
        operator=record,
        placement=_cyclic(record, before, moved),
        index=(i, *after),
        phase=sum((sign * letter * _shift(a) / a.n for letter, a in zip(after, spatial, strict=True)), Integer(0)),
        free={_shift(a): (-a.n, 2 * a.n) for a in spatial},
        rows=ROWS,
    )


def _mirrored(record: OperatorSpec, dims: int) -> Iterator[Modulation]:
    spatial, (before, after) = axes(dims), _letters(record, dims)
    opposite = tuple(Mod(-letter, a.n) for letter, a in zip(after, spatial, strict=True))
    yield Modulation(
        name=f"{record.name}: reversal about entry 0 passes",
        statement="With entry -j mod n in the place of entry j, the result changes in the same way.",
        operator=record,
        placement=_cyclic(record, before, tuple(Mod(-s, a.n) for s, a in zip(before, spatial, strict=True))),
        index=(i, *opposite),
        rows=ROWS,
    )
    yield Modulation(
        name=f"{record.name}: of real numbers it is Hermitian",
        statement="Of real numbers, entry -f mod n of the result is the conjugate of entry f.",
        operator=record,
        placement=_cyclic(record, before, before),
        index=(i, *opposite),
        conjugated=True,
        rows=ROWS,
    )


# ---- frame by frame ----

_HOP_WITHIN = (A.s, Min(A.s, A.k))
_ANY = _shift(A)


def _frames() -> Iterator[Law]:
    rows = STFT.source.rows
    yield from _linear(STFT, "x")
    yield Isometry(
        name="stft: Parseval with hop 1",
        statement="The squared norm of the result is k times those of x and of the window, whatever the window is.",
        operator=STFT,
        wrt=("x", "window"),
        constant=A.k,
        solved=((A.s, Integer(1)),),
        rows=rows,
    )
    yield Modulation(
        name="stft: a shift by hops moves the frames",
        statement="With the signals moved by a hops, on a cycle, the frames are moved by a.",
        operator=STFT,
        placement=Placement("x", (i, A.j), (i, Mod(A.j + A.s * _ANY, A.n)), (N, A.n)),
        index=(i, Mod(A.t - _ANY, A.n / A.s), f),
        free={_ANY: (-A.n, A.n)},
        rows=rows,
    )
    yield Inverse(
        name="stft: istft with the dual window undoes it",
        statement="istft(stft(x, window), dual_window(window)) = x where the hop is not longer than the window.",
        operator=STFT,
        inverse=ISTFT,
        others={"window": DUAL_WINDOW},
        solved=(_HOP_WITHIN, (A.n, A.s * ceiling(A.n / A.s))),
        rows=rows,
    )
    yield from _linear(ISTFT, "y", "window")
    yield Modulation(
        name="istft: moving the frames shifts the signals by hops",
        statement="With the frames moved by a, on a cycle, the signals are moved by a hops.",
        operator=ISTFT,
        placement=Placement("y", (i, A.t, f), (i, Mod(A.t + _ANY, F), f), (N, F, A.k)),
        index=(i, Mod(A.j - A.s * _ANY, A.s * F)),
        free={_ANY: (-F, 2 * F)},
        rows=rows,
    )


def _dual() -> Iterator[Law]:
    rows = DUAL_WINDOW.source.rows
    yield Inverse(
        name="dual_window: it undoes itself",
        statement="The window is the dual window of its dual window.",
        operator=DUAL_WINDOW,
        inverse=DUAL_WINDOW,
        rows=rows,
    )
    yield Transformed(
        name="dual_window: a factor divides",
        statement="A factor of the window divides the dual window.",
        operator=DUAL_WINDOW,
        wrt="window",
        inner=2**AMOUNT * VALUE,
        outer=VALUE * Rational(1, 2) ** AMOUNT,
        rows=rows,
    )


_PAIRS: tuple[Any, ...] = (
    (DFT, 1, IDFT, CONV1D),
    (IDFT, 1, DFT, CONV1D),
    (DFT2D, 2, IDFT2D, CONV2D),
    (IDFT2D, 2, DFT2D, CONV2D),
)
LAWS: tuple[Law, ...] = (*(law for pair in _PAIRS for law in _of(*pair)), *_frames(), *_dual())
