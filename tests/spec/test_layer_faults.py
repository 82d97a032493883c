"""Wrong definitions of layers: each differs from the right one on some call, and is found again from its values alone."""

from itertools import pairwise, product

import numpy as np
import pytest

from convoracle import impl
from convoracle.properties.case import canonical_options
from convoracle.spec.catalog import OPERATORS, operator
from convoracle.spec.code import number
from convoracle.spec.configuration import bind, constants
from convoracle.spec.enclosure import Enclosure
from convoracle.spec.faults import diagnose
from convoracle.spec.layer_faults import Trial, faults_of, reproduces, values_of, wrong_definitions
from convoracle.spec.records import Choice

LAYERS = [record for record in OPERATORS if not record.sums_products and record.rounding is None]
LINES = [r for r in LAYERS if r.dims < 2 or not r.batched]
PLANES = [r for r in LAYERS if r.dims == 2]
AXES = (
    {"n": 7, "k": 3, "s": 2, "d": 1, "p": 2, "q": 1, "m": 3},
    {"n": 8, "k": 4, "s": 1, "d": 2, "p": 1, "q": 3, "m": 5},
    {"n": 5, "k": 2, "s": 3, "d": 3, "p": 1, "q": 0, "m": 2},
)
ALONE = {"N": 2, "C": 3, "n": 5, "n_1": 2, "n_2": 3, "n_3": 4, "k": 5, "s": 2}
WAVE = {"A": 1.5, "omega": 1.25, "psi": 0.5, "x_0": 0.25, "y_0": -0.75}
OTHERS = (
    {"v": 0, "l": 2, "epsilon": 0.5, "lambda": 0.25, "theta": 2.0, "alpha": 0.5, "beta": 0.25, "kappa": 2.0},
    {"v": 5, "l": 3, "epsilon": 1e-5, "lambda": 0.01, "theta": 1.0, "alpha": 1e-4, "beta": 0.75, "kappa": 1.0},
)


def calls(record):
    """Yield legal calls of a record, with other numbers on every axis."""
    words = [p for p in record.parameters if isinstance(p, Choice)]
    for first, others, chosen in product(range(3), OTHERS, product(*(p.options for p in words))):
        said = dict(zip((p.keyword for p in words), chosen, strict=True))
        letters = {**ALONE, **WAVE, **others, **along_axes(record, first), **constants(record, said)}
        optional = [array.name for array in record.inputs if array.optional]
        for given in {len(optional), 0}:
            shapes = {
                array.name: tuple(number(axis, letters) for axis in array.axes)
                for array in record.inputs
                if array.name not in optional[given:]
            }
            yield bind(record, shapes, canonical_options(record, letters, said))


def along_axes(record, first):
    """Return the letters of the spatial axes, beginning with one of `AXES`."""
    letters = {}
    for position in range(record.dims):
        suffix = f"_{position + 1}" if record.dims > 1 else ""
        letters |= {f"{letter}{suffix}": value for letter, value in AXES[(first + position) % 3].items()}
        if record.name.startswith("avg"):  # which has no dilation: the padding is less than the window
            letters |= {f"{side}{suffix}": letters[f"k{suffix}"] - 1 - step for side, step in (("p", 0), ("q", 1))}
    return letters if record.batched else {}


def data(configuration, kind):
    """Return small integers: distinct ones near zero, or few different ones."""
    generator, arrays = np.random.default_rng([len(kind), *configuration.output_shape]), {}
    for array in configuration.record.inputs:
        if array.name not in configuration.shapes:
            continue
        shape = configuration.shapes[array.name]
        if array.below is not None:
            arrays[array.name] = generator.integers(0, number(array.below, configuration.values), shape)
        else:
            span = (-9, 10) if kind == "distinct" else (-1, 3)
            values = generator.integers(*span, shape)
            arrays[array.name] = values if array.least is None else abs(values) + 1
    return arrays


def computed(configuration, stages, arrays):
    """Return what an implementation of these stages gives."""
    found = values_of(configuration, stages, arrays)
    shapes = configuration.output_shapes
    return tuple(
        np.array([float(v) for v in true.values]).reshape(shape) if isinstance(true, Enclosure) else true
        for true, shape in zip(found, shapes, strict=True)
    )


def same(one, other):
    return all(np.array_equal(a, b, equal_nan=a.dtype.kind == "f") for a, b in zip(one, other, strict=True))


def trials_of(configuration, stages):
    drawn = [data(configuration, kind) for kind in ("distinct", "few")]
    return [Trial(arrays, computed(configuration, stages, arrays)) for arrays in drawn]


def diagnosed(configuration, trials):
    first, *further = trials
    return diagnose(configuration, first.arrays, first.outputs, further=further)


