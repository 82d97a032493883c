"""Second definitions, unrelated to the records: polynomial products, and dense matrices built from unit impulses.

They share no formula and no index arithmetic with the records; the tests compare both. Integer arrays, exact.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from flint import fmpz_poly

PAD = {"zeros": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}
"""The padding modes by the names of ``numpy.pad``."""

Pairs = Sequence[tuple[int, int]]


def polynomial_product(x: np.ndarray, h: np.ndarray) -> np.ndarray:
    """Return the full convolution as a product of polynomials (Kronecker: several variables as powers of one).

    Parameters
    ----------
    x, h : ndarray of int, complex with integer parts, or object, of equal rank
        Coefficients.
    """
    if np.iscomplexobj(x) or np.iscomplexobj(h):
        real = polynomial_product(_whole(x.real), _whole(h.real)) - polynomial_product(_whole(x.imag), _whole(h.imag))
        imaginary = polynomial_product(_whole(x.real), _whole(h.imag)) + polynomial_product(
            _whole(x.imag), _whole(h.real)
        )
        return real.astype(np.float64) + 1j * imaginary.astype(np.float64)
    shape = tuple(n + k - 1 for n, k in zip(x.shape, h.shape, strict=True))
    if 0 in (*x.shape, *h.shape):
        return np.zeros(tuple(max(0, size) for size in shape), object)
    coefficients = [int(value) for value in (_packed(x, shape) * _packed(h, shape)).coeffs()]
    coefficients += [0] * (int(np.prod(shape)) - len(coefficients))
    return np.array(coefficients, object).reshape(shape)


def _whole(values: np.ndarray) -> np.ndarray:
    return np.array([int(v) for v in np.ravel(values)], object).reshape(np.shape(values))


def _packed(values: np.ndarray, shape: tuple[int, ...]) -> fmpz_poly:
    room = np.zeros(shape, object)
    room[tuple(map(slice, values.shape))] = values
    return fmpz_poly([int(value) for value in room.ravel()])


def convolve(x: np.ndarray, h: np.ndarray, mode: str) -> np.ndarray:
    """Return a convolution as a crop of the polynomial product."""
    full = polynomial_product(x, h)
    if mode == "full":
        return full
    cut = {"same": lambda n, k: slice((k - 1) // 2, (k - 1) // 2 + n), "valid": lambda n, k: slice(k - 1, n)}[mode]
    return full[tuple(cut(n, k) for n, k in zip(x.shape, h.shape, strict=True))]


def correlate(x: np.ndarray, h: np.ndarray, mode: str) -> np.ndarray:
    """Return a correlation as the convolution with the reversed conjugate."""
    return convolve(x, np.conj(np.flip(h)), mode)


def convolution(
    x: np.ndarray,
    w: np.ndarray,
    *,
    stride: Sequence[int],
    padding: Pairs,
    dilation: Sequence[int],
    groups: int = 1,
    padding_mode: str = "zeros",
) -> np.ndarray:
    """Return a layer's convolution: pad with NumPy, cut one strided slice for every tap, contract over the channels."""
    padded = np.pad(x, [(0, 0), (0, 0), *padding], mode=PAD[padding_mode])  # type: ignore[call-overload]
    taps = w.shape[2:]
    rows = [
        len(range(0, n - d * (k - 1), s)) for n, k, s, d in zip(padded.shape[2:], taps, stride, dilation, strict=True)
    ]
    y = np.zeros((x.shape[0], w.shape[0], *rows), object)
    for tap in np.ndindex(*taps):
        cut = [slice(d * u, d * u + s * (m - 1) + 1, s) for u, d, s, m in zip(tap, dilation, stride, rows, strict=True)]
        y += _mixed(padded[(slice(None), slice(None), *cut)], w[(slice(None), slice(None), *tap)], groups)
    return y


def _mixed(samples: np.ndarray, weights: np.ndarray, groups: int) -> np.ndarray:
    """Return the contraction over channels, group by group: (N, C, ...) and (O, C/G) to (N, O, ...)."""
    parts = zip(np.split(samples, groups, axis=1), np.split(weights, groups, axis=0), strict=True)
    return np.concatenate([np.moveaxis(np.tensordot(p, v, (1, 1)), -1, 1) for p, v in parts], axis=1)


