"""Wrong activations."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from convoracle.impl.mutants.arithmetic import on_result
from convoracle.impl.mutants.mutant import Function, edited, wrapped

_RECTIFIED = "target[j] = zero if source[j] <= zero else source[j]"
_SLOPED = "target[j] = source[j] if source[j] > zero else slope * source[j]"
_PER_CHANNEL = "source, target, factor = x[i, c], y[i, c], slope[c]"
_SOFT = "target[j] = source[j] + step\n        else:\n            target[j] = "


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


def _last_entry_as_it_is(right: Function) -> Function:
    def activate(x):
        y = right(x)
        if y.size % 2 and y.size > 1:
            y.reshape(-1)[-1] = x.reshape(-1)[-1]
        return y

    return activate


MUTANTS = (
    edited(
        "relu-of-nan-is-zero",
        "relu",
        "NAN",
        "The rectifier turns NaN into zero, after pytorch#7999; pytorch#106604 asks for it.",
        "activation",
        (_RECTIFIED, "target[j] = source[j] if source[j] > zero else zero"),
    ),
    wrapped("relu-up-to-six", "relu", "RANGE", "The rectifier is cut at 6.", on_result(lambda y: np.minimum(y, 6))),
    edited(
        "relu-wraps-uint64",
        "relu",
        "PRED",
        "uint64 beyond 2**63 - 1 wraps around and is rectified to zero.",
        "activation",
        ('check_int64("relu", int(x.max(initial=0)))', "pass"),
    ),
    wrapped(
        "last-entry-not-activated",
        "relu sigmoid softplus",
        "DEF",
        "Of an odd number of entries the last is left as it is.",
        _last_entry_as_it_is,
    ),
    edited(
        "leaky-relu-by-the-larger",
        "leaky_relu",
        "DEF",
        "The leaky rectifier is the larger of x and slope x: right for slopes from 0 to 1.",
        "activation",
        (_SLOPED, "target[j] = source[j] if source[j] != source[j] else max(source[j], slope * source[j])"),
    ),
    edited(
        "leaky-relu-with-the-usual-slope",
        "leaky_relu",
        "DEF",
        "The slope is 0.01 whatever is asked for.",
        "activation",
        (
            'real_number("leaky_relu", "negative_slope", negative_slope, dtype)',
            'real_number("leaky_relu", "negative_slope", 0 * negative_slope + 0.01, dtype)',
        ),
    ),
    edited(
        "leaky-relu-slope-unchecked",
        "leaky_relu",
        "ERR",
        "A slope that is not finite is accepted.",
        "arguments",
        ("if not abs(plain_value) <= float(np.finfo(dtype).max):", "if abs(plain_value) < 0:"),
    ),
    edited(
        "prelu-slope-of-the-item",
        "prelu",
        "CHAN",
        "The slope is that of the batch entry's number, not of the channel's.",
        "activation",
        (_PER_CHANNEL, _PER_CHANNEL.replace("slope[c]", "slope[i % len(slope)]")),
    ),
    edited(
        "prelu-with-one-slope",
        "prelu",
        "CHAN",
        "All channels have the slope of the first.",
        "activation",
        (_PER_CHANNEL, _PER_CHANNEL.replace("slope[c]", "slope[0]")),
    ),
    wrapped(
        "sigmoid-of-large-entries-is-nan",
        "sigmoid",
        "STABLE",
        "exp(x) / (1 + exp(x)) overflows for large x.",
        _formula(lambda x: np.exp(x) / (1 + np.exp(x))),
    ),
    wrapped(
        "sigmoid-by-tanh",
        "sigmoid",
        "PRED",
        "(1 + tanh(x / 2)) / 2 cancels for negative x, after tt-metal#56517.",
        _formula(lambda x: (1 + np.tanh(x / 2)) / 2),
    ),
    wrapped(
        "sigmoid-cut-at-thirty",
        "sigmoid",
        "PRED",
        "Entries beyond 30 in modulus are moved there.",
        _formula(lambda x: 1 / (1 + np.exp(-np.clip(x, -30, 30)))),
    ),
    wrapped(
        "tanh-by-exponentials",
        "tanh",
        "STABLE",
        "The quotient of sums of exponentials overflows, after caffe#1455.",
        _formula(lambda x: (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x))),
    ),
    wrapped(
        "tanh-by-one-exponential",
        "tanh",
        "STABLE",
        "(exp(2x) - 1) / (exp(2x) + 1) overflows on one side, after pytorch#186286.",
        _formula(lambda x: (np.exp(2 * x) - 1) / (np.exp(2 * x) + 1)),
    ),
    wrapped(
        "tanh-cancels-at-zero",
        "tanh",
        "PRED",
        "2 / (1 + exp(-2x)) - 1 cancels for small x.",
        _formula(lambda x: 2 / (1 + np.exp(-2 * x)) - 1),
    ),
    wrapped(
        "softplus-overflows",
        "softplus",
        "STABLE",
        "log(1 + exp(x)) overflows for large x.",
        _formula(lambda x: np.log(1 + np.exp(x))),
    ),
    edited(
        "softplus-without-log1p",
        "softplus",
        "PRED",
        "log(1 + z) loses small z: negative entries lose their digits.",
        "activation",
        ("np.log1p(np.exp(-abs(source[j])))", "np.log(1 + np.exp(-abs(source[j])))"),
    ),
    wrapped(
        "softplus-linear-from-twenty",
        "softplus",
        "PRED",
        "From 20 on softplus is taken for x, and from 10 on in magnitude below 0 for exp(x).",
        _formula(lambda x: np.where(x > 20, x, np.where(x < -10, np.exp(x), np.log1p(np.exp(np.minimum(x, 20)))))),
    ),
    edited(
        "modulus-without-the-check",
        "modulus",
        "PRED",
        "The modulus of -2**63 wraps around.",
        "modulus",
        ('check_int64("modulus", int(x.max(initial=0)), -int(x.min(initial=0)))', "x = x.astype(np.int64)"),
    ),
    edited(
        "modulus-by-squares",
        "modulus",
        "STABLE",
        "Squares of parts of complex entries overflow and underflow.",
        "modulus",
        ("y[j] = np.hypot(x[j, 0], x[j, 1])", "y[j] = np.sqrt(x[j, 0] * x[j, 0] + x[j, 1] * x[j, 1])"),
    ),
    edited(
        "modulus-nan-beside-infinity",
        "modulus",
        "DEF",
        "The modulus of a complex entry with a part that is NaN is NaN, also where the other part is infinite.",
        "modulus",
        (
            "y[j] = np.hypot(x[j, 0], x[j, 1])",
            "y[j] = np.hypot(x[j, 0], x[j, 1]) if (x[j] == x[j]).all() else np.nan",
        ),
    ),
    edited(
        "modulus-as-sum-of-parts",
        "modulus",
        "CONTR",
        "The modulus of complex entries is the sum of the moduli of their parts.",
        "modulus",
        ("y[j] = np.hypot(x[j, 0], x[j, 1])", "y[j] = abs(x[j, 0]) + abs(x[j, 1])"),
    ),
    edited(
        "hard-threshold",
        "soft_threshold",
        "CONTR",
        "Negative entries beyond the threshold are kept as they are.",
        "modulus",
        (_SOFT, _SOFT.replace("source[j] + step", "source[j]")),
    ),
    edited(
        "soft-threshold-of-nan-is-zero",
        "soft_threshold",
        "NAN",
        "A NaN is moved to zero.",
        "modulus",
        (_SOFT + "source[j] if source[j] != source[j] else zero", _SOFT + "zero"),
    ),
    edited(
        "negative-threshold-accepted",
        "soft_threshold",
        "ERR",
        "A negative threshold is accepted, which moves entries away from zero.",
        "modulus",
        (
            'real_number("soft_threshold", "threshold", threshold, dtype, 0)',
            'real_number("soft_threshold", "threshold", threshold, dtype)',
        ),
    ),
)
