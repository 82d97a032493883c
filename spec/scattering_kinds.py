"""The kinds of laws that scattering obeys, as data: what a moved signal does to the paths, energies, and closed forms.

Coefficients are named by a path, ``()``, ``(mu,)`` or ``(mu, nu)``, and a position; `scattering_paths` says in which rows they
stand. "At full rate" means that nothing is subsampled, which `solved` brings about: it raises the oversampling.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sympy import Expr, I, S, Symbol, true

from .records import OperatorSpec, Stage
from .symbols import MU

Assignments = tuple[tuple[Symbol, Expr], ...]
"""Values of letters that, put in in order, turn any legal call into one that a law is about."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Covariance:
    """``S(x)[path, t] = factor S(x')[path', index(t)]``: a signal elsewhere has its coefficients elsewhere, by other wavelets.

    Attributes
    ----------
    first, later : expressions in mu
        The wavelet that stands in the place of mu, as the first of a path and as the second.
    image : tuple of expressions in the letters j of the axes
        Where the entry x[j] stands in x'.
    sizes : tuple of expressions
        The sizes of x'; those of x if empty.
    index : tuple of expressions in the letters t of the axes
    factor : expression
        Of rows whose path begins with a wavelet.
    conjugated : bool
        Whether x' holds the conjugates, and the row without wavelets those of S(x).
    real : bool
        Whether the law is about real signals only; else it is about complex ones too.
    options : mapping of str to a word
        The options of S(x') that differ.
    when, words, solved, free
        As in `laws.Rearrangement`.
    """

    name: str
    statement: str
    operator: OperatorSpec
    image: tuple[Expr, ...]
    index: tuple[Expr, ...]
    first: Expr = MU
    later: Expr = MU
    sizes: tuple[Expr, ...] = ()
    factor: Expr = S.One
    conjugated: bool = False
    real: bool = True
    options: Mapping[str, Any] = field(default_factory=dict)
    free: Mapping[Symbol, tuple[Any, Any]] = field(default_factory=dict)
    words: Mapping[str, Any] = field(default_factory=dict)
    when: Any = true
    solved: Assignments = ()
    rows: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class Homogeneity:
    """``S(c x) = c S(x)`` in the row without wavelets, ``|c| S(x)`` in all others, for every number c."""

    name: str
    statement: str
    operator: OperatorSpec
    rows: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class Positivity:
    """``S(x)[path] >= 0`` for every path with a wavelet."""

    name: str
    statement: str
    operator: OperatorSpec
    words: Mapping[str, Any] = field(default_factory=dict)
    rows: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class Nonexpansion:
    """``||S(x) - S(y)|| <= constant ||x - y||`` at full rate: of real signals, or complex ones with wavelets of both signs.

    `constants` are those of the words of the boundary.
    """

    name: str
    statement: str
    operator: OperatorSpec
    constants: Mapping[str, Expr]
    solved: Assignments = ()
    rows: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class Capture:
    """``||x||^2 - ||S(x)||^2 <= (1 - 1/size)^M (||x||^2 - ||S_0(x)||^2)``: what leaves after M orders has fallen at each.

    For real signals, at full rate, by tight banks and all paths. `size` is the number of samples of a signal.
    """

    name: str
    statement: str
    operator: OperatorSpec
    size: Expr
    words: Mapping[str, Any] = field(default_factory=dict)
    solved: Assignments = ()
    rows: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class ClosedForm:
    """S of one signal, from the spectra and filters alone.

    Attributes
    ----------
    signal : expression in the letters j of the axes, those of the call and `free`
    stages : tuple of Stage
        The result, or sums over its positions where `summed`.
    summed : bool
        Whether the sums over all positions are stated.
    """

    name: str
    statement: str
    operator: OperatorSpec
    signal: Expr
    stages: tuple[Stage, ...]
    summed: bool = False
    free: Mapping[Symbol, tuple[Any, Any]] = field(default_factory=dict)
    words: Mapping[str, Any] = field(default_factory=dict)
    solved: Assignments = ()
    rows: tuple[str, ...] = ()

    @property
    def of_complex(self) -> bool:
        """Whether the signal is complex."""
        return bool(self.signal.has(I))


@dataclass(frozen=True, kw_only=True, eq=False)
class RateIndependence:
    """S at rate 0 and S at full rate differ, at common positions, by what the aliases of the data's moduli weigh at most.

    The bound is that of `scattering_aliasing`. `coarse` are values of letters at which something is subsampled.
    """

    name: str
    statement: str
    operator: OperatorSpec
    coarse: Assignments = ()
    solved: Assignments = ()
    rows: tuple[str, ...] = ()


ScatteringLaw = Covariance | Homogeneity | Positivity | Nonexpansion | Capture | ClosedForm | RateIndependence
