"""Wavelet scattering of images: moduli of wavelet transforms of several orientations, averaged, path by path."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from sympy import Integer, Le, Max, Symbol

from .code import number
from .configuration import Configuration
from .convolution import SUBNORMALS
from .records import Array, Example, OperatorSpec, Parameter, Precondition, Source, Stage
from .scattering_form import (
    ORDER,
    OVERSAMPLING,
    SCALES,
    SIGNS,
    STEP,
    Cascade,
    boundary,
    firsts,
    outputs,
    path_count,
    paths,
    rate,
)
from .scattering_rounding import aliased_gain, levelled_error, rows_growth
from .symbols import MU, NU, P1, P2, Axis, J, L, N, V, array, axes
from .wavelet_bank import NORMALIZATION
from .wavelet_bank2d import BANK, filters, spectra

SPATIAL = axes(2)
PERIODS = (P1, P2)
ORIENTATIONS = Parameter(
    keyword="L", symbols=(L,), least=1, default=8, meaning="orientations of the wavelets, in half a turn", scalar=True
)
RATES = tuple(array(f"r_{axis + 1}") for axis in range(2))
CASCADE = Cascade(
    axes=SPATIAL,
    periods=PERIODS,
    first=BANK,
    second=BANK,
    rates=(tuple(r[MU] for r in RATES), tuple(Max(r[MU], r[NU]) for r in RATES)),
)
DISTANCE = (STEP, 2 ** Max(0, J - V))
"""The letter of the distance of output samples, the same on both axes."""


def _reaches(axis: Axis, what: str) -> Precondition:
    return Precondition(
        code=f"scale_at_most_{axis.n}",
        rule=Le(2**J, axis.n),
        sentence=f"2^J must be at most the {what} of the image",
        solved=(axis.n, 2**J * Symbol("windows", integer=True) + Symbol("remainder", integer=True)),
    )


def growth(configuration: Configuration, unit: float, values: Mapping[str, Any]) -> tuple[np.ndarray, ...]:
    """Return how far every row may be off, relative to the norm of an item, see `scattering_rounding.rows_growth`."""
    periods = tuple(configuration.values[p.name] for p in PERIODS)
    return rows_growth(configuration, unit, BANK, periods, *filter_bounds(configuration, unit, values))


def filter_bounds(configuration: Configuration, unit: float, values: Mapping[str, Any]) -> tuple[float, float]:
    """Return bounds on the error of stored spectra, and on the modulus of spectra whose aliases are added."""
    letters, words = configuration.values, configuration.words
    periods = tuple(letters[p.name] for p in PERIODS)
    falling = words["paths"] == "decreasing"
    follows = (
        (letters["L"] * (before + 1) * falling, tuple(number(rate(Integer(before), p), letters) for p in PERIODS))
        for before in range(letters["J"])
    )
    stored = levelled_error(unit, values, "psi", letters["L"] * letters["J"], words["normalization"])
    return stored, aliased_gain(values["psi_2_hat"], periods, follows)


SCATTERING2D = OperatorSpec(
    name="scattering2d",
    summary="Average moduli of wavelet transforms of an image, path by path.",
    more_axes="leading",
    inputs=(Array(name="x", axes=(N, *(a.n for a in SPATIAL)), meaning="images"),),
    parameters=(
        SCALES,
        ORIENTATIONS,
        ORDER,
        boundary({a.n: p for a, p in zip(SPATIAL, PERIODS, strict=True)}),
        paths(BANK, BANK),
        OVERSAMPLING,
        NORMALIZATION,
        SIGNS,
    ),
    output=Array(
        name="y", axes=(N, path_count(BANK), *(outputs(a.n) for a in SPATIAL)), meaning="scattering coefficients"
    ),
    requires=(_reaches(SPATIAL[0], "height"), _reaches(SPATIAL[1], "width")),
    definition=(
        *spectra(),
        *filters(),
        *(Stage(r[MU], rate(BANK.octave(MU), p), (firsts(BANK),)) for r, p in zip(RATES, PERIODS, strict=True)),
        *CASCADE.stages(),
    ),
    numbers=("float", "complex"),
    source=Source(
        rows=("M16", "U14"),
        reference="Mallat 2016, equations (13), (16) to (20); Bruna & Mallat 2013",
        example=Example(
            inputs={"x": (((3, 3), (3, 3)),)},
            options={"J": 1, "max_order": 0},
            output=((((3,),),),),
            cited="an average of weight 1 keeps a constant, by hand",
        ),
    ),
    conventions=(SUBNORMALS,),
    rounding=growth,
    where=(DISTANCE,),
)
