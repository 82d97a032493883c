"""Theorems about translations: how much they change coefficients, at most (U-Thm2, U-Thm3, M-diff)."""

from functools import reduce
from itertools import product

import numpy as np
from flint import arb, ctx
from sympy import Expr, Ge, Integer, Le, cos, exp, sin, symbols

from .evidence import Claim, Derived, Evidence, Theorem, certify, exhaust, for_all, prove_by_identity, weakest
from .harmonic import PRECISION
from .logic import Obligation
from .scattering_numeric import Signal, balls, difference, energy, record_bank, scattered
from .theorems_scattering import noise

SHIFT, TIMES, KAPPA, GAIN, LAYER = symbols("d g k b u", real=True)
"""Energies of the change of all orders so far and of one more; the sum of B^j so far and B^k; energy of the moduli."""


def _translated() -> tuple[Obligation, ...]:
    """Order k changes by ``(A T - A) U_k x``, the moduli have ``|U_{k+1}|^2 <= B |U_k|^2``: by induction over orders."""
    whole, change, more, bound = symbols("w c e B", real=True)
    positive = tuple(Ge(v, 0) for v in (whole, TIMES, KAPPA, GAIN, LAYER, bound))
    given = (*positive, Le(LAYER, GAIN * whole))
    return (
        Obligation("moduli", (*given, Le(more, bound * LAYER)), Le(more, bound * GAIN * whole)),
        Obligation(
            "one more order",
            (*given, Le(change, KAPPA * TIMES * whole), Le(more, KAPPA * LAYER)),
            Le(change + more, KAPPA * (TIMES + GAIN) * whole),
        ),
    )


def _gaussian() -> tuple[tuple[Expr, Expr], ...]:
    """``|exp(-i a) - 1| = 2 |sin(a/2)| <= |a|``; ``x exp(-x^2/2)`` rises up to 1, where it is ``exp(-1/2)``, and falls then."""
    a, x = symbols("a x", real=True)
    chord = (1 - cos(a)) ** 2 + sin(a) ** 2, 4 * sin(a / 2) ** 2
    profile = x * exp(-(x**2) / 2)
    above = (x - sin(x)).diff(x), 2 * sin(x / 2) ** 2  # x - sin x rises from 0
    slope = profile.diff(x), (1 - x) * (1 + x) * exp(-(x**2) / 2)
    return chord, above, slope, (profile.subs(x, 1), exp(Integer(-1) / 2))


def change_of_average(phi_hat: Signal, shift: int) -> arb:
    """Return ``max over w of |phi^(w) (exp(-2 pi i w shift / P) - 1)|``."""
    turns = (arb(w * shift) / len(phi_hat) for w in range(len(phi_hat)))
    return reduce(arb.max, (abs(value) * abs(2 * turn.sin_pi()) for value, turn in zip(phi_hat, turns, strict=True)))


GAUSSIANS = ((4, 1), (9, 2), (12, 3), (16, 8), (33, 5), (64, 16))
"""Periods and lengths T of averages whose standard deviation is ``2 T / pi`` samples."""


def _is_below_the_gaussian(case: tuple[int, int, int]) -> bool:
    n, T, shift = case
    phi_hat = record_bank(n, J=1, T=T).phi
    with ctx.workprec(PRECISION):
        bound = (arb(-1) / 2).exp() * shift * arb.pi() / (2 * T)
        return bool(change_of_average(phi_hat, shift) < bound)


def moved_little() -> str | None:
    """Return how much of the bound a shift of noise and of an impulse uses at most, for every shift."""
    bank, shares = record_bank(24, J=2, T=6), []
    for values, shift in product((noise(24), [1.0] + [0.0] * 23), range(1, 24)):
        plain, moved = (scattered(balls(np.roll(values, by).tolist()), bank, 2) for by in (0, shift))
        with ctx.workprec(PRECISION):
            distance = sum((energy(difference(moved[path], plain[path])) for path in plain), arb(0)).sqrt()
            bound = arb(3).sqrt() * change_of_average(bank.phi, shift) * energy(balls(values)).sqrt()
            shares.append(distance / bound)
    if not all(share < 1 for share in shares):
        return None
    return f"n = 24, T = 6, m = 2, B <= 1: at most {max(map(float, shares)):.3f} of the bound, {len(shares)} pairs"


def _corollary(claim: Claim) -> Evidence:
    cases = ((n, T, shift) for n, T in GAUSSIANS for shift in range(1, n))
    bins = exhaust(
        claim, cases, _is_below_the_gaussian, "six averages of up to 64 samples, every shift and bin, in balls"
    )
    return weakest(claim, [prove_by_identity(claim, _gaussian()), bins])


THEOREMS = (
    for_all(
        "scattering: a translation by c changes coefficients by little",
        "|S T_c x - S x| <= (sum over k <= m of B^k)^(1/2) max over w of |phi^(w) (exp(-i w c) - 1)| |x| for periodic signals at "
        "full rate: order k changes by (A T_c - A) U_k x, and |U_{k+1}|^2 <= B |U_k|^2.",
        ("U-Thm2", "U-Thm3", "M-diff"),
        Derived(_translated),
    ),
    Theorem(
        name="scattering: a Gaussian average of width sigma keeps translations below (m+1)^(1/2) e^(-1/2) |c|/sigma",
        statement="|phi^(w) (exp(-i w c) - 1)| <= |c|/sigma sup of x exp(-x^2/2) = e^(-1/2) |c|/sigma, where B <= 1; at the "
        "bins of the record's averages too, sigma = 2 T/pi samples.",
        formula=(_gaussian(), GAUSSIANS),
        rows=("U-Thm2", "M-diff"),
        proof=_corollary,
    ),
    Theorem(
        name="scattering: shifted noise and impulses stay within the bound",
        statement="Every shift of two signals of 24 samples changes their coefficients by less than the bound.",
        formula=("|S T_c x - S x| < 3^(1/2) max |phi^ (exp(-i w c) - 1)| |x|", 24, 6),
        rows=("U-Thm2",),
        proof=lambda claim: certify(claim, moved_little, "balls of 128 bits"),
    ),
)
