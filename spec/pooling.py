"""What all pooling records share: options, sizes, rules, the samples of a window, conventions."""

from typing import Any

from sympy import Eq, Expr, Ge, Gt, Indexed, Integer, KroneckerDelta, Le, Max, Min, Mod, Mul, Or, true

from .convolution import (
    INTEGER_DTYPE,
    INTEGER_OVERFLOW,
    LARGER_WINDOW,
    SUBNORMALS,
    at_least_one,
    dilation_of,
    padding_of,
    window_fits,
)
from .records import Array, Choice, Convention, Parameter, Precondition
from .sizes import adaptive_end, adaptive_start, dilated_extent, plain_ceil_count, pooled_count
from .symbols import Axis, C, N, array, c, g, i, v, z

UNDILATED = Integer(1)


# ---- options ----


def kernel_of(spatial: tuple[Axis, ...]) -> Parameter:
    return Parameter(
        keyword="kernel_size", symbols=tuple(a.k for a in spatial), least=1, default=None, meaning="taps of the window"
    )


def stride_of(spatial: tuple[Axis, ...]) -> Parameter:
    return Parameter(
        keyword="stride",
        symbols=tuple(a.s for a in spatial),
        least=1,
        default=None,
        meaning="step of the window; the window size if not given",
        named={None: tuple(a.k for a in spatial)},
    )


CEIL_MODE = Choice(
    keyword="ceil_mode",
    options={False: {z: Integer(0)}, True: {z: Integer(1)}},
    default=False,
    meaning="whether a last window that overhangs the padded input counts",
)
COUNT_INCLUDE_PAD = Choice(
    keyword="count_include_pad",
    options={True: {g: Integer(1)}, False: {g: Integer(0)}},
    default=True,
    meaning="whether the divisor counts the padding",
)
DIVISOR_OVERRIDE = Parameter(
    keyword="divisor_override",
    symbols=(v,),
    least=1,
    default=None,
    meaning="the divisor of every window; counted if not given",
    scalar=True,
    named={None: (Integer(0),)},
)


def size_option(keyword: str, symbols: tuple[Any, ...], least: int, meaning: str) -> Parameter:
    return Parameter(keyword=keyword, symbols=symbols, least=least, default=None, meaning=meaning)


def max_options(spatial: tuple[Axis, ...]) -> tuple[Parameter | Choice, ...]:
    """Return the options of max pooling, in the order of its signature."""
    return kernel_of(spatial), stride_of(spatial), padding_of(spatial), dilation_of(spatial), CEIL_MODE


def average_options(spatial: tuple[Axis, ...]) -> tuple[Parameter | Choice, ...]:
    """Return the options of average pooling, which has no dilation."""
    padding = padding_of(tuple(map(undilated, spatial)))
    return kernel_of(spatial), stride_of(spatial), padding, CEIL_MODE, COUNT_INCLUDE_PAD, DIVISOR_OVERRIDE


def undilated(a: Axis) -> Axis:
    """Return the axis with ``d = 1``."""
    return Axis(**{**vars(a), "d": UNDILATED})


# ---- sizes and samples ----


def windows_of(spatial: tuple[Axis, ...]) -> tuple[Expr, ...]:
    """Return the number of windows on each axis (L-size, L-partial)."""
    return tuple(pooled_count(a.n, a.p, a.q, a.k, a.d, a.s, z) for a in spatial)


def read_position(a: Axis) -> Expr:
    """Return where tap ``u`` of window ``t`` reads: ``s t + d u - p``."""
    return a.s * a.t + a.d * a.u - a.p


def taps_of(spatial: tuple[Axis, ...]) -> tuple[tuple[Any, ...], ...]:
    return tuple((a.u, 0, a.k - 1) for a in spatial)


def adaptive_range(letter: Any, t: Expr, n: Expr, m: Expr) -> tuple[Any, Expr, Expr]:
    """Return ``floor(t n / m) <= letter < ceil((t + 1) n / m)``: the samples of adaptive window ``t``."""
    return letter, adaptive_start(n, m, t), adaptive_end(n, m, t) - 1


