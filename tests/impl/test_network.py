"""Networks out of the kernels: sizes, receptive fields through the real stack, gradients, descent."""

import numpy as np
import pytest

from convoracle.impl import max_pool2d_with_indices
from convoracle.impl.layers import convolution, dense, detector, flatten, pooling, response_norm
from convoracle.impl.network import SGD, Network, alexnet, lenet5
from convoracle.spec import network as records


def names(traced):
    return [layer.layer.operator for layer in traced]


# ---- the two networks are those of the records ----


@pytest.mark.parametrize("kernel", ["avg_pool2d", "max_pool2d"])
@pytest.mark.parametrize("function", ["relu", "tanh", "sigmoid"])
def test_lenet5_has_the_layers_shapes_and_parameters_of_its_record(kernel, function):
    traced, network = (
        records.trace(records.lenet5(pooling=kernel, detector=function)),
        lenet5(kernel=kernel, function=function),
    )
    assert [layer.name for layer in network.layers] == names(traced)
    assert [y.shape[1:] for y in network.activations(np.ones((2, 1, 32, 32), np.float32))[1:]] == [
        t.shape for t in traced
    ]
    assert sum(p.size for p in network.parameters) == sum(t.parameters for t in traced)


def assert_built_as(record, network):
    assert [layer.name for layer in network.layers] == [layer.operator for layer in record.layers]
    assert [p.shape for p in network.parameters] == [s for layer in record.layers for s in layer.parameters.values()]


def test_alexnet_has_the_layers_and_parameters_of_its_record():
    assert_built_as(records.ALEXNET, alexnet())


def test_alexnet_in_groups_runs_forward_and_backward():
    record, network = records.alexnet(groups=2), alexnet(groups=2)
    assert_built_as(record, network)
    image = np.random.default_rng(0).standard_normal((1, 3, 227, 227)).astype(np.float32)
    activations = network.activations(image)
    assert [y.shape[1:] for y in activations[1:]] == [layer.shape for layer in records.trace(record)]
    gradients = network.backward(np.ones((1, 1000), np.float32), activations)
    assert [g.shape for g in gradients] == [p.shape for p in network.parameters]
    assert all(np.isfinite(g).all() and g.any() for g in gradients)


# ---- receptive fields, by impulses ----


def reached(layers, size):
    """The rows of a square image from which an impulse reaches output (0, 0) of layers with positive weights."""
    network = Network(layers, dtype=np.float64)
    network.parameters = [np.ones_like(p) if p.ndim > 1 else p for p in network.parameters]
    impulses = np.eye(size * size).reshape(-1, 1, size, size)
    hits = network.forward(impulses)[:, 0, 0, 0].reshape(size, size) > 0
    rows, columns = np.flatnonzero(hits.any(axis=1)), np.flatnonzero(hits.any(axis=0))
    assert np.array_equal(rows, columns)
    return rows.min(), rows.max()


@pytest.mark.parametrize(("window", "width"), [(1, 13), (2, 14)])
@pytest.mark.parametrize("kernel", ["avg_pool2d", "max_pool2d"])
def test_impulses_reach_c3_of_lenet5_from_the_derived_field(kernel, window, width):
    layers = [convolution(6, 1, 5), pooling(kernel, window, 2), detector("relu"), convolution(2, 6, 5)]
    traced = records.trace(records.lenet5(pooling=kernel, window=window))
    field = traced[3].field[0]
    assert reached(layers, 20) == (field.first, field.last) == (0, width - 1)


def test_impulses_reach_a_padded_strided_stack_from_the_derived_field():
    layers = [
        convolution(2, 1, 3, stride=2, padding=1),
        detector("relu"),
        pooling("max_pool2d", 3, 2),
        convolution(1, 2, 2),
    ]
    stack = records.Network(
        name="stack",
        input_shape=(1, 18, 18),
        layers=(
            records.Layer(
                name="a",
                operator="conv2d",
                options={"stride": 2, "padding": 1},
                parameters={"w": (2, 1, 3, 3), "b": (2,)},
            ),
            records.Layer(name="b", operator="max_pool2d", options={"kernel_size": 3, "stride": 2}),
            records.Layer(name="c", operator="conv2d", parameters={"w": (1, 2, 2, 2), "b": (1,)}),
        ),
    )
    field = records.trace(stack)[-1].field[0]
    assert field.first == -1
    assert reached(layers, 18) == (0, field.last)


# ---- gradients of piecewise linear networks, exactly ----

PIECEWISE_LINEAR = {
    "conv relu max conv relu dense": (
        (2, 9, 9),
        [
            *(convolution(4, 2, 3, padding=1, groups=2), detector("relu"), pooling("max_pool2d", 3, 2)),
            *(convolution(3, 4, 2), detector("relu"), flatten(), dense(4, 3 * 9), detector("relu"), dense(2, 4)),
        ],
    ),
    "strided conv max relu dense": (
        (1, 8, 8),
        [convolution(3, 1, 3, stride=2), pooling("max_pool2d", 2, 1), detector("relu"), flatten(), dense(3, 12)],
    ),
}


