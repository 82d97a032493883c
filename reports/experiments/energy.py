"""How the energy of a photograph and of a sound spreads over the orders of scattering (rows M-order, M10)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from threading import Event
from typing import TYPE_CHECKING, Any

import numpy as np

from convoracle.impl.bank_energy import energy
from convoracle.impl.wavelet_bank import Bank, wavelet_bank
from convoracle.impl.wavelet_bank2d import Bank2D, wavelet_bank2d
from convoracle.spec.evidence import Evidence
from convoracle.spec.frame import FrameBounds, frame_bounds

from .outcome import Number, Outcome, Progress, certified, measured, percent
from .plots import SEQUENCE, plot
from .side_by_side import Stopped, side_by_side
from .signals import crops, speech_like

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ROWS = ("M-order",)
ORDERS = 3
ANGLES = 4
SCALES = range(1, 8)
SIZE, WIDTH = 128, 320
SAMPLES, QUALITY = 2**16, 8
WINDOWS = (9, 11, 13, 15)
"""Binary logarithms of the averages over the sound: 32 ms to 2 s."""

CLOSE = 1e-12
"""How close to the energy of what went in the parts must come, relative to it."""

PRINTED = ("0.0000", "0.2772", "0.5607", "0.2471")
"""Orders 0 to 3 for averages over 2**15 samples, as the authors' program prints them (Andén & Mallat 2014, table I)."""


@dataclass(frozen=True)
class Spread:
    """Where energy goes, as shares of that of the signal.

    Attributes
    ----------
    orders : ndarray of shape (`ORDERS` + 1,)
        The coefficients of each order, at full rate.
    pruned : float
        What lies on paths whose octaves do not rise, at the wavelet that breaks the rule.
    beyond : float
        What is left on the paths kept, after the last order, for further ones.
    """

    orders: np.ndarray
    pruned: float
    beyond: float

    @property
    def every(self) -> float:
        """All parts together; 1 for a tight bank, in exact arithmetic."""
        return float(self.orders.sum()) + self.pruned + self.beyond


