"""The kernels of this package as a subject, judged like everybody else's."""

from importlib.metadata import version

from convoracle import impl
from convoracle.impl.backends.subject import Implementation, Subject

_FUNCTIONS = {name: getattr(impl, name) for name in impl.__all__ if name != "compiled_signatures"}
_ALGORITHMS = {"cross_entropy_gradient": "by_others"}
_OPERATORS = {
    name: Implementation(function=function, algorithm=_ALGORITHMS.get(name, "direct"))
    for name, function in _FUNCTIONS.items()
    if not isinstance(function, type)
}

SUBJECTS = (Subject(name="convoracle", version=version("convoracle"), operators=_OPERATORS),)
