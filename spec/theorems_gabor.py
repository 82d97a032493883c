"""Theorems about Gabor functions: rotations, parity, quadrature, mean (L-gabor)."""

from sympy import Expr, Integer, Matrix, cos, exp, expand_trig, integrate, oo, pi, sin, sqrt, symbols

from .evidence import Derived, identity
from .gabor import packet, turned
from .symbols import ALPHA, AMPLITUDE, BETA, OMEGA, PSI, THETA

X, Y, ANGLE = symbols("x y phi", real=True)
U, V = symbols("u v", real=True)
ROWS = ("L-gabor",)


def at(x: Expr, y: Expr, *, phase: Expr = PSI, theta: Expr = THETA) -> Expr:
    """Return the record's function, centred at the origin, at a point."""
    return packet(*turned(x, y, theta)).xreplace({PSI: phase})


def _rotations() -> tuple[tuple[Expr, Expr], ...]:
    """A function turned by an angle, at the point turned by it: the same coordinates along and across the wave."""
    x, y = X * cos(ANGLE) - Y * sin(ANGLE), X * sin(ANGLE) + Y * cos(ANGLE)
    there, here = turned(x, y, THETA + ANGLE), turned(X, Y, THETA)
    return tuple((expand_trig(one).expand(), other) for one, other in zip(there, here, strict=True))


def _parity() -> tuple[tuple[Expr, Expr], ...]:
    return (
        (at(-X, -Y, phase=-PSI), -at(X, Y)),
        (at(-X, -Y, phase=0), -at(X, Y, phase=0)),
        (at(-X, -Y, phase=pi / 2), at(X, Y, phase=pi / 2)),
    )


def _quadrature() -> tuple[tuple[Expr, Expr], ...]:
    along, across = turned(X, Y, THETA)
    bell = AMPLITUDE * exp(-ALPHA * along**2 - BETA * across**2)
    odd, even = at(X, Y, phase=0), at(X, Y, phase=pi / 2)
    return (
        (at(X, Y) ** 2 + at(X, Y, phase=PSI + pi / 2) ** 2, bell**2),
        (at(X, Y), cos(PSI) * odd + sin(PSI) * even),
        (even, bell * cos(OMEGA * along)),
    )


def _mean() -> tuple[tuple[Expr, Expr], ...]:
    """The integral in the coordinates along and across the wave, which turn the plane and keep areas."""
    alpha, beta = symbols("alpha beta", positive=True)
    area = Matrix(turned(X, Y, THETA)).jacobian((X, Y)).det()
    across = integrate(exp(-beta * V**2), (V, -oo, oo))
    along = [integrate(exp(-alpha * U**2) * wave(OMEGA * U), (U, -oo, oo)) for wave in (sin, cos)]
    whole = AMPLITUDE * across * (cos(PSI) * along[0] + sin(PSI) * along[1])
    printed = AMPLITUDE * pi / sqrt(alpha * beta) * exp(-(OMEGA**2) / (4 * alpha)) * sin(PSI)
    parts = sin(OMEGA * U + PSI), cos(PSI) * sin(OMEGA * U) + sin(PSI) * cos(OMEGA * U)
    return (area, Integer(1)), parts, (whole, printed)


THEOREMS = (
    identity(
        "gabor: turning the function turns its values",
        "The function of direction theta + phi at a point turned by phi is the one of direction theta at the point.",
        ROWS,
        Derived(_rotations),
    ),
    identity(
        "gabor: phases 0 and pi/2 are odd and even",
        "G(-p; psi) = -G(p; -psi); so the sine is odd and the cosine even under a half turn.",
        ROWS,
        Derived(_parity),
    ),
    identity(
        "gabor: phases a quarter apart are a quadrature pair",
        "The squares of two functions with phases pi/2 apart add up to the square of the Gaussian; they span all phases.",
        ROWS,
        Derived(_quadrature),
    ),
    identity(
        "gabor: the mean is proportional to sin(psi)",
        "The integral over the plane is A pi (alpha beta)^(-1/2) exp(-omega^2/(4 alpha)) sin(psi): 0 for odd functions only.",
        ROWS,
        Derived(_mean),
    ),
)
