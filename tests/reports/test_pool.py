"""Tasks on all cores: every result comes with its task, and a task that fails is named."""

import subprocess
import sys

import pytest

from convoracle.reports import pool
from convoracle.reports.campaign import Task
from convoracle.reports.pool import Kept, results_of


def test_results_come_with_their_tasks():
    assert dict(results_of(abs, [-1, 2, -3], processes=2)) == {-1: 1, 2: 2, -3: 3}


def test_a_task_that_fails_is_named():
    with pytest.raises(TypeError) as caught:
        list(results_of(abs, ["seven"], processes=1))
    assert caught.value.__notes__[-1] == "in the task seven"


def test_results_of_other_packages_are_not_taken_up_again(tmp_path, monkeypatch):
    task, kept = Task("prove"), Kept(tmp_path)
    kept.keep(task, [1])
    assert kept.known([task]) == {task: [1]}
    monkeypatch.setattr(pool, "installed_packages", lambda: [["numpy", "0.1"]])
    assert kept.known([task]) == {}


def test_the_processes_of_a_pool_end_with_the_one_that_is_killed(tmp_path):
    (tmp_path / "task.py").write_text("import time\ndef task(seconds):\n    time.sleep(seconds)\n")
    code = """
if __name__ == "__main__":
    from task import task
    from convoracle.reports.pool import results_of
    for each, _ in results_of(task, [0, 600, 600], processes=2):
        print(each, flush=True)
"""
    (tmp_path / "campaign.py").write_text(code)
    with subprocess.Popen([sys.executable, "campaign.py"], cwd=tmp_path, stdout=subprocess.PIPE, text=True) as campaign:
        assert campaign.stdout.readline() == "0\n"
        campaign.kill()
        campaign.communicate(timeout=60)  # which waits for all who could still write
