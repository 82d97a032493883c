"""Wrong softmax and cross-entropy."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from convoracle.impl.mutants.arithmetic import on_result
from convoracle.impl.mutants.mutant import Function, edited, wrapped

_LOSS = "losses[i] = np.log1p(others) - (row[labels[i]] - row[place])"


def _formula(formula: Callable[..., np.ndarray]) -> Callable[[Function], Function]:
    """Return the wrapper that computes `formula` in the dtype of the right result, after the right function's checks."""

    def wrapper(right: Function) -> Function:
        def wrong(*operands, **options):
            dtype = right(*operands, **options).dtype
            with np.errstate(all="ignore"):
                return np.asarray(
                    formula(*(a.astype(dtype) if a.dtype.kind == "f" else a for a in operands), **options)
                )

        return wrong

    return wrapper


def _softmax_of_all(x: np.ndarray, axis: int = -1) -> np.ndarray:
    powers = np.exp(x - x.max(axis, keepdims=True))
    return powers / powers.sum()


def _last_class_not_summed(x: np.ndarray, axis: int = -1) -> np.ndarray:
    rows = np.moveaxis(x, axis, -1)
    powers = np.exp(rows - rows.max(-1, keepdims=True))
    count = max(1, powers.shape[-1] - 1)
    return np.ascontiguousarray(np.moveaxis(powers / powers[..., :count].sum(-1, keepdims=True), -1, axis))


def _infinity_is_certain(right: Function) -> Function:
    def softmax(x, *, axis=-1):
        y = right(x, axis=axis)
        infinite = np.isposinf(x)
        one = infinite.any(axis, keepdims=True) & ~np.isnan(x).any(axis, keepdims=True)
        return np.where(one, infinite / np.maximum(infinite.sum(axis, keepdims=True), 1), y).astype(y.dtype)

    return softmax


def _nothing_is_zero(right: Function) -> Function:
    def softmax(x, *, axis=-1):
        y = right(x, axis=axis)
        return np.where(np.isneginf(x).all(axis, keepdims=True), np.zeros_like(y), y)

    return softmax


def _rowwise_loss(loss: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> Callable[[Function], Function]:
    """Return the wrapper that computes losses from the softmax and the labels."""

    def softmax_loss(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
        powers = np.exp(logits - logits.max(1, keepdims=True))
        return loss(powers / powers.sum(1, keepdims=True), labels)

    return _formula(softmax_loss)


def _at(y: np.ndarray, labels: np.ndarray) -> np.ndarray:
    return y[np.arange(len(y)), labels]


def _naive_log_softmax(x: np.ndarray, axis: int = -1) -> np.ndarray:
    return x - np.log(np.exp(x).sum(axis, keepdims=True))


def _log_of_softmax(x: np.ndarray, axis: int = -1) -> np.ndarray:
    powers = np.exp(x - x.max(axis, keepdims=True))
    return np.log(powers / powers.sum(axis, keepdims=True))


def _softmax_without_maximum(x: np.ndarray, axis: int = -1) -> np.ndarray:
    return np.exp(x) / np.exp(x).sum(axis, keepdims=True)


def _softmax_base_two(x: np.ndarray, axis: int = -1) -> np.ndarray:
    powers = np.exp2(x - x.max(axis, keepdims=True))
    return powers / powers.sum(axis, keepdims=True)


def _labels_forgiven(right: Function) -> Function:
    def loss(logits, labels):
        return right(logits, np.minimum(labels, logits.shape[1] - 1))

    return loss


MUTANTS = (
    wrapped(
        "softmax-without-the-maximum",
        "softmax",
        "SHIFT",
        "Exponentials overflow as the maximum is not subtracted, after deeplearning4j#6039.",
        _formula(_softmax_without_maximum),
    ),
    edited(
        "softmax-along-the-last-axis",
        "softmax log_softmax softmax_gradient",
        "DEF",
        "Rows lie along the last axis whatever is asked for.",
        "softmax",
        ("place = int(axis) % x.ndim", "place = int(axis) % x.ndim * 0 + x.ndim - 1"),
    ),
    edited(
        "negative-axis-one-off",
        "softmax log_softmax_gradient",
        "DEF",
        "Negative axes other than -1 count from the one before the last.",
        "softmax",
        ("place = int(axis) % x.ndim", "place = (int(axis) - (-x.ndim < axis < -1)) % x.ndim"),
    ),
    wrapped(
        "softmax-of-all-rows-together",
        "softmax",
        "RANGE",
        "Exponentials are divided by the sum over all rows.",
        _formula(_softmax_of_all),
    ),
    wrapped(
        "last-class-not-summed",
        "softmax",
        "RANGE",
        "The last entry of a row is left out of the sum.",
        _formula(_last_class_not_summed),
    ),
    wrapped(
        "softmax-in-base-two",
        "softmax",
        "DEF",
        "Powers are those of two.",
        _formula(_softmax_base_two),
    ),
    wrapped(
        "softmax-of-infinity-is-one",
        "softmax",
        "NAN",
        "A row with an infinity is certain of it: the limit, not the definition, see scipy#23225.",
        _infinity_is_certain,
    ),
    wrapped(
        "softmax-of-nothing-is-zero",
        "softmax",
        "NAN",
        "A row of -inf gives zeros.",
        _nothing_is_zero,
    ),
    wrapped(
        "log-softmax-without-the-maximum",
        "log_softmax",
        "SHIFT",
        "The logarithm of the sum of exponentials overflows.",
        _formula(_naive_log_softmax),
    ),
    wrapped(
        "log-of-softmax",
        "log_softmax",
        "STABLE",
        "The logarithm of a softmax that vanished is -inf.",
        _formula(_log_of_softmax),
    ),
    wrapped(
        "loss-of-zero-probability",
        "cross_entropy",
        "STABLE",
        "The loss is the logarithm of a probability that may have vanished.",
        _rowwise_loss(lambda y, labels: -np.log(_at(y, labels))),
    ),
    wrapped(
        "loss-with-an-epsilon",
        "cross_entropy",
        "PRED",
        "1e-7 is added to the probability so that its logarithm is finite.",
        _rowwise_loss(lambda y, labels: -np.log(_at(y, labels) + y.dtype.type(1e-7))),
    ),
    edited(
        "labels-from-one",
        "cross_entropy",
        "DEF",
        "Labels count from one, cyclically.",
        "cross_entropy",
        (_LOSS, _LOSS.replace("row[labels[i]]", "row[labels[i] - 1]")),
    ),
    edited(
        "label-of-the-row-before",
        "cross_entropy",
        "BATCH",
        "Rows are judged by the label of the row before.",
        "cross_entropy",
        (_LOSS, _LOSS.replace("labels[i]", "labels[max(i, 1) - 1]")),
    ),
    wrapped(
        "loss-averaged",
        "cross_entropy",
        "BATCH",
        "Every loss is the mean of the batch.",
        on_result(lambda losses: np.full_like(losses, losses.mean() if losses.size else 0)),
    ),
    edited(
        "negative-labels-from-the-end",
        "cross_entropy cross_entropy_gradient",
        "ERR",
        "Negative labels count from the last class.",
        "cross_entropy",
        ("labels[(labels < 0) | (labels >= classes)]", "labels[labels >= classes]"),
    ),
    wrapped(
        "labels-beyond-the-classes-moved",
        "cross_entropy",
        "ERR",
        "Labels beyond the classes are taken for the last.",
        _labels_forgiven,
    ),
)
