"""Adapters: every name loads, and what a library declares is what it does, compared with the symbolic record."""

import itertools
import re
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest

from convoracle.impl import backends
from convoracle.impl.backends import ADAPTERS, Adapter, LibraryAbsentError, absent, load
from convoracle.spec.catalog import OPERATORS, operator
from convoracle.spec.configuration import IllegalCallError, bind
from convoracle.spec.evaluate import evaluate_integers

PRESENT = sorted(ADAPTERS.keys() - absent().keys(), key=list(ADAPTERS).index)
IMPLEMENTATIONS = [(name, each) for name in PRESENT for each in load(name).operators]
SIGNALS = [
    (name, each)
    for name, each in IMPLEMENTATIONS
    if each in ("convolve", "correlate") and load(name).dearness == 1  # JAX compiles for every shape
]
MODES = ("full", "same", "valid")
SHAPES = {
    1: [((6,), (3,)), ((5,), (2,)), ((7,), (4,)), ((3,), (3,)), ((2,), (5,)), ((3,), (4,)), ((1,), (1,))],
    2: [((5, 6), (3, 2)), ((4, 4), (3, 3)), ((3, 4), (4, 5)), ((2, 6), (3, 1)), ((6, 1), (2, 1))],
    3: [((3, 4, 2), (2, 3, 1)), ((2, 3, 4), (3, 3, 5)), ((3, 3, 3), (3, 1, 3))],
}
CALLS = [(*shapes, mode) for rank in SHAPES for shapes in SHAPES[rank] for mode in MODES]


def limit(implementation, x, h, options):
    if implementation.limits is None:
        return None
    return implementation.limits({"x": x.shape, "h": h.shape}, {"x": x.dtype.name, "h": h.dtype.name}, options)


def operands(n, k, dtype="int64"):
    rng = np.random.default_rng([*n, *k])
    return rng.integers(-9, 10, n).astype(dtype), rng.integers(-9, 10, k).astype(dtype)


def exact(name, x, h, mode):
    """The exact integers of the record, in the shape of the operands' rank."""
    configuration = bind(operator(name), {"x": x.shape, "h": h.shape}, {"mode": mode})
    return evaluate_integers(configuration, {"x": x, "h": h}).reshape(configuration.output_shape[3 - x.ndim :])


