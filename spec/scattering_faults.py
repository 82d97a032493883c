"""Wrong definitions of the scattering of signals and of images, for the diagnosis of wrong implementations."""

from collections.abc import Callable, Mapping
from math import prod

from sympy import Abs, Expr, Integer, Min, Mod, Rational, cos, floor, pi, re, sin, sqrt

from . import scattering, scattering2d, wavelet_bank2d
from .scattering_form import STEP, Cascade
from .stage_edits import Edit, composed, given, put_everywhere, read_as, redefined
from .symbols import F1, F2, MU, P1, P2, Q1, Q2, J, L, T, V, f
from .wavelet_bank import BANDPASS, LEVEL, bell, centre, gaussian, width
from .wavelet_bank2d import BANK, CENTRES, HERE

BANKS = {"psi_1": Q1, "psi_2": Q2}
MODULI, SPECTRA = ("U_1", "U_2"), ("psi_1_hat", "psi_2_hat")
ROUGHLY_PI = {pi: Rational(31415, 10000)}

Change = Callable[[Expr], Expr]


def _everywhere(names: tuple[str, ...], change: Change) -> Edit:
    """Return the edit that changes the values of some stages in one way."""
    return composed([redefined(name, change) for name in names])


def _each_modulus(change: Change) -> Edit:
    return _everywhere(MODULI, lambda value: value.replace(lambda e: isinstance(e, Abs), change))


def _times(factor: Expr) -> Change:
    return lambda value: factor * value


def _without_level(value: Expr) -> Expr:
    return value.replace(LEVEL, lambda ratio, least: Integer(1))


# ---- cascades ----


def _periodised_by_mean(cascade: Cascade) -> Edit:
    """Return the edit that divides what is read from coarse samples by how coarse they are."""
    one, two = (prod(distances) for distances in cascade.rates)
    coarse = {"U_2": one, "S_1": one, "S_2": two}
    return composed([redefined(name, _times(1 / rate)) for name, rate in coarse.items()])


def _cascade_faults(cascade: Cascade) -> Mapping[str, Edit]:
    """Return the faults that signals and images have in common."""
    return {
        "spectra were periodised by their mean": _periodised_by_mean(cascade),
        "the average were a sum over the output step": redefined("y", _times(STEP ** len(cascade.axes))),
        "the modulus were that of the real part": _each_modulus(lambda e: Abs(re(e.args[0]))),
        "the modulus were squared": _each_modulus(lambda e: e**2),
        "the modulus of the second order were left out": redefined(
            "U_2", lambda value: value.replace(lambda e: isinstance(e, Abs), lambda e: e.args[0])
        ),
        "the energy of the wavelets were not normalised": _everywhere(SPECTRA, _without_level),
        "wavelets lacked the factor sqrt(2)": _everywhere(MODULI, _times(1 / sqrt(2))),
        "there were no oversampling": put_everywhere({V: Integer(0)}),
        "the second order were left out": read_as("S_2", Integer(0)),
        "the first order were left out": read_as("S_1", Integer(0)),
    }


# ---- banks of signals ----


def _bands(band: Callable[[Expr, Expr], Expr]) -> Edit:
    """Return the edit that computes the Morlet wavelets anew, from their centre and width."""
    anew = {BANDPASS(MU, f, q): band(centre(MU, q), width(MU, q)) for q in BANKS.values()}
    return put_everywhere(anew)


def _corrected(xi: Expr, sigma: Expr) -> Expr:
    return bell(f, xi, sigma) - bell(f, 0, sigma) * bell(0, xi, sigma) / bell(0, 0, sigma)


# ---- banks of images ----

ANGLE, OCTAVE = Mod(MU, L), BANK.octave(MU)
"""The number of the angle of a wavelet of images, and its octave."""


def _whole(value: Expr) -> Expr:
    """Return a raw spectrum without the bins on which that of the angle 0 vanishes."""
    return value.args[-1][0]


def _angles(angle: Expr) -> Edit:
    """Return the edit that gives the wavelets other angles."""
    return composed([given("sine", sin(angle)), given("cosine", cos(angle)), redefined("psi_raw", _whole)])


def _slanted(slant: Expr) -> Edit:
    """Return the edit that gives the bells another slant."""
    centred = {"psi_bell": CENTRES[MU], "psi_low": Integer(0)}
    return composed([given(name, wavelet_bank2d.bell(place, slant)) for name, place in centred.items()])


def _averaged(octave: Expr) -> Edit:
    """Return the edit that gives images the average of another octave."""
    average = wavelet_bank2d.gaussian(F1, P1) * wavelet_bank2d.gaussian(F2, P2)
    return given("phi_hat", average.xreplace({J: octave}))


def _without(last: Expr) -> Edit:
    """Return the edit that leaves out the wavelets of which an expression is 0; of others it is above."""
    return _everywhere(SPECTRA, lambda value: Min(1, last) * value)


SCATTERING_FAULTS: Mapping[str, Mapping[str, Edit]] = {
    "scattering1d": {
        **_cascade_faults(scattering.CASCADE),
        "wavelets had no zero mean": _bands(lambda xi, sigma: bell(f, xi, sigma)),
        "the width of the wavelets were sqrt(2) times as large": _bands(
            lambda xi, sigma: _corrected(xi, sqrt(2) * sigma)
        ),
        "the width of the wavelets were sqrt(1/2) times as large": _bands(
            lambda xi, sigma: _corrected(xi, sigma / sqrt(2))
        ),
        "the centres of the wavelets were an octave lower": _bands(lambda xi, sigma: _corrected(xi / 2, sigma)),
        "pi were 3.1415": put_everywhere(ROUGHLY_PI),
        "the average were twice as long": given("phi_hat", gaussian(f).subs(T, 2 * T)),
        "the average were half as long": given("phi_hat", gaussian(f).subs(T, T / 2)),
        "wavelets of the second order had the quality of the first": put_everywhere(
            {BANDPASS(MU, f, Q2): BANDPASS(MU, f, Q1)}
        ),
    },
    "scattering2d": {
        **_cascade_faults(scattering2d.CASCADE),
        "wavelets had no zero mean": given("psi_raw", sqrt(2) * HERE[MU, F1, F2]),
        "the width of the wavelets were sqrt(2) times as large": redefined("sharpness", _times(Rational(1, 2))),
        "the width of the wavelets were sqrt(1/2) times as large": redefined("sharpness", _times(Integer(2))),
        "the centres of the wavelets were an octave lower": redefined("centre", _times(Rational(1, 2))),
        "pi were 3.1415 in angles and widths": _everywhere(
            ("sine", "cosine", "sharpness", "phi_hat"), lambda value: value.xreplace(ROUGHLY_PI)
        ),
        "the average were twice as long": _averaged(J + 1),
        "the average were half as long": _averaged(J - 1),
        "the axes were exchanged": _angles(pi / 2 - pi * ANGLE / L),
        "the angles turned the other way": _angles(-pi * ANGLE / L),
        "the angles ran from the last to the first": _angles(pi * (L - 1 - ANGLE) / L),
        "the angles ran down from below a right angle": _angles(pi * (floor(L / 2) - 1 - ANGLE) / L),
        "the angles spanned a whole turn": _angles(2 * pi * ANGLE / L),
        "the wavelets had no slant": _slanted(Integer(1)),
        "the slant were inverted": _slanted(4 / L),
        "the last octave were left out": _without(J - 1 - OCTAVE),
        "the last angle were left out": _without(L - 1 - ANGLE),
    },
}
