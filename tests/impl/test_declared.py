"""Subjects of other people: marked functions, and packages that offer them by entry points."""

import subprocess
import sys

import numpy as np
import pytest

from convoracle.impl.backends import LibraryAbsentError, absent, implements, load, names
from convoracle.impl.backends.declared import MARK

KERNELS = """
import numpy as np
from convoracle.impl.backends import implements
from convoracle.impl.backends.subject import Implementation, Subject

def even(shapes, dtypes, options):
    return "even lengths only" if shapes["x"][-1] % 2 else None

@implements("dft", limits=even)
def forward(x):
    return np.fft.fft(x)

@implements("idft")
def backward(y):
    return np.fft.ifft(y)

same = forward

def unmarked(x):
    return x

WHOLE = Subject(name="another name", version="7", operators={"dft": Implementation(function=forward)})
"""


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Install, for one test and the processes that it starts, a package with entry points."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (tmp_path / "foreign_kernels.py").write_text(KERNELS)

    def install(name="foreign", **entries):
        information = tmp_path / f"{name}-2.5.dist-info"
        information.mkdir()
        (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 2.5\n")
        lines = "".join(f"{subject} = {value}\n" for subject, value in entries.items())
        (information / "entry_points.txt").write_text(f"[convoracle.subjects]\n{lines}")

    yield install
    sys.modules.pop("foreign_kernels", None)


# ---- marks ----


def test_a_mark_leaves_the_function_as_it_is_and_says_what_it_declares():
    def negate(x):
        return -x

    marked = implements("conv1d", "conv2d", algorithm="fft", ulps=1, conventions={"a": "b"}, array="torch")(negate)
    assert marked is negate
    declared = getattr(negate, MARK)
    assert list(declared) == ["conv1d", "conv2d"]
    assert declared["conv1d"] is declared["conv2d"]
    assert (declared["conv1d"].algorithm, declared["conv1d"].ulps, declared["conv1d"].array) == ("fft", 1, "torch")


def test_marks_add_up():
    def identity(x):
        return x

    implements("relu")(implements("tanh", ulps=1)(identity))
    assert {name: each.ulps for name, each in getattr(identity, MARK).items()} == {"tanh": 1, "relu": 4}


@pytest.mark.parametrize("names", [(), (np.negative,)], ids=["nothing", "a function"])
def test_a_mark_names_operators(names):
    with pytest.raises(TypeError, match=r'name the operators, as in @implements\("conv2d"\)'):
        implements(*names)


def test_a_mark_declares_nothing_else():
    with pytest.raises(TypeError, match="tolerance"):
        implements("relu", tolerance=1e-5)(abs)


# ---- entry points ----


def test_the_marked_functions_of_a_module_are_a_subject(package):
    package(foreign="foreign_kernels")
    assert names()[-1] == "foreign"
    subject = load("foreign")
    assert (subject.name, subject.version) == ("foreign", "2.5")
    assert list(subject.operators) == ["dft", "idft"]
    assert subject.operators["dft"].limits({"x": (2, 3)}, {"x": "float64"}, {}) == "even lengths only"


def test_one_marked_function_is_a_subject(package):
    package(one="foreign_kernels:backward")
    assert list(load("one").operators) == ["idft"]


def test_a_whole_subject_gets_the_name_of_its_entry_point(package):
    package(whole="foreign_kernels:WHOLE")
    assert (load("whole").name, load("whole").version) == ("whole", "7")


def test_what_is_not_marked_is_no_subject(package):
    package(plain="foreign_kernels:unmarked")
    with pytest.raises(ValueError, match=r"subject 'plain': no function of foreign_kernels:unmarked is marked"):
        load("plain")


def test_two_functions_for_one_operator_are_an_error(package, tmp_path):
    (tmp_path / "foreign_kernels.py").write_text(KERNELS.replace('"idft"', '"dft"'))
    package(twice="foreign_kernels")
    with pytest.raises(ValueError, match="two functions of foreign_kernels implement dft"):
        load("twice")


def test_the_name_of_an_adapter_is_taken(package):
    package(numpy="foreign_kernels")
    with pytest.raises(ValueError, match="an installed package offers a subject numpy; that name is taken"):
        load("numpy")


def test_a_name_belongs_to_one_package(package):
    package(mine="foreign_kernels")
    package("further", mine="foreign_kernels:backward")
    with pytest.raises(ValueError, match="two packages offer a subject 'mine'"):
        names()


def test_a_package_that_cannot_be_imported_is_absent(package):
    package(broken="no_such_module_anywhere")
    with pytest.raises(LibraryAbsentError, match="subject 'broken' cannot be imported: No module named"):
        load("broken")
    assert "no_such_module_anywhere" in absent()["broken"]


def test_a_package_that_fails_in_any_other_way_is_absent_too(package, tmp_path):
    (tmp_path / "failing_kernels.py").write_text("raise RuntimeError('no driver found')")
    package(failing="failing_kernels")
    with pytest.raises(LibraryAbsentError, match="subject 'failing' cannot be imported: no driver found"):
        load("failing")


# ---- judged by their name ----


def command(*arguments):
    """Run the command line in a process of its own, which sees the package."""
    code = "from convoracle.reports.command import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)], capture_output=True, text=True, timeout=200
    )


def test_a_package_is_judged_by_the_name_of_its_subject(package):
    package(foreign="foreign_kernels")
    done = command("check", "foreign", "--operator", "idft", "--examples", "5")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "PASS  foreign as idft: conforms" in done.stdout


def test_what_a_package_declares_not_to_support_is_not_held_against_it(package):
    package(foreign="foreign_kernels")
    done = command("check", "foreign", "--operator", "dft", "--examples", "20")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "not looked at: even lengths only" in done.stdout


def test_a_report_judges_the_subjects_of_packages(package, tmp_path):
    package(foreign="foreign_kernels")
    options = ["--operator", "idft", "--profile", "quick", "--without", "mutant", "--without", "prove"]
    done = command("report", "--subject", "foreign", *options, "--out", tmp_path / "report")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "foreign" in (tmp_path / "report" / "report.md").read_text()


def test_a_report_refuses_a_subject_with_an_operator_that_there_is_not(package, tmp_path):
    (tmp_path / "foreign_kernels.py").write_text(KERNELS.replace('"idft"', '"idtf"'))
    package(foreign="foreign_kernels")
    done = command("report", "--subject", "foreign", "--out", tmp_path / "report")
    assert done.returncode == 2
    assert "no operator 'idtf'" in done.stderr
