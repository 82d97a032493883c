"""Laws: what an operator obeys, as data. spec proves them, properties interprets them on any subject, reports prints them.

Every law of the family "the same products, found at other places" is one `Rearrangement`: the call with its arrays placed
elsewhere, and its options changed, gives the same output at other indices. One prover and one interpreter serve them all.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sympy import Expr, S, Symbol, true

from .records import OperatorSpec
from .scattering_kinds import ScatteringLaw


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
    `options` are the real options of the call on g(x) that differ, in `AMOUNT` and the letters of the options; `words` those of
    choices that the law is about.
    """

    name: str
    statement: str
    operator: OperatorSpec
    wrt: str
    inner: Expr
    outer: Expr
    others: Mapping[str, Expr] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    words: Mapping[str, Any] = field(default_factory=dict)
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


@dataclass(frozen=True, kw_only=True, eq=False)
class Isometry:
    """``||f(x, ..)||^2 = constant ||x||^2 ..``: the 2-norm of the output is the product of those of the inputs `wrt`, scaled.

    `constant` may use the letters of the call; `solved` is as in `Rearrangement`.
    """

    name: str
    statement: str
    operator: OperatorSpec
    wrt: tuple[str, ...]
    constant: Expr
    solved: tuple[tuple[Symbol, Expr], ...] = ()
    rows: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class Modulation:
    """``f(x')[T] = e^(2 pi i phase) f(x)[index(T)]``: an input placed elsewhere turns every output; others stay.

    Attributes
    ----------
    placement : Placement
        Where the entries of an input go.
    index : tuple of expressions in the target letters of `operator`
    phase : expression in the target letters, those of the call and `free`
        The part of a turn; a quotient of integers.
    conjugated : bool
        Whether the conjugate of f(x) stands on the right, which is a law of real inputs.
    free : mapping of Symbol to (least, greatest)
        Letters of the law itself, such as the length of a shift.
    """

    name: str
    statement: str
    operator: OperatorSpec
    placement: Placement
    index: tuple[Expr, ...]
    phase: Expr = S.Zero
    conjugated: bool = False
    free: Mapping[Symbol, tuple[Any, Any]] = field(default_factory=dict)
    rows: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class Inverse:
    """``g(f(x, ..), ..) = x``: the record `inverse` undoes `operator` in its first input.

    `others` are the records that compute the further inputs of `inverse`, each from the input of `operator` of that name;
    options of the same name are the same. `solved` is as in `Rearrangement`.
    """

    name: str
    statement: str
    operator: OperatorSpec
    inverse: OperatorSpec
    others: Mapping[str, OperatorSpec] = field(default_factory=dict)
    solved: tuple[tuple[Symbol, Expr], ...] = ()
    rows: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class Multiplicative:
    """``f(x) f(h) = constant f(x * h)`` entry by entry, where ``x * h`` is the cyclic convolution.

    `convolution` is the layer that computes it: circular padding before, and the filter h reversed.
    """

    name: str
    statement: str
    operator: OperatorSpec
    convolution: OperatorSpec
    constant: Expr
    rows: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class Constants:
    """``f(a, a, ..) = a value``: what constant data give, entry by entry; `value` may use the target letters of `operator`."""

    name: str
    statement: str
    operator: OperatorSpec
    wrt: str
    value: Expr
    rows: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class Cascade:
    """``f(f(x, w)[band], w') = f(x, e)``: two steps of a filter bank are one, with filters that do both.

    Attributes
    ----------
    second : mapping of Symbol to Symbol
        The letters of the second step, by those of the first.
    tap : expression in the letters of both steps
        The tap of e at which a tap of w and one of w' meet: e holds the sums of the products of those that meet.
    options : mapping of str to expressions
        The options of the call on e.
    """

    name: str
    statement: str
    operator: OperatorSpec
    second: Mapping[Symbol, Symbol]
    tap: Expr
    options: Mapping[str, Expr]
    rows: tuple[str, ...] = ()


VALUE = Symbol("v", real=True)
AMOUNT = Symbol("a", integer=True)
"""The letters of a `Transformed` law."""

Law = (
    Rearrangement
    | Linear
    | Adjoint
    | Associative
    | Transformed
    | Contraction
    | Gradient
    | Isometry
    | Modulation
    | Inverse
    | Multiplicative
    | Constants
    | Cascade
    | ScatteringLaw
)
