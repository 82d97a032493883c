"""scikit-image: pools of windows side by side, by ``skimage.measure.block_reduce``."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import skimage
from skimage.measure import block_reduce

from convoracle.impl.backends.declarations import INTEGERS, first_of, one_dtype
from convoracle.impl.backends.subject import Implementation, Subject

Function = Callable[..., Any]
FLOATS = ("float32", "float64")


def max_pool(rank: int) -> Function:
    """Return the maximum over blocks, those at the end filled up with what is below every number."""

    def call(x: np.ndarray, *, kernel_size: Any, ceil_mode: Any = False, **options: Any) -> np.ndarray:
        blocks = _blocks(rank, x, kernel_size, ceil_mode, **options)
        lowest = -np.inf if x.dtype.kind == "f" else np.iinfo(x.dtype).min
        return block_reduce(x, blocks, np.max, cval=lowest)

    return call


def avg_pool(rank: int) -> Function:
    """Return the average of whole blocks."""

    def call(
        x: np.ndarray,
        *,
        kernel_size: Any,
        ceil_mode: Any = False,
        count_include_pad: Any = True,
        divisor_override: Any = None,
        **options: Any,
    ) -> np.ndarray:
        if divisor_override is not None or count_include_pad not in (True, False):
            raise ValueError("block_reduce: the divisor is the number of samples")
        return block_reduce(x, _blocks(rank, x, kernel_size, ceil_mode, **options), np.mean)

    return call


def _blocks(
    rank: int, x: np.ndarray, kernel_size: Any, ceil_mode: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1
) -> tuple[int, ...]:
    """Return the size of a block on every axis, where windows are blocks."""
    kernel = _per_axis(kernel_size, rank)
    side_by_side = stride is None or _per_axis(stride, rank) == kernel
    wrong = len(kernel) != rank or min(kernel) < 1 or _per_axis(dilation, rank) != (1,) * rank
    if x.ndim != rank + 2 or not side_by_side or _padded(padding, rank) or wrong:
        raise ValueError(
            f"block_reduce: blocks side by side, got {x.shape}, {kernel_size}, {stride}, {padding}, {dilation}"
        )
    rest = [n % k for n, k in zip(x.shape[2:], kernel, strict=True)]
    if ceil_mode not in (True, False) or (any(rest) and not ceil_mode) or any(map(int.__lt__, x.shape[2:], kernel)):
        raise ValueError(f"block_reduce: blocks of {kernel} do not fit in {x.shape}")
    return 1, 1, *kernel


def _per_axis(value: Any, rank: int) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, tuple) else (value,) * rank


def _padded(padding: Any, rank: int) -> bool:
    return padding != "valid" and any(entry not in (0, (0, 0)) for entry in _per_axis(padding, rank))


def _side_by_side(
    shapes: Mapping[str, tuple[int, ...]], dtypes: Mapping[str, str], options: Mapping[str, Any]
) -> str | None:
    rank = len(shapes["x"]) - 2
    kernel, stride = _per_axis(options["kernel_size"], rank), options.get("stride")
    if stride is not None and _per_axis(stride, rank) != kernel:
        return "windows lie side by side"
    if _padded(options.get("padding", 0), rank) or set(_per_axis(options.get("dilation", 1), rank)) != {1}:
        return "windows are neither padded nor dilated"
    return "no operand is empty" if 0 in shapes["x"] else None


def _whole(shapes: Mapping[str, tuple[int, ...]], dtypes: Mapping[str, str], options: Mapping[str, Any]) -> str | None:
    sizes = shapes["x"][2:]
    rests = [n % k for n, k in zip(sizes, _per_axis(options["kernel_size"], len(sizes)), strict=True)]
    return "without ceil mode the blocks fill the input" if any(rests) and not options.get("ceil_mode", False) else None


def _samples(
    shapes: Mapping[str, tuple[int, ...]], dtypes: Mapping[str, str], options: Mapping[str, Any]
) -> str | None:
    sizes = shapes["x"][2:]
    rests = [n % k for n, k in zip(sizes, _per_axis(options["kernel_size"], len(sizes)), strict=True)]
    if any(rests) or options.get("divisor_override") is not None:
        return "blocks are whole, and the divisor is the number of their samples"
    return None


def _pools(rank: int) -> dict[str, Implementation]:
    integers = one_dtype(*FLOATS, "int16", "int32", "int64", "uint8")
    return {
        f"max_pool{rank}d": Implementation(
            function=max_pool(rank), conventions=INTEGERS, limits=first_of(integers, _side_by_side, _whole)
        ),
        f"avg_pool{rank}d": Implementation(
            function=avg_pool(rank), limits=first_of(one_dtype(*FLOATS), _side_by_side, _samples)
        ),
    }


SUBJECTS = (
    Subject(
        name="scikit-image",
        version=skimage.__version__,
        operators={name: each for rank in (1, 2, 3) for name, each in _pools(rank).items()},
    ),
)
