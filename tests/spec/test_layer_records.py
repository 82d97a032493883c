"""Records of layers: worked examples, and the kernels within their enclosures on small exhaustive grids."""

import pickle
from itertools import product

import numpy as np
import pytest
from flint import arb

from convoracle import impl
from convoracle.spec import laws, rounded
from convoracle.spec.activation import ACTIVATIONS, POINTWISE
from convoracle.spec.activation_gradient import ACTIVATION_GRADIENTS, POINTWISE_GRADIENTS
from convoracle.spec.catalog import OPERATORS, operator
from convoracle.spec.configuration import IllegalCallError, bind
from convoracle.spec.enclosure import PRECISIONS, enclose, integer_outputs
from convoracle.spec.linear import LINEARS
from convoracle.spec.normalization import BATCH_NORM_GRADIENTS, BATCH_NORMS
from convoracle.spec.response_norm import LOCAL_RESPONSE_NORM, LOCAL_RESPONSE_NORM_GRADIENT
from convoracle.spec.rounding import BINARY64, Arithmetic
from convoracle.spec.softmax import SOFTMAX_GRADIENTS, SOFTMAXES

NORMS = (*BATCH_NORMS, *BATCH_NORM_GRADIENTS, LOCAL_RESPONSE_NORM, LOCAL_RESPONSE_NORM_GRADIENT)
LAYERS = (*ACTIVATIONS, *ACTIVATION_GRADIENTS, *SOFTMAXES, *SOFTMAX_GRADIENTS, *LINEARS, *NORMS)
INF, NAN = np.inf, np.nan
SPECIAL = np.array(
    [-INF, -1e4, -745.2, -2.0, -1.0, -2.5e-310, -0.0, 0.0, 5e-324, 0.25, 1.0, 3.0, 710.0, 1e4, 1e308, INF, NAN]
)
FOUR_ULPS = len(rounded.CLASSES) - 1
ids = {"ids": str}


def operands(record, values):
    """The inputs given, as the record's dtypes."""
    whole = {array.name for array in record.inputs if array.below is not None}
    return {name: np.array(value, np.int64 if name in whole else np.float64) for name, value in values.items()}


def enclosures(record, arrays, options, precision=PRECISIONS[0]):
    configuration = bind(record, {name: array.shape for name, array in arrays.items()}, options)
    return enclose(configuration, arrays, Arithmetic(BINARY64), precision=precision)


def called(record, arrays, options):
    given = [arrays.get(array.name) for array in record.inputs]
    found = getattr(impl, record.name)(*given, **options)
    return found if record.further else (found,)


def strays(record, arrays, options, precision=PRECISIONS[1]):
    """The elements of the kernel's results that are not within the bound of accuracy class 4 ulp around the record's value."""
    pairs = zip(called(record, arrays, options), enclosures(record, arrays, options, precision), strict=True)
    return [
        (record.name, place, got, str(value))
        for output, true in pairs
        for place, got in enumerate(output.ravel().tolist())
        if not within(got, value := true.values[place], true.bounds[FOUR_ULPS, place], true.states[place])
    ]


def within(got, value, bound, state):
    if state & rounded.LOST or (state & rounded.INFINITE and np.isinf(got) and (got > 0) == (value > 0)):
        return True
    if not value.is_finite() or not np.isfinite(got):
        return (value.is_nan() and got != got) or value == got
    return abs(value - got) <= bound


@pytest.mark.parametrize("record", LAYERS, **ids)
def test_the_worked_example_is_enclosed_and_is_what_the_kernel_gives(record):
    example = record.source.example
    arrays = operands(record, example.inputs)
    expected = [np.array(output, float) for output in (example.output if record.further else (example.output,))]
    for true, output in zip(enclosures(record, arrays, example.options), expected, strict=True):
        assert [float(value) for value in true.values] == output.ravel().tolist()
    assert [found.tolist() for found in called(record, arrays, example.options)] == [o.tolist() for o in expected]


POINTWISE_OPTIONS = {
    "leaky_relu": [{"negative_slope": slope} for slope in (0.25, 0.0, -1.0, 0.01)],
    "soft_threshold": [{"threshold": threshold} for threshold in (0.0, 0.25, 1.0, 1e4)],
}


@pytest.mark.parametrize("record", POINTWISE, **ids)
def test_detectors_stay_within_their_bound_at_special_numbers(record):
    for options in POINTWISE_OPTIONS.get(record.name, [{}]):
        assert strays(record, {"x": SPECIAL}, options) == []


