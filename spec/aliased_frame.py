"""Frame bounds of stored banks whose outputs are subsampled: certified eigenvalues of the aliased frame operator (M10).

The output of a filter h_k may be read every s_k samples, each of which then counts s_k times:

    s_k ||(x * h_k)[::s_k]||^2 = (1/P) sum over v of |sum over w = v mod P/s_k of h_k(w) x^(w)|^2.

Frequencies meet only those of their own class modulo P/s, s the largest stride: the frame operator consists of blocks, one
for each class v, with a row for each of its frequencies,

    M_v[w, w'] = sum over k of conj(h_k(w)) h_k(w') where w = w' modulo P/s_k.

Over real vectors it is its own real part, whose blocks are ``(M_v[w, w'] + conj(M_-v[-w, -w']))/2``. The least and the
greatest eigenvalue of all blocks are the frame bounds.
"""

from collections.abc import Sequence

import numpy as np

from .definite import ROUNDUP, UNIT, least_eigenvalue
from .frame import FrameBounds, stacked


def subsampled_bounds(phi: np.ndarray, psi: np.ndarray, strides: Sequence[int], *, real: bool = True) -> FrameBounds:
    """Certify the frame bounds of a stored bank with subsampled outputs.

    Parameters
    ----------
    phi, psi : ndarray of shapes (*bins) and (K, *bins)
        Spectra of the average and of the wavelets.
    strides : sequence of 1 + K int
        Distances of samples, the same on every axis; all divide the largest, and that every size.
    real : bool
        Whether the signals are real.

    Returns
    -------
    FrameBounds
        The bins are the lowest frequencies of the classes where the bounds are attained.

    Raises
    ------
    ValueError
        If the strides do not fit.

    Examples
    --------
    >>> import numpy as np
    >>> bank = np.array([1.0, 0.0, 0.0]), np.array([[0.0, 2.0**0.5, 0.0]])
    >>> subsampled_bounds(*bank, (3, 3)).defect < 1e-12  # one frequency in each output: nothing to alias with
    True
    >>> half = np.array([1.0, 0.5, 0.5]), np.array([[0.0, 1.5**0.5, 0.0]])
    >>> bounds = subsampled_bounds(*half, (3, 1))  # the average mixes its three frequencies
    >>> bounds.upper > 1.5
    True
    """
    bank = stacked(phi, psi)
    coarsest = _largest_stride(bank, strides)
    classes = list(np.ndindex(*(n // coarsest for n in phi.shape)))
    blocks = [_block(bank, strides, coarsest, v, real) for v in classes]
    lower = [least_eigenvalue(block, error) for block, error in blocks]
    upper = [-least_eigenvalue(-block, error) for block, error in blocks]
    lowest, highest = int(np.argmin(lower)), int(np.argmax(upper))
    return FrameBounds(max(0.0, lower[lowest]), upper[highest], classes[lowest], classes[highest])


def _largest_stride(bank: np.ndarray, strides: Sequence[int]) -> int:
    coarsest = max(strides)
    fits = all(coarsest % s == 0 for s in strides) and all(n % coarsest == 0 for n in bank.shape[1:])
    if len(strides) != len(bank) or not fits:
        raise ValueError(
            "subsampled_bounds: each filter must have a stride that divides the largest one, and that every size, "
            f"got {len(bank)} filters of shape {bank.shape[1:]}, strides={tuple(strides)}"
        )
    return coarsest


def _block(
    bank: np.ndarray, strides: Sequence[int], coarsest: int, v: tuple[int, ...], real: bool
) -> tuple[np.ndarray, float]:
    """Return the block of a class of frequencies, and how far its rounding may move its eigenvalues."""
    dims = bank.ndim - 1
    steps = np.indices((coarsest,) * dims).reshape(dims, -1)
    places = [start + n // coarsest * step for start, n, step in zip(v, bank.shape[1:], steps, strict=True)]
    mirrors = [-place % n for place, n in zip(places, bank.shape[1:], strict=True)]
    values, mirrored = bank[(slice(None), *places)], bank[(slice(None), *mirrors)].conj()
    apart = steps[:, :, None] - steps[:, None, :]
    block = sum(
        _meeting(values, mirrored, real, strides, s) * (apart % (coarsest // s) == 0).all(0)
        for s in sorted(set(strides))
    )
    size = max(float(np.sum(np.abs(part) ** 2)) for part in (values, mirrored))
    return block, 1.01 * (2 * len(bank) + 8) * UNIT * size * ROUNDUP


def _meeting(values: np.ndarray, mirrored: np.ndarray, real: bool, strides: Sequence[int], stride: int) -> np.ndarray:
    """Return the products of all pairs of frequencies, over the filters of one stride."""
    chosen = np.array(strides) == stride
    grams = [part[chosen].conj().T @ part[chosen] for part in ((values, mirrored) if real else (values,))]
    return sum(grams[1:], grams[0]) / len(grams)
