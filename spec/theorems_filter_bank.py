"""Theorems about filter banks: cascades are direct transforms, orthonormal pairs rebuild signals (M11, M12)."""

from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np
from sympy import Eq, Expr, Ge, Integer, Lt, Rational, Symbol, sqrt, symbols

from .configuration import bind
from .enclosure import integer_outputs
from .evidence import Claim, Evidence, Theorem, exhaust, prove_by_form, prove_by_identity, prove_by_z3, weakest
from .filter_bank import ANALYZE1D, READ, SYNTHESIZE1D, A, equivalent_tap
from .logic import Obligation
from .spectral_form import congruent

ROWS = ("M11", "M12")
Filters = tuple[tuple[int, ...], ...]

# ---- cascades ----


def analyze(x: np.ndarray, w: np.ndarray, **options: int) -> np.ndarray:
    """Return the bands of integer signals, exactly, by the record."""
    return integer_outputs(bind(ANALYZE1D, {"x": x.shape, "w": w.shape}, options), {"x": x, "w": w})[0]


def synthesize(y: np.ndarray, w: np.ndarray, **options: int) -> np.ndarray:
    """Return the signals of integer bands, exactly, by the record."""
    return integer_outputs(bind(SYNTHESIZE1D, {"y": y.shape, "w": w.shape}, options), {"y": y, "w": w})[0]


def equivalent_filters(w: np.ndarray, levels: int) -> np.ndarray:
    """Return the filters phi_j and psi_j,k of equation (11) after some levels of one pair: ``phi_j = w_0 * phi_(j-1)``, spread.

    Examples
    --------
    >>> equivalent_filters(np.array([[1, 1], [1, -1]]), 2).tolist()
    [[1, 1, 1, 1], [1, 1, -1, -1]]
    """
    found = w
    for level in range(1, levels):
        spread = np.zeros((len(w), (w.shape[1] - 1) * 2**level + 1), w.dtype)
        spread[:, :: 2**level] = w
        found = np.array([np.convolve(found[0], taps) for taps in spread])
    return found


def decimated(x: np.ndarray, w: np.ndarray, levels: int) -> np.ndarray:
    """Return the bands of the last level of a cascade of steps with stride 2."""
    bands = analyze(x, w, stride=2)
    for _ in range(1, levels):
        bands = analyze(bands[:, 0], w, stride=2)
    return bands


def undecimated(x: np.ndarray, w: np.ndarray, levels: int) -> np.ndarray:
    """Return the bands of the last level of a cascade of steps with stride 1 and taps 1, 2, 4 .. apart."""
    bands = analyze(x, w, stride=1)
    for level in range(1, levels):
        bands = analyze(bands[:, 0], w, stride=1, dilation=2**level)
    return bands


Case = tuple[Filters, int, int]
PAIRS: tuple[Filters, ...] = (((1, 1), (1, -1)), ((2, -1), (0, 3)), ((1, 2, -1), (3, 0, 1)))


def _cascade_cases() -> Iterator[Case]:
    yield from ((w, levels, length) for w, levels, length in product(PAIRS, (1, 2, 3), (8, 24)))


def _cascade_holds(case: Case) -> bool:
    """Compare both cascades with one convolution by the equivalent filters, on all impulses."""
    pair, levels, length = case
    x, w = np.eye(length, dtype=np.int64), np.array(pair)
    direct = analyze(x, equivalent_filters(w, levels), stride=1)
    coarse = direct[:, :, :: 2**levels]
    return bool((undecimated(x, w, levels) == direct).all() and (decimated(x, w, levels) == coarse).all())


def _one_more_level() -> list[str]:
    """Return where a further step does not read what the equivalent filters of one more level read.

    After j levels the taps of the low-pass lie at T, and the distance of samples is ``s = 2**j`` where they are decimated. A
    step with stride 2, or with taps ``2**j`` apart, then reads through them at ``T + 2**j u``; both are the same filter.
    """
    tap, spread, v, m = symbols("T S v m", integer=True)
    low = {A.u: tap, A.d: Integer(1)}
    found = {
        "decimated": equivalent_tap(A, A.u, Integer(1), v).xreplace({**low, A.s: spread}),
        "à trous": equivalent_tap(A, A.u, spread, v).xreplace({**low, A.s: Integer(1)}),
    }
    wanted, size = tap + spread * v, spread * 2 * m
    differing = [f"{kind}: {at}" for kind, at in found.items() if (at - wanted).expand() != 0]
    step = {A.d: Integer(1), A.u: wanted, A.m: m}
    kept = READ.xreplace({**step, A.s: 2 * spread})
    whole = READ.xreplace({**step, A.t: 2 * spread * A.t, A.s: Integer(1), A.m: size})
    return differing + ([] if congruent(kept, whole, size) else ["samples differ"])


def _cascaded(claim: Claim) -> Evidence:
    form = prove_by_form(claim, _one_more_level(), "one more level reads one sample, by induction")
    counted = exhaust(claim, _cascade_cases(), _cascade_holds, "three pairs of filters, 1 to 3 levels, n = 8 and 24")
    return form if counted.holds else counted


# ---- perfect reconstruction ----


def lattice(angles: Sequence[tuple[int, int]]) -> np.ndarray:
    """Return the integer filters of a two-band lattice: rotations by ``(a, b)``, a delay of the second band by two between them.

    Examples
    --------
    >>> lattice([(1, 1)]).tolist(), lattice([(1, 2), (3, 1)]).tolist()
    ([[1, 1], [-1, 1]], [[3, 6, -2, 1], [-1, -2, -6, 3]])
    """
    (a, b), *others = angles
    first, second = np.array([a, b]), np.array([-b, a])
    for c, d in others:
        low, high = np.append(first, [0, 0]), np.append([0, 0], second)
        first, second = c * low + d * high, -d * low + c * high
    return np.array([first, second])


