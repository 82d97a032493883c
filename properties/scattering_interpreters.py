"""The laws of scattering, interpreted on a subject: coefficients by path and position, norms, and closed forms.

How far results may stray follows from the bounds of both calls, which depend on the plan of a call and the norms of its data, not
on the values of the definition: a law is checked without evaluating that.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from flint import acb, arb

from convoracle.spec.code import number
from convoracle.spec.laws import Law, Placement
from convoracle.spec.scattering_aliasing import alias_bounds
from convoracle.spec.scattering_closed import closed_form, signal_of
from convoracle.spec.scattering_kinds import (
    Capture,
    ClosedForm,
    Covariance,
    Homogeneity,
    Nonexpansion,
    Positivity,
    RateIndependence,
)
from convoracle.spec.scattering_paths import CASCADES, rows_of
from convoracle.spec.symbols import N, i

from .case import Case, rebuilt
from .layer_interpreters import checked
from .placements import free_letters, grids, place
from .scattering_calls import MARGIN, Coefficients, about, attempted, called, drawn, norms
from .subject import Judged
from .universal import Checked

FACTORS = {"f": (-1.0, 2.0, -0.5), "c": (1j, -2j, -0.5)}
"""Numbers by which data are multiplied exactly."""


def _checked(law: Law, case: Case, x: np.ndarray, error: np.ndarray, slack: np.ndarray) -> Checked:
    """Return that no error is beyond its slack, or which one is."""
    beyond = np.flatnonzero(~(error <= slack * MARGIN).ravel())
    if not len(beyond):
        return checked(law, case, {"x": x}, None)
    place = int(beyond[0])
    where = [int(k) for k in np.unravel_index(place, error.shape)]
    off, allowed = float(error.flat[place]), float(np.broadcast_to(slack, error.shape).flat[place])
    return checked(law, case, {"x": x}, f"at {where} it is off by {off:.6g}, more than {allowed:.6g}")


# ---- signals elsewhere ----


def covariance(judged: Judged, case: Case, law: Covariance) -> Iterator[Checked]:
    """Check coefficients path by path against those of the moved data, up to the bounds of both calls."""
    of_complex = law.conjugated or (not law.real and bool(case.seed % 2))
    here = about(case, law.solved, law.words, of_complex=of_complex)
    if here is None or not number(law.when, here.configuration.values):
        return
    values = {**here.configuration.values, **free_letters(law.free, here.configuration.values, here.seed)}
    there = _moved(here, law, values)
    x = drawn(here)
    first = called(judged, here, x)
    second = called(judged, there, _placed(law, x, values)) if first else None
    if first is None or second is None:
        return
    expected = _carried(law, here, there, second, values)
    error = np.abs(first.values - expected.values)
    yield _checked(law, here, x, error, first.bounds + expected.bounds)


def _moved(here: Case, law: Covariance, values: Mapping[str, int]) -> Case:
    """Return the case of the moved data."""
    axes = CASCADES[law.operator].axes
    sizes = {a.n.name: number(size, values) for a, size in zip(axes, law.sizes or [a.n for a in axes], strict=True)}
    words = {**here.configuration.words, **law.options}
    return rebuilt(here, {**here.configuration.values, **sizes}, words)


def _placed(law: Covariance, x: np.ndarray, values: Mapping[str, int]) -> np.ndarray:
    axes = CASCADES[law.operator].axes
    sizes = (N, *(law.sizes or [a.n for a in axes]))
    placement = Placement("x", (i, *(a.j for a in axes)), (i, *law.image), sizes, law.conjugated)
    return place(placement, x, values)


def _carried(law: Covariance, here: Case, there: Case, second: Coefficients, values: Mapping[str, int]) -> Coefficients:
    """Return the coefficients of the moved data where the law says that they stand."""
    rows = rows_of(there.configuration)
    carried = [rows[_image_of(law, path, values)] for path in rows_of(here.configuration)]
    letters = tuple(a.t for a in CASCADES[law.operator].axes)
    places: tuple[Any, ...] = (
        slice(None),
        slice(None),
        *grids(letters, here.configuration.output_shape[2:], values, law.index),
    )
    found, bounds = (part[:, carried][places] for part in (second.values, second.bounds))
    if law.conjugated:
        found[:, 0] = np.conj(found[:, 0])
    factor = float(law.factor)
    weights = np.array([1.0, *[factor] * (len(carried) - 1)]).reshape(1, -1, *(1,) * len(letters))
    return Coefficients(found * weights, bounds * weights + np.abs(found) * 2.0**-52)


def _image_of(law: Covariance, path: tuple[int, ...], values: Mapping[str, int]) -> tuple[int, ...]:
    maps = zip((law.first, law.later), path, strict=False)
    return tuple(number(expr, {**values, "mu": mu}) for expr, mu in maps)


# ---- sizes of coefficients ----


def homogeneity(judged: Judged, case: Case, law: Homogeneity) -> Iterator[Checked]:
    """Check the coefficients of data times a number, by which they are multiplied exactly."""
    here = about(case, of_complex=bool(case.seed % 2))
    if here is None:
        return
    x = drawn(here)
    factors = FACTORS[x.dtype.kind]
    factor = factors[case.seed // 2 % len(factors)]
    first = called(judged, here, x)
    second = called(judged, here, (factor * x).astype(x.dtype)) if first else None
    if first is None or second is None:
        return
    expected = abs(factor) * first.values
    expected[:, 0] = factor * first.values[:, 0]
    yield _checked(law, here, x, np.abs(second.values - expected), second.bounds + abs(factor) * first.bounds)


def positivity(judged: Judged, case: Case, law: Positivity) -> Iterator[Checked]:
    """Check that no coefficient after a modulus is below 0 by more than its bound."""
    order = {"max_order": max(1, case.configuration.values["M"])}
    here = about(case, words={**law.words, **order})
    trial = attempted(judged, here) if here else None
    if here and trial:
        x, found = trial
        yield _checked(law, here, x, -found.values[:, 1:], found.bounds[:, 1:])


def nonexpansion(judged: Judged, case: Case, law: Nonexpansion) -> Iterator[Checked]:
    """Check that two data are not driven apart; every second time the other is zero."""
    of_complex = bool(case.seed % 2)
    here = about(case, law.solved, {"two_sided": True} if of_complex else {}, of_complex=of_complex)
    if here is None:
        return
    x = drawn(here)
    y = drawn(here, 1) if case.seed // 2 % 2 else np.zeros_like(x)
    first = called(judged, here, x)
    second = called(judged, here, y) if first else None
    if first is None or second is None:
        return
    constant = float(law.constants[here.configuration.words["boundary"]])
    wide = x.astype(np.complex128) - y
    apart = norms(first.values - second.values)
    yield _checked(law, here, x, apart, constant * norms(wide) + first.error + second.error)


def capture(judged: Judged, case: Case, law: Capture) -> Iterator[Checked]:
    """Check the energy that the coefficients lack, as far as they may be off."""
    here = about(case, law.solved, law.words)
    trial = attempted(judged, here) if here else None
    if here is None or trial is None:
        return
    x, found = trial
    letters, energy = here.configuration.values, norms(x) ** 2
    average = np.maximum(0, norms(found.values[:, :1]) - norms(found.bounds[:, :1]))
    lost = energy - (norms(found.values) + found.error) ** 2
    left = (1 - 1 / number(law.size, letters)) ** letters["M"]
    yield _checked(law, here, x, lost, left * (energy - average**2) + energy * (MARGIN - 1))


def rate_independence(judged: Judged, case: Case, law: RateIndependence) -> Iterator[Checked]:
    """Check coefficients at common positions against those at full rate."""
    here, full = (about(case, (*law.coarse, *more)) for more in ((), law.solved))
    if here is None or full is None:
        return
    x = drawn(here)
    first = called(judged, here, x)
    second = called(judged, full, x) if first else None
    if first is None or second is None:
        return
    axes = len(CASCADES[law.operator].axes)
    common = (slice(None), slice(None), *(slice(None, None, here.configuration.values["s"]),) * axes)
    leak = alias_bounds(here.configuration, full.configuration, x)
    slack = leak.reshape(*leak.shape, *(1,) * axes) + first.bounds + second.bounds[common]
    yield _checked(law, here, x, np.abs(first.values - second.values[common]), slack)


# ---- closed forms ----


def in_closed_form(judged: Judged, case: Case, law: ClosedForm) -> Iterator[Checked]:
    """Check the coefficients of a signal that is rounded, by at most as much as these may move with it."""
    here = about(case, law.solved, law.words, of_complex=law.of_complex)
    if here is None:
        return
    letters = free_letters(law.free, here.configuration.values, here.seed)
    exact = signal_of(law, here.configuration, letters)
    items, *sizes = here.shapes["x"]
    one = _rounded(exact, np.dtype(here.dtypes["x"])).reshape(sizes)
    x = np.broadcast_to(one, (items, *sizes)).copy()
    found = called(judged, here, x)
    if found is None:
        return
    expected = closed_form(law, here.configuration, letters)
    values, bounds = _summed(found) if law.summed else (found.values, found.bounds)
    moved = 2 * _distance(exact, one.ravel()) * (np.prod(sizes) if law.summed else 1)
    error = np.array([abs(acb(v) - e) for v, e in zip(values.ravel().tolist(), expected, strict=True)], object)
    yield _checked(law, here, x, error.astype(float).reshape(values.shape), bounds + moved)


def _rounded(balls: np.ndarray, dtype: np.dtype) -> np.ndarray:
    middles = np.array([complex(float(z.real.mid()), float(z.imag.mid())) for z in balls])
    return (middles if dtype.kind == "c" else middles.real).astype(dtype)


def _distance(balls: np.ndarray, values: np.ndarray) -> float:
    """Return an upper bound of the distance of a rounded signal from the exact one."""
    squares = (abs(acb(v) - z) ** 2 for v, z in zip(values.tolist(), balls, strict=True))
    return float(sum(squares, arb(0)).abs_upper().sqrt()) * MARGIN


def _summed(found: Coefficients) -> tuple[np.ndarray, np.ndarray]:
    """Return the sums over all positions, and how far they may be off."""
    axes = tuple(range(2, found.values.ndim))
    return found.values.sum(axis=axes), found.bounds.sum(axis=axes)


SCATTERING_INTERPRETERS: dict[type, Callable[..., Iterator[Checked]]] = {
    Covariance: covariance,
    Homogeneity: homogeneity,
    Positivity: positivity,
    Nonexpansion: nonexpansion,
    Capture: capture,
    ClosedForm: in_closed_form,
    RateIndependence: rate_independence,
}
