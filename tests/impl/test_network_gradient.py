"""The gradient of a whole smooth network, entry by entry, against its exact derivative within a derived bound.

The truth is a derivative by dual numbers in 200-bit balls. The bound is the radius of a second, plain backward pass in which
every operation carries the rounding of float64: it encloses whatever order the kernels sum in, with elementary functions of
up to `ULPS` ulp.
"""

from itertools import product

import numpy as np
import pytest
from flint import arb, ctx

from convoracle.impl.layers import convolution, dense, detector, flatten, pooling
from convoracle.impl.network import Network

U, ULPS = 2.0**-53, 4
TAPS, CHANNELS, CLASSES = 3, 2, 3


@pytest.fixture(autouse=True)
def precision():
    before, ctx.prec = ctx.prec, 200
    yield
    ctx.prec = before


class Dual:
    """A value with its derivative in one direction."""

    def __init__(self, value, slope=0):
        self.value, self.slope = arb(value), arb(slope)

    def __add__(self, other):
        other = other if isinstance(other, Dual) else Dual(other)
        return Dual(self.value + other.value, self.slope + other.slope)

    __radd__ = __add__

    def __mul__(self, other):
        other = other if isinstance(other, Dual) else Dual(other)
        return Dual(self.value * other.value, self.value * other.slope + self.slope * other.value)

    __rmul__ = __mul__

    def tanh(self):
        t = self.value.tanh()
        return Dual(t, (1 - t * t) * self.slope)

    def sigmoid(self):
        s = 1 / (1 + (-self.value).exp())
        return Dual(s, s * (1 - s) * self.slope)

    def exp(self):
        return Dual(self.value.exp(), self.value.exp() * self.slope)

    def log(self):
        return Dual(self.value.log(), self.slope / self.value)


def total(values):
    return sum(values[1:], start=values[0])


def plain_risk(x, w, b, v, c, label, function):
    """conv 3 x 3, detector, average of 2 x 2, dense, cross-entropy of one image, from the formulas."""
    size = len(x) - TAPS + 1
    pooled = []
    for o, i, j in product(range(CHANNELS), range(0, size, 2), range(0, size, 2)):
        window = []
        for s, t in product((i, i + 1), (j, j + 1)):
            terms = [w[o, 0, p, q] * x[s + p, t + q] for p, q in product(range(TAPS), repeat=2)]
            window.append(getattr(total(terms) + b[o], function)())
        pooled.append(total(window) * 0.25)
    logits = [total([v[k, n] * y for n, y in enumerate(pooled)]) + c[k] for k in range(CLASSES)]
    return total([z.exp() for z in logits]).log() + logits[label] * -1


# ---- a backward pass in balls that carry the rounding of float64 ----


def rounded(value, operations=1):
    """Enclose what `operations` roundings make of a value."""
    return value * arb(1, (1 + U) ** operations - 1)


def elementary(value):
    return value * arb(1, 2 * ULPS * U)


def dot(left, right):
    """Enclose a sum of products in any order, fused or not."""
    spread = sum((abs(a) * abs(b) for a, b in zip(left, right, strict=True)), start=arb(0))
    radius = (spread * ((1 + arb(U)) ** (len(left) + 1) - 1)).upper()
    return sum((a * b for a, b in zip(left, right, strict=True)), start=arb(0)) + arb(0, radius)


def detected(z, function):
    """Return the enclosures of a detector and of dy times its slope, as a function of dy."""
    if function == "tanh":
        t = elementary(z.tanh())
        return t, lambda dy: rounded(dy * rounded(1 - t) * rounded(1 + t), 2)
    e = elementary((-abs(z)).exp())
    s = elementary(z.exp() / (1 + z.exp()))  # two elementary functions and two roundings, within 2 ULPS ulp
    return rounded(s, 2 * ULPS + 3), lambda dy: rounded(dy * e / (1 + e) ** 2, 5)


