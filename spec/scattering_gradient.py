"""The gradient of the scattering of real signals: every step of the cascade transposed, in reverse.

The modulus has the derivative ``Re(conj(sign z) dz)`` with ``sign z = z / |z|``, and 0 where z is 0: so the gradient is finite
everywhere, and that of a subgradient where a modulus vanishes.
"""

from collections.abc import Mapping

import numpy as np
from sympy import Expr, IndexedBase, Integer, KroneckerDelta, Mod, Sum, conjugate, floor, re, sign

from .code import number
from .complex_balls import Balls
from .configuration import Configuration
from .harmonic import item_norms
from .records import Array, Example, OperatorSpec, Source, Stage
from .rounded import CLASSES
from .scattering import FIRSTS, RATE1, RATE2, ROW2, SCATTERING1D, gain, stored_error
from .scattering_form import FIRST, KEPT, ONE, PHI, PSI1, PSI2, TWO, U1, A, Z, outputs
from .scattering_rounding import extension_gain
from .spectral_rounding import RelativeTo, Size
from .symbols import EXTENSION, MU, NU, Q2, N, P, array, i
from .wavelet_bank import total

DY, V1, V2 = (array(name) for name in ("dy", "V_1", "V_2"))
DU1, DU2, DZ, DX = (array(name) for name in ("dU_1", "dU_2", "dz", "dx"))


def _filtered(signal: Expr, distance: Expr, filters: IndexedBase, wavelet: Expr, rate: Expr) -> Expr:
    """Return the convolution of which `scattering.filtered` takes the modulus."""
    tap = Mod(rate * A.t - distance * A.j, P)
    return distance * Sum(signal * filters[wavelet, tap], (A.j, 0, floor(P / distance) - 1))


def _average_back(row: Expr, distance: Expr) -> Expr:
    """Return what a row of dy hands back through the average to the sample ``A.j`` of a signal with samples `distance` apart."""
    tap = Mod(A.s * A.t - distance * A.j, P)
    return distance * Sum(DY[i, row, A.t] * PHI[Integer(0), tap], (A.t, 0, outputs(A.n) - 1))


def _modulus_back(slope: IndexedBase, value: IndexedBase, path: tuple[Expr, ...], distance: Expr, rate: Expr) -> Expr:
    """Return the summand that a modulus hands back through its filter, summed over its samples ``A.t``."""
    filters, wavelet = (PSI2, NU) if len(path) == 2 else (PSI1, MU)
    tap = Mod(rate * A.t - distance * A.j, P)
    at = (i, *path, A.t)
    return distance * slope[at] * re(sign(value[at]) * conjugate(filters[wavelet, tap]))


BACKWARD = (
    Stage(V1[i, MU, A.t], _filtered(Z[i, A.j], Integer(1), PSI1, MU, RATE1), (N, ONE * FIRSTS, P)),
    Stage(U1[i, MU, A.t], abs(V1[i, MU, A.t]), (N, ONE * FIRSTS, P)),
    Stage(
        V2[i, MU, NU, A.t],
        _filtered(U1[i, MU, A.j], RATE1, PSI2, NU, RATE2),
        (N, TWO * FIRSTS, TWO * total(Q2), P),
    ),
    Stage(
        DU2[i, MU, NU, A.j],
        _average_back(ROW2, RATE2),
        (N, TWO * FIRSTS, TWO * total(Q2), P),
    ),
    Stage(
        DU1[i, MU, A.j],
        _average_back(1 + MU, RATE1)
        + Sum(
            _modulus_back(DU2, V2, (MU, NU), RATE1, RATE2),
            (A.t, 0, floor(P / RATE2) - 1),
            (NU, FIRST(MU), TWO * total(Q2) - 1),
        ),
        (N, ONE * FIRSTS, P),
    ),
    Stage(
        DZ[i, A.j],
        _average_back(Integer(0), Integer(1))
        + Sum(
            _modulus_back(DU1, V1, (MU,), Integer(1), RATE1), (A.t, 0, floor(P / RATE1) - 1), (MU, 0, ONE * FIRSTS - 1)
        ),
        (N, P),
    ),
    Stage(
        DX[i, A.u],
        Sum(DZ[i, A.j] * KEPT(A.j, A.n) * KroneckerDelta(EXTENSION(A.j, A.n), A.u), (A.j, 0, P - 1)),
    ),
)
"""The signals before and after every modulus, and what dy hands back to each of them."""


