"""Every mutant differs from the right kernel somewhere; the copies that mutants are made from do not."""

import math
import re
import runpy
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from convoracle import impl
from convoracle.impl.mutants import LAWS, MUTANTS, Edit, Mutant, load_mutant, mutant
from convoracle.impl.mutants.mutant import SOURCES, plain_function
from convoracle.impl.mutants.records import NOT_RECREATED

PAIRS = [(each, operator) for each in MUTANTS for operator in each.operators]
EDITS = [(each.name, edit) for each in MUTANTS for edit in each.edits]
other_layer_calls = runpy.run_path(str(Path(__file__).with_name("layer_probes.py")))["layer_calls"]
fourier_calls = runpy.run_path(str(Path(__file__).with_name("fourier_probes.py")))["fourier_calls"]
WAVELETS = runpy.run_path(str(Path(__file__).with_name("wavelet_probes.py")))
SCATTERINGS = runpy.run_path(str(Path(__file__).with_name("scattering_probes.py")))


def numbers(*shape, dtype="float64", seed=0, wide=False):
    rng = np.random.default_rng([*shape, seed])
    if np.dtype(dtype).kind in "iu":
        low = 0 if np.dtype(dtype).kind == "u" else -9
        return rng.integers(low, 250 if dtype == "uint8" else 10, shape).astype(dtype)
    values = rng.uniform(1, 2, shape) * rng.choice([-1, 1], shape)
    return (values + 1j * rng.uniform(1, 2, shape) if np.dtype(dtype).kind == "c" else values).astype(dtype)


# ---- signals ----


def signal_calls():
    """Pairs of operands with options: sizes on both sides, dtypes, views, special values, illegal calls."""
    shapes = [((7,), (3,)), ((6,), (4,)), ((3,), (5,)), ((5, 6), (2, 3)), ((3, 4, 5), (2, 3, 2))]
    for n, k in shapes:
        for mode in ("full", "same", "valid"):
            yield [numbers(*n), numbers(*k)], {"mode": mode}
    for dtypes in [("complex128", "complex128"), ("int64", "int64"), ("int8", "uint8"), ("int16", "float64")]:
        yield [numbers(6, dtype=dtypes[0]), numbers(3, dtype=dtypes[1])], {"mode": "full"}
    yield [np.array([1, complex(2, math.inf), 3j]), numbers(2)], {"mode": "full"}
    yield [numbers(4, dtype="complex128") * 1e300, numbers(2)], {"mode": "full"}
    yield [np.full(5, 2**40), np.full(3, -(2**21) + 1)], {"mode": "full"}
    yield [np.full(5, 2**62), np.full(3, 2**62)], {"mode": "full"}
    yield [np.full(4, 2**31), np.array([2**31, 1])], {"mode": "valid"}
    yield [np.full(5, 2**20), np.full(3, 2**12)], {"mode": "full"}
    yield [np.array([1e-310, 2e-310]), np.array([0.5, 1.0])], {"mode": "full"}
    yield [numbers(5), np.array([1e-17, -1e-17])], {"mode": "full"}
    yield [numbers(9)[::-1], numbers(3)], {"mode": "full"}
    yield [frozen(numbers(5)), numbers(3)], {"mode": "full"}
    yield [numbers(5), np.ones(0)], {"mode": "full"}
    yield [numbers(5), numbers(2)], {"mode": "bogus"}


def frozen(array):
    array.flags.writeable = False
    return array


# ---- layers ----

TAPS, STRIDE, DILATION = (3, 2, 4), (2, 3, 2), (2, 1, 3)
PADS = ((1, 2), (2, 0), (0, 3))


def geometry(rank):
    """Options in which all axes and all parameters differ; (taps, options of the window)."""
    return TAPS[:rank], {"stride": STRIDE[:rank], "dilation": DILATION[:rank], "padding": PADS[:rank]}


