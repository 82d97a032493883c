"""Functions of JAX's arrays as functions of NumPy's, in double precision where the operands have it, on the CPU."""

from collections.abc import Callable
from typing import Any

import jax
import numpy as np

Function = Callable[..., Any]

CPU = jax.devices("cpu")[0]


def on_arrays(function: Function) -> Function:
    """Return `function` for NumPy arrays; 64-bit numbers are on for the call only, and results come back as arrays."""

    def call(*arrays: np.ndarray, **options: Any) -> Any:
        with jax.enable_x64(True), jax.default_device(CPU):
            result = function(*map(jax.numpy.asarray, arrays), **options)
        return tuple(map(_array, result)) if isinstance(result, tuple) else _array(result)

    return call


def _array(result: Any) -> np.ndarray:
    return np.array(result)  # a copy: the buffer of a JAX array is read-only


def gradient(function: Function, x: Any, dy: Any) -> Any:
    """Return the gradient with respect to the only argument, where that of the result of `function` is `dy`."""
    _, backward = jax.vjp(function, x)
    return backward(dy)[0]
