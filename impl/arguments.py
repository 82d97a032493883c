"""Checks of operands and options, shared by all operators of the convolution family.

Every message is one sentence ``operator: rule, got name=value, ...``; a wrong kind of thing is a TypeError, a wrong
value a ValueError.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from convoracle.impl.compiled import Ints

PerAxis = int | Sequence[int]
Padding = int | str | Sequence[int] | Sequence[Sequence[int]]

SPATIAL = {1: ("L",), 2: ("H", "W"), 3: ("D", "H", "W")}


@dataclass(frozen=True)
class Window:
    """How a filter moves: one entry per spatial axis, `pads` as (before, after)."""

    stride: Ints
    dilation: Ints
    pads: tuple[tuple[int, int], ...]

    @property
    def steps(self) -> tuple[Ints, Ints, Ints]:
        """What a kernel needs: stride, dilation and the padding before."""
        return self.stride, self.dilation, tuple(before for before, _ in self.pads)

    def without_padding(self) -> Window:
        return replace(self, pads=((0, 0),) * len(self.pads))


# ---- operands ----


def common_dtype(operator: str, *, complex_allowed: bool, **operands: Any) -> np.dtype:
    """Check that every operand is an array of a legal dtype and return that of the result.

    Floats and complex follow ``np.result_type``; integers among themselves give int64.
    """
    dtypes = [_checked_dtype(operator, name, a, complex_allowed) for name, a in operands.items() if a is not None]
    if all(dtype.kind in "iu" for dtype in dtypes):
        return np.dtype(np.int64)
    return np.result_type(*dtypes).newbyteorder("=")


def _check_array(operator: str, name: str, operand: Any) -> None:
    if not isinstance(operand, np.ndarray) or isinstance(operand, np.ma.MaskedArray):
        raise TypeError(f"{operator}: {name} must be a numpy array, got {type(operand).__name__}")


def _checked_dtype(operator: str, name: str, operand: Any, complex_allowed: bool) -> np.dtype:
    _check_array(operator, name, operand)
    dtype = operand.dtype
    legal = ["float32", "float64", *(["complex64", "complex128"] if complex_allowed else [])]
    if dtype.kind not in "iu" and dtype.name not in legal:
        raise TypeError(f"{operator}: {name} must have dtype {', '.join(legal)} or an integer dtype, got {dtype}")
    return dtype


def float_dtype(operator: str, **operands: Any) -> np.dtype:
    """Check that every operand is an array of float32 or float64 and return the dtype of the result."""
    present = {name: operand for name, operand in operands.items() if operand is not None}
    for name, operand in present.items():
        _check_array(operator, name, operand)
        if operand.dtype.name not in ("float32", "float64"):
            raise TypeError(f"{operator}: {name} must have dtype float32 or float64, got {operand.dtype}")
    return np.result_type(*(operand.dtype for operand in present.values())).newbyteorder("=")


def check_axes(operator: str, name: str, array: np.ndarray, axes: Sequence[str]) -> None:
    """Raise unless `array` has the axes named, as many as there are names."""
    if array.ndim != len(axes):
        raise ValueError(
            f"{operator}: {name} must have {len(axes)} axes ({', '.join(axes)}), got {name}.shape={array.shape}"
        )


def channel_planes(operator: str, x: np.ndarray) -> Ints:
    """The sizes (N, C, P) of an array with axes (N, C, *any), P the product of the others; raise unless C >= 1."""
    if x.ndim < 2:
        raise ValueError(f"{operator}: x must have at least 2 axes (N, C, ...), got x.shape={x.shape}")
    check_at_least(operator, 1, C=x.shape[1])
    return x.shape[0], x.shape[1], math.prod(x.shape[2:])


def check_at_least(operator: str, least: int, **sizes: int) -> None:
    """Raise unless every size is at least `least`."""
    for name, size in sizes.items():
        if size < least:
            raise ValueError(f"{operator}: {name} must be at least {least}, got {name}={size}")


def check_filters(operator: str, shape: Ints, roles: tuple[str, str]) -> None:
    """Raise unless filters of `shape` (*roles, *k) have channels and taps."""
    check_at_least(operator, 1, **dict(zip(roles, shape, strict=False)))
    check_at_least(operator, 1, **{f"kernel_size[{axis}]": k for axis, k in enumerate(shape[2:])})


def check_int64(operator: str, *values: int) -> None:
    """Raise unless every value of an exact result fits int64."""
    for value in values:
        if not -(1 << 63) <= value < 1 << 63:
            raise OverflowError(f"{operator}: the exact result must fit int64, got {value}")


def check_divides(operator: str, groups: int, **channels: int) -> None:
    """Raise unless `groups` divides each number of channels."""
    for name, count in channels.items():
        if count % groups:
            raise ValueError(f"{operator}: groups must divide {name}, got {name}={count}, groups={groups}")


def check_equal(operator: str, what: str, got: Any, rule: str, wanted: Any, **values: Any) -> None:
    """Raise unless `got`, the value of `what`, equals `wanted`, the value of `rule`."""
    if got != wanted:
        listed = "".join(f", {name}={value}" for name, value in values.items())
        raise ValueError(f"{operator}: {what} must be {rule} = {wanted}, got {what}={got}{listed}")


# ---- options ----


def whole_number(operator: str, name: str, value: Any, least: int) -> int:
    """Return `value` as int; Python and numpy integers count, booleans do not."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"{operator}: {name} must be an integer, got {name}={value!r}")
    if value < least:
        raise ValueError(f"{operator}: {name} must be at least {least}, got {name}={int(value)}")
    return int(value)


