"""Choices by name: whatever a case is built from is picked from a span, simplest first, and remembered by its place there."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from random import Random
from types import MappingProxyType
from typing import Any

Class = tuple[str, Any]
"""A letter, an option, "dtypes" or "layout", and what it is: 0, 1, 2 and 3 for more count as values of a letter."""

Kind = Callable[[Any], Class]
"""The class that a case gets from a value."""

Chooser = Callable[[str, Sequence[Any], Kind], int]
"""Returns the place of what is chosen under a name from a span."""

SHORT = 32
"""Longer spans are not made of ever simpler values, but of seeds: only their first few are tried."""


def class_of(name: str, value: Any) -> Class:
    """Return the class of the value of a letter or an option.

    Examples
    --------
    >>> class_of("s_1", 7), class_of("mode", "full")
    (('s_1', 3), ('mode', 'full'))
    """
    return name, min(value, 3) if isinstance(value, int) else value


class Picker:
    """Picks values by name, as a chooser says, and remembers the places of all."""

    def __init__(self, choose: Chooser) -> None:
        self.places: dict[str, int] = {}
        self._choose = choose

    def __call__(self, name: str, values: Sequence[Any], kind: Kind | None = None) -> Any:
        """Return one of `values`; `kind` tells the class that a value gives a case, where it is not that of the name."""
        place = self._choose(name, values, kind or (lambda value: class_of(name, value)))
        self.places[name] = place
        return values[place]


def at_random(random: Random, turns: Mapping[str, int] = MappingProxyType({})) -> Picker:
    """Return a picker that takes every value of a span with equal probability, and of some names in turn."""

    def choose(name: str, values: Sequence[Any], kind: Kind) -> int:
        return (turns[name] if name in turns else random.randrange(len(values))) % len(values)

    return Picker(choose)


def as_before(places: Mapping[str, int]) -> Picker:
    """Return a picker that picks again what stands at known places, and the simplest where no place is known."""
    return Picker(lambda name, values, kind: min(places.get(name, 0), len(values) - 1))


def lower(place: int) -> Iterator[int]:
    """Yield places before one, those of the simplest values first."""
    nearer = {0, place // 2, place - 1} if place < SHORT else {0, 1, 2}
    return (less for less in sorted(nearer) if 0 <= less < place)
