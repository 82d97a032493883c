"""The laws of wavelet transforms, filter banks and Gabor functions."""

from collections.abc import Mapping
from typing import Any

from sympy import Eq, Expr, Integer, Mod, Piecewise, Symbol

from .filter_bank import ANALYZE1D, SYNTHESIZE1D, equivalent_tap
from .filter_bank import A as STEP
from .gabor import GABOR
from .laws import (
    AMOUNT,
    VALUE,
    Adjoint,
    Cascade,
    Constants,
    Contraction,
    Inverse,
    Law,
    Linear,
    Modulation,
    Placement,
    Rearrangement,
    Transformed,
)
from .records import OperatorSpec
from .symbols import ALPHA, AMPLITUDE, BETA, OMEGA, PSI, RHO, X0, Y0, N, O, i, o
from .wavelet import CWT, INVERSE_WAVELET_TRANSFORM1D, WAVELET_TRANSFORM1D, A

SHIFT = Symbol("g", integer=True)
SEED_ROWS: Mapping[OperatorSpec, tuple[str, ...]] = {
    WAVELET_TRANSFORM1D: ("M9", "M10"),
    INVERSE_WAVELET_TRANSFORM1D: ("M10",),
    CWT: ("U10", "U11"),
    ANALYZE1D: ("M11", "M12"),
    SYNTHESIZE1D: ("M11", "M12"),
    GABOR: ("L-gabor",),
}


def _linear(record: OperatorSpec, wrt: str) -> Linear:
    return Linear(
        name=f"{record.name}: linear in {wrt}",
        statement=f"{record.name} is additive and homogeneous in {wrt}.",
        operator=record,
        wrt=wrt,
        rows=SEED_ROWS[record],
    )


# ---- transforms of periodic signals ----


def _on_the_cycle(record: OperatorSpec, place: Expr) -> Placement:
    """Return the input with its sample j, and all its rows alike, at another place."""
    (given,) = record.inputs
    letters = (i, A.j) if len(given.axes) == 2 else (i, RHO, A.j)
    return Placement(given.name, letters, (*letters[:-1], place), (*given.axes[:-1], A.n))


def _shifted(record: OperatorSpec) -> Rearrangement:
    (given,) = record.inputs
    *rows, last = record.definition[-1].target.indices
    return Rearrangement(
        name=f"{record.name}: cyclic shifts shift the result",
        statement=f"If {given.name} moves by g samples on its cycle, so does the result.",
        operator=record,
        other=record,
        arrays={given.name: _on_the_cycle(record, Mod(A.j + SHIFT, A.n))},
        index=(*rows, Mod(last + SHIFT, A.n)),
        free={SHIFT: (Integer(0), A.n - 1)},
        rows=(*SEED_ROWS[record], "M-trans"),
    )


def _reversed(record: OperatorSpec) -> Modulation:
    *rows, last = record.definition[-1].target.indices
    return Modulation(
        name=f"{record.name}: reversing a real signal reverses and conjugates",
        statement="The filters are the conjugates of their mirror images: to a reversed real signal belong the conjugates, "
        "reversed.",
        operator=record,
        placement=_on_the_cycle(record, Mod(-A.j, A.n)),
        index=(*rows, Mod(-last, A.n)),
        conjugated=True,
        rows=SEED_ROWS[record],
    )


def _constants(record: OperatorSpec, value: Expr, statement: str) -> Constants:
    return Constants(
        name=f"{record.name}: what a constant gives",
        statement=statement,
        operator=record,
        wrt="x",
        value=value,
        rows=SEED_ROWS[record],
    )


_TRANSFORMS: tuple[Law, ...] = (
    *(_linear(record, "x") for record in (WAVELET_TRANSFORM1D, CWT)),
    _linear(INVERSE_WAVELET_TRANSFORM1D, "y"),
    *(_shifted(record) for record in (WAVELET_TRANSFORM1D, INVERSE_WAVELET_TRANSFORM1D, CWT)),
    *(_reversed(record) for record in (WAVELET_TRANSFORM1D, CWT)),
    _constants(
        WAVELET_TRANSFORM1D,
        Piecewise((1, Eq(RHO, 0)), (0, True)),
        "A constant is its own average, and no wavelet meets it: wavelets have mean 0.",
    ),
    _constants(CWT, Integer(0), "A constant has no wavelet coefficients: wavelets have mean 0."),
    Contraction(
        name="wavelet_transform1d: Lipschitz in x",
        statement="Results for real signals differ, in the Euclidean norm, by at most what the signals differ.",
        operator=WAVELET_TRANSFORM1D,
        wrt="x",
        constant=Integer(1),
        norm="l2",
        rows=("M10",),
    ),
    Inverse(
        name="wavelet_transform1d: the dual frame gives signals back",
        statement="inverse_wavelet_transform1d(wavelet_transform1d(x)) = x for real x, and for complex x with a two-sided bank.",
        operator=WAVELET_TRANSFORM1D,
        inverse=INVERSE_WAVELET_TRANSFORM1D,
        rows=("M10",),
    ),
)

# ---- filter banks ----


