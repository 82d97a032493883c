"""Systematic mutants: small edits of the kernels' syntax trees, named reproducibly, each another program."""

import ast

import pytest

from convoracle.impl.mutants import MUTANTS, load_mutant, mutant
from convoracle.impl.mutants.equivalent import ARGUMENTS
from convoracle.impl.mutants.mutant import SOURCES, plain_function
from convoracle.impl.mutants.reach import operators_reaching
from convoracle.impl.mutants.systematic import all_systematic, sampled, systematic, systematic_of
from convoracle.impl.mutants.variants import variants


def variants_of(text):
    node = ast.parse(text).body[0]
    return [(kind, ast.unparse(new)) for kind, new in variants(node.value if isinstance(node, ast.Expr) else node)]


@pytest.mark.parametrize(
    ("text", "edits"),
    [
        ("3", [("constant", "4"), ("constant", "2")]),
        ("a < b", [("comparison", "a <= b"), ("comparison", "a >= b")]),
        ("a is None", [("comparison", "a is not None")]),
        ("a + b", [("operator", "a - b")]),
        ("a // b", [("operator", "a % b")]),
        ("-a", [("operator", "a")]),
        ("a and b", [("operator", "a or b")]),
        ("(i, j, k)", [("index", "(j, i, k)"), ("index", "(i, k, j)")]),
        ("y[i] = a", [("dropped", "pass")]),
        ("y += a", [("operator", "y -= a"), ("dropped", "pass")]),
        ("y = a", []),
        ("return a", []),
        ("(i, i)", []),
    ],
)
def test_the_edits_of_one_node(text, edits):
    assert variants_of(text) == edits


def test_names_are_unique_and_say_where_the_edit_is():
    edits = systematic_of("max_pooling")
    assert len({e.name for e in edits}) == len(edits) > 100
    assert all(e.name.startswith(f"max_pooling.{e.function}.") for e in edits)


def test_every_edit_of_a_module_compiles_and_changes_it():
    source = (SOURCES / "signal.py").read_text()
    plain = ast.unparse(ast.parse(source))
    for edit in systematic_of("signal"):
        changed = edit.edit.applied(source)
        compile(changed, edit.name, "exec")
        assert changed != plain


def test_documentation_errors_types_and_thread_choices_are_left_alone():
    for edit in systematic_of("global_pooling"):
        assert "work=" not in edit.after or edit.before.partition("work=")[2] == edit.after.partition("work=")[2]
        assert not (edit.kind == "constant" and edit.before.startswith("raise"))


def test_a_sample_is_drawn_by_its_seed_in_the_order_of_the_source():
    edits = systematic_of("activation")
    one, again, other = sampled(edits, 5, 3), sampled(edits, 5, 3), sampled(edits, 5, 4)
    assert one == again != other
    assert sorted(one, key=edits.index) == one


def test_edits_of_an_operator_are_those_of_what_it_may_call():
    modules = {edit.module for edit in all_systematic(["relu"])}
    assert {"activation", "arguments"} <= modules
    assert not modules & {"convolution", "scattering_engine", "documentation"}


def test_operators_of_all_ranks_come_before_others_of_one():
    assert operators_reaching("arguments", "window_counts")[:3] == ("conv2d", "conv3d", "conv1d")


def test_an_edit_is_a_mutant_by_its_name():
    name = next(e.name for e in systematic_of("signal") if e.kind == "dropped")
    assert mutant(name).edits[0] == systematic(name).edit
    assert set(load_mutant(name).operators) == set(systematic(name).operators)


def test_signals_reach_the_compiled_scattering_where_it_is_edited():
    edit = systematic_of("scattering_kernels")[0]
    assert "FAST_FROM = 0" in edit.companions[0].new
    assert callable(plain_function("scattering1d", edit.companions))


def test_a_name_that_is_none_is_refused():
    with pytest.raises(ValueError, match=r"no systematic edit 'signal\.convolve\.1\.constant'"):
        systematic("signal.convolve.1.constant")


def test_arguments_of_equivalence_are_about_edits_that_exist():
    modules = {change.partition(".")[0] for change in ARGUMENTS if change not in {m.name for m in MUTANTS}}
    edits = {edit.change for module in modules for edit in systematic_of(module)}
    assert set(ARGUMENTS) <= edits | {m.name for m in MUTANTS}
