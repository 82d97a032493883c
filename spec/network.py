"""Networks as composed records: shapes, parameters, multiply-adds and receptive fields follow from the layers' records.

A layer names an operator of the catalog, its options and the shapes of its parameters; what it reads of its input stands in
the definition of the operator. Reads compose: output ``t`` of a layer reads ``jump t + first .. jump t + last`` of its input
on every spatial axis, and so does a stack of layers (L-stages, L-sparse).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import prod
from typing import Any

from .catalog import operator
from .configuration import bind
from .receptive_field import ITSELF, Reads, multiply_adds, read_maps
from .records import OperatorSpec

FLATTEN = "flatten"
"""The layer that is no operator: it writes channels and places of each signal in one row, and computes nothing."""

Shape = tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Layer:
    """One layer: an operator of the catalog (or `FLATTEN`), its options, and the shapes of its parameters by name."""

    name: str
    operator: str
    options: Mapping[str, Any] = field(default_factory=dict)
    parameters: Mapping[str, Shape] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Network:
    """A stack of layers on signals of shape `input_shape` (C, *sizes), without the batch."""

    name: str
    input_shape: Shape
    layers: tuple[Layer, ...]


@dataclass(frozen=True, kw_only=True)
class TracedLayer:
    """What follows for one layer of a network.

    Attributes
    ----------
    shape : tuple of int
        The output, without the batch.
    field : tuple of Reads
        What an output reads of the input of the network, per spatial axis of that input.
    parameters, multiply_adds : int
        Numbers to be learned; products of the definition that meet a sample, for one signal.
    """

    layer: Layer
    shape: Shape
    field: tuple[Reads, ...]
    parameters: int
    multiply_adds: int


def trace(network: Network) -> tuple[TracedLayer, ...]:
    """Derive what follows for a network, layer by layer.

    Raises
    ------
    IllegalCallError
        If a layer does not fit the output of the one below; the message names the operator, the rule and its values.
    """
    shape, composed = network.input_shape, (ITSELF,) * (len(network.input_shape) - 1)
    traced = []
    for layer in network.layers:
        shape, reads, products = _flattened(shape) if layer.operator == FLATTEN else _derived(layer, shape)
        composed = tuple(
            outer.of(inner) for outer, inner in zip(reads or (ITSELF,) * len(composed), composed, strict=True)
        )
        learned = sum(map(prod, layer.parameters.values()))
        traced.append(TracedLayer(layer=layer, shape=shape, field=composed, parameters=learned, multiply_adds=products))
    return tuple(traced)


def _flattened(shape: Shape) -> tuple[Shape, tuple[Reads, ...], int]:
    """The one place of the result reads every place of the signal."""
    return (prod(shape),), tuple(Reads(0, 0, size - 1) for size in shape[1:]), 0


def _derived(layer: Layer, shape: Shape) -> tuple[Shape, tuple[Reads, ...], int]:
    """Derive output shape, reads and products of a layer; no reads, where every output reads its own place only."""
    record = operator(layer.operator)
    shapes = {record.inputs[0].name: _fitted((1, *shape), record)} | dict(layer.parameters)
    configuration = bind(record, shapes, layer.options)
    kept = configuration.output_shape == configuration.shapes[record.inputs[0].name]
    reads = read_maps(configuration)
    products = multiply_adds(configuration) if record.sums_products else 0
    in_place = set(reads) <= {ITSELF}
    return shape if kept else configuration.output_shape[1:], () if in_place else reads, products


def _fitted(shape: Shape, record: OperatorSpec) -> Shape:
    """Return a shape with the trailing axes taken together where the record has fewer: those of a detector or a norm."""
    count = len(record.inputs[0].axes)
    return shape if len(shape) <= count else (*shape[: count - 1], prod(shape[count - 1 :]))


def anchors(network: Network) -> tuple[tuple[str, int, int], ...]:
    """Return the layers with filters as RECOS units: name, dimension N of the patch, number K of anchor vectors."""
    shapes = [(layer.name, layer.parameters["w"]) for layer in network.layers if "w" in layer.parameters]
    return tuple((name, prod(shape[1:]), shape[0]) for name, shape in shapes)


# ---- the two networks of K ----


def _filters(name: str, outs: int, ins: int, taps: int, **options: int) -> Layer:
    shape = (outs, ins // options.get("groups", 1), taps, taps)
    return Layer(name=name, operator="conv2d", options=options, parameters={"w": shape, "b": (outs,)})


def _dense(name: str, outs: int, ins: int) -> Layer:
    return Layer(name=name, operator="linear", parameters={"w": (outs, ins), "b": (outs,)})


def lenet5(
    *, size: int = 32, padding: int = 0, pooling: str = "avg_pool2d", window: int = 2, detector: str = "relu"
) -> Network:
    """Return LeNet-5 as K describes it (section 1, Table 1), on images of `size` x `size` pixels.

    K leaves the pooling open ("sampling"): averages of 2 x 2 as in LeCun et al. 1998, maxima, or, with ``window=1``, plain
    subsampling, which has the receptive field of 13 x 13 that K names (K-rf). The detector follows the pooling, as in K;
    K names the sigmoid and reasons with the rectifier.

    LeCun's network differs: S2 and S4 have a learned factor and bias per channel, C3 is connected to a part of S2
    (`ORIGINAL_C3`), the detector is 1.7159 tanh(2 x / 3) and the output layer measures distances. MNIST itself is 28 x 28,
    set into 32 x 32.
    """
    sampling = {"kernel_size": window, "stride": 2}
    return Network(
        name="LeNet-5",
        input_shape=(1, size, size),
        layers=(
            _filters("C1", 6, 1, 5, padding=padding),
            Layer(name="S2", operator=pooling, options=sampling),
            Layer(name="S2 detector", operator=detector),
            _filters("C3", 16, 6, 5),
            Layer(name="S4", operator=pooling, options=sampling),
            Layer(name="S4 detector", operator=detector),
            _filters("C5", 120, 16, 5),
            Layer(name="C5 detector", operator=detector),
            Layer(name="one row", operator=FLATTEN),
            _dense("F6", 84, 120),
            Layer(name="F6 detector", operator=detector),
            _dense("Output", 10, 84),
        ),
    )


def _detected(*layers: Layer) -> tuple[Layer, ...]:
    return tuple(part for layer in layers for part in (layer, Layer(name=f"{layer.name} relu", operator="relu")))


def _compared(name: str) -> tuple[Layer, ...]:
    """Krizhevsky divides by ``(2 + 1e-4 sum)^0.75``, where the record divides alpha by the number of channels."""
    norm = {"size": 5, "alpha": 5e-4, "beta": 0.75, "k": 2.0}
    return Layer(name=f"{name} norm", operator="local_response_norm", options=norm), _sampled(name)


def _sampled(name: str) -> Layer:
    return Layer(name=f"{name} pool", operator="max_pool2d", options={"kernel_size": 3, "stride": 2})


def alexnet(*, groups: int = 1) -> Network:
    """Return the AlexNet of K's Table 2, on 227 x 227 pixels (K names no size; 224, as printed by its authors, gives 54).

    The network of Krizhevsky et al. 2012 has ``groups=2``: Conv_2, Conv_4 and Conv_5 see half of the channels, so that
    their patches have 48 5 5, 192 3 3 and 192 3 3 entries; dropout is part of training only.
    """
    return Network(
        name="AlexNet",
        input_shape=(3, 227, 227),
        layers=(
            *_detected(_filters("Conv_1", 96, 3, 11, stride=4)),
            *_compared("Conv_1"),
            *_detected(_filters("Conv_2", 256, 96, 5, padding=2, groups=groups)),
            *_compared("Conv_2"),
            *_detected(_filters("Conv_3", 384, 256, 3, padding=1)),
            *_detected(_filters("Conv_4", 384, 384, 3, padding=1, groups=groups)),
            *_detected(_filters("Conv_5", 256, 384, 3, padding=1, groups=groups)),
            _sampled("Conv_5"),
            Layer(name="one row", operator=FLATTEN),
            *_detected(_dense("FC_6", 4096, 256 * 6 * 6), _dense("FC_7", 4096, 4096)),
            _dense("FC_8", 1000, 4096),
        ),
    )


LENET5 = lenet5()
ALEXNET = alexnet()

ORIGINAL_C3: tuple[tuple[int, ...], ...] = (
    *(tuple((start + step) % 6 for step in range(3)) for start in range(6)),
    *(tuple((start + step) % 6 for step in range(4)) for start in range(6)),
    *(tuple(sorted({start, start + 1, (start + 3) % 6, (start + 4) % 6})) for start in range(3)),
    tuple(range(6)),
)
"""Which maps of S2 each of the 16 maps of C3 reads in the original LeNet-5 (LeCun et al. 1998, Table I): 60 of 96."""
