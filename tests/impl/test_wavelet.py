"""Wavelet transforms and continuous wavelets: rows, norms, inverses, shifts, dilations, calls and refusals, the judge."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from flint import arb
from hypothesis import given, settings
from hypothesis import strategies as st

from convoracle import impl
from convoracle.impl import wavelet
from convoracle.impl.wavelet_bank import wavelet_bank
from convoracle.properties.check import check
from convoracle.spec import operator
from convoracle.spec.configuration import bind
from convoracle.spec.enclosure import enclose
from convoracle.spec.rounding import BINARY32, BINARY64, Arithmetic

DTYPES = {"float32": "complex64", "float64": "complex128", "complex64": "complex64", "complex128": "complex128"}
FORMATS = {4: BINARY32, 8: BINARY64}
WORDS = [("morlet", "cap"), ("morlet", "scalar"), ("meyer", "tight"), ("shannon", "cap"), ("spline", "cap")]


def normal(*shape, dtype="float64", seed=0):
    generator = np.random.default_rng([*shape, seed])
    parts = generator.standard_normal(shape), generator.standard_normal(shape)
    return (parts[0] + 1j * parts[1] if np.dtype(dtype).kind == "c" else parts[0]).astype(dtype)


def enclosed(name, x, **options):
    """The values of the record, and how far a result may be off, of the shape of the output; complex ones in parts."""
    configuration = bind(operator(name), {operator(name).inputs[0].name: x.shape}, options)
    arithmetic = Arithmetic(FORMATS[x.real.dtype.itemsize])
    (found,) = enclose(configuration, {operator(name).inputs[0].name: x}, arithmetic)
    return found if isinstance(found, tuple) else (found,)


def bound(name, x, **options):
    """How far any entry of a result may be off at most, in either part."""
    return max(float(part.bounds.max()) for part in enclosed(name, x, **options))


def within(got, parts):
    """Raise unless every part of every entry lies within its bound of the value."""
    planes = (got.real, got.imag) if len(parts) == 2 else (got,)
    for plane, part in zip(planes, parts, strict=True):
        rows = zip(plane.ravel().tolist(), part.values, part.bounds[0], strict=True)
        assert all(abs(arb(g) - v) <= b for g, v, b in rows)


def norm(x, axes=-1):
    return np.sqrt((np.abs(x) ** 2).sum(axis=axes))


# ---- values ----


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("wavelet_", "normalization"), WORDS)
@pytest.mark.parametrize("two_sided", [False, True])
def test_transforms_and_inverses_lie_within_the_bound_of_the_record(dtype, wavelet_, normalization, two_sided):
    options = {"J": 2, "Q": 2, "wavelet": wavelet_, "normalization": normalization, "two_sided": two_sided}
    x = normal(2, 9, dtype=dtype)
    y = impl.wavelet_transform1d(x, **options)
    assert y.dtype == DTYPES[dtype]
    within(y, enclosed("wavelet_transform1d", x, **options))
    back = impl.inverse_wavelet_transform1d(y, **options)
    assert back.dtype == (y.dtype if two_sided else y.real.dtype)
    within(back, enclosed("inverse_wavelet_transform1d", y, **options))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("word", ["morlet", "mexican_hat"])
@pytest.mark.parametrize("n", [1, 2, 7, 12])
def test_continuous_transforms_lie_within_the_bound_of_the_record(dtype, word, n):
    x = normal(2, n, dtype=dtype)
    y = impl.cwt(x, scales=4, Q=2, wavelet=word)
    assert y.dtype == DTYPES[dtype]
    within(y, enclosed("cwt", x, scales=4, Q=2, wavelet=word))


@pytest.mark.parametrize("name", ["wavelet_transform1d", "inverse_wavelet_transform1d", "cwt"])
def test_the_judge_finds_nothing_wrong(name):
    assert check(getattr(impl, name), name, examples=12, seed=3).ok


# ---- transforms ----


@settings(max_examples=40)
@given(st.integers(4, 200), st.integers(1, 7), st.integers(1, 4), st.sampled_from(WORDS), st.integers(0, 2**16))
def test_transforms_of_real_signals_do_not_expand_and_inverses_return_them(n, J, Q, words, seed):
    J = min(J, n.bit_length() - 1)
    options = {"J": J, "Q": Q, "wavelet": words[0], "normalization": words[1]}
    x = normal(n, seed=seed)
    y = impl.wavelet_transform1d(x, **options)
    rounding = len(y) * math.sqrt(n) * n * np.finfo(float).eps  # no sum here has more terms
    assert norm(y, (0, 1)) <= norm(x) * (1 + rounding)
    bank = wavelet_bank(n, J=J, Q=Q, T=2**J, wavelet=words[0], normalization=words[1])
    least = (bank.phi**2 + wavelet.energy(bank.psi, 1)).min()
    assert norm(impl.inverse_wavelet_transform1d(y, **options) - x) <= rounding / least * norm(x)


@settings(max_examples=40)
@given(st.integers(8, 128), st.integers(1, 3), st.integers(-20, 20), st.integers(0, 2**16))
def test_a_shift_by_c_changes_the_average_by_little(n, J, c, seed):
    average = impl.wavelet_transform1d(normal(n, seed=seed), J=J)[0].real
    sigma = 2 * 2**J / math.pi  # a Gaussian of standard deviation 1/(4 T) cycles per sample is one of 2 T / pi samples
    gradient = math.sqrt(2 / math.pi) / sigma
    assert norm(np.roll(average, c) - average) <= abs(c) * gradient * norm(normal(n, seed=seed))


@pytest.mark.parametrize("word", ["shannon", "meyer", "spline"])
@pytest.mark.parametrize("n", [8, 9, 48])
def test_tight_banks_of_one_wavelet_per_octave_keep_the_norm_and_are_undone_by_their_adjoint(word, n):
    options = {"J": 3, "wavelet": word}
    x, y = normal(n), normal(4, n, dtype="complex128")
    rows = impl.wavelet_transform1d(x, **options)
    off = n * (
        bound("wavelet_transform1d", x[None], **options) + bound("inverse_wavelet_transform1d", y[None], **options)
    )
    assert abs(norm(rows, (0, 1)) - norm(x)) <= off
    back = impl.inverse_wavelet_transform1d(y, **options)
    assert abs((rows * y.conj()).real.sum() - (x * back).sum()) <= off * norm(x) * norm(y, (0, 1))


def test_complex_signals_come_back_from_a_two_sided_bank():
    x = normal(24, dtype="complex128")
    y = impl.wavelet_transform1d(x, J=3, Q=2, two_sided=True)
    back = impl.inverse_wavelet_transform1d(y, J=3, Q=2, two_sided=True)
    frame = bound("inverse_wavelet_transform1d", y[None], J=3, Q=2, two_sided=True)
    assert np.abs(back - x).max() <= 2 * frame + 24 * bound("wavelet_transform1d", x[None], J=3, Q=2, two_sided=True)


def test_the_average_row_is_the_same_whatever_the_signs():
    x = normal(16, dtype="complex128")
    one, two = (impl.wavelet_transform1d(x, J=2, two_sided=signs) for signs in (False, True))
    assert one.shape == (3, 16)
    assert two.shape == (5, 16)
    off = 2 * bound("wavelet_transform1d", x[None], J=2)
    assert np.abs(one[0] - two[0]).max() <= 2 * off
    assert np.abs(two[1] * math.sqrt(2) - one[1]).max() <= 4 * off


# ---- continuous wavelets ----


@pytest.mark.parametrize("word", ["morlet", "mexican_hat"])
@pytest.mark.parametrize("bin_", [0, 1, 3, 8])
def test_a_wave_has_the_modulus_of_the_spectrum_at_every_scale(word, bin_):
    n = 32
    wave = np.exp(2j * np.pi * bin_ * np.arange(n) / n)
    y = impl.cwt(wave, scales=5, wavelet=word)
    a = 2.0 ** (1 + np.arange(5))
    expected = np.sqrt(a) * wavelet.MOTHERS[word](2 * np.pi * a * bin_ / n) * (bin_ > 0)
    off = 4 * bound("cwt", wave[None], scales=5, wavelet=word)
    assert (np.abs(np.abs(y) - np.abs(expected)[:, None]) <= off).all()


@settings(max_examples=40)
@given(st.integers(1, 24), st.integers(1, 4), st.sampled_from(["morlet", "mexican_hat"]), st.integers(0, 2**16))
def test_a_dilation_by_two_moves_coefficients_up_an_octave(half, Q, word, seed):
    n = 2 * half + 1
    x = normal(n, seed=seed)
    spectrum = np.fft.fft(x)
    spread = np.concatenate([spectrum[: half + 1], np.zeros(n), spectrum[half + 1 :]])
    dilated = 2 * np.fft.ifft(spread).real
    options = {"scales": 2 * Q, "Q": Q, "wavelet": word}
    one, two = impl.cwt(x, **options), impl.cwt(dilated, **options)
    off = bound("cwt", dilated[None], **options)  # the samples in between are rounded, as those of the transform are
    assert np.abs(two[Q:, ::2] - math.sqrt(2) * one[:Q]).max() <= 4 * off


@given(st.integers(1, 40), st.integers(0, 40), st.integers(0, 2**16))
def test_shifts_shift(n, c, seed):
    x = normal(n, seed=seed)
    one, two = impl.cwt(x, scales=3), impl.cwt(np.roll(x, c), scales=3)
    assert np.abs(np.roll(one, c, -1) - two).max() <= 4 * bound("cwt", x[None], scales=3)


# ---- calls ----

CALLS = {
    "wavelet_transform1d": ((8,), {"J": 2}),
    "inverse_wavelet_transform1d": ((3, 8), {"J": 2}),
    "cwt": ((8,), {"scales": 3}),
}


@pytest.mark.parametrize("name", CALLS)
def test_batches_of_any_shape_and_views_give_what_copies_give(name):
    shape, options = CALLS[name]
    kernel = getattr(impl, name)
    whole = normal(2, 3, *shape)
    flat = kernel(whole.reshape(6, *shape), **options)
    found = kernel(whole, **options)
    assert found.reshape(flat.shape).tolist() == flat.tolist()
    assert kernel(whole[1, 2], **options).shape == found.shape[2:]
    wide = np.zeros([2 * n for n in whole.shape])
    view = wide[tuple(slice(None, None, -2) for _ in whole.shape)]
    view[...] = whole
    assert kernel(view, **options).tolist() == found.tolist()


@pytest.mark.parametrize("name", CALLS)
def test_empty_batches_keep_their_shape_and_inputs_are_left_alone(name):
    shape, options = CALLS[name]
    kernel, x = getattr(impl, name), normal(2, *shape)
    before = x.copy()
    assert kernel(x[:0], **options).shape == (0, *kernel(x, **options).shape[1:])
    assert x.tolist() == before.tolist()


X, Y = np.ones((2, 8)), np.ones((2, 3, 8))
REFUSED = [
    ("wavelet_transform1d([1.0], J=1)", TypeError, "wavelet_transform1d: x must be a numpy array, got list"),
    (
        "wavelet_transform1d(X.astype(int), J=1)",
        TypeError,
        "wavelet_transform1d: x must have dtype float32, float64, complex64, complex128, got int64",
    ),
    ("wavelet_transform1d(X[0, 0], J=1)", TypeError, "wavelet_transform1d: x must be a numpy array, got float64"),
    ("wavelet_transform1d(X, J=4)", ValueError, "wavelet_transform1d: 2^J must be at most n, got J=4, n=8"),
    ("wavelet_transform1d(X, J=0)", ValueError, "wavelet_transform1d: J must be at least 1, got J=0"),
    ("wavelet_transform1d(X, J=2.0)", TypeError, "wavelet_transform1d: J must be an integer, got J=2.0"),
    ("wavelet_transform1d(X, J=1, T=9)", ValueError, "wavelet_transform1d: T must be at most n, got T=9, n=8"),
    ("wavelet_transform1d(X, J=1, Q=(1, 1))", TypeError, "wavelet_transform1d: Q must be an integer, got Q=(1, 1)"),
    (
        'wavelet_transform1d(X, J=1, wavelet="haar")',
        ValueError,
        "wavelet_transform1d: wavelet must be one of morlet, shannon, meyer, spline, got wavelet='haar'",
    ),
    (
        "wavelet_transform1d(X, J=1, normalization=None)",
        TypeError,
        "wavelet_transform1d: normalization must be a string, got normalization=None",
    ),
    (
        "wavelet_transform1d(X, J=1, two_sided=1)",
        TypeError,
        "wavelet_transform1d: two_sided must be a boolean, got two_sided=1",
    ),
    (
        "inverse_wavelet_transform1d(Y, J=3)",
        ValueError,
        "inverse_wavelet_transform1d: y.shape[-2] must be 1 + the number of wavelets = 4, got y.shape[-2]=3",
    ),
    (
        "inverse_wavelet_transform1d(X[0], J=3)",
        ValueError,
        "inverse_wavelet_transform1d: y must have axes (..., rows, n), got y.shape=(8,)",
    ),
    ("cwt(X, scales=0)", ValueError, "cwt: scales must be at least 1, got scales=0"),
    ("cwt(X[:, :0], scales=1)", ValueError, "cwt: n must be at least 1, got n=0"),
    (
        'cwt(X, scales=1, wavelet="haar")',
        ValueError,
        "cwt: wavelet must be one of morlet, mexican_hat, got wavelet='haar'",
    ),
]


@pytest.mark.parametrize(("call", "error", "message"), REFUSED, ids=[call for call, _, _ in REFUSED])
def test_bad_input_is_refused_in_one_sentence_with_its_values(call, error, message):
    with pytest.raises(error, match=re.escape(message) + "$"):
        eval(call, {**vars(impl), "X": X, "Y": Y})
