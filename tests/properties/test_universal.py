"""Every universal law rejects a wrong kernel, and none rejects a right one."""

import numpy as np
import pytest

from convoracle import impl
from convoracle.properties.check import survey
from convoracle.properties.subject import Judged, in_process
from convoracle.spec.catalog import OPERATORS, operator
from convoracle.spec.law_catalog import laws_of


def surveyed(function, name, examples=50, **declared):
    return survey(
        Judged(name="subject", record=operator(name), call=in_process(function), **declared), examples=examples
    )


def ours(name):
    """Another operator of our own kernels, as the laws that connect two of them need it."""
    return Judged(name="subject", record=operator(name), call=in_process(getattr(impl, name)), others=ours)


def failed(function, name, **options):
    """Names of the laws that a function breaks."""
    return {law for law, tally in surveyed(function, name, **options).tallies.items() if tally.failed}


# ---- wrong kernels: each takes the right one and returns the wrong one ----


def result(change):
    """Return the wrapper that changes what the right kernel returns."""
    return lambda right: lambda *arrays, **options: change(right(*arrays, **options))


def operand(change):
    """Return the wrapper that changes the first operand."""
    return lambda right: lambda x, *others, **options: right(change(x), *others, **options)


def writes_its_input(right):
    def kernel(x, *others, **options):
        y = right(x, *others, **options)
        if x.size and x.flags.writeable:
            x[(0,) * x.ndim] += 1
        return y

    return kernel


def with_whole_strides(right):
    def kernel(*arrays, stride=1, **options):
        return right(*arrays, stride=int(stride) if isinstance(stride, float) else stride, **options)

    return kernel


def adds_to_the_result_before(right):
    sums = {}

    def kernel(*arrays, **options):
        y = right(*arrays, **options)
        sums[y.shape, y.dtype] = sums.get((y.shape, y.dtype), 0) + y
        return sums[y.shape, y.dtype].copy()

    return kernel


def reuses_its_buffer(right):
    buffers = {}

    def kernel(*arrays, **options):
        y = right(*arrays, **options)
        buffer = buffers.setdefault((y.shape, y.dtype), np.empty_like(y))
        buffer[...] = y
        return buffer

    return kernel


def reads_memory_as_it_lies(x):
    """Take a Fortran-ordered array for a C-ordered one."""
    return x.T.reshape(x.shape) if x.flags.f_contiguous and x.ndim > 1 else x


def mixes_the_batch(right):
    def kernel(x, *others, **options):
        y = right(x, *others, **options)
        return y + (y[:1] if len(y) > 1 else 0)

    return kernel


def breaks_on_an_empty_batch(right):
    def kernel(x, *others, **options):
        if not len(x):
            raise IndexError("index 0 is out of bounds")
        return right(x, *others, **options)

    return kernel


def accepts_everything(right):
    def kernel(x, *others, **options):
        try:
            return right(x, *others, **options)
        except (TypeError, ValueError):
            return np.zeros(1)

    return kernel


def stumbles_over_illegal_calls(right):
    def kernel(x, *others, **options):
        try:
            return right(x, *others, **options)
        except (TypeError, ValueError):
            raise ZeroDivisionError("integer modulo by zero") from None

    return kernel


def refuses_dilation(right):
    def kernel(x, *others, dilation=1, **options):
        if np.any(np.asarray(dilation) > 1):
            raise NotImplementedError("dilation")
        return right(x, *others, dilation=dilation, **options)

    return kernel


def second_axis_moves_by_the_first_stride(right):
    def kernel(x, *others, stride=1, **options):
        first = stride[0] if isinstance(stride, tuple) else stride
        y, s = right(x, *others, stride=stride, **options), (stride if isinstance(stride, tuple) else (stride, stride))
        if s[1] == first or y.shape[3] < 2:
            return y
        wide = right(x, *others, stride=(first, 1), **options)
        picked = np.minimum(first * np.arange(y.shape[3]), wide.shape[3] - 1)
        return wide[..., picked]

    return kernel


def reads_one_too_early(right):
    return lambda x, *others, **options: right(np.roll(x, 1, axis=-1), *others, **options)


