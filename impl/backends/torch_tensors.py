"""Functions of PyTorch's tensors as functions of NumPy's arrays, and their gradients by PyTorch's own differentiation."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch

Function = Callable[..., Any]


def on_arrays(function: Function, device: str) -> Function:
    """Return `function` for NumPy arrays, computed on a device; results come back as arrays."""

    def call(*arrays: np.ndarray, **options: Any) -> Any:
        with one_thread():
            result = function(*(_tensor(array, device) for array in arrays), **options)
        return tuple(map(_array, result)) if isinstance(result, tuple) else _array(result)

    return call


@contextmanager
def one_thread() -> Iterator[None]:
    """Compute on one thread: on a busy machine small calls wait for others a hundred times as long as they compute."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _tensor(array: np.ndarray, device: str) -> torch.Tensor:
    """Return a copy: a tensor has no negative strides and cannot be read-only; the order of the axes is kept."""
    return torch.from_numpy(array.copy(order="K")).to(device)


def _array(tensor: torch.Tensor) -> np.ndarray:
    return tensor.detach().cpu().resolve_conj().resolve_neg().numpy()


def gradients(function: Function, at: Sequence[torch.Tensor], dy: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """Return the gradient with respect to each tensor of `at`, where that of the result of `function` is `dy`."""
    leaves = [tensor.clone().requires_grad_() for tensor in at]
    return torch.autograd.grad(function(*leaves), leaves, dy)


def gradient(function: Function, x: torch.Tensor, dy: torch.Tensor) -> torch.Tensor:
    """Return the gradient with respect to the only argument."""
    return gradients(function, [x], dy)[0]
