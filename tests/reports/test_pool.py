"""Tasks on all cores: every result comes with its task, and a task that fails is named."""

import pytest

from convoracle.reports.pool import results_of


def test_results_come_with_their_tasks():
    assert dict(results_of(abs, [-1, 2, -3], processes=2)) == {-1: 1, 2: 2, -3: 3}


def test_a_task_that_fails_is_named():
    with pytest.raises(TypeError) as caught:
        list(results_of(abs, ["seven"], processes=1))
    assert caught.value.__notes__[-1] == "in the task seven"
