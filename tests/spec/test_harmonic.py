"""Records computed by transforms: balls that hold the values, plans without data, bounds in norm, what is not judged."""

from math import inf, nan

import numpy as np
import pytest
from sympy import I, Sum, conjugate, exp, pi

from convoracle.spec.configuration import bind
from convoracle.spec.enclosure import enclose
from convoracle.spec.fourier import DFT
from convoracle.spec.harmonic import item_norms, plan, planned, run_harmonic
from convoracle.spec.records import Array, OperatorSpec, Stage
from convoracle.spec.rounded import CLASSES, LOST
from convoracle.spec.rounding import BINARY32, BINARY64, Arithmetic
from convoracle.spec.scattering import SCATTERING1D
from convoracle.spec.symbols import N, array, axes, i

A = axes(1)[0]
SPECTRUM = Sum(array("x")[i, A.j] * exp(-2 * I * pi * A.t * A.j / A.n), (A.j, 0, A.n - 1))
TWELFTH = 1 / 12  # of the norm of an item: what the small records of these tests may err


def called(x, record=SCATTERING1D, **options):
    return bind(record, {"x": np.shape(x)}, options), {"x": np.asarray(x)}


def enclosed(x, record=SCATTERING1D, form=BINARY64, accumulator=None, **options):
    return enclose(*called(x, record, **options), Arithmetic(form, accumulator=accumulator))[0]


def middles(output):
    return np.array([float(ball.mid()) for ball in output.values]).reshape(output.shape)


