"""Processes that are forked from one which has imported the records: importing them takes longer than many a task."""

from multiprocessing import forkserver, get_all_start_methods, get_context
from multiprocessing.context import BaseContext
from signal import SIG_IGN, SIGINT, signal

SERVED = "forkserver" in get_all_start_methods()
"""Whether the system can fork processes from a server."""


def context() -> BaseContext:
    """Return how processes are started: forked from a server, where the system has that."""
    return get_context("forkserver" if SERVED else "spawn")


def begin(module: str) -> None:
    """Start the server, if it does not run yet; it imports a module while this process goes on.

    Ctrl-C is left to this process from the beginning: a signal that is ignored stays so in the program started.
    """
    if not SERVED:
        return
    before = signal(SIGINT, SIG_IGN)
    try:
        forkserver.set_forkserver_preload([module])
        forkserver.ensure_running()
    finally:
        signal(SIGINT, before)
