"""Kernels: plain loop nests, compiled when a dtype is first used and shared out over threads.

A kernel is a Python function ``body(*arrays, *settings, first, last)``. It writes the units ``first .. last-1`` of its
results (rows, planes, entries: what a unit is, the kernel says) and reads nothing that another unit writes. So the serial
and the parallel run are the same machine code, called once with all units or once per thread with a share of them, and give
the same bits whatever the number of threads. The threads are Python's: the code releases the interpreter lock, and no
parallel region of a threading layer is left behind for a later ``fork`` to trip over.

The kernels of convolutions have one form, ``body(a, b, out, stride, dilation, before, tile, first, last)`` on 5-axis arrays;
they *add* to the units of ``out``, a unit being at most ``tile`` neighbouring entries of one row (the last axis). Others
declare theirs.

Every kernel has exactly one signature per dtype (C-ordered, inputs read-only); views are copied into that form before
the call. A body may call the functions that its kernel lists as helpers, of its own file or of others; they are compiled
with it. Numba caches machine code by the time stamp of the file that holds the body, and here by what the files of the
helpers say; key ``NUMBA_CACHE_DIR`` by a hash of ``impl/`` where files are edited or swapped.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from types import FunctionType
from typing import Any, ClassVar

import numpy as np

JIT_OPTIONS: dict[str, Any] = {
    "nopython": True,
    "nogil": True,
    "cache": True,
    "fastmath": False,
    "boundscheck": False,
    "error_model": "numpy",
}
DTYPES = tuple(np.dtype(t) for t in (np.float32, np.float64, np.complex64, np.complex128, np.int64))
TILE = 1024  # entries of a row done together: the row and its sources stay in the first-level cache
PARALLEL_FROM = 1 << 23  # multiply-adds, about 1 ms; below, starting threads costs more than it saves
FAR = 1 << 40  # a longer step leaves every array that fits in memory

Ints = tuple[int, ...]


BILINEAR = "read5 read5 write5 triple triple triple index"
"""What the kernels of convolutions take: two operands, the result, stride, dilation, padding before, tile."""


class Kernel:
    """A loop nest with one compiled form per dtype.

    Parameters
    ----------
    body : callable
        The loop nest. It stays available as ``kernel.body`` and runs as plain Python.
    takes : str
        Its arguments before ``first`` and ``last``, one word each: ``read<k>`` and ``write<k>`` are C-ordered arrays of k axes
        of the kernel's dtype, ``read_index<k>`` and ``write_index<k>`` of int64, ``triple`` three integers, ``index`` an
        integer, ``number`` a float64.
    helpers : tuple of function
        What the body calls, or these call.
    fused : bool
        Whether a product and a sum may be rounded together, as one operation.
    """

    registry: ClassVar[list[Kernel]] = []

    def __init__(
        self,
        body: Callable[..., None],
        takes: str = BILINEAR,
        helpers: tuple[Callable[..., Any], ...] = (),
        fused: bool = False,
    ) -> None:
        self.body, self.takes, self.helpers, self.fused = body, takes, helpers, fused
        self.compiled: dict[np.dtype, Any] = {}
        self.__doc__ = body.__doc__
        Kernel.registry.append(self)

    @classmethod
    def taking(
        cls, takes: str, *, helpers: tuple[Callable[..., Any], ...] = (), fused: bool = False
    ) -> Callable[[Callable[..., None]], Kernel]:
        """Return the decorator of a kernel with the arguments that `takes` names."""
        return lambda body: cls(body, takes, helpers, fused)

    def for_dtype(self, dtype: np.dtype) -> Any:
        """Return the dispatcher for `dtype`, compiling it or loading it from the cache at its first use."""
        if dtype not in self.compiled:
            self.compiled[dtype] = self._compile(dtype)
        return self.compiled[dtype]

    def _compile(self, dtype: np.dtype) -> Any:
        import numba
        from numba import types

        arguments = [_type_of(word, numba.from_dtype(dtype)) for word in self.takes.split()]
        options = JIT_OPTIONS | {"fastmath": {"contract"} if self.fused else False}
        return numba.jit([types.void(*arguments, types.int64, types.int64)], **options)(self._linked(options))

    def _linked(self, options: dict[str, Any]) -> Callable[..., None]:
        """Return the body as a function that finds its helpers compiled, with a name under which only these are cached."""
        import numba

        if not self.helpers:
            return self.body
        names: dict[str, Any] = {}
        for function in (*self.helpers, self.body):
            names |= function.__globals__
        for helper in self.helpers:
            bound = FunctionType(helper.__code__, names, helper.__name__)
            names[helper.__name__] = numba.jit(**options | {"cache": False})(bound)
        linked = FunctionType(self.body.__code__, names, self.body.__name__)
        files = sorted({helper.__code__.co_filename for helper in self.helpers})
        linked.__qualname__ += "-" + sha256(b"".join(Path(file).read_bytes() for file in files)).hexdigest()[:16]
        return linked


def _type_of(word: str, entry: Any) -> Any:
    from numba import types

    plain = {"triple": types.UniTuple(types.int64, 3), "index": types.int64, "number": types.float64}
    if word in plain:
        return plain[word]
    kind, axes = word.rstrip("0123456789"), int(word[-1])
    return types.Array(types.int64 if "index" in kind else entry, axes, "C", readonly=kind.startswith("read"))


def compiled_signatures() -> list[tuple[str, str, tuple[Any, ...]]]:
    """List (kernel, dtype, signature) of everything compiled or loaded so far; one row per kernel and dtype."""
    return [
        (kernel.body.__name__, dtype.name, signature)
        for kernel in Kernel.registry
        for dtype, dispatcher in kernel.compiled.items()
        for signature in getattr(dispatcher, "signatures", ())
    ]


def run(kernel: Kernel, a: np.ndarray, b: np.ndarray, out: np.ndarray, steps: Sequence[Ints], work: int) -> None:
    """Add to `out` what `kernel` makes of `a` and `b`, on all cores when the work is big.

    Parameters
    ----------
    a, b : ndarray
        Operands with 2 leading and 1 to 3 spatial axes, any dtype that casts to that of `out`, any strides.
    out : C-ordered ndarray
        Holds the start of every sum (zero or the bias) and is added to.
    steps : three tuples of int
        Stride, dilation and padding before, per spatial axis.
    work : int
        Estimate of the multiply-adds.
    """
    stride, dilation, before = (_three(step, fill) for step, fill in zip(steps, (1, 1, 0), strict=True))
    arguments = (_lift(plain(a, out.dtype)), _lift(plain(b, out.dtype)), _lift(out), stride, dilation, before, TILE)
    units = int(np.prod(out.shape[:-1])) * -(-out.shape[-1] // TILE)
    share(kernel, out.dtype, arguments, units=units, work=work)


def share(kernel: Kernel, dtype: np.dtype, arguments: tuple[Any, ...], *, units: int, work: int) -> None:
    """Run `kernel` on all of its `units`, on all cores when the work is big.

    Parameters
    ----------
    dtype : dtype
        Which compiled form to run.
    arguments : tuple
        What the kernel takes before ``first`` and ``last``: arrays C-ordered, aligned and of the right dtype.
    work : int
        Estimate of the multiply-adds, or of operations that take as long.
    """
    compiled = kernel.for_dtype(dtype)
    shares = 1 if work < PARALLEL_FROM else _threads(units)
    _share_out(compiled, arguments, [units * i // shares for i in range(shares + 1)])


def _share_out(compiled: Any, arguments: tuple[Any, ...], cuts: list[int]) -> None:
    """Call `compiled` on every [cut, next cut): the first share here, the others on threads of their own."""
    if len(cuts) == 2:
        compiled(*arguments, *cuts)
        return
    with ThreadPoolExecutor(len(cuts) - 2) as pool:
        shares = [pool.submit(compiled, *arguments, *cuts[i : i + 2]) for i in range(1, len(cuts) - 1)]
        compiled(*arguments, *cuts[:2])
        for share in shares:
            share.result()


def run_all(tasks: Sequence[Callable[[], None]], *, work: int) -> None:
    """Call all tasks, none of which reads what another writes, on all cores when the work is big, as they come free."""
    workers = 1 if work < PARALLEL_FROM else _threads(len(tasks))
    if workers == 1:
        for task in tasks:
            task()
        return
    with ThreadPoolExecutor(workers) as pool:
        for done in [pool.submit(task) for task in tasks]:
            done.result()


def _threads(units: int) -> int:
    """Number of threads: what ``numba.set_num_threads`` or ``NUMBA_NUM_THREADS`` says, at most one per unit."""
    import numba

    return max(1, min(numba.get_num_threads(), units))


def plain(array: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """The same values as an aligned C-ordered array of `dtype`; a copy only where `array` is not one already."""
    return np.require(array, dtype, ["C", "ALIGNED"])


def _lift(array: np.ndarray) -> np.ndarray:
    """(A, B, *sizes) as (A, B, 1, .., *sizes) with five axes; shares the memory."""
    return array.reshape(array.shape[:2] + (1,) * (5 - array.ndim) + array.shape[2:])


def _three(values: Ints, fill: int) -> Ints:
    return (fill,) * (3 - len(values)) + tuple(min(v, FAR) for v in values)
