"""Test vectors: what they hold, and how the replies of other programs are judged."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from convoracle import impl
from convoracle.reports.vectors import judge_replies, write_vectors
from convoracle.spec.catalog import operator
from convoracle.spec.rounded import CLASSES

README = Path(__file__).parents[2] / "README.md"
FAMILIES = (
    "conv1d",
    "max_pool2d",
    "max_pool1d_with_indices",
    "max_pool1d_gradient",
    "max_unpool1d",
    "max_unpool1d_gradient",
    "avg_pool2d",
    "avg_pool1d_gradient",
    "adaptive_avg_pool2d",
    "adaptive_max_pool1d",
    "global_avg_pool",
    "relu",
    "leaky_relu",
    "sigmoid",
    "prelu_gradient",
    "softmax",
    "cross_entropy",
    "linear",
    "batch_norm",
    "batch_norm_training",
    "local_response_norm",
)


def written(folder):
    return json.loads((folder / "vectors.json").read_text())


def entries(folder):
    """Yield every entry with the arrays of its file."""
    for entry in written(folder)["vectors"]:
        with np.load(folder / f"{entry['name']}.npz") as stored:
            yield entry, dict(stored)


def to_tuple(value):
    return tuple(map(to_tuple, value)) if isinstance(value, list) else value


def computed(name, entry, arrays):
    """Return what our kernel gives, all results in a tuple."""
    options = {keyword: to_tuple(value) for keyword, value in entry["options"].items()}
    value = getattr(impl, name)(*(arrays[given] for given in entry["inputs"]), **options)
    return value if isinstance(value, tuple) else (value,)


def reply(folder, name, spoil=lambda value: value, output=0):
    """Write the replies of our kernel, one of its outputs spoilt."""
    for entry, arrays in entries(folder):
        values = list(computed(name, entry, arrays))
        values[output] = spoil(values[output])
        for value, listed in zip(values, entry["outputs"], strict=True):
            stem = entry["name"] if len(values) == 1 else f"{entry['name']}-{listed['name']}"
            np.save(folder / f"{stem}.npy", value)


def shifted(value):
    """Return a result in which every entry is another number."""
    known = np.where(np.isfinite(value), value, 0)
    return np.where(np.isfinite(value), known + 1 + abs(known), 0).astype(value.dtype)


@pytest.fixture(scope="module", params=FAMILIES)
def vectors(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    write_vectors(request.param, folder, 6, 0)
    return request.param, folder


def test_our_kernels_replies_are_right(vectors):
    name, folder = vectors
    reply(folder, name)
    assert judge_replies(folder) == {"operator": name, "of": 6, "right": 6, "missing": 0, "wrong": []}


def test_a_planted_fault_in_any_output_is_found_in_every_vector(vectors):
    name, folder = vectors
    for number, output in enumerate(operator(name).outputs):
        reply(folder, name, shifted, number)
        judged = judge_replies(folder)
        assert (judged["right"], len(judged["wrong"])) == (0, 6)
        of = f" of {output.name} got" if operator(name).further else " got"
        assert all(of in wrong["message"] for wrong in judged["wrong"])


def test_a_result_lies_within_its_bound_of_the_exact_one(vectors):
    name, folder = vectors
    for entry, arrays in entries(folder):
        for listed, value in zip(entry["outputs"], computed(name, entry, arrays), strict=True):
            assert (list(value.shape), str(value.dtype)) == (listed["shape"], listed["dtype"])
            assert close(value, arrays, listed["name"])


def close(value, arrays, output):
    """Whether a result is the exact integers, or within the bound of the last accuracy class."""
    if f"{output}_exact" in arrays:
        return np.array_equal(value, arrays[f"{output}_exact"])
    high, low, error, bounds, states = (
        arrays[f"{output}_{what}"] for what in ("high", "low", "error", "bounds", "states")
    )
    assert bounds.shape == (len(CLASSES), *value.shape)
    special = ~np.isfinite(high)
    same = np.array_equal(value[special], high[special].astype(value.dtype), equal_nan=True)
    rest = ~special & (states == 0)
    off = abs((value[rest].astype(np.float64) - high[rest]) - low[rest]) - error[rest]
    return same and bool(np.all(off <= np.nextafter(bounds[-1][rest], np.inf)))


def test_bounds_grow_with_the_accuracy_class(vectors):
    _, folder = vectors
    assert written(folder)["ulps"] == list(CLASSES)
    for entry, arrays in entries(folder):
        for listed in entry["outputs"]:
            if f"{listed['name']}_bounds" in arrays:
                assert np.all(np.diff(arrays[f"{listed['name']}_bounds"], axis=0) >= 0)


def test_nan_and_infinities_are_written_as_such(tmp_path):
    write_vectors("max_pool1d", tmp_path, 80, 0)
    high = np.concatenate([arrays["y_high"].ravel() for _, arrays in entries(tmp_path)])
    assert np.any(np.isnan(high))
    assert np.any(np.isinf(high))


@pytest.mark.parametrize(
    ("name", "words"),
    [("softmax", ("OUT_bounds", "NAME.npy")), ("batch_norm_training", ("NAME-OUT.npy", "y, mean, var"))],
)
def test_the_readme_says_how_to_reply(tmp_path, name, words):
    write_vectors(name, tmp_path, 1, 0)
    text = (tmp_path / "README.txt").read_text()
    assert all(word in text for word in (name, "check --replies", *words))
    assert all(len(line) <= 130 for line in text.splitlines())


def test_a_reply_in_raw_bytes_is_read_by_shape_and_dtype(tmp_path):
    write_vectors("batch_norm_training", tmp_path, 3, 0)
    for entry, arrays in entries(tmp_path):
        for value, listed in zip(computed("batch_norm_training", entry, arrays), entry["outputs"], strict=True):
            value.tofile(tmp_path / f"{entry['name']}-{listed['name']}.bin")
    assert judge_replies(tmp_path)["right"] == 3


def test_a_reply_without_one_of_its_outputs_is_missing(tmp_path):
    write_vectors("batch_norm_training", tmp_path, 2, 0)
    reply(tmp_path, "batch_norm_training")
    for path in tmp_path.glob("*-var.npy"):
        path.unlink()
    assert judge_replies(tmp_path)["missing"] == 2


def test_a_reply_of_another_shape_or_dtype_is_wrong(tmp_path):
    write_vectors("relu", tmp_path, 2, 0)
    reply(tmp_path, "relu", lambda value: value[np.newaxis])
    assert all("got shape" in wrong["message"] for wrong in judge_replies(tmp_path)["wrong"])
    reply(tmp_path, "relu", lambda value: value.astype(np.float16))
    assert all("dtype float16" in wrong["message"] for wrong in judge_replies(tmp_path)["wrong"])


def test_a_folder_without_vectors_is_an_error(tmp_path):
    with pytest.raises(ValueError, match=r"holds no vectors\.json"):
        judge_replies(tmp_path)


def test_vectors_are_not_written_over_those_that_were_replied_to(tmp_path):
    write_vectors("relu", tmp_path, 2, 0)
    assert write_vectors("relu", tmp_path, 2, 1) == 2
    reply(tmp_path, "relu")
    with pytest.raises(ValueError, match=r"holds a reply to earlier vectors, relu-000\d\.npy"):
        write_vectors("relu", tmp_path, 2, 2)


def test_no_vectors_are_an_error_and_not_all_right(tmp_path):
    (tmp_path / "vectors.json").write_text('{"operator": "relu", "seed": 0, "ulps": [4.0], "vectors": []}')
    with pytest.raises(ValueError, match="holds no vectors"):
        judge_replies(tmp_path)


# ---- programs in other languages ----


def words_of(entry):
    """Return an entry as the line of vectors.txt has it, written anew."""
    inputs = [(name, *entry["shapes"].get(name, (0,))) for name in ("x", "w", "b")]
    ends = [end for pair in entry["options"]["padding"] for end in pair]
    per_axis = [(keyword, *entry["options"][keyword]) for keyword in ("stride", "dilation")]
    words = [entry["name"], entry["dtype"], *(word for given in inputs for word in given), *per_axis[0]]
    words += ["padding", *ends, *per_axis[1], "groups", entry["options"]["groups"]]
    words += ["padding_mode", entry["options"]["padding_mode"], "y", *entry["outputs"][0]["shape"]]
    return [str(word) for word in words]


def test_lines_of_words_say_what_the_json_says(tmp_path):
    write_vectors("conv2d", tmp_path, 20, 0)
    lines = (tmp_path / "vectors.txt").read_text().splitlines()
    assert [line.split() for line in lines] == [words_of(entry) for entry in written(tmp_path)["vectors"]]
    assert {"0", "4"} <= {word for line in lines for word in line.split()}


def test_raw_inputs_are_those_of_the_archive(tmp_path):
    write_vectors("max_unpool1d", tmp_path, 6, 0)
    for entry, arrays in entries(tmp_path):
        for name in entry["inputs"]:
            assert (tmp_path / f"{entry['name']}-{name}.bin").read_bytes() == arrays[name].tobytes()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_vectors_of_one_dtype(tmp_path, dtype):
    assert write_vectors("relu", tmp_path, 8, 0, (dtype,)) == 8
    assert {array.dtype.name for _, arrays in entries(tmp_path) for name, array in arrays.items() if name == "x"} == {
        dtype
    }


@pytest.fixture(scope="module")
def program():
    """The C program of the README."""
    if shutil.which("cc") is None:
        pytest.skip("needs a C compiler called cc")
    return re.search(r"<!-- c -->\n```c\n(.*?)```", README.read_text(), re.DOTALL).group(1)


COUNT = 120
"""Vectors enough that every padding mode meets a border where it shows."""


@pytest.fixture(scope="module")
def conv1d_vectors(tmp_path_factory):
    folder = tmp_path_factory.mktemp("c") / "vectors"
    write_vectors("conv1d", folder, COUNT, 0, ("float32",))
    return folder


def answered(source, folder):
    """Compile a program, let it answer the vectors of a folder, and judge its replies."""
    (folder.parent / "conv1d.c").write_text(source)
    command = ["cc", "-O2", "-Wall", "-Wextra", "-Werror", "-o", "conv1d", "conv1d.c"]
    subprocess.run(command, cwd=folder.parent, check=True, timeout=60)
    subprocess.run([folder.parent / "conv1d"], cwd=folder, check=True, timeout=60)
    return judge_replies(folder)


def test_the_c_function_of_the_readme_is_right(program, conv1d_vectors):
    assert answered(program, conv1d_vectors) == {
        "operator": "conv1d",
        "of": COUNT,
        "right": COUNT,
        "missing": 0,
        "wrong": [],
    }


@pytest.mark.parametrize(
    ("right", "wrong"),
    [("d * u", "u"), ("o / (O / G) * D", "o % G * D"), ("-i :", "-i - 1 :")],
    ids=["dilation ignored", "groups interleaved", "reflection repeats the border"],
)
def test_a_wrong_c_function_is_found_out(program, conv1d_vectors, right, wrong):
    assert program.count(right) == 1
    judged = answered(program.replace(right, wrong), conv1d_vectors)
    assert judged["missing"] == 0
    assert 0 < judged["right"] < COUNT
    assert all("elements are wrong; at [" in entry["message"] for entry in judged["wrong"])
