"""Calls that tell wrong layers from right ones: windows, data and options of all kinds, and illegal calls."""

from __future__ import annotations

import itertools

import numpy as np

from convoracle import impl

INF, NAN = np.inf, np.nan


def normal(*shape, seed=0, dtype="float64"):
    return np.random.default_rng([*shape, seed]).standard_normal(shape).astype(dtype)


def integers(*shape, low=-9, high=10, dtype="int64", seed=0):
    return np.random.default_rng([*shape, seed]).integers(low, high, shape, np.dtype(dtype))


def few(*shape, values=(-1.5, -0.25, 0.0, 2.0), seed=0):
    return np.random.default_rng([*shape, seed]).choice(values, shape)


# ---- pooling ----


def comparable_data(shape):
    """Samples on which wrong comparisons show."""
    yield normal(*shape)
    yield -abs(normal(*shape)) - 1
    yield few(*shape)
    yield few(*shape, values=(1.0, 2.0, 3.0, NAN))
    yield few(*shape, values=(-INF, -INF, -INF, -1.0))
    yield np.full(shape, -INF)
    yield normal(*shape, dtype="float32")
    yield integers(*shape, dtype="int8")
    yield integers(*shape, low=-(2**62), high=-(2**61))
    yield integers(*shape, low=2**60, high=2**62)
    yield integers(*shape, low=0, high=2**63, dtype="uint64")
    yield integers(*shape, low=0, high=2**64 - 1, dtype="uint64")
    yield few(*shape, values=np.array([1, 2, 2**63 + 5], "uint64"))
    yield integers(*shape, dtype="uint8", low=0)
    yield np.flip(normal(*shape))
    yield normal(*shape[:-1], 2 * shape[-1])[..., ::2]
    yield normal(0, *shape[1:])


def pooling_windows(rank):
    """(sizes, options) of legal windows."""
    sizes = (5, 6, 9)[-rank:]
    yield sizes, {"kernel_size": 2}
    yield sizes, {"kernel_size": (3, 2, 4)[-rank:], "stride": (1, 2, 1)[-rank:]}
    yield sizes, {"kernel_size": 4, "stride": 2, "padding": ((1, 2), (0, 3), (2, 1))[-rank:]}
    yield sizes, {"kernel_size": 3, "stride": 3, "padding": ((1, 0),) * rank, "ceil_mode": True}
    yield sizes, {"kernel_size": 3, "stride": 2, "padding": ((0, 1), (2, 2), (1, 2))[-rank:], "ceil_mode": True}
    yield sizes, {"kernel_size": 1, "stride": (2, 3, 2)[-rank:], "ceil_mode": True}
    yield sizes, {"kernel_size": 3, "stride": 1, "padding": 1}
    yield (4, 6, 8)[-rank:], {"kernel_size": 2}
    yield (4, 6, 8)[-rank:], {"kernel_size": 1, "stride": 2, "ceil_mode": True}
    yield (4, 4, 4)[-rank:], {"kernel_size": 3, "padding": ((0, 1),) * rank, "stride": 2, "ceil_mode": True}
    yield (4, 4, 4)[-rank:], {"kernel_size": 3, "padding": 1, "stride": 3}
    yield (4, 4, 3)[-rank:], {"kernel_size": 2, "stride": 2, "ceil_mode": True}
    yield (4, 5, 4)[-rank:], {"kernel_size": 4, "padding": 2, "stride": 4, "ceil_mode": True}


def dilated_windows(rank):
    yield (7, 8, 9)[-rank:], {"kernel_size": 3, "dilation": (1, 2, 3)[-rank:], "stride": 1}
    yield (7, 7, 9)[-rank:], {"kernel_size": 3, "dilation": 2, "stride": 1, "padding": ((3, 1),) * rank}
    yield (
        (7, 6, 6)[-rank:],
        {"kernel_size": (3, 2, 3)[-rank:], "dilation": (2, 3, 2)[-rank:], "padding": 1, "stride": 2},
    )
    if rank > 1:
        yield (7, 6, 6)[-rank:], {"kernel_size": 3, "dilation": (2, 1, 2)[:rank], "stride": 1}


def illegal_windows(rank):
    pair = ((0, 0),) * (rank - 1)
    yield {"kernel_size": 2, "stride": 0}
    yield {"kernel_size": 0, "stride": 1}
    yield {"kernel_size": 2, "padding": ((2, 0), *pair)}
    yield {"kernel_size": 2, "padding": ((0, 3), *pair)}
    yield {"kernel_size": 4, "ceil_mode": True, "stride": 2}
    yield {"kernel_size": 5, "ceil_mode": True, "stride": 2}


