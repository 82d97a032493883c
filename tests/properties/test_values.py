"""The judge of values: accepts every correct computation, rejects what is off by little more than the bound."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convoracle import impl
from convoracle.properties.bounds import Rules
from convoracle.properties.values import error_ratio, judge_floats, judge_integers
from convoracle.spec.catalog import operator
from convoracle.spec.configuration import bind
from convoracle.spec.evaluate import evaluate, exact_element
from convoracle.spec.rounding import BINARY16, BINARY32, BINARY64, FORMATS, Arithmetic, direct_bound_exact

RECORD = operator("convolve")
FORMAT = {"float32": BINARY32, "float64": BINARY64, "complex64": BINARY32, "complex128": BINARY64}


def rules(dtype, algorithm="direct", conventions=(), **arithmetic):
    return Rules(Arithmetic(FORMAT[dtype], **arithmetic), algorithm, dict(conventions))


def judged(got, x, h, *, mode="full", **declared):
    configuration = bind(RECORD, {"x": x.shape, "h": h.shape}, {"mode": mode})
    return judge_floats(
        configuration, {"x": x, "h": h}, got.reshape(configuration.output_shape), rules(str(got.dtype), **declared)
    )


def accepted(got, x, h, **declared):
    return judged(got, x, h, **declared).mismatch is None


def dot(x, h, value, **declared):
    """Whether `value` is accepted as the one sample in which all of x meets all of h."""
    return accepted(np.array([value], np.result_type(x, h)), x, h[::-1], mode="valid", **declared)


# ---- sums in any order ----


def sequential(products):
    total = products.dtype.type(0)
    for product in products:
        total = total + product
    return total


def pairwise(products):
    while len(products) > 1:
        if len(products) % 2:
            products = np.append(products, products.dtype.type(0))
        products = products[::2] + products[1::2]
    return products[0]


def fused(x, h):
    """Multiply and add with one rounding; float64 holds the product and, rounded to odd or not, decides nearly every sum."""
    total = np.float32(0)
    for a, b in zip(x, h, strict=True):
        total = np.float32(np.longdouble(a) * np.longdouble(b) + np.longdouble(total))
    return total


ORDERS = {
    "sequential": lambda x, h: sequential(x * h),
    "reversed": lambda x, h: sequential((x * h)[::-1]),
    "pairwise": lambda x, h: pairwise(x * h),
    "largest first": lambda x, h: sequential(np.array(sorted(x * h, key=abs, reverse=True))),
    "smallest first": lambda x, h: sequential(np.array(sorted(x * h, key=abs))),
}


def operands(seed, dtype, n, spread=8):
    generator = np.random.default_rng(seed)
    numbers = generator.standard_normal((2, n)) * 2.0 ** generator.integers(-spread, spread + 1, (2, n))
    x, h = numbers.astype(dtype)
    if seed % 2:  # cancellation
        x[n // 2 :], h[n // 2 :] = -x[: n - n // 2], h[: n - n // 2]
    return x, h


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("order", ORDERS)
@given(seed=st.integers(0, 10**6), n=st.integers(1, 40))
def test_sums_in_any_order_are_accepted(order, dtype, seed, n):
    x, h = operands(seed, dtype, n)
    assert dot(x, h, ORDERS[order](x, h))


@given(seed=st.integers(0, 10**6), n=st.integers(1, 40))
def test_fused_sums_are_accepted(seed, n):
    x, h = operands(seed, "float32", n)
    assert dot(x, h, fused(x, h))


@given(seed=st.integers(0, 10**6), n=st.integers(1, 40))
def test_wider_accumulators_are_accepted(seed, n):
    x, h = operands(seed, "float32", n)
    value = np.float32(sequential(x.astype(np.float64) * h.astype(np.float64)))
    assert dot(x, h, value)
    assert dot(x, h, value, accumulator=BINARY64)


def exact(x, h):
    configuration = bind(RECORD, {"x": x.shape, "h": h.shape}, {"mode": "valid"})
    return configuration, exact_element(configuration, {"x": x, "h": h[::-1]}, (0, 0, 0))


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@given(seed=st.integers(0, 10**6), n=st.integers(1, 40))
def test_the_last_number_within_the_bound_is_accepted_and_the_next_is_not(dtype, sign, seed, n):
    x, h = operands(seed, dtype, n)
    _, true = exact(x, h)
    bound = direct_bound_exact(true.magnitude, true.count, true.value, Arithmetic(FORMAT[dtype]))
    outward = np.dtype(dtype).type(sign * np.inf)
    edge = np.dtype(dtype).type(float(true.value + sign * bound))
    while sign * (Fraction(float(edge)) - true.value) > bound:
        edge = np.nextafter(edge, -outward)
    while sign * (Fraction(float(np.nextafter(edge, outward))) - true.value) <= bound:
        edge = np.nextafter(edge, outward)
    assert dot(x, h, edge)
    assert not dot(x, h, np.nextafter(edge, outward))


@given(seed=st.integers(0, 10**6), n=st.integers(1, 30), excess=st.sampled_from([-1e-6, 1e-6]))
def test_errors_just_beyond_the_bound_are_wrong_and_just_within_are_right(seed, n, excess):
    """A float64 subject declared to sum in float32 has room between its numbers to test the bound closely."""
    x, h = operands(seed, "float64", n)
    declared = Arithmetic(BINARY64, accumulator=BINARY32)
    _, true = exact(x, h)
    bound = direct_bound_exact(true.magnitude, true.count, true.value, declared)
    value = float(true.value + bound * Fraction(1 + excess))
    assert dot(x, h, value, accumulator=BINARY32) == (excess < 0)


# ---- the stages ----


def test_clear_cases_are_decided_in_double_double_and_close_ones_exactly():
    x, h = operands(4, "float64", 20)
    _, true = exact(x, h)
    bound = direct_bound_exact(true.magnitude, true.count, true.value, Arithmetic(BINARY64))
    near = np.array([float(true.value + bound)])
    judgement = judged(near, x, h[::-1], mode="valid")
    assert (judgement.elements, judgement.double_double + judgement.exact) == (1, 1)
    configuration = bind(RECORD, {"x": x.shape, "h": h.shape}, {})
    clear = judge_floats(configuration, {"x": x, "h": h}, impl.convolve(x, h).reshape(1, 1, -1), rules("float64"))
    assert (clear.exact, clear.unjudged) == (0, 0)
    assert 0 < clear.worst < 1
    assert clear.histogram.sum() == clear.double_double == 39


@pytest.mark.parametrize("ulps", [-1, 0, 1])
def test_doubtful_elements_are_decided_exactly_on_both_sides(ulps):
    # S = 2**-1070, in which the error of the evaluation itself is too large to decide
    x, h = np.array([2.0**-540, -(2.0**-540)]), np.array([2.0**-530, 2.0**-530])
    judgement = judged(np.array([ulps * 2.0**-1072]), x, h, mode="valid")
    assert judgement.exact == 1
    assert (judgement.mismatch is None) == (ulps == 0)


@given(
    st.lists(st.integers(-50, 50), min_size=1, max_size=8),
    st.lists(st.integers(-50, 50), min_size=1, max_size=8),
    st.integers(0, 99),
)
def test_sums_of_small_integers_must_be_equal(x, h, place):
    x, h = np.array(x, np.float32), np.array(h, np.float32)
    got = impl.convolve(x, h)
    assert accepted(got, x, h)
    off = got.copy()
    off[place % len(off)] = np.nextafter(off[place % len(off)], np.float32(np.inf))
    assert not accepted(off, x, h)


def test_an_error_of_one_in_a_sum_of_small_integers_is_wrong_even_below_the_rounding_bound():
    h = np.full(200, 200, np.float32)
    for x, right in ((h, False), (h + np.float32(2**-15), True)):
        got = impl.convolve(x, h)
        got[199] += 1  # S = 8e6: the bound of rounding is 96
        assert accepted(got, x, h) == right


# ---- integers ----


@given(
    st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=3),
    st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=3),
)
def test_integers_are_equal_or_equal_modulo_their_width(x, h):
    x, h = np.array(x, np.int64), np.array(h, np.int64)
    configuration = bind(RECORD, {"x": x.shape, "h": h.shape}, {})
    whole = np.convolve(x.astype(object), h.astype(object)).reshape(configuration.output_shape)
    wrapped = np.array([(v + 2**63) % 2**64 - 2**63 for v in whole.ravel()], np.int64).reshape(whole.shape)
    fits = all(-(2**63) <= v < 2**63 for v in whole.ravel())
    arrays = {"x": x, "h": h}
    assert (judge_integers(configuration, arrays, (wrapped,), rules("float64")).mismatch is None) == fits
    wraps = rules("float64", conventions={"integer_overflow": "wrap"})
    assert judge_integers(configuration, arrays, (wrapped,), wraps).mismatch is None
    off = judge_integers(configuration, arrays, (wrapped ^ 1,), wraps)
    assert (off.wrong, off.mismatch.error >= 1, off.integer) == (whole.size, True, whole.size)


# ---- complex ----


@pytest.mark.parametrize("dtype", ["complex64", "complex128"])
@given(seed=st.integers(0, 10**6), n=st.integers(1, 20))
def test_both_parts_of_complex_results_are_judged(dtype, seed, n):
    x, h = (a + 1j * b for a, b in zip(operands(seed, "float64", n), operands(seed + 2, "float64", n), strict=True))
    x, h = x.astype(dtype), h.astype(dtype)
    got = np.convolve(x, h)
    assert accepted(got, x, h)
    assert judged(got, x, h).elements == 2 * got.size
    for unit in (1, 1j):
        wrong = got.copy()
        wrong[0] += np.dtype(dtype).type(unit * (1 + abs(got[0])) / 64)
        assert not accepted(wrong, x, h)


# ---- narrower arithmetic than declared ----


def narrowed(values, precision):
    """Round to `precision` bits."""
    mantissa, exponent = np.frexp(values)
    return np.ldexp(np.rint(np.ldexp(mantissa, precision)), exponent - precision).astype(np.float32)


@pytest.mark.parametrize(("name", "precision"), [("tf32", 11), ("bfloat16", 8)])
def test_narrowed_operands_are_no_float32(name, precision):
    x, h = operands(6, "float32", 64, spread=0)
    got = impl.convolve(narrowed(x, precision), narrowed(h, precision))
    judgement = judged(got, x, h)
    assert judgement.mismatch is not None
    assert accepted(got, x, h, operands=FORMATS[name])


def test_a_float16_accumulator_is_no_float32():
    x, h = operands(6, "float32", 64, spread=0)
    got = np.array(
        [sequential((x[max(0, t - 63) : t + 1] * h[: t + 1][::-1][-64:]).astype(np.float16)) for t in range(64)],
        np.float32,
    )
    full = impl.convolve(x, h)
    full[:64] = got
    assert not accepted(full, x, h)
    assert accepted(full, x, h, accumulator=BINARY16)


def test_the_error_ratio_is_that_of_the_bound():
    x, h = operands(8, "float32", 30)
    configuration = bind(RECORD, {"x": x.shape, "h": h.shape}, {})
    arrays = {"x": x, "h": h}
    ratio = error_ratio(configuration, arrays, impl.convolve(x, h).reshape(1, 1, -1), rules("float32"))
    assert 0 < ratio.max() <= 1
    assert error_ratio(configuration, arrays, evaluate(configuration, arrays).high, rules("float64")).max() <= 1