def backward_balls(x, w, b, v, c, label, function):
    """Enclose the gradients of `plain_risk` with respect to w, b, v, c, whatever the order of summation."""
    size = len(x) - TAPS + 1
    taps, places = list(product(range(TAPS), repeat=2)), list(product(range(size), repeat=2))
    image = {(i, j): [arb(float(x[i + p, j + q])) for p, q in taps] + [arb(1)] for i, j in places}
    values, pulls = {}, {}
    for o, (i, j) in product(range(CHANNELS), places):
        filters = [arb(float(w[o, 0, p, q])) for p, q in taps] + [arb(float(b[o]))]
        values[o, i, j], pulls[o, i, j] = detected(dot(filters, image[i, j]), function)
    halves = list(product(range(CHANNELS), range(0, size, 2), range(0, size, 2)))
    pooled = [
        dot([arb(0.25)] * 4, [values[o, i + p, j + q] for p, q in product((0, 1), repeat=2)]) for o, i, j in halves
    ]
    weights = [[arb(float(value)) for value in row] for row in v]
    logits = [dot([*row, arb(float(c[k]))], [*pooled, arb(1)]) for k, row in enumerate(weights)]
    errors = softmax_minus_label(logits, label)
    flat = [dot(errors, [row[n] for row in weights]) for n in range(len(halves))]
    dy = {}
    for share, (o, i, j) in zip(flat, halves, strict=True):
        for p, q in product((0, 1), repeat=2):
            dy[o, i + p, j + q] = pulls[o, i + p, j + q](rounded(share * 0.25))
    columns = [[image[place][u] for place in places] for u in range(TAPS * TAPS + 1)]
    rows = [[dy[o, i, j] for i, j in places] for o in range(CHANNELS)]
    dw = np.array([[dot(row, column) for column in columns] for row in rows])
    dv = [[rounded(error * y) for y in pooled] for error in errors]
    return dw[:, :-1], dw[:, -1], np.array(dv), np.array(errors)


def softmax_minus_label(logits, label):
    largest = max(logits, key=lambda z: float(z.mid()))
    shares = [elementary(rounded(z - largest).exp()) for z in logits]
    whole = dot(shares, [arb(1)] * len(shares))
    return [rounded(rounded(e / whole) - (k == label)) for k, e in enumerate(shares)]


# ---- the tests ----


def example(function, seed):
    rng = np.random.default_rng(seed)
    layers = [
        convolution(CHANNELS, 1, TAPS),
        detector(function),
        pooling("avg_pool2d", 2, 2),
        flatten(),
        dense(CLASSES, 8),
    ]
    network = Network(layers, dtype=np.float64)
    network.parameters = [rng.standard_normal(p.shape) / 2 for p in network.parameters]
    return network, rng.standard_normal((6, 6)), int(rng.integers(CLASSES))


def derivative(network, x, label, function, number, place):
    """The derivative of the risk with respect to one entry of one parameter, in a tiny ball."""
    duals = [np.vectorize(lambda value: Dual(float(value)), otypes=[object])(p) for p in network.parameters]
    duals[number][place] = Dual(float(network.parameters[number][place]), 1)
    image = np.vectorize(float, otypes=[object])(x)
    return plain_risk(image, *duals, label, function).slope


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("function", ["tanh", "sigmoid"])
def test_every_entry_of_the_gradient_is_within_its_bound(function, seed):
    network, x, label = example(function, seed)
    _, gradients = network.gradient(x[None, None], np.array([label]))
    enclosures = backward_balls(x, *network.parameters, label, function)
    for gradient, balls in zip(gradients, enclosures, strict=True):
        for got, ball in zip(gradient.ravel(), balls.ravel(), strict=True):
            assert ball.contains(arb(float(got))), (got, ball)


@pytest.mark.parametrize("function", ["tanh", "sigmoid"])
def test_the_bound_is_around_the_derivative_by_dual_numbers(function):
    network, x, label = example(function, 0)
    enclosures = backward_balls(x, *network.parameters, label, function)
    for number, (parameter, balls) in enumerate(zip(network.parameters, enclosures, strict=True)):
        for place, ball in zip(np.ndindex(parameter.shape), balls.ravel(), strict=True):
            true = derivative(network, x, label, function, number, place)
            assert ball.overlaps(true)
            assert true.rad() < ball.rad()


def test_a_gradient_that_takes_the_slope_at_the_output_is_outside():
    network, x, label = example("tanh", 0)
    activations = network.activations(x[None, None])
    _, gradients = network.gradient(x[None, None], np.array([label]))
    right = detector("tanh")
    wrong = list(network.layers)
    wrong[1] = type(right)("tanh", right.forward, lambda dy, x: right.to_input(dy, np.tanh(x)))
    network.layers = tuple(wrong)
    _, faulty = network.gradient(x[None, None], np.array([label]))
    balls = backward_balls(x, *network.parameters, label, "tanh")[0].ravel()
    assert activations[1].any()
    assert not any(ball.contains(arb(float(got))) for got, ball in zip(faulty[0].ravel(), balls, strict=True))
    assert np.array_equal(faulty[2], gradients[2])
