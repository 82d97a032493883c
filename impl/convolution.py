"""Convolution layers: a batch of signals, images or volumes against a bank of filters (cross-correlation)."""

from __future__ import annotations

import math

import numpy as np

from convoracle.impl.arguments import (
    SPATIAL,
    Padding,
    PerAxis,
    check_at_least,
    check_axes,
    check_divides,
    check_equal,
    check_filters,
    common_dtype,
    parse_window,
    whole_number,
    window_counts,
)
from convoracle.impl.bilinear import accumulate
from convoracle.impl.borders import check_mode, extend
from convoracle.impl.compiled import Kernel
from convoracle.impl.documentation import by_rank


@Kernel
def correlate_rows(x, w, y, stride, dilation, before, tile, first, last):
    """y[i, o, t] += sum_{c, u} w[o, c, u] x[i, c + (C / G) (o // (O / G)), s t + d u - p], taps in x only."""
    fan_in = w.shape[1]
    per_group = y.shape[1] // (x.shape[1] // fan_in)
    tiles = (y.shape[4] + tile - 1) // tile
    n, s = x.shape[4], stride[2]
    for unit in range(first, last):
        begin = unit % tiles * tile
        end = min(begin + tile, y.shape[4])
        row = unit // tiles
        th = row % y.shape[3]
        td = row // y.shape[3] % y.shape[2]
        o = row // (y.shape[3] * y.shape[2]) % y.shape[1]
        i = row // (y.shape[3] * y.shape[2] * y.shape[1])
        for c in range(fan_in):
            for ud in range(w.shape[2]):
                zd = stride[0] * td + dilation[0] * ud - before[0]
                if zd < 0 or zd >= x.shape[2]:
                    continue
                for uh in range(w.shape[3]):
                    zh = stride[1] * th + dilation[1] * uh - before[1]
                    if zh < 0 or zh >= x.shape[3]:
                        continue
                    for uw in range(w.shape[4]):
                        shift = dilation[2] * uw - before[2]
                        # the t of this tile with 0 <= s t + shift < n
                        lo = max(begin, -(shift // s))
                        hi = min(end, (n - 1 - shift) // s + 1)
                        if lo >= hi:
                            continue
                        weight = w[o, c, ud, uh, uw]
                        target = y[i, o, td, th, lo:hi]
                        source = x[i, c + fan_in * (o // per_group), zd, zh, s * lo + shift :]
                        if s == 1:  # a loop of its own, so that it vectorises
                            for t in range(hi - lo):
                                target[t] += weight * source[t]
                        else:
                            for t in range(hi - lo):
                                target[t] += weight * source[s * t]


def check_layer(operator, rank, x, w, b, groups):
    """Check ranks, channels and groups of a layer with filters (O, C / groups, *k) and return groups."""
    check_axes(operator, "x", x, ("N", "C_in", *SPATIAL[rank]))
    check_axes(operator, "w", w, ("C_out", "C_in/groups", *(f"k{axis}" for axis in SPATIAL[rank])))
    groups = whole_number(operator, "groups", groups, 1)
    check_at_least(operator, 1, C_in=x.shape[1])
    check_filters(operator, w.shape, ("C_out", "C_in/groups"))
    check_divides(operator, groups, C_in=x.shape[1], C_out=w.shape[0])
    wanted = x.shape[1] // groups
    check_equal(operator, "w.shape[1]", w.shape[1], "C_in / groups", wanted, C_in=x.shape[1], groups=groups)
    check_bias(operator, b, w.shape[0])
    return groups


def check_bias(operator: str, b: np.ndarray | None, channels: int) -> None:
    """Raise unless b is absent or has one entry per output channel."""
    if b is not None:
        check_equal(operator, "b.shape", b.shape, "(C_out,)", (channels,))


def _layer(operator, rank, x, w, b, stride, padding, dilation, groups, padding_mode) -> np.ndarray:
    dtype = common_dtype(operator, complex_allowed=True, x=x, w=w, b=b)
    check_layer(operator, rank, x, w, b, groups)
    sizes, taps = x.shape[2:], w.shape[2:]
    window = parse_window(operator, sizes, taps, stride, padding, dilation)
    check_mode(operator, padding_mode, sizes, window)
    shape = (x.shape[0], w.shape[0], *window_counts(operator, sizes, taps, window))
    if padding_mode != "zeros":
        x, window = extend(x, padding_mode, window), window.without_padding()
    terms = math.prod(w.shape[1:])
    return accumulate(operator, correlate_rows, x, w, shape=shape, dtype=dtype, steps=window.steps, terms=terms, bias=b)


_DOC = """Cross-correlate a batch of {things} with a bank of filters.

    y[i, o, t] = b[o] + sum_(c, u) w[o, c, u] x[i, c + (C/G) floor(o / (O/G)), s t + d u - p]

with t and u ranging over {rank} spatial axes (seed L, eq. L-multi over L-corr; not flipped, not conjugated).

Parameters
----------
x : ndarray of shape (N, C, {sizes})
w : ndarray of shape (O, C/groups, {taps})
b : ndarray of shape (O,), optional
    Each operand float32, float64, complex64, complex128 or any integer dtype, with any strides.
stride, dilation : int or tuple of {rank} int
    s and d, at least 1.
padding : int, tuple of {rank} int or of {rank} (before, after) pairs, "valid" or "same"
    p. "same" gives ceil(n / s) outputs, the surplus at the end.
groups : int
    G; divides C and O.
padding_mode : {{"zeros", "reflect", "replicate", "circular"}}
    What stands in the padding. Padded zeros are skipped, so they meet no infinite weight. "reflect" needs p <= n - 1,
    "circular" p <= n.

Returns
-------
ndarray of shape (N, O, {outs})
    out = floor((n + p0 + p1 - d (k - 1) - 1) / s) + 1 per axis (eq. L-size), of dtype ``np.result_type`` of the
    operands; integers among themselves give int64.

Raises
------
TypeError
    An operand is no array of a legal dtype, or an option no integer.
ValueError
    Shapes, groups, sizes or padding do not fit together.
OverflowError
    An exact integer result does not fit int64.

Examples
--------
>>> import numpy as np
>>> from convoracle.impl import {name}
>>> x = np.ones((1, 1, {fours}))
>>> w = np.ones((1, 1, {threes}))
>>> {name}(x, w, padding="same").shape
(1, 1, {fours})
>>> float({name}(x, w, stride=2).max())
{volume}.0
"""


@by_rank(_DOC, 1)
def conv1d(
    x: np.ndarray,
    w: np.ndarray,
    b: np.ndarray | None = None,
    *,
    stride: PerAxis = 1,
    padding: Padding = 0,
    dilation: PerAxis = 1,
    groups: int = 1,
    padding_mode: str = "zeros",
) -> np.ndarray:
    return _layer("conv1d", 1, x, w, b, stride, padding, dilation, groups, padding_mode)


@by_rank(_DOC, 2)
def conv2d(
    x: np.ndarray,
    w: np.ndarray,
    b: np.ndarray | None = None,
    *,
    stride: PerAxis = 1,
    padding: Padding = 0,
    dilation: PerAxis = 1,
    groups: int = 1,
    padding_mode: str = "zeros",
) -> np.ndarray:
    return _layer("conv2d", 2, x, w, b, stride, padding, dilation, groups, padding_mode)


@by_rank(_DOC, 3)
def conv3d(
    x: np.ndarray,
    w: np.ndarray,
    b: np.ndarray | None = None,
    *,
    stride: PerAxis = 1,
    padding: Padding = 0,
    dilation: PerAxis = 1,
    groups: int = 1,
    padding_mode: str = "zeros",
) -> np.ndarray:
    return _layer("conv3d", 3, x, w, b, stride, padding, dilation, groups, padding_mode)
