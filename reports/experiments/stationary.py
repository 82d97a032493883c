"""Scattering moments of stationary noises: unbiased averages, falling variances, exponents (rows M21, M22)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from convoracle.impl import scattering1d
from convoracle.impl.wavelet_bank import Bank, wavelet_bank
from convoracle.spec.evidence import Evidence

from .estimates import Estimates, expected_moduli
from .outcome import Number, Outcome, Progress, certified, measured
from .plots import SEQUENCE, plot
from .side_by_side import side_by_side
from .signals import fractional_density, gaussian_noise

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SAMPLES, REALISATIONS, OCTAVES = 2**13, 256, 9
EXPONENTS = (0.0, 0.5, 1.0, 1.5)
"""Of the spectral density ``|w|**-a``: white noise, then noises that remember longer and longer."""

GRID = 2
"""The finest octaves, on which the grid shows: they are left out of the slopes."""

SCALES = range(2, 12)
MIXED = np.sqrt([0.2, 1.8])
"""Two amplitudes with a mean square of 1, one of which a whole realisation is multiplied by: it never forgets which."""

NOT_ERGODIC = "white noise of random loudness"
UNBIASED = 6
SHOWN = (2, 5, 8, 11)
"""Scales of the table; the picture has all."""


def mean_moduli(x: np.ndarray, bank: Bank) -> np.ndarray:
    """Return means over time of moduli before their average, computed at full rate, in the order of `scattering1d`.

    Returns
    -------
    ndarray of shape (realisations, paths)
        The mean of x, then of the moduli of one wavelet, then of those of two of rising octaves.
    """
    one = [_modulus(x, psi) for psi in bank.psi]
    two = [_modulus(u, psi).mean(-1) for mu, u in enumerate(one) for psi in bank.psi[mu + 1 :]]
    return np.stack([x.mean(-1), *(u.mean(-1) for u in one), *two], axis=-1)


def _modulus(x: np.ndarray, psi: np.ndarray) -> np.ndarray:
    from scipy import fft

    return np.abs(fft.ifft(fft.fft(x) * psi))


def scatter_noise(seed: int, progress: Progress) -> Outcome:
    """Scatter realisations of white and fractional noise, and of a noise that is not ergodic."""
    rng = np.random.default_rng(seed)
    noises = {a: gaussian_noise(fractional_density(SAMPLES, a), REALISATIONS, rng) for a in EXPONENTS}
    mixed = noises[0.0] * rng.choice(MIXED, (REALISATIONS, 1))
    spreads = _spreads({"white noise": noises[0.0], "1/f noise": noises[1.0], NOT_ERGODIC: mixed}, progress)
    moments = {a: _first_moments(x) for a, x in noises.items()}
    slopes = {a: _slope(draws) for a, draws in moments.items()}
    evidence = (
        _unbiased(noises),
        _closed_form(moments),
        _exponents(slopes),
        *(_falls(name, spreads[name]) for name in ("white noise", "1/f noise")),
        _not_ergodic(spreads),
        _erratum(spreads["white noise"]),
    )
    pictures = (
        plot(
            "Moments of order 1 of noises with density 1/f^a: measured (dots with intervals), in closed form (crosses), and with "
            "the slope (a - 1)/2 (lines).",
            lambda figure: _draw_moments(figure, moments),
        ),
        plot(
            "Variance of the coefficients up to order 2, with intervals; that of the noise is 1.",
            lambda figure: _draw_variances(figure, spreads),
        ),
    )
    return Outcome(numbers=(*_exponent_rows(slopes), *_variance_rows(spreads)), evidence=evidence, pictures=pictures)


# ---- estimates ----


def _first_moments(x: np.ndarray) -> np.ndarray:
    """Return moments of order 1 of every realisation, octave by octave; the wavelets are dilations of one another."""
    found = scattering1d(x, J=OCTAVES, max_order=1, normalization="scalar")
    return found[:, 1:].mean(axis=-1)


def _slope(draws: np.ndarray) -> Estimates:
    """Estimate the slope of ``log2 S1`` against the octave, linear in the moments around their means."""
    octaves = np.arange(GRID, OCTAVES) - (GRID + OCTAVES - 1) / 2
    kept, mean = draws[:, GRID:], draws[:, GRID:].mean(axis=0)
    logarithms = np.log2(mean) + (kept / mean - 1) / np.log(2)
    return Estimates.of(logarithms @ octaves[:, None] / (octaves**2).sum())


@dataclass(frozen=True)
class Scale:
    """Coefficients at one scale: their means, and the distance of every realisation from them.

    Attributes
    ----------
    mean : ndarray of shape (paths,)
    distances : ndarray of shape (realisations,)
        The mean over output samples of ``||S x - E S x||**2``, the sum over paths.
    """

    mean: np.ndarray
    distances: np.ndarray


def _spreads(noises: Mapping[str, np.ndarray], progress: Progress) -> dict[str, list[Scale]]:
    """Return what coefficients up to order 2 do around their means, for every noise and scale."""
    works = [lambda stop, x=x, J=J: scale_of(x, J) for x in noises.values() for J in SCALES]
    found = iter(side_by_side(works, lambda done: progress("scales of noises", done, len(works))))
    return {name: [next(found) for _ in SCALES] for name in noises}


def scale_of(x: np.ndarray, J: int) -> Scale:
    """Return what coefficients of realisations (count, samples) do around their means, for averages over ``2**J`` samples."""
    S = scattering1d(x, J=J)
    mean = S.mean(axis=(0, 2))
    return Scale(mean, ((S - mean[:, None]) ** 2).sum(axis=1).mean(axis=1))


# ---- numbers and claims ----


def _exponent_rows(slopes: Mapping[float, Estimates]) -> list[Number]:
    rows = []
    for a, slope in slopes.items():
        rows.append(Number(f"noise 1/f^{a:g}: slope of log S1 against log scale", slope.mean.item(), "per octave"))
        rows.append(Number(f"noise 1/f^{a:g}: half the interval", slope.reach.item(), "per octave"))
    return rows


def _variance_rows(spreads: Mapping[str, list[Scale]]) -> list[Number]:
    return [
        Number(f"{name}, J = {J}: variance of S, that of x being 1", float(scale.distances.mean()))
        for name, scales in spreads.items()
        for J, scale in zip(SCALES, scales, strict=True)
        if J in SHOWN
    ]


def _unbiased(noises: Mapping[float, np.ndarray]) -> Evidence:
    def observation() -> str | None:
        bank = wavelet_bank(SAMPLES, J=UNBIASED, Q=1, T=2**UNBIASED)
        every = [Estimates.of(scattering1d(x, J=UNBIASED)[..., 0] - mean_moduli(x, bank)) for x in noises.values()]
        worst = max(estimates.farthest(0.0) for estimates in every)
        means = sum(estimates.mean.size for estimates in every)
        return f"{means} means, at most {worst:.0%} of half an interval off" if worst <= 1 else None

    return measured(
        "stationary: averages are unbiased",
        "One sample of S has the mean of the moduli before their average, for noises 1/f^a and every path of order 0, 1 and 2.",
        ("M21", "M22"),
        observation,
    )


def _closed_form(moments: Mapping[float, np.ndarray]) -> Evidence:
    def observation() -> str | None:
        psi = wavelet_bank(SAMPLES, J=OCTAVES, Q=1, T=2**OCTAVES, normalization="scalar").psi
        every = {a: expected_moduli(fractional_density(SAMPLES, a), psi) for a in moments}
        worst = max(Estimates.of(moments[a]).farthest(true) for a, true in every.items())
        return f"at most {worst:.0%} of half an interval off" if worst <= 1 else None

    return measured(
        "stationary: moments of Gaussian noise in closed form",
        "Moments of order 1 are the elliptic integrals that the spectra of the noise and of the wavelets determine.",
        ("M22",),
        observation,
    )


def _exponents(slopes: Mapping[float, Estimates]) -> Evidence:
    def observation() -> str | None:
        if not all(slope.hold((a - 1) / 2) for a, slope in slopes.items()):
            return None
        return ", ".join(f"a = {a:g}: {s.mean.item():.4f} ± {s.reach.item():.4f}" for a, s in slopes.items())

    return measured(
        "stationary: exponents",
        "For noise of density 1/f^a the slope of log S1 against log scale is (a - 1)/2: H - 1 for the steps and H for the sums "
        "of a fractional Brownian motion.",
        ("M22",),
        observation,
    )


def _falls(name: str, scales: list[Scale]) -> Evidence:
    def observation() -> str | None:
        steps = Estimates.of(-np.diff([scale.distances for scale in scales], axis=0).T)
        first, last = (scales[place].distances.mean() for place in (0, -1))
        return (
            f"{first:.3g} at J = {SCALES[0]}, {last:.3g} at J = {SCALES[-1]}"
            if (steps.mean > steps.reach).all()
            else None
        )

    return measured(
        f"stationary: the variance of {name} falls",
        f"With every octave of averaging the variance of the coefficients of {name} falls.",
        ("M22",),
        observation,
    )


def _not_ergodic(spreads: Mapping[str, list[Scale]]) -> Evidence:
    def observation() -> str | None:
        mixed, white = spreads[NOT_ERGODIC][-1], spreads["white noise"][-1]
        estimate, other = Estimates.of(mixed.distances[:, None]), Estimates.of(white.distances[:, None])
        floor = float(np.var(MIXED) * (white.mean**2).sum())
        off = abs(estimate.mean.item() - other.mean.item() - floor)
        holds = off <= estimate.reach.item() + other.reach.item()
        return f"{estimate.mean.item():.3f} at J = {SCALES[-1]}, {floor:.3f} from the amplitude" if holds else None

    return measured(
        "stationary: without ergodicity the variance stays",
        "White noise times an amplitude that is drawn once a realisation is stationary; its variance falls to that of the "
        "amplitude times ||E S||^2 and no further.",
        ("M22",),
        observation,
    )


def _erratum(scales: list[Scale]) -> Evidence:
    def witness() -> str | None:
        found = scales[-1].distances
        least, most = found.min(), found.max()
        return (
            f"from {least:.2e} to {most:.2e} in {len(found)} realisations; their mean {found.mean():.2e}"
            if least < most
            else None
        )

    return certified(
        "stationary: the printed variance is no number",
        "||S x - E S x||^2, printed as the variance, is another number in every realisation; the variance is its expectation.",
        ("M22",),
        witness,
        "two realisations of white noise",
    )


# ---- pictures ----


def _draw_moments(figure: "Figure", moments: Mapping[float, np.ndarray]) -> None:
    axes, octaves = figure.subplots(), np.arange(OCTAVES)
    psi = wavelet_bank(SAMPLES, J=OCTAVES, Q=1, T=2**OCTAVES, normalization="scalar").psi
    for (a, draws), colour in zip(moments.items(), SEQUENCE, strict=False):
        estimates, true = Estimates.of(draws), expected_moduli(fractional_density(SAMPLES, a), psi)
        axes.errorbar(
            octaves, estimates.mean, estimates.reach, fmt="o", ms=4, capsize=2, color=colour, label=f"a = {a:g}"
        )
        axes.plot(octaves, true[GRID] * 2 ** ((a - 1) / 2 * (octaves - GRID)), color=colour, lw=0.8)
        axes.plot(octaves, true, "x", ms=7, color=colour, lw=0.8)
    axes.set_yscale("log", base=2)
    axes.set(xlabel="octave of the wavelet", ylabel="S1")
    figure.legend(loc="outside right center")


def _draw_variances(figure: "Figure", spreads: Mapping[str, list[Scale]]) -> None:
    axes = figure.subplots()
    for (name, scales), colour in zip(spreads.items(), SEQUENCE, strict=False):
        estimates = Estimates.of(np.array([scale.distances for scale in scales]).T)
        axes.errorbar(SCALES, estimates.mean, estimates.reach, marker="o", ms=3, capsize=2, color=colour, label=name)
    axes.set(yscale="log", xlabel="J (averages over $2^J$ samples)", ylabel="variance")
    axes.legend(loc="lower left")
