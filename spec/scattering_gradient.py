"""The gradients of the scattering of real signals and images, see `scattering_backward`."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from . import scattering, scattering2d
from .configuration import Configuration
from .records import Array, Example, OperatorSpec, Source
from .scattering import SCATTERING1D
from .scattering2d import SCATTERING2D
from .scattering_backward import DX, DY, Backward
from .scattering_form import Cascade
from .scattering_gradient_rounding import gradient_growth
from .spectral_rounding import RelativeTo

FORWARD_ONLY = ("U_1", "U_2", "S_0", "S_1", "S_2", "y")
"""The stages of scattering that its gradient has not, or names otherwise; it shares the filters and the extended signal."""


def growth1d(configuration: Configuration, unit: float, values: Mapping[str, Any]) -> tuple[np.ndarray, ...]:
    """Return how far the gradient of a signal may be off, see `scattering_gradient_rounding.gradient_growth`."""
    stored, largest = scattering.stored_error(configuration, unit), scattering.gain(configuration, values)
    return gradient_growth(configuration, unit, values, scattering.CASCADE, stored, largest)


def growth2d(configuration: Configuration, unit: float, values: Mapping[str, Any]) -> tuple[np.ndarray, ...]:
    """Return how far the gradient of an image may be off, see `scattering_gradient_rounding.gradient_growth`."""
    bounds = scattering2d.filter_bounds(configuration, unit, values)
    return gradient_growth(configuration, unit, values, scattering2d.CASCADE, *bounds)


def _gradient(record: OperatorSpec, cascade: Cascade, what: str, growth: Any, example: Example) -> OperatorSpec:
    """Return the record of the gradient of one of scattering."""
    (x,) = record.inputs
    shared = tuple(stage for stage in record.definition if str(stage.target.base) not in FORWARD_ONLY)
    return OperatorSpec(
        name=f"{record.name}_gradient",
        summary=f"Gradient of the scattering of real {what}: every step transposed, in reverse.",
        more_axes=record.more_axes,
        inputs=(Array(name=str(DY), axes=record.output.axes, meaning="gradient of the coefficients"), x),
        parameters=record.parameters,
        output=Array(name=str(DX), axes=x.axes, meaning=f"gradient of the {what}"),
        requires=record.requires,
        definition=(*shared, *Backward(cascade).stages()),
        numbers=("float",),
        source=Source(
            rows=("M-inv", "U14"),
            reference="Griewank & Walther 2008, Evaluating Derivatives, section 3.2; Bruna & Mallat 2019, section 4",
            example=example,
        ),
        conventions=record.conventions,
        rounding=RelativeTo((str(DY),), growth),
        where=record.where,
    )


SCATTERING1D_GRADIENT = _gradient(
    SCATTERING1D,
    scattering.CASCADE,
    "signals",
    growth1d,
    Example(
        inputs={"dy": (((1, 1),),), "x": ((5, 5, 5, 5),)},
        options={"J": 1, "max_order": 0, "wavelet": "shannon"},
        output=((0.5, 0.5, 0.5, 0.5),),
        cited="constant rows of dy hand back their mean, by hand",
    ),
)

SCATTERING2D_GRADIENT = _gradient(
    SCATTERING2D,
    scattering2d.CASCADE,
    "images",
    growth2d,
    Example(
        inputs={"dy": ((((3, 3), (3, 3)),),), "x": (((5, 1), (4, 2)),)},
        options={"J": 1, "max_order": 0, "oversampling": 1},
        output=(((3, 3), (3, 3)),),
        cited="an average of weight 1 hands back a constant, by hand",
    ),
)
