"""Scattering of signals and images: moduli of wavelet transforms, averaged, path by path."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from convoracle.impl import scattering_engine as engine
from convoracle.impl.arguments import whole_number
from convoracle.impl.compiled import Ints, plain
from convoracle.impl.scattering_plan import BOUNDARIES, PATHS, Plan
from convoracle.impl.wavelet_bank import NORMALIZATIONS, WAVELETS, wavelet_bank
from convoracle.impl.wavelet_bank2d import wavelet_bank2d

DTYPES = ("float32", "float64", "complex64", "complex128")
PLANS = 16  # plans kept for calls with equal shapes and options


def scattering1d(
    x: np.ndarray,
    *,
    J: int,
    Q: int | Sequence[int] = 1,
    T: int | None = None,
    max_order: int = 2,
    boundary: str = "periodic",
    paths: str = "decreasing",
    oversampling: int = 0,
    wavelet: str = "morlet",
    normalization: str = "cap",
    two_sided: bool = False,
) -> np.ndarray:
    """Average moduli of wavelet transforms of signals, path by path.

        S x (path) = phi * | ... | |x * psi_mu1| * psi_mu2 | ... |

    (seed M, eqs. 13, 16 to 20).

    Parameters
    ----------
    x : ndarray of shape (..., n)
        float32, float64, complex64 or complex128, with any strides.
    J : int
        Octaves, at least 1; ``2**J`` is at most n.
    Q : int or pair of int
        Wavelets per octave in the first order and in later ones.
    T : int, optional
        Samples that are averaged over, at most n; ``2**J`` if None.
    max_order : int
        The largest number of moduli on a path, at least 0.
    boundary : {"periodic", "zero", "symmetric", "reflect"}
        How the signal goes on: as its own copies, zeros, or mirror images with or without the outermost sample twice.
    paths : {"decreasing", "all"}
        Which wavelets follow one another: those of higher octaves, that is lower frequencies, or all.
    oversampling : int
        Octaves by which every rate is raised, at least 0.
    wavelet : {"morlet", "shannon", "meyer", "spline"}
    normalization : {"cap", "tight", "scalar"}
        How the energy of the wavelets is kept at most ``1 - |phi|**2``: bin by bin, made equal to it, or by one factor.
    two_sided : bool
        Whether the first order has wavelets of negative frequency too, for complex signals.

    Returns
    -------
    ndarray of shape (..., paths, samples)
        Of the dtype of x. Paths are ordered by the number of wavelets, then by the wavelets; samples are those at multiples of
        the largest power of 2 up to T, or of a smaller one by `oversampling` octaves.

    Raises
    ------
    TypeError
        x is no array of a legal dtype, or an option is of the wrong kind.
    ValueError
        An option is out of range or unknown, or the signal is shorter than ``2**J`` or T.

    Examples
    --------
    >>> import numpy as np
    >>> from convoracle.impl import scattering1d
    >>> scattering1d(np.ones((3, 64)), J=4, Q=(2, 1)).shape
    (3, 21, 4)
    """
    _check_signal("scattering1d", x, ("n",))
    options: dict[str, Any] = {
        "max_order": max_order,
        "boundary": boundary,
        "paths": paths,
        "oversampling": oversampling,
    }
    plan = plan1d(
        "scattering1d",
        x.shape[-1],
        J=J,
        Q=Q,
        T=T,
        wavelet=wavelet,
        normalization=normalization,
        two_sided=two_sided,
        **options,
    )
    return batched(plan, x)


def scattering2d(
    x: np.ndarray,
    *,
    J: int,
    L: int = 8,
    max_order: int = 2,
    boundary: str = "periodic",
    paths: str = "decreasing",
    oversampling: int = 0,
    normalization: str = "cap",
    two_sided: bool = False,
) -> np.ndarray:
    """Average moduli of oriented wavelet transforms of images, path by path.

        S x (path) = phi * | ... | |x * psi_mu1| * psi_mu2 | ... |

    (seed M, eqs. 13, 16 to 20).

    Parameters
    ----------
    x : ndarray of shape (..., H, W)
        float32, float64, complex64 or complex128, with any strides.
    J : int
        Octaves, at least 1; ``2**J`` is at most H and W. The average's Gaussian has standard deviation ``0.4 * 2**J`` samples.
    L : int
        Angles in half a turn, at least 1.
    max_order : int
        The largest number of moduli on a path, at least 0.
    boundary : {"periodic", "zero", "symmetric", "reflect"}
        How the image goes on: as its own copies, zeros, or mirror images with or without the outermost samples twice.
    paths : {"decreasing", "all"}
        Which wavelets follow one another: those of higher octaves, that is lower frequencies, or all.
    oversampling : int
        Octaves by which every rate is raised, at least 0.
    normalization : {"cap", "tight", "scalar"}
        How the energy of the wavelets is kept at most ``1 - |phi|**2``: bin by bin, made equal to it, or by one factor.
    two_sided : bool
        Whether the first order has wavelets at the angles of the other half turn too, for complex images.

    Returns
    -------
    ndarray of shape (..., paths, rows, columns)
        Of the dtype of x. Paths are ordered by the number of wavelets, then by the wavelets (octave, angle); samples are those
        at multiples of ``2**J``, or of a smaller power of 2 by `oversampling` octaves.

    Raises
    ------
    TypeError
        x is no array of a legal dtype, or an option is of the wrong kind.
    ValueError
        An option is out of range or unknown, or a side of the image is shorter than ``2**J``.

    Examples
    --------
    >>> import numpy as np
    >>> from convoracle.impl import scattering2d
    >>> scattering2d(np.ones((3, 32, 24)), J=2, L=4).shape
    (3, 25, 8, 6)
    """
    _check_signal("scattering2d", x, ("H", "W"))
    options: dict[str, Any] = {
        "max_order": max_order,
        "boundary": boundary,
        "paths": paths,
        "oversampling": oversampling,
    }
    plan = plan2d("scattering2d", x.shape[-2:], J=J, L=L, normalization=normalization, two_sided=two_sided, **options)
    return batched(plan, x)


def batched(plan: Plan, x: np.ndarray) -> np.ndarray:
    """Return the scattering coefficients of signals (..., *sizes) as (..., paths, *counts)."""
    lead = x.shape[: x.ndim - plan.rank]
    signals = plain(x, x.dtype.newbyteorder("=")).reshape(-1, *plan.sizes)
    return engine.transform(plan, signals).reshape(*lead, len(plan.paths), *plan.counts)


def plan1d(
    operator: str,
    n: int,
    *,
    J: Any,
    Q: Any = 1,
    T: Any = None,
    max_order: Any = 2,
    boundary: Any = "periodic",
    paths: Any = "decreasing",
    oversampling: Any = 0,
    wavelet: Any = "morlet",
    normalization: Any = "cap",
    two_sided: Any = False,
) -> Plan:
    """Check the options of `scattering1d` for signals of n samples, and return the plan; equal plans are made once."""
    J = _scales(operator, J, n=n)
    window = 2**J if T is None else _at_most(operator, "T", whole_number(operator, "T", T, 1), n=n)
    order, oversampling = _order(operator, max_order, oversampling)
    words = _words(operator, boundary=boundary, paths=paths, wavelet=wavelet, normalization=normalization)
    return _plan1d(n, J, _qualities(operator, Q), window, order, oversampling, words, _switch(operator, two_sided))


def plan2d(
    operator: str,
    sizes: Sequence[int],
    *,
    J: Any,
    L: Any = 8,
    max_order: Any = 2,
    boundary: Any = "periodic",
    paths: Any = "decreasing",
    oversampling: Any = 0,
    normalization: Any = "cap",
    two_sided: Any = False,
) -> Plan:
    """Check the options of `scattering2d` for images of sizes (H, W), and return the plan; equal plans are made once."""
    J = _scales(operator, J, H=sizes[0], W=sizes[1])
    order, oversampling = _order(operator, max_order, oversampling)
    words = _words(operator, boundary=boundary, paths=paths, normalization=normalization)
    angles = whole_number(operator, "L", L, 1)
    return _plan2d((sizes[0], sizes[1]), J, angles, order, oversampling, words, _switch(operator, two_sided))


@lru_cache(maxsize=PLANS)
def _plan1d(
    n: int, J: int, Q: tuple[int, int], T: int, order: int, oversampling: int, words: tuple[str, ...], two_sided: bool
) -> Plan:
    boundary, paths, wavelet, normalization = words
    period = _period(n, boundary)
    options: dict[str, Any] = {"J": J, "T": T, "wavelet": wavelet, "normalization": normalization}
    first = wavelet_bank(period, Q=Q[0], two_sided=two_sided, **options)
    later = first if Q[0] == Q[1] and not two_sided else wavelet_bank(period, Q=Q[1], **options)
    step = 2 ** max(0, T.bit_length() - 1 - oversampling)
    return Plan((n,), (period,), boundary, (first, later), (step,), order, oversampling, paths)


@lru_cache(maxsize=PLANS)
def _plan2d(
    sizes: tuple[int, int], J: int, L: int, order: int, oversampling: int, words: tuple[str, ...], two_sided: bool
) -> Plan:
    boundary, paths, normalization = words
    period = _period(sizes[0], boundary), _period(sizes[1], boundary)
    later = wavelet_bank2d(period, J=J, L=L, normalization=normalization)
    first = later
    if two_sided:
        first = wavelet_bank2d(period, J=J, L=L, normalization=normalization, two_sided=True)
    step = 2 ** max(0, J - oversampling)
    return Plan(sizes, period, boundary, (first, later), (step, step), order, oversampling, paths)


def _period(n: int, boundary: str) -> int:
    """Return the period of the extension of n samples."""
    return {"periodic": n, "zero": 2 * n, "symmetric": 2 * n, "reflect": 2 * n - 2}[boundary]


# ---- checks ----


def _check_signal(operator: str, x: Any, axes: Ints | tuple[str, ...]) -> None:
    if not isinstance(x, np.ndarray) or isinstance(x, np.ma.MaskedArray):
        raise TypeError(f"{operator}: x must be a numpy array, got {type(x).__name__}")
    if x.dtype.name not in DTYPES:
        raise TypeError(f"{operator}: x must have dtype {', '.join(DTYPES)}, got {x.dtype}")
    if x.ndim < len(axes):
        raise ValueError(f"{operator}: x must have axes (..., {', '.join(map(str, axes))}), got x.shape={x.shape}")


def _scales(operator: str, J: Any, **sizes: int) -> int:
    """Return J as int; raise unless ``2**J`` is at most every size."""
    scales = whole_number(operator, "J", J, 1)
    for name, size in sizes.items():
        if scales >= size.bit_length():  # 2**scales > size, without forming the power
            raise ValueError(f"{operator}: 2^J must be at most {name}, got J={scales}, {name}={size}")
    return scales


def _at_most(operator: str, name: str, value: int, **sizes: int) -> int:
    for axis, size in sizes.items():
        if value > size:
            raise ValueError(f"{operator}: {name} must be at most {axis}, got {name}={value}, {axis}={size}")
    return value


def _qualities(operator: str, Q: Any) -> tuple[int, int]:
    if isinstance(Q, (tuple, list)):
        if len(Q) != 2:
            raise ValueError(f"{operator}: Q must be an integer or a pair of integers, got Q={Q!r}")
        return whole_number(operator, "Q[0]", Q[0], 1), whole_number(operator, "Q[1]", Q[1], 1)
    return (whole_number(operator, "Q", Q, 1),) * 2


def _order(operator: str, max_order: Any, oversampling: Any) -> tuple[int, int]:
    return whole_number(operator, "max_order", max_order, 0), whole_number(operator, "oversampling", oversampling, 0)


WORDS = {"boundary": BOUNDARIES, "paths": PATHS, "wavelet": WAVELETS, "normalization": NORMALIZATIONS}


def _words(operator: str, **given: Any) -> tuple[str, ...]:
    """Return the values of options that are words; raise unless each is one of those there are."""
    for name, word in given.items():
        if not isinstance(word, str):
            raise TypeError(f"{operator}: {name} must be a string, got {name}={word!r}")
        if word not in WORDS[name]:
            raise ValueError(f"{operator}: {name} must be one of {', '.join(WORDS[name])}, got {name}={word!r}")
    return tuple(given.values())


def _switch(operator: str, two_sided: Any) -> bool:
    if not isinstance(two_sided, (bool, np.bool_)):
        raise TypeError(f"{operator}: two_sided must be a boolean, got two_sided={two_sided!r}")
    return bool(two_sided)
