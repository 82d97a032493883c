"""Networks as composed records: sizes, fields and counts against plain enumeration."""

from itertools import product

import numpy as np
import pytest

from convoracle.spec import theorems_learning, theorems_network
from convoracle.spec.catalog import operator
from convoracle.spec.configuration import IllegalCallError, bind
from convoracle.spec.evaluate import summands
from convoracle.spec.evidence import exhaust, identity
from convoracle.spec.network import ALEXNET, LENET5, ORIGINAL_C3, Layer, Network, alexnet, anchors, lenet5, trace
from convoracle.spec.receptive_field import ITSELF, Reads, multiply_adds, read_maps

CERTIFIED = {
    "network: the receptive fields of LeNet-5",
    "network: a rectified vector has a mean",
    "network: the feature maps of LeNet-5 and AlexNet",
    "network: where the original networks differ",
}
EXHAUSTED = {"network: windows over a pixel of LeNet-5", "network: the tables of anchor vectors"}
THEOREMS = (*theorems_network.THEOREMS, *theorems_learning.THEOREMS)


def stack(*layers, shape=(1, 20)):
    return Network(name="stack", input_shape=shape, layers=layers)


def convolution(k, s=1, d=1, p=0):
    return Layer(
        name=f"k={k}",
        operator="conv1d",
        options={"stride": s, "dilation": d, "padding": p},
        parameters={"w": (1, 1, k)},
    )


@pytest.mark.parametrize("theorem", THEOREMS, ids=lambda t: t.name)
def test_every_theorem_has_the_evidence_that_its_statement_needs(theorem):
    expected = "certified" if theorem.name in CERTIFIED else "exhausted" if theorem.name in EXHAUSTED else "proved"
    assert theorem.prove().kind == expected


# ---- falsehoods and counterexamples ----


def test_the_printed_width_is_refuted():
    (_, (above, _), _) = theorems_network._widths()
    j, width = sorted(above.free_symbols, key=str, reverse=True)
    assert identity("2^j D", "", (), (above, 2 ** (j + 1) * width)).prove().kind == "refuted"
    assert theorems_network.width_counterexample() == "j = 1, Delta = 1: a layer-1 unit sees 1 samples, printed 2"


def test_a_stack_that_ignores_the_stride_of_the_layer_below_is_refuted():
    ((jump, right), *_) = theorems_network._stages()
    layer = min(right.free_symbols, key=str)
    assert identity("jump", "", (), (jump, right / layer)).prove().kind == "refuted"


def test_the_printed_tables_are_refuted_by_fc_6_alone():
    printed = [(name, int(np.prod(size)), count) for name, size, count in theorems_network.TABLE_2]
    rows = zip(anchors(ALEXNET), printed, strict=True)
    evidence = exhaust(THEOREMS[0], rows, lambda row: row[0] == row[1], "Table 2 as printed")
    assert evidence.kind == "refuted"
    assert "FC_6" in evidence.counterexample
    assert [a for a, b in zip(anchors(ALEXNET), printed, strict=True) if a != b] == [("FC_6", 9216, 4096)]


@pytest.mark.parametrize(
    "search",
    [
        theorems_network.coverage_counterexample,
        theorems_network.mean_counterexample,
        theorems_network.table_counterexample,
        theorems_network.dense_counterexample,
    ],
    ids=lambda f: f.__name__,
)
def test_a_counterexample_is_found(search):
    assert search()


def test_the_windows_over_a_pixel_are_counted_one_by_one():
    counts = np.zeros((13, 13), int)
    for i, j in product(range(0, 9, 2), repeat=2):
        counts[i : i + 5, j : j + 5] += 1
    assert theorems_network.coverage() == {pixel: counts[pixel] for pixel in product(range(13), repeat=2)}


# ---- what a layer reads ----


@pytest.mark.parametrize(("k", "s", "d", "p"), list(product((1, 2, 3), (1, 2, 3), (1, 2), (0, 1, 2))))
def test_reads_and_products_of_a_convolution_are_those_of_its_definition(k, s, d, p):
    n = 7
    configuration = bind(
        operator("conv1d"), {"x": (2, 4, n), "w": (6, 2, k)}, {"stride": s, "dilation": d, "padding": p, "groups": 2}
    )
    windows = range((n + 2 * p - d * (k - 1) - 1) // s + 1)
    reads = {(t, u): s * t + d * u - p for t in windows for u in range(k)}
    assert read_maps(configuration) == (Reads(s, reads[0, 0], reads[0, k - 1]),)
    assert multiply_adds(configuration) == 2 * 6 * 2 * sum(0 <= j < n for j in reads.values())
    assert multiply_adds(configuration) == summands(configuration).sum()


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("max_pool2d", {"kernel_size": (3, 2), "stride": (2, 1)}),
        ("avg_pool2d", {"kernel_size": (3, 2), "stride": (2, 1)}),
    ],
)
def test_pooling_reads_its_window(name, options):
    assert read_maps(bind(operator(name), {"x": (1, 1, 8, 9)}, options)) == (Reads(2, 0, 2), Reads(1, 0, 1))


