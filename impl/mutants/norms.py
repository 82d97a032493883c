"""Wrong normalisation."""

from __future__ import annotations

import numpy as np

from convoracle.impl.mutants.mutant import Function, edited, wrapped

_NORMALISED = "target[p] = (source[p] - centre) / deviation * factor + shift"
_FACTORS = "centre, deviation, factor, shift = mean[c], np.sqrt(var[c] + eps), weight[c], bias[c]"
_STATISTICS = "mean[c], var[c] = centre, squares / count"
_SQUARES = "target[p] += source[p] * source[p]\n        source = x[i, c]"
_OTHERS = (
    "for other in range(max(c - before, 0), min(c + after + 1, x.shape[1])):\n"
    "            source = x[i, other]\n            for p in range(x.shape[2]):\n                "
)
_TOTAL = "source = x[i, c]\n            for p in range(x.shape[2]):\n                total += source[p]"
_QUOTIENT = "target[p] = source[p] / (start + scale * target[p]) ** power"
_REACH = "return min((size - 1) // 2, channels), min(size // 2, channels)"


def _one_pass(right: Function) -> Function:
    def normalise(x, weight=None, bias=None, *, eps=1e-5):
        y, mean, var = right(x, weight, bias, eps=eps)
        axes, column = (0, *range(2, x.ndim)), (1, -1, *(1,) * (x.ndim - 2))
        with np.errstate(all="ignore"):
            var = ((x * x).mean(axes) - x.mean(axes) ** 2).astype(var.dtype)
            z = (x - mean.reshape(column)) / np.sqrt(var.reshape(column) + y.dtype.type(eps))
            z = z * (1 if weight is None else weight.reshape(column)) + (0 if bias is None else bias.reshape(column))
        return z.astype(y.dtype), mean, var

    return normalise


def _unbiased(right: Function) -> Function:
    def normalise(x, *operands, **options):
        y, mean, var = right(x, *operands, **options)
        n = x.size // x.shape[1]
        return y, mean, var * var.dtype.type(n) / var.dtype.type(max(n - 1, 1))

    return normalise


def _per_item(right: Function) -> Function:
    def normalise(x, *operands, **options):
        _, mean, var = right(x, *operands, **options)
        items = [right(x[i : i + 1], *operands, **options)[0] for i in range(len(x))]
        return np.concatenate(items), mean, var

    return normalise


def _statistics_exchanged(right: Function) -> Function:
    def normalise(*operands, **options):
        y, mean, var = right(*operands, **options)
        return y, var, mean

    return normalise


def _only_the_result(right: Function) -> Function:
    return lambda *operands, **options: right(*operands, **options)[0]


def _list_of_results(right: Function) -> Function:
    def normalise(*operands, **options):
        y, mean, var = right(*operands, **options)
        return y, mean.reshape(-1, 1), var.reshape(-1, 1)

    return normalise


def _own_statistics(right: Function) -> Function:
    def normalise(x, mean, var, *rest, **options):
        axes = (0, *range(2, x.ndim))
        enough = x.size // x.shape[1] > 1
        return right(x, x.mean(axes) if enough else mean, x.var(axes) if enough else var, *rest, **options)

    return normalise


def _usual_eps(right: Function) -> Function:
    def normalise(*operands, eps=1e-3, **options):
        return right(*operands, eps=eps, **options)

    return normalise


def _in_float32(right: Function) -> Function:
    """Operands in float64 are computed with in float32."""

    def narrow(*operands, **options):
        y = right(*operands, **options)
        with np.errstate(all="ignore"):
            low = right(*(a.astype(np.float32) for a in operands), **options)
        return (
            tuple(a.astype(b.dtype) for a, b in zip(low, y, strict=True))
            if isinstance(y, tuple)
            else low.astype(y.dtype)
        )

    return narrow


