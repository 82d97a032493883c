"""When a law holds, written out: words of choices, ranges of its own letters, rules on the sizes."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sympy import Symbol, true

from .notation import Notation
from .writing import write


def conditions(words: Mapping[str, Any], free: Mapping[Symbol, Any], when: Any, notation: Notation) -> Iterator[str]:
    """Yield one line that begins with "when", or none where there is no condition."""
    rules = [notation.option(keyword, value_of(value, notation)) for keyword, value in words.items()]
    rules += [_range(letter, low, high, notation) for letter, (low, high) in free.items()]
    rules += [] if when == true else [write(when, notation)]
    if rules:
        yield notation.word("when ") + notation.joined(rules)


def value_of(value: Any, notation: Notation) -> str:
    """Return an option's value: a word, an expression, or a tuple of them."""
    if isinstance(value, str | bool) or value is None:
        return notation.word(str(value))
    if isinstance(value, tuple) and len(value) == 1 and not isinstance(value[0], tuple):
        return value_of(value[0], notation)
    if isinstance(value, tuple):
        return notation.listed([value_of(entry, notation) for entry in value])
    return write(value, notation)


def each(entries: Iterable[Any], notation: Notation) -> list[str]:
    """Return expressions, each written."""
    return [write(entry, notation) for entry in entries]


def _range(letter: Symbol, low: Any, high: Any, notation: Notation) -> str:
    least, name, greatest = each((low, letter, high), notation)
    return notation.relation(notation.relation(least, "<=", name), "<=", greatest)
