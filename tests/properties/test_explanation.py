"""How a failure is explained: the terms of the wrong element, the wrong definition that it looks like, a script that runs."""

import subprocess
import sys

import numpy as np
import pytest

from convoracle import impl
from convoracle.properties.case import Case
from convoracle.properties.explanation import diagnosis, explain
from convoracle.properties.results import judge_value
from convoracle.properties.subject import Judged, in_process
from convoracle.properties.universal import Failure
from convoracle.spec.catalog import operator
from convoracle.spec.configuration import bind


def explained(name, kernel, arrays, **options):
    """Return the finding of the wrong values that a kernel gives for arrays."""
    judged, failure = failing(name, kernel, arrays, options)
    return explain(judged, failure, 1)


def failing(name, kernel, arrays, options):
    record = operator(name)
    shapes = {given: array.shape for given, array in arrays.items()}
    case = Case(
        configuration=bind(record, shapes, options),
        shapes=shapes,
        options=options,
        dtypes={given: str(array.dtype) for given, array in arrays.items()},
        layouts=dict.fromkeys(arrays, "contiguous"),
        families=("integers",),
        seed=3,
    )
    reference = f"convoracle.impl:{name}"
    judged = Judged(name="f", record=record, call=in_process(kernel), reference=reference)
    value = kernel(*arrays.values(), **options)
    mismatch = judge_value(judged, case, arrays, value).mismatch
    assert mismatch is not None
    return judged, Failure("value: exact on small integers", "wrong", case, arrays, options, mismatch)


def line(*values):
    return np.array(values, np.float64).reshape(1, 1, -1)


# ---- terms ----


def test_a_maximum_lists_the_samples_of_its_window_and_those_that_the_subject_compares():
    def one_late(x, **options):
        return impl.max_pool1d(np.roll(x, -1, axis=2), **options)

    finding = explained("max_pool1d", one_late, {"x": line(5, 1, 2, 3)}, kernel_size=2)
    assert finding.terms == (
        "should compare: x[0, 0, 0]; x[0, 0, 1]",
        "does compare: x[0, 0, 1]; x[0, 0, 2]",
    )


def test_samples_in_the_padding_do_not_exist():
    finding = explained(
        "max_pool1d", lambda x, **o: impl.max_pool1d(x, **o) + 1, {"x": line(5, 1)}, kernel_size=2, padding=1
    )
    assert finding.terms[0] == "should compare: x[0, 0, 0]"


def test_an_average_says_what_its_sum_is_divided_by():
    def counted(x, *, count_include_pad, **options):
        return impl.avg_pool1d(x, **options)

    call = {"kernel_size": 3, "padding": 1, "count_include_pad": False}
    finding = explained("avg_pool1d", counted, {"x": line(6, 12, 18)}, **call)
    assert finding.terms == (
        "should sum: x[0, 0, 0]; x[0, 0, 1], divided by 2",
        "does sum: x[0, 0, 0]; x[0, 0, 1], divided by 3",
    )


def test_unequal_weights_are_told_one_by_one():
    def weighed(x):
        return (x * np.array([1.0, 0.5, 0.25])).sum(axis=2)

    finding = explained("global_avg_pool", weighed, {"x": line(9, 9, 9)})
    assert finding.terms == (
        "should sum: x[0, 0, 0]; x[0, 0, 1]; x[0, 0, 2], divided by 3",
        "does sum: x[0, 0, 0]; 0.5 * x[0, 0, 1]; 0.25 * x[0, 0, 2]",
    )


def test_the_gradient_of_a_maximum_sums_the_windows_whose_maximum_is_there():
    def overwritten(dy, x, **options):
        return np.minimum(impl.max_pool1d_gradient(dy, x, **options), 1)

    arrays = {"dy": line(1, 1, 1), "x": line(0, 5, 1, 2)}
    finding = explained("max_pool1d_gradient", overwritten, arrays, kernel_size=2, stride=1)
    assert finding.terms[0] == "should sum: dy[0, 0, 0]; dy[0, 0, 1]"


@pytest.mark.parametrize(
    ("name", "arrays", "read"),
    [
        ("relu", {"x": line(1, 2)}, "x[0, 0, 0]"),
        ("softmax", {"x": line(1, 2)}, "x[0, 0, 0]; x[0, 0, 1]"),
        ("relu_gradient", {"dy": line(1), "x": line(2)}, "dy[0, 0, 0]; x[0, 0, 0]"),
        ("prelu", {"x": line(1, -2), "slope": np.ones(1)}, "slope[0]; x[0, 0, 0]"),
        ("cross_entropy", {"logits": np.ones((1, 2)), "labels": np.array([1])}, "logits[0, 0]; logits[0, 1]"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_sum_lists_the_entries_that_it_reads(name, arrays, read):
    finding = explained(name, lambda *given, **o: getattr(impl, name)(*given, **o) + 1, arrays)
    assert finding.terms == (f"should read: {read}",)


def test_a_long_list_of_terms_is_cut():
    finding = explained("global_max_pool", lambda x: x.sum(axis=2) + 99, {"x": line(*range(50))})
    assert finding.terms[0].endswith("; and 10 more")


# ---- results in a tuple ----


def test_the_wrong_output_is_named_and_the_script_looks_at_it():
    def from_one(x, **options):
        y, indices = impl.max_pool1d_with_indices(x, **options)
        return y, np.minimum(indices + 1, x.shape[2] - 1)

    finding = explained("max_pool1d_with_indices", from_one, {"x": line(5, 1)}, kernel_size=2)
    assert finding.terms == ("should compare (output indices): x[0, 0, 0]; x[0, 0, 1]",)
    assert "got[1].reshape((1, 1, 1))[0, 0, 0]" in finding.script
    assert ran(finding.script).split() == ["got", "0", "expected", "0", "within", "0.0"]


def test_the_script_of_statistics_runs():
    def unbiased(x, weight=None, bias=None, *, eps=1e-5):
        y, mean, var = impl.batch_norm_training(x, weight, bias, eps=eps)
        return y, mean, 2 * var

    finding = explained("batch_norm_training", unbiased, {"x": line(1, 5)})
    assert finding.terms[0].startswith("should read (output var): ")
    assert ran(finding.script).split()[:2] == ["got", finding.expected]


def ran(script):
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


# ---- diagnosis ----


def test_a_fault_that_shows_with_equal_entries_only_is_diagnosed():
    def last(x, **options):
        flipped = np.ascontiguousarray(x[..., ::-1])
        y, indices = impl.max_pool1d_with_indices(flipped, **options)
        return y[..., ::-1].copy(), x.shape[2] - 1 - indices[..., ::-1]

    finding = explained("max_pool1d_with_indices", last, {"x": line(1, 1, 2, 2)}, kernel_size=2)
    assert finding.diagnosis == ("as if the last of equal samples were the maximum",)


def test_a_right_kernel_has_no_diagnosis():
    judged, failure = failing("softmax", lambda x: impl.softmax(x) * 2, {"x": line(1, 2, 3)}, {})
    right = Judged(name="f", record=judged.record, call=in_process(impl.softmax))
    assert diagnosis(right, failure) == []


def test_answers_of_another_shape_have_no_diagnosis():
    judged, failure = failing("relu", lambda x: impl.relu(x) * 2, {"x": line(1, 2, 3)}, {})
    shorter = Judged(name="f", record=judged.record, call=in_process(lambda x: x[..., :-1]))
    assert diagnosis(shorter, failure) == []
