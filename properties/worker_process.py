"""The process that calls a subject, seen from the caller: pipes with deadlines, and its end."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import numpy as np

TAIL = 2000  # bytes of standard error that a crash message quotes
LONGEST_HEADER = 1 << 20


class Process:
    """A running worker_child and the pipes to it; times are deadlines of ``time.monotonic``."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        program = [sys.executable, "-X", "faulthandler", "-m", "convoracle.properties.worker_child"]
        command, pipe = [*program, json.dumps(settings)], subprocess.PIPE
        # a session of its own: Ctrl-C reaches the caller only, and whatever the subject starts is stopped with it
        self.popen = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, bufsize=0, start_new_session=True)
        assert self.popen.stdin is not None
        assert self.popen.stdout is not None
        self.requests, self.replies = self.popen.stdin.fileno(), self.popen.stdout.fileno()
        os.set_blocking(self.requests, False)
        self.unread = b""
        self.tail = bytearray()
        self.listener = threading.Thread(target=_listen, args=(self.popen.stderr, self.tail), daemon=True)
        self.listener.start()
        self.stop = weakref.finalize(self, _stop, self.popen, self.listener)

    def send(self, parts: Sequence[Any], deadline: float) -> None:
        """Write a message; raise TimeoutError at the deadline, BrokenPipeError where the process has ended."""
        if sum(map(len, parts)) < 1 << 16:
            parts = [b"".join(parts)]
        for part in parts:
            rest = memoryview(part)
            while rest:
                try:
                    rest = rest[os.write(self.requests, rest) :]
                except BlockingIOError:
                    _wait(self.requests, select.POLLOUT, deadline)

    def receive(self, deadline: float) -> tuple[dict[str, Any], Any]:
        """Read a message; raise TimeoutError at the deadline, EOFError where the process has ended."""
        while b"\n" not in self.unread and len(self.unread) < LONGEST_HEADER:
            self.unread += self._read(1 << 16, deadline)
        line, _, self.unread = self.unread.partition(b"\n")
        head = json.loads(line)
        if "forms" not in head:
            return head, None
        results = tuple(self._array(form, deadline) for form in head["forms"])
        return head, results if head["several"] else results[0]

    def _array(self, form: list[Any], deadline: float) -> np.ndarray:
        """Read one array."""
        dtype, shape, nbytes = form
        payload = np.empty(nbytes, np.uint8)
        known, self.unread = self.unread[:nbytes], self.unread[nbytes:]
        payload[: len(known)] = np.frombuffer(known, np.uint8)
        rest = payload.data[len(known) :]
        while rest:
            _wait(self.replies, select.POLLIN, deadline)
            got = os.readv(self.replies, [rest])
            if not got:
                raise EOFError
            rest = rest[got:]
        return np.ndarray(shape, dtype, buffer=payload)

    def _read(self, most: int, deadline: float) -> bytes:
        _wait(self.replies, select.POLLIN, deadline)
        got = os.read(self.replies, most)
        if not got:
            raise EOFError
        return got

    def obituary(self, error: BaseException) -> str:
        """Say how the stopped process ended, with the end of what it printed."""
        code = self.popen.returncode
        if isinstance(error, ValueError):
            how = f"the answer is not in the protocol ({error})"
        else:
            how = f"killed by {_signal_name(-code)}" if code < 0 else f"exit code {code}"
        said = bytes(self.tail).decode(errors="replace").partition("\nExtension modules:")[0].strip()
        return f"{how}; stderr: {said[-TAIL:]}" if said else how


def _wait(pipe: int, event: int, deadline: float) -> None:
    poll = select.poll()
    poll.register(pipe, event)
    if not poll.poll(max(0.0, deadline - time.monotonic()) * 1000):
        raise TimeoutError


def _listen(stream: Any, tail: bytearray) -> None:
    """Keep the end of what the process prints; reading all of it keeps the process from blocking."""
    with suppress(ValueError, OSError):
        while piece := stream.read(4096):
            tail += piece
            del tail[: -4 * TAIL]


def _stop(popen: subprocess.Popen[bytes], listener: threading.Thread) -> None:
    """Give a process that closed its pipe a moment to end by itself, then kill it with all it started, and reap it."""
    if popen.stdin is not None:
        popen.stdin.close()
    with suppress(subprocess.TimeoutExpired):
        popen.wait(0.0 if popen.poll() is not None else _grace(popen))
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(popen.pid, signal.SIGKILL)
    popen.wait()
    listener.join(1.0)
    for stream in (popen.stdout, popen.stderr):
        if stream is not None:
            stream.close()


def _grace(popen: subprocess.Popen[bytes]) -> float:
    """A process whose output is closed is ending, and its exit code is worth waiting for; a running one is not."""
    assert popen.stdout is not None
    poll = select.poll()
    poll.register(popen.stdout.fileno(), select.POLLIN)
    return 2.0 if any(event & select.POLLHUP for _, event in poll.poll(0)) else 0.0


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
