"""Definitions as loop nests: generated source, compiled once, kept in content-addressed files.

One index relation gives two programs. `accumulate` (compiled) runs over the whole operator and adds every product to a
double-double and to the sum of absolute values. `terms` (plain Python) lists the products that one output element sums.
"""

import hashlib
import importlib.util
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

from sympy import Expr, Indexed, Mul, Symbol, expand

from . import arithmetic, cache
from .code import source
from .records import Addend, OperatorSpec, addends

Guard = tuple[Expr, Expr]  # 0 <= index < extent


@lru_cache(maxsize=512)
def relation(record: OperatorSpec, stage: Any) -> tuple[Addend, ...]:
    """Return the addends of a stage, bare ones (a bias) last."""
    return tuple(sorted(addends(stage), key=lambda addend: not addend.ranges))


class Nest:
    """The loops of one addend: which variables, in which order, behind which guards."""

    def __init__(self, record: OperatorSpec, target: Indexed, addend: Addend):
        self.record, self.addend = record, addend
        self.target = tuple(dict(addend.equations).get(index, index) for index in target.indices)
        self.extents = dict(zip(target.indices, record.output.axes, strict=True))
        solved = {index for index, _ in addend.equations}
        self.free = [index for index in target.indices if index not in solved]
        self.ranges = {v: (low, high + 1) for v, low, high in addend.ranges}
        self.ranges |= {index: (0, self.extents[index]) for index in self.free}
        self.arrays = sorted(factor.array for factor in addend.factors)
        known = {s for bounds in self.ranges.values() for e in bounds for s in getattr(e, "free_symbols", ())}
        known |= {s for e in self._indices() for s in e.free_symbols} | {
            s for _, n in self.guards() for s in n.free_symbols
        }
        self.letters = tuple(sorted(known - set(self.ranges), key=str))

    def _indices(self) -> list[Expr]:
        return [e for factor in self.addend.factors for e in factor.index] + list(self.target)

    def guards(self) -> list[Guard]:
        """Return what must hold for a product to exist: reads of extended arrays and writes stay inside."""
        guards = []
        for factor in self.addend.factors:
            array = self.record.array(factor.array)
            if array.extended:
                guards += list(zip(factor.index, array.axes, strict=True))
        guards += [(expr, self.extents[index]) for index, expr in self.addend.equations]
        return [guard for guard in guards if not self._obvious(guard)]

    def _obvious(self, guard: Guard) -> bool:
        index, extent = guard
        return index in self.ranges and self.ranges[index] == (0, extent)

    def order(self) -> list[Symbol]:
        """Return the loop variables, outermost first; the last runs along the last axis of the target where possible."""
        sums = [v for v in self.ranges if v not in self.free]
        if self.free and self.target[-1] == self.free[-1]:
            return [*self.free[:-1], *sums, self.free[-1]]
        along = [v for v in sums if v in self.target[-1].free_symbols]
        last = along[0] if along else sums[-1]
        return [*self.free, *(v for v in sums if v != last), last]


def _affine(expr: Expr, v: Symbol) -> tuple[Expr, Expr] | None:
    """Return (slope, rest) with ``expr = slope * v + rest``, or None."""
    expanded = expand(expr)
    slope = expanded.coeff(v, 1)
    rest = expanded - slope * v
    plain = all(part.is_Symbol or part.is_Integer for part in Mul.make_args(slope))
    return (slope, expand(rest)) if plain and slope != 0 and v not in expand(rest).free_symbols else None


def _limits(guard: Guard, v: Symbol) -> list[str]:
    """Return the lines that narrow ``first <= v < last`` to where an affine guard holds; slopes are at least 1 in modulus."""
    index, extent = guard
    slope, rest = _affine(index, v) or (None, None)
    assert slope is not None
    assert rest is not None
    if slope.could_extract_minus_sign():
        a, r, n = source(-slope), source(rest), source(extent)
        return [f"first = max(first, (({r}) - ({n}))//({a}) + 1)", f"last = min(last, ({r})//({a}) + 1)"]
    a, r, n = source(slope), source(rest), source(extent)
    return [f"first = max(first, -(({r})//({a})))", f"last = min(last, (({n}) - 1 - ({r}))//({a}) + 1)"]


def accumulate_source(nest: Nest) -> str:
    """Return the source of the compiled program of one addend with two factors."""
    *outer, inner = nest.order()
    lines, depth, open_guards = [], 1, nest.guards()
    for v in outer:
        low, high = nest.ranges[v]
        lines.append((depth, f"for {v} in range({source(low)}, {source(high)}):"))
        depth += 1
        bound_now = {*nest.letters, *outer[: outer.index(v) + 1]}
        for guard in [g for g in open_guards if g[0].free_symbols <= bound_now]:
            open_guards.remove(guard)
            lines += [(depth, f"if not 0 <= {source(guard[0])} < {source(guard[1])}:"), (depth + 1, "continue")]
    low, high = nest.ranges[inner]
    lines += [(depth, f"first, last = {source(low)}, {source(high)}")]
    body = _row_body(nest, inner, open_guards) or _element_body(nest, inner, open_guards)
    lines += [(depth + extra, text) for extra, text in body]
    arrays = [f"{kind}_{name}" for name in nest.arrays for kind in ("array", "steps")]
    arguments = ", ".join(["high", "low", "size", "steps_high", *arrays, *map(str, nest.letters)])
    text = "\n".join("    " * level + line for level, line in lines)
    return f"def accumulate({arguments}):\n{text}\n"


