"""Proofs of what layers other than pooling obey. Each prover returns None for a definition of a form that it does not know."""

from collections.abc import Iterator, Mapping
from math import prod
from typing import Any

from sympy import (
    Abs,
    Add,
    Eq,
    Expr,
    Ge,
    Gt,
    Indexed,
    Integer,
    Le,
    Lt,
    Max,
    Mul,
    Ne,
    Piecewise,
    Pow,
    Sum,
    Symbol,
    diff,
    expand,
    log,
    sign,
    simplify,
    symbols,
    together,
)

from . import gradient_proofs
from .activation import ACTIVATIONS, MODULUS, POINTWISE
from .activation_gradient import ACTIVATION_GRADIENTS
from .evidence import Evidence, claim_of, prove_by_identity, prove_by_z3, unproved, weakest
from .fourier import DUAL_WINDOW
from .functions import Maximum
from .gabor import GABOR
from .laws import AMOUNT, VALUE, Contraction, Gradient, Transformed
from .logic import Obligation
from .normalization import BATCH_NORM_GRADIENTS, BATCH_NORMS
from .records import OperatorSpec, Real
from .response_norm import LOCAL_RESPONSE_NORM, LOCAL_RESPONSE_NORM_GRADIENT
from .small_calls import exponents
from .softmax import CROSS_ENTROPY, LOG_SOFTMAX, SOFTMAX, SOFTMAX_GRADIENTS, SOFTMAXES

ENTRIES = (*ACTIVATIONS, *ACTIVATION_GRADIENTS)
NORMS = (*BATCH_NORMS, *BATCH_NORM_GRADIENTS, LOCAL_RESPONSE_NORM, LOCAL_RESPONSE_NORM_GRADIENT)
LAYERS: tuple[OperatorSpec, ...] = (*ENTRIES, *SOFTMAXES, *SOFTMAX_GRADIENTS, *NORMS, DUAL_WINDOW, GABOR)
FACTOR, SHIFT = Symbol("r", positive=True), Symbol("h", real=True)
"""Any positive number in the place of a power of two, any real one in the place of an integer that is added."""


def prove_gradient(law: Gradient) -> Evidence | None:
    """Prove a gradient by differentiation of the operator's definition."""
    return gradient_proofs.prove_gradient(law, claim_of(law)) if law.operator in LAYERS else None


# ---- transformed inputs ----


def prove_transformed(law: Transformed) -> Evidence | None:
    """Prove what a map of an input does to the first result, for all numbers and all sizes."""
    if law.operator not in LAYERS:
        return None
    parts = [_compared(law, _both_sides(law, exponent)) for exponent in exponents(law.operator)]
    return weakest(claim_of(law), parts)


def _compared(law: Transformed, sides: tuple[Expr, Expr] | None) -> Evidence:
    if sides is None:
        return unproved(claim_of(law))
    return _piecewise(law, *sides) if _in_pieces(sides[0]) else _smooth(law, *sides)


def _smooth(law: Transformed, left: Expr, right: Expr) -> Evidence:
    """Compare both sides by simplification; where values of stages stand as letters, numbers for these refute nothing."""
    found = prove_by_identity(claim_of(law), [(left, right)])
    return found if found.holds or len(law.operator.definition) == 1 else unproved(claim_of(law))


def _piecewise(law: Transformed, left: Expr, right: Expr) -> Evidence:
    """Decide the equation of both sides for all real numbers; simplify it for complex ones."""
    rule = Eq(_in_cases(left), _in_cases(right), evaluate=False)
    given = (Gt(_REAL_FACTOR, 0), *_domains(law.operator))
    parts = [prove_by_z3(claim_of(law), [Obligation("both sides", given, _real(rule))])]
    if "complex" in law.operator.numbers:
        number = {Symbol("x", real=True): Symbol("x", complex=True, nonzero=True)}
        parts.append(prove_by_identity(claim_of(law), [(left.xreplace(number), right.xreplace(number))]))
    return weakest(claim_of(law), parts)