def _moved(record: OperatorSpec, forward: bool) -> Rearrangement:
    """Return that a shift by the stride of the signal is a shift by one of the bands."""
    signal = Placement("x", (i, STEP.j), (i, Mod(STEP.j + STEP.s * SHIFT, STEP.s * STEP.m)), (N, STEP.s * STEP.m))
    bands = Placement("y", (i, o, STEP.t), (i, o, Mod(STEP.t + SHIFT, STEP.m)), (N, O, STEP.m))
    given, found = (signal, bands) if forward else (bands, signal)
    return Rearrangement(
        name=f"{record.name}: cyclic shifts by the stride",
        statement="A shift of the signal by s g samples is a shift of every band by g.",
        operator=record,
        other=record,
        arrays={given.name: given},
        index=found.index,
        free={SHIFT: (Integer(0), STEP.m - 1)},
        rows=(*SEED_ROWS[record], "L-equiv"),
    )


def _spread(record: OperatorSpec) -> Rearrangement:
    return Rearrangement(
        name=f"{record.name}: dilation is a zero-stuffed filter",
        statement="Filters whose taps stand d apart are filters with zeros between their taps.",
        operator=record,
        other=record,
        arrays={"w": Placement("w", (o, STEP.u), (o, STEP.d * STEP.u), (O, STEP.d * (STEP.k - 1) + 1))},
        options={"dilation": Integer(1)},
        rows=SEED_ROWS[record],
    )


def _adjoint(record: OperatorSpec, wrt: str, gradient: OperatorSpec) -> Adjoint:
    return Adjoint(
        name=f"{record.name}: adjoint in {wrt}",
        statement=f"<{record.name}({wrt}), .> = <{wrt}, {gradient.name}(.)> for real data.",
        operator=record,
        wrt=wrt,
        gradient=gradient,
        rows=SEED_ROWS[record],
    )


NEXT = {letter: Symbol(f"{letter.name}_2", integer=True) for letter in (STEP.s, STEP.d, STEP.u, STEP.k, STEP.t, STEP.m)}
"""The letters of the next step of a cascade."""

CASCADED = Cascade(
    name="analyze1d: two steps are one",
    statement="Bands of a band are bands of the signal, by the filters that do both steps: sampled by 2 each time, or à trous.",
    operator=ANALYZE1D,
    second=NEXT,
    tap=equivalent_tap(STEP, STEP.u, NEXT[STEP.d], NEXT[STEP.u]),
    options={"stride": STEP.s * NEXT[STEP.s], "dilation": Integer(1)},
    rows=("M11", "M12"),
)

_FILTER_BANKS: tuple[Law, ...] = (
    *(_linear(ANALYZE1D, name) for name in ("x", "w")),
    _linear(SYNTHESIZE1D, "y"),
    _moved(ANALYZE1D, True),
    _moved(SYNTHESIZE1D, False),
    *(_spread(record) for record in (ANALYZE1D, SYNTHESIZE1D)),
    Rearrangement(
        name="analyze1d: stride keeps every s-th output",
        statement="A step with stride s is the step with stride 1, of which every s-th output is kept.",
        operator=ANALYZE1D,
        other=ANALYZE1D,
        options={"stride": Integer(1)},
        index=(i, o, STEP.s * STEP.t),
        rows=("M12",),
    ),
    _adjoint(ANALYZE1D, "x", SYNTHESIZE1D),
    _adjoint(SYNTHESIZE1D, "y", ANALYZE1D),
    CASCADED,
)

# ---- Gabor functions ----


def _gabor(rule: str, inner: Expr, outer: Expr, options: Mapping[str, Any]) -> Transformed:
    return Transformed(
        name=f"gabor: {rule}",
        statement=f"{rule[0].upper()}{rule[1:]}.",
        operator=GABOR,
        wrt="points",
        inner=inner,
        outer=outer,
        options=options,
        rows=SEED_ROWS[GABOR],
    )


FACTOR = 2**AMOUNT
_GABOR: tuple[Law, ...] = (
    Rearrangement(
        name="gabor: points do not mix",
        statement="With the points in reverse order, the values are in reverse order.",
        operator=GABOR,
        other=GABOR,
        arrays={"points": Placement("points", (i, o), (N - 1 - i, o), (N, Integer(2)))},
        index=(N - 1 - i,),
        rows=SEED_ROWS[GABOR],
    ),
    _gabor(
        "a half turn about the origin, with the phase turned, changes the sign",
        -VALUE,
        -VALUE,
        {"phase": -PSI, "x0": -X0, "y0": -Y0},
    ),
    _gabor(
        "a shift of the plane and of the centre changes nothing",
        VALUE + AMOUNT,
        VALUE,
        {"x0": X0 + AMOUNT, "y0": Y0 + AMOUNT},
    ),
    _gabor("a factor of the amplitude passes", VALUE, FACTOR * VALUE, {"amplitude": FACTOR * AMPLITUDE}),
    _gabor(
        "a dilation of the plane and of the function changes nothing",
        FACTOR * VALUE,
        VALUE,
        {
            "x0": FACTOR * X0,
            "y0": FACTOR * Y0,
            "alpha": ALPHA / FACTOR**2,
            "beta": BETA / FACTOR**2,
            "omega": OMEGA / FACTOR,
        },
    ),
)

LAWS: tuple[Law, ...] = (*_TRANSFORMS, *_FILTER_BANKS, *_GABOR)
