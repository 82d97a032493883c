"""Proofs of contraction constants of pooling: rows and columns of weights, counted.

A maximum changes by at most the largest change of its samples, and so its square by at most the sum of their squares. For an
average with weights ``a[t, x] >= 0`` the largest row sum bounds the sup norm, and the root of the largest row sum times the
largest column sum the Euclidean norm (Schur's test), for the adjoint as well.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from sympy import And, Eq, Equivalent, Expr, Ge, Indexed, KroneckerDelta, Le, Lt, Max, Min, Mul, Sum, Symbol, ceiling

from .definition_form import bare
from .evidence import Evidence, claim_of, prove_by_form, prove_by_z3, weakest
from .functions import First
from .laws import Contraction
from .logic import Obligation
from .pooling import counted_places, extent, read_position, undilated, windows_of
from .pooling_constants import average_constants, maximum_constant
from .records import OperatorSpec, bound
from .relations import every_word, legal, relation_of, words_of
from .symbols import Axis, axes, v


def prove_contraction(law: Contraction) -> Evidence | None:
    """Prove the constant of a maximum, a selection or an average; None for other definitions."""
    value = law.operator.definition[-1].value
    if law.norm == "sup" and _moves_no_further(law.operator, law.wrt):
        violations = [] if law.constant == 1 else [f"the constant is {law.constant}"]
        return prove_by_form(
            claim_of(law), violations, f"{value.func.__name__} of the same entries, weights of sum 1 or less"
        )
    if not any(p.keyword == "kernel_size" for p in law.operator.parameters):
        return None
    return _slid(law)


def _moves_no_further(record: OperatorSpec, wrt: str) -> bool:
    """Whether every result is an entry of the input, the largest of some, or the mean of as many as it divides by."""
    (stage, *more) = record.definition
    if more:
        return False
    if bare(stage.value, wrt) or (isinstance(stage.value, Indexed) and str(stage.value.base) == wrt):
        return True
    if not any(isinstance(f, Sum) for f in Mul.make_args(stage.value)):
        return False
    relation = relation_of(record, {})
    (total,) = (f for f in Mul.make_args(stage.value) if isinstance(f, Sum))
    alone = isinstance(total.function, Indexed) and str(total.function.base) == wrt
    return alone and relation.divisor == Mul(*(high - low + 1 for _, low, high in total.limits))


def _slid(law: Contraction) -> Evidence | None:
    """Prove the constant of windows that slide, from how often a sample is read and what a window divides by."""
    maximum = _maximum(law.operator)
    spatial = axes(len(law.operator.inputs[0].axes) - 2)
    spatial = spatial if maximum else tuple(map(undilated, spatial))
    expected = {"l2": maximum_constant(spatial)} if maximum else average_constants(spatial)
    violations = [] if law.constant == expected.get(law.norm) else [f"the constant is {law.constant}"]
    obligations = [*_read_often(law.operator, spatial)]
    if not maximum:
        violations += _other_divisor(law.operator, spatial)
        obligations += [o for words in every_word(law.operator, {}) for o in _divided(law.operator, spatial, words)]
    claim = claim_of(law)
    counted = prove_by_form(
        claim, violations + _other_windows(law.operator, spatial), "windows and divisors as counted"
    )
    return weakest(claim, [counted, prove_by_z3(claim, obligations)])


def _maximum(record: OperatorSpec) -> Expr | None:
    """Return the maximum that a record takes, or whose place it looks for."""
    values = [stage.value.args[1] if isinstance(stage.value, First) else stage.value for stage in record.definition]
    return next((value for value in values if bare(value, "x")), None)


def _other_windows(record: OperatorSpec, spatial: tuple[Axis, ...]) -> list[str]:
    """Return the axes on which a window reads elsewhere than at ``s t + d u - p``."""
    maximum = _maximum(record)
    if maximum is not None:
        (read,) = maximum.function.atoms(Indexed)
        places = read.indices[2:]
    else:
        places = next(index for name, index in relation_of(record, {}).indices.items() if name in ("x", "dx"))[2:]
    return [f"another window on axis {k}" for k, a in enumerate(spatial) if places[k] != read_position(a)]


def _other_divisor(record: OperatorSpec, spatial: tuple[Axis, ...]) -> list[str]:
    """Return a divisor that is not the count of the places of a window."""
    found = []
    for words in every_word(record, {}):
        counted = bound(Mul(*map(counted_places, spatial)), words_of(record, words))
        divisor = relation_of(record, words).divisor
        found += [] if divisor == v + KroneckerDelta(v, 0) * counted else [f"the divisor is {divisor}"]
    return found


def _read_often(record: OperatorSpec, spatial: tuple[Axis, ...]) -> Iterator[Obligation]:
    """Yield that windows with a common sample are fewer than ``ceil(E / s)`` apart, and differ in the tap that reads it."""
    for a in spatial:
        other = {a.t: Symbol(f"t'{str(a.n)[1:]}", integer=True), a.u: Symbol(f"u'{str(a.n)[1:]}", integer=True)}
        taps = (*_tap(a), *(rule.xreplace(other) for rule in _tap(a)))
        both = (*_positive(a), *taps, Eq(read_position(a), read_position(a).xreplace(other)))
        near = Le(a.t - other[a.t], ceiling(extent(a) / a.s) - 1)
        yield Obligation("common windows are near", (*both, Ge(a.t, other[a.t])), near)
        yield Obligation("one tap reads once", (*both, Eq(a.u, other[a.u])), Eq(a.t, other[a.t]))


def _positive(a: Axis) -> tuple[Any, ...]:
    return tuple(Ge(letter, 1) for letter in (a.k, a.s, a.d) if letter.is_Symbol)


def _tap(a: Axis) -> tuple[Any, ...]:
    return Ge(a.u, 0), Lt(a.u, a.k)


def _divided(record: OperatorSpec, spatial: tuple[Axis, ...], words: Mapping[str, Any]) -> Iterator[Obligation]:
    """Yield that no window holds more samples than it divides by, and that it divides by k where none is partial."""
    own = words_of(record, words)
    rules = legal(record, words)
    for a, count in zip(spatial, windows_of(spatial), strict=True):
        window = (*rules, Ge(a.t, 0), Lt(a.t, bound(count, own)))
        divisor, start = bound(counted_places(a), own), a.s * a.t - a.p
        first, end = Max(0, start), Min(a.n, start + a.k)
        exists = And(*_tap(a), Ge(read_position(a), 0), Lt(read_position(a), a.n))
        held = And(Ge(read_position(a), first), Lt(read_position(a), end))
        yield Obligation("the samples of a window", window, Equivalent(exists, held))
        yield Obligation("no more samples than places", window, Le(end - first, divisor))
        yield Obligation("a divisor of at least 1", window, Ge(divisor, 1))
        if words["count_include_pad"] and not words["ceil_mode"]:
            yield Obligation("a divisor of at least k", window, Ge(divisor, a.k))
