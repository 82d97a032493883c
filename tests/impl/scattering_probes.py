"""Calls that tell wrong scattering from right."""

from __future__ import annotations

import itertools

import numpy as np

from convoracle import impl

OPERATORS = ("scattering1d", "scattering2d", "scattering1d_gradient", "scattering2d_gradient")


def normal(*shape, dtype="float64"):
    generator = np.random.default_rng(shape)
    parts = generator.standard_normal(shape), generator.standard_normal(shape)
    return (parts[0] + 1j * parts[1] if np.dtype(dtype).kind == "c" else parts[0]).astype(dtype)


def signal_calls():
    """Signals of even and odd lengths, averages that are no powers of 2, every word, some near overflow; an illegal call."""
    for wavelet, normalization in itertools.product(
        ("morlet", "shannon", "meyer", "spline"), ("cap", "tight", "scalar")
    ):
        yield [normal(2, 16)], {"J": 3, "wavelet": wavelet, "normalization": normalization}
    for Q, T in itertools.product((1, (2, 1), (3, 2)), (None, 3, 5)):
        yield [normal(2, 19)], {"J": 3, "Q": Q, "T": T}
    for boundary, paths in itertools.product(("periodic", "zero", "symmetric", "reflect"), ("decreasing", "all")):
        yield [normal(2, 12)], {"J": 2, "boundary": boundary, "paths": paths}
        yield [normal(2, 16, dtype="float32")], {"J": 3, "boundary": boundary, "paths": paths, "oversampling": 1}
    yield [normal(2, 16, dtype="complex128")], {"J": 3, "two_sided": True}
    yield [normal(2, 16, dtype="complex64")], {"J": 2}
    yield [normal(2, 8) * 2.0**1021], {"J": 2}
    yield [normal(1, 4)], {"J": 3}


def image_calls():
    """Images of unequal sides, some angles, every word, an image near overflow; an illegal call."""
    for L, normalization in itertools.product((1, 3, 4), ("cap", "tight", "scalar")):
        yield [normal(2, 8, 12)], {"J": 2, "L": L, "normalization": normalization}
    for boundary, paths in itertools.product(("periodic", "zero", "symmetric", "reflect"), ("decreasing", "all")):
        yield [normal(2, 6, 5)], {"J": 2, "L": 2, "boundary": boundary, "paths": paths, "oversampling": 1}
    yield [normal(2, 8, 8, dtype="complex128")], {"J": 2, "L": 3, "two_sided": True}
    yield [normal(2, 16, 16, dtype="float32")], {"J": 3, "L": 2}
    yield [normal(2, 4, 4) * 2.0**1021], {"J": 1}
    yield [normal(1, 4, 4)], {"J": 3}


def gradient_calls(forward, calls):
    """What the calls of a transform ask of its gradient: real signals, that of the coefficients drawn anew."""
    for (x,), options in calls:
        if x.dtype.kind == "f" and min(x.shape[1:]) >= 2 ** options["J"]:
            yield [normal(*forward(x, **options).shape, dtype=x.dtype), x], options


def scattering_calls(operator):
    transform = operator.removesuffix("_gradient")
    calls = signal_calls() if transform == "scattering1d" else image_calls()
    return calls if operator == transform else gradient_calls(getattr(impl, transform), calls)
