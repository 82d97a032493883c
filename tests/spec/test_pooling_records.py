"""Pooling records: their worked examples, and every call on small grids, against the kernels, on integers: equal as numbers."""

from itertools import product

import numpy as np
import pytest

from convoracle import impl
from convoracle.spec.adaptive_pooling import (
    ADAPTIVE_AVG_POOL_GRADIENTS,
    ADAPTIVE_AVG_POOLS,
    ADAPTIVE_MAX_POOL_GRADIENTS,
    ADAPTIVE_MAX_POOLS,
)
from convoracle.spec.average_pooling import AVG_POOL_GRADIENTS, AVG_POOLS
from convoracle.spec.configuration import IllegalCallError, bind
from convoracle.spec.enclosure import enclose, integer_outputs
from convoracle.spec.global_pooling import (
    GLOBAL_AVG_POOL,
    GLOBAL_AVG_POOL_GRADIENT,
    GLOBAL_MAX_POOL,
    GLOBAL_MAX_POOL_GRADIENT,
)
from convoracle.spec.max_pooling import MAX_POOL_GRADIENTS, MAX_POOLS, MAX_POOLS_WITH_INDICES
from convoracle.spec.max_unpooling import MAX_UNPOOL_GRADIENTS, MAX_UNPOOLS
from convoracle.spec.rounding import BINARY64, Arithmetic

GLOBAL = (GLOBAL_AVG_POOL, GLOBAL_AVG_POOL_GRADIENT, GLOBAL_MAX_POOL, GLOBAL_MAX_POOL_GRADIENT)
SLID = (*MAX_POOLS, *MAX_POOLS_WITH_INDICES, *MAX_POOL_GRADIENTS, *AVG_POOLS, *AVG_POOL_GRADIENTS)
ADAPTIVE = (
    *ADAPTIVE_AVG_POOLS,
    *ADAPTIVE_AVG_POOL_GRADIENTS,
    *ADAPTIVE_MAX_POOLS,
    *ADAPTIVE_MAX_POOL_GRADIENTS,
)
POOLINGS = (*SLID, *MAX_UNPOOLS, *MAX_UNPOOL_GRADIENTS, *ADAPTIVE, *GLOBAL)
MULTIPLE = 3600
"""Data are multiples of it, so that quotients by the divisors of these grids are whole."""


def outputs_of(record, arrays, options):
    """The record's outputs as plain numbers."""
    configuration = bind(record, {name: array.shape for name, array in arrays.items()}, options)
    if "integer" in record.numbers:
        return integer_outputs(configuration, arrays)
    found = enclose(configuration, arrays, Arithmetic(BINARY64))
    return [np.array([float(v) for v in output.values]).reshape(output.shape) for output in found]


def whole(record, output):
    """Averages of multiples of their divisors are whole; enclosures of them have a middle that is nearly so."""
    return output if "integer" in record.numbers else np.rint(output)


def results_of(record, arrays, options):
    """The kernel's results as a list."""
    result = getattr(impl, record.name)(*arrays.values(), **options)
    return list(result) if isinstance(result, tuple) else [result]


def agree(record, arrays, options):
    """Whether record and kernel give equal numbers of equal shapes."""
    pairs = zip(outputs_of(record, arrays, options), results_of(record, arrays, options), strict=True)
    return all(np.array_equal(whole(record, ours), theirs) for ours, theirs in pairs)


def integers(record, shape, seed):
    """Small integers with many ties; for averages, multiples that their divisors divide."""
    values = np.random.default_rng(seed).integers(-3, 3, shape, endpoint=True)
    return values if "integer" in record.numbers else values * float(MULTIPLE)


