"""The process of a subject serves one task after another, and not too many."""

import numpy as np
import pytest

from convoracle.reports.lending import TASKS, Lending


@pytest.fixture
def lending():
    lending = Lending()
    yield lending
    lending.end()


def lent(lending, subject):
    with lending.of(subject) as worker:
        worker.call([np.ones(2), np.ones(2)], {}, "convolve")
        return worker


def test_tasks_of_one_subject_share_a_process(lending):
    first, second = lent(lending, "numpy"), lent(lending, "numpy")
    assert first is second
    assert lent(lending, "scipy.signal.convolve") is not first


def test_a_process_is_replaced_before_it_has_served_too_many_tasks(lending):
    workers = [lent(lending, "numpy") for _ in range(2 * TASKS)]
    assert len({id(worker) for worker in workers}) == 2
    assert workers[TASKS - 1] is workers[0]
    assert workers[TASKS] is workers[-1]


def test_a_task_that_fails_leaves_no_process_to_the_next(lending):
    def failing():
        with lending.of("numpy") as worker:
            used.append(worker)
            raise ZeroDivisionError

    used = [lent(lending, "numpy")]
    with pytest.raises(ZeroDivisionError):
        failing()
    assert used[1] is used[0]
    assert lent(lending, "numpy") is not used[0]
