"""Solid harmonic scattering of volumes: moduli over all orders of a degree, and the integrals of their powers.

A rotation mixes the orders of a degree by a unitary matrix, so the modulus over them moves with the volume, and its integrals
stay. The wavelets are those of `solid_harmonic_bank`.
"""

from collections.abc import Mapping
from itertools import combinations
from math import expm1, log1p, prod, sqrt
from typing import Any

import numpy as np
from sympy import (
    Abs,
    Expr,
    Function,
    I,
    IndexedBase,
    Integer,
    KroneckerDelta,
    Lambda,
    Le,
    Max,
    Min,
    Rational,
    S,
    Sum,
    conjugate,
    exp,
    floor,
    pi,
)
from sympy import sqrt as root

from .code import number
from .configuration import Configuration
from .convolution import SUBNORMALS, at_least_one
from .records import Array, Choice, Example, OperatorSpec, Precondition, Source, Stage
from .rounded import CLASSES
from .scattering_form import ONE, ORDER, TWO, at
from .solid_harmonic_bank import AXES, BINS, DEGREES, LARGEST_DEGREE, PLACES, PSI, SCALES, SIZES, WIDTH, bank_stages
from .spectral_rounding import Homogeneous, Size
from .symbols import CHI, ETA, MU, NU, RHO, TAU, H, J, N, R, array, i

POWER = Function("power")
"""``power(tau)``: the power that stands in column tau."""

EVERY_POWER = (0.5, 1, 2)


def _in_column(powers: tuple[float, ...]) -> Expr:
    """Return the power in column tau."""
    exact = [Rational(power) for power in powers]
    return exact[0] if len(exact) == 1 else sum((KroneckerDelta(TAU, k) * p for k, p in enumerate(exact)), Integer(0))


POWERS = Choice(
    keyword="powers",
    options={
        powers: {R: Integer(count), POWER: Lambda(TAU, _in_column(powers))}
        for count in (3, 2, 1)
        for powers in combinations(EVERY_POWER, count)
    },
    default=EVERY_POWER,
    meaning="the powers of the modulus that are integrated, in rising order",
)

X, Y = array("x"), array("y")
TURN = [array(f"e_{k}") for k in (1, 2, 3)]
U1, U2, S0, S1, S2 = (array(name) for name in ("U_1", "U_2", "S_0", "S_1", "S_2"))


# ---- transforms, axis by axis ----


def turns() -> tuple[Stage, ...]:
    """Return the stages of the entries of the transforms, ``e[f, t] = exp(2 pi i f t / n)``."""
    return tuple(
        Stage(e[f, a.t], exp(2 * I * pi * f * a.t / a.n), (a.n, a.n)) for a, e, f in zip(AXES, TURN, BINS, strict=True)
    )


def _steps(name: str) -> list[IndexedBase]:
    return [array(f"{name}_{k}") for k in ("a", "b", "c")]


def _last(size: Expr, there: Expr) -> Expr:
    """Return the last place of an axis on paths that exist, and -1 on others, of which nothing is computed."""
    return size * Min(1, Max(0, there)) - 1


def transformed(
    name: str,
    signal: IndexedBase,
    path: tuple[Expr, ...],
    extents: tuple[Expr, ...],
    there: Expr = S.One,
) -> tuple[Stage, ...]:
    """Return the stages of the transform of a signal; the last defines ``<name>_c[path, f]``.

    `there` is 1 on paths that exist, and 0 or less on others.
    """
    stages, source = [], signal
    for k, target in enumerate(_steps(name)):
        before, after = (*BINS[:k], *PLACES[k:]), (*BINS[: k + 1], *PLACES[k + 1 :])
        term = source[*path, *before] * conjugate(TURN[k][BINS[k], PLACES[k]])
        total = Sum(term, (PLACES[k], 0, _last(SIZES[k], there)))
        stages.append(Stage(target[*path, *after], total, (*extents, *SIZES)))
        source = target
    return tuple(stages)


