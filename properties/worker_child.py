"""The worker's side of the wire: imports numpy and the subject, then answers one call after the other.

Run by ``worker_process.py`` as ``python -m convoracle.properties.worker_child SETTINGS`` with pipes as standard input
and output. A message is one line of JSON and then raw bytes, as many as the line announces.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from .worker_target import Target

GUARD = 64  # bytes around every buffer, a multiple of all alignments that matter
CANARY = 0xFF  # fills the guards: NaN in every float format, so that reading beyond the border shows
LONGEST_MESSAGE = 2000
SMALL = 1 << 16  # bytes

Function = Callable[..., Any]

# ---- operands ----


class Operands:
    """The arrays of one call, rebuilt over copies of the caller's buffers at the same alignment.

    Attributes
    ----------
    arrays : list of ndarray
        Same dtype, shape, strides, offset and read-only flag as in the caller.
    """

    def __init__(self, header: dict[str, Any], requests: BinaryIO) -> None:
        self.buffers = [_guarded(size, address) for size, address in header["buffers"]]
        for buffer in self.buffers:
            _fill(requests, buffer[GUARD:-GUARD])
        self.before = [buffer.tobytes() for buffer in self.buffers]
        self.arrays = [_view(self.buffers[recipe[0]], recipe) for recipe in header["arrays"]]
        self.owner = [recipe[0] for recipe in header["arrays"]]
        self.form = [_form(array) for array in self.arrays]

    def changed(self) -> list[int]:
        """Positions of the arrays whose buffer, guards or form differ from what arrived."""
        same = [buffer.tobytes() == before for buffer, before in zip(self.buffers, self.before, strict=True)]
        return [i for i, a in enumerate(self.arrays) if not same[self.owner[i]] or _form(a) != self.form[i]]


def _guarded(size: int, address: int) -> np.ndarray:
    """Return `size` bytes between guards; the first has an address that is `address` modulo GUARD."""
    room = np.empty(size + 3 * GUARD, np.uint8)
    shift = (address - room.__array_interface__["data"][0]) % GUARD
    buffer = room[shift : shift + size + 2 * GUARD]
    buffer[:GUARD] = buffer[-GUARD:] = CANARY
    return buffer


def _fill(requests: BinaryIO, target: np.ndarray) -> None:
    view, done = target.data, 0
    while done < len(view):
        got = requests.readinto(view[done:])  # type: ignore[attr-defined]
        if not got:
            raise EOFError
        done += got


def _view(buffer: np.ndarray, recipe: list[Any]) -> np.ndarray:
    _, dtype, shape, strides, offset, writeable = recipe
    array = np.ndarray(shape, np.dtype(dtype), buffer=buffer, offset=GUARD + offset, strides=strides)
    array.flags.writeable = writeable
    return array


def _form(array: np.ndarray) -> tuple[Any, ...]:
    return array.shape, array.strides, array.dtype, array.flags.writeable


def decoded(option: Any) -> Any:
    """Return an option as the caller wrote it: JSON has no tuples, so they travel as {"tuple": [...]}."""
    if isinstance(option, dict):
        return tuple(decoded(entry) for entry in option["tuple"])
    return [decoded(entry) for entry in option] if isinstance(option, list) else option


def _decoded(values: dict[str, Any]) -> dict[str, Any]:
    return {name: decoded(value) for name, value in values.items()}


# ---- answers ----


class NotAnArray(TypeError):  # noqa: N818, the name is what a report shows
    """The subject returned something else than a numpy array or scalar."""


Results = tuple[np.ndarray, ...]


def answer(function: Function, arrays: list[np.ndarray], options: dict[str, Any]) -> tuple[dict[str, Any], Results]:
    """Call the subject; return the head of the reply and the arrays that it returned, if it did."""
    try:
        result = function(*arrays, **options)
        results = tuple(map(as_array, result)) if isinstance(result, tuple) else (as_array(result),)
    except SystemExit:
        raise
    except BaseException as error:
        return failure(error), ()
    forms = [[r.dtype.str, r.shape, r.nbytes] for r in results]
    return {"kind": "value", "several": isinstance(result, tuple), "forms": forms}, results


def as_array(result: Any) -> np.ndarray:
    """Return a numpy array or scalar as an array; anything else is a `NotAnArray`."""
    if isinstance(result, np.ma.MaskedArray) or not isinstance(result, (np.ndarray, np.generic)):
        raise NotAnArray(f"the result is a {type(result).__module__}.{type(result).__qualname__}, not a numpy array")
    if result.dtype.hasobject or result.dtype.names is not None or result.dtype.kind == "V":
        raise NotAnArray(f"the result has dtype {result.dtype}")
    return np.asarray(result)


def failure(error: BaseException) -> dict[str, Any]:
    """Describe an exception: its name, the names of its base classes and its message."""
    names = [cls.__name__ for cls in type(error).__mro__ if cls not in (object, BaseException)]
    name = "MemoryError" if isinstance(error, MemoryError) else names[0]
    try:
        message = str(error)
    except Exception:
        message = "(the message cannot be printed)"
    return {"kind": "error", "error_type": name, "error_bases": names, "message": message[:LONGEST_MESSAGE]}


def told(target: Target, question: dict[str, Any]) -> dict[str, Any]:
    """Return what the subject declares of its operators, or says of a call."""
    try:
        if question["ask"] == "declared":
            return {"kind": "told", "told": target.declarations()}
        about = getattr(target.declared[question["operator"]], question["ask"])
        shapes, options = _decoded(question["shapes"]), _decoded(question["options"])
        return {"kind": "told", "told": about(shapes, question["dtypes"], options)}
    except Exception as error:
        return failure(error)


class Memory:
    """The arrays returned last, to notice when a later call overwrites them."""

    def __init__(self) -> None:
        self.kept: list[tuple[np.ndarray, bytes]] = []

    def overwritten(self) -> bool:
        return any(array.tobytes() != content for array, content in self.kept)

    def keep(self, results: Results, operands: Operands) -> None:
        """Remember results, but those that are big or share the memory of an operand, which the next call replaces."""
        small = [array for array in results if array.nbytes <= SMALL]
        own = [a for a in small if not any(np.may_share_memory(a, buffer) for buffer in operands.buffers)]
        self.kept = [(array, array.tobytes()) for array in own]


# ---- the process ----


def main(settings: dict[str, Any]) -> None:
    """Import the subject, say so, and answer until the caller hangs up."""
    requests, replies = _claim_pipes()
    try:
        target = Target(settings["target"], settings["array"])
        target.function_of(settings["operator"]) if settings["operator"] else None
    except BaseException as error:
        _send(replies, failure(error), ())
        return
    _limit_memory(settings["memory"])
    _send(replies, {"kind": "ready"}, ())
    last = Memory()
    while line := requests.readline():
        header = json.loads(line)
        # should the caller be gone when the subject hangs, the system ends this process
        signal.setitimer(signal.ITIMER_REAL, settings["seconds"] + 10)
        if "ask" in header:
            _send(replies, told(target, header), ())
        else:
            _serve(header, requests, replies, target, last)
        signal.setitimer(signal.ITIMER_REAL, 0)


def _serve(header: dict[str, Any], requests: BinaryIO, replies: BinaryIO, target: Target, last: Memory) -> None:
    operands = Operands(header, requests)
    head, results = answer(
        lambda *a, **o: target.function_of(header["operator"])(*a, **o),
        list(operands.arrays),
        _decoded(header["options"]),
    )
    head["changed"], head["stale"] = operands.changed(), last.overwritten()
    last.keep(results, operands)
    _send(replies, head, results)


def _claim_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Take the pipes away from standard input and output, so that a subject that prints does not talk to the caller."""
    requests, replies = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    os.close(nothing)
    return os.fdopen(requests, "rb"), os.fdopen(replies, "wb")


def _send(replies: BinaryIO, head: dict[str, Any], results: Results) -> None:
    replies.write(json.dumps(head).encode() + b"\n")
    for result in results:
        if result.size:
            replies.write(result.tobytes() if result.nbytes < SMALL else _flat_bytes(result).data)
    replies.flush()


def _flat_bytes(result: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(result).reshape(-1).view(np.uint8)


def _limit_memory(extra: int | None) -> None:
    """Let the address space grow by `extra` bytes from what it is now; systems without /proc stay unlimited."""
    pages = Path("/proc/self/statm")
    if extra is None or not pages.exists():
        return
    import resource

    limit = int(pages.read_text().split()[0]) * resource.getpagesize() + extra
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard == resource.RLIM_INFINITY or limit < hard:
        resource.setrlimit(resource.RLIMIT_AS, (limit, hard))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
