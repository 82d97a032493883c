"""Theorems about pooling: shifts, increasing maps, expansion, the stages of a layer (L-inv, L-pool, L-stages, M14)."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import product
from typing import Any

from sympy import Abs, Eq, Equivalent, Expr, Ge, Implies, Le, Lt, Max, Or, Piecewise, ceiling, symbols

from .evidence import (
    Claim,
    Derived,
    Evidence,
    Theorem,
    certify,
    exhaust,
    for_all,
    prove_by_identity,
    prove_by_z3,
    weakest,
)
from .logic import Obligation
from .operator_norms import window_multiplicity
from .sizes import pooled_count, strided_count
from .theorems_sizes import EXTENT, SIZED, WINDOWS, A
from .theorems_windows import ONE, READ, ZERO

X, Y, U, V = symbols("x y u v", real=True)
LEAVING, ENTERING, COMMON, BOTTOM = symbols("L E M bottom", real=True)


def _shift_rule() -> Obligation:
    """Numbers from `bottom` on are the extended reals from minus infinity on: the maximum of nothing is `bottom`."""
    given = tuple(Ge(value, BOTTOM) for value in (LEAVING, ENTERING, COMMON))
    before, after = Max(LEAVING, COMMON), Max(ENTERING, COMMON)
    unchanged = Or(Eq(LEAVING, ENTERING), Le(Max(LEAVING, ENTERING), COMMON))
    return Obligation("unchanged", given, Equivalent(Eq(before, after), unchanged))


Window = tuple[int, int]


def _most(values: Sequence[int], places: set[int]) -> float:
    return max((values[place] for place in places), default=float("-inf"))


def _shift_case(case: tuple[tuple[int, ...], Window, Window]) -> bool:
    """Compare the maxima over two windows with the rule, on one signal."""
    values, *windows = case
    before, after = (set(range(*window)) for window in windows)
    leaving, entering, common = (_most(values, s) for s in (before - after, after - before, before & after))
    rule = leaving == entering or max(leaving, entering) <= common
    return (_most(values, before) == _most(values, after)) == rule


def _shift_cases() -> Iterator[tuple[tuple[int, ...], Window, Window]]:
    windows = [(start, end) for start in range(5) for end in range(start + 1, 6)]
    for values in product(range(3), repeat=5):
        for before, after in product(windows, repeat=2):
            yield values, before, after


def pooled(values: Sequence[Any], width: int) -> list[Any]:
    """Return the maxima of all windows centred at a sample: stride 1, padding to keep the size (for an odd width)."""
    reach = width // 2
    return [max(values[max(0, t - reach) : t + reach + 1]) for t in range(len(values))]


EXAMPLE = tuple(
    tuple(Fraction(tenths, 10) for tenths in row)
    for row in ((1, 10, 2, 1), (3, 1, 10, 2), (10, 10, 10, 2), (3, 10, 10, 10))
)
"""The lecture's figure (Goodfellow et al. 2016, fig. 9.8): a signal, the signal moved by one, and the maxima of both."""


def shift_example() -> str | None:
    """Return the lecture's example: a shift by one that changes every sample, and half of the pooled values."""
    before, after, *maxima = EXAMPLE
    first, second = maxima
    changed = sum(a != b for a, b in zip(first, second, strict=True))
    if [pooled(before, 3), pooled(after, 3)] != [*map(list, maxima)] or 2 * changed != len(first):
        return None
    shown = [" ".join(map(str, map(float, row))) for row in EXAMPLE]
    return f"({shown[0]}) -> ({shown[1]}): max over 3 ({shown[2]}) -> ({shown[3]}), {changed} of {len(first)} change"


def shift_counterexample() -> str | None:
    """Return the smallest signal of which a shift by one (0 enters) changes every pooled value of width 3."""
    for n in range(1, 5):
        for values in product(range(2), repeat=n):
            moved = (0, *values[:-1])
            if all(a != b for a, b in zip(pooled(values, 3), pooled(moved, 3), strict=True)):
                return f"{values} -> {moved}, width 3: {pooled(values, 3)} -> {pooled(moved, 3)}"
    return None


def _increasing() -> tuple[Obligation, ...]:
    """The two maxima of two values; a maximum of more is a fold of these. U, V stand for f(X), f(Y)."""
    given = (Implies(Le(X, Y), Le(U, V)), Implies(Le(Y, X), Le(V, U)))
    image = Piecewise((U, Ge(X, Y)), (V, True))
    return (Obligation("f(max(x, y)) = max(f(x), f(y))", given, Eq(image, Max(U, V))),)


