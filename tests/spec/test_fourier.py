"""Records of Fourier transforms: values, errors in norm, formulas, and wrong definitions."""

from itertools import product
from math import sqrt

import numpy as np
import pytest
import scipy.fft
from flint import acb, arb, fmpq

from convoracle.spec import operator
from convoracle.spec.configuration import bind
from convoracle.spec.enclosure import enclose
from convoracle.spec.fourier import DFT, DFT2D, IDFT, IDFT2D, ISTFT, STFT, TRANSFORMS
from convoracle.spec.fourier_faults import FOURIER_FAULTS
from convoracle.spec.fourier_laws import LAWS
from convoracle.spec.harmonic import run_harmonic
from convoracle.spec.law_rendering import text_law
from convoracle.spec.layer_faults import Trial, diagnose, reproduces, values_of
from convoracle.spec.rendering import text
from convoracle.spec.rounding import Arithmetic, format_of

LENGTHS = range(1, 65)
"""Powers, primes, products of small primes."""


def law(name):
    (found,) = (one for one in LAWS if one.name == name)
    return found


def call(record, arrays, **options):
    return bind(record, {name: array.shape for name, array in arrays.items()}, options)


def balls(record, arrays, **options):
    """The output of a record in balls, in its shape."""
    configuration = call(record, arrays, **options)
    return run_harmonic(configuration, arrays)[1][0].values.reshape(configuration.output_shape)


def turn(part):
    """exp(2 pi i part) as a ball."""
    return acb(2 * part).exp_pi_i()


# ---- values ----


@pytest.mark.parametrize("n", range(1, 13))
def test_an_impulse_becomes_the_powers_of_a_root_of_unity(n):
    for record, sign in ((DFT, -1), (IDFT, 1)):
        found = balls(record, {record.inputs[0].name: np.eye(n)})
        for j, f in product(range(n), repeat=2):
            weight = acb(1) if sign < 0 else acb(n)
            assert (found[j, f] * weight).overlaps(turn(fmpq(sign * j * f, n)))


@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (1, 3), (2, 3), (3, 2), (4, 3)])
def test_images_are_transformed_axis_by_axis(rows, columns):
    image = np.random.default_rng(0).integers(-9, 10, (1, rows, columns)).astype(float)
    for whole, part in ((DFT2D, DFT), (IDFT2D, IDFT)):
        name = whole.inputs[0].name
        once = balls(part, {name: image[0]})
        twice = [balls(part, {name: once[:, column][None]})[0] for column in range(columns)]
        found = balls(whole, {name: image})[0]
        assert all(found[f1, f2].overlaps(twice[f2][f1]) for f1, f2 in product(range(rows), range(columns)))


FRAMES = [(n, k, hop) for n in range(1, 9) for k in range(1, n + 1) for hop in range(1, n + 1) if n % hop == 0]


