"""Fourier transforms of many signals side by side: what the kernels of scattering call.

The last axis of every array holds LANES signals, which go through the same operations: the innermost loops run over them. Real
and imaginary parts are arrays of their own.

The transforms are decimated in frequency, in place: frequency ``f = f1 + R1 (f2 + R2 (f3 + ..))`` ends at position
``f1 n/R1 + f2 n/(R1 R2) + ..`` for the factors R1, R2, .. of n. Who reads on does so by tables of positions. An inverse transform
is one with the parts exchanged.

The indices are unsigned, and real and imaginary parts apart, for the compiler's sake: so it sees that they do not wrap around and
that no two legs of a butterfly overlap, and turns the loops over lanes into vector operations.
"""

from __future__ import annotations

import numpy as np

LANES = 16  # literal in the loops: else the compiler cannot tell how far apart the signals of neighbouring points are
WIDE = 8 * LANES  # entries of neighbouring columns that are transformed together, long enough for loops of any length
CACHED = 4096  # points of a long transform that stay in the second-level cache, and are done before others are touched


def quarter(x, y, a, b, c, d, u1, v1, u2, v2, u3, v3):
    """Butterfly of radix 4, in place."""
    p0, q0, p1, q1 = x[a] + x[c], y[a] + y[c], x[a] - x[c], y[a] - y[c]
    p2, q2, p3, q3 = x[b] + x[d], y[b] + y[d], x[b] - x[d], y[b] - y[d]
    x[a], y[a] = p0 + p2, q0 + q2
    s, t = p1 + q3, q1 - p3
    x[b], y[b] = s * u1 - t * v1, s * v1 + t * u1
    s, t = p0 - p2, q0 - q2
    x[c], y[c] = s * u2 - t * v2, s * v2 + t * u2
    s, t = p1 - q3, q1 + p3
    x[d], y[d] = s * u3 - t * v3, s * v3 + t * u3


def half(x, y, a, b, u, v):
    """Butterfly of radix 2, in place."""
    s, t = x[a] - x[b], y[a] - y[b]
    x[a], y[a] = x[a] + x[b], y[a] + y[b]
    x[b], y[b] = s * u - t * v, s * v + t * u


def quarters(x, y, twiddles, start, size, stride):
    """Pass of radix 4 over `size` neighbouring points from entry `start`, legs `stride` points apart."""
    step = np.uint64(stride * LANES)
    for base in range(0, size, 4 * stride):
        for p in range(stride):
            u1, v1, u2, v2 = twiddles[6 * p], twiddles[6 * p + 1], twiddles[6 * p + 2], twiddles[6 * p + 3]
            u3, v3 = twiddles[6 * p + 4], twiddles[6 * p + 5]
            leg = np.uint64(start + (base + p) * LANES)
            for lane in range(LANES):
                a = leg + np.uint64(lane)
                quarter(x, y, a, a + step, a + step + step, a + step + step + step, u1, v1, u2, v2, u3, v3)


def last_quarters(x, y, start, size):
    """Pass of radix 4 with neighbouring legs, where all twiddles are 1."""
    one, two, three = np.uint64(LANES), np.uint64(2 * LANES), np.uint64(3 * LANES)
    for base in range(0, size, 4):
        leg = np.uint64(start + base * LANES)
        for lane in range(LANES):
            a = leg + np.uint64(lane)
            quarter(x, y, a, a + one, a + two, a + three, 1, 0, 1, 0, 1, 0)


def halves(x, y, twiddles, start, size, stride):
    """Pass of radix 2 over neighbouring points."""
    step = np.uint64(stride * LANES)
    for base in range(0, size, 2 * stride):
        for p in range(stride):
            leg = np.uint64(start + (base + p) * LANES)
            for lane in range(LANES):
                a = leg + np.uint64(lane)
                half(x, y, a, a + step, twiddles[2 * p], twiddles[2 * p + 1])


def wide_quarters(x, y, twiddles, start, size, stride, pitch, run):
    """Pass of radix 4 over points `pitch` entries apart and `run` entries long."""
    step = np.uint64(stride * pitch)
    for base in range(0, size, 4 * stride):
        for p in range(stride):
            u1, v1, u2, v2 = twiddles[6 * p], twiddles[6 * p + 1], twiddles[6 * p + 2], twiddles[6 * p + 3]
            u3, v3 = twiddles[6 * p + 4], twiddles[6 * p + 5]
            leg = np.uint64(start + (base + p) * pitch)
            for lane in range(run):
                a = leg + np.uint64(lane)
                quarter(x, y, a, a + step, a + step + step, a + step + step + step, u1, v1, u2, v2, u3, v3)


