"""Expressions written out: one walk for every notation.

Terms and factors stand in the order of the symbol table (``s t + d u - p``), not in SymPy's.
"""

from collections.abc import Callable, Iterable
from typing import Any

from sympy import (
    Abs,
    Add,
    And,
    Eq,
    Expr,
    Ge,
    Gt,
    I,
    Indexed,
    Integer,
    KroneckerDelta,
    Le,
    Lt,
    Max,
    Min,
    Mod,
    Mul,
    Ne,
    Or,
    Piecewise,
    Pow,
    Rational,
    Sum,
    Symbol,
    ceiling,
    conjugate,
    cos,
    exp,
    floor,
    fraction,
    log,
    pi,
    re,
    sign,
    sin,
    tanh,
)
from sympy.core.function import AppliedUndef

from .functions import First, Maximum, direction, gcd, log1p, octaves, power_slope
from .notation import Notation
from .symbols import EXTENSION, MEANING

ORDER = "".join(MEANING)
"""Letters in the order of the symbol table; others follow."""

TERM, FACTOR, ATOM = 1, 2, 3
"""How tightly a written expression binds: it gets brackets where something tighter is wanted."""

Written = tuple[str, int]


def write(expr: Any, notation: Notation) -> str:
    """Return the expression in a notation."""
    return _write(expr, notation)[0]


def within_product(expr: Any, notation: Notation) -> str:
    """Return the expression as a factor: in brackets where it is a sum."""
    return _within(expr, notation, FACTOR)


def in_order(letters: Iterable[Symbol]) -> list[Symbol]:
    """Return letters in the order of the symbol table, those of the first axis before those of the second."""
    return sorted(letters, key=_rank)


def _rank(letter: Any) -> tuple[int, str]:
    place = ORDER.find(str(letter)[0])
    return (place if place >= 0 else len(ORDER), str(letter))


def _write(expr: Any, notation: Notation) -> Written:
    for kind, handler in _HANDLERS:
        if isinstance(expr, kind):
            return handler(expr, notation)
    return notation.other(expr), TERM


def _within(expr: Any, notation: Notation, level: int) -> str:
    written, tightness = _write(expr, notation)
    return written if tightness >= level else f"({written})"


def _all(entries: Iterable[Any], notation: Notation) -> list[str]:
    return [write(entry, notation) for entry in entries]


def _sum_of_terms(expr: Expr, notation: Notation) -> Written:
    *front, last = sorted(expr.args, key=_term_key)
    written = ""
    for term in (*front, last):
        minus = _negative(term)
        size = -term if minus else term
        tight = FACTOR if minus or term is not last else TERM
        written += (" - " if minus else " + ") + _within(size, notation, tight)
    return (written[3:] if written.startswith(" + ") else "-" + written[3:]), TERM


def _negative(term: Expr) -> bool:
    return bool(term.as_coeff_Mul()[0] < 0)


def _term_key(term: Expr) -> Any:
    ranks = sorted(_rank(letter) for letter in term.atoms(Symbol))
    return term.has(Sum), _negative(term), term.is_number, term.has(floor, ceiling), ranks, str(term)


def _product(expr: Expr, notation: Notation) -> Written:
    if _negative(expr):
        return "-" + _within(-expr, notation, FACTOR), TERM
    rounded = [factor for factor in expr.args if isinstance(factor, floor | ceiling)]
    above, below = fraction(Mul(*(factor for factor in expr.args if factor not in rounded)), exact=True)
    if below == 1:
        return notation.product(_factors(above * Mul(*rounded), notation)), FACTOR
    tall = isinstance(above, Add | Sum | Piecewise) or not (below.is_Atom or isinstance(below, Indexed))
    shown = write(above, notation) if tall else notation.product(_factors(above, notation))
    quotient = notation.quotient(shown, write(below, notation) if tall else _within(below, notation, ATOM), tall)
    return notation.product([*_factors(Mul(*rounded), notation), quotient] if rounded else [quotient]), FACTOR


def _factors(expr: Expr, notation: Notation) -> list[str]:
    factors = sorted((f for f in Mul.make_args(expr) if f != 1), key=_factor_key)
    return [_within(factor, notation, FACTOR) for factor in factors] or ["1"]


def _factor_key(factor: Expr) -> Any:
    ranks = sorted(_rank(letter) for letter in factor.atoms(Symbol))
    kind = next((place for place, known in enumerate(_FACTOR_ORDER) if isinstance(factor, known)), len(_FACTOR_ORDER))
    return not factor.is_number, kind, str(_array(factor)), factor.is_Add, ranks, factor is I, str(factor)


_FACTOR_ORDER: tuple[Any, ...] = (Integer, Symbol, Add, floor, ceiling, (Indexed, conjugate), KroneckerDelta)


def _array(factor: Expr) -> str:
    """Return filters before signals, as in w x."""
    names = sorted((str(term.base) for term in factor.atoms(Indexed)), key=lambda name: ("w" not in name, name))
    return ("" if "w" in names[0] else names[0]) if names else ""


def _power(expr: Expr, notation: Notation) -> Written:
    if expr.exp == -1:
        return notation.quotient("1", _within(expr.base, notation, ATOM), False), FACTOR
    if expr.exp == Rational(1, 2):
        return notation.root(write(expr.base, notation)), ATOM
    return notation.power(_within(expr.base, notation, ATOM), write(expr.exp, notation)), ATOM


def _rational(expr: Rational, notation: Notation) -> Written:
    return notation.quotient(str(expr.p), str(expr.q), False), FACTOR


def _letter(expr: Symbol, notation: Notation) -> Written:
    return notation.letter(expr.name), ATOM


