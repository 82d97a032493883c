"""Where the maxima of windows are, and what is read and added there: the parts of max pooling and its gradients."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from convoracle.impl.arguments import check_int64
from convoracle.impl.compiled import TILE, Ints, Kernel, plain, share
from convoracle.impl.pooling import INT64, LIMIT, Span, comparable, flat_planes, planes, span_table


@Kernel.taking("read4 read_index3 triple write_index4")
def find_maxima(x, spans, dilation, places, first, last):
    """places[i, t]: flat position in plane x[i] of the first maximum of window t, or of its first NaN."""
    for row in range(first, last):
        th = row % places.shape[2]
        td = row // places.shape[2] % places.shape[1]
        i = row // (places.shape[2] * places.shape[1])
        for t in range(places.shape[3]):
            begin, end = spans[2, 0, t], spans[2, 1, t]
            zd = spans[0, 0, td]
            best = x[i, zd, spans[1, 0, th], begin]
            places[i, td, th, t] = (zd * x.shape[2] + spans[1, 0, th]) * x.shape[3] + begin
            while zd < spans[0, 1, td]:
                zh = spans[1, 0, th]
                while zh < spans[1, 1, th]:
                    z = begin
                    while z < end:
                        sample = x[i, zd, zh, z]
                        if not sample <= best and best == best:  # seldom true in a long window: a branch, no select
                            best = sample
                            places[i, td, th, t] = (zd * x.shape[2] + zh) * x.shape[3] + z
                        z += dilation[2]
                    zh += dilation[1]
                zd += dilation[0]


@Kernel.taking("read4 read_index3 triple index index index index write_index4")
def find_maxima_of_rows(x, spans, dilation, s, before, taps, tile, places, first, last):
    """``find_maxima`` of windows slid along the last axis, tap by tap; its workspace is one tile of samples."""
    tiles = (places.shape[3] + tile - 1) // tile
    n = x.shape[3]
    largest = np.empty(min(tile, places.shape[3]), x.dtype)
    for unit in range(first, last):
        begin = unit % tiles * tile
        row = unit // tiles
        th = row % places.shape[2]
        td = row // places.shape[2] % places.shape[1]
        i = row // (places.shape[2] * places.shape[1])
        end = min(begin + tile, places.shape[3])
        corner = (spans[0, 0, td] * x.shape[2] + spans[1, 0, th]) * n
        for t in range(begin, end):
            largest[t - begin] = x[i, spans[0, 0, td], spans[1, 0, th], spans[2, 0, t]]
            places[i, td, th, t] = corner + spans[2, 0, t]
        zd = spans[0, 0, td]
        while zd < spans[0, 1, td]:
            zh = spans[1, 0, th]
            while zh < spans[1, 1, th]:
                for u in range(taps):
                    shift = dilation[2] * u - before
                    # the t of this tile with 0 <= s t + shift < n
                    lo = max(begin, -(shift // s))
                    hi = min(end, (n - 1 - shift) // s + 1)
                    if lo >= hi:
                        continue
                    maxima = largest[lo - begin : hi - begin]
                    target = places[i, td, th, lo:hi]
                    source = x[i, zd, zh, s * lo + shift :]
                    place = (zd * x.shape[2] + zh) * n + s * lo + shift
                    if s == 1:  # loops of their own, so that they vectorise
                        for t in range(hi - lo):
                            best, sample = maxima[t], source[t]
                            takes = (best == best) & (not sample <= best)
                            maxima[t] = sample if takes else best
                            target[t] = place + t if takes else target[t]
                    elif s == 2:
                        for t in range(hi - lo):
                            best, sample = maxima[t], source[2 * t]
                            takes = (best == best) & (not sample <= best)
                            maxima[t] = sample if takes else best
                            target[t] = place + 2 * t if takes else target[t]
                    else:
                        for t in range(hi - lo):
                            best, sample = maxima[t], source[s * t]
                            takes = (best == best) & (not sample <= best)
                            maxima[t] = sample if takes else best
                            target[t] = place + s * t if takes else target[t]
                zh += dilation[1]
            zd += dilation[0]


@Kernel.taking("read2 read_index2 write2")
def read_places(x, places, y, first, last):
    """y[i, t] = x[i, places[i, t]]."""
    for i in range(first, last):
        for t in range(places.shape[1]):
            y[i, t] = x[i, places[i, t]]


@Kernel.taking("read2 read_index2 write2")
def add_at_places(dy, places, dx, first, last):
    """dx[i, places[i, t]] += dy[i, t]."""
    for i in range(first, last):
        for t in range(places.shape[1]):
            dx[i, places[i, t]] += dy[i, t]


def first_maxima(
    x: np.ndarray, spans: Sequence[Span], dilation: Ints = (1, 1, 1), row_steps: Ints | None = None
) -> np.ndarray:
    """Return the int64 flat position, in its plane, of the first maximum (or first NaN) of every window.

    Parameters
    ----------
    x : ndarray of shape (N, C, *n)
        As ``comparable`` gives it.
    spans : sequence of (begin, end)
        The samples of the windows, per spatial axis; none is empty.
    row_steps : (stride, padding before, taps), optional
        How the windows move along the last axis, where it has long rows of them: then the work is done tap by tap.
    """
    counts = tuple(len(begin) for begin, _ in spans)
    found = np.empty((*x.shape[:2], *counts), INT64)
    out = planes(found)
    rows, work = math.prod(out.shape[:3]), found.size * math.prod(int((end - begin).max()) for begin, end in spans)
    if row_steps is None:
        share(find_maxima, x.dtype, (planes(x), span_table(spans), dilation, out), units=rows, work=work)
    else:
        arguments = (planes(x), span_table(spans), dilation, *row_steps, TILE, out)
        share(find_maxima_of_rows, x.dtype, arguments, units=rows * -(-out.shape[3] // TILE), work=work)
    return found


def gather(x: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Return the entries of the planes of C-ordered x (N, C, *n) at the flat `places` (N, C, *m)."""
    y = np.empty(places.shape, x.dtype)
    arguments = (flat_planes(x), flat_planes(places), flat_planes(y))
    share(read_places, x.dtype, arguments, units=len(arguments[0]), work=y.size)
    return y


