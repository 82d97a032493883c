"""Fourier transforms of signals and images, whole and frame by frame: definitions as sums of exponentials.

A transform errs in norm, so the records say how far an output may be off relative to the 2-norms of the inputs.
"""

from collections.abc import Mapping
from math import ceil, prod, sqrt

import numpy as np
from sympy import (
    Abs,
    Eq,
    Expr,
    I,
    KroneckerDelta,
    Le,
    Min,
    Mod,
    Sum,
    Symbol,
    ceiling,
    conjugate,
    exp,
    floor,
    pi,
    symbols,
)

from .complex_balls import Balls
from .configuration import Configuration
from .convolution import SUBNORMALS, at_least_one
from .records import Array, Convention, Example, OperatorSpec, Parameter, Precondition, Source, Stage
from .rounded import CLASSES
from .spectral_rounding import Size
from .symbols import Axis, F, N, array, axes, f, i

A = Axis.of(0, 1)
X, Y, WINDOW, DUAL, PIECES = (array(name) for name in ("x", "y", "window", "dual", "z"))


EMPTY_SIGNAL = Convention(
    name="empty",
    question="May there be no samples to transform?",
    answers={"rejected": "no: an error", "computed": "yes: there are no frequencies either"},
    ours="rejected",
    excuses={"computed": ("at_least_one",)},
)


def turn(part: Expr) -> Expr:
    """Return the point of the unit circle that is a part of a turn away from 1: ``exp(2 pi i part)``."""
    return exp(2 * pi * I * part)


def frequency(axis: Axis) -> Symbol:
    """Return the letter of the frequency along an axis."""
    return Symbol("f" + axis.n.name[1:], integer=True)


# ---- whole signals ----


def _transform(name: str, dims: int, sign: int, summary: str, source: Source) -> OperatorSpec:
    """Return the transform with the exponents of one sign; that of sign + divides by the number of samples."""
    spatial = axes(dims)
    given, found = (X, Y) if sign < 0 else (Y, X)
    frequencies = tuple(map(frequency, spatial))
    places = tuple(a.j for a in spatial)
    summed, target = (places, frequencies) if sign < 0 else (frequencies, places)
    angle = sum(sign * v * w / a.n for v, w, a in zip(summed, target, spatial, strict=True))
    ranges = ((letter, 0, a.n - 1) for letter, a in zip(summed, spatial, strict=True))
    total = Sum(given[(i, *summed)] * turn(angle), *ranges)
    value = total if sign < 0 else total / prod(a.n for a in spatial)
    shape = (N, *(a.n for a in spatial))
    return OperatorSpec(
        name=name,
        summary=summary,
        inputs=(Array(name=str(given), axes=shape, meaning=_MEANING[str(given)]),),
        parameters=(),
        output=Array(name=str(found), axes=shape, meaning=_MEANING[str(found)], complex=True),
        requires=tuple(at_least_one(a.n, "the number of samples") for a in spatial),
        definition=(Stage(found[(i, *target)], value),),
        numbers=("float", "complex"),
        source=source,
        conventions=(SUBNORMALS, EMPTY_SIGNAL),
        more_axes="leading",
        rounding=_forward if sign < 0 else _backward,
    )


_MEANING = {"x": "signals", "y": "spectra"}
Values = Mapping[str, Balls]


def _forward(configuration: Configuration, unit: float, values: Values) -> tuple[np.ndarray, ...]:
    points = prod(configuration.output_shape[1:])
    return _alike(sqrt(points) * Size(unit).transformed(points).error, len(configuration.output_shape))


def _backward(configuration: Configuration, unit: float, values: Values) -> tuple[np.ndarray, ...]:
    points = prod(configuration.output_shape[1:])
    scaled = Size(unit).transformed(points).added(2)  # the reciprocal of the number of samples, and the product with it
    return _alike(scaled.error / sqrt(points), len(configuration.output_shape))


def _alike(bound: float, rank: int) -> tuple[np.ndarray, ...]:
    """Return one bound for all accuracy classes and elements."""
    return (np.full((len(CLASSES), *(1,) * rank), bound),)


