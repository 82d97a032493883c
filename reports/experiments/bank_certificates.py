"""Frame bounds of random banks, certified as the filters are stored, and a search for signals moved apart (rows M10, M-diff)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from flint import arb, ctx

from convoracle.impl import scattering1d, scattering1d_gradient
from convoracle.impl.wavelet_bank import NORMALIZATIONS, WAVELETS, wavelet_bank
from convoracle.impl.wavelet_bank2d import wavelet_bank2d
from convoracle.spec.evidence import Evidence
from convoracle.spec.frame import FrameBounds, frame_bounds
from convoracle.spec.harmonic import PRECISION
from convoracle.spec.scattering_numeric import Bank, balls, difference, energy, scattered

from .outcome import Number, Outcome, Progress, certified

SOME, MANY = 300, 2000
"""Banks of the experiment, and of its thorough form."""

SEARCHED, LONGER = 6, 40
"""Banks in which pairs are searched for."""

LONGEST, WIDEST = 4096, 128
"""The most samples of a signal, and of a side of an image."""

IMAGES = 8
"""Every so many banks one is of images."""

CLOSE = 1e-12
"""How far a bank that is called tight may be from it."""


@dataclass(frozen=True)
class Certificate:
    """A bank in words, its frame bounds, and its average's value at frequency zero."""

    bank: str
    bounds: FrameBounds
    average: float
    tight: bool


# ---- banks ----


def signal_bank(rng: np.random.Generator) -> Certificate:
    """Certify a random bank of signals: any length, octaves, wavelets per octave, average and boundary that are legal."""
    n = round(LONGEST ** rng.uniform(1 / 12, 1)) if rng.integers(2) else 2 ** int(rng.integers(1, 13))
    J = int(rng.integers(1, min(10, n.bit_length() - 1) + 1))
    T = int(rng.integers(1, n + 1)) if rng.integers(2) else 2**J
    options: dict[str, Any] = {
        "J": J,
        "Q": int(rng.integers(1, 17)),
        "T": T,
        "wavelet": str(rng.choice(WAVELETS)),
        "normalization": str(rng.choice(NORMALIZATIONS)),
        "two_sided": bool(rng.integers(2)),
    }
    period = n if rng.integers(2) else 2 * n
    bank = wavelet_bank(period, **options)
    tight = options["wavelet"] != "morlet" and options["normalization"] == "tight"
    bounds = frame_bounds(bank.phi, bank.psi, real=not options["two_sided"])
    return Certificate(_words(period, options), bounds, float(bank.phi[0]), tight)


def image_bank(rng: np.random.Generator) -> Certificate:
    """Certify a random bank of images."""
    period = tuple(int(side) for side in rng.integers(2, WIDEST + 1, 2))
    options: dict[str, Any] = {
        "J": int(rng.integers(1, min(period).bit_length())),
        "L": int(rng.integers(1, 17)),
        "normalization": str(rng.choice(NORMALIZATIONS)),
        "two_sided": bool(rng.integers(2)),
    }
    bank = wavelet_bank2d((period[0], period[1]), **options)
    bounds = frame_bounds(bank.phi, bank.psi, real=not options["two_sided"])
    return Certificate(_words(period, options), bounds, float(bank.phi[0, 0]), False)


def _words(period: Any, options: Mapping[str, Any]) -> str:
    return f"period {period}, " + ", ".join(f"{name}={value}" for name, value in options.items())


def certificates(seed: int, count: int, progress: Progress) -> list[Certificate]:
    """Certify some random banks."""
    found = []
    for index in range(count):
        make = image_bank if index % IMAGES == IMAGES - 1 else signal_bank
        found.append(make(np.random.default_rng([seed, index])))
        progress("certifying banks", index + 1, count)
    return found


# ---- pairs of signals ----

STARTS, STEPS = 8, 60
FULL_RATE = 16
"""Octaves of oversampling, more than any bank searched has: every rate is 1."""


