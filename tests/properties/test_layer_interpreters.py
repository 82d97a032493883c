"""The laws of layers hold for right functions, reject wrong ones, and say nothing where nothing follows from them."""

import numpy as np
import pytest
from sympy import Integer, Rational

from convoracle import impl
from convoracle.properties.interpreters import check_law
from convoracle.properties.layer_interpreters import transformed
from convoracle.properties.subject import Judged, in_process
from convoracle.spec.catalog import operator
from convoracle.spec.law_catalog import LAWS
from convoracle.spec.laws import Contraction, Gradient

CASES = 40
NAMED = {law.name: law for law in LAWS}


def judged(name, function, gradients=None, **declared):
    """Return a subject with one operator, and gradients by name."""
    gradients = gradients or {}

    def others(other):
        return judged(other, gradients[other]) if other in gradients else None

    return Judged(name="subject", record=operator(name), call=in_process(function), others=others, **declared)


def looked_at(subject, law, drawn, interpreter=check_law):
    """Return what a law says of a subject: True where it holds, False where it fails."""
    return [
        checked.failure is None
        for case in drawn(law.operator.name, CASES)
        for checked in interpreter(subject, case, law)
    ]


# ---- wrong functions, each the right one with one fault ----


def scaled(factor):
    return lambda right: lambda *arrays, **options: right(*arrays, **options) * factor


def shifted(amount):
    return lambda right: lambda *arrays, **options: right(*arrays, **options) + amount


def with_input(change):
    return lambda right: lambda x, *others, **options: right(change(x), *others, **options)


def with_option(keyword, value):
    return lambda right: lambda *arrays, **options: right(*arrays, **{**options, keyword: value})


def weighing_the_first_entry(right):
    def function(*arrays, **options):
        result = right(*arrays, **options)
        result.flat[0] *= 1.5
        return result

    return function


def without_subtracting_the_mean(right):
    def function(x, weight=None, bias=None, *, eps=1e-5):
        y, mean, var = right(x, weight, bias, eps=eps)
        return y + x, mean, var

    return function


TRANSFORMED = {
    "relu: a factor passes": shifted(1),
    "soft_threshold: a factor of x and of the threshold passes": with_option("threshold", 0.5),
    "sigmoid: the sigmoid of -x is one less that of x": scaled(1.01),
    "tanh: it is odd": with_input(np.abs),
    "softmax: a number added to all of x changes nothing": with_input(lambda x: x / 2 + np.sign(x)),
    "cross_entropy: a number added to all of logits changes nothing": with_input(np.abs),
    "batch_norm: a number added to all of x, mean changes nothing": with_input(np.abs),
    "batch_norm_training: a number added to all of x changes nothing": without_subtracting_the_mean,
    "max_pool2d: adding a number adds it to every maximum": scaled(2),
    "max_pool1d: it commutes with cubes": shifted(1),
}
CONTRACTED = {
    "relu: Lipschitz in x": scaled(1.01),
    "sigmoid: Lipschitz in x": with_input(lambda x: x * 1.125),
    "soft_threshold: Lipschitz in x": weighing_the_first_entry,
    "softmax: Lipschitz in x": scaled(4),
    "leaky_relu: Lipschitz in x": with_option("negative_slope", -4.0),
    "global_avg_pool: bounded in x by the largest entry": scaled(1.5),
    "max_pool1d: bounded in x by the Euclidean norm": scaled(3),
}
GRADIENTS = {
    "relu: gradient in x": with_input(lambda dy: dy + 1),
    "sigmoid: gradient in x": scaled(1.001),
    "leaky_relu: gradient in x": with_option("negative_slope", 4.0),
    "soft_threshold: gradient in x": scaled(2),
    "softmax: gradient in x": weighing_the_first_entry,
    "cross_entropy: gradient in logits": lambda right: lambda dy, *arrays: right(dy, *arrays) / len(dy),
    "max_pool2d: its gradient is max_pool2d_gradient": weighing_the_first_entry,
    "local_response_norm: gradient in x": with_option("alpha", 0.5),
}


def applied(law, wrapper):
    """Return the subject of a law with a fault in what the law is about."""
    name = law.operator.name
    if not isinstance(law, Gradient):
        return judged(name, wrapper(getattr(impl, name)))
    backward = law.gradient.name
    return judged(name, getattr(impl, name), {backward: wrapper(getattr(impl, backward))})


FAULTS = {**TRANSFORMED, **CONTRACTED, **GRADIENTS}


@pytest.mark.parametrize("name", FAULTS)
def test_a_law_holds_for_the_right_function_and_rejects_a_wrong_one(name, drawn):
    law = NAMED[name]
    holds = looked_at(applied(law, lambda right: right), law, drawn)
    assert len(holds) >= 3, f"{name} says something about {len(holds)} of {CASES} cases"
    assert all(holds)
    assert not all(looked_at(applied(law, FAULTS[name]), law, drawn))


def one_part_wrong(part, factor):
    def wrapper(right):
        def function(*arrays, **options):
            parts = list(right(*arrays, **options))
            parts[part] = parts[part] * factor
            return tuple(parts)

        return function

    return wrapper


@pytest.mark.parametrize("part", range(3))
def test_each_part_of_a_gradient_is_judged_by_its_own_law(part, drawn):
    letters = ("x", "weight", "bias")
    for k, wrt in enumerate(letters):
        law = NAMED[f"batch_norm_training: gradient in {wrt}"]
        holds = looked_at(applied(law, one_part_wrong(part, 1.5)), law, drawn)
        assert holds
        assert all(holds) == (k != part)


