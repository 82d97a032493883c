"""Calls of ONNX engines as their users write them: the model as text, and what evaluates it."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from onnx import ModelProto, helper, printer

from convoracle.impl.backends.onnx_model import Evaluate
from convoracle.impl.backends.standing_alone import Written, arguments, definition_of
from convoracle.impl.backends.subject import Dtypes, Options, Shapes

Function = Callable[..., Any]


def in_words(name: str, evaluate: Evaluate, function: Function) -> Callable[[Shapes, Dtypes, Options], Written]:
    """Return what writes a call of an operator, see `Implementation.written`.

    That is its model, where the operands are the inputs as they are and the result is what the engine returns; otherwise the
    functions of the adapter.
    """

    def written(shapes: Shapes, dtypes: Dtypes, options: Options) -> Written:
        operands = {key: np.zeros(shape, dtypes[key]) for key, shape in shapes.items()}
        asked = _asked(function, operands, options)
        if asked is None:
            before = definition_of(**{name: function, "evaluate": evaluate})
            return before, f"got = {name}(evaluate, {arguments(shapes, options)})"
        model, feeds = asked
        before = definition_of("from onnx import parser", evaluate=evaluate)
        inputs = ", ".join(f'"{key}": {operand}' for key, operand in feeds.items())
        lines = [f'model = parser.parse_model("""{printer.to_text(model)}""")', f"got = evaluate(model, {{{inputs}}})"]
        return before, "\n".join([*lines, "got = tuple(got) if len(got) > 1 else got[0]"])

    return written


def _asked(
    function: Function, operands: Mapping[str, np.ndarray], options: Options
) -> tuple[ModelProto, dict[str, str]] | None:
    """Return the model of a call and its operands by the names of the inputs; None where it has or returns others."""
    asked: list[tuple[ModelProto, Mapping[str, np.ndarray], list[np.ndarray]]] = []

    def evaluate(model: ModelProto, feeds: Mapping[str, np.ndarray]) -> list[np.ndarray]:
        asked.append((model, feeds, [_zeros(output) for output in model.graph.output]))
        return asked[0][2]

    try:
        result = function(evaluate, *operands.values(), **options)
    except Exception:  # the functions of the adapter tell more
        return None
    model, feeds, returned = asked[0]
    results = result if isinstance(result, tuple) else (result,)
    names = {id(operand): name for name, operand in operands.items()}
    if not all(id(feed) in names for feed in feeds.values()) or [*map(id, results)] != [*map(id, returned)]:
        return None
    return model, {key: names[id(feed)] for key, feed in feeds.items()}


def _zeros(output: Any) -> np.ndarray:
    """Return a result as the model declares it."""
    kind = output.type.tensor_type
    sizes = [size.dim_value for size in kind.shape.dim]
    return np.zeros(sizes, helper.tensor_dtype_to_np_dtype(kind.elem_type))
