"""Theorems about tight banks: quadrature of the filters of a cascade, telescoping energies, wrong periods (M10, M11)."""

from collections.abc import Iterator
from fractions import Fraction

from flint import arb, ctx, fmpq
from sympy import (
    Eq,
    Expr,
    Ge,
    Gt,
    Implies,
    Integer,
    Lt,
    Mod,
    Piecewise,
    Rational,
    Symbol,
    cos,
    expand,
    expand_trig,
    floor,
    pi,
    sin,
    sqrt,
    symbols,
)

from .evidence import (
    Claim,
    Evidence,
    Theorem,
    certify,
    identity,
    prove_by_form,
    prove_by_identity,
    prove_by_z3,
    weakest,
)
from .harmonic import PRECISION
from .logic import Obligation
from .symbols import P, f
from .wavelet_bank import (
    analytic,
    meyer_pair,
    ramp,
    shannon_pair,
    spline_high,
    spline_low,
    spline_sampled,
    steps,
)

ROWS = ("M10", "M11")
NU, X = symbols("nu x", real=True)
SCALE = Symbol("scale", integer=True, nonnegative=True)

# ---- |h(w)|^2 + |h(w + 1/2)|^2 = 1 ----


def _pieces() -> Iterator[tuple[Expr, Expr]]:
    """Yield the energies of a low-pass and of what it leaves, piece by piece."""
    for low, high in (shannon_pair(f, SCALE), meyer_pair(f, SCALE)):
        for (one, _), (other, _) in zip(low.args, high.args, strict=True):
            angle = one.args[0] if isinstance(one, cos) else X
            yield (one**2 + other**2).xreplace({angle: X}), Integer(1)


def _other_pieces() -> list[str]:
    pairs = {"shannon": shannon_pair(f, SCALE), "meyer": meyer_pair(f, SCALE)}
    return [
        f"{name}: {one} and {other}"
        for name, (low, high) in pairs.items()
        for (_, one), (_, other) in zip(low.args, high.args, strict=True)
        if one != other
    ]


def _ramps() -> tuple[tuple[Expr, Expr], ...]:
    """Meyer's flank falls from 1/6 to 1/3: there w + 1/2 is at x' = 1 - x, and the angles add up to pi/2."""
    place, mirrored = 6 * NU - 1, 6 * (Rational(1, 2) - NU) - 1
    low = cos(pi * ramp(X) / 2) ** 2 + cos(pi / 2 - pi * ramp(X) / 2) ** 2
    ends = (ramp(X).diff(X, k).subs(X, end) for k in (1, 2, 3) for end in (0, 1))
    return (
        (mirrored, 1 - place),
        (expand(ramp(X) + ramp(1 - X)), Integer(1)),
        (low, Integer(1)),
        *((value, Integer(0)) for value in ends),
    )


def _two_scale() -> tuple[tuple[Expr, Expr], ...]:
    """With R the spectrum of the sampled autocorrelation, ``cos(pi w)^8 R(w) + sin(pi w)^8 R(w + 1/2) = R(2 w)``."""
    c = Symbol("c", real=True)

    def sampled(cosine: Expr) -> Expr:
        theta = Symbol("theta", real=True)
        polynomial = expand_trig(spline_sampled(theta / (2 * pi))).expand()
        return polynomial.xreplace({cos(theta): cosine}).rewrite(cos).subs(sin(theta) ** 2, 1 - cosine**2)

    low, high = ((1 + c) / 2) ** 4, ((1 - c) / 2) ** 4
    return (
        (expand(low * sampled(c) + high * sampled(-c) - sampled(2 * c**2 - 1)), Integer(0)),
        (cos(pi * NU) ** 2, (1 + cos(2 * pi * NU)) / 2),
        (cos(2 * pi * (NU + Rational(1, 2))), -cos(2 * pi * NU)),
        (spline_sampled(Integer(0)), Integer(1)),
    )


def _spline_pair() -> tuple[tuple[Expr, Expr], ...]:
    """The record's filters are the roots of these terms, and its low-pass of several scales is the product of one-step ones."""
    ratio = spline_sampled(NU) / spline_sampled(2 * NU)
    further = spline_sampled(2**SCALE * NU) / spline_sampled(2 * 2**SCALE * NU)
    high = spline_sampled(NU + Rational(1, 2)) / spline_sampled(2 * NU)
    step, several, more = (_spline_power(scale) for scale in (Integer(1), SCALE, SCALE + 1))
    return (
        (step / ratio, cos(pi * NU) ** 8),
        (spline_high(NU) ** 2 / high, sin(pi * NU) ** 8),
        (more / several / further, cos(pi * 2**SCALE * NU) ** 8),
    )


def _spline_power(scale: Expr) -> Expr:
    """Return the square of the low-pass of the spline cascade at a frequency nu that is not a multiple of 1."""
    half = floor(P / 2)
    return (spline_low(f, scale).args[1][0] ** 2).xreplace({Mod(f + half, P): P * NU + half})