def counted_places(a: Axis) -> Expr:
    """Return how many places of ``-g p .. n + g q - 1`` window ``t`` holds: with the padding (g = 1) or without (g = 0)."""
    start = a.s * a.t - a.p
    return Min(a.n + g * a.q, start + a.k) - Max(-g * a.p, start)


def row_major(places: tuple[Expr, ...], sizes: tuple[Expr, ...]) -> Expr:
    """Return the flat position of an entry in a C-ordered plane."""
    position: Expr = Integer(0)
    for place, size in zip(places, sizes, strict=True):
        position = position * size + place
    return position


def selects(index: Indexed, places: tuple[Expr, ...], sizes: tuple[Expr, ...]) -> KroneckerDelta:
    """Return the bracket that is 1 where a flat index names these places."""
    return KroneckerDelta(index, row_major(places, sizes))


def plane(*axes: Expr) -> tuple[Expr, ...]:
    return N, C, *axes


def entry(name: str, *places: Expr) -> Indexed:
    """Return the entry of an array at batch index i, channel c and these places."""
    return array(name)[(i, c, *places)]


def signals(spatial: tuple[Axis, ...], name: str = "x", *, extended: bool = True) -> Array:
    return Array(name=name, axes=plane(*(a.n for a in spatial)), meaning="signals", extended=extended)


# ---- rules ----


def _reaches(a: Axis, pad: Any, side: str) -> Precondition:
    reach = a.d * (a.k - 1)
    return Precondition(
        code=f"reach_{side}{str(a.n)[1:]}",
        rule=Le(pad, reach),
        sentence=f"the padding {side} must stay below the extent of the window, which then reaches the input",
        solved=(pad, Mod(pad, reach + 1)),
    )


def _meets(a: Axis) -> Precondition:
    return Precondition(
        code=f"meets{str(a.n)[1:]}",
        rule=Or(Eq(a.p, 0), Ge(a.n, a.d)),
        sentence="a dilated window in the padding must meet a sample",
        solved=(a.n, Max(a.n, a.d)),
    )


def _fits(a: Axis) -> Precondition:
    rule = window_fits(a)
    return Precondition(
        code=f"window_fits{str(a.n)[1:]}",
        rule=rule.rule,
        sentence="the window must fit in the padded input",
        solved=rule.solved,
    )


def rules_of(spatial: tuple[Axis, ...]) -> tuple[Precondition, ...]:
    """Return the preconditions under which windows are there and none is empty; dilated axes have one more."""
    return tuple(rule for a in spatial for rule in _rules_of_axis(a))


def _rules_of_axis(a: Axis) -> tuple[Precondition, ...]:
    reach = _reaches(a, a.p, "before"), _reaches(a, a.q, "after")
    meets = () if a.d == UNDILATED else (_meets(a),)
    return *reach, _fits(a), at_least_one(a.n, "the input size"), *meets


# ---- conventions ----

NAN = Convention(
    name="nan",
    question="What is the maximum of a window that holds a NaN?",
    answers={
        "propagate": "NaN, wherever it stands",
        "ignored": "the largest number, if there is one",
        "compared": "what comparisons leave, which are false: NaN where it comes first",
    },
    ours="propagate",
    data={"ignored": "nan", "compared": "nan"},
)
TIES = Convention(
    name="ties",
    question="Which sample is the maximum where several are?",
    answers={
        "first": "the first in row-major order of the window",
        "last": "the last one",
        "shared": "all of them: a gradient is divided among them",
    },
    ours="first",
    data={"last": "ties", "shared": "ties"},
)
SIGN_OF_ZERO = Convention(
    name="sign_of_zero",
    question="Which zero is the maximum of +0 and -0?",
    answers={"either": "either: they are equal", "positive": "+0"},
    ours="either",
)
EMPTY_WINDOW = Convention(
    name="empty_window",
    question="What if padding or dilation would leave a window without a sample?",
    answers={
        "rejected": "an error",
        "identity": "the maximum or average of nothing: minus infinity, or NaN",
    },
    ours="rejected",
    excuses={"identity": ("reach", "meets", "at_least_one")},
)
INDICES = Convention(
    name="indices",
    question="What does an index of a maximum count?",
    answers={"plane": "the samples of the plane, without the padding", "padded": "the samples of the padded plane"},
    ours="plane",
    differs={"padded": (None, true)},
)
NAN_INDEX = Convention(
    name="nan_index",
    question="Which sample is the maximum where several are NaN?",
    answers={"first": "the first of them", "last": "the last of them"},
    ours="first",
    data={"last": "nan"},
)
OVERHANG = Convention(
    name="divisor",
    question="Does the divisor count places beyond the padded input, which the last window of ceil mode holds?",
    answers={"clipped": "no: the window is clipped to the padded input", "window": "yes: all its places"},
    ours="clipped",
    differs={"window": (True, true)},
)
NUMBERS = (SUBNORMALS, INTEGER_OVERFLOW, INTEGER_DTYPE)


