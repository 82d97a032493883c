"""Layers as ONNX operators: each function builds the nodes of a call and has an engine evaluate them."""

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import numpy as np

from convoracle.impl.backends.onnx_model import (
    PAD_MODES,
    Evaluate,
    node,
    pads_of,
    per_axis,
    result,
    results,
    window_attributes,
    word,
)

# ---- convolution ----


def conv(
    evaluate: Evaluate,
    x: np.ndarray,
    w: np.ndarray,
    b: np.ndarray | None = None,
    *,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
    padding_mode: str = "zeros",
) -> np.ndarray:
    """Evaluate Conv, after Pad where the padding is not zero."""
    rank = x.ndim - 2
    inputs = ["x", "w", *(["b"] if b is not None else [])]
    if padding_mode == "zeros":
        window = window_attributes(rank, stride=stride, padding=padding, dilation=dilation)
        return result(evaluate, [node("Conv", inputs, group=groups, **window)], x=x, w=w, b=b)
    window = window_attributes(rank, stride=stride, padding=0, dilation=dilation)
    pads = pads_of(0 if padding == "valid" else padding, rank)
    if min(pads) < 0:
        raise ValueError(f"Pad would crop, got {pads}")
    nodes = [
        node("Pad", ["x", "pads"], ["padded"], mode=word(padding_mode, PAD_MODES)),
        node("Conv", ["padded", *inputs[1:]], group=groups, **window),
    ]
    ends = {"pads": np.array([0, 0, *pads[:rank], 0, 0, *pads[rank:]], np.int64)}
    return result(evaluate, nodes, constants=ends, x=x, w=w, b=b)


