"""Theorems about the energy of scattering at the rates at which it is computed (M-order).

Samples r apart count r times. Where no two aliases of a spectrum meet, they have the energy of the whole, of a modulus as of what
it is the modulus of; so a ledger of energies balances at any rate as it does at full rate.
"""

from sympy import Eq, symbols

from .evidence import Claim, Evidence, Theorem, certify, prove_by_identity, prove_by_z3, weakest
from .logic import Obligation
from .scattering_numeric import Ledger, balls, record_bank
from .scattering_sampled import sampled_ledger, without_overlap
from .theorems_frame import alone, folding
from .theorems_scattering import AVERAGED, KEPT, LOST, PRUNED, REST, SUMS, WHOLE, noise

STEP, RATE, SAMPLES, MODULI = symbols("step distance samples moduli", real=True)
"""The distances of samples of averages and of moduli, and the energies of these samples, each counted once."""

Case = tuple[int, int, str, int, int]
"""Samples, octaves, wavelets, octaves of oversampling, largest order."""

APART: tuple[Case, ...] = (
    (96, 5, "shannon", 0, 2),
    (96, 5, "shannon", 0, 5),
    (64, 4, "shannon", 1, 3),
    (64, 5, "meyer", 1, 5),
    (96, 5, "meyer", 1, 2),
    (60, 3, "meyer", 1, 3),
)
MEETING: tuple[Case, ...] = ((64, 4, "meyer", 0, 3), (64, 4, "spline", 3, 3))
"""Calls in which no aliases meet, and such in which some do: of Meyer's average, and of all of the spline's spectra."""


def balanced(case: Case) -> tuple[Ledger, bool]:
    """Return where the energy of noise is after a sampled cascade with a tight bank, and whether no aliases meet in it."""
    n, octaves, wavelet, oversampling, order = case
    bank = record_bank(n, J=octaves, wavelet=wavelet, normalization="tight")
    return sampled_ledger(balls(noise(n)), bank, order, oversampling), without_overlap(bank, oversampling)


def _orders() -> tuple[Obligation, ...]:
    """By induction over orders, as at full rate; the samples of an average and of moduli have the energy of the whole."""
    split = (Eq(SUMS + LOST + REST, WHOLE), Eq(AVERAGED + KEPT + PRUNED, REST))
    samples = (Eq(STEP * SAMPLES, AVERAGED), Eq(RATE * MODULI, KEPT))
    goal = Eq((SUMS + STEP * SAMPLES) + (LOST + PRUNED) + RATE * MODULI, WHOLE)
    return (Obligation("one more order", (*split, *samples), goal),)


def kept() -> str | None:
    """Return how nearly energy is kept in all calls in which no aliases meet."""
    found = [balanced(case) for case in APART]
    worst = max(float((abs(ledger.defect) / ledger.signal).upper()) for ledger, _ in found)
    pruned = max(float((sum(ledger.pruned) / ledger.signal).upper()) for ledger, _ in found)
    if worst >= 1e-12 or not all(apart for _, apart in found):
        return None
    return f"{len(APART)} calls, m <= 5: defect <= {worst:.1e} |x|^2, up to {100 * pruned:.2f} % in bands left out"


def made_and_lost() -> str | None:
    """Return what aliases that meet do to the energy: they may take from it, and add to it."""
    (lost, one), (made, two) = map(balanced, MEETING)
    if one or two or not (lost.defect > 0 and made.defect < 0):
        return None
    shares = [float(abs(ledger.defect) / ledger.signal) for ledger in (lost, made)]
    return f"n = 64, J = 4: Meyer every 16 loses {100 * shares[0]:.2f} %, the spline every 2 gains {shares[1]:.1e} of |x|^2"


def _keeps(claim: Claim) -> Evidence:
    return weakest(
        claim,
        [
            prove_by_identity(claim, (*folding(), *alone())),
            prove_by_z3(claim, _orders()),
            certify(claim, kept, "balls of 128 bits"),
        ],
    )


THEOREMS = (
    Theorem(
        name="scattering: weighted by its strides, energy is conserved at low rates",
        statement="For real periodic signals, F = 1 and samples that count as often as they are apart: |x|^2 = sum over k <= m "
        "of s |S_k|^2 + d |U_{m+1}|^2 + the energy in the bands that the rule of paths leaves out, where no spectrum that is "
        "sampled meets an alias; to 1e-12 up to order 5.",
        formula=(_orders(), APART),
        rows=("M-order",),
        proof=_keeps,
    ),
    Theorem(
        name="scattering: aliases that meet make and lose energy",
        statement="Where aliases of an average or of a modulus meet, the weighted energy may be less than |x|^2, and more.",
        formula=("exist banks, x: |x|^2 - sum s |S_k|^2 - d |U_{m+1}|^2 - sum |pruned|^2 > 0, < 0", MEETING),
        rows=("M-order",),
        proof=lambda claim: certify(claim, made_and_lost, "balls of 128 bits"),
    ),
)
