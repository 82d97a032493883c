"""Integer statements of SymPy, decided by z3.

A floor, a remainder, a maximum, a modulus becomes z3 integers with their defining inequalities: ``q = floor(a / b)``
is ``b q <= a < b q + b`` where ``b >= 1``. Rules of divisibility are put in as multiples first (``C = G beta``), which
keeps everything polynomial.
"""

from dataclasses import dataclass
from functools import lru_cache, reduce
from typing import Any

import z3
from sympy import (
    Abs,
    Add,
    And,
    Eq,
    Expr,
    Ge,
    Gt,
    Implies,
    Integer,
    Le,
    Lt,
    Max,
    Min,
    Mod,
    Mul,
    Ne,
    Not,
    Or,
    Piecewise,
    Pow,
    Symbol,
    cancel,
    ceiling,
    expand,
    false,
    floor,
    fraction,
    together,
    true,
)
from sympy.core.function import AppliedUndef
from sympy.logic.boolalg import Boolean, BooleanFalse, BooleanFunction, BooleanTrue, Equivalent

TIMEOUT = 20_000
"""Milliseconds after which a query is unknown."""
ATTEMPTS = 4
"""Among which the time is divided: the search of z3 depends on a seed."""


@dataclass(frozen=True)
class Obligation:
    """``hypotheses imply goal``, for all integers."""

    label: str
    hypotheses: tuple[Boolean, ...]
    goal: Boolean


@dataclass(frozen=True)
class Decision:
    """The answer to an obligation: "proved", "refuted" with a model, or "unknown" with a reason."""

    status: str
    model: str | None = None
    reason: str = ""


class Translation:
    """SymPy to z3, with one z3 integer per floor and remainder; `axioms` define those."""

    def __init__(self) -> None:
        self.context = z3.Context()  # of its own: z3's answer then depends on nothing that was asked before
        self.axioms: list[Any] = []
        self._known: dict[Any, Any] = {}

    def __call__(self, expr: Any) -> Any:
        if expr not in self._known:
            self._known[expr] = self._translate(expr)
        return self._known[expr]

    def _translate(self, expr: Any) -> Any:
        for kind, rule in _RULES.items():
            if isinstance(expr, kind):
                return rule(self, expr)
        raise TypeError(f"no integer statement: {expr} ({type(expr).__name__})")

    def bounded(self, rule: Boolean) -> None:
        """Add ``a < b m implies floor(a / b) < m`` for a hypothesis ``a < b m``: z3 does not find this instance."""
        for key in [k for k in self._known if isinstance(k, tuple)]:
            _, a, b = key
            m = cancel(rule.rhs / b) if isinstance(rule, Lt) and rule.lhs == a else None
            if m is not None and m.is_polynomial():
                self.axioms.append(
                    z3.Implies(z3.And(self(b) >= 1, self(a) < self(b) * self(m)), self._known[key] < self(m))
                )

    def quotient(self, numerator: Expr, denominator: Expr) -> Any:
        """Return an integer defined as the floor of a quotient with positive denominator."""
        key = ("floor", numerator, denominator)
        if key not in self._known:
            a, b = self(numerator), self(denominator)
            q = z3.Int(f"floor!{len(self.axioms)}", self.context)
            self.axioms.append(z3.Implies(b >= 1, z3.And(b * q <= a, a <= b * q + b - 1)))
            self._known[key] = q
        return self._known[key]


@lru_cache(maxsize=4096)
def _reduced(expr: Expr) -> tuple[Expr, Expr]:
    """Return numerator and denominator of a quotient in lowest terms: ``n / 1`` where it is exact for all values."""
    numerator, denominator = fraction(together(expr))
    exact = cancel(numerator / denominator)
    if exact.is_polynomial() and all(c.is_Integer for c in exact.as_coefficients_dict().values()):
        return exact, Integer(1)
    return expand(numerator), denominator


def _floor(t: Translation, expr: Expr) -> Any:
    numerator, denominator = _reduced(expr.args[0])
    return t(numerator) if denominator == 1 else t.quotient(numerator, denominator)


def _ceiling(t: Translation, expr: Expr) -> Any:
    numerator, denominator = _reduced(expr.args[0])
    return t(numerator) if denominator == 1 else -t.quotient(-numerator, denominator)


def _remainder(t: Translation, expr: Expr) -> Any:
    return t(expr.args[0]) - t(expr.args[1]) * t.quotient(*expr.args)


