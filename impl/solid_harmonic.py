"""Solid harmonic scattering of volumes: moduli of wavelet transforms over all orders of a degree, integrated.

A solid harmonic wavelet is a Gaussian times a homogeneous harmonic polynomial, in space as in frequency. The real polynomials of
a degree l are used, ``2 l + 1`` of them, whose squares add up to ``|w|**(2 l)``. Each is even or odd in each coordinate. On an
even axis the highest frequency is both pi and -pi; a spectrum has there the mean of its values at both, 0 where it is odd.

Nothing is kept between calls: to compute the polynomials takes a few percent of the time of the transforms.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from convoracle.impl.arguments import SPATIAL, check_at_least, float_dtype, real_number, whole_number
from convoracle.impl.compiled import Ints, plain

LARGEST_DEGREE = 4
LEAST_WIDTH, LARGEST_WIDTH = 0.25, 2.0**200
"""Beyond the largest width wavelets of any volume are 0, but for frequency zero."""
POWERS = (0.5, 1, 2)
VOLUME = (-3, -2, -1)
PHASES = (1, -1j, -1, 1j)
"""Powers of -i: of an odd degree a real wavelet has an imaginary spectrum."""


# ---- wavelets ----


@dataclass(frozen=True)
class Grid:
    """The frequencies of a real volume in radians per sample: those of the last axis are not negative.

    Attributes
    ----------
    sizes : tuple of three int
    coordinates : tuple of three ndarray, float64
        Of shapes (D, 1, 1), (1, H, 1) and (1, 1, W // 2 + 1).
    """

    sizes: Ints
    coordinates: tuple[np.ndarray, ...]

    @staticmethod
    def of(sizes: Ints) -> Grid:
        """Return the frequencies of volumes of some sizes."""
        depth, height, width = sizes
        steps = np.fft.fftfreq(depth), np.fft.fftfreq(height), np.fft.rfftfreq(width)
        return Grid(sizes, tuple(2 * np.pi * axis for axis in np.ix_(*steps)))

    @property
    def square(self) -> np.ndarray:
        """The squared modulus of every frequency."""
        x, y, z = self.coordinates
        return x * x + y * y + z * z

    def without_odd_ends(self, values: np.ndarray, odd: Sequence[int]) -> np.ndarray:
        """Return values that are 0 at the highest frequency of every even axis in which they are odd; `values` is written to."""
        for axis, (size, is_odd) in enumerate(zip(self.sizes, odd, strict=True)):
            if is_odd and size % 2 == 0:
                np.moveaxis(values, axis, 0)[size // 2] = 0
        return values


def harmonics(degree: int, grid: Grid) -> Iterator[np.ndarray]:
    """Yield the 2 degree + 1 real solid harmonics of a degree; their squares add up to ``|w|**(2 degree)``."""
    x, y, z = grid.coordinates
    for order in range(degree + 1):
        rising, turned = _rising(degree, order, z, grid.square), (x + 1j * y) ** order
        weight = math.sqrt(2) if order else 1.0
        yield grid.without_odd_ends(weight * rising * turned.real, (order % 2, 0, (degree - order) % 2))
        if order:
            yield grid.without_odd_ends(weight * rising * turned.imag, ((order + 1) % 2, 1, (degree - order) % 2))


def _rising(degree: int, order: int, z: np.ndarray, square: np.ndarray) -> np.ndarray:
    """Return what ``(x + i y)**order`` is multiplied by, from lower degrees to higher ones.

    ``sqrt((l + 1)**2 - m**2) p_{l+1} = (2 l + 1) z p_l - sqrt(l**2 - m**2) |w|**2 p_{l-1}``
    """
    first = math.prod(math.sqrt(1 - 1 / (2 * m)) for m in range(1, order + 1))
    before, here = np.zeros_like(square), np.full_like(square, first)
    for l in range(order, degree):  # noqa: E741
        above = (2 * l + 1) * z * here - math.sqrt(l * l - order * order) * square * before
        before, here = here, above / math.sqrt((l + 1) ** 2 - order * order)
    return here


def level(degree: int) -> float:
    """Return the factor with which the modulus over all orders of a degree integrates to 1."""
    odd_or_even = math.prod(range(degree + 1, 0, -2))
    return math.sqrt(math.pi / 2) / odd_or_even if degree % 2 else 1 / odd_or_even


def window(degree: int, width: float, grid: Grid) -> np.ndarray:
    """Return what the harmonics of a degree are multiplied by, but for its phase; 0 at frequency zero, where they are, too."""
    axes = [np.exp(-((width * axis) ** 2) / 2) for axis in grid.coordinates]
    found = level(degree) * width**degree * (axes[0] * axes[1] * axes[2])
    if degree:
        found[0, 0, 0] = 0  # the factor alone may be too large for float32
    return found


# ---- transforms ----


def forward(volumes: np.ndarray) -> np.ndarray:
    """Return the spectra of real volumes."""
    from scipy import fft

    return fft.rfftn(volumes, axes=VOLUME)


@dataclass(frozen=True)
class Wavelets:
    """The wavelets of one degree at several widths, in frequency and in the dtype of the volumes."""

    sizes: Ints
    phase: complex
    windows: list[np.ndarray]
    polynomials: list[np.ndarray]

    @staticmethod
    def of(degree: int, widths: Sequence[float], sizes: Ints, dtype: np.dtype) -> Wavelets:
        """Compute the wavelets of a degree."""
        grid = Grid.of(sizes)
        windows = [window(degree, width, grid).astype(dtype) for width in widths]
        return Wavelets(sizes, PHASES[degree % 4], windows, [p.astype(dtype) for p in harmonics(degree, grid)])

    def parts(self, spectra: np.ndarray, scale: int) -> Iterator[np.ndarray]:
        """Yield the convolutions with all wavelets of one width, from the spectra of volumes."""
        from scipy import fft

        passed = spectra * self.windows[scale] * self.phase
        for polynomial in self.polynomials:
            yield fft.irfftn(passed * polynomial, self.sizes, axes=VOLUME)

    def modulus(self, spectra: np.ndarray, scale: int) -> np.ndarray:
        """Return the square root of the sum of the squares of all convolutions of one width."""
        total = np.zeros((len(spectra), *self.sizes), self.windows[scale].dtype)
        for filtered in self.parts(spectra, scale):
            total += filtered * filtered
        return np.sqrt(total, out=total)

    def transposed(self, parts: Iterable[np.ndarray], scale: int) -> np.ndarray:
        """Return the spectra of the sums of volumes, one per wavelet of one width, convolved with these wavelets reversed."""
        spectra = (forward(part) * polynomial for part, polynomial in zip(parts, self.polynomials, strict=True))
        return sum(spectra) * self.windows[scale] * np.conj(self.phase)


# ---- paths ----

Path = tuple[int, ...]
"""The scales of the wavelets and their degree; nothing for the volume itself."""


def paths_of(J: int, L: int, max_order: int) -> list[Path]:
    """Return the paths in the order of the rows: by scales, then by degree."""
    scales = [((j,) for j in range(J)), combinations(range(J), 2)][:max_order]
    return [(), *((*path, degree) for paths in scales for path in paths for degree in range(L + 1))]


def widths_of(J: int, sigma: float) -> list[float]:
    """Return the widths of the wavelets, none above the largest that matters."""
    return [min(sigma * 2.0 ** min(j, 400), LARGEST_WIDTH) for j in range(J)]


def _moduli(volumes: np.ndarray, J: int, L: int, sigma: float, max_order: int) -> Iterator[tuple[Path, np.ndarray]]:
    """Yield every path with its modulus, degree by degree: wavelets of different degrees do not follow one another."""
    yield (), np.abs(volumes)
    spectra, widths = forward(volumes), widths_of(J, sigma)
    for degree in range(L + 1) if max_order else ():
        wavelets = Wavelets.of(degree, widths, volumes.shape[1:], volumes.dtype)
        for first in range(J):
            modulus = wavelets.modulus(spectra, first)
            yield (first, degree), modulus
            later = range(first + 1, J) if max_order == 2 else ()
            again = forward(modulus) if later else modulus
            for second in later:
                yield (first, second, degree), wavelets.modulus(again, second)


def _integrals(modulus: np.ndarray, powers: Sequence[float]) -> np.ndarray:
    """Return the integral of every power, of shape (items, powers)."""
    raised: dict[float, Callable[[np.ndarray], np.ndarray]] = {0.5: np.sqrt, 1: np.asarray, 2: np.square}
    return np.stack([raised[power](modulus).sum(axis=VOLUME) for power in powers], axis=-1)


def scaled(volumes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return volumes divided by an even power of 2, so that no square overflows or all vanish; and its exponents."""
    exponents = np.frexp(np.abs(volumes).max(axis=VOLUME))[1]
    exponents += exponents % 2
    return np.ldexp(volumes, -exponents[:, None, None, None]), exponents


def checked_options(
    operator: str, J: Any, L: Any, sigma: Any, max_order: Any, powers: Any
) -> tuple[int, int, float, int, tuple[float, ...]]:
    """Check the options of `scattering3d` and return them."""
    scales, degree = whole_number(operator, "J", J, 1), _at_most(operator, "L", L, LARGEST_DEGREE)
    width = real_number(operator, "sigma", sigma, np.dtype(np.float64), LEAST_WIDTH)
    return scales, degree, width, _at_most(operator, "max_order", max_order, 2), _checked_powers(operator, powers)


def check_volumes(operator: str, x: np.ndarray) -> None:
    """Raise ValueError unless the last three axes of an array are those of volumes."""
    if x.ndim < 3:
        raise ValueError(f"{operator}: x must have at least 3 axes (..., D, H, W), got x.shape={x.shape}")
    check_at_least(operator, 1, **dict(zip(SPATIAL[3], x.shape[-3:], strict=True)))


def _checked_powers(operator: str, powers: Any) -> tuple[float, ...]:
    if not isinstance(powers, (tuple, list)):
        raise TypeError(f"{operator}: powers must be a tuple, got powers={powers!r}")
    if not powers or tuple(powers) != tuple(power for power in POWERS if power in powers):
        raise ValueError(f"{operator}: powers must be some of {POWERS} in rising order, got powers={powers!r}")
    return tuple(powers)


def _at_most(operator: str, name: str, value: Any, most: int) -> int:
    number = whole_number(operator, name, value, 0)
    if number > most:
        raise ValueError(f"{operator}: {name} must be at most {most}, got {name}={number}")
    return number


def scattering3d(
    x: np.ndarray,
    *,
    J: int,
    L: int = 3,
    sigma: float = 1.0,
    max_order: int = 2,
    powers: tuple[float, ...] = POWERS,
) -> np.ndarray:
    """Integrals of powers of solid harmonic wavelet moduli: numbers that no shift or turn of a periodic volume changes.

        U[j, l] = (sum over m of |x * psi[j, l, m]|**2)**(1/2),    psi[j, l, m] of width w = 2**j sigma and the spectrum
        c_l (-i w)**l R_lm(omega) exp(-w**2 |omega|**2 / 2)

    with the 2 l + 1 solid harmonics R_lm of degree l, and c_l such that the modulus of the wavelets of a degree integrates to 1.
    A second order takes ``U[j1, l]`` in the place of x, at wider wavelets of the same degree. Integrals are sums over the volume
    (Eickenberg, Exarchakis, Hirn & Mallat 2017, sections 3 and 4; seed M, row M16).

    Parameters
    ----------
    x : ndarray of shape (..., D, H, W)
        Volumes, periodic; float32 or float64, with any strides. No size is 0.
    J : int
        At least 1: widths are ``sigma, 2 sigma .. 2**(J - 1) sigma``.
    L : int
        The largest degree, 0 to 4.
    sigma : float
        The least width in samples, at least 1/4.
    max_order : int, 2, 1 or 0
        The largest number of moduli on a path.
    powers : tuple of float
        Some of 1/2, 1 and 2, in rising order.

    Returns
    -------
    ndarray of shape (..., paths, powers), of the dtype of x
        Paths are the volume itself; ``(j, l)``, for each scale its degrees; ``(j1, j2, l)`` with ``j1 < j2``, for each pair of
        scales its degrees: ``1 + J (L + 1) + J (J - 1) / 2 (L + 1)`` in all.

    Raises
    ------
    TypeError
        x is no array of a legal dtype, or an option not of its kind.
    ValueError
        x has less than 3 axes or an empty one, or an option is out of range.

    Examples
    --------
    >>> import numpy as np
    >>> from convoracle.impl import scattering3d
    >>> scattering3d(np.full((1, 1, 2), 2.0), J=1, L=1, powers=(1, 2)).tolist()
    [[4.0, 8.0], [4.0, 8.0], [0.0, 0.0]]
    """
    dtype = float_dtype("scattering3d", x=x)
    scales, degree, width, order, columns = checked_options("scattering3d", J, L, sigma, max_order, powers)
    check_volumes("scattering3d", x)
    rows = {path: row for row, path in enumerate(paths_of(scales, degree, order))}
    with np.errstate(all="ignore"):  # NaN, infinities and overflow are answers here
        volumes, exponents = scaled(plain(x, dtype).reshape(-1, *x.shape[-3:]))
        found = np.empty((len(volumes), len(rows), len(columns)), dtype)
        for path, modulus in _moduli(volumes, scales, degree, width, order):
            found[:, rows[path]] = _integrals(modulus, columns)
        doubled = [int(2 * power) for power in columns]
        found = np.ldexp(found, exponents[:, None, None] // 2 * doubled)
    return found.reshape(*x.shape[:-3], len(rows), len(columns))
