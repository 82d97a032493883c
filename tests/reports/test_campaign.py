"""On how many configurations a campaign judges the operators of a subject."""

import pytest

from convoracle.impl.backends import Subject, load
from convoracle.reports import campaign
from convoracle.reports.campaign import LEAST_CASES, tasks_of


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
    assert task.examples == examples


@pytest.mark.parametrize("dearness", [1, 16])
def test_a_soak_judges_a_million_configurations_in_all(dear, dearness):
    dear(dearness)
    tasks = tasks_of(["numpy"], ["convolve", "correlate"], "soak", 0, without=("prove", "image", "mutant"))
    assert sum(task.examples for task in tasks) >= 1_000_000
    assert {task.entries for task in tasks} == {1_000_000}