@dataclass(frozen=True)
class Search:
    """A bank of short signals, real, all paths of two wavelets at full rate, and the pair that it moves apart most."""

    words: str
    stored: Bank
    pair: tuple[np.ndarray, np.ndarray]
    tried: int

    @property
    def ratio(self) -> arb:
        """``(|S x - S y| / |x - y|)^2`` with the filters as they are stored."""
        with ctx.workprec(PRECISION):
            x, y = (balls(signal.tolist()) for signal in self.pair)
            one, other = (scattered(signal, self.stored, 2) for signal in (x, y))
            moved = sum((energy(difference(one[path], other[path])) for path in one), arb(0))
            return moved / energy(difference(x, y))


def search(seed: int, index: int) -> Search:
    """Search for a pair that a random bank moves apart, by steps along the gradient of the ratio, from several starts.

    The signals that the linear transform expands most are cosines of the bin where its frame function is greatest: pairs of them,
    and of them and noise, are where the search begins.
    """
    rng = np.random.default_rng([seed, 1, index])
    n = int(rng.integers(16, 65))
    options: dict[str, Any] = {
        "J": int(rng.integers(1, n.bit_length() - 1)),
        "Q": int(rng.integers(1, 3)),
        "wavelet": WAVELETS[index % len(WAVELETS)],
        "normalization": str(rng.choice(NORMALIZATIONS)),
    }
    options["T"] = 2 ** options["J"]
    bank = wavelet_bank(n, **options)
    bounds = frame_bounds(bank.phi, bank.psi)
    scatter, slope = (
        partial(function, **options, paths="all", oversampling=FULL_RATE)
        for function in (scattering1d, scattering1d_gradient)
    )
    pair, tried = _climbed(*_starts(rng, n, bounds.highest_bin[0]), scatter, slope)
    phi, *psi = (balls(h.tolist()) for h in (bank.phi, *bank.psi))
    return Search(_words(n, options), Bank(phi, tuple(psi), tuple(bank.octave.tolist())), pair, tried)


def _starts(rng: np.random.Generator, n: int, bin_: int) -> tuple[np.ndarray, np.ndarray]:
    """Return pairs x, y with ``|x - y| = 1``, of shape (starts, n): noise of many sizes, and a cosine from it."""
    phases = 2 * np.pi * (bin_ * np.arange(n) / n + rng.random((STARTS, 1)))
    x = rng.standard_normal((STARTS, n)) * np.geomspace(1e-3, 10, STARTS)[:, None]
    apart = np.cos(phases) + 0.1 * rng.standard_normal((STARTS, n))
    return x, x + apart / np.linalg.norm(apart, axis=1, keepdims=True)


Scatter = Callable[[np.ndarray], np.ndarray]
Slope = Callable[[np.ndarray, np.ndarray], np.ndarray]


def _climbed(x: np.ndarray, y: np.ndarray, scatter: Scatter, slope: Slope) -> tuple[tuple[np.ndarray, np.ndarray], int]:
    """Return the pair of the largest ratio after steps along its gradient, and how many pairs were tried.

    With r = S y - S x and d = y - x the gradient of ``|r|^2 / |d|^2`` is ``2 (J_y^T r - ratio d)/|d|^2`` by y, and
    ``2 (ratio d - J_x^T r)/|d|^2`` by x.
    """
    step, ratio = np.full((len(x), 1), 0.5), np.zeros((len(x), 1))
    up = np.zeros_like(x), np.zeros_like(y)
    for _ in range(STEPS):
        tried = x + step * up[0], y + step * up[1]
        moved = scatter(tried[1]) - scatter(tried[0])
        apart = tried[1] - tried[0]
        found = _squares(moved) / _squares(apart)
        better = found > ratio
        step = np.where(better, 1.5 * step, step / 2)
        x, y, ratio = (np.where(better, new, old) for new, old in zip((*tried, found), (x, y, ratio), strict=True))
        slopes = -slope(moved, tried[0]) + found * apart, slope(moved, tried[1]) - found * apart
        up = np.where(better, _unit(slopes[0]), up[0]), np.where(better, _unit(slopes[1]), up[1])
    best = int(np.argmax(ratio))
    return (x[best], y[best]), STEPS * len(x)


