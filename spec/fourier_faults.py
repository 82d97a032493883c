"""Wrong definitions of Fourier transforms, for the diagnosis of wrong implementations."""

from collections.abc import Mapping
from math import prod

from sympy import Abs, Expr, I, Integer, KroneckerDelta, Mod, Pow, Rational, Sum, conjugate, floor, pi, re, sqrt

from .fourier import DFT, DFT2D, DUAL_WINDOW, IDFT, IDFT2D, ISTFT, STFT, WINDOW, A, X, frequency, turn
from .records import OperatorSpec
from .stage_edits import Change, Edit, given, put_everywhere, read_as, read_at, redefined
from .symbols import axes, f, i

_EXPONENTS: Mapping[str, Edit] = {
    "exponents had the other sign": put_everywhere({I: -I}),
    "pi were 3.1415": put_everywhere({pi: Rational(31415, 10000)}),
}


def _times(factor: Expr) -> Change:
    return lambda value: factor * value


def _whole(record: OperatorSpec) -> dict[str, Edit]:
    """Return the faults of a transform of whole signals."""
    name, (_, *sizes) = record.output.name, record.output.axes
    points, last = prod(sizes), record.definition[-1].target.indices[-1]
    forward = record.inputs[0].name == "x"
    scale = 1 / points if forward else points
    return {
        **_EXPONENTS,
        f"it {'divided' if forward else 'did not divide'} by the number of samples": redefined(name, _times(scale)),
        "it divided by the root of the number of samples": redefined(name, _times(sqrt(scale))),
        "entries were counted from one": put_everywhere({last: last - 1}),
        "entries were one too early": put_everywhere({last: last + 1}),
        "entry 0 stood in the middle": put_everywhere({last: last - floor(sizes[-1] / 2)}),
        "the imaginary part were dropped": redefined(name, re),
    }


def _by_rows(record: OperatorSpec) -> dict[str, Edit]:
    """Return the fault of images whose rows are transformed and columns are not."""
    (given_,), name = record.inputs, record.output.name
    (first, last), sign = axes(2), -1 if given_.name == "x" else 1
    summed, kept = (last.j, frequency(first)) if sign < 0 else (frequency(last), first.j)
    (entry,) = record.definition[-1].value.atoms(Sum).pop().function.atoms(type(X[i]))
    angle = sign * last.j * frequency(last) / last.n
    total = Sum(entry.base[i, kept, summed] * turn(angle), (summed, 0, last.n - 1))
    return {"only the rows were transformed": given(name, total if sign < 0 else total / last.n)}


def _within_sum(change: Change) -> Change:
    """Return the change of what a sum adds."""
    return lambda value: value.replace(
        lambda e: isinstance(e, Sum), lambda total: Sum(change(total.function), *total.limits)
    )


_READ = Mod(A.s * A.t + A.u, A.n)
_BEYOND = floor((A.s * A.t + A.u) / A.n)
"""1 where a frame goes on at sample 0."""
_STFT: dict[str, Edit] = {
    **_EXPONENTS,
    "the window were not conjugated": put_everywhere({conjugate(WINDOW[A.u]): WINDOW[A.u]}),
    "the window were reversed": read_at("window", A.u, A.k - 1 - A.u),
    "there were no window": read_as("window", Integer(1)),
    "frames went on with zeros": redefined("y", _within_sum(_times(1 - _BEYOND))),
    "frames went on with the last samples in reverse": put_everywhere({_READ: _READ + _BEYOND * (A.n - 1 - 2 * _READ)}),
    "frames began one sample late": put_everywhere({_READ: Mod(A.s * A.t + A.u + 1, A.n)}),
    "exponents counted from sample 0": redefined("y", _times(turn(-f * A.s * A.t / A.k))),
    "the hop were 1": put_everywhere({A.s: Integer(1)}),
}


def _not_cyclic(value: Expr) -> Expr:
    return value.replace(lambda e: isinstance(e, KroneckerDelta), lambda _: KroneckerDelta(A.j, A.s * A.t + A.u))


_ISTFT: dict[str, Edit] = {
    **_EXPONENTS,
    "frames were not weighed": read_as("window", Integer(1)),
    "the window were conjugated": redefined("z", lambda value: value.xreplace({WINDOW[A.u]: conjugate(WINDOW[A.u])})),
    "the window were reversed": read_at("window", A.u, A.k - 1 - A.u),
    "frames did not go on at sample 0": redefined("x", _not_cyclic),
    "it did not divide by the length of frames": redefined("z", _times(A.k)),
}
_SQUARES = Sum(Abs(WINDOW[A.e]) ** 2, (A.e, 0, A.k - 1))
_DUAL: dict[str, Edit] = {
    "weights were added, not their squares": redefined(
        "dual", lambda value: value.replace(lambda e: isinstance(e, Pow) and e.exp == 2, lambda e: e.base)
    ),
    "the window were divided by its squared norm": given("dual", WINDOW[A.u] / _SQUARES),
    "the window were tight": given("dual", A.s * WINDOW[A.u] / _SQUARES),
    "nothing were divided": given("dual", 1 * WINDOW[A.u]),
}
FOURIER_FAULTS: Mapping[str, Mapping[str, Edit]] = {
    **{record.name: _whole(record) for record in (DFT, IDFT)},
    **{record.name: {**_whole(record), **_by_rows(record)} for record in (DFT2D, IDFT2D)},
    STFT.name: _STFT,
    ISTFT.name: _ISTFT,
    DUAL_WINDOW.name: _DUAL,
}
