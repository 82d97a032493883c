"""The class of precision that a verdict names: of convolutions computed in narrower formats than they say, within 20 cases."""

from itertools import product

import numpy as np
import pytest

from convoracle import impl
from convoracle.properties.check import check, survey
from convoracle.properties.error_classes import Explanations, error_classes
from convoracle.properties.subject import Judged, in_process
from convoracle.properties.verdict import Status
from convoracle.spec.catalog import operator

CASES = 20
CONVOLUTIONS = ("convolve", "conv1d", "conv2d")


def narrowed(values, precision):
    """Round to `precision` bits, to nearest; float32 ends in 16 bits more than bfloat16, 13 more than TF32."""
    bits = np.ascontiguousarray(values).view(np.uint32).astype(np.uint64)
    dropped = 24 - precision
    odd = (bits >> np.uint64(dropped)) & np.uint64(1)
    kept = (bits + np.uint64((1 << (dropped - 1)) - 1) + odd) >> np.uint64(dropped) << np.uint64(dropped)
    return np.where(np.isfinite(values), kept.astype(np.uint32).view(np.float32), values)


def in_tf32(name, *arrays, **options):
    return getattr(impl, name)(*(narrowed(a, 11) for a in arrays), **options)


def in_bfloat16(name, *arrays, **options):
    return narrowed(getattr(impl, name)(*(narrowed(a, 8) for a in arrays), **options), 8)


def with_float16_accumulator(name, *arrays, **options):
    """Every product is rounded to float16 and added to a sum in float16: the layer is one call per tap and channel."""
    x, w, *bias = arrays
    with np.errstate(all="ignore"):
        total = np.zeros(getattr(impl, name)(x, w, **options).shape, np.float16)
        if bias:
            total += bias[0].reshape(-1, *(1,) * (w.ndim - 2)).astype(np.float16)
        for place in product(*(range(n) for n in (w.shape if name == "convolve" else w.shape[1:]))):
            here = place if name == "convolve" else (slice(None), *place)
            tap = np.zeros_like(w)
            tap[here] = w[here]
            total += getattr(impl, name)(x, tap, **options).astype(np.float16)
    return total.astype(np.float32)


NARROW = {
    "TF32": in_tf32,
    "bfloat16": in_bfloat16,
    "float32 with a float16 accumulator": with_float16_accumulator,
}


def sold_as_float32(name, computed):
    """An implementation that computes float32 operands in some other way, and all others as they should be."""

    def function(*arrays, **options):
        if all(array.dtype == np.float32 for array in arrays):
            return computed(name, *arrays, **options)
        return getattr(impl, name)(*arrays, **options)

    return function


def examined(name, computed, seed, **declared):
    function = sold_as_float32(name, computed)
    judged = Judged(name="narrow", record=operator(name), call=in_process(function), **declared)
    return survey(judged, examples=CASES, seed=seed)


@pytest.fixture
def told_at_once(monkeypatch):
    """The counterexamples of these tests need not be small."""
    monkeypatch.setattr("convoracle.properties.generation.SHRINK_CASES", 1)


@pytest.mark.usefixtures("told_at_once")
@pytest.mark.parametrize("seed", [2, 3])
@pytest.mark.parametrize("precision", NARROW)
@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_a_narrower_convolution_is_rejected_and_named_within_twenty_cases(name, precision, seed):
    verdict = check(sold_as_float32(name, NARROW[precision]), name, examples=CASES, seed=seed)
    assert verdict.cases <= CASES
    assert verdict.status is Status.FAIL
    assert not verdict.ok
    assert verdict.precision["float32"] == verdict.to_dict()["precision"]["float32"] == precision
    assert verdict.precision["float64"] == "float64"
    assert f"the float32 results are explained by {precision} and the algorithm 'direct'" in verdict.reason


def losing_nan(name, *arrays, **options):
    """NaN and infinities of the operands become zeros."""
    return getattr(impl, name)(*(np.nan_to_num(a, posinf=0, neginf=0) for a in arrays), **options)


