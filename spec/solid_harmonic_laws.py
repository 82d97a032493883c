"""The laws of solid harmonic scattering: what moves a volume on its grid leaves the integrals as they are."""

from collections.abc import Mapping
from typing import Any

from sympy import Expr, Integer, Mod, Symbol

from .laws import AMOUNT, VALUE, Law, Placement, Rearrangement, Transformed
from .solid_harmonic import EVERY_POWER, POWER, POWERS, SCATTERING3D
from .solid_harmonic_bank import AXES, PLACES, SIZES
from .symbols import RHO, TAU, J, N, i

ROWS = ("M16", "U14")
SHIFTS = tuple(Symbol(f"g_{k}", integer=True) for k in (1, 2, 3))
NAMES = ("first", "second", "third")


def _moved(
    rule: str, statement: str, index: tuple[Expr, ...], sizes: tuple[Expr, ...] = SIZES, **more: Any
) -> Rearrangement:
    """Return that a volume whose entries stand at `index` has the same integrals."""
    return Rearrangement(
        name=f"scattering3d: {rule}",
        statement=statement,
        operator=SCATTERING3D,
        other=SCATTERING3D,
        arrays={"x": Placement("x", (i, *PLACES), (i, *index), (N, *sizes))},
        rows=ROWS,
        **more,
    )


def _reversed(axis: int) -> Rearrangement:
    index = tuple(Mod(-t, n) if k == axis else t for k, (t, n) in enumerate(zip(PLACES, SIZES, strict=True)))
    return _moved(
        f"reversing the {NAMES[axis]} axis changes nothing",
        f"With entry -t mod n in the place of entry t of the {NAMES[axis]} axis, the integrals are the same.",
        index,
    )


def _exchanged(first: int, second: int) -> Rearrangement:
    order = [0, 1, 2]
    order[first], order[second] = second, first
    return _moved(
        f"exchanging the {NAMES[first]} and the {NAMES[second]} axis changes nothing",
        "With two axes exchanged, whatever their sizes, the integrals are the same: as after every turn of the cube.",
        tuple(PLACES[k] for k in order),
        tuple(SIZES[k] for k in order),
    )


def _within(
    rule: str, statement: str, words: Mapping[str, Any], options: Mapping[str, Any], column: Expr = TAU
) -> Rearrangement:
    """Return that a smaller call is part of a larger one."""
    return Rearrangement(
        name=f"scattering3d: {rule}",
        statement=statement,
        operator=SCATTERING3D,
        other=SCATTERING3D,
        words=words,
        options=options,
        index=(i, RHO, column),
        rows=ROWS,
    )


def _scaled(power: float) -> Transformed:
    """Return that a factor of the volume comes out to the power of the integral."""
    exponent = POWERS.options[(power,)][POWER].expr
    return Transformed(
        name=f"scattering3d: a factor passes to the power {exponent}",
        statement=f"A factor of the volume is, to the power {exponent}, one of the integrals of that power.",
        operator=SCATTERING3D,
        wrt="x",
        inner=4**AMOUNT * VALUE,
        outer=(4**exponent) ** AMOUNT * VALUE,
        words={"powers": (power,)},
        rows=ROWS,
    )


LAWS: tuple[Law, ...] = (
    _moved(
        "cyclic shifts change nothing",
        "A volume moved by any number of samples along its axes, as on a torus, has the same integrals.",
        tuple(Mod(a.t + g, a.n) for a, g in zip(AXES, SHIFTS, strict=True)),
        free={g: (Integer(0), a.n - 1) for g, a in zip(SHIFTS, AXES, strict=True)},
    ),
    *(_reversed(axis) for axis in range(3)),
    _exchanged(0, 2),
    _exchanged(1, 2),
    Transformed(
        name="scattering3d: it is even",
        statement="A volume and its negative have the same integrals.",
        operator=SCATTERING3D,
        wrt="x",
        inner=-VALUE,
        outer=VALUE,
        rows=ROWS,
    ),
    *map(_scaled, EVERY_POWER),
    _within(
        "paths of one wavelet come first",
        "The rows of max_order=1 are the first of those of max_order=2.",
        {"max_order": 1},
        {"max_order": 2},
    ),
    _within(
        "wider wavelets come last",
        "With max_order=1, the rows of J scales are the first of those of J + 1 scales.",
        {"max_order": 1},
        {"J": J + 1},
    ),
    _within(
        "one power is one column",
        "The integrals of the modulus itself are the second column of those of all powers.",
        {"powers": (1,)},
        {"powers": EVERY_POWER},
        Integer(EVERY_POWER.index(1)),
    ),
)
