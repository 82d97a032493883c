"""How far a convolution by Winograd's minimal filtering may be off: F(2, 3) and F(4, 3), nested on every axis.

``y = A^T [(G g) * (B^T d)]``: m outputs of a filter of three taps from m + 2 samples, by m + 2 products (Lavin & Gray 2016, Fast
algorithms for convolutional neural networks). Errors are relative to the same expression with all numbers made absolute.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import product

import numpy as np

from .code import number
from .configuration import Configuration
from .convolution import CONVOLUTIONS, PADDING_MODES
from .rounding import Format
from .symbols import Axis, axes

Rows = tuple[tuple[Fraction, ...], ...]
TAPS = 3


def _rows(text: str) -> Rows:
    return tuple(tuple(map(Fraction, row.split())) for row in text.split(";"))


@dataclass(frozen=True)
class Scheme:
    """F(m, 3): the matrices that transform the data, the filter and the products."""

    data: Rows
    filters: Rows
    outputs: Rows

    @property
    def tile(self) -> int:
        """m, the number of outputs that are computed together."""
        return len(self.outputs)

    @cached_property
    def roundings(self) -> int:
        """The most roundings that an entry meets in the three transforms of one axis."""
        return sum(max(map(_roundings, matrix)) for matrix in (self.data, self.filters, self.outputs))

    @cached_property
    def growth(self) -> np.ndarray:
        """``sum_a |A^T|[i, a] |G|[a, u] |B^T|[a, v]`` for output i, tap u and sample v of a tile."""
        outputs, filters, data = (np.abs(np.array(m, np.float64)) for m in (self.outputs, self.filters, self.data))
        return np.einsum("ia,au,av->iuv", outputs, filters, data)

    def largest(self, rows: Rows) -> float:
        """Return the largest sum of moduli of a row, and at least 1."""
        return max(1.0, *(float(sum(map(abs, row))) for row in rows))


def _roundings(row: tuple[Fraction, ...]) -> int:
    """Return the additions, products by what is no power of two, and constants that are no floating-point number."""
    entries = [abs(entry) for entry in row if entry]
    odd = [e.numerator // (e.numerator & -e.numerator) for e in entries]
    dyadic = [e.denominator & (e.denominator - 1) == 0 for e in entries]
    return len(entries) - 1 + max(int(o > 1 or not d) + int(not d) for o, d in zip(odd, dyadic, strict=True))


WINOGRAD = {
    "winograd_2_3": Scheme(
        data=_rows("1 0 -1 0; 0 1 1 0; 0 -1 1 0; 0 1 0 -1"),
        filters=_rows("1 0 0; 1/2 1/2 1/2; 1/2 -1/2 1/2; 0 0 1"),
        outputs=_rows("1 1 1 0; 0 1 -1 -1"),
    ),
    "winograd_4_3": Scheme(
        data=_rows(
            "4 0 -5 0 1 0; 0 -4 -4 1 1 0; 0 4 -4 -1 1 0; 0 -2 -1 2 1 0; 0 2 -1 -2 1 0; 0 4 0 -5 0 1",
        ),
        filters=_rows("1/4 0 0; -1/6 -1/6 -1/6; -1/6 1/6 -1/6; 1/24 1/12 1/6; 1/24 -1/12 1/6; 0 0 1"),
        outputs=_rows("1 1 1 1 1 0; 0 1 -1 2 -2 0; 0 1 1 4 4 0; 0 1 -1 8 -8 1"),
    ),
}
"""By the name of the class; the points are 0, 1, -1 (2, -2) and infinity."""


def applies(configuration: Configuration) -> bool:
    """Whether a call may be computed so: a convolution layer of three taps, stride 1 and no dilation on every axis."""
    letters = (letter for a in _axes(configuration) for letter in ((a.k, TAPS), (a.s, 1), (a.d, 1)))
    values = configuration.values
    return configuration.record in CONVOLUTIONS and all(values[s.name] == wanted for s, wanted in letters)


def _axes(configuration: Configuration) -> tuple[Axis, ...]:
    return axes(configuration.record.dims)


def winograd_count(configuration: Configuration, scheme: Scheme) -> int:
    """Return K: the roundings of all transforms, of the products and their sum over channels, and one for a bias."""
    channels = configuration.shapes["w"][1]
    return configuration.record.dims * scheme.roundings + channels + ("b" in configuration.present)


def winograd_magnitude(configuration: Configuration, scheme: Scheme, x: np.ndarray, w: np.ndarray) -> np.ndarray:
    """Return ``|A^T| [(|G| |g|) * (|B^T| |d|)] |A|`` of every output, the largest over the places it may have in a tile.

    Parameters
    ----------
    configuration : Configuration
        A call to which the scheme applies.
    scheme : Scheme
    x, w : ndarray of shape (N, C, ...) and (O, C/G, ...)
        Moduli of the signals and filters.
    """
    dims, tile = configuration.record.dims, scheme.tile
    extended = _extended(configuration, x, tile - 1)
    largest = np.zeros(configuration.output_shape)
    for place in product(range(tile), repeat=dims):
        starts = [tile - 1 - i for i in place]
        spread = _spread(scheme, w, place)
        largest = np.maximum(largest, _correlated(configuration, extended, spread, starts))
    return largest


def _extended(configuration: Configuration, x: np.ndarray, beyond: int) -> np.ndarray:
    """Return the padded signals, and zeros beyond them, where tiles may reach."""
    mode = PADDING_MODES[configuration.words["padding_mode"]]
    for axis, a in enumerate(_axes(configuration), 2):
        n, p, q = (configuration.values[letter.name] for letter in (a.n, a.p, a.q))
        read = [int(number(mode(j, n), {})) for j in range(-p, n + q)]
        inside = [position if 0 <= position < n else n for position in read]
        wall = [n] * beyond
        zero = np.zeros((*x.shape[:axis], 1, *x.shape[axis + 1 :]))
        x = np.concatenate([x, zero], axis).take([*wall, *inside, *wall], axis)
    return x


def _spread(scheme: Scheme, w: np.ndarray, place: tuple[int, ...]) -> np.ndarray:
    """Return what every sample of a tile is multiplied by for the output at a place: (O, C/G, m + 2, ...)."""
    for axis, i in enumerate(place, 2):
        w = np.moveaxis(np.tensordot(w, scheme.growth[i], (axis, 0)), -1, axis)
    return w


def _correlated(configuration: Configuration, x: np.ndarray, w: np.ndarray, starts: list[int]) -> np.ndarray:
    dims, groups = configuration.record.dims, configuration.values["G"]
    shape, taps = configuration.output_shape, w.shape[2:]
    windows = np.lib.stride_tricks.sliding_window_view(x, taps, tuple(range(2, 2 + dims)))
    seen = windows[(slice(None), slice(None), *(slice(s, s + n) for s, n in zip(starts, shape[2:], strict=True)))]
    parts = zip(np.split(seen, groups, 1), np.split(w, groups, 0), strict=True)
    taken = [1, *range(2 + dims, 2 + 2 * dims)]
    return np.concatenate(
        [np.moveaxis(np.tensordot(d, g, (taken, [1, *range(2, 2 + dims)])), -1, 1) for d, g in parts], 1
    )


def winograd_underflow(
    configuration: Configuration, scheme: Scheme, x: np.ndarray, w: np.ndarray, form: Format
) -> float:
    """Return what underflow may lose: half the least number per product of the transforms, times what meets it later."""
    dims, channels = configuration.record.dims, configuration.shapes["w"][1]
    a, b, g = (scheme.largest(rows) ** dims for rows in (scheme.outputs, scheme.data, scheme.filters))
    per_entry = dims * (scheme.tile + TAPS - 1) * form.least
    sizes = b * per_entry * g * float(w.max(initial=0)) + g * per_entry * b * float(x.max(initial=0))
    return 2 * a * (channels * (sizes + b * g * per_entry**2 + form.least) + per_entry)


def winograd_reach(scheme: Scheme, dims: int, channels: int, x: np.ndarray, w: np.ndarray) -> float:
    """Return how large an intermediate result may become."""
    a, b, g = (scheme.largest(rows) ** dims for rows in (scheme.outputs, scheme.data, scheme.filters))
    data, filters = b * float(x.max(initial=0)), g * float(w.max(initial=0))
    return 2 * max(data, filters, a * channels * data * filters)


def corrections(scheme: Scheme) -> Iterator[tuple[int, int, int, Fraction]]:
    """Yield (output, tap, sample, coefficient) of the scheme in exact arithmetic: 1 where sample = output + tap, else 0."""
    for i, u, v in product(range(scheme.tile), range(TAPS), range(scheme.tile + TAPS - 1)):
        terms = zip(scheme.outputs[i], scheme.filters, scheme.data, strict=True)
        yield i, u, v, sum((o * f[u] * d[v] for o, f, d in terms), Fraction(0))


def is_correlation(scheme: Scheme) -> bool:
    """Whether a scheme computes the correlation of its samples with its taps."""
    return all(value == (v == i + u) for i, u, v, value in corrections(scheme))
