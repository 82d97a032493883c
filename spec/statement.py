"""What one statement of the seed documents is, and what makes it an erratum."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

SEEDS = {
    "U": "000_a34c82730ab4f8a8: Understanding Convolutional Neural Networks",
    "M": "001_2778e1081f61c846: Understanding Deep Convolutional Networks (Mallat 2016)",
    "K": "002_8e7ce2c72ae27b14: Understanding Convolutional Neural Networks with A Mathematical Model (Kuo 2016)",
    "L": "003_a284f5b258ec4d80: lecture on convolutional networks (Lviv University)",
}


@dataclass(frozen=True)
class Erratum:
    """A formula that is wrong as printed, the search that finds its smallest counterexample, and the correct form."""

    printed: str
    search: Callable[[], str | None]
    corrected: str

    @cached_property
    def counterexample(self) -> str:
        """What the search finds; it takes seconds for some, so it is done when asked for.

        Raises
        ------
        ValueError
            If there is none: then the formula is no erratum.
        """
        found = self.search()
        if found is None:
            raise ValueError(f"no counterexample to {self.printed}")
        return found


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One statement of the seed documents.

    Attributes
    ----------
    row : str
        The name of the row; its first letter names the seed.
    equation : str
        As printed, in LaTeX.
    becomes : tuple of str
        Names of the operators, laws and theorems that carry it here.
    """

    row: str
    equation: str
    meaning: str
    becomes: tuple[str, ...]
    erratum: Erratum | None = None

    @property
    def seed(self) -> str:
        """The document that states it."""
        return SEEDS[self.row[0]]
