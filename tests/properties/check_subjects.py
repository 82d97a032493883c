"""Subjects that test_check.py runs in worker processes."""

import os

import numpy as np

from convoracle import impl
from convoracle.impl.backends import implements


def few(shapes, dtypes, options):
    """Take 'valid' convolutions of floating-point numbers only."""
    return None if options.get("mode") == "valid" and dtypes["x"] == "float64" == dtypes["h"] else "declared"


def right(x, h, *, mode="full"):
    return impl.convolve(x, h, mode=mode)


def crashes(x, h, *, mode="full"):
    os._exit(7)


def crashes_on_illegal_calls(x, h, *, mode="full"):
    try:
        return impl.convolve(x, h, mode=mode)
    except (TypeError, ValueError):
        os._exit(7)


def hangs(x, h, *, mode="full"):
    while True:
        pass


def returns_a_list(x, h, *, mode="full"):
    return impl.convolve(x, h, mode=mode).tolist()


def answers_illegal_calls_with_nothing(x, h, *, mode="full"):
    try:
        return impl.convolve(x, h, mode=mode)
    except (TypeError, ValueError):
        return None


def without_a_flip(x, h, *, mode="full"):
    return impl.convolve(x, np.flip(h), mode=mode)


@implements("convolve", "correlate", algorithm="fft", limits=few)
def declares(x, h, *, mode="full"):
    return impl.convolve(x, h, mode=mode)


@implements("convolve", limits=lambda shapes, dtypes, options: 1 // 0)
def cannot_say_its_limits(x, h, *, mode="full"):
    return impl.convolve(x, h, mode=mode)


@implements("convolve")
def declares_one(x, h, *, mode="full"):
    return impl.convolve(x, h, mode=mode)
