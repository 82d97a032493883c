"""NumPy's Fourier transforms, which keep single precision since NumPy 2."""

import numpy as np

from convoracle.impl.backends.subject import Implementation, Subject


def dft(x: np.ndarray) -> np.ndarray:
    """Call ``numpy.fft.fft``."""
    return np.fft.fft(x)


def idft(y: np.ndarray) -> np.ndarray:
    """Call ``numpy.fft.ifft``."""
    return np.fft.ifft(y)


def dft2d(x: np.ndarray) -> np.ndarray:
    """Call ``numpy.fft.fft2``."""
    return np.fft.fft2(x)


def idft2d(y: np.ndarray) -> np.ndarray:
    """Call ``numpy.fft.ifft2``."""
    return np.fft.ifft2(y)


SUBJECTS = (
    Subject(
        name="numpy.fft",
        version=np.__version__,
        operators={function.__name__: Implementation(function=function) for function in (dft, idft, dft2d, idft2d)},
    ),
)