def _lattice_cases() -> Iterator[tuple[tuple[tuple[int, int], ...], int]]:
    rotations = ((1, 1), (2, -1), (0, 3))
    for depth in (1, 2, 3):
        yield from ((angles, m) for angles in product(rotations, repeat=depth) for m in (1, 2, 5))


def _rebuilds(case: tuple[tuple[tuple[int, int], ...], int]) -> bool:
    angles, m = case
    x, w = np.eye(2 * m, dtype=np.int64), lattice(angles)
    power = int(np.prod([a * a + b * b for a, b in angles]))
    return bool((synthesize(analyze(x, w), w) == power * x).all())


def _rotated() -> tuple[tuple[Expr, Expr], ...]:
    """One more rotation multiplies the products of two rows by ``c^2 + d^2``, and leaves them orthogonal where they were."""
    c, d, p, q, r = symbols(
        "c d p q r", real=True
    )  # the products of each row with itself, moved by an even number, and of both
    grown = (c**2 + d**2) * p
    found = {
        c**2 * p + 2 * c * d * r + d**2 * q: grown,
        d**2 * p - 2 * c * d * r + c**2 * q: grown,
        -c * d * p + (c**2 - d**2) * r + c * d * q: Integer(0),
    }
    return tuple((product_.xreplace({q: p, r: Integer(0)}), value) for product_, value in found.items())


def _square() -> tuple[Obligation, ...]:
    """Rows t of two bands of m samples each are those of a square matrix: n = 2 m; tap u of row t meets one sample."""
    band, t, n = symbols("band t n", integer=True)
    row = band * A.m + t
    given = (Ge(A.m, 1), Ge(band, 0), Lt(band, 2), Ge(t, 0), Lt(t, A.m), Eq(n, 2 * A.m))
    return (Obligation("as many rows as samples", given, Lt(row, n)), Obligation("from 0 on", given, Ge(row, 0)))


def _reconstruction(claim: Claim) -> Evidence:
    parts = [prove_by_identity(claim, _rotated()), prove_by_z3(claim, _square())]
    counted = exhaust(claim, _lattice_cases(), _rebuilds, "lattices of 1 to 3 rotations, n = 2, 4, 10, all impulses")
    return weakest(claim, [*parts, counted])


def orthonormal_pairs() -> dict[str, tuple[tuple[Expr, ...], tuple[Expr, ...]]]:
    """Return the filters of Haar and of Daubechies with 4 taps: low-pass and high-pass, exact."""
    root = sqrt(3)
    lows = {
        "Haar": tuple(Rational(1) / sqrt(2) for _ in range(2)),
        "Daubechies": tuple(tap / (4 * sqrt(2)) for tap in (1 + root, 3 + root, 3 - root, 1 - root)),
    }
    return {name: (low, tuple((-1) ** u * tap for u, tap in enumerate(reversed(low)))) for name, low in lows.items()}


def _products(one: Sequence[Expr], two: Sequence[Expr], shift: int) -> Expr:
    return sum((one[u] * two[u + shift] for u in range(len(one)) if 0 <= u + shift < len(two)), Integer(0))


def _orthonormal() -> Iterator[tuple[Expr, Expr]]:
    """Rows of the matrix of a step, moved by any even number of taps, are orthonormal; low-pass and moments as they should be."""
    for low, high in orthonormal_pairs().values():
        for shift in range(-len(low), len(low) + 1, 2):
            for one, two in ((low, low), (high, high), (low, high)):
                yield _products(one, two, shift), Integer(int(one is two and shift == 0))
        yield sum(low), sqrt(2)
        for moment in range(len(low) // 2):
            yield sum((Integer(u) ** moment * tap for u, tap in enumerate(high)), Integer(0)), Integer(0)


THEOREMS = (
    Theorem(
        name="filter bank: a cascade is the direct transform",
        statement="After j levels the bands are x * phi_j and x * psi_j,k, phi_j = w_0 * phi_(j-1) and psi_j,k = w_k * phi_(j-1) "
        "with taps 2^(j-1) apart; subsampled by 2 at every level, they are sampled at intervals 2^j.",
        formula=(ANALYZE1D, SYNTHESIZE1D, equivalent_tap(A, A.u, Symbol("e", integer=True), Symbol("v", integer=True))),
        rows=ROWS,
        proof=_cascaded,
    ),
    Theorem(
        name="filter bank: lattices of rotations rebuild signals",
        statement="Two filters made of rotations and delays have orthogonal rows, moved by 2; the matrix of a step is square, so "
        "synthesize1d(analyze1d(x)) is x times the product of a^2 + b^2.",
        formula=(_rotated(), ANALYZE1D, SYNTHESIZE1D),
        rows=ROWS,
        proof=_reconstruction,
    ),
    Theorem(
        name="filter bank: Haar's and Daubechies' pairs are orthonormal",
        statement="Rows are orthonormal for every even shift, low-pass filters sum to sqrt(2), high-pass filters have 1 and 2 "
        "vanishing moments: a step and its adjoint rebuild every signal.",
        formula=tuple(_orthonormal()),
        rows=ROWS,
        proof=lambda claim: prove_by_identity(claim, _orthonormal()),
    ),
)
