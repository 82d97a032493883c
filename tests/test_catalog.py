"""Completeness: every record has its kernel, laws, example and statement; the rooms keep their walls; the docs run."""

import ast
import doctest
import importlib
import inspect
import pkgutil
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest
from flint import arb

from convoracle import impl
from convoracle.impl.backends import ADAPTERS
from convoracle.spec import OPERATORS
from convoracle.spec.enclosure import enclose, integer_outputs
from convoracle.spec.evaluate import evaluate
from convoracle.spec.law_catalog import LAWS, laws_of
from convoracle.spec.rounding import BINARY64, Arithmetic
from convoracle.spec.statements import STATEMENTS
from convoracle.spec.theorems import THEOREMS
from convoracle.spec.worked import worked

ROOT = Path(__file__).parent.parent
ROOMS = ("spec", "impl", "properties", "reports")
FORBIDDEN = {
    "spec": ("impl", "properties", "reports"),
    "impl": ("spec", "properties", "reports"),
    "properties": ("impl", "reports"),
    "reports": (),
}


CLASSES = ("Scattering1D", "Scattering2D", "Scattering3D")
"""Objects that call operators, and are none."""


def test_every_record_has_a_kernel_of_its_name_and_every_kernel_a_record():
    assert {record.name for record in OPERATORS} == set(impl.__all__) - {"compiled_signatures"} - set(CLASSES)


def results_of(record, value):
    """All results of a record, as a tuple, whether it has one or several."""
    return value if len(record.outputs) > 1 else (value,)


@pytest.mark.parametrize("record", OPERATORS, ids=str)
def test_the_worked_example_holds_for_the_kernel(record):
    configuration, arrays, expected = worked(record)
    got = results_of(record, getattr(impl, record.name)(*arrays.values(), **record.source.example.options))
    assert [result.tolist() for result in got] == [result.tolist() for result in expected]
    if not record.batched:
        shapes = [shape[len(shape) - e.ndim :] for shape, e in zip(configuration.output_shapes, expected, strict=True)]
    else:
        shapes = list(configuration.output_shapes)
    assert [result.shape for result in got] == shapes


@pytest.mark.parametrize("record", [r for r in OPERATORS if r.sums_products], ids=str)
def test_the_worked_example_holds_for_a_record_of_sums_of_products(record):
    configuration, arrays, (expected,) = worked(record)
    assert evaluate(configuration, arrays).high.reshape(expected.shape).tolist() == expected.tolist()


CERTAIN_BITS = 100


def certified(value, number):
    """Whether a value is a number: exactly, or as far as 100 bits of an enclosure tell."""
    if not (np.isfinite(number) and value.is_finite()):
        return str(float(value)) == str(float(number))
    return value == number or (value.contains(arb(number)) and value.rad() < 2.0**-CERTAIN_BITS * (1 + abs(number)))


@pytest.mark.parametrize("record", [r for r in OPERATORS if not r.sums_products], ids=str)
def test_the_worked_example_holds_for_a_record_of_stages(record):
    configuration, arrays, expected = worked(record)
    if all(array.dtype.kind == "i" for array in arrays.values()):
        exact = integer_outputs(configuration, arrays)
        assert [output.ravel().tolist() for output in exact] == [result.ravel().tolist() for result in expected]
    indices = {array.name for array in record.inputs if array.below is not None}
    floats = {name: a if name in indices else a.astype(np.float64) for name, a in arrays.items()}
    for output, numbers in zip(enclose(configuration, floats, Arithmetic(BINARY64)), expected, strict=True):
        if isinstance(output, np.ndarray):
            assert output.ravel().tolist() == numbers.ravel().tolist()
        elif isinstance(output, tuple):
            for part, plane in zip(output, (numbers.real, numbers.imag), strict=True):
                assert all(map(certified, part.values, plane.ravel().tolist()))
        else:
            assert all(map(certified, output.values, numbers.ravel().tolist()))


@pytest.mark.parametrize("record", OPERATORS, ids=str)
def test_every_record_obeys_at_least_two_laws(record):
    assert len(laws_of(record)) >= 2


@pytest.mark.parametrize("record", OPERATORS, ids=str)
def test_conventions_know_the_record_s_own_answer(record):
    assert all(c.ours in c.answers and set(c.excuses) | set(c.differs) <= set(c.answers) for c in record.conventions)


