"""Theorems about the mean and the lengths of RECOS vectors: spheres around a mean, augmentation, scale (K5 - K10)."""

from itertools import product

from sympy import (
    Eq,
    Expr,
    Ge,
    IndexedBase,
    Integer,
    MatrixSymbol,
    Rational,
    Symbol,
    sqrt,
    summation,
    symbols,
)

from .evidence import Claim, Derived, Evidence, Theorem, certify, identity, prove_by_identity, prove_by_z3, weakest
from .logic import Obligation
from .theorems_recos import N, T, X, n, over, rec

MU = Symbol("mu", real=True)
A = IndexedBase("a")
VECTOR, ANCHOR = MatrixSymbol("x", N, 1), MatrixSymbol("a", N, 1)


def augmented() -> tuple[tuple[Expr, Expr], ...]:
    """Return a^T (x - mu 1) = a'^T x' with x' = (mu, x), a' = (-sum a, a), for every N (K6 - K8)."""
    return ((over(A[n] * (X[n] - MU)), -over(A[n]) * MU + over(A[n] * X[n])),)


def _difference_vectors() -> tuple[tuple[Expr, Expr], ...]:
    """h_j = (1, .., 1, -j, 0, .., 0)/sqrt(j (j+1)), j = 1 .. N-1: orthonormal, and orthogonal to 1 = (1, .., 1)."""
    i, j, place = symbols("i j n", integer=True, positive=True)
    ones = summation(Integer(1), (place, 1, j))
    return (
        (ones + (-j) ** 2, j * (j + 1)),  # the squared length, before the division
        (ones - j, Integer(0)),  # against 1
        (summation(Integer(1), (place, 1, i)) * 1 + (-i) * 1, Integer(0)),  # h_i against h_j, i < j: h_j is 1 there
    )


def sphere_counterexample() -> str:
    """Return the smallest point at distance 1 from mu 1 whose mean is not mu."""
    for size, mean in product((1, 2), (0, 1)):
        point = [mean + 1] + [mean] * (size - 1)
        if Rational(sum(point), size) != mean:
            break
    return f"N = {size}, mu = {mean}: x = {tuple(point)} has distance 1 from mu 1, but its mean is {sum(point)}/{size}"


def augmented_length() -> tuple[Expr, Expr]:
    """Return mu^2 + |x|^2 - |x - mu 1|^2 - (N+1) mu^2 and what it is: 0 where mu is the mean of x."""
    squares, spread = over(X[n] ** 2), over((X[n] - MU) ** 2)
    return MU**2 + squares - spread - (N + 1) * MU**2, 2 * MU * (over(X[n]) - N * MU)


def unit_length_counterexample() -> str | None:
    """Return the smallest integer point of S_mu, up to a factor, whose augmented vector has no unit length."""
    for size, mean in product((1, 2, 3), (0, 1)):
        for moves in product((-1, 0, 1), repeat=size):
            if sum(moves) == 0 and any(moves):
                step = 1 / sqrt(sum(m * m for m in moves))
                point = [mean + step * m for m in moves]
                length = mean**2 + sum(v**2 for v in point)
                if length.expand() != 1:
                    return (
                        f"N = {size}, mu = {mean}, x = {tuple(point)}: |x - mu 1| = 1, |(mu, x)|^2 = {length.expand()}"
                    )
    return None


def _homogeneous() -> tuple[Obligation, ...]:
    factor = Symbol("c", real=True)
    scaled = Eq(rec(factor * T), factor * rec(T), evaluate=False)
    return (Obligation("Rec(c t) = c Rec(t), c >= 0", (Ge(factor, 0),), scaled),)


def _scaled_correlation() -> tuple[Expr, Expr]:
    p, q = symbols("p q", real=True)
    return (q * ANCHOR).T * (p * VECTOR), p * q * (ANCHOR.T * VECTOR)


def _lengths(claim: Claim) -> Evidence:
    return weakest(claim, [prove_by_z3(claim, _homogeneous()), prove_by_identity(claim, [_scaled_correlation()])])


def length_counterexample() -> str | None:
    """Return the smallest lengths for which (10), as printed, is not the rectified correlation."""
    for x, a in sorted(product((1, 2), repeat=2), key=sum):
        printed, true = x * a * max(0, a * x), max(0, a * x)
        if printed != true:
            return f"N = 1, x'' = {x}, a'' = {a}: Rec(a''x'') = {true}, printed |x''| |a''| Rec(a''x'') = {printed}"
    return None


THEOREMS = (
    identity(
        "recos: the augmented correlation",
        "a^T (x - mu 1) = a'^T x' with x' = (mu, x) and a' = (-sum a, a), for every N and every mu.",
        ("K6", "K7", "K8"),
        Derived(augmented),
    ),
    identity(
        "recos: with its mean fixed the sphere is S^(N-2)",
        "(1, .., 1, -j, 0, .., 0)/sqrt(j (j+1)), j = 1 .. N-1, are orthonormal and orthogonal to 1: vectors of mean mu at "
        "distance 1 from mu 1 are the unit sphere of N-1 dimensions.",
        ("K5",),
        Derived(_difference_vectors),
    ),
    Theorem(
        name="recos: the translated sphere has points of another mean",
        statement="Erratum: not every point at distance 1 from mu 1 has the mean mu; S_mu is no translation of S.",
        formula="exists x: |x - mu 1| = 1, mean(x) != mu",
        rows=("K5",),
        proof=lambda claim: certify(claim, sphere_counterexample, "smallest counterexample, exact integers"),
    ),
    identity(
        "recos: the length of the augmented vector",
        "|(mu, x)|^2 = |x - mu 1|^2 + (N+1) mu^2 where mu is the mean of x: on S_mu it is 1 + (N+1) mu^2, not 1.",
        ("K7", "K9"),
        augmented_length(),
    ),
    Theorem(
        name="recos: rectified correlations scale with both lengths",
        statement="Rec(a''^T x'') = |x''| |a''| Rec(a'^T x') where x'' = |x''| x' and a'' = |a''| a', for every N.",
        formula=(_homogeneous(), _scaled_correlation()),
        rows=("K9", "K10"),
        proof=_lengths,
    ),
)
