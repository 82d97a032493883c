"""The rows of a call of scattering, one per path: ``()``, ``(mu,)`` or ``(mu, nu)``."""

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

from sympy import Expr

from .code import integers, number
from .configuration import Configuration
from .records import OperatorSpec, bound
from .relations import words_of
from .scattering import CASCADE as SIGNALS
from .scattering import SCATTERING1D
from .scattering2d import CASCADE as IMAGES
from .scattering2d import SCATTERING2D
from .scattering_form import FIRST, ONE, TWO, Cascade, firsts, row_of_pair
from .symbols import MU, NU

Path = tuple[int, ...]
CASCADES: dict[OperatorSpec, Cascade] = {SCATTERING1D: SIGNALS, SCATTERING2D: IMAGES}


def rows_of(configuration: Configuration) -> dict[Path, int]:
    """Return the row of every path, in the order of the rows.

    Examples
    --------
    >>> from convoracle.spec.configuration import bind
    >>> rows_of(bind(SCATTERING1D, {"x": (1, 8)}, {"J": 2}))
    {(): 0, (0,): 1, (1,): 2, (0, 1): 3}
    """
    return dict(_rows(configuration))


def _rows(configuration: Configuration) -> Iterator[tuple[Path, int]]:
    cascade, values = CASCADES[configuration.record], configuration.values
    ones, twos, last = (number(e, values) for e in _counts(configuration.record))
    first, row = (_map(configuration, expr) for expr in (FIRST(MU), row_of_pair(cascade.first)))
    yield (), 0
    for mu in range(ones):
        yield (mu,), 1 + mu
    for mu in range(twos):
        for nu in range(first(mu, 0), last):
            yield (mu, nu), row(mu, nu)


@lru_cache
def _counts(record: OperatorSpec) -> tuple[Expr, Expr, Expr]:
    """Return how many wavelets begin a path of one, and of two, and how many there are for the second."""
    cascade = CASCADES[record]
    return ONE * firsts(cascade.first), TWO * firsts(cascade.first), cascade.second.count


def _map(configuration: Configuration, expr: Expr) -> Callable[[int, int], int]:
    """Return an expression as a function of mu and nu, for the letters and words of a call."""
    value = _bound(configuration.record, tuple(configuration.words.items()), expr)
    letters = tuple(sorted(value.free_symbols - {MU, NU}, key=str))
    function, given = integers((value,), (MU, NU, *letters)), [configuration.values[s.name] for s in letters]
    return lambda mu, nu: function(mu, nu, *given)[0]


@lru_cache(maxsize=256)
def _bound(record: OperatorSpec, words: tuple[tuple[str, Any], ...], expr: Expr) -> Expr:
    return bound(expr, words_of(record, dict(words)))
