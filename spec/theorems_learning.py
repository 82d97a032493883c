"""Theorems about learning and decisions: back-propagation, centroids, softmax (U1, K-net, K-out)."""

from sympy import Eq, Expr, Gt, IndexedBase, Lt, MatrixSymbol, Sum, Symbol, exp, symbols

from .evidence import Claim, Derived, Evidence, Theorem, identity, prove_by_identity, prove_by_z3, weakest
from .logic import Obligation


def _transposed_chain() -> tuple[tuple[Expr, Expr], ...]:
    sizes = symbols("N K L", integer=True, positive=True)
    inner, outer = MatrixSymbol("J_1", sizes[1], sizes[0]), MatrixSymbol("J_2", sizes[2], sizes[1])
    u, v = MatrixSymbol("u", sizes[2], 1), MatrixSymbol("v", sizes[0], 1)
    return ((outer * inner).T * u, inner.T * (outer.T * u)), (
        (outer * inner * v).T * u,
        v.T * (inner.T * (outer.T * u)),
    )


def _centroid() -> tuple[Expr, Expr]:
    """Sum over a cluster of |x_i - a|^2, coordinate by coordinate, with m the mean: sum |x_i - m|^2 + n |a - m|^2."""
    count, i = Symbol("n", integer=True, positive=True), Symbol("i", integer=True)
    x, anchor, mean = IndexedBase("x"), Symbol("a", real=True), Symbol("m", real=True)

    def over(summand: Expr) -> Expr:
        return Sum(summand, (i, 1, count))

    spread = over((x[i] - mean) ** 2) + count * (anchor - mean) ** 2
    defect = 2 * (mean - anchor) * (over(x[i]) - count * mean)  # 0 where m is the mean
    return over((x[i] - anchor) ** 2), spread + defect


def _softmax_order(claim: Claim) -> Evidence:
    """exp has a positive slope, so it keeps order; so does the division by a positive sum."""
    x = Symbol("x", real=True)
    e, f, total, p, q = symbols("e f s p q", real=True)
    given = (Gt(total, 0), Lt(e, f), Eq(p * total, e), Eq(q * total, f))
    slope = prove_by_identity(claim, [(exp(x).diff(x), exp(x))])
    positive = prove_by_z3(claim, [Obligation("the quotients keep the order", given, Lt(p, q))])
    return weakest(claim, [slope, positive])


THEOREMS = (
    identity(
        "learning: back-propagation is the transposed chain",
        "(J_2 J_1)^T u = J_1^T (J_2^T u) and <J_2 J_1 v, u> = <v, J_1^T J_2^T u>, for all sizes: gradients pass the layers "
        "in reverse order.",
        ("U1", "K-net"),
        Derived(_transposed_chain),
    ),
    identity(
        "learning: the best anchor of a cluster is its centroid",
        "sum |x_i - a|^2 = sum |x_i - m|^2 + n |a - m|^2 where m is the mean, coordinate by coordinate.",
        ("K-out",),
        _centroid(),
    ),
    Theorem(
        name="learning: softmax keeps the order of the logits",
        statement="The largest probability stands where the largest logit does: the decision needs no softmax.",
        formula="x_i < x_j implies exp(x_i)/s < exp(x_j)/s, s > 0",
        rows=("K-out", "K-net"),
        proof=_softmax_order,
    ),
)
