"""Wrong transposed convolutions and their gradients."""

from __future__ import annotations

from typing import Any

import numpy as np

from convoracle.impl.mutants.mutant import Function, edited, wrapped

_PLACED = "steps=window.steps, terms=terms, bias=b)"
_CORRELATED = "correlate_rows, dy, w, shape=shape, dtype=dtype, steps="


def _extra(x: np.ndarray, output_padding: Any) -> tuple[int, ...]:
    return output_padding if isinstance(output_padding, tuple) else (output_padding,) * (x.ndim - 2)


def _zeros_appended(right: Function) -> Function:
    def layer(x, *operands, output_padding=0, **options):
        y = right(x, *operands, output_padding=output_padding, **options)
        for axis, extra in enumerate(_extra(x, output_padding), start=2):
            y[(slice(None),) * axis + (slice(y.shape[axis] - extra, None),)] = 0
        return y

    return layer


def _input_extended(right: Function) -> Function:
    def layer(x, *operands, output_padding=0, **options):
        right(x, *operands, output_padding=output_padding, **options)
        x = np.pad(x, ((0, 0), (0, 0), *((0, extra) for extra in _extra(x, output_padding))))
        return right(x, *operands, **options)

    return layer


def _read_beyond(right: Function) -> Function:
    """Places that output_padding adds read on behind a row, where the next row begins."""

    def layer(x, *operands, output_padding=0, **options):
        y = right(x, *operands, output_padding=output_padding, **options)
        *others, extra = _extra(x, output_padding)
        if extra:
            beyond = np.roll(x[..., 0].ravel(), -1).reshape(*x.shape[:-1], 1)
            longer = np.concatenate([x, beyond], axis=-1)
            z = right(longer, *operands, output_padding=(*others, 0), **options)
            y[..., -extra:] = z[..., y.shape[-1] - extra : y.shape[-1]]
        return y

    return layer


def _filters_flipped(right: Function) -> Function:
    def layer(x, w, *rest, **options):
        return right(x, np.flip(w, tuple(range(2, w.ndim))), *rest, **options)

    return layer


def _result_flipped(right: Function) -> Function:
    def gradient(*operands, **options):
        dw = right(*operands, **options)
        return np.ascontiguousarray(np.flip(dw, tuple(range(2, dw.ndim))))

    return gradient


def _group_bias(right: Function) -> Function:
    """The bias of the first group for all groups."""

    def layer(x, w, b=None, *, groups=1, **options):
        y = right(x, w, b, groups=groups, **options)
        return y if b is None else right(x, w, np.tile(b[: w.shape[1]], groups), groups=groups, **options)

    return layer


MUTANTS = (
    edited(
        "output-padding-ignored",
        "conv_transpose1d conv_transpose2d",
        "SIZE",
        "output_padding is left out of the size, after pytorch#98129 and tvm#15060.",
        "convolution_transpose",
        ("- p0 - p1 + dilated_extent(k, d) + op\n", "- p0 - p1 + dilated_extent(k, d)\n"),
    ),
    wrapped(
        "output-padding-of-zeros",
        "conv_transpose1d conv_transpose2d",
        "DEF",
        "output_padding appends zeros instead of the values that belong there, after torch-mlir#2026.",
        _zeros_appended,
    ),
    wrapped(
        "output-padding-extends-the-input",
        "conv_transpose1d conv_transpose2d",
        "SIZE",
        "output_padding pads the input, so that one position becomes a whole stride, after coreai-torch#57.",
        _input_extended,
    ),
    edited(
        "output-padding-always-the-most",
        "conv_transpose1d conv_transpose2d",
        "SIZE",
        "The output is as long as the stride lets it be, whatever output_padding is, after keras#9883.",
        "convolution_transpose",
        ("- p0 - p1 + dilated_extent(k, d) + op\n", "- p0 - p1 + dilated_extent(k, d) + s - 1\n"),
    ),
    edited(
        "output-padding-before",
        "conv_transpose1d conv_transpose2d",
        "DEF",
        "output_padding widens the output at its beginning, after onnxruntime#14208.",
        "convolution_transpose",
        (
            _PLACED,
            "steps=(window.stride, window.dilation, tuple(p + extra for (p, _), extra in zip(window.pads, "
            'per_axis(operator, "output_padding", output_padding, rank, 0)))), terms=terms, bias=b)',
        ),
    ),
    wrapped(
        "output-padding-reads-beyond-the-row",
        "conv_transpose1d conv_transpose2d",
        "DEF",
        "Where output_padding adds entries, the row of the input is read beyond its end, after tvm#19524.",
        _read_beyond,
    ),
    edited(
        "output-padding-up-to-the-dilation",
        "conv_transpose1d conv_transpose2d",
        "ERR",
        "output_padding may reach the stride or more, after keras#22439.",
        "convolution_transpose",
        ("        if op >= s:", "        if op >= s + 9:"),
    ),
    edited(
        "padding-not-cropped-in-front",
        "conv_transpose1d conv_transpose2d",
        "DEF",
        "All of the padding is cropped at the end, after TICO#420.",
        "convolution_transpose",
        (_PLACED, _PLACED.replace("window.", "window.without_padding().")),
    ),
    edited(
        "transposed-bias-dropped",
        "conv_transpose1d conv_transpose3d",
        "DEF",
        "The bias of a transposed layer is ignored.",
        "convolution_transpose",
        ("terms=terms, bias=b)", "terms=terms)"),
    ),
    wrapped(
        "bias-of-the-first-group",
        "conv_transpose2d conv_transpose1d",
        "GROUP",
        "Every group gets the bias of the first.",
        _group_bias,
    ),
    wrapped(
        "transposed-with-flipped-filters",
        "conv_transpose1d conv_transpose2d conv_transpose3d",
        "ADJ",
        "The filters are flipped: not the adjoint of the convolution with these filters.",
        _filters_flipped,
    ),
    edited(
        "transposed-input-gradient-without-padding",
        "conv_transpose1d_input_gradient conv_transpose2d_input_gradient",
        "ADJ",
        "The gradient starts at the first entry of dy instead of before it, after jax#32267.",
        "convolution_transpose_gradient",
        (f"{_CORRELATED}window.steps", f"{_CORRELATED}window.without_padding().steps"),
    ),
    wrapped(
        "transposed-weight-gradient-flipped",
        "conv_transpose1d_weight_gradient conv_transpose2d_weight_gradient",
        "ADJ",
        "The taps of the gradient stand in reverse.",
        _result_flipped,
    ),
    edited(
        "transposed-weight-gradient-groups-exchanged",
        "conv_transpose2d_weight_gradient conv_transpose3d_weight_gradient",
        "ADJ",
        "The first group of dy is used for the filters of all groups.",
        "convolution_transpose_gradient",
        (
            "correlate_with_output, x, dy,",
            "correlate_with_output, x, np.concatenate([dy[:, : dy.shape[1] // groups]] * groups, axis=1),",
        ),
    ),
    edited(
        "transposed-input-gradient-without-size-check",
        "conv_transpose1d_input_gradient conv_transpose3d_input_gradient",
        "ERR",
        "dy of another size than the output is taken, after Theano#5267.",
        "convolution_transpose_gradient",
        ("    check_output_size(operator, dy, outs)\n    shape = (dy.shape[0]", "    shape = (dy.shape[0]"),
    ),
)
