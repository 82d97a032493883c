"""Classes of precision: the formats in which operands are read and sums are added, whatever the dtype of the result."""

from dataclasses import dataclass, replace

from .rounding import BFLOAT16, BINARY16, BINARY32, BINARY64, TF32, Arithmetic, Format


@dataclass(frozen=True)
class Precision:
    """A name, the format to which operands are rounded, and that in which products are rounded and added."""

    name: str
    operands: Format
    accumulator: Format


PRECISIONS = (
    Precision("float64", BINARY64, BINARY64),
    Precision("float32", BINARY32, BINARY32),
    Precision("TF32", TF32, BINARY32),
    Precision("float32 with a float16 accumulator", BINARY32, BINARY16),
    Precision("float16", BINARY16, BINARY16),
    Precision("bfloat16", BFLOAT16, BFLOAT16),
)
"""From the least errors to the largest, but for the last two: a sum of more than a few products is better in float16."""


def narrower(arithmetic: Arithmetic) -> tuple[tuple[str, Arithmetic], ...]:
    """Return the classes that err more than an arithmetic's result need, each with its arithmetic."""
    names = [precision.name for precision in PRECISIONS]
    later = PRECISIONS[names.index(arithmetic.result.name) + 1 :]
    return tuple((p.name, replace(arithmetic, accumulator=p.accumulator, operands=p.operands)) for p in later)