def sums_in_float16(right):
    def kernel(*arrays, **options):
        y = right(*arrays, **options)
        with np.errstate(all="ignore"):
            narrow = y.astype(np.float16).astype(y.dtype) if y.dtype.kind == "f" else y
        return np.where(np.isfinite(narrow) & (abs(y) > 1e-4) & (y != np.rint(y)), narrow, y)

    return kernel


def works_in_float32(right):
    def kernel(*arrays, **options):
        y = right(*(a.astype(np.float32) for a in arrays), **options)
        whole = all(a.dtype.kind in "iu" for a in arrays)
        with np.errstate(all="ignore"):
            return y.astype(np.int64 if whole else np.result_type(*(a.dtype for a in arrays)))

    return kernel


def flushes(y):
    least = np.finfo(y.dtype).smallest_normal if y.dtype.kind in "fc" else 0
    return np.where(abs(y) < least, 0, y).astype(y.dtype)


def saturates(y):
    top = np.finfo(y.dtype).max / 2 if y.dtype.kind in "fc" else 0
    return np.clip(y, -top, top) if y.dtype.kind == "f" else y


def takes_three_axes(right):
    def kernel(x, *others, **options):
        if x.ndim > 3:
            raise ValueError("x must have at most 3 axes")
        return right(x, *others, **options)

    return kernel


FAULTS = {
    "shape": ("conv2d", result(lambda y: y[..., :-1])),
    "dtype": ("conv1d", result(lambda y: y.astype(np.complex128))),
    "inputs unchanged": ("conv1d", writes_its_input),
    "same call, same result": ("conv1d", adds_to_the_result_before),
    "no state between calls": ("conv1d", adds_to_the_result_before),
    "results are kept": ("conv2d", reuses_its_buffer),
    "memory layout": ("conv2d", operand(reads_memory_as_it_lies)),
    "batch independence": ("conv1d", mixes_the_batch),
    "zero-size": ("conv1d", breaks_on_an_empty_batch),
    "accepts legal calls": ("conv2d", refuses_dilation),
    "value: exact on small integers": ("conv2d", second_axis_moves_by_the_first_stride),
    "value: within the rounding bound": ("conv1d", sums_in_float16),
    "value: NaN, infinities and zeros of both signs": ("conv1d", result(lambda y: np.nan_to_num(y))),
    "value: subnormal operands": ("conv1d", result(flushes)),
    "value: near overflow": ("conv1d", result(saturates)),
    "value: integer dtypes are exact": ("conv1d", works_in_float32),
    "more axes": ("relu", takes_three_axes),
    "rejection: stride": ("conv1d", with_whole_strides),
}
"""A law, and a kernel that breaks it."""


@pytest.mark.parametrize("law", FAULTS)
def test_each_law_rejects_a_wrong_kernel(law):
    name, wrong = FAULTS[law]
    assert law in failed(wrong(getattr(impl, name)), name, examples=200)


def keeps_the_first_stride(right):
    strides = {}

    def kernel(*arrays, stride=1, **options):
        return right(*arrays, stride=strides.setdefault(tuple(a.shape for a in arrays), stride), **options)

    return kernel


def test_what_is_kept_by_shapes_only_is_seen_when_an_option_changes():
    examination = surveyed(keeps_the_first_stride(impl.conv1d), "conv1d", examples=60)
    assert "shape" in examination.failures


# ---- conventions on NaN ----


def test_where_only_nan_is_answered_otherwise_infinities_are_judged_all_the_same():
    declared = {"conventions": {"nan": "ignored"}}
    assert not surveyed(losing(np.isnan), "max_pool1d", **declared).failures
    assert (
        "value: NaN, infinities and zeros of both signs"
        in surveyed(losing(np.isposinf), "max_pool1d", **declared).failures
    )


def losing(these):
    """Return a maximum that does not see some entries."""

    def kernel(x, **options):
        seen = np.where(these(x), -np.inf, x).astype(x.dtype) if x.dtype.kind == "f" else x
        return impl.max_pool1d(seen, **options)

    return kernel


# ---- wrong layers: functions, selections, several results ----