def paired(windows, rank, data):
    """Every window with two kinds of data, and the first windows with all."""
    for number, (sizes, options) in enumerate(windows):
        arrays = list(data((2, 3, *sizes)))
        chosen = range(len(arrays)) if number < 2 else (0, 2, 3, (number + 3) % len(arrays))
        yield from ((arrays[kind], options) for kind in chosen)


def max_pool_calls(rank):
    both = itertools.chain(pooling_windows(rank), dilated_windows(rank))
    yield from (([x], options) for x, options in paired(both, rank, comparable_data))
    for options in (*illegal_windows(rank), {"kernel_size": 2, "dilation": 4, "padding": 1, "stride": 1}):
        yield [normal(1, 2, *(3,) * rank)], options
    yield [normal(1, 2, *(2,) * rank)], {"kernel_size": 2, "dilation": 3, "padding": 1, "stride": 1}
    infinite = np.full((1, 2, *(3,) * rank), -INF)
    yield [infinite], {"kernel_size": 2, "padding": 1, "stride": 1}
    x = normal(2, 3, *(5, 4, 6)[:rank])
    for view in (x, x[..., ::-1], np.moveaxis(normal(2, *x.shape[2:], 3), -1, 1)):
        yield [view], {"kernel_size": 2, "padding": "valid"}


def summed_data(shape):
    yield normal(*shape)
    yield normal(*shape, dtype="float32")
    yield few(*shape, values=(1.0, 2.0, NAN, INF))
    yield np.ones(shape)
    yield np.flip(normal(*shape))
    yield normal(*shape[:-1], 2 * shape[-1])[..., ::2]
    yield normal(0, *shape[1:])


def avg_pool_calls(rank):
    for x, options in paired(pooling_windows(rank), rank, summed_data):
        yield [x], options
    for sizes, options in pooling_windows(rank):
        for more in ({"count_include_pad": False}, {"divisor_override": 3}):
            yield [normal(2, 3, *sizes)], {**options, **more}
    x = normal(1, 2, *(4,) * rank)
    yield [x], {"kernel_size": 2, "divisor_override": 0}
    yield from (([x], options) for options in illegal_windows(rank))


def outputs(function, x, options):
    try:
        y = function(x, **options)
    except (ValueError, OverflowError, TypeError):
        return None
    return y[0] if isinstance(y, tuple) else y


def pooling_gradient_calls(name, rank, with_x):
    layer = getattr(impl, name.removesuffix("_gradient"))
    calls = max_pool_calls(rank) if with_x else avg_pool_calls(rank)
    for (x,), options in calls:
        y = outputs(layer, x, options)
        if y is None:
            continue
        dtype = y.dtype if y.dtype.kind == "f" else "int64"
        dy = normal(*y.shape, seed=1, dtype=dtype) if y.dtype.kind == "f" else integers(*y.shape, seed=1)
        for each in (dy, np.flip(dy)):
            yield ([each, x], options) if with_x else ([each], {"input_size": x.shape[2:], **options})
        if with_x and y.dtype.kind == "i" and y.size:
            yield [np.full(y.shape, 2**62), x], options
        longer = np.concatenate([dy, dy[..., :1]], axis=-1)
        yield ([longer, x], options) if with_x else ([longer], {"input_size": x.shape[2:], **options})


ADAPTIVE = [
    ((4, 5, 6), (2, 2, 4)),
    ((5, 7, 7), (3, 3, 2)),
    ((3, 2, 2), (4, 3, 5)),
    ((6, 6, 6), (2, 3, 1)),
    ((5, 4, 3), (3,) * 3),
    ((5, 5, 5), (2,) * 3),
]


def adaptive_calls(rank, data):
    for sizes, counts in ADAPTIVE:
        for x in data((2, 3, *sizes[-rank:])):
            yield [x], {"output_size": counts[-rank:]}
    yield [normal(1, 2, *(3,) * rank)], {"output_size": 0}


def adaptive_gradient_calls(rank, with_x):
    for sizes, counts in ADAPTIVE:
        for x in (comparable_data if with_x else summed_data)((2, 3, *sizes[-rank:])):
            dy = normal(*x.shape[:2], *counts[-rank:], seed=1, dtype=x.dtype) if x.dtype.kind == "f" else None
            dy = integers(*x.shape[:2], *counts[-rank:], seed=1) if dy is None else dy
            for each in (dy, np.flip(dy)):
                yield ([each, x], {}) if with_x else ([each], {"input_size": x.shape[2:]})


