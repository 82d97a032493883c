"""A campaign that is killed at any moment and resumed says what an uninterrupted one says."""

import os
import signal
import subprocess
import sys
import time

from convoracle.reports import document

PROGRAM = "from convoracle.reports.command import main\nif __name__ == '__main__':\n    main()\n"
SMALL = ["report", "--profile", "quick", "--subject", "numpy", "--operator", "convolve", "--operator", "correlate"]
SMALL += [word for kind in ("prove", "mutant", "image", "experiment") for word in ("--without", kind)]


def start(folder, *more):
    script = folder / "campaign.py"
    script.write_text(PROGRAM)
    command = [sys.executable, str(script), *SMALL, "--out", str(folder / "out"), *more]
    return subprocess.Popen(
        command, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )


def kept(folder):
    return len(list((folder / "out" / ".unfinished").glob("*.json")))


def kill_at(process, moment):
    """Kill the whole process group as soon as `moment()` is true; fail if the campaign ends before."""
    until = time.monotonic() + 240
    while not moment():
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < until
        time.sleep(0.005)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=30)
    assert process.returncode == -signal.SIGKILL


def finish(process):
    _, errors = process.communicate(timeout=240)
    assert process.returncode == 0, errors
    return errors


def without_times(value):
    if isinstance(value, dict):
        return {k: without_times(v) for k, v in value.items() if k not in ("seconds", "started")}
    return [without_times(v) for v in value] if isinstance(value, list) else value


def test_a_killed_campaign_gives_the_report_of_an_uninterrupted_one(tmp_path):
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    killed.mkdir()
    whole.mkdir()
    begun = time.monotonic()
    kill_at(start(killed, "--resume"), lambda: time.monotonic() > begun + 0.5)  # while it loads
    for count in (1, 2):  # after the first result, and after the last, while the report is made of them
        kill_at(start(killed, "--resume"), lambda count=count: kept(killed) >= count)
    assert not (killed / "out" / "report.json").exists()
    assert "[2/2]" in finish(start(killed, "--resume"))
    finish(start(whole))
    reports = [document.read(folder / "out" / "report.json") for folder in (killed, whole)]
    assert reports[0]["complete"]
    assert without_times(reports[0]) == without_times(reports[1])
    assert not (killed / "out" / ".unfinished").exists()
