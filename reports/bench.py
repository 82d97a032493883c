"""What judging costs, and our kernels against SciPy's and Kymatio's: ratios measured in one run."""

import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import product
from typing import Any

import numpy as np

from convoracle import impl
from convoracle.properties.bounds import Rules
from convoracle.properties.check import check
from convoracle.properties.values import judge_floats
from convoracle.spec import operator
from convoracle.spec.configuration import bind
from convoracle.spec.evaluate import summands
from convoracle.spec.rounding import Arithmetic, format_of

from . import scattering_bench


def _median(function: Callable[[], Any], repeats: int) -> float:
    function()
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        function()
        times.append(time.perf_counter() - started)
    return float(np.median(times))


def run(quick: bool) -> Iterator[str]:
    """Yield the lines of the benchmark as they are measured."""
    repeats = 3 if quick else 9
    yield from (_judging(dtype, repeats) for dtype in (np.float32, np.float64))
    yield _small(200 if quick else 1000)
    yield from _against_scipy(repeats)
    yield from scattering_bench.run(quick)


def _judging(dtype: Any, repeats: int) -> str:
    """Judge one large random convolution; one core, since the compiled definition is serial."""
    generator = np.random.default_rng(0)
    shapes = {"x": (4, 32, 64, 64), "w": (64, 32, 3, 3)}
    arrays = {name: generator.standard_normal(shape).astype(dtype) for name, shape in shapes.items()}
    configuration = bind(operator("conv2d"), shapes, {"padding": 1})
    got = impl.conv2d(arrays["x"], arrays["w"], padding=1)
    rules = Rules(Arithmetic(format_of(np.dtype(dtype))), "direct", {})
    outcome: list[Any] = []
    seconds = _median(lambda: outcome.append(judge_floats(configuration, arrays, got, rules)), repeats)
    products = float(summands(configuration).sum())
    exact = outcome[-1].exact
    return (
        f"judging {np.dtype(dtype)}: {products / seconds:.3g} multiply-adds per second and core; "
        f"{exact} of {got.size} elements reached the exact stage; largest err/bound {outcome[-1].worst:.3g}"
    )


def _small(examples: int) -> str:
    check(impl.conv2d, "conv2d", examples=20)
    started = time.perf_counter()
    verdict = check(impl.conv2d, "conv2d", examples=examples, seed=1)
    per_minute = 60 * verdict.cases / (time.perf_counter() - started)
    return f"judging small configurations of conv2d: {per_minute:.0f} per minute and core"


def _against_scipy(repeats: int) -> Iterator[str]:
    """Compare on a 512 x 512 image: times of SciPy's function divided by ours, median of each."""
    from scipy import ndimage, signal

    peers: dict[str, Callable[..., Any]] = {
        "scipy.signal.correlate2d": lambda a, b: signal.correlate2d(a, b, "same"),
        "scipy.signal.correlate(direct)": lambda a, b: signal.correlate(a, b, "same", "direct"),
        "scipy.ndimage.correlate": lambda a, b: ndimage.correlate(a, b, mode="constant"),
    }
    generator = np.random.default_rng(0)
    for dtype, k in product((np.float32, np.float64), (3, 7, 11)):
        image = generator.standard_normal((512, 512)).astype(dtype)
        taps = generator.standard_normal((k, k)).astype(dtype)
        ours = _median(partial(impl.correlate, image, taps, mode="same"), repeats)
        ratios = {name: _median(partial(peer, image, taps), repeats) / ours for name, peer in peers.items()}
        listed = ", ".join(f"{ratio:.1f} x {name}" for name, ratio in ratios.items())
        yield f"correlate 512x512 with {k}x{k}, {np.dtype(dtype)}: as fast as {listed}"
