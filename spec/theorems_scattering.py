"""Theorems about scattering: how far it may move signals apart, where energy goes, how it decays (U-Thm3, M-order).

U_k are the moduli of all paths of k wavelets, S_k their averages, S all orders up to m. A layer maps U_k to S_k and, by the
wavelets and the modulus, to U_{k+1}; A and B are its frame bounds over real vectors.
"""

from itertools import product

import numpy as np
from flint import arb, ctx
from sympy import Abs, Eq, Expr, Ge, Le, Rational, symbols

from .evidence import (
    Claim,
    Derived,
    Evidence,
    Theorem,
    certify,
    for_all,
    prove_by_identity,
    prove_by_z3,
    weakest,
)
from .frame import frame_bounds
from .harmonic import PRECISION
from .logic import Obligation
from .scattering_numeric import Bank, Ledger, balls, convolved, energy, ledger, record_bank, scattered, spectrum

B, C = symbols("B c", real=True)
WHOLE, SUMS, REST, AVERAGED, AFTER = symbols("w s r a e", real=True)
"""Energies: of the signal, of the orders so far, of the moduli after them, of the next order, of the moduli after that."""

POSITIVE = tuple(Ge(value, 0) for value in (WHOLE, SUMS, REST, AVERAGED, AFTER))
SMALL = arb(2) ** -80
"""Balls of 128 bits narrower than this tell 0 from all that matters here."""

# ---- contraction ----


def _contracts() -> tuple[Obligation, ...]:
    """By induction over orders: ``sums + rest <= B^(k+1) whole`` where B >= 1, ``<= B whole`` where B <= 1.

    The energies are those of differences of two signals: a layer has ``averaged + |W (difference)|^2 <= B rest``, and moduli are
    no farther apart than wavelet coefficients.
    """
    layer = (*POSITIVE, Ge(B, 0), Le(AVERAGED, B * REST - AFTER))
    grows = (*layer, Ge(B, 1), Le(SUMS + REST, C * WHOLE))
    falls = (*layer, Le(B, 1), Le(SUMS + REST, B * WHOLE))
    return (
        Obligation("order 0", (*POSITIVE, Le(AVERAGED, B * WHOLE - AFTER)), Le(AVERAGED + AFTER, B * WHOLE)),
        Obligation("one more order, B >= 1", grows, Le(SUMS + AVERAGED + AFTER, B * C * WHOLE)),
        Obligation("one more order, B <= 1", falls, Le(SUMS + AVERAGED + AFTER, B * WHOLE)),
        Obligation("what is left counts for nothing", (*POSITIVE, Le(SUMS + REST, C)), Le(SUMS, C)),
    )


def small_frame_counterexample() -> str | None:
    """Return the smallest bank for which B^((m+1)/2) is no Lipschitz constant: one sample, phi^ = 1/2, m = 2."""
    bound = frame_bounds(np.array([0.5]), np.zeros((0, 1))).upper
    ratio = float(scattered(balls([1]), Bank(balls([0.5]), (), ()), 2)[()][0].real)
    if ratio <= bound**1.5:
        return None
    return f"P = 1, phi^ = 1/2, m = 2: B = {bound}, |S x|/|x| = {ratio}, B^(3/2) = {bound**1.5}"


def _cosine() -> tuple[tuple[Expr, Expr], ...]:
    """Energies per sample of x = cos(w n), 1/2 in all: of S_0, and of S_1 where psi^(-w) = 0 and |phi^(0)| = 1."""
    average, p, q = symbols("f p q", real=True)
    function = average**2 + (p**2 + q**2) / 2
    return ((average**2 / 2 + (p / 2) ** 2 + (q / 2) ** 2, function * Rational(1, 2)),)


def expanded_cosine() -> str | None:
    """Return a bank with B > 1 that expands the squared norm of a cosine by exactly B."""
    bank, x = Bank(balls([1, 0, 0, 0]), (balls([0, 1.5, 0, 0]),), (0,)), balls([1, 0, -1, 0])
    with ctx.workprec(PRECISION):
        factor = sum(map(energy, scattered(x, bank, 1).values()), arb(0)) / energy(x)
        holds = abs(factor - arb(9) / 8) < SMALL
    return "P = 4, psi^ = (0, 3/2, 0, 0), x = (1, 0, -1, 0): |S x|^2 = 9/8 |x|^2, B = 9/8" if holds else None


UNEXPANDING = np.array([0.5, 0.0]), np.array([[0.0, 1.25]])
"""A bank of two samples, phi^ = (1/2, 0) and psi^ = (0, 5/4), with B > 1 that expands nothing."""


def _unexpanded() -> Obligation:
    """x is its mean a and half its difference b: S x is a/2 and 5/8 |b|. Squared distances, times 64."""
    a, b, c, d = symbols("a b c d", real=True)
    moved = 16 * (a - c) ** 2 + 25 * (Abs(b) - Abs(d)) ** 2
    return Obligation("no pair is moved apart", (), Le(moved, 64 * ((a - c) ** 2 + (b - d) ** 2)))


