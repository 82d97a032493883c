"""How much the rate at which a scattering is computed matters, at most: a bound on the aliases, from the spectra of the filters.

On a period of P samples the sum ``d sum_j u[d j] h[t - d j]`` differs from the convolution ``(u * h)[t]`` by
``(1/P) sum_g u^(g) (sum over k != 0 of h^(g + k P/d) e^(..))``, so by at most ``(1/P) sum |u^| A``, with A(g) the sum of the
moduli of the aliases of h. Of ``u = |z * psi|`` little is known but that neighbours are close: whatever the frequency g0, a
modulus is blind to the phase ``e^(2 pi i g0 t / P)``, so

    (1/P) sum_g w(g)^2 |u^(g)|^2 = sum_t |u(t+1) - u(t)|^2 <= kappa^2 ||z||^2,  w(g) = 2 |sin(pi g / P)|,
    kappa = max over g of |psi^(g)| w(g - g0),

with a sum over the axes where there are several. By the inequality of Cauchy and Schwarz the difference is at most

    P^(-1/2) (||u|| A(0) + kappa ||z|| (sum over g != 0 of (A(g) / w(g))^2)^(1/2)).

A second modulus is computed from a first that is sampled, and is off by as much as that convolution; its average is off by that
times the sum of the moduli of the average's taps, and by its own aliases.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod, sqrt

import numpy as np

from .complex_balls import Balls
from .configuration import Configuration
from .harmonic import planned
from .scattering_paths import CASCADES, Path, rows_of

ROUNDUP = 1 + 2.0**-30
"""Covers the rounding of these bounds themselves: sums of far fewer than 2**20 floats."""

Period = tuple[int, ...]


@dataclass(frozen=True)
class Spectra:
    """What the bound takes from the plan of a call: moduli of spectra and taps, rates per wavelet and axis, the period."""

    period: Period
    phi: np.ndarray
    taps: np.ndarray
    first: np.ndarray
    second: np.ndarray
    rates: tuple[np.ndarray, np.ndarray]


def alias_bounds(configuration: Configuration) -> np.ndarray:
    """Return by how much every row may differ from that at full rate, at common positions, relative to ``||z||``.

    Here z is the signal on the period of its boundary.

    Returns
    -------
    ndarray of shape (paths,)
    """
    spectra = _spectra(configuration)
    bounds = np.zeros(configuration.output_shape[1])
    for path, row in rows_of(configuration).items():
        if path:
            bounds[row] = _difference(spectra, path) * ROUNDUP
    return bounds


def _spectra(configuration: Configuration) -> Spectra:
    numbers, integers = planned(configuration)
    period = tuple(configuration.values[p.name] for p in CASCADES[configuration.record].periods)

    def moduli(name: str) -> np.ndarray:
        return _upper(numbers[name]).reshape(-1, *period)

    first, second = _rates(configuration, integers)
    return Spectra(
        period, moduli("phi_hat")[0], moduli("phi")[0], moduli("psi_1_hat"), moduli("psi_2_hat"), (first, second)
    )


def _upper(balls: Balls) -> np.ndarray:
    return np.array([float(abs(z).abs_upper()) for z in balls.values])


def _rates(configuration: Configuration, integers: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Return the rates of signals after a wavelet of the first order, and of one of the second by itself: (wavelets, axes)."""
    if len(configuration.shapes["x"]) > 2:
        both = np.stack([integers["r_1"], integers["r_2"]], -1)
        return both, both
    return integers["r_1"][:, None], integers["r_2"][:, None]


def _difference(spectra: Spectra, path: Path) -> float:
    """Return the bound for one path."""
    psi, rate = spectra.first[path[0]], spectra.rates[0][path[0]]
    loud, near = psi.max(), kappa(psi)
    if len(path) == 1:
        return leaked(loud, near, aliases(spectra.phi, rate))
    later = spectra.second[path[1]]
    off = leaked(loud, near, aliases(later, rate))
    rate = np.maximum(rate, spectra.rates[1][path[1]])
    own = leaked(loud * later.max(), loud * kappa(later), aliases(spectra.phi, rate))
    return off * averaging_mass(spectra.taps, rate) + own


def aliases(spectrum: np.ndarray, rate: Sequence[int]) -> np.ndarray:
    """Return the sum of the moduli of all aliases of every bin but itself."""
    total = np.zeros_like(spectrum)
    for k in np.ndindex(*rate):
        shift = tuple(-j * p // d for j, p, d in zip(k, spectrum.shape, rate, strict=True))
        total += np.roll(spectrum, shift, tuple(range(spectrum.ndim)))
    return total - spectrum


def distance(period: Period) -> np.ndarray:
    """Return w on all bins: how far ``e^(2 pi i g / P)`` is from 1, over all axes."""
    squares = (4 * np.sin(np.pi * np.arange(p) / p) ** 2 for p in period)
    return np.sqrt(sum(np.meshgrid(*squares, indexing="ij")))


def kappa(psi: np.ndarray) -> float:
    """Return the least over all frequencies g0 of ``max |psi^(g)| w(g - g0)``."""
    w, axes = distance(psi.shape), tuple(range(psi.ndim))
    return min(float((psi * np.roll(w, g, axes)).max()) for g in np.ndindex(psi.shape))


def leaked(norm: float, near: float, alias: np.ndarray) -> float:
    """Return the bound on the difference, for u of that norm and kappa, relative to ``||z||``."""
    w = distance(alias.shape).ravel()
    rest = np.linalg.norm(alias.ravel()[1:] / w[1:]) if w.size > 1 else 0.0
    return float(norm * alias.flat[0] + near * rest) / sqrt(alias.size)


def averaging_mass(taps: np.ndarray, rate: Sequence[int]) -> float:
    """Return the largest ``d sum_j |phi[t - d j]|`` over t."""
    axes: list[int] = []
    for p, d in zip(taps.shape, rate, strict=True):
        axes += [p // d, int(d)]
    return prod(map(int, rate)) * float(taps.reshape(axes).sum(axis=tuple(range(0, len(axes), 2))).max())
