"""The evaluator against definitions that share nothing with the records, and against SymPy's own substitution."""

import itertools
from itertools import product

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sympy import Add, Indexed, Integer, Sum

from convoracle.spec import second, second_check
from convoracle.spec.catalog import OPERATORS, operator
from convoracle.spec.configuration import Configuration, bind
from convoracle.spec.evaluate import evaluate_complex, evaluate_integers, terms
from convoracle.spec.record_edits import record_edits
from convoracle.spec.records import Array
from convoracle.spec.second_check import agrees, configuration_for, integers_for

SEED = 20261120


SUMS = [record for record in OPERATORS if record.sums_products]
BATCHED = [record for record in SUMS if record.batched]
LAYERS = [record for record in BATCHED if "padding" in {parameter.keyword for parameter in record.parameters}]
"""Convolutions and their gradients; filter banks, which have no second definition here, are judged in test_wavelet."""
MODES = ("zeros", "reflect", "replicate", "circular")


def letters_1d():
    """Yield letters of one axis up to 3: sizes, options and both sides of the padding."""
    for n, k, s, d, p, q in product((1, 2, 4), (1, 2, 3), (1, 2), (1, 2), (0, 1), (0, 2)):
        yield {"n": n, "k": k, "s": s, "d": d, "p": p, "q": q, "r": s - 1, "N": 1, "C": 2, "O": 4, "G": 2}


@pytest.mark.parametrize("record", [r for r in LAYERS if r.dims == 1], ids=str)
def test_every_small_call_on_one_axis_equals_the_dense_matrix(record):
    checked = 0
    for letters, mode in product(letters_1d(), MODES if record.name.startswith("conv1d") else MODES[:1]):
        configuration = configuration_for(record, letters | {"padding_mode": mode})
        if configuration is not None and (mode == "zeros" or letters["p"] + letters["q"]):
            checked += 1
            assert agrees(configuration), (letters, mode)
    assert checked > 50


