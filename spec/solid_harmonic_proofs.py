"""Proofs of the laws of solid harmonic scattering.

The square of a modulus over all orders is a quadratic form of the volume's spectrum,

    U[t]^2 = V^-2 sum over f, g of X[f] conj(X[g]) e^(2 pi i (f - g) t / n) G(f, g),
    G(f, g) = sum over orders of psi_hat(f) conj(psi_hat(g)),

so what moves entries of the volume moves those of the moduli alike, by induction of both orders, if it turns the transform as it
should and leaves G as it is. G depends on the frequencies by a Gaussian of their lengths, and by the sum over the orders of
products of harmonics; their mean over both sides of the highest frequencies is the mean over the sides exchanged.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Any

from sympy import (
    Abs,
    Dummy,
    Eq,
    Expr,
    Ge,
    I,
    Indexed,
    Integer,
    Le,
    Lt,
    Mod,
    Pow,
    Sum,
    Symbol,
    Tuple,
    conjugate,
    exp,
    expand,
    pi,
    symbols,
)

from .evidence import Evidence, claim_of, prove_by_form, prove_by_identity, prove_by_z3, unproved, weakest
from .homogeneity import growth_of_output
from .laws import VALUE, Placement, Rearrangement, Transformed
from .logic import Obligation
from .records import bound
from .relations import every_word, words_of
from .solid_harmonic import POWER, ROW1, ROW2, S0, S1, S2, SCATTERING3D, TURN, U1, U2
from .solid_harmonic_bank import AXES, BELL, BINS, LARGEST_DEGREE, OMEGA, PLACES, PSI, SIDES, SIZES, SOLID
from .solid_harmonic_gradient import SCATTERING3D_GRADIENT
from .symbols import CHI, ETA, MU, NU, TAU, H, J, array

Point = tuple[Expr, ...]
ONE_POINT, OTHER_POINT = symbols("u_1 u_2 u_3", real=True), symbols("w_1 w_2 w_3", real=True)


# ---- what moves the entries of a volume ----


@dataclass(frozen=True)
class Motion:
    """Entry t of axis `source` goes to ``sign t + shift`` of an axis of the same size, on a cycle: one for each new axis."""

    source: int
    sign: int
    shift: Expr

    def place(self) -> Expr:
        """Return where the entry goes, not yet reduced."""
        return self.sign * PLACES[self.source] + self.shift


def motions(placement: Placement) -> list[Motion] | None:
    """Return the motions that a placement makes, axis by axis; None if it does something else."""
    found = []
    for index, extent in zip(placement.index[1:], placement.extents[1:], strict=True):
        letters = [k for k, t in enumerate(PLACES) if index.has(t)]
        if len(letters) != 1 or extent != SIZES[letters[0]]:
            return None
        (source,) = letters
        moved = index.args[0] if isinstance(index, Mod) and index.args[1] == extent else index
        sign = moved.coeff(PLACES[source])
        shift = expand(moved - sign * PLACES[source])
        if sign not in (1, -1) or shift.has(*PLACES) or (moved is index and (sign, shift) != (1, 0)):
            return None
        found.append(Motion(source, int(sign), shift))
    return found if sorted(m.source for m in found) == [0, 1, 2] else None


def prove_rearranged(law: Rearrangement) -> Evidence | None:
    """Prove that a motion of the volume leaves all integrals as they are, or that a call is part of a larger one.

    None for another operator.
    """
    if law.operator is not SCATTERING3D or law.other is not SCATTERING3D:
        return None
    found = _prove_moved(law) if law.arrays else _prove_within(law)
    return unproved(claim_of(law)) if found is None else found


def _prove_moved(law: Rearrangement) -> Evidence | None:
    moved = motions(law.arrays["x"])
    if moved is None or law.options or law.words or law.index is not None:
        return None
    claim = claim_of(law)
    return weakest(
        claim,
        [
            prove_by_form(claim, list(_other_forms()), "moduli over all orders, and sums over all samples"),
            prove_by_identity(claim, _turned(moved), "the transform turns"),
            prove_by_z3(claim, _frequencies(moved)),
            prove_by_identity(
                claim, _products(moved), f"Gaussians, and products of harmonics up to degree {LARGEST_DEGREE}"
            ),
        ],
    )


def value_of(target: Any) -> Expr:
    """Return the value that the definition gives an array."""
    return next(stage.value for stage in SCATTERING3D.definition if stage.target.base == target)


def _turned(moved: list[Motion]) -> Iterator[tuple[Expr, Expr]]:
    """Yield that the entry of the transform at the moved place and frequency is the old one, times a phase of the frequency."""
    for motion in moved:
        a, f, entry = AXES[motion.source], BINS[motion.source], value_of(TURN[motion.source])
        there = {f: motion.sign * f - a.n * Dummy(integer=True), a.t: motion.place() - a.n * Dummy(integer=True)}
        phase = exp(-2 * pi * I * motion.sign * f * motion.shift / a.n)
        yield entry.subs(there, simultaneous=True).expand() * phase, entry


def _frequencies(moved: list[Motion]) -> Iterator[Obligation]:
    """Yield that the frequency of the moved bin is plus or minus the old one, seen from the same side or from the other."""
    for motion in moved:
        a, f, side = AXES[motion.source], BINS[motion.source], SIDES[motion.source]
        bin_ = value_of(OMEGA[motion.source]) * a.n / (2 * pi)
        there = {f: Mod(motion.sign * f, a.n), side: side if motion.sign > 0 else 1 - side}
        given = (Ge(a.n, 1), Ge(f, 0), Lt(f, a.n), Ge(side, 0), Le(side, 1))
        yield Obligation("the frequency", given, Eq(bin_.xreplace(there), motion.sign * bin_))
        yield Obligation("its square", given, Eq(Abs(bin_), Abs(bin_.xreplace({side: 1 - side}))))


def _products(moved: list[Motion]) -> Iterator[tuple[Expr, Expr]]:
    """Yield that the Gaussian, and a degree's sum of products of harmonics, are the same at the images of two points."""
    points = (ONE_POINT, OTHER_POINT)
    image = {p[k]: motion.sign * p[motion.source] for p in points for k, motion in enumerate(moved)}
    for value in (gaussian_at(ONE_POINT), *map(product_of_harmonics, range(LARGEST_DEGREE + 1))):
        yield expand(value.xreplace(image)), value


