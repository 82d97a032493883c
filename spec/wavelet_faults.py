"""Wrong definitions of wavelet transforms and Gabor functions, for the diagnosis of wrong implementations."""

from collections.abc import Mapping

from sympy import Expr, Mod, Rational, cos, exp, pi, re, sin, sqrt

from .gabor import ALONG
from .scattering_faults import SCATTERING_FAULTS
from .stage_edits import Change, Edit, put_everywhere, read_as, redefined
from .symbols import ALPHA, BETA, MU, OMEGA, PSI, Q1, THETA, P, f, i
from .wavelet import CWT, INVERSE_WAVELET_TRANSFORM1D, MIRRORED, MOTHER, WAVELET_TRANSFORM1D, A, scale


def _times(factor: Expr) -> Change:
    return lambda value: factor * value


_TAP = Mod(A.t - A.j, P)
_BANK: Mapping[str, Edit] = {
    clause: SCATTERING_FAULTS["scattering1d"][clause]
    for clause in (
        "wavelets had no zero mean",
        "the width of the wavelets were sqrt(2) times as large",
        "the width of the wavelets were sqrt(1/2) times as large",
        "the centres of the wavelets were an octave lower",
        "the energy of the wavelets were not normalised",
        "pi were 3.1415",
        "the average were twice as long",
        "the average were half as long",
    )
}
"""Wrong banks: those of scattering."""

_TRANSFORM: Mapping[str, Edit] = {
    **_BANK,
    "wavelets lacked the factor sqrt(2)": redefined("psi_1_hat", _times(1 / sqrt(2))),
    "signals were correlated with the filters": put_everywhere({_TAP: Mod(A.j - A.t, P)}),
    "the imaginary part were dropped": redefined("y", re),
}
_INVERSE: Mapping[str, Edit] = {
    **_BANK,
    "rows were added without the dual": read_as("frame", Rational(1)),
    "the energy of a bin left out its negative": put_everywhere({MIRRORED: f}),
    "spectra were divided by the root of the energy": redefined("frame", sqrt),
    "rows were correlated with the dual": put_everywhere({_TAP: Mod(A.j - A.t, P)}),
}
_CONTINUOUS: Mapping[str, Edit] = {
    "dilated wavelets were not normalised": redefined("h_hat", _times(1 / sqrt(scale(MU)))),
    "dilated wavelets kept their L1 norm": redefined("h_hat", _times(1 / scale(MU))),
    "scales began at one sample": put_everywhere({scale(MU): 2 ** (MU / Q1)}),
    "scales fell": put_everywhere({scale(MU): 2 ** (1 - MU / Q1)}),
    "the wavelet were not conjugated": redefined("h_hat", lambda value: value.replace(MOTHER, lambda w: MOTHER(-w))),
    "pi were 3.1415": put_everywhere({pi: Rational(31415, 10000)}),
    "the imaginary part were dropped": redefined("y", re),
}


RADIANS = Rational("0.01745329251994329576923691")
"""A degree, to more digits than a double has."""


def _halved(value: Expr) -> Expr:
    return value.replace(exp, lambda exponent: exp(exponent / 2))


_GABOR: Mapping[str, Edit] = {
    "the wave were turned the other way": put_everywhere({sin(THETA): -sin(THETA)}),
    "the direction were in degrees": put_everywhere({THETA: RADIANS * THETA}),
    "alpha and beta were exchanged": put_everywhere({ALPHA: BETA, BETA: ALPHA}),
    "the Gaussian were round": put_everywhere({BETA: ALPHA}),
    "the exponent were halved": redefined("y", _halved),
    "a cosine stood in the place of the sine": redefined("y", lambda value: value.replace(sin, cos)),
    "the phase were multiplied by the frequency": put_everywhere({OMEGA * ALONG[i] + PSI: OMEGA * (ALONG[i] + PSI)}),
}
WAVELET_FAULTS: Mapping[str, Mapping[str, Edit]] = {
    WAVELET_TRANSFORM1D.name: _TRANSFORM,
    INVERSE_WAVELET_TRANSFORM1D.name: _INVERSE,
    CWT.name: _CONTINUOUS,
    "gabor": _GABOR,
}
