"""PyTorch's layers that are no windows: activations, softmax, normalisation, dense layers, Fourier transforms."""

from typing import Any

import torch
from torch.nn import functional as F

from convoracle.impl.backends.torch_tensors import Function, gradient, gradients


def differentiated(forward: Function) -> Function:
    """Return the gradient of a function of one tensor, at `x`."""

    def backward(dy: torch.Tensor, x: torch.Tensor, **options: Any) -> torch.Tensor:
        return gradient(lambda x: forward(x, **options), x, dy)

    return backward


def soft_threshold(x: torch.Tensor, *, threshold: float) -> torch.Tensor:
    """Call ``torch.nn.functional.softshrink``."""
    return F.softshrink(x, threshold)


def softmax(x: torch.Tensor, *, axis: int = -1) -> torch.Tensor:
    """Call ``torch.nn.functional.softmax``."""
    return F.softmax(x, dim=axis)


def log_softmax(x: torch.Tensor, *, axis: int = -1) -> torch.Tensor:
    """Call ``torch.nn.functional.log_softmax``."""
    return F.log_softmax(x, dim=axis)


def cross_entropy(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Call ``torch.nn.functional.cross_entropy``, one loss per item; no label is left out."""
    return F.cross_entropy(logits, labels.long(), reduction="none", ignore_index=torch.iinfo(torch.int64).min)


def cross_entropy_gradient(dy: torch.Tensor, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Differentiate `cross_entropy`."""
    return gradient(lambda scores: cross_entropy(scores, labels), logits, dy)


def prelu_gradient(dy: torch.Tensor, x: torch.Tensor, slope: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """Differentiate ``torch.nn.functional.prelu``."""
    return gradients(F.prelu, [x, slope], dy)


def linear_input_gradient(dy: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
    """Differentiate ``torch.nn.functional.linear`` with respect to its input."""
    return gradient(lambda x: F.linear(x, w), dy.new_zeros((dy.shape[0], w.shape[1])), dy)


def linear_weight_gradient(dy: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """Differentiate ``torch.nn.functional.linear`` with respect to its weights."""
    return gradient(lambda w: F.linear(x, w), dy.new_zeros((dy.shape[1], x.shape[1])), dy)


def batch_norm(
    x: torch.Tensor, mean: torch.Tensor, var: torch.Tensor, weight: Any = None, bias: Any = None, *, eps: float = 1e-5
) -> torch.Tensor:
    """Call ``torch.nn.functional.batch_norm`` with given statistics."""
    return F.batch_norm(x, mean, var, weight, bias, eps=eps)


def batch_norm_training(
    x: torch.Tensor, weight: Any = None, bias: Any = None, *, eps: float = 1e-5
) -> tuple[torch.Tensor, ...]:
    """Call ``torch.nn.functional.batch_norm`` in training, with momentum 1: its running statistics are those of the batch.

    The variance is ``torch.var``'s, since the running one is unbiased.
    """
    mean, unbiased = x.new_zeros(x.shape[1]), x.new_zeros(x.shape[1])
    y = F.batch_norm(x, mean, unbiased, weight, bias, training=True, momentum=1.0, eps=eps)
    return y, mean, torch.var(x, [axis for axis in range(x.dim()) if axis != 1], correction=0)


def batch_norm_gradient(
    dy: torch.Tensor, x: torch.Tensor, mean: torch.Tensor, var: torch.Tensor, weight: Any = None, *, eps: float = 1e-5
) -> tuple[torch.Tensor, ...]:
    """Differentiate `batch_norm` with respect to its input, weight and bias."""
    return gradients(lambda x, w, b: batch_norm(x, mean, var, w, b, eps=eps), _affine(x, weight), dy)


def batch_norm_training_gradient(
    dy: torch.Tensor, x: torch.Tensor, weight: Any = None, *, eps: float = 1e-5
) -> tuple[torch.Tensor, ...]:
    """Differentiate `batch_norm_training`."""
    return gradients(lambda x, w, b: batch_norm_training(x, w, b, eps=eps)[0], _affine(x, weight), dy)


def _affine(x: torch.Tensor, weight: Any) -> list[torch.Tensor]:
    """Return the input with a weight, ones where there is none, and a bias of zeros."""
    return [x, x.new_ones(x.shape[1]) if weight is None else weight, x.new_zeros(x.shape[1])]


def stft(x: torch.Tensor, window: torch.Tensor, *, hop: int) -> torch.Tensor:
    """Call ``torch.stft``, which does not conjugate the window, on one period and what its last frames see of the next."""
    n, k = x.shape[-1], window.shape[0]
    if hop < 1 or k > n or n % hop:
        raise ValueError(f"torch.stft: no cyclic frames of {k} of {n} samples with the hop {hop}")
    longer = torch.cat([x, x[..., : k - 1]], dim=-1)
    frames = torch.stft(
        longer.reshape(-1, n + k - 1), k, hop, window=window.conj(), center=False, onesided=False, return_complex=True
    )
    return frames.transpose(-2, -1).reshape(*x.shape[:-1], n // hop, k)