def gaussian_at(point: Point) -> Expr:
    """Return the Gaussian of the definition at a point in frequency."""
    return value_of(BELL).xreplace({w[0, f]: u for w, f, u in zip(OMEGA, BINS, point, strict=True)})


def harmonic_at(degree: int, order: int, point: Point) -> Expr:
    """Return the harmonic of the definition at a point in frequency, expanded."""
    return expand(_polynomial(degree, order).xreplace(dict(zip(ONE_POINT, point, strict=True))))


@lru_cache
def _polynomial(degree: int, order: int) -> Expr:
    """Return the harmonic of the definition in the letters of a point: term by term."""
    total = next(iter(value_of(SOLID).atoms(Sum)))
    powers = [letter for letter, *_ in total.limits if letter not in SIDES]
    read = {w[side, f]: u for w, side, f, u in zip(OMEGA, SIDES, BINS, ONE_POINT, strict=True)}
    term = total.function.xreplace(read).xreplace({ETA: Integer(degree), CHI: Integer(degree + order)})
    places = product(map(Integer, range(degree + 1)), repeat=len(powers))
    return expand(sum(term.xreplace(dict(zip(powers, place, strict=True))) for place in places))


@lru_cache
def product_of_harmonics(degree: int) -> Expr:
    """Return the sum over all orders of harmonics at one point times their conjugates at another, expanded."""
    pairs = ([harmonic_at(degree, m, point) for point in (ONE_POINT, OTHER_POINT)] for m in range(-degree, degree + 1))
    return expand(sum(here * conjugate(there).expand() for here, there in pairs))


