"""What scattering takes: checks of signals and options, and the plan that they stand for."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from convoracle.impl.arguments import whole_number
from convoracle.impl.scattering_plan import BOUNDARIES, PATHS, Plan
from convoracle.impl.wavelet_bank import NORMALIZATIONS, WAVELETS, wavelet_bank
from convoracle.impl.wavelet_bank2d import wavelet_bank2d

DTYPES = ("float32", "float64", "complex64", "complex128")
PLANS = 16  # plans kept for calls with equal shapes and options


def plan1d(
    operator: str,
    n: int,
    *,
    J: Any,
    Q: Any = 1,
    T: Any = None,
    max_order: Any = 2,
    boundary: Any = "periodic",
    paths: Any = "decreasing",
    oversampling: Any = 0,
    wavelet: Any = "morlet",
    normalization: Any = "cap",
    two_sided: Any = False,
) -> Plan:
    """Check the options of `scattering1d` for signals of n samples, and return the plan; equal plans are made once."""
    J = _scales(operator, J, n=n)
    window = 2**J if T is None else _at_most(operator, "T", whole_number(operator, "T", T, 1), n=n)
    order, oversampling = _order(operator, max_order, oversampling)
    words = _words(operator, boundary=boundary, paths=paths, wavelet=wavelet, normalization=normalization)
    return _plan1d(n, J, _qualities(operator, Q), window, order, oversampling, words, _switch(operator, two_sided))


def plan2d(
    operator: str,
    sizes: Sequence[int],
    *,
    J: Any,
    L: Any = 8,
    max_order: Any = 2,
    boundary: Any = "periodic",
    paths: Any = "decreasing",
    oversampling: Any = 0,
    normalization: Any = "cap",
    two_sided: Any = False,
) -> Plan:
    """Check the options of `scattering2d` for images of sizes (H, W), and return the plan; equal plans are made once."""
    J = _scales(operator, J, H=sizes[0], W=sizes[1])
    order, oversampling = _order(operator, max_order, oversampling)
    words = _words(operator, boundary=boundary, paths=paths, normalization=normalization)
    angles = whole_number(operator, "L", L, 1)
    return _plan2d((sizes[0], sizes[1]), J, angles, order, oversampling, words, _switch(operator, two_sided))


@lru_cache(maxsize=PLANS)
def _plan1d(
    n: int, J: int, Q: tuple[int, int], T: int, order: int, oversampling: int, words: tuple[str, ...], two_sided: bool
) -> Plan:
    boundary, paths, wavelet, normalization = words
    period = _period(n, boundary)
    options: dict[str, Any] = {"J": J, "T": T, "wavelet": wavelet, "normalization": normalization}
    first = wavelet_bank(period, Q=Q[0], two_sided=two_sided, **options)
    later = first if Q[0] == Q[1] and not two_sided else wavelet_bank(period, Q=Q[1], **options)
    step = 2 ** max(0, T.bit_length() - 1 - oversampling)
    return Plan((n,), (period,), boundary, (first, later), (step,), order, oversampling, paths)


@lru_cache(maxsize=PLANS)
def _plan2d(
    sizes: tuple[int, int], J: int, L: int, order: int, oversampling: int, words: tuple[str, ...], two_sided: bool
) -> Plan:
    boundary, paths, normalization = words
    period = _period(sizes[0], boundary), _period(sizes[1], boundary)
    later = wavelet_bank2d(period, J=J, L=L, normalization=normalization)
    first = later
    if two_sided:
        first = wavelet_bank2d(period, J=J, L=L, normalization=normalization, two_sided=True)
    step = 2 ** max(0, J - oversampling)
    return Plan(sizes, period, boundary, (first, later), (step, step), order, oversampling, paths)


def _period(n: int, boundary: str) -> int:
    """Return the period of the extension of n samples."""
    return {"periodic": n, "zero": 2 * n, "symmetric": 2 * n, "reflect": 2 * n - 2}[boundary]


# ---- checks ----


def check_signal(operator: str, x: Any, axes: tuple[str, ...]) -> None:
    """Raise unless x is an array of a legal dtype that has the axes named, or more before them."""
    if not isinstance(x, np.ndarray) or isinstance(x, np.ma.MaskedArray):
        raise TypeError(f"{operator}: x must be a numpy array, got {type(x).__name__}")
    if x.dtype.name not in DTYPES:
        raise TypeError(f"{operator}: x must have dtype {', '.join(DTYPES)}, got {x.dtype}")
    if x.ndim < len(axes):
        raise ValueError(f"{operator}: x must have axes (..., {', '.join(axes)}), got x.shape={x.shape}")


def _scales(operator: str, J: Any, **sizes: int) -> int:
    """Return J as int; raise unless ``2**J`` is at most every size."""
    scales = whole_number(operator, "J", J, 1)
    for name, size in sizes.items():
        if scales >= size.bit_length():  # 2**scales > size, without forming the power
            raise ValueError(f"{operator}: 2^J must be at most {name}, got J={scales}, {name}={size}")
    return scales


def _at_most(operator: str, name: str, value: int, **sizes: int) -> int:
    for axis, size in sizes.items():
        if value > size:
            raise ValueError(f"{operator}: {name} must be at most {axis}, got {name}={value}, {axis}={size}")
    return value


def _qualities(operator: str, Q: Any) -> tuple[int, int]:
    if isinstance(Q, (tuple, list)):
        if len(Q) != 2:
            raise ValueError(f"{operator}: Q must be an integer or a pair of integers, got Q={Q!r}")
        return whole_number(operator, "Q[0]", Q[0], 1), whole_number(operator, "Q[1]", Q[1], 1)
    return (whole_number(operator, "Q", Q, 1),) * 2


def _order(operator: str, max_order: Any, oversampling: Any) -> tuple[int, int]:
    return whole_number(operator, "max_order", max_order, 0), whole_number(operator, "oversampling", oversampling, 0)


WORDS = {"boundary": BOUNDARIES, "paths": PATHS, "wavelet": WAVELETS, "normalization": NORMALIZATIONS}


def _words(operator: str, **given: Any) -> tuple[str, ...]:
    """Return the values of options that are words; raise unless each is one of those there are."""
    for name, word in given.items():
        if not isinstance(word, str):
            raise TypeError(f"{operator}: {name} must be a string, got {name}={word!r}")
        if word not in WORDS[name]:
            raise ValueError(f"{operator}: {name} must be one of {', '.join(WORDS[name])}, got {name}={word!r}")
    return tuple(given.values())


def _switch(operator: str, two_sided: Any) -> bool:
    if not isinstance(two_sided, (bool, np.bool_)):
        raise TypeError(f"{operator}: two_sided must be a boolean, got two_sided={two_sided!r}")
    return bool(two_sided)