def real_number(operator: str, name: str, value: Any, dtype: np.dtype, least: float = -math.inf) -> float:
    """Return `value` rounded to `dtype`, where it must be finite; Python and numpy reals count, booleans do not."""
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise TypeError(f"{operator}: {name} must be a real number, got {name}={value!r}")
    plain_value = value.item() if isinstance(value, np.generic) else value
    if not abs(plain_value) <= float(np.finfo(dtype).max):
        raise ValueError(f"{operator}: {name} must be finite in {dtype}, got {name}={plain_value}")
    if plain_value < least:
        raise ValueError(f"{operator}: {name} must be at least {least}, got {name}={plain_value}")
    return float(dtype.type(value))


def per_axis(operator: str, name: str, value: Any, rank: int, least: int) -> Ints:
    """Return an option given as one integer or as one per spatial axis as a tuple with one entry per axis."""
    if isinstance(value, (tuple, list)):
        if len(value) != rank:
            raise ValueError(f"{operator}: {name} must have one entry per spatial axis ({rank}), got {name}={value!r}")
        return tuple(whole_number(operator, f"{name}[{axis}]", v, least) for axis, v in enumerate(value))
    return (whole_number(operator, name, value, least),) * rank


def parse_window(
    operator: str, sizes: Ints, taps: Ints, stride: Any, padding: Any, dilation: Any, *, same_allowed: bool = True
) -> Window:
    """Check stride, dilation and padding; `sizes` and `taps` (of input and filter) decide what padding "same" is."""
    rank = len(taps)
    steps = per_axis(operator, "stride", stride, rank, 1)
    spread = per_axis(operator, "dilation", dilation, rank, 1)
    if isinstance(padding, str):
        _check_padding_name(operator, padding, same_allowed)
        pads = tuple(
            same_padding(n, k, s, d) if padding == "same" else (0, 0)
            for n, k, s, d in zip(sizes, taps, steps, spread, strict=True)
        )
        return Window(steps, spread, pads)
    return Window(steps, spread, _parse_pads(operator, padding, rank))


def _check_padding_name(operator: str, padding: str, same_allowed: bool) -> None:
    if padding == "same" and not same_allowed:
        raise ValueError(f'{operator}: padding "same" must not be used, as several output sizes have it, got "same"')
    if padding not in ("valid", "same"):
        raise ValueError(f'{operator}: padding must be integers, "valid" or "same", got padding={padding!r}')


def _parse_pads(operator: str, padding: Any, rank: int) -> tuple[tuple[int, int], ...]:
    if isinstance(padding, (tuple, list)) and any(isinstance(p, (tuple, list)) for p in padding):
        if len(padding) != rank or not all(isinstance(p, (tuple, list)) and len(p) == 2 for p in padding):
            raise ValueError(
                f"{operator}: padding must have one (before, after) pair per spatial axis ({rank}), "
                f"got padding={padding!r}"
            )
        before, after = (per_axis(operator, "padding", side, rank, 0) for side in zip(*padding, strict=True))
        return tuple(zip(before, after, strict=True))
    return tuple((p, p) for p in per_axis(operator, "padding", padding, rank, 0))


# ---- sizes ----


def dilated_extent(k: int, d: int) -> int:
    """Number of positions from the first to the last tap: d (k - 1) + 1."""
    return d * (k - 1) + 1


def same_padding(n: int, k: int, s: int, d: int) -> tuple[int, int]:
    """The padding with which ceil(n / s) windows fit, the surplus at the end."""
    total = max(0, (-(-n // s) - 1) * s + dilated_extent(k, d) - n)
    return total // 2, total - total // 2


def window_counts(operator: str, sizes: Ints, taps: Ints, window: Window) -> Ints:
    """Number of windows that fit, per axis: floor((n + p0 + p1 - d (k - 1) - 1) / s) + 1, at least one."""
    counts = []
    for axis, (n, k, s, d, (p0, p1)) in enumerate(
        zip(sizes, taps, window.stride, window.dilation, window.pads, strict=True)
    ):
        if n + p0 + p1 < dilated_extent(k, d):
            raise ValueError(
                f"{operator}: the window must fit, n + p0 + p1 >= d (k - 1) + 1, "
                f"got n={n}, p0={p0}, p1={p1}, k={k}, d={d} on spatial axis {axis}"
            )
        counts.append((n + p0 + p1 - dilated_extent(k, d)) // s + 1)
    return tuple(counts)


def check_output_size(operator: str, dy: np.ndarray, wanted: tuple[int, ...]) -> None:
    """Raise unless the spatial axes of dy have the size of the operator's output."""
    check_equal(operator, "dy.shape[2:]", dy.shape[2:], "the output size", wanted)
