"""Theorems about frames of wavelets: what their bounds mean, how banks keep them, subsampling and inversion (M10)."""

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

import numpy as np
from flint import arb, ctx
from sympy import Eq, Expr, Ge, Gt, I, Integer, Le, Min, Symbol, cos, exp, pi, re, sqrt, symbols

from .aliased_frame import subsampled_bounds
from .configuration import bind
from .evidence import (
    Claim,
    Derived,
    Evidence,
    Theorem,
    certify,
    exhaust,
    for_all,
    identity,
    prove_by_identity,
    prove_by_z3,
    weakest,
)
from .frame import frame_bounds, reflected
from .harmonic import PRECISION, plan
from .logic import Obligation
from .records import bound
from .scattering import SCATTERING1D
from .scattering2d import SCATTERING2D
from .scattering_numeric import Bank, balls, convolved, energy, record_bank
from .wavelet_bank import LEVEL, NORMALIZATION

SQRT2 = 2.0**0.5

# ---- what the bounds mean ----


def _real_part() -> tuple[tuple[Expr, Expr], ...]:
    """The frame operator has the kernel sum of G(w) exp(i w d) / P; its real part pairs w and -w."""
    above, below, angle, power = symbols("G H theta X", real=True)
    kernel = re(above * exp(I * angle)), above * cos(angle)
    paired = above * cos(angle) + below * cos(-angle), 2 * ((above + below) / 2) * cos(angle)
    energy = (above * power + below * power) / 2, (above + below) / 2 * power  # |x^(-w)| = |x^(w)|
    return kernel, paired, energy


def _bounded() -> tuple[Obligation, ...]:
    """Bin by bin, and summed one bin after the other."""
    least, greatest, value, power = symbols("A B F X", real=True)
    whole, part, inside = symbols("S E s", real=True)
    given = (Le(least, value), Le(value, greatest), Ge(power, 0))
    summed = (
        Le(least * part, whole),
        Le(whole, greatest * part),
        Le(least * power, inside),
        Le(inside, greatest * power),
    )
    between = Le(least * power, value * power), Le(value * power, greatest * power)
    return (
        *(Obligation("one bin", given, goal) for goal in between),
        Obligation("all bins, from below", summed, Le(least * (part + power), whole + inside)),
        Obligation("all bins, from above", summed, Le(whole + inside, greatest * (part + power))),
        Obligation("contractive", (Le(greatest, 1), Ge(part, 0), Le(whole, greatest * part)), Le(whole, part)),
    )


def _meaning(claim: Claim) -> Evidence:
    return weakest(claim, [prove_by_identity(claim, _real_part()), prove_by_z3(claim, _bounded())])


def self_conjugate_counterexample() -> str | None:
    """Return the smallest bank in which the analytic gain sqrt(2), at the bin that is its own negative, doubles the bound."""
    phi = np.array([1.0, 0.0])
    plain, analytic = (frame_bounds(phi, np.array([[0.0, gain]])) for gain in (1.0, SQRT2))
    if plain.upper > 1 or analytic.lower > 1 or analytic.upper < 2 - 1e-15:
        return None
    return f"P = 2: psi^(1) = 1 gives B = {plain.upper}, psi^(1) = sqrt(2) gives B = {analytic.upper:.6f}"


def complex_counterexample() -> str | None:
    """Return the smallest bank that is tight for real signals and expands a complex one."""
    bank = np.array([1.0, 0.0, 0.0]), np.array([[0.0, SQRT2, 0.0]])
    real, unsymmetrised = frame_bounds(*bank), frame_bounds(*bank, real=False)
    if real.defect > 1e-15 or unsymmetrised.lower > 0 or unsymmetrised.upper < 2 - 1e-15:
        return None
    return f"P = 3: A = B = 1 on real signals to 1e-15; on complex ones A = {unsymmetrised.lower}, B = {unsymmetrised.upper:.6f}"


# ---- banks of the record ----


def _levelled() -> tuple[Obligation, ...]:
    """The three normalisations of the record, with p = |phi^|^2, e the energy of the raw wavelets, in one bin with e > 0."""
    ratio, least, p, e, root, low = symbols("r l p e g h", real=True)
    given = (Ge(p, 0), Le(p, 1), Gt(e, 0), Ge(root, 0), Ge(low, 0), Eq(root**2 * e, 1 - p), Le(low**2 * e, 1 - p))
    positive = dict(zip((ratio, least), symbols("r l", positive=True), strict=True))

    def power(word: str) -> Expr:
        level = bound(LEVEL(*positive.values()), NORMALIZATION.options[word])
        return p + level.xreplace({sqrt(positive[ratio]): root, sqrt(positive[least]): low}) ** 2 * e

    return (
        Obligation("cap", given, Eq(power("cap"), Min(1, p + e))),
        Obligation("tight", given, Eq(power("tight"), 1)),
        Obligation("scalar", given, Le(power("scalar"), 1)),
        Obligation("scalar, from below", given, Ge(power("scalar"), p)),
    )


