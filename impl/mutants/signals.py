"""Wrong convolutions and correlations of two signals."""

from __future__ import annotations

import numpy as np

from convoracle.impl.mutants.mutant import Function, edited, wrapped


def _swapped_when_longer(right: Function) -> Function:
    def correlate(x, h, *, mode="valid"):
        return right(h, x, mode=mode) if h.size > x.size and mode != "same" else right(x, h, mode=mode)

    return correlate


def _middle_lost(right: Function) -> Function:
    """Loops over the beginning, the middle and the end of the outputs, right where the filter is the shorter."""

    def slide(x, h, **options):
        y = right(x, h, **options)
        if x.ndim > 1 or x.size >= h.size:
            return y
        full = right(x, h, mode="full")
        full[x.size - 1 : h.size] = 0
        start = 0 if y.size == full.size else (h.size - 1) // 2
        return full[start : start + y.size].copy()

    return slide


def _first_row_of_axis(right: Function) -> Function:
    def convolve(x, h, *, mode="full"):
        if x.ndim == 3 and h.shape[1] > 1:
            h = np.concatenate([h[:, :1], np.zeros_like(h[:, 1:2]), h[:, 2:]], axis=1)
        return right(x, h, mode=mode)

    return convolve


def _small_taps_lost(right: Function) -> Function:
    def slide(x, h, **options):
        small = h.dtype.kind == "f" and np.abs(h) <= np.finfo(np.float64).eps
        return right(x, np.where(small, h.dtype.type(0), h), **options)

    return slide


MUTANTS = (
    edited(
        "same-starts-one-later",
        "convolve correlate",
        "NEST",
        "Mode 'same' keeps the samples from k // 2 on, one later for even filters, after scipy#1968.",
        "signal",
        ("return k - 1 - (k - 1) // 2, n", "return (k - 1) // 2, n"),
    ),
    edited(
        "same-as-long-as-the-longer",
        "convolve correlate",
        "SIZE",
        "Mode 'same' has the size of the longer operand, after numpy#6316.",
        "signal",
        ("return k - 1 - (k - 1) // 2, n", "return k - 1 - (k - 1) // 2, max(n, k)"),
    ),
    edited(
        "same-centred-by-the-shorter",
        "convolve correlate",
        "NEST",
        "Mode 'same' exchanges the operands where the first is shorter: its centre is the second's, after scipy#12685.",
        "signal",
        ("return k - 1 - (k - 1) // 2, n", "return k - 1 - (min(n, k) - 1) // 2, n"),
    ),
    edited(
        "full-without-the-last-sample",
        "convolve",
        "SIZE",
        "Mode 'full' has n + k - 2 samples where k exceeds 1.",
        "signal",
        ("return k - 1, n + k - 1", "return k - 1, n + k - 1 - (k > 1)"),
    ),
    edited(
        "valid-of-the-other-end",
        "convolve correlate",
        "NEST",
        "Mode 'valid' starts one sample early where the filter is shorter than the signal.",
        "signal",
        ("    return 0, n - k + 1", "    return int(k < n), n - k + 1"),
    ),
    edited(
        "correlate-without-conjugate",
        "correlate",
        "CONJ",
        "The filter is not conjugated, after scipy#5954.",
        "signal",
        ('"correlate", x, h.conj(), mode', '"correlate", x, h, mode'),
    ),
    edited(
        "correlate-conjugates-the-signal",
        "correlate",
        "CONJ",
        "The first operand is conjugated in place of the second.",
        "signal",
        ('"correlate", x, h.conj(), mode', '"correlate", x.conj(), h, mode'),
    ),
    edited(
        "convolve-without-flip",
        "convolve",
        "COMM",
        "The filter is not flipped: a correlation, after scipy#4580.",
        "signal",
        ("np.flip(h), mode", "h, mode"),
    ),
    edited(
        "convolve-flips-the-last-axis-only",
        "convolve",
        "COMM",
        "Only the last axis of the filter is flipped: right for signals of one axis.",
        "signal",
        ("np.flip(h), mode", "np.flip(h, -1), mode"),
    ),
    wrapped(
        "correlate-swaps-without-reversing",
        "correlate",
        "COMM",
        "Operands change places for speed where the second is longer; the result is not reversed, after scipy#3664.",
        _swapped_when_longer,
    ),
    wrapped(
        "middle-of-a-longer-filter-lost",
        "convolve correlate",
        "COMM",
        "Where the filter is longer, outputs that the whole signal takes part in stay zero, after numba#7543.",
        _middle_lost,
    ),
    edited(
        "valid-accepts-a-longer-filter",
        "convolve correlate",
        "ERR",
        "Mode 'valid' takes a filter that does not fit, and returns nothing, after scipy#5897.",
        "signal",
        ('if mode == "valid" and k > n:', 'if mode == "valid" and k > n + 9:'),
        ("    return 0, n - k + 1", "    return 0, max(0, n - k + 1)"),
    ),
    edited(
        "empty-operand-accepted",
        "convolve correlate",
        "ERR",
        "An empty filter is taken, after numpy#14366.",
        "signal",
        ("if n < 1 or k < 1:", "if n < 1 and k < 1:"),
    ),
    edited(
        "unknown-mode-is-valid",
        "convolve correlate",
        "ERR",
        "A mode that does not exist is taken for 'valid', after scipy#3090.",
        "signal",
        ("if mode not in MODES:", "if not mode:"),
    ),
    wrapped(
        "second-tap-of-the-middle-axis-lost",
        "convolve",
        "DEF",
        "In three axes, the second tap of the middle axis is zero.",
        _first_row_of_axis,
    ),
    wrapped(
        "small-taps-lost",
        "convolve correlate",
        "DEF",
        "Taps of at most 2.2e-16 are taken for zero, whatever the samples, as scipy.ndimage does.",
        _small_taps_lost,
    ),
)
