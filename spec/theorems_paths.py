"""Theorems about paths: trees of cascaded filters and their equivalent filters, counts (U14 to U16, M16 to M20, M-dim)."""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import product

from sympy import Expr, IndexedBase, Integer, Product, Rational, simplify, symbols, sympify

from .activation import MODULUS, RELU
from .configuration import bind
from .evidence import Claim, Evidence, Theorem, certify, exhaust, prove_by_identity, weakest
from .records import OperatorSpec
from .scattering import SCATTERING1D
from .theorems_activation import value

Taps = tuple[int, ...]
Detector = Callable[[int], int]

# ---- trees of filters ----


def _equivalent() -> tuple[tuple[Expr, Expr], ...]:
    """In z-transforms, where a filter is a product: low-passes up to depth a, and from there on, are those up to b together.

    The filter of (18) begins after the band-pass at depth a; that of (11) is it, after the low-pass of depth a. So is phi_J.
    """
    low, band = IndexedBase("L"), IndexedBase("H")
    before, depth, i = symbols("a b i", integer=True, positive=True)

    def lows(first: Expr, last: Expr) -> Product:
        return Product(low[i], (i, first, last))

    one = Integer(1)
    wavelet = lows(one, before) * (lows(before + 1, depth - 1) * band[depth])
    average = lows(one, before) * lows(before + 1, depth)
    return (wavelet, lows(one, depth - 1) * band[depth]), (average, lows(one, depth))


def haar(level: int, band: int) -> Taps:
    """Return twice the Haar low-pass (0) or band-pass (1) of a level, without subsampling."""
    return (1, *(0,) * (2 ** (level - 1) - 1), -1 if band else 1)


def cyclic(x: Taps, h: Taps) -> Taps:
    """Return the convolution of a signal with its period."""
    return tuple(sum(h[u] * x[(t - u) % len(x)] for u in range(len(h))) for t in range(len(x)))


def detector(record: OperatorSpec) -> Detector:
    """Return a detector of integers, read off its record."""
    return lru_cache(maxsize=None)(lambda v: int(value(record, Integer(v))))


DETECTORS = {record.name: detector(record) for record in (MODULUS, RELU)}


def tree(x: Taps, bands: Taps, detect: Detector) -> Taps:
    """Return what (16) gives: a filter and a detector at every level."""
    for level, band in enumerate(bands, 1):
        x = tuple(map(detect, cyclic(x, haar(level, band))))
    return x


def reduced(x: Taps, bands: Taps, detect: Detector) -> Taps:
    """Return what (19) and (20) give: a detector after every band-pass only, between convolutions with equivalent filters."""
    for level, band in enumerate(bands, 1):
        x = cyclic(x, haar(level, band))
        x = tuple(map(detect, x)) if band else x
    return x


Case = tuple[Taps, Taps, str]


def _trees() -> Iterator[Case]:
    """Yield signals >= 0 with all paths of three levels, and signed ones with those that begin with a band-pass."""
    paths = tuple(product((0, 1), repeat=3))
    yield from product(product((0, 1, 3), repeat=4), paths, DETECTORS)
    yield from product(product((-2, 0, 1), repeat=4), (path for path in paths if path[0]), DETECTORS)


def _is_reduced(case: Case) -> bool:
    x, bands, name = case
    return tree(x, bands, DETECTORS[name]) == reduced(x, bands, DETECTORS[name])


def _reducible(claim: Claim) -> Evidence:
    bound = "Haar filters, 3 levels, 4 samples of 0, 1, 3, or of -2, 0, 1 where a band-pass comes first; modulus and rectifier"
    joined = prove_by_identity(claim, ((simplify(left), right) for left, right in _equivalent()))
    return weakest(claim, [joined, exhaust(claim, _trees(), _is_reduced, bound)])


def signed_tree() -> str | None:
    """Return the smallest signed signal for which the detector after a low-pass matters."""
    for size, (name, detect) in product((1, 2), DETECTORS.items()):
        for x in product((0, 1, -1), repeat=size):
            one, other = tree(x, (0,), detect), reduced(x, (0,), detect)
            if one != other:
                return f"x = {x}, w = (1, 1), {name}: {one} with it, {other} without"
    return None


# ---- what is printed ----

PRINTED_17 = r"x_J(u, k_J) = \rho(\rho(\rho(x \star w_{1,h_1}) \star \dots) \star w_{J-1,h_{J-1}}) \star w_{J,h_J})"
PRINTED_20 = (
    r"x_J(u, k_J) = \rho(\rho(\dots\rho(x \star \psi_{j_1, k_1}) \star \psi_{j_2, k_2}) \dots \star \psi_{j_{m-1}, k_{m-1}}) "
    r"\star \phi_J(u)"
)


def parenthesis_counterexample() -> str | None:
    """Return the parentheses of (17), and the smallest cascade that tells it from (16) if the last rho is not there."""
    right_side = PRINTED_17.partition("=")[2]
    opened, closed = right_side.count("("), right_side.count(")")
    with_rho, without = DETECTORS["modulus"](-1), -1
    if opened == closed or with_rho == without:
        return None
    return f"{opened} are opened, {closed} closed; J = 1, x = (1), w = (-1): without another rho {without}, by (16) {with_rho}"