def _power(t: Translation, expr: Expr) -> Any:
    base, exponent = expr.args
    if not (exponent.is_Integer and exponent > 0):
        raise TypeError(f"{expr} is not an integer: put the quotient under a floor")
    return reduce(lambda a, b: a * b, [t(base)] * int(exponent))


def _greatest(t: Translation, expr: Expr) -> Any:
    return reduce(lambda a, b: z3.If(a >= b, a, b), map(t, expr.args))


def _least(t: Translation, expr: Expr) -> Any:
    return reduce(lambda a, b: z3.If(a <= b, a, b), map(t, expr.args))


def _modulus(t: Translation, expr: Expr) -> Any:
    value = t(expr.args[0])
    return z3.If(value >= 0, value, -value)


def _cases(t: Translation, expr: Expr) -> Any:
    *cases, (last, _) = expr.args
    return reduce(lambda rest, case: z3.If(t(case[1]), t(case[0]), rest), reversed(cases), t(last))


def _applied(t: Translation, expr: Any) -> Any:
    sorts = [z3.IntSort(t.context)] * (len(expr.args) + 1)
    return z3.Function(expr.func.__name__, *sorts)(*map(t, expr.args))


_RULES: dict[type, Any] = {
    Integer: lambda t, e: z3.IntVal(int(e), t.context),
    Symbol: lambda t, e: (z3.Int if e.is_integer else z3.Real)(e.name, t.context),
    Add: lambda t, e: z3.Sum([t(a) for a in e.args]),
    Mul: lambda t, e: reduce(lambda a, b: a * b, map(t, e.args)),
    Pow: _power,
    floor: _floor,
    ceiling: _ceiling,
    Mod: _remainder,
    Max: _greatest,
    Min: _least,
    Abs: _modulus,
    Piecewise: _cases,
    AppliedUndef: _applied,
    Eq: lambda t, e: t(e.lhs) == t(e.rhs),
    Ne: lambda t, e: t(e.lhs) != t(e.rhs),
    Ge: lambda t, e: t(e.lhs) >= t(e.rhs),
    Gt: lambda t, e: t(e.lhs) > t(e.rhs),
    Le: lambda t, e: t(e.lhs) <= t(e.rhs),
    Lt: lambda t, e: t(e.lhs) < t(e.rhs),
    And: lambda t, e: z3.And(*map(t, e.args)),
    Or: lambda t, e: z3.Or(*map(t, e.args)),
    Not: lambda t, e: z3.Not(t(e.args[0])),
    Implies: lambda t, e: z3.Implies(*map(t, e.args)),
    Equivalent: lambda t, e: t(e.args[0]) == t(e.args[1]),
    BooleanTrue: lambda t, e: z3.BoolVal(True, t.context),
    BooleanFalse: lambda t, e: z3.BoolVal(False, t.context),
}


def decide(obligation: Obligation, timeout: int = TIMEOUT) -> Decision:
    """Decide an obligation for all integers.

    Only the hypotheses that share letters with the goal are used, and queries that differ by the number of the axis
    alone are asked once: a statement about d axes that is a conjunction over axes is proved on one.
    """
    hypotheses, multiples = _multiples(obligation.hypotheses)
    goal = obligation.goal
    for letter, value in multiples:
        goal = _put(goal, letter, value)
    if goal is true or goal in hypotheses:
        return Decision("proved")
    return _decide(*_one_axis(connected(hypotheses, goal), goal), timeout)


def connected(hypotheses: frozenset[Boolean], goal: Boolean) -> frozenset[Boolean]:
    """Return the hypotheses linked with the goal by common letters; the others cannot matter if they hold at all."""
    letters, near = _letters(goal), frozenset[Boolean]()
    while touched := {h for h in hypotheses - near if not letters.isdisjoint(_letters(h)) or not _letters(h)}:
        near |= touched
        letters = letters.union(*map(_letters, touched))
    return near


@lru_cache(maxsize=16384)
def _letters(statement: Boolean) -> frozenset[Symbol]:
    return frozenset(statement.free_symbols)


def _one_axis(hypotheses: frozenset[Boolean], goal: Boolean) -> tuple[frozenset[Boolean], Boolean]:
    """Drop the number of the axis where a statement is about a single axis."""
    letters = _letters(goal).union(*map(_letters, hypotheses))
    endings = {s.name.rpartition("_")[2] for s in letters if "_" in s.name}
    if len(endings) != 1 or letters & {_plain(s) for s in letters if "_" in s.name}:
        return hypotheses, goal
    return frozenset(map(_unnumbered, hypotheses)), _unnumbered(goal)


