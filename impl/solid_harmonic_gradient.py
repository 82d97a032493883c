"""The gradient of solid harmonic scattering: every step of the transform transposed, in reverse."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from convoracle.impl.arguments import check_equal, float_dtype
from convoracle.impl.compiled import plain
from convoracle.impl.solid_harmonic import (
    POWERS,
    VOLUME,
    Path,
    Wavelets,
    check_volumes,
    checked_options,
    forward,
    paths_of,
    scaled,
    widths_of,
)

SLOPES: dict[float, Callable[[np.ndarray], np.ndarray]] = {
    0.5: lambda u: 0.5 / np.sqrt(u),
    1: np.ones_like,
    2: lambda u: 2 * u,
}
"""The derivatives of the powers of a modulus above 0."""


def scattering3d_gradient(
    dy: np.ndarray,
    x: np.ndarray,
    *,
    J: int,
    L: int = 3,
    sigma: float = 1.0,
    max_order: int = 2,
    powers: tuple[float, ...] = POWERS,
) -> np.ndarray:
    """Gradient of `scattering3d`: for a loss with gradient dy with respect to the integrals of x, its gradient by x.

        dU**p = p U**(p - 1) sum over m of (V[m] / U) dV[m], and 0 where U is 0

    for the modulus U over all orders of V (seed M, row M-inv). So the gradient is finite everywhere: 0 is a subgradient of a
    positive power where a modulus vanishes. The power 1/2 has no derivative there, and one that grows without bound nearby.

    Parameters
    ----------
    dy : ndarray of shape (..., paths, powers), that of ``scattering3d(x)``
        float32 or float64, with any strides.
    x : ndarray of shape (..., D, H, W)
        float32 or float64, with any strides. No size is 0.
    J, L, sigma, max_order, powers
        As for `scattering3d`.

    Returns
    -------
    ndarray of the shape of x
        Of dtype ``np.result_type(dy, x)``.

    Raises
    ------
    TypeError
        An operand is no array of a legal dtype, or an option is not of its kind.
    ValueError
        dy has not the shape of the integrals, x has less than 3 axes or an empty one, or an option is out of range.

    Examples
    --------
    >>> import numpy as np
    >>> from convoracle.impl import scattering3d_gradient
    >>> dy = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    >>> scattering3d_gradient(dy, np.full((1, 1, 2), 2.0), J=1, L=1, powers=(1, 2)).round(12).tolist()
    [[[28.0, 28.0]]]
    """
    dtype = float_dtype("scattering3d_gradient", dy=dy, x=x)
    options = checked_options("scattering3d_gradient", J, L, sigma, max_order, powers)
    return batched("scattering3d_gradient", options, dy, x, dtype)


def batched(
    operator: str,
    options: tuple[int, int, float, int, tuple[float, ...]],
    dy: np.ndarray,
    x: np.ndarray,
    dtype: np.dtype,
) -> np.ndarray:
    """Return the gradient (..., D, H, W) of volumes, of their integrals' gradient (..., paths, powers)."""
    J, L, sigma, max_order, powers = options
    check_volumes(operator, x)
    paths = paths_of(J, L, max_order)
    wanted = (*x.shape[:-3], len(paths), len(powers))
    check_equal(operator, "dy.shape", dy.shape, "the shape of the integrals", wanted)
    rows = plain(dy, dtype).reshape(-1, *wanted[-2:])
    with np.errstate(all="ignore"):  # NaN, infinities and overflow are answers here
        volumes, exponents = scaled(plain(x, dtype).reshape(-1, *x.shape[-3:]))
        factors = exponents[:, None, None] // 2 * [int(2 * power) - 2 for power in powers]
        backward = Backward(volumes, np.ldexp(rows, factors), {path: row for row, path in enumerate(paths)}, powers)
        return backward.gradient(L, widths_of(J, sigma), max_order).reshape(x.shape)


@dataclass(frozen=True)
class Backward:
    """Volumes, and what is handed back to the integrals of all their paths.

    Attributes
    ----------
    volumes : ndarray of shape (items, D, H, W)
    dy : ndarray of shape (items, paths, powers)
    rows : dict of Path to int
    powers : tuple of float
    """

    volumes: np.ndarray
    dy: np.ndarray
    rows: dict[Path, int]
    powers: tuple[float, ...]

    def gradient(self, largest: int, widths: Sequence[float], max_order: int) -> np.ndarray:
        """Return the gradient by the volumes, with wavelets of all degrees up to the largest."""
        total = np.sign(self.volumes) * self._through_powers((), np.abs(self.volumes))
        if not max_order:
            return total
        spectra = forward(self.volumes)
        back = np.zeros_like(spectra)
        for degree in range(largest + 1):
            wavelets = Wavelets.of(degree, widths, self.volumes.shape[1:], self.volumes.dtype)
            for first in range(len(widths)):
                later = range(first + 1, len(widths)) if max_order == 2 else range(0)
                back += self._through_first(wavelets, degree, spectra, first, later)
        return total + self._returned(back)

    def _through_first(
        self, wavelets: Wavelets, degree: int, spectra: np.ndarray, first: int, later: Sequence[int]
    ) -> np.ndarray:
        """Return the spectra of what a path of one wavelet hands back, and all paths that continue it."""
        parts = list(wavelets.parts(spectra, first))
        modulus = _modulus(parts)
        handed = self._through_powers((first, degree), modulus)
        if later:
            again = forward(modulus)
            back = (self._through_second(wavelets, degree, again, first, second) for second in later)
            handed += self._returned(sum(back, np.zeros_like(again)))
        return wavelets.transposed(_turned(parts, modulus, handed), first)

    def _through_second(
        self, wavelets: Wavelets, degree: int, spectra: np.ndarray, first: int, second: int
    ) -> np.ndarray:
        """Return the spectra of what a path of two wavelets hands back to the modulus of the first."""
        parts = list(wavelets.parts(spectra, second))
        modulus = _modulus(parts)
        handed = self._through_powers((first, second, degree), modulus)
        return wavelets.transposed(_turned(parts, modulus, handed), second)

    def _through_powers(self, path: Path, modulus: np.ndarray) -> np.ndarray:
        """Return what the integrals of all powers of a modulus hand back to it."""
        dy = self.dy[:, self.rows[path], :, None, None, None]
        slopes = (SLOPES[power](modulus) * dy[:, column] for column, power in enumerate(self.powers))
        return np.where(modulus == 0, modulus, sum(slopes))

    def _returned(self, spectra: np.ndarray) -> np.ndarray:
        from scipy import fft

        return fft.irfftn(spectra, self.volumes.shape[1:], axes=VOLUME)


def _modulus(parts: Iterable[np.ndarray]) -> np.ndarray:
    """Return the square root of the sum of the squares of volumes."""
    return np.sqrt(sum(part * part for part in parts))


def _turned(parts: Iterable[np.ndarray], modulus: np.ndarray, handed: np.ndarray) -> Iterable[np.ndarray]:
    """Yield what a modulus hands back to each of the volumes of which it is the modulus: nothing where it is 0."""
    for part in parts:
        yield np.divide(part, modulus, out=np.zeros_like(part), where=modulus != 0) * handed
