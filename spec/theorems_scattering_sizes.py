"""Theorems about the sizes of scattering: how many paths there are, in which rows they stand, how many samples each has."""

from collections.abc import Iterator
from itertools import product
from typing import Any

from sympy import (
    Eq,
    Equivalent,
    Expr,
    Ge,
    Integer,
    Le,
    Lt,
    Max,
    Mod,
    Symbol,
    ceiling,
    expand,
    floor,
    summation,
    symbols,
)

from .configuration import IllegalCallError, bind
from .evidence import Claim, Derived, Evidence, Theorem, exhaust, for_all, prove_by_identity, prove_by_z3, weakest
from .logic import Obligation
from .records import OperatorSpec, bound
from .relations import words_of
from .scattering import SCATTERING1D
from .scattering2d import SCATTERING2D
from .scattering_form import FIRST, OFFSET, STEP, Cascade, outputs, path_count, row_of_pair
from .scattering_paths import CASCADES, rows_of
from .symbols import MU, NU, Axis, K

ROWS = ("M-dim", "U14", "M16")
RECORDS = (SCATTERING1D, SCATTERING2D)
N = Axis.of(0, 1).n
OCTAVE, PLACE, SIDE = symbols("a r sigma", integer=True)
"""A wavelet mu of the first order: its octave, its place within that, and 1 where its frequency is negative, else 0."""

# ---- rows ----


def _halves() -> tuple[Obligation, ...]:
    """Products of neighbours are even: what the definition halves and rounds down is a whole number."""
    k = Symbol("k", integer=True)
    return tuple(
        Obligation(
            f"{word} numbers", (Eq(OCTAVE, 2 * k + rest),), Eq(Mod(expand((2 * k + rest) * (2 * k + rest - 1)), 2), 0)
        )
        for word, rest in (("even", 0), ("odd", 1))
    )


def _exact(expr: Expr) -> Expr:
    """Return an expression whose halves are whole numbers, without rounding."""
    return expr.replace(floor, lambda inside: inside)


def _placed(expr: Expr, cascade: Cascade) -> Expr:
    """Return an expression in mu by the octave, the place and the sign of mu."""
    bank = cascade.first
    expr = expr.xreplace({Mod(Mod(MU, Max(1, bank.count)), bank.per_octave): PLACE})
    return _exact(expr.xreplace({bank.octave(MU): OCTAVE}).xreplace({floor(MU / Max(1, bank.count)): SIDE}))


def consecutive(record: OperatorSpec) -> Iterator[tuple[Expr, Expr]]:
    """Yield that the paths which begin with a wavelet begin where those of the one before end: of falling octaves.

    From place to place, from octave to octave, from positive frequencies to negative ones, from nothing on, and up to the end.
    """
    cascade, words = CASCADES[record], words_of(record, {"paths": "decreasing"})
    offset, first = (_placed(bound(f(MU), words), cascade) for f in (OFFSET, FIRST))
    q, octaves, pairs = cascade.first.per_octave, cascade.second.octaves, _exact(words[K])
    followers = cascade.second.count - first
    start, end = {PLACE: Integer(0)}, {PLACE: q - 1}
    yield offset.xreplace({PLACE: PLACE + 1}) - offset, followers
    yield offset.xreplace({**start, OCTAVE: OCTAVE + 1}) - offset.xreplace(end), followers
    yield offset.xreplace({**start, OCTAVE: Integer(0)}), SIDE * pairs
    yield offset.xreplace({**end, OCTAVE: octaves - 1}) + followers.xreplace({OCTAVE: octaves - 1}), (SIDE + 1) * pairs


def _falling(claim: Claim) -> Evidence:
    identities = [pair for record in RECORDS for pair in consecutive(record)]
    return weakest(claim, [prove_by_z3(claim, _halves()), prove_by_identity(claim, identities)])


def _all_pairs() -> Iterator[Obligation]:
    """Yield that the row of a pair, among all, names one pair, and lies in the range that the pairs fill."""
    count, others = symbols("c m", integer=True)
    one, two = (symbols(f"mu{k} nu{k}", integer=True) for k in (1, 2))
    inside = tuple(rule for mu, nu in (one, two) for rule in (Ge(mu, 0), Lt(mu, others), Ge(nu, 0), Lt(nu, count)))
    rows = [mu * count + nu for mu, nu in (one, two)]
    for here, there in zip(one, two, strict=True):
        yield Obligation("a row has one pair", (Ge(count, 1), *inside, Eq(rows[0], rows[1])), Eq(here, there))
    yield Obligation("rows from 0 on", (Ge(count, 1), *inside), Ge(rows[0], 0))
    yield Obligation("rows below the number of pairs", (Ge(count, 1), *inside), Lt(rows[0], others * count))


def _all_rows() -> tuple[tuple[Expr, Expr], ...]:
    """The record's row of a pair among all is that position, after the average and the first order."""
    found = []
    for record in RECORDS:
        cascade, words = CASCADES[record], words_of(record, {"paths": "all"})
        row = bound(row_of_pair(cascade.first), words)
        before = bound(row_of_pair(cascade.first).xreplace({MU: Integer(0), NU: Integer(0)}), words)
        found.append((row, before + MU * cascade.second.count + NU))
    return tuple(found)