def _plain(letter: Symbol) -> Symbol:
    return Symbol(letter.name.rpartition("_")[0], integer=True)


@lru_cache(maxsize=16384)
def _unnumbered(statement: Boolean) -> Boolean:
    return statement.xreplace({s: _plain(s) for s in statement.free_symbols if "_" in s.name})


@lru_cache(maxsize=64)
def _multiples(hypotheses: tuple[Boolean, ...]) -> tuple[frozenset[Boolean], tuple[tuple[Symbol, Expr], ...]]:
    """Replace each rule ``Mod(number, divisor) = 0`` by ``number = divisor quotient`` with a letter for the quotient.

    Return the other hypotheses and the substitutions.
    """
    put: list[tuple[Symbol, Expr]] = []
    while (found := next(((h, s) for h in hypotheses if (s := _multiple(h)) is not None), None)) is not None:
        rule, letter = found
        number, divisor = rule.lhs.args
        stem, _, axis = letter.name.partition("_")
        quotient = Symbol(f"{stem}÷{divisor.name.partition('_')[0]}" + f"_{axis}" * bool(axis), integer=True)
        put.append((letter, expand(divisor * quotient - (number - letter))))
        hypotheses = tuple(_put(h, *put[-1]) for h in hypotheses if h is not rule)
    return frozenset(h for h in hypotheses if h is not true), tuple(put)


@lru_cache(maxsize=8192)
def _put(statement: Boolean, letter: Symbol, value: Expr) -> Boolean:
    return _expanded(statement.xreplace({letter: value})) if statement.has(letter) else statement


def _expanded(statement: Boolean) -> Boolean:
    if isinstance(statement, BooleanFunction):
        return statement.func(*map(_expanded, statement.args))
    return expand(statement)


def _multiple(rule: Boolean) -> Symbol | None:
    """Return a letter for which a rule of divisibility can be solved, or None."""
    if not (isinstance(rule, Eq) and rule.rhs == 0 and isinstance(rule.lhs, Mod) and rule.lhs.args[1].is_Symbol):
        return None
    number, divisor = rule.lhs.args
    number = expand(number)
    letters = sorted(number.free_symbols - {divisor}, key=str)
    return next((s for s in letters if number.coeff(s) == 1 and not (number - s).has(s)), None)


@lru_cache(maxsize=8192)
def _decide(hypotheses: frozenset[Boolean], goal: Boolean, timeout: int) -> Decision:
    answer = Decision("unknown")
    for seed in range(ATTEMPTS):
        answer = _attempt(hypotheses, goal, timeout // ATTEMPTS, seed)
        if answer.status != "unknown":
            break
    return answer


@lru_cache(maxsize=16384)
def _text(statement: Boolean) -> str:
    return str(statement)


def _attempt(hypotheses: frozenset[Boolean], goal: Boolean, timeout: int, seed: int) -> Decision:
    t = Translation()
    ordered = sorted(hypotheses, key=_text)
    solver = z3.Solver(ctx=t.context)
    solver.set("timeout", timeout)
    solver.set("random_seed", seed)
    solver.add(*map(t, ordered), z3.Not(t(goal)))
    for rule in ordered:
        t.bounded(rule)
    solver.add(*t.axioms)
    answer = solver.check()
    if answer == z3.unsat:
        return Decision("proved")
    if answer == z3.unknown:
        return Decision("unknown", reason=solver.reason_unknown())
    return Decision("refuted", model=_shown(solver.model(), t))


def _shown(model: Any, t: Translation) -> str:
    values = {str(s): model.eval(v, model_completion=True) for s, v in t._known.items() if isinstance(s, Symbol)}
    return ", ".join(f"{name} = {value}" for name, value in sorted(values.items()))


def satisfiable(hypotheses: tuple[Boolean, ...], timeout: int = TIMEOUT) -> bool:
    """Whether z3 finds a model of the hypotheses, part by independent part."""
    left, _ = _multiples(hypotheses)
    while left:
        part = connected(left, next(iter(left)))
        if _decide(*_one_axis(part, false), timeout).status != "refuted":
            return False
        left -= part
    return True
