"""Filter banks: steps against plain loops, cascades, perfect reconstruction, integers, calls and refusals."""

from __future__ import annotations

import re
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sympy import sqrt

from convoracle import impl
from convoracle.properties.check import check
from convoracle.spec.theorems_filter_bank import equivalent_filters, lattice, orthonormal_pairs

GRID = list(product((1, 2, 3), (1, 2, 3), (1, 2, 4), (1, 2, 3)))
"""Stride, dilation, taps, outputs: with filters longer than the period, and shorter."""


def whole(*shape, seed=0):
    return np.random.default_rng([*shape, seed]).integers(-9, 10, shape)


def analyzed(x, w, s, d):
    """One step in plain Python."""
    n = len(x)
    return [
        [sum(w[k][u] * x[(s * t - d * u) % n] for u in range(len(w[k]))) for t in range(n // s)] for k in range(len(w))
    ]


def synthesized(y, w, s, d):
    """Its adjoint in plain Python: every product goes where the step read it."""
    m = len(y[0])
    x = [0] * (s * m)
    for k, t, u in product(range(len(w)), range(m), range(len(w[0]))):
        x[(s * t - d * u) % (s * m)] += np.conj(w[k][u]) * y[k][t]
    return x


# ---- one step ----


@pytest.mark.parametrize(("s", "d", "k", "m"), GRID)
def test_steps_are_those_of_plain_loops(s, d, k, m):
    x, w, y = whole(2, s * m), whole(3, k, seed=1), whole(2, 3, m, seed=2)
    options = {"stride": s, "dilation": d}
    assert impl.analyze1d(x, w, **options).tolist() == [analyzed(row, w, s, d) for row in x]
    assert impl.synthesize1d(y, w, **options).tolist() == [synthesized(row, w, s, d) for row in y]
    x, w, y = x * (1 + 2j), w * (2 - 1j), y * (1 - 1j)
    assert impl.analyze1d(x, w, **options).tolist() == [analyzed(row, w, s, d) for row in x]
    assert impl.synthesize1d(y, w, **options).tolist() == [synthesized(row, w, s, d) for row in y]


@given(st.data())
def test_synthesis_is_the_adjoint_of_analysis(data):
    s, d, k, m = data.draw(st.sampled_from(GRID))
    seed = data.draw(st.integers(0, 2**16))
    x, w, y = whole(2, s * m, seed=seed), whole(2, k, seed=seed + 1), whole(2, 2, m, seed=seed + 2)
    options = {"stride": s, "dilation": d}
    assert (impl.analyze1d(x, w, **options) * y).sum() == (x * impl.synthesize1d(y, w, **options)).sum()


@pytest.mark.parametrize("name", ["analyze1d", "synthesize1d"])
def test_the_judge_finds_nothing_wrong(name):
    assert check(getattr(impl, name), name, examples=20, seed=3).ok


# ---- cascades ----


@given(st.integers(1, 4), st.integers(1, 4), st.integers(1, 5), st.integers(0, 2**16))
def test_a_cascade_gives_what_the_equivalent_filters_give(levels, k, m, seed):
    x, w = whole(2, m * 2**levels, seed=seed), whole(2, k, seed=seed + 1)
    direct = impl.analyze1d(x, equivalent_filters(w, levels), stride=1)
    coarse = fine = x[:, None]
    for level in range(levels):
        coarse = impl.analyze1d(coarse[:, 0], w)
        fine = impl.analyze1d(fine[:, 0], w, stride=1, dilation=2**level)
    assert fine.tolist() == direct.tolist()
    assert coarse.tolist() == direct[:, :, :: 2**levels].tolist()


@given(
    st.lists(st.tuples(st.integers(-2, 2), st.integers(-2, 2)), min_size=1, max_size=3),
    st.integers(0, 3),
    st.integers(1, 5),
)
def test_integer_lattices_rebuild_signals_exactly_through_every_level(angles, levels, m):
    w, x = lattice(angles), whole(2, m * 2**levels)
    low, details = x, []
    for _ in range(levels):
        bands = impl.analyze1d(low, w)
        low = bands[:, 0]
        details.append(bands[:, 1])
    factor = int(np.prod([a * a + b * b for a, b in angles]))
    for depth, high in enumerate(reversed(details)):
        low = impl.synthesize1d(np.stack([low, factor**depth * high], axis=1), w)
    assert low.tolist() == (factor**levels * x).tolist()


def rounded(pair):
    return np.array([[float(tap.evalf(40)) for tap in filter_] for filter_ in pair])


@pytest.mark.parametrize("name", orthonormal_pairs())
@pytest.mark.parametrize("m", [1, 2, 3, 16])
def test_orthonormal_pairs_rebuild_signals(name, m):
    w, x = rounded(orthonormal_pairs()[name]), np.random.default_rng(m).standard_normal((3, 2 * m))
    bands = impl.analyze1d(x, w)
    roundings = (
        2 * w.shape[1] * (w.shape[1] + 4) * np.finfo(float).eps
    )  # two sums of at most 2 k products, and their taps
    size = np.abs(x).max() * np.abs(w).sum() ** 2
    assert np.abs(impl.synthesize1d(bands, w) - x).max() <= roundings * size
    assert abs((bands**2).sum() - (x**2).sum()) <= roundings * size * x.size * np.abs(x).max()


def test_haars_pair_is_the_one_of_the_book():
    low, high = orthonormal_pairs()["Haar"]
    assert low == (1 / sqrt(2), 1 / sqrt(2))
    assert high == (1 / sqrt(2), -1 / sqrt(2))


# ---- integers, views, calls ----


def test_integers_are_exact_or_refused():
    x, w = np.array([2**40, -(2**40), 2**40, 1]), np.array([[2**21, 2**21], [2**20, -(2**20)]])
    assert impl.analyze1d(x, w).tolist() == [[2**61 + 2**21, 0], [2**60 - 2**20, 2**61]]
    with pytest.raises(OverflowError, match="analyze1d: the exact result must fit int64"):
        impl.analyze1d(x, 8 * w)
    with pytest.raises(OverflowError, match="synthesize1d: the exact result must fit int64"):
        impl.synthesize1d(np.full((2, 2), 2**62), w)


def test_batches_of_any_shape_and_views_give_what_copies_give():
    x, w, y = whole(2, 3, 8), whole(2, 3, seed=1), whole(2, 3, 2, 4, seed=2)
    bands, back = impl.analyze1d(x, w), impl.synthesize1d(y, w)
    assert bands.shape == (2, 3, 2, 4)
    assert back.shape == (2, 3, 8)
    assert impl.analyze1d(x[1, 2], w).tolist() == bands[1, 2].tolist()
    assert impl.synthesize1d(y[1, 2], w).tolist() == back[1, 2].tolist()
    assert impl.analyze1d(x[:0], w).shape == (0, 3, 2, 4)
    turned = [np.flip(np.ascontiguousarray(np.flip(a))) for a in (x, y, w)]
    assert impl.analyze1d(turned[0], turned[2]).tolist() == bands.tolist()
    assert impl.synthesize1d(turned[1], turned[2]).tolist() == back.tolist()


def test_dtypes_are_those_of_numpy():
    x, w = whole(1, 4), whole(2, 2)
    for one, two in product((np.float32, np.float64, np.complex64, np.int16), repeat=2):
        expected = np.result_type(one, two) if np.result_type(one, two).kind != "i" else np.int64
        assert impl.analyze1d(x.astype(one), w.astype(two)).dtype == expected


X, Y, TAPS = np.ones((2, 6)), np.ones((2, 2, 3)), np.ones((2, 2))
REFUSED = [
    ("analyze1d(X, [1.0])", TypeError, "analyze1d: w must be a numpy array, got list"),
    ("analyze1d(X, TAPS, stride=4)", ValueError, "analyze1d: stride must divide n, got n=6, stride=4"),
    ("analyze1d(X, TAPS, stride=0)", ValueError, "analyze1d: stride must be at least 1, got stride=0"),
    ("analyze1d(X, TAPS, dilation=1.0)", TypeError, "analyze1d: dilation must be an integer, got dilation=1.0"),
    ("analyze1d(X, TAPS[0])", ValueError, "analyze1d: w must have 2 axes (K, k), got w.shape=(2,)"),
    ("analyze1d(X, TAPS[:, :0])", ValueError, "analyze1d: k must be at least 1, got k=0"),
    ("analyze1d(X[:, :0], TAPS)", ValueError, "analyze1d: n must be at least 1, got n=0"),
    ("synthesize1d(Y[0, 0], TAPS)", ValueError, "synthesize1d: y must have axes (..., K, m), got y.shape=(3,)"),
    (
        "synthesize1d(Y[:, :1], TAPS)",
        ValueError,
        "synthesize1d: y.shape[-2] must be w.shape[0] = 2, got y.shape[-2]=1",
    ),
    ("synthesize1d(Y[..., :0], TAPS)", ValueError, "synthesize1d: m must be at least 1, got m=0"),
]


@pytest.mark.parametrize(("call", "error", "message"), REFUSED, ids=[call for call, _, _ in REFUSED])
def test_bad_input_is_refused_in_one_sentence_with_its_values(call, error, message):
    with pytest.raises(error, match=re.escape(message) + "$"):
        eval(call, {**vars(impl), "X": X, "Y": Y, "TAPS": TAPS})
