"""A second, slow reading of the convolution family, for all tests of this folder.

Each operator is written as its index relation, the list of (output, input, weight) places that multiply, in plain
Python; borders come from ``np.pad`` on the indices, windows are counted by sliding until one sticks out.
"""

from __future__ import annotations

import itertools
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import strategies as st

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
    )


@pytest.fixture(scope="session")
def layers():
    """Strategy of layer configurations."""
    return layer_cases