def _other_forms() -> Iterator[str]:
    """Yield where the definition is not of the form on which the proof rests."""
    entries = {SOLID[ETA, CHI, *BINS]: Integer(1), BELL[MU, *BINS]: Integer(1)}
    if value_of(PSI).xreplace(entries).has(CHI, *BINS):
        yield "a spectrum depends on the frequency by more than a Gaussian and a harmonic"
    for target in (U1, U2):
        square = value_of(target) ** 2
        if not (isinstance(square, Sum) and square.limits == (Tuple(CHI, 0, 2 * ETA),) and _is_square(square.function)):
            yield f"{target} is no modulus over all orders"
    for k, (name, forward) in product(range(3), (("X", True), ("V", False), ("G", True), ("W", False))):
        if not _is_transform(value_of(array(f"{name}_{'abc'[k]}")), k, forward):
            yield f"{name} is no transform along axis {k}"
    everywhere = tuple(Tuple(a.t, 0, a.n - 1) for a in AXES)
    for target in (S0, S1, S2):
        if value_of(target).limits != everywhere:
            yield f"{target} is no sum over all samples"


def _is_transform(value: Expr, axis: int, forward: bool) -> bool:
    """Whether a stage multiplies by the entries of the transform along an axis, or of the one back, and sums."""
    f, t, n = BINS[axis], PLACES[axis], SIZES[axis]
    entry = TURN[axis][f, t]
    total, turn, letter = (value, conjugate(entry), t) if forward else (n * value, entry, f)
    return isinstance(total, Sum) and total.variables == [letter] and not (total.function / turn).has(*TURN)


def _is_square(value: Expr) -> bool:
    return (
        isinstance(value, Pow)
        and value.exp == 2
        and isinstance(value.base, Abs)
        and isinstance(value.base.args[0], Indexed)
    )


# ---- factors ----


def prove_scaled(law: Transformed) -> Evidence | None:
    """Prove what a factor of the volume does to the integrals, or to their gradient; None for another law."""
    if law.operator not in (SCATTERING3D, SCATTERING3D_GRADIENT):
        return None
    factor = law.inner / VALUE
    if factor.has(VALUE):
        return None
    size, identities = -factor if factor.is_negative else factor, []
    for words in every_word(law.operator, law.words):
        growth = growth_of_output(law.operator, law.wrt, words)
        if growth is None:
            return unproved(claim_of(law))
        identities.append((law.outer, size**growth.power * (-1 if growth.odd and factor.is_negative else 1) * VALUE))
    return prove_by_identity(claim_of(law), identities, "stage by stage, the power of the factor")


# ---- calls within calls ----


def _prove_within(law: Rearrangement) -> Evidence | None:
    if law.index is None or law.index[:2] != SCATTERING3D.definition[-1].target.indices[:2]:
        return None
    claim, (keyword,) = claim_of(law), law.options
    if keyword == "powers":
        here, there = (words_of(SCATTERING3D, words) for words in (law.words, law.options))
        return prove_by_identity(
            claim, [(bound(POWER(law.index[2]), there), bound(POWER(TAU), here))], "the power of the column"
        )
    if law.index[2] != TAU or law.words.get("max_order") not in (0, 1):
        return None
    if keyword == "max_order":
        return prove_by_z3(claim, _rows_of_pairs())
    return prove_by_form(
        claim, list(_rows_that_depend_on_scales()), "rows of one wavelet, and wavelets, do not depend on J"
    )


def _rows_of_pairs() -> Iterator[Obligation]:
    """Yield that every path of two wavelets stands after those of one."""
    first, second, degree = MU, NU, ETA
    given = (Ge(J, 1), Ge(H, 0), Ge(first, 0), Lt(first, second), Lt(second, J), Ge(degree, 0), Le(degree, H))
    before = (ROW2 - 1 - J * (H + 1) - ETA) / (H + 1)
    yield Obligation("pairs before a pair", given, Ge(before, 0))
    many = Symbol("pairs", integer=True)
    yield Obligation(
        "rows before a row", (*given, Ge(many, 0)), Ge(1 + J * (H + 1) + many * (H + 1) + degree, 1 + J * (H + 1))
    )


def _rows_that_depend_on_scales() -> Iterator[str]:
    """Yield what depends on the number of scales and is neither a sum over them nor a row of two wavelets."""
    if ROW1.has(J):
        yield "the row of a path of one wavelet"
    for target in (*OMEGA, SOLID, BELL, PSI, *TURN, U1, S0, S1):
        if value_of(target).has(J):
            yield str(target)
