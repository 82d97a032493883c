"""Theorems about shifts: where a convolution commutes with them, and exactly where the border breaks it (L-equiv)."""

from itertools import product
from typing import Any

from sympy import And, Eq, Equivalent, Expr, Ge, Gt, Integer, Lt, Max, Min, Mod, Not, Or, symbols

from .convolution import CONV1D
from .evidence import Derived, Theorem, certify, for_all, identity
from .logic import Obligation
from .relations import relation_of
from .sizes import dilated_extent
from .symbols import Axis

A = Axis.of(0, 1)
SHIFT, OUT = symbols("a b", integer=True)
READ = relation_of(CONV1D, {"padding_mode": "zeros"}).indices["x"][2]
EXTENT = dilated_extent(A.k, A.d)


def _on_integers() -> tuple[Expr, Expr]:
    """Shifting x by s b reads, for output t, what output t - b reads of x."""
    return READ - A.s * OUT, READ.xreplace({A.t: A.t - OUT})


def _only_multiples() -> Obligation:
    """If y of the shifted x is y shifted by b, then the least taps with w != 0 read the same sample for every t."""
    shifted, moved = READ - SHIFT, READ.xreplace({A.t: A.t - OUT})
    return Obligation("s | a", (Ge(A.s, 1), Eq(shifted, moved)), And(Eq(Mod(SHIFT, A.s), 0), Eq(SHIFT, A.s * OUT)))