FORWARD = tuple(
    stage for stage in SCATTERING1D.definition if str(stage.target.base) not in ("U_1", "U_2", "S_0", "S_1", "S_2", "y")
)
"""The filters, the rates and the extended signal."""


def growth(configuration: Configuration, unit: float, values: Mapping[str, Balls]) -> tuple[np.ndarray, ...]:
    """Return how far the gradient of an item may be off, relative to the norm of its dy.

    The gradient is the sum over all rows of what each hands back, so its error is at most the largest error of a chain times
    ``sqrt(rows)``. The direction ``z / |z|`` of a computed z is off by at most ``2 |error| / |z|``, and by 2.

    Returns
    -------
    tuple of one ndarray of shape (classes, N, 1)
    """
    rows = number(configuration.record.array("dy").axes[1], configuration.values)
    by_class = [_chains(configuration, unit, ulps, values, rows) for ulps in CLASSES]
    return (np.array(by_class)[:, :, None] * np.sqrt(rows) * (1 + 2.0**-40),)


def _chains(
    configuration: Configuration, unit: float, ulps: float, values: Mapping[str, Balls], rows: int
) -> np.ndarray:
    """Return the largest error of what a row of norm 1 hands back, item by item."""
    period, stored = configuration.values["P"], stored_error(configuration, unit)
    norms, extended = item_norms(configuration, values, "x"), extension_gain(configuration)
    largest = gain(configuration, values)
    forward, turned = Size(unit, norm=extended), []
    for name in ("V_1", "V_2"):
        forward = forward.convolved(period, largest=largest, stored=stored, folds=period)
        turned.append(_turned(configuration, values[name], forward.error * norms))
        forward = forward.modulus(ulps)
    found = []
    for item in range(len(norms)):
        signal = Size(unit).convolved(period, largest=largest, stored=stored, folds=period)
        for order in (1, 0):
            signal = signal.turned(turned[order][item], ulps).convolved(
                period, largest=largest, stored=stored, folds=period
            )
        found.append(extended * signal.added(rows).error)
    return np.array(found)


def _turned(configuration: Configuration, value: Balls, errors: np.ndarray) -> list[float]:
    """Return how far the direction of a computed entry may be off at most, item by item; that of no signal is 0."""
    items = len(errors)
    if not len(value):
        return [0.0] * items
    least = np.array([float(abs(z).abs_lower()) for z in value.values]).reshape(items, -1).min(axis=1)
    return [float(min(2.0, 2.0 * e / low)) if low > 0 else 2.0 * (e > 0) for e, low in zip(errors, least, strict=True)]


SCATTERING1D_GRADIENT = OperatorSpec(
    name="scattering1d_gradient",
    summary="Gradient of the scattering of real signals: every step transposed, in reverse.",
    more_axes="leading",
    inputs=(
        Array(name="dy", axes=SCATTERING1D.output.axes, meaning="gradient of the coefficients"),
        Array(name="x", axes=(N, A.n), meaning="signals"),
    ),
    parameters=SCATTERING1D.parameters,
    output=Array(name="dx", axes=(N, A.n), meaning="gradient of the signals"),
    requires=SCATTERING1D.requires,
    definition=(*FORWARD, *BACKWARD),
    numbers=("float",),
    source=Source(
        rows=("M-inv", "U14"),
        reference="Griewank & Walther 2008, Evaluating Derivatives, section 3.2; Bruna & Mallat 2019, section 4",
        example=Example(
            inputs={"dy": (((1, 1),),), "x": ((5, 5, 5, 5),)},
            options={"J": 1, "max_order": 0, "wavelet": "shannon"},
            output=((0.5, 0.5, 0.5, 0.5),),
            cited="constant rows of dy hand back their mean, by hand",
        ),
    ),
    conventions=SCATTERING1D.conventions,
    rounding=RelativeTo(("dy",), growth),
    where=SCATTERING1D.where,
)
