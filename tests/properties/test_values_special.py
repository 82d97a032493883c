"""The judge on NaN, infinities, subnormals and overflow, and on convolutions by FFT."""

import numpy as np
import pytest
import scipy.fft
import scipy.signal
from hypothesis import given
from hypothesis import strategies as st

from convoracle import impl
from convoracle.properties.bounds import Rules
from convoracle.properties.values import judge_floats
from convoracle.spec.catalog import operator
from convoracle.spec.configuration import bind
from convoracle.spec.rounding import BINARY32, BINARY64, Arithmetic, format_of

NAN, INF = float("nan"), float("inf")


def judged(name, arrays, got, options=None, algorithm="direct", conventions=(), **arithmetic):
    record = operator(name)
    configuration = bind(record, {key: a.shape for key, a in arrays.items()}, options or {})
    rules = Rules(Arithmetic(format_of(got.dtype), **arithmetic), algorithm, dict(conventions))
    return judge_floats(configuration, arrays, got.reshape(configuration.output_shape), rules)


def accepts(got, x, h, dtype="float64", **declared):
    """Whether `got` is accepted as convolve(x, h)."""
    arrays = {"x": np.array(x, dtype), "h": np.array(h, dtype)}
    return judged("convolve", arrays, np.array(got, dtype), **declared).mismatch is None


# ---- NaN, infinities, zeros ----


@pytest.mark.parametrize(
    ("x", "h", "right"),
    [
        ([NAN, 1], [1], [NAN, 1]),
        ([INF, 1], [1], [INF, 1]),
        ([-INF, 1], [1], [-INF, 1]),
        ([INF], [0], [NAN]),
        ([INF], [-2], [-INF]),
        ([INF, -INF], [1, 1], [INF, NAN, -INF]),
        ([INF, INF], [1, 1], [INF, INF, INF]),
        ([NAN, 0], [0, 0], [NAN, NAN, 0]),
        ([1, 2], [NAN, 1], [NAN, NAN, 2]),
    ],
)
def test_special_values_stand_where_the_definition_puts_them_and_nowhere_else(x, h, right):
    assert accepts(right, x, h)
    for place, other in np.ndindex(len(right), 4):
        wrong = list(right)
        wrong[place] = (NAN, INF, -INF, 7.0)[other]
        same = wrong[place] == right[place] or (np.isnan(wrong[place]) and np.isnan(right[place]))
        assert accepts(wrong, x, h) == same


def test_zeros_of_both_signs_are_the_same():
    for zero in (0.0, -0.0):
        assert accepts([zero, zero], [0.0, -0.0], [1.0])
    assert not accepts([5e-324], [0.0], [1.0])


def padded(tap, sample, got, **declared):
    """Whether `got` is accepted for the window whose first tap meets the padding and whose second meets `sample`."""
    arrays = {"x": np.array([[[sample]]]), "w": np.array([[[tap, 1.0]]])}
    return judged("conv1d", arrays, np.array([[[got]]]), {"padding": ((1, 0),)}, **declared).mismatch is None


def test_a_tap_that_meets_no_sample_contributes_nothing():
    for tap in (INF, NAN):
        assert padded(tap, 3.0, 3.0)
        assert not padded(tap, 3.0, NAN)


def test_where_zero_times_infinity_is_computed_nothing_is_judged_that_may_meet_it():
    multiplied = {"padding_times_inf": "multiplied"}
    assert padded(INF, 3.0, NAN, conventions=multiplied)
    assert padded(INF, 3.0, 3.0, conventions=multiplied)
    assert not padded(2.0, 3.0, NAN, conventions=multiplied)


def test_where_zero_times_infinity_is_computed_what_is_not_finite_must_still_be_seen():
    for declared in ({}, {"padding_times_inf": "multiplied"}):
        assert padded(2.0, NAN, NAN, conventions=declared)
        assert not padded(2.0, NAN, 0.0, conventions=declared)
        assert not padded(2.0, INF, 0.0, conventions=declared)
        assert not padded(INF, 3.0, 4.0, conventions=declared)
        assert padded(INF, INF, INF, conventions=declared)
        assert padded(INF, INF, NAN, conventions=declared) == bool(declared)


