"""PyTorch and JAX as subjects: the worked examples of the records, operands of every layout, and what they decline."""

import re
import subprocess
import sys

import numpy as np
import pytest

from convoracle.impl.backends import ADAPTERS, LibraryAbsentError, load
from convoracle.properties.check import check
from convoracle.spec.catalog import operator

NAMES = ("torch", "jax")
PRESENT = [name for name in NAMES if not ADAPTERS[name].missing]
OPERATORS = [
    (name, each) for name in PRESENT for each in load(name).operators if name == "torch" or not re.search("[13]d", each)
]
"""JAX compiles for a second or so: its operators on one and three axes are the same functions."""

absent = pytest.mark.skipif(len(PRESENT) < len(NAMES), reason="PyTorch or JAX is not installed")


@pytest.fixture(params=NAMES)
def library(request):
    if ADAPTERS[request.param].missing:
        pytest.skip(f"{request.param} is not installed")
    return load(request.param)


def limit(implementation, arrays, **options):
    shapes = {name: array.shape for name, array in arrays.items()}
    dtypes = {name: array.dtype.name for name, array in arrays.items()}
    return implementation.limits(shapes, dtypes, options) if implementation.limits else None


def differs(record, implementation):
    """Whether a convention of the subject gives other values than the record's on the sizes, options or ties of an example."""
    for convention in record.conventions:
        answer = implementation.conventions.get(convention.name)
        if convention.differs.get(answer) or convention.data.get(answer) == "ties":
            return True
    return False


@pytest.mark.parametrize(("name", "each"), OPERATORS)
def test_worked_examples_come_out_as_they_are_printed(name, each, worked_call):
    record, implementation = operator(each), load(name).operators[each]
    arrays, options = worked_call(record)
    if limit(implementation, arrays, **options) or differs(record, implementation):
        pytest.skip("the library declines the example")
    got = implementation.function(*arrays.values(), **options)
    printed = record.source.example.output
    expected = printed if record.further else (printed,)
    assert lists(got) == [np.array(values).tolist() for values in expected]


def lists(results):
    return [result.tolist() for result in (results if isinstance(results, tuple) else (results,))]


def run(implementation, arrays, options):
    """Return what a call gives as it is written in the words of the library."""
    shapes = {name: array.shape for name, array in arrays.items()}
    text = implementation.written(shapes, {name: array.dtype.name for name, array in arrays.items()}, options)
    names = dict(arrays)
    exec("\n".join(text), names)
    return names["got"]


def operands(dtype="float64"):
    rng = np.random.default_rng(0)
    return [rng.integers(-9, 10, shape).astype(dtype) for shape in ((2, 4, 6, 7), (6, 2, 3, 2))]


def test_views_of_every_layout_are_operands_like_any_other_and_stay_as_they_are(library):
    conv2d = library.operators["conv2d"].function
    x, w = operands()
    want = conv2d(x, w, groups=2)
    views = [np.flip(np.flip(a).copy()) for a in (x, w)] + [np.asfortranarray(x), w]
    for view in views:
        view.flags.writeable = False
    for pair in (views[:2], views[2:]):
        assert np.array_equal(conv2d(*pair, groups=2), want)
    assert all(np.array_equal(view, old) for view, old in zip(views, (x, w, x, w), strict=True))


def test_results_have_the_dtype_of_the_operands_and_can_be_written_to(library):
    for dtype in ("float32", "float64", "int64", "complex64", "complex128"):
        x, w = operands(dtype)
        y = library.operators["conv2d"].function(x, w, groups=2)
        assert (y.dtype, y.shape) == (dtype, (2, 6, 4, 6))
        assert y.flags.writeable


def test_padding_may_differ_before_and_after_and_is_never_negative(library):
    conv2d = library.operators["conv2d"].function
    x, w = operands()
    padded = np.pad(x, [(0, 0), (0, 0), (1, 2), (0, 3)])
    assert np.array_equal(conv2d(x, w, groups=2, padding=((1, 2), (0, 3))), conv2d(padded, w, groups=2))
    mirrored = np.pad(x, [(0, 0), (0, 0), (1, 2), (0, 3)], mode="reflect")
    reflected = conv2d(x, w, groups=2, padding=((1, 2), (0, 3)), padding_mode="reflect")
    assert np.array_equal(reflected, conv2d(mirrored, w, groups=2))
    with pytest.raises(ValueError, match="padding"):
        conv2d(x, w, groups=2, padding=((-1, 0), (0, 0)))


