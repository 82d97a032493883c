"""Definitions as sums of turned products, ``c sum_v e^(2 pi i theta(v, T)) entries``, and what integers say of them.

Exponents that differ by an integer give the same number; indices that agree modulo n name the same entry. Both are shown by
putting ``e - n q`` with a new integer q for every remainder ``e mod n``, and expanding. Sums over a frequency are geometric.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sympy import (
    Dummy,
    Eq,
    Equivalent,
    Expr,
    Ge,
    I,
    Indexed,
    Integer,
    KroneckerDelta,
    Lt,
    Mod,
    Mul,
    Sum,
    Symbol,
    conjugate,
    exp,
    expand,
    pi,
    symbols,
)

from .logic import Obligation
from .records import OperatorSpec, Stage

# ---- definitions as sums of turned products ----


@dataclass(frozen=True)
class Spectral:
    """``c sum over ranges of e^(2 pi i angle) entries, where the equations hold``: a definition of one stage."""

    target: tuple[Expr, ...]
    constant: Expr
    entries: tuple[Indexed, ...]
    ranges: tuple[tuple[Symbol, Expr, Expr], ...]
    angle: Expr
    equations: tuple[KroneckerDelta, ...]
    conjugated: frozenset[str]

    def entry(self, name: str) -> Indexed:
        """Return the entry of an array that every product has."""
        (found,) = (entry for entry in self.entries if str(entry.base) == name)
        return found


def spectral(record: OperatorSpec) -> Spectral:
    """Return the form of a definition, with the stages put into each other."""
    known: dict[str, Stage] = {}
    for stage in record.definition:
        known[str(stage.target.base)] = Stage(
            stage.target, stage.value.replace(_stored(known), lambda e: _put(known, e))
        )
    last = record.definition[-1].target
    factors = [*_factors(known[str(last.base)].value)]
    turns = [f for f in factors if isinstance(f, exp)]
    entries = tuple(f.args[0] if isinstance(f, conjugate) else f for f in factors if isinstance(f, Indexed | conjugate))
    conjugated = frozenset(str(f.args[0].base) for f in factors if isinstance(f, conjugate))
    equations = tuple(f for f in factors if isinstance(f, KroneckerDelta))
    others = [f for f in factors if not isinstance(f, Indexed | conjugate | KroneckerDelta | exp | tuple)]
    angle = expand(sum((f.args[0] for f in turns), Integer(0)) / (2 * pi * I))
    ranges = tuple(f for f in factors if isinstance(f, tuple))
    return Spectral(tuple(last.indices), Mul(*others), entries, ranges, angle, equations, conjugated)


def _stored(known: Mapping[str, Stage]) -> Any:
    return lambda expr: isinstance(expr, Indexed) and str(expr.base) in known


def _put(known: Mapping[str, Stage], entry: Indexed) -> Expr:
    stage = known[str(entry.base)]
    return stage.value.xreplace(dict(zip(stage.target.indices, entry.indices, strict=True)))


def _factors(expr: Expr) -> Iterator[Any]:
    """Yield the factors of a product of sums of one term each, and the ranges of the sums as tuples."""
    for factor in Mul.make_args(expr):
        if isinstance(factor, Sum):
            yield from (tuple(limit) for limit in factor.limits)
            yield from _factors(factor.function)
        else:
            yield factor


# ---- equality modulo an integer ----


def _without_remainders(expr: Expr) -> Expr:
    """Return an expression with ``e - m q`` for every ``e mod m``, q a new integer."""
    while found := [r for r in expr.atoms(Mod) if not r.args[0].has(Mod)]:
        expr = expr.xreplace({r: r.args[0] - r.args[1] * Dummy("q", integer=True) for r in found})
    return expr


def congruent(left: Expr, right: Expr, modulus: Expr | int = 1) -> bool:
    """Whether two expressions in integers differ by a multiple of `modulus`, whatever the integers are.

    Examples
    --------
    >>> from sympy import Mod, symbols
    >>> j, a, f, n = symbols("j a f n", integer=True)
    >>> congruent(f * Mod(j + a, n) / n, f * (j + a) / n), congruent(f * j / n, f * a / n)
    (True, False)
    """
    quotient = expand(_without_remainders(left - right) / modulus)
    return bool(quotient.is_polynomial(*quotient.free_symbols)) and all(
        coefficient.is_Integer for coefficient in quotient.as_coefficients_dict().values()
    )


def on_the_cycle(index: Expr, letter: Symbol, size: Expr) -> bool:
    """Whether an index is the letter or its opposite plus something, modulo the size: a permutation of 0 .. size-1."""
    other = Dummy("other", integer=True)
    moved = index.xreplace({letter: other})
    within = index == letter or (isinstance(index, Mod) and index.args[1] == size)
    return within and any(congruent(index - moved, sign * (letter - other), size) for sign in (1, -1))


# ---- geometric sums ----


def geometric() -> tuple[tuple[Expr, Expr], ...]:
    """Return why ``sum_f e^(2 pi i f d / n)`` over f = 0 .. n-1 is zero unless n divides d: it telescopes.

    ``(1 - z) sum z^f = 1 - z^n`` by induction on n, ``z^n = 1``; and z = 1 only where d/n is an integer.
    """
    z, count = symbols("z count")
    difference, size = Symbol("d", integer=True), Symbol("n", integer=True, positive=True)
    step = (1 - z ** (count + 1)) - (1 - z**count), (1 - z) * z**count
    return step, (exp(2 * pi * I * difference / size) ** size, Integer(1))


def apart() -> Obligation:
    """Return that two different numbers below n do not differ by a multiple of n."""
    n, one, two = symbols("n v w", integer=True)
    below = (Ge(n, 1), *(rule for v in (one, two) for rule in (Ge(v, 0), Lt(v, n))))
    return Obligation("different below n", below, Equivalent(Eq(Mod(one - two, n), 0), Eq(one, two)))


def summed_frequencies(
    difference: Expr, frequencies: Sequence[tuple[Symbol, Expr]], pairs: Mapping[Symbol, Symbol]
) -> list[str]:
    """Return why the sum over the frequencies does not leave exactly the terms of equal letters.

    `difference` is the exponent of a product; it must be the sum of ``+- f (v - w) / n``, each frequency f = 0 .. n-1 with
    one pair of letters that are below n.
    """
    rest, left = expand(difference), set(pairs)
    for letter, size in frequencies:
        match = next((v for v in left for sign in (1, -1) if _is_pair(rest, letter, size, sign, v, pairs[v])), None)
        if match is None:
            return [f"the sum over {letter} is not geometric"]
        left.remove(match)
        rest = expand(rest - rest.coeff(letter) * letter)
    return [] if not left and rest == 0 else [f"{rest} is left, {sorted(map(str, left))} are not summed"]


def _is_pair(angle: Expr, letter: Symbol, size: Expr, sign: int, v: Symbol, w: Symbol) -> bool:
    return expand(angle.coeff(letter) * size - sign * (v - w)) == 0