def telling(record):
    """Yield call, wrong definition and trials, one for every fault of a record that changes something."""
    silent = {fault.sentence for fault in faults_of(record)}
    for configuration in calls(record):
        right = trials_of(configuration, configuration.algorithm("direct"))
        for wrong in (w for w in wrong_definitions(configuration) if silent & set(w.sentences)):
            trials = trials_of(configuration, wrong.stages)
            if not all(same(a.outputs, b.outputs) for a, b in zip(trials, right, strict=True)):
                silent -= set(wrong.sentences)
                yield configuration, wrong, trials
        if not silent:
            return
    raise AssertionError(f"no call shows {silent}")


@pytest.mark.parametrize("record", LINES, ids=str)
def test_every_fault_changes_some_call_and_is_diagnosed_there(record):
    for configuration, wrong, trials in telling(record):
        assert set(wrong.sentences) <= set(diagnosed(configuration, trials))


@pytest.mark.parametrize("record", PLANES, ids=str)
def test_every_fault_of_a_plane_is_told_from_the_right_definition(record):
    for configuration, wrong, trials in telling(record):
        right = configuration.algorithm("direct")
        assert all(reproduces(configuration, wrong.stages, trial) for trial in trials)
        assert not all(reproduces(configuration, right, trial) for trial in trials)


def with_imaginary_parts(configuration):
    """Return small complex integers in the place of numbers that may be complex."""
    first, second = (data(configuration, kind) for kind in ("distinct", "few"))
    index = {array.name for array in configuration.record.inputs if array.below is not None}
    return {name: first[name] if name in index else first[name] + 1j * second[name] for name in first}


@pytest.mark.parametrize("record", [record for record in LAYERS if "complex" in record.numbers], ids=str)
def test_a_wrong_answer_to_complex_entries_is_diagnosed_by_faults_of_the_record_or_by_none(record):
    sentences = {fault.sentence for fault in faults_of(record)}
    for configuration in calls(record):
        answer = tuple(np.full(shape, 0.125 - 0.25j) for shape in configuration.output_shapes)
        assert set(diagnose(configuration, with_imaginary_parts(configuration), answer)) <= sentences


@pytest.mark.parametrize(
    ("wrong", "clause"),
    [(lambda x: x, "as if the modulus were not taken"), (lambda x: x * x, "as if the entries were squared")],
)
def test_what_stands_in_the_place_of_a_modulus_of_complex_entries_is_told(wrong, clause):
    configuration = next(calls(operator("modulus")))
    arrays = with_imaginary_parts(configuration)
    assert [s.split(":")[0] for s in diagnose(configuration, arrays, (wrong(arrays["x"]),))] == [clause]


@pytest.mark.parametrize("record", LAYERS, ids=str)
def test_every_layer_has_faults_of_its_own(record):
    sentences = [fault.sentence for fault in faults_of(record)]
    assert len(sentences) >= 4
    assert all(sentence.startswith("as if ") for sentence in sentences)


@pytest.mark.parametrize("record", LAYERS, ids=str)
def test_our_kernels_have_no_diagnosis(record):
    assert diagnosis_of(getattr(impl, record.name), record.name) == []


def floats(configuration):
    """Return the data of the trials as a kernel takes them."""
    index = {array.name for array in configuration.record.inputs if array.below is not None}
    return [
        {
            name: values if name in index else values.astype(np.float64)
            for name, values in data(configuration, kind).items()
        }
        for kind in ("distinct", "few")
    ]


def outputs_of(configuration, kernel, arrays):
    """Return what a kernel gives, in the shapes of the record."""
    options = canonical_options(configuration.record, configuration.values, configuration.words)
    result = kernel(*arrays.values(), **options)
    outputs = result if isinstance(result, tuple) else (result,)
    return tuple(o.reshape(shape) for o, shape in zip(outputs, configuration.output_shapes, strict=True))


def diagnosis_of(kernel, name, call=0):
    configuration = list(calls(operator(name)))[call]
    return diagnosed(configuration, [Trial(t, outputs_of(configuration, kernel, t)) for t in floats(configuration)])


# ---- kernels that have a fault ----


def zero_padded(x, *, padding, **options):
    return impl.max_pool1d(np.pad(x, ((0, 0), (0, 0), padding[0])), padding=0, **options)


def ranked(x):
    """Return numbers in the order of x, later entries above equal earlier ones."""
    return x * 1000 + np.arange(x.shape[-1])


def last_of_equals(x, **options):
    y, indices = impl.max_pool1d_with_indices(ranked(x), **options)
    return np.floor_divide(y, 1000), indices


def in_the_padded_plane(x, *, padding, **options):
    y, indices = impl.max_pool1d_with_indices(x, padding=padding, **options)
    return y, indices + padding[0][0]


