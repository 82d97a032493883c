"""The laws of the gradients of scattering: the transposed derivative, linear in dy, the same for signals of any size."""

from collections.abc import Iterator

from .laws import AMOUNT, VALUE, Gradient, Law, Linear, Placement, Rearrangement, Transformed
from .records import OperatorSpec
from .scattering import SCATTERING1D
from .scattering2d import SCATTERING2D
from .scattering_gradient import SCATTERING1D_GRADIENT, SCATTERING2D_GRADIENT
from .symbols import RHO, N, axes, i

ROWS = ("M-inv", "U14")


def _laws(operator: OperatorSpec, gradient: OperatorSpec) -> Iterator[Law]:
    """Yield the laws of one gradient."""
    yield Gradient(
        name=f"{operator.name}: gradient in x",
        statement="<J v, dy> = <v, dx>, J the derivative at x, for real x at which no modulus vanishes.",
        operator=operator,
        wrt="x",
        gradient=gradient,
        rows=ROWS,
    )
    yield Linear(
        name=f"{gradient.name}: linear in dy",
        statement=f"{gradient.name} is additive and homogeneous in dy.",
        operator=gradient,
        wrt="dy",
        rows=ROWS,
    )
    yield Transformed(
        name=f"{gradient.name}: the size of x does not matter",
        statement="A positive factor of x changes nothing: scattering is homogeneous of degree 1, its gradient of degree 0.",
        operator=gradient,
        wrt="x",
        inner=2**AMOUNT * VALUE,
        outer=VALUE,
        rows=ROWS,
    )
    yield _reversed(gradient)


def _reversed(gradient: OperatorSpec) -> Rearrangement:
    """Return that items do not meet."""
    dy, x = gradient.inputs
    last, spatial = N - 1 - i, axes(len(x.axes) - 1)
    there, here = tuple(a.t for a in spatial), tuple(a.u for a in spatial)
    return Rearrangement(
        name=f"{gradient.name}: reversing the items reverses the result",
        statement="With the items of dy and x in reverse order, the gradient is the same in reverse order.",
        operator=gradient,
        other=gradient,
        arrays={
            "dy": Placement("dy", (i, RHO, *there), (last, RHO, *there), dy.axes),
            "x": Placement("x", (i, *here), (last, *here), x.axes),
        },
        index=(last, *here),
        rows=ROWS,
    )


LAWS: tuple[Law, ...] = (
    *_laws(SCATTERING1D, SCATTERING1D_GRADIENT),
    *_laws(SCATTERING2D, SCATTERING2D_GRADIENT),
)
"""Every law there is, in the order of the report."""
