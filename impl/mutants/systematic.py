"""Systematic wrong kernels: one small edit of a syntax tree at a time, of every function that an operator calls.

The edits are those of mutation testing: a constant one more or less, a comparison with or without its border, another
arithmetic operator, two indices exchanged, a statement left out. What is no computation is left alone: documentation, types,
decorators, the words of errors, and the machinery that compiles kernels, which a plain copy does not run.
"""

from __future__ import annotations

import ast
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from convoracle.impl.mutants.mutant import SOURCES, Change, Edit, Mutant
from convoracle.impl.mutants.reach import operators_reaching
from convoracle.impl.mutants.variants import variants

Place = tuple[ast.AST, str, int | None, Any]
"""A node of a tree: its parent, the field of the parent, the position where the field is a list, and the node."""

NOT_RUN = {
    "compiled": {"Kernel", "_type_of", "compiled_signatures", "_share_out", "run_all", "_threads"},
    "documentation": None,
}
"""What plain copies of the kernels do not run, by module; None: the whole module."""

FROM_THE_START = Edit("scattering", "FAST_FROM = 1 << 18", "FAST_FROM = 0")
"""Small signals, too, are scattered by the compiled kernels."""

COMPILED = ("lane_transform", "scattering_kernels", "scattering_lanes", "scattering_tables")
TOGETHER = dict.fromkeys(COMPILED, FROM_THE_START)
"""What else is edited, so that small calls reach a module at all."""

UNSEEN = {"annotation", "returns", "decorator_list", "type_params"}
"""Fields of a syntax tree that compute nothing."""


@dataclass(frozen=True)
class TreeEdit:
    """Put variant number `variant` of node number `place` of the module's syntax tree in its place."""

    module: str
    place: int
    variant: int

    def applied(self, source: str) -> str:
        """Return the edited source; comments and layout are lost."""
        tree = ast.parse(source)
        put(places(tree)[self.place], self.variant)
        return ast.unparse(tree)


@dataclass(frozen=True, kw_only=True)
class Systematic:
    """One systematic edit.

    Attributes
    ----------
    name : str
        ``module.function.line.kind``, with a number where there are several of that name.
    module, function : str
        Where it is; `function` is the function or class at the top of the module.
    kind : str
        constant, comparison, operator, index or dropped.
    before, after : str
        The statement that is edited; of a loop or a condition its head.
    lines : pair of int
        The first and the last line that a call runs which meets the edit.
    """

    name: str
    module: str
    function: str
    kind: str
    before: str
    after: str
    lines: tuple[int, int]
    edit: TreeEdit

    @property
    def change(self) -> str:
        """The edit without its line: module, function, the statement before and after."""
        return f"{self.module}.{self.function}: {self.before} -> {self.after}"

    @property
    def operators(self) -> tuple[str, ...]:
        """The operators that may call the edited function, the likeliest to show the edit first."""
        return operators_reaching(self.module, self.function)

    @property
    def companions(self) -> tuple[Edit, ...]:
        """What else is edited, which changes no result."""
        return (TOGETHER[self.module],) if self.module in TOGETHER else ()

    def mutant(self) -> Mutant:
        """Return the edit as a wrong kernel."""
        sentence = f"{self.module}.py, {self.function}: {self.before} becomes {self.after}"
        edits: tuple[Change, ...] = (self.edit, *self.companions)
        return Mutant(name=self.name, operators=self.operators, law="DEF", sentence=sentence, edits=edits)


# ---- places ----


def places(tree: ast.Module) -> list[Place]:
    """Return all nodes of a module that compute something, in the order of the source."""
    return [place for statement in tree.body for place in _within(statement)]


def _within(node: ast.AST) -> Iterator[Place]:
    for name, value in ast.iter_fields(node):
        if name in UNSEEN or _computes_nothing(node):
            continue
        for position, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if isinstance(child, ast.AST) and not _is_documentation(child):
                yield node, name, position, child
                yield from _within(child)


def _computes_nothing(node: ast.AST) -> bool:
    """Whether what is inside a node is no part of a result: words of errors, and the work by which threads are chosen."""
    return isinstance(node, ast.JoinedStr | ast.Raise) or (
        isinstance(node, ast.keyword) and node.arg in ("work", "cost")
    )


