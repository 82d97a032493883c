"""Convolution as layers use it: conv1d, conv2d, conv3d, and the letters that their adjoints share with them."""

from sympy import Abs, Eq, Expr, Ge, Integer, Lambda, Le, Max, Min, Mod, Sum, Symbol, floor, symbols

from .records import Array, Choice, Convention, Example, OperatorSpec, Parameter, Precondition, Source, Stage
from .sizes import dilated_extent, same_padding, strided_count
from .symbols import EXTENSION, Axis, C, G, N, O, array, axes, c, i, o

_j, _n = symbols("j n", integer=True)

PADDING_MODES = {
    "zeros": Lambda((_j, _n), _j),
    "reflect": Lambda((_j, _n), _n - 1 - Abs(_n - 1 - Abs(_j))),
    "replicate": Lambda((_j, _n), Max(0, Min(_j, _n - 1))),
    "circular": Lambda((_j, _n), Mod(_j, _n)),
}
"""Where an index outside the array reads. Under "zeros" it stays outside, and the array is zero there."""


def channel(out: Expr, within: Expr) -> Expr:
    """Return the input channel: `within` the group to which the output channel `out` belongs (groups are g-major)."""
    return within + (C / G) * floor(out / (O / G))


def stride_of(spatial: tuple[Axis, ...]) -> Parameter:
    return Parameter(
        keyword="stride", symbols=tuple(a.s for a in spatial), least=1, default=1, meaning="step of the window"
    )


def dilation_of(spatial: tuple[Axis, ...]) -> Parameter:
    return Parameter(
        keyword="dilation",
        symbols=tuple(a.d for a in spatial),
        least=1,
        default=1,
        meaning="distance of neighbouring taps",
    )


def padding_of(spatial: tuple[Axis, ...], *, same: bool = True) -> Parameter:
    named: dict[str, tuple[tuple[Expr, Expr], ...]] = {"valid": tuple((Integer(0), Integer(0)) for _ in spatial)}
    if same:
        named["same"] = tuple(same_padding(a.n, a.k, a.s, a.d) for a in spatial)
    return Parameter(
        keyword="padding",
        symbols=tuple((a.p, a.q) for a in spatial),
        least=0,
        default=0,
        meaning="samples added before and after",
        named=named,
    )


GROUPS = Parameter(
    keyword="groups", symbols=(G,), least=1, default=1, meaning="channel groups that do not mix", scalar=True
)

PADDING_MODE = Choice(
    keyword="padding_mode",
    options={word: {EXTENSION: extension} for word, extension in PADDING_MODES.items()},
    default="zeros",
    meaning="what stands in the padding",
)

PADDING_TIMES_INF = Convention(
    name="padding_times_inf",
    question="What does a tap that is inf or NaN contribute where it meets the zero padding?",
    answers={"absent": "nothing: the sum runs over samples that exist", "multiplied": "NaN: 0 times inf is computed"},
    ours="absent",
)
SUBNORMALS = Convention(
    name="subnormals",
    question="Are subnormal operands and results kept?",
    answers={"gradual": "kept (IEEE 754)", "flushed": "replaced by zero (FTZ/DAZ)"},
    ours="gradual",
)
INTEGER_OVERFLOW = Convention(
    name="integer_overflow",
    question="What if the exact result of integer operands does not fit int64?",
    answers={"raise": "OverflowError", "wrap": "the result modulo 2**64"},
    ours="raise",
)
INTEGER_DTYPE = Convention(
    name="integer_dtype",
    question="Which dtype has the result of integer operands?",
    answers={"int64": "int64, whatever their width", "operands": "the common dtype of the operands"},
    ours="int64",
)
CONVENTIONS = (PADDING_TIMES_INF, SUBNORMALS, INTEGER_OVERFLOW, INTEGER_DTYPE)
EMPTY_AXIS = Convention(
    name="empty_axis",
    question="May there be no channels, no filters, no taps or no samples?",
    answers={"rejected": "no: an error", "computed": "yes: a sum over nothing is zero, and a result may be empty"},
    ours="rejected",
    excuses={"computed": ("at_least_one", "output_not_empty")},
)
LARGER_WINDOW = Convention(
    name="larger_window",
    question="What if the window does not fit in the padded input?",
    answers={"rejected": "an error", "empty": "there is no window: the result is empty"},
    ours="rejected",
    excuses={"empty": ("window_fits",)},
)
WIDE_EXTENSION = Convention(
    name="wide_extension",
    question="How far may an input be extended by its mirror image, its period or its ends?",
    answers={
        "once": "as far as one mirror image, or one period, of samples that are there",
        "repeated": "without end, images of images",
    },
    ours="once",
    excuses={"repeated": ("reflect", "circular", "replicate")},
)