def first_result(change):
    """Return the wrapper that changes the first of several results."""

    def wrapper(right):
        def kernel(*arrays, **options):
            first, *rest = right(*arrays, **options)
            return (change(first), *rest)

        return kernel

    return wrapper


def last_result(change):
    def wrapper(right):
        def kernel(*arrays, **options):
            *rest, last = right(*arrays, **options)
            return (*rest, change(last))

        return kernel

    return wrapper


def of_softmax(value):
    """Return a kernel of the softmax family that computes `value` of the numbers along the axis."""
    return lambda right: lambda x, *, axis=-1: np.asarray(value(x, axis), x.dtype) if x.size else right(x, axis=axis)


def naive_softmax(x, axis):
    with np.errstate(all="ignore"):
        return np.exp(x) / np.exp(x).sum(axis=axis, keepdims=True)


def without_nan(right):
    return lambda x, **options: right(np.nan_to_num(x, nan=-np.inf) if x.dtype.kind == "f" else x, **options)


def with_option(keyword, value):
    return lambda right: lambda *arrays, **options: right(*arrays, **{**options, keyword: value})


def keeps_its_indices(right):
    """Write the indices of every call into the array that the call before returned."""
    kept = {}

    def kernel(*arrays, **options):
        y, indices = right(*arrays, **options)
        buffer = kept.setdefault(indices.shape, np.empty_like(indices))
        buffer[...] = indices
        return y, buffer

    return kernel


def statistics_of_the_batch(right):
    """Normalise by the mean of the batch, not by the one that is given."""

    def kernel(x, mean, *others, **options):
        return right(x, x.mean(axis=(0, 2), dtype=x.dtype).astype(mean.dtype) if x.size else mean, *others, **options)

    return kernel


LAYER_FAULTS = {
    "one result of two": ("shape", "max_pool1d_with_indices", result(lambda outputs: outputs[0])),
    "statistics of another shape": ("shape", "batch_norm_training", last_result(lambda var: var[None])),
    "narrow indices": ("dtype", "max_pool2d_with_indices", last_result(lambda indices: indices.astype(np.int32))),
    "indices one too far": (
        "value: exact on small integers",
        "max_pool1d_with_indices",
        last_result(lambda indices: indices + 1),
    ),
    "kept indices": ("results are kept", "max_pool1d_with_indices", keeps_its_indices),
    "the unbiased variance": (
        "value: within the rounding bound",
        "batch_norm_training",
        last_result(lambda var: var * var.dtype.type(1.25)),
    ),
    "padding that counts": ("value: exact on small integers", "avg_pool1d", with_option("count_include_pad", True)),
    "the floor of window counts": ("shape", "max_pool2d", with_option("ceil_mode", False)),
    "maxima without NaN": ("value: NaN, infinities and zeros of both signs", "max_pool1d", without_nan),
    "exponentials that overflow": ("value: near overflow", "softmax", of_softmax(naive_softmax)),
    "float16 inside": (
        "value: within the rounding bound",
        "softmax",
        result(lambda y: y.astype(np.float16).astype(y.dtype)),
    ),
    "statistics of the batch": ("batch independence", "batch_norm", statistics_of_the_batch),
    "subnormals flushed": ("value: subnormal operands", "modulus", result(flushes)),
    "integers through float32": ("value: integer dtypes are exact", "relu", works_in_float32),
    "a changed input": ("inputs unchanged", "sigmoid", writes_its_input),
}
"""What is wrong with a layer: the law that finds it, the operator, and the wrapper."""


@pytest.mark.parametrize("what", LAYER_FAULTS)
def test_wrong_layers_are_rejected_by_the_law_that_is_there_for_it(what):
    law, name, wrong = LAYER_FAULTS[what]
    assert law in failed(wrong(getattr(impl, name)), name)


