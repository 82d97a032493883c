"""What all tests share: one Hypothesis profile, and cases drawn from a record."""

from functools import cache

import pytest
from convoracle.properties.strategies import cases
from convoracle.spec.catalog import operator
from hypothesis import HealthCheck, Phase, given, seed, settings

settings.register_profile("convoracle", deadline=None, max_examples=60)
settings.load_profile("convoracle")


@cache
def _drawn(name, count, start):
    found = []

    @seed(start)
    @settings(max_examples=count, phases=[Phase.generate], database=None, suppress_health_check=list(HealthCheck))
    @given(cases(operator(name)))
    def collect(case):
        found.append(case)

    collect()
    return tuple(found)


@pytest.fixture(scope="session")
def drawn():
    """``drawn("conv2d", 40)``: legal cases of an operator, the same for equal arguments."""
    return lambda name, count, start=0: _drawn(name, count, start)
