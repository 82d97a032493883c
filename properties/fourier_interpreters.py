"""The laws of Fourier transforms, interpreted on a subject: norms, phases, inverses and products of whole results.

How far a result may stray follows from the bounds of its values; where another record takes the result up, balls around its
entries are sent through the definition of that record.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from flint import acb, arb, fmpq
from sympy import Expr, Symbol, fraction, together

from convoracle.spec.code import number
from convoracle.spec.configuration import Configuration, IllegalCallError, bind
from convoracle.spec.evaluate import evaluate
from convoracle.spec.harmonic import run_harmonic
from convoracle.spec.laws import Inverse, Isometry, Modulation, Multiplicative
from convoracle.spec.records import OperatorSpec

from . import families
from .layer_interpreters import CONTRACTED, Outcome, checked, first_beyond, outcome, precisely
from .placements import free_letters, gather, grids, place
from .results import greatest_count
from .strategies import Case, canonical_options, rebuilt
from .subject import Judged
from .universal import Checked

Arrays = dict[str, np.ndarray]
Balls = np.ndarray

# ---- calls and balls ----


def _integers(case: Case, salt: int = 0) -> Arrays:
    return families.draw("integers", case.shapes, case.dtypes, greatest_count(case), case.seed + salt, case.domains)


def _solved(case: Case, assignments: tuple[tuple[Symbol, Expr], ...]) -> Case | None:
    """Return the nearest case that a law is about, or None."""
    values = dict(case.configuration.values)
    for symbol, expr in assignments:
        values[symbol.name] = number(expr, values)
    try:
        return rebuilt(case, values, case.configuration.words)
    except IllegalCallError:
        return None


def _call_of(case: Case, record: OperatorSpec, arrays: Arrays) -> Case | None:
    """Return the call of a record on some arrays, with the options of a case; None where it is illegal."""
    options = canonical_options(record, case.configuration.values, case.configuration.words)
    shapes = {name: array.shape for name, array in arrays.items()}
    try:
        configuration = bind(record, shapes, options)
    except IllegalCallError:
        return None
    dtypes = {name: str(array.dtype) for name, array in arrays.items()}
    layouts = dict.fromkeys(arrays, "contiguous")
    return replace(case, configuration=configuration, shapes=shapes, options=options, dtypes=dtypes, layouts=layouts)


def _balls(values: np.ndarray) -> Balls:
    return _objects(map(acb, values.ravel().tolist()), values.size)


def _objects(entries: Any, length: int) -> np.ndarray:
    out = np.empty(length, object)
    out[:] = list(entries)
    return out


def _around(values: np.ndarray, bounds: np.ndarray) -> Balls:
    """Return balls around numbers of which either part may be off by a bound."""
    pairs = zip(values.ravel().tolist(), bounds.ravel().tolist(), strict=True)
    return _objects((acb(arb(v.real, b), arb(v.imag, b)) for v, b in pairs), values.size)


def _reach(found: Outcome) -> Balls:
    """Return how far every entry of a result may be off, in modulus."""
    parts = 2 if np.iscomplexobj(found.values) else 1
    return _objects(map(arb, found.bounds.tolist()), found.bounds.size) * arb(parts).sqrt()


def _radii(balls: Balls) -> Balls:
    return _objects(((z.real.rad() ** 2 + z.imag.rad() ** 2).sqrt() for z in balls), len(balls))


def _middles(balls: Balls) -> Balls:
    return _objects((acb(z.real.mid(), z.imag.mid()) for z in balls), len(balls))


def _norm(balls: Balls) -> arb:
    return sum((abs(z) ** 2 for z in balls), arb(0)).sqrt()


def _number(expr: Expr, configuration: Configuration) -> arb:
    """Return a quotient of integers at the sizes of a call."""
    above, below = (number(part, configuration.values) for part in fraction(together(expr)))
    return arb(fmpq(above, below))


# ---- ||f(x)||^2 = constant ||x||^2 ----


def isometry(judged: Judged, case: Case, law: Isometry) -> Iterator[Checked]:
    """Check ``| ||f(x)|| - sqrt(constant) ||x|| | <= ||b||``, b the bounds of the call."""
    adapted = _solved(case, law.solved)
    if adapted is None:
        return
    family = CONTRACTED[case.seed % len(CONTRACTED)]
    arrays = families.draw(family, adapted.shapes, adapted.dtypes, greatest_count(case), case.seed, case.domains)
    found = outcome(judged, adapted, arrays)
    if found is None:
        return
    expected = _number(law.constant, adapted.configuration).sqrt()
    for name in law.wrt:
        expected *= _norm(_balls(arrays[name]))
    error = abs(_norm(_balls(found.values)) - expected)
    yield checked(law, adapted, arrays, first_beyond(np.array([error]), np.array([_norm(_reach(found))])))


# ---- f(x')[T] = e^(2 pi i phase) f(x)[index(T)] ----


def modulation(judged: Judged, case: Case, law: Modulation) -> Iterator[Checked]:
    """Check ``|f(x')[T] - e^(2 pi i phase) f(x)[index(T)]|`` against the bounds of both calls, on integers."""
    values = {**case.configuration.values, **free_letters(law.free, case.configuration.values, case.seed)}
    arrays, name = _integers(case), law.placement.name
    moved = {**arrays, name: place(law.placement, arrays[name], values)}
    first = outcome(judged, case, arrays)
    second = outcome(judged, case, moved) if first else None
    if first is None or second is None:
        return
    shape, target = case.configuration.output_shape, law.operator.definition[-1].target.indices

    def there(entries: np.ndarray) -> np.ndarray:
        return gather(entries.reshape(shape), target, law.index, shape, values).ravel()

    right = there(_balls(np.conj(first.values) if law.conjugated else first.values))
    error = _balls(second.values) - _phases(law.phase, target, shape, values) * right
    yield checked(law, case, moved, first_beyond(abs(error), there(_reach(first)) + _reach(second)))


def _phases(part: Expr, letters: tuple[Symbol, ...], shape: tuple[int, ...], values: Mapping[str, int]) -> Balls:
    """Return ``e^(2 pi i part)`` at all index tuples."""
    above, below = grids(letters, shape, values, fraction(together(part)))
    pairs = zip(above.ravel().tolist(), below.ravel().tolist(), strict=True)
    return _objects((acb(fmpq(2 * p, q)).exp_pi_i() for p, q in pairs), above.size)


# ---- g(f(x)) = x ----


def inverse(judged: Judged, case: Case, law: Inverse) -> Iterator[Checked]:
    """Check that the subject's inverse of its result is x, or that of the record where the subject has none.

    The balls that the bounds of the result make, sent through the definition of the inverse, hold x; the inverse computed of
    their centres is at most their width and its own bound away.
    """
    adapted = _solved(case, law.solved)
    arrays = _integers(adapted) if adapted else {}
    found = outcome(judged, adapted, arrays) if adapted else None
    if adapted is None or found is None:
        return
    first, *further = (array.name for array in law.inverse.inputs)
    result = found.values.reshape(adapted.configuration.output_shape)
    given, balls = {first: result}, {first: _around(result, found.bounds)}
    for name in further:
        given[name], balls[name] = _computed(adapted, law.others[name], {name: arrays[name]})
    called = _call_of(adapted, law.inverse, given)
    if called is None or not all(np.all(np.isfinite(array)) for array in given.values()):
        return
    back = run_harmonic(called.configuration, balls)[1][0].values
    x = _balls(arrays[law.operator.inputs[0].name])
    other = judged if law.inverse is judged.record else judged.others(law.inverse.name)
    own = outcome(other, called, given) if other else None
    if own is None:
        yield checked(law, adapted, arrays, first_beyond(abs(_middles(back) - x), _radii(back)))
    else:
        yield checked(law, called, given, first_beyond(abs(_balls(own.values) - x), _reach(own) + 2 * _radii(back)))


def _computed(case: Case, record: OperatorSpec, arrays: Arrays) -> tuple[np.ndarray, Balls]:
    """Return what a record makes of arrays: rounded to their dtype, and as balls that hold both that and the exact values."""
    called = _call_of(case, record, arrays)
    if called is None:
        nothing = np.full(1, np.nan)
        return nothing, _balls(nothing)
    exact = run_harmonic(called.configuration, arrays)[1][0].values
    (dtype,) = {array.dtype for array in arrays.values()}
    rounded = np.array([float(z.real.mid()) for z in exact]).astype(dtype).reshape(called.configuration.output_shape)
    return rounded, _objects(
        (z.union(acb(v)) for z, v in zip(exact, rounded.ravel().tolist(), strict=True)), len(exact)
    )


# ---- f(x) f(h) = constant f(x * h) ----


def multiplicative(judged: Judged, case: Case, law: Multiplicative) -> Iterator[Checked]:
    """Check the product of two results against the result of a cyclic convolution, which is exact on integers."""
    name = law.operator.inputs[0].name
    x, h = _integers(case)[name], _integers(case, 1)[name][:1]
    if not h.size:
        return
    calls = [_call_of(case, law.operator, {name: array}) for array in (x, h, _convolved(law.convolution, x, h[0]))]
    arrays = [{name: array} for array in (x, h, _convolved(law.convolution, x, h[0]))]
    found = [outcome(judged, called, given) for called, given in zip(calls, arrays, strict=True) if called]
    if any(one is None for one in found):
        return
    one, two, whole = found
    factors = [_balls(v.values) for v in (one, two)]
    weights = [np.tile(v, x.shape[0]) for v in (factors[1], _reach(two))]
    constant = _number(law.constant, case.configuration)
    error = factors[0] * weights[0] - constant * _balls(whole.values)
    slack = _reach(one) * (abs(weights[0]) + weights[1]) + abs(factors[0]) * weights[1] + constant * _reach(whole)
    yield checked(law, calls[2], arrays[2], first_beyond(abs(error), slack))


def _convolved(layer: OperatorSpec, x: np.ndarray, h: np.ndarray) -> np.ndarray:
    """Return the cyclic convolution of signals with one filter of their size, by a layer's definition."""
    arrays = {"x": x[:, None].astype(np.float64), "w": np.flip(h)[None, None].astype(np.float64)}
    options = {"padding": tuple((n - 1, 0) for n in h.shape), "padding_mode": "circular"}
    configuration = bind(layer, {name: array.shape for name, array in arrays.items()}, options)
    return evaluate(configuration, arrays).high[:, 0].astype(x.dtype)


FOURIER_INTERPRETERS: dict[type, Callable[..., Iterator[Checked]]] = {
    Isometry: precisely(isometry),
    Modulation: precisely(modulation),
    Inverse: precisely(inverse),
    Multiplicative: precisely(multiplicative),
}
