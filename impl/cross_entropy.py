"""Cross-entropy of logits against labels, and its gradient."""

from __future__ import annotations

import numpy as np

from convoracle.impl.activation import ELEMENTARY
from convoracle.impl.arguments import check_at_least, check_axes, check_equal, float_dtype
from convoracle.impl.compiled import Kernel, plain, share


def _checked_labels(operator: str, logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the labels as int64; raise unless there is one class per logits row, 0 .. C - 1."""
    check_axes(operator, "logits", logits, ("N", "C"))
    if not isinstance(labels, np.ndarray) or isinstance(labels, np.ma.MaskedArray):
        raise TypeError(f"{operator}: labels must be a numpy array, got {type(labels).__name__}")
    if labels.dtype.kind not in "iu":
        raise TypeError(f"{operator}: labels must have an integer dtype, got {labels.dtype}")
    rows, classes = logits.shape
    check_at_least(operator, 1, C=classes)
    check_equal(operator, "labels.shape", labels.shape, "(N,)", (rows,))
    for value in labels[(labels < 0) | (labels >= classes)][:1]:
        raise ValueError(f"{operator}: labels must be from 0 to C - 1, got label={value}, C={classes}")
    return plain(labels, np.dtype(np.int64))


@Kernel.taking("read2 read_index1 write1")
def lose_by_label(logits, labels, losses, first, last):
    """losses[i] = log(sum_c exp(x_c - M)) - (x_label - M) with x = logits[i], M its largest; a unit is a row i."""
    for i in range(first, last):
        row, place = logits[i], 0
        for c in range(len(row)):
            place = c if row[c] > row[place] else place
        others = row[place] - row[place]  # 0, or NaN where nothing finite is the largest
        for c in range(len(row)):
            if c != place:
                others += np.exp(row[c] - row[place])
        # the largest has the term 1: kept apart, small others are not lost in it
        losses[i] = np.log1p(others) - (row[labels[i]] - row[place])


def cross_entropy(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Cross-entropy of each label under the softmax of its logits.

        losses_i = log(sum_c exp(x_c - M)) - (x_label - M), x = logits[i], M = max_c x_c

    which is -log softmax(x)_label (seed U, eq. 1, row U1: a loss whose mean is minimised). The term 1 of the largest logit is
    kept apart by log1p, so that small losses are accurate too.

    Parameters
    ----------
    logits : ndarray of shape (N, C)
        float32 or float64, with any strides; C at least 1.
    labels : ndarray of shape (N,)
        Any integer dtype, from 0 to C - 1.

    Returns
    -------
    ndarray of shape (N,)
        Of the dtype of the logits. NaN where a row holds a NaN or inf, or nothing but -inf.

    Raises
    ------
    TypeError
        An operand is no array of a legal dtype.
    ValueError
        The shapes do not fit together, or a label is out of range.

    Examples
    --------
    >>> import numpy as np
    >>> from convoracle.impl import cross_entropy
    >>> cross_entropy(np.array([[1e4, -1e4], [1e4, -1e4]]), np.array([0, 1])).tolist()
    [0.0, 20000.0]
    """
    dtype = float_dtype("cross_entropy", logits=logits)
    places = _checked_labels("cross_entropy", logits, labels)
    losses = np.empty(len(logits), dtype)
    share(
        lose_by_label, dtype, (plain(logits, dtype), places, losses), units=len(logits), work=ELEMENTARY * logits.size
    )
    return losses


@Kernel.taking("read1 read2 read_index1 write2")
def softmax_without_label(dy, logits, labels, dx, first, last):
    """dx[i, c] = dy[i] (softmax(logits[i])_c - [c = label]); a unit is a row i."""
    for i in range(first, last):
        row, target, label = logits[i], dx[i], labels[i]
        largest = row[0]
        for c in range(len(row)):
            largest = row[c] if row[c] > largest else largest
        others = dx.dtype.type(0)
        for c in range(len(row)):
            target[c] = np.exp(row[c] - largest)
            if c != label:
                others += target[c]
        total = others + target[label]
        target[label] = -others  # softmax - 1 would cancel
        for c in range(len(row)):
            target[c] = dy[i] * (target[c] / total)


def cross_entropy_gradient(dy: np.ndarray, logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Gradient of the cross-entropy: for a loss with gradient dy, its gradient with respect to the logits.

        dx[i, c] = dy[i] (softmax(logits[i])_c - [c = label_i])

    (seed U, row U1); at the label, minus the sum of the other probabilities.

    Parameters
    ----------
    dy : ndarray of shape (N,)
    logits : ndarray of shape (N, C)
        Each float32 or float64, with any strides; C at least 1.
    labels : ndarray of shape (N,)
        Any integer dtype, from 0 to C - 1.

    Returns
    -------
    ndarray of shape (N, C)
        Of dtype ``np.result_type(dy, logits)``. A row is NaN where one of logits holds a NaN or inf, or nothing but -inf.

    Raises
    ------
    TypeError
        An operand is no array of a legal dtype.
    ValueError
        The shapes do not fit together, or a label is out of range.

    Examples
    --------
    >>> import numpy as np
    >>> from convoracle.impl import cross_entropy_gradient
    >>> cross_entropy_gradient(np.array([8.0]), np.array([[3.0, 3.0]]), np.array([1])).tolist()
    [[4.0, -4.0]]
    """
    dtype = float_dtype("cross_entropy_gradient", dy=dy, logits=logits)
    places = _checked_labels("cross_entropy_gradient", logits, labels)
    check_equal("cross_entropy_gradient", "dy.shape", dy.shape, "(N,)", places.shape)
    dx = np.empty(logits.shape, dtype)
    arrays = plain(dy, dtype), plain(logits, dtype), places, dx
    share(softmax_without_label, dtype, arrays, units=len(logits), work=ELEMENTARY * dx.size)
    return dx
