"""Every law there is, in the order of the report."""

from . import convolution_laws, layer_laws, pooling_laws
from .laws import Law
from .records import OperatorSpec

LAWS: tuple[Law, ...] = (
    *convolution_laws.LAWS,
    *pooling_laws.LAWS,
    *layer_laws.LAWS,
)


def laws_of(record: OperatorSpec) -> tuple[Law, ...]:
    """Return the laws whose subject is `record`."""
    return tuple(law for law in LAWS if law.operator is record)