def conv_transpose(
    evaluate: Evaluate,
    x: np.ndarray,
    w: np.ndarray,
    b: np.ndarray | None = None,
    *,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> np.ndarray:
    """Evaluate ConvTranspose, whose SAME chooses among several sizes."""
    rank = x.ndim - 2
    if padding == "same":
        raise ValueError("ConvTranspose: padding must be integers or 'valid', got 'same'")
    window = window_attributes(rank, stride=stride, padding=padding, dilation=dilation)
    inputs = ["x", "w", *(["b"] if b is not None else [])]
    nodes = [node("ConvTranspose", inputs, group=groups, output_padding=per_axis(output_padding, rank), **window)]
    return result(evaluate, nodes, x=x, w=w, b=b)


def linear(evaluate: Evaluate, x: np.ndarray, w: np.ndarray, b: np.ndarray | None = None) -> np.ndarray:
    """Evaluate Gemm with the weights transposed; what it adds may be a matrix, or less than a bias."""
    if b is not None and b.shape != w.shape[:1]:
        raise ValueError(f"Gemm: the bias must have the shape {w.shape[:1]}, got {b.shape}")
    return result(evaluate, [node("Gemm", ["x", "w", *(["b"] if b is not None else [])], transB=1)], x=x, w=w, b=b)


# ---- pooling ----


def max_pool(evaluate: Evaluate, x: np.ndarray, **options: Any) -> np.ndarray:
    """Evaluate MaxPool."""
    return result(evaluate, [_max_pool(x.ndim - 2, ["y"], **options)], x=x)


def max_pool_with_indices(evaluate: Evaluate, x: np.ndarray, **options: Any) -> tuple[np.ndarray, np.ndarray]:
    """Evaluate MaxPool with its second result, which counts the samples of the whole batch, here those of a plane."""
    y, indices = results(evaluate, [_max_pool(x.ndim - 2, ["y", "indices"], **options)], "y", "indices", x=x)
    return y, indices - _planes(x.shape, x.shape[2:])


def _max_pool(
    rank: int,
    outputs: Sequence[str],
    *,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: Any = False,
) -> Any:
    step = kernel_size if stride is None else stride
    window = window_attributes(rank, stride=step, padding=padding, dilation=dilation)
    return node("MaxPool", ["x"], outputs, kernel_shape=per_axis(kernel_size, rank), ceil_mode=int(ceil_mode), **window)


def max_unpool(evaluate: Evaluate, x: np.ndarray, indices: np.ndarray, *, output_size: Any) -> np.ndarray:
    """Evaluate MaxUnpool with stride 1 and the window that gives the size asked for.

    Its indices count the samples of the whole batch.
    """
    sizes = per_axis(output_size, x.ndim - 2)
    window = [m - n + 1 for m, n in zip(sizes, x.shape[2:], strict=True)]
    if indices.shape != x.shape or min(window) < 1 or not np.all((indices >= 0) & (indices < prod(sizes))):
        raise ValueError(f"MaxUnpool: no places in {sizes} for {x.shape}, {indices.shape}")
    nodes = [node("MaxUnpool", ["x", "indices"], kernel_shape=window)]
    return result(evaluate, nodes, x=x, indices=_planes(x.shape, sizes) + indices.astype(np.int64))


def _planes(shape: Sequence[int], sizes: Sequence[int]) -> np.ndarray:
    """Return the number of the first sample of every plane of a batch, where planes have some sizes."""
    return np.arange(prod(shape[:2])).reshape(*shape[:2], *(1 for _ in sizes)) * prod(sizes)


def avg_pool(
    evaluate: Evaluate,
    x: np.ndarray,
    *,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: Any = False,
    count_include_pad: Any = True,
    divisor_override: Any = None,
) -> np.ndarray:
    """Evaluate AveragePool, which takes no divisor."""
    if divisor_override is not None:
        raise ValueError(f"AveragePool: divisor_override must be None, got {divisor_override!r}")
    rank = x.ndim - 2
    window = window_attributes(rank, stride=kernel_size if stride is None else stride, padding=padding)
    choices: dict[str, Any] = {"ceil_mode": int(ceil_mode), "count_include_pad": int(count_include_pad)}
    return result(
        evaluate, [node("AveragePool", ["x"], kernel_shape=per_axis(kernel_size, rank), **choices, **window)], x=x
    )


def global_pool(operator: str) -> Callable[[Evaluate, np.ndarray], np.ndarray]:
    """Return the function that evaluates an operator that leaves one sample on each axis."""

    def pooled(evaluate: Evaluate, x: np.ndarray) -> np.ndarray:
        y = result(evaluate, [node(operator, ["x"])], x=x)
        return y.reshape(y.shape[:2])

    return pooled


# ---- activation ----


def unary(operator: str) -> Callable[[Evaluate, np.ndarray], np.ndarray]:
    """Return the function that evaluates an operator of one operand and no attribute."""

    def evaluated(evaluate: Evaluate, x: np.ndarray) -> np.ndarray:
        return result(evaluate, [node(operator, ["x"])], x=x)

    return evaluated


def leaky_relu(evaluate: Evaluate, x: np.ndarray, *, negative_slope: float = 0.01) -> np.ndarray:
    """Evaluate LeakyRelu."""
    return result(evaluate, [node("LeakyRelu", ["x"], alpha=float(negative_slope))], x=x)


def prelu(evaluate: Evaluate, x: np.ndarray, slope: np.ndarray) -> np.ndarray:
    """Evaluate PRelu with a slope per channel."""
    columns = slope.reshape(*slope.shape, *(1,) * (x.ndim - 2))
    return result(evaluate, [node("PRelu", ["x", "slope"])], x=x, slope=columns)


def soft_threshold(evaluate: Evaluate, x: np.ndarray, *, threshold: float) -> np.ndarray:
    """Evaluate Shrink."""
    return result(evaluate, [node("Shrink", ["x"], lambd=float(threshold), bias=float(threshold))], x=x)


def softmax(evaluate: Evaluate, x: np.ndarray, *, axis: int = -1) -> np.ndarray:
    """Evaluate Softmax."""
    return result(evaluate, [node("Softmax", ["x"], axis=axis)], x=x)


def log_softmax(evaluate: Evaluate, x: np.ndarray, *, axis: int = -1) -> np.ndarray:
    """Evaluate LogSoftmax."""
    return result(evaluate, [node("LogSoftmax", ["x"], axis=axis)], x=x)


def cross_entropy(evaluate: Evaluate, logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Evaluate SoftmaxCrossEntropyLoss without a reduction."""
    if logits.ndim != 2 or labels.ndim != 1:
        raise ValueError(f"cross_entropy: 2 axes and 1 are scored, got the shapes {logits.shape} and {labels.shape}")
    nodes = [node("SoftmaxCrossEntropyLoss", ["x", "labels"], reduction="none")]
    return result(evaluate, nodes, x=logits, labels=labels.astype(np.int64))


# ---- normalisation ----


def batch_norm(
    evaluate: Evaluate,
    x: np.ndarray,
    mean: np.ndarray,
    var: np.ndarray,
    weight: np.ndarray | None = None,
    bias: np.ndarray | None = None,
    *,
    eps: float = 1e-5,
) -> np.ndarray:
    """Evaluate BatchNormalization, which has no default for factors and biases."""
    weight = np.ones_like(mean) if weight is None else weight
    bias = np.zeros_like(mean) if bias is None else bias
    nodes = [node("BatchNormalization", ["x", "weight", "bias", "mean", "var"], epsilon=float(eps))]
    return result(evaluate, nodes, x=x, weight=weight, bias=bias, mean=mean, var=var)


def batch_norm_training(
    evaluate: Evaluate,
    x: np.ndarray,
    weight: np.ndarray | None = None,
    bias: np.ndarray | None = None,
    *,
    eps: float = 1e-5,
) -> tuple[np.ndarray, ...]:
    """Evaluate BatchNormalization in training mode; without momentum its running statistics are those of the batch."""
    ones, zeros = np.ones(x.shape[1], x.dtype), np.zeros(x.shape[1], x.dtype)
    attributes = {"epsilon": float(eps), "training_mode": 1, "momentum": 0.0}
    outputs = "y", "batch_mean", "batch_var"
    nodes = [node("BatchNormalization", ["x", "weight", "bias", "mean", "var"], outputs, **attributes)]
    weight, bias = ones if weight is None else weight, zeros if bias is None else bias
    return tuple(results(evaluate, nodes, *outputs, x=x, weight=weight, bias=bias, mean=zeros, var=ones))


def local_response_norm(
    evaluate: Evaluate, x: np.ndarray, *, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
) -> np.ndarray:
    """Evaluate LRN."""
    images = x if x.ndim == 4 else x.reshape(*x.shape[:2], prod(x.shape[2:]), 1)  # engines want images
    nodes = [node("LRN", ["x"], size=size, alpha=float(alpha), beta=float(beta), bias=float(k))]
    return result(evaluate, nodes, x=images).reshape(x.shape)


# ---- Fourier transforms ----


def transform(axes: Sequence[int], *, inverse: bool) -> Callable[[Evaluate, np.ndarray], np.ndarray]:
    """Return the function that evaluates DFT along some axes, counted from the end, one after the other."""

    def transformed(evaluate: Evaluate, x: np.ndarray) -> np.ndarray:
        names = ["x", *(f"along{axis}" for axis in axes[:-1]), "y"]
        nodes = [
            node("DFT", [given, "", f"axis{axis}"], [found], inverse=int(inverse))
            for given, found, axis in zip(names, names[1:], axes, strict=False)
        ]
        places = {f"axis{axis}": np.array(axis - 1) for axis in axes}  # the last axis holds real and imaginary part
        return joined(result(evaluate, nodes, constants=places, x=parted(x)))

    return transformed


def stft(evaluate: Evaluate, x: np.ndarray, window: np.ndarray, *, hop: int) -> np.ndarray:
    """Evaluate STFT on one period and as much of the next as the last frames see."""
    n, k = x.shape[-1], window.shape[0]
    if hop < 1 or k > n or n % hop:
        raise ValueError(f"STFT: no cyclic frames of {k} of {n} samples with the hop {hop}")
    longer = np.concatenate([x, x[..., : k - hop]] if k > hop else [x], axis=-1).reshape(-1, n + max(0, k - hop))
    nodes = [node("STFT", ["x", "hop", "window", "length"], onesided=0)]
    sizes = {"hop": np.array(hop), "length": np.array(k)}
    frames = result(evaluate, nodes, constants=sizes, x=parted(longer), window=window)
    return joined(frames).reshape(*x.shape[:-1], n // hop, k)


def parted(x: np.ndarray) -> np.ndarray:
    """Return an array whose last axis holds the real and the imaginary part, or the real part alone."""
    return np.stack([x.real, x.imag], axis=-1) if np.iscomplexobj(x) else x[..., None]


def joined(parts: np.ndarray) -> np.ndarray:
    """Return the complex array of these real and imaginary parts."""
    return np.ascontiguousarray(parts).view(np.result_type(parts, 1j))[..., 0]