def test_operands_of_two_dtypes_are_declined(library):
    x, w = operands()
    sentence = limit(library.operators["conv2d"], {"x": x, "w": w.astype("float32")})
    assert sentence.startswith("operands must all be float32 or float64")
    assert limit(library.operators["conv2d"], {"x": x, "w": w}) is None


@pytest.mark.parametrize(
    ("name", "each", "shapes", "options", "sentence"),
    [
        ("torch", "conv2d", {"x": (1, 1, 4, 4), "w": (1, 1, 2, 2)}, {"padding": "same", "stride": 2}, "stride 1"),
        ("torch", "conv2d", {"x": (1, 1, 0, 4), "w": (1, 1, 2, 2)}, {"padding": 2}, "only batches may be empty"),
        ("torch", "max_pool2d", {"x": (1, 1, 4, 4)}, {"kernel_size": 2, "padding": "same"}, "no padding 'same'"),
        ("torch", "max_pool1d", {"x": (1, 1, 4)}, {"kernel_size": 2, "padding": ((0, 1),)}, "same before and after"),
        ("torch", "avg_pool1d", {"x": (1, 1, 4)}, {"kernel_size": 2, "divisor_override": 3}, "no divisor_override"),
        ("torch", "batch_norm_training", {"x": (1, 3, 1)}, {}, "more than one sample"),
        ("torch", "batch_norm_training", {"x": (2, 3, 1)}, {"eps": 0.0}, "eps must be positive"),
        (
            "jax",
            "conv2d",
            {"x": (1, 1, 4, 4), "w": (1, 1, 2, 2)},
            {"padding": "same", "padding_mode": "reflect"},
            "zeros",
        ),
        ("jax", "conv_transpose1d", {"x": (1, 2, 4), "w": (2, 1, 2)}, {"groups": 2}, "no groups"),
        ("jax", "conv_transpose1d", {"x": (1, 1, 4), "w": (1, 1, 2)}, {"output_padding": (1,)}, "no output_padding"),
        ("jax", "max_pool1d", {"x": (1, 1, 4)}, {"kernel_size": 2, "ceil_mode": True}, "partial windows"),
        ("jax", "avg_pool1d", {"x": (1, 1, 4)}, {"kernel_size": 2, "count_include_pad": False}, "size of the window"),
        ("jax.scipy.signal", "correlate", {"x": (1, 2), "h": (2, 1)}, {"mode": "full"}, "larger on one axis"),
        ("jax", "max_pool1d_gradient", {"dy": (1, 1, 2), "x": (1, 1, 4)}, {"kernel_size": 2, "dilation": 2}, "dilated"),
    ],
)
def test_limits_are_said_in_a_sentence(name, each, shapes, options, sentence):
    if ADAPTERS[name].missing:
        pytest.skip(f"{name} is not installed")
    implementation = load(name).operators[each]
    arrays = {key: np.ones(shape) for key, shape in shapes.items()}
    assert sentence in limit(implementation, arrays, **options)
    assert limit(implementation, {key: np.ones([max(2, n) for n in shape]) for key, shape in shapes.items()}) is None


@pytest.mark.parametrize(
    ("name", "each", "arrays", "options"),
    [
        ("torch", "conv_transpose1d", [np.ones((1, 1, 4)), np.ones((1, 1, 2))], {"padding": ((0, 1),)}),
        ("torch", "max_pool1d", [np.ones((1, 1, 4))], {"kernel_size": 2, "padding": ((0, 1),)}),
        ("torch", "stft", [np.ones((1, 6)), np.ones(2)], {"hop": 4}),
        ("jax", "conv_transpose1d", [np.ones((1, 2, 4)), np.ones((2, 1, 2))], {"groups": 2}),
        ("jax", "max_pool1d", [np.ones((1, 1, 4))], {"kernel_size": 2, "ceil_mode": True}),
        ("jax", "avg_pool1d", [np.ones((1, 1, 4))], {"kernel_size": 2, "divisor_override": 3}),
        ("jax", "conv1d", [np.ones((1, 1, 4)), np.ones((1, 1, 2))], {"stride": (1, 1)}),
    ],
)
def test_what_is_declined_is_refused_when_it_is_called_all_the_same(name, each, arrays, options):
    if ADAPTERS[name].missing:
        pytest.skip(f"{name} is not installed")
    with pytest.raises(ValueError, match=name):
        load(name).operators[each].function(*arrays, **options)


