"""Records against their second definitions, on small calls: what the tests ask of right records, and what wrong ones fail."""

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

import numpy as np

from . import second
from .configuration import Configuration, IllegalCallError, bind
from .enclosure import integer_outputs
from .max_pooling import MAX_POOL_GRADIENTS, MAX_POOLS, MAX_POOLS_WITH_INDICES
from .records import Choice, OperatorSpec

SEED = 20261120
MODES = ("zeros", "reflect", "replicate", "circular")
POOLS = tuple(record.name for record in (*MAX_POOLS, *MAX_POOLS_WITH_INDICES, *MAX_POOL_GRADIENTS))


def has_second(record: OperatorSpec) -> bool:
    """Whether a record has a second definition here: signals, layers that slide filters, maxima of windows."""
    keywords = {parameter.keyword for parameter in record.parameters}
    filters = record.sums_products and record.batched and "padding" in keywords
    return record.name in ("convolve", "correlate") or filters or record.name in POOLS


def disagreement(record: OperatorSpec) -> str | None:
    """Return a small call on which a record and its second definition differ, in words; None if there is none of them."""
    for configuration in small_configurations(record):
        if not agrees(configuration):
            return f"{configuration.shapes}, {configuration.values}, {configuration.words}"
    return None


def small_configurations(record: OperatorSpec) -> Iterator[Configuration]:
    """Yield small legal calls: of signals all modes, of layers sizes and options that differ from axis to axis."""
    if record.name in ("convolve", "correlate"):
        for n, k in product(product((1, 2, 4), (1, 3)), product((1, 2, 3), (1, 2))):
            for mode in _modes(record):
                if mode != "valid" or all(b <= a for a, b in zip(n, k, strict=True)):
                    yield bind(record, {"x": n, "h": k}, {"mode": mode})
        return
    for letters in _letters(record):
        configuration = configuration_for(record, letters)
        if configuration is not None:
            yield configuration


def _modes(record: OperatorSpec) -> tuple[Any, ...]:
    mode = record.parameter("mode")
    assert isinstance(mode, Choice)
    return tuple(mode.options)


WINDOWS = ((4, 2, 1, 1, 0, 0), (5, 2, 2, 1, 1, 0), (5, 2, 1, 2, 0, 2), (3, 3, 2, 1, 1, 1), (4, 1, 3, 1, 0, 1))
"""Size, taps, stride, dilation and padding of one axis."""
POOL_WINDOWS = (
    (4, 2, 2, 1, 1, 1),
    (5, 3, 2, 1, 1, 0),
    (3, 2, 3, 1, 0, 1),
    (3, 2, 4, 1, 1, 1),
    (5, 2, 2, 2, 0, 1),
    (4, 2, 4, 1, 1, 1),
    (5, 2, 3, 1, 0, 0),
    (6, 3, 4, 2, 1, 1),
    (5, 2, 4, 1, 1, 0),
    (5, 1, 2, 1, 0, 0),
    (6, 3, 3, 1, 0, 1),
    (5, 3, 2, 1, 0, 0),
    (5, 4, 3, 1, 0, 0),
)
"""The same for pooling: windows that end with the padded signal, overhang it, or would begin behind it."""


def _letters(record: OperatorSpec) -> Iterator[dict[str, Any]]:
    ends = ends_of(record)
    keywords = {parameter.keyword for parameter in record.parameters}
    modes, ceilings = MODES if "padding_mode" in keywords else MODES[:1], (0, 1) if "ceil_mode" in keywords else (0,)
    windows = POOL_WINDOWS if record.name in POOLS else WINDOWS
    for turn, (first, mode, z) in enumerate(product(range(len(windows)), modes, ceilings)):
        groups = 1 + turn % 2
        letters: dict[str, Any] = {"N": 2, "G": groups, "C": 2 * groups, "O": groups, "padding_mode": mode, "z": z}
        for axis, end in enumerate(ends):
            n, k, s, d, p, q = windows[(first + axis) % len(windows)]
            letters |= dict(zip([f"{letter}{end}" for letter in "nksdpqr"], (n, k, s, d, p, q, s - 1), strict=True))
        yield letters


def ends_of(record: OperatorSpec) -> list[str]:
    """Return what the letters of each spatial axis end in."""
    return [""] if record.dims <= 1 else [f"_{axis + 1}" for axis in range(record.dims)]


