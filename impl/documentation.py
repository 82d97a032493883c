"""One docstring for the 1-D, 2-D and 3-D function of an operator, written out for each."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from convoracle.impl.arguments import SPATIAL

Function = TypeVar("Function", bound=Callable[..., object])

_THINGS = {1: "signals", 2: "images", 3: "volumes"}


def by_rank(template: str, rank: int) -> Callable[[Function], Function]:
    """Give a function `template` as its docstring, with the axes and shapes of `rank` spatial axes filled in."""

    def document(function: Function) -> Function:
        axes = SPATIAL[rank]
        function.__doc__ = template.format(
            name=function.__name__,
            rank=rank,
            things=_THINGS[rank],
            sizes=", ".join(axes),
            taps=", ".join(f"k{axis}" for axis in axes),
            outs=", ".join(f"out_{axis}" for axis in axes),
            ones=", ".join("1" * rank),
            twos=", ".join("2" * rank),
            threes=", ".join("3" * rank),
            fours=", ".join("4" * rank),
            volume=3**rank,
            spread=6**rank,
            windows=2**rank,
        )
        return function

    return document


GRADIENT_OPTIONS = """stride, padding, dilation, groups, padding_mode
    As in the layer; padding "same" and the border rules refer to the size of x.
"""

GRADIENT_RAISES = """Raises
------
TypeError
    An operand is no array of float32, float64 or an integer dtype, or an option no integer.
ValueError
    Shapes, groups, sizes or padding do not fit together; dy must have exactly the layer's output size.
OverflowError
    An exact integer result does not fit int64.
"""