@pytest.mark.parametrize("record", POOLINGS, ids=str)
def test_the_worked_example_holds_for_the_record_and_for_the_kernel(record):
    example = record.source.example
    arrays = {name: np.array(values) for name, values in example.inputs.items()}
    expected = [np.array(output) for output in (example.output if record.further else (example.output,))]
    for found in (outputs_of(record, arrays, example.options), results_of(record, arrays, example.options)):
        assert [array.tolist() for array in found] == [array.tolist() for array in expected]


def windows(record):
    """Options of one axis, legal and illegal: every combination of small kernels, strides, paddings, dilations and modes."""
    dilations = (1, 2) if any(p.keyword == "dilation" for p in record.parameters) else (None,)
    for k, s, p, q, d, ceil in product((1, 2, 3), (1, 2, 3), (0, 1, 2), (0, 1), dilations, (False, True)):
        options = {"kernel_size": k, "stride": s, "padding": ((p, q),), "ceil_mode": ceil}
        yield options if d is None else {**options, "dilation": d}


def counted(record, options):
    """The options of averages beside those of the window, in turn."""
    if "integer" in record.numbers:
        return options
    turn = sum(v for v in (options["kernel_size"], options["stride"], *options["padding"][0])) % 3
    return options | ({}, {"count_include_pad": False}, {"divisor_override": 5})[turn]


def rejects(record, n, options):
    """Whether the kernel rejects a call on n samples."""
    with pytest.raises(ValueError, match=record.name):
        getattr(impl, record.name)(np.zeros((1, 1, n)), **options)
    return True


def legal(record, n, options):
    """The configuration of a call on n samples, or None."""
    try:
        return bind(record, {"x": (1, 2, n)}, options)
    except IllegalCallError:
        return None


@pytest.mark.parametrize("n", [1, 2, 3, 5])
@pytest.mark.parametrize("record", [MAX_POOLS_WITH_INDICES[0], AVG_POOLS[0]], ids=str)
def test_every_small_window_gives_the_kernel_s_numbers_or_is_rejected_by_both(record, n):
    for options in windows(record):
        given = counted(record, options)
        if legal(record, n, given) is None:
            assert rejects(record, n, given)
        else:
            assert agree(record, {"x": integers(record, (1, 2, n), n)}, given), given


@pytest.mark.parametrize("n", [2, 4])
@pytest.mark.parametrize(
    ("pool", "gradient"), [(MAX_POOLS[0], MAX_POOL_GRADIENTS[0]), (AVG_POOLS[0], AVG_POOL_GRADIENTS[0])]
)
def test_gradients_of_every_small_window_are_the_kernel_s(pool, gradient, n):
    for options in windows(pool):
        given = counted(pool, options)
        configuration = legal(pool, n, given)
        if configuration is None:
            continue
        arrays = {"dy": integers(pool, configuration.output_shape, 1)}
        if pool is MAX_POOLS[0]:
            arrays["x"] = integers(pool, (1, 2, n), 2)
        else:
            given = {"input_size": n, **given}
        assert agree(gradient, arrays, given), given


UNEQUAL = {
    2: {"kernel_size": (3, 2), "stride": (1, 2), "padding": ((2, 1), (0, 1)), "ceil_mode": True},
    3: {"kernel_size": (1, 2, 3), "stride": (2, 1, 3), "padding": ((0, 0), (1, 0), (0, 2)), "ceil_mode": True},
}
"""Options that differ on every axis."""


@pytest.mark.parametrize("dims", [2, 3])
def test_options_that_differ_on_every_axis_stay_on_their_axes(dims):
    shape, options = (2, 2, 4, 5, 3)[: dims + 2], UNEQUAL[dims]
    dilated = options | {"dilation": (1, 2, 1)[:dims]}
    for record, given in ((MAX_POOLS_WITH_INDICES[dims - 1], dilated), (AVG_POOLS[dims - 1], options)):
        assert agree(record, {"x": integers(record, shape, dims)}, given)


