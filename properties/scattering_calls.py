"""Calls of scattering that laws compare: the case that a law is about, its data, the subject's coefficients and their bounds."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import sqrt
from typing import Any

import numpy as np

from convoracle.spec.code import number
from convoracle.spec.configuration import IllegalCallError
from convoracle.spec.harmonic import narrowed, planned_bounds

from . import families
from .case import Case, rebuilt
from .results import forms_wrong, greatest_count, result_dtypes
from .subject import Judged

DRAWN = ("normal", "integers", "impulse", "ties", "wide")
"""Families of the data on which laws are tried, beside waves."""

COMPLEX = {"float32": "complex64", "float64": "complex128"}
MARGIN = 1 + 2.0**-30
"""Covers the rounding of the norms and sums below, of far fewer than 2**20 numbers."""


@dataclass(frozen=True)
class Coefficients:
    """A result of shape (items, paths, ..) in double precision, and how far every entry may be off in modulus."""

    values: np.ndarray
    bounds: np.ndarray

    @property
    def error(self) -> np.ndarray:
        """Bounds on the 2-norms of the errors of all items."""
        return norms(self.bounds)


def norms(values: np.ndarray) -> np.ndarray:
    """Return the 2-norms of all items."""
    wide = np.abs(values.astype(np.complex128))
    return np.sqrt(np.sum(wide**2, axis=tuple(range(1, wide.ndim))))


def about(
    case: Case, solved: tuple[Any, ...] = (), words: Mapping[str, Any] | None = None, *, of_complex: bool = False
) -> Case | None:
    """Return the nearest case that a law is about, for real data or complex ones; None where there is none."""
    values = dict(case.configuration.values)
    for symbol, expr in solved:
        values[symbol.name] = number(expr, values)
    try:
        adapted = rebuilt(case, values, {**case.configuration.words, **(words or {})})
    except IllegalCallError:
        return None
    if 0 in adapted.shapes["x"]:
        return None
    dtypes = {"x": COMPLEX[case.dtypes["x"]]} if of_complex else dict(case.dtypes)
    return replace(adapted, dtypes=dtypes)


def called(judged: Judged, case: Case, x: np.ndarray) -> Coefficients | None:
    """Call the subject; None where the call is unsupported or fails, or may overflow."""
    arrays = {"x": x}
    if judged.unsupported(case.configuration, {"x": (x.shape, str(x.dtype))}, case.options):
        return None
    rules = judged.rules(result_dtypes(judged, case.configuration, arrays)[0])
    bounds = planned_bounds(case.configuration, arrays, rules.arithmetic)
    answer = judged.answer(arrays, case.options)
    if bounds is None or forms_wrong(judged, case, arrays, answer) is not None:
        return None
    parts = sqrt(2) if x.dtype.kind == "c" else 1.0
    value = answer.value.astype(np.result_type(answer.value, np.float64))  # a copy: a later call may overwrite it
    off = narrowed(bounds[0][rules.rank] * parts, abs(value), rules.arithmetic)
    return Coefficients(value, np.broadcast_to(off, value.shape))


def attempted(judged: Judged, case: Case) -> tuple[np.ndarray, Coefficients] | None:
    """Return data, and what the subject makes of them; None where it makes nothing that can be judged."""
    x = drawn(case)
    found = called(judged, case, x)
    return None if found is None else (x, found)


def drawn(case: Case, salt: int = 0) -> np.ndarray:
    """Return data of a family, or a wave of one of the frequencies of the grid."""
    family = (case.seed + salt) % (len(DRAWN) + 1)
    if family == len(DRAWN):
        return _wave(case, np.random.default_rng([case.seed, salt]))
    arrays = families.draw(
        DRAWN[family], case.shapes, case.dtypes, greatest_count(case), case.seed + salt, case.domains
    )
    return arrays["x"]


def _wave(case: Case, generator: np.random.Generator) -> np.ndarray:
    items, *sizes = case.shapes["x"]
    angle = np.zeros(sizes)
    for axis, n in enumerate(sizes):
        shape = [1] * len(sizes)
        shape[axis] = n
        angle = angle + 2 * np.pi * generator.integers(n) * np.arange(n).reshape(shape) / n
    dtype = np.dtype(case.dtypes["x"])
    wave = np.exp(1j * angle) if dtype.kind == "c" else np.cos(angle)
    return np.broadcast_to(wave, (items, *sizes)).astype(dtype)
