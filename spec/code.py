"""Integer SymPy expressions as Python source, with ``//`` where the mathematics has a floor; never a float division."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from math import gcd
from typing import Any

from sympy import Expr, Mul, Symbol, fraction, together
from sympy.printing.str import StrPrinter


class _IntegerPrinter(StrPrinter):
    def _print_floor(self, expr: Expr) -> str:
        numerator, denominator = fraction(together(expr.args[0]))
        return f"(({self._print(numerator)})//({self._print(denominator)}))"

    def _print_ceiling(self, expr: Expr) -> str:
        numerator, denominator = fraction(together(expr.args[0]))
        return f"(-((-({self._print(numerator)}))//({self._print(denominator)})))"

    def _print_Mul(self, expr: Expr) -> str:
        # A quotient outside a floor stands where a precondition makes it exact, such as C/G.
        numerator, denominator = fraction(expr)
        if denominator == 1:
            return "*".join(f"({self._print(factor)})" for factor in Mul.make_args(expr))
        return f"(({self._print(numerator)})//({self._print(denominator)}))"

    def _print_Mod(self, expr: Expr) -> str:
        return f"(({self._print(expr.args[0])})%({self._print(expr.args[1])}))"

    def _print_Abs(self, expr: Expr) -> str:
        return f"abs({self._print(expr.args[0])})"

    def _print_Max(self, expr: Expr) -> str:
        return f"max({', '.join(map(self._print, expr.args))})"

    def _print_Min(self, expr: Expr) -> str:
        return f"min({', '.join(map(self._print, expr.args))})"

    def _print_gcd(self, expr: Expr) -> str:
        return f"gcd({', '.join(map(self._print, expr.args))})"

    def _print_octaves(self, expr: Expr) -> str:
        return f"((({self._print(expr.args[0])}) - 1).bit_length())"

    def _print_And(self, expr: Expr) -> str:
        return " and ".join(f"({self._print(arg)})" for arg in expr.args)

    def _print_Or(self, expr: Expr) -> str:
        return " or ".join(f"({self._print(arg)})" for arg in expr.args)

    def _print_Relational(self, expr: Expr) -> str:
        return f"({self._print(expr.lhs)}) {expr.rel_op} ({self._print(expr.rhs)})"

    def _print_Equality(self, expr: Expr) -> str:
        return f"({self._print(expr.lhs)}) == ({self._print(expr.rhs)})"

    def _print_Unequality(self, expr: Expr) -> str:
        return f"({self._print(expr.lhs)}) != ({self._print(expr.rhs)})"

    def _print_Rational(self, expr: Expr) -> str:
        raise ValueError(f"{expr} is not an integer: put the quotient under a floor")


_PRINTER = _IntegerPrinter()


def source(expr: Any) -> str:
    """Return Python source that computes an integer (or Boolean) expression exactly.

    Examples
    --------
    >>> from sympy import floor, symbols
    >>> n, s = symbols("n s", integer=True)
    >>> source(floor((n - 3) / s) + 1)
    '((n - 3)//(s)) + 1'
    """
    return _PRINTER.doprint(expr)


@lru_cache(maxsize=4096)
def _compiled(exprs: tuple[Any, ...], letters: tuple[Symbol, ...]) -> Callable[..., tuple[Any, ...]]:
    strangers = {s for expr in exprs for s in getattr(expr, "free_symbols", ())} - set(letters)
    if strangers:
        raise ValueError(f"symbols {sorted(map(str, strangers))} have no value")
    text = f"lambda {', '.join(map(str, letters))}: ({' '.join(f'({source(e)}),' for e in exprs)})"
    return eval(text, {"__builtins__": {}, "max": max, "min": min, "abs": abs, "gcd": gcd})


def integers(exprs: Sequence[Any], letters: tuple[Symbol, ...]) -> Callable[..., tuple[Any, ...]]:
    """Return a function of `letters` that gives all `exprs` as a tuple of Python integers or Booleans; compiled once."""
    return _compiled(tuple(exprs), letters)


@lru_cache(maxsize=8192)
def _named(expr: Any) -> tuple[tuple[str, ...], Callable[..., tuple[Any, ...]]]:
    letters = tuple(sorted(getattr(expr, "free_symbols", ()), key=str))
    return tuple(map(str, letters)), _compiled((expr,), letters)


def number(expr: Any, values: Mapping[str, int]) -> Any:
    """Return the integer or Boolean that an expression has where its symbols have `values`, by name.

    Examples
    --------
    >>> from sympy import symbols
    >>> number(symbols("n", integer=True) + 2, {"n": 3})
    5
    """
    names, function = _named(expr)
    return function(*(values[name] for name in names))[0]