@st.composite
def letters_nd(draw, record):
    """Draw letters of a legal call on several axes, each axis its own."""
    letters = {
        "N": draw(st.integers(1, 2)),
        "G": draw(st.sampled_from([1, 2])),
    }
    letters |= {"C": letters["G"] * draw(st.integers(1, 2)), "O": letters["G"] * draw(st.integers(1, 2))}
    for end in (f"_{axis + 1}" for axis in range(record.dims)):
        k, s, d = draw(st.integers(1, 5 - record.dims)), draw(st.integers(1, 3)), draw(st.integers(1, 2))
        p, q, m = draw(st.integers(0, 2)), draw(st.integers(0, 2)), draw(st.integers(1, 2))
        r = draw(st.integers(0, s - 1))
        size = s * (m - 1) + d * (k - 1) + 1 - p - q + r  # of a signal with m windows
        n = max(m, m - (size - 1) // s) if "transpose" in record.name else max(1, size)
        letters |= {f"n{end}": n, f"k{end}": k, f"s{end}": s, f"d{end}": d, f"p{end}": p, f"q{end}": q, f"r{end}": r}
    modes = MODES if record.name.startswith(("conv2d", "conv3d")) else MODES[:1]
    return letters | {"padding_mode": draw(st.sampled_from(modes))}


@pytest.mark.parametrize("record", [r for r in LAYERS if r.dims > 1], ids=str)
def test_calls_on_several_axes_equal_the_dense_matrix(record):
    seen = []

    @settings(
        max_examples=40 if record.dims == 2 else 20,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(letters_nd(record))
    def compare(letters):
        configuration = configuration_for(record, letters)
        if configuration is not None and np.prod(configuration.shapes.get("x", (1,))) <= 200:
            seen.append(configuration.key)
            assert agrees(configuration), letters

    compare()
    assert len(set(seen)) >= 8


@pytest.mark.parametrize("name", ["convolve", "correlate"])
@pytest.mark.parametrize("mode", ["full", "same", "valid"])
def test_signals_convolve_as_polynomials_multiply(name, mode):
    generator = np.random.default_rng(SEED)
    for n, k in product(product((1, 2, 4), (1, 3)), product((1, 2, 3), (1, 2))):
        if mode == "valid" and any(b > a for a, b in zip(n, k, strict=True)):
            continue
        x, h = generator.integers(-9, 10, n), generator.integers(-9, 10, k)
        got = evaluate_integers(bind(operator(name), {"x": n, "h": k}, {"mode": mode}), {"x": x, "h": h})
        expected = getattr(second, name)(x, h, mode)
        assert got.reshape(expected.shape).tolist() == expected.tolist()


@pytest.mark.parametrize("name", ["convolve", "correlate"])
def test_complex_signals_convolve_as_polynomials_multiply(name):
    generator = np.random.default_rng(SEED)
    x, h = ((generator.integers(-9, 10, (2, n))) for n in (5, 3))
    x, h = x[0] + 1j * x[1], h[0] + 1j * h[1]
    for mode in ("full", "same", "valid"):
        real, imaginary = evaluate_complex(
            bind(operator(name), {"x": (5,), "h": (3,)}, {"mode": mode}), {"x": x, "h": h}
        )
        expected = getattr(second, name)(x, h, mode)
        assert not real.error.any()
        assert not imaginary.error.any()
        assert (real.high.ravel() == expected.real).all()
        assert (imaginary.high.ravel() == expected.imag).all()


def substituted(configuration: Configuration, arrays: dict[str, np.ndarray]) -> np.ndarray:
    """Return the output by SymPy alone: put the sizes in, expand the sums, look entries up."""
    (stage,) = configuration.stages
    sizes = {
        s: Integer(configuration.values[str(s)]) for s in stage.value.free_symbols if str(s) in configuration.values
    }
    y = np.zeros(configuration.output_shape, object)
    for place in np.ndindex(*configuration.output_shape):
        index = dict(zip(stage.target.indices, map(Integer, place), strict=True))
        value = stage.value.subs({**sizes, **index}, simultaneous=True).replace(Sum, expanded)
        entries = {
            e: _entry(configuration.record.array(str(e.base)), arrays[str(e.base)], e) for e in value.atoms(Indexed)
        }
        y[place] = int(value.xreplace(entries))
    return y


def expanded(product, *limits):
    """Write a finite sum out; ``doit`` would solve a delta such as 2 t = 3 by t = 3/2 and keep the term."""
    ranges = [range(int(low), int(high) + 1) for _, low, high in limits]
    names = [name for name, _, _ in limits]
    return Add(
        *(product.xreplace(dict(zip(names, map(Integer, point), strict=True))) for point in itertools.product(*ranges))
    )


def _entry(array: Array, values: np.ndarray, entry: Indexed) -> Integer:
    index = tuple(map(int, entry.indices))
    inside = all(0 <= i < n for i, n in zip(index, values.shape, strict=True))
    assert inside or array.extended, f"{entry} is read outside and not extended"
    return Integer(int(values[index])) if inside else Integer(0)


@pytest.mark.parametrize("record", [r for r in BATCHED if r.dims < 3], ids=str)
def test_the_evaluator_equals_the_substitution_of_sympy(record):
    letters = {"N": 1, "C": 2, "O": 2, "G": 2, "padding_mode": "zeros"}
    sizes = {"n": (3, 2), "m": (3, 2), "k": (2, 1), "s": (2, 1), "d": (1, 2), "p": (1, 0), "q": (0, 1), "r": (1, 0)}
    dims = max(1, record.dims)
    for axis in range(dims):
        letters |= {f"{key}_{axis + 1}" if dims > 1 else key: value[axis] for key, value in sizes.items()}
    configuration = configuration_for(record, letters)
    assert configuration is not None
    arrays = integers_for(configuration)
    assert evaluate_integers(configuration, arrays).tolist() == substituted(configuration, arrays).tolist()


@pytest.mark.parametrize("record", SUMS, ids=str)
def test_the_worked_example_of_the_source_holds(record):
    example = record.source.example
    arrays = {name: np.array(values) for name, values in example.inputs.items()}
    configuration = bind(record, {name: values.shape for name, values in arrays.items()}, example.options)
    expected = np.array(example.output)
    assert evaluate_integers(configuration, arrays).reshape(expected.shape).tolist() == expected.tolist()


@pytest.mark.parametrize("record", SUMS, ids=str)
def test_the_listed_terms_sum_to_the_worked_example(record):
    example = record.source.example
    arrays = {name: np.array(values) for name, values in example.inputs.items()}
    configuration = bind(record, {name: values.shape for name, values in arrays.items()}, example.options)
    sums = [
        sum(int(np.prod(t.factors)) for t in terms(configuration, arrays, i))
        for i in np.ndindex(*configuration.output_shape)
    ]
    assert sums == np.array(example.output).ravel().tolist()


def test_the_second_definition_notices_an_exchanged_stride_and_dilation():
    record = operator("conv1d")
    letters = {
        "n": 7,
        "k": 3,
        "s": 1,
        "d": 2,
        "p": 0,
        "q": 0,
        "r": 0,
        "N": 1,
        "C": 1,
        "O": 1,
        "G": 1,
        "padding_mode": "zeros",
    }
    configuration = configuration_for(record, letters)
    arrays = integers_for(configuration)
    wrong = second.convolution(arrays["x"], arrays["w"], stride=[2], padding=[(0, 0)], dilation=[1])
    assert not np.array_equal(evaluate_integers(configuration, arrays), wrong + arrays["b"].reshape(-1, 1))


@pytest.mark.parametrize("name", second_check.POOLS)
def test_maxima_of_windows_and_what_goes_back_to_them_equal_slices_that_compete(name):
    record = operator(name)
    assert second_check.disagreement(record) is None
    called = list(second_check.small_configurations(record))
    assert {c.words["ceil_mode"] for c in called} == {False, True}
    assert len(called) >= 4


def test_every_wrong_record_of_two_outputs_disagrees_but_those_that_differ_where_no_call_is_legal():
    edits = record_edits(operator("max_pool2d_with_indices"))
    agreeing = [edit for edit in edits if second_check.disagreement(edit.edited()) is None]
    assert len(edits) > 300
    assert {str(edit.after)[:6] for edit in agreeing} == {"Max(1,", "Max(-1"}, (
        "windows of a legal call are at least one"
    )
