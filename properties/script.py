"""Short runnable scripts that show a failure, in the words of the library where a subject knows how to write them."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from .exchange import lendable, module_of
from .layouts import lay_out
from .subject import Judged
from .universal import Failure

VIEWS = {
    "contiguous": "{0}",
    "transposed": "np.asfortranarray({0})",
    "reversed": "np.ascontiguousarray(np.flip({0}))[(slice(None, None, -1),) * {0}.ndim]",
    "stepped": "np.stack([{0}, np.full_like({0}, 9)], axis=-1)[..., 0]",
    "offset": "np.pad({0}, 2, constant_values=9)[(slice(2, -2),) * {0}.ndim]",
    "readonly": "np.frombuffer({0}.tobytes(), {0}.dtype).reshape({0}.shape)",
    "broadcast": "np.broadcast_to({0}[..., :1], {0}.shape) if {0}.size and ({0} == {0}[..., :1]).all() else {0}",
    "channels_last": "np.moveaxis(np.ascontiguousarray(np.moveaxis({0}, 1, -1)), -1, 1) if {0}.ndim > 2 else {0}",
    "mirrored": "np.ascontiguousarray({0}[..., ::-1])[..., ::-1]",
    "unaligned": "np.frombuffer(bytearray(1) + {0}.tobytes(), {0}.dtype, offset=1).reshape({0}.shape)",
}

LOADERS = {
    "adapter": "from convoracle.impl.backends import load\n{operator} = load({name!r}).operators[{operator!r}].function",
    "mutant": "from convoracle.impl.mutants import mutant\n{operator} = mutant({name!r}).function_of({operator!r})",
}


def _literal(array: np.ndarray) -> str:
    if array.dtype.kind == "c" and not np.all(np.isfinite(array)):  # "nan+infj" is no expression
        parts = np.stack([array.real, array.imag], axis=-1)
        return f"{_literal(parts)}.view(np.{array.dtype})[..., 0]"
    text = np.array2string(array, separator=", ", threshold=10**6, floatmode="unique", max_line_width=110)
    text = text.replace("nan", "np.nan").replace("inf", "np.inf")
    return (
        f"np.array({text}, dtype=np.{array.dtype}).reshape({array.shape})"
        if array.size
        else f"np.zeros({array.shape}, np.{array.dtype})"
    )


def script(judged: Judged, failure: Failure) -> str:
    """Return a short runnable script that shows the failure."""
    imported, called = _called(judged, failure)
    lines = ["import numpy as np", *(line for line in imported if line != "import numpy as np"), ""]
    for name, array in failure.arrays.items():
        lines.append(f"{name} = {_literal(array)}")
        view = VIEWS[failure.case.layouts.get(name, "contiguous")]
        if view != "{0}":
            lines.append(f"{name} = {view.format(name)}")
    lines += called
    mismatch = failure.mismatch
    if mismatch is not None:
        result = f"got[{mismatch.output}]" if judged.record.further else "got"
        shape = failure.case.configuration.output_shapes[mismatch.output]
        place = f"{result}.reshape({shape}){list(mismatch.index)}"
        lines.append(
            f"print('got', {place}, 'expected', {str(mismatch.expected)!r}, 'within', {str(mismatch.bound)!r})"
        )
    else:
        lines.append(f"print(got)  # {' '.join(failure.message.split())}")
    return "\n".join(lines) + "\n"


def _called(judged: Judged, failure: Failure) -> tuple[list[str], list[str]]:
    """Return the lines that import what is called, and those that call it."""
    shapes = {name: array.shape for name, array in failure.arrays.items()}
    dtypes = {name: str(array.dtype) for name, array in failure.arrays.items()}
    if judged.written is not None and (text := judged.written(shapes, dtypes, failure.options)):
        before, after = text
        return before.splitlines(), after.splitlines()
    imported, function = _imported(judged)
    options = "".join(f", {key}={value!r}" for key, value in failure.options.items())
    lines = [f"got = {function}({', '.join(_handed(judged, failure))}{options})"]
    if judged.array is None:
        return imported, lines
    taken = "tuple(map(np.from_dlpack, got))" if judged.record.further else "np.from_dlpack(got)"
    return [f"from {module_of(judged.array)} import from_dlpack", *imported], [*lines, f"got = {taken}"]


def _handed(judged: Judged, failure: Failure) -> Iterator[str]:
    """Yield the arguments of the call, as arrays of the subject's library."""
    for name, array in failure.arrays.items():
        view = lay_out(array, failure.case.layouts.get(name, "contiguous"))
        taken = lendable(view) if failure.law == "memory layout" else view.flags.c_contiguous and view.flags.writeable
        yield name if judged.array is None else f"from_dlpack({name}{'' if taken else '.copy()'})"


def _imported(judged: Judged) -> tuple[list[str], str]:
    """Return the lines that import the subject, and its name there."""
    home, _, function = judged.reference.rpartition(":")
    operator = judged.record.name
    if home in LOADERS:
        return LOADERS[home].format(operator=operator, name=function).splitlines(), operator
    if not home or "<" in function:
        return [f"{operator} = ...  # the subject: {judged.reference or judged.name}"], operator
    first = function.split(".")[0]
    if not home.endswith(".py"):
        return [f"from {home} import {first}"], function
    path = Path(home).resolve()
    return ["import sys", f"sys.path.insert(0, {str(path.parent)!r})", f"from {path.stem} import {first}"], function