def _need_not_expand(claim: Claim) -> Evidence:
    def bound() -> str | None:
        upper = frame_bounds(*UNEXPANDING).upper
        return f"P = 2: B = {upper}" if upper > 1 else None

    instance = certify(claim, bound, "frame bounds of the stored filters")
    return weakest(claim, [prove_by_z3(claim, [_unexpanded()]), instance])


# ---- energy ----

KEPT, PRUNED, LOST = symbols("k p l", real=True)


def _conserved() -> tuple[Obligation, ...]:
    """By induction over orders: a layer with F = 1 has ``averaged + after = rest``; `lost` collects what is pruned."""
    whole = Eq(SUMS + REST, WHOLE)
    split = (Eq(SUMS + LOST + REST, WHOLE), Eq(AVERAGED + KEPT + PRUNED, REST))
    return (
        Obligation("one more order", (whole, Eq(AVERAGED + AFTER, REST)), Eq(SUMS + AVERAGED + AFTER, WHOLE)),
        Obligation("with pruned paths", split, Eq((SUMS + AVERAGED) + (LOST + PRUNED) + KEPT, WHOLE)),
        Obligation(
            "a rectifier, F <= 1 or fewer paths",
            (*POSITIVE, Le(SUMS + REST, WHOLE), Le(AVERAGED + AFTER, REST)),
            Le(SUMS + AVERAGED + AFTER, WHOLE),
        ),
    )


TIGHT = ("shannon", "meyer", "spline")
ENERGY_CASES = tuple(product((60, 64, 65), TIGHT))


def noise(n: int) -> list[float]:
    """Return white noise, the same in every run."""
    return np.random.default_rng(n).standard_normal(n).tolist()


def tight_ledger(n: int, wavelet: str, order: int, octaves: int = 3, decreasing: bool = False) -> Ledger:
    """Return where the energy of noise is after a cascade with a tight bank."""
    bank = record_bank(n, J=octaves, wavelet=wavelet, normalization="tight")
    return ledger(balls(noise(n)), bank, order, decreasing)


def _keeps_energy() -> str | None:
    found = [tight_ledger(n, wavelet, 5) for n, wavelet in ENERGY_CASES]
    worst = max(float((abs(entry.defect) / entry.signal).upper()) for entry in found)
    left = max(float((entry.leaves / entry.signal).upper()) for entry in found)
    return f"n = 60, 64, 65, J = 3, m = 5: defect <= {worst:.1e}, moduli left {left:.1e}" if worst < 1e-12 else None


def pruned_shares() -> str | None:
    """Return how much of noise is in the paths that are left out, if the ledger balances with it."""
    found = tight_ledger(64, "meyer", 3, octaves=5, decreasing=True)
    if not abs(found.defect) < SMALL or not found.pruned[2] > 0:
        return None
    shares = ", ".join(f"order {k}: {100 * float(p / found.signal):.2f} %" for k, p in enumerate(found.pruned) if k > 1)
    return f"Meyer, n = 64, J = 5, m = 3: left out {shares}"


HAAR = Bank(balls([1, 0]), (balls([0, 1]),), (0,))
"""The smallest tight bank: two samples, their mean and half their difference."""

ALTERNATING = (1, -1)


def rectified_loss() -> str | None:
    """Return the smallest signal whose rectified wavelet coefficients have less energy than it has."""
    with ctx.workprec(PRECISION):
        rectified = [z.real.max(arb(0)) for z in convolved(spectrum(balls(ALTERNATING)), HAAR.psi[0])]
        kept = sum((value * value for value in rectified), arb(0))
    return f"P = 2, x = x * psi = (1, -1): |x|^2 = 2, relu(x) = (1, 0) has {float(kept):g}" if kept < 2 else None


# ---- decay ----

U, MEAN, POINTS = symbols("u q n", real=True)


def _decays() -> tuple[Obligation, ...]:
    """psi^(0) = 0 and 1/2 sum |psi^|^2 <= 1 elsewhere leave ``after <= rest - mean``, the mean being ``(sum u)^2 / n``.

    For u >= 0 no product of two samples is negative: ``(sum u)^2 >= sum u^2``, one sample after the other.
    """
    squares, total, band, power = symbols("s t f x", real=True)
    grown = (Ge(total, 0), Ge(U, 0), Ge(squares, 0), Le(squares, total**2))
    given = (Ge(POINTS, 1), Ge(REST, 0), Ge(MEAN * POINTS, REST), Le(AFTER, REST - MEAN))
    return (
        Obligation("one more bin", (Ge(band, 0), Le(band, 1), Ge(power, 0)), Le(band * power, power)),
        Obligation("one more sample", grown, Le(squares + U**2, (total + U) ** 2)),
        Obligation("one layer", given, Le(POINTS * AFTER, (POINTS - 1) * REST)),
    )


