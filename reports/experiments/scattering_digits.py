"""A linear classifier of handwritten digits on scattering vectors, and on pixels (row M-class)."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from convoracle.impl import Scattering2D

from .. import pictures
from .data import BY_FILE, SIZE, digits, splits
from .figures import sheet
from .outcome import Number, Outcome, Progress, measured, percent
from .side_by_side import side_by_side

SCALES, ANGLES = 3, 8
PIXELS, FIRST, SECOND = "pixels", "scattering, order 0 and 1", "scattering, order 0 to 2"
SHOWN = 32


def classify(seed: int, progress: Progress) -> Outcome:
    """Classify digits by their pixels and by their scattering vectors, on the splits of the experiment with LeNet-5."""
    labels, vectors, parts = digits()[1], features(), splits(seed)
    works = [
        lambda stop, x=x, part=part: misread(x, labels, *part) for x in vectors.values() for part in parts.values()
    ]
    found = iter(side_by_side(works, lambda done: progress("classifiers", done, len(works))))
    wrong = {name: {split: next(found) for split in parts} for name in vectors}
    errors = {
        name: {split: len(each) / len(parts[split][1]) for split, each in by.items()} for name, by in wrong.items()
    }
    claim = measured(
        "scattering-digits: fewer errors than by pixels",
        "A linear classifier of scattering vectors errs less than half as often as one of pixels, in the mean of the random "
        "splits and on digits of other writers.",
        ("M-class",),
        lambda: _compared(errors),
    )
    return Outcome(numbers=_rows(vectors, errors), evidence=(claim,), pictures=_shown(wrong[SECOND][BY_FILE]))


def features() -> dict[str, np.ndarray]:
    """Return what each classifier sees: one row a digit.

    Returns
    -------
    dict of str to ndarray of shape (1797, numbers)
        The 8 x 8 levels; scattering vectors of the 32 x 32 levels up to order 1, and up to order 2.
    """
    levels = digits()[0][:, 0]
    scatter = Scattering2D(SCALES, (SIZE, SIZE), L=ANGLES)
    coefficients = np.asarray(scatter(levels))
    first = coefficients[:, scatter.meta()["order"] <= 1]
    found = {PIXELS: pictures.digits(len(levels)), FIRST: first, SECOND: coefficients}
    return {name: x.reshape(len(x), -1) for name, x in found.items()}


def misread(x: np.ndarray, labels: np.ndarray, learned: np.ndarray, tested: np.ndarray) -> np.ndarray:
    """Train a logistic regression on some rows, and return which of others it takes for another class.

    Parameters
    ----------
    x : ndarray of shape (items, numbers)
    labels : ndarray of shape (items,)
    learned, tested : ndarray of int
        Numbers of items; those returned are some of the latter.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model: Any = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    model.fit(x[learned], labels[learned])
    return tested[model.predict(x[tested]) != labels[tested]]


def _mean(by: Mapping[str, float]) -> float:
    return float(np.mean([share for split, share in by.items() if split != BY_FILE]))


def _compared(errors: Mapping[str, Mapping[str, float]]) -> str | None:
    (ours, ours_other), (theirs, theirs_other) = ((_mean(errors[x]), errors[x][BY_FILE]) for x in (SECOND, PIXELS))
    if 2 * ours >= theirs or 2 * ours_other >= theirs_other:
        return None
    return f"{ours:.2%} against {theirs:.2%}, of other writers {ours_other:.2%} against {theirs_other:.2%}"


def _rows(vectors: Mapping[str, np.ndarray], errors: Mapping[str, Mapping[str, float]]) -> tuple[Number, ...]:
    return tuple(
        number
        for name, x in vectors.items()
        for number in (
            Number(f"{name}: a digit is", x.shape[1], "numbers"),
            percent(f"{name}: errors, mean of 5 stratified random splits", _mean(errors[name])),
            percent(f"{name}: errors, split by file order: other writers", errors[name][BY_FILE]),
        )
    )


def _shown(wrong: np.ndarray) -> tuple[dict[str, Any], ...]:
    if not len(wrong):
        return ()
    caption = f"Digits of other writers that were misread: {min(SHOWN, len(wrong))} of {len(wrong)}."
    return (pictures.picture(caption, sheet(digits()[0][wrong[:SHOWN], 0], zoom=2)),)