def decreasing_counterexample() -> str | None:
    """Return the smallest window on which -max(x, y) is not max(-x, -y)."""
    for x, y in sorted(product(range(3), repeat=2), key=sum):
        if -max(x, y) != max(-x, -y):
            return f"f(x) = -x on the window ({x}, {y}): f(max) = {-max(x, y)}, max(f) = {max(-x, -y)}"
    return None


def _multiplicity() -> tuple[Obligation, ...]:
    """Windows t and t + g that read one sample do so with taps u and u - h, h a multiple of sigma = s / gcd(s, d).

    With s = sigma b and d = delta b for the divisor b, of which x sigma + y delta = 1: sigma g = delta h makes h a multiple of
    sigma, distinct windows have distinct taps, and of the taps 0 .. k - 1 in one class at most ceil(k / sigma) exist.
    """
    sigma, delta, b, x, y, g, h = symbols("sigma delta b x y g h", integer=True)
    coprime = (Ge(sigma, 1), Ge(delta, 1), Eq(x * sigma + y * delta, 1))
    same = Eq(READ, READ.xreplace({A.t: A.t + g, A.u: A.u - h})).xreplace({A.s: sigma * b, A.d: delta * b})
    meet = (*coprime, Eq(sigma * g, delta * h))
    last = A.u + sigma * g
    return (
        Obligation("one sample, two windows", (*coprime, Ge(b, 1), same), Eq(sigma * g, delta * h)),
        Obligation("taps of one class", meet, Eq(h, sigma * (x * h + y * g))),
        Obligation("distinct windows, distinct taps", (*meet, Eq(h, 0)), Eq(g, 0)),
        Obligation("taps in a class", (Ge(sigma, 1), Ge(A.u, 0), Ge(g, 0), Lt(last, A.k)), Lt(g, ceiling(A.k / sigma))),
    )


def _attained(case: tuple[int, int, int]) -> bool:
    """Whether some sample lies in as many windows as the formula says, and none in more, counted on the integers."""
    k, s, d = case
    read = [s * t + d * u for t in range(-k * d, k * d + 1) for u in range(k)]
    middle = range(s * d)
    return max(read.count(place) for place in middle) == window_multiplicity([k], [s], [d])


def _max_pool_steps() -> tuple[Obligation, ...]:
    """Of two values, again: the maximum moves by no more than one of them, and its square is at most the sum of squares."""
    moved = Le(Abs(Max(X, Y) - Max(U, V)), Max(Abs(X - U), Abs(Y - V)))
    return Obligation("sup norm", (), moved), Obligation("square", (), Le(Max(Abs(X), Abs(Y)) ** 2, X**2 + Y**2))


def _max_pool_norm(claim: Claim) -> Evidence:
    proof = prove_by_z3(claim, (*_multiplicity(), *_max_pool_steps()))
    cases = product(range(1, 5), repeat=3)
    counted = exhaust(claim, cases, _attained, "k, s, d <= 4: an impulse meets so many windows")
    return proof if counted.holds else counted


def _cauchy_schwarz() -> tuple[tuple[Expr, Expr], ...]:
    """``k sum e^2 - (sum e)^2`` grows by ``sum (e_i - f)^2`` when f is added to k numbers of sum S and sum of squares Q."""
    k, total, squares, f = symbols("k S Q f", real=True)
    before, after = k * squares - total**2, (k + 1) * (squares + f**2) - (total + f) ** 2
    return ((after - before, squares - 2 * f * total + k * f**2),)


def _average_norm(claim: Claim) -> Evidence:
    """(sum of k numbers / k)^2 <= (sum of squares) / k, and each sample lies in ceil(k / s) windows."""
    return weakest(claim, [prove_by_z3(claim, _multiplicity()), prove_by_identity(claim, _cauchy_schwarz())])


def uncounted_expansion() -> str | None:
    """Return the smallest average that expands beyond ceil(k/s)/k when padding does not count: k = 2, s = 1, p = q = 1."""
    for n in range(1, 5):
        ones = [1] * n
        means = [Fraction(sum(part), len(part)) for part in (ones[max(0, t - 1) : t + 1] for t in range(n + 1))]
        ratio = sum(mean**2 for mean in means) / Fraction(n)
        if ratio > 1:
            return f"n = {n}, ones, k = 2, s = 1, p = q = 1: norm^2 grows by {ratio}, ceil(k/s)/k = 1"
    return None


