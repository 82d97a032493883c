"""Signals and images from their scattering coefficients, by gradient descent from noise (rows M-inv, M-dim)."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from convoracle.impl import Scattering1D, Scattering2D
from convoracle.spec.evidence import Evidence

from ..pictures import picture, ramp
from .data import LEVEL
from .descent import Descent, Scattering, descend, dot_products
from .figures import sheet, stacked
from .likeness import kurtosis, moduli, norm_error, spectrum_error
from .outcome import Number, Outcome, Progress, certified, measured, percent
from .plots import SEQUENCE, image, plot
from .signals import SYLLABLE, cells, crops, normalised, random_phases, speech_like, strokes

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ROWS = ("M-inv",)
SIZE, ANGLES = 64, 4
SAMPLES, QUALITY = 1024, 8
STEPS = 100
WHOLE, PARTS = "averages over all", "averages over parts"
"""Averages over 64 x 64 pixels, the whole image, and over 8 x 8, about as many coefficients as pixels; of a sound over 64."""

LEFT = 0.1
CLOSE = 1e-10
"""How close both sides of the dot-product test must come, relative to the norms of what is multiplied."""


def of_images() -> dict[str, Scattering]:
    """Return the transforms of the images."""
    return {how: Scattering2D(J, (SIZE, SIZE), L=ANGLES) for how, J in ((WHOLE, 6), (PARTS, 3))}


def of_sounds() -> dict[str, Scattering]:
    """Return the transform of the sound."""
    return {PARTS: Scattering1D(6, SAMPLES, Q=(QUALITY, 1))}


@dataclass(frozen=True)
class Trial:
    """An image or a sound, the Gaussian model of the same spectrum, and what descents from noise made of its coefficients."""

    original: np.ndarray
    model: np.ndarray
    descents: Mapping[str, Descent]

    @property
    def made(self) -> dict[str, np.ndarray]:
        """The Gaussian model and the syntheses by name."""
        return {"Gaussian model": self.model, **{how: descent.result for how, descent in self.descents.items()}}


def reconstruct(seed: int, progress: Progress, steps: int = STEPS) -> Outcome:
    """Reconstruct a texture, a photograph, a sparse image and a sound from their coefficients."""
    images, sounds = of_images(), of_sounds()
    originals = {**{name: (x, images) for name, x in _images(seed).items()}, "sound": (_sound(seed), sounds)}
    every = _tried(originals, seed, steps, progress)
    drawn = {name: trial for name, trial in every.items() if name != "sound"}
    numbers = (*_dimensions(images), *(number for name, trial in every.items() for number in _rows(name, trial)))
    evidence = (
        _never_rises(every),
        _falls(every),
        _closer(drawn),
        _dot_product("signals", sounds[PARTS], seed),
        _dot_product("images", images[WHOLE], seed),
        _finite(images[WHOLE], seed),
    )
    pictures = (
        picture(_CAPTION, stacked(*map(_side_by_side, drawn.values()))),
        plot(_SOUND_CAPTION, lambda figure: _draw_sound(figure, every["sound"]), height=360),
        plot("Loss relative to that of the noise.", lambda figure: _draw_losses(figure, every), height=280),
    )
    return Outcome(numbers=numbers, evidence=evidence, pictures=pictures)


def _images(seed: int) -> dict[str, np.ndarray]:
    """Return a texture, a photograph and a sparse image, in [0, 1]."""
    crop = crops(SIZE, 5 * SIZE // 2)[1]
    photograph = (crop - crop.min()) / np.ptp(crop)
    return {"texture": cells(SIZE, seed), "photograph": photograph, "sparse image": strokes(SIZE)}


def _sound(seed: int) -> np.ndarray:
    """Return the voiced middle of a syllable, of variance 1."""
    middle = 2 * SYLLABLE + SAMPLES
    return SAMPLES**0.5 * normalised(speech_like(4 * SYLLABLE, seed)[middle : middle + SAMPLES])


def _tried(
    originals: Mapping[str, tuple[np.ndarray, Mapping[str, Scattering]]], seed: int, steps: int, progress: Progress
) -> dict[str, Trial]:
    """Descend to the coefficients of every original by each of its transforms, from white noise of its mean and variance.

    One descent after the other: their transforms are so small that threads would mostly wait for the interpreter.
    """
    found, descents = {}, sum(len(transforms) for _, transforms in originals.values())
    ended = itertools.count()
    for name, (x, transforms) in originals.items():
        start = x.mean() + x.std() * np.random.default_rng(seed).standard_normal(x.shape)
        made = {}
        for how, scatter in transforms.items():
            tell = partial(_tell, progress, next(ended) * steps, descents * steps)
            made[how] = descend(scatter, np.asarray(scatter(x)), start, steps, tell)
        found[name] = Trial(x, random_phases(x, np.random.default_rng([seed, 1])), made)
    return found


def _tell(progress: Progress, before: int, total: int, done: int) -> None:
    progress("steps of descents", before + done, total)


# ---- numbers and claims ----


def _dimensions(images: Mapping[str, Scattering]) -> list[Number]:
    about = f"about (K log2 N)^2/2 = {(ANGLES * np.log2(SIZE)) ** 2 / 2:.0f}"
    return [
        Number("pixels of an image", SIZE**2, "numbers"),
        Number(f"coefficients, {WHOLE}", prod(images[WHOLE].shape), "numbers", about),
        Number(f"coefficients, {PARTS}", prod(images[PARTS].shape), "numbers"),
    ]


def _rows(name: str, trial: Trial) -> list[Number]:
    original, made = trial.original, trial.made
    rows = [Number(f"{name}, {how}: loss left", d.left, "of the first") for how, d in trial.descents.items()]
    rows += [percent(f"{name}, {how}: error of the spectrum", spectrum_error(x, original)) for how, x in made.items()]
    rows += [percent(f"{name}, {how}: error of l1 norms", norm_error(x, original)) for how, x in made.items()]
    heavy = {"original": original, **made}
    return rows + [Number(f"{name}, {how}: kurtosis of differences", kurtosis(x)) for how, x in heavy.items()]


def _never_rises(every: Mapping[str, Trial]) -> Evidence:
    def observation() -> str | None:
        descents = [descent for trial in every.values() for descent in trial.descents.values()]
        steps = sum(len(descent.losses) - 1 for descent in descents)
        return None if any(descent.rises for descent in descents) else f"{steps} steps of {len(descents)} descents"

    return measured(
        "reconstruction: the loss never rises",
        "No step of a descent ends at a larger loss than it began.",
        ROWS,
        observation,
    )


def _falls(every: Mapping[str, Trial]) -> Evidence:
    def observation() -> str | None:
        worst = max(descent.left for trial in every.values() for descent in trial.descents.values())
        return f"at most {worst:.1e} of it is left" if worst < LEFT else None

    return measured(
        "reconstruction: less than a tenth of the loss is left",
        "From white noise, descents lower the loss to less than a tenth.",
        ROWS,
        observation,
    )


def _closer(drawn: Mapping[str, Trial]) -> Evidence:
    def observation() -> str | None:
        errors = {n: [norm_error(x, t.original) for x in (t.made[WHOLE], t.model)] for n, t in drawn.items()}
        heavier = all(min(kurtosis(x) for x in (t.original, t.made[WHOLE])) > kurtosis(t.model) for t in drawn.values())
        if not heavier or any(ours >= gaussian for ours, gaussian in errors.values()):
            return None
        return "l1 norms off by " + ", ".join(f"{a:.1%} against {b:.1%} ({name})" for name, (a, b) in errors.items())

    return measured(
        "reconstruction: closer than a Gaussian model",
        "Syntheses from averages over all have l1 norms of wavelet coefficients closer to the original's than the Gaussian model "
        "of the same spectrum, and like the original heavier tails of differences.",
        ROWS,
        observation,
    )


def _dot_product(kind: str, scatter: Scattering, seed: int) -> Evidence:
    def observation() -> str | None:
        off = dot_products(scatter, seed)
        if off.along_x > CLOSE or off.along_v > off.allowed:
            return None
        return f"off by {off.along_x:.0e} along x, by {off.along_v:.0e} along v where halving the step changes {off.allowed:.0e}"

    return measured(
        f"reconstruction: the gradient of {kind} passes the dot-product test",
        f"For {kind} <x, gradient of <S x, w>> = <S x, w> to 1e-10, since S is homogeneous; along another direction v the "
        "gradient is what central differences come to.",
        ROWS,
        observation,
    )


def _finite(scatter: Scattering, seed: int) -> Evidence:
    def witness() -> str | None:
        rng, images = np.random.default_rng(seed), (strokes(SIZE), np.zeros((SIZE, SIZE)))
        gradients = [scatter.gradient(rng.standard_normal(scatter.shape), x) for x in images]
        zeros = [int((x == 0).sum()) for x in images]
        return f"images with {zeros[0]} and {zeros[1]} exact zeros" if np.isfinite(gradients).all() else None

    return certified(
        "reconstruction: the gradient is finite at exact zeros",
        "At the sparse image and at the image of zeros, where moduli vanish, every entry of the gradient is finite.",
        ROWS,
        witness,
        "evaluation",
    )


# ---- pictures ----

_CAPTION = (
    "Columns: original; Gaussian model of the same spectrum; scattering synthesis from averages over the whole image "
    "(265 coefficients), and from averages over 8 x 8 pixels (3904 coefficients for 4096 pixels)."
)
_SOUND_CAPTION = (
    "A sound, the Gaussian model of the same spectrum, and the synthesis from its coefficients; below their moduli |x * psi| "
    "(high frequencies above, dark is strong)."
)


def _side_by_side(trial: Trial) -> np.ndarray:
    shown = np.stack([trial.original, *trial.made.values()])
    low, high = trial.original.min(), trial.original.max()
    return sheet(LEVEL * (shown - low) / (high - low), columns=len(shown), zoom=2)


def _draw_sound(figure: "Figure", trial: Trial) -> None:
    shown = {"original": trial.original, "Gaussian model": trial.model, "synthesis": trial.made[PARTS]}
    axes, most = figure.subplots(2, len(shown), sharex=True, sharey="row"), moduli(trial.original).max()
    for (name, x), (above, below) in zip(shown.items(), axes.T, strict=True):
        above.plot(x, lw=0.6, color=SEQUENCE[0])
        above.set_title(name)
        image(below, ramp(np.minimum(1, np.sqrt(moduli(x) / most))))
        below.set_xlabel("sample")
    axes[1, 0].set_ylabel("wavelet")


def _draw_losses(figure: "Figure", every: Mapping[str, Trial]) -> None:
    axes = figure.subplots()
    for (name, trial), colour in zip(every.items(), SEQUENCE, strict=False):
        for how, descent in trial.descents.items():
            losses = np.array(descent.losses) / descent.losses[0]
            axes.plot(losses, "-" if how == WHOLE else "--", color=colour, label=f"{name}, {how}")
    axes.set(yscale="log", xlabel="step")
    figure.legend(loc="outside right center")
