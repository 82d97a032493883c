"""Filter banks on periodic signals: one step of a cascade, sampled every s-th output or with spread taps, and its adjoint.

The step that decimates has stride 2; the one of the "algorithme à trous" at level j has stride 1 and dilation ``2**j``.
"""

from sympy import Expr, KroneckerDelta, Mod, Sum, conjugate

from .convolution import CONVENTIONS, PADDING_TIMES_INF, at_least_one
from .records import Array, Example, OperatorSpec, Parameter, Source, Stage
from .symbols import Axis, N, O, array, i, o

A = Axis.of(0, 1)
X, W, Y = array("x"), array("w"), array("y")
PERIOD = A.s * A.m
"""The number of samples: the stride divides it."""

READ = Mod(A.s * A.t - A.d * A.u, PERIOD)
"""The sample that tap u of output t reads: a convolution, sampled every s-th time."""

SIGNALS = Array(name="x", axes=(N, PERIOD), meaning="signals, each one period")
FILTERS = Array(name="w", axes=(O, A.k), meaning="filters, one per band")
BANDS = Array(name="y", axes=(N, O, A.m), meaning="bands")
STEPS = (
    Parameter(
        keyword="stride", symbols=(A.s,), least=1, default=2, meaning="distance of the outputs in samples", scalar=True
    ),
    Parameter(
        keyword="dilation", symbols=(A.d,), least=1, default=1, meaning="distance of neighbouring taps", scalar=True
    ),
)
REQUIRES = (
    at_least_one(A.m, "the number of samples of a band"),
    at_least_one(O, "the number of filters"),
    at_least_one(A.k, "the filter size"),
)
NUMBERS = ("float", "integer", "complex")
KEPT = tuple(c for c in CONVENTIONS if c is not PADDING_TIMES_INF)
"""The conventions of convolutions: nothing is padded here."""


def equivalent_tap(step: Axis, tap: Expr, next_dilation: Expr, next_tap: Expr) -> Expr:
    """Return where a tap of a step and one of the next step meet in the filter that does both: ``d u + s d' u'``.

    That filter has the strides of both, ``s s'``, and no dilation.
    """
    return step.d * tap + step.s * next_dilation * next_tap


ANALYZE1D = OperatorSpec(
    name="analyze1d",
    summary="Split periodic signals into bands: one step of a filter-bank cascade.",
    more_axes="leading",
    inputs=(SIGNALS, FILTERS),
    parameters=STEPS,
    output=BANDS,
    requires=REQUIRES,
    definition=(Stage(Y[i, o, A.t], Sum(W[o, A.u] * X[i, READ], (A.u, 0, A.k - 1))),),
    numbers=NUMBERS,
    source=Source(
        rows=("M11", "M12"),
        reference="Mallat 2016, equations (11) and (12); Mallat 1989, A theory for multiresolution signal decomposition",
        example=Example(
            inputs={"x": ((1, 2, 3, 4),), "w": ((1, 1), (1, -1))},
            options={},
            output=(((5, 5), (-3, 1)),),
            cited="Haar's sums and differences of neighbours, by hand",
        ),
    ),
    conventions=KEPT,
)
SYNTHESIZE1D = OperatorSpec(
    name="synthesize1d",
    summary="Add bands up to periodic signals: the adjoint of a step of a filter-bank cascade.",
    more_axes="leading",
    inputs=(BANDS, FILTERS),
    parameters=STEPS,
    output=SIGNALS,
    requires=REQUIRES,
    definition=(
        Stage(
            X[i, A.j],
            Sum(
                conjugate(W[o, A.u]) * Y[i, o, A.t] * KroneckerDelta(A.j, READ),
                (o, 0, O - 1),
                (A.t, 0, A.m - 1),
                (A.u, 0, A.k - 1),
            ),
        ),
    ),
    numbers=NUMBERS,
    source=Source(
        rows=("M11", "M12"),
        reference="Mallat 2009, A Wavelet Tour of Signal Processing, section 7.3.2: conjugate mirror filters rebuild the signal",
        example=Example(
            inputs={"y": (((5, 5), (-3, 1)),), "w": ((1, 1), (1, -1))},
            options={},
            output=((2, 4, 6, 8),),
            cited="twice the signal of which these are Haar's sums and differences, by hand",
        ),
    ),
    conventions=KEPT,
)
FILTER_BANKS = (ANALYZE1D, SYNTHESIZE1D)
