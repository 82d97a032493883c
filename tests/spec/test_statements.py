"""The table of statements: every row of a section, every name known, every erratum shown."""

import pytest

from convoracle.spec.catalog import OPERATORS
from convoracle.spec.law_catalog import LAWS
from convoracle.spec.statement import SEEDS, Erratum
from convoracle.spec.statements import STATEMENTS
from convoracle.spec.theorems import THEOREMS

SECTION_A = {
    *(
        "L-conv",
        "U7",
        "U12",
        "L-comm",
        "L-corr",
        "L-toeplitz",
        "L-sparse",
        "L-edge",
        "L-equiv",
        "L-shape",
        "L-pad",
        "L-modes",
    ),
    *("L-size", "L-multi", "U5", "U6", "M15"),
}
KNOWN = {statement.name for statement in (*OPERATORS, *LAWS, *THEOREMS)}


def test_every_row_of_section_a_stands_once():
    rows = [statement.row for statement in STATEMENTS]
    assert sorted(set(rows)) == sorted(rows)
    assert set(rows) >= SECTION_A


@pytest.mark.parametrize("statement", STATEMENTS, ids=lambda s: s.row)
def test_a_statement_becomes_what_there_is(statement):
    assert statement.becomes
    assert set(statement.becomes) <= KNOWN
    assert statement.seed in SEEDS.values()


@pytest.mark.parametrize("statement", STATEMENTS, ids=lambda s: s.row)
def test_every_row_is_answered_by_a_law_or_a_theorem_that_names_it(statement):
    assert any(statement.row in s.rows for s in (*LAWS, *THEOREMS))


def test_errata_stand_where_the_seed_is_wrong_and_show_a_counterexample():
    wrong = {s.row: s.erratum for s in STATEMENTS if s.erratum}
    assert {"L-toeplitz", "L-pad"} <= set(wrong)
    assert all(e.counterexample and e.corrected for e in wrong.values())


def test_a_formula_without_counterexample_is_no_erratum():
    with pytest.raises(ValueError, match="no counterexample to 1 = 1"):
        _ = Erratum("1 = 1", lambda: None, "").counterexample
