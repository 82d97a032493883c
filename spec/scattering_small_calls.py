"""Small calls of scattering that have every bank: where laws about filters are looked at in balls."""

from collections.abc import Mapping
from itertools import product
from typing import Any

import numpy as np
from flint import arb

from .code import number
from .configuration import Configuration, bind
from .harmonic import run_harmonic
from .records import Choice, OperatorSpec
from .scattering_kinds import Assignments
from .scattering_paths import CASCADES

SMALL = arb(2) ** -80
"""What balls of 128 bits tell from 0 for certain is larger than this."""

Call = tuple[tuple[int, ...], Mapping[str, Any]]
"""The size of one item of data, and the options of a call."""

SIZES: Mapping[str, tuple[Call, ...]] = {
    "scattering1d": (
        ((4,), {"J": 1}),
        ((6,), {"J": 2, "Q": (2, 1)}),
        ((8,), {"J": 3, "T": 5}),
    ),
    "scattering2d": (
        ((2, 4), {"J": 1, "L": 1}),
        ((4, 3), {"J": 1, "L": 4}),
        ((4, 6), {"J": 2, "L": 2}),
    ),
}
BANKS = "all banks of some small sizes"
"""The periods and scales of the banks that are looked at, whatever else the options are."""


def small_banks(record: OperatorSpec, words: Mapping[str, Any]) -> list[Call]:
    """Return periodic calls with all banks of some small sizes, as far as they have the words that are given.

    Wavelets of both signs, which differ from those of one by a factor and conjugates, are looked at on the smallest alone.
    """
    banks = [
        p for p in record.parameters if isinstance(p, Choice) and p.keyword in ("wavelet", "normalization", "two_sided")
    ]
    options = {c.keyword: (words[c.keyword],) if c.keyword in words else tuple(c.options) for c in banks}
    chosen = [dict(zip(options, values, strict=True)) for values in product(*options.values())]
    smallest, *larger = SIZES[record.name]
    found = [(smallest, bank) for bank in chosen]
    found += [(size, bank) for size in larger for bank in chosen if bank["two_sided"] == options["two_sided"][0]]
    return [(shape, {**scales, **bank}) for (shape, scales), bank in found]


def bound_call(record: OperatorSpec, call: Call) -> Configuration:
    """Return the configuration of a call on one item."""
    shape, options = call
    return bind(record, {"x": (1, *shape)}, options)


def solved_call(record: OperatorSpec, call: Call, solved: Assignments) -> Call:
    """Return the call that a law is about: with letters of sizes and options as it assigns them."""
    values = dict(bound_call(record, call).values)
    options, sizes = dict(call[1]), [a.n.name for a in CASCADES[record].axes]
    keywords = {s.name: p.keyword for p in record.parameters if not isinstance(p, Choice) for s in p.flat}
    for letter, expr in solved:
        found = number(expr, values)
        if found != values[letter.name]:
            values[letter.name] = found
            options |= {} if letter.name in sizes else {keywords[letter.name]: found}
    return tuple(values[name] for name in sizes), options


def coefficients(record: OperatorSpec, call: Call, data: np.ndarray) -> np.ndarray:
    """Return the coefficients of some items, of numbers or of balls, in the shape of the output."""
    configuration = bind(record, {"x": data.shape}, call[1])
    return run_harmonic(configuration, {"x": data})[1][0].values.reshape(configuration.output_shape)