class Cascade:
    """A scattering at full rate along paths of rising octaves, of which only the energies are kept."""

    def __init__(self, first: Bank | Bank2D, later: Bank | Bank2D) -> None:
        self.banks, self.rank = (first, later), first.phi.ndim
        self.axes = tuple(range(-self.rank, 0))
        octaves = range(-1, int(later.octave.max()) + 1)
        self.average = self._weights(first.phi**2)
        self.pruned = [self._weights(energy(later.psi[later.octave <= octave], self.rank)) for octave in octaves]
        self.beyond = [self._weights(energy(later.psi[later.octave > octave], self.rank)) for octave in octaves]

    def _weights(self, response: np.ndarray) -> np.ndarray:
        """Return an even response on the half of the bins that determines a real signal, doubled where it stands for two."""
        period = response.shape[-1]
        half = response[..., : period // 2 + 1].copy()
        half[..., 1 : (period + 1) // 2] *= 2
        return half / response.size

    def spread(self, signals: np.ndarray) -> Spread:
        """Return where the energy of real signals (count, *period) goes; branches run side by side."""
        from scipy import fft

        spectrum, first = fft.fftn(signals, axes=self.axes), self.banks[0]
        works = [partial(self._below, spectrum, first, mu, 1) for mu in range(len(first.psi))]
        found = np.sum(side_by_side(works), axis=0)
        found[0] += self._within(spectrum, self.average)
        found /= (signals**2).sum()
        return Spread(found[: ORDERS + 1], float(found[-2]), float(found[-1]))

    def _below(self, spectrum: np.ndarray, bank: Bank | Bank2D, mu: int, order: int, stop: Event) -> np.ndarray:
        """Return what goes to each order, is pruned, and is left beyond the last, behind one wavelet of a signal."""
        from scipy import fft

        if stop.is_set():
            raise Stopped
        found, octave, later = np.zeros(ORDERS + 3), int(bank.octave[mu]), self.banks[1]
        modulus = np.abs(fft.ifftn(spectrum * bank.psi[mu], axes=self.axes, overwrite_x=True))
        below = (fft.rfftn if order == ORDERS else fft.fftn)(modulus, axes=self.axes)
        found[order] = self._within(below, self.average)
        found[-2] = self._within(below, self.pruned[octave + 1])
        if order == ORDERS:
            found[-1] = self._within(below, self.beyond[octave + 1])
            return found
        for nu in np.flatnonzero(later.octave > octave).tolist():
            found += self._below(below, later, nu, order + 1, stop)
        return found

    @staticmethod
    def _within(spectrum: np.ndarray, weights: np.ndarray) -> float:
        half = spectrum[..., : weights.shape[-1]]
        return float(((half.real**2 + half.imag**2) * weights).sum())


def spread_energy(seed: int, progress: Progress) -> Outcome:
    """Spread the energy of photographs over averages of 2 to 128 pixels, and that of a sound over averages up to 2 s."""
    squares, sound = crops(SIZE, WIDTH), speech_like(SAMPLES, seed)[None]
    cases: list[tuple[str, np.ndarray, Callable[[], tuple[Any, Any]]]] = [
        *((f"photographs, J = {J}", squares, partial(_images, J)) for J in SCALES),
        *((f"sound, T = 2^{J}", sound, partial(_sounds, J)) for J in WINDOWS),
    ]
    found, frames = {}, {}
    for done, (name, signals, bank) in enumerate(cases):
        progress("energy per order", done, len(cases))
        first, later = bank()
        found[name] = Cascade(first, later).spread(signals)
        frames[name] = [frame_bounds(b.phi, b.psi) for b in {id(b): b for b in (first, later)}.values()]
    progress("energy per order", len(cases), len(cases))
    seen, heard = list(found.values())[: len(SCALES)], list(found.values())[len(SCALES) :]
    evidence = (_at_most(found, frames), _complete(found), _photographs(seen), _sound(heard), _impossible())
    pictures = (plot("Energy per order of scattering, in percent.", lambda figure: _draw(figure, seen, heard)),)
    return Outcome(numbers=tuple(_rows(found)), evidence=evidence, pictures=pictures)


def _images(J: int) -> tuple[Bank2D, Bank2D]:
    bank = wavelet_bank2d((SIZE, SIZE), J=J, L=ANGLES, normalization="tight")
    return bank, bank


def _sounds(J: int) -> tuple[Bank, Bank]:
    first, later = (wavelet_bank(SAMPLES, J=J, Q=Q, T=2**J, normalization="tight") for Q in (QUALITY, 1))
    return first, later


# ---- numbers and claims ----


def _rows(found: dict[str, Spread]) -> list[Number]:
    rows = []
    for name, spread in found.items():
        rows += [percent(f"{name}: order {order}", share) for order, share in enumerate(spread.orders)]
        rows.append(percent(f"{name}: orders 0 to {ORDERS}", spread.orders.sum()))
    return rows


def _at_most(found: dict[str, Spread], frames: dict[str, list[FrameBounds]]) -> Evidence:
    def witness() -> str | None:
        bounds = [bound for each in frames.values() for bound in each]
        lowest, highest = min(b.lower for b in bounds), max(b.upper for b in bounds)
        share = max(spread.orders.sum() for spread in found.values())
        holds = highest <= 1 and share <= 1
        return f"{len(bounds)} banks, A >= {lowest!r}, B <= {highest!r}; most: {share:.2%}" if holds else None

    return certified(
        "energy: orders never sum to more than 100 %",
        "No stored bank has a frame bound B above 1, so the energies of all orders sum to at most that of the signal.",
        (*ROWS, "M10"),
        witness,
        "frame bounds of the stored filters",
    )


def _complete(found: dict[str, Spread]) -> Evidence:
    def observation() -> str | None:
        worst = max(abs(spread.every - 1) for spread in found.values())
        return f"off by {worst:.1e} at most" if worst <= CLOSE else None

    return measured(
        "energy: every part counted, it is kept",
        "Coefficients up to order 3, what is pruned and what is left for higher orders add up to the energy of the signal, "
        "to 1e-12.",
        ROWS,
        observation,
    )


def _photographs(seen: Sequence[Spread]) -> Evidence:
    def observation() -> str | None:
        table = np.array([spread.orders for spread in seen])
        falls, rise = (np.diff(table[:, 0]) < 0).all(), (np.diff(table[:, 1:], axis=0)[1:] > 0).all()
        small = (table[:, 3] < table[:, 2])[1:].all()
        return f"order 3 at most {table[:, 3].max():.2%}" if falls and rise and small else None

    return measured(
        "energy: photographs",
        "With the scale of the average order 0 falls and orders 1, 2 and 3 rise; order 3 stays below order 2.",
        ROWS,
        observation,
    )


def _sound(heard: Sequence[Spread]) -> Evidence:
    def observation() -> str | None:
        table = np.array([spread.orders for spread in heard])
        falls, rise = (np.diff(table[:, 1]) < 0).all(), (np.diff(table[:, 2:], axis=0) > 0).all()
        return f"order 0 at most {table[:, 0].max():.2%}" if falls and rise else None

    return measured(
        "energy: a sound",
        "With the length of the average order 1 falls, and orders 2 and 3 rise.",
        ROWS,
        observation,
    )


def _impossible() -> Evidence:
    def witness() -> str | None:
        total = sum(map(Fraction, PRINTED))
        return f"{' + '.join(PRINTED)} = {float(total)}" if total > 1 else None

    return certified(
        "energy: a table that no bank with B <= 1 has",
        "The orders that Andén and Mallat's program prints for T = 2^15 sum to more than the energy of the sound.",
        ROWS,
        witness,
        "exact sum",
    )


# ---- the picture ----


def _draw(figure: "Figure", seen: Sequence[Spread], heard: Sequence[Spread]) -> None:
    parts = figure.subplots(1, 2, sharey=True, gridspec_kw={"width_ratios": [len(seen), len(heard)]})
    _bars(parts[0], seen, [str(J) for J in SCALES], "photographs: J (averages over $2^J$ pixels)")
    _bars(parts[1], heard, [f"$2^{{{J}}}$" for J in WINDOWS], "sound: T (samples)")
    parts[0].set_ylabel("% of the energy")
    figure.legend(
        *parts[0].get_legend_handles_labels(),
        loc="outside upper center",
        ncols=ORDERS + 3,
        handlelength=1,
        columnspacing=1,
    )


def _bars(axes: Any, spreads: Sequence[Spread], labels: Sequence[str], title: str) -> None:
    names = [f"order {order}" for order in range(ORDERS + 1)] + ["pruned", "higher orders"]
    shares = 100 * np.array([[*s.orders, s.pruned, s.beyond] for s in spreads]).T
    floor = np.cumsum(shares, axis=0) - shares
    for name, share, low, colour in zip(names, shares, floor, (*SEQUENCE[: ORDERS + 1], "0.75", "0.88"), strict=True):
        axes.bar(labels, share, bottom=low, label=name, color=colour, width=0.8)
    axes.set_xlabel(title)
