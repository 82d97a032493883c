"""Reports and cases do not depend on the order in which Python hashes."""

import os
import subprocess
import sys

import pytest

PROGRAM = """
from convoracle.properties.check import definition_sha256
from convoracle.properties.generation import drawn
from convoracle.reports.operators import describe
from convoracle.spec import operator
for name in ("scattering2d", "gabor", "conv2d"):
    print(describe(operator(name)), definition_sha256(operator(name)))
print([case.describe() for case in drawn(operator("conv1d"), 15, 0)])
"""


@pytest.fixture(scope="module")
def described():
    """What processes with different hash seeds print."""
    running = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM],
            env={**os.environ, "PYTHONHASHSEED": seed},
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed in ("1", "2", "3")
    ]
    return [process.communicate(timeout=240)[0] for process in running]


def test_operators_and_cases_are_alike_in_every_process(described):
    assert described[0].strip()
    assert len(set(described)) == 1
