"""Evidence: what is known about a statement, graded by the program that found it out.

A kind is never typed by hand: each function here runs one method and grades its own outcome. The hash of the symbolic
statement stands beside the verdict, so that a changed statement is visibly another one.
"""

import hashlib
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cached_property, lru_cache
from itertools import product
from typing import Any, Literal

from sympy import Basic, Expr, MatrixExpr, Symbol, simplify, srepr

from . import logic
from .logic import Obligation

Kind = Literal["proved", "exhausted", "certified", "tested", "measured", "refuted", "unknown"]

FAILED: tuple[Kind, ...] = ("refuted", "unknown")
"""The kinds after which a statement may not be relied on."""


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A statement to be examined; `formula` is its symbolic form: SymPy expressions, records and tuples of them."""

    name: str
    statement: str
    formula: Any
    rows: tuple[str, ...] = ()


def claim_of(law: Any) -> Claim:
    """Return the claim that a law makes: its formula is the law itself."""
    return Claim(name=law.name, statement=law.statement, formula=law, rows=law.rows)


@dataclass(frozen=True, kw_only=True)
class Theorem(Claim):
    """A claim with its proof: the function that examines it."""

    proof: Callable[[Claim], "Evidence"]

    def prove(self) -> "Evidence":
        """Run the proof."""
        since = time.perf_counter()
        evidence = self.proof(self)
        return replace(evidence, seconds=time.perf_counter() - since)


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What one method found out about one statement.

    Attributes
    ----------
    kind : str
        proved (all sizes), exhausted (all cases up to a bound), certified (exact, this instance), tested, measured,
        refuted (by `counterexample`) or unknown.
    method, detail : str
        How, and how much of it: queries, cases, the bound.
    statement_sha256 : str
        Hash of the symbolic statement.
    """

    name: str
    statement: str
    kind: Kind
    method: str
    detail: str
    seconds: float
    statement_sha256: str
    rows: tuple[str, ...]
    counterexample: str | None = None

    @property
    def holds(self) -> bool:
        """Whether the statement was confirmed."""
        return self.kind not in FAILED


_UNSTATED = {"summary", "meaning", "sentence", "solved", "source", "conventions", "statement", "rows", "label", "proof"}
_UNSTATED |= {"rounding"}  # a function


