"""The laws of Fourier transforms, interpreted on a subject: norms, phases, inverses and products of whole results.

How far a result may stray follows from the bounds of its values; where another record takes the result up, balls around its
entries are sent through the definition of that record.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import numpy as np
from flint import acb, arb, fmpq
from sympy import Expr, Symbol, fraction, together

from convoracle.spec.code import number
from convoracle.spec.configuration import Configuration, IllegalCallError, bind
from convoracle.spec.evaluate import evaluate
from convoracle.spec.harmonic import run_harmonic
from convoracle.spec.laws import Inverse, Isometry, Modulation, Multiplicative
from convoracle.spec.records import OperatorSpec
from convoracle.spec.rounded import each

from . import families
from .case import Case, canonical_options, rebuilt
from .layer_interpreters import CONTRACTED, Outcome, checked, first_beyond, outcome, precisely
from .placements import free_letters, gather, grids, place
from .results import greatest_count
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


def _around(values: np.ndarray, bounds: np.ndarray) -> Balls:
    """Return balls around numbers of which either part may be off by a bound."""
    return each(lambda v, b: acb(arb(v.real, b), arb(v.imag, b)), values, bounds.reshape(values.shape))


def _reach(found: Outcome) -> Balls:
    """Return how far every entry of a result may be off, in modulus."""
    parts = 2 if np.iscomplexobj(found.values) else 1
    return each(arb, found.bounds) * arb(parts).sqrt()


def _radii(balls: Balls) -> Balls:
    return each(lambda z: (z.real.rad() ** 2 + z.imag.rad() ** 2).sqrt(), balls)


def _middles(balls: Balls) -> Balls:
    return each(lambda z: acb(z.real.mid(), z.imag.mid()), balls)


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
        expected *= _norm(each(acb, arrays[name]))
    error = abs(_norm(each(acb, found.values)) - expected)
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

    right = there(each(acb, np.conj(first.values) if law.conjugated else first.values))
    error = each(acb, second.values) - _phases(law.phase, target, shape, values) * right
    yield checked(law, case, moved, first_beyond(abs(error), there(_reach(first)) + _reach(second)))


def _phases(part: Expr, letters: tuple[Symbol, ...], shape: tuple[int, ...], values: Mapping[str, int]) -> Balls:
    """Return ``e^(2 pi i part)`` at all index tuples."""
    above, below = grids(letters, shape, values, fraction(together(part)))
    return each(lambda p, q: acb(fmpq(2 * p, q)).exp_pi_i(), above, below)


# ---- g(f(x)) = x ----


def inverse(judged: Judged, case: Case, law: Inverse) -> Iterator[Checked]:
    """Check that the subject's inverse of its result is x, or that of the record where the subject has none.

    The balls that the bounds of the result make, sent through the definition of the inverse, hold x; the inverse computed of
    their centres is at most their width and its own bound away.
    """
    adapted = _solved(case, law.solved)
    arrays = _integers(adapted) if adapted else {}
    found = outcome(judged, adapted, arrays) if adapted else None
    handed = _handed_on(adapted, law, arrays, found) if adapted and found else None
    if adapted is None or handed is None:
        return
    called, given, balls = handed
    back = run_harmonic(called.configuration, balls)[1][0].values
    if not all(value.is_finite() for value in back):
        return  # the frame vanishes on a bin: nothing undoes that
    other = judged if law.inverse is judged.record else judged.others(law.inverse.name)
    own = outcome(other, called, given) if other else None
    got = each(acb, own.values) if own else _middles(back)
    slack = _reach(own) + 2 * _radii(back) if own else _radii(back)
    x = each(acb, arrays[law.operator.inputs[0].name])
    yield checked(law, adapted, arrays, first_beyond(abs(got - x), slack))


def _handed_on(
    case: Case, law: Inverse, arrays: Arrays, found: Outcome
) -> tuple[Case, Arrays, dict[str, Balls]] | None:
    """Return the call of the inverse on a result, and balls around its arrays that hold the exact ones."""
    first, *further = (array.name for array in law.inverse.inputs)
    result = found.values.reshape(case.configuration.output_shape)
    given, balls = {first: result}, {first: _around(result, found.bounds)}
    for name in further:
        made = _call_of(case, law.others[name], {name: arrays[name]})
        if made is None:
            return None
        exact = run_harmonic(made.configuration, {name: arrays[name]})[1][0].values
        rounded = np.array([float(z.real.mid()) for z in exact]).astype(arrays[name].dtype)
        given[name] = rounded.reshape(made.configuration.output_shape)
        balls[name] = each(lambda z, v: z.union(acb(v)), exact, rounded)
    called = _call_of(case, law.inverse, given)
    finite = all(np.all(np.isfinite(array)) for array in given.values())
    return (called, given, balls) if called and finite else None


# ---- f(x) f(h) = constant f(x * h) ----


def multiplicative(judged: Judged, case: Case, law: Multiplicative) -> Iterator[Checked]:
    """Check the product of two results against the result of a cyclic convolution, which is exact on integers."""
    name = law.operator.inputs[0].name
    x, h = _integers(case)[name], _integers(case, 1)[name][:1]
    if not h.size:
        return
    whole = {name: _convolved(law.convolution, x, h[0])}
    one, two, joined = (_result(judged, case, given) for given in ({name: x}, {name: h}, whole))
    if one is None or two is None or joined is None:
        return
    first, second = each(acb, one.values), np.tile(each(acb, two.values), len(x))
    around = np.tile(_reach(two), len(x))
    constant = _number(law.constant, case.configuration)
    error = abs(first * second - constant * each(acb, joined.values))
    slack = _reach(one) * (abs(second) + around) + abs(first) * around + constant * _reach(joined)
    yield checked(law, case, whole, first_beyond(error, slack))


def _result(judged: Judged, case: Case, arrays: Arrays) -> Outcome | None:
    """Return what the subject makes of other arrays, with the options of a case."""
    called = _call_of(case, judged.record, arrays)
    return outcome(judged, called, arrays) if called else None


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
