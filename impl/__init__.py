"""Numba kernels of convolution networks behind checked functions on numpy arrays."""

from convoracle.impl.compiled import compiled_signatures
from convoracle.impl.convolution import conv1d, conv2d, conv3d
from convoracle.impl.convolution_input_gradient import (
    conv1d_input_gradient,
    conv2d_input_gradient,
    conv3d_input_gradient,
)
from convoracle.impl.convolution_transpose import conv_transpose1d, conv_transpose2d, conv_transpose3d
from convoracle.impl.convolution_transpose_gradient import (
    conv_transpose1d_input_gradient,
    conv_transpose1d_weight_gradient,
    conv_transpose2d_input_gradient,
    conv_transpose2d_weight_gradient,
    conv_transpose3d_input_gradient,
    conv_transpose3d_weight_gradient,
)
from convoracle.impl.convolution_weight_gradient import (
    conv1d_weight_gradient,
    conv2d_weight_gradient,
    conv3d_weight_gradient,
)
from convoracle.impl.signal import convolve, correlate

__all__ = [
    "compiled_signatures",
    "conv1d",
    "conv1d_input_gradient",
    "conv1d_weight_gradient",
    "conv2d",
    "conv2d_input_gradient",
    "conv2d_weight_gradient",
    "conv3d",
    "conv3d_input_gradient",
    "conv3d_weight_gradient",
    "conv_transpose1d",
    "conv_transpose1d_input_gradient",
    "conv_transpose1d_weight_gradient",
    "conv_transpose2d",
    "conv_transpose2d_input_gradient",
    "conv_transpose2d_weight_gradient",
    "conv_transpose3d",
    "conv_transpose3d_input_gradient",
    "conv_transpose3d_weight_gradient",
    "convolve",
    "correlate",
]
