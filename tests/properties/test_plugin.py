"""The pytest plugin: one test per law, judged once, with the finding as the failure."""

import re
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from convoracle.properties.plugin import ASPECTS, laws
from convoracle.spec.catalog import OPERATORS
from convoracle.spec.law_catalog import laws_of
from convoracle.spec.laws import Gradient

ROOT = Path(__file__).parents[2]
KERNELS = """
from convoracle import impl

judged = []

def strideless(x, w, b=None, *, stride=1, **options):
    y = impl.conv1d(x, w, b, stride=stride, **options)
    return impl.conv1d(x, w, b, **options)[..., : y.shape[2]]
"""
TESTS = """
import pytest
from convoracle import impl
from convoracle.properties.plugin import conforms
import kernels

@conforms("conv1d", examples=15)
def test_right():
    kernels.judged.append("right")
    return impl.conv1d

@pytest.fixture
def kernel():
    return kernels.strideless

@conforms("conv1d", examples=15)
def test_strideless(kernel):
    return kernel

def test_the_right_one_was_judged_once():
    assert kernels.judged == ["right"]
"""


def run(folder, *arguments, tests=TESTS):
    """Run tests in a process of their own; return its exit code and output."""
    (folder / "kernels.py").write_text(KERNELS)
    (folder / "test_kernels.py").write_text(tests)
    (folder / "pytest.ini").write_text("[pytest]\n")
    command = [sys.executable, "-m", "pytest", *plugin(), "-p", "no:cacheprovider", "-v", "-rs", *arguments]
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)
    return ended.returncode, ended.stdout + ended.stderr


def plugin():
    """Return the option that loads the plugin where the installed package does not yet."""
    from importlib.metadata import entry_points

    return (
        ()
        if any(e.name == "convoracle" for e in entry_points(group="pytest11"))
        else ("-p", "convoracle.properties.plugin")
    )


@pytest.fixture(scope="module")
def outcome(tmp_path_factory):
    return run(tmp_path_factory.mktemp("plugin"))


def test_a_right_kernel_passes_every_law_or_skips_where_there_was_nothing_to_say(outcome):
    lines = [line for line in outcome[1].splitlines() if "test_right[" in line]
    assert len(lines) == len(laws("conv1d"))
    assert all("PASSED" in line or "SKIPPED" in line for line in lines)
    assert sum("PASSED" in line for line in lines) > len(lines) / 2
    assert "nothing to say in 15 cases" in outcome[1]


def test_ids_are_the_names_of_laws(outcome):
    assert "test_kernels.py::test_right[conv1d: linear in x] PASSED" in outcome[1]
    assert "test_kernels.py::test_right[rejection] PASSED" in outcome[1]


def test_a_kernel_is_judged_once_for_all_of_its_laws(outcome):
    assert re.search("test_the_right_one_was_judged_once PASSED", outcome[1])


def test_a_wrong_kernel_fails_with_its_finding(outcome):
    code, text = outcome
    assert code == pytest.ExitCode.TESTS_FAILED
    assert "test_strideless[value] FAILED" in text
    assert "test_strideless[dtype] PASSED" in text
    for part in (r"element \(0, 0, \d\): got .*, true ", "error .*, bound ", "should sum: ", "does sum: "):
        assert re.search(part, text), part
    assert "it looks as if the stride were ignored" in text
    assert "got = strideless(x, w" in text


def test_a_named_subject_takes_the_place_of_the_kernels(tmp_path):
    code, text = run(tmp_path, "--convoracle-subject", "kernels.py:strideless", "-k", "test_right and value")
    assert code == pytest.ExitCode.TESTS_FAILED
    assert "kernels.py:strideless: conv1d: value" in text


def test_laws_are_shared_out_among_processes(tmp_path):
    code, text = run(tmp_path, "-n", "2", "-k", "test_right")
    assert code == pytest.ExitCode.OK
    assert len(re.findall(r"(?:PASSED|SKIPPED) .*test_right\[", text)) == len(laws("conv1d"))


def test_what_is_no_operator_is_an_error_of_collection(tmp_path):
    code, text = run(tmp_path, tests=TESTS.replace('"conv1d"', '"conv9d"'))
    assert code == pytest.ExitCode.INTERRUPTED
    assert "no operator 'conv9d'" in text


def test_what_cannot_be_judged_fails_every_test(tmp_path):
    tests = TESTS.replace("return impl.conv1d", "return lambda *arrays, **options: exit(3)")
    code, text = run(tmp_path, "-k", "test_right and (dtype or value)", tests=tests)
    assert code == pytest.ExitCode.TESTS_FAILED
    assert "PASSED" not in text


@pytest.mark.parametrize("record", OPERATORS, ids=str)
def test_every_law_of_a_lone_kernel_has_a_test_of_its_own(record):
    ids = laws(record.name)
    assert len(set(ids)) == len(ids)
    assert ids[: len(ASPECTS)] == list(ASPECTS)
    assert {law.name for law in laws_of(record) if not isinstance(law, Gradient)} == set(ids[len(ASPECTS) :])


def test_the_plugin_loads_neither_records_nor_kernels_until_they_are_used():
    script = (
        "import sys, convoracle.properties.plugin;"
        "print([m for m in ('sympy', 'numba', 'numpy', 'hypothesis') if m in sys.modules])"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "[]"


def test_the_example_of_the_readme_runs_in_a_fresh_environment(tmp_path):
    """The environment borrows the dependencies of this one: nothing is fetched."""
    text = (ROOT / "README.md").read_text()
    example = re.search(r"<!-- plugin -->\n```python\n(.*?)```", text, re.DOTALL).group(1)
    venv.create(tmp_path / "env", with_pip=False)
    (site,) = (tmp_path / "env").glob("lib/python*/site-packages")
    (site / "borrowed.pth").write_text("\n".join(p for p in sys.path if p.endswith("site-packages")))
    for room in ("spec", "impl", "properties", "reports"):
        (tmp_path / "src" / "convoracle").mkdir(parents=True, exist_ok=True)
        (tmp_path / "src" / "convoracle" / room).symlink_to(ROOT / room)
    (site / "here.pth").write_text(str(tmp_path / "src"))
    (tmp_path / "test_example.py").write_text(example)
    python = tmp_path / "env" / "bin" / "python"
    command = [
        str(python),
        "-m",
        "pytest",
        *plugin(),
        "-q",
        "-p",
        "no:cacheprovider",
        str(tmp_path / "test_example.py"),
    ]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert " passed" in ended.stdout
