"""Scattering as an object, for signals and images: shapes, forms of the output, gradients, and what is known of every path."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from convoracle.impl import scattering_engine as engine
from convoracle.impl.compiled import Ints, plain
from convoracle.impl.scattering import batched
from convoracle.impl.scattering_gradient import batched as gradient_batched
from convoracle.impl.scattering_plan import Path, Plan
from convoracle.impl.transformer import Transformer

OUT_TYPES = ("array", "dict", "list")
Coefficients = np.ndarray | dict[Ints, np.ndarray] | list[dict[str, Any]]


class PathTransformer(Transformer):
    """What scattering of signals and of images have in common: everything but the plan and what is known of its filters."""

    average: bool
    out_type: str
    _made: tuple[dict[str, Any], Plan] | None = None

    def _new_plan(self) -> Plan:
        """Check the options and return the plan that they ask for."""
        raise NotImplementedError

    @property
    def _plan(self) -> Plan:
        """The plan of the options as they are; made again only where they have changed."""
        options = self.get_params()
        if self._made is None or self._made[0] != options:
            self._check_form()
            self._precision()
            self._made = options, self._new_plan()
        return self._made[1]

    def _validate(self) -> None:
        self._plan  # noqa: B018, to make it is to check the options

    def _check_form(self) -> None:
        name = type(self).__name__
        if not isinstance(self.average, (bool, np.bool_)):
            raise TypeError(f"{name}: average must be a boolean, got average={self.average!r}")
        if self.out_type not in OUT_TYPES:
            raise ValueError(f"{name}: out_type must be one of {', '.join(OUT_TYPES)}, got out_type={self.out_type!r}")
        if self.out_type == "array" and not self.average:
            raise ValueError(
                f"{name}: out_type must be dict or list where average=False, got out_type={self.out_type!r}"
            )

    # ---- shapes ----

    @property
    def shape(self) -> Ints:
        """The shape of the averaged coefficients of one signal: paths, then samples per axis."""
        return (len(self._plan.paths), *self._plan.counts)

    def output_shape(self, batch: Sequence[int] = ()) -> Any:
        """Return the shape of the output for signals of shape ``(*batch, *sizes)``.

        Returns
        -------
        tuple of int, dict of them by path, or list of them
            As `out_type` says.
        """
        lead = tuple(batch)
        if self.out_type == "array":
            return (*lead, *self.shape)
        shapes = [(*lead, *self._counts(path)) for path in self._plan.paths]
        return shapes if self.out_type == "list" else dict(zip(self._wavelets(), shapes, strict=True))

    def _counts(self, path: Path) -> Ints:
        """Return the number of samples of a path per axis: all that lie within the signal."""
        apart = self._plan.step if self.average else path.rates
        return tuple(-(-n // s) for n, s in zip(self.sizes, apart, strict=True))

    def _wavelets(self) -> list[Ints]:
        return [path.wavelets for path in self._plan.paths]

    # ---- values ----

    def __call__(self, x: np.ndarray) -> Coefficients:
        """Return the scattering coefficients of signals, in the form that `out_type` says.

        Parameters
        ----------
        x : ndarray of shape (..., *sizes)
            float32, float64, complex64 or complex128, with any strides; where `dtype` is given, of any number type.

        Returns
        -------
        ndarray of shape (..., *shape)
            For ``out_type="array"``.
        dict of tuple of int to ndarray
            For ``"dict"``: the coefficients of every path by the numbers of its wavelets.
        list of dict
            For ``"list"``: for every path its ``"coefficients"`` and all that `meta` says of it.

        Raises
        ------
        TypeError
            x is no array of a legal dtype.
        ValueError
            The last axes of x are not those of the signals.
        """
        signals = self._signals(x)
        if self.out_type == "array":
            return self._coefficients(signals)
        found = self._averages(signals) if self.average else self._moduli(signals)
        if self.out_type == "dict":
            return dict(zip(self._wavelets(), found, strict=True))
        meta = self.meta()
        known = ({what: values[row] for what, values in meta.items()} for row in range(len(found)))
        return [{**each, "coefficients": coefficients} for each, coefficients in zip(known, found, strict=True)]

    def _coefficients(self, x: np.ndarray) -> np.ndarray:
        return batched(self._plan, x)

    def _averages(self, x: np.ndarray) -> list[np.ndarray]:
        return list(np.moveaxis(self._coefficients(x), -1 - len(self.sizes), 0))

    def _moduli(self, x: np.ndarray) -> list[np.ndarray]:
        """Return the signal, then its moduli, each at its own rate and as long as the signal."""
        plan, lead = self._plan, x.shape[: x.ndim - len(self.sizes)]
        signals = plain(x, x.dtype.newbyteorder("=")).reshape(-1, *self.sizes)
        whole = engine.moduli(plan, signals)
        cropped = (
            signal[(slice(None), *map(slice, self._counts(path)))]
            for path, signal in zip(plan.paths, whole, strict=True)
        )
        return [np.ascontiguousarray(signal).reshape(*lead, *signal.shape[1:]) for signal in cropped]

    def gradient(self, dy: np.ndarray, x: np.ndarray) -> np.ndarray:
        """Return the gradient by real signals x of a loss whose gradient by their averaged coefficients is dy.

        Parameters
        ----------
        dy : ndarray of shape (..., *shape)
        x : ndarray of shape (..., *sizes)

        Returns
        -------
        ndarray of the shape of x
            Finite everywhere: where a modulus is 0 it hands nothing back.

        Raises
        ------
        TypeError
            An operand is no array of real numbers.
        ValueError
            The last axes of x are not those of the signals, or dy has not the shape of the coefficients.
        """
        signals = self._signals(x, complex_allowed=False)
        self._check_gradient(dy)
        return gradient_batched(type(self).__name__, self._plan, dy, signals, signals.dtype)

    # ---- what paths are ----

    def meta(self) -> dict[str, np.ndarray]:
        """Return what is known of every path, row by row.

        Returns
        -------
        dict of str to ndarray
            ``order``: (paths,), the number of wavelets. ``stride``: (paths,), or (paths, axes) where there are several, the
            distance of samples. Of shape (paths, max_order), with -1 or NaN after the last wavelet of a path: ``wavelet``, the
            numbers of the filters; ``scale``, their octaves; ``frequency`` and ``bandwidth`` in cycles per sample, the mean and
            the standard deviation of a Gaussian filter, of another the middle and half the length of its band; ``angle`` of
            oriented filters, in radians from the last axis.
        """
        plan = self._plan
        strides = np.array([plan.step if self.average else path.rates for path in plan.paths])
        return {
            "order": np.array([path.order for path in plan.paths]),
            "wavelet": self._per_wavelet(-1, lambda bank, mu: mu),
            "scale": self._per_wavelet(-1, lambda bank, mu: bank.octave[mu]),
            **{what: self._per_wavelet(np.nan, of) for what, of in self._known_of_wavelets().items()},
            "stride": strides[:, 0] if plan.rank == 1 else strides,
        }

    def _per_wavelet(self, missing: float, of: Any) -> np.ndarray:
        """Return a number for every wavelet of every path, from its bank and its place there."""
        plan = self._plan
        found = np.full((len(plan.paths), plan.max_order), missing)
        for path in plan.paths:
            found[path.row, : path.order] = [of(plan.banks[min(k, 1)], mu) for k, mu in enumerate(path.wavelets)]
        return found

    def _known_of_wavelets(self) -> Mapping[str, Any]:
        """Return functions of a bank and the number of a wavelet, by what they tell."""
        raise NotImplementedError
