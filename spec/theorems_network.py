"""Theorems about networks: composed fields and sizes, the tables of K (L-stages, L-params, M-width, K-rf, K-T1, K-T2)."""

from itertools import product
from math import prod

from sympy import (
    Expr,
    Integer,
    Mul,
    Rational,
    symbols,
)

from .convolution import CONV2D, read_position
from .evidence import Derived, Theorem, certify, exhaust, identity
from .network import ALEXNET, LENET5, ORIGINAL_C3, alexnet, anchors, lenet5, trace
from .receptive_field import Reads
from .symbols import Axis, C, G, O, axes

# ---- composed index maps ----


def _reads(a: Axis) -> Reads:
    """Return what a layer with letters `a` reads, from the read position of its record."""
    read = read_position(a).args[0]
    first, last = (read.xreplace({a.t: Integer(0), a.u: end}) for end in (Integer(0), a.k - 1))
    return Reads(read.xreplace({a.t: Integer(1), a.u: Integer(0)}) - first, first, last)


def _stages() -> tuple[tuple[Expr, Expr], ...]:
    """Convolution, detector (reads its own place), pooling: the composed hull, for all options."""
    layer, pool = Axis.of(0, 2), Axis.of(1, 2)
    composed = _reads(pool).of(Reads(1, Integer(0), Integer(0))).of(_reads(layer))
    width = 1 + layer.d * (layer.k - 1) + layer.s * pool.d * (pool.k - 1)
    return (composed.jump, layer.s * pool.s), (composed.width, width), (composed.first, -layer.p - layer.s * pool.p)


def _widths() -> tuple[tuple[Expr, Expr], ...]:
    """Filters of width D and subsampling by 2 in every layer: induction over j, from width 1 at j = 0."""
    j, width = symbols("j D", integer=True, nonnegative=True)

    def spanned(depth: Expr) -> Expr:
        return 1 + (width - 1) * (2**depth - 1)

    below = Reads(2**j, Integer(0), spanned(j) - 1)  # of any start: the width alone counts
    above = Reads(Integer(2), Integer(0), width - 1).of(below)
    return (spanned(Integer(0)), Integer(1)), (above.width, spanned(j + 1)), (above.jump, 2 ** (j + 1))


def width_counterexample() -> str | None:
    """Return the smallest depth and filter for which the width is not 2^j D."""
    for depth, taps in sorted(product((1, 2), (1, 2, 3)), key=sum):
        seen = Reads(1, 0, 0)
        for _ in range(depth):
            seen = Reads(2, 0, taps - 1).of(seen)
        if seen.width != 2**depth * taps:
            return f"j = {depth}, Delta = {taps}: a layer-{depth} unit sees {seen.width} samples, printed {2**depth * taps}"
    return None


def _lenet_fields() -> str | None:
    plain, average = (trace(lenet5(window=window)) for window in (1, 2))
    seen = [{layer.layer.name: layer.field[0].width for layer in traced} for traced in (plain, average)]
    if (seen[0]["C1"], seen[0]["C3"], seen[1]["C3"]) == (5, 13, 14):
        return f"C1 sees 5, C3 sees 13 through plain subsampling and 14 through averages of 2 x 2; all: {seen}"
    return None


def coverage() -> dict[tuple[int, int], int]:
    """Return how many of the 5 x 5 windows of C1 under one output of C3 cover each pixel, with plain subsampling."""
    traced = {layer.layer.name: layer for layer in trace(lenet5(window=1))}
    (seen, _), (step, _), (window, _) = (traced[name].field for name in ("C3", "S2", "C1"))
    starts = range(0, seen.width - window.width + 1, step.jump)
    along = [sum(start <= pixel < start + window.width for start in starts) for pixel in range(seen.width)]
    return {(i, j): along[i] * along[j] for i, j in product(range(seen.width), repeat=2)}


COVERED = {1, 2, 3, 4, 6, 9}
"""How often the windows under one output of C3 cover a pixel."""


def _is_covered(count: int) -> bool:
    return count in COVERED and count in coverage().values()


def coverage_counterexample() -> str | None:
    """Return the first pixel of the receptive field that is covered by other than one, two or four windows."""
    for pixel, count in coverage().items():
        if count not in (1, 2, 4):
            return f"pixel {pixel} of 13 x 13 is covered by {count} windows of 5 x 5"
    return None


# ---- tables ----

