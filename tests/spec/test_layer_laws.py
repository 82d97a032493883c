"""Laws of layers: each is proved or exhausted, and what is false is not."""

from dataclasses import replace

import pytest
from sympy import Indexed, Integer, Rational, true

from convoracle.spec import small_calls, theorems_algorithms
from convoracle.spec.catalog import operator
from convoracle.spec.evidence import FAILED
from convoracle.spec.law_proofs import prove_law
from convoracle.spec.laws import AMOUNT, VALUE, Contraction, Gradient, Linear, Rearrangement, Transformed
from convoracle.spec.layer_laws import LAWS
from convoracle.spec.records import Stage
from convoracle.spec.symbols import ALPHA, BETA

RECORDS = sorted({law.operator for law in LAWS}, key=str)
BY_ENTRIES = {
    "softmax",
    "log_softmax",
    "cross_entropy",
    "prelu",
    "batch_norm",
    "batch_norm_training",
    "local_response_norm",
}


def law(name):
    return next(law for law in LAWS if law.name == name)


def laws_of(record):
    return [law for law in LAWS if law.operator is record]


@pytest.mark.parametrize("record", RECORDS, ids=str)
def test_every_law_is_proved_but_gradients_across_entries_which_are_exhausted(record):
    words = {law.name: prove_law(law).kind for law in laws_of(record)}
    across = {law.name for law in laws_of(record) if isinstance(law, Gradient) and record.name in BY_ENTRIES}
    assert words == {name: "exhausted" if name in across else "proved" for name in words}


@pytest.mark.parametrize("record", RECORDS, ids=str)
def test_every_record_obeys_two_laws_of_different_kinds(record):
    assert len({type(law) for law in laws_of(record)}) >= 2


def test_every_forward_record_has_its_gradient_and_every_gradient_its_operator():
    pairs = {(law.operator.name, law.gradient.name) for law in LAWS if isinstance(law, Gradient)}
    gradients = {record.name for record in RECORDS if record.name.endswith("_gradient")} - {
        "linear_input_gradient",
        "linear_weight_gradient",
    }
    assert {gradient for _, gradient in pairs} == gradients
    assert all(gradient == f"{name}_gradient" for name, gradient in pairs)


REVERSED = "reversing the {} reverses the result"
FALSE = {
    "a window of even size has two sides": replace(
        law("local_response_norm: " + REVERSED.format("channels")), when=true
    ),
    "entries reversed, the result not": replace(
        law("relu: " + REVERSED.format("last axis")),
        index=law("relu: " + REVERSED.format("last axis")).arrays["x"].letters,
    ),
    "dy reversed, x not": replace(
        law("tanh_gradient: " + REVERSED.format("last axis")),
        arrays={"dy": law("tanh_gradient: " + REVERSED.format("last axis")).arrays["dy"]},
    ),
    "channels reversed, their means not": replace(
        law("batch_norm: " + REVERSED.format("channels")),
        arrays={k: v for k, v in law("batch_norm: " + REVERSED.format("channels")).arrays.items() if k != "mean"},
    ),
    "the axis not exchanged": replace(law("softmax: the axis may be exchanged with another"), options={}),
    "items reversed, their labels not": replace(
        law("cross_entropy: " + REVERSED.format("items")),
        arrays={"logits": law("cross_entropy: " + REVERSED.format("items")).arrays["logits"]},
    ),
    "the sigmoid is odd": replace(law("sigmoid: the sigmoid of -x is one less that of x"), outer=-VALUE),
    "the rectifier is odd": replace(law("relu: a factor passes"), inner=-VALUE, outer=-VALUE),
    "any factor of x passes a threshold": replace(
        law("soft_threshold: a factor of x and of the threshold passes"), options={}
    ),
    "a shift of scores shifts the softmax": replace(
        law("softmax: a number added to all of x changes nothing"), outer=VALUE + AMOUNT
    ),
    "a factor of scores changes nothing": replace(
        law("softmax: a number added to all of x changes nothing"), inner=2**AMOUNT * VALUE
    ),
    "a shift of x alone changes nothing": replace(
        law("batch_norm: a number added to all of x, mean changes nothing"), others={}
    ),
    "eps does not see a factor": replace(
        law("batch_norm_training: a factor of x, its square of eps, change nothing"), options={}
    ),
    "alpha does not see the square": replace(
        law("local_response_norm: a factor passes if its square is taken off alpha"),
        options={"alpha": ALPHA / 2**AMOUNT},
    ),
    "the gradient of another function": replace(law("sigmoid: gradient in x"), gradient=operator("tanh_gradient")),
    "the gradient without the threshold": replace(
        law("soft_threshold: gradient in x"), gradient=operator("relu_gradient")
    ),
    "the gradient of the softmax for its logarithm": replace(
        law("log_softmax: gradient in x"), gradient=operator("softmax_gradient")
    ),
    "the gradient of the bias for that of the factor": replace(
        law("batch_norm_training: gradient in bias"), wrt="weight"
    ),
    "one gradient for another": replace(law("batch_norm: gradient in weight"), part=2),
    "linear in x": Linear(name="", statement="", operator=operator("softmax_gradient"), wrt="x"),
    "linear in what is compared": Linear(name="", statement="", operator=operator("relu_gradient"), wrt="x"),
    "affine is not linear": Linear(name="", statement="", operator=operator("batch_norm"), wrt="x"),
}


