"""Work that runs side by side, one thread per core: our kernels and SciPy's transforms release the interpreter lock."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from threading import Event
from typing import TypeVar

R = TypeVar("R")


class Stopped(Exception):  # noqa: N818 - no error: the user asked for it
    """The user stopped the work."""


def side_by_side(works: Sequence[Callable[[Event], R]], tell: Callable[[int], None] = lambda done: None) -> list[R]:
    """Run pieces of work and return what they return, in their order; Ctrl-C ends all soon.

    Parameters
    ----------
    works : sequence of callables
        Each is given an event; long ones raise `Stopped` once it is set.
    tell : callable
        Hears in this thread, about every second, how many pieces are done.

    Examples
    --------
    >>> side_by_side([lambda stop: 1, lambda stop: 2])
    [1, 2]
    """
    stop = Event()
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        futures = [pool.submit(work, stop) for work in works]
        try:
            pending = set(futures)
            while pending:
                done, pending = wait(pending, timeout=1)
                for future in done:
                    future.result()
                tell(len(works) - len(pending))
        except BaseException:
            stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return [future.result() for future in futures]
