"""Gradients of scattering: the derivative of the record transposed, of any order and shape, finite where moduli vanish."""

import numpy as np
import pytest
from flint import arb, ctx
from hypothesis import given, settings
from hypothesis import strategies as st

from convoracle.impl import scattering1d, scattering1d_gradient
from convoracle.impl.scattering import scattering2d
from convoracle.impl.scattering_gradient import scattering2d_gradient
from convoracle.spec.configuration import bind
from convoracle.spec.dual import tangent
from convoracle.spec.scattering import SCATTERING1D
from convoracle.spec.scattering2d import SCATTERING2D

FUNCTIONS = {
    "signals": (scattering1d, scattering1d_gradient, SCATTERING1D),
    "images": (scattering2d, scattering2d_gradient, SCATTERING2D),
}
CASES = [
    ("signals", (11,), {"J": 2}),
    ("signals", (16,), {"J": 3, "Q": (3, 2), "T": 11}),
    ("signals", (9,), {"J": 3, "boundary": "zero", "two_sided": True}),
    ("signals", (12,), {"J": 2, "boundary": "symmetric", "paths": "all", "oversampling": 1}),
    ("signals", (10,), {"J": 3, "boundary": "reflect", "wavelet": "spline", "normalization": "scalar"}),
    ("signals", (5,), {"J": 1, "max_order": 0}),
    ("signals", (8,), {"J": 3, "T": 1, "max_order": 1}),
    ("images", (5, 6), {"J": 1, "L": 2}),
    ("images", (4, 7), {"J": 2, "L": 2, "boundary": "reflect"}),
    ("images", (6, 4), {"J": 2, "L": 1, "boundary": "symmetric", "paths": "all", "oversampling": 1}),
    ("images", (4, 4), {"J": 2, "L": 1, "boundary": "zero", "two_sided": True, "normalization": "tight"}),
]
EACH = pytest.mark.parametrize(("kind", "size", "options"), CASES, ids=str)


def drawn(kind, size, options, *, seed=0, lead=()):
    """Signals, a direction in which they move, and a gradient of their coefficients."""
    generator = np.random.default_rng(seed)
    x, v = generator.standard_normal((2, *lead, *size))
    return x, v, generator.standard_normal(FUNCTIONS[kind][0](x, **options).shape)


@EACH
def test_the_gradient_is_the_transposed_derivative_of_the_record(kind, size, options):
    _, gradient, record = FUNCTIONS[kind]
    x, v, dy = drawn(kind, size, options, lead=(2,))
    _, slopes = tangent(bind(record, {"x": x.shape}, options), {"x": x}, {"x": v})[0]
    with ctx.workprec(128):
        forward = sum((ball * arb(d) for ball, d in zip(slopes.ravel(), dy.ravel().tolist(), strict=True)), arb(0))
    backward = np.sum(v * gradient(dy, x, **options))
    assert abs(float(forward.mid()) - backward) < 2.0**-36 * np.linalg.norm(v) * np.linalg.norm(dy)


@EACH
def test_single_precision_gives_the_same_in_fewer_digits(kind, size, options):
    _, gradient, _ = FUNCTIONS[kind]
    x, _, dy = drawn(kind, size, options)
    single = gradient(dy.astype(np.float32), x.astype(np.float32), **options)
    assert single.dtype == np.float32
    assert gradient(dy.astype(np.float32), x, **options).dtype == np.float64
    np.testing.assert_allclose(single, gradient(dy, x, **options), atol=2.0**-9 * np.linalg.norm(dy))


@EACH
@pytest.mark.parametrize("lead", [(), (3,), (2, 1, 2), (0, 2)])
def test_leading_axes_are_those_of_separate_signals(kind, size, options, lead):
    _, gradient, _ = FUNCTIONS[kind]
    x, _, dy = drawn(kind, size, options, lead=lead)
    dx = gradient(dy, x, **options)
    assert dx.shape == x.shape
    for index in np.ndindex(*lead):
        np.testing.assert_allclose(dx[index], gradient(dy[index], x[index], **options), atol=2.0**-40)


@EACH
def test_the_gradient_is_finite_where_moduli_vanish(kind, size, options):
    _, gradient, _ = FUNCTIONS[kind]
    _, _, dy = drawn(kind, size, options)
    for x in (np.zeros(size), np.ones(size), np.full(size, 1e-310), np.full(size, 1e300)):
        assert np.all(np.isfinite(gradient(dy, x, **options)))
    only_average = np.where(np.arange(len(dy)).reshape(-1, *(1,) * len(size)) == 0, dy, 0)
    np.testing.assert_array_equal(gradient(dy, np.zeros(size), **options), gradient(only_average, x, **options))