@pytest.mark.parametrize("record", POINTWISE_GRADIENTS, **ids)
def test_gradients_of_detectors_stay_within_their_bound_at_special_numbers(record):
    changes = (
        SPECIAL[np.isfinite(SPECIAL)] if record.algorithms else SPECIAL
    )  # a slope that underflows times inf is NaN
    dy, x = (grid.ravel() for grid in np.meshgrid(changes, SPECIAL))
    for options in POINTWISE_OPTIONS.get(record.name.removesuffix("_gradient"), [{}]):
        assert strays(record, {"dy": dy, "x": x}, options) == []


def seeded(shape, scale=1.0):
    return np.random.default_rng(sum(shape)).normal(size=shape) * scale


SHAPES = list(product((1, 2), (1, 3), (1, 2, 4)))


STAGED = [*ACTIVATIONS[-1:], *ACTIVATION_GRADIENTS[-1:], *SOFTMAXES[:2], *SOFTMAX_GRADIENTS[:2], *NORMS]


@pytest.mark.parametrize("record", STAGED, **ids)
def test_layers_stay_within_their_bound_on_all_small_shapes(record):
    for shape, scale in product(SHAPES, (1.0, 200.0)):
        sizes = {"N": shape[0], "C": shape[1], "n": shape[2]}
        arrays = {}
        for array in record.inputs:
            arrays[array.name] = seeded([sizes[str(axis)] for axis in array.axes], scale)
        if "var" in arrays:
            arrays["var"] = arrays["var"] ** 2
        for options in options_of(record):
            assert strays(record, arrays, options) == []


def options_of(record):
    keywords = {option.keyword for option in record.parameters}
    if "axis" in keywords:
        return [{"axis": -1}, {"axis": -2}]
    if "size" in keywords:
        return [{"size": size, "alpha": 1.0, "beta": beta} for size in (1, 2, 3, 5) for beta in (0.5, 0.75)]
    return [{}]


@pytest.mark.parametrize("record", [SOFTMAXES[2], SOFTMAX_GRADIENTS[2]], **ids)
def test_the_cross_entropy_stays_within_its_bound_at_every_label(record):
    for classes in (1, 2, 3):
        labels = np.arange(classes)
        for scale in (1.0, 300.0):
            arrays = {"dy": seeded([classes]), "logits": seeded((classes, classes), scale), "labels": labels}
            assert strays(record, {array.name: arrays[array.name] for array in record.inputs}, {}) == []


ROWS = [(0.0, INF), (INF, INF), (-INF, -INF), (1.0, -INF), (NAN, 0.0), (NAN, INF), (1e308, -1e308), (745.0, 0.0)]


@pytest.mark.parametrize("record", SOFTMAXES[:2], **ids)
@pytest.mark.parametrize("row", ROWS, ids=str)
def test_rows_with_infinities_and_nan_follow_the_convention(record, row):
    assert strays(record, {"x": np.array(row).reshape(1, 1, 2)}, {}) == []


@pytest.mark.parametrize("record", BATCH_NORMS[1:], **ids)
@pytest.mark.parametrize("value", [0.0, 0.1, 1e8, -3.0])
def test_a_constant_channel_is_normalised_to_zero(record, value):
    assert strays(record, {"x": np.full((3, 1, 1), value)}, {}) == []
    y, mean, var = enclosures(record, {"x": np.full((3, 1, 1), value)}, {})
    assert all(v.contains(0) for v in (*y.values, *var.values))
    assert mean.values[0].contains(arb(value))


@pytest.mark.parametrize("name", ["relu", "modulus", "relu_gradient", "modulus_gradient"])
def test_integers_are_exact(name):
    record = next(r for r in POINTWISE + POINTWISE_GRADIENTS if r.name == name)
    values = [grid.ravel() for grid in np.meshgrid(np.arange(-3, 4), [-(2**40), 0, 2**62])]
    arrays = dict(zip((a.name for a in record.inputs), values[::-1], strict=False))
    configuration = bind(record, {n: v.shape for n, v in arrays.items()}, {})
    (expected,) = integer_outputs(configuration, arrays)
    assert getattr(impl, name)(*arrays.values()).tolist() == expected.ravel().tolist()