def configuration_for(record: OperatorSpec, letters: Mapping[str, Any]) -> Configuration | None:
    """Return the bound call for values of the letters, or None if it is illegal."""
    try:
        return bind(record, shapes_of(record, letters), options_of(record, letters))
    except IllegalCallError:
        return None


def shapes_of(record: OperatorSpec, letters: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    """Return the shape of each input for values of the letters."""
    return {
        a.name: tuple(int(e.subs({s: letters[str(s)] for s in e.free_symbols})) for e in a.axes) for a in record.inputs
    }


def options_of(record: OperatorSpec, letters: Mapping[str, Any]) -> dict[str, Any]:
    """Return keyword options of a record from letters; those that a record lacks are left out."""
    ends = ends_of(record)
    options = {
        "stride": tuple(letters[f"s{end}"] for end in ends),
        "dilation": tuple(letters[f"d{end}"] for end in ends),
        "padding": tuple((letters[f"p{end}"], letters[f"q{end}"]) for end in ends),
        "output_padding": tuple(letters.get(f"r{end}") for end in ends),
        "input_size": tuple(letters[f"n{end}"] for end in ends),
        "kernel_size": tuple(letters[f"k{end}"] for end in ends),
        "ceil_mode": bool(letters.get("z")),
        "groups": letters.get("G"),
        "padding_mode": letters.get("padding_mode"),
    }
    return {p.keyword: options[p.keyword] for p in record.parameters}


def agrees(configuration: Configuration) -> bool:
    """Whether a record and its second definition give equal integers, of one shape."""
    arrays = integers_for(configuration)
    expected = by_second_definition(configuration, arrays)
    got = integer_outputs(configuration, arrays)
    return all(_equal(configuration, *pair) for pair in zip(got, expected, strict=True))


def _equal(configuration: Configuration, got: np.ndarray, expected: np.ndarray) -> bool:
    if not configuration.record.batched:
        expected = expected.reshape((1,) * (got.ndim - expected.ndim) + expected.shape)
    return got.shape == expected.shape and bool(np.all(got == expected))


def integers_for(configuration: Configuration) -> dict[str, np.ndarray]:
    """Return arrays of small integers, no two entries exchangeable unnoticed."""
    generator = np.random.default_rng(SEED)
    return {name: generator.integers(-9, 10, shape) for name, shape in configuration.shapes.items()}


def by_second_definition(configuration: Configuration, arrays: Mapping[str, np.ndarray]) -> tuple[np.ndarray, ...]:
    """Return the outputs of a call by its second definition."""
    name = configuration.record.name
    if name in ("convolve", "correlate"):
        return (getattr(second, name)(arrays["x"], arrays["h"], configuration.words["mode"]),)
    if name in POOLS:
        return _pooled(configuration, arrays)
    return (_layered(configuration, arrays),)


def _pooled(configuration: Configuration, arrays: Mapping[str, np.ndarray]) -> tuple[np.ndarray, ...]:
    y, index = second.max_pooling(arrays["x"], **options_of(configuration.record, configuration.values))
    if configuration.record.name.endswith("gradient"):
        return (second.handed_back(arrays["dy"], index, arrays["x"].shape),)
    return (y, index)[: len(configuration.output_shapes)]


def _layered(configuration: Configuration, arrays: Mapping[str, np.ndarray]) -> np.ndarray:
    name, options = configuration.record.name, _keywords(configuration)
    layer: Any = second.transposed_convolution if "transpose" in name else second.convolution
    if name.endswith("input_gradient"):
        return second.gradient(lambda x: layer(x, arrays["w"], **options), configuration.output_shape, arrays["dy"])
    if name.endswith("weight_gradient"):
        return second.gradient(lambda w: layer(arrays["x"], w, **options), configuration.output_shape, arrays["dy"])
    y = second.applied(lambda x: layer(x, arrays["w"], **options), arrays["x"])
    return y + arrays["b"].reshape(-1, *(1,) * configuration.record.dims)


def _keywords(configuration: Configuration) -> dict[str, Any]:
    """Return the options of a bound call but for sizes, which the second definitions of gradients take from their arrays."""
    options = options_of(configuration.record, {**configuration.values, **configuration.words})
    return {keyword: value for keyword, value in options.items() if not keyword.endswith("_size")}