@pytest.mark.parametrize(
    ("k1", "s1", "d1", "k2", "s2", "d2"), list(product((1, 2, 3), (1, 2), (1, 2), (1, 2, 3), (1, 2), (1, 2)))
)
def test_composed_reads_span_what_the_stack_reads(k1, s1, d1, k2, s2, d2):
    field = trace(stack(convolution(k1, s1, d1), convolution(k2, s2, d2)))[-1].field[0]
    reads = {s1 * (s2 * 1 + d2 * u2) + d1 * u1 for u1 in range(k1) for u2 in range(k2)}
    assert (field.jump + field.first, field.jump + field.last) == (min(reads), max(reads))


def test_reads_compose_associatively():
    a, b, c = Reads(2, -1, 3), Reads(3, 0, 4), Reads(1, -2, 2)
    assert a.of(b).of(c) == a.of(b.of(c))
    assert a.of(ITSELF) == ITSELF.of(a) == a


def test_detectors_and_norms_read_their_own_place():
    norm = Layer(name="norm", operator="local_response_norm", options={"size": 5})
    traced = trace(stack(norm, Layer(name="relu", operator="relu"), shape=(6, 5, 4)))
    assert [layer.field for layer in traced] == [(ITSELF, ITSELF)] * 2
    assert [layer.shape for layer in traced] == [(6, 5, 4)] * 2


def test_a_dense_layer_sees_everything():
    last = trace(ALEXNET)[-1]
    assert (last.shape, last.multiply_adds) == ((1000,), 1000 * 4096)
    assert last.field[0].width >= 227


# ---- the two networks ----


def test_layers_have_the_sizes_of_the_literature():
    shapes = {layer.layer.name: layer.shape for layer in trace(LENET5)}
    assert [shapes[name] for name in ("S2", "S4", "one row")] == [(6, 14, 14), (16, 5, 5), (120,)]
    shapes = {layer.layer.name: layer.shape for layer in trace(ALEXNET)}
    assert [shapes[name] for name in ("Conv_1 pool", "Conv_2 pool", "Conv_5 pool")] == [
        (96, 27, 27),
        (256, 13, 13),
        (256, 6, 6),
    ]


def test_parameters_are_those_of_the_literature():
    learned = {layer.layer.name: layer.parameters for layer in trace(LENET5) if layer.parameters}
    assert learned == {"C1": 156, "C3": 2416, "C5": 48120, "F6": 10164, "Output": 850}
    assert sum(layer.parameters for layer in trace(alexnet(groups=2))) == 60_965_224
    assert sum(layer.parameters for layer in trace(ALEXNET)) == 62_378_344


def test_groups_change_anchors_but_no_shape():
    assert [layer.shape for layer in trace(alexnet(groups=2))] == [layer.shape for layer in trace(ALEXNET)]
    assert {name: size for name, size, _ in anchors(alexnet(groups=2))}["Conv_2"] == 48 * 5 * 5


def test_each_map_of_the_original_c3_reads_other_maps():
    assert len(set(ORIGINAL_C3)) == 16
    assert all(sorted(set(maps)) == sorted(maps) for maps in ORIGINAL_C3)
    assert [len(maps) for maps in ORIGINAL_C3] == [3] * 6 + [4] * 9 + [6]


def test_an_image_of_mnist_does_not_fit_without_padding():
    with pytest.raises(IllegalCallError, match="conv2d: the dilated filter must fit"):
        trace(lenet5(size=28))
    assert trace(lenet5(size=28, padding=2))[-1].shape == (10,)


def test_the_printed_size_of_alexnet_does_not_give_its_feature_maps():
    first = alexnet().layers[0]
    sizes = [trace(Network(name="first", input_shape=(3, n, n), layers=(first,)))[0].shape for n in (224, 227)]
    assert sizes == [(96, 54, 54), (96, 55, 55)]


def test_a_layer_on_the_wrong_number_of_channels_is_named():
    with pytest.raises(IllegalCallError, match="conv1d"):
        trace(stack(convolution(3), shape=(2, 20)))
