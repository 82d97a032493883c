"""The kernels of this package as a subject, judged like everybody else's."""

from importlib.metadata import version

from convoracle import impl
from convoracle.impl.backends.subject import Implementation, Subject

_OPERATORS = {
    name: Implementation(function=getattr(impl, name)) for name in impl.__all__ if name != "compiled_signatures"
}

SUBJECTS = (Subject(name="convoracle", version=version("convoracle"), operators=_OPERATORS),)
