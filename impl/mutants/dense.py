"""Wrong dense layers and their gradients."""

from __future__ import annotations

from convoracle.impl.mutants.mutant import Function, edited, wrapped


def _mean_of_the_batch(right: Function) -> Function:
    def gradient(dy, *operands):
        dx = right(dy, *operands)
        return dx if dx.dtype.kind in "iu" else (dx / max(1, len(dy))).astype(dx.dtype)

    return gradient


MUTANTS = (
    edited(
        "square-weights-not-transposed",
        "linear",
        "DEF",
        "Square matrices of weights are not transposed.",
        "linear",
        (
            '_product("linear", x, w.T, dtype, b)',
            '_product("linear", x, w.T if len(w) < w.shape[1] or len(w) > w.shape[1] else w, dtype, b)',
        ),
    ),
    edited(
        "bias-by-row",
        "linear",
        "DEF",
        "Where there are as many vectors as results, the bias is added by row.",
        "linear",
        (
            'return _product("linear", x, w.T, dtype, b)',
            "if b is not None and len(x) == len(w):\n"
            '        return (_product("linear", x, w.T, dtype) + b[:, None]).astype(dtype)\n'
            '    return _product("linear", x, w.T, dtype, b)',
        ),
    ),
    edited(
        "fourth-product-doubled",
        "linear linear_weight_gradient",
        "DEF",
        "Of four products at a time the fourth takes the factor of the third.",
        "linear",
        ("a3 * b3[t]", "a2 * b3[t]"),
    ),
    edited(
        "remainder-of-four-lost",
        "linear linear_input_gradient",
        "DEF",
        "Of a remainder of three products the last is lost.",
        "linear",
        ("for c in range(4 * fours, a.shape[1]):", "for c in range(4 * fours, a.shape[1] - a.shape[1] % 4 // 3):"),
    ),
    wrapped(
        "dense-gradient-of-the-mean",
        "linear_weight_gradient",
        "ADJ",
        "The gradient of the weights is divided by the size of the batch.",
        _mean_of_the_batch,
    ),
    edited(
        "square-gradient-transposed",
        "linear_input_gradient",
        "ADJ",
        "Square matrices of weights are transposed.",
        "linear",
        (
            '_product("linear_input_gradient", dy, w, dtype)',
            '_product("linear_input_gradient", dy, w.T if w.shape == w.T.shape else w, dtype)',
        ),
    ),
)
