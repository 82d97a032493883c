"""Foreign kernels in a worker process: what crashes and hangs cost, how it starts and ends."""

import gc
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from pathlib import Path

import numpy as np
import pytest

from convoracle.properties.worker import SubjectError, Worker

SUBJECTS = str(Path(__file__).parent / "worker_subjects.py")
X = np.arange(6.0)


def call(function, *arrays, seconds=20.0, memory=4 << 30, **options):
    with Worker(f"{SUBJECTS}:{function}", seconds=seconds, memory=memory) as worker:
        return worker.call(arrays or [X], options)


def exists(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


# ---- crashes ----


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("segfault", "killed by SIGSEGV"),
        ("kill_itself", "killed by SIGKILL"),
        ("leave", "exit code 3"),
        ("leave_at_once", "exit code 4; stderr: last words"),
    ],
)
def test_a_crash_is_reported_with_its_cause(name, how):
    reply = call(name)
    assert (reply.kind, reply.value) == ("crash", None)
    assert how in reply.message


def test_the_trace_of_a_segfault_names_the_function():
    assert "in segfault" in call("segfault").message


def test_a_crash_costs_one_call():
    with Worker(f"{SUBJECTS}:moody") as worker:
        kinds = [worker.call([np.array([v])], {}).kind for v in (1, -1, 1, -1, -1, 1)]
    assert kinds == ["value", "crash", "value", "crash", "crash", "value"]


@pytest.mark.parametrize("x", [np.zeros(1), np.zeros(2)], ids=["sleeping", "busy"])
def test_a_hang_is_stopped_after_its_time(x):
    start = time.monotonic()
    reply = call("loop_forever", x, seconds=0.3)
    assert reply.kind == "timeout"
    assert "0.3 s" in reply.message
    assert time.monotonic() - start < 5


def test_a_worker_works_on_after_a_timeout():
    with Worker("time:sleep", seconds=0.3) as worker:
        assert worker.call([np.array(5)], {}).kind == "timeout"
        assert worker.call([np.array(0)], {}).error_type == "NotAnArray"


def test_a_hang_takes_its_own_processes_with_it():
    mark = f"{uuid.uuid4()}"
    assert call("start_a_sleeper", X, seconds=0.5, mark=mark).kind == "timeout"
    assert [pid for pid in os.listdir("/proc") if pid.isdigit() and mark in command_of(pid)] == []


def command_of(pid):
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""


def test_a_blow_up_of_memory_is_an_error():
    assert call("devour").error_type == "MemoryError"
    assert call("hoard", memory=1 << 25).error_type == "MemoryError"
    assert call("hoard", memory=1 << 28).kind == "value"
    assert call("hoard", memory=None).kind == "value"


def test_prints_do_not_disturb_the_protocol():
    for _ in range(2):
        reply = call("talk")
        np.testing.assert_array_equal(reply.value, X + 1)


def test_standard_input_is_empty():
    assert call("listen").value == 0


# ---- start and end ----


@pytest.mark.parametrize(
    ("target", "what"),
    [
        ("no_such_module:f", "ModuleNotFoundError"),
        ("numpy:no_such_function", "AttributeError"),
        ("numpy:pi", "not callable"),
        ("no/such/file.py:f", "there is no file"),
        ("numpy", "module:function"),
        ("adapter:no-such-library", "no-such-library"),
    ],
)
def test_a_target_that_cannot_be_imported_is_named(target, what):
    with Worker(target) as worker, pytest.raises(SubjectError, match=what) as caught:
        worker.call([X], {})
    assert target in str(caught.value)


def test_a_file_that_exits_when_imported_is_named(tmp_path):
    path = tmp_path / "bad.py"
    causes = {"import sys; sys.exit(1)": "SystemExit", "import os; os._exit(5)": "exit code 5", "f = (": "SyntaxError"}
    for text, what in causes.items():
        path.write_text(text)
        with Worker(f"{path}:f") as worker, pytest.raises(SubjectError, match=what):
            worker.start()


def test_an_unknown_operator_of_an_adapter_is_an_error_at_once():
    with Worker("adapter:numpy", operator="conv2d") as worker, pytest.raises(SubjectError, match="conv2d"):
        worker.start()


def test_a_file_may_import_its_neighbours_but_hides_no_standard_module(tmp_path):
    (tmp_path / "neighbour.py").write_text("def f(x): return x + 1")
    (tmp_path / "signal.py").write_text("raise RuntimeError('shadow')")
    (tmp_path / "main.py").write_text("import signal\nfrom neighbour import f")
    with Worker(f"{tmp_path / 'main.py'}:f") as worker:
        assert worker.call([np.array(1)], {}).value == 2


def test_the_worker_imports_numpy_and_the_subject_only():
    assert not call("imports").value.any()


def test_no_process_is_left_after_close_crash_or_collection():
    worker = Worker(f"{SUBJECTS}:moody")
    pids = []
    for end in (lambda: worker.close(), lambda: worker.call([-X - 1], {}), lambda: gc.collect()):
        worker.call([X], {})
        pids.append(worker._process.popen.pid)
        if len(pids) == 3:
            worker._process = None
        end()
    assert not any(map(exists, pids))


def test_a_worker_ends_with_the_interpreter():
    script = f"""
import numpy as np
from convoracle.properties.worker import Worker
worker = Worker({SUBJECTS + ":echo"!r})
worker.call([np.arange(3)], {{}})
print(worker._process.popen.pid)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert not exists(int(done.stdout))


@pytest.fixture
def interruptible():
    """Ctrl-C interrupts, also where these tests were begun in the background, which ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_an_interrupt_of_the_caller_does_not_leave_an_answer_behind():
    with Worker(f"{SUBJECTS}:loop_forever") as worker:
        worker.start()
        pid = worker._process.popen.pid
        timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            worker.call([X], {})
        timer.join()
    assert not exists(pid)