def signal(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


def defined(value=SPECTRUM, output=None):
    """A record of two axes that is computed by transforms."""
    return OperatorSpec(
        name="defined",
        summary="A definition.",
        inputs=(Array(name="x", axes=(N, A.n), meaning="input"),),
        parameters=(),
        output=output or Array(name="y", axes=(N, A.n), meaning="output"),
        requires=(),
        definition=(Stage(array("y")[i, A.t], value),),
        numbers=("float", "complex"),
        source=SCATTERING1D.source,
        rounding=lambda configuration, unit, values: (np.full((len(CLASSES), 1, 1), TWELFTH),),
    )


# ---- values ----


@pytest.mark.parametrize("wavelet", ["morlet", "shannon", "meyer", "spline"])
def test_values_at_more_bits_lie_in_the_balls(wavelet):
    call, arrays = called(signal(1, 12), J=3, Q=(2, 1), wavelet=wavelet)
    _, (rough,) = run_harmonic(call, arrays, 80)
    _, (fine,) = run_harmonic(call, arrays, 300)
    for few, many in zip(rough.values, fine.values, strict=True):
        assert few.real.overlaps(many.real)
        assert few.real.rad() < 2.0**-60
        assert many.real.rad() < 2.0**-250


def test_values_are_those_of_numpy_where_the_definition_is_a_transform():
    z = signal(2, 7) + 1j * signal(2, 7, seed=1)
    found = [complex(v) for v in run_harmonic(*called(z, defined()))[1][0].values]
    np.testing.assert_allclose(found, np.fft.fft(z).ravel(), atol=64 * BINARY64.unit * np.abs(z).sum())


# ---- what depends on no data ----


def test_the_plan_holds_what_reads_no_data():
    call, arrays = called(signal(2, 12), J=2)
    numbers, integers = planned(call)
    assert {"phi", "psi_1_hat", "psi_2"} <= set(numbers)
    assert not {"x", "z", "U_1", "y"} & set(numbers)
    assert integers["r_1"].tolist() == [1, 2]
    run, _ = run_harmonic(call, arrays)
    assert all(run.arrays[name] is values for name, values in numbers.items())


@pytest.mark.parametrize("items", [0, 1, 3])
def test_the_plan_is_made_once_for_all_batches(items):
    few, seven = (plan(called(signal(m, 12), J=2)[0]) for m in (items, 7))
    assert few["psi_1"] is seven["psi_1"]
    assert all(few[name] is seven[name] for name in few)


def test_other_sizes_and_options_have_other_plans():
    one = plan(called(signal(1, 12), J=2)[0])
    for n, options in ((13, {"J": 2}), (12, {"J": 3}), (12, {"J": 2, "wavelet": "meyer"})):
        other = plan(called(signal(1, n), **options)[0])
        assert [complex(v) for v in other["psi_1"].values] != [complex(v) for v in one["psi_1"].values]


def test_items_do_not_touch_each_other():
    x = signal(3, 12)
    whole = enclosed(x, J=2)
    alone = enclosed(x[1:2], J=2)
    assert middles(whole)[1].tolist() == middles(alone)[0].tolist()
    np.testing.assert_allclose(whole.bounds.reshape(len(CLASSES), 3, -1)[:, 1], alone.bounds, rtol=2.0**-40)


def test_a_batch_of_none_is_enclosed():
    output = enclosed(np.zeros((0, 8)), J=2)
    assert (output.shape, len(output.values), output.bounds.shape) == ((0, 4, 2), 0, (len(CLASSES), 0))


# ---- bounds and states ----


def test_bounds_grow_with_the_norm_of_the_item_only():
    x = np.stack([np.ones(16), 64 * signal(16)])
    bounds = enclosed(x, J=2).bounds.reshape(len(CLASSES), 2, -1)
    halved = enclosed(x / 2, J=2).bounds.reshape(bounds.shape)
    rolled = enclosed(np.roll(x, 3, axis=1), J=2).bounds.reshape(bounds.shape)
    np.testing.assert_allclose(bounds, 2 * halved, rtol=2.0**-40)
    np.testing.assert_allclose(bounds, rolled, rtol=2.0**-40)
    np.testing.assert_allclose(bounds[:, 1] / bounds[:, 0], np.linalg.norm(x[1]) / 4, rtol=2.0**-40)


def test_bounds_grow_with_the_order_and_the_accuracy_class():
    bounds = enclosed(signal(1, 32), J=3).bounds.reshape(len(CLASSES), 7, -1)
    assert np.all(bounds[:, 0] < bounds[:, 1])
    assert np.all(bounds[:, 3] < bounds[:, 4])
    assert np.all(np.diff(bounds[:, 1:], axis=0) > 0)


def test_less_precision_has_the_larger_bound():
    x = signal(1, 16)
    single, mixed, double = (
        enclosed(x, J=2, form=form, accumulator=accumulator)
        for form, accumulator in ((BINARY32, None), (BINARY32, BINARY64), (BINARY64, None))
    )
    assert double.bounds.max() < mixed.bounds.max() < single.bounds.max()
    assert np.all(BINARY32.unit * abs(middles(mixed)).ravel() <= mixed.bounds)  # the last rounding


def test_a_sum_that_is_larger_than_the_norm_is_rounded_at_its_own_size():
    x = np.ones((1, 64))
    mixed = enclosed(x, record=DFT, form=BINARY32, accumulator=BINARY64)[0]
    assert BINARY32.unit * 64 <= mixed.bounds[0, 0] < BINARY32.unit * 128
    assert mixed.bounds[0, 1] < BINARY32.unit


def test_the_norms_of_items_are_bounded_from_above_and_hardly_more():
    x = signal(3, 12)
    run, _ = run_harmonic(*called(x, J=2))
    norms = item_norms(called(x, J=2)[0], run.arrays, "x")
    assert np.all(np.linalg.norm(x, axis=1) * (1 - 2.0**-50) <= norms)
    np.testing.assert_allclose(norms, np.linalg.norm(x, axis=1), rtol=2.0**-40)


@pytest.mark.parametrize("special", [nan, inf, -inf, 1e308, complex(0, nan)])
def test_an_item_that_is_no_number_or_may_overflow_is_not_judged_and_others_are(special):
    x = signal(3, 12).astype(np.result_type(special, np.float64))
    x[1, 4] = special
    output = enclosed(x, J=2)
    for part in output if isinstance(output, tuple) else [output]:
        states = part.states.reshape(3, -1)
        assert np.all(states[1] == LOST)
        assert not states[[0, 2]].any()
        assert np.all(np.isfinite(part.bounds.reshape(len(CLASSES), 3, -1)[:, [0, 2]]))


def test_what_overflows_in_float32_only_is_lost_there_only():
    x = np.full((1, 12), 1e38)
    assert enclosed(x, J=2, form=BINARY32).states.all()
    assert not enclosed(x, J=2).states.any()


def test_subnormal_data_may_lose_their_digits():
    tiny = enclosed(np.full((1, 12), 1e-310), J=2)
    assert tiny.bounds.min() > 1e-310
    assert enclosed(np.full((1, 12), 1e-290), J=2).bounds.max() < 1e-290


# ---- forms of outputs ----


def parts(x, output=None, value=SPECTRUM):
    found = enclosed(x, defined(value, output=output))
    return [middles(part) for part in (found if isinstance(found, tuple) else (found,))]


def test_an_output_is_complex_where_the_data_are_or_the_record_says_so():
    real, z = signal(2, 6), signal(2, 6) + 1j * signal(2, 6, seed=1)
    always = Array(name="y", axes=(N, A.n), meaning="output", complex=True)
    never = Array(name="y", axes=(N, A.n), meaning="output", real=True)
    assert [len(parts(x, output)) for output in (None, always, never) for x in (real, z)] == [1, 2, 2, 2, 1, 1]
    for x in (real, z):
        spectrum = np.fft.fft(x)
        for part, wanted in zip(parts(x, always), (spectrum.real, spectrum.imag), strict=True):
            np.testing.assert_allclose(part, wanted, atol=64 * BINARY64.unit * np.abs(x).sum())


def test_the_bound_of_a_record_is_relative_to_the_norm():
    x = np.array([[3.0, 4.0], [0.0, 0.0]])
    bounds = enclosed(x, defined()).bounds.reshape(len(CLASSES), 2, 2)
    np.testing.assert_allclose(bounds[:, 0], 5 * TWELFTH, rtol=2.0**-40)
    assert np.all(bounds[:, 1] < BINARY64.least_normal)


def test_conjugates_and_quotients_of_exponentials_are_complex():
    turned = Sum(conjugate(array("x")[i, A.j]) / exp(-2 * I * pi * A.t * A.j / A.n), (A.j, 0, A.n - 1))
    z = signal(1, 5) + 1j * signal(1, 5, seed=1)
    found = [complex(v) for v in run_harmonic(*called(z, defined(turned)))[1][0].values]
    np.testing.assert_allclose(found, np.conj(np.fft.fft(z[0])), atol=64 * BINARY64.unit * np.abs(z).sum())
