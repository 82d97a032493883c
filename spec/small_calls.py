"""All calls of a layer up to a small size, with letters for entries: what is shown for these is exhausted, not proved."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

from sympy import Expr, Integer, Pow, Rational, Symbol, expand, log, rem, together

from .activation import PRELU, A
from .expansion import Entries, Expansion, Index, entries_of
from .records import OperatorSpec, Stage
from .relations import every_word, words_of
from .response_norm import LOCAL_RESPONSE_NORM, LOCAL_RESPONSE_NORM_GRADIENT
from .softmax import (
    CROSS_ENTROPY,
    CROSS_ENTROPY_GRADIENT,
    LOG_SOFTMAX,
    LOG_SOFTMAX_GRADIENT,
    SOFTMAX,
    SOFTMAX_GRADIENT,
)
from .symbols import BETA, C, N, l

ROWS = (SOFTMAX, LOG_SOFTMAX, SOFTMAX_GRADIENT, LOG_SOFTMAX_GRADIENT)
LOSSES = (CROSS_ENTROPY, CROSS_ENTROPY_GRADIENT)
RESPONSES = (LOCAL_RESPONSE_NORM, LOCAL_RESPONSE_NORM_GRADIENT)
SIZES = (N, C, A.n, l)
POWER = Symbol("beta", positive=True)


@dataclass(frozen=True)
class SmallCall:
    """Sizes and words, which term of every maximum is the largest, and the labels or the signs of x."""

    record: OperatorSpec
    letters: tuple[tuple[Symbol, Any], ...]
    largest: int
    discrete: tuple[int, ...] = ()

    def __str__(self) -> str:
        sizes = ", ".join(f"{letter} = {value}" for letter, value in self.letters)
        return f"{sizes}, term {self.largest} the largest" + (
            f", labels or signs {self.discrete}" if self.discrete else ""
        )

    def inputs(self) -> dict[str, dict[Index, Expr]]:
        """Return letters for the entries of all inputs."""
        return entries_of(self.record, dict(self.letters), self._entry)

    def run(self, record: OperatorSpec, arrays: Mapping[str, Entries], stages: tuple[Stage, ...]) -> dict[str, Entries]:
        """Return the entries of all arrays after the stages of a record."""
        return Expansion(record, dict(self.letters), arrays, self.largest).run(stages)

    def _entry(self, name: str, place: Index) -> Any:
        """Return a letter, for a score the logarithm of one: its exponential is rational; a label; a number of known sign."""
        letter = f"{name}{place}"
        if name == "labels":
            return Integer(self.discrete[place[0]])
        if name in ("x", "logits") and self.record in (*ROWS, *LOSSES):
            return log(Symbol(letter, positive=True))
        if name == "x" and self.record is PRELU:
            sign = self.discrete[place[0] * dict(self.letters)[C] + place[1]]
            return (-1) ** sign * Symbol(letter, positive=True)
        return Symbol(letter, real=True)


def small_calls(record: OperatorSpec) -> Iterator[SmallCall]:
    """Yield every call up to `bounds`."""
    for words in every_word(record, {}):
        bound = {key: value for key, value in words_of(record, words).items() if isinstance(key, Symbol)}
        for sizes in product(*bounds(record)):
            letters = {**dict(zip(SIZES, map(Integer, sizes), strict=True)), **bound}
            for exponent, (largest, discrete) in product(exponents(record), _possibilities(record, *sizes[:3])):
                yield SmallCall(record, (*letters.items(), *exponent.items()), largest, discrete)


def exponents(record: OperatorSpec) -> tuple[dict[Symbol, Expr], ...]:
    """Return what stands for the exponent beta: any positive number, and 0, of which definitions speak apart."""
    return ({BETA: POWER}, {BETA: Integer(0)}) if record in RESPONSES else ({},)


def bounds(record: OperatorSpec) -> tuple[range, range, range, range]:
    """Return the sizes N, C, n, and the sizes of the window, that `small_calls` goes through."""
    one, few = range(1, 2), range(1, 3)
    if record in ROWS:
        return one, few, range(1, 4), one
    if record in LOSSES:
        return few, range(1, 4), one, one
    if record in RESPONSES:
        return one, range(1, 5), one, range(1, 5)
    return few, few, one if record is PRELU else few, one


def shown_bounds(record: OperatorSpec) -> str:
    """Return the bounds in words."""
    sizes = zip(SIZES, bounds(record), strict=True)
    return ", ".join(f"{s} <= {r[-1]}" for s, r in sizes if r[-1] > 1) + "; entries symbolic"


def _possibilities(
    record: OperatorSpec, items: int, channels: int, positions: int
) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Yield which term of each maximum is the largest, with the labels or with the signs of x."""
    terms = max(channels, positions) if record in ROWS else channels if record in LOSSES else 1
    choices = (
        [range(channels)] * items if record in LOSSES else [range(2)] * (items * channels) if record is PRELU else []
    )
    yield from product(range(terms), product(*choices))


# ---- expressions that are zero ----


def is_zero(expr: Expr) -> bool:
    """Whether an expression is zero: a rational function of letters, roots of sums and powers with the exponent beta.

    Examples
    --------
    >>> from sympy import sqrt, symbols
    >>> a, b = symbols("a b", positive=True)
    >>> is_zero(a / sqrt(a + b) + b / sqrt(a + b) - sqrt(a + b)), is_zero(sqrt(a + b) - a)
    (True, False)
    """
    roots: dict[tuple[Expr, Expr], Symbol] = {}
    rational = expr.replace(lambda e: isinstance(e, Pow) and not e.exp.is_Integer, lambda e: _by_root(e, roots))
    numerator = expand(together(rational).as_numer_denom()[0])
    for (base, unit), root in roots.items():
        if unit != POWER:
            numerator = expand(rem(numerator, root**2 - base, root))
    return bool(numerator == 0)


def _by_root(power: Pow, roots: dict[tuple[Expr, Expr], Symbol]) -> Expr:
    """Return ``b**(m/2)`` or ``b**(k + m beta)`` by a letter for the root of b, or for b to the power beta."""
    whole, part = power.exp.as_coeff_Add()
    unit = Rational(1, 2) if part == 0 else POWER
    root = roots.setdefault((expand(power.base), unit), Symbol(f"root{len(roots)}", positive=True))
    return root ** (2 * whole) if part == 0 else power.base**whole * root ** (part / POWER)
