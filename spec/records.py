"""What an operator is: arrays, parameters, shape rule, preconditions, definition, source; checked when it is built."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sympy import Expr, Indexed, KroneckerDelta, Lambda, Mul, Sum, Symbol, conjugate, false, true
from sympy.concrete.expr_with_limits import ExprWithLimits
from sympy.logic.boolalg import Boolean


@dataclass(frozen=True, kw_only=True)
class Array:
    """A named array with symbolic axes; where `extended` is true nothing stands outside them: a sum or maximum skips it.

    An array with `below` holds integers 0 .. below-1 that say where to read or write. `least` is the smallest number that an
    entry may be. A `real` output is real even where the operands are complex, a `complex` one complex even where they are real;
    `real` may be limited to one word of a choice. An optional array that is not given reads as `absent` everywhere.
    """

    name: str
    axes: tuple[Expr, ...]
    meaning: str
    optional: bool = False
    extended: bool = False
    below: Expr | None = None
    least: int | None = None
    real: bool | tuple[str, Any] = False
    complex: bool = False
    absent: int = 0

    def is_real(self, words: Mapping[str, Any]) -> bool:
        """Whether the array is real in a call with these words, whatever the operands are."""
        return words[self.real[0]] == self.real[1] if isinstance(self.real, tuple) else self.real


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """An integer option, one symbol (or a (before, after) pair) per axis, each at least `least`.

    `scalar` options take one integer, whatever the number of axes. `named` maps words, and None, to what they stand for.
    """

    keyword: str
    symbols: tuple[Any, ...]
    least: int
    default: int | None
    meaning: str
    scalar: bool = False
    named: Mapping[Any, tuple[Any, ...]] = field(default_factory=dict)

    @property
    def flat(self) -> tuple[Symbol, ...]:
        return tuple(s for entry in self.symbols for s in (entry if isinstance(entry, tuple) else (entry,)))


@dataclass(frozen=True, kw_only=True)
class Real:
    """A real option: one finite float, at least `least` where that is given; a subject rounds it to the format of the data."""

    keyword: str
    symbol: Symbol
    default: float | None
    meaning: str
    least: float | None = None

    @property
    def flat(self) -> tuple[Symbol, ...]:
        return (self.symbol,)


@dataclass(frozen=True, kw_only=True)
class Choice:
    """An option that takes one of a few words (or of True and False); each word binds symbols or the extension map."""

    keyword: str
    options: Mapping[Any, Mapping[Any, Any]]
    default: Any
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
    when: tuple[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class Convention:
    """A question on which libraries legitimately differ: its answers, and the one that the record follows.

    `excuses` names, per answer, the preconditions (by the start of their codes) that a subject with this answer need not enforce;
    `differs` says, per answer, for which word (None: any) and rule on the sizes its values are other than the record's; `data` on
    which kind of data: "nan", "special" (NaN and infinities), "ties" (equal entries), "repeated" (equal indices).
    """

    name: str
    question: str
    answers: Mapping[str, str]
    ours: str
    excuses: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    differs: Mapping[str, tuple[Any, Boolean]] = field(default_factory=dict)
    data: Mapping[str, str] = field(default_factory=dict)


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
    """``target = value``: one step of a definition, an equation between indexed arrays.

    `extents` are the axes of a target that is no output.
    """

    target: Indexed
    value: Expr
    extents: tuple[Expr, ...] = ()


class RecordError(ValueError):
    """A record contradicts itself."""


@dataclass(frozen=True, kw_only=True, eq=False)  # one record, one object: compared and hashed by identity
class OperatorSpec:
    """One operator, whole. Everything the oracle knows about it is derived from these fields.

    An operator with `more_axes` also takes arrays of more axes than are written here, before the first ("leading") or in place of
    the last ("trailing"). `further` are the outputs after the first.
    `algorithms` are ways to compute the definition in floating point, by the name of their class: their stages equal the
    definition, and say where an implementation of that class rounds. Without an entry, "direct" computes the definition as it is.
    A record with `rounding` is computed by Fourier transforms: ``rounding(configuration, unit, values)`` returns how far every
    output may be off, relative to the product of the 2-norms of the inputs of an item; `values` are the arrays of all stages, see
    `harmonic`.
    `where` gives letters to expressions of sizes and options, in order: they may stand in words, outputs and stages.
    """

    name: str
    summary: str
    inputs: tuple[Array, ...]
    parameters: tuple[Parameter | Choice | Real, ...]
    output: Array
    requires: tuple[Precondition, ...]
    definition: tuple[Stage, ...]
    numbers: tuple[str, ...]  # of "float", "integer", "complex"
    source: Source
    conventions: tuple[Convention, ...] = ()
    more_axes: str = ""  # "leading", "trailing" or none
    further: tuple[Array, ...] = ()
    algorithms: Mapping[str, tuple[Stage, ...]] = field(default_factory=dict)
    rounding: Callable[..., Any] | None = None
    where: tuple[tuple[Symbol, Expr], ...] = ()

    def __post_init__(self) -> None:
        _check_names(self)
        _check_rules(self)
        _check_symbols(self)
        _check_definition(self)

    def __str__(self) -> str:
        return self.name

    @property
    def outputs(self) -> tuple[Array, ...]:
        """All results of a call, in their order."""
        return (self.output, *self.further)

    @cached_property
    def index_inputs(self) -> frozenset[str]:
        """The names of the inputs that hold indices; all others hold numbers."""
        return frozenset(array.name for array in self.inputs if array.below is not None)

    @property
    def reals(self) -> tuple[Real, ...]:
        """The real options."""
        return tuple(parameter for parameter in self.parameters if isinstance(parameter, Real))

    @property
    def dims(self) -> int:
        """The number of spatial axes."""
        return max(0, len(self.output.axes) - (2 if self.batched else 0))

    @cached_property
    def sums_products(self) -> bool:
        """Whether the definition is one sum of products of two inputs, and a bias: evaluated by a compiled nest."""
        (*before, stage) = self.definition
        terms = stage.value.as_ordered_terms()
        sums = [term for term in terms if isinstance(term, Sum)]
        plain = all(isinstance(term, Sum | Indexed) for term in terms)
        return not before and len(sums) == 1 and plain and len(_products(sums[0])) == 2

    @cached_property
    def batched(self) -> bool:
        """Whether arrays carry a batch and a channel axis before the spatial ones."""
        return any(str(axis) == "N" for array in self.inputs for axis in array.axes)

    @cached_property
    def items_apart(self) -> bool:
        """Whether the first output has a batch axis and no sum or maximum runs over the batch: items do not meet."""
        reductions = [r for stage in self.definition for r in stage.value.atoms(ExprWithLimits)]
        highest = {str(limit[2]) for reduction in reductions for limit in reduction.limits}
        return bool(self.output.axes) and str(self.output.axes[0]) == "N" and "N - 1" not in highest

    def array(self, name: str) -> Array:
        """Return the input called `name`."""
        return next(array for array in self.inputs if array.name == name)

    def parameter(self, keyword: str) -> Parameter | Choice | Real:
        """Return the option called `keyword`."""
        return next(parameter for parameter in self.parameters if parameter.keyword == keyword)


def _products(term: Sum) -> set[str]:
    """Return the names of the arrays whose product a sum adds, or nothing where it adds something else."""
    kinds = Indexed | KroneckerDelta
    factors = [f.args[0] if isinstance(f, conjugate) else f for f in Mul.make_args(term.function)]
    plain = all(isinstance(f, kinds) for f in factors)
    return {str(f.base) for f in factors if isinstance(f, Indexed)} if plain else set()


def _check_names(record: OperatorSpec) -> None:
    for kind, names in {
        "array": [array.name for array in (*record.inputs, *record.outputs)],
        "option": [parameter.keyword for parameter in record.parameters],
        "precondition": [rule.code for rule in record.requires],
        "symbol": [str(s) for p in record.parameters for s in p.flat] + [str(s) for s, _ in record.where],
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
    known = from_axes | {s for parameter in record.parameters for s in parameter.flat} | {s for s, _ in record.where}
    used = {s for array in record.outputs for axis in array.axes for s in axis.free_symbols}
    used |= {s for rule in record.requires for s in rule.rule.free_symbols}
    used |= {s for _, expr in record.where for s in expr.free_symbols}
    for stages in (record.definition, *record.algorithms.values()):
        for stage in stages:
            used |= _letters(stage.value) - _letters(stage.target)
    if used - known:
        raise RecordError(f"{record.name}: {sorted(map(str, used - known))} are used but neither array axis nor option")


def _letters(expr: Expr) -> set[Symbol]:
    """Return the integer and real symbols of an expression, without the names of arrays."""
    arrays = {a.base.label for a in expr.atoms(Indexed)}
    return {s for s in expr.free_symbols - arrays if isinstance(s, Symbol)}


def _check_definition(record: OperatorSpec) -> None:
    for stages in (record.definition, *record.algorithms.values()):
        _check_stages(record, stages)
    unused = {array.name for array in record.inputs} - {
        str(term.base) for stage in record.definition for term in stage.value.atoms(Indexed)
    }
    if unused:
        raise RecordError(f"{record.name}: {sorted(unused)} are declared but never read")


def _check_stages(record: OperatorSpec, stages: tuple[Stage, ...]) -> None:
    defined, outputs = {array.name for array in record.inputs}, {array.name for array in record.outputs}
    for stage in stages:
        name = str(stage.target.base)
        read = {str(term.base) for term in stage.value.atoms(Indexed)}
        if read - defined:
            raise RecordError(f"{record.name}: {sorted(read - defined)} are read before they are defined")
        if (name in outputs) == bool(stage.extents):
            raise RecordError(f"{record.name}: {name!r} needs extents exactly where it is no output")
        defined.add(name)
    if outputs - defined:
        raise RecordError(f"{record.name}: no stage defines {sorted(outputs - defined)}")


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
