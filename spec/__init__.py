"""Symbolic records of operators, their laws, proofs, certified values and error bounds."""

from . import comparisons  # noqa: F401 - before records are built
from .catalog import OPERATORS, operator
from .convolution import CONV1D, CONV2D, CONV3D
from .law_catalog import LAWS
from .signal import CONVOLVE, CORRELATE

__all__ = ["CONV1D", "CONV2D", "CONV3D", "CONVOLVE", "CORRELATE", "LAWS", "OPERATORS", "operator"]