RECORDS = {record.name: record for record in (SCATTERING1D, SCATTERING2D)}
Case = tuple[str, tuple[int, ...], Mapping[str, Any]]
SMALL = arb(2) ** -90
"""Balls of 128 bits that are narrower than this tell 1 from all that matters."""


def bank_cases() -> Iterator[Case]:
    """Yield records, sizes and options of the banks that are looked at one by one."""
    for n, J, T in ((2, 1, 2), (5, 1, 1), (9, 3, 8), (12, 2, 3), (16, 4, 4)):
        for word, Q in product(("cap", "scalar"), (1, 3)):
            yield "scattering1d", (n,), {"J": J, "T": T, "Q": Q, "normalization": word}
        for wavelet in ("shannon", "meyer", "spline"):
            yield "scattering1d", (n,), {"J": J, "T": T, "wavelet": wavelet, "normalization": "tight"}
    for sizes, J, L in (((2, 3), 1, 3), ((4, 6), 1, 1), ((5, 5), 2, 2), ((8, 4), 2, 4)):
        for word in ("cap", "tight", "scalar"):
            yield "scattering2d", sizes, {"J": J, "L": L, "normalization": word}


def frame_balls(case: Case) -> tuple[np.ndarray, np.ndarray]:
    """Return F at every bin, and where a wavelet is not 0; at frequency zero none is, and F is ``|phi^(0)|^2``."""
    name, sizes, options = case
    planned = plan(bind(RECORDS[name], {"x": (1, *sizes)}, options))
    phi, psi = (np.reshape(planned[part].values, (-1, *sizes)) for part in ("phi_hat", "psi_1_hat"))
    powers, held = np.empty(sizes, object), np.zeros(sizes, bool)
    with ctx.workprec(PRECISION):
        for w in np.ndindex(*sizes):
            powers[w] = energy([h[w] for h in (*phi, *psi)])
            held[w] = any(h[w] != 0 for h in psi)
        return (powers + reflected(powers)) / 2, held | reflected(held)


def _is_contractive(case: Case) -> bool:
    """Whether F is at most 1, and 1 at frequency zero; of a bank that is made tight, wherever there is a wavelet."""
    values, held = frame_balls(case)
    near = np.vectorize(_is_one, otypes=[bool])(values)
    bounded = all(one or value < 1 for one, value in zip(near.ravel(), values.ravel(), strict=True))
    return bool(near.flat[0]) and bounded and (case[2]["normalization"] != "tight" or bool(near[held].all()))


def _is_one(value: arb) -> bool:
    return abs(value - 1) < SMALL


# ---- subsampling, inversion ----


def folding() -> tuple[tuple[Expr, Expr], ...]:
    """Return why subsampling by s folds a spectrum: ``sum over k < s of exp(2 pi i k n / s)`` is s where s divides n, else 0."""
    s = Symbol("s", integer=True, positive=True)
    k, n, h, w, P = symbols("k n h w P", integer=True)
    z, count = symbols("z count")
    geometric = (
        (1 - z ** (count + 1)) - (1 - z**count),
        (1 - z) * z**count,
    )  # (1 - z) sum z^k = 1 - z^count, inductively
    shifted = exp(2 * pi * I * (w + k * P / s) * n / P), exp(2 * pi * I * w * n / P) * exp(2 * pi * I * k * n / s)
    return (
        geometric,
        (exp(2 * pi * I * n / s) ** s, Integer(1)),
        (exp(2 * pi * I * k * (s * h) / s), Integer(1)),
        tuple(side.expand() for side in shifted),
    )


def alone() -> tuple[tuple[Expr, Expr], ...]:
    """|a + b|^2 = |a|^2 + |b|^2 + 2 Re(a conj b), in real and imaginary parts: aliases that do not overlap have a b = 0."""
    a, b, c, d = symbols("a b c d", real=True)
    return (((a + c) ** 2 + (b + d) ** 2, a**2 + b**2 + c**2 + d**2 + 2 * (a * c + b * d)),)


def stored(bank: Bank) -> tuple[np.ndarray, np.ndarray]:
    """Return the real spectra of a bank as the nearest floats."""
    phi, *psi = (np.array([float(value.real.mid()) for value in h]) for h in (bank.phi, *bank.psi))
    return phi, np.array(psi)