PARTS = (-INF, -3.0, -0.0, 0.0, 4.0, 1e308)
NUMBERS = np.array([complex(a, b) for a, b in product(PARTS[1:], repeat=2)])


def test_complex_moduli_stay_within_their_bound():
    assert strays(next(r for r in POINTWISE if r.name == "modulus"), {"x": NUMBERS}, {}) == []


def test_gradients_of_complex_moduli_stay_within_their_bound():
    record = next(r for r in POINTWISE_GRADIENTS if r.name == "modulus_gradient")
    dy = np.linspace(-2, 2, len(NUMBERS))
    ((real, imaginary),) = enclosures(record, {"dy": dy, "x": NUMBERS}, {})
    (got,) = called(record, {"dy": dy, "x": NUMBERS}, {})
    for part, true in ((got.real, real), (got.imag, imaginary)):
        elements = zip(part.tolist(), true.values, true.bounds[FOUR_ULPS], true.states, strict=True)
        assert all(within(*element) for element in elements)


ILLEGAL = {
    "a row of no entries": ("softmax", {"x": (2, 3, 0)}, {}),
    "a column of no entries": ("softmax", {"x": (2, 0, 3)}, {"axis": -2}),
    "no such axis": ("log_softmax", {"x": (2, 3, 1)}, {"axis": 7}),
    "no class": ("cross_entropy", {"logits": (2, 0), "labels": (2,)}, {}),
    "labels of another length": ("cross_entropy", {"logits": (2, 3), "labels": (3,)}, {}),
    "no channel": ("prelu", {"x": (2, 0, 3), "slope": (0,)}, {}),
    "a slope too many": ("prelu", {"x": (2, 3, 1), "slope": (4,)}, {}),
    "no sample": ("batch_norm_training", {"x": (0, 2, 3)}, {}),
    "no position": ("batch_norm_training", {"x": (2, 2, 0)}, {}),
    "eps below 0": ("batch_norm", {"x": (1, 2, 1), "mean": (2,), "var": (2,)}, {"eps": -1.0}),
    "an infinite eps": ("batch_norm", {"x": (1, 2, 1), "mean": (2,), "var": (2,)}, {"eps": INF}),
    "a negative threshold": ("soft_threshold", {"x": (3,)}, {"threshold": -1.0}),
    "an infinite slope": ("leaky_relu", {"x": (3,)}, {"negative_slope": INF}),
    "a window of no channel": ("local_response_norm", {"x": (1, 2, 1)}, {"size": 0}),
    "operands of other shapes": ("relu_gradient", {"dy": (3,), "x": (4,)}, {}),
    "matrices that do not fit": ("linear", {"x": (2, 3), "w": (4, 2)}, {}),
    "no feature": ("linear", {"x": (2, 0), "w": (4, 0)}, {}),
}


@pytest.mark.parametrize("case", ILLEGAL.values(), ids=ILLEGAL)
def test_record_and_kernel_reject_the_same_calls(case):
    name, shapes, options = case
    record = next(r for r in LAYERS if r.name == name)
    with pytest.raises(IllegalCallError):
        bind(record, shapes, options)
    with pytest.raises(ValueError, match=f"^{name}: "):
        called(record, operands(record, {n: np.zeros(shape) for n, shape in shapes.items()}), options)


def test_an_empty_axis_is_legal_where_nothing_is_summed():
    for record in POINTWISE:
        options = POINTWISE_OPTIONS.get(record.name, [{}])[0]
        assert bind(record, {"x": (2, 0)}, options).output_shape == (1, 2, 0)


@pytest.mark.parametrize("record", POINTWISE_GRADIENTS, **ids)
def test_gradients_take_the_options_of_their_operator(record):
    forward = next(r for r in OPERATORS if r.name == record.name.removesuffix("_gradient"))
    assert record.parameters == forward.parameters


def test_letters_of_laws_are_no_letters_of_records():
    letters = {s for record in POINTWISE for stage in record.definition for s in stage.value.free_symbols}
    assert laws.VALUE not in letters


def test_an_illegal_call_goes_from_one_process_to_another_as_it_is():
    with pytest.raises(IllegalCallError) as caught:
        bind(operator("max_unpool1d"), {"x": (1, 1, 2), "indices": (1, 1, 2)}, {"output_size": 0})
    told = pickle.loads(pickle.dumps(caught.value))
    assert (str(told), told.code, told.values) == (str(caught.value), caught.value.code, caught.value.values)