def equivalent_counterexample() -> str | None:
    """Return the smallest path whose second wavelet is not that of (11): a band-pass at depth 1, another at depth 2."""
    low, band = haar(1, 0), haar(2, 1)
    by_11 = tuple(sum(low[v] * band[u - v] for v in range(2) if 0 <= u - v < 3) for u in range(4))
    if by_11 == (*band, 0):
        return None
    return f"Haar, j_1 = 1, j_2 = 2: (18) gives {band}, (11) {by_11}, up to factors"


def order_counterexample() -> str | None:
    """Return the smallest m for which (20) has not the m wavelets of the text: it lists those up to the last index printed."""
    m = symbols("m")
    last = sympify(re.findall(r"\\psi_\{j_\{(m-?\d*)\}", PRINTED_20)[-1], locals={"m": m})
    if last.subs(m, 1) == 1:
        return None
    return f"m = 1: (20) lists {last.subs(m, 1)} wavelets, so x * phi_J; the text has rho(x * psi) * phi_J"


# ---- numbers of paths ----


def paths_of(octaves: int, per_octave: int) -> int:
    """Return how many paths of falling frequencies the record has for a signal of 2^J samples, or of 1 for no octave."""
    options = {"J": max(1, octaves), "T": 2**octaves, "Q": per_octave}
    return bind(SCATTERING1D, {"x": (1, 2 ** max(1, octaves))}, options).output_shape[1]


def dimension_counterexample() -> str | None:
    """Return the smallest image side for which (K log2 N)^2 / 2 is not the number of paths, and a larger one."""
    found = []
    for octaves, per_octave in ((1, 1), (8, 8)):
        printed = Rational((per_octave * octaves) ** 2, 2)
        counts = [paths_of(depth, per_octave) for depth in (octaves, octaves - 1)]
        if printed in counts:
            return None
        found.append(
            f"N = {2**octaves}, K = {per_octave}: {printed} printed, {counts[0]} paths, {counts[1]} with j < J"
        )
    return "; ".join(found)


def _excess() -> tuple[tuple[Expr, Expr], ...]:
    """1 + K J + K^2 J (J-1)/2 against (K J)^2 / 2."""
    octaves, per_octave = symbols("J K")
    counted = 1 + per_octave * octaves + per_octave**2 * octaves * (octaves - 1) / 2
    return ((counted - (per_octave * octaves) ** 2 / 2, 1 + per_octave * octaves * (1 - per_octave / 2)),)


def _not_the_dimension(claim: Claim) -> Evidence:
    instance = certify(claim, dimension_counterexample, "rows of the record")
    return weakest(claim, [prove_by_identity(claim, _excess()), instance])


THEOREMS = (
    Theorem(
        name="scattering: a tree of cascaded filters is one of equivalent filters",
        statement="Detectors after low-passes change nothing where all their taps and x are >= 0, or a band-pass comes "
        "first; the filter of (11) is then the one of (18) after the low-pass of depth j_{n-1}, and so is phi_J.",
        formula=(_equivalent(), "tree = reduced", MODULUS, RELU),
        rows=("U14", "U15", "U16", "M16", "M17", "M18", "M19", "M20"),
        proof=_reducible,
    ),
    Theorem(
        name="scattering: detectors after low-passes change signed signals",
        statement="Before the first band-pass a detector may not be left out if x has values below 0.",
        formula=("exists x: rho(x * w) != x * w, w >= 0", MODULUS, RELU),
        rows=("M17", "M19", "U16"),
        proof=lambda claim: certify(claim, signed_tree, "smallest counterexample, exact integers"),
    ),
    Theorem(
        name="scattering: the equation (17) closes what it does not open",
        statement="Erratum: it lacks a rho and its parenthesis at the front.",
        formula=PRINTED_17,
        rows=("M17", "U15"),
        proof=lambda claim: certify(claim, parenthesis_counterexample, "count, and the smallest cascade"),
    ),
    Theorem(
        name="scattering: the filters of (18) depend on the wavelet before",
        statement="Erratum: (18) drops the low-passes up to j_{n-1} that are in the filter of the same name of (11).",
        formula=("exists j_1 < j_2: (18) != (11)", "Haar"),
        rows=("M18", "U16"),
        proof=lambda claim: certify(claim, equivalent_counterexample, "smallest counterexample, exact integers"),
    ),
    Theorem(
        name="scattering: the coefficients of (20) have the order m-1",
        statement="Erratum: with the last filter a low-pass there are m-1 band-passes, j_1 .. j_{m-1}.",
        formula=PRINTED_20,
        rows=("M20",),
        proof=lambda claim: certify(claim, order_counterexample, "count"),
    ),
    Theorem(
        name="scattering: (K log2 N)^2 / 2 is not the number of paths",
        statement="Erratum: it is off by 1 + K J (1 - K/2), J = log2 N.",
        formula=("exists N, K: paths != (K log2 N)^2 / 2", _excess(), SCATTERING1D),
        rows=("M-dim",),
        proof=_not_the_dimension,
    ),
)
