"""Formulas: nothing of a record is lost on the way to LaTeX, plain text and MathML, and nothing is added."""

import re
import unicodedata
from itertools import chain
from xml.etree import ElementTree

import pytest
from sympy import Abs, Function, Indexed, KroneckerDelta, Max, Min, Mod, Sum, Symbol, ceiling, floor, symbols, sympify
from sympy.core.relational import Relational

from convoracle.reports.operators import describe
from convoracle.spec.catalog import OPERATORS, operator
from convoracle.spec.functions import gcd, octaves
from convoracle.spec.law_catalog import LAWS
from convoracle.spec.law_rendering import latex_law, text_law
from convoracle.spec.laws import Rearrangement
from convoracle.spec.notation import LATEX, TEXT
from convoracle.spec.rendering import (
    latex,
    latex_rule,
    latex_sizes,
    legend,
    mathml,
    symbols_of,
    text,
    text_rule,
    text_sizes,
    text_words,
    words,
)
from convoracle.spec.symbols import MEANING
from convoracle.spec.writing import write

RECORDS = pytest.mark.parametrize("record", OPERATORS, ids=str)
MATHML = "{http://www.w3.org/1998/Math/MathML}"


def spelled(letters):
    """Spell Greek letters out, and write the parts of a subscript as symbols have them: psi_1_hat."""
    return "".join(map(_spelled, letters)).replace(",", "_")


def _spelled(letter):
    if letter.isascii() or not unicodedata.name(letter).startswith("GREEK"):
        return letter
    name = unicodedata.name(letter).removesuffix(" SYMBOL").rpartition(" ")[2].lower()
    return {"lamda": "lambda"}.get(name, name)  # as Unicode spells it


def all_latex(record):
    rules = [latex_rule(rule) for rule in record.requires]
    meanings = [equations for _, _, equations in words(record)]
    return "\n".join([latex(record), latex_sizes(record), *rules, *meanings]).splitlines()


def shown(line):
    """Return the letters of a formula as MathML shows them, subscripts included: n_1."""
    found = set()
    for part in ElementTree.fromstring(mathml(line)).iter():
        if part.tag == f"{MATHML}msub":
            found.add(spelled("_".join("".join(side.itertext()) for side in part)))
        elif part.tag == f"{MATHML}mi":
            found.add(spelled(part.text))
    return found


def _expanded(letters):
    """Return letters with those that stand for every axis written out."""
    return letters | {letter.replace("ℓ", axis) for letter in letters for axis in "123"}


@RECORDS
def test_every_symbol_of_the_record_occurs_in_mathml(record):
    found = _expanded(set(chain.from_iterable(map(shown, all_latex(record)))))
    assert {str(symbol) for symbol in symbols_of(record)} <= found


@RECORDS
def test_every_symbol_of_the_record_occurs_in_plain_text(record):
    rules = [text_rule(rule) for rule in record.requires]
    lines = [text(record), text_sizes(record), *rules, *(equations for _, _, equations in text_words(record))]
    found = _expanded(set(re.findall(r"[A-Za-z]+(?:_[\dℓ])?", " ".join(lines))))
    assert {str(symbol) for symbol in symbols_of(record)} <= found


@RECORDS
def test_every_index_of_every_sum_stands_under_its_sigma(record):
    expected = {str(v) for stage in record.definition for total in stage.value.atoms(Sum) for v, *_ in total.limits}
    under = set()
    for line in latex(record).splitlines():
        for part in ElementTree.fromstring(mathml(line)).iter(f"{MATHML}munderover"):
            assert part[0].text == "∑"
            letter = "_".join("".join(side.itertext()) for side in part[1][0]) if len(part[1][0]) else part[1][0].text
            under.add(spelled(letter))
    assert under == expected


@RECORDS
def test_names_of_several_letters_are_one_identifier(record):
    names = {array.name for array in (*record.inputs, record.output)} - {"x", "w", "b", "y", "h"}
    found = set(chain.from_iterable(map(shown, latex(record).splitlines())))
    assert names <= found


@RECORDS
def test_what_the_report_says_of_an_operator_is_its_record(record):
    entry = describe(record)
    assert entry["name"] == record.name
    assert [array["name"] for array in entry["inputs"]] == [array.name for array in record.inputs]
    assert [rule["code"] for rule in entry["requires"]] == [rule.code for rule in record.requires]
    assert {letter.split("_")[0].lstrip("\\") for letter, _ in legend(record)} == {
        str(s).split("_")[0] for s in symbols_of(record)
    }


def _read_back(written):
    names = {"floor": floor, "ceiling": ceiling, "max": Max, "min": Min, "abs": Abs, "gcd": gcd, "octaves": octaves}
    functions = {name: Function(name, integer=True) for name in re.findall(r"\b([a-z]+)\(", written)}
    letter = rf"\b(?:{'|'.join(MEANING)})(?:_\d)?\b(?!\()"
    letters = {name: Symbol(name, integer=True) for name in re.findall(letter, written)}
    return sympify(written.replace(" mod ", "%"), locals=functions | letters | names)


