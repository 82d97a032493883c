"""What a subject under judgement declares: plain data plus a callable."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Shapes = Mapping[str, tuple[int, ...]]
Dtypes = Mapping[str, str]
Options = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Implementation:
    """One operator of a subject.

    Attributes
    ----------
    function : callable
        Called as the operator's public function: arrays positional in the record's order (an absent bias is left out),
        options by keyword as a user writes them.
    algorithm : str
        "direct": every output is a sum of its products in some order, or computed as the record's direct algorithm says.
        "fft": by fast Fourier transforms. Other names are algorithms of the record; "folded or direct": sometimes by one,
        sometimes by the other.
    accumulator : str or None
        Name of the floating-point format of the sum, where it is not that of the result.
    ulps : float
        Accuracy class of the elementary functions, in units in the last place: 0.5, 1, 2 or 4.
    conventions : mapping of str to str
        Answers to the record's named conventions, where they differ from the record's own.
    limits : callable or None
        Called with (shapes by name, dtypes by name, options); returns a sentence that says what is not supported, or
        None.
    written : callable or None
        Called as `limits`; returns the call in the words of the library itself, for a script that shows a failure, or None:
        lines of Python before the operands, which are NumPy arrays with the names of the record's, and lines after them,
        which leave the result, in NumPy arrays, in ``got``.
    array : str or None
        Library whose arrays the function takes and returns, such as "torch" or "jax": whoever calls it exchanges them with
        NumPy's by DLPack. None: NumPy's.
    """

    function: Callable[..., Any]
    algorithm: str = "direct"
    accumulator: str | None = None
    ulps: float = 4.0
    conventions: Mapping[str, str] = field(default_factory=dict)
    limits: Callable[[Shapes, Dtypes, Options], str | None] | None = None
    written: Callable[[Shapes, Dtypes, Options], Sequence[str] | None] | None = None
    array: str | None = None


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A named library or set of kernels: its version, and an `Implementation` per operator name.

    A campaign tries one in `dearness` cases, where calls take long, as in a library that compiles for every new size, or
    operators are many; ten at least.
    """

    name: str
    version: str
    operators: Mapping[str, Implementation]
    dearness: int = 1
