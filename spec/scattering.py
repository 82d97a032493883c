"""Wavelet scattering of signals: moduli of wavelet transforms, averaged, path by path."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from sympy import Integer, Le, Max, Min, Symbol

from .code import number
from .configuration import Configuration
from .convolution import SUBNORMALS
from .functions import octaves
from .records import Array, Example, OperatorSpec, Parameter, Precondition, Source, Stage
from .scattering_form import (
    ORDER,
    OVERSAMPLING,
    SCALES,
    SIGNS,
    A,
    Cascade,
    boundary,
    firsts,
    outputs,
    path_count,
    paths,
    rate,
    row_of_pair,
)
from .scattering_rounding import aliased_gain, rows_growth
from .symbols import MU, NU, Q1, Q2, D, J, N, P, T, V, W, array
from .wavelet_bank import (
    NORMALIZATION,
    OCTAVES,
    WAVELET,
    Bank,
    average_stages,
    average_taps,
    bank_stages,
    taps,
)

QUALITY = Parameter(
    keyword="Q",
    symbols=(Q1, Q2),
    least=1,
    default=1,
    meaning="wavelets per octave, in the first order and in later ones",
)
WINDOW = Parameter(
    keyword="T",
    symbols=(T,),
    least=1,
    default=None,
    meaning="samples that are averaged over; 2^J if None",
    scalar=True,
    named={None: (2**J,)},
)
STEP = (A.s, 2 ** Max(0, octaves(T + 1) - 1 - V))
"""The letter of the distance of output samples: the largest power of 2 up to T, less the oversampling."""

FIRST_BANK, SECOND_BANK = Bank(Q1, D), Bank(Q2, D)
BOUNDARY, PATHS = boundary({A.n: P}), paths(FIRST_BANK, SECOND_BANK)
FIRSTS, PATH_COUNT, ROW2 = firsts(FIRST_BANK), path_count(FIRST_BANK), row_of_pair(FIRST_BANK)
"""The wavelets of the first order, all paths, and the row of a path of two wavelets."""

R1, R2 = array("r_1"), array("r_2")
RATE1, RATE2 = R1[MU], Max(R1[MU], R2[NU])
RATES = (
    Stage(R1[MU], rate(FIRST_BANK.octave(MU), P), (FIRSTS,)),
    Stage(R2[NU], rate(SECOND_BANK.octave(NU), P), (SECOND_BANK.count,)),
)
"""How far apart samples are after one wavelet, and after two."""

CASCADE = Cascade(axes=(A,), periods=(P,), first=FIRST_BANK, second=SECOND_BANK, rates=((RATE1,), (RATE2,)))


def _reaches(what: str) -> Precondition:
    return Precondition(
        code=f"{what}_at_most_n",
        rule=Le({"scale": 2**J, "window": T}[what], A.n),
        sentence={
            "scale": "2^J must be at most the length of the signal",
            "window": "T must be at most the length of the signal",
        }[what],
        solved={
            "scale": (A.n, 2**J * Symbol("windows", integer=True) + Symbol("remainder", integer=True)),
            "window": (T, Min(T, A.n)),
        }[what],
    )


def growth(configuration: Configuration, unit: float, values: Mapping[str, Any]) -> tuple[np.ndarray, ...]:
    """Return how far every row may be off, relative to the norm of an item, see `scattering_rounding.rows_growth`."""
    periods = (configuration.values["P"],)
    stored, largest = stored_error(configuration, unit), gain(configuration, values)
    return rows_growth(configuration, unit, FIRST_BANK, periods, stored, largest)


def gain(configuration: Configuration, values: Mapping[str, Any]) -> float:
    """Return a bound on the modulus of every spectrum, its aliases added, see `scattering_rounding.aliased_gain`."""
    letters, falling = configuration.values, configuration.words["paths"] == "decreasing"
    follows = (
        (letters["Q_2"] * (before + 1) * falling, (number(rate(Integer(before), P), letters),))
        for before in range(letters["D"])
    )
    return aliased_gain(values["psi_2_hat"], (letters["P"],), follows)


def stored_error(configuration: Configuration, unit: float) -> float:
    """Return how far a stored spectrum may be off: some roundings of its own, and of ``1 - |phi|^2`` near frequency zero."""
    lowest = 1 - (2.0 * configuration.values["T"] / configuration.values["P"]) ** 2
    return 64 * unit * (1 + configuration.values["P"] / configuration.values["T"]) if lowest < 1 else 64 * unit


SCATTERING1D = OperatorSpec(
    name="scattering1d",
    summary="Average moduli of wavelet transforms of a signal, path by path.",
    more_axes="leading",
    inputs=(Array(name="x", axes=(N, A.n), meaning="signals"),),
    parameters=(SCALES, QUALITY, WINDOW, ORDER, BOUNDARY, PATHS, OVERSAMPLING, WAVELET, NORMALIZATION, SIGNS),
    output=Array(name="y", axes=(N, PATH_COUNT, outputs(A.n)), meaning="scattering coefficients"),
    requires=(_reaches("scale"), _reaches("window")),
    definition=(
        *average_stages(),
        *bank_stages(1, Q1, W),
        *bank_stages(2, Q2, Integer(0)),
        average_taps(),
        taps("psi_1", FIRSTS),
        taps("psi_2", SECOND_BANK.count),
        *RATES,
        *CASCADE.stages(),
    ),
    numbers=("float", "complex"),
    source=Source(
        rows=("M16", "U14"),
        reference="Mallat 2016, equations (13), (16) to (20); Bruna & Mallat 2013",
        example=Example(
            inputs={"x": ((3, 3, 3, 3),)},
            options={"J": 1, "max_order": 0},
            output=(((3, 3),),),
            cited="an average of weight 1 keeps a constant, by hand",
        ),
    ),
    conventions=(SUBNORMALS,),
    rounding=growth,
    where=(OCTAVES, STEP),
)
