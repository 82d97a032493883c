"""Real images: the photograph and the handwritten digits inside scikit-learn, filtered by a subject and judged."""

from collections.abc import Iterable
from math import inf, prod
from typing import Any

import numpy as np

from convoracle.impl import backends
from convoracle.properties.isolation import judged_adapter
from convoracle.properties.subject import Judged
from convoracle.properties.values import error_ratio, judge_floats
from convoracle.properties.worker import SubjectError
from convoracle.spec.configuration import bind

from .lending import LENDING
from .pictures import SOBEL, digits, panel, photograph, picture, stretched

PHOTOGRAPH, DIGITS = "photograph, Sobel filters", "handwritten digits, Sobel filters"
DTYPE = np.float32


def real_images(subjects: Iterable[str], operators: Iterable[str]) -> list[tuple[str, str]]:
    """Return (title, subject) of every subject that can filter an image with one of the operators."""
    wanted = set(operators)
    named = [(name, _operator_of(name)) for name in subjects]
    return [(title, name) for title in (PHOTOGRAPH, DIGITS) for name, op in named if op in wanted]


def _operator_of(subject: str) -> str | None:
    offered = backends.load(subject).operators
    return next((name for name in ("conv2d", "convolve") if name in offered), None)


class DeclinedError(Exception):
    """A subject does not take the call by which images are filtered."""


class NoImageError(Exception):
    """A subject answers the call by which images are filtered with no image."""


def judge_image(title: str, subject: str) -> dict[str, Any] | None:
    """Return the report's entry for one subject on one kind of image; None where it declines the call."""
    operator = _operator_of(subject)
    assert operator is not None
    images = photograph()[None] if title == PHOTOGRAPH else digits(64)
    with LENDING.of(subject) as worker:
        judged = judged_adapter(backends.load(subject), operator, worker)
        judge = _as_layer if operator == "conv2d" else _as_signals
        entry = {"title": title, "subject": subject, "operator": operator}
        try:
            filtered, ratio, right = judge(judged, images.astype(DTYPE))
        except (DeclinedError, SubjectError):  # of what cannot be asked its verdict says so
            return None
        except NoImageError:
            return {**entry, "worst_ratio": inf, "status": "FAIL", "pictures": []}
    pictures = panel(images[0], filtered[0], ratio[0]) if title == PHOTOGRAPH else [_sheet(images), _edges(filtered)]
    return {
        **entry,
        "worst_ratio": float(ratio.max(initial=0.0)),
        "status": "PASS" if right else "FAIL",
        "pictures": pictures if subject == "convoracle" or not right else [],
    }


def _one(judged: Judged, arrays: dict[str, np.ndarray], options: dict[str, Any]) -> tuple[np.ndarray, np.ndarray, bool]:
    """Return the answer, err/bound by element, and whether the judge accepts it."""
    configuration = bind(judged.record, {name: array.shape for name, array in arrays.items()}, options)
    if judged.unsupported(configuration, {name: (a.shape, str(a.dtype)) for name, a in arrays.items()}, options):
        raise DeclinedError
    answer = judged.answer(arrays, options)
    value = answer.value
    if answer.kind != "value" or not isinstance(value, np.ndarray) or value.size != prod(configuration.output_shape):
        raise NoImageError
    value = value.reshape(configuration.output_shape)
    rules = judged.rules(value.dtype)
    right = judge_floats(configuration, arrays, value, rules).mismatch is None
    return answer.value, error_ratio(configuration, arrays, value, rules).reshape(answer.value.shape), right


def _as_layer(judged: Judged, images: np.ndarray) -> tuple[np.ndarray, np.ndarray, bool]:
    return _one(judged, {"x": images[:, None], "w": SOBEL[:, None].astype(DTYPE)}, {"padding": 1})


def _as_signals(judged: Judged, images: np.ndarray) -> tuple[np.ndarray, np.ndarray, bool]:
    """Filter image by image and filter by filter; a subject of one axis, row by row with the middle row of the filter."""
    two_axes = _takes(judged, images[0].shape, SOBEL[0].shape)
    outcomes = [[_plane(judged, image, taps.astype(DTYPE), two_axes) for taps in SOBEL] for image in images]
    values, ratios = (np.array([[outcome[k] for outcome in row] for row in outcomes]) for k in (0, 1))
    return values, ratios, all(outcome[2] for row in outcomes for outcome in row)


def _takes(judged: Judged, image: tuple[int, ...], taps: tuple[int, ...]) -> bool:
    options = {"mode": "same"}
    configuration = bind(judged.record, {"x": image, "h": taps}, options)
    dtype = str(np.dtype(DTYPE))
    return judged.unsupported(configuration, {"x": (image, dtype), "h": (taps, dtype)}, options) is None


def _plane(judged: Judged, image: np.ndarray, taps: np.ndarray, two_axes: bool) -> tuple[np.ndarray, np.ndarray, bool]:
    if two_axes:
        return _one(judged, {"x": image, "h": taps}, {"mode": "same"})
    rows = [_one(judged, {"x": row, "h": taps[1]}, {"mode": "same"}) for row in image[::4]]
    return np.array([r[0] for r in rows]), np.array([r[1] for r in rows]), all(r[2] for r in rows)


def _sheet(images: np.ndarray) -> dict[str, Any]:
    return picture("handwritten digits", _tiled(images))


def _edges(filtered: np.ndarray) -> dict[str, Any]:
    return picture("edges of the digits", stretched(_tiled(np.linalg.norm(filtered, axis=1))))


def _tiled(images: np.ndarray, columns: int = 16, zoom: int = 3) -> np.ndarray:
    """Return images of one size side by side, each pixel `zoom` times as large."""
    rows = len(images) // columns
    sheet = images[: rows * columns].reshape(rows, columns, *images.shape[1:]).swapaxes(1, 2)
    flat = sheet.reshape(rows * images.shape[1], columns * images.shape[2])
    return np.kron(flat, np.ones((zoom, zoom)))
