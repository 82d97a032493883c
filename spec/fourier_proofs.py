"""Proofs of the laws of Fourier transforms, from the exponents of their definitions.

Each prover returns None for a definition of another form than `spectral_form` knows.
"""

from collections.abc import Iterator, Mapping, Sequence
from math import prod
from typing import Any

from sympy import And, Dummy, Eq, Equivalent, Expr, Ge, Indexed, Integer, Le, Lt, Mod, Sum, Symbol, expand, symbols

from .evidence import Evidence, claim_of, prove_by_form, prove_by_identity, prove_by_z3, weakest
from .fourier import DUAL_WINDOW, FOURIER, ISTFT, STFT, TRANSFORMS, A
from .laws import Inverse, Isometry, Modulation, Multiplicative
from .logic import Obligation
from .records import OperatorSpec
from .relations import relation_of
from .spectral_form import Spectral, apart, congruent, geometric, on_the_cycle, spectral, summed_frequencies
from .symbols import F


def _geometry(law: Any, violations: list[str], more: Sequence[Obligation] = (), detail: str = "") -> Evidence:
    """Return the evidence of a statement that the form of a definition and geometric sums show."""
    claim = claim_of(law)
    form = prove_by_form(claim, violations, detail or "exponents differ by frequencies times differences of letters")
    if not form.holds:
        return form
    return weakest(claim, [form, prove_by_identity(claim, geometric()), prove_by_z3(claim, (apart(), *more))])


# ---- isometries ----


def prove_isometry(law: Isometry) -> Evidence | None:
    """Prove Parseval's identity: sums over the frequencies leave the squares of single products."""
    if law.operator not in (*TRANSFORMS, STFT):
        return None
    form, put = spectral(law.operator), dict(law.solved)
    twins = {v: Dummy(v.name, integer=True) for v, _, _ in form.ranges}
    frequencies = _frequencies(law.operator, form)
    violations = summed_frequencies(form.angle - form.angle.xreplace(twins), frequencies, twins)
    scale = form.constant**2 * prod(size for _, size in frequencies)
    if {str(e.base) for e in form.entries} != set(law.wrt):
        violations.append(f"the products are of {form.entries}")
    if expand(scale.xreplace(put) - law.constant) != 0:
        violations.append(f"the constant is {scale.xreplace(put)}")
    violations += [v for e in form.entries for v in _runs_through(law.operator, form, e, put)]
    return _geometry(law, violations)


def _frequencies(record: OperatorSpec, form: Spectral) -> list[tuple[Symbol, Expr]]:
    """Return the letters of the output on which only the exponents depend, with their sizes."""
    read = {s for entry in form.entries for index in entry.indices for s in index.free_symbols}
    axes = zip(form.target, record.output.axes, strict=True)
    return [(letter, size) for letter, size in axes if letter not in read]


def _runs_through(record: OperatorSpec, form: Spectral, entry: Indexed, put: Mapping[Any, Any]) -> Iterator[str]:
    """Yield the axes of an input that the remaining letters do not run through once, with the others fixed."""
    for index, size in zip(entry.indices, record.array(str(entry.base)).axes, strict=True):
        sizes = dict(zip(form.target, record.output.axes, strict=True)) | {v: high + 1 for v, _, high in form.ranges}
        here = index.xreplace(put)
        once = any(
            sizes[letter].xreplace(put) == size and on_the_cycle(here, letter, size)
            for letter in here.free_symbols
            if letter in sizes
        )
        if not once:
            yield f"{index} does not run through {entry.base}"


# ---- modulations ----


def prove_modulation(law: Modulation) -> Evidence | None:
    """Prove what moving the entries of an input does: the letters of the sum move along, and the exponents change."""
    if law.operator not in FOURIER or law.operator is DUAL_WINDOW:
        return None
    form = spectral(law.operator)
    moved = dict(zip(law.placement.letters, law.placement.index, strict=True))
    there = dict(zip(form.target, law.index, strict=True))
    followed, summed = _followed(law, form, moved)
    right = form.angle.xreplace(there)
    right = law.phase - right if law.conjugated else law.phase + right
    violations = [
        *_permuted(law),
        *([] if congruent(form.angle.xreplace(summed), right) else [f"exponents differ by {law.phase} of a turn"]),
        *followed,
        *_same_places(form, there, summed),
    ]
    return prove_by_form(claim_of(law), violations, "indices modulo their sizes, exponents modulo 1")