def _stages() -> tuple[Obligation, ...]:
    """A pooling of k', s' after a convolution is one window of its own extent and stride."""
    k, s = symbols("k' s'", integer=True)
    given = (*SIZED, Ge(k, 1), Ge(s, 1), Ge(WINDOWS, k))
    windows = pooled_count(WINDOWS, ZERO, ZERO, k, ONE, s, ZERO)
    extent, stride = EXTENT + A.s * (k - 1), A.s * s
    fits = Le(stride * A.t + extent, A.n + A.p + A.q)
    return (
        Obligation("size", given, Eq(windows, strided_count(A.n + A.p + A.q, extent, stride))),
        Obligation("windows that fit", (*given, Ge(A.t, 0)), Equivalent(fits, Lt(A.t, windows))),
    )


THEOREMS = (
    for_all(
        "a shift keeps a maximum exactly if",
        "With the maxima L, E, M over the samples that leave, enter and stay (of nothing: -inf) the pooled value is unchanged "
        "if and only if L = E or max(L, E) <= M.",
        ("L-inv",),
        _shift_rule(),
    ),
    Theorem(
        name="leaving, entering and common samples decide a pooled value",
        statement="The rule of L, E and M gives the change of the maximum for all pairs of windows.",
        formula=_shift_rule(),
        rows=("L-inv",),
        proof=lambda claim: exhaust(claim, _shift_cases(), _shift_case, "5 samples of 3 values, all pairs of windows"),
    ),
    Theorem(
        name="a shift by one changes half of the pooled values",
        statement="The pooled values (1, 1, 1, 0.2) of the lecture become (0.3, 1, 1, 1), width 3: two of four change.",
        formula=("max over 3", EXAMPLE),
        rows=("L-inv",),
        proof=lambda claim: certify(claim, shift_example, "exact rationals"),
    ),
    Theorem(
        name="most pooled values need not survive a shift",
        statement="There is a signal of which a shift by one changes every pooled value.",
        formula="exists x: max over 3 of x and of the shifted x differ everywhere",
        rows=("L-inv",),
        proof=lambda claim: certify(claim, shift_counterexample, "smallest counterexample, enumerated"),
    ),
    for_all(
        "max pooling commutes with increasing maps",
        "f(max(x, y)) = max(f(x), f(y)) where x <= y implies f(x) <= f(y); windows fold it.",
        ("L-pool",),
        Derived(_increasing),
    ),
    Theorem(
        name="max pooling does not commute with decreasing maps",
        statement="-max(x, y) is not max(-x, -y).",
        formula="exists x, y: -max(x, y) != max(-x, -y)",
        rows=("L-pool",),
        proof=lambda claim: certify(claim, decreasing_counterexample, "smallest counterexample, enumerated"),
    ),
    for_all(
        "max pooling is 1-Lipschitz in the sup norm",
        "abs(max x - max y) <= max abs(x - y), folded over the window; so max pooling does not expand the sup norm.",
        ("M14", "L-pool"),
        _max_pool_steps()[0],
    ),
    Theorem(
        name="max pooling expands the l2 norm by prod ceil(k/sigma)^(1/2) at most",
        statement="A sample lies in at most ceil(k/sigma) windows an axis, sigma = s/gcd(s, d) (ceil(k/s) without dilation), "
        "abs(max x - max y)^2 <= sum abs(x - y)^2 in each; an impulse attains it.",
        formula=(*_multiplicity(), *_max_pool_steps()),
        rows=("M14", "L-pool"),
        proof=_max_pool_norm,
    ),
    Theorem(
        name="average pooling expands the l2 norm by prod (ceil(k/s)/k)^(1/2) at most",
        statement="With the divisor k, (sum/k)^2 <= (sum of squares)/k by Cauchy-Schwarz, and a sample lies in at most ceil(k/s) "
        "windows an axis.",
        formula=(*_multiplicity(), _cauchy_schwarz()),
        rows=("M14", "L-pool"),
        proof=_average_norm,
    ),
    Theorem(
        name="average pooling without counted padding may expand more",
        statement="Where padding does not count, clipped windows divide by less than k, and the bound ceil(k/s)/k fails.",
        formula="exists n: norm^2 of the averages of ones over k = 2, p = q = 1 exceeds n",
        rows=("M14", "L-pool"),
        proof=lambda claim: certify(claim, uncounted_expansion, "smallest counterexample, exact rationals"),
    ),
    for_all(
        "pooling after a convolution is one window",
        "A detector keeps the size; unpadded pooling of k', s' in floor mode then has as many outputs as windows of extent "
        "d(k-1) + 1 + s(k'-1) fit at stride s s'.",
        ("L-stages",),
        Derived(_stages),
    ),
)