def half_open_average(x, *, output_size):
    n, m = x.shape[-1], output_size[0]
    edges = [t * n // m for t in range(m + 1)]
    return np.stack([x[..., a:b].mean(axis=-1) for a, b in pairwise(edges)], axis=-1)


def eps_outside(x, mean, var, weight=None, bias=None, *, eps):
    root = (np.sqrt(var) + eps) ** 2
    return impl.batch_norm(x, mean, root, weight, bias, eps=0.0)


def without_weight(x, mean, var, weight=None, bias=None, *, eps):
    return impl.batch_norm(x, mean, var, None, bias, eps=eps)


def unbiased_result(x, weight=None, bias=None, *, eps):
    y, mean, var = impl.batch_norm_training(x, weight, bias, eps=eps)
    count = x.size // x.shape[1]
    return y, mean, var * count / (count - 1)


def per_item(x, weight=None, bias=None, *, eps):
    items = [impl.batch_norm_training(x[k : k + 1], weight, bias, eps=eps) for k in range(len(x))]
    _, mean, _ = impl.batch_norm_training(x, weight, bias, eps=eps)
    return np.concatenate([y for y, _, _ in items]), mean, np.mean([var for _, _, var in items], axis=0)


def undivided(x, *, size, alpha, beta, k):
    return impl.local_response_norm(x, size=size, alpha=alpha * size, beta=beta, k=k)


def constant_statistics(dy, x, weight=None, *, eps):
    mean, var = x.mean(axis=(0, 2)), x.var(axis=(0, 2))
    return impl.batch_norm_gradient(dy, x, mean, var, weight, eps=eps)


FAULTY = [
    ("max_pool1d", zero_padded, "the padding held zeros"),
    ("max_pool1d", lambda x, **o: -impl.max_pool1d(-x, **o), "the smallest sample were taken"),
    (
        "max_pool1d",
        lambda x, **o: impl.max_pool1d(x[:1].repeat(len(x), 0), **o),
        "x were read at the first batch element only",
    ),
    ("max_pool1d_with_indices", last_of_equals, "the last of equal samples were the maximum"),
    ("max_pool1d_with_indices", in_the_padded_plane, "indices counted the padded plane"),
    (
        "max_pool1d_gradient",
        lambda dy, x, **o: impl.max_pool1d_gradient(dy, ranked(x), **o),
        "the last of equal samples were the maximum",
    ),
    ("avg_pool1d", lambda x, **o: impl.avg_pool1d(x, **{**o, "count_include_pad": True}), "the padding were counted"),
    (
        "avg_pool1d",
        lambda x, **o: impl.avg_pool1d(x, **{**o, "count_include_pad": False}),
        "the padding were not counted",
    ),
    (
        "avg_pool1d",
        lambda x, **o: impl.avg_pool1d(x, **{**o, "divisor_override": None}),
        "divisor_override were not given",
    ),
    ("avg_pool1d", lambda x, **o: impl.avg_pool1d(x, **{**o, "divisor_override": 1}), "nothing were divided"),
    ("adaptive_avg_pool1d", half_open_average, "windows ended where the next one begins"),
    ("global_avg_pool", lambda x: x.sum(axis=2), "nothing were divided"),
    ("relu", np.abs, "negative entries became positive"),
    ("leaky_relu", lambda x, negative_slope: impl.leaky_relu(x), "negative_slope had its default"),
    ("sigmoid", lambda x: impl.sigmoid(-x), "x had the other sign"),
    ("sigmoid_gradient", lambda dy, x: dy * x * (1 - x), "x were the sigmoid already"),
    ("soft_threshold", lambda x, threshold: np.maximum(x - threshold, 0), "negative entries became zero"),
    (
        "prelu",
        lambda x, slope: impl.prelu(x, np.full_like(slope, slope[0])),
        "slope were read at the first channel only",
    ),
    ("relu_gradient", lambda dy, x: np.where(x >= 0, dy, 0.0), "the slope at the kink were that above it"),
    ("softmax", lambda x, axis: impl.softmax(x, axis=-3 - axis), "a row lay along the other axis"),
    ("log_softmax", lambda x, axis: impl.softmax(x, axis=axis), "the logarithm were missing"),
    (
        "cross_entropy",
        lambda x, labels: impl.cross_entropy(x, labels) / len(x),
        "the losses were divided by the batch size",
    ),
    ("batch_norm", eps_outside, "eps were added to the root"),
    ("batch_norm", without_weight, "there were no weight"),
    ("batch_norm_training", unbiased_result, "the variance that is returned were divided by n - 1"),
    ("batch_norm_training", per_item, "each item had statistics of its own"),
    ("batch_norm_training_gradient", constant_statistics, "mean and variance were constants"),
    ("local_response_norm", undivided, "alpha were not divided by the size"),
]


@pytest.mark.parametrize(("name", "kernel", "clause"), FAULTY, ids=[f"{name}: {clause}" for name, _, clause in FAULTY])
def test_a_kernel_with_a_fault_is_diagnosed(name, kernel, clause):
    found = [diagnosis_of(kernel, name, call) for call in range(len(list(calls(operator(name)))))]
    assert any(f"as if {clause}" in sentences for sentences in found)