def windows(rank):
    """(sizes, taps, options) of many windows."""
    taps, options = geometry(rank)
    sizes, threes = (9, 10) if rank == 2 else (5, 4, 8)[-rank:], (3,) * rank
    yield sizes, taps, options
    yield tuple(n + 1 for n in sizes), taps, options
    yield sizes, (4,) * rank, {"stride": 2, "padding": ((1, 0),) * rank}
    yield sizes, taps, {"padding": 1}
    yield sizes, threes, {}
    yield sizes, threes, {"padding": 1, "padding_mode": "circular"}
    yield sizes, threes, {"padding": ((2, 0),) * rank, "padding_mode": "circular"}
    yield sizes, taps, {**options, "padding_mode": "replicate"}
    yield sizes, taps, {**options, "padding_mode": "reflect"}
    yield sizes, threes, {"stride": 2}
    yield sizes, threes, {"stride": 2, "padding": 1}
    yield sizes, (1,) * rank, {}
    if rank < 3:
        yield sizes, threes, {"padding": ((1, sizes[0] - 1),) * rank, "padding_mode": "reflect"}
    if rank > 1:
        yield sizes, taps, {"padding": (1, 2, 0)[:rank]}
        yield sizes, threes, {"dilation": (2, 1, 1)[:rank], "stride": (1, 2, 1)[:rank]}
        yield sizes, threes, {"stride": (2, 1, 1)[:rank]}


def layer_operands(sizes, taps, dtypes=("float64",) * 3, groups=2, batch=2, bias=True):
    x = numbers(batch, 2 * groups, *sizes, dtype=dtypes[0])
    w = numbers(3 * groups, 2, *taps, dtype=dtypes[1])
    return [x, w, numbers(3 * groups, dtype=dtypes[2])] if bias else [x, w]


def layer_calls(rank):
    yield from legal_layer_calls(rank)
    yield from special_layer_calls(rank)
    yield from illegal_layer_calls(rank)


def legal_layer_calls(rank):
    for sizes, taps, options in windows(rank):
        yield layer_operands(sizes, taps), {**options, "groups": 2}
    for taps, dilation in [((2, 3, 4), 1), ((4, 3, 2), (2, 3, 4)[:rank])]:
        for stride in (1, 2):
            for padding in ("same", "valid"):
                sizes, taps = (8, 7, 6)[:rank], taps[:rank]
                options = {"padding": padding, "stride": stride, "dilation": dilation}
                yield layer_operands(sizes, taps, groups=1), options
    same = [(dtype,) * 3 for dtype in ("float32", "complex128", "int64")]
    for dtypes in [*same, ("uint8", "int8", "int16"), ("int16", "float64", "float64")]:
        yield layer_operands((6, 5, 4)[:rank], (2, 2, 2)[:rank], dtypes), {"groups": 2}
    yield layer_operands((7,) * rank, (3,) * rank, groups=1), {"padding": "same", "stride": 2}
    yield layer_operands((7,) * rank, (3,) * rank, ("float32",) * 3, groups=1), {}
    yield layer_operands((3,) * rank, (2,) * rank, batch=5), {"groups": 2}
    yield layer_operands((3,) * rank, (2,) * rank, ("float32", "float32", "float64")), {"groups": 2}
    yield [numbers(1, 2, *(4,) * rank), numbers(6, 1, *(2,) * rank)], {"groups": 2}
    square = numbers(2, 2, *(4,) * rank), numbers(2, 2, *(2,) * rank, seed=1), numbers(2)
    yield [*square], {}
    yield [numbers(2, 2, *(4,) * rank, seed=2), numbers(2, 2, *(2,) * rank, seed=3), square[2]], {}


