"""The fast way to scatter many signals: it conforms, agrees with the plain way, and does not depend on threads."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convoracle import impl
from convoracle.impl import compiled, lane_transform, scattering, scattering_engine, scattering_kernels
from convoracle.impl.lane_transform import LANES
from convoracle.impl.scattering_lanes import Lanes, lanes, suits
from convoracle.impl.scattering_options import plan1d, plan2d
from convoracle.impl.scattering_tables import Line, factors
from convoracle.properties.check import check
from convoracle.spec.catalog import operator
from convoracle.spec.configuration import bind
from convoracle.spec.harmonic import planned_bounds
from convoracle.spec.rounded import CLASSES
from convoracle.spec.rounding import Arithmetic, format_of
from convoracle.spec.spectral_rounding import transform_growth

ULPS = CLASSES.index(4.0)
SIGNALS = {
    "octaves": (64, {"J": 4}),
    "many wavelets": (48, {"J": 3, "Q": (5, 2), "T": 11}),
    "all paths": (30, {"J": 2, "paths": "all", "boundary": "symmetric"}),
    "both signs": (40, {"J": 3, "Q": 2, "two_sided": True}),
    "dense": (33, {"J": 3, "oversampling": 1, "boundary": "reflect", "max_order": 1}),
    "no zeros between": (36, {"J": 2, "wavelet": "shannon", "boundary": "zero", "T": 3}),
    "third order": (32, {"J": 4, "max_order": 3, "wavelet": "spline"}),
}
IMAGES = {
    "octaves": ((16, 8), {"J": 2, "L": 3}),
    "rows of odd length": ((15, 12), {"J": 2, "L": 2, "boundary": "periodic", "paths": "all"}),
    "mirrored": ((5, 7), {"J": 2, "L": 2, "boundary": "symmetric"}),
    "both signs": ((8, 10), {"J": 1, "L": 3, "two_sided": True, "paths": "all", "boundary": "zero"}),
    "third order": ((8, 8), {"J": 3, "L": 1, "max_order": 3, "oversampling": 1}),
}
CASES = [("scattering1d", name, n, options) for name, (n, options) in SIGNALS.items()]
CASES += [("scattering2d", name, sizes, options) for name, (sizes, options) in IMAGES.items()]
EACH = pytest.mark.parametrize(
    ("name", "case", "sizes", "options"), CASES, ids=lambda value: value if isinstance(value, str) else ""
)


def plan_of(name, sizes, **options):
    return plan1d(name, sizes, **options) if name == "scattering1d" else plan2d(name, sizes, **options)


def drawn(*shape, dtype="float64"):
    generator, dtype = np.random.default_rng(shape), np.dtype(dtype)
    real = generator.standard_normal(shape)
    return (real + 1j * generator.standard_normal(shape) if dtype.kind == "c" else real).astype(dtype)


def bounds(name, x, options):
    """How far coefficients may be off, row by row, as the record derives it; of three moduli, as far as those of two allow.

    One modulus more at most doubles the error, by the gain that is allowed for, and adds no more than those before it.
    """
    known = {**options, "max_order": min(2, options.get("max_order", 2))}
    configuration = bind(operator(name), {"x": x.shape}, known)
    found = planned_bounds(configuration, {"x": x}, Arithmetic(format_of(x.dtype)))[0][ULPS]
    return found if known == {"max_order": 2, **options} else 4 * found.max(axis=1, keepdims=True)


# ---- values ----


@pytest.mark.parametrize("name", ["scattering1d", "scattering2d"])
def test_the_fast_way_conforms(name, monkeypatch):
    monkeypatch.setattr(scattering, "FAST_FROM", 0)
    used = []
    fast = Lanes.transform
    monkeypatch.setattr(Lanes, "transform", lambda self, x: used.append(len(x)) or fast(self, x))
    verdict = check(getattr(impl, name), name, examples=20)
    assert used
    assert verdict.ok, verdict.reason


@EACH
@pytest.mark.parametrize("batch", [1, 3, 16, 21])
def test_both_ways_agree_within_the_errors_of_both(name, case, sizes, options, batch):
    plan = plan_of(name, sizes, **options)
    assert suits(plan)
    for dtype in ("complex64", "complex128") if options.get("two_sided") else ("float32", "float64"):
        x = drawn(batch, *plan.sizes, dtype=dtype)
        fast, slow = lanes(plan, x.real.dtype).transform(x), scattering_engine.transform(plan, x)
        assert fast.dtype == slow.dtype
        assert (abs(fast - slow) <= 2 * bounds(name, x, options)).all()


@settings(max_examples=30)
@given(
    st.lists(st.sampled_from([2, 3, 4, 5, 7]), min_size=1, max_size=4).filter(lambda primes: np.prod(primes) <= 512),
    st.integers(1, 3),
    st.integers(1, 3),
    st.integers(0, 1),
    st.sampled_from(["periodic", "zero", "symmetric", "reflect"]),
    st.integers(1, 20),
)
def test_both_ways_agree_whatever_the_factors_of_the_length(primes, J, Q, oversampling, boundary, batch):
    n = max(2**J, int(np.prod(primes)))
    options = {"J": J, "Q": Q, "oversampling": oversampling, "boundary": boundary}
    plan = plan1d("scattering1d", n, **options)
    if suits(plan):
        x = drawn(batch, n)
        fast, slow = lanes(plan, x.dtype).transform(x), scattering_engine.transform(plan, x)
        assert (abs(fast - slow) <= 2 * bounds("scattering1d", x, options)).all()


@pytest.mark.parametrize("dtype", ["float32", "complex128"])
def test_signals_of_any_magnitude_scatter_alike(dtype):
    plan, x = plan1d("scattering1d", 32, J=3, two_sided=True), drawn(4, 32, dtype=dtype)
    run, limits = lanes(plan, x.real.dtype).transform, np.finfo(dtype)
    y = run(x)
    for exponent in (limits.maxexp - 8, -limits.maxexp + 30):
        scale = np.ldexp(limits.dtype.type(1), [exponent, 0, exponent, 0])
        np.testing.assert_array_equal(run(x * scale[:, None]), y * scale[:, None, None])


@pytest.mark.parametrize("special", [np.nan, np.inf])
def test_what_is_no_number_stays_in_its_signal(special):
    plan, x = plan1d("scattering1d", 32, J=3), drawn(3, 32)
    y = lanes(plan, x.dtype).transform(x)
    x[1, 5] = special
    with np.errstate(invalid="ignore"):
        changed = lanes(plan, x.dtype).transform(x)
    np.testing.assert_array_equal(changed[[0, 2]], y[[0, 2]])
    assert not np.isfinite(changed[1]).any()


def test_zero_gives_zero():
    for plan in (plan1d("scattering1d", 16, J=2), plan2d("scattering2d", (8, 8), J=2)):
        assert not lanes(plan, np.dtype("float32")).transform(np.zeros((2, *plan.sizes), "float32")).any()


def test_long_signals_lose_no_more_than_transforms_and_short_sums_do():
    n, unit = 2 * lane_transform.CACHED, 2.0**-24
    plan, x = plan1d("scattering1d", n, J=10), drawn(2, n, dtype="float32")
    fast, slow = lanes(plan, x.dtype).transform(x), scattering_engine.transform(plan, x.astype(float))
    # No step enlarges the norm. To a path of two wavelets belong five transforms, and some roundings of filters, products,
    # aliases and moduli; to an average sums of TERMS products, and the sums of these.
    terms = scattering_kernels.TERMS + n / scattering_kernels.TERMS
    limit = 5 * transform_growth(n, unit) + (terms + 64) * unit
    assert (abs(fast - slow).max(axis=(1, 2)) <= limit * np.linalg.norm(x, axis=1)).all()


# ---- when, and how ----


@pytest.mark.parametrize(
    ("plan", "wanted"),
    [
        (plan1d("scattering1d", 32, J=3), True),
        (plan1d("scattering1d", 2 * 13, J=1), True),
        (plan1d("scattering1d", 2 * 17, J=1), False),  # a factor that transforms here do not have
        (plan1d("scattering1d", 32, J=3, max_order=0), False),  # no moduli
        (plan1d("scattering1d", 32, J=3, T=1), False),
        (plan1d("scattering1d", 33, J=3), False),  # inner rows of odd length
        (plan1d("scattering1d", 33, J=3, max_order=1), True),
        (plan2d("scattering2d", (9, 16), J=3), True),
        (plan2d("scattering2d", (16, 9), J=3), False),
    ],
)
def test_the_fast_way_suits_lengths_of_small_factors_and_inner_rows_of_even_length(plan, wanted):
    assert suits(plan) is wanted


def test_large_calls_go_the_fast_way_and_small_ones_do_not(monkeypatch):
    went = []
    monkeypatch.setattr(
        scattering, "transform", lambda plan, x: went.append("plain") or scattering_engine.transform(plan, x)
    )
    monkeypatch.setattr(Lanes, "transform", lambda self, x: went.append("fast") or np.zeros((len(x), 7, 4)))
    samples = plan1d("scattering1d", 32, J=3).samples
    assert impl.scattering1d(drawn(2, 32), J=3).shape == (2, 7, 4)
    monkeypatch.setattr(scattering, "FAST_FROM", 2 * samples)
    impl.scattering1d(drawn(2, 32), J=3)
    impl.scattering1d(drawn(1, 32), J=3)
    assert went == ["plain", "fast", "plain"]


@EACH
def test_threads_do_not_change_a_bit(name, case, sizes, options, monkeypatch):
    plan = plan_of(name, sizes, **options)
    x = drawn(19, *plan.sizes, dtype="float32")
    alone = lanes(plan, x.dtype).transform(x)
    monkeypatch.setattr(compiled, "PARALLEL_FROM", 0)
    for count in (2, 5):
        monkeypatch.setattr(compiled, "_threads", lambda units, count=count: min(count, units))
        np.testing.assert_array_equal(lanes(plan, x.dtype).transform(x), alone)


def test_a_signal_has_the_same_bits_in_every_batch_that_fills_bundles(monkeypatch):
    plan, x = plan1d("scattering1d", 32, J=3, Q=2), drawn(3 * LANES, 32)
    y = lanes(plan, x.dtype).transform(x)
    np.testing.assert_array_equal(lanes(plan, x.dtype).transform(x[::-1].copy()), y[::-1])
    np.testing.assert_array_equal(lanes(plan, x.dtype).transform(x[:LANES]), y[:LANES])


@pytest.mark.parametrize(
    ("name", "sizes", "options"),
    [
        ("scattering1d", 6, {"J": 1, "Q": 2, "paths": "all"}),
        ("scattering2d", (3, 4), {"J": 1, "L": 2, "paths": "all"}),
    ],
)
def test_the_kernels_also_run_as_plain_python(name, sizes, options, monkeypatch):
    plan = plan_of(name, sizes, **options)
    x = drawn(3, *plan.sizes)
    wanted = Lanes(plan, x.dtype).transform(x)
    for kernel in (scattering_kernels.products, scattering_kernels.averages, scattering_kernels.spectra):
        monkeypatch.setattr(kernel, "compiled", dict.fromkeys(compiled.DTYPES, kernel.body))
    assert (abs(Lanes(plan, x.dtype).transform(x) - wanted) <= 2 * bounds(name, x, options)).all()


def test_editing_a_helper_makes_cached_machine_code_stale(tmp_path, monkeypatch):
    monkeypatch.setattr(compiled.Kernel, "registry", [])
    names = []
    for step in (1, 2, 1):
        file = tmp_path / "helper.py"
        file.write_text(f"def helper(x):\n    return x + {step}\n")
        space = {}
        exec(compile(file.read_text(), file, "exec"), space)
        kernel = compiled.Kernel(lambda x, first, last: None, "write1", (space["helper"],))
        names.append(kernel._linked({}).__qualname__)
    assert names[0] == names[2] != names[1]


# ---- transforms ----


def transformed(x, count=1):
    """The transform of ``count`` lines by the helpers of the kernels, as plain Python, in natural order."""
    n = len(x) // count
    line = Line.of(n, x.real.dtype)
    parts = [np.repeat(part[:, None], LANES, axis=1).reshape(-1) for part in (x.real, x.imag)]
    lane_transform.transform(*parts, line.factors, line.twiddles, 0, n, count)
    found = (parts[0] + 1j * parts[1]).reshape(count, n, LANES)
    np.testing.assert_array_equal(found, found[:, :, :1] * np.ones(LANES))
    return found[:, line.positions, 0]


def columns_transformed(x):
    rows, pitch = x.shape
    line, parts = Line.of(rows, x.real.dtype), [np.repeat(part, LANES, axis=1).reshape(-1) for part in (x.real, x.imag)]
    lane_transform.transform_columns(*parts, line.factors, line.twiddles, 0, rows, pitch, pitch * LANES)
    return (parts[0] + 1j * parts[1]).reshape(rows, pitch, LANES)[line.positions, :, 0]


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 15, 16, 20, 26, 28, 32, 45, 48, 64])
def test_transforms_of_all_factors_are_fourier_transforms(n):
    x = drawn(n, dtype="complex128")
    exact = np.array([[np.exp(-2j * np.pi * (f * t % n) / n) for t in range(n)] for f in range(n)]) @ x
    # the sums of products, and their factors, are off by no more than n + 4 units each
    limit = (transform_growth(n, 2.0**-53) + (n + 4) * 2.0**-52) * np.sqrt(n) * np.linalg.norm(x)
    assert np.linalg.norm(transformed(x)[0] - exact) <= limit
    both = transformed(np.concatenate([x, x[::-1]]), count=2)
    np.testing.assert_array_equal(both, [transformed(x)[0], transformed(x[::-1].copy())[0]])
    columns = columns_transformed(np.stack([x, x[::-1], x], axis=1))
    assert (np.linalg.norm(columns - np.stack([both[0], both[1], both[0]], axis=1), axis=0) <= 2 * limit).all()


def test_long_transforms_are_done_block_by_block(monkeypatch):
    x = drawn(48, dtype="complex128")
    whole = transformed(x)
    for size in (1, 4, 12, 16):
        monkeypatch.setattr(lane_transform, "CACHED", size)
        np.testing.assert_array_equal(transformed(x), whole)


@given(st.integers(1, 5000))
def test_factors_multiply_to_the_length_with_the_fours_last(n):
    found = factors(n)
    assert np.prod(found, dtype=int) == n
    assert found == sorted(found, key=lambda factor: {4: 0, 2: 1}.get(factor, factor), reverse=True)
    assert found.count(2) <= 1
    assert all(factor in (2, 4) or all(factor % d for d in range(2, factor)) for factor in found)


@pytest.mark.parametrize("n", [1, 2, 6, 16, 60])
def test_every_position_is_taken_once(n):
    assert sorted(Line.of(n, np.dtype(float)).positions) == list(range(n))