def divides(divisor: Symbol, number: Symbol, what: str) -> Precondition:
    """Return the rule `divisor | number`, solved for the number as a multiple."""
    multiple = Symbol("multiple", integer=True)
    return Precondition(
        code=f"groups_divide_{number}",
        rule=Eq(Mod(number, divisor), 0),
        sentence=f"groups must divide {what}",
        solved=(number, divisor * multiple),
    )


def at_least_one(number: Symbol, what: str) -> Precondition:
    """Return the rule that a size is not zero, solved by raising it."""
    return Precondition(
        code=f"at_least_one_{number}",
        rule=Ge(number, 1),
        sentence=f"{what} must be at least 1",
        solved=(number, Max(1, number)),
    )


def window_fits(a: Axis) -> Precondition:
    """Return the rule that at least one window fits, solved for the size: ``m`` windows and a remainder below the stride."""
    windows, remainder = symbols("windows remainder", integer=True)
    extent = dilated_extent(a.k, a.d)
    return Precondition(
        code=f"window_fits{str(a.n)[1:]}",
        rule=Ge(a.n + a.p + a.q, extent),
        sentence="the dilated filter must fit in the padded input",
        solved=(a.n, Max(0, a.s * (windows - 1) + extent - a.p - a.q + Mod(remainder, a.s))),
    )


def mode_rules(a: Axis) -> tuple[Precondition, ...]:
    """Return what the padding modes ask of the padding on one axis."""
    suffix = str(a.n)[1:]
    longest = {
        "reflect": (a.n - 1, "reflect padding must stay below the input size"),
        "circular": (a.n, "circular padding must not exceed the input size"),
    }
    rules = [
        Precondition(
            code=f"{word}_{side}{suffix}",
            rule=Le(pad, limit),
            sentence=sentence,
            solved=(a.n, Max(a.n, a.n - limit + pad)),
            when=("padding_mode", word),
        )
        for word, (limit, sentence) in longest.items()
        for side, pad in (("before", a.p), ("after", a.q))
    ]
    rules.append(
        Precondition(
            code=f"replicate{suffix}",
            rule=Ge(a.n, 1),
            sentence="replicate padding needs at least one sample",
            solved=(a.n, Max(1, a.n)),
            when=("padding_mode", "replicate"),
        )
    )
    return tuple(rules)


def channel_rules() -> tuple[Precondition, ...]:
    """Return what groups ask of the channels."""
    return at_least_one(C, "C_in"), at_least_one(O, "C_out"), divides(G, C, "C_in"), divides(G, O, "C_out")


def rules_of(spatial: tuple[Axis, ...]) -> tuple[Precondition, ...]:
    """Return the preconditions of a convolution and of its gradients."""
    taps = tuple(at_least_one(a.k, "the filter size") for a in spatial)
    modes = tuple(rule for a in spatial for rule in mode_rules(a))
    return (*channel_rules(), *taps, *(window_fits(a) for a in spatial), *modes)


