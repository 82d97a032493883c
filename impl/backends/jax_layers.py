"""JAX's layers that are no windows: dense ones, normalisation, slopes per channel, whole planes; gradients by ``jax.vjp``."""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax.scipy import signal

from convoracle.impl.backends.jax_arrays import Function, gradient, gradients
from convoracle.impl.backends.jax_windows import of_channels, with_bias


def differentiated(forward: Function) -> Function:
    """Return the gradient of a function of one array, at `x`."""

    def backward(dy: Any, x: Any, **options: Any) -> Any:
        return gradient(partial(forward, **options), x, dy)

    return backward


def correlate(x: Any, h: Any, *, mode: str = "valid") -> Any:
    """Call ``jax.scipy.signal.correlate``, whose own default is the mode 'full'."""
    return signal.correlate(x, h, mode)


def linear(x: Any, w: Any, b: Any = None) -> Any:
    """Multiply with ``jax.numpy.matmul`` and add."""
    y = jnp.matmul(x, w.T, precision=jax.lax.Precision.HIGHEST)
    return with_bias(y, b, axis=y.ndim - 1)


def linear_input_gradient(dy: Any, w: Any) -> Any:
    """Differentiate `linear` with respect to its input."""
    return gradient(lambda x: linear(x, w), jnp.zeros((dy.shape[0], w.shape[1]), dy.dtype), dy)


def linear_weight_gradient(dy: Any, x: Any) -> Any:
    """Differentiate `linear` with respect to its weights."""
    return gradient(lambda w: linear(x, w), jnp.zeros((dy.shape[1], x.shape[1]), dy.dtype), dy)


def prelu(x: Any, slope: Any) -> Any:
    """Call ``jax.nn.leaky_relu`` with a slope for each channel."""
    return jax.nn.leaky_relu(x, of_channels(slope, x.ndim))


def prelu_gradient(dy: Any, x: Any, slope: Any) -> Any:
    """Differentiate `prelu` with respect to its input and its slopes."""
    return gradients(prelu, (x, slope), dy)


def batch_norm(x: Any, mean: Any, var: Any, weight: Any = None, bias: Any = None, *, eps: float = 1e-5) -> Any:
    """Call ``jax.nn.standardize`` with given statistics, then scale and shift."""
    given = {"mean": of_channels(mean, x.ndim), "variance": of_channels(var, x.ndim)}
    return _affine(jax.nn.standardize(x, _but_channels(x), **given, epsilon=eps), weight, bias)


def batch_norm_training(x: Any, weight: Any = None, bias: Any = None, *, eps: float = 1e-5) -> tuple[Any, ...]:
    """Call ``jax.nn.standardize``, then scale and shift; the statistics are by ``jax.numpy.mean`` and ``var``."""
    axes = _but_channels(x)
    y = _affine(jax.nn.standardize(x, axes, epsilon=eps), weight, bias)
    return y, jnp.mean(x, axes), jnp.var(x, axes)


def _but_channels(x: Any) -> tuple[int, ...]:
    return tuple(axis for axis in range(x.ndim) if axis != 1)


def _affine(y: Any, weight: Any, bias: Any) -> Any:
    scaled = y if weight is None else y * of_channels(weight, y.ndim)
    return scaled if bias is None else scaled + of_channels(bias, y.ndim)


def global_avg_pool(x: Any) -> Any:
    """Call ``jax.numpy.mean`` over the plane."""
    return jnp.mean(x, _plane(x))


def global_max_pool(x: Any) -> Any:
    """Call ``jax.numpy.max`` over the plane."""
    return jnp.max(x, _plane(x))


def _plane(x: Any) -> tuple[int, ...]:
    """Return the axes after the channels; without one, a mean over no axes would be the array itself."""
    if x.ndim < 3:
        raise ValueError(f"jax: there is no plane after items and channels, got the shape {x.shape}")
    return tuple(range(2, x.ndim))


def global_avg_pool_gradient(dy: Any, *, input_size: Any) -> Any:
    """Differentiate `global_avg_pool`."""
    sizes = input_size if isinstance(input_size, tuple) else (input_size,)
    return gradient(global_avg_pool, jnp.zeros((*dy.shape, *sizes), dy.dtype), dy)
