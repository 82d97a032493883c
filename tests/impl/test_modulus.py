"""The modulus of complex entries, and functions of integers: accurate at the extremes, exact or refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from convoracle import impl

# ---- modulus of complex entries ----


@pytest.mark.parametrize("dtype", [np.complex64, np.complex128])
def test_the_complex_modulus_neither_overflows_nor_underflows(dtype, precise, elementary):
    limits = np.finfo(dtype)
    scales = [limits.max / 2, limits.smallest_normal, 4 * limits.smallest_subnormal, limits.dtype.type(1)]
    x = np.array([s * z for s in scales for z in (1, 1j, 0.75 - 1j, -1 + 0.25j)], dtype)
    y = impl.modulus(x)
    assert y.dtype == limits.dtype
    real, imaginary = precise.high(x.real), precise.high(x.imag)
    exact = np.array([precise.context.hypot(a, b) for a, b in zip(real, imaginary, strict=True)], object)
    precise.within(y, exact, elementary)
    dy = np.resize(limits.dtype.type([3, -0.1]), x.shape)
    dx = impl.modulus_gradient(dy, x)
    assert dx.dtype == dtype
    for part, wanted in ((dx.real, real), (dx.imag, imaginary)):  # modulus, quotient, product
        precise.within(np.ascontiguousarray(part), precise.high(dy) * wanted / exact, elementary + 2)


@pytest.mark.parametrize("dtype", [np.complex64, np.complex128])
def test_the_direction_is_right_also_where_the_modulus_overflows(dtype, precise, elementary):
    x = np.finfo(dtype).max * np.array([1, 1j, -1 + 1j, 1 - 0.75j], dtype)
    real, imaginary = precise.high(x.real), precise.high(x.imag)
    length = np.array([precise.context.hypot(a, b) for a, b in zip(real, imaginary, strict=True)], object)
    dx = impl.modulus_gradient(np.full(4, 5, x.real.dtype), x)
    for part, wanted in ((dx.real, real), (dx.imag, imaginary)):  # modulus, quotient, product
        precise.within(np.ascontiguousarray(part), 5 * wanted / length, elementary + 2)


def test_the_gradient_of_the_complex_modulus_is_that_of_its_parts(precise):
    a, b, dy = (np.array(v, float) for v in ([3, 0, -5, 1], [4, 2, 12, -1], [10, 1, 26, 1]))
    root = precise.context.mpf(1) / 2
    dx = impl.modulus_gradient(dy, a + 1j * b)
    of_a = precise.gradient(lambda a: (a * a + precise.high(b) ** 2) ** root, a, dy)
    of_b = precise.gradient(lambda b: (b * b + precise.high(a) ** 2) ** root, b, dy)
    precise.within(dx.real.copy(), of_a, 6)
    precise.within(dx.imag.copy(), of_b, 6)


def test_a_complex_entry_with_an_infinite_part_has_infinite_modulus():
    x = np.array([complex(np.inf, np.nan), complex(np.nan, -np.inf), complex(-np.inf, 1), complex(np.nan, 1)])
    np.testing.assert_array_equal(impl.modulus(x), [np.inf, np.inf, np.inf, np.nan])


# ---- integers ----

LOW, HIGH = -(2**63), 2**63 - 1
ENTRIES = st.sampled_from([np.int8, np.uint8, np.int64, np.uint64]).flatmap(
    lambda dtype: hnp.arrays(
        dtype, 3, elements=st.integers(int(np.iinfo(dtype).min), int(np.iinfo(dtype).max)) | st.integers(0, 2)
    )
)


def exact_or_refused(call, wanted):
    if all(LOW <= value <= HIGH for value in wanted):
        got = call()
        assert got.dtype == np.int64
        assert got.tolist() == wanted
    else:
        with pytest.raises(OverflowError, match="the exact result must fit int64, got"):
            call()


@given(ENTRIES, ENTRIES)
def test_integers_are_exact_or_refused(dy, x):
    changes, values = dy.tolist(), x.tolist()
    exact_or_refused(lambda: impl.relu(x), [max(v, 0) for v in values])
    exact_or_refused(lambda: impl.modulus(x), [abs(v) for v in values])
    pairs = list(zip(changes, values, strict=True))
    exact_or_refused(lambda: impl.relu_gradient(dy, x), [d if v > 0 else 0 for d, v in pairs])
    exact_or_refused(lambda: impl.modulus_gradient(dy, x), [d * ((v > 0) - (v < 0)) for d, v in pairs])