@pytest.mark.parametrize("change", [lambda y: y + 1, lambda y: y * 0], ids=["plus one", "nothing"])
@pytest.mark.parametrize("place", [first_result, last_result], ids=["first", "last"])
def test_every_result_of_several_is_judged(place, change):
    assert "value: within the rounding bound" in failed(
        place(change)(impl.batch_norm_training_gradient), "batch_norm_training_gradient", examples=10
    )


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("conv1d", reads_one_too_early),
        ("conv1d", result(lambda y: -y)),
        ("convolve", operand(np.flip)),
        ("conv3d", result(np.flip)),
    ],
)
def test_wrong_values_of_any_kind_are_rejected(name, wrong):
    assert "value: exact on small integers" in failed(wrong(getattr(impl, name)), name, examples=30)


def test_a_wrong_rank_may_be_refused_by_taking_the_shape_apart():
    def plain(x, *others, **options):
        _batch, _channels, _samples = x.shape
        return impl.conv1d(x, *others, **options)

    assert not failed(plain, "conv1d", examples=15)


@pytest.mark.parametrize("wrong", [accepts_everything, stumbles_over_illegal_calls])
@pytest.mark.parametrize(
    "name",
    [
        *("conv1d", "conv_transpose1d", "conv2d_input_gradient", "convolve"),
        *("max_pool1d", "avg_pool1d_gradient", "max_unpool1d", "adaptive_avg_pool1d", "softmax", "cross_entropy"),
        *("leaky_relu", "linear", "batch_norm", "local_response_norm"),
    ],
)
def test_every_rule_that_a_call_can_break_is_seen_rejecting(name, wrong):
    rules = {rule.code for rule in operator(name).requires} - IMPLIED.get(name, set())
    rules = {rule.rstrip("_0123456789") for rule in rules} | {p.keyword for p in operator(name).parameters}
    rules |= set() if operator(name).more_axes else {"rank"}
    rules |= {f"{array.name}_in_range" for array in operator(name).inputs if array.below is not None}
    # an empty signal fits no window of a pool, unless as wide as the padding on both sides
    examples = 200 if name == "max_pool1d" else 50
    assert {f"rejection: {rule}" for rule in rules} <= failed(wrong(getattr(impl, name)), name, examples=examples)


IMPLIED = {"conv_transpose1d": {"groups_divide_O"}, "conv2d_input_gradient": {"groups_divide_C"}}
"""Rules that no call can break: the number of channels is that of the filters, C/G or O/G, times the groups."""


def test_a_fault_of_memory_fails_its_own_law_only():
    assert failed(writes_its_input(impl.conv1d), "conv1d") == {"inputs unchanged"}
    assert failed(reuses_its_buffer(impl.conv2d), "conv2d") == {"results are kept"}


@pytest.mark.parametrize("record", OPERATORS, ids=str)
def test_right_kernels_break_no_law_and_every_law_that_they_are_held_to_can_fail(record):
    examples = 70 if record.sums_products else 40  # layers have more options, and laws that speak of few of them
    examination = surveyed(getattr(impl, record.name), record.name, examples=examples, others=ours)
    assert not examination.failures
    own = {law.name for law in laws_of(record)}
    universal = {law for law, tally in examination.tallies.items() if tally.checked} - own
    assert {law for law in universal if not law.startswith("rejection: ")} <= set(FAULTS)
    values = {law for law in FAULTS if law.startswith("value")}
    assert universal >= values - (set() if "integer" in record.numbers else {"value: integer dtypes are exact"})
    assert ("more axes" in universal) == bool(record.more_axes)
    assert own <= set(examination.tallies)


@pytest.mark.parametrize("what", [None, [1.0], 1.0, np.float64(1), np.ma.ones((1, 1, 1))])
def test_results_that_are_no_arrays_are_wrong_in_shape(what):
    assert "shape" in failed(lambda *arrays, **options: what, "conv1d", examples=5)


def test_warnings_of_a_subject_are_not_errors():
    def noisy(x, h, *, mode="full"):
        np.float64(1) / np.float64(0)
        return impl.convolve(x, h, mode=mode)

    assert not failed(noisy, "convolve", examples=20)


def test_integers_beyond_int64_may_be_refused_but_no_others():
    def timid(x, h, *, mode="full"):
        if x.dtype.kind in "iu" and h.dtype.kind in "iu":
            raise OverflowError
        return impl.convolve(x, h, mode=mode)

    assert "accepts legal calls" in failed(timid, "convolve")
