"""Every method of proof confirms something true and refutes something false; evidence cannot be typed."""

import re
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from sympy import (
    Abs,
    Eq,
    Equivalent,
    Ge,
    Gt,
    Indexed,
    Integer,
    Le,
    Lt,
    Max,
    Min,
    Mod,
    Piecewise,
    Symbol,
    ceiling,
    floor,
    symbols,
    true,
)

from convoracle.spec import evidence, relations
from convoracle.spec.catalog import operator
from convoracle.spec.convolution import CONV1D, CONV2D
from convoracle.spec.evidence import (
    Claim,
    Theorem,
    certify,
    exhaust,
    for_all,
    identity,
    prove_by_form,
    statement_sha256,
    weakest,
)
from convoracle.spec.law_catalog import LAWS
from convoracle.spec.law_proofs import prove_law
from convoracle.spec.laws import Adjoint, Associative, Linear, Rearrangement
from convoracle.spec.logic import Obligation, decide
from convoracle.spec.records import Stage
from convoracle.spec.relations import RelationError
from convoracle.spec.signal import CONVOLVE, CORRELATE
from convoracle.spec.theorems import THEOREMS, prove, prove_all
from convoracle.spec.theorems_sizes import EXTENT, SIZED, WINDOWS, A

a, b, n = symbols("a b n", integer=True)
CLAIM = Claim(name="claim", statement="", formula=Eq(a, b))


def law(name):
    return next(law for law in LAWS if law.name == name)


def fits(length):
    return Le(A.s * A.t + EXTENT, length)


SIZE_FALSEHOODS = {
    "one window too many": Lt(A.t, WINDOWS + 1),
    "no window counted at the end": Lt(A.t, WINDOWS - 1),
    "dilation forgotten": Lt(A.t, WINDOWS.xreplace({A.d: Integer(1)})),
    "padding after forgotten": Lt(A.t, WINDOWS.xreplace({A.q: Integer(0)})),
    "rounded up": Lt(A.t, Max(0, ceiling((A.n + A.p + A.q - EXTENT) / A.s) + 1)),
}


@pytest.mark.parametrize("wrong", SIZE_FALSEHOODS.values(), ids=SIZE_FALSEHOODS)
def test_a_wrong_size_is_refuted(wrong):
    found = for_all("", "", (), Obligation("", (*SIZED, Ge(A.t, 0)), Equivalent(fits(A.n + A.p + A.q), wrong))).prove()
    assert found.kind == "refuted"
    assert "n = " in found.counterexample


def shifted(index, by=1):
    return (*index[:-1], index[-1] + by)


def with_placement(name, **changes):
    def change(of):
        return replace(of, arrays={**of.arrays, name: replace(of.arrays[name], **changes)})

    return change


FALSE_REARRANGEMENTS = {
    "output one place on": ("conv1d: stride keeps every s-th output", lambda r: replace(r, index=shifted(r.index))),
    "stride kept": ("conv1d: stride keeps every s-th output", lambda r: replace(r, options={})),
    "filter not stuffed": (
        "conv1d: dilation is a zero-stuffed filter",
        lambda r: with_placement("w", index=r.arrays["w"].letters)(r),
    ),
    "filter too long": (
        "conv2d: dilation is a zero-stuffed filter",
        lambda r: with_placement("w", extents=shifted(r.arrays["w"].extents))(r),
    ),
    "two taps in one place": (
        "conv1d: dilation is a zero-stuffed filter",
        lambda r: with_placement("w", index=(*r.arrays["w"].index[:-1], Integer(0)))(r),
    ),
    "group offset of another group": (
        "conv1d: groups are a block-diagonal filter bank",
        lambda r: with_placement("w", index=r.arrays["w"].letters)(r),
    ),
    "padding on the wrong side": (
        "conv1d: zero padding is an explicit border of zeros",
        lambda r: with_placement("x", index=tuple(e.xreplace({A.p: A.q}) for e in r.arrays["x"].index))(r),
    ),
    "every padding mode": ("conv1d: zero padding is an explicit border of zeros", lambda r: replace(r, words={})),
    "a sample left over": ("conv1d: reversing signal and filter reverses the output", lambda r: replace(r, when=true)),
    "padding not exchanged": (
        "conv1d: reversing signal and filter reverses the output",
        lambda r: replace(r, options={}),
    ),
    "strides not exchanged": (
        "conv2d: exchanging two axes exchanges them everywhere",
        lambda r: replace(r, options={k: v for k, v in r.options.items() if k != "stride"}),
    ),
    "any shift": (
        "conv1d: cyclic shifts by the stride shift the output",
        lambda r: replace(r, words={"padding_mode": "zeros"}),
    ),
    "several groups": ("conv1d: the order of input channels does not matter", lambda r: replace(r, when=true)),
    "one channel on": (
        "conv1d: the order of input channels does not matter",
        lambda r: with_placement("w", index=r.arrays["w"].letters)(r),
    ),
    "correlation commutes": ("convolve: it commutes", lambda r: replace(r, operator=CORRELATE, other=CORRELATE)),
    "conjugate forgotten": (
        "correlate: it is convolve with the reversed conjugate filter",
        lambda r: with_placement("h", conjugated=False)(r),
    ),
    "not reversed": (
        "correlate: it is convolve with the reversed conjugate filter",
        lambda r: with_placement("h", index=r.arrays["h"].letters)(r),
    ),
    "other centre": ("convolve: mode 'same' is a part of mode 'full'", lambda r: replace(r, index=shifted(r.index))),
}


