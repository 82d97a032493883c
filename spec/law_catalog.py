"""Every law there is, in the order of the report."""

from functools import cache

from . import (
    convolution_laws,
    fourier_laws,
    layer_laws,
    pooling_laws,
    scattering_gradient_laws,
    scattering_laws,
    solid_harmonic_gradient_laws,
    solid_harmonic_laws,
    wavelet_laws,
)
from .laws import Law
from .records import OperatorSpec

LAWS: tuple[Law, ...] = (
    *convolution_laws.LAWS,
    *pooling_laws.LAWS,
    *layer_laws.LAWS,
    *fourier_laws.LAWS,
    *wavelet_laws.LAWS,
    *scattering_laws.LAWS,
    *scattering_gradient_laws.LAWS,
    *solid_harmonic_laws.LAWS,
    *solid_harmonic_gradient_laws.LAWS,
)


@cache
def laws_of(record: OperatorSpec) -> tuple[Law, ...]:
    """Return the laws whose subject is `record`."""
    return tuple(law for law in LAWS if law.operator is record)