def decay_counterexample() -> str | None:
    """Return the smallest signal whose first moduli have all of its energy: it has values below 0."""
    found = ledger(balls(ALTERNATING), HAAR, 0)
    if not found.leaves > found.signal / 2:
        return None
    return f"P = 2, x = (1, -1), psi^ = (0, 1): |U_1|^2 = {float(found.leaves):g} > (1 - 1/2) |x|^2 = 1"


def rising_orders() -> str | None:
    """Return the smallest signal with more energy in order 1 than in order 0: amplitudes need not fall from order to order."""
    zeroth, first = ledger(balls(ALTERNATING), HAAR, 1).averaged
    return f"P = 2, x = (1, -1): |S_0|^2 = {float(zeroth):g}, |S_1|^2 = {float(first):g}" if first > zeroth else None


THEOREMS = (
    for_all(
        "scattering: it moves no pair apart by more than sqrt(B) max(1, B)^(m/2)",
        "With frame bounds up to B over real vectors, at full rate: |S x - S y|^2 <= B max(1, B)^m |x - y|^2, by induction over "
        "orders; S is non-expansive where B <= 1.",
        ("U-Thm3", "M-diff", "M14"),
        Derived(_contracts),
    ),
    Theorem(
        name="scattering: B^((m+1)/2) is no Lipschitz constant where B < 1",
        statement="The average of order 0 alone has the constant sqrt(B), which is larger.",
        formula=("exists a bank, x: |S x| > B^((m+1)/2) |x|", 2),
        rows=("M-diff",),
        proof=lambda claim: certify(claim, small_frame_counterexample, "balls, and bounds of the stored filters"),
    ),
    Theorem(
        name="scattering: where B > 1 a cosine may be moved apart from 0",
        statement="If m >= 1, |phi^(0)| = 1 and psi^(-w) = 0 for all psi at the bin of B, |S cos(w n)|^2 >= B |cos(w n)|^2.",
        formula=_cosine(),
        rows=("M-diff",),
        proof=lambda claim: weakest(
            claim, [prove_by_identity(claim, _cosine()), certify(claim, expanded_cosine, "balls")]
        ),
    ),
    Theorem(
        name="scattering: B > 1 need not move signals apart",
        statement="With phi^ = (1/2, 0) and psi^ = (0, 5/4), B = 25/16 and no pair of signals is moved apart.",
        formula=(_unexpanded(), tuple(map(float, UNEXPANDING[0]))),
        rows=("M-diff",),
        proof=_need_not_expand,
    ),
    for_all(
        "scattering: energy is conserved",
        "For modulus, F = 1, every path, periodic signals at full rate: |x|^2 = sum over k <= m of |S_k|^2 + |U_{m+1}|^2, by "
        "induction; with pruned paths after adding their moduli; <= for rectifiers, and for F <= 1.",
        ("M-order",),
        Derived(_conserved),
    ),
    Theorem(
        name="scattering: energy is conserved to 1e-12 up to order 5",
        statement="Noise of 60, 64 and 65 samples, Shannon's, Meyer's and the spline's bank of 3 octaves, every path.",
        formula=("| |x|^2 - sum |S_k|^2 - |U_6|^2 | <= 1e-12 |x|^2", ENERGY_CASES),
        rows=("M-order",),
        proof=lambda claim: certify(claim, _keeps_energy, "balls of 128 bits"),
    ),
    Theorem(
        name="scattering: decreasing paths leave energy out",
        statement="Paths of falling frequency alone have less than |x|^2; the moduli left out are what is missing.",
        formula="|x|^2 = sum |S_k|^2 + |U_{m+1}|^2 + sum |pruned U|^2, pruned U != 0",
        rows=("M-order",),
        proof=lambda claim: certify(claim, pruned_shares, "balls of 128 bits"),
    ),
    Theorem(
        name="scattering: a rectifier loses energy",
        statement="Where wavelet coefficients are negative, their rectified values have less energy.",
        formula="exists x: |relu(x * psi)|^2 < |x * psi|^2",
        rows=("M-order",),
        proof=lambda claim: certify(claim, rectified_loss, "exact numbers"),
    ),
    for_all(
        "scattering: moduli lose 1/n of their energy in every layer",
        "On n samples, for U_k >= 0 (k >= 1), psi^(0) = 0 and F <= 1: |U_{k+1}|^2 <= (1 - 1/n) |U_k|^2.",
        ("M-order",),
        Derived(_decays),
    ),
    Theorem(
        name="scattering: the first layer need not lose energy",
        statement="A signal with values below 0 may have all of its energy in the first moduli.",
        formula="exists x: |U_1|^2 > (1 - 1/n) |x|^2",
        rows=("M-order",),
        proof=lambda claim: certify(claim, decay_counterexample, "exact numbers"),
    ),
    Theorem(
        name="scattering: amplitudes need not fall from order to order",
        statement="Erratum: order 1 may have more energy than order 0, whatever the bank loses later.",
        formula="exists x: |S_1| > |S_0|",
        rows=("M-order",),
        proof=lambda claim: certify(claim, rising_orders, "exact numbers"),
    ),
)