@pytest.mark.parametrize("order", [3, 4])
def test_paths_of_any_order_hand_back_their_share(order):
    options = {"J": 4, "max_order": order}
    x, v, dy = drawn("signals", (24,), options)
    slope, errors = np.sum(v * scattering1d_gradient(dy, x, **options)), []
    for h in (2.0**-9, 2.0**-12):
        ahead, behind = (scattering1d(x + side * h * v, **options) for side in (1, -1))
        errors.append(abs(np.sum(dy * (ahead - behind)) / (2 * h) - slope))
    assert errors[1] < errors[0] / 32  # of second order: a 64th


@settings(max_examples=40)
@given(seed=st.integers(0, 2**20), case=st.sampled_from(CASES), a=st.floats(-4, 4), b=st.sampled_from([0.25, 1.0, 8.0]))
def test_the_gradient_is_linear_in_dy_and_the_same_for_signals_of_any_size(seed, case, a, b):
    kind, size, options = case
    _, gradient, _ = FUNCTIONS[kind]
    x, _, dy = drawn(kind, size, options, seed=seed)
    other = drawn(kind, size, options, seed=seed + 1)[2]
    whole = gradient(a * dy + other, b * x, **options)
    parts = a * gradient(dy, x, **options) + gradient(other, x, **options)
    np.testing.assert_allclose(whole, parts, atol=2.0**-36 * (np.linalg.norm(dy) + np.linalg.norm(other)))


@pytest.mark.parametrize("boundary", ["periodic", "symmetric", "reflect"])
def test_a_constant_added_to_the_signal_changes_nothing(boundary):
    options = {"J": 2, "boundary": boundary}
    x, _, dy = drawn("signals", (12,), options)
    moved = scattering1d_gradient(dy, x + 5, **options)
    np.testing.assert_allclose(moved, scattering1d_gradient(dy, x, **options), atol=2.0**-36)


def test_operands_may_be_any_view_and_stay_as_they_are():
    x, _, dy = drawn("signals", (16,), {"J": 2}, lead=(4,))
    views = np.flip(dy[::2], (0, 2)), np.flip(x[::2], 1)
    before = dy.copy(), x.copy()
    for view in views:
        view.setflags(write=False)
    expected = scattering1d_gradient(*(view.copy() for view in views), J=2)
    assert np.array_equal(scattering1d_gradient(*views, J=2), expected)
    assert np.array_equal(dy, before[0])
    assert np.array_equal(x, before[1])


WRONG = [
    (lambda: scattering1d_gradient(np.zeros((4, 2)), np.zeros(9), J=2), ValueError, "got dy.shape=(4, 2)"),
    (lambda: scattering1d_gradient(np.zeros((2, 4, 2)), np.zeros((3, 8)), J=2), ValueError, "coefficients = (3, 4, 2)"),
    (lambda: scattering1d_gradient(np.zeros((4, 2)), np.zeros(()), J=2), ValueError, "x must have axes (..., n)"),
    (lambda: scattering1d_gradient(np.zeros((4, 2)), np.zeros(8) * 1j, J=2), TypeError, "x must have dtype float32 or"),
    (
        lambda: scattering1d_gradient(np.zeros((4, 2)) * 1j, np.zeros(8), J=2),
        TypeError,
        "dy must have dtype float32 or",
    ),
    (lambda: scattering1d_gradient([[0.0]], np.zeros(8), J=2), TypeError, "dy must be a numpy array, got list"),
    (lambda: scattering1d_gradient(np.zeros((4, 2)), np.zeros(8), J=4), ValueError, "2^J must be at most n"),
    (lambda: scattering2d_gradient(np.zeros((9, 2, 2)), np.zeros(8), J=1), ValueError, "x must have axes (..., H, W)"),
    (lambda: scattering2d_gradient(np.zeros((9, 2, 2)), np.zeros((4, 4)), J=1, L=4), ValueError, "= (5, 2, 2), got"),
]


@pytest.mark.parametrize(("call", "error", "sentence"), WRONG, ids=[sentence for *_, sentence in WRONG])
def test_what_is_wrong_is_said_in_a_sentence(call, error, sentence):
    with pytest.raises(error, match=r"^scattering[12]d_gradient: ") as raised:
        call()
    assert sentence in str(raised.value)
