"""Foreign kernels in a worker process: what arrives and what comes back."""

import time
from pathlib import Path

import numpy as np
import pytest

from convoracle.properties.worker import Reply, Worker

SUBJECTS = str(Path(__file__).parent / "worker_subjects.py")
X = np.arange(6.0)


def call(function, *arrays, seconds=20.0, memory=4 << 30, **options):
    with Worker(f"{SUBJECTS}:{function}", seconds=seconds, memory=memory) as worker:
        return worker.call(arrays or [X], options)


@pytest.fixture(scope="module")
def echo():
    with Worker(f"{SUBJECTS}:echo") as worker:
        yield worker


# ---- values ----


def test_a_function_of_a_file_is_called():
    reply = call("double", X, factor=3)
    assert (reply.kind, reply.changed, reply.stale) == ("value", (), False)
    np.testing.assert_array_equal(reply.value, 3 * X)


def test_a_function_of_a_module_is_called():
    with Worker("numpy:convolve") as worker:
        assert worker.call([X, X[:2]], {"mode": "valid"}).value.tolist() == np.convolve(X, X[:2], "valid").tolist()


def test_a_function_inside_a_class_is_called():
    with Worker("numpy:linalg.norm") as worker:
        assert worker.call([np.array([3.0, 4.0])], {}).value == 5


def test_an_operator_of_an_adapter_is_called():
    with Worker("adapter:numpy", operator="convolve") as worker:
        assert worker.call([X, X], {"mode": "full"}).value.tolist() == np.convolve(X, X).tolist()
        assert worker.call([X, X], {"mode": "valid"}, "correlate").value.tolist() == [55]


def test_an_operator_of_a_mutant_is_called():
    with Worker("mutant:result-in-a-reused-buffer", operator="conv1d") as worker:
        replies = [worker.call([np.full((1, 1, 3), v), np.ones((1, 1, 2))], {"stride": 1}) for v in (1.0, 2.0)]
    assert [reply.value.tolist() for reply in replies] == [[[[2, 2]]], [[[4, 4]]]]
    assert [reply.stale for reply in replies] == [False, True]


def test_several_results_come_back_as_a_tuple():
    backwards, sizes = call("statistics", X).value
    assert (backwards.tolist(), backwards.dtype) == (X[::-1].tolist(), X.dtype)
    assert (sizes.tolist(), sizes.dtype) == ([6, 1], np.int64)
    empty, _ = call("statistics", np.zeros((0, 3))).value
    assert empty.shape == (0, 3)


def test_one_result_in_a_tuple_stays_in_it_and_none_is_none():
    (doubled,) = call("one_of_a_tuple", X).value
    assert doubled.tolist() == (2 * X).tolist()
    assert call("nothing_at_all", X).value == ()


def test_every_result_of_a_tuple_must_be_an_array():
    reply = call("with_a_list", X)
    assert (reply.kind, reply.error_type) == ("error", "NotAnArray")


def test_any_result_of_a_tuple_may_be_overwritten_later():
    with Worker(f"{SUBJECTS}:counts_in_the_same_array") as worker:
        replies = [worker.call([X], {}) for _ in range(2)]
    assert [reply.value[1].tolist() for reply in replies] == [[1, 0], [2, 0]]
    assert [reply.stale for reply in replies] == [False, True]


def test_many_calls_are_answered_in_order(echo):
    for i in range(50):
        assert echo.call([np.array([i])], {}).value.tolist() == [i]


DTYPES = [*"?bBhHiIlLqQefdgFD", ">f4", ">i8", "<U3", "M8[s]"]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 0, 3), (2, 3)], ids=str)
def test_every_dtype_and_shape_comes_back(echo, dtype, shape):
    x = np.zeros(shape, dtype) if dtype in ("<U3", "M8[s]") else np.ones(shape).astype(dtype)
    value = echo.call([x], {}).value
    assert (value.dtype, value.shape) == (x.dtype, x.shape)
    np.testing.assert_array_equal(value, x)


def test_nan_payloads_and_negative_zeros_come_back_bit_by_bit(echo):
    x = np.array([-0.0, np.nan, -np.nan, np.inf, 5e-324])
    assert echo.call([x], {}).value.tobytes() == x.tobytes()


def test_big_arrays_travel_both_ways(echo):
    x = np.random.default_rng(0).integers(0, 255, 30_000_000, np.uint8)
    assert np.array_equal(echo.call([x], {}).value, x)


def test_a_result_that_is_a_view_comes_back_in_order(echo):
    x = np.arange(24).reshape(2, 3, 4)[:, ::-1].T
    value = echo.call([x], {}).value
    assert value.flags.c_contiguous
    assert value.flags.writeable
    np.testing.assert_array_equal(value, x)


def test_options_arrive_as_they_were_written():
    options = {"a": 1, "b": (1, 2), "c": [(1, 2), (3, 4)], "d": "same", "e": None, "f": 0.1, "g": True}
    options["h"] = np.int64(3)
    expected = [repr(options[key]) for key in "abcdefg"] + ["3"]
    assert call("types_of", X, **options).value.tolist() == expected
    assert call("types_of", X, a=float("inf"), b=float("nan")).value.tolist() == ["inf", "nan"]


# ---- views ----

