"""Scattering of signals and images: paths of any order, as convolutions summed up directly; memory, batches and refusals."""

from __future__ import annotations

import itertools
import pickle
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convoracle import impl
from convoracle.impl import scattering1d, scattering2d, scattering_engine
from convoracle.impl.scattering_options import plan1d, plan2d
from convoracle.spec.catalog import operator
from convoracle.spec.configuration import bind
from convoracle.spec.harmonic import planned_bounds
from convoracle.spec.rounded import CLASSES
from convoracle.spec.rounding import Arithmetic, format_of

BOUNDARIES = ("periodic", "zero", "symmetric", "reflect")
ULPS = CLASSES.index(4.0)


def drawn(*shape, dtype="float64", seed=0):
    generator = np.random.default_rng(seed)
    dtype = np.dtype(dtype)
    real = generator.standard_normal(shape)
    return (real + 1j * generator.standard_normal(shape) if dtype.kind == "c" else real).astype(dtype)


def bound(name, x, options):
    """How far coefficients of one signal or image may be off, row by row, as the record of the operator derives it."""
    configuration = bind(operator(name), {"x": (1, *x.shape)}, options)
    return planned_bounds(configuration, {"x": x[None]}, Arithmetic(format_of(x.dtype)))[0][ULPS][0]


# ---- the definition, summed up directly ----


def taps(spectrum):
    return np.fft.ifftn(spectrum)


