"""The laws of the gradient of scattering: the transposed derivative, linear in dy, the same for signals of any size."""

from .laws import AMOUNT, VALUE, Gradient, Law, Linear, Placement, Rearrangement, Transformed
from .scattering import SCATTERING1D, A
from .scattering_gradient import SCATTERING1D_GRADIENT
from .symbols import RHO, N, i

ROWS = ("M-inv", "U14")
_LAST = N - 1 - i
_DY, _X = SCATTERING1D_GRADIENT.inputs

LAWS: tuple[Law, ...] = (
    Gradient(
        name="scattering1d: gradient in x",
        statement="<J v, dy> = <v, dx>, J the derivative of scattering1d at x, for real signals of which no modulus vanishes.",
        operator=SCATTERING1D,
        wrt="x",
        gradient=SCATTERING1D_GRADIENT,
        rows=ROWS,
    ),
    Linear(
        name="scattering1d_gradient: linear in dy",
        statement="scattering1d_gradient is additive and homogeneous in dy.",
        operator=SCATTERING1D_GRADIENT,
        wrt="dy",
        rows=ROWS,
    ),
    Transformed(
        name="scattering1d_gradient: the size of x does not matter",
        statement="A positive factor of x changes nothing: scattering is homogeneous of degree 1, its gradient of degree 0.",
        operator=SCATTERING1D_GRADIENT,
        wrt="x",
        inner=2**AMOUNT * VALUE,
        outer=VALUE,
        rows=ROWS,
    ),
    Rearrangement(
        name="scattering1d_gradient: reversing the items reverses the result",
        statement="With the items of dy and x in reverse order, the gradient is the same in reverse order.",
        operator=SCATTERING1D_GRADIENT,
        other=SCATTERING1D_GRADIENT,
        arrays={
            "dy": Placement("dy", (i, RHO, A.t), (_LAST, RHO, A.t), _DY.axes),
            "x": Placement("x", (i, A.u), (_LAST, A.u), _X.axes),
        },
        index=(_LAST, A.u),
        rows=ROWS,
    ),
)
"""Every law there is, in the order of the report."""
