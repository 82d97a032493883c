"""Theorems about the convolution and the correlation of signals (L-conv, L-comm, L-corr, L-modes, U7, U12)."""

from collections.abc import Callable
from itertools import product
from typing import Any

from sympy import (
    And,
    Eq,
    Equivalent,
    Expr,
    Function,
    Ge,
    Integer,
    Integral,
    Lt,
    Max,
    Min,
    Piecewise,
    Symbol,
    ceiling,
    exp,
    integrate,
    oo,
    pi,
    simplify,
    sqrt,
    symbols,
    true,
)

from .evidence import Claim, Derived, Evidence, Theorem, certify, for_all, identity, prove_by_form, prove_by_z3, weakest
from .law_proofs import prove_rearrangement, reassociation
from .laws import Placement, Rearrangement
from .logic import Obligation
from .records import OperatorSpec
from .relations import inside, relation_of, words_of
from .signal import AXES, CONVOLVE, CORRELATE
from .symbols import Axis

FULL = {"mode": "full"}
SIZED = tuple(Ge(s, 1) for a in AXES for s in (a.n, a.k))


def _box(x: Expr, width: Expr) -> Expr:
    return Piecewise((1, (x >= 0) & (x <= width)), (0, True))


def _box_pair() -> Obligation:
    """Integrate two boxes; that the result is the trapezoid is then a statement about piecewise linear functions."""
    a, t = symbols("a t", real=True)
    b, c = symbols("b c", positive=True)
    found = integrate(_box(a, b) * _box(t - a, c), (a, -oo, oo))
    wide = tuple(Ge(width, 0, evaluate=False) for width in (b, c))
    return Obligation("trapezoid", wide, Eq(found, Max(0, Min(t, b, c, b + c - t)), evaluate=False))


def _gaussian(x: Expr, sigma: Expr) -> Expr:
    return exp(-(x**2) / (2 * sigma**2)) / (sigma * sqrt(2 * pi))


def _gaussian_pair() -> tuple[Expr, Expr]:
    a, t = symbols("a t", real=True)
    sigma, tau = symbols("sigma tau", positive=True)
    found = integrate(_gaussian(a, sigma) * _gaussian(t - a, tau), (a, -oo, oo))
    return simplify(found), _gaussian(t, sqrt(sigma**2 + tau**2))


def _change_of_variable() -> tuple[Expr, Expr]:
    a, t, b = symbols("a t b", real=True)
    x, w = Function("x"), Function("w")
    changed = Integral(x(a) * w(t - a), (a, -oo, oo)).transform(a, (t - b, b))
    return changed, Integral(w(b) * x(t - b), (b, -oo, oo))


def _as_printed(record: OperatorSpec, printed: Callable[[Axis, Symbol, Symbol, Symbol], Any]) -> Obligation:
    """Return that a product of x[j] and h[u] is summed into y[t] exactly where the printed equation says so."""
    relation = relation_of(record, FULL)
    binding = {k: v for k, v in words_of(record, FULL).items() if isinstance(k, Symbol)}
    at = {name: tuple(Symbol(f"{name}{str(a.t)[1:]}", integer=True) for a in AXES) for name in "yxh"}
    given = [rule for name in at for rule in inside(at[name], relation.extents[name])]
    equations = (printed(a, *entries) for a, *entries in zip(AXES, *at.values(), strict=True))
    goal = Equivalent(And(*relation.member(at, binding)), And(*equations))
    return Obligation("the definition is the printed sum", (*SIZED, *given), goal)


def _single_tap(o: Obligation) -> Obligation:
    ones = {a.k: Integer(1) for a in AXES}
    rules = (rule.xreplace(ones) for rule in o.hypotheses)
    return Obligation(o.label, tuple(rule for rule in rules if rule is not true), o.goal.xreplace(ones))


REVERSED_CORRELATION = Rearrangement(
    name="correlate: exchanging the signals reverses and conjugates",
    statement="correlate(x, w)[t] = conj(correlate(w, x)[n + k - 2 - t]) in mode 'full'.",
    operator=CORRELATE,
    other=CORRELATE,
    arrays={
        "x": Placement("h", tuple(a.u for a in AXES), tuple(a.u for a in AXES), tuple(a.k for a in AXES), True),
        "h": Placement("x", tuple(a.j for a in AXES), tuple(a.j for a in AXES), tuple(a.n for a in AXES), True),
    },
    index=tuple(a.n + a.k - 2 - a.t for a in AXES),
    words=FULL,
    rows=("L-corr",),
)


def _correlated_twice(claim: Claim) -> Evidence:
    corr, conv = ((relation_of(r, FULL), words_of(r, FULL)) for r in (CORRELATE, CONVOLVE))
    proof = prove_by_z3(claim, reassociation((corr, corr), (conv, corr)))
    conjugated = [] if (corr[0].conjugated, conv[0].conjugated) == ({"h"}, set()) else ["other factors are conjugated"]
    return weakest(claim, [proof, prove_by_form(claim, conjugated, "w and v conjugated on both sides")])


def correlate_lists(x: list[int], w: list[int]) -> list[int]:
    """Return the full correlation of two lists of integers, read off the index relation of the record."""
    relation, axis = relation_of(CORRELATE, FULL), AXES[-1]
    n, k = len(x), len(w)
    sizes = {axis.n: Integer(n), axis.k: Integer(k)}
    sizes[axis.e] = words_of(CORRELATE, FULL)[axis.e].xreplace(sizes)
    read = relation.indices["x"][-1].xreplace(sizes)
    y = [0] * (n + k - 1)
    for t, u in product(range(n + k - 1), range(k)):
        j = int(read.xreplace({axis.t: Integer(t), axis.j: Integer(u)}))
        y[t] += x[j] * w[u] if 0 <= j < n else 0
    return y


