"""Kymatio: scattering of signals, images and volumes, by its NumPy backends.

Kymatio's wavelets of signals and images are others than the record's, so that its own transforms have other values. But the
functions that compute them take the filters as arguments. They are handed those of this package, and signals extended to a
period; Kymatio's functions bring the filters to coarser grids (0.3.0: of signals the means over aliases instead of the sums, of
images without the frequencies that a coarser grid does not have). What is judged is the cascade: filters on coarser grids,
transforms, products, subsampling, moduli and the order of paths; of the shape of Kymatio's filters nothing is said. Wavelets of
volumes are the record's: there it makes its own.
Options are checked by this package, because the functions called take them for checked.
"""

import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from scipy import special

from convoracle.impl.backends.declarations import Limit, first_of, not_empty, one_dtype
from convoracle.impl.backends.subject import Dtypes, Implementation, Options, Shapes, Subject
from convoracle.impl.scattering_options import check_signal, plan1d, plan2d
from convoracle.impl.scattering_plan import Plan
from convoracle.impl.solid_harmonic import check_volumes, checked_options

REPAIRED = not hasattr(special, "sph_harm")
if REPAIRED:  # Kymatio 0.3.0 imports it; since SciPy 1.17 its name and the order of arguments are others
    special.sph_harm = lambda m, n, theta, phi: special.sph_harm_y(n, m, phi, theta)

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import kymatio
    from kymatio.numpy import HarmonicScattering3D
    from kymatio.scattering1d.backend.numpy_backend import NumpyBackend1D
    from kymatio.scattering1d.core.scattering1d import scattering1d as cascade1d
    from kymatio.scattering1d.filter_bank import periodize_filter_fourier
    from kymatio.scattering1d.utils import compute_border_indices
    from kymatio.scattering2d.backend.numpy_backend import NumpyBackend2D
    from kymatio.scattering2d.core.scattering2d import scattering2d as cascade2d
    from kymatio.scattering2d.filter_bank import periodize_filter_fft

Filter = dict[str, Any]
FLOATS = ("float32", "float64")
EXTENSIONS: dict[str, Any] = {"periodic": "wrap", "zero": "constant", "symmetric": "symmetric", "reflect": "reflect"}
"""What a boundary is called by ``np.pad``, which Kymatio calls for mirror images only."""


# ---- signals and images ----


def scattering1d(x: np.ndarray, **options: Any) -> np.ndarray:
    """Call ``kymatio.scattering1d.core.scattering1d`` with the filters of a plan."""
    check_signal("kymatio", x, ("n",))
    plan = _checked(plan1d("kymatio", x.shape[-1], **options), x)
    levels = plan.step[0].bit_length() - 1
    first, later = ([_filter(psi, j, levels, _coarser, x.dtype) for psi, j in _wavelets(bank)] for bank in plan.banks)
    starts, ends = compute_border_indices(levels, levels, 0, x.shape[-1])
    coefficients = cascade1d(
        _extended(plan, x.reshape(-1, 1, x.shape[-1])),
        NumpyBackend1D,
        first,
        later,
        _filter(plan.banks[0].phi, levels + plan.oversampling, levels, _coarser, x.dtype),
        ind_start=starts,
        ind_end=ends,
        oversampling=plan.oversampling,
        max_order=plan.max_order,
    )
    return _rows(plan, coefficients, x)


def scattering2d(x: np.ndarray, **options: Any) -> np.ndarray:
    """Call ``kymatio.scattering2d.core.scattering2d`` with the filters of a plan."""
    check_signal("kymatio", x, ("H", "W"))
    plan = _checked(plan2d("kymatio", x.shape[-2:], **options), x)
    if plan.oversampling or plan.banks[0] is not plan.banks[1]:
        raise ValueError(
            f"kymatio: images are neither oversampled nor filtered by wavelets of both signs, got {options}"
        )
    J, (rows, columns) = plan.step[0].bit_length() - 1, plan.counts
    phi, wavelets = plan.once(("kymatio", x.dtype.name), lambda: _image_filters(plan, J, x.dtype))
    coefficients = cascade2d(
        x.reshape(-1, *plan.sizes),
        partial(_extended, plan),
        lambda y: y[..., :rows, :columns],
        NumpyBackend2D,
        J,
        len(wavelets) // J,
        phi,
        wavelets,
        plan.max_order,
        out_type="list",
    )
    return _rows(plan, coefficients, x)


def _image_filters(plan: Plan, J: int, dtype: np.dtype) -> tuple[Filter, list[Filter]]:
    """Return the filters of images on the grids on which they are asked for: Kymatio's loops over them take long."""
    bank = plan.banks[0]
    wavelets = [_filter(psi, j, max(0, j - 1), periodize_filter_fft, dtype) for psi, j in _wavelets(bank)]
    return _filter(bank.phi, J, J - 1, periodize_filter_fft, dtype), wavelets


