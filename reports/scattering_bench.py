"""Scattering against Kymatio's NumPy frontend, where that is installed: ratios measured in one run."""

import importlib
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from types import ModuleType
from typing import Any

import numpy as np

from convoracle import impl


@dataclass(frozen=True)
class Workload:
    """Signals of one shape, and the options of both packages."""

    shape: tuple[int, ...]
    ours: Mapping[str, Any]
    theirs: Mapping[str, Any]

    def __str__(self) -> str:
        sizes = " x ".join(map(str, self.shape))
        options = ", ".join(f"{key}={value}" for key, value in self.ours.items())
        return f"scattering of {sizes}, {options}, float32"


WORKLOADS = (
    Workload((32, 4096), {"J": 8, "Q": (8, 1)}, {"J": 8, "Q": 8}),
    Workload((32, 65536), {"J": 13, "Q": (12, 1)}, {"J": 13, "Q": 12}),
    Workload((128, 32, 32), {"J": 2, "L": 8}, {"J": 2, "L": 8}),
    Workload((8, 256, 256), {"J": 4, "L": 8}, {"J": 4, "L": 8}),
)
LARGE = 1 << 20
"""Samples from which a quick run leaves a workload out."""


def run(quick: bool) -> Iterator[str]:
    """Yield one line per workload: Kymatio's time divided by ours, medians of calls in turn."""
    kymatio = _kymatio()
    if kymatio is None:
        yield "scattering: Kymatio is not installed, so there is no peer to compare with (pip install kymatio)"
        return
    for workload in WORKLOADS:
        if not (quick and np.prod(workload.shape) > LARGE):
            yield _compared(workload, kymatio, 3 if quick else 5)


def _kymatio() -> ModuleType | None:
    """Import Kymatio, after what it asks SciPy for is there again: our adapter sees to it."""
    try:
        importlib.import_module("convoracle.impl.backends.kymatio_scattering")
        return importlib.import_module("kymatio.numpy")
    except ImportError:
        return None


def _compared(workload: Workload, kymatio: ModuleType, repeats: int) -> str:
    axes = len(workload.shape) - 1
    x = np.random.default_rng(0).standard_normal(workload.shape).astype(np.float32)
    sizes = workload.shape[1] if axes == 1 else workload.shape[1:]
    peer = getattr(kymatio, f"Scattering{axes}D")(shape=sizes, **workload.theirs)
    ours, theirs = _in_turn(
        [partial(getattr(impl, f"scattering{axes}d"), x, **workload.ours), partial(peer, x)], repeats
    )
    return f"{workload}: {theirs / ours:.1f} times as fast as Kymatio ({ours:.3g} s against {theirs:.3g} s)"


def _in_turn(calls: list[Callable[[], Any]], repeats: int) -> list[float]:
    """Return the median seconds of each call, made in turn so that all meet the same noise; the first round warms up."""
    rounds = []
    for _ in range(repeats + 1):
        times = []
        for call in calls:
            started = time.perf_counter()
            call()
            times.append(time.perf_counter() - started)
        rounds.append(times)
    return list(np.median(rounds[1:], axis=0))
