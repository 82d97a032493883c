"""Wrong gradients of activations, softmax and cross-entropy."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from convoracle.impl.mutants.mutant import Function, edited, wrapped

_SELECTED = (
    "        if source[j] > zero:\n            target[j] = change[j]\n        else:\n"
    "            target[j] = zero if source[j] <= zero else source[j]"
)
_SLOPED = (
    "        if source[j] > zero:\n            target[j] = change[j]\n        else:\n"
    "            target[j] = slope * change[j] if source[j] <= zero else source[j]"
)
_PRELU = "target[p] = slope[c] * change[p] if source[p] <= zero else source[p]"


def _formula(formula: Callable[..., np.ndarray]) -> Callable[[Function], Function]:
    """Return the wrapper that computes `formula` of dy and x in the dtype of the right result, after its checks."""

    def wrapper(right: Function) -> Function:
        def wrong(dy, x, **options):
            dtype = right(dy, x, **options).dtype
            with np.errstate(all="ignore"):
                return np.asarray(formula(dy.astype(dtype), x.astype(dtype), **options))

        return wrong

    return wrapper


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def _softmax(x: np.ndarray, axis: int) -> np.ndarray:
    powers = np.exp(x - x.max(axis, keepdims=True))
    return powers / powers.sum(axis, keepdims=True)


def _only_the_diagonal(dy: np.ndarray, x: np.ndarray, axis: int = -1) -> np.ndarray:
    y = _softmax(x, axis)
    return dy * y * (1 - y)


def _mean_of_dy(dy: np.ndarray, x: np.ndarray, axis: int = -1) -> np.ndarray:
    return _softmax(x, axis) * (dy - dy.mean(axis, keepdims=True))


def _sum_shared_evenly(dy: np.ndarray, x: np.ndarray, axis: int = -1) -> np.ndarray:
    return dy - dy.mean(axis, keepdims=True)


def _mean_of_the_batch(right: Function) -> Function:
    def gradient(dy, *operands):
        dx = right(dy, *operands)
        return dx if dx.dtype.kind in "iu" else (dx / max(1, len(dy))).astype(dx.dtype)

    return gradient


def _first_dy(right: Function) -> Function:
    def gradient(dy, *operands):
        return right(np.full_like(dy, dy[0]) if dy.size else dy, *operands)

    return gradient


MUTANTS = (
    edited(
        "relu-gradient-at-zero",
        "relu_gradient",
        "DEF",
        "The gradient passes where x is zero.",
        "activation_gradient",
        (_SELECTED, _SELECTED.replace("if source[j] > zero:", "if source[j] >= zero:")),
    ),
    edited(
        "relu-gradient-as-a-product",
        "relu_gradient",
        "NAN",
        "dy is multiplied by 0 or 1: an infinity gives NaN where x <= 0.",
        "activation_gradient",
        (_SELECTED, _SELECTED.replace("zero if source[j] <= zero", "zero * change[j] if source[j] <= zero")),
    ),
    edited(
        "relu-gradient-hides-nan",
        "relu_gradient",
        "NAN",
        "The gradient is zero where x is NaN.",
        "activation_gradient",
        (_SELECTED, _SELECTED.replace("zero if source[j] <= zero else source[j]", "zero")),
    ),
    edited(
        "integer-gradients-wrap",
        "relu_gradient modulus_gradient",
        "PRED",
        "Gradients of uint64 beyond int64 wrap around.",
        "activation_gradient",
        ("-int(dy.min())) < 1 << 63:", "-int(dy.min())) < 1 << 65:"),
    ),
    edited(
        "leaky-gradient-by-the-output",
        "leaky_relu_gradient",
        "DEF",
        "The sign of the output decides, which is another's for negative slopes, after pytorch#31938.",
        "activation_gradient",
        (_SLOPED, _SLOPED.replace("if source[j] > zero:", "if source[j] > zero or slope * source[j] > zero:")),
    ),
    edited(
        "prelu-gradient-with-one-slope",
        "prelu_gradient",
        "CHAN",
        "dx takes the slope of the first channel.",
        "activation_gradient",
        (_PRELU, _PRELU.replace("slope[c]", "slope[0]")),
    ),
    edited(
        "slope-gradient-of-the-last-item",
        "prelu_gradient",
        "ADJ",
        "The gradient of the slopes starts anew with every batch entry.",
        "activation_gradient",
        (
            "            change, source, target = dy[i, c], x[i, c], dx[i, c]",
            "            change, source, target, total = dy[i, c], x[i, c], dx[i, c], zero",
        ),
    ),
    edited(
        "slope-gradient-of-all-entries",
        "prelu_gradient",
        "DEF",
        "Positive entries too count for the gradient of the slopes.",
        "activation_gradient",
        (
            "                    target[p] = change[p]\n",
            "                    target[p] = change[p]\n                    total += change[p] * source[p]\n",
        ),
    ),
    wrapped(
        "sigmoid-gradient-cancels",
        "sigmoid_gradient",
        "PRED",
        "1 - s cancels for large x.",
        _formula(lambda dy, x: dy * _sigmoid(x) * (1 - _sigmoid(x))),
    ),
    edited(
        "tanh-gradient-of-half",
        "tanh_gradient",
        "DEF",
        "From 1 on in modulus exp(-|x|) is taken for exp(-2 |x|).",
        "activation_smooth_gradient",
        ("z = np.exp(-abs(source[j] + source[j]))", "z = np.exp(-abs(source[j]))"),
    ),
    wrapped(
        "softplus-gradient-overflows",
        "softplus_gradient",
        "STABLE",
        "The logistic factor exp(x) / (1 + exp(x)) overflows for large x.",
        _formula(lambda dy, x: dy * (np.exp(x) / (1 + np.exp(x)))),
    ),
    edited(
        "modulus-gradient-at-zero",
        "modulus_gradient",
        "DEF",
        "The sign of zero is taken for 1.",
        "modulus",
        (
            "        if source[j] > zero:\n            target[j] = change[j]\n        elif",
            "        if source[j] >= zero:\n            target[j] = change[j]\n        elif",
        ),
    ),
    edited(
        "modulus-gradient-not-normalised",
        "modulus_gradient",
        "CONTR",
        "Of complex entries dy x is not divided by the modulus where it is below 1.",
        "modulus",
        ("        if length == zero:", "        length = max(length, one)\n        if length == zero:"),
    ),
    edited(
        "modulus-gradient-parts-exchanged-near-overflow",
        "modulus_gradient",
        "DEF",
        "Where parts of complex entries are halved before their modulus is taken, they are exchanged.",
        "modulus",
        ("real, imaginary = half * real, half * imaginary", "real, imaginary = half * imaginary, half * real"),
    ),
    edited(
        "modulus-gradient-of-infinity-is-zero",
        "modulus_gradient",
        "DEF",
        "Complex entries with an infinite part have the direction of 0.",
        "modulus",
        ("        if length == zero:", "        if length == zero or length == np.inf:"),
    ),
    edited(
        "modulus-gradient-conjugated",
        "modulus_gradient",
        "CONJ",
        "Complex entries are conjugated.",
        "modulus",
        ("dy[j] * (imaginary / length)", "dy[j] * (-imaginary / length)"),
    ),
    edited(
        "threshold-gradient-at-the-threshold",
        "soft_threshold_gradient",
        "DEF",
        "The gradient passes at the threshold itself.",
        "modulus",
        ("if abs(source[j]) > step:", "if abs(source[j]) >= step:"),
    ),
    edited(
        "threshold-gradient-of-positives",
        "soft_threshold_gradient",
        "DEF",
        "The gradient passes only above the threshold, not below its negative.",
        "modulus",
        ("if abs(source[j]) > step:", "if source[j] > step:"),
    ),
    wrapped(
        "softmax-gradient-of-the-diagonal",
        "softmax_gradient",
        "ADJ",
        "Only the diagonal of the derivative is taken.",
        _formula(_only_the_diagonal),
    ),
    wrapped(
        "softmax-gradient-with-the-mean",
        "softmax_gradient",
        "ADJ",
        "The mean of dy is subtracted without the weights.",
        _formula(_mean_of_dy),
    ),
    wrapped(
        "log-softmax-gradient-shared-evenly",
        "log_softmax_gradient",
        "ADJ",
        "The sum of dy is shared evenly, not by the softmax.",
        _formula(_sum_shared_evenly),
    ),
    edited(
        "loss-gradient-without-the-label",
        "cross_entropy_gradient",
        "ADJ",
        "The softmax is not diminished at the label.",
        "cross_entropy",
        (
            "            target[c] = dy[i] * (target[c] / total)",
            "            target[c] = dy[i] * (abs(target[c]) / total)",
        ),
    ),
    edited(
        "loss-gradient-at-the-last-class",
        "cross_entropy_gradient",
        "ADJ",
        "Of three classes or more the last is diminished in place of the label.",
        "cross_entropy",
        (
            "row, target, label = logits[i], dx[i], labels[i]",
            "row, target, label = logits[i], dx[i], labels[i] if len(logits[i]) < 3 else len(logits[i]) - 1",
        ),
    ),
    wrapped(
        "loss-gradient-of-the-mean",
        "cross_entropy_gradient",
        "BATCH",
        "The gradient is divided by the size of the batch.",
        _mean_of_the_batch,
    ),
    wrapped(
        "loss-gradient-of-the-first",
        "cross_entropy_gradient",
        "BATCH",
        "All rows take the dy of the first.",
        _first_dy,
    ),
)
