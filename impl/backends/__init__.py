"""Adapters to other libraries: which functions to call for which operator, and what they declare.

A subject is one family of functions, so that each has one answer to every convention. Libraries are imported when a
subject of theirs is loaded; the registry knows without that what to install. Installed packages add subjects by entry points.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from dataclasses import replace

from convoracle.impl.backends.adapter import Adapter
from convoracle.impl.backends.declared import implements, installed, load_installed
from convoracle.impl.backends.standing_alone import in_numpy
from convoracle.impl.backends.subject import Implementation, Subject

_SCIPY_SIGNAL = Adapter("scipy_signal")
_SCIPY_FFT = Adapter("scipy_fft")
_JAX = Adapter("jax_nn", "jax", {"jax": "jax"})
_ONNX = {"onnx": "onnx"}

ADAPTERS: dict[str, Adapter] = {
    "convoracle": Adapter("own"),
    "numpy": Adapter("numpy_signal"),
    "scipy.signal.convolve": _SCIPY_SIGNAL,
    "scipy.signal.auto": _SCIPY_SIGNAL,
    "scipy.signal.fftconvolve": _SCIPY_SIGNAL,
    "scipy.signal.convolve2d": _SCIPY_SIGNAL,
    "scipy.ndimage": Adapter("scipy_ndimage"),
    "numpy.layers": Adapter("numpy_layers"),
    "scipy.special": Adapter("scipy_special"),
    "numpy.fft": Adapter("numpy_fft"),
    "scipy.fft": _SCIPY_FFT,
    "scipy.signal.ShortTimeFFT": _SCIPY_FFT,
    "torch": Adapter("torch_nn", "torch", {"torch": "torch"}),
    "torch-cuda": Adapter("torch_cuda", "torch", {"torch": "torch"}),
    "jax": _JAX,
    "jax.scipy.signal": _JAX,
    "jax.scipy.signal.fftconvolve": _JAX,
    "onnxruntime": Adapter("onnx_runtime", "onnx", {**_ONNX, "onnxruntime": "onnxruntime"}),
    "onnx-reference": Adapter("onnx_reference", "onnx", _ONNX),
    "opencv": Adapter("opencv", "opencv", {"cv2": "opencv-python-headless"}),
    "scikit-image": Adapter("scikit_image", "image", {"skimage": "scikit-image"}),
    "kymatio": Adapter("kymatio_scattering", "kymatio", {"kymatio": "kymatio"}),
}
"""Name of a subject -> where it is and what it needs, in the order of the report."""


class LibraryAbsentError(ImportError):
    """The library of a subject is not installed, or cannot be imported."""


def names() -> tuple[str, ...]:
    """Return the names of all subjects: the adapters, and what installed packages offer.

    Raises
    ------
    ValueError
        If a package offers a subject with the name of an adapter, or two packages one name.
    """
    others = installed()
    if taken := ADAPTERS.keys() & others.keys():
        raise ValueError(f"an installed package offers a subject {', '.join(sorted(taken))}; that name is taken")
    return (*ADAPTERS, *others)


def selected(wanted: Iterable[str]) -> tuple[str, ...]:
    """Return the subjects of these names; that of a library stands for all of its subjects, "scipy" for scipy.*.

    Raises
    ------
    ValueError
        A name is neither that of a subject nor that of a group; the message lists what there is.

    Examples
    --------
    >>> selected(["scipy.special", "numpy"])
    ('scipy.special', 'numpy', 'numpy.layers', 'numpy.fft')
    """
    there, found = names(), dict[str, None]()
    for name in wanted:
        members = [each for each in there if each == name or each.startswith(f"{name}.")]
        if not members:
            raise _unknown(name)
        found |= dict.fromkeys(members)
    return tuple(found)


def _unknown(name: str) -> ValueError:
    return ValueError(f"no subject {name!r}; there are {', '.join(names())}")


def load(name: str) -> Subject:
    """Return the subject called `name`, importing its library.

    Parameters
    ----------
    name : str
        One of `names`.

    Raises
    ------
    ValueError
        There is no such subject; the message lists what there is.
    LibraryAbsentError
        The library is not installed, or cannot be imported; the message says what to install.

    Examples
    --------
    >>> sorted(load("numpy").operators)
    ['convolve', 'correlate']
    """
    if name not in names():
        raise _unknown(name)
    return _adapter(name) if name in ADAPTERS else _installed(name)


def _adapter(name: str) -> Subject:
    adapter = ADAPTERS[name]
    if adapter.missing:
        raise LibraryAbsentError(f"subject {name!r} needs {adapter.advice}")
    try:
        module = importlib.import_module(adapter.path)
    except ImportError as error:
        raise LibraryAbsentError(f"subject {name!r} cannot be imported: {error}", name=error.name) from error
    subject = next(subject for subject in module.SUBJECTS if subject.name == name)
    in_words = {
        op: each if each.written else replace(each, written=in_numpy(op, each.function))
        for op, each in subject.operators.items()
    }
    return replace(subject, operators=in_words)


def _installed(name: str) -> Subject:
    try:
        return load_installed(installed()[name])
    except ValueError:  # it says what is wrongly declared
        raise
    except Exception as error:  # somebody's module, which may fail in any way
        raise LibraryAbsentError(f"subject {name!r} cannot be imported: {error}") from error


def absent() -> dict[str, str]:
    """Return why each subject that cannot be loaded cannot: a sentence by name."""
    reasons = {}
    for name in names():
        try:
            load(name)
        except (LibraryAbsentError, ValueError) as error:
            reasons[name] = str(error)
    return reasons


__all__ = [
    "ADAPTERS",
    "Adapter",
    "Implementation",
    "LibraryAbsentError",
    "Subject",
    "absent",
    "implements",
    "load",
    "names",
    "selected",
]