DFT = _transform(
    "dft",
    1,
    -1,
    "Take the discrete Fourier transform of signals.",
    Source(
        rows=("U8",),
        reference="Cooley & Tukey 1965, equation (1), with the sign of the exponent turned; not normalised",
        example=Example(
            inputs={"x": ((1, 2, 3, 4),)}, options={}, output=((10, -2 + 2j, -2, -2 - 2j),), cited="by hand"
        ),
    ),
)
IDFT = _transform(
    "idft",
    1,
    1,
    "Return to signals from their discrete Fourier transforms.",
    Source(
        rows=("U8",),
        reference="the inverse of dft",
        example=Example(inputs={"y": ((4, 0, 8, 0),)}, options={}, output=((3, -1, 3, -1),), cited="by hand"),
    ),
)
DFT2D = _transform(
    "dft2d",
    2,
    -1,
    "Take the discrete Fourier transform of images.",
    Source(
        rows=("U8",),
        reference="the transform along both axes",
        example=Example(inputs={"x": (((1, 2), (3, 4)),)}, options={}, output=(((10, -2), (-4, 0)),), cited="by hand"),
    ),
)
IDFT2D = _transform(
    "idft2d",
    2,
    1,
    "Return to images from their discrete Fourier transforms.",
    Source(
        rows=("U8",),
        reference="the inverse of dft2d",
        example=Example(inputs={"y": (((10, -2), (-4, 0)),)}, options={}, output=(((1, 2), (3, 4)),), cited="by hand"),
    ),
)
TRANSFORMS = (DFT, IDFT, DFT2D, IDFT2D)

# ---- frame by frame ----

HOP = Parameter(
    keyword="hop", symbols=(A.s,), least=1, default=None, meaning="distance of the first samples of frames", scalar=True
)


def _fits(length: Expr, solved: tuple[Symbol, Expr] | None = None) -> Precondition:
    return Precondition(
        code="window_at_most_n",
        rule=Le(A.k, length),
        sentence="the window must not be longer than the signal",
        solved=solved,
    )


_WHOLE = at_least_one(A.k, "the length of the window")
_REMAINDER = symbols("remainder", integer=True)
_ENOUGH = ceiling(A.k / A.s) + _REMAINDER
"""Frames that make a signal no shorter than the window."""
_HOP_DIVIDES = Precondition(
    code="hop_divides_n",
    rule=Eq(Mod(A.n, A.s), 0),
    sentence="the hop must divide the number of samples",
    solved=(A.n, A.s * _ENOUGH),
)


def _framed(configuration: Configuration, unit: float, values: Values) -> tuple[np.ndarray, ...]:
    points = configuration.values["k"]
    return _alike(sqrt(points) * Size(unit).added(3).transformed(points).error, 3)


def _overlapped(configuration: Configuration, unit: float, values: Values) -> tuple[np.ndarray, ...]:
    points, overlap = configuration.values["k"], ceil(configuration.values["k"] / configuration.values["s"])
    return _alike(Size(unit).transformed(points).added(5 + overlap).error / sqrt(points), 2)


WINDOW_ENTRIES = Convention(
    name="window_entries",
    question="May the window hold NaN and infinities?",
    answers={"any": "yes, and results are then what arithmetic makes of them", "finite": "no, they are refused"},
    ours="any",
    data={"finite": "special"},
)

