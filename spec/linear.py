"""The dense layer and its gradients, which are derived from its index relation by transposition."""

from sympy import Sum

from .adjoint import transposed
from .convolution import EMPTY_AXIS, INTEGER_DTYPE, INTEGER_OVERFLOW, SUBNORMALS, at_least_one
from .records import Array, Convention, Example, OperatorSpec, Source, Stage
from .symbols import C, N, O, array, c, i, o

FURTHER_AXES = Convention(
    name="further_axes",
    question="May features have axes before that of the items?",
    answers={"rejected": "no: an error", "mapped": "yes: they are items, too"},
    ours="rejected",
    excuses={"mapped": ("rank",)},
)
CONVENTIONS = (SUBNORMALS, INTEGER_OVERFLOW, INTEGER_DTYPE, EMPTY_AXIS, FURTHER_AXES)
RULES = at_least_one(C, "C_in"), at_least_one(O, "C_out")
FEATURES = Array(name="x", axes=(N, C), meaning="feature vectors")
WEIGHTS = Array(name="w", axes=(O, C), meaning="weights")
OUTPUT_GRADIENT = Array(name="dy", axes=(N, O), meaning="gradient of the output")
_BOOK = "Goodfellow, Bengio & Courville 2016, Deep Learning, section 6.1"

LINEAR = OperatorSpec(
    name="linear",
    summary="Inner products of feature vectors with the rows of a matrix, and a bias.",
    inputs=(FEATURES, WEIGHTS, Array(name="b", axes=(O,), meaning="bias", optional=True)),
    parameters=(),
    output=Array(name="y", axes=(N, O), meaning="results"),
    requires=RULES,
    definition=(Stage(array("y")[i, o], array("b")[o] + Sum(array("w")[o, c] * array("x")[i, c], (c, 0, C - 1))),),
    numbers=("float", "integer"),
    source=Source(
        rows=("L-params", "K11", "U5"),
        reference=_BOOK,
        example=Example(
            inputs={"x": ((1, 2),), "w": ((3, 4), (5, 6), (0, -1)), "b": (0, 10, 100)},
            options={},
            output=((11, 27, 98),),
            cited="3 + 8, 5 + 12 + 10 and -2 + 100, by hand",
        ),
    ),
    conventions=CONVENTIONS,
)
_EXTENTS = {i: N, o: O}


def _gradient(wrt: Array, other: Array, output: Array, example: Example) -> OperatorSpec:
    what = {"x": "input", "w": "weight"}[wrt.name]
    return OperatorSpec(
        name=f"linear_{what}_gradient",
        summary=f"Gradient of linear with respect to {wrt.name}: the adjoint of {wrt.name} -> linear(x, w).",
        inputs=(OUTPUT_GRADIENT, other),
        parameters=(),
        output=output,
        requires=RULES,
        definition=(transposed(LINEAR.definition[0], wrt.name, (), _EXTENTS),),
        numbers=("float", "integer"),
        source=Source(rows=("U1",), reference="Goodfellow, Bengio & Courville 2016, algorithm 6.4", example=example),
        conventions=CONVENTIONS,
    )


_CITED = "transposed by hand: <linear(x, w), dy> = <x, dx> = <w, dw>"
LINEAR_INPUT_GRADIENT = _gradient(
    FEATURES,
    WEIGHTS,
    Array(name="dx", axes=(N, C), meaning="gradient of the input"),
    Example(
        inputs={"dy": ((1, 10, 100),), "w": ((3, 4), (5, 6), (0, -1))}, options={}, output=((53, -36),), cited=_CITED
    ),
)
LINEAR_WEIGHT_GRADIENT = _gradient(
    WEIGHTS,
    FEATURES,
    Array(name="dw", axes=(O, C), meaning="gradient of the weights"),
    Example(
        inputs={"dy": ((1, 10), (2, 0)), "x": ((1, 2), (3, 4))}, options={}, output=((7, 10), (10, 20)), cited=_CITED
    ),
)
LINEARS = (LINEAR, LINEAR_INPUT_GRADIENT, LINEAR_WEIGHT_GRADIENT)