def special_layer_calls(rank):
    sizes, taps = (5, 6, 4)[:rank], (2, 3, 2)[:rank]
    x, w = layer_operands(sizes, taps, groups=1, bias=False)
    nan, holes = x.copy(), w.copy()
    nan[0, 0, ..., 2] = np.nan
    holes[..., 1] = 0
    yield [nan, holes], {}
    yield [x * 1e-309, w * 0.5], {}
    yield [np.full(x.shape, 2**40), np.full(w.shape, 2**21 + 1)], {}
    yield [np.full(x.shape, 2**62), np.full(w.shape, 2**61)], {}
    yield [np.full(x.shape, 2**31), first_tap(w.shape, 2**31)], {}
    yield [np.full(x.shape, 2**20), np.full(w.shape, 2**12)], {}
    yield [np.flip(x), w], {}
    yield [numbers(*x.shape[:-1], 9)[..., ::2], w], {}
    yield [x, np.flip(w)], {}
    yield [x[..., ::-1], w], {}
    yield [np.moveaxis(numbers(x.shape[0], *x.shape[2:], x.shape[1]), -1, 1), w], {}
    yield [frozen(x.copy()), w], {}
    yield [x[:0], w], {}


def first_tap(shape, value):
    w = np.zeros(shape, np.int64)
    w[(slice(None), *[0] * (len(shape) - 1))] = value
    return w


def illegal_layer_calls(rank):
    x, w, b = layer_operands((4,) * rank, (3,) * rank, groups=1)
    yield [x, w], {"dilation": 2, "stride": 2}
    yield [x, w], {"stride": 0}
    yield [x, w], {"stride": 1.5}
    yield [numbers(1, 5, *(4,) * rank), numbers(4, 2, *(3,) * rank)], {"groups": 2}
    yield [x, w, b[:1]], {}
    yield [x, w], {"padding": 4, "padding_mode": "reflect"}


# ---- gradients and transposed layers ----


def gradient_calls(rank, wrt):
    """Calls of a gradient, from the layer's calls on floats without bias, and views of dy."""
    layer, kept = getattr(impl, f"conv{rank}d"), {"x": 1, "w": 0}[wrt]
    calls = [(a[:2], o) for a, o in legal_layer_calls(rank) if a[0].dtype != "complex128"]
    for (x, w), options in calls:
        size = {"input_size": x.shape[2:]} if wrt == "x" else {"kernel_size": w.shape[2:]}
        dy = numbers(*layer(x, w, **options).shape, dtype="float64" if x.dtype == "int16" else x.dtype, seed=1)
        for view in (dy, np.flip(dy)):
            yield [view, (x, w)[kept]], {**size, **options}


def transposed_calls(rank):
    taps, options = geometry(rank)
    sizes = (3, 4, 2)[:rank]
    extra = tuple(s - 1 for s in options["stride"])
    for dtype in ("float64", "float32", "int64"):
        x, w, b = (numbers(*s, dtype=dtype) for s in [(2, 4, *sizes), (4, 3, *taps), (6,)])
        for more in ({}, {"output_padding": extra}, {"output_padding": 1, "stride": 2}):
            yield [x, w, b], {**options, "groups": 2, **more}
    x, w = numbers(2, 4, *sizes), numbers(4, 3, *(3,) * rank)
    yield [x, w], {"groups": 2}
    yield [x, w], {"stride": 2}
    yield [x, w], {"stride": (2, 1, 1)[:rank]}
    yield [x, w], {"stride": 2, "padding": 1, "output_padding": 1}
    yield [x, w], {"stride": 2, "output_padding": 2}
    yield [np.where(x > 1.5, np.nan, x), w], {}


def transposed_gradient_calls(rank, wrt):
    layer = getattr(impl, f"conv_transpose{rank}d")
    for operands, options in transposed_calls(rank):
        x, w, groups = operands[0], operands[1], options.get("groups", 1)
        if options.get("output_padding", 0) == 2 and options.get("stride") == 2 and groups == 1:
            continue
        size = {"input_size": x.shape[2:]} if wrt == "x" else {"kernel_size": w.shape[2:]}
        dy = numbers(*layer(x, w, **options).shape, seed=1)
        yield [dy, w if wrt == "x" else x], {**size, **options}
        yield [np.concatenate([dy, dy[..., :1]], axis=-1), w if wrt == "x" else x], {**size, **options}


