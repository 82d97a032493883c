"""Memory of the pooling layers: views on every operand, inputs untouched, threads, batches, plain Python, signatures."""

from __future__ import annotations

import numpy as np
import pytest

from convoracle import impl
from convoracle.impl import compiled, max_pooling, max_unpooling, maxima, means

RNG = np.random.default_rng(11)
X, DY = RNG.permutation(3 * 4 * 7 * 9).reshape(3, 4, 7, 9), RNG.integers(-9, 10, (3, 4, 3, 5))
INDICES = RNG.integers(0, 15, (3, 4, 7, 9))
WINDOW = {"kernel_size": (3, 2), "stride": (3, 2), "padding": ((1, 2), (0, 1)), "ceil_mode": True}
CLOSE = {"kernel_size": (3, 2), "stride": 1, "padding": ((0, 0), (0, 1))}

CALLS = {
    "max_pool2d": (impl.max_pool2d, (X,), WINDOW),
    "max_pool2d of wide windows": (impl.max_pool2d, (X,), {"kernel_size": (2, 6)}),
    "max_pool2d_with_indices": (impl.max_pool2d_with_indices, (X,), WINDOW),
    "max_pool2d_gradient": (impl.max_pool2d_gradient, (DY, X), WINDOW),
    "max_unpool2d": (impl.max_unpool2d, (X, INDICES), {"output_size": (3, 5)}),
    "max_unpool2d_gradient": (impl.max_unpool2d_gradient, (DY, INDICES), {}),
    "avg_pool2d": (impl.avg_pool2d, (X,), WINDOW),
    "avg_pool2d of wide windows": (impl.avg_pool2d, (X,), {"kernel_size": (2, 6)}),
    "avg_pool2d_gradient": (impl.avg_pool2d_gradient, (DY,), WINDOW | {"input_size": (7, 9)}),
    "avg_pool2d_gradient of close windows": (impl.avg_pool2d_gradient, (DY,), CLOSE | {"input_size": (5, 5)}),
    "adaptive_avg_pool2d": (impl.adaptive_avg_pool2d, (X,), {"output_size": (3, 5)}),
    "adaptive_avg_pool2d_gradient": (impl.adaptive_avg_pool2d_gradient, (DY,), {"input_size": (7, 9)}),
    "adaptive_max_pool2d": (impl.adaptive_max_pool2d, (X,), {"output_size": (3, 5)}),
    "adaptive_max_pool2d_gradient": (impl.adaptive_max_pool2d_gradient, (DY, X), {}),
    "global_avg_pool": (impl.global_avg_pool, (X,), {}),
    "global_avg_pool_gradient": (impl.global_avg_pool_gradient, (DY[..., 0, 0],), {"input_size": (7, 9)}),
    "global_max_pool": (impl.global_max_pool, (X,), {}),
    "global_max_pool_gradient": (impl.global_max_pool_gradient, (DY[..., 0, 0], X), {}),
}
KERNELS = [
    max_pooling.max_rows,
    max_unpooling.place_largest,
    maxima.find_maxima,
    maxima.find_maxima_of_rows,
    maxima.read_places,
    maxima.add_at_places,
    means.add_rows,
    means.mean_rows,
    means.mean_windows,
]


def results(call, operands):
    """The results of a call, as a list also where it is one array."""
    got = CALLS[call][0](*operands, **CALLS[call][2])
    return list(got) if isinstance(got, tuple) else [got]


def operands_as(call, dtype):
    return [a if a is INDICES else abs(a).astype(dtype) for a in CALLS[call][1]]


def dtypes_of(call):
    return [np.float32, np.float64] if "avg" in call else [np.float32, np.float64, np.int64, np.uint64]


@pytest.mark.parametrize(("call", "dtype"), [(call, dtype) for call in CALLS for dtype in dtypes_of(call)])
def test_a_view_of_any_operand_gives_what_its_copy_gives(call, dtype, views):
    operands = operands_as(call, dtype)
    for view in views.values():
        for place, operand in enumerate(operands):
            changed = [*operands[:place], view(operand), *operands[place + 1 :]]
            before = [a.tobytes() for a in changed]
            copied = [np.array(a, a.dtype.newbyteorder("="), order="C") for a in changed]
            for got, wanted in zip(results(call, changed), results(call, copied), strict=True):
                np.testing.assert_array_equal(got, wanted, strict=True)
                assert got.flags.c_contiguous
                assert got.flags.writeable
                assert not any(np.shares_memory(got, a) for a in changed)
            assert [a.tobytes() for a in changed] == before


@pytest.mark.parametrize("call", CALLS)
def test_threads_change_no_bit(call, monkeypatch):
    operands = [a if a is INDICES else RNG.standard_normal(a.shape) for a in CALLS[call][1]]
    serial = results(call, operands)
    monkeypatch.setattr(compiled, "PARALLEL_FROM", 0)
    for threads in (2, 3, 7):
        monkeypatch.setattr(compiled, "_threads", lambda units, threads=threads: max(1, min(threads, units)))
        for got, wanted in zip(results(call, operands), serial, strict=True):
            np.testing.assert_array_equal(got.view(np.int64), wanted.view(np.int64))


@pytest.mark.parametrize("call", CALLS)
def test_a_plane_has_the_same_bits_in_every_batch(call):
    operands = [a if a is INDICES else RNG.standard_normal(a.shape) for a in CALLS[call][1]]
    together = results(call, operands)
    for i in range(3):
        for got, wanted in zip(results(call, [a[i : i + 1] for a in operands]), together, strict=True):
            np.testing.assert_array_equal(got[0].view(np.int64), wanted[i].view(np.int64))


@pytest.mark.parametrize("kernel", KERNELS, ids=lambda kernel: kernel.body.__name__)
def test_the_bodies_also_run_as_plain_python(kernel, monkeypatch):
    ran = []
    wanted = {call: results(call, operands_as(call, float)) for call in CALLS}

    def body(*arguments):
        ran.append(kernel)
        kernel.body(*arguments)

    monkeypatch.setattr(kernel, "compiled", dict.fromkeys(compiled.DTYPES, body))
    for module in (max_pooling, maxima, means):
        monkeypatch.setattr(module, "TILE", 2)
    for call, arrays in wanted.items():
        for got, array in zip(results(call, operands_as(call, float)), arrays, strict=True):
            np.testing.assert_array_equal(got, array, strict=True)
    assert ran


def test_every_kernel_has_one_signature_per_dtype(views):
    for call in CALLS:
        for dtype in dtypes_of(call):
            for view in ("stepped", "read-only"):
                results(call, [views[view](a) for a in operands_as(call, dtype)])
    names = [row[:2] for row in impl.compiled_signatures()]
    assert len(names) == len(set(names))
    assert {kernel for kernel, _ in names} >= {kernel.body.__name__ for kernel in KERNELS}
