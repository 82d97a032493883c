"""Every operator there is, in the order of the report."""

from .convolution import CONVOLUTIONS
from .convolution_gradient import INPUT_GRADIENTS, WEIGHT_GRADIENTS
from .convolution_transpose import TRANSPOSE_INPUT_GRADIENTS, TRANSPOSE_WEIGHT_GRADIENTS, TRANSPOSES
from .records import OperatorSpec
from .signal import CONVOLVE, CORRELATE

OPERATORS: tuple[OperatorSpec, ...] = (
    CONVOLVE,
    CORRELATE,
    *CONVOLUTIONS,
    *INPUT_GRADIENTS,
    *WEIGHT_GRADIENTS,
    *TRANSPOSES,
    *TRANSPOSE_INPUT_GRADIENTS,
    *TRANSPOSE_WEIGHT_GRADIENTS,
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
