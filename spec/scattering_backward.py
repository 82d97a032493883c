"""The cascade of scattering transposed, step by step in reverse: what a gradient of the coefficients hands back to a real signal.

The modulus has the derivative ``Re(conj(sign z) dz)`` with ``sign z = z / |z|``, and 0 where z is 0: so the gradient is finite
everywhere, and one of several where a modulus vanishes. All spectra are real, so the conjugate of a filter is the filter in
reverse: a convolution is transposed by one with the taps at minus the distances.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import prod

from sympy import Expr, IndexedBase, Integer, KroneckerDelta, Mod, Sum, floor, re, sign

from .records import Stage
from .scattering_form import (
    FIRST,
    KEPT,
    ONE,
    PHI,
    PSI1,
    PSI2,
    STEP,
    TWO,
    U1,
    Cascade,
    Distances,
    Z,
    firsts,
    outputs,
    row_of_pair,
)
from .symbols import EXTENSION, MU, NU, N, array, i

DY, V1, V2 = (array(name) for name in ("dy", "V_1", "V_2"))
DU1, DU2, DV1, DV2, DZ, DX = (array(name) for name in ("dU_1", "dU_2", "dV_1", "dV_2", "dz", "dx"))


@dataclass(frozen=True)
class Backward:
    """The stages of the gradient of a cascade: V are convolutions, U their moduli, dA what is handed back to an array A."""

    cascade: Cascade

    def stages(self) -> tuple[Stage, ...]:
        """Return the signals before and after every modulus, and what dy hands back to each of them."""
        c, (one, two) = self.cascade, self.cascade.rates
        z, u1 = Z[(i, *c.here)], U1[(i, MU, *c.here)]
        first, second = (ONE * firsts(c.first),), (TWO * firsts(c.first), TWO * c.second.count)
        later = (NU, FIRST(MU), TWO * c.second.count - 1)
        from_second = Sum(re(self._through_filter(DV2, (MU, NU), PSI2, one, two)), later)
        from_first = Sum(re(self._through_filter(DV1, (MU,), PSI1, c.whole, one)), (MU, 0, ONE * firsts(c.first) - 1))
        return (
            self._made(V1, (MU,), c.convolved(z, c.whole, PSI1, MU, one), first),
            self._made(U1, (MU,), abs(V1[(i, MU, *c.there)]), first),
            self._made(V2, (MU, NU), c.convolved(u1, one, PSI2, NU, two), second),
            self._handed(DU2, (MU, NU), self._through_average(row_of_pair(c.first), two), second),
            self._made(DV2, (MU, NU), self._through_modulus(DU2, V2, (MU, NU)), second),
            self._handed(DU1, (MU,), self._through_average(1 + MU, one) + from_second, first),
            self._made(DV1, (MU,), self._through_modulus(DU1, V1, (MU,)), first),
            self._handed(DZ, (), self._through_average(Integer(0), c.whole) + from_first, ()),
            self._unextended(),
        )

    def _made(self, target: IndexedBase, path: Iterable[Expr], value: Expr, counts: tuple[Expr, ...]) -> Stage:
        return Stage(target[(i, *path, *self.cascade.there)], value, (N, *counts, *self.cascade.periods))

    def _handed(self, target: IndexedBase, path: Iterable[Expr], value: Expr, counts: tuple[Expr, ...]) -> Stage:
        return Stage(target[(i, *path, *self.cascade.here)], value, (N, *counts, *self.cascade.periods))

    def _taps(self, distances: Distances, rates: Distances) -> tuple[Expr, ...]:
        """Return where filters are read for what the samples ``t`` of a result hand back to the samples ``j`` of a signal."""
        lines = zip(self.cascade.axes, self.cascade.periods, distances, rates, strict=True)
        return tuple(Mod(d * a.j - r * a.t, p) for a, p, d, r in lines)

    def _through_average(self, row: Expr, distances: Distances) -> Expr:
        """Return what a row of dy hands back through the average."""
        axes = self.cascade.axes
        entry = DY[(i, row, *self.cascade.there)] * PHI[(Integer(0), *self._taps(distances, (STEP,) * len(axes)))]
        return prod(distances) * Sum(entry, *((a.t, 0, outputs(a.n) - 1) for a in axes))

    def _through_modulus(self, handed: IndexedBase, value: IndexedBase, path: tuple[Expr, ...]) -> Expr:
        """Return what a modulus hands back to the convolution whose modulus it is."""
        at = (i, *path, *self.cascade.there)
        return handed[at] * sign(value[at])

    def _through_filter(
        self, handed: IndexedBase, path: tuple[Expr, ...], filters: IndexedBase, distances: Distances, rates: Distances
    ) -> Expr:
        """Return what a convolution hands back to its signal, of which the real part counts."""
        lines = zip(self.cascade.axes, self.cascade.periods, rates, strict=True)
        entry = handed[(i, *path, *self.cascade.there)] * filters[(path[-1], *self._taps(distances, rates))]
        return prod(distances) * Sum(entry, *((a.t, 0, floor(p / r) - 1) for a, p, r in lines))

    def _unextended(self) -> Stage:
        """Return that every sample of the extended signal hands back to the sample of the signal that it repeats."""
        axes = self.cascade.axes
        read = prod(KEPT(a.j, a.n) * KroneckerDelta(EXTENSION(a.j, a.n), a.u) for a in axes)
        ranges = ((a.j, 0, p - 1) for a, p in zip(axes, self.cascade.periods, strict=True))
        return Stage(DX[(i, *(a.u for a in axes))], Sum(DZ[(i, *self.cascade.here)] * read, *ranges))
