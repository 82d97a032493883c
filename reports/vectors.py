"""Test vectors for kernels in other languages: inputs, the exact results as enclosures, and the bounds."""

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from flint import arb
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded

from convoracle.properties import families
from convoracle.properties.bounds import Rules
from convoracle.properties.case import Case, canonical_options
from convoracle.properties.enclosed import judge_enclosed
from convoracle.properties.results import dtype_of, greatest_count, output_shapes
from convoracle.properties.strategies import cases
from convoracle.properties.values import Judgement, judge_floats
from convoracle.spec import operator
from convoracle.spec.configuration import Configuration, bind
from convoracle.spec.enclosure import Enclosure, enclose
from convoracle.spec.evaluate import evaluate
from convoracle.spec.records import Array, OperatorSpec
from convoracle.spec.rounded import CLASSES
from convoracle.spec.rounding import Arithmetic, direct_bound, format_of

README = """Test vectors of {name}, written by `convoracle vectors`.

vectors.json   "vectors", a list; each entry: "name", "dtype" of the numbers, "inputs" (array names in the order of the call),
               "options" (written out per axis; null for none) and "outputs", a list: "name", "shape" and "dtype" of each
               result, in their order.
               "ulps": the accuracy classes of elementary functions (exp, log, tanh, powers) that the bounds are for, in units
               in the last place
vectors.txt    the same for programs that read no JSON: a line for each entry, words with blanks between them: NAME, the dtype of
               the numbers, each input and its sizes (0 for one that is absent), each option and its entries in their order,
               each output and its sizes
NAME-IN.bin    the input IN: raw numbers, C order
NAME.npz       the inputs by name, and for each output OUT of floating-point numbers:
               "OUT_high" and "OUT_low": the exact result is high + low within "OUT_error"; where it is NaN or infinite, high
               is that and low and error are 0
               "OUT_bounds": how far a result may be from it, one plane per entry of "ulps"; the sums in any order, with or
               without FMA, the result not narrowed; 0: it must be equal, as numbers (either zero)
               "OUT_states": 0, or 1 where the result may be infinite, of the sign of the exact one, because an intermediate
               result may overflow; 2 or 3 where it is not judged
               of complex results each part is within "OUT_error", and may be off by "OUT_bounds"
               for an output of integers: "OUT_exact"
Reply with     {reply}
               {what}
then run       convoracle check --replies FOLDER
               which judges by the last of the accuracy classes
"""
REPLY = (
    "NAME.npy, or NAME.bin: the raw result, C order, the dtype of the entry, in this folder;",
    "one for each vector;",
)
REPLIES = (
    "NAME-OUT.npy, or NAME-OUT.bin: the raw result, C order, the dtype of the entry, in this folder;",
    "one for each output: {};",
)
SUMS = "integers", "normal", "wide", "cancelling"
LAYERS = "integers", "normal", "special", "ties", "wide", "far"
"""The families of data of the vectors, in turn."""


DTYPES = "float32", "float64"


def write_vectors(name: str, folder: Path, examples: int, seed: int, dtypes: Sequence[str] = DTYPES) -> int:
    """Write `examples` test vectors of an operator to `folder`, and return how many.

    Raises
    ------
    ValueError
        If there is no such operator, `examples` is below 1, or the folder holds replies to other vectors of the operator.
    """
    record = operator(name)
    if examples < 1:
        raise ValueError(f"vectors: examples must be at least 1, got {examples}")
    folder.mkdir(parents=True, exist_ok=True)
    if old := _old_replies(record, folder):
        raise ValueError(
            f"vectors: {folder} holds a reply to earlier vectors, {old.name}: give another folder or remove it"
        )
    drawn = _drawn(record, examples, seed, [{dtype} for dtype in dtypes])
    entries = [_write_one(case, index, folder) for index, case in enumerate(drawn)]
    _put(folder / "README.txt", _readme(record))
    listed = {"operator": name, "seed": seed, "ulps": CLASSES, "vectors": entries}
    _put(folder / "vectors.txt", "".join(f"{_line(record, entry)}\n" for entry in entries))
    _put(folder / "vectors.json", json.dumps(listed, indent=1))
    return len(entries)


def _old_replies(record: OperatorSpec, folder: Path) -> Path | None:
    """Return a reply that would be taken for one to new vectors."""
    stems = [path.stem for path in folder.glob(f"{record.name}-[0-9]*.npz")]
    named = [*stems, *(f"{stem}-{array.name}" for stem in stems for array in record.outputs)]
    return next((path for stem in named for path in _existing(folder, stem)), None)