def integer_network(layers, seed):
    """A network with large integer parameters, so that a unit step stays on one linear piece."""
    network = Network(layers, dtype=np.float64)
    rng = np.random.default_rng(seed)
    network.parameters = [rng.integers(1, 10, p.shape) * rng.choice([-50, 50], p.shape) for p in network.parameters]
    return network, rng


def piece(network, x):
    """What decides the linear piece: the signs before every relu, the places of every maximum."""
    found = []
    for layer, y in zip(network.layers, network.activations(x), strict=False):
        if layer.name == "relu":
            found.append(y > 0)
        if layer.name == "max_pool2d":
            taps, stride = (3, 2) if y.shape[2] > 4 else (2, 1)
            found.append(max_pool2d_with_indices(y, kernel_size=taps, stride=stride)[1])
    return found


def same(one, two):
    return all(np.array_equal(a, b) for a, b in zip(one, two, strict=True))


def entries(array):
    """Yield every place of an array with the step of 1 at it alone."""
    for place in np.ndindex(array.shape):
        step = np.zeros_like(array)
        step[place] = 1
        yield place, step


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("name", PIECEWISE_LINEAR)
def test_a_step_in_a_parameter_changes_the_output_by_its_gradient_exactly(name, seed):
    shape, layers = PIECEWISE_LINEAR[name]
    network, rng = integer_network(layers, seed)
    x = rng.integers(1, 20, (2, *shape)) * rng.choice([-1, 1], (2, *shape))
    activations = network.activations(x)
    dy, pieces = rng.integers(1, 10, activations[-1].shape), piece(network, x)
    for number, gradient in enumerate(network.backward(dy, activations)):
        original, judged = network.parameters[number], 0
        for place, step in entries(original):
            network.parameters[number] = original + step
            if same(piece(network, x), pieces):
                judged += 1
                assert (dy * (network.forward(x) - activations[-1])).sum() == gradient[place]
        network.parameters[number] = original
        assert 2 * judged > original.size


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("name", PIECEWISE_LINEAR)
def test_a_step_in_the_input_changes_the_output_by_the_input_gradient_exactly(name, seed):
    shape, layers = PIECEWISE_LINEAR[name]
    network, rng = integer_network(layers, seed)
    x = 30 * rng.integers(1, 20, (1, *shape)) * rng.choice([-1, 1], (1, *shape))
    activations = network.activations(x)
    dy, pieces, judged = rng.integers(1, 10, activations[-1].shape), piece(network, x), 0
    gradient = network.input_gradient(dy, activations)
    for place, step in entries(x):
        if same(piece(network, x + step), pieces):
            judged += 1
            assert (dy * (network.forward(x + step) - activations[-1])).sum() == gradient[place]
    assert 2 * judged > x.size


# ---- descent ----


def small_network(seed=0):
    return Network([dense(5, 3), detector("tanh"), dense(2, 5)], seed=seed, dtype=np.float64)


def test_momentum_adds_up_the_past_gradients():
    point, descent = [np.array([4.0])], SGD(rate=0.5, momentum=0.25)
    for gradient, expected in ((8.0, 0.0), (2.0, -2.0), (0.0, -2.5)):  # v = 8, 4, 1
        descent.step(point, [np.array([gradient])])
        assert point[0][0] == expected


def test_a_small_step_lowers_the_risk_and_many_steps_learn():
    network, descent = small_network(), SGD(rate=0.25, momentum=0.5)
    x, labels = np.array([[1.0, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1]]), np.array([0, 1, 0, 1])
    risks = []
    for _ in range(60):
        risk, gradients = network.gradient(x, labels)
        descent.step(network.parameters, gradients)
        risks.append(risk)
    assert risks[1] < risks[0]
    assert np.array_equal(network.predict(x), labels)


def test_the_risk_is_the_mean_of_the_losses():
    network = small_network()
    x, labels = np.eye(3), np.array([0, 1, 1])
    risk, gradients = network.gradient(x, labels)
    alone = [network.gradient(x[i : i + 1], labels[i : i + 1]) for i in range(3)]
    assert risk == np.mean([r for r, _ in alone])
    assert len(gradients) == 4


def test_the_seed_decides_the_parameters():
    one, two, other = small_network(1), small_network(1), small_network(2)
    assert same(one.parameters, two.parameters)
    assert not same(one.parameters, other.parameters)
    assert all(p.dtype == np.float32 for p in lenet5().parameters)


def test_the_passes_write_to_nothing():
    network = small_network()
    x, labels = np.ones((2, 3)), np.array([0, 1])
    for array in (x, labels, *network.parameters):
        array.flags.writeable = False
    network.gradient(x, labels)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (
            lambda: pooling("min_pool2d", 2, 2),
            "pooling: kernel must be avg_pool2d or max_pool2d, got kernel='min_pool2d'",
        ),
        (lambda: detector("step"), "detector: kernel must be one of relu, tanh, sigmoid, got kernel='step'"),
        (lambda: lenet5(kernel="sum"), "pooling: kernel must be"),
    ],
)
def test_an_unknown_kernel_is_named(build, message):
    with pytest.raises(ValueError, match=message):
        build()


def test_a_norm_keeps_the_shape():
    layer, x = response_norm(size=5, alpha=1e-4, beta=0.75, k=2.0), np.ones((1, 6, 2, 2))
    assert layer.forward(x).shape == layer.to_input(x, x).shape == x.shape