TABLE_1 = (
    ("C1", (5, 5), 6),
    ("C3", (6, 5, 5), 16),
    ("C5", (16, 5, 5), 120),
    ("F6", (120, 1, 1), 84),
    ("Output", (84, 1, 1), 10),
)
"""Table 1 of K: layer, dimension N of the input (without the augmentation of S^1), number K of anchor vectors."""

TABLE_2 = (
    ("Conv_1", (3, 11, 11), 96),
    ("Conv_2", (96, 5, 5), 256),
    ("Conv_3", (256, 3, 3), 384),
    ("Conv_4", (384, 3, 3), 384),
    ("Conv_5", (384, 3, 3), 256),
    ("FC_6", (256, 1, 1), 4096),
    ("FC_7", (4096, 1, 1), 4096),
    ("FC_8", (4096, 1, 1), 1000),
)
"""Table 2 of K, likewise (without the augmentation of S^1 .. S^5)."""

_CORRECTED = {"FC_6": (256, 6, 6)}


def _table_rows() -> tuple[tuple[tuple[str, int, int], tuple[str, int, int]], ...]:
    derived = (*anchors(LENET5), *anchors(ALEXNET))
    printed = [(name, prod(_CORRECTED.get(name, size)), count) for name, size, count in (*TABLE_1, *TABLE_2)]
    return tuple(zip(derived, printed, strict=True))


def table_counterexample() -> str | None:
    """Return the row of Table 2 whose dimension is not that of the network's layer."""
    for (name, derived, _), (_, printed, _) in zip(anchors(ALEXNET), TABLE_2, strict=True):
        if derived != prod(printed):
            written = " x ".join(map(str, printed))
            return f"{name}: printed {written} = {prod(printed)}; its input is {_input_of(name)} = {derived}"
    return None


def _input_of(name: str) -> str:
    """Return the feature maps that a layer of the AlexNet reads."""
    shapes = [ALEXNET.input_shape, *(layer.shape for layer in trace(ALEXNET))]
    place = [layer.name for layer in ALEXNET.layers].index(name)
    maps = [shape for shape in shapes[: place + 1] if len(shape) == 3][-1]
    return " x ".join(map(str, maps))


def mean_counterexample() -> str | None:
    """Return the smallest vector of mean 0 whose rectified vector has another mean."""
    for size in (1, 2):
        for x in product((1, 0, -1), repeat=size):
            mean = Rational(sum(max(0, v) for v in x), size)
            if sum(x) == 0 and mean != 0:
                return f"x = {x} has mean 0, relu(x) = {tuple(max(0, v) for v in x)} has mean {mean}"
    return None


def _feature_maps() -> str | None:
    """Return the shapes and totals of both networks if they are those of the literature (LeCun 1998, Krizhevsky 2012)."""
    small, large = trace(LENET5), trace(ALEXNET)
    maps = [[layer.shape for layer in traced if layer.parameters] for traced in (small, large)]
    expected = [
        [(6, 28, 28), (16, 10, 10), (120, 1, 1), (84,), (10,)],
        [(96, 55, 55), (256, 27, 27), *[(384, 13, 13)] * 2, (256, 13, 13), *[(4096,)] * 2, (1000,)],
    ]
    learned, products = (
        [sum(getattr(layer, name) for layer in traced) for traced in (small, large)]
        for name in ("parameters", "multiply_adds")
    )
    if maps != expected:
        return None
    return f"{maps}; {learned} parameters, {products} multiply-adds"


def _originals() -> str | None:
    """Return how the networks as first published differ, if the counts are theirs."""
    halves = {name: size for name, size, _ in anchors(alexnet(groups=2))}
    learned = sum(layer.parameters for layer in trace(alexnet(groups=2)))
    connected = sum(map(len, ORIGINAL_C3))
    partial = connected * 25 + len(ORIGINAL_C3)
    found = (halves["Conv_2"], halves["Conv_4"], halves["Conv_5"], learned, connected, partial)
    if found != (48 * 25, 192 * 9, 192 * 9, 60_965_224, 60, 1516):
        return None
    groups = f"AlexNet in two groups: patches of 48 5 5 and 192 3 3, {learned} parameters"
    return f"{groups}; C3 of LeNet-5: {connected} of 96 connections, {partial} parameters"


# ---- parameters ----


