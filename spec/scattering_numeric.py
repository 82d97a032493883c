"""Whole cascades in balls, to any order, at full rate: scattering of periodic signals with spectra multiplied in Fourier.

The record interprets two orders as sums; here the same filters, taken from it, are followed to any depth, by transforms of balls.
Every number holds the true value. Energies need no transform back: ``||u * h||^2 = (1/P) sum |u^ h^|^2``.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from flint import acb, arb, ctx

from .configuration import bind
from .harmonic import PRECISION, plan, run_harmonic
from .scattering import SCATTERING1D

Signal = list[acb]
Path = tuple[int, ...]


@dataclass(frozen=True)
class Bank:
    """Spectra of an average and of wavelets, and the octave of each wavelet."""

    phi: Signal
    psi: tuple[Signal, ...]
    octaves: tuple[int, ...]


@dataclass(frozen=True)
class Ledger:
    """Where the energy of a signal is after a cascade; entry k belongs to paths of k wavelets.

    Attributes
    ----------
    averaged : tuple of arb
        Energies of the coefficients of every order.
    pruned : tuple of arb
        Energies of the moduli that the rule of paths leaves out.
    leaves : arb
        Energy of the moduli that follow the last order.
    signal : arb
        Energy of the signal.
    defect : arb
        What of it is in none of these; below 0 if they have more.
    """

    averaged: tuple[arb, ...]
    pruned: tuple[arb, ...]
    leaves: arb
    signal: arb
    defect: arb


def record_bank(n: int, **options: Any) -> Bank:
    """Return the spectra of the record's first bank, for signals of n samples and the options of `scattering1d`.

    Examples
    --------
    >>> bank = record_bank(8, J=2, wavelet="shannon")
    >>> len(bank.phi), bank.octaves, bank.phi[0] == 1
    (8, (0, 1), True)
    """
    configuration = bind(SCATTERING1D, {"x": (1, n)}, {**options, "paths": "all"})
    planned, period = plan(configuration), configuration.values["P"]
    psi = np.reshape(planned["psi_1_hat"].values, (-1, period))
    per_octave = configuration.values["Q_1"]
    octaves = tuple(mu // per_octave for mu in range(len(psi)))
    return Bank(list(planned["phi_hat"].values), tuple(map(list, psi)), octaves)


def balls(values: Sequence[Any]) -> Signal:
    """Return numbers as they are."""
    return [acb(value) for value in values]


def spectrum(u: Signal) -> Signal:
    """Return the discrete Fourier transform."""
    return acb.dft(u)


def convolved(u_hat: Signal, h_hat: Signal) -> Signal:
    """Return the signal whose spectrum is a product."""
    return acb.dft([a * b for a, b in zip(u_hat, h_hat, strict=True)], inverse=True)


def modulus(u: Signal) -> Signal:
    """Return the moduli of all samples."""
    return [acb(abs(z)) for z in u]


def difference(one: Signal, other: Signal) -> Signal:
    """Return the difference of two signals."""
    return [a - b for a, b in zip(one, other, strict=True)]


def energy(u: Signal) -> arb:
    """Return the square of the 2-norm."""
    return sum((z.real * z.real + z.imag * z.imag for z in u), arb(0))


def filtered_energy(u_hat: Signal, h_hat: Signal) -> arb:
    """Return the energy of a convolution, from the spectra."""
    return energy([a * b for a, b in zip(u_hat, h_hat, strict=True)]) / len(u_hat)


def cascade(x: Signal, bank: Bank, depth: int, decreasing: bool = False) -> Iterator[tuple[Path, Signal]]:
    """Yield all paths of up to `depth` wavelets with their moduli, depth first; that of no wavelet is the signal itself.

    On decreasing paths every wavelet is of a lower frequency, by an octave at least, than the one before.
    """
    waiting: list[tuple[Path, Signal]] = [((), x)]
    while waiting:
        path, u = waiting.pop()
        yield path, u
        if len(path) < depth:
            u_hat = spectrum(u)
            waiting += [((*path, b), modulus(convolved(u_hat, bank.psi[b]))) for b in _next(path, bank, decreasing)[0]]


def ledger(x: Signal, bank: Bank, order: int, decreasing: bool = False, precision: int = PRECISION) -> Ledger:
    """Return where the energy of a signal is after all orders up to `order`.

    Examples
    --------
    >>> bank = record_bank(8, J=2, wavelet="shannon", normalization="tight")
    >>> found = ledger(balls([3, 0, -1, 0, 0, 2, 0, 0]), bank, 2)
    >>> float(found.signal), float(abs(found.defect).upper()) < 1e-30
    (14.0, True)
    """
    with ctx.workprec(precision):
        averaged, pruned = [arb(0)] * (order + 1), [arb(0)] * (order + 2)
        leaves = arb(0)
        for path, u in cascade(x, bank, order, decreasing):
            u_hat, m = spectrum(u), len(path)
            kept, left_out = (
                [filtered_energy(u_hat, bank.psi[b]) for b in part] for part in _next(path, bank, decreasing)
            )
            averaged[m] += filtered_energy(u_hat, bank.phi)
            pruned[m + 1] += sum(left_out, arb(0))
            leaves += sum(kept, arb(0)) if m == order else arb(0)
        found = sum((*averaged, *pruned), leaves)
        return Ledger(tuple(averaged), tuple(pruned), leaves, energy(x), energy(x) - found)


def _next(path: Path, bank: Bank, decreasing: bool) -> tuple[list[int], list[int]]:
    """Return the wavelets that may follow a path, and the others."""
    last = bank.octaves[path[-1]] if path and decreasing else -1
    kept = [b for b, octave in enumerate(bank.octaves) if octave > last]
    return kept, [b for b in range(len(bank.psi)) if b not in kept]


def scattered(x: Signal, bank: Bank, order: int, precision: int = PRECISION) -> dict[Path, Signal]:
    """Return the coefficients of all paths at full rate.

    Examples
    --------
    >>> found = scattered(balls([1, 1, 1, 1]), record_bank(4, J=1), 1)
    >>> sorted(found), found[()][0].real.contains(arb(1)), abs(found[(0,)][0]) < 1e-30
    ([(), (0,)], True, True)
    """
    with ctx.workprec(precision):
        return {path: convolved(spectrum(u), bank.phi) for path, u in cascade(x, bank, order)}


def by_record(x: Sequence[Any], **options: Any) -> dict[Path, Signal]:
    """Return the coefficients that the record itself gives, for all paths of up to two wavelets.

    Examples
    --------
    >>> found = by_record([3.0, 3.0, 3.0, 3.0], J=1, max_order=1)
    >>> {path: [round(float(z.real), 9) for z in signal] for path, signal in found.items()}
    {(): [3.0, 3.0], (0,): [0.0, 0.0]}
    """
    configuration = bind(SCATTERING1D, {"x": (1, len(x))}, {**options, "paths": "all"})
    rows = np.reshape(run_harmonic(configuration, {"x": np.array([x])})[1][0].values, configuration.output_shape)[0]
    count = int(configuration.values["Q_1"] * configuration.values["D"])
    paths = (path for order in range(3) for path in product(range(count), repeat=order))
    return dict(zip(paths, map(list, rows), strict=False))