def _quadrature(claim: Claim) -> Evidence:
    pieces = prove_by_form(claim, _other_pieces(), "both filters change at the same frequencies")
    return weakest(claim, [pieces, prove_by_identity(claim, (*_pieces(), *_ramps()))])


# ---- F = 1 ----


def _telescoping() -> tuple[tuple[Expr, Expr], ...]:
    """``L_j^2 = L_(j+1)^2 + (L_j g_j)^2`` where ``L_(j+1) = L_j h_j`` and ``h_j^2 + g_j^2 = 1``: summed from L_0 = 1 on."""
    low, h = symbols("L h", real=True)
    band = low * sqrt(1 - h**2)
    return (((low * h) ** 2 + band**2, low**2),)


def _nested() -> Iterator[Obligation]:
    """Yield that a low-pass is 1 wherever the next one, of half the cut-off, is not 0: so each is the product of all so far."""
    s = Symbol("s", integer=True)  # 2^scale P |frequency|
    given = (Ge(P, 1), Ge(s, 1))
    yield Obligation("Meyer", given, Implies(Lt(3 * (2 * s), 2 * P), Lt(3 * s, P)))
    yield Obligation("Shannon", given, Implies(Ge(P, 2 * (2 * s)), Lt(2 * s, P)))


def _one_sided() -> tuple[Obligation, ...]:
    """An analytic filter has the energy of the filter on real signals: the squares of the gains of w and -w add up to 2."""
    squares = Piecewise(*((expand(2 * value**2), rule) for value, rule in analytic(f).args))
    within = (Ge(P, 1), Gt(f, 0), Lt(f, P))
    mirrored = squares.xreplace({f: Mod(-f, P)})
    even = Eq(steps(Mod(-f, P)), steps(f))
    return Obligation("squares of gains", within, Eq(squares + mirrored, 2)), Obligation("|w| is even", within, even)


def _tight(claim: Claim) -> Evidence:
    return weakest(claim, [prove_by_identity(claim, _telescoping()), prove_by_z3(claim, (*_nested(), *_one_sided()))])


# ---- closed forms that are not tight once sampled ----

PLACE = Fraction(2, 5)
"""A frequency at which Meyer's finest wavelet meets its own alias, in cycles per sample."""


def periodised() -> str | None:
    """Return the energy at a frequency if Meyer's finest wavelet is its closed form, summed over periods, and not a cascade's.

    In closed form it rises from 1/6 to 1/3 and falls from there to 2/3: it and its alias meet around 1/2.
    """
    flank = 3 * PLACE - 1  # on the falling side; the alias at 1 - w is at 1 - x
    with ctx.workprec(PRECISION):
        angle = arb.pi() / 2 * _exact(ramp(Rational(flank.numerator, flank.denominator)))
        energy = (angle.cos() + angle.sin()) ** 2
        cascade = angle.cos() ** 2 + angle.sin() ** 2
    if not (energy > 1 and cascade.contains(1)):
        return None
    return f"at 2/5 cycles per sample: |psi^(w) + psi^(w - 1)|^2 = {float(energy):.6f}, the energies alone add up to 1"


def _exact(value: Rational) -> arb:
    return arb(fmpq(int(value.p), int(value.q)))


THEOREMS = (
    Theorem(
        name="tight banks: Shannon's and Meyer's filters are quadrature pairs",
        statement="|h|^2 + |g|^2 = 1 at every frequency; Meyer's ramp has ramp(x) + ramp(1 - x) = 1, and three derivatives that "
        "vanish at 0 and at 1, so g is h moved by half a period.",
        formula=(tuple(_pieces()), _ramps()),
        rows=ROWS,
        proof=_quadrature,
    ),
    identity(
        "tight banks: the cubic Battle-Lemarie filters are a quadrature pair",
        "|h(w)|^2 + |h(w + 1/2)|^2 = 1 for h(w)^2 = cos(pi w)^8 R(w)/R(2 w): a polynomial identity in cos(2 pi w).",
        ROWS,
        *_two_scale(),
        *_spline_pair(),
    ),
    Theorem(
        name="tight banks: energies telescope to 1 for every number of octaves",
        statement="The average after D octaves and the D bands have F = 1 at every bin: each low-pass has the energy of the next "
        "one and of the band between; analytic bands keep the energy of real signals.",
        formula=(_telescoping(), tuple(_nested()), _one_sided()),
        rows=ROWS,
        proof=_tight,
    ),
    Theorem(
        name="tight banks: closed forms summed over periods are not tight",
        statement="Meyer's finest wavelet in closed form, of real spectrum, meets its alias once sampled: F is not 1 between "
        "1/3 and 2/3 of a cycle.",
        formula=("F > 1", PLACE, ramp(X)),
        rows=ROWS,
        proof=lambda claim: certify(claim, periodised, "ball arithmetic"),
    ),
)
