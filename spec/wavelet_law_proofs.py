"""Proofs of the laws of wavelet transforms and of filter banks.

Every result of a wavelet transform is a cyclic convolution with a filter that is given by its spectrum. So laws are read off the
indices of the sums, modulo the period, and off the spectra as expressions. Each prover returns None for another operator.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from sympy import (
    Dummy,
    Eq,
    Expr,
    Ge,
    I,
    Indexed,
    Integer,
    Lt,
    Mod,
    Sum,
    Symbol,
    conjugate,
    exp,
    floor,
    pi,
    re,
    symbols,
)

from .evidence import Evidence, claim_of, prove_by_form, prove_by_identity, prove_by_z3, weakest
from .filter_bank import ANALYZE1D, A
from .laws import Cascade, Constants, Contraction, Inverse, Modulation, Placement, Rearrangement
from .logic import Obligation
from .records import OperatorSpec, Stage, bound
from .relations import every_word, relation_of, words_of
from .spectral_form import congruent, geometric
from .symbols import RHO, P, W, f
from .theorems_frame import THEOREMS as FRAME_THEOREMS
from .wavelet import (
    DUAL,
    FILTERS,
    FRAME,
    H_HAT,
    INVERSE_WAVELET_TRANSFORM1D,
    MIRRORED,
    SPECTRA,
    WAVELET_TRANSFORM1D,
    WAVELETS,
    taps_of,
)

# ---- the form of cyclic convolutions ----


def stage_of(record: OperatorSpec, name: str) -> Stage:
    """Return the stage that defines an array."""
    return next(stage for stage in record.definition if str(stage.target.base) == name)


def _depending(record: OperatorSpec) -> tuple[set[str], list[Stage]]:
    """Return the names of the inputs and of all that depends on them, and the stages of the latter."""
    names, stages = {array.name for array in record.inputs}, []
    for stage in record.definition:
        if names & {str(entry.base) for entry in stage.value.atoms(Indexed)}:
            names.add(str(stage.target.base))
            stages.append(stage)
    return names, stages


def astray(record: OperatorSpec, sign: int) -> Iterator[str]:
    """Yield what does not follow when data move on their cycle, ``j -> sign j + a mod P``.

    Sums run over whole periods, so their letters may move too; then data are read where they are, and filters at taps that
    move as ``tap -> sign tap mod P``.
    """
    names, stages = _depending(record)
    shift = Dummy("a", integer=True)
    for stage in stages:
        letters = {stage.target.indices[-1], *_summed(stage, names)}
        moved = {letter: sign * letter + shift for letter in letters}
        if _outside_entries(stage.value) & letters:
            yield f"{stage.target.base} depends on where it is"
        for entry in stage.value.atoms(Indexed):
            offset = shift if str(entry.base) in names else Integer(0)
            *others, last = entry.indices
            if any(index.has(*letters) for index in others):
                yield f"{entry} is read elsewhere"
            if not congruent(last.xreplace(moved), sign * last + offset, P):
                yield f"{entry} does not follow"


def _outside_entries(value: Expr) -> set[Symbol]:
    """Return the letters that stand elsewhere than in the indices of entries."""
    bare = value.xreplace({entry: Dummy() for entry in value.atoms(Indexed)})
    return bare.free_symbols.union(*(total.function.free_symbols for total in bare.atoms(Sum)))


def _summed(stage: Stage, names: set[str]) -> set[Symbol]:
    """Return the letters of sums over a period at which data are read."""
    whole = {v for total in stage.value.atoms(Sum) for v, low, high in total.limits if (low, high) == (0, P - 1)}
    return whole & {entry.indices[-1] for entry in stage.value.atoms(Indexed) if str(entry.base) in names}


def _is_move(placement: Placement, sign: int, shift: Expr) -> bool:
    """Whether an array moves on its last axis, and nowhere else."""
    *others, last = zip(placement.letters, placement.index, placement.extents, strict=True)
    here, there, size = last
    return all(a == b for a, b, _ in others) and there == Mod(sign * here + shift, size)


def prove_shift(law: Rearrangement) -> Evidence | None:
    """Prove that cyclic shifts of the input are shifts of the result."""
    if law.operator not in WAVELETS or law.other is not law.operator or law.index is None:
        return None
    ((shift, _),) = law.free.items()
    (placement,) = law.arrays.values()
    *others, last = zip(law.operator.definition[-1].target.indices, law.index, strict=True)
    follows = all(a == b for a, b in others) and last[1] == Mod(last[0] + shift, placement.extents[-1])
    stated = [] if follows and _is_move(placement, 1, shift) else ["the law is about another move"]
    detail = "sums over whole periods read filters at differences of places"
    return prove_by_form(claim_of(law), [*stated, *astray(law.operator, 1)], detail)


# ---- filters by their spectra ----


def _turn(part: Expr) -> Expr:
    return exp(2 * pi * I * part)


def _filters(record: OperatorSpec, name: str, spectrum: Expr) -> list[str]:
    """Return where a filter is not the one of a spectrum, or what goes before is not real."""
    given = [stage for stage in record.definition if str(stage.target.base) != name]
    complex_stages = [str(stage.target.base) for stage in given if stage.value.has(I)]
    found = stage_of(record, name).value == taps_of(spectrum)
    return [f"{base} is complex" for base in complex_stages] + ([] if found else [f"{name} has another spectrum"])


def prove_reversal(law: Modulation) -> Evidence | None:
    """Prove that a filter with a real spectrum is the conjugate of its mirror image, so a reversal conjugates real data."""
    if law.operator not in WAVELETS:
        return None
    row, *others, last = law.operator.definition[-1].target.indices
    stated = _is_move(law.placement, -1, Integer(0)) and law.index == (
        row,
        *others,
        Mod(-last, law.placement.extents[-1]),
    )
    wrong = [] if stated and law.conjugated and law.phase == 0 else ["the law is about another move"]
    violations = [*wrong, *astray(law.operator, -1), *_filters(law.operator, "h", H_HAT[(*others, f)])]
    form = prove_by_form(claim_of(law), violations, "real spectra; taps at differences of places")
    t, period = Symbol("t", integer=True), Symbol("P", integer=True, positive=True)
    mirrored = conjugate(_turn(f * t / period)), _turn(f * -t / period)
    periodic = _turn(f * (t + period) / period).expand(), _turn(f * t / period)
    return weakest(claim_of(law), [form, prove_by_identity(claim_of(law), (mirrored, periodic))])


# ---- constants ----


def prove_constants(law: Constants) -> Evidence | None:
    """Prove that a constant gives the spectra at frequency 0, and what these are."""
    if law.operator not in WAVELETS:
        return None
    claim, stage = claim_of(law), stage_of(law.operator, "h_hat")
    row = stage.target.indices[0]
    form = prove_by_form(
        claim, [*astray(law.operator, 1), *_filters(law.operator, "h", H_HAT[row, f])], "filters sum to h^(0)"
    )
    least = Obligation("the frequency of bin 0", (Ge(P, 1),), Eq(Mod(floor(P / 2), P), floor(P / 2)))
    values = prove_by_identity(claim, tuple(_at_zero(law, stage, row)))
    return weakest(claim, [form, prove_by_identity(claim, geometric()), prove_by_z3(claim, (least,)), values])


def _at_zero(law: Constants, stage: Stage, row: Symbol) -> Iterator[tuple[Expr, Expr]]:
    """Yield the spectra at frequency 0 and what they are to be, for every choice of words, in the first row and in others."""
    other = Symbol(row.name, integer=True, positive=True)
    for words in every_word(law.operator, {}):
        binding = words_of(law.operator, words)
        for place in (Integer(0), other):
            value = bound(stage.value, binding).xreplace({f: Integer(0), row: place})
            yield _without_stages(law.operator, value, binding), law.value.xreplace({row: place})


def _without_stages(record: OperatorSpec, value: Expr, binding: Mapping[Any, Any]) -> Expr:
    """Put the spectra of the average and of the wavelets at frequency 0 in the place of their entries."""
    period = Symbol("P", integer=True, positive=True)
    for entry in value.atoms(Indexed):
        stage = stage_of(record, str(entry.base))
        there = dict(zip(stage.target.indices, entry.indices, strict=True))
        value = value.xreplace({entry: bound(stage.value, binding).xreplace(there)})
    return value.xreplace({Mod(floor(P / 2), P): floor(P / 2)}).xreplace({P: period}).doit()


# ---- the inverse ----


def prove_inverse(law: Inverse) -> Evidence | None:
    """Prove that the dual frame undoes the transform: bin by bin the energies of all rows, over what they are, make 1."""
    if (law.operator, law.inverse) != (WAVELET_TRANSFORM1D, INVERSE_WAVELET_TRANSFORM1D):
        return None
    claim = claim_of(law)
    energy = (H_HAT[RHO, f] ** 2 + H_HAT[RHO, MIRRORED] ** 2) / 2
    needs = {
        "the same spectra": all(record.definition[: len(SPECTRA)] == SPECTRA for record in (law.operator, law.inverse)),
        "F is the energy of both bins": stage_of(law.inverse, str(FRAME)).value.function == energy,
    }
    violations = [
        *(f"not so: {need}" for need, met in needs.items() if not met),
        *(v for record in (law.operator, law.inverse) for v in astray(record, 1)),
        *_filters(law.operator, str(FILTERS), H_HAT[RHO, f]),
        *_filters(law.inverse, str(DUAL), H_HAT[RHO, f] / FRAME[f]),
    ]
    form = prove_by_form(claim, violations, "; ".join(needs))
    return weakest(claim, [form, prove_by_identity(claim, _whole()), prove_by_z3(claim, _mirrors())])


def _whole() -> tuple[tuple[Expr, Expr], ...]:
    """With the energies G and H of all rows at a bin and at its negative: what comes back of the bin.

    The real part of a convolution with real data is the one with the real part of the filter, of the mean spectrum.
    """
    g, h = symbols("G H", positive=True)
    theta = symbols("theta", real=True)
    real = re(exp(I * theta)), (exp(I * theta) + exp(-I * theta)) / 2
    return (
        *geometric(),
        real,
        ((g / ((g + h) / 2) + h / ((h + g) / 2)) / 2, Integer(1)),
        (g / ((g + g) / 2), Integer(1)),
    )


def _mirrors() -> Iterator[Obligation]:
    """Yield which bin shares its energy with the bin f."""
    within = (Ge(P, 1), Ge(f, 0), Lt(f, P))
    yield Obligation("for complex data, itself", within, Eq(MIRRORED.xreplace({W: Integer(1)}), f))
    mirrored = MIRRORED.xreplace({W: Integer(0)})
    yield Obligation("for real data, its negative", within, Eq(Mod(mirrored + f, P), 0))
    yield Obligation("and back", within, Eq(mirrored.xreplace({f: mirrored}), f))


# ---- contraction ----

ENERGIES = (
    "frame: bounds are those of the frame function",
    "frame: every normalisation keeps B at most 1",
    "frame: banks have B <= 1 and phi^(0) = 1",
)
"""What contraction rests on: the second for all banks whose average has modulus at most 1, the third case by case."""


def prove_contraction(law: Contraction) -> Evidence | None:
    """Prove that the transform of real signals does not expand, from its frame bounds."""
    if law.operator is not WAVELET_TRANSFORM1D or (law.constant, law.norm) != (1, "l2"):
        return None
    claim = claim_of(law)
    form = prove_by_form(
        claim, [*astray(law.operator, 1), *_filters(law.operator, "h", H_HAT[RHO, f])], "spectra of all rows"
    )
    known = {theorem.name: theorem for theorem in FRAME_THEOREMS}
    return weakest(claim, [form, *(known[name].proof(claim) for name in ENERGIES)])


# ---- cascades ----


def prove_cascade(law: Cascade) -> Evidence | None:
    """Prove that the second step of a cascade reads, through the first, what one step reads with the equivalent filter."""
    if law.operator is not ANALYZE1D:
        return None
    relation = relation_of(law.operator, {})
    read, size = relation.indices["x"][-1], relation.extents["x"][-1]
    there = dict(law.second)
    band = {A.m: there[A.s] * there[A.m]}  # the outputs of the first step are the samples of the second
    through = read.xreplace({A.t: read.xreplace(there)}).xreplace(band)
    options = {A.s: law.options["stride"], A.d: law.options["dilation"]}
    at_once = read.xreplace({A.u: law.tap, A.t: there[A.t], **options}).xreplace({A.m: there[A.m]})
    same = congruent(through, at_once, size.xreplace(band))
    sizes = (size.xreplace({**options, A.m: there[A.m]}) - size.xreplace(band)).expand() == 0
    violations = [] if same and sizes else [f"{through} is not {at_once}"]
    return prove_by_form(claim_of(law), violations, "both read one sample, modulo the period")