def overlap_instances() -> str | None:
    """Return what reading Meyer's average every 2^(J-1) and every 2^J samples does: to all signals, and to an impulse."""
    bank = record_bank(32, J=2, wavelet="meyer", normalization="tight")
    bounds = subsampled_bounds(*stored(bank), (2, 1, 2))
    with ctx.workprec(PRECISION):
        average = convolved(balls([1] * 32), bank.phi)
        whole, half, quarter = (stride * energy(average[::stride]) for stride in (1, 2, 4))
        kept, lost = abs(half - whole) < SMALL, float(abs(quarter - whole).lower())
    if bounds.defect > 1e-12 or not kept or lost <= 0:
        return None
    return f"P = 32, J = 2: |F - 1| <= {bounds.defect:.1e} every 2; every 4, the average of an impulse is off by {lost:.4f}"


def _overlap(claim: Claim) -> Evidence:
    instance = certify(claim, overlap_instances, "blocks of the stored filters, eigenvalues certified")
    return weakest(claim, [prove_by_identity(claim, alone()), instance])


def _dual() -> tuple[tuple[Expr, Expr], ...]:
    """``h~_k = conj(h_k)/F``: the sum of h~_k h_k is G/F, and the real part takes the mean of it and of its mirror image."""
    above, below = symbols("G H", positive=True)
    symmetrised = (above + below) / 2
    return ((above / symmetrised + below / symmetrised) / 2, Integer(1)), (above / above, Integer(1))


THEOREMS = (
    Theorem(
        name="frame: bounds are those of the frame function",
        statement="For real x, A |x|^2 <= |W x|^2 <= B |x|^2 with the least and the greatest F(w) = (G(w) + G(-w))/2, "
        "G = |phi^|^2 + sum |psi^|^2, over the bins of the grid; cosines attain them; B <= 1 makes W contractive.",
        formula=(_real_part(), _bounded()),
        rows=("M10",),
        proof=_meaning,
    ),
    Theorem(
        name="frame: the gain sqrt(2) doubles a bin that is its own negative",
        statement="An analytic wavelet has the gain 1, not sqrt(2), at the bin P/2 of an even period: else B = 2.",
        formula=("B of phi^ = (1, 0), psi^ = (0, sqrt 2)", 2),
        rows=("M10",),
        proof=lambda claim: certify(claim, self_conjugate_counterexample, "frame bounds of the stored filters"),
    ),
    Theorem(
        name="frame: one-sided banks do not fit complex signals",
        statement="A bank may be tight for real signals and have A = 0 and B = 2 for complex ones: these need both signs.",
        formula=("A, B of phi^ = (1, 0, 0), psi^ = (0, sqrt 2, 0)", 0, 2),
        rows=("M10",),
        proof=lambda claim: certify(claim, complex_counterexample, "frame bounds of the stored filters"),
    ),
    for_all(
        "frame: every normalisation keeps B at most 1",
        "With p = |phi^|^2 <= 1 and the energy e > 0 of the raw wavelets, F is min(1, p + e) if capped, 1 if made tight, and "
        "between p and 1 under one factor.",
        ("M10",),
        Derived(_levelled),
    ),
    Theorem(
        name="frame: banks have B <= 1 and phi^(0) = 1",
        statement="At no bin is F above 1, and phi^(0) = 1; banks that are made tight have F = 1 wherever there is a wavelet, "
        "those of images on the lines at half the rate too.",
        formula=("F <= 1 + 2^-90, phi^(0) = 1", NORMALIZATION, SCATTERING1D, SCATTERING2D),
        rows=("M10",),
        proof=lambda claim: exhaust(
            claim, bank_cases(), _is_contractive, "signals of up to 16 samples, images of up to 8 x 4, in balls"
        ),
    ),
    identity(
        "frame: subsampling folds spectra by sums",
        "y[s n] has the spectrum (1/s) sum over k < s of y^(w + k P/s): only multiples of s survive a geometric sum.",
        ("M10", "M11", "M12"),
        Derived(folding),
    ),
    Theorem(
        name="frame: subsampling costs nothing where no aliases overlap",
        statement="Samples s apart that count s times have the energy of the whole exactly if products of aliases vanish: "
        "Meyer's average keeps A = B = 1 every 2^(J-1) samples, and not every 2^J.",
        formula=(alone(), "Meyer, P = 32, J = 2"),
        rows=("M10", "M-order"),
        proof=_overlap,
    ),
    identity(
        "frame: the canonical dual gives signals back",
        "With h~ = conj(h)/F the real part of sum h~ h x^ has the factor (G(w) + G(-w))/(2 F(w)) = 1; with G for F, complex x.",
        ("M10",),
        Derived(_dual),
    ),
)
