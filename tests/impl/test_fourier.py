"""Fourier transforms, whole and frame by frame: exact where roots of unity are, views, dtypes, refusals, the judge."""

from __future__ import annotations

import re
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convoracle import impl
from convoracle.impl.backends import load
from convoracle.properties.check import check, judge
from convoracle.properties.subject import Judged, in_process
from convoracle.spec import operator

DTYPES = {
    np.dtype(np.float32): np.complex64,
    np.dtype(np.float64): np.complex128,
    np.dtype(np.complex64): np.complex64,
    np.dtype(np.complex128): np.complex128,
}
TRANSFORMS = {"dft": 1, "idft": 1, "dft2d": 2, "idft2d": 2}
KERNELS = (*TRANSFORMS, "stft", "istft", "dual_window")
QUARTERS = np.array([1, -1j, -1, 1j])
"""exp(-2 pi i q / 4), exactly."""
EXACT = (1, 2, 4)
"""Lengths whose roots of unity are numbers of every format."""


def integers(*shape, dtype=np.float64, seed=0):
    generator = np.random.default_rng([*shape, seed])
    values = generator.integers(-8, 9, shape)
    return (values + 1j * generator.integers(-8, 9, shape) if np.dtype(dtype).kind == "c" else values).astype(dtype)


def matrix(n, sign=-1):
    """The matrix of the transform of n samples, n a divisor of 4."""
    quarters = QUARTERS[np.outer(np.arange(n), np.arange(n)) * (4 // n) % 4]
    return quarters if sign < 0 else quarters.conj()


def frames(x, window, hop):
    """Windowed frames in plain Python, on a cycle."""
    n, k = len(x), len(window)
    return [[x[(hop * t + u) % n] * np.conj(window[u]) for u in range(k)] for t in range(n // hop)]


def call(name, dtype=np.float64):
    """A kernel with the operands and options of some legal call."""
    if name in TRANSFORMS:
        operands, options = [integers(3, *(4, 6)[: TRANSFORMS[name]], dtype=dtype)], {}
    elif name == "dual_window":
        operands, options = [integers(7, dtype=np.empty(0, dtype).real.dtype)], {"hop": 3}
    else:
        first = (3, 8) if name == "stft" else (3, 4, 4)
        operands, options = [integers(*first, dtype=dtype), integers(4, dtype=dtype)], {"hop": 2}
    return getattr(impl, name), operands, options


# ---- values, exactly ----


@pytest.mark.parametrize(("n", "dtype"), [*product(EXACT, DTYPES)])
def test_signals_of_one_two_and_four_samples_are_transformed_exactly(n, dtype):
    x = integers(5, n, dtype=dtype)
    assert impl.dft(x).tolist() == (x @ matrix(n)).tolist()
    assert impl.idft(x).tolist() == (x @ matrix(n, +1) / n).tolist()


@pytest.mark.parametrize(("rows", "columns"), [*product(EXACT, repeat=2)])
def test_images_are_transformed_along_both_axes(rows, columns):
    x = integers(2, rows, columns)
    whole = matrix(rows) @ x @ matrix(columns)
    assert impl.dft2d(x).tolist() == whole.tolist()
    assert impl.idft2d(whole).tolist() == x.tolist()


GRID = [(n, k, hop) for n in range(1, 13) for k in EXACT for hop in range(1, n + 1) if k <= n and n % hop == 0]


@pytest.mark.parametrize(("n", "k", "hop"), GRID)
def test_frames_are_those_of_one_period(n, k, hop):
    x, window = integers(n), integers(k, dtype=np.complex128)
    expected = np.array(frames(x, window, hop)) @ matrix(k)
    assert impl.stft(x, window, hop=hop).tolist() == expected.tolist()


@pytest.mark.parametrize(("n", "k", "hop"), GRID)
def test_frames_are_added_where_they_were_taken(n, k, hop):
    y, window = integers(n // hop, k, dtype=np.complex128), integers(k)
    pieces = y @ matrix(k, +1) / k * window
    expected = [sum(p[u] for t, p in enumerate(pieces) for u in range(k) if (hop * t + u) % n == j) for j in range(n)]
    assert impl.istft(y, window, hop=hop).tolist() == np.array(expected, complex).tolist()


@pytest.mark.parametrize(("k", "hop"), [(k, hop) for k in range(1, 8) for hop in range(1, k + 1)])
def test_the_dual_window_divides_by_the_squares_a_multiple_of_the_hop_away(k, hop):
    window = integers(k) + 20
    expected = [window[u] / sum(window[v] ** 2 for v in range(u % hop, k, hop)) for u in range(k)]
    assert impl.dual_window(window, hop=hop).tolist() == expected


@given(st.lists(st.integers(-1000, 1000), min_size=2, max_size=10).filter(lambda x: len(x) % 2 == 0))
def test_frames_of_a_box_of_four_undo_themselves(samples):
    x, window = np.array(samples * 2, float), np.ones(4)
    dual = impl.dual_window(window, hop=2)
    assert dual.tolist() == [0.5] * 4
    assert impl.istft(impl.stft(x, window, hop=2), dual, hop=2).tolist() == x.tolist()


def test_frames_that_touch_under_a_box_are_transforms_of_the_parts():
    x = integers(2, 15)
    assert impl.stft(x, np.ones(5), hop=5).tolist() == impl.dft(x.reshape(2, 3, 5)).tolist()


def test_samples_that_no_weight_meets_have_no_dual():
    dual = impl.dual_window(np.array([2.0, 0.0, 0.0, 0.0]), hop=2)
    assert dual[[0, 2]].tolist() == [0.5, 0]
    assert np.isnan(dual[[1, 3]]).all()


# ---- forms ----


@pytest.mark.parametrize(("name", "dtype"), [*product(KERNELS[:-1], DTYPES)])
def test_single_precision_stays_single(name, dtype):
    kernel, operands, options = call(name, dtype)
    assert kernel(*operands, **options).dtype == DTYPES[dtype]


@pytest.mark.parametrize("name", ["stft", "istft"])
def test_one_operand_of_double_precision_is_enough_for_a_double_result(name):
    kernel, (first, window), options = call(name, np.float32)
    expected = kernel(first.astype(np.float64), window.astype(np.float64), **options)
    for mixed in ([first.astype(np.float64), window], [first, window.astype(np.float64)]):
        got = kernel(*mixed, **options)
        assert got.dtype == np.complex128
        assert got.tolist() == expected.tolist()


@pytest.mark.parametrize("name", KERNELS[:-1])
def test_leading_axes_are_items(name):
    kernel, (first, *rest), options = call(name)
    flat = kernel(first, *rest, **options)
    assert kernel(first.reshape(3, 1, *first.shape[1:]), *rest, **options).tolist() == flat[:, None].tolist()
    assert kernel(first[1], *rest, **options).tolist() == flat[1].tolist()
    assert kernel(first[:0], *rest, **options).shape == (0, *flat.shape[1:])


@pytest.mark.parametrize("name", KERNELS)
def test_views_give_what_copies_give_and_nothing_is_written(name):
    kernel, operands, options = call(name)
    expected = kernel(*operands, **options).tolist()
    views = [np.ascontiguousarray(a[..., ::-1])[..., ::-1] for a in operands]
    for view in views:
        view.flags.writeable = False
    assert kernel(*views, **options).tolist() == expected
    swapped = [a.astype(a.dtype.newbyteorder()) for a in operands]
    result = kernel(*swapped, **options)
    assert result.tolist() == expected
    assert result.dtype.isnative


# ---- refusals ----

X, Y, W = np.ones((2, 6)), np.ones((2, 3, 4)), np.ones(4)
REFUSED = {
    "dft([1.0])": (TypeError, lambda: impl.dft([1.0]), "dft: x must be a numpy array, got list"),
    "dft of integers": (
        TypeError,
        lambda: impl.dft(np.ones(3, int)),
        "dft: x must have a floating-point or complex dtype, got int64",
    ),
    "dft of half precision": (
        TypeError,
        lambda: impl.dft(np.ones(3, np.float16)),
        "dft: x must have dtype float32, float64,",
    ),
    "dft of a number": (
        ValueError,
        lambda: impl.dft(np.array(1.0)),
        "dft: x must have at least 1 axis, got x.shape=()",
    ),
    "idft of nothing": (ValueError, lambda: impl.idft(np.ones((2, 0))), "idft: n1 must be at least 1, got n1=0"),
    "dft2d of a signal": (
        ValueError,
        lambda: impl.dft2d(np.ones(3)),
        "dft2d: x must have at least 2 axes, got x.shape=(3,)",
    ),
    "idft2d of no columns": (
        ValueError,
        lambda: impl.idft2d(np.ones((2, 0))),
        "idft2d: n2 must be at least 1, got n2=0",
    ),
    "stft, two windows": (
        ValueError,
        lambda: impl.stft(X, X, hop=1),
        "stft: window must have 1 axes (k), got window.shape=(2, 6)",
    ),
    "stft, no window": (ValueError, lambda: impl.stft(X, W[:0], hop=1), "stft: k must be at least 1, got k=0"),
    "stft of a number": (
        ValueError,
        lambda: impl.stft(np.array(1.0), W, hop=1),
        "stft: x must have at least 1 axis, got x.shape=()",
    ),
    "stft of nothing": (ValueError, lambda: impl.stft(X[:, :0], W, hop=1), "stft: n must be at least 1, got n=0"),
    "stft, hop 0": (ValueError, lambda: impl.stft(X, W, hop=0), "stft: hop must be at least 1, got hop=0"),
    "stft, hop True": (TypeError, lambda: impl.stft(X, W, hop=True), "stft: hop must be an integer, got hop=True"),
    "stft, hop 4 of 6": (
        ValueError,
        lambda: impl.stft(X, W, hop=4),
        "stft: hop must divide the number of samples, got n=6, hop=4",
    ),
    "stft, 4 of 3": (
        ValueError,
        lambda: impl.stft(X[:, :3], W, hop=1),
        "stft: the window must not be longer than the signal, k <= n, got k=4, n=3",
    ),
    "istft of a frame": (ValueError, lambda: impl.istft(W, W, hop=1), "istft: y must have the axes (..., frames, k)"),
    "istft, 3 for 4": (ValueError, lambda: impl.istft(Y, W[:3], hop=1), "got y.shape=(2, 3, 4), window.shape=(3,)"),
    "istft of no frames": (
        ValueError,
        lambda: impl.istft(Y[:, :0], W, hop=1),
        "istft: frames must be at least 1, got frames=0",
    ),
    "istft, 4 of 3": (ValueError, lambda: impl.istft(Y, W, hop=1), "k <= n, got k=4, n=3"),
    "dual_window, complex": (
        TypeError,
        lambda: impl.dual_window(W.astype(complex), hop=1),
        "dual_window: window must have dtype float32 or float64, got complex128",
    ),
    "dual_window, hop 5 of 4": (
        ValueError,
        lambda: impl.dual_window(W, hop=5),
        "dual_window: hop must not be longer than the window, got hop=5, k=4",
    ),
}


@pytest.mark.parametrize(("error", "wrong", "message"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused_and_why(error, wrong, message):
    with pytest.raises(error, match=re.escape(message)):
        wrong()


# ---- the judge ----


@pytest.mark.parametrize("name", KERNELS)
def test_the_judge_passes_the_kernel(name):
    verdict = check(getattr(impl, name), name, examples=30)
    assert verdict.status == "PASS", verdict.findings
    assert verdict.worst_error_ratio < 1


OTHERS = [
    (name, each) for name in ("numpy.fft", "scipy.fft", "scipy.signal.ShortTimeFFT") for each in load(name).operators
]


@pytest.mark.parametrize(("subject", "name"), OTHERS)
def test_the_judge_passes_the_transforms_of_numpy_and_scipy(subject, name):
    declared = load(subject).operators[name]
    judged = Judged(
        name=subject,
        record=operator(name),
        call=in_process(declared.function),
        conventions=declared.conventions,
        limits=declared.limits,
    )
    assert judge(judged, examples=30).ok


def test_the_frames_of_shorttimefft_need_their_declarations():
    """Undeclared, its double precision for single operands and its refusal of infinite windows are failures."""
    broken = check(load("scipy.signal.ShortTimeFFT").operators["stft"].function, "stft", examples=30)
    assert {finding.law for finding in broken.findings} >= {"dtype", "accepts legal calls"}
