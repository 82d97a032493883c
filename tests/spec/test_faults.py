"""Wrong sums of products: each differs from the right one on some call, and is found again from its values alone."""

from itertools import product

import numpy as np
import pytest

from convoracle.spec.catalog import OPERATORS
from convoracle.spec.configuration import IllegalCallError, bind
from convoracle.spec.evaluate import evaluate_integers
from convoracle.spec.faults import FAULTS, _specialised, definition, diagnose, element

SIZES = {
    0: [],
    1: [
        {"n": 7, "m": 4, "k": 3, "s": 2, "d": 1, "p": 2, "q": 1, "r": 1},
        {"n": 9, "m": 9, "k": 3, "s": 1, "d": 2, "p": 1, "q": 2, "r": 0},
    ],
    2: [
        {"n": 6, "k": 3, "s": 2, "d": 1, "p": 2, "q": 1, "r": 1},
        {"n": 7, "k": 2, "s": 3, "d": 2, "p": 1, "q": 0, "r": 2},
    ],
    3: [
        {"n": 3, "k": 2, "s": 1, "d": 2, "p": 0, "q": 1, "r": 0},
        {"n": 4, "k": 2, "s": 2, "d": 1, "p": 1, "q": 0, "r": 1},
        {"n": 5, "k": 3, "s": 3, "d": 1, "p": 2, "q": 1, "r": 2},
    ],
}


def calls(record):
    """Yield legal calls with other numbers on every axis, and arrays of distinct small integers."""
    if record.batched:
        dims = 1 if record.name in BANKS else record.dims
        axes = SIZES[dims]
        choices = [[axis] for axis in axes] if dims == 1 else [axes, axes[::-1]]
        modes = ("zeros", "reflect", "replicate", "circular")
        for chosen in choices:
            yield from (
                batched(record, chosen, mode) for mode in modes if mode == "zeros" or "padding_mode" in keywords(record)
            )
    else:
        for mode, h in product(("full", "same", "valid"), ((2, 3, 4), (3, 2, 2))):
            yield bind(record, {"x": (3, 4, 5), "h": h}, {"mode": mode})


def keywords(record):
    return {parameter.keyword for parameter in record.parameters}


def batched(record, chosen, mode):
    letters = {"N": 2, "C": 4, "O": 6, "G": 2}
    for number, axis in enumerate(chosen):
        letters |= {f"{key}_{number + 1}" if len(chosen) > 1 else key: value for key, value in axis.items()}
    shapes = {
        array.name: tuple(int(e.subs({s: letters[str(s)] for s in e.free_symbols})) for e in array.axes)
        for array in record.inputs
    }
    options = {
        "stride": chosen[0]["s"] if record.name in BANKS else tuple(a["s"] for a in chosen),
        "dilation": chosen[0]["d"] if record.name in BANKS else tuple(a["d"] for a in chosen),
        "padding": tuple((a["p"], a["q"]) for a in chosen),
        "output_padding": tuple(a["r"] for a in chosen),
        "input_size": tuple(a["n"] for a in chosen),
        "kernel_size": tuple(a["k"] for a in chosen),
        "groups": 2,
        "padding_mode": mode,
    }
    return bind(record, shapes, {key: value for key, value in options.items() if key in keywords(record)})


def data(configuration):
    generator = np.random.default_rng(5)
    real = {name: generator.integers(-50, 51, shape) for name, shape in configuration.shapes.items()}
    if "complex" not in configuration.record.numbers:
        return real
    return {name: values + 1j * generator.integers(-50, 51, values.shape) for name, values in real.items()}


def whole(configuration, wrong, arrays):
    values = [element(configuration, wrong, arrays, index) for index in np.ndindex(*configuration.output_shape)]
    return np.array(values).reshape(configuration.output_shape)


SUMS = [record for record in OPERATORS if record.sums_products]
"""The records whose faults edit an index relation; see test_layer_faults for those of the others."""
BANKS = ("analyze1d", "synthesize1d")
"""Filter banks have windows, but neither padding nor groups: five ways to read the wrong samples, and two more."""


def faults_of(record):
    """Return how many faults an operator must have: windows are where most of them happen."""
    return 1 if "linear" in record.name else 7 if record.name in BANKS else 8


@pytest.mark.parametrize(
    "record", [r for r in SUMS if r.dims <= 1 or r.name in ("conv2d", "convolve", "correlate")], ids=str
)
def test_every_fault_that_applies_changes_some_call_and_is_diagnosed_there(record):
    silent = {fault.name for fault in FAULTS if fault.applies(record)}
    assert silent
    for configuration in calls(record):
        arrays = data(configuration)
        right = whole(configuration, _specialised(configuration, definition(record)), arrays)
        for fault in FAULTS:
            if fault.name in silent and fault.applies(record):
                got = whole(configuration, _specialised(configuration, fault.wrong(record)), arrays)
                if not np.array_equal(got, right):
                    silent.discard(fault.name)
                    assert fault.sentence in diagnose(configuration, arrays, got)
    assert not silent


@pytest.mark.parametrize("record", SUMS, ids=str)
def test_every_operator_has_faults_of_its_own(record):
    assert sum(fault.applies(record) for fault in FAULTS) >= faults_of(record)


def test_the_right_answer_has_no_diagnosis():
    for record in OPERATORS[2:4]:
        configuration = next(calls(record))
        arrays = {name: values.real.astype(int) for name, values in data(configuration).items()}
        right = evaluate_integers(configuration, arrays)
        assert diagnose(configuration, arrays, right) == []


def test_an_answer_of_another_shape_has_no_diagnosis():
    configuration = next(calls(OPERATORS[2]))
    assert diagnose(configuration, data(configuration), np.zeros((1, 2, 3))) == []


def test_two_names_are_never_alike():
    names = [(fault.name, record.name) for fault in FAULTS for record in SUMS if fault.applies(record)]
    assert len(set(names)) == len(names)


def test_an_ignored_dilation_is_told_by_its_axis():
    record = next(r for r in OPERATORS if r.name == "conv2d")
    x, w = np.arange(1, 50).reshape(1, 1, 7, 7) ** 2 % 97, np.arange(1, 10).reshape(1, 1, 3, 3)
    right = bind(record, {"x": x.shape, "w": w.shape}, {"dilation": (1, 2)})
    plain = evaluate_integers(bind(record, {"x": x.shape, "w": w.shape}, {}), {"x": x, "w": w})
    got = plain[:, :, :, : right.output_shape[3]]
    assert "as if the dilation were ignored on the second axis" in diagnose(right, {"x": x, "w": w}, got)


def test_a_size_that_is_no_legal_call_is_rejected_before_any_diagnosis():
    with pytest.raises(IllegalCallError):
        bind(OPERATORS[2], {"x": (1, 1, 2), "w": (1, 1, 3)}, {})