BASE = np.arange(120.0).reshape(4, 5, 6)
VIEWS = {
    "flipped": BASE[::-1, :, ::-1],
    "stepped": BASE[1::2, ::3],
    "transposed": BASE.T,
    "fortran": np.asfortranarray(BASE),
    "offset": BASE[1:, 2:, 3:],
    "broadcast": np.broadcast_to(np.arange(3.0), (2, 2, 3)),
    "zero stride": np.lib.stride_tricks.as_strided(BASE, (2, 3, 4), (0, 8, 0)),
    "windows": np.lib.stride_tricks.sliding_window_view(np.arange(8.0), 3)[None],
    "unaligned": np.frombuffer(bytes(range(1, 98)), np.uint8)[1:].view(np.float64)[None, None],
    "field": np.zeros((2, 2, 3), "i4,f8")["f1"],
    "empty": BASE[4:],
    "complex part": (BASE + 1j).imag,
}


@pytest.mark.parametrize("name", VIEWS)
def test_views_arrive_with_the_same_values_and_memory_layout(echo, name):
    view = VIEWS[name]
    got = call("describe", view).value[0]
    flags = view.flags
    address = view.__array_interface__["data"][0] % 64
    assert got.tolist() == [*view.strides, flags.writeable, flags.aligned, flags.c_contiguous, address]
    reply = echo.call([view], {})
    assert reply.changed == ()
    np.testing.assert_array_equal(reply.value, view)


def test_a_read_only_array_cannot_be_written_to():
    x = X.copy()
    x.flags.writeable = False
    reply = call("write_first", x, X)
    assert (reply.kind, reply.error_type, reply.changed) == ("error", "ValueError", ())


def test_views_of_one_buffer_share_it_in_the_worker():
    x = np.arange(10.0)
    assert call("shares", x[:6], x[::-2]).value
    assert not call("shares", x[:5], x[5:]).value
    assert not call("shares", x, x.copy()).value


def test_an_array_without_a_home_in_its_base_travels_alone(echo):
    inner = np.arange(8.0)
    window = np.lib.stride_tricks.as_strided(inner[2:4], (6,), (8,))
    assert echo.call([window], {}).value.tolist() == [2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize("x", [[1.0, 2.0], np.ma.array([1.0]), np.array([None]), np.zeros(2, "i4,i4"), np.float64(1)])
def test_what_cannot_travel_is_refused_before_the_call(echo, x):
    with pytest.raises(TypeError, match=r"travel to a worker"):
        echo.call([x], {})
    assert echo.call([X], {}).kind == "value"


# ---- changed inputs ----


def test_a_changed_input_is_reported():
    reply = call("write_first", np.ones(3), np.ones(2))
    assert (reply.kind, reply.changed) == ("value", (0,))


def test_the_callers_arrays_stay_as_they_are():
    x = np.ones(3)
    call("write_first", x, x)
    assert x.tolist() == [1, 1, 1]


def test_a_change_of_a_shared_buffer_is_reported_for_all_its_views():
    x = np.ones(6)
    assert call("write_first", x[:3], x[3:]).changed == (0, 1)


@pytest.mark.parametrize("name", ["write_beside", "write_outside", "reshape_first"])
def test_a_change_beside_the_view_outside_the_buffer_or_of_the_flags_is_reported(name):
    assert call(name, np.ones(9)[2:5]).changed == (0,)


def test_a_write_beyond_the_end_of_the_buffer_is_reported():
    assert call("write_outside", np.ones(9)).changed == (0,)


def test_overwriting_an_earlier_result_is_reported():
    with Worker(f"{SUBJECTS}:reuse") as worker:
        replies = [worker.call([np.full(3, value)], {}) for value in (1.0, 2.0, 2.0)]
    assert [reply.stale for reply in replies] == [False, True, False]


def test_a_result_that_shares_the_memory_of_an_input_is_not_called_overwritten(echo):
    assert not any(echo.call([np.full(3, value)], {}).stale for value in (1.0, 2.0, 3.0))


# ---- errors ----


def test_an_exception_comes_back_with_its_name_bases_and_message():
    reply = call("refuse", np.zeros((2, 3)))
    assert (reply.kind, reply.error_type, reply.value) == ("error", "ValueError", None)
    assert reply.message == "refuse: x must be positive, got (2, 3)"
    assert {"IndexError", "ValueError"} <= set(call("refuse_axis", X).error_bases)


def test_an_exception_that_cannot_be_printed_is_still_an_error():
    assert call("refuse_unprintably").error_type == "BadError"


def test_an_interrupt_raised_by_the_subject_is_an_error():
    assert call("interrupt").error_type == "KeyboardInterrupt"


def test_an_option_that_the_subject_does_not_know_is_an_error():
    assert call("double", X, scale=1).error_type == "TypeError"


@pytest.mark.parametrize("what", ["none", "list", "float", "masked", "object", "record"])
def test_a_result_that_is_no_plain_array_is_an_error(what):
    reply = call("returned", X, what=what)
    assert (reply.kind, reply.error_type) == ("error", "NotAnArray")


@pytest.mark.parametrize(("what", "dtype"), [("scalar", "float32"), ("zero_d", "int64")])
def test_a_numpy_scalar_is_an_array_without_axes(what, dtype):
    value = call("returned", X, what=what).value
    assert (value.shape, value.dtype.name) == ((), dtype)


def test_a_small_call_is_cheap():
    with Worker(f"{SUBJECTS}:double") as worker:
        worker.start()
        for _ in range(100):
            worker.call([X], {})
        start = time.perf_counter()
        for _ in range(500):
            worker.call([X], {})
    assert (time.perf_counter() - start) / 500 < 0.003  # about 0.15 ms; a busy machine may take longer


def test_a_reply_is_plain_data():
    assert Reply(kind="value") == Reply(kind="value", value=None, error_type="", message="", changed=(), stale=False)
