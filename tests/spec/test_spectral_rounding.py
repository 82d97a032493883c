"""Errors in norm: the transforms of NumPy and SciPy, convolutions and moduli against exact ones, and bounds above all of them."""

from functools import cache
from math import sqrt

import numpy as np
import pytest
import scipy.fft
from flint import acb, arb, ctx
from hypothesis import given
from hypothesis import strategies as st

from convoracle.spec.rounding import BINARY32, BINARY64
from convoracle.spec.spectral_rounding import RelativeTo, Size, transform_growth

FORMATS = {np.dtype(np.float32): BINARY32, np.dtype(np.float64): BINARY64}
EACH_DTYPE = pytest.mark.parametrize("dtype", FORMATS, ids=str)
LENGTHS = (*range(1, 131), 169, 256, 509, 729, 1009, 1024)
"""Products of small factors, powers, and primes: short ones by passes, long ones by Bluestein's algorithm."""


@pytest.fixture(autouse=True)
def precision():
    with ctx.workprec(200):
        yield


# ---- exact transforms, and data that strain computed ones ----


def balls(values):
    return [acb(v) for v in np.asarray(values).tolist()]


def norm(values):
    """The 2-norm, rounded down."""
    return _squares(values).abs_lower().sqrt().abs_lower()


def norm_above(values):
    """The 2-norm, rounded up."""
    return _squares(values).abs_upper().sqrt().abs_upper()


def _squares(values):
    return sum((v.real * v.real + v.imag * v.imag for v in values), arb(0))


def distance(computed, exact):
    """The 2-norm of an error, rounded up."""
    return norm_above([c - e for c, e in zip(balls(computed), exact, strict=True)])


