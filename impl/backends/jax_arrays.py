"""Functions of JAX's arrays as functions of NumPy's, compiled, in double precision where the operands have it, on the CPU."""

from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np

from convoracle.impl.backends.standing_alone import Written, arguments, definition_of
from convoracle.impl.backends.subject import Dtypes, Options, Shapes

Function = Callable[..., Any]

CPU = jax.devices("cpu")[0]


def on_arrays(function: Function) -> Function:
    """Return `function` for NumPy arrays; 64-bit numbers are on for the call only, and results come back as arrays.

    It is compiled as a whole, as programs do: step by step every step would be compiled for every size.
    """

    def applied(options: tuple[tuple[str, Any, str], ...], *arrays: Any) -> Any:
        return function(*arrays, **{name: value for name, value, _ in options})

    compiled = jax.jit(applied, static_argnums=0)

    def call(*arrays: np.ndarray, **options: Any) -> Any:
        fixed = tuple((name, value, repr(value)) for name, value in options.items())  # True is not 1
        with jax.enable_x64(True), jax.default_device(CPU):
            result = compiled(fixed, *map(jax.numpy.asarray, arrays))
        return tuple(map(_array, result)) if isinstance(result, tuple) else _array(result)

    return call


def _array(result: Any) -> np.ndarray:
    return np.array(result)  # a copy: the buffer of a JAX array is read-only


def in_words(function: Function) -> Callable[[Shapes, Dtypes, Options], Written]:
    """Return what writes a call of a function, compiled as `on_arrays` has it, see `Implementation.written`."""

    def written(shapes: Shapes, dtypes: Dtypes, options: Options) -> Written:
        before = definition_of("import jax", "from functools import partial", compute=function)
        call = f"jax.jit(partial({arguments(['compute'], options)}))({arguments(shapes, {})})"
        after = ['jax.config.update("jax_enable_x64", True)', f"got = jax.tree.map(np.asarray, {call})"]
        return before, "\n".join(after)

    return written


def gradients(function: Function, at: Sequence[Any], dy: Any) -> tuple[Any, ...]:
    """Return the gradient with respect to each array of `at`, where that of the result of `function` is `dy`."""
    _, backward = jax.vjp(function, *at)
    return backward(dy)


def gradient(function: Function, x: Any, dy: Any) -> Any:
    """Return the gradient with respect to the only argument."""
    return gradients(function, (x,), dy)[0]
