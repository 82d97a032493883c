"""The process of a subject, lent to one task after another: importing a large library takes longer than judging an operator."""

from collections.abc import Iterator
from contextlib import contextmanager

from convoracle.properties.worker import Worker

TASKS = 16
"""A process is lent so often and then replaced, so that what a library keeps does not grow without end."""


class Lending:
    """The worker of the subject asked for last.

    Examples
    --------
    >>> lending = Lending()
    >>> with lending.of("numpy") as first, lending.of("numpy") as second:
    ...     first is second
    True
    >>> lending.end()
    """

    def __init__(self) -> None:
        self._worker: Worker | None = None
        self._times = 0

    @contextmanager
    def of(self, subject: str) -> Iterator[Worker]:
        """Lend the worker of a subject of the registry; a task that fails leaves none behind."""
        target = f"adapter:{subject}"
        if self._worker is None or self._worker.target != target or self._times == TASKS:
            self.end()
            self._worker = Worker(target)
        self._times += 1
        try:
            yield self._worker
        except BaseException:
            self.end()
            raise

    def end(self) -> None:
        """End the process, if there is one."""
        if self._worker is not None:
            self._worker.close()
        self._worker, self._times = None, 0


LENDING = Lending()
"""That of this process, which takes one task after another."""