def _expressions(record):
    """Yield the integer expressions of a record that read no array."""
    yield from record.output.axes
    for stage in record.definition:
        entries = [index for part in stage.value.atoms(Indexed) for index in part.indices]
        deltas = [side for delta in stage.value.atoms(KroneckerDelta) for side in delta.args]
        yield from (expr for expr in (*entries, *deltas) if not expr.has(Indexed))
    for rule in record.requires:
        yield from (side for relation in rule.rule.atoms(Relational) for side in relation.args if side not in (0,))


@RECORDS
def test_plain_text_reads_back_as_the_same_expression(record):
    for expr in _expressions(record):
        assert _read_back(write(expr, TEXT)) == expr


def test_brackets_stand_where_they_are_needed():
    a, b, c = symbols("n k s", integer=True)
    for expr in (
        a - (b - c),
        (a + b) * c,
        a / (b * c),
        -(a + b) / c,
        floor(a / 2 - b / 2) * c,
        Mod(a + b, c) * a,
        (a + b) ** 2,
        -a * b,
    ):
        assert (_read_back(write(expr, TEXT).replace("^", "**")) - expr).simplify() == 0, expr


def test_the_definition_of_conv1d_in_latex():
    assert latex(operator("conv1d")) == (
        r"y[i,\,o,\,t] = b[o] + \sum_{c=0}^{C / G - 1} \sum_{u=0}^{k - 1} w[o,\,c,\,u]\,"
        r"x[i,\,c + \left\lfloor G\,o / O \right\rfloor\,C / G,\,\xi_{n}(s\,t + d\,u - p)]"
    )


def test_kronecker_deltas_are_brackets_around_an_equation():
    assert "[s*t + d*u - p = j]" in text(operator("conv_transpose1d"))
    assert r"[s\,t + d\,u - p = j]" in latex(operator("conv_transpose1d"))


def test_conjugates_are_overlined():
    assert r"\overline{h[j_{1},\,j_{2},\,j_{3}]}" in latex(operator("correlate"))
    assert 'class="overline"' in mathml(latex(operator("correlate")))


def test_every_padding_mode_says_where_an_outside_index_reads():
    meanings = {
        word: equations for keyword, word, equations in text_words(operator("conv2d")) if keyword == "padding_mode"
    }
    assert meanings == {
        "zeros": "xi(j, n) = j",
        "reflect": "xi(j, n) = n - abs(abs(j) + 1 - n) - 1",
        "replicate": "xi(j, n) = max(0, min(n - 1, j))",
        "circular": "xi(j, n) = j mod n",
    }


def test_a_rule_for_one_word_of_an_option_names_the_word():
    rule = next(rule for rule in operator("conv1d").requires if rule.code == "reflect_before")
    assert latex_rule(rule) == r"\text{padding\_mode} = \text{reflect} \;\Rightarrow\; p \le n - 1"
    assert "padding_mode" in mathml(latex_rule(rule))


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.name)
def test_every_law_is_rendered_with_its_letters_and_its_operators(law):
    lines = latex_law(law).splitlines()
    found = set(chain.from_iterable(map(shown, lines)))
    assert law.operator.name in found
    if isinstance(law, Rearrangement):
        assert {str(letter) for letter in law.free} <= found
        assert law.other.name in found
    assert law.operator.name in text_law(law)


def test_the_laws_in_plain_text():
    written = {law.name: text_law(law) for law in LAWS}
    assert written["conv2d: adjoint in x"] == "<conv2d(x, w), dy> = <x, conv2d_input_gradient(dy, w)>"
    assert written["convolve: it is associative"] == (
        "convolve(convolve(x, h), g) = convolve(x, convolve(h, g))\nwhen mode=full"
    )
    assert written["conv1d: dilation is a zero-stuffed filter"].splitlines() == [
        "conv1d(x, w, b)[i, o, t] = conv1d(x, w', b, dilation=1)[i, o, t]",
        "w'[o, c, d*u] = w[o, c, u]",
        "shape(w') = (O, C/G, d*(k - 1) + 1)",
    ]


@pytest.mark.parametrize(
    "formula", [r"\text{<script>alert(1)</script>}", "a < b & c", r"\text{]]> &lt;}", "日本", "\"'>"]
)
def test_mathml_is_well_formed_whatever_the_formula_holds(formula):
    element = ElementTree.fromstring(mathml(formula))
    assert not [part.tag for part in element.iter() if "script" in part.tag]


@pytest.mark.parametrize("formula", [r"\frac{", r"\foo{x}", "a\x00b"])
def test_what_is_not_latex_is_refused(formula):
    with pytest.raises(ValueError, match="LaTeX"):
        mathml(formula)


def test_both_notations_offer_the_same_parts():
    assert {name for name in dir(LATEX) if name[0] != "_"} == {name for name in dir(TEXT) if name[0] != "_"}