@pytest.mark.parametrize("planted", FALSE_REARRANGEMENTS.values(), ids=FALSE_REARRANGEMENTS)
def test_a_wrong_rearrangement_is_refuted(planted):
    name, change = planted
    found = prove_law(change(law(name)))
    assert found.kind == "refuted", found
    assert found.counterexample


def redefined(record, change):
    """Return the record with the summand of its definition changed."""
    (stage,) = record.definition
    return replace(record, definition=(Stage(stage.target, change(stage.value)),))


WRONG_GRADIENTS = {
    "padding forgotten": lambda value: value.xreplace({A.p: Integer(0)}),
    "filter flipped": lambda value: value.xreplace({A.s * A.t: A.s * A.t, A.d * A.u: A.d * (A.k - 1 - A.u)}),
    "stride forgotten": lambda value: value.xreplace({A.s * A.t: A.t}),
}


@pytest.mark.parametrize("change", WRONG_GRADIENTS.values(), ids=WRONG_GRADIENTS)
def test_a_wrong_adjoint_is_refuted(change):
    wrong = redefined(operator("conv1d_input_gradient"), change)
    found = prove_law(Adjoint(name="", statement="", operator=CONV1D, wrt="x", gradient=wrong))
    assert found.kind == "refuted"


def test_the_gradient_with_respect_to_another_array_is_no_adjoint():
    right = law("conv1d: adjoint in x")
    with pytest.raises((RelationError, ValueError)):
        prove_law(replace(right, wrt="w"))


def test_what_is_antilinear_or_quadratic_is_not_linear():
    assert prove_law(Linear(name="", statement="", operator=CORRELATE, wrt="h")).kind == "refuted"
    x = next(e for e in CONVOLVE.definition[0].value.atoms(Indexed) if str(e.base) == "x")
    other = x.base[tuple(j + 1 for j in x.indices)]
    twice = redefined(CONVOLVE, lambda value: value.func(value.function * other, *value.limits))
    assert prove_law(Linear(name="", statement="", operator=twice, wrt="x")).kind == "refuted"
    assert prove_law(Linear(name="", statement="", operator=twice, wrt="h")).kind == "proved"


def test_correlation_is_not_associative():
    wrong = Associative(name="", statement="", operator=CORRELATE, options={"mode": "full"})
    assert prove_law(wrong).kind == "refuted"


def test_mode_same_is_not_associative():
    wrong = Associative(name="", statement="", operator=CONVOLVE, options={"mode": "same"})
    assert prove_law(wrong).kind == "refuted"


def test_a_wrong_identity_is_refuted_by_numbers():
    assert identity("", "", (), (a * (a + 1), a**2 + a)).prove().kind == "proved"
    found = identity("", "", (), (a * (a + 1), a**2 + 1)).prove()
    assert found.kind == "refuted"
    assert found.counterexample


def test_an_enumeration_stops_at_the_first_counterexample():
    assert exhaust(CLAIM, range(9), lambda case: case < 9, "below 9").kind == "exhausted"
    found = exhaust(CLAIM, range(9), lambda case: case != 5, "below 9")
    assert (found.kind, found.counterexample) == ("refuted", "5")


def test_an_instance_that_does_not_hold_is_not_certified():
    assert certify(CLAIM, lambda: "1 != 2", "by hand").kind == "certified"
    assert certify(CLAIM, lambda: None, "by hand").kind == "refuted"


def test_a_form_with_a_violation_is_refuted():
    assert prove_by_form(CLAIM, [], "").kind == "proved"
    assert prove_by_form(CLAIM, ["here"], "").kind == "refuted"


def test_nothing_asked_is_nothing_proved():
    assert evidence.prove_by_z3(CLAIM, ()).kind == "unknown"
    assert evidence.prove_by_identity(CLAIM, ()).kind == "unknown"
    assert exhaust(CLAIM, (), bool, "").kind == "unknown"


def test_contradictory_hypotheses_prove_nothing():
    found = for_all("", "", (), Obligation("", (Gt(a, b), Gt(b, a)), Eq(a, b + 7))).prove()
    assert found.kind == "unknown"
    assert "no model" in found.detail


def test_what_z3_cannot_decide_is_unknown():
    x, y, z = symbols("x y z", integer=True)
    hard = Obligation("", (Ge(x, 1), Ge(y, 1), Ge(z, 1)), Gt((x**3 + y**3 - z**3) ** 2, 0))
    assert decide(hard, timeout=400).status == "unknown"


