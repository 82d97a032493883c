"""A second, slow reading of the convolution family, for all tests of this folder.

Each operator is written as its index relation, the list of (output, input, weight) places that multiply, in plain
Python; borders come from ``np.pad`` on the indices, windows are counted by sliding until one sticks out.
"""

from __future__ import annotations

import itertools
from types import SimpleNamespace

import mpmath
import numpy as np
import pytest
from hypothesis import strategies as st

from convoracle.impl import compiled

PAD_MODES = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}


def axis_relation(n, k, s, d, pads, mode):
    """All (t, u, z), tap u of window t reading entry z, None in a padding of zeros; and the number of windows."""
    entries = list(np.pad(np.arange(n), pads, mode=PAD_MODES[mode])) if mode != "zeros" else None
    if entries is None:
        entries = [None] * pads[0] + list(range(n)) + [None] * pads[1]
    windows = [t for t in range(len(entries)) if s * t + d * (k - 1) < len(entries)]
    return [(t, u, entries[s * t + d * u]) for t in windows for u in range(k)], len(windows)


def relation(case):
    """The places (t, u, z) of all spatial axes together, without the padding, and the output size."""
    axes = [
        axis_relation(*axis, case.mode)
        for axis in zip(case.sizes, case.taps, case.stride, case.dilation, case.pads, strict=True)
    ]
    places = [tuple(zip(*combination, strict=True)) for combination in itertools.product(*(a for a, _ in axes))]
    return [p for p in places if None not in p[2]], tuple(count for _, count in axes)


def channel_pairs(case):
    """(o, c, channel of x that filter channel c of output o reads)."""
    return [
        (g * case.outs_per_group + a, c, g * case.ins_per_group + c)
        for g in range(case.groups)
        for a in range(case.outs_per_group)
        for c in range(case.ins_per_group)
    ]


def plain_layer(case, x, w, b=None):
    places, count = relation(case)
    y = np.zeros((x.shape[0], w.shape[0], *count), object)
    for (o, c, channel), (t, u, z) in itertools.product(channel_pairs(case), places):
        y[(slice(None), o, *t)] += w[(o, c, *u)] * x[(slice(None), channel, *z)].astype(object)
    if b is not None:
        for o in range(len(b)):
            y[:, o] += b[o]
    return y


def plain_input_gradient(case, dy, w):
    dx = np.zeros((dy.shape[0], case.groups * case.ins_per_group, *case.sizes), object)
    for (o, c, channel), (t, u, z) in itertools.product(channel_pairs(case), relation(case)[0]):
        dx[(slice(None), channel, *z)] += w[(o, c, *u)] * dy[(slice(None), o, *t)].astype(object)
    return dx


def plain_weight_gradient(case, dy, x):
    dw = np.zeros((dy.shape[1], case.ins_per_group, *case.taps), object)
    for (o, c, channel), (t, u, z) in itertools.product(channel_pairs(case), relation(case)[0]):
        dw[(o, c, *u)] += (dy[(slice(None), o, *t)].astype(object) * x[(slice(None), channel, *z)]).sum()
    return dw


def slid_windows(n, k, s, d, pads, ceil_mode):
    """Places of every pooling window on one axis, 0 .. n-1 being samples: slid until one sticks out of the padded input.

    In ceil mode it slides on once where something is left behind, if the window starts inside the input or before it.
    """
    windows, start = [], -pads[0]
    while start + d * (k - 1) < n + pads[1] or (
        ceil_mode and start < n and (not windows or windows[-1][-1] < n + pads[1] - 1)
    ):
        windows.append([start + d * u for u in range(k)])
        start += s
    return windows


def windows_of_planes(axes):
    """For windows per axis, each a list of places: the array of lists of places of all axes, in row-major order."""
    grid = np.empty([len(windows) for windows in axes], object)
    for t in np.ndindex(grid.shape):
        grid[t] = list(itertools.product(*(windows[i] for windows, i in zip(axes, t, strict=True))))
    return grid


