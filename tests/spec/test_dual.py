"""Slopes against SymPy's derivatives, and against differences that are exact where a definition is piecewise linear."""

import numpy as np
import pytest
from flint import arb
from sympy import Abs, Max, Min, N, Piecewise, Rational, Symbol, exp, log, sign, sqrt, tanh

from convoracle.spec.activation import LEAKY_RELU, MODULUS, PRELU, RELU, SOFT_THRESHOLD, X, pointwise
from convoracle.spec.adaptive_pooling import ADAPTIVE_AVG_POOLS, ADAPTIVE_MAX_POOLS
from convoracle.spec.average_pooling import AVG_POOLS
from convoracle.spec.configuration import bind
from convoracle.spec.dual import Dual, Operations, constant, tangent
from convoracle.spec.functions import log1p
from convoracle.spec.max_pooling import MAX_POOLS, MAX_POOLS_WITH_INDICES
from convoracle.spec.max_unpooling import MAX_UNPOOLS
from convoracle.spec.normalization import BATCH_NORM_TRAINING
from convoracle.spec.response_norm import LOCAL_RESPONSE_NORM
from convoracle.spec.softmax import CROSS_ENTROPY, SOFTMAX

POINTS = (Rational(-9, 4), Rational(-1, 2), Rational(3, 8), Rational(5, 2))
V = 3
Z = Symbol("z", real=True)


def slopes_of(record, arrays, directions, options=None):
    """Return the slopes of the first output, flat."""
    configuration = bind(record, {name: array.shape for name, array in arrays.items()}, options or {})
    return tangent(configuration, arrays, directions)[0][1].ravel()


def ball(number):
    """Return the ball of a number that SymPy knows."""
    return arb(str(N(number, 60)))


# ---- single functions ----

SMOOTH = {
    "exp": exp(X),
    "log": log(X**2 + 1),
    "log1p": log1p(exp(X)),
    "tanh": tanh(X),
    "sqrt": sqrt(X**2 + 1),
    "power": (X**2 + 1) ** Rational(3, 4),
    "integer power": X**3,
    "quotient": (X - 1) / (X**2 + 2),
    "difference of a product": X * exp(-X) - X / 3,
    "modulus": Abs(X),
    "sign": X * sign(X),
    "maximum": Max(X, 0) + Min(X, 1),
    "branches": Piecewise((X**2, X > 1), (2 * X, Abs(X) > 1), (exp(X), True)),
}


@pytest.mark.parametrize("value", SMOOTH.values(), ids=SMOOTH.keys())
def test_a_slope_is_the_derivative(value):
    record = pointwise("function", "A function.", value, RELU.source)
    x = np.array([float(point) for point in POINTS])
    slopes = slopes_of(record, {"x": x}, {"x": np.full(len(x), float(V))})
    plain = value.rewrite("log").xreplace({X: Z}) if value.has(log1p) else value.xreplace({X: Z})
    derivative = plain.diff(Z).doit()
    for slope, point in zip(slopes, POINTS, strict=True):
        expected = ball(V * derivative.subs(Z, point))
        assert slope.overlaps(expected), f"{value} at {point}: {slope}, {expected}"
        assert slope.rel_accuracy_bits() > 100 or slope == expected


def test_a_square_root_at_zero_has_no_slope():
    root = Operations().sqrt(Dual(np.array([arb(0)]), np.array([arb(1)])))
    assert root.value[0] == 0
    assert not root.slope[0].is_finite()


def test_an_exponent_that_moves_is_refused():
    moving = Dual(np.array([arb(2)]), np.array([arb(1)]))
    with pytest.raises(ValueError, match="the exponent of a power must not move"):
        Operations().power(moving, moving)


# ---- where there is no derivative: the slope of what is selected ----

KINKS = {
    "relu at 0 is not active": (RELU, {}, 0.0, 0),
    "leaky_relu at 0 has the slope of the negative half": (LEAKY_RELU, {"negative_slope": 0.25}, 0.0, Rational(1, 4)),
    "modulus at 0 is flat": (MODULUS, {}, 0.0, 0),
    "soft_threshold at the threshold is flat": (SOFT_THRESHOLD, {"threshold": 2.0}, 2.0, 0),
}


