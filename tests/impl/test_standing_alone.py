"""Calls of other libraries as scripts write them: without this package, and with the same result."""

import sys
from types import ModuleType

import numpy as np
import pytest

from convoracle.impl.backends import ADAPTERS, absent, load
from convoracle.impl.backends.standing_alone import DependentError, definition_of, in_numpy
from convoracle.spec.catalog import operator

DEPENDENT = ("convoracle", "kymatio")
"""Our own kernels, and transforms that are handed our filters."""
SUBJECTS = sorted(ADAPTERS.keys() - absent().keys(), key=list(ADAPTERS).index)


def declines(implementation, arrays, options):
    shapes, dtypes = described(arrays)
    return implementation.limits is not None and implementation.limits(shapes, dtypes, options)


def described(arrays):
    return {name: a.shape for name, a in arrays.items()}, {name: a.dtype.name for name, a in arrays.items()}


def listed(result):
    return [(each.dtype, repr(each.tolist())) for each in (result if isinstance(result, tuple) else (result,))]


def spread(record):
    """Return whether an operator is one of several that share their functions: JAX compiles a second or so for each."""
    return not any(f"{rank}d" in record.name for rank in (1, 3))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # the reference evaluator divides by zero
@pytest.mark.parametrize("name", [name for name in SUBJECTS if name not in DEPENDENT])
def test_a_call_that_is_written_out_gives_what_the_adapter_gives_and_imports_nothing_of_ours(name, worked_call):
    for each, implementation in load(name).operators.items():
        record = operator(each)
        arrays, options = worked_call(record)
        if declines(implementation, arrays, options) or (name == "jax" and not spread(record)):
            continue
        before, after = implementation.written(*described(arrays), options)
        assert "convoracle" not in before + after
        names = {"np": np, **arrays}
        exec(f"{before}\n{after}", names)
        assert listed(names["got"]) == listed(implementation.function(*arrays.values(), **options)), each


@pytest.mark.parametrize("name", [name for name in SUBJECTS if name in DEPENDENT])
def test_what_needs_this_package_is_not_written_out(name, worked_call):
    for each, implementation in load(name).operators.items():
        arrays, options = worked_call(operator(each))
        assert implementation.written(*described(arrays), options) is None


# ---- what is copied ----


def module(monkeypatch, name, text, tmp_path):
    """Return a module among the adapters with this source."""
    path = tmp_path / f"{name}.py"
    path.write_text(text)
    made = ModuleType(f"convoracle.impl.backends.{name}")
    made.__file__ = str(path)
    monkeypatch.setitem(sys.modules, made.__name__, made)
    exec(compile(text, str(path), "exec"), vars(made))
    return made


def test_functions_bring_what_they_use_in_the_order_of_use_and_nothing_else(monkeypatch, tmp_path):
    text = '''
from functools import partial
import json
import numpy as np

UNUSED, ONE = 2, 1

def less(x: int, by: int = ONE) -> int:
    """Return less."""
    return x - by

two_less = partial(less, by=2)

def factorial(n: int) -> int:
    return 1 if n < 1 else n * factorial(less(n))

def factory(rank, function):
    def call(x):
        return function(x) + rank + two_less(np.sum(x))
    return call

def other():
    return json.dumps(1)
'''
    made = module(monkeypatch, "made", text, tmp_path)
    found = definition_of("import math", made=made.factory(10, made.factorial))
    assert sorted(found.splitlines()[:3]) == ["from functools import partial", "import math", "import numpy as np"]
    for word in ("json", "other", "int", "Return"):
        assert word not in found
    names = {}
    exec(found, names)
    assert names["made"](3) == 6 + 10 + 1


def test_functions_of_libraries_are_imported_by_their_public_names():
    assert definition_of(convolve=np.convolve, dft=np.fft.fft).split("\n") == [
        "from numpy import convolve",
        "from numpy.fft import fft as dft",
    ]


def test_two_things_of_one_name_are_refused(monkeypatch, tmp_path):
    module(monkeypatch, "first", "def same():\n    return 1\ndef one():\n    return same()\n", tmp_path)
    text = "def same():\n    return 2\ndef both(f):\n    def call():\n        return f() + same()\n    return call\n"
    second = module(monkeypatch, "second", text, tmp_path)
    first = sys.modules["convoracle.impl.backends.first"]
    with pytest.raises(DependentError, match="same means two things"):
        definition_of(call=second.both(first.one))


def test_other_parts_of_this_package_are_refused(monkeypatch, tmp_path):
    text = "from convoracle.impl import relu\nfrom convoracle.impl.backends import names\ndef call(x):\n    return relu(x)\n"
    text += "def named():\n    return names()\n"
    made = module(monkeypatch, "ours", text, tmp_path)
    for function, reason in ((made.call, "no part of the adapters"), (made.named, "not copied under its name")):
        with pytest.raises(DependentError, match=reason):
            definition_of(call=function)
    assert in_numpy("call", made.call)({"x": (1,)}, {"x": "float32"}, {}) is None


def test_what_has_no_source_of_its_own_is_refused():
    with pytest.raises(DependentError, match="no public name"):
        definition_of(call=np.ones(1))
