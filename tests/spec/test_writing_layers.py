"""Definitions of layers written out: maxima, their places, functions, cases, several outputs."""

import re
from xml.etree import ElementTree

import pytest
from sympy import Abs, Eq, Ge, Or, Piecewise, Symbol, exp, sign, sqrt, symbols, tanh

from convoracle.spec import OPERATORS, operator
from convoracle.spec.functions import log1p
from convoracle.spec.law_catalog import LAWS
from convoracle.spec.law_rendering import text_law
from convoracle.spec.laws import Contraction, Gradient, Transformed
from convoracle.spec.notation import LATEX, TEXT
from convoracle.spec.rendering import latex, latex_sizes, mathml, text, text_rule, text_sizes, text_words
from convoracle.spec.symbols import array
from convoracle.spec.writing import write

ENTRY = array("x")[symbols("i c", integer=True)]
SLOPE = Symbol("lambda", real=True)


def names(line):
    """The names in a formula as MathML shows them."""
    return {part.text for part in ElementTree.fromstring(mathml(line)).iter() if part.text}


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("max_pool1d", "y[i, c, t] = max(u=0..k - 1) x[i, c, s*t + d*u - p]"),
        ("max_pool1d_with_indices", "indices[i, c, t] = argmax(u=0..k - 1) x[i, c, s*t + d*u - p] at s*t + d*u - p"),
        ("max_pool1d_gradient", "dx[i, c, j] = sum(t=0..m - 1) dy[i, c, t]*[first[i, c, t] = j]"),
        ("max_unpool1d_gradient", "dx[i, c, t] = dy[i, c, indices[i, c, t]]"),
        ("global_avg_pool", "y[i, c] = (sum(j=0..n - 1) x[i, c, j])/n"),
        ("relu", "y[t_1, t_2, t_3] = {x[t_1, t_2, t_3] if x[t_1, t_2, t_3] > 0; 0 otherwise}"),
        ("batch_norm", "S[c] = sqrt(var[c] + epsilon)"),
    ],
)
def test_definitions_in_plain_text(name, line):
    assert line in text(operator(name)).splitlines()


def test_a_maximum_has_its_range_below_it_and_a_place_says_which():
    assert latex(operator("max_pool1d_with_indices")).splitlines() == [
        r"y[i,\,c,\,t] = \max\limits_{0 \le u \le k - 1} x[i,\,c,\,s\,t + d\,u - p]",
        r"\mathrm{indices}[i,\,c,\,t] = \mathrm{argmax}_{0 \le u \le k - 1} x[i,\,c,\,s\,t + d\,u - p]"
        r" \;\text{at}\; s\,t + d\,u - p",
    ]


def test_every_output_has_its_shape_and_index_arrays_their_range():
    assert text_sizes(operator("max_pool2d_with_indices")).splitlines()[:2] == [
        "shape(y) = (N, C, m_1, m_2)",
        "shape(indices) = (N, C, m_1, m_2)",
    ]
    assert text_sizes(operator("max_pool2d_with_indices")).splitlines()[-1] == "0 <= indices < n_1*n_2"
    assert "var >= 0" in text_sizes(operator("batch_norm")).splitlines()


def test_none_and_truth_values_are_words_of_options():
    words = {(keyword, word): equation for keyword, word, equation in text_words(operator("avg_pool1d"))}
    assert words["stride", "None"] == "s = k"
    assert words["divisor_override", "None"] == "v = 0"
    assert (words["ceil_mode", "True"], words["count_include_pad", "False"]) == ("z = 1", "g = 0")


def test_a_rule_with_two_ways_to_obey_it_names_both():
    rules = {rule.code: text_rule(rule) for rule in operator("max_pool1d").requires}
    assert rules["meets"] == "p = 0 or n >= d"


@pytest.mark.parametrize(
    ("expr", "plain", "tex"),
    [
        (exp(-Abs(ENTRY)), "exp(-abs(x[i, c]))", r"\mathrm{exp}(-\lvert x[i,\,c] \rvert)"),
        (log1p(ENTRY), "log1p(x[i, c])", r"\mathrm{log1p}(x[i,\,c])"),
        (tanh(ENTRY) * sign(ENTRY), "sign(x[i, c])*tanh(x[i, c])", r"\mathrm{sign}(x[i,\,c])\,\mathrm{tanh}(x[i,\,c])"),
        (sqrt(ENTRY + 1), "sqrt(x[i, c] + 1)", r"\sqrt{x[i,\,c] + 1}"),
        ((ENTRY + 1) ** SLOPE, "(x[i, c] + 1)^lambda", r"(x[i,\,c] + 1)^{\lambda}"),
        (2 ** (SLOPE - 1), "2^(lambda - 1)", r"2^{\lambda - 1}"),
        (ENTRY / (1 + SLOPE), "x[i, c]/(lambda + 1)", r"\frac{x[i,\,c]}{\lambda + 1}"),
        (Piecewise((ENTRY, ENTRY > 0), (0, True)), "{x[i, c] if x[i, c] > 0; 0 otherwise}", None),
    ],
)
def test_functions_powers_and_quotients(expr, plain, tex):
    assert write(expr, TEXT) == plain
    assert tex is None or write(expr, LATEX) == tex
    assert mathml(write(expr, LATEX))


def test_either_of_two_rules_in_latex():
    p, n = symbols("p n", integer=True)
    assert write(Or(Eq(p, 0), Ge(n, 2)), LATEX) == r"p = 0 \;\vee\; n \ge 2"


@pytest.mark.parametrize("record", OPERATORS, ids=str)
def test_every_array_of_every_stage_is_named_in_latex(record):
    written = latex(record)
    stages = {str(stage.target.base) for stage in record.definition}
    arrays = {array.name for array in (*record.inputs, *record.outputs)} | stages
    assert {name for name in arrays if LATEX.letter(name) not in written} == set()


@pytest.mark.parametrize("record", [r for r in OPERATORS if r.further], ids=str)
def test_every_output_is_named_with_its_shape(record):
    found = set().union(*(names(line) for line in latex_sizes(record).splitlines()))
    assert {array.name for array in record.outputs} <= found


def test_an_upper_limit_is_a_letter_only_if_one_size_is_meant():
    lines = [line for record in OPERATORS for line in text(record).splitlines() if line.startswith("m = ")]
    assert all(not re.search(r"\b[tc]\b", line) for line in lines)


def law_text(kind, operator_name):
    return next(text_law(law) for law in LAWS if isinstance(law, kind) and law.operator.name == operator_name)


def test_laws_of_layers_in_plain_text():
    assert law_text(Transformed, "max_pool1d").splitlines() == ["max_pool1d(a + x) = a + max_pool1d(x)", "when a >= 1"]
    assert law_text(Gradient, "max_pool1d") == "<D_x max_pool1d(x)[h], dy> = <h, max_pool1d_gradient(dy, x)>"
    assert law_text(Contraction, "max_pool1d") == "norm_sup(max_pool1d(x) - max_pool1d(x')) <= norm_sup(x - x')"
    assert "= <h, prelu_gradient(dy, x, slope)[dx]>" in law_text(Gradient, "prelu")
