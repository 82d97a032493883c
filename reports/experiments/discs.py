"""Scattering discs: coefficients on sectors of the frequency plane (Bruna & Mallat 2013, section 2.3)."""

import numpy as np


def disc(coefficients: np.ndarray, octaves: np.ndarray, angles: np.ndarray, J: int, L: int, side: int) -> np.ndarray:
    """Return coefficients of one order on a disc, high frequencies outside, the average's place in the middle left free.

    The first wavelet of a path is a sector: its octave j the ring between the radii ``2**(-j/2)`` and ``2**(-(j+1)/2)``, of an
    area in proportion to that of its frequencies; its angle a direction and the opposite one. For paths of two wavelets the ring
    is divided by the octave of the second, low frequencies inside, and these parts by its angle, parallel wavelets in the middle.

    Parameters
    ----------
    coefficients : ndarray of shape (paths,)
    octaves, angles : ndarray of int of shape (paths, order)
        Of the wavelets of every path; order is 1 or 2, octaves rise.
    J, L : int
        Octaves, and angles in half a turn.
    side : int
        Pixels of a side.

    Returns
    -------
    ndarray of shape (side, side)
        NaN where there is no path.
    """
    radius, turn = _polar(side)
    ring = np.floor(-2 * np.log2(radius)).astype(int)
    sector, beside = np.divmod(turn * L + 0.5, 1)
    inside, ring, sector = (ring >= 0) & (ring < J), np.clip(ring, 0, J - 1), sector.astype(int) % L
    if octaves.shape[1] == 1:
        table = np.full((J, L), np.nan)
        table[octaves[:, 0], angles[:, 0]] = coefficients
        return np.where(inside, table[ring, sector], np.nan)
    table = np.full((J, L, J + 1, L), np.nan)
    table[octaves[:, 0], angles[:, 0], octaves[:, 1], angles[:, 1]] = coefficients
    inwards = (1 - radius * 2 ** (ring / 2)) / (1 - 2**-0.5)
    later = ring + 1 + np.floor(np.clip(inwards, 0, 1) * (J - 1 - ring)).astype(int)
    twist = (sector + np.floor(beside * L).astype(int) - L // 2) % L
    return np.where(inside, table[ring, sector, np.minimum(later, J), twist], np.nan)


def _polar(side: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the radius of every pixel, 1 at the border, and its angle in half turns in [0, 1), from the columns' axis."""
    place = (np.arange(side) + 0.5) * 2 / side - 1
    rows, columns = np.meshgrid(place, place, indexing="ij")
    return np.maximum(np.hypot(rows, columns), 1 / side), np.arctan2(rows, columns) / np.pi % 1
