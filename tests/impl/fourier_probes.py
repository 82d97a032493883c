"""Calls that tell wrong Fourier transforms from right ones: lengths even, odd and prime, all dtypes, illegal calls."""

from __future__ import annotations

import numpy as np

DTYPES = ("float64", "float32", "complex128", "complex64")


def normal(*shape, dtype="float64", seed=0):
    generator = np.random.default_rng([*shape, seed])
    parts = generator.standard_normal(shape), generator.standard_normal(shape)
    return (parts[0] + 1j * parts[1] if np.dtype(dtype).kind == "c" else parts[0]).astype(dtype)


def whole_calls(dims):
    """Signals or images, whose sizes differ from that of the batch and from each other."""
    for sizes in ((6, 5), (7, 4), (1, 2), (3, 3), (8, 2), (11, 2)):
        for dtype in DTYPES:
            yield [normal(2, *sizes[:dims], dtype=dtype)], {}
    yield [normal(2, 3, *(4, 5)[:dims])], {}
    yield [normal(2, *(4, 5)[:dims])[..., ::-1]], {}
    yield [np.zeros((2, *(0, 5)[:dims]))], {}


def frame_calls(inverse):
    """Frames that overlap, touch and leave gaps; windows that are complex, asymmetric, too long."""
    for n, k, hop in ((12, 5, 3), (8, 4, 2), (6, 2, 3), (5, 5, 1), (4, 3, 4), (6, 1, 2)):
        for dtype in DTYPES:
            first = normal(2, n // hop, k, dtype=dtype) if inverse else normal(2, n, dtype=dtype)
            for window in (dtype, "complex128"):
                yield [first, normal(k, dtype=window, seed=1)], {"hop": hop}
    signal, frames = normal(2, 8), normal(2, 2, 9)
    yield [frames if inverse else signal, normal(9)], {"hop": 4}
    yield [frames[..., :4] if inverse else signal, normal(4)], {"hop": 3}
    yield [frames[..., :4] if inverse else signal, normal(4)], {"hop": 0}


def dual_calls():
    for k, hop in ((8, 2), (7, 3), (5, 5), (3, 1), (3, 4)):
        for dtype in DTYPES[:2]:
            yield [normal(k, dtype=dtype)], {"hop": hop}


def fourier_calls(operator):
    """The probes of a Fourier transform."""
    if operator == "dual_window":
        return dual_calls()
    if operator.endswith("stft"):
        return frame_calls(operator == "istft")
    return whole_calls(2 if operator.endswith("2d") else 1)