def global_calls(name):
    of_max, gradient = "max" in name, name.endswith("gradient")
    for sizes in ((7,), (3, 5), (2, 3, 2), (4,), (3, 3)):
        for x in (comparable_data if of_max else summed_data)((2, 3, *sizes)):
            if not gradient:
                yield [x], {}
                continue
            dy = normal(*x.shape[:2], seed=1) if x.dtype.kind == "f" else np.full(x.shape[:2], 2**62)
            dy = dy.astype(x.dtype if x.dtype.kind == "f" else "int64")
            for each in (dy, np.flip(dy)):
                yield ([each, x], {}) if of_max else ([each], {"input_size": x.shape[2:]})
    if of_max and gradient:
        yield [integers(2, 3, low=2**63, high=2**64 - 1, dtype="uint64"), integers(2, 3, 4)], {}


def unpooling_calls(rank):
    sizes = (3, 4, 2)[-rank:]
    plane = int(np.prod(sizes))
    for x in comparable_data((2, 3, *(3,) * rank)):
        distinct = np.arange(3**rank).reshape(x.shape[2:]) % plane + np.zeros(x.shape, int)
        for indices in (distinct, integers(*x.shape, low=0, high=plane), np.zeros(x.shape, "uint8")):
            yield [x, indices], {"output_size": sizes}
    x = normal(1, 2, *(2,) * rank)
    yield [x, integers(*x.shape, low=0, high=5**rank)], {"output_size": 5}
    yield [x, np.full(x.shape, plane)], {"output_size": sizes}
    yield [x, np.full(x.shape, -1)], {"output_size": sizes}


def unpooling_gradient_calls(rank):
    for dy in comparable_data((2, 3, *(3, 4, 2)[-rank:])):
        plane = int(np.prod(dy.shape[2:]))
        yield [dy, integers(*dy.shape[:2], *(2,) * rank, low=0, high=plane)], {}
        yield [dy, np.full((*dy.shape[:2], *(2,) * rank), -1)], {}


# ---- entries, rows, channels ----


def entries():
    yield normal(5)
    yield normal(3, 3) * 10.0
    yield np.array([0.0, -0.0, NAN, INF, -INF, 1.0, -0.5, 0.5, 2.0])
    yield np.array([-1000.0, -100.0, -40.0, -18.0, -6.0, -1e-3, 1e-9, 6.5, 25.0, 100.0, 1000.0])
    yield np.array([-200.0, -90.0, -18.0, 18.0, 90.0, 200.0], "float32")
    yield normal(0)
    yield np.flip(normal(4))


def whole_entries():
    yield integers(5)
    yield np.array([2**63 + 5, 3, 0], "uint64")
    yield np.array([-(2**63), 1])


OPTIONS = {
    "leaky_relu": [{}, *({"negative_slope": s} for s in (0.25, 2.0, -0.5, 0.0, INF, NAN))],
    "soft_threshold": [{"threshold": s} for s in (0.5, 0.0, 2.0, -1.0)],
}
WHOLE = ("relu", "modulus")


def entrywise_calls(name):
    layer, gradient = name.removesuffix("_gradient"), name.endswith("gradient")
    data = [*entries(), *(whole_entries() if layer in WHOLE else ())]
    if layer == "modulus":
        ends = [3 + 4j, -1e200 + 1e200j, 0j, 1e-300j, 0.5 - 0.5j, 2.0**1022 - 1.5j * 2**1023]
        ends += [complex(INF, NAN), complex(NAN, 1.0), complex(2.0, -INF)]
        data += [np.array(ends), normal(4) - 1j * normal(4, seed=1)]
    for x, options in itertools.product(data, OPTIONS.get(layer, [{}])):
        if not gradient:
            yield [x], options
            continue
        real = x.real.dtype
        changes = [normal(*x.shape, seed=2, dtype=real), np.full(x.shape, INF, real)] if real.kind == "f" else []
        for dy in changes or [integers(*x.shape, seed=2), np.full(x.shape, 2**63 + 1, "uint64")]:
            yield [dy, x], options


def prelu_calls(gradient):
    for shape in ((2, 3), (3, 2, 4), (1, 3, 2, 2)):
        x, slope = normal(*shape), normal(shape[1], seed=1)
        yield [*([normal(*shape, seed=2)] if gradient else []), x, slope], {}


def row_calls(gradient):
    shapes = ((4,), (3, 4), (2, 3, 4))
    for shape in shapes:
        for x in (
            normal(*shape),
            normal(*shape) * 1e3,
            few(*shape, values=(-INF, 0.0)),
            few(*shape, values=(1.0, INF, 2.0)),
        ):
            for axis in range(-len(shape), len(shape)):
                yield [*([normal(*shape, seed=2)] if gradient else []), x], {"axis": axis}
    infinite = np.full((2, 3), -INF)
    yield [*([normal(2, 3)] if gradient else []), infinite], {}
    yield [*([normal(2, 20, seed=2)] if gradient else []), normal(2, 20)], {}


