"""The gradient of solid harmonic scattering: integrals of powers of moduli differentiated, every step transposed, in reverse.

The power p of a modulus U over the orders of a degree has the derivative ``p U^(p-1) Re(sum over orders of conj(V / U) dV)``,
and 0 where U is 0: the least value of a positive power, where 0 is a subgradient. So the gradient is finite everywhere. For p = 1
it is one of several where a modulus vanishes; for p = 1/2 it grows without bound nearby, as that power has no derivative there.
"""

from sympy import Abs, Expr, IndexedBase, Integer, Max, Min, S, Sum, conjugate, re, sign

from .functions import direction, power_slope
from .records import Array, Example, OperatorSpec, Source, Stage
from .scattering_form import ONE, TWO
from .solid_harmonic import (
    ALL,
    FIRST,
    MODULI,
    ORDERS,
    POWER,
    ROW1,
    ROW2,
    SCATTERING3D,
    SECOND,
    U1,
    U2,
    X,
    returned,
    transformed,
    turns,
)
from .solid_harmonic_bank import BINS, PLACES, PSI, SIZES, bank_stages
from .solid_harmonic_gradient_rounding import gradient_gain, gradient_growth
from .spectral_rounding import RelativeTo
from .symbols import CHI, ETA, MU, NU, TAU, H, J, N, R, array, i

DY, DX = array("dy"), array("dx")
V, W = array("V_c"), array("W_c")
DU1, DU2, DV1, DV2, DX_HAT, DU1_HAT = (array(f"d{name}") for name in ("U_1", "U_2", "V", "W", "X_hat", "U_1_hat"))
DX_THERE, DU1_THERE = array("dX_c"), array("dG_c")
"""What all wavelets hand back to the volume and to a modulus; of both the real part counts."""


def _through_power(row: Expr, value: Expr, there: Expr = S.One) -> Sum:
    """Return what the integrals of all powers in a row hand back to a modulus; nothing on paths that do not exist."""
    entry = DY[i, row, TAU] * power_slope(value, POWER(TAU))
    return Sum(entry, (TAU, 0, R * Min(1, Max(0, there)) - 1))


def _through_modulus(
    target: IndexedBase, handed: IndexedBase, value: IndexedBase, modulus: IndexedBase, path: tuple[Expr, ...]
) -> Stage:
    """Return the stage of what a modulus over all orders of a degree hands back to each of them."""
    here = (i, *path, ETA, *PLACES)
    back = handed[here] * direction(value[i, *path, ETA, CHI, *PLACES], modulus[here])
    return Stage(target[i, *path, ETA, CHI, *PLACES], back, (*(SECOND if len(path) > 1 else FIRST), *ALL, *SIZES))


def _backward() -> tuple[Stage, ...]:
    """Return the stages of what dy hands back to the moduli of the second and of the first order, and to the volume."""
    second, first = Min(ORDERS, NU - MU), ORDERS
    to_first = Sum(
        conjugate(PSI[NU, ETA, CHI, *BINS]) * array("dW_hat_c")[i, MU, NU, ETA, CHI, *BINS],
        (CHI, 0, 2 * ETA),
        (NU, MU + 1, TWO * J - 1),
    )
    to_volume = Sum(
        conjugate(PSI[MU, ETA, CHI, *BINS]) * array("dV_hat_c")[i, MU, ETA, CHI, *BINS],
        (CHI, 0, 2 * ETA),
        (ETA, 0, H),
        (MU, 0, ONE * J - 1),
    )
    there1, there2 = (i, MU, ETA, *PLACES), (i, MU, NU, ETA, *PLACES)
    return (
        Stage(DU2[there2], _through_power(ROW2, U2[there2], NU - MU), (*SECOND, *SIZES)),
        _through_modulus(DV2, DU2, W, U2, (MU, NU)),
        *transformed("dW_hat", DV2, (i, MU, NU, ETA, CHI), (*SECOND, *ALL), second),
        Stage(DU1_HAT[i, MU, ETA, *BINS], to_first, (*FIRST, *SIZES)),
        *returned("dG", DU1_HAT[i, MU, ETA, *BINS], (i, MU, ETA), FIRST),
        Stage(DU1[there1], _through_power(ROW1, U1[there1]) + re(DU1_THERE[there1]), (*FIRST, *SIZES)),
        _through_modulus(DV1, DU1, V, U1, (MU,)),
        *transformed("dV_hat", DV1, (i, MU, ETA, CHI), (*FIRST, *ALL), first),
        Stage(DX_HAT[i, *BINS], to_volume, (N, *SIZES)),
        *returned("dX", DX_HAT[i, *BINS], (i,), (N,)),
        Stage(
            DX[i, *PLACES],
            sign(X[i, *PLACES]) * _through_power(Integer(0), Abs(X[i, *PLACES])) + re(DX_THERE[i, *PLACES]),
        ),
    )


SCATTERING3D_GRADIENT = OperatorSpec(
    name="scattering3d_gradient",
    summary="Gradient of the solid harmonic scattering of volumes: every step transposed, in reverse.",
    more_axes=SCATTERING3D.more_axes,
    inputs=(
        Array(name="dy", axes=SCATTERING3D.output.axes, meaning="gradient of the integrals"),
        *SCATTERING3D.inputs,
    ),
    parameters=SCATTERING3D.parameters,
    output=Array(name="dx", axes=SCATTERING3D.inputs[0].axes, meaning="gradient of the volumes"),
    requires=SCATTERING3D.requires,
    definition=(*bank_stages(), *turns(), *MODULI, *_backward()),
    numbers=("float",),
    source=Source(
        rows=("M-inv", "U14"),
        reference="Griewank & Walther 2008, Evaluating Derivatives, section 3.2; Rockafellar & Wets 1998, Variational Analysis, "
        "section 8.B",
        example=Example(
            inputs={"dy": (((1, 2), (3, 4), (5, 6)),), "x": ((((2, 2),),),)},
            options={"J": 1, "L": 1, "powers": (1, 2)},
            output=((((28, 28),),),),
            cited="of a constant 2 the average hands back dy_1 + 4 dy_2 in every sample, as the volume does, by hand",
        ),
    ),
    conventions=SCATTERING3D.conventions,
    rounding=RelativeTo(("dy",), gradient_growth, gradient_gain),
)
