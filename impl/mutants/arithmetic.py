"""Wrong numbers: narrow formats, wrap-around, dtypes, special values."""

from __future__ import annotations

from typing import Any

import numpy as np

from convoracle.impl.mutants.mutant import Function, edited, wrapped

_START = "out = np.zeros(shape, dtype)\n"
_END = "return out if fold is None else np.ascontiguousarray(fold(out))"


def _narrow(dtype: str, format: str) -> tuple[tuple[str, str], tuple[str, str]]:
    """Return the edits that sum in `format` and convert the result back, where results have `dtype`."""
    narrowed = f"np.{format} if dtype == np.{dtype} else dtype"
    converted = "return (out if fold is None else fold(out)).astype(dtype)"
    return (_START, f"out = np.zeros(shape, {narrowed})\n"), (_END, converted)


def _rounded(array: Any, bits: int) -> Any:
    """Round the significand of float32 to `bits` bits fewer, half to even."""
    if array is None or array.dtype != np.float32:
        return array
    words = np.ascontiguousarray(array).view(np.uint32).astype(np.uint64)
    half = (1 << (bits - 1)) - 1 + ((words >> bits) & 1)
    rounded = ((words + half) >> bits << bits).astype(np.uint32).view(np.float32)
    return np.where(np.isfinite(array), rounded, array).astype(np.float32)


def _operands_rounded(bits: int) -> Any:
    def wrapper(right: Function) -> Function:
        def narrow(x, w, *rest, **options):
            return right(_rounded(x, bits), _rounded(w, bits), *rest, **options)

        return narrow

    return wrapper


def on_result(change: Any) -> Any:
    """Return the wrapper that passes the result through `change`."""

    def wrapper(right: Function) -> Function:
        def changed(*operands, **options):
            return change(right(*operands, **options))

        return changed

    return wrapper


def _flushed(y: np.ndarray) -> np.ndarray:
    if y.dtype.kind == "f":
        y[abs(y) < np.finfo(y.dtype).tiny] = 0
    return y


def nan_to_zero(right: Function) -> Function:
    def clean(x, *operands, **options):
        return right(np.nan_to_num(x, nan=0.0, posinf=np.inf, neginf=-np.inf), *operands, **options)

    return clean


def _by_fourier(right: Function) -> Function:
    def convolve(x, h, *, mode="full"):
        y = right(x, h, mode=mode)
        if mode != "full" or y.dtype.kind != "f":
            return y
        axes = tuple(range(x.ndim))
        spectrum = np.fft.rfftn(x, y.shape, axes) * np.fft.rfftn(h, y.shape, axes)
        return np.fft.irfftn(spectrum, y.shape, axes).astype(y.dtype)

    return convolve


MUTANTS = (
    edited(
        "sums-in-float16",
        "conv1d conv2d conv2d_weight_gradient",
        "PRED",
        "float32 is multiplied and summed in float16, after candle#3719.",
        "bilinear",
        *_narrow("float32", "float16"),
    ),
    edited(
        "float64-sums-in-float32",
        "conv1d conv2d conv_transpose1d",
        "PRED",
        "float64 is multiplied and summed in float32.",
        "bilinear",
        *_narrow("float64", "float32"),
    ),
    wrapped(
        "operands-in-tf32",
        "conv1d conv2d",
        "PRED",
        "float32 operands are rounded to the 11 bits of TensorFloat-32.",
        _operands_rounded(13),
    ),
    wrapped(
        "operands-in-bfloat16",
        "conv2d conv2d_input_gradient",
        "PRED",
        "float32 operands are rounded to the 8 bits of bfloat16.",
        _operands_rounded(16),
    ),
    wrapped(
        "by-fourier-transforms",
        "convolve",
        "PRED",
        "The full convolution is computed by Fourier transforms and sold as a direct sum, after scipy#7217.",
        _by_fourier,
    ),
    edited(
        "int32-wraps",
        "conv1d conv2d convolve",
        "PRED",
        "Integers are summed in 32 bits, which wrap around, after scipy#10761.",
        "bilinear",
        *_narrow("int64", "int32"),
    ),
    edited(
        "int64-wraps",
        "conv1d convolve",
        "PRED",
        "Integer results that do not fit int64 wrap around, after scipy#6076.",
        "bilinear",
        ("+ largest[2], *largest) >= LIMIT:", "+ largest[2], *largest) >= LIMIT << 99:"),
        (
            "    out = np.zeros(shape, dtype)\n",
            "    out, a, b = np.zeros(shape, dtype), a.astype(dtype), b.astype(dtype)\n",
        ),
    ),
    edited(
        "digits-put-together-wrongly",
        "convolve conv1d",
        "PRED",
        "Products of large integers lose a shift when they are put together.",
        "bilinear",
        ("(1 << bits * (i + j))", "(1 << bits * max(i, j))"),
    ),
    edited(
        "integers-become-float64",
        "conv2d correlate",
        "DTYPE",
        "Integer operands give float64.",
        "arguments",
        ("return np.dtype(np.int64)", "return np.dtype(np.float64)"),
    ),
    edited(
        "dtype-of-the-first-operand",
        "conv1d convolve",
        "DTYPE",
        "The result has the dtype of the first operand, into which the second is converted, after scipy#10527.",
        "arguments",
        ('return np.result_type(*dtypes).newbyteorder("=")', 'return dtypes[0].newbyteorder("=")'),
        ('if all(dtype.kind in "iu" for dtype in dtypes):', 'if dtypes[0].kind in "iu":'),
    ),
    wrapped(
        "float32-becomes-float64",
        "conv1d conv_transpose1d",
        "DTYPE",
        "float32 operands give float64.",
        on_result(lambda y: y.astype(np.float64) if y.dtype == np.float32 else y),
    ),
    wrapped(
        "half-of-complex",
        "conv1d",
        "DTYPE",
        "complex128 operands give complex64.",
        on_result(lambda y: y.astype(np.complex64) if y.dtype == np.complex128 else y),
    ),
    wrapped(
        "subnormals-flushed",
        "conv1d convolve",
        "PRED",
        "Subnormal results are replaced by zero, and the kernel does not say so.",
        on_result(_flushed),
    ),
    wrapped(
        "nan-read-as-zero",
        "conv1d conv_transpose2d",
        "NAN",
        "NaN in the input counts as zero.",
        nan_to_zero,
    ),
    edited(
        "unsigned-read-as-signed",
        "conv1d",
        "PRED",
        "Unsigned 8-bit operands are read as signed, after pytorch/oneDNN's s8 kernels (oneDNN#5080).",
        "compiled",
        (
            "return np.require(array, dtype,",
            "return np.require(array.view(np.int8) if array.dtype == np.uint8 else array, dtype,",
        ),
    ),
)
