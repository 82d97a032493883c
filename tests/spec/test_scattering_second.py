"""Scattering of signals is what a second, unrelated definition says: textbook banks in NumPy, path by path."""

from math import ceil, floor, gcd, log, log2, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convoracle.spec.configuration import bind
from convoracle.spec.enclosure import enclose
from convoracle.spec.records import Choice
from convoracle.spec.rounding import BINARY64, Arithmetic
from convoracle.spec.scattering import SCATTERING1D


def signal(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


# ---- banks, from the formulas of textbooks ----


def bells(nu, centre, width):
    return np.exp(-((nu[:, None] - centre - np.arange(-5, 6)) ** 2) / (2 * width**2)).sum(axis=1)


def morlet(nu, Q, D, T):
    """Each Morlet wavelet from the one before: by a factor, and in the last octave by equal steps."""
    ratio, (xi, sigma) = 2 ** (-1 / Q), (1 / (1 + 2 ** (1 / Q)),) * 2
    sigma *= (1 - ratio) / ((1 + ratio) * sqrt(log(2)))
    bands, step = [], None
    for mu in range(Q * D):
        zero = np.zeros(1)
        lowered = bells(nu, 0, sigma) * (bells(zero, xi, sigma) / bells(zero, 0, sigma))
        bands.append(sqrt(2) * (bells(nu, xi, sigma) - lowered))
        if mu < Q * (D - 1):
            xi, sigma = xi * ratio, sigma * ratio
        else:
            step = step or xi / Q
            xi -= step
    low = bells(nu, 0, 1 / (4 * T))
    low = low / low.max()
    return low, (1 - low) * (1 + low), bands


def cascade(low_pass, high_pass):
    """A bank whose bands are a high-pass of one scale behind the low-passes of all scales before.

    What the low-pass lacks of 1 is the energy of the bands, which is accurate where it is small.
    """

    def bank(nu, Q, D, T):
        lows = [np.ones_like(nu)]
        for k in range(max(Q * D, D)):
            lows.append(lows[-1] * low_pass(2**k * nu))
        bands = [low * high_pass(2**k * nu) for k, low in enumerate(lows[: Q * D])]
        analytic = np.where(nu > 0, sqrt(2), 0.0) + (nu == -1 / 2)
        return lows[D], sum((band**2 for band in bands[:D]), np.zeros_like(nu)), [analytic * band for band in bands]

    return bank


def folded(nu):
    """The distance of a frequency from the next whole number."""
    return abs(nu - np.round(nu))


def shannon_low(nu):
    return np.select([folded(nu) < 1 / 4, folded(nu) == 1 / 4], [1.0, sqrt(1 / 2)], 0.0)


def meyer_low(nu):
    x = np.clip(6 * folded(nu) - 1, 0, 1)
    return np.cos(np.pi / 2 * x**4 * (35 - 84 * x + 70 * x**2 - 20 * x**3))


def spline_low(nu):
    return np.cos(np.pi * nu) ** 4 * np.sqrt(sampled_spline(nu) / sampled_spline(2 * nu))


def sampled_spline(nu):
    """The spectrum of the samples 1/5040 (1, 120, 1191, 2416, 1191, 120, 1) of the B-spline of degree 7."""
    weights = {0: 2416, 1: 1191, 2: 120, 3: 1}
    return sum(w * np.cos(2 * np.pi * k * nu) * (2 - (k == 0)) for k, w in weights.items()) / 5040


LOW_PASSES = {"shannon": shannon_low, "meyer": meyer_low, "spline": spline_low}
BANKS = {"morlet": morlet, **{w: cascade(low, lambda nu, low=low: low(nu + 1 / 2)) for w, low in LOW_PASSES.items()}}
# ---- scattering, in taps instead of spectra ----

BOUNDARIES = {
    "periodic": lambda x: x,
    "zero": lambda x: np.concatenate([x, 0 * x], axis=-1),
    "symmetric": lambda x: np.concatenate([x, x[..., ::-1]], axis=-1),
    "reflect": lambda x: np.concatenate([x, x[..., -2:0:-1]], axis=-1),
}
LEVELS = {
    "cap": lambda room: np.minimum(1, np.sqrt(room)),
    "tight": np.sqrt,
    "scalar": lambda room: min(1, sqrt(max(0, min(room[1:], default=1)))),
}


def filters(P, J, Q, T, wavelet, normalization):
    """The spectra of the average and of the wavelets, and the number of octaves."""
    nu, D = np.fft.fftfreq(P), min(J, ceil(log2(T)))
    low, missing, bands = BANKS[wavelet](nu, Q, D, T)
    raw = np.array(bands).reshape(-1, P)
    energy = (raw**2 + raw[:, -np.arange(P)] ** 2).sum(axis=0) / 2
    room = np.where(energy > 0, missing / np.where(energy > 0, energy, 1), 1)
    psi = raw * LEVELS[normalization](room)
    psi[:, 0] = 0
    return low, psi, D


def naive(
    x,
    *,
    J,
    Q=1,
    T=None,
    max_order=2,
    boundary="periodic",
    paths="decreasing",
    oversampling=0,
    wavelet="morlet",
    normalization="cap",
    two_sided=False,
):
    """Scattering in NumPy, from the formulas: filters sampled where the signal is, and every path on its own."""
    (Q1, Q2), T = (Q if np.ndim(Q) else (Q, Q)), T or 2**J
    z = BOUNDARIES[boundary](x)
    P, n, step = z.shape[-1], x.shape[-1], 2 ** max(0, floor(log2(T)) - oversampling)
    low, psi, D = filters(P, J, Q1, T, wavelet, normalization)
    _, later, _ = filters(P, J, Q2, T, wavelet, normalization)
    if two_sided:
        psi = np.concatenate([psi, psi[:, -np.arange(P)]]) / sqrt(2)

    def through(u, spectrum):
        """Convolve a signal, whose samples are some distance apart, with as many taps of a filter."""
        apart = P // u.shape[-1]
        return np.fft.ifft(np.fft.fft(u) * np.fft.fft(apart * np.fft.ifft(spectrum)[::apart]))

    def modulus(u, spectrum, octave):
        apart, wanted = P // u.shape[-1], gcd(2 ** max(0, octave - oversampling), P)
        return abs(through(u, spectrum)[..., :: max(1, wanted // apart)])

    def average(u):
        return through(u, low)[..., : ceil(n * u.shape[-1] / P) : max(1, step * u.shape[-1] // P)]

    firsts = [(mu % max(1, Q1 * D) // Q1, modulus(z, psi[mu], mu % max(1, Q1 * D) // Q1)) for mu in range(len(psi))]
    seconds = [
        modulus(u, later[nu], nu // Q2)
        for octave, u in firsts
        for nu in range(0 if paths == "all" else Q2 * (octave + 1), Q2 * D)
    ]
    orders = ([z], [u for _, u in firsts], seconds)
    return np.stack([average(u) for order in orders[: max_order + 1] for u in order], axis=-2)


# ---- both definitions ----


def beyond(x, got, **options):
    """How much farther some coefficients are off than float64 allows, at most; 1 is at the bound."""
    call = bind(SCATTERING1D, {"x": x.shape}, options)
    (output,) = enclose(call, {"x": x}, Arithmetic(BINARY64))
    parts = zip(output, (got.real, got.imag), strict=True) if isinstance(output, tuple) else [(output, got.real)]
    return max(np.max(abs(part.ravel() - middles(true)) / true.bounds[0]) for true, part in parts)


def middles(enclosure):
    return np.array([float(ball.mid()) for ball in enclosure.values])


GRID = [
    {"J": 2},
    {"J": 3, "Q": (3, 2)},
    {"J": 3, "max_order": 1, "oversampling": 1},
    {"J": 2, "max_order": 0, "boundary": "zero"},
    {"J": 3, "T": 5, "paths": "all"},
    {"J": 3, "T": 1},
    {"J": 2, "Q": 2, "boundary": "reflect", "two_sided": True, "normalization": "tight"},
    {"J": 2, "boundary": "symmetric", "paths": "all", "normalization": "scalar", "T": 6},
    {"J": 3, "paths": "all", "two_sided": True, "oversampling": 9},
]


@pytest.mark.parametrize("wavelet", BANKS)
@pytest.mark.parametrize("options", GRID, ids=str)
@pytest.mark.parametrize("n", [8, 13])
def test_scattering_is_what_its_second_definition_says(options, n, wavelet):
    for x in (signal(2, n), signal(1, n) + 1j * signal(1, n, seed=1)):
        assert beyond(x, naive(x, wavelet=wavelet, **options), wavelet=wavelet, **options) < 1


@st.composite
def calls(draw):
    J = draw(st.integers(1, 3))
    n = draw(st.integers(2**J, 20))
    words = {
        p.keyword: draw(st.sampled_from(list(p.options))) for p in SCATTERING1D.parameters if isinstance(p, Choice)
    }
    sizes = {"Q": (draw(st.integers(1, 3)), draw(st.integers(1, 2))), "T": draw(st.none() | st.integers(1, n))}
    return n, {"J": J, "oversampling": draw(st.integers(0, 2)), **sizes, **words}


@settings(max_examples=30)
@given(call=calls(), seed=st.integers(0, 2**20))
def test_scattering_is_what_its_second_definition_says_for_all_options(call, seed):
    n, options = call
    x = signal(1, n, seed=seed)
    assert beyond(x, naive(x, **options), **options) < 1


WRONG = {
    "an average over more samples": {"T": 5},
    "more wavelets": {"Q": (2, 2)},
    "orders of quality exchanged": {"Q": (1, 3)},
    "another extension": {"boundary": "reflect"},
    "another bank": {"wavelet": "meyer"},
    "no cap": {"normalization": "tight"},
    "one factor": {"normalization": "scalar"},
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_definition_is_far_beyond_the_bound(wrong):
    right = {"J": 3, "Q": (3, 1), "T": 4, "boundary": "symmetric"}
    x = signal(1, 17)
    true, other = naive(x, **right), naive(x, **{**right, **WRONG[wrong]})
    rows = min(true.shape[-2], other.shape[-2])
    got = true.copy()
    got[:, :rows] = other[:, :rows, : true.shape[-1]]
    assert beyond(x, true, **right) < 1 < 1e6 < beyond(x, got, **right)


def test_one_wrong_coefficient_is_found():
    x = signal(2, 16)
    got = naive(x, J=2)
    got[1, 3, 2] *= 1 + 2**-20
    assert beyond(x, got, J=2) > 1