# ---- complex numbers that are not finite ----

PARTS = (NAN, INF, -INF, 2.0)
IN_ONE_PART = [complex(a, b) for a in PARTS for b in PARTS if not np.isfinite(complex(a, b))]


@pytest.mark.parametrize("sample", IN_ONE_PART)
@pytest.mark.parametrize("got", [*IN_ONE_PART, 2.0])
def test_a_complex_number_that_is_not_finite_is_seen_in_one_part_at_least(sample, got):
    assert accepts([1, got, 1j], [1, sample, 1j], [1], "complex128") == (not np.isfinite(got))


@pytest.mark.parametrize("got", [*IN_ONE_PART, 7.0])
@pytest.mark.parametrize("place", [0, 2])
def test_a_complex_element_that_meets_only_finite_numbers_is_judged_as_ever(got, place):
    right = [1, NAN, 1j]
    assert accepts(right, [1, NAN, 1j], [1], "complex128")
    right[place] = got
    assert not accepts(right, [1, NAN, 1j], [1], "complex128")


def test_the_zero_of_a_window_does_not_hide_what_is_not_finite():
    for sample in IN_ONE_PART:
        assert accepts([NAN], [sample], [0], "complex64")
        assert not accepts([0], [sample], [0], "complex64")


def test_a_transform_carries_complex_numbers_that_are_not_finite_anywhere():
    assert accepts([NAN, NAN, NAN], [1, NAN, 1j], [1], "complex128", algorithm="fft")


def test_a_complex_element_may_be_lost_where_zero_times_infinity_is_computed():
    arrays = {"x": np.array([[[3 + 1j, 1j]]]), "w": np.array([[[complex(INF, 0), 1.0]]])}
    multiplied = {"padding_times_inf": "multiplied"}
    for declared, right in ((multiplied, True), ({}, False)):
        got = np.array([[[NAN, NAN]]], complex)
        mismatch = judged("conv1d", arrays, got, {"padding": ((1, 0),)}, conventions=declared).mismatch
        assert (mismatch is None) == right
    assert judged("conv1d", arrays, np.array([[[3 + 1j, NAN]]]), {"padding": ((1, 0),)}).mismatch is None


def test_where_one_part_of_a_complex_element_overflows_the_other_may_be_lost():
    x, h = [1e38], [complex(0.03, 5)]
    for got, right in ((complex(3e36, INF), True), (complex(NAN, INF), True), (complex(3e36, 0), False)):
        assert accepts([got], x, h, "complex64") == right
    assert not accepts([complex(NAN, 5e36)], [1e36], h, "complex64")


@pytest.mark.parametrize("algorithm", ["direct", "pairwise", "fft", "winograd_2_3", "winograd_4_3"])
@pytest.mark.parametrize("got", [INF, NAN, 1.7e308])
def test_classes_whose_sums_overflow_before_others_are_judged_without_a_warning(got, algorithm):
    arrays = {"x": np.array([[[1.7e308, 1.7e308, -1.7e308, 1.7e308]]]), "w": np.array([[[1.0, 1.0, 1.0]]])}
    result = judged("conv1d", arrays, np.array([[[got, got]]]), algorithm=algorithm)
    assert result.wrong == 0
    assert result.elements == 2


@pytest.mark.parametrize(
    ("got", "algorithms"),
    [
        (complex(0, 2.0**1022), ("direct", "gauss")),
        (complex(NAN, 2.0**1022), ("gauss",)),
        (complex(0, INF), ("gauss",)),
        (complex(0, 1), ()),
        (complex(2.0**1000, 2.0**1022), ()),
    ],
)
def test_sums_of_parts_may_overflow_where_the_parts_do_not(got, algorithms):
    arrays = {"x": np.array([[[complex(2.0**1023, 2.0**1023)]]]), "w": np.array([[[0.25 + 0.25j]]])}
    accepting = (
        a for a in ("direct", "gauss") if judged("conv1d", arrays, np.array([[[got]]]), algorithm=a).mismatch is None
    )
    assert tuple(accepting) == algorithms


