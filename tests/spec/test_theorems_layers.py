"""Theorems about pooling, detectors, normalisation and stability: their evidence, and falsehoods planted next to them."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from sympy import Abs, And, Eq, Equivalent, Ge, Integer, Le, Lt, Max, Or, Piecewise, Symbol, exp, symbols

from convoracle.spec import (
    theorems_activation,
    theorems_normalization,
    theorems_pooling,
    theorems_stability,
    theorems_windows,
)
from convoracle.spec.activation import LEAKY_RELU, MODULUS, RELU, SIGMOID, SOFT_THRESHOLD, TANH
from convoracle.spec.code import integers
from convoracle.spec.evidence import Claim, exhaust, for_all, identity
from convoracle.spec.logic import Obligation
from convoracle.spec.operator_norms import matrix_norm
from convoracle.spec.softmax import LOG_SOFTMAX, SOFTMAX
from convoracle.spec.statement import Statement
from convoracle.spec.statements_layers import LAYER_ROWS
from convoracle.spec.symbols import LAMBDA, THETA
from convoracle.spec.theorems import THEOREMS
from convoracle.spec.theorems_activation import (
    equality_counterexample,
    negative_threshold_counterexample,
    two_sided,
    value,
)
from convoracle.spec.theorems_normalization import neighbourhood_counterexample, of_row, scale_counterexamples
from convoracle.spec.theorems_pooling import (
    decreasing_counterexample,
    pooled,
    shift_counterexample,
    shift_example,
    uncounted_expansion,
)
from convoracle.spec.theorems_sizes import EXTENT, SIZED, A
from convoracle.spec.theorems_stability import expanding_pair, grid_counterexample, network, taps_matrix
from convoracle.spec.theorems_windows import (
    DIVISOR,
    LEGAL,
    MEETS,
    ONE,
    READ,
    RULES,
    SAMPLES,
    SIZES,
    ZERO,
    count,
    dropped_once,
    dropping_counterexample,
    empty_windows,
    plain,
    uncounted_padding,
    undilated,
    window_of,
)

MODULES = (theorems_windows, theorems_pooling, theorems_activation, theorems_normalization, theorems_stability)
ROWS = ("L-pool", "L-partial", "L-inv", "L-stages", "L-params", "K-act", "M14", "M-relu2", "M-norm", "M-thr", "M-stab")
A_, B_, C_ = symbols("a b c", real=True)


def refuted(name, *obligations):
    evidence = for_all(name, name, (), *obligations).prove()
    return evidence.kind == "refuted" and bool(evidence.counterexample)


# ---- the table ----


@pytest.mark.parametrize("module", MODULES, ids=lambda m: m.__name__.rpartition(".")[2])
def test_every_theorem_is_registered(module):
    assert {theorem.name for theorem in module.THEOREMS} <= {theorem.name for theorem in THEOREMS}


def test_section_b_is_complete():
    assert {statement.row for statement in LAYER_ROWS} == {*ROWS, "M-width", "U1"}
    assert all(isinstance(statement, Statement) for statement in LAYER_ROWS)


@pytest.mark.parametrize("row", ["L-params", "M14", "M-norm", "M-width"])
def test_a_wrong_formula_of_section_b_shows_its_counterexample(row):
    (statement,) = (s for s in LAYER_ROWS if s.row == row)
    assert statement.erratum.counterexample
    assert statement.erratum.corrected


COUNTEREXAMPLES = (
    dropping_counterexample,
    empty_windows,
    uncounted_padding,
    shift_example,
    shift_counterexample,
    decreasing_counterexample,
    uncounted_expansion,
    equality_counterexample,
    negative_threshold_counterexample,
    neighbourhood_counterexample,
    scale_counterexamples,
    grid_counterexample,
)


@pytest.mark.parametrize("search", COUNTEREXAMPLES, ids=lambda f: f.__name__)
def test_a_counterexample_is_found(search):
    assert search()


# ---- windows ----


def without(code):
    return tuple(rule for rule in LEGAL if rule is not RULES[code])


def test_floor_mode_counts_more_windows_than_fit_without_the_rule_of_the_padding_after():
    fits = Le(A.s * A.t + EXTENT, A.n + A.p + A.q)
    goal = Equivalent(fits, Lt(A.t, count(ZERO)))
    assert refuted("floor", Obligation("", (*without("reach_after"), Ge(A.t, 0)), goal))


def test_dropping_one_window_fails_without_its_precondition():
    goal = Eq(dropped_once(plain(ONE)), count(ONE))
    assert refuted("drop", Obligation("", without("reach_after"), goal))


def test_the_plain_quotient_starts_windows_after_the_input():
    assert refuted("plain", Obligation("", (*LEGAL, Ge(A.t, 0), Lt(A.t, plain(ONE))), Lt(A.s * A.t, A.n + A.p)))


def test_floor_mode_leaves_samples_out():
    last = A.s * (count(ZERO) - 1) - A.p + EXTENT
    assert refuted("floor", Obligation("", (*LEGAL, Le(A.s, EXTENT)), Ge(last, A.n)))


def test_ceil_mode_leaves_samples_out_where_the_stride_exceeds_the_window():
    last = A.s * (count(ONE) - 1) - A.p + EXTENT
    assert refuted("ceil", Obligation("", LEGAL, Ge(last, A.n)))


@pytest.mark.parametrize("code", ["reach_before", "meets"])
def test_a_window_may_be_empty_without_its_rule(code):
    rules = tuple(rule for rule in (*LEGAL, MEETS) if rule is not RULES[code])
    first_tap, last_tap = (READ.xreplace({A.t: ZERO, A.u: u}) for u in (ZERO, A.k - 1))
    two_taps = (*rules, Ge(A.k, 1), Le(A.k, 2))
    meets = Or(*(And(Ge(tap, 0), Lt(tap, A.n)) for tap in (first_tap, last_tap)))
    assert refuted(code, Obligation("", two_taps, meets))


def test_the_divisor_is_not_always_the_window():
    given = undilated(*window_of(ONE))
    assert refuted("divisor", Obligation("", given, Eq(DIVISOR, A.k)))
    assert refuted("divisors", Obligation("", given, Eq(DIVISOR, SAMPLES)))


@pytest.mark.parametrize("ceil_mode", [0, 1])
def test_counts_and_divisors_agree_with_windows_counted_one_by_one(ceil_mode):
    windows = integers((count(Integer(ceil_mode)),), SIZES)
    divisors = integers((SAMPLES, DIVISOR), (*SIZES, A.t))
    for n, k, s, p, q in product(range(1, 6), range(1, 4), range(1, 4), range(3), range(3)):
        if n + p + q < k or max(p, q) > k - 1:
            continue
        sizes = (n, k, s, 1, p, q)
        slack = s - 1 if ceil_mode else 0
        starts = [t * s - p for t in range(10) if t * s + k <= n + p + q + slack and t * s - p < n]
        assert windows(*sizes) == (len(starts),)
        for t, start in enumerate(starts):
            window = range(start, start + k)
            held = sum(0 <= place < n for place in window), sum(-p <= place < n + q for place in window)
            assert divisors(*sizes, t) == held


# ---- shifts and order ----


def test_the_rule_of_a_shift_cannot_be_weakened():
    low, leaving, entering, common = symbols("bottom L E M", real=True)
    given = tuple(Ge(v, low) for v in (leaving, entering, common))
    same = Eq(Max(leaving, common), Max(entering, common))
    for rule in (Eq(leaving, entering), Le(Max(leaving, entering), common), Le(leaving, common)):
        assert refuted("shift", Obligation("", given, Equivalent(same, rule)))


def test_the_lecture_s_example_pools_as_printed():
    assert pooled([1, 10, 2, 1], 3) == [10, 10, 10, 2]
    assert pooled([3, 1, 10, 2], 3) == [3, 10, 10, 10]


def test_max_pooling_does_not_commute_with_any_map():
    f, g = symbols("f g", real=True)
    assert refuted("any map", Obligation("", (), Eq(Piecewise((f, Ge(A_, B_)), (g, True)), Max(f, g))))


def test_a_sample_lies_in_more_windows_than_the_rounded_down_quotient():
    last = A.u + A.s * A.t
    assert refuted("floor", Obligation("", (*SIZED, Ge(A.u, 0), Ge(A.t, 0), Lt(last, A.k)), Le(A.s * (A.t + 1), A.k)))


# ---- detectors ----


@pytest.mark.parametrize("record", [MODULUS, RELU, LEAKY_RELU, SOFT_THRESHOLD], ids=str)
def test_no_detector_contracts_by_a_half(record):
    distance = Abs(value(record, A_) - value(record, B_))
    assert refuted("half", Obligation("", (Ge(THETA, 0),), Le(2 * distance, Abs(A_ - B_))))


def test_a_leaky_rectifier_of_steep_slope_is_not_contractive():
    distance = Abs(value(LEAKY_RELU, A_) - value(LEAKY_RELU, B_))
    assert refuted("steep", Obligation("", (), Le(distance, Abs(A_ - B_))))
    assert refuted("slope alone", Obligation("", (), Le(distance, Abs(LAMBDA) * Abs(A_ - B_))))


def test_the_rectifier_does_not_keep_the_distance_to_zero():
    assert refuted("erratum", Obligation("", (), Eq(Abs(value(RELU, A_) - value(RELU, ZERO)), Abs(A_))))


def test_the_modulus_is_not_twice_the_rectifier():
    assert refuted("factor 2", Obligation("", (), Eq(value(MODULUS, A_), 2 * value(RELU, A_))))


def test_one_rectifier_is_no_soft_threshold():
    soft = value(SOFT_THRESHOLD, A_)
    assert refuted("one-sided", Obligation("", (Ge(THETA, 0),), Eq(value(RELU, A_ - THETA), soft)))
    assert refuted("any c", Obligation("", (), Eq(two_sided(A_, THETA), soft)))


@pytest.mark.parametrize("x", [-3, -1, 0, 1, 3])
def test_values_are_read_off_the_records(x):
    at = Integer(x)
    assert value(RELU, at) == max(x, 0)
    assert value(MODULUS, at) == abs(x)
    assert value(SOFT_THRESHOLD, at).subs(THETA, 1) == np.sign(x) * max(abs(x) - 1, 0)
    assert value(SIGMOID, at) == 1 / (1 + exp(-at))


def test_the_sigmoid_is_not_odd_and_tanh_has_no_slope_of_a_quarter():
    assert identity("odd", "", (), (value(SIGMOID, -A_), -value(SIGMOID, A_))).prove().kind == "refuted"
    assert identity("slope", "", (), (value(TANH, A_).diff(A_).subs(A_, 0), Integer(1) / 4)).prove().kind == "refuted"


# ---- softmax and normalisation ----


def test_log_softmax_is_not_softmax():
    assert not identity("same", "", (), (of_row(SOFTMAX), of_row(LOG_SOFTMAX))).prove().holds


def test_the_gradient_of_the_loss_is_not_softmax_alone():
    loss, own = theorems_normalization.loss(A_), theorems_normalization.share(A_)
    assert identity("gradient", "", (), (loss.diff(A_), own)).prove().kind in ("refuted", "unknown")


def test_batch_norm_sees_a_factor_that_its_statistics_do_not():
    x, mean, variance = symbols("x m v", positive=True)
    plain_, scaled = (theorems_normalization.batch_normalised(f * x, f * mean, variance) for f in (1, 2))
    assert not identity("scale", "", (), (scaled, plain_)).prove().holds


# ---- stability ----


def test_a_taps_matrix_is_that_of_slices():
    matrix = taps_matrix((1, 2), 2, 3, s=1, d=2, p=1)
    assert matrix.tolist() == [[0, 2, 0], [1, 0, 2]]
    assert taps_matrix((1, 2), 3, 3, s=1, d=1, p=0, cyclic=True).tolist() == [[1, 2, 0], [0, 1, 2], [2, 0, 1]]


def test_the_found_pair_is_expanded():
    x, y, factor = expanding_pair()
    outputs = network(np.array([[x], [y]]))
    moved = sum(int(a - b) ** 2 for a, b in zip(outputs[0, 0], outputs[1, 0], strict=True))
    apart = sum((a - b) ** 2 for a, b in zip(x, y, strict=True))
    assert Fraction(moved, apart) == factor > 1


def test_a_bound_that_ignores_overlap_is_refuted():
    claim = Claim(name="flat", statement="the norm is that of the flat filter", formula=None)
    flat = matrix_norm(np.array([[1, 1]]))
    evidence = exhaust(
        claim,
        [2, 3, 4],
        lambda n: matrix_norm(taps_matrix((1, 1), n - 1, n, s=1, d=1, p=0)).lower <= flat.upper,
        "n <= 4",
    )
    assert evidence.kind == "refuted"


def test_adding_constants_of_layers_is_refuted():
    before, between, after = symbols("u v w", real=True)
    given = (Ge(A_, 0), Ge(B_, 0), Ge(before, 0), Ge(between, 0), Le(between, A_ * before), Le(after, B_ * between))
    assert refuted("sum", Obligation("", given, Le(after, (A_ + B_) * before)))


def test_taps_of_another_class_do_not_meet():
    sigma, delta, b = (Symbol(name, integer=True) for name in ("sigma", "delta", "b"))
    f = Symbol("f", integer=True)
    given = (Ge(sigma, 2), Ge(delta, 1), Ge(b, 1))
    meet = Eq(READ, READ.xreplace({A.t: A.t - 1, A.u: A.u + f})).xreplace({A.s: sigma * b, A.d: delta * b})
    assert refuted("neighbouring taps", Obligation("", (*given, Eq(f, 1)), meet))