STFT = OperatorSpec(
    name="stft",
    summary="Take the discrete Fourier transforms of windowed frames of periodic signals.",
    inputs=(
        Array(name="x", axes=(N, A.n), meaning="signals, each one period"),
        Array(name="window", axes=(A.k,), meaning="weights of the samples of a frame"),
    ),
    parameters=(HOP,),
    output=Array(name="y", axes=(N, A.n / A.s, A.k), meaning="spectra of the frames", complex=True),
    requires=(at_least_one(A.n, "the number of samples"), _WHOLE, _HOP_DIVIDES, _fits(A.n)),
    definition=(
        Stage(
            Y[i, A.t, f],
            Sum(X[i, Mod(A.s * A.t + A.u, A.n)] * conjugate(WINDOW[A.u]) * turn(-f * A.u / A.k), (A.u, 0, A.k - 1)),
        ),
    ),
    numbers=("float", "complex"),
    source=Source(
        rows=("U9",),
        reference="Gröchenig 2001, Foundations of Time-Frequency Analysis, definition 3.1.1, on a cycle, phase at the frame",
        example=Example(
            inputs={"x": ((1, 2, 3, 4),), "window": (1, 10)},
            options={"hop": 1},
            output=(((21, -19), (32, -28), (43, -37), (14, -6)),),
            cited="by hand",
        ),
    ),
    conventions=(SUBNORMALS, WINDOW_ENTRIES),
    more_axes="leading",
    rounding=_framed,
)

ISTFT = OperatorSpec(
    name="istft",
    summary="Add windowed frames of periodic signals, each given by its discrete Fourier transform.",
    inputs=(
        Array(name="y", axes=(N, F, A.k), meaning="spectra of the frames"),
        Array(name="window", axes=(A.k,), meaning="weights of the samples of a frame"),
    ),
    parameters=(HOP,),
    output=Array(name="x", axes=(N, A.s * F), meaning="signals, each one period", complex=True),
    requires=(at_least_one(F, "the number of frames"), _WHOLE, _fits(A.s * F, (F, _ENOUGH))),
    definition=(
        Stage(
            PIECES[i, A.t, A.u],
            WINDOW[A.u] * Sum(Y[i, A.t, f] * turn(f * A.u / A.k), (f, 0, A.k - 1)) / A.k,
            (N, F, A.k),
        ),
        Stage(
            X[i, A.j],
            Sum(
                KroneckerDelta(A.j, Mod(A.s * A.t + A.u, A.s * F)) * PIECES[i, A.t, A.u],
                (A.u, 0, A.k - 1),
                (A.t, 0, F - 1),
            ),
        ),
    ),
    numbers=("float", "complex"),
    source=Source(
        rows=("U9",),
        reference="Gröchenig 2001, Foundations of Time-Frequency Analysis, section 3.2: synthesis with any window",
        example=Example(
            inputs={"y": (((3, 1), (7, -1)),), "window": (1, 10)},
            options={"hop": 1},
            output=((42, 13),),
            cited="frames (2, 1) and (3, 4), by hand",
        ),
    ),
    conventions=(SUBNORMALS,),
    more_axes="leading",
    rounding=_overlapped,
)

_RESIDUE = Mod(A.u, A.s)
DUAL_WINDOW = OperatorSpec(
    name="dual_window",
    summary="Return the window with which istft undoes stft, by least squares.",
    inputs=(Array(name="window", axes=(A.k,), meaning="weights of the samples of a frame"),),
    parameters=(HOP,),
    output=Array(name="dual", axes=(A.k,), meaning="weights of the samples of a frame"),
    requires=(
        _WHOLE,
        Precondition(
            code="hop_at_most_window",
            rule=Le(A.s, A.k),
            sentence="the hop must not be longer than the window, or no frame sees some samples",
            solved=(A.s, Min(A.s, A.k)),
        ),
    ),
    definition=(
        Stage(
            DUAL[A.u],
            WINDOW[A.u] / Sum(Abs(WINDOW[_RESIDUE + A.s * A.e]) ** 2, (A.e, 0, floor((A.k - 1 - _RESIDUE) / A.s))),
        ),
    ),
    numbers=("float",),
    source=Source(
        rows=("U9",),
        reference="Griffin & Lim 1984, equation (6): the weights of least squares",
        example=Example(
            inputs={"window": (2, 0, 2, 4)}, options={"hop": 2}, output=(0.25, 0, 0.25, 0.25), cited="by hand"
        ),
    ),
    conventions=(SUBNORMALS,),
)
FOURIER = (*TRANSFORMS, STFT, ISTFT, DUAL_WINDOW)