def convolved(signal, distance, filter_taps, step):
    """``distance * sum(signal[j] h[step t - distance j])``, term by term."""
    period = len(filter_taps)
    return np.array(
        [
            distance * sum(value * filter_taps[(step * t - distance * j) % period] for j, value in enumerate(signal))
            for t in range(period // step)
        ]
    )


def path_directly(plan, z, path):
    """The modulus at the end of a path, by convolutions in time."""
    signal, distance = z, 1
    for order, wavelet in enumerate(path.wavelets):
        octave = path.octaves[order]
        step = max(distance, plan.rates(octave)[0])
        signal = np.abs(convolved(signal, distance, taps(plan.banks[min(order, 1)].psi[wavelet]), step))
        distance = step
    return signal, distance


@pytest.mark.parametrize("boundary", BOUNDARIES)
@pytest.mark.parametrize(
    "options",
    [
        {"J": 3, "Q": 1, "max_order": 3},
        {"J": 1, "Q": (2, 1), "max_order": 3, "paths": "all"},
        {"J": 2, "T": 3, "max_order": 2, "oversampling": 1, "wavelet": "meyer"},
    ],
    ids=str,
)
def test_every_order_is_a_convolution_and_a_modulus_more(options, boundary):
    x = drawn(9)
    plan = plan1d("scattering1d", len(x), boundary=boundary, **options)
    y, z = scattering1d(x, boundary=boundary, **options), scattering_engine.extended(plan, x[None])[0]
    low = taps(plan.banks[0].phi)
    # of two moduli; one more at most doubles the error, by the gain that is allowed for, and adds no more than those before it
    limit = 4 * bound("scattering1d", x, {**options, "boundary": boundary, "max_order": 2}).max()
    assert {path.order for path in plan.paths} == set(range(options["max_order"] + 1))
    for path in plan.paths:
        signal, distance = path_directly(plan, z, path)
        wanted = convolved(signal, distance, low, 1)[:: plan.step[0]][: plan.counts[0]]
        assert (abs(y[path.row] - wanted) <= limit).all()


@pytest.mark.parametrize("paths", ["decreasing", "all"])
def test_paths_are_ordered_by_length_and_then_by_their_wavelets(paths):
    plan = plan1d("scattering1d", 32, J=3, Q=(2, 1), max_order=3, paths=paths, two_sided=True)
    found = [path.wavelets for path in plan.paths]
    assert found == sorted(found, key=lambda wavelets: (len(wavelets), wavelets))
    firsts, later = (bank.octave for bank in plan.banks)
    longer = [
        chosen
        for order in range(4)
        for chosen in itertools.product(range(len(firsts) if order else 1), *[range(len(later))] * (order - 1))
        if order
    ]
    octaves = {chosen: (firsts[chosen[0]], *later[list(chosen[1:])]) for chosen in longer}
    allowed = [c for c in longer if paths == "all" or all(a < b for a, b in itertools.pairwise(octaves[c]))]
    assert found == [(), *allowed]
    assert [path.octaves for path in plan.paths[1:]] == [octaves[c] for c in allowed]
    assert [found[path.parent] for path in plan.paths[1:]] == [wavelets[:-1] for wavelets in allowed]


@given(st.integers(2, 50), st.integers(0, 2), st.sampled_from(BOUNDARIES), st.data())
def test_grids_divide_the_period_and_hold_every_output_sample(n, oversampling, boundary, data):
    J = data.draw(st.integers(1, n.bit_length() - 1))
    T = data.draw(st.integers(1, n))
    plan = plan1d("scattering1d", n, J=J, T=T, oversampling=oversampling, boundary=boundary)
    assert plan.counts == (len(range(0, n, *plan.step)),)
    for path in plan.paths:
        assert plan.period[0] % path.rates[0] == 0
        assert plan.step[0] % path.rates[0] == 0
    assert scattering1d(np.zeros((2, n)), J=J, T=T, oversampling=oversampling, boundary=boundary).shape == (
        2,
        len(plan.paths),
        *plan.counts,
    )


def test_moduli_are_what_the_averages_are_of():
    x = drawn(2, 12, 8)
    plan = plan2d("scattering2d", (12, 8), J=2, L=2, max_order=2)
    y, moduli = scattering2d(x, J=2, L=2), scattering_engine.moduli(plan, x)
    limit = bound("scattering2d", x[0], {"J": 2, "L": 2}).max()
    for path, signal in zip(plan.paths, moduli, strict=True):
        found = scattering_engine.spectrum(plan, signal)
        again = scattering_engine.averaged(plan, found, path.rates, True)
        assert signal.shape == (2, 12 // path.rates[0], 8 // path.rates[1])
        assert (abs(again - y[:, path.row]) <= 2 * limit).all()


# ---- values that are known ----


@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_zero_gives_zero(boundary):
    assert not scattering1d(np.zeros((2, 20)), J=3, Q=2, boundary=boundary).any()
    assert not scattering2d(np.zeros((2, 9, 8), "float32"), J=2, L=2, boundary=boundary).any()


@pytest.mark.parametrize("boundary", ["periodic", "symmetric", "reflect"])
def test_a_constant_stays_in_the_average(boundary):
    x = np.full((9, 12), 3.0)
    for y, limit in (
        (scattering1d(x[0], J=3, boundary=boundary), bound("scattering1d", x[0], {"J": 3, "boundary": boundary})),
        (
            scattering2d(x, J=2, L=2, boundary=boundary),
            bound("scattering2d", x, {"J": 2, "L": 2, "boundary": boundary}),
        ),
    ):
        assert (abs(y - 3 * (np.arange(len(y)) == 0).reshape(-1, *[1] * (y.ndim - 1))) <= limit).all()


def test_the_average_of_a_complex_signal_is_complex_and_that_of_its_moduli_real():
    x = drawn(16, dtype="complex128")
    y = scattering1d(x, J=2, two_sided=True)
    assert y.dtype == x.dtype
    assert y[0].imag.any()
    assert not y[1:].imag.any()


# ---- memory, batches, dtypes ----


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64", "complex128"])
def test_results_have_the_dtype_of_the_signal(dtype):
    for x, call in ((drawn(3, 16, dtype=dtype), scattering1d), (drawn(3, 8, 8, dtype=dtype), scattering2d)):
        y, swapped = call(x, J=2), call(x.astype(x.dtype.newbyteorder()), J=2)
        assert y.dtype == swapped.dtype == np.dtype(dtype)
        assert y.flags.c_contiguous
        np.testing.assert_array_equal(y, swapped)


VIEWS = {
    "backwards": lambda a: a[..., ::-1].copy()[..., ::-1],
    "every other": lambda a: np.repeat(a, 2, axis=-1)[..., ::2],
    "transposed": lambda a: np.asfortranarray(a),
    "read-only": lambda a: np.broadcast_to(a, a.shape),
}


@pytest.mark.parametrize("view", VIEWS)
def test_views_give_what_copies_give_and_are_not_written_to(view):
    for x, call in ((drawn(3, 16), scattering1d), (drawn(2, 8, 12), scattering2d)):
        seen = VIEWS[view](x)
        before = seen.copy()
        np.testing.assert_array_equal(call(seen, J=2), call(x, J=2))
        np.testing.assert_array_equal(seen, before)


def test_axes_before_the_spatial_ones_are_kept():
    x = drawn(2, 3, 16)
    y = scattering1d(x, J=3)
    assert y.shape == (2, 3, 7, 2)
    np.testing.assert_array_equal(y.reshape(6, 7, 2), scattering1d(x.reshape(6, 16), J=3))
    assert scattering1d(x[0, 0], J=3).shape == (7, 2)
    assert scattering2d(drawn(8, 8), J=1, L=2).shape == (3, 4, 4)


@pytest.mark.parametrize("lead", [(0,), (0, 2), (3, 0)])
def test_empty_batches_keep_their_shape(lead):
    assert scattering1d(np.zeros((*lead, 16), "float32"), J=3).shape == (*lead, 7, 2)
    assert scattering2d(np.zeros((*lead, 8, 12)), J=2, L=1).shape == (*lead, 4, 2, 3)
    assert scattering1d(np.zeros((*lead, 16), "complex64"), J=3).dtype == np.complex64


def test_equal_options_share_one_plan_and_other_ones_do_not():
    plan = plan1d("scattering1d", 16, J=2, Q=(1, 1))
    assert plan1d("another", 16, J=np.int64(2), Q=1, T=4) is plan
    assert plan1d("scattering1d", 16, J=2, Q=1, T=3) is not plan


def test_a_pickled_plan_gives_the_same_coefficients():
    x, plan = drawn(2, 16), plan1d("scattering1d", 16, J=3)
    wanted = scattering_engine.transform(plan, x)
    assert plan.memo
    again = pickle.loads(pickle.dumps(plan))
    assert not again.memo
    np.testing.assert_array_equal(scattering_engine.transform(again, x), wanted)


# ---- refusals ----

X, IMAGE = np.ones((2, 16)), np.ones((2, 8, 16))
REFUSED = [
    ("scattering1d([1.0, 2.0], J=1)", TypeError, "scattering1d: x must be a numpy array, got list"),
    ("scattering1d(np.ma.masked_array(X), J=1)", TypeError, "scattering1d: x must be a numpy array, got MaskedArray"),
    (
        "scattering1d(X.astype(int), J=1)",
        TypeError,
        f"scattering1d: x must have dtype float32, float64, complex64, complex128, got {np.dtype(int)}",
    ),
    (
        "scattering2d(IMAGE.astype('float16'), J=1)",
        TypeError,
        "scattering2d: x must have dtype float32, float64, complex64, complex128, got float16",
    ),
    ("scattering1d(np.array(1.0), J=1)", ValueError, "scattering1d: x must have axes (..., n), got x.shape=()"),
    ("scattering2d(X[0], J=1)", ValueError, "scattering2d: x must have axes (..., H, W), got x.shape=(16,)"),
    ("scattering1d(X, J=0)", ValueError, "scattering1d: J must be at least 1, got J=0"),
    ("scattering1d(X, J=True)", TypeError, "scattering1d: J must be an integer, got J=True"),
    ("scattering1d(X, J=2.0)", TypeError, "scattering1d: J must be an integer, got J=2.0"),
    ("scattering1d(X, J=(2,))", TypeError, "scattering1d: J must be an integer, got J=(2,)"),
    ("scattering1d(X, J=None)", TypeError, "scattering1d: J must be an integer, got J=None"),
    ("scattering1d(X, J=5)", ValueError, "scattering1d: 2^J must be at most n, got J=5, n=16"),
    ("scattering1d(X, J=10**9)", ValueError, "scattering1d: 2^J must be at most n, got J=1000000000, n=16"),
    ("scattering1d(X[:, :0], J=1)", ValueError, "scattering1d: 2^J must be at most n, got J=1, n=0"),
    ("scattering2d(IMAGE, J=4)", ValueError, "scattering2d: 2^J must be at most H, got J=4, H=8"),
    ("scattering2d(IMAGE[..., :4], J=3)", ValueError, "scattering2d: 2^J must be at most W, got J=3, W=4"),
    ("scattering1d(X, J=2, T=17)", ValueError, "scattering1d: T must be at most n, got T=17, n=16"),
    ("scattering1d(X, J=2, T=0)", ValueError, "scattering1d: T must be at least 1, got T=0"),
    ("scattering1d(X, J=2, T=4.0)", TypeError, "scattering1d: T must be an integer, got T=4.0"),
    ("scattering1d(X, J=2, T=True)", TypeError, "scattering1d: T must be an integer, got T=True"),
    ("scattering1d(X, J=2, Q=0)", ValueError, "scattering1d: Q must be at least 1, got Q=0"),
    ("scattering1d(X, J=2, Q=True)", TypeError, "scattering1d: Q must be an integer, got Q=True"),
    ("scattering1d(X, J=2, Q=(1, 0))", ValueError, "scattering1d: Q[1] must be at least 1, got Q[1]=0"),
    ("scattering1d(X, J=2, Q=(1.5, 1))", TypeError, "scattering1d: Q[0] must be an integer, got Q[0]=1.5"),
    (
        "scattering1d(X, J=2, Q=(1, 1, 1))",
        ValueError,
        "scattering1d: Q must be an integer or a pair of integers, got Q=(1, 1, 1)",
    ),
    ("scattering1d(X, J=2, Q=())", ValueError, "scattering1d: Q must be an integer or a pair of integers, got Q=()"),
    ("scattering2d(IMAGE, J=2, L=0)", ValueError, "scattering2d: L must be at least 1, got L=0"),
    ("scattering2d(IMAGE, J=2, L=False)", TypeError, "scattering2d: L must be an integer, got L=False"),
    ("scattering2d(IMAGE, J=2, L=(4, 4))", TypeError, "scattering2d: L must be an integer, got L=(4, 4)"),
    ("scattering1d(X, J=2, max_order=-1)", ValueError, "scattering1d: max_order must be at least 0, got max_order=-1"),
    (
        "scattering1d(X, J=2, max_order=True)",
        TypeError,
        "scattering1d: max_order must be an integer, got max_order=True",
    ),
    (
        "scattering2d(IMAGE, J=2, oversampling=-1)",
        ValueError,
        "scattering2d: oversampling must be at least 0, got oversampling=-1",
    ),
    (
        "scattering2d(IMAGE, J=2, oversampling=None)",
        TypeError,
        "scattering2d: oversampling must be an integer, got oversampling=None",
    ),
    (
        "scattering1d(X, J=2, boundary='circular')",
        ValueError,
        "scattering1d: boundary must be one of periodic, zero, symmetric, reflect, got boundary='circular'",
    ),
    ("scattering1d(X, J=2, boundary=None)", TypeError, "scattering1d: boundary must be a string, got boundary=None"),
    (
        "scattering1d(X, J=2, paths='increasing')",
        ValueError,
        "scattering1d: paths must be one of decreasing, all, got paths='increasing'",
    ),
    (
        "scattering1d(X, J=2, wavelet='haar')",
        ValueError,
        "scattering1d: wavelet must be one of morlet, shannon, meyer, spline, got wavelet='haar'",
    ),
    (
        "scattering2d(IMAGE, J=2, normalization='l1')",
        ValueError,
        "scattering2d: normalization must be one of cap, tight, scalar, got normalization='l1'",
    ),
    ("scattering1d(X, J=2, two_sided=1)", TypeError, "scattering1d: two_sided must be a boolean, got two_sided=1"),
    (
        "scattering2d(IMAGE, J=2, two_sided='no')",
        TypeError,
        "scattering2d: two_sided must be a boolean, got two_sided='no'",
    ),
]


@pytest.mark.parametrize(("call", "error", "message"), REFUSED, ids=[row[0] for row in REFUSED])
def test_a_bad_call_is_refused_with_the_values(call, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        eval(call, {"np": np, "X": X, "IMAGE": IMAGE, **vars(impl)})
