"""Whatever a subject does to the judge, it gets a verdict that says what it did."""

import json
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner

from convoracle.properties import isolation
from convoracle.properties.check import check
from convoracle.properties.verdict import Status
from convoracle.properties.worker import Worker
from convoracle.reports.command import main

SUBJECTS = Path(__file__).with_name("hostile_subjects.py")
MEMORY = 1 << 29

VERDICTS = {
    "segfaults": (Status.CRASH, "5 calls ended with crash", "SIGSEGV"),
    "exits_at_once": (Status.CRASH, "5 calls ended with crash", "exit code 3"),
    "loops_forever": (Status.TIMEOUT, "5 calls ended with timeout", "no answer within 0.3 s"),
    "exits": (Status.CRASH, "5 calls ended with crash", "exit code 3"),
    "allocates_without_end": (Status.FAIL, "accepts legal calls", "MemoryError"),
    "writes_to_its_inputs": (Status.FAIL, "inputs unchanged", "the call changed its input x"),
    "returns_the_wrong_dtype": (Status.FAIL, "dtype", "got dtype float32, expected float64"),
    "keeps_the_last_filter": (Status.FAIL, "no state between calls", "another result after other calls"),
    "is_never_twice_the_same": (Status.FLAKY, "the same call gave different results", "another result at once"),
    "raises_on_legal_input": (Status.FAIL, "accepts legal calls", "filters of three taps"),
}
"""Subject -> status, what the reason says, what one of the findings says."""


@pytest.fixture
def judged(monkeypatch):
    """Judge a subject of the file in a worker that may grow by half a gigabyte, and waits a moment for what never ends."""

    def judge(name, examples=12):
        seconds = 0.3 if name == "loops_forever" else 60.0
        monkeypatch.setattr(isolation, "Worker", partial(Worker, seconds=seconds, memory=MEMORY))
        return check(f"{SUBJECTS}:{name}", "convolve", examples=examples)

    return judge


@pytest.mark.parametrize("name", VERDICTS)
def test_each_misbehaviour_has_its_own_verdict(name, judged):
    status, reason, message = VERDICTS[name]
    verdict = judged(name)
    assert verdict.status is status, verdict.reason
    assert reason in verdict.reason
    assert any(message in finding.message for finding in verdict.findings), [f.message for f in verdict.findings]


def test_after_five_calls_that_did_not_return_the_rest_is_not_run(judged):
    verdict = judged("segfaults", 200)
    assert "the rest is not run" in verdict.reason
    assert verdict.cases < 10


def test_a_subject_that_is_right_for_a_while_is_found_out(judged):
    verdict = judged("is_wrong_from_the_fortieth_call_on")
    assert not verdict.ok


@pytest.mark.parametrize(("name", "status"), [("exits_at_once", "CRASH"), ("writes_to_its_inputs", "FAIL")])
def test_the_command_line_says_it_in_json_and_by_its_exit_code(name, status):
    options = ["--operator", "convolve", "--examples", "4", "--json"]
    outcome = CliRunner().invoke(main, ["check", f"{SUBJECTS}:{name}", *options])
    assert outcome.exit_code == 1
    told = json.loads(outcome.stdout)
    assert told["status"] == status
    assert told["findings"][0]["script"]
