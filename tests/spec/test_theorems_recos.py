"""RECOS: what is proved holds, what is false is refuted, and the counterexamples are counterexamples."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sympy import Eq, Ge, Le, Symbol, expand, sqrt

from convoracle.spec import theorems_recos, theorems_recos_cascade, theorems_recos_mean, theorems_recos_negation
from convoracle.spec.evidence import for_all, identity
from convoracle.spec.logic import Obligation
from convoracle.spec.theorems_recos import S, T, X, n, not_a_correlation, over, rec
from convoracle.spec.theorems_recos_cascade import (
    PARALLEL,
    STACKED,
    WIDE,
    A,
    B,
    cascade,
    conforms,
    factors,
    misfit,
    pixel_filter,
    rectified,
    transposed,
)
from convoracle.spec.theorems_recos_cascade import X as VECTOR
from convoracle.spec.theorems_recos_mean import MU
from convoracle.spec.theorems_recos_mean import A as ANCHOR

MODULES = (theorems_recos, theorems_recos_mean, theorems_recos_cascade, theorems_recos_negation)
THEOREMS = tuple(theorem for module in MODULES for theorem in module.THEOREMS)
EXHAUSTED = {"recos: a matrix of rank K is two layers with K units between"}
CERTIFIED = {
    "recos: negative correlations order angles",
    "recos: the modulus of the correlation does not order angles",
    "recos: the translated sphere has points of another mean",
    "recos: positive correlations do not suffice",
    "recos: the printed compound matrix does not conform",
    "recos: zero padding breaks the constant of reversed grey levels",
}

small = st.integers(-3, 3)


def matrices(rows, columns):
    return st.lists(st.lists(small, min_size=columns, max_size=columns), min_size=rows, max_size=rows)


@pytest.mark.parametrize("theorem", THEOREMS, ids=lambda t: t.name)
def test_every_theorem_has_the_evidence_that_its_statement_needs(theorem):
    expected = "certified" if theorem.name in CERTIFIED else "exhausted" if theorem.name in EXHAUSTED else "proved"
    assert theorem.prove().kind == expected


# ---- falsehoods ----

FACTOR = Symbol("c", real=True)
FALSE = (
    for_all("Rec is homogeneous for all factors", "", (), Obligation("", (), Eq(rec(FACTOR * T), FACTOR * rec(T)))),
    for_all("z' = z wherever c <= 0", "", (), Obligation("", (Le(T, 0),), Eq(rec(T) - T, 0))),
    for_all("z' - z = Rec(C)^T x", "", (), Obligation("", (), Eq(rec(T) - T, rec(T)))),
    for_all("rectification separates negatives", "", (), Obligation("", (Le(S, 0), Le(T, S - 1)), rec(T) < rec(S))),
    for_all("[A, -A] gives the modulus by a difference", "", (), Obligation("", (), Eq(rec(T) - rec(-T), abs(T)))),
    for_all("fixed weights confuse x and -x", "", (), Obligation("", (Ge(T, 1),), Eq(-T, T))),
    identity("a' = (sum a, a)", "", (), (over(ANCHOR[n] * (X[n] - MU)), over(ANCHOR[n]) * MU + over(ANCHOR[n] * X[n]))),
    identity("one negation cancels", "", (), ((-B).T * A.T, B.T * A.T)),
    identity("negating one layer twice is nothing", "", (), (B.T * (-A).T * VECTOR, B.T * A.T * VECTOR)),
    identity(
        "half of the stacked patches", "", (), (WIDE.T * (PARALLEL.T * STACKED), 2 * (PARALLEL * WIDE).T * STACKED)
    ),
)


@pytest.mark.parametrize("theorem", FALSE, ids=lambda t: t.name)
def test_a_falsehood_is_not_proved(theorem):
    assert not theorem.prove().holds


def test_an_augmented_length_of_n_instead_of_n_plus_1_is_refuted():
    left, right = theorems_recos_mean.augmented_length()
    wrong = identity("N mu^2", "", (), (left + MU**2, right))
    assert wrong.prove().kind == "refuted"


def test_two_vectors_of_the_helmert_basis_that_overlap_wrongly_are_refuted():
    (length, _), *_ = theorems_recos_mean._difference_vectors()
    j = next(iter(length.free_symbols))
    assert identity("squared length j^2", "", (), (length, j**2)).prove().kind == "refuted"


# ---- counterexamples ----

SEARCHES = (
    theorems_recos.obtuse_counterexample,
    theorems_recos.modulus_counterexample,
    theorems_recos_mean.sphere_counterexample,
    theorems_recos_mean.unit_length_counterexample,
    theorems_recos_mean.length_counterexample,
    theorems_recos_cascade.correlations_counterexample,
    theorems_recos_cascade.position_counterexample,
    theorems_recos_cascade.inner_counterexample,
    theorems_recos_cascade.compound_counterexample,
    theorems_recos_cascade.anchor_counterexample,
    theorems_recos_negation.border_counterexample,
)


@pytest.mark.parametrize("search", SEARCHES, ids=lambda f: f.__name__)
def test_a_counterexample_is_found(search):
    assert search()


def test_all_correlations_are_positive_where_the_rectified_anchors_differ():
    a, b, x = np.array([[2], [-1]]), np.array([[1]]), np.array([1, 1])
    c = a @ b
    assert (a.T @ x > 0).all()
    assert (c.T @ x > 0).all()
    assert np.maximum(c, 0).T @ x == 2
    assert c.T @ x == np.maximum(0, b.T @ np.maximum(0, a.T @ x)) == 1
    assert "A = (2, -1)^T, B = 1, x = (1, 1)" in theorems_recos_cascade.correlations_counterexample()


def test_two_vectors_past_a_right_angle_are_ordered_by_their_correlation():
    near, far = np.array([-3, 4]) / 5, np.array([-1, 0])
    assert np.arccos(near[0]) < np.arccos(far[0])
    assert 0 > near[0] > far[0]


def test_the_augmented_vector_of_the_counterexample_has_the_stated_length():
    mean = 1
    x = [mean + 1 / sqrt(2), mean - 1 / sqrt(2)]
    assert expand(mean**2 + x[0] ** 2 + x[1] ** 2) == 1 + (2 + 1) * mean**2


def test_shapes_that_conform_are_no_counterexample():
    assert conforms((2, 3), (3, 1))
    assert not conforms((2, 3), (2, 1))
    assert misfit("A^T e_n", lambda n, k, l, p: (k, n), lambda n, k, l, p: (n, 1)) is None  # noqa: E741


# ---- what the functions compute ----


@given(matrices(2, 3), matrices(3, 2), st.lists(small, min_size=2, max_size=2))
def test_the_cascades_are_what_their_formulas_say(a, b, x):
    c = np.array(a) @ np.array(b)
    z, z1, z2 = cascade(a, b, x)
    assert z == list(c.T @ x)
    assert z1 == list(np.maximum(c, 0).T @ x)
    assert z2 == list(np.maximum(0, np.array(b).T @ np.maximum(0, np.array(a).T @ x)))
    assert [v - w for v, w in zip(z1, z, strict=True)] == list(np.maximum(-c, 0).T @ x)
    if min(transposed(a, x)) >= 0 and min(z) >= 0:
        assert z2 == z == rectified(z)


@given(matrices(2, 3), matrices(3, 2))
def test_rectified_anchors_change_nothing_for_all_x_exactly_if_the_compound_is_non_negative(a, b):
    c = np.array(a) @ np.array(b)
    unit_vectors = [list(map(int, e)) for e in np.eye(2)]
    same = all(cascade(a, b, x)[0] == cascade(a, b, x)[1] for x in unit_vectors)
    assert same == (c >= 0).all()


@pytest.mark.parametrize(("size", "depth", "patches", "step"), list(product((1, 2, 3), (1, 2), (1, 2, 3), (1, 2, 3))))
def test_the_pixel_filter_is_conv_subsample_conv(size, depth, patches, step):
    rng = np.random.default_rng(size + 10 * depth + 100 * patches + 1000 * step)
    a, b = rng.integers(-9, 10, (size, depth)), rng.integers(-9, 10, (patches * depth, 2))
    pixels = rng.integers(-9, 10, step * (patches - 1) + size)
    responses = [np.correlate(pixels, column, "valid")[::step] for column in a.T]  # one row for each anchor vector
    z = b.T @ np.array(responses).T.ravel()
    assert list(np.array(pixel_filter(a.tolist(), b.tolist(), step)).T @ pixels) == list(z)


@given(matrices(3, 4))
def test_a_matrix_is_the_product_of_its_factors(d):
    a, b = factors(d)
    assert len(b) == np.linalg.matrix_rank(np.array(d, float))
    if b:
        assert [[sum(x * y for x, y in zip(row, c, strict=True)) for c in zip(*b, strict=True)] for row in a] == d


def test_conv2d_is_a_correlation_with_each_patch():
    assert not_a_correlation() == []
