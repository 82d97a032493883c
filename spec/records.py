"""What an operator is: arrays, parameters, shape rule, preconditions, definition, source; checked when it is built."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sympy import Expr, Indexed, KroneckerDelta, Lambda, Sum, Symbol, conjugate, false, true
from sympy.logic.boolalg import Boolean


@dataclass(frozen=True, kw_only=True)
class Array:
    """A named array with symbolic axes; where `extended` is true it reads as zero outside them."""

    name: str
    axes: tuple[Expr, ...]
    meaning: str
    optional: bool = False
    extended: bool = False


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """An integer option, one symbol (or a (before, after) pair) per axis, each at least `least`.

    `scalar` options take one integer, whatever the number of axes. `named` maps strings to what they stand for.
    """

    keyword: str
    symbols: tuple[Any, ...]
    least: int
    default: int | None
    meaning: str
    scalar: bool = False
    named: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)

    @property
    def flat(self) -> tuple[Symbol, ...]:
        return tuple(s for entry in self.symbols for s in (entry if isinstance(entry, tuple) else (entry,)))


@dataclass(frozen=True, kw_only=True)
class Choice:
    """An option that takes one of a few words; each word binds symbols or the extension map."""

    keyword: str
    options: Mapping[str, Mapping[Any, Any]]
    default: str
    meaning: str

    @property
    def flat(self) -> tuple[Symbol, ...]:
        bound = {key for binding in self.options.values() for key in binding if isinstance(key, Symbol)}
        return tuple(sorted(bound, key=str))


@dataclass(frozen=True, kw_only=True)
class Precondition:
    """A rule that a legal call obeys: a code, the symbolic rule, one sentence with the values in it.

    `solved` names a symbol and the expression that makes the rule true; the strategies build legal calls with it.
    `when` limits the rule to one word of a choice.
    """

    code: str
    rule: Boolean
    sentence: str
    solved: tuple[Symbol, Expr] | None = None
    when: tuple[str, str] | None = None


@dataclass(frozen=True, kw_only=True)
class Convention:
    """A question on which libraries legitimately differ: its answers, and the one that the record follows.

    `excuses` names, per answer, the preconditions (by the start of their codes) that a subject with this answer need not enforce;
    `differs` says, per answer, for which word and rule on the sizes its values are other than the record's.
    """

    name: str
    question: str
    answers: Mapping[str, str]
    ours: str
    excuses: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    differs: Mapping[str, tuple[str, Boolean]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Example:
    """A worked example from a source: inputs, options and the output printed there, as nested tuples of integers."""

    inputs: Mapping[str, Any]
    options: Mapping[str, Any]
    output: Any
    cited: str


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where the definition comes from: rows of the seed documents, a reference, and a worked example."""

    rows: tuple[str, ...]
    reference: str
    example: Example


@dataclass(frozen=True)
class Stage:
    """``target = value``: one step of a definition, an equation between indexed arrays."""

    target: Indexed
    value: Expr


class RecordError(ValueError):
    """A record contradicts itself."""


@dataclass(frozen=True, kw_only=True, eq=False)  # one record, one object: compared and hashed by identity
class OperatorSpec:
    """One operator, whole. Everything the oracle knows about it is derived from these fields."""

    name: str
    summary: str
    inputs: tuple[Array, ...]
    parameters: tuple[Parameter | Choice, ...]
    output: Array
    requires: tuple[Precondition, ...]
    definition: tuple[Stage, ...]
    numbers: tuple[str, ...]  # of "float", "integer", "complex"
    source: Source
    conventions: tuple[Convention, ...] = ()

    def __post_init__(self) -> None:
        _check_names(self)
        _check_rules(self)
        _check_symbols(self)
        _check_definition(self)

    def __str__(self) -> str:
        return self.name

    @property
    def dims(self) -> int:
        """The number of spatial axes."""
        return len(self.output.axes) - (2 if self.batched else 0)

    @property
    def batched(self) -> bool:
        """Whether arrays carry a batch and a channel axis before the spatial ones."""
        return any(str(axis) == "N" for array in self.inputs for axis in array.axes)

    def array(self, name: str) -> Array:
        """Return the input called `name`."""
        return next(array for array in self.inputs if array.name == name)

    def parameter(self, keyword: str) -> Parameter | Choice:
        """Return the option called `keyword`."""
        return next(parameter for parameter in self.parameters if parameter.keyword == keyword)


