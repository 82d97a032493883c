"""Wavelet transforms of periodic signals at full rate: analysis, the inverse by the dual frame, and continuous wavelets.

All filters are given by their spectra on the bins of one period, so every row is one cyclic convolution.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from sympy import (
    Eq,
    Expr,
    Function,
    I,
    IndexedBase,
    Integer,
    Lambda,
    Mod,
    Piecewise,
    Rational,
    Sum,
    exp,
    pi,
    re,
    sqrt,
)

from .configuration import Configuration
from .convolution import SUBNORMALS, at_least_one
from .records import Array, Choice, Example, OperatorSpec, Parameter, Source, Stage
from .rounded import CLASSES
from .scattering import FIRSTS, SCALES, SCATTERING1D, SIGNS, WINDOW, A, stored_error
from .scattering_form import at
from .scattering_rounding import GAIN
from .spectral_rounding import Size
from .symbols import MU, OMEGA, Q1, RHO, D, N, P, S, W, array, f, i
from .wavelet_bank import NORMALIZATION, OCTAVES, PHI_HAT, WAVELET, average_stages, bank_stages, frequency

X, Y, Z = (array(name) for name in "xyz")
PERIOD = (P, A.n)
"""Signals are one period of periodic ones."""

ROWS = 1 + (1 + W) * Q1 * D
"""The average and the wavelets."""

QUALITY = Parameter(keyword="Q", symbols=(Q1,), least=1, default=1, meaning="wavelets per octave", scalar=True)
BANK = (SCALES, QUALITY, WINDOW, WAVELET, NORMALIZATION)

H_HAT, FILTERS = array("h_hat"), array("h")
"""The spectra of all rows, and the filters themselves."""


def taps_of(spectra: Expr) -> Expr:
    """Return the sample ``A.t`` of the filter with a spectrum, read at the bin `f`."""
    return Sum(spectra * exp(2 * I * pi * f * A.t / P), (f, 0, P - 1)) / P


def filtered(signal: Expr, filters: IndexedBase, row: Expr) -> Expr:
    """Return the cyclic convolution of a signal, read at ``A.j``, with one of the filters, at ``A.t``."""
    return Sum(signal * filters[row, Mod(A.t - A.j, P)], (A.j, 0, P - 1))


SPECTRA = (
    *average_stages(),
    *bank_stages(1, Q1, W),
    Stage(
        H_HAT[RHO, f],
        at(Integer(0), PHI_HAT[f]) + at(1 + MU, array("psi_1_hat")[MU, f], (MU, 0, FIRSTS - 1)),
        (ROWS, P),
    ),
)
"""The average in row 0, then the wavelets."""


def growth(configuration: Configuration, unit: float, values: Mapping[str, Any]) -> tuple[np.ndarray, ...]:
    """Return how far every entry may be off, relative to the norm of the signal."""
    stored = stored_error(configuration, unit)
    return (_alike(Size(unit).convolved(configuration.values["P"], largest=GAIN, stored=stored).error, 3),)


def _alike(bound: float, rank: int) -> np.ndarray:
    """Return one bound for all accuracy classes and entries."""
    return np.full((len(CLASSES), *(1,) * rank), bound)


WAVELET_TRANSFORM1D = OperatorSpec(
    name="wavelet_transform1d",
    summary="Convolve periodic signals with an average and with wavelets, at full rate.",
    more_axes="leading",
    inputs=(Array(name="x", axes=(N, A.n), meaning="signals, each one period"),),
    parameters=(*BANK, SIGNS),
    output=Array(name="y", axes=(N, ROWS, A.n), meaning="averages, then wavelet coefficients", complex=True),
    requires=SCATTERING1D.requires,
    definition=(
        *SPECTRA,
        Stage(FILTERS[RHO, A.t], taps_of(H_HAT[RHO, f]), (ROWS, P)),
        Stage(Y[i, RHO, A.t], filtered(X[i, A.j], FILTERS, RHO)),
    ),
    numbers=("float", "complex"),
    source=Source(
        rows=("M9", "M10"),
        reference="Mallat 2016, equations (9) and (10)",
        example=Example(
            inputs={"x": ((3, 3, 3, 3),)},
            options={"J": 1, "wavelet": "shannon"},
            output=(((3, 3, 3, 3), (0, 0, 0, 0)),),
            cited="a constant is its average, and meets no wavelet, by hand",
        ),
    ),
    conventions=(SUBNORMALS,),
    rounding=growth,
    where=(OCTAVES, PERIOD),
)

# ---- the inverse ----

FRAME, DUAL, BACK = array("frame"), array("g"), array("back")
"""The energy of all rows at a bin, the filters of the dual frame, and what each row hands back to the signal.

