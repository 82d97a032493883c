"""Every operator there is, in the order of the report."""

from difflib import get_close_matches

from .activation import ACTIVATIONS
from .activation_gradient import ACTIVATION_GRADIENTS
from .adaptive_pooling import (
    ADAPTIVE_AVG_POOL_GRADIENTS,
    ADAPTIVE_AVG_POOLS,
    ADAPTIVE_MAX_POOL_GRADIENTS,
    ADAPTIVE_MAX_POOLS,
)
from .average_pooling import AVG_POOL_GRADIENTS, AVG_POOLS
from .convolution import CONVOLUTIONS
from .convolution_gradient import INPUT_GRADIENTS, WEIGHT_GRADIENTS
from .convolution_transpose import TRANSPOSE_INPUT_GRADIENTS, TRANSPOSE_WEIGHT_GRADIENTS, TRANSPOSES
from .filter_bank import FILTER_BANKS
from .fourier import FOURIER
from .gabor import GABOR
from .global_pooling import GLOBAL_AVG_POOL, GLOBAL_AVG_POOL_GRADIENT, GLOBAL_MAX_POOL, GLOBAL_MAX_POOL_GRADIENT
from .linear import LINEARS
from .max_pooling import MAX_POOL_GRADIENTS, MAX_POOLS, MAX_POOLS_WITH_INDICES
from .max_unpooling import MAX_UNPOOL_GRADIENTS, MAX_UNPOOLS
from .normalization import BATCH_NORM_GRADIENTS, BATCH_NORMS
from .records import OperatorSpec
from .response_norm import LOCAL_RESPONSE_NORM, LOCAL_RESPONSE_NORM_GRADIENT
from .scattering import SCATTERING1D
from .scattering2d import SCATTERING2D
from .scattering_gradient import SCATTERING1D_GRADIENT, SCATTERING2D_GRADIENT
from .signal import CONVOLVE, CORRELATE
from .softmax import SOFTMAX_GRADIENTS, SOFTMAXES
from .solid_harmonic import SCATTERING3D
from .solid_harmonic_gradient import SCATTERING3D_GRADIENT
from .wavelet import WAVELETS

OPERATORS: tuple[OperatorSpec, ...] = (
    CONVOLVE,
    CORRELATE,
    *CONVOLUTIONS,
    *INPUT_GRADIENTS,
    *WEIGHT_GRADIENTS,
    *TRANSPOSES,
    *TRANSPOSE_INPUT_GRADIENTS,
    *TRANSPOSE_WEIGHT_GRADIENTS,
    *MAX_POOLS,
    *MAX_POOLS_WITH_INDICES,
    *MAX_POOL_GRADIENTS,
    *MAX_UNPOOLS,
    *MAX_UNPOOL_GRADIENTS,
    *AVG_POOLS,
    *AVG_POOL_GRADIENTS,
    *ADAPTIVE_AVG_POOLS,
    *ADAPTIVE_AVG_POOL_GRADIENTS,
    *ADAPTIVE_MAX_POOLS,
    *ADAPTIVE_MAX_POOL_GRADIENTS,
    GLOBAL_AVG_POOL,
    GLOBAL_AVG_POOL_GRADIENT,
    GLOBAL_MAX_POOL,
    GLOBAL_MAX_POOL_GRADIENT,
    *ACTIVATIONS,
    *ACTIVATION_GRADIENTS,
    *SOFTMAXES,
    *SOFTMAX_GRADIENTS,
    *LINEARS,
    *BATCH_NORMS,
    *BATCH_NORM_GRADIENTS,
    LOCAL_RESPONSE_NORM,
    LOCAL_RESPONSE_NORM_GRADIENT,
    *FOURIER,
    *WAVELETS,
    *FILTER_BANKS,
    GABOR,
    SCATTERING1D,
    SCATTERING1D_GRADIENT,
    SCATTERING2D,
    SCATTERING2D_GRADIENT,
    SCATTERING3D,
    SCATTERING3D_GRADIENT,
)


def operator(name: str) -> OperatorSpec:
    """Return the record called `name`.

    Raises
    ------
    ValueError
        If there is none; the message says which names are alike, and lists what there is.

    Examples
    --------
    >>> operator("conv2d").summary
    'Cross-correlate a batch of signals with a bank of filters.'
    """
    for record in OPERATORS:
        if record.name == name:
            return record
    names = [record.name for record in OPERATORS]
    alike = " or ".join(get_close_matches(name, names))
    raise ValueError(f"no operator {name!r}{alike and f' (perhaps {alike})'}; there are {', '.join(names)}")
