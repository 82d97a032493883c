"""What edges of an image cost: as a convolution, as a sparse and as a dense matrix (lecture; row L-edge)."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from convoracle.impl import conv2d
from convoracle.spec import operator
from convoracle.spec.configuration import bind
from convoracle.spec.evidence import Evidence
from convoracle.spec.receptive_field import multiply_adds
from convoracle.spec.theorems_cost import edge_costs

from ..pictures import photograph, picture, ramp, stretched
from .outcome import Number, Outcome, Progress, certified

ROWS = ("L-edge",)
ROW_COUNT, COLUMN_COUNT = 280, 320
DENSE_ROWS = 64
"""Rows of the dense matrix that are multiplied; all of them would need 30 GiB."""

REPEATS = 15
TAPS = np.array([[[[-1.0, 1.0]]]], np.float32)


def compare_costs(seed: int, progress: Progress) -> Outcome:
    """Find edges of a photograph in four ways, count the operations and measure the times."""
    image = np.rint(255 * _photograph()).astype(np.float32)
    matrix = toeplitz(*image.shape)
    ways: dict[str, Callable[[], np.ndarray]] = {
        "conv2d": lambda: conv2d(image[None, None], TAPS)[0, 0],
        "difference of two views": lambda: image[:, 1:] - image[:, :-1],
        "sparse matrix": lambda: (matrix @ image.ravel()).reshape(image.shape[0], -1),
    }
    edges = {name: way() for name, way in ways.items()}
    times = {name: _median(way) for name, way in ways.items()}
    times[f"dense matrix (from {DENSE_ROWS} of its rows)"] = _dense_seconds(image)
    shown = picture("Differences of neighbours; dark is strong.", ramp(stretched(np.abs(edges["conv2d"]))))
    evidence = (_equal(edges), _counts(matrix.nnz))
    return Outcome(numbers=(*_counted(matrix.nnz), *_timed(times)), evidence=evidence, pictures=(shown,))


def _photograph() -> np.ndarray:
    """Return the middle of the photograph, 280 x 320 pixels."""
    image = photograph(width=COLUMN_COUNT * 3 // 2)
    top, left = (image.shape[0] - ROW_COUNT) // 2, (image.shape[1] - COLUMN_COUNT) // 2
    return image[top : top + ROW_COUNT, left : left + COLUMN_COUNT]


def toeplitz(rows: int, columns: int) -> Any:
    """Return the matrix of the differences of neighbours, outputs by pixels, with what is not zero stored only."""
    from scipy.sparse import diags_array, eye_array, kron

    line = diags_array([-1.0, 1.0], offsets=[0, 1], shape=(columns - 1, columns))
    return kron(eye_array(rows), line, format="csr").astype(np.float32)


def _median(way: Callable[[], Any], repeats: int = REPEATS) -> float:
    way()
    times = []
    for _ in range(repeats):
        since = time.perf_counter()
        way()
        times.append(time.perf_counter() - since)
    return float(np.median(times))


def _dense_seconds(image: np.ndarray) -> float:
    """Return the time of a product with the dense matrix, from that of some of its rows."""
    some = np.zeros((DENSE_ROWS, image.size), np.float32)
    outputs = image.shape[0] * (image.shape[1] - 1)
    return _median(lambda: some @ image.ravel(), 3) * outputs / DENSE_ROWS


def _counted(stored: int) -> list[Number]:
    operations, entries = map(int, edge_costs())
    return [
        Number("convolution: 319 x 280 outputs of two products and a sum", operations, "operations"),
        Number("dense matrix: entries", entries, "numbers"),
        Number("dense matrix: products and sums", 2 * entries, "operations"),
        Number("dense matrix against convolution", 2 * entries / operations, "times as many"),
        Number("Toeplitz matrix: entries that are not zero", stored, "numbers"),
        Number("convolution: weights", TAPS.size, "numbers"),
    ]


def _timed(times: dict[str, float]) -> list[Number]:
    ours = times["conv2d"]
    others = [Number(f"{name} against conv2d", seconds / ours, "times as long") for name, seconds in times.items()]
    return [Number("conv2d", ours, "s"), *others[1:]]


def _equal(edges: dict[str, np.ndarray]) -> Evidence:
    def witness() -> str | None:
        one, *others = edges.values()
        return f"{one.size} edges, {len(edges)} ways" if all(np.array_equal(one, other) for other in others) else None

    return certified(
        "edge-cost: every way finds the same edges",
        "Convolution, difference of views and Toeplitz matrix give the same numbers on a photograph of integer levels.",
        ROWS,
        witness,
        "comparison of every output",
    )


def _counts(stored: int) -> Evidence:
    def witness() -> str | None:
        shapes = {"x": (1, 1, ROW_COUNT, COLUMN_COUNT), "w": TAPS.shape}
        products = multiply_adds(bind(operator("conv2d"), shapes, {}))
        return f"{products} of each" if products == stored else None

    return certified(
        "edge-cost: the Toeplitz matrix stores one number per product",
        "The products of the definition are as many as the entries of the Toeplitz matrix that are not zero.",
        ROWS,
        witness,
        "count by the record, and of the matrix",
    )
