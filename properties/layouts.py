"""Views: the same values behind other strides."""

from collections.abc import Callable

import numpy as np

LAYOUTS = (
    *("contiguous", "transposed", "reversed", "stepped", "offset", "readonly", "broadcast"),
    *("channels_last", "mirrored", "unaligned"),
)


def lay_out(values: np.ndarray, layout: str) -> np.ndarray:
    """Return a view that equals `values`, stored as `layout` says.

    "transposed" is column-major, "reversed" has negative strides, "stepped" is every second element of a larger array whose
    other elements are poison, "offset" starts inside a larger array, "broadcast" repeats one element by a zero stride along
    the last axis (and so equals `values` only where they are constant along it: others stay as they are), "channels_last" has
    the second of three axes or more innermost, "mirrored" a negative stride along the last axis only, and "unaligned" starts
    between the addresses at which numbers of its dtype should.
    """
    return _LAYOUTS[layout](values)


def _poisoned(shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """Return an array of values that would be noticed."""
    if dtype.kind in "iu":
        return np.full(shape, np.iinfo(dtype).max, dtype)
    return np.full(shape, np.nan, dtype)


def _transposed(values: np.ndarray) -> np.ndarray:
    return np.asfortranarray(values)


def _reversed(values: np.ndarray) -> np.ndarray:
    flip = (slice(None, None, -1),) * values.ndim
    return np.ascontiguousarray(values[flip])[flip]


def _stepped(values: np.ndarray) -> np.ndarray:
    base = _poisoned(tuple(2 * n for n in values.shape), values.dtype)
    view = base[(slice(0, None, 2),) * values.ndim]
    view[...] = values
    return view


def _offset(values: np.ndarray) -> np.ndarray:
    base = _poisoned(tuple(n + 3 for n in values.shape), values.dtype)
    view = base[tuple(slice(2, 2 + n) for n in values.shape)]
    view[...] = values
    return view


def _readonly(values: np.ndarray) -> np.ndarray:
    view = values.copy()
    view.setflags(write=False)
    return view


def _broadcast(values: np.ndarray) -> np.ndarray:
    constant = values.size and bool(np.all(values == values[..., :1]))
    return np.broadcast_to(values[..., :1].copy(), values.shape) if constant else values.copy()


def _channels_last(values: np.ndarray) -> np.ndarray:
    if values.ndim < 3:
        return values.copy()
    return np.moveaxis(np.ascontiguousarray(np.moveaxis(values, 1, -1)), -1, 1)


def _mirrored(values: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(values[..., ::-1])[..., ::-1]


def _unaligned(values: np.ndarray) -> np.ndarray:
    view = np.zeros(values.nbytes + 1, np.uint8)[1:].view(values.dtype).reshape(values.shape)
    view[...] = values
    return view


_LAYOUTS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "contiguous": np.ascontiguousarray,
    "transposed": _transposed,
    "reversed": _reversed,
    "stepped": _stepped,
    "offset": _offset,
    "readonly": _readonly,
    "broadcast": _broadcast,
    "channels_last": _channels_last,
    "mirrored": _mirrored,
    "unaligned": _unaligned,
}


def root(view: np.ndarray) -> np.ndarray:
    """Return the array that owns the memory of a view."""
    while isinstance(view.base, np.ndarray):
        view = view.base
    return view