@st.composite
def layer_cases(draw, ranks=(1, 2, 3), modes=("zeros", "reflect", "replicate", "circular")):
    """Configurations of a layer, legal by construction: n = s (o - 1) + d (k - 1) + 1 - pads + r, or more."""
    rank, mode = draw(st.sampled_from(ranks)), draw(st.sampled_from(modes))
    few = 3 if rank < 3 else 2
    sizes, taps, stride, dilation, pads = [], [], [], [], []
    for _ in range(rank):
        k, s, d = draw(st.integers(1, few)), draw(st.integers(1, 3)), draw(st.integers(1, few))
        p0, p1 = draw(st.integers(0, few)), draw(st.integers(0, few))
        extent = s * draw(st.integers(0, few)) + d * (k - 1) + 1 + draw(st.integers(0, s - 1))
        least = {"zeros": 0, "reflect": max(p0, p1) + 1, "replicate": 1, "circular": max(p0, p1)}[mode]
        for values, value in zip((sizes, taps, stride, dilation, pads), (None, k, s, d, (p0, p1)), strict=True):
            values.append(max(extent - p0 - p1, least) if value is None else value)
    return SimpleNamespace(
        rank=rank,
        mode=mode,
        sizes=tuple(sizes),
        taps=tuple(taps),
        stride=tuple(stride),
        dilation=tuple(dilation),
        pads=tuple(pads),
        batch=draw(st.integers(0, 2)),
        groups=draw(st.integers(1, 2)),
        ins_per_group=draw(st.integers(1, 2)),
        outs_per_group=draw(st.integers(1, 3)),
        seed=draw(st.integers(0, 2**32 - 1)),
    )


def options_of(case):
    return {"stride": case.stride, "padding": case.pads, "dilation": case.dilation, "groups": case.groups}


def integers(rng, *shape):
    """Random small integers without zero, so that no term can be lost unseen."""
    return rng.integers(1, 10, shape) * rng.choice([-1, 1], shape)


@pytest.fixture(scope="session")
def plain():
    """The slow second reading, and what builds its cases."""
    return SimpleNamespace(
        layer=plain_layer,
        input_gradient=plain_input_gradient,
        weight_gradient=plain_weight_gradient,
        relation=relation,
        options=options_of,
        integers=integers,
        slid_windows=slid_windows,
        windows_of_planes=windows_of_planes,
    )


@pytest.fixture(scope="session")
def layers():
    """Strategy of layer configurations."""
    return layer_cases


# ---- operands ----


def unaligned(a):
    raw = bytearray(a.nbytes + 1)
    view = np.frombuffer(raw, a.dtype, a.size, offset=1).reshape(a.shape)
    view[...] = a
    return view


def stepped(a):
    wide = np.full([2 * n for n in a.shape], 77, a.dtype)
    wide[tuple(slice(None, None, 2) for _ in a.shape)] = a
    return wide[tuple(slice(None, None, 2) for _ in a.shape)]


def read_only(a):
    a = a.copy()
    a.setflags(write=False)
    return a


VIEWS = {
    "reversed": lambda a: np.flip(np.flip(a).copy()),
    "stepped": stepped,
    "transposed": lambda a: a.T.copy().T,
    "read-only": read_only,
    "unaligned": unaligned,
    "byte-swapped": lambda a: a.astype(a.dtype.newbyteorder()),
    "repeated": lambda a: np.broadcast_to(a[:1], a.shape),
}


@pytest.fixture(scope="session")
def views():
    """What makes views of an array with the same entries, by name; that of "repeated" has the first row over and over."""
    return VIEWS


def call_of_example(record, dtype=np.float64):
    """Return the operands of a record's worked example, index arrays as int64, and its options."""
    indices = {array.name for array in record.inputs if array.below is not None}
    example = record.source.example
    arrays = {name: np.asarray(v, np.int64 if name in indices else dtype) for name, v in example.inputs.items()}
    return arrays, example.options


@pytest.fixture(scope="session")
def worked_call():
    """What makes the call of a worked example."""
    return call_of_example


# ---- layers whose values are no integers: high precision, derivatives, and bounds from counted roundings ----

