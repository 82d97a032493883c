"""Laws of pooling: each is proved for all sizes, and what is nearly one of them is not."""

from dataclasses import replace

import pytest
from sympy import ceiling, sqrt, true

from convoracle.spec.adaptive_pooling import ADAPTIVE_MAX_POOL_GRADIENTS
from convoracle.spec.law_proofs import prove_law
from convoracle.spec.laws import AMOUNT, VALUE
from convoracle.spec.max_pooling import MAX_POOLS
from convoracle.spec.pooling import counted_places
from convoracle.spec.pooling_laws import LAWS
from convoracle.spec.symbols import axes, g

ONE_AXIS = [law for law in LAWS if law.operator.dims < 2]
EXCHANGED = [law for law in LAWS if law.operator.dims == 2 and "exchanging" in law.name]
(A,) = axes(1)


def law_called(name):
    return next(law for law in LAWS if law.name == name)


@pytest.mark.parametrize("law", [*ONE_AXIS, *EXCHANGED], ids=lambda law: law.name)
def test_every_law_is_proved_for_all_sizes(law):
    assert prove_law(law).kind == "proved"


REVERSED = "max_pool1d: reversing the data reverses the result"
STRIDED = "max_pool1d: stride keeps every s-th window"
BORDER = "avg_pool1d: counted padding is an explicit border of zeros"
EQUAL = "adaptive_avg_pool1d: it is avg_pool1d where the windows are equal"
SCALED = "max_pool1d: a power of two scales every maximum"
BOUNDED = "max_pool1d: bounded in x by the Euclidean norm"
GRADIENT = "max_pool1d: its gradient is max_pool1d_gradient"
ORDER = "max_pool1d_gradient: only the order of samples matters"
LINEAR = "avg_pool1d: linear in x"
WRONG = {
    "reversal with samples left over": replace(law_called(REVERSED), when=true),
    "reversal with the padding as it was": replace(law_called(REVERSED), options={}),
    "partial windows by subsampling": replace(law_called(STRIDED), words={"ceil_mode": True}),
    "a border where padding does not count": replace(
        law_called(BORDER), words={"ceil_mode": False, "count_include_pad": False}
    ),
    "equal windows where m does not divide n": replace(law_called(EQUAL), when=true),
    "a mean that is a maximum": replace(law_called(EQUAL), other=MAX_POOLS[0]),
    "a maximum under a decreasing map": replace(law_called(SCALED), inner=-VALUE, outer=-VALUE),
    "a maximum under two maps": replace(law_called(SCALED), outer=VALUE + AMOUNT),
    "an order under a constant map": replace(law_called(ORDER), inner=AMOUNT),
    "an overlap that forgets the dilation": replace(law_called(BOUNDED), constant=sqrt(ceiling(A.k / A.s))),
    "the gradient of other windows": replace(law_called(GRADIENT), gradient=ADAPTIVE_MAX_POOL_GRADIENTS[0]),
    "a linear maximum": replace(law_called(LINEAR), operator=MAX_POOLS[0]),
}


@pytest.mark.parametrize("law", WRONG.values(), ids=WRONG)
def test_what_is_nearly_a_law_is_refuted(law):
    assert prove_law(law).kind == "refuted"


@pytest.mark.parametrize("n", range(1, 6))
@pytest.mark.parametrize(("p", "q"), [(0, 0), (1, 0), (2, 1), (2, 2)])
def test_divisors_count_the_places_of_the_clipped_window(n, p, q):
    for t in range((n + p - 1) // 2 + 1):
        window = range(2 * t - p, 2 * t - p + 3)
        sizes = {A.n: n, A.p: p, A.q: q, A.t: t, A.s: 2, A.k: 3}
        padded, held = (counted_places(A).subs(g, counted).subs(sizes) for counted in (1, 0))
        assert padded == len([place for place in window if -p <= place < n + q])
        assert held == len([place for place in window if 0 <= place < n])