@pytest.mark.parametrize(("n", "k", "hop"), FRAMES)
def test_frames_are_transforms_of_what_the_window_shows_of_a_period(n, k, hop):
    generator = np.random.default_rng([n, k, hop])
    x, window = generator.integers(-9, 10, (1, n)).astype(float), generator.integers(-9, 10, (2, k)).T @ [1, 1j]
    seen = np.array([[x[0, (hop * t + u) % n] * window[u].conjugate() for u in range(k)] for t in range(n // hop)])
    found, expected = balls(STFT, {"x": x, "window": window}, hop=hop)[0], balls(DFT, {"x": seen})
    assert all(a.overlaps(b) for a, b in zip(found.ravel(), expected.ravel(), strict=True))
    back = balls(ISTFT, {"y": found[None], "window": np.ones(k)}, hop=hop)[0]
    added = [sum(seen[t, u] for t, u in np.ndindex(seen.shape) if (hop * t + u) % n == j) for j in range(n)]
    assert all(a.overlaps(acb(b)) for a, b in zip(back, added, strict=True))


# ---- errors in norm ----


def worst_ratios(record, functions, x):
    """The largest errors of computed results over their bound, one per function."""
    results = [function(x) for function in functions]
    configuration = call(record, {record.inputs[0].name: x})
    arithmetic = Arithmetic(format_of(results[0].dtype))
    parts = enclose(configuration, {record.inputs[0].name: x}, arithmetic)[0]
    return [
        max(
            float((abs(v - arb(g)) / arb(b)).abs_upper())
            for part, plane in zip(parts, (got.real, got.imag), strict=True)
            for v, g, b in zip(part.values, plane.ravel().tolist(), part.bounds[0].tolist(), strict=True)
        )
        for got in results
    ]


def signals(n):
    """A random signal, one of alternating signs, and a constant: what adds up to most, and to least."""
    generator = np.random.default_rng(n)
    alternating = np.where(np.arange(n) % 2, -1, 1) * (1 + generator.standard_normal(n) * 2.0**-20)
    return np.stack([generator.standard_normal(n), alternating, np.full(n, generator.standard_normal())])


LIBRARIES = {DFT: (np.fft.fft, scipy.fft.fft), IDFT: (np.fft.ifft, scipy.fft.ifft)}


@pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=lambda dtype: dtype.__name__)
@pytest.mark.parametrize("record", LIBRARIES, ids=str)
def test_transforms_of_numpy_and_scipy_stay_within_the_bound_at_every_length(record, dtype):
    ratios = [worst_ratios(record, LIBRARIES[record], signals(n).astype(dtype)) for n in LENGTHS]
    assert np.max(ratios) < 1


def narrow(x):
    """A transform in single precision, sold as double."""
    return scipy.fft.fft(x.astype(np.float32)).astype(np.complex128)


def naive(x):
    """Sums of products in the order of the samples."""
    roots = np.exp(-2j * np.pi * np.outer(np.arange(x.shape[1]), np.arange(x.shape[1])) / x.shape[1])
    return sum(x[:, j, None] * roots[j] for j in range(x.shape[1]))


def test_a_transform_in_single_precision_is_beyond_the_bound_and_a_naive_sum_within_at_every_length():
    ratios = np.array([worst_ratios(DFT, (narrow, naive), signals(n)) for n in LENGTHS[1:]])
    assert ratios[:, 0].min() > 1
    assert ratios[:, 1].max() < 1


@pytest.mark.parametrize("n", [2, 7, 64, 509])
def test_the_bound_of_the_inverse_adds_a_division_to_that_of_the_transform(n):
    unit = 2.0**-53

    def relative(record, norm):
        return record.rounding(bind(record, {record.inputs[0].name: (1, n)}, {}), unit, {})[0].max() / norm

    forward, back = relative(DFT, sqrt(n)), relative(IDFT, 1 / sqrt(n))
    assert forward + 2 * unit < back < forward + 3 * unit


# ---- formulas ----


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("dft", "y[i, f] = sum(j=0..n - 1) x[i, j]*exp(-2*pi*I*j*f/n)"),
        ("idft", "x[i, j] = (sum(f=0..n - 1) y[i, f]*exp(2*pi*I*j*f/n))/n"),
        ("stft", "y[i, t, f] = sum(u=0..k - 1) conj(window[u])*x[i, (s*t + u) mod n]*exp(-2*pi*I*u*f/k)"),
        ("istft", "x[i, j] = sum(u=0..k - 1, t=0..F - 1) z[i, t, u]*[(s*t + u) mod (s*F) = j]"),
    ],
)
def test_definitions_in_plain_text(name, line):
    assert line in text(operator(name)).splitlines()


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("dft: Parseval", "norm_l2(dft(x))^2 = n*norm_l2(x)^2"),
        ("idft2d: Parseval", "norm_l2(idft2d(y))^2 = 1/(n_1*n_2)*norm_l2(y)^2"),
        ("stft: Parseval with hop 1", "when s = 1"),
        ("dft: a cyclic shift turns the result", "dft(x')[i, f] = exp(-2*pi*I*a*f/n)*dft(x)[i, f]"),
        ("dft: of real numbers it is Hermitian", "dft(x)[i, f] = conj(dft(x)[i, (-f) mod n])"),
        ("stft: istft with the dual window undoes it", "istft(stft(x, window), dual_window(window)) = x"),
        ("idft: a cyclic convolution becomes a product", "idft(x)*idft(h) = 1/n*idft(x')"),
    ],
)
def test_laws_in_plain_text(name, line):
    assert line in text_law(law(name)).splitlines()


# ---- wrong definitions ----

CALLS = {
    **dict.fromkeys(("dft", "idft"), ((2, 7),)),
    **dict.fromkeys(("dft2d", "idft2d"), ((2, 3, 4),)),
    "stft": ((2, 12), (5,)),
    "istft": ((2, 4, 5), (5,)),
    "dual_window": ((7,),),
}
FAULTS = [(name, clause) for name, faults in FOURIER_FAULTS.items() for clause in faults]


def trial(name, stages=None):
    """A call of a record, and the results of some stages on small numbers."""
    record, generator = operator(name), np.random.default_rng(3)
    shapes = dict(zip((array.name for array in record.inputs), CALLS[name], strict=True))
    arrays = {n: generator.integers(1, 9, shape).astype(float) for n, shape in shapes.items()}
    if name in ("stft", "istft"):
        arrays["window"] = arrays["window"] + 1j * np.arange(5)
    configuration = bind(record, shapes, {} if record in TRANSFORMS else {"hop": 3})
    return configuration, arrays, stages or configuration.stages


def computed(configuration, stages, arrays):
    """What an implementation of these stages gives."""
    values = values_of(configuration, stages, arrays)[0]
    parts = values if isinstance(values, tuple) else (values,)
    planes = [np.array([float(v.mid()) for v in part.values]) for part in parts]
    return (planes[0] if len(planes) == 1 else planes[0] + 1j * planes[1]).reshape(configuration.output_shape)


@pytest.mark.parametrize(("name", "clause"), FAULTS)
def test_every_wrong_definition_is_told_from_the_right_one_and_recognised(name, clause):
    configuration, arrays, right = trial(name)
    wrong = FOURIER_FAULTS[name][clause](right)
    found = Trial(arrays, (computed(configuration, wrong, arrays),))
    assert not reproduces(configuration, right, found)
    assert f"as if {clause}" in diagnose(configuration, [found])
