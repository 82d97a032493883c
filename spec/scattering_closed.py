"""Closed forms of scattering, evaluated in balls: a signal, and its coefficients from the plan of the call alone."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from flint import ctx
from sympy import Integer

from .complex_balls import Operations, balls_of
from .configuration import Configuration
from .harmonic import PRECISION, interpreter_of_harmonic, planned
from .records import Stage, bound
from .relations import words_of
from .scattering_kinds import ClosedForm
from .scattering_paths import CASCADES
from .symbols import array


def signal_of(law: ClosedForm, configuration: Configuration, letters: Mapping[str, int]) -> np.ndarray:
    """Return one item of the signal of a law, flat, as complex balls; `letters` are the values of its own letters."""
    axes = CASCADES[law.operator].axes
    stage = Stage(array("signal")[tuple(a.j for a in axes)], law.signal, tuple(a.n for a in axes))
    return _evaluated((stage,), configuration, letters)


def closed_form(law: ClosedForm, configuration: Configuration, letters: Mapping[str, int]) -> np.ndarray:
    """Return the coefficients, or their sums over all positions, flat, as complex balls."""
    return _evaluated(law.stages, configuration, letters)


def _evaluated(stages: tuple[Stage, ...], configuration: Configuration, letters: Mapping[str, int]) -> np.ndarray:
    """Return the values of the last of some stages that read the plan of a call."""
    words = words_of(configuration.record, configuration.words)
    with ctx.workprec(PRECISION):
        interpreter = interpreter_of_harmonic(configuration, Operations(), balls_of)
        numbers, integers = planned(configuration)
        interpreter.arrays.update(numbers)
        interpreter.integers.update(integers)
        interpreter.set_shapes(stages)
        for stage in stages:
            interpreter.define(Stage(stage.target, _put(stage.value, words, letters), stage.extents))
        name = stages[-1].target.base.name
        return (
            balls_of(interpreter.integers[name]) if name in interpreter.integers else interpreter.arrays[name]
        ).values


def _put(value: Any, words: Mapping[Any, Any], letters: Mapping[str, int]) -> Any:
    free = {s: Integer(letters[s.name]) for s in value.free_symbols if s.name in letters}
    return bound(value, words).xreplace(free)