HIGH = mpmath.MPContext()
HIGH.prec = 600


class Dual:
    """value + slope e with e**2 = 0: the slope of an expression is its derivative, exactly."""

    def __init__(self, value, slope=0):
        self.value, self.slope = value, slope

    def __add__(self, other):
        other = as_dual(other)
        return Dual(self.value + other.value, self.slope + other.slope)

    def __mul__(self, other):
        other = as_dual(other)
        return Dual(self.value * other.value, self.slope * other.value + self.value * other.slope)

    def __truediv__(self, other):
        return self * as_dual(other) ** -1

    def __pow__(self, exponent):
        return Dual(self.value**exponent, exponent * self.value ** (exponent - 1) * self.slope)

    def __sub__(self, other):
        return self + as_dual(other) * -1

    def __rsub__(self, other):
        return other + self * -1

    def __rtruediv__(self, other):
        return other * self**-1

    __radd__, __rmul__ = __add__, __mul__

    def exp(self):
        return Dual(HIGH.exp(self.value), HIGH.exp(self.value) * self.slope)

    def log(self):
        return Dual(HIGH.log(self.value), self.slope / self.value)


def as_dual(number):
    return number if isinstance(number, Dual) else Dual(number)


@np.vectorize(otypes=[object])
def high(number):
    """Numbers of an array in high precision, without loss."""
    return HIGH.mpf(float(number))


def constants(x):
    """An array as dual numbers without slope."""
    duals = np.empty(x.shape, object)
    for place in np.ndindex(x.shape):
        duals[place] = Dual(HIGH.mpf(float(x[place])))
    return duals


def high_gradient(function, x, dy):
    """The gradient of sum(dy * function(x)) with respect to x, by dual numbers."""
    dx = np.empty(x.shape, object)
    for place in np.ndindex(x.shape):
        seeded = constants(x)
        seeded[place].slope = 1
        slopes = [as_dual(y).slope for y in np.asarray(function(seeded), object).flat]
        dx[place] = sum(d * slope for d, slope in zip(high(dy).flat, slopes, strict=True))
    return dx


def within(got, exact, roundings, size=None, steps=None):
    """Raise unless got differs from exact by at most `roundings` relative roundings of `size`, by default |exact|.

    A product of K factors (1 + d) and (1 + d)**-1 with |d| <= u differs from 1 by at most exp(K u / (1 - u)) - 1; every
    rounding may also err by one subnormal step, or where it is multiplied afterwards by `steps` of them.
    """
    limits = np.finfo(got.dtype)
    u, step = HIGH.mpf(float(limits.eps)) / 2, HIGH.mpf(float(limits.smallest_subnormal))
    exact, roundings = np.asarray(exact, object), np.broadcast_to(np.asarray(roundings, object), got.shape)
    size = abs(exact) if size is None else np.broadcast_to(size, got.shape)
    assert got.shape == exact.shape
    for place in np.ndindex(got.shape):
        count = HIGH.mpf(roundings[place])
        bound = HIGH.expm1(count * u / (1 - u)) * size[place] + (count if steps is None else steps) * step
        assert abs(HIGH.mpf(float(got[place])) - exact[place]) <= bound, (place, got[place], exact[place])


@pytest.fixture(scope="session")
def precise():
    """Values and derivatives in high precision, and the comparison with a count of roundings."""
    return SimpleNamespace(context=HIGH, high=high, constants=constants, gradient=high_gradient, within=within)


@pytest.fixture(params=["compiled", "plain Python"])
def elementary(request, monkeypatch):
    """Roundings that one elementary function counts for: 2 ulp in the C library, 4 ulp in numpy, an ulp being 2 at most.

    The test runs with the compiled kernels, and with their bodies as plain Python.
    """
    if request.param == "compiled":
        yield 4
        return
    for kernel in compiled.Kernel.registry:
        monkeypatch.setattr(kernel, "compiled", dict.fromkeys(compiled.DTYPES, kernel.body))
    with np.errstate(all="ignore"):
        yield 8