def _cyclic_output(n: int, s: int, a: int) -> list[int]:
    """Return, for the filter (1), which sample of x each output reads after a cyclic shift by a."""
    return [(s * t - a) % n for t in range(n // s + bool(n % s))]


def cyclic_counterexample() -> str | None:
    """Return the smallest n and s, s not dividing n, for which a shift by s is no shift of the output."""
    for n, s in sorted(product(range(1, 6), repeat=2), key=sum):
        plain, shifted = _cyclic_output(n, s, 0), _cyclic_output(n, s, s)
        rotations = [plain[-b:] + plain[:-b] for b in range(len(plain))]
        if n > s and n % s and shifted not in rotations:
            return f"n = {n}, s = {s}: outputs read x{plain}, after a shift by {s} they read x{shifted}"
    return None


def strided_counterexample() -> str | None:
    """Return the smallest shift that stride 2 does not pass on, with the filter (1) on all integers."""
    for a in range(1, 4):
        reads, offsets = [2 * t - a for t in range(4)], range(-4, 5)
        if not any(reads == [2 * (t - b) for t in range(4)] for b in offsets):
            return f"s = 2, a = {a}, w = (1): outputs 0..3 read x{reads}, no shift of x[2 t]"
    return None


def _same_border(sign: int) -> tuple[Obligation, ...]:
    """Compare y of the shifted x with the shifted y, tap by tap, for stride 1 and padding that keeps the size.

    The tap u of output t reads sample j = t + d u - p of the shifted signal, which is x[j - a] where both stand inside.
    """
    n, t, a = A.n, A.t, SHIFT
    j = READ.xreplace({A.s: Integer(1)})
    given: tuple[Any, ...] = (Ge(n, 1), Ge(A.k, 1), Ge(A.d, 1), Ge(A.p, 0), Ge(A.q, 0), Eq(A.p + A.q, EXTENT - 1))
    given = (*given, Ge(t, 0), Lt(t, n), Ge(A.u, 0), Lt(A.u, A.k), Gt(sign * a, 0), Lt(sign * a, n))
    here = And(
        Ge(j, 0), Lt(j, n), Ge(j - a, 0), Lt(j - a, n)
    )  # the tap contributes w[u] x[j - a] to y of the shifted x
    there = And(Ge(t - a, 0), Lt(t - a, n), Ge(j - a, 0), Lt(j - a, n))  # ... and to the shifted y
    if sign > 0:
        broken = Or(Ge(t, n - A.q), And(Ge(t, Max(0, a - A.q)), Lt(t, a)))
        silent = And(Ge(j - a, A.q), Lt(j - a, n - a))
    else:
        broken = Or(Lt(t, A.p), And(Ge(t, n + a), Lt(t, Min(n, n + a + A.p))))
        silent = And(Ge(j - a, -a), Lt(j - a, n - A.p))
    return (
        Obligation("equal outside the stated outputs", (*given, Not(broken)), Equivalent(here, there)),
        Obligation("equal where x vanishes at the ends", (*given, silent), Equivalent(here, there)),
    )


def _sharp() -> tuple[Obligation, ...]:
    """Without dilation each stated output has a tap that counts on one side only: it reads x[n - a], or x[0]."""
    n, t, a = A.n, A.t, SHIFT
    j = READ.xreplace({A.s: Integer(1), A.d: Integer(1)})
    given = (
        Ge(n, 1),
        Ge(A.k, 1),
        Ge(A.p, 0),
        Ge(A.q, 0),
        Eq(A.p + A.q, A.k - 1),
        Ge(t, 0),
        Lt(t, n),
        Gt(a, 0),
        Lt(a, n),
    )
    here = And(Ge(j, 0), Lt(j, n), Ge(j - a, 0), Lt(j - a, n))
    there = And(Ge(t - a, 0), Lt(t - a, n), Ge(j - a, 0), Lt(j - a, n))
    tap = And(Ge(A.u, 0), Lt(A.u, A.k))
    lost = And(tap, Not(here), there).xreplace({A.u: n + A.p - t})
    gained = And(tap, here, Not(there)).xreplace({A.u: a + A.p - t})
    return (
        Obligation("a tap left the signal", (*given, Ge(t, n - A.q), Ge(t, a)), lost),
        Obligation("a tap entered it", (*given, Ge(t, Max(0, a - A.q)), Lt(t, a)), gained),
    )


THEOREMS = (
    identity(
        "convolution on the integers commutes with shifts",
        "On Z, shifting x by s b shifts y by b: both read the same samples (stride 1: every shift).",
        ("L-equiv",),
        _on_integers(),
    ),
    for_all(
        "a strided convolution passes on multiples of the stride only",
        "On Z, for a finite non-zero w, a shift by a is an output shift only if s | a, and then by a/s.",
        ("L-equiv",),
        _only_multiples(),
    ),
    Theorem(
        name="a shift that is no multiple of the stride is lost",
        statement="With stride 2 a shift by 1 is not a shift of the output.",
        formula=("exists a: s = 2, not s | a, no output shift", READ),
        rows=("L-equiv",),
        proof=lambda claim: certify(claim, strided_counterexample, "smallest counterexample, enumerated"),
    ),
    Theorem(
        name="cyclic shifts need s | n as well",
        statement="On a cycle whose length the stride does not divide, a shift by s is not a shift of the output.",
        formula=("exists n, s: not s | n, no output shift", READ),
        rows=("L-equiv",),
        proof=lambda claim: certify(claim, cyclic_counterexample, "smallest counterexample, enumerated"),
    ),
    for_all(
        "zero padding breaks a shift to the right at the stated outputs only",
        "'same', shift a > 0: mismatch at most on the last q outputs and on max(0, a-q) .. a-1; none if x is 0 on its "
        "first q and last a samples.",
        ("L-equiv",),
        *_same_border(1),
    ),
    for_all(
        "zero padding breaks a shift to the left at the stated outputs only",
        "'same', shift a < 0: mismatch at most on the first p outputs and on n+a .. min(n, n+a+p)-1; none if x is 0 on "
        "its last p and first -a samples.",
        ("L-equiv",),
        *_same_border(-1),
    ),
    for_all(
        "the stated outputs do break",
        "Without dilation every stated output has a tap that reads a sample on one side of the comparison only (a"
        " > 0).",
        ("L-equiv",),
        Derived(_sharp),
    ),
)
