"""Many tasks on all cores: results as they come, each kept on disk, so that interrupted work goes on where it stopped."""

import hashlib
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import asdict
from functools import cache
from importlib.metadata import distributions
from multiprocessing import active_children, parent_process
from pathlib import Path
from signal import SIG_IGN, SIGINT, signal
from threading import Thread
from typing import Any

from convoracle.spec.cache import sha256_of, write

from . import document, forkserver


def results_of(run: Callable[[Any], Any], tasks: Sequence[Any], processes: int = 0) -> Iterable[tuple[Any, Any]]:
    """Yield (task, result) as they come; a few tasks are in flight at a time, so that Ctrl-C ends soon.

    Parameters
    ----------
    run : callable
        A function of a module, which takes a task and returns plain data.
    tasks : sequence
        Picklable; begun in this order.
    processes : int
        How many work at a time; 0 for one per core.
    """
    workers = processes or os.cpu_count() or 1
    waiting, running = list(reversed(tasks)), dict[Future[Any], Any]()
    pool = ProcessPoolExecutor(workers, forkserver.context(), _begin, (dict(os.environ),))
    try:
        while waiting or running:
            while waiting and len(running) < workers + 1:
                task = waiting.pop()
                running[pool.submit(run, task)] = task
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                task = running.pop(future)
                yield task, document.plain(_result(future, task))
    except BaseException:  # Ctrl-C too: what runs now would go on for minutes
        for child in active_children():
            child.terminate()
        raise
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _begin(environment: dict[str, str]) -> None:
    """Leave Ctrl-C to the parent process, and end with it, even where it is killed; a server has its environment of before."""
    os.environ.clear()
    os.environ.update(environment)
    signal(SIGINT, SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def _result(future: Future[Any], task: Any) -> Any:
    try:
        return future.result()
    except Exception as error:
        error.add_note(f"in the task {task}")
        raise


class Kept:
    """The results of finished tasks, dataclasses of plain data: one file each, written atomically.

    They hold for this source code and the installed packages only.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def file(self, task: Any) -> Path:
        """Return where the result of a task is kept."""
        key = json.dumps([asdict(task), source_sha256(), installed_packages()])
        return self.folder / f"{hashlib.sha256(key.encode()).hexdigest()[:24]}.json"

    def keep(self, task: Any, result: Any) -> None:
        """Write the result of a task."""
        self.folder.mkdir(parents=True, exist_ok=True)
        write(self.file(task), json.dumps(document.plain(result), allow_nan=False))

    def known(self, tasks: Iterable[Any]) -> dict[Any, Any]:
        """Return the results that are kept, by task."""
        return {task: json.loads(self.file(task).read_text()) for task in tasks if self.file(task).exists()}

    def forget(self) -> None:
        """Remove all that is kept."""
        shutil.rmtree(self.folder, ignore_errors=True)


@cache
def installed_packages() -> list[list[str]]:
    """Return name and version of every installed package, and of Python: other libraries may give other results."""
    packages = sorted([found.name, found.version] for found in distributions())
    return [*packages, ["python", sys.version]]


@cache
def source_sha256() -> str:
    """Return a hash of the package's source, so that results of other code are not taken up again."""
    import convoracle.properties
    import convoracle.spec
    from convoracle import impl, reports
    from convoracle.impl import backends, mutants

    from . import experiments

    packages = (convoracle.spec, convoracle.properties, impl, backends, mutants, reports, experiments)
    return sha256_of(Path(str(package.__file__)).parent for package in packages)
