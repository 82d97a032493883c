"""What all tests share: one Hypothesis profile, and cases drawn from a record."""

from functools import cache

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from convoracle.properties.strategies import cases
from convoracle.spec.catalog import operator

settings.register_profile("convoracle", deadline=None, max_examples=60)
settings.load_profile("convoracle")


@cache
def one(name, start):
    """Draw one case; Hypothesis begins with the simplest one, and later ones would resemble it or each other."""
    found = []

    @seed(start)
    @settings(max_examples=2, phases=[Phase.generate], database=None, suppress_health_check=list(HealthCheck))
    @given(cases(operator(name)))
    def collect(case):
        found.append(case)

    collect()
    return found[-1]


@pytest.fixture(scope="session")
def drawn():
    """``drawn("conv2d", 40)``: legal cases of an operator, the same for equal arguments; ``drawn.anew`` draws one again."""

    def several(name, count, start=0):
        return tuple(one(name, (start << 32) + number) for number in range(count))

    several.anew = one.__wrapped__
    return several