# ---- subnormals ----

TINY = {"float32": np.float32(2.0**-130), "float64": np.float64(2.0**-1030)}
FLUSHED = {"flushed": True, "conventions": {"subnormals": "flushed"}}


@pytest.mark.parametrize("dtype", TINY)
def test_a_flushed_result_is_wrong_unless_it_is_declared(dtype):
    x = [TINY[dtype] * 5, 1.0]
    assert accepts(np.convolve(np.array(x, dtype), np.array([1.0], dtype)), x, [1.0], dtype)
    assert not accepts([0, 1.0], x, [1.0], dtype)
    assert accepts([0, 1.0], x, [1.0], dtype, **FLUSHED)
    assert not accepts([0, 0], x, [1.0], dtype, **FLUSHED)


@pytest.mark.parametrize("dtype", TINY)
@given(seed=st.integers(0, 10**6))
def test_flushed_operands_products_and_sums_are_accepted_where_declared(dtype, seed):
    generator = np.random.default_rng(seed)
    least = np.finfo(dtype).smallest_normal
    x = (generator.standard_normal(6) * least * 2.0 ** generator.integers(-6, 3, 6)).astype(dtype)
    h = (generator.standard_normal(4) * 2.0 ** generator.integers(-6, 10, 4)).astype(dtype)

    def flush(values):
        return np.where(abs(values) < least, values * 0, values)

    y = np.zeros(9, dtype)
    for j, u in np.ndindex(6, 4):
        y[j + u] = flush(y[j + u] + flush(flush(x[j]) * flush(h[u])))
    assert accepts(y, x, h, dtype, **FLUSHED)
    assert accepts(impl.convolve(x, h), x, h, dtype)


@pytest.mark.parametrize("dtype", TINY)
@given(seed=st.integers(0, 10**6))
def test_gradual_underflow_is_accepted_in_any_order(dtype, seed):
    generator = np.random.default_rng(seed)
    scale = np.finfo(dtype).smallest_normal * 2.0**-10
    x = (generator.standard_normal(8) * scale).astype(dtype)
    h = generator.standard_normal(8).astype(dtype)
    forward, backward = impl.convolve(x, h), impl.convolve(h[::-1], x[::-1])[::-1]
    assert accepts(forward, x, h, dtype)
    assert accepts(backward, x, h, dtype)
    lost = forward + np.array(20 * np.finfo(dtype).smallest_subnormal, dtype)
    assert not accepts(lost, x, h, dtype)


# ---- overflow ----


@pytest.mark.parametrize(("dtype", "huge"), [("float32", 3e38), ("float64", 1.7e308)])
def test_where_a_partial_sum_may_overflow_only_finite_results_are_judged(dtype, huge):
    x, h = [huge, huge, -huge, -huge], [1, 1, 1, 1]
    right = [huge, np.inf, huge, 0, -huge, -np.inf, -huge]
    middle = slice(3, 4)
    for value in (0.0, NAN, INF, -INF):
        got = np.array(right)
        got[middle] = value
        assert accepts(got, x, h, dtype), value
    assert not accepts([*right[:3], huge / 2, *right[4:]], x, h, dtype)


@pytest.mark.parametrize(("dtype", "huge"), [("float32", 3e38), ("float64", 1.7e308)])
def test_a_sum_that_cannot_overflow_must_be_finite(dtype, huge):
    assert accepts([huge / 4], [huge / 4], [1], dtype)
    for value in (NAN, INF, -INF):
        assert not accepts([value], [huge / 4], [1], dtype)


@pytest.mark.parametrize(("dtype", "huge"), [("float32", 3e38), ("float64", 1.7e308)])
def test_a_finite_result_is_wrong_where_the_exact_one_overflows(dtype, huge):
    assert accepts([INF], [huge], [4], dtype)
    assert not accepts([huge], [huge], [4], dtype)