def transposed_convolution(
    x: np.ndarray,
    w: np.ndarray,
    *,
    stride: Sequence[int],
    padding: Pairs,
    output_padding: Sequence[int],
    dilation: Sequence[int],
    groups: int = 1,
) -> np.ndarray:
    """Return a transposed convolution: spread signal and filter apart, multiply as polynomials, crop."""
    batch, channels = x.shape[:2]
    per_group, maps = channels // groups, w.shape[1]
    out: list[list[Any]] = [[0] * (groups * maps) for _ in range(batch)]
    for n, c, o in np.ndindex(batch, channels, maps):
        product = polynomial_product(_spread(x[n, c], stride), _spread(w[c, o], dilation))
        out[n][c // per_group * maps + o] = out[n][c // per_group * maps + o] + product
    return np.array([[_cropped(y, padding, output_padding) for y in row] for row in out], object)


def _spread(values: np.ndarray, steps: Sequence[int]) -> np.ndarray:
    shape = [s * (n - 1) + 1 for n, s in zip(values.shape, steps, strict=True)]
    room = np.zeros(shape, object)
    room[tuple(slice(None, None, s) for s in steps)] = values
    return room


def _cropped(y: np.ndarray, padding: Pairs, more: Sequence[int]) -> np.ndarray:
    wide = np.pad(y, [(0, r) for r in more])
    cuts = [slice(p, n - q) for n, (p, q) in zip(wide.shape, padding, strict=True)]
    return wide[tuple(cuts)]


def max_pooling(
    x: np.ndarray,
    *,
    kernel_size: Sequence[int],
    stride: Sequence[int],
    padding: Pairs,
    dilation: Sequence[int],
    ceil_mode: bool,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the maxima and where they stand: pad with NumPy, let one strided slice for every tap compete with those before."""
    sizes, after = x.shape[2:], [q + (s - 1 if ceil_mode else 0) for (_, q), s in zip(padding, stride, strict=True)]
    room = [(p, q) for (p, _), q in zip(padding, after, strict=True)]
    padded = np.pad(x, [(0, 0), (0, 0), *room], constant_values=np.iinfo(np.int64).min)
    places = np.pad(np.arange(np.prod(sizes)).reshape(sizes), room, constant_values=-1)
    starts = [
        [t for t in range(0, p + n + q - d * (k - 1), s) if not ceil_mode or t < p + n]
        for n, k, s, d, (p, q) in zip(sizes, kernel_size, stride, dilation, room, strict=True)
    ]
    y = np.full((*x.shape[:2], *map(len, starts)), np.iinfo(np.int64).min)
    index = np.full(y.shape, -1)
    for tap in np.ndindex(*kernel_size):
        cut = np.ix_(*([t + d * u for t in ts] for ts, d, u in zip(starts, dilation, tap, strict=True)))
        rival = padded[(slice(None), slice(None), *cut)]
        index = np.where(rival > y, places[cut], index)
        y = np.maximum(y, rival)
    return y, index


def handed_back(dy: np.ndarray, index: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return zeros of `shape` to which every dy is added where `index` says, plane by plane."""
    dx = np.zeros((*shape[:2], int(np.prod(shape[2:]))), np.int64)
    for place in np.ndindex(*dy.shape):
        dx[(*place[:2], index[place])] += dy[place]
    return dx.reshape(shape)


def matrix(f: Callable[[np.ndarray], np.ndarray], shape: tuple[int, ...]) -> np.ndarray:
    """Return the dense matrix of a linear map, column by column, from unit impulses."""
    columns = []
    for place in np.ndindex(*shape):
        impulse = np.zeros(shape, object)
        impulse[place] = 1
        columns.append(f(impulse).ravel())
    return np.array(columns, object).reshape(len(columns), -1).T


def applied(f: Callable[[np.ndarray], np.ndarray], x: np.ndarray) -> np.ndarray:
    """Return ``f(x)`` as matrix times vector: f sees impulses only, and its linearity is built in."""
    return (matrix(f, x.shape) @ x.ravel()).reshape(f(x).shape)


def gradient(f: Callable[[np.ndarray], np.ndarray], shape: tuple[int, ...], dy: np.ndarray) -> np.ndarray:
    """Return the gradient of a linear map: its transposed dense matrix times `dy`."""
    return (matrix(f, shape).T @ dy.ravel()).reshape(shape)
