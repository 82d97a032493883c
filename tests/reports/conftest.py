"""The synthetic report, built once."""

import copy
import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from convoracle.reports import document


@pytest.fixture(scope="session")
def sample() -> ModuleType:
    """The module that builds synthetic reports."""
    spec = importlib.util.spec_from_file_location("convoracle_report_sample", Path(__file__).with_name("sample.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def _built(sample: ModuleType) -> dict[str, Any]:
    return document.loads(document.dumps(sample.report()))


@pytest.fixture
def report(_built: dict[str, Any]) -> dict[str, Any]:
    """A synthetic report as it is read from a file, for this test to change as it likes."""
    return copy.deepcopy(_built)
