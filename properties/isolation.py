"""Subjects in worker processes, as the judge calls them."""

from collections.abc import Callable
from typing import Any

import numpy as np

from convoracle.spec.catalog import operator as record_of

from .subject import Answer, Caller, Judged
from .worker import Worker


def caller(worker: Worker, operator: str | None = None) -> Caller:
    """Return what calls one operator of the subject in a worker."""

    def call(arrays: list[np.ndarray], options: dict[str, Any]) -> Answer:
        reply = worker.call(arrays, options, operator)
        if reply.error_type == "NotAnArray":  # the call returned; what it returned is wrong
            return Answer("value", message=reply.message, changed=reply.changed, stale=reply.stale)
        return Answer(reply.kind, reply.value, reply.error_type, reply.message, reply.changed, reply.stale)

    return call


def isolated(target: str) -> tuple[Caller, Callable[[], None]]:
    """Return a caller for ``module:function`` or ``file.py:function`` in a worker process, and what ends the process.

    Raises
    ------
    ValueError
        If the target is not of that form.
    convoracle.properties.worker.SubjectError
        If it cannot be imported.
    """
    if not all(target.rpartition(":")[::2]):
        raise ValueError(f"a subject is named module:function or file.py:function, got {target!r}")
    worker = Worker(target)
    worker.start()
    return caller(worker), worker.close


def judged_adapter(subject: Any, operator: str, worker: Worker) -> Judged:
    """Return one operator of a declared subject (see `convoracle.impl.backends.subject`), run by `worker`."""
    implementation = subject.operators[operator]

    def other(name: str) -> Judged | None:
        return judged_adapter(subject, name, worker) if name in subject.operators else None

    return Judged(
        name=subject.name,
        record=record_of(operator),
        call=caller(worker, operator),
        algorithm=implementation.algorithm,
        accumulator=implementation.accumulator,
        ulps=implementation.ulps,
        conventions=dict(implementation.conventions),
        limits=implementation.limits,
        others=other,
        reference=_reference(subject.name, implementation.function),
    )


def _reference(subject: str, function: Callable[..., Any]) -> str:
    """Return where a script finds a function: in its module, or in the adapter where it is made."""
    path = f"{function.__module__}:{function.__qualname__}"
    return f"adapter:{subject}" if "<" in path else path