def input_array(spatial: tuple[Axis, ...], name: str = "x") -> Array:
    return Array(name=name, axes=(N, C, *(a.n for a in spatial)), meaning="signals", extended=True)


def filter_array(spatial: tuple[Axis, ...]) -> Array:
    return Array(name="w", axes=(O, C / G, *(a.k for a in spatial)), meaning="filters")


def windows_of(spatial: tuple[Axis, ...]) -> tuple[Expr, ...]:
    """Return the number of windows on each axis (L-size)."""
    return tuple(strided_count(a.n + a.p + a.q, dilated_extent(a.k, a.d), a.s) for a in spatial)


def read_position(a: Axis) -> Expr:
    """Return the sample that tap ``u`` of window ``t`` reads: ``s t + d u - p``, sent through the extension."""
    return EXTENSION(a.s * a.t + a.d * a.u - a.p, a.n)


def _definition(spatial: tuple[Axis, ...]) -> Stage:
    x, w, b, y = map(array, "xwby")
    taps, places = [a.u for a in spatial], [a.t for a in spatial]
    product = w[(o, c, *taps)] * x[(i, channel(o, c), *map(read_position, spatial))]
    ranges = [(c, 0, C / G - 1), *((a.u, 0, a.k - 1) for a in spatial)]
    return Stage(y[(i, o, *places)], b[o] + Sum(product, *ranges))


_EXAMPLES = {
    1: Example(
        inputs={"x": (((1, 2, 3, 4, 5),),), "w": (((1, 0, -1),),)},
        options={"stride": 2},
        output=(((-2, -2),),),
        cited="Dumoulin & Visin 2016, arithmetic of section 2: i=5, k=3, s=2 gives 2 windows; values by hand",
    ),
    2: Example(
        inputs={
            "x": ((((3, 3, 2, 1, 0), (0, 0, 1, 3, 1), (3, 1, 2, 2, 3), (2, 0, 0, 2, 2), (2, 0, 0, 0, 1)),),),
            "w": ((((0, 1, 2), (2, 2, 0), (0, 1, 2)),),),
        },
        options={},
        output=((((12, 12, 17), (10, 17, 19), (9, 6, 14)),),),
        cited="Dumoulin & Visin 2016, 'A guide to convolution arithmetic for deep learning', figure 1.1",
    ),
    3: Example(
        inputs={"x": (((((1, 2), (3, 4)), ((5, 6), (7, 8))),),), "w": (((((1, -1),),),),)},
        options={},
        output=(((((-1,), (-1,)), ((-1,), (-1,))),),),
        cited="L-edge: the difference of neighbours along the last axis, by hand",
    ),
}


def _convolution(dims: int) -> OperatorSpec:
    spatial = axes(dims)
    return OperatorSpec(
        name=f"conv{dims}d",
        summary="Cross-correlate a batch of signals with a bank of filters.",
        inputs=(
            input_array(spatial),
            filter_array(spatial),
            Array(name="b", axes=(O,), meaning="bias", optional=True),
        ),
        parameters=(stride_of(spatial), padding_of(spatial), dilation_of(spatial), GROUPS, PADDING_MODE),
        output=Array(name="y", axes=(N, O, *windows_of(spatial)), meaning="feature maps"),
        requires=rules_of(spatial),
        definition=(_definition(spatial),),
        numbers=("float", "integer", "complex"),
        source=Source(
            rows=("L-multi", "L-corr", "L-size", "L-pad", "L-modes", "L-shape", "U5", "U6", "M15"),
            reference="Goodfellow, Bengio & Courville 2016, Deep Learning, eq. 9.7 and 9.8",
            example=_EXAMPLES[dims],
        ),
        conventions=(*CONVENTIONS, EMPTY_AXIS, LARGER_WINDOW, WIDE_EXTENSION),
    )


CONVOLUTIONS = CONV1D, CONV2D, CONV3D = tuple(map(_convolution, (1, 2, 3)))
