"""Gabor functions of the plane."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from convoracle.impl.activation import ELEMENTARY
from convoracle.impl.arguments import float_dtype, real_number
from convoracle.impl.compiled import Kernel, plain, share


@Kernel.taking("read2 write1 number number number number number number number number number")
def wave_packet(points, y, x0, y0, cosine, sine, amplitude, alpha, beta, omega, phase, first, last):
    """y[j] = amplitude exp(-alpha u**2 - beta v**2) sin(omega u + phase), u and v along and across the wave."""
    number = y.dtype.type
    for j in range(first, last):
        right, up = points[j, 0] - number(x0), points[j, 1] - number(y0)
        u = right * number(cosine) + up * number(sine)
        v = up * number(cosine) - right * number(sine)
        bell = np.exp(-(number(alpha) * (u * u) + number(beta) * (v * v)))
        y[j] = number(amplitude) * bell * np.sin(number(omega) * u + number(phase))


def gabor(
    points: np.ndarray,
    *,
    amplitude: float = 1.0,
    alpha: float,
    beta: float,
    omega: float,
    phase: float = 0.0,
    theta: float = 0.0,
    x0: float = 0.0,
    y0: float = 0.0,
) -> np.ndarray:
    """Gabor function at points of the plane: a plane wave under a Gaussian.

        y = amplitude exp(-alpha u**2 - beta v**2) sin(omega u + phase)
        u = (x - x0) cos(theta) + (y - y0) sin(theta),  v = -(x - x0) sin(theta) + (y - y0) cos(theta)

    (seed L, row L-gabor).

    Parameters
    ----------
    points : ndarray of shape (..., 2)
        The points (x, y); float32 or float64, with any strides.
    amplitude : float
        Height of the Gaussian.
    alpha, beta : float
        Decay of the Gaussian along the wave and across it; at least 0.
    omega, phase : float
        Frequency of the wave in radians per unit of length, and its phase at the centre in radians.
    theta : float
        Direction of the wave in radians.
    x0, y0 : float
        Centre. All options are finite, and are rounded to the dtype of the points.

    Returns
    -------
    ndarray of shape (...)
        Of the dtype of the points; NaN where a coordinate is NaN.

    Raises
    ------
    TypeError
        The points are no array of a legal dtype, or an option is no real number.
    ValueError
        The last axis does not have two entries, an option is not finite in the dtype of the points, or alpha or beta negative.

    Examples
    --------
    >>> import numpy as np
    >>> from convoracle.impl import gabor
    >>> gabor(np.array([[0.0, 0.0], [0.25, 1.0]]), alpha=0, beta=0, omega=2 * np.pi).tolist()
    [0.0, 1.0]
    """
    dtype = float_dtype("gabor", points=points)
    if not points.ndim or points.shape[-1] != 2:
        raise ValueError(f"gabor: points must have a last axis of 2 coordinates, got points.shape={points.shape}")

    def number(name: str, value: Any, least: float = -math.inf) -> float:
        return real_number("gabor", name, value, dtype, least)

    angle = number("theta", theta)
    options = (
        number("x0", x0),
        number("y0", y0),
        math.cos(angle),
        math.sin(angle),
        number("amplitude", amplitude),
        number("alpha", alpha, 0),
        number("beta", beta, 0),
        number("omega", omega),
        number("phase", phase),
    )
    y = np.empty(points.shape[:-1], dtype)
    flat = plain(points, dtype).reshape(-1, 2)
    share(wave_packet, dtype, (flat, y.reshape(-1), *options), units=y.size, work=4 * ELEMENTARY * y.size)
    return y
