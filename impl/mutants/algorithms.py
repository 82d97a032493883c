"""Wrong fast algorithms of convolution layers: by an unfolded matrix, by Winograd's minimal filtering."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from convoracle.impl.mutants.mutant import Function, wrapped

_INDEX = 256
"""One more than the largest index into the unfolded matrix."""

_SAMPLES = np.array(
    [
        [4, 0, -5, 0, 1, 0],
        [0, -4, -4, 1, 1, 0],
        [0, 4, -4, -1, 1, 0],
        [0, -2, -1, 2, 1, 0],
        [0, 2, -1, -2, 1, 0],
        [0, 4, 0, -5, 0, 1],
    ],
    np.float16,
)
_FILTERS = np.array([[6, 0, 0], [-4, -4, -4], [-4, 4, -4], [1, 2, 4], [1, -2, 4], [0, 0, 24]], np.float16) / 24
_OUTPUTS = np.array([[1, 1, 1, 1, 1, 0], [0, 1, -1, 2, -2, 0], [0, 1, 1, 4, 4, 0], [0, 1, -1, 8, -8, 1]], np.float16)
"""F(4, 3): four outputs of a filter of three taps from six samples, by six products."""


def _without_options(fast: Callable[[np.ndarray, np.ndarray, np.dtype], np.ndarray | None]) -> Callable[..., Function]:
    """Return the wrapper that computes layers without options by ``fast(x, w, dtype)``, but for those where it is None."""

    def wrapper(right: Function) -> Function:
        def layer(x, w, b=None, *, stride=1, padding=0, dilation=1, groups=1, **options):
            y = right(x, w, b, stride=stride, padding=padding, dilation=dilation, groups=groups, **options)
            padded = padding == "same" or (not isinstance(padding, str) and np.any(padding))
            if padded or not y.size or not groups == np.max(stride) == np.max(dilation) == 1:
                return y
            with np.errstate(all="ignore"):
                z = fast(x, w, y.dtype)
                return y if z is None else z if b is None else z + b.reshape(-1, *[1] * (x.ndim - 2)).astype(y.dtype)

        return layer

    return wrapper


def _windows(x: np.ndarray, taps: tuple[int, ...]) -> np.ndarray:
    return np.lib.stride_tricks.sliding_window_view(x, taps, tuple(range(2, x.ndim)))


def _by_short_indices(x: np.ndarray, w: np.ndarray, dtype: np.dtype) -> np.ndarray:
    windows = np.moveaxis(_windows(x, w.shape[2:]), 1, x.ndim - 1)
    unfolded = windows.astype(dtype).ravel()
    rows = unfolded[np.arange(unfolded.size) % _INDEX].reshape(-1, math.prod(w.shape[1:]))
    y = rows @ w.reshape(len(w), -1).T.astype(dtype)
    return np.ascontiguousarray(np.moveaxis(y.reshape(*windows.shape[: x.ndim - 1], len(w)), -1, 1))


def _transformed(array: np.ndarray, matrix: np.ndarray, rank: int) -> np.ndarray:
    """Multiply each of the last `rank` axes by `matrix`."""
    for axis in range(array.ndim - rank, array.ndim):
        array = np.moveaxis(np.tensordot(array, matrix, (axis, 1)), -1, axis)
    return array


def _by_winograd(x: np.ndarray, w: np.ndarray, dtype: np.dtype) -> np.ndarray | None:
    if dtype != np.float32 or set(w.shape[2:]) != {3}:
        return None
    rank = x.ndim - 2
    outs = [n - 2 for n in x.shape[2:]]
    every_fourth: Any = (..., *[slice(None, None, 4)] * rank, *[slice(None)] * rank)
    inside: Any = (..., *[slice(m) for m in outs])
    padded = np.pad(x.astype(np.float16), ((0, 0), (0, 0), *((0, -m % 4) for m in outs)))
    tiles = _windows(padded, (6,) * rank)[every_fourth]
    samples = _transformed(tiles, _SAMPLES, rank)[:, None]
    filters = _transformed(w.astype(np.float16), _FILTERS, rank)
    filters = filters.reshape(*filters.shape[:2], *[1] * rank, *filters.shape[2:])
    y = _transformed((samples * filters).sum(axis=2, dtype=np.float16), _OUTPUTS, rank)
    side_by_side = [axis for t in range(2, 2 + rank) for axis in (t, t + rank)]
    y = y.transpose(0, 1, *side_by_side).reshape(*y.shape[:2], *(4 * t for t in y.shape[2 : 2 + rank]))
    return np.ascontiguousarray(y[inside]).astype(dtype)


MUTANTS = (
    wrapped(
        "unfolded-matrix-with-short-indices",
        "conv3d conv2d",
        "DEF",
        "Indices into the unfolded matrix have 8 bits and wrap around, after mlx#3143 with its 32 bits.",
        _without_options(_by_short_indices),
    ),
    wrapped(
        "winograd-in-float16",
        "conv2d conv1d",
        "PRED",
        "Filters of three taps are applied by F(4, 3) with transforms in float16, after ComputeLibrary#1154.",
        _without_options(_by_winograd),
    ),
)