def test_a_whole_is_known_as_well_as_its_weakest_part():
    proved, exhausted = prove_by_form(CLAIM, [], ""), exhaust(CLAIM, range(3), lambda case: True, "")
    assert weakest(CLAIM, [proved, exhausted]).kind == "exhausted"
    assert weakest(CLAIM, [proved, certify(CLAIM, lambda: None, "")]).kind == "refuted"


def test_another_statement_is_another_hash_and_other_prose_is_not():
    right = law("conv1d: stride keeps every s-th output")
    assert statement_sha256(right) == statement_sha256(replace(right, statement="in other words"))
    assert statement_sha256(right) != statement_sha256(replace(right, index=shifted(right.index)))
    assert statement_sha256(right) != statement_sha256(replace(right, other=redefined(CONV1D, lambda v: v + v)))
    one, other = (for_all("", "", (), Obligation("", (), Ge(a, bound))) for bound in (0, 1))
    assert one.prove().statement_sha256 != other.prove().statement_sha256


def test_no_two_statements_share_a_name_and_rows_are_named():
    names = [s.name for s in (*LAWS, *THEOREMS)]
    assert len(set(names)) == len(names)
    assert all(s.rows for s in (*LAWS, *THEOREMS))


def test_a_kind_is_given_in_one_module_only():
    folder = Path(str(evidence.__file__)).parent
    for path in folder.glob("*.py"):
        if path.name != "evidence.py":
            assert not re.search(r"\bEvidence\(", path.read_text()), path.name
            assert not re.search(r"kind\s*=\s*[\"']", path.read_text()), path.name


FUNCTIONS = {
    "floor": (floor(a / b), lambda x, y: x // y),
    "ceiling": (ceiling(a / b), lambda x, y: -(-x // y)),
    "Mod": (Mod(a, b), lambda x, y: x % y),
    "Max": (Max(a, b, 1), lambda x, y: max(x, y, 1)),
    "Min": (Min(a, b, 1), lambda x, y: min(x, y, 1)),
    "Abs": (Abs(a - b), lambda x, y: abs(x - y)),
    "Piecewise": (Piecewise((a, a > b), (2 * b, a > 0), (7, True)), lambda x, y: x if x > y else 2 * y if x > 0 else 7),
    "power": (a**3 * b, lambda x, y: x**3 * y),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_translation_means_what_python_means(name):
    expr, function = FUNCTIONS[name]
    for x, y in product(range(-4, 5), range(1, 4)):
        here = (Eq(a, x, evaluate=False), Eq(b, y, evaluate=False))
        assert decide(Obligation("", here, Eq(expr, function(x, y), evaluate=False))).status == "proved"
        assert decide(Obligation("", here, Eq(expr, function(x, y) + 1, evaluate=False))).status == "refuted"


def test_a_quotient_that_is_no_integer_is_refused():
    with pytest.raises(TypeError, match="under a floor"):
        decide(Obligation("", (), Ge(a / n, 0)))


def test_a_floor_by_zero_or_less_is_undefined_and_proves_nothing():
    assert decide(Obligation("", (Eq(b, 0),), Ge(floor(a / b), 0))).status == "refuted"


def test_axes_that_mix_are_not_proved_axis_by_axis():
    crossed = redefined(
        CONV2D, lambda value: value.xreplace({Symbol("s_1", integer=True): Symbol("s_2", integer=True)})
    )
    right = law("conv2d: stride keeps every s-th output")
    assert prove_law(replace(right, operator=crossed)).kind == "refuted"


@pytest.mark.parametrize("index", [a**2, a + b, a * b])
def test_variables_that_no_index_determines_are_refused(index):
    with pytest.raises(RelationError, match="stands alone"):
        relations.Relation((a, b), (), {"y": (index,)}, {"y": (n,)})


def test_a_variable_with_a_factor_is_the_quotient_of_its_index():
    relation = relations.Relation((a,), (), {"y": (2 * a,)}, {"y": (n,)})
    assert relation.values({"y": (n,)}, {})[a] == floor(n / 2)


def test_names_choose_what_is_proved_in_the_order_of_the_table():
    names = {"convolve: it commutes", "the size is the number of windows that fit"}
    seen = []
    found = prove_all(seen.append, names)
    assert [e.name for e in found] == [s.name for s in (*LAWS, *THEOREMS) if s.name in names]
    assert seen == found
    assert all(e.seconds > 0 for e in found)


def test_a_theorem_takes_its_time_and_its_rows_along():
    theorem = next(t for t in THEOREMS if isinstance(t, Theorem))
    found = prove(theorem)
    assert found.rows == theorem.rows
    assert found.holds


def test_a_rearrangement_may_be_built_wrong_and_is_then_refused_or_refuted():
    impossible = Rearrangement(name="", statement="", operator=CONV1D, other=CONV1D, options={"stride": (Integer(0),)})
    assert prove_law(impossible).kind == "refuted"