def loss_calls(gradient):
    for rows, classes in ((3, 4), (4, 2), (0, 3)):
        for scale in (1.0, 30.0, 1e3):
            logits, labels = normal(rows, classes) * scale, integers(rows, low=0, high=classes)
            yield [*([normal(rows, seed=2)] if gradient else []), logits, labels], {}
    for label in (-1, 3):
        yield [*([normal(2)] if gradient else []), normal(2, 3), np.full(2, label)], {}


def dense_calls(name):
    for n, c, o in ((2, 3, 4), (3, 3, 3), (2, 4, 5), (7, 7, 2), (4, 2, 7)):
        shapes = {"linear": [(n, c), (o, c), (o,)], "linear_input_gradient": [(n, o), (o, c)]}
        for dtype in ("float64", "int64"):
            operands = [integers(*s, seed=k).astype(dtype) for k, s in enumerate(shapes.get(name, [(n, o), (n, c)]))]
            yield operands, {}
            if name == "linear":
                yield [operands[0].astype("float32"), operands[1].astype("float32"), normal(o)], {}


def norm_calls(name):
    for shape, scale, eps in itertools.product(
        [(3, 2), (2, 3, 4), (4, 3, 2, 2)], (0.0, 1e4), ({}, {"eps": 0.5}, {"eps": -1.0})
    ):
        x, (mean, weight, bias) = normal(*shape) + scale, (normal(shape[1], seed=s) for s in (1, 2, 3))
        dy = [normal(*shape, seed=4)] if name.endswith("gradient") else []
        given = [] if "training" in name else [mean, abs(normal(shape[1], seed=5)) + 0.5]
        for some in ([], [weight], [weight, bias])[: 2 if dy else 3]:
            yield [*dy, x, *given, *some], eps
        yield [*(np.flip(change) for change in dy), np.flip(x), *given], eps


def response_calls(gradient):
    for shape, size in itertools.product([(2, 4), (2, 3, 4), (5, 4, 3)], (1, 2, 3, 4)):
        for options in ({}, {"alpha": 1.0, "beta": 0.5, "k": 2.0}, {"alpha": 2.0, "beta": 1.0, "k": 0.5}):
            dy = [normal(*shape, seed=4)] if gradient else []
            yield [*dy, normal(*shape)], {"size": size, **options}
    yield [np.ones((1, 3))] * (1 + gradient), {"size": 2, "alpha": 0.0, "beta": 0.0, "k": 0.0}


def volume_calls(gradient):
    """Volumes of odd and even sizes, large enough for every path to differ; illegal degrees."""
    for sizes, dtype in (((4, 3, 2), "float64"), ((3, 5, 4), "float32"), ((2, 2, 1), "float64")):
        x = normal(2, *sizes, dtype=dtype)
        for options in (
            {"J": 2, "L": 2, "sigma": 0.5},
            {"J": 3, "sigma": 0.25},
            {"J": 1, "max_order": 1, "powers": (1,)},
        ):
            yield ([normal(*impl.scattering3d(x, **options).shape, dtype=dtype)] if gradient else []) + [x], options
    yield [np.ones((4, 3)), np.zeros((2, 2, 1))] if gradient else [x], {"J": 1, "L": 2 if gradient else 5}


def layer_calls(operator):
    """The probes of a layer that is no convolution."""
    gradient, of_max = operator.endswith("gradient"), "max" in operator
    if operator.startswith("global"):
        return global_calls(operator)
    if "pool" in operator:
        rank = int(operator.partition("pool")[2][0])
        if operator.startswith("adaptive"):
            data = comparable_data if of_max else summed_data
            return adaptive_gradient_calls(rank, of_max) if gradient else adaptive_calls(rank, data)
        if "unpool" in operator:
            return unpooling_gradient_calls(rank) if gradient else unpooling_calls(rank)
        if gradient:
            return pooling_gradient_calls(operator, rank, of_max)
        return max_pool_calls(rank) if of_max else avg_pool_calls(rank)
    for start, calls in (
        ("prelu", prelu_calls),
        ("softmax", row_calls),
        ("log_softmax", row_calls),
        ("cross_entropy", loss_calls),
        ("local_response_norm", response_calls),
        ("scattering3d", volume_calls),
    ):
        if operator.startswith(start):
            return calls(gradient)
    if operator.startswith("linear"):
        return dense_calls(operator)
    return norm_calls(operator) if operator.startswith("batch_norm") else entrywise_calls(operator)
