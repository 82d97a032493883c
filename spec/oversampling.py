"""How far scattering coefficients at coarse rates may be from those at full rate: aliasing, bounded path by path.

A signal u whose samples are read every d is averaged as ``d sum over j of u(d j) phi(t - d j)``, which has the spectrum
``phi^(w) sum over r < d of u^(w + r P/d)``. What it lacks are the terms r >= 1, so

    |coarse - fine| <= alias(u, phi, d) = (1/P) sum over w of |phi^(w)| sum over r >= 1 of |u^(w + r P/d)|

at every sample. Coarse wavelet coefficients are as far from fine ones as ``alias(u, psi, d)``, and their moduli no farther; an
average of moduli that are off by e is off by e times ``d sum |phi(t - d j)|``, which the largest such sum over t bounds.
"""

from collections.abc import Sequence
from functools import reduce

from flint import acb, arb, ctx

from .harmonic import PRECISION
from .scattering_numeric import Bank, Path, Signal, cascade, spectrum


def alias(u: Signal, h_hat: Signal, distance: int) -> arb:
    """Return a bound on what a convolution is off if its signal is read every `distance` samples, which divides its length."""
    P, sizes = len(u), [abs(z) for z in spectrum(u)]
    others = (sum((sizes[(w + r * P // distance) % P] for r in range(1, distance)), arb(0)) for w in range(P))
    return sum((abs(h) * other for h, other in zip(h_hat, others, strict=True)), arb(0)) / P


def weight(h_hat: Signal, distance: int) -> arb:
    """Return the largest sum of moduli of taps that are `distance` apart, of which each counts `distance` times."""
    sizes = [abs(tap) for tap in acb.dft(h_hat, inverse=True)]
    return distance * reduce(arb.max, (sum(sizes[t::distance], arb(0)) for t in range(distance)))


def aliasing_bounds(x: Signal, bank: Bank, rates: Sequence[int], order: int) -> dict[Path, arb]:
    """Return a bound on the distance of coarse coefficients from those at full rate, for every path.

    Parameters
    ----------
    x : list of acb
        A periodic signal.
    bank : Bank
        The filters of every order.
    rates : sequence of int
        How far apart the samples after each wavelet are; after several, the coarsest of theirs. They divide the period, and
        each other.

    Examples
    --------
    >>> from convoracle.spec.scattering_numeric import balls, record_bank
    >>> found = aliasing_bounds(balls([1, 0, 0, 0, 0, 0, 0, 0]), record_bank(8, J=2), (1, 2), 1)
    >>> {path: bool(bound > 0) for path, bound in sorted(found.items())}  # all but the last are at full rate
    {(): False, (0,): False, (1,): True}
    """
    with ctx.workprec(PRECISION):
        off: dict[Path, arb] = {(): arb(0)}
        bounds: dict[Path, arb] = {}
        for path, u in cascade(x, bank, order):
            distance = max((rates[mu] for mu in path), default=1)

            def reached(h_hat: Signal, u: Signal = u, before: arb = off[path], distance: int = distance) -> arb:
                return alias(u, h_hat, distance) + before * weight(h_hat, distance)

            bounds[path] = reached(bank.phi)
            off |= {(*path, mu): reached(h_hat) for mu, h_hat in enumerate(bank.psi) if len(path) < order}
        return bounds