def scatter(operator: str, dy: np.ndarray, places: np.ndarray, sizes: Ints, dtype: np.dtype) -> np.ndarray:
    """Return planes of `sizes` with every dy (N, C, *m) added at its flat place.

    Integers are exact or an OverflowError: sums that might not fit int64 are taken in Python integers.
    """
    shape = (*dy.shape[:2], *sizes)
    if dtype == INT64 and dy.size:
        largest = max(int(dy.max()), -int(dy.min()))
        if largest * math.prod(dy.shape[2:]) >= LIMIT:  # else no sum of a plane's entries can wrap
            return _scatter_exactly(operator, dy, places, shape)
    dx = np.zeros(shape, dtype)
    arguments = (flat_planes(plain(dy, dtype)), flat_planes(places), flat_planes(dx))
    share(add_at_places, dtype, arguments, units=len(arguments[0]), work=dy.size)
    return dx


def _scatter_exactly(operator: str, dy: np.ndarray, places: np.ndarray, shape: Ints) -> np.ndarray:
    total = np.zeros((shape[0] * shape[1], math.prod(shape[2:])), object)
    flat = flat_planes(places)
    np.add.at(total, (np.arange(len(flat))[:, None], flat), flat_planes(plain(dy, dy.dtype)).astype(object))
    check_int64(operator, max(total.flat, key=lambda value: abs(2 * value + 1)))
    return total.astype(INT64).reshape(shape)


def max_gradient(operator: str, dy: np.ndarray, x: np.ndarray, dtype: np.dtype, *windows: Any) -> np.ndarray:
    """Return dx: every dy added at the first maximum of its window of x; `windows` are those of ``first_maxima``.

    x is compared in its own dtype.
    """
    own = INT64 if x.dtype.kind in "iu" else x.dtype.newbyteorder("=")
    return scatter(operator, dy, first_maxima(comparable(x, own), *windows), x.shape[2:], dtype)
