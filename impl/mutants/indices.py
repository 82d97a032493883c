"""Wrong indices of maxima, and wrong unpooling."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from convoracle.impl.mutants.memory import reused_result
from convoracle.impl.mutants.mutant import Function, edited, wrapped

_TAKES = "takes = (best == best) & (not sample <= best)"
_PAIR_AT_ONE = "best, sample = maxima[t], source[t]\n" + 28 * " "
_FIRST = "if not sample <= best and best == best:"
_LARGEST = "if (best == best) & (not sample <= best):"
_PLACE = "places[i, td, th, t] = (zd * x.shape[2] + zh) * x.shape[3] + z"


def _on_indices(change: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]) -> Callable[[Function], Function]:
    """Return the wrapper that replaces the indices by what `change` makes of x, the maxima and the indices."""

    def wrapper(right: Function) -> Function:
        def pool(x, **options):
            y, indices = right(x, **options)
            return y, change(x, y, indices)

        return pool

    return wrapper


def _in_the_signal(x: np.ndarray, y: np.ndarray, indices: np.ndarray) -> np.ndarray:
    return indices + int(np.prod(x.shape[2:])) * np.arange(x.shape[1]).reshape(1, -1, *(1,) * (x.ndim - 2))


def _indices_forgiven(right: Function) -> Function:
    def unpool(x, indices, *, output_size):
        sizes = output_size if isinstance(output_size, tuple) else (output_size,) * (x.ndim - 2)
        return right(x, np.minimum(indices, int(np.prod(sizes)) - 1), output_size=output_size)

    return unpool


def _in_rows_of_whole_windows(right: Function) -> Function:
    def unpool(x, indices, *, output_size):
        y = right(x, indices, output_size=output_size)
        width = y.shape[-1]
        whole = width // x.shape[-1] * x.shape[-1] or width
        places = indices.astype(np.int64)
        moved = np.minimum(places // whole * width + places % whole, int(np.prod(y.shape[2:])) - 1)
        return right(x, moved, output_size=output_size)

    return unpool


MUTANTS = (
    edited(
        "index-of-the-last-nan",
        "max_pool1d_with_indices adaptive_max_pool2d_gradient",
        "IDX",
        "Of several NaN in a window the last is pointed at.",
        "maxima",
        (_FIRST, "if sample != sample or sample > best:"),
        (_PAIR_AT_ONE + _TAKES, _PAIR_AT_ONE + "takes = (sample != sample) | (sample > best)"),
    ),
    edited(
        "last-of-equal-maxima",
        "max_pool1d_with_indices max_pool1d_gradient",
        "IDX",
        "At stride 1 the last of equal maxima is pointed at.",
        "maxima",
        (_PAIR_AT_ONE + _TAKES, _PAIR_AT_ONE + "takes = (best == best) & (not sample < best)"),
    ),
    edited(
        "last-of-equal-maxima-of-a-plane",
        "global_max_pool_gradient adaptive_max_pool1d_gradient adaptive_max_pool3d_gradient",
        "IDX",
        "Window by window, the last of equal maxima receives the gradient.",
        "maxima",
        (_FIRST, "if not sample < best and best == best:"),
    ),
    edited(
        "row-index-of-another-axis",
        "adaptive_max_pool2d_gradient max_pool2d_with_indices",
        "IDX",
        "Indices count rows of as many samples as there are rows: right for square planes.",
        "maxima",
        (_PLACE, _PLACE.replace("x.shape[3]", "x.shape[2]")),
    ),
    edited(
        "plane-index-of-another-axis",
        "max_pool3d_with_indices max_pool3d_gradient",
        "IDX",
        "Row by row, indices of volumes count planes as high as they are wide.",
        "maxima",
        ("place = (zd * x.shape[2] + zh) * n", "place = (zd * n + zh) * n"),
    ),
    edited(
        "index-in-the-padded-row",
        "max_pool1d_with_indices max_pool2d_with_indices",
        "IDX",
        "Row by row, indices count the padding before the row, after tensorflow#10216.",
        "maxima",
        (
            "place = (zd * x.shape[2] + zh) * n + s * lo + shift",
            "place = (zd * x.shape[2] + zh) * n + s * lo + shift + before",
        ),
    ),
    edited(
        "first-sample-by-window",
        "max_pool1d_with_indices max_pool1d_gradient",
        "IDX",
        "Where the first sample of a window is its maximum, the number of the window is taken for its place.",
        "maxima",
        ("places[i, td, th, t] = corner + spans[2, 0, t]", "places[i, td, th, t] = corner + t"),
    ),
    wrapped(
        "index-in-the-signal",
        "max_pool1d_with_indices max_pool3d_with_indices",
        "IDX",
        "Indices count from the start of the signal, not of its channel, after pytorch#771.",
        _on_indices(_in_the_signal),
    ),
    wrapped(
        "no-index-for-infinity",
        "max_pool1d_with_indices max_pool2d_with_indices",
        "IDX",
        "A window of -inf has the index -1, after pytorch#1465.",
        _on_indices(lambda x, y, indices: np.where(y == -np.inf, -1, indices)),
    ),
    wrapped(
        "indices-in-int32",
        "max_pool2d_with_indices",
        "DTYPE",
        "Indices are int32.",
        _on_indices(lambda x, y, indices: indices.astype(np.int32)),
    ),
    wrapped(
        "indices-in-a-reused-buffer",
        "max_pool1d_with_indices",
        "STATELESS",
        "Maxima and indices of one shape share buffers with the call before.",
        reused_result,
    ),
    edited(
        "unpooled-last-wins",
        "max_unpool1d max_unpool2d",
        "DEF",
        "Where an index repeats, the last value stands, unless a NaN came before.",
        "max_unpooling",
        (_LARGEST, "if best == best:"),
    ),
    edited(
        "unpooled-negatives-lost",
        "max_unpool1d max_unpool3d",
        "RANGE",
        "Values are unpooled by a maximum with zero.",
        "max_unpooling",
        ("y[i, places[i, t]] = lowest[0]", "y[i, places[i, t]] = 0"),
    ),
    edited(
        "unpooled-nan-loses",
        "max_unpool1d",
        "NAN",
        "Where an index repeats, a NaN gives way to the number that follows.",
        "max_unpooling",
        (_LARGEST, "if best != best or sample != sample or sample >= best:"),
    ),
    edited(
        "negative-indices-from-the-end",
        "max_unpool1d max_unpool2d_gradient",
        "ERR",
        "Negative indices count from the end of the plane.",
        "max_unpooling",
        ("if not 0 <= value <= last:", "if not -last <= value <= last:"),
    ),
    wrapped(
        "indices-beyond-the-plane-moved",
        "max_unpool1d max_unpool2d",
        "ERR",
        "Indices beyond the plane are moved to its last place, after pytorch#163036.",
        _indices_forgiven,
    ),
    wrapped(
        "unpooled-in-rows-of-whole-windows",
        "max_unpool2d max_unpool3d",
        "DEF",
        "Indices count rows as wide as a whole number of windows, not as output_size says, after onnx#2398.",
        _in_rows_of_whole_windows,
    ),
    edited(
        "unpooled-sizes-exchanged",
        "max_unpool2d max_unpool3d",
        "SIZE",
        "The output sizes are read in reverse.",
        "max_unpooling",
        ("y = np.zeros((*x.shape[:2], *sizes), dtype)", "y = np.zeros((*x.shape[:2], *sizes[::-1]), dtype)"),
    ),
)
