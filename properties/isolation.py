"""Subjects in worker processes, as the judge calls them."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from convoracle.spec.catalog import operator as record_of

from .subject import Answer, Caller, Judged, chosen_operator, declared_of
from .worker import SubjectError, Worker
from .worker_target import reference


def caller(worker: Worker, operator: str | None = None) -> Caller:
    """Return what calls one operator of the subject in a worker."""

    def call(arrays: list[np.ndarray], options: dict[str, Any]) -> Answer:
        reply = worker.call(arrays, options, operator)
        if reply.error_type == "NotAnArray":  # the call returned; what it returned is wrong
            return Answer("value", message=reply.message, changed=reply.changed, stale=reply.stale)
        return Answer(reply.kind, reply.value, reply.error_type, reply.message, reply.changed, reply.stale)

    return call


@contextmanager
def isolated(target: str, operator: str | None, array: str | None = None) -> Iterator[Judged]:
    """Yield a subject that runs in a worker process, as it is judged on an operator, and end the process afterwards.

    Parameters
    ----------
    target : str
        ``module:function``, ``file.py:function``, or the name of a subject of the registry.
    operator : str or None
        Default: the one that the subject declares.
    array : str or None
        Library whose arrays it takes, where it does not declare that itself.

    Raises
    ------
    ValueError
        If the target is not of that form, or the operator is none of those declared.
    convoracle.properties.worker.SubjectError
        If it cannot be imported.
    """
    if ":" in target and not all(target.rpartition(":")[::2]):
        raise ValueError(f"a subject is named module:function or file.py:function, got {target!r}")
    with Worker(target if ":" in target else f"adapter:{target}", array=array) as worker:
        declared = worker.declared()
        yield _seen(worker, target, chosen_operator(operator, declared, target), declared)


def _seen(worker: Worker, name: str, operator: str, declared: Mapping[str, Mapping[str, Any]]) -> Judged:
    """Return an operator of a subject of which only what its worker tells is known."""
    about = dict(declared.get(operator, {"array": worker.array, "reference": name, "limits": False, "written": False}))
    return Judged(
        name=name,
        record=record_of(operator),
        call=caller(worker, operator),
        limits=partial(worker.about, "limits", operator) if about.pop("limits") else None,
        written=partial(worker.about, "written", operator) if about.pop("written") else None,
        others=lambda other: _seen(worker, name, other, declared) if other in declared else None,
        **about,
    )


def judged_adapter(subject: Any, operator: str, worker: Worker) -> Judged:
    """Return one operator of a declared subject (see `convoracle.impl.backends.subject`), run by `worker`."""
    implementation = subject.operators[operator]
    declared = declared_of(implementation, operator)
    return replace(
        declared,
        name=subject.name,
        limits=declared.limits and partial(_limits, subject.name, declared.limits),
        call=caller(worker, operator),
        others=lambda other: judged_adapter(subject, other, worker) if other in subject.operators else None,
        reference=reference(f"adapter:{subject.name}", implementation.function),
    )


def _limits(name: str, limits: Callable[..., str | None], *declared: Any) -> str | None:
    """Return what the limits of a subject say; where they fail, the subject does."""
    try:
        return limits(*declared)
    except Exception as error:
        raise SubjectError(f"{name}: asked what it declares: {type(error).__name__}: {error}") from error