def _parameters() -> tuple[tuple[Expr, Expr], ...]:
    """The layer of the lecture: 3 channels in, 5 out, filters of m1 x m2; and all n1 n2 pixels connected with all."""
    first, second = axes(2)
    m1, m2, n1, n2 = symbols("m1 m2 n1 n2", integer=True, positive=True)
    sizes = {C: Integer(3), O: Integer(5), G: Integer(1), first.k: m1, second.k: m2}
    layer = sum(Mul(*axes_).xreplace(sizes) for axes_ in (CONV2D.array("w").axes, CONV2D.array("b").axes))
    dense = {C: 3 * n1 * n2, O: 5 * n1 * n2, G: Integer(1), first.k: Integer(1), second.k: Integer(1)}
    full = sum(Mul(*axes_).xreplace(dense) for axes_ in (CONV2D.array("w").axes, CONV2D.array("b").axes))
    return (layer, m1 * m2 * 3 * 5 + 5), (full, (n1 * n2 * 3) * (n1 * n2 * 5) + 5 * n1 * n2)


def dense_counterexample() -> str:
    """Return the smallest image for which the dense layer as printed has no bias."""
    (_, (full, _)) = _parameters()
    counted = full.xreplace({s: Integer(1) for s in full.free_symbols})
    return f"n1 = n2 = 1: 5 units of 3 inputs have {counted} parameters with biases, printed {3 * 5}"


THEOREMS = (
    identity(
        "network: stages compose their index maps",
        "Convolution, detector and pooling together read 1 + d (k-1) + s d' (k'-1) samples, at steps of s s', from "
        "-p - s p' on.",
        ("L-stages", "K-rf"),
        Derived(_stages),
    ),
    identity(
        "network: the width of a layer",
        "Filters of width D, subsampled by 2 in every layer, see 1 + (D-1)(2^j - 1) samples in layer j (induction).",
        ("M-width",),
        Derived(_widths),
    ),
    Theorem(
        name="network: the receptive fields of LeNet-5",
        statement="C3 sees 13 x 13 pixels through plain subsampling, 14 x 14 through averages (or maxima) of 2 x 2.",
        formula=(lenet5(window=1), LENET5),
        rows=("K-rf",),
        proof=lambda claim: certify(claim, _lenet_fields, "index maps of the records, composed"),
    ),
    Theorem(
        name="network: windows over a pixel of LeNet-5",
        statement="Under one output of C3 the 25 windows of C1 cover a pixel 1, 2, 3, 4, 6 or 9 times.",
        formula=(tuple(sorted(COVERED)), lenet5(window=1)),
        rows=("K-rf",),
        proof=lambda claim: exhaust(
            claim, COVERED | set(coverage().values()), _is_covered, "counts of all 13 x 13 pixels, none missing"
        ),
    ),
    Theorem(
        name="network: the tables of anchor vectors",
        statement="Dimensions and numbers of anchor vectors of both networks are those of Tables 1 and 2 (without "
        "augmentation), but FC_6 reads 256 6 6.",
        formula=(LENET5, ALEXNET, TABLE_1, TABLE_2),
        rows=("K-T1", "K-T2"),
        proof=lambda claim: exhaust(claim, _table_rows(), lambda row: row[0] == row[1], "every row of both tables"),
    ),
    Theorem(
        name="network: a rectified vector has a mean",
        statement="Erratum: removing the mean of the input leaves none to be removed after a rectifier, as S^2 needs.",
        formula="exists x: mean(x) = 0, mean(relu(x)) != 0",
        rows=("K-T1",),
        proof=lambda claim: certify(claim, mean_counterexample, "smallest counterexample, exact integers"),
    ),
    Theorem(
        name="network: the feature maps of LeNet-5 and AlexNet",
        statement="Shapes, parameters and multiply-adds of both networks follow from their records.",
        formula=(LENET5, ALEXNET),
        rows=("K-net", "K-T1", "K-T2"),
        proof=lambda claim: certify(claim, _feature_maps, "shape rules of the records, composed"),
    ),
    Theorem(
        name="network: where the original networks differ",
        statement="The original AlexNet has two groups (48 5 5, 192 3 3); C3 of the original LeNet-5 has 60 of 96 "
        "connections.",
        formula=(alexnet(groups=2), ORIGINAL_C3),
        rows=("K-T1", "K-T2"),
        proof=lambda claim: certify(claim, _originals, "counts from the records"),
    ),
    identity(
        "network: parameters of convolutional and dense layers",
        "m1 m2 3 5 + 5 for the convolution; (n1 n2 3)(n1 n2 5) + 5 n1 n2 for the dense layer, biases counted in both.",
        ("L-params",),
        Derived(_parameters),
    ),
)
