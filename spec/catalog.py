"""Every operator there is, in the order of the report."""

from .convolution import CONV1D, CONV2D, CONV3D
from .convolution_gradient import (
    CONV1D_INPUT_GRADIENT,
    CONV1D_WEIGHT_GRADIENT,
    CONV2D_INPUT_GRADIENT,
    CONV2D_WEIGHT_GRADIENT,
    CONV3D_INPUT_GRADIENT,
    CONV3D_WEIGHT_GRADIENT,
)
from .convolution_transpose import (
    CONV_TRANSPOSE1D,
    CONV_TRANSPOSE1D_INPUT_GRADIENT,
    CONV_TRANSPOSE1D_WEIGHT_GRADIENT,
    CONV_TRANSPOSE2D,
    CONV_TRANSPOSE2D_INPUT_GRADIENT,
    CONV_TRANSPOSE2D_WEIGHT_GRADIENT,
    CONV_TRANSPOSE3D,
    CONV_TRANSPOSE3D_INPUT_GRADIENT,
    CONV_TRANSPOSE3D_WEIGHT_GRADIENT,
)
from .records import OperatorSpec
from .signal import CONVOLVE, CORRELATE

OPERATORS: tuple[OperatorSpec, ...] = (
    CONVOLVE,
    CORRELATE,
    CONV1D,
    CONV2D,
    CONV3D,
    CONV1D_INPUT_GRADIENT,
    CONV2D_INPUT_GRADIENT,
    CONV3D_INPUT_GRADIENT,
    CONV1D_WEIGHT_GRADIENT,
    CONV2D_WEIGHT_GRADIENT,
    CONV3D_WEIGHT_GRADIENT,
    CONV_TRANSPOSE1D,
    CONV_TRANSPOSE2D,
    CONV_TRANSPOSE3D,
    CONV_TRANSPOSE1D_INPUT_GRADIENT,
    CONV_TRANSPOSE2D_INPUT_GRADIENT,
    CONV_TRANSPOSE3D_INPUT_GRADIENT,
    CONV_TRANSPOSE1D_WEIGHT_GRADIENT,
    CONV_TRANSPOSE2D_WEIGHT_GRADIENT,
    CONV_TRANSPOSE3D_WEIGHT_GRADIENT,
)


def operator(name: str) -> OperatorSpec:
    """Return the record called `name`.

    Raises
    ------
    ValueError
        If there is none; the message lists what there is.

    Examples
    --------
    >>> operator("conv2d").summary
    'Cross-correlate a batch of signals with a bank of filters.'
    """
    for record in OPERATORS:
        if record.name == name:
            return record
    raise ValueError(f"no operator {name!r}; there are {', '.join(record.name for record in OPERATORS)}")
