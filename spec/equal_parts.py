"""What is left to prove of an equation when the parts that both sides share are taken away."""

from collections.abc import Iterator
from typing import Any

from sympy import Add, Eq, Expr, Ge, Mul, Symbol, div, expand, floor, fraction, together


def equal_parts(left: Expr, right: Expr) -> Iterator[Any]:
    """Yield equations from which it follows that both sides are equal: what they have in common is left out."""
    if left == right:
        return
    mine = [arg for arg in left.args if arg not in right.args]
    others = [arg for arg in right.args if arg not in left.args]
    same = left.func == right.func and len(left.args) == len(right.args) and len(mine) == len(others)
    if same and (isinstance(left, Mul) or (isinstance(left, Add) and len(mine) == 1)):
        for one, two in zip(sorted(mine, key=_axis), sorted(others, key=_axis), strict=True):
            yield from equal_parts(one, two)
    elif expand(_settled(left) - _settled(right)) == 0:
        yield from (Ge(below, 1) for below in _divisors(left, right))
    else:
        yield Eq(left, right)


def _settled(expr: Expr) -> Expr:
    """Return an expression whose quotients by letters have one form each; letters that divide are at least 1."""
    return expr.replace(lambda e: isinstance(e, floor) and _letter_below(e) is not None, _one_form)


def _letter_below(quotient: Expr) -> Symbol | None:
    below = fraction(together(quotient.args[0]))[1]
    return below if below.is_Symbol else None


def _one_form(quotient: Expr) -> Expr:
    """Return ``floor(a / b)`` without multiples of b in a; ``floor(-a / b)`` is ``-floor((a - 1) / b) - 1``."""
    above, below = fraction(together(quotient.args[0]))
    whole, rest = div(expand(above), below, below)
    return whole - floor((-rest - 1) / below) - 1 if rest.could_extract_minus_sign() else whole + floor(rest / below)


def _divisors(*exprs: Expr) -> set[Symbol]:
    found = (_letter_below(quotient) for expr in exprs for quotient in expr.atoms(floor))
    return {letter for letter in found if letter is not None}


def _axis(expr: Expr) -> list[str]:
    return sorted(endings(expr))


def endings(expr: Expr) -> set[str]:
    """Return the numbers of the axes whose letters stand in an expression."""
    return {s.name.partition("_")[2] for s in expr.free_symbols if "_" in s.name}
