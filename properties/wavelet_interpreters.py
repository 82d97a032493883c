"""The laws of wavelet transforms and filter banks, interpreted on a subject: constants, and two steps of a cascade in one."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from itertools import product
from typing import Any

import numpy as np
from flint import arb
from sympy import Expr, Symbol, lambdify

from convoracle.spec.code import number
from convoracle.spec.configuration import bind
from convoracle.spec.laws import Cascade, Constants
from convoracle.spec.rounded import each

from . import families
from .case import Case
from .layer_interpreters import checked, first_beyond, in_parts, outcome, precisely
from .results import greatest_count
from .subject import Judged
from .universal import Checked

Arrays = dict[str, np.ndarray]
AMOUNTS = (1, -2, 3)

# ---- f(a, a, ..) = a value ----


def constants(judged: Judged, case: Case, law: Constants) -> Iterator[Checked]:
    """Check ``|f(a, a, ..) - a value|`` against the bounds of the call."""
    amount = AMOUNTS[case.seed % len(AMOUNTS)]
    arrays = families.draw("integers", case.shapes, case.dtypes, greatest_count(case), case.seed, case.domains)
    arrays[law.wrt] = np.full_like(arrays[law.wrt], amount)
    found = outcome(judged, case, arrays)
    if found is None:
        return
    parts = in_parts(found)
    expected = np.zeros(parts.values.shape)
    value = _on_grid(law.value, law.operator.definition[-1].target.indices, case.configuration.output_shape)
    expected[: value.size] = amount * value.ravel()
    error = abs(each(arb, parts.values) - each(arb, expected))
    yield checked(law, case, arrays, first_beyond(error, each(arb, parts.bounds)))


@lru_cache(maxsize=64)
def _compiled(value: Expr, letters: tuple[Symbol, ...]) -> Callable[..., Any]:
    return lambdify(letters, value, "numpy")


def _on_grid(value: Expr, letters: tuple[Symbol, ...], shape: tuple[int, ...]) -> np.ndarray:
    """Return an expression in target letters at all index tuples."""
    return np.broadcast_to(np.asarray(_compiled(value, letters)(*np.indices(shape)), np.float64), shape)


# ---- f(f(x, w)[band], w') = f(x, e) ----


def cascade(judged: Judged, case: Case, law: Cascade) -> Iterator[Checked]:
    """Check two calls against one with the equivalent filters, on integers so small that all sums are exact."""
    values = dict(case.configuration.values)
    signal, filters = (array.name for array in law.operator.inputs)
    drawn = families.draw("integers", case.shapes, case.dtypes, greatest_count(case) << 10, case.seed, case.domains)
    first = outcome(judged, case, drawn)
    if first is None:
        return
    generator = np.random.default_rng(case.seed)
    after, taps = _next_step(law, values, generator), generator.integers(-3, 3, (2, 3), endpoint=True)
    band = int(generator.integers(drawn[filters].shape[0]))
    bands = first.values.reshape(case.configuration.output_shape)
    dtype = drawn[filters].dtype
    second = {signal: np.ascontiguousarray(bands[:, band]), filters: taps.astype(dtype)}
    both = {
        signal: drawn[signal],
        filters: _equivalent(law, drawn[filters][band], taps, {**values, **after}).astype(dtype),
    }
    options = {keyword: number(value, {**values, **after}) for keyword, value in law.options.items()}
    step = {keyword: after[law.second[s].name] for keyword, s in _letters(law).items()}
    found = [outcome(judged, *_called(case, given, o)) for given, o in ((second, step), (both, options))]
    twice, once = found
    if twice is None or once is None:
        return
    same = np.array_equal(twice.values, once.values)
    yield checked(
        law, case, drawn, None if same else f"{step} after {case.options}, band {band}, differs from {options}"
    )


def _letters(law: Cascade) -> dict[str, Symbol]:
    """Return the letter of every option that the law gives."""
    return {keyword: law.operator.parameter(keyword).flat[0] for keyword in law.options}


def _next_step(law: Cascade, values: Mapping[str, int], generator: np.random.Generator) -> dict[str, int]:
    """Return a stride that divides the outputs of the first step, and a dilation."""
    letters = {keyword: law.second[letter].name for keyword, letter in _letters(law).items()}
    strides = [s for s in (1, 2, 3) if values["m"] % s == 0]
    return {letters["stride"]: int(generator.choice(strides)), letters["dilation"]: int(generator.integers(1, 4))}


def _equivalent(law: Cascade, first: np.ndarray, second: np.ndarray, values: Mapping[str, int]) -> np.ndarray:
    """Return the filters that do both steps."""
    tap = {str(letter): (str(letter), str(other)) for letter, other in law.second.items()}["u"]
    places = {
        (u, v): number(law.tap, {**values, tap[0]: u, tap[1]: v})
        for u, v in product(range(len(first)), range(second.shape[1]))
    }
    filters = np.zeros((len(second), 1 + max(places.values())))
    for (u, v), place in places.items():
        filters[:, place] += first[u] * second[:, v]
    return filters


def _called(case: Case, arrays: Arrays, options: Mapping[str, Any]) -> tuple[Case, Arrays]:
    """Return the call of the same operator on other arrays with other options."""
    shapes = {name: array.shape for name, array in arrays.items()}
    called = replace(
        case,
        configuration=bind(case.record, shapes, options),
        shapes=shapes,
        options=dict(options),
        dtypes={name: str(array.dtype) for name, array in arrays.items()},
        layouts=dict.fromkeys(arrays, "contiguous"),
    )
    return called, arrays


WAVELET_INTERPRETERS: dict[type, Callable[..., Iterator[Checked]]] = {
    Constants: precisely(constants),
    Cascade: precisely(cascade),
}
