"""Foreign kernels in a process of their own: a crash, a hang or a blow-up of memory costs one call."""

from __future__ import annotations

import ctypes
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import numpy as np

from .worker_process import Process

START_SECONDS = 120.0  # a large library takes its time to be imported


class SubjectError(RuntimeError):
    """The subject cannot be imported, or its process does not start."""


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What became of one call.

    Attributes
    ----------
    kind : str
        "value": an array, or a tuple of arrays, came back. "error": an exception, or a result that is no array
        (error_type "NotAnArray").
        "crash": the process ended. "timeout": it was stopped.
    value : ndarray, tuple of ndarray, or None
        The result, C-ordered.
    error_type, message : str
        Name and text of the exception; how the process ended.
    error_bases : tuple of str
        Names of the exception's class and its base classes.
    changed : tuple of int
        Positions of the inputs that the subject changed: in their memory, anywhere in the buffer they are a view of, up
        to 64 bytes outside it, or in shape and strides.
    stale : bool
        Whether this call overwrote the array that the call before returned (noticed up to 64 kB).
    """

    kind: str
    value: Any = None
    error_type: str = ""
    message: str = ""
    error_bases: tuple[str, ...] = ()
    changed: tuple[int, ...] = ()
    stale: bool = False


class Worker:
    """Calls a subject in a spawned process that imports numpy and the subject only.

    The process starts at the first call and again after a call that ended it. One call at a time, from one thread.

    Parameters
    ----------
    target : str
        "module:function", "path/to/file.py:function", "adapter:NAME" or "mutant:NAME".
    array : str, optional
        Library whose arrays the function takes and returns, see `convoracle.properties.exchange`.
    operator : str, optional
        Which operator of an adapter to call, where a call does not say.
    seconds : float
        Time for one call.
    memory : int or None
        Bytes by which the process may grow once the subject is imported; None for no limit.

    Raises
    ------
    SubjectError
        From the first call: the target cannot be imported.

    Examples
    --------
    >>> with Worker("numpy:negative") as worker:
    ...     worker.call([np.arange(3)], {}).value.tolist()
    [0, -1, -2]
    """

    def __init__(
        self,
        target: str,
        *,
        operator: str | None = None,
        array: str | None = None,
        seconds: float = 20.0,
        memory: int | None = 4 << 30,
    ) -> None:
        self.target, self.operator, self.array, self.seconds = target, operator, array, seconds
        self._settings = {
            "target": target,
            "operator": operator,
            "array": array,
            "seconds": seconds,
            "memory": memory,
        }
        self._process: Process | None = None

    def __enter__(self) -> Worker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def call(self, arrays: Sequence[np.ndarray], options: Mapping[str, Any], operator: str | None = None) -> Reply:
        """Call the subject with `arrays` and keyword `options`.

        Parameters
        ----------
        arrays : sequence of ndarray
            Views arrive as views of a copy of the same buffer; arrays that share a buffer share it there.
        options : mapping
            Integers, floats, strings, None, and lists or tuples of them.
        operator : str, optional
            Which operator of an adapter; default: that of the worker.
        """
        answer = self._answer(list(_request(arrays, options, operator or self.operator)))
        return answer if isinstance(answer, Reply) else _reply(*answer)

    def declared(self) -> dict[str, dict[str, Any]]:
        """Return what the subject declares of each operator; nothing of a function that is not marked."""
        return self._told({"ask": "declared"})

    def about(
        self,
        what: str,
        operator: str,
        shapes: Mapping[str, tuple[int, ...]],
        dtypes: Mapping[str, str],
        options: Mapping[str, Any],
    ) -> Any:
        """Return what the subject says of a call: its "limits", or how it is "written" in the words of its library."""
        forms = {name: _encoded(tuple(shape)) for name, shape in shapes.items()}
        given = {keyword: _encoded(value) for keyword, value in options.items()}
        question = {"ask": what, "operator": operator, "shapes": forms, "dtypes": dict(dtypes), "options": given}
        return self._told(question)

    def _told(self, question: dict[str, Any]) -> Any:
        """Return the answer to a question about the subject; raise SubjectError where there is none."""
        answer = self._answer([json.dumps(question).encode() + b"\n"])
        if isinstance(answer, Reply):
            raise SubjectError(f"{self.target}: asked what it declares: {answer.kind}: {answer.message}")
        head, _ = answer
        if head["kind"] == "error":
            raise SubjectError(f"{self.target}: asked what it declares: {head['error_type']}: {head['message']}")
        return head["told"]

    def _answer(self, message: list[Any]) -> tuple[dict[str, Any], Any] | Reply:
        """Send a message; return what came back, or how the process ended."""
        process = self._started()
        try:
            deadline = time.monotonic() + self.seconds
            process.send(message, deadline)
            return process.receive(deadline)
        except TimeoutError:
            self.close()
            return Reply(kind="timeout", message=f"no answer within {self.seconds:g} s")
        except (EOFError, OSError, ValueError) as error:
            self.close()
            return Reply(kind="crash", message=process.obituary(error))
        except BaseException:  # Ctrl-C: an unread answer must not be taken for that of the next call
            self.close()
            raise

    def start(self) -> None:
        """Start the process and import the subject, if that has not happened."""
        self._started()

    def close(self) -> None:
        """End the process, if there is one; the next call starts another."""
        if self._process is not None:
            self._process.stop()
            self._process = None

    def _started(self) -> Process:
        if self._process is None:
            self._process = self._ready()
        return self._process

    def _ready(self) -> Process:
        """Return a process that has imported the subject."""
        process = Process(self._settings)
        try:
            head, _ = process.receive(time.monotonic() + START_SECONDS)
        except BaseException as error:
            process.stop()
            if not isinstance(error, (EOFError, OSError, ValueError)):
                raise
            slow = isinstance(error, TimeoutError)
            what = f"not ready after {START_SECONDS:g} s" if slow else process.obituary(error)
            raise SubjectError(f"{self.target}: the worker did not start: {what}") from None
        if head["kind"] != "ready":
            process.stop()
            raise SubjectError(f"{self.target}: cannot be imported: {head['error_type']}: {head['message']}")
        return process


def _reply(head: dict[str, Any], value: Any) -> Reply:
    return Reply(
        kind=head["kind"],
        value=value,
        error_type=head.get("error_type", ""),
        message=head.get("message", ""),
        error_bases=tuple(head.get("error_bases", ())),
        changed=tuple(head["changed"]),
        stale=head["stale"],
    )


# ---- requests ----


def _request(arrays: Sequence[np.ndarray], options: Mapping[str, Any], operator: str | None) -> Iterator[Any]:
    """Yield the header line and the bytes of every buffer, once each."""
    buffers: dict[tuple[int, int], Any] = {}
    recipes = []
    for array in arrays:
        low, high, content = _buffer(array)
        buffers.setdefault((low, high), content)  # arrays with one buffer share it in the worker, too
        offset = array.__array_interface__["data"][0] - low if high > low else 0
        position = list(buffers).index((low, high))
        recipes.append((position, array.dtype.str, array.shape, array.strides, offset, array.flags.writeable))
    header = {
        "operator": operator,
        "options": {keyword: _encoded(value) for keyword, value in options.items()},
        "buffers": [(high - low, low) for low, high in buffers],
        "arrays": recipes,
    }
    yield json.dumps(header).encode() + b"\n"
    yield from buffers.values()


def _buffer(array: np.ndarray) -> tuple[int, int, Any]:
    """Return first and last address of the memory that `array` is a view of, and its bytes."""
    if type(array) is not np.ndarray:
        raise TypeError(f"only plain numpy arrays travel to a worker, got {type(array).__name__}")
    if array.dtype.hasobject or array.dtype.kind == "V":
        raise TypeError(f"arrays of dtype {array.dtype} do not travel to a worker")
    base: Any = array
    root = array
    while base is not None:  # the outermost array; strided views may have something else in between
        root, base = (base if isinstance(base, np.ndarray) else root), getattr(base, "base", None)
    low, high = _bounds(root)
    inner = _bounds(array)
    if inner[0] < low or inner[1] > high:
        low, high = inner
    content = memoryview((ctypes.c_ubyte * (high - low)).from_address(low)).cast("B") if high > low else b""
    return low, high, content


def _bounds(array: np.ndarray) -> tuple[int, int]:
    """Return the address of the first byte of `array` and of the one after its last; the same where it is empty."""
    low = high = array.__array_interface__["data"][0]
    if array.size:
        for length, stride in zip(array.shape, array.strides, strict=True):
            low, high = low + min(0, (length - 1) * stride), high + max(0, (length - 1) * stride)
        high += array.itemsize
    return low, high


def _encoded(option: Any) -> Any:
    """Return an option in JSON's types; see ``worker_child.decoded``."""
    if isinstance(option, np.generic):
        return option.item()
    if isinstance(option, tuple):
        return {"tuple": [_encoded(entry) for entry in option]}
    return [_encoded(entry) for entry in option] if isinstance(option, list) else option
