"""Subjects that misbehave, each in its own way; test_hostile.py runs them in worker processes."""

import ctypes
import os
import sys
import time
from itertools import count

import numpy as np

from convoracle import impl

CALLS = count()
KEPT = []
CACHE = {}


def right(x, h, mode):
    return impl.convolve(x, h, mode=mode)


def segfaults(x, h, *, mode="full"):
    ctypes.string_at(0)


def loops_forever(x, h, *, mode="full"):
    while True:
        time.sleep(1)


def allocates_without_end(x, h, *, mode="full"):
    while True:
        KEPT.append(np.ones(1 << 27, np.uint8))


def exits(x, h, *, mode="full"):
    sys.exit(3)


def exits_at_once(x, h, *, mode="full"):
    os._exit(3)


def writes_to_its_inputs(x, h, *, mode="full"):
    y = right(x, h, mode)
    if x.flags.writeable:
        x[...] = 0
    return y


def returns_the_wrong_dtype(x, h, *, mode="full"):
    y = right(x, h, mode)
    return y.astype(np.float32) if y.dtype == np.float64 else y


def is_wrong_from_the_fortieth_call_on(x, h, *, mode="full"):
    return right(x, h, mode) + (next(CALLS) >= 40)


def keeps_the_last_filter(x, h, *, mode="full"):
    """Take the filter of the call before where it has the same shape, type and mode: a cache with too short a key."""
    key = (x.shape, h.shape, str(h.dtype), mode)
    used = CACHE.get(key, h)
    CACHE[key] = np.array(h)
    return right(x, used, mode)


def is_never_twice_the_same(x, h, *, mode="full"):
    return right(x, h, mode) + next(CALLS) % 2


def raises_on_legal_input(x, h, *, mode="full"):
    if h.size == 3:
        raise NotImplementedError("filters of three taps")
    return right(x, h, mode)