MUTANTS = (
    edited(
        "eps-outside-the-root",
        "batch_norm batch_norm_training",
        "DEF",
        "eps is added to the deviation, not to the variance.",
        "batch_norm",
        (_FACTORS, _FACTORS.replace("np.sqrt(var[c] + eps)", "np.sqrt(var[c]) + eps")),
    ),
    edited(
        "divided-by-the-variance",
        "batch_norm batch_norm_training",
        "DEF",
        "Samples are divided by the variance without a root, after jax#442.",
        "batch_norm",
        (_FACTORS, _FACTORS.replace("np.sqrt(var[c] + eps)", "(var[c] + eps)")),
    ),
    edited(
        "eps-ignored",
        "batch_norm_training batch_norm",
        "DEF",
        "eps is not added.",
        "batch_norm",
        (_FACTORS, _FACTORS.replace("var[c] + eps", "var[c]")),
    ),
    wrapped("eps-of-another-library", "batch_norm", "DEF", "The default of eps is 1e-3.", _usual_eps),
    edited(
        "negative-eps-accepted",
        "batch_norm",
        "ERR",
        "A negative eps is accepted.",
        "batch_norm",
        ('real_number("batch_norm", "eps", eps, dtype, 0)', 'real_number("batch_norm", "eps", eps, dtype)'),
    ),
    edited(
        "shift-before-the-factor",
        "batch_norm",
        "DEF",
        "The bias is added before the weight is multiplied.",
        "batch_norm",
        (_NORMALISED, "target[p] = ((source[p] - centre) / deviation + shift) * factor"),
    ),
    edited(
        "last-channel-of-the-one-before",
        "batch_norm batch_norm_training",
        "CHAN",
        "The last channel is normalised by the statistics of the one before.",
        "batch_norm",
        (_FACTORS, _FACTORS.replace("mean[c]", "mean[c - (c > 0 and c == len(mean) - 1)]")),
    ),
    edited(
        "statistics-by-batch-entry",
        "batch_norm",
        "CHAN",
        "The variance is that of the batch entry's number.",
        "batch_norm",
        (_FACTORS, _FACTORS.replace("var[c]", "var[i % len(var)]")),
    ),
    wrapped(
        "batch-statistics-in-inference",
        "batch_norm",
        "BATCH",
        "The given statistics are replaced by those of the batch where it has more than one sample.",
        _own_statistics,
    ),
    wrapped(
        "one-pass-variance",
        "batch_norm_training",
        "SHIFT",
        "The variance is the mean of squares less the square of the mean, after tt-metal#45968.",
        _one_pass,
    ),
    wrapped(
        "unbiased-variance-returned",
        "batch_norm_training",
        "DEF",
        "The variance that is returned, and only that, is the unbiased one, see mlx#3817.",
        _unbiased,
    ),
    edited(
        "unbiased-variance",
        "batch_norm_training batch_norm_training_gradient",
        "DEF",
        "Squares are divided by n - 1.",
        "batch_norm",
        (_STATISTICS, "mean[c], var[c] = centre, squares / max(count - 1, 1)"),
    ),
    wrapped(
        "normalised-per-item",
        "batch_norm_training",
        "DEF",
        "Every batch entry is normalised by its own statistics.",
        _per_item,
    ),
    edited(
        "mean-of-the-last-item",
        "batch_norm_training",
        "DEF",
        "The sum of a channel starts anew with every batch entry.",
        "batch_norm",
        (_TOTAL, _TOTAL.replace("source = x[i, c]", "source, total = x[i, c], x.dtype.type(0)")),
    ),
    wrapped(
        "mean-and-variance-exchanged",
        "batch_norm_training",
        "DEF",
        "Variance and mean are returned in this order.",
        _statistics_exchanged,
    ),
    wrapped(
        "statistics-not-returned",
        "batch_norm_training",
        "SIZE",
        "Only the normalised samples are returned.",
        _only_the_result,
    ),
    wrapped(
        "statistics-as-columns",
        "batch_norm_training",
        "SIZE",
        "The statistics keep an axis of one.",
        _list_of_results,
    ),
    wrapped(
        "normalised-in-float32",
        "batch_norm_training local_response_norm batch_norm",
        "PRED",
        "float64 is normalised in float32.",
        _in_float32,
    ),
    edited(
        "alpha-not-divided",
        "local_response_norm",
        "DEF",
        "alpha is not divided by the size of the window, which is another convention, see keras#4 of MarcBS.",
        "local_response_norm",
        ("return float(dtype.type(scale) / dtype.type(count)), exponent, offset", "return scale, exponent, offset"),
    ),
    edited(
        "neighbours-counted-by-batch",
        "local_response_norm",
        "CHAN",
        "Channels as far as the batch is long have neighbours, after onnx#7805.",
        "local_response_norm",
        (_OTHERS + _SQUARES, _OTHERS.replace("x.shape[1])):", "x.shape[0])):") + _SQUARES),
    ),
    edited(
        "even-window-reaches-back",
        "local_response_norm local_response_norm_gradient",
        "DEF",
        "Of an even number of channels the surplus lies before, not after.",
        "local_response_norm",
        (_REACH, "return min(size // 2, channels), min((size - 1) // 2, channels)"),
    ),
    edited(
        "even-window-made-odd",
        "local_response_norm",
        "DEF",
        "An even number of channels reaches as far before as after.",
        "local_response_norm",
        (_REACH, "return min(size // 2, channels), min(size // 2, channels)"),
    ),
    edited(
        "neighbours-without-itself",
        "local_response_norm",
        "DEF",
        "A channel is no neighbour of its own.",
        "local_response_norm",
        (
            _OTHERS + _SQUARES,
            _OTHERS + _SQUARES.replace("source[p] * source[p]", "source[p] * source[p] * (other != c)"),
        ),
    ),
    edited(
        "neighbours-not-squared",
        "local_response_norm",
        "DEF",
        "Moduli are summed in place of squares.",
        "local_response_norm",
        (_OTHERS + _SQUARES, _OTHERS + _SQUARES.replace("source[p] * source[p]", "abs(source[p])")),
    ),
    edited(
        "power-of-a-half",
        "local_response_norm",
        "DEF",
        "The divisor is a square root whatever beta is.",
        "local_response_norm",
        (_QUOTIENT, "target[p] = source[p] / np.sqrt(start + scale * target[p])"),
    ),
    edited(
        "offset-after-the-power",
        "local_response_norm",
        "DEF",
        "k is added to the power, not to its base.",
        "local_response_norm",
        (_QUOTIENT, "target[p] = source[p] / (start + (scale * target[p]) ** power)"),
    ),
)