@pytest.mark.parametrize("wrong", FALSE.values(), ids=FALSE)
def test_what_is_false_is_not_shown(wrong):
    assert prove_law(wrong).kind in FAILED


CONTRACTIONS = [law for law in LAWS if isinstance(law, Contraction)]


@pytest.mark.parametrize("tight", CONTRACTIONS, ids=lambda law: law.name)
def test_no_smaller_constant_is_shown(tight):
    found = prove_law(replace(tight, constant=tight.constant * Rational(9, 10)))
    assert found.kind == "refuted"


GRADIENTS = [law for law in LAWS if isinstance(law, Gradient)]


def doubled(record):
    """The record with its first output twice as large."""
    stages = [
        Stage(s.target, 2 * s.value, s.extents) if str(s.target.base) == record.output.name else s
        for s in record.definition
    ]
    return replace(record, definition=tuple(stages), algorithms={})


@pytest.mark.parametrize("right", [law for law in GRADIENTS if not law.part], ids=lambda law: law.name)
def test_a_gradient_twice_as_large_is_refuted(right):
    assert prove_law(replace(right, gradient=doubled(right.gradient))).kind == "refuted"


@pytest.mark.parametrize("theorem", theorems_algorithms.THEOREMS, ids=lambda theorem: theorem.name)
def test_every_algorithm_computes_its_definition(theorem):
    assert theorem.prove().kind == ("proved" if theorem.name.startswith("the stages") else "exhausted")


def changed(name, algorithm, change):
    record = operator(name)
    stages = tuple(Stage(s.target, change(s.value), s.extents) for s in record.algorithms[algorithm])
    return replace(record, algorithms={algorithm: stages})


WRONG_ALGORITHMS = {
    "no exponent": ("local_response_norm", "exp_log", lambda value: value.subs(BETA, 1)),
    "a sum twice": ("log_softmax", "logsumexp", lambda value: 2 * value),
    "no weight": (
        "batch_norm",
        "folded",
        lambda value: value.xreplace({e: Integer(1) for e in value.atoms(Indexed) if str(e.base) == "weight"}),
    ),
}


@pytest.mark.parametrize("case", WRONG_ALGORITHMS.values(), ids=WRONG_ALGORITHMS)
def test_an_algorithm_that_computes_something_else_is_told_apart(case):
    name, algorithm, change = case
    wrong = changed(name, algorithm, change)
    calls = small_calls.small_calls(operator(name))
    assert not all(theorems_algorithms.same_results(wrong, algorithm, call) for call in calls)


def test_laws_name_the_rows_of_the_seeds_that_they_state():
    rows = {row for law in LAWS for row in law.rows}
    assert rows >= {"K-act", "M14", "M-thr", "M-norm", "K-out", "U1", "K11"}
    kinds = {
        kind: sum(isinstance(law, kind) for law in LAWS) for kind in (Rearrangement, Transformed, Contraction, Gradient)
    }
    assert all(kinds.values())
