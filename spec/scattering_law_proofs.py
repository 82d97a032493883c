"""Proofs of what scattering does to sizes, and to signals of which it is known in closed form.

Energies are followed from order to order, as inequalities of real numbers that z3 decides. That the energy of a bank is at most
1, or is 1, that the taps of an average are not negative, and closed forms are looked at in balls, on banks of some small sizes.
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import product
from typing import Any

import numpy as np
from flint import acb, arb, ctx
from sympy import (
    Abs,
    And,
    Eq,
    Expr,
    Ge,
    Indexed,
    Integer,
    Le,
    Lt,
    Max,
    Min,
    Mod,
    Mul,
    Not,
    Sum,
    conjugate,
    sqrt,
    symbols,
)

from .code import number
from .complex_balls import Balls
from .configuration import Configuration, bind
from .evidence import Evidence, claim_of, exhaust, prove_by_form, prove_by_z3
from .harmonic import PRECISION, plan
from .homogeneity import Growth, growth_of
from .logic import Obligation
from .records import Choice, OperatorSpec, bound
from .scattering_aliasing import alias_bounds
from .scattering_closed import closed_form, signal_of
from .scattering_form import EXTENSION, KEPT
from .scattering_kinds import (
    Capture,
    ClosedForm,
    Covariance,
    Homogeneity,
    Nonexpansion,
    Positivity,
    RateIndependence,
)
from .scattering_motions import carried, in_turn, prove_covariance
from .scattering_paths import CASCADES
from .scattering_small_calls import BANKS, SMALL, Call, bound_call, coefficients, small_banks, solved_call
from .symbols import MU, L

# ---- factors and signs ----


def prove_homogeneity(law: Homogeneity) -> Evidence:
    """Prove how a factor passes by the form of the definition: linear stages and moduli."""
    known: dict[str, Growth] = {"x": Growth(Integer(1), True)}
    for stage in law.operator.definition:
        growth = growth_of(stage.value, known)
        if growth is not None and growth.power != 0:
            known[stage.target.base.name] = growth
    odd, even = (Growth(Integer(1), sign) for sign in (True, False))
    expected = {"S_0": odd, "U_1": even, "S_1": even, "U_2": even, "S_2": even}
    violations = [name for name, growth in expected.items() if known.get(name) != growth]
    violations += [str(stage.target) for stage in law.operator.definition if stage.value.has(conjugate)]
    return prove_by_form(
        claim_of(law), violations, "S_0 is linear in x, U_1 the modulus of what is, the rest linear in moduli"
    )


def prove_positivity(law: Positivity) -> Evidence:
    """Prove that coefficients are sums of moduli times taps by the form of the definition, and look at the taps."""
    claim = claim_of(law)
    values = {stage.target.base.name: stage.value for stage in law.operator.definition}
    signed = [name for name in ("U_1", "U_2") if not isinstance(values[name], Abs)]
    signed += [name for name in ("S_1", "S_2") if not _made_of(values[name], {"U_1", "U_2", "phi", "r_1", "r_2"})]
    calls = small_banks(law.operator, law.words)
    return in_turn(
        claim,
        [
            lambda: prove_by_form(claim, signed, "sums of products of moduli, distances and taps of the average"),
            lambda: exhaust(claim, calls, lambda call: _has_positive_taps(law.operator, call), f"taps, {BANKS}"),
        ],
    )


def _made_of(value: Expr, arrays: set[str]) -> bool:
    """Whether a value is made of entries of some arrays by sums, products and maxima."""
    if isinstance(value, Indexed):
        return value.base.name in arrays
    parts = (value.function,) if isinstance(value, Sum) else value.args
    return isinstance(value, Sum | Mul | Max) and all(_made_of(part, arrays) for part in parts)


def _has_positive_taps(record: OperatorSpec, call: Call) -> bool:
    with ctx.workprec(PRECISION):
        return all(tap.real > -SMALL for tap in plan(bound_call(record, call))["phi"].values)


# ---- energies ----

SUMS, REST, AVERAGE, AFTER, WHOLE, COUNT = symbols("s r a e w n", real=True)
"""Energies of the orders so far, of the moduli after them, of the next order, of the moduli after that, and of the data."""

POSITIVE = tuple(Ge(value, 0) for value in (SUMS, REST, AVERAGE, AFTER))


def prove_nonexpansion(law: Nonexpansion) -> Evidence:
    """Prove the constants: moduli are no farther apart, layers keep energies, an extension repeats samples.

    Data that are their own mirror images have coefficients that are, so that half of the energy is on either side.
    """
    claim, record = claim_of(law), law.operator
    repeated = {"reflect": sqrt(2) ** len(CASCADES[record].axes)}
    wrong = [word for word, constant in law.constants.items() if constant != repeated.get(word, 1)]
    calls, lemmas = small_banks(record, {}), [*_moduli(), *_levels(), *_layers(), *_repetitions(record)]
    return in_turn(
        claim,
        [
            lambda: prove_by_form(claim, wrong, "sqrt(2) per axis where samples but the outermost occur twice"),
            lambda: prove_by_z3(claim, lemmas),
            lambda: exhaust(claim, calls, lambda call: _energies(record, call, _is_at_most_one), f"energies, {BANKS}"),
            lambda: exhaust(claim, calls, lambda call: _carries_mirrors(record, call), f"mirrored filters, {BANKS}"),
        ],
    )


def _moduli() -> Iterator[Obligation]:
    """Yield that moduli r, t of complex numbers are no farther apart than these."""
    a, b, c, d, r, t = symbols("a b c d r t", real=True)
    given = (Ge(r, 0), Ge(t, 0), Eq(r**2, a**2 + b**2), Eq(t**2, c**2 + d**2))
    yield Obligation("moduli", given, Le((r - t) ** 2, (a - c) ** 2 + (b - d) ** 2))


def _levels() -> Iterator[Obligation]:
    """Yield that a level squared, times the energy, is at most what the average leaves: energy times room."""
    energy, room, least = symbols("g room least", real=True)
    given = (Ge(energy, 0), Ge(room, 0))
    yield Obligation("cap", given, Le(energy * Min(1, room), energy * room))
    yield Obligation("scalar", (*given, Ge(least, 0), Le(least, room)), Le(energy * Min(1, least), energy * room))


def _layers() -> Iterator[Obligation]:
    """Yield that the energies of differences, order by order, stay below that of the data."""
    layer = (*POSITIVE, Le(AVERAGE + AFTER, REST), Le(SUMS + REST, WHOLE))
    yield Obligation("one more order", layer, Le(SUMS + AVERAGE + AFTER, WHOLE))
    yield Obligation("what is left counts for nothing", layer, Le(SUMS, WHOLE))


def _repetitions(record: OperatorSpec) -> Iterator[Obligation]:
    """Yield how often a sample occurs on a period: once, or twice; and that a symmetric signal is its own mirror image."""
    cascade, boundary = CASCADES[record], record.parameter("boundary")
    assert isinstance(boundary, Choice)
    axis, p = cascade.axes[0], cascade.periods[0]
    places = symbols("p1 p2 p3", integer=True)
    for word, binding in boundary.options.items():
        inside = tuple(rule for place in places for rule in (Ge(place, 0), Lt(place, binding[p])))
        apart = (Lt(places[0], places[1]), Lt(places[1], places[2]))
        kept, read = ([bound(f(place, axis.n), binding) for place in places] for f in (KEPT, EXTENSION))
        twice = word in ("symmetric", "reflect")
        same = [Eq(kept[k], 1) for k in range(2 + twice)] + [Eq(read[0], read[k]) for k in range(1, 2 + twice)]
        yield Obligation(f"{word}: repeated", (Ge(axis.n, 2), *inside, *apart), Not(And(*same)))
        if word == "symmetric":
            mirror = bound(EXTENSION(binding[p] - 1 - places[0], axis.n), binding)
            yield Obligation("symmetric: its own mirror image", (Ge(axis.n, 2), *inside[:2]), Eq(mirror, read[0]))


def _mirrors(record: OperatorSpec) -> Iterator[Covariance]:
    """Yield that the reversal of one axis carries wavelets into those of the mirrored angle."""
    axes = CASCADES[record].axes
    mirrored = MU if len(axes) == 1 else MU - Mod(MU, L) + Mod(-Mod(MU, L), L)
    for turned in axes:
        image = tuple(Mod(-a.j, a.n) if a is turned else a.j for a in axes)
        yield Covariance(name="", statement="", operator=record, image=image, index=(), first=mirrored, later=mirrored)


def _carries_mirrors(record: OperatorSpec, call: Call) -> bool:
    return all(carried(mirror, call) for mirror in _mirrors(record))


def _is_at_most_one(value: arb) -> bool:
    return value - 1 < SMALL


def _is_one(value: arb) -> bool:
    return abs(value - 1) < SMALL


def _energies(record: OperatorSpec, call: Call, holds: Callable[[arb], bool]) -> bool:
    """Whether something holds for the frame function of both orders, on every bin."""
    found = plan(bound_call(record, call))
    periods = tuple(bound_call(record, call).values[p.name] for p in CASCADES[record].periods)
    with ctx.workprec(PRECISION):
        phi = found["phi_hat"].values.reshape(periods)
        return all(holds(z.real) for name in ("psi_1_hat", "psi_2_hat") for z in _frame(phi, found[name], periods).flat)


def _frame(phi: np.ndarray, spectra: Balls, periods: tuple[int, ...]) -> np.ndarray:
    """Return ``phi^2 + 1/2 sum psi(f)^2 + psi(-f)^2`` on all bins; of real spectra."""
    psi = spectra.values.reshape(-1, *periods)
    places: tuple[Any, ...] = (slice(None), *np.ix_(*(-np.arange(p) % p for p in periods)))
    mirrored = psi[places]
    return phi**2 + ((psi**2 + mirrored**2) / acb(2)).sum(axis=0)


def prove_capture(law: Capture) -> Evidence:
    """Prove the decay: a layer loses nothing but what it averages, and that takes at least the mean of moduli.

    The mean of n samples m >= 0 of a modulus has the energy ``(sum m)^2 / n``, and ``(sum m)^2 >= sum m^2``.
    """
    claim, record = claim_of(law), law.operator
    total, squares, sample = symbols("t q m", real=True)
    given = (Ge(total, 0), Ge(sample, 0), Ge(squares, 0), Ge(total**2, squares))
    layer = (*POSITIVE, Ge(COUNT, 1), Eq(AVERAGE + AFTER, REST), Ge(COUNT * AVERAGE, REST))
    obligations = [
        Obligation("one more sample", given, Ge((total + sample) ** 2, squares + sample**2)),
        Obligation("one more order", layer, Le(COUNT * AFTER, (COUNT - 1) * REST)),
        Obligation(
            "what is lost", (Eq(SUMS + REST, WHOLE), Eq(AVERAGE + AFTER, REST)), Eq(WHOLE - SUMS - AVERAGE, AFTER)
        ),
    ]
    calls = [call for call in small_banks(record, law.words) if solved_call(record, call, law.solved[:1]) == call]
    return in_turn(
        claim,
        [
            lambda: prove_by_z3(claim, obligations),
            lambda: exhaust(claim, calls, lambda call: _energies(record, call, _is_one), f"energies, {BANKS}"),
        ],
    )


# ---- closed forms ----


def prove_closed_form(law: ClosedForm) -> Evidence:
    """Look at the signal and its coefficients in balls, for all letters, on all banks of some small sizes."""
    calls = [solved_call(law.operator, call, law.solved) for call in small_banks(law.operator, law.words)]
    calls = [(shape, {**options, **law.words}) for shape, options in calls]
    return exhaust(claim_of(law), calls, lambda call: _is_closed(law, call), f"all letters to 2^-80, {BANKS}")


def _is_closed(law: ClosedForm, call: Call) -> bool:
    """Whether the definition gives the closed form for all letters of a law, each of which makes one item."""
    one = bound_call(law.operator, call)
    letters = list(_letters(law, one))
    signals = np.concatenate([signal_of(law, one, values) for values in letters])
    expected = np.concatenate([closed_form(law, one, values) for values in letters])
    result = coefficients(law.operator, call, signals.reshape(len(letters), *call[0]))
    with ctx.workprec(PRECISION):
        found = result.sum(axis=tuple(range(2, result.ndim))) if law.summed else result
        return all(abs(z) < SMALL for z in found.ravel() - expected)


def _letters(law: ClosedForm, configuration: Configuration) -> Iterator[dict[str, int]]:
    ranges = [range(*(number(end, configuration.values) for end in (low, high + 1))) for low, high in law.free.values()]
    for values in product(*ranges):
        yield dict(zip((s.name for s in law.free), values, strict=True))


# ---- rates ----


def prove_rate_independence(law: RateIndependence) -> Evidence:
    """Prove that moduli are no farther apart, and look at the bound for every impulse on all banks of some small sizes."""
    claim = claim_of(law)
    calls = [solved_call(law.operator, call, law.coarse) for call in small_banks(law.operator, {})]
    return in_turn(
        claim,
        [
            lambda: prove_by_z3(claim, _moduli()),
            lambda: exhaust(claim, calls, lambda call: _within(law, call), f"all impulses, {BANKS}"),
        ],
    )


def _within(law: RateIndependence, call: Call) -> bool:
    """Whether the coefficients of every impulse are as near to those at full rate as the bound says."""
    impulses, full = np.eye(int(np.prod(call[0]))).reshape(-1, *call[0]), solved_call(law.operator, call, law.solved)
    here, there = (bind(law.operator, {"x": impulses.shape}, options) for _, options in (call, full))
    common = (slice(None), slice(None), *(slice(None, None, here.values["s"]),) * len(call[0]))
    one, two = (coefficients(law.operator, c, impulses) for c in (call, full))
    limits = alias_bounds(here, there, impulses).reshape(*one.shape[:2], *(1,) * len(call[0]))
    with ctx.workprec(PRECISION):
        return all(abs(z) <= limit + SMALL for z, limit in np.broadcast(one - two[common], limits))


PROVERS: Mapping[type, tuple[Callable[[Any], Evidence | None], ...]] = {
    Covariance: (prove_covariance,),
    Homogeneity: (prove_homogeneity,),
    Positivity: (prove_positivity,),
    Nonexpansion: (prove_nonexpansion,),
    Capture: (prove_capture,),
    ClosedForm: (prove_closed_form,),
    RateIndependence: (prove_rate_independence,),
}
"""The method for each kind of law of scattering."""
