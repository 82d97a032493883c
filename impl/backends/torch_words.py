"""Calls of PyTorch as a user writes them: what a function of tensors asks of the library, line by line."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from inspect import signature
from typing import Any

import torch
from torch.overrides import TorchFunctionMode, resolve_name

from convoracle.impl.backends.standing_alone import Written
from convoracle.impl.backends.subject import Dtypes, Options, Shapes
from convoracle.impl.backends.torch_tensors import Function


class _Listener(TorchFunctionMode):
    """Writes down every call of PyTorch that makes a tensor; tensors have the names that are given to them here."""

    def __init__(self, tensors: Mapping[str, torch.Tensor]) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.names = {id(tensor): name for name, tensor in tensors.items()}
        self.kept: list[Any] = [tensors]  # as long as an object lives nothing else has its id

    def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        given = kwargs or {}
        words = [
            *map(self.word, args),
            *(f"{key}={self.word(value)}" for key, value in _telling(function, given).items()),
        ]
        name = f"t{len(self.kept)}"
        path = resolve_name(function) or f"{function.__module__}.{function.__qualname__}"
        self.lines.append(f"{name} = {path}({', '.join(words)})")  # before it is called: it may raise
        result = function(*args, **given)
        self._call(result, name)
        return result

    def _call(self, result: Any, name: str) -> None:
        """Give a name to the tensors that a line made; one that made none is no part of the script."""
        if isinstance(result, torch.Tensor):
            self.names[id(result)] = name
        elif isinstance(result, tuple) and all(isinstance(each, torch.Tensor) for each in result) and result:
            self.names.update({id(each): f"{name}[{place}]" for place, each in enumerate(result)})
        else:
            del self.lines[-1]
            return
        self.kept.append(result)

    def word(self, value: Any) -> str:
        """Return an argument as it stands in the script."""
        if isinstance(value, torch.Tensor):
            return self.names[id(value)]
        if isinstance(value, tuple | list):
            entries = ", ".join(map(self.word, value))
            return f"[{entries}]" if isinstance(value, list) else f"({entries}{',' * (len(value) == 1)})"
        return repr(value)


def _telling(function: Any, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keyword arguments that are not left at their defaults, as far as these are known."""
    try:
        parameters = signature(function).parameters
    except (ValueError, TypeError):  # written in C++
        return dict(given)
    return {key: v for key, v in given.items() if key not in parameters or v is not parameters[key].default}


def in_words(function: Function, device: str) -> Callable[[Shapes, Dtypes, Options], Written]:
    """Return what writes a call of a function of tensors on a device in the words of PyTorch, see `Implementation.written`."""
    there, back = ("", "") if device == "cpu" else (f".to({device!r})", ".cpu()")

    def written(shapes: Shapes, dtypes: Dtypes, options: Options) -> Written:
        tensors = {name: torch.zeros(shape, dtype=getattr(torch, dtypes[name])) for name, shape in shapes.items()}
        listener = _Listener(tensors)
        with listener, suppress(Exception):  # then the last line raises
            listener.lines.append(_got(listener, function(*tensors.values(), **options), back))
        taken = [f'{name} = torch.from_numpy({name}.copy(order="K")){there}' for name in tensors]
        return "import torch", "\n".join([*taken, *listener.lines])

    return written


def _got(listener: _Listener, result: Any, back: str) -> str:
    array = f"{{}}.detach(){back}.resolve_conj().resolve_neg().numpy()"
    if not isinstance(result, tuple):
        return f"got = {array.format(listener.word(result))}"
    return f"got = tuple({array.format('each')} for each in {listener.word(result)})"
