"""What an output reads of the input of its operator, taken from the definition: hulls on each axis, and products."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from math import prod
from typing import Any

from sympy import Expr, Indexed, Integer, Symbol
from sympy.concrete.expr_with_limits import ExprWithLimits

from .code import integers, number
from .configuration import Configuration


@dataclass(frozen=True)
class Reads:
    """What output ``t`` reads of an input on one axis: the hull ``jump t + first .. jump t + last``.

    The numbers are integers, or SymPy expressions where a stack is composed for all sizes.
    """

    jump: Any
    first: Any
    last: Any

    @property
    def width(self) -> Any:
        """How many samples the hull spans."""
        return self.last - self.first + 1

    def of(self, inner: "Reads") -> "Reads":
        """Return what is read through a layer below, whose output is read here."""
        return Reads(inner.jump * self.jump, inner.jump * self.first + inner.first, inner.jump * self.last + inner.last)


ITSELF = Reads(1, 0, 0)


def _limits(configuration: Configuration) -> dict[Symbol, tuple[Expr, Expr]]:
    """Return the ranges of all reductions of a definition."""
    reductions = {e for stage in configuration.stages for e in stage.value.atoms(ExprWithLimits)}
    return {v: (low, high) for reduction in reductions for v, low, high in reduction.limits}


def _spatial_reads(configuration: Configuration) -> list[tuple[tuple[Expr, ...], tuple[Expr, ...]]]:
    """Return, for every read of the signal, its spatial index and that of the entry computed from it."""
    name = configuration.record.inputs[0].name
    return [
        (tuple(read.indices[2:]), tuple(stage.target.indices[2:]))
        for stage in configuration.stages
        for read in stage.value.atoms(Indexed)
        if str(read.base) == name and len(read.indices) > 2
    ]


def _at(expr: Expr, configuration: Configuration) -> Expr:
    return expr.xreplace(
        {s: Integer(configuration.values[s.name]) for s in expr.free_symbols if s.name in configuration.values}
    )


def read_maps(configuration: Configuration) -> tuple[Reads, ...]:
    """Return what an output reads of the signal on each spatial axis: the hull of all taps; nothing for rows of numbers."""
    limits = _limits(configuration)
    found: list[list[Reads]] = []
    for index, place in _spatial_reads(configuration):
        found.append(
            [_read_map(_at(e, configuration), t, limits, configuration) for e, t in zip(index, place, strict=True)]
        )
    return tuple(
        Reads(maps[0].jump, min(m.first for m in maps), max(m.last for m in maps)) for maps in zip(*found, strict=True)
    )


def _read_map(index: Expr, t: Symbol, limits: Mapping[Symbol, Any], configuration: Configuration) -> Reads:
    taps = sorted(index.free_symbols - {t}, key=str)
    values = configuration.values
    ends = [dict(zip(taps, (number(limits[u][end], values) for u in taps), strict=True)) for end in (0, 1)]
    at = integers((index,), (t, *taps))
    first, last = (at(0, *(end[u] for u in taps))[0] for end in ends)
    return Reads(at(1, *(ends[0][u] for u in taps))[0] - first, first, last)


def multiply_adds(configuration: Configuration) -> int:
    """Return the number of products of a sum of products for one call: taps in the padding meet no sample and count not.

    The index of the signal on an axis depends on the output and the tap of that axis alone, so that counts multiply.
    """
    limits = {v: tuple(number(e, configuration.values) for e in ends) for v, ends in _limits(configuration).items()}
    count = prod(configuration.output_shape[:2])
    sizes = configuration.shapes[configuration.record.inputs[0].name][2:]
    along: set[Symbol] = set()
    for index, place in _spatial_reads(configuration):
        for expr, t, size, windows in zip(index, place, sizes, configuration.output_shape[2:], strict=True):
            (u,) = _at(expr, configuration).free_symbols - {t}
            at = integers((_at(expr, configuration),), (t, u))
            low, high = limits[u]
            count *= sum(
                0 <= at(position, tap)[0] < size for position in range(windows) for tap in range(low, high + 1)
            )
            along.add(u)
    return reduce(lambda product, v: product * (limits[v][1] - limits[v][0] + 1), limits.keys() - along, count)
