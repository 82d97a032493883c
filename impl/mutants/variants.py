"""What may stand in the place of one node of a syntax tree: the operators of mutation testing."""

from __future__ import annotations

import ast
from collections.abc import Iterator

Variant = tuple[str, ast.AST]
"""The kind of an edit and the new node."""

COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
"""A comparison with or without its border, and its opposite."""

OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mod,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}
"""Another operator that takes the same operands."""


def variants(node: ast.AST) -> Iterator[Variant]:
    """Yield the kind and the new node of every edit of one node.

    Examples
    --------
    >>> [ast.unparse(new) for _, new in variants(ast.parse("a < b", mode="eval").body)]
    ['a <= b', 'a >= b']
    """
    if isinstance(node, ast.Constant):
        yield from _constants(node)
    elif isinstance(node, ast.Compare):
        yield from _comparisons(node)
    elif isinstance(node, ast.BinOp | ast.AugAssign | ast.BoolOp | ast.UnaryOp):
        yield from _operators(node)
    elif isinstance(node, ast.Tuple):
        yield from _indices(node)
    if isinstance(node, ast.stmt) and _may_go(node):
        yield "dropped", ast.copy_location(ast.Pass(), node)


def _constants(node: ast.Constant) -> Iterator[Variant]:
    if isinstance(node.value, bool):
        yield "constant", _like(node, ast.Constant(not node.value))
    elif isinstance(node.value, int | float):
        for step in (1, -1):
            yield "constant", _like(node, ast.Constant(node.value + step))


def _comparisons(node: ast.Compare) -> Iterator[Variant]:
    for position, sign in enumerate(node.ops):
        for other in COMPARISONS[type(sign)]:
            ops = [*node.ops[:position], other(), *node.ops[position + 1 :]]
            yield "comparison", _like(node, ast.Compare(node.left, ops, node.comparators))


def _operators(node: ast.BinOp | ast.AugAssign | ast.BoolOp | ast.UnaryOp) -> Iterator[Variant]:
    if isinstance(node, ast.BoolOp):
        other = ast.And() if isinstance(node.op, ast.Or) else ast.Or()
        yield "operator", _like(node, ast.BoolOp(other, node.values))
    elif isinstance(node, ast.UnaryOp):
        yield "operator", node.operand  # the sign, or the negation, is lost
    elif type(node.op) in OPERATORS:
        swapped = OPERATORS[type(node.op)]()
        new = (
            ast.BinOp(node.left, swapped, node.right)
            if isinstance(node, ast.BinOp)
            else ast.AugAssign(node.target, swapped, node.value)
        )
        yield "operator", _like(node, new)


def _indices(node: ast.Tuple) -> Iterator[Variant]:
    """Yield the tuple with two neighbours exchanged: of an index, of sizes, of options per axis."""
    for left in range(len(node.elts) - 1):
        swapped = [*node.elts[:left], node.elts[left + 1], node.elts[left], *node.elts[left + 2 :]]
        if ast.dump(node.elts[left]) != ast.dump(node.elts[left + 1]):
            yield "index", _like(node, ast.Tuple(swapped, node.ctx))


def _may_go(statement: ast.stmt) -> bool:
    """Whether a program without the statement still has all its names: what checks, writes into arrays, adds, ends a loop."""
    if isinstance(statement, ast.Assign):
        return all(isinstance(target, ast.Subscript | ast.Attribute) for target in statement.targets)
    return isinstance(statement, ast.Expr | ast.AugAssign | ast.Raise | ast.Continue | ast.Break)


def _like(node: ast.AST, new: ast.AST) -> ast.AST:
    return ast.copy_location(new, node)
