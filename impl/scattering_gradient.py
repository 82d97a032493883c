"""Gradients of the scattering of real signals and images: every step of the transform transposed, in reverse."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from convoracle.impl import scattering_engine as engine
from convoracle.impl.arguments import check_equal, float_dtype
from convoracle.impl.compiled import Ints, plain
from convoracle.impl.modulus import modulus_gradient
from convoracle.impl.scattering import plan1d, plan2d
from convoracle.impl.scattering_plan import Path, Plan


def scattering1d_gradient(
    dy: np.ndarray,
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
    """Gradient of `scattering1d`: for a loss with gradient dy with respect to the coefficients of x, its gradient by x.

        d|z| = Re(conj(z / |z|) dz), and 0 where z is 0

    (seed M, row M-inv). So the gradient is finite everywhere; where a modulus vanishes it is that of one choice among many.

    Parameters
    ----------
    dy : ndarray of shape (..., paths, samples), that of ``scattering1d(x)``
        float32 or float64, with any strides.
    x : ndarray of shape (..., n)
        float32 or float64, with any strides.
    J, Q, T, max_order, boundary, paths, oversampling, wavelet, normalization, two_sided
        As for `scattering1d`.

    Returns
    -------
    ndarray of the shape of x
        Of dtype ``np.result_type(dy, x)``.

    Raises
    ------
    TypeError
        An operand is no array of a legal dtype, or an option is of the wrong kind.
    ValueError
        dy has not the shape of the coefficients, an option is out of range or unknown, or the signal is shorter than ``2**J``
        or T.

    Examples
    --------
    >>> import numpy as np
    >>> from convoracle.impl import scattering1d_gradient
    >>> dx = scattering1d_gradient(np.ones((4, 4)), np.arange(16.0), J=2)
    >>> dx.shape, round(float(dx.sum()), 9)
    ((16,), 4.0)
    """
    dtype = float_dtype("scattering1d_gradient", dy=dy, x=x)
    (n,) = _sizes("scattering1d_gradient", x, ("n",))
    plan = plan1d(
        "scattering1d_gradient",
        n,
        J=J,
        Q=Q,
        T=T,
        max_order=max_order,
        boundary=boundary,
        paths=paths,
        oversampling=oversampling,
        wavelet=wavelet,
        normalization=normalization,
        two_sided=two_sided,
    )
    return batched("scattering1d_gradient", plan, dy, x, dtype)


def scattering2d_gradient(
    dy: np.ndarray,
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
    """Gradient of `scattering2d`: for a loss with gradient dy with respect to the coefficients of x, its gradient by x.

        d|z| = Re(conj(z / |z|) dz), and 0 where z is 0

    (seed M, row M-inv). So the gradient is finite everywhere; where a modulus vanishes it is that of one choice among many.

    Parameters
    ----------
    dy : ndarray of shape (..., paths, rows, columns), that of ``scattering2d(x)``
        float32 or float64, with any strides.
    x : ndarray of shape (..., H, W)
        float32 or float64, with any strides.
    J, L, max_order, boundary, paths, oversampling, normalization, two_sided
        As for `scattering2d`.

    Returns
    -------
    ndarray of the shape of x
        Of dtype ``np.result_type(dy, x)``.

    Raises
    ------
    TypeError
        An operand is no array of a legal dtype, or an option is of the wrong kind.
    ValueError
        dy has not the shape of the coefficients, an option is out of range or unknown, or a side of the image is shorter than
        ``2**J``.

    Examples
    --------
    >>> import numpy as np
    >>> from convoracle.impl import scattering2d_gradient
    >>> scattering2d_gradient(np.ones((3, 9, 4, 6)), np.ones((3, 8, 12)), J=1).shape
    (3, 8, 12)
    """
    dtype = float_dtype("scattering2d_gradient", dy=dy, x=x)
    plan = plan2d(
        "scattering2d_gradient",
        _sizes("scattering2d_gradient", x, ("H", "W")),
        J=J,
        L=L,
        max_order=max_order,
        boundary=boundary,
        paths=paths,
        oversampling=oversampling,
        normalization=normalization,
        two_sided=two_sided,
    )
    return batched("scattering2d_gradient", plan, dy, x, dtype)


def _sizes(operator: str, x: np.ndarray, axes: Sequence[str]) -> Ints:
    if x.ndim < len(axes):
        raise ValueError(f"{operator}: x must have axes (..., {', '.join(axes)}), got x.shape={x.shape}")
    return x.shape[x.ndim - len(axes) :]


def batched(operator: str, plan: Plan, dy: np.ndarray, x: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """Return the gradient (..., *sizes) of signals, of their coefficients' gradient (..., paths, *counts)."""
    wanted = (*x.shape[: x.ndim - plan.rank], len(plan.paths), *plan.counts)
    check_equal(operator, "dy.shape", dy.shape, "the shape of the coefficients", wanted)
    signals = plain(x, dtype).reshape(-1, *plan.sizes)
    rows = plain(dy, dtype).reshape(-1, len(plan.paths), *plan.counts)
    return transposed(plan, rows, signals).reshape(x.shape)


