"""Letters for expressions, functions of integers, and stages of integers, in records that are computed by transforms."""

from itertools import product
from math import gcd

import numpy as np
import pytest
from sympy import Integer, Max, Mod, Sum, floor

from convoracle.spec import functions
from convoracle.spec.code import number
from convoracle.spec.configuration import IllegalCallError, bind, derived_letters
from convoracle.spec.enclosure import enclose
from convoracle.spec.harmonic import planned
from convoracle.spec.records import Array, Choice, OperatorSpec, Parameter, RecordError, Stage
from convoracle.spec.rounded import CLASSES
from convoracle.spec.rounding import BINARY64, Arithmetic
from convoracle.spec.scattering import SCATTERING1D
from convoracle.spec.symbols import K, M, N, P, T, array, axes, i

A = axes(1)[0]
TOTAL = Sum(array("x")[i, A.j], (A.j, 0, A.n - 1))


def defined(value=TOTAL, *, stages=(), parameters=(), where=(), output=None):
    """A record of two axes that is computed by transforms, or so it says."""
    return OperatorSpec(
        name="defined",
        summary="A definition.",
        inputs=(Array(name="x", axes=(N, A.n), meaning="input"),),
        parameters=parameters,
        output=output or Array(name="y", axes=(N, A.n), meaning="output"),
        requires=(),
        definition=(*stages, Stage(array("y")[i, A.t], value)),
        numbers=("float",),
        source=SCATTERING1D.source,
        rounding=lambda configuration, unit, values: (np.ones((len(CLASSES), 1, 1)),),
        where=where,
    )


def values(record, x):
    """The middles of the balls of the output."""
    (output,) = enclose(bind(record, {"x": x.shape}, {}), {"x": x}, Arithmetic(BINARY64))
    return np.array([float(ball.mid()) for ball in output.values]).reshape(output.shape)


# ---- functions of integers ----


@pytest.mark.parametrize("a", range(1, 21))
def test_the_greatest_common_divisor_is_that_of_python(a):
    for b in range(1, 41):
        assert functions.gcd(Integer(a), Integer(b)) == gcd(a, b)
        assert number(functions.gcd(A.n, A.k), {"n": a, "k": b}) == gcd(a, b)


def test_octaves_are_doublings():
    for t in range(1, 257):
        doublings = next(k for k in range(9) if 2**k >= t)
        assert functions.octaves(Integer(t)) == number(functions.octaves(T), {"T": t}) == doublings


# ---- letters ----

SIZE = Parameter(keyword="size", symbols=(P,), least=1, default=2, meaning="size", scalar=True)
WORD = Choice(
    keyword="word",
    options={"one": {M: Integer(1)}, "rest": {M: A.n - T}},
    default="one",
    meaning="a word that binds a letter",
)
WHERE = ((T, floor(A.n / P)), (A.s, T + 1))


def test_letters_stand_for_expressions_in_their_order():
    record = defined(TOTAL * (A.s + M), parameters=(SIZE, WORD), where=WHERE)
    for n, size, word in product((1, 5, 8), (1, 2, 3), ("one", "rest")):
        bound = bind(record, {"x": (1, n)}, {"size": size, "word": word}).values
        assert bound["T"] == n // size
        assert bound[A.s.name] == n // size + 1
        assert bound["M"] == (1 if word == "one" else n - n // size)


def test_letters_are_derived_only_where_they_have_no_value():
    record = defined(TOTAL * (A.s + M), parameters=(SIZE, WORD), where=WHERE)
    found = derived_letters(record, {"word": "rest"}, {"n": 9, "P": 4})
    assert found == {"T": 2, A.s.name: 3, "M": 7}


def test_letters_may_stand_in_the_output():
    record = defined(
        array("x")[i, A.t], where=WHERE, parameters=(SIZE,), output=Array(name="y", axes=(N, A.s), meaning="y")
    )
    assert bind(record, {"x": (2, 9)}, {"size": 4}).output_shape == (2, 3)


def test_a_letter_is_declared_once_and_its_expression_knows_its_letters():
    with pytest.raises(RecordError, match="'P' is declared twice"):
        defined(parameters=(SIZE,), where=((P, A.n),))
    with pytest.raises(RecordError, match=r"\['K'\] are used but neither"):
        defined(where=((T, A.n + K),))


def test_an_unknown_word_names_those_there_are():
    record = defined(TOTAL * M, parameters=(WORD,), where=((T, A.n),))
    with pytest.raises(IllegalCallError, match="defined: word must be one of 'one', 'rest', got word=two"):
        bind(record, {"x": (1, 3)}, {"word": "two"})


# ---- stages of integers ----

RATES = Stage(array("r")[A.m], functions.gcd(2**A.m, A.n), (A.n,))


def test_stages_of_integers_may_stand_in_indices_and_ranges():
    rate = array("r")[A.t]
    step = defined(array("x")[i, Mod(rate * A.t, A.n)], stages=(RATES,))
    partial = defined(Sum(array("x")[i, A.j], (A.j, 0, Max(rate, 2) - 1)), stages=(RATES,))
    for n in (1, 2, 3, 4, 8, 12):
        x = np.arange(1.0, n + 1)[None]
        rates = [gcd(2**m, n) for m in range(n)]
        assert planned(bind(step, {"x": x.shape}, {}))[1]["r"].tolist() == rates
        assert values(step, x)[0].tolist() == [x[0, r * t % n] for t, r in enumerate(rates)]
        if n > 1:
            assert values(partial, x)[0].tolist() == [x[0, : max(r, 2)].sum() for r in rates]


def test_octaves_of_places_are_those_of_each():
    stage = Stage(array("r")[A.m], functions.octaves(A.m + 1), (A.n,))
    record = defined(array("x")[i, Mod(array("r")[A.t], A.n)], stages=(stage,))
    x = np.arange(12.0)[None]
    assert values(record, x)[0].tolist() == [0, 1, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4]


def test_stages_of_integers_may_be_read_by_numbers():
    scaled = defined(array("x")[i, A.t] / array("r")[A.t], stages=(RATES,))
    x = np.arange(16.0).reshape(2, 8)
    assert values(scaled, x).tolist() == (x / [gcd(2**m, 8) for m in range(8)]).tolist()