@pytest.mark.parametrize("dims", [2, 3])
def test_gradients_with_options_that_differ_on_every_axis(dims):
    shape, options = (1, 2, 4, 3, 3)[: dims + 2], UNEQUAL[dims]
    pools = (MAX_POOLS[dims - 1], MAX_POOL_GRADIENTS[dims - 1]), (AVG_POOLS[dims - 1], AVG_POOL_GRADIENTS[dims - 1])
    for pool, gradient in pools:
        dy = integers(pool, bind(pool, {"x": shape}, options).output_shape, 3)
        extra = {"x": integers(pool, shape, 4)} if "integer" in pool.numbers else {}
        size = {} if extra else {"input_size": shape[2:]}
        assert agree(gradient, {"dy": dy, **extra}, size | options)


@pytest.mark.parametrize("dims", [1, 2, 3])
def test_adaptive_windows_of_every_small_size_are_the_kernel_s(dims):
    for n, m in product(range(1, 6), repeat=2):
        sizes, counts = (n, 3, 2)[:dims], (m, 2, 3)[:dims]
        for record in (ADAPTIVE_MAX_POOLS[dims - 1], ADAPTIVE_AVG_POOLS[dims - 1]):
            assert agree(record, {"x": integers(record, (1, 2, *sizes), n)}, {"output_size": counts})
        dy = np.random.default_rng(m).integers(-3, 3, (1, 2, *counts))
        x = integers(ADAPTIVE_MAX_POOLS[0], (1, 2, *sizes), n)
        assert agree(ADAPTIVE_MAX_POOL_GRADIENTS[dims - 1], {"dy": dy, "x": x}, {})
        scaled = {"dy": dy * float(MULTIPLE)}
        assert agree(ADAPTIVE_AVG_POOL_GRADIENTS[dims - 1], scaled, {"input_size": sizes})


@pytest.mark.parametrize("dims", [1, 2, 3])
def test_unpooling_with_repeated_indices_keeps_the_largest(dims):
    shape, sizes = (2, 2, 3, 2, 2)[: dims + 2], (4, 3, 2)[:dims]
    generator = np.random.default_rng(dims)
    indices = generator.integers(0, np.prod(sizes), shape)
    x, dy = generator.integers(-5, 5, shape), generator.integers(-5, 5, (2, 2, *sizes))
    assert agree(MAX_UNPOOLS[dims - 1], {"x": x, "indices": indices}, {"output_size": sizes})
    assert agree(MAX_UNPOOL_GRADIENTS[dims - 1], {"dy": dy, "indices": indices}, {})


@pytest.mark.parametrize("n", [1, 2, 5])
def test_global_pooling_is_the_kernel_s(n):
    x, dy = integers(GLOBAL_MAX_POOL, (2, 3, n), n), np.arange(6).reshape(2, 3)
    assert agree(GLOBAL_MAX_POOL, {"x": x}, {})
    assert agree(GLOBAL_MAX_POOL_GRADIENT, {"dy": dy, "x": x}, {})
    assert agree(GLOBAL_AVG_POOL, {"x": x * float(MULTIPLE)}, {})
    assert agree(GLOBAL_AVG_POOL_GRADIENT, {"dy": dy * float(MULTIPLE)}, {"input_size": n})


SPECIAL = (np.nan, np.inf, -np.inf, 0.0, 1.0)


def test_nan_and_infinity_at_every_place_of_a_window_follow_the_named_rules():
    record = MAX_POOLS_WITH_INDICES[0]
    for values in product(SPECIAL, repeat=3):
        x = np.array([[values]])
        configuration = bind(record, {"x": x.shape}, {"kernel_size": 2, "stride": 1})
        largest, positions = enclose(configuration, {"x": x}, Arithmetic(BINARY64))
        y, indices = impl.max_pool1d_with_indices(x, kernel_size=2, stride=1)
        assert np.array_equal([float(v) for v in largest.values], y.ravel(), equal_nan=True)
        assert np.array_equal(positions, indices.ravel().reshape(np.shape(positions)))
