"""Certified norms: they bound every small convolution, stay close to its norm, and are exact where a formula is known."""

from functools import partial
from itertools import product
from math import cos, inf, nextafter, pi, prod, sqrt

import numpy as np
import pytest

from convoracle.spec import second
from convoracle.spec.operator_norms import (
    SQUARINGS,
    average_pool_constant,
    border_expansion,
    convolution_norm,
    cyclic_norm,
    matrix_norm,
    max_pool_constant,
    network_bound,
    schur_bound,
    window_multiplicity,
)

REFINEMENTS = (2, 4, 8)


def dense(w, channels, size, *, padding, stride, dilation, groups, padding_mode="zeros"):
    """The matrix of a convolution, from impulses through slices and contractions: no symbol, no index arithmetic in common."""
    f = partial(
        second.convolution,
        w=w,
        stride=stride,
        padding=padding,
        dilation=dilation,
        groups=groups,
        padding_mode=padding_mode,
    )
    return second.matrix(f, (1, channels, *size)).astype(float)


def cases(dims, count, seed):
    """Random options with at least one window, and an integer filter bank."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        groups, per_in, per_out = (int(v) for v in rng.integers(1, 3, 3))
        k, s, d = (tuple(int(v) for v in rng.integers(1, 4, dims)) for _ in range(3))
        extents = [step * (taps - 1) + 1 for step, taps in zip(d, k, strict=True)]
        padding = [(int(rng.integers(0, e)), int(rng.integers(0, e))) for e in extents]
        size = [max(1, e - sum(p)) + int(rng.integers(0, 4)) for e, p in zip(extents, padding, strict=True)]
        w = rng.integers(-3, 4, (groups * per_out, per_in, *k))
        yield w, groups * per_in, size, {"stride": s, "dilation": d, "groups": groups}, padding


def singular_value(matrix):
    """The largest singular value, and a bound of its error in float64 (Golub & Van Loan: a modest multiple of eps ||A||)."""
    value = np.linalg.svd(matrix, compute_uv=False)[0] if matrix.size else 0.0
    return value, matrix.size * np.finfo(float).eps * value


@pytest.mark.parametrize("dims", [1, 2])
def test_no_size_and_padding_exceeds_the_bound(dims):
    for w, channels, size, options, padding in cases(dims, 60, dims):
        value, slack = singular_value(dense(w, channels, size, padding=padding, **options))
        for refinement in REFINEMENTS:
            assert value - slack <= convolution_norm(w, refinement=refinement, **options).upper
        assert value - slack <= schur_bound(w, **options)


@pytest.mark.parametrize("dims", [1, 2])
@pytest.mark.parametrize("refinement", REFINEMENTS)
def test_the_enclosure_is_as_narrow_as_grid_and_trace_allow(dims, refinement):
    for w, _, _, options, _ in cases(dims, 60, 10 + dims):
        bound = convolution_norm(w, refinement=refinement, **options)
        rows = w.shape[0] // options["groups"]
        by_trace, by_grid = rows ** (3 / 2 ** (SQUARINGS + 1)), cos(pi / (2 * refinement)) ** -dims
        eight_roundings = 1 + 8 * np.finfo(float).eps  # of both ends, the powers and the products
        assert bound.lower <= bound.upper <= bound.lower * by_trace * by_grid * eight_roundings


@pytest.mark.parametrize(
    ("w", "norm"),
    [([1, 1, 1], 3), ([1, -1], 2), ([1, -2, 1], 4), ([3], 3), ([0, 0], 0), ([1, 2, 3, 4], 10)],
)
def test_norms_known_in_closed_form_are_enclosed(w, norm):
    bound = convolution_norm(np.array([[w]]), stride=(1,), dilation=(1,))
    assert bound.lower <= norm <= bound.upper


@pytest.mark.parametrize("size", [8, 16, 32])
def test_the_norm_of_a_long_signal_comes_close_to_the_lower_bound(size):
    w = np.array([[[1, 2, -1]]])
    value, _ = singular_value(dense(w, 1, [size], padding=[(1, 1)], stride=(1,), dilation=(1,), groups=1))
    bound = convolution_norm(w, stride=(1,), dilation=(1,))
    assert bound.lower * cos(pi / size) <= value <= bound.upper


@pytest.mark.parametrize(("s", "d"), [*product((1, 2, 3, 4), repeat=2)])
def test_only_the_reduced_stride_matters(s, d):
    w = np.array([[[1, -2, 3, 1]]])
    sigma = s // np.gcd(s, d)
    assert convolution_norm(w, stride=(s,), dilation=(d,)) == convolution_norm(w, stride=(int(sigma),), dilation=(1,))


@pytest.mark.parametrize("k", [1, 2, 3])
def test_windows_that_do_not_overlap_have_the_norm_of_the_flat_filters(k):
    w = np.arange(-3, 2 * 2 * k - 3).reshape(2, 2, k)
    flat, strided = matrix_norm(w.reshape(2, -1)), convolution_norm(w, stride=(3,), dilation=(1,))
    assert flat.lower <= strided.upper
    assert strided.lower <= flat.upper


def test_groups_have_the_largest_of_their_norms():
    rng = np.random.default_rng(3)
    w = rng.integers(-3, 4, (4, 2, 3))
    parts = [convolution_norm(part, stride=(1,), dilation=(1,)).upper for part in np.split(w, 2)]
    assert convolution_norm(w, stride=(1,), dilation=(1,), groups=2).upper == max(parts)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex64, np.complex128, np.int8, np.int64, object])
def test_weights_are_taken_as_they_are_stored(dtype):
    w = np.array([[[1, -2, 1]]]).astype(dtype)
    bound = convolution_norm(w, stride=(1,), dilation=(1,))
    assert bound.lower <= 4 <= bound.upper


def test_complex_filters_need_the_whole_circle():
    w = np.array([[[1, 1j]]])  # largest where exp(i q) = -i, in the half that real filters do not need
    bound = convolution_norm(w, stride=(1,), dilation=(1,))
    assert bound.lower <= 2 <= bound.upper


# ---- cyclic ----


@pytest.mark.parametrize("dims", [1, 2])
def test_the_cyclic_norm_is_that_of_the_circulant_matrix(dims):
    rng = np.random.default_rng(dims)
    for _ in range(20):
        s, d = (tuple(int(v) for v in rng.integers(1, 3, dims)) for _ in range(2))
        k = tuple(int(v) for v in rng.integers(1, 4, dims))
        size = [step * int(rng.integers(2, 4)) for step in s]
        groups = int(rng.integers(1, 3))
        w = rng.integers(-3, 4, (2 * groups, 1, *k))
        extents = [step * (taps - 1) for step, taps in zip(d, k, strict=True)]
        if any(e > n for e, n in zip(extents, size, strict=True)):
            continue
        padding = [(0, e) for e in extents]
        options = {"stride": s, "dilation": d, "groups": groups}
        value, slack = singular_value(dense(w, groups, size, padding=padding, padding_mode="circular", **options))
        bound = cyclic_norm(w, size=size, **options)
        assert bound.lower - slack <= value <= bound.upper + slack


def test_a_stride_that_does_not_divide_the_cycle_is_refused():
    with pytest.raises(ValueError, match="cyclic_norm: the stride must divide the size, got size=5, stride=2"):
        cyclic_norm(np.ones((1, 1, 2)), size=(5,), stride=(2,), dilation=(1,))


def test_the_cyclic_norm_is_at_most_the_one_on_the_integers():
    w = np.array([[[1, -2, 2]]])
    whole = convolution_norm(w, stride=(1,), dilation=(1,))
    assert all(cyclic_norm(w, size=(n,), stride=(1,), dilation=(1,)).lower <= whole.upper for n in range(1, 12))


# ---- matrices, borders, pooling, cascades ----


def test_the_matrix_norm_encloses_the_largest_singular_value():
    rng = np.random.default_rng(7)
    for rows, columns in product((1, 2, 5), repeat=2):
        matrix = rng.standard_normal((rows, columns))
        value, slack = singular_value(matrix)
        bound = matrix_norm(matrix)
        assert bound.lower - slack <= value <= bound.upper + slack


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_weights_that_are_not_finite_are_refused(bad):
    w = np.array([[[1.0, bad]]])
    with pytest.raises(ValueError, match="the weights must be finite"):
        convolution_norm(w, stride=(1,), dilation=(1,))
    with pytest.raises(ValueError, match="the weights must be finite"):
        matrix_norm(w[0])


@pytest.mark.parametrize("scale", [2.0**-500, 2.0**500])
def test_huge_and_tiny_weights_neither_overflow_nor_vanish(scale):
    bound = convolution_norm(np.array([[[scale, scale]]]), stride=(1,), dilation=(1,))
    assert 0 < bound.lower <= 2 * scale <= bound.upper < inf


@pytest.mark.parametrize("mode", ["reflect", "replicate", "circular"])
def test_other_borders_expand_by_the_root_of_the_reads(mode):
    rng = np.random.default_rng(5)
    for n, p, q in product((3, 4), (0, 1, 2), (0, 1, 2)):
        w = rng.integers(-3, 4, (2, 1, 3))
        matrix = dense(w, 1, [n], padding=[(p, q)], stride=(1,), dilation=(1,), groups=1, padding_mode=mode)
        value, slack = singular_value(matrix)
        norm = convolution_norm(w, stride=(1,), dilation=(1,)).upper
        assert value - slack <= norm * border_expansion([n], [(p, q)], mode)


def test_zero_padding_expands_nothing():
    assert border_expansion([3, 4], [(2, 2), (0, 5)], "zeros") == nextafter(1.0, inf)


@pytest.mark.parametrize(("k", "s", "d"), [*product((1, 2, 3, 5), (1, 2, 3), (1, 2, 3))])
def test_windows_of_one_sample_are_counted(k, s, d):
    reads = [s * t + d * u for t in range(-20, 20) for u in range(k)]
    assert max(map(reads.count, range(s * d))) == window_multiplicity([k], [s], [d])


@pytest.mark.parametrize(("k", "s"), [*product((1, 2, 3), repeat=2)])
def test_constants_of_pooling_are_roots(k, s):
    multiplicity = -(-k // s)
    assert max_pool_constant([k, k], [s, s], [1, 1]) >= multiplicity
    assert max_pool_constant([k, k], [s, s], [1, 1]) <= nextafter(nextafter(multiplicity, inf), inf)
    assert average_pool_constant([k], [s]) ** 2 * k >= nextafter(multiplicity, 0)


def test_average_pooling_obeys_its_constant():
    for n, k, s in product((4, 7), (2, 3), (1, 2, 3)):
        w = np.full((1, 1, k), 1)
        matrix = dense(w, 1, [n], padding=[(k - 1, k - 1)], stride=(s,), dilation=(1,), groups=1) / k
        value, slack = singular_value(matrix)
        assert value - slack <= average_pool_constant([k], [s])


def test_the_bound_of_a_network_is_the_product_rounded_up():
    constants = [0.1, 0.2, 0.3, sqrt(2)]
    assert network_bound(constants) >= prod(constants)
    assert network_bound([]) == nextafter(1.0, inf)
    assert network_bound([2.0, 3.0]) == nextafter(6.0, inf)