@pytest.mark.parametrize(("record", "options", "x", "slope"), KINKS.values(), ids=KINKS.keys())
def test_at_a_kink_the_slope_is_that_of_the_branch(record, options, x, slope):
    for v in (-1.0, 1.0):
        (found,) = slopes_of(record, {"x": np.array([x])}, {"x": np.array([v])}, options)
        assert found == ball(v * slope)


def test_of_equal_maxima_the_first_gives_the_slope():
    x, v = np.array([[[2.0, 2.0, 1.0, 3.0, 3.0, 3.0]]]), np.array([[[1.0, 2.0, 4.0, 8.0, 16.0, 32.0]]])
    options = {"kernel_size": 3, "stride": 1}
    assert list(slopes_of(MAX_POOLS[0], {"x": x}, {"x": v}, options)) == [1, 8, 8, 8]


def test_of_a_few_equal_terms_the_first_gives_the_slope():
    a, b = Dual(np.array([arb(1)]), np.array([arb(5)])), Dual(np.array([arb(1)]), np.array([arb(7)]))
    assert Operations().largest([a, b]).slope[0] == 5
    assert Operations().largest([constant(np.array([0])), a, b]).slope[0] == 5


def test_balls_that_overlap_are_not_compared():
    third = constant(np.array([1])).value / 3
    doubtful = Dual(np.append(third, third), np.array([arb(1), arb(2)]))
    with pytest.raises(ValueError, match="overlap"):
        Operations().maximum(doubtful, np.array([0]))


def test_nan_is_selected_and_compares_with_nothing():
    x = Dual(np.array([arb(1), arb("nan"), arb(2)]), constant(np.zeros(3)).value)
    assert list(Operations().first(x, np.array([0]))) == [1]
    holds, unknown = Operations().compare(">", x, constant(np.array([0])))
    assert list(holds) == [True, False, True]
    assert list(unknown) == [False, True, False]
    branches = [(holds, x), (np.ones(1, bool), constant(np.array([0])))]
    assert Operations().chosen(branches, unknown).value[1].is_nan()


# ---- piecewise linear definitions: differences are exact ----

STEP = 2.0**-10
PIECEWISE_LINEAR = {
    "relu": (RELU, {"x": (2, 3, 4)}, {}),
    "leaky_relu": (LEAKY_RELU, {"x": (7,)}, {"negative_slope": 0.25}),
    "soft_threshold": (SOFT_THRESHOLD, {"x": (3, 5)}, {"threshold": 2.0}),
    "prelu": (PRELU, {"x": (2, 3, 4), "slope": (3,)}, {}),
    "max_pool1d": (MAX_POOLS[0], {"x": (2, 2, 9)}, {"kernel_size": 3, "stride": 2, "padding": 1}),
    "max_pool2d": (MAX_POOLS[1], {"x": (1, 2, 7, 8)}, {"kernel_size": (2, 3), "stride": 1, "dilation": (2, 1)}),
    "with indices": (MAX_POOLS_WITH_INDICES[0], {"x": (2, 2, 9)}, {"kernel_size": 2}),
    "avg_pool2d": (AVG_POOLS[1], {"x": (1, 2, 5, 6)}, {"kernel_size": 2, "padding": 1, "count_include_pad": False}),
    "adaptive maximum": (ADAPTIVE_MAX_POOLS[0], {"x": (2, 1, 7)}, {"output_size": 3}),
    "adaptive average": (ADAPTIVE_AVG_POOLS[0], {"x": (2, 1, 7)}, {"output_size": 3}),
    "unpooling": (MAX_UNPOOLS[0], {"x": (1, 2, 3), "indices": (1, 2, 3)}, {"output_size": 4}),
}


