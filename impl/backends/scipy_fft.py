"""SciPy's Fourier transforms, whole and frame by frame."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import scipy
from scipy import fft, signal

from convoracle.impl.backends.subject import Implementation, Subject


def dft(x: np.ndarray) -> np.ndarray:
    """Call ``scipy.fft.fft``."""
    return fft.fft(x)


def idft(y: np.ndarray) -> np.ndarray:
    """Call ``scipy.fft.ifft``."""
    return fft.ifft(y)


def dft2d(x: np.ndarray) -> np.ndarray:
    """Call ``scipy.fft.fft2``."""
    return fft.fft2(x)


def idft2d(y: np.ndarray) -> np.ndarray:
    """Call ``scipy.fft.ifft2``."""
    return fft.ifft2(y)


def stft(x: np.ndarray, window: np.ndarray, *, hop: int) -> np.ndarray:
    """Call ``scipy.signal.ShortTimeFFT`` on one period and as much of the next as its last frames see.

    Its slices are centred and zero outside the signal: so much is put before the signal that a slice begins at sample 0, and
    those that begin in the period are kept.
    """
    n, k = x.shape[-1], window.shape[0]
    frames = signal.ShortTimeFFT(window, hop, fs=1, fft_mode="twosided", phase_shift=None)
    if k > n or n % hop:
        raise ValueError(f"ShortTimeFFT: no cyclic frames of {k} of {n} samples with the hop {hop}")
    before = -frames.m_num_mid % hop
    first = (before + frames.m_num_mid) // hop
    longer = np.concatenate([np.zeros_like(x, shape=(*x.shape[:-1], before)), x, x, x[..., : k - 1]], axis=-1)
    return np.moveaxis(frames.stft(longer, p0=first, p1=first + n // hop), -2, -1)


def _double(shapes: Mapping[str, tuple[int, ...]], dtypes: Mapping[str, str], options: Mapping[str, Any]) -> str | None:
    if np.result_type(*dtypes.values()) not in (np.float64, np.complex128):
        return "results have double precision, whatever the operands have"
    return None


_TRANSFORMS = {function.__name__: Implementation(function=function) for function in (dft, idft, dft2d, idft2d)}

SUBJECTS = (
    Subject(name="scipy.fft", version=scipy.__version__, operators=_TRANSFORMS),
    Subject(
        name="scipy.signal.ShortTimeFFT",
        version=scipy.__version__,
        operators={"stft": Implementation(function=stft, conventions={"window_entries": "finite"}, limits=_double)},
    ),
)
