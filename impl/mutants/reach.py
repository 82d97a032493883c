"""Which operators may call a function: the graph of names between the modules of the kernels, read off their source."""

from __future__ import annotations

import ast
from functools import cache
from itertools import zip_longest

from convoracle.impl.mutants.mutant import PACKAGE, SOURCES

Node = tuple[str, str]
"""A definition: the module and the name at its top."""


@cache
def _tree(module: str) -> ast.Module:
    return ast.parse((SOURCES / f"{module}.py").read_text(encoding="utf-8"))


def _imported(node: ast.AST) -> dict[str, Node]:
    """Return the names that an import from another module of the package binds."""
    if not (isinstance(node, ast.ImportFrom) and (node.module or "").startswith(f"{PACKAGE}.")):
        return {}
    home = str(node.module).removeprefix(f"{PACKAGE}.")
    return {alias.asname or alias.name: (home, alias.name) for alias in node.names}


@cache
def _definitions(module: str) -> dict[str, ast.stmt]:
    """Return what a module defines at its top, by name."""
    found: dict[str, ast.stmt] = {}
    for statement in _tree(module).body:
        if isinstance(statement, ast.FunctionDef | ast.ClassDef):
            found[statement.name] = statement
        elif isinstance(statement, ast.Assign | ast.AnnAssign):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            found |= {
                name.id: statement for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)
            }
    return found


@cache
def _names(module: str) -> dict[str, Node]:
    """Return what every name at the top of a module stands for."""
    own = {name: (module, name) for name in _definitions(module)}
    return {name: node for statement in _tree(module).body for name, node in _imported(statement).items()} | own


@cache
def _calls(node: Node) -> frozenset[Node]:
    """Return the definitions that a definition names."""
    module, name = node
    if name not in _definitions(module):
        return frozenset()
    inside = list(ast.walk(_definitions(module)[name]))
    names = _names(module) | {name: to for part in inside for name, to in _imported(part).items()}
    return frozenset(names[part.id] for part in inside if isinstance(part, ast.Name) and part.id in names) - {node}


@cache
def _steps(operator: str) -> dict[Node, int]:
    """Return every definition that an operator may call, with the number of calls in between."""
    layer = {_names("__init__")[operator]}
    steps: dict[Node, int] = {}
    while layer:
        steps |= dict.fromkeys(layer, max(steps.values(), default=-1) + 1)
        layer = {callee for node in layer for callee in _calls(node)} - steps.keys()
    return steps


def calls_between(operator: str, module: str, name: str) -> int:
    """Return how many calls lie between an operator and a definition that it may call."""
    return _steps(operator)[module, name]


@cache
def _operators() -> tuple[str, ...]:
    """Return the public functions; classes are none, and neither is what lists signatures."""
    names = (name for name in _names("__init__") if name[0].islower() and name != "compiled_signatures")
    return tuple(sorted(names))


@cache
def operators_reaching(module: str, name: str) -> tuple[str, ...]:
    """Return the operators that may call a definition: of two axes, three, one and any number in turn, the nearest first.

    Examples
    --------
    >>> operators_reaching("signal", "convolve")
    ('convolve',)
    """
    near = sorted((calls_between(op, module, name), op) for op in _operators() if (module, name) in _steps(op))
    groups = [[op for _, op in near if _axes(op) == axes] for axes in ("2", "3", "1", "")]
    return tuple(op for turn in zip_longest(*groups) for op in turn if op is not None)


def _axes(operator: str) -> str:
    """Return the digit in the name of an operator that says along how many axes it goes."""
    return "".join(letter for letter in operator if letter.isdigit())
