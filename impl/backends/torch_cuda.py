"""PyTorch on a CUDA device: the functions of `convoracle.impl.backends.torch_nn`, there.

PyTorch lets cuDNN compute float32 convolutions in TF32 unless it is told not to; a report judges what it does by default.
"""

import torch

from convoracle.impl.backends.torch_nn import on_device

if not torch.cuda.is_available():
    raise ImportError("PyTorch finds no CUDA device")

SUBJECTS = (on_device("torch-cuda", "cuda"),)