Spectra are real, so to correlate with a dual filter is to convolve with it.
"""

MIRRORED = Mod((2 * W - 1) * f, P)
"""The bin that shares its energy with the bin f: itself for complex signals, its negative for real ones."""


def inverse_growth(configuration: Configuration, unit: float, values: Mapping[str, Any]) -> tuple[np.ndarray, ...]:
    """Return how far every sample may be off, relative to the norm of all rows together.

    The errors of the rows add up to at most ``sqrt(rows)`` times the largest. The dual spectra are quotients h / F: if the
    stored h are off by delta, F is by ``2 sqrt(F rows) delta + rows delta^2``.
    """
    rows, points = configuration.shapes["y"][1:]
    frame = np.array([float(z.real.abs_lower()) for z in values["frame"].values])
    largest = np.array([float(abs(z).abs_upper()) for z in values["h_hat"].values]).reshape(rows, points).max(axis=0)
    delta = stored_error(configuration, unit)
    off = 2 * np.sqrt(frame * rows) * delta + rows * delta**2
    quotient = (delta + largest * off / frame) / np.maximum(frame - off, LEAST) + 4 * unit * largest / frame
    gain = float((largest / frame).max())
    summed = Size(unit).convolved(points, largest=gain, stored=float(quotient.max())).added(rows)
    return (_alike(summed.error * rows**0.5 * (1 + 2.0**-40), 2),)


LEAST = float(np.finfo(np.float64).tiny)

INVERSE_WAVELET_TRANSFORM1D = OperatorSpec(
    name="inverse_wavelet_transform1d",
    summary="Return to periodic signals from their wavelet transforms, by least squares.",
    more_axes="leading",
    inputs=(Array(name="y", axes=(N, ROWS, A.n), meaning="averages, then wavelet coefficients"),),
    parameters=(*BANK, SIGNS),
    output=Array(
        name="x",
        axes=(N, A.n),
        meaning="signals, each one period: real ones of a bank with wavelets of positive frequency only",
        real=(SIGNS.keyword, False),
        complex=True,
    ),
    requires=SCATTERING1D.requires,
    definition=(
        *SPECTRA,
        Stage(FRAME[f], Sum((H_HAT[RHO, f] ** 2 + H_HAT[RHO, MIRRORED] ** 2) / 2, (RHO, 0, ROWS - 1)), (P,)),
        Stage(DUAL[RHO, A.t], taps_of(H_HAT[RHO, f] / FRAME[f]), (ROWS, P)),
        Stage(BACK[i, RHO, A.t], filtered(Y[i, RHO, A.j], DUAL, RHO), (N, ROWS, P)),
        Stage(Z[i, A.t], Sum(BACK[i, RHO, A.t], (RHO, 0, ROWS - 1)), (N, P)),
        Stage(X[i, A.t], Piecewise((re(Z[i, A.t]), Eq(W, 0)), (Z[i, A.t], True))),
    ),
    numbers=("float", "complex"),
    source=Source(
        rows=("M10",),
        reference="Mallat 2009, A Wavelet Tour of Signal Processing, section 5.1.3: the dual frame",
        example=Example(
            inputs={"y": (((3, 3, 3, 3), (0, 0, 0, 0)),)},
            options={"J": 1, "wavelet": "shannon"},
            output=((3, 3, 3, 3),),
            cited="a constant is its average, by hand",
        ),
    ),
    conventions=(SUBNORMALS,),
    rounding=inverse_growth,
    where=(OCTAVES, PERIOD),
)

# ---- continuous wavelets ----

MOTHER = Function("mother")
"""``mother(omega)``: the Fourier transform of a mother wavelet, which is real."""

CENTRE = Integer(6)
"""The centre of the Morlet wavelet in radians per unit of time."""

MORLET_NORM = 1 / sqrt(1 + exp(-(CENTRE**2)) - 2 * exp(-Rational(3, 4) * CENTRE**2))
MOTHERS = {
    "morlet": sqrt(2)
    * pi ** Rational(1, 4)
    * MORLET_NORM
    * (exp(-((OMEGA - CENTRE) ** 2) / 2) - exp(-(OMEGA**2 + CENTRE**2) / 2)),
    "mexican_hat": 2 * sqrt(2) * pi ** Rational(1, 4) / sqrt(3) * OMEGA**2 * exp(-(OMEGA**2) / 2),
}
"""Fourier transforms of wavelets of norm 1 and mean 0: a Gabor function less its mean, and the Gaussian's second derivative."""

