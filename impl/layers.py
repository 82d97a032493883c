"""Layers of a network: a kernel with its options, its gradients, and the shapes of its parameters.

A layer holds no data. The parameters are arrays that the network keeps; what the backward pass needs of the forward pass is
the input of each layer, nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from convoracle.impl import (
    avg_pool2d,
    avg_pool2d_gradient,
    conv2d,
    conv2d_input_gradient,
    conv2d_weight_gradient,
    linear,
    linear_input_gradient,
    linear_weight_gradient,
    local_response_norm,
    local_response_norm_gradient,
    max_pool2d,
    max_pool2d_gradient,
    relu,
    relu_gradient,
    sigmoid,
    sigmoid_gradient,
    tanh,
    tanh_gradient,
)


def _no_gradients(dy: np.ndarray, x: np.ndarray) -> list[np.ndarray]:
    return []


@dataclass(frozen=True)
class Layer:
    """One layer of a network.

    Attributes
    ----------
    name : str
        The kernel, or what the layer does.
    forward : callable
        ``forward(x, *parameters)`` returns the output for an input with a batch axis.
    to_input : callable
        ``to_input(dy, x, *parameters)`` returns the gradient with respect to the input.
    to_parameters : callable
        ``to_parameters(dy, x)`` returns the gradients with respect to the parameters, as a list.
    shapes : tuple of tuple of int
        The shapes of the parameters, filters before biases.
    """

    name: str
    forward: Callable[..., np.ndarray]
    to_input: Callable[..., np.ndarray]
    to_parameters: Callable[[np.ndarray, np.ndarray], list[np.ndarray]] = _no_gradients
    shapes: tuple[tuple[int, ...], ...] = ()


def convolution(outs: int, ins: int, taps: int, *, stride: int = 1, padding: int = 0, groups: int = 1) -> Layer:
    """Return conv2d with a bias and square filters: (outs, ins/groups, taps, taps). The bias gradient is a sum of dy."""
    options: dict[str, Any] = {"stride": stride, "padding": padding, "groups": groups}
    return Layer(
        "conv2d",
        lambda x, w, b: conv2d(x, w, b, **options),
        lambda dy, x, w, b: conv2d_input_gradient(dy, w, input_size=x.shape[2:], **options),
        lambda dy, x: [conv2d_weight_gradient(dy, x, kernel_size=taps, **options), dy.sum(axis=(0, 2, 3))],
        ((outs, ins // groups, taps, taps), (outs,)),
    )


def dense(outs: int, ins: int) -> Layer:
    """Return linear with a bias: weights (outs, ins). The bias gradient is a sum of dy."""
    return Layer(
        "linear",
        linear,
        lambda dy, x, w, b: linear_input_gradient(dy, w),
        lambda dy, x: [linear_weight_gradient(dy, x), dy.sum(axis=0)],
        ((outs, ins), (outs,)),
    )


def pooling(kernel: str, taps: int, stride: int) -> Layer:
    """Return "avg_pool2d" or "max_pool2d" with square windows.

    Raises
    ------
    ValueError
        Another name.
    """
    options: dict[str, Any] = {"kernel_size": taps, "stride": stride}
    if kernel == "max_pool2d":
        return Layer(kernel, lambda x: max_pool2d(x, **options), lambda dy, x: max_pool2d_gradient(dy, x, **options))
    if kernel == "avg_pool2d":
        return Layer(
            kernel,
            lambda x: avg_pool2d(x, **options),
            lambda dy, x: avg_pool2d_gradient(dy, input_size=x.shape[2:], **options),
        )
    raise ValueError(f"pooling: kernel must be avg_pool2d or max_pool2d, got kernel={kernel!r}")


_DETECTORS = {"relu": (relu, relu_gradient), "tanh": (tanh, tanh_gradient), "sigmoid": (sigmoid, sigmoid_gradient)}


def detector(kernel: str) -> Layer:
    """Return "relu", "tanh" or "sigmoid" of every entry.

    Raises
    ------
    ValueError
        Another name.
    """
    if kernel not in _DETECTORS:
        raise ValueError(f"detector: kernel must be one of {', '.join(_DETECTORS)}, got kernel={kernel!r}")
    return Layer(kernel, *_DETECTORS[kernel])


def response_norm(*, size: int, alpha: float, beta: float, k: float) -> Layer:
    """Return local_response_norm."""
    return Layer(
        "local_response_norm",
        lambda x: local_response_norm(x, size=size, alpha=alpha, beta=beta, k=k),
        lambda dy, x: local_response_norm_gradient(dy, x, size=size, alpha=alpha, beta=beta, k=k),
    )


def flatten() -> Layer:
    """Return the layer that writes channels and places of each signal in one row."""
    return Layer("flatten", lambda x: x.reshape(len(x), -1), lambda dy, x: dy.reshape(x.shape))
