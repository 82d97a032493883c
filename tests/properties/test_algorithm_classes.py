"""Classes of algorithms: what is computed so is accepted, and what errs by one class more is rejected."""

import numpy as np
import pytest
import scipy.fft
from hypothesis import given
from hypothesis import strategies as st

from convoracle import impl
from convoracle.properties.bounds import Rules
from convoracle.properties.check import check, survey
from convoracle.properties.subject import Judged, in_process
from convoracle.properties.values import judge_floats
from convoracle.properties.verdict import Status
from convoracle.spec.algorithm_classes import algorithm_classes
from convoracle.spec.catalog import operator
from convoracle.spec.configuration import bind
from convoracle.spec.rounding import BINARY32, Arithmetic
from convoracle.spec.winograd import WINOGRAD

WAY = {"winograd_2_3": 2, "winograd_4_3": 4}


def judged(name, arrays, options, got, algorithm):
    record = operator(name)
    configuration = bind(record, {k: a.shape for k, a in arrays.items()}, options)
    rules = Rules(Arithmetic(BINARY32), algorithm, {})
    return judge_floats(configuration, arrays, got.reshape(configuration.output_shape), rules)


def accepts(*call):
    return judged(*call).mismatch is None


def least(name, *call):
    """Return the first of the classes of an operator that accepts a result."""
    return next((a for a in algorithm_classes(operator(name)) if accepts(name, *call, a)), None)


# ---- pairwise ----


def running(terms):
    total = np.float32(0)
    for term in terms:
        total += term
    return total


def pairwise(terms):
    if len(terms) <= 32:
        return running(terms)
    half = len(terms) // 2
    return pairwise(terms[:half]) + pairwise(terms[half:])


SUMS = {"pairwise": pairwise, "NumPy's": np.sum}


@pytest.mark.parametrize("order", SUMS)
@given(seed=st.integers(0, 10**6), n=st.integers(1, 2000))
def test_pairwise_sums_are_accepted_as_such(order, seed, n):
    generator = np.random.default_rng(seed)
    x = (generator.standard_normal(n) * 2.0 ** generator.integers(-8, 9, n)).astype(np.float32)
    h = generator.standard_normal(n).astype(np.float32)
    got = SUMS[order]((x * h[::-1]).astype(np.float32))
    assert accepts("convolve", {"x": x, "h": h}, {"mode": "valid"}, np.float32([got]), "pairwise")


def test_a_running_sum_that_absorbs_its_terms_is_direct_and_not_pairwise():
    x = np.full(1000, 2.0**-24 * (1 - 2.0**-5), np.float32)
    x[0] = 1
    call = {"x": x, "h": np.ones(1000, np.float32)}, {"mode": "valid"}
    assert least("convolve", *call, np.float32([running(x)])) == "direct"
    assert least("convolve", *call, np.float32([pairwise(x)])) == "pairwise"


def test_errors_beyond_direct_are_not_accepted_as_pairwise_either():
    x = np.ones(1000, np.float32)
    wrong = np.float32([1000 * (1 + 1e-3)])
    assert not accepts("convolve", {"x": x, "h": x}, {"mode": "valid"}, wrong, "direct")
    assert not accepts("convolve", {"x": x, "h": x}, {"mode": "valid"}, wrong, "pairwise")


# ---- three real products per complex one ----


def three_products(call, x, w, *bias):
    """Convolve complex operands as PyTorch does: a c, b d and (a + b) (c + d)."""
    parts = [[getattr(a, part) for a in (x, w, *bias)] for part in ("real", "imag")]
    one = call(*parts[0])
    two = call(*parts[1][:2])
    both = call(*(a + b for a, b in zip(*parts, strict=True)))
    return (one - two + 1j * (both - one - two)).astype(np.complex64)


def gauss(call, x, w):
    """Convolve complex operands by c (a + b), a (d - c), b (c + d)."""
    a, b, c, d = x.real, x.imag, w.real, w.imag
    first, second, third = call(a + b, c), call(a, d - c), call(b, c + d)
    return (first - third + 1j * (first + second)).astype(np.complex64)


