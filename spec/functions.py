"""What definitions need beyond sums: the largest of many, where it stands, and some functions of one number or of integers."""

from sympy import Expr, Function, Integer, Ne, Piecewise, Tuple, igcd, log
from sympy.concrete.expr_with_limits import ExprWithLimits


class Maximum(ExprWithLimits):
    """``Maximum(f, (u, low, high), ...)``: the largest f over the ranges; NaN where one f is NaN.

    Terms that read an extended array outside its axes do not exist and are left out, as in a sum. A maximum of nothing is
    minus infinity.
    """

    @property
    def free_symbols(self) -> set[Expr]:
        return _free(self)


class First(Expr):
    """``First(position, Maximum(...))``: the value of `position` at the first term that is the maximum, or is NaN.

    The first in the order of the ranges, the last range fastest. `position` is an integer expression.
    """

    def __new__(cls, position: Expr, maximum: Maximum) -> "First":
        return Expr.__new__(cls, position, maximum)

    @property
    def free_symbols(self) -> set[Expr]:
        bound = {limit[0] for limit in self.args[1].limits}
        return (self.args[0].free_symbols - bound) | self.args[1].free_symbols


class log1p(Function):  # noqa: N801, the name of the function everywhere
    """``log(1 + x)``, which libraries compute without forming ``1 + x``.

    Examples
    --------
    >>> from sympy import Symbol, exp, log, simplify
    >>> x = Symbol("x", real=True)
    >>> log1p(exp(x)).diff(x)
    exp(x)/(exp(x) + 1)
    """

    def fdiff(self, argindex: int = 1) -> Expr:
        return 1 / (1 + self.args[0])

    def _eval_rewrite_as_log(self, x: Expr, **hints: object) -> Expr:
        return log(1 + x)


def _free(reduction: ExprWithLimits) -> set[Expr]:
    """Return the free symbols of a reduction: those of its function and its limits, which may use variables, without these."""
    variables = {limit[0] for limit in reduction.limits}
    bounds = {s for limit in reduction.limits for bound in Tuple(*limit[1:]) for s in bound.free_symbols}
    return (reduction.function.free_symbols | bounds) - variables


class gcd(Function):  # noqa: N801, the name of the function everywhere
    """The greatest common divisor of two positive integers; SymPy's own is one of polynomials.

    Examples
    --------
    >>> from sympy import Integer
    >>> gcd(Integer(8), Integer(12))
    4
    """

    is_integer = True
    is_positive = True

    @classmethod
    def eval(cls, a: Expr, b: Expr) -> Expr | None:
        return igcd(a, b) if a.is_Integer and b.is_Integer else None


class octaves(Function):  # noqa: N801, the name of the function everywhere
    """``octaves(t) = ceil(log2 t)`` of a positive integer: how many doublings of 1 reach it.

    Examples
    --------
    >>> from sympy import Integer
    >>> [octaves(Integer(t)) for t in (1, 2, 3, 4, 5)]
    [0, 1, 2, 2, 3]
    """

    is_integer = True
    is_nonnegative = True

    @classmethod
    def eval(cls, t: Expr) -> Expr | None:
        return Integer((int(t) - 1).bit_length()) if t.is_Integer else None


class direction(Function):  # noqa: N801, lower-case as the other functions of numbers
    """``direction(z, r)``: z / r for an entry z of a vector of length r, and 0 where r is 0.

    Examples
    --------
    >>> from sympy import symbols
    >>> direction(*symbols("z r")).cases
    Piecewise((z/r, Ne(r, 0)), (0, True))
    """

    @property
    def cases(self) -> Piecewise:
        """What the function stands for."""
        z, r = self.args
        return Piecewise((z / r, Ne(r, 0)), (0, True))


class power_slope(Function):  # noqa: N801, lower-case as the other functions of numbers
    """``power_slope(r, p) = p r^(p - 1)``, the derivative of a power of a length r, and 0 where r is 0.

    There every positive power has its least value, and 0 is a subgradient; below the power 1 there is no derivative.

    Examples
    --------
    >>> from sympy import symbols
    >>> power_slope(*symbols("r p")).cases
    Piecewise((p*r**(p - 1), Ne(r, 0)), (0, True))
    """

    @property
    def cases(self) -> Piecewise:
        """What the function stands for."""
        r, p = self.args
        return Piecewise((p * r ** (p - 1), Ne(r, 0)), (0, True))
