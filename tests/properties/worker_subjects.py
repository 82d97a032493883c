"""Functions that behave and misbehave, called by test_worker.py in a worker process."""

import ctypes
import os
import signal
import sys
import time

import numpy as np

KEPT = np.zeros(3)


def double(x, *, factor=2):
    return x * factor


def describe(*arrays, **options):
    """Return, per array, what its memory looks like."""
    rows = [
        (*a.strides, a.flags.writeable, a.flags.aligned, a.flags.c_contiguous, a.__array_interface__["data"][0] % 64)
        for a in arrays
    ]
    return np.array(rows, np.int64)


def echo(x, **options):
    return x


def second(x, y):
    return y


def types_of(x, **options):
    return np.array([repr(options[key]) for key in sorted(options)])


def shares(x, y):
    return np.array(np.shares_memory(x, y))


def refuse(x, **options):
    raise ValueError(f"refuse: x must be positive, got {x.shape}")


def refuse_axis(x):
    raise np.exceptions.AxisError("no such axis")


def refuse_unprintably(x):
    class BadError(Exception):
        def __str__(self):
            raise RuntimeError

    raise BadError


def interrupt(x):
    raise KeyboardInterrupt


def segfault(x):
    ctypes.string_at(0)


def kill_itself(x):
    os.kill(os.getpid(), signal.SIGKILL)


def leave(x):
    sys.exit(3)


def leave_at_once(x):
    print("last words", file=sys.stderr, flush=True)
    os._exit(4)


def moody(x):
    """Crash on negative data."""
    return x * 2 if x.min() >= 0 else os._exit(1)


def loop_forever(x):
    while True:
        time.sleep(0.01) if x.size == 1 else None


def start_a_sleeper(x, *, mark):
    import subprocess

    subprocess.Popen([sys.executable, "-c", f"import time; time.sleep(60)  # {mark}"])
    time.sleep(60)


def devour(x):
    return np.ones(1 << 34, np.uint8)


def hoard(x):
    return np.ones(1 << 26, np.uint8)[:3].copy()


def talk(x):
    print("{}\n" * 1000)
    os.write(1, b'{"kind": "value"}\n')
    print("noise" * 100_000, file=sys.stderr)
    return x + 1


def listen(x):
    return np.array(len(sys.stdin.read()))


def write_first(x, y):
    x[...] = 0
    return y.copy()


def write_beside(x):
    """Write to the base of a view, not to the view."""
    address = x.__array_interface__["data"][0] - x.itemsize
    ctypes.memset(address, 0, x.itemsize)
    return x.copy()


def write_outside(x):
    ctypes.memset(x.__array_interface__["data"][0] + x.nbytes, 7, 4)
    return x.copy()


def reshape_first(x):
    x.setflags(write=False)
    return x.copy()


def reuse(x):
    KEPT[...] = x
    return KEPT


def imports(x):
    names = ("sympy", "hypothesis", "numba", "scipy", "convoracle.spec", "convoracle.properties.worker")
    return np.array([name in sys.modules for name in names])


def returned(x, *, what):
    return {
        "none": None,
        "list": [1, 2],
        "float": 1.5,
        "masked": np.ma.array([1, 2], mask=[0, 1]),
        "object": np.array([1, None]),
        "record": np.zeros(2, "i4,i4"),
        "scalar": np.float32(1.5),
        "zero_d": np.array(7),
    }[what]


def statistics(x):
    """Two arrays of other shapes and dtypes, one of them a view."""
    return x[::-1], np.array([x.size, x.ndim])


def one_of_a_tuple(x):
    return (x * 2,)


def nothing_at_all(x):
    return ()


def with_a_list(x):
    return x, x.tolist()


BUFFER = np.zeros(2)


def counts_in_the_same_array(x):
    BUFFER[0] += 1
    return x.copy(), BUFFER
