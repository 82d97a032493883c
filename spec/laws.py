"""Laws: what an operator obeys, as data. spec proves them, properties interprets them on any subject, reports prints them.

Every law of the family "the same products, found at other places" is one `Rearrangement`: the call with its arrays placed
elsewhere, and its options changed, gives the same output at other indices. One prover and one interpreter serve them all.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sympy import Expr, Symbol, true

from .records import OperatorSpec


@dataclass(frozen=True)
class Placement:
    """An array whose entries stand elsewhere: entry `letters` of the input `name` goes to `index`; zero where nothing goes.

    Both the old array and the new one are C-ordered; `extents` are the new axes.
    """

    name: str
    letters: tuple[Symbol, ...]
    index: tuple[Expr, ...]
    extents: tuple[Expr, ...]
    conjugated: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class Rearrangement:
    """``operator(arrays; options)[T] = other(placed arrays; changed options)[index(T)]`` whenever `when` holds.

    Attributes
    ----------
    arrays : mapping of str to Placement
        The inputs of `other`; one that is missing is passed on as it is.
    options : mapping of str to nested tuples of expressions, or a word
        The options of `other` that differ; the rest are those of the call.
    index : tuple of expressions in the target letters of `operator`
        Where the output element stands in the output of `other`.
    free : mapping of Symbol to (least, greatest)
        Letters of the law itself, such as the length of a shift.
    words : mapping of str to str
        Words of choices that the law is about.
    solved : tuple of (symbol, expression)
        Assignments that, made in order, turn any legal call into one for which `when` holds.
    """

    name: str
    statement: str
    operator: OperatorSpec
    other: OperatorSpec
    arrays: Mapping[str, Placement] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    index: tuple[Expr, ...] | None = None
    free: Mapping[Symbol, tuple[Any, Any]] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    when: Any = true
    solved: tuple[tuple[Symbol, Expr], ...] = ()
    without: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class Linear:
    """``f(a x + y) = a f(x) + f(y)`` in the input `wrt`, other inputs fixed and bias absent."""

    name: str
    statement: str
    operator: OperatorSpec
    wrt: str
    rows: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class Adjoint:
    """``<f(x), dy> = <x, g(dy)>``: `gradient` is the transpose of `operator` as a map of `wrt`."""

    name: str
    statement: str
    operator: OperatorSpec
    wrt: str
    gradient: OperatorSpec
    rows: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class Associative:
    """``f(f(x, h), g) = f(x, f(h, g))`` in the mode that keeps everything."""

    name: str
    statement: str
    operator: OperatorSpec
    options: Mapping[str, Any]
    rows: tuple[str, ...] = ()


Law = Rearrangement | Linear | Adjoint | Associative