def canonical(value: Any) -> str:
    """Return a text that two statements share exactly if they state the same symbols; prose is left out."""
    if isinstance(value, Basic):
        return _written_out(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(sorted(f"{canonical(k)}: {canonical(v)}" for k, v in value.items())) + "}"
    if isinstance(value, tuple | list | Derived):
        return "(" + ", ".join(map(canonical, value)) + ")"
    if is_dataclass(value) and not isinstance(value, type):
        stated = [getattr(value, f.name) for f in fields(value) if f.name not in _UNSTATED]
        return type(value).__name__ + canonical(stated)
    return str(value)


_written_out = lru_cache(maxsize=1 << 16)(srepr)  # the laws of an operator state its whole record, each of them


def statement_sha256(formula: Any) -> str:
    """Return the hash of a symbolic statement."""
    return hashlib.sha256(canonical(formula).encode()).hexdigest()


def _grade(claim: Claim, since: float, kind: Kind, method: str, detail: str, counterexample: Any = None) -> Evidence:
    return Evidence(
        name=claim.name,
        statement=claim.statement,
        kind=kind,
        method=method,
        detail=detail,
        seconds=time.perf_counter() - since,
        statement_sha256=statement_sha256(claim.formula),
        rows=claim.rows,
        counterexample=None if counterexample is None else str(counterexample),
    )


def prove_by_z3(claim: Claim, obligations: Iterable[Obligation]) -> Evidence:
    """Prove every obligation for all integers; a query that z3 leaves open is unknown.

    The hypotheses of each obligation must have a model, or the proof would be of nothing.
    """
    since, queries, possible = time.perf_counter(), 0, set[tuple[Any, ...]]()
    for obligation in obligations:
        queries += 1
        if obligation.hypotheses not in possible and not logic.satisfiable(obligation.hypotheses):
            return _grade(claim, since, "unknown", "z3", f"{obligation.label}: no model of the hypotheses was found")
        possible.add(obligation.hypotheses)
        decision = logic.decide(obligation)
        if decision.status == "refuted":
            return _grade(claim, since, "refuted", "z3", obligation.label, decision.model)
        if decision.status == "unknown":
            return _grade(claim, since, "unknown", "z3", f"{obligation.label}: {decision.reason}")
    if not queries:
        return _grade(claim, since, "unknown", "z3", "nothing was asked")
    return _grade(claim, since, "proved", "z3", f"{queries} queries unsat, all sizes symbolic")


def prove_by_identity(claim: Claim, identities: Iterable[tuple[Expr, Expr]], detail: str = "") -> Evidence:
    """Prove symbolic identities of numbers or matrices: the difference of both sides simplifies to zero."""
    since, count = time.perf_counter(), 0
    for left, right in identities:
        count += 1
        rest = simplify(left - right)
        if rest != 0 and not getattr(rest, "is_ZeroMatrix", False):
            witness = _non_zero(rest)
            kind: Kind = "unknown" if witness is None else "refuted"
            return _grade(claim, since, kind, "sympy identity", f"left - right = {rest}", witness)
    if not count:
        return _grade(claim, since, "unknown", "sympy identity", "nothing was asked")
    return _grade(claim, since, "proved", "sympy identity", detail or f"{count} identities")


def _non_zero(expr: Expr) -> dict[Symbol, int] | None:
    """Return small integers at which an expression is not zero; for matrices none is looked for."""
    if isinstance(expr, MatrixExpr):
        return None
    letters = sorted(expr.free_symbols, key=str)
    for values in product((1, 2, 3), repeat=len(letters)):
        point = dict(zip(letters, values, strict=True))
        value = expr.subs(point).doit()
        if value.is_number and value.is_finite and abs(value.evalf(30)) > 1e-9:
            return point
    return None


class Derived(Sequence[Any]):
    """A formula that takes long to derive, as integrals do: it is computed when it is first looked at."""

    def __init__(self, derive: Callable[[], Iterable[Any]]):
        self._derive = derive

    @cached_property
    def _parts(self) -> tuple[Any, ...]:
        return tuple(self._derive())

    def __len__(self) -> int:
        return len(self._parts)

    def __getitem__(self, index: Any) -> Any:
        return self._parts[index]


def for_all(name: str, statement: str, rows: tuple[str, ...], *obligations: Obligation | Derived) -> Theorem:
    """Return the theorem that obligations state, to be decided by z3; they may be one `Derived`."""
    formula = _derived(obligations)
    return Theorem(
        name=name, statement=statement, formula=formula, rows=rows, proof=lambda claim: prove_by_z3(claim, formula)
    )


def _derived(parts: tuple[Any, ...]) -> Any:
    return parts[0] if len(parts) == 1 and isinstance(parts[0], Derived) else parts


def identity(name: str, statement: str, rows: tuple[str, ...], *pairs: tuple[Expr, Expr] | Derived) -> Theorem:
    """Return the theorem that pairs of expressions are equal, to be shown by simplification; they may be one `Derived`."""
    formula = _derived(pairs)
    return Theorem(
        name=name,
        statement=statement,
        formula=formula,
        rows=rows,
        proof=lambda claim: prove_by_identity(claim, formula),
    )


def prove_by_form(claim: Claim, violations: Sequence[str], detail: str) -> Evidence:
    """Prove a statement that the form of a definition shows; `violations` are the places where the form differs."""
    since = time.perf_counter()
    if violations:
        return _grade(claim, since, "refuted", "form of the definition", detail, violations[0])
    return _grade(claim, since, "proved", "form of the definition", detail)


def unproved(claim: Claim) -> Evidence:
    """Return that no method knows the form of a statement."""
    return _grade(claim, time.perf_counter(), "unknown", "none", "no method knows this form")


def exhaust(claim: Claim, cases: Iterable[Any], holds: Callable[[Any], bool], bound: str) -> Evidence:
    """Check every case up to a bound, exactly; the first that fails refutes."""
    since, count = time.perf_counter(), 0
    for case in cases:
        count += 1
        if not holds(case):
            return _grade(claim, since, "refuted", "enumeration", bound, case)
    if not count:
        return _grade(claim, since, "unknown", "enumeration", "no case")
    return _grade(claim, since, "exhausted", "enumeration", f"{count} cases: {bound}")


def certify(claim: Claim, witness: Callable[[], Any], method: str) -> Evidence:
    """Certify one instance in exact arithmetic; `witness` returns what shows it, or None if it does not hold."""
    since = time.perf_counter()
    found = witness()
    if found is None or found is False:
        return _grade(claim, since, "refuted", method, "the instance does not hold", "the stated instance")
    return _grade(claim, since, "certified", method, str(found))


def measure(claim: Claim, observation: Callable[[], Any], method: str) -> Evidence:
    """Observe once; `observation` returns what it saw, or None where that contradicts the statement."""
    since = time.perf_counter()
    seen = observation()
    if seen is None:
        return _grade(claim, since, "refuted", method, "observed otherwise", "the observation")
    return _grade(claim, since, "measured", method, str(seen))


def weakest(claim: Claim, parts: Sequence[Evidence]) -> Evidence:
    """Join evidence about the parts of a statement: the whole is known as well as its least known part."""
    order: tuple[Kind, ...] = ("refuted", "unknown", "measured", "tested", "certified", "exhausted", "proved")
    least = min(parts, key=lambda part: order.index(part.kind))
    detail = least.detail if not least.holds else "; ".join(dict.fromkeys(part.detail for part in parts))
    method = " and ".join(dict.fromkeys(part.method for part in parts))
    since = time.perf_counter() - sum(part.seconds for part in parts)
    return _grade(claim, since, least.kind, method, detail, least.counterexample)
