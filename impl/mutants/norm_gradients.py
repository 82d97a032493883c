"""Wrong gradients of normalisation."""

from __future__ import annotations

from convoracle.impl.mutants.mutant import Function, edited, wrapped

_PULLED = "max(c - after, 0), min(c + before + 1, x.shape[1])"
_CENTRED = "target[p] = (change[p] - mean_change - normalised * mean_product) * factor / deviation"


def _swapped(right: Function) -> Function:
    def gradient(*operands, **options):
        dx, dweight, dbias = right(*operands, **options)
        return dx, dbias, dweight

    return gradient


MUTANTS = (
    edited(
        "statistics-taken-for-constants",
        "batch_norm_training_gradient",
        "ADJ",
        "The gradient does not pass through the statistics.",
        "batch_norm_gradient",
        ("dtype, rounded, through_statistics=True)", "dtype, rounded, through_statistics=False)"),
    ),
    edited(
        "gradient-through-the-mean-only",
        "batch_norm_training_gradient",
        "ADJ",
        "The gradient passes through the mean but not through the variance.",
        "batch_norm_gradient",
        (_CENTRED, _CENTRED.replace(" - normalised * mean_product", "")),
    ),
    edited(
        "gradient-of-the-weight-with-the-weight",
        "batch_norm_gradient",
        "ADJ",
        "dx forgets the weight.",
        "batch_norm_gradient",
        ("target[p] = change[p] * factor / deviation", "target[p] = change[p] / deviation"),
    ),
    edited(
        "gradient-of-the-weight-not-centred",
        "batch_norm_gradient batch_norm_training_gradient",
        "ADJ",
        "The gradient of the weight sums dy x without the mean.",
        "batch_norm_gradient",
        (
            "products += change[p] * ((source[p] - centre) / deviation)",
            "products += change[p] * (source[p] / deviation)",
        ),
    ),
    edited(
        "gradient-of-the-bias-of-one-item",
        "batch_norm_gradient batch_norm_training_gradient",
        "ADJ",
        "The gradient of the bias starts anew with every batch entry.",
        "batch_norm_gradient",
        (
            "            change, source = dy[i, c], x[i, c]",
            "            change, source, changes = dy[i, c], x[i, c], x.dtype.type(0)",
        ),
    ),
    wrapped(
        "gradients-of-weight-and-bias-exchanged",
        "batch_norm_gradient",
        "DEF",
        "The gradients of bias and weight are returned in this order.",
        _swapped,
    ),
    edited(
        "response-gradient-of-the-channel-alone",
        "local_response_norm_gradient",
        "ADJ",
        "The gradient does not pass through the neighbours.",
        "local_response_norm",
        (_PULLED, "c, c + 1"),
    ),
    edited(
        "response-gradient-reaches-as-the-norm",
        "local_response_norm_gradient",
        "ADJ",
        "The gradient sums over the window of a channel, not over the windows that hold it: right for odd sizes.",
        "local_response_norm",
        (_PULLED, _PULLED.replace("after", "BEFORE").replace("before", "after").replace("BEFORE", "before")),
    ),
    edited(
        "response-gradient-without-the-two",
        "local_response_norm_gradient",
        "ADJ",
        "The derivative of a square is taken without its factor 2.",
        "local_response_norm",
        ("twice = float(dtype.type(2) * ", "twice = float(dtype.type(1) * "),
    ),
    edited(
        "response-gradient-divides-by-nothing",
        "local_response_norm_gradient",
        "DEF",
        "With power 0, too, the pulls are divided by the divisor: NaN where that is 0, though its power is 1.",
        "local_response_norm",
        (" / base if pulled else none", " / base"),
    ),
)