def _squares(values: np.ndarray) -> np.ndarray:
    return np.sum(values.reshape(len(values), -1) ** 2, axis=1, keepdims=True)


def _unit(values: np.ndarray) -> np.ndarray:
    return values / np.maximum(np.sqrt(_squares(values)), np.finfo(float).tiny)


# ---- the experiment ----


def certify_banks(seed: int, progress: Progress) -> Outcome:
    """Certify a few hundred banks, and search for a pair of signals in a few."""
    return _outcome(seed, SOME, SEARCHED, progress)


def certify_many_banks(seed: int, progress: Progress) -> Outcome:
    """Certify 2,000 banks, and search for a pair of signals in many."""
    return _outcome(seed, MANY, LONGER, progress)


def _outcome(seed: int, count: int, searched: int, progress: Progress) -> Outcome:
    found = certificates(seed, count, progress)
    searches = []
    for index in range(searched):
        searches.append(search(seed, index))
        progress("searching pairs", index + 1, searched)
    return Outcome(numbers=tuple(_numbers(found, searches)), evidence=_claims(found, searches))


def _numbers(found: Sequence[Certificate], searches: Sequence[Search]) -> Iterator[Number]:
    tight = [entry.bounds.defect for entry in found if entry.tight]
    yield Number("banks", len(found), "banks")
    yield Number("largest B", max(entry.bounds.upper for entry in found))
    yield Number("smallest A", min(entry.bounds.lower for entry in found))
    yield Number("tight banks", len(tight), "banks")
    yield Number("tight banks: largest |F - 1|", max(tight, default=0.0))
    yield Number("pairs of signals tried", sum(entry.tried for entry in searches), "pairs")
    yield Number("largest |S x - S y| / |x - y|", max(float(entry.ratio.mid()) ** 0.5 for entry in searches))


def _claims(found: Sequence[Certificate], searches: Sequence[Search]) -> tuple[Evidence, ...]:
    def bounded() -> str | None:
        wrong = [entry for entry in found if entry.bounds.upper > 1 or entry.average != 1]
        return None if wrong else f"{len(found)} banks"

    def tight() -> str | None:
        off = [entry.bounds.defect for entry in found if entry.tight]
        return None if max(off, default=0.0) > CLOSE else f"{len(off)} banks, at most {max(off, default=0.0):.1e}"

    def apart() -> str | None:
        ratios = {entry.words: entry.ratio for entry in searches}
        worst = max(ratios, key=lambda words: float(ratios[words].mid()))
        largest = f"{float(ratios[worst].mid()) ** 0.5:.6f} in {worst}"
        return None if any(ratio > 1 for ratio in ratios.values()) else f"{len(ratios)} banks, at most {largest}"

    name = "bank-certificates"
    return (
        certified(
            f"{name}: no bank has a bin above 1",
            "For every legal bank B <= 1 and phi^(0) = 1, as the filters are stored.",
            ("M10",),
            bounded,
            "frame bounds in double-double, rational where in doubt",
        ),
        certified(
            f"{name}: tight banks are tight",
            "Shannon's, Meyer's and the spline's bank have |F - 1| <= 1e-12 at every bin, as they are stored.",
            ("M10",),
            tight,
            "frame bounds in double-double",
        ),
        certified(
            f"{name}: no pair of signals is found that moves apart",
            "At full rate, two orders, every path: the pairs that gradients lead to are not moved apart.",
            ("M-diff", "U-Thm3"),
            apart,
            "a search in floats; the pair of every bank in balls, with the stored filters",
        ),
    )