@pytest.mark.parametrize("name", ["conv1d", "softmax"])
def test_what_becomes_of_nan_is_a_fault_of_its_own_and_says_nothing_of_the_precision(name):
    examination = examined(name, losing_nan, 0)
    assert set(examination.failures) == {"value: NaN, infinities and zeros of both signs"}
    assert examination.explanations.precisions() == {"float32": "float32", "float64": "float64"} | (
        {"complex64": "float32", "complex128": "float64"} if name == "conv1d" else {}
    )
    assert not any("no class" in sentence for sentence in examination.explanations.sentences())


def test_a_class_that_explains_what_becomes_of_nan_too_comes_before_one_that_does_not():
    judged = Judged(name="narrow", record=operator("conv1d"), call=in_process(impl.conv1d))
    direct, *others = error_classes(judged, np.dtype("float32"))
    spreading = next(c for c in others if c.algorithm == "winograd_2_3")
    found = Explanations({"float32": [direct, spreading]}, {"float32": [spreading]})
    assert found.sentences() == ["the float32 results are explained by float32 and the algorithm 'winograd_2_3'"]
    assert Explanations({"float32": [direct, spreading]}, {"float32": []}).sentences() == []


@pytest.mark.parametrize("name", ["conv2d", "softmax", "max_pool1d", "dft"])
def test_right_kernels_have_the_precision_of_their_results(name):
    verdict = check(getattr(impl, name), name, examples=12)
    parts = {"complex64": "float32", "complex128": "float64"}
    assert verdict.precision == {dtype: parts.get(dtype, dtype) for dtype in verdict.precision}
    assert len(verdict.precision) >= 2
    assert "explained" not in verdict.reason


@pytest.mark.parametrize("name", ["softmax", "avg_pool1d", "max_pool1d"])
def test_layers_are_named_too(name):
    assert examined(name, in_tf32, 0).explanations.precisions()["float32"] == "TF32"


def test_a_float64_result_of_float32_accuracy_is_named():
    def function(x, h, *, mode="full"):
        y = impl.convolve(x.astype(np.float32), h.astype(np.float32), mode=mode)
        return y.astype(np.result_type(x, h))

    def limits(shapes, dtypes, options):
        return None if set(dtypes.values()) <= {"float32", "float64"} else "floats only"

    judged = Judged(name="narrow", record=operator("convolve"), call=in_process(function), limits=limits)
    with np.errstate(over="ignore"):
        found = survey(judged, examples=CASES).explanations.precisions()
    assert found == {"float32": "float32", "float64": "float32"}


def test_what_no_class_explains_is_said_to_be_so():
    def doubled(name, *arrays, **options):
        return 2 * getattr(impl, name)(*arrays, **options)

    explanations = examined("conv1d", doubled, 0).explanations
    assert explanations.precisions()["float32"] == "none"
    assert explanations.sentences() == ["no class of algorithms or precision explains the float32 results"]


@pytest.mark.parametrize("name", ["max_pool1d_with_indices", "max_pool1d_gradient"])
def test_wrong_values_whose_places_are_asked_for_are_explained_by_no_format(name):
    def doubled(name, *arrays, **options):
        found = getattr(impl, name)(*arrays, **options)
        return (2 * found[0], found[1]) if isinstance(found, tuple) else 2 * found

    assert examined(name, doubled, 0).explanations.precisions()["float32"] == "none"


def test_wrong_signs_are_explained_by_no_format():
    def mirrored(name, *arrays, **options):
        return -impl.soft_threshold(*arrays, **options)

    assert examined("soft_threshold", mirrored, 0).explanations.precisions()["float32"] == "none"


def test_the_declared_class_comes_first_and_the_widest_bound_last():
    judged = Judged(name="f", record=operator("conv2d"), call=in_process(impl.conv2d), algorithm="winograd_2_3")
    classes = error_classes(judged, np.dtype(np.float32))
    assert [c.algorithm for c in classes[:6]] == ["winograd_2_3", "pairwise", "direct", "gauss", "winograd_4_3", "fft"]
    assert [c.precision for c in classes[6:]] == [
        "TF32",
        "float32 with a float16 accumulator",
        "float16",
        "bfloat16",
    ]
    assert [c.declared for c in classes] == [True] + [False] * 9
    assert error_classes(judged, np.dtype(np.complex128))[6].precision == "float32"