@np.errstate(all="ignore")  # NaN and infinities are answers here, as in the kernels
def transposed(plan: Plan, dy: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Return the gradient of real signals (batch, *sizes) where that of their coefficients is (batch, paths, *counts)."""
    if not x.size:
        return np.zeros_like(x)
    near_one, _ = engine.scaled(x)  # only the directions of moduli count, and these are kept
    return _folded_back(plan, _ascend(plan, plan.paths[0], engine.extended(plan, near_one), dy))


def _ascend(plan: Plan, path: Path, signal: np.ndarray, dy: np.ndarray) -> np.ndarray:
    """Return the gradient by a signal, the modulus at the end of `path`, of its average and of all paths that continue it."""
    from scipy import fft

    total = _through_average(plan, path, dy[:, path.row])
    if plan.children[path.row]:
        found = engine.spectrum(plan, signal)
        for longer in plan.children[path.row]:
            total += _through_modulus(plan, longer, engine.convolved(plan, found, longer), dy)
    return fft.ifftn(total, axes=_axes(plan), overwrite_x=True).real


def _through_average(plan: Plan, path: Path, dy: np.ndarray) -> np.ndarray:
    """Return the spectrum of what an average hands back: samples put in their places, averaged once more."""
    from scipy import fft

    placed = np.zeros((len(dy), *(p // g for p, g in zip(plan.period, plan.grid, strict=True))), dy.dtype)
    apart = (s // g for s, g in zip(plan.step, plan.grid, strict=True))
    placed[(slice(None), *(slice(0, m * a, a) for m, a in zip(plan.counts, apart, strict=True)))] = dy
    return _spread(plan, fft.fftn(placed, axes=_axes(plan)), plan.grid, path.rates) * plan.average(path.rates, dy.dtype)


def _through_modulus(plan: Plan, path: Path, values: np.ndarray, dy: np.ndarray) -> np.ndarray:
    """Return the spectrum of what the modulus of `values`, at the end of `path`, hands back through its wavelet."""
    from scipy import fft

    turned = modulus_gradient(_ascend(plan, path, np.abs(values), dy), values)
    finer = plan.paths[path.parent].rates
    found = fft.fftn(turned, axes=_axes(plan), overwrite_x=True)
    return _spread(plan, found, path.rates, finer) * plan.wavelet(path, finer, dy.dtype)


def _spread(plan: Plan, found: np.ndarray, rates: Ints, finer: Ints) -> np.ndarray:
    """Return the spectrum of a signal with zeros put between its samples, which repeats that of the signal."""
    return np.tile(found, (1, *(r // f for r, f in zip(rates, finer, strict=True))))


def _folded_back(plan: Plan, signal: np.ndarray) -> np.ndarray:
    """Return the transpose of the extension: what every sample of one period hands back to the sample that it repeats."""
    for axis, n in enumerate(plan.sizes, 1):
        within, beyond = np.split(signal, [n], axis)
        if plan.boundary in ("symmetric", "reflect") and beyond.size:
            skipped = n - beyond.shape[axis]  # mirror images leave out as many samples at the end as at the start
            places: list[Any] = [slice(None)] * signal.ndim
            places[axis] = slice(skipped // 2, n - skipped // 2)
            within[tuple(places)] += np.flip(beyond, axis)
        signal = within
    return np.ascontiguousarray(signal)


def _axes(plan: Plan) -> Ints:
    return tuple(range(-plan.rank, 0))
