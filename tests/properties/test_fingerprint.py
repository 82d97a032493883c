"""What an unknown kernel follows: its conventions, algorithm class and precision, found from its answers alone."""

import json

import numpy as np
import pytest

from convoracle import impl
from convoracle.impl import backends
from convoracle.properties.fingerprint import UNDECIDED, fingerprint, fingerprint_of
from convoracle.properties.subject import Judged, in_process
from convoracle.spec.catalog import operator


def found(function, name, limits=None, seed=0):
    return fingerprint_of(Judged(name="f", record=operator(name), call=in_process(function), limits=limits), seed=seed)


def ours(name):
    return {convention.name: convention.ours for convention in operator(name).conventions}


# ---- kernels that are known ----


@pytest.mark.parametrize("name", ["convolve", "conv1d", "max_pool1d", "softmax"])
def test_our_kernels_follow_the_record(name):
    print_of = fingerprint(getattr(impl, name), name)
    differing = {c: a for c, a in print_of.conventions.items() if a not in (ours(name)[c], UNDECIDED)}
    assert set(differing) <= {"sign_of_zero"}  # stricter than the record asks, where it is
    assert list(print_of.conventions.values()).count(UNDECIDED) <= 1
    assert print_of.algorithm == "direct"
    assert print_of.precision.items() >= {"float32": "float32", "float64": "float64"}.items()
    assert (print_of.unexplained, print_of.declined) == ((), 0)


@pytest.mark.parametrize(
    ("library", "name"),
    [
        ("numpy", "convolve"),
        ("numpy", "correlate"),
        ("scipy.signal.convolve", "convolve"),
        ("scipy.signal.convolve2d", "correlate"),
    ],
)
def test_libraries_follow_what_their_adapters_declare(library, name):
    implementation = backends.load(library).operators[name]
    print_of = found(implementation.function, name, implementation.limits)
    assert print_of.conventions == {**ours(name), **implementation.conventions}
    assert print_of.declared == implementation.conventions
    assert (print_of.algorithm, print_of.unexplained) == (implementation.algorithm, ())


def test_a_convolution_by_transforms_is_found_out_and_so_is_its_precision():
    implementation = backends.load("scipy.signal.fftconvolve").operators["convolve"]
    print_of = found(implementation.function, "convolve", implementation.limits)
    assert print_of.algorithm == "fft"
    assert print_of.precision["float32"] == "float32"
    assert print_of.precision["float64"] == "float32"  # where one operand is float32: the finding of the README
    assert print_of.conventions["valid_order"] == "swapped"
    assert print_of.conventions["empty_operand"] == "empty"
    assert print_of.conventions["integer_overflow"] == UNDECIDED  # integers are not taken


# ---- planted answers ----


def swapped(x, h, *, mode="full"):
    if mode == "valid" and all(n <= k for n, k in zip(x.shape, h.shape, strict=True)):
        x, h = h, x
    return impl.convolve(x, h, mode=mode)


def empty(x, h, *, mode="full"):
    if 0 in x.shape + h.shape and x.ndim == h.ndim:
        return np.zeros(x.shape, np.result_type(x, h))
    return impl.convolve(x, h, mode=mode)


def multiplied(x, h, *, mode="full"):
    y = impl.convolve(x, h, mode=mode)
    return y if y.dtype.kind in "iu" or (np.all(np.isfinite(x)) and np.all(np.isfinite(h))) else np.full_like(y, np.nan)


def flushed(x, h, *, mode="full"):
    def flush(a):
        least = np.finfo(a.dtype).smallest_normal
        return np.where((a != 0) & (np.abs(a) < least), np.zeros((), a.dtype), a)

    def both(a):
        a = np.asarray(a)
        if a.dtype.kind == "c":
            return (flush(a.real) + 1j * flush(a.imag)).astype(a.dtype)
        return flush(a) if a.dtype.kind == "f" else a

    return both(impl.convolve(both(x), both(h), mode=mode))


def wrapped(x, h, *, mode="full"):
    if np.result_type(x, h).kind not in "iu":
        return impl.convolve(x, h, mode=mode)
    return ((exactly(x, h, mode) + 2**63) % 2**64 - 2**63).astype(np.int64)