def test_a_divisor_of_the_gradient_must_be_that_of_the_pooling(drawn):
    law = Gradient(
        name="avg_pool1d: gradient in x",
        statement="The gradient spreads dy over its window.",
        operator=operator("avg_pool1d"),
        wrt="x",
        gradient=operator("avg_pool1d_gradient"),
    )
    holds = looked_at(applied(law, lambda right: right), law, drawn)
    assert holds
    assert all(holds)
    excluding = with_option("count_include_pad", False)
    assert not all(looked_at(applied(law, excluding), law, drawn))


# ---- a constant is as large as it needs to be, and no larger ----


@pytest.mark.parametrize(("constant", "holds"), [(Integer(1), True), (Rational(15, 16), False)])
def test_an_isometry_is_no_contraction_by_less_than_one(constant, holds, drawn):
    law = Contraction(
        name="relu: l2",
        statement="It does not expand.",
        operator=operator("relu"),
        wrt="x",
        constant=constant,
        norm="l2",
    )
    assert all(looked_at(judged("relu", lambda x: x.copy()), law, drawn)) == holds


# ---- how far results may stray ----


def nudged(right, ulps):
    def function(*arrays, **options):
        result = right(*arrays, **options)
        return (result * (1 + ulps * np.finfo(result.dtype).eps)).astype(result.dtype)

    return function


STRAYING = (
    "sigmoid: the sigmoid of -x is one less that of x",
    "sigmoid: gradient in x",
)


@pytest.mark.parametrize("name", STRAYING)
def test_errors_of_the_declared_class_pass_and_larger_ones_do_not(name, drawn):
    law = NAMED[name]
    assert all(looked_at(applied(law, lambda right: nudged(right, 1)), law, drawn))
    assert not all(looked_at(applied(law, lambda right: nudged(right, 256)), law, drawn))


def test_a_result_that_is_not_finite_breaks_the_law(drawn):
    law = NAMED["tanh: it is odd"]
    assert not any(looked_at(judged("tanh", lambda x: x * np.nan), law, drawn))


# ---- where a law says nothing ----


def test_nothing_is_said_where_intermediate_results_may_be_infinite(drawn):
    law = NAMED["softmax: a number added to all of x changes nothing"]
    by_definition = judged("softmax", impl.softmax, algorithm="direct")
    naive = judged("softmax", impl.softmax, algorithm="naive")
    said = [len(looked_at(subject, law, drawn, transformed)) for subject in (by_definition, naive)]
    assert 0 < said[1] < said[0]


def test_nothing_is_said_of_calls_that_are_not_supported(drawn):
    laws = ("tanh: it is odd", "tanh: Lipschitz in x")
    subject = judged("tanh", impl.tanh, limits=lambda shapes, dtypes, options: "not here")
    assert not [said for name in laws for said in looked_at(subject, NAMED[name], drawn)]


def test_nothing_is_said_of_calls_that_fail(drawn):
    def failing(*arrays, **options):
        raise RuntimeError("no")

    for name in ("tanh: it is odd", "tanh: Lipschitz in x", "tanh: gradient in x"):
        assert not looked_at(judged("tanh", failing, {"tanh_gradient": failing}), NAMED[name], drawn)


def test_nothing_is_said_of_a_gradient_that_the_subject_lacks(drawn):
    law = NAMED["tanh: gradient in x"]
    assert not looked_at(judged("tanh", impl.tanh), law, drawn)


def test_nothing_is_said_of_an_input_that_is_absent(drawn):
    law = NAMED["batch_norm: gradient in weight"]
    subject = applied(law, lambda right: right)
    without = [case for case in drawn("batch_norm", CASES) if "weight" not in case.shapes]
    assert without
    assert not [checked for case in without for checked in check_law(subject, case, law)]


@pytest.mark.parametrize("name", ["prelu: a factor passes", "prelu: gradient in x"])
def test_nothing_is_said_of_empty_arrays(name, drawn):
    subject = applied(NAMED[name], lambda right: right)
    empty = [case for case in drawn("prelu", CASES) if any(0 in shape for shape in case.shapes.values())]
    assert empty
    assert not [checked for case in empty for checked in check_law(subject, case, NAMED[name])]


# ---- what is told of a failure ----


def test_a_failure_tells_the_law_the_element_and_the_call(drawn):
    law = NAMED["relu: Lipschitz in x"]
    subject = applied(law, scaled(2))
    found = (checked for case in drawn("relu", CASES) for checked in check_law(subject, case, law) if checked.failure)
    failure = next(found).failure
    assert failure.law == law.name
    assert law.statement in failure.message
    assert "is off by" in failure.message
    assert set(failure.arrays) == {"x"}


def test_inputs_other_than_the_one_that_moves_stay(drawn):
    seen = []

    def recording(x, slope):
        seen.append((x.copy(), slope.copy()))
        return impl.prelu(x, slope)

    law = Contraction(
        name="prelu: x",
        statement="It is bounded.",
        operator=operator("prelu"),
        wrt="x",
        constant=Integer(1),
        norm="sup",
    )
    for case in drawn("prelu", CASES):
        seen.clear()
        list(check_law(judged("prelu", recording), case, law))
        if seen:
            (x, slope), (y, same) = seen
            assert np.array_equal(slope, same)
            assert x.size == 1 or not np.array_equal(x, y)
