"""Numba kernels of convolution networks behind checked functions on numpy arrays."""

from convoracle.impl.activation import leaky_relu, prelu, relu, sigmoid, softplus, tanh
from convoracle.impl.activation_gradient import leaky_relu_gradient, prelu_gradient, relu_gradient
from convoracle.impl.activation_smooth_gradient import sigmoid_gradient, softplus_gradient, tanh_gradient
from convoracle.impl.adaptive_pooling import (
    adaptive_avg_pool1d,
    adaptive_avg_pool1d_gradient,
    adaptive_avg_pool2d,
    adaptive_avg_pool2d_gradient,
    adaptive_avg_pool3d,
    adaptive_avg_pool3d_gradient,
    adaptive_max_pool1d,
    adaptive_max_pool1d_gradient,
    adaptive_max_pool2d,
    adaptive_max_pool2d_gradient,
    adaptive_max_pool3d,
    adaptive_max_pool3d_gradient,
)
from convoracle.impl.average_pooling import (
    avg_pool1d,
    avg_pool1d_gradient,
    avg_pool2d,
    avg_pool2d_gradient,
    avg_pool3d,
    avg_pool3d_gradient,
)
from convoracle.impl.batch_norm import batch_norm, batch_norm_training
from convoracle.impl.batch_norm_gradient import batch_norm_gradient, batch_norm_training_gradient
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
from convoracle.impl.cross_entropy import cross_entropy, cross_entropy_gradient
from convoracle.impl.filter_bank import analyze1d, synthesize1d
from convoracle.impl.fourier import dft, dft2d, idft, idft2d
from convoracle.impl.frames import dual_window, istft, stft
from convoracle.impl.gabor import gabor
from convoracle.impl.global_pooling import (
    global_avg_pool,
    global_avg_pool_gradient,
    global_max_pool,
    global_max_pool_gradient,
)
from convoracle.impl.linear import linear, linear_input_gradient, linear_weight_gradient
from convoracle.impl.local_response_norm import local_response_norm, local_response_norm_gradient
from convoracle.impl.max_pooling import (
    max_pool1d,
    max_pool1d_with_indices,
    max_pool2d,
    max_pool2d_with_indices,
    max_pool3d,
    max_pool3d_with_indices,
)
from convoracle.impl.max_pooling_gradient import (
    max_pool1d_gradient,
    max_pool2d_gradient,
    max_pool3d_gradient,
)
from convoracle.impl.max_unpooling import (
    max_unpool1d,
    max_unpool1d_gradient,
    max_unpool2d,
    max_unpool2d_gradient,
    max_unpool3d,
    max_unpool3d_gradient,
)
from convoracle.impl.modulus import modulus, modulus_gradient, soft_threshold, soft_threshold_gradient
from convoracle.impl.scattering import scattering1d, scattering2d
from convoracle.impl.scattering_gradient import scattering1d_gradient, scattering2d_gradient
from convoracle.impl.scattering_transformers import Scattering1D, Scattering2D
from convoracle.impl.signal import convolve, correlate
from convoracle.impl.softmax import log_softmax, log_softmax_gradient, softmax, softmax_gradient
from convoracle.impl.solid_harmonic import scattering3d
from convoracle.impl.solid_harmonic_gradient import scattering3d_gradient
from convoracle.impl.solid_transformer import Scattering3D
from convoracle.impl.wavelet import cwt, inverse_wavelet_transform1d, wavelet_transform1d

__all__ = [
    "Scattering1D",
    "Scattering2D",
    "Scattering3D",
    "adaptive_avg_pool1d",
    "adaptive_avg_pool1d_gradient",
    "adaptive_avg_pool2d",
    "adaptive_avg_pool2d_gradient",
    "adaptive_avg_pool3d",
    "adaptive_avg_pool3d_gradient",
    "adaptive_max_pool1d",
    "adaptive_max_pool1d_gradient",
    "adaptive_max_pool2d",
    "adaptive_max_pool2d_gradient",
    "adaptive_max_pool3d",
    "adaptive_max_pool3d_gradient",
    "analyze1d",
    "avg_pool1d",
    "avg_pool1d_gradient",
    "avg_pool2d",
    "avg_pool2d_gradient",
    "avg_pool3d",
    "avg_pool3d_gradient",
    "batch_norm",
    "batch_norm_gradient",
    "batch_norm_training",
    "batch_norm_training_gradient",
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
    "cross_entropy",
    "cross_entropy_gradient",
    "cwt",
    "dft",
    "dft2d",
    "dual_window",
    "gabor",
    "global_avg_pool",
    "global_avg_pool_gradient",
    "global_max_pool",
    "global_max_pool_gradient",
    "idft",
    "idft2d",
    "inverse_wavelet_transform1d",
    "istft",
    "leaky_relu",
    "leaky_relu_gradient",
    "linear",
    "linear_input_gradient",
    "linear_weight_gradient",
    "local_response_norm",
    "local_response_norm_gradient",
    "log_softmax",
    "log_softmax_gradient",
    "max_pool1d",
    "max_pool1d_gradient",
    "max_pool1d_with_indices",
    "max_pool2d",
    "max_pool2d_gradient",
    "max_pool2d_with_indices",
    "max_pool3d",
    "max_pool3d_gradient",
    "max_pool3d_with_indices",
    "max_unpool1d",
    "max_unpool1d_gradient",
    "max_unpool2d",
    "max_unpool2d_gradient",
    "max_unpool3d",
    "max_unpool3d_gradient",
    "modulus",
    "modulus_gradient",
    "prelu",
    "prelu_gradient",
    "relu",
    "relu_gradient",
    "scattering1d",
    "scattering1d_gradient",
    "scattering2d",
    "scattering2d_gradient",
    "scattering3d",
    "scattering3d_gradient",
    "sigmoid",
    "sigmoid_gradient",
    "soft_threshold",
    "soft_threshold_gradient",
    "softmax",
    "softmax_gradient",
    "softplus",
    "softplus_gradient",
    "stft",
    "synthesize1d",
    "tanh",
    "tanh_gradient",
    "wavelet_transform1d",
]