def _row_body(nest: Nest, v: Symbol, guards: list[Guard]) -> list[tuple[int, str]] | None:
    """Return the addition of a whole row, where `v` stands with a positive slope in last indices only, and in one factor."""
    rows = [factor for factor in nest.addend.factors if any(v in e.free_symbols for e in factor.index)]
    places = [nest.target, *(factor.index for factor in rows)]
    slopes = [_affine(index[-1], v) for index in places]
    inside = any(v in e.free_symbols for index in places for e in index[:-1])
    if len(rows) != 1 or inside or any(s is None or s[0].could_extract_minus_sign() for s in slopes):
        return None
    (row,) = rows
    scalar = next(factor for factor in nest.addend.factors if factor is not row)
    step, stride = (source(s[0]) for s in slopes if s is not None)
    first = {v: Symbol("first", integer=True)}
    target = _offset("high", [e.xreplace(first) for e in nest.target])
    start = _offset(row.array, [e.xreplace(first) for e in row.index])
    body = [(0, line) for guard in guards for line in _limits(guard, v)]
    added = f"array_{row.array}, {start}, {stride}, last - first"
    call = f"accumulate_row(high, low, size, {target}, {step}, {_element(scalar)}, {added})"
    return [*body, (0, "if first < last:"), (1, call)]


def _element_body(nest: Nest, v: Symbol, guards: list[Guard]) -> list[tuple[int, str]]:
    """Return the general inner loop: one product at a time."""
    body = [(0, f"for {v} in range(first, last):")]
    for index, extent in guards:
        body += [(1, f"if not 0 <= {source(index)} < {source(extent)}:"), (2, "continue")]
    first, second = nest.addend.factors
    target, start = _offset("high", nest.target), _offset(second.array, second.index)
    call = f"accumulate_row(high, low, size, {target}, 1, {_element(first)}, array_{second.array}, {start}, 1, 1)"
    return [*body, (1, call)]


def _offset(array: str, index: Sequence[Expr]) -> str:
    """Return where an element stands in an array laid flat; the steps of all axes but the last, which is 1, are arguments."""
    terms = [f"steps_{array}[{axis}]*({source(expr)})" for axis, expr in enumerate(index[:-1])]
    return " + ".join([*terms, source(index[-1])])


def _element(factor: Any) -> str:
    return f"array_{factor.array}[{_offset(factor.array, factor.index)}]"


def _together(variables: list[Symbol], needs: list[set[Symbol]]) -> list[Symbol]:
    """Order loops so that variables which a test needs together stand next to each other: most tests then cut early."""
    ordered: list[Symbol] = []
    for need in sorted(needs, key=len):
        ordered += [v for v in variables if v in need and v not in ordered]
    return ordered + [v for v in variables if v not in ordered]


def terms_source(nest: Nest) -> str:
    """Return the source of a generator of index tuples, one tuple per factor, for one output element."""
    sums, lines, depth = [v for v in nest.ranges if v not in nest.free], [], 1
    tests = [(f"{source(expr)} != {index}", expr.free_symbols & {*sums}) for index, expr in nest.addend.equations]
    tests += [(f"not 0 <= {source(index)} < {source(n)}", index.free_symbols & {*sums}) for index, n in nest.guards()]
    order = _together(sums, [needs for _, needs in tests])
    lines += [(depth, f"if {test}: return") for test, needs in tests if not needs]
    for position, v in enumerate(order):
        low, high = nest.ranges[v]
        lines.append((depth, f"for {v} in range({source(low)}, {source(high)}):"))
        depth += 1
        lines += [
            (depth, f"if {test}: continue") for test, needs in tests if v in needs and needs <= {*order[: position + 1]}
        ]
    indices = ", ".join(f"({', '.join(map(source, factor.index))},)" for factor in nest.addend.factors)
    lines.append((depth, f"yield ({indices},)"))
    targets = [str(index) for index in nest.extents]
    arguments = ", ".join([*targets, *map(str, nest.letters)])
    text = "\n".join("    " * level + line for level, line in lines)
    return f"def terms({arguments}):\n{text}\n"


def _module(text: str) -> ModuleType:
    """Import generated source from the file named by its content; the file also keeps Numba's compiled form."""
    name = "convoracle_nest_" + hashlib.sha256(text.encode()).hexdigest()[:24]
    path = cache.folder() / f"{name}.py"
    if not path.exists():
        cache.write(path, text)
    specification = importlib.util.spec_from_file_location(name, path)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules[name] = module  # Numba's cache looks the module up by its name
    specification.loader.exec_module(module)
    return module


@lru_cache(maxsize=512)
def accumulate(
    record: OperatorSpec, target: Indexed, addend: Addend
) -> tuple[Callable[..., None], tuple[str, ...], tuple[str, ...]]:
    """Return the compiled nest, the arrays and the letters that it takes."""
    nest = Nest(record, target, addend)
    helpers = hashlib.sha256(Path(arithmetic.__file__).read_bytes()).hexdigest()[:12]
    head = (
        f"# arithmetic {helpers}\nfrom numba import njit\nfrom convoracle.spec.arithmetic import accumulate_row\n\n\n"
    )
    module = _module(head + '@njit(error_model="numpy", cache=True)\n' + accumulate_source(nest))
    return module.accumulate, tuple(nest.arrays), tuple(map(str, nest.letters))


@lru_cache(maxsize=512)
def terms(
    record: OperatorSpec, target: Indexed, addend: Addend
) -> tuple[Callable[..., Iterator[Any]], tuple[str, ...]]:
    """Return the generator of terms and the letters that it takes after the output index."""
    nest = Nest(record, target, addend)
    return _module(terms_source(nest)).terms, tuple(map(str, nest.letters))
