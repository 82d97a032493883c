"""OpenCV: image filters, borders, morphology, transforms and matrices.

Its functions filter one plane at a time; layers call them plane by plane and leave out the windows that the stride skips.
"""

from collections.abc import Callable, Mapping
from math import prod
from typing import Any

import cv2
import numpy as np

from convoracle.impl.backends.declarations import Limit, first_of, not_empty, one_dtype
from convoracle.impl.backends.subject import Implementation, Subject

BORDERS = {
    "zeros": cv2.BORDER_CONSTANT,
    "reflect": cv2.BORDER_REFLECT_101,
    "replicate": cv2.BORDER_REPLICATE,
    "circular": cv2.BORDER_WRAP,
}
TRANSFORMED = 50
"""Filters of as many taps, zeros between them included, may go through a transform; smaller ones are summed up."""
FLOATS = ("float32", "float64")
COMPLEX = ("complex64", "complex128")

# ---- signals ----


def correlate(x: np.ndarray, h: np.ndarray, *, mode: str = "valid") -> np.ndarray:
    """Call ``cv2.filter2D`` over a border of zeros."""
    _check_mode(mode)
    return _same(x, h, (h.shape[-1] // 2, _rows(h) // 2))


def convolve(x: np.ndarray, h: np.ndarray, *, mode: str = "full") -> np.ndarray:
    """Call ``cv2.filter2D`` with the filter reversed, and its anchor where the record has the centre."""
    _check_mode(mode)
    return _same(x, np.flip(h), (h.shape[-1] // 2, _rows(h) // 2))


def _rows(h: np.ndarray) -> int:
    return h.shape[0] if h.ndim > 1 else 1


def _same(x: np.ndarray, h: np.ndarray, anchor: tuple[int, int]) -> np.ndarray:
    """Filter an image, or a signal as an image of one row."""
    if x.ndim != h.ndim or x.ndim > 2 or not (x.size and h.size):
        raise ValueError(f"filter2D: images of one size of filters, got the shapes {x.shape} and {h.shape}")
    image, taps = np.atleast_2d(x), np.atleast_2d(h)
    return cv2.filter2D(image, -1, taps, anchor=anchor, borderType=cv2.BORDER_CONSTANT).reshape(x.shape)


def _check_mode(mode: str) -> None:
    if mode != "same":
        raise ValueError(f"filter2D: mode must be 'same', got {mode!r}")


# ---- layers ----


def conv2d(
    x: np.ndarray,
    w: np.ndarray,
    b: np.ndarray | None = None,
    *,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
    padding_mode: str = "zeros",
) -> np.ndarray:
    """Call ``cv2.copyMakeBorder`` and ``cv2.filter2D`` on every plane, and add up the planes of a group."""
    if padding_mode not in BORDERS:
        raise ValueError(f"copyMakeBorder: no padding_mode {padding_mode!r}")
    w = _dilated(w, _pair("dilation", dilation, 1))
    if not w.size:
        raise ValueError(f"conv2d: there must be filters, got the shape {w.shape}")
    within, step = w.shape[1], _pair("stride", stride, 1)
    if groups < 1 or w.shape[0] % groups or x.shape[1] != within * groups:
        raise ValueError(f"conv2d: groups must divide the channels, got {x.shape}, {w.shape}, groups={groups}")
    if b is not None and b.shape != w.shape[:1]:
        raise ValueError(f"conv2d: one bias per filter, got {b.shape} for {w.shape}")
    pads = _pads(padding)
    planes = [[_bordered(plane, pads, BORDERS[padding_mode]) for plane in item] for item in x]
    first = [o // (w.shape[0] // groups) * within for o in range(w.shape[0])]
    maps = [
        [sum(_filtered(item[first[o] + c], w[o, c], step) for c in range(within)) for o in range(w.shape[0])]
        for item in planes
    ]
    return np.array(maps) if b is None else np.array(maps) + b[:, None, None]


def _filtered(plane: np.ndarray, taps: np.ndarray, step: tuple[int, int]) -> np.ndarray:
    return _windows(cv2.filter2D(plane, -1, taps, anchor=(0, 0)), taps.shape, step)


def max_pool2d(
    x: np.ndarray,
    *,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: Any = False,
) -> np.ndarray:
    """Call ``cv2.dilate``, the maximum over the ones of a mask; outside the image is nothing."""
    kernel = _pair("kernel_size", kernel_size, 1)
    mask = _dilated(np.ones(kernel, np.uint8), _pair("dilation", dilation, 1))
    return _pooled(
        x,
        mask.shape,
        kernel if stride is None else stride,
        padding,
        ceil_mode,
        lambda p: cv2.dilate(p, mask, anchor=(0, 0)),
        -np.inf,
    )


def avg_pool2d(
    x: np.ndarray,
    *,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: Any = False,
    count_include_pad: Any = True,
    divisor_override: Any = None,
) -> np.ndarray:
    """Call ``cv2.boxFilter``, which divides by the size of the window."""
    if count_include_pad is not True or divisor_override is not None:
        raise ValueError("boxFilter: the divisor is the size of the window")
    kernel = _pair("kernel_size", kernel_size, 1)
    return _pooled(
        x,
        kernel,
        kernel if stride is None else stride,
        padding,
        ceil_mode,
        lambda p: cv2.boxFilter(p, -1, kernel[::-1], anchor=(0, 0)),
        0.0,
    )


def _pooled(
    x: np.ndarray,
    extent: tuple[int, ...],
    stride: Any,
    padding: Any,
    ceil_mode: Any,
    pool: Callable[[np.ndarray], np.ndarray],
    outside: float,
) -> np.ndarray:
    step, pads = _pair("stride", stride, 1), _pads(padding)
    if ceil_mode is not False or x.ndim != 4 or any(p >= k for pair, k in zip(pads, extent, strict=True) for p in pair):
        raise ValueError(f"pool: floor mode, and padding narrower than the window {extent}, got {x.shape}, {pads}")
    maps = [
        [_windows(pool(_bordered(p, pads, cv2.BORDER_CONSTANT, outside)), extent, step) for p in item] for item in x
    ]
    return np.array(maps)


def _dilated(taps: np.ndarray, spread: tuple[int, int]) -> np.ndarray:
    """Return taps with zeros between them."""
    *front, rows, columns = taps.shape
    wide = np.zeros((*front, spread[0] * (rows - 1) + 1, spread[1] * (columns - 1) + 1), taps.dtype)
    wide[..., :: spread[0], :: spread[1]] = taps
    return wide


def _bordered(plane: np.ndarray, pads: Any, border: int, value: float = 0.0) -> np.ndarray:
    if not plane.size:
        raise ValueError(f"copyMakeBorder: an image has pixels, got the shape {plane.shape}")
    (top, bottom), (left, right) = pads
    return cv2.copyMakeBorder(plane, top, bottom, left, right, border, value=value)


def _windows(filtered: np.ndarray, extent: tuple[int, ...], step: tuple[int, int]) -> np.ndarray:
    """Return the results of the windows that lie inside, those that the stride reaches."""
    rows, columns = (n - k + 1 for n, k in zip(filtered.shape, extent, strict=True))
    if min(rows, columns) < 1:
        raise ValueError(f"the window {extent} must fit in the plane {filtered.shape}")
    return filtered[: rows : step[0], : columns : step[1]]


def _pair(name: str, value: Any, least: int) -> tuple[int, int]:
    first, second = value if isinstance(value, tuple) else (value, value)
    if min(first, second) < least:
        raise ValueError(f"{name} must be at least {least}, got {value!r}")
    return first, second


def _pads(padding: Any) -> tuple[tuple[int, int], ...]:
    entries = (0, 0) if padding == "valid" else padding if isinstance(padding, tuple) else (padding, padding)
    pads = tuple(entry if isinstance(entry, tuple) else (entry, entry) for entry in entries)
    if len(pads) != 2 or min(p for pair in pads for p in pair) < 0:
        raise ValueError(f"padding must be two pairs of at least 0, got {padding!r}")
    return pads


def relu(x: np.ndarray) -> np.ndarray:
    """Call ``cv2.threshold`` at zero."""
    return cv2.threshold(x.reshape(1, -1), 0, 0, cv2.THRESH_TOZERO)[1].reshape(x.shape)


def modulus(x: np.ndarray) -> np.ndarray:
    """Call ``cv2.magnitude``."""
    flat = np.ascontiguousarray(x).reshape(1, -1)
    return cv2.magnitude(flat.real.copy(), flat.imag.copy()).reshape(x.shape)


def linear(x: np.ndarray, w: np.ndarray, b: np.ndarray | None = None) -> np.ndarray:
    """Call ``cv2.gemm`` with the weights transposed and one bias per item; None is its answer to empty matrices, and a third axis
    its channels."""
    if not (x.ndim == w.ndim == 2 and x.size and w.size):
        raise ValueError(f"gemm: matrices that are not empty, got the shapes {x.shape} and {w.shape}")
    if b is not None and b.shape != w.shape[:1]:
        raise ValueError(f"gemm: one bias per row of weights, got {b.shape} for {w.shape}")
    biases = None if b is None else np.broadcast_to(b, (len(x), len(w))).copy()
    return cv2.gemm(x, w, 1.0, biases, 1.0, flags=cv2.GEMM_2_T)


# ---- Fourier transforms ----


def dft(x: np.ndarray) -> np.ndarray:
    """Call ``cv2.dft`` row by row."""
    return _transformed(x, x.shape[-1:], cv2.DFT_ROWS)


def idft(y: np.ndarray) -> np.ndarray:
    """Call ``cv2.dft`` backwards, row by row."""
    return _transformed(y, y.shape[-1:], cv2.DFT_ROWS | cv2.DFT_INVERSE | cv2.DFT_SCALE)


def dft2d(x: np.ndarray) -> np.ndarray:
    """Call ``cv2.dft``."""
    return _transformed(x, x.shape[-2:], 0)


def idft2d(y: np.ndarray) -> np.ndarray:
    """Call ``cv2.dft`` backwards."""
    return _transformed(y, y.shape[-2:], cv2.DFT_INVERSE | cv2.DFT_SCALE)


def _transformed(x: np.ndarray, shape: tuple[int, ...], flags: int) -> np.ndarray:
    """Transform the items of an array one after the other; complex numbers are two channels there."""
    planes = np.ascontiguousarray(x).reshape(-1, *((1, *shape) if len(shape) == 1 else shape))
    found = np.result_type(x, np.complex64)
    if flags & cv2.DFT_INVERSE:  # real numbers would be half of a spectrum
        planes = planes.astype(found)
    if not np.iscomplexobj(planes):
        flags |= cv2.DFT_COMPLEX_OUTPUT
    pairs = [cv2.dft(_channels(plane), flags=flags) for plane in planes]
    return np.array(pairs, np.finfo(found).dtype).reshape(-1).view(found).reshape(x.shape)


def _channels(plane: np.ndarray) -> np.ndarray:
    return np.stack([plane.real, plane.imag], axis=-1) if np.iscomplexobj(plane) else plane


# ---- declarations ----


def _says(sentence: str, wrong: Callable[[Mapping[str, tuple[int, ...]], Mapping[str, Any]], bool]) -> Limit:
    def limit(
        shapes: Mapping[str, tuple[int, ...]], dtypes: Mapping[str, str], options: Mapping[str, Any]
    ) -> str | None:
        return sentence if wrong(shapes, options) else None

    return limit


_images = _says("operands must have 1 or 2 axes", lambda shapes, options: any(len(s) > 2 for s in shapes.values()))
_same_size = _says("the result has the size of the image: mode 'same' only", lambda s, o: o.get("mode") != "same")


def _small(shapes: Mapping[str, tuple[int, ...]], dtypes: Mapping[str, str], options: Mapping[str, Any]) -> str | None:
    taps = shapes.get("h", shapes.get("w", ()))[-2:]
    spread = options.get("dilation", 1)
    spread = spread if isinstance(spread, tuple) else (spread,) * len(taps)
    area = prod(d * (k - 1) + 1 for k, d in zip(taps, spread, strict=True))
    return f"filters of {TRANSFORMED} taps and more are transformed" if area >= TRANSFORMED else None


_numbers = _says("padding is given in numbers", lambda shapes, options: options.get("padding") == "same")
_floor_mode = _says("windows do not overhang", lambda shapes, options: bool(options.get("ceil_mode", False)))
_whole_windows = _says(
    "the divisor is the size of the window",
    lambda shapes, options: options.get("divisor_override") is not None or options.get("count_include_pad") is False,
)
_floats = first_of(one_dtype(*FLOATS), not_empty)
_signals: dict[str, Any] = {
    "conventions": {"padding_times_inf": "multiplied"},
    "limits": first_of(_same_size, _images, _floats, _small),
}
_spectral: dict[str, Any] = {"limits": first_of(one_dtype(*FLOATS, *COMPLEX), not_empty)}

SUBJECTS = (
    Subject(
        name="opencv",
        version=cv2.__version__,
        operators={
            "convolve": Implementation(function=convolve, **_signals),
            "correlate": Implementation(function=correlate, **_signals),
            "conv2d": Implementation(
                function=conv2d,
                conventions={"padding_times_inf": "multiplied", "wide_extension": "repeated"},
                limits=first_of(_floats, _numbers, _small),
            ),
            "max_pool2d": Implementation(
                function=max_pool2d,
                conventions={"nan": "compared", "empty_window": "identity"},
                limits=first_of(_floats, _floor_mode, _numbers),
            ),
            "avg_pool2d": Implementation(
                function=avg_pool2d, limits=first_of(_floats, _floor_mode, _numbers, _whole_windows)
            ),
            "relu": Implementation(function=relu, conventions={"nan": "zero"}, limits=_floats),
            "modulus": Implementation(
                function=modulus,
                conventions={"nan_beside_infinity": "nan"},
                limits=first_of(one_dtype(*COMPLEX), not_empty),
            ),
            "linear": Implementation(function=linear, limits=_floats),
            "dft": Implementation(function=dft, **_spectral),
            "idft": Implementation(function=idft, **_spectral),
            "dft2d": Implementation(function=dft2d, **_spectral),
            "idft2d": Implementation(function=idft2d, **_spectral),
        },
    ),
)
