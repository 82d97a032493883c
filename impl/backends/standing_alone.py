"""Functions of adapters as Python text that stands alone, for scripts that show a failure without this package.

The text holds the definition of a function and of everything among the adapters that it uses, without docstrings and annotations;
the rest is imported.
"""

import ast
import builtins
import inspect
import symtable
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import FunctionType, ModuleType
from typing import Any

from convoracle.impl.backends.subject import Dtypes, Options, Shapes

Written = tuple[str, str]
"""Lines before the operands of a call, and the call itself, see `Implementation.written`."""

PACKAGE, HERE = (__name__.split(".")[0], __package__)
PLAIN = (bool, int, float, str, tuple, type(None))


class DependentError(ValueError):
    """A function uses parts of this package that are not copied into scripts."""


def definition_of(*imports: str, **functions: Any) -> str:
    """Return the text that defines functions under some names, after further `imports`.

    Raises
    ------
    DependentError
        One uses a part of this package that is no adapter, or two things have one name.

    Examples
    --------
    >>> from convoracle.impl.backends.scipy_special import softmax
    >>> print(definition_of(softmax=softmax))
    from scipy import special
    <BLANKLINE>
    def softmax(x, *, axis=-1):
        return special.softmax(x, axis=axis)
    """
    text = _Text()
    text.imports |= dict.fromkeys(imports)
    for name, function in functions.items():
        text.bind(name, function)
    return "\n\n".join(["\n".join(text.imports), *dict.fromkeys(text.definitions.values())])


def in_numpy(name: str, function: Callable[..., Any]) -> Callable[[Shapes, Dtypes, Options], Written | None]:
    """Return what writes a call of a function of arrays, see `Implementation.written`: None, where it does not stand alone."""

    def written(shapes: Shapes, dtypes: Dtypes, options: Options) -> Written | None:
        try:
            return definition_of(**{name: function}), f"got = {name}({arguments(shapes, options)})"
        except DependentError:
            return None

    return written


def arguments(names: Iterable[str], options: Options) -> str:
    """Return the arguments of a call: those by position by their names in the script, options by keyword."""
    return ", ".join([*names, *(f"{key}={value!r}" for key, value in options.items())])


class _Text:
    """Imports and definitions by name, each after what it uses."""

    def __init__(self) -> None:
        self.imports: dict[str, None] = {}
        self.definitions: dict[str, str] = {}
        self._homes: dict[str, ModuleType] = {}

    def bind(self, name: str, value: Any) -> None:
        """Give a value to a name."""
        if isinstance(value, PLAIN):
            self._define(name, f"{name} = {value!r}")
        elif isinstance(value, FunctionType) and _is_here(value.__module__):
            self._function(value)
            if value.__name__ != name:
                self._define(name, f"{name} = {value.__name__}")
        else:
            self._import_object(name, value)

    def _function(self, function: FunctionType) -> None:
        module = sys.modules[function.__module__]
        if "<locals>" not in function.__qualname__:
            self._top_level(module, function.__name__)
            return
        statement = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
        if not isinstance(statement, ast.FunctionDef):
            raise DependentError(f"{function.__qualname__} is no statement of its own")
        enclosing = inspect.getclosurevars(function).nonlocals
        for name, value in enclosing.items():
            self.bind(name, value)
        self._statement(module, statement, [function.__name__], enclosing)

    def _top_level(self, module: ModuleType, name: str) -> None:
        """Take over the statement that gives a value to a name of a module, from the adapter where it stands."""
        statement = _statement_of(module, name)
        if isinstance(statement, ast.ImportFrom) and _is_here(statement.module or ""):
            if statement.module == HERE or _alias(statement, name).asname is not None:
                raise DependentError(f"{name} of {statement.module} is not copied under its name")
            self._top_level(sys.modules[str(statement.module)], name)
        elif isinstance(statement, ast.Import | ast.ImportFrom):
            self._import(statement, _alias(statement, name))
        elif self._homes.setdefault(name, module) is not module:
            raise DependentError(f"{name} means two things")
        elif name not in self.definitions:
            self._statement(module, statement, list(_bound(statement)), {})

    def _statement(self, module: ModuleType, statement: ast.stmt, names: list[str], known: Mapping[str, Any]) -> None:
        text = ast.unparse(_Bare().visit(statement))
        for used in _used(text):
            if used not in known and used not in names and not hasattr(builtins, used):
                self._top_level(module, used)
        for name in names:
            self._define(name, text)

    def _import(self, statement: ast.Import | ast.ImportFrom, alias: ast.alias) -> None:
        home = statement.module if isinstance(statement, ast.ImportFrom) else alias.name
        if (home or "").split(".")[0] == PACKAGE:
            raise DependentError(f"{alias.name} of {home} is no part of the adapters")
        alone = ast.Import([alias]) if isinstance(statement, ast.Import) else ast.ImportFrom(home, [alias], 0)
        self.imports[ast.unparse(alone)] = None

    def _import_object(self, name: str, value: Any) -> None:
        """Import something that another library defines, from the module with the shortest public name."""
        own, root = getattr(value, "__name__", ""), (getattr(value, "__module__", None) or "").split(".")[0]
        modules = {path: module for path, module in list(sys.modules.items()) if path.split(".")[0] == root != PACKAGE}
        homes = [path for path, module in modules.items() if vars(module).get(own) is value and "._" not in path]
        if not homes:
            raise DependentError(f"{name} = {value!r} has no public name")
        home = min(homes, key=lambda path: (path.count("."), len(path)))
        self.imports[f"from {home} import {own}" + ("" if own == name else f" as {name}")] = None

    def _define(self, name: str, text: str) -> None:
        if self.definitions.setdefault(name, text) != text:
            raise DependentError(f"{name} means two things")


def _is_here(path: str) -> bool:
    return path == HERE or path.startswith(f"{HERE}.")


def _statement_of(module: ModuleType, name: str) -> ast.stmt:
    found = next((s for s in ast.parse(inspect.getsource(module)).body if name in _bound(s)), None)
    if found is None:
        raise DependentError(f"no statement of {module.__name__} defines {name}")
    return found


def _alias(statement: ast.Import | ast.ImportFrom, name: str) -> ast.alias:
    return next(alias for alias in statement.names if name in (alias.asname, alias.name.split(".")[0]))


def _bound(statement: ast.stmt) -> Iterator[str]:
    """Yield the names to which a statement of a module gives values."""
    match statement:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
            yield from (alias.asname or alias.name.split(".")[0] for alias in aliases)
        case ast.Assign(targets=targets):
            yield from (n.id for target in targets for n in ast.walk(target) if isinstance(n, ast.Name))
        case ast.AnnAssign(target=ast.Name(id=name)):
            yield name


def _used(text: str) -> list[str]:
    """Return the names that a statement looks up in its module."""
    found, tables = set(), [symtable.symtable(text, "<script>", "exec")]
    while tables:
        table = tables.pop()
        tables += table.get_children()
        outer = table.get_type() == "module"
        found |= {s.get_name() for s in table.get_symbols() if s.is_referenced() and (outer or s.is_global())}
    return sorted(found)


class _Bare(ast.NodeTransformer):
    """Takes annotations and docstrings away."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        self.generic_visit(node)
        if ast.get_docstring(node) is not None and len(node.body) > 1:
            node.body = node.body[1:]
        node.returns = None
        return node

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        return None if node.value is None else ast.copy_location(ast.Assign([node.target], node.value), node)
