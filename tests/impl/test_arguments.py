"""Bad input is refused with one sentence that names the operator, the rule and the values."""

from __future__ import annotations

import doctest
import inspect
import re

import numpy as np
import pytest

from convoracle import impl


def ones(*shape, dtype=float):
    return np.ones(shape, dtype)


X1, W1 = ones(1, 1, 5), ones(1, 1, 3)
X2, W2 = ones(1, 6, 5, 5), ones(4, 6, 3, 3)
NAMESPACE = {"np": np, "ones": ones, "X1": X1, "W1": W1, "X2": X2, "W2": W2} | {
    n: getattr(impl, n) for n in impl.__all__
}

REFUSED = [
    # operands
    ("conv1d([[[1.0]]], W1)", TypeError, "conv1d: x must be a numpy array, got list"),
    ("conv1d(X1, 3.0)", TypeError, "conv1d: w must be a numpy array, got float"),
    ("conv1d(np.ma.masked_array(X1), W1)", TypeError, "conv1d: x must be a numpy array, got MaskedArray"),
    ("convolve(np.float64(1), X1)", TypeError, "convolve: x must be a numpy array, got float64"),
    (
        "conv1d(X1 > 0, W1)",
        TypeError,
        "conv1d: x must have dtype float32, float64, complex64, complex128 or an integer dtype, got bool",
    ),
    (
        "conv1d(X1, W1.astype(np.float16))",
        TypeError,
        "conv1d: w must have dtype float32, float64, complex64, complex128 or an integer dtype, got float16",
    ),
    (
        "conv1d(X1, W1, ones(1, dtype=object))",
        TypeError,
        "conv1d: b must have dtype float32, float64, complex64, complex128 or an integer dtype, got object",
    ),
    (
        "correlate(ones(3, dtype=np.longdouble), ones(1))",
        TypeError,
        f"correlate: x must have dtype float32, float64, complex64, complex128 or an integer dtype, got "
        f"{np.dtype(np.longdouble)}",
    ),
    (
        "conv_transpose1d(X1 + 0j, W1)",
        TypeError,
        "conv_transpose1d: x must have dtype float32, float64 or an integer dtype, got complex128",
    ),
    (
        "conv1d_input_gradient(X1, W1 + 0j, input_size=7)",
        TypeError,
        "conv1d_input_gradient: w must have dtype float32, float64 or an integer dtype, got complex128",
    ),
    (
        "conv1d_weight_gradient(X1, X1.astype(np.complex64), kernel_size=1)",
        TypeError,
        "conv1d_weight_gradient: x must have dtype float32, float64 or an integer dtype, got complex64",
    ),
    ("conv2d(X1, W2)", ValueError, "conv2d: x must have 4 axes (N, C_in, H, W), got x.shape=(1, 1, 5)"),
    ("conv2d(X2, W1)", ValueError, "conv2d: w must have 4 axes (C_out, C_in/groups, kH, kW), got w.shape=(1, 1, 3)"),
    ("conv1d(X1, W1, ones(1, 1))", ValueError, "conv1d: b.shape must be (C_out,) = (1,), got b.shape=(1, 1)"),
    ("conv1d(X1, W1, ones(2))", ValueError, "conv1d: b.shape must be (C_out,) = (1,), got b.shape=(2,)"),
    ("conv1d(ones(1, 0, 5), ones(1, 0, 3))", ValueError, "conv1d: C_in must be at least 1, got C_in=0"),
    ("conv1d(X1, ones(0, 1, 3))", ValueError, "conv1d: C_out must be at least 1, got C_out=0"),
    ("conv1d(X1, ones(1, 1, 0))", ValueError, "conv1d: kernel_size[0] must be at least 1, got kernel_size[0]=0"),
    # groups
    ("conv2d(X2, W2, groups=4)", ValueError, "conv2d: groups must divide C_in, got C_in=6, groups=4"),
    ("conv2d(X2, ones(4, 2, 3, 3), groups=3)", ValueError, "conv2d: groups must divide C_out, got C_out=4, groups=3"),
    (
        "conv2d(X2, W2, groups=2)",
        ValueError,
        "conv2d: w.shape[1] must be C_in / groups = 3, got w.shape[1]=6, C_in=6, groups=2",
    ),
    ("conv2d(X2, W2, groups=0)", ValueError, "conv2d: groups must be at least 1, got groups=0"),
    ("conv2d(X2, W2, groups=True)", TypeError, "conv2d: groups must be an integer, got groups=True"),
    # stride, dilation
    ("conv1d(X1, W1, stride=0)", ValueError, "conv1d: stride must be at least 1, got stride=0"),
    ("conv1d(X1, W1, stride=1.0)", TypeError, "conv1d: stride must be an integer, got stride=1.0"),
    ("conv1d(X1, W1, stride=None)", TypeError, "conv1d: stride must be an integer, got stride=None"),
    ("conv2d(X2, W2, stride=(1, True))", TypeError, "conv2d: stride[1] must be an integer, got stride[1]=True"),
    ("conv2d(X2, W2, stride=(1, -2))", ValueError, "conv2d: stride[1] must be at least 1, got stride[1]=-2"),
    (
        "conv2d(X2, W2, stride=(1, 1, 1))",
        ValueError,
        "conv2d: stride must have one entry per spatial axis (2), got stride=(1, 1, 1)",
    ),
    (
        "conv2d(X2, W2, dilation=())",
        ValueError,
        "conv2d: dilation must have one entry per spatial axis (2), got dilation=()",
    ),
    ("conv2d(X2, W2, dilation=0)", ValueError, "conv2d: dilation must be at least 1, got dilation=0"),
    # padding
    ("conv1d(X1, W1, padding=-1)", ValueError, "conv1d: padding must be at least 0, got padding=-1"),
    ("conv1d(X1, W1, padding=0.5)", TypeError, "conv1d: padding must be an integer, got padding=0.5"),
    (
        "conv1d(X1, W1, padding=(1, 2))",
        ValueError,
        "conv1d: padding must have one entry per spatial axis (1), got padding=(1, 2)",
    ),
    (
        "conv2d(X2, W2, padding=((1, 2), 3))",
        ValueError,
        "conv2d: padding must have one (before, after) pair per spatial axis (2), got padding=((1, 2), 3)",
    ),
    (
        "conv2d(X2, W2, padding=((1, 2, 3), (1, 2, 3)))",
        ValueError,
        "conv2d: padding must have one (before, after) pair per spatial axis (2), got padding=((1, 2, 3), (1, 2, 3))",
    ),
    (
        "conv2d(X2, W2, padding=((0, 0), (0, -1)))",
        ValueError,
        "conv2d: padding[1] must be at least 0, got padding[1]=-1",
    ),
    (
        'conv1d(X1, W1, padding="full")',
        ValueError,
        'conv1d: padding must be integers, "valid" or "same", got padding=\'full\'',
    ),
    (
        "conv1d(X1, W1, dilation=3)",
        ValueError,
        "conv1d: the window must fit, n + p0 + p1 >= d (k - 1) + 1, got n=5, p0=0, p1=0, k=3, d=3 on spatial axis 0",
    ),
    (
        "conv2d(X2, W2, stride=4, dilation=(2, 3), padding=((0, 0), (0, 1)))",
        ValueError,
        "conv2d: the window must fit, n + p0 + p1 >= d (k - 1) + 1, got n=5, p0=0, p1=1, k=3, d=3 on spatial axis 1",
    ),
    (
        'conv1d(ones(1, 1, 0), W1, padding="same")',
        ValueError,
        "conv1d: the window must fit, n + p0 + p1 >= d (k - 1) + 1, got n=0, p0=1, p1=1, k=3, d=1 on spatial axis 0",
    ),
    (
        'conv1d(X1, W1, padding=5, padding_mode="reflect")',
        ValueError,
        "conv1d: padding_mode 'reflect' needs p <= n - 1, got n=5, p0=5, p1=5 on spatial axis 0",
    ),
    (
        'conv1d(X1, W1, padding=((0, 6),), padding_mode="circular")',
        ValueError,
        "conv1d: padding_mode 'circular' needs p <= n, got n=5, p0=0, p1=6 on spatial axis 0",
    ),
    (
        'conv1d(ones(1, 1, 0), W1, padding=3, padding_mode="replicate")',
        ValueError,
        "conv1d: padding_mode 'replicate' needs n >= 1 where p > 0, got n=0, p0=3, p1=3 on spatial axis 0",
    ),
    (
        'conv1d(X1, W1, padding_mode="wrap")',
        ValueError,
        "conv1d: padding_mode must be one of zeros, reflect, replicate, circular, got padding_mode='wrap'",
    ),
    ("conv1d(X1, W1, padding_mode=0)", TypeError, "conv1d: padding_mode must be a string, got padding_mode=0"),
    # gradients
    (
        "conv1d_input_gradient(X1, W1, input_size=8)",
        ValueError,
        "conv1d_input_gradient: dy.shape[2:] must be the output size = (6,), got dy.shape[2:]=(5,)",
    ),
    (
        "conv1d_input_gradient(X1, W1, input_size=(7, 7))",
        ValueError,
        "conv1d_input_gradient: input_size must have one entry per spatial axis (1), got input_size=(7, 7)",
    ),
    (
        "conv1d_input_gradient(X1, W1, input_size=-1)",
        ValueError,
        "conv1d_input_gradient: input_size must be at least 0, got input_size=-1",
    ),
    (
        "conv1d_input_gradient(ones(1, 2, 5), W1, input_size=7)",
        ValueError,
        "conv1d_input_gradient: dy.shape[1] must be w.shape[0] = 1, got dy.shape[1]=2",
    ),
    (
        "conv1d_input_gradient(ones(1, 3, 5), ones(3, 1, 3), input_size=7, groups=2)",
        ValueError,
        "conv1d_input_gradient: groups must divide C_out, got C_out=3, groups=2",
    ),
    (
        "conv1d_weight_gradient(X1, X1, kernel_size=0)",
        ValueError,
        "conv1d_weight_gradient: kernel_size must be at least 1, got kernel_size=0",
    ),
    (
        "conv1d_weight_gradient(X1, ones(2, 1, 5), kernel_size=1)",
        ValueError,
        "conv1d_weight_gradient: dy.shape[0] must be x.shape[0] = 2, got dy.shape[0]=1",
    ),
    (
        "conv1d_weight_gradient(X1, X1, kernel_size=2)",
        ValueError,
        "conv1d_weight_gradient: dy.shape[2:] must be the output size = (4,), got dy.shape[2:]=(5,)",
    ),
    # transposed
    (
        "conv_transpose1d(X1, W1, output_padding=1)",
        ValueError,
        "conv_transpose1d: output_padding must be less than stride, got output_padding=1, stride=1 on spatial axis 0",
    ),
    (
        'conv_transpose1d(X1, W1, padding="same")',
        ValueError,
        'conv_transpose1d: padding "same" must not be used, as several output sizes have it, got "same"',
    ),
    (
        "conv_transpose1d(X1, W1, padding=4)",
        ValueError,
        "conv_transpose1d: input and output size (n - 1) s - p0 - p1 + d (k - 1) + output_padding + 1 must be at "
        "least 1, got n=5, s=1, p0=4, p1=4, d=1, k=3, output_padding=0, size=-1 on spatial axis 0",
    ),
    (
        "conv_transpose1d(X1, ones(2, 1, 3))",
        ValueError,
        "conv_transpose1d: w.shape[0] must be C_in = 1, got w.shape[0]=2",
    ),
    (
        "conv_transpose1d(ones(1, 3, 5), ones(3, 1, 3), groups=2)",
        ValueError,
        "conv_transpose1d: groups must divide C_in, got C_in=3, groups=2",
    ),
    (
        "conv_transpose1d(X1, ones(1, 2, 3), ones(1))",
        ValueError,
        "conv_transpose1d: b.shape must be (C_out,) = (2,), got b.shape=(1,)",
    ),
    (
        "conv_transpose1d_input_gradient(X1, W1, input_size=5)",
        ValueError,
        "conv_transpose1d_input_gradient: dy.shape[2:] must be the output size = (7,), got dy.shape[2:]=(5,)",
    ),
    (
        "conv_transpose1d_input_gradient(ones(1, 3, 7), ones(2, 2, 3), input_size=5, groups=2)",
        ValueError,
        "conv_transpose1d_input_gradient: dy.shape[1] must be w.shape[1] * groups = 4, got dy.shape[1]=3",
    ),
    (
        "conv_transpose1d_weight_gradient(X1, X1, kernel_size=2)",
        ValueError,
        "conv_transpose1d_weight_gradient: dy.shape[2:] must be the output size = (6,), got dy.shape[2:]=(5,)",
    ),
    # convolve, correlate
    (
        "convolve(ones(3), ones(1, 2))",
        ValueError,
        "convolve: x and h must have the same number of axes, 1 to 3, got x.ndim=1, h.ndim=2",
    ),
    (
        "correlate(ones(1, 1, 1, 1), ones(1, 1, 1, 1))",
        ValueError,
        "correlate: x and h must have the same number of axes, 1 to 3, got x.ndim=4, h.ndim=4",
    ),
    ("convolve(ones(3), ones(0))", ValueError, "convolve: x and h must not be empty, got n=3, k=0 on axis 0"),
    (
        'convolve(ones(4, 3), ones(3, 4), mode="valid")',
        ValueError,
        'convolve: h must fit in x for mode "valid", k <= n, got n=3, k=4 on axis 1',
    ),
    (
        'correlate(ones(3), ones(1), mode="circular")',
        ValueError,
        "correlate: mode must be one of full, same, valid, got mode='circular'",
    ),
    ("correlate(ones(3), ones(1), mode=1)", TypeError, "correlate: mode must be a string, got mode=1"),
]


