"""Processes that are forked from one which has imported the records: importing them takes longer than many a task."""

from multiprocessing import forkserver, get_all_start_methods, get_context
from multiprocessing.context import BaseContext
from signal import SIG_IGN, SIGINT, signal


def context() -> BaseContext:
    """Return how processes are started: forked from a server, where the system has that."""
    return get_context("forkserver" if "forkserver" in get_all_start_methods() else "spawn")


def begin(module: str) -> None:
    """Start the server, if it does not run yet; it imports a module while this process goes on.

    Ctrl-C is left to this process from the beginning: a signal that is ignored stays so in the program started.
    """
    if "forkserver" not in get_all_start_methods():
        return
    before = signal(SIGINT, SIG_IGN)
    try:
        forkserver.set_forkserver_preload([module])
        forkserver.ensure_running()
    finally:
        signal(SIGINT, before)
