"""How the energy of wavelets is kept at most ``1 - |phi|**2``, and the frame bound at most 1 in exact arithmetic.

Spectra are real arrays whose last axes are the bins; the energy of a bin is what a real signal has there,
``1/2 sum(psi(w)**2 + psi(-w)**2)``.
"""

from __future__ import annotations

import numpy as np

UNIT = float(np.finfo(np.float64).eps) / 2  # unit roundoff of the stored spectra


def mirrored(spectra: np.ndarray, rank: int) -> np.ndarray:
    """Return the spectra at the negative of every frequency, the last `rank` axes being those of the bins."""
    axes = tuple(range(-rank, 0))
    return np.roll(np.flip(spectra, axes), 1, axes)


def energy(psi: np.ndarray, rank: int) -> np.ndarray:
    """Return ``1/2 sum(psi(w)**2 + psi(-w)**2)`` over the filters, with few roundings: the sum is a balanced tree."""
    squares = psi**2
    terms = squares + mirrored(squares, rank)
    while len(terms) > 1:
        half = len(terms) // 2
        terms = np.concatenate([terms[:half] + terms[half : 2 * half], terms[2 * half :]])
    return 0.5 * terms[0] if len(terms) else np.zeros(psi.shape[1:])


def levelled(raw: np.ndarray, room: np.ndarray, normalization: str) -> np.ndarray:
    """Return the filters with their energy brought to the room there is, or below it.

    Parameters
    ----------
    raw : ndarray of shape (count, *period)
    room : ndarray of shape period
        ``1 - phi**2``, accurate also where it is small.
    normalization : {"cap", "tight", "scalar"}
        Bin by bin at most the room, bin by bin equal to it, or at most by one factor for all bins and filters.
    """
    present = energy(raw, room.ndim)
    share = np.divide(room, present, out=np.ones_like(room), where=present > 0)
    if normalization == "tight":
        return raw * np.sqrt(share)
    if normalization == "cap":
        return raw * np.minimum(1, np.sqrt(share))
    return raw * min(1.0, float(np.sqrt(share.flat[1:].min(initial=1))))


def both_signs(psi: np.ndarray, rank: int) -> np.ndarray:
    """Return the filters, then their mirror images, all with half the energy."""
    return np.concatenate([psi, mirrored(psi, rank)]) / np.sqrt(2)


def contracted(phi: np.ndarray, psi: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the spectra scaled down so that ``phi**2 + energy(psi) <= 1`` on every bin, in exact arithmetic.

    The computed sum F has m = ceil(log2 count) + 3 roundings on the way of any term: a square, its mirror image, the tree,
    and phi. Root, quotient, product with ``1 - k u`` and the product with a filter add one each, squared 8 in all. So the
    exact sum is at most ``(1 + u)**8 (1 - u)**-m (1 - k u)**2``, and that is below 1 if ``2 k >= m + 9``. Bins without
    wavelets keep phi.
    """
    present = energy(psi, phi.ndim)
    roundings = max(1, len(psi)).bit_length() + 3
    least = 1 - (roundings + 10) / 2 * UNIT
    scale = np.where(present > 0, least / np.sqrt(np.maximum(1, phi**2 + present)), 1)
    return phi * scale, psi * scale
