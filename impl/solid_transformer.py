"""Solid harmonic scattering of volumes as an object, used as a transformer of scikit-learn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from convoracle.impl.compiled import Ints
from convoracle.impl.solid_harmonic import POWERS, checked_options, paths_of, scattering3d
from convoracle.impl.solid_harmonic_gradient import batched as gradient_batched
from convoracle.impl.transformer import Transformer, checked_sizes


class Scattering3D(Transformer):
    """Solid harmonic scattering of volumes of one size, see `scattering3d`.

    Parameters
    ----------
    J : int
        At least 1: widths are ``sigma, 2 sigma .. 2**(J - 1) sigma``.
    size : tuple of int
        The size (D, H, W) of a volume.
    L : int
        The largest degree, 0 to 4.
    sigma : float
        The least width in samples, at least 1/4.
    max_order : int, 2, 1 or 0
        The largest number of moduli on a path.
    powers : tuple of float
        The powers that are integrated: some of 1/2, 1 and 2, in rising order.
    dtype : {"float32", "float64"}, optional
        The precision in which volumes are transformed; None for their own.

    Raises
    ------
    TypeError, ValueError
        An option is of the wrong kind, out of range or unknown.

    Examples
    --------
    >>> import numpy as np
    >>> from convoracle.impl import Scattering3D
    >>> scatter = Scattering3D(2, (8, 8, 8), L=1)
    >>> scatter.output_shape((5,)), scatter(np.ones((5, 8, 8, 8))).shape
    ((5, 7, 3), (5, 7, 3))
    >>> scatter.meta()["degree"].tolist()
    [-1, 0, 1, 0, 1, 0, 1]
    """

    AXES: ClassVar[tuple[str, ...]] = ("D", "H", "W")

    def __init__(
        self,
        J: int,
        size: tuple[int, int, int],
        *,
        L: int = 3,
        sigma: float = 1.0,
        max_order: int = 2,
        powers: tuple[float, ...] = POWERS,
        dtype: Any = None,
    ):
        self.J, self.size, self.L, self.sigma = J, size, L, sigma
        self.max_order, self.powers, self.dtype = max_order, powers, dtype
        self._validate()

    def _validate(self) -> None:
        checked_sizes("Scattering3D", self.AXES, self.size)
        self._checked_options()
        self._precision()

    def _checked_options(self) -> tuple[int, int, float, int, tuple[float, ...]]:
        return checked_options("Scattering3D", self.J, self.L, self.sigma, self.max_order, self.powers)

    @property
    def sizes(self) -> Ints:
        """The sizes of one volume."""
        return tuple(map(int, self.size))

    @property
    def shape(self) -> Ints:
        """The shape of the coefficients of one volume: paths, powers."""
        return len(self._paths()), len(self.powers)

    def output_shape(self, batch: Sequence[int] = ()) -> Ints:
        """Return the shape of the output for volumes of shape ``(*batch, *sizes)``."""
        return (*batch, *self.shape)

    def _paths(self) -> list[Ints]:
        return paths_of(self.J, self.L, self.max_order)

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Return the integrals of volumes.

        Parameters
        ----------
        x : ndarray of shape (..., D, H, W)
            float32 or float64, with any strides; where `dtype` is given, of any real number type.

        Returns
        -------
        ndarray of shape (..., *shape)

        Raises
        ------
        TypeError
            x is no array of a legal dtype.
        ValueError
            The last axes of x are not those of the volumes.
        """
        return self._coefficients(self._signals(x, complex_allowed=False))

    def _coefficients(self, x: np.ndarray) -> np.ndarray:
        return scattering3d(x, J=self.J, L=self.L, sigma=self.sigma, max_order=self.max_order, powers=self.powers)

    def gradient(self, dy: np.ndarray, x: np.ndarray) -> np.ndarray:
        """Return the gradient by volumes x of a loss whose gradient by their integrals is dy.

        Parameters
        ----------
        dy : ndarray of shape (..., *shape)
        x : ndarray of shape (..., D, H, W)

        Returns
        -------
        ndarray of the shape of x
            Finite everywhere: where a modulus is 0 it hands nothing back. Near there that of the power 1/2 has no bound.

        Raises
        ------
        TypeError
            An operand is no array of real numbers.
        ValueError
            The last axes of x are not those of the volumes, or dy has not the shape of the integrals.
        """
        volumes = self._signals(x, complex_allowed=False)
        self._check_gradient(dy)
        return gradient_batched("Scattering3D", self._checked_options(), dy, volumes, volumes.dtype)

    def meta(self) -> dict[str, np.ndarray]:
        """Return what is known of every path, row by row.

        Returns
        -------
        dict of str to ndarray
            ``order``: (paths,), the number of wavelets. ``scale``: (paths, max_order), their scales j, -1 after the last;
            ``width``: (paths, max_order), their widths ``2**j sigma`` in samples, NaN after the last. ``degree``: (paths,), -1
            for the volume itself. ``power``: (powers,), what the columns integrate.
        """
        paths = self._paths()
        scale = np.full((len(paths), self.max_order), -1)
        for row, path in enumerate(paths):
            scale[row, : len(path[:-1])] = path[:-1]
        return {
            "order": np.array([max(0, len(path) - 1) for path in paths]),
            "scale": scale,
            "width": np.where(scale < 0, np.nan, self.sigma * np.exp2(scale)),
            "degree": np.array([path[-1] if path else -1 for path in paths]),
            "power": np.array(self.powers),
        }
