"""Wrong Fourier transforms of frames."""

from __future__ import annotations

import numpy as np

from convoracle.impl.mutants.fourier import in_single_precision, on_input
from convoracle.impl.mutants.mutant import Function, edited, wrapped

_FRAMES = "return fft.fft(frames * window.conj().astype(dtype, copy=False), axis=-1)"
_ROLL = "rows[..., : part.shape[-1]] += np.roll(part, later, axis=-2)"


def _turned_from_sample_zero(right: Function) -> Function:
    def wrong(x, window, *, hop):
        y = right(x, window, hop=hop)
        frames, k = y.shape[-2:]
        turns = np.outer(np.arange(frames) * hop, np.arange(k)) / k
        return (y * np.exp(-2j * np.pi * turns)).astype(y.dtype)

    return wrong


MUTANTS = (
    wrapped(
        "frames-in-single-precision",
        "stft istft",
        "PRED",
        "Frames of float64 are transformed in single precision.",
        in_single_precision,
    ),
    edited(
        "window-not-conjugated",
        "stft",
        "CONJ",
        "A complex window is not conjugated.",
        "frames",
        (_FRAMES, _FRAMES.replace("window.conj()", "window")),
    ),
    edited(
        "window-reversed",
        "stft",
        "DEF",
        "The window is reversed, as if frames were convolved with it.",
        "frames",
        (_FRAMES, _FRAMES.replace("window.conj()", "window[::-1].conj()")),
    ),
    edited(
        "frames-end-in-zeros",
        "stft",
        "DEF",
        "The last frames go on with zeros, not with the first samples.",
        "frames",
        ("[x, x[..., : k - 1]]", "[x, np.zeros_like(x[..., : k - 1])]"),
    ),
    edited(
        "frames-end-in-a-mirror",
        "stft",
        "DEF",
        "The last frames go on with the last samples in reverse order.",
        "frames",
        ("[x, x[..., : k - 1]]", "[x, x[..., ::-1][..., : k - 1]]"),
    ),
    wrapped(
        "frames-one-sample-late",
        "stft",
        "DEF",
        "Frame t begins at sample hop t + 1.",
        on_input(lambda x: np.roll(x, -1, axis=-1)),
    ),
    wrapped(
        "frames-turned-from-sample-zero",
        "stft",
        "DEF",
        "Exponents count from sample 0 of the signal, not from the first sample of the frame.",
        _turned_from_sample_zero,
    ),
    edited(
        "any-hop-accepted",
        "stft",
        "ERR",
        "A hop that does not divide the number of samples is accepted.",
        "frames",
        ("if n % step:", "if n < 0:"),
    ),
    edited(
        "frames-lost-at-the-end",
        "istft",
        "DEF",
        "What the last frames say of the first samples is lost.",
        "frames",
        (_ROLL, "rows[..., later:, : part.shape[-1]] += part[..., : max(0, frames - later), :]"),
    ),
    edited(
        "frames-not-weighed",
        "istft",
        "DEF",
        "Frames are added as they are, without the window.",
        "frames",
        (
            "pieces = fft.ifft(y.astype(dtype, copy=False), axis=-1) * window.astype(dtype, copy=False)",
            "pieces = fft.ifft(y.astype(dtype, copy=False), axis=-1)",
        ),
    ),
    edited(
        "frames-overlap-one-hop-too-early",
        "istft",
        "DEF",
        "What lies beyond the first hop of a frame is added one hop too early.",
        "frames",
        (_ROLL, _ROLL.replace("part, later,", "part, max(0, later - 1),")),
    ),
    edited(
        "window-longer-than-the-signal",
        "istft",
        "ERR",
        "Frames that are longer than the signal meet themselves.",
        "frames",
        ("if k > n:", "if k > n + 8:"),
    ),
    edited(
        "dual-of-sums-not-of-squares",
        "dual_window",
        "DEF",
        "The window is divided by the sums of its weights.",
        "frames",
        ("squares[:k] = window**2", "squares[:k] = abs(window)"),
    ),
    edited(
        "dual-by-the-whole-norm",
        "dual_window",
        "DEF",
        "The window is divided by its squared norm: right only for a tight window.",
        "frames",
        ("squares.reshape(rows, step).sum(axis=0)", "np.full(step, squares.sum() / step)"),
    ),
    edited(
        "dual-without-the-last-square",
        "dual_window",
        "DEF",
        "The last weight is left out of the sums of squares.",
        "frames",
        ("squares[:k] = window**2", "squares[: k - 1] = window[:-1] ** 2"),
    ),
    edited(
        "hop-beyond-the-window",
        "dual_window",
        "ERR",
        "A hop that leaves samples out is accepted.",
        "frames",
        ("if step > k:", "if step > k + 8:"),
    ),
)
