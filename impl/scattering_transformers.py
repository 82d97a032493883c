"""Scattering of signals and images as objects: made once, called often, used as transformers of scikit-learn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from convoracle.impl.arguments import whole_number
from convoracle.impl.compiled import Ints
from convoracle.impl.path_transformer import PathTransformer
from convoracle.impl.scattering import plan1d, plan2d
from convoracle.impl.scattering_plan import Plan
from convoracle.impl.transformer import checked_sizes

_SHARED = ("J", "max_order", "boundary", "paths", "oversampling", "normalization", "two_sided")
OPTIONS_1D, OPTIONS_2D = (*_SHARED, "Q", "T", "wavelet"), (*_SHARED, "L")
"""The options that make a plan."""


class Scattering1D(PathTransformer):
    """Scattering of signals of one length, see `scattering1d`.

    Parameters
    ----------
    J : int
        Octaves, at least 1; ``2**J`` is at most N.
    N : int
        Samples of a signal.
    Q : int or pair of int
        Wavelets per octave in the first order and in later ones.
    T : int, optional
        Samples that are averaged over, at most N; ``2**J`` if None.
    max_order : int
        The largest number of moduli on a path, at least 0.
    boundary : {"periodic", "zero", "symmetric", "reflect"}
        How the signal goes on: as its own copies, zeros, or mirror images with or without the outermost sample twice.
    paths : {"decreasing", "all"}
        Which wavelets follow one another: those of higher octaves, that is lower frequencies, or all.
    oversampling : int
        Octaves by which every rate is raised, at least 0.
    wavelet : {"morlet", "shannon", "meyer", "spline"}
    normalization : {"cap", "tight", "scalar"}
        How the energy of the wavelets is kept at most ``1 - |phi|**2``: bin by bin, made equal to it, or by one factor.
    two_sided : bool
        Whether the first order has wavelets of negative frequency too, for complex signals.
    average : bool
        Whether moduli are averaged; if not, every path is given at its own rate, as a dict or a list.
    out_type : {"array", "dict", "list"}
        The form of the output, see ``__call__``.
    dtype : {"float32", "float64"}, optional
        The precision in which signals are transformed, real or complex; None for their own.

    Raises
    ------
    TypeError, ValueError
        An option is of the wrong kind, out of range or unknown.

    Examples
    --------
    >>> import numpy as np
    >>> from convoracle.impl import Scattering1D
    >>> scatter = Scattering1D(4, 64, Q=(2, 1))
    >>> scatter.output_shape((3,)), scatter(np.ones((3, 64))).shape
    ((3, 21, 4), (3, 21, 4))
    >>> scatter.meta()["scale"][[0, 1, -1]].tolist()
    [[-1, -1], [0, -1], [2, 3]]
    >>> scatter
    Scattering1D(J=4, N=64, Q=(2, 1))
    """

    AXES: ClassVar[tuple[str, ...]] = ("N",)

    def __init__(
        self,
        J: int,
        N: int,
        *,
        Q: int | Sequence[int] = (8, 1),
        T: int | None = None,
        max_order: int = 2,
        boundary: str = "periodic",
        paths: str = "decreasing",
        oversampling: int = 0,
        wavelet: str = "morlet",
        normalization: str = "cap",
        two_sided: bool = False,
        average: bool = True,
        out_type: str = "array",
        dtype: Any = None,
    ):
        self.J, self.N, self.Q, self.T, self.max_order, self.boundary = J, N, Q, T, max_order, boundary
        self.paths, self.oversampling, self.wavelet, self.normalization = paths, oversampling, wavelet, normalization
        self.two_sided, self.average, self.out_type, self.dtype = two_sided, average, out_type, dtype
        self._validate()

    @property
    def sizes(self) -> Ints:
        """The sizes of one signal."""
        return (int(self.N),)

    def _new_plan(self) -> Plan:
        n = whole_number("Scattering1D", "N", self.N, 1)
        return plan1d("Scattering1D", n, **{name: getattr(self, name) for name in OPTIONS_1D})

    def _known_of_wavelets(self) -> Mapping[str, Any]:
        return {"frequency": lambda bank, mu: bank.centre[mu], "bandwidth": lambda bank, mu: bank.width[mu]}


class Scattering2D(PathTransformer):
    """Scattering of images of one size, see `scattering2d`.

    Parameters
    ----------
    J : int
        Octaves, at least 1; ``2**J`` is at most H and W.
    size : tuple of int
        The size (H, W) of an image.
    L : int
        Angles in half a turn, at least 1.
    max_order, boundary, paths, oversampling, normalization
        As for `Scattering1D`.
    two_sided : bool
        Whether the first order has wavelets at the angles of the other half turn too, for complex images.
    average, out_type, dtype
        As for `Scattering1D`.

    Raises
    ------
    TypeError, ValueError
        An option is of the wrong kind, out of range or unknown.

    Examples
    --------
    >>> import numpy as np
    >>> from convoracle.impl import Scattering2D
    >>> scatter = Scattering2D(2, (32, 24), L=4, out_type="list")
    >>> found = scatter(np.ones((3, 32, 24)))
    >>> len(found), found[2]["coefficients"].shape, round(float(found[2]["angle"][0]), 6)
    (25, (3, 8, 6), 0.785398)
    """

    AXES: ClassVar[tuple[str, ...]] = ("H", "W")

    def __init__(
        self,
        J: int,
        size: tuple[int, int],
        *,
        L: int = 8,
        max_order: int = 2,
        boundary: str = "periodic",
        paths: str = "decreasing",
        oversampling: int = 0,
        normalization: str = "cap",
        two_sided: bool = False,
        average: bool = True,
        out_type: str = "array",
        dtype: Any = None,
    ):
        self.J, self.size, self.L, self.max_order, self.boundary, self.paths = J, size, L, max_order, boundary, paths
        self.oversampling, self.normalization, self.two_sided = oversampling, normalization, two_sided
        self.average, self.out_type, self.dtype = average, out_type, dtype
        self._validate()

    @property
    def sizes(self) -> Ints:
        """The sizes of one image."""
        return tuple(map(int, self.size))

    def _new_plan(self) -> Plan:
        sizes = checked_sizes("Scattering2D", self.AXES, self.size)
        return plan2d("Scattering2D", sizes, **{name: getattr(self, name) for name in OPTIONS_2D})

    def _known_of_wavelets(self) -> Mapping[str, Any]:
        return {
            "frequency": lambda bank, mu: np.hypot(*bank.centre[mu]),
            "bandwidth": lambda bank, mu: bank.width[mu],
            "angle": lambda bank, mu: np.pi * bank.angle[mu] / self.L,
        }
