"""How many maxima a shift by one sample changes (lecture; row L-inv)."""

from collections.abc import Mapping

import numpy as np

from convoracle.impl import max_pool1d, max_pool2d
from convoracle.spec.evidence import Evidence
from convoracle.spec.theorems_pooling import EXAMPLE

from ..pictures import photograph
from .outcome import Number, Outcome, Progress, certified, percent

ROWS = ("L-inv",)
WIDTHS = (3, 5)


def unchanged_by_rule(rows: np.ndarray, width: int) -> np.ndarray:
    """Return where the rule of L-inv says that a maximum survives when every sample moves up by one.

    Parameters
    ----------
    rows : ndarray of shape (..., n + 1)
        The window that is centred at t sees samples 1 .. n of a row before the shift, and 0 .. n - 1 after.
    width : int
        Odd; windows have stride 1 and read the samples that exist.

    Returns
    -------
    ndarray of bool of shape (..., n)
        L = E or max(L, E) <= M: the sample that leaves, the one that enters, and the maximum of the common ones.
    """
    n, reach = rows.shape[-1] - 1, width // 2
    first, last = np.maximum(np.arange(n) - reach, 0), np.minimum(np.arange(n) + reach, n - 1)
    entering, leaving = rows[..., first], rows[..., last + 1]
    inside = [np.where(first + k <= last, rows[..., np.minimum(first + k, n)], -np.inf) for k in range(1, width)]
    common = np.max([np.full(entering.shape, -np.inf), *inside], axis=0)
    return (leaving == entering) | (np.maximum(leaving, entering) <= common)


def shift_maxima(seed: int, progress: Progress) -> Outcome:
    """Pool the lecture's example, digits and a photograph, and all of them moved by one sample."""
    from sklearn.datasets import load_digits

    images = {"digits": load_digits().images, "photograph": np.rint(255 * photograph())[None]}
    numbers, evidence = [_example_number()], [_example()]
    for name, levels in images.items():
        found = {_window(w, rank): _surviving(levels, w, rank) for w in WIDTHS for rank in (1, 2)}
        numbers.append(percent(f"{name}: samples that change", (levels[..., 1:] != levels[..., :-1]).mean()))
        numbers += [
            percent(f"{name}: maxima over {w} that change", 1 - kept.mean(), "most do not")
            for w, (kept, _) in found.items()
        ]
        evidence.append(_rule(name, found))
    return Outcome(numbers=tuple(numbers), evidence=tuple(evidence))


def _window(width: int, rank: int) -> str:
    return " x ".join([str(width)] * rank)


def _surviving(levels: np.ndarray, width: int, rank: int) -> tuple[np.ndarray, np.ndarray]:
    """Return where maxima of our kernels survive a shift along rows, and where the rule says so."""
    pool, stacked = (
        (max_pool1d, levels.reshape(-1, 1, levels.shape[-1])) if rank == 1 else (max_pool2d, levels[:, None])
    )
    pooled = [pool(x, kernel_size=width, stride=1, padding=width // 2) for x in (stacked[..., 1:], stacked[..., :-1])]
    kept = np.equal(*pooled)
    seen = stacked if rank == 1 else _tallest(stacked, width)
    return kept, unchanged_by_rule(seen, width)


def _tallest(images: np.ndarray, width: int) -> np.ndarray:
    """Return the maximum of each window of one column."""
    reach = width // 2
    rows = np.pad(images, ((0, 0), (0, 0), (reach, reach), (0, 0)), constant_values=-np.inf)
    return np.lib.stride_tricks.sliding_window_view(rows, width, axis=2).max(axis=-1)


def _rule(name: str, found: Mapping[str, tuple[np.ndarray, np.ndarray]]) -> Evidence:
    def witness() -> str | None:
        if not all(np.array_equal(kept, ruled) for kept, ruled in found.values()):
            return None
        return ", ".join(f"{window}: {kept.sum()} of {kept.size} maxima survive" for window, (kept, _) in found.items())

    return certified(
        f"max-pool-shift: the rule decides every maximum of the {name}",
        "A maximum survives a shift exactly if L = E or max(L, E) <= M, for every window.",
        ROWS,
        witness,
        "comparison of every maximum",
    )


def _pooled_example() -> tuple[np.ndarray, np.ndarray]:
    before, after = (max_pool1d(_signal(row), kernel_size=3, stride=1, padding=1) for row in EXAMPLE[:2])
    return before, after


def _signal(values: tuple) -> np.ndarray:
    return np.array(values, np.float64)[None, None]


def _example_number() -> Number:
    before, after = _pooled_example()
    return percent("(1, 1, 1, .2) -> (.3, 1, 1, 1): maxima that change", (before != after).mean())


def _example() -> Evidence:
    def witness() -> str | None:
        pooled, expected = _pooled_example(), [_signal(row) for row in EXAMPLE[2:]]
        right = all(np.array_equal(a, b) for a, b in zip(pooled, expected, strict=True))
        return f"{pooled[0].ravel().tolist()} -> {pooled[1].ravel().tolist()}" if right else None

    return certified(
        "max-pool-shift: the lecture's example",
        "A shift changes every sample of (.1, 1, .2, .1), and half of its maxima over 3.",
        ROWS,
        witness,
        "max_pool1d on the example",
    )
