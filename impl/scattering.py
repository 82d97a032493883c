"""Scattering of signals and images: moduli of wavelet transforms, averaged, path by path."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from convoracle.impl.compiled import plain
from convoracle.impl.scattering_engine import transform
from convoracle.impl.scattering_lanes import lanes, suits
from convoracle.impl.scattering_options import check_signal, plan1d, plan2d
from convoracle.impl.scattering_plan import Plan

FAST_FROM = 1 << 18  # samples of moduli; below, loading the compiled kernels costs more than they save


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
    check_signal("scattering1d", x, ("n",))
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
    check_signal("scattering2d", x, ("H", "W"))
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
    return _transform(plan, signals).reshape(*lead, len(plan.paths), *plan.counts)


def _transform(plan: Plan, signals: np.ndarray) -> np.ndarray:
    if len(signals) * plan.samples >= FAST_FROM and plan.once("suits", lambda: suits(plan)):
        return lanes(plan, signals.real.dtype).transform(signals)
    return transform(plan, signals)
