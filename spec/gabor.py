"""Gabor functions of the plane: a plane wave under a Gaussian, the model of simple cells in the visual cortex."""

from sympy import Expr, Integer, cos, exp, sin

from .activation import NAN, REAL_OPTIONS, SIGN_OF_ZERO
from .convolution import SUBNORMALS
from .records import Array, Example, OperatorSpec, Real, Source, Stage
from .symbols import ALPHA, AMPLITUDE, BETA, OMEGA, PSI, THETA, X0, Y0, N, array, i

POINTS, ALONG, ACROSS, Y = (array(name) for name in ("points", "along", "across", "y"))
FIRST, SECOND = POINTS[i, Integer(0)], POINTS[i, Integer(1)]


def turned(x: Expr, y: Expr, angle: Expr) -> tuple[Expr, Expr]:
    """Return the coordinates of a point along a direction and across it."""
    return x * cos(angle) + y * sin(angle), y * cos(angle) - x * sin(angle)


def packet(along: Expr, across: Expr) -> Expr:
    """Return the function at the coordinates along and across its wave."""
    return AMPLITUDE * exp(-ALPHA * along**2 - BETA * across**2) * sin(OMEGA * along + PSI)


OPTIONS = (
    Real(keyword="amplitude", symbol=AMPLITUDE, default=1.0, meaning="height of the Gaussian"),
    Real(keyword="alpha", symbol=ALPHA, default=None, meaning="decay of the Gaussian along the wave", least=0),
    Real(keyword="beta", symbol=BETA, default=None, meaning="decay of the Gaussian across the wave", least=0),
    Real(keyword="omega", symbol=OMEGA, default=None, meaning="frequency of the wave in radians per unit of length"),
    Real(keyword="phase", symbol=PSI, default=0.0, meaning="phase of the wave at the centre in radians"),
    Real(keyword="theta", symbol=THETA, default=0.0, meaning="direction of the wave in radians"),
    Real(keyword="x0", symbol=X0, default=0.0, meaning="first coordinate of the centre"),
    Real(keyword="y0", symbol=Y0, default=0.0, meaning="second coordinate of the centre"),
)
_ALONG, _ACROSS = turned(FIRST - X0, SECOND - Y0, THETA)

GABOR = OperatorSpec(
    name="gabor",
    summary="Evaluate a Gabor function at points of the plane.",
    more_axes="leading",
    inputs=(Array(name="points", axes=(N, Integer(2)), meaning="points of the plane"),),
    parameters=OPTIONS,
    output=Array(name="y", axes=(N,), meaning="values"),
    requires=(),
    definition=(
        Stage(ALONG[i], _ALONG, (N,)),
        Stage(ACROSS[i], _ACROSS, (N,)),
        Stage(Y[i], packet(ALONG[i], ACROSS[i])),
    ),
    numbers=("float",),
    source=Source(
        rows=("L-gabor",),
        reference="Daugman 1985, Uncertainty relation for resolution in space, spatial frequency and orientation",
        example=Example(
            inputs={"points": ((0, 0), (0, 5), (7, -2))},
            options={"amplitude": 3, "alpha": 0.5, "beta": 0.25, "omega": 0},
            output=(0, 0, 0),
            cited="a wave of frequency and phase 0 vanishes, by hand",
        ),
    ),
    conventions=(NAN, SIGN_OF_ZERO, SUBNORMALS, REAL_OPTIONS),
)