def _both_sides(law: Transformed, exponent: Mapping[Symbol, Expr]) -> tuple[Expr, Expr] | None:
    """Return the result at the transformed inputs, and the transformed result; None where a stage changes in no simple way."""
    options = {p.keyword: p.flat[0] for p in law.operator.parameters}
    changed = {options[keyword]: _general(value) for keyword, value in law.options.items()}
    known = {name: _general(inner) for name, inner in {law.wrt: law.inner, **law.others}.items()}
    for stage in law.operator.definition:
        name, value = str(stage.target.base), stage.value.xreplace(exponent)
        reads = {e: known[str(e.base)].xreplace({VALUE: e}) for e in _outermost(value) if str(e.base) in known}
        there = _pulled(value.xreplace({**reads, **changed}))
        if name == law.operator.output.name:
            right = _general(law.outer).xreplace({VALUE: value})
            return _named(there), _named(right)
        change = _change(there, value)
        if change is None:
            return None
        known[name] = change
    return None


def _general(expr: Expr) -> Expr:
    """Return an expression in the letter of a law for any factor or addend: 4**a is the square of the factor 2**a."""
    powers = {
        e: FACTOR ** (log(e.base, 2) * e.exp / AMOUNT) for e in expr.atoms(Pow) if e.base in (2, 4) and e.has(AMOUNT)
    }
    return expr.xreplace(powers).xreplace({AMOUNT: SHIFT})


def _outermost(value: Expr) -> set[Indexed]:
    """Return the entries that a value reads, without those that are indices of others."""
    entries = value.atoms(Indexed)
    return entries - {inner for entry in entries for index in entry.indices for inner in index.atoms(Indexed)}


def _pulled(expr: Expr) -> Expr:
    """Take out of sums and maxima what their letters do not touch."""
    if not expr.args or isinstance(expr, Indexed):
        return expr
    if not isinstance(expr, Sum | Maximum):
        return expr.func(*map(_pulled, expr.args))
    function = expand(expr.function) if expr.function.has(FACTOR, SHIFT) else expr.function
    addends = [term for term in Add.make_args(function) if not _touched(term, expr)]
    rest = Add(*(term for term in Add.make_args(function) if _touched(term, expr)))
    factors = [f for f in Mul.make_args(rest) if (f.has(FACTOR) or f == -1) and not _touched(f, expr)]
    inner = expr.func(rest / Mul(*factors), *expr.limits)
    count = prod(high - low + 1 for _, low, high in expr.limits) if isinstance(expr, Sum) else Integer(1)
    return Mul(*factors) * inner + count * Add(*addends)


def _touched(expr: Expr, reduction: Any) -> bool:
    return bool(expr.free_symbols & {limit[0] for limit in reduction.limits})


def _change(there: Expr, here: Expr) -> Expr | None:
    """Return how a stage changed: by an addend or by a factor that reads no entry."""
    added, factor = (simplify(_named(side)) for side in (there - here, there / here))
    if not _reads_entries(added):
        return VALUE + added
    return None if _reads_entries(factor) else VALUE * factor


_ENTRY = "entry:"


def _named(expr: Expr) -> Expr:
    """Put a real letter in the place of every entry that stands outside sums and maxima, one letter for each of these."""
    reductions = {e: Symbol(f"{_ENTRY}{e}", real=True) for e in expr.atoms(Sum, Maximum)}
    outside = expr.xreplace(reductions)
    return outside.xreplace({e: _letter(e) for e in _outermost(outside)})


def _letter(entry: Indexed) -> Symbol:
    name = str(entry.base)
    return Symbol(
        name if name in ("x", "dy") else f"{_ENTRY}{entry}",
        real=True,
        **({"nonnegative": True} if name == "var" else {}),
    )


def _reads_entries(expr: Expr) -> bool:
    return any(s.name.startswith(_ENTRY) or s.name in ("x", "dy") for s in expr.free_symbols)


# ---- numbers in pieces, decided by z3 ----

_REAL_FACTOR = Symbol("r", real=True)


def _in_pieces(expr: Expr) -> bool:
    return expr.has(Piecewise, Abs, Max, sign)


def _in_cases(expr: Expr) -> Expr:
    return expr.replace(sign, lambda v: Piecewise((1, Gt(v, 0)), (-1, Lt(v, 0)), (0, True)))


def _real(rule: Any) -> Any:
    """Return a rule with the factor as a plain real letter: z3 is told separately that it is positive."""
    return rule.xreplace({FACTOR: _REAL_FACTOR})


def _domains(record: OperatorSpec) -> tuple[Any, ...]:
    return tuple(Ge(p.symbol, p.least) for p in record.parameters if isinstance(p, Real) and p.least is not None)


# ---- contraction ----

A, B = symbols("a b", real=True)