def exactly(x, h, mode):
    """The convolution of integers as whole numbers of any size."""
    whole = np.zeros([n + k - 1 for n, k in zip(x.shape, h.shape, strict=True)], object)
    impl.convolve(np.zeros(x.shape), np.zeros(h.shape), mode=mode)  # refuses what is illegal
    for place in np.ndindex(h.shape):
        whole[tuple(slice(p, p + n) for p, n in zip(place, x.shape, strict=True))] += x.astype(object) * int(h[place])
    low = {"full": [0] * x.ndim, "same": [(k - 1) // 2 for k in h.shape], "valid": [k - 1 for k in h.shape]}[mode]
    shape = impl.convolve(np.zeros(x.shape), np.zeros(h.shape), mode=mode).shape
    return whole[tuple(slice(p, p + n) for p, n in zip(low, shape, strict=True))]


def narrow(x, h, *, mode="full"):
    common = np.result_type(x, h)
    if common.kind not in "iu":  # also of uint64 and int64
        return impl.convolve(x.astype(common), h.astype(common), mode=mode)
    y = exactly(x, h, mode)
    if y.size and (y.max() > np.iinfo(common).max or y.min() < np.iinfo(common).min):
        raise OverflowError("convolve: the result does not fit")
    return y.astype(common)


def centred(answer):
    def convolve(x, h, *, mode="full"):
        if mode != "same":
            return impl.convolve(x, h, mode=mode)
        impl.convolve(x, h, mode=mode)
        full = impl.convolve(x, h, mode="full")
        sizes = [max(n, k) if answer == "longer" else n for n, k in zip(x.shape, h.shape, strict=True)]
        shorter = [min(n, k) if answer == "longer" else k for n, k in zip(x.shape, h.shape, strict=True)]
        starts = [(k - 1) // 2 if answer == "longer" else k // 2 for k in shorter]
        return full[tuple(slice(s, s + n) for s, n in zip(starts, sizes, strict=True))]

    return convolve


PLANTED = {
    ("valid_order", "swapped"): swapped,
    ("empty_operand", "empty"): empty,
    ("padding_times_inf", "multiplied"): multiplied,
    ("subnormals", "flushed"): flushed,
    ("integer_overflow", "wrap"): wrapped,
    ("integer_dtype", "operands"): narrow,
    ("same_centre", "longer"): centred("longer"),
    ("same_centre", "later"): centred("later"),
}


def test_every_other_answer_of_a_convolution_is_planted():
    others = {(c.name, a) for c in operator("convolve").conventions for a in c.answers if a != c.ours}
    assert set(PLANTED) == others


@pytest.mark.parametrize(("name", "answer"), PLANTED, ids=["=".join(pair) for pair in PLANTED])
def test_a_planted_answer_is_found_and_no_other_is(name, answer):
    print_of = fingerprint(PLANTED[name, answer], "convolve")
    assert print_of.conventions == {**ours("convolve"), name: answer}
    assert print_of.declared == {name: answer}
    assert print_of.algorithm == "direct"
    assert print_of.unexplained == ()


def ignoring_nan(x, **options):
    return impl.max_pool1d(np.where(np.isnan(x), -np.inf, x).astype(x.dtype) if x.dtype.kind == "f" else x, **options)


def test_a_maximum_that_ignores_nan_is_told_from_one_that_propagates_it():
    conventions = fingerprint(ignoring_nan, "max_pool1d").conventions
    assert (
        conventions["nan"] == "ignored or compared"
    )  # which of the two, only values of NaN would tell: none are computed
    assert conventions["last_window"] == "inside"


def test_a_rectifier_that_makes_nan_zero_is_found():
    def relu(x):
        return np.where(x > 0, impl.relu(x), np.zeros((), impl.relu(x).dtype))

    conventions = fingerprint(relu, "relu").conventions
    assert (conventions["nan"], conventions["sign_of_zero"]) == ("zero", "positive")
    assert conventions["real_options"] == UNDECIDED  # it has none


def test_answers_that_only_the_record_refutes_are_named_together():
    def relu_gradient(dy, x):
        if np.result_type(dy, x).kind in "iu":
            return impl.relu_gradient(dy, x)
        return np.where((x == 0) & ~np.isnan(dy), dy, impl.relu_gradient(dy, x))

    print_of = fingerprint(relu_gradient, "relu_gradient")
    assert print_of.conventions["gradient_at_zero"] == "one or half"
    assert "gradient_at_zero" not in print_of.declared


# ---- kernels that are wrong ----


def test_what_no_answer_explains_is_listed():
    print_of = fingerprint(lambda x, h, *, mode="full": 2 * impl.convolve(x, h, mode=mode), "convolve")
    assert print_of.algorithm == "none"
    assert set(print_of.precision.values()) == {"none"}
    assert "value: exact on small integers" in print_of.unexplained


def test_calls_that_are_not_answered_are_counted():
    def one_axis(x, h, *, mode="full"):
        if x.ndim > 1:
            raise ValueError("one axis only")
        return impl.convolve(x, h, mode=mode)

    print_of = fingerprint(one_axis, "convolve")
    assert print_of.declined > 20
    assert print_of.conventions == ours("convolve")


def test_a_fingerprint_is_plain_data_and_the_same_again():
    first, again = (fingerprint(impl.relu, "relu", seed=3, name="rectifier").to_dict() for _ in range(2))
    assert first == again == json.loads(json.dumps(first)) | {"unexplained": ()}
    assert (first["subject"], first["operator"]) == ("rectifier", "relu")
