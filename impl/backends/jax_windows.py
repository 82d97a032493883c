"""JAX's convolutions and pools, by ``jax.lax``, and their gradients by ``jax.vjp``."""

from functools import partial
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import lax

from convoracle.impl.backends.jax_arrays import Function, gradient
from convoracle.impl.backends.window_options import entries_of, pads_of

per_axis, sides = partial(entries_of, "jax"), partial(pads_of, "jax")

_MODES = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}
"""Word of the record -> word of ``jax.numpy.pad``."""


def with_bias(y: Any, b: Any, axis: int = 1) -> Any:
    """Add a bias, which JAX's functions do not know, along the axis of channels; it has one number for each."""
    if b is None:
        return y
    if b.shape != (y.shape[axis],):
        raise ValueError(f"jax: the bias has one number for each of {y.shape[axis]} channels, got the shape {b.shape}")
    return y + of_channels(b, y.ndim, axis)


def of_channels(values: Any, rank: int, axis: int = 1) -> Any:
    """Return a number per channel as an array of so many axes."""
    if values.ndim != 1:
        raise ValueError(f"jax: there is one number for each channel, got the shape {values.shape}")
    return values.reshape(-1, *(1,) * (rank - 1 - axis))


def convolution(rank: int) -> Function:
    """Return ``jax.lax.conv_general_dilated`` on so many axes, after ``jax.numpy.pad`` where the border is not zero."""

    def conv(
        x: Any,
        w: Any,
        b: Any = None,
        *,
        stride: Any = 1,
        padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
        padding_mode: str = "zeros",
    ) -> Any:
        around: Any = padding.upper() if isinstance(padding, str) else sides(padding, rank)
        if padding_mode != "zeros":
            pairs = sides(0 if padding == "valid" else padding, rank)
            x = jnp.pad(x, [(0, 0), (0, 0), *pairs], mode=_MODES.get(padding_mode, padding_mode))
            around = "VALID"
        strides, dilations = per_axis(stride, rank), per_axis(dilation, rank)
        y = lax.conv_general_dilated(
            x, w, strides, around, rhs_dilation=dilations, feature_group_count=groups, precision=lax.Precision.HIGHEST
        )
        return with_bias(y, b)

    return conv


def transposed_convolution(rank: int) -> Function:
    """Return ``jax.lax.conv_transpose`` on so many axes, which takes the padding of the convolution that it computes."""

    def conv_transpose(
        x: Any,
        w: Any,
        b: Any = None,
        *,
        stride: Any = 1,
        padding: Any = 0,
        output_padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
    ) -> Any:
        if groups != 1 or any(per_axis(output_padding, rank)):
            raise ValueError(
                f"jax.lax.conv_transpose: there are no groups and no output_padding, got {groups}, {output_padding}"
            )
        strides, dilations = per_axis(stride, rank), per_axis(dilation, rank)
        reaches = [d * (k - 1) for d, k in zip(dilations, w.shape[2:], strict=True)]
        pairs = sides(0 if padding == "valid" else padding, rank)
        around = [(e - p, e - q) for e, (p, q) in zip(reaches, pairs, strict=True)]
        numbers = lax.conv_dimension_numbers(x.shape, w.shape, None)
        y = lax.conv_transpose(
            x,
            w,
            strides,
            around,
            rhs_dilation=dilations,
            dimension_numbers=numbers,
            transpose_kernel=True,
            precision=lax.Precision.HIGHEST,
        )
        return with_bias(y, b)

    return conv_transpose


def input_gradient(forward: Function, rank: int, *, transposed: bool = False) -> Function:
    """Return the gradient of a convolution with respect to its input."""

    def backward(dy: Any, w: Any, *, input_size: Any, **options: Any) -> Any:
        channels = w.shape[0] if transposed else w.shape[1] * options.get("groups", 1)
        x = jnp.zeros((dy.shape[0], channels, *per_axis(input_size, rank)), dy.dtype)
        return gradient(lambda x: forward(x, w, **options), x, dy)

    return backward


def weight_gradient(forward: Function, rank: int, *, transposed: bool = False) -> Function:
    """Return the gradient of a convolution with respect to its filters."""

    def backward(dy: Any, x: Any, *, kernel_size: Any, **options: Any) -> Any:
        first, second = (x, dy) if transposed else (dy, x)
        channels = second.shape[1] // max(1, options.get("groups", 1))  # the function itself refuses groups below 1
        w = jnp.zeros((first.shape[1], channels, *per_axis(kernel_size, rank)), dy.dtype)
        return gradient(lambda w: forward(x, w, **options), w, dy)

    return backward


def _windows(rank: int, kernel_size: Any, stride: Any, padding: Any, dilation: Any) -> dict[str, Any]:
    around: Any = padding.upper() if isinstance(padding, str) else [(0, 0), (0, 0), *sides(padding, rank)]
    return {
        "window_dimensions": (1, 1, *per_axis(kernel_size, rank)),
        "window_strides": (1, 1, *per_axis(kernel_size if stride is None else stride, rank)),
        "padding": around,
        "window_dilation": (1, 1, *per_axis(dilation, rank)),
    }


def max_pool(rank: int) -> Function:
    """Return ``jax.lax.reduce_window`` with ``jax.lax.max``."""

    def pool(x: Any, *, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1, **mode: bool) -> Any:
        _no_ceiling(**mode)
        least = -np.inf if jnp.issubdtype(x.dtype, jnp.floating) else jnp.iinfo(x.dtype).min
        return lax.reduce_window(
            x, np.asarray(least, x.dtype)[()], lax.max, **_windows(rank, kernel_size, stride, padding, dilation)
        )

    return pool


def avg_pool(rank: int) -> Function:
    """Return ``jax.lax.reduce_window`` with ``jax.lax.add``, over the size of the window."""

    def pool(
        x: Any,
        *,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
        **mode: bool,
    ) -> Any:
        _no_ceiling(**mode)
        if count_include_pad is not True or divisor_override is not None:
            raise ValueError("jax: an average is the sum over the size of the window")
        windows = _windows(rank, kernel_size, stride, padding, 1)
        zero = np.zeros((), x.dtype)[()]
        return lax.reduce_window(x, zero, lax.add, **windows) / int(np.prod(windows["window_dimensions"]))

    return pool


def _no_ceiling(*, ceil_mode: Any = False) -> None:
    if ceil_mode is not False:
        raise ValueError(f"jax.lax.reduce_window: partial windows are left out, got ceil_mode={ceil_mode}")


def max_pool_gradient(rank: int) -> Function:
    """Return the gradient of a maximum."""
    forward = max_pool(rank)

    def backward(dy: Any, x: Any, **options: Any) -> Any:
        return gradient(lambda x: forward(x, **options), x, dy)

    return backward


def avg_pool_gradient(rank: int) -> Function:
    """Return the gradient of an average, which is the same at every input of a size."""
    forward = avg_pool(rank)

    def backward(dy: Any, *, input_size: Any, **options: Any) -> Any:
        x = jnp.zeros((*dy.shape[:2], *per_axis(input_size, rank)), dy.dtype)
        return gradient(lambda x: forward(x, **options), x, dy)

    return backward
