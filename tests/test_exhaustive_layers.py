"""Pooling on every small configuration, and activations on every number of a small set, against the judge's definitions."""

from collections import Counter
from itertools import product

import numpy as np
import pytest

from convoracle import impl
from convoracle.properties.bounds import Rules
from convoracle.properties.enclosed import judge_enclosed
from convoracle.spec.catalog import operator
from convoracle.spec.configuration import IllegalCallError, bind
from convoracle.spec.enclosure import integer_outputs
from convoracle.spec.rounding import Arithmetic, format_of

SIZES = range(7)
PADS = tuple(product(range(3), repeat=2))
STEPS = list(product((1, 2, 3), (1, 2, 3)))


def distinct(*shape):
    """Distinct integers of both signs, in no order."""
    count = int(np.prod(shape))
    return (np.random.default_rng(count).permutation(count) - count // 2).reshape(shape)


def judged(name, arrays, **options):
    """Compare kernel and definition on one call: the same values, or both refuse; returns which."""
    record, function = operator(name), getattr(impl, name)
    named = dict(zip([array.name for array in record.inputs], arrays, strict=True))
    try:
        configuration = bind(record, {key: a.shape for key, a in named.items()}, options)
    except IllegalCallError:
        with pytest.raises(ValueError, match=f"^{name}: "):
            function(*arrays, **options)
        return "illegal"
    result = function(*arrays, **options)
    outputs = result if isinstance(result, tuple) else (result,)
    assert tuple(output.shape for output in outputs) == configuration.output_shapes, (name, options)
    if "integer" in record.numbers:
        exact = integer_outputs(configuration, named)
        assert all(map(np.array_equal, outputs, exact)), (name, configuration.shapes, options)
    else:
        verdict = judge_enclosed(configuration, named, outputs, rules_of(arrays[0].dtype))
        assert (verdict.wrong, verdict.unjudged) == (0, 0), (name, configuration.shapes, options, verdict.mismatch)
    return "legal"


def rules_of(dtype):
    return Rules(Arithmetic(format_of(dtype)), "direct", {}, 4.0)


# ---- pooling ----


@pytest.mark.parametrize(("k", "s"), STEPS)
def test_maxima_of_one_axis(k, s):
    seen = Counter()
    for n, d, (p, q), ceil in product(SIZES, (1, 2), PADS, (False, True)):
        options = {"kernel_size": k, "stride": s, "padding": ((p, q),), "dilation": d, "ceil_mode": ceil}
        verdict = judged("max_pool1d_with_indices", [distinct(1, 2, n)], **options)
        assert judged("max_pool1d", [distinct(1, 2, n)], **options) == verdict
        seen[verdict] += 1
        if verdict == "legal":
            windows = impl.max_pool1d(distinct(1, 2, n), **options).shape
            assert judged("max_pool1d_gradient", [distinct(*windows), distinct(1, 2, n)], **options) == "legal"
    assert sum(seen.values()) == 7 * 2 * 9 * 2
    assert min(seen["legal"], seen["illegal"]) > 0


@pytest.mark.parametrize(("k", "s"), STEPS)
def test_gradients_of_maxima_refuse_another_size(k, s):
    for n, off in product(range(k, 7), (-1, 1)):
        windows = (n - k) // s + 1 + off
        arrays = [np.ones((1, 1, windows)), np.ones((1, 1, n))]
        assert judged("max_pool1d_gradient", arrays, kernel_size=k, stride=s) == "illegal"


@pytest.mark.parametrize(("k", "s"), STEPS)
@pytest.mark.parametrize("divisor", [{}, {"count_include_pad": False}, {"divisor_override": 3}])
def test_averages_of_one_axis(k, s, divisor):
    seen = Counter()
    for n, (p, q), ceil in product(SIZES, PADS, (False, True)):
        options = {"kernel_size": k, "stride": s, "padding": ((p, q),), "ceil_mode": ceil, **divisor}
        x = distinct(1, 1, n).astype(np.float64)
        verdict = judged("avg_pool1d", [x], **options)
        seen[verdict] += 1
        windows = impl.avg_pool1d(x, **options).shape if verdict == "legal" else (1, 1, 1)
        dy = distinct(*windows).astype(np.float64)
        assert judged("avg_pool1d_gradient", [dy], input_size=n, **options) == verdict
    assert sum(seen.values()) == 7 * 9 * 2
    assert min(seen["legal"], seen["illegal"]) > 0


@pytest.mark.parametrize("n", range(7))
def test_adaptive_pooling_of_one_axis(n):
    for m in range(7):
        verdict = "legal" if min(n, m) >= 1 else "illegal"
        x, dy = distinct(1, 2, n), distinct(1, 2, m)
        assert judged("adaptive_max_pool1d", [x], output_size=m) == verdict
        assert judged("adaptive_max_pool1d_gradient", [dy, x]) == verdict
        assert judged("adaptive_avg_pool1d", [x.astype(np.float32)], output_size=m) == verdict
        assert judged("adaptive_avg_pool1d_gradient", [dy.astype(np.float32)], input_size=n) == verdict


@pytest.mark.parametrize("ties", list(product((0, 1), repeat=4)))
def test_indices_of_equal_samples_are_the_first(ties):
    x = np.array(ties).reshape(1, 1, 4)
    for k, s in product((1, 2, 3, 4), (1, 2)):
        assert judged("max_pool1d_with_indices", [x], kernel_size=k, stride=s) == "legal"
    assert judged("global_max_pool_gradient", [np.array([[5]]), x]) == "legal"


@pytest.mark.parametrize("m", [1, 2, 3])
def test_unpooling_of_every_set_of_places(m):
    for n in range(4):
        x = distinct(1, 1, n)
        for places in product(range(-1, m + 1), repeat=n):
            indices = np.array(places, np.int64).reshape(1, 1, n)
            if all(0 <= place < m for place in places):
                assert judged("max_unpool1d", [x, indices], output_size=m) == "legal"
                assert judged("max_unpool1d_gradient", [distinct(1, 1, m), indices]) == "legal"
            else:
                with pytest.raises(ValueError, match=r"^max_unpool1d: .*got "):
                    impl.max_unpool1d(x, indices, output_size=m)


# ---- activations ----

TOP = {"float32": 88.722839, "float64": 709.782712893384}
"""Where the exponential overflows."""


def numbers(dtype):
    """A coarse grid of a format: zeros of both signs, the ends, ties of rounding, where exponentials end, and special values."""
    limits = np.finfo(dtype)
    least, normal, top = float(limits.smallest_subnormal), float(limits.smallest_normal), TOP[dtype]
    grid = [0.0, least, 3 * least, normal, 1 - limits.epsneg, 1 + limits.eps, 1e4, float(limits.max)]
    grid += [2.0**e for e in range(-30, 8, 3)] + [0.5, 1.0, 1.5, 2.5, 3.0, 17.0, 37.0]
    grid += [top * (1 + k * 2.0**-20) for k in (-1, 0, 1)] + [1.17 * top, -np.log(normal), np.inf]
    with np.errstate(over="ignore"):
        return np.array([*grid, *(-g for g in grid), np.nan]).astype(dtype)


def below_the_end(x):
    """The numbers without the largest of the format: a rounding there may overflow, and then not all is judged."""
    return x[np.abs(x) != np.finfo(x.dtype).max]


def of_entries(values):
    return values.reshape(1, 1, -1)


def accepted(name, *arrays, **options):
    """Judge one call on float data; return how many elements were judged."""
    record = operator(name)
    named = dict(zip([array.name for array in record.inputs], arrays, strict=False))
    configuration = bind(record, {key: a.shape for key, a in named.items()}, options)
    result = getattr(impl, name)(*arrays, **options)
    outputs = result if isinstance(result, tuple) else (result,)
    verdict = judge_enclosed(configuration, named, outputs, rules_of(arrays[0].dtype))
    assert verdict.mismatch is None, (name, options, verdict.mismatch, verdict.wrong)
    return verdict.elements - verdict.unjudged


OPTIONS = {
    "leaky_relu": [{}, {"negative_slope": 0.0}, {"negative_slope": -2.0}, {"negative_slope": 0.1}],
    "soft_threshold": [{"threshold": 0.0}, {"threshold": 1.5}, {"threshold": 1e4}],
}
POINTWISE = ("relu", "leaky_relu", "sigmoid", "tanh", "softplus", "modulus", "soft_threshold")
DTYPES = pytest.mark.parametrize("dtype", ["float32", "float64"])


@DTYPES
@pytest.mark.parametrize("name", POINTWISE)
def test_activations_of_every_number_of_the_grid(name, dtype):
    x = numbers(dtype)
    moderate = below_the_end(x)
    for options in OPTIONS.get(name, [{}]):
        assert accepted(name, of_entries(moderate), **options) == moderate.size
        assert accepted(name, of_entries(x), **options) >= moderate.size


@DTYPES
@pytest.mark.parametrize("name", POINTWISE)
def test_gradients_of_activations_of_every_number_of_the_grid(name, dtype):
    x = numbers(dtype)
    moderate = np.array([0.0, -0.0, 1.0, -3.0, 0.1, np.nan], dtype)
    extreme = np.array([np.finfo(dtype).max, np.inf, -np.inf], dtype)
    for options in OPTIONS.get(name, [{}]):
        dy, x_of_each = pairs(moderate, below_the_end(x))
        assert accepted(f"{name}_gradient", dy, x_of_each, **options) == dy.size
        assert accepted(f"{name}_gradient", *pairs(extreme, x), **options) > 0


def pairs(dy, x):
    """Every change with every number."""
    return tuple(np.ascontiguousarray(of_entries(part)) for part in np.broadcast_arrays(dy[:, None], x))


@DTYPES
def test_channels_have_slopes_of_their_own(dtype):
    x, slopes = below_the_end(numbers(dtype)), np.array([0.25, 0.0, -1.5], dtype)
    stacked = np.stack([x, x, x])[None]
    assert accepted("prelu", stacked, slopes) == stacked.size


ROW = (0.0, -0.0, 1.0, -2.5, 100.0, -1e4, np.inf, -np.inf, np.nan)


@DTYPES
@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
@pytest.mark.parametrize("length", [1, 2, 3])
def test_rows_of_up_to_three_numbers(name, length, dtype):
    rows = np.array(list(product(ROW, repeat=length)), dtype)[None]
    assert accepted(name, rows) == rows.size
    columns = np.ascontiguousarray(rows.swapaxes(1, 2))
    assert accepted(name, columns, axis=-2) == rows.size


@DTYPES
def test_losses_of_up_to_three_classes(dtype):
    for classes in (1, 2, 3):
        logits = np.array(list(product(ROW, repeat=classes)), dtype)
        for label in range(classes):
            assert accepted("cross_entropy", logits, np.full(len(logits), label)) == len(logits)
