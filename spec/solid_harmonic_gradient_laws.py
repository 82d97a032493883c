"""The laws of the gradient of solid harmonic scattering: the transposed derivative, linear in dy, of the degree of its power."""

from .laws import AMOUNT, VALUE, Gradient, Law, Linear, Placement, Rearrangement, Transformed
from .solid_harmonic import EVERY_POWER, POWER, POWERS, SCATTERING3D
from .solid_harmonic_bank import PLACES
from .solid_harmonic_gradient import SCATTERING3D_GRADIENT
from .symbols import RHO, TAU, N, i

ROWS = ("M-inv", "U14")


def _scaled(power: float) -> Transformed:
    """Return what a factor of the volume does to the gradient of the integrals of one power."""
    exponent = POWERS.options[(power,)][POWER].expr
    return Transformed(
        name=f"scattering3d_gradient: a factor passes with its sign, to the power {exponent - 1}",
        statement=f"Integrals of the power {exponent} are homogeneous of degree {exponent} and even, so their gradient is "
        f"homogeneous of degree {exponent - 1} and odd.",
        operator=SCATTERING3D_GRADIENT,
        wrt="x",
        inner=-(4**AMOUNT) * VALUE,
        outer=-((4 ** (exponent - 1)) ** AMOUNT) * VALUE,
        words={"powers": (power,)},
        rows=ROWS,
    )


def _reversed() -> Rearrangement:
    """Return that items do not meet."""
    (dy, x), last = SCATTERING3D_GRADIENT.inputs, N - 1 - i
    return Rearrangement(
        name="scattering3d_gradient: reversing the items reverses the result",
        statement="With the items of dy and x in reverse order, the gradient is the same in reverse order.",
        operator=SCATTERING3D_GRADIENT,
        other=SCATTERING3D_GRADIENT,
        arrays={
            "dy": Placement("dy", (i, RHO, TAU), (last, RHO, TAU), dy.axes),
            "x": Placement("x", (i, *PLACES), (last, *PLACES), x.axes),
        },
        index=(last, *PLACES),
        rows=ROWS,
    )


LAWS: tuple[Law, ...] = (
    Gradient(
        name="scattering3d: gradient in x",
        statement="<J v, dy> = <v, dx>, J the derivative at x, for x at which no modulus vanishes.",
        operator=SCATTERING3D,
        wrt="x",
        gradient=SCATTERING3D_GRADIENT,
        rows=ROWS,
    ),
    Linear(
        name="scattering3d_gradient: linear in dy",
        statement="scattering3d_gradient is additive and homogeneous in dy.",
        operator=SCATTERING3D_GRADIENT,
        wrt="dy",
        rows=ROWS,
    ),
    *map(_scaled, EVERY_POWER),
    _reversed(),
)
"""Every law there is, in the order of the report."""