def signals(n, dtype, seed=0):
    """Real and complex signals of one length, of one precision."""
    generator, t = np.random.default_rng((n, seed)), np.arange(n)
    noise, phase = generator.standard_normal(n), generator.uniform(0, 2 * np.pi, n)
    real = {
        "constant": np.full(n, 1 / 3),
        "impulse": np.where(t == n // 3, 1 / 3, 0),
        "alternating": (-1.0) ** t,
        "noise": noise,
        "wide dynamic range": noise * 10.0 ** generator.uniform(-9, 9, n),
        "one large among small": np.where(t == n // 2, 1e7, noise),
    }
    chirp = {
        "wave": np.exp(2j * np.pi * (n // 2) * t / n),
        "chirp": np.exp(1j * np.pi * t**2 / n),
        "phases": np.exp(1j * phase),
    }
    kind = np.result_type(dtype, np.complex64)
    return {**{k: v.astype(dtype) for k, v in real.items()}, **{k: v.astype(kind) for k, v in chirp.items()}}


@cache
def transformed(n, dtype):
    """The signals of one length with their exact transforms."""
    return [(what, x, acb.dft(balls(x))) for what, x in signals(n, dtype).items()]


# ---- transforms ----


@EACH_DTYPE
@pytest.mark.parametrize("library", [np.fft, scipy.fft], ids=["numpy", "scipy"])
def test_no_transform_errs_more_than_the_bound(library, dtype):
    for n in LENGTHS:
        eps = transform_growth(n, FORMATS[dtype].unit)
        for what, x, exact in transformed(n, dtype):
            assert distance(library.fft(x), exact) <= eps * norm(exact), (n, what)


@EACH_DTYPE
@pytest.mark.parametrize("n", [1, 2, 7, 30, 64, 97, 128])
def test_neither_real_nor_inverse_transforms_nor_those_of_both_axes_err_more(n, dtype):
    unit = FORMATS[dtype].unit
    for what, x in signals(n, dtype).items():
        inverse = acb.dft(balls(x), inverse=True)
        assert distance(scipy.fft.ifft(x), inverse) <= (transform_growth(n, unit) + 2 * unit) * norm(inverse), what
        if x.dtype == dtype:
            half = acb.dft(balls(x))[: n // 2 + 1]
            assert distance(scipy.fft.rfft(x), half) <= transform_growth(n, unit) * norm(balls(x)) * sqrt(n), what
    grid = signals(n * 6, dtype)["noise"].reshape(n, 6)
    rows = [acb.dft(balls(row)) for row in grid]
    exact = [value for column in zip(*rows, strict=True) for value in acb.dft(list(column))]
    assert distance(scipy.fft.fft2(grid).T.ravel(), exact) <= transform_growth(n * 6, unit) * norm(exact)


def test_one_number_is_its_own_transform():
    assert transform_growth(1, BINARY32.unit) == 0
    assert scipy.fft.fft(np.array([1 / 3])).tolist() == [1 / 3]


@EACH_DTYPE
def test_the_bound_leaves_half_of_the_digits_and_a_third_where_a_factor_is_large(dtype):
    unit = FORMATS[dtype].unit
    assert all(unit < transform_growth(2**k, unit) < sqrt(unit) for k in range(1, 20))
    assert all(unit < transform_growth(n, unit) < unit ** (1 / 3) for n in range(2, 257))


@pytest.mark.parametrize("n", [13, 26, 97, 1009])
def test_lengths_with_a_large_factor_have_the_larger_bound(n):
    power = 1 << n.bit_length()
    assert transform_growth(n, BINARY64.unit) > transform_growth(power, BINARY64.unit)


# ---- convolutions ----


def filters(n, dtype, largest, seed=0):
    """Spectra of one length with a bound on their modulus, as stored, and how far each is from the spectrum that is meant."""
    generator = np.random.default_rng((n, seed, 1))
    meant = {
        "noise": generator.uniform(-1, 1, n) * largest,
        "flat": np.full(n, largest),
        "one bin": np.where(np.arange(n) == n // 2, largest, 0.0),
        "narrow": largest * np.exp(-((np.arange(n) - n / 3) ** 2)),
    }
    return {what: (spectrum, spectrum.astype(dtype)) for what, spectrum in meant.items()}


def convolved_exactly(x, spectrum, folds=1):
    """The cyclic convolution, sampled every `folds`, of balls."""
    return acb.dft([a * b for a, b in zip(acb.dft(x), balls(spectrum), strict=True)], inverse=True)[::folds]


def by_transforms(x, spectrum, folds=1):
    """The same, computed: aliases are added before the transform back."""
    product = scipy.fft.fft(x) * spectrum
    return scipy.fft.ifft(product.reshape(folds, -1).sum(axis=0) / product.real.dtype.type(folds))


def by_sums(x, taps, folds=1):
    """The same, computed one product after another."""
    n, out = len(x), np.zeros(len(x) // folds, taps.dtype)
    for j in range(n):
        out = out + x[j] * taps[(folds * np.arange(n // folds) - j) % n]
    return out


def spectrum_error(taps, spectrum):
    """How far the spectrum of stored taps is from that which is meant, at most."""
    return max(float(abs(a - b).abs_upper()) for a, b in zip(acb.dft(balls(taps)), balls(spectrum), strict=True))


SHAPES = [(1, 1), (2, 1), (8, 1), (8, 4), (9, 3), (24, 2), (31, 1), (60, 4), (64, 16), (97, 1), (128, 32)]


@EACH_DTYPE
@pytest.mark.parametrize(("n", "folds"), SHAPES)
@pytest.mark.parametrize("largest", [1.0, 2.0, 5.0])
def test_no_convolution_errs_more_than_the_bound(n, folds, largest, dtype):
    unit = FORMATS[dtype].unit
    for (what, x), (which, (meant, stored)) in product_of(signals(n, dtype), filters(n, dtype, largest)):
        exact, size = convolved_exactly(balls(x), meant, folds), norm(balls(x))
        spectral = Size(unit).convolved(n, largest=largest, stored=largest * unit, folds=folds)
        assert norm(exact) <= spectral.norm * norm_above(balls(x)), (what, which)
        assert distance(by_transforms(x, stored, folds), exact) <= spectral.error * size, (what, which)
    taps = np.fft.ifft(meant).astype(np.result_type(dtype, np.complex64))
    direct = Size(unit).convolved(n, largest=largest, stored=spectrum_error(taps, meant), folds=folds)
    assert distance(by_sums(x, taps, folds), exact) <= direct.error * size


def product_of(*tables):
    first, second = tables
    return [(a, b) for a in first.items() for b in second.items()]


def test_a_convolution_with_a_wrong_spectrum_errs_more():
    n, unit = 32, BINARY64.unit
    x, (meant, stored) = signals(n, np.float64)["noise"], filters(n, np.float64, 1.0)["noise"]
    allowed = Size(unit).convolved(n, stored=unit).error * norm(balls(x))
    exact = convolved_exactly(balls(x), meant)
    for wrong in (np.roll(stored, 1), stored * (1 + 1e-9), np.abs(stored)):
        assert distance(by_transforms(x, wrong), exact) > allowed


# ---- what follows on convolutions ----


@EACH_DTYPE
@given(n=st.integers(1, 48), seed=st.integers(0, 2**20), largest=st.sampled_from([0.5, 1.0, 2.0]))
def test_a_cascade_of_moduli_stays_within_the_bound(dtype, n, seed, largest):
    unit, (_, x) = FORMATS[dtype].unit, list(signals(n, dtype, seed).items())[seed % 9]
    size, exact, computed = Size(unit), balls(x), x
    for order in range(3):
        meant, stored = filters(n, dtype, largest, seed + order)["noise"]
        computed = np.abs(by_transforms(computed, stored))
        exact = [acb(abs(v)) for v in convolved_exactly(exact, meant)]
        size = size.convolved(n, largest=largest, stored=largest * unit).modulus(0.5)
        assert computed.dtype == dtype
        assert norm(exact) <= size.norm * norm_above(balls(x))
        assert distance(computed, exact) <= size.error * norm(balls(x))


@EACH_DTYPE
@pytest.mark.parametrize("n", [1, 5, 16, 63])
def test_entries_turned_by_computed_directions_stay_within_the_bound(n, dtype):
    unit, given_signals = FORMATS[dtype].unit, signals(n, dtype)
    for what, z in signals(n, dtype, 1).items():
        if z.dtype.kind == "c":
            near = (z * (1 + 1e-3j)).astype(z.dtype)  # stands for a computed z
            exact = [v / abs(v) for v in balls(z)]
            off = max(float(abs(a / abs(a) - e).abs_upper()) for a, e in zip(balls(near), exact, strict=True))
            x = given_signals["noise"]
            turned = x * (near / np.abs(near))
            error = distance(turned, [a * e for a, e in zip(balls(x), exact, strict=True)])
            assert error <= Size(unit).turned(off, 0.5).error * norm(balls(x)), what
            assert error > Size(unit).turned(0.0, 0.5).error * norm(balls(x)), what


@EACH_DTYPE
@pytest.mark.parametrize("n", [1, 2, 12, 37, 64])
def test_products_with_the_matrix_of_a_transform_stay_within_the_bound(n, dtype):
    kind = np.result_type(dtype, np.complex64)
    matrix = np.exp(-2j * np.pi * (np.outer(np.arange(n), np.arange(n)) % n) / n).astype(kind)
    size = Size(FORMATS[dtype].unit).transformed(n)
    for what, x in signals(n, dtype).items():
        exact = acb.dft(balls(x))
        for computed in (matrix @ x, scipy.fft.fft(x)):
            assert distance(computed, exact) <= size.error * norm(exact), what


@EACH_DTYPE
@given(rows=st.integers(1, 40), n=st.integers(1, 9), seed=st.integers(0, 2**20))
def test_sums_stay_within_the_bound(dtype, rows, n, seed):
    parts = [signals(n, dtype, seed + row)["wide dynamic range"] for row in range(rows)]
    total = np.zeros(n, dtype)
    for part in parts:
        total = total + part
    exact = [sum(column, acb(0)) for column in zip(*map(balls, parts), strict=True)]
    size = Size(FORMATS[dtype].unit).added(rows)
    assert distance(total, exact) <= size.error * sum((norm(balls(part)) for part in parts), arb(0))


def test_errors_are_handed_on_and_grow():
    start = Size(BINARY64.unit, norm=3.0, error=2.0**-30)
    after = {
        "convolved": start.convolved(16, largest=2.0),
        "modulus": start.modulus(1.0),
        "turned": start.turned(0.0, 1.0),
        "transformed": start.transformed(16),
        "added": start.added(4),
    }
    assert after.pop("convolved").norm == 6.0
    assert all((size.norm, size.unit) == (3.0, start.unit) for size in after.values())
    assert all(size.error > start.error for size in after.values())
    assert start.convolved(16, largest=2.0).error > 2 * start.error


def test_a_bound_may_be_relative_to_some_inputs_only():
    bound = RelativeTo(("dy",), lambda configuration, unit, values: (configuration, unit, values))
    assert bound.inputs == ("dy",)
    assert bound("call", 0.5, {}) == ("call", 0.5, {})
