"""How a plan of scattering is carried out: transforms by ``scipy.fft``, path by path, depth first."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from convoracle.impl.compiled import Ints
from convoracle.impl.scattering_plan import Path, Plan, fold


def scaled(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return signals divided by powers of 2 that bring them near 1, and these: then no square overflows or vanishes."""
    dtype = x.real.dtype
    largest = np.abs(x.view(dtype)).reshape(len(x), -1).max(1).reshape(-1, *[1] * (x.ndim - 1))
    exponents = np.frexp(largest)[1] - 1
    halves = exponents // 2, exponents - exponents // 2  # one power might overflow
    near_one = x * np.ldexp(dtype.type(1), -halves[0]) * np.ldexp(dtype.type(1), -halves[1])
    return near_one, np.ldexp(dtype.type(1), exponents)[..., None]


def extended(plan: Plan, x: np.ndarray) -> np.ndarray:
    """Return signals (batch, *sizes) continued to one period of their extension, (batch, *period)."""
    for axis, (n, p) in enumerate(zip(plan.sizes, plan.period, strict=True), 1):
        beyond: dict[str, Any] = {
            "periodic": slice(0, 0),
            "zero": slice(None),
            "symmetric": slice(None, None, -1),
            "reflect": slice(n - 2, 0, -1),
        }
        more = np.take(x, np.arange(n)[beyond[plan.boundary]], axis)
        x = np.concatenate([x, np.zeros_like(more) if plan.boundary == "zero" else more], axis)
        assert x.shape[axis] == p
    return x


def spectrum(plan: Plan, signal: np.ndarray) -> np.ndarray:
    """Return the discrete Fourier transform over the spatial axes, in the precision of the signal."""
    from scipy import fft

    return fft.fftn(signal, axes=_axes(plan))


def convolved(plan: Plan, found: np.ndarray, path: Path) -> np.ndarray:
    """Return the convolution with the last wavelet of a path of a signal given by its spectrum on the parent's grid."""
    from scipy import fft

    coarse = plan.paths[path.parent].rates
    products = found * plan.wavelet(path, coarse, found.real.dtype)
    return fft.ifftn(_sampled(products, coarse, path.rates), axes=_axes(plan), overwrite_x=True)


def averaged(plan: Plan, found: np.ndarray, rates: Ints, real: bool) -> np.ndarray:
    """Return the average, at the output samples, of a signal given by its spectrum with `rates` between samples."""
    from scipy import fft

    products = _sampled(found * plan.average(rates, found.real.dtype), rates, plan.grid)
    every = tuple(slice(0, n, s // g) for n, s, g in zip(_within(plan), plan.step, plan.grid, strict=True))
    signal = fft.ifftn(products, axes=_axes(plan), overwrite_x=True)[(..., *every)]
    return signal.real if real else signal


def _within(plan: Plan) -> Ints:
    """Return how many samples of the output's grid lie within the signal, per axis."""
    return tuple(-(-n // g) for n, g in zip(plan.sizes, plan.grid, strict=True))


def _sampled(products: np.ndarray, rates: Ints, coarser: Ints) -> np.ndarray:
    """Return the spectrum of samples `coarser` apart, from that of samples `rates` apart."""
    factors = tuple(b // a for a, b in zip(rates, coarser, strict=True))
    return (
        products if math.prod(factors) == 1 else fold(products, factors) / products.real.dtype.type(math.prod(factors))
    )


def _axes(plan: Plan) -> Ints:
    return tuple(range(-plan.rank, 0))


@np.errstate(all="ignore")  # NaN and infinities are answers here, as in the kernels
def transform(plan: Plan, x: np.ndarray) -> np.ndarray:
    """Return the scattering coefficients of signals (batch, *sizes) as (batch, paths, *counts), in their dtype."""
    out = np.empty((len(x), len(plan.paths), *plan.counts), x.dtype)
    if x.size:
        _descend(plan, plan.paths[0], extended(plan, x), out)
    return out


def _descend(plan: Plan, path: Path, signal: np.ndarray, out: np.ndarray) -> None:
    """Write the averages of a signal, the modulus at the end of `path`, and of all paths that continue it."""
    found = spectrum(plan, signal)
    out[:, path.row] = averaged(plan, found, path.rates, real=signal.dtype.kind == "f")
    for longer in plan.children[path.row]:
        _descend(plan, longer, np.abs(convolved(plan, found, longer)), out)


@np.errstate(all="ignore")  # NaN and infinities are answers here, as in the kernels
def moduli(plan: Plan, x: np.ndarray) -> list[np.ndarray]:
    """Return for every row the signal before its average: x as extended, then moduli (batch, *period / rates)."""
    found = [extended(plan, x)]
    spectra: dict[int, np.ndarray] = {}
    for path in plan.paths[1:]:
        if path.parent not in spectra:
            spectra = {path.parent: spectrum(plan, found[path.parent])}
        found.append(np.abs(convolved(plan, spectra[path.parent], path)))
    return found