def _checked(plan: Plan, x: np.ndarray) -> Plan:
    """Return a plan, unless it asks for what Kymatio's functions do not have."""
    if x.dtype.name not in FLOATS or plan.pairs != "decreasing":
        raise ValueError(f"kymatio: no {x.dtype}, paths={plan.pairs!r}")
    if not (x.size and plan.max_order) or any(p % s for p, s in zip(plan.period, plan.step, strict=True)):
        raise ValueError(f"kymatio: no {x.shape}, max_order={plan.max_order}, one sample in {plan.step}")
    return plan


def _extended(plan: Plan, signals: np.ndarray) -> np.ndarray:
    """Return one period of signals that go on as a boundary has it."""
    more = [(0, p - n) for p, n in zip(plan.period, plan.sizes, strict=True)]
    return np.pad(signals, [(0, 0)] * (signals.ndim - plan.rank) + more, EXTENSIONS[plan.boundary])


def _wavelets(bank: Any) -> Any:
    return zip(bank.psi, bank.octave.tolist(), strict=True)


def _coarser(spectrum: np.ndarray, level: int) -> np.ndarray:
    return periodize_filter_fourier(spectrum, 2**level)


def _filter(
    spectrum: np.ndarray, octave: int, levels: int, coarser: Callable[[np.ndarray, int], np.ndarray], dtype: np.dtype
) -> Filter:
    """Return a filter as Kymatio keeps it: its octave, and its spectrum on the grids of every 1, 2, 4 .. samples."""
    spectra = [spectrum, *(coarser(spectrum, level) for level in range(1, levels + 1))]
    return {"j": octave, "theta": 0, "levels": [each.astype(dtype) for each in spectra]}


def _rows(plan: Plan, coefficients: list[Filter], x: np.ndarray) -> np.ndarray:
    rows = [path["coef"].reshape(-1, *plan.counts) for path in coefficients]
    return np.stack(rows, axis=1).reshape(*x.shape[: x.ndim - plan.rank], len(rows), *plan.counts)


# ---- volumes ----


def scattering3d(
    x: np.ndarray,
    *,
    J: int,
    L: int = 3,
    sigma: float = 1.0,
    max_order: int = 2,
    powers: tuple[float, ...] = (0.5, 1, 2),
) -> np.ndarray:
    """Call ``kymatio.numpy.HarmonicScattering3D``, whose J is one less, and its integrals for the volume itself."""
    checked_options("kymatio", J, L, sigma, max_order, powers)
    check_volumes("kymatio", x)
    if x.dtype.name != "float32" or not (x.size and max_order):
        raise ValueError(f"kymatio: no {x.dtype}, {x.shape}, max_order={max_order}")
    volumes = x.reshape(-1, *x.shape[-3:])
    transform = HarmonicScattering3D(J - 1, x.shape[-3:], L, sigma_0=sigma, max_order=max_order, integral_powers=powers)
    own = transform.backend.compute_integrals(np.abs(volumes), powers)
    found = transform.scattering(volumes).reshape(len(volumes), -1, len(powers))
    return np.concatenate([own[:, None], found], axis=1).reshape(*x.shape[:-3], -1, len(powers))


# ---- declarations ----

PERIODS = {"periodic": (1, 0), "zero": (2, 0), "symmetric": (2, 0), "reflect": (2, 2)}
"""How long the period of a boundary is: so many times the signal, less so many samples."""


def _moduli(shapes: Shapes, dtypes: Dtypes, options: Options) -> str | None:
    return "paths have one wavelet at least" if options.get("max_order", 2) == 0 else None


def _decreasing(shapes: Shapes, dtypes: Dtypes, options: Options) -> str | None:
    falls = options.get("paths", "decreasing") == "decreasing"
    return None if falls else "wavelets follow those of higher frequency only"


def _plain_images(shapes: Shapes, dtypes: Dtypes, options: Options) -> str | None:
    both = options.get("oversampling", 0) or options.get("two_sided", False)
    return "images are neither oversampled nor filtered by wavelets of both signs" if both else None


def _halved(rank: int) -> Limit:
    """Return the limit that signals are sampled more coarsely by halving spectra."""

    def limit(shapes: Shapes, dtypes: Dtypes, options: Options) -> str | None:
        window = 2 ** options["J"] if options.get("T") is None else options["T"]
        step = 2 ** max(0, window.bit_length() - 1 - options.get("oversampling", 0))
        copies, less = PERIODS[options.get("boundary", "periodic")]
        periods = [copies * n - less for n in shapes["x"][-rank:]]
        return "the period is a multiple of the distance of samples" if any(p % step for p in periods) else None

    return limit


SUBJECTS = (
    Subject(
        name="kymatio",
        version=kymatio.__version__ + ", given the scipy.special.sph_harm that it imports" * REPAIRED,
        operators={
            "scattering1d": Implementation(
                function=scattering1d,
                limits=first_of(one_dtype(*FLOATS), not_empty, _moduli, _decreasing, _halved(1)),
            ),
            "scattering2d": Implementation(
                function=scattering2d,
                limits=first_of(one_dtype(*FLOATS), not_empty, _moduli, _decreasing, _plain_images, _halved(2)),
            ),
            "scattering3d": Implementation(
                function=scattering3d, limits=first_of(one_dtype("float32"), not_empty, _moduli)
            ),
        },
    ),
)