def _permuted(law: Modulation) -> Iterator[str]:
    pairs = zip(law.placement.letters, law.placement.index, law.placement.extents, strict=True)
    for letter, index, size in pairs:
        if not on_the_cycle(index, letter, size):
            yield f"{letter} -> {index} is not one to one"


def _followed(law: Modulation, form: Spectral, moved: Mapping[Any, Expr]) -> tuple[list[str], dict[Any, Expr]]:
    """Return where the moved entries are not read, and how the letters of the sum move.

    Where letters of the sum are indices of the input, the sum runs in another order; else the output moves, and an index of
    the input with it.
    """
    entry, axes = form.entry(law.placement.name), law.placement.extents
    letters = {v for v, _, _ in form.ranges}
    there = dict(zip(form.target, law.index, strict=True))
    summed, missed = {}, []
    for index, letter, size in zip(entry.indices, law.placement.letters, axes, strict=True):
        if index in letters:
            summed[index] = moved[letter].xreplace({letter: index})
        elif not congruent(moved[letter].xreplace({letter: index.xreplace(there)}), index, size):
            missed.append(f"{index} of {entry.base} does not follow")
    return missed, summed


def _same_places(form: Spectral, there: Mapping[Any, Expr], summed: Mapping[Any, Expr]) -> Iterator[str]:
    """Yield the equations ``j = e mod m`` of a definition that hold at other places than those of the moved letters."""
    for delta in form.equations:
        (remainder,), (letter,) = ([a for a in delta.args if isinstance(a, Mod) is kind] for kind in (True, False))
        here = remainder.args[0].xreplace(dict(summed)) - letter
        if not congruent(here, remainder.args[0] - letter.xreplace(dict(there)), remainder.args[1]):
            yield f"{delta} does not follow"


# ---- inverses ----


def prove_inverse(law: Inverse) -> Evidence | None:
    """Prove that a record undoes another: the sum over the frequencies leaves one term, of weight 1."""
    pair = law.operator, law.inverse
    if pair == (STFT, ISTFT) and law.others == {"window": DUAL_WINDOW}:
        return _frames_undone(law)
    if pair == (DUAL_WINDOW, DUAL_WINDOW):
        return _dual_of_dual(law)
    return _transform_undone(law) if set(pair) <= set(TRANSFORMS) else None


def _transform_undone(law: Inverse) -> Evidence:
    forward, back = spectral(law.operator), spectral(law.inverse)
    (entry,) = back.entries
    joined = dict(zip(entry.indices, forward.target, strict=True))
    places = {v: Dummy(v.name, integer=True) for v, _, _ in forward.ranges}
    angle = forward.angle.xreplace(places) + back.angle.xreplace(joined)
    frequencies = list(zip(forward.target[1:], law.operator.output.axes[1:], strict=True))
    pairs = dict(zip(back.target[1:], places.values(), strict=True))
    violations = summed_frequencies(angle, frequencies, pairs)
    weight = forward.constant * back.constant * prod(size for _, size in frequencies)
    violations += [] if expand(weight) == 1 else [f"x comes back times {weight}"]
    return _geometry(law, violations)


def _frames_undone(law: Inverse) -> Evidence:
    """Frames come back by their own transforms; then each sample has weight ``sum dual[u] conj(window[u]) = 1``."""
    forward, back = spectral(STFT), spectral(ISTFT)
    ((tap, _, _),), twin = forward.ranges, Dummy("u", integer=True)
    (_, _, bin_), (delta,) = back.entry("y").indices, back.equations
    angle = forward.angle.xreplace({tap: twin}) + back.angle
    read = forward.entry("x").indices[1].xreplace({A.n: A.s * F})
    needs = {
        "frames come back": not summed_frequencies(angle, [(bin_, A.k)], {tap: twin}),
        "as they were": expand(forward.constant * back.constant * A.k) == 1,
        "where they were read": set(delta.args) == {A.j, read},
        "weighed by the window and its dual": forward.entry("window").indices == back.entry("window").indices == (tap,),
        "one of them conjugated": (forward.conjugated, back.conjugated) == ({"window"}, frozenset()),
    }
    violations = [f"not so: {need}" for need, met in needs.items() if not met]
    return _geometry(law, violations, (*every_residue(), *one_frame_each()), "; ".join(needs))