@cache
def calls(operator):
    """The probes of an operator."""
    if operator in ("convolve", "correlate"):
        return list(signal_calls())
    if "dft" in operator or "stft" in operator or operator == "dual_window":
        return list(fourier_calls(operator))
    if operator in SCATTERINGS["OPERATORS"]:
        return list(SCATTERINGS["scattering_calls"](operator))
    if operator in WAVELETS["OPERATORS"]:
        return list(WAVELETS["wavelet_calls"](operator))
    if not operator.startswith("conv"):
        return list(other_layer_calls(operator))
    rank = int(operator.partition("d_")[0].rstrip("d")[-1])
    wrt = "x" if "input" in operator else "w" if "weight" in operator else None
    if operator.startswith("conv_transpose"):
        return list(transposed_gradient_calls(rank, wrt) if wrt else transposed_calls(rank))
    return list(gradient_calls(rank, wrt) if wrt else layer_calls(rank))


# ---- comparison ----


def outcome(function, arrays, options):
    """Everything that a caller can see of one call; and the result itself."""
    arrays = [copied(a) for a in arrays]
    try:
        y = function(*arrays, **options)
    except Exception as error:
        return (type(error).__name__,), None
    ys = y if isinstance(y, tuple) else (y,)
    forms = ((r.dtype, r.shape, _without_signs(r).tobytes()) for r in ys)
    return (type(y).__name__, *forms, *(a.tobytes() for a in arrays)), ys


def _without_signs(result):
    """The result with one sign of zero and one kind of NaN: neither is told apart."""
    return result if result.dtype.kind in "iu" else np.where(result == result, result + 0, np.nan).astype(result.dtype)


def copied(array):
    """A copy with the same strides, over a copy of the same buffer, and the same flag."""
    base = array if array.base is None else array.base
    offset = array.__array_interface__["data"][0] - base.__array_interface__["data"][0]
    whole = np.frombuffer(bytearray(base.tobytes()), base.dtype)
    copy = np.ndarray(array.shape, array.dtype, whole, offset, array.strides) if array.size else array.copy()
    copy.flags.writeable = array.flags.writeable
    return copy


@cache
def right_outcomes(operator):
    right = plain_function(operator)
    return [outcome(right, *call)[0] for call in calls(operator)]


def memory(results):
    return [] if results is None else [result.tobytes() for result in results]


def differs(function, operator):
    """Whether a function, called with all probes one after the other, shows that it is not the right one."""
    before = None, []
    for call, right in zip(calls(operator), right_outcomes(operator), strict=True):
        got, y = outcome(function, *call)
        if got != right or memory(before[0]) != before[1]:
            return True
        before = y, memory(y)
    return any(
        outcome(function, *call)[0] != right
        for call, right in zip(reversed(calls(operator)), reversed(right_outcomes(operator)), strict=True)
    )


# ---- tests ----


def test_there_are_mutants_of_all_kinds_of_operators():
    assert len(MUTANTS) >= 48
    operators = {operator for each in MUTANTS for operator in each.operators}
    assert {"convolve", "correlate"} <= operators
    for kind in ("conv{}d", "conv{}d_input_gradient", "conv{}d_weight_gradient", "conv_transpose{}d"):
        assert {kind.format(rank) for rank in (1, 2, 3)} <= operators
    assert {f"conv_transpose{r}d_{g}_gradient" for r in (1, 2, 3) for g in ("input", "weight")} <= operators


def test_names_and_sentences_are_different_and_whole():
    assert len({each.name for each in MUTANTS}) == len({each.sentence for each in MUTANTS}) == len(MUTANTS)
    assert all(each.sentence.endswith(".") for each in MUTANTS)