def _readme(record: OperatorSpec) -> str:
    reply, what = REPLIES if record.further else REPLY
    outputs = ", ".join(array.name for array in record.outputs)
    return README.format(name=record.name, reply=reply, what=what.format(outputs))


def _line(record: OperatorSpec, entry: dict[str, Any]) -> str:
    """Return an entry as one line of words."""
    words = [entry["name"], entry["dtype"]]
    for array in record.inputs:
        words += [array.name, *_flat(entry["shapes"].get(array.name, (0,) * len(array.axes)))]
    for keyword, value in entry["options"].items():
        words += [keyword, *_flat(value)]
    for output in entry["outputs"]:
        words += [output["name"], *_flat(output["shape"])]
    return " ".join(map(str, words))


def _flat(value: Any) -> list[Any]:
    """Return the entries of nested sequences, one after the other."""
    if isinstance(value, (tuple, list)):
        return [entry for part in value for entry in _flat(part)]
    return ["none" if value is None else value]


def _drawn(record: OperatorSpec, examples: int, seed: int, wanted: list[set[str]]) -> list[Case]:
    """Return cases whose numbers have one dtype of those wanted, with a result that is not empty."""
    found: list[Case] = []

    @seeded(seed)
    @settings(
        max_examples=20 * examples,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(cases(record))
    def collect(case: Case) -> None:
        numbers = {case.dtypes[array.name] for array in case.record.inputs if _holds_numbers(array, case)}
        shapes = (*case.shapes.values(), *case.configuration.output_shapes)
        if numbers in wanted and not any(0 in s for s in shapes) and len(found) < examples:
            found.append(case)

    collect()
    return found


def _holds_numbers(array: Array, case: Case) -> bool:
    return array.below is None and array.name in case.dtypes


def _write_one(case: Case, index: int, folder: Path) -> dict[str, Any]:
    kinds = SUMS if case.record.sums_products else LAYERS
    arrays = families.draw(
        kinds[index % len(kinds)], case.shapes, case.dtypes, greatest_count(case), case.seed, case.domains
    )
    dtype = next(arrays[array.name].dtype for array in case.record.inputs if _holds_numbers(array, case))
    name = f"{case.record.name}-{index:04d}"
    temporary = folder / f".{name}.tmp.npz"
    stored: dict[str, Any] = {**arrays, **_planes(case, arrays, Arithmetic(format_of(dtype)))}
    np.savez(temporary, **stored)
    os.replace(temporary, folder / f"{name}.npz")
    for operand, array in arrays.items():
        _put(folder / f"{name}-{operand}.bin", array.tobytes())
    outputs = [
        {"name": array.name, "shape": list(shape), "dtype": str(dtype_of(array, case.configuration, dtype))}
        for array, shape in zip(case.record.outputs, output_shapes(case), strict=True)
    ]
    return {
        "name": name,
        "dtype": str(dtype),
        "inputs": list(arrays),
        "shapes": {k: list(v.shape) for k, v in arrays.items()},
        "options": canonical_options(case.record, case.configuration.values, case.configuration.words),
        "outputs": outputs,
    }


def _planes(case: Case, arrays: dict[str, np.ndarray], arithmetic: Arithmetic) -> dict[str, Any]:
    """Return what is known of every output, by the names in the file."""
    if case.record.sums_products:
        outputs = [_sum_planes(case.configuration, arrays, arithmetic)]
    else:
        outputs = [_true_planes(true) for true in enclose(case.configuration, arrays, arithmetic)]
    named = zip(case.record.outputs, outputs, output_shapes(case), strict=True)
    return {
        f"{array.name}_{what}": plane.reshape(*plane.shape[: what == "bounds"], *shape)
        for array, planes, shape in named
        for what, plane in planes.items()
    }


def _sum_planes(
    configuration: Configuration, arrays: dict[str, np.ndarray], arithmetic: Arithmetic
) -> dict[str, np.ndarray]:
    true = evaluate(configuration, arrays)
    bound = direct_bound(true.magnitude, true.count, true.high, arithmetic)
    bounds = np.repeat(bound[np.newaxis], len(CLASSES), axis=0)
    states = np.zeros(true.high.shape, np.uint8)
    return {"high": true.high, "low": true.low, "error": true.error, "bounds": bounds, "states": states}


def _true_planes(true: Any) -> dict[str, np.ndarray]:
    if isinstance(true, tuple):
        real, imaginary = map(_true_planes, true)
        joined = {name: real[name] + 1j * imaginary[name] for name in ("high", "low")}
        return joined | {name: np.maximum(real[name], imaginary[name]) for name in ("error", "bounds", "states")}
    if not isinstance(true, Enclosure):
        return {"exact": true}
    parts = np.array([_double_double(value) for value in true.values]).reshape(-1, 3)
    high, low, error = parts.T
    return {"high": high, "low": low, "error": error, "bounds": true.bounds, "states": true.states}


def _double_double(value: arb) -> tuple[float, float, float]:
    """Return (high, low, error): the value is high + low within error."""
    high = float(value)
    if not value.is_finite():
        return high, 0.0, 0.0
    low = float(value - high)
    error = float(abs(value - high - low).abs_upper())
    return high, low, float(np.nextafter(error, np.inf)) if error else 0.0


def _put(path: Path, content: str | bytes) -> None:
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_bytes(content.encode() if isinstance(content, str) else content)
    os.replace(temporary, path)


def judge_replies(folder: Path) -> dict[str, Any]:
    """Judge the replies in a folder of test vectors.

    Returns
    -------
    dict
        "operator", "of", "right", "missing", and "wrong": a list of vector and message.

    Raises
    ------
    ValueError
        If the folder holds no test vectors, or none that can be read.
    """
    try:
        listed = json.loads((folder / "vectors.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError) as error:
        raise ValueError(f"check: {folder} holds no vectors.json that can be read ({error})") from error
    record = operator(listed["operator"])
    if not listed["vectors"]:
        raise ValueError(f"check: {folder} holds no vectors")
    outcomes = {entry["name"]: _judge_reply(record, entry, folder) for entry in listed["vectors"]}
    wrong = [{"vector": name, "message": message} for name, message in outcomes.items() if message]
    missing = sum(message == MISSING for message in outcomes.values())
    right = sum(not message for message in outcomes.values())
    return {"operator": record.name, "of": len(outcomes), "right": right, "missing": missing, "wrong": wrong}


MISSING = "no reply"


def _judge_reply(record: OperatorSpec, entry: dict[str, Any], folder: Path) -> str:
    replies = [_reply(entry, output, folder) for output in entry["outputs"]]
    notes = [reply for reply in replies if isinstance(reply, str)]
    if notes:
        return MISSING if MISSING in notes else notes[0]
    with np.load(folder / f"{entry['name']}.npz", allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in entry["inputs"]}
    options = {keyword: _tuples(value) for keyword, value in entry["options"].items()}
    configuration = bind(record, {name: array.shape for name, array in arrays.items()}, options)
    judgement = _judged(configuration, arrays, replies)
    if judgement.mismatch is None:
        return ""
    m = judgement.mismatch
    of = f" of {record.outputs[m.output].name}" if record.further else ""
    place = f"at {list(m.index)}{of} got {m.got}, expected {m.expected}, bound {m.bound:.6g}"
    return f"{judgement.wrong} of {judgement.elements} elements are wrong; {place}"


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


def _judged(configuration: Configuration, arrays: dict[str, np.ndarray], replies: list[Any]) -> Judgement:
    shaped = tuple(r.reshape(shape) for r, shape in zip(replies, configuration.output_shapes, strict=True))
    rules = Rules(Arithmetic(format_of(shaped[0].dtype)), "direct", {}, CLASSES[-1])
    if configuration.record.sums_products:
        return judge_floats(configuration, arrays, shaped[0], rules)
    return judge_enclosed(configuration, arrays, shaped, rules)


def _reply(entry: dict[str, Any], output: dict[str, Any], folder: Path) -> np.ndarray | str:
    dtype, shape = np.dtype(output["dtype"]), tuple(output["shape"])
    stem = entry["name"] if len(entry["outputs"]) == 1 else f"{entry['name']}-{output['name']}"
    for path in _existing(folder, stem):
        try:
            value = np.load(path, allow_pickle=False) if path.suffix == ".npy" else np.fromfile(path, dtype)
        except (ValueError, OSError) as error:
            return f"{path.name} cannot be read: {error}"
        if path.suffix == ".bin" and value.size == int(np.prod(shape)):
            value = value.reshape(shape)
        if value.shape != shape or value.dtype != dtype:
            return f"{path.name}: got shape {value.shape} and dtype {value.dtype}, expected {shape} and {dtype}"
        return value
    return MISSING


def _existing(folder: Path, name: str) -> Iterator[Path]:
    return (path for path in (folder / f"{name}.npy", folder / f"{name}.bin") if path.exists())