def repeated_indices(spatial: tuple[Axis, ...]) -> Convention:
    """Return the convention of indices that occur twice, which they must where there are more entries than places."""
    crowded = Gt(Mul(*(a.n for a in spatial)), Mul(*(a.m for a in spatial)))
    return Convention(
        name="repeated_indices",
        question="What stands where several entries are put in one place?",
        answers={
            "largest": "the largest, or NaN",
            "last": "the last in row-major order",
            "sum": "their sum",
            "any": "one of them",
        },
        ours="largest",
        differs=dict.fromkeys(("last", "sum", "any"), (None, crowded)),
        data=dict.fromkeys(("last", "sum", "any"), "repeated"),
    )


def last_window(spatial: tuple[Axis, ...]) -> Convention:
    """Return the convention of the last window, and the sizes for which its answers differ."""
    plain = (plain_ceil_count(a.n, a.p, a.q, a.k, a.d, a.s, z) for a in spatial)
    more = Or(*(Gt(one, two) for one, two in zip(plain, windows_of(spatial), strict=True)))
    return Convention(
        name="last_window",
        question="Does ceil mode count a window that starts after the end of the input?",
        answers={
            "inside": "no: every window starts inside the input or the padding before it",
            "formula": "yes: the quotient is rounded up and nothing else",
        },
        ours="inside",
        differs={"formula": (True, more)},
    )


def partial_only(spatial: tuple[Axis, ...]) -> Convention:
    """Return the convention of a window that is larger than the padded input."""
    return Convention(
        name="partial_only",
        question="May ceil mode pool an input of which no whole window is full?",
        answers={
            "rejected": "no: the window must fit in the padded input in both modes",
            "pooled": "yes: there is one partial window",
        },
        ours="rejected",
        excuses={"pooled": tuple(f"window_fits{str(a.n)[1:]}" for a in spatial)},
    )


def wide_padding(spatial: tuple[Axis, ...]) -> Convention:
    """Return the convention of the widest padding; a subject with the narrower answer refuses what is between."""
    between = Or(*(Gt(2 * pad, a.k) for a in spatial for pad in (a.p, a.q)))
    return Convention(
        name="wide_padding",
        question="How wide may the padding be?",
        answers={"extent": "narrower than the window spans", "half": "at most half the window"},
        ours="extent",
        differs={"half": (None, between)},
    )


def window_conventions(spatial: tuple[Axis, ...]) -> tuple[Convention, ...]:
    return last_window(spatial), partial_only(spatial), EMPTY_WINDOW, LARGER_WINDOW, wide_padding(spatial)


def one_signal(dims: int, values: Any) -> Any:
    """Return one batch index, one channel, and `values` along the last of `dims` axes."""
    return ((values,),) if dims == 1 else one_signal(dims - 1, (values,))


def one_plane(sizes: tuple[int, ...], values: Any) -> Any:
    """Return one batch index, one channel, and a plane of `sizes` that holds `values` row by row."""
    rows = tuple(values)
    for n in reversed(sizes[1:]):
        rows = tuple(rows[start : start + n] for start in range(0, len(rows), n))
    return ((rows,),)


def last_axis(dims: int, value: Any, other: Any) -> tuple[Any, ...]:
    """Return an option that is `value` on the last of `dims` axes and `other` on the rest."""
    return (other,) * (dims - 1) + (value,)


def extent(a: Axis) -> Expr:
    """Return how many places a window spans."""
    return dilated_extent(a.k, a.d)
