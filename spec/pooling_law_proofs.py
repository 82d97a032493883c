"""Proofs of what maxima obey: increasing maps pass through, gradients go where the maximum stands."""

from collections.abc import Iterator

from sympy import Eq, Expr, Ge, Indexed, KroneckerDelta, Lt, Mul, Symbol, expand

from .definition_form import FREE, LINEAR, bare, linearity
from .evidence import Evidence, claim_of, prove_by_form, prove_by_z3, weakest
from .functions import First
from .laws import AMOUNT, VALUE, Gradient, Transformed
from .logic import Obligation
from .records import Stage

# ---- increasing maps ----


def prove_transformed(law: Transformed) -> Evidence | None:
    """Prove that maps of entries pass through maxima, selections and linear stages; None for other definitions."""
    responses = {stage: _response(stage, law.wrt) for stage in law.operator.definition}
    if law.others or None in responses.values():
        return None
    final = {response for stage, response in responses.items() if not stage.extents}
    violations = [text for response in responses.values() if response for text in _needs(law, response)]
    if not final & {"a maximum", "a linear form"} and law.outer != VALUE:
        violations.append(f"the result stays, but is claimed to become {law.outer}")
    detail = f"{law.wrt} enters as {', '.join(sorted(map(str, set(responses.values()))))}; the map is {law.inner}"
    return prove_by_form(claim_of(law), violations, detail)


def _response(stage: Stage, wrt: str) -> str | None:
    """Return how a stage depends on an array, or None where it does so in another way."""
    value = stage.value
    if bare(value, wrt):
        return "a maximum"
    if isinstance(value, First):
        return "an order" if bare(value.args[1], wrt) and not value.args[0].has(Indexed) else None
    known: dict[str | None, str] = {FREE: "nothing", LINEAR: "a linear form"}
    return known.get(linearity(value, {wrt}))


def _needs(law: Transformed, response: str) -> Iterator[str]:
    """Yield what the maps of a law lack where an array enters in this way."""
    inner, slope = _real(law.inner), _real(law.inner).diff(VALUE)
    if response == "a maximum" and not (law.inner == law.outer and slope.is_nonnegative):
        yield f"{law.inner} is not increasing, or not the map {law.outer}"
    if response == "an order" and not slope.is_positive:
        yield f"{law.inner} is not strictly increasing"
    if response == "a linear form" and not (
        law.inner == law.outer and inner.subs(VALUE, 0) == 0 and slope.diff(VALUE) == 0
    ):
        yield f"{law.inner} is not linear, or not the map {law.outer}"


def _real(map_: Expr) -> Expr:
    """Return a map with an amount that SymPy knows to be at least 1."""
    return map_.subs(AMOUNT, Symbol("amount", integer=True, positive=True))


# ---- gradients of maxima ----

_RADIX, _HIGH, _LOW, _OTHER_HIGH, _OTHER_LOW = (Symbol(f"radix{k}", integer=True) for k in range(5))


def prove_gradient(law: Gradient) -> Evidence | None:
    """Prove the gradient of a maximum: each dy is added where the maximum of its window stands, wherever that is one place."""
    if len(law.gradient.definition) != 2 or not isinstance(law.gradient.definition[0].value, First):
        return None
    (stage,), (first, sent) = law.operator.definition, law.gradient.definition
    if not bare(stage.value, law.wrt):
        return None
    violations = list(_unlike(law, stage, first, sent))
    claim = claim_of(law)
    return weakest(
        claim,
        [
            prove_by_form(claim, violations, "dy goes from every window to the place of its maximum"),
            prove_by_z3(claim, _places_are_told_apart()),
        ],
    )


def _unlike(law: Gradient, stage: Stage, first: Stage, sent: Stage) -> Iterator[str]:
    """Yield where the gradient is not the sum of dy over the windows whose maximum stands here."""
    windows, places = stage.target.indices, sent.target.indices
    position, largest = first.value.args
    if largest != stage.value or first.target.indices != windows:
        yield "the maximum is another one"
    (read,) = largest.function.atoms(Indexed)
    here = dict(zip(places, read.indices, strict=True))
    deltas = [f for f in Mul.make_args(sent.value.function) if isinstance(f, KroneckerDelta)]
    flat = [side for delta in deltas for side in delta.args if side != first.target]
    if len(deltas) != 1 or len(flat) != 1 or expand(flat[0].xreplace(here) - position) != 0:
        yield "the position is another one"
    rest = sent.value.function / Mul(*deltas)
    if not isinstance(rest, Indexed) or rest.indices != windows:
        yield "something else than dy is added"
    extents = dict(zip(windows, law.operator.output.axes, strict=True))
    runs = {t: (low, high) for t, low, high in sent.value.limits if sent.value.function.has(t)}
    once = all(low == high for t, low, high in sent.value.limits if t not in runs)
    if not once or runs != {t: (0, extents[t] - 1) for t in windows if t not in places}:
        yield "not every window is looked at"


def _places_are_told_apart() -> Iterator[Obligation]:
    """Yield that a row-major position determines its last place and the rest, and so all places one after the other."""
    inside = (Ge(_LOW, 0), Lt(_LOW, _RADIX), Ge(_OTHER_LOW, 0), Lt(_OTHER_LOW, _RADIX))
    same = Eq(_HIGH * _RADIX + _LOW, _OTHER_HIGH * _RADIX + _OTHER_LOW)
    for goal in (Eq(_HIGH, _OTHER_HIGH), Eq(_LOW, _OTHER_LOW)):
        yield Obligation("a position names one place", (*inside, same), goal)