def complex_operands(seed, *shapes):
    generator = np.random.default_rng(seed)
    scale = 10.0 ** generator.integers(-4, 5, 4)
    parts = [generator.standard_normal(s) * scale[k] for k, s in enumerate(shape for shape in shapes for _ in "ri")]
    return tuple((re + 1j * im).astype(np.complex64) for re, im in zip(parts[::2], parts[1::2], strict=True))


@pytest.mark.parametrize("form", [three_products, gauss])
@given(seed=st.integers(0, 10**6))
def test_three_product_convolutions_are_accepted_as_such(form, seed):
    x, w = complex_operands(seed, (2, 2, 7), (3, 2, 3))
    got = form(impl.conv1d, x, w)
    assert accepts("conv1d", {"x": x, "w": w}, {}, got, "gauss")


def test_a_bias_of_three_products_is_accepted():
    x, w = complex_operands(3, (2, 2, 7), (3, 2, 3))
    b = np.array([1e3 + 1j, -1e-3j, 2], np.complex64)
    got = three_products(impl.conv1d, x, w, b)
    assert accepts("conv1d", {"x": x, "w": w, "b": b}, {}, got, "gauss")


def test_three_products_are_not_direct_where_the_parts_differ_in_size():
    x, w = np.array([[[1e4 + 1e-4j / 3]]], np.complex64), np.array([[[1e4 + 1e-4j / 7]]], np.complex64)
    assert least("conv1d", {"x": x, "w": w}, {}, three_products(impl.conv1d, x, w)) == "gauss"
    assert least("conv1d", {"x": x, "w": w}, {}, impl.conv1d(x, w)) == "pairwise"


def test_an_error_of_the_size_of_all_products_is_not_accepted():
    x, w = complex_operands(4, (1, 1, 6), (1, 1, 3))
    got = three_products(impl.conv1d, x, w)
    got[0, 0, 2] += np.float32(1e-4 * np.abs(got).max())
    assert not accepts("conv1d", {"x": x, "w": w}, {}, got, "gauss")


# ---- Winograd ----


def tiled(name, x, w, b=None, *, padding=0, stride=1, dilation=1, groups=1, padding_mode="zeros", way=2):
    """A layer of three taps by Winograd's products in float32, tiles from the first output on; of others the direct one."""
    options = {"stride": stride, "dilation": dilation, "groups": groups, "padding_mode": padding_mode}
    direct = getattr(impl, name)(x, w, b, padding=padding, **options)
    steps = {*np.ravel(stride).tolist(), *np.ravel(dilation).tolist(), groups}
    floats = {np.dtype(a.dtype) for a in (x, w)} == {np.dtype(np.float32)}
    if not floats or set(w.shape[2:]) != {3} or steps != {1} or padding_mode != "zeros" or isinstance(padding, str):
        return direct
    sizes, dims = direct.shape[2:], w.ndim - 2
    before = np.broadcast_to(padding if np.ndim(padding) < 2 else [p for p, _ in padding], dims)
    rounded = [n + -n % way for n in sizes]
    after = [full + 2 - n - p for full, n, p in zip(rounded, x.shape[2:], before, strict=True)]
    y = in_tiles(np.pad(x, [(0, 0), (0, 0), *zip(before, after, strict=True)]), w, rounded, way)
    y = y[(..., *(slice(0, n) for n in sizes))]
    return y if b is None else y + b.reshape(-1, *(1,) * dims)


