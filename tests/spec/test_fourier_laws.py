"""Laws and theorems of Fourier transforms: all are proved, and what is false of them is not."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sympy import I, Integer, Mod, Symbol, exp, pi, symbols
from sympy import sqrt as root

from convoracle.spec.evidence import FAILED, prove_by_identity, prove_by_z3
from convoracle.spec.fourier import DFT, FOURIER, ISTFT, STFT
from convoracle.spec.fourier_laws import LAWS
from convoracle.spec.law_proofs import prove_law
from convoracle.spec.laws import Inverse, Isometry, Modulation, Multiplicative
from convoracle.spec.records import Stage
from convoracle.spec.spectral_form import congruent
from convoracle.spec.statements_fourier import FOURIER_ROWS
from convoracle.spec.theorems_fourier import THEOREMS as ON_A_CYCLE
from convoracle.spec.theorems_uncertainty import MEXICAN_HAT, T, deviations, full_rank, wavelet_counterexample
from convoracle.spec.theorems_uncertainty import THEOREMS as UNCERTAINTY


def law(name):
    (found,) = (one for one in LAWS if one.name == name)
    return found


# ---- congruence ----

J, K, N_ = symbols("j k n", integer=True)
PARTS = st.recursive(
    st.sampled_from([J, K, N_ * J, Integer(3), Integer(-1)]),
    lambda inner: st.tuples(inner, inner).map(sum) | inner.map(lambda e: Mod(e, N_)) | inner.map(lambda e: -e),
    max_leaves=5,
)


@given(PARTS, PARTS)
def test_what_is_congruent_is_so_for_small_integers(left, right):
    if congruent(left, right, N_):
        for j, k, n in product(range(-3, 4), range(-2, 3), range(1, 6)):
            values = {J: j, K: k, N_: n}
            assert (left - right).subs(values) % n == 0


@given(PARTS)
def test_a_remainder_is_congruent_to_its_number_and_to_no_neighbour(part):
    assert congruent(Mod(part, N_), part, N_)
    assert not congruent(Mod(part, N_), part + 1, N_)


# ---- laws ----


@pytest.mark.parametrize("one", LAWS, ids=lambda one: one.name)
def test_every_law_is_proved_for_all_sizes(one):
    assert prove_law(one).kind == "proved"


SHIFT, MIRROR = law("dft: a cyclic shift turns the result"), law("dft: reversal about entry 0 passes")
HERMITIAN, FRAMES_MOVE = law("dft: of real numbers it is Hermitian"), law("stft: a shift by hops moves the frames")
BACK_MOVES, HOP_ONE = law("istft: moving the frames shifts the signals by hops"), law("stft: Parseval with hop 1")
PRODUCT, UNDONE = law("dft: a cyclic convolution becomes a product"), law("dft: idft undoes it")
FRAMES_UNDONE = law("stft: istft with the dual window undoes it")
BY = Symbol("a", integer=True)


def redefined(record, change):
    """The record with another definition of its output."""
    *before, last = record.definition
    return replace(record, definition=(*before, Stage(last.target, change(last.value), last.extents)))


def not_cyclic(one):
    """A law whose entries move without wrapping around."""
    letters = one.placement.letters
    return replace(one.placement, index=(letters[0], letters[1] + 1))


FALSE = {
    "the shift turns the other way": replace(SHIFT, phase=-SHIFT.phase),
    "the shift turns twice as far": replace(SHIFT, phase=2 * SHIFT.phase),
    "the shift does not turn": replace(SHIFT, phase=Integer(0)),
    "the shift loses an entry": replace(SHIFT, placement=not_cyclic(SHIFT)),
    "the mirror image stays": replace(MIRROR, index=MIRROR.operator.definition[-1].target.indices),
    "of real numbers it is even": replace(HERMITIAN, conjugated=False),
    "of real numbers it is real": replace(HERMITIAN, index=HERMITIAN.operator.definition[-1].target.indices),
    "frames move the other way": replace(FRAMES_MOVE, index=tuple(e.subs(BY, -BY) for e in FRAMES_MOVE.index)),
    "frames stand still": replace(FRAMES_MOVE, index=STFT.definition[-1].target.indices),
    "signals stand still": replace(BACK_MOVES, index=ISTFT.definition[-1].target.indices),
    "every hop keeps the norm": replace(HOP_ONE, solved=()),
    "the window does not count": replace(HOP_ONE, wrt=("x",)),
    "frames keep their norm": replace(HOP_ONE, constant=Integer(1)),
    "the transform keeps norms": replace(law("dft: Parseval"), constant=Integer(1)),
    "the inverse grows as well": replace(law("idft: Parseval"), constant=law("dft: Parseval").constant),
    "two transforms are nothing": replace(UNDONE, inverse=DFT),
    "frames need no dual window": replace(FRAMES_UNDONE, others={"window": ISTFT}),
    "the inverse multiplies": replace(law("idft: a cyclic convolution becomes a product"), constant=Integer(1)),
    "a correlation becomes a product": replace(PRODUCT, constant=Integer(2)),
}


@pytest.mark.parametrize("false", FALSE.values(), ids=FALSE)
def test_what_is_false_is_not_shown(false):
    assert prove_law(false).kind in FAILED


def test_a_definition_of_another_form_is_not_proved_by_this_one():
    other = redefined(DFT, lambda value: value.subs(2 * pi * I, pi * I))
    for one in (law("dft: Parseval"), SHIFT, UNDONE, PRODUCT):
        assert prove_law(replace(one, operator=other)).kind in FAILED


def test_laws_of_all_kinds_are_there():
    kinds = {
        kind: sum(isinstance(one, kind) for one in LAWS) for kind in (Isometry, Modulation, Inverse, Multiplicative)
    }
    assert kinds == {Isometry: 5, Modulation: 14, Inverse: 6, Multiplicative: 4}
    assert all(sum(one.operator is record for one in LAWS) >= 2 for record in FOURIER)


# ---- theorems ----

EVIDENCE = {
    "supports on short cycles": "exhausted",
    "supports on a cycle of prime length": "exhausted",
}


@pytest.mark.parametrize("theorem", [*ON_A_CYCLE, *UNCERTAINTY], ids=lambda theorem: theorem.name)
def test_every_theorem_is_proved_or_exhausted(theorem):
    assert theorem.prove().kind == EVIDENCE.get(theorem.name, "proved")


@pytest.mark.parametrize("n", range(2, 13))
def test_a_comb_makes_its_columns_dependent_and_one_more_row_frees_them(n):
    """Equality: a comb of d teeth is zero at all but n/d frequencies, which is all that the principle allows."""
    for d in (d for d in range(2, n + 1) if n % d == 0):
        places = tuple(range(0, n, n // d))
        zeros = tuple(f for f in range(n) if f % d)
        assert not full_rank(n, places, zeros)
        assert full_rank(n, places, (*zeros, 0))


@pytest.mark.parametrize("n", [2, 3, 5, 7])
def test_ranks_agree_with_those_of_complex_numbers(n):
    generator = np.random.default_rng(n)
    roots = np.exp(-2j * np.pi * np.outer(np.arange(n), np.arange(n)) / n)
    for _ in range(20):
        size = int(generator.integers(1, n + 1))
        one, two = (sorted(generator.permutation(n)[:size].tolist()) for _ in range(2))
        assert full_rank(n, one, two) == (np.linalg.matrix_rank(roots[np.ix_(two, one)]) == size)


def test_a_product_of_two_primes_has_a_singular_minor():
    assert not full_rank(6, (0, 3), (1, 3))


def test_deviations_are_those_of_known_functions():
    assert deviations(exp(-(T**2) / 2)) == (root(2) / 2, root(2) / 2)
    assert deviations(T * exp(-(T**2) / 2)) == (root(6) / 2, root(6) / 2)
    time, frequency = deviations(MEXICAN_HAT)
    assert time * frequency == root(105) / 6


def test_the_erratum_shows_a_wavelet_at_three_scales():
    shown = wavelet_counterexample()
    assert "scale 4" in shown
    assert "always sqrt(105)/6 >= 1/2" in shown


def test_a_smaller_constant_of_uncertainty_would_be_proved_and_a_larger_refuted():
    (theorem,) = (one for one in UNCERTAINTY if one.name == "the uncertainty principle")
    (obligation,) = theorem.formula[-1]
    for least, kind in ((Integer(0), "proved"), (Integer(2), "refuted")):
        goal = obligation.goal.func(obligation.goal.lhs, least)
        assert prove_by_z3(theorem, [replace(obligation, goal=goal)]).kind == kind


def test_half_of_the_integration_by_parts_is_refuted():
    (theorem,) = (one for one in UNCERTAINTY if one.name == "the uncertainty principle")
    left, right = theorem.formula[1]
    assert prove_by_identity(theorem, [(left, right / 2)]).kind in FAILED


def test_statements_name_the_rows_and_the_erratum():
    assert [statement.row for statement in FOURIER_ROWS] == ["U8", "U9", "U-Thm1"]
    assert [statement.erratum is not None for statement in FOURIER_ROWS] == [False, False, True]