CONTINUOUS = Choice(
    keyword="wavelet",
    options={word: {MOTHER: Lambda(OMEGA, spectrum)} for word, spectrum in MOTHERS.items()},
    default="morlet",
    meaning="the mother wavelet",
)
COUNT = Parameter(keyword="scales", symbols=(S,), least=1, default=None, meaning="number of scales", scalar=True)


def scale(place: Expr) -> Expr:
    """Return a scale in samples: from 2 on, Q per octave."""
    return 2 ** (1 + place / Q1)


def dilated(place: Expr, bin_: Expr) -> Expr:
    """Return ``a^(1/2) psi^(a w)`` at the frequency of a bin, the mean of both signs where that is its own negative."""
    turn = 2 * pi * scale(place)
    return sqrt(scale(place)) * (MOTHER(turn * frequency(bin_)) + MOTHER(-turn * frequency(-bin_))) / 2


def continuous_growth(configuration: Configuration, unit: float, values: Mapping[str, Any]) -> tuple[np.ndarray, ...]:
    """Return how far the rows may be off, relative to the norm of the signal; spectra grow with the root of the scale.

    A stored spectrum errs by that of its argument, times the slope of the mother wavelet: together below 128 roundings.
    """
    rows, points = configuration.values["S"], configuration.values["P"]
    largest = np.array([float(abs(z).abs_upper()) for z in values["h_hat"].values]).reshape(rows, points).max(axis=1)
    scales = 2.0 ** (1 + np.arange(rows) / configuration.values["Q_1"])
    sizes = zip(largest, 128 * unit * np.sqrt(scales), strict=True)
    found = [Size(unit).convolved(points, largest=float(gain), stored=float(off)).error for gain, off in sizes]
    return (_alike(1.0, 3) * np.array(found)[:, None],)


CWT = OperatorSpec(
    name="cwt",
    summary="Take continuous wavelet transforms of the trigonometric polynomials through periodic samples.",
    more_axes="leading",
    inputs=(Array(name="x", axes=(N, A.n), meaning="signals, each one period"),),
    parameters=(COUNT, replace(QUALITY, meaning="scales per octave"), CONTINUOUS),
    output=Array(name="y", axes=(N, S, A.n), meaning="wavelet coefficients, scale by scale", complex=True),
    requires=(at_least_one(A.n, "the number of samples"),),
    definition=(
        Stage(H_HAT[MU, f], dilated(MU, f), (S, P)),
        Stage(FILTERS[MU, A.t], taps_of(H_HAT[MU, f]), (S, P)),
        Stage(Y[i, MU, A.t], filtered(X[i, A.j], FILTERS, MU)),
    ),
    numbers=("float", "complex"),
    source=Source(
        rows=("U10", "U11"),
        reference="Mallat 2009, A Wavelet Tour of Signal Processing, equations (4.30) and (4.31); Torrence & Compo 1998, table 1",
        example=Example(
            inputs={"x": ((3, 3, 3),)},
            options={"scales": 2},
            output=(((0, 0, 0), (0, 0, 0)),),
            cited="a constant has no wavelet coefficients, by hand",
        ),
    ),
    conventions=(SUBNORMALS,),
    rounding=continuous_growth,
    where=(PERIOD,),
)
WAVELETS = (WAVELET_TRANSFORM1D, INVERSE_WAVELET_TRANSFORM1D, CWT)
