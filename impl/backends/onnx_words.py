"""Calls of ONNX engines as their users write them: the model as text, and what evaluates it."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import numpy as np
from onnx import ModelProto, helper, printer

from convoracle.impl.backends.onnx_model import Evaluate
from convoracle.impl.backends.standing_alone import Dtypes, Options, Shapes, Written, arguments, definition_of

Function = Callable[..., Any]


def in_words(name: str, evaluate: Evaluate, function: Function) -> Callable[[Shapes, Dtypes, Options], Written]:
    """Return what writes a call of an operator, see `Implementation.written`.

    That is its model, where the operands are the inputs as they are and the result is what the engine returns; otherwise the
    functions of the adapter.
    """

    def written(shapes: Shapes, dtypes: Dtypes, options: Options) -> Written:
        operands = {key: np.zeros(shape, dtypes[key]) for key, shape in shapes.items()}
        model, feeds = _asked(function, operands, options)
        if model is None or feeds is None:
            before = definition_of(**{name: function, "evaluate": evaluate})
            return before, f"got = {name}(evaluate, {arguments(shapes, options)})"
        before = definition_of("from onnx import parser", evaluate=evaluate)
        inputs = ", ".join(f'"{key}": {operand}' for key, operand in feeds.items())
        lines = [f'model = parser.parse_model("""{printer.to_text(model)}""")', f"got = evaluate(model, {{{inputs}}})"]
        return before, "\n".join([*lines, "got = tuple(got) if len(got) > 1 else got[0]"])

    return written


def _asked(
    function: Function, operands: Mapping[str, np.ndarray], options: Options
) -> tuple[ModelProto | None, dict[str, str] | None]:
    """Return the model of a call and its operands by the names of the inputs; None where it has or returns others."""
    models: list[ModelProto] = []
    handed: list[Mapping[str, np.ndarray]] = []
    returned: list[list[np.ndarray]] = []

    def evaluate(model: ModelProto, feeds: Mapping[str, np.ndarray]) -> list[np.ndarray]:
        models.append(model)
        handed.append(feeds)
        returned.append([_zeros(output) for output in model.graph.output])
        return returned[0]

    result = None
    with suppress(Exception):  # then the functions of the adapter tell more
        result = function(evaluate, *operands.values(), **options)
    if result is None:
        return None, None
    results = result if isinstance(result, tuple) else (result,)
    names = {id(operand): name for name, operand in operands.items()}
    as_they_are = all(id(feed) in names for feed in handed[0].values())
    if not as_they_are or [*map(id, results)] != [*map(id, returned[0])]:
        return None, None
    return models[0], {key: names[id(feed)] for key, feed in handed[0].items()}


def _zeros(output: Any) -> np.ndarray:
    """Return a result as the model declares it."""
    kind = output.type.tensor_type
    sizes = [size.dim_value for size in kind.shape.dim]
    return np.zeros(sizes, helper.tensor_dtype_to_np_dtype(kind.elem_type))
