"""What scattering of signals and of images have in common: the boundary, the order of paths, the cascade of moduli."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import prod

from sympy import (
    Abs,
    Expr,
    Function,
    IndexedBase,
    Integer,
    KroneckerDelta,
    Lambda,
    Max,
    Min,
    Mod,
    Sum,
    Symbol,
    ceiling,
    floor,
)

from .functions import gcd
from .records import Choice, Parameter, Stage
from .symbols import EXTENSION, MU, NU, RHO, Axis, J, K, M, N, V, W, array, i
from .wavelet_bank import Bank

A = Axis.of(0, 1)
STEP = A.s
"""The letter of the distance of output samples, the same on all axes."""

KEPT = Function("kept", integer=True)
"""``kept(j, n)``: 1 where the extended signal is a sample of the signal, 0 where it is zero."""

# ---- options ----

_J, _N = A.j, A.n
_EXTENDED: Mapping[str, tuple[Expr, Expr, Expr]] = {
    "periodic": (_N, _J, Integer(1)),
    "zero": (2 * _N, Min(_J, _N - 1), Max(0, Min(1, _N - _J))),
    "symmetric": (2 * _N, Min(_J, 2 * _N - 1 - _J), Integer(1)),
    "reflect": (Max(1, 2 * _N - 2), Min(_J, Max(0, 2 * _N - 2 - _J)), Integer(1)),
}
"""The period, the sample that is read, and whether it is kept, of one axis; every boundary is that of a periodic signal."""


def boundary(periods: Mapping[Symbol, Symbol]) -> Choice:
    """Return the choice of a boundary, the same on all axes; `periods` are the letters of the periods by those of the sizes."""
    return Choice(
        keyword="boundary",
        options={
            word: {
                **{period: length.xreplace({_N: n}) for n, period in periods.items()},
                EXTENSION: Lambda((_J, _N), read),
                KEPT: Lambda((_J, _N), kept),
            }
            for word, (length, read, kept) in _EXTENDED.items()
        },
        default="periodic",
        meaning="how the signal goes on: as its own copies, zeros, or mirror images with or without the outermost sample twice",
    )


SCALES = Parameter(
    keyword="J", symbols=(J,), least=1, default=None, meaning="octaves; averages over 2^J samples", scalar=True
)
OVERSAMPLING = Parameter(
    keyword="oversampling",
    symbols=(V,),
    least=0,
    default=0,
    meaning="octaves by which every rate is raised",
    scalar=True,
)
ORDER = Choice(
    keyword="max_order",
    options={order: {M: Integer(order)} for order in (2, 1, 0)},
    default=2,
    meaning="the largest number of moduli on a path",
)
SIGNS = Choice(
    keyword="two_sided",
    options={False: {W: Integer(0)}, True: {W: Integer(1)}},
    default=False,
    meaning="whether the first order has wavelets of negative frequency too, for complex signals",
)
ONE, TWO = Min(1, M), Max(0, M - 1)
"""1 where there are paths of that many wavelets."""

# ---- paths ----

FIRST, OFFSET = Function("first", integer=True), Function("offset", integer=True)
"""``first(mu)``: the first wavelet after mu on a path; ``offset(mu)``: paths of two wavelets before those that begin with mu."""


def _decreasing(mu: Expr, first: Bank, second: Bank) -> Expr:
    """Return how many pairs of falling frequency begin with a wavelet before mu, among those of positive frequency."""
    q, later, octaves = first.per_octave, second.per_octave, second.octaves
    a, r = first.octave(mu), Mod(Mod(mu, Max(1, first.count)), q)
    return later * (q * (a * (octaves - 1) - a * (a - 1) / 2) + r * (octaves - 1 - a))


def decreasing_pairs(first: Bank, second: Bank) -> Expr:
    """Return the number of pairs of wavelets of falling octaves."""
    return floor(first.per_octave * second.per_octave * second.octaves * (second.octaves - 1) / 2)


def paths(first: Bank, second: Bank) -> Choice:
    """Return the choice of the pairs of wavelets that follow one another."""
    pairs, sign = decreasing_pairs(first, second), floor(MU / Max(1, first.count))
    return Choice(
        keyword="paths",
        options={
            "decreasing": {
                FIRST: Lambda(MU, second.per_octave * (first.octave(MU) + 1)),
                OFFSET: Lambda(MU, sign * pairs + floor(_decreasing(MU, first, second))),
                K: pairs,
            },
            "all": {
                FIRST: Lambda(MU, Integer(0)),
                OFFSET: Lambda(MU, MU * second.count),
                K: first.count * second.count,
            },
        },
        default="decreasing",
        meaning="which wavelets follow one another on a path: those of lower octaves, or all",
    )


def firsts(first: Bank) -> Expr:
    """Return the number of wavelets of the first order."""
    return (1 + W) * first.count


def path_count(first: Bank) -> Expr:
    """Return the number of paths."""
    return 1 + ONE * firsts(first) + TWO * (1 + W) * K


def row_of_pair(first: Bank) -> Expr:
    """Return the row of the path of two wavelets ``mu, nu``."""
    return 1 + firsts(first) + OFFSET(MU) + NU - FIRST(MU)


# ---- the cascade ----


def rate(exponent: Expr, period: Expr) -> Expr:
    """Return the distance of samples in an octave: a power of 2, less the oversampling, as far as it divides the period."""
    return gcd(2 ** Max(0, exponent - V), period)


def outputs(n: Expr) -> Expr:
    """Return the number of output samples: those at 0, step, 2 step .. below n."""
    return ceiling(n / STEP)


def at(row: Expr, value: Expr, *ranges: tuple[Expr, Expr, Expr]) -> Expr:
    """Return what a family of paths contributes to a row: its value at the path that stands there."""
    chosen = KroneckerDelta(RHO, row) * value
    return Sum(chosen, *ranges) if ranges else chosen


X, Z, U1, U2, Y = (array(name) for name in ("x", "z", "U_1", "U_2", "y"))
S0, S1, S2 = (array(name) for name in ("S_0", "S_1", "S_2"))
PHI, PSI1, PSI2 = (array(name) for name in ("phi", "psi_1", "psi_2"))

Distances = tuple[Expr, ...]
"""How far apart the samples of a signal are, per axis."""


@dataclass(frozen=True, kw_only=True)
class Cascade:
    """The moduli of wavelet transforms and their averages on some axes.

    `rates` are the distances of samples after the wavelet mu, and after mu and nu. A signal is read at the letters ``j`` of the
    axes, at samples that are so far apart.
    """

    axes: tuple[Axis, ...]
    periods: tuple[Symbol, ...]
    first: Bank
    second: Bank
    rates: tuple[Distances, Distances]

    @property
    def here(self) -> tuple[Symbol, ...]:
        """The letters at which a signal is read."""
        return tuple(a.j for a in self.axes)

    @property
    def there(self) -> tuple[Symbol, ...]:
        """The letters of the samples of a result."""
        return tuple(a.t for a in self.axes)

    @property
    def whole(self) -> Distances:
        """The distances of samples of the signal itself."""
        return (Integer(1),) * len(self.axes)

    def averaged(self, signal: Expr, distances: Distances) -> Expr:
        """Return the average of a signal at the output samples."""
        return self.convolved(signal, distances, PHI, Integer(0), (STEP,) * len(self.axes))

    def filtered(
        self, signal: Expr, distances: Distances, filters: IndexedBase, wavelet: Expr, rates: Distances
    ) -> Expr:
        """Return the modulus of the convolution with a wavelet, at samples `rates` apart."""
        return Abs(self.convolved(signal, distances, filters, wavelet, rates))

    def convolved(
        self, signal: Expr, distances: Distances, filters: IndexedBase, which: Expr, rates: Distances
    ) -> Expr:
        """Return the convolution with a filter, at samples `rates` apart, of a signal whose samples are so far apart."""
        lines = tuple(zip(self.axes, self.periods, distances, rates, strict=True))
        taps = (Mod(r * a.t - d * a.j, p) for a, p, d, r in lines)
        ranges = ((a.j, 0, floor(p / d) - 1) for a, p, d, _ in lines)
        return prod(distances) * Sum(signal * filters[(which, *taps)], *ranges)

    def stages(self) -> tuple[Stage, ...]:
        """Return the extended signal, its moduli, their averages, and all of them row by row."""
        one, two = (self.rates[0], self.rates[1])
        sizes = tuple(outputs(a.n) for a in self.axes)
        first, second = (N, ONE * firsts(self.first)), (N, TWO * firsts(self.first), TWO * self.second.count)
        z, u1, u2 = Z[(i, *self.here)], U1[(i, MU, *self.here)], U2[(i, MU, NU, *self.here)]
        return (
            Stage(z, self._extended(), (N, *self.periods)),
            self._at(U1, (MU,), self.filtered(z, self.whole, PSI1, MU, one), (*first, *self.periods)),
            self._at(U2, (MU, NU), self.filtered(u1, one, PSI2, NU, two), (*second, *self.periods)),
            self._at(S0, (), self.averaged(z, self.whole), (N, *sizes)),
            self._at(S1, (MU,), self.averaged(u1, one), (*first, *sizes)),
            self._at(S2, (MU, NU), self.averaged(u2, two), (*second, *sizes)),
            self._at(Y, (RHO,), self._rows(), ()),
        )

    def _extended(self) -> Expr:
        read = X[(i, *(EXTENSION(a.j, a.n) for a in self.axes))]
        return read * prod(KEPT(a.j, a.n) for a in self.axes)

    def _at(self, target: IndexedBase, path: Iterable[Expr], value: Expr, extents: tuple[Expr, ...]) -> Stage:
        return Stage(target[(i, *path, *self.there)], value, extents)

    def _rows(self) -> Expr:
        count, s = firsts(self.first), self.there
        pairs = (NU, FIRST(MU), self.second.count - 1), (MU, 0, TWO * count - 1)
        return (
            at(Integer(0), S0[(i, *s)])
            + at(1 + MU, S1[(i, MU, *s)], (MU, 0, ONE * count - 1))
            + at(row_of_pair(self.first), S2[(i, MU, NU, *s)], *pairs)
        )