def operands(configuration):
    """Return data whose entries differ by 1 at least and are no integers, so that small steps cross no kink; and directions."""
    generator = np.random.default_rng(3)
    arrays, directions = {}, {}
    for array in configuration.record.inputs:
        shape = configuration.shapes[array.name]
        size = int(np.prod(shape))
        if array.below is not None:
            arrays[array.name] = generator.integers(0, 4, shape)
        else:
            arrays[array.name] = generator.permutation(np.arange(size) - size // 2 + 0.375).reshape(shape)
            directions[array.name] = generator.integers(-9, 10, shape).astype(float)
    return arrays, directions


@pytest.mark.parametrize(("record", "shapes", "options"), PIECEWISE_LINEAR.values(), ids=PIECEWISE_LINEAR.keys())
def test_the_slope_of_a_piecewise_linear_definition_is_an_exact_difference(record, shapes, options):
    configuration = bind(record, shapes, options)
    arrays, directions = operands(configuration)
    for moving, v in directions.items():
        ahead = {**arrays, moving: arrays[moving] + STEP * v}
        ((here, slopes), *_), ((there, _), *_) = (tangent(configuration, a, {moving: v}) for a in (arrays, ahead))
        for slope, difference in zip(slopes.ravel(), ((there - here) / arb(STEP)).ravel(), strict=True):
            assert slope.overlaps(difference)
            assert slope.rad() < STEP**4
        assert any(slope != 0 for slope in slopes.flat)


# ---- whole layers ----


def test_a_softmax_has_the_slope_of_its_formula():
    x, v = np.array([[[0.5, -1.0, 2.0]]]), np.array([[[1.0, 2.0, -3.0]]])
    letters = [Symbol(f"x_{k}") for k in range(3)]
    at = dict(zip(letters, map(Rational, x.ravel().tolist()), strict=True))
    shares = [exp(letter) / sum(map(exp, letters)) for letter in letters]
    expected = [sum(share.diff(s) * Rational(d) for s, d in zip(letters, v.flat, strict=True)) for share in shares]
    for slope, formula in zip(slopes_of(SOFTMAX, {"x": x}, {"x": v}), expected, strict=True):
        assert slope.overlaps(ball(formula.subs(at)))


def test_a_cross_entropy_has_the_slope_of_its_formula():
    logits, labels = np.array([[0.5, -1.0, 2.0]]), np.array([1])
    letters = [Symbol(f"x_{k}") for k in range(3)]
    loss = log(sum(map(exp, letters))) - letters[1]
    expected = loss.diff(letters[2]).subs(dict(zip(letters, map(Rational, logits.ravel().tolist()), strict=True)))
    (slope,) = slopes_of(CROSS_ENTROPY, {"logits": logits, "labels": labels}, {"logits": np.array([[0.0, 0, 1]])})
    assert slope.overlaps(ball(expected))


def test_the_normalised_batch_moves_with_its_statistics():
    x, v = np.array([[[1.0, 2.0, 5.0]]]), np.array([[[0.0, 1.0, 0.0]]])
    letters = [Symbol(f"x_{k}", real=True) for k in range(3)]
    mean = sum(letters) / 3
    variance = sum((letter - mean) ** 2 for letter in letters) / 3
    at = dict(zip(letters, map(Rational, x.ravel().tolist()), strict=True))
    expected = [((s - mean) / sqrt(variance + 1)).diff(letters[1]).subs(at) for s in letters]
    slopes = slopes_of(BATCH_NORM_TRAINING, {"x": x}, {"x": v}, {"eps": 1.0})
    assert all(slope.overlaps(ball(formula)) for slope, formula in zip(slopes, expected, strict=True))


def test_the_response_norm_has_the_slope_of_its_formula():
    x, v = np.array([[[1.0], [3.0]]]), np.array([[[1.0], [0.0]]])
    a, b = Symbol("a", real=True), Symbol("b", real=True)
    formulas = [y / (1 + (a**2 + b**2) / 3) ** Rational(3, 4) for y in (a, b)]
    slopes = slopes_of(LOCAL_RESPONSE_NORM, {"x": x}, {"x": v}, {"size": 3, "alpha": 1.0, "beta": 0.75})
    for slope, formula in zip(slopes, formulas, strict=True):
        assert slope.overlaps(ball(formula.diff(a).subs({a: 1, b: 3})))


# ---- what is given back ----


def test_indices_have_no_slope_and_what_does_not_move_stays():
    configuration = bind(MAX_POOLS_WITH_INDICES[0], {"x": (1, 1, 4)}, {"kernel_size": 2})
    x = np.array([[[4.0, 1.0, 2.0, 3.0]]])
    (maxima, still), (indices, none) = tangent(configuration, {"x": x}, {})
    assert indices.dtype == np.int64
    assert indices.tolist() == [[[0, 3]]]
    assert maxima.shape == still.shape == none.shape == (1, 1, 2)
    assert all(slope == 0 for slope in (*still.flat, *none.flat))
