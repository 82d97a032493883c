"""Theorems about negation: why RECOS rectifies, grey-reversed images, doubled anchors (K-sign, K-neg, K-double)."""

from itertools import product

from sympy import Abs, Eq, Equivalent, Expr, IndexedBase, Le, Lt, MatrixSymbol, Ne, Sum, Symbol, symbols

from .evidence import Derived, Theorem, certify, for_all, identity
from .logic import Obligation
from .theorems_recos import S, T, rec
from .theorems_signal import correlate_lists

N, K, L = symbols("N K L", integer=True, positive=True)
A, B = MatrixSymbol("A", N, K), MatrixSymbol("B", K, L)
GREY, LEVEL, BIAS, OTHER, WEIGHT = symbols("g c b b' W", real=True)


def _forgotten() -> tuple[Obligation, ...]:
    weight = Symbol("w", real=True)
    equal = Eq(rec(S), rec(T), evaluate=False)
    return (
        Obligation("the product of two negatives is gone", (Lt(T, 0), Lt(weight, 0)), Eq(weight * rec(T), 0)),
        Obligation("all negative responses are one", (Le(S, 0), Le(T, 0)), equal),
    )


def reversed_sums() -> tuple[tuple[Expr, Expr], ...]:
    """Return conv(-w, c - x) = conv(w, x) - c sum(w), output by output, as a sum over the taps u = 1 .. N of a window.

    Where the padding is zero, a tap u has the mark e[u] = 1 inside the signal and 0 outside, and reads e x.
    """
    u = Symbol("u", integer=True)
    w, x, e = map(IndexedBase, "wxe")

    def over(summand: Expr) -> Expr:
        return Sum(summand, (u, 1, N))

    inside = over(-w[u] * (LEVEL - x[u])), over(w[u] * x[u]) - LEVEL * over(w[u])
    border = over(-w[u] * e[u] * (LEVEL - x[u])), over(w[u] * e[u] * x[u]) - LEVEL * over(w[u] * e[u])
    return inside, border


def border_counterexample() -> str | None:
    """Return the smallest zero-padded correlation that misses the constant c sum(w), at c = 1."""
    for n, k in sorted(product((1, 2), repeat=2), key=sum):
        for x, w in product(product((0, 1), repeat=n), product((0, 1), repeat=k)):
            plain = correlate_lists(list(x), list(w))
            reverse = correlate_lists([1 - v for v in x], [-v for v in w])
            constant = [y - sum(w) for y in plain]
            if reverse != constant:
                return f"x = {x}, w = {w}, c = 1: conv(-w, c-x) = {reverse}, conv(w, x) - c sum(w) = {constant}"
    return None


def _bias() -> Obligation:
    response = Symbol("y", real=True)
    same = Eq(response - LEVEL * WEIGHT + OTHER, response + BIAS)
    return Obligation("b' = b + c sum(w)", (), Equivalent(same, Eq(OTHER, BIAS + LEVEL * WEIGHT)))


def _centred() -> tuple[tuple[Expr, Expr], ...]:
    mu, weight = symbols("mu w", real=True)
    sigma = Symbol("sigma", positive=True)
    return (
        ((LEVEL - GREY) - LEVEL / 2, -(GREY - LEVEL / 2)),
        ((-weight) * -(GREY - LEVEL / 2), weight * (GREY - LEVEL / 2)),
        (((LEVEL - GREY) - mu) / sigma, (LEVEL - 2 * mu) / sigma - (GREY - mu) / sigma),
    )


def _doubled() -> tuple[Obligation, ...]:
    nothing_lost = Eq(rec(T) - rec(-T), T, evaluate=False)
    even = Eq(S * rec(T) + S * rec(-T), S * Abs(T), evaluate=False)
    return (
        Obligation("relu(t) - relu(-t) = t", (), nothing_lost),
        Obligation("equal weights on both halves see |t|", (), even),
    )


THEOREMS = (
    identity(
        "recos: two negations cancel in a linear cascade",
        "(-B)^T (-A)^T = B^T A^T for all sizes: without rectification (-, -) looks like (+, +), and (+, -) like (-, +).",
        ("K-sign",),
        ((-B).T * (-A).T, B.T * A.T),
        ((-B).T * A.T, B.T * (-A).T),
    ),
    for_all(
        "recos: fixed weights separate x from -x without rectification",
        "A linear cascade sends x and -x to C^T x and -C^T x, which differ wherever C^T x is not 0: only other weights "
        "are confused.",
        ("K-sign",),
        Obligation("-t is not t", (Ne(T, 0),), Ne(-T, T)),
    ),
    for_all(
        "recos: rectification forgets negative responses",
        "Rectified, the product of a negative response and a negative weight is 0, and all negative responses are one.",
        ("K-sign",),
        Derived(_forgotten),
    ),
    identity(
        "recos: negated filters on reversed grey levels",
        "conv(-w, c-x) = conv(w, x) - c sum(w) where every tap reads a sample (no padding, or padding that is reversed "
        "too); with zero padding it is conv(w, x) - c conv(w, 1), which depends on the border.",
        ("K-neg",),
        Derived(reversed_sums),
    ),
    Theorem(
        name="recos: zero padding breaks the constant of reversed grey levels",
        statement="At the border of zero padding conv(-w, c-x) is not conv(w, x) - c sum(w).",
        formula="exists x, w: corr(-w, c-x) != corr(w, x) - c sum(w), zero extension",
        rows=("K-neg",),
        proof=lambda claim: certify(claim, border_counterexample, "smallest counterexample, exact integers"),
    ),
    for_all(
        "recos: the bias that undoes a reversal",
        "With filters -w and bias b' on c-x the responses are those of w and b on x exactly if b' = b + c sum(w).",
        ("K-neg",),
        _bias(),
    ),
    identity(
        "recos: centred grey levels reverse by their sign",
        "With levels g - c/2 reversal is negation, so that (-w)(-x) = w x product by product: equal bits, as rounding is "
        "symmetric. With (g - mu)/sigma the level is c_eff = (c - 2 mu)/sigma.",
        ("K-neg",),
        Derived(_centred),
    ),
    for_all(
        "recos: doubled anchors keep both signs",
        "With [A, -A] relu(t) - relu(-t) = t: nothing is lost; duplicated weights B give exact invariance to negation.",
        ("K-double",),
        Derived(_doubled),
    ),
)