def wide_halves(x, y, twiddles, start, size, stride, pitch, run):
    """Pass of radix 2 over points `pitch` entries apart and `run` entries long."""
    step = np.uint64(stride * pitch)
    for base in range(0, size, 2 * stride):
        for p in range(stride):
            leg = np.uint64(start + (base + p) * pitch)
            for lane in range(run):
                a = leg + np.uint64(lane)
                half(x, y, a, a + step, twiddles[2 * p], twiddles[2 * p + 1])


def parts(x, y, twiddles, start, size, stride, pitch, run, radix):
    """Pass of any radix, by its definition; the table begins with the roots of 1."""
    legs_x, legs_y = np.empty(radix * run, x.dtype), np.empty(radix * run, x.dtype)
    for base in range(0, size, radix * stride):
        for p in range(stride):
            leg, twiddle = start + (base + p) * pitch, 2 * radix * (1 + p)
            for j in range(radix):
                for lane in range(run):
                    entry = leg + j * stride * pitch + lane
                    legs_x[j * run + lane], legs_y[j * run + lane] = x[entry], y[entry]
            for k in range(radix):
                for lane in range(run):
                    s, t = legs_x[lane], legs_y[lane]
                    for j in range(1, radix):
                        turn = 2 * (j * k % radix)
                        a, b, u, v = legs_x[j * run + lane], legs_y[j * run + lane], twiddles[turn], twiddles[turn + 1]
                        s, t = s + (a * u - b * v), t + (a * v + b * u)
                    u, v = twiddles[twiddle + 2 * k], twiddles[twiddle + 2 * k + 1]
                    entry = leg + k * stride * pitch + lane
                    x[entry], y[entry] = s * u - t * v, s * v + t * u


def one_pass(x, y, twiddles, start, size, stride, radix):
    """Do the pass of one factor over neighbouring points; return the length of its table."""
    if radix == 4 and stride == 1:
        last_quarters(x, y, start, size)
    elif radix == 4:
        quarters(x, y, twiddles, start, size, stride)
    elif radix == 2:
        halves(x, y, twiddles, start, size, stride)
    else:
        parts(x, y, twiddles, start, size, stride, LANES, LANES, radix)
        return 2 * radix * (stride + 1)
    return 2 * (radix - 1) * stride


def transform(x, y, factors, twiddles, start, length, count):
    """Transform `count` neighbouring lines of `length` points in place, into the order of positions."""
    block, depth, used, size = length, 0, 0, length * count
    while depth < factors.size and block > CACHED:
        stride = block // factors[depth]
        used += one_pass(x, y, twiddles[used:], start, size, stride, factors[depth])
        block, depth = stride, depth + 1
    piece = block if depth > 0 else size
    for first in range(start, start + size * LANES, piece * LANES):
        stride, at = block, used
        for factor in factors[depth:]:
            stride //= factor
            at += one_pass(x, y, twiddles[at:], first, piece, stride, factor)


def transform_columns(x, y, factors, twiddles, start, rows, columns, pitch):
    """Transform columns of an image in place, some at a time, rows `pitch` entries apart."""
    for begin in range(start, start + columns * LANES, WIDE):
        stride, at, run = rows, 0, min(WIDE, start + columns * LANES - begin)
        for radix in factors:
            stride //= radix
            if radix == 4:
                wide_quarters(x, y, twiddles[at:], begin, rows, stride, pitch, run)
            elif radix == 2:
                wide_halves(x, y, twiddles[at:], begin, rows, stride, pitch, run)
            else:
                parts(x, y, twiddles[at:], begin, rows, stride, pitch, run, radix)
            at += 2 * (radix - 1) * stride if radix in (2, 4) else 2 * radix * (stride + 1)


ROWS = (quarter, half, quarters, last_quarters, halves, parts, one_pass, transform)
COLUMNS = (quarter, half, wide_quarters, wide_halves, parts, transform_columns)