def _is_documentation(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def put(place: Place, variant: int) -> ast.AST:
    """Put a variant of the node of a place there; return the node that stood there."""
    parent, name, position, node = place
    _set(parent, name, position, list(variants(node))[variant][1])
    return node


def _set(parent: ast.AST, name: str, position: int | None, node: ast.AST) -> None:
    if position is None:
        setattr(parent, name, node)
    else:
        getattr(parent, name)[position] = node


# ---- edits ----


@cache
def systematic_of(module: str) -> tuple[Systematic, ...]:
    """Return all edits of one module, in the order of the source, no two with the same result."""
    tree = ast.parse((SOURCES / f"{module}.py").read_text(encoding="utf-8"))
    names: dict[str, int] = {}
    known: set[tuple[int, str]] = set()
    found = []
    for number, (place, function, statement) in enumerate(_placed(tree)):
        if not _is_run(module, function):
            continue
        before = head(statement)
        for variant, (kind, node) in enumerate(variants(place[3])):
            _set(*place[:3], node)
            after = "pass" if kind == "dropped" else head(statement)
            _set(*place[:3], place[3])
            if after == before or (statement.lineno, after) in known:
                continue
            known.add((statement.lineno, after))
            name = _numbered(names, f"{module}.{function}.{place[3].lineno}.{kind}")
            edit = TreeEdit(module, number, variant)
            seen = statement if isinstance(statement, ast.FunctionDef) else place[3]  # a default is seen by any call
            lines = seen.lineno, seen.end_lineno or seen.lineno
            found.append(
                Systematic(
                    name=name,
                    module=module,
                    function=function,
                    kind=kind,
                    before=before,
                    after=after,
                    lines=lines,
                    edit=edit,
                )
            )
    return tuple(found)


def _placed(tree: ast.Module) -> Iterator[tuple[Place, str, Any]]:
    """Yield every place with the name of the definition around it and the innermost statement."""
    for definition in tree.body:
        name = getattr(definition, "name", "")
        yield from ((place, name, statement) for place, statement in _stated(definition))


def _stated(definition: ast.stmt) -> Iterator[tuple[Place, ast.stmt]]:
    owner: dict[ast.AST, ast.stmt] = {definition: definition}
    for place in _within(definition):
        parent, _, _, node = place
        owner[node] = node if isinstance(node, ast.stmt) else owner[parent]
        yield place, owner[node]


def _is_run(module: str, function: str) -> bool:
    left_out = NOT_RUN.get(module, set())
    return (
        bool(function)
        and left_out is not None
        and function not in left_out
        and bool(operators_reaching(module, function))
    )


def head(statement: ast.stmt) -> str:
    """Return a statement on one line; of one that holds others, what stands before them."""
    lines = ast.unparse(statement).splitlines()
    if hasattr(statement, "body"):
        return next(line for line in lines if not line.startswith("@"))
    return " ".join(" ".join(lines).split())


def _numbered(names: dict[str, int], name: str) -> str:
    names[name] = names.get(name, 0) + 1
    return name if names[name] == 1 else f"{name}-{names[name]}"


# ---- all, a sample, one ----


def all_systematic(operators: Sequence[str] = ()) -> list[Systematic]:
    """Return the edits of all modules; with `operators`, of what these call."""
    modules = sorted(path.stem for path in SOURCES.glob("*.py"))
    wanted = set(operators)
    return [s for module in modules for s in systematic_of(module) if not wanted or wanted & set(s.operators)]


def sampled(edits: Sequence[Any], count: int, seed: int) -> list[Any]:
    """Return `count` of the edits, drawn with a seed, in the order of the source."""
    chosen = random.Random(seed).sample(range(len(edits)), min(count, len(edits)))
    return [edits[position] for position in sorted(chosen)]


def systematic(name: str) -> Systematic:
    """Return the edit called `name`.

    Raises
    ------
    ValueError
        If there is none.
    """
    module = name.partition(".")[0]
    if (SOURCES / f"{module}.py").exists():
        for edit in systematic_of(module):
            if edit.name == name:
                return edit
    raise ValueError(f"no systematic edit {name!r}; a name is module.function.line.kind")
