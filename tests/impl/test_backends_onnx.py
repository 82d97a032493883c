"""The ONNX reference evaluator and ONNX Runtime as subjects: worked examples, paddings by a word, and what they decline."""

import numpy as np
import pytest

from convoracle.impl.backends import load
from convoracle.properties.check import judge
from convoracle.properties.subject import declared_of
from convoracle.spec.catalog import operator

onnx = pytest.importorskip("onnx")
ENGINES = ("onnx-reference", "onnxruntime")
FAULTY = {"global_max_pool", "local_response_norm"}
"""What the reference evaluator of ONNX 1.23 computes wrongly on the worked example; the report has the findings."""


@pytest.fixture(params=ENGINES)
def engine(request):
    if request.param == "onnxruntime":
        pytest.importorskip("onnxruntime")
    return load(request.param)


OVERHANGING = {"kernel_size": 2, "padding": "same", "ceil_mode": True}


def limit(implementation, shapes, dtype="float32", **options):
    return implementation.limits(shapes, dict.fromkeys(shapes, dtype), options)


def test_worked_examples_come_out_as_they_are_printed(engine, worked_call):
    told = set()
    for name, implementation in engine.operators.items():
        record = operator(name)
        arrays, options = worked_call(record, np.float32)
        said = limit(implementation, {k: a.shape for k, a in arrays.items()}, **options)
        if said or (engine.name == "onnx-reference" and name in FAULTY):
            continue
        with np.errstate(all="ignore"):  # values at infinity are chosen from several, of which one is NaN
            got = implementation.function(*arrays.values(), **options)
        printed = record.source.example.output
        results, expected = (got, printed) if record.further else ((got,), (printed,))
        for result, values in zip(results, expected, strict=True):
            np.testing.assert_allclose(result, np.array(values), rtol=1e-6, atol=3e-6, err_msg=name)
        told.add(name)
    assert {
        "conv1d",
        "conv_transpose3d",
        "max_pool2d_with_indices",
        "max_unpool1d",
        "batch_norm_training",
        "dft2d",
    } <= told


@pytest.mark.parametrize(("padding", "expected"), [("same", [3, 9, 9]), ("valid", [6, 12]), (((2, 0),), [1, 6, 12])])
def test_conv_pads_by_a_word_as_by_numbers(engine, padding, expected):
    pytest.importorskip("onnx", minversion="1.23", reason="auto_pad of older reference evaluators is a finding")
    x, w = np.arange(1, 6, dtype=np.float32).reshape(1, 1, 5), np.ones((1, 1, 3), np.float32)
    assert engine.operators["conv1d"].function(x, w, stride=2, padding=padding).tolist() == [[expected]]


def of_old(model, feeds):
    """Evaluate a model as before ONNX 1.23: sizes for auto_pad are read from the batch on, and VALID pads like SAME."""
    from onnx.reference import ReferenceEvaluator
    from onnx.reference.ops.op_conv import Conv as Right

    class Conv(Right):
        op_domain = ""

        def _run(self, X, W, B=None, auto_pad=None, strides=None, pads=None, **attributes):
            if auto_pad not in (None, "NOTSET"):
                wide = [(-(-n // s) - 1) * s + k - n for n, s, k in zip(X.shape, strides, W.shape[2:], strict=False)]
                pads = [max(0, p // 2) for p in wide] + [max(0, p - p // 2) for p in wide]
            return super()._run(X, W, B, auto_pad="NOTSET", strides=strides, pads=pads, **attributes)

    return ReferenceEvaluator(model, new_ops=[Conv]).run(None, dict(feeds))


def test_the_padding_of_old_reference_evaluators_is_found():
    from convoracle.impl.backends.onnx_operators import offered

    conventions = {"conv1d": load("onnx-reference").operators["conv1d"].conventions}
    verdict = judge(declared_of(offered(of_old, conventions)["conv1d"], "conv1d"), examples=60)
    (wrong,) = [finding for finding in verdict.findings if finding.law == "shape"]
    assert "auto_pad" in wrong.script  # in ONNX's own word, as the script is its model


@pytest.mark.parametrize(
    ("name", "shapes", "options", "sentence"),
    [
        (
            "conv1d",
            {"x": (1, 1, 4), "w": (1, 1, 2)},
            {"padding": "same", "padding_mode": "reflect"},
            "no word for 'same'",
        ),
        ("max_pool1d", {"x": (1, 1, 8)}, {"kernel_size": 1, "stride": 3, "padding": "same"}, "crops the input"),
        ("avg_pool1d", {"x": (1, 1, 4)}, {"kernel_size": 2, "divisor_override": 3}, "cannot be chosen"),
        ("max_unpool1d", {"x": (1, 1, 4), "indices": (1, 1, 4)}, {"output_size": 3}, "no smaller than the input"),
    ],
)
def test_limits_of_the_standard_are_said_in_a_sentence(engine, name, shapes, options, sentence):
    assert sentence in limit(engine.operators[name], shapes, **options)


@pytest.mark.parametrize(
    ("name", "each", "shapes", "dtype", "options", "sentence"),
    [
        ("onnxruntime", "conv1d", {"x": (1, 1, 4), "w": (1, 1, 2)}, "float64", {}, "all be float32"),
        ("onnxruntime", "conv1d", {"x": (1, 1, 4), "w": (1, 1, 2)}, "float32", {"padding": "same", "dilation": 2}, "without"),
        ("onnxruntime", "max_pool1d", {"x": (1, 1, 4)}, "float32", {"kernel_size": 2, "padding": 2}, "narrower than"),
        ("onnxruntime", "local_response_norm", {"x": (1, 1, 4)}, "float32", {"size": 2}, "odd number"),
        ("onnx-reference", "avg_pool1d", {"x": (1, 1, 4)}, "float32", OVERHANGING, "do not go"),
        ("onnx-reference", "log_softmax", {"x": (0, 4)}, "float32", {}, "no operand is empty"),
        ("onnx-reference", "leaky_relu", {"x": (1, 4)}, "float64", {}, "attributes in float32"),
    ],
)  # fmt: skip
def test_limits_of_an_engine_are_said_in_a_sentence(name, each, shapes, dtype, options, sentence):
    if name == "onnxruntime":
        pytest.importorskip("onnxruntime")
    assert sentence in limit(load(name).operators[each], shapes, dtype, **options)
    assert limit(load(name).operators["relu"], {"x": (2, 3)}, "float32") is None


def test_calls_that_onnx_does_not_allow_are_refused(engine):
    x, w = np.ones((1, 1, 4), np.float32), np.ones((1, 1, 2), np.float32)
    with pytest.raises(ValueError, match="conv1d: x must have 3 axes"):
        engine.operators["conv1d"].function(x[0], w)
    with pytest.raises(ValueError, match="crop"):
        engine.operators["conv1d"].function(x, w, padding=-1, padding_mode="reflect")
    with pytest.raises(ValueError, match="divisor_override must be None"):
        engine.operators["avg_pool1d"].function(x, kernel_size=2, divisor_override=3)
    with pytest.raises(ValueError, match="the word must be one of"):
        engine.operators["conv1d"].function(x, w, padding="full")
