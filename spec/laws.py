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
    words: Mapping[str, Any] = field(default_factory=dict)
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


@dataclass(frozen=True, kw_only=True, eq=False)
class Transformed:
    """``f(.., g(x), ..) = h(f(.., x, ..))`` entry by entry, g on the input `wrt` and h on the output; other inputs stay.

    `inner` and `outer` are expressions in `VALUE` and in `AMOUNT`, an integer from 1 on; `others` are maps of further inputs.
    `options` are the real options of the call on g(x) that differ, in `AMOUNT` and the letters of the options.
    """

    name: str
    statement: str
    operator: OperatorSpec
    wrt: str
    inner: Expr
    outer: Expr
    others: Mapping[str, Expr] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    rows: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class Contraction:
    """``||f(x) - f(y)|| <= constant ||x - y||`` in the input `wrt`, other inputs fixed.

    `norm` is "entry" (entry by entry, for operators that map each entry by itself), "sup" or "l2" (over the whole arrays).
    `constant` may use the letters of the options.
    """

    name: str
    statement: str
    operator: OperatorSpec
    wrt: str
    constant: Expr
    norm: str
    rows: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class Gradient:
    """``<J v, dy> = <v, g(dy, ..)>``: `gradient` is the transpose of the derivative J of `operator` in `wrt`.

    `output` and `part` are the positions of the output that is differentiated and of its gradient among those of `gradient`.
    """

    name: str
    statement: str
    operator: OperatorSpec
    wrt: str
    gradient: OperatorSpec
    output: int = 0
    part: int = 0
    rows: tuple[str, ...] = ()


VALUE = Symbol("v", real=True)
AMOUNT = Symbol("a", integer=True)
"""The letters of a `Transformed` law."""

Law = Rearrangement | Linear | Adjoint | Associative | Transformed | Contraction | Gradient