def test_no_mutant_cites_a_record_that_none_re_creates():
    cited = {record for each in MUTANTS for record in re.findall(r"[\w.-]+#\d+", each.sentence)}
    assert "onnxruntime#25848" in cited
    assert not cited & set(NOT_RECREATED)


def test_reasons_why_records_are_not_re_created_are_sentences():
    for record, reason in NOT_RECREATED.items():
        assert re.fullmatch(r"[\w.-]+#\d+", record)
        assert re.fullmatch(r"[A-Z].+\.", reason)


def test_every_law_is_broken_by_a_mutant():
    assert {each.law for each in MUTANTS} == set(LAWS)


@pytest.mark.parametrize(("name", "edit"), EDITS)
def test_the_text_that_an_edit_replaces_occurs_exactly_once(name, edit):
    source = (SOURCES / f"{edit.module}.py").read_text()
    assert source.count(edit.old) == 1
    assert edit.new != edit.old


@pytest.mark.parametrize(("each", "operator"), PAIRS, ids=lambda value: getattr(value, "name", value))
def test_every_mutant_differs_from_the_right_kernel(each, operator):
    assert differs(each.function_of(operator), operator)


@pytest.mark.parametrize("operator", sorted({operator for _, operator in PAIRS}))
def test_the_right_kernel_does_not_differ_from_itself(operator):
    assert not differs(plain_function(operator), operator)


@pytest.mark.parametrize(
    "operator", ["convolve", "conv2d", "conv2d_input_gradient", "conv1d_weight_gradient", "max_pool2d"]
)
def test_plain_copies_agree_with_the_compiled_kernels(operator):
    functions = plain_function(operator), getattr(impl, operator)
    for arrays, options in calls(operator):
        (plain, ys), (compiled, zs) = (outcome(function, arrays, options) for function in functions)
        assert plain[0] == compiled[0]
        for y, z in zip(ys or (), zs or (), strict=True):
            assert (y.dtype, y.shape) == (z.dtype, z.shape)
            np.testing.assert_allclose(y, z, rtol=1e-5)


def test_a_mutant_built_anew_has_no_memory_of_earlier_calls():
    x, w = numbers(1, 1, 4, 4), numbers(1, 1, 2, 2)
    first = mutant("filters-prepared-once").function
    first(x, w)
    assert not np.array_equal(first(x, 2 * w), impl.conv2d(x, 2 * w))
    np.testing.assert_allclose(mutant("filters-prepared-once").function(x, 2 * w), impl.conv2d(x, 2 * w))


def test_mutants_leave_the_real_kernels_alone():
    x, h = numbers(5), numbers(3)
    mutant("convolve-without-flip").function(x, h)
    np.testing.assert_allclose(impl.convolve(x, h), np.convolve(x, h))
    assert ("correlate_rows", "float64") in [row[:2] for row in impl.compiled_signatures()]
    assert math.isfinite(impl.compiled.PARALLEL_FROM)


def test_a_mutant_is_a_subject():
    subject = load_mutant("third-tap-dropped")
    assert subject.name == "mutant:third-tap-dropped"
    assert set(subject.operators) == {"conv1d", "conv2d"}


def test_an_unknown_mutant_is_answered_with_the_list():
    with pytest.raises(ValueError, match="no mutant 'perfect'; there are same-starts-one-later"):
        mutant("perfect")


def test_a_mutant_with_edits_and_a_wrapper_or_neither_is_refused():
    with pytest.raises(ValueError, match="either edits or a wrapper"):
        Mutant(name="m", operators=("conv1d",), law="DEF", sentence="s")
    with pytest.raises(ValueError, match="law must be one of"):
        Mutant(name="m", operators=("conv1d",), law="NONE", sentence="s", edits=(Edit("signal", "a", "b"),))


def test_an_edit_of_text_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match=r"signal.py: 'no such text' occurs 0 times, not once"):
        plain_function("convolve", (Edit("signal", "no such text", ""),))
