"""What a call gave back: is it the arrays that the record has, and what does the definition say of them?"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from convoracle.spec.configuration import Configuration
from convoracle.spec.evaluate import summands
from convoracle.spec.records import Array

from .bounds import Rules
from .case import Case
from .enclosed import judge_enclosed
from .subject import Answer, Judged
from .values import Judgement, judge_floats, judge_integers

Arrays = Mapping[str, np.ndarray]


LAYER_TERMS = 64
"""Integers for definitions that are no sums of products are drawn as if this many products were summed."""


def greatest_count(case: Case) -> int:
    """Return the greatest number of summands of an output element."""
    if not case.record.sums_products:
        return LAYER_TERMS
    count = summands(case.configuration)
    return max(1, int(count.max())) if count.size else 1


def output_shapes(case: Case) -> list[tuple[int, ...]]:
    """Return the shapes of the results, in the rank of the operands."""
    shapes = case.configuration.output_shapes
    if case.record.batched:
        return list(shapes)
    rank = len(next(iter(case.shapes.values())))
    return [shape[len(shape) - rank :] for shape in shapes]


def result_dtypes(judged: Judged, configuration: Configuration, arrays: Arrays) -> list[np.dtype]:
    """Return the dtypes of a conforming answer: those of NumPy's promotion, and int64 for integers (a named convention)."""
    dtypes = [array.dtype for name, array in arrays.items() if name not in judged.record.index_inputs]
    whole = all(dtype.kind in "iu" for dtype in dtypes)  # NumPy promotes uint64 with int64 to float64
    common = np.result_type(*dtypes)
    if whole and judged.conventions.get("integer_dtype", "int64") == "int64":
        common = np.dtype(np.int64)
    return [dtype_of(array, configuration, common) for array in judged.record.outputs]


def dtype_of(array: Array, configuration: Configuration, common: np.dtype) -> np.dtype:
    """Return the dtype of an output where the numbers have a common one."""
    if array.below is not None:
        return np.dtype(np.int64)
    if array.is_real(configuration.words):
        return np.empty(0, common).real.dtype
    return np.result_type(common, np.complex64) if array.complex else common


def outputs_of(answer: Answer) -> tuple[Any, ...]:
    """Return all results of a call."""
    return answer.value if isinstance(answer.value, tuple) else (answer.value,)


def forms_wrong(judged: Judged, case: Case, arrays: Arrays, answer: Answer) -> tuple[str, str] | None:
    """Return (law, message) where an answer is not what the record has: arrays of the right shapes and dtypes."""
    if answer.kind != "value":
        law = {"error": "accepts legal calls"}.get(answer.kind, answer.kind)
        return law, f"a legal call ended with {answer.error or answer.kind}: {answer.message}"
    outputs, names = outputs_of(answer), [array.name for array in judged.record.outputs]
    if len(outputs) != len(names):
        return "shape", f"got {len(outputs)} results, expected {len(names)}: {', '.join(names)}"
    forms = zip(names, outputs, output_shapes(case), result_dtypes(judged, case.configuration, arrays), strict=True)
    return next((wrong for form in forms if (wrong := _form_wrong(*form, alone=len(names) == 1))), None)


def _form_wrong(
    name: str, output: Any, shape: tuple[int, ...], dtype: np.dtype, *, alone: bool
) -> tuple[str, str] | None:
    of = "" if alone else f" of {name}"
    if not isinstance(output, np.ndarray):
        return "shape", f"the result{of} is no array but {type(output).__name__}"
    if output.shape != shape:
        return "shape", f"got shape {output.shape}{of}, expected {shape}"
    if output.dtype != dtype:
        return "dtype", f"got dtype {output.dtype}{of}, expected {dtype}"
    return None


def judge_value(judged: Judged, case: Case, arrays: Arrays, value: Any) -> Judgement:
    """Return what the definition says of a value: an array, or a tuple of them."""
    dtype = (value[0] if isinstance(value, tuple) else value).dtype
    return judge_under(case, arrays, value, judged.rules(dtype if dtype.kind in "fc" else np.dtype(np.float64)))


def judge_under(case: Case, arrays: Arrays, value: Any, rules: Rules) -> Judgement:
    """Return the same under other rules than those of the subject."""
    outputs = value if isinstance(value, tuple) else (value,)
    shaped = tuple(
        output.reshape(shape) for output, shape in zip(outputs, case.configuration.output_shapes, strict=True)
    )
    if all(output.dtype.kind in "iu" for output in outputs):
        return judge_integers(case.configuration, arrays, shaped, rules)
    if not case.record.sums_products:
        return judge_enclosed(case.configuration, arrays, shaped, rules)
    return judge_floats(case.configuration, arrays, shaped[0], rules)


def same_bits(value: Any, other: Any) -> bool:
    """Whether two results are equal, NaN to NaN."""
    if isinstance(value, tuple) and isinstance(other, tuple):
        return len(value) == len(other) and all(map(same_bits, value, other))
    return np.array_equal(np.asarray(value), np.asarray(other), equal_nan=np.asarray(value).dtype.kind in "fc")
