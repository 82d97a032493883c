"""Whole cascades in balls at the rates at which they are computed: every modulus and every average at its own samples.

A modulus of octave j is kept every r samples, r = 2^(j - V) as far as it divides the period, and averages every s, s the rate of
the octave after the last. What is sampled every r counts r times. Of a real signal on a coarse grid a bin f stands for the
frequencies of least modulus, f and -f; the wavelets that the rule of paths leaves out are read there as they are, not folded.
"""

from collections.abc import Iterator
from math import gcd

from flint import acb, arb, ctx

from .harmonic import PRECISION
from .scattering_numeric import Bank, Ledger, Path, Signal, convolved, energy, modulus, spectrum


def folded(spectrum_: Signal, factor: int) -> Signal:
    """Return the sums of aliases: the spectrum of a filter on a grid that is so many times as coarse.

    Examples
    --------
    >>> [float(z.real) for z in folded([acb(k) for k in range(6)], 3)]
    [6.0, 9.0]
    """
    bins = len(spectrum_) // factor
    return [sum(spectrum_[v::bins], acb(0)) for v in range(bins)]


def sampled(signal: Signal, filter_: Signal, rate: int) -> Signal:
    """Return the samples `rate` apart of the convolution of a signal with a filter, which is given on the signal's grid."""
    product = [a * b for a, b in zip(spectrum(signal), filter_, strict=True)]
    return convolved([z / rate for z in folded(product, rate)], [acb(1)] * (len(product) // rate))


def rates(bank: Bank, oversampling: int) -> list[int]:
    """Return the distances of samples in every octave of a bank, and in the one after the last."""
    return [gcd(2 ** max(0, j - oversampling), len(bank.phi)) for j in range(max(bank.octaves) + 2)]


def without_overlap(bank: Bank, oversampling: int) -> bool:
    """Whether every spectrum that is sampled meets none of its aliases, and what filters a coarse grid lies within it.

    Examples
    --------
    >>> from .scattering_numeric import record_bank
    >>> bank = record_bank(16, J=2, wavelet="meyer", normalization="tight")
    >>> [without_overlap(bank, oversampling) for oversampling in (0, 1, 2)]
    [False, True, True]
    """
    apart = rates(bank, oversampling)
    filters = [(bank.phi, len(apart) - 1), *zip(bank.psi, bank.octaves, strict=True)]
    alone = all(_meet_nothing(filter_, apart[octave]) for filter_, octave in filters)
    return alone and all(_within(filter_, apart[j]) for filter_, octave in filters for j in range(octave))


def _meet_nothing(filter_: Signal, rate: int) -> bool:
    """Whether of the aliases of every bin at most one is not 0."""
    bins = len(filter_) // rate
    return all(sum(z != 0 for z in filter_[v::bins]) <= 1 for v in range(bins))


def _within(filter_: Signal, rate: int) -> bool:
    """Whether a spectrum is 0 from half the rate of a coarse grid on."""
    beyond = (z for f, z in enumerate(filter_) if 2 * rate * min(f, len(filter_) - f) >= len(filter_))
    return rate == 1 or all(z == 0 for z in beyond)


def left_out(signal: Signal, filter_: Signal) -> arb:
    """Return the energy of a real signal on a coarse grid in the band of a filter, which is given on the whole period."""
    bins = len(signal)
    places = [v if 2 * v <= bins else v - bins for v in range(bins)]
    passed = ((energy([filter_[w]]) + energy([filter_[-w % len(filter_)]])) / 2 for w in places)
    return sum((energy([z]) * h for z, h in zip(spectrum(signal), passed, strict=True)), arb(0)) / bins


def cascade(x: Signal, bank: Bank, depth: int, apart: list[int]) -> Iterator[tuple[Path, int, Signal]]:
    """Yield all paths of falling octaves, with the distance of the samples of their moduli, and these; depth first."""
    waiting: list[tuple[Path, int, Signal]] = [((), 1, x)]
    while waiting:
        path, rate, u = waiting.pop()
        yield path, rate, u
        for b in following(path, bank) if len(path) < depth else ():
            further = max(rate, apart[bank.octaves[b]])
            value = sampled(u, folded(bank.psi[b], rate), further // rate)
            waiting.append(((*path, b), further, modulus(value)))


def following(path: Path, bank: Bank) -> list[int]:
    """Return the wavelets of the octaves after that of a path."""
    return [b for b, octave in enumerate(bank.octaves) if not path or octave > bank.octaves[path[-1]]]


def sampled_ledger(x: Signal, bank: Bank, order: int, oversampling: int, precision: int = PRECISION) -> Ledger:
    """Return where the energy of a real signal is after all orders up to `order`, every sample weighted by its distance.

    Examples
    --------
    >>> from .scattering_numeric import balls, record_bank
    >>> bank = record_bank(12, J=2, wavelet="shannon", normalization="tight")
    >>> x = balls([3, 0, -1, 0, 0, 2, 0, 5, 0, 0, 1, 0])
    >>> float(abs(sampled_ledger(x, bank, 2, 0).defect).upper()) < 1e-30
    True
    """
    with ctx.workprec(precision):
        averaged, pruned = [arb(0)] * (order + 1), [arb(0)] * (order + 2)
        leaves, apart = arb(0), rates(bank, oversampling)
        for path, rate, u in cascade(x, bank, order + 1, apart):
            m = len(path)
            if m > order:
                leaves += rate * energy(u)
                continue
            averaged[m] += apart[-1] * energy(sampled(u, folded(bank.phi, rate), apart[-1] // rate))
            others = set(range(len(bank.psi))) - set(following(path, bank))
            pruned[m + 1] += rate * sum((left_out(u, bank.psi[b]) for b in sorted(others)), arb(0))
        found = sum((*averaged, *pruned), leaves)
        return Ledger(tuple(averaged), tuple(pruned), leaves, energy(x), energy(x) - found)
