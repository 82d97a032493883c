"""The ONNX model of one call: nodes, the operands as inputs of their shapes, and options as ONNX writes them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from onnx import ModelProto, NodeProto, TensorProto, checker, helper, numpy_helper, shape_inference

OPSET, IR_VERSION = 22, 10
"""The version of the operators, and of the file format that came with it."""

Evaluate = Callable[[ModelProto, Mapping[str, np.ndarray]], list[np.ndarray]]
"""What an engine does: evaluate a model on arrays by name."""

AUTO_PAD = {"same": "SAME_UPPER", "valid": "VALID"}
"""What a word for the padding is called there."""
PAD_MODES = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}


def checked_model(
    nodes: Sequence[NodeProto],
    feeds: Mapping[str, np.ndarray],
    constants: Mapping[str, np.ndarray],
    outputs: Sequence[str],
) -> ModelProto:
    """Return the model of `nodes` whose inputs have the shapes and dtypes of `feeds`, after ONNX's own checks.

    Results have the dtype of x, but "indices", which are int64.

    Raises
    ------
    onnx.checker.ValidationError, onnx.shape_inference.InferenceError
        The call is none that ONNX allows.
    """
    types = {name: helper.np_dtype_to_tensor_dtype(array.dtype) for name, array in feeds.items()}
    inputs = [helper.make_tensor_value_info(name, types[name], array.shape) for name, array in feeds.items()]
    found = {name: TensorProto.INT64 if name == "indices" else types["x"] for name in outputs}
    results = [helper.make_tensor_value_info(name, found[name], None) for name in outputs]
    fixed = [numpy_helper.from_array(array, name) for name, array in constants.items()]
    graph = helper.make_graph(nodes, "call", inputs, results, initializer=fixed)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    inferred = shape_inference.infer_shapes(model, check_type=True, strict_mode=True)
    checker.check_model(inferred)  # it asks for the shapes of the results, which inference knows
    return inferred


def node(operator: str, inputs: Sequence[str], outputs: Sequence[str] = ("y",), **attributes: Any) -> NodeProto:
    """Return a node with these attributes, leaving out those that are None."""
    return helper.make_node(operator, inputs, outputs, **attributes)


def results(
    evaluate: Evaluate,
    nodes: Sequence[NodeProto],
    *outputs: str,
    constants: Mapping[str, np.ndarray] | None = None,
    **feeds: np.ndarray | None,
) -> list[np.ndarray]:
    """Evaluate nodes on arrays by name, those that are None left out; `constants` are part of the model."""
    present = {name: array for name, array in feeds.items() if array is not None}
    return evaluate(checked_model(nodes, present, constants or {}, outputs), present)


def result(evaluate: Evaluate, nodes: Sequence[NodeProto], **arrays: Any) -> np.ndarray:
    """Evaluate nodes whose only result is y."""
    return results(evaluate, nodes, "y", **arrays)[0]


# ---- options ----


def per_axis(value: Any, rank: int) -> list[Any]:
    """Return an option as one entry per axis."""
    return list(value) if isinstance(value, (tuple, list)) else [value] * rank


def word(given: str, words: Mapping[str, str]) -> str:
    """Return what a word of ours is called in ONNX.

    Raises
    ------
    ValueError
        ONNX has nothing for it.
    """
    if given not in words:
        raise ValueError(f"the word must be one of {', '.join(words)}, got {given!r}")
    return words[given]


def pads_of(padding: Any, rank: int) -> list[Any]:
    """Return the samples added before every axis, and then those after."""
    pairs = [entry if isinstance(entry, (tuple, list)) else (entry, entry) for entry in per_axis(padding, rank)]
    return [before for before, _ in pairs] + [after for _, after in pairs]


def padding_attributes(padding: Any, rank: int) -> dict[str, Any]:
    """Return `padding` as the attribute auto_pad, where it is a word, or pads."""
    if isinstance(padding, str):
        return {"auto_pad": word(padding, AUTO_PAD)}
    return {"pads": pads_of(padding, rank)}


def window_attributes(rank: int, *, stride: Any, padding: Any, dilation: Any = None) -> dict[str, Any]:
    """Return what windows of all kinds have in common; average pooling of old has no dilation."""
    moves = {"strides": per_axis(stride, rank)} | ({} if dilation is None else {"dilations": per_axis(dilation, rank)})
    return moves | padding_attributes(padding, rank)
