"""What all pooling layers share: the options, the number of windows and the samples that each window holds.

A window holds a span of samples on every axis: ``begin, begin + d, ..`` below ``end``, all of them inside the input. Two
int64 arrays (begin, end) of one entry per window describe an axis, whether the windows are slid, adaptive or global, so
the kernels need no padding. Their work beside the samples is one table of these spans.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from convoracle.impl.arguments import (
    SPATIAL,
    Window,
    check_at_least,
    check_axes,
    check_int64,
    dilated_extent,
    parse_window,
    per_axis,
    window_counts,
)
from convoracle.impl.compiled import Ints, plain

INT64 = np.dtype(np.int64)
LIMIT = 1 << 63
TOP = np.uint64(LIMIT)

Span = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Pooling:
    """Windows slid over an input of `sizes`: one entry per spatial axis; `counts` is the output size."""

    sizes: Ints
    taps: Ints
    window: Window
    counts: Ints

    def axes(self) -> list[tuple[np.ndarray, int, int, int]]:
        """Per axis: where the windows begin, s t - p; their extent; d; n. Beyond int64 in Python integers."""
        axes = []
        for n, k, s, d, p, m in zip(self.sizes, self.taps, *self.window.steps, self.counts, strict=True):
            extent = dilated_extent(k, d)
            window = np.arange(m) if max(s, extent) + p + n < LIMIT else np.arange(m).astype(object)
            axes.append((s * window - p, extent, d, n))
        return axes

    def spans(self) -> list[Span]:
        """The samples of every window, per axis."""
        spans = []
        for start, extent, d, n in self.axes():
            begin = np.where(start < 0, start + d * -(start // d), start)
            spans.append((begin.astype(INT64), np.minimum(start + extent, n).astype(INT64)))
        return spans

    @property
    def row_steps(self) -> Ints | None:
        """Stride, padding before and taps on the last axis, where it has long rows: at least as many windows as taps.

        Then work tap by tap is work on long rows. A stride is cut to the length of the padded row.
        """
        stride, _, before = (step[-1] for step in self.window.steps)
        taps = self.taps[-1]
        return (min(stride, self.sizes[-1] + before), before, taps) if self.counts[-1] >= taps else None

    @property
    def dilation(self) -> Ints:
        """The dilation on three axes; one beyond the input reaches no sample either when cut to its size."""
        cut = [min(d, n) for d, n in zip(self.window.dilation, self.sizes, strict=True)]
        return (1,) * (3 - len(cut)) + tuple(cut)


# ---- options ----


def parse_pooling(
    operator: str, sizes: Ints, kernel_size: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: Any
) -> Pooling:
    """Check the options of a pooling layer against an input of `sizes`, so that every window holds a sample."""
    rank = len(sizes)
    taps = per_axis(operator, "kernel_size", kernel_size, rank, 1)
    window = parse_window(operator, sizes, taps, taps if stride is None else stride, padding, dilation)
    check_flag(operator, "ceil_mode", ceil_mode)
    counts = window_counts(operator, sizes, taps, window)
    _check_reach(operator, sizes, taps, window)
    if ceil_mode:
        axes = zip(sizes, taps, window.stride, window.dilation, window.pads, strict=True)
        counts = tuple(_ceil_count(*axis) for axis in axes)
    return Pooling(sizes, taps, window, counts)


def _ceil_count(n: int, k: int, s: int, d: int, pads: tuple[int, int]) -> int:
    """Number of windows when the last may overhang; it starts inside the input or the padding before it."""
    p0, p1 = pads
    return min(-(-(n + p0 + p1 - dilated_extent(k, d)) // s), (n + p0 - 1) // s) + 1


def _check_reach(operator: str, sizes: Ints, taps: Ints, window: Window) -> None:
    """Raise unless the padding and the dilation leave a sample in every window."""
    axes = zip(sizes, taps, window.dilation, window.pads, strict=True)
    for axis, (n, k, d, (p0, p1)) in enumerate(axes):
        got = f"got n={n}, p0={p0}, p1={p1}, k={k}, d={d} on spatial axis {axis}"
        if max(p0, p1) > d * (k - 1):
            raise ValueError(f"{operator}: every window must reach the input, p0, p1 <= d (k - 1), {got}")
        if p0 and n < d:
            raise ValueError(f"{operator}: a dilated window must meet a sample, p0 = 0 or n >= d, {got}")


def check_flag(operator: str, name: str, value: Any) -> None:
    """Raise unless `value` is True or False."""
    if not isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{operator}: {name} must be True or False, got {name}={value!r}")


def spatial_sizes(operator: str, name: str, array: np.ndarray, rank: int) -> Ints:
    """Return the spatial sizes of an array (N, C, *sizes) of that rank; each must be at least one."""
    check_axes(operator, name, array, ("N", "C", *SPATIAL[rank]))
    check_at_least(operator, 1, **{f"{name}.shape[{axis}]": array.shape[axis] for axis in range(2, array.ndim)})
    return array.shape[2:]


# ---- spans ----


def adaptive_spans(sizes: Ints, counts: Ints) -> list[Span]:
    """Window t of m over n samples is floor(t n / m) .. ceil((t + 1) n / m) - 1, per axis."""
    spans = []
    for n, m in zip(sizes, counts, strict=True):
        window = np.arange(m)
        spans.append((window * n // m, -(-(window + 1) * n // m)))
    return spans


def spans_of_windows(spans: Sequence[Span], sizes: Ints) -> list[Span]:
    """For every sample the windows that hold it, begin .. end - 1: where dilation is 1 they are neighbours."""
    samples = [np.arange(n) for n in sizes]
    return [
        (np.searchsorted(end, j, "right"), np.searchsorted(begin, j, "right"))
        for (begin, end), j in zip(spans, samples, strict=True)
    ]


def span_table(spans: Sequence[Span]) -> np.ndarray:
    """The spans as one array [axis, begin or end, window] on three axes."""
    lifted = [(np.array([0]), np.array([1]))] * (3 - len(spans)) + list(spans)
    table = np.zeros((3, 2, max(len(begin) for begin, _ in lifted)), INT64)
    for axis, (begin, end) in enumerate(lifted):
        table[axis, 0, : len(begin)], table[axis, 1, : len(end)] = begin, end
    return table


# ---- arrays ----


def planes(array: np.ndarray) -> np.ndarray:
    """C-ordered (N, C, *sizes) as (N C, D, H, W) with sizes of one in front; shares the memory."""
    sizes = array.shape[2:]
    return array.reshape(array.shape[0] * array.shape[1], *(1,) * (3 - len(sizes)), *sizes)


def flat_planes(array: np.ndarray) -> np.ndarray:
    """C-ordered (N, C, *sizes) as (N C, entries of a plane); shares the memory."""
    return array.reshape(array.shape[0] * array.shape[1], int(np.prod(array.shape[2:])))


def comparable(x: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """A C-ordered array of `dtype` with the order of x; uint64 less 2**63 is int64, entry by entry in the same order."""
    if x.dtype.kind == "u" and x.dtype.itemsize == 8:
        return (plain(x, np.dtype(np.uint64)) ^ TOP).view(INT64)
    return plain(x, dtype)


def restored(operator: str, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The entries y of ``comparable(x)`` as entries of x; OverflowError where one does not fit int64."""
    if x.dtype.kind != "u" or x.dtype.itemsize != 8:
        return y
    entries = y.view(np.uint64) ^ TOP
    check_int64(operator, int(entries.max(initial=0)))
    return entries.view(INT64)


def lowest(dtype: np.dtype) -> np.ndarray:
    """The least value of `dtype` as an array of one entry: every maximum starts from it."""
    return np.array([np.iinfo(dtype).min if dtype == INT64 else -np.inf], dtype)
