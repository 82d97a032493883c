"""Wrong definitions of the scattering of signals, for the diagnosis of wrong implementations."""

from collections.abc import Callable, Mapping

from sympy import Abs, Expr, Integer, Rational, pi, re, sqrt

from .scattering import RATE1, RATE2, A
from .stage_edits import Edit, composed, given, put_everywhere, read_as, redefined
from .symbols import MU, Q1, Q2, T, V, f
from .wavelet_bank import BANDPASS, LEVEL, bell, centre, gaussian, width

BANKS = {"psi_1": Q1, "psi_2": Q2}
MODULI = ("U_1", "U_2")

Change = Callable[[Expr], Expr]


def _everywhere(names: tuple[str, ...], change: Change) -> Edit:
    """Return the edit that changes the values of some stages in one way."""
    return composed([redefined(name, change) for name in names])


def _each_modulus(change: Change) -> Edit:
    return _everywhere(MODULI, lambda value: value.replace(lambda e: isinstance(e, Abs), change))


def _times(factor: Expr) -> Change:
    return lambda value: factor * value


def _bands(band: Callable[[Expr, Expr], Expr]) -> Edit:
    """Return the edit that computes the Morlet wavelets anew, from their centre and width."""
    anew = {BANDPASS(MU, f, q): band(centre(MU, q), width(MU, q)) for q in BANKS.values()}
    return put_everywhere(anew)


def _corrected(xi: Expr, sigma: Expr) -> Expr:
    return bell(f, xi, sigma) - bell(f, 0, sigma) * bell(0, xi, sigma) / bell(0, 0, sigma)


def _without_level(value: Expr) -> Expr:
    return value.replace(LEVEL, lambda ratio, least: Integer(1))


def _coarse(name: str, factor: Expr) -> Edit:
    return redefined(name, _times(factor))


SCATTERING_FAULTS: Mapping[str, Mapping[str, Edit]] = {
    "scattering1d": {
        "spectra were periodised by their mean": composed(
            [_coarse("U_2", 1 / RATE1), _coarse("S_1", 1 / RATE1), _coarse("S_2", 1 / RATE2)]
        ),
        "the average were a sum over the output step": redefined("y", _times(A.s)),
        "wavelets had no zero mean": _bands(lambda xi, sigma: bell(f, xi, sigma)),
        "the width of the wavelets were sqrt(2) times as large": _bands(
            lambda xi, sigma: _corrected(xi, sqrt(2) * sigma)
        ),
        "the width of the wavelets were sqrt(1/2) times as large": _bands(
            lambda xi, sigma: _corrected(xi, sigma / sqrt(2))
        ),
        "the centres of the wavelets were an octave lower": _bands(lambda xi, sigma: _corrected(xi / 2, sigma)),
        "the modulus were that of the real part": _each_modulus(lambda e: Abs(re(e.args[0]))),
        "the modulus were squared": _each_modulus(lambda e: e**2),
        "the modulus of the second order were left out": redefined(
            "U_2", lambda value: value.replace(lambda e: isinstance(e, Abs), lambda e: e.args[0])
        ),
        "the energy of the wavelets were not normalised": _everywhere(("psi_1_hat", "psi_2_hat"), _without_level),
        "wavelets lacked the factor sqrt(2)": _everywhere(MODULI, _times(1 / sqrt(2))),
        "pi were 3.1415": put_everywhere({pi: Rational(31415, 10000)}),
        "the average were twice as long": given("phi_hat", gaussian(f).subs(T, 2 * T)),
        "the average were half as long": given("phi_hat", gaussian(f).subs(T, T / 2)),
        "there were no oversampling": put_everywhere({V: Integer(0)}),
        "the second order were left out": read_as("S_2", Integer(0)),
        "the first order were left out": read_as("S_1", Integer(0)),
        "wavelets of the second order had the quality of the first": put_everywhere(
            {BANDPASS(MU, f, Q2): BANDPASS(MU, f, Q1)}
        ),
    }
}