@pytest.mark.parametrize(("call", "error", "message"), REFUSED, ids=[row[0] for row in REFUSED])
def test_bad_input_is_refused_by_name(call, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        eval(call, NAMESPACE)


OPERANDS = {"x", "w", "b", "h", "y", "dy", "indices", "slope", "logits", "labels", "window", "points"}
OPERANDS |= {"mean", "var", "weight", "bias"}
"""What the arrays of an operator are called; every other argument is an option."""
SIZE_UNKNOWN = [
    name
    for name in impl.__all__
    if name.endswith("gradient") and ("conv" in name or ("avg" in name and "pool" in name))
]
"""Gradients that are given no array of the size of their result."""


def operands_of(name):
    return [p for p in inspect.signature(getattr(impl, name)).parameters if p in OPERANDS]


@pytest.mark.parametrize("name", SIZE_UNKNOWN)
def test_gradients_need_the_size_they_cannot_know(name):
    arrays = (X1, W1)[: len(operands_of(name))]
    missing = {"input_size", "kernel_size"} & set(inspect.signature(getattr(impl, name)).parameters)
    assert missing
    for keyword in missing:
        others = dict.fromkeys(missing - {keyword}, 1)
        with pytest.raises(TypeError, match=f"missing 1 required keyword-only argument: '{keyword}'"):
            getattr(impl, name)(*arrays, **others)


@pytest.mark.parametrize("name", [n for n in impl.__all__ if n.endswith("gradient") and n not in SIZE_UNKNOWN])
def test_other_gradients_are_given_the_array_that_has_their_size(name):
    assert not {"input_size", "output_size"} & set(inspect.signature(getattr(impl, name)).parameters)
    assert {"x", "logits", "w", "indices"} & set(operands_of(name))


@pytest.mark.parametrize("name", [name for name in impl.__all__ if name.islower()])  # classes are made of sizes too
def test_options_are_keywords_and_operands_are_positional(name):
    for parameter in inspect.signature(getattr(impl, name)).parameters.values():
        array = parameter.name in OPERANDS
        assert parameter.kind == (parameter.POSITIONAL_OR_KEYWORD if array else parameter.KEYWORD_ONLY)


@pytest.mark.parametrize("name", impl.__all__)
def test_the_examples_of_the_documentation_run(name):
    document = getattr(impl, name).__doc__
    assert "{" not in document.replace('{"', "")
    for test in doctest.DocTestFinder().find(getattr(impl, name), name, globs={}):
        assert doctest.DocTestRunner().run(test).failed == 0


def test_numpy_integers_are_integers():
    assert impl.conv1d(X1, W1, stride=np.int32(2), padding=np.uint8(1), groups=np.int64(1)).shape == (1, 1, 3)
