"""The laws of scattering of signals and of images."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sympy import (
    Abs,
    And,
    Eq,
    I,
    Integer,
    KroneckerDelta,
    Max,
    Mod,
    Mul,
    Sum,
    Symbol,
    ceiling,
    exp,
    floor,
    pi,
    sqrt,
)

from .functions import octaves
from .records import OperatorSpec, Stage
from .scattering import CASCADE as SIGNALS
from .scattering import SCATTERING1D
from .scattering2d import CASCADE as IMAGES
from .scattering2d import SCATTERING2D
from .scattering_form import ONE, PSI1, STEP, Cascade, Y, at, firsts, path_count
from .scattering_kinds import (
    Assignments,
    Capture,
    ClosedForm,
    Covariance,
    Homogeneity,
    Nonexpansion,
    Positivity,
    RateIndependence,
    ScatteringLaw,
)
from .symbols import F1, F2, MU, RHO, J, L, N, T, V, array, f, i
from .wavelet_bank import PHI_HAT

ROWS = ("M16", "U14")
PERIODIC = {"boundary": "periodic"}
PSI1_HAT, TOTAL = array("psi_1_hat"), array("total")


@dataclass(frozen=True)
class Family:
    """A record with its cascade and the letters of laws about it.

    `full_rate`, `tight` and `octaves` bring a call to full rate, to a bank that can be tight, and to two octaves of wavelets.
    """

    record: OperatorSpec
    cascade: Cascade
    bins: tuple[Symbol, ...]
    full_rate: Assignments
    tight: Assignments
    octaves: Assignments
    noun: str

    @property
    def letters(self) -> tuple[Symbol, ...]:
        """The lengths of shifts."""
        return tuple(Symbol("g" + a.n.name[1:], integer=True) for a in self.cascade.axes)

    @property
    def sizes(self) -> tuple[Symbol, ...]:
        return tuple(a.n for a in self.cascade.axes)

    @property
    def whole_steps(self) -> Assignments:
        """Sizes that the output step divides: the next larger ones."""
        return tuple((n, STEP * ceiling(n / STEP)) for n in self.sizes)

    @property
    def steps_divide(self) -> Any:
        return And(*(Eq(Mod(n, STEP), 0) for n in self.sizes))

    def named(self, rule: str) -> dict[str, Any]:
        """Return the name, operator and rows of a law."""
        return {"name": f"{self.record.name}: {rule}", "operator": self.record, "rows": ROWS}


LINES = Family(
    SCATTERING1D,
    SIGNALS,
    (f,),
    ((V, Max(V, J, octaves(T + 1) - 1)),),
    ((T, Max(T, 2)),),
    ((J, Max(J, 2)), (T, 2**J)),
    "signal",
)
PLANES = Family(SCATTERING2D, IMAGES, (F1, F2), ((V, Max(V, J)),), ((L, Max(L, 2)),), ((J, Max(J, 2)),), "image")


# ---- signals elsewhere, coefficients elsewhere ----


def _covariances(of: Family) -> Iterator[Covariance]:
    here, there, cascade = of.cascade.here, of.cascade.there, of.cascade
    counts = tuple(floor(n / STEP) for n in of.sizes)
    cyclic: dict[str, Any] = {"words": PERIODIC, "when": of.steps_divide, "solved": of.whole_steps}
    yield Covariance(
        **of.named("a cyclic shift by output steps shifts the coefficients"),
        statement="Where the output step divides the sizes, and so all rates do, a cyclic shift by g steps is one by g places.",
        image=tuple(Mod(j + STEP * g, n) for j, g, n in zip(here, of.letters, of.sizes, strict=True)),
        index=tuple(Mod(t + g, m) for t, g, m in zip(there, of.letters, counts, strict=True)),
        real=False,
        free={g: (Integer(0), m - 1) for g, m in zip(of.letters, counts, strict=True)},
        **cyclic,
    )
    yield Covariance(
        **of.named("a cyclic reversal reverses the coefficients"),
        statement=f"With entry -j mod n in the place of entry j of a real {of.noun}, coefficients stand at -t mod the positions.",
        image=tuple(Mod(-j, n) for j, n in zip(here, of.sizes, strict=True)),
        index=tuple(Mod(-t, m) for t, m in zip(there, counts, strict=True)),
        **cyclic,
    )
    yield Covariance(
        **of.named("a reversal at full rate reverses the coefficients"),
        statement=f"At full rate a real {of.noun} from its last entry to its first has its coefficients so, at every boundary.",
        image=tuple(n - 1 - j for j, n in zip(here, of.sizes, strict=True)),
        index=tuple(n - 1 - t for t, n in zip(there, of.sizes, strict=True)),
        solved=of.full_rate,
    )
    yield from (_same(of, cascade, **more) for more in _SELECTIONS)
    opposite = Mod(MU + cascade.first.count, 2 * cascade.first.count)
    yield Covariance(
        **of.named("wavelets of both signs agree on real data"),
        statement=f"On a real {of.noun} the wavelets of negative frequency give what those of positive frequency give.",
        image=here,
        index=there,
        first=opposite,
        words={"two_sided": True},
    )
    yield Covariance(
        **of.named("the conjugate exchanges the signs of frequencies"),
        statement=f"The conjugate of a complex {of.noun} has its coefficients at the wavelets of the other sign.",
        image=here,
        index=there,
        first=opposite,
        conjugated=True,
        real=False,
        words={"two_sided": True},
    )


_SELECTIONS: tuple[dict[str, Any], ...] = (
    {
        "rule": "falling paths are a selection of all paths",
        "words": {"paths": "decreasing"},
        "options": {"paths": "all"},
    },
    {
        "rule": "the first order is a part of the second",
        "words": {"max_order": 1},
        "options": {"max_order": 2},
    },
    {
        "rule": "wavelets of one sign have sqrt(2) times the coefficients of those of both",
        "words": {"two_sided": False},
        "options": {"two_sided": True},
        "factor": sqrt(2),
    },
)


def _same(of: Family, cascade: Cascade, rule: str, **more: Any) -> Covariance:
    """Return that a call has coefficients of the call with another word."""
    return Covariance(
        **of.named(rule),
        statement=f"{rule[0].upper()}{rule[1:]}.",
        image=cascade.here,
        index=cascade.there,
        real=False,
        **more,
    )


def _images() -> Iterator[Covariance]:
    (one, two), angle = IMAGES.axes, Mod(MU, L)
    even: dict[str, Any] = {"sizes": (two.n, one.n)}
    halves = ((L, 2 * ceiling(L / 2)),)
    yield Covariance(
        **PLANES.named("the transpose mirrors the angles"),
        statement="For an even number of angles a transposed real image has transposed coefficients, at pi/2 - theta for theta.",
        image=(two.j, one.j),
        index=(two.t, one.t),
        first=MU - angle + Mod(L / 2 - angle, L),
        later=MU - angle + Mod(L / 2 - angle, L),
        when=Eq(Mod(L, 2), 0),
        solved=halves,
        **even,
    )
    yield Covariance(
        **PLANES.named("a quarter turn turns the angles"),
        statement="For an even number of angles a real image turned by (i, j) -> (-j mod n, i) has turned coefficients, at the"
        " angles theta + pi/2.",
        image=(Mod(-two.j, two.n), one.j),
        index=(Mod(-two.t, floor(two.n / STEP)), one.t),
        first=MU - angle + Mod(angle + L / 2, L),
        later=MU - angle + Mod(angle + L / 2, L),
        words=PERIODIC,
        when=And(Eq(Mod(L, 2), 0), Eq(Mod(two.n, STEP), 0)),
        solved=(*halves, (two.n, STEP * ceiling(two.n / STEP))),
        **even,
    )


# ---- sizes of coefficients ----


def _bounds(of: Family) -> Iterator[ScatteringLaw]:
    yield Homogeneity(
        **of.named("a factor comes out, without its phase where there is a modulus"),
        statement="A factor c of the data is one of the row without wavelets, and |c| of all others: these are even, and blind to"
        " a phase.",
    )
    yield Positivity(
        **of.named("moduli averaged by a positive filter are not negative"),
        statement="Where the taps of the average are not negative, no coefficient of a path with a wavelet is.",
        words={"wavelet": "morlet"} if of is LINES else {},
    )
    repeated = sqrt(2) ** len(of.sizes)
    yield Nonexpansion(
        **of.named("at full rate it does not expand"),
        statement="At full rate coefficients differ by at most what the data differ, times sqrt(2) per axis if the boundary"
        " repeats all samples but the outermost; for complex data with wavelets of both signs.",
        constants={
            "periodic": Integer(1),
            "zero": Integer(1),
            "symmetric": Integer(1),
            "reflect": repeated,
        },
        solved=of.full_rate,
    )
    yield Capture(
        **of.named("what two orders leave of the energy has fallen at each"),
        statement="By tight banks and all paths, at full rate, the energy that the coefficients lack of a real periodic"
        f" {of.noun}'s is at most (1 - 1/n)^M times what the wavelets took.",
        size=Mul(*of.sizes),
        words={"paths": "all", "normalization": "tight", **PERIODIC},
        solved=(*of.tight, *of.full_rate),
    )
    yield RateIndependence(
        **of.named("the rate matters as little as the aliases allow"),
        statement="Coefficients at the lowest rate and at full rate differ by at most the weight of the aliases of the moduli.",
        coarse=((V, Integer(0)), *of.octaves, *((n, 2**J * Max(1, floor(n / 2**J))) for n in of.sizes)),
        solved=of.full_rate,
    )


# ---- closed forms ----


def _closed_forms(of: Family) -> Iterator[ClosedForm]:
    cascade, count = of.cascade, firsts(of.cascade.first)
    target, place = (i, RHO, *cascade.there), cascade.there
    (level, *_), bins = of.letters, of.bins
    yield ClosedForm(
        **of.named("a constant stays, and has no moduli"),
        statement="A constant is its own average, and every other coefficient is 0.",
        signal=level,
        stages=(Stage(Y[target], level * KroneckerDelta(RHO, 0)),),
        free={level: (Integer(-3), Integer(3))},
        words=PERIODIC,
    )
    waves = {w: (Integer(0), p - 1) for w, p in zip(bins, cascade.periods, strict=True)}
    turn = 2 * pi * I * sum(w * t / p for w, t, p in zip(bins, place, cascade.periods, strict=True))
    response = Abs(PSI1_HAT[(MU, *bins)])
    yield ClosedForm(
        **of.named("a plane wave has the modulus of its spectrum"),
        statement="At full rate a wave of frequency w has the row phi^(w) e^(iwt), the rows |psi^(w)|, and 0 in the others.",
        signal=exp(turn.xreplace(dict(zip(place, cascade.here, strict=True)))),
        stages=(
            Stage(
                Y[target],
                at(Integer(0), PHI_HAT[bins] * exp(turn)) + at(1 + MU, response, (MU, 0, ONE * count - 1)),
            ),
        ),
        free=waves,
        words=PERIODIC,
        solved=of.full_rate,
    )
    taps = Abs(PSI1[(MU, *cascade.here)])
    sums = Sum(taps, *((j, 0, p - 1) for j, p in zip(cascade.here, cascade.periods, strict=True)))
    yield ClosedForm(
        **of.named("an impulse has the mass of the wavelets"),
        statement="At full rate the coefficients of an impulse sum to 1 and, on the path of a wavelet, to the sum of its moduli.",
        signal=Mul(*(KroneckerDelta(j, g) for j, g in zip(cascade.here, of.letters, strict=True))),
        stages=(
            Stage(
                TOTAL[i, RHO],
                KroneckerDelta(RHO, 0) + at(1 + MU, sums, (MU, 0, ONE * count - 1)),
                (N, path_count(cascade.first)),
            ),
        ),
        summed=True,
        free={g: (Integer(0), n - 1) for g, n in zip(of.letters, of.sizes, strict=True)},
        words={"max_order": 1, **PERIODIC},
        solved=of.full_rate,
    )


def _laws(of: Family) -> Iterator[ScatteringLaw]:
    yield from _covariances(of)
    yield from _bounds(of)
    yield from _closed_forms(of)


LAWS: tuple[ScatteringLaw, ...] = (*_laws(LINES), *_laws(PLANES), *_images())
