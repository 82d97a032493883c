"""Proofs that a gradient record is the transposed derivative of its operator, by differentiation of the records themselves."""

from collections.abc import Iterator

from sympy import Abs, Add, Expr, I, Indexed, Symbol, diff, expand, im, re, sign

from .activation import MODULUS, POINTWISE, SOFT_THRESHOLD
from .evidence import Claim, Evidence, exhaust, prove_by_identity
from .laws import Gradient
from .records import OperatorSpec
from .small_calls import SmallCall, is_zero, shown_bounds, small_calls
from .symbols import THETA

UPSTREAM = Symbol("g", real=True)
"""The entry of dy."""


def prove_gradient(law: Gradient, claim: Claim) -> Evidence:
    """Prove a gradient: for all numbers where entries do not mix, else for all numbers at all sizes up to a bound."""
    if law.operator in POINTWISE:
        return _pointwise(law, claim)
    bound = f"{shown_bounds(law.operator)}, by differentiation"
    return exhaust(claim, small_calls(law.operator), lambda call: _transposes(law, call), bound)


# ---- entry by entry ----


def _pointwise(law: Gradient, claim: Claim) -> Evidence:
    """Differentiate on every piece: numbers in terms of a letter, at which all comparisons are decided."""
    pairs = []
    for letter, place, threshold in _pieces(law.operator):
        value, slope = (_at(r, place).xreplace({THETA: threshold}) for r in (law.operator, law.gradient))
        pairs.append((UPSTREAM * diff(value, letter), slope * diff(place, letter)))
    if law.operator is MODULUS:
        pairs += _complex_modulus(law)
    return prove_by_identity(claim, pairs, f"{len(pairs)} pieces of the line, by differentiation")


def _pieces(record: OperatorSpec) -> Iterator[tuple[Symbol, Expr, Expr]]:
    """Yield (letter, number, threshold) for the line without the kinks; below a threshold the value is constant."""
    signs = Symbol("a", positive=True), Symbol("a", negative=True)
    if record is SOFT_THRESHOLD:
        theta, beyond = Symbol("theta", nonnegative=True), Symbol("b", positive=True)
        yield from ((beyond, side * (theta + beyond), theta) for side in (1, -1))
        yield from ((letter, letter, Abs(letter) + beyond) for letter in signs)
    else:
        yield from ((letter, letter, THETA) for letter in signs)


def _at(record: OperatorSpec, place: Expr) -> Expr:
    """Return the value of a pointwise record at a number."""
    value = record.definition[0].value
    names = {"x": place, "dy": UPSTREAM}
    return value.xreplace({entry: names[str(entry.base)] for entry in value.atoms(Indexed)})


def _complex_modulus(law: Gradient) -> Iterator[tuple[Expr, Expr]]:
    """Yield that the gradient is ``d/da + i d/db`` of the modulus of ``a + i b``, where one of a and b is not zero."""
    a, b = Symbol("a", real=True), Symbol("b", positive=True)
    for place, letters in ((a + I * b, (a, b)), (a - I * b, (a, -b)), (b + I * a, (b, a)), (-b + I * a, (-b, a))):
        slope = _at(law.gradient, place).replace(sign, lambda value: value / Abs(value))
        for part, letter in zip((re, im), letters, strict=True):
            side = -1 if letter.could_extract_minus_sign() else 1
            yield UPSTREAM * side * diff(_at(law.operator, place), side * letter), part(expand(slope))


# ---- written out at small sizes ----


def _transposes(law: Gradient, call: SmallCall) -> bool:
    """Whether ``sum over outputs of dy d y/d x`` is the gradient, entry by entry."""
    inputs = call.inputs()
    values = call.run(law.operator, inputs, law.operator.definition)[law.operator.outputs[law.output].name]
    upstream = {place: Symbol(f"g{place}", real=True) for place in values}
    operands = {array.name: inputs[array.name] for array in law.gradient.inputs if array.name in inputs}
    found = call.run(law.gradient, {**operands, "dy": upstream}, law.gradient.definition)
    gradient = found[law.gradient.outputs[law.part].name]
    return all(
        is_zero(Add(*(upstream[place] * _slope(y, entry) for place, y in values.items())) - gradient[j])
        for j, entry in inputs[law.wrt].items()
    )


def _slope(value: Expr, entry: Expr) -> Expr:
    """Return the derivative with respect to an entry, which is a letter, minus it, or its logarithm."""
    (letter,) = entry.free_symbols
    return diff(value, letter) / diff(entry, letter)
