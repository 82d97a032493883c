"""Wrong Fourier transforms."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from convoracle.impl.mutants.arithmetic import on_result
from convoracle.impl.mutants.mutant import Function, edited, wrapped

_CALL = "return transform(array.astype(dtype, copy=False), axes=range(-dims, 0))"


def on_input(change: Callable[[np.ndarray], np.ndarray]) -> Callable[[Function], Function]:
    """Return the wrapper that passes the first operand through `change` once the right function has accepted the call."""

    def wrapper(right: Function) -> Function:
        def wrong(first, *rest, **options):
            right(first, *rest, **options)
            return right(change(first), *rest, **options)

        return wrong

    return wrapper


def by_table(table: Callable[[int], np.ndarray]) -> Callable[[Function], Function]:
    """Return the wrapper that multiplies with `table`, the matrix of a transform of some length, in double precision."""

    def wrapper(right: Function) -> Function:
        def wrong(x):
            y = right(x)
            with np.errstate(all="ignore"):
                return (x.astype(np.complex128) @ table(x.shape[-1])).astype(y.dtype)

        return wrong

    return wrapper


def _turns(n: int) -> np.ndarray:
    return np.outer(np.arange(n), np.arange(n)) / n


def in_single_precision(right: Function) -> Function:
    """Return a function of operands in single precision, its result converted back."""

    def wrong(*operands, **options):
        y = right(*operands, **options)
        narrow = (a.astype(np.complex64 if a.dtype.kind == "c" else np.float32) for a in operands)
        with np.errstate(over="ignore", under="ignore"):
            return right(*narrow, **options).astype(y.dtype)

    return wrong


def _without_nyquist(x_to_y: Function) -> Function:
    def wrong(x):
        y, n = x_to_y(x), x.shape[-1]
        if n % 2 == 0 and x.dtype.kind == "f":
            y[..., n // 2] = 0
        return y

    return wrong


def _half_mirrored(right: Function) -> Function:
    def wrong(x):
        y, n = right(x), x.shape[-1]
        if x.dtype.kind == "f":
            y[..., n // 2 + 1 :] = y[..., 1 : (n + 1) // 2][..., ::-1]
        return y

    return wrong


def _powers_of_two(right: Function) -> Function:
    def wrong(x):
        n = x.shape[-1]
        right(x)
        more = (1 << (n - 1).bit_length()) - n if n else 0
        return right(np.concatenate([x, np.zeros_like(x[..., :1].repeat(more, -1))], axis=-1))[..., :n]

    return wrong


MUTANTS = (
    wrapped(
        "dft-with-the-sign-of-the-inverse",
        "dft dft2d",
        "DEF",
        "Exponents are positive: frequencies come in reverse order.",
        lambda right: lambda x: right(x.conj()).conj(),
    ),
    edited(
        "dft-divided-instead-of-its-inverse",
        "dft idft dft2d idft2d",
        "DEF",
        "The transform divides by the number of samples, and its inverse does not.",
        "fourier",
        (_CALL, _CALL.replace("axes=range(-dims, 0)", 'axes=range(-dims, 0), norm="forward"')),
    ),
    edited(
        "dft-divided-by-the-root",
        "dft idft dft2d idft2d",
        "NORM",
        "Both transforms divide by the root of the number of samples.",
        "fourier",
        (_CALL, _CALL.replace("axes=range(-dims, 0)", 'axes=range(-dims, 0), norm="ortho"')),
    ),
    wrapped(
        "frequencies-one-off",
        "dft dft2d",
        "DEF",
        "Frequency f stands where f + 1 belongs, as if frequencies counted from one.",
        on_result(lambda y: np.roll(y, 1, axis=-1)),
    ),
    wrapped(
        "frequency-zero-in-the-middle",
        "dft dft2d",
        "DEF",
        "Frequencies are in the order of their size, zero in the middle.",
        on_result(lambda y: np.fft.fftshift(y, axes=-1)),
    ),
    wrapped(
        "signal-begins-in-the-middle",
        "dft",
        "DEF",
        "Sample 0 is looked for in the middle of the signal.",
        on_input(lambda x: np.fft.ifftshift(x, axes=-1)),
    ),
    wrapped(
        "pi-of-five-digits",
        "dft",
        "PRED",
        "3.1415 stands for pi, as in the two-dimensional filters of kymatio.",
        by_table(lambda n: np.exp(-2j * 3.1415 * _turns(n))),
    ),
    wrapped(
        "roots-of-unity-in-single-precision",
        "dft",
        "PRED",
        "The table of exponentials has single precision.",
        by_table(lambda n: np.exp(-2j * np.pi * _turns(n)).astype(np.complex64)),
    ),
    wrapped(
        "transform-in-single-precision",
        "dft idft dft2d idft2d",
        "PRED",
        "The transform of float64 is computed in single precision, and converted back.",
        in_single_precision,
    ),
    edited(
        "always-double-precision",
        "dft idft dft2d idft2d",
        "DTYPE",
        "Results have double precision, whatever the operand has, as those of numpy.fft before version 2.",
        "fourier",
        (_CALL, _CALL.replace("array.astype(dtype, copy=False)", "array.astype(np.complex128)")),
    ),
    wrapped(
        "highest-frequency-lost",
        "dft",
        "NORM",
        "Of real signals of even length the highest frequency is lost.",
        _without_nyquist,
    ),
    wrapped(
        "mirrored-without-conjugate",
        "dft",
        "CONJ",
        "Of real signals the negative frequencies are copies of the positive ones, not their conjugates.",
        _half_mirrored,
    ),
    wrapped(
        "imaginary-part-lost",
        "dft idft dft2d idft2d",
        "DEF",
        "The imaginary part of the result is taken for rounding, and dropped.",
        on_result(lambda y: y.real.astype(y.dtype)),
    ),
    wrapped(
        "padded-to-a-power-of-two",
        "dft",
        "DEF",
        "Signals are padded with zeros to a length that is a power of two, which moves all frequencies.",
        _powers_of_two,
    ),
    edited(
        "transform-across-the-batch",
        "dft idft",
        "BATCH",
        "The first axis is transformed instead of the last.",
        "fourier",
        (_CALL, _CALL.replace("range(-dims, 0)", "range(dims)")),
    ),
    edited(
        "images-transformed-by-rows-only",
        "dft2d idft2d",
        "DEF",
        "Only the last axis of images is transformed.",
        "fourier",
        (_CALL, _CALL.replace("range(-dims, 0)", "range(-1, 0)")),
    ),
    edited(
        "empty-signals-accepted",
        "dft idft dft2d idft2d",
        "ERR",
        "A signal without samples gives a result without entries.",
        "fourier",
        (
            "check_at_least(operator, 1, **dict(zip(_AXES, array.shape[array.ndim - dims :], strict=False)))",
            "if not array.size:\n        return array.astype(np.result_type(dtype, np.complex64))",
        ),
    ),
)