def _indexed(expr: Indexed, notation: Notation) -> Written:
    return notation.indexed(str(expr.base), _all(expr.indices, notation)), ATOM


def _limits(expr: Sum | Maximum, notation: Notation) -> list[tuple[str, str, str]]:
    return [(write(v, notation), write(low, notation), write(high, notation)) for v, low, high in expr.limits]


def _total(expr: Sum, notation: Notation) -> Written:
    return notation.total(_limits(expr, notation), _within(expr.function, notation, FACTOR)), TERM


def _largest(expr: Maximum, notation: Notation) -> Written:
    return notation.largest(_limits(expr, notation), _within(expr.function, notation, FACTOR)), TERM


def _place(expr: First, notation: Notation) -> Written:
    position, largest = expr.args
    body = _within(largest.function, notation, FACTOR)
    return notation.place(_limits(largest, notation), body, write(position, notation)), TERM


def _cases(expr: Piecewise, notation: Notation) -> Written:
    *branches, (otherwise, _) = expr.args
    shown = [(write(value, notation), write(condition, notation)) for value, condition in branches]
    return notation.cases(shown, write(otherwise, notation)), ATOM


def _either(expr: Or, notation: Notation) -> Written:
    return notation.either(_all(sorted(expr.args, key=_term_key_of_rule), notation)), TERM


def _delta(expr: KroneckerDelta, notation: Notation) -> Written:
    left, right = sorted(expr.args, key=lambda side: (side.is_number, isinstance(side, Symbol)))
    return notation.bracket(*_all((left, right), notation)), ATOM


def _extension(expr: Expr, notation: Notation) -> Written:
    return notation.extension(*_all(expr.args, notation)), ATOM


def _called(name: str) -> Callable[[Expr, Notation], Written]:
    def written(expr: Expr, notation: Notation) -> Written:
        arguments = sorted(expr.args, key=lambda argument: (not argument.is_number, _term_key(argument)))
        return notation.call(name, _all(arguments, notation)), ATOM

    return written


def _bound(expr: Expr, notation: Notation) -> Written:
    """Return a function that a choice binds: its arguments in their order."""
    return notation.call(expr.func.__name__, _all(expr.args, notation)), ATOM


def _rounded(kind: str) -> Callable[[Expr, Notation], Written]:
    return lambda expr, notation: (notation.rounded(kind, _over_one_bar(expr.args[0], notation)), ATOM)


def _over_one_bar(expr: Expr, notation: Notation) -> str:
    """Return (k - 1)/2 for what SymPy keeps as k/2 - 1/2."""
    above, below = expr.as_numer_denom() if expr.is_Add else (expr, Integer(1))
    return (
        write(expr, notation) if below == 1 else notation.quotient(write(above, notation), write(below, notation), True)
    )


def _remainder(expr: Mod, notation: Notation) -> Written:
    return notation.remainder(*(_within(side, notation, ATOM) for side in expr.args)), TERM


def _conjugate(expr: Expr, notation: Notation) -> Written:
    return notation.conjugate(write(expr.args[0], notation)), ATOM


def _related(sign: str) -> Callable[[Any, Notation], Written]:
    return lambda expr, notation: (notation.relation(*_around(sign, _all(expr.args, notation))), TERM)


def _around(sign: str, sides: list[str]) -> tuple[str, str, str]:
    return sides[0], sign, sides[1]


def _equal(expr: Eq, notation: Notation) -> Written:
    if isinstance(expr.lhs, Mod) and expr.rhs == 0:
        number, divisor = expr.lhs.args
        return notation.relation(write(divisor, notation), "divides", write(number, notation)), TERM
    return _related("=")(expr, notation)


def _both(expr: And, notation: Notation) -> Written:
    return notation.joined(_all(sorted(expr.args, key=_term_key_of_rule), notation)), TERM


def _term_key_of_rule(rule: Any) -> Any:
    return str(type(rule)), sorted(_rank(letter) for letter in rule.atoms(Symbol)), str(rule)


_HANDLERS: tuple[tuple[Any, Callable[[Any, Notation], Written]], ...] = (
    (Integer, lambda expr, notation: (str(expr), ATOM if expr >= 0 else TERM)),
    (Rational, _rational),
    (Indexed, _indexed),
    (Symbol, _letter),
    (Add, _sum_of_terms),
    (Mul, _product),
    (Pow, _power),
    (Sum, _total),
    (Maximum, _largest),
    (First, _place),
    (Piecewise, _cases),
    (exp, _called("exp")),
    (log, _called("log")),
    (log1p, _called("log1p")),
    (tanh, _called("tanh")),
    (sign, _called("sign")),
    (sin, _called("sin")),
    (cos, _called("cos")),
    (re, _called("Re")),
    (gcd, _called("gcd")),
    (octaves, _called("octaves")),
    ((direction, power_slope), lambda expr, notation: _cases(expr.cases, notation)),
    (type(I), lambda expr, notation: (notation.imaginary(), ATOM)),
    (type(pi), lambda expr, notation: (notation.letter("pi"), ATOM)),
    (KroneckerDelta, _delta),
    (EXTENSION, _extension),
    (AppliedUndef, _bound),
    (floor, _rounded("floor")),
    (ceiling, _rounded("ceiling")),
    (Abs, _rounded("absolute")),
    (Max, _called("max")),
    (Min, _called("min")),
    (Mod, _remainder),
    (conjugate, _conjugate),
    (Eq, _equal),
    (Ne, _related("!=")),
    (Ge, _related(">=")),
    (Le, _related("<=")),
    (Gt, _related(">")),
    (Lt, _related("<")),
    (And, _both),
    (Or, _either),
)
