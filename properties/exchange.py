"""Arrays of other libraries: handed over and taken back by DLPack, without a copy where the library takes the memory."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np

Function = Callable[..., Any]

HOMES = {"jax": "jax.numpy"}
"""Library -> the module of it that has ``from_dlpack``, where that is not the library itself."""


def exchanged(function: Function, library: str | None) -> Function:
    """Return a function of a library's arrays as a function of NumPy's; with no library, the function itself.

    A view is handed over as it is where the library takes it, else as a copy in C order. What the function writes to a copy is
    written back, so that it shows.

    Raises
    ------
    ValueError
        The library has no ``from_dlpack``.
    ImportError
        It cannot be imported.

    Examples
    --------
    >>> exchanged(lambda x: x + 1, "numpy")(np.arange(3)[::-1])
    array([3, 2, 1])
    """
    if library is None:
        return function
    take = _importer(library)

    def call(*arrays: np.ndarray, **options: Any) -> Any:
        lent = [_lent(array, take) for array in arrays]
        result = function(*(foreign for foreign, _ in lent), **options)
        for array, (_, copy) in zip(arrays, lent, strict=True):
            if copy is not None and array.flags.writeable:
                array[...] = copy
        return tuple(map(_taken, result)) if isinstance(result, tuple) else _taken(result)

    return call


def module_of(library: str) -> str:
    """Return the module that has the library's ``from_dlpack``."""
    return HOMES.get(library, library)


def _importer(library: str) -> Function:
    module = importlib.import_module(module_of(library))
    if not hasattr(module, "from_dlpack"):
        raise ValueError(f"arrays of {library!r}: {module.__name__} has no from_dlpack")
    return module.from_dlpack


def _lent(array: np.ndarray, take: Function) -> tuple[Any, np.ndarray | None]:
    """Return an array of the library, and the copy whose memory it shares, if it is one."""
    if lendable(array):
        with suppress(Exception):  # each library refuses steps, or memory that is read-only, in its own way
            return take(array), None
    copy = np.array(array, order="C")
    return take(copy), copy


def lendable(array: np.ndarray) -> bool:
    """Whether libraries can take the memory: of negative strides or odd addresses they make wrong tensors, or none."""
    return bool(array.flags.aligned) and min(array.strides, default=0) >= 0


def _taken(result: Any) -> Any:
    """Return an array of a library as NumPy's; anything else as it is."""
    if isinstance(result, np.ndarray) or not hasattr(result, "__dlpack__"):
        return result
    return np.from_dlpack(result)