def in_tiles(x, w, sizes, way):
    scheme, axes = WINOGRAD[f"winograd_{way}_3"], range(2, w.ndim)
    y = np.zeros((len(x), len(w), *sizes), np.float32)
    turned = along(scheme.filters, w, axes)
    for place in np.ndindex(*(n // way for n in sizes)):
        tile = along(scheme.data, x[(..., *(slice(way * p, way * p + way + 2) for p in place))], axes)
        products = np.einsum("nc...,oc...->no...", tile, turned)
        y[(..., *(slice(way * p, way * p + way) for p in place))] = along(scheme.outputs, products, axes)
    return y


def along(rows, values, axes):
    matrix = np.array(rows, np.float64).astype(np.float32)
    for axis in axes:
        values = np.moveaxis(np.tensordot(matrix, values, (1, axis)), 0, axis)
    return values


LAYERS = {"conv1d": ((2, 3, 11), (2, 3, 3)), "conv2d": ((1, 3, 7, 6), (2, 3, 3, 3))}


@pytest.mark.parametrize("algorithm", WAY)
@pytest.mark.parametrize("name", LAYERS)
@given(seed=st.integers(0, 10**6), padding=st.sampled_from([0, 1]))
def test_tiled_layers_are_accepted_as_such(name, algorithm, seed, padding):
    generator = np.random.default_rng(seed)
    x, w = (
        (generator.standard_normal(s) * 2.0 ** generator.integers(-6, 7, s)).astype(np.float32) for s in LAYERS[name]
    )
    got = tiled(name, x, w, padding=padding, way=WAY[algorithm])
    judgement = judged(name, {"x": x, "w": w}, {"padding": padding}, got, algorithm)
    assert judgement.mismatch is None
    assert judgement.worst < 1


def test_each_size_of_tiles_has_its_own_class():
    generator = np.random.default_rng(0)
    x, w = np.zeros((1, 1, 12), np.float32), generator.standard_normal((1, 1, 3)).astype(np.float32)
    x[0, 0, 5] = 3e5  # meets outputs whose window it is not in
    call = {"x": x, "w": w}, {}
    assert least("conv1d", *call, impl.conv1d(x, w)) == "pairwise"
    assert least("conv1d", *call, tiled("conv1d", x, w, way=2)) in ("pairwise", "winograd_2_3")
    assert least("conv1d", *call, tiled("conv1d", x, w, way=4)) == "winograd_4_3"


def test_the_smaller_tiles_are_beyond_direct_and_the_larger_ones_beyond_them():
    found = {way: set() for way in (2, 4)}
    for seed in range(40):
        generator = np.random.default_rng(seed)
        x, w = generator.standard_normal((1, 1, 10)), generator.standard_normal((1, 1, 3))
        x[generator.random(x.shape) < 0.6] = 0
        w[generator.random(w.shape) < 0.4] = 0
        x, w = x.astype(np.float32), w.astype(np.float32)
        for way in found:
            found[way].add(least("conv1d", {"x": x, "w": w}, {}, tiled("conv1d", x, w, way=way)))
    assert "winograd_2_3" in found[2]
    assert "winograd_4_3" not in found[2]
    assert "winograd_4_3" in found[4]
    assert "fft" not in found[4]


@pytest.mark.parametrize(
    ("way", "declared", "ok"), [(2, "winograd_2_3", True), (4, "winograd_4_3", True), (4, "direct", False)]
)
def test_a_tiled_layer_conforms_under_its_own_class_only(way, declared, ok):
    def function(x, w, b=None, **options):
        return tiled("conv1d", x, w, b, way=way, **options)

    subject = Judged(name="tiled", record=operator("conv1d"), call=in_process(function), algorithm=declared)
    examination = survey(subject, examples=80)
    assert bool(not examination.failures) == ok
    assert examination.explanations.precisions()["float32"] == "float32"
    if not ok:
        (sentence,) = examination.explanations.sentences()
        assert sentence == "the float32 results are explained by float32 and the algorithm 'winograd_4_3'"


@pytest.mark.parametrize("algorithm", WAY)
def test_a_layer_of_other_taps_is_judged_as_direct(algorithm):
    x, w = np.ones((1, 1, 9), np.float32), np.full((1, 1, 4), 1 / 3, np.float32)
    got = impl.conv1d(x, w)
    off = got * np.float32(1 + 1e-6)
    for values in (got, off):
        assert accepts("conv1d", {"x": x, "w": w}, {}, values, algorithm) == accepts(
            "conv1d", {"x": x, "w": w}, {}, values, "direct"
        )
    assert not accepts("conv1d", {"x": x, "w": w}, {}, off, algorithm)


def test_nan_may_spread_within_tiles_but_not_in_direct_sums():
    x, w = np.zeros((1, 1, 8), np.float32), np.ones((1, 1, 3), np.float32)
    x[0, 0, 7] = np.nan
    spread = impl.conv1d(x, w)
    spread[0, 0, 4] = np.nan
    assert accepts("conv1d", {"x": x, "w": w}, {}, spread, "winograd_2_3")
    assert not accepts("conv1d", {"x": x, "w": w}, {}, spread, "direct")


# ---- spectra ----


def by_spectra(x, w, *, stride, dilation):
    """Add the products of spectra channel by channel, over a period in which nothing meets."""
    wide = np.zeros((*w.shape[:2], dilation * (w.shape[2] - 1) + 1), w.dtype)
    wide[..., ::dilation] = w[..., ::-1]
    points = x.shape[2] + wide.shape[2] - 1
    spectra = scipy.fft.fft(x, points)[:, None] * scipy.fft.fft(wide, points)[None]
    found = scipy.fft.ifft(spectra.sum(2, dtype=spectra.dtype)).real
    return found[..., wide.shape[2] - 1 : x.shape[2]][..., ::stride].astype(x.dtype)


@given(
    seed=st.integers(0, 10**6),
    n=st.integers(1, 40),
    k=st.integers(1, 9),
    channels=st.integers(1, 64),
    stride=st.integers(1, 3),
    dilation=st.integers(1, 5),
)
def test_layers_by_spectra_are_accepted_in_their_class(seed, n, k, channels, stride, dilation):
    generator = np.random.default_rng(seed)
    x = generator.standard_normal((2, channels, n + dilation * (k - 1)), np.float32)
    w = generator.standard_normal((3, channels, k), np.float32)
    b = generator.standard_normal(3, np.float32)
    got = by_spectra(x, w, stride=stride, dilation=dilation)
    options = {"stride": stride, "dilation": dilation}
    for arrays, result in (({"x": x, "w": w}, got), ({"x": x, "w": w, "b": b}, got + b[:, None])):
        judgement = judged("conv1d", arrays, options, result, "fft")
        assert judgement.mismatch is None
        assert judgement.worst < 0.5


# ---- declarations ----


@pytest.mark.parametrize("algorithm", ["pairwise", "gauss", "winograd_2_3", "winograd_4_3", "fft"])
def test_our_kernels_conform_under_every_class_of_larger_bounds(algorithm):
    verdict = check(impl.conv1d, "conv1d", examples=15, algorithm=algorithm)
    assert verdict.status is Status.PASS
    assert verdict.algorithm == algorithm


@pytest.mark.parametrize("algorithm", algorithm_classes(operator("conv1d")))
def test_products_of_less_than_half_the_least_number_may_be_zero_in_every_class(algorithm):
    x, w = np.array([[[0.0, -3 * 2.0**-1074, 0.0, 0.0]]]), np.array([[[0.1, 0.0, -0.1]]])
    judgement = judged("conv1d", {"x": x, "w": w}, {}, np.zeros((1, 1, 2)), algorithm)
    assert (judgement.mismatch, judgement.unjudged) == (None, 0)


def test_classes_are_offered_where_they_apply():
    assert algorithm_classes(operator("conv2d")) == (
        "pairwise",
        "direct",
        "gauss",
        "winograd_2_3",
        "winograd_4_3",
        "fft",
    )
    assert algorithm_classes(operator("linear")) == ("pairwise", "direct")  # no filter moves along a signal
    assert algorithm_classes(operator("synthesize1d")) == ("pairwise", "direct", "gauss")
    assert algorithm_classes(operator("softmax")) == ("direct", "naive")
    with pytest.raises(ValueError, match=r"linear: |algorithm must be 'pairwise' or 'direct', got 'gauss'"):
        check(impl.linear, "linear", algorithm="gauss")
