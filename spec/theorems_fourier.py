"""Theorems about Fourier transforms on a cycle, whole and frame by frame (U8, U9)."""

from collections.abc import Iterator

from flint import fmpz_poly
from sympy import Expr, I, Integer, Mod, Symbol, conjugate, exp, integrate, oo, pi, sqrt, symbols

from .evidence import (
    Claim,
    Derived,
    Evidence,
    Theorem,
    exhaust,
    identity,
    prove_by_form,
    prove_by_identity,
    prove_by_z3,
    weakest,
)
from .fourier import DFT, DUAL_WINDOW, STFT, A
from .fourier_proofs import every_residue, one_frame_each
from .spectral_form import apart, congruent, geometric, spectral, summed_frequencies

MOST_POINTS = 24

# ---- whole signals ----


def _rows_of_the_dft() -> list[str]:
    """Return why the inner product of two columns of the DFT matrix is not a geometric sum."""
    form = spectral(DFT)
    ((place, _, _),), twin = form.ranges, Symbol("l", integer=True)
    return summed_frequencies(form.angle - form.angle.xreplace({place: twin}), [(form.target[1], A.n)], {place: twin})


def _unitary(claim: Claim) -> Evidence:
    """Prove that columns are orthogonal, and confirm it by exact numbers of a cyclotomic field."""
    form = prove_by_form(claim, _rows_of_the_dft(), "columns j and l: a geometric sum of the root e^(2 pi i (j - l)/n)")
    sums = prove_by_identity(claim, geometric()), prove_by_z3(claim, (apart(),))
    confirmed = exhaust(claim, range(1, MOST_POINTS + 1), _columns_are_orthogonal, f"n <= {MOST_POINTS}, in Z[x]/Phi_n")
    return weakest(claim, [form, *sums]) if confirmed.holds else confirmed


def _columns_are_orthogonal(n: int) -> bool:
    """Whether ``sum_f x^(f d mod n)`` is n for d = 0 and else 0, modulo the n-th cyclotomic polynomial."""
    cyclotomic = fmpz_poly.cyclotomic(n)
    for difference in range(n):
        powers = [0] * n
        for frequency in range(n):
            powers[frequency * difference % n] += 1
        if fmpz_poly(powers) % cyclotomic != fmpz_poly([0 if difference else n]):
            return False
    return True


def _twice() -> list[str]:
    """Return why two transforms are not n times the reversal about sample 0: ``sum_f e^(-2 pi i f (j + l) / n)``."""
    form = spectral(DFT)
    ((place, _, _),), bin_ = form.ranges, form.target[1]
    again = form.angle.xreplace({place: bin_, bin_: Symbol("l", integer=True)})
    opposite = (form.angle + again).xreplace({place: Mod(-Symbol("l", integer=True), A.n)})
    return [] if congruent(opposite, Integer(0)) else ["-l mod n does not stand still"]


def _reverses(claim: Claim) -> Evidence:
    form = prove_by_form(
        claim, [*_twice(), *_rows_of_the_dft()], "exponents cancel at -l mod n, other columns are orthogonal"
    )
    return weakest(claim, [form, prove_by_identity(claim, geometric()), prove_by_z3(claim, (apart(),))])


def _gaussian() -> tuple[tuple[Expr, Expr], ...]:
    """The transform of a Gaussian of deviation s, with the sign and the scale of U8, and its inverse."""
    t, w = symbols("t omega", real=True)
    s = Symbol("s", positive=True)
    gaussian, transform = exp(-(t**2) / (2 * s**2)), sqrt(2 * pi) * s * exp(-(s**2) * w**2 / 2)
    forward = integrate(gaussian * exp(-I * w * t), (t, -oo, oo))
    back = integrate(transform * exp(I * w * t), (w, -oo, oo)) / (2 * pi)
    return (forward, transform), (back, gaussian)


# ---- frame by frame ----


def _squares_of_frames() -> Iterator[str]:
    """Yield why the squared norm of a frame's transform is not k times that of the frame."""
    form = spectral(STFT)
    ((tap, _, _),), twin = form.ranges, Symbol("v", integer=True)
    yield from summed_frequencies(form.angle - form.angle.xreplace({tap: twin}), [(form.target[2], A.k)], {tap: twin})
    if form.entry("x").indices[1] != Mod(A.s * A.t + A.u, A.n) or form.entry("window").indices != (tap,):
        yield "a frame does not begin at s t"


def _energy(claim: Claim) -> Evidence:
    """Sum over the frequencies, then count for each sample the taps that meet it: those of its residue, each once."""
    form = prove_by_form(claim, list(_squares_of_frames()), "every frame keeps k times its squared norm")
    counted = prove_by_z3(claim, (apart(), *every_residue(), *one_frame_each()))
    return weakest(claim, [form, prove_by_identity(claim, geometric()), counted])


def _phases() -> tuple[tuple[Expr, Expr], ...]:
    """A frame whose exponent counts from sample 0 is ours, turned: of the same modulus."""
    bin_ = spectral(STFT).target[2]
    place = A.s * A.t + A.u
    here, there = (exp(-2 * pi * I * bin_ * from_ / A.k) for from_ in (A.u, place))
    turn = exp(-2 * pi * I * bin_ * A.s * A.t / A.k)
    return (there, turn * here), ((turn * conjugate(turn)).simplify(), Integer(1))


THEOREMS = (
    Theorem(
        name="the DFT matrix over the root of n is unitary",
        statement="F* F = n I for every n: columns are orthogonal by the geometric sum. So ||F x||^2 = n ||x||^2.",
        formula=("sum_f conj(F[f, j]) F[f, l] = n [j = l]", DFT),
        rows=("U8",),
        proof=_unitary,
    ),
    Theorem(
        name="two transforms reverse a signal",
        statement="F F x = n x[-j mod n] for every n, so four transforms are n^2 times the identity.",
        formula=("sum_f F[l, f] F[f, j] = n [j = -l mod n]", DFT),
        rows=("U8",),
        proof=_reverses,
    ),
    identity(
        "the transform of a Gaussian is a Gaussian",
        "exp(-t^2/(2 s^2)) has the transform sqrt(2 pi) s exp(-s^2 omega^2/2), and comes back by the inverse.",
        ("U8",),
        Derived(_gaussian),
    ),
    Theorem(
        name="the energy of windowed frames",
        statement="||stft(x, w)||^2 = k sum_j D[j mod s] |x[j]|^2 with D[r] = sum_e |w[r + s e]|^2: a multiple of ||x||^2 "
        "exactly if all D are equal, which is a tight window.",
        formula=("sum_t sum_f |y[t, f]|^2 = k sum_j D[j mod s] |x[j]|^2", STFT, DUAL_WINDOW.definition),
        rows=("U9",),
        proof=_energy,
    ),
    identity(
        "phases of frames count from anywhere",
        "Exponents that count from sample 0 instead of the first sample of a frame turn each frame, and keep its modulus.",
        ("U9",),
        Derived(_phases),
    ),
)
