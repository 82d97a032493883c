"""Gradient descent on the distance of scattering coefficients, and the dot-product test of the gradient that it follows."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from convoracle.impl import Scattering1D, Scattering2D

Scattering = Scattering1D | Scattering2D

STEP = 2.0**-13
"""Of the central differences: small to what bends the moduli, large to rounding."""


@dataclass(frozen=True)
class Descent:
    """Where a descent came to, and the loss before it and after every step."""

    result: np.ndarray
    losses: tuple[float, ...]

    @property
    def left(self) -> float:
        """The last loss relative to the first."""
        return self.losses[-1] / self.losses[0]

    @property
    def rises(self) -> int:
        """The number of steps after which the loss was larger than before."""
        return int((np.diff(self.losses) > 0).sum())


def descend(
    scatter: Scattering, wanted: np.ndarray, start: np.ndarray, steps: int, tell: Callable[[int], None]
) -> Descent:
    """Minimise ``1/2 ||S x - wanted||**2`` by limited-memory BFGS.

    Parameters
    ----------
    scatter : Scattering1D or Scattering2D
    wanted : ndarray of shape scatter.shape
        Coefficients.
    start : ndarray of shape scatter.sizes
        Where to begin.
    steps : int
        At most so many.
    tell : callable
        Hears the number of steps done.

    Examples
    --------
    >>> average = Scattering1D(1, 4, max_order=0, oversampling=1)
    >>> descend(average, np.ones((1, 4)), np.array([2.0, 1, 0, 1]), 9, lambda steps: None).result.round(6).tolist()
    [1.0, 1.0, 1.0, 1.0]
    """
    from scipy.optimize import minimize

    losses: list[float] = []

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        x = flat.reshape(start.shape)
        rest = np.asarray(scatter(x)) - wanted
        return 0.5 * float((rest**2).sum()), scatter.gradient(rest, x).ravel()

    def heard(intermediate_result: Any) -> None:
        losses.append(float(intermediate_result.fun))
        tell(len(losses))

    first, _ = loss(start.ravel())
    options = {"maxiter": steps, "ftol": 0.0, "gtol": 0.0}
    found = minimize(loss, start.ravel(), jac=True, method="L-BFGS-B", callback=heard, options=options)
    return Descent(found.x.reshape(start.shape), (first, *losses))


@dataclass(frozen=True)
class DotProducts:
    """How far a gradient is off along x and along another direction, and how far off it may be there.

    Attributes
    ----------
    along_x : float
        Relative to the norms of the gradient and of x.
    along_v, allowed : float
    """

    along_x: float
    along_v: float
    allowed: float


def dot_products(scatter: Scattering, seed: int) -> DotProducts:
    """Compare ``<x, J^T w>`` with ``<J x, w>``, and ``<v, J^T w>`` with ``<J v, w>``, for random x, v and w.

    ``J x = S x`` without any step, by Euler's theorem: S is homogeneous of degree 1. Along v, central differences D(h) are off
    by c h^2 and more, and ``(4 D(h) - D(2 h))/3`` by what is more; ``|D(h) - D(2 h)| = 3 |c| h^2`` bounds that.
    """
    rng = np.random.default_rng(seed)
    x, v = rng.standard_normal((2, *scatter.sizes))
    w = rng.standard_normal(scatter.shape)
    gradient = scatter.gradient(w, x)

    def difference(h: float) -> float:
        return float(((np.asarray(scatter(x + h * v)) - scatter(x - h * v)) * w).sum()) / (2 * h)

    near, far = difference(STEP), difference(2 * STEP)
    euler = float((gradient * x).sum()) - float((np.asarray(scatter(x)) * w).sum())
    along_x = abs(euler) / float(np.linalg.norm(gradient) * np.linalg.norm(x))
    return DotProducts(along_x, abs(float((gradient * v).sum()) - (4 * near - far) / 3), abs(near - far))