def prove_contraction(law: Contraction) -> Evidence | None:
    """Prove a Lipschitz constant: entry by entry from the function or its slope, of rows from the derivative's form."""
    if law.norm == "entry" and law.operator in POINTWISE:
        return _entrywise(law)
    obligations = _ROWS.get((law.operator, law.norm))
    return None if obligations is None else prove_by_z3(claim_of(law), obligations(law.constant))


def _entrywise(law: Contraction) -> Evidence:
    """Decide the inequality where the function is piecewise linear, else bound the slope as a function of exp(x)."""
    value = _named(law.operator.definition[0].value)
    place = Symbol("x", real=True)
    if not _in_pieces(value):
        return prove_by_z3(claim_of(law), _slope_bound(diff(value, place), place, law.constant))
    one, two = (_in_cases(value.xreplace({place: at})) for at in (A, B))
    times, over = law.constant.as_numer_denom()
    rule = Le(over * Abs(one - two), times * Abs(A - B), evaluate=False)
    found = [prove_by_z3(claim_of(law), [Obligation("any two numbers", _domains(law.operator), rule)])]
    if law.operator is MODULUS:
        found.append(prove_by_z3(claim_of(law), _reverse_triangle(law.constant)))
    return weakest(claim_of(law), found)


def _slope_bound(slope: Expr, place: Symbol, constant: Expr) -> Iterator[Obligation]:
    """Yield ``|slope| <= constant``: a quotient of polynomials in z = exp(x) > 0."""
    z = Symbol("z", positive=True)
    above, below = together(simplify(slope.rewrite("exp").xreplace({place: log(z)}))).as_numer_denom()
    plain = {z: Symbol("z", real=True)}
    positive = (Gt(plain[z], 0),)
    yield Obligation("the slope exists", positive, Ne(below.xreplace(plain), 0))
    times, over = constant.as_numer_denom()
    bounded = Le(over * Abs(above.xreplace(plain)), times * Abs(below.xreplace(plain)), evaluate=False)
    yield Obligation("the slope is bounded", positive, bounded)


def _reverse_triangle(constant: Expr) -> Iterator[Obligation]:
    """Yield the law for complex numbers a + i b and c + i d of moduli r and t."""
    a, b, c, d, r, t = symbols("a b c d r t", real=True)
    given = (Ge(r, 0), Ge(t, 0), Eq(r**2, a**2 + b**2), Eq(t**2, c**2 + d**2))
    times, over = constant.as_numer_denom()
    distance = (a - c) ** 2 + (b - d) ** 2
    yield Obligation("complex", given, Le(over**2 * (r - t) ** 2, times**2 * distance))


def _variance(constant: Expr) -> Iterator[Obligation]:
    """Yield that the derivative of softmax, ``v -> P (v - sum P v)``, has norm at most `constant`.

    It is symmetric, and v with its image gives the variance of v under P, that is ``second - first**2`` by the moments. With
    the greatest and the least entry of v, a variance is at most a quarter of the square of their distance.
    """
    v, low, high, first, second, centre = symbols("v low high first second centre", real=True)
    variance, squares = symbols("variance squares", real=True)
    times, over = constant.as_numer_denom()
    spread = (high - low) ** 2
    about = second - 2 * centre * first + centre**2
    yield Obligation("a variance is least about the mean", (), Le(second - first**2, about))
    yield Obligation("about the middle", (Le(low, v), Le(v, high)), Le((2 * v - low - high) ** 2, spread))
    yield Obligation("two entries", (), Le(spread, 2 * (low**2 + high**2)))
    given = (Le(4 * variance, spread), Le(low**2 + high**2, squares))
    yield Obligation("together", given, Le(over * variance, times * squares))


def _off_mean(constant: Expr) -> Iterator[Obligation]:
    """Yield that ``v_k - sum P v``, an entry of the derivative, is at most `constant` times the largest modulus in v."""
    entry, mean, share, rest, largest = symbols("entry mean share rest largest", real=True)
    small = (Le(Abs(entry), largest), Le(Abs(rest), largest), Ge(share, 0), Le(share, 1))
    yield Obligation("a mean of two", small, Le(Abs(share * entry + (1 - share) * rest), largest))
    given = (Le(Abs(entry), largest), Le(Abs(mean), largest))
    times, over = constant.as_numer_denom()
    yield Obligation("an entry off the mean", given, Le(over * Abs(entry - mean), times * largest))


_ROWS: Mapping[tuple[OperatorSpec, str], Any] = {
    (SOFTMAX, "l2"): _variance,
    (LOG_SOFTMAX, "sup"): _off_mean,
    (CROSS_ENTROPY, "sup"): _off_mean,
}
