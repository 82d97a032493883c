"""Where a subject's module is and what its library is called, known without importing either."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec


@dataclass(frozen=True)
class Adapter:
    """An entry of the registry.

    Attributes
    ----------
    module : str
        Name of the module in this package whose ``SUBJECTS`` hold the subject.
    extra : str
        The extra of this project that installs what the module needs; empty where that is installed anyway.
    libraries : mapping of str to str
        Import name -> distribution of every library that the extra installs.

    Examples
    --------
    >>> Adapter("numpy_signal").missing
    ()
    >>> Adapter("torch_layers", "torch", {"no_torch": "torch"}).advice
    "torch, which is not installed: pip install torch (the extra 'torch')"
    """

    module: str
    extra: str = ""
    libraries: Mapping[str, str] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """Import path of the module."""
        return f"{__package__}.{self.module}"

    @property
    def missing(self) -> tuple[str, ...]:
        """The distributions that are not installed."""
        return tuple(distribution for name, distribution in self.libraries.items() if find_spec(name) is None)

    @property
    def advice(self) -> str:
        """What is missing and how to install it."""
        names = self.missing
        verb = "is" if len(names) == 1 else "are"
        return f"{' and '.join(names)}, which {verb} not installed: pip install {' '.join(names)} (the extra {self.extra!r})"
