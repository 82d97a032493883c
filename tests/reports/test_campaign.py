"""On how many configurations a campaign judges the operators of a subject, and what becomes of one that cannot be asked."""

from dataclasses import replace

import pytest

from convoracle.impl.backends import Subject, load
from convoracle.reports import campaign, document, remembered
from convoracle.reports.accepted import failing
from convoracle.reports.campaign import LEAST_CASES, Campaign, Task, run_task, tasks_of
from convoracle.spec.evidence import Evidence


@pytest.fixture
def dear(monkeypatch):
    """NumPy's subject, said to be so many times as dear."""

    def of(dearness):
        plain = load("numpy")
        subject = Subject(name="numpy", version=plain.version, operators=plain.operators, dearness=dearness)
        monkeypatch.setattr(campaign.backends, "load", lambda name: subject)

    return of


@pytest.mark.parametrize(
    ("profile", "dearness", "examples"),
    [("default", 1, 200), ("default", 4, 50), ("default", 16, 13), ("quick", 1, 20), ("quick", 16, LEAST_CASES)],
)
def test_a_dear_subject_is_judged_on_a_share_of_the_configurations_but_not_on_too_few(
    dear, profile, dearness, examples
):
    dear(dearness)
    (task,) = tasks_of(["numpy"], ["convolve"], profile, 0, without=("prove", "image", "mutant"))
    assert (task.examples, task.asked) == (examples, {"default": 200, "quick": 20}[profile])


@pytest.mark.parametrize("dearness", [1, 16])
def test_a_soak_judges_a_million_configurations_in_all(dear, dearness):
    dear(dearness)
    tasks = tasks_of(["numpy"], ["convolve", "correlate"], "soak", 0, without=("prove", "image", "mutant"))
    assert sum(task.examples for task in tasks) >= 1_000_000
    assert {task.entries for task in tasks} == {1_000_000}


def judged(subject, **numbers):
    return run_task(Task("judge", subject, "convolve", **numbers))["verdict"]


def test_a_verdict_says_which_share_of_the_configurations_was_left_out():
    share, whole = (judged("numpy", examples=10, asked=asked) for asked in (40, 10))
    assert (share["cases"], share["asked"], whole["asked"]) == (10, 40, 10)
    assert "30 of 40 configurations: calls of numpy take long" in share["not_looked_at"]
    assert not any("take long" in sentence for sentence in whole["not_looked_at"])


def test_a_share_that_says_nothing_is_doubled_until_it_does(monkeypatch):
    asked, judge_of = [], campaign.judge
    monkeypatch.setattr(
        campaign, "judge", lambda subject, **numbers: asked.append(numbers) or judge_of(subject, **numbers)
    )
    verdict = judged("numpy", examples=2, asked=10)
    assert [numbers["examples"] for numbers in asked] == [2, 4, 8]
    assert (verdict["status"], verdict["cases"]) == ("PASS_CONVENTION", 8)
    assert "2 of 10 configurations: calls of numpy take long" in verdict["not_looked_at"]


def declining(shapes, dtypes, options):
    raise ZeroDivisionError("division by zero")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("numpy", "numpy: asked what it declares: ZeroDivisionError: division by zero"),
        ("gone", "adapter:gone: cannot be imported: ValueError: no subject 'gone'"),
    ],
)
def test_a_subject_that_cannot_be_asked_is_not_run_and_the_others_are(name, reason, monkeypatch):
    one = load("numpy").operators["convolve"]
    limits = declining if name == "numpy" else None
    subject = Subject(name=name, version="1", operators={"convolve": replace(one, limits=limits)})
    monkeypatch.setattr(campaign.backends, "load", lambda name: subject)
    verdict = judged(name, examples=20, asked=200)
    assert (verdict["status"], verdict["cases"], verdict["asked"]) == ("NOT_RUN", 0, 200)
    assert verdict["reason"].startswith(reason)
    report = {"verdicts": [verdict], "findings": [], "real": [], "subjects": [{"name": name, "own": False}]}
    assert failing(report) == {name}


def failing_judge(*given, **numbers):
    raise ValueError("operands could not be broadcast")


def test_where_the_judge_itself_fails_the_pair_is_not_run_and_what_failed_before_is_kept(tmp_path, monkeypatch):
    def at_once(run, tasks, processes):
        return ((task, document.plain(run(task))) for task in tasks)

    monkeypatch.setattr(campaign, "judge", failing_judge)
    monkeypatch.setattr(campaign, "results_of", at_once)
    names = {"subjects": ("numpy",), "operators": ("convolve",), "without": ("prove", "image", "mutant")}
    one = Campaign(**names, profile="quick", seed=0, folder=tmp_path, command="report")
    remembered.remember(tmp_path / remembered.FOLDER, "numpy", "convolve", [{"law": "value"}])
    (verdict,) = one.run(lambda *progress: None)["verdicts"]
    one.end()
    assert verdict["status"] == "NOT_RUN"
    fault = (
        "the judge failed, a fault of convoracle and not of the subject: ValueError: operands could not be broadcast"
    )
    assert verdict["reason"].startswith(f"{fault} (test_campaign.py, line ")
    assert one.notes == [f"numpy convolve: not run: {verdict['reason']}"]
    assert remembered.recalled(tmp_path / remembered.FOLDER, "numpy", "convolve") == ([{"law": "value"}], None)


def evidence(kind):
    about = {"statement_sha256": "0", "rows": (), "seconds": 1.0, "method": "by hand", "detail": ""}
    return Evidence(name="a law", statement="it holds", kind=kind, **about)


@pytest.mark.parametrize(("kind", "times"), [("proved", 1), ("refuted", 1), ("unknown", 2)])
def test_what_was_decided_is_not_proved_again_for_the_same_source(kind, times, tmp_path, monkeypatch):
    calls = []
    monkeypatch.setenv("CONVORACLE_CACHE", str(tmp_path))
    monkeypatch.setattr(campaign, "prove_all", lambda: calls.append(kind) or [evidence(kind)])
    first, second = (run_task(Task("prove")) for _ in range(2))
    assert [e["kind"] for e in second] == [kind]
    assert document.plain(first) == document.plain(second)
    assert len(calls) == times
    monkeypatch.setattr("convoracle.reports.pool.source_sha256", lambda: "another source")
    run_task(Task("prove"))
    assert len(calls) == times + 1