def every_residue() -> Iterator[Obligation]:
    """Yield that the dual window sums over all taps u = r modulo the hop, and gives them one divisor."""
    (total,) = DUAL_WINDOW.definition[-1].value.atoms(Sum)
    r, ((e, _, last),) = Symbol("r", integer=True), total.limits
    residue = {Mod(A.u, A.s): r}
    (read,) = (index.xreplace(residue) for entry in total.atoms(Indexed) for index in entry.indices)
    given = (Ge(A.s, 1), Ge(A.k, 1), Ge(r, 0), Lt(r, A.s), Lt(r, A.k))
    inside, summed = And(Ge(read, 0), Lt(read, A.k)), And(Ge(e, 0), Ge(last.xreplace(residue), e))
    yield Obligation("taps of one residue", given, Equivalent(inside, summed))
    yield Obligation("their residue", given, Eq(Mod(read, A.s), r))


def one_frame_each() -> Iterator[Obligation]:
    """Yield that tap r + s e of exactly one frame t meets sample r + s q of s m samples: that of ``t = q - e mod m``."""
    t, q, e, m, r = symbols("t q e m r", integer=True)
    cycle = (Ge(m, 1), *(rule for v in (t, q, e) for rule in (Ge(v, 0), Lt(v, m))))
    within = (Ge(A.s, 1), Ge(r, 0), Lt(r, A.s), Ge(m, 1), Le(A.k, A.s * m), Lt(r + A.s * e, A.k))
    yield Obligation("no tap is beyond the signal", within, Lt(e, m))
    yield Obligation("one frame", cycle, Equivalent(Eq(Mod(t + e, m), q), Eq(t, Mod(q - e, m))))
    inside = And(Ge(A.s * q + r, 0), Lt(A.s * q + r, A.s * m))
    yield Obligation("inside the signal", (*within[:4], Ge(q, 0), Lt(q, m)), inside)


def _dual_of_dual(law: Inverse) -> Evidence:
    """The dual is ``w / D``, D the sum of squares of a residue; that of the dual is ``D / D^2``, as all share D."""
    w, total = Symbol("w", real=True), Symbol("D", positive=True)
    dual = w / total
    identity = prove_by_identity(claim_of(law), [(dual / (total / total**2), w)])
    return weakest(claim_of(law), [identity, prove_by_z3(claim_of(law), tuple(every_residue()))])


# ---- the convolution theorem ----


def prove_multiplicative(law: Multiplicative) -> Evidence | None:
    """Prove the convolution theorem: sample t of the convolution sums the pairs j + l = t modulo n, exponents add."""
    if law.operator not in TRANSFORMS:
        return None
    form = spectral(law.operator)
    letters = [v for v, _, _ in form.ranges]
    sizes = [high + 1 for _, _, high in form.ranges]
    second = [Dummy(v.name, integer=True) for v in letters]
    together = [Mod(v + w, n) for v, w, n in zip(letters, second, sizes, strict=True)]
    angles = [form.angle.xreplace(dict(zip(letters, v, strict=True))) for v in (together, second)]
    violations = [] if congruent(angles[0], form.angle + angles[1]) else ["exponents do not add"]
    violations += [] if expand(form.constant - law.constant) == 0 else [f"the constant is {form.constant}"]
    violations += [
        f"{one} + {two} is not one to one"
        for one, two, both, n in zip(letters, second, together, sizes, strict=True)
        if not on_the_cycle(both, one, n)
    ]
    violations += _convolves(law, list(zip(letters, second, together, sizes, strict=True)))
    return prove_by_form(claim_of(law), violations, "indices modulo their sizes, exponents modulo 1")


def _convolves(law: Multiplicative, axes: Sequence[tuple[Symbol, Symbol, Expr, Expr]]) -> Iterator[str]:
    """Yield the axes on which the layer with n taps, n - 1 samples of circular padding before, is no cyclic convolution."""
    relation = relation_of(law.convolution, {"padding_mode": "circular"})
    target, read = relation.indices["y"], relation.indices["x"]
    for axis, (place, tap, both, n) in enumerate(axes, 2):
        letters = {s.name[0]: s for s in read[axis].free_symbols}
        put = {letters[name]: value for name, value in _OPTIONS.items() if name in letters}
        put |= {letters["p"]: n - 1, target[axis]: both, letters["u"]: n - 1 - tap}
        if not congruent(read[axis].xreplace(put), place, n):
            yield f"axis {axis} reads {read[axis]}"


_OPTIONS = {"s": Integer(1), "d": Integer(1)}
"""Stride and dilation of the layer, which are left at their defaults."""
