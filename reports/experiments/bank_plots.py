"""Pictures of wavelet banks with certified frame bounds, of scattering discs and of a scalogram (rows M10, M13, M16)."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from convoracle.impl import Scattering1D, Scattering2D
from convoracle.impl.wavelet_bank import Bank, wavelet_bank
from convoracle.impl.wavelet_bank2d import Bank2D, wavelet_bank2d
from convoracle.spec.evidence import Evidence
from convoracle.spec.frame import FrameBounds, frame_bounds, frame_function

from ..pictures import picture, ramp, stretched
from .discs import disc
from .figures import GAP, filters, stacked
from .outcome import Number, Outcome, Progress, certified, percent
from .plots import SEQUENCE, image, plot
from .signals import RATE, SYLLABLE, cells, random_phases, speech_like

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

ROWS = ("M10",)
PERIOD, OCTAVES = 1024, 5
BANKS: Mapping[str, Mapping[str, Any]] = {
    "Morlet, Q = 1": {"Q": 1},
    "Morlet, Q = 8": {"Q": 8},
    "Morlet, Q = 8, tight": {"Q": 8, "normalization": "tight"},
    "Shannon": {"Q": 1, "wavelet": "shannon"},
    "Meyer": {"Q": 1, "wavelet": "meyer"},
    "cubic spline": {"Q": 1, "wavelet": "spline"},
}
PLANE, SCALES, ANGLES = 64, 3, 8
PLANES: Mapping[str, Mapping[str, Any]] = {
    "2-D Morlet": {},
    "2-D Morlet, tight": {"normalization": "tight"},
}
TIGHT = ("Morlet, Q = 8, tight", "Shannon", "Meyer", "cubic spline", "2-D Morlet, tight")
CLOSE = 1e-12
"""How far the frame function of a tight bank may be from 1."""

SIZE, DISC, SHOWN = 128, 5, 192
SAMPLES, QUALITY, SPAN = 8 * SYLLABLE, 8, 12
"""A phrase of the sound, in averages over ``2**12`` samples, a syllable."""

WIDTH, LOWEST = 256, 60.0
"""Columns of the scalogram, and the least frequency shown, in hertz."""


def show_banks(seed: int, progress: Progress) -> Outcome:
    """Draw banks with their frame functions, scattering discs of a texture, and the scattering of a sound."""
    lines = {name: wavelet_bank(PERIOD, J=OCTAVES, T=2**OCTAVES, **options) for name, options in BANKS.items()}
    planes = {name: wavelet_bank2d((PLANE, PLANE), J=SCALES, L=ANGLES, **options) for name, options in PLANES.items()}
    every: dict[str, Bank | Bank2D] = {**lines, **planes}
    bounds = {name: frame_bounds(bank.phi, bank.psi) for name, bank in every.items()}
    discs = Discs(seed)
    pictures = (
        plot(_LINES, lambda figure: _draw_lines(figure, lines, bounds), height=420),
        plot(_PLANE, lambda figure: _draw_plane(figure, planes["2-D Morlet"]), height=300),
        picture(_FILTERS, _in_space(planes["2-D Morlet"])),
        picture(_DISCS, discs.picture()),
        plot(_SOUND, lambda figure: _draw_sound(figure, seed), height=560),
    )
    numbers = (*_rows(bounds), *discs.rows())
    return Outcome(numbers=numbers, evidence=(_at_most_one(bounds), _tight(bounds)), pictures=pictures)


# ---- numbers and claims ----


def _rows(bounds: Mapping[str, FrameBounds]) -> list[Number]:
    letters = (("A", "lower"), ("B", "upper"))
    return [Number(f"{name}: {letter}", getattr(b, field)) for name, b in bounds.items() for letter, field in letters]


def _at_most_one(bounds: Mapping[str, FrameBounds]) -> Evidence:
    def witness() -> str | None:
        lowest, highest = min(b.lower for b in bounds.values()), max(b.upper for b in bounds.values())
        return f"{len(bounds)} banks, A >= {lowest:.3f}, B <= {highest!r}" if lowest > 0 and highest <= 1 else None

    return certified(
        "banks: frames that do not expand",
        "Every bank drawn is a frame, A > 0, and B is at most 1 for the filters as they are stored.",
        ROWS,
        witness,
        "frame bounds of the stored filters",
    )


def _tight(bounds: Mapping[str, FrameBounds]) -> Evidence:
    def witness() -> str | None:
        worst = max(max(1 - bounds[name].lower, bounds[name].upper - 1) for name in TIGHT)
        return f"{len(TIGHT)} banks, off by {worst:.1e} at most" if worst <= CLOSE else None

    return certified(
        "banks: tight ones are tight",
        "The frame functions of the tight banks are 1 to 1e-12 on every bin.",
        ROWS,
        witness,
        "frame bounds of the stored filters",
    )


# ---- banks ----

_LINES = (
    "Banks of signals: the energy of every wavelet for real signals (colours), of the average (grey), and their sum, the frame "
    "function (black), with its least and greatest value A and B."
)
_PLANE = (
    "A bank of images over the frequency plane: where the energy of each wavelet, and that of the average (grey), is half its "
    "greatest; and its frame function. The corners lie beyond all wavelets; a tight bank makes what reaches there larger."
)
_FILTERS = "The wavelets of images: for each octave the real parts, and below them the imaginary parts; grey is 0."


def _draw_lines(figure: "Figure", banks: Mapping[str, Bank], bounds: Mapping[str, FrameBounds]) -> None:
    half = np.arange(PERIOD // 2 + 1)
    for axes, (name, bank) in zip(figure.subplots(2, 3, sharex=True, sharey=True).flat, banks.items(), strict=True):
        power = (bank.psi**2 + np.roll(bank.psi[:, ::-1], 1, axis=1) ** 2)[:, half] / 2
        for octave, curve in zip(bank.octave, power, strict=True):
            axes.plot(half / PERIOD, curve, lw=0.8, color=SEQUENCE[octave % len(SEQUENCE)])
        axes.plot(half / PERIOD, bank.phi[half] ** 2, lw=0.8, color="0.6")
        axes.plot(half / PERIOD, frame_function(bank.phi, bank.psi)[half], color="black")
        axes.set_ylim(0, 1.08)
        axes.set_title(f"{name}\nA = {bounds[name].lower:.3f}, B = {bounds[name].upper:.3f}")
    figure.supxlabel("frequency in cycles per sample", fontsize=9)


def _draw_plane(figure: "Figure", bank: Bank2D) -> None:
    levels, function = figure.subplots(1, 2)
    frequency = np.fft.fftshift(np.fft.fftfreq(PLANE))
    for octave, psi in zip(bank.octave, bank.psi, strict=True):
        _contour(levels, frequency, psi, SEQUENCE[octave])
    _contour(levels, frequency, bank.phi, "0.6")
    values = np.fft.fftshift(frame_function(bank.phi, bank.psi))
    shown = function.imshow(values, extent=(-0.5, 0.5, -0.5, 0.5), origin="lower", cmap="gray", vmin=0, vmax=1)
    for axes in (levels, function):
        axes.set(aspect="equal", xlabel="cycles per sample, last axis")
    levels.set_ylabel("first axis")
    figure.colorbar(shown, ax=function, shrink=0.8)


def _contour(axes: "Axes", frequency: np.ndarray, spectrum: np.ndarray, colour: str) -> None:
    power = np.fft.fftshift(spectrum**2)
    axes.contour(frequency, frequency, power, levels=[power.max() / 2], colors=[colour], linewidths=1)


def _in_space(bank: Bank2D) -> np.ndarray:
    """Return the taps around the origin, octave by octave, each stretched by itself."""
    reach = PLANE // 4
    taps = np.fft.fftshift(np.fft.ifft2(bank.psi), axes=(-2, -1))[..., reach:-reach, reach:-reach]
    scale = np.abs(taps).max(axis=(-2, -1), keepdims=True)
    octaves = [(taps / scale)[bank.octave == j] for j in range(SCALES)]
    return stacked(*(filters(part, zoom=2) for each in octaves for part in (each.real, each.imag)))


# ---- discs ----

_DISCS = (
    "A texture, and a Gaussian model of the same spectrum; their scattering discs of order 1, and of order 2, which tell them "
    "apart better. Dark is large; high frequencies lie outside."
)


class Discs:
    """The scattering of a texture and of a Gaussian image of the same spectrum, averaged over the whole images."""

    def __init__(self, seed: int) -> None:
        texture = cells(SIZE, seed, count=160)
        self.images = np.stack([texture, random_phases(texture, np.random.default_rng(seed))])
        scatter = Scattering2D(DISC, (SIZE, SIZE), L=ANGLES)
        self.meta, self.means = scatter.meta(), np.asarray(scatter(self.images)).mean(axis=(-2, -1))

    def order(self, order: int) -> np.ndarray:
        """Return the coefficients of an order, (images, paths)."""
        return self.means[:, self.meta["order"] == order]

    def rows(self) -> list[Number]:
        """Return how far the coefficients of the Gaussian image are from the texture's, order by order."""
        pairs = {order: self.order(order) for order in (1, 2)}
        off = {order: float(np.linalg.norm(other - one) / np.linalg.norm(one)) for order, (one, other) in pairs.items()}
        return [
            percent(f"Gaussian model of the texture: order {order} is off by", share) for order, share in off.items()
        ]

    def picture(self) -> np.ndarray:
        """Return images and discs side by side, in colours."""
        parts = np.kron(self.images[:, : SHOWN // 2, : SHOWN // 2], np.ones((1, 2, 2)))
        grey = [np.repeat(stretched(part - part.min())[..., None], 3, axis=-1) for part in parts]
        columns = zip(grey, self._discs(1), self._discs(2), strict=True)
        framed = [[np.pad(part, ((0, GAP), (0, GAP), (0, 0)), constant_values=1.0) for part in row] for row in columns]
        return np.vstack([np.hstack(row) for row in framed])[:-GAP, :-GAP]

    def _discs(self, order: int) -> list[np.ndarray]:
        places = self.meta["order"] == order
        octaves = self.meta["scale"][places, :order].astype(int)
        angles = np.rint(self.meta["angle"][places, :order] * ANGLES / np.pi).astype(int)
        shown = [disc(values, octaves, angles, DISC, ANGLES, SHOWN) for values in self.order(order)]
        most = np.nanmax(shown)
        return [np.where(np.isnan(found)[..., None], 1.0, ramp(np.nan_to_num(found / most))) for found in shown]


# ---- a sound ----

_SOUND = (
    "A phrase of the sound: moduli |x * psi|; their averages over a syllable; and second-order coefficients relative to those of "
    "order 1, averaged over time, where the pitch of 110 Hz and the rhythm of 4 Hz stand out. Dark is large."
)


def _draw_sound(figure: "Figure", seed: int) -> None:
    sound = speech_like(SAMPLES, seed)
    scatter = Scattering1D(SPAN, SAMPLES, Q=(QUALITY, 1))
    S, meta = np.asarray(scatter(sound)), scatter.meta()
    ones = np.flatnonzero((meta["order"] == 1) & (meta["frequency"][:, 0] * RATE > LOWEST))
    psi = wavelet_bank(SAMPLES, J=SPAN, Q=QUALITY, T=2**SPAN).psi[: len(ones)]
    moduli = np.abs(np.fft.ifft(np.fft.fft(sound) * psi)).reshape(len(ones), WIDTH, -1).mean(axis=-1)
    scalogram, averages, modulations = figure.subplots(3, 1, height_ratios=[3, 2, 3])
    for axes, values in ((scalogram, moduli), (averages, S[ones])):
        image(axes, _logarithmic(values), extent=(0, SAMPLES / RATE, len(ones), 0))
        _hertz(axes.yaxis, meta["frequency"][ones, 0], QUALITY)
        axes.set_ylabel("Hz")
    averages.set_xlabel("seconds")
    relative, rhythms = _modulations(S.mean(axis=-1), meta, len(ones))
    image(modulations, ramp(stretched(relative)), extent=(0, len(ones), len(rhythms), 0))
    _hertz(modulations.xaxis, meta["frequency"][ones, 0], QUALITY)
    _hertz(modulations.yaxis, rhythms, 1)
    modulations.set(xlabel="first wavelet, Hz", ylabel="second wavelet, Hz")


def _modulations(means: np.ndarray, meta: Mapping[str, np.ndarray], count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return order 2 relative to order 1, (second wavelets, first wavelets), and the frequencies of the second wavelets."""
    relative, rhythms = np.zeros((SPAN, count)), np.zeros(SPAN)
    for row in np.flatnonzero(meta["order"] == 2):
        first, second = meta["wavelet"][row].astype(int)
        rhythms[second] = meta["frequency"][row, 1]
        if first < count:
            relative[second, first] = means[row] / means[1 + first]
    return relative[1:], rhythms[1:]


def _logarithmic(values: np.ndarray) -> np.ndarray:
    """Return colours of values on a scale of 60 decibels below the largest."""
    return ramp(np.clip(1 + 20 * np.log10(values / values.max() + 1e-3) / 60, 0, 1))


def _hertz(axis: "Axis", frequencies: np.ndarray, step: int) -> None:
    """Mark the middle of every step-th row or column by its frequency."""
    places = np.arange(0, len(frequencies), step)
    axis.set_ticks(places + 0.5, [f"{frequencies[place] * RATE:.0f}" for place in places])