def returned(
    name: str, spectrum: Expr, path: tuple[Expr, ...], extents: tuple[Expr, ...], there: Expr = S.One
) -> tuple[Stage, ...]:
    """Return the stages of the transform back from a spectrum; the last defines ``<name>_c[path, t]``."""
    stages, source = [], spectrum
    for k, target in enumerate(_steps(name)):
        after = (*PLACES[: k + 1], *BINS[k + 1 :])
        total = Sum(source * TURN[k][BINS[k], PLACES[k]], (BINS[k], 0, _last(SIZES[k], there))) / SIZES[k]
        stages.append(Stage(target[*path, *after], total, (*extents, *SIZES)))
        source = target[*path, *after]
    return tuple(stages)


# ---- the cascade ----

ORDERS = 2 * ETA + 1 - CHI
"""Above 0 where a degree has the order ``chi - eta``."""


def _modulus(signal: Expr) -> Expr:
    """Return the modulus over all orders of a degree."""
    return root(Sum(Abs(signal) ** 2, (CHI, 0, 2 * ETA)))


def _integral(value: Expr) -> Sum:
    """Return the sum over the volume of the power in column tau."""
    return Sum(value ** POWER(TAU), *((a.t, 0, a.n - 1) for a in AXES))


PAIRS = floor(MU * (MU + 1) / 2)
"""How many pairs of scales up to mu have the first above the second, or equal."""

ROW1 = 1 + MU * (H + 1) + ETA
ROW2 = 1 + J * (H + 1) + (MU * J - PAIRS + NU - MU - 1) * (H + 1) + ETA
"""The rows of paths of one and of two wavelets."""

PATH_COUNT = 1 + ONE * J * (H + 1) + TWO * floor(J * (J - 1) / 2) * (H + 1)

FIRST, SECOND = (N, ONE * J, H + 1), (N, TWO * J, TWO * J, H + 1)
ALL = (2 * H + 1,)
"""The extents of paths of one and of two wavelets, and of the orders of a degree."""

MODULI = (
    *transformed("X", X, (i,), (N,)),
    *returned(
        "V",
        array("X_c")[i, *BINS] * PSI[MU, ETA, CHI, *BINS],
        (i, MU, ETA, CHI),
        (*FIRST, *ALL),
        ORDERS,
    ),
    Stage(U1[i, MU, ETA, *PLACES], _modulus(array("V_c")[i, MU, ETA, CHI, *PLACES]), (*FIRST, *SIZES)),
    *transformed("G", U1, (i, MU, ETA), FIRST),
    *returned(
        "W",
        array("G_c")[i, MU, ETA, *BINS] * PSI[NU, ETA, CHI, *BINS],
        (i, MU, NU, ETA, CHI),
        (*SECOND, *ALL),
        Min(ORDERS, NU - MU),
    ),
    Stage(U2[i, MU, NU, ETA, *PLACES], _modulus(array("W_c")[i, MU, NU, ETA, CHI, *PLACES]), (*SECOND, *SIZES)),
)
"""The transform of the volume, and the moduli of both orders."""

INTEGRALS = (
    Stage(S0[i, TAU], _integral(Abs(X[i, *PLACES])), (N, R)),
    Stage(S1[i, MU, ETA, TAU], _integral(U1[i, MU, ETA, *PLACES]), (*FIRST, R)),
    Stage(S2[i, MU, NU, ETA, TAU], _integral(U2[i, MU, NU, ETA, *PLACES]), (*SECOND, R)),
    Stage(
        Y[i, RHO, TAU],
        at(Integer(0), S0[i, TAU])
        + at(ROW1, S1[i, MU, ETA, TAU], (ETA, 0, H), (MU, 0, ONE * J - 1))
        + at(ROW2, S2[i, MU, NU, ETA, TAU], (ETA, 0, H), (NU, MU + 1, J - 1), (MU, 0, TWO * J - 1)),
    ),
)
"""Their integrals, and all of them row by row."""


# ---- how far a computed integral may be off ----

STORED = 128
"""Roundings of a stored spectrum, at most 1 in modulus: exponentials, powers, and up to nine terms of a polynomial."""


