"""Test vectors for kernels in other languages: inputs, the exact result as an enclosure, and the bound."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded

from convoracle.properties import families
from convoracle.properties.strategies import Case, canonical_options, cases
from convoracle.properties.universal import greatest_count, output_shape
from convoracle.properties.values import Rules, judge_floats
from convoracle.spec import operator
from convoracle.spec.configuration import bind
from convoracle.spec.evaluate import evaluate
from convoracle.spec.records import OperatorSpec
from convoracle.spec.rounding import Arithmetic, direct_bound, format_of

README = """Test vectors of {name}, written by `convoracle vectors`.

vectors.json   a list; each entry: "name", "inputs" (array names in the order of the call), "options" (written out per axis),
               "shape" and "dtype" of the result
NAME.npz       inputs by name; "high" and "low": the exact result is high + low within "error"; "bound": how far a direct sum
               (any order, with or without FMA, result not narrowed) may be from it
Reply with     NAME.npy, or NAME.bin: the raw result, C order, the dtype of the entry, in this folder;
then run       convoracle check --replies FOLDER
"""


def write_vectors(name: str, folder: Path, examples: int, seed: int) -> int:
    """Write `examples` test vectors of an operator to `folder`, and return how many.

    Raises
    ------
    ValueError
        If there is no such operator or `examples` is below 1.
    """
    record = operator(name)
    if examples < 1:
        raise ValueError(f"vectors: examples must be at least 1, got {examples}")
    folder.mkdir(parents=True, exist_ok=True)
    entries = [_write_one(case, index, folder) for index, case in enumerate(_drawn(record, examples, seed))]
    _put(folder / "README.txt", README.format(name=name))
    _put(folder / "vectors.json", json.dumps({"operator": name, "seed": seed, "vectors": entries}, indent=1))
    return len(entries)


def _drawn(record: OperatorSpec, examples: int, seed: int) -> list[Case]:
    """Return cases on one floating-point dtype with a result that is not empty."""
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
        plain = set(case.dtypes.values()) in ({"float32"}, {"float64"}) and 0 not in case.configuration.output_shape
        if plain and len(found) < examples:
            found.append(case)

    collect()
    return found


def _write_one(case: Case, index: int, folder: Path) -> dict[str, Any]:
    family = ("integers", "normal", "wide", "cancelling")[index % 4]
    arrays = families.draw(family, case.shapes, case.dtypes, greatest_count(case), case.seed)
    true = evaluate(case.configuration, arrays)
    dtype = next(iter(arrays.values())).dtype
    bound = direct_bound(true.magnitude, true.count, true.high, Arithmetic(format_of(dtype)))
    shape = output_shape(case)
    planes = {"high": true.high, "low": true.low, "error": true.error, "bound": bound}
    name = f"{case.record.name}-{index:04d}"
    temporary = folder / f".{name}.tmp.npz"
    stored: dict[str, Any] = {**arrays, **{k: v.reshape(shape) for k, v in planes.items()}}
    np.savez(temporary, **stored)
    os.replace(temporary, folder / f"{name}.npz")
    options = canonical_options(case.record, case.configuration.values, case.configuration.words)
    return {
        "name": name,
        "inputs": list(arrays),
        "shapes": {k: list(v.shape) for k, v in arrays.items()},
        "options": options,
        "shape": list(shape),
        "dtype": str(dtype),
    }


def _put(path: Path, text: str) -> None:
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_text(text, encoding="utf-8")
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
        If the folder holds no test vectors.
    """
    try:
        listed = json.loads((folder / "vectors.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError) as error:
        raise ValueError(f"check: {folder} holds no vectors.json that can be read ({error})") from error
    record = operator(listed["operator"])
    outcomes = {entry["name"]: _judge_reply(record, entry, folder) for entry in listed["vectors"]}
    wrong = [{"vector": name, "message": message} for name, message in outcomes.items() if message]
    missing = sum(message == MISSING for message in outcomes.values())
    right = sum(not message for message in outcomes.values())
    return {"operator": record.name, "of": len(outcomes), "right": right, "missing": missing, "wrong": wrong}


MISSING = "no reply"


def _judge_reply(record: OperatorSpec, entry: dict[str, Any], folder: Path) -> str:
    reply = _reply(entry, folder)
    if isinstance(reply, str):
        return reply
    with np.load(folder / f"{entry['name']}.npz", allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in entry["inputs"]}
    configuration = bind(record, {name: array.shape for name, array in arrays.items()}, entry["options"])
    rules = Rules(Arithmetic(format_of(reply.dtype)), "direct", {})
    judgement = judge_floats(configuration, arrays, reply.reshape(configuration.output_shape), rules)
    if judgement.mismatch is None:
        return ""
    m = judgement.mismatch
    place = f"at {list(m.index)} got {m.got}, expected {m.expected}, bound {m.bound:.6g}"
    return f"{judgement.wrong} of {judgement.elements} elements are wrong; {place}"


def _reply(entry: dict[str, Any], folder: Path) -> np.ndarray | str:
    dtype, shape = np.dtype(entry["dtype"]), tuple(entry["shape"])
    for path in _existing(folder, entry["name"]):
        try:
            value = np.load(path, allow_pickle=False) if path.suffix == ".npy" else np.fromfile(path, dtype)
        except (ValueError, OSError) as error:
            return f"{path.name} cannot be read: {error}"
        if path.suffix == ".bin" and value.size == int(np.prod(shape)):
            value = value.reshape(shape)
        if value.shape != shape or value.dtype != dtype:
            return f"got shape {value.shape} and dtype {value.dtype}, expected {shape} and {dtype}"
        return value
    return MISSING


def _existing(folder: Path, name: str) -> Iterator[Path]:
    return (path for path in (folder / f"{name}.npy", folder / f"{name}.bin") if path.exists())