def correlation_counterexample() -> str | None:
    """Return the smallest 0-1 signals for which correlation does not associate."""
    for sizes in sorted(product((1, 2), repeat=3), key=sum):
        for x, w, v in product(*(map(list, product((0, 1), repeat=size)) for size in sizes)):
            left, right = correlate_lists(correlate_lists(x, w), v), correlate_lists(x, correlate_lists(w, v))
            if left != right:
                return f"x = {x}, w = {w}, v = {v}: corr(corr(x, w), v) = {left}, corr(x, corr(w, v)) = {right}"
    return None


def _kept(mode: str) -> tuple[Expr, Expr]:
    """Return the offset in 'full' and the number of the samples that a mode keeps, on one axis."""
    binding = words_of(CONVOLVE, {"mode": mode})
    return binding[AXES[0].e], binding[AXES[0].m]


def _windows() -> tuple[Obligation, ...]:
    """An output has all its taps on samples, or one of them, where its first and its last tap say so."""
    a, t = AXES[0], Symbol("t_1", integer=True)
    (offset, size), (_, whole) = _kept("valid"), _kept("full")
    every = And(Ge(t - (a.k - 1), 0), Lt(t, a.n))
    some = And(Ge(t, 0), Lt(Max(0, t - a.k + 1), Min(a.n, t + 1)))
    return (
        Obligation("valid", (*SIZED, Ge(a.n, a.k)), Equivalent(every, And(Ge(t - offset, 0), Lt(t - offset, size)))),
        Obligation("full", SIZED, Equivalent(some, And(Ge(t, 0), Lt(t, whole)))),
    )


def _centre() -> tuple[Obligation, ...]:
    a, (offset, size), (_, whole) = AXES[0], _kept("same"), _kept("full")
    full, same = (words_of(CORRELATE, {"mode": mode})[a.e] for mode in ("full", "same"))
    goals = Eq(size, a.n), Eq(whole - offset - size, ceiling((a.k - 1) / Integer(2))), Eq(full - same, offset)
    return tuple(Obligation("centre", SIZED, goal) for goal in goals)


_PRINTED = _as_printed(CONVOLVE, lambda a, t, j, u: Eq(t, j + u))
_PRINTED_CORRELATION = _as_printed(CORRELATE, lambda a, t, j, u: Eq(j, u + t - (a.k - 1)))

THEOREMS = (
    for_all(
        "two boxes convolve to a trapezoid",
        "The convolution of the boxes on [0, b] and [0, c] is max(0, min(t, b, c, b + c - t)).",
        ("L-conv", "U12"),
        _box_pair(),
    ),
    identity(
        "two Gaussians convolve to a Gaussian",
        "Gaussians of standard deviations sigma and tau convolve to the one of sqrt(sigma^2 + tau^2).",
        ("L-conv", "U12"),
        Derived(lambda: (_gaussian_pair(),)),
    ),
    identity(
        "continuous convolution commutes",
        "The integrals of x(a) w(t - a) and of w(b) x(t - b) are one, by the change of variable b = t - a.",
        ("L-conv", "L-comm", "U12"),
        _change_of_variable(),
    ),
    for_all(
        "convolve: the equation as printed",
        "In mode 'full', x[j] h[u] is summed into y[t] exactly where t = j + u on every axis.",
        ("L-conv", "L-comm", "U7"),
        _PRINTED,
    ),
    for_all(
        "correlate: the equation as printed",
        "In mode 'full', x[j] conj(h[u]) is summed into y[t] where j = u + i with i = t - (k - 1): S(i) = sum of "
        "I(i + m) K(m).",
        ("L-corr",),
        _PRINTED_CORRELATION,
    ),
    for_all(
        "convolve: the impulse is the identity",
        "convolve(x, (1)) = x in mode 'full': the only product of y[t] is x[t].",
        ("L-comm",),
        _single_tap(_as_printed(CONVOLVE, lambda a, t, j, u: Eq(t, j))),
    ),
    Theorem(
        name=REVERSED_CORRELATION.name,
        statement=REVERSED_CORRELATION.statement,
        formula=REVERSED_CORRELATION,
        rows=REVERSED_CORRELATION.rows,
        proof=lambda claim: prove_rearrangement(REVERSED_CORRELATION),
    ),
    Theorem(
        name="correlating twice is correlating with a convolution",
        statement="correlate(correlate(x, w), v) = correlate(x, convolve(w, v)) in mode 'full'.",
        formula=("corr(corr(x, w), v) = corr(x, conv(w, v))", CORRELATE, CONVOLVE),
        rows=("L-corr",),
        proof=_correlated_twice,
    ),
    Theorem(
        name="correlation is not associative",
        statement="There are signals with correlate(correlate(x, w), v) different from correlate(x, correlate(w, v)).",
        formula=("exists x, w, v: corr(corr(x, w), v) != corr(x, corr(w, v))", CORRELATE),
        rows=("L-corr",),
        proof=lambda claim: certify(claim, correlation_counterexample, "smallest counterexample, exact integers"),
    ),
    for_all(
        "modes full and valid keep what they say",
        "'full' keeps the n + k - 1 samples with some product, 'valid' the n - k + 1 whose taps all meet a sample.",
        ("L-modes",),
        Derived(_windows),
    ),
    for_all(
        "mode same keeps the centre",
        "'same' drops floor((k - 1)/2) samples of 'full' before and ceil((k - 1)/2) after, for both operators.",
        ("L-modes",),
        Derived(_centre),
    ),
)