def growth(configuration: Configuration, unit: float, values: Mapping[str, Any]) -> tuple[np.ndarray, ...]:
    """Return how far every integral may be off, relative to the power in its column of the norm of an item.

    With an error of norm e, the integral over V samples of a power 1/2, 1, 2 of a modulus of norm 1 at most is off by no more
    than ``V^(3/4) e^(1/2)``, ``V^(1/2) e`` and ``2 e + e^2``, by the inequalities of Hoelder and Cauchy-Schwarz.

    Returns
    -------
    tuple of one ndarray of shape (classes, 1, paths, powers)
    """
    volume, powers = prod(configuration.values[n.name] for n in SIZES), configuration.words["powers"]
    found = [
        [[integral_off(error, power, volume, unit) for power in powers] for error in _moduli(configuration, unit, ulps)]
        for ulps in CLASSES
    ]
    return (np.array(found)[:, None],)


def _moduli(configuration: Configuration, unit: float, ulps: float) -> list[float]:
    """Return the error of the modulus of every row, relative to the norm of the volume."""
    points, degrees = prod(configuration.values[n.name] for n in SIZES), configuration.values["H"] + 1
    pairs, orders = number(J * (J - 1) / 2, configuration.values), configuration.values["M"]
    signals, rows = [Size(unit)] * degrees, [0.0]
    for paths in (configuration.values["J"], pairs)[:orders]:
        signals = [_filtered(signal, points, degree, ulps) for degree, signal in enumerate(signals)]
        rows += [signal.error for signal in signals] * paths
    return rows


def _filtered(signal: Size, points: int, degree: int, ulps: float) -> Size:
    """Return the size of the modulus over the orders of a degree: their spectra together are at most 1."""
    one = signal.convolved(points, stored=STORED * signal.unit)
    together = Size(signal.unit, signal.norm, sqrt(2 * degree + 1) * one.error)
    return together.added(2 * degree + 4).modulus(ulps)


def integral_off(error: float, power: float, volume: int, unit: float) -> float:
    """Return how far the integral of a power is off, for a modulus of norm 1 at most and an error of that norm."""
    summed, whole = expm1((volume + 4) * log1p(unit)), 1 + error
    if power == 2:
        return error * (2 + error) + summed * whole**2
    return volume ** (1 - power / 2) * (error**power + summed * whole**power)


def powers(configuration: Configuration) -> np.ndarray:
    """Return the power in every column: integrals grow with that power of the volume's norm."""
    return np.array(configuration.words["powers"], np.float64)


SCATTERING3D = OperatorSpec(
    name="scattering3d",
    summary="Integrate powers of the moduli of solid harmonic wavelet transforms of a volume, path by path.",
    more_axes="leading",
    inputs=(Array(name="x", axes=(N, *SIZES), meaning="volumes"),),
    parameters=(SCALES, DEGREES, WIDTH, ORDER, POWERS),
    output=Array(name="y", axes=(N, PATH_COUNT, R), meaning="integrals of powers of moduli"),
    requires=(
        *(at_least_one(n, "the size of the volume") for n in SIZES),
        Precondition(
            code="degree",
            rule=Le(H, LARGEST_DEGREE),
            sentence=f"L must be at most {LARGEST_DEGREE}",
            solved=(H, Min(H, LARGEST_DEGREE)),
        ),
    ),
    definition=(*bank_stages(), *turns(), *MODULI, *INTEGRALS),
    numbers=("float",),
    source=Source(
        rows=("M16", "U14"),
        reference="Eickenberg, Exarchakis, Hirn & Mallat 2017, Solid Harmonic Wavelet Scattering, sections 3 and 4",
        example=Example(
            inputs={"x": ((((2, 2),),),)},
            options={"J": 1, "L": 1, "powers": (1, 2)},
            output=(((4, 8), (4, 8), (0, 0)),),
            cited="an average of weight 1 keeps a constant, wavelets of degree 1 have mean zero, by hand",
        ),
    ),
    conventions=(SUBNORMALS,),
    rounding=Homogeneous(powers, growth),
)
