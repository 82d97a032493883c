"""Memory: views on every operand, inputs untouched, results new; threads, batches and signatures."""

from __future__ import annotations

import subprocess
import sys
from itertools import product

import numpy as np
import pytest

from convoracle import impl
from convoracle.impl import compiled

RNG = np.random.default_rng(7)
X, W, B = RNG.integers(-9, 10, (3, 4, 7, 6)), RNG.integers(-9, 10, (6, 2, 3, 2)), RNG.integers(-9, 10, 6)
V = RNG.integers(-9, 10, (4, 3, 3, 2))
DY = RNG.integers(-9, 10, (3, 6, 5, 5))
DT = RNG.integers(-9, 10, (3, 6, 9, 7))

CALLS = {
    "conv2d": (impl.conv2d, (X, W, B), {"groups": 2}),
    "conv2d circular": (impl.conv2d, (X, W, B), {"groups": 2, "padding": 2, "padding_mode": "circular"}),
    "conv2d_input_gradient": (impl.conv2d_input_gradient, (DY, W), {"groups": 2, "input_size": (7, 6)}),
    "conv2d_input_gradient reflect": (
        impl.conv2d_input_gradient,
        (DY, W),
        {"groups": 2, "input_size": (5, 4), "padding": 1, "padding_mode": "reflect"},
    ),
    "conv2d_weight_gradient": (impl.conv2d_weight_gradient, (DY, X), {"groups": 2, "kernel_size": (3, 2)}),
    "conv_transpose2d": (impl.conv_transpose2d, (X, V, B), {"groups": 2}),
    "conv_transpose2d_input_gradient": (
        impl.conv_transpose2d_input_gradient,
        (DT, V),
        {"groups": 2, "input_size": (7, 6)},
    ),
    "conv_transpose2d_weight_gradient": (
        impl.conv_transpose2d_weight_gradient,
        (DT, X),
        {"groups": 2, "kernel_size": (3, 2)},
    ),
    "convolve": (impl.convolve, (X[0], W[0, :, :2]), {}),
    "correlate": (impl.correlate, (X[0], W[0, :, :2]), {}),
}


@pytest.mark.parametrize("dtype", [np.int64, np.float32, np.float64])
@pytest.mark.parametrize("call", CALLS)
def test_a_view_of_any_operand_gives_what_its_copy_gives(call, dtype, views):
    function, operands, options = CALLS[call]
    operands = [a.astype(dtype) for a in operands]
    for view, (place, operand) in product(views.values(), enumerate(operands)):
        changed = [*operands[:place], view(operand), *operands[place + 1 :]]
        copied = [np.array(a, dtype, order="C") for a in changed]
        before = [a.tobytes() for a in changed]
        got = function(*changed, **options)
        np.testing.assert_array_equal(got, function(*copied, **options), strict=True)
        assert [a.tobytes() for a in changed] == before
        assert got.flags.c_contiguous
        assert got.flags.writeable
        assert got.dtype == dtype
        assert not any(np.shares_memory(got, a) for a in changed)


def test_identity_filters_still_give_a_new_array():
    x, one = np.arange(6.0).reshape(1, 1, 2, 3), np.ones((1, 1, 1, 1))
    for y in (
        impl.conv2d(x, one),
        impl.conv_transpose2d(x, one),
        impl.conv2d_input_gradient(x, one, input_size=(2, 3)),
    ):
        np.testing.assert_array_equal(y, x)
        assert not np.shares_memory(x, y)


@pytest.mark.parametrize("call", CALLS)
def test_threads_change_no_bit(call, monkeypatch):
    function, operands, options = CALLS[call]
    operands = [RNG.standard_normal(a.shape) for a in operands]
    serial = function(*operands, **options)
    monkeypatch.setattr(compiled, "PARALLEL_FROM", 0)
    for threads in (2, 3, 7):
        monkeypatch.setattr(compiled, "_threads", lambda units, threads=threads: min(threads, units))
        np.testing.assert_array_equal(function(*operands, **options).view(np.int64), serial.view(np.int64))


def test_the_number_of_threads_is_that_of_numba():
    import numba

    assert compiled._threads(10**6) == numba.get_num_threads()
    assert compiled._threads(1) == 1
    before = numba.get_num_threads()
    numba.set_num_threads(1)
    assert compiled._threads(10**6) == 1
    numba.set_num_threads(before)


def test_big_work_is_shared_out_and_small_work_is_not(monkeypatch):
    shares = []
    share_out = compiled._share_out
    monkeypatch.setattr(compiled, "_threads", lambda units: 2)
    monkeypatch.setattr(compiled, "_share_out", lambda *a: (shares.append(len(a[2]) - 1), share_out(*a)))
    small, big = RNG.standard_normal((1, 1, 20, 20)), RNG.standard_normal((1, 1, 1000, 1000))
    for x in (small, big):
        y = impl.conv2d(x, np.ones((1, 1, 3, 3)), padding="same")
        wanted = sum(np.pad(x[0, 0], 1)[a:, b:][: x.shape[2], : x.shape[3]] for a in range(3) for b in range(3))
        np.testing.assert_array_equal(y[0, 0], wanted)
    assert shares == [1, 2]


@pytest.mark.parametrize("call", ["conv2d", "conv2d circular", "conv2d_input_gradient", "conv_transpose2d"])
def test_an_image_has_the_same_bits_in_every_batch(call):
    function, (x, *rest), options = CALLS[call]
    x, rest = RNG.standard_normal(x.shape), [RNG.standard_normal(a.shape) for a in rest]
    together = function(x, *rest, **options)
    for i in range(len(x)):
        np.testing.assert_array_equal(function(x[i : i + 1], *rest, **options)[0], together[i])
        np.testing.assert_array_equal(function(x[i::-1], *rest, **options)[0], together[i])
    empty = function(x[:0], *rest, **options)
    assert empty.shape == (0, *together.shape[1:])
    assert empty.dtype == together.dtype


def test_every_kernel_has_one_signature_per_dtype(views):
    for function, operands, options in CALLS.values():
        for dtype in (np.float32, np.int8):
            function(*[views["stepped"](a.astype(dtype)) for a in operands], **options)
            function(*[views["read-only"](a.astype(dtype)) for a in operands], **options)
    rows = impl.compiled_signatures()
    names = [row[:2] for row in rows]
    assert len(names) == len(set(names))
    assert {dtype for _, dtype in names} <= {dtype.name for dtype in compiled.DTYPES}
    assert {kernel for kernel, _ in names} >= {"correlate_rows", "spread_rows", "correlate_with_output"}


def test_importing_the_kernels_loads_and_compiles_nothing():
    code = (
        "import sys, convoracle.impl as impl\n"
        "heavy = {'numba', 'scipy', 'sympy', 'hypothesis', 'convoracle.spec'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
        "assert impl.compiled_signatures() == []\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


@pytest.mark.parametrize("kernel", compiled.Kernel.registry, ids=lambda kernel: kernel.body.__name__)
def test_the_bodies_also_run_as_plain_python(kernel, monkeypatch):
    calls = [CALLS[c] for c in CALLS if not c.startswith("convolve")]
    wanted = [function(*operands, **options) for function, operands, options in calls]
    monkeypatch.setattr(kernel, "compiled", dict.fromkeys(compiled.DTYPES, kernel.body))
    monkeypatch.setattr(compiled, "TILE", 4)
    for (function, operands, options), y in zip(calls, wanted, strict=True):
        np.testing.assert_array_equal(function(*operands, **options), y)
