"""Convolution and cross-correlation of two signals, one to three axes: the discrete definitions of the lecture."""

from typing import Any

from sympy import Eq, Expr, Gt, Integer, Le, Max, Mod, Mul, Or, Sum, conjugate, floor

from .convolution import CONVENTIONS, at_least_one
from .records import Array, Choice, Convention, Example, OperatorSpec, Precondition, Source, Stage
from .symbols import Axis, array, axes

AXES = axes(3)
"""Signals of one or two axes are signals of three with leading axes of length 1."""

CENTRE = Convention(
    name="same_centre",
    question="Which samples of the full result does mode 'same' keep?",
    answers={
        "first": "as many as the first operand has, from floor((k-1)/2)",
        "longer": "as many as the longer operand has (NumPy)",
        "later": "as many as the first operand has, from floor(k/2): one later where k is even",
    },
    ours="first",
    differs={
        "longer": ("same", Or(*(Gt(a.k, a.n) for a in AXES))),
        "later": ("same", Or(*(Eq(Mod(a.k, 2), 0) for a in AXES))),
    },
)
VALID_ORDER = Convention(
    name="valid_order",
    question="What if, in mode 'valid', the second operand is the longer one?",
    answers={"rejected": "an error", "swapped": "the operands change places"},
    ours="rejected",
    excuses={"swapped": ("valid_fits",)},
)
EMPTY_OPERAND = Convention(
    name="empty_operand",
    question="What if an operand has no samples?",
    answers={"rejected": "an error", "empty": "an array, in which sums over nothing are zero"},
    ours="rejected",
    excuses={"empty": ("at_least_one", "valid_fits")},
)


def mode_of(same: Any, full: Any, valid: Any, default: str) -> Choice:
    """Return the option `mode`; the arguments give the offset of the first output for an axis."""
    sizes = {"full": lambda a: a.n + a.k - 1, "same": lambda a: a.n, "valid": lambda a: a.n - a.k + 1}
    offsets = {"full": full, "same": same, "valid": valid}
    options = {word: {a.e: offsets[word](a) for a in AXES} | {a.m: sizes[word](a) for a in AXES} for word in sizes}
    return Choice(keyword="mode", options=options, default=default, meaning="how much of the full result is kept")


CONVOLVE_MODE = mode_of(
    full=lambda a: Integer(0), same=lambda a: floor((a.k - 1) / 2), valid=lambda a: a.k - 1, default="full"
)
CORRELATE_MODE = mode_of(
    full=lambda a: a.k - 1, same=lambda a: floor(a.k / 2), valid=lambda a: Integer(0), default="valid"
)


def _rules() -> tuple[Precondition, ...]:
    rules = []
    for a in AXES:
        rules += [at_least_one(a.n, "the size of x"), at_least_one(a.k, "the size of h")]
        rules.append(
            Precondition(
                code=f"valid_fits{str(a.n)[1:]}",
                rule=Le(a.k, a.n),
                sentence="in mode 'valid' h must fit in x",
                solved=(a.n, Max(a.n, a.k)),
                when=("mode", "valid"),
            )
        )
    return tuple(rules)


def _record(name: str, summary: str, value: Expr, mode: Choice, source: Source, extended: str) -> OperatorSpec:
    y = array("y")
    return OperatorSpec(
        name=name,
        summary=summary,
        inputs=(
            Array(name="x", axes=tuple(a.n for a in AXES), meaning="signal", extended=extended == "x"),
            Array(name="h", axes=tuple(a.k for a in AXES), meaning="filter", extended=extended == "h"),
        ),
        parameters=(mode,),
        output=Array(name="y", axes=tuple(a.m for a in AXES), meaning="result"),
        requires=_rules(),
        definition=(Stage(y[tuple(a.t for a in AXES)], value),),
        numbers=("float", "integer", "complex"),
        source=source,
        conventions=(*CONVENTIONS, CENTRE, VALID_ORDER, EMPTY_OPERAND),
    )


def _convolution() -> Expr:
    x, h = array("x"), array("h")
    product = x[tuple(a.j for a in AXES)] * h[tuple(_tap(a) for a in AXES)]
    return Sum(product, *((a.j, 0, a.n - 1) for a in AXES))


def _tap(a: Axis) -> Expr:
    return a.t + a.e - a.j


def _correlation() -> Expr:
    x, h = array("x"), array("h")
    product = Mul(x[tuple(a.j + a.t - a.e for a in AXES)], conjugate(h[tuple(a.j for a in AXES)]))
    return Sum(product, *((a.j, 0, a.k - 1) for a in AXES))


CONVOLVE = _record(
    "convolve",
    "Convolve two signals.",
    _convolution(),
    CONVOLVE_MODE,
    Source(
        rows=("L-conv", "L-comm", "L-modes", "U7", "U12"),
        reference="Goodfellow, Bengio & Courville 2016, Deep Learning, eq. 9.3 and 9.4",
        example=Example(
            inputs={"x": (1, 2, 3), "h": (0, 1, 2)},
            options={},
            output=(0, 1, 4, 7, 6),
            cited="(1 + 2z + 3z^2)(z + 2z^2) = z + 4z^2 + 7z^3 + 6z^4",
        ),
    ),
    extended="h",
)
CORRELATE = _record(
    "correlate",
    "Cross-correlate two signals; the second is conjugated.",
    _correlation(),
    CORRELATE_MODE,
    Source(
        rows=("L-corr",),
        reference="Goodfellow, Bengio & Courville 2016, Deep Learning, eq. 9.6, with the conjugate of signal processing",
        example=Example(
            inputs={"x": (1, 2, 3), "h": (0, 1, 2)},
            options={"mode": "full"},
            output=(2, 5, 8, 3, 0),
            cited="the convolution of (1, 2, 3) with the reversed filter (2, 1, 0), as a polynomial product",
        ),
    ),
    extended="x",
)