def _check_names(record: OperatorSpec) -> None:
    for kind, names in {
        "array": [array.name for array in (*record.inputs, record.output)],
        "option": [parameter.keyword for parameter in record.parameters],
        "precondition": [rule.code for rule in record.requires],
        "symbol": [str(s) for parameter in record.parameters for s in parameter.flat],
    }.items():
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise RecordError(f"{record.name}: {kind} {twice[0]!r} is declared twice")


def _check_rules(record: OperatorSpec) -> None:
    for rule in record.requires:
        if rule.rule in (true, false):
            raise RecordError(f"{record.name}: rule {rule.code!r} is always {rule.rule}")


def _check_symbols(record: OperatorSpec) -> None:
    from_axes = {s for array in record.inputs for axis in array.axes for s in axis.free_symbols}
    known = from_axes | {s for parameter in record.parameters for s in parameter.flat}
    used = {s for axis in record.output.axes for s in axis.free_symbols}
    used |= {s for rule in record.requires for s in rule.rule.free_symbols}
    for stage in record.definition:
        used |= _letters(stage.value) - _letters(stage.target)
    if used - known:
        raise RecordError(f"{record.name}: {sorted(map(str, used - known))} are used but neither array axis nor option")


def _letters(expr: Expr) -> set[Symbol]:
    """Return the integer symbols of an expression, without the names of arrays."""
    return {s for s in expr.free_symbols if isinstance(s, Symbol) and s.is_integer}


def _check_definition(record: OperatorSpec) -> None:
    defined = {array.name for array in record.inputs}
    for stage in record.definition:
        read = {str(term.base) for term in stage.value.atoms(Indexed)}
        if read - defined:
            raise RecordError(f"{record.name}: {sorted(read - defined)} are read before they are defined")
        defined.add(str(stage.target.base))
    if str(record.definition[-1].target.base) != record.output.name:
        raise RecordError(f"{record.name}: the last stage does not define {record.output.name!r}")
    unused = {array.name for array in record.inputs} - {
        str(term.base) for stage in record.definition for term in stage.value.atoms(Indexed)
    }
    if unused:
        raise RecordError(f"{record.name}: {sorted(unused)} are declared but never read")


@dataclass(frozen=True)
class Factor:
    """One factor of a product: array, indices, and whether its conjugate stands there."""

    array: str
    index: tuple[Expr, ...]
    conjugated: bool = False


@dataclass(frozen=True)
class Addend:
    """``sum over ranges of a product of factors, where the equations hold``: the index relation of a definition.

    `equations` are pairs (target index, expression): the product lands on the target whose index equals the expression.
    """

    factors: tuple[Factor, ...]
    ranges: tuple[tuple[Symbol, Expr, Expr], ...] = ()
    equations: tuple[tuple[Symbol, Expr], ...] = ()


def addends(stage: Stage) -> tuple[Addend, ...]:
    """Split the value of a stage into sums of products."""
    return tuple(_addend(term, stage.target.indices) for term in stage.value.as_ordered_terms())


def _addend(term: Expr, target: tuple[Expr, ...]) -> Addend:
    if isinstance(term, Sum):
        ranges = tuple((v, low, high) for v, low, high in term.limits)
        product = term.function
    else:
        ranges, product = (), term
    factors, equations = [], []
    for factor in product.as_ordered_factors() if product.is_Mul else [product]:
        if isinstance(factor, KroneckerDelta):
            equations.append(_equation(factor, target))
        else:
            inner = factor.args[0] if isinstance(factor, conjugate) else factor
            if not isinstance(inner, Indexed):
                raise RecordError(f"{factor} is neither an indexed array nor a Kronecker delta")
            factors.append(Factor(str(inner.base), tuple(inner.indices), isinstance(factor, conjugate)))
    return Addend(tuple(sorted(factors, key=lambda f: f.array)), ranges, tuple(equations))


def _equation(delta: KroneckerDelta, target: tuple[Expr, ...]) -> tuple[Symbol, Expr]:
    left, right = delta.args
    return (left, right) if left in target else (right, left)


def bound(expr: Any, binding: Mapping[Any, Any]) -> Any:
    """Put the symbols and the extension map that a choice binds into an expression."""
    for key, value in binding.items():
        expr = expr.replace(key, value) if isinstance(value, Lambda) else expr.subs(key, value)
    return expr
