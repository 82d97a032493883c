"""Wavelet transforms of periodic signals by ``scipy.fft``: with a bank and back, and with continuous wavelets."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from convoracle.impl.arguments import check_at_least, check_equal, whole_number
from convoracle.impl.bank_energy import energy
from convoracle.impl.wavelet_bank import NORMALIZATIONS, WAVELETS, Bank, wavelet_bank

DTYPES = ("float32", "float64", "complex64", "complex128")
BANKS = 16  # banks kept for calls with equal sizes and options


def _check_signal(operator: str, name: str, x: Any, axes: tuple[str, ...]) -> None:
    if not isinstance(x, np.ndarray) or isinstance(x, np.ma.MaskedArray):
        raise TypeError(f"{operator}: {name} must be a numpy array, got {type(x).__name__}")
    if x.dtype.name not in DTYPES:
        raise TypeError(f"{operator}: {name} must have dtype {', '.join(DTYPES)}, got {x.dtype}")
    if x.ndim < len(axes):
        raise ValueError(f"{operator}: {name} must have axes (..., {', '.join(axes)}), got {name}.shape={x.shape}")


def _one_of(operator: str, name: str, word: Any, words: tuple[str, ...]) -> str:
    if not isinstance(word, str):
        raise TypeError(f"{operator}: {name} must be a string, got {name}={word!r}")
    if word not in words:
        raise ValueError(f"{operator}: {name} must be one of {', '.join(words)}, got {name}={word!r}")
    return word


def _bank_of(operator: str, n: int, J: Any, Q: Any, T: Any, wavelet: Any, normalization: Any, two_sided: Any) -> Bank:
    """Check the options of a bank for periods of n samples, and return it; equal banks are made once."""
    J, Q = whole_number(operator, "J", J, 1), whole_number(operator, "Q", Q, 1)
    if n.bit_length() <= J:  # 2**J > n, without forming the power
        raise ValueError(f"{operator}: 2^J must be at most n, got J={J}, n={n}")
    window = 2**J if T is None else whole_number(operator, "T", T, 1)
    if window > n:
        raise ValueError(f"{operator}: T must be at most n, got T={window}, n={n}")
    _one_of(operator, "wavelet", wavelet, WAVELETS)
    _one_of(operator, "normalization", normalization, NORMALIZATIONS)
    if not isinstance(two_sided, (bool, np.bool_)):
        raise TypeError(f"{operator}: two_sided must be a boolean, got two_sided={two_sided!r}")
    return _bank(n, J, Q, window, wavelet, normalization, bool(two_sided))


@lru_cache(maxsize=BANKS)
def _bank(n: int, J: int, Q: int, T: int, wavelet: str, normalization: str, two_sided: bool) -> Bank:
    return wavelet_bank(n, J=J, Q=Q, T=T, wavelet=wavelet, normalization=normalization, two_sided=two_sided)


def _rows(bank: Bank) -> np.ndarray:
    """Return the spectra of all rows, (1 + count, n): the average, then the wavelets."""
    return np.concatenate([bank.phi[None], bank.psi])


@np.errstate(all="ignore")  # NaN and infinities are answers here, as in the kernels
def _filtered(x: np.ndarray, spectra: np.ndarray) -> np.ndarray:
    """Return the cyclic convolutions of signals (..., n) with filters given by their spectra, (..., rows, n)."""
    from scipy import fft

    found = fft.fft(x)[..., None, :]
    return fft.ifft(found * spectra.astype(found.real.dtype), overwrite_x=True)


def wavelet_transform1d(
    x: np.ndarray,
    *,
    J: int,
    Q: int = 1,
    T: int | None = None,
    wavelet: str = "morlet",
    normalization: str = "cap",
    two_sided: bool = False,
) -> np.ndarray:
    """Convolve periodic signals with an average and with wavelets, at full rate.

        y[0] = x * phi,  y[1 + mu] = x * psi_mu,  all cyclic

    (seed M, eqs. 9 and 10). The norm of y is at most that of x: for real signals, and for complex ones with a two-sided bank.

    Parameters
    ----------
    x : ndarray of shape (..., n)
        One period; float32, float64, complex64 or complex128, with any strides.
    J, Q : int
        Octaves, and wavelets per octave; at least 1, and ``2**J`` at most n.
    T : int, optional
        Samples that are averaged over, at most n; ``2**J`` if None. Only ``D = min(J, ceil(log2 T))`` octaves hold wavelets.
    wavelet : {"morlet", "shannon", "meyer", "spline"}
    normalization : {"cap", "tight", "scalar"}
        How the energy of the wavelets is kept at most ``1 - |phi|**2``: bin by bin, made equal to it, or by one factor.
    two_sided : bool
        Whether wavelets of negative frequency follow the others, for complex signals.

    Returns
    -------
    ndarray of shape (..., 1 + Q D, n), or (..., 1 + 2 Q D, n) if two_sided
        complex64 for float32 and complex64, else complex128.

    Raises
    ------
    TypeError
        x is no array of a legal dtype, or an option is of the wrong kind.
    ValueError
        An option is out of range or unknown, or the signal is shorter than ``2**J`` or T.

    Examples
    --------
    >>> import numpy as np
    >>> from convoracle.impl import wavelet_transform1d
    >>> wavelet_transform1d(np.ones((3, 64)), J=4, Q=2).shape
    (3, 9, 64)
    """
    _check_signal("wavelet_transform1d", "x", x, ("n",))
    n = x.shape[-1]
    return _filtered(x, _rows(_bank_of("wavelet_transform1d", n, J, Q, T, wavelet, normalization, two_sided)))


def inverse_wavelet_transform1d(
    y: np.ndarray,
    *,
    J: int,
    Q: int = 1,
    T: int | None = None,
    wavelet: str = "morlet",
    normalization: str = "cap",
    two_sided: bool = False,
) -> np.ndarray:
    """Return to periodic signals from their wavelet transforms: the exact inverse, by least squares where there is none.

        x = sum over rows of y[row] correlated with dual[row],  dual^ = h^ / F,  F(w) = 1/2 sum of |h^(w)|**2 + |h^(-w)|**2

    (seed M, eq. 10; Mallat 2009, section 5.1.3). Without wavelets of negative frequency the real part is taken.

    Parameters
    ----------
    y : ndarray of shape (..., rows, n)
        Averages, then wavelet coefficients, as `wavelet_transform1d` returns them; float32, float64, complex64 or complex128.
    J, Q, T, wavelet, normalization, two_sided
        As in `wavelet_transform1d`.

    Returns
    -------
    ndarray of shape (..., n)
        Real for a one-sided bank, complex for a two-sided one; in the precision of y.

    Raises
    ------
    TypeError
        y is no array of a legal dtype, or an option is of the wrong kind.
    ValueError
        An option is out of range or unknown, or y has not one row for the average and one for each wavelet.

    Examples
    --------
    >>> import numpy as np
    >>> from convoracle.impl import inverse_wavelet_transform1d, wavelet_transform1d
    >>> x = np.random.default_rng(0).standard_normal(24)
    >>> back = inverse_wavelet_transform1d(wavelet_transform1d(x, J=3), J=3)
    >>> bool(np.linalg.norm(back - x) < 1e-13)
    True
    """
    from scipy import fft

    operator = "inverse_wavelet_transform1d"
    _check_signal(operator, "y", y, ("rows", "n"))
    bank = _bank_of(operator, y.shape[-1], J, Q, T, wavelet, normalization, two_sided)
    check_equal(operator, "y.shape[-2]", y.shape[-2], "1 + the number of wavelets", 1 + len(bank.psi))
    frame = bank.phi**2 + energy(bank.psi, 1)
    found = fft.fft(y)
    with np.errstate(all="ignore"):  # as in `_filtered`
        found *= (_rows(bank) / frame).astype(found.real.dtype)
        z = fft.ifft(found.sum(axis=-2), overwrite_x=True)
    return z if two_sided else np.ascontiguousarray(z.real)


# ---- continuous wavelets ----

CENTRE = 6.0  # of the Morlet wavelet, in radians per unit of time


def morlet(omega: np.ndarray) -> np.ndarray:
    """Return the Fourier transform of a Gabor function of norm 1 less its mean."""
    norm = math.sqrt(2) * math.pi**0.25 / math.sqrt(1 + math.exp(-(CENTRE**2)) - 2 * math.exp(-0.75 * CENTRE**2))
    return norm * (np.exp(-((omega - CENTRE) ** 2) / 2) - np.exp(-(omega**2 + CENTRE**2) / 2))


def mexican_hat(omega: np.ndarray) -> np.ndarray:
    """Return the Fourier transform of the negative second derivative of a Gaussian, of norm 1."""
    return 2 * math.sqrt(2 / 3) * math.pi**0.25 * omega**2 * np.exp(-(omega**2) / 2)


MOTHERS: dict[str, Callable[[np.ndarray], np.ndarray]] = {"morlet": morlet, "mexican_hat": mexican_hat}


@lru_cache(maxsize=BANKS)
def _dilated(n: int, scales: int, Q: int, wavelet: str) -> np.ndarray:
    """Return the spectra of the dilated wavelets, (scales, n); the highest frequency of an even n stands for both signs."""
    a = 2.0 ** (1 + np.arange(scales) / Q)[:, None]
    bins = np.arange(n)
    upper, lower = bins - n * (2 * bins > n), bins - n * (2 * bins >= n)
    mother, turn = MOTHERS[wavelet], 2 * math.pi * a / n
    spectra = np.sqrt(a) * (mother(turn * upper) + mother(turn * lower)) / 2
    spectra[:, 0] = 0
    return spectra


def cwt(x: np.ndarray, *, scales: int, Q: int = 1, wavelet: str = "morlet") -> np.ndarray:
    """Continuous wavelet transform of the trigonometric polynomial through periodic samples.

        y[s, b] = a**(-1/2) integral of x(t) conj(psi((t - b) / a)) dt,  a = 2**(1 + s / Q)

    (seed U, eqs. 10 and 11), exact: the integral, not a sum over samples. psi has norm 1 and mean 0.

    Parameters
    ----------
    x : ndarray of shape (..., n)
        One period; float32, float64, complex64 or complex128, with any strides.
    scales, Q : int
        Number of scales, from 2 samples on, and scales per octave; at least 1.
    wavelet : {"morlet", "mexican_hat"}
        A Gabor function of 6 radians per unit of time less its mean, or the negative second derivative of a Gaussian.

    Returns
    -------
    ndarray of shape (..., scales, n)
        complex64 for float32 and complex64, else complex128.

    Raises
    ------
    TypeError
        x is no array of a legal dtype, or an option is of the wrong kind.
    ValueError
        An option is out of range or unknown, or the signal is empty.

    Examples
    --------
    >>> import numpy as np
    >>> from convoracle.impl import cwt
    >>> wave = np.cos(2 * np.pi * np.arange(256) / 32)
    >>> int(abs(cwt(wave, scales=24, Q=4)[:, 0]).argmax())  # 6 radians per unit of time: the scale of 2 pi / 32 is 30.6
    16
    """
    _check_signal("cwt", "x", x, ("n",))
    scales, Q = whole_number("cwt", "scales", scales, 1), whole_number("cwt", "Q", Q, 1)
    check_at_least("cwt", 1, n=x.shape[-1])
    return _filtered(x, _dilated(x.shape[-1], scales, Q, _one_of("cwt", "wavelet", wavelet, tuple(MOTHERS))))