def test_names_of_laws_and_theorems_are_unique():
    names = [statement.name for statement in (*LAWS, *THEOREMS)]
    assert len(names) == len(set(names))


def test_every_statement_becomes_something_that_exists():
    known = {record.name for record in OPERATORS} | {statement.name for statement in (*LAWS, *THEOREMS)}
    assert {name for statement in STATEMENTS for name in statement.becomes} <= known


def test_every_statement_of_the_seeds_has_a_law_or_theorem_with_evidence():
    proved = {row for statement in (*LAWS, *THEOREMS) for row in statement.rows}
    assert {statement.row for statement in STATEMENTS} <= proved


def imported(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module or ""
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


@pytest.mark.parametrize("room", ROOMS)
def test_no_room_imports_a_room_that_it_may_not_know(room):
    walls = tuple(f"convoracle.{other}" for other in FORBIDDEN[room])
    broken = [
        f"{path}: {module}"
        for path in (ROOT / room).rglob("*.py")
        for module in imported(path)
        if module.startswith(walls)
    ]
    assert broken == []


def test_importing_the_kernels_loads_nothing_heavy():
    code = (
        "import convoracle.impl, sys; print([m for m in ('sympy', 'hypothesis', 'scipy', 'numba') if m in sys.modules])"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
    )


def test_every_package_and_data_file_is_listed_for_the_wheel():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    folders = {path.parent for room in ROOMS for path in (ROOT / room).rglob("__init__.py")}
    assert set(settings["packages"]) == {"convoracle." + str(f.relative_to(ROOT)).replace("/", ".") for f in folders}
    for room in ROOMS:
        data = {
            p for p in (ROOT / room).rglob("*") if p.is_file() and p.suffix != ".py" and "__pycache__" not in p.parts
        }
        patterns = settings["package-data"][f"convoracle.{room}"]
        assert {p for p in data if not any(p in set((ROOT / room).glob(pattern)) for pattern in patterns)} == set()


OPTIONAL = {library for adapter in ADAPTERS.values() for library in adapter.libraries}
"""The libraries of extras, by the names under which they are imported."""


def modules():
    for room in ROOMS:
        package = importlib.import_module(f"convoracle.{room}")
        yield package
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not found.name.endswith("worker_child"):  # a program, which reads its standard input
                try:
                    yield importlib.import_module(found.name)
                except ModuleNotFoundError as error:  # an adapter to a library of an extra that is not installed
                    if str(error.name).partition(".")[0] not in OPTIONAL:
                        raise


def test_examples_in_docstrings_run():
    outcomes = {module.__name__: doctest.testmod(module) for module in modules()}
    assert {name: outcome for name, outcome in outcomes.items() if outcome.failed} == {}
    assert sum(outcome.attempted for outcome in outcomes.values()) > 30


LAYER = "x, w, b=None, *, stride=1, padding=0, dilation=1, groups=1, padding_mode='zeros'"
TRANSPOSE = "x, w, b=None, *, stride=1, padding=0, output_padding=0, dilation=1, groups=1"
WINDOW = "kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False"
AVERAGED = "kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True, divisor_override=None"
POOLING = {
    "max_pool{}d": f"x, *, {WINDOW}",
    "max_pool{}d_with_indices": f"x, *, {WINDOW}",
    "max_pool{}d_gradient": f"dy, x, *, {WINDOW}",
    "max_unpool{}d": "x, indices, *, output_size",
    "max_unpool{}d_gradient": "dy, indices",
    "avg_pool{}d": f"x, *, {AVERAGED}",
    "avg_pool{}d_gradient": f"dy, *, input_size, {AVERAGED}",
    "adaptive_avg_pool{}d": "x, *, output_size",
    "adaptive_avg_pool{}d_gradient": "dy, *, input_size",
    "adaptive_max_pool{}d": "x, *, output_size",
    "adaptive_max_pool{}d_gradient": "dy, x",
}
POINTWISE = {
    "relu": "",
    "leaky_relu": ", *, negative_slope=0.01",
    "sigmoid": "",
    "tanh": "",
    "softplus": "",
    "modulus": "",
    "soft_threshold": ", *, threshold",
    "softmax": ", *, axis=-1",
    "log_softmax": ", *, axis=-1",
}
SCATTERING = (
    "J, Q=1, T=None, max_order=2, boundary='periodic', paths='decreasing', oversampling=0, wavelet='morlet', "
    "normalization='cap', two_sided=False"
)
BANK = "J, Q=1, T=None, wavelet='morlet', normalization='cap', two_sided=False"
RESPONSE = "size, alpha=0.0001, beta=0.75, k=1.0"
CONTRACT = {
    "convolve": "x, h, *, mode='full'",
    "correlate": "x, h, *, mode='valid'",
    **{f"conv{dims}d": LAYER for dims in (1, 2, 3)},
    **{f"conv_transpose{dims}d": TRANSPOSE for dims in (1, 2, 3)},
    **{name.format(dims): signature for name, signature in POOLING.items() for dims in (1, 2, 3)},
    "global_avg_pool": "x",
    "global_avg_pool_gradient": "dy, *, input_size",
    "global_max_pool": "x",
    "global_max_pool_gradient": "dy, x",
    **{name: f"x{options}" for name, options in POINTWISE.items()},
    **{f"{name}_gradient": f"dy, x{options}" for name, options in POINTWISE.items()},
    "prelu": "x, slope",
    "prelu_gradient": "dy, x, slope",
    "cross_entropy": "logits, labels",
    "cross_entropy_gradient": "dy, logits, labels",
    "linear": "x, w, b=None",
    "linear_input_gradient": "dy, w",
    "linear_weight_gradient": "dy, x",
    "batch_norm": "x, mean, var, weight=None, bias=None, *, eps=1e-05",
    "batch_norm_gradient": "dy, x, mean, var, weight=None, *, eps=1e-05",
    "batch_norm_training": "x, weight=None, bias=None, *, eps=1e-05",
    "batch_norm_training_gradient": "dy, x, weight=None, *, eps=1e-05",
    **dict.fromkeys(("dft", "dft2d"), "x"),
    **dict.fromkeys(("idft", "idft2d"), "y"),
    "stft": "x, window, *, hop",
    "istft": "y, window, *, hop",
    "dual_window": "window, *, hop",
    "wavelet_transform1d": f"x, *, {BANK}",
    "inverse_wavelet_transform1d": f"y, *, {BANK}",
    "cwt": "x, *, scales, Q=1, wavelet='morlet'",
    "analyze1d": "x, w, *, stride=2, dilation=1",
    "synthesize1d": "y, w, *, stride=2, dilation=1",
    "gabor": "points, *, amplitude=1.0, alpha, beta, omega, phase=0.0, theta=0.0, x0=0.0, y0=0.0",
    "local_response_norm": f"x, *, {RESPONSE}",
    "local_response_norm_gradient": f"dy, x, *, {RESPONSE}",
    "scattering1d": f"x, *, {SCATTERING}",
    "scattering1d_gradient": f"dy, x, *, {SCATTERING}",
    "scattering3d": "x, *, J, L=3, sigma=1.0, max_order=2, powers=(0.5, 1, 2)",
    "scattering3d_gradient": "dy, x, *, J, L=3, sigma=1.0, max_order=2, powers=(0.5, 1, 2)",
}


def plain(function):
    """The parameters of a function without annotations."""
    parameters = [
        p.replace(annotation=inspect.Parameter.empty) for p in inspect.signature(function).parameters.values()
    ]
    return str(inspect.Signature(parameters))[1:-1]


@pytest.mark.parametrize("name", CONTRACT)
def test_public_signatures_are_those_of_the_contract(name):
    assert plain(getattr(impl, name)) == CONTRACT[name]


@pytest.mark.parametrize("record", OPERATORS, ids=str)
def test_kernels_take_the_inputs_and_options_of_their_record_with_its_defaults(record):
    parameters = inspect.signature(getattr(impl, record.name)).parameters.values()
    positional = [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
    keywords = {p.name: None if p.default is p.empty else p.default for p in parameters if p.kind is p.KEYWORD_ONLY}
    assert positional == [array.name for array in record.inputs]
    assert keywords == {option.keyword: option.default for option in record.parameters}
