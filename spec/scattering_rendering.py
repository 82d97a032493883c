"""The laws of scattering written out: coefficients by path and position, and what they are compared with."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from sympy import Indexed, S, true

from .law_conditions import conditions, each, value_of
from .notation import Notation
from .scattering_form import STEP
from .scattering_kinds import (
    Assignments,
    Capture,
    ClosedForm,
    Covariance,
    Homogeneity,
    Nonexpansion,
    Positivity,
    RateIndependence,
)
from .scattering_paths import CASCADES
from .symbols import MU, NU, RHO, N, i
from .writing import within_product, write


def _scattered(law: Any, of: str, notation: Notation, options: Mapping[str, Any] | None = None) -> str:
    """Return a call of the operator on an array that is written already."""
    given = [notation.option(keyword, value_of(value, notation)) for keyword, value in (options or {}).items()]
    return notation.call(law.operator.name, [of, *given])


def _coefficient(call: str, path: Sequence[Any], index: Sequence[Any], notation: Notation) -> str:
    """Return the coefficient of a path at a position."""
    return notation.element(call, [write(i, notation), notation.listed(each(path, notation)), *each(index, notation)])


def _squared(inner: str, notation: Notation) -> str:
    return notation.power(notation.norm(inner, "l2"), "2")


def _assigned(solved: Assignments, notation: Notation) -> Iterator[str]:
    """Yield what letters must be: at full rate, the oversampling."""
    rules = [notation.relation(write(letter, notation), "=", write(value, notation)) for letter, value in solved]
    if rules:
        yield notation.word("when ") + notation.joined(rules)


def _covariance(law: Covariance, notation: Notation) -> Iterator[str]:
    axes = CASCADES[law.operator].axes
    moved = law.conjugated or law.image != tuple(a.j for a in axes)
    here = _scattered(law, "x", notation)
    there = _scattered(law, "x'" if moved else "x", notation, law.options)
    positions, other = tuple(a.t for a in axes), (law.first, law.later.xreplace({MU: NU}))
    factor = [] if law.factor == 1 else [within_product(law.factor, notation)]
    average = _coefficient(there, (), law.index, notation)
    average = notation.conjugate(average) if law.conjugated else average
    yield notation.relation(_coefficient(here, (), positions, notation), "=", average)
    for path, image in (((MU,), other[:1]), ((MU, NU), other)):
        right = notation.product([*factor, _coefficient(there, image, law.index, notation)])
        yield notation.relation(_coefficient(here, path, positions, notation), "=", right)
    yield from _moved(law, notation) if moved else ()
    yield from conditions({**law.words, **({"x": "real"} if law.real else {})}, law.free, law.when, notation)
    yield from _assigned(law.solved if law.when is true else (), notation)


def _moved(law: Covariance, notation: Notation) -> Iterator[str]:
    """Yield what the moved data hold."""
    plain = tuple(a.j for a in CASCADES[law.operator].axes)
    entry = notation.indexed("x", each((i, *plain), notation))
    entry = notation.conjugate(entry) if law.conjugated else entry
    yield notation.relation(notation.indexed("x'", each((i, *law.image), notation)), "=", entry)
    if law.sizes:
        shape = notation.call("shape", [notation.letter("x'")])
        yield notation.relation(shape, "=", notation.listed(each((N, *law.sizes), notation)))


def _homogeneity(law: Homogeneity, notation: Notation) -> Iterator[str]:
    positions = tuple(a.t for a in CASCADES[law.operator].axes)
    factor, x = notation.letter("c"), notation.letter("x")
    scaled, plain = _scattered(law, notation.product([factor, x]), notation), _scattered(law, x, notation)
    for path, weight in (((), factor), ((MU,), notation.rounded("absolute", factor))):
        right = notation.product([weight, _coefficient(plain, path, positions, notation)])
        yield notation.relation(_coefficient(scaled, path, positions, notation), "=", right)


def _positivity(law: Positivity, notation: Notation) -> Iterator[str]:
    positions = tuple(a.t for a in CASCADES[law.operator].axes)
    call = _scattered(law, notation.letter("x"), notation)
    for path in ((MU,), (MU, NU)):
        yield notation.relation(_coefficient(call, path, positions, notation), ">=", "0")
    yield from conditions(law.words, {}, true, notation)


def _nonexpansion(law: Nonexpansion, notation: Notation) -> Iterator[str]:
    old, new = (notation.letter(name) for name in ("x", "x'"))
    left = notation.norm(f"{_scattered(law, old, notation)} - {_scattered(law, new, notation)}", "l2")
    right = notation.norm(f"{old} - {new}", "l2")
    for word, constant in law.constants.items():
        factor = [] if constant == 1 else [within_product(constant, notation)]
        rule = notation.relation(left, "<=", notation.product([*factor, right]))
        yield notation.limited("boundary", word, rule)
    yield from _assigned(law.solved, notation)


def _capture(law: Capture, notation: Notation) -> Iterator[str]:
    x, call = notation.letter("x"), _scattered(law, notation.letter("x"), notation)
    average = notation.element(call, [write(i, notation), notation.listed([])])
    fallen = notation.power(f"({write(1 - 1 / law.size, notation)})", "M")
    left = f"{_squared(x, notation)} - {_squared(call, notation)}"
    right = notation.product([fallen, f"({_squared(x, notation)} - {_squared(average, notation)})"])
    yield notation.relation(left, "<=", right)
    yield from conditions({**law.words, "x": "real"}, {}, true, notation)
    yield from _assigned(law.solved, notation)


def _closed_form(law: ClosedForm, notation: Notation) -> Iterator[str]:
    axes = CASCADES[law.operator].axes
    yield notation.relation(
        notation.indexed("x", each((i, *(a.j for a in axes)), notation)), "=", write(law.signal, notation)
    )
    for stage in law.stages:
        yield notation.relation(_result(stage.target, law, notation), "=", write(stage.value, notation))
    yield from conditions(law.words, law.free, true, notation)
    yield from _assigned(law.solved, notation)


def _result(target: Indexed, law: ClosedForm, notation: Notation) -> str:
    """Return the result of a closed form: the output, or its sum over all positions."""
    call = _scattered(law, notation.letter("x"), notation)
    axes, sizes = CASCADES[law.operator].axes, law.operator.output.axes[2:]
    entry = notation.element(call, each((i, RHO, *(a.t for a in axes)), notation))
    if not law.summed:
        return entry
    ranges = [(write(a.t, notation), "0", write(size - 1, notation)) for a, size in zip(axes, sizes, strict=True)]
    return notation.total(ranges, entry)


def _rate_independence(law: RateIndependence, notation: Notation) -> Iterator[str]:
    positions = tuple(a.t for a in CASCADES[law.operator].axes)
    x, ((_, full),) = notation.letter("x"), law.solved
    coarse, fine = (_scattered(law, x, notation, {"oversampling": v}) for v in (S.Zero, full))
    common = tuple(STEP * t for t in positions)
    pair = (_coefficient(call, (MU, NU), at, notation) for call, at in ((coarse, positions), (fine, common)))
    bound = notation.call("aliases", [*each((MU, NU), notation), x])
    yield notation.relation(notation.rounded("absolute", " - ".join(pair)), "<=", bound)


WRITERS: dict[type, Callable[[Any, Notation], Iterator[str]]] = {
    Covariance: _covariance,
    Homogeneity: _homogeneity,
    Positivity: _positivity,
    Nonexpansion: _nonexpansion,
    Capture: _capture,
    ClosedForm: _closed_form,
    RateIndependence: _rate_independence,
}
