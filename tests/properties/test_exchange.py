"""Arrays of other libraries: handed over as views where that can be, taken back, and judged as NumPy's."""

import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from convoracle.properties.check import check
from convoracle.properties.exchange import exchanged, lendable
from convoracle.properties.verdict import Status

BASE = np.arange(24.0).reshape(4, 6)
FIXED = BASE.copy()
FIXED.flags.writeable = False
VIEWS = {
    "contiguous": BASE,
    "reversed": BASE[::-1, ::-1],
    "one axis reversed": BASE[:, ::-1],
    "stepped": BASE[::2, ::3],
    "transposed": BASE.T,
    "offset": BASE[1:, 2:],
    "read-only": FIXED,
    "broadcast": np.broadcast_to(BASE, (2, 4, 6)),
    "empty": BASE[4:],
    "no axes": np.array(2.0),
}


class Foreign:
    """An array of a library that knows DLPack and nothing else of NumPy."""

    def __init__(self, array):
        self.array = array

    def __dlpack__(self, **options):
        return self.array.__dlpack__(**options)

    def __dlpack_device__(self):
        return self.array.__dlpack_device__()


def strict(array):
    """Take compact writable memory only, as some libraries do."""
    if not (array.flags.c_contiguous and array.flags.writeable):
        raise BufferError("only compact memory that can be written to")
    return Foreign(np.from_dlpack(array))


@pytest.fixture
def library(monkeypatch):
    """A library whose ``from_dlpack`` is strict."""
    module = ModuleType("strict_arrays")
    module.from_dlpack = strict
    monkeypatch.setitem(sys.modules, "strict_arrays", module)
    return "strict_arrays"


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
@pytest.mark.parametrize("name", ["numpy", "strict_arrays", "torch", "jax"])
def test_views_arrive_with_their_values_and_come_back(name, view, library):
    pytest.importorskip(name)
    exact = view.astype(np.float32) if name == "jax" else view  # which makes float64 of it unless told otherwise
    got = exchanged(lambda x: x, name)(exact)
    assert type(got) is np.ndarray
    assert (got.shape, got.dtype) == (exact.shape, exact.dtype)
    np.testing.assert_array_equal(got, exact)


def test_the_function_sees_arrays_of_the_library(library):
    seen = []
    exchanged(lambda x, w, *, stride: seen.extend([type(x), type(w), stride]) or x, library)(BASE, BASE, stride=(1, 2))
    assert seen == [Foreign, Foreign, (1, 2)]


@pytest.mark.parametrize("name", ["numpy", "torch"])
def test_memory_that_the_library_takes_is_not_copied(name):
    pytest.importorskip(name)
    x = np.zeros((4, 6))[::2, ::3]
    assert np.shares_memory(exchanged(lambda array: array, name)(x), x)


@pytest.mark.parametrize("step", [1, -1])
def test_what_is_written_to_an_input_shows_in_a_copy_too(step):
    def zeros(x):
        np.from_dlpack(x)
        x[...] = 0
        return x + 1

    x = np.ones(4)[::step]
    assert lendable(x) == (step == 1)
    assert exchanged(zeros, "numpy")(x).tolist() == [1] * 4


def test_several_results_and_results_of_numpy_come_back(library):
    pair = exchanged(lambda x: (x, np.arange(2)), library)(BASE)
    assert [type(each) for each in pair] == [np.ndarray, np.ndarray]


def test_what_is_no_array_stays_what_it_is(library):
    assert exchanged(lambda x: None, library)(BASE) is None


def test_without_a_library_a_function_is_called_as_it_is():
    assert exchanged(np.negative, None) is np.negative


def test_a_library_without_dlpack_is_an_error():
    with pytest.raises(ValueError, match="arrays of 'json': json has no from_dlpack"):
        exchanged(abs, "json")
    with pytest.raises(ModuleNotFoundError, match="no_such_library"):
        exchanged(abs, "no_such_library")


# ---- judged ----

SUBJECTS = Path(__file__).with_name("dlpack_subjects.py")


@pytest.mark.parametrize("where", ["in this process", "in a worker"])
def test_a_function_of_foreign_arrays_is_judged(where, library):
    def dft(x):
        return Foreign(np.fft.fft(np.from_dlpack(x)))

    if where == "in this process":
        verdict = check(dft, "dft", array=library, examples=10)
    else:
        verdict = check("numpy.fft:fft", "dft", array="numpy", examples=10)
    assert verdict.status is Status.PASS, verdict.reason


def test_torch_is_judged_on_tensors_and_the_script_hands_them_over():
    pytest.importorskip("torch")
    assert check(f"{SUBJECTS}:relu", examples=10).status is Status.PASS
    verdict = check(f"{SUBJECTS}:relu_in_place", examples=10)
    assert "inputs unchanged" in verdict.reason
    assert any("the call changed its input x" in finding.message for finding in verdict.findings)
    script = check(f"{SUBJECTS}:relu_times_two", examples=10).counterexample.script
    assert "from torch import from_dlpack" in script
    assert "got = relu_times_two(from_dlpack(x" in script
    exec(compile(script, "script", "exec"), {})


def test_jax_is_judged_on_its_arrays():
    pytest.importorskip("jax")
    assert check(f"{SUBJECTS}:tanh", examples=10).status is Status.PASS
