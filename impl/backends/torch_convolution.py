"""PyTorch's convolutions and transposed convolutions on one, two or three axes, and their gradients."""

from functools import partial
from typing import Any

import torch
from torch.nn import functional as F

from convoracle.impl.backends.torch_tensors import Function, gradient
from convoracle.impl.backends.window_options import entries_of, pads_of

per_axis, sides = partial(entries_of, "torch"), partial(pads_of, "torch")


def convolution(rank: int) -> Function:
    """Return ``torch.nn.functional.conv1d``, ``conv2d`` or ``conv3d``, after ``pad`` for a padding that it lacks."""
    convolve = getattr(F, f"conv{rank}d")

    def conv(
        x: torch.Tensor,
        w: torch.Tensor,
        b: Any = None,
        *,
        padding: Any = 0,
        padding_mode: str = "zeros",
        **options: Any,
    ) -> torch.Tensor:
        if padding == "same":
            if padding_mode != "zeros":
                raise ValueError(f"torch: padding 'same' is one of zeros, got padding_mode={padding_mode!r}")
            return convolve(x, w, b, padding=padding, **options)
        pairs = sides(0 if padding == "valid" else padding, rank)
        if padding_mode == "zeros" and all(before == after for before, after in pairs):
            return convolve(x, w, b, padding=tuple(before for before, _ in pairs), **options)
        flat = [amount for pair in reversed(pairs) for amount in pair]
        mode = "constant" if padding_mode == "zeros" else padding_mode  # all others have one name, here and there
        return convolve(F.pad(x, flat, mode), w, b, **options)

    return conv


def transposed_convolution(rank: int) -> Function:
    """Return ``torch.nn.functional.conv_transpose1d``, 2d or 3d."""
    transpose = getattr(F, f"conv_transpose{rank}d")

    def conv_transpose(
        x: torch.Tensor, w: torch.Tensor, b: Any = None, *, padding: Any = 0, **options: Any
    ) -> torch.Tensor:
        pairs = sides(0 if padding == "valid" else padding, rank)
        if any(before != after for before, after in pairs):
            raise ValueError(
                f"torch: the padding of a transposed convolution is the same before and after, got {padding}"
            )
        return transpose(x, w, b, padding=tuple(before for before, _ in pairs), **options)

    return conv_transpose


def input_gradient(forward: Function, rank: int, *, transposed: bool = False) -> Function:
    """Return the gradient with respect to the input, as ``torch.autograd`` computes it from the function itself."""

    def backward(dy: torch.Tensor, w: torch.Tensor, *, input_size: Any, **options: Any) -> torch.Tensor:
        channels = w.shape[0] if transposed else w.shape[1] * options.get("groups", 1)
        x = dy.new_zeros((dy.shape[0], channels, *per_axis(input_size, rank)))
        return gradient(lambda x: forward(x, w, **options), x, dy)

    return backward


def weight_gradient(forward: Function, rank: int, *, transposed: bool = False) -> Function:
    """Return the gradient with respect to the filters, as ``torch.autograd`` computes it from the function itself."""

    def backward(dy: torch.Tensor, x: torch.Tensor, *, kernel_size: Any, **options: Any) -> torch.Tensor:
        first, second = (x, dy) if transposed else (dy, x)
        channels, groups = second.shape[1], options.get("groups", 1)
        if not channels or groups < 1 or channels % groups:
            raise ValueError(f"torch: there are no filters for {channels} channels in {groups} groups")
        w = dy.new_zeros((first.shape[1], channels // groups, *per_axis(kernel_size, rank)))
        return gradient(lambda w: forward(x, w, **options), w, dy)

    return backward
