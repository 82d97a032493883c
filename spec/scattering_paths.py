"""The rows of a call of scattering, one per path: ``()``, ``(mu,)`` or ``(mu, nu)``."""

from functools import lru_cache
from typing import Any

from .code import number
from .configuration import Configuration
from .records import OperatorSpec, bound
from .relations import words_of
from .scattering import CASCADE as SIGNALS
from .scattering import SCATTERING1D
from .scattering2d import CASCADE as IMAGES
from .scattering2d import SCATTERING2D
from .scattering_form import FIRST, ONE, TWO, Cascade, firsts, row_of_pair
from .symbols import MU

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
    cascade, words = CASCADES[configuration.record], words_of(configuration.record, configuration.words)
    count = firsts(cascade.first)
    return dict(_rows(cascade, tuple(words.items()), configuration, count))


def _rows(cascade: Cascade, words: Any, configuration: Configuration, count: Any) -> Any:
    values = configuration.values
    first, row = (_bound(expr, words) for expr in (FIRST(MU), row_of_pair(cascade.first)))
    yield (), 0
    for mu in range(number(ONE * count, values)):
        yield (mu,), 1 + mu
    for mu in range(number(TWO * count, values)):
        for nu in range(number(first, {**values, "mu": mu}), number(cascade.second.count, values)):
            yield (mu, nu), number(row, {**values, "mu": mu, "nu": nu})


@lru_cache(maxsize=256)
def _bound(expr: Any, words: Any) -> Any:
    return bound(expr, dict(words))
