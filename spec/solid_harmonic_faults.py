"""Wrong definitions of solid harmonic scattering, for the diagnosis of wrong implementations."""

from collections.abc import Callable, Mapping
from math import prod

from sympy import Expr, Integer, KroneckerDelta, Max, Min, Rational, Sum, conjugate, pi, sign

from .functions import direction, power_slope
from .solid_harmonic_bank import BINS, SIDES, SIZES, level
from .stage_edits import Edit, composed, each_value, put_everywhere, read_as, redefined
from .symbols import CHI, ETA, MU, SIGMA, array, i

MODULI = ("U_1", "U_2")
INTEGRALS = ("S_0", "S_1", "S_2")
FREQUENCIES = ("omega_1", "omega_2", "omega_3")
HANDED = ("dU_1_hat", "dX_hat")
WIDTH = 2**MU * SIGMA


def _each(names: tuple[str, ...], change: Callable[[Expr], Expr]) -> Edit:
    return composed([redefined(name, change) for name in names])


def _over_orders(change: Callable[[Sum], Expr]) -> Edit:
    """Return the edit of the sums over the orders of a degree."""
    return _each(MODULI, lambda value: value.replace(lambda e: isinstance(e, Sum), change))


def _without_order_zero(total: Sum) -> Sum:
    kept = 1 - KroneckerDelta(CHI, ETA) * Min(1, ETA)
    return Sum(total.function * kept, *total.limits)


def _from_the_volume() -> Edit:
    return put_everywhere({array("G_c")[i, MU, ETA, *BINS]: array("X_c")[i, *BINS]})


def _one_side(value: Expr) -> Expr:
    """Return a mean over both sides of the highest frequencies with the negative one for both."""
    return value.replace(
        lambda e: isinstance(e, Sum),
        lambda e: (
            8 * Sum(e.function.xreplace({s: Integer(0) for s in SIDES}), *(x for x in e.limits if x[0] not in SIDES))
        ),
    )


def _slopes(change: Callable[[Expr, Expr], Expr]) -> Edit:
    """Return the edit of the derivatives of powers, as functions of the modulus and the power."""
    return each_value(lambda value: value.replace(power_slope, change))


_WAVELETS: Mapping[str, Edit] = {
    "the wavelets were twice as wide": put_everywhere({SIGMA: 2 * SIGMA}),
    "frequencies were multiples of 3.1415": _each(FREQUENCIES, lambda e: e.xreplace({pi: Rational(31415, 10000)})),
    "spectra lacked the factor of their degree": redefined("psi_hat", lambda value: value / level(ETA)),
    "spectra lacked the power of their width": redefined("psi_hat", lambda value: value / WIDTH**ETA),
    "the highest frequency were negative": redefined("solid", _one_side),
    "the second order filtered the volume": _from_the_volume(),
}
"""The faults that the transform and its gradient have in common."""

SOLID_HARMONIC_FAULTS: Mapping[str, Mapping[str, Edit]] = {
    "scattering3d": {
        "the modulus were that of order 0 alone": _over_orders(lambda e: Sum(e.function, (CHI, ETA, ETA))),
        "order 0 were left out": _over_orders(_without_order_zero),
        "no root were taken": _each(MODULI, lambda value: value**2),
        "the integrals were means": _each(INTEGRALS, lambda value: value / prod(SIZES)),
        **_WAVELETS,
        "the second order were left out": read_as("S_2", Integer(0)),
    },
    "scattering3d_gradient": {
        **_WAVELETS,
        "wavelets were not reversed": _each(
            HANDED, lambda e: e.replace(conjugate, lambda spectrum: (-1) ** ETA * conjugate(spectrum))
        ),
        "wavelets handed nothing back": read_as("dX_c", Integer(0)),
        "paths of two wavelets handed nothing back": read_as("dG_c", Integer(0)),
        "moduli handed back along their argument, not its direction": each_value(
            lambda value: value.replace(direction, lambda z, r: z)
        ),
        "the slopes of powers lacked their factor": _slopes(lambda u, power: power_slope(u, power) / power),
        "the square of a modulus lacked the factor 2 in its slope": _slopes(
            lambda u, power: power_slope(u, power) / Max(1, power)
        ),
        "all powers had the slope of the first": _slopes(lambda u, power: power_slope(u, Integer(1))),
        "the sign of the volume were lost": redefined("dx", lambda value: value.replace(sign, lambda x: Integer(1))),
    },
}