def test_unjudged_elements_are_counted():
    arrays = {"x": np.array([3e38, -3e38, 1], np.float32), "h": np.array([2, 2, 0], np.float32)}
    judgement = judged("convolve", arrays, np.array([INF, NAN, -INF, NAN, 0], np.float32))
    assert (judgement.mismatch.index, judgement.wrong) == ((0, 0, 3), 1)
    assert judgement.unjudged >= 1
    assert judgement.double_double + judgement.exact + judgement.unjudged == judgement.elements == 5


# ---- FFT ----

LENGTHS = st.sampled_from(
    [1, 2, 3, 4, 5, 7, 8, 9, 11, 13, 16, 17, 22, 25, 27, 31, 33, 49, 60, 64, 77, 97, 101, 121, 128, 211]
)


def by_fft(x, h, length=None):
    full = len(x) + len(h) - 1
    points = length or scipy.fft.next_fast_len(full)
    y = scipy.fft.ifft(scipy.fft.fft(x, points) * scipy.fft.fft(h, points))[:full]
    return y.astype(np.result_type(x, h)) if np.iscomplexobj(x) else y.real.astype(np.result_type(x, h))


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64", "complex128"])
@given(n=LENGTHS, k=LENGTHS, seed=st.integers(0, 10**6))
def test_convolutions_by_fft_are_accepted_in_their_class(dtype, n, k, seed):
    generator = np.random.default_rng(seed)
    x, h = (generator.standard_normal(size) * 2.0 ** generator.integers(-9, 9) for size in (n, k))
    if dtype.startswith("complex"):
        x, h = x + 1j * generator.standard_normal(n), h - 1j * generator.standard_normal(k)
    x, h = x.astype(dtype), h.astype(dtype)
    arrays = {"x": x, "h": h}
    for got in (by_fft(x, h), by_fft(x, h, n + k - 1), scipy.signal.fftconvolve(x, h)):
        judgement = judged("convolve", arrays, got.astype(dtype), algorithm="fft")
        assert judgement.mismatch is None
        assert judgement.worst < 0.5
    wrong = by_fft(x, h).astype(dtype)
    wrong[-1] += np.dtype(dtype).type(np.linalg.norm(x) * np.linalg.norm(h) / 50)
    assert judged("convolve", arrays, wrong, algorithm="fft").mismatch is not None


def test_a_convolution_by_fft_is_no_direct_sum():
    x, h = np.r_[1e6, np.zeros(30)], np.r_[np.pi, np.zeros(30)]
    got = by_fft(x, h)
    assert judged("convolve", {"x": x, "h": h}, got, algorithm="fft").mismatch is None
    assert judged("convolve", {"x": x, "h": h}, got).mismatch is not None


def test_a_circular_convolution_is_no_linear_one():
    x, h = np.ones(16), np.ones(16)
    folded = np.resize(scipy.fft.ifft(scipy.fft.fft(x) * scipy.fft.fft(h)).real, 31)
    assert judged("convolve", {"x": x, "h": h}, folded, algorithm="fft").mismatch is not None


def test_by_fft_nothing_is_said_of_data_that_are_not_finite():
    x, h = np.array([1.0, NAN, 2.0]), np.ones(2)
    judgement = judged("convolve", {"x": x, "h": h}, np.full(4, NAN), algorithm="fft")
    assert judgement.mismatch is None
    assert judgement.unjudged == 4


def test_a_wider_accumulator_has_the_smaller_bound():
    x, h = np.float32([1, 1e-3] * 20), np.float32([1, 1.001] * 20)
    rough = impl.convolve(x, h)
    smooth = impl.convolve(x.astype(float), h.astype(float)).astype(np.float32)
    ratios = [judged("convolve", {"x": x, "h": h}, y, accumulator=BINARY64).worst for y in (rough, smooth)]
    assert ratios[1] <= 1 < max(2 * ratios[0], 2)
    assert judged("convolve", {"x": x, "h": h}, rough, accumulator=BINARY32).worst <= 1
