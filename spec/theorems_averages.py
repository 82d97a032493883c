"""Theorems about averages: signs that a second modulus would not change, and coarse filters (U16, M12, M17, M20)."""

from fractions import Fraction
from functools import reduce

from flint import acb, arb, ctx
from sympy import Eq, Ge, Symbol, symbols

from .activation import MODULUS, RELU
from .configuration import bind
from .evidence import (
    Derived,
    Theorem,
    certify,
    exhaust,
    for_all,
    prove_by_identity,
    weakest,
)
from .harmonic import PRECISION, plan
from .logic import Obligation
from .scattering import SCATTERING1D
from .scattering_numeric import Signal, balls, convolved, difference, record_bank, spectrum
from .theorems_activation import value
from .theorems_frame import folding
from .theorems_scattering import SMALL

# ---- signs ----

TAP, SAMPLE = symbols("f u", real=True)


def _stays_positive() -> tuple[Obligation, ...]:
    """A sum of products of taps and samples >= 0, one product after the other; modulus and rectifier leave it as it is."""
    total = Symbol("t", real=True)
    given = tuple(Ge(v, 0) for v in (total, TAP, SAMPLE))
    return (
        Obligation("one more product", given, Ge(total + TAP * SAMPLE, 0)),
        *(Obligation(record.name, (Ge(total, 0),), Eq(value(record, total), total)) for record in (MODULUS, RELU)),
    )


LEFT_OUT = arb(2) ** -180
"""More than the periods weigh that the record's Gaussian leaves out, exp(-128) of its peak."""

FINE = 256
"""Bits of balls that show so small a number."""


POSITIVE_CASES = ((4, 1), (9, 2), (16, 3), (33, 8), (64, 1), (64, 32))
"""Periods and lengths T."""


def _has_positive_taps(case: tuple[int, int]) -> bool:
    n, T = case
    taps_of = plan(bind(SCATTERING1D, {"x": (1, n)}, {"J": 1, "T": T}), FINE)["phi"].values
    with ctx.workprec(FINE):
        return all(tap.real > -LEFT_OUT for tap in taps_of)


def _distance_of_modulus(x: Signal, phi_hat: Signal) -> arb:
    """Return how far the modulus of an average is from the average, at most over all samples."""
    with ctx.workprec(PRECISION):
        average = convolved(spectrum(x), phi_hat)
        return reduce(arb.max, (abs(abs(z.real) - z.real) for z in average))


def signed_counterexample() -> str | None:
    """Return the smallest signal, below 0, whose average a modulus changes, and the smallest average with a negative tap."""
    if not _distance_of_modulus(balls([-1]), balls([1])) > 0:
        return None
    for n in range(2, 9):
        phi_hat = record_bank(n, J=1, wavelet="meyer", normalization="tight").phi
        impulse = balls([1] + [0] * (n - 1))
        if _distance_of_modulus(impulse, phi_hat) > SMALL:
            with ctx.workprec(PRECISION):
                least = min(float(z.real) for z in convolved(spectrum(impulse), phi_hat))
            return (
                f"x = (-1), phi = (1): |x * phi| = 1; x = (1, 0, ..) and Meyer's average, n = {n}: a tap is {least:.4f}"
            )
    return None


# ---- rates ----


FOLDED_CASES = tuple((n, d) for n in (9, 12, 16) for d in range(1, n + 1) if n % d == 0)


def _folds(case: tuple[int, int]) -> bool:
    """Whether the taps of the record's filters at a coarse rate, times the distance, have the folded spectrum."""
    n, distance = case
    bank = record_bank(n, J=2)
    with ctx.workprec(PRECISION):
        for h_hat in (bank.phi, *bank.psi):
            coarse = spectrum([distance * tap for tap in acb.dft(h_hat, inverse=True)[::distance]])
            folded = [sum(h_hat[w :: n // distance], acb(0)) for w in range(n // distance)]
            if not all(abs(z) < SMALL for z in difference(coarse, folded)):
                return False
    return True


def mean_counterexample() -> str | None:
    """Return the smallest filter that is wrong where spectra are folded by their mean: the average of two samples."""
    spectrum_of_average, constant = [1, 0], 1
    by_sum, by_mean = sum(spectrum_of_average), Fraction(sum(spectrum_of_average), 2)
    if by_sum * constant != 1 or by_mean * constant == 1:
        return None
    return f"P = 2, phi^ = (1, 0), x = (1, 1), every 2: the average is 1, by sums {by_sum}, by means {by_mean}"


THEOREMS = (
    for_all(
        "scattering: averages of moduli are >= 0 where the taps are",
        "Sums of products of taps >= 0 and moduli are >= 0, so S_k >= 0 for k >= 1; there modulus and rectifier change nothing "
        "and may be left out.",
        ("M17", "M20", "U16"),
        Derived(_stays_positive),
    ),
    Theorem(
        name="scattering1d: the Gaussian average has taps >= 0",
        statement="No tap is below -2^-180: less than the periods weigh that its spectrum leaves out.",
        formula=("phi[t] > -2^-180", SCATTERING1D),
        rows=("M20", "U16"),
        proof=lambda claim: exhaust(claim, POSITIVE_CASES, _has_positive_taps, "n <= 64, T <= 32, balls of 256 bits"),
    ),
    Theorem(
        name="scattering: a modulus after an average may change signed signals, and averages with taps below 0",
        statement="Erratum: an averaging filter computes positive coefficients only from positive samples, with taps >= 0; "
        "Meyer's average has taps below 0.",
        formula="exists x: |x * phi| != x * phi; exists x >= 0, Meyer: |x * phi| != x * phi",
        rows=("M17", "M19", "M20"),
        proof=lambda claim: certify(claim, signed_counterexample, "balls of 128 bits"),
    ),
    Theorem(
        name="scattering1d: filters at a coarse rate have folded spectra",
        statement="d h[d t] has the spectrum sum over k < d of h^(w + k P/d): filters are folded by sums, so subsampling "
        "commutes with them.",
        formula=(folding(), SCATTERING1D),
        rows=("U14", "M16", "M12"),
        proof=lambda claim: weakest(
            claim,
            [
                prove_by_identity(claim, folding()),
                exhaust(claim, FOLDED_CASES, _folds, "n <= 16, all filters, balls of 128 bits"),
            ],
        ),
    ),
    Theorem(
        name="scattering: spectra folded by their mean are not those of the filter",
        statement="Their average of a constant is the d-th part of it.",
        formula="exists phi, x: the average by means != the average",
        rows=("M12",),
        proof=lambda claim: certify(claim, mean_counterexample, "exact numbers"),
    ),
)