CALLS = tuple(
    (record, options)
    for record, letters in ((SCATTERING1D, ("J", "Q")), (SCATTERING2D, ("J", "L")))
    for values in product((1, 2, 3), (1, 2, 3))
    for paths, two_sided, order in product(("decreasing", "all"), (False, True), (0, 1, 2))
    for options in [dict(zip(letters, values, strict=True), paths=paths, two_sided=two_sided, max_order=order)]
)
"""Calls of up to three octaves of up to three wavelets, with every choice of paths."""


def _fills_its_rows(call: tuple[OperatorSpec, dict[str, Any]]) -> bool:
    record, options = call
    shape = (1, *(8,) * len(CASCADES[record].axes))
    configuration = bind(record, {"x": shape}, options)
    return list(rows_of(configuration).values()) == list(range(configuration.output_shape[1]))


# ---- numbers ----


def counted(record: OperatorSpec) -> Iterator[tuple[Expr, Expr]]:
    """Yield the number of paths: what follows each wavelet, summed, and one more for the average and for each wavelet."""
    cascade, words = CASCADES[record], words_of(record, {"paths": "decreasing"})
    q, later, octaves = cascade.first.per_octave, cascade.second.per_octave, cascade.second.octaves
    pairs = summation(q * later * (octaves - 1 - OCTAVE), (OCTAVE, 0, octaves - 1))
    formula = 1 + q * octaves + q * later * octaves * (octaves - 1) / 2
    yield _exact(words[K]), pairs
    letters = {key: value for key, value in words.items() if isinstance(key, Symbol) and key != K}
    yield path_count(cascade.first).xreplace({K: pairs}).xreplace(letters), formula


def _counted(claim: Claim) -> Evidence:
    return prove_by_identity(claim, [pair for record in RECORDS for pair in counted(record)])


def _samples() -> Iterator[Obligation]:
    """Yield that sample t exists exactly if ``step t`` is a place of the data; the window is 2^J where nothing else is said."""
    t, window = symbols("t window", integer=True)
    given = (Ge(N, 1), Ge(STEP, 1), Ge(t, 0))
    yield Obligation("samples", given, Equivalent(Lt(STEP * t, N), Lt(t, outputs(N))))
    legal = (Ge(STEP, 1), Le(STEP, window), Le(window, N))
    yield Obligation("there is one", legal, Ge(outputs(N), 1))
    yield Obligation("one where the window is the data", (*legal, Eq(STEP, N)), Eq(outputs(N), 1))
    yield Obligation("all at full rate", (Eq(STEP, 1),), Eq(ceiling(N / 1), N))


def _scales() -> Iterator[tuple[OperatorSpec, int, tuple[int, ...]]]:
    for octaves, n in product(range(1, 6), range(1, 33)):
        yield SCATTERING1D, octaves, (n,)
        yield SCATTERING2D, octaves, (n, 32)
        yield SCATTERING2D, octaves, (33, n)


def _is_legal_as_it_should(case: tuple[OperatorSpec, int, tuple[int, ...]]) -> bool:
    record, octaves, shape = case
    try:
        bind(record, {"x": (1, *shape)}, {"J": octaves})
    except IllegalCallError:
        return 2**octaves > min(shape)
    return 2**octaves <= min(shape)


THEOREMS = (
    Theorem(
        name="scattering: falling paths stand in consecutive rows",
        statement="The rows of the paths that begin with a wavelet follow those of the wavelet before it, from the first order"
        " on, and end with the last row.",
        formula=tuple(row_of_pair(CASCADES[record].first) for record in RECORDS),
        rows=ROWS,
        proof=_falling,
    ),
    Theorem(
        name="scattering: all pairs of wavelets stand in rows of their own",
        statement="Where all pairs of wavelets are paths, each has a row, no two have the same, and none is left empty.",
        formula=(*(pair for pair in _all_rows()), *_all_pairs()),
        rows=ROWS,
        proof=lambda claim: weakest(claim, [prove_by_identity(claim, _all_rows()), prove_by_z3(claim, _all_pairs())]),
    ),
    Theorem(
        name="scattering: the rows of small calls are those of their paths",
        statement="Listed in order, the paths of a call fill the rows of its result one by one.",
        formula=tuple((row_of_pair(CASCADES[record].first), path_count(CASCADES[record].first)) for record in RECORDS),
        rows=ROWS,
        proof=lambda claim: exhaust(
            claim, CALLS, _fills_its_rows, "J <= 3, Q or L <= 3, every order, both rules of paths, one sign and both"
        ),
    ),
    Theorem(
        name="scattering: paths of signals and images are counted",
        statement="There are 1 + Q1 D + Q1 Q2 D (D-1)/2 falling paths of a signal, 1 + L J + L^2 J (J-1)/2 of an image.",
        formula=tuple(pair for record in RECORDS for pair in counted(record)),
        rows=ROWS,
        proof=_counted,
    ),
    for_all(
        "scattering: the samples of a path are the multiples of the step",
        "A path has ceil(n / step) samples per axis, those at 0, step, 2 step .. inside the data: at least one, exactly one"
        " where the step is n, all at full rate.",
        ROWS,
        Derived(_samples),
    ),
    Theorem(
        name="scattering: scales beyond the data are rejected",
        statement="A call is legal exactly if 2^J is at most the size of every axis, whether or not it divides that.",
        formula=tuple(rule.rule for record in RECORDS for rule in record.requires),
        rows=ROWS,
        proof=lambda claim: exhaust(
            claim, _scales(), _is_legal_as_it_should, "J <= 5, sizes up to 33, T left to its default"
        ),
    ),
)
