"""Extension of an array beyond its border, and the adjoint that folds the extension back."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from convoracle.impl.arguments import Window
from convoracle.impl.compiled import Ints

MODES = ("zeros", "reflect", "replicate", "circular")

_RULES = {  # mode -> (largest padding of n entries, the rule as a sentence)
    "reflect": (lambda n: n - 1, "p <= n - 1"),
    "circular": (lambda n: n, "p <= n"),
    "replicate": (lambda n: None if n else 0, "n >= 1 where p > 0"),
}


def check_mode(operator: str, mode: Any, sizes: Ints, window: Window) -> None:
    """Raise unless `mode` is a padding mode and can extend axes of `sizes` entries that far."""
    if not isinstance(mode, str):
        raise TypeError(f"{operator}: padding_mode must be a string, got padding_mode={mode!r}")
    if mode not in MODES:
        raise ValueError(f"{operator}: padding_mode must be one of {', '.join(MODES)}, got padding_mode={mode!r}")
    for axis, (n, (p0, p1)) in enumerate(zip(sizes, window.pads, strict=True)):
        most, rule = (None, "") if mode == "zeros" else (_RULES[mode][0](n), _RULES[mode][1])
        if most is not None and max(p0, p1) > most:
            raise ValueError(
                f"{operator}: padding_mode {mode!r} needs {rule}, got n={n}, p0={p0}, p1={p1} on spatial axis {axis}"
            )


def sources(mode: str, n: int, p0: int, p1: int) -> np.ndarray:
    """For each place -p0 .. n+p1-1 of the extended axis, the index in 0 .. n-1 that it repeats."""
    place = np.arange(-p0, n + p1)
    if mode == "circular":
        return place % n
    if mode == "replicate":
        return place.clip(0, n - 1)
    return n - 1 - abs(n - 1 - abs(place))  # reflect: about 0, then about n - 1


def extend(x: np.ndarray, mode: str, window: Window) -> np.ndarray:
    """Return x (N, C, *n) with its spatial axes extended to p0 + n + p1 entries."""
    for axis, (p0, p1) in enumerate(window.pads, start=2):
        if p0 or p1:
            x = np.take(x, sources(mode, x.shape[axis], p0, p1), axis=axis)
    return x


def fold(extended: np.ndarray, mode: str, sizes: Ints, window: Window) -> np.ndarray:
    """Adjoint of `extend`: each entry outside is added to the entry that it repeats."""
    for axis, (n, (p0, p1)) in enumerate(zip(sizes, window.pads, strict=True), start=2):
        inner = np.moveaxis(extended, axis, 0)
        result = inner[p0 : p0 + n].copy()
        index = sources(mode, n, p0, p1)
        with np.errstate(all="ignore"):  # NaN, overflow and underflow are answers here, as in the kernels
            for place in (*range(p0), *range(p0 + n, p0 + n + p1)):
                result[index[place]] += inner[place]
        extended = np.moveaxis(result, 0, axis)
    return extended


def copies(mode: str, sizes: Ints, window: Window) -> int:
    """Upper bound of how often one entry occurs in the extended array."""
    return math.prod(1 if mode == "zeros" else 1 + p0 + p1 for _, (p0, p1) in zip(sizes, window.pads, strict=True))
