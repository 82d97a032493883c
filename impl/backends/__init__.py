"""Adapters to other libraries: which functions to call for which operator, and what they declare.

A subject is one family of functions, so that each has one answer to every convention. Libraries are imported when a
subject of theirs is loaded.
"""

from __future__ import annotations

import importlib

from convoracle.impl.backends.subject import Implementation, Subject

ADAPTERS: dict[str, str] = {
    "convoracle": "convoracle.impl.backends.own",
    "numpy": "convoracle.impl.backends.numpy_signal",
    "scipy.signal.convolve": "convoracle.impl.backends.scipy_signal",
    "scipy.signal.auto": "convoracle.impl.backends.scipy_signal",
    "scipy.signal.fftconvolve": "convoracle.impl.backends.scipy_signal",
    "scipy.signal.convolve2d": "convoracle.impl.backends.scipy_signal",
    "scipy.ndimage": "convoracle.impl.backends.scipy_ndimage",
    "numpy.layers": "convoracle.impl.backends.numpy_layers",
    "scipy.special": "convoracle.impl.backends.scipy_special",
    "numpy.fft": "convoracle.impl.backends.numpy_fft",
    "scipy.fft": "convoracle.impl.backends.scipy_fft",
    "scipy.signal.ShortTimeFFT": "convoracle.impl.backends.scipy_fft",
}
"""Name of a subject -> the module that holds it, in the order of the report."""


class LibraryAbsentError(ImportError):
    """The library of a subject is not installed."""


def load(name: str) -> Subject:
    """Return the subject called `name`, importing its library.

    Parameters
    ----------
    name : str
        A key of `ADAPTERS`.

    Raises
    ------
    ValueError
        There is no such subject; the message lists what there is.
    LibraryAbsentError
        The library is not installed; the message names it.

    Examples
    --------
    >>> sorted(load("numpy").operators)
    ['convolve', 'correlate']
    """
    if name not in ADAPTERS:
        raise ValueError(f"no subject {name!r}; there are {', '.join(ADAPTERS)}")
    try:
        module = importlib.import_module(ADAPTERS[name])
    except ModuleNotFoundError as error:
        raise LibraryAbsentError(
            f"subject {name!r} needs {error.name}, which is not installed", name=error.name
        ) from error
    return next(subject for subject in module.SUBJECTS if subject.name == name)


__all__ = ["ADAPTERS", "Implementation", "LibraryAbsentError", "Subject", "load"]
