"""Views hold the same values, with other strides, and what lies beside them is poison."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from convoracle.properties.layouts import LAYOUTS, lay_out, root

DTYPES = ("float32", "float64", "complex64", "complex128", "int64", "uint8", "int16")
SHAPES = [(), (1,), (5,), (0,), (2, 3), (1, 1), (2, 0, 3), (2, 3, 4), (1, 2, 3, 2, 2)]


def numbers(shape, dtype):
    return (np.arange(np.prod(shape, dtype=int)) % 100 + 1).reshape(shape).astype(dtype)


def outside(view):
    """What lies in the memory of a view beside its entries."""
    home = root(view).reshape(-1)
    inside = np.zeros(home.size, bool)
    start = home.__array_interface__["data"][0]
    address = view.__array_interface__["data"][0]
    for index in np.ndindex(view.shape):
        place = address + sum(i * s for i, s in zip(index, view.strides, strict=True))
        inside[(place - start) // view.itemsize] = True
    return home[~inside]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", SHAPES[1:], ids=str)
def test_views_equal_their_values_in_every_layout(layout, dtype, shape):
    values = numbers(shape, dtype)
    view = lay_out(values, layout)
    assert (view.shape, view.dtype) == (values.shape, values.dtype)
    assert np.array_equal(view, values)
    assert view.flags.writeable == (
        layout not in ("readonly", "broadcast") or (layout == "broadcast" and not constant(values))
    )


def constant(values):
    return values.size and np.all(values == values[..., :1])


@given(
    hnp.arrays(st.sampled_from(["f4", "f8", "i8"]), hnp.array_shapes(max_dims=5, max_side=4)), st.sampled_from(LAYOUTS)
)
def test_views_equal_their_values(values, layout):
    view = lay_out(values, layout)
    assert np.array_equal(view, values, equal_nan=values.dtype.kind == "f")
    assert view.dtype == values.dtype


@pytest.mark.parametrize(("layout", "dtype"), [(x, d) for x in ("stepped", "offset") for d in DTYPES])
@pytest.mark.parametrize("shape", [(3,), (2, 3), (1, 2, 2)], ids=str)
def test_poison_lies_outside_and_nothing_else(layout, dtype, shape):
    beside = outside(lay_out(numbers(shape, dtype), layout))
    assert beside.size > 0
    if beside.dtype.kind in "iu":
        assert np.all(beside == np.iinfo(dtype).max)
    else:
        assert np.all(np.isnan(beside))


@pytest.mark.parametrize(
    ("layout", "property_"),
    [
        ("contiguous", lambda v: v.flags.c_contiguous),
        ("transposed", lambda v: v.flags.f_contiguous and not v.flags.c_contiguous),
        ("reversed", lambda v: all(s < 0 for s in v.strides)),
        ("stepped", lambda v: v.strides[-1] == 2 * v.itemsize),
        ("offset", lambda v: v.base is not None and not v.flags.c_contiguous),
        ("readonly", lambda v: not v.flags.writeable),
        ("channels_last", lambda v: v.strides[1] == v.itemsize),
        ("mirrored", lambda v: v.strides[-1] == -v.itemsize and v.strides[0] > 0),
        ("unaligned", lambda v: not v.flags.aligned),
    ],
)
def test_layouts_are_what_they_are_called(layout, property_):
    assert property_(lay_out(numbers((2, 3, 4), "float64"), layout))


def test_a_broadcast_view_repeats_by_a_stride_of_zero():
    assert lay_out(np.ones((3, 4)), "broadcast").strides[-1] == 0
    assert lay_out(numbers((3, 4), "f8"), "broadcast").strides[-1] == 8


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_root_owns_the_memory_of_a_view(layout):
    view = lay_out(numbers((2, 3), "float64"), layout)
    home = root(view)
    assert not isinstance(home.base, np.ndarray)
    assert np.shares_memory(home, view)