def expected(name, x, h, mode, conventions):
    """The exact integers under the conventions declared; None where an error is due."""
    longer = all(k >= n for n, k in zip(x.shape, h.shape, strict=True)) and x.shape != h.shape
    swapping = (mode == "same" and conventions.get("same_centre") == "longer") or (
        mode == "valid" and conventions.get("valid_order") == "swapped"
    )
    if longer and swapping:
        swapped = exact(name, h, x, mode)
        return swapped if name == "convolve" else np.flip(swapped)
    if mode == "same" and conventions.get("same_centre") == "later":
        starts = (slice(k // 2, k // 2 + n) for n, k in zip(x.shape, h.shape, strict=True))
        return exact(name, x, h, "full")[tuple(starts)]
    try:
        return exact(name, x, h, mode)
    except IllegalCallError:
        return None


def test_every_operator_of_every_subject_is_a_record_and_a_callable():
    records = {record.name for record in OPERATORS}
    for name, each in IMPLEMENTATIONS:
        assert each in records
        assert callable(load(name).operators[each].function)


def test_our_own_kernels_cover_every_record():
    assert set(load("convoracle").operators) == {record.name for record in OPERATORS}


def test_modules_hold_the_subjects_that_the_registry_names():
    named = {subject.name for name in PRESENT for subject in sys.modules[ADAPTERS[name].path].SUBJECTS}
    assert named == set(PRESENT)


def test_every_subject_has_a_version():
    assert all(load(name).version[0].isdigit() for name in PRESENT)


@pytest.mark.parametrize(("name", "each"), SIGNALS)
def test_declared_conventions_are_answers_of_the_record(name, each):
    answers = {convention.name: convention for convention in operator(each).conventions}
    for convention, answer in load(name).operators[each].conventions.items():
        assert answer in answers[convention].answers
        assert answer != answers[convention].ours


@pytest.mark.parametrize(("name", "each"), SIGNALS)
def test_supported_calls_have_the_value_of_the_record_under_the_conventions_declared(name, each):
    implementation, judged = load(name).operators[each], 0
    for (n, k, mode), dtype in itertools.product(CALLS, ("int64", "float32", "float64", "complex128")):
        x, h = operands(n, k, dtype)
        if limit(implementation, x, h, {"mode": mode}):
            continue
        judged += 1
        want = expected(each, *operands(n, k), mode, implementation.conventions)
        if want is None and name == "scipy.signal.fftconvolve":
            continue  # SciPy 1.17 lets operands pass of which neither fits in the other, where an axis has length 1
        if want is None:
            with pytest.raises(ValueError):  # noqa: PT011, the texts are the libraries' own
                implementation.function(x, h, mode=mode)
            continue
        got = implementation.function(x, h, mode=mode)
        assert got.dtype == x.dtype
        assert got.shape == want.shape
        whole = got if implementation.algorithm == "direct" else np.round(got)  # the exact values are integers
        np.testing.assert_array_equal(whole, want.astype(dtype))
    assert judged >= 12


@pytest.mark.parametrize(("name", "each"), SIGNALS)
def test_the_second_operand_of_a_correlation_is_conjugated(name, each):
    function = load(name).operators[each].function
    x, h = np.full((1, 1), 1 + 2j), np.full((1, 1), 3 - 1j)
    x, h = (x, h) if name == "scipy.signal.convolve2d" else (x[0], h[0])
    if limit(load(name).operators[each], x, h, {"mode": "same"}):
        pytest.skip("the library takes no complex numbers")
    want = x * (h if each == "convolve" else h.conj())
    np.testing.assert_allclose(function(x, h, mode="same"), want)


@pytest.mark.parametrize(("name", "each"), SIGNALS)
def test_views_read_only_arrays_and_untouched_inputs_hold_for_every_library(name, each):
    function = load(name).operators[each].function
    x, h = operands((5, 6), (3, 3), "float64")
    x, h = (x, h) if name == "scipy.signal.convolve2d" else (x[0], h[0])
    want = function(x.copy(), h.copy(), mode="same")
    views = [np.flip(np.flip(a).copy()) for a in (x, h)]
    for view in views:
        view.flags.writeable = False
    before = [view.copy() for view in views]
    np.testing.assert_allclose(function(*views, mode="same"), want, atol=1e-12)
    assert all(np.array_equal(view, old) for view, old in zip(views, before, strict=True))


def test_integers_wrap_and_keep_their_dtype_where_that_is_declared():
    for name, each in SIGNALS:
        implementation = load(name).operators[each]
        shape = (1, 1) if name == "scipy.signal.convolve2d" else (1,)
        x, h = np.full(shape, 100, np.int8), np.full(shape, 3, np.int8)
        if limit(implementation, x, h, {"mode": "same"}):
            continue
        got = implementation.function(x, h, mode="same")
        wraps = implementation.conventions.get("integer_overflow") == "wrap"
        assert got.item() == (44 if wraps else 300)
        assert got.dtype == ("int8" if implementation.conventions.get("integer_dtype") == "operands" else "int64")


@pytest.mark.parametrize(
    ("name", "each", "x", "h", "mode", "sentence"),
    [
        ("numpy", "convolve", np.ones((2, 2)), np.ones((2, 2)), "full", "1 axis"),
        ("numpy", "correlate", np.ones(2, np.uint64), np.ones(2, np.int8), "full", "promoted to float64"),
        ("scipy.signal.convolve2d", "convolve", np.ones(2), np.ones(2), "full", "2 axes"),
        ("scipy.signal.fftconvolve", "convolve", np.ones(2, np.int8), np.ones(2), "full", "float64"),
        ("scipy.ndimage", "convolve", np.ones(2), np.ones(2), "full", "mode 'same' only"),
        ("scipy.ndimage", "correlate", np.ones(2, np.float32), np.ones(2), "same", "dtype of the first operand"),
        ("scipy.ndimage", "correlate", np.ones(2, np.complex64), np.ones(2, np.float32), "same", "rounded before"),
    ],
)
def test_limits_are_said_in_a_sentence(name, each, x, h, mode, sentence):
    assert sentence in limit(load(name).operators[each], x, h, {"mode": mode})


def test_limits_say_nothing_of_what_is_supported():
    for name, each, x in [("numpy", "convolve", np.ones(3)), ("scipy.ndimage", "correlate", np.ones((3, 2)))]:
        assert limit(load(name).operators[each], x, x, {"mode": "same"}) is None


def test_an_unknown_subject_is_answered_with_the_list_of_subjects():
    with pytest.raises(ValueError, match=r"no subject 'sciepy'; there are convoracle, numpy"):
        load("sciepy")


def test_an_absent_library_is_named(monkeypatch):
    monkeypatch.setitem(ADAPTERS, "gone", Adapter("own", "extra", {"no_such_library": "the-library"}))
    sentence = "subject 'gone' needs the-library, which is not installed: pip install the-library (the extra 'extra')"
    with pytest.raises(LibraryAbsentError, match=re.escape(sentence)):
        load("gone")
    assert absent()["gone"] == sentence


def test_a_library_that_cannot_be_imported_is_absent_too(monkeypatch):
    monkeypatch.setitem(ADAPTERS, "broken", Adapter("no_such_module"))
    with pytest.raises(LibraryAbsentError, match=r"subject 'broken' cannot be imported: .*no_such_module"):
        load("broken")


def test_extras_install_what_their_subjects_need():
    with (Path(__file__).parents[2] / "pyproject.toml").open("rb") as file:
        extras = tomllib.load(file)["project"]["optional-dependencies"]
    for adapter in ADAPTERS.values():
        assert bool(adapter.extra) == bool(adapter.libraries)
        assert set(adapter.libraries.values()) <= {
            re.match(r"[\w-]+", line)[0] for line in extras.get(adapter.extra, [])
        }
        assert not adapter.extra or f"convoracle[{adapter.extra}]" in extras["all"]


def test_the_registry_itself_loads_no_library():
    import subprocess

    code = "import convoracle.impl.backends, sys; print([m for m in ('scipy', 'numba', 'sympy') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    assert backends.__all__
