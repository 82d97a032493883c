"""Calls that tell wrong wavelet transforms, filter banks and Gabor functions from right ones."""

from __future__ import annotations

import itertools

import numpy as np

DTYPES = ("float64", "float32", "complex128", "complex64")


def normal(*shape, dtype="float64", seed=0):
    generator = np.random.default_rng([*shape, seed])
    parts = generator.standard_normal(shape), generator.standard_normal(shape)
    return (parts[0] + 1j * parts[1] if np.dtype(dtype).kind == "c" else parts[0]).astype(dtype)


def whole(*shape, seed=0):
    return np.random.default_rng([*shape, seed]).integers(-9, 10, shape)


def bank_calls(inverse):
    """Banks of all kinds, periods even and odd, windows that are no powers of two; illegal options."""
    words = itertools.product(("morlet", "shannon", "meyer", "spline"), ("cap", "tight", "scalar"))
    for (n, J, Q, T), (wavelet, normalization) in itertools.product(((16, 3, 1, None), (9, 2, 2, 3)), words):
        for two_sided in (False, True):
            options = {"J": J, "Q": Q, "wavelet": wavelet, "normalization": normalization, "two_sided": two_sided}
            options |= {} if T is None else {"T": T}
            octaves = J if T is None else min(J, (T - 1).bit_length())
            rows = 1 + (1 + two_sided) * Q * octaves
            for dtype in DTYPES[::2] if two_sided else DTYPES:
                yield [normal(2, rows, n, dtype=dtype) if inverse else normal(2, n, dtype=dtype)], options
    short = normal(2, 3, 4) if inverse else normal(2, 4)
    for options in ({"J": 3}, {"J": 1, "T": 5}, {"J": 0}, {"J": 2, "wavelet": "haar"}, {"J": 2, "Q": 0}):
        yield [short], options


def continuous_calls():
    for n, scales, Q, wavelet in itertools.product((1, 8, 9), (1, 5), (1, 3), ("morlet", "mexican_hat")):
        for dtype in DTYPES:
            yield [normal(2, n, dtype=dtype)], {"scales": scales, "Q": Q, "wavelet": wavelet}
    yield [normal(2, 0)], {"scales": 1}
    yield [normal(2, 4)], {"scales": 0}


def step_calls(inverse):
    """Strides, dilations and filters of all sizes, also longer than the period; integers, and complex filters."""
    for s, d, k, m in itertools.product((1, 2, 3), (1, 2), (1, 2, 5), (1, 3)):
        first = whole(2, 2, m) if inverse else whole(2, s * m)
        w = whole(2, k, seed=1)
        yield [first, w], {"stride": s, "dilation": d}
        yield [first.astype(np.complex128), w * (1 - 2j)], {"stride": s, "dilation": d}
        yield [first.astype(np.float32), w.astype(np.float64)], {"stride": s, "dilation": d}
    yield [whole(2, 2, 3) if inverse else whole(2, 5), whole(2, 2)], {}
    yield [whole(2, 3, 3) if inverse else whole(2, 6), whole(2, 0)], {}


def packet_calls():
    options = {
        "amplitude": 2.0,
        "alpha": 0.5,
        "beta": 0.25,
        "omega": 2.0,
        "phase": 0.5,
        "theta": 0.75,
        "x0": 0.25,
        "y0": -0.5,
    }
    for dtype in DTYPES[:2]:
        yield [normal(3, 2, 2, dtype=dtype)], options
        yield [normal(5, 2, dtype=dtype)], {"alpha": 0.0, "beta": 1.0, "omega": 1.0}
    yield [normal(5, 3)], options
    yield [normal(5, 2)], {**options, "beta": -1.0}


def wavelet_calls(operator):
    """The probes of an operator."""
    return {
        "wavelet_transform1d": lambda: bank_calls(False),
        "inverse_wavelet_transform1d": lambda: bank_calls(True),
        "cwt": continuous_calls,
        "analyze1d": lambda: step_calls(False),
        "synthesize1d": lambda: step_calls(True),
        "gabor": packet_calls,
    }[operator]()


OPERATORS = ("wavelet_transform1d", "inverse_wavelet_transform1d", "cwt", "analyze1d", "synthesize1d", "gabor")
