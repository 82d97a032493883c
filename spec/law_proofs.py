"""Proofs of laws: from index relations (rearrangements, adjoints, associativity) and from the form of definitions."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from sympy import And, Eq, Expr, Ge, Le, Lt, Symbol, expand, solve, sympify, true

from . import (
    contraction_proofs,
    fourier_proofs,
    layer_law_proofs,
    permutation_proofs,
    pooling_law_proofs,
    scattering_gradient_proofs,
    scattering_law_proofs,
    solid_harmonic_proofs,
    wavelet_law_proofs,
)
from .definition_form import bystander, misplaced, nonlinear
from .evidence import Evidence, claim_of, prove_by_form, prove_by_z3, unproved
from .laws import (
    Adjoint,
    Associative,
    Cascade,
    Constants,
    Contraction,
    Gradient,
    Inverse,
    Isometry,
    Law,
    Linear,
    Modulation,
    Multiplicative,
    Placement,
    Rearrangement,
    Transformed,
)
from .logic import Obligation
from .records import Addend, Array, Choice, OperatorSpec, Parameter, Real, RecordError, addends, bound
from .relations import Correspondence, Index, Relation, RelationError, every_word, fresh, legal, relation_of, words_of


def _flat(value: Any) -> list[Any]:
    return [e for v in value for e in _flat(v)] if isinstance(value, tuple | list) else [value]


def _options(law: Rearrangement) -> dict[Symbol, Expr]:
    """Return the options of the other call: those the law changes, else those of the first call, else the defaults."""
    binding: dict[Symbol, Expr] = {}
    own = {p.keyword: p for p in law.operator.parameters}
    for p in law.other.parameters:
        if isinstance(p, Choice):
            continue
        if p.keyword in law.options:
            values = _flat(law.options[p.keyword])
        else:
            values = list(own[p.keyword].flat) if p.keyword in own else _default(p)
        binding |= dict(zip(p.flat, values * (len(p.flat) // len(values)), strict=True))
    return binding


def _default(parameter: Parameter | Real) -> list[Any]:
    """Return what the letters of an option are where it is not given."""
    if isinstance(parameter, Parameter) and parameter.default in parameter.named:
        return _flat(parameter.named[parameter.default])
    return [sympify(parameter.default)] * len(parameter.flat)


def _other_words(law: Rearrangement, words: Mapping[str, str]) -> dict[str, str]:
    known = {p.keyword for p in law.other.parameters if isinstance(p, Choice)}
    return {k: v for k, v in {**words, **law.options}.items() if k in known}


def _place(law: Rearrangement, array: Array) -> Placement:
    """Return the placement of an input of the other call; what the law does not move stays."""
    if array.name in law.arrays:
        return law.arrays[array.name]
    axes = law.operator.array(array.name).axes
    letters = tuple(Symbol(f"place{axis}", integer=True) for axis in range(len(axes)))
    return Placement(array.name, letters, letters, axes)


def _binding(law: Rearrangement, words: Mapping[str, str]) -> tuple[dict[Symbol, Expr], tuple[tuple[str, Any], ...]]:
    """Return the letters of the other call by those of the first, and the equations of sizes that must hold."""
    binding, own = _options(law), words_of(law.operator, words)
    chosen = {k: v for k, v in words_of(law.other, _other_words(law, words)).items() if isinstance(k, Symbol)}
    pairs = [
        (array.name, axis, bound(extent, own))
        for array in law.other.inputs
        if not array.optional
        for axis, extent in zip(array.axes, _place(law, array).extents, strict=True)
    ]
    for _, axis, extent in sorted(pairs, key=lambda pair: not pair[1].is_Symbol):
        unknown = [s for s in axis.free_symbols if s not in binding and s not in chosen]
        if unknown:
            length = Symbol("length", integer=True)
            (solved,) = solve(Eq(axis, length), unknown[0])
            binding[unknown[0]] = solved.xreplace({**binding, length: extent})
    binding |= {key: value.xreplace(binding) for key, value in chosen.items()}
    asked = ((f"the axes of {name} agree", Eq(axis.xreplace(binding), extent)) for name, axis, extent in pairs)
    return binding, tuple((label, rule) for label, rule in asked if rule is not true)


def _bias(law: Rearrangement, output: Placement) -> tuple[tuple[str, Any], ...]:
    """Return that the bias of an output element is the bias of the element it is carried to."""
    one, two = _bare(law.operator), _bare(law.other)
    if "b" in law.without or not (one or two):
        return ()
    if len(one) != 1 or len(two) != 1:
        return (("both have a bias", Lt(1, 0)),)
    carried = dict(zip(law.other.definition[-1].target.indices, output.index, strict=True))
    pairs = zip(one[0].factors[0].index, two[0].factors[0].index, strict=True)
    return tuple(("the bias is the same", Eq(mine, other.xreplace(carried))) for mine, other in pairs)


def _bare(record: OperatorSpec) -> list[Addend]:
    if not any(array.name == "b" for array in record.inputs):
        return []
    return [a for stage in record.definition for a in addends(stage) if not a.ranges]


def correspondence(law: Rearrangement, words: Mapping[str, str]) -> Correspondence:
    """Return the correspondence that a rearrangement claims, for one choice of words."""
    own = words_of(law.operator, words)
    left, right = relation_of(law.operator, words), relation_of(law.other, _other_words(law, words))
    binding, asked = _binding(law, words)
    target = law.operator.definition[-1].target.indices
    index = tuple(bound(e, own) for e in law.index or target)
    output = Placement(law.operator.output.name, target, index, ())
    places = {name: _place(law, law.other.array(name)) for name in right.indices if name != law.other.output.name}
    places = {name: replace(p, index=tuple(bound(e, own) for e in p.index)) for name, p in places.items()}
    free = tuple(bound(rule, own) for s, (low, high) in law.free.items() for rule in (Ge(s, low), Le(s, high)))
    when = tuple(bound(rule, own) for rule in And.make_args(law.when))
    legal_there = tuple(
        ("the other call is legal", r.xreplace(binding)) for r in legal(law.other, _other_words(law, words))
    )
    return Correspondence(
        left,
        right,
        {**places, law.other.output.name: output},
        binding,
        tuple(r for r in (*legal(law.operator, words), *free, *when) if r is not true),
        law.other.output.name,
        (*asked, *legal_there, *_bias(law, output)),
    )


def _conjugations(law: Rearrangement, c: Correspondence) -> list[str]:
    """Return the factors that one side conjugates and the other does not."""
    moved = {name: p for name, p in c.places.items() if name != law.other.output.name}
    return [
        f"{p.name} is conjugated on one side only"
        for name, p in moved.items()
        if ((name in c.right.conjugated) ^ p.conjugated) != (p.name in c.left.conjugated)
    ]


def prove_bystander(law: Rearrangement) -> Evidence | None:
    """Prove that the order of items does not matter where a letter only names the item; None where it does more."""
    letter = bystander(law)
    if letter is None or misplaced(law, letter):
        return None
    return prove_by_form(claim_of(law), [], f"{letter} stands alone on its axis of every array, and nowhere else")


def prove_by_relation(law: Rearrangement) -> Evidence | None:
    """Prove a rearrangement from index relations; None where a definition has none."""
    try:
        return prove_rearrangement(law)
    except (RecordError, RelationError):
        return None


def prove_rearrangement(law: Rearrangement) -> Evidence:
    """Prove a rearrangement for all sizes, in every choice of words that it is about."""
    found = [correspondence(law, words) for words in every_word(law.operator, law.words)]
    violations = [text for c in found for text in (*_conjugations(law, c), *_reductions(c), *_indices(law, c))]
    if violations:
        return prove_by_form(claim_of(law), violations, "conjugated factors, reductions and indices")
    return prove_by_z3(claim_of(law), (obligation for c in found for obligation in c.obligations()))


def _reductions(c: Correspondence) -> list[str]:
    """Return that one side sums what the other maximises."""
    return [] if c.left.reduction is c.right.reduction else ["a sum here, a maximum there"]


def _indices(law: Rearrangement, c: Correspondence) -> list[str]:
    """Return the outputs of positions that are not the same on both sides, term by term and in the same order."""
    shared = {array.name for array in law.operator.further} & {array.name for array in law.other.further}
    values = c.right.values(c.carried(c.left.indices), c.binding)
    taps = [v for v in c.left.variables if v not in law.operator.definition[-1].target.indices]
    moved = [str(v) for v in taps if expand(values.get(v, v)) != v]
    positions = {
        name: [s.value.args[0] for r in (law.operator, law.other) for s in r.definition if str(s.target.base) == name]
        for name in shared
    }
    return [
        f"{name} differs" for name, (one, two) in positions.items() if moved or expand(one - two.xreplace(values)) != 0
    ]


def prove_adjoint(law: Adjoint) -> Evidence:
    """Prove that both operators have the same relation, with the output and the factor `wrt` exchanged."""
    obligations = (o for words in every_word(law.operator, {}) for o in _exchanged(law, words).obligations())
    return prove_by_z3(claim_of(law), obligations)


def _exchanged(law: Adjoint, words: Mapping[str, str]) -> Correspondence:
    left, right = relation_of(law.operator, words), relation_of(law.gradient, words)
    output = law.gradient.output.name
    shared = (set(left.indices) & set(right.indices)) - {law.wrt, output, law.operator.output.name}
    (incoming,) = set(right.indices) - shared - {output}
    roles = {**{name: name for name in shared}, incoming: law.operator.output.name, output: law.wrt}
    places = {}
    for name, own in roles.items():
        letters = tuple(Symbol(f"place{axis}", integer=True) for axis in range(len(left.indices[own])))
        places[name] = Placement(own, letters, letters, left.extents[own])
    pairs = [(e, n) for name, own in roles.items() for e, n in zip(right.extents[name], left.extents[own], strict=True)]
    asked = [("the axes agree", Eq(one, two)) for one, two in pairs]
    asked += [("the other call is legal", rule) for rule in legal(law.gradient, words)]
    return Correspondence(left, right, places, {}, legal(law.operator, words), output, tuple(asked))


def prove_linear(law: Linear) -> Evidence:
    """Prove linearity by degree: the array is a factor of every summed product exactly once, and is not conjugated."""
    detail = f"{law.wrt} has degree 1 in every summed product"
    return prove_by_form(claim_of(law), nonlinear(law.operator, law.wrt), detail)


def prove_associative(law: Associative) -> Evidence:
    """Prove that ``(x h) g`` and ``x (h g)`` sum the same products: two relations composed through the middle array."""
    words = {k: v for k, v in law.options.items() if isinstance(v, str)}
    f = relation_of(law.operator, words), words_of(law.operator, words)
    return prove_by_z3(claim_of(law), reassociation((f, f), (f, f)))


Bound = tuple[Relation, Mapping[Any, Any]]
"""The relation of a record, and what the words chosen bind."""


def reassociation(left: tuple[Bound, Bound], right: tuple[Bound, Bound]) -> Iterator[Obligation]:
    """Yield that ``outer(inner(x, h), g)`` and ``outer'(x, inner'(h, g))`` have the same members (T, X, H, G).

    `left` is (inner, outer), `right` is (inner', outer'); each maps arrays x and h to y.
    """
    sizes = {name: fresh(f"{name}.size", left[0][0].extents["x"]) for name in "xhg"}
    places = {name: fresh(name, left[0][0].extents["x"]) for name in "xhgy"}
    middle, size, first = _step(left[0], places["x"], places["h"], sizes["x"], sizes["h"])
    _, _, then = _step(left[1], middle, places["g"], size, sizes["g"], places["y"])
    middle, size, second = _step(right[0], places["h"], places["g"], sizes["h"], sizes["g"])
    _, _, last = _step(right[1], places["x"], middle, sizes["x"], size, places["y"])
    positive = tuple(Ge(n, 1) for index in sizes.values() for n in index)
    one, two = (*first, *then), (*second, *last)
    for given, goals in ((one, two), (two, one)):
        for goal in goals:
            yield Obligation("three entries meet in the same sample", (*positive, *given), goal)


def _step(
    f: Bound, x: Index, h: Index, n: Index, k: Index, y: Index | None = None
) -> tuple[Index, Index, tuple[Any, ...]]:
    """Return the sample where entries `x` and `h` meet, the size of the result, and the conditions of membership."""
    relation, chosen = f
    binding = dict(zip((*relation.extents["x"], *relation.extents["h"]), (*n, *k), strict=True))
    own = {key: value.xreplace(binding) for key, value in chosen.items() if isinstance(key, Symbol)}
    binding |= own
    met = tuple(e.xreplace(binding) for e in _meeting(relation, x, h))
    size = tuple(e.xreplace(binding) for e in relation.extents["y"])
    return met, size, relation.member({"y": y or met, "x": x, "h": h}, binding)


def _meeting(relation: Relation, x: Index, h: Index) -> Index:
    """Return the one output index at which two entries are multiplied."""
    pairs = [
        (own, entry)
        for name, index in (("x", x), ("h", h))
        for own, entry in zip(relation.indices[name], index, strict=True)
    ]
    solved = solve([own - entry for own, entry in pairs], relation.variables, dict=True)[0]
    return tuple(solved[t] for t in relation.indices["y"])


PROVERS: Mapping[type, tuple[Callable[[Any], Evidence | None], ...]] = {
    Rearrangement: (
        prove_bystander,
        permutation_proofs.prove_permutation,
        solid_harmonic_proofs.prove_rearranged,
        wavelet_law_proofs.prove_shift,
        prove_by_relation,
    ),
    Adjoint: (prove_adjoint,),
    Linear: (prove_linear,),
    Associative: (prove_associative,),
    Transformed: (
        scattering_gradient_proofs.prove_scaled,
        pooling_law_proofs.prove_transformed,
        layer_law_proofs.prove_transformed,
        solid_harmonic_proofs.prove_scaled,
    ),
    Contraction: (
        wavelet_law_proofs.prove_contraction,
        contraction_proofs.prove_contraction,
        layer_law_proofs.prove_contraction,
    ),
    Gradient: (
        pooling_law_proofs.prove_gradient,
        layer_law_proofs.prove_gradient,
        scattering_gradient_proofs.prove_gradient,
    ),
    Isometry: (fourier_proofs.prove_isometry,),
    Modulation: (fourier_proofs.prove_modulation, wavelet_law_proofs.prove_reversal),
    Inverse: (fourier_proofs.prove_inverse, wavelet_law_proofs.prove_inverse),
    Multiplicative: (fourier_proofs.prove_multiplicative,),
    Constants: (wavelet_law_proofs.prove_constants,),
    Cascade: (wavelet_law_proofs.prove_cascade,),
    **scattering_law_proofs.PROVERS,
}
"""The methods for each kind of law, tried in turn; one that does not know the form of the definition returns None."""


def prove_law(law: Law) -> Evidence:
    """Prove a law by the first method of its kind that knows the form of the operator."""
    for prover in PROVERS[type(law)]:
        if (evidence := prover(law)) is not None:
            return evidence
    return unproved(claim_of(law))
