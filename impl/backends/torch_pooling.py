"""PyTorch's pooling: slid windows, adaptive ones, whole planes, and back from indices; with gradients."""

from typing import Any

import torch
from torch.nn import functional as F

from convoracle.impl.backends.torch_convolution import per_axis, sides
from convoracle.impl.backends.torch_tensors import Function, gradient


def pool(name: str, rank: int, **fixed: Any) -> Function:
    """Return ``torch.nn.functional.max_pool2d`` and its kin, whose padding is the same before and after."""
    pooled = getattr(F, f"{name}{rank}d")

    def call(x: torch.Tensor, *, padding: Any = 0, **options: Any) -> Any:
        pairs = sides(0 if padding == "valid" else padding, rank)
        if any(before != after for before, after in pairs):
            raise ValueError(f"torch: the padding of a pool is the same before and after, got {padding}")
        if options.get("divisor_override", 0) is None:  # avg_pool1d does not know the word
            del options["divisor_override"]
        return pooled(x, padding=tuple(before for before, _ in pairs), **options, **fixed)

    return call


def pool_gradient(forward: Function) -> Function:
    """Return the gradient of a pool at `x`."""

    def backward(dy: torch.Tensor, x: torch.Tensor, **options: Any) -> torch.Tensor:
        return gradient(lambda x: forward(x, **options), x, dy)

    return backward


def average_gradient(forward: Function) -> Function:
    """Return the gradient of an average, which is the same at every input of a size."""

    def backward(dy: torch.Tensor, *, input_size: Any, **options: Any) -> torch.Tensor:
        x = dy.new_zeros((*dy.shape[:2], *per_axis(input_size, dy.dim() - 2)))
        return gradient(lambda x: forward(x, **options), x, dy)

    return backward


def adaptive_pool(name: str, rank: int) -> Function:
    """Return ``torch.nn.functional.adaptive_avg_pool2d`` and its kin."""
    pooled = getattr(F, f"adaptive_{name}_pool{rank}d")

    def call(x: torch.Tensor, *, output_size: Any) -> torch.Tensor:
        return pooled(x, per_axis(output_size, rank))

    return call


def adaptive_average_gradient(rank: int) -> Function:
    """Return the gradient of an adaptive average; `dy` has the size of the output."""
    forward = adaptive_pool("avg", rank)

    def backward(dy: torch.Tensor, *, input_size: Any) -> torch.Tensor:
        return average_gradient(forward)(dy, input_size=input_size, output_size=tuple(dy.shape[2:]))

    return backward


def adaptive_maximum_gradient(rank: int) -> Function:
    """Return the gradient of an adaptive maximum; `dy` has the size of the output."""
    forward = adaptive_pool("max", rank)

    def backward(dy: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        return gradient(lambda x: forward(x, output_size=tuple(dy.shape[2:])), x, dy)

    return backward


def max_unpool(rank: int) -> Function:
    """Return ``torch.nn.functional.max_unpool2d`` and its kin, with the window of stride 1 that gives the output size."""
    unpool = getattr(F, f"max_unpool{rank}d")

    def call(x: torch.Tensor, indices: torch.Tensor, *, output_size: Any) -> torch.Tensor:
        sizes = per_axis(output_size, rank)
        if min(sizes) < 1:  # a window of no samples, which the size follows from, would be taken
            raise ValueError(f"torch: the output has at least one sample on each axis, got output_size={output_size}")
        window = tuple(m - n + 1 for m, n in zip(sizes, x.shape[2:], strict=True))
        return unpool(x, indices.long(), window, stride=1, output_size=sizes)

    return call


def max_unpool_gradient(rank: int) -> Function:
    """Return the gradient of unpooling."""
    forward = max_unpool(rank)

    def backward(dy: torch.Tensor, indices: torch.Tensor) -> torch.Tensor:
        x = dy.new_zeros(indices.shape)
        return gradient(lambda x: forward(x, indices, output_size=tuple(dy.shape[2:])), x, dy)

    return backward


def global_avg_pool(x: torch.Tensor) -> torch.Tensor:
    """Call ``torch.mean`` over the plane."""
    return torch.mean(x, tuple(range(2, x.dim())))


def global_max_pool(x: torch.Tensor) -> torch.Tensor:
    """Call ``torch.nn.functional.adaptive_max_pool1d`` on the samples of each plane."""
    return F.adaptive_max_pool1d(x.flatten(2), 1).flatten(1)


def global_avg_pool_gradient(dy: torch.Tensor, *, input_size: Any) -> torch.Tensor:
    """Differentiate `global_avg_pool`."""
    sizes = input_size if isinstance(input_size, tuple) else (input_size,)
    return gradient(global_avg_pool, dy.new_zeros((*dy.shape, *sizes)), dy)


def global_max_pool_gradient(dy: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """Differentiate `global_max_pool`."""
    return gradient(global_max_pool, x, dy)
