"""Wavelet scattering of signals: moduli of wavelet transforms, averaged, path by path."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from sympy import (
    Abs,
    Expr,
    Function,
    IndexedBase,
    Integer,
    KroneckerDelta,
    Lambda,
    Le,
    Max,
    Min,
    Mod,
    Sum,
    Symbol,
    ceiling,
    floor,
)

from .code import number
from .configuration import Configuration
from .convolution import SUBNORMALS
from .functions import gcd, octaves
from .records import Array, Choice, Example, OperatorSpec, Parameter, Precondition, Source, Stage
from .rounded import CLASSES
from .spectral_rounding import Size
from .symbols import EXTENSION, MU, NU, Q1, Q2, RHO, Axis, D, J, K, M, N, P, T, V, W, array, i
from .wavelet_bank import (
    NORMALIZATION,
    OCTAVES,
    WAVELET,
    average_stages,
    average_taps,
    bank_stages,
    octave,
    taps,
    total,
)

A = Axis.of(0, 1)
KEPT = Function("kept", integer=True)
"""``kept(j, n)``: 1 where the extended signal is a sample of the signal, 0 where it is zero."""

_J, _N = A.j, A.n
BOUNDARY = Choice(
    keyword="boundary",
    options={
        "periodic": {P: A.n, EXTENSION: Lambda((_J, _N), _J), KEPT: Lambda((_J, _N), Integer(1))},
        "zero": {
            P: 2 * A.n,
            EXTENSION: Lambda((_J, _N), Min(_J, _N - 1)),
            KEPT: Lambda((_J, _N), Max(0, Min(1, _N - _J))),
        },
        "symmetric": {
            P: 2 * A.n,
            EXTENSION: Lambda((_J, _N), Min(_J, 2 * _N - 1 - _J)),
            KEPT: Lambda((_J, _N), Integer(1)),
        },
        "reflect": {
            P: Max(1, 2 * A.n - 2),
            EXTENSION: Lambda((_J, _N), Min(_J, Max(0, 2 * _N - 2 - _J))),
            KEPT: Lambda((_J, _N), Integer(1)),
        },
    },
    default="periodic",
    meaning="how the signal goes on: as its own copies, zeros, or mirror images with or without the outermost sample twice",
)

SCALES = Parameter(
    keyword="J", symbols=(J,), least=1, default=None, meaning="octaves; averages over 2^J samples", scalar=True
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
OVERSAMPLING = Parameter(
    keyword="oversampling",
    symbols=(V,),
    least=0,
    default=0,
    meaning="octaves by which every rate is raised",
    scalar=True,
)
ORDER = Choice(
    keyword="max_order",
    options={order: {M: Integer(order)} for order in (2, 1, 0)},
    default=2,
    meaning="the largest number of moduli on a path",
)
SIGNS = Choice(
    keyword="two_sided",
    options={False: {W: Integer(0)}, True: {W: Integer(1)}},
    default=False,
    meaning="whether the first order has wavelets of negative frequency too, for complex signals",
)

FIRST, OFFSET = Function("first", integer=True), Function("offset", integer=True)
"""``first(mu)``: the first wavelet after mu on a path; ``offset(mu)``: paths of two wavelets before those that begin with mu."""

SIGN = floor(MU / Max(1, total(Q1)))


def _decreasing(mu: Expr) -> Expr:
    """Return how many pairs of falling frequency begin with a wavelet before mu, among those of positive frequency."""
    a, r = octave(mu, Q1), Mod(Mod(mu, Max(1, total(Q1))), Q1)
    return Q2 * (Q1 * (a * (D - 1) - a * (a - 1) / 2) + r * (D - 1 - a))


DECREASING_PAIRS = floor(Q1 * Q2 * D * (D - 1) / 2)
PATHS = Choice(
    keyword="paths",
    options={
        "decreasing": {
            FIRST: Lambda(MU, Q2 * (octave(MU, Q1) + 1)),
            OFFSET: Lambda(MU, SIGN * DECREASING_PAIRS + floor(_decreasing(MU))),
            K: DECREASING_PAIRS,
        },
        "all": {
            FIRST: Lambda(MU, Integer(0)),
            OFFSET: Lambda(MU, MU * total(Q2)),
            K: total(Q1) * total(Q2),
        },
    },
    default="decreasing",
    meaning="which wavelets follow one another on a path: those of lower octaves, or all",
)

FIRSTS = (1 + W) * total(Q1)
"""The wavelets of the first order."""


def rate(exponent: Expr) -> Expr:
    """Return the distance of samples in an octave: a power of 2, less the oversampling, as far as it divides the period."""
    return gcd(2 ** Max(0, exponent - V), P)


STEP = (A.s, 2 ** Max(0, octaves(T + 1) - 1 - V))
"""The letter of the distance of output samples: the largest power of 2 up to T, less the oversampling."""


def outputs(n: Expr) -> Expr:
    """Return the number of output samples: those at 0, step, 2 step .. below n."""
    return ceiling(n / A.s)


X, Z, U1, U2, Y = (array(name) for name in ("x", "z", "U_1", "U_2", "y"))
PHI, PSI1, PSI2 = (array(name) for name in ("phi", "psi_1", "psi_2"))
R1, R2 = array("r_1"), array("r_2")
RATE1, RATE2 = R1[MU], Max(R1[MU], R2[NU])

ONE, TWO = Min(1, M), Max(0, M - 1)
"""1 where there are paths of that many wavelets."""

PATH_COUNT = 1 + ONE * FIRSTS + TWO * (1 + W) * K
ROW2 = 1 + FIRSTS + OFFSET(MU) + NU - FIRST(MU)
"""The row of a path of two wavelets."""


def averaged(signal: Expr, distance: Expr) -> Expr:
    """Return the average of a signal whose samples, read at ``A.j``, are `distance` apart, at the output samples."""
    tap = Mod(A.s * A.t - distance * A.j, P)
    return distance * Sum(signal * PHI[Integer(0), tap], (A.j, 0, floor(P / distance) - 1))


def filtered(signal: Expr, distance: Expr, filters: IndexedBase, wavelet: Expr, rate_: Expr) -> Expr:
    """Return the modulus of the convolution with a wavelet, at samples `rate_` apart, of a signal as in `averaged`."""
    tap = Mod(rate_ * A.t - distance * A.j, P)
    return Abs(distance * Sum(signal * filters[wavelet, tap], (A.j, 0, floor(P / distance) - 1)))


def at(row: Expr, value: Expr, *ranges: tuple[Expr, Expr, Expr]) -> Expr:
    """Return what a family of paths contributes to a row: its value at the path that stands there."""
    chosen = KroneckerDelta(RHO, row) * value
    return Sum(chosen, *ranges) if ranges else chosen


S0, S1, S2 = (array(name) for name in ("S_0", "S_1", "S_2"))
CASCADE = (
    Stage(R1[MU], rate(octave(MU, Q1)), (FIRSTS,)),
    Stage(R2[NU], rate(octave(NU, Q2)), (total(Q2),)),
    Stage(Z[i, A.j], X[i, EXTENSION(A.j, A.n)] * KEPT(A.j, A.n), (N, P)),
    Stage(U1[i, MU, A.t], filtered(Z[i, A.j], Integer(1), PSI1, MU, RATE1), (N, ONE * FIRSTS, P)),
    Stage(
        U2[i, MU, NU, A.t],
        filtered(U1[i, MU, A.j], RATE1, PSI2, NU, RATE2),
        (N, TWO * FIRSTS, TWO * total(Q2), P),
    ),
    Stage(S0[i, A.t], averaged(Z[i, A.j], Integer(1)), (N, outputs(A.n))),
    Stage(S1[i, MU, A.t], averaged(U1[i, MU, A.j], RATE1), (N, ONE * FIRSTS, outputs(A.n))),
    Stage(
        S2[i, MU, NU, A.t],
        averaged(U2[i, MU, NU, A.j], RATE2),
        (N, TWO * FIRSTS, TWO * total(Q2), outputs(A.n)),
    ),
    Stage(
        Y[i, RHO, A.t],
        at(Integer(0), S0[i, A.t])
        + at(1 + MU, S1[i, MU, A.t], (MU, 0, ONE * FIRSTS - 1))
        + at(ROW2, S2[i, MU, NU, A.t], (NU, FIRST(MU), total(Q2) - 1), (MU, 0, TWO * FIRSTS - 1)),
    ),
)
"""The rates, the signal, its moduli, their averages, and all of them row by row."""


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
    """Return how far every row may be off, relative to the norm of an item, for all accuracy classes of the modulus.

    Returns
    -------
    tuple of one ndarray of shape (classes, 1, paths, 1)
    """
    orders, stored = _orders(configuration), stored_error(configuration, unit)
    largest = gain(configuration, values)
    by_class = [_growth_by_order(configuration, unit, ulps, stored, largest) for ulps in CLASSES]
    return (np.array([[[[by_order[order]] for order in orders]] for by_order in by_class]),)


def _orders(configuration: Configuration) -> list[int]:
    """Return the number of wavelets on the path of every row."""
    first, pairs = (number(e, configuration.values) for e in (ONE * FIRSTS, TWO * (1 + W) * K))
    return [0] + [1] * first + [2] * pairs


def _growth_by_order(
    configuration: Configuration, unit: float, ulps: float, stored: float, largest: float
) -> list[float]:
    """Return the error of the average after no, one and two moduli."""
    period, folds = configuration.values["P"], configuration.values[A.s.name]
    signal, errors = Size(unit, norm=extension_gain(configuration)), []
    for _ in range(3):
        errors.append(signal.convolved(period, largest=largest, stored=stored, folds=folds).error)
        signal = signal.convolved(period, largest=largest, stored=stored, folds=folds).modulus(ulps)
    return errors


GAIN = 2.0
"""Bounds the modulus of spectra of which no more than one alias counts: sqrt(2) where the energy is at most 1."""


def gain(configuration: Configuration, values: Mapping[str, Any]) -> float:
    """Return a bound on the modulus of every spectrum, its aliases added, at every rate at which a path reads it.

    Where all wavelets follow one another, those of high frequency meet signals of low rates, and many of their aliases count.
    """
    letters, found = configuration.values, [GAIN]
    psi = np.array([float(abs(z).abs_upper()) for z in values["psi_2_hat"].values]).reshape(-1, letters["P"])
    for before in range(letters["D"]):
        first = letters["Q_2"] * (before + 1) if configuration.words["paths"] == "decreasing" else 0
        aliases = number(rate(Integer(before)), letters)
        folded = psi[first:].reshape(len(psi) - first, aliases, letters["P"] // aliases).sum(axis=1)
        found.append(float(folded.max(initial=0.0)) * (1 + 2.0**-40))
    return max(found)


def extension_gain(configuration: Configuration) -> float:
    """Return how much larger the norm of the extended signal may be: no sample occurs more than twice."""
    return 1.0 if configuration.words["boundary"] in ("periodic", "zero") else 2.0**0.5


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
        taps("psi_2", total(Q2)),
        *CASCADE,
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
