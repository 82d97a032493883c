"""How far pooling stretches: the letters of the contraction constants."""

from sympy import Expr, KroneckerDelta, Max, Min, Mul, ceiling, sqrt

from .pooling import extent
from .symbols import Axis, g, v, z


def overlap(a: Axis) -> Expr:
    """Return the most windows that hold one sample: ``min(k, ceil(E / s))`` with ``E = d (k - 1) + 1``."""
    return Min(a.k, ceiling(extent(a) / a.s))


def maximum_constant(spatial: tuple[Axis, ...]) -> Expr:
    """Return the largest factor by which the Euclidean norm of a difference grows under max pooling."""
    return sqrt(Mul(*map(overlap, spatial)))


def average_constants(spatial: tuple[Axis, ...]) -> dict[str, Expr]:
    """Return the largest factor by which average pooling stretches, in both norms.

    Weights are ``1 / v`` where the divisor is given. Else those of one window add up to at most 1, and each is at most ``1 / k``
    where padding counts and no window is partial, and at most 1 anywhere.
    """
    taps, windows = Mul(*(a.k for a in spatial)), Mul(*(ceiling(a.k / a.s) for a in spatial))
    counted, given = KroneckerDelta(v, 0), 1 - KroneckerDelta(v, 0)
    least = taps ** (g * (1 - z))
    return {
        "sup": counted + given * taps / Max(1, v),
        "l2": counted * sqrt(windows / least) + given * sqrt(windows * taps) / Max(1, v),
    }