@absent
def test_double_precision_is_on_in_calls_of_jax_only():
    import jax

    before = jax.numpy.ones(1).dtype
    assert load("jax").operators["tanh"].function(np.ones(1)).dtype == np.float64
    assert jax.numpy.ones(1).dtype == before


@pytest.mark.parametrize(
    ("each", "arrays", "options"),
    [
        ("conv2d", operands(), {"groups": 2, "padding": ((1, 2), (0, 3)), "padding_mode": "reflect", "stride": (1, 2)}),
        ("max_pool2d_with_indices", operands()[:1], {"kernel_size": (2, 3), "ceil_mode": True}),
        ("stft", [np.arange(12.0).reshape(2, 6) * 1j, np.array([1, 2j, 3])], {"hop": 2}),
        ("batch_norm_training", [operands("float32")[0]], {"eps": 0.5}),
    ],
)
def test_a_call_is_written_in_the_words_of_the_library(each, arrays, options):
    if ADAPTERS["torch"].missing:
        pytest.skip("torch is not installed")
    implementation, names = load("torch").operators[each], [array.name for array in operator(each).inputs]
    got = implementation.function(*arrays, **options)
    assert lists(run(implementation, dict(zip(names, arrays, strict=False)), options)) == lists(got)


def test_a_script_of_a_finding_shows_it_without_us(monkeypatch):
    if ADAPTERS["torch"].missing:
        pytest.skip("torch is not installed")
    monkeypatch.setattr("convoracle.properties.generation.SHRINK_CASES", 1)
    verdict = check("torch", "softplus", examples=40)  # above 20 it returns its argument, whatever the precision
    (finding, *_) = verdict.findings
    assert "convoracle" not in finding.script
    done = subprocess.run([sys.executable, "-c", finding.script], capture_output=True, text=True, check=True)
    assert done.stdout.split()[1] == finding.got


# ---- a device ----


def test_without_a_cuda_device_its_subject_is_absent(monkeypatch):
    torch = pytest.importorskip("torch")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.delitem(sys.modules, "convoracle.impl.backends.torch_cuda", raising=False)
    with pytest.raises(
        LibraryAbsentError, match="subject 'torch-cuda' cannot be imported: PyTorch finds no CUDA device"
    ):
        load("torch-cuda")


def test_on_a_device_the_same_functions_are_called_and_written():
    pytest.importorskip("torch")
    from convoracle.impl.backends.torch_nn import on_device

    there, here = on_device("torch-cuda", "cuda"), load("torch")
    assert there.operators.keys() == here.operators.keys()
    before, after = there.operators["relu"].written({"x": (2, 3)}, {"x": "float32"}, {})
    assert "cuda" in before + after
    assert ".cpu()" in after
    assert "cuda" not in str(here.operators["relu"].written({"x": (2, 3)}, {"x": "float32"}, {}))


@pytest.mark.parametrize("each", [each for name, each in OPERATORS if name == "torch"])
def test_all_that_a_function_of_tensors_makes_is_on_their_device(each, worked_call):
    """Tensors without memory stand for those of a device: an operation on both kinds is refused."""
    torch = pytest.importorskip("torch")
    from convoracle.impl.backends.torch_nn import OPERATORS as FUNCTIONS

    arrays, options = worked_call(operator(each))
    if limit(FUNCTIONS[each], arrays, **options):
        pytest.skip("PyTorch does not take the worked example")
    result = FUNCTIONS[each].function(*(torch.from_numpy(a.copy()).to("meta") for a in arrays.values()), **options)
    assert all(y.device.type == "meta" for y in (result if isinstance(result, tuple) else (result,)))


def test_the_registry_imports_neither_library():
    code = "import convoracle.impl.backends as b, sys; b.ADAPTERS['torch'].missing; print({'torch', 'jax'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
