"""Proofs that moved data have moved coefficients: indices for all sizes, filters in balls on every bank of some small sizes.

A motion of the grid maps every place p to ``sign p + offset`` modulo the period, perhaps on another axis. Differences of places
keep the sign and lose the offset; so if the motion carries the extended signal, leaves samples among those that a rate keeps, and
its sign carries each filter into that of the other wavelet, or into its conjugate where signals are real, then it carries every
modulus and every average, one order after the other.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from flint import ctx
from sympy import Eq, Expr, Ge, Integer, Le, Lt, Max, Min, Mod, Or, Piecewise, Symbol, expand, floor, symbols

from .code import number
from .configuration import Configuration, specialised
from .evidence import Claim, Evidence, claim_of, exhaust, prove_by_form, prove_by_z3, weakest
from .harmonic import PRECISION, plan
from .homogeneity import Growth, growth_of
from .logic import Obligation
from .records import Choice, OperatorSpec, bound
from .relations import words_of
from .scattering import SCATTERING1D
from .scattering_form import EXTENSION, KEPT, STEP
from .scattering_kinds import Covariance
from .scattering_paths import CASCADES
from .scattering_small_calls import BANKS, SMALL, Call, bound_call, small_banks
from .symbols import MU, Axis, J, V


@dataclass(frozen=True)
class Motion:
    """Where an axis of the moved grid comes from: ``sign * place + offset``, the place on the axis `source`."""

    source: int
    sign: int
    offset: Expr


def motions(law: Covariance) -> tuple[Motion, ...]:
    """Return the motion of the grid, axis by axis."""
    return tuple(_motion(law, image) for image in law.image)


def _motion(law: Covariance, image: Expr) -> Motion:
    inner = expand(image.args[0] if isinstance(image, Mod) else image)
    here = CASCADES[law.operator].here
    (source,) = (axis for axis, letter in enumerate(here) if inner.has(letter))
    sign = int(inner.coeff(here[source]))
    return Motion(source, sign, expand(inner - sign * here[source]))


def prove_covariance(law: Covariance) -> Evidence:
    """Prove that coefficients move with the data, or that calls with other words have the same ones."""
    claim = claim_of(law)
    if law.options:
        return prove_by_form(
            claim, list(_unlike(law)), "both calls compute the same filters, moduli and averages, row by row"
        )
    obligations = [*_extended(law), *_kept_samples(law)]
    steps = [lambda: prove_by_form(claim, list(_misplaced(law)), "multiples of the step, moved by multiples of it")]
    steps += [lambda: prove_by_z3(claim, obligations)] if obligations else []
    steps += [] if _keeps_filters(law) else [lambda: _carries_filters(claim, law)]
    return in_turn(claim, steps)


def in_turn(claim: Claim, steps: Sequence[Callable[[], Evidence]]) -> Evidence:
    """Return the evidence of all steps together, or of the first that fails."""
    found: list[Evidence] = []
    for step in steps:
        found.append(step())
        if not found[-1].holds:
            return found[-1]
    return weakest(claim, found)


def _keeps_filters(law: Covariance) -> bool:
    """Whether a law shifts the grid, and says nothing of other wavelets."""
    shifts = all(m.sign == 1 and m.source == axis for axis, m in enumerate(motions(law)))
    return shifts and law.first == law.later == MU and not law.conjugated


# ---- calls that differ in a word ----


def _unlike(law: Covariance) -> Iterator[str]:
    """Yield the stages that two calls compute differently: none but the order of the rows, and spectra that have the factor."""
    here, there = (_stages(law.operator, {**law.words, **more}) for more in ({}, law.options))
    ordered = law.operator.output.name
    there["psi_1_hat"] = _times(law.factor, there["psi_1_hat"])
    yield from (name for name, value in here.items() if name != ordered and value != there[name])
    if law.factor != 1:
        yield from (
            name for name in ("S_1", "S_2") if _growth_with_filters(law.operator, name) != Growth(Integer(1), False)
        )


def _times(factor: Expr, value: Expr) -> Expr:
    """Return a multiple of an expression, case by case."""
    return (
        Piecewise(*((factor * branch, rule) for branch, rule in value.args)) if value.is_Piecewise else factor * value
    )


def _stages(record: OperatorSpec, words: Mapping[str, Any]) -> dict[str, Expr]:
    """Return the values of all stages for some words; wavelets of the first order are those of positive frequency."""
    choices = {p.keyword: p.default for p in record.parameters if isinstance(p, Choice)}
    letters = {key: value for key, value in words_of(record, words).items() if isinstance(key, Symbol)}
    positive = {floor(MU / Max(1, CASCADES[record].first.count)): Integer(0)}
    stages = specialised(record, tuple({**choices, **words}.items()), ("x",))
    return {stage.target.base.name: stage.value.xreplace({**letters, **positive}) for stage in stages}


def _growth_with_filters(record: OperatorSpec, name: str) -> Growth | None:
    """Return how a stage grows with the spectra of the first order."""
    known = {"psi_1_hat": Growth(Integer(1), True)}
    for stage in record.definition:
        growth = growth_of(stage.value, known)
        if stage.target.base.name == name:
            return growth
        if growth is not None and growth.power != 0 and stage.target.base.name not in known:
            known[stage.target.base.name] = growth
    return None


# ---- places ----


def _misplaced(law: Covariance) -> Iterator[str]:
    """Yield where results do not stand at the multiples of the step to which the motion carries them."""
    cascade = CASCADES[law.operator]
    full = V in {letter for letter, _ in law.solved}
    for motion, index, image in zip(motions(law), law.index, law.image, strict=True):
        step = Integer(1) if full else STEP
        expected = motion.sign * cascade.there[motion.source] + expand(motion.offset / step)
        size = cascade.axes[motion.source].n
        wrapped = Mod(expected, floor(size / step)) if isinstance(image, Mod) else expected
        if index != wrapped:
            yield f"{index} is not {wrapped}"
        if expand(motion.offset / step).has(STEP) or (isinstance(image, Mod) and not _within_period(law, size)):
            yield f"{image} is no motion of the samples that are kept"


def _within_period(law: Covariance, size: Symbol) -> bool:
    """Whether a cyclic motion is about periodic data, of a size that the step divides."""
    return law.words.get("boundary") == "periodic" and law.when.has(Mod(size, STEP))


def _extended(law: Covariance) -> Iterator[Obligation]:
    """Yield that the motion carries the extended signal, for every boundary; periodic data are their own extension."""
    if law.words.get("boundary") == "periodic" or all(m.sign == 1 and m.offset == 0 for m in motions(law)):
        return
    cascade = CASCADES[law.operator]
    boundary = law.operator.parameter("boundary")
    assert isinstance(boundary, Choice)
    for word, binding in boundary.options.items():
        for motion, image in zip(motions(law), law.image, strict=True):
            axis, period = cascade.axes[motion.source], binding[cascade.periods[motion.source]]
            yield from _carried_place(word, binding, motion, image, axis, period)


def _carried_place(
    word: str, binding: Mapping[Any, Any], motion: Motion, image: Expr, axis: Axis, period: Expr
) -> Iterator[Obligation]:
    """Yield that what is read at a place is read, moved, at the moved place, or is not kept at either."""
    there, (here, n) = Symbol("there", integer=True), (axis.j, axis.n)
    moved = motion.sign * here + motion.offset
    given = (
        Ge(n, 2),
        Ge(here, 0),
        Lt(here, period),
        Ge(there, 0),
        Lt(there, period),
        Or(*(Eq(there, moved + turns * period) for turns in (-1, 0, 1))),
    )
    kept, read = ([bound(f(p, n), binding) for p in (here, there)] for f in (KEPT, EXTENSION))
    yield Obligation(f"{word}: kept", given, Eq(kept[1], kept[0]))
    yield Obligation(f"{word}: read", (*given, Eq(kept[0], 1)), Eq(read[1], image.xreplace({here: read[0]})))


def _kept_samples(law: Covariance) -> Iterator[Obligation]:
    """Yield that a motion by output steps, or at full rate, leaves the samples of every rate among themselves.

    Rates are powers of 2 with the exponents ``max(0, octave - V)``, as far as these divide the period, and the step is the one
    with ``max(0, top - V)``: where no octave is above the top, every rate divides the step.
    """
    if all(m.offset == 0 for m in motions(law)):
        return
    r, q, d, t, v = symbols("r q d t v", integer=True)
    octave = floor(r / q)
    given = (Ge(r, 0), Ge(q, 1), Ge(d, 1), Lt(r, q * d), *_top(law.operator, d, t))
    yield Obligation("no octave is above the top", given, Le(octave, t))
    exponents = Le(octave, t), Ge(v, 0), Ge(octave, 0), Ge(q, 1)
    yield Obligation("rates divide the step", exponents, Le(Max(0, octave - v), Max(0, t - v)))
    yield Obligation("full rate", (*exponents, Ge(v, t)), Eq(Max(0, octave - v), 0))


def _top(record: OperatorSpec, octaves_used: Symbol, top: Symbol) -> tuple[Any, ...]:
    """Return what is known of the number of octaves and of the exponent of the step at rate 0.

    For signals ``D = min(J, ceil log2 T)`` and ``top = ceil log2 (T+1) - 1``, which is no less than ``ceil log2 T - 1``.
    """
    if record is not SCATTERING1D:
        return Eq(octaves_used, J), Eq(top, J)
    window, longer = symbols("o1 o2", integer=True)
    return Eq(octaves_used, Min(J, window)), Le(window, longer), Eq(top, longer - 1)


# ---- filters ----


def _carries_filters(claim: Claim, law: Covariance) -> Evidence:
    """Compare the filters of both calls in balls, on all banks of some small sizes."""
    cases = [call for call in small_banks(law.operator, law.words) if _is_about(law, bound_call(law.operator, call))]
    return exhaust(claim, cases, lambda call: carried(law, call), f"filters to 2^-80 in balls, {BANKS}")


def _is_about(law: Covariance, configuration: Configuration) -> bool:
    """Whether a law is about the bank of a call, whose period need not be a multiple of the step."""
    values = {**configuration.values, STEP.name: 1}
    return bool(number(law.when, values))


def carried(law: Covariance, call: Call) -> bool:
    """Whether the motion carries every filter into that of the other wavelet, or its conjugate, and keeps its octave."""
    here = bound_call(law.operator, call)
    sizes = tuple(number(size, here.values) for size in law.sizes) or call[0]
    first, second = _filters(here), _filters(bound_call(law.operator, (sizes, call[1])))
    grid, periods = np.indices(first["phi"].shape[1:]), second["phi"].shape[1:]
    places = tuple(m.sign * grid[m.source] % p for m, p in zip(motions(law), periods, strict=True))
    cascade = CASCADES[law.operator]
    orders = (("psi_1", law.first, cascade.first), ("psi_2", law.later, cascade.second))
    with ctx.workprec(PRECISION):
        return _alike(second["phi"][0][places], first["phi"][0]) and all(
            _fits(law, name, own, second[name][other][places])
            and number(bank.octave(MU), {**here.values, "mu": mu})
            == number(bank.octave(MU), {**here.values, "mu": other})
            for name, image, bank in orders
            for mu, own in enumerate(first[name])
            for other in [number(image, {**here.values, "mu": mu}) % len(second[name])]
        )


def _fits(law: Covariance, name: str, own: np.ndarray, found: np.ndarray) -> bool:
    """Whether a filter is the other one, or its conjugate where that gives the same moduli."""
    mirrored = np.array([z.conjugate() for z in own.flat], object).reshape(own.shape)
    if law.conjugated and name == "psi_1":
        return _alike(found, mirrored)
    return _alike(found, own) or ((law.real or name == "psi_2") and _alike(found, mirrored))


def _alike(one: np.ndarray, two: np.ndarray) -> bool:
    return all(abs(z) < SMALL for z in (one - two).flat)


def _filters(configuration: Configuration) -> dict[str, np.ndarray]:
    found = plan(configuration)
    periods = tuple(configuration.values[p.name] for p in CASCADES[configuration.record].periods)
    return {name: found[name].values.reshape(-1, *periods) for name in ("phi", "psi_1", "psi_2")}
